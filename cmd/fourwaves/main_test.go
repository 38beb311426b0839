package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"

	"fourwaves/sim"
)

// fourwaves runs the program with arguments and input.
func fourwaves(input string, args ...string) (out, errs string, err error) {
	var o, e bytes.Buffer
	err = run(context.Background(), args, streams{strings.NewReader(input), &o, &e})
	return o.String(), e.String(), err
}

const closing = `msl 3s
at 0s client close
at 200ms server close
expect client TIME_WAIT at 250ms
`

// write puts files into a new folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const front = "---\ntitle: T\nsummary: S\nnumber: 1\n---\n"

func folder(t *testing.T) string {
	return write(t, map[string]string{
		"close.txt":     closing,
		"bad.txt":       "msl 3s\nat 0s cleint close\n",
		"en/a.md":       front + "```tcp close\n" + closing + "```\n\n```tcp other\nat 0s client close\n```\n",
		"zh/a.md":       front + "```tcp close\n```\n\n```tcp other\n```\n",
		"en/one.md":     strings.Replace(front, "1", "2", 1) + "```tcp close\n" + closing + "```\n",
		"en/nothing.md": strings.Replace(front, "1", "3", 1),
	})
}

func TestRunPrintsAList(t *testing.T) {
	dir := folder(t)
	want, _, err := fourwaves("", "run", "--format", "list", filepath.Join(dir, "close.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(want, "0.25 s  client   FIN_WAIT_2 → TIME_WAIT") {
		t.Errorf("transcript:\n%s", want)
	}
	for _, args := range [][]string{
		{"run", "--format", "list", filepath.Join(dir, "close.txt")}, // again: not a byte differs
		{"run", "--format", "list", filepath.Join(dir, "en/a.md#close")},
		{"run", "--format", "list", filepath.Join(dir, "zh/a.md#close")}, // the scenario is the sibling's
		{"run", "--format", "list", filepath.Join(dir, "en/one.md")},     // the only figure needs no name
		{"run", "--format", "list", "-"},
	} {
		if got, _, err := fourwaves(closing, args...); err != nil || got != want {
			t.Errorf("%v: %v\n%s", args, err, got)
		}
	}
	chinese, _, err := fourwaves("", "run", "--format", "list", "--lang", "zh", filepath.Join(dir, "close.txt"))
	if err != nil || !strings.Contains(chinese, "0.25 s  客户端  FIN_WAIT_2 → TIME_WAIT") {
		t.Errorf("in Chinese: %v\n%s", err, chinese)
	}
	lost, _, err := fourwaves("", "run", "--format", "list", "--edit", "drop client ACK#2", "-e", "msl 1s", filepath.Join(dir, "close.txt"))
	if err != nil || !strings.Contains(lost, "2.25 s  client   TIME_WAIT → CLOSED") {
		t.Errorf("with edits: %v\n%s", err, lost)
	}
	if builtin, _, err := fourwaves("", "run", "--format", "list", "lost-last-ack#lost-ack"); err != nil || !strings.Contains(builtin, "7.25 s  client   TIME_WAIT → CLOSED") {
		t.Errorf("a built-in figure: %v\n%s", err, builtin)
	}
}

func TestRunDrawsALadder(t *testing.T) {
	got, _, err := fourwaves(closing, "run", "-e", "drop client ACK#1", "-")
	if err != nil || !strings.Contains(got, "├── FIN,ACK seq 100 ack 300 ") || !strings.Contains(got, "✗ lost") || !strings.Contains(got, "↻1") {
		t.Errorf("%v\n%s", err, got)
	}
	if strings.Contains(got, "\x1b") {
		t.Error("colours, though nobody looks at a terminal")
	}
	bare, _, err := fourwaves(closing, "run", "--ascii", "--width", "70", "-")
	if err != nil || strings.ContainsFunc(bare, func(r rune) bool { return r > unicode.MaxASCII }) || !strings.Contains(bare, "FIN_WAIT_1 +--") {
		t.Errorf("%v\n%s", err, bare)
	}
	if mermaid, _, err := fourwaves(closing, "run", "--format", "mermaid", "-"); err != nil || !strings.HasPrefix(mermaid, "sequenceDiagram\n  participant h0 as client<br/>10.0.0.1:49152\n") {
		t.Errorf("%v\n%s", err, mermaid)
	}
}

func TestRunWritesACapture(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run.pcapng")
	if _, _, err := fourwaves(closing, "run", "--format", "pcapng", "-o", file, "--tap", "client", "-"); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(written, []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
		t.Errorf("%v: % x", err, written[:min(len(written), 8)])
	}
	for want, args := range map[string][]string{
		`no host is called "cleint"`: {"run", "--format", "pcapng", "--tap", "cleint", "-"},
		"it goes with --format":      {"run", "--tap", "client", "-"},
	} {
		if _, _, err := fourwaves(closing, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestImportPcap(t *testing.T) {
	const captures = "../../sim/capture/testdata/"
	got, notes, err := fourwaves("", "import", "pcap", captures+"fin-lost-once.pcap")
	if err != nil || !strings.Contains(got, "10.77.0.1:50750") || !strings.Contains(got, "✗ lost") || !strings.Contains(got, "↻1") || !strings.Contains(got, "TIME_WAIT │◄─") {
		t.Errorf("%v\n%s", err, got)
	}
	if !strings.Contains(notes, "note: States are inferred from the segments.") {
		t.Errorf("notes:\n%s", notes)
	}
	chinese, _, err := fourwaves("", "import", "pcap", "--lang", "zh", "--format", "list", captures+"linger-rst.pcap")
	if err != nil || !strings.Contains(chinese, "服务器  ESTABLISHED → CLOSED：它发出了复位") {
		t.Errorf("%v\n%s", err, chinese)
	}
	// Two connections are listed; one of them is shown by its number.
	two := filepath.Join(t.TempDir(), "two.pcapng")
	if _, _, err := fourwaves(twoConnections, "run", "--format", "pcapng", "-o", two, "-"); err != nil {
		t.Fatal(err)
	}
	list, _, err := fourwaves("", "import", "pcap", two)
	if err != nil || !strings.Contains(list, "2  10.0.0.1:") || !strings.Contains(list, "--conn N") {
		t.Errorf("%v\n%s", err, list)
	}
	if second, _, err := fourwaves("", "import", "pcap", "--conn", "2", two); err != nil || !strings.Contains(second, "FIN_WAIT_1 ├") {
		t.Errorf("%v\n%s", err, second)
	}
	for want, args := range map[string][]string{
		"two.pcapng has no connection 3; it has 1 to 2": {"--conn", "3", two},
		"this is no capture":                            {"main_test.go"},
		"no such file":                                  {"none.pcap"},
	} {
		if _, _, err := fourwaves("", append([]string{"import", "pcap"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

const twoConnections = `start closed
msl 1s
at 0s client connect
at 500ms client close
at 700ms server close
at 5s client connect
at 6s client close
at 7s server close
`

func TestSs(t *testing.T) {
	got, _, err := fourwaves(closing, "ss", "-o", "--at", "250ms", "-")
	want := `client$ ss -tano
State      Recv-Q Send-Q     Local Address:Port     Peer Address:Port
TIME-WAIT  0      0              10.0.0.1:49152           10.0.0.2:80  timer:(timewait,6sec,0)

server$ ss -tano
State      Recv-Q Send-Q     Local Address:Port     Peer Address:Port
LAST-ACK   0      1                 10.0.0.2:80        10.0.0.1:49152  timer:(on,950ms,0)
`
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	if _, _, err := fourwaves(closing, "ss", "--at", "2", "-"); err == nil || !strings.Contains(err.Error(), `did you mean "2s"`) {
		t.Errorf("a time without unit: %v", err)
	}
	for wait, want := range map[sim.Duration]string{0: "0ms", 499: "0ms", 999_000: "999ms", 1_000_000: "1sec", 5_240_000: "5.2sec", 59_000_000: "59sec", 61_000_000: "1min1sec"} {
		if got := ssTime(wait); got != want {
			t.Errorf("%d µs: %s, want %s", wait, got, want)
		}
	}
}

// JSON is one event per line with the fields of sim.Event, and byte for byte the same on every run.
func TestRunPrintsJSON(t *testing.T) {
	first, _, err := fourwaves(closing, "run", "--format", "json", "--edit", "link loss 40%", "-")
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if again, _, _ := fourwaves(closing, "run", "--format", "json", "--edit", "link loss 40%", "-"); again != first {
			t.Fatal("the same input printed something else")
		}
	}
	lines := strings.Split(strings.TrimSuffix(first, "\n"), "\n")
	for i, line := range lines {
		var e sim.Event
		strict := json.NewDecoder(strings.NewReader(line))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&e); err != nil {
			t.Errorf("line %d: %v", i+1, err)
		}
		if i == len(lines)-1 && e.Ev != sim.End {
			t.Errorf("the last event is %s", line)
		}
	}
	if len(lines) < 20 || !strings.HasPrefix(lines[0], `{"at":0,"ev":"preset","host":"client"`) {
		t.Errorf("%d lines, the first %s", len(lines), lines[0])
	}
	if terse, _, err := fourwaves(closing, "run", "--format", "terse", "-"); err != nil || terse == "" {
		t.Errorf("terse: %v\n%s", err, terse)
	}
}

func TestRunRefuses(t *testing.T) {
	dir := folder(t)
	big := filepath.Join(dir, "big.txt")
	if err := os.WriteFile(big, make([]byte, sim.MaxScript+1), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"bad.txt:2:7: unknown word after the instant \"cleint\"": {"run", filepath.Join(dir, "bad.txt")},
		`did you mean "client"?`:                                 {"run", filepath.Join(dir, "bad.txt")},
		"there is no file none.txt":                              {"run", "none.txt"},
		"there is no file none.md":                               {"run", "none.md"},
		"is a folder; run takes a file":                          {"run", dir},
		"has more than 8192 bytes":                               {"run", big},
		"name one: #close, #other":                               {"run", filepath.Join(dir, "en/a.md")},
		`has no figure "nope"; there are close, other`:           {"run", filepath.Join(dir, "en/a.md#nope")},
		"lesson nothing has no figure":                           {"run", filepath.Join(dir, "en/nothing.md")},
		"a lesson lies in a folder of its language":              {"run", write(t, map[string]string{"a.md": front}) + "/a.md"},
		`en/b.md:7:7: figure "x": unknown word`:                  {"run", write(t, map[string]string{"en/b.md": front + "```tcp x\nat 0s cleint close\n```\n"}) + "/en/b.md"},
		`--edit: line 1, column 6: unknown host "cleint"`:        {"run", "--edit", "drop cleint FIN#1", filepath.Join(dir, "close.txt")},
		"--lang must be one of":                                  {"run", "--lang", "fr", "-"},
		"unknown flag --formt":                                   {"run", "--formt", "json", "-"},
		`expected "<FILE[#figure]>"`:                             {"run"},
		"unexpected argument dance":                              {"dance"},
	} {
		out, _, err := fourwaves(closing, args...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v\nwant %s", args, err, want)
		}
		if strings.Contains(out, "ESTABLISHED") {
			t.Errorf("%v prints a run all the same:\n%s", args, out)
		}
	}
}

func TestLint(t *testing.T) {
	out, _, err := fourwaves("", "lint")
	if err != nil || !strings.HasPrefix(out, "checked ") || !strings.Contains(out, " files in the program: ") {
		t.Errorf("the built-in lessons: %v\n%s", err, out)
	}
	dir := folder(t)
	out, _, err = fourwaves("", "lint", dir)
	want := "note: lesson nothing is not there in zh; readers get it in another language\n" +
		"note: lesson one is not there in zh; readers get it in another language\n" +
		"note: that is allowed, for a folder may have one language; a lesson becomes the twin of another by its file's name, such as zh/one.md, and shows its figures with empty fences\n" +
		"checked 4 files in " + dir + ": 3 figures run and held against 2 expectations\n"
	if err != nil || out != want {
		t.Errorf("a good folder: %v\n%s\nwant\n%s", err, out, want)
	}

	bad := write(t, map[string]string{
		"en/a.md": "---\ntitel: T\nsummary: S\nnumber: 1\n---\n```tcp close\n" + strings.Replace(closing, "at 250ms", "at 300ms", 1) + "```\n",
		"zh/a.md": front + "中文<b>x</b>\n\n```tcp close\n```\n",
	})
	out, _, err = fourwaves("", "lint", bad)
	want = `en/a.md:1:1: front matter lacks "title"
    ---
    ^
en/a.md:2:1: front matter has no key "titel"; there are title, summary, number, after; did you mean "title"?
    titel: T
    ^
en/a.md:10:1: figure "close": the client enters TIME_WAIT at 250ms, not at 300ms
    expect client TIME_WAIT at 300ms
    ^
zh/a.md:6:3: HTML is not shown; write it in Markdown, or between back-quotes to show the tag itself
    中文<b>x</b>
        ^
zh/a.md:6:7: HTML is not shown; write it in Markdown, or between back-quotes to show the tag itself
    中文<b>x</b>
            ^
checked 2 files in ` + bad + `: 1 figure run and held against 1 expectation
`
	if out != want {
		t.Errorf("a bad folder:\n%s\nwant\n%s", out, want)
	}
	if err == nil || err.Error() != "5 problems in "+bad {
		t.Errorf("the exit says %v", err)
	}
	for want, arg := range map[string]string{"there is no folder": filepath.Join(dir, "none"), "is a file; name the folder": filepath.Join(dir, "close.txt")} {
		if _, _, err := fourwaves("", "lint", arg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("lint %s: %v", arg, err)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	out, _, err := fourwaves("", "--help")
	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{"serve", "run", "lint", "health", "version"} {
		if !strings.Contains(out, want) {
			t.Errorf("help does not name %s", want)
		}
	}
	out, _, err = fourwaves("", "serve", "--help")
	for _, want := range []string{"--listen", "--base-path", "--allowed-origin", "--lessons", "--log-format", "FOURWAVES_LISTEN", "FOURWAVES_BASE_PATH", "FOURWAVES_ALLOWED_ORIGIN", "FOURWAVES_LESSONS", "FOURWAVES_LOG_FORMAT"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("help of serve lacks %s: %v", want, err)
		}
	}
	if out, _, err := fourwaves("", "version"); err != nil || !strings.Contains(out, fmt.Sprintf("engine %d", sim.Version)) {
		t.Errorf("version: %q, %v", out, err)
	}
}

// A screen is a writer that two goroutines share.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// up starts the server as a user would and waits until it is well; stop ends it and returns what it said.
func up(t *testing.T, address, base string, args ...string) (out *screen, stop func() (string, error)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	out = &screen{}
	done := make(chan error, 1)
	go func() { done <- run(ctx, args, streams{strings.NewReader(""), out, out}) }()
	for range 100 {
		if _, _, err := fourwaves("", "health", "http://"+address+base); err == nil {
			return out, func() (string, error) {
				cancel()
				select {
				case err := <-done:
					return out.String(), err
				case <-time.After(15 * time.Second):
					return out.String(), fmt.Errorf("does not stop")
				}
			}
		}
		select {
		case err := <-done:
			t.Fatalf("the server is gone: %v\n%s", err, out)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("the server does not come up:\n%s", out)
	return nil, nil
}

func TestServe(t *testing.T) {
	address := freePort(t)
	out, stop := up(t, address, "", "--listen", address)
	_, port, _ := net.SplitHostPort(address)
	if !strings.Contains(out.String(), "open http://localhost:"+port+"/ ") {
		t.Errorf("the first line: %s", out)
	}
	response, err := http.Get("http://" + address + "/en/lessons/lost-last-ack")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if response.StatusCode != 200 || !strings.Contains(string(body), `data-figure="lost-last-ack/lost-ack"`) {
		t.Errorf("%s", response.Status)
	}

	// The same port again.
	if _, _, err := fourwaves("", "serve", "--listen", address); err == nil || !strings.Contains(err.Error(), address+" is in use") || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("a busy port: %v", err)
	}
	said, err := stop()
	if err != nil || !strings.Contains(said, "msg=stopping") || !strings.Contains(said, "path=/en/lessons/lost-last-ack status=200") {
		t.Errorf("the end: %v\n%s", err, said)
	}
	if _, _, err := fourwaves("", "health", "http://"+address); err == nil {
		t.Error("health says ok to nobody")
	}
}

// Every flag is also an environment variable, which is how a container is told.
func TestServeFromTheEnvironment(t *testing.T) {
	address, dir := freePort(t), folder(t)
	for name, value := range map[string]string{
		"FOURWAVES_LISTEN": address, "FOURWAVES_BASE_PATH": "/tcp/", "FOURWAVES_LESSONS": dir,
		"FOURWAVES_LOG_FORMAT": "json", "FOURWAVES_ALLOWED_ORIGIN": "https://a.example,https://b.example",
	} {
		t.Setenv(name, value)
	}
	_, stop := up(t, address, "/tcp")
	if out, _, err := fourwaves("", "health"); err != nil || out != "ok\n" {
		t.Errorf("health without arguments: %q, %v", out, err)
	}
	response, err := http.Get("http://" + address + "/tcp/en/lessons/one")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Errorf("the teacher's own lesson: %s", response.Status)
	}
	said, err := stop()
	if err != nil {
		t.Error(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(said), "\n") {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Errorf("line %d of the log is no JSON: %s", i+1, line)
		}
		if i == 0 && (record["msg"] != "listening" || !strings.HasSuffix(fmt.Sprint(record["url"]), "/tcp/")) {
			t.Errorf("the first record: %s", line)
		}
	}
}

func TestServeRefuses(t *testing.T) {
	bad := write(t, map[string]string{"en/a.md": "hello\n"})
	for want, args := range map[string][]string{
		"en/a.md:1:1: a lesson starts with front matter": {"--lessons", bad},
		"there is no folder":                             {"--lessons", filepath.Join(bad, "none")},
		"an address is HOST:PORT":                        {"--listen", "8080"},
		`base path "tcp"`:                                {"--base-path", "tcp"},
		`allowed origin "school.example"`:                {"--allowed-origin", "school.example"},
		"--log-format must be one of":                    {"--log-format", "xml"},
		"unknown flag --port":                            {"--port", "80"},
		"(fourwaves --help lists what there":             {"--port", "80"},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		err := run(ctx, append([]string{"serve"}, args...), streams{strings.NewReader(""), io.Discard, io.Discard})
		cancel()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v\nwant %s", args, err, want)
		}
	}
}

func TestURL(t *testing.T) {
	for listen, want := range map[string]string{
		":8080": "http://localhost:8080/x", "0.0.0.0:80": "http://localhost:80/x", "[::]:8080": "http://localhost:8080/x",
		"127.0.0.1:8080": "http://localhost:8080/x", "school.example:8080": "http://school.example:8080/x", "192.0.2.1:80": "http://192.0.2.1:80/x",
	} {
		if got := (where{BasePath: "/x/"}).url(listen, "localhost"); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
	}
}

// TestFolderIsAll: what a folder of lessons shows lies in it. A link out of it is refused, a pipe does not block, and what never
// ends is not read.
func TestFolderIsAll(t *testing.T) {
	secret := write(t, map[string]string{"secret.png": "not for the class"})
	dir := write(t, map[string]string{
		"en/good.md": front + "![a picture](stolen.png)\n",
	})
	for name, target := range map[string]string{"en/stolen.png": secret + "/secret.png", "en/endless.md": "/dev/zero", "zh": secret} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "en/pipe.md"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err := fourwaves("", "lint", dir)
	if err == nil {
		t.Error("lint finds nothing wrong")
	}
	for _, want := range []string{"en/good.md:6:1: cannot show the picture", "en/endless.md:1:1: cannot read", "en/pipe.md:1:1: cannot read", "zh:1:1: a folder of lessons holds its files itself"} {
		if !strings.Contains(out, want) {
			t.Errorf("lint does not say %q:\n%s", want, out)
		}
	}
}
