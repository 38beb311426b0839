package lessons

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"fourwaves/sim"
)

// # Numbers in the text
//
// What a run can say, the text does not repeat: `{= enter(client, CLOSED) =}` in a lesson is worked out over the figure above
// it when the lessons are loaded, and printed as the page prints times and names (ruling 20). So text and figure cannot
// disagree in any language. `{= lost-ack: tx(server, FIN) =}` asks a figure by its name, and
// `{= lost-ack with drop client ACK#2; link loss 0%: tx(server, FIN) =}` asks it under edits, as a reader's own run. The name of a
// try stands for its figure under its edits.

// An inline expression in the tree.
type inline struct {
	ast.BaseInline
	open   bool   // nothing closes it, so it is only the mark
	source string // between the marks
	offset int    // of source in the file
	value  string
}

var inlineKind = ast.NewNodeKind("Inline")

func (n *inline) Kind() ast.NodeKind { return inlineKind }
func (n *inline) Pos() int           { return n.offset }
func (n *inline) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"Source": n.source}, nil)
}

const openMark, closeMark = "{=", "=}"

type inlineParser struct{}

func (inlineParser) Trigger() []byte { return []byte{'{'} }

// Parse takes what stands between {= and =} on one line.
func (inlineParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	rest, ok := strings.CutPrefix(string(line), openMark)
	if !ok {
		return nil
	}
	source, _, ok := strings.Cut(rest, closeMark)
	if !ok || strings.Contains(source, openMark) { // the next one's end
		block.Advance(len(openMark))
		return &inline{open: true, offset: segment.Start}
	}
	block.Advance(len(openMark) + len(source) + len(closeMark))
	return &inline{source: source, offset: segment.Start + len(openMark)}
}

type inlineRenderer struct{}

func (inlineRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(inlineKind, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			_, _ = w.Write(util.EscapeHTML([]byte(node.(*inline).value)))
		}
		return ast.WalkContinue, nil
	})
}

// inlineForm divides an expression from the figure and the edits that it is asked of. An edit has a colon only behind the name of
// a host that it begins with, as in `client: http version=1.0`.
var inlineForm = regexp.MustCompile(`^\s*(?:([a-z0-9]+(?:-[a-z0-9]+)*)\s*)?(?:with\s+(` + inlineEdit + `(?:;` + inlineEdit + `)*)\s*)?:`)

const inlineEdit = `\s*(?:[a-z][a-z0-9-]*:\s)?[^:;]*`

// quote gives the page's inline expressions their values.
func (p *page) quote() {
	figure, sequel := "", []*Figure(nil)
	for n := p.doc.FirstChild(); n != nil; n = n.NextSibling() {
		figure, sequel = cmp.Or(p.shows[n], figure), p.sequelOf(n, sequel)
		p.quoteIn(n, figure, func(fig *Figure) sim.Instant {
			if slices.Contains(sequel, fig) {
				return all
			}
			return fig.open(-1)
		})
	}
}

// quoteIn does it for one block. Gate tells how far a figure's run is known there.
func (p *page) quoteIn(block ast.Node, figure string, gate func(*Figure) sim.Instant) {
	_ = ast.Walk(block, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if in, ok := n.(*inline); ok && entering {
			p.quoteOne(in, figure, gate)
		}
		return ast.WalkContinue, nil
	})
}

func (p *page) quoteOne(in *inline, figure string, gate func(*Figure) sim.Instant) {
	if in.open {
		in.value = openMark
		p.problem(in, fmt.Sprintf("this %q is never closed; write %q on the same line, or \\%s if it is no expression", openMark, closeMark, openMark), "")
		return
	}
	expression, log := in.source, []string(nil)
	if m := inlineForm.FindStringSubmatch(in.source); m != nil {
		expression = in.source[len(m[0]):]
		if m[1] != "" {
			figure = m[1]
		}
		log = linesOf(m[2])
	}
	start := in.offset + len(in.source) - len(strings.TrimLeft(expression, " "))
	line, col := p.place(start)
	file := p.draft.lesson.File
	if figure == "" {
		p.report(file, line, col, "there is no figure above this expression; name one, as in {= some-figure: end =}", "")
		return
	}
	fig := p.lib.figures[p.draft.lesson.Slug+"/"+figure]
	if fig == nil {
		if t := p.tryNamed(p.draft.lesson.Slug, figure); t != nil {
			fig, log = t.Figure, append(slices.Clone(t.Edits), log...)
		}
	}
	if fig == nil {
		p.report(file, line, col, fmt.Sprintf("this lesson has no figure and no try %q; %s", figure, thereAre(p.figuresIn(p.draft.lesson.Slug))), p.nearestFigure(p.draft.lesson.Slug, figure))
		return
	}
	trace := p.trace(fig, log, file, line, col)
	if trace == nil {
		return
	}
	value, because, err := trace.Eval(strings.TrimSpace(expression))
	if err == nil {
		if e := trace.early(because, gate(fig)); len(log) == 0 && e != nil {
			p.report(file, line, col, tellsEarly(fig, gate(fig), e), "")
		}
		in.value, err = Print(value)
		if at, ok := value.(Time); ok && at.us == never.us {
			p.report(file, line, col, neverIn("this", fig.Name, log)+", so there is no time to print", "")
			return
		}
	}
	p.reportFault(file, line, col, err)
}

// linesOf are edits as a link writes them.
func linesOf(joined string) []string {
	var lines []string
	for _, line := range strings.Split(joined, ";") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// trace runs a figure once for all that is asked of it. It is nil when the run is not possible, which has been reported.
func (l *loader) trace(fig *Figure, log []string, file string, line, col int) *Trace {
	key := fig.ID() + "\n" + strings.Join(log, "\n")
	if t, ok := l.traces[key]; ok || fig.Scenario == nil {
		return t
	}
	t, err := fig.Trace(log)
	if err != nil {
		message, suggest := err.Error(), ""
		var found sim.Problems
		if errors.As(err, &found) && len(found) > 0 {
			message, suggest = found[0].Message, found[0].Suggest
		}
		l.report(file, line, col, fmt.Sprintf("figure %q does not run under these edits: %s", fig.Name, message), suggest)
		return nil
	}
	l.traces[key] = t
	return t
}

// reportFault reports what is wrong with an expression that starts at that place.
func (l *loader) reportFault(file string, line, col int, err error) {
	var fault *Fault
	switch {
	case errors.As(err, &fault):
		l.report(file, line, col+fault.Col-1, fault.Message, fault.Suggest)
	case err != nil:
		l.report(file, line, col, err.Error(), "")
	}
}
