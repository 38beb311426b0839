package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fourwaves/sim/tcp"
)

// step is one call of a process. Steps run one after the other: each begins
// when the one before has returned, not before its instant (at) and not sooner
// than a time after that return (after).
type step struct {
	start string // "at", "after" or none
	span  tcp.Duration
	call  string
	fd    string
	arg   string       // new descriptor of accept; option of setsockopt; direction of shutdown
	n, m  int          // bytes, port, backlog, value
	to    target       // of connect
	from  Endpoint     // of bind
	wait  tcp.Duration // of poll
	col   int          // of fd, where it was written
}

var (
	stepCalls = []string{
		"socket", "setsockopt", "bind", "listen", "connect", "accept", "send", "recv", "recv_eof",
		"shutdown", "close", "poll", "so_error", "sleep",
	}
	optionNames = []string{
		"SO_REUSEADDR", "SO_REUSEPORT", "SO_LINGER", "TCP_NODELAY", "TCP_LINGER2", "TCP_USER_TIMEOUT", "SO_RCVBUF",
		"SO_KEEPALIVE", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT",
	}
)

// String writes the step in its one canonical form.
func (s step) String() string {
	var words []string
	if s.start != "" {
		words = append(words, s.start, formatTime(s.span))
	}
	words = append(words, s.call)
	if s.fd != "" {
		words = append(words, s.fd)
	}
	if text := s.rest(); text != "" {
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

// rest is what a call says beside its descriptor.
func (s step) rest() string {
	switch s.call {
	case "accept", "shutdown":
		return s.arg
	case "connect":
		return s.to.String()
	case "bind":
		return s.from.words()
	case "listen", "send", "recv":
		return strconv.Itoa(s.n)
	case "poll":
		if s.wait > 0 {
			return formatTime(s.wait)
		}
	case "setsockopt":
		if s.arg == "SO_LINGER" {
			return fmt.Sprintf("%s %d %d", s.arg, s.n, s.m)
		}
		return fmt.Sprintf("%s %d", s.arg, s.n)
	}
	return ""
}

// process reads a step after its host.
func (p *parser) process(host string) (s step, bad *Problem) {
	if w := p.peek(); w == "at" || w == "after" {
		s.start, _ = p.take("")
		if s.span, bad = p.span("the time"); bad != nil {
			return s, bad
		}
	}
	if s.call, bad = p.choice("call", slices.Concat(stepCalls, applicationNames)...); bad != nil || s.call == "sleep" {
		return s, bad
	}
	if s.fd, bad = p.descriptor(); bad != nil {
		return s, bad
	}
	s.col = p.cols[p.next-1]
	switch s.call {
	case "setsockopt":
		if s.arg, bad = p.choice("option", optionNames...); bad != nil {
			return s, bad
		}
		if s.n, bad = p.integer("the value", -1<<31, 1<<31-1); bad == nil && s.arg == "SO_LINGER" {
			s.m, bad = p.integer("the seconds", -1<<31, 1<<31-1)
		}
	case "bind":
		if p.next < len(p.words) {
			s.from, bad = p.source(host)
		}
	case "connect":
		s.to.port = serverPort
		if p.next < len(p.words) {
			s.to, bad = p.target()
		}
	case "listen":
		s.n, bad = p.optional("the backlog", 0, 65535, 128)
	case "send":
		s.n, bad = p.integer("the number of bytes", 1, maxBytes)
	case "recv":
		s.n, bad = p.optional("the number of bytes", 1, maxBytes, 65536)
	case "poll":
		if p.next < len(p.words) {
			s.wait, bad = p.span("how long")
		}
	case "accept":
		s.arg, bad = p.descriptor()
	case "shutdown":
		s.arg, bad = p.choice("direction", "RD", "WR", "RDWR")
	}
	return s, bad
}

// unopened finds descriptors that no step before opens. The kernel's answer would
// be EBADF in the run; that a descriptor was closed before is left to it.
func (sc *Scenario) unopened() (bad Problems) {
	for _, l := range sc.lines {
		if l.verb != vStep || l.step.fd == "" || l.step.call == "socket" {
			continue
		}
		later, opened := 0, []string(nil)
		for _, other := range sc.lines {
			name, opens := other.step.opens()
			switch {
			case !opens || other.host != l.host:
			case other.row < l.row:
				opened = append(opened, name)
			case name == l.step.fd && later == 0:
				later = other.row
			}
		}
		if slices.Contains(opened, l.step.fd) {
			continue
		}
		p := Problem{l.row, l.step.col, "no-descriptor", fmt.Sprintf("no step opens %q", l.step.fd), nearDescriptor(l.step.fd, opened)}
		switch {
		case later > 0:
			p.Message, p.Suggest = fmt.Sprintf("%q is opened only by line %d", l.step.fd, later), ""
		case len(opened) > 0:
			p.Message += "; the steps before it open " + strings.Join(opened, ", ")
		default:
			p.Message += fmt.Sprintf("; write \"%s: socket %s\" above", l.host, l.step.fd)
		}
		bad = append(bad, p)
	}
	return bad
}

// nearDescriptor is Nearest for names that are often a single letter.
func nearDescriptor(name string, opened []string) string {
	if near := Nearest(name, opened); near != "" {
		return near
	}
	for _, other := range opened {
		if strings.HasPrefix(name, other) || strings.HasPrefix(other, name) {
			return other
		}
	}
	return ""
}

// opens is the descriptor that a step makes.
func (s step) opens() (name string, does bool) {
	switch s.call {
	case "socket":
		return s.fd, true
	case "accept":
		return s.arg, true
	}
	return "", false
}

// descriptor takes a name for a socket.
func (p *parser) descriptor() (string, *Problem) {
	w, bad := p.take("the name of a descriptor")
	if bad == nil && (len(w) > 16 || strings.ContainsAny(w, ":;=")) {
		bad = p.fail("bad-name", "%q is no name of a descriptor: write a short word", w)
	}
	return w, bad
}

// optional takes a whole number if one is there.
func (p *parser) optional(what string, lo, hi, without int) (int, *Problem) {
	if p.next >= len(p.words) {
		return without, nil
	}
	return p.integer(what, lo, hi)
}

// process is one thread of a host's program: its next steps, and where it is in
// the first of them. The threads of a host share its descriptors.
type process struct {
	host     *host
	tasks    []task
	called   bool    // the first task's call has begun and has not returned
	began    Instant // of that call
	call     int     // its event
	woken    Cause   // what may let it return
	returned Instant // of the step before
	reason   Cause   // that return
	queued   bool    // a look is on the agenda for this instant
}

// task is a step that a process will run, and for the named applications what
// it says and what they do next.
type task struct {
	step
	message string                         // name of what it sends
	text    []byte                         // of send; nil is the stream that every application has
	then    func(ret int, errno tcp.Errno) // may ask for more tasks
}

// start begins a thread at the present instant.
func (h *host) start(tasks ...task) *process {
	p := &process{host: h, tasks: tasks, returned: h.run.now}
	h.processes = append(h.processes, p)
	p.later(h.run.now)
	return p
}

// waitsUntil says from when on the next step may begin.
func (p *process) waitsUntil(s step) Instant {
	switch s.start {
	case "at":
		return max(p.returned, Instant(s.span))
	case "after":
		return p.returned.Add(s.span)
	}
	return p.returned
}

// advance runs steps until one has to wait.
func (p *process) advance() {
	r := p.host.run
	p.queued = false
	for len(p.tasks) > 0 {
		t := &p.tasks[0]
		if !p.called {
			if at := p.waitsUntil(t.step); at > r.now {
				p.later(at)
				return
			}
			p.begin(t)
		}
		ret, errno, ready := p.attempt(t)
		if !ready {
			return
		}
		p.finish(ret, errno)
	}
}

// begin tells of the call.
func (p *process) begin(t *task) {
	r := p.host.run
	p.called, p.began = true, r.now
	e := Event{Ev: Call, Host: p.host.name(), Call: t.call, FD: t.fd, Arg: t.rest(), Message: t.message, Why: byScript, Cause: p.reason}
	if t.call == "send" {
		e.Len, e.Arg = t.n, ""
	}
	e.Conn = p.host.fds[t.fd].number()
	p.call = r.emit(e)
	p.woken = causedBy(p.call)
}

// finish tells what the call returned.
func (p *process) finish(ret int, errno tcp.Errno) {
	r := p.host.run
	t := p.tasks[0]
	if errno != "" && t.call != "so_error" { // which succeeds in reading an error
		ret = -1
	}
	fds := p.host.fds
	e := Event{Ev: Return, Host: p.host.name(), Conn: fds[t.fd].number(), Call: t.call, FD: t.fd, Ret: ret, Errno: errno, Cause: p.woken}
	p.reason = causedBy(r.emit(e))
	p.returned = r.now
	p.called = false
	p.tasks = p.tasks[1:]
	if t.call == "close" {
		delete(fds, t.fd)
	}
	if t.then != nil {
		t.then(ret, errno)
	}
}

// wake lets the calls look again that wait for something about a connection,
// after everything else that arrives now.
func (h *host) wake(s *socket, cause Cause) {
	for _, p := range h.processes {
		if d := p.awaits(); d != nil && (d.conn == s || d == s.owner) {
			p.poke(cause)
		}
	}
}

// awaits is the descriptor that the present call is about.
func (p *process) awaits() *descriptor {
	if !p.called {
		return nil
	}
	return p.host.fds[p.tasks[0].fd]
}

// poke lets a blocked call look again.
func (p *process) poke(cause Cause) {
	if p.queued {
		return
	}
	p.queued = true
	if cause > 0 {
		p.woken = cause
	}
	p.later(p.host.run.now)
}

// later lets it look again at an instant.
func (p *process) later(at Instant) {
	p.host.run.agenda.push(at, applications, entry{act: actStep, whose: p})
}

// attempt carries out a call as far as it goes; ready is false while it blocks.
func (p *process) attempt(t *task) (ret int, errno tcp.Errno, ready bool) {
	h, s := p.host, t.step
	d := h.fds[s.fd]
	switch {
	case s.call == "sleep":
		return 0, "", true
	case s.call == "socket":
		if h.full() {
			return 0, EMFILE, true
		}
		h.fds[s.fd] = h.socket()
		return 0, "", true
	case d == nil:
		return 0, EBADF, true
	}
	d.cause = p.call
	switch s.call {
	case "setsockopt":
		errno = d.set(s.arg, s.n, s.m)
	case "bind":
		errno = h.bind(d, s.from)
	case "listen":
		errno = h.listenOn(d, s.n)
	case "connect":
		return p.connect(d, h.run.endpoint(h.index, s.to))
	case "accept":
		return p.accept(d, s.arg)
	case "send":
		return p.send(d, t)
	case "recv":
		return d.receive(s.n)
	case "recv_eof":
		return d.drain()
	case "shutdown":
		errno = d.shutdown(s.arg)
	case "close":
		return p.close(d)
	case "poll":
		return p.poll(d, s.wait)
	case "so_error":
		return 0, d.takeError(), true
	}
	return 0, errno, true
}

// connect blocks until the handshake is over.
func (p *process) connect(d *descriptor, remote Endpoint) (int, tcp.Errno, bool) {
	if !d.connecting {
		if d.conn != nil {
			return 0, tcp.EISCONN, true
		}
		if errno := p.host.connectTo(d, remote); errno != "" {
			return 0, errno, true
		}
		d.connecting = true
		p.host.run.events[p.call].Conn = d.number()
	}
	c := d.conn.conn
	switch c.State() {
	case tcp.SynSent, tcp.SynRcvd:
		return 0, "", false
	case tcp.Closed: // the socket is as it was before
		d.connecting = false
		if !d.conn.byHand {
			d.local = Endpoint{}
		}
		d.conn = nil
		return 0, c.TakeTrouble(), true
	case tcp.Listen, tcp.Established, tcp.FinWait1, tcp.FinWait2, tcp.CloseWait, tcp.Closing, tcp.LastAck, tcp.TimeWait:
	}
	d.connecting = false
	return 0, "", true
}

// send blocks while more waits to be acknowledged than the buffer holds.
func (p *process) send(d *descriptor, t *task) (int, tcp.Errno, bool) {
	if !d.sending {
		ret, errno, ready := d.send(t)
		if !ready || errno != "" {
			return ret, errno, ready
		}
		d.sending = true
	}
	if buffer := p.host.machine.sndBuf; !d.over() && buffer > 0 && d.conn.conn.Backlog() > buffer {
		return 0, "", false
	}
	d.sending = false
	if e := d.conn.conn.TakeTrouble(); e != "" {
		return 0, e, true
	}
	return t.n, "", true
}

// poll waits for something to read, or an error, for as long as it is told; with
// no time it says what would not block now.
func (p *process) poll(d *descriptor, wait Duration) (int, tcp.Errno, bool) {
	bits := d.poll()
	if wait == 0 {
		return bits, "", true
	}
	bits &= pollIn | pollErr | pollHup
	if deadline := p.began.Add(wait); bits == 0 && p.host.run.now < deadline {
		p.later(deadline)
		return 0, "", false
	}
	return bits, "", true
}

// accept blocks until a handshake is over whose connection nobody has taken.
func (p *process) accept(d *descriptor, name string) (int, tcp.Errno, bool) {
	if d.conn == nil || !d.listening() {
		return 0, EINVAL, true
	}
	if p.host.full() {
		return 0, EMFILE, true // __sys_accept4: the descriptor is taken before the queue is looked at
	}
	if len(d.waiting) == 0 {
		return 0, "", false
	}
	s := d.waiting[0]
	d.waiting = d.waiting[1:]
	child := &descriptor{host: d.host, conn: s, options: d.options, local: d.local}
	s.owner = child
	p.host.fds[name] = child
	return 0, "", true
}

// close blocks only for a lingering application (SO_LINGER).
func (p *process) close(d *descriptor) (int, tcp.Errno, bool) {
	now := p.host.run.now
	if p.began == now && !d.closing {
		d.closing = true
		d.close()
	}
	if d.conn == nil || !d.lingers() {
		return 0, "", true
	}
	deadline := p.began.Add(tcp.Duration(d.linger) * tcp.Second)
	if d.conn.conn.Lingering() && (now < deadline || d.linger < 0) {
		if d.linger > 0 {
			p.later(deadline)
		}
		return 0, "", false
	}
	d.conn.act(func(c *tcp.Conn) { c.Abandon(now) }, d.cause)
	return 0, "", true
}
