package web

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"fourwaves/lessons"
	"fourwaves/static"
)

// course is the built-in lessons and one with a run that is too long for one message. It is read once: nobody changes a library.
func course(t testing.TB) *lessons.Library {
	t.Helper()
	library, err := readCourse()
	if err != nil {
		t.Fatal(err)
	}
	return library
}

var readCourse = sync.OnceValues(func() (*lessons.Library, error) {
	files := fstest.MapFS{}
	for _, part := range []string{"en/*.md", "zh/*.md", "gallery/*.txt"} {
		list, err := fs.Glob(lessons.Builtin, part)
		if err != nil {
			return nil, err
		}
		for _, file := range list {
			data, err := fs.ReadFile(lessons.Builtin, file)
			if err != nil {
				return nil, err
			}
			files[file] = &fstest.MapFile{Data: data}
		}
	}
	var long strings.Builder
	for i := range 190 {
		fmt.Fprintf(&long, "at %dms client send 100\n", 200*i)
	}
	files["en/long.md"] = &fstest.MapFile{Data: []byte("---\ntitle: Long <b>\nsummary: S & more\nnumber: 99\n---\n![p](p.svg)\n\n```tcp many\n" + long.String() + "```\n")}
	files["en/p.svg"] = &fstest.MapFile{Data: []byte("<svg/>")}
	library, problems := lessons.Load(files)
	if len(problems) > 0 {
		return nil, problems
	}
	return library, nil
})

// start runs a server on the course.
func start(t testing.TB, change func(*Server)) (*Server, *httptest.Server) {
	t.Helper()
	words, err := lessons.LoadWords(static.FS)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Lessons: course(t), Words: words, Static: static.FS, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(s)
	}
	handler, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(server.Close)
	return s, server
}

// TestTheme: the choice at the foot of a page comes back with every page, and leads nowhere but to pages of this server.
func TestTheme(t *testing.T) {
	_, server := start(t, func(s *Server) { s.BasePath = "/tcp" })
	choose := func(theme, back string) *http.Response {
		t.Helper()
		response, err := server.Client().PostForm(server.URL+"/tcp/theme", url.Values{"theme": {theme}, "back": {back}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusSeeOther || len(response.Cookies()) != 1 {
			t.Fatalf("%s, cookies %v", response.Status, response.Cookies())
		}
		return response
	}
	for back, want := range map[string]string{
		"/tcp/en/lessons/lost-last-ack?lost-ack=msl+1s": "/tcp/en/lessons/lost-last-ack?lost-ack=msl+1s",
		"https://other.example/":                        "/tcp/",
		"//other.example/":                              "/tcp/",
		"/other":                                        "/tcp/",
		"/tcp/\\other.example":                          "/tcp/",
		"":                                              "/tcp/",
	} {
		if got := choose("dark", back).Header.Get("Location"); got != want {
			t.Errorf("back to %q leads to %q", back, got)
		}
	}
	page := func(cookie string) string {
		_, body := get(t, server, "/tcp/zh/glossary", "Cookie", cookie)
		return body
	}
	for theme, attribute := range map[string]string{"dark": `data-theme="dark"`, "projector": `data-theme="projector"`, "plaid": "", "auto": ""} {
		cookie := choose(theme, "").Cookies()[0]
		if kept := cookie.MaxAge > 0; kept != (attribute != "") {
			t.Errorf("%s: kept for %d s", theme, cookie.MaxAge)
		}
		if body := page("fourwaves-theme=" + theme); strings.Contains(body, "data-theme=") != (attribute != "") || !strings.Contains(body, attribute) {
			t.Errorf("%s: the page does not come in it", theme)
		}
	}
}
