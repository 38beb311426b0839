package lessons

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"fourwaves/sim"
)

// markdown is CommonMark with tables and footnotes. Chinese text is wrapped in the source without spaces, so a line break between two
// Chinese characters must not become one.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.Footnote, extension.NewCJK(extension.WithEastAsianLineBreaks())),
	goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithInlineParsers(util.Prioritized(inlineParser{}, 150))),
	goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(inlineRenderer{}, 500))),
)

// parse reads one file: front matter, then text, figures and what is asked of them.
func (l *loader) parse(d *draft) {
	if body, ok := l.frontMatter(d); ok {
		d.page = &page{loader: l, draft: d, source: body, shows: map[ast.Node]string{}, asked: map[ast.Node]askRef{}}
		d.page.parse()
	}
}

// A page is one file's Markdown while it becomes blocks: parsed first, and rendered when all files' figures are known and
// have been run, because the text quotes them.
type page struct {
	*loader
	draft  *draft
	source []byte
	doc    ast.Node
	shows  map[ast.Node]string // fences that are figures, by name
	asked  map[ast.Node]askRef // fences that ask something of them
	points []pointer
	field  askField // of a snippet: where it stands
	added  []int    // lines of source that are not in the file (unclosed.go)
}

func (p *page) parse() {
	p.closeFences()
	p.read()
	for n := p.doc.FirstChild(); n != nil; n = n.NextSibling() {
		fence, ok := n.(*ast.FencedCodeBlock)
		if !ok {
			continue
		}
		switch p.fenceKind(fence) {
		case figureFence:
			p.figure(fence)
		case predictFence, challengeFence, tryFence, sayFence:
			p.ask(fence)
		}
	}
}

// read makes the tree, and looks at all of it.
func (p *page) read() {
	p.doc = markdown.Parser().Parse(text.NewReader(p.source), parser.WithContext(parser.NewContext(parser.WithIDs(anchors{}))))
	_ = ast.Walk(p.doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			p.inspect(n)
		}
		return ast.WalkContinue, nil
	})
}

// render makes the blocks.
func (p *page) render() {
	p.inspectMarks()
	p.quote()
	p.follow()
	p.linkTerms()
	var html bytes.Buffer
	var passage ast.Node // its first mark, while one is open
	var sequel []*Figure
	blocks, outer := []Block(nil), []Block(nil)
	flush := func() {
		if html.Len() > 0 {
			blocks = append(blocks, Block{HTML: html.String(), Sequel: sequel})
			html.Reset()
		}
	}
	for n := p.doc.FirstChild(); n != nil; n = n.NextSibling() {
		if next := p.sequelOf(n, sequel); !slices.Equal(next, sequel) {
			flush()
			sequel = next
		}
		switch mark, _ := p.mark(n); {
		case mark == afterMark:
		case mark == showMark && passage == nil:
			flush()
			passage, outer, blocks = n, blocks, nil
			continue
		case mark == endMark && passage != nil:
			flush()
			blocks, passage = append(outer, Block{Source: p.passage(passage, n), Shows: blocks}), nil
			continue
		case mark != "":
			p.problem(n, fmt.Sprintf("<!-- %s --> and <!-- %s --> stand by turns, around what is shown beside its source", showMark, endMark), "")
		}
		if fence, ok := n.(*ast.FencedCodeBlock); ok && p.fenceKind(fence) != "" {
			if fig := p.lib.figures[p.draft.lesson.Slug+"/"+p.shows[n]]; fig != nil {
				flush()
				blocks = append(blocks, Block{Figure: fig})
			}
			if p.fenceKind(fence) == referenceFence {
				html.WriteString(p.reference(fence))
			}
			continue
		}
		if err := markdown.Renderer().Render(&html, p.source, n); err != nil {
			p.problem(n, fmt.Sprintf("cannot be shown: %v", err), "")
		}
	}
	flush()
	if passage != nil {
		p.problem(passage, fmt.Sprintf("what is shown here does not end; close it with a line <!-- %s -->", endMark), "")
		blocks = append(outer, blocks...)
	}
	p.draft.lesson.Blocks = blocks
}

// inspect looks at every node for what a lesson may not contain, and points links and pictures to where they are served.
func (p *page) inspect(node ast.Node) {
	switch n := node.(type) {
	case *ast.Heading:
		if n.Level == 1 {
			p.problem(n, "the title is the page's only heading of the first level; start with ##", "")
		}
		if id, has := n.AttributeString("id"); has {
			p.places(p.draft.lesson.Slug)[string(id.([]byte))] = true
		}
	case *ast.HTMLBlock:
		if !isComment(strings.TrimSpace(string(n.Lines().Value(p.source)))) {
			p.problem(n, "HTML is not shown; write it in Markdown", "")
		}
	case *ast.RawHTML:
		if !isComment(strings.TrimSpace(string(n.Segments.Value(p.source)))) {
			p.problem(n, "HTML is not shown; write it in Markdown, or between back-quotes to show the tag itself", "")
		}
	case *ast.FencedCodeBlock:
		p.inspectFence(n)
	case *ast.AutoLink:
		p.checkScheme(n, string(n.URL(p.source)))
	case *ast.Link:
		n.Destination = []byte(p.link(n, string(n.Destination)))
	case *ast.Image:
		if n.FirstChild() == nil {
			p.problem(n, "a picture needs words for those who do not see it: ![what it shows](file)", "")
		}
		n.Destination = []byte(p.image(n, string(n.Destination)))
	}
}

// isComment allows notes among teachers, which the renderer leaves out.
func isComment(html string) bool { return strings.HasPrefix(html, "<!--") }

// Kinds of fences that are more than text to show.
const (
	figureFence    = "tcp"
	predictFence   = "predict"
	challengeFence = "challenge"
	tryFence       = "try"
	sayFence       = "say"
	referenceFence = "reference"
)

var ownFences = []string{figureFence, predictFence, challengeFence, tryFence, sayFence, referenceFence}

func (p *page) inspectFence(fence *ast.FencedCodeBlock) {
	language := string(fence.Language(p.source))
	kind := p.fenceKind(fence)
	switch {
	case kind == "" || kind == language:
	case strings.EqualFold(language, kind):
		p.problem(fence, fmt.Sprintf("the kind of this fence is written %s, not %s", kind, language), kind)
	default:
		p.problem(fence, fmt.Sprintf("unknown fence %q; there are %s, and the languages of programs", language, strings.Join(ownFences, ", ")), kind)
	}
	if kind != "" && fence.Parent().Kind() != ast.KindDocument {
		p.problem(fence, fmt.Sprintf("a fence of the kind %s stands by itself, not in a list or a quotation", kind), "")
	}
	if !p.closed(fence) {
		p.problem(fence, "the fence does not end; close it with a line of three back-quotes", "")
	}
}

// fenceKind is the fence's kind if it is one of ours, or was meant to be: read as what was meant, it brings no further problem
// than its word. Code in any language may be shown, so only two things give a mistake away: a word that is all but one of ours,
// and a cue, which nothing else has.
func (p *page) fenceKind(fence *ast.FencedCodeBlock) string {
	language := string(fence.Language(p.source))
	name := fenceName(fence, p.source)
	switch meant := sim.Nearest(language, ownFences); {
	case meant != "" && (name != "" || !slices.Contains(likeOurs, language)):
		return meant
	case strings.HasPrefix(name, "when:"):
		return sayFence
	}
	return ""
}

// likeOurs are languages of programs whose names are a letter away from ours. Code in them has no name.
var likeOurs = []string{"sas", "tap", "tcl"}

// fenceName is what follows the fence's word.
func fenceName(fence *ast.FencedCodeBlock, source []byte) string {
	if fence.Info == nil {
		return ""
	}
	info := string(fence.Info.Segment.Value(source))
	return strings.TrimSpace(strings.TrimPrefix(info, string(fence.Language(source))))
}

var fenceEnd = regexp.MustCompile("^[ >\t]*(`{3,}|~{3,})[ \t]*$")

// closed tells whether a fence ends before the file does; CommonMark lets it run on to the end, and half a lesson would
// silently become one figure.
func (p *page) closed(fence *ast.FencedCodeBlock) bool {
	after := fence.Pos()
	if lines := fence.Lines(); lines.Len() > 0 {
		after = lines.At(lines.Len()-1).Stop - 1
	}
	rest := string(p.source[min(max(after, 0), len(p.source)):])
	_, rest, _ = strings.Cut(rest, "\n")
	next, _, _ := strings.Cut(rest, "\n")
	return fenceEnd.MatchString(next)
}

// figure notes a fence for the second pass, when all files are known.
func (p *page) figure(fence *ast.FencedCodeBlock) {
	line, col := p.position(fence)
	file := p.draft.lesson.File
	words := strings.Fields(string(fence.Info.Segment.Value(p.source)))
	if len(words) < 2 {
		p.report(file, line, col, "the figure has no name; write ```tcp some-name", "")
		return
	}
	name := words[1]
	switch {
	case len(words) > 2:
		p.report(file, line, col, fmt.Sprintf("a figure's name is one word, not %q", strings.Join(words[1:], " ")), strings.Join(words[1:], "-"))
		return
	case !slugForm.MatchString(name) || len(name) > 40:
		p.report(file, line, col, fmt.Sprintf("%q cannot be a figure's name; it stands in links, so use a-z, 0-9 and single hyphens, at most 40", name), sluggish(name))
		return
	case name == "v" || name == "shown":
		p.report(file, line, col, fmt.Sprintf("a figure cannot be called %q: links carry something else under that name", name), "")
		return
	case len(p.draft.refs) == maxFigures:
		p.report(file, line, col, fmt.Sprintf("more than %d figures in one lesson", maxFigures), "")
		return
	}
	for _, ref := range p.draft.refs {
		if ref.name == name {
			p.report(file, line, col, fmt.Sprintf("figure %q is in this lesson already, at line %d", name, ref.line), "")
			return
		}
	}
	var body strings.Builder
	for i := range fence.Lines().Len() {
		segment := fence.Lines().At(i)
		body.Write(segment.Value(p.source))
	}
	scenario := body.String()
	if strings.TrimSpace(scenario) == "" {
		scenario = ""
	}
	p.draft.refs = append(p.draft.refs, figureRef{name: name, line: line, indent: col - 1, body: scenario})
	p.shows[fence] = name
}

// ---- Positions

func (p *page) problem(n ast.Node, message, suggest string) {
	line, col := p.position(n)
	p.report(p.draft.lesson.File, line, col, message, suggest)
}

// position of a node in the file, from 1. A node that does not know its own takes its parent's.
func (p *page) position(n ast.Node) (line, col int) {
	for n != nil && n.Pos() < 0 {
		n = n.Parent()
	}
	if n == nil {
		return 1, 1
	}
	return p.place(n.Pos())
}

// place of a byte in the file, from 1.
func (p *page) place(offset int) (line, col int) {
	before := p.source[:min(offset, len(p.source))]
	start := bytes.LastIndexByte(before, '\n') + 1
	line, col = bytes.Count(before, []byte("\n"))+1, utf8.RuneCount(before[start:])+1
	if line == p.field.line {
		col += p.field.col - 1
	}
	for _, added := range slices.Backward(p.added) {
		if added < line {
			line--
		}
	}
	return line, col
}

// HTML renders Markdown of the house, which has no figures and needs no check.
func HTML(source []byte) string {
	var html bytes.Buffer
	if err := markdown.Convert(source, &html); err != nil {
		panic(err) // into memory
	}
	return html.String()
}
