package web

import (
	"io"
	"strings"
	"testing"

	"fourwaves/lessons"
)

// TestGuidePages: the guide is served beside any course, its figures run, and its passages stand beside their source.
func TestGuidePages(t *testing.T) {
	guide, problems := lessons.LoadGuide(lessons.Builtin)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	_, server := start(t, func(s *Server) {
		with := *s.Lessons // the course of the other tests has none
		with.Guide = guide
		s.Lessons = &with
	})
	get := func(path string) (int, string) {
		t.Helper()
		r, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body := new(strings.Builder)
		if _, err := io.Copy(body, r.Body); err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, body.String()
	}
	for path, want := range map[string][]string{
		"/en/guide":                     {`href="/en/guide/first-lesson"`, `hreflang="zh-Hans"`},
		"/zh/guide/first-lesson":        {`data-figure="guide/first-lesson/impatient"`, "at 200ms server close\n", "goal: enter(client, CLOSED) &lt; 3s", `rel="next" href="/zh/guide/figures"`, `data-challenge="shorter"`},
		"/en/guide/figures":             {"scenario   = { [ line ] newline }", `class="source-of"`},
		"/en/guide/questions":           {"foreignBytes(host)", "ECONNRESET", `data-edits="time-wait 0s;drop client ACK#1"`},
		"/en/guide/text":                {"../../files/guide/en/two-hosts.svg", `id="fig-numbers"`},
		"/files/guide/en/two-hosts.svg": {"<svg"},
		"/sitemap.xml":                  {"/zh/guide/text<"},
		"/en/sandbox":                   {`href="/en/guide"`},
	} {
		status, body := get(path)
		if status != 200 {
			t.Errorf("%s: %d", path, status)
		}
		for _, part := range want {
			if !strings.Contains(body, part) {
				t.Errorf("%s lacks %s", path, part)
			}
		}
	}
	if _, body := get("/en/"); strings.Contains(body, "/guide/first-lesson") || !strings.Contains(body, `href="/en/guide"`) {
		t.Error("the home page lists the guide among the lessons, or does not link it")
	}
	for _, path := range []string{"/en/guide/nothing", "/en/lessons/first-lesson"} {
		if status, _ := get(path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	// A server without the guide does not speak of it.
	_, bare := start(t, nil)
	r, err := bare.Client().Get(bare.URL + "/en/guide")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 404 {
		t.Errorf("without a guide: %d", r.StatusCode)
	}
}
