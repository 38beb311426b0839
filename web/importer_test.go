package web

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"fourwaves/sim"
	"fourwaves/sim/capture"
)

// send posts the form of the import page.
func send(t *testing.T, server *httptest.Server, path, conn string, file []byte, carried string) (*http.Response, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if file != nil {
		part, err := form.CreateFormFile("capture", "some.pcap")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(file); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{"conn": conn, "carried": carried} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Post(server.URL+path, form.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// captured is a capture of a run with one connection or two.
func captured(t *testing.T, scenario string) []byte {
	t.Helper()
	parsed, err := sim.Parse(scenario)
	if err != nil {
		t.Fatal(err)
	}
	session, err := sim.Open(parsed, nil)
	if err != nil {
		t.Fatal(err)
	}
	events, _ := session.Next(0, sim.MaxEvents)
	var file bytes.Buffer
	if err := capture.Write(&file, events, "client"); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

const twice = "start closed\nmsl 1s\nat 0s client connect\nat 500ms client close\nat 700ms server close\nat 5s client connect\nat 6s client close\nat 7s server close\n"

func TestImport(t *testing.T) {
	s, server := start(t, nil)
	real, err := os.ReadFile("../sim/capture/testdata/fin-lost-once.pcap")
	if err != nil {
		t.Fatal(err)
	}
	response, body := send(t, server, "/en/import", "", real, "")
	if response.StatusCode != http.StatusOK || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s, %s", response.Status, response.Header.Get("Cache-Control"))
	}
	p := parse(t, body)
	var run recordedRun
	if err := json.Unmarshal([]byte(recordedIn(t, body)), &run); err != nil {
		t.Fatal(err)
	}
	lost := 0
	for _, e := range run.Events {
		if e.Ev == sim.Lost {
			lost++
		}
	}
	if lost != 1 || run.Facts.Hosts[0].Addr != "10.77.0.1:50750" {
		t.Errorf("%d lost, %+v", lost, run.Facts)
	}
	for _, want := range []string{"10.77.0.1:50750", "✗ lost", "States are inferred from the segments."} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if len(p.all("ol", "events")) != 1 {
		t.Error("no list")
	}

	// Of several connections one is chosen, with the capture carried along or with the file once more.
	two := captured(t, twice)
	_, body = send(t, server, "/zh/import", "", two, "")
	p = parse(t, body)
	carried := ""
	for _, n := range p.all("input", "") {
		if attr(n, "name") == "carried" {
			carried = attr(n, "value")
		}
	}
	if len(p.all("figure", "")) != 0 || !strings.Contains(body, "共有 2 条连接可选") || carried == "" {
		t.Fatalf("the list: %s", body)
	}
	_, withCarried := send(t, server, "/zh/import", "2", nil, carried)
	_, withFile := send(t, server, "/zh/import", "2", two, "")
	if !strings.Contains(withCarried, "TIME_WAIT") || recordedIn(t, withCarried) != recordedIn(t, withFile) {
		t.Error("the second connection differs between the file and what was carried")
	}

	damaged := bytes.Clone(real)
	binary.LittleEndian.PutUint32(damaged[24+8:], 0xffffffff)
	for name, c := range map[string]struct {
		file   []byte
		conn   string
		status int
		want   string
	}{
		"no file":       {nil, "", http.StatusBadRequest, s.Words["en"].UI("page.import.no-file")},
		"text":          {[]byte("hello, world"), "", http.StatusUnprocessableEntity, "this is no capture"},
		"damaged":       {damaged, "", http.StatusUnprocessableEntity, "damaged at its first packet"},
		"cut off":       {real[:400], "", http.StatusOK, "Packet 5 cannot be read"},
		"no such":       {real, "7", http.StatusOK, "There is no connection 7; there are 1 to 1."},
		"below nothing": {real, "-3", http.StatusOK, "There is no connection -3"},
		"huge":          {make([]byte, maxUpload+1), "", http.StatusRequestEntityTooLarge, "The file has more than 16 MB."},
	} {
		response, body := send(t, server, "/en/import", c.conn, c.file, "")
		if alert := parse(t, body); response.StatusCode != c.status || !strings.Contains(textOf(alert.one("main", "")), c.want) {
			t.Errorf("%s: %s, no %q", name, response.Status, c.want)
		}
	}
	if response, _ := get(t, server, "/import", "Accept-Language", "zh"); response.Request.URL.Path != "/zh/import" && response.Header.Get("Location") != "/zh/import" {
		t.Errorf("/import leads to %s", response.Header.Get("Location"))
	}
}

// recordedIn is the data that the script gets.
func recordedIn(t *testing.T, body string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `type="application/json">`)
	if !ok {
		t.Fatalf("no recorded run in\n%s", body)
	}
	data, _, _ := strings.Cut(rest, "</script>")
	return data
}
