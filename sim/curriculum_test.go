package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestCurriculum holds the engine to the course's tables: the times that were
// worked out by hand or by another program before this engine existed. The
// figures of the lessons repeat some of them as their own expectations; rows
// that a reader reaches only by an edit are here alone.
func TestCurriculum(t *testing.T) {
	for _, c := range []struct{ name, scenario, expects string }{
		{"1a four segments", "msl 2s; at 0s client close; at 200ms server close",
			"client FIN_WAIT_1 at 0s; client FIN_WAIT_2 at 100ms; client TIME_WAIT at 250ms; client CLOSED at 4250ms; " +
				"server CLOSE_WAIT at 50ms; server LAST_ACK at 200ms; server CLOSED at 300ms"},
		{"1b roles swapped", "msl 2s; at 0s server close; at 200ms client close",
			"server FIN_WAIT_1 at 0s; server FIN_WAIT_2 at 100ms; server TIME_WAIT at 250ms; server CLOSED at 4250ms; " +
				"client CLOSE_WAIT at 50ms; client LAST_ACK at 200ms; client CLOSED at 300ms; client TIME_WAIT never"},
		{"2a three segments", "msl 2s; at 0s client close; server on-eof close",
			"client TIME_WAIT at 100ms; client CLOSED at 4100ms; server CLOSED at 150ms; client sends ACK 1; server sends ACK 0"},
		{"2c the first FIN is lost twice", "msl 2s; at 0s client close; at 5s server close; drop client FIN#1; drop client FIN#2",
			"client sends FIN 3; client FIN_WAIT_2 at 3100ms; client TIME_WAIT at 5050ms; client CLOSED at 9050ms; server CLOSE_WAIT at 3050ms"},
		{"3a half-close", "msl 2s; at 0s client shutdown; at 100ms server send 100; at 220ms server send 100; at 340ms server send 100; at 460ms server close",
			"client TIME_WAIT at 510ms; client CLOSED at 4510ms; server sends data 3"},
		{"3b close instead", "msl 2s; at 0s client close; at 100ms server send 100; at 220ms server send 100; at 340ms server send 100; at 460ms server close",
			"client CLOSED at 150ms; server CLOSED at 200ms; server sends data 1; client sends RST 1; client TIME_WAIT never; server TIME_WAIT never"},
		{"4a crossing", "msl 2s; at 0s client close; at 0s server close",
			"client CLOSING at 50ms; server CLOSING at 50ms; client TIME_WAIT at 100ms; server TIME_WAIT at 100ms; client CLOSED at 4100ms; server CLOSED at 4100ms"},
		{"4b 30 ms apart", "msl 2s; at 0s client close; at 30ms server close",
			"client CLOSING at 80ms; client TIME_WAIT at 100ms; server CLOSING at 50ms; server TIME_WAIT at 130ms"},
		{"4b 49 ms apart", "msl 2s; at 0s client close; at 49ms server close", "client CLOSING at 99ms; server CLOSING at 50ms"},
		{"4b 50 ms apart", "msl 2s; at 0s client close; at 50ms server close", "client CLOSING never; server CLOSING never"},
		{"4b 51 ms apart", "msl 2s; at 0s client close; at 51ms server close", "client CLOSING never; server CLOSING never; server TIME_WAIT never"},
		{"4c the server's ACK is lost", "msl 2s; at 0s client close; at 0s server close; drop server ACK#1",
			"client sends FIN 2; server CLOSED at 5050ms; client CLOSING at 50ms; client TIME_WAIT at 1100ms; client CLOSED at 5100ms"},
		{"4 challenge", "msl 2s; at 0s client close; at 0s server close; drop server ACK#1; drop server ACK#2",
			"client CLOSING at 50ms; client TIME_WAIT at 3100ms; client sends FIN 3"},
		{"6a k=0", lastACK(0), "client CLOSED at 6250ms; server CLOSED at 300ms; server sends FIN 1"},
		{"6a k=1", lastACK(1), "client CLOSED at 7250ms; server CLOSED at 1300ms; server sends FIN 2"},
		{"6a k=2", lastACK(2), "client CLOSED at 9250ms; server CLOSED at 3300ms; server sends FIN 3"},
		{"6a k=3", lastACK(3), "client CLOSED at 13250ms; server CLOSED at 7300ms; server sends FIN 4"},
		{"6a k=4", lastACK(4), "client CLOSED at 13250ms; server CLOSED at 15300ms; server sends FIN 5; client sends RST 1"},
		{"6b no TIME_WAIT", lastACK(1) + "; time-wait 0s", "server sends FIN 2; client sends RST 1; server CLOSED at 1300ms"},
		{"6c never restarted", lastACK(3) + "; restart never", "client CLOSED at 6250ms; client sends RST 1; server CLOSED at 7300ms"},
		{"10a a pool of two", "msl 2s; link delay 5ms; sysctl client ip_local_port_range 40000 40019; client: ask count=100 every=100ms pool=2; server: answer",
			"client sends SYN 2; client sends data 100; client sends RST 0"},
		{"11b", "msl 2s; start established; client: http count=2 at=50ms every=5070ms; server: http idle=5s",
			"server FIN_WAIT_1 at 5100ms; client CLOSE_WAIT at 5150ms; server CLOSED at 5170ms; client CLOSED at 5220ms"},
		{"11c at once", "msl 2s; client: http body=3000; server: http reads=1000", "server sends RST 1; server sends data 0; server CLOSED at 150ms; client CLOSED at 200ms"},
		{"11c at once, where data leaves first", "profile linux; client: http body=3000; server: http reads=1000", "server sends data 1; server CLOSED at 150ms; client CLOSED at 200ms"},
		{"11c in stages", "msl 2s; client: http body=3000; server: http reads=1000 finish=staged", "server sends RST 0; client sends RST 0; server TIME_WAIT at 250ms; server CLOSED at 4250ms"},
		{"11 challenge", "msl 2s; client: http count=50 every=100ms idle=1s; server: http idle=5s", "client sends SYN 1; client sends data 50; server TIME_WAIT never; server sends RST 0"},
		{"12a leak", "profile rfc9293; at 0s client close; at 5s server close; msl 2s", "client FIN_WAIT_2 at 100ms; client TIME_WAIT at 5050ms; client CLOSED at 9050ms"},
		{"12a for good", "msl 2s; sysctl client tcp_fin_timeout 6; at 0s client close; until 60s", "client FIN_WAIT_2 at 100ms; client CLOSED at 6100ms; server CLOSE_WAIT at 50ms; server LAST_ACK never; server CLOSED never"},
		{"12a too late", "msl 2s; sysctl client tcp_fin_timeout 6; at 0s client close; at 8s server close", "client CLOSED at 6100ms; client sends RST 1; server CLOSED at 8100ms"},
		{"12a written to", "msl 2s; sysctl client tcp_fin_timeout 6; at 0s client close; at 8s server send 10", "client sends RST 1; server CLOSED at 8100ms; server LAST_ACK never"},
		{"12a the server's sysctl", "msl 2s; sysctl server tcp_fin_timeout 1; at 0s client close; until 60s", "server CLOSE_WAIT at 50ms; server CLOSED never"},
		{"12b with shutdown", "msl 2s; sysctl client tcp_fin_timeout 6; at 0s client shutdown; until 5min", "client FIN_WAIT_2 at 100ms; client CLOSED never; server CLOSED never"},
		{"12c every second connection", "msl 2s; sysctl client tcp_fin_timeout 6; client: ask count=20 every=500ms pool=20; server: answer leak=2; until 60s",
			"server sends FIN 10; client sends FIN 20; server sends RST 0"},
		{"13a closed with text unread", processes("connect c; recv c 100; close c", "send s 300; recv s"),
			"client CLOSED at 200ms; server CLOSED at 250ms; client sends RST 1; client TIME_WAIT never; server TIME_WAIT never"},
		{"13b lingers for no time", processes("setsockopt c SO_LINGER 1 0; connect c; send c 66035; after 1s close c", "sleep"),
			"client CLOSED at 1100ms; server CLOSED at 1150ms; client sends RST 1; client sends FIN 0; client TIME_WAIT never"},
		{"13c lingers until the ACK", processes("setsockopt c SO_LINGER 1 3; connect c; send c 500; close c; socket d; connect d", "recv_eof s"),
			"client FIN_WAIT_1 at 100ms; client FIN_WAIT_2 at 200ms; client SYN_SENT at 200ms"},
		{"13c lingers for 3 s", processes("setsockopt c SO_LINGER 1 3; connect c; send c 500; close c; socket d; connect d", "recv_eof s") + "; rule drop server flags=A not_flags=S conn=1",
			"client FIN_WAIT_1 at 100ms; client SYN_SENT at 3100ms"},
		{"13d the RST is lost", "msl 2s; at 0s client abort; drop client RST#1; at 1s server send 10",
			"client CLOSED at 0s; server CLOSED at 1100ms; client sends RST 2"},
		{"5b FreeBSD", "profile freebsd; at 0s client close; server on-eof close", "client TIME_WAIT at 100ms; client CLOSED at 60100ms"},
		{"5b FreeBSD's orphan waits ten minutes", "profile freebsd; at 0s client close", "client FIN_WAIT_2 at 100ms; client CLOSED at 600100ms"},
		{"5b FreeBSD's MSL is a number to set", "profile freebsd; msl 2s; at 0s client close; server on-eof close", "client CLOSED at 4100ms"},
		{"5b Windows Server 2003", "profile windows; at 0s client close; server on-eof close", "client CLOSED at 120100ms"},
		{"5b Linux", "profile linux; at 0s client close; server on-eof close", "client CLOSED at 60100ms"},
		{"5b fin_timeout changes no TIME_WAIT", "profile linux; sysctl client tcp_fin_timeout 5; at 0s client close; server on-eof close", "client CLOSED at 60100ms"},
		{"13d half-open until it sends", "start closed; at 0s client connect; at 500ms client abort; drop client RST#1; at 2s server send 10",
			"server ESTABLISHED at 150ms; server CLOSED at 2100ms; client sends RST 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.ReplaceAll(c.scenario, "; ", "\n") + "\nexpect " + strings.ReplaceAll(c.expects, "; ", "\nexpect ")
			sc, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if bad := sc.Check(); bad != nil {
				t.Error(bad)
			}
		})
	}
}

// TestWhoClosesHTTP is the table of curriculum 11a: ten requests, 200 ms apart.
func TestWhoClosesHTTP(t *testing.T) {
	for _, c := range []struct {
		name, client, server string
		connects             int
		waits                [2]int // of client and server
	}{
		{"1.0", "version=1.0", "", 10, [2]int{0, 10}},
		{"1.0 with keep-alive", "version=1.0 connection=keep-alive idle=3s", "", 1, [2]int{1, 0}},
		{"1.1, the client says close", "connection=close", "", 10, [2]int{0, 10}},
		{"1.1, the server says close", "", "connection=close", 10, [2]int{0, 10}},
		{"1.1, the client is idle first", "idle=3s", "idle=5s", 1, [2]int{1, 0}},
		{"1.1, the server is idle first", "idle=5s", "idle=3s", 1, [2]int{0, 1}},
		{"1.1, at most five", "idle=3s", "idle=5s max=5", 2, [2]int{0, 2}},
		{"2, the client says GOAWAY", "version=2 idle=3s", "idle=5s", 1, [2]int{1, 0}},
		{"2, the server says GOAWAY", "version=2 idle=5s", "idle=3s", 1, [2]int{0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, _ := open(t, fmt.Sprintf("msl 2s\nclient: http count=10 every=200ms %s\nserver: http %s", c.client, c.server)).Next(0, MaxEvents)
			connects, responses, waits := 0, 0, [2]int{}
			for _, e := range events {
				switch {
				case e.Ev == Call && e.Call == "connect":
					connects++
				case e.Ev == Return && e.Host == "client" && strings.HasPrefix(e.Message, "response#"):
					responses++
				case e.Ev == State && e.To == "TIME_WAIT":
					waits[slices.Index(roles, e.Host)]++
				case e.Why == WhyUnanswered:
					t.Errorf("%s is not answered", e.Message)
				}
			}
			if connects != c.connects || waits != c.waits || responses != 10 {
				t.Errorf("%d connects, %d responses, TIME_WAIT of client and server %v", connects, responses, waits)
			}
		})
	}
}

// TestIdleRace is curriculum 11b, with the slider of when the client asks again:
// to the server's close at 5100 ms a request that arrives before it is answered.
func TestIdleRace(t *testing.T) {
	for _, c := range []struct {
		sent    int // ms
		learned Instant
	}{{5040, 0}, {5049, 0}, {5051, 5150}, {5120, 5150}, {5149, 5150}, {5150, 0}, {5160, 0}} {
		events, _ := open(t, fmt.Sprintf("msl 2s\nstart established\nclient: http count=2 at=50ms every=%dms\nserver: http idle=5s", c.sent-50)).Next(0, MaxEvents)
		learned, connects := Instant(0), 0
		for _, e := range events {
			if e.Why == WhyUnanswered {
				learned = e.At / 1000
			}
			if e.Ev == Call && e.Call == "connect" {
				connects++
			}
		}
		if learned != c.learned {
			t.Errorf("asked at %d ms, the client learns at %d ms", c.sent, learned)
		}
		if again := connects == 1; again != (c.sent >= 5150) {
			t.Errorf("asked at %d ms: %d new connections", c.sent, connects)
		}
	}
}

// processes is a scenario of two processes: what they call once the server listens
// and has accepted.
func processes(client, server string) string {
	return "msl 2s; client: socket c; client: " + strings.ReplaceAll(client, "; ", "; client: ") +
		"; server: socket L; server: bind L 80; server: listen L; server: accept L s; server: " + strings.ReplaceAll(server, "; ", "; server: ")
}

// lastACK is lesson 6: the first k ACKs of the client are lost.
func lastACK(k int) string {
	s := "msl 3s; at 0s client close; at 200ms server close"
	for i := range k {
		s += fmt.Sprintf("; drop client ACK#%d", i+1)
	}
	return s
}

// TestFirstAckCoversTextAndFin is figure 1c: the FIN occupies the number after
// the last byte, so that 10 bytes and a FIN from 100 on are acknowledged by 111.
func TestFirstAckCoversTextAndFin(t *testing.T) {
	events, _ := open(t, "msl 2s\nat 0s client send 10\nat 0s client close\nat 200ms server close").Next(0, MaxEvents)
	for _, e := range events {
		if e.Ev == Sent && e.Host == "server" {
			if e.Ack != 111 {
				t.Errorf("the server's first ACK says %d", e.Ack)
			}
			return
		}
	}
	t.Error("the server sent nothing")
}

// TestConnectAgain is what the course says of a 4-tuple that is used again:
// when connect() is let through (5c), what an old duplicate does to the new
// connection and what stops it (7), what a SYN meets in TIME_WAIT (8), and what
// tcp_tw_recycle does to two hosts behind one address (10b).
func TestConnectAgain(t *testing.T) {
	const (
		again    = "msl 2s; at 0s client close; at 200ms server close; "
		twoHosts = "host client; host server listens; host mirror listens; "
		ghost    = "lifetime 2s; at 0s client send 100; at 100ms client send 100; dup client data#2 1750ms; " +
			"at 300ms client close; server on-eof close; sysctl client tcp_invalid_ratelimit 500; sysctl server tcp_invalid_ratelimit 500; " +
			"at 800ms client send 50; at 2500ms client send 50; "
		clash = "isn client fixed 1000 1050; isn server fixed 299 399; "
		fast  = "lifetime 2s; isn client clock 1000; isn server fixed 299 399; at 0s client send 250000; at 0s client close; server on-eof close; " +
			"time-wait 0s; dup client data#112 1500ms; at 600ms client connect from 49152; at 1s client send 12000; "
		knock = "msl 2s; at 0s server close; client on-eof close; at 1s client connect from 49152; "
		nat   = "host a; host b; host server listens; nat 192.0.2.1 a b; tsval a 900000; tsval b 100000; sysctl a tcp_timestamps 1; " +
			"sysctl b tcp_timestamps 1; sysctl server tcp_timestamps 1; at 0s server close; a on-eof close; at 1s b connect; "
		kill = "msl 2s; at 0s client close; at 200ms server close; at 1s inject server flags=A seq=-45 ack=-66 len=1; "
	)
	for _, c := range []struct {
		name, scenario, expects string
		refused                 string // instants of connect() that failed with EADDRNOTAVAIL
		foreign                 int    // bytes that the server's application read of another incarnation
	}{
		{"5c the same server every 500 ms", again + "at 500ms client connect from 49152 retry 500ms",
			"client SYN_SENT at 4500ms; client ESTABLISHED at 4600ms", "500ms 1s 1.5s 2s 2.5s 3s 3.5s 4s", 0},
		{"5c another server", twoHosts + again + "at 1s client connect mirror from 49152", "mirror ESTABLISHED at 1150ms; client ESTABLISHED at 1100ms", "", 0},
		{"5c another port", again + "at 1s client connect", "client ESTABLISHED at 1100ms", "", 0},
		{"5 challenge: the server closes first", "msl 2s; at 0s server close; client on-eof close; at 400ms client connect mirror from 49152; " + twoHosts,
			"client CLOSED at 150ms; client ESTABLISHED at 500ms", "", 0},
		{"7a nothing protects", ghost + clash + "time-wait 0s; at 600ms client connect from 49152",
			"client ESTABLISHED at 700ms; server ESTABLISHED at 750ms", "", 100},
		{"7b TIME_WAIT protects", ghost + clash + "msl 2s; at 600ms client connect from 49152 retry 100ms",
			"client TIME_WAIT at 400ms; client CLOSED at 4400ms; client SYN_SENT at 4500ms; server sends RST 1", every(100, 600, 4400), 0},
		{"7c the clock protects", ghost + "isn client clock 1000; isn server fixed 299 399; time-wait 0s; at 600ms client connect from 49152",
			"client ESTABLISHED at 700ms", "", 0},
		{"7 the keyed hash protects", ghost + "isn client hash; isn server fixed 299 399; time-wait 0s; at 600ms client connect from 49152",
			"client ESTABLISHED at 700ms", "", 0},
		{"7d a fast connection outruns the clock", fast, "client ESTABLISHED at 700ms", "", 1190},
		{"7d timestamps protect", fast + "sysctl client tcp_timestamps 1; sysctl server tcp_timestamps 1", "client ESTABLISHED at 700ms", "", 0},
		{"8a i a higher number", knock + "isn client fixed 99 5000",
			"server TIME_WAIT at 100ms; client CLOSED at 150ms; server SYN_RCVD at 1050ms; client ESTABLISHED at 1100ms; server ESTABLISHED at 1150ms", "", 0},
		{"8a ii a lower number", knock + "isn client fixed 99 50",
			"client sends RST 1; server CLOSED at 1150ms; client ESTABLISHED at 2100ms; client sends SYN 2", "", 0},
		{"8a iii with RFC 1337", knock + "isn client fixed 99 50; sysctl server tcp_rfc1337 1",
			"client sends RST 3; server CLOSED at 4100ms; client ESTABLISHED at 8100ms; client sends SYN 4", "", 0},
		{"8a iv a newer timestamp", knock + "isn client fixed 99 50; sysctl client tcp_timestamps 1; sysctl server tcp_timestamps 1",
			"server SYN_RCVD at 1050ms; client ESTABLISHED at 1100ms; server ESTABLISHED at 1150ms", "", 0},
		{"8b assassination", kill, "client TIME_WAIT at 250ms; server sends RST 1; client CLOSED at 1100ms", "", 0},
		{"8b with RFC 1337", kill + "sysctl client tcp_rfc1337 1", "server sends RST 1; client CLOSED at 4250ms", "", 0},
		{"10b recycle behind one address", nat + "sysctl server tcp_tw_recycle 1",
			"server TIME_WAIT at 100ms; b sends SYN 7; b SYN_SENT at 1s; b ESTABLISHED at 64100ms", "", 0},
		{"10b without recycle", nat, "b sends SYN 1; b ESTABLISHED at 1100ms", "", 0},
		{"8b with RFC 1337, restarted by any ACK", kill + "sysctl client tcp_rfc1337 1; restart any-ack", "client CLOSED at 5000ms", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.ReplaceAll(strings.TrimSuffix(c.scenario, "; "), "; ", "\n") + "\nexpect " + strings.ReplaceAll(c.expects, "; ", "\nexpect ")
			s := open(t, text)
			if bad := s.scenario.Check(); bad != nil {
				t.Error(bad)
			}
			events, _ := s.Next(0, MaxEvents)
			var refused []string
			foreign := 0
			for _, e := range events {
				if e.Ev == Call && e.Errno == EADDRNOTAVAIL {
					refused = append(refused, formatTime(Duration(e.At)))
				}
				foreign += e.Foreign
			}
			if got := strings.Join(refused, " "); got != c.refused {
				t.Errorf("connect() is refused at %s", got)
			}
			if foreign != c.foreign {
				t.Errorf("%d foreign bytes", foreign)
			}
		})
	}
}

// every lists instants in milliseconds, as the transcript writes them.
func every(step, from, to int) string {
	var all []string
	for at := from; at <= to; at += step {
		all = append(all, formatTime(Duration(at)*ms))
	}
	return strings.Join(all, " ")
}

// TestRestart is figure 10c: the server has closed a connection first, its
// process ends, and the next one wants the port again. The error is bind()'s and
// lasts as long as TIME_WAIT, unless both processes have set SO_REUSEADDR.
func TestRestart(t *testing.T) {
	const closed = "msl 2s; client: socket c; client: connect c; client: recv_eof c; client: close c; " +
		"server: socket L; %sserver: bind L 80; server: listen L; server: accept L s; server: at 200ms close s; server: close L; server: socket M; %s"
	for _, c := range []struct {
		name, option string
		attempts     int
		results      string // of each bind(), with its instant
	}{
		{"without SO_REUSEADDR", "", 6, "0s ok, 1s EADDRINUSE, 2s EADDRINUSE, 3s EADDRINUSE, 4s EADDRINUSE, 5s ok, 6s EINVAL"},
		{"with SO_REUSEADDR", "server: setsockopt %s SO_REUSEADDR 1; ", 1, "0s ok, 1s ok"},
		{"with SO_REUSEPORT", "server: setsockopt %s SO_REUSEPORT 1; ", 1, "0s ok, 1s ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			option := func(fd string) string { return strings.ReplaceAll(c.option, "%s", fd) }
			text := fmt.Sprintf(closed, option("L"), option("M"))
			for i := range c.attempts {
				text += fmt.Sprintf("server: at %ds bind M 80; ", i+1)
			}
			events, _ := open(t, strings.ReplaceAll(strings.TrimSuffix(text, "; "), "; ", "\n")).Next(0, MaxEvents)
			var results []string
			for _, e := range events {
				if e.Ev == State && e.Host == "server" && e.To == "TIME_WAIT" && e.At != Instant(300*ms) {
					t.Errorf("TIME_WAIT begins at %s", formatTime(Duration(e.At)))
				}
				if e.Ev == Return && e.Call == "bind" {
					result := "ok"
					if e.Errno != "" {
						result = string(e.Errno)
					}
					results = append(results, formatTime(Duration(e.At))+" "+result)
				}
			}
			if got := strings.Join(results, ", "); got != c.results {
				t.Errorf("bind(): %s", got)
			}
		})
	}
}
