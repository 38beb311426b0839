package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/go-chi/chi/v5"
	qr "github.com/piglig/go-qr"
)

// # A phone as a remote control
//
// Whoever presents a figure asks on the page's socket for a room and gets a code; a phone that opens /remote/CODE is in it.
// What the phone presses is put down in the room, from where the presenter's conversation takes it; what the figure says is
// put down there too, and phones read it. A room is in this process's memory and nowhere else. It ends when the presenter
// hangs up or goes, when the socket has been away for too long, and in any case after roomLife.
//
// Who has the code may press, and nothing else protects a room: eight of 24 letters are 110 billion codes. A thousand guesses
// in every second of a room's three hours find it once in ten thousand times, and win two buttons.

const (
	codeLetters = "23456789CDFHJKMNPQRTVWXY" // none that is taken for another, and no vowels to make a word
	codeLength  = 8
)

// turns are what a phone can press.
var turns = []string{"back", "next", "play"}

// rooms are the open ones, by code. Their lock is taken after a conversation's, never before it.
type rooms struct {
	mu   sync.Mutex
	open map[string]*room
}

// A room is one presenter's. Everything in it is guarded by the lock of all rooms.
type room struct {
	code, key string // the key is the presenter's alone, to come back with after a cut
	lang      string // of what the figure says
	presenter *conversation
	waiting   []string // turns that the presenter has not been sent
	says      string
	seen      int           // counts the news, so that a phone can say what it knows
	news      chan struct{} // closed at the next news
	phones    int           // that wait for news
	over      bool
	life      *time.Timer
}

// enter gives a presenter a room: the one of that key, if it is still there, else a new one, or nil if there are too many.
func (all *rooms) enter(c *conversation, key, lang string) *room {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, rm := range all.open {
		if key != "" && rm.key == key {
			rm.presenter = c // perhaps nobody has noticed yet that the socket before is dead
			rm.tell()
			return rm
		}
	}
	if len(all.open) >= maxRooms {
		return nil
	}
	if all.open == nil {
		all.open = map[string]*room{}
	}
	rm := &room{code: newCode(), key: rand.Text(), lang: lang, presenter: c, seen: 1, news: make(chan struct{})}
	for all.open[rm.code] != nil {
		rm.code = newCode()
	}
	rm.life = time.AfterFunc(roomLife, func() { all.end(rm) })
	all.open[rm.code] = rm
	return rm
}

// newCode draws each letter with the same chance.
func newCode() string {
	var code []byte
	for b := make([]byte, 1); len(code) < codeLength; {
		_, _ = rand.Read(b) // which never fails
		if n := len(codeLetters); int(b[0]) < 256/n*n {
			code = append(code, codeLetters[int(b[0])%n])
		}
	}
	return string(code)
}

// end is the end of a room: phones are told, and the presenter, if it is not the one who ends it.
func (all *rooms) end(rm *room) {
	all.mu.Lock()
	defer all.mu.Unlock()
	rm.end(all)
}

// end is for those who hold the lock.
func (rm *room) end(all *rooms) {
	if rm.over {
		return
	}
	delete(all.open, rm.code)
	rm.over = true
	rm.life.Stop()
	rm.tell()
	if rm.presenter != nil {
		rm.presenter.nudge()
	}
}

// endAll lets no phone wait for a server that stops.
func (all *rooms) endAll() {
	all.mu.Lock()
	var open []*room
	for _, rm := range all.open {
		open = append(open, rm)
	}
	all.mu.Unlock()
	for _, rm := range open {
		all.end(rm)
	}
}

// leave is the end of a presenter who says goodbye. One whose socket is cut has a moment to come back, with its key.
func (all *rooms) leave(rm *room, c *conversation, goodbye bool) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if rm.presenter != c {
		return // it is back already
	}
	rm.presenter = nil
	if goodbye {
		rm.end(all)
		return
	}
	rm.tell()
	time.AfterFunc(awayWithin, func() {
		all.mu.Lock()
		defer all.mu.Unlock()
		if rm.presenter == nil {
			rm.end(all)
		}
	})
}

// find is the room of a code as people write it; nil if there is none.
func (all *rooms) find(code string) *room {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.open[codeOf(code)]
}

func codeOf(written string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, written)
}

// press puts down a turn. When too many wait they are dropped: a figure that is far behind should not run on by itself.
func (all *rooms) press(rm *room, do string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if rm.over || len(rm.waiting) >= maxTurns {
		return
	}
	rm.waiting = append(rm.waiting, do)
	if rm.presenter != nil {
		rm.presenter.nudge()
	}
}

// turn takes the next one, for the presenter.
func (all *rooms) turn(rm *room, c *conversation) (do string, over bool) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if !rm.over && rm.presenter == c && len(rm.waiting) > 0 {
		do = rm.waiting[0]
		rm.waiting = rm.waiting[1:]
	}
	return do, rm.over
}

// say puts down what the figure says now.
func (all *rooms) say(rm *room, text string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	text = strings.TrimSpace(text)
	if len(text) > maxSaid {
		text = strings.ToValidUTF8(text[:maxSaid], "") + "…"
	}
	if text != rm.says {
		rm.says = text
		rm.tell()
	}
}

// tell is for those who hold the lock.
func (rm *room) tell() {
	rm.seen++
	close(rm.news)
	rm.news = make(chan struct{})
}

// roomNews is what a phone is told. State is on, away (the presenter's page has lost its socket) or over.
type roomNews struct {
	Seen  int    `json:"seen"`
	State string `json:"state"`
	Says  string `json:"says"`
}

func (rm *room) told() roomNews {
	now := roomNews{Seen: rm.seen, State: "on", Says: rm.says}
	switch {
	case rm.over:
		now.State = "over"
	case rm.presenter == nil:
		now.State = "away"
	}
	return now
}

// now is what there is to know.
func (all *rooms) now(rm *room) roomNews {
	all.mu.Lock()
	defer all.mu.Unlock()
	return rm.told()
}

// wait answers when there is something that a phone has not seen, else after a while with the same as before. Of those who
// wait in one room there are few; one more is answered at once, and may ask again.
func (all *rooms) wait(ctx context.Context, rm *room, seen int, within time.Duration) roomNews {
	late := time.NewTimer(within)
	defer late.Stop()
	all.mu.Lock()
	defer all.mu.Unlock()
	if rm.phones >= maxPhones {
		return rm.told()
	}
	rm.phones++
	defer func() { rm.phones-- }()
	for timely := true; timely && rm.seen == seen && !rm.over; {
		news := rm.news
		all.mu.Unlock()
		select {
		case <-news:
		case <-late.C:
			timely = false
		case <-ctx.Done():
			timely = false
		}
		all.mu.Lock()
	}
	return rm.told()
}

// ---- The presenter's side: what its conversation says and hears

// A roomMessage opens a room's door to the presenter, hands on what a phone has pressed, or says that the room is over.
type roomMessage struct {
	Type   string `json:"type"`
	Figure string `json:"figure"`
	Code   string `json:"code,omitempty"`
	Key    string `json:"key,omitempty"`
	Ends   int    `json:"ends,omitempty"` // after so many seconds at the latest
	Do     string `json:"do,omitempty"`
	Why    string `json:"why,omitempty"`
}

// A presenting is the room of a conversation, as far as its page knows of it.
type presenting struct {
	room   *room // nil if there was no place for one
	figure string
	told   bool // the page has the code
}

// present asks for a room. A page has one: another figure's takes its place.
func (c *conversation) present(m request) {
	if c.find(m) == nil {
		return
	}
	c.leaveRoom(true)
	c.presents = &presenting{room: c.rooms.enter(c, m.Key, m.Lang), figure: m.Figure}
}

// leaveRoom ends the room, if there is one, or says that its presenter may come back.
func (c *conversation) leaveRoom(goodbye bool) {
	if c.presents != nil && c.presents.room != nil {
		c.rooms.leave(c.presents.room, c, goodbye)
	}
	c.presents = nil
}

// gone is the end of the conversation. A page that is closed says goodbye; one whose socket is cut will come back.
func (c *conversation) gone(goodbye bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaveRoom(goodbye)
}

// fromRoom is what the page is to hear of its room, nil when there is nothing.
func (c *conversation) fromRoom() []byte {
	p := c.presents
	switch {
	case p == nil:
		return nil
	case p.room == nil:
		c.presents = nil
		return encode(roomMessage{Type: "over", Figure: p.figure, Why: "full"})
	case !p.told:
		p.told = true
		return encode(roomMessage{Type: "room", Figure: p.figure, Code: p.room.code, Key: p.room.key, Ends: int(roomLife.Seconds())})
	}
	do, over := c.rooms.turn(p.room, c)
	switch {
	case over:
		c.presents = nil
		return encode(roomMessage{Type: "over", Figure: p.figure, Why: "time"})
	case do != "":
		return encode(roomMessage{Type: "turned", Figure: p.figure, Do: do})
	}
	return nil
}

// ---- The phone's side

// serveRemoteDoor is the route {base}/{lang}/remote, where a code is typed.
func (s *Server) serveRemoteDoor(w http.ResponseWriter, r *http.Request) {
	f := s.frame(chi.URLParam(r, "lang"), "remote", r).titledRemote()
	if code := codeOf(r.URL.Query().Get("code")); code != "" {
		http.Redirect(w, r, string(f.page("remote/"+url.PathEscape(code))), http.StatusSeeOther)
		return
	}
	s.render(w, r, http.StatusOK, remoteDoor(f, ""))
}

// enterRemote is the route {base}/remote/{code}, which leads to the language in which the figure speaks.
func (s *Server) enterRemote(w http.ResponseWriter, r *http.Request) {
	if rm := s.rooms.find(chi.URLParam(r, "code")); rm != nil && slices.Contains(s.Lessons.Languages(), rm.lang) {
		redirect(s.BasePath+"/"+rm.lang+"/remote/"+rm.code)(w, r)
		return
	}
	s.chooseLanguage(w, r)
}

// serveRemote is the route {base}/{lang}/remote/{code}: the two buttons. Without a script they are a form that comes back
// here when the figure has had a moment to answer.
func (s *Server) serveRemote(w http.ResponseWriter, r *http.Request) {
	code := chi.URLParam(r, "code")
	f := s.frame(chi.URLParam(r, "lang"), "remote/"+url.PathEscape(code), r).titledRemote()
	w.Header().Set("Cache-Control", "no-store")
	rm := s.rooms.find(code)
	if rm == nil {
		s.render(w, r, http.StatusNotFound, remoteDoor(f, code))
		return
	}
	if r.Method != http.MethodPost {
		s.render(w, r, http.StatusOK, remotePage(f, rm.code, rm.lang, s.rooms.now(rm)))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<10)
	do := r.PostFormValue("do")
	if !slices.Contains(turns, do) {
		http.Error(w, "do= is one of "+strings.Join(turns, ", "), http.StatusBadRequest)
		return
	}
	before := s.rooms.now(rm).Seen
	s.rooms.press(rm, do)
	if strings.Contains(r.Header.Get("Accept"), "application/json") { // the script, which waits for news anyway
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.rooms.wait(r.Context(), rm, before, answerWithin)
	http.Redirect(w, r, string(f.in(f.lang)), http.StatusSeeOther)
}

func (f frame) titledRemote() frame {
	f.module = "remote"
	return f.titled(f.t("remote"))
}

// serveRemoteNews is the route {base}/remote/{code}/news?seen=N, where the phone's script waits.
func (s *Server) serveRemoteNews(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	now := roomNews{State: "over"}
	if rm := s.rooms.find(chi.URLParam(r, "code")); rm != nil {
		seen, _ := strconv.Atoi(r.URL.Query().Get("seen")) // 0, which is never, without it
		now = s.rooms.wait(r.Context(), rm, seen, patience)
	}
	_ = json.NewEncoder(w).Encode(now) // the phone has gone
}

// serveRemoteCode is the route {base}/remote/{code}/qr.svg: the room's address, as the presenter's page was reached.
// Decision, 2026-11-27: go-qr makes the code. It is looked after, brings nothing else into the program, and reads codes too, so
// that a test can; skip2/go-qrcode and rsc.io/qr are smaller, but nobody has released either since 2020.
func (s *Server) serveRemoteCode(w http.ResponseWriter, r *http.Request) {
	rm := s.rooms.find(chi.URLParam(r, "code"))
	if rm == nil {
		s.notFound(w, r)
		return
	}
	drawn, err := qr.EncodeText(s.absolute(r, s.BasePath+"/remote/"+rm.code), qr.Medium)
	if err != nil {
		http.Error(w, "the address of this server is too long for a QR code: "+err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = fmt.Fprint(w, drawing(drawn))
}

// quiet is the width of the light margin that a camera needs, in modules.
const quiet = 4

// drawing is a QR code as an SVG, dark on light whatever the theme: cameras do not all read it the other way round.
func drawing(code *qr.QrCode) string {
	var path strings.Builder
	for y := range code.Size() {
		for x := range code.Size() {
			if code.Module(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	side := code.Size() + 2*quiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`, side, side, side, side, path.String())
}
