package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fourwaves/sim/tcp"
)

// This file is what every run must hold to, whatever is thrown at it, as it can
// be read off its events: the random tests and the exhaustive one ask for all of it.

// judge is what a law needs of its test.
type judge interface {
	Helper()
	Fatalf(string, ...any)
}

// checkLaws asks for every law but that of processes, checkCalls. A run that was cut off at the cap on events is
// let off those that speak of its end.
func checkLaws(t judge, events []Event, lifetime Duration) {
	t.Helper()
	checkOrder(t, events)
	checkEdges(t, events)
	checkSendings(t, events)
	checkTuples(t, events)
	checkTimers(t, events)
	if events[len(events)-1].Why != WhyLimit {
		checkNetwork(t, events, lifetime)
	}
}

// maySend is which kinds of segment each state sends, again or for the first
// time: FIN_WAIT_1 repeats the SYN,ACK when close() came in SYN_RCVD. RST is
// left out: whatever is wrong may draw one.
var maySend = map[string]string{
	"SYN_SENT": "SYN", "SYN_RCVD": "SYN ACK", "ESTABLISHED": "data ACK", "FIN_WAIT_1": "SYN data FIN ACK", "FIN_WAIT_2": "ACK",
	"CLOSE_WAIT": "data ACK", "CLOSING": "data FIN ACK", "LAST_ACK": "data FIN ACK", "TIME_WAIT": "ACK",
}

// checkSendings: no state sends what it may not.
func checkSendings(t judge, events []Event) {
	states := map[end]string{}
	for _, e := range events {
		who := end{e.Host, e.Conn}
		switch {
		case e.Ev == Preset:
			states[who] = e.State
		case e.Ev == State:
			states[who] = e.To
		case e.Ev == Sent && e.Conn > 0 && e.Kind != "RST" && !slices.Contains(strings.Fields(maySend[states[who]]), e.Kind):
			t.Fatalf("at %d us the %s sends %s#%d in %s", e.At, e.Host, e.Kind, e.Nth, states[who])
		}
	}
}

// checkTuples: a host has one connection for a 4-tuple, and one in TIME_WAIT
// gives it up early only to what the rules name: a SYN with a higher number or
// a later timestamp, or a call whose machine and whose timestamps allow it.
func checkTuples(t judge, events []Event) {
	type use struct {
		host          string
		local, remote Endpoint
	}
	holder, state := map[use]end{}, map[end]string{}
	heard, stamped := map[end][2]uint32{}, map[end]bool{} // the highest number and timestamp that came
	segments := map[int]*Event{}
	for i := range events {
		e := &events[i]
		who := end{e.Host, e.Conn}
		switch e.Ev {
		case Preset:
			state[who] = e.State
			holder[use{e.Host, e.Local, e.Remote}] = who
		case Sent, Injected:
			segments[e.Seg] = e
			if e.Ev == Injected || e.Conn == 0 {
				continue
			}
			stamped[who] = stamped[who] || e.TSVal != 0
			tuple := use{e.Host, e.Local, e.Remote}
			if was, held := holder[tuple]; held && was != who && state[was] != "CLOSED" && state[who] != "CLOSED" {
				t.Fatalf("at %d us connection %d of the %s has the 4-tuple of its connection %d, which is in %s", e.At, e.Conn, e.Host, was.conn, state[was])
			}
			holder[tuple] = who
		case Copied:
			segments[e.Seg] = segments[e.Of]
		case Arrived:
			if s := segments[e.Seg]; state[who] != "TIME_WAIT" && strings.Contains(s.Flags, "ACK") {
				had := heard[who]
				if last := s.Seq + uint32(s.Len); had[0] == 0 || int32(last-had[0]) > 0 {
					had[0] = last
				}
				had[1] = max(had[1], s.TSVal)
				heard[who] = had
			}
		case State:
			state[who] = e.To
			why := tcp.Why(e.Why)
			if e.From != "TIME_WAIT" || why != tcp.WhyReopened && why != tcp.WhyTakenOver {
				continue
			}
			cause, told := e.Cause.Index()
			if !told {
				continue // by a connection of a load that is not shown
			}
			switch by := &events[cause]; {
			case why == tcp.WhyReopened && (by.Ev == Sent || by.Ev == Copied || by.Ev == Injected):
				s := segments[by.Seg]
				if s.Flags != "SYN" || int32(s.Seq-heard[who][0]) <= 0 && s.TSVal <= heard[who][1] {
					t.Fatalf("at %d us TIME_WAIT of connection %d of the %s ends for %s seq %d, after %v", e.At, e.Conn, e.Host, s.Flags, s.Seq, heard[who])
				}
			case why == tcp.WhyTakenOver && by.Ev == Call:
				if !stamped[who] {
					t.Fatalf("at %d us %s() takes the 4-tuple of connection %d of the %s, which used no timestamps", e.At, by.Call, e.Conn, e.Host)
				}
			default:
				t.Fatalf("at %d us TIME_WAIT of connection %d of the %s ends because of %v", e.At, e.Conn, e.Host, by)
			}
		}
	}
}

func checkOrder(t judge, events []Event) {
	for i, e := range events {
		if i > 0 && e.At < events[i-1].At {
			t.Fatalf("event %d goes back in time", i)
		}
		if c, ok := e.Cause.Index(); ok && c >= i {
			t.Fatalf("event %d was caused by a later one", i)
		}
	}
}

func checkEdges(t judge, events []Event) {
	states := map[end]string{}
	for _, e := range events {
		who := end{e.Host, e.Conn}
		if e.Ev == Preset {
			states[who] = e.State
		}
		if e.Ev != State {
			continue
		}
		if from, known := states[who]; known && from != e.From {
			t.Fatalf("the %s leaves %s while in %s", e.Host, e.From, from)
		}
		states[who] = e.To
		if !slices.ContainsFunc(tcp.Edges, func(edge tcp.Edge) bool {
			return edge.From.String() == e.From && edge.To.String() == e.To && string(edge.Why) == e.Why
		}) {
			t.Fatalf("no edge %s -> %s on %s", e.From, e.To, e.Why)
		}
	}
}

// checkNetwork: every segment ends once, and none is delivered past its lifetime.
func checkNetwork(t judge, events []Event, lifetime Duration) {
	sent, ended := map[int]Instant{}, map[int]bool{}
	for _, e := range events {
		switch e.Ev {
		case Sent, Injected:
			sent[e.Seg] = e.At
		case Copied:
			sent[e.Seg] = sent[e.Of]
		case Arrived, Lost, Expired:
			if ended[e.Seg] {
				t.Fatalf("segment %d ends twice", e.Seg)
			}
			ended[e.Seg] = true
			if age := Duration(e.At - sent[e.Seg]); e.Ev == Arrived && age > lifetime {
				t.Fatalf("segment %d arrives %d us old; the network keeps none longer than %d", e.Seg, age, lifetime)
			}
		}
	}
	if len(ended) != len(sent) {
		t.Fatalf("%d of %d segments have no end", len(sent)-len(ended), len(sent))
	}
}

// checkTimers: every timer that is started is stopped or fires, at the instant
// for which it was set, and a run that is quiet has none left.
func checkTimers(t judge, events []Event) {
	type timer struct {
		host string
		conn int
		name string
	}
	due := map[timer]Instant{}
	for _, e := range events {
		if e.Ev != Timer {
			continue
		}
		which := timer{e.Host, e.Conn, e.Timer}
		set, running := due[which]
		if running == (e.Do == doStart) {
			t.Fatalf("at %d us %v: %s, and it runs: %v", e.At, which, e.Do, running)
		}
		switch e.Do {
		case doStart, doAgain:
			due[which] = e.Due
		case doFire:
			if e.At != set {
				t.Fatalf("%v fires at %d us and was set for %d", which, e.At, set)
			}
			delete(due, which)
		case doStop:
			delete(due, which)
		}
	}
	if events[len(events)-1].Why == WhyQuiet && len(due) > 0 {
		t.Fatalf("the run is over, and these timers are not: %v", due)
	}
}

// checkCalls is for processes: each has one call at a time, which returns what
// was called, and in a run that is quiet only what waits for a peer that may
// still act has not.
func checkCalls(t judge, events []Event) {
	open, states := map[string]*Event{}, map[end]string{}
	for i, e := range events {
		switch e.Ev {
		case Call:
			if open[e.Host] != nil {
				t.Fatalf("the %s calls %s before %s has returned", e.Host, e.Call, open[e.Host].Call)
			}
			open[e.Host] = &events[i]
		case Return:
			if c := open[e.Host]; c == nil || c.Call != e.Call || c.FD != e.FD {
				t.Fatalf("the %s's %s returns and was not called", e.Host, e.Call)
			}
			open[e.Host] = nil
		case State:
			states[end{e.Host, e.Conn}] = e.To
		}
	}
	if events[len(events)-1].Why != WhyQuiet {
		return
	}
	for host, c := range open {
		if c == nil || c.Call == "accept" {
			continue
		}
		if state := states[end{host, c.Conn}]; !strings.HasPrefix(c.Call, "recv") || state != "ESTABLISHED" && state != "FIN_WAIT_2" {
			t.Fatalf("the run is over, and the %s's %s on a connection in %s has not returned", host, c.Call, state)
		}
	}
}

// breach catches what a law says of events that break it.
type breach struct{ said string }

func (b *breach) Helper() {}

func (b *breach) Fatalf(format string, args ...any) {
	b.said = fmt.Sprintf(format, args...)
	panic(b)
}

// TestLaws: each law finds what breaks it.
func TestLaws(t *testing.T) {
	at := func(port uint16) Endpoint { return Endpoint{Port: port} }
	syn := func(seg int, seq uint32) Event {
		return Event{Ev: Injected, Host: "server", Seg: seg, Kind: "SYN", Flags: "SYN", Seq: seq}
	}
	waits := []Event{
		{Ev: Preset, Host: "client", Conn: 1, State: "ESTABLISHED", Local: at(5000), Remote: at(80)},
		{Ev: Sent, Host: "server", Conn: 1, Seg: 1, Kind: "FIN", Flags: "FIN,ACK", Seq: 300},
		{Ev: Arrived, Host: "client", Conn: 1, Seg: 1},
		{Ev: State, Host: "client", Conn: 1, From: "ESTABLISHED", To: "TIME_WAIT"},
	}
	reopens := Event{Ev: State, Host: "client", Conn: 1, From: "TIME_WAIT", To: "CLOSED", Why: string(tcp.WhyReopened), Cause: causedBy(4)}
	takes := reopens
	takes.Why = string(tcp.WhyTakenOver)
	with := func(more ...Event) []Event { return slices.Concat(waits, more) }

	for _, c := range []struct {
		name   string
		law    func(judge, []Event)
		events []Event
		broken bool
	}{
		{"time runs backwards", checkOrder, []Event{{At: 5}, {At: 4}}, true},
		{"an effect before its cause", checkOrder, []Event{{Cause: causedBy(1)}, {}}, true},
		{"an edge that there is not", checkEdges, []Event{{Ev: State, From: "CLOSED", To: "TIME_WAIT"}}, true},
		{"data in FIN_WAIT_2", checkSendings, []Event{{Ev: Preset, Conn: 1, State: "FIN_WAIT_2"}, {Ev: Sent, Conn: 1, Kind: "data"}}, true},
		{"an ACK in FIN_WAIT_2", checkSendings, []Event{{Ev: Preset, Conn: 1, State: "FIN_WAIT_2"}, {Ev: Sent, Conn: 1, Kind: "ACK"}}, false},
		{"two connections of one 4-tuple", checkTuples, with(
			Event{Ev: State, Host: "client", Conn: 2, To: "SYN_SENT"},
			Event{Ev: Sent, Host: "client", Conn: 2, Seg: 2, Kind: "SYN", Flags: "SYN", Local: at(5000), Remote: at(80)}), true},
		{"an old SYN ends TIME_WAIT", checkTuples, with(syn(2, 299), reopens), true},
		{"a new SYN does", checkTuples, with(syn(2, 301), reopens), false},
		{"a call does, without timestamps", checkTuples, with(Event{Ev: Call, Host: "client", Call: "connect"}, takes), true},
		{"a call of this end is told as a SYN of the other", checkTuples, with(Event{Ev: Call, Host: "client", Call: "connect"}, reopens), true},
		{"a segment ends twice", func(t judge, e []Event) { checkNetwork(t, e, 9) }, []Event{{Ev: Sent, Seg: 1}, {Ev: Lost, Seg: 1}, {Ev: Arrived, Seg: 1}}, true},
		{"a segment is too old", func(t judge, e []Event) { checkNetwork(t, e, 9) }, []Event{{Ev: Sent, Seg: 1}, {At: 10, Ev: Arrived, Seg: 1}}, true},
		{"a timer fires late", checkTimers, []Event{{Ev: Timer, Timer: "RTO", Do: doStart, Due: 5}, {At: 6, Ev: Timer, Timer: "RTO", Do: doFire}}, true},
		{"a timer is left", checkTimers, []Event{{Ev: Timer, Timer: "RTO", Do: doStart, Due: 5}, {Ev: End, Why: WhyQuiet}}, true},
		{"close() never returns", checkCalls, []Event{{Ev: Call, Call: "close"}, {Ev: End, Why: WhyQuiet}}, true},
		{"recv() waits for a silent peer", checkCalls, []Event{{Ev: State, Conn: 1, To: "ESTABLISHED"}, {Ev: Call, Call: "recv", Conn: 1}, {Ev: End, Why: WhyQuiet}}, false},
		{"recv() waits for nobody", checkCalls, []Event{{Ev: State, Conn: 1, To: "CLOSED"}, {Ev: Call, Call: "recv", Conn: 1}, {Ev: End, Why: WhyQuiet}}, true},
	} {
		var b breach
		func() {
			defer func() {
				if r := recover(); r != nil && r != any(&b) {
					panic(r)
				}
			}()
			c.law(&b, c.events)
		}()
		if (b.said != "") != c.broken {
			t.Errorf("%s: the law says %q", c.name, b.said)
		}
	}
}
