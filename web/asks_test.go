package web

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// askingLesson is a lesson of its own, so that nobody who writes lessons has to look after what is asked here.
const askingLesson = "---\ntitle: T\nsummary: S\nnumber: 6\n---\n" +
	"```tcp lost-ack\nmsl 3s\nat 0s client close\nat 200ms server close\ndrop client ACK#1\nknob msl 500ms..10s\n```\n\n" +
	"```predict fins\nask: How many FINs will the server send?\nkind: number\nbefore: sent(client, ACK)\nanswer: tx(server, FIN)\nwhy: Nobody acknowledges the *first* one.\n```\n\n" +
	"```predict wait\nask: When is the client CLOSED?\nkind: wait\nbefore: sent(server, FIN, 2)\nanswer: enter(client, CLOSED)\nrange: 0s..20s\n```\n\n" +
	"```challenge reset\nask: Let the server end by RST.\ngoal: endReason(server) == \"rst\"\nallow: drop client\nedits: 3\nhint: Count to four.\nwhy: The gap was longer than the wait.\n" +
	"solution: drop client ACK#2\nsolution: drop client ACK#3\nsolution: drop client ACK#4\n```\n\n" +
	"```say when: server enters LAST-ACK\nBoth have said *goodbye*.\n```\n\n```say when: client enters CLOSED\nAll is over.\n```\n\n" +
	"Two and no more.\n\n## Other things\n\nThis is for everybody.\n\n<!-- after lost-ack -->\n\nThe table of it.\n"

func askingLibrary(t testing.TB) *lessons.Library {
	t.Helper()
	library, problems := lessons.Load(fstest.MapFS{"en/asking.md": {Data: []byte(askingLesson)}})
	if problems != nil {
		t.Fatal(problems)
	}
	return library
}

const asking = "asking/lost-ack"

// talk says messages to a conversation and gives back all that it says.
func talk(t testing.TB, c *conversation, messages ...request) (heard []string) {
	t.Helper()
	for _, m := range messages {
		m.Figure = asking
		c.receive(encode(m))
		for data := c.next(); data != nil; data = c.next() {
			heard = append(heard, string(data))
		}
	}
	return heard
}

// Whatever a page says, it gets nothing of what lies behind an open gate: no event, no caption, no answer (ruling 19).
func TestNothingPassesAGate(t *testing.T) {
	library := askingLibrary(t)
	at := sim.Instant(100_000)
	for name, messages := range map[string][]request{
		"open":         {{Type: "open"}},
		"with a log":   {{Type: "open", Log: []string{"msl 4s"}}},
		"edits":        {{Type: "open"}, {Type: "control", Rev: 1, At: &at, Do: "msl 4s"}, {Type: "control", Rev: 2, At: &at, Do: "client close"}},
		"credit":       {{Type: "open"}, {Type: "credit", Rev: 1, N: 4}, {Type: "credit", Rev: 1, N: 4}},
		"open again":   {{Type: "open", Shown: []string{"fins"}}, {Type: "open"}},
		"bad guesses":  {{Type: "open"}, {Type: "answer", Ask: "fins", Guess: "many"}, {Type: "answer", Ask: "nonsense", Guess: "2"}},
		"other shown":  {{Type: "open", Shown: []string{"wait"}}},
		"a lost judge": {{Type: "open"}, {Type: "judge", Ask: "reset"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newConversation(library, slog.New(slog.DiscardHandler))
			heard := talk(t, c, messages...)
			gate := sim.Instant(250_000)
			if name == "open again" {
				heard = heard[1:]
			}
			for _, data := range heard {
				var a struct {
					Events   []sim.Event
					Captions []lessons.Spoken
					Answer   string
					Because  []int
				}
				if err := json.Unmarshal([]byte(data), &a); err != nil {
					t.Fatal(err)
				}
				for _, e := range a.Events {
					if e.At > gate || e.At == gate && e.Ev != gateEvent {
						t.Errorf("past the gate: %+v", e)
					}
				}
				if len(a.Captions) > 1 || a.Answer != "" || len(a.Because) > 0 || strings.Contains(data, "acknowledges") || strings.Contains(data, "is over") {
					t.Errorf("too much is said: %s", data)
				}
			}
		})
	}
}

// After each answer the run goes on to the next gate, and in the end the page holds the whole run.
func TestAnswersOpenGates(t *testing.T) {
	library := askingLibrary(t)
	c := newConversation(library, slog.New(slog.DiscardHandler))
	var page modelPage
	var gates, verdicts []string
	hear := func(messages ...request) {
		for _, data := range talk(t, c, messages...) {
			var m struct {
				Type, Ask, Answer, Why string
				Right                  bool
				Because                []int
				Gate                   *question
				Captions               []lessons.Spoken
			}
			if err := json.Unmarshal([]byte(data), &m); err != nil {
				t.Fatal(err)
			}
			if m.Type == "verdict" {
				verdicts = append(verdicts, fmt.Sprintf("%s %v %s %v", m.Ask, m.Right, m.Answer, m.Because))
				continue
			}
			page.take(t, []byte(data))
			if m.Gate != nil {
				gates = append(gates, fmt.Sprintf("%s at %d, %d captions", m.Gate.Ask, m.Gate.At, len(m.Captions)))
			}
		}
	}
	hear(request{Type: "open"}, request{Type: "answer", Ask: "fins", Guess: "3"}, request{Type: "answer", Ask: "wait", Guess: "7300ms"})
	if diff := cmp.Diff([]string{"fins at 250000, 1 captions", "wait at 1200000, 1 captions"}, gates); diff != "" {
		t.Errorf("gates (-want +got):\n%s", diff)
	}
	session, err := sim.Open(library.Figure(asking).Scenario, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := session.Next(0, sim.MaxEvents)
	if diff := cmp.Diff(want, page.events); diff != "" || !page.end {
		t.Errorf("the run in the end (-engine +page), end %v:\n%s", page.end, diff)
	}
	// The reason that lies behind the second gate is not given with the first answer.
	if len(verdicts) != 2 || !strings.HasPrefix(verdicts[0], "fins false 2 ") || !strings.HasSuffix(verdicts[0], "[16]") || !strings.HasPrefix(verdicts[1], "wait true 7250ms [") {
		t.Errorf("verdicts %q", verdicts)
	}
}

func TestChallengeOnTheWire(t *testing.T) {
	library := askingLibrary(t)
	for log, want := range map[string]string{
		"":                  "not-yet",
		"drop client ACK#2": "not-yet",
		"drop client ACK#2;drop client ACK#3;drop client ACK#4":                   "solved",
		"drop client ACK#2;drop client ACK#3;drop client ACK#4;drop client ACK#5": "too-many",
		"msl 500ms": "forbidden",
	} {
		c := newConversation(library, slog.New(slog.DiscardHandler))
		var lines []string
		if log != "" {
			lines = strings.Split(log, ";")
		}
		heard := talk(t, c, request{Type: "open", Log: lines, Shown: []string{everything}}, request{Type: "judge", Ask: "reset"})
		var v verdict
		if err := json.Unmarshal([]byte(heard[len(heard)-1]), &v); err != nil {
			t.Fatal(err)
		}
		if string(v.Verdict) != want || (v.Why != "") != (want == "solved") {
			t.Errorf("%q is %+v, want %s", log, v, want)
		}
		heard = talk(t, c, request{Type: "solve", Ask: "reset"})
		if !strings.Contains(heard[0], `"log":["drop client ACK#2","drop client ACK#3","drop client ACK#4"]`) {
			t.Errorf("the solution: %s", heard)
		}
	}
}

// Without JavaScript the list ends where the question is, and a link shows the answer and what follows.
func TestGateWithoutScript(t *testing.T) {
	_, server := start(t, func(s *Server) { s.Lessons = askingLibrary(t) })
	_, page := get(t, server, "/en/lessons/asking")
	if n := strings.Count(page, "data-n="); n == 0 || !strings.Contains(page, "How many FINs") || strings.Contains(page, "first</em> one") || strings.Contains(page, "When is the client CLOSED") || strings.Contains(page, "<time>0.25 s</time> <span class=\"who\">Client") {
		t.Errorf("before the answer:\n%s", page)
	}
	if !strings.Contains(page, `href="?shown=lost-ack.fins#fig-lost-ack"`) {
		t.Error("no link that reveals")
	}
	_, page = get(t, server, "/en/lessons/asking?shown=lost-ack.fins")
	if !strings.Contains(page, "The answer: 2") || !strings.Contains(page, "When is the client CLOSED") || strings.Contains(page, "7.25 s") {
		t.Errorf("after the first answer:\n%s", page)
	}
	for _, all := range []string{"lost-ack.fins,lost-ack.wait", "*"} {
		_, page = get(t, server, "/en/lessons/asking?shown="+all)
		if !strings.Contains(page, "<time>7.25 s</time>") || !strings.Contains(page, "The answer: 7.25 s") {
			t.Errorf("in the end:\n%s", page)
		}
	}
}

// TestSequel: what is told after the answers is not in the page before the last of them, and neither is the challenge. A note
// stands in its place, and says where the question is and where the text.
func TestSequel(t *testing.T) {
	_, server := start(t, func(s *Server) { s.Lessons = askingLibrary(t) })
	told := []string{"Two and no more.", "The table of it.", "Let the server end by RST.", "Count to four."}
	for address, open := range map[string]bool{"": true, "?shown=lost-ack.fins": true, "?shown=other.*": true, "?shown=lost-ack.fins,lost-ack.wait": false, "?shown=lost-ack.*": false, "?shown=*": false} {
		_, page := get(t, server, "/en/lessons/asking"+address)
		for _, words := range told {
			if strings.Contains(page, words) == open {
				t.Errorf("%q: %q is told %v", address, words, !open)
			}
		}
		if !strings.Contains(page, "This is for everybody.") {
			t.Errorf("%q: what everybody may read is missing", address)
		}
		for id, note := range map[string]bool{"sequel-1": open, "sequel-2": open} {
			want := fmt.Sprintf(`id="%s" data-sequel="lost-ack"`, id)
			if _, rest, found := strings.Cut(page, want); !found || strings.HasPrefix(rest, " data-open") != note {
				t.Errorf("%q: %s is not there, or not as it should be", address, id)
			}
		}
	}
	_, page := get(t, server, "/en/lessons/asking?shown=lost-ack.fins")
	if !strings.Contains(page, `href="?shown=lost-ack.fins%2Clost-ack.%2A#sequel-1"`) || !strings.Contains(page, `href="#fig-lost-ack"`) {
		t.Errorf("no way to the text:\n%s", page)
	}
}

// TestTriesWithoutScript: a comparison is a link to the figure under its edits, and back.
func TestTriesWithoutScript(t *testing.T) {
	library, problems := lessons.Load(fstest.MapFS{"en/a.md": {Data: []byte("---\ntitle: T\nsummary: S\nnumber: 1\n---\n" +
		"```tcp close\nlink delay 50ms\nmsl 2s\nat 0s client close\nat 200ms server close\n```\n\n" +
		"```try lost\nask: The last ACK is lost\nwhy: CLOSED at {= enter(client, CLOSED) =}.\nedit: drop client ACK#1\n```\n\n" +
		"```try lost-at-once\nask: And nobody waits\nedit: drop client ACK#1\nedit: time-wait 0s\n```\n\n" +
		"With the loss {= lost: enter(client, CLOSED) =}, without {= enter(client, CLOSED) =}.\n")}})
	if problems != nil {
		t.Fatal(problems)
	}
	_, server := start(t, func(s *Server) { s.Lessons = library })
	const lost, both = "drop+client+ACK%231", "drop+client+ACK%231%3Btime-wait+0s"
	for _, c := range []struct {
		query      string
		have, lack []string
	}{
		{"", []string{`href="?close=` + lost + `#fig-close"`, `href="?close=` + both + `#fig-close"`, "With the loss 5.25 s, without 4.25 s.", "CLOSED at 5.25 s."}, []string{"data-on", "retry 1"}},
		{"?close=" + lost, []string{`data-on><a class="button" href="?#fig-close"`, `class="try"><a class="button" href="?close=` + both + `#`, "retry 1"}, nil},
		{"?close=msl+1s%3B" + both, []string{`data-on><a class="button" href="?close=msl+1s#fig-close"`, `class="try"><a class="button" href="?close=msl+1s%3B` + lost + `#`}, nil},
	} {
		_, page := get(t, server, "/en/lessons/a"+c.query)
		for _, want := range c.have {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %q", c.query, want)
			}
		}
		for _, not := range c.lack {
			if strings.Contains(page, not) {
				t.Errorf("%s: there is %q", c.query, not)
			}
		}
	}
}
