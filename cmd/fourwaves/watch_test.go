package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWatch writes into a folder that is served: a good version is shown, a bad one is told with its place while the last
// good one stays, and a mended one is shown again; a new file in a new folder is seen, too.
func TestWatch(t *testing.T) {
	dir := write(t, map[string]string{"en/a.md": front + "One.\n\n```tcp close\nat 0s cleint close\n```\n", "en/dot.svg": `<svg xmlns="http://www.w3.org/2000/svg"/>`})
	serve := serveCommand{Lessons: dir, Watch: true, where: where{BasePath: "/tcp"}}
	pages, err := serve.pages(t.Context(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	defer server.Close()
	get := func(path string) string {
		t.Helper()
		r, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	type told struct {
		Seen     string
		Version  int
		Problems []struct {
			Place, Source, Suggest string
			Column                 int
		}
	}
	seen := ""
	news := func() (now told) {
		t.Helper()
		if err := json.Unmarshal([]byte(get("/tcp/watch?seen="+seen)), &now); err != nil {
			t.Fatal(err)
		}
		seen = now.Seen
		return now
	}
	save := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		// As editors do: beside it, and then in its place.
		if err := os.WriteFile(file+"~", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+"~", file); err != nil {
			t.Fatal(err)
		}
	}
	if now := news(); now.Version != 1 || len(now.Problems) != 1 || !strings.HasPrefix(now.Problems[0].Place, "en/a.md:9:7: ") {
		t.Fatalf("at first %+v", now)
	}
	if page := get("/tcp/en/lessons/a"); !strings.Contains(page, `data-watch="1"`) {
		t.Error("before there is a version that can be shown, no page says why")
	}
	if page := get("/tcp/en/"); !strings.Contains(page, `data-watch="1"`) {
		t.Error("nor does the first one")
	}
	save("en/a.md", front+"One.\n\n![A dot.](dot.svg)\n")
	if now := news(); now.Version != 2 || len(now.Problems) != 0 {
		t.Fatalf("the first good version: %+v", now)
	}
	if page := get("/tcp/en/lessons/a"); !strings.Contains(page, "One.") || !strings.Contains(page, `data-watch="2"`) {
		t.Error("the page is not the first version, or does not ask for the next")
	}
	if r, err := http.Get(server.URL + "/tcp/files/en/dot.svg"); err != nil || r.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(r.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("a picture that is being drawn: %v %v", r, err)
	}
	save("en/a.md", front+"Two.\n\n```tcp close\nat 0s cleint close\n```\n")
	if now := news(); now.Version != 2 || len(now.Problems) != 1 || !strings.HasPrefix(now.Problems[0].Place, "en/a.md:9:7: ") || now.Problems[0].Suggest != "client" || now.Problems[0].Source != "at 0s cleint close" {
		t.Errorf("after a mistake %+v", now)
	}
	if page := get("/tcp/en/lessons/a"); !strings.Contains(page, "One.") {
		t.Error("the last good version does not stay")
	}
	save("en/a.md", front+"Two.\n\n```tcp close\nat 0s client close\nexpect server TIME_WAIT at 1s\n```\n")
	if now := news(); len(now.Problems) != 1 || !strings.Contains(now.Problems[0].Place, "TIME_WAIT") {
		t.Errorf("after an expectation that fails %+v", now)
	}
	save("en/a.md", front+"Three.\n")
	if now := news(); now.Version != 3 || len(now.Problems) != 0 {
		t.Errorf("mended: %+v", now)
	}
	if page := get("/tcp/en/lessons/a"); !strings.Contains(page, "Three.") || !strings.Contains(page, `data-watch="3"`) {
		t.Error("the page is not the new version")
	}
	save("zh/b.md", strings.Replace(front, "1", "2", 1)+"新的一课。\n")
	if now := news(); now.Version != 4 {
		t.Errorf("a new file: %+v", now)
	}
	if page := get("/tcp/zh/lessons/b"); !strings.Contains(page, "新的一课") {
		t.Error("the new lesson is not there")
	}
	if _, err := (serveCommand{Watch: true}).pages(t.Context(), slog.Default()); err == nil {
		t.Error("--watch without --lessons watches the program")
	}
}

// TestWatchBeginsWithAFalseClaim: what can be read is there to be looked at, and the claim is told on it.
func TestWatchBeginsWithAFalseClaim(t *testing.T) {
	dir := write(t, map[string]string{"en/a.md": front + "One.\n\n```tcp close\nat 0s client close\nexpect server TIME_WAIT at 1s\n```\n"})
	var log strings.Builder
	pages, err := (serveCommand{Lessons: dir, Watch: true}).pages(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	defer server.Close()
	for path, part := range map[string]string{"/en/lessons/a": "One.", "/watch": "TIME_WAIT"} {
		r, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != http.StatusOK || !strings.Contains(string(body), part) {
			t.Errorf("%s (%s) lacks %q", path, r.Status, part)
		}
	}
	if !strings.Contains(log.String(), "en/a.md:10:1: ") {
		t.Errorf("the log does not say what is wrong: %s", log.String())
	}
}
