package capture

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"fourwaves/sim"
	"fourwaves/sim/tcp"
)

// This file walks through a connection in order of time, each segment at its two instants, and writes down what follows for
// the two ends.

// inferredEnd is what is known of one end.
type inferredEnd struct {
	state      tcp.State
	next       uint32 // after the highest number that it has sent
	received   uint32 // all before it has arrived
	begun      bool   // received is known
	waiting    []span // arrived out of order
	fin, peer  uint32 // number after its own FIN, and after the other's
	sentFIN    bool
	gotFIN     bool  // it arrived, perhaps out of order
	finCounted bool  // in order
	scales     bool  // its SYN offers to scale its window,
	shift      uint8 // by so much
}

type span struct{ from, to uint32 }

// moment is a segment at one of its two instants.
type moment struct {
	at      sim.Instant
	segment int
	kind    sim.Kind
}

// tell walks through sending and arriving in order of time.
func (i *inference) tell() {
	i.nths = map[string]int{}
	moments := i.moments()
	i.begin()
	sent := make([]int, len(i.segments)) // event of sending
	for _, m := range moments {
		s := i.segments[m.segment]
		side := sideOf(s)
		switch m.kind {
		case sim.Sent:
			sent[m.segment] = len(i.events)
			i.send(m, s, side)
		case sim.Arrived:
			i.emit(sim.Event{At: m.at, Ev: sim.Arrived, Host: hostNames[1-side], Conn: 1, Seg: m.segment + 1, Cause: cause(sent[m.segment])})
			i.arrive(m.at, s, 1-side, len(i.events)-1)
		case sim.Lost:
			i.emit(sim.Event{At: m.at, Ev: sim.Lost, Host: hostNames[side], Conn: 1, Seg: m.segment + 1, Flight: i.flight(), Why: WhyInferred, Cause: cause(sent[m.segment])})
		}
	}
	last := sim.Instant(0)
	if len(i.events) > 0 {
		last = i.events[len(i.events)-1].At
	}
	i.emit(sim.Event{At: last, Ev: sim.End, Why: sim.WhyQuiet})
}

func cause(event int) sim.Cause { return sim.Cause(event + 1) }

func (i *inference) emit(e sim.Event) { i.events = append(i.events, e) }

// flight is the way from end to end.
func (i *inference) flight() sim.Duration { return max(1, (i.trip[0]+i.trip[1])/2) }

// moments gives each segment its instants. The first sending is instant 0.
func (i *inference) moments() (list []moment) {
	var least sim.Instant
	for n, s := range i.segments {
		side := sideOf(s)
		sent := sim.Instant(s.at/time.Microsecond) - sim.Instant(i.trip[side]/2)
		if n == 0 || sent < least {
			least = sent
		}
		list = append(list, moment{sent, n, sim.Sent})
		switch f := i.fates[n]; {
		case f.lost:
			list = append(list, moment{sent.Add(max(1, i.trip[side]/2+i.trip[1-side]/4)), n, sim.Lost})
		case !f.unknown:
			list = append(list, moment{sent.Add(i.flight()), n, sim.Arrived})
		}
	}
	for n := range list {
		list[n].at -= least
	}
	slices.SortStableFunc(list, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	return list
}

// begin says in which states the two ends are before the first segment.
func (i *inference) begin() {
	states := [2]tcp.State{tcp.Closed, tcp.Listen}
	switch asked := slices.ContainsFunc(i.segments, func(s seen) bool { return s.flags&(syn|ack) == syn }); {
	case !i.Opened:
		states = [2]tcp.State{tcp.Established, tcp.Established}
	case !asked: // only the answer to the SYN is there
		states = [2]tcp.State{tcp.SynSent, tcp.SynRcvd}
	}
	for side := range states {
		e := &i.ends[side]
		e.state = states[side]
		if !i.Opened {
			e.next, e.received, e.begun = i.base[side]+1, i.base[1-side]+1, true
		}
		preset := sim.Event{Ev: sim.Preset, Host: hostNames[side], Conn: 1, State: e.state.String()}
		preset.Local, preset.Remote = i.addresses(side)
		if !i.Opened {
			preset.SndNxt, preset.RcvNxt = 1, 1
		}
		i.emit(preset)
	}
}

// addresses are the ends of a segment from a side; events have room for IPv4.
func (i *inference) addresses(side int) (local, remote sim.Endpoint) {
	ends := [2]netip.AddrPort{i.Client, i.Server}
	if !ends[0].Addr().Is4() {
		return local, remote
	}
	point := func(a netip.AddrPort) sim.Endpoint {
		four := a.Addr().As4()
		return sim.Endpoint{Addr: sim.Address(four[0])<<24 | sim.Address(four[1])<<16 | sim.Address(four[2])<<8 | sim.Address(four[3]), Port: a.Port()}
	}
	return point(ends[side]), point(ends[1-side])
}

// send tells of a segment that leaves its host, and of what that says about the host.
func (i *inference) send(m moment, s seen, side int) {
	e := &i.ends[side]
	f := i.fates[m.segment]
	event := sim.Event{
		At: m.at, Ev: sim.Sent, Host: hostNames[side], Dst: hostNames[1-side], Conn: 1, Seg: m.segment + 1, Why: WhySeen,
		Flags: flagsOf(s.flags), Seq: s.seq - i.base[side], Len: s.len, Wnd: s.wnd, TSVal: s.tsVal, TSEcr: s.tsEcr,
	}
	event.Local, event.Remote = i.addresses(side)
	if s.flags&syn != 0 {
		e.scales, e.shift = s.scales, s.shift
		event.Scale, event.Shift, event.MSS, event.SACK = s.scales, int(s.shift), s.mss, s.sack
	} else if e.scales && i.ends[1-side].scales {
		event.Wnd, event.Shift = s.wnd<<e.shift, int(e.shift)
	}
	if s.flags&ack != 0 {
		event.Ack = s.ack - i.base[1-side]
	}
	if s.len > 0 && kindOf(s) == "data" {
		event.Why = string(tcp.WhySentData)
	}
	if f.of >= 0 {
		event.Retry, event.Of, event.Why = f.retry, f.of+1, WhySeenAgain
	}
	event.Kind = kindOf(s)
	i.nths[event.Host+event.Kind]++
	event.Nth = i.nths[event.Host+event.Kind]
	// What it acknowledges must have arrived, also what the capture does not hold.
	if s.flags&ack != 0 && e.begun && after(s.ack, e.received) {
		i.receivedUpTo(m.at, side, s.ack, len(i.events)-1)
	}
	at := len(i.events)
	// A state that a segment announces is entered before it is sent, as in the engine.
	switch {
	case s.flags&rst != 0:
		i.enter(m.at, side, tcp.Closed, WhyRstSent, at-1)
	case s.flags&syn != 0 && s.flags&ack == 0:
		if e.state == tcp.Closed {
			i.enter(m.at, side, tcp.SynSent, WhySynSent, at-1)
		}
	case s.flags&syn == 0 && e.state == tcp.SynSent: // the capture lacks the answer
		i.enter(m.at, side, tcp.Established, "syn-ack-arrived", at-1)
	}
	if s.flags&(fin|rst) == fin && !e.sentFIN {
		e.sentFIN, e.fin = true, s.end()
		switch e.state {
		case tcp.Established, tcp.SynRcvd:
			i.enter(m.at, side, tcp.FinWait1, WhyFinSent, at-1)
		case tcp.CloseWait:
			i.enter(m.at, side, tcp.LastAck, WhyFinSent, at-1)
		}
	}
	if s.flags&rst == 0 && (e.next == 0 || after(s.end(), e.next)) {
		e.next = s.end()
	}
	i.emit(event)
}

// arrive tells what a segment means for the host that gets it.
func (i *inference) arrive(at sim.Instant, s seen, side, by int) {
	e := &i.ends[side]
	if s.flags&rst != 0 {
		i.enter(at, side, tcp.Closed, "rst-arrived", by)
		return
	}
	if s.flags&syn != 0 {
		i.arriveSYN(at, s, side, by)
	}
	if s.flags&ack != 0 {
		i.arriveACK(at, s, side, by)
	}
	if !e.begun {
		e.received, e.begun = s.seq, true
	}
	if s.flags&fin != 0 {
		e.gotFIN, e.peer = true, s.end()
	}
	if s.end() != s.seq {
		e.waiting = append(e.waiting, span{s.seq, s.end()})
		i.receivedUpTo(at, side, e.received, by)
	}
}

func (i *inference) arriveSYN(at sim.Instant, s seen, side, by int) {
	e := &i.ends[side]
	e.received, e.begun = s.seq+1, true
	switch {
	case e.state == tcp.Listen:
		i.enter(at, side, tcp.SynRcvd, "syn-arrived", by)
	case e.state == tcp.SynSent && s.flags&ack == 0:
		i.enter(at, side, tcp.SynRcvd, "syn-arrived", by)
	case e.state == tcp.SynSent:
		i.enter(at, side, tcp.Established, "syn-ack-arrived", by)
	}
}

func (i *inference) arriveACK(at sim.Instant, s seen, side, by int) {
	e := &i.ends[side]
	if e.state == tcp.SynRcvd && s.flags&syn == 0 {
		i.enter(at, side, tcp.Established, "ack-of-syn", by)
	}
	if !e.sentFIN || after(e.fin, s.ack) {
		return
	}
	switch e.state {
	case tcp.FinWait1:
		i.enter(at, side, tcp.FinWait2, "ack-of-fin", by)
	case tcp.Closing:
		i.enter(at, side, tcp.TimeWait, "ack-of-fin", by)
	case tcp.LastAck:
		i.enter(at, side, tcp.Closed, "ack-of-fin", by)
	}
}

// receivedUpTo moves on what has arrived in order, and counts a FIN when it is its turn.
func (i *inference) receivedUpTo(at sim.Instant, side int, upTo uint32, by int) {
	e := &i.ends[side]
	e.received = upTo
	for moved := true; moved; {
		moved = false
		for n, w := range e.waiting {
			if !after(w.from, e.received) {
				if after(w.to, e.received) {
					e.received = w.to
				}
				e.waiting = slices.Delete(e.waiting, n, n+1)
				moved = true
				break
			}
		}
	}
	if !e.gotFIN || e.finCounted || after(e.peer, e.received) {
		return
	}
	e.finCounted = true
	switch e.state {
	case tcp.SynRcvd, tcp.Established:
		i.enter(at, side, tcp.CloseWait, "fin-arrived", by)
	case tcp.FinWait1:
		i.enter(at, side, tcp.Closing, "fin-arrived", by)
	case tcp.FinWait2:
		i.enter(at, side, tcp.TimeWait, "fin-arrived", by)
	}
}

// enter changes a state; one that is left for good is not entered again.
func (i *inference) enter(at sim.Instant, side int, to tcp.State, why string, by int) {
	e := &i.ends[side]
	if e.state == to {
		return
	}
	i.emit(sim.Event{At: at, Ev: sim.State, Host: hostNames[side], Conn: 1, From: e.state.String(), To: to.String(), Why: why, Cause: cause(by)})
	e.state = to
}

// flagsOf names the control bits that the engine has.
func flagsOf(bits byte) string {
	var names []string
	for _, f := range []struct {
		bit  byte
		name string
	}{{syn, "SYN"}, {fin, "FIN"}, {rst, "RST"}, {psh, "PSH"}, {ack, "ACK"}} {
		if bits&f.bit != 0 {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, ",")
}

// kindOf is the first that applies (ruling 6).
func kindOf(s seen) string {
	switch {
	case s.flags&rst != 0:
		return "RST"
	case s.flags&syn != 0:
		return "SYN"
	case s.flags&fin != 0:
		return "FIN"
	case s.len > 0:
		return "data"
	}
	return "ACK"
}

// ---- Notes

// told lists what a reader should know, the gravest first.
func (i *inference) told() (notes []Note) {
	add := func(code string, n int) { notes = append(notes, Note{Code: code, N: n}) }
	if !i.Opened {
		add(NoteMiddle, 0)
	}
	if i.heard[0] != i.heard[1] {
		add(NoteOneSide, 0)
	}
	if n := i.notes[NoteCut]; n > 0 {
		add(NoteCut, n)
	}
	if n := i.notes[NoteTwice]; n > 0 {
		add(NoteTwice, n)
	}
	if n := i.gaps(); n > 0 {
		add(NoteGap, n)
	}
	lost := 0
	for _, f := range i.fates {
		if f.lost {
			lost++
		}
	}
	if lost > 0 {
		add(NoteLost, lost)
	}
	if i.silent > 0 {
		add(NoteUnanswered, i.silent)
	}
	if i.ends[0].state != tcp.Closed && i.ends[0].state != tcp.TimeWait || i.ends[1].state != tcp.Closed && i.ends[1].state != tcp.TimeWait {
		add(NoteUnfinished, 0)
	}
	add(NoteWhen, int(i.trip[0]+i.trip[1]))
	add(NoteApplication, 0)
	return notes
}

// gaps counts the bytes that were acknowledged, or passed over by what follows, and are not in the capture.
func (i *inference) gaps() (missing int) {
	for side := range hostNames {
		var spans []span
		for _, s := range i.segments {
			if sideOf(s) == side && s.occupies() {
				spans = append(spans, span{s.seq - i.base[side], s.end() - i.base[side]})
			}
		}
		slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
		for n, next := 0, uint32(1); n < len(spans); n++ {
			if n > 0 && spans[n].from > next {
				missing += int(spans[n].from - next)
			}
			next = max(next, spans[n].to)
		}
	}
	return missing
}
