package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"nhooyr.io/websocket"
)

//lint:file-ignore SA1019 The user of this project chose this import path. The library lives on as github.com/coder/websocket with the same API; moving there is one line in this file.

// This is the only file that knows the WebSocket library. It moves bytes between a socket and its conversation: the
// handler's own goroutine reads, one writes, one pings.

const (
	pingEvery    = 20 * time.Second
	writeWithin  = 10 * time.Second
	editsPerSec  = 100 // edits that one page may make; a drag makes at most one per frame
	editsAtOnce  = 200
	hardestLimit = 4 * maxMessage // beyond this the library cuts the socket off in mid message
)

// sockets are the open ones, to be told when the server stops.
type sockets struct {
	mu      sync.Mutex
	open    map[*websocket.Conn]bool
	closing bool
}

func (all *sockets) add(conn *websocket.Conn, limit int) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.closing || len(all.open) >= limit {
		return false
	}
	if all.open == nil {
		all.open = map[*websocket.Conn]bool{}
	}
	all.open[conn] = true
	return true
}

func (all *sockets) remove(conn *websocket.Conn) {
	all.mu.Lock()
	defer all.mu.Unlock()
	delete(all.open, conn)
}

// closeAll says goodbye to every page. Their scripts will look for the server again and bring their logs with them.
func (all *sockets) closeAll() {
	all.mu.Lock()
	all.closing = true
	var wait sync.WaitGroup
	for conn := range all.open {
		wait.Go(func() { conn.Close(websocket.StatusGoingAway, "the server stops; the page will connect again") })
	}
	all.mu.Unlock()
	wait.Wait()
}

// serveSocket is the route {base}/socket.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	if !s.originAllowed(r) {
		s.Log.Warn("socket refused: page from elsewhere", "origin", origin, "host", r.Host, "fix", "--allowed-origin "+origin)
		http.Error(w, "a page of "+origin+" may not talk to this server; if it should, start it with --allowed-origin "+origin, http.StatusForbidden)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{subprotocol},
		// The origin was checked above: the same host, or one that --allowed-origin names with its scheme.
		InsecureSkipVerify: true,
		// Splices of a lesson's figure are a few KB; compressing them would cost each page a window of memory.
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		s.Log.Debug("socket refused", "error", err)
		return
	}
	defer conn.CloseNow()
	if conn.Subprotocol() != subprotocol {
		conn.Close(websocket.StatusPolicyViolation, "this server speaks the subprotocol "+subprotocol)
		return
	}
	if !s.sockets.add(conn, s.maxSockets()) {
		conn.Close(websocket.StatusTryAgainLater, "the server is full or stops; try again later")
		return
	}
	defer s.sockets.remove(conn)
	log := s.Log.With("remote", r.RemoteAddr)
	err = s.talk(r.Context(), conn, log)
	log.Debug("socket closed", "reason", err)
}

// talk goes on until either side has had enough.
func (s *Server) talk(ctx context.Context, conn *websocket.Conn, log *slog.Logger) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	conn.SetReadLimit(hardestLimit)
	c := newConversation(s.Lessons, log)
	c.workshop, c.rooms = s.workshop, &s.rooms
	var helpers sync.WaitGroup
	helpers.Go(func() { cancel(s.write(ctx, conn, c)) })
	helpers.Go(func() { cancel(keepAlive(ctx, conn)) })
	err := read(ctx, conn, c)
	cancel(err)
	helpers.Wait()
	c.gone(websocket.CloseStatus(err) == websocket.StatusGoingAway) // which browsers say when a page is left
	return context.Cause(ctx)
}

var errTooBig = errors.New("a message was too big")

func read(ctx context.Context, conn *websocket.Conn, c *conversation) error {
	pace := bucket{tokens: editsAtOnce, at: time.Now()}
	for {
		kind, reader, err := conn.Reader(ctx)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(reader)
		switch {
		case err != nil:
			return err
		case len(data) > maxMessage:
			conn.Close(websocket.StatusMessageTooBig, "a message has at most 16384 bytes; nothing of it was used")
			return errTooBig
		case kind != websocket.MessageText:
			conn.Close(websocket.StatusUnsupportedData, "messages are JSON in text frames")
			return errors.New("a binary message")
		}
		// Not refused but slowed down: an edit is never lost, and the sender's own buffers fill, not ours.
		if err := pace.wait(ctx); err != nil {
			return err
		}
		c.receive(data)
		if c.overflowed() {
			conn.Close(websocket.StatusPolicyViolation, "too many wrong messages, and their answers are not read")
			return errors.New("errors are not read")
		}
	}
}

// write sends what is due. A page that does not take a message in time is cut off; its script will be back with its log.
func (s *Server) write(ctx context.Context, conn *websocket.Conn, c *conversation) error {
	for {
		for data := c.next(); data != nil; data = c.next() {
			within, cancel := context.WithTimeout(ctx, s.writeWithin())
			err := conn.Write(within, websocket.MessageText, data)
			cancel()
			if err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.wake:
		}
	}
}

// keepAlive finds pages that have gone without a word, and keeps proxies from closing a quiet socket.
func keepAlive(ctx context.Context, conn *websocket.Conn) error {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		within, cancel := context.WithTimeout(ctx, writeWithin)
		err := conn.Ping(within)
		cancel()
		if err != nil {
			return err
		}
	}
}

// A bucket of tokens that refills at editsPerSec.
type bucket struct {
	tokens float64
	at     time.Time
}

func (b *bucket) wait(ctx context.Context) error {
	now := time.Now()
	b.tokens = min(editsAtOnce, b.tokens+now.Sub(b.at).Seconds()*editsPerSec) - 1
	b.at = now
	if b.tokens >= 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(-b.tokens / editsPerSec * float64(time.Second))):
		return nil
	}
}

// originAllowed tells whether the page that opens a socket is one of ours. Programs that are no browsers send no Origin, and
// no cookie or right hangs on this socket that such a program could misuse.
func (s *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	from, err := url.Parse(origin)
	if err != nil {
		return false
	}
	if strings.EqualFold(from.Host, r.Host) {
		return true
	}
	for _, allowed := range s.AllowedOrigins {
		if strings.EqualFold(strings.TrimSuffix(allowed, "/"), origin) {
			return true
		}
	}
	return false
}
