package lessons

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"fourwaves/sim"
)

// A Caption is a sentence or two that the figure says when the run comes to a point.
type Caption struct {
	Cue   string // as it is written
	when  string // the expression for its time
	words map[string]*string
}

// A Spoken caption has its time in one run.
type Spoken struct {
	At   sim.Instant `json:"at"`
	Text string      `json:"text"` // HTML
}

// cueForms are the ways in which a cue may be said in words. Anything else is an expression for a time.
var cueForms = []struct {
	form *regexp.Regexp
	expr string
}{
	{regexp.MustCompile(`^(\w+) enters ([\w-]+)$`), "enter($1, $2)"},
	{regexp.MustCompile(`^(\w+) leaves ([\w-]+)$`), "leave($1, $2)"},
	{regexp.MustCompile(`^(\w+) sends (\w+)$`), "sent($1, $2)"},
	{regexp.MustCompile(`^(\w+) sends (\w+)#(\d+)$`), "sent($1, $2, $3)"},
	{regexp.MustCompile(`^(\w+) (\w+) arrives$`), "arrived($1, $2)"},
	{regexp.MustCompile(`^(\w+) (\w+)#(\d+) arrives$`), "arrived($1, $2, $3)"},
	{regexp.MustCompile(`^(\w+) (\w+) is lost$`), "vanished($1, $2)"},
	{regexp.MustCompile(`^(\w+) (\w+)#(\d+) is lost$`), "vanished($1, $2, $3)"},
	{regexp.MustCompile(`^the run starts$`), "0ms"},
	{regexp.MustCompile(`^the run ends$`), "end"},
}

// cueWords tell the forms apart.
var cueWords = []struct{ word, form string }{
	{"enters", "HOST enters STATE"}, {"leaves", "HOST leaves STATE"}, {"sends", "HOST sends SEGMENT"},
	{"arrives", "HOST SEGMENT arrives"}, {"lost", "HOST SEGMENT is lost"}, {"starts", "the run starts"}, {"ends", "the run ends"},
}

// inWords is a cue that nobody would take for an expression.
var inWords = regexp.MustCompile(`^\w+( [\w#-]*\w)+$`)

// notACue tells how a cue is said that is in none of the forms, and puts what it says into the one that is near.
func notACue(cue string) (message, suggest string) {
	var words, forms []string
	for _, c := range cueWords {
		words, forms = append(words, c.word), append(forms, c.form)
	}
	message = "no cue is written so; there are " + strings.Join(forms, ", ") + " (with a segment such as FIN or FIN#2), and expressions for a time"
	said := strings.Fields(cue)
	for at, w := range said {
		i := slices.Index(words, sim.Nearest(w, words))
		switch {
		case i < 0 || w == strings.ToUpper(w): // a segment or a state
			continue
		case !strings.Contains(forms[i], "HOST"):
			return message, forms[i]
		case len(said) < 3 || said[0] == "the":
			return message, ""
		}
		what := said[1] // server RST#1 gets lost
		if at == 1 {
			what = said[2] // server enter LAST_ACK
		}
		return message, strings.NewReplacer("HOST", said[0], "STATE", what, "SEGMENT", what).Replace(forms[i])
	}
	return message, ""
}

func (l *loader) say(fig *Figure, refs []askRef, pages []*page) bool {
	first := refs[0]
	cue, _ := first.get("cue")
	c := &Caption{Cue: first.name, when: first.name, words: map[string]*string{}}
	for _, f := range cueForms {
		if m := f.form.FindStringSubmatchIndex(first.name); m != nil {
			c.when = string(f.form.ExpandString(nil, f.expr, first.name, m))
			if strings.HasPrefix(f.expr, "enter") || strings.HasPrefix(f.expr, "leave") {
				c.when = strings.ReplaceAll(c.when, "-", "_")
			}
		}
	}
	value, _, err := l.trace(fig, nil, cue.value, cue.line, cue.col).Eval(c.when)
	at, isTime := value.(Time)
	switch {
	case err != nil && c.when == first.name && inWords.MatchString(c.when):
		message, suggest := notACue(c.when)
		l.report(first.file, cue.line, cue.col, message, suggest)
		return false
	case err != nil && c.when != first.name:
		// The cue is in words: the place in the expression says nothing, the message does.
		l.report(first.file, cue.line, cue.col, err.Error(), suggestion(err))
		return false
	case err != nil:
		l.reportFault(first.file, cue.line, cue.col, err)
		return false
	case !isTime:
		l.report(first.file, cue.line, cue.col, fmt.Sprintf("a cue is a time or something that happens, such as \"server enters LAST_ACK\", and this is a %s", typeName(value)), "")
		return false
	case at.us == never.us:
		l.report(first.file, cue.line, cue.col, fmt.Sprintf("this cue never comes in figure %q", fig.Name), "")
		return false
	}
	for i, r := range refs {
		f, _ := r.get("ask")
		text := pages[i].snippet(first.figure, f, fig.open(sim.Instant(at.us)))
		c.words[r.lang] = &text
	}
	fig.Captions = append(fig.Captions, c)
	return true
}

func suggestion(err error) string {
	if fault, ok := err.(*Fault); ok {
		return fault.Suggest
	}
	return ""
}

// Spoken gives the figure's captions their times in a run, those that have none there left out.
func (f *Figure) Spoken(t *Trace, lang string) []Spoken {
	var list []Spoken
	for _, c := range f.Captions {
		if value, _, err := t.Eval(c.when); err == nil {
			if at, ok := value.(Time); ok && at.us != never.us {
				list = append(list, Spoken{sim.Instant(at.us), *inLanguage(c.words, lang)})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Spoken) int { return int(a.At - b.At) })
	return list
}
