package lessons

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"

	"fourwaves/sim"
)

// # What is asked of a figure
//
// The fences predict, challenge, try and say belong to the figure above them. Their bodies are lines `key: value`; a line that is
// set in goes on with the value above it. Some keys are words, which each language has for itself. The others are what the
// engine works with, and stand in one language only, as a figure's scenario does: so they cannot come apart.

// An askRef is one such fence.
type askRef struct {
	kind, name string
	figure     string // the name of the figure above
	line       int    // of the opening fence
	fields     []askField
	lang       string
	file       string
}

// An askField is one line of its body.
type askField struct {
	key, value string
	line, col  int // of the value
}

// fenceKeys are the keys of each kind; those that are true may come more than once.
var (
	wordKeys = map[string]map[string]bool{
		predictFence:   {"ask": false, "why": false, "label": true},
		challengeFence: {"ask": false, "why": false, "hint": true},
		tryFence:       {"ask": false, "why": false},
	}
	logicKeys = map[string]map[string]bool{
		predictFence:   {"kind": false, "before": false, "answer": false, "within": false, "range": false, "choices": false, "choice": true},
		challengeFence: {"goal": false, "allow": false, "edits": false, "solution": true},
		tryFence:       {"edit": true, "expect": true},
	}
)

func (r askRef) is(keys map[string]map[string]bool, key string) bool {
	_, ok := keys[r.kind][key]
	return ok
}

// get is the first field of that key.
func (r askRef) get(key string) (askField, bool) {
	for _, f := range r.fields {
		if f.key == key {
			return f, true
		}
	}
	return askField{line: r.line, col: 1}, false
}

func (r askRef) all(key string) []askField {
	var list []askField
	for _, f := range r.fields {
		if f.key == key {
			list = append(list, f)
		}
	}
	return list
}

// hasLogic tells whether this is the language that has the engine's part.
func (r askRef) hasLogic() bool {
	return slices.ContainsFunc(r.fields, func(f askField) bool { return r.is(logicKeys, f.key) })
}

// ask notes a fence for the second pass.
func (p *page) ask(fence *ast.FencedCodeBlock) {
	line, col := p.position(fence)
	file := p.draft.lesson.File
	ref := askRef{kind: p.fenceKind(fence), line: line, lang: p.draft.lesson.Lang, file: file}
	for n := ast.Node(fence); n != nil && ref.figure == ""; n = n.PreviousSibling() {
		ref.figure = p.shows[n]
	}
	info := string(fence.Info.Segment.Value(p.source))
	rest := fenceName(fence, p.source)
	switch {
	case ref.figure == "":
		p.report(file, line, col, fmt.Sprintf("a fence of the kind %s belongs to the figure above it, and there is none", ref.kind), "")
		return
	case ref.kind == sayFence:
		cue, ok := strings.CutPrefix(rest, "when:")
		if !ok || strings.TrimSpace(cue) == "" {
			p.report(file, line, col, "a caption says when: write ```say when: server enters LAST_ACK", "")
			return
		}
		ref.name = strings.Join(strings.Fields(cue), " ")
		body := string(fence.Lines().Value(p.source))
		if strings.TrimSpace(body) == "" {
			p.report(file, line, col, "the caption is empty", "")
			return
		}
		ref.fields = []askField{
			{"cue", strings.TrimSpace(cue), line, col + len(fenceMark(p.source, fence)) + strings.Index(info, strings.TrimSpace(cue))},
			{"ask", strings.TrimSpace(body), line + 1, col},
		}
	case !slugForm.MatchString(rest) || len(rest) > 40:
		p.report(file, line, col, fmt.Sprintf("a %s fence has a name of a-z, 0-9 and single hyphens, at most 40: write ```%s some-name", ref.kind, ref.kind), sluggish(rest))
		return
	default:
		ref.name = rest
		ref.fields = p.fields(fence, ref)
	}
	for _, other := range p.draft.asks {
		if other.name == ref.name && (other.kind == sayFence) == (ref.kind == sayFence) && (ref.kind != sayFence || other.figure == ref.figure) {
			p.report(file, line, col, fmt.Sprintf("%q is in this lesson already, at line %d", ref.name, other.line), "")
			return
		}
	}
	if len(p.draft.asks) == maxAsks {
		p.report(file, line, col, fmt.Sprintf("more than %d predictions, challenges, tries and captions in one lesson", maxAsks), "")
		return
	}
	p.draft.asks = append(p.draft.asks, ref)
	p.asked[fence] = ref
}

// fenceMark is the row of back-quotes that opens a fence.
func fenceMark(source []byte, fence *ast.FencedCodeBlock) []byte {
	start := bytes.LastIndexByte(source[:fence.Info.Segment.Start], '\n') + 1
	return bytes.TrimLeft(source[start:fence.Info.Segment.Start], " ")
}

var fieldForm = regexp.MustCompile(`^([a-z]+):\s*(.*?)\s*$`)

// fields reads the body of a fence.
func (p *page) fields(fence *ast.FencedCodeBlock, ref askRef) []askField {
	var fields []askField
	var known []string
	for _, keys := range []map[string]bool{wordKeys[ref.kind], logicKeys[ref.kind]} {
		for key := range keys {
			known = append(known, key)
		}
	}
	slices.Sort(known)
	for i := range fence.Lines().Len() {
		segment := fence.Lines().At(i)
		text := strings.TrimRight(string(segment.Value(p.source)), "\n")
		line, col := p.place(segment.Start)
		m := fieldForm.FindStringSubmatchIndex(text)
		switch {
		case strings.TrimSpace(text) == "" || strings.HasPrefix(strings.TrimSpace(text), "#"):
			continue
		case text[0] == ' ' && len(fields) > 0:
			last := &fields[len(fields)-1]
			last.value = strings.TrimSpace(last.value + "\n" + strings.TrimSpace(text))
			continue
		case m == nil:
			message, suggest := "a line here is `key: value`; set the line in by two blanks if it goes on with the one above", ""
			if key, _, ok := strings.Cut(text, "："); ok && slices.Contains(known, key) {
				message, suggest = "this colon is a full-width one", key+":"
			}
			p.report(ref.file, line, col, message, suggest)
			continue
		}
		key := text[m[2]:m[3]]
		if !slices.Contains(known, key) {
			p.report(ref.file, line, col, fmt.Sprintf("a %s fence has no key %q; there are %s", ref.kind, key, strings.Join(known, ", ")), sim.Nearest(key, known))
			continue
		}
		if slices.ContainsFunc(fields, func(f askField) bool { return f.key == key }) && !wordKeys[ref.kind][key] && !logicKeys[ref.kind][key] {
			p.report(ref.file, line, col, fmt.Sprintf("%q is here twice", key), "")
			continue
		}
		fields = append(fields, askField{key, text[m[4]:m[5]], line, col + m[4]})
	}
	return fields
}

// snippet renders a piece of Markdown that stands in a fence of a figure. Whoever reads it knows the figure's run up to gate.
func (p *page) snippet(figure string, f askField, gate sim.Instant) string {
	sub := &page{loader: p.loader, draft: p.draft, field: f, shows: map[ast.Node]string{}, source: []byte(strings.Repeat("\n", f.line-1) + f.value)}
	sub.read()
	sub.quoteIn(sub.doc, figure, func(fig *Figure) sim.Instant {
		if fig.Name == figure {
			return gate
		}
		return all
	})
	var html bytes.Buffer
	if err := markdown.Renderer().Render(&html, sub.source, sub.doc); err != nil {
		p.report(p.draft.lesson.File, f.line, f.col, fmt.Sprintf("cannot be shown: %v", err), "")
	}
	return html.String()
}

// defineAsks joins the languages' fences of one name, and works out what the engine has to say to them.
func (l *loader) defineAsks() {
	type group struct {
		refs  []askRef
		pages []*page
	}
	groups := map[string]*group{}
	var order []string
	for _, d := range l.drafts {
		for _, ref := range d.asks {
			key := d.lesson.Slug + "/" + ref.kind + "/" + ref.name
			if ref.kind == sayFence {
				key = d.lesson.Slug + "/" + ref.figure + "/" + ref.kind + "/" + ref.name
			}
			if groups[key] == nil {
				groups[key] = &group{}
				order = append(order, key)
			}
			groups[key].refs = append(groups[key].refs, ref)
			groups[key].pages = append(groups[key].pages, d.page)
		}
	}
	// Tries come first, whose names the words of the others may use, and captions last, which must not answer predictions.
	turns := []string{tryFence, predictFence, challengeFence, sayFence}
	turn := func(key string) int { return slices.Index(turns, groups[key].refs[0].kind) }
	slices.SortStableFunc(order, func(a, b string) int { return turn(a) - turn(b) })
	var cues []string
	for _, key := range order {
		g := groups[key]
		first := g.refs[0]
		fig := l.lib.figures[g.pages[0].draft.lesson.Slug+"/"+first.figure]
		if fig == nil || fig.Scenario == nil {
			continue
		}
		if first.kind == sayFence {
			if l.say(fig, g.refs, g.pages) {
				cues = append(cues, key)
			} else {
				for _, ref := range g.refs {
					l.misspelt[ref.file] = true
				}
			}
			continue
		}
		if !l.agree(g.refs, g.pages) {
			continue
		}
		switch first.kind {
		case predictFence:
			l.predict(fig, g.refs, g.pages)
		case challengeFence:
			l.challenge(fig, g.refs, g.pages)
		case tryFence:
			l.try(fig, g.refs, g.pages)
		}
	}
	// A cue that is written wrong in one language is one that the others seem to have alone: only the first is to be mended.
	for _, key := range cues {
		l.agree(groups[key].refs, groups[key].pages)
	}
	for _, fig := range l.lib.figures {
		slices.SortStableFunc(fig.Predictions, func(a, b *Prediction) int { return int(a.Gate - b.Gate) })
	}
}

// agree finds what the languages' fences of one name do not have in common, and what is missing.
func (l *loader) agree(refs []askRef, pages []*page) bool {
	before := len(l.problems)
	first := refs[0]
	var logic []askRef
	for _, ref := range refs {
		if ref.figure != first.figure {
			l.report(ref.file, ref.line, 1, fmt.Sprintf("%s %q belongs to figure %q here and to %q at %s:%d", ref.kind, ref.name, ref.figure, first.figure, first.file, first.line), "")
		}
		if ref.hasLogic() {
			logic = append(logic, ref)
		}
	}
	slug := pages[0].draft.lesson.Slug
	for _, lang := range l.lib.Languages() {
		lesson := l.lib.lessons[lang][slug]
		if lesson != nil && !(first.kind == sayFence && l.misspelt[lesson.File]) && !slices.ContainsFunc(refs, func(r askRef) bool { return r.lang == lang }) {
			l.report(lesson.File, 1, 1, fmt.Sprintf("%s %q of %s:%d is missing in this language", first.kind, first.name, first.file, first.line), "")
		}
	}
	if first.kind != sayFence {
		switch {
		case len(logic) == 0:
			l.report(first.file, first.line, 1, fmt.Sprintf("%s %q has only words; what the engine is to answer stands in no language", first.kind, first.name), "")
		case len(logic) > 1:
			l.report(logic[1].file, logic[1].line, 1, fmt.Sprintf("%s %q has its engine's part at %s:%d already; leave only the words here (%s)", first.kind, first.name, logic[0].file, logic[0].line, keyList(wordKeys[first.kind])), "")
		}
		for _, ref := range refs {
			if _, ok := ref.get("ask"); !ok {
				l.report(ref.file, ref.line, 1, fmt.Sprintf("%s %q asks nothing; add a line `ask: ...`", ref.kind, ref.name), "")
			}
		}
	}
	return len(l.problems) == before
}

func keyList(keys map[string]bool) string {
	var list []string
	for key := range keys {
		list = append(list, key)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// eval works out an expression of a fence, and reports it when that fails.
func (l *loader) eval(t *Trace, file string, f askField) (value any, because []int, ok bool) {
	value, because, err := t.Eval(f.value)
	l.reportFault(file, f.line, f.col, err)
	return value, because, err == nil
}

// when is a time that an expression gives.
func (l *loader) when(t *Trace, ref askRef, f askField) (Time, bool) {
	value, _, ok := l.eval(t, ref.file, f)
	if !ok {
		return Time{}, false
	}
	at, isTime := value.(Time)
	switch {
	case !isTime:
		l.report(ref.file, f.line, f.col, fmt.Sprintf("%s is a time, not a %s", f.key, typeName(value)), "")
	case at.us == never.us:
		l.report(ref.file, f.line, f.col, neverIn(f.value, ref.figure, nil), "")
	case at.us < 0:
		l.report(ref.file, f.line, f.col, fmt.Sprintf("%s lies before the run", f.value), "")
	default:
		return at, true
	}
	return Time{}, false
}

// neverIn says that what was asked for does not happen.
func neverIn(what, figure string, log []string) string {
	under := ""
	if len(log) > 0 {
		under = " with " + strings.Join(log, "; ")
	}
	return fmt.Sprintf("%s never happens in figure %q%s", what, figure, under)
}
