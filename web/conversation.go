package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// A conversation is what one page's socket talks about, without the socket: messages go in through receive, messages come
// out of next, and nothing else is shared with anybody but a presenter's room with its phones (remote.go). So one page's
// slowness cannot be another's.
//
// It keeps no queue of messages. It knows how much of each run the page holds, and next makes the message that is due at the
// moment when the socket can take one. So events that wait are joined into one message and encoded once, a run that an edit
// has replaced is never sent, and a page that reads nothing costs a number.
type conversation struct {
	library *lessons.Library
	log     *slog.Logger
	wake    chan struct{} // holds one token when next may have something

	workshop workshop
	rooms    *rooms
	newer    atomic.Int32 // messages that wait for the conversation
	turnOver time.Time    // of the run that is being computed

	mu       sync.Mutex
	streams  []*stream // in the order of being opened; next serves them by turns
	verdicts []verdict
	presents *presenting // nil for a page that nobody presents
	errors   []complaint
	flooded  bool // errors overflowed
}

// A stream is one figure of the page.
type stream struct {
	figure  string
	session *sim.Session
	own     *string // the scenario, if the page brought it
	rev     int
	held    int  // events that the page has and that are right; what follows is to be sent
	unread  int  // splices of this rev that the page has not used up
	head    bool // this rev's log and facts are still to be sent
	end     bool // the page holds the whole run
	theirs  int  // engine's version that the page named

	asked *lessons.Figure // whose predictions, challenges and captions these are; nil for a reader's own scenario
	shown []string        // predictions that the page is done with
	lang  string          // of what is said
	told  bool            // the page has the captions

	spent time.Duration // on computing the run
}

// bounds let a run pause when its turn is over, and at once when the page has something newer to say.
func (c *conversation) bounds() sim.Bounds {
	return sim.Bounds{Connections: c.workshop.connections, Pause: func() bool {
		return c.newer.Load() > 0 || c.workshop.places != nil && time.Now().After(c.turnOver)
	}}
}

// compute lets a stream's run go on for a turn.
func (c *conversation) compute(s *stream, do func()) {
	c.workshop.work(func() {
		begun := time.Now()
		c.turnOver = begun.Add(turn)
		do()
		s.spent += time.Since(begun)
	})
}

func newConversation(library *lessons.Library, log *slog.Logger) *conversation {
	return &conversation{library: library, log: log, rooms: &rooms{}, wake: make(chan struct{}, 1)}
}

// receive takes one message. An edit runs the engine, which has its own limits.
func (c *conversation) receive(data []byte) {
	c.newer.Add(1)
	c.mu.Lock()
	c.newer.Add(-1)
	defer c.mu.Unlock()
	defer c.nudge()
	var m request
	if err := json.Unmarshal(data, &m); err != nil {
		c.complain(complaint{Code: "bad-json", Message: "the message is not the JSON object that it should be: " + wrongJSON(err)})
		return
	}
	defer c.survive(m.Figure, m.Do)
	switch m.Type {
	case "open":
		c.open(m)
	case "control":
		c.control(m)
	case "credit":
		if s := c.find(m); s != nil && m.Rev == s.rev {
			s.unread = max(0, s.unread-max(m.N, 0))
		}
	case "answer":
		c.answer(m)
	case "judge", "solve":
		c.judge(m)
	case "close":
		c.streams = slices.DeleteFunc(c.streams, func(s *stream) bool { return s.figure == m.Figure })
	case "remote":
		c.present(m)
	case "says":
		if c.presents != nil && c.presents.room != nil {
			c.rooms.say(c.presents.room, m.Text)
		}
	case "hang-up":
		c.leaveRoom(true)
	default:
		c.complain(complaint{Figure: m.Figure, Code: "bad-type", Message: fmt.Sprintf("there is no message of type %q; there are open, control, credit, answer, judge, solve, close, remote, says, hang-up", m.Type)})
	}
}

// wrongJSON says what is wrong without the words of this program's language.
func wrongJSON(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field == "" {
			return "it is a JSON " + kind.Value
		}
		return fmt.Sprintf("%q cannot be a JSON %s", kind.Field, kind.Value)
	}
	return err.Error()
}

// open starts a run or, on a figure that is open, goes over to another log. The session then finds what both runs share, so
// that undoing the last edit sends only what changes.
func (c *conversation) open(m request) {
	if m.Own != nil {
		c.openOwn(m)
		return
	}
	if s := c.lookup(m.Figure); s != nil {
		var from int
		var err error
		c.compute(s, func() { from, err = s.session.Replace(m.Log) })
		if err != nil {
			c.refuse(s, m, err)
			return
		}
		s.theirs = m.V
		if !slices.Equal(s.shown, m.Shown) {
			from = 0 // another gate: what the page holds may be less, or more, than it may see
		}
		s.shown, s.lang = m.Shown, m.Lang
		s.edited(from)
		return
	}
	figure := c.library.Figure(m.Figure)
	switch {
	case figure == nil || figure.Scenario == nil:
		c.complain(complaint{Figure: m.Figure, Code: "unknown-figure", Message: fmt.Sprintf("there is no figure %q", m.Figure)})
		return
	case len(c.streams) == maxOpen:
		c.complain(complaint{Figure: m.Figure, Code: "too-many-figures", Message: fmt.Sprintf("a page opens at most %d figures", maxOpen)})
		return
	}
	session, err := sim.OpenWithin(figure.Scenario, m.Log, c.bounds())
	if err != nil {
		c.refuse(nil, m, err)
		return
	}
	s := &stream{figure: m.Figure, session: session, theirs: m.V, asked: figure, shown: m.Shown, lang: m.Lang}
	s.edited(0)
	c.streams = append(c.streams, s)
}

// openOwn runs a scenario that the page brings along. Another text is another run from its first event on.
func (c *conversation) openOwn(m request) {
	s := c.lookup(m.Figure)
	if s != nil && s.own != nil && *s.own == *m.Own {
		m.Own = nil
		c.open(m)
		return
	}
	scenario, err := sim.Parse(*m.Own)
	if err != nil {
		c.refuse(s, m, err)
		return
	}
	session, err := sim.OpenWithin(scenario, m.Log, c.bounds())
	switch {
	case err != nil:
		c.refuse(s, m, err)
		return
	case s == nil && len(c.streams) == maxOpen:
		c.complain(complaint{Figure: m.Figure, Code: "too-many-figures", Message: fmt.Sprintf("a page opens at most %d figures", maxOpen)})
		return
	case s == nil:
		s = &stream{figure: m.Figure}
		c.streams = append(c.streams, s)
	}
	s.session, s.own, s.theirs = session, m.Own, m.V
	s.edited(0)
}

func (c *conversation) control(m request) {
	s := c.find(m)
	switch {
	case s == nil:
	case m.Rev != s.rev:
		s.head = true // aimed at a run that is gone: say what is there
	case m.At == nil || *m.At < 0:
		c.complain(complaint{Figure: m.Figure, Rev: s.rev, Code: "bad-message", Message: "a control needs `at`, the playhead's instant in microseconds, not below 0", Do: m.Do})
	default:
		var from int
		var err error
		c.compute(s, func() { from, err = s.session.Control(*m.At, m.Do) })
		if err != nil {
			c.refuse(s, m, err)
			return
		}
		s.edited(from)
	}
}

// edited notes that only the first from events of the run are still what they were.
func (s *stream) edited(from int) {
	s.rev++
	s.spent = 0
	s.held = min(s.held, from)
	s.unread, s.head, s.end, s.told = 0, true, false, false
}

// find is the figure that a message speaks of; it must be open.
func (c *conversation) find(m request) *stream {
	s := c.lookup(m.Figure)
	if s == nil {
		c.complain(complaint{Figure: m.Figure, Code: "not-open", Message: fmt.Sprintf("figure %q is not open on this socket; open it first", m.Figure), Do: m.Do})
	}
	return s
}

func (c *conversation) lookup(figure string) *stream {
	for _, s := range c.streams {
		if s.figure == figure {
			return s
		}
	}
	return nil
}

// refuse passes on what the engine has against a line.
func (c *conversation) refuse(s *stream, m request, err error) {
	refusal := complaint{Figure: m.Figure, Code: "bad-line", Message: err.Error(), Do: m.Do}
	var problems sim.Problems
	if errors.As(err, &problems) && len(problems) > 0 {
		first := problems[0]
		refusal.Message, refusal.Problem, refusal.Line, refusal.Col = first.Error(), first.Code, first.Line, first.Col
		if m.Type == "open" && first.Line >= 1 && first.Line <= len(m.Log) {
			refusal.Do = m.Log[first.Line-1]
		}
	}
	if s != nil {
		refusal.Rev = s.rev
	}
	c.complain(refusal)
}

func (c *conversation) complain(refusal complaint) {
	if len(c.errors) == maxUnsentError {
		c.flooded = true
		return
	}
	refusal.Type = "error"
	c.errors = append(c.errors, refusal)
}

// survive turns a panic of the engine, which stands for a broken invariant, into a message with what is needed to see it
// again. The other figures, and the other pages, go on.
func (c *conversation) survive(figure, do string) {
	broken := recover()
	if broken == nil {
		return
	}
	var lines []string
	if s := c.lookup(figure); s != nil {
		lines = s.session.Log()
	}
	c.log.Error("the simulator contradicted itself", "figure", figure, "log", lines, "do", do, "panic", broken, "stack", string(debug.Stack()))
	c.streams = slices.DeleteFunc(c.streams, func(s *stream) bool { return s.figure == figure })
	c.complain(complaint{Figure: figure, Code: "engine", Message: fmt.Sprintf("the simulator contradicted itself: %v", broken), Do: do})
}

// next is the message to send now, nil when there is none.
func (c *conversation) next() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.verdicts) > 0 {
		first := c.verdicts[0]
		c.verdicts = c.verdicts[1:]
		return encode(first)
	}
	if data := c.fromRoom(); data != nil {
		return data
	}
	for range len(c.streams) {
		if len(c.errors) > 0 || len(c.streams) == 0 { // a stream that breaks complains and is gone
			break
		}
		s := c.streams[0]
		c.streams = append(c.streams[1:], s) // by turns, so that a long run does not keep the others waiting
		if data := c.splice(s); data != nil {
			return data
		}
	}
	if len(c.errors) > 0 {
		first := c.errors[0]
		c.errors = c.errors[1:]
		return encode(first)
	}
	return nil
}

// splice is a stream's next message, nil when there is none or the page has no credit.
func (c *conversation) splice(s *stream) []byte {
	if s.unread >= creditLimit || (s.end && !s.head) {
		return nil
	}
	defer c.survive(s.figure, "")
	var events []sim.Event
	var end bool
	c.compute(s, func() { events, end = s.session.Next(s.held, batchEvents) })
	if !end && len(events) < batchEvents {
		c.goOn(s)
		if len(events) == 0 && !s.head {
			return nil
		}
	}
	events, end, gate := s.gated(events, end)
	message := splice{Type: "splice", Figure: s.figure, Rev: s.rev, From: s.held, Events: slices.Clone(events), End: end}
	if gate != nil {
		message.Events = append(message.Events, sim.Event{At: gate.Gate, Ev: gateEvent})
		message.Gate = questionOf(gate, s.lang)
	}
	if message.Events == nil {
		message.Events = []sim.Event{}
	}
	if !s.told {
		message.Captions, s.told = s.captions(), true
	}
	if s.head {
		lines, facts := s.session.Log(), s.session.Facts()
		if lines == nil {
			lines = []string{}
		}
		message.Log, message.Facts = &lines, &facts
		if s.theirs != 0 && s.theirs != sim.Version {
			message.Version = sim.Version
		}
	}
	data := encode(message)
	s.held += len(events)
	s.unread++
	s.head, s.end = false, end
	return data
}

// goOn ends a run that has taken too long, and else sees to it that one which has paused has another turn.
func (c *conversation) goOn(s *stream) {
	c.nudge()
	if limit := c.workshop.runTime; limit > 0 && s.spent > limit {
		s.session.Cut()
		c.complain(complaint{Figure: s.figure, Rev: s.rev, Code: "run-time", Message: fmt.Sprintf("this run takes longer than the %v that one run may take here, so it ends where it is; make it smaller", limit)})
	}
}

// overflowed tells that the page sends nonsense and does not read the answers.
func (c *conversation) overflowed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flooded
}

func (c *conversation) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
