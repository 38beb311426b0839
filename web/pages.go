package web

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"fourwaves/lessons"
	"fourwaves/lessons/ladder"
	"fourwaves/sim"
)

// What the pages show, computed before any markup: pages.templ only places it.

const (
	maxQuery    = 8 << 10 // bytes of a log in an address (ruling 7)
	listedLines = 400     // of a transcript; a longer run is for the terminal
)

// heroSlug and heroFigure are what the home page lets run.
const heroSlug, heroFigure = "lost-last-ack", "lost-ack"

// A frame is what every page has around it.
type frame struct {
	server      *Server
	words       *lessons.Words
	lang        string
	rest        string // of the address after the language
	query       string
	host        string // the server, with its scheme
	url         string // of this page, with both
	oembed      string // where another site asks how to show this page's figure
	title       string
	description string
	scripts     bool   // the page has figures
	asks        bool   // and they ask something
	sequels     int    // texts that are told after answers
	waits       string // the figures that the latest of them waits for
	module      string // the page's own module and styles under pages/, if it has such
	theme       string // that the reader has chosen for all pages; "" for what the system says
}

func (s *Server) frame(lang, rest string, r *http.Request) frame {
	f := frame{server: s, words: s.Words[lang], lang: lang, rest: rest, query: r.URL.RawQuery, theme: themeOf(r)}
	f.host = s.absolute(r, "")
	f.url = f.host + string(f.in(lang))
	return f
}

// nameOf is what a language calls itself, for those who read only that one.
func (f frame) nameOf(lang string) string { return f.server.Words[lang].UI("language.name") }

// site is what the pages call themselves.
func (f frame) site() string { return cmp.Or(f.server.Lessons.Title(f.lang), "Fourwaves") }

func (f frame) t(key string, pairs ...string) string { return f.words.UI("page."+key, pairs...) }

// home is the address of the page that lists the lessons.
func (f frame) home() templ.SafeURL {
	return templ.SafeURL(f.server.BasePath + "/" + f.lang + "/")
}

// page is the address of a page that is no lesson.
func (f frame) page(rest string) templ.SafeURL {
	return templ.SafeURL(f.server.BasePath + "/" + f.lang + "/" + rest)
}

// lesson is the address of another lesson in the reader's language.
func (f frame) lesson(l *lessons.Lesson) templ.SafeURL {
	return templ.SafeURL(f.server.BasePath + "/" + f.lang + "/lessons/" + l.Slug)
}

// in is this page in another language, with the reader's run.
func (f frame) in(lang string) templ.SafeURL {
	address := f.server.BasePath + "/" + lang + "/" + f.rest
	if f.query != "" {
		address += "?" + f.query
	}
	return templ.SafeURL(address)
}

// ---- Figures

// A figureView is one figure with its run as text, which is what a reader without scripts has, and what a reader with them
// sees until the socket answers.
type figureView struct {
	id, name string
	ladder   string // the run as text, for a page without scripts
	lines    []lessons.Line
	more     bool   // the run goes on
	problem  string // the log in the address is not understood
	notice   string // the log was made with another engine
	take     []link // other forms of the run
	embed    string // the address of the figure alone

	scenario *string      // the reader's own, which the server does not know
	recorded *recordedRun // of a capture: no scenario makes it

	asks       bool // the script is to ask what the lesson asks
	open       bool // and the reader has not answered all of it
	asked      []askedView
	challenges []*lessons.Challenge
	tries      []tryView
}

// figure runs a figure under the log in the address.
func (f frame) figure(fig *lessons.Figure, query url.Values) figureView {
	view := f.show(fig.ID(), fig.Name, fig.Scenario, query, nil)
	if src := f.server.sourceOf(f, fig.Slug, fig.Name, query); src != nil {
		view.take, view.embed = f.takeLinks(src), f.embed(src)
	}
	return view
}

// asking runs a lesson's figure with what the lesson asks about it.
func (f frame) asking(fig *lessons.Figure, query url.Values) figureView {
	view := f.show(fig.ID(), fig.Name, fig.Scenario, query, fig)
	if src := f.server.sourceOf(f, fig.Slug, fig.Name, query); src != nil {
		view.take, view.embed = f.takeLinks(src), f.embed(src)
	}
	if view.open = fig.Gated(shownIn(query, fig)) != nil; !view.open {
		view.challenges, view.tries = fig.Challenges, f.tries(fig, query)
	}
	view.asks = len(fig.Predictions)+len(fig.Challenges)+len(fig.Captions)+len(fig.Tries) > 0
	return view
}

// show runs a scenario under the log that the address has by that name, up to where asked has a question.
func (f frame) show(id, name string, scenario *sim.Scenario, query url.Values, asked *lessons.Figure) figureView {
	view := figureView{id: id, name: name}
	log, err := logOf(query, name)
	var session *sim.Session
	if err == nil {
		session, err = f.server.workshop.glance(scenario, log)
	}
	if err != nil {
		view.problem = f.t("figure.bad-link", "message", firstLine(err))
		if session, err = f.server.workshop.glance(scenario, nil); err != nil {
			return view // more connections than this server computes; its other problems lint would have found
		}
	}
	if v := query.Get("v"); len(log) > 0 && v != "" && v != strconv.Itoa(sim.Version) {
		view.notice = f.words.UI("version", "theirs", v, "ours", strconv.Itoa(sim.Version))
	}
	var events []sim.Event
	var end bool
	f.server.workshop.work(func() { events, end = session.Next(0, listedLines) })
	view.more = !end
	if asked != nil {
		events = f.gate(&view, asked, events, query)
	}
	view.lines = f.words.Transcript(events)
	var drawn strings.Builder
	if err := ladder.Write(&drawn, f.words, events, ladder.Style{Width: textWidth}); err != nil {
		panic(fmt.Sprintf("figure %s: %v", id, err)) // into memory
	}
	view.ladder = drawn.String()
	return view
}

// logOf is a figure's log in an address: lines joined by semicolons.
func logOf(query url.Values, name string) ([]string, error) {
	joined := query.Get(name)
	if len(joined) > maxQuery {
		return nil, fmt.Errorf("%d bytes of edits; an address holds at most %d", len(joined), maxQuery)
	}
	var log []string
	for _, line := range strings.Split(joined, ";") {
		// What begins with # is an edit that the reader has switched off: the page lists it, the run is without it.
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			log = append(log, line)
		}
	}
	return log, nil
}

func firstLine(err error) string {
	var problems sim.Problems
	if errors.As(err, &problems) && len(problems) > 0 {
		return problems[0].Error()
	}
	return err.Error()
}

// queryOf reads an address as browsers write it: a semicolon is a character like any other, where package net/url takes the
// whole pair for damaged.
func queryOf(r *http.Request) url.Values {
	values, _ := url.ParseQuery(strings.ReplaceAll(r.URL.RawQuery, ";", "%3B")) // what is damaged is left out
	return values
}

// ---- Pages

// A card is a lesson in the list.
type card struct {
	lesson *lessons.Lesson
	other  *lessons.Lesson // the same in the other language, nil when there is none
}

func (s *Server) serveHome(w http.ResponseWriter, r *http.Request) {
	f := s.frame(chi.URLParam(r, "lang"), "", r)
	f.title, f.description = f.t("home.title"), f.t("home.description")
	var hero *figureView
	var first *lessons.Lesson
	var cards []card
	for _, l := range s.Lessons.Lessons(f.lang) {
		c := card{lesson: l}
		for _, lang := range lessons.Languages {
			if o := s.Lessons.Lesson(lang, l.Slug); o.Lang != l.Lang {
				c.other = o
			}
		}
		cards = append(cards, c)
		if first == nil {
			first = l
		}
	}
	if fig := s.heroFigure(f.lang); fig != nil {
		view := f.figure(fig, queryOf(r))
		hero, f.scripts = &view, true
	}
	f.module = "home"
	s.render(w, r, http.StatusOK, homePage(f, first, hero, s.maps[f.lang](), cards))
}

// heroFigure is the figure of the home page: ours, or the first of a teacher's own lessons.
func (s *Server) heroFigure(lang string) *lessons.Figure {
	if fig := s.Lessons.Figure(heroSlug + "/" + heroFigure); fig != nil {
		return fig
	}
	for _, l := range s.Lessons.Lessons(lang) {
		for _, b := range l.Blocks {
			if b.Figure != nil {
				return b.Figure
			}
		}
	}
	return nil
}

// A blockView is a block of a lesson, its figure run.
type blockView struct {
	html   string
	sequel *sequelView // of text that is told after a figure's answers
	figure *figureView
	source string // of a passage that is shown beside it
	shows  []blockView
}

func (s *Server) serveLesson(w http.ResponseWriter, r *http.Request) {
	lang, slug := chi.URLParam(r, "lang"), chi.URLParam(r, "slug")
	l := s.Lessons.Lesson(lang, slug)
	if l == nil {
		s.notFound(w, r)
		return
	}
	f := s.frame(lang, "lessons/"+slug, r)
	f.title, f.description = l.Title, l.Summary
	blocks := f.blocks(l.Blocks, queryOf(r))
	if f.scripts {
		f.oembed = s.oembedOf(r, f)
	}
	s.render(w, r, http.StatusOK, lessonPage(f, l, s.place(f, l), blocks))
}

// blocks runs the figures of a lesson, and notes what the page needs for them.
func (f *frame) blocks(blocks []lessons.Block, query url.Values) []blockView {
	var views []blockView
	for _, b := range blocks {
		switch {
		case b.Source != "":
			views = append(views, blockView{source: b.Source, shows: f.blocks(b.Shows, query)})
		case b.Figure != nil:
			view := f.asking(b.Figure, query)
			views = append(views, blockView{figure: &view})
			f.scripts, f.asks = true, f.asks || view.asks
		case len(b.Sequel) > 0:
			view := blockView{sequel: f.sequel(b.Sequel, query)}
			if view.sequel.open == "" {
				view.html = b.HTML
			}
			views = append(views, view)
		default:
			views = append(views, blockView{html: b.HTML})
		}
	}
	return views
}

// A place is where a lesson stands in the course.
type place struct {
	crumb          string
	previous, next *lessons.Lesson
}

// place says "Lesson 2 of 5" when the numbers are just 1 to 5. A course that is still growing has gaps, and "Lesson 6 of 3"
// would be nonsense.
func (s *Server) place(f frame, l *lessons.Lesson) place {
	var p place
	all := s.Lessons.Lessons(f.lang)
	whole := true
	for i, other := range all {
		whole = whole && other.Number == i+1
		if other.Slug != l.Slug {
			continue
		}
		if i > 0 {
			p.previous = all[i-1]
		}
		if i+1 < len(all) {
			p.next = all[i+1]
		}
	}
	p.crumb = f.t("lesson.crumb", "n", strconv.Itoa(l.Number))
	if whole {
		p.crumb = f.t("lesson.crumb.of", "n", strconv.Itoa(l.Number), "of", strconv.Itoa(len(all)))
	}
	return p
}

// render writes a page, whole or not at all.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) {
	var b bytes.Buffer
	if err := page.Render(r.Context(), &b); err != nil {
		panic(fmt.Sprintf("page %s: %v", r.URL.Path, err))
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	h.Add("Vary", "Cookie") // the theme
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader has gone; the log of the request says so
}

// engineVersion goes to the script, which compares it with the link's.
const engineVersion = sim.Version

func (f frame) titled(title string) frame {
	f.title = title
	return f
}
