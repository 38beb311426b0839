package main

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

var browserRules = []rule{jsArrows, noInline, jsSkips, lockFile}

// The modules of static/js that may import others of ours. What is not named here is a leaf: it imports nothing, so a test in
// Node reads it without a page. Decision, 2026-11-22: the design let views import svg and timescale only. They may also read
// the leaves that say where things are (fold, marks, layout): passing those functions in as arguments would hide the same
// arrow. And figure wires one figure's parts as main wires the page.
var jsMay = map[string][]string{
	"main":      {"*"},
	"figure":    {"*"},
	"player":    {"timescale"},
	"layout":    {"marks", "timescale"},
	"ladder":    append(views, "sheet"), // the part of the ladder that stands still
	"sheet":     views,
	"transport": views,
	"controls":  views,
	"voice":     append(views, "panels/say"), // the sentences, when the first one is said
	"panels":    views,
	// Panels that a page loads when they are opened; what lies directly in static/js is preloaded.
	"panels/statechart": views,
	"panels/sockets":    views,
	"panels/segment":    views,
	"panels/calls":      views,
	"panels/help":       views,
	"panels/why":        append(views, "panels/named"),
	"panels/transcript": append(views, "panels/named"),
	"panels/named":      views, // how words look that name a mark
	"panels/say":        views,
	"panels/axes":       views,
	"panels/fleet":      views,
	// What somebody does who touches a figure: one of them brings the others together.
	"edits/edits":    append(views, "edits/compare", "edits/ghost", "edits/history", "edits/lines", "edits/list", "edits/popover", "edits/problems"),
	"edits/popover":  append(views, "edits/lines"),
	"edits/list":     append(views, "edits/lines", "controls"),
	"edits/lines":    {"controls"},
	"edits/ghost":    views,
	"edits/problems": views,
	"panels/present": append(views, "panels/remote"),
	"panels/remote":  append(views, "panels/speech"), // a phone is told what is spoken
	"panels/terms":   views,
	"panels/take":    append(views, "sheet", "panels", "panels/present"), // draws a run once more, as the ladder does
	// What one page has for itself; main hands it the wire and the figures.
	"pages/home":    {"asks/progress"},
	"pages/sandbox": views,
	"pages/embed":   {"settings"},
	"pages/watch":   views,
	// What a figure asks of the learner.
	"asks/asks":      append(views, "asks/predict", "asks/challenge", "asks/tries", "asks/sequel", "asks/progress", "panels/named"),
	"asks/predict":   append(views, "asks/paper"),
	"asks/challenge": append(views, "asks/predict", "edits/lines"),
	"asks/tries":     append(views, "edits/compare"),
	"asks/paper":     views,
}

// The folders of static/js, whose names main and figure may write before a module's.
var jsFolder = regexp.MustCompile(`^(panels|edits|pages|asks)/`)

var views = []string{"svg", "units", "timescale", "fold", "marks", "layout"}

var jsArrows = rule{
	name: "js-arrows",
	why: "the picture is a pure function of events and time. Only main and figure know the other modules; a view draws with svg and " +
		"timescale from fold, marks and layout, and never reads another view, the player or the wire; fold, marks and session " +
		"import nothing, so that tests run them without a page. No module comes from outside: what is served is what was written.",
	find: func(t tree) (found []string) {
		for _, name := range t.paths(".js") {
			if dir := path.Dir(name) + "/"; dir != "static/js/" && !jsFolder.MatchString(strings.TrimPrefix(dir, "static/js/")) {
				continue
			}
			from := strings.TrimSuffix(strings.TrimPrefix(name, "static/js/"), ".js")
			for _, i := range jsImports(t[name]) {
				at := fmt.Sprintf("%s:%d: ", name, i.line)
				to, ok := strings.CutPrefix(path.Join(path.Dir(name), i.from), "static/js/")
				to, js := strings.CutSuffix(to, ".js")
				if !strings.HasPrefix(i.from, ".") || !ok || !js || strings.Contains(jsFolder.ReplaceAllString(to, ""), "/") {
					found = append(found, at+fmt.Sprintf("imports %s, which is no module.js of ours", i.from))
				} else if may := jsMay[from]; to == "main" || !slices.Contains(may, "*") && !slices.Contains(may, to) {
					found = append(found, at+fmt.Sprintf("%s must not import %s (it may import: %s)", from, to, strings.Join(may, ", ")))
				}
			}
		}
		return found
	},
	bad: []tree{
		files("static/js/fold.js", "import { say } from './say.js'"),
		files("static/js/ladder.js", "/** a view */\nimport {\n  play,\n} from \"./player.js\";\n"),
		files("static/js/player.js", "export { tick } from './ladder.js'"),
		files("static/js/session.js", "import './main.js'"),
		files("static/js/figure.js", "import './main.js'"),
		files("static/js/ladder.js", "import { why } from './why.js'"),
		files("static/js/marks.js", "const svg = await import('./svg.js')"),
		files("static/js/main.js", "import * as d3 from 'd3'"),
		files("static/js/panels/calls.js", "import { play } from '../player.js'"),
		files("static/js/panels/calls.js", "import { x } from '../../test/runs.js'"),
		files("static/js/ladder.js", "const calls = await import('./panels/calls.js')"),
		files("static/js/main.js", "const where = './svg.js'; const m = await import(where)"),
	},
	good: []tree{
		files("static/js/main.js", "import { fold } from './fold.js'\nimport * as ladder from './ladder.js'\n"),
		files("static/js/ladder.js", "import { line } from './svg.js'; import { y } from './timescale.js'\nimport { time } from \"./units.js\""),
		files("static/js/figure.js", "import { player } from './player.js'"),
		files("static/js/figure.js", "const calls = await import('./panels/calls.js')"),
		files("static/js/panels/calls.js", "import { html } from '../svg.js'"),
		files("static/js/fold.js", "// import { say } from './say.js'\n/** @typedef {import('../types.d.ts').Event} Event\n * import { x } from './y.js'\n */\nexport const important = 'from'"),
		files("static/test/fold.test.js", "import test from 'node:test'; import { fold } from '../js/fold.js'"),
	},
}

type jsImport struct {
	from string
	line int
}

var (
	jsComment = regexp.MustCompile(`(?s)/\*.*?\*/|(?m:(^|[\s;{}(])//.*$)`)
	jsStatic  = regexp.MustCompile(`(?m)(?:^|;)[ \t]*(?:import|export)\b(?:[^'";()=]*?\bfrom\b)?\s*['"]([^'"\n]+)['"]`)
	jsDynamic = regexp.MustCompile(`\bimport\s*\(\s*(?:['"]([^'"\n]+)['"])?`)
)

// jsImports finds what a module imports: by statement, by re-export and by call. Types in JSDoc are comments and load nothing.
func jsImports(text string) (found []jsImport) {
	text = jsComment.ReplaceAllStringFunc(text, func(comment string) string { // lines stay where they were
		return strings.Repeat("\n", strings.Count(comment, "\n"))
	})
	for _, expr := range []*regexp.Regexp{jsStatic, jsDynamic} {
		for _, at := range expr.FindAllStringSubmatchIndex(text, -1) {
			from := "something that only the run knows"
			if at[2] >= 0 {
				from = text[at[2]:at[3]]
			}
			found = append(found, jsImport{from, lineOf(text, at[1])})
		}
	}
	return found
}

var noInline = rule{
	name: "no-inline",
	why: "the Content-Security-Policy forbids inline script and style, so the browser would ignore it without a word. Data goes through " +
		"attributes or templ.JSONScript, looks through a class.",
	find: func(t tree) (found []string) {
		for _, kind := range []struct{ what, expr string }{
			{"inline style", `(?i)<style\b|\sstyle\s*=\s*["'{]`},
			{"inline handler", `(?i)\son[a-z]{3,}\s*=\s*["'{]`},
			{"script in a link", `(?i)["'` + "`" + `]javascript:`},
			{"templ block that becomes inline", `(?m)^(script|css)\s+\w+\s*\(`},
		} {
			found = append(found, t.matches(regexp.MustCompile(kind.expr), kind.what, ".templ")...)
		}
		for _, name := range t.paths(".templ") {
			for _, at := range regexp.MustCompile(`(?i)<script\b[^>]*>`).FindAllStringIndex(t[name], -1) {
				if tag := t[name][at[0]:at[1]]; !regexp.MustCompile(`\ssrc\s*=|type="application/json"`).MatchString(tag) {
					found = append(found, fmt.Sprintf("%s:%d: inline script: %s", name, lineOf(t[name], at[0]), tag))
				}
			}
		}
		return found
	},
	bad: []tree{
		files("web/page.templ", "<div style=\"color: red\">"),
		files("web/page.templ", "<div style={ colour }>"),
		files("web/page.templ", "<style>\np {}\n</style>"),
		files("web/page.templ", "<button onclick=\"go()\">"),
		files("web/page.templ", "<script>\nstart()\n</script>"),
		files("web/page.templ", "<script type=\"module\">\nstart()\n</script>"),
		files("web/page.templ", "script hello(name string) {\n}"),
		files("web/page.templ", "<a href=\"javascript:void(0)\">"),
	},
	good: []tree{
		files("web/page.templ", "<link rel=\"stylesheet\" href={ css }><script type=\"module\" src={ main }></script>\n@templ.JSONScript(\"facts\", facts)\n<script type=\"application/json\">{}</script>"),
		files("web/page.templ", "{{ once := true; only = once }}<p class=\"style\" data-one=\"1\">"),
	},
}

var jsSkips = rule{
	name: "no-js-skips",
	why:  noSkips.why,
	find: func(t tree) []string {
		return t.matches(regexp.MustCompile(`\.(skip|todo|only)\(|[{,]\s*(skip|todo|only)\s*:`), "hides a test", ".test.js")
	},
	bad:  []tree{files("static/test/a.test.js", "test.skip('folds', () => {})"), files("static/test/a.test.js", "test('folds', { skip: true }, () => {})")},
	good: []tree{files("static/test/a.test.js", "test('may skip: nothing', () => {})")},
}

var lockFile = rule{
	name: "lock-file",
	why:  "package-lock.json names no registry (npm install --omit-lockfile-registry-resolved): with somebody's mirror in it, npm ci works in one building only.",
	find: func(t tree) []string {
		return t.matches(regexp.MustCompile(`"resolved":`), "names a registry", "package-lock.json")
	},
	bad:  []tree{files("static/package-lock.json", `"resolved": "http://mirror.example/typescript.tgz"`)},
	good: []tree{files("static/package-lock.json", `"integrity": "sha512-0123"`)},
}

// embedded looks at what the binary carries, not at the tree.
var embedded = rule{
	name: "embedded",
	why: "what package static embeds is served to everybody. Development files (tools, tests, types, configuration) stay out: name what ships " +
		"in the embed patterns.",
	find: func(t tree) (found []string) {
		kinds := []string{".js", ".css", ".json", ".svg", ".png", ".ico", ".woff2", ".webmanifest"}
		development := regexp.MustCompile(`(^|/)(\.|_|node_modules/|test/|bench/|testdata/|package(-lock)?\.json$|[jt]sconfig[^/]*\.json$)|\.test\.js$`)
		for _, name := range t.paths() {
			if !slices.Contains(kinds, path.Ext(name)) || development.MatchString(name) {
				found = append(found, "static/"+name+": is embedded")
			}
		}
		return found
	},
	bad: []tree{
		files("node_modules/typescript/index.js", ""), files("package.json", ""), files("package-lock.json", ""), files("jsconfig.json", ""),
		files("js/types.d.ts", ""), files("test/fold.test.js", ""), files("js/fold.test.js", ""), files(".npmrc", ""), files("static.go", ""),
	},
	good: []tree{files("js/main.js", "", "css/page.css", "", "words/zh.json", "", "img/icon.svg", "")},
}
