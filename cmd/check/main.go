// Command check runs everything that says whether this tree is good, and prepares the machine for it first:
//
//	go run ./cmd/check                  all of it; the last line is "N passed, N failed"
//	go run ./cmd/check -list            the names
//	go run ./cmd/check -only test,lint  some of it
//	go run ./cmd/check -v               with every command's output as it comes
//
// The build machine calls the same command (.ci/run) and does nothing else, so what fails there fails here. A fresh Debian
// machine needs only Go: compilers, Node and Chromium come through apt where the command may install (root, or sudo that asks
// for no password); elsewhere it prints the line to type and fails. Nothing is skipped for want of a tool, because a skip
// looks like a pass.
//
// # The tour
//
//   - main.go: the order of things and the report.
//   - checks.go: the checks, each a few lines, in the order of their price: the first to fail is the cheapest to mend.
//   - setup.go: the tools they need, where those are found and where they come from.
//   - tree.go: the files of the project as git sees them, tracked or about to be.
//   - house_test.go and its neighbours: the rules of the house. They are ordinary tests (part of the check "test"), so that an
//     editor runs them too. Each carries its reason, which is what a failure prints, and samples that prove it can fail.
//
// # Decisions
//
// One check at a time, although some could run side by side: the go command already uses every core, the browser tests measure
// frame times, and a report in order is worth more than the half minute saved.
//
// No check writes into the tree. What must generate files to compare them (templ) does it in a copy. Two exceptions: npm fills
// static/node_modules, which git ignores, and a fuzzing failure leaves its input under testdata/fuzz, which is meant to be
// committed together with the repair.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// limit is for one check. The slowest, all Go tests with the browser, takes some six minutes on two cores; what takes twice that hangs.
const limit = 12 * time.Minute

func main() {
	only := flag.String("only", "", "run only these checks, by name, separated by commas")
	list := flag.Bool("list", false, "print the checks and stop")
	verbose := flag.Bool("v", false, "show the output of every command as it comes, not only of those that fail")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./cmd/check [-only NAME,NAME] [-v] [-list]")
		flag.PrintDefaults()
	}
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, *only, *list, *verbose, flag.Args()); err != nil {
		if !errors.Is(err, errSomeFailed) {
			fmt.Fprintln(os.Stderr, "check:", err)
		}
		os.Exit(1)
	}
}

var errSomeFailed = errors.New("some checks failed")

func run(ctx context.Context, out io.Writer, only string, list, verbose bool, rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q; to choose checks: -only %s", rest[0], strings.Join(rest, ","))
	}
	chosen, err := choose(checks, only)
	if err != nil {
		return err
	}
	if list {
		for _, c := range chosen {
			fmt.Fprintf(out, "%-11s %s\n", c.name, c.about)
		}
		return nil
	}
	root, err := findRoot()
	if err != nil {
		return err
	}
	r := report{out: out, verbose: verbose}
	m := &machine{root: root}
	missing := m.setUp(ctx, &r, needsOf(chosen))
	r.section("checks")
	for _, c := range chosen {
		ok := r.step(ctx, c.name, func(ctx context.Context, out io.Writer) (string, error) {
			for _, need := range c.needs {
				if missing[need] {
					return "", fmt.Errorf("not run: it needs %s, which set-up did not get", need)
				}
			}
			return "", c.run(ctx, m, out)
		})
		r.count(c.name, ok)
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
	}
	return r.finish()
}

func choose(all []check, only string) ([]check, error) {
	if only == "" {
		return all, nil
	}
	names := strings.Split(only, ",")
	for _, name := range names {
		if !slices.ContainsFunc(all, func(c check) bool { return c.name == name }) {
			return nil, fmt.Errorf("no check is called %q; -list prints the names", name)
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(c check) bool { return !slices.Contains(names, c.name) }), nil
}

// findRoot lets the command be called from any folder of the project.
func findRoot() (string, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("asking the go command for the project's root: %w", err)
	}
	path := strings.TrimSpace(string(mod))
	if filepath.Base(path) != "go.mod" {
		return "", errors.New("not inside the project: no go.mod in this folder or above it")
	}
	return filepath.Dir(path), nil
}

// A report prints one line per step: the name when it starts, so that a person sees what is running, then result and time.
// What a step wrote is shown only when it failed.
type report struct {
	out     io.Writer
	verbose bool
	start   time.Time
	passed  int
	failed  []string
}

func (r *report) section(title string) {
	if r.start.IsZero() {
		r.start = time.Now()
	}
	fmt.Fprintf(r.out, "%s\n", title)
}

// count is for checks only. A failure in set-up shows in the checks that wanted the tool.
func (r *report) count(name string, ok bool) {
	if ok {
		r.passed++
	} else {
		r.failed = append(r.failed, name)
	}
}

// step runs one step. It may return a few words to stand beside its "ok".
func (r *report) step(ctx context.Context, name string, do func(context.Context, io.Writer) (string, error)) bool {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("stopped after %s: it hangs", limit))
	defer cancel()
	fmt.Fprintf(r.out, "  %-11s ", name)
	begin := time.Now()
	var text bytes.Buffer
	sink := io.Writer(&text)
	if r.verbose {
		fmt.Fprintln(r.out)
		sink = io.MultiWriter(&text, r.out)
	}
	note, err := do(ctx, sink)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = fmt.Errorf("%w (%v)", err, cause)
	}
	if r.verbose {
		fmt.Fprintf(r.out, "  %-11s ", name)
	}
	verdict := "ok    "
	if err != nil {
		verdict = "FAILED"
	}
	fmt.Fprintln(r.out, strings.TrimRight(fmt.Sprintf("%s %6.1fs  %s", verdict, time.Since(begin).Seconds(), note), " "))
	if err == nil {
		return true
	}
	if !r.verbose {
		r.indent(text.String())
	}
	r.indent(err.Error())
	return false
}

// indent sets off what a failed step said. A race or a fuzzing failure can say very much: its beginning and its end tell.
func (r *report) indent(text string) {
	const head, tail = 150, 150
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if cut := len(lines) - head - tail; cut > 0 {
		lines = slices.Concat(lines[:head], []string{fmt.Sprintf("... %d lines more; see all with -v ...", cut)}, lines[head+cut:])
	}
	for _, line := range lines {
		if line != "" {
			fmt.Fprintf(r.out, "      | %s\n", line)
		}
	}
}

func (r *report) finish() error {
	fmt.Fprintf(r.out, "%.0f s", time.Since(r.start).Seconds())
	if len(r.failed) > 0 {
		fmt.Fprintf(r.out, "; failed: %s\nagain, only these: go run ./cmd/check -only %s", strings.Join(r.failed, ", "), strings.Join(r.failed, ","))
	}
	fmt.Fprintf(r.out, "\n%d passed, %d failed\n", r.passed, len(r.failed))
	if len(r.failed) > 0 {
		return errSomeFailed
	}
	return nil
}
