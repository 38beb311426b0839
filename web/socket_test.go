package web

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fourwaves/sim"
)

// A client is a WebSocket client that can misbehave, which no library's can: it may read nothing, send what it likes, and
// sees close frames as they are. (The library itself is imported in socket.go only.)
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// dial connects; headers replace the usual ones, an empty value removes.
func dial(t *testing.T, server *httptest.Server, headers map[string]string) (*client, *http.Response) {
	t.Helper()
	host := strings.TrimPrefix(server.URL, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	all := map[string]string{
		"Host": host, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": subprotocol, "Origin": server.URL,
	}
	path := "/socket"
	for name, value := range headers {
		if name == "path" {
			path = value
			continue
		}
		all[name] = value
	}
	request := "GET " + path + " HTTP/1.1\r\n"
	for name, value := range all {
		if value != "" {
			request += name + ": " + value + "\r\n"
		}
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t, conn, in}, response
}

// connect is a page of our own.
func connect(t *testing.T, server *httptest.Server) *client {
	t.Helper()
	c, response := dial(t, server, nil)
	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %s", response.Status)
	}
	return c
}

const opText, opBinary, opClose, opPing, opPong = 1, 2, 8, 9, 10

func (c *client) frame(op byte, data []byte) error {
	head := []byte{0x80 | op}
	switch n := len(data); {
	case n < 126:
		head = append(head, 0x80|byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(n))
	}
	mask := make([]byte, 4)
	_, _ = rand.Read(mask)
	head = append(head, mask...)
	for i, b := range data {
		head = append(head, b^mask[i%4])
	}
	_, err := c.conn.Write(head)
	return err
}

func (c *client) send(format string, args ...any) {
	c.t.Helper()
	if err := c.frame(opText, []byte(fmt.Sprintf(format, args...))); err != nil {
		c.t.Fatal(err)
	}
}

// read returns the next frame; pings are answered.
func (c *client) read() (op byte, data []byte, err error) {
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(c.in, head); err != nil {
			return 0, nil, err
		}
		n := uint64(head[1] & 0x7f)
		switch n {
		case 126:
			var long [2]byte
			if _, err := io.ReadFull(c.in, long[:]); err != nil {
				return 0, nil, err
			}
			n = uint64(binary.BigEndian.Uint16(long[:]))
		case 127:
			var long [8]byte
			if _, err := io.ReadFull(c.in, long[:]); err != nil {
				return 0, nil, err
			}
			n = binary.BigEndian.Uint64(long[:])
		}
		data := make([]byte, n)
		if _, err := io.ReadFull(c.in, data); err != nil {
			return 0, nil, err
		}
		if op = head[0] & 0xf; op == opPing {
			if err := c.frame(opPong, data); err != nil {
				return 0, nil, err
			}
			continue
		}
		return op, data, nil
	}
}

// answer is any message of the server.
type answer struct {
	Type, Figure, Code, Message, Do string
	Rev, From, Line, Col, Version   int
	Events                          []sim.Event
	End                             bool
	Log                             *[]string
	Facts                           *sim.Facts
}

func (c *client) receive() answer {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	op, data, err := c.read()
	if err != nil {
		c.t.Fatalf("reading: %v", err)
	}
	if op != opText {
		c.t.Fatalf("a frame of kind %d: %q", op, data)
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		c.t.Fatalf("%v in %s", err, data)
	}
	return a
}

// wantSplice reads a splice and checks its shape: log and facts come together.
func (c *client) wantSplice(rev int) answer {
	c.t.Helper()
	a := c.receive()
	if a.Type != "splice" || a.Rev != rev || (a.Log == nil) != (a.Facts == nil) {
		c.t.Fatalf("want a splice of rev %d, got %+v", rev, a)
	}
	return a
}

func (c *client) wantError(code, message string) answer {
	c.t.Helper()
	a := c.receive()
	if a.Type != "error" || a.Code != code || !strings.Contains(a.Message, message) {
		c.t.Fatalf("want an error %s with %q, got %+v", code, message, a)
	}
	return a
}

func (c *client) wantSilence(within time.Duration) {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(within))
	if op, data, err := c.read(); err == nil {
		c.t.Fatalf("want silence, got %d %s", op, data)
	}
}

func (c *client) wantClose(code int, reason string) {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		op, data, err := c.read()
		if err != nil {
			c.t.Fatalf("want close %d, got %v", code, err)
		}
		if op != opClose {
			continue
		}
		if got := int(binary.BigEndian.Uint16(data)); got != code || !strings.Contains(string(data[2:]), reason) {
			c.t.Fatalf("closed with %d %q, want %d %q", got, data[2:], code, reason)
		}
		return
	}
}

const lostAck = "lost-last-ack/lost-ack"

// wholeRun is what a figure's run is under a log, straight from the engine.
func wholeRun(t *testing.T, s *Server, figure string, log []string) []sim.Event {
	t.Helper()
	session, err := sim.Open(s.Lessons.Figure(figure).Scenario, log)
	if err != nil {
		t.Fatal(err)
	}
	events, end := session.Next(0, 1<<20)
	if !end {
		t.Fatal("the run does not end")
	}
	return events
}

func TestSocketTellsARun(t *testing.T) {
	s, server := start(t, nil)
	c := connect(t, server)
	c.send(`{"type":"open","figure":%q,"log":[],"v":%d}`, lostAck, sim.Version)
	first := c.wantSplice(1)
	if first.From != 0 || !first.End || first.Version != 0 || len(*first.Log) != 0 || first.Facts.Profile != "rfc9293" {
		t.Errorf("first splice: %+v", first)
	}
	if diff := cmp.Diff(wholeRun(t, s, lostAck, nil), first.Events); diff != "" {
		t.Errorf("the run (-engine +wire):\n%s", diff)
	}

	// An edit at 1.1 s: what was before stays, what is after is new.
	c.send(`{"type":"control","figure":%q,"rev":1,"at":1100000,"do":"drop client ACK#2"}`, lostAck)
	second := c.wantSplice(2)
	if second.From == 0 || second.From > len(first.Events) {
		t.Fatalf("second splice keeps %d events", second.From)
	}
	for _, e := range first.Events[:second.From] {
		if e.At > 1_300_000 {
			t.Errorf("kept too much: %+v", e)
		}
	}
	page := append(first.Events[:second.From:second.From], second.Events...)
	if diff := cmp.Diff(wholeRun(t, s, lostAck, *second.Log), page); diff != "" {
		t.Errorf("the run after an edit (-engine +page):\n%s", diff)
	}

	// The same edit again, from a page that has not heard of rev 2: it gets what is there, and nothing changes.
	c.send(`{"type":"control","figure":%q,"rev":1,"at":0,"do":"drop server FIN#1"}`, lostAck)
	stale := c.wantSplice(2)
	if diff := cmp.Diff(second.Log, stale.Log); diff != "" || stale.From+len(stale.Events) != len(page) || !stale.End {
		t.Errorf("answer to a stale edit: %+v %s", stale, diff)
	}

	// Undo is open with a shorter log; only what differs is sent.
	c.send(`{"type":"open","figure":%q,"log":[]}`, lostAck)
	undone := c.wantSplice(3)
	if undone.From != second.From {
		t.Errorf("undo keeps %d events, want %d", undone.From, second.From)
	}
	if diff := cmp.Diff(first.Events, append(page[:undone.From:undone.From], undone.Events...)); diff != "" {
		t.Errorf("after undo (-first +now):\n%s", diff)
	}

	// A reconnect is open with the page's log on a new socket.
	again := connect(t, server)
	log, _ := json.Marshal(*second.Log)
	again.send(`{"type":"open","figure":%q,"log":%s}`, lostAck, log)
	if resumed := again.wantSplice(1); !cmp.Equal(resumed.Events, page) || !cmp.Equal(resumed.Log, second.Log) {
		t.Errorf("after a reconnect the run differs: %+v", resumed)
	}
}

func TestSocketCarriesSeveralFigures(t *testing.T) {
	s, server := start(t, nil)
	c := connect(t, server)
	want := map[string]bool{}
	for _, fig := range s.Lessons.Figures() {
		session, err := sim.Open(fig.Scenario, nil)
		if err != nil {
			t.Fatal(err)
		}
		if events, _ := session.Next(0, batchEvents+1); len(events) > batchEvents || session.Facts().Load != nil {
			continue // which comes in several messages, or may
		}
		if len(want) == maxOpen {
			break
		}
		want[fig.ID()] = true
		c.send(`{"type":"open","figure":%q,"log":[]}`, fig.ID())
	}
	for range len(want) {
		a := c.wantSplice(1)
		if !want[a.Figure] {
			t.Errorf("figure %q twice or never asked for", a.Figure)
		}
		delete(want, a.Figure)
	}
	c.send(`{"type":"close","figure":%q}`, lostAck)
	c.send(`{"type":"control","figure":%q,"rev":1,"at":0,"do":"msl 1s"}`, lostAck)
	c.wantError("not-open", "is not open")
}

func TestSocketSaysVersion(t *testing.T) {
	_, server := start(t, nil)
	c := connect(t, server)
	c.send(`{"type":"open","figure":%q,"log":[],"v":99}`, lostAck)
	if a := c.wantSplice(1); a.Version != sim.Version {
		t.Errorf("version %d, want %d", a.Version, sim.Version)
	}
}

func TestSocketRefuses(t *testing.T) {
	_, server := start(t, nil)
	c := connect(t, server)
	c.send(`{"type":"open","figure":%q,"log":[]}`, lostAck)
	c.wantSplice(1)
	for _, refused := range []struct{ send, code, message string }{
		{`{"type":`, "bad-json", "not the JSON object"},
		{`[]`, "bad-json", "not the JSON object"},
		{`{"type":"open","figure":3}`, "bad-json", "figure"},
		{`{"type":"play","figure":"x"}`, "bad-type", `no message of type "play"`},
		{`{"type":"open","figure":"no/such","log":[]}`, "unknown-figure", `no figure "no/such"`},
		{`{"type":"credit","figure":"no/such","n":1}`, "not-open", "open it first"},
		{`{"type":"control","figure":"lost-last-ack/lost-ack","rev":1,"do":"msl 1s"}`, "bad-message", "needs `at`"},
		{`{"type":"control","figure":"lost-last-ack/lost-ack","rev":1,"at":-1,"do":"msl 1s"}`, "bad-message", "not below 0"},
		{`{"type":"control","figure":"lost-last-ack/lost-ack","rev":1,"at":0,"do":""}`, "bad-line", "empty"},
	} {
		c.send("%s", refused.send)
		c.wantError(refused.code, refused.message)
	}

	c.send(`{"type":"control","figure":%q,"rev":1,"at":0,"do":"drop cleint ACK#1"}`, lostAck)
	if a := c.wantError("bad-line", `did you mean "client"?`); a.Line != 1 || a.Col != 6 || a.Do != "drop cleint ACK#1" || a.Rev != 1 {
		t.Errorf("the place of a bad line: %+v", a)
	}
	c.send(`{"type":"open","figure":%q,"log":["msl 1s","drop cleint ACK#1"]}`, lostAck)
	if a := c.wantError("bad-line", `did you mean "client"?`); a.Line != 2 || a.Col != 6 || a.Do != "drop cleint ACK#1" {
		t.Errorf("the place of a bad line in a log: %+v", a)
	}

	// After all that nonsense the run is what it was.
	c.send(`{"type":"control","figure":%q,"rev":1,"at":0,"do":"msl 1s"}`, lostAck)
	if a := c.wantSplice(2); len(*a.Log) != 1 {
		t.Errorf("log after refusals: %v", *a.Log)
	}
}

func TestSocketLimits(t *testing.T) {
	s, server := start(t, nil)
	t.Run("figures", func(t *testing.T) {
		c := newConversation(s.Lessons, s.Log)
		for i := range maxOpen {
			c.streams = append(c.streams, &stream{figure: fmt.Sprint(i), end: true})
		}
		c.receive([]byte(`{"type":"open","figure":"` + lostAck + `"}`))
		if got := string(c.next()); !strings.Contains(got, "too-many-figures") {
			t.Errorf("17th figure: %s", got)
		}
	})
	t.Run("message just right", func(t *testing.T) {
		c := connect(t, server)
		c.send(`{"type":"open","figure":%q,"log":[]%s}`, lostAck, strings.Repeat(" ", maxMessage-len(lostAck)-37))
		c.wantSplice(1)
	})
	t.Run("message too big", func(t *testing.T) {
		c := connect(t, server)
		c.send(`{"type":"open","figure":"%s"}`, strings.Repeat("x", maxMessage))
		c.wantClose(1009, "a message has at most 16384 bytes")
	})
	t.Run("message far too big", func(t *testing.T) {
		c := connect(t, server)
		_ = c.frame(opText, bytes.Repeat([]byte("x"), 1<<20)) // the server may hang up in the middle
		c.wantClose(1009, "limit")
	})
	t.Run("binary", func(t *testing.T) {
		c := connect(t, server)
		if err := c.frame(opBinary, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		c.wantClose(1003, "text")
	})
	t.Run("nonsense without reading", func(t *testing.T) {
		c := newConversation(s.Lessons, s.Log)
		for range maxUnsentError + 1 {
			c.receive([]byte("?"))
		}
		if !c.overflowed() || len(c.errors) != maxUnsentError {
			t.Errorf("%d errors kept, overflowed %v", len(c.errors), c.overflowed())
		}
	})
	t.Run("sockets", func(t *testing.T) {
		_, server := start(t, func(s *Server) { s.MaxSockets = 1 })
		first := connect(t, server)
		first.send(`{"type":"open","figure":%q}`, lostAck)
		first.wantSplice(1)
		second := connect(t, server)
		second.wantClose(1013, "try again later")
	})
}

func TestSocketOrigin(t *testing.T) {
	_, server := start(t, func(s *Server) { s.AllowedOrigins = []string{"https://school.example"} })
	for name, c := range map[string]struct {
		headers map[string]string
		status  int
	}{
		"our own page":           {nil, 101},
		"a program":              {map[string]string{"Origin": ""}, 101},
		"an allowed one":         {map[string]string{"Origin": "https://school.example"}, 101},
		"its insecure twin":      {map[string]string{"Origin": "http://school.example"}, 403},
		"elsewhere":              {map[string]string{"Origin": "https://evil.example"}, 403},
		"a longer name":          {map[string]string{"Origin": "https://school.example.evil.example"}, 403},
		"a sandboxed page":       {map[string]string{"Origin": "null"}, 403},
		"no socket at all":       {map[string]string{"Upgrade": "", "Connection": "close"}, 426},
		"another port of ours":   {map[string]string{"Origin": "http://127.0.0.1:1"}, 403},
		"a name that only looks": {map[string]string{"Origin": "http://127.0.0.1"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			_, response := dial(t, server, c.headers)
			if response.StatusCode != c.status {
				body, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
				t.Errorf("%s, want %d: %s", response.Status, c.status, body)
			}
			if c.status == 403 {
				if body, _ := io.ReadAll(response.Body); !strings.Contains(string(body), "--allowed-origin") {
					t.Errorf("the refusal does not say what to do: %s", body)
				}
			}
		})
	}
	c, _ := dial(t, server, map[string]string{"Sec-WebSocket-Protocol": "chat"})
	c.wantClose(1008, subprotocol)
}

func TestSocketGoesAwayWithTheServer(t *testing.T) {
	s, server := start(t, nil)
	c := connect(t, server)
	c.send(`{"type":"open","figure":%q,"log":[]}`, lostAck)
	c.wantSplice(1)
	done := make(chan struct{})
	go func() { s.Close(); close(done) }()
	c.wantClose(1001, "the server stops")
	if err := c.frame(opClose, []byte{3, 233}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(8 * time.Second):
		t.Error("Close does not return")
	}
}

// longFigure is a run of more events than credit allows at once.
const longFigure = "long/many"

func TestSocketWaitsForCredit(t *testing.T) {
	s, server := start(t, nil)
	want := wholeRun(t, s, longFigure, nil)
	if len(want) < 5*batchEvents {
		t.Fatalf("only %d events", len(want))
	}
	c := connect(t, server)
	c.send(`{"type":"open","figure":%q,"log":[]}`, longFigure)
	var got []sim.Event
	take := func() bool {
		a := c.wantSplice(1)
		if a.From != len(got) || len(a.Events) > batchEvents || (a.Log != nil) != (len(got) == 0) {
			t.Fatalf("splice from %d of %d events; the page has %d", a.From, len(a.Events), len(got))
		}
		got = append(got, a.Events...)
		return a.End
	}
	for range creditLimit {
		take()
	}
	if len(got) != creditLimit*batchEvents {
		t.Errorf("%d events in %d splices: events that wait are to be joined", len(got), creditLimit)
	}
	c.wantSilence(100 * time.Millisecond)

	// Another figure is not held up by it.
	c.send(`{"type":"open","figure":%q,"log":[]}`, lostAck)
	if a := c.wantSplice(1); a.Figure != lostAck {
		t.Errorf("got %s", a.Figure)
	}

	c.send(`{"type":"credit","figure":%q,"rev":7,"n":4}`, longFigure) // of a rev that is not: no credit
	c.wantSilence(50 * time.Millisecond)
	for end := false; !end; {
		c.send(`{"type":"credit","figure":%q,"rev":1,"n":1}`, longFigure)
		end = take()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the run in pieces (-engine +page):\n%s", diff)
	}
}

// A page that reads nothing is cut off, and another one does not notice.
func TestSlowReader(t *testing.T) {
	_, server := start(t, func(s *Server) { s.WriteWithin = 300 * time.Millisecond })
	slow := connect(t, server)
	_ = slow.conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	cut := make(chan struct{})
	go func() {
		defer close(cut)
		// Every open makes another run and restarts the credit, so the server always has something to say, until it cannot.
		for i := 0; ; i++ {
			if err := slow.frame(opText, []byte(fmt.Sprintf(`{"type":"open","figure":%q,"log":["link delay %dms"]}`, longFigure, 50+i%2))); err != nil {
				return
			}
		}
	}()
	quick := connect(t, server)
	deadline := time.After(30 * time.Second)
	for rev := 1; ; rev++ {
		begun := time.Now()
		quick.send(`{"type":"open","figure":%q,"log":[]}`, lostAck)
		quick.wantSplice(rev)
		if took := time.Since(begun); took > 2*time.Second {
			t.Fatalf("the quick page waited %v", took)
		}
		select {
		case <-cut:
			return
		case <-deadline:
			t.Fatal("the slow page is still connected")
		case <-time.After(20 * time.Millisecond):
		}
	}
}
