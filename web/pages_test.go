package web

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// get fetches a page; headers come in pairs.
func get(t *testing.T, server *httptest.Server, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	return fetch(t, server, http.MethodGet, path, headers...)
}

func fetch(t *testing.T, server *httptest.Server, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "identity")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// A page taken apart.
type parsed struct {
	t    *testing.T
	root *html.Node
}

func parse(t *testing.T, body string) parsed {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return parsed{t, root}
}

// all finds elements by name and, unless "", class.
func (p parsed) all(name, class string) []*html.Node {
	var found []*html.Node
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == name && (class == "" || slices.Contains(strings.Fields(attr(n, "class")), class)) {
			found = append(found, n)
		}
	}
	return found
}

func (p parsed) one(name, class string) *html.Node {
	p.t.Helper()
	found := p.all(name, class)
	if len(found) != 1 {
		p.t.Fatalf("%d of %s.%s, want one", len(found), name, class)
	}
	return found[0]
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

func TestAddresses(t *testing.T) {
	s, server := start(t, nil)
	_, below := start(t, func(s *Server) { s.BasePath = "/tcp" })
	missing := map[string]string{"en": s.Words["en"].UI("page.error.404.title"), "zh": s.Words["zh"].UI("page.error.404.title")}
	for _, c := range []struct {
		server           *httptest.Server
		path, accept     string
		status           int
		location, inBody string
	}{
		{server, "/", "", 302, "/en/", ""},
		{server, "/", "zh-CN,en;q=0.5", 302, "/zh/", ""},
		{server, "/?lost-ack=msl+1s", "en", 302, "/en/?lost-ack=msl+1s", ""},
		{server, "/lessons/lost-last-ack?v=1", "zh", 302, "/zh/lessons/lost-last-ack?v=1", ""},
		{server, "/en", "", 302, "/en/", ""},
		{server, "/zh/lessons", "", 302, "/zh/", ""},
		{server, "/en/lessons/long/", "", 302, "/en/lessons/long", ""},
		{server, "/en/", "", 200, "", s.Words["en"].UI("page.home.title")},
		{server, "/zh/", "", 200, "", s.Words["zh"].UI("page.home.title")},
		{server, "/en/lessons/four-way-close", "", 200, "", ""},
		{server, "/zh/lessons/simultaneous-close", "", 200, "", ""},
		{server, "/zh/lessons/long", "", 200, "", "English"},
		{server, "/healthz", "", 200, "", `"status":"ok"`},
		{server, "/files/en/p.svg", "", 200, "", "<svg/>"},
		{server, "/files/en/long.md", "", 404, "", ""},
		{server, "/files/../server.go", "", 404, "", ""},
		{server, "/favicon.ico", "", 302, "*", ""},
		{server, "/fr/", "fr", 404, "", missing["en"]},
		{server, "/enx/", "", 404, "", missing["en"]},
		{server, "/nothing", "zh", 404, "", missing["zh"]},
		{server, "/zh/lessons/nothing", "en", 404, "", missing["zh"]},
		{server, "/en/lessons/nothing/", "zh", 404, "", missing["en"]},
		{server, "/en/lessons/%00", "", 404, "", missing["en"]},
		{server, "//evil.example/", "", 404, "", missing["en"]},
		{below, "/tcp", "", 302, "/tcp/", ""},
		{below, "/tcp/", "zh", 302, "/tcp/zh/", ""},
		{below, "/tcp/lessons/long", "zh", 302, "/tcp/zh/lessons/long", ""},
		{below, "/tcp/en", "", 302, "/tcp/en/", ""},
		{below, "/tcp/healthz", "", 200, "", "ok"},
		{below, "/", "", 404, "", missing["en"]},
		{below, "/en/", "", 404, "", ""},
	} {
		response, body := get(t, c.server, c.path, "Accept-Language", c.accept)
		if response.StatusCode != c.status || !strings.Contains(body, c.inBody) {
			t.Errorf("%s: %s, want %d with %q", c.path, response.Status, c.status, c.inBody)
		}
		if location := response.Header.Get("Location"); c.location != "*" && location != c.location {
			t.Errorf("%s leads to %q, want %q", c.path, location, c.location)
		}
	}
}

// Every page is complete: one h1, landmarks, languages, and nothing that its own policy would block.
func TestEveryPage(t *testing.T) {
	for _, base := range []string{"", "/tcp/deep"} {
		s, server := start(t, func(s *Server) { s.BasePath = base })
		for _, lang := range lessons.Languages {
			pages := []string{base + "/" + lang + "/", base + "/" + lang + "/nothing", base + "/" + lang + "/sandbox", base + "/" + lang + "/glossary", base + "/" + lang + "/model"}
			for _, l := range s.Lessons.Lessons(lang) {
				pages = append(pages, base+"/"+lang+"/lessons/"+l.Slug)
			}
			for _, page := range pages {
				response, body := get(t, server, page)
				t.Run(page, func(t *testing.T) { checkPage(t, s, lang, response, body) })
			}
		}
	}
}

func checkPage(t *testing.T, s *Server, lang string, response *http.Response, body string) {
	if strings.Contains(body, "ui.page.") || strings.Contains(body, ">ui.") {
		t.Error("a text is missing in the catalogue")
	}
	p := parse(t, body)
	for _, name := range []string{"html", "title", "main", "h1"} {
		p.one(name, "")
	}
	if got := attr(p.one("html", ""), "lang"); got != lessons.HTMLLang(lang) {
		t.Errorf("html lang=%q", got)
	}
	if textOf(p.one("title", "")) == "· Fourwaves" {
		t.Error("no title")
	}
	if skip := p.one("a", "skip-link"); attr(skip, "href") != "#"+attr(p.one("main", ""), "id") {
		t.Error("the skip link leads nowhere")
	}
	metas := map[string]bool{}
	for _, m := range p.all("meta", "") {
		metas[attr(m, "name")] = true
	}
	if !metas["viewport"] || !metas["color-scheme"] || response.StatusCode == 200 && !metas["description"] {
		t.Errorf("metas: %v", metas)
	}
	for n := range p.root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s %s=%q> is blocked by the page's own policy", n.Data, a.Key, a.Val)
			}
		}
		if n.Type == html.ElementNode && (n.Data == "style" || n.Data == "script" && (n.FirstChild != nil || attr(n, "src") == "")) {
			t.Errorf("inline <%s>", n.Data)
		}
	}
	b := p.one("body", "")
	if attr(b, "data-base") != s.BasePath || attr(b, "data-lang") != lang || attr(b, "data-version") != strconv.Itoa(sim.Version) || attr(b, "data-static") != s.BasePath+"/static/"+s.assets.hash {
		t.Errorf("body for the script: %v", b.Attr)
	}
	policy := response.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || response.Header.Get("X-Content-Type-Options") != "nosniff" || response.Header.Get("Referrer-Policy") == "" {
		t.Errorf("headers: %v", response.Header)
	}
}

// Every address on every page leads somewhere, under a base path too.
func TestEveryLink(t *testing.T) {
	_, server := start(t, func(s *Server) { s.BasePath = "/tcp" })
	seen := map[string]bool{}
	todo := []string{"/tcp/en/", "/tcp/zh/nothing"}
	for len(todo) > 0 {
		page := todo[0]
		todo = todo[1:]
		response, body := get(t, server, page)
		if response.StatusCode != 200 && page != "/tcp/zh/nothing" {
			t.Errorf("%s: %s", page, response.Status)
		}
		if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
			continue
		}
		here, _ := url.Parse(page)
		for n := range parse(t, body).root.Descendants() {
			for _, a := range n.Attr {
				if a.Key != "href" && a.Key != "src" {
					continue
				}
				to, err := here.Parse(a.Val)
				if err != nil {
					t.Errorf("%s: %v", page, err)
					continue
				}
				// The page that is not there has no twin in another language either.
				if to.Host != "" || seen[to.Path] || strings.HasSuffix(to.Path, "/nothing") {
					continue
				}
				if !strings.HasPrefix(to.Path, "/tcp/") {
					t.Errorf("%s: %s leaves the base path", page, a.Val)
				}
				seen[to.Path] = true
				todo = append(todo, to.Path)
			}
		}
	}
	if len(seen) < 20 || !seen["/tcp/files/en/p.svg"] {
		t.Errorf("only %d addresses found: %v", len(seen), seen)
	}
}

func TestLessonPage(t *testing.T) {
	s, server := start(t, nil)
	_, body := get(t, server, "/en/lessons/lost-last-ack?lost-ack=deliver+client+ACK%231&v=1")
	p := parse(t, body)
	if crumb := textOf(p.one("p", "crumb")); crumb != s.Words["en"].UI("page.nav.lessons")+" · "+s.Words["en"].UI("page.lesson.crumb", "n", "6") {
		t.Errorf("crumb %q", crumb)
	}
	var links []string
	for _, a := range p.all("a", "") {
		if rel := attr(a, "rel"); rel != "" {
			links = append(links, rel+" "+attr(a, "href"))
		}
	}
	if got := strings.Join(links, ", "); got != "prev /en/lessons/time-wait-2msl, next /en/lessons/old-duplicates" {
		t.Errorf("pager: %s", got)
	}
	for _, a := range p.all("a", "") {
		if attr(a, "hreflang") == "zh-Hans" && attr(a, "href") != "/zh/lessons/lost-last-ack?lost-ack=deliver+client+ACK%231&v=1" {
			t.Errorf("the other language loses the run: %s", attr(a, "href"))
		}
	}
	script := p.one("script", "")
	if attr(script, "type") != "module" || !strings.HasSuffix(attr(script, "src"), "/js/main.js") {
		t.Errorf("script: %v", script.Attr)
	}
	var found bool
	for _, f := range p.all("figure", "figure") {
		if attr(f, "data-name") == "lost-ack" {
			found = attr(f, "id") == "fig-lost-ack" && attr(f, "data-figure") == "lost-last-ack/lost-ack"
		}
	}
	if !found {
		t.Error("the figure lacks what the script needs")
	}
	// A title is text, whatever stands in it.
	if _, body := get(t, server, "/en/lessons/long"); !strings.Contains(body, "<h1>Long &lt;b&gt;</h1>") {
		t.Error("a title is not escaped")
	}
}

// events are the rows of a figure's list.
func events(t *testing.T, body, name string) []string {
	t.Helper()
	var rows []string
	for _, f := range parse(t, body).all("figure", "figure") {
		if attr(f, "data-name") != name {
			continue
		}
		for n := range f.Descendants() {
			if n.Type == html.ElementNode && n.Data == "li" && attr(n.Parent, "data-part") == "list" {
				if attr(n, "data-n") != strconv.Itoa(len(rows)) {
					t.Errorf("row %d has data-n=%q", len(rows), attr(n, "data-n"))
				}
				rows = append(rows, textOf(n))
			}
		}
	}
	return rows
}

// Without JavaScript a page shows the run of the log in its address, in words.
func TestPageWithoutScript(t *testing.T) {
	s, server := start(t, nil)
	version := strconv.Itoa(sim.Version)
	contains := func(rows []string, want string) bool {
		return slices.ContainsFunc(rows, func(row string) bool { return strings.HasPrefix(row, want) })
	}
	for _, c := range []struct {
		path, end string
		log       []string
	}{
		{"/en/lessons/lost-last-ack", "7.25 s client TIME_WAIT → CLOSED", nil},
		{"/zh/lessons/lost-last-ack", "7.25 s 客户端 TIME_WAIT → CLOSED", nil},
		{"/en/lessons/lost-last-ack?lost-ack=deliver+client+ACK%231%3Bmsl+1s&v=" + version, "2.25 s client TIME_WAIT → CLOSED", []string{"deliver client ACK#1", "msl 1s"}},
		// A semicolon as browsers leave it, and an address that somebody has handled.
		{"/en/lessons/lost-last-ack?lost-ack=deliver%20client%20ACK%231;msl%201s&v=" + version, "2.25 s client TIME_WAIT → CLOSED", []string{"deliver client ACK#1", "msl 1s"}},
		{"/zh/lessons/lost-last-ack?utm=x&lost-ack=+deliver+client+ACK%231+;;+msl+1s;&other=;", "2.25 s 客户端 TIME_WAIT → CLOSED", []string{"deliver client ACK#1", "msl 1s"}},
		{"/en/?lost-ack=drop+client+ACK%232", "9.25 s client TIME_WAIT → CLOSED", []string{"drop client ACK#2"}},
	} {
		_, body := get(t, server, c.path)
		var want []string
		for _, line := range s.Words[c.path[1:3]].Transcript(wholeRun(t, s, lostAck, c.log)) {
			want = append(want, line.Time+" "+line.Who+" "+line.What)
		}
		rows := events(t, body, "lost-ack")
		if _, ladder, _ := strings.Cut(body, `class="text-ladder"`); !strings.Contains(ladder, "FIN,ACK") || !strings.Contains(ladder, "►│") {
			t.Errorf("%s has no ladder of text", c.path)
		}
		if diff := cmp.Diff(want, rows); diff != "" || !contains(rows, c.end) || strings.Contains(body, "figure-problem") {
			t.Errorf("%s (-engine +page; want %q):\n%s", c.path, c.end, diff)
		}
	}

	// What is not understood is said at the figure, and the lesson's own run is shown.
	for query, message := range map[string]string{
		"lost-ack=msl+1s;drop+cleint+ACK%231":                    `line 2, column 6: unknown host "cleint"; it can be client, server; did you mean "client"?`,
		"lost-ack=<script>alert(1)</script>":                     `<script>alert(1)</script>`,
		"lost-ack=" + strings.Repeat("x", maxQuery+1):            "8193 bytes of edits; an address holds at most 8192",
		"lost-ack=" + strings.Repeat("drop+client+FIN%231;", 65): "65 edits; at most 64 are kept",
	} {
		response, body := get(t, server, "/en/lessons/lost-last-ack?"+query)
		problems := parse(t, body).all("p", "figure-problem")
		if response.StatusCode != 200 || len(problems) != 1 || !strings.Contains(textOf(problems[0]), message) || attr(problems[0], "role") != "alert" {
			t.Errorf("%.60s: %s, problems %d", query, response.Status, len(problems))
		}
		if rows := events(t, body, "lost-ack"); !contains(rows, "7.25 s client TIME_WAIT → CLOSED") {
			t.Errorf("%.60s: the lesson's own run is not shown", query)
		}
	}

	// A link of another engine is shown, and says so.
	_, body := get(t, server, "/en/lessons/lost-last-ack?lost-ack=msl+1s&v=99")
	if notice := textOf(parse(t, body).one("p", "figure-problem")); !strings.Contains(notice, "99") {
		t.Errorf("notice: %s", notice)
	}
	// A run that is too long for a page says where the rest is.
	if _, body := get(t, server, "/en/lessons/long"); len(events(t, body, "many")) != listedLines || !strings.Contains(body, "fourwaves run") {
		t.Error("a long run is not cut")
	}
}

func TestHomePage(t *testing.T) {
	_, server := start(t, nil)
	_, body := get(t, server, "/en/")
	p := parse(t, body)
	p.one("div", "hero-text")
	p.one("div", "hero-figure")
	cards := p.all("li", "lesson-card")
	if len(cards) < 4 {
		t.Fatalf("%d cards", len(cards))
	}
	if text := textOf(cards[0]); !strings.HasPrefix(text, "1") || !strings.Contains(body, `class="other" lang="zh-Hans"`) {
		t.Errorf("first card: %s", text)
	}
	if start := p.one("a", "button"); attr(start, "href") != "/en/lessons/four-way-close" {
		t.Errorf("start leads to %s", attr(start, "href"))
	}
}

func TestStatic(t *testing.T) {
	s, server := start(t, nil)
	base := "/static/" + s.assets.hash + "/"
	for name := range s.assets.files {
		response, body := get(t, server, base+name)
		if response.StatusCode != 200 || body != string(s.assets.files[name].data()) || response.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %s, %d bytes, %v", name, response.Status, len(body), response.Header)
		}
		for _, coding := range []string{"br", "gzip"} {
			packed, data := get(t, server, base+name, "Accept-Encoding", coding+", deflate;q=0.8")
			var unpack io.Reader = brotli.NewReader(strings.NewReader(data))
			switch packed.Header.Get("Content-Encoding") {
			case "gzip":
				if unpack, _ = gzip.NewReader(strings.NewReader(data)); coding == "br" {
					t.Errorf("%s comes in gzip to one who asked for Brotli", name)
				}
			case "":
				continue // it is smallest as it is
			}
			if plain, err := io.ReadAll(unpack); err != nil || string(plain) != body {
				t.Errorf("%s unpacks from %s to something else: %v", name, coding, err)
			}
		}
		if head, body := fetch(t, server, http.MethodHead, base+name); head.StatusCode != 200 || body != "" || head.ContentLength != int64(len(s.assets.files[name].data())) {
			t.Errorf("HEAD %s: %s, length %d", name, head.Status, head.ContentLength)
		}
	}
	for name, want := range map[string]string{"js/main.js": "text/javascript; charset=utf-8", "css/page.css": "text/css; charset=utf-8", "words/en.json": "application/json", icon: "image/svg+xml"} {
		response, _ := get(t, server, base+name, "Accept-Encoding", "gzip")
		if got := response.Header.Get("Content-Type"); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
		if response.Header.Get("Content-Encoding") != "gzip" && name != icon {
			t.Errorf("%s is not compressed", name)
		}
	}
	for accepts, want := range map[string]string{"gzip, deflate, br, zstd": "br", "gzip;q=1.0, br;q=0": "gzip", "*": "br", "gzip;q=0": "", "*;q=0, gzip": "gzip", "identity": ""} {
		if response, _ := get(t, server, base+"js/main.js", "Accept-Encoding", accepts); response.Header.Get("Content-Encoding") != want {
			t.Errorf("to one who accepts %q it comes in %q", accepts, response.Header.Get("Content-Encoding"))
		}
	}
	for _, path := range []string{"/static/0123456789ab/js/main.js", base, base + "js", base + "js/", base + "package.json", base + "js/types.d.ts", base + "static.go", base + "js/../static.go", base + "test/fixtures/say-fixtures.json"} {
		if response, _ := get(t, server, path); response.StatusCode != 404 || strings.Contains(response.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %s, %s", path, response.Status, response.Header.Get("Cache-Control"))
		}
	}
}

// What a module imports as another file is there, and gives the names that it is asked for.
func TestModules(t *testing.T) {
	s, _ := start(t, nil)
	gives := func(name string) []string {
		var names []string
		for _, m := range regexp.MustCompile(`export\{([^}]*)\}`).FindAllStringSubmatch(string(s.assets.files[name].data()), -1) {
			for _, export := range strings.Split(m[1], ",") {
				names = append(names, export[strings.LastIndex(export, " ")+1:])
			}
		}
		return names
	}
	asked := 0
	for name, file := range s.assets.files {
		if path.Ext(name) != ".js" {
			continue
		}
		for _, m := range imported.FindAllStringSubmatch(string(file.data()), -1) {
			from := path.Join(path.Dir(name), m[2])
			for _, want := range strings.Split(strings.Trim(m[1], "{}"), ",") {
				want, _, _ = strings.Cut(want, " ")
				if asked++; !slices.Contains(gives(from), want) {
					t.Errorf("%s imports %s from %s, which has %v", name, want, from, gives(from))
				}
			}
		}
	}
	if asked < 50 {
		t.Errorf("only %d names are imported: this test reads no imports", asked)
	}
}

// imported finds what is imported, and from where.
var imported = regexp.MustCompile(`\b(?:import|export)\s*([\w{},*\s$]*)\bfrom\s*["']([^"']+)["']`)

// A reader who only looks at a lesson gets at most 40 kB of JavaScript, compressed, and 100 kB of all. What is needed to touch
// a figure or to open a panel is loaded then. The page announces just what the script will ask for: no more, and nothing late.
func TestWeight(t *testing.T) {
	s, server := start(t, nil)
	_, page := get(t, server, "/en/lessons/lost-last-ack", "Accept-Encoding", "gzip")
	_, plain := get(t, server, "/en/lessons/lost-last-ack")
	announced := map[string]bool{}
	for _, link := range regexp.MustCompile(`<link rel="(?:modulepreload|stylesheet|preload|icon)"[^>]*href="/static/[0-9a-f]+/([^"]+)"`).FindAllStringSubmatch(plain, -1) {
		announced[link[1]] = true
	}
	// What main.js imports, and what that imports.
	needed, open := map[string]bool{}, []string{mainModule}
	for len(open) > 0 {
		name := open[0]
		open = open[1:]
		if needed[name] {
			continue
		}
		needed[name] = true
		for _, m := range imported.FindAllStringSubmatch(string(s.assets.files[name].data()), -1) {
			open = append(open, path.Join(path.Dir(name), m[2]))
		}
	}
	total, script := len(page), 0
	for name := range announced {
		_, coded := s.assets.files[name].smallest("br")
		if coded == nil {
			coded = s.assets.files[name].data()
		}
		total += len(coded)
		if path.Ext(name) != ".js" {
			continue
		}
		script += len(coded)
		if !needed[name] {
			t.Errorf("%s is announced, and no page begins with it", name)
		}
	}
	for name := range needed {
		if !announced[name] {
			t.Errorf("%s is needed at once, and not announced", name)
		}
	}
	t.Logf("JavaScript %d bytes, all %d bytes, page %d", script, total, len(page))
	if script > 40_000 {
		t.Errorf("a lesson page begins with %d bytes of JavaScript: load what is not needed for the first picture when it is (static/doc.go)", script)
	}
	if script < 10_000 || total > 100_000 {
		t.Errorf("the lesson page weighs %d bytes compressed, %d of them JavaScript", total, script)
	}
}

func TestErrors(t *testing.T) {
	s, server := start(t, nil)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		response, body := fetch(t, server, method, "/en/lessons/lost-last-ack")
		if response.StatusCode != 405 || response.Header.Get("Allow") != "GET, HEAD" || !strings.Contains(body, "<h1>"+s.Words["en"].UI("page.error.405.title")+"</h1>") {
			t.Errorf("%s: %s, Allow %q", method, response.Status, response.Header.Get("Allow"))
		}
	}
	var log strings.Builder
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	broken := s.logRequests(s.recoverPanics(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })))
	for path, lang := range map[string]string{"/zh/x": "zh", "/en/x": "en"} {
		want := "<h1>" + s.Words[lang].UI("page.error.500.title") + "</h1>"
		w := httptest.NewRecorder()
		broken.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != 500 || !strings.Contains(w.Body.String(), want) || strings.Contains(w.Body.String(), "boom") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if !strings.Contains(log.String(), "boom") || !strings.Contains(log.String(), "status=500") {
		t.Errorf("log: %s", &log)
	}
}

func TestCompressedPages(t *testing.T) {
	_, server := start(t, nil)
	response, data := get(t, server, "/en/lessons/lost-last-ack", "Accept-Encoding", "gzip")
	if response.Header.Get("Content-Encoding") != "gzip" || len(data) > 16<<10 {
		t.Errorf("%d bytes, %v", len(data), response.Header)
	}
}

func TestHealth(t *testing.T) {
	_, server := start(t, nil)
	response, body := get(t, server, "/healthz")
	var health struct {
		Status          string
		Engine, Lessons int
	}
	if err := json.Unmarshal([]byte(body), &health); err != nil || health.Status != "ok" || health.Engine != sim.Version || health.Lessons < 4 || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v %v", body, err, response.Header)
	}
}

func TestServerSettings(t *testing.T) {
	for name, change := range map[string]func(*Server){
		`base path "tcp"`:         func(s *Server) { s.BasePath = "tcp" },
		`base path "/"`:           func(s *Server) { s.BasePath = "/" },
		`base path "/a/../b"`:     func(s *Server) { s.BasePath = "/a/../b" },
		`base path "/{x}"`:        func(s *Server) { s.BasePath = "/{x}" },
		`allowed origin "a.test"`: func(s *Server) { s.AllowedOrigins = []string{"a.test"} },
	} {
		s, _ := start(t, nil)
		change(s)
		if _, err := s.Handler(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSocketUnderBasePath(t *testing.T) {
	_, server := start(t, func(s *Server) { s.BasePath = "/tcp" })
	c, response := dial(t, server, map[string]string{"path": "/tcp/socket"})
	if response.StatusCode != 101 {
		t.Fatal(response.Status)
	}
	c.send(`{"type":"open","figure":%q}`, lostAck)
	c.wantSplice(1)
}

// BenchmarkLessonPage is a page with all its figures run.
func BenchmarkLessonPage(b *testing.B) {
	s, _ := start(b, nil)
	handler, err := s.Handler()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/en/lessons/lost-last-ack", nil))
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
