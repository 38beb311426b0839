package sim

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
)

// TestTextIsHTTP lets the standard library read what the applications write.
func TestTextIsHTTP(t *testing.T) {
	for _, c := range []struct {
		client, server  string
		minor           int
		request, answer int64 // bytes of the bodies
		closes          bool
	}{
		{"version=1.0", "response=120", 0, 0, 10, true},
		{"version=1.0 connection=keep-alive", "", 0, 0, 90, false},
		{"request=150 body=5000", "response=20000", 1, 5000, 19890, false},
		{"connection=close", "", 1, 0, 90, true},
	} {
		s := open(t, "client: http count=1 "+c.client+"\nserver: http "+c.server)
		said := map[string]*bytes.Buffer{"client": {}, "server": {}}
		s.run.watchText = func(s *socket, text []byte) { said[s.host.name()].Write(text) } // by who has read it
		s.Next(0, MaxEvents)
		request, err := http.ReadRequest(bufio.NewReader(said["server"]))
		if err != nil {
			t.Errorf("%s: the request: %v", c.client, err)
			continue
		}
		if request.ProtoMajor != 1 || request.ProtoMinor != c.minor || request.ContentLength != c.request || request.Host != "server" {
			t.Errorf("%s: the request is %s with %d bytes for %s", c.client, request.Proto, request.ContentLength, request.Host)
		}
		response, err := http.ReadResponse(bufio.NewReader(said["client"]), request)
		if err != nil {
			t.Errorf("%s: the response: %v", c.server, err)
			continue
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || int64(len(body)) != c.answer || response.ContentLength != c.answer || response.Close != c.closes {
			t.Errorf("%s, %s: %d bytes of %d, closes %v: %v", c.client, c.server, len(body), response.ContentLength, response.Close, err)
		}
	}
}

// TestApplicationKnob is the slider of curriculum 11b: when the client asks again.
func TestApplicationKnob(t *testing.T) {
	s := open(t, "msl 2s\nstart established\nclient: http count=2 at=50ms every=3s\nserver: http idle=5s\nknob client every 1s..6s")
	k := s.Facts().Knobs[0]
	if k.Name != "client every" || k.Do != "client: http every={}" || k.Value != 3_000_000 {
		t.Fatalf("the knob is %+v", k)
	}
	for _, do := range []string{"client: http every=4s", "client: http every=5.07s"} {
		if _, err := s.Control(0, do); err != nil {
			t.Fatal(err)
		}
	}
	if log := s.Log(); len(log) != 1 || s.Facts().Knobs[0].Value != 5_070_000 {
		t.Errorf("the log is %q", log)
	}
	events, _ := s.Next(0, MaxEvents)
	for _, e := range events {
		if e.Why == WhyUnanswered {
			return
		}
	}
	t.Error("every request is answered")
}
