// Package lessons is the course: Markdown files by language, and what is wrong with them.
//
// A folder of lessons looks like this, and a teacher's own folder is no different from the one in this package, which is
// embedded in the program:
//
//	en/lost-last-ack.md     the file's name is the lesson's address: /en/lessons/lost-last-ack
//	zh/lost-last-ack.md     the same lesson in Chinese
//	en/port.png             pictures lie beside the text that shows them
//	fr/words.json           a language that the program does not speak: what its pages say (languages.go)
//	course.yaml             its title, and whether the program's lessons are there too (course.go)
//	glossary.yaml           the terms, which the lessons link (glossary.go)
//	gallery/01-rst.txt      a scenario to begin with in the sandbox (gallery.go)
//
// And guide/en/figures.md is a page of the teacher's guide, which is written as lessons are and comes with the program (guide.go).
//
// A file starts with front matter (title, summary, number; after, if it builds on others) between two lines of three dashes. What follows is Markdown,
// and a fence of the kind `tcp` is a figure that runs:
//
//	```tcp lost-ack
//	msl 3s
//	at 0s client close
//	at 200ms server close
//	```
//
// A fence with a body defines the figure, an empty one of the same name shows the figure that the sibling language's file
// defines. So the scenario is written once and each language has only its own words.
//
// Four things make a figure more than a film. They belong to the figure above them, and name what happens in it by
// expressions ([Functions] is the table of what these may call):
//
//	The wait ends at {= enter(client, CLOSED) =}.           a number in the text, printed from the run; inline.go
//	{= lost-ack with drop client ACK#2: tx(server, FIN) =}   of a figure or a try by its name, under edits
//
//	```predict fins                    playback stops, the reader answers, the engine judges; predict.go
//	ask: How many FINs will the server send in all?
//	why: Nobody acknowledges the first one, so it is sent again.
//	kind: number                       or state, time, segment, arrow, wait, pick
//	before: sent(client, ACK, 1)       events from this time on are not shown before the answer
//	answer: tx(server, FIN)
//	```
//
//	```challenge reset                 a goal for the reader's own run; challenge.go
//	ask: Make the server end with a reset, by losing segments only.
//	hint: How long is the gap between two FINs?
//	goal: endReason(server) == "rst"
//	allow: drop client                 beginnings of edits; without it every edit is allowed
//	edits: 4                           how many at most
//	solution: drop client ACK#2        one line for each edit; lint runs it
//	```
//
//	```try second-loss                 the figure under edits, to compare it with: a button on the page; try.go
//	ask: The second ACK is lost, too
//	why: The server sends {= tx(server, FIN) =} FINs now.
//	edit: drop client ACK#2            one line for each edit
//	expect: tx(server, FIN) == 3       true under the edits
//	```
//
//	```say when: server enters LAST_ACK   a caption, cued by the run; caption.go
//	Both have said goodbye, and one ACK is missing.
//	```
//
//	<!-- after lost-ack -->            text from here on is read when that figure's predictions are answered, as is what stands
//	                                   right below the figure; sequel.go
//
// Further keys of predict: `choices` (of a state or a segment: `client ACK, server FIN, nobody`), `within` (how far off a
// time may be), `range` (the stretch of time that an arrow or the end of a wait is drawn on: `0s..10s`); and for pick as many
// lines `choice: expression` as `label: text`, of which exactly one is true. ask, why, hint and label are words: each
// language's file has its own, in a fence of the same name. All other keys stand in one language only.
//
// The tour: [Load] reads a folder and returns the [Library] together with every [Problem] in it, each with file, line and
// column (load.go is the folder, front.go, parse.go and links.go one file, unclosed.go fences without an end, fence.go what is
// asked of figures, sequel.go what is told after the answers, languages.go what a folder says in others than ours, guide.go what the teacher's guide adds). Expressions are
// ask.go, what they may call is functions.go, and what they ask is trace.go. [Library.Check] also runs each figure and holds
// it against its `expect` lines; that is what `fourwaves lint` and this package's test do, so that a lesson cannot say what a
// run does not do. A [Lesson] is a list of blocks, HTML and figures by turns: package web puts its own component at each
// figure. words.go is the catalogue of sentences, which say in every language what an event is.
//
// Decision, 2026-11-22: teachers' HTML is not passed through. A lesson is text that a stranger may have sent, and the page
// it is shown on is strict about scripts and styles anyway, so HTML is reported instead of silently dropped.
package lessons

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"fourwaves/sim"
)

// Builtin is the course that comes with the program.
//
//go:embed en zh gallery glossary.yaml guide
var Builtin embed.FS

// Limits. A folder that goes over one is told so; nothing is cut in silence.
const (
	maxLessons = 500       // files in one language
	maxFile    = 256 << 10 // bytes of one Markdown file
	maxImage   = 2 << 20   // bytes of one picture
	maxFigures = 16        // figures in one lesson: package web lets one page open as many
	maxAsks    = 40        // predictions, challenges, tries and captions in one lesson
	maxTitle   = 120       // characters
	maxSummary = 400       // characters
	maxNumber  = 999       // of a lesson
	maxNamed   = 20        // names listed in one message
)

// A Library is a folder of lessons, read whole.
type Library struct {
	fsys     fs.FS
	lessons  map[string]map[string]*Lesson // by language, then slug
	figures  map[string]*Figure            // by ID
	images   map[string]bool               // paths that some lesson shows
	gallery  []*Example
	glossary []*Term
	sources  map[string][]string // lines of each file, for problems
	added    []string            // languages that the program does not speak
	title    map[string]string   // by language, "" for all; of a folder that has one
	shelf    string              // what its slugs begin with: guidePrefix, or nothing

	Guide *Library // its figures and pictures are served beside the course's; nil for none
}

// A Lesson in one language.
type Lesson struct {
	Lang, Slug     string
	File           string // path in the folder
	Title, Summary string
	Number         int      // place in the course, the same in every language
	After          []string // lessons that it builds on
	Blocks         []Block
}

// A Block of a lesson is text that is already HTML, a figure, or a passage that is shown beside its source.
type Block struct {
	HTML   string
	Sequel []*Figure // of text: the figures whose questions come before it
	Figure *Figure   // nil for text
	Source string    // of a passage, "" for what is none
	Shows  []Block   // what that source makes
}

// A Figure is a scenario with a name, shown by a lesson in all its languages.
type Figure struct {
	Slug, Name string
	File       string // where its body stands
	Line       int    // of the opening fence; the scenario's line 1 is the next
	indent     int    // columns that the body is set in by
	Text       string
	Scenario   *sim.Scenario

	Predictions []*Prediction // in the order in which the run comes to them
	Challenges  []*Challenge
	Tries       []*Try
	Captions    []*Caption
}

// ID names the figure on the wire: lesson/figure.
func (f *Figure) ID() string { return f.Slug + "/" + f.Name }

// A Problem is something to put right in a lesson.
type Problem struct {
	File      string
	Line, Col int // from 1
	Message   string
	Suggest   string // the word that was probably meant, if any
	Source    string // the line itself
}

// Error is the form that editors and terminals turn into a link.
func (p Problem) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Message)
	if p.Suggest != "" {
		text += fmt.Sprintf("; did you mean %q?", p.Suggest)
	}
	return text
}

// Problems in the order of a reader: file, line, column.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Sort puts them into that order.
func (ps Problems) Sort() {
	sort.SliceStable(ps, func(i, j int) bool {
		a, b := ps[i], ps[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
}

// Lesson finds a lesson. When the language has no such lesson, another language's is returned (its Lang tells), because a
// lesson to be read with effort is better than none; nil when there is none at all.
func (lib *Library) Lesson(lang, slug string) *Lesson {
	if l := lib.lessons[lang][slug]; l != nil {
		return l
	}
	for _, other := range lib.Languages() {
		if l := lib.lessons[other][slug]; l != nil {
			return l
		}
	}
	return nil
}

// Lessons lists the course in its order for a reader of lang, with what is missing in that language filled in.
func (lib *Library) Lessons(lang string) []*Lesson {
	var list []*Lesson
	for _, slug := range lib.slugs() {
		list = append(list, lib.Lesson(lang, slug))
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Number < list[j].Number })
	return list
}

// Untranslated lists the lessons that a language lacks. It is no mistake, only something to know.
func (lib *Library) Untranslated(lang string) []string {
	var list []string
	for _, slug := range lib.slugs() {
		if lib.lessons[lang][slug] == nil {
			list = append(list, slug)
		}
	}
	return list
}

func (lib *Library) slugs() []string {
	seen := map[string]bool{}
	for _, byslug := range lib.lessons {
		for slug := range byslug {
			seen[slug] = true
		}
	}
	list := make([]string, 0, len(seen))
	for slug := range seen {
		list = append(list, slug)
	}
	sort.Strings(list)
	return list
}

// Figure finds a figure by the name that the wire uses.
func (lib *Library) Figure(id string) *Figure {
	if strings.HasPrefix(id, guidePrefix) && lib.Guide != nil {
		return lib.Guide.figures[id]
	}
	return lib.figures[id]
}

// Figures lists all figures by ID.
func (lib *Library) Figures() []*Figure {
	list := make([]*Figure, 0, len(lib.figures))
	for _, f := range lib.figures {
		list = append(list, f)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID() < list[j].ID() })
	return list
}

// Image reads a picture that some lesson shows. Other files of the folder are nobody's business.
func (lib *Library) Image(name string) ([]byte, error) {
	if strings.HasPrefix(name, guidePrefix) && lib.Guide != nil {
		lib = lib.Guide
	}
	if !lib.images[name] {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return ReadRegular(lib.fsys, name, maxImage)
}

// Check runs every figure and every scenario of the gallery and holds it against its expectations.
func (lib *Library) Check() Problems { return lib.CheckTelling(func(string) {}) }

// CheckTelling is Check that names each figure before its run.
func (lib *Library) CheckTelling(now func(figure string)) Problems {
	var problems Problems
	for _, fig := range lib.Figures() {
		now(fig.ID())
		if fig.Scenario != nil {
			problems = append(problems, lib.within(fig, fig.Scenario.Check())...)
		}
	}
	for _, e := range lib.gallery {
		problems = append(problems, lib.inFile(e.File, e.Scenario.Check())...)
	}
	problems.Sort()
	return problems
}

// Runnable counts the figures whose scenario makes sense, and their `expect` lines.
func (lib *Library) Runnable() (figures, expectations int) {
	for _, fig := range lib.figures {
		if fig.Scenario == nil {
			continue
		}
		figures++
		for line := range strings.Lines(fig.Text) {
			if strings.HasPrefix(strings.TrimSpace(line), "expect ") {
				expectations++
			}
		}
	}
	return figures, expectations
}

// within moves the engine's problems from the scenario to the file that the scenario stands in.
func (lib *Library) within(fig *Figure, found sim.Problems) Problems {
	var problems Problems
	for _, p := range found {
		line := fig.Line + max(p.Line, 1)
		problems = append(problems, Problem{
			File: fig.File, Line: line, Col: fig.indent + max(p.Col, 1),
			Message: fmt.Sprintf("figure %q: %s", fig.Name, p.Message), Suggest: p.Suggest,
			Source: lib.line(fig.File, line),
		})
	}
	return problems
}

func (lib *Library) line(file string, n int) string {
	if lines := lib.sources[file]; n >= 1 && n <= len(lines) {
		return lines[n-1]
	}
	return ""
}

// imageTypes are the pictures that a lesson may show.
var imageTypes = map[string]string{
	".gif": "image/gif", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".png": "image/png", ".svg": "image/svg+xml", ".webp": "image/webp",
}

// ImageType is the media type of a picture, "" for what is none.
func ImageType(name string) string { return imageTypes[strings.ToLower(path.Ext(name))] }
