package lessons

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fourwaves/sim"
)

// A Prediction is a question to the reader before the figure goes on. The answer is the engine's: an expression over the run
// as it is written, worked out when the lessons are loaded.
type Prediction struct {
	Figure  *Figure
	Name    string
	Kind    string      // state, number, time, segment, arrow, wait, or pick
	Gate    sim.Instant // events from here on are not shown before the answer
	Because []int       // events that the answer rests on
	Within  Time        // how far off a time may be
	From    Time        // arrow, wait: the paper that is drawn on
	To      Time
	Step    Time
	Choices []string // state, segment
	Host    string   // wait: whose it is
	answer  any
	right   int // pick: the place of the right label
	words   map[string]*Question
}

// A Question is a prediction in one language.
type Question struct {
	Ask    string   // HTML
	Why    string   // HTML, only for those who have answered; may be empty
	Labels []string // pick
}

// In is the question in that language, or in the one that there is.
func (p *Prediction) In(lang string) *Question { return inLanguage(p.words, lang) }

func inLanguage[T any](words map[string]*T, lang string) *T {
	if w := words[lang]; w != nil {
		return w
	}
	for _, other := range Languages {
		if w := words[other]; w != nil {
			return w
		}
	}
	return new(T)
}

// Nobody is the choice that no segment is sent.
const Nobody = "nobody"

// kindsOfAnswer are what an answer may be; each kind has its own way of answering on the page.
var kindsOfAnswer = []string{"state", "number", "time", "segment", "arrow", "wait", "pick"}

func (l *loader) predict(fig *Figure, refs []askRef, pages []*page) {
	ref := refs[slices.IndexFunc(refs, askRef.hasLogic)]
	t := l.trace(fig, nil, ref.file, ref.line, 1)
	p := &Prediction{Figure: fig, Name: ref.name, words: map[string]*Question{}}
	kind, _ := ref.get("kind")
	if p.Kind = kind.value; !slices.Contains(kindsOfAnswer, p.Kind) {
		l.report(ref.file, kind.line, kind.col, fmt.Sprintf("the kind of a prediction is %s", strings.Join(kindsOfAnswer, ", ")), sim.Nearest(p.Kind, kindsOfAnswer))
		return
	}
	if f, ok := ref.get("before"); ok {
		at, ok := l.when(t, ref, f)
		if !ok {
			return
		}
		p.Gate = sim.Instant(at.us)
	}
	if f, ok := ref.get("within"); ok {
		within, ok := l.when(t, ref, f)
		if !ok {
			return
		}
		p.Within = within
	}
	ok := false
	if p.Kind == "pick" {
		ok = l.pick(p, t, ref)
	} else if f, has := ref.get("answer"); !has {
		l.report(ref.file, ref.line, 1, fmt.Sprintf("prediction %q has no answer; add a line `answer: ...`", p.Name), "")
	} else if p.answer, p.Because, ok = l.eval(t, ref.file, f); ok {
		ok = l.answerFits(p, t, ref, f)
	}
	if !ok {
		return
	}
	for i, r := range refs {
		q := &Question{}
		if f, ok := r.get("ask"); ok {
			q.Ask = pages[i].snippet(ref.figure, f, p.Gate)
		}
		if f, ok := r.get("why"); ok {
			q.Why = pages[i].snippet(ref.figure, f, all)
		}
		for _, f := range r.all("label") {
			q.Labels = append(q.Labels, f.value)
		}
		if want := len(ref.all("choice")); len(q.Labels) != want {
			l.report(r.file, r.line, 1, fmt.Sprintf("prediction %q has %d choices and %d labels; each choice needs one, in the same order", p.Name, want, len(q.Labels)), "")
			return
		}
		p.words[r.lang] = q
	}
	fig.Predictions = append(fig.Predictions, p)
}

// pick works out which choice is the right one.
func (l *loader) pick(p *Prediction, t *Trace, ref askRef) bool {
	choices := ref.all("choice")
	if len(choices) < 2 {
		l.report(ref.file, ref.line, 1, "a prediction of the kind pick has at least two lines `choice: ...`, each an expression that is true or not, and for each in every language a line `label: ...`", "")
		return false
	}
	p.right = -1
	for i, f := range choices {
		value, because, ok := l.eval(t, ref.file, f)
		if !ok {
			return false
		}
		holds, isBool := value.(bool)
		switch {
		case !isBool:
			l.report(ref.file, f.line, f.col, fmt.Sprintf("a choice is true or not, and this is a %s", typeName(value)), "")
			return false
		case holds && p.right >= 0:
			l.report(ref.file, f.line, f.col, fmt.Sprintf("this choice is true, and so is number %d", p.right+1), "")
			return false
		case holds:
			p.right, p.Because = i, because
		}
	}
	if p.right < 0 {
		l.report(ref.file, choices[0].line, choices[0].col, fmt.Sprintf("none of the choices is true in figure %q", ref.figure), "")
		return false
	}
	return true
}

// answerFits holds the answer against the kind, and prepares what the page offers.
func (l *loader) answerFits(p *Prediction, t *Trace, ref askRef, f askField) bool {
	wrong := func(want string) bool {
		l.report(ref.file, f.line, f.col, fmt.Sprintf("the answer to a prediction of the kind %s is %s, not a %s", p.Kind, want, typeName(p.answer)), "")
		return false
	}
	switch answer := p.answer.(type) {
	case State:
		if p.Kind != "state" {
			return wrong(answerOf[p.Kind])
		}
		p.Choices = []string{"ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "TIME_WAIT", "CLOSE_WAIT", "LAST_ACK", "CLOSED"}
		return l.offered(p, ref, answer.name, f)
	case int:
		if p.Kind != "number" {
			return wrong(answerOf[p.Kind])
		}
		return true
	case Segment:
		switch p.Kind {
		case "segment":
			p.Choices = []string{"client FIN", "client ACK", "client RST", "server FIN", "server ACK", "server RST", Nobody}
			return l.offered(p, ref, answer.choice(), f)
		case "arrow":
			return l.drawable(p, t, ref, f)
		}
		return wrong(answerOf[p.Kind])
	case Time:
		if p.Kind != "time" && p.Kind != "wait" {
			return wrong(answerOf[p.Kind])
		}
		if answer.us == never.us {
			l.report(ref.file, f.line, f.col, neverIn(f.value, ref.figure, nil), "")
			return false
		}
		if p.Kind == "wait" {
			for _, i := range p.Because {
				p.Host = t.events[i].Host
			}
			return l.paper(p, ref, answer, f)
		}
		return true
	}
	return wrong(answerOf[p.Kind])
}

var answerOf = map[string]string{"state": "a state", "number": "a whole number", "time": "a time", "wait": "a time", "segment": "a segment", "arrow": "a segment that arrives"}

// choice is how a segment is named among choices.
func (s Segment) choice() string {
	if s.Nth == 0 {
		return Nobody
	}
	return s.Host + " " + s.Kind
}

// offered reads the choices, of which the answer must be one.
func (l *loader) offered(p *Prediction, ref askRef, answer string, f askField) bool {
	if own, ok := ref.get("choices"); ok {
		p.Choices = nil
		for _, choice := range strings.Split(own.value, ",") {
			choice = strings.Join(strings.Fields(choice), " ")
			if p.Kind == "state" {
				choice = strings.ReplaceAll(choice, "-", "_")
			}
			p.Choices = append(p.Choices, choice)
		}
		f = own
	}
	if !slices.Contains(p.Choices, answer) {
		l.report(ref.file, f.line, f.col, fmt.Sprintf("the answer is %s, which is not among the choices %s", answer, strings.Join(p.Choices, ", ")), "")
		return false
	}
	return true
}

// drawable prepares the paper for an arrow: from the gate on, four crossings long unless a range says otherwise.
func (l *loader) drawable(p *Prediction, t *Trace, ref askRef, f askField) bool {
	s := p.answer.(Segment)
	end := t.when(s, sim.Arrived)
	switch {
	case s.Nth == 0 || end.us == never.us:
		l.report(ref.file, f.line, f.col, "an arrow that can be drawn is a segment that arrives, and this one does not", "")
		return false
	case int64(p.Gate) > int64(t.events[s.index].At):
		l.report(ref.file, f.line, f.col, fmt.Sprintf("the segment is sent at %s, before playback stops at %s", sayTime(int64(t.events[s.index].At)), sayTime(int64(p.Gate))), "")
		return false
	}
	p.From, p.To = instant(p.Gate), Time{us: int64(p.Gate) + 2*int64(t.facts.RTT)}
	p.answer = drawn{s.Host, int64(t.events[s.index].At), end.us}
	return l.paper(p, ref, end, f)
}

// A drawn arrow.
type drawn struct {
	host       string
	sent, ends int64
}

var rangeForm = regexp.MustCompile(`^(\S+)\s*\.\.\s*(\S+)$`)

// paper is the stretch of time that is drawn on. Its steps are round, about a hundred of them.
func (l *loader) paper(p *Prediction, ref askRef, last Time, at askField) bool {
	if f, ok := ref.get("range"); ok {
		m := rangeForm.FindStringSubmatch(f.value)
		if m == nil || !readTime(m[1], &p.From) || !readTime(m[2], &p.To) || p.From.us >= p.To.us {
			l.report(ref.file, f.line, f.col, "a range is two times, as in 0s..10s", "")
			return false
		}
		at = f
	} else if p.To.us == 0 {
		l.report(ref.file, ref.line, 1, "a wait is drawn on a stretch of time that does not give the answer away; add a line like `range: 0s..10s`", "")
		return false
	}
	if last.us < p.From.us || last.us > p.To.us {
		l.report(ref.file, at.line, at.col, fmt.Sprintf("the answer, %s, lies outside the range from %s to %s", sayTime(last.us), sayTime(p.From.us), sayTime(p.To.us)), "")
		return false
	}
	p.Step = Time{us: 1, span: true}
	for _, unit := range []int64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7} {
		for _, n := range []int64{1, 2, 5} {
			if p.Step.us == 1 && unit*n*200 >= p.To.us-p.From.us {
				p.Step.us = unit * n
			}
		}
	}
	p.Within.us = max(p.Within.us, p.Step.us/2)
	return true
}

func readTime(text string, into *Time) bool {
	m := timeForm.FindStringSubmatch(text)
	if m == nil {
		return text == "0" // a nought needs no unit
	}
	us, ok := microseconds(m[1], m[2])
	*into = Time{us: us}
	return ok
}

// Judge holds a guess against the answer. A guess is written as the notation writes such things: a state, a number, a time
// with its unit, `server FIN`, the place of a label from 1, and for an arrow `server 200ms 250ms`.
func (p *Prediction) Judge(guess string) (right bool, err error) {
	words := strings.Fields(guess)
	bad := fmt.Errorf("%q is no answer to a prediction of the kind %s", guess, p.Kind)
	if len(words) == 0 {
		return false, bad
	}
	switch p.Kind {
	case "state":
		return guess == p.answer.(State).name, nil
	case "segment":
		return strings.Join(words, " ") == p.answer.(Segment).choice(), nil
	case "number":
		n, err := strconv.Atoi(words[0])
		if err != nil {
			return false, bad
		}
		return n == p.answer.(int), nil
	case "pick":
		n, err := strconv.Atoi(words[0])
		if err != nil {
			return false, bad
		}
		return n == p.right+1, nil
	case "time", "wait":
		var at Time
		if !readTime(words[0], &at) {
			return false, bad
		}
		return p.near(at.us, p.answer.(Time).us), nil
	}
	var sent, ends Time
	if len(words) != 3 || !readTime(words[1], &sent) || !readTime(words[2], &ends) {
		return false, bad
	}
	answer := p.answer.(drawn)
	return words[0] == answer.host && p.near(sent.us, answer.sent) && p.near(ends.us, answer.ends), nil
}

func (p *Prediction) near(guess, answer int64) bool { return abs(guess-answer) <= p.Within.us }

// Answer is the answer in the form of a guess.
func (p *Prediction) Answer() string {
	switch answer := p.answer.(type) {
	case Segment:
		return answer.choice()
	case Time:
		return notationTime(answer.us)
	case drawn:
		return fmt.Sprintf("%s %s %s", answer.host, notationTime(answer.sent), notationTime(answer.ends))
	case nil:
		return strconv.Itoa(p.right + 1)
	}
	text, _ := Print(p.answer) // a state or a number
	return text
}

func notationTime(us int64) string { return decimal(us, 3, 0) + "ms" }

// Upto is how many of the run's first events may be seen before the prediction is answered. A connection that exists when
// the run begins is no news.
func (p *Prediction) Upto(events []sim.Event) int {
	n := 0
	for n < len(events) && (events[n].At < p.Gate || events[n].Ev == sim.Preset) {
		n++
	}
	return n
}

// Gated is the first prediction of the figure that has not been answered, nil when all have.
func (f *Figure) Gated(shown []string) *Prediction {
	for _, p := range f.Predictions {
		if !slices.Contains(shown, p.Name) {
			return p
		}
	}
	return nil
}

// Prediction finds one by its name.
func (f *Figure) Prediction(name string) *Prediction {
	for _, p := range f.Predictions {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Paper is the stretch of time to draw on and its step, in microseconds; zero for kinds that are not drawn.
func (p *Prediction) Paper() (from, to, step int64) { return p.From.us, p.To.us, p.Step.us }

// Right is the place of a pick's right label, from 0.
func (p *Prediction) Right() int { return p.right }

// Time is the answer to a prediction of a time or of the end of a wait.
func (p *Prediction) Time() sim.Instant { return sim.Instant(p.answer.(Time).us) }

// Drawn is the arrow that is the answer: the sender, and when it leaves and arrives.
func (p *Prediction) Drawn() (host string, sent, ends sim.Instant) {
	a := p.answer.(drawn)
	return a.host, sim.Instant(a.sent), sim.Instant(a.ends)
}
