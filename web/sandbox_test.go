package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"fourwaves/sim"
)

// The sandbox is a page without scripts too: an address runs its scenario and says what is wrong with it.
func TestSandbox(t *testing.T) {
	s, server := start(t, nil)
	address := func(text, log string) string {
		return "/en/sandbox?" + url.Values{"s": {text}, "run": {log}}.Encode()
	}
	for _, c := range []struct {
		path, row, problem string
	}{
		{"/en/sandbox", "", ""},
		{address("msl 1s\nat 0s client close\nserver on-eof close\n", ""), "2.10 s client TIME_WAIT → CLOSED", ""},
		{address("msl 1s\r\nat 0s client close\r\nserver on-eof close\r\n", "msl 3s"), "6.10 s client TIME_WAIT → CLOSED", ""},
		{address("at 0s cleint close\nmsl 3\n", ""), "", "Line 1, column 7:"},
		{address("at 0s client close\nexpect client CLOSED at 1s\n", ""), "", "Line 2, column 1:"},
		{address(strings.Repeat("# long\n", 2000), ""), "", ""},
		{"/en/sandbox?from=lost-last-ack/lost-ack", "7.25 s client TIME_WAIT → CLOSED", ""},
		{"/en/sandbox?from=nothing", "", ""},
	} {
		response, body := get(t, server, c.path)
		if response.StatusCode != http.StatusOK {
			t.Fatalf("%.80s: %s", c.path, response.Status)
		}
		found := c.row == ""
		for _, row := range events(t, body, sandboxName) {
			found = found || strings.HasPrefix(row, c.row)
		}
		if !found {
			t.Errorf("%.80s: no row %q", c.path, c.row)
		}
		problems := ""
		for _, b := range parse(t, body).all("b", "") {
			if strings.HasPrefix(textOf(b), "Line ") {
				problems += textOf(b)
			}
		}
		if (c.problem == "") != (problems == "") || !strings.Contains(problems, c.problem) {
			t.Errorf("%.80s: problems %q, want %q", c.path, problems, c.problem)
		}
		if notice := len(parse(t, body).all("p", "notice")); (notice > 0) != (strings.Contains(c.path, "nothing") || len(c.path) > 2000) {
			t.Errorf("%.80s: %d notices", c.path, notice)
		}
	}
	for path, want := range map[string]string{
		"/zh/sandbox?from=half-open":              s.Lessons.Example("half-open").Title("zh"),
		"/en/sandbox?from=lost-last-ack/lost-ack": s.Lessons.Lesson("en", "lost-last-ack").Title,
		"/en/sandbox": "",
		address("msl 1s\n", "") + "&from=half-open": "", // which is the reader's own by now
	} {
		_, body := get(t, server, path)
		began := parse(t, body).all("p", "sandbox-began")
		if (want != "") != (len(began) == 1) || want != "" && !strings.Contains(textOf(began[0]), want) {
			t.Errorf("%s: %d lines say what it began with, want %q", path, len(began), want)
		}
	}
	// Every scenario of the gallery and every figure can be opened by its link.
	_, body := get(t, server, "/zh/sandbox")
	if n := strings.Count(body, "sandbox?from="); n != len(s.gallery("zh"))+len(s.figuresToTry("zh")) || n < 10 {
		t.Errorf("%d links to scenarios", n)
	}
}

func check(t *testing.T, server *httptest.Server, body string) (*http.Response, checkAnswer) {
	t.Helper()
	response, err := server.Client().Post(server.URL+"/sandbox/check", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer checkAnswer
	if response.StatusCode == http.StatusOK {
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
	}
	return response, answer
}

func TestSandboxCheck(t *testing.T) {
	_, server := start(t, nil)
	ask := func(text, before string) checkAnswer {
		t.Helper()
		body, _ := json.Marshal(checkRequest{text, &before})
		response, answer := check(t, server, string(body))
		if response.StatusCode != http.StatusOK {
			t.Fatal(response.Status)
		}
		return answer
	}
	if a := ask("drop cleint ACK#1\nmsl 3", "drop cl"); a.Runs || len(a.Problems) != 2 || a.Problems[0].Suggest != "client" || a.Problems[1].Line != 2 || strings.Join(a.Next.Words, " ") != "client" {
		t.Errorf("%+v", a)
	}
	if a := ask("at 0s client close\nexpect client CLOSED at 1s", ""); !a.Runs || len(a.Problems) != 1 || a.Problems[0].Line != 2 || len(a.Next.Words) < 20 {
		t.Errorf("%+v", a)
	}
	if a := ask("at 0s client close", ""); !a.Runs || a.Problems == nil || len(a.Problems) != 0 {
		t.Errorf("%+v", a)
	}
	if a := ask(strings.Repeat("# long\n", 1+sim.MaxScript/7), ""); a.Runs || a.Problems[0].Code != "too-long" {
		t.Errorf("%+v", a)
	}
	for _, bad := range []string{"", "[]", `{"text": 1}`, `{"text": "` + strings.Repeat("x", 8*sim.MaxScript) + `"}`} {
		if response, _ := check(t, server, bad); response.StatusCode != http.StatusBadRequest {
			t.Errorf("%.20q: %s", bad, response.Status)
		}
	}
	if response, _ := get(t, server, "/sandbox/check"); response.StatusCode != 405 || response.Header.Get("Allow") != "POST" {
		t.Errorf("%s, Allow %q", response.Status, response.Header.Get("Allow"))
	}
}

// A page's own scenario is a figure like any other on the wire, and another text is another run from its first event on.
func TestOwnScenario(t *testing.T) {
	s, _ := start(t, nil)
	c := newConversation(s.Lessons, s.Log)
	var page modelPage
	say := func(m request) {
		t.Helper()
		c.receive(encode(m))
		for data := c.next(); data != nil; data = c.next() {
			page.take(t, data)
			c.receive(encode(request{Type: "credit", Figure: sandboxFigure, Rev: page.rev, N: 1}))
		}
	}
	closed := func() sim.Instant {
		at := sim.Instant(-1)
		for _, e := range page.events {
			if e.Ev == sim.State && e.Host == "client" && e.To == "CLOSED" {
				at = e.At
			}
		}
		return at
	}
	first, second, empty := "msl 1s\nat 0s client close\nserver on-eof close", "msl 2s\nat 0s client close\nserver on-eof close", ""
	at := sim.Instant(0)
	for i, step := range []struct {
		m    request
		want sim.Instant
	}{
		{request{Type: "open", Figure: sandboxFigure, Own: &first}, 2_100_000},
		{request{Type: "control", Figure: sandboxFigure, Rev: 1, At: &at, Do: "msl 3s"}, 6_100_000},
		{request{Type: "open", Figure: sandboxFigure, Own: &first}, 2_100_000}, // undo
		{request{Type: "open", Figure: sandboxFigure, Own: &second, Log: []string{"drop server FIN#1"}}, 5_100_000},
		{request{Type: "open", Figure: sandboxFigure, Own: &empty}, -1},
	} {
		say(step.m)
		if got := closed(); got != step.want || !page.end || page.rev != i+1 {
			t.Errorf("step %d: CLOSED at %d, want %d; rev %d, end %v", i, got, step.want, page.rev, page.end)
		}
	}
	bad := "msl 3"
	c.receive(encode(request{Type: "open", Figure: sandboxFigure, Own: &bad}))
	if data := string(c.next()); !strings.Contains(data, `"code":"bad-line"`) || !strings.Contains(data, `"line":1`) {
		t.Errorf("a text that is not understood is answered with %s", data)
	}
}
