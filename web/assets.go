package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	esbuild "github.com/evanw/esbuild/pkg/api"
	"github.com/go-chi/chi/v5"
)

// assets is the static tree, read once: hashed and typed when the program starts, because it never changes afterwards. One hash
// over everything names the whole tree, so that modules can import each other by relative paths and still be kept by
// browsers for ever.
//
// A module is stripped and a file compressed when somebody first asks for it so, once and as small as it gets. For the whole tree
// that takes about a second, which neither a start nor a request after the first should wait for.
type assets struct {
	hash  string
	files map[string]asset
}

type asset struct {
	kind  string // media type
	data  func() []byte
	coded map[string]func() []byte // by content coding; nil when that saves nothing
}

// codings are the content codings that are offered, the smallest first.
var codings = []struct {
	name   string
	writer func(io.Writer) io.WriteCloser
}{
	{"br", func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotli.BestCompression) }},
	{"gzip", func(w io.Writer) io.WriteCloser {
		z, _ := gzip.NewWriterLevel(w, gzip.BestCompression) // the level is one of the package's own
		return z
	}},
}

// assetKinds are the files that are served; others of the tree are not for browsers.
var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".json": "application/json",
	".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2", ".webmanifest": "application/manifest+json",
}

// readAssets reads the tree, and takes more files that are no part of it.
func readAssets(tree fs.FS, more map[string][]byte) (*assets, error) {
	a := &assets{files: map[string]asset{}}
	sum := sha256.New()
	var styles []byte
	modules := map[string][]byte{}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		kind := assetKinds[path.Ext(name)]
		if err != nil || entry.IsDir() || kind == "" {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(data))
		sum.Write(data)
		if path.Dir(name) == path.Dir(styleSheet) && path.Ext(name) == ".css" {
			styles = append(append(styles, data...), '\n')
		}
		if path.Ext(name) == ".js" {
			modules[name] = data
			return nil
		}
		a.add(name, data)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	a.add(styleSheet, styles)
	a.addModules(modules)
	for _, name := range slices.Sorted(maps.Keys(more)) {
		fmt.Fprintf(sum, "%s %d\n", name, len(more[name]))
		sum.Write(more[name])
		a.add(name, more[name])
	}
	a.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return a, nil
}

// styleSheet is the files of its folder in one, in the order of their names: what every page waits for before it shows
// anything comes in one answer.
const styleSheet = "css/all.css"

// mainModule is the modules of its folder in one: what every page with a figure begins with comes in one answer. Eighteen of
// them, six at a time, were three round trips more on a slow line. What lies in the folders below stays apart, and
// imports from this one what it imports from its parts.
const mainModule = "js/main.js"

func (a *assets) add(name string, data []byte) {
	if path.Ext(name) == ".css" {
		a.serve(name, func() []byte {
			return smaller(data, esbuild.BuildOptions{Stdin: &esbuild.StdinOptions{Sourcefile: name, Loader: esbuild.LoaderCSS}})
		})
		return
	}
	a.serve(name, func() []byte { return data })
}

// addModules puts the modules of js/ into one, and adds those of its folders.
func (a *assets) addModules(sources map[string][]byte) {
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if path.Dir(name) == path.Dir(mainModule) {
			fmt.Fprintf(&all, "export * from './%s';\n", path.Base(name))
			continue
		}
		a.serve(name, func() []byte { return bundle(name, sources[name], sources) })
	}
	a.serve(mainModule, func() []byte { return bundle(path.Dir(mainModule)+"/", []byte(all.String()), sources) })
}

// serve makes a file when it is first asked for, and never again.
func (a *assets) serve(name string, data func() []byte) {
	file := asset{kind: assetKinds[path.Ext(name)], data: sync.OnceValue(data), coded: map[string]func() []byte{}}
	for _, c := range codings {
		file.coded[c.name] = sync.OnceValue(func() []byte { return compress(file.data(), c.writer) })
	}
	a.files[name] = file
}

// bundle is a module of the tree as it is served. Where it imports one of js/, that is in mainModule: in here, if this is it, and else
// to be imported from there.
func bundle(name string, source []byte, sources map[string][]byte) []byte {
	const tree = "tree"
	main := path.Dir(mainModule)
	resolve := func(args esbuild.OnResolveArgs) (esbuild.OnResolveResult, error) {
		from := name
		if args.Namespace == tree {
			from = args.Importer
		}
		to := path.Join(path.Dir(from), args.Path)
		switch {
		case args.Kind == esbuild.ResolveJSDynamicImport || path.Dir(to) != main:
			return esbuild.OnResolveResult{Path: args.Path, External: true}, nil
		case path.Dir(from) != main:
			return esbuild.OnResolveResult{Path: "../" + path.Base(mainModule), External: true}, nil
		}
		return esbuild.OnResolveResult{Path: to, Namespace: tree}, nil
	}
	load := func(args esbuild.OnLoadArgs) (esbuild.OnLoadResult, error) {
		contents := string(sources[args.Path])
		return esbuild.OnLoadResult{Contents: &contents, Loader: esbuild.LoaderJS}, nil
	}
	return smaller(source, esbuild.BuildOptions{
		Bundle: true, Format: esbuild.FormatESModule,
		Stdin: &esbuild.StdinOptions{Sourcefile: name, Loader: esbuild.LoaderJS},
		Plugins: []esbuild.Plugin{{Name: tree, Setup: func(build esbuild.PluginBuild) {
			build.OnResolve(esbuild.OnResolveOptions{Filter: "."}, resolve)
			build.OnLoad(esbuild.OnLoadOptions{Filter: ".", Namespace: tree}, load)
		}}},
	})
}

// smaller is a module or a style sheet without what only its readers need: comments, line breaks, spaces. Names stay as
// they were written, so that an error on the page names what the source names.
//
// Decision, 2026-11-23: a third of what a lesson began with, after compression, was comments. A library takes them out
// when the program starts, so there is still no build step, and the files in static/ are still the only ones.
//
// Decision, 2026-11-26: the library is esbuild, with nothing but its removal of white space. The one before it also joined
// declarations and, in doing so, put one before another that it needs: no answer could be drawn on the paper any more.
func smaller(source []byte, options esbuild.BuildOptions) []byte {
	options.Target, options.Charset, options.LegalComments, options.MinifyWhitespace = esbuild.ESNext, esbuild.CharsetUTF8, esbuild.LegalCommentsNone, true
	options.Stdin.Contents = string(source)
	made := esbuild.Build(options)
	if len(made.Errors) > 0 {
		e := made.Errors[0] // which the tests of this very file would have found
		panic(fmt.Sprintf("%s: %s", options.Stdin.Sourcefile, e.Text))
	}
	return made.OutputFiles[0].Contents
}

func compress(data []byte, writer func(io.Writer) io.WriteCloser) []byte {
	var b bytes.Buffer
	w := writer(&b)
	if _, err := w.Write(data); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}

// under lists the files of a folder by extension, in order.
func (a *assets) under(folder, ext string) []string {
	var names []string
	for name := range a.files {
		if path.Dir(name) == folder && path.Ext(name) == ext {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// serveStatic is the route {base}/static/{hash}/*. Another hash is another version's: to answer it with today's file would
// put the wrong file into a cache for ever.
func (s *Server) serveStatic(w http.ResponseWriter, r *http.Request) {
	file, ok := s.assets.files[chi.URLParam(r, "*")]
	if !ok || chi.URLParam(r, "hash") != s.assets.hash {
		s.notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	data := file.data()
	if coding, coded := file.smallest(r.Header.Get("Accept-Encoding")); coded != nil {
		h.Set("Content-Encoding", coding)
		data = coded
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // the reader has gone; the log of the request says so
	}
}

// smallest is the file in the smallest coding that the reader takes; nil if it is smallest as it is.
func (a asset) smallest(accepts string) (coding string, coded []byte) {
	for _, c := range codings {
		if !takes(accepts, c.name) {
			continue
		}
		if coded := a.coded[c.name](); coded != nil {
			return c.name, coded
		}
	}
	return "", nil
}

// takes reads what an Accept-Encoding header says of a coding: by its name, or else by "*".
func takes(header, coding string) bool {
	any := false
	for _, part := range strings.Split(header, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name = strings.TrimSpace(name); name != coding && name != "*" {
			continue
		}
		q, weighted := strings.CutPrefix(strings.TrimSpace(quality), "q=")
		value, err := strconv.ParseFloat(q, 64)
		yes := !weighted || err == nil && value > 0
		if name == coding {
			return yes
		}
		any = yes
	}
	return any
}
