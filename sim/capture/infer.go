package capture

import (
	"time"

	"fourwaves/sim"
)

// # What a capture cannot show
//
// A capture is made at one point of the way. It shows when a segment passed there, not when it was sent and whether it arrived,
// and nothing of the applications. What is drawn of a connection is therefore partly inferred, by these rules:
//
//   - The shortest time from a segment of one end to the answer that acknowledges it is the round trip from the capture point to
//     the other end. Half of it is the way there. So every segment has an instant of sending and one of arrival.
//   - A segment that is seen again, and whose ACK was not seen before, was lost behind the capture point (or its ACK was lost
//     before it: from here both look alike). If the ACK had passed in time, that ACK was lost.
//   - Everything else arrived; of a segment that was never acknowledged, that is not known, and it stays under way.
//   - States follow from the segments by Figure 5 of RFC 9293, at both ends.
//
// Reasons of events that come from a capture. Lost with WhyInferred: nobody saw it being lost.
const (
	WhySeen      = "seen"       // sent: seen, and why is not on the wire
	WhySeenAgain = "seen-again" // sent: the same numbers were seen before
	WhyInferred  = "inferred"   // lost: by the second rule above
	WhyFinSent   = "fin-sent"   // state: it has sent its FIN
	WhyRstSent   = "rst-sent"   // state: it has sent a reset
	WhySynSent   = "syn-sent"   // state: it has sent a SYN
)

var hostNames = [2]string{"client", "server"}

// Run tells a connection as a run: events for the same ladder, panels and lists as those of the engine, what a page has to know
// besides, and what cannot be known. Numbers count from the first of each side, times from the first segment.
func (c *Connection) Run() (events []sim.Event, facts sim.Facts, notes []Note) {
	i := &inference{Connection: c}
	i.reckon()
	i.judge()
	i.tell()
	facts = sim.Facts{
		Version: sim.Version, Profile: "capture", RTT: i.trip[0] + i.trip[1], Delay: (i.trip[0] + i.trip[1]) / 2,
		Hosts: []sim.Party{{Name: hostNames[0], Addr: c.Client.String()}, {Name: hostNames[1], Addr: c.Server.String()}},
		Knobs: []sim.Knob{}, Actions: []string{},
	}
	return i.events, facts, i.told()
}

// inference is a connection while its run is told.
type inference struct {
	*Connection
	trip   [2]sim.Duration // round trip between the capture point and an end
	base   [2]uint32       // first number of each side
	known  [2]bool
	heard  [2]bool // something of that side is there
	fates  []fate
	events []sim.Event
	ends   [2]inferredEnd
	nths   map[string]int
	silent int // segments whose arrival is not known
}

// fate is what became of a segment, by its place among the connection's.
type fate struct {
	lost, unknown bool
	retry, of     int // of: place of the first that carried the number, -1 for none
}

// end is the place of the other end's host.
func sideOf(s seen) int {
	if s.back {
		return 1
	}
	return 0
}

func (s seen) end() uint32 {
	n := uint32(s.len)
	if s.flags&syn != 0 {
		n++
	}
	if s.flags&fin != 0 {
		n++
	}
	return s.seq + n
}

func (s seen) occupies() bool { return s.end() != s.seq && s.flags&rst == 0 }

func after(a, b uint32) bool { return int32(a-b) > 0 }

// reckon finds the bases of the numbers, and the way to each end.
func (i *inference) reckon() {
	times := [2]map[uint32]int{{}, {}} // that a number was sent
	for _, s := range i.segments {
		side := sideOf(s)
		i.heard[side] = true
		if s.occupies() {
			times[side][s.seq]++
		}
		if !i.known[side] && s.flags&rst == 0 {
			i.known[side], i.base[side] = true, s.seq
			if s.flags&syn == 0 {
				i.base[side]-- // as if its SYN were there
			}
		}
		if other := 1 - side; !i.known[other] && s.flags&ack != 0 && s.flags&syn == 0 {
			i.known[other], i.base[other] = true, s.ack-1
		}
	}
	for side := range i.trip {
		shortest := time.Duration(-1)
		for n, s := range i.segments {
			if sideOf(s) == side || !s.occupies() || times[1-side][s.seq] > 1 { // Karn: which one was answered?
				continue
			}
			if answer := i.answer(n); answer >= 0 && (shortest < 0 || i.segments[answer].at-s.at < shortest) {
				shortest = i.segments[answer].at - s.at
			}
		}
		i.trip[side] = sim.Duration(max(shortest, 0) / time.Microsecond)
	}
	if i.trip[0]+i.trip[1] < 2 { // faster than the clock, or not to be measured
		i.trip[1] += 2
	}
}

// answer finds the first segment that acknowledges another, -1 if there is none.
func (i *inference) answer(n int) int {
	s := i.segments[n]
	for m := n + 1; m < len(i.segments); m++ {
		o := i.segments[m]
		if o.back != s.back && o.flags&ack != 0 && !after(s.end(), o.ack) {
			return m
		}
	}
	return -1
}

// judge decides what became of each segment.
func (i *inference) judge() {
	i.fates = make([]fate, len(i.segments))
	firsts, repeats := [2]map[uint32]int{{}, {}}, map[int]int{}
	for n, s := range i.segments {
		f := &i.fates[n]
		f.of = -1
		if !s.occupies() {
			continue
		}
		side := sideOf(s)
		if first, again := firsts[side][s.seq]; again {
			repeats[first]++
			f.of, f.retry = first, repeats[first]
		} else {
			firsts[side][s.seq] = n
		}
		i.judgeOne(n)
	}
}

// judgeOne looks ahead for a repetition and an acknowledgement.
func (i *inference) judgeOne(n int) {
	s := i.segments[n]
	to := 1 - sideOf(s)
	acked := -1
	for m := n + 1; m < len(i.segments); m++ {
		o := i.segments[m]
		if o.back != s.back {
			if acked < 0 && o.flags&ack != 0 && !after(s.end(), o.ack) {
				acked = m
			}
			continue
		}
		if !o.occupies() || after(o.seq, s.seq) || !after(o.end(), s.seq) {
			continue
		}
		// Seen again.
		switch {
		case acked < 0:
			i.fates[n].lost = true
		case o.at-i.segments[acked].at > time.Duration(i.trip[1-to])*time.Microsecond && !i.segments[acked].occupies():
			i.fates[acked].lost = true // its sender would have had it by then
		}
		return
	}
	if acked < 0 && i.heard[to] && i.Ending != EndsByRST {
		i.fates[n].unknown = true
		i.silent++
	}
}
