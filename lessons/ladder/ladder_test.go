package ladder

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"fourwaves/lessons"
	"fourwaves/sim"
)

func catalogue(t *testing.T) lessons.Catalogue {
	t.Helper()
	words, err := lessons.LoadWords(os.DirFS("../../static"))
	if err != nil {
		t.Fatal(err)
	}
	return words
}

func eventsOf(t *testing.T, scenario string) []sim.Event {
	t.Helper()
	parsed, err := sim.Parse(scenario)
	if err != nil {
		t.Fatal(err)
	}
	session, err := sim.Open(parsed, nil)
	if err != nil {
		t.Fatal(err)
	}
	events, _ := session.Next(0, sim.MaxEvents+1)
	return events
}

func drawn(t *testing.T, lang, scenario string, style Style) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, catalogue(t)[lang], eventsOf(t, scenario), style); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const lastACKLost = "msl 3s\nat 0s client close\nat 200ms server close\ndrop client ACK#1"

func TestLadder(t *testing.T) {
	for _, c := range []struct {
		lang, scenario string
		style          Style
		want           string
	}{
		{"en", lastACKLost, Style{Width: 80}, `
                   client                                     server
               10.0.0.1:49152                               10.0.0.2:80
   0 s    ESTABLISHED │                                          │ ESTABLISHED
              close() │                                          │
           FIN_WAIT_1 ├── FIN,ACK seq 100 ack 300 ─╮             │
0.05 s                │                            ╰────────────►│ CLOSE_WAIT
                      │                 ╭─ ACK seq 300 ack 101 ──┤
0.10 s     FIN_WAIT_2 │◄────────────────╯                        │
0.20 s                │                                          │ close()
                      │             ╭─ FIN,ACK seq 300 ack 101 ──┤ LAST_ACK
0.25 s      TIME_WAIT │◄────────────╯                            │
                      ├── ACK seq 101 ack 301 ─╮                 │
0.28 s                │                        ✗ lost            │
                      ┊            0.92 s of silence             ┊
1.20 s                │          ╭─ FIN,ACK seq 300 ack 101 ↻1 ──┤ RTO!
1.25 s                │◄─────────╯                               │
                      ├── ACK seq 101 ack 301 ─╮                 │
1.30 s                │                        ╰────────────────►│ CLOSED
                      ┊            5.95 s of silence             ┊
7.25 s         CLOSED │                                          │
`},
		{"zh", "msl 2s\nat 0s client close\nat 0s server close", Style{Width: 80, ASCII: true}, `
                   客户端                                     服务器
               10.0.0.1:49152                               10.0.0.2:80
   0 s    ESTABLISHED |                                          | ESTABLISHED
              close() |                                          |
           FIN_WAIT_1 |                                          | close()
                      |                                          | FIN_WAIT_1
                      +-- FIN,ACK seq 100 ack 300 -.             |
                      |             .- FIN,ACK seq 300 ack 100 --+
0.05 s                |             |              '------------>| CLOSING
              CLOSING |<------------'                            |
                      |                 .- ACK seq 301 ack 101 --+
                      +-- ACK seq 101 ack 301 -.                 |
0.10 s      TIME_WAIT |<----------------'      |                 |
                      |                        '---------------->| TIME_WAIT
                      :             4.00 s 无事发生              :
4.10 s         CLOSED |                                          | CLOSED
`},
	} {
		if got := "\n" + drawn(t, c.lang, c.scenario, c.style); got != c.want {
			t.Errorf("%s:\n%s", c.scenario, got)
		}
	}
}

// What a ladder of any run holds to: no row is wider than asked for, and every segment ends as it ended in the run.
func TestLaddersOfTheCourse(t *testing.T) {
	library, problems := lessons.Load(lessons.Builtin)
	if problems != nil {
		t.Fatal(problems)
	}
	words := catalogue(t)
	for _, fig := range library.Figures() {
		for i, log := range [][]string{nil, {"link loss 30%"}, {"hold client FIN#1 500ms", "dup server FIN#1 1.9s"}, {"link client delay 200ms"}} {
			// The figure itself at every width, each disturbed run at one of them.
			widths := []int{40, 66, 80, 200}
			if i > 0 {
				widths = widths[i-1 : i]
			}
			session, err := sim.Open(fig.Scenario, ownHosts(t, fig, log))
			if err != nil {
				t.Fatal(err)
			}
			events, _ := session.Next(0, sim.MaxEvents+1)
			ends := map[sim.Kind]int{}
			for _, e := range events {
				ends[e.Ev]++
			}
			for lang, w := range words {
				for _, wide := range widths {
					var b strings.Builder
					if err := Write(&b, w, events, Style{Width: wide}); err != nil {
						t.Fatal(err)
					}
					text := b.String()
					for line := range strings.Lines(text) {
						if n := Columns(strings.TrimSuffix(line, "\n")); n > min(max(wide, MinWidth), MaxWidth) {
							t.Fatalf("%s %v, %s at %d: %d columns: %s", fig.ID(), log, lang, wide, n, line)
						}
					}
					heads, crosses := strings.Count(text, "►")+strings.Count(text, "◄"), strings.Count(text, "✗")
					if heads != ends[sim.Arrived] || crosses != ends[sim.Lost]+ends[sim.Expired] {
						t.Errorf("%s %v, %s at %d: %d of %d arrive, %d of %d are lost\n%s", fig.ID(), log, lang, wide, heads, ends[sim.Arrived], crosses, ends[sim.Lost]+ends[sim.Expired], text)
					}
				}
			}
		}
	}
}

func TestColours(t *testing.T) {
	text := drawn(t, "en", lastACKLost, Style{Width: 80, Colour: true})
	for _, want := range []string{"\x1b[0;31m✗", "\x1b[0;33m", "\x1b[0m"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%q", want, text)
		}
	}
	bare := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(text, "")
	if bare != drawn(t, "en", lastACKLost, Style{Width: 80}) {
		t.Errorf("colours change the drawing:\n%s", bare)
	}
}

// Segments that no end sent, and those of which the network made two, are told apart by words.
func TestTampered(t *testing.T) {
	text := drawn(t, "en", "msl 2s\nat 0s client close\nat 200ms server close\ndup server FIN#1 900ms\nat 500ms inject client flags=R seq=101", Style{Width: 80})
	for _, want := range []string{"FIN,ACK seq 300 ack 101 copy", "forged", "◇"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestColumns(t *testing.T) {
	for text, want := range map[string]int{"": 0, "FIN": 3, "客户端": 6, "（）": 4, "é": 1, "e\u0301": 1, "├─►": 3} {
		if got := Columns(text); got != want {
			t.Errorf("%q: %d columns, want %d", text, got, want)
		}
	}
	if got := cut("客户端服务器", 7); got != "客户端~" {
		t.Errorf("cut: %q", got)
	}
}

func TestMermaid(t *testing.T) {
	var b strings.Builder
	if err := Mermaid(&b, catalogue(t)["en"], eventsOf(t, lastACKLost)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"sequenceDiagram\n  participant h0 as client<br/>10.0.0.1:49152\n  participant h1 as server<br/>10.0.0.2:80\n  Note left of h0: 0 s: ESTABLISHED\n",
		"  h0->>h1: 0 s → 0.05 s: FIN,ACK seq 100 ack 300\n",
		"  h0-xh1: 0.25 s, lost 0.28 s: ACK seq 101 ack 301\n  Note over h0,h1: 0.95 s of silence\n  h1->>h0: 1.20 s → 1.25 s: FIN,ACK seq 300 ack 101 ↻1\n",
		"  Note over h0,h1: 5.95 s of silence\n  Note left of h0: 7.25 s: CLOSED\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if got := quoted("a#b;c<d>\n"); got != "a#35;b#59;c#lt;d#gt; " {
		t.Errorf("quoted: %q", got)
	}
}

// ownHosts writes edits of client and server for the first and the last host of a figure, which may have other names.
func ownHosts(t *testing.T, fig *lessons.Figure, log []string) (own []string) {
	t.Helper()
	session, err := sim.Open(fig.Scenario, nil)
	if err != nil {
		t.Fatal(err)
	}
	hosts := session.Facts().Hosts
	names := strings.NewReplacer("client", hosts[0].Name, "server", hosts[len(hosts)-1].Name)
	for _, line := range log {
		own = append(own, names.Replace(line))
	}
	return own
}
