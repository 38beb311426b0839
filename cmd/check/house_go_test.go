package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

var goRules = []rule{importArrows, oneWebsocketFile, packageComments, wholeTours, raceTested, pureEngine, noSkips}

// goFile is one parsed file of a tree.
type goFile struct {
	name string
	*ast.File
	fset *token.FileSet
}

// dir is the folder of the file, which is its package's path in the module.
func (f goFile) dir() string     { return path.Dir(f.name) }
func (f goFile) isTest() bool    { return strings.HasSuffix(f.name, "_test.go") }
func (f goFile) imports() []spec { return importSpecs(f) }

func (f goFile) at(n ast.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", f.name, f.fset.Position(n.Pos()).Line, fmt.Sprintf(format, args...))
}

// goFiles parses a tree's Go files. One that does not parse is a finding of no rule here: the compiler says it better.
func (t tree) goFiles() (parsed []goFile) {
	fset := token.NewFileSet()
	for _, name := range t.paths(".go") {
		if file, err := parser.ParseFile(fset, name, t[name], parser.ParseComments|parser.SkipObjectResolution); err == nil {
			parsed = append(parsed, goFile{name, file, fset})
		}
	}
	return parsed
}

type spec struct {
	*ast.ImportSpec
	path string
}

func importSpecs(f goFile) (specs []spec) {
	for _, s := range f.Imports {
		if p, err := strconv.Unquote(s.Path.Value); err == nil {
			specs = append(specs, spec{s, p})
		}
	}
	return specs
}

// module is the first element of every import path of ours.
const module = "fourwaves"

// A layer may import the layers named beside it, and itself where inside is set.
type layer struct {
	may     []string
	inside  bool
	stdOnly bool // and of other people's packages none
	why     string
}

var layers = map[string]layer{
	"cmd": {[]string{"web", "lessons", "sim", "sim/tcp", "sim/capture", "static"}, false, false,
		"a program only wires the parts together; what two programs share belongs into a part"},
	"web": {[]string{"lessons", "sim", "sim/tcp", "sim/capture", "static"}, true, false,
		"the server shows lessons and streams runs; nothing but a program may need a server"},
	"lessons": {[]string{"sim", "sim/tcp", "static"}, true, false,
		"a lesson is text and scenarios; it is checked and printed without any server"},
	"sim": {[]string{"sim/tcp"}, true, true,
		"a run is a pure function of its scenario and log, which others must be able to trust, to read and to compile for the browser; so the engine knows the standard library and itself"},
	"sim/capture": {[]string{"sim", "sim/tcp"}, false, false,
		"it turns runs into captures and captures into runs; the formats are gopacket's, which the engine must not know, so it lies beside the engine and not in it"},
	"sim/tcp": {nil, false, true,
		"one end of a connection follows the RFC, and the RFC knows of no simulator"},
	"static": {nil, false, true,
		"it only holds what the browser gets"},
}

func layerOf(dir string) string {
	for _, part := range []string{"sim/tcp", "sim/capture"} {
		if dir == part || strings.HasPrefix(dir, part+"/") {
			return part
		}
	}
	first, _, _ := strings.Cut(dir, "/")
	return first
}

var importArrows = rule{
	name: "import-arrows",
	why: "imports go one way, cmd -> web -> lessons -> sim -> sim/tcp, so that each part can be read, tested and thrown away without those " +
		"above it. Tests keep the same direction, but may use other people's packages.",
	find: func(t tree) (found []string) {
		for _, f := range t.goFiles() {
			from, known := layers[layerOf(f.dir())]
			if !known {
				continue // the rule "top-level" says so
			}
			for _, i := range f.imports() {
				ours, isOurs := strings.CutPrefix(i.path, module+"/")
				first, _, _ := strings.Cut(i.path, "/")
				switch {
				case isOurs && ours == f.dir() && f.isTest(): // an outside test of its own package
				case isOurs && from.inside && layerOf(ours) == layerOf(f.dir()):
				case isOurs && !slices.Contains(from.may, layerOf(ours)):
					found = append(found, f.at(i, "%s must not import %s: %s", f.dir(), ours, from.why))
				case !isOurs && strings.Contains(first, ".") && from.stdOnly && !f.isTest():
					found = append(found, f.at(i, "%s must not import %s: %s", f.dir(), i.path, from.why))
				}
			}
		}
		return found
	},
	bad: []tree{
		files("sim/a.go", `package sim; import "fourwaves/web"`),
		files("sim/a.go", `package sim; import "github.com/google/go-cmp/cmp"`),
		files("sim/tcp/a.go", `package tcp; import "fourwaves/sim"`),
		files("sim/a.go", `package sim; import "fourwaves/sim/capture"`),
		files("sim/capture/a.go", `package capture; import "fourwaves/lessons"`),
		files("sim/tcp/a_test.go", `package tcp; import "fourwaves/sim"`),
		files("lessons/a.go", `package lessons; import "fourwaves/web"`),
		files("static/a.go", `package static; import "fourwaves/sim"`),
		files("web/a.go", `package web; import "fourwaves/cmd/fourwaves"`),
		files("cmd/fourwaves/a.go", `package main; import "fourwaves/cmd/check"`),
	},
	good: []tree{
		files("sim/a.go", `package sim; import ("fmt"; "fourwaves/sim/tcp")`, "sim/a_test.go", `package sim_test; import ("fourwaves/sim"; "github.com/google/go-cmp/cmp")`),
		files("cmd/fourwaves/a.go", `package main; import ("fourwaves/web"; "fourwaves/lessons"; "fourwaves/sim"; "fourwaves/static")`),
		files("web/a.go", `package web; import ("fourwaves/lessons"; "github.com/a-h/templ")`),
		files("sim/capture/a.go", `package capture; import ("fourwaves/sim"; "github.com/gopacket/gopacket/pcapgo")`),
	},
}

var oneWebsocketFile = rule{
	name: "one-websocket-file",
	why: "nhooyr.io/websocket lives on under another path; when we follow, that shall be a change of one line. So exactly one file imports " +
		"it, and tests go through that file's package.",
	find: func(t tree) (found []string) {
		for _, f := range t.goFiles() {
			for _, i := range f.imports() {
				if strings.HasPrefix(i.path, "nhooyr.io/websocket") || strings.HasPrefix(i.path, "github.com/coder/websocket") {
					found = append(found, f.at(i, "imports %s", i.path))
				}
			}
		}
		switch len(found) {
		case 0:
			return []string{"web: no file imports the WebSocket library"}
		case 1:
			return nil
		}
		return []string{strings.Join(found, "\n")}
	},
	bad: []tree{
		files("web/a.go", `package web; import "nhooyr.io/websocket"`, "web/a_test.go", `package web; import "nhooyr.io/websocket"`),
		files("web/a.go", `package web; import "nhooyr.io/websocket"`, "web/b.go", `package web; import "github.com/coder/websocket/wsjson"`),
		files("web/a.go", `package web`),
	},
	good: []tree{files("web/a.go", `package web; import "nhooyr.io/websocket"`, "web/b.go", `package web; import "fmt"`)},
}

var packageComments = rule{
	name: "package-comments",
	why: "the package comment is the guided tour: what the package is for, where to start, what it does not do. Without it a reader starts " +
		"anywhere; with two, godoc joins them in the order of file names.",
	find: func(t tree) (found []string) {
		comments := map[string][]string{}
		packages := map[string]string{}
		for _, f := range t.goFiles() {
			if f.isTest() || strings.HasSuffix(f.name, "_templ.go") {
				continue
			}
			packages[f.dir()] = f.Name.Name
			if text := f.Doc.Text(); text != "" {
				comments[f.dir()] = append(comments[f.dir()], f.name)
				if name := f.Name.Name; name != "main" && !strings.HasPrefix(text, "Package "+name+" ") {
					found = append(found, f.at(f.Doc, `the package comment begins with "Package %s "`, name))
				}
			}
		}
		for _, dir := range slices.Sorted(maps.Keys(packages)) {
			if n := len(comments[dir]); n != 1 {
				found = append(found, fmt.Sprintf("%s: %d package comments %s", dir, n, comments[dir]))
			}
		}
		return found
	},
	bad: []tree{
		files("sim/a.go", "package sim"),
		files("sim/a.go", "// Package sim is a.\npackage sim", "sim/b.go", "// Package sim is b.\npackage sim"),
		files("sim/a.go", "//go:build linux\n\npackage sim"),
		files("sim/a.go", "// This is sim.\npackage sim"),
	},
	good: []tree{
		files("sim/doc.go", "// Package sim is a.\npackage sim", "sim/b.go", "package sim", "sim/b_test.go", "// Package sim is tested.\npackage sim"),
		files("cmd/x/main.go", "// X does x.\npackage main"),
	},
}

// tourStop is a line of a package comment that says what a file is.
var tourStop = regexp.MustCompile(`(?m)^\t(\w+\.go) +\S`)

var wholeTours = rule{
	name: "whole-tours",
	why:  "a tour that passes a file by sends readers past it, and one that names a file that is gone sends them nowhere.",
	find: func(t tree) (found []string) {
		tours, files := map[string][]string{}, map[string][]string{}
		for _, f := range t.goFiles() {
			if f.isTest() {
				continue
			}
			files[f.dir()] = append(files[f.dir()], path.Base(f.name))
			stops := tourStop.FindAllStringSubmatch(f.Doc.Text(), -1)
			if len(stops) > 0 {
				tours[f.dir()] = append(tours[f.dir()], path.Base(f.name)) // the guide need not name itself
			}
			for _, stop := range stops {
				tours[f.dir()] = append(tours[f.dir()], stop[1])
			}
		}
		for _, dir := range slices.Sorted(maps.Keys(tours)) {
			for _, file := range files[dir] {
				if !slices.Contains(tours[dir], file) {
					found = append(found, fmt.Sprintf("%s/%s: the tour of its package does not name it", dir, file))
				}
			}
			for _, file := range tours[dir] {
				if !slices.Contains(files[dir], file) {
					found = append(found, fmt.Sprintf("%s: the tour names %s, which is not there", dir, file))
				}
			}
		}
		return found
	},
	bad: []tree{
		files("sim/doc.go", "// Package sim is a.\n//\n//\tb.go  one\npackage sim", "sim/b.go", "package sim", "sim/c.go", "package sim"),
		files("sim/doc.go", "// Package sim is a.\n//\n//\tb.go  one\n//\tc.go  gone\npackage sim", "sim/b.go", "package sim"),
	},
	good: []tree{
		files("sim/doc.go", "// Package sim is a.\n//\n//\tb.go  one\n//\tc/    beside it\npackage sim", "sim/b.go", "package sim", "sim/b_test.go", "package sim"),
		files("sim/doc.go", "// Package sim has no tour.\npackage sim", "sim/b.go", "package sim"),
	},
}

var noSkips = rule{
	name: "no-skips",
	why: "a skipped test looks like a passed one. What a test needs, cmd/check installs; where it is missing all the same, the test fails " +
		"and says what to install.",
	find: func(t tree) (found []string) {
		for _, f := range t.goFiles() {
			if !f.isTest() {
				continue
			}
			ast.Inspect(f.File, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if s, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, s.Sel.Name) {
						found = append(found, f.at(n, "%s hides a test", s.Sel.Name))
					}
				}
				return true
			})
		}
		return found
	},
	bad: []tree{
		files("web/a_test.go", `package web; func TestA(t *testing.T) { t.Skip("no browser") }`),
		files("web/a_test.go", `package web; func BenchmarkA(b *testing.B) { b.SkipNow() }`),
	},
	good: []tree{files("web/a.go", `package web; func f() { scanner.Skip() }`)},
}

var raceTested = rule{
	name: "race-tested",
	why: "packages that start a goroutine or hold a lock are tested under the race detector, which finds nothing in the others but makes " +
		"their tests slow: name such a package in `concurrent` (checks.go), or do without.",
	find: func(t tree) (found []string) {
		for _, f := range t.goFiles() {
			if f.isTest() || slices.Contains(concurrent, path.Dir(f.name)) {
				continue
			}
			for _, i := range f.imports() {
				if i.path == "sync" || i.path == "sync/atomic" {
					found = append(found, f.at(i, "imports %s", i.path))
				}
			}
			ast.Inspect(f.File, func(n ast.Node) bool {
				if _, ok := n.(*ast.GoStmt); ok {
					found = append(found, f.at(n, "go statement"))
				}
				return true
			})
		}
		return found
	},
	bad: []tree{
		files("lessons/a.go", `package lessons; func f() { go g() }`),
		files("sim/capture/a.go", `package capture; import "sync"; var mu sync.Mutex`),
		files("web/extra/a.go", `package extra; import "sync/atomic"`),
	},
	good: []tree{
		files("web/a.go", `package web; import "sync"; func f() { go g() }`),
		files("cmd/fourwaves/a.go", `package main; func f() { go g() }`),
		files("lessons/a_test.go", `package lessons; import "sync"; var once = sync.OnceValue(f)`),
	},
}

var pureEngine = rule{
	name: "pure-engine",
	why: "a run is a pure function of engine version, scenario and log; links, undo, goldens and reconnecting all stand on that. Under sim " +
		"there is no clock, no chance but the keyed one, no floating point (it differs between machines), no goroutine, and nothing in the " +
		"order of a map: range over slices.Sorted(maps.Keys(m)) instead. sim/capture is no part of a run: it reads and writes files with dates.",
	find: func(t tree) (found []string) {
		engine := tree{}
		for _, name := range t.paths(".go") {
			if strings.HasPrefix(name, "sim/") && layerOf(path.Dir(name)) != "sim/capture" && !strings.HasSuffix(name, "_test.go") {
				engine[name] = t[name]
			}
		}
		parsed := engine.goFiles()
		for _, f := range parsed {
			found = append(found, impureSyntax(f)...)
		}
		// In the order of imports, so that sim finds sim/tcp: what lies deeper is imported.
		packages := map[string][]goFile{}
		for _, f := range parsed {
			packages[f.dir()] = append(packages[f.dir()], f)
		}
		dirs := slices.SortedFunc(maps.Keys(packages), func(a, b string) int {
			return cmp.Or(strings.Count(b, "/")-strings.Count(a, "/"), strings.Compare(a, b))
		})
		checked := map[string]*types.Package{}
		for _, dir := range dirs {
			found = append(found, impureTypes(dir, packages[dir], checked)...)
		}
		return found
	},
	bad: []tree{
		files("sim/a.go", `package sim; import _ "time"`),
		files("sim/a.go", `package sim; import _ "math/rand/v2"`),
		files("sim/tcp/a.go", `package tcp; import _ "crypto/rand"`),
		files("sim/a.go", `package sim; import _ "os"`),
		files("sim/a.go", `package sim; var loss float64`),
		files("sim/a.go", `package sim; func f(n int) bool { return n > 0 && 0.2 > 0.1 }`),
		files("sim/a.go", `package sim; import "strconv"; func f(s string) bool { _, err := strconv.ParseFloat(s, 64); return err == nil }`),
		files("sim/a.go", `package sim; func f() { go f() }`),
		files("sim/a.go", `package sim; func f(c chan int) { select { case <-c: default: } }`),
		files("sim/a.go", `package sim; func f(m map[int]int) (s []int) { for k := range m { s = append(s, k) }; return s }`),
		files("sim/a.go", `package sim; type set map[int]bool; func f(m set) { for range m { } }`),
		files("sim/tcp/a.go", `package tcp; type Flight map[int]bool`, "sim/a.go", `package sim; import "fourwaves/sim/tcp"; func f(m tcp.Flight) { for range m { } }`),
		files("sim/a.go", `package sim; import ("maps"; "slices"); func f(m map[int]int) []int { return slices.Collect(maps.Keys(m)) }`),
		files("sim/a.go", `package sim; func f() { undefined() }`),
	},
	good: []tree{
		files("sim/a.go", `package sim; import ("maps"; "slices"); func f(m map[int]int) (s int) { for _, k := range slices.Sorted(maps.Keys(m)) { s = s<<1 ^ m[k] }; return s }`),
		files("sim/a.go", `package sim; import "fmt"; const slot = 7 / 2; func f(goes []int) string { for i := range goes { _ = i }; for range 3 { }; return fmt.Sprint(goes) }`),
		files("sim/a_test.go", `package sim; import ("time"; "math/rand"); func f(m map[int]float64) { for range m { } }`),
		files("web/a.go", `package web; import "time"; func f(m map[int]float64) { go f(nil); for range m { } }`),
		files("sim/capture/a.go", `package capture; import "time"`),
	},
}

func impureSyntax(f goFile) (found []string) {
	banned := map[string]string{
		"time": "time is an argument, in whole microseconds", "math/rand": "chance is keyed", "math/rand/v2": "chance is keyed", "crypto/rand": "chance is keyed",
		"hash/maphash": "its seed changes with every process", "os": "the engine does no input or output", "net": "the engine does no input or output",
		"runtime": "the engine does not know where it runs",
	}
	for _, i := range f.imports() {
		if why := banned[i.path]; why != "" {
			found = append(found, f.at(i, "imports %s: %s", i.path, why))
		}
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.GoStmt:
			found = append(found, f.at(n, "go statement"))
		case *ast.SelectStmt:
			found = append(found, f.at(n, "select statement: it chooses by chance"))
		}
		return true
	})
	return found
}

// standard loads the standard library from source, once for all samples and the real tree.
var standard = sync.OnceValue(func() types.Importer { return importer.ForCompiler(token.NewFileSet(), "source", nil) })

// importing finds our own packages among those checked so far.
type importing map[string]*types.Package

func (ours importing) Import(path string) (*types.Package, error) {
	if p := ours[path]; p != nil {
		return p, nil
	}
	return standard().Import(path)
}

func impureTypes(dir string, parsed []goFile, checked importing) (found []string) {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	var asts []*ast.File
	for _, f := range parsed {
		asts = append(asts, f.File)
	}
	p, err := (&types.Config{Importer: checked}).Check(module+"/"+dir, parsed[0].fset, asts, info)
	if err != nil {
		return []string{fmt.Sprintf("%s: does not compile, so nothing can be said about it: %v", dir, err)}
	}
	checked[p.Path()] = p
	for _, f := range parsed {
		found = append(found, unorderedMaps(f, info)...)
		found = append(found, floats(f, info)...)
	}
	return found
}

func unorderedMaps(f goFile, info *types.Info) (found []string) {
	calls := func(n ast.Node, pkg string, names ...string) (*ast.CallExpr, bool) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return nil, false
		}
		s, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return nil, false
		}
		used := info.Uses[s.Sel]
		return call, used != nil && used.Pkg() != nil && used.Pkg().Path() == pkg && slices.Contains(names, used.Name())
	}
	sorted := map[ast.Node]bool{}
	ast.Inspect(f.File, func(n ast.Node) bool {
		if call, ok := calls(n, "slices", "Sorted"); ok {
			sorted[call.Args[0]] = true
		}
		if call, ok := calls(n, "maps", "Keys", "Values", "All"); ok && !sorted[call] {
			found = append(found, f.at(n, "keys or values of a map in no order"))
		}
		if r, ok := n.(*ast.RangeStmt); ok {
			if _, isMap := info.Types[r.X].Type.Underlying().(*types.Map); isMap {
				found = append(found, f.at(n, "range over a map"))
			}
		}
		return true
	})
	return found
}

// floats gives one finding per line that computes with floating point, whether or not it names such a type.
func floats(f goFile, info *types.Info) (found []string) {
	isFloat := func(t types.Type) bool {
		b, ok := t.Underlying().(*types.Basic)
		return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
	}
	lines := map[int]bool{}
	ast.Inspect(f.File, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok || info.Types[e].Type == nil {
			return true
		}
		float := isFloat(info.Types[e].Type)
		if results, ok := info.Types[e].Type.(*types.Tuple); ok {
			for v := range results.Variables() {
				float = float || isFloat(v.Type())
			}
		}
		if line := f.fset.Position(n.Pos()).Line; float && !lines[line] {
			lines[line] = true
			found = append(found, f.at(n, "floating point"))
		}
		return true
	})
	return found
}
