package web

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// busy is a conversation about a load that takes seconds to compute and says nothing until its end.
func busy(t *testing.T, shop workshop) (*conversation, string) {
	t.Helper()
	library, problems := lessons.Load(fstest.MapFS{"en/ports.md": {Data: []byte("---\ntitle: T\nsummary: S\nnumber: 9\n---\n" +
		"```tcp load\nload client rate=10000 count=200000 to=40 every=10min show=0\n```\n")}})
	if problems != nil {
		t.Fatal(problems)
	}
	c := newConversation(library, slog.New(slog.DiscardHandler))
	c.workshop = shop
	return c, "ports/load"
}

// heard is what the page learns of one message.
type heard struct {
	Type, Code, Problem, Message string
	Rev                          int
	End                          bool
	Events                       []sim.Event
}

func hear(t *testing.T, data []byte) (h heard) {
	t.Helper()
	if err := json.Unmarshal(data, &h); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestRunTime(t *testing.T) {
	shop := newWorkshop(0, 120*time.Millisecond)
	c, figure := busy(t, shop)
	c.receive(encode(request{Type: "open", Figure: figure}))
	var ended, told bool
	for begun := time.Now(); !ended || !told; {
		if time.Since(begun) > 30*time.Second {
			t.Fatalf("after 30 s: ended %v, told %v", ended, told)
		}
		data := c.next()
		if data == nil {
			<-c.wake // there is a token as long as the run goes on
			continue
		}
		switch h := hear(t, data); {
		case h.Code == "run-time":
			told = true
		case h.End:
			ended = true
			if last := h.Events[len(h.Events)-1]; last.Ev != sim.End || last.Why != sim.WhyLimit {
				t.Errorf("the run ends with %+v", last)
			}
		}
	}
	if len(shop.places) > 0 {
		t.Error("a place in the workshop is still taken")
	}
}

// What the page says meanwhile is heard at once, and the run that it replaces goes no further.
func TestNewerControlCancels(t *testing.T) {
	c, figure := busy(t, newWorkshop(0, time.Minute))
	c.receive(encode(request{Type: "open", Figure: figure}))
	c.newer.Add(1) // a message waits
	first := hear(t, c.next())
	if first.End || len(first.Events) > 0 || first.Rev != 1 {
		t.Errorf("the run went on although a message waits: %+v", first)
	}
	if data := c.next(); data != nil {
		t.Errorf("and on: %s", data)
	}
	c.newer.Add(-1)
	at := sim.Instant(0)
	c.receive(encode(request{Type: "control", Figure: figure, Rev: 1, At: &at, Do: "load client count=10"}))
	last := heard{}
	for !last.End {
		if data := c.next(); data != nil {
			last = hear(t, data)
		}
	}
	if last.Rev != 2 || last.Events[len(last.Events)-1].Why != sim.WhyQuiet {
		t.Errorf("the new run ends as %+v", last)
	}
}

func TestMaxConnections(t *testing.T) {
	c, figure := busy(t, newWorkshop(199_999, 0))
	c.receive(encode(request{Type: "open", Figure: figure}))
	if h := hear(t, c.next()); h.Problem != "too-many-connections" || !strings.Contains(h.Message, "makes 200000 connections; here one run makes at most 199999") {
		t.Errorf("answer %+v", h)
	}
}
