package web

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// The check says the same of the same tree, so that its random inputs are always the same ones. Others: -rapid.seed 0.
func init() { flag.Set("rapid.seed", "1") }

var rewrite = flag.Bool("rewrite", false, "write testdata/wire anew")

// What a page does with splices (static/js/session.js): keep the first `from` events, then these.
type modelPage struct {
	rev    int
	events []sim.Event
	log    []string
	end    bool
}

func (p *modelPage) take(t interface{ Fatalf(string, ...any) }, data []byte) {
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	if a.Type != "splice" {
		t.Fatalf("an error: %s", data)
	}
	if a.From > len(p.events) {
		t.Fatalf("keep %d of %d events", a.From, len(p.events))
	}
	if a.Rev < p.rev || (a.Rev > p.rev && a.Log == nil) {
		t.Fatalf("rev %d after %d, log %v", a.Rev, p.rev, a.Log)
	}
	p.rev, p.end = a.Rev, a.End
	p.events = append(p.events[:a.From:a.From], a.Events...)
	if a.Log != nil {
		p.log = *a.Log
	}
}

// Whatever is edited and whenever the page is served, what it holds in the end is the run of its log: nothing is lost by
// splices that are joined, skipped, stale or cut into batches.
func TestPageEndsWithTheRunOfItsLog(t *testing.T) {
	s, _ := start(t, nil)
	edits := []string{
		"drop client ACK#1", "deliver client ACK#1", "drop server FIN#1", "link loss 30%", "link loss 0%", "link delay 80ms",
		"msl 1s", "client close", "server close", "hold client FIN#1 200ms", "dup server FIN#1 1s", "time-wait 0s", "seed 7",
	}
	rapid.Check(t, func(t *rapid.T) {
		figure := rapid.SampledFrom([]string{lostAck, lostAck, lostAck, longFigure}).Draw(t, "figure")
		c := newConversation(s.Lessons, s.Log)
		var page modelPage
		c.receive(encode(request{Type: "open", Figure: figure, Log: rapid.SliceOfN(rapid.SampledFrom([]string{"msl 2s", "link loss 10%", "drop client data#3"}), 0, 2).Draw(t, "log")}))
		credit := func() {
			c.receive(encode(request{Type: "credit", Figure: figure, Rev: page.rev, N: 1}))
		}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"edit", "edit", "serve", "serve", "stale", "open"}).Draw(t, "step") {
			case "edit": // the page may be behind; then this is stale too, and changes nothing
				at := sim.Instant(rapid.IntRange(0, 3_000_000).Draw(t, "at"))
				c.receive(encode(request{Type: "control", Figure: figure, Rev: page.rev, At: &at, Do: rapid.SampledFrom(edits).Draw(t, "do")}))
			case "stale":
				at := sim.Instant(0)
				c.receive(encode(request{Type: "control", Figure: figure, Rev: page.rev + 1, At: &at, Do: "seed 9"}))
			case "open":
				c.receive(encode(request{Type: "open", Figure: figure, Log: rapid.SliceOfN(rapid.SampledFrom([]string{"link loss 20%", "msl 1s", "at 1s client close"}), 0, 2).Draw(t, "log")}))
			case "serve":
				if data := c.next(); data != nil {
					page.take(t, data)
					if rapid.Bool().Draw(t, "credit") {
						credit()
					}
				}
			}
		}
		for range 200 { // the page wakes up
			if data := c.next(); data != nil {
				page.take(t, data)
			}
			credit()
		}
		if !page.end {
			t.Fatalf("the run does not end")
		}
		session, err := sim.Open(s.Lessons.Figure(figure).Scenario, page.log)
		if err != nil {
			t.Fatalf("the page's log is refused: %v", err)
		}
		want, _ := session.Next(0, 1<<20)
		if diff := cmp.Diff(want, page.events); diff != "" {
			t.Fatalf("log %q (-engine +page):\n%s", page.log, diff)
		}
	})
}

// A slider that is dragged makes edits faster than they are sent; only the last run goes over the wire.
func TestEditsThatOvertakeAreSentOnce(t *testing.T) {
	s, _ := start(t, nil)
	c := newConversation(s.Lessons, s.Log)
	c.receive(encode(request{Type: "open", Figure: lostAck}))
	var page modelPage
	page.take(t, c.next())
	for i := range 30 {
		at := sim.Instant(1_000_000)
		c.receive(encode(request{Type: "control", Figure: lostAck, Rev: i + 1, At: &at, Do: fmt.Sprintf("link loss %d%%", i+1)}))
	}
	page.take(t, c.next())
	if page.rev != 31 || strings.Join(page.log, ";") != "at 1s link loss 30%" {
		t.Errorf("rev %d, log %q", page.rev, page.log)
	}
	if data := c.next(); data != nil {
		t.Errorf("one more: %s", data)
	}
}

// A broken engine closes its figure, says so, and leaves the others alone.
func TestBrokenEngine(t *testing.T) {
	s, _ := start(t, nil)
	c := newConversation(s.Lessons, s.Log)
	c.streams = []*stream{{figure: "broken", rev: 1, head: true, session: &sim.Session{}}}
	c.receive(encode(request{Type: "open", Figure: lostAck}))
	var got []string
	for data := c.next(); data != nil; data = c.next() {
		var a answer
		if err := json.Unmarshal(data, &a); err != nil {
			t.Fatal(err)
		}
		got = append(got, a.Type+" "+a.Figure+" "+a.Code)
	}
	want := []string{"error broken engine", "splice " + lostAck + " "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// The examples of testdata/wire are the protocol by example; static/test reads them too. Requests are read strictly, so that
// a field that the server does not know cannot stand in an example.
func TestWireExamples(t *testing.T) {
	// A scenario of its own, so that nobody who writes lessons has to look after these files.
	library, problems := lessons.Load(fstest.MapFS{"en/asking.md": {Data: []byte(askingLesson)}, "en/lost-last-ack.md": {Data: []byte("---\ntitle: T\nsummary: S\nnumber: 7\n---\n" +
		"```tcp lost-ack\nmsl 3s\nat 0s client close\nat 200ms server close\nknob msl 500ms..10s\n```\n" +
		"```tcp load\nmsl 1s\nsysctl client ip_local_port_range 40000 40001\nload client count=3 every=500ms show=0\n```\n")}})
	if problems != nil {
		t.Fatal(problems)
	}
	c := newConversation(library, slog.New(slog.DiscardHandler))
	say := func(name string) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join("testdata", "wire", name))
		if err != nil {
			t.Fatal(err)
		}
		var m request
		strict := json.NewDecoder(bytes.NewReader(data))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(string(compact(t, data)), string(encode(m))); diff != "" {
			t.Errorf("%s is not what the struct says (-file +struct):\n%s", name, diff)
		}
		c.receive(data)
	}
	hear := func(name string) {
		t.Helper()
		file := filepath.Join("testdata", "wire", name)
		got := c.next()
		if *rewrite {
			var b bytes.Buffer
			if err := json.Indent(&b, got, "", "  "); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, append(b.Bytes(), '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(compact(t, want)), string(got)); diff != "" {
			t.Errorf("%s (-file +server), rewrite with -rewrite:\n%s", name, diff)
		}
	}
	say("open.json")
	hear("splice.json")
	say("control.json")
	hear("splice-after-control.json")
	say("control-bad.json")
	hear("error.json")
	say("credit.json")
	say("close.json")
	say("open-load.json")
	hear("splice-load.json")
	say("close-load.json")
	if len(c.streams) != 0 {
		t.Error("close does not close")
	}
	say("open-asking.json")
	hear("splice-gate.json")
	say("answer.json")
	hear("verdict.json")
	hear("splice-past-gate.json")
	say("judge.json")
	hear("verdict-challenge.json")
	say("remote.json")
	rm := c.presents.room
	rm.code, rm.key = "K7QM4XVR", "6JCUKT3EKZOYHTWSUF2BCGXBFO" // as they might have been drawn
	hear("room.json")
	say("says.json")
	c.rooms.press(rm, "next")
	hear("turned.json")
	c.rooms.end(rm)
	hear("over.json")
	say("hang-up.json")
	if data := c.next(); data != nil || c.presents != nil {
		t.Errorf("after it is over: %s", data)
	}
}

func compact(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// BenchmarkSplice is one edit answered: run again, find the common prefix, encode.
func BenchmarkSplice(b *testing.B) {
	s, _ := start(b, nil)
	for _, figure := range []string{lostAck, longFigure} {
		b.Run(figure, func(b *testing.B) {
			c := newConversation(s.Lessons, s.Log)
			c.receive(encode(request{Type: "open", Figure: figure}))
			bytes := 0
			for i := 0; b.Loop(); i++ {
				at := sim.Instant(200_000)
				c.receive(encode(request{Type: "control", Figure: figure, Rev: i + 1, At: &at, Do: fmt.Sprintf("link delay %dms", 50+i%2)}))
				data := c.next()
				if data == nil {
					b.Fatal("no splice")
				}
				bytes += len(data)
			}
			b.ReportMetric(float64(bytes)/float64(b.N), "bytes/splice")
		})
	}
}
