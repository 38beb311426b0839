package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"fourwaves/lessons"
	"fourwaves/lessons/ladder"
	"fourwaves/sim"
	"fourwaves/static"
)

// A check says something about the tree, by one or two commands that a person could type.
type check struct {
	name, about string
	needs       []string // tools, by their names in setup.go
	run         func(ctx context.Context, m *machine, out io.Writer) error
}

var checks = []check{
	{"gofmt", "Go files are formatted", []string{"git"}, checkGofmt},
	{"tidy", "go.mod and go.sum say what the code imports", nil, checkTidy},
	{"templ", "templates are formatted and their generated Go files are current", []string{"git"}, checkTempl},
	{"vet", "go vet", nil, command(nil, "go", "vet", "./...")},
	// The engine will also run in a browser, for pages without a server; it stays able to from the first day.
	{"vet-wasm", "go vet of the engine for the browser", nil, command([]string{"GOOS=js", "GOARCH=wasm"}, "go", "vet", "./sim/...")},
	{"staticcheck", "staticcheck, as pinned in go.mod", nil, command(nil, "go", "tool", "staticcheck", "./...")},
	{"types", "TypeScript reads the JSDoc types of static/js", []string{"node", modules}, checkTypes},
	{"js", "unit tests of the JavaScript modules", []string{"node", "git"}, checkJavaScript},
	{"test", "all Go tests but the browser's: engine, house rules, captures; server and program under the race detector", []string{"git", "cc", "tshark"}, checkTests},
	{"browser", "the pages in a real Chromium", []string{"chromium", modules}, checkBrowser},
	{"wasm", "the engine's goldens come out the same in WebAssembly", []string{"node"}, checkWasm},
	{"mermaid", "Mermaid reads every figure that is written for it", []string{"node", modules}, checkMermaid},
	{"lint", "the built-in lessons", nil, command(nil, "go", "run", "./cmd/fourwaves", "lint", "lessons")},
	{"fuzz", "20,000 runs of FuzzRun and 5,000 of each other fuzz test", []string{"git"}, checkFuzz},
}

func command(env []string, args ...string) func(context.Context, *machine, io.Writer) error {
	return func(ctx context.Context, m *machine, out io.Writer) error { return m.do(ctx, out, env, args...) }
}

func checkGofmt(ctx context.Context, m *machine, out io.Writer) error {
	t, err := readTree(m.root)
	if err != nil {
		return err
	}
	goroot, err := says(ctx, "go", "env", "GOROOT")
	if err != nil {
		return err
	}
	// The formatter of this Go release, whatever another gofmt on the path would like better.
	cmd := exec.CommandContext(ctx, filepath.Join(goroot, "bin", "gofmt"), append([]string{"-d"}, t.paths(".go")...)...)
	cmd.Dir = m.root
	diff, err := cmd.CombinedOutput()
	out.Write(diff)
	if err != nil || len(diff) > 0 {
		return errors.New("to mend: gofmt -w cmd lessons sim static web")
	}
	return nil
}

func checkTidy(ctx context.Context, m *machine, out io.Writer) error {
	if err := m.do(ctx, out, nil, "go", "mod", "tidy", "-diff"); err != nil {
		return errors.New("to mend: go mod tidy")
	}
	return nil
}

// checkTempl formats and generates in a copy and compares. In place would be simpler, but a check that fails or is stopped
// half-way must leave the files as they were, also those that somebody is editing.
func checkTempl(ctx context.Context, m *machine, out io.Writer) error {
	t, err := readTree(m.root)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "fourwaves-templ-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// Go files too: templ completes imports, and looks for them in the module.
	ours := func(path string) bool {
		return strings.HasSuffix(path, ".templ") || strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_templ.go") ||
			path == "go.mod" || path == "go.sum"
	}
	if err := t.write(dir, ours); err != nil {
		return err
	}
	for _, args := range [][]string{
		// A prettier that happens to be installed would format differently from one machine to the next.
		{"go", "tool", "templ", "fmt", "-prettier-command", "no-prettier", "."},
		{"go", "tool", "templ", "generate"},
	} {
		if err := m.doIn(ctx, dir, out, os.Environ(), nil, args...); err != nil {
			return err
		}
	}
	drift := 0
	compare := func(path, want string) {
		if got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path))); err != nil {
			drift++
			fmt.Fprintf(out, "%s: no template makes this file\n", path)
		} else if string(got) != want {
			drift++
			fmt.Fprintf(out, "%s: differs\n", path)
		}
	}
	for _, path := range t.paths(".templ", "_templ.go") {
		compare(path, t[path])
	}
	for _, path := range t.paths(".templ") {
		if made := strings.TrimSuffix(path, ".templ") + "_templ.go"; t[made] == "" {
			drift++
			fmt.Fprintf(out, "%s: missing\n", made)
		}
	}
	if drift > 0 {
		return errors.New("to mend, at the project's root: go tool templ fmt . && go tool templ generate")
	}
	return nil
}

func checkTypes(ctx context.Context, m *machine, out io.Writer) error {
	return m.do(ctx, out, nil, "static/node_modules/.bin/tsc", "-p", "static/jsconfig.json")
}

// checkJavaScript names the files, because what node makes of a folder has changed between its versions.
func checkJavaScript(ctx context.Context, m *machine, out io.Writer) error {
	t, err := readTree(m.root)
	if err != nil {
		return err
	}
	tests := slices.DeleteFunc(t.paths(".test.js"), func(path string) bool { return !strings.HasPrefix(path, "static/test/") })
	if len(tests) == 0 {
		return errors.New("no static/test/*.test.js")
	}
	return m.do(ctx, out, nil, append([]string{"node", "--test"}, tests...)...)
}

func checkTests(ctx context.Context, m *machine, out io.Writer) error {
	list := exec.CommandContext(ctx, "go", "list", "./...")
	list.Dir = m.root
	packages, err := list.Output()
	if err != nil {
		return err
	}
	test := []string{"go", "test", "-shuffle=on", "-timeout=8m"}
	alone, together := slices.Clone(test), append(slices.Clone(test), "-race")
	for name := range strings.FieldsSeq(string(packages)) {
		switch {
		case strings.HasSuffix(name, browserTests):
		case slices.ContainsFunc(concurrent, func(folder string) bool { return strings.HasSuffix(name, "/"+folder) }):
			together = append(together, name)
		default:
			alone = append(alone, name)
		}
	}
	// The race detector needs C whatever the person's own setting is.
	return errors.Join(m.do(ctx, out, nil, alone...), m.do(ctx, out, []string{"CGO_ENABLED=1"}, together...))
}

// concurrent are the packages in which things happen at the same time, so that the race detector has something to find; they
// drive the engine and the lessons as a class does. Elsewhere it would only make the tests slow.
var concurrent = []string{"web", "cmd/fourwaves"}

// browserTests is the folder of the tests that need a browser; its package comment says why they are apart.
const browserTests = "/web/browser"

func checkBrowser(ctx context.Context, m *machine, out io.Writer) error {
	return m.do(ctx, out, []string{"FOURWAVES_CHROMIUM=" + m.chromium}, "go", "test", "-shuffle=on", "-timeout=11m", "."+browserTests)
}

// checkWasm runs the goldens where integers, maps and scheduling are another implementation's. Node is given a short
// environment, because Go's loader refuses a long one and build machines have very long ones.
func checkWasm(ctx context.Context, m *machine, out io.Writer) error {
	goroot, err := says(ctx, "go", "env", "GOROOT")
	if err != nil {
		return err
	}
	short := slices.DeleteFunc(os.Environ(), func(setting string) bool {
		name, _, _ := strings.Cut(setting, "=")
		keep := []string{"PATH", "HOME", "USER", "TMPDIR", "XDG_CACHE_HOME", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
		return !slices.Contains(keep, name) && !strings.HasPrefix(name, "GO")
	})
	wasm := []string{"GOOS=js", "GOARCH=wasm"}
	var text bytes.Buffer
	err = m.doIn(ctx, m.root, io.MultiWriter(out, &text), slices.Concat(short, wasm), wasm,
		"go", "test", "-v", "-run", "Golden", "-exec", filepath.Join(goroot, "lib", "wasm", "go_js_wasm_exec"), "./sim/...")
	if err != nil {
		return err
	}
	if !regexp.MustCompile(`(?m)^--- PASS: Test\w*Golden`).Match(text.Bytes()) {
		return errors.New("no test with Golden in its name ran, so nothing was compared")
	}
	return nil
}

// checkMermaid writes every figure of the built-in lessons in every language and lets Mermaid's own parser read them.
func checkMermaid(ctx context.Context, m *machine, out io.Writer) error {
	dir, err := os.MkdirTemp("", "fourwaves-mermaid-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	words, err := lessons.LoadWords(static.FS)
	if err != nil {
		return err
	}
	args := []string{"node", "static/test/mermaid.js"}
	library, _ := lessons.Load(lessons.Builtin)
	for _, figure := range library.Figures() {
		session, err := sim.Open(figure.Scenario, nil)
		if err != nil {
			return err
		}
		events, _ := session.Next(0, sim.MaxEvents)
		for lang, w := range words {
			var text bytes.Buffer
			if err := ladder.Mermaid(&text, w, events); err != nil {
				return err
			}
			name := filepath.Join(dir, strings.ReplaceAll(figure.ID(), "/", ".")+"."+lang+".mmd")
			if err := os.WriteFile(name, text.Bytes(), 0o644); err != nil {
				return err
			}
			args = append(args, name)
		}
	}
	return m.do(ctx, out, nil, args...)
}

// checkFuzz gives the engine's own fuzz test most of the work and every other one a little. It counts inputs and not
// seconds: when its time is over while an input runs, go test may call that a failure ("context deadline exceeded").
func checkFuzz(ctx context.Context, m *machine, out io.Writer) error {
	t, err := readTree(m.root)
	if err != nil {
		return err
	}
	targets := fuzzTargets(t)
	if !slices.Contains(targets, [2]string{"sim", "FuzzRun"}) {
		return errors.New("sim has no FuzzRun, which holds the engine to its invariants")
	}
	for _, target := range targets {
		inputs := "5000x"
		if target == [2]string{"sim", "FuzzRun"} {
			inputs = "20000x"
		}
		// A few executions of minimizing: by default it takes a minute per new input, and nothing else runs meanwhile.
		err := m.do(ctx, out, nil, "go", "test", "./"+target[0], "-run", "^$", "-fuzz", "^"+target[1]+"$", "-fuzztime", inputs, "-fuzzminimizetime", "20x")
		if err != nil {
			return fmt.Errorf("%w\nthe input that failed is now under %s/testdata/fuzz: commit it with the repair", err, target[0])
		}
	}
	return nil
}

// fuzzTargets finds the fuzz tests: pairs of folder and name.
func fuzzTargets(t tree) (targets [][2]string) {
	for _, name := range t.paths("_test.go") {
		file, err := parser.ParseFile(token.NewFileSet(), name, t[name], parser.SkipObjectResolution)
		if err != nil {
			continue // the check "vet" says it better
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") && len(f.Type.Params.List) == 1 {
				targets = append(targets, [2]string{path.Dir(name), f.Name.Name})
			}
		}
	}
	return targets
}
