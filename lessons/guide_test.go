package lessons

import (
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"fourwaves/sim"
)

func builtinGuide(t *testing.T) *Library {
	t.Helper()
	guide, problems := LoadGuide(Builtin)
	for _, p := range append(problems, guide.Check()...) {
		t.Error(p)
	}
	return guide
}

// TestGuide: the guide is held to what the course is held to, and the course is none the longer for it.
func TestGuide(t *testing.T) {
	guide := builtinGuide(t)
	course, _ := Load(Builtin)
	course.Guide = guide
	for _, lang := range Languages {
		if missing := guide.Untranslated(lang); len(missing) > 0 || len(guide.Lessons(lang)) < 4 {
			t.Errorf("%s: %d pages, without %v", lang, len(guide.Lessons(lang)), missing)
		}
		if course.Lesson(lang, "guide/first-lesson") != nil {
			t.Error("a page of the guide is a lesson of the course")
		}
	}
	if course.Figure("guide/first-lesson/impatient") == nil || course.Figure("lost-last-ack/lost-ack") == nil {
		t.Error("the figures of guide and course are not side by side")
	}
	if _, err := course.Image("guide/en/two-hosts.svg"); err != nil {
		t.Error(err)
	}
	for _, fig := range guide.Figures() {
		if !strings.Contains(fig.Text, "expect ") {
			t.Errorf("figure %s claims nothing", fig.ID())
		}
	}
}

// told is all that the guide says in a language: the sources that it shows live, and its whole text.
func told(guide *Library, lang string) (shown, text string) {
	tags := regexp.MustCompile(`<[^>]*>`)
	for _, l := range guide.Lessons(lang) {
		for _, b := range l.Blocks {
			shown += b.Source + "\n"
			text += b.Source + "\n" + html.UnescapeString(tags.ReplaceAllString(b.HTML, "")) + "\n"
		}
	}
	return shown, text
}

// TestGuideShowsEverything: whatever the parsers know is shown live, or at least told, in both languages. The words of the
// notation are asked of the parser itself, by what it offers an editor.
func TestGuideShowsEverything(t *testing.T) {
	guide := builtinGuide(t)
	for _, lang := range Languages {
		shown, text := told(guide, lang)
		live := func(what, source string) {
			if !strings.Contains("\n"+shown, source) {
				t.Errorf("%s: %s is not shown: %q", lang, what, source)
			}
		}
		told := func(what, word string) {
			if !regexp.MustCompile(`(^|[^\w-])` + regexp.QuoteMeta(word) + `([^\w-]|$)`).MatchString(text) {
				t.Errorf("%s: %s is not told: %q", lang, what, word)
			}
		}
		for _, kind := range []string{figureFence, predictFence, challengeFence, tryFence, sayFence} {
			live("a fence", "\n```"+kind+" ")
			for _, keys := range []map[string]bool{wordKeys[kind], logicKeys[kind]} {
				for key := range keys {
					live("a key of "+kind, "\n"+key+": ")
				}
			}
		}
		told("a fence", referenceFence)
		for _, mark := range []string{showMark, endMark} {
			told("a mark", mark)
		}
		for _, kind := range kindsOfAnswer {
			live("a kind of prediction", "\nkind: "+kind+"\n")
		}
		for _, f := range cueForms {
			if !slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool {
				return slices.ContainsFunc(regexp.MustCompile(`[,、]\s*|when: `).Split(line, -1), f.form.MatchString)
			}) {
				t.Errorf("%s: no cue is written as %s", lang, f.form)
			}
		}
		for _, f := range Functions {
			told("a function", f.Name+"("+f.Takes+"): "+f.gives().in(lang))
		}
		for _, key := range frontKeys {
			told("a key of front matter", key)
		}
		for name := range references {
			told("a reference", name)
		}
		live("an inline expression", "{= enter(")
		live("an inline expression under edits", "{= with ")
		live("an inline expression of a figure by name", "{= numbers: ")
		live("a picture", "![")
		for _, line := range []string{
			"", "at 0s ", "link ", "at 0s client ", "client: ", "client: setsockopt c ", "profile ", "restart ", "start ", "isn ", "knob ", "knob client ",
			"button ", "expect client TIME_WAIT ", "rule ", "rule drop client ", "rule delay client ", "inject client ",
		} {
			for _, word := range sim.Complete("", line).Words {
				told("a word after "+line, strings.TrimRight(word, "=:"))
			}
		}
		for _, line := range []string{"load client ", "client: http ", "server: http "} {
			if words := sim.Complete("", line+"x").Words; len(words) > 0 {
				t.Errorf("the parser now offers %v after %q: ask for them here", words, line)
			}
		}
		for _, word := range sim.Complete("", "").Words {
			if line := regexp.MustCompile(`(?m)^(at \S+ )?` + word + ` `); !line.MatchString(shown) {
				t.Errorf("%s: no figure has a line of the kind %q", lang, word)
			}
		}
	}
}

// TestShown: the source is that of the file, with what stands in the other language put in.
func TestShown(t *testing.T) {
	const head = "---\ntitle: T\nsummary: S\nnumber: 1\n---\n"
	library, problems := Load(mapFS(map[string]string{
		"en/a.md": head + "<!-- show -->\n\nText *a*.\n\n```tcp f\nmsl 2s\nat 0s client close\n```\n\n```predict p\nask: How many?\nkind: number\nanswer:\n  tx(client,\n  FIN)\n```\n\n<!-- end -->\n\nAfter.\n",
		"zh/a.md": head + "<!-- show -->\n\n文字。\n\n```tcp f\n```\n\n```predict p\nask: 几个？\n```\n\n<!-- end -->\n",
	}))
	if problems != nil {
		t.Fatal(problems)
	}
	english, chinese := library.Lesson("en", "a").Blocks, library.Lesson("zh", "a").Blocks
	if len(english) != 2 || len(english[0].Shows) != 2 || english[0].Shows[1].Figure == nil || len(chinese) != 1 {
		t.Fatalf("blocks: %+v and %+v", english, chinese)
	}
	const logic = "kind: number\nanswer: \n  tx(client,\n  FIN)\n"
	if want := "文字。\n\n```tcp f\nmsl 2s\nat 0s client close\n```\n\n```predict p\nask: 几个？\n" + strings.Replace(logic, "answer: \n  ", "answer: ", 1) + "```"; chinese[0].Source != want {
		t.Errorf("the Chinese source is\n%s\nwant\n%s", chinese[0].Source, want)
	}
	if source := english[0].Source; !strings.HasPrefix(source, "Text *a*.\n\n```tcp f\nmsl 2s\n") || !strings.HasSuffix(source, "  FIN)\n```") {
		t.Errorf("the English source is\n%s", source)
	}
	for text, want := range map[string]string{
		"<!-- show -->\n\nText.\n":          `en/a.md:6:1: what is shown here does not end; close it with a line <!-- end -->`,
		"Text.\n\n<!-- end -->\n":           `en/a.md:8:1: <!-- show --> and <!-- end --> stand by turns, around what is shown beside its source`,
		"```reference\nfunktions\n```\n":    `en/a.md:6:1: there is no reference "funktions"; there are front-matter, functions, names, notation; did you mean "functions"?`,
		"<!-- showy -->\n\n<!-- a note -->": "",
	} {
		_, problems := Load(mapFS(map[string]string{"en/a.md": head + text}))
		if got := problems.Error(); got != want {
			t.Errorf("%q: %s\nwant %s", text, got, want)
		}
	}
	if names := slices.Sorted(maps.Keys(references)); !slices.Equal(names, []string{"front-matter", "functions", "names", "notation"}) {
		t.Errorf("the guide's last page lists the references, which are now %v", names)
	}
}

func mapFS(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}
