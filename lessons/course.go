package lessons

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	yamlast "github.com/goccy/go-yaml/ast"
	yamlparser "github.com/goccy/go-yaml/parser"

	"fourwaves/sim"
)

// courseFile is what a folder says about itself as a whole:
//
//	title: TCP at the school of example   what the pages call themselves, or a text for each language
//	builtin: true                         the lessons of the program are there too, but for those that the folder has itself
//
// Its lessons stand in the order of their numbers, among the program's: those count from 1 to 14.
const courseFile = "course.yaml"

var courseKeys = []string{"title", "builtin"}

// Title is what the pages of a folder call themselves; "" if it does not say.
func (lib *Library) Title(lang string) string {
	if title := lib.title[lang]; title != "" {
		return title
	}
	return lib.title[""]
}

// readCourse reads the file, if there is one, and lays the folder over the program's if it says so.
func (l *loader) readCourse() {
	if _, err := fs.Stat(l.lib.fsys, courseFile); errors.Is(err, fs.ErrNotExist) {
		return
	}
	source, ok := l.readFile(courseFile)
	if !ok {
		l.unsure = true
		return
	}
	parsed, err := yamlparser.ParseBytes(source, 0)
	if err != nil {
		l.unsure = true
		line, col, message := wrongYAML(string(source), err)
		l.report(courseFile, line, col, "not YAML: "+message, "")
		return
	}
	l.lib.title = map[string]string{}
	for _, doc := range parsed.Docs {
		if doc.Body != nil && pairs(doc.Body) == nil {
			l.unsure = true
			l.report(courseFile, 1, 1, "a course is described by `key: value` lines; there are "+strings.Join(courseKeys, ", "), "")
		}
		for _, pair := range pairs(doc.Body) {
			key, at := pair.Key.String(), pair.Key.GetToken().Position
			switch value := pair.Value.String(); {
			case key == "title" && pairs(pair.Value) != nil:
				for _, one := range pairs(pair.Value) {
					l.courseTitle(one.Key.String(), one.Value, one.Key.GetToken().Position.Line, one.Key.GetToken().Position.Column)
				}
			case key == "title":
				l.courseTitle("", pair.Value, at.Line, at.Column)
			case key == "builtin" && value == "true":
				l.lib.fsys = over(l.lib.fsys)
			case key == "builtin" && value == "false":
			case key == "builtin":
				l.unsure = true
				l.report(courseFile, at.Line, at.Column, fmt.Sprintf("builtin is true or false, not %q", value), "")
			default:
				l.unsure = l.unsure || sim.Nearest(key, courseKeys) == "builtin"
				l.report(courseFile, at.Line, at.Column, fmt.Sprintf("a course has no key %q; there are %s", key, strings.Join(courseKeys, ", ")), sim.Nearest(key, courseKeys))
			}
		}
	}
}

// courseTitle takes the title, for all languages or for one.
func (l *loader) courseTitle(lang string, value yamlast.Node, line, col int) {
	text, ok := value.(*yamlast.StringNode)
	switch {
	case lang != "" && !languageForm.MatchString(lang):
		l.report(courseFile, line, col, fmt.Sprintf("%q is no language; a title is a text, or one for each language as in `fr: ...`", lang), "")
	case !ok || strings.TrimSpace(text.Value) == "":
		l.report(courseFile, line, col, "a title is a text", "")
	case len([]rune(text.Value)) > maxTitle:
		l.report(courseFile, line, col, fmt.Sprintf("the title has more than %d characters", maxTitle), "")
	default:
		l.lib.title[lang] = text.Value
	}
}

// over lays a folder over the program's lessons: a lesson that it has in any language is its own in all.
func over(own fs.FS) fs.FS {
	o := overlay{own: own, replaced: map[string]bool{}}
	for _, lang := range Languages {
		files, _ := fs.Glob(own, lang+"/*.md") // a folder that cannot be read is told by who reads it
		for _, file := range files {
			o.replaced[path.Base(file)] = true
		}
	}
	return o
}

// An overlay is a folder of lessons with the program's own under it.
type overlay struct {
	own      fs.FS
	replaced map[string]bool // file names of lessons
}

// Owns tells whether a file is the folder's own, and not the program's under it.
func (lib *Library) Owns(file string) bool {
	o, over := lib.fsys.(overlay)
	if !over {
		return true
	}
	_, err := fs.Stat(o.own, file)
	return err == nil
}

// below tells whether a file of the program is to be seen.
func (o overlay) below(name string) bool {
	lang, file := path.Split(name)
	return !slices.Contains(Languages, strings.TrimSuffix(lang, "/")) || !o.replaced[file]
}

// Open opens the folder's file, or the program's of that name.
func (o overlay) Open(name string) (fs.File, error) {
	file, err := o.own.Open(name)
	if errors.Is(err, fs.ErrNotExist) && o.below(name) {
		return Builtin.Open(name)
	}
	return file, err
}

// ReadDir lists the files of both.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.own, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	below, under := fs.ReadDir(Builtin, name)
	if err != nil && under != nil {
		return nil, err
	}
	for _, entry := range below {
		same := func(e fs.DirEntry) bool { return e.Name() == entry.Name() }
		if !slices.ContainsFunc(entries, same) && o.below(path.Join(name, entry.Name())) {
			entries = append(entries, entry)
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}
