package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"fourwaves/lessons"
	"fourwaves/lessons/ladder"
)

type lintCommand struct {
	Format string `default:"text" enum:"text,json,sarif" help:"How problems are told: text for people, json and sarif (2.1.0) for editors and builds. The exit code is 0 without problems and 1 with."`
	Dir    string `arg:"" optional:"" name:"DIR" type:"path" help:"Folder of lessons, with en/ and zh/ in it; without it the built-in lessons."`
}

// Run prints every problem as file:line:col with the line and a caret, and then what was looked at, so that silence is not
// mistaken for health.
func (c lintCommand) Run(out streams) error {
	folder, name, err := lessonFolder(c.Dir)
	if err != nil {
		return err
	}
	library, words, problems, err := loadLessons(folder)
	if err != nil {
		return err
	}
	notice := progressOf(out.err)
	tell := func(figure string) { notice.say("running %s", figure) }
	problems = append(problems, library.CheckTelling(tell)...)
	guide, found := lessons.LoadGuide(folder)
	if guide != nil {
		problems = append(append(problems, found...), guide.CheckTelling(tell)...)
	}
	problems.Sort()
	notice.clear()
	switch c.Format {
	case "json":
		err = writeJSON(out.out, name, problems)
	case "sarif":
		err = writeSARIF(out.out, c.Dir, problems)
	default:
		writeText(out.out, name, library, words, problems)
		if guide != nil {
			figures, expectations := guide.Runnable()
			fmt.Fprintf(out.out, "and the teacher's guide: %s run and held against %s\n", count(figures, "figure"), count(expectations, "expectation"))
		}
	}
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("%s in %s", count(len(problems), "problem"), name)
	}
	return err
}

// writeText tells people, and says what was looked at too.
func writeText(out io.Writer, name string, library *lessons.Library, words lessons.Catalogue, problems lessons.Problems) {
	for _, p := range problems {
		fmt.Fprintln(out, p.Error())
		if strings.TrimSpace(p.Source) != "" {
			fmt.Fprintf(out, "    %s\n    %s^\n", p.Source, blank(p.Source, p.Col-1))
		}
	}
	files, builtin := 0, 0
	twin := "" // a file that one may write
	for _, lang := range library.Languages() {
		if w := words[lang]; w.Own < w.All {
			fmt.Fprintf(out, "note: %s/words.json has %d of %d texts; the pages say the others in English\n", lang, w.Own, w.All)
		}
		for _, l := range library.Lessons(lang) {
			switch {
			case l.Lang != lang: // stands in for one that is missing
			case library.Owns(l.File):
				files++
			default:
				builtin++
			}
		}
		for _, slug := range library.Untranslated(lang) {
			fmt.Fprintf(out, "note: lesson %s is not there in %s; readers get it in another language\n", slug, lang)
			twin = lang + "/" + slug + ".md"
		}
	}
	if twin != "" {
		fmt.Fprintf(out, "note: that is allowed, for a folder may have one language; a lesson becomes the twin of another by its file's name, such as %s, and shows its figures with empty fences\n", twin)
	}
	figures, expectations := library.Runnable()
	under := ""
	if builtin > 0 {
		under = fmt.Sprintf(" and %s of the program", count(builtin, "file"))
	}
	fmt.Fprintf(out, "checked %s in %s%s: %s run and held against %s\n",
		count(files, "file"), name, under, count(figures, "figure"), count(expectations, "expectation"))
	if broken := len(library.Figures()) - figures; broken > 0 {
		fmt.Fprintf(out, "not run: %s with problems\n", count(broken, "figure"))
	}
}

// writeJSON tells programs of our own kind: one object, whose problems have what the text has.
func writeJSON(out io.Writer, folder string, problems lessons.Problems) error {
	type problem struct {
		File    string `json:"file"` // in the folder
		Line    int    `json:"line"`
		Column  int    `json:"column"` // from 1, in characters
		Message string `json:"message"`
		Suggest string `json:"suggest,omitempty"`
		Source  string `json:"source,omitempty"`
	}
	told := struct {
		Folder   string    `json:"folder"`
		Problems []problem `json:"problems"`
	}{folder, []problem{}}
	for _, p := range problems {
		told.Problems = append(told.Problems, problem{p.File, p.Line, p.Col, p.Message, p.Suggest, p.Source})
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(told)
}

// writeSARIF tells the programs that show findings beside a change: the static analysis results interchange format, of which
// this is the small part that every reader of it needs.
func writeSARIF(out io.Writer, dir string, problems lessons.Problems) error {
	type object = map[string]any
	results := []object{}
	for _, p := range problems {
		message := p.Message
		if p.Suggest != "" {
			message += fmt.Sprintf("; did you mean %q?", p.Suggest)
		}
		place := object{"artifactLocation": object{"uri": (&url.URL{Path: p.File}).String(), "uriBaseId": "LESSONS"}}
		if p.Line > 0 {
			region := object{"startLine": p.Line, "startColumn": max(1, p.Col)}
			if p.Source != "" {
				region["snippet"] = object{"text": p.Source}
			}
			place["region"] = region
		}
		results = append(results, object{"ruleId": "lesson", "level": "error", "message": object{"text": message}, "locations": []object{{"physicalLocation": place}}})
	}
	run := object{
		"tool": object{"driver": object{
			"name":  "fourwaves",
			"rules": []object{{"id": "lesson", "shortDescription": object{"text": "A lesson says only what its figures show."}}},
		}},
		"columnKind": "unicodeCodePoints",
		"results":    results,
	}
	if dir != "" {
		run["originalUriBaseIds"] = object{"LESSONS": object{"uri": (&url.URL{Scheme: "file", Path: filepath.ToSlash(dir) + "/"}).String()}}
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(object{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": []object{run}})
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
