package web

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"fourwaves/lessons"
	"fourwaves/static"
)

// course is the built-in lessons and one with a run that is too long for one message.
func course(t testing.TB) *lessons.Library {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"en", "zh"} {
		list, err := fs.Glob(lessons.Builtin, name+"/*.md")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range list {
			data, err := fs.ReadFile(lessons.Builtin, file)
			if err != nil {
				t.Fatal(err)
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
		t.Fatal(problems)
	}
	return library
}

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
