package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"fourwaves/lessons"
)

// A Watch is the pages of a folder whose author is writing: the newest version of it that can be shown, and what is wrong
// with the newest one. A page that was made under it asks at /watch what is new, and waits there: one request that is
// answered when something has happened, or after a while with the same as before. So no connection is open for longer than
// any other, and a page whose server was away asks again.
//
// Each version has a [Server] of its own. The one before it says goodbye on its sockets, and pages that are open connect again.
type Watch struct {
	BasePath string

	mu       sync.Mutex
	pages    *Server
	handler  http.Handler
	version  int
	problems lessons.Problems
	news     chan struct{} // closed at the next news
}

// patience is how long a page is kept waiting for news: less than a server or a proxy gives a request.
const patience = 20 * time.Second

// Show takes a version that can be shown; pages load again.
func (w *Watch) Show(pages *Server) error {
	handler, err := pages.Handler()
	if err != nil {
		return err
	}
	w.mu.Lock()
	before := w.pages
	w.version++
	pages.Watched = w.version
	w.pages, w.handler, w.problems = pages, handler, nil
	w.tell()
	w.mu.Unlock()
	if before != nil {
		before.Close()
	}
	return nil
}

// Report says what is wrong with the newest version. What was shown last stays.
func (w *Watch) Report(problems lessons.Problems) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = problems
	w.tell()
}

func (w *Watch) tell() {
	if w.news != nil {
		close(w.news)
	}
	w.news = make(chan struct{})
}

// Close says goodbye on all sockets.
func (w *Watch) Close() {
	w.mu.Lock()
	pages := w.pages
	w.mu.Unlock()
	pages.Close()
}

func (w *Watch) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	handler := w.handler
	w.mu.Unlock()
	if r.URL.Path != w.BasePath+"/watch" {
		handler.ServeHTTP(out, r)
		return
	}
	out.Header().Set("Content-Type", "application/json")
	out.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(out).Encode(w.wait(r.Context(), r.URL.Query().Get("seen")))
}

// newsOf is what a page is told.
type newsOf struct {
	Seen     string        `json:"seen"` // to be sent back with the next request
	Version  int           `json:"version"`
	Problems []problemTold `json:"problems"`
}

type problemTold struct {
	Place   string `json:"place"` // file:line:col, and what
	Source  string `json:"source,omitempty"`
	Column  int    `json:"column"`
	Suggest string `json:"suggest,omitempty"`
}

// wait answers at once when the page has not seen what there is, else with the next news.
func (w *Watch) wait(ctx context.Context, seen string) newsOf {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		w.mu.Lock()
		now, news := w.told(), w.news
		w.mu.Unlock()
		if now.Seen != seen {
			return now
		}
		select {
		case <-news:
		case <-late.C:
			return now
		case <-ctx.Done():
			return now
		}
	}
}

func (w *Watch) told() newsOf {
	now := newsOf{Version: w.version, Problems: []problemTold{}}
	for _, p := range w.problems {
		// Without the suggestion, which has a place of its own.
		suggest := p.Suggest
		p.Suggest = ""
		now.Problems = append(now.Problems, problemTold{p.Error(), p.Source, p.Col, suggest})
	}
	seen, err := json.Marshal([]any{now.Version, now.Problems})
	if err != nil {
		panic(err) // strings and numbers
	}
	sum := sha256.Sum256(seen)
	now.Seen = hex.EncodeToString(sum[:8])
	return now
}
