package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"fourwaves/lessons"
)

type newCommand struct {
	Lesson newLessonCommand `cmd:"" help:"Write the skeleton of a lesson, which lints clean, into a folder of lessons."`
}

type newLessonCommand struct {
	Slug    string   `arg:"" help:"The lesson's address and file name: small letters, digits and hyphens, as in lost-last-ack."`
	Lang    []string `default:"en,zh" help:"Languages, separated by commas; the first one has the figures."`
	Lessons string   `default:"." type:"path" help:"The folder of lessons, in which there will be en/SLUG.md and so on."`
}

//go:embed skeleton
var skeletons embed.FS

// Run writes all of the files or none, and never over one that is there.
func (c newLessonCommand) Run(io streams) error {
	if err := lessons.CheckSlug(c.Slug); err != nil {
		return err
	}
	number := 1
	if folder, _, err := lessonFolder(c.Lessons); err == nil {
		library, _ := lessons.Load(folder)
		for _, lesson := range library.Lessons(lessons.Languages[0]) {
			number = max(number, lesson.Number+1)
		}
	}
	title := strings.ToUpper(c.Slug[:1]) + strings.ReplaceAll(c.Slug[1:], "-", " ")
	files := map[string]string{}
	var order []string
	for i, lang := range c.Lang {
		if !slices.Contains(lessons.Languages, lang) {
			return fmt.Errorf("there is no skeleton in %q; there are %s", lang, strings.Join(lessons.Languages, ", "))
		}
		file := filepath.Join(c.Lessons, lang, c.Slug+".md")
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already; choose another name, or take it away first", file)
		}
		text, err := template.ParseFS(skeletons, "skeleton/"+lang+".md")
		if err != nil {
			return err
		}
		var b strings.Builder
		if err := text.Execute(&b, map[string]any{"Title": title, "Number": number, "Alone": i == 0}); err != nil {
			return err
		}
		if _, twice := files[file]; !twice {
			order = append(order, file)
		}
		files[file] = b.String()
	}
	for _, file := range order {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(files[file]), 0o644); err != nil {
			return err
		}
		fmt.Fprintln(io.out, "wrote", file)
	}
	fmt.Fprintf(io.out, "look at it:  fourwaves serve --lessons %[1]s\ncheck it:    fourwaves lint %[1]s\n", c.Lessons)
	return nil
}

type schemaCommand struct{}

// Run prints the JSON Schema of a lesson's front matter, for editors.
func (schemaCommand) Run(io streams) error {
	_, err := io.out.Write(lessons.FrontMatterSchema())
	return err
}
