package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"fourwaves/sim"
)

// A run leaves in every form with the edits of the address, under a name and a type of its own.
func TestForms(t *testing.T) {
	s, server := start(t, nil)
	own := url.Values{"s": {"msl 1s\nat 0s client close\nserver on-eof close"}, "run": {"msl 2s"}}.Encode()
	for _, c := range []struct {
		path, name string
		log        []string
	}{
		{"/en/lessons/lost-last-ack/lost-ack.", "lost-last-ack-lost-ack", nil},
		{"/zh/lessons/lost-last-ack/lost-ack.", "lost-last-ack-lost-ack", []string{"deliver client ACK#1"}},
		{"/en/sandbox/run.", "sandbox-run", nil},
	} {
		for _, as := range forms {
			query := own
			if c.name != "sandbox-run" {
				query = url.Values{"lost-ack": {strings.Join(c.log, ";")}}.Encode()
			}
			response, body := get(t, server, c.path+as.ext+"?"+query)
			h := response.Header
			if response.StatusCode != 200 || h.Get("Content-Type") != as.kind || !strings.Contains(h.Get("Content-Disposition"), `filename="`+c.name+"."+as.ext+`"`) || len(body) < 100 {
				t.Errorf("%s%s: %s %v, %d bytes", c.path, as.ext, response.Status, h, len(body))
			}
			if as.ext != "jsonl" || c.name == "sandbox-run" {
				continue
			}
			var got []sim.Event
			for line := range strings.Lines(body) {
				var e sim.Event
				if err := json.Unmarshal([]byte(line), &e); err != nil {
					t.Fatal(err)
				}
				got = append(got, e)
			}
			if want := wholeRun(t, s, lostAck, c.log); len(got) != len(want) || got[len(got)-1].At != want[len(want)-1].At {
				t.Errorf("%s: %d events, want %d", c.path, len(got), len(want))
			}
		}
	}
	for path, status := range map[string]int{
		"/en/lessons/lost-last-ack/lost-ack.exe":                        404,
		"/en/lessons/lost-last-ack/nothing.jsonl":                       404,
		"/en/lessons/nothing/lost-ack.jsonl":                            404,
		"/en/lessons/lost-last-ack/lost-ack.jsonl?lost-ack=drop+cleint": 400,
		"/en/sandbox/run.jsonl?s=nonsense":                              404,
	} {
		if response, _ := get(t, server, path); response.StatusCode != status {
			t.Errorf("%s: %s, want %d", path, response.Status, status)
		}
	}
}

func TestWorksheet(t *testing.T) {
	_, server := start(t, nil)
	response, body := get(t, server, "/en/lessons/lost-last-ack/lost-ack/worksheet?lost-ack=msl+1s")
	if response.StatusCode != 200 {
		t.Fatal(response.Status)
	}
	tables := parse(t, body).all("table", "paper-ladder")
	if len(tables) != 2 {
		t.Fatalf("%d tables, want the sheet and its key", len(tables))
	}
	for name, in := range map[string][2]bool{"ESTABLISHED": {true, true}, "0.25 s": {true, true}, "TIME_WAIT": {false, true}, "FIN,ACK seq 100 ack 300": {false, true}, "✕ lost": {false, true}, "3.25 s": {true, true}} {
		for i, table := range tables {
			if strings.Contains(textOf(table), name) != in[i] {
				t.Errorf("%q in table %d: %v", name, i, !in[i])
			}
		}
	}
}

// Only the embedded figure may stand in another site's frame.
func TestEmbed(t *testing.T) {
	_, server := start(t, nil)
	response, body := get(t, server, "/en/embed/lost-last-ack/lost-ack?lost-ack=msl+1s&theme=dark&controls=play&autoplay=1")
	h := response.Header
	if response.StatusCode != 200 || h.Get("X-Frame-Options") != "" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors *") || !strings.Contains(h.Get("Content-Security-Policy"), "script-src 'self';") {
		t.Errorf("%s %v", response.Status, h)
	}
	p := parse(t, body)
	if attr(p.one("html", ""), "data-theme") != "dark" || attr(p.one("body", ""), "data-controls") != "play" || attr(p.one("body", ""), "data-module") != "embed" {
		t.Error("the parameters are not used")
	}
	if rows := events(t, body, "lost-ack"); len(rows) == 0 || !strings.HasPrefix(rows[len(rows)-2], "3.25 s client TIME_WAIT → CLOSED") {
		t.Errorf("rows %v", rows)
	}
	for _, other := range []string{"/en/", "/en/sandbox", "/en/lessons/lost-last-ack", "/en/embed/lost-last-ack/nothing"} {
		response, _ := get(t, server, other)
		if response.Header.Get("X-Frame-Options") != "DENY" || !strings.Contains(response.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s may be framed", other)
		}
	}
}

// A page says where to ask how it is embedded, and the answer is a frame with the same run.
func TestOEmbed(t *testing.T) {
	_, server := start(t, func(s *Server) { s.BasePath = "/tcp" })
	for path, want := range map[string]string{
		"/tcp/en/lessons/lost-last-ack?lost-ack=msl+1s":                "/tcp/en/embed/lost-last-ack/lost-ack?lost-ack=msl+1s",
		"/tcp/zh/sandbox?s=msl+1s%0Aat+0s+client+close&run=msl+2s&v=1": "/tcp/zh/embed/sandbox/run?run=msl+2s&s=msl+1s%0Aat+0s+client+close&v=1",
	} {
		_, body := get(t, server, path)
		ask := ""
		for _, l := range parse(t, body).all("link", "") {
			if attr(l, "type") == "application/json+oembed" {
				ask = attr(l, "href")
			}
		}
		_, body = get(t, server, strings.TrimPrefix(ask, server.URL)+"&maxwidth=500")
		var answer oembed
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatalf("%s: %v in %s", ask, err, body)
		}
		frame := parse(t, answer.HTML).one("iframe", "")
		if answer.Version != "1.0" || answer.Type != "rich" || answer.Title == "" || answer.Width != 500 || answer.Height != embedHeight || attr(frame, "src") != server.URL+want || attr(frame, "width") != "500" {
			t.Errorf("%s is embedded by %+v", path, answer)
		}
		if response, _ := get(t, server, strings.TrimPrefix(attr(frame, "src"), server.URL)); response.StatusCode != 200 {
			t.Errorf("the frame shows %s", response.Status)
		}
	}
	for _, c := range []struct {
		query  string
		status int
	}{
		{"", 404}, {"url=https://elsewhere.example/tcp/en/sandbox", 404}, {"url=" + url.QueryEscape(server.URL+"/tcp/en/lessons/nothing"), 404},
		{"url=" + url.QueryEscape(server.URL+"/tcp/en/lessons/lost-last-ack") + "&format=xml", 501},
		{"url=" + url.QueryEscape(server.URL+"/tcp/en/lessons/lost-last-ack#fig-no-time-wait"), 200},
	} {
		if response, body := get(t, server, "/tcp/oembed?"+c.query); response.StatusCode != c.status || c.status == 200 && !strings.Contains(body, "no-time-wait") {
			t.Errorf("%s: %s", c.query, response.Status)
		}
	}
}

// The menu of each figure leads to what there is, and to the same run.
func TestTakeMenu(t *testing.T) {
	_, server := start(t, nil)
	for _, page := range []string{"/en/lessons/lost-last-ack?lost-ack=msl+1s", "/zh/sandbox"} {
		_, body := get(t, server, page)
		found := 0
		for _, menu := range parse(t, body).all("details", "take") {
			for n := range menu.Descendants() {
				if n.Type != html.ElementNode || n.Data != "a" {
					continue
				}
				found++
				if response, _ := fetch(t, server, http.MethodHead, attr(n, "href")); response.StatusCode != 200 {
					t.Errorf("%s: %s", attr(n, "href"), response.Status)
				}
			}
		}
		if found < 2 {
			t.Errorf("%s has %d links in its menus", page, found)
		}
	}
}
