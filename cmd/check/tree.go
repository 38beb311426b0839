package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A tree is the project's files by their path from the root, with slashes. Rules and checks read this instead of the disk, so
// that a sample of two lines can stand for a project.
type tree map[string]string

// readTree reads what git would commit: tracked files and new ones that no .gitignore names. A rule should speak before the
// commit, and never about somebody's build output.
func readTree(root string) (tree, error) {
	// The folder may belong to somebody else (a mounted checkout in a container); reading names is harmless.
	cmd := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	names, err := cmd.Output()
	if err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return nil, fmt.Errorf("which files belong to the project is git's knowledge (use a clone, not an archive): %w", err)
	}
	t := tree{}
	for name := range strings.SplitSeq(strings.TrimRight(string(names), "\x00"), "\x00") {
		path := filepath.Join(root, filepath.FromSlash(name))
		info, err := os.Lstat(path)
		if errors.Is(err, os.ErrNotExist) { // deleted, not yet committed
			continue
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		t[name] = string(text)
	}
	return t, nil
}

// paths gives the tree's paths in order, those that end in one of the given ways, or all.
func (t tree) paths(endings ...string) []string {
	all := slices.Sorted(maps.Keys(t))
	if len(endings) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(path string) bool {
		return !slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(path, end) })
	})
}

// write puts a copy of the tree under dir, for a check that wants to change files.
func (t tree) write(dir string, keep func(path string) bool) error {
	for _, path := range t.paths() {
		if !keep(path) {
			continue
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, []byte(t[path]), 0o644); err != nil {
			return err
		}
	}
	return nil
}
