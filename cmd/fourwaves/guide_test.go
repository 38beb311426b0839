package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"fourwaves/lessons"
)

// TestGuideCommands: what the guide tells a teacher to type is understood, in each language, and all that a teacher needs is
// there.
func TestGuideCommands(t *testing.T) {
	pages := guide()
	for _, lang := range lessons.Languages {
		told := ""
		for _, l := range pages.Lessons(lang) {
			for _, b := range l.Blocks {
				for _, line := range regexp.MustCompile(`(?m)(?:^|<code[^>]*>)fourwaves ([^<\n]+)`).FindAllStringSubmatch(b.HTML, -1) {
					told += line[1] + "\n"
					var p program
					parser, err := kong.New(&p, kong.Vars{"width": "80"})
					if err != nil {
						t.Fatal(err)
					}
					if _, err := parser.Parse(strings.Fields(line[1])); err != nil {
						t.Errorf("%s: fourwaves %s: %v", l.File, line[1], err)
					}
				}
			}
		}
		for _, command := range []string{"new lesson ", "lint ", "serve --lessons ", "run ", "schema\n", "import pcap "} {
			if !strings.Contains("\n"+told, "\n"+command) {
				t.Errorf("%s: the guide does not tell fourwaves %s; it tells\n%s", lang, command, told)
			}
		}
		if !strings.Contains(told, "--watch") {
			t.Errorf("%s: nothing is watched", lang)
		}
	}
}
