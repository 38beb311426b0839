package main

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"fourwaves/lessons"
	"fourwaves/web"
)

// rest is how long a folder has to be left alone before it is read again: editors save a file in several steps.
const rest = 150 * time.Millisecond

// watch serves the folder and reads it again whenever something in it has changed, until the context ends. It is watched
// before it is read for the first time, so that nothing is missed; until a version of it can be shown there are no lessons.
func (c serveCommand) watch(ctx context.Context, log *slog.Logger) (site, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return site{}, err
	}
	pages := &web.Watch{BasePath: c.base()}
	none, words, _, err := loadLessons(embed.FS{})
	if err == nil {
		err = errors.Join(pages.Show(c.server(none, words, log)), follow(watcher, c.Lessons))
	}
	if err != nil {
		watcher.Close()
		return site{}, err
	}
	shown := c.reread(pages, false, log)
	go func() {
		defer watcher.Close()
		timer := time.NewTimer(rest)
		timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-watcher.Events:
				// Editors put their own files beside the text, and reading changes nothing.
				if name := filepath.Base(e.Name); e.Op == fsnotify.Chmod || strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") {
					continue
				}
				if e.Op.Has(fsnotify.Create) {
					if err := follow(watcher, e.Name); err != nil {
						log.Warn("a new folder is not watched", "folder", e.Name, "error", err)
					}
				}
				timer.Reset(rest)
			case err := <-watcher.Errors:
				log.Warn("watching", "error", err)
			case <-timer.C:
				shown = c.reread(pages, shown, log)
			}
		}
	}()
	return site{pages, pages.Close}, nil
}

// follow watches a folder and those in it; of a file it makes nothing.
func follow(watcher *fsnotify.Watcher, dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // gone again
		case err != nil:
			return err
		case !entry.IsDir():
			return nil
		case path != dir && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		}
		return watcher.Add(path)
	})
}

// reread shows the folder as it is now, or says what is wrong with it. It tells whether any version of it has been shown.
func (c serveCommand) reread(pages *web.Watch, shown bool, log *slog.Logger) bool {
	var library *lessons.Library
	var words lessons.Catalogue
	var problems lessons.Problems
	folder, _, err := lessonFolder(c.Lessons)
	if err == nil {
		library, words, problems, err = loadLessons(folder)
	}
	if err != nil {
		pages.Report(lessons.Problems{{File: c.Lessons, Line: 1, Col: 1, Message: err.Error()}})
		return shown
	}
	readable := len(problems) == 0
	if readable {
		problems = library.Check()
	}
	// A first version that only claims what is wrong is better than none.
	if len(problems) == 0 || readable && !shown {
		if err := pages.Show(c.server(library, words, log)); err != nil {
			log.Error("showing the lessons", "error", err)
			return shown
		}
		shown = true
	}
	switch {
	case len(problems) == 0:
		log.Info("the lessons are new")
		return true
	case shown:
		log.Info("the lessons have problems; the last version that could be shown stays", "problems", len(problems), "first", problems[0].Error())
	default:
		log.Info("the lessons have problems, and nothing can be shown yet", "problems", len(problems), "first", problems[0].Error())
	}
	pages.Report(problems)
	return shown
}
