package lessons

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Try is a figure under edits that the lesson's author has chosen: what the reader is to compare it with. The page runs it
// at a click, with the run as it was beneath it on the same axis.
type Try struct {
	Figure *Figure
	Name   string
	Edits  []string // a log, as the engine writes it
	words  map[string]*Comparison
}

// A Comparison is a try in one language.
type Comparison struct {
	Ask string // what is changed, in a few words; plain text
	Why string // what comes of it, in HTML; may be empty
}

// In is what that language says of it, or the one that there is.
func (t *Try) In(lang string) *Comparison { return inLanguage(t.words, lang) }

// maxLabel is in characters: what a button on a phone holds in two lines.
const maxLabel = 90

func (l *loader) try(fig *Figure, refs []askRef, pages []*page) {
	ref := refs[slices.IndexFunc(refs, askRef.hasLogic)]
	t := &Try{Figure: fig, Name: ref.name, words: map[string]*Comparison{}}
	if _, ok := ref.get("edit"); !ok {
		l.report(ref.file, ref.line, 1, fmt.Sprintf("try %q changes nothing; add lines `edit: drop client ACK#1`", t.Name), "")
		return
	}
	if l.lib.figures[fig.Slug+"/"+t.Name] != nil {
		l.report(ref.file, ref.line, 1, fmt.Sprintf("figure and try are asked by their names, and there is a figure %q already", t.Name), "")
		return
	}
	s := l.under(fig, ref, "edit")
	if s == nil {
		return
	}
	t.Edits = s.Log()
	trace := l.trace(fig, t.Edits, ref.file, ref.line, 1)
	for _, f := range ref.all("expect") {
		switch value, _, ok := l.eval(trace, ref.file, f); {
		case !ok:
		case value == false:
			l.report(ref.file, f.line, f.col, "this is not so under these edits"+answers(f.value, trace), "")
		case value != true:
			l.report(ref.file, f.line, f.col, fmt.Sprintf("what is expected is true or not, and this is a %s", typeName(value)), "")
		}
	}
	fig.Tries = append(fig.Tries, t) // before its words, whose expressions may name it
	for i, r := range refs {
		c := &Comparison{}
		if f, ok := r.get("ask"); ok {
			c.Ask = strings.Join(strings.Fields(f.value), " ")
			if n := utf8.RuneCountInString(c.Ask); n > maxLabel {
				l.report(r.file, f.line, f.col, fmt.Sprintf("ask of a try is the label of a button: it has %d characters, at most %d; say the rest in `why`", n, maxLabel), "")
			}
		}
		if f, ok := r.get("why"); ok {
			c.Why = pages[i].snippet(t.Name, f, all)
		}
		t.words[r.lang] = c
	}
}

// tryNamed finds a lesson's try.
func (l *loader) tryNamed(slug, name string) *Try {
	for _, fig := range l.lib.figures {
		for _, t := range fig.Tries {
			if fig.Slug == slug && t.Name == name {
				return t
			}
		}
	}
	return nil
}
