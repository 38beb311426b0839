package main

import (
	"fmt"
	"strings"

	"fourwaves/lessons"
	"fourwaves/lessons/ladder"
)

type lintCommand struct {
	Dir string `arg:"" optional:"" name:"DIR" type:"path" help:"Folder of lessons, with en/ and zh/ in it; without it the built-in lessons."`
}

// Run prints every problem as file:line:col with the line and a caret, and then what was looked at, so that silence is not
// mistaken for health.
func (c lintCommand) Run(out streams) error {
	folder, name, err := lessonFolder(c.Dir)
	if err != nil {
		return err
	}
	library, problems := lessons.Load(folder)
	notice := progressOf(out.err)
	problems = append(problems, library.CheckTelling(func(figure string) { notice.say("running %s", figure) })...)
	notice.clear()
	for _, p := range problems {
		fmt.Fprintln(out.out, p.Error())
		if strings.TrimSpace(p.Source) != "" {
			fmt.Fprintf(out.out, "    %s\n    %s^\n", p.Source, blank(p.Source, p.Col-1))
		}
	}
	files := 0
	for _, lang := range lessons.Languages {
		for _, l := range library.Lessons(lang) {
			if l.Lang == lang {
				files++
			}
		}
		for _, slug := range library.Untranslated(lang) {
			fmt.Fprintf(out.out, "note: lesson %s is not there in %s; readers get it in another language\n", slug, lang)
		}
	}
	figures, expectations := library.Runnable()
	fmt.Fprintf(out.out, "checked %s in %s: %s run and held against %s\n",
		count(files, "file"), name, count(figures, "figure"), count(expectations, "expectation"))
	if broken := len(library.Figures()) - figures; broken > 0 {
		fmt.Fprintf(out.out, "not run: %s with problems\n", count(broken, "figure"))
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s in %s", count(len(problems), "problem"), name)
	}
	return nil
}

// blank is as wide as the first n characters of a line.
func blank(line string, n int) string {
	var b strings.Builder
	for i, r := range []rune(line) {
		if i >= n {
			break
		}
		if r == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteString(strings.Repeat(" ", ladder.Columns(string(r))))
	}
	return b.String()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
