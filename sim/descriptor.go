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
	linger      int // seconds; below 0 is for ever
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

// full tells whether the process may hold no more descriptors (RLIMIT_NOFILE).
func (h *host) full() bool { return h.machine.descriptors > 0 && len(h.fds) >= h.machine.descriptors }

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

// queueFull tells whether a listener holds as many connections as it may until one
// is accepted (sk_acceptq_is_full).
func (d *descriptor) queueFull() bool { return d.listening() && len(d.waiting) > d.backlog }

func (d *descriptor) lingers() bool { return d.lingerOn && d.linger != 0 }

// over tells whether the connection is gone for the application: in TIME_WAIT
// too, where only the kernel still knows it.
func (d *descriptor) over() bool {
	return d.conn == nil || d.conn.conn.State() == tcp.Closed || d.conn.conn.Mini()
}

// optionBounds are the values that do_tcp_setsockopt takes.
var optionBounds = map[string]struct{ least, most int }{
	"TCP_USER_TIMEOUT": {0, 1<<31 - 1},
	"TCP_KEEPIDLE":     {1, 32767},
	"TCP_KEEPINTVL":    {1, 32767},
	"TCP_KEEPCNT":      {1, 127},
}

// set is setsockopt().
func (d *descriptor) set(option string, n, m int) tcp.Errno {
	if b, bounded := optionBounds[option]; bounded && (n < b.least || n > b.most) {
		return EINVAL
	}
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
	return ""
}

// adjust lays the options over a policy.
func (d *descriptor) adjust(p *tcp.Policy) {
	m := &d.host.machine
	p.Nagle = m.policy.Nagle && !d.noDelay
	p.UserTimeout = d.userTimeout
	p.Linger2 = d.linger2
	if d.rcvBuf > 0 {
		p.RcvBuf = d.rcvBuf
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

// policy is for a connection of this descriptor; heard is whether the SYN that
// opens it had timestamps.
func (d *descriptor) policy(heard bool) *tcp.Policy {
	p := d.host.machine.policy
	d.adjust(&p)
	d.sizeWindow(&p, heard && p.Timestamps)
	return &p
}

// sizeWindow is what a receive buffer of SO_RCVBUF offers at first: half of it,
// in whole segments if it holds one. Timestamps take some of each, which only who
// has had a SYN can know (tcp_select_initial_window).
func (d *descriptor) sizeWindow(p *tcp.Policy, stamped bool) {
	if d.rcvBuf == 0 {
		return
	}
	space, segment := d.rcvBuf/2, p.MSS
	if stamped {
		segment -= 12
	}
	p.Shift = min(p.Shift, uint8(max(0, bits.Len(uint(space))-16)))
	if space > segment {
		space -= space % segment
	}
	p.Window = min(p.Window, space)
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
	d.conn = h.open(FourTuple{Local: d.local}, tcp.New(d.policy(false), 0))
	d.conn.owner, d.conn.reuse = d, d.reuse
	d.conn.act(func(c *tcp.Conn) { c.OpenPassive() }, d.cause)
	return ""
}

// connectTo opens the descriptor's connection.
func (h *host) connectTo(d *descriptor, remote Endpoint) tcp.Errno {
	byHand := d.local.Port != 0
	tuple, iss, errno := h.choose(d.local, remote, d.cause)
	if errno != "" {
		return errno
	}
	s := h.open(tuple, tcp.New(d.policy(false), iss))
	s.owner, s.reuse = d, d.reuse
	if byHand {
		s.holdsPort()
	}
	d.conn, d.local = s, tuple.Local
	s.conn.ReadByCalls()
	s.act(func(c *tcp.Conn) { c.OpenActive() }, d.cause)
	return ""
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
		d.conn.act(func(c *tcp.Conn) { errno = c.Send(d.host.run.now, d.conn.text(t)) }, d.cause)
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
