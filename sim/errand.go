package sim

import "fourwaves/sim/tcp"

// This file is the applications at both ends of each connection of a load. They
// use the same host and the same TCP as every other application.

// loader runs one load: the applications of all its connections.
type loader struct {
	load
	run     *run
	host    *host // that connects
	peer    *host
	total   int
	next    int // connect() call or request
	shows   int // connections still to be shown
	failed  map[tcp.Errno]bool
	idle    []*socket // of the pool, longest idle first
	pooled  int       // connections that the pool has, or is opening
	waiting int       // requests that wait for one
	left    int       // requests of the pool that are not yet answered
}

// errand is the application at one end of a connection of a load. A socket
// without a loader belongs to another application.
type errand struct {
	loader  *loader
	serves  bool
	began   Instant // of connect()
	ready   bool    // the handshake is over
	asked   bool    // the request is sent, or on the server's side the response
	got     int     // bytes read of the other's message
	ended   bool    // end of file
	endedAt Instant
	done    bool // the exchange is over
	closed  bool // close() was called
	gone    bool // the connection is over or at rest, and its memory given back
	queued  bool // a look is on the agenda
}

// loaderOf is the load that a connection of a host belongs to: its own, or one
// that it serves.
func (r *run) loaderOf(h *host) *loader {
	if l := r.loaders[h.index]; l != nil {
		return l
	}
	for _, l := range r.loaders {
		if l != nil && l.peer == h {
			return l
		}
	}
	return nil
}

// begin puts a load on the agenda.
func (r *run) begin(index int, l load) {
	ld := &loader{load: l, run: r, host: r.hosts[index], peer: r.hosts[r.partner(index)], failed: map[tcp.Errno]bool{}}
	r.forgets = !r.chancy && l.connections() > smallLoad
	ld.total, ld.shows, ld.left = l.connections(), l.shown(), l.connections()
	ld.host.counting, ld.peer.counting = true, true
	ld.peer.listens = true
	r.loaders[index] = ld
	if ld.total > 0 {
		r.agenda.push(0, applications, entry{act: actLoad, whose: ld})
	}
	every := ld.interval()
	if r.every == 0 { // the first load: one clock counts for all of them
		r.every = every
		r.agenda.push(Instant(every), countings, entry{act: actCount})
	}
	r.every = min(r.every, every)
}

// turn makes the next connection, or the pool's next request.
func (l *loader) turn() {
	l.next++
	if l.next < l.total {
		l.run.agenda.push(l.due(l.next), applications, entry{act: actLoad, whose: l})
	}
	switch {
	case l.pool == 0:
		l.connect()
	case l.pooled < l.pool:
		l.waiting++
		l.connect()
	default:
		l.waiting++
		l.serveQueue()
	}
}

// connect is the client's connect() to the destination whose turn it is.
func (l *loader) connect() {
	h := l.host
	addrs := l.run.places[h.index].addrs
	local := addrs[h.counts.connects%l.from]
	remote := Endpoint{l.peer.address(), uint16(serverPort + h.counts.connects/l.from%l.to)}
	h.counts.connects++
	tuple, iss, errno := h.choose(Endpoint{Addr: local}, remote, l.run.lastEvent())
	show := l.shows > 0
	if errno != "" {
		h.counts.fail(errno)
		if show || !l.failed[errno] { // the first of its kind is always shown
			h.run.emit(Event{Ev: Call, Host: h.name(), Call: "connect", Remote: remote, Errno: errno, Why: byScript})
		}
		l.failed[errno] = true
		return
	}
	if show {
		l.shows--
	}
	s := h.lend(tuple, iss, !show)
	s.errand = errand{loader: l, began: h.run.now}
	if l.pool > 0 {
		l.pooled++
	}
	if show {
		e := h.run.blank()
		e.Ev, e.Host, e.Conn, e.Call, e.Why = Call, h.name(), s.number, "connect", byScript
		e.Local, e.Remote, e.Dst = s.tuple.Local, remote, l.peer.name()
		s.conn.Cause = h.run.publish()
	}
	s.conn.OpenActive()
	s.collect()
	s.wantOutput()
}

// takes makes the load the application of a connection that a SYN opens. Its
// server end is shown if the client's is.
func (l *loader) takes(tuple FourTuple, iss tcp.Seq, other *socket) *socket {
	e, quiet := errand{loader: l, serves: true, began: l.run.now}, true
	if other != nil && other.errand.loader == l {
		quiet, e.began = other.quiet, other.errand.began
	}
	s := l.peer.lend(tuple, iss, quiet)
	if s.errand = e; other != nil { // what host.find would find out
		s.mate, other.mate = other, s
	}
	s.hears()
	return s
}

// lend opens a socket for one connection of a load, in memory that an earlier
// one has given back if there is any.
func (h *host) lend(tuple FourTuple, iss tcp.Seq, quiet bool) *socket {
	s := h.blank()
	s.conn.Renew(&h.machine.policy, iss)
	s.quiet = quiet
	h.admit(s, tuple)
	return s
}

// blank is a socket without a connection.
func (h *host) blank() *socket {
	n := len(h.spare)
	if n == 0 {
		return &socket{host: h, conn: &tcp.Conn{}, wake: -1}
	}
	s := h.spare[n-1]
	h.spare = h.spare[:n-1]
	*s = socket{host: h, conn: s.conn, life: s.life, firsts: s.firsts[:0], wake: s.wake}
	return s
}

// giveBack takes the memory of a connection back. What the agenda still says
// of it is void, since its next life is another, but for the look at its timers:
// that comes back to the next one, which need not ask for its own.
func (s *socket) giveBack() {
	s.errand.gone = true
	s.life++
	s.host.spare = append(s.host.spare, s)
}

// noticed takes what TCP did for the application, and has it look.
func (s *socket) noticed(f *tcp.Effect) {
	e := &s.errand
	switch f.Kind {
	case tcp.Enter:
		if f.To != tcp.Established {
			return
		}
		e.ready = true
		s.host.counts.opened++
	case tcp.Deliver:
		e.got += len(f.Text)
		s.host.counts.read += len(f.Text)
	case tcp.EndOfFile:
		e.ended, e.endedAt = true, s.host.run.now
	case tcp.Fail:
		s.host.counts.fail(f.Errno)
		return
	case tcp.Transmit, tcp.TimerStart, tcp.TimerStop, tcp.TimerFire, tcp.Ignore:
		return
	}
	s.look(s.host.run.now)
}

// look lets the application act at an instant.
func (s *socket) look(at Instant) {
	r := s.host.run
	if at > r.now {
		r.agenda.push(at, applications, entry{act: actErrand, socket: s, plan: s.life})
	} else if !s.errand.queued { // once an instant
		s.errand.queued = true
		r.agenda.push(at, applications, entry{act: actErrand, socket: s, plan: s.life})
	}
}

// act is the application's turn: it sends what it has to say, and closes when
// it is time.
func (e *errand) act(s *socket) {
	now := s.host.run.now
	e.queued = false
	if e.gone || e.closed || !e.ready {
		return
	}
	l := e.loader
	if e.serves {
		for e.got >= l.request {
			e.got -= l.request
			s.say(l.response)
			e.done = true
		}
	} else {
		e.ask(s)
	}
	switch {
	case e.ended:
		s.finishAt(e.endedAt.Add(l.lag), false)
	case e.done && (s.host.name() == l.closer || l.closer == "" && !e.serves) && (l.pool == 0 || l.left == 0):
		rtt := l.run.weather[l.host.index][l.peer.index].delay + l.run.weather[l.peer.index][l.host.index].delay
		s.finishAt(max(now, e.began.Add(l.life-rtt)), l.abort)
	}
}

// ask sends the request and waits for the response, once or as the pool asks.
func (e *errand) ask(s *socket) {
	l := e.loader
	if !e.asked && (l.pool == 0 || l.waiting > 0) {
		e.asked = true
		if l.pool > 0 {
			l.waiting--
		}
		s.say(l.request)
	} else if !e.asked && !e.done {
		e.done = true // of a pool, with nothing to ask
		l.idle = append(l.idle, s)
	}
	if e.asked && e.got >= l.response {
		e.got -= l.response
		e.done = true
		s.host.counts.done++
		if l.pool > 0 {
			e.asked = false
			l.left--
			l.idle = append(l.idle, s)
			l.serveQueue()
			l.dissolve()
		}
	}
}

// serveQueue gives waiting requests to idle connections.
func (l *loader) serveQueue() {
	for l.waiting > 0 && len(l.idle) > 0 {
		s := l.idle[0]
		l.idle = l.idle[1:]
		if s.errand.closed || s.errand.ended || s.conn.State() != tcp.Established {
			l.pooled--
			continue
		}
		s.errand.done, s.errand.asked = false, true
		l.waiting--
		s.say(l.request)
	}
	if l.waiting > 0 && l.pooled == 0 {
		l.connect() // the pool has lost all its connections
	}
}

// dissolve closes the pool when its last request is answered.
func (l *loader) dissolve() {
	if l.left > 0 {
		return
	}
	idle := l.idle
	l.idle = nil
	for _, s := range idle {
		s.look(l.run.now)
	}
}

// say sends so many bytes.
func (s *socket) say(n int) {
	at := s.calls("send", n)
	s.act(func(c *tcp.Conn) {
		if c.Send(s.host.run.now, stream(s.host.index, s.written, n)) == "" {
			s.written += n
			s.host.counts.written += n
		}
	}, at)
}

// finishAt closes the connection now, or has the application look again then.
func (s *socket) finishAt(at Instant, abort bool) {
	now := s.host.run.now
	if at > now {
		s.look(at)
		return
	}
	s.errand.closed = true
	if abort {
		s.act(func(c *tcp.Conn) { c.Abort() }, s.calls("abort", 0))
		return
	}
	s.act(func(c *tcp.Conn) { c.Close(now) }, s.calls("close", 0))
}

// calls tells of a call of the load's application.
func (s *socket) calls(word string, n int) int {
	if s.quiet {
		return -1
	}
	e := s.host.run.blank()
	e.Ev, e.Host, e.Conn, e.Call, e.Len, e.Why = Call, s.host.name(), s.number, word, n, byScript
	return s.host.run.publish()
}
