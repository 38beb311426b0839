package lessons

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fourwaves/sim"
)

// A Challenge is a goal that the reader's own run is to reach.
type Challenge struct {
	Figure   *Figure
	Name     string
	goal     string   // an expression that is true or not
	Allow    []string // beginnings of edits that are allowed; none is all
	Edits    int      // how many edits are allowed
	Solution []string // a log that reaches the goal
	words    map[string]*Task
}

// A Task is a challenge in one language, in HTML.
type Task struct {
	Ask   string
	Why   string // for those who have solved it; may be empty
	Hints []string
}

// In is the task in that language, or in the one that there is.
func (c *Challenge) In(lang string) *Task { return inLanguage(c.words, lang) }

// A Verdict on a run.
type Verdict string

const (
	Solved    Verdict = "solved"
	NotYet    Verdict = "not-yet"
	Forbidden Verdict = "forbidden" // an edit that is not allowed
	TooMany   Verdict = "too-many"  // edits
)

// Judge looks at a run that a log has made. Which is the line that is not allowed, if one is not.
func (c *Challenge) Judge(s *sim.Session) (v Verdict, which string, because []int, err error) {
	log := s.Log()
	for _, line := range log {
		if !c.allows(line) {
			return Forbidden, line, nil, nil
		}
	}
	if len(log) > c.Edits {
		return TooMany, "", nil, nil
	}
	value, because, err := TraceOf(s).Eval(c.goal)
	if err != nil {
		return "", "", nil, err
	}
	if value == true {
		return Solved, "", because, nil
	}
	return NotYet, "", nil, nil
}

var timed = regexp.MustCompile(`^at \S+ `)

// allows tells whether a line begins with the words of something that is allowed.
func (c *Challenge) allows(line string) bool {
	words := strings.Fields(timed.ReplaceAllString(line, ""))
	return len(c.Allow) == 0 || slices.ContainsFunc(c.Allow, func(allowed string) bool {
		prefix := strings.Fields(allowed)
		return len(prefix) <= len(words) && slices.Equal(prefix, words[:len(prefix)])
	})
}

// Challenge finds one by its name.
func (f *Figure) Challenge(name string) *Challenge {
	for _, c := range f.Challenges {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (l *loader) challenge(fig *Figure, refs []askRef, pages []*page) {
	ref := refs[slices.IndexFunc(refs, askRef.hasLogic)]
	c := &Challenge{Figure: fig, Name: ref.name, Edits: sim.MaxLog, words: map[string]*Task{}}
	goal, ok := ref.get("goal")
	if !ok {
		l.report(ref.file, ref.line, 1, fmt.Sprintf("challenge %q has no goal; add a line `goal: ...`, an expression that is true or not", c.Name), "")
		return
	}
	c.goal = goal.value
	if f, ok := ref.get("allow"); ok {
		for _, a := range strings.Split(f.value, ",") {
			c.Allow = append(c.Allow, strings.Join(strings.Fields(a), " "))
		}
	}
	if f, ok := ref.get("edits"); ok {
		n, err := strconv.Atoi(f.value)
		if err != nil || n < 1 || n > sim.MaxLog {
			l.report(ref.file, f.line, f.col, fmt.Sprintf("edits is how many are allowed, 1 to %d", sim.MaxLog), "")
			return
		}
		c.Edits = n
	}
	for _, f := range ref.all("solution") {
		c.Solution = append(c.Solution, f.value)
	}
	if !l.solvable(c, ref, goal) {
		return
	}
	for i, r := range refs {
		task := &Task{}
		if f, ok := r.get("ask"); ok {
			task.Ask = pages[i].snippet(ref.figure, f, all)
		}
		if f, ok := r.get("why"); ok {
			task.Why = pages[i].snippet(ref.figure, f, all)
		}
		for _, f := range r.all("hint") {
			task.Hints = append(task.Hints, pages[i].snippet(ref.figure, f, all))
		}
		c.words[r.lang] = task
	}
	fig.Challenges = append(fig.Challenges, c)
}

// solvable runs the model solution: it must reach the goal within what is allowed, and the figure as it is must not.
func (l *loader) solvable(c *Challenge, ref askRef, goal askField) bool {
	trace := l.trace(c.Figure, nil, ref.file, ref.line, 1)
	value, _, ok := l.eval(trace, ref.file, goal)
	if !ok {
		return false
	}
	at, _ := ref.get("solution")
	switch reached, isBool := value.(bool); {
	case !isBool:
		l.report(ref.file, goal.line, goal.col, fmt.Sprintf("a goal is true or not, and this is a %s", typeName(value)), "")
		return false
	case reached:
		l.report(ref.file, goal.line, goal.col, "the goal is reached already, before anybody has done anything", "")
		return false
	case len(c.Solution) == 0:
		l.report(ref.file, ref.line, 1, fmt.Sprintf("challenge %q has no model solution; add lines `solution: drop client ACK#1`", c.Name), "")
		return false
	}
	s := l.under(c.Figure, ref, "solution")
	if s == nil {
		return false
	}
	verdict, which, _, err := c.Judge(s)
	switch {
	case err != nil:
		l.reportFault(ref.file, goal.line, goal.col, err)
		return false
	case verdict == Forbidden:
		l.report(ref.file, at.line, at.col, fmt.Sprintf("the model solution needs %q, which the challenge does not allow", which), "")
	case verdict == TooMany:
		l.report(ref.file, at.line, at.col, fmt.Sprintf("the model solution has %d edits, and %d are allowed", len(c.Solution), c.Edits), "")
	case verdict == NotYet:
		l.report(ref.file, at.line, at.col, "the model solution does not reach the goal"+answers(goal.value, TraceOf(s)), "")
	}
	return verdict == Solved
}

// under opens a figure under the edits that a fence has by that key, one line each. It is nil when they are no edits of it,
// which has been reported.
func (l *loader) under(fig *Figure, ref askRef, key string) *sim.Session {
	var log []string
	for _, f := range ref.all(key) {
		log = append(log, f.value)
	}
	s, err := sim.Open(fig.Scenario, log)
	if err == nil {
		return s
	}
	at, _ := ref.get(key)
	message, suggest, col := err.Error(), "", 1
	if found := (sim.Problems)(nil); errors.As(err, &found) && len(found) > 0 {
		at = ref.all(key)[min(max(0, found[0].Line-1), len(log)-1)]
		message, suggest, col = found[0].Message, found[0].Suggest, found[0].Col
	}
	l.report(ref.file, at.line, at.col+col-1, message, suggest)
	return nil
}

var callBegins = regexp.MustCompile(`[a-zA-Z]+\(`)

// answers tells what each function that an expression calls says of a run: why it is not true.
func answers(source string, t *Trace) string {
	var said []string
	for {
		at := callBegins.FindStringIndex(source)
		if at == nil {
			break
		}
		end, open := at[1], 1
		for ; end < len(source) && open > 0; end++ {
			switch source[end] {
			case '(':
				open++
			case ')':
				open--
			}
		}
		call := source[at[0]:end]
		source = source[end:]
		value, _, err := t.Eval(call)
		if err != nil {
			continue
		}
		text, err := Print(value)
		if when, ok := value.(Time); ok && when.us == never.us {
			text, err = "never", nil
		}
		if one := call + " is " + text; err == nil && !slices.Contains(said, one) {
			said = append(said, one)
		}
	}
	if len(said) == 0 {
		return ""
	}
	return ": with it, " + strings.Join(said, ", ")
}
