package lessons

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"fourwaves/sim"
)

// An Example is a scenario to begin with in the sandbox. It is a file of the notation and nothing more, so that `fourwaves
// run` takes it as it is; its first lines are comments that say what it is, one for each language:
//
//	# en: The first FIN is lost | Nobody answers, so the client sends it again.
//	# zh: 第一个 FIN 丢失 | 没有人应答，客户端再发一次。
//
// They lie in the folder gallery/ beside those of the languages, and their order is that of their files' names.
type Example struct {
	Name     string // of the file, without what orders it: "first-fin-lost"
	File     string
	Text     string
	Scenario *sim.Scenario
	titles   map[string][2]string // by language: title and line
}

// Title says what it is in a few words.
func (e *Example) Title(lang string) string { return e.said(lang)[0] }

// Line says in one sentence what there is to see.
func (e *Example) Line(lang string) string { return e.said(lang)[1] }

func (e *Example) said(lang string) [2]string {
	if said, ok := e.titles[lang]; ok {
		return said
	}
	return e.titles[Languages[0]]
}

// Gallery lists the examples in their order.
func (lib *Library) Gallery() []*Example { return lib.gallery }

// Example finds one by its name; nil when there is none.
func (lib *Library) Example(name string) *Example {
	for _, e := range lib.gallery {
		if e.Name == name {
			return e
		}
	}
	return nil
}

const galleryFolder = "gallery"

func (l *loader) readGallery() {
	files, err := fs.Glob(l.lib.fsys, galleryFolder+"/*.txt")
	if err != nil {
		l.report(galleryFolder, 1, 1, fmt.Sprintf("cannot read the folder: %v", cause(err)), "")
		return
	}
	for _, file := range files {
		if source, ok := l.readFile(file); ok {
			l.example(file, string(source))
		}
	}
}

func (l *loader) example(file, source string) {
	name := strings.TrimLeft(strings.TrimSuffix(path.Base(file), ".txt"), "0123456789-")
	if !slugForm.MatchString(name) {
		l.report(file, 1, 1, fmt.Sprintf("the file's name stands in addresses; %q is not made of a-z, 0-9 and single hyphens", name), sluggish(name))
		return
	}
	if first := l.lib.Example(name); first != nil {
		l.report(file, 1, 1, fmt.Sprintf("%s has that name already", first.File), "")
		return
	}
	e := &Example{Name: name, File: file, titles: map[string][2]string{}}
	var rest []string
	for line := range strings.Lines(source) {
		if lang, said, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "# "), ": "); ok && strings.HasPrefix(line, "# ") && slices.Contains(l.lib.Languages(), lang) {
			title, text, _ := strings.Cut(said, " | ")
			e.titles[lang] = [2]string{strings.TrimSpace(title), strings.TrimSpace(text)}
			continue
		}
		rest = append(rest, line)
	}
	for i, lang := range Languages {
		if said := e.titles[lang]; said[0] == "" || said[1] == "" {
			l.report(file, i+1, 1, fmt.Sprintf("a scenario of the gallery says what it is in every language: # %s: A title | One sentence.", lang), "")
		}
	}
	e.Text = strings.TrimLeft(strings.Join(rest, ""), "\n")
	scenario, err := sim.Parse(source)
	var found sim.Problems
	if errors.As(err, &found) {
		l.problems = append(l.problems, l.lib.inFile(file, found)...)
		return
	}
	e.Scenario = scenario
	l.lib.gallery = append(l.lib.gallery, e)
}

// inFile gives the engine's problems the file that is a scenario from its first line on.
func (lib *Library) inFile(file string, found sim.Problems) (problems Problems) {
	for _, p := range found {
		problems = append(problems, Problem{File: file, Line: max(p.Line, 1), Col: max(p.Col, 1), Message: p.Message, Suggest: p.Suggest, Source: lib.line(file, p.Line)})
	}
	return problems
}
