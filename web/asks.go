package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// What is asked of the reader. A figure with an open prediction ends, for the page, at the prediction's gate: neither the
// events after it nor the answer leave the server before the reader has answered or has asked to be shown (ruling 19), nor what
// the lesson tells after the answers: text, comparisons and challenges, which the page then takes from its own address. The
// server keeps nothing of it: a page says with every `open` which predictions it is done with.

// everything, among the names of predictions that are done with, stands for all of them: a page that does not ask.
const everything = "*"

// gateEvent stands at the end of what may be seen: there the figure stops and waits for the reader.
const gateEvent sim.Kind = "gate"

// A question is an open prediction on the wire.
type question struct {
	Ask     string      `json:"ask"` // its name
	Kind    string      `json:"kind"`
	At      sim.Instant `json:"at"`
	Text    string      `json:"text"` // HTML
	Choices []string    `json:"choices,omitempty"`
	Labels  []string    `json:"labels,omitempty"`
	Host    string      `json:"host,omitempty"` // whose wait it is
	From    int64       `json:"from,omitempty"` // the stretch of time to draw on, microseconds
	To      int64       `json:"to,omitempty"`
	Step    int64       `json:"step,omitempty"`
}

func questionOf(p *lessons.Prediction, lang string) *question {
	words := p.In(lang)
	q := &question{Ask: p.Name, Kind: p.Kind, At: p.Gate, Text: words.Ask, Choices: p.Choices, Labels: words.Labels, Host: p.Host}
	q.From, q.To, q.Step = p.Paper()
	return q
}

// A verdict answers a guess, or judges a run.
type verdict struct {
	Type    string          `json:"type"`
	Figure  string          `json:"figure"`
	Rev     int             `json:"rev"`
	Ask     string          `json:"ask"`
	Guess   string          `json:"guess,omitempty"`
	Right   bool            `json:"right,omitempty"`
	Answer  string          `json:"answer,omitempty"` // in the form of a guess
	Verdict lessons.Verdict `json:"verdict,omitempty"`
	Line    string          `json:"line,omitempty"`    // the edit that is not allowed
	Because []int           `json:"because,omitempty"` // events of this rev
	Why     string          `json:"why,omitempty"`     // HTML
	Log     []string        `json:"log,omitempty"`     // a solution
}

// gate is the prediction at which the stream stops, nil when it goes on to the end.
func (s *stream) gate() *lessons.Prediction {
	if s.asked == nil || slices.Contains(s.shown, everything) {
		return nil
	}
	return s.asked.Gated(s.shown)
}

// gated cuts a batch at the gate. What is cut off is never encoded.
func (s *stream) gated(events []sim.Event, end bool) ([]sim.Event, bool, *lessons.Prediction) {
	p := s.gate()
	if p == nil {
		return events, end, nil
	}
	n := p.Upto(events)
	if n == len(events) && !end {
		return events, false, nil // the gate is further on
	}
	return events[:n:n], true, p
}

// answer judges a guess; one without a guess asks to be shown.
func (c *conversation) answer(m request) {
	s := c.find(m)
	if s == nil {
		return
	}
	p := predictionOf(s, m.Ask)
	if p == nil {
		c.complain(complaint{Figure: m.Figure, Code: "unknown-ask", Message: fmt.Sprintf("figure %q asks nothing of the name %q", m.Figure, m.Ask)})
		return
	}
	v := verdict{Type: "verdict", Figure: s.figure, Rev: s.rev, Ask: p.Name, Guess: m.Guess}
	if m.Guess != "" {
		right, err := p.Judge(m.Guess)
		if err != nil {
			c.complain(complaint{Figure: m.Figure, Rev: s.rev, Code: "bad-guess", Message: err.Error()})
			return
		}
		v.Right = right
	}
	if !slices.Contains(s.shown, p.Name) {
		s.shown = append(s.shown, p.Name)
	}
	v.Answer, v.Why = p.Answer(), p.In(s.lang).Why
	if len(s.session.Log()) == 0 { // the reasons are events of the run as it is written
		limit := sim.MaxEvents
		if next := s.gate(); next != nil {
			events, _ := s.session.Next(0, sim.MaxEvents)
			limit = next.Upto(events)
		}
		for _, i := range p.Because {
			if i < limit {
				v.Because = append(v.Because, i)
			}
		}
	}
	s.end, s.told = false, false // the run goes on, with the captions of what is new
	c.verdicts = append(c.verdicts, v)
}

func predictionOf(s *stream, name string) *lessons.Prediction {
	if s.asked == nil {
		return nil
	}
	return s.asked.Prediction(name)
}

// judge holds the reader's run against a challenge, or gives a solution.
func (c *conversation) judge(m request) {
	s := c.find(m)
	if s == nil {
		return
	}
	var challenge *lessons.Challenge
	if s.asked != nil {
		challenge = s.asked.Challenge(m.Ask)
	}
	if challenge == nil {
		c.complain(complaint{Figure: m.Figure, Code: "unknown-ask", Message: fmt.Sprintf("figure %q has no challenge %q", m.Figure, m.Ask)})
		return
	}
	v := verdict{Type: "verdict", Figure: s.figure, Rev: s.rev, Ask: challenge.Name}
	if m.Type == "solve" {
		v.Log = challenge.Solution
	} else {
		var err error
		if v.Verdict, v.Line, v.Because, err = challenge.Judge(s.session); err != nil {
			// The expression was checked when the lessons were loaded; a run can still be too long for it.
			c.complain(complaint{Figure: m.Figure, Rev: s.rev, Code: "bad-goal", Message: err.Error()})
			return
		}
		if v.Verdict == lessons.Solved {
			v.Why = challenge.In(s.lang).Why
		}
		if s.gate() != nil {
			v.Because = nil
		}
	}
	c.verdicts = append(c.verdicts, v)
}

// captions are what the figure says in this run, up to the gate.
func (s *stream) captions() []lessons.Spoken {
	if s.asked == nil || len(s.asked.Captions) == 0 {
		return nil
	}
	list := s.asked.Spoken(lessons.TraceOf(s.session), s.lang)
	if p := s.gate(); p != nil {
		list = slices.DeleteFunc(list, func(c lessons.Spoken) bool { return c.At >= p.Gate })
	}
	return list
}

// A tryView is one comparison that a figure offers: a link, which the script makes a switch of.
type tryView struct {
	label, why string
	edits      string // as an address has them
	on         bool   // the address has them
	to         string // the address that has them, or has them no longer
}

func (f frame) tries(fig *lessons.Figure, query url.Values) (views []tryView) {
	log, _ := logOf(query, fig.Name)
	var own, tried []string // of the log: the reader's lines, and those of tries
	for _, line := range log {
		if slices.ContainsFunc(fig.Tries, func(t *lessons.Try) bool { return slices.Contains(t.Edits, line) }) {
			tried = append(tried, line)
		} else {
			own = append(own, line)
		}
	}
	for _, t := range fig.Tries {
		words := t.In(f.lang)
		v := tryView{label: words.Ask, why: words.Why, edits: strings.Join(t.Edits, ";"), on: slices.Equal(tried, t.Edits)}
		then := own
		if !v.on {
			then = slices.Concat(own, t.Edits)
		}
		to := maps.Clone(query)
		to.Set(fig.Name, strings.Join(then, ";"))
		if len(then) == 0 {
			to.Del(fig.Name)
		}
		v.to = "?" + to.Encode() + "#fig-" + fig.Name
		views = append(views, v)
	}
	return views
}

// ---- Without JavaScript

// An askedView is a prediction as text.
type askedView struct {
	text   string
	labels []string // of a pick
	answer string   // "" while it is open
	why    string
	reveal templ.SafeURL // the address that shows the answer
}

// shownIn tells which predictions of a figure the address has done with: shown=lost-ack.fins,lost-ack.wait, lost-ack.* for all
// of the figure, or shown=* for all of the page, as a teacher wants it who only shows.
func shownIn(query url.Values, fig *lessons.Figure) []string {
	list := strings.Split(query.Get("shown"), ",")
	is := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(list, name) })
	}
	var names []string
	for _, p := range fig.Predictions {
		if is(fig.Name+"."+p.Name, fig.Name+"."+everything, everything) {
			names = append(names, p.Name)
		}
	}
	return names
}

// showing is the address of the page that has done with more.
func showing(query url.Values, more ...string) templ.SafeURL {
	shown := maps.Clone(query)
	if before := query.Get("shown"); before != "" {
		more = slices.Concat(strings.Split(before, ","), more)
	}
	shown.Set("shown", strings.Join(more, ","))
	return templ.SafeURL("?" + shown.Encode())
}

// A sequelView is where a text stands, or will stand, that is told after the answers (lessons/sequel.go). While a figure is
// open the page has a note in its place: where the question is, and the address of the page with the text.
type sequelView struct {
	id   string
	of   string // the figures, by name
	open string // the first of them that still asks, "" when the text is there
	to   templ.SafeURL

	again bool // the note above says the same already
}

func (f *frame) sequel(of []*lessons.Figure, query url.Values) *sequelView {
	f.sequels++
	v := &sequelView{id: fmt.Sprintf("sequel-%d", f.sequels)}
	var names, more []string
	for _, fig := range of {
		names = append(names, fig.Name)
		if fig.Gated(shownIn(query, fig)) != nil {
			v.open, more = cmp.Or(v.open, fig.Name), append(more, fig.Name+"."+everything)
		}
	}
	v.of, v.to = strings.Join(names, " "), showing(query, more...)+templ.SafeURL("#"+v.id)
	v.again, f.waits = v.open != "" && v.of == f.waits, v.of
	return v
}

// gate cuts a figure's list where the reader is asked something, and says what was asked before.
func (f frame) gate(view *figureView, fig *lessons.Figure, events []sim.Event, query url.Values) []sim.Event {
	shown := shownIn(query, fig)
	for _, p := range fig.Predictions {
		words := p.In(f.lang)
		asked := askedView{text: words.Ask, labels: words.Labels}
		if !slices.Contains(shown, p.Name) {
			asked.reveal = showing(query, fig.Name+"."+p.Name) + templ.SafeURL("#fig-"+fig.Name)
			view.asked, view.more = append(view.asked, asked), false
			n := p.Upto(events)
			return append(events[:n:n], sim.Event{At: p.Gate, Ev: gateEvent})
		}
		asked.answer, asked.why = f.answer(p), words.Why
		view.asked = append(view.asked, asked)
	}
	return events
}

// answer says a prediction's answer in the page's language.
func (f frame) answer(p *lessons.Prediction) string {
	switch p.Kind {
	case "pick":
		return p.In(f.lang).Labels[p.Right()]
	case "segment":
		host, kind, ok := strings.Cut(p.Answer(), " ")
		if !ok {
			return f.words.UI("ask.nobody")
		}
		return f.words.UI("ask.segment", "host", f.words.Host(host), "kind", kind)
	case "arrow":
		host, sent, ends := p.Drawn()
		return f.words.UI("ask.arrow", "host", f.words.Host(host), "sent", lessons.SayTime(sent), "ends", lessons.SayTime(ends))
	case "time", "wait":
		return lessons.SayTime(p.Time())
	}
	return p.Answer()
}
