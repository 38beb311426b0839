package lessons

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"fourwaves/sim"
)

// slugForm is what a lesson and a figure may be called: it stands in an address and must survive being read out aloud.
var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// A draft is a file between being read and being joined with its siblings.
type draft struct {
	lesson     *Lesson
	source     []byte
	page       *page // nil when the file has no front matter
	refs       []figureRef
	asks       []askRef
	numberLine int
	afterLine  int
}

// A figureRef is one fence of the kind tcp.
type figureRef struct {
	name         string
	line, indent int
	body         string // "" shows the sibling's
}

// Load reads a folder of lessons. The library holds what could be read, so that lint can go on checking; serve it only when
// there are no problems.
func Load(fsys fs.FS) (*Library, Problems) { return load(fsys, "") }

func load(fsys fs.FS, shelf string) (*Library, Problems) {
	l := &loader{headings: map[string]map[string]bool{},
		lib:    &Library{fsys: fsys, shelf: shelf, lessons: map[string]map[string]*Lesson{}, figures: map[string]*Figure{}, images: map[string]bool{}, sources: map[string][]string{}},
		traces: map[string]*Trace{}, misspelt: map[string]bool{},
	}
	if shelf == "" {
		l.readCourse()
		l.readFolder()
		l.readGallery()
	} else {
		for _, lang := range Languages {
			l.readLanguage(lang)
		}
	}
	l.readGlossary()
	// Links between lessons can only be judged when all names are known, so reading and parsing are two passes.
	for _, d := range l.drafts {
		l.parse(d)
	}
	l.defineFigures()
	l.showFigures()
	l.defineAsks()
	for _, d := range l.drafts {
		if d.page != nil {
			d.page.render()
		}
	}
	l.compareNumbers()
	l.joinAfter()
	if len(l.drafts) == 0 && len(l.problems) == 0 {
		l.report(".", 1, 1, "no lessons here: write the first one as en/first-lesson.md", "")
	}
	l.problems.Sort()
	return l.lib, l.problems
}

type loader struct {
	lib      *Library
	drafts   []*draft
	problems Problems
	headings map[string]map[string]bool // anchors, by language and slug
	traces   map[string]*Trace          // of the figures that were run, by ID and log
	misspelt map[string]bool            // files with a cue that is written wrong
	unsure   bool                       // whether the built-in lessons are there: course.yaml has problems of its own
}

func (l *loader) report(file string, line, col int, message, suggest string) {
	l.problems = append(l.problems, Problem{File: file, Line: line, Col: col, Message: message, Suggest: suggest, Source: l.lib.line(file, line)})
}

// readFolder finds the files. What is neither a lesson nor near enough to be mistaken for one is left alone: a teacher may
// keep notes and slides in the same folder.
func (l *loader) readFolder() {
	entries, err := fs.ReadDir(l.lib.fsys, ".")
	if err != nil {
		l.report(".", 1, 1, fmt.Sprintf("cannot read the folder: %v", cause(err)), "")
		return
	}
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case strings.HasPrefix(name, "."):
		case entry.IsDir() && slices.Contains(Languages, name):
			l.readLanguage(name)
		case entry.IsDir() && l.hasWords(name):
			l.addLanguage(name)
		case entry.Type()&fs.ModeSymlink != 0 && languageForm.MatchString(name):
			l.report(name, 1, 1, "a folder of lessons holds its files itself; this is a link to another place", "")
		case entry.IsDir():
			if inside, _ := fs.Glob(l.lib.fsys, name+"/*.md"); len(inside) > 0 && len(name) == 2 {
				l.report(inside[0], 1, 1, fmt.Sprintf("there is no language %q; lessons lie in %s, or in the folder of a language whose words are in its %s", name, strings.Join(Languages, " or "), wordsFile), "")
			}
		case strings.HasSuffix(name, ".md") && !strings.EqualFold(name, "README.md"):
			l.report(name, 1, 1, fmt.Sprintf("a lesson lies in the folder of its language; move this file to %s/%s", Languages[0], name), "")
		}
	}
}

func (l *loader) readLanguage(lang string) {
	l.lib.lessons[lang] = map[string]*Lesson{}
	files, err := fs.Glob(l.lib.fsys, l.lib.shelf+lang+"/*.md")
	if err != nil {
		l.report(lang, 1, 1, fmt.Sprintf("cannot read the folder: %v", cause(err)), "")
		return
	}
	if len(files) > maxLessons {
		l.report(lang, 1, 1, fmt.Sprintf("%d lessons; a language has at most %d", len(files), maxLessons), "")
		return
	}
	for _, file := range files {
		slug := strings.TrimSuffix(path.Base(file), ".md")
		if strings.EqualFold(slug, "README") {
			continue
		}
		source, ok := l.readFile(file)
		if !ok {
			continue
		}
		if !slugForm.MatchString(slug) {
			l.report(file, 1, 1, fmt.Sprintf("the file's name is the lesson's address; %q is not made of a-z, 0-9 and single hyphens", slug), sluggish(slug))
			continue
		}
		slug = l.lib.shelf + slug
		lesson := &Lesson{Lang: lang, Slug: slug, File: file, Title: slug}
		l.lib.lessons[lang][slug] = lesson
		l.drafts = append(l.drafts, &draft{lesson: lesson, source: source})
	}
}

func (l *loader) readFile(file string) ([]byte, bool) {
	source, err := ReadRegular(l.lib.fsys, file, maxFile)
	if err != nil {
		l.report(file, 1, 1, fmt.Sprintf("cannot read: %v", cause(err)), "")
		return nil, false
	}
	text := strings.TrimPrefix(string(source), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	l.lib.sources[file] = strings.Split(text, "\n")
	for i, line := range l.lib.sources[file] {
		if !utf8.ValidString(line) {
			l.report(file, i+1, 1, "not UTF-8: save the file in that encoding", "")
			return nil, false
		}
	}
	return []byte(text), true
}

// defineFigures gives every fence with a body its scenario. One figure has one body, wherever it is shown, or two languages
// would drift apart without anyone seeing it.
func (l *loader) defineFigures() {
	for _, d := range l.drafts {
		for _, ref := range d.refs {
			if ref.body == "" {
				continue
			}
			fig := &Figure{Slug: d.lesson.Slug, Name: ref.name, File: d.lesson.File, Line: ref.line, indent: ref.indent, Text: ref.body}
			if first := l.lib.figures[fig.ID()]; first != nil {
				l.report(fig.File, fig.Line, 1, fmt.Sprintf("figure %q has its scenario at %s:%d already; leave one of the two fences empty", fig.Name, first.File, first.Line), "")
				continue
			}
			l.lib.figures[fig.ID()] = fig
			scenario, err := sim.Parse(ref.body)
			var found sim.Problems
			switch {
			case errors.As(err, &found):
				l.problems = append(l.problems, l.lib.within(fig, upToText(found, ref.body))...)
			case err != nil:
				l.report(fig.File, fig.Line, 1, fmt.Sprintf("figure %q: %v", fig.Name, err), "")
			default:
				fig.Scenario = scenario
			}
		}
	}
}

// showFigures finds what does not fit: a fence that names nothing, and a figure that a sibling has forgotten.
func (l *loader) showFigures() {
	for _, d := range l.drafts {
		shown := map[string]bool{}
		for _, ref := range d.refs {
			shown[ref.name] = true
			if l.lib.figures[d.lesson.Slug+"/"+ref.name] == nil {
				l.report(d.lesson.File, ref.line, 1, fmt.Sprintf("figure %q has no scenario, neither here nor in %s", ref.name, l.siblings(d.lesson)), l.nearestFigure(d.lesson.Slug, ref.name))
			}
		}
		for _, fig := range l.lib.Figures() {
			if fig.Slug == d.lesson.Slug && !shown[fig.Name] {
				l.report(d.lesson.File, 1, 1, fmt.Sprintf("figure %q of %s:%d is not shown in this language; add an empty fence ```tcp %s", fig.Name, fig.File, fig.Line, fig.Name), "")
			}
		}
	}
}

func (l *loader) siblings(lesson *Lesson) string {
	var files []string
	for _, lang := range l.lib.Languages() {
		if other := l.lib.lessons[lang][lesson.Slug]; other != nil && other != lesson {
			files = append(files, other.File)
		}
	}
	if len(files) == 0 {
		return "another language (the lesson has no sibling)"
	}
	return strings.Join(files, ", ")
}

func (l *loader) nearestFigure(slug, name string) string { return sim.Nearest(name, l.figuresIn(slug)) }

// figuresIn are the names that expressions may use in a lesson: its figures and tries.
func (l *loader) figuresIn(slug string) (names []string) {
	for _, fig := range l.lib.Figures() {
		if fig.Slug == slug {
			names = append(names, fig.Name)
			for _, t := range fig.Tries {
				names = append(names, t.Name)
			}
		}
	}
	return names
}

// thereAre lists what a name could have meant.
func thereAre(names []string) string {
	switch {
	case len(names) == 0:
		return "there is none"
	case len(names) == 1:
		return "there is " + names[0]
	case len(names) > maxNamed:
		return fmt.Sprintf("there are %d others", len(names))
	}
	return "there are " + strings.Join(names, ", ")
}

// freeNumber is one more than the highest of the course.
func (l *loader) freeNumber() int {
	highest := 0
	for _, d := range l.drafts {
		highest = max(highest, d.lesson.Number)
	}
	return highest + 1
}

// compareNumbers keeps the course's order the same in all languages and without ties.
func (l *loader) compareNumbers() {
	for _, lang := range l.lib.Languages() {
		taken := map[int]*draft{}
		for _, d := range l.drafts {
			lesson := d.lesson
			if lesson.Lang != lang || lesson.Number == 0 {
				continue
			}
			if first := taken[lesson.Number]; first != nil && l.lib.Owns(lesson.File) {
				l.report(lesson.File, d.numberLine, 1, fmt.Sprintf("number %d is taken by %s; the next free one is %d", lesson.Number, first.lesson.File, l.freeNumber()), "")
			} else if first != nil {
				l.report(first.lesson.File, first.numberLine, 1, fmt.Sprintf("number %d is taken by the built-in %s; the next free one is %d", lesson.Number, lesson.File, l.freeNumber()), "")
			}
			taken[lesson.Number] = d
			if base := l.lib.lessons[Languages[0]][lesson.Slug]; base != nil && base.Number != 0 && base.Number != lesson.Number {
				l.report(lesson.File, d.numberLine, 1, fmt.Sprintf("number %d here and %d in %s; a lesson has one place in the course", lesson.Number, base.Number, base.File), "")
			}
		}
	}
}

// slugList is what the key after holds.
var slugList = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*(, *[a-z0-9]+(-[a-z0-9]+)*)*$`)

// joinAfter gives all languages of a lesson what one of them says that it builds on: lessons that come before it.
func (l *loader) joinAfter() {
	said := map[string]*draft{}
	for _, d := range l.drafts {
		if d.lesson.After == nil {
			continue
		}
		if first := said[d.lesson.Slug]; first != nil && !slices.Equal(first.lesson.After, d.lesson.After) {
			l.report(d.lesson.File, d.afterLine, 1, fmt.Sprintf("builds on other lessons here than in %s; one of the two files is enough", first.lesson.File), "")
		}
		said[d.lesson.Slug] = d
		for _, before := range d.lesson.After {
			switch other := l.lib.Lesson(d.lesson.Lang, before); {
			case other == nil && l.unsure:
			case other == nil:
				l.report(d.lesson.File, d.afterLine, 1, fmt.Sprintf("builds on lesson %q, which is not here; %s", before, l.instead(before, d.lesson.Slug)), sim.Nearest(before, l.lib.slugs()))
			case other.Number >= d.lesson.Number:
				l.report(d.lesson.File, d.afterLine, 1, fmt.Sprintf("builds on lesson %q, which has number %d and does not come before it", before, other.Number), "")
			}
		}
	}
	for _, d := range l.drafts {
		if first := said[d.lesson.Slug]; first != nil {
			d.lesson.After = first.lesson.After
		}
	}
}

// instead says what a lesson could name in place of one that is not there.
func (l *loader) instead(missing, slug string) string {
	if _, err := fs.Stat(Builtin, Languages[0]+"/"+missing+".md"); err == nil {
		return fmt.Sprintf("it is one of the program's, which a line `builtin: true` in %s brings", courseFile)
	}
	others := slices.DeleteFunc(l.lib.slugs(), func(other string) bool { return other == slug })
	if len(others) == 0 {
		return "there is no other lesson"
	}
	return thereAre(others)
}

// cause strips the operation and the path, which the report names already.
func cause(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// CheckSlug says whether a lesson can be called so.
func CheckSlug(slug string) error {
	if slugForm.MatchString(slug) {
		return nil
	}
	return fmt.Errorf("a lesson's name is its address; %q is not made of a-z, 0-9 and single hyphens; %s would do", slug, sluggish(slug))
}

// sluggish turns a file's name into a good one.
func sluggish(name string) string {
	fields := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(fields, "-")
}

// ReadRegular reads a file of at most limit bytes. What is no regular file (a pipe, a device) could block or never end, and a
// file can be longer than its entry says, so neither is trusted.
func ReadRegular(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes", name, limit)
	}
	return data, nil
}
