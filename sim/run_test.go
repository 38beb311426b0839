package sim

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fourwaves/sim/tcp"
	"pgregory.net/rapid"
)

// The check says the same of the same tree, so that its random inputs are always the same ones. Others: -rapid.seed 0.
func init() { flag.Set("rapid.seed", "1") }

// story draws a scenario in which both applications close, under weather and
// fates of every sort.
func story(t *rapid.T) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	ms := func(name string, most int) string {
		return fmt.Sprintf("%dms", rapid.IntRange(0, most).Draw(t, name))
	}
	if rapid.Bool().Draw(t, "linux") {
		say("profile linux")
	}
	say("seed %d", rapid.IntRange(0, 1000).Draw(t, "seed"))
	say("msl %s", ms("msl", 4000))
	if rapid.Bool().Draw(t, "has lifetime") {
		say("lifetime %s", ms("lifetime", 4000))
	}
	if rapid.IntRange(0, 3).Draw(t, "time-wait 0") == 0 {
		say("time-wait 0s")
	}
	say("restart %s", rapid.SampledFrom([]string{"fin", "any-ack", "never"}).Draw(t, "restart"))
	for _, role := range roles {
		say("link %s loss %d%%", role, rapid.SampledFrom([]int{0, 0, 10, 50, 90, 100}).Draw(t, "loss"))
		say("link %s delay %s", role, ms("delay", 300))
		if rapid.IntRange(0, 2).Draw(t, "has weather") == 0 {
			say("link %s %s", role, weatherOf(t))
		}
	}
	if rapid.Bool().Draw(t, "closed") {
		say("start closed")
		say("at 0s client connect")
	}
	for _, role := range roles {
		if rapid.Bool().Draw(t, "sends") {
			say("at %s %s send %d", ms("send", 1000), role, rapid.IntRange(1, 100_000).Draw(t, "bytes"))
		}
		if rapid.IntRange(0, 3).Draw(t, "shuts down") == 0 {
			say("at %s %s shutdown", ms("shutdown", 1500), role)
		}
		if rapid.Bool().Draw(t, "on eof") {
			say("%s on-eof %s", role, rapid.SampledFrom([]string{"close", "shutdown", "abort"}).Draw(t, "eof call"))
		}
		say("at %s %s close", ms("close", 2000), role)
	}
	if rapid.IntRange(0, 5).Draw(t, "crashes") == 0 {
		role := rapid.SampledFrom(roles).Draw(t, "crashed")
		say("at %s %s crash", ms("crash", 1500), role)
		if rapid.Bool().Draw(t, "comes back") {
			say("at %s %s restart", ms("restart", 3000), role)
		}
	}
	for _, line := range rapid.SliceOfNDistinct(rapid.Custom(fateLine), 0, 6, func(l string) string {
		return strings.Join(strings.Fields(l)[1:3], " ")
	}).Draw(t, "fates") {
		say("%s", line)
	}
	return b.String()
}

func fateLine(t *rapid.T) string {
	verb := rapid.SampledFrom([]string{"drop", "deliver", "hold", "dup"}).Draw(t, "fate")
	line := fmt.Sprintf("%s %s %s#%d", verb, rapid.SampledFrom(roles).Draw(t, "host"),
		tcp.Kind(rapid.IntRange(0, int(tcp.NumKinds)-1).Draw(t, "kind")), rapid.IntRange(1, 4).Draw(t, "nth"))
	if verb == "hold" || verb == "dup" {
		line += fmt.Sprintf(" %dms", rapid.IntRange(0, 6000).Draw(t, "span"))
	}
	return line
}

// weatherOf draws a condition beyond loss and delay.
func weatherOf(t *rapid.T) string {
	span, share := rapid.IntRange(0, 400).Draw(t, "span"), rapid.IntRange(0, 100).Draw(t, "share")
	switch rapid.IntRange(0, 5).Draw(t, "condition") {
	case 0:
		return fmt.Sprintf("jitter %dms", span)
	case 1:
		return fmt.Sprintf("jitter %dms any-order", span)
	case 2:
		return fmt.Sprintf("reorder %d%%", share)
	case 3:
		return fmt.Sprintf("duplicate %d%%", share)
	case 4:
		return fmt.Sprintf("burst %dms", span)
	}
	return fmt.Sprintf("cut for %dms", span+1)
}

func editLine(t *rapid.T) string {
	switch rapid.IntRange(0, 4).Draw(t, "class") {
	case 0:
		return fmt.Sprintf("link loss %d%%", rapid.IntRange(0, 100).Draw(t, "loss"))
	case 3:
		return fmt.Sprintf("link %s %s", rapid.SampledFrom(roles).Draw(t, "host"), weatherOf(t))
	case 1:
		return fmt.Sprintf("link %s delay %dms", rapid.SampledFrom(roles).Draw(t, "host"), rapid.IntRange(0, 500).Draw(t, "delay"))
	case 2:
		return rapid.SampledFrom(roles).Draw(t, "host") + " " + rapid.SampledFrom([]string{"close", "shutdown", "send 500", "abort"}).Draw(t, "call")
	}
	return fateLine(t)
}

func open(t interface {
	Helper()
	Fatalf(string, ...any)
}, text string, log ...string) *Session {
	t.Helper()
	sc, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	s, err := Open(sc, log)
	if err != nil {
		t.Fatalf("%v in log %q", err, log)
	}
	return s
}

// lawful runs a story to its end, twice with the same events, and holds it to the laws.
func lawful(t *rapid.T, s *Session, text string, most int) []Event {
	events, end := s.Next(0, most)
	if !end {
		t.Fatalf("no end after %d events:\n%s", len(events), text)
	}
	again, _ := open(t, text).Next(0, most)
	if !bytes.Equal(encode(t, events), encode(t, again)) {
		t.Fatalf("two runs of the same input differ:\n%s", text)
	}
	checkLaws(t, events, s.run.lifetime)
	return events
}

// invariants is what every run must hold to, whatever is thrown at it.
func invariants(t *rapid.T) {
	text := story(t)
	s := open(t, text)
	received := map[*socket][]byte{}
	s.run.watchText = func(s *socket, text []byte) { received[s] = append(received[s], text...) }
	events := lawful(t, s, text, MaxEvents+1)
	for sock, got := range received {
		peer := 1 - sock.host.index
		if !bytes.Equal(got, stream(peer, 0, len(got))) {
			t.Fatalf("the %s read what was never written", sock.host.name())
		}
	}
	if why := events[len(events)-1].Why; why != WhyQuiet {
		t.Fatalf("the run ended by %s", why)
	}
	for _, h := range s.run.hosts {
		for _, sock := range h.sockets {
			if sock.conn.State() != tcp.Closed && (sock.conn.State() != tcp.Listen || !strings.Contains(text, "restart\n")) {
				t.Fatalf("both applications closed, yet the %s is left in %v:\n%s", h.name(), sock.conn.State(), text)
			}
		}
	}
	checkEdit(t, s, slices.Clone(events))
}

// checkEdit makes one edit and holds it to ruling 5: nothing at or before its
// instant changes, and for a fate nothing before the sending.
func checkEdit(t *rapid.T, s *Session, before []Event) {
	at := Instant(rapid.Int64Range(0, int64(3*tcp.Second)).Draw(t, "at"))
	do := editLine(t)
	keep, err := s.Control(at, do)
	if err != nil {
		t.Fatalf("control %q: %v", do, err)
	}
	after, _ := s.Next(0, MaxEvents+1)
	for i := range keep {
		if !same(before[i], after[i]) {
			t.Fatalf("event %d is said to stay, and does not", i)
		}
	}
	if strings.HasPrefix(do, "link") && at == 0 || s.log[len(s.log)-1].verb != vLink && !s.log[len(s.log)-1].timed {
		return // the whole run, or a fate of a segment that is yet to come or long gone
	}
	if keep < len(before) && before[keep].At <= at && before[keep].Ev != End {
		t.Fatalf("the edit %q at %v changed an event at %v", do, at, before[keep].At)
	}
}

func encode(t *rapid.T, events []Event) []byte {
	b, err := json.Marshal(events)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return b
}

func TestInvariants(t *testing.T) { rapid.Check(t, invariants) }

// program draws two processes that open, talk and close in some order, on
// machines of either profile, under rules, forged segments and parameters.
func program(t *rapid.T) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	one := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "word") }
	say("profile %s", one("linux", "linux", "rfc9293"))
	for _, line := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
		"tcp_timestamps 0", "tcp_fin_timeout 5", "tcp_rfc1337 1", "tcp_orphan_retries 2", "tcp_max_tw_buckets 0",
		"tcp_early_retrans 0", "tcp_tw_reuse 1", "ip_local_port_range 40000 40002", "tcp_keepalive_probes 2",
	}), 0, 4, rapid.ID).Draw(t, "parameters") {
		say("sysctl %s %s", one(roles...), line)
	}
	for range rapid.IntRange(0, 2).Draw(t, "rules") {
		which := one("flags=F nth=1,2", "flags=S nth=1", "len=data nth=2", "acks_fin nth=1", "after_own_fin nth=1", "flags=A nth=3")
		switch deed := one("drop", "dup", "delay"); deed {
		case "drop":
			say("rule drop %s %s", one(roles...), which)
		default:
			say("rule %s %s %s by=%dms", deed, one(roles...), which, rapid.IntRange(1, 400).Draw(t, "by"))
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "forged") {
		say("at %dms inject %s %s", rapid.IntRange(0, 3000).Draw(t, "at"), one(roles...), one("flags=R seq=rcv_nxt", "flags=R seq=rcv_nxt seq_off=50",
			"replay len=data", "replay flags=F pick=-1", "replay flags=S", "flags=S seq=90000 win=1000", "flags=S seq=-9 ts=5 win=1000", "flags=A seq=1 ack=1 win=0", "flags=PA seq=rcv_nxt ack=snd_nxt len=9 win=500"))
	}
	talk := func(host, fd string) {
		for range rapid.IntRange(0, 4).Draw(t, "talk") {
			say("%s: %s%s", host, one("", "", "after 30ms ", "after 400ms "), strings.ReplaceAll(one("send X 100", "send X 4000", "send X 20000", "recv X",
				"recv X 50", "recv_eof X", "shutdown X WR", "shutdown X RDWR", "shutdown X RD", "poll X", "so_error X", "setsockopt X SO_LINGER 1 0",
				"setsockopt X SO_LINGER 1 2", "setsockopt X TCP_LINGER2 -1", "setsockopt X TCP_USER_TIMEOUT 900", "setsockopt X TCP_NODELAY 1"), "X", fd))
		}
		say("%s: %sclose %s", host, one("", "after 20ms ", "after 900ms "), fd)
	}
	say("server: socket L\nserver: setsockopt L SO_REUSEADDR 1")
	if rapid.Bool().Draw(t, "small buffer") {
		say("server: setsockopt L SO_RCVBUF 4096")
	}
	say("server: bind L 80\nserver: listen L %d", rapid.IntRange(0, 2).Draw(t, "backlog"))
	for n := range rapid.IntRange(1, 3).Draw(t, "connections") {
		say("client: socket c%d\nclient: connect c%d 80", n, n)
		talk("client", fmt.Sprint("c", n))
		say("server: accept L s%d", n)
		talk("server", fmt.Sprint("s", n))
	}
	return b.String()
}

// programs is what every run of processes must hold to.
func programs(t *rapid.T) {
	text := program(t)
	s := open(t, text)
	events := lawful(t, s, text, 2*MaxEvents)
	checkCalls(t, events)
	if events[len(events)-1].Why == WhyLimit {
		return // a window that nobody opens, or the ACK war of RFC 1337, hazard 2: both go on for ever
	}
	for _, h := range s.run.hosts {
		for _, sock := range h.sockets {
			if at, runs := sock.conn.Deadline(); runs {
				t.Fatalf("the run is quiet, and a timer of the %s is due at %d:\n%s", h.name(), at, text)
			}
		}
		if h.minis != 0 {
			t.Fatalf("the %s counts %d connections in TIME_WAIT, and there are none:\n%s", h.name(), h.minis, text)
		}
	}
}

func TestPrograms(t *testing.T) { rapid.Check(t, programs) }

// service draws a client and a server that are named applications, under weather,
// fates and edits.
func service(t *rapid.T) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	one := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "word") }
	some := func(of ...string) string {
		return strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, 4, func(w string) string {
			name, _, _ := strings.Cut(w, "=")
			return name
		}).Draw(t, "parameters"), " ")
	}
	say("profile %s\nmsl 2s\nseed %d", one("linux", "rfc9293"), rapid.IntRange(0, 1000).Draw(t, "seed"))
	for _, role := range roles {
		say("link %s loss %s", role, one("0%", "0%", "10%", "40%"))
		say("link %s delay %s", role, one("0s", "5ms", "50ms", "300ms"))
	}
	if rapid.Bool().Draw(t, "established") {
		say("start established")
	}
	common := []string{"count=1", "count=5", "count=9", "every=0s", "every=40ms", "every=2s", "at=30ms", "pool=1", "pool=3", "request=300", "request=4000"}
	if rapid.IntRange(0, 3).Draw(t, "plain") == 0 {
		say("client: ask %s", some(common...))
		say("server: %s", one("echo", "echo leak=2", "answer", "answer idle=50ms", "answer takes=90ms response=9000", "answer finish=staged idle=1s"))
	} else {
		say("client: http %s", some(append(common, "version=1.0", "version=1.1", "version=2", "connection=close", "connection=keep-alive", "idle=0s", "idle=100ms", "idle=3s", "body=5000")...))
		say("server: http %s", some("connection=close", "idle=0s", "idle=100ms", "idle=4s", "max=1", "max=3", "takes=200ms", "response=120", "response=12000", "reads=100", "reads=400", "finish=staged", "leak=1", "leak=2"))
	}
	for _, line := range rapid.SliceOfNDistinct(rapid.Custom(fateLine), 0, 3, func(l string) string {
		return strings.Join(strings.Fields(l)[1:3], " ")
	}).Draw(t, "fates") {
		say("%s", line)
	}
	return b.String()
}

// services is what every run of named applications must hold to: that each
// request is asked once and answered at most once, besides the rules for all.
func services(t *rapid.T) {
	text := service(t)
	s := open(t, text)
	events := lawful(t, s, text, 2*MaxEvents)
	if events[len(events)-1].Why == WhyLimit {
		t.Fatalf("no end after %d events:\n%s", len(events), text)
	}
	asked, ended := map[string]int{}, map[string]int{}
	for _, e := range events {
		if e.Host != roles[0] {
			continue
		}
		switch {
		case e.Ev == Call && e.Call == "send" && e.Message != goaway:
			asked[e.Message]++
		case e.Ev == Return && e.Why == WhyUnanswered:
			ended[e.Message]++
		}
	}
	for name, n := range asked {
		if n != 1 || ended[name] > 1 {
			t.Fatalf("%s is asked %d times and stays unanswered %d times:\n%s", name, n, ended[name], text)
		}
	}
	checkEdit(t, s, slices.Clone(events))
}

func TestServices(t *testing.T) { rapid.Check(t, services) }

// town draws several hosts, clients behind one address perhaps, which call
// servers, close, crash, come back and put load on each other.
func town(t *rapid.T) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	one := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "word") }
	ms := func(most int) int { return rapid.IntRange(0, most).Draw(t, "ms") }
	clients, servers := []string{"a", "b", "c"}[:rapid.IntRange(1, 3).Draw(t, "clients")], []string{"s", "u"}[:rapid.IntRange(1, 2).Draw(t, "servers")]
	everyone := slices.Concat(clients, servers)
	say("profile %s\nmsl 2s\nseed %d", one("linux", "rfc9293"), ms(1000))
	for _, name := range clients {
		say("host %s", name)
	}
	for _, name := range servers {
		say("host %s listens", name)
	}
	if len(clients) > 1 && rapid.Bool().Draw(t, "nat") {
		say("nat 192.0.2.1 a b")
	}
	say("start closed")
	for _, line := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
		"tcp_timestamps 1", "tcp_tw_recycle 1", "tcp_tw_reuse 1", "tcp_rfc1337 1", "tcp_max_tw_buckets 1", "ip_local_port_range 40000 40001",
	}), 0, 4, rapid.ID).Draw(t, "parameters") {
		say("sysctl %s %s", one(everyone...), line)
	}
	for _, name := range everyone {
		say("link %s loss %s\nlink %s delay %dms", name, one("0%", "0%", "20%", "60%"), name, ms(200))
		if ms(3) == 0 {
			say("link %s %s", name, weatherOf(t))
		}
	}
	if ms(4) == 0 { // which brings the applications of all its connections
		for _, name := range clients[:1+ms(len(clients)-1)] {
			say("load %s rate=%d count=%d life=%dms close=%s show=%d", name, 1+ms(100), 1+ms(20), 1+ms(400), one(name, "s"), ms(3))
		}
		return b.String()
	}
	for range rapid.IntRange(1, 6).Draw(t, "calls") {
		who := one(clients...)
		say("at %dms %s connect %s:80%s", ms(5000), who, one(servers...), one("", "", " from 40000"))
		say("at %dms %s %s", ms(9000), who, one("close", "shutdown", "abort", "send 2000"))
	}
	for _, name := range everyone {
		if rapid.Bool().Draw(t, "on eof") {
			say("%s on-eof %s", name, one("close", "shutdown", "abort"))
		}
	}
	if ms(2) == 0 {
		who := one(everyone...)
		say("at %dms %s crash", ms(4000), who)
		if rapid.Bool().Draw(t, "comes back") {
			say("at %dms %s restart", 4000+ms(4000), who)
		}
	}
	return b.String()
}

// towns is what every run of several hosts must hold to.
func towns(t *rapid.T) {
	text := town(t)
	lawful(t, open(t, text), text, 2*MaxEvents)
}

func TestTowns(t *testing.T) { rapid.Check(t, towns) }

func FuzzTowns(f *testing.F) { f.Fuzz(rapid.MakeFuzz(towns)) }

func FuzzPrograms(f *testing.F) { f.Fuzz(rapid.MakeFuzz(programs)) }

func FuzzRun(f *testing.F) { f.Fuzz(rapid.MakeFuzz(invariants)) }

// FuzzParse: the parser never panics, what it accepts it can print and read
// again, and every mistake has a place inside the text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"msl 3s\nat 0s client close\ndrop client ACK#1  # the last one", "link client loss 0.5%", "mtu 1400", "knob server close 0ms..100ms",
		"expect client TIME-WAIT at 4250ms", "at 1.4s link delay 50us", "序号 100", "at", "hold server FIN#1 1min",
		"server: socket L\nserver: listen L", "client: after 20ms setsockopt c SO_LINGER 1 5", "client: at 1s recv c 100", "server: accept L s",
		"sysctl client ip_local_port_range 40000 40009", "rule drop client flags=SF not_flags=R len=data nth=1,3", "rule dup server acks_fin by=30ms",
		"host a 10.0.0.1 10.0.0.9\nhost b\nhost gate listens\nat 1s a connect b:8080\nlink a b delay 5ms\nb: connect c 10.0.0.9",
		"at 2s inject server flags=R seq=rcv_nxt seq_off=-1", "at 2s inject client replay len=none pick=-1", "profile linux",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sc, err := Parse(text)
		if err != nil {
			rows := strings.Split(text, "\n")
			for _, p := range err.(Problems) {
				if p.Code == "too-long" {
					continue
				}
				if p.Line < 1 || p.Line > len(rows) || p.Col < 1 || p.Col > len([]rune(rows[p.Line-1]))+1 {
					t.Fatalf("%v is not in the text %q", p, text)
				}
			}
			return
		}
		for _, l := range sc.lines {
			if classOf[l.verb] == teaching {
				continue
			}
			m, bad := parseLine(l.String(), l.row, false, sc.places)
			if bad != nil {
				t.Fatalf("%q prints as %q, which is no line: %v", text, l.String(), bad)
			}
			m.col = l.col
			if !reflect.DeepEqual(*m, l) {
				t.Fatalf("%q prints as %q, which means something else", text, l.String())
			}
		}
	})
}

// figure5 is RFC 9293, Figure 5, with notes 1 and 2, copied arrow by arrow: not
// from the engine's table, so that what the table lacks is missed.
const figure5 = `CLOSED>LISTEN CLOSED>SYN_SENT LISTEN>SYN_RCVD LISTEN>SYN_SENT LISTEN>CLOSED SYN_SENT>SYN_RCVD
	SYN_SENT>ESTABLISHED SYN_SENT>CLOSED SYN_RCVD>ESTABLISHED SYN_RCVD>FIN_WAIT_1 SYN_RCVD>LISTEN ESTABLISHED>FIN_WAIT_1
	ESTABLISHED>CLOSE_WAIT FIN_WAIT_1>FIN_WAIT_2 FIN_WAIT_1>CLOSING FIN_WAIT_1>TIME_WAIT FIN_WAIT_2>TIME_WAIT
	CLOSING>TIME_WAIT CLOSE_WAIT>LAST_ACK LAST_ACK>CLOSED TIME_WAIT>CLOSED`

// TestFigure5: every arrow of the figure is taken by some run, or named among
// those that no run takes.
func TestFigure5(t *testing.T) {
	there := map[string]bool{}
	for _, e := range tcp.Untaken {
		there[e.From.String()+">"+e.To.String()] = true
	}
	for _, text := range []string{
		"start closed\nat 0s client connect\nat 300ms client close\nserver on-eof close",
		"at 0s client close\nat 200ms server shutdown",
		"at 0s client shutdown\nat 0s server shutdown",
		"start closed\nat 0s client connect\nat 60ms server close\nat 500ms client close",
		"start closed\nat 0s server close\nat 1s client connect",
		"start closed\nat 0s client connect\nat 20ms client close",
		"client: socket c\nclient: bind c 5000\nclient: connect c 80\nserver: socket s\nserver: bind s 80\nserver: connect s 5000",
	} {
		events, _ := open(t, text).Next(0, MaxEvents)
		for _, e := range events {
			if e.Ev != State {
				continue
			}
			there[e.From+">"+e.To] = true
			for _, u := range tcp.Untaken {
				if u.From.String() == e.From && u.To.String() == e.To && string(u.Why) == e.Why {
					t.Errorf("a run takes %s -> %s on %s, which is said never to be taken", e.From, e.To, e.Why)
				}
			}
		}
	}
	for _, arrow := range strings.Fields(figure5) {
		if !there[arrow] {
			t.Errorf("no run takes %s", arrow)
		}
	}
}

// TestInertKnob: under linux the MSL is offered, and said to do nothing; where the
// scenario or the profile lets it count, it is not.
func TestInertKnob(t *testing.T) {
	for text, want := range map[string]string{
		"knob msl 1s..5s":                                "",
		"profile linux\nknob msl 1s..5s":                 InertTimeWait,
		"profile linux\ntime-wait 3s\nknob msl 1s..5s":   "",
		"profile rfc9293\ntime-wait 3s\nknob msl 1s..5s": "",
	} {
		if got := open(t, text+"\nat 0s client close").Facts().Knobs[0].Inert; got != want {
			t.Errorf("%q: the MSL is inert because of %q, not %q", text, got, want)
		}
	}
}

// BenchmarkRun measures the engine alone: events per second of a lossy close.
func BenchmarkRun(b *testing.B) {
	sc, err := Parse("seed 3\nmsl 2s\nlink loss 30%\nstart closed\nat 0s client connect\nat 1s client send 200000\nat 2s client close\nserver on-eof close")
	if err != nil {
		b.Fatal(err)
	}
	total := 0
	for b.Loop() {
		r := newRun(settle(sc, nil))
		for r.step() {
		}
		total += len(r.events)
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkControl measures what one turn of a knob costs: the whole re-run of a
// scenario of about 500 events, and the comparison with what was there.
func BenchmarkControl(b *testing.B) {
	sc, err := Parse("seed 3\nmsl 2s\nat 0s client send 140000\nat 2s client close\nserver on-eof close")
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(sc, nil)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		n++
		if _, err := s.Control(5*Instant(tcp.Second), fmt.Sprintf("link loss %d%%", n%50)); err != nil {
			b.Fatal(err)
		}
		s.Next(0, MaxEvents+1)
	}
	b.ReportMetric(float64(len(s.run.events)), "events")
}
