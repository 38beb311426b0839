package sim

import (
	"strings"

	"fourwaves/sim/tcp"
)

// This file is the simple application: it connects, sends and closes when the
// scenario's lines say so, reads whatever arrives, and where it listens it takes
// every connection at once.

// latest is the connection that the application's calls are about.
func (h *host) latest() *socket {
	if len(h.sockets) == 0 {
		return nil
	}
	return h.sockets[len(h.sockets)-1]
}

// call is the application using its socket; cause is the event that made it.
func (h *host) call(l line, why string, cause Cause) tcp.Errno {
	switch {
	case l.word == "crash":
		return h.crash(cause)
	case l.word == "restart":
		return h.restart(cause)
	case h.down:
		h.run.emit(Event{Ev: Call, Host: h.name(), Call: l.word, Len: l.n, Why: why, Cause: cause, Errno: EHOSTDOWN})
		return EHOSTDOWN
	case l.word == "connect":
		return h.connect(l, why, cause)
	}
	s := h.latest()
	if l.conn > 0 {
		s = nil
		if l.conn <= len(h.sockets) {
			s = h.sockets[l.conn-1]
		}
	}
	return h.callOn(s, l, why, cause)
}

// callOn is a call that names a connection.
func (h *host) callOn(s *socket, l line, why string, cause Cause) tcp.Errno {
	e := Event{Ev: Call, Host: h.name(), Call: l.word, Len: l.n, Why: why, Cause: cause}
	if s == nil {
		e.Errno = EBADF
		h.run.emit(e)
		return EBADF
	}
	e.Conn = s.number
	at := h.run.emit(e)
	s.ready(at)
	if s.conn.State() == tcp.Listen && l.word != "send" {
		h.listens = false // it was the listening socket that was closed
	}
	var errno tcp.Errno
	switch l.word {
	case "close":
		errno = s.conn.Close(h.run.now)
	case "shutdown":
		errno = s.conn.Shutdown()
	case "abort":
		errno = s.conn.Abort()
	case "send":
		if errno = s.conn.Send(h.run.now, stream(h.index, s.written, l.n)); errno == "" {
			s.written += l.n
		}
	}
	h.run.events[at].Errno = errno
	s.collect()
	s.wantOutput()
	h.wake(s, causedBy(at))
	return errno
}

// stream is the text that an application writes: byte i of a connection's
// stream is always the same, so that a test can tell what it received.
// It repeats after 256 bytes, so that all text is a piece of one that nobody changes.
func stream(host, from, n int) []byte {
	first := (from + host*101*223) & 255 // 31*223 is 1 modulo 256: a host's byte 0 is 101 times its number
	return endless[first : first+n : first+n]
}

var endless = func() (text [256 + maxBytes]byte) {
	for i := range text {
		text[i] = byte(i * 31)
	}
	return text
}()

// connect opens a connection. A port that the line names is as after bind() with
// SO_REUSEADDR: only the 4-tuple counts.
func (h *host) connect(l line, why string, cause Cause) tcp.Errno {
	e := Event{Ev: Call, Host: h.name(), Call: l.word, Why: why, Cause: cause}
	e.Arg = strings.TrimSpace(strings.TrimPrefix(line{verb: vCall, word: l.word, target: l.target, from: l.from}.String(), " connect"))
	at := h.run.emit(e)
	tuple, iss, errno := h.choose(l.from, h.run.endpoint(h.index, l.target), at)
	if errno != "" {
		h.run.events[at].Errno = errno
		return errno
	}
	s := h.open(tuple, tcp.New(&h.machine.policy, iss))
	h.run.events[at].Conn = s.number
	if l.from.Port != 0 {
		s.holdsPort()
	}
	s.act(func(c *tcp.Conn) { c.OpenActive() }, at)
	return ""
}

// listen is the server's application waiting for connections. The TCB that
// will take the first one exists from here on; later ones are made as SYNs come.
func (h *host) listen(cause Cause) {
	h.listens = true
	local := Endpoint{h.address(), serverPort}
	s := h.open(FourTuple{Local: local}, tcp.New(&h.machine.policy, h.iss(FourTuple{Local: local})))
	s.conn.Cause = h.run.emit(Event{Ev: Call, Host: h.name(), Conn: s.number, Call: "listen", Why: byScript, Cause: cause})
	s.conn.OpenPassive()
	s.collect()
}

// accept takes the TCB in LISTEN that was there before any SYN, if it is still
// there.
func (h *host) accept(tuple FourTuple) *socket {
	s := h.latest()
	if s == nil || s.conn.State() != tcp.Listen {
		return nil
	}
	h.drop(s)
	s.tuple = tuple
	h.enrol(s)
	h.uses[tuple]++
	s.incarnation = h.uses[tuple]
	return s
}

// waitsAt tells whether the simple application waits for connections there: at
// one port, or where it serves a load, at each of its destinations.
func (h *host) waitsAt(port uint16) bool {
	ports := 1
	for _, l := range h.run.loaders {
		if l != nil && l.peer == h {
			ports = max(ports, l.to)
		}
	}
	return h.listens && serverPort <= port && int(port) < serverPort+ports
}
