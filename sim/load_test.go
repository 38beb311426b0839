package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fourwaves/sim/tcp"
)

// TestLoad is the tables of lessons 9 and 10, by other profiles than the golden
// stories have and with what only an edit reaches.
func TestLoad(t *testing.T) {
	const rfc = "msl 2s; link delay 5ms; sysctl client ip_local_port_range 40000 40019; "
	const linux = "profile linux; time-wait 4s; " + rfc
	const ten = "load client rate=10 for=10s life=30ms"
	for _, c := range []struct{ name, scenario, expects string }{
		{"9a", rfc + ten, "client counts opened 58; client counts failed 42"},
		{"9a linux", linux + ten, "client counts opened 58; client counts failed 42"},
		{"9a 5 per second", rfc + "load client rate=5 for=10s life=30ms", "client counts failed 2"},
		{"9a 4.9 per second", rfc + "load client rate=4.9 for=60s life=30ms", "client counts failed 0; client counts connects 294"},
		{"9b two destinations", rfc + ten + " to=2", "client counts opened 96; client counts failed 4"},
		{"9b three destinations", rfc + ten + " to=3", "client counts opened 100; client counts failed 0"},
		{"9b 40 ports", wider(rfc, 40039) + ten, "client counts failed 2"},
		{"9b 41 ports", wider(rfc, 40040) + ten, "client counts failed 0"},
		{"9c roles swapped", linux + ten + " close=server", "client counts failed 0; server counts reopened 90"},
		{"10a pool", linux + ten + " pool=2", "client counts opened 2; client counts done 100; client counts failed 0"},
		{"10a pool rfc", rfc + ten + " pool=2", "client counts opened 2; client counts done 100"},
		{"10a reuse", linux + ten + "; sysctl client tcp_tw_reuse 1", "client counts failed 0; client counts reopened 89"},
		{"10a reuse without timestamps", linux + ten + "; sysctl client tcp_tw_reuse 1; sysctl client tcp_timestamps 0", "client counts failed 42"},
		{"10a the server closes", linux + ten + " close=server", "client counts failed 0"},
		{"10a fin_timeout", linux + ten + "; sysctl client tcp_fin_timeout 1", "client counts failed 42"},
		{"10a linger", linux + ten + " linger=0", "client counts failed 0; client counts rst_sent 100; server counts rst_received 100"},
		{"10a wider range", wider(linux, 40060) + ten, "client counts failed 0"},
		{"10a second source address", "host client 10.0.0.1 10.0.0.3; host server listens; " + linux + ten + " from=2", "client counts opened 96; client counts failed 4"},
		{"14b buckets", linux + ten + "; sysctl client tcp_max_tw_buckets 10", "client counts failed 0; client counts opened 100"},
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

// TestLoadButtons: a figure may offer changes of its load and of the kernel's parameters.
func TestLoadButtons(t *testing.T) {
	s := open(t, "load client rate=10\nbutton load client pool=2\nbutton sysctl client tcp_tw_reuse 1")
	for _, action := range s.Facts().Actions {
		if _, err := s.Control(0, action); err != nil {
			t.Errorf("the button %s: %v", action, err)
		}
	}
	if got := strings.Join(s.Log(), "; "); got != "load client pool=2; sysctl client tcp_tw_reuse 1" {
		t.Errorf("the log is %s", got)
	}
	if _, err := Parse("load client rate=10\nbutton client close"); err == nil {
		t.Error("a button tells the client of a load to close")
	}
}

func wider(text string, last int) string {
	return strings.ReplaceAll(text, "40019", fmt.Sprint(last))
}

// TestFirstFailure is the question of lesson 9: when does connect() first fail?
func TestFirstFailure(t *testing.T) {
	events, _ := open(t, "msl 2s\nlink delay 5ms\nsysctl client ip_local_port_range 40000 40019\nload client rate=10 for=10s").Next(0, MaxEvents)
	for _, e := range events {
		if e.Errno == EADDRNOTAVAIL {
			if e.At != 2_000_000 {
				t.Errorf("the first connect() fails at %d µs", e.At)
			}
			return
		}
	}
	t.Error("no connect() fails")
}

// TestLoadEdits: what an edit can and cannot say of a load.
func TestLoadEdits(t *testing.T) {
	s := open(t, "load client rate=5 for=10s", "load client to=2", "load client rate=4.9", "load client to=3")
	if got := strings.Join(s.Log(), "; "); got != "load client rate=4.9; load client to=3" {
		t.Errorf("the log is %s", got)
	}
	if f := s.Facts().Load; f.Rate != 4900 || f.To != 3 || f.Connections != 49 {
		t.Errorf("facts %+v", f)
	}
	if _, err := s.Control(0, "client close"); err == nil || !strings.Contains(err.Error(), "brings the applications") {
		t.Errorf("a call is answered by %v", err)
	}
	if _, err := open(t, "at 0s client close").Control(0, "load client rate=1"); err == nil || !strings.Contains(err.Error(), "no line") {
		t.Errorf("a load out of nowhere is answered by %v", err)
	}
}

// TestQuietIsTheSame holds a load of which nothing is shown to the same load
// shown event by event: what is told changes nothing of what happens.
func TestQuietIsTheSame(t *testing.T) {
	for _, text := range []string{
		"profile linux\ntime-wait 4s\nlink loss 20%\nseed 3\nload client rate=20 count=60 to=2",
		"msl 2s\nlink loss 10%\nseed 5\nload client rate=10 count=50 close=server lag=30ms",
		"profile linux\ntime-wait 4s\nsysctl client ip_local_port_range 40000 40019\nsysctl client tcp_tw_reuse 1\nload client rate=10 for=10s",
		"profile linux\ntime-wait 4s\nsysctl client tcp_max_tw_buckets 5\nlink loss 5%\nload client rate=10 count=50 pool=3",
	} {
		var counts [2][]string
		for i, log := range [][]string{nil, {"load client show=0"}} {
			events, end := open(t, text, log...).Next(0, MaxEvents)
			if last := events[len(events)-1]; !end || last.Why != WhyQuiet {
				t.Fatalf("%s\nends by %s after %d events", text, last.Why, len(events))
			}
			for _, e := range events {
				if e.Ev == Counters {
					counts[i] = append(counts[i], fmt.Sprint(e.At, e.Host, e.Counts))
				}
			}
		}
		if !slices.Equal(counts[0], counts[1]) {
			t.Errorf("%s\nshown counts\n%s\nand quiet\n%s", text, strings.Join(counts[0], "\n"), strings.Join(counts[1], "\n"))
		}
	}
}

// fourWay is the exchange that the speed of the engine is measured by: open, 100
// bytes of request, 200 of response, four-way close; 60 s of TIME_WAIT.
func fourWay(n int) string {
	return fmt.Sprintf("msl 30s\nlink delay 5ms\nload client rate=10000 count=%d lag=1ms to=22 show=0", n)
}

// BenchmarkLoad measures connections per second of a load of which nothing is told.
func BenchmarkLoad(b *testing.B) {
	const n = 200_000
	sc, err := Parse(fourWay(n))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r := newRun(settle(sc, nil))
		for r.step() {
		}
		if done := r.hosts[0].counts.done; done != n {
			b.Fatalf("%d of %d exchanges done", done, n)
		}
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "conns/s")
}

// TestBounds: a session that computes for others refuses what is too much, and
// returns with what it has when it shall pause.
func TestBounds(t *testing.T) {
	sc, err := Parse("load client rate=1000 for=10s")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenWithin(sc, nil, Bounds{Connections: 9_999}); err == nil || !strings.Contains(err.Error(), "makes 10000 connections; here one run makes at most 9999") {
		t.Errorf("too many connections are answered by %v", err)
	}
	pause := false
	s, err := OpenWithin(sc, nil, Bounds{Connections: 10_000, Pause: func() bool { return pause }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Control(0, "load client rate=2000"); err == nil || !strings.Contains(err.Error(), "makes 20000") {
		t.Errorf("an edit to too many connections is answered by %v", err)
	}
	pause = true
	some, end := s.Next(0, MaxEvents)
	if end || len(some) == 0 {
		t.Errorf("paused, with %d events, at the end: %v", len(some), end)
	}
	early := slices.Clone(some)
	if keep, err := s.Control(0, "load client life=50ms"); err != nil || keep > len(early) {
		t.Errorf("an edit while paused keeps %d: %v", keep, err)
	}
	if _, err := s.Replace(nil); err != nil {
		t.Fatal(err)
	}
	pause = false
	all, end := s.Next(0, MaxEvents)
	whole, _ := open(t, "load client rate=1000 for=10s").Next(0, MaxEvents)
	if !end || !slices.EqualFunc(all, whole, same) {
		t.Errorf("a run with a pause has %d events, one without has %d", len(all), len(whole))
	}
	if _, err := s.Replace([]string{"load client rate=999"}); err != nil {
		t.Fatal(err)
	}
	pause = true
	s.Next(0, MaxEvents)
	s.Cut()
	cut, end := s.Next(0, MaxEvents)
	if last := cut[len(cut)-1]; !end || last.Ev != End || last.Why != WhyLimit {
		t.Errorf("cut, the run ends with %+v", last)
	}
}

// TestNoMemoryPerSegment: when a load has reached its usual size, no segment
// asks for memory.
func TestNoMemoryPerSegment(t *testing.T) {
	sc, err := Parse("msl 1s\nlink delay 5ms\nload client rate=10000 count=100000 lag=1ms to=22 show=0 every=1min")
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(settle(sc, nil))
	for r.now < 4*Instant(tcp.Second) {
		r.step()
	}
	before := r.segments
	if n := testing.AllocsPerRun(5, func() {
		for range 50_000 {
			r.step()
		}
	}); n > 5 || r.segments-before < 50_000 {
		t.Errorf("%.0f allocations in 50,000 steps; %d segments in all", n, r.segments-before)
	}
}

// BenchmarkTold measures a load of which every event is encoded and discarded.
func BenchmarkTold(b *testing.B) {
	const n = 20_000
	sc, err := Parse(fourWay(n))
	if err != nil {
		b.Fatal(err)
	}
	var encoder Encoder
	buffer := make([]byte, 0, 4096)
	events := 0
	b.ReportAllocs()
	for b.Loop() {
		events += sc.Measure(func(e *Event) { buffer = encoder.Append(buffer[:0], e) }, func(Tally) {}).Events
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "conns/s")
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
