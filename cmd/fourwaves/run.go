package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fourwaves/lessons"
	"fourwaves/sim"
	"fourwaves/static"
)

type runCommand struct {
	File   string   `arg:"" name:"FILE[#figure]" help:"Scenario file, lesson (en/some-lesson.md), name of a built-in lesson, or - for standard input."`
	Edit   []string `short:"e" sep:"none" placeholder:"LINE" help:"Edit to run it under, as it stands in a link: 'drop client ACK#1'. May be repeated."`
	Lang   string   `default:"en" enum:"en,zh" help:"Language of the transcript: en or zh."`
	Format string   `default:"text" enum:"text,json,terse" help:"text in words, json with one event per line (fields as in package sim), terse as in the engine's own tests."`
}

func (c runCommand) Run(out streams) error {
	scenario, err := c.scenario(out.in)
	if err != nil {
		return err
	}
	session, err := sim.Open(scenario, c.Edit)
	if err != nil {
		return fmt.Errorf("--edit: %w", err)
	}
	var events []sim.Event
	for end := false; !end; {
		var more []sim.Event
		more, end = session.Next(len(events), 1024)
		events = append(events, more...)
	}
	w := bufio.NewWriter(out.out)
	if err := c.print(w, events); err != nil {
		return err
	}
	return w.Flush()
}

func (c runCommand) print(w io.Writer, events []sim.Event) error {
	switch c.Format {
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		for _, e := range events {
			if err := encoder.Encode(e); err != nil {
				return err
			}
		}
	case "terse":
		sim.WriteTranscript(w, events)
	default:
		words, err := lessons.LoadWords(static.FS)
		if err != nil {
			return err
		}
		lines := words[c.Lang].Transcript(events)
		when, who := 0, 0
		for _, line := range lines {
			when, who = max(when, width(line.Time)), max(who, width(line.Who))
		}
		for _, line := range lines {
			fmt.Fprintf(w, "%s%s  %s%s  %s\n", pad(when, line.Time), line.Time, line.Who, pad(who, line.Who), line.What)
		}
	}
	return nil
}

// scenario finds what to run.
func (c runCommand) scenario(stdin io.Reader) (*sim.Scenario, error) {
	file, figure, _ := strings.Cut(c.File, "#")
	if strings.HasSuffix(file, ".md") {
		return fromLesson(file, figure)
	}
	text, err := readScenario(file, stdin)
	if errors.Is(err, fs.ErrNotExist) {
		if scenario, err := fromBuiltin(file, figure); scenario != nil || err != nil {
			return scenario, err
		}
		return nil, fmt.Errorf("there is no file %s, and no built-in lesson of that name", file)
	}
	if err != nil {
		return nil, err
	}
	scenario, err := sim.Parse(text)
	var problems sim.Problems
	if errors.As(err, &problems) {
		return nil, placed(file, text, problems)
	}
	return scenario, err
}

func readScenario(file string, stdin io.Reader) (string, error) {
	if file == "-" {
		data, err := io.ReadAll(io.LimitReader(stdin, sim.MaxScript+1))
		return string(data), err
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return "", fmt.Errorf("%s is a folder; run takes a file, lint takes a folder", file)
	}
	data, err := lessons.ReadRegular(os.DirFS(filepath.Dir(file)), filepath.Base(file), sim.MaxScript)
	return string(data), err
}

// placed gives the engine's problems their file, in the form that lint prints.
func placed(file, text string, found sim.Problems) error {
	lines := strings.Split(text, "\n")
	var problems lessons.Problems
	for _, p := range found {
		placed := lessons.Problem{File: file, Line: p.Line, Col: p.Col, Message: p.Message, Suggest: p.Suggest}
		if p.Line >= 1 && p.Line <= len(lines) {
			placed.Source = lines[p.Line-1]
		}
		problems = append(problems, placed)
	}
	return fmt.Errorf("the scenario has problems:\n%w", problems)
}

// fromLesson reads the whole folder, since the figure may stand in the sibling language's file.
func fromLesson(file, figure string) (*sim.Scenario, error) {
	full, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(full); err != nil {
		return nil, fmt.Errorf("there is no file %s", file)
	}
	lang := filepath.Base(filepath.Dir(full))
	if !slices.Contains(lessons.Languages, lang) {
		return nil, fmt.Errorf("%s: a lesson lies in a folder of its language, as in en/%s", file, filepath.Base(file))
	}
	folder, _, err := lessonFolder(filepath.Dir(filepath.Dir(full)))
	if err != nil {
		return nil, err
	}
	library, problems := lessons.Load(folder)
	slug := strings.TrimSuffix(filepath.Base(full), ".md")
	scenario, err := pick(library, slug, figure)
	if err == nil {
		return scenario, nil
	}
	var own lessons.Problems
	for _, p := range problems {
		if strings.HasSuffix(p.File, "/"+slug+".md") {
			own = append(own, p)
		}
	}
	if len(own) > 0 {
		return nil, fmt.Errorf("the lesson has problems:\n%w", own)
	}
	return nil, err
}

func fromBuiltin(slug, figure string) (*sim.Scenario, error) {
	library, _ := lessons.Load(lessons.Builtin)
	if library.Lesson("en", slug) == nil {
		return nil, nil
	}
	return pick(library, slug, figure)
}

// pick finds a lesson's figure; a lesson with one figure needs no name.
func pick(library *lessons.Library, slug, name string) (*sim.Scenario, error) {
	var names []string
	var found *lessons.Figure
	for _, fig := range library.Figures() {
		if fig.Slug != slug {
			continue
		}
		names = append(names, fig.Name)
		if fig.Name == name || name == "" {
			found = fig
		}
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("lesson %s has no figure", slug)
	case name == "" && len(names) > 1:
		return nil, fmt.Errorf("lesson %s has more than one figure; name one: %s", slug, "#"+strings.Join(names, ", #"))
	case found == nil:
		return nil, fmt.Errorf("lesson %s has no figure %q; there are %s", slug, name, strings.Join(names, ", "))
	case found.Scenario == nil:
		return nil, fmt.Errorf("figure %s has problems; fourwaves lint shows them", found.ID())
	}
	return found.Scenario, nil
}

// width is how many columns a terminal gives a text: Chinese characters take two.
func width(text string) int {
	n := 0
	for _, r := range text {
		n += columns(r)
	}
	return n
}

func columns(r rune) int {
	if r >= 0x2e80 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xff00 && r <= 0xff60 {
		return 2
	}
	return 1
}

func pad(to int, text string) string { return strings.Repeat(" ", max(0, to-width(text))) }
