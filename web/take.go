package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"fourwaves/lessons"
	"fourwaves/lessons/ladder"
	"fourwaves/sim"
	"fourwaves/sim/capture"
)

// # Take it with you
//
// A run leaves in other forms than a page, each at an address that holds the reader's edits as the page's own does:
//
//	{base}/{lang}/lessons/{lesson}/{figure}.{form}?{figure}=LINE;LINE&v=1
//	{base}/{lang}/sandbox/run.{form}?s=SCENARIO&run=LINE;LINE&v=1
//	{base}/{lang}/lessons/{lesson}/{figure}/worksheet, and {base}/{lang}/sandbox/run/worksheet   a ladder to fill in, and its key
//	{base}/{lang}/embed/{lesson}/{figure}, and {base}/{lang}/embed/sandbox/run                   the figure alone, for another site's page
//	{base}/oembed?url=ADDRESS                                                                    what such a site asks for it
//
// The forms are the rows of the table below. What is an image is made by the page (static/js/pages/take.js), because only the
// browser draws.
//
// The embedded figure is the only page that others may put into a frame. It says so itself: its Content-Security-Policy has
// `frame-ancestors *` and no X-Frame-Options, every other page has 'none' and DENY (secure, in server.go). Parameters:
// autoplay=1 plays when it comes into view, controls=none|play|all (all is the default), theme=light|dark, and the run's log.

// A form is one way to write a run down.
type form struct {
	ext, kind string
	attached  bool // it is for another program, and not to be read here
	write     func(w io.Writer, t taken) error
}

// A taken run is what a form is made from.
type taken struct {
	words  *lessons.Words
	title  string
	log    []string
	events []sim.Event
	page   string // the address where it can be seen moving
}

var forms = []form{
	{ext: "txt", kind: "text/plain; charset=utf-8", write: writeText},
	{ext: "mmd", kind: "text/vnd.mermaid; charset=utf-8", attached: true, write: func(w io.Writer, t taken) error { return ladder.Mermaid(w, t.words, t.events) }},
	{ext: "pcapng", kind: "application/x-pcapng", attached: true, write: func(w io.Writer, t taken) error { return capture.Write(w, t.events, capture.Wire) }},
	{ext: "jsonl", kind: "application/x-ndjson", attached: true, write: writeLines},
}

// writeText is the run for people: where it comes from and what the reader has changed, the ladder, and every event in words.
func writeText(w io.Writer, t taken) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s\n", t.title, t.page)
	for _, line := range t.log {
		fmt.Fprintf(&b, "+ %s\n", line)
	}
	fmt.Fprintln(&b)
	if err := ladder.Write(&b, t.words, t.events, ladder.Style{Width: textWidth}); err != nil {
		return err
	}
	fmt.Fprintln(&b)
	for _, line := range t.words.Transcript(t.events) {
		fmt.Fprintf(&b, "%10s  %s  %s\n", line.Time, line.Who, line.What)
	}
	_, err := b.WriteTo(w)
	return err
}

// textWidth is that of a terminal and of a letter.
const textWidth = 80

func writeLines(w io.Writer, t taken) error {
	lines := json.NewEncoder(w)
	for _, e := range t.events {
		if err := lines.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

// A source is the scenario that an address speaks of, wherever it comes from.
type source struct {
	id, name string // as on the wire, and as its log is called in the address
	title    string
	scenario *sim.Scenario
	own      *string // the reader's own text
	rest     string  // of the address of the page that shows it, after the language
	back     url.Values
}

// sourceOf finds the figure of a route with {slug} and {figure}, or the sandbox's scenario. nil when there is none.
func (s *Server) sourceOf(f frame, slug, name string, query url.Values) *source {
	src := &source{name: name, back: url.Values{}}
	for _, key := range []string{"s", "from", name, "v"} {
		if query.Has(key) {
			src.back.Set(key, query.Get(key))
		}
	}
	if slug == "sandbox" && name == sandboxName {
		text, notice := s.sandboxText(f, query.Get("s"), query.Get("from"))
		scenario, err := sim.Parse(text)
		if err != nil || notice != "" {
			return nil
		}
		src.id, src.title, src.scenario, src.own, src.rest = sandboxFigure, f.t("sandbox.title"), scenario, &text, "sandbox"
		return src
	}
	fig, l := s.Lessons.Figure(slug+"/"+name), s.Lessons.Lesson(f.lang, slug)
	if fig == nil || l == nil {
		return nil
	}
	src.id, src.title, src.scenario, src.rest = fig.ID(), l.Title, fig.Scenario, "lessons/"+slug
	delete(src.back, "s")
	delete(src.back, "from")
	return src
}

// run is the source's whole run under the log in the address.
func (src *source) run(shop workshop, query url.Values) (events []sim.Event, log []string, err error) {
	if log, err = logOf(query, src.name); err != nil {
		return nil, nil, err
	}
	session, err := shop.begin(src.scenario, log)
	if err != nil {
		return nil, nil, err
	}
	end := false
	shop.work(func() { events, end = session.Next(0, sim.MaxEvents+1) })
	if !end {
		return nil, nil, fmt.Errorf("the run takes longer than the %v that one run may take here", shop.runTime)
	}
	return events, session.Log(), nil
}

// serveForm is a run in one of the forms. The name of the file says what is in it, as far as names of files can.
func (s *Server) serveForm(w http.ResponseWriter, r *http.Request) {
	name, ext, _ := strings.Cut(chi.URLParam(r, "file"), ".")
	f := s.frame(chi.URLParam(r, "lang"), "", r)
	query := queryOf(r)
	var as *form
	for i := range forms {
		if forms[i].ext == ext {
			as = &forms[i]
		}
	}
	src := s.sourceOf(f, slugOf(r), name, query)
	if as == nil || src == nil {
		s.notFound(w, r)
		return
	}
	if !s.enter(r) {
		return
	}
	defer s.leave()
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	events, log, err := src.run(s.workshop, query)
	if err != nil {
		http.Error(w, firstLine(err), http.StatusBadRequest)
		return
	}
	h.Set("Content-Type", as.kind)
	disposition := "inline"
	if as.attached {
		disposition = "attachment"
	}
	h.Set("Content-Disposition", fmt.Sprintf(`%s; filename="%s.%s"`, disposition, strings.ReplaceAll(src.id, "/", "-"), as.ext))
	if err := as.write(w, taken{words: f.words, title: src.title, log: log, events: events, page: s.absolute(r, src.address(f))}); err != nil {
		s.Log.Warn("a run is not taken along", "figure", src.id, "form", as.ext, "error", err) // the reader has gone
	}
}

// slugOf is the lesson of a route, or the sandbox.
func slugOf(r *http.Request) string {
	if slug := chi.URLParam(r, "slug"); slug != "" {
		return slug
	}
	return "sandbox"
}

// address is that of the page that shows the source with its run.
func (src *source) address(f frame) string {
	to := string(f.page(src.rest))
	if len(src.back) > 0 {
		to += "?" + src.back.Encode()
	}
	if src.own == nil {
		to += "#fig-" + src.name
	}
	return to
}

// enter waits for one of the places of those who run the engine outside a socket, and says whether the reader is still there.
func (s *Server) enter(r *http.Request) bool {
	select {
	case s.checks <- struct{}{}:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (s *Server) leave() { <-s.checks }

// absolute is an address with scheme and host, as the reader's browser sees it. Behind a proxy that is what the proxy says.
func (s *Server) absolute(r *http.Request, path string) string {
	scheme := "http"
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host}).String() + path
}

// A link is one entry of a figure's menu.
type link struct{ kind, to, text string }

// takeLinks are the other forms of a source's run, with its log.
func (f frame) takeLinks(src *source) (links []link) {
	query := ""
	if len(src.back) > 0 {
		query = "?" + src.back.Encode()
	}
	base := string(f.page(src.rest + "/" + src.name))
	for _, as := range forms {
		links = append(links, link{as.ext, base + "." + as.ext + query, f.t("take." + as.ext)})
	}
	links = append(links, link{"worksheet", base + "/worksheet" + query, f.t("take.worksheet")})
	if src.own == nil {
		back := url.Values{"from": {src.id}}
		if log := src.back.Get(src.name); log != "" {
			back.Set(sandboxName, log)
		}
		links = append(links, link{"sandbox", string(f.page("sandbox")) + "?" + back.Encode(), f.t("take.sandbox")})
	}
	return links
}

// ---- The figure alone

// embedControls are what an embedded figure can be asked for, beside one of the themes; the first is what it has otherwise.
var embedControls = []string{"all", "play", "none"}

// An embedView is a figure without a page.
type embedView struct {
	figure          figureView
	title           string
	back            string // the page that has it
	autoplay        bool
	theme, controls string
}

func (s *Server) serveEmbed(w http.ResponseWriter, r *http.Request) {
	f := s.frame(chi.URLParam(r, "lang"), "", r)
	query := queryOf(r)
	src := s.sourceOf(f, chi.URLParam(r, "slug"), chi.URLParam(r, "figure"), query)
	if src == nil {
		s.notFound(w, r)
		return
	}
	f.title, f.description, f.scripts, f.rest = src.title, f.t("home.description"), true, "embed/"+src.id
	v := embedView{figure: f.show(src.id, src.name, src.scenario, query, nil), title: src.title, back: src.address(f), autoplay: query.Get("autoplay") == "1"}
	v.figure.scenario = src.own
	v.theme, v.controls = oneOf(query.Get("theme"), themes), oneOf(query.Get("controls"), embedControls)
	w.Header().Set("Content-Security-Policy", strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors *", 1))
	w.Header().Del("X-Frame-Options")
	s.render(w, r, http.StatusOK, embedPage(f, v))
}

func oneOf(asked string, known []string) string {
	for _, k := range known {
		if k == asked {
			return k
		}
	}
	return known[0]
}

// The size of an embedded figure that shows everything.
const embedWidth, embedHeight = 960, 900

// An oembed answers a site that asks how to show an address of ours (oembed.com, version 1.0, type rich).
type oembed struct {
	Version      string `json:"version"`
	Type         string `json:"type"`
	ProviderName string `json:"provider_name"`
	ProviderURL  string `json:"provider_url"`
	Title        string `json:"title"`
	HTML         string `json:"html"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	CacheAge     int    `json:"cache_age"`
}

// serveOEmbed is the route {base}/oembed. The address asked about must be one of this server's: a lesson (whose first figure
// is meant, or the one after #fig-), or the sandbox.
func (s *Server) serveOEmbed(w http.ResponseWriter, r *http.Request) {
	asked, err := url.Parse(r.URL.Query().Get("url"))
	if format := r.URL.Query().Get("format"); format != "" && format != "json" {
		http.Error(w, "only format=json is spoken here", http.StatusNotImplemented)
		return
	}
	if err != nil || asked.Host != "" && !strings.EqualFold(asked.Host, r.Host) {
		http.Error(w, "url= is the address of a lesson on this server", http.StatusNotFound)
		return
	}
	parts := strings.Split(strings.Trim(strings.TrimPrefix(asked.Path, s.BasePath), "/"), "/")
	if len(parts) < 2 || s.Words[parts[0]] == nil {
		http.Error(w, "url= is the address of a lesson on this server", http.StatusNotFound)
		return
	}
	f := s.frame(parts[0], "", r)
	query, _ := url.ParseQuery(strings.ReplaceAll(asked.RawQuery, ";", "%3B"))
	slug, name := "sandbox", sandboxName
	if parts[1] == "lessons" && len(parts) == 3 {
		slug, name = parts[2], strings.TrimPrefix(asked.Fragment, "fig-")
		if name == "" {
			name = s.firstFigure(f.lang, slug)
		}
	}
	src := s.sourceOf(f, slug, name, query)
	if src == nil {
		http.Error(w, "there is no figure at that address", http.StatusNotFound)
		return
	}
	answer := oembed{
		Version: "1.0", Type: "rich", ProviderName: "Fourwaves", ProviderURL: s.absolute(r, s.BasePath+"/"), Title: src.title, CacheAge: 3600,
		Width: within(r, "maxwidth", embedWidth), Height: within(r, "maxheight", embedHeight),
	}
	var html strings.Builder
	if err := embedSnippet(s.absolute(r, f.embed(src)), src.title, answer.Width, answer.Height).Render(r.Context(), &html); err != nil {
		panic(err) // into memory
	}
	answer.HTML = html.String()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Access-Control-Allow-Origin", "*") // it says nothing that the page does not
	_ = json.NewEncoder(w).Encode(answer)              // the reader has gone
}

// oembedOf is where another site asks how to show this page's figure.
func (s *Server) oembedOf(r *http.Request, f frame) string {
	return s.absolute(r, s.BasePath+"/oembed") + "?" + url.Values{"url": {f.url}, "format": {"json"}}.Encode()
}

// firstFigure of a lesson, "" if there is none.
func (s *Server) firstFigure(lang, slug string) string {
	if l := s.Lessons.Lesson(lang, slug); l != nil {
		for _, b := range l.Blocks {
			if b.Figure != nil {
				return b.Figure.Name
			}
		}
	}
	return ""
}

// within is a size, no larger than the one that the query allows.
func within(r *http.Request, key string, size int) int {
	if limit, err := strconv.Atoi(r.URL.Query().Get(key)); err == nil && limit > 0 {
		return min(size, limit)
	}
	return size
}

// embed is the address of a source's figure alone.
func (f frame) embed(src *source) string {
	to := string(f.page("embed/" + src.id))
	if len(src.back) > 0 {
		to += "?" + src.back.Encode()
	}
	return to
}
