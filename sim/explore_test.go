package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fourwaves/sim/tcp"
)

// orders are the ways in which two connections, one after the other, open, send
// a little and close.
var orders = []string{
	"at 300ms client close\nserver on-eof close",
	"at 300ms server close\nclient on-eof close",
	"at 300ms client close\nat 300ms server close",
	"at 300ms client close\nat 330ms server close",
	"at 300ms client shutdown\nat 500ms server send 20\nat 700ms server close",
	"at 20ms client close\nserver on-eof close",
}

// fates are what the network may do to a segment; 70 ms let another overtake it.
var fates = []string{"drop %s", "dup %s 30ms", "hold %s 70ms"}

// TestExplore tries every choice of lose, duplicate and overtake for up to two of
// the first segments (one under linux), in every order of closing, and holds each
// run to what no network may break: it ends, nothing is left open, no edge is
// taken that the table lacks (the engine panics), what is read was written, in
// order, and all of it when nobody was reset.
func TestExplore(t *testing.T) {
	var names []string
	for _, role := range roles {
		for _, segment := range []string{"SYN#1", "SYN#2", "data#1", "ACK#1", "ACK#2", "FIN#1", "FIN#2", "RST#1"} {
			names = append(names, role+" "+segment)
		}
	}
	taken := map[string]bool{}
	runs := 0
	for depth, profile := range []string{1: "linux", 2: "rfc9293"} {
		for _, order := range orders {
			if profile == "" {
				continue
			}
			base := "profile " + profile + "\nstart closed\nmsl 1s\ntime-wait 1s\nat 0s client connect\nat 150ms client send 10\nat 200ms server send 10\n" +
				order + "\nat 8s client connect\nat 8300ms client send 10\nat 8400ms client close\nat 8500ms server close"
			explore(t, base, names, depth, func(text string) {
				runs++
				exploreOne(t, text, taken)
			})
		}
	}
	// Both ends would have to call connect(), or one of them close() a listener, for
	// these; or no run takes them at all (tcp.Untaken).
	elsewhere := strings.Fields("SYN_SENT>SYN_RCVD LISTEN>CLOSED LISTEN>SYN_SENT SYN_RCVD>LISTEN FIN_WAIT_1>TIME_WAIT")
	for _, arrow := range strings.Fields(figure5) {
		if !taken[arrow] && !slices.Contains(elsewhere, arrow) {
			t.Errorf("no run of %d takes %s", runs, arrow)
		}
	}
	t.Logf("%d runs", runs)
}

// explore calls visit with the scenario and every choice of fates for up to depth
// of the named segments.
func explore(t *testing.T, text string, names []string, depth int, visit func(string)) {
	visit(text)
	if depth == 0 {
		return
	}
	for i, name := range names {
		for _, fate := range fates {
			explore(t, text+"\n"+fmt.Sprintf(fate, name), names[i+1:], depth-1, visit)
		}
	}
}

func exploreOne(t *testing.T, text string, taken map[string]bool) {
	sc, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	r := newRun(settle(sc, nil))
	read := map[*socket]int{}
	r.watchText = func(s *socket, b []byte) {
		for i, want := range stream(s.host.index^1, read[s], len(b)) {
			if b[i] != want {
				t.Fatalf("the %s reads what was not written there in\n%s", s.host.name(), text)
			}
		}
		read[s] += len(b)
	}
	defer func() {
		if broken := recover(); broken != nil {
			t.Fatalf("%v in\n%s", broken, text)
		}
	}()
	for r.step() {
	}
	judged := told{t, text}
	checkOrder(judged, r.events)
	checkEdges(judged, r.events)
	checkNetwork(judged, r.events, r.lifetime)
	checkTimers(judged, r.events)
	if why := r.events[len(r.events)-1].Why; why != WhyQuiet {
		t.Fatalf("the run ends by %s:\n%s", why, text)
	}
	for _, e := range r.events {
		if e.Ev == State {
			taken[e.From+">"+e.To] = true
		}
	}
	for _, h := range r.hosts {
		for _, s := range h.sockets {
			if st := s.conn.State(); st != tcp.Closed && st != tcp.Listen && st != tcp.CloseWait && st != tcp.Established {
				t.Fatalf("the %s's connection %d is left in %v:\n%s", h.name(), s.number, st, text)
			}
		}
	}
}

// told prints the scenario with what is wrong: it can be pasted into testdata.
type told struct {
	*testing.T
	text string
}

func (j told) Fatalf(format string, args ...any) {
	j.Helper()
	j.T.Fatalf(format+" in\n%s", append(args, j.text)...)
}
