package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestReportShowsFailuresAndCounts(t *testing.T) {
	var out strings.Builder
	r := report{out: &out}
	r.section("checks")
	for _, c := range []struct {
		name string
		err  error
	}{{"vet", nil}, {"test", errors.New("exit status 1")}, {"lint", nil}} {
		r.count(c.name, r.step(t.Context(), c.name, func(_ context.Context, out io.Writer) (string, error) {
			fmt.Fprintln(out, c.name, "speaks")
			return "", c.err
		}))
	}
	if err := r.finish(); !errors.Is(err, errSomeFailed) {
		t.Errorf("a failed check must fail the command, got %v", err)
	}
	got := regexp.MustCompile(` +\d+\.\ds`).ReplaceAllString(out.String(), "")
	want := `checks
  vet         ok
  test        FAILED
      | test speaks
      | exit status 1
  lint        ok
0 s; failed: test
again, only these: go run ./cmd/check -only test
2 passed, 1 failed
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestReportCutsTheMiddleOfLongOutput(t *testing.T) {
	var out strings.Builder
	r := report{out: &out}
	r.indent(strings.Repeat("line\n", 1000) + "the end\n")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 301 || !strings.Contains(lines[150], "701 lines more") || !strings.HasSuffix(lines[300], "the end") {
		t.Errorf("%d lines, the middle %q, the last %q", len(lines), lines[150], lines[len(lines)-1])
	}
}

func TestChoose(t *testing.T) {
	all := []check{{name: "vet"}, {name: "test"}, {name: "lint"}}
	chosen, err := choose(all, "lint,vet")
	if err != nil || len(chosen) != 2 || chosen[0].name != "vet" {
		t.Errorf("the order is the report's, not the flag's: %v, %v", chosen, err)
	}
	if _, err := choose(all, "vett"); err == nil || !strings.Contains(err.Error(), `"vett"`) {
		t.Errorf("a name that does not exist must not pass as nothing to do: %v", err)
	}
}

func TestEveryNeedIsATool(t *testing.T) {
	for _, c := range checks {
		for _, need := range c.needs {
			if need != modules && !slices.ContainsFunc(tools, func(t tool) bool { return t.name == need }) {
				t.Errorf("check %s needs %q, which set-up does not know", c.name, need)
			}
		}
	}
}

func TestFuzzTargets(t *testing.T) {
	got := fuzzTargets(files(
		"sim/run_test.go", "package sim\nfunc FuzzRun(f *testing.F) {}\nfunc TestRun(t *testing.T) {}",
		"sim/run.go", "package sim\nfunc FuzzNot(f int) {}",
		"lessons/parse_test.go", "package lessons\nfunc FuzzParse(f *testing.F) {}"))
	if want := [][2]string{{"lessons", "FuzzParse"}, {"sim", "FuzzRun"}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The templ check must see each kind of drift, and must leave the tree as it was.
func TestTemplSeesDriftAndTouchesNothing(t *testing.T) {
	const good = "package web\n\ntempl page() {\n\t<p>Hello</p>\n}\n"
	root := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		put(name, string(text))
	}
	if text, err := exec.Command("git", "init", "-q", root).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, text)
	}
	put("web/page.templ", good)
	m := &machine{root: root}
	generate := exec.Command("go", "tool", "templ", "generate")
	generate.Dir = root
	if text, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("templ generate: %v\n%s", err, text)
	}
	generated, err := os.ReadFile(filepath.Join(root, "web/page_templ.go"))
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		what, template, made, orphan, says string
	}{
		{"nothing", good, string(generated), "", ""},
		{"a template changed after generating", strings.Replace(good, "Hello", "Goodbye", 1), string(generated), "", "web/page_templ.go: differs"},
		{"a generated file changed by hand", good, string(generated) + "// mine\n", "", "web/page_templ.go: differs"},
		{"a template not formatted", strings.Replace(good, "\t<p>", "   <p>", 1), string(generated), "", "web/page.templ: differs"},
		{"a generated file without template", good, string(generated), "package web\n", "web/old_templ.go: no template makes this file"},
		{"a template never generated", good, "", "", "web/page_templ.go: missing"},
	} {
		t.Run(c.what, func(t *testing.T) {
			for name, text := range map[string]string{"web/page.templ": c.template, "web/page_templ.go": c.made, "web/old_templ.go": c.orphan} {
				os.Remove(filepath.Join(root, name))
				if text != "" {
					put(name, text)
				}
			}
			before, err := readTree(root)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			err = checkTempl(t.Context(), m, &out)
			if (err != nil) != (c.says != "") || !strings.Contains(out.String(), c.says) {
				t.Errorf("want %q, got error %v and\n%s", c.says, err, out.String())
			}
			if after, err := readTree(root); err != nil || !maps.Equal(before, after) {
				t.Errorf("the check changed the tree (%v):\n%s", err, show(after))
			}
		})
	}
}
