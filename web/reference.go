package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// The pages that a course is looked up in: its glossary, what the model leaves out, and for machines a list of all pages.

func (s *Server) serveGlossary(w http.ResponseWriter, r *http.Request) {
	f := s.frame(chi.URLParam(r, "lang"), "glossary", r)
	f.title, f.description = f.t("glossary.title"), f.t("glossary.lead")
	s.render(w, r, http.StatusOK, glossaryPage(f, s.Lessons.Glossary()))
}

// A termCard is what a lesson shows beside a term.
type termCard struct {
	Name  string `json:"name"`
	Other string `json:"other"` // in the other language
	Def   string `json:"def"`
}

// serveTerms is the glossary for the cards of a lesson, by ID.
func (s *Server) serveTerms(w http.ResponseWriter, r *http.Request) {
	lang := chi.URLParam(r, "lang")
	cards := map[string]termCard{}
	for _, t := range s.Lessons.Glossary() {
		cards[t.ID] = termCard{t.Name(lang), t.Name(otherThan(lang)), t.Meaning(lang)}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "max-age=300")
	_ = json.NewEncoder(w).Encode(cards) // the reader has gone
}

func otherThan(lang string) string {
	for _, other := range lessons.Languages {
		if other != lang {
			return other
		}
	}
	return lang
}

// modelFiles are the files of package sim that say what the model leaves out.
var modelFiles = map[string]string{"en": "MODEL.md", "zh": "MODEL.zh.md"}

func (s *Server) serveModel(w http.ResponseWriter, r *http.Request) {
	f := s.frame(chi.URLParam(r, "lang"), "model", r)
	f.title, f.description = f.t("model.title"), f.t("model.description")
	file, lang := modelFiles[f.lang], f.lang
	if file == "" {
		lang = lessons.Languages[0]
		file = modelFiles[lang]
	}
	source, err := sim.Model.ReadFile(file)
	if err != nil {
		panic(err) // embedded
	}
	s.render(w, r, http.StatusOK, aboutModelPage(f, lang, lessons.HTML(source)))
}

// serveGuide lists the pages of the teacher's guide.
func (s *Server) serveGuide(w http.ResponseWriter, r *http.Request) {
	if s.Lessons.Guide == nil {
		s.notFound(w, r)
		return
	}
	f := s.frame(chi.URLParam(r, "lang"), "guide", r)
	f.title, f.description = f.t("guide.title"), f.t("guide.lead")
	s.render(w, r, http.StatusOK, guidePage(f, s.Lessons.Guide.Lessons(f.lang)))
}

// serveGuidePage is a page of it, which is a lesson but for its place.
func (s *Server) serveGuidePage(w http.ResponseWriter, r *http.Request) {
	lang, slug := chi.URLParam(r, "lang"), "guide/"+chi.URLParam(r, "slug")
	guide := s.Lessons.Guide
	if guide == nil || guide.Lesson(lang, slug) == nil {
		s.notFound(w, r)
		return
	}
	l, f := guide.Lesson(lang, slug), s.frame(lang, slug, r)
	f.title, f.description = l.Title, l.Summary
	blocks := f.blocks(l.Blocks, queryOf(r))
	s.render(w, r, http.StatusOK, guideLesson(f, l, guide.Lessons(lang), blocks))
}

// ---- For machines

// pages lists the addresses of all pages after the language.
func (s *Server) pages() []string {
	list := []string{"", "sandbox", "glossary", "model"}
	for _, l := range s.Lessons.Lessons(lessons.Languages[0]) {
		list = append(list, "lessons/"+l.Slug)
	}
	if s.Lessons.Guide != nil {
		list = append(list, "guide")
		for _, l := range s.Lessons.Guide.Lessons(lessons.Languages[0]) {
			list = append(list, l.Slug)
		}
	}
	return list
}

// serveSitemap names every page with its twin in the other language.
func (s *Server) serveSitemap(w http.ResponseWriter, r *http.Request) {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">` + "\n")
	for _, page := range s.pages() {
		for _, lang := range s.Lessons.Languages() {
			// Slugs and hosts have no character that XML would mind.
			fmt.Fprintf(&b, "<url><loc>%s</loc>", s.absolute(r, s.BasePath+"/"+lang+"/"+page))
			for _, twin := range s.Lessons.Languages() {
				fmt.Fprintf(&b, `<xhtml:link rel="alternate" hreflang="%s" href="%s"/>`, lessons.HTMLLang(twin), s.absolute(r, s.BasePath+"/"+twin+"/"+page))
			}
			b.WriteString("</url>\n")
		}
	}
	b.WriteString("</urlset>\n")
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, _ = w.Write([]byte(b.String())) // the reader has gone
}

// serveRobots keeps search engines from the countless addresses of edited runs in other forms.
func (s *Server) serveRobots(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "User-agent: *\nDisallow: %[1]s/*/embed/\nDisallow: %[1]s/*/sandbox?\nDisallow: %[1]s/*/lessons/*/*\nSitemap: %[2]s\n", s.BasePath, s.absolute(r, s.BasePath+"/sitemap.xml"))
}
