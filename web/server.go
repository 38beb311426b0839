// Package web shows the lessons: pages that can be read without a script, the socket that makes their figures run, and the
// files that the browser needs for it.
//
// The tour: [Server] is the list of what the package needs, and Handler its routes (server.go). pages.go turns a lesson and a
// reader's log into what a page shows, pages.templ is the markup; sandbox.go is the page whose scenario the reader
// writes, importer.go the one for a capture of theirs, take.go what of a run can be taken elsewhere, reference.go
// what a course is looked up in. wire.go is the protocol of the socket on one page,
// conversation.go keeps it without knowing of sockets, socket.go moves the bytes. remote.go lets a phone turn a figure that is
// presented. workshop.go is where runs take turns.
// assets.go serves the static tree.
//
// A reader's page is a pure function of its address: language, lesson, and for each figure the log of edits in the query.
// So the server keeps nothing about readers, but for the rooms of those who present. A page that connects again, to this process or to another one, brings its log
// and gets the same run.
package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// A Server shows a library of lessons. Its exported fields are all that it depends on; set them before Handler.
type Server struct {
	Lessons *lessons.Library
	Words   lessons.Catalogue
	Static  fs.FS // package static's FS
	Log     *slog.Logger

	BasePath       string   // "" or as in "/tcp": where a proxy has put us
	AllowedOrigins []string // origins, as "https://school.example", whose pages may open a socket besides our own
	MaxSockets     int      // 0 for 2000
	WriteWithin    time.Duration
	MaxConnections int           // of one run; 0 for 200,000
	MaxRunTime     time.Duration // to compute one run; 0 for 10 s
	Watched        int           // which version of a folder this is, whose pages ask a [Watch] what is new; 0 without one

	assets   *assets
	sockets  sockets
	rooms    rooms
	maps     map[string]func() *courseMap // by language
	workshop workshop
	checks   chan struct{} // one token for each scenario that is being checked
}

const defaultSockets = 2000

func (s *Server) maxSockets() int {
	if s.MaxSockets > 0 {
		return s.MaxSockets
	}
	return defaultSockets
}

func (s *Server) writeWithin() time.Duration {
	if s.WriteWithin > 0 {
		return s.WriteWithin
	}
	return writeWithin
}

// Handler reads the static files and returns the routes.
func (s *Server) Handler() (http.Handler, error) {
	if s.BasePath != "" && (path.Clean(s.BasePath) != s.BasePath || !strings.HasPrefix(s.BasePath, "/") || s.BasePath == "/" || strings.ContainsAny(s.BasePath, "{}*?#% \t")) {
		return nil, fmt.Errorf("base path %q: it begins with a slash and does not end with one, as in /tcp", s.BasePath)
	}
	for _, origin := range s.AllowedOrigins {
		if !strings.HasPrefix(origin, "http://") && !strings.HasPrefix(origin, "https://") {
			return nil, fmt.Errorf("allowed origin %q: it has scheme and host and nothing else, as in https://school.example", origin)
		}
	}
	var err error
	if s.assets, err = readAssets(s.Static, s.addedWords()); err != nil {
		return nil, err
	}

	s.maps = map[string]func() *courseMap{}
	for _, lang := range s.Lessons.Languages() {
		s.maps[lang] = sync.OnceValue(func() *courseMap { return mapOf(s.Lessons.Lessons(lang)) })
	}
	s.workshop = newWorkshop(s.MaxConnections, s.MaxRunTime)
	s.checks = make(chan struct{}, checksAtOnce)

	r := chi.NewRouter()
	r.Use(s.logRequests, s.recoverPanics, secure, middleware.GetHead)
	r.NotFound(s.notFound)
	r.MethodNotAllowed(s.notAllowed)
	base := s.BasePath
	lang := "/{lang:(" + strings.Join(s.Lessons.Languages(), "|") + ")}"
	if base != "" {
		r.Get(base, redirect(base+"/"))
	}
	r.Get(base+"/healthz", s.serveHealth)
	r.Get(base+"/favicon.ico", s.serveFavicon)
	r.Get(base+"/static/{hash}/*", s.serveStatic)
	r.Get(base+"/files/*", s.serveFile)
	r.Get(base+"/socket", s.serveSocket)
	r.Post(base+"/sandbox/check", s.serveCheck)
	r.Post(base+"/theme", s.chooseTheme)
	r.Get(base+"/remote/{code}/news", s.serveRemoteNews)
	r.Get(base+"/remote/{code}/qr.svg", s.serveRemoteCode)
	r.Get(base+"/oembed", s.serveOEmbed)
	r.Get(base+"/sitemap.xml", s.serveSitemap)
	r.Get(base+"/robots.txt", s.serveRobots)
	r.Group(func(r chi.Router) {
		r.Use(middleware.Compress(5, "text/plain", "text/vnd.mermaid", "application/x-ndjson", "text/html"))
		r.Get(base+lang+"/lessons/{slug}/{file}", s.serveForm)
		r.Get(base+lang+"/sandbox/{file}", s.serveForm)
	})
	r.Group(func(r chi.Router) {
		r.Use(middleware.Compress(5, "text/html"))
		r.Get(base+"/", s.chooseLanguage)
		r.Get(base+"/lessons/{slug}", s.chooseLanguage)
		r.Get(base+"/sandbox", s.chooseLanguage)
		r.Get(base+lang+"/", s.serveHome)
		r.Get(base+lang+"/lessons/{slug}", s.serveLesson)
		r.Get(base+lang+"/sandbox", s.serveSandbox)
		r.Get(base+lang+"/glossary", s.serveGlossary)
		r.Get(base+lang+"/glossary.json", s.serveTerms)
		r.Get(base+lang+"/model", s.serveModel)
		r.Get(base+"/guide", s.chooseLanguage)
		r.Get(base+"/guide/{slug}", s.chooseLanguage)
		r.Get(base+lang+"/guide", s.serveGuide)
		r.Get(base+lang+"/guide/{slug}", s.serveGuidePage)
		r.Get(base+"/import", s.chooseLanguage)
		r.Get(base+lang+"/import", s.serveImport)
		r.Post(base+lang+"/import", s.takeImport)
		r.Get(base+"/remote", s.chooseLanguage)
		r.Get(base+"/remote/{code}", s.enterRemote)
		r.Get(base+lang+"/remote", s.serveRemoteDoor)
		r.Get(base+lang+"/remote/{code}", s.serveRemote)
		r.Post(base+lang+"/remote/{code}", s.serveRemote)
		r.Get(base+lang+"/embed/{slug}/{figure}", s.serveEmbed)
		r.Get(base+lang+"/lessons/{slug}/{figure}/worksheet", s.serveWorksheet)
		r.Get(base+lang+"/sandbox/{figure}/worksheet", s.serveWorksheet)
		// Addresses that people shorten by hand.
		r.Get(base+lang, s.tidy)
		r.Get(base+lang+"/lessons", s.tidy)
		r.Get(base+lang+"/lessons/", s.tidy)
		r.Get(base+lang+"/lessons/{slug}/", s.tidy)
	})
	return r, nil
}

// addedWords are the catalogues of languages that the program does not speak, as files for browsers.
func (s *Server) addedWords() map[string][]byte {
	files := map[string][]byte{}
	for _, lang := range s.Lessons.Languages() {
		if !slices.Contains(lessons.Languages, lang) {
			files["words/"+lang+".json"] = s.Words[lang].JSON()
		}
	}
	return files
}

// Close says goodbye on all sockets. http.Server.Shutdown does not know them.
func (s *Server) Close() {
	s.rooms.endAll()
	s.sockets.closeAll()
}

// ---- Routes that are no pages

func (s *Server) serveHealth(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "ok", "engine": sim.Version, "lessons": len(s.Lessons.Lessons(lessons.Languages[0]))})
}

// cardPicture is what sites show that link to a page.
const icon, cardPicture = "img/favicon.svg", "img/card.png"

func (s *Server) serveFavicon(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.assets.files[icon]; !ok {
		s.notFound(w, r)
		return
	}
	http.Redirect(w, r, s.asset(icon), http.StatusFound)
}

// serveFile is a picture of a lesson.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	name := chi.URLParam(r, "*")
	data, err := s.Lessons.Image(name)
	if errors.Is(err, fs.ErrNotExist) {
		s.notFound(w, r)
		return
	}
	if err != nil {
		panic(err) // the picture was there when the lessons were read
	}
	w.Header().Set("Content-Type", lessons.ImageType(name))
	w.Header().Set("Cache-Control", "max-age=300")
	if s.Watched > 0 {
		w.Header().Set("Cache-Control", "no-store") // its author is drawing it
	}
	// Opened by itself a picture is a document, and an SVG one could bring a script.
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data)
}

// chooseLanguage sends a reader who has not named a language to the one that the browser prefers.
func (s *Server) chooseLanguage(w http.ResponseWriter, r *http.Request) {
	lang := s.Lessons.MatchLanguage(r.Header.Get("Accept-Language"))
	w.Header().Set("Vary", "Accept-Language")
	w.Header().Set("Cache-Control", "no-store")
	rest := strings.TrimPrefix(r.URL.EscapedPath(), s.BasePath)
	redirect(s.BasePath+"/"+lang+rest)(w, r)
}

// themes are the colours that a page comes in; the first is what the reader's system prefers.
var themes = []string{"auto", "light", "dark", "projector"}

// themeCookie keeps the choice of one browser. It is no secret and says nothing about anybody.
const themeCookie = "fourwaves-theme"

// themeOf is the theme that the reader has chosen, "" for none.
func themeOf(r *http.Request) string {
	if c, err := r.Cookie(themeCookie); err == nil {
		if theme := oneOf(c.Value, themes); theme != themes[0] {
			return theme
		}
	}
	return ""
}

// chooseTheme is the route {base}/theme of the form below every page: theme, and back, the address of that page.
func (s *Server) chooseTheme(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxQuery+1<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "theme= is one of "+strings.Join(themes, ", ")+"; back= is an address of this server", http.StatusBadRequest)
		return
	}
	c := &http.Cookie{Name: themeCookie, Value: oneOf(r.PostForm.Get("theme"), themes), Path: s.BasePath + "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode}
	if c.Value == themes[0] {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
	// Only a page of ours: an address of another host, or one that browsers read as such, leads home.
	back := r.PostForm.Get("back")
	if !strings.HasPrefix(back, s.BasePath+"/") || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n\t") {
		back = s.BasePath + "/"
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// tidy adds or takes away the slash.
func (s *Server) tidy(w http.ResponseWriter, r *http.Request) {
	target := s.BasePath + "/" + chi.URLParam(r, "lang") + "/"
	if slug := chi.URLParam(r, "slug"); slug != "" {
		if s.Lessons.Lesson(chi.URLParam(r, "lang"), slug) == nil {
			s.notFound(w, r)
			return
		}
		target += "lessons/" + slug
	}
	redirect(target)(w, r)
}

// redirect keeps the query, because it holds the reader's run.
func redirect(target string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		to := target
		if r.URL.RawQuery != "" {
			to += "?" + r.URL.RawQuery
		}
		http.Redirect(w, r, to, http.StatusFound)
	}
}

// asset is the address of a static file.
func (s *Server) asset(name string) string {
	return s.BasePath + "/static/" + s.assets.hash + "/" + name
}

// ---- Around all routes

// policy allows what is served from here and nothing else: no inline script or style, no other machine. A page that is open
// in a classroom without internet needs nothing more, and a lesson by a stranger can do nothing more.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

func (s *Server) logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		wrapped := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			level, status := slog.LevelInfo, wrapped.Status()
			switch {
			case status == 0:
				status = http.StatusOK
			case status >= 500:
				level = slog.LevelError
			}
			if r.URL.Path == s.BasePath+"/healthz" {
				level = slog.LevelDebug // asked for every few seconds in a container
			}
			s.Log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "status", status, "bytes", wrapped.BytesWritten(), "took", time.Since(begun).Round(time.Microsecond), "remote", r.RemoteAddr)
		}()
		next.ServeHTTP(wrapped, r)
	})
}

func (s *Server) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			broken := recover()
			if broken == nil {
				return
			}
			if broken == http.ErrAbortHandler {
				panic(broken)
			}
			s.Log.Error("panic", "path", r.URL.Path, "query", r.URL.RawQuery, "panic", broken, "stack", string(debug.Stack()))
			if r.Header.Get("Upgrade") == "" {
				s.fail(w, r, http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) { s.fail(w, r, http.StatusNotFound) }

func (s *Server) notAllowed(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Allow", "GET, HEAD") // there is nothing here that could be changed
	if chi.RouteContext(r.Context()).Routes.Match(chi.NewRouteContext(), http.MethodPost, r.URL.Path) {
		w.Header().Set("Allow", http.MethodPost) // what is asked with more than fits into an address
	}
	s.fail(w, r, http.StatusMethodNotAllowed)
}

// fail shows a page that says what is wrong and what to do, in the language of the address or of the browser.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, status int) {
	lang := s.Lessons.MatchLanguage(r.Header.Get("Accept-Language"))
	for _, l := range s.Lessons.Languages() {
		if strings.HasPrefix(r.URL.Path, s.BasePath+"/"+l+"/") {
			lang = l
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	s.render(w, r, status, errorPage(s.frame(lang, "", r), status))
}
