package lessons_test

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"fourwaves/lessons"
)

// folder makes a file system of a txtar text.
func folder(text string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(text)).Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return files
}

func TestProblems(t *testing.T) {
	datadriven.RunTest(t, "testdata/problems.txt", func(t *testing.T, d *datadriven.TestData) string {
		library, problems := lessons.Load(folder(d.Input + "\n"))
		problems = append(problems, library.Check()...)
		if len(problems) == 0 {
			return "fine\n"
		}
		var b strings.Builder
		for _, p := range problems {
			fmt.Fprintln(&b, p.Error())
			if p.Source != "" {
				fmt.Fprintf(&b, "  | %s\n", p.Source)
			}
		}
		return b.String()
	})
}

const front = "---\ntitle: T\nsummary: S\nnumber: 1\n---\n"

// What cannot be written in a text file of cases.
func TestOddFiles(t *testing.T) {
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  string // "" for no problem
	}{
		"not UTF-8": {fstest.MapFS{"en/a.md": {Data: []byte(front + "ok\n\xff\n")}}, "en/a.md:7:1: not UTF-8: save the file in that encoding"},
		"too big":   {fstest.MapFS{"en/a.md": {Data: []byte(front + strings.Repeat("x", 256<<10))}}, "en/a.md:1:1: cannot read: en/a.md has more than 262144 bytes"},
		"too long a title": {fstest.MapFS{"en/a.md": {Data: []byte(strings.Replace(front, "T", strings.Repeat("挥", 121), 1))}},
			"en/a.md:2:1: title has 121 characters; at most 120"},
		"line ends of Windows": {fstest.MapFS{"en/a.md": {Data: []byte(strings.ReplaceAll(front+"```tcp close\nmsl 3s\n```\n", "\n", "\r\n"))}}, ""},
		"byte order mark":      {fstest.MapFS{"en/a.md": {Data: []byte("\ufeff" + front)}}, ""},
		"too many figures":     {fstest.MapFS{"en/a.md": {Data: []byte(front + figures(17))}}, "en/a.md:70:1: more than 16 figures in one lesson"},
		"big picture":          {fstest.MapFS{"en/a.md": {Data: []byte(front + "![x](x.png)\n")}, "en/x.png": {Data: make([]byte, 2<<20+1)}}, "en/a.md:6:1: cannot show the picture: en/x.png has more than 2097152 bytes"},
		"unreadable":           {fstest.MapFS{"en/a.md": {Mode: fs.ModeDir}}, "en/a.md:1:1: cannot read: en/a.md is no regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := lessons.Load(c.files)
			if got := problems.Error(); got != c.want {
				t.Errorf("problems:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func figures(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "```tcp figure-%d\nmsl 3s\n```\n\n", i)
	}
	return b.String()
}

// The lesson is a test: what the course says must come out of the engine, in both languages.
func TestBuiltin(t *testing.T) {
	library, problems := lessons.Load(lessons.Builtin)
	for _, p := range append(problems, library.Check()...) {
		t.Error(p)
	}
	for _, lang := range lessons.Languages {
		if missing := library.Untranslated(lang); len(missing) > 0 {
			t.Errorf("%s lacks %v", lang, missing)
		}
		for slug, number := range map[string]int{"four-way-close": 1, "simultaneous-close": 4, "lost-last-ack": 6} {
			if l := library.Lesson(lang, slug); l == nil || l.Number != number || l.Lang != lang {
				t.Errorf("lesson %s in %s: %+v", slug, lang, l)
			}
		}
	}
	if library.Figure("lost-last-ack/lost-ack") == nil {
		t.Error("the home page shows figure lost-last-ack/lost-ack")
	}
	if figures, expectations := library.Runnable(); expectations < figures || figures < len(library.Figures()) {
		t.Errorf("%d expectations for %d of %d figures: every figure is held against at least one", expectations, figures, len(library.Figures()))
	}
}

// The lessons of the course have one shape, in every language: what the reader will be able to do, one to three figures, two to
// four predictions, one challenge, and in the end the summary, lines for their own Linux, and the sources.
func TestShape(t *testing.T) {
	library, problems := lessons.Load(lessons.Builtin)
	if problems != nil {
		t.Fatal(problems)
	}
	says := map[string][4]string{
		"en": {"After this lesson you can", "Summary", "Try it on your own Linux", "Sources"},
		"zh": {"学完这一课，你能够", "小结", "在自己的 Linux 上试一试", "资料来源"},
	}
	code, stray := regexp.MustCompile(`(?s)<(pre|code)\b.*?</(pre|code)>`), regexp.MustCompile(`.{0,30}\*.{0,30}`)
	for _, lang := range lessons.Languages {
		course := library.Lessons(lang)
		if len(course) != 14 {
			t.Errorf("%d lessons in %s", len(course), lang)
		}
		for _, l := range course {
			var text strings.Builder
			figures, predictions, challenges := map[*lessons.Figure]bool{}, 0, 0
			for _, b := range l.Blocks {
				text.WriteString(b.HTML)
				if f := b.Figure; f != nil && !figures[f] {
					figures[f] = true
					predictions += len(f.Predictions)
					challenges += len(f.Challenges)
				}
			}
			count := func(n, least, most int, what string) {
				if n < least || n > most {
					t.Errorf("%s: %d %s, not %d to %d", l.File, n, what, least, most)
				}
			}
			count(len(figures), 1, 3, "figures")
			count(predictions, 2, 4, "predictions")
			count(challenges, 1, 1, "challenges")
			// Markdown leaves **bold…**字 as it is: punctuation before the closing stars wants punctuation or a space behind them.
			if left := stray.FindString(code.ReplaceAllString(text.String(), "")); left != "" {
				t.Errorf("%s: the stars in %q emphasize nothing", l.File, left)
			}
			sections := strings.Split(text.String(), "<h2 ")
			count(strings.Count(sections[0], "<li>"), 3, 6, "objectives")
			if l.Lang != lang || !strings.HasPrefix(sections[0], "<p>"+says[lang][0]+"</p>") {
				t.Errorf("%s does not begin with its objectives in %s", l.File, lang)
			}
			for i, holds := range []string{`<li>|<tr>`, `<pre>`, `<a href="http`} {
				section := sections[max(0, len(sections)-3+i)]
				if !strings.Contains(section, ">"+says[lang][i+1]+"</h2>") || !regexp.MustCompile(holds).MatchString(section) {
					t.Errorf("%s: section %q, with %s, is not at its place", l.File, says[lang][i+1], holds)
				}
			}
		}
	}
}

const twoLanguages = `
-- en/b.md --
---
title: Second
summary: S
number: 2
---
Text one
wrapped.

~~~tcp close
msl 3s
~~~

## After the figure

See [the other](a.md#top), [an example](../gallery/02-reset.txt), ![a port](port.png "Port") and <https://go.dev>.

| a | b |
|---|---|
| 1 | 2 |
-- en/port.png --
not really
-- en/secret.png --
no lesson shows it
-- gallery/02-reset.txt --
# en: Reset | The client aborts.
# zh: 复位 | 客户端中止连接。
at 0s client abort
-- zh/b.md --
---
title: 第二
summary: 摘要
number: 2
---
中文
换行。

~~~tcp close
~~~
-- en/a.md --
---
title: First
summary: S
number: 1
---
`

func TestLibrary(t *testing.T) {
	library, problems := lessons.Load(folder(twoLanguages))
	if problems != nil {
		t.Fatal(problems)
	}
	english, chinese := library.Lesson("en", "b"), library.Lesson("zh", "b")
	var html []string
	for _, b := range english.Blocks {
		html = append(html, b.HTML)
	}
	want := []string{
		"<p>Text one\nwrapped.</p>\n",
		"", // the figure
		"<h2 id=\"after-the-figure\">After the figure</h2>\n" +
			"<p>See <a href=\"a#top\">the other</a>, <a href=\"../sandbox?from=reset\">an example</a>, <img src=\"../../files/en/port.png\" alt=\"a port\" title=\"Port\"> and <a href=\"https://go.dev\">https://go.dev</a>.</p>\n" +
			"<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n",
	}
	if diff := cmp.Diff(want, html); diff != "" {
		t.Errorf("blocks of the English lesson (-want +got):\n%s", diff)
	}
	if got := chinese.Blocks[0].HTML; got != "<p>中文换行。</p>\n" {
		t.Errorf("a line break between Chinese characters is no space: %q", got)
	}
	if english.Blocks[1].Figure == nil || english.Blocks[1].Figure != chinese.Blocks[1].Figure || library.Figure("b/close") != english.Blocks[1].Figure {
		t.Error("the empty fence shows the sibling's figure")
	}
	if l := library.Lesson("zh", "a"); l == nil || l.Lang != "en" {
		t.Errorf("a lesson that is not translated falls back: %+v", l)
	}
	if list := library.Lessons("zh"); len(list) != 2 || list[0].Slug != "a" || list[1].Title != "第二" {
		t.Errorf("the course in Chinese: %v", list)
	}
	if got := library.Untranslated("zh"); len(got) != 1 || got[0] != "a" {
		t.Errorf("untranslated: %v", got)
	}
	if data, err := library.Image("en/port.png"); err != nil || string(data) != "not really\n" {
		t.Errorf("the picture: %q, %v", data, err)
	}
	for _, name := range []string{"en/secret.png", "en/b.md", "../x", ""} {
		if _, err := library.Image(name); err == nil {
			t.Errorf("%q is read, though no lesson shows it", name)
		}
	}
}

func TestMatchLanguage(t *testing.T) {
	library, _ := lessons.Load(lessons.Builtin)
	for header, want := range map[string]string{
		"": "en", "zh-CN,zh;q=0.9,en;q=0.8": "zh", "zh-TW": "zh", "de-DE,de;q=0.9,zh;q=0.5": "zh", "fr": "en", "en-GB, zh;q=0.1": "en", "*": "en", ";;;": "en",
	} {
		if got := library.MatchLanguage(header); got != want {
			t.Errorf("Accept-Language %q: %s, want %s", header, got, want)
		}
	}
}

// BenchmarkLoad is what a start of the program costs: read, parse and render the whole course.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, problems := lessons.Load(lessons.Builtin); problems != nil {
			b.Fatal(problems)
		}
	}
}
