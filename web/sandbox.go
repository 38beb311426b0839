package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"fourwaves/sim"
)

// The sandbox is a figure whose scenario the reader writes. Everything is in its address, as for every page: the scenario
// (`s`) or the name of one to begin with (`from`, a figure's or a gallery's), and the log of edits (`run`). So a link shares
// the run, a form without scripts is all that it takes to run another, and the server keeps nothing.

// sandboxFigure is what the scenario of the reader is called on the wire, sandboxName its log in an address.
const sandboxFigure, sandboxName = "sandbox/run", "run"

// checksAtOnce bounds the scenarios that are run for their expectations at one time; a run is bounded by package sim.
const checksAtOnce = 4

// A sandboxView is the page of one scenario.
type sandboxView struct {
	text     string
	began    *galleryEntry // what the reader came for, if the address names it
	notice   string        // why this is not what the address asked for
	problems sim.Problems
	figure   figureView
	gallery  []galleryEntry
	figures  []galleryEntry
}

// A galleryEntry is a scenario to begin with.
type galleryEntry struct{ from, title, line string }

func (s *Server) serveSandbox(w http.ResponseWriter, r *http.Request) {
	f := s.frame(chi.URLParam(r, "lang"), "sandbox", r)
	f.title, f.description = f.t("sandbox.title"), f.t("sandbox.description")
	f.scripts, f.module, f.oembed = true, "sandbox", s.oembedOf(r, f)
	query := queryOf(r)
	v := sandboxView{gallery: s.gallery(f.lang), figures: s.figuresToTry(f.lang)}
	v.text, v.notice = s.sandboxText(f, query.Get("s"), query.Get("from"))
	if query.Get("s") == "" {
		v.began = s.beganWith(f.lang, query.Get("from"))
	}
	scenario, err := sim.Parse(v.text)
	if errors.As(err, &v.problems) {
		scenario = emptyScenario // the figure waits for better
	} else {
		s.workshop.work(func() { v.problems = scenario.CheckWithin(s.workshop.bounds()) })
	}
	v.figure = f.show(sandboxFigure, sandboxName, scenario, query, nil)
	v.figure.scenario = &v.text
	if scenario == emptyScenario {
		v.figure.scenario = new(string)
	}
	if src := s.sourceOf(f, "sandbox", sandboxName, query); src != nil {
		v.figure.take, v.figure.embed = f.takeLinks(src), f.embed(src)
	}
	s.render(w, r, http.StatusOK, sandboxPage(f, v))
}

var emptyScenario = func() *sim.Scenario {
	sc, err := sim.Parse("")
	if err != nil {
		panic(err)
	}
	return sc
}()

// sandboxText finds the scenario that an address speaks of.
func (s *Server) sandboxText(f frame, text, from string) (scenario, notice string) {
	if text != "" {
		if len(text) > sim.MaxScript {
			return text[:0], f.t("sandbox.too-long")
		}
		return strings.ReplaceAll(text, "\r\n", "\n"), ""
	}
	if from != "" {
		if fig := s.Lessons.Figure(from); fig != nil {
			return fig.Text, ""
		}
		if e := s.Lessons.Example(from); e != nil {
			return e.Text, ""
		}
		notice = f.t("sandbox.unknown", "name", from)
	}
	if all := s.Lessons.Gallery(); len(all) > 0 {
		return all[0].Text, notice
	}
	return "at 0s client close\nat 200ms server close\n", notice // a teacher's folder may have no gallery
}

// beganWith is the example or the figure of that name; nil if there is none.
func (s *Server) beganWith(lang, from string) *galleryEntry {
	if e := s.Lessons.Example(from); e != nil {
		return &galleryEntry{from, e.Title(lang), e.Line(lang)}
	}
	for _, e := range s.figuresToTry(lang) {
		if e.from == from {
			slug, _, _ := strings.Cut(from, "/")
			return &galleryEntry{"lessons/" + slug, e.title, ""}
		}
	}
	return nil
}

func (s *Server) gallery(lang string) (entries []galleryEntry) {
	for _, e := range s.Lessons.Gallery() {
		entries = append(entries, galleryEntry{e.Name, e.Title(lang), e.Line(lang)})
	}
	return entries
}

// figuresToTry are the lessons' figures in the order of the course.
func (s *Server) figuresToTry(lang string) (entries []galleryEntry) {
	for _, l := range s.Lessons.Lessons(lang) {
		for _, b := range l.Blocks {
			if b.Figure != nil {
				entries = append(entries, galleryEntry{b.Figure.ID(), l.Title, b.Figure.Name})
			}
		}
	}
	return entries
}

// A checkRequest asks what is wrong with a scenario, and how the line at the cursor could go on.
type checkRequest struct {
	Text   string  `json:"text"`
	Before *string `json:"before"` // the line up to the cursor; none when nobody is writing
}

// A checkAnswer is what the editor marks and offers.
type checkAnswer struct {
	Problems sim.Problems    `json:"problems"` // of the text; if there are none, expectations that its run does not meet
	Runs     bool            `json:"runs"`     // the text can be run, whatever it expects
	Next     *sim.Completion `json:"next,omitempty"`
}

// serveCheck is the route {base}/sandbox/check. It is a POST because a scenario is no address, and changes nothing.
func (s *Server) serveCheck(w http.ResponseWriter, r *http.Request) {
	if !s.enter(r) {
		return
	}
	defer s.leave()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	var ask checkRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 8*sim.MaxScript)).Decode(&ask); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"message": `the body is a JSON object with the scenario as "text": ` + wrongJSON(err)})
		return
	}
	answer := checkAnswer{Problems: sim.Problems{}}
	scenario, err := sim.Parse(ask.Text)
	if err == nil {
		answer.Runs = true
		s.workshop.work(func() { answer.Problems = append(answer.Problems, scenario.CheckWithin(s.workshop.bounds())...) })
	} else {
		_ = errors.As(err, &answer.Problems) // Parse returns nothing else
	}
	if ask.Before != nil {
		next := sim.Complete(ask.Text, *ask.Before)
		answer.Next = &next
	}
	_ = json.NewEncoder(w).Encode(answer) // the reader has gone
}
