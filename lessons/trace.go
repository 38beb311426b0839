package lessons

import (
	"cmp"
	"strings"

	"fourwaves/sim"
)

// A Trace is a finished run, to be asked. It is not safe for concurrent use, because it notes what an answer rested on.
type Trace struct {
	events []sim.Event
	facts  sim.Facts
	rests  map[int]bool // events that the expression under way has rested on
}

// TraceOf runs a session to its end.
func TraceOf(s *sim.Session) *Trace {
	events, _ := s.Next(0, sim.MaxEvents+1)
	return &Trace{events: events, facts: s.Facts(), rests: map[int]bool{}}
}

// Trace runs the figure under a log of edits.
func (f *Figure) Trace(log []string) (*Trace, error) {
	s, err := sim.Open(f.Scenario, log)
	if err != nil {
		return nil, err
	}
	return TraceOf(s), nil
}

// rest notes an event that the answer rests on.
func (t *Trace) rest(index int) { t.rests[index] = true }

func (t *Trace) end() sim.Instant {
	if len(t.events) == 0 {
		return 0
	}
	return t.events[len(t.events)-1].At
}

// tally counts events, all of which the answer then rests on.
func (t *Trace) tally(is func(sim.Event) bool) int {
	n := 0
	for i, e := range t.events {
		if is(e) {
			t.rest(i)
			n++
		}
	}
	return n
}

// ---- States

// A stay of one connection in one state.
type stay struct {
	from, to      Time
	entered, left int // events; left is -1 when it stays to the end
}

// stays of a host's connections in a state, in the order of entering; conn 0 is all of them.
func (t *Trace) stays(host Host, conn int, state State) []stay {
	var all []stay
	open := map[int]int{} // connection to place in all
	for i, e := range t.events {
		if e.Host != host.name || conn != 0 && e.Conn != conn {
			continue
		}
		to := e.To
		if e.Ev == sim.Preset {
			to = e.State
		} else if e.Ev != sim.State {
			continue
		}
		if at, in := open[e.Conn]; in {
			all[at].to, all[at].left = instant(e.At), i
			delete(open, e.Conn)
		}
		if to == state.name {
			open[e.Conn] = len(all)
			all = append(all, stay{from: instant(e.At), to: never, entered: i, left: -1})
		}
	}
	return all
}

func (t *Trace) firstStay(args []any) (stay, bool) {
	all := t.stays(args[0].(Host), number(args, 2), args[1].(State))
	if len(all) == 0 {
		return stay{from: never, to: never, left: -1}, false
	}
	t.rest(all[0].entered)
	return all[0], true
}

func (t *Trace) stateAt(host Host, conn int, at int64) string {
	state, last, newest := "CLOSED", -1, conn
	for i, e := range t.events {
		if int64(e.At) > at {
			break
		}
		if e.Host != host.name || (e.Ev != sim.State && e.Ev != sim.Preset) || e.Conn < newest || conn != 0 && e.Conn != conn {
			continue
		}
		newest, last = e.Conn, i
		state = cmp.Or(e.To, e.State)
	}
	if last >= 0 {
		t.rest(last)
	}
	return state
}

// counters are all that a load has told of a host.
func (t *Trace) counters(host Host) (all []*sim.Counts) {
	for _, e := range t.events {
		if e.Ev == sim.Counters && e.Host == host.name {
			all = append(all, e.Counts)
		}
	}
	return all
}

// counted is what a load last told of a host by a time; nil before the first.
func (t *Trace) counted(host Host, at int64) (last *sim.Counts) {
	index := -1
	for i, e := range t.events {
		if e.Ev == sim.Counters && e.Host == host.name && int64(e.At) <= at {
			last, index = e.Counts, i
		}
	}
	if index >= 0 {
		t.rest(index)
	}
	return last
}

// count of a load is what its counters say, because not all of its connections are told.
func (t *Trace) count(host Host, state State, at int64) int {
	if told := t.counted(host, at); told != nil {
		return told.States[state.name]
	}
	n := 0
	for _, s := range t.stays(host, 0, state) {
		if s.from.us <= at && at < s.to.us {
			t.rest(s.entered)
			n++
		}
	}
	return n
}

// busy tells whether some connection of the host is in another state than CLOSED and LISTEN.
func (t *Trace) busy(host Host, at int64, port int) bool {
	ports, states := map[int]int{}, map[int]int{}
	for i, e := range t.events {
		if int64(e.At) > at {
			break
		}
		if e.Host != host.name || e.Conn == 0 {
			continue
		}
		if e.Local.Port != 0 {
			ports[e.Conn] = int(e.Local.Port)
		}
		if e.Ev == sim.State || e.Ev == sim.Preset {
			states[e.Conn] = i
		}
	}
	busy := false
	for conn, i := range states {
		e := t.events[i]
		if now := cmp.Or(e.To, e.State); now != "CLOSED" && now != "LISTEN" && (port == 0 || ports[conn] == port) {
			t.rest(i)
			busy = true
		}
	}
	return busy
}

// ends says how a connection ended, by the reason of its last transition. What is not here ended in good order.
var ends = map[string]string{
	"rst-arrived": "rst", "second-syn": "rst", "abort-call": "rst", "data-after-close": "rst", "unread-data": "rst", "linger-zero": "rst",
	"gave-up": "timeout", "user-timeout": "timeout", "keepalive": "timeout",
}

func (t *Trace) endReason(host Host, conn int) string {
	reason := "open"
	for i, e := range t.events {
		if e.Ev == sim.State && e.Host == host.name && e.To == "CLOSED" && (conn == 0 || e.Conn == conn) {
			t.rest(i)
			if reason = ends[e.Why]; reason == "" {
				reason = "fin"
			}
		}
	}
	return reason
}

// ---- Segments

func (t *Trace) countSegments(args []any, what sim.Kind) int {
	var host, kind string
	for _, a := range args {
		switch v := a.(type) {
		case Host:
			host = v.name
		case Kind:
			kind = v.name
		}
	}
	kinds := map[int]string{}
	return t.tally(func(e sim.Event) bool {
		if e.Ev == sim.Sent {
			kinds[e.Seg] = e.Kind
		}
		return e.Ev == what && (host == "" || e.Host == host) && (kind == "" || kinds[e.Seg] == kind)
	})
}

// segment finds the nth of a kind.
func (t *Trace) segment(args []any) Segment {
	host, kind, nth := args[0].(Host).name, args[1].(Kind).name, max(1, number(args, 2))
	for i, e := range t.events {
		if e.Ev == sim.Sent && e.Host == host && e.Kind == kind && e.Nth == nth {
			return t.named(i)
		}
	}
	return Segment{}
}

func (t *Trace) named(i int) Segment {
	e := t.events[i]
	t.rest(i)
	return Segment{Host: e.Host, Kind: e.Kind, Nth: e.Nth, index: i}
}

// when something first happens to a segment.
func (t *Trace) when(s Segment, what sim.Kind) Time {
	if s.Nth == 0 {
		return never
	}
	for i, e := range t.events[s.index:] {
		if e.Ev == what && e.Seg == t.events[s.index].Seg {
			t.rest(s.index + i)
			return instant(e.At)
		}
	}
	return never
}

func field(of func(sim.Event) int) func(*Trace, []any) any {
	return func(t *Trace, a []any) any {
		if s := a[0].(Segment); s.Nth > 0 {
			return of(t.events[s.index])
		}
		return 0
	}
}

// ---- Bytes and errors

func (t *Trace) bytesSent(host string) int {
	n := 0
	for i, e := range t.events {
		if e.Ev == sim.Call && e.Call == "send" && e.Host == host && e.Errno == "" {
			t.rest(i)
			n += e.Len
		}
	}
	return n
}

// bytesRead is what was handed to applications, whether they are told by their calls or not.
func (t *Trace) bytesRead(host string) (n int) {
	for i, e := range t.events {
		if e.Host == host && e.Ev == sim.Read {
			t.rest(i)
			n += e.Len
		}
	}
	return n
}

// foreignBytes looks where the text that an application reads has come from. The other end of a connection is the one that
// sent it a SYN; connections that a run begins with have the same number at both ends.
func (t *Trace) foreignBytes(host string) int {
	sender, from := map[int]sim.Event{}, map[int]int{}
	n := 0
	for i, e := range t.events {
		switch e.Ev {
		case sim.Sent, sim.Injected:
			sender[e.Seg] = e
		case sim.Copied:
			sender[e.Seg] = sender[e.Of]
		case sim.Arrived:
			if s := sender[e.Seg]; e.Host == host && s.Ev == sim.Sent && strings.Contains(s.Flags, "SYN") {
				if _, known := from[e.Conn]; !known {
					from[e.Conn] = s.Conn
				}
			}
		case sim.Read:
			cause, ok := e.Cause.Index()
			if e.Host != host || !ok || t.events[cause].Ev != sim.Arrived {
				continue
			}
			s := sender[t.events[cause].Seg]
			mine, known := from[e.Conn]
			if !known {
				mine = e.Conn
			}
			if s.Ev == sim.Injected || s.Conn != mine {
				t.rest(i)
				n += e.Len
			}
		}
	}
	return n
}

// isFailed finds what applications were told had failed, of that host and with that error if they are named.
func isFailed(args []any) func(sim.Event) bool {
	var host, errno string
	for _, a := range args {
		switch v := a.(type) {
		case Host:
			host = v.name
		case Errno:
			errno = v.name
		}
	}
	return func(e sim.Event) bool {
		return e.Errno != "" && (host == "" || e.Host == host) && (errno == "" || string(e.Errno) == errno)
	}
}
