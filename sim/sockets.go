package sim

import (
	"strings"
)

// SocketNow is one line of ss: a socket of a host at one instant.
type SocketNow struct {
	Host   string
	Conn   int
	State  string // as in RFC 9293, with _
	RecvQ  int    // bytes that the application has not read; an unread end of file counts one
	SendQ  int    // bytes that nobody has acknowledged; SYN and FIN count one each
	Local  string // address:port
	Peer   string
	Timer  string // as ss names it: on, timewait, keepalive, persist; "" for none
	Due    Instant
	Repeat int // how often that timer has fired in a row
}

// ssTimers are the engine's timers by their names in ss (iproute2, misc/ss.c),
// the one that is shown first where several run. FIN_WAIT_2 of an orphan is kept
// as a timewait socket, so ss calls it so.
var ssTimers = [][2]string{{"TIME_WAIT", "timewait"}, {"RTO", "on"}, {"TLP", "on"}, {"FIN_WAIT_2", "timewait"}, {"PERSIST", "persist"}, {"KEEPALIVE", "keepalive"}}

// Sockets folds a run's events into what every host's kernel would list after
// everything at or before an instant, in the order of their making. A CLOSED
// socket is gone. The page does the same in static/js/panels/sockets.js.
func Sockets(events []Event, at Instant) []SocketNow {
	f := socketFold{tuples: addresses(events), known: map[end]*folded{}, sent: map[int]Event{}}
	for _, e := range events {
		if e.At > at && e.Ev != Preset {
			break
		}
		f.take(e)
	}
	var list []SocketNow
	for _, s := range f.order {
		if s.State != "CLOSED" {
			list = append(list, s.line())
		}
	}
	return list
}

// end is one connection of one host, by which events name it.
type end struct {
	host string
	conn int
}

// folded is a socket while events are folded into it.
type folded struct {
	SocketNow
	tuple          FourTuple
	timers         map[string]running
	una, nxt       uint32 // sent: oldest unacknowledged, next
	rcv, read      uint32 // received in order, and by the application
	sends, numbers bool   // una and nxt are known; rcv and read are
}

type running struct {
	due   Instant
	on    bool
	fired int
}

type socketFold struct {
	tuples map[end]FourTuple
	known  map[end]*folded
	order  []*folded
	sent   map[int]Event
}

func (f *socketFold) of(e Event) *folded {
	key := end{e.Host, e.Conn}
	s := f.known[key]
	if s == nil {
		s = &folded{SocketNow: SocketNow{Host: e.Host, Conn: e.Conn, State: "CLOSED"}, timers: map[string]running{}}
		s.tuple = f.tuples[key]
		if s.tuple == (FourTuple{}) { // a listener, or an end that never sent anything
			s.tuple.Local.Port = f.tuples[end{e.Host, 0}].Local.Port
		}
		f.known[key] = s
		f.order = append(f.order, s)
	}
	return s
}

func (f *socketFold) take(e Event) {
	if e.Ev == Sent {
		f.sent[e.Seg] = e
	}
	if e.Ev == Copied {
		f.sent[e.Seg] = f.sent[e.Of]
	}
	if e.Conn == 0 {
		return
	}
	switch e.Ev {
	case Preset:
		s := f.of(e)
		s.State, s.una, s.nxt, s.rcv, s.read, s.sends, s.numbers = e.State, e.SndNxt, e.SndNxt, e.RcvNxt, e.RcvNxt, true, true
	case State:
		f.of(e).State = e.To
	case Read:
		f.of(e).read += uint32(e.Len)
	case EOF:
		f.of(e).read++
	case Timer:
		s := f.of(e)
		t := s.timers[e.Timer]
		switch e.Do {
		case doStart, doAgain:
			// A timer that fired starts again for the same segment: that is what ss counts.
			if t.on {
				t.fired = 0
			}
			t.due, t.on = e.Due, true
		case doFire:
			t.on = false
			t.fired++
		case doStop:
			t = running{}
		}
		s.timers[e.Timer] = t
	case Sent:
		f.of(e).transmit(e)
	case Arrived:
		if s, seg := f.of(e), f.sent[e.Seg]; s.sends && hasFlag(seg, "ACK") && int32(s.nxt-seg.Ack) >= 0 && int32(seg.Ack-s.una) > 0 {
			s.una = seg.Ack
		}
	}
}

// transmit takes a segment that the socket sends.
func (s *folded) transmit(e Event) {
	if e.Kind == "RST" {
		return
	}
	if !s.sends {
		s.una, s.nxt, s.sends = e.Seq, e.Seq, true
	}
	if next := e.Seq + uint32(e.Occupies()); int32(next-s.nxt) > 0 {
		s.nxt = next
	}
	if !hasFlag(e, "ACK") {
		return
	}
	if !s.numbers {
		s.rcv, s.read, s.numbers = e.Ack, e.Ack, true
	}
	if int32(e.Ack-s.rcv) > 0 {
		s.rcv = e.Ack
	}
}

func (s *folded) line() SocketNow {
	now := s.SocketNow
	now.Local, now.Peer = s.tuple.Local.String(), s.tuple.Remote.String()
	if s.tuple.Remote == (Endpoint{}) {
		now.Peer = "0.0.0.0:*"
	}
	if now.State != "LISTEN" && now.State != "TIME_WAIT" {
		now.SendQ = int(s.nxt - s.una)
		now.RecvQ = max(0, int(int32(s.rcv-s.read)))
	}
	for _, name := range ssTimers {
		if t := s.timers[name[0]]; t.on {
			now.Timer, now.Due, now.Repeat = name[1], t.due, t.fired
			break
		}
	}
	return now
}

func hasFlag(e Event, flag string) bool { return strings.Contains(e.Flags, flag) }

// Occupies is SEG.LEN of a sent segment: its text, and one number each for SYN
// and FIN (RFC 9293, 3.4).
func (e Event) Occupies() int {
	n := e.Len
	if hasFlag(e, "SYN") {
		n++
	}
	if hasFlag(e, "FIN") {
		n++
	}
	return n
}

// addresses says which address and port each end of a run has, by what its
// segments carry; conn 0 is the first that its host has.
func addresses(events []Event) map[end]FourTuple {
	known := map[end]FourTuple{}
	for _, e := range events {
		if e.Local == (Endpoint{}) || e.Ev == Injected {
			continue
		}
		for _, conn := range [...]int{e.Conn, 0} {
			if _, ok := known[end{e.Host, conn}]; !ok {
				known[end{e.Host, conn}] = FourTuple{e.Local, e.Remote}
			}
		}
	}
	return known
}
