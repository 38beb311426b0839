package lessons

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"fourwaves/sim"
)

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
	{"vanished", "host, kind [, n]", says{"when its nth segment of that kind is lost; never, if another one is", "它的第 n 个该种报文段丢失的时刻；丢的是别的一个，则为 never"},
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
		func(t *Trace, a []any) any { return t.tally(isFailed(a)) }},
	{"errAt", "host, ERRNO", says{"when a call first fails with it", "某个调用第一次以该错误失败的时刻"},
		forms(new(func(Host, Errno) Time)),
		func(t *Trace, a []any) any {
			if i := slices.IndexFunc(t.events, isFailed(a)); i >= 0 {
				t.rest(i)
				return instant(t.events[i].At)
			}
			return never
		}},
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
