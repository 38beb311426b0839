package sim

import (
	"math/bits"

	"fourwaves/sim/tcp"
)

// Errors of calls that never reach the connection.
const (
	EBADF         tcp.Errno = "EBADF"
	EINVAL        tcp.Errno = "EINVAL"
	EMFILE        tcp.Errno = "EMFILE"
	EADDRINUSE    tcp.Errno = "EADDRINUSE"
	EADDRNOTAVAIL tcp.Errno = "EADDRNOTAVAIL"
	EHOSTDOWN     tcp.Errno = "EHOSTDOWN"
)

// descriptor is what a process holds of a socket: its options and its port
// before there is a connection, the connection, or a listener's queue.
type descriptor struct {
	host  *host
	conn  *socket  // nil before connect() and listen()
	local Endpoint // bound; port 0 is not yet, and address 0 is all of the host's
	options
	backlog int
	waiting []*socket // a listener's connections that nobody has accepted
	cause   int       // event of the current call
	gone    bool

	connecting, sending, closing bool // a call of that sort has begun and blocks
}

// options are what setsockopt() sets; a listener's go over to its connections.
type options struct {
	reuse       bool // SO_REUSEADDR
	reusePort   bool // SO_REUSEPORT
	lingerOn    bool
	linger      int // seconds
	noDelay     bool
	linger2     tcp.Duration
	userTimeout tcp.Duration
	rcvBuf      int
	keepAlive   bool
	keepIdle    tcp.Duration
	keepEach    tcp.Duration
	keepCount   int
}

func (h *host) socket() *descriptor {
	d := &descriptor{host: h}
	h.descriptors = append(h.descriptors, d)
	return d
}

// number is the connection's, for events; a descriptor may have none yet.
func (d *descriptor) number() int {
	if d == nil || d.conn == nil {
		return 0
	}
	return d.conn.number
}

func (d *descriptor) listening() bool {
	return d.conn != nil && d.conn.conn.State() == tcp.Listen
}

func (d *descriptor) lingers() bool { return d.lingerOn && d.linger > 0 }

// over tells whether the connection is gone for the application: in TIME_WAIT
// too, where only the kernel still knows it.
func (d *descriptor) over() bool {
	return d.conn == nil || d.conn.conn.State() == tcp.Closed || d.conn.conn.Mini()
}

// set is setsockopt().
func (d *descriptor) set(option string, n, m int) {
	switch option {
	case "SO_REUSEADDR":
		d.reuse = n != 0
		if d.conn != nil {
			d.conn.reuse = d.reuse
		}
	case "SO_REUSEPORT":
		d.reusePort = n != 0
	case "SO_LINGER":
		d.lingerOn, d.linger = n != 0, m
	case "TCP_NODELAY":
		d.noDelay = n != 0
	case "TCP_LINGER2":
		// do_tcp_setsockopt: below 0 is never, above two minutes is that.
		d.linger2 = min(tcp.Duration(n)*tcp.Second, 2*tcp.Minute)
	case "TCP_USER_TIMEOUT":
		d.userTimeout = tcp.Duration(n) * ms
	case "SO_RCVBUF":
		d.rcvBuf = max(2*n, 2304) // sock_setsockopt doubles it; SOCK_MIN_RCVBUF
	case "SO_KEEPALIVE":
		d.keepAlive = n != 0
	case "TCP_KEEPIDLE":
		d.keepIdle = tcp.Duration(n) * tcp.Second
	case "TCP_KEEPINTVL":
		d.keepEach = tcp.Duration(n) * tcp.Second
	case "TCP_KEEPCNT":
		d.keepCount = n
	}
	if d.conn != nil {
		d.conn.act(func(c *tcp.Conn) {
			d.adjust(c.Options())
			c.KeepAliveChanged(d.host.run.now)
		}, d.cause)
	}
}

// adjust lays the options over a policy.
func (d *descriptor) adjust(p *tcp.Policy) {
	m := &d.host.machine
	p.Nagle = m.policy.Nagle && !d.noDelay
	p.UserTimeout = d.userTimeout
	p.Linger2 = d.linger2
	if d.rcvBuf > 0 {
		p.RcvBuf = d.rcvBuf
		p.Window = min(m.policy.Window, d.rcvBuf/2/(p.MSS-12)*(p.MSS-12))    // tcp_select_initial_window
		p.Shift = min(p.Shift, uint8(max(0, bits.Len(uint(d.rcvBuf/2))-16))) // likewise
	}
	p.KeepIdle = 0
	if d.keepAlive {
		p.KeepIdle, p.KeepInterval, p.KeepCount = m.keepIdle, m.policy.KeepInterval, m.policy.KeepCount
		if d.keepIdle > 0 {
			p.KeepIdle = d.keepIdle
		}
		if d.keepEach > 0 {
			p.KeepInterval = d.keepEach
		}
		if d.keepCount > 0 {
			p.KeepCount = d.keepCount
		}
	}
}

func (d *descriptor) policy() *tcp.Policy {
	p := d.host.machine.policy
	d.adjust(&p)
	return &p
}

// conflicts is the question of bind(): who else holds the port, and do both
// allow sharing (inet_csk_bind_conflict)? A listener shares
// with no one, unless all have SO_REUSEPORT.
func (h *host) conflicts(d *descriptor, local Endpoint) bool {
	for _, other := range h.descriptors {
		if other != d && !other.gone && other.local.meets(local) && (other.conn == nil || other.listening()) &&
			!(d.reuse && other.reuse && !other.listening()) && !(d.reusePort && other.reusePort) {
			return true
		}
	}
	for _, s := range h.sockets {
		if s.tuple.Local.meets(local) && s.conn.State() != tcp.Closed && s.conn.State() != tcp.Listen && !(d.reuse && s.reuse) && !(d.reusePort && s.reusePort()) {
			return true
		}
	}
	return false
}

// reusePort tells whether the socket still has the descriptor's SO_REUSEPORT.
// What is in TIME_WAIT has it too: the kernel copies it (tw_reuseport).
func (s *socket) reusePort() bool { return s.owner != nil && s.owner.reusePort }

// full tells whether the process may hold no more descriptors (RLIMIT_NOFILE).
func (h *host) full() bool { return h.machine.descriptors > 0 && len(h.fds) >= h.machine.descriptors }

// bind takes a port, or any free one for port 0.
func (h *host) bind(d *descriptor, local Endpoint) tcp.Errno {
	if d.local.Port != 0 {
		return EINVAL
	}
	if local.Port == 0 {
		for n := 0; ; n++ {
			port, more := h.candidate(n)
			if !more {
				return EADDRINUSE
			}
			if local.Port = port; !h.conflicts(d, local) {
				d.local, h.port = local, port+1
				return ""
			}
		}
	}
	if h.conflicts(d, local) {
		return EADDRINUSE
	}
	d.local = local
	return ""
}

// meets tells whether two sockets want the same port of the same address.
func (e Endpoint) meets(f Endpoint) bool {
	return e.Port == f.Port && (e.Addr == f.Addr || e.Addr == 0 || f.Addr == 0)
}

// listenOn makes the descriptor a listener; the question of bind() is asked
// again, since another may have begun to listen (inet_csk_listen_start).
func (h *host) listenOn(d *descriptor, backlog int) tcp.Errno {
	switch {
	case d.listening():
		d.backlog = backlog
		return ""
	case d.conn != nil:
		return EINVAL
	}
	if d.local.Port == 0 {
		if errno := h.bind(d, d.local); errno != "" {
			return errno
		}
	} else if h.conflicts(d, d.local) {
		return EADDRINUSE
	}
	d.backlog = backlog
	d.conn = h.open(FourTuple{Local: d.local}, tcp.New(d.policy(), 0))
	d.conn.owner, d.conn.reuse = d, d.reuse
	d.conn.act(func(c *tcp.Conn) { c.OpenPassive() }, d.cause)
	return ""
}

// candidate is the nth ephemeral port to try, from 0: on from the last one taken,
// and on Linux every other one first (__inet_hash_connect). The kernel begins at
// a random place. There are no more when ok is false.
func (h *host) candidate(n int) (port uint16, ok bool) {
	m := &h.machine
	span := int(m.last) - int(m.first) + 1
	start := max(0, int(h.port)-int(m.first)) % span
	if m.evenFirst {
		if start &^= 1; 2*n < span {
			n = 2 * n
		} else {
			n = 2*(n-(span+1)/2) + 1
		}
	}
	return m.first + uint16((start+n)%span), n < span
}

// evens is how many candidates Linux tries before the rest; they are the same
// ports wherever the search begins. Elsewhere 0.
func (h *host) evens() int {
	if !h.machine.evenFirst {
		return 0
	}
	return (int(h.machine.last) - int(h.machine.first) + 2) / 2
}

// exhausted says of an address and a destination (the port of the first is 0)
// that none of the first candidates is free. Without it every connect() of a load
// that has run out of ports would try them all.
type exhausted struct {
	FourTuple
	candidates int
}

func (h *host) triedInVain(tuple FourTuple) int {
	for _, e := range h.exhausted {
		if e.FourTuple == tuple {
			return e.candidates
		}
	}
	return 0
}

func (h *host) exhaust(tuple FourTuple, candidates int) {
	if !h.counting || h.machine.reuse == 1 { // where time alone may make a port free
		return
	}
	tuple.Local.Port = 0
	for i := range h.exhausted {
		if h.exhausted[i].FourTuple == tuple {
			h.exhausted[i].candidates = candidates
			return
		}
	}
	h.exhausted = append(h.exhausted, exhausted{tuple, candidates})
}

// replenish says that a port is free again. One of the rest leaves the evens as
// they were.
func (h *host) replenish(tuple FourTuple) {
	rest := (tuple.Local.Port-h.machine.first)%2 == 1
	tuple.Local.Port = 0
	for i := range h.exhausted {
		if e := &h.exhausted[i]; e.FourTuple == tuple {
			if rest {
				e.candidates = min(e.candidates, h.evens())
			} else {
				e.candidates = 0
			}
		}
	}
}

// connectTo opens the descriptor's connection.
func (h *host) connectTo(d *descriptor, remote Endpoint) tcp.Errno {
	byHand := d.local.Port != 0
	tuple, iss, errno := h.choose(d.local, remote, d.cause)
	if errno != "" {
		return errno
	}
	s := h.open(tuple, tcp.New(d.policy(), iss))
	s.owner, s.reuse = d, d.reuse
	if byHand {
		s.holdsPort()
	}
	d.conn, d.local = s, tuple.Local
	s.conn.ReadByCalls()
	s.act(func(c *tcp.Conn) { c.OpenActive() }, d.cause)
	return ""
}

// choose finds the 4-tuple and the first number of a new connection. A port that
// was chosen by bind() may take over from TIME_WAIT whenever timestamps tell
// old from new; one that the kernel chooses, only as tcp_tw_reuse allows
// (tcp_twsk_unique).
func (h *host) choose(local, remote Endpoint, cause int) (tuple FourTuple, iss tcp.Seq, errno tcp.Errno) {
	byHand := local.Port != 0
	if local.Addr == 0 {
		local.Addr = h.address()
	}
	if byHand {
		if iss, free := h.claim(FourTuple{local, remote}, byHand, cause); free {
			return FourTuple{local, remote}, iss, ""
		}
		return FourTuple{}, 0, EADDRNOTAVAIL
	}
	for n := h.triedInVain(FourTuple{local, remote}); ; n++ {
		port, more := h.candidate(n)
		if !more || n > 0 && n == h.evens() {
			h.exhaust(FourTuple{local, remote}, n)
		}
		if !more {
			return FourTuple{}, 0, EADDRNOTAVAIL
		}
		local.Port = port
		if iss, free := h.claim(FourTuple{local, remote}, byHand, cause); free {
			h.tookPort(port)
			return FourTuple{local, remote}, iss, ""
		}
	}
}

// claim makes a 4-tuple free for a new connection if it can be, and says with
// which number that one begins.
func (h *host) claim(tuple FourTuple, byHand bool, cause int) (iss tcp.Seq, free bool) {
	if !byHand && h.boundByHand(tuple.Local) {
		return 0, false
	}
	var wait tcp.PortWait
	old := h.tuples[tuple.words()]
	if slot, sleeps := h.resting.find(tuple); sleeps {
		if wait = h.resting.at(h.resting.index[slot] - 1).Waits(&h.machine.policy); !h.mayReuse(wait, byHand) {
			return 0, false
		}
		old = h.rouse(slot)
	} else if old == nil {
		return h.iss(tuple), true
	} else if wait = old.conn.Waits(); !h.mayReuse(wait, byHand) {
		return 0, false
	}
	old.act(func(c *tcp.Conn) { c.Replace() }, cause)
	return wait.Next, true
}

// tookPort lets the search for the next port begin behind this one.
func (h *host) tookPort(local uint16) {
	h.port = local + 1
	if h.machine.evenFirst {
		h.port = local + 2
	}
}

// holdsPort: the port was chosen by bind().
func (s *socket) holdsPort() {
	s.byHand = true
	s.host.byHand = append(s.host.byHand, s)
}

// boundByHand tells whether bind() took the port: connect() leaves it alone.
func (h *host) boundByHand(local Endpoint) bool {
	for _, d := range h.descriptors {
		if !d.gone && d.local.meets(local) && (d.conn == nil || d.listening()) {
			return true
		}
	}
	for _, s := range h.byHand {
		if s.tuple.Local.meets(local) && s.conn.State() != tcp.Closed {
			return true
		}
	}
	return false
}

// mayReuse is the condition of tcp_twsk_unique. Value 2 of tcp_tw_reuse means
// the loopback interface alone, which two hosts do not share.
func (h *host) mayReuse(w tcp.PortWait, byHand bool) bool {
	if !w.Waiting || !w.Timestamps {
		return false
	}
	if byHand {
		return true
	}
	return h.machine.reuse == 1 && w.TimeWait && Duration(h.run.now-w.Since) >= h.machine.reuseDelay
}

// send gives all of the text to the connection.
func (d *descriptor) send(t *task) (int, tcp.Errno, bool) {
	if d.conn == nil {
		return 0, tcp.EPIPE, true
	}
	c := d.conn.conn
	if c.State() == tcp.SynSent || c.State() == tcp.SynRcvd {
		return 0, "", false
	}
	if e := c.TakeTrouble(); e != "" {
		return 0, e, true
	}
	errno := tcp.EPIPE
	if !d.over() {
		d.conn.act(func(c *tcp.Conn) { errno = c.Send(d.conn.text(t)) }, d.cause)
	}
	if errno != "" {
		return 0, tcp.EPIPE, true
	}
	d.conn.written += t.n
	return t.n, "", true
}

// receive is recv() of at most limit bytes.
func (d *descriptor) receive(limit int) (n int, errno tcp.Errno, ready bool) {
	if d.conn == nil || d.listening() {
		return 0, tcp.ENOTCONN, true
	}
	d.conn.act(func(c *tcp.Conn) { n, errno, ready = c.Receive(d.host.run.now, limit) }, d.cause)
	return n, errno, ready
}

// drain is recv() again and again until the end or an error.
func (d *descriptor) drain() (int, tcp.Errno, bool) {
	for {
		n, errno, ready := d.receive(maxBytes)
		if !ready || n == 0 {
			return n, errno, ready
		}
	}
}

// shutdown is shutdown() (inet_shutdown).
func (d *descriptor) shutdown(how string) (errno tcp.Errno) {
	switch {
	case d.over():
		return tcp.ENOTCONN
	case d.listening() && how == "WR":
		return ""
	case d.listening(): // the descriptor becomes a plain one again, with its port
		d.unlisten()
		d.conn = nil
		return ""
	}
	d.conn.act(func(c *tcp.Conn) {
		if how != "WR" {
			c.ShutdownRead()
		}
		if how != "RD" {
			errno = c.Shutdown()
		}
	}, d.cause)
	return errno
}

// unlisten ends a listener, and with it the connections that nobody has
// accepted (inet_csk_listen_stop).
func (d *descriptor) unlisten() {
	d.conn.act(func(c *tcp.Conn) { c.Close(d.host.run.now) }, d.cause)
	for _, s := range d.waiting {
		s.act(func(c *tcp.Conn) { c.Abort() }, d.cause)
	}
	for _, s := range d.host.sockets {
		if s.owner == d && s.conn.State() == tcp.SynRcvd {
			s.act(func(c *tcp.Conn) { c.Forget() }, d.cause)
		}
	}
	d.waiting = nil
}

// close gives the descriptor back. An unread byte or SO_LINGER with no time
// makes it an abort.
func (d *descriptor) close() {
	d.gone = true
	now := d.host.run.now
	switch {
	case d.conn == nil:
	case d.listening():
		d.unlisten()
	case d.over():
	case d.lingerOn && d.linger == 0 && d.conn.conn.Unread() == 0:
		d.conn.act(func(c *tcp.Conn) { c.Abort() }, d.cause)
	case d.lingers():
		d.conn.act(func(c *tcp.Conn) { c.BeginClose(now) }, d.cause)
	default:
		d.conn.act(func(c *tcp.Conn) { c.Close(now) }, d.cause)
	}
}

// Bits of poll().
const (
	pollIn    = 0x1
	pollOut   = 0x4
	pollErr   = 0x8
	pollHup   = 0x10
	pollRdHup = 0x2000
)

// poll is poll() without waiting (tcp_poll).
func (d *descriptor) poll() int {
	if d.conn == nil {
		return pollOut | pollHup
	}
	c := d.conn.conn
	bits := 0
	if d.listening() {
		if len(d.waiting) > 0 {
			bits |= pollIn
		}
		return bits
	}
	over := d.over()
	deaf, mute := over || c.Ended() || c.Deaf(), over || c.Mute() // RCV_SHUTDOWN, SEND_SHUTDOWN
	if deaf && mute {
		bits |= pollHup
	}
	if deaf {
		bits |= pollIn | pollRdHup
	}
	if c.State() != tcp.SynSent && c.State() != tcp.SynRcvd {
		if c.Unread() > 0 {
			bits |= pollIn
		}
		if room := d.host.machine.sndBuf; mute || room == 0 || c.Backlog() < room*2/3 { // sk_stream_is_writeable
			bits |= pollOut
		}
	}
	if c.Trouble() != "" {
		bits |= pollErr
	}
	return bits
}

// takeError is getsockopt(SO_ERROR): the error as the value, once.
func (d *descriptor) takeError() tcp.Errno {
	if d.conn == nil {
		return ""
	}
	return d.conn.conn.TakeTrouble()
}

// text is what a send writes.
func (s *socket) text(t *task) []byte {
	if t.text == nil {
		return stream(s.host.index, s.written, t.n)
	}
	if s.said == nil {
		s.firstText = s.conn.SndNxt()
	}
	s.said = append(s.said, saying{s.written + len(t.text), t.message})
	return t.text
}

// carries names the message that a segment's text begins in.
func (s *socket) carries(seg *tcp.Segment) string {
	at := s.firstText.To(seg.Seq)
	for _, m := range s.said {
		if len(seg.Text) > 0 && at < m.end {
			return m.name
		}
	}
	return ""
}

// saying is a message that the application has sent, by where it ends in the
// stream.
type saying struct {
	end  int
	name string
}
