package sim

import (
	"fmt"
	"strings"

	"fourwaves/sim/tcp"
)

// This file is what the named applications do. Both ends are written as a
// program that blocks would be, one call after the other; what comes after a
// call is the function that its return is handed to.
//
//	ask      asks, reads the response, asks again on the same connection, and
//	         closes when it has nothing more to ask
//	answer   answers every request until its peer closes
//	echo     sends back what it reads until its peer closes
//	http     asks or answers by the rules of HTTP: who may keep the connection
//	         (RFC 9112, 9.3), who closes it (9.6), and when it has been idle too
//	         long (9.5)
//
// A request that nobody answers shows in the return of the call that learned of
// it, whose reason is then unanswered.

// WhyUnanswered is the reason of a return after which a request stays without
// its response.
const WhyUnanswered = "unanswered"

// do asks for a call after those that were asked for.
func (p *process) do(call, fd string, then func(ret int, errno tcp.Errno)) *task {
	p.tasks = append(p.tasks, task{step: step{call: call, fd: fd}, then: then})
	return &p.tasks[len(p.tasks)-1]
}

// say sends a message.
func (p *process) say(fd, name string, text []byte, then func(ret int, errno tcp.Errno)) *task {
	t := p.do("send", fd, then)
	t.n, t.text, t.message = len(text), text, name
	return t
}

// noted adds to the return that was just told which message it was about.
func (p *process) noted(name, why string) {
	e := &p.host.run.events[len(p.host.run.events)-1]
	e.Message, e.Why = name, why
}

// heard is the message that has come in at a descriptor; whole tells whether all
// of it has.
func (p *process) heard(fd string) (m message, known, whole bool) {
	d := p.host.fds[fd]
	if d == nil || d.conn == nil || len(d.conn.heard) == 0 {
		return message{}, false, false
	}
	m, known = parse(d.conn.heard)
	return m, known, known && len(d.conn.heard) >= m.size
}

// used takes a whole message off what has been heard.
func (p *process) used(fd string, m message) []byte {
	s := p.host.fds[fd].conn
	text := s.heard[:m.size]
	s.heard = s.heard[m.size:]
	return text
}

// runApplications begins the threads of all named applications: those first that
// listen.
func (r *run) runApplications() {
	for _, listens := range []bool{true, false} {
		for i, a := range r.apps {
			switch {
			case a == nil || r.places[i].listens != listens:
			case listens:
				a.serve(r.hosts[i])
			default:
				a.visit(r.hosts[i])
			}
		}
	}
}

// visit begins the threads of a client, one for each of its connections.
func (a *app) visit(h *host) {
	count, pool := a.number(setCount), a.number(setPool)
	if pool == 0 {
		pool = count // a connection for each request
		if a.keeps() {
			pool = 1
		}
	}
	for n := range min(pool, count) {
		c := &asker{app: a, process: h.start(), fd: fmt.Sprintf("c%d", n+1)}
		for nth := n + 1; nth <= count; nth += pool {
			c.turns = append(c.turns, nth)
		}
		if n == 0 {
			c.open = h.adopt(c.fd)
		}
		c.last = h.run.now
		c.wait()
	}
}

// keeps tells whether the application asks for connections that persist.
func (a *app) keeps() bool {
	return a.first().persists()
}

// first is what every request of the application says of itself.
func (a *app) first() message {
	m := message{word: "request", version: a.values[setVersion]}
	if m.version != version2 { // which has no such header
		m.close, m.keep = a.values[setConnection] == sayClose, a.values[setConnection] == sayKeepAlive
	}
	return m
}

// adopt gives a host's application the connection that "start established" made.
func (h *host) adopt(fd string) bool {
	if !h.run.established || len(h.sockets) == 0 {
		return false
	}
	for _, s := range h.sockets {
		if s.conn.State() == tcp.Established && s.owner == nil {
			d := h.socket()
			d.conn, d.local = s, s.tuple.Local
			s.owner, s.reuse = d, true
			s.conn.ReadByCalls()
			h.fds[fd] = d
			return true
		}
	}
	return false
}

// asker is one connection of a client, which is opened again when it is needed.
type asker struct {
	*app
	*process
	fd    string
	turns []int // requests that are still to be asked
	asked []int // that wait for a response
	open  bool
	over  bool    // no request may follow on this connection
	last  Instant // when the connection was last used
}

// due is when the next request wants to be asked.
func (c *asker) due() Instant {
	return Instant(c.time(setAt) + Duration(c.turns[0]-1)*c.time(setEvery))
}

// wait decides what comes next: the next request, the end of the connection, or
// the sooner of them and of whatever the peer does.
func (c *asker) wait() {
	now := c.host.run.now
	more := len(c.turns) > 0
	free := len(c.asked) == 0 || c.values[setVersion] == version2
	switch {
	case !c.open:
		if more {
			c.connect()
		}
		return
	case len(c.asked) == 0 && (c.over || !more && !c.http()):
		c.close()
		return
	case more && free && !c.over && c.due() <= now:
		c.ask()
		return
	}
	until := Instant(-1)
	if more && free && !c.over {
		until = c.due()
	}
	idle := c.time(setIdle)
	bored := len(c.asked) == 0 && idle >= 0 && (until < 0 || c.last.Add(idle) < until)
	if bored {
		until = max(now, c.last.Add(idle))
	}
	switch {
	case until < 0:
		c.read()
	case until == now:
		c.leave()
	default:
		c.do("poll", c.fd, func(ready int, _ tcp.Errno) {
			switch {
			case ready != 0:
				c.read()
			case bored:
				c.leave()
			default:
				c.wait()
			}
		}).wait = Duration(until - now)
	}
}

// connect opens the connection for the next request.
func (c *asker) connect() {
	t := c.do("socket", c.fd, nil)
	t.start, t.span = "at", Duration(c.due())
	c.do("connect", c.fd, func(_ int, errno tcp.Errno) {
		c.open, c.over, c.last = true, false, c.host.run.now
		if errno != "" {
			c.noted(c.request(c.turns[0]).name(), WhyUnanswered)
			c.turns = c.turns[1:]
			c.close()
			return
		}
		c.wait()
	}).to = target{port: serverPort}
}

func (c *asker) request(nth int) message {
	m := c.first()
	m.nth = nth
	return m
}

// ask sends the next request.
func (c *asker) ask() {
	nth := c.turns[0]
	c.turns = c.turns[1:]
	c.asked = append(c.asked, nth)
	m := c.request(nth)
	text := plain(m.word, nth, c.number(setRequest))
	if c.http() {
		body := c.number(setBody)
		method := "GET"
		if body > 0 {
			method = "POST"
		}
		first := fmt.Sprintf("%s /%d HTTP/%s", method, nth, setVersion.write(m.version))
		headers := []string{"Host: " + c.host.run.places[c.host.run.partner(c.host.index)].name}
		if m.close || m.keep {
			headers = append(headers, "Connection: "+setConnection.write(c.values[setConnection]))
		}
		text = hyper(first, headers, c.number(setRequest), body)
	}
	c.say(c.fd, m.name(), text, func(_ int, errno tcp.Errno) {
		c.last = c.host.run.now
		if errno != "" {
			c.lost()
			return
		}
		c.wait()
	})
}

// read takes what has come.
func (c *asker) read() {
	c.do("recv", c.fd, func(n int, errno tcp.Errno) {
		if n <= 0 {
			c.lost()
			return
		}
		c.last = c.host.run.now
		var names []string
		for {
			m, known, whole := c.heard(c.fd)
			if known && m.word != goaway && len(c.asked) > 0 {
				m.word, m.nth = "response", c.asked[0]
			}
			if known {
				names = append(names, m.name())
			}
			if !whole {
				break
			}
			c.used(c.fd, m)
			c.over = c.over || m.word == goaway || !m.persists() || !c.keeps()
			if m.word != goaway && len(c.asked) > 0 {
				c.asked = c.asked[1:]
			}
		}
		c.noted(strings.Join(names, " "), "")
		c.wait()
	}).n = 65536
}

// lost ends a connection that its peer has ended: without an answer, if one was
// due.
func (c *asker) lost() {
	if len(c.asked) > 0 {
		c.noted(c.request(c.asked[0]).name(), WhyUnanswered)
		c.asked = nil
	}
	c.close()
}

// leave ends a connection that has been idle too long. In HTTP/2 that is said
// first (RFC 9113, 6.8).
func (c *asker) leave() {
	if c.values[setVersion] != version2 {
		c.close()
		return
	}
	c.say(c.fd, goaway, []byte(goaway+"\r\n"), func(int, tcp.Errno) { c.close() })
}

func (c *asker) close() {
	c.do("close", c.fd, func(int, tcp.Errno) {
		c.open = false
		c.wait()
	})
}

// serve begins the thread of a server that accepts connections.
func (a *app) serve(h *host) {
	s := &acceptor{app: a, process: h.start()}
	h.listens = false // the simple application does not
	s.do("socket", "L", nil)
	reuse := s.do("setsockopt", "L", nil)
	reuse.arg, reuse.n = "SO_REUSEADDR", 1
	s.do("bind", "L", nil).from.Port = serverPort
	s.do("listen", "L", func(int, tcp.Errno) { s.accept() }).n = 128
	if h.adopt("s1") {
		s.handle()
	}
}

// acceptor is the thread of a server that waits for connections.
type acceptor struct {
	*app
	*process
	accepted int
	starved  bool // it had no descriptor left for the next one
}

// accept takes connections one after the other. Without a descriptor left the
// program waits until it has closed one: what comes meanwhile stays in the queue.
func (s *acceptor) accept() {
	s.do("accept", "L", func(_ int, errno tcp.Errno) {
		if s.starved = errno == EMFILE; errno == "" {
			s.handle()
			s.accept()
		}
	}).arg = fmt.Sprintf("s%d", s.accepted+1)
}

// handle begins the thread of a connection.
func (s *acceptor) handle() {
	s.accepted++
	c := &answerer{app: s.app, process: s.host.start(), from: s, fd: fmt.Sprintf("s%d", s.accepted)}
	leak := s.number(setLeak)
	c.leaks = leak > 0 && s.accepted%leak == 0
	c.reason = s.reason
	c.read()
}

// answerer is one connection of a server.
type answerer struct {
	*app
	*process
	from   *acceptor
	fd     string
	served int
	leaks  bool // forgets to close
}

// read waits for a request, or for its head where the application reads no more.
func (c *answerer) read() {
	t := c.do("recv", c.fd, func(n int, _ tcp.Errno) {
		if n <= 0 {
			c.close()
			return
		}
		m, known, whole := c.heard(c.fd)
		if known {
			c.noted(m.name(), "")
		}
		if m.word == goaway { // its sender closes next
			c.used(c.fd, m)
			c.next()
			return
		}
		if !known || !whole && c.number(setReads) == 0 {
			c.read()
			return
		}
		c.answer(m, whole)
	})
	if t.n = c.number(setReads); t.n == 0 {
		t.n = 65536
	}
}

// answer responds, and then closes, or waits for the next request.
func (c *answerer) answer(m message, whole bool) {
	c.served++
	request := m
	m.word = "response"
	text := plain(m.word, m.nth, c.number(setResponse))
	switch {
	case c.name == "echo" && whole:
		text = append(text[:0], c.used(c.fd, request)...)
	case c.http():
		text = c.response(&m, whole)
		fallthrough
	default:
		if whole {
			c.used(c.fd, request)
		}
	}
	t := c.say(c.fd, m.name(), text, func(_ int, errno tcp.Errno) {
		switch {
		case errno != "":
			c.close()
		case !m.persists():
			c.leave(m)
		case len(c.host.fds[c.fd].conn.heard) > 0:
			c.next()
		default:
			c.idle(m)
		}
	})
	t.start, t.span = "after", c.time(setTakes)
}

// next answers what has already been read behind the last request (HTTP/2), or
// reads on.
func (c *answerer) next() {
	if m, _, whole := c.heard(c.fd); whole {
		c.answer(m, true)
		return
	}
	c.read()
}

// response writes a response to a request and decides whether the connection
// stays: not if either end says close, if the server has answered often enough
// on it, or if there is a rest of the request that it will not read.
func (c *answerer) response(m *message, whole bool) []byte {
	limit, wish := c.number(setMax), c.values[setConnection]
	m.close = m.close || wish == sayClose || !whole || limit > 0 && c.served >= limit
	m.keep = m.keep && !m.close
	var headers []string
	switch {
	case m.version == version2:
	case m.close:
		headers = append(headers, "Connection: close")
	case m.keep:
		headers = append(headers, "Connection: keep-alive")
	}
	size := c.number(setResponse)
	const head = 110 // room for every header
	return hyper("HTTP/"+setVersion.write(m.version)+" 200 OK", headers, head, size-head)
}

// idle waits for the next request, or closes when none comes for long enough.
func (c *answerer) idle(m message) {
	idle := c.time(setIdle)
	switch {
	case idle < 0:
		c.read()
		return
	case idle == 0:
		c.leave(m)
		return
	}
	c.do("poll", c.fd, func(ready int, _ tcp.Errno) {
		if ready != 0 {
			c.read()
			return
		}
		c.leave(m)
	}).wait = idle
}

// leave closes first. HTTP/2 says so before (RFC 9113, 6.8).
func (c *answerer) leave(last message) {
	if last.version != version2 {
		c.finish()
		return
	}
	c.say(c.fd, goaway, []byte(goaway+"\r\n"), func(int, tcp.Errno) { c.finish() })
}

// finish closes, perhaps in stages: say that no more comes, read what the peer
// still sends, and close when it has closed (RFC 9112, 9.6).
func (c *answerer) finish() {
	if c.values[setFinish] == finishStaged && !c.leaks {
		c.do("shutdown", c.fd, nil).arg = "WR"
		c.do("recv_eof", c.fd, nil)
	}
	c.close()
}

// close gives the descriptor back, unless the program forgets to.
func (c *answerer) close() {
	if !c.leaks {
		c.do("close", c.fd, func(int, tcp.Errno) {
			if s := c.from; s.starved {
				s.reason = c.reason
				s.accept()
				s.poke(c.reason)
			}
		})
	}
}
