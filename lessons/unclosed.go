package lessons

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"fourwaves/sim"
)

// # A fence that its author forgot to close
//
// CommonMark lets such a fence run on to the next closing line, or to the end of the file: the text between would be read as a
// scenario and each of its lines reported, and the next figure would not be there for all that asks it. So it is closed where
// its own lines end, in the copy that is parsed, and the one mistake is told once.

// closeFences does that for all of the page's fences.
func (p *page) closeFences() {
	for {
		doc := markdown.Parser().Parse(text.NewReader(p.source))
		closed := true
		for n := doc.FirstChild(); n != nil && closed; n = n.NextSibling() {
			if fence, ok := n.(*ast.FencedCodeBlock); ok && p.fenceKind(fence) != "" {
				closed = !p.closeFence(fence)
			}
		}
		if closed {
			return
		}
	}
}

// closeFence tells whether the fence had to be closed.
func (p *page) closeFence(fence *ast.FencedCodeBlock) bool {
	mark := strings.TrimSpace(string(fenceMark(p.source, fence)))
	body := strings.Split(strings.TrimSuffix(string(fence.Lines().Value(p.source)), "\n"), "\n")
	next := slices.IndexFunc(body, func(line string) bool { return opensFence(line, mark) })
	if next < 0 && p.closed(fence) {
		return false
	}
	upto := body
	if next >= 0 {
		upto = body[:next]
	}
	end := endOf(p.fenceKind(fence), upto)
	if end == len(body) {
		return false // nothing is lost: that the fence does not end will be said
	}
	first := bytes.Count(p.source[:fence.Info.Segment.Start], []byte("\n")) + 1 // the opening line, of the copy
	begun, _ := p.position(fence)
	what := p.fenceKind(fence)
	if what == figureFence {
		what = "figure"
	}
	before := "the end of the file"
	if next >= 0 {
		before = fmt.Sprintf("the fence at line %d", begun+1+next)
	}
	p.report(p.draft.lesson.File, begun+1+end, 1, fmt.Sprintf("%s %q, begun at line %d, is not closed before %s; it seems to end above this line: close it with a line of %s",
		what, strings.TrimPrefix(fenceName(fence, p.source), "when: "), begun, before, mark), "")
	lines := slices.Insert(strings.Split(string(p.source), "\n"), first+end, mark)
	p.source = []byte(strings.Join(lines, "\n"))
	p.added = append(p.added, first+end+1)
	return true
}

var fenceOpening = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})[ \t]*[^ \t`]")

// opensFence tells whether a line, inside a fence of that mark, looks like the opening of another.
func opensFence(line, mark string) bool {
	m := fenceOpening.FindStringSubmatch(line)
	return m != nil && strings.HasPrefix(m[1], mark)
}

// endOf is how many of the lines belong to a fence of that kind which was not closed.
func endOf(kind string, lines []string) int {
	for i, line := range lines {
		foreign := looksLikeText(line)
		switch kind {
		case predictFence, challengeFence, tryFence:
			foreign = strings.TrimSpace(line) != "" && !fieldBegins.MatchString(line)
		case sayFence, referenceFence: // text too, but not beyond a blank line
			foreign = i > 0 && strings.TrimSpace(lines[i-1]) == "" && strings.TrimSpace(line) != ""
		}
		if foreign {
			return i
		}
	}
	return len(lines)
}

var (
	notationBegins = regexp.MustCompile(`^\s*([a-z]|#($|[^#]))`)
	fieldBegins    = regexp.MustCompile(`^([a-z]+\s*[:：]| |#($|[^#]))`)
)

// looksLikeText tells a line of Markdown from a line of the notation, which begins with a small letter, or with one # for a comment.
func looksLikeText(line string) bool {
	return strings.TrimSpace(line) != "" && !notationBegins.MatchString(line)
}

// upToText leaves out what is wrong behind the first line that is text: what is to be done is said there. It is how a figure
// looks whose end was forgotten before a fence without a word, which then ends it.
func upToText(found sim.Problems, body string) sim.Problems {
	lines := strings.Split(body, "\n")
	for i, bad := range found {
		at := bad.Line - 1
		if bad.Code != "unknown" || at < 1 || strings.TrimSpace(lines[at-1]) != "" || !looksLikeText(lines[at]) {
			continue
		}
		if word := strings.Fields(lines[at])[0]; strings.EqualFold(word, bad.Suggest) {
			continue // a line of the notation, in capitals
		}
		found[i].Suggest, found[i].Message = "", "this looks like text and not like a line of a figure; if the figure ends above it, close it with a line of back-quotes"
		return slices.DeleteFunc(found, func(p sim.Problem) bool { return p.Line > bad.Line })
	}
	return found
}
