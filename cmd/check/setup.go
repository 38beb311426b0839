package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A machine is where the checks run.
type machine struct {
	root     string
	chromium string // handed to the tests in FOURWAVES_CHROMIUM, so that they drive the browser that set-up reported
}

// A tool is something a check needs and the go command cannot fetch by itself.
type tool struct {
	name     string
	find     func(context.Context, *machine) (string, error) // a few words on what was found
	packages []string                                        // Debian's names for it
}

// oldestNode is what the tests were tried with: Debian 12 has 18, Debian 13 has 20.
const oldestNode = 18

// tools are in the order in which they are looked for; "modules" stands on npm and is not a Debian package.
var tools = []tool{
	{"git", func(ctx context.Context, _ *machine) (string, error) { return says(ctx, "git", "--version") }, []string{"git"}},
	{"cc", findCompiler, []string{"gcc", "libc6-dev"}},
	{"node", findNode, []string{"nodejs"}},
	{"npm", func(ctx context.Context, _ *machine) (string, error) { return says(ctx, "npm", "--version") }, []string{"npm", "ca-certificates"}},
	// The fonts are not decoration: without any, Chromium measures every text as nothing; without CJK, Chinese pages are boxes.
	{"tshark", func(ctx context.Context, _ *machine) (string, error) { return says(ctx, "tshark", "--version") }, []string{"tshark"}},
	{"chromium", findChromium, []string{"chromium", "fonts-dejavu-core", "fonts-noto-cjk"}},
}

const modules = "modules"

func needsOf(chosen []check) []string {
	var needs []string
	for _, c := range chosen {
		needs = append(needs, c.needs...)
	}
	if slices.Contains(needs, modules) {
		needs = append(needs, "npm")
	}
	return needs
}

// setUp gets the tools that the chosen checks need, and returns those that it could not get. Checks that need none of these
// still run: one missing package should not hide nine results.
func (m *machine) setUp(ctx context.Context, r *report, needs []string) (missing map[string]bool) {
	missing = map[string]bool{}
	var absent []string
	for _, t := range tools {
		if !slices.Contains(needs, t.name) {
			continue
		}
		if _, err := t.find(ctx, m); err != nil {
			absent = append(absent, t.packages...)
		}
	}
	if len(needs) > 0 {
		r.section("set-up")
	}
	if len(absent) > 0 {
		r.step(ctx, "apt", func(ctx context.Context, out io.Writer) (string, error) {
			return strings.Join(absent, " "), aptInstall(ctx, m, out, absent)
		})
	}
	for _, t := range tools {
		if !slices.Contains(needs, t.name) {
			continue
		}
		missing[t.name] = !r.step(ctx, t.name, func(ctx context.Context, _ io.Writer) (string, error) {
			found, err := t.find(ctx, m)
			if err != nil {
				err = fmt.Errorf("%w\nto install: %s", err, aptLine(t.packages))
			}
			return found, err
		})
	}
	if slices.Contains(needs, modules) {
		missing[modules] = !r.step(ctx, modules, func(ctx context.Context, out io.Writer) (string, error) {
			if missing["npm"] || missing["node"] {
				return "", errors.New("not run: it needs node and npm")
			}
			return m.installModules(ctx, out)
		})
	}
	return missing
}

func aptLine(packages []string) string {
	return "sudo apt-get install -y --no-install-recommends " + strings.Join(packages, " ")
}

// aptInstall installs Debian packages where it may do so without asking anybody.
func aptInstall(ctx context.Context, m *machine, out io.Writer, packages []string) error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("this machine has no apt-get; install by its own means what Debian calls %s", strings.Join(packages, " "))
	}
	var prefix []string
	if os.Geteuid() != 0 {
		if exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil {
			return fmt.Errorf("not root, and sudo would ask for a password; install by hand and run the checks again:\n%s", aptLine(packages))
		}
		prefix = []string{"sudo", "-n"}
	}
	apt := slices.Concat(prefix, []string{"env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"})
	if err := m.do(ctx, out, nil, slices.Concat(apt, []string{"update"})...); err != nil {
		return err
	}
	return m.do(ctx, out, nil, slices.Concat(apt, []string{"install", "-y", "--no-install-recommends"}, packages)...)
}

// installModules runs npm ci when package-lock.json is another than the one installed last. The copy it compares with lies
// inside node_modules, so that removing that folder forgets it too.
func (m *machine) installModules(ctx context.Context, out io.Writer) (string, error) {
	lock, err := os.ReadFile(filepath.Join(m.root, "static", "package-lock.json"))
	if err != nil {
		return "", err
	}
	stamp := filepath.Join(m.root, "static", "node_modules", ".fourwaves-lock.json")
	if old, err := os.ReadFile(stamp); err == nil && bytes.Equal(old, lock) {
		return "npm ci ran for this package-lock.json before", nil
	}
	if err := m.do(ctx, out, nil, "npm", "ci", "--prefix", "static", "--no-audit", "--no-fund"); err != nil {
		return "", err
	}
	return "npm ci", os.WriteFile(stamp, lock, 0o644)
}

// says returns the first line that a program prints.
func says(ctx context.Context, name string, args ...string) (string, error) {
	text, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(line), nil
}

// findCompiler looks for what the race detector needs: it links C. A gcc without the C library's headers is a usual half.
func findCompiler(ctx context.Context, m *machine) (string, error) {
	cc, err := says(ctx, "go", "env", "CC")
	if err != nil {
		return "", err
	}
	words := strings.Fields(cc)
	if len(words) == 0 {
		return "", errors.New("go env CC names no C compiler")
	}
	probe := exec.CommandContext(ctx, words[0], "-x", "c", "-E", "-")
	probe.Stdin = strings.NewReader("#include <stdlib.h>\n")
	if err := probe.Run(); err != nil {
		return "", fmt.Errorf("no working C compiler: %s: %w", cc, err)
	}
	return cc, nil
}

func findNode(ctx context.Context, _ *machine) (string, error) {
	version, err := says(ctx, "node", "--version")
	if err != nil {
		return "", err
	}
	if m := regexp.MustCompile(`^v(\d+)\.`).FindStringSubmatch(version); m == nil {
		return "", fmt.Errorf("node --version says %q", version)
	} else if major, _ := strconv.Atoi(m[1]); major < oldestNode {
		return "", fmt.Errorf("node %s is too old: the checks need %d or later", version, oldestNode)
	}
	return version, nil
}

// findChromium looks where the browser tests look by themselves: the variable, then the names that Debian and Google use.
func findChromium(ctx context.Context, m *machine) (string, error) {
	names := []string{"chromium", "chromium-browser", "google-chrome"}
	if given := os.Getenv("FOURWAVES_CHROMIUM"); given != "" {
		names = []string{given}
	}
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		m.chromium = path
		return path, nil
	}
	return "", fmt.Errorf("none of these is a program here: %s", strings.Join(names, ", "))
}

// do runs a command at the project's root and writes it and what it says to out.
func (m *machine) do(ctx context.Context, out io.Writer, env []string, args ...string) error {
	return m.doIn(ctx, m.root, out, slices.Concat(os.Environ(), env), env, args...)
}

// doIn is do with another folder and a whole environment; shown is the part of it that a person would have to type.
func (m *machine) doIn(ctx context.Context, dir string, out io.Writer, environ, shown []string, args ...string) error {
	fmt.Fprintln(out, "$", strings.Join(slices.Concat(shown, args), " "))
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, environ, out, out
	if runtime.GOOS != "windows" {
		// The go command passes an interrupt on to the tests it runs, so that they can stop their browsers; a kill it cannot.
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	}
	cmd.WaitDelay = 10 * time.Second
	return cmd.Run()
}
