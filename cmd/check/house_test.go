package main

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fourwaves/static"
)

// A rule of the house is something that reviewers would otherwise have to say again and again. It carries its reason, because
// a rule without one is obeyed wrongly or not at all; and samples, because a rule that cannot fail protects nothing.
type rule struct {
	name string
	why  string
	find func(tree) []string // what breaks it, each "path:line: what" or "path: what"
	bad  []tree              // samples that break it, once each
	good []tree              // samples that look alike and do not
}

var rules = slices.Concat(goRules, browserRules, []rule{topLevel, directDependencies, container, unfinished, rfcLinks, names})

func TestHouse(t *testing.T) {
	project, err := readTree("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) { obeyed(t, r, project) })
	}
	t.Run(embedded.name, func(t *testing.T) {
		shipped := tree{}
		err := fs.WalkDir(static.FS, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				shipped[name] = ""
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		obeyed(t, embedded, shipped)
	})
}

func obeyed(t *testing.T, r rule, in tree) {
	t.Helper()
	if found := r.find(in); len(found) > 0 {
		t.Errorf("%s\nWhy this is a rule: %s", strings.Join(found, "\n"), r.why)
	}
}

func TestEveryRuleCanFail(t *testing.T) {
	for _, r := range append(rules, embedded) {
		t.Run(r.name, func(t *testing.T) {
			if len(r.bad) == 0 {
				t.Error("no sample shows that this rule can fail")
			}
			for _, in := range r.bad {
				if found := r.find(in); len(found) != 1 {
					t.Errorf("this sample should break the rule once:\n%s\nfound: %q", show(in), found)
				}
			}
			for _, in := range r.good {
				if found := r.find(in); len(found) != 0 {
					t.Errorf("this sample keeps the rule:\n%s\nfound: %q", show(in), found)
				}
			}
		})
	}
}

func show(in tree) string {
	var b strings.Builder
	for _, path := range in.paths() {
		fmt.Fprintf(&b, "-- %s --\n%s\n", path, in[path])
	}
	return b.String()
}

// files makes a sample from paths and texts in turn.
func files(pairs ...string) tree {
	t := tree{}
	for i := 0; i < len(pairs); i += 2 {
		t[pairs[i]] = pairs[i+1]
	}
	return t
}

// with is the sample with some more files.
func (t tree) with(more tree) tree {
	all := maps.Clone(t)
	maps.Copy(all, more)
	return all
}

// matches gives one finding per match of the expression in the files that end in one of these ways.
func (t tree) matches(expr *regexp.Regexp, what string, endings ...string) (found []string) {
	for _, name := range t.paths(endings...) {
		for _, at := range expr.FindAllStringIndex(t[name], -1) {
			match := strings.TrimSpace(t[name][at[0]:at[1]])
			found = append(found, fmt.Sprintf("%s:%d: %s: %s", name, lineOf(t[name], at[1]), what, match))
		}
	}
	return found
}

func lineOf(text string, offset int) int { return 1 + strings.Count(text[:offset], "\n") }

// written is what people write to be read: not lock files and generated Go, and not testdata, which holds mistakes on purpose.
func (t tree) written() tree {
	kinds := []string{".go", ".js", ".ts", ".css", ".templ", ".md", ".json", ".txt", "Dockerfile", ".ci/run"}
	only := tree{}
	for _, name := range t.paths(kinds...) {
		if !strings.HasSuffix(name, "_templ.go") && path.Base(name) != "package-lock.json" && !strings.Contains(name, "/testdata/") {
			only[name] = t[name]
		}
	}
	return only
}

var topLevel = rule{
	name: "top-level",
	why: "the root is the first page of the project, and the user fixed what stands on it: " + strings.Join(topNames, " ") +
		". Beside them only dotfiles. Something new belongs into one of the folders.",
	find: func(t tree) (found []string) {
		seen := map[string]bool{}
		for _, name := range t.paths() {
			first, _, _ := strings.Cut(name, "/")
			if seen[first] || strings.HasPrefix(first, ".") {
				continue
			}
			seen[first] = true
			if !slices.Contains(topNames, first) {
				found = append(found, first+": does not belong at the top level")
			}
		}
		for _, name := range topNames {
			if !seen[name] {
				found = append(found, name+": is missing")
			}
		}
		return found
	},
	bad: []tree{
		wholeTop().with(files("docs/design.md", "")),
		wholeTop().with(files("Makefile", "")),
		func() tree { t := wholeTop(); delete(t, "README.md"); return t }(),
	},
	good: []tree{wholeTop().with(files(".ci/run", "", ".gitignore", ""))},
}

var topNames = strings.Fields("go.mod go.sum cmd web sim lessons static Dockerfile README.md")

func wholeTop() tree {
	t := tree{}
	for _, name := range topNames {
		if path.Ext(name) == "" && name != "Dockerfile" {
			name += "/some.go"
		}
		t[name] = ""
	}
	return t
}

var directDependencies = rule{
	name: "dependencies",
	why:  "the user chose chi, templ and nhooyr.io/websocket. When go.mod does not require one directly, something else took its place.",
	find: func(t tree) (found []string) {
		for _, module := range []string{"github.com/go-chi/chi/v5", "github.com/a-h/templ", "nhooyr.io/websocket"} {
			direct := regexp.MustCompile(`(?m)^(require)?\s*` + regexp.QuoteMeta(module) + ` v[^\s/]+$`)
			if !direct.MatchString(t["go.mod"]) {
				found = append(found, "go.mod: does not require "+module+" directly")
			}
		}
		return found
	},
	bad: []tree{
		files("go.mod", "require (\n\tgithub.com/a-h/templ v0.3.1\n\tnhooyr.io/websocket v1.8.1\n)\n"),
		files("go.mod", "require (\n\tgithub.com/go-chi/chi/v5 v5.1.0 // indirect\n\tgithub.com/a-h/templ v0.3.1\n\tnhooyr.io/websocket v1.8.1\n)\n"),
	},
	good: []tree{files("go.mod", "require (\n\tgithub.com/go-chi/chi/v5 v5.1.0\n\tgithub.com/a-h/templ v0.3.1\n)\nrequire nhooyr.io/websocket v1.8.1\n")},
}

var container = rule{
	name: "container",
	why: "the image holds the program and nothing to break into: a static binary from scratch, run by a number that is not root. " +
		"It is built by the Go release that go.mod asks for, named shortly (golang:1.N AS build), so that any engine finds it in its own registry.",
	find: func(t tree) (found []string) {
		text, ok := t["Dockerfile"]
		if !ok {
			return []string{"Dockerfile: is missing"}
		}
		line := func(expr, what string) []string {
			m := regexp.MustCompile(`(?m)^` + expr).FindStringSubmatch(text)
			if m == nil {
				found = append(found, "Dockerfile: "+what)
			}
			return m
		}
		if from := line(`FROM golang:(\d+\.\d+) AS build$`, "no line FROM golang:1.N AS build"); from != nil {
			if mod := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(t["go.mod"]); mod == nil || mod[1] != from[1] {
				found = append(found, "Dockerfile: builds with Go "+from[1]+", go.mod asks for another")
			}
		}
		if stages := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1); len(stages) > 0 && stages[len(stages)-1][1] != "scratch" {
			found = append(found, "Dockerfile: the last stage is not FROM scratch")
		}
		line(`USER [1-9]\d*(:[1-9]\d*)?$`, "no line USER with a number that is not 0")
		line(`HEALTHCHECK .*"health"\]$`, "no HEALTHCHECK by the program itself")
		return found
	},
	bad: []tree{
		files("go.mod", "go 1.27.0", "Dockerfile", goodDockerfile),
		files("go.mod", "go 1.26.0", "Dockerfile", strings.Replace(goodDockerfile, "FROM scratch", "FROM alpine", 1)),
		files("go.mod", "go 1.26.0", "Dockerfile", strings.Replace(goodDockerfile, "65532", "0", 1)),
		files("go.mod", "go 1.26.0", "Dockerfile", strings.Replace(goodDockerfile, "golang:", "docker.io/library/golang:", 1)),
	},
	good: []tree{files("go.mod", "go 1.26.0", "Dockerfile", goodDockerfile)},
}

const goodDockerfile = `FROM golang:1.26 AS build
RUN go build -o /fourwaves ./cmd/fourwaves
FROM scratch
USER 65532
HEALTHCHECK CMD ["/fourwaves", "health"]
`

var unfinished = rule{
	name: "unfinished",
	why: "such a mark is a promise to nobody. Finish the thing, or file an issue; a limit that stays is said in the package comment, where " +
		"a reader looks for it.",
	find: func(t tree) []string {
		return t.written().matches(regexp.MustCompile(`\b(FIX`+`ME|TO`+`DO|XX`+`X)\b`), "unfinished")
	},
	bad:  []tree{files("sim/run.go", "package sim // TO"+"DO: the rest"), files("lessons/en/a.md", "FIX"+"ME")},
	good: []tree{files("web/todo.css", ".todos {}"), files("web/page_templ.go", "// TO"+"DO")},
}

var rfcLinks = rule{
	name: "rfc-links",
	why: "the RFC is the outline of this project, so its links must arrive. One form only, https://www.rfc-editor.org/rfc/rfc9293 with " +
		"#section-1.2, #appendix-A, #figure-5 or #table-1 (errata: /errata/eidN): the fragments of other sites and of the .txt and " +
		".html forms differ, and a wrong fragment fails silently.",
	find: func(t tree) (found []string) {
		link := regexp.MustCompile(`https?://[\w.-]*(rfc-editor\.org|ietf\.org)[^\s"'` + "`" + `<>)\]}]*`)
		valid := regexp.MustCompile(`^https://www\.rfc-editor\.org/(rfc/rfc[1-9]\d*(#(section-\d+(\.\d+)*(-\d+(\.\d+)*)?|appendix-[A-Z](\.\d+)*|figure-\d+|table-\d+))?|errata/(eid|rfc)[1-9]\d*)$`)
		// Code that puts a link together ends or has a hole where the number goes.
		pattern := regexp.MustCompile(`^https://www\.rfc-editor\.org/rfc/rfc($|[%$\\{])`)
		for _, name := range t.written().paths() {
			for _, at := range link.FindAllStringIndex(t[name], -1) {
				url := strings.TrimRight(t[name][at[0]:at[1]], ".,;:\\")
				if !valid.MatchString(url) && !pattern.MatchString(url) {
					found = append(found, fmt.Sprintf("%s:%d: %s", name, lineOf(t[name], at[0]), url))
				}
			}
		}
		return found
	},
	bad: []tree{
		files("sim/tcp/doc.go", "// See https://www."+"rfc-editor.org/rfc/rfc9293.html#section-3.6"),
		files("sim/tcp/doc.go", "// See https://www."+"rfc-editor.org/rfc/rfc9293#section-3.6.x"),
		files("static/words/sources.json", `{"url":"https://tools.`+`ietf.org/html/rfc793#section-3.5"}`),
		files("README.md", "[RFC 9293](http://www."+"rfc-editor.org/rfc/rfc9293)"),
	},
	good: []tree{
		files("sim/tcp/doc.go", "// See https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7.4."),
		files("README.md", "[RFC 9293](https://www.rfc-editor.org/rfc/rfc9293#figure-5), <https://www.rfc-editor.org/errata/eid7192>"),
		files("lessons/cite.go", `"https://www.rfc-editor.org/rfc/rfc%d#section-%s"`),
	},
}

var names = rule{
	name: "names",
	why: "a name like util, common, helpers or models says where something was put and not what it is; such places collect what nobody " +
		"thought about. Name the file or package after the concept.",
	find: func(t tree) (found []string) {
		vague := regexp.MustCompile(`^(utils?|commons?|helpers?|models?|misc|shared)$`)
		seen := map[string]bool{}
		for _, name := range t.paths(".go", ".js", ".templ", ".css") {
			parts := strings.Split(name, "/")
			parts[len(parts)-1] = strings.TrimSuffix(parts[len(parts)-1], path.Ext(name))
			for i, part := range parts {
				whole := strings.Join(parts[:i+1], "/")
				if vague.MatchString(part) && !seen[whole] {
					seen[whole] = true
					found = append(found, fmt.Sprintf("%s: %q names no concept", name, part))
				}
			}
		}
		return found
	},
	bad:  []tree{files("web/util/a.go", "", "web/util/b.go", ""), files("static/js/helpers.js", ""), files("sim/common.go", "")},
	good: []tree{files("web/utility_test.go", "", "sim/MODEL.md", "", "sim/model_of_loss.go", "")},
}
