package sim

import "fourwaves/sim/tcp"

// transit is one segment on its way, or where it ended.
type transit struct {
	id      int
	of      int // a copy's original
	name    segmentName
	tuple   FourTuple // as the sender sees it
	wire    FourTuple // as the way between the hosts does, from its sender; it differs behind a box that translates
	seen    FourTuple // as the receiver does, still from its sender
	from    int
	to      int
	sender  *socket // nil when no connection sent it
	conn    int     // of the sender; 0 when no connection sent it
	segment tcp.Segment
	sentAt  Instant
	flight  Duration // what the network takes for the whole way
	jitter  Duration // part of it
	held    Duration // and another one
	event   int      // index of the event that put it on its way
	plan    int32    // number of the current plan; an agenda entry of an older plan is void
	over    bool
	why     string // it is lost, if it will be
	quiet   bool   // no events tell of it

	flow     *flow   // the connection as the wire shows it
	acksFIN  bool    // it acknowledges the other side's FIN and nothing more
	afterFIN [2]bool // which sides had sent a FIN, this segment included
}

// words are the 4-tuple as a draw is keyed by it.
func (t FourTuple) words() [2]uint64 {
	return [2]uint64{uint64(t.Local.Addr)<<16 | uint64(t.Local.Port), uint64(t.Remote.Addr)<<16 | uint64(t.Remote.Port)}
}

// keyed is a number that looks random and depends on the key alone.
func keyed(key uint64, words ...uint64) uint64 {
	h := mix(key)
	for _, w := range words {
		h = mix(h ^ w)
	}
	return h
}

// mix is one step of splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// envelope is a transit for a new segment: one whose trip is over, if nobody may
// ask for that any more.
func (r *run) envelope() *transit {
	n := len(r.spare)
	if n == 0 {
		return &transit{}
	}
	t := r.spare[n-1]
	r.spare = r.spare[:n-1]
	*t = transit{plan: t.plan} // which goes on counting, so that old entries of the agenda stay void
	return t
}

// carry puts a new segment on its way and decides its fate: what a script says
// of it, else chance.
func (r *run) carry(t *transit, incarnation int) {
	c := &r.weather[t.from][t.to]
	t.flight = c.delay
	if r.apart > 0 {
		t.flight += r.apart * Duration(r.together(t))
	}
	var chance luck
	if r.chancy {
		chance = r.meets(t, incarnation, c)
	}
	if r.named {
		r.byName[t.name] = t
	}
	if r.tampered {
		t.flow = r.observe(t)
		t.afterFIN = t.flow.done
		peer := 1 - t.side()
		t.acksFIN = t.flow.done[peer] && t.segment.Flags.Has(tcp.ACK) && t.segment.Ack == t.flow.fin[peer]
		r.carried = append(r.carried, t)
	}
	if len(r.fates) > 0 {
		if l, said := r.fates[t.name]; said {
			r.meet(t, l)
			return
		}
	}
	if len(r.rules) > 0 {
		if l, said := r.ruled(t); said {
			r.obeyRule(t, l)
			return
		}
	}
	r.befall(t, chance)
}

// together counts what the sender of a segment has put on the way at the same
// instant before it.
func (r *run) together(t *transit) int {
	n := 0
	for i := len(r.carried) - 1; i >= 0 && r.carried[i].sentAt == t.sentAt; i-- {
		if r.carried[i].from == t.from {
			n++
		}
	}
	return n
}

// meet gives a segment the fate that a line says, now.
func (r *run) meet(t *transit, l line) {
	switch l.verb {
	case vDrop:
		r.lose(t, WhyDrop)
	case vDeliver:
		r.deliver(t)
	case vHold:
		r.hold(t, l.span, "")
		r.deliver(t)
	case vDup:
		r.deliver(t)
		r.duplicate(t, l.span, "")
	case vProfile, vStart, vSeed, vMSL, vTimeWait, vLifetime, vRestart, vRTOMin, vUntil, vMove, vLink, vKnob, vButton, vExpect, vCall, vOnEOF, vSysctl, vStep, vRun, vRule, vInject, vMTU, vHost, vLoad, vISN, vTSVal, vNAT:
	}
}

// tell emits an event about a segment, unless nothing is told of its connection.
func (r *run) tell(t *transit, e Event) int {
	if t.quiet {
		return -1
	}
	return r.emit(e)
}

// deliver plans the arrival, or the expiry if the network does not keep
// segments that long.
func (r *run) deliver(t *transit) {
	t.plan++
	if t.flight > r.lifetime {
		r.agenda.push(max(r.now, t.sentAt.Add(r.lifetime)), arrivals, entry{act: actExpire, transit: t, plan: t.plan})
		return
	}
	r.agenda.push(max(r.now, t.sentAt.Add(t.flight)), arrivals, entry{act: actArrive, transit: t, plan: t.plan})
}

// hold lets a segment take so much longer than it would.
func (r *run) hold(t *transit, extra Duration, why string) {
	t.flight += extra
	t.held += extra
	r.tell(t, Event{Ev: Held, Host: r.places[t.from].name, Seg: t.id, For: extra, Why: why, Cause: causedBy(t.event)})
}

// lose plans the loss at 60 % of the way, or now if that is past (ruling 3).
// Who reads the diagram should see the segment travel before it is gone.
func (r *run) lose(t *transit, why string) {
	t.plan++
	t.why = why
	at := max(r.now, t.sentAt.Add(t.flight*6/10))
	r.agenda.push(at, arrivals, entry{act: actLose, transit: t, plan: t.plan})
}

// duplicate sends a second copy that arrives later than the first by extra.
func (r *run) duplicate(t *transit, extra Duration, why string) {
	r.segments++
	copied := &transit{
		id: r.segments, of: t.id, tuple: t.tuple, wire: t.wire, seen: t.seen, from: t.from, to: t.to, conn: t.conn, sender: t.sender,
		segment: t.segment, sentAt: t.sentAt, flight: t.flight + extra, quiet: t.quiet,
	}
	copied.event = r.tell(t, Event{Ev: Copied, Host: r.places[t.from].name, Seg: copied.id, Of: t.id, Why: why, Cause: causedBy(t.event)})
	r.deliver(copied)
}

// fateNow is a timed fate: it changes a segment that is under way; one that is
// yet to be sent will meet it then; one that has ended stays as it was.
func (r *run) fateNow(l line) {
	name := segmentName{r.role(l.host), l.kind, l.nth}
	t := r.byName[name]
	switch {
	case t == nil:
		r.fates[name] = l
	case !t.over:
		r.meet(t, l)
	}
}

// endTrip carries out what was planned for a segment.
func (r *run) endTrip(e *entry) {
	t := e.transit
	if t.over || t.plan != e.plan {
		return
	}
	t.over = true
	switch e.act {
	case actLose:
		r.gone(t, Lost, t.why)
	case actExpire:
		r.gone(t, Expired, WhyLifetime)
	case actArrive:
		r.hosts[t.to].arrive(t)
	case actLine, actOutput, actTimer, actRead, actStep, actWake, actLoad, actErrand, actCount:
	}
	if !r.tampered && !r.named {
		r.spare = append(r.spare, t)
	}
}

// gone tells that a segment reaches nobody.
func (r *run) gone(t *transit, ev Kind, why string) {
	r.tell(t, Event{Ev: ev, Host: r.places[t.from].name, Conn: t.conn, Seg: t.id, Flight: t.flight, Why: why, Cause: causedBy(t.event)})
}

// jittered says in the event of an arrival how much later than usual it is.
func (t *transit) jittered(e *Event) {
	if t.jitter > 0 {
		e.Why, e.For, e.Flight = WhyJitter, t.jitter, t.flight-t.held
	}
}
