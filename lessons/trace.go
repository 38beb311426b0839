package lessons

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
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

// A Function is what an expression may call.
type Function struct {
	Name  string
	Takes string // its arguments in words; what stands in brackets may be left out
	Tells says
	forms []any // pointers to function types
	do    func(t *Trace, args []any) any
}

// Functions is the table of all functions, for the checker and for the teacher's guide. A trailing number chooses the
// connection of a host that has several, from 1.
var Functions = []Function{
	{"state", "host, time [, connection]", says{"the state at that time, after all events of that instant; of several connections the newest", "在那一刻（该时刻的全部事件之后）所处的状态；有多个连接时取最新的一个"},
		forms(new(func(Host, Time) State), new(func(Host, Time, int) State)),
		func(t *Trace, a []any) any {
			return State{t.stateAt(a[0].(Host), number(a, 2), a[1].(Time).us)}
		}},
	{"enter", "host, STATE [, connection]", says{"when the state is first entered", "第一次进入该状态的时刻"},
		forms(new(func(Host, State) Time), new(func(Host, State, int) Time)),
		func(t *Trace, a []any) any {
			stay, _ := t.firstStay(a)
			return stay.from
		}},
	{"leave", "host, STATE [, connection]", says{"when the state is first left", "第一次离开该状态的时刻"},
		forms(new(func(Host, State) Time), new(func(Host, State, int) Time)),
		func(t *Trace, a []any) any {
			stay, _ := t.firstStay(a)
			if stay.left >= 0 {
				t.rest(stay.left)
			}
			return stay.to
		}},
	{"spent", "host, STATE [, connection]", says{"how long it is in the state, all stays together; never, if it is still there when the run ends", "在该状态停留的总时长；运行结束时仍在其中，则为 never"},
		forms(new(func(Host, State) Time), new(func(Host, State, int) Time)),
		func(t *Trace, a []any) any {
			total := Time{span: true}
			for _, stay := range t.stays(a[0].(Host), number(a, 2), a[1].(State)) {
				t.rest(stay.entered)
				total = total.plus(stay.to.minus(stay.from))
			}
			return total
		}},
	{"visited", "host, STATE [, connection]", says{"whether it ever is in the state, be it for no time at all", "是否曾处于该状态，哪怕没有停留"},
		forms(new(func(Host, State) bool), new(func(Host, State, int) bool)),
		func(t *Trace, a []any) any {
			_, ok := t.firstStay(a)
			return ok
		}},
	{"count", "host, STATE, time", says{"how many of its connections are in the state at that time; of a load, when its counters were last told", "那一刻有多少个连接处于该状态；对负载，取最近一次计数"},
		forms(new(func(Host, State, Time) int)),
		func(t *Trace, a []any) any { return t.count(a[0].(Host), a[1].(State), a[2].(Time).us) }},
	{"peak", "host, STATE", says{"the largest such count at any time", "这一数目的最大值"},
		forms(new(func(Host, State) int)),
		func(t *Trace, a []any) any {
			most := 0
			for _, told := range t.counters(a[0].(Host)) {
				most = max(most, told.States[a[1].(State).name])
			}
			for _, stay := range t.stays(a[0].(Host), 0, a[1].(State)) {
				most = max(most, t.count(a[0].(Host), a[1].(State), stay.from.us))
			}
			return most
		}},
	{"twCount", "host, time", says{"how many of its connections are in TIME_WAIT at that time", "那一刻有多少个连接处于 TIME_WAIT"},
		forms(new(func(Host, Time) int)),
		func(t *Trace, a []any) any { return t.count(a[0].(Host), State{"TIME_WAIT"}, a[1].(Time).us) }},
	{"counts", `host, "name" [, time]`, says{`of a load: what the counter of that name has come to, at the end or at that time, as in counts(client, "failed")`, `用于负载：该名字的计数器在结束时或那一刻的值，如 counts(client, "failed")`},
		forms(new(func(Host, string) int), new(func(Host, string, Time) int)),
		func(t *Trace, a []any) any {
			name, at := a[1].(string), Time{us: int64(t.end())}
			if !slices.Contains(sim.CountNames, name) {
				return &Fault{1, fmt.Sprintf("%q is no counter; there are %s", name, strings.Join(sim.CountNames, ", ")), sim.Nearest(name, sim.CountNames)}
			}
			if len(a) > 2 {
				at = a[2].(Time)
			}
			return t.counted(a[0].(Host), at.us).Named(name)
		}},
	{"entries", "host, STATE", says{"how many times its connections enter the state", "各连接进入该状态的总次数"},
		forms(new(func(Host, State) int)),
		func(t *Trace, a []any) any { return len(t.stays(a[0].(Host), 0, a[1].(State))) }},
	{"busy", "host, time [, port]", says{"whether it still holds a connection then: the 4-tuple cannot be had for a new one", "那时是否还占着连接：新连接得不到同一个四元组"},
		forms(new(func(Host, Time) bool), new(func(Host, Time, int) bool)),
		func(t *Trace, a []any) any { return t.busy(a[0].(Host), a[1].(Time).us, number(a, 2)) }},
	{"endReason", "host [, connection]", says{`how its last connection ended: "fin", "rst", "timeout", or "open" if it did not`, `最后一个连接怎样结束："fin"、"rst"、"timeout"；没有结束则为 "open"`},
		forms(new(func(Host) string), new(func(Host, int) string)),
		func(t *Trace, a []any) any { return t.endReason(a[0].(Host), number(a, 1)) }},
	{"tx", "[host] [, kind]", says{"how many segments were sent, retransmissions counted", "发出多少个报文段，重传也计入"},
		anySegments, func(t *Trace, a []any) any { return t.countSegments(a, sim.Sent) }},
	{"lost", "[host] [, kind]", says{"how many segments of that sender were lost under way", "该发送方有多少个报文段在途中丢失"},
		anySegments, func(t *Trace, a []any) any { return t.countSegments(a, sim.Lost) }},
	{"sent", "host, kind [, n]", says{"when it sends its nth segment of that kind", "它发出第 n 个该种报文段的时刻"},
		forms(new(func(Host, Kind) Time), new(func(Host, Kind, int) Time)),
		func(t *Trace, a []any) any { return t.when(t.segment(a), sim.Sent) }},
	{"arrived", "host, kind [, n]", says{"when its nth segment of that kind reaches the other end", "它的第 n 个该种报文段到达另一端的时刻"},
		forms(new(func(Host, Kind) Time), new(func(Host, Kind, int) Time)),
		func(t *Trace, a []any) any { return t.when(t.segment(a), sim.Arrived) }},
	{"vanished", "host, kind [, n]", says{"when its nth segment of that kind is lost", "它的第 n 个该种报文段丢失的时刻"},
		forms(new(func(Host, Kind) Time), new(func(Host, Kind, int) Time)),
		func(t *Trace, a []any) any { return t.when(t.segment(a), sim.Lost) }},
	{"segment", "host, kind [, n]", says{"its nth segment of that kind", "它的第 n 个该种报文段"},
		forms(new(func(Host, Kind) Segment), new(func(Host, Kind, int) Segment)),
		func(t *Trace, a []any) any { return t.segment(a) }},
	{"next", "time", says{"the first segment that is sent at that time or later", "在那一刻或之后发出的第一个报文段"},
		forms(new(func(Time) Segment)),
		func(t *Trace, a []any) any {
			for i, e := range t.events {
				if e.Ev == sim.Sent && int64(e.At) >= a[0].(Time).us {
					return t.named(i)
				}
			}
			return Segment{}
		}},
	{"seqOf", "segment", says{"its sequence number", "它的序列号"}, forms(new(func(Segment) int)), field(func(e sim.Event) int { return int(e.Seq) })},
	{"ackOf", "segment", says{"its acknowledgment number", "它的确认号"}, forms(new(func(Segment) int)), field(func(e sim.Event) int { return int(e.Ack) })},
	{"lenOf", "segment", says{"its bytes of text", "它携带的数据字节数"}, forms(new(func(Segment) int)), field(func(e sim.Event) int { return e.Len })},
	{"bytesSent", "host", says{"bytes that its application has sent", "它的应用程序发送的字节数"}, forms(new(func(Host) int)),
		func(t *Trace, a []any) any { return t.bytesSent(a[0].(Host).name) }},
	{"bytesRead", "host", says{"bytes that its application has read", "它的应用程序读到的字节数"}, forms(new(func(Host) int)),
		func(t *Trace, a []any) any { return t.bytesRead(a[0].(Host).name) }},
	{"lostBytes", "host", says{"bytes that its application has sent and the other end's has never read", "它的应用程序已发送、对方的应用程序始终没有读到的字节数"}, forms(new(func(Host) int)),
		func(t *Trace, a []any) any {
			host := a[0].(Host).name
			read := 0
			for _, other := range t.facts.Hosts {
				if other.Name != host {
					read += t.bytesRead(other.Name)
				}
			}
			return max(0, t.bytesSent(host)-read)
		}},
	{"foreignBytes", "host", says{"bytes that it took from segments of another connection", "它从别的连接的报文段里收下的字节数"}, forms(new(func(Host) int)),
		func(t *Trace, a []any) any { return t.foreignBytes(a[0].(Host).name) }},
	{"errs", "[host] [, ERRNO]", says{"how many calls failed", "失败的调用次数"},
		forms(new(func() int), new(func(Host) int), new(func(Errno) int), new(func(Host, Errno) int)),
		func(t *Trace, a []any) any { n, _ := t.failed(a); return n }},
	{"errAt", "host, ERRNO", says{"when a call first fails with it", "某个调用第一次以该错误失败的时刻"},
		forms(new(func(Host, Errno) Time)),
		func(t *Trace, a []any) any { _, first := t.failed(a); return first }},
	{"calls", `host, "call"`, says{`how many times its application makes that call, as in calls(client, "connect")`, `它的应用程序做了多少次该调用，如 calls(client, "connect")`},
		forms(new(func(Host, string) int)),
		func(t *Trace, a []any) any {
			return t.tally(func(e sim.Event) bool {
				return e.Ev == sim.Call && e.Host == a[0].(Host).name && e.Call == a[1].(string)
			})
		}},
	{"fired", `host, "timer"`, says{`how many times that timer runs out, as in fired(server, "RTO")`, `该定时器到期多少次，如 fired(server, "RTO")`},
		forms(new(func(Host, string) int)),
		func(t *Trace, a []any) any {
			return t.tally(func(e sim.Event) bool {
				return e.Ev == sim.Timer && e.Do == "fire" && e.Host == a[0].(Host).name && e.Timer == a[1].(string)
			})
		}},
	{"first", "time, time", says{"the earlier one", "两者中较早的一个"}, forms(new(func(Time, Time) Time)),
		func(_ *Trace, a []any) any {
			return slices.MinFunc([]Time{a[0].(Time), a[1].(Time)}, func(x, y Time) int { return cmp.Compare(x.us, y.us) })
		}},
	{"last", "time, time", says{"the later one", "两者中较晚的一个"}, forms(new(func(Time, Time) Time)),
		func(_ *Trace, a []any) any {
			return slices.MaxFunc([]Time{a[0].(Time), a[1].(Time)}, func(x, y Time) int { return cmp.Compare(x.us, y.us) })
		}},
	{"ms", "time", says{"its milliseconds, as a number", "它的毫秒数，作为普通数字"}, forms(new(func(Time) int)),
		func(_ *Trace, a []any) any { return int(a[0].(Time).us / 1000) }},
}

func forms(types ...any) []any { return types }

var anySegments = forms(new(func() int), new(func(Host) int), new(func(Kind) int), new(func(Host, Kind) int))

// Usage is how a call of the function is written.
func (f Function) Usage() []string {
	var all []string
	for _, form := range f.forms {
		fn := reflect.TypeOf(form).Elem()
		var args []string
		for i := range fn.NumIn() {
			name := typeNames.Replace(fn.In(i).String())
			switch name {
			case "string":
				name = "text"
			case "kind of segment":
				name = "kind"
			case "error name":
				name = "ERRNO"
			case "state":
				name = "STATE"
			}
			args = append(args, name)
		}
		all = append(all, f.Name+"("+strings.Join(args, ", ")+")")
	}
	return all
}

// gives is the type of its value.
func (f Function) gives() says { return valueTypes[reflect.TypeOf(f.forms[0]).Elem().Out(0)] }

var valueTypes = map[reflect.Type]says{
	reflect.TypeFor[Time](): {"time", "时间"}, reflect.TypeFor[int](): {"number", "数"}, reflect.TypeFor[string](): {"text", "文字"},
	reflect.TypeFor[bool](): {"true or false", "真或假"}, reflect.TypeFor[State](): {"state", "状态"}, reflect.TypeFor[Segment](): {"segment", "报文段"},
}

// number is the optional argument at place i, 0 when it is absent.
func number(args []any, i int) int {
	if i < len(args) {
		return args[i].(int)
	}
	return 0
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

// bytesRead of the simple application are its reads; those of a process are what its calls return.
func (t *Trace) bytesRead(host string) int {
	reads, returns, process := 0, 0, false
	for i, e := range t.events {
		switch {
		case e.Host != host:
		case e.Ev == sim.Read:
			t.rest(i)
			reads += e.Len
		case e.Ev == sim.Return:
			process = true
			if strings.HasPrefix(e.Call, "recv") {
				returns += max(0, e.Ret)
			}
		}
	}
	if process {
		return returns
	}
	return reads
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

// failed counts what applications were told had failed, and when it first did.
func (t *Trace) failed(args []any) (n int, first Time) {
	var host, errno string
	for _, a := range args {
		switch v := a.(type) {
		case Host:
			host = v.name
		case Errno:
			errno = v.name
		}
	}
	first = never
	n = t.tally(func(e sim.Event) bool {
		is := e.Errno != "" && (host == "" || e.Host == host) && (errno == "" || string(e.Errno) == errno)
		if is && first.us == never.us {
			first = instant(e.At)
		}
		return is
	})
	return n, first
}
