package lessons

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"

	"fourwaves/sim"
)

// # What is told after the answers
//
// A figure that asks must not be answered by the text around it. So what stands below it, up to the next heading, figure or
// mark, is its sequel: package web sends it when the reader has answered all of the figure's predictions, or asks to be
// shown (ruling 19), together with the figure's comparisons and challenges. Text elsewhere becomes a sequel by a mark, up to the
// same places:
//
//	<!-- after ghost, fast -->
//
// Everywhere else an expression that looks at what its figure has not shown yet is a mistake. What an author writes in plain
// words, or asks under edits, is not seen through.

const afterMark = "after"

// sequelOf are the figures whose questions come before a block of the page's own text, none for text that everybody reads.
// Whatever changes them stands between blocks, so before is what they were for the block before.
func (p *page) sequelOf(n ast.Node, before []*Figure) []*Figure {
	fig := p.lib.figures[p.draft.lesson.Slug+"/"+p.shows[n]]
	word, names := p.mark(n)
	switch {
	case fig != nil && len(fig.Predictions) > 0:
		return []*Figure{fig}
	case word == afterMark:
		return p.asking(names)
	case fig != nil, n.Kind() == ast.KindHeading, word != "":
		return nil
	}
	return before
}

// asking finds figures by their names.
func (p *page) asking(names string) (figures []*Figure) {
	for _, name := range strings.Split(names, ",") {
		if fig := p.lib.figures[p.draft.lesson.Slug+"/"+strings.TrimSpace(name)]; fig != nil {
			figures = append(figures, fig)
		}
	}
	return figures
}

// inspectMarks reports marks that say nothing.
func (p *page) inspectMarks() {
	for n := p.doc.FirstChild(); n != nil; n = n.NextSibling() {
		word, names := p.mark(n)
		if word != afterMark {
			continue
		}
		for _, name := range strings.Split(names, ",") {
			name = strings.TrimSpace(name)
			switch fig := p.lib.figures[p.draft.lesson.Slug+"/"+name]; {
			case fig == nil:
				p.problem(n, fmt.Sprintf("this lesson has no figure %q that text could come after; %s", name, thereAre(p.figuresIn(p.draft.lesson.Slug))), p.nearestFigure(p.draft.lesson.Slug, name))
			case !slices.ContainsFunc(p.draft.asks, func(ref askRef) bool { return ref.kind == predictFence && ref.figure == name }):
				p.problem(n, fmt.Sprintf("figure %q asks nothing, so nothing comes after its answers", name), "")
			}
		}
	}
}

// all of a run, where nothing of it is open.
const all sim.Instant = math.MaxInt64

// open is the gate at which the figure stops for a reader who has answered what it asks before from, and nothing else.
func (f *Figure) open(from sim.Instant) sim.Instant {
	gate := all
	for _, p := range f.Predictions {
		if p.Gate > from {
			gate = min(gate, p.Gate)
		}
	}
	return gate
}

// early is the first of these events that a reader does not see who stands before the gate, nil if there is none.
func (t *Trace) early(because []int, gate sim.Instant) *sim.Event {
	for _, i := range slices.Sorted(slices.Values(because)) {
		if e := &t.events[i]; e.At >= gate && e.Ev != sim.Preset {
			return e
		}
	}
	return nil
}

// tellsEarly is the complaint about it.
func tellsEarly(fig *Figure, gate sim.Instant, e *sim.Event) string {
	return fmt.Sprintf("this rests on what happens at %s, and figure %q asks its readers at %s what will come; say it below that figure, before the next heading, or below a mark <!-- %s %s -->: what stands there is read after the answers",
		sayTime(int64(e.At)), fig.Name, sayTime(int64(gate)), afterMark, fig.Name)
}
