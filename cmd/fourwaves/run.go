package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"fourwaves/lessons"
	"fourwaves/lessons/ladder"
	"fourwaves/sim"
	"fourwaves/sim/capture"
	"fourwaves/static"
)

// what names a run; run and ss share it.
type what struct {
	File string   `arg:"" name:"FILE[#figure]" help:"Scenario file, lesson (en/some-lesson.md), name of a built-in lesson, or - for standard input."`
	Edit []string `short:"e" sep:"none" placeholder:"LINE" help:"Edit to run it under, as it stands in a link: 'drop client ACK#1'. May be repeated."`
}

type runCommand struct {
	what
	view
}

// A view is how a run is shown; run and import share it.
type view struct {
	Lang   string `default:"en" enum:"en,zh" help:"Language: en or zh."`
	Format string `default:"text" enum:"text,list,json,mermaid,pcapng,terse" help:"text is a ladder, list the same in sentences, json one event per line (fields as in package sim), mermaid a sequenceDiagram, pcapng a capture for Wireshark, terse as in the engine's own tests."`
	Output string `short:"o" placeholder:"FILE" help:"Write into this file instead of standard output."`
	Plain  bool   `help:"No colours. They are used on a terminal only, and not when NO_COLOR is set."`
	ASCII  bool   `name:"ascii" help:"Draw the ladder with ASCII characters."`
	Width  int    `placeholder:"COLUMNS" help:"Width of the ladder; that of the terminal, else ${width}."`
	Tap    string `placeholder:"HOST" help:"Where the capture is made: at this host. Without it everything is seen when it is sent."`
}

const usualWidth = 80

func (c runCommand) Run(io streams) error {
	events, err := c.run(io)
	if err != nil {
		return err
	}
	return c.show(io, events)
}

// show writes a run where and how it was asked for.
func (v view) show(io streams, events []sim.Event) error {
	if v.Tap != "" && v.Format != "pcapng" {
		return fmt.Errorf("--tap says where a capture is made; it goes with --format pcapng")
	}
	if v.Output != "" {
		file, err := os.Create(v.Output)
		if err != nil {
			return err
		}
		return errors.Join(v.print(file, events), file.Close())
	}
	if _, terminal := terminalWidth(io.out); terminal && v.Format == "pcapng" {
		return fmt.Errorf("a capture is nothing for a terminal; write it into a file: -o run.pcapng")
	}
	return v.print(io.out, events)
}

// run computes the events.
func (c what) run(io streams) ([]sim.Event, error) {
	scenario, err := c.scenario(io.in)
	if err != nil {
		return nil, err
	}
	notice := progressOf(io.err)
	defer notice.clear()
	var session *sim.Session
	session, err = sim.OpenWithin(scenario, c.Edit, sim.Bounds{Pause: func() bool {
		notice.say("the run has reached %v", time.Duration(session.Reached())*time.Microsecond)
		return false
	}})
	if err != nil {
		return nil, fmt.Errorf("--edit: %w", err)
	}
	var events []sim.Event
	for end := false; !end; {
		var more []sim.Event
		more, end = session.Next(len(events), 1024)
		events = append(events, more...)
	}
	return events, nil
}

func (v view) print(w io.Writer, events []sim.Event) error {
	switch v.Format {
	case "json":
		return printJSON(w, events)
	case "terse":
		return sim.WriteTranscript(w, events)
	case "pcapng":
		return capture.Write(w, events, v.Tap)
	}
	all, err := lessons.LoadWords(static.FS)
	if err != nil {
		return err
	}
	words := all[v.Lang]
	switch v.Format {
	case "mermaid":
		return ladder.Mermaid(w, words, events)
	case "list":
		return printList(w, words.Transcript(events))
	}
	columns, terminal := terminalWidth(w)
	if v.Width > 0 {
		columns = v.Width
	}
	colour := terminal && !v.Plain && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return ladder.Write(w, words, events, ladder.Style{Width: columns, ASCII: v.ASCII, Colour: colour})
}

// terminalWidth is how many columns the reader has, and whether it is a terminal that they read on.
func terminalWidth(w io.Writer) (columns int, terminal bool) {
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil {
			return columns, true
		}
		return usualWidth, true
	}
	return usualWidth, false
}

func printJSON(w io.Writer, events []sim.Event) error {
	out := bufio.NewWriter(w)
	var encoder sim.Encoder
	var line []byte
	for i := range events {
		line = append(encoder.Append(line[:0], &events[i]), '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

func printList(w io.Writer, lines []lessons.Line) error {
	out := bufio.NewWriter(w)
	when, who := 0, 0
	for _, line := range lines {
		when, who = max(when, ladder.Columns(line.Time)), max(who, ladder.Columns(line.Who))
	}
	for _, line := range lines {
		fmt.Fprintf(out, "%s%s  %s%s  %s\n", pad(when, line.Time), line.Time, line.Who, pad(who, line.Who), line.What)
	}
	return out.Flush()
}

func pad(to int, text string) string { return strings.Repeat(" ", max(0, to-ladder.Columns(text))) }

// scenario finds what to run.
func (c what) scenario(stdin io.Reader) (*sim.Scenario, error) {
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
