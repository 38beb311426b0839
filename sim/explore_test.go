package sim

import (
	"fmt"
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

// others are ways to open that orders lack, so that every arrow of the figure is
// in reach: a listener that closes before anyone comes or while somebody does,
// and two ends that call each other.
var others = []string{
	"start closed\nat 0s server close\nat 10ms client connect",
	"start closed\nat 0s client connect\nat 60ms server close\nat 300ms client close",
	"start closed\nat 0s client connect\nat 60ms server shutdown\nat 300ms client shutdown",
	"client: socket c\nclient: bind c 5000\nclient: connect c 80\nclient: send c 10\nclient: shutdown c WR\nclient: recv_eof c\nclient: close c\n" +
		"server: socket s\nserver: bind s 80\nserver: connect s 5000\nserver: send s 10\nserver: recv_eof s\nserver: close s",
}

// TestExplore tries every choice of lose, duplicate and overtake for up to two of
// the first segments (one under linux), in every order of opening and closing, and
// holds each run to the laws and to what no network may break: it ends, nothing is
// left open, what is read was written, in order, and all of it when nobody was
// reset. All of Figure 5 is taken on the way.
func TestExplore(t *testing.T) {
	var names []string
	for _, role := range roles {
		for _, segment := range []string{"SYN#1", "SYN#2", "data#1", "ACK#1", "ACK#2", "FIN#1", "FIN#2", "RST#1"} {
			names = append(names, role+" "+segment)
		}
	}
	taken := map[string]bool{}
	runs := 0
	for _, profile := range []struct {
		name  string
		depth int
	}{{"linux", 1}, {"rfc9293", 2}} {
		base := "profile " + profile.name + "\nmsl 1s\ntime-wait 1s\n"
		twice := base + "start closed\nat 0s client connect\nat 150ms client send 10\nat 200ms server send 10\n%s" +
			"\nat 8s client connect\nat 8300ms client send 10\nat 8400ms client close\nat 8500ms server close"
		var texts []string
		for _, order := range orders {
			texts = append(texts, fmt.Sprintf(twice, order))
		}
		for _, other := range others {
			texts = append(texts, base+other)
		}
		for _, text := range texts {
			explore(t, text, names, profile.depth, func(text string) {
				runs++
				exploreOne(t, text, taken)
			})
		}
	}
	for _, e := range tcp.Edges {
		if e.Tag == tcp.Figure && !taken[edgeName(e.From.String(), e.To.String(), string(e.Why))] {
			t.Errorf("no run of %d takes %v -> %v on %s", runs, e.From, e.To, e.Why)
		}
	}
	t.Logf("%d runs", runs)
}

func edgeName(from, to, why string) string { return from + " -> " + to + " on " + why }

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
	checkLaws(told{t, text}, r.events, r.lifetime)
	if why := r.events[len(r.events)-1].Why; why != WhyQuiet {
		t.Fatalf("the run ends by %s:\n%s", why, text)
	}
	for _, e := range r.events {
		if e.Ev == State {
			taken[edgeName(e.From, e.To, e.Why)] = true
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
