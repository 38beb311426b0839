package lessons

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"

	"fourwaves/sim"
	"fourwaves/sim/tcp"
)

// # The teacher's guide
//
// The guide is written as lessons are, in guide/en and guide/zh, and is read by the same parser; it is no part of the course.
// Two things are there for its sake, and any lesson may use them. What stands between two marks is shown beside its source:
//
//	<!-- show -->
//	...
//	<!-- end -->
//
// The source is the text of the file itself, so it cannot differ from what it made. Where a fence takes its figure or its
// engine's part from the other language, those lines are put in. And a fence of the kind `reference` is a table made of what
// the parsers know: its body is the name of one of [references].

// guidePrefix is the folder of the guide, and what its slugs begin with; no lesson's slug can have a slash.
const guidePrefix = "guide/"

// LoadGuide reads the guide of a folder; the library is nil when it has none.
func LoadGuide(fsys fs.FS) (*Library, Problems) {
	if _, err := fs.Stat(fsys, guidePrefix+Languages[0]); err != nil {
		return nil, nil
	}
	return load(fsys, guidePrefix)
}

// says is a text of the house in its two languages. A reader of another one gets English.
type says struct{ en, zh string }

func (s says) in(lang string) string {
	if lang == "zh" {
		return s.zh
	}
	return s.en
}

const showMark, endMark = "show", "end"

// mark is the word of a comment that begins or ends a passage, and what follows it; "" for every other node.
func (p *page) mark(n ast.Node) (word, rest string) {
	html, ok := n.(*ast.HTMLBlock)
	if !ok {
		return "", ""
	}
	text, ok := strings.CutPrefix(strings.TrimSpace(string(html.Lines().Value(p.source))), "<!--")
	word, rest, _ = strings.Cut(strings.TrimSpace(strings.TrimSuffix(text, "-->")), " ")
	if ok && ((word == showMark || word == endMark) && rest == "" || word == afterMark && rest != "") {
		return word, rest
	}
	return "", ""
}

// passage is the source between two marks.
func (p *page) passage(from, to ast.Node) string {
	first, _ := p.position(from)
	last, _ := p.position(to)
	lines := p.lib.sources[p.draft.lesson.File]
	var b strings.Builder
	at := first // lines that are written already
	write := func(until int) {
		for ; at < until; at++ {
			b.WriteString(lines[at] + "\n")
		}
	}
	for n := from; n != to; n = n.NextSibling() {
		if fence, ok := n.(*ast.FencedCodeBlock); ok {
			line, _ := p.position(fence)
			write(line + fence.Lines().Len())
			b.WriteString(p.elsewhere(fence))
		}
	}
	write(last - 1)
	return strings.Trim(b.String(), "\n")
}

// elsewhere are the lines of a fence that stand in another language's file.
func (p *page) elsewhere(fence *ast.FencedCodeBlock) string {
	if fig := p.lib.figures[p.draft.lesson.Slug+"/"+p.shows[fence]]; fig != nil && fence.Lines().Len() == 0 {
		return fig.Text
	}
	ref := p.asked[fence]
	if ref.kind == "" || ref.kind == sayFence || ref.hasLogic() {
		return ""
	}
	var b strings.Builder
	for _, d := range p.drafts {
		for _, other := range d.asks {
			if d.lesson.Slug != p.draft.lesson.Slug || other.kind != ref.kind || other.name != ref.name {
				continue
			}
			for _, f := range other.fields {
				if other.is(logicKeys, f.key) {
					fmt.Fprintf(&b, "%s: %s\n", f.key, strings.ReplaceAll(f.value, "\n", "\n  "))
				}
			}
		}
	}
	return b.String()
}

// references are what a fence of that kind can show, as Markdown.
var references = map[string]func(lang string) string{
	"front-matter": frontMatterTable,
	"functions":    functionTable,
	"names":        nameTable,
	"notation":     func(string) string { return "```text\n" + sim.Grammar() + "\n```\n" },
}

// reference shows what a fence names.
func (p *page) reference(fence *ast.FencedCodeBlock) string {
	name := strings.TrimSpace(string(fence.Lines().Value(p.source)))
	table, ok := references[name]
	if !ok {
		var known []string
		for name := range references {
			known = append(known, name)
		}
		slices.Sort(known)
		p.problem(fence, fmt.Sprintf("there is no reference %q; there are %s", name, strings.Join(known, ", ")), sim.Nearest(name, known))
		return ""
	}
	return HTML([]byte(table(p.draft.lesson.Lang)))
}

func frontMatterTable(lang string) string {
	b := says{"| Key | What it says | At most |\n|---|---|---|\n", "| 键 | 含义 | 上限 |\n|---|---|---|\n"}.in(lang)
	for _, key := range frontKeys {
		most := map[string]int{"title": maxTitle, "summary": maxSummary, "number": maxNumber}[key]
		limit := fmt.Sprintf(says{"%d characters", "%d 个字符"}.in(lang), most)
		switch key {
		case "number":
			limit = fmt.Sprint(most)
		case "after":
			limit = says{"any number of lessons", "几课都可以"}.in(lang)
		}
		b += fmt.Sprintf("| `%s` | %s | %s |\n", key, frontAbout[key].in(lang), limit)
	}
	return b
}

func functionTable(lang string) string {
	b := says{"| Function | What it gives |\n|---|---|\n", "| 函数 | 给出什么 |\n|---|---|\n"}.in(lang)
	for _, f := range Functions {
		b += fmt.Sprintf("| `%s(%s)`: %s | %s |\n", f.Name, f.Takes, f.gives().in(lang), f.Tells.in(lang))
	}
	return b
}

// nameTable lists the names that stand for themselves in expressions, but for the hosts, which are the figure's.
func nameTable(lang string) string {
	list := func(all []string) string { return "`" + strings.Join(all, "` `") + "`" }
	var states, kinds, errors []string
	for _, s := range tcp.States() {
		states = append(states, s.String())
	}
	for k := range tcp.NumKinds {
		kinds = append(kinds, k.String())
	}
	for _, e := range errnos {
		errors = append(errors, string(e))
	}
	return says{
		"| What | Names |\n|---|---|\n| states | %s |\n| kinds of segments | %s |\n| error names | %s |\n| lengths of the figure | %s |\n| instants | %s |\n",
		"| 种类 | 名字 |\n|---|---|\n| 状态 | %s |\n| 报文段的种类 | %s |\n| 错误名 | %s |\n| 图自己的时长 | %s |\n| 时刻 | %s |\n",
	}.format(lang, list(states), list(kinds), list(errors), list(spanNames), list(instantNames))
}

func (s says) format(lang string, parts ...any) string { return fmt.Sprintf(s.in(lang), parts...) }
