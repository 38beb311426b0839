package lessons_test

import (
	"os"
	"strings"
	"testing"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// Every scenario of the gallery runs, ends, keeps its expectations, and is told in words in both languages.
func TestGallery(t *testing.T) {
	library, problems := lessons.Load(lessons.Builtin)
	problems = append(problems, library.Check()...)
	if problems != nil {
		t.Fatal(problems)
	}
	words, err := lessons.LoadWords(os.DirFS("../static"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(library.Gallery()); n < 10 {
		t.Fatalf("only %d scenarios", n)
	}
	for _, e := range library.Gallery() {
		if library.Example(e.Name) != e {
			t.Errorf("%s is not found by its name", e.Name)
		}
		if strings.Contains(e.Text, "# en:") || e.Text == "" {
			t.Errorf("%s begins with its titles: %q", e.Name, e.Text)
		}
		session, err := sim.Open(e.Scenario, nil)
		if err != nil {
			t.Fatal(err)
		}
		events, end := session.Next(0, 2000)
		if !end || len(events) < 5 {
			t.Errorf("%s has %d events, end %v", e.Name, len(events), end)
		}
		for lang, w := range words {
			if e.Title(lang) == "" || e.Line(lang) == "" {
				t.Errorf("%s has no title in %s", e.Name, lang)
			}
			for i, line := range w.Transcript(events) {
				if line.What == "" || strings.ContainsAny(line.What, "{}") {
					t.Errorf("%s in %s: event %d, %+v, is told as %+v", e.Name, lang, i, events[i], line)
				}
			}
		}
	}
}
