package sim

import (
	"math/bits"
	"slices"

	"fourwaves/sim/tcp"
)

// This file is the weather: what the network does to every segment of one
// direction, by the lines "link CONDITION", and the chance in it.
//
// Each kind of chance draws from a stream of its own, keyed by what the segment
// is. So a turn of one knob leaves the luck of all others alone, and a higher
// share only ever adds: the segments that are lost at 10 % are lost at 20 % too.

// conditions is the network in one direction.
type conditions struct {
	delay     tcp.Duration // one way
	jitter    tcp.Duration // each segment takes up to so much longer
	anyOrder  bool         // and may overtake by that; else nobody arrives before who was sent before
	loss      int          // parts per million
	burst     tcp.Duration // for so long after a segment that chance loses, all others are lost too
	reorder   int          // parts per million take the way twice as long
	duplicate int          // parts per million arrive again, up to one delay later
	cut       bool         // nothing gets through
}

// The conditions, as lines and events name them.
const (
	onLoss      = "loss"
	onDelay     = "delay"
	onJitter    = "jitter"
	onReorder   = "reorder"
	onDuplicate = "duplicate"
	onBurst     = "burst"
	onCut       = "cut"
	onRestored  = "restored"
)

var (
	conditionWords = []string{onLoss, onDelay, onJitter, onReorder, onDuplicate, onBurst, onCut, onRestored}
	// weatherKnobs are those that a slider can turn.
	weatherKnobs = []string{onLoss, onDelay, onJitter, onReorder, onDuplicate, onBurst}
)

const anyOrder = "any-order"

// isShare tells whether a condition, or a knob of that name, is a share of all
// segments; the others are times.
func isShare(word string) bool {
	return word == onLoss || word == onReorder || word == onDuplicate
}

// link reads `link loss 20%`, `link client jitter 20ms any-order`, `link client server cut for 2s`.
func (p *parser) link(l *line) (bad *Problem) {
	if p.isHost() {
		l.host, _ = p.take("")
		if p.isHost() {
			if l.peer, _ = p.take(""); l.peer == l.host {
				return p.fail("twice", "the link of %q leads to another host", l.host)
			}
		}
	} else if !slices.Contains(conditionWords, p.peek()) {
		_, bad = p.choice("word after link", append(slices.Clone(conditionWords), namesOf(p.places)...)...)
		return bad
	}
	if l.word, bad = p.choice("word after link", conditionWords...); bad != nil {
		return bad
	}
	switch {
	case isShare(l.word):
		l.rate, bad = p.percent(l.word)
	case l.word == onRestored:
	case l.word == onCut:
		if p.options = []string{"for"}; p.peek() != "for" {
			return nil
		}
		p.next++
		if l.span, bad = p.span("how long"); bad == nil && l.span == 0 {
			bad = p.fail("bad-time", "a cable that is cut for no time is whole: leave the line out")
		}
	default:
		l.span, bad = p.span(l.word)
		if bad == nil && l.word == onJitter {
			if p.options = []string{anyOrder}; p.peek() == anyOrder {
				p.next++
				l.freely = true
			}
		}
	}
	return bad
}

// condition writes what a link line sets.
func (l line) condition() string {
	switch {
	case isShare(l.word):
		return l.word + " " + formatRate(l.rate)
	case l.word == onCut && l.span > 0:
		return "cut for " + formatTime(l.span)
	case l.word == onCut, l.word == onRestored:
		return l.word
	case l.freely:
		return l.word + " " + formatTime(l.span) + " " + anyOrder
	}
	return l.word + " " + formatTime(l.span)
}

// set changes one condition as a line says.
func (c *conditions) set(l line) {
	switch l.word {
	case onLoss:
		c.loss = l.rate
	case onDelay:
		c.delay = l.span
	case onJitter:
		c.jitter, c.anyOrder = l.span, l.freely
	case onReorder:
		c.reorder = l.rate
	case onDuplicate:
		c.duplicate = l.rate
	case onBurst:
		c.burst = l.span
	case onCut:
		c.cut = true
	case onRestored:
		c.cut = false
	}
}

// value is what a knob of that name shows: parts per million, or microseconds.
func (c *conditions) value(word string) int64 {
	switch word {
	case onLoss:
		return int64(c.loss)
	case onDelay:
		return int64(c.delay)
	case onJitter:
		return int64(c.jitter)
	case onReorder:
		return int64(c.reorder)
	case onDuplicate:
		return int64(c.duplicate)
	}
	return int64(c.burst)
}

// blow changes the weather: of every way, or of those from one host, or to one.
func (s *settings) blow(l line) {
	for from := range s.weather {
		for to := range s.weather[from] {
			if (l.host == "" || s.role(l.host) == from) && (l.peer == "" || s.role(l.peer) == to) {
				s.weather[from][to].set(l)
			}
		}
	}
}

// linkEvent tells that the weather changes. Loss and delay have fields of their
// own; of the other conditions Why says which it is.
func linkEvent(l *line) Event {
	e := Event{Ev: Link, Host: l.host}
	switch l.word {
	case onLoss:
		e.Loss = &l.rate
	case onDelay:
		e.Delay = &l.span
	default:
		e.Why, e.For, e.Share = l.word, l.span, l.rate
		if l.freely {
			e.Arg = anyOrder
		}
	}
	return e
}

// way is one direction of the network in the course of a run.
type way struct {
	latest Instant // when the last of those arrives, or would, that keep their order
	fades  Instant // until then a burst of loss goes on
}

// identity is what chance is keyed by: everything that a segment is, but not
// when it was sent, so that an edit elsewhere changes no other segment's luck.
type identity struct {
	tuple       FourTuple
	incarnation int
	seq, ack    tcp.Seq
	length      int
	flags       tcp.Flags
}

// dice are one segment's draws.
type dice struct {
	identity
	ordinal int // among equal segments
	seed    uint64
}

// roll draws a number below sides for one purpose.
func (d *dice) roll(purpose, sides uint64) uint64 {
	words := d.tuple.words()
	h := keyed(d.seed^purpose, words[0], words[1], uint64(d.incarnation), uint64(d.seq), uint64(d.ack), uint64(d.length), uint64(d.flags), uint64(d.ordinal))
	share, _ := bits.Mul64(h, sides)
	return share
}

// happens draws whether a share of all segments has this one among it.
func (d *dice) happens(purpose uint64, share int) bool {
	return share > 0 && d.roll(purpose, 1_000_000) < uint64(share)
}

// span draws a time from 0 to the longest, in hundredths of it: people have to read
// the instants that come of it.
func (d *dice) span(purpose uint64, longest Duration) Duration {
	return longest * Duration(d.roll(purpose, 101)) / 100
}

// Purposes keep draws about one thing apart from those about another.
const (
	lossPurpose      = 0x6c6f7373       // "loss"
	jitterPurpose    = 0x6a6974746572   // "jitter"
	reorderPurpose   = 0x72656f72646572 // "reorder"
	duplicatePurpose = 0x646f75626c65   // "double"
	againPurpose     = 0x616761696e     // "again"
	isnPurpose       = 0x69736e         // "isn"
)

// luck is what the weather does to a segment, unless a line says otherwise.
type luck struct {
	lost    string // why; or ""
	late    bool   // it takes the way twice as long
	again   bool   // it arrives a second time
	further Duration
}

// meets draws what the weather does to a new segment, and lets jitter act on its
// flight at once. It is asked for every segment, so that a fate shifts no other's
// ordinal and ends no burst.
func (r *run) meets(t *transit, incarnation int, c *conditions) (l luck) {
	id := identity{t.tuple, incarnation, t.segment.Seq, t.segment.Ack, len(t.segment.Text), t.segment.Flags}
	d := dice{id, r.ordinals[id], r.seed}
	r.ordinals[id]++
	w := &r.ways[t.from][t.to]
	if c.jitter > 0 {
		t.flight += d.span(jitterPurpose, c.jitter)
		if !c.anyOrder {
			t.flight = max(t.flight, Duration(w.latest-r.now))
		}
		t.jitter = t.flight - c.delay
	}
	w.latest = max(w.latest, r.now.Add(t.flight))
	unlucky := d.happens(lossPurpose, c.loss)
	switch {
	case c.cut:
		l.lost = WhyCut
	case unlucky:
		l.lost = WhyChance
	case r.now < w.fades:
		l.lost = WhyBurst
	}
	if unlucky {
		w.fades = max(w.fades, r.now.Add(c.burst))
	}
	l.late = d.happens(reorderPurpose, c.reorder)
	if l.again = d.happens(duplicatePurpose, c.duplicate); l.again {
		l.further = d.span(againPurpose, c.delay)
	}
	return l
}

// befall lets the weather act on a segment of which no line says anything.
func (r *run) befall(t *transit, l luck) {
	if l.lost != "" {
		r.lose(t, l.lost)
		return
	}
	if l.late {
		r.hold(t, t.flight, WhyReorder)
	}
	r.deliver(t)
	if l.again {
		r.duplicate(t, l.further, WhyDuplicate)
	}
}
