package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	qr "github.com/piglig/go-qr"
)

// presenter is a page that presents the last ACK that is lost, without a socket.
func presenter(t *testing.T, all *rooms) *conversation {
	t.Helper()
	c := newConversation(course(t), slog.New(slog.DiscardHandler))
	c.rooms = all
	c.receive(encode(request{Type: "open", Figure: lostAck}))
	for c.next() != nil {
	}
	return c
}

// asked is the answer to a wish for a room.
func (c *conversation) asked(t *testing.T, key string) roomMessage {
	t.Helper()
	c.receive(encode(request{Type: "remote", Figure: lostAck, Lang: "en", Key: key}))
	return c.heard(t)
}

func (c *conversation) heard(t *testing.T) (m roomMessage) {
	t.Helper()
	data := c.next()
	if data == nil {
		return m
	}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return m
}

func TestRoom(t *testing.T) {
	var all rooms
	c := presenter(t, &all)
	first := c.asked(t, "")
	if first.Type != "room" || !regexp.MustCompile("^["+codeLetters+"]{8}$").MatchString(first.Code) || first.Key == "" || first.Ends != 10800 {
		t.Fatalf("a room: %+v", first)
	}
	rm := all.find(" " + strings.ToLower(first.Code[:4]) + "-" + first.Code[4:])
	if rm == nil {
		t.Fatal("a code is found however it is written")
	}
	all.press(rm, "next")
	all.press(rm, "back")
	if got := []string{c.heard(t).Do, c.heard(t).Do, c.heard(t).Do}; got[0] != "next" || got[1] != "back" || got[2] != "" {
		t.Errorf("turned %q", got)
	}
	c.receive(encode(request{Type: "says", Figure: lostAck, Text: " " + strings.Repeat("四", maxSaid)}))
	if now := all.now(rm); now.State != "on" || len(now.Says) > maxSaid+len("…") || !strings.HasPrefix(now.Says, "四四") || !strings.HasSuffix(now.Says, "四…") {
		t.Errorf("it says %d bytes: %+v", len(now.Says), now)
	}
	for range 3 * maxTurns {
		all.press(rm, "next")
	}
	n := 0
	for c.heard(t).Do != "" {
		n++
	}
	if n != maxTurns {
		t.Errorf("%d turns wait, want %d", n, maxTurns)
	}

	second := c.asked(t, "")
	if all.find(first.Code) != nil || second.Code == first.Code || len(all.open) != 1 {
		t.Error("a page has one room")
	}
	c.receive(encode(request{Type: "hang-up", Figure: lostAck}))
	if m := c.heard(t); all.find(second.Code) != nil || m.Type != "" {
		t.Errorf("after hanging up: %+v", m)
	}
	c.receive(encode(request{Type: "says", Figure: lostAck, Text: "into the air"}))
	c.receive(encode(request{Type: "remote", Figure: "not/open"}))
	if data := c.next(); !bytes.Contains(data, []byte("not-open")) {
		t.Errorf("a figure that is not open: %s", data)
	}
}

func TestRoomsAreBounded(t *testing.T) {
	var all rooms
	for range maxRooms {
		if all.enter(nil, "", "en") == nil {
			t.Fatal("no place")
		}
	}
	c := presenter(t, &all)
	if m := c.asked(t, ""); m.Type != "over" || m.Why != "full" {
		t.Fatalf("one room too many: %+v", m)
	}
	for _, rm := range all.open {
		all.end(rm)
		break
	}
	if m := c.asked(t, ""); m.Type != "room" {
		t.Errorf("when there is a place again: %+v", m)
	}
}

// TestRoomEnds: by the clock, by a goodbye, and by a cut that lasts too long; not by a short one.
func TestRoomEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all rooms
		c := presenter(t, &all)
		room := c.asked(t, "")
		time.Sleep(roomLife - time.Second)
		if m := c.heard(t); m.Type != "" {
			t.Fatalf("too early: %+v", m)
		}
		rm := all.find(room.Code)
		news := make(chan roomNews)
		go func() { news <- all.wait(t.Context(), rm, all.now(rm).Seen, time.Minute) }()
		synctest.Wait()
		time.Sleep(2 * time.Second)
		if m := c.heard(t); m.Type != "over" || m.Why != "time" || all.find(room.Code) != nil {
			t.Errorf("after its life: %+v", m)
		}
		if got := <-news; got.State != "over" {
			t.Errorf("a phone that waits hears %+v", got)
		}

		room = c.asked(t, "")
		rm = all.find(room.Code)
		c.gone(false)
		time.Sleep(awayWithin - time.Second)
		if now := all.now(rm); now.State != "away" {
			t.Errorf("cut: %+v", now)
		}
		all.press(rm, "next")
		back := presenter(t, &all)
		if m := back.asked(t, room.Key); m.Code != room.Code {
			t.Fatalf("with its key a page is back in its room, and not in %+v", m)
		}
		c.gone(true) // whose room it no longer is
		time.Sleep(awayWithin)
		if m := back.heard(t); m.Do != "next" || all.now(rm).State != "on" {
			t.Errorf("what was pressed meanwhile: %+v", m)
		}
		back.gone(false)
		time.Sleep(awayWithin + time.Second)
		if all.find(room.Code) != nil || all.now(rm).State != "over" {
			t.Error("a page that does not come back keeps its room")
		}
		if m := presenter(t, &all).asked(t, room.Key); m.Type != "room" || m.Code == room.Code {
			t.Errorf("with the key of a room that is over: %+v", m)
		}

		last := presenter(t, &all)
		room = last.asked(t, "")
		last.gone(true)
		if all.find(room.Code) != nil {
			t.Error("a goodbye does not end the room")
		}
		all.endAll()
	})
}

// TestPhonesWait: for news, for no longer than they may, and not too many of them.
func TestPhonesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all rooms
		c := presenter(t, &all)
		rm := all.find(c.asked(t, "").Code)
		seen := all.now(rm).Seen
		begun := time.Now()
		if now := all.wait(t.Context(), rm, seen, patience); now.Seen != seen || time.Since(begun) != patience {
			t.Errorf("without news: %+v after %v", now, time.Since(begun))
		}
		var all4 sync.WaitGroup
		for range maxPhones {
			all4.Go(func() {
				if now := all.wait(t.Context(), rm, seen, patience); now.Says != "Server receives FIN." {
					t.Errorf("a phone hears %+v", now)
				}
			})
		}
		synctest.Wait()
		begun = time.Now()
		if now := all.wait(t.Context(), rm, seen, patience); now.Seen != seen || time.Since(begun) != 0 {
			t.Errorf("one phone more: %+v after %v", now, time.Since(begun))
		}
		c.receive(encode(request{Type: "says", Figure: lostAck, Text: "Server receives FIN."}))
		all4.Wait()
		all.endAll()
	})
}

// TestRemote: a phone and a page, over the network and below a base path.
func TestRemote(t *testing.T) {
	s, server := start(t, func(s *Server) { s.BasePath = "/tcp" })
	page, response := dial(t, server, map[string]string{"path": "/tcp/socket"})
	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(response.Status)
	}
	page.send(`{"type":"open","figure":%q}`, lostAck)
	page.wantSplice(1)
	page.send(`{"type":"remote","figure":%q,"lang":"zh"}`, lostAck)
	room := page.receive()
	page.send(`{"type":"says","figure":%q,"text":"服务器收到 FIN <1>"}`, lostAck)
	code := room.Code
	at := "/tcp/en/remote/" + code
	for s.rooms.now(s.rooms.find(code)).Says == "" {
		time.Sleep(time.Millisecond)
	}

	response, _ = get(t, server, "/tcp/remote/"+strings.ToLower(code), "Accept-Language", "en")
	if to := response.Header.Get("Location"); to != "/tcp/zh/remote/"+code {
		t.Errorf("the short address leads to %s, and not to the figure's language", to)
	}
	response, _ = get(t, server, "/tcp/en/remote?code="+url.QueryEscape(strings.ToLower(code[:4])+" "+code[4:]))
	if to := response.Header.Get("Location"); to != at {
		t.Errorf("a code that was typed leads to %s", to)
	}
	response, body := get(t, server, at)
	for _, want := range []string{`action="` + at + `"`, `lang="zh-Hans">服务器收到 FIN &lt;1&gt;`, `value="next"`, `value="back"`, `value="play"`, `href="/tcp/zh/remote/` + code, "noindex"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page is without %s:\n%s", want, body)
		}
	}
	if response.StatusCode != 200 || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s, %s", response.Status, response.Header.Get("Cache-Control"))
	}

	// Without a script: the phone comes back when the figure has said something.
	pressed := make(chan error, 1)
	go func() { pressed <- post(server, at, "next", "text/html", 303) }()
	if turned := page.receive(); turned.Type != "turned" || turned.Do != "next" {
		t.Fatalf("the page hears %+v", turned)
	}
	page.send(`{"type":"says","figure":%q,"text":"Later."}`, lostAck)
	if err := <-pressed; err != nil {
		t.Error(err)
	}
	if _, body := get(t, server, at); !strings.Contains(body, "Later.") {
		t.Error("it does not say what the figure says now")
	}
	// With one.
	if err := post(server, at, "back", "application/json", 204); err != nil {
		t.Error(err)
	}
	if turned := page.receive(); turned.Do != "back" {
		t.Fatalf("the page hears %+v", turned)
	}
	if err := post(server, at, "close", "application/json", 400); err != nil {
		t.Error(err)
	}
	if _, body := get(t, server, "/tcp/remote/"+code+"/news"); !strings.Contains(body, `"state":"on","says":"Later."`) {
		t.Errorf("news: %s", body)
	}
	if got := scanned(t, server, "/tcp/remote/"+code+"/qr.svg"); got != server.URL+"/tcp/remote/"+code {
		t.Errorf("a camera reads %q", got)
	}

	// The page goes.
	if err := page.frame(opClose, []byte{3, 233}); err != nil {
		t.Fatal(err)
	}
	for s.rooms.find(code) != nil {
		time.Sleep(time.Millisecond)
	}
	if _, body := get(t, server, "/tcp/remote/"+code+"/news?seen=1"); !strings.Contains(body, "over") {
		t.Errorf("news of the end: %s", body)
	}
	if err := post(server, at, "next", "text/html", 404); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{at: "No presentation has the code " + code, "/tcp/zh/remote/%3Cb%3E": "没有演示使用遥控码 &lt;b&gt;", "/tcp/remote/" + code + "/qr.svg": "404"} {
		response, body := get(t, server, path)
		if response.StatusCode != 404 || !strings.Contains(body, want) {
			t.Errorf("%s: %s without %q", path, response.Status, want)
		}
	}
	if response, body := get(t, server, "/tcp/zh/remote"); response.StatusCode != 200 || strings.Contains(body, `role="alert"`) {
		t.Errorf("the door: %s", response.Status)
	}
}

// post presses a button.
func post(server *httptest.Server, at, do, accept string, status int) error {
	r, err := http.NewRequest(http.MethodPost, server.URL+at, strings.NewReader(url.Values{"do": {do}}.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", accept)
	response, err := server.Client().Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if to := response.Header.Get("Location"); response.StatusCode != status || status == 303 && to != at {
		body, _ := io.ReadAll(response.Body)
		return fmt.Errorf("%s: %s to %q, want %d: %s", do, response.Status, to, status, body)
	}
	return nil
}

// scanned is what a camera reads off a QR code: its modules are painted and read back.
func scanned(t *testing.T, server *httptest.Server, path string) string {
	t.Helper()
	response, body := get(t, server, path)
	if kind := response.Header.Get("Content-Type"); response.StatusCode != 200 || kind != "image/svg+xml" {
		t.Fatalf("%s: %s, %s", path, response.Status, kind)
	}
	var side int
	if _, err := fmt.Sscanf(body, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d`, &side); err != nil {
		t.Fatal(err)
	}
	const scale = 4
	photo := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	for i := range photo.Pix {
		photo.Pix[i] = 255
	}
	for _, module := range regexp.MustCompile(`M(\d+) (\d+)h1v1h-1z`).FindAllStringSubmatch(body, -1) {
		var x, y int
		_, _ = fmt.Sscan(module[1], &x)
		_, _ = fmt.Sscan(module[2], &y)
		for i := range scale * scale {
			photo.SetGray(x*scale+i%scale, y*scale+i/scale, color.Gray{})
		}
	}
	text, err := qr.Decode(photo)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
