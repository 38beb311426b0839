package tcp

// Instant is a point of virtual time in microseconds since the run began.
type Instant int64

// Duration is a span of virtual time in microseconds.
type Duration int64

const (
	Microsecond Duration = 1
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
)

// Add moves the instant by d.
func (t Instant) Add(d Duration) Instant { return t + Instant(d) }

// Errno is the name of the error that a socket call returns.
type Errno string

const (
	ECONNREFUSED Errno = "ECONNREFUSED"
	ECONNRESET   Errno = "ECONNRESET"
	ETIMEDOUT    Errno = "ETIMEDOUT"
	ENOTCONN     Errno = "ENOTCONN"
	EPIPE        Errno = "EPIPE"
	EISCONN      Errno = "EISCONN"
)

// EffectKind says what an Effect is.
type EffectKind uint8

const (
	Transmit   EffectKind = iota // Segment goes to the network; Retry counts earlier copies
	Enter                        // a transition From, To
	TimerStart                   // Timer runs until Due; also when it is started anew
	TimerStop                    // Timer is cancelled
	TimerFire                    // Timer is due now
	Deliver                      // Text reached the application in order
	EndOfFile                    // the application reads 0
	Fail                         // the application learns Errno
	Ignore                       // the arriving segment is dropped
)

// Effect is one thing that a verb did. Fields that a kind does not name are zero.
type Effect struct {
	Kind     EffectKind
	From, To State
	Timer    Timer
	Again    bool // TimerStart: it was running already
	Foreign  bool // Deliver: the text came by a foreign segment
	Due      Instant
	Why      Why
	Cause    int // the caller's mark of what provoked it
	Segment  Segment
	Retry    int
	Text     []byte
	Errno    Errno
}

// Conn is a transmission control block (3.3.1) and the queue around it.
type Conn struct {
	// Cause is the caller's mark of the current stimulus.
	Cause int
	// QueueFull is the caller's word that the listener holds as many connections
	// as it may until one is accepted.
	QueueFull bool
	// Crowded is the caller's word that its host holds as many connections in
	// TIME_WAIT as it may.
	Crowded bool

	policy *Policy // shared, and so not changed; Options makes one of its own
	own    bool    // it has one
	state  State
	// passive: opened by LISTEN, so that a RST in SYN_RCVD is no user's error.
	passive bool
	// ended: there was a connection, and it is over.
	ended bool
	// orphan: the application called close() and will read nothing more, so
	// that new data must be answered by RST (3.6.1).
	orphan bool
	// deaf: the application wants to read nothing more, so that text after our
	// FIN must be answered by RST.
	deaf bool
	// mini: only what minisock.go needs remains.
	mini      bool
	waitSince Instant
	now       Instant // of the current verb

	iss, irs Seq
	snd      struct {
		una, nxt Seq
		wnd      int
		wl1, wl2 Seq // segment that set wnd last
		maxWnd   int // largest window seen, for RFC 5961, 5.2
	}
	rcv struct {
		nxt   Seq
		edge  Seq   // right edge of the window that was offered
		shift uint8 // of the window, if both ends scale theirs
		space       // of a buffer with a size
	}
	scales   bool   // both ends do
	peerMSS  int    // largest text that the peer takes
	sack     bool   // both ends permit SACK
	stamps   bool   // both ends use timestamps
	recent   uint32 // TS.Recent of RFC 7323
	synStamp uint32 // of the first SYN that was sent

	synStampLast uint32 // and of the last

	unsent   []byte // SENDs not yet segmentized
	seams    []seam // between its pieces
	push     bool   // its last piece ends a SEND
	writing  bool   // there will be more of the SEND
	pushed   Seq    // the end of the latest piece that was marked to be pushed
	sendMark int    // Cause of the last SEND
	fin      finProgress
	finMark  int // Cause of the CLOSE
	flight   []sent
	held     []Segment // out-of-order text, by sequence number

	byCalls  bool    // the application reads by calls
	unread   []chunk // what it has not read
	kept     int     // what that costs
	peerDone bool    // the peer's FIN was received in order
	trouble  Errno   // that a call has yet to report

	ackDue  bool
	ackWhy  Why
	ackMark int
	ack     ackState

	rtt    estimator
	timers timers

	timeouts    int     // in a row, without an ACK of something new
	firstRepeat Instant // the first of them; of a SYN, its first sending
	probed      bool    // a tail loss probe is out
	probedUpTo  Seq
	recovering  bool // after a timeout, until recoverUpTo is acknowledged
	recoverUpTo Seq
	cwnd        int     // segments that may be out
	smallEnd    Seq     // end of the last small segment
	persisted   int     // window probes in a row, for the backing off
	persistFrom Instant // the first of them
	unanswered  int     // probes of window or life without any answer
	heardAt     Instant

	effects []Effect
}

// finProgress follows our FIN from the call to its acknowledgment.
type finProgress uint8

const (
	finNone   finProgress = iota
	finQueued             // behind unsent text
	finSent
	finAcked
)

// sent is one segment that awaits acknowledgment, kept as it was formed.
type sent struct {
	seq     Seq
	flags   Flags
	text    []byte
	at      Instant // sent last
	retries int
	lost    bool // given up by a timeout, and not yet sent again
}

func (s *sent) end() Seq { return s.seq + Seq(occupied(s.flags, s.text)) }

// New makes an end in CLOSED whose first sequence number will be iss. Many may
// share a policy.
func New(p *Policy, iss Seq) *Conn {
	c := &Conn{}
	c.Renew(p, iss)
	return c
}

// Renew makes a connection that is over into a new one, as New would make it. A
// host that has many of them need not ask for memory each time.
func (c *Conn) Renew(p *Policy, iss Seq) {
	*c = Conn{policy: p, iss: iss, seams: c.seams[:0], flight: c.flight[:0], held: c.held[:0], effects: c.effects[:0]}
	c.snd.una, c.snd.nxt, c.pushed = iss, iss, iss+1
	c.rtt.rto = p.RTOFirst
	c.cwnd = p.InitialWindow
	c.ack.segment = leastSegment
	c.peerMSS = p.MSS
}

// NewEstablished makes an end as a finished handshake with such a peer leaves it: SND.NXT, RCV.NXT,
// the peer's window, and one measured round trip (ruling 4).
func NewEstablished(p, peer *Policy, sndNxt, rcvNxt Seq, rtt Duration) *Conn {
	c := New(p, sndNxt-1)
	c.state = Established
	c.irs = rcvNxt - 1
	c.snd.una, c.snd.nxt = sndNxt, sndNxt
	c.rcv.nxt = rcvNxt
	c.agree(&Segment{MSS: peer.MSS, Scale: peer.Scale, Shift: peer.Shift, SACK: peer.SACK})
	c.snd.wnd, c.snd.maxWnd = peer.Window, peer.Window
	c.snd.wl1, c.snd.wl2 = rcvNxt-1, sndNxt
	c.rcv.edge, c.ack.sent = rcvNxt, rcvNxt
	c.makeSpace()
	c.rcv.edge += Seq(c.window())
	c.smallEnd = sndNxt
	c.stamps, c.recent = p.Timestamps, tsStart+peer.TSOffset
	c.rtt.una, c.rtt.nxt = sndNxt, sndNxt
	c.rtt.measured(p, rtt)
	return c
}

// State is the current state.
func (c *Conn) State() State { return c.state }

// SndNxt is SND.NXT, the next sequence number to send.
func (c *Conn) SndNxt() Seq { return c.snd.nxt }

// RcvNxt is RCV.NXT, the next sequence number expected.
func (c *Conn) RcvNxt() Seq { return c.rcv.nxt }

// Drain returns what happened since the last call, in order. The list is good
// until the next verb.
func (c *Conn) Drain() []Effect {
	out := c.effects
	c.effects = c.effects[:0]
	return out
}

// effect adds one to the list, to be filled in where it stands: it is large, and
// a run of many connections has many.
func (c *Conn) effect(kind EffectKind) *Effect {
	n := len(c.effects)
	if n < cap(c.effects) {
		c.effects = c.effects[:n+1]
		c.effects[n] = Effect{}
	} else {
		c.effects = append(c.effects, Effect{})
	}
	e := &c.effects[n]
	e.Kind, e.Cause = kind, c.Cause
	return e
}

// OpenActive is the OPEN call of a client (3.10.1).
func (c *Conn) OpenActive() Errno {
	if c.state != Closed {
		return EISCONN
	}
	c.sendMark = c.Cause
	c.enter(SynSent, WhyOpenCall)
	return ""
}

// OpenPassive is the OPEN call of a server (3.10.1).
func (c *Conn) OpenPassive() Errno {
	if c.state != Closed {
		return EISCONN
	}
	c.passive = true
	c.enter(Listen, WhyListenCall)
	return ""
}

// Send queues text (3.10.2), which must not be changed afterwards.
func (c *Conn) Send(now Instant, text []byte) Errno {
	switch c.state {
	case Closed:
		if c.ended {
			return EPIPE
		}
		return ENOTCONN
	case Listen:
		return ENOTCONN
	case SynSent, SynRcvd, Established, CloseWait:
		if c.fin != finNone {
			return EPIPE
		}
		c.now, c.sendMark = now, c.Cause
		c.queue(now, text)
		return ""
	case FinWait1, FinWait2, Closing, LastAck, TimeWait:
		return EPIPE
	}
	return ENOTCONN
}

// Shutdown is shutdown(SHUT_WR), which is what 3.10.4 calls CLOSE: no more to
// send, still reading.
func (c *Conn) Shutdown() Errno { return c.finish(WhyShutdownCall) }

// Close is close(): the application is gone. Both directions end for it, so
// that later data is answered by RST (3.6.1, the half-duplex close).
func (c *Conn) Close(now Instant) Errno {
	errno := c.BeginClose(now)
	c.Abandon(now)
	return errno
}

// BeginClose is close() of an application that lingers (SO_LINGER): it asks for
// the end and waits, so that the connection is not yet an orphan. Text that it
// has not read is lost, which the peer must be told by RST (RFC 2525, 2.17).
func (c *Conn) BeginClose(now Instant) Errno {
	c.now, c.deaf = now, true
	if len(c.unread) > 0 && c.state != TimeWait && c.state != Closed {
		c.unread, c.kept = nil, 0
		c.transmit(c.abortSegment(), WhySentUnread, 0)
		c.quit(WhyUnreadData)
		return ""
	}
	return c.finish(WhyCloseCall)
}

// Abandon makes the connection an orphan: no application waits for it.
func (c *Conn) Abandon(now Instant) {
	c.now, c.orphan = now, true
	if c.state == FinWait2 {
		c.startFinWait2(now)
	}
}

// Lingering tells whether close() of an application that lingers still waits.
func (c *Conn) Lingering() bool {
	return c.state == FinWait1 || c.state == Closing || c.state == LastAck
}

// finish is 3.10.4, state by state.
func (c *Conn) finish(why Why) Errno {
	switch c.state {
	case Closed:
		if why == WhyCloseCall {
			return "" // no connection, but a descriptor, and that is closed
		}
		return ENOTCONN
	case Listen, SynSent:
		// Nothing was promised to anybody: no segment, the TCB just goes.
		c.quit(why)
		return ""
	case SynRcvd, Established:
		c.queueFin()
		c.enter(FinWait1, why)
		return ""
	case CloseWait:
		c.queueFin()
		c.enter(LastAck, why)
		return ""
	case FinWait1, FinWait2, Closing, LastAck, TimeWait:
		return "" // the FIN is on its way; there is never a second one
	}
	return ENOTCONN
}

func (c *Conn) queueFin() {
	c.fin = finQueued
	c.finMark = c.Cause
}

// Abort is the ABORT call (3.10.5): forget the connection and tell the peer.
func (c *Conn) Abort() Errno {
	switch c.state {
	case Closed:
		return ENOTCONN
	case Listen:
		c.quit(WhyCloseCall)
		return ""
	case SynRcvd, Established, FinWait1, FinWait2, CloseWait:
		c.transmit(c.abortSegment(), WhySentAbort, 0)
	case SynSent, Closing, LastAck, TimeWait:
		// Nothing to tell: the peer has not answered, or has finished sending.
	}
	c.quit(WhyAbortCall)
	return ""
}

// Forget deletes a connection that the peer believes to be opening, and tells nobody.
func (c *Conn) Forget() { c.quit(WhyAbortCall) }

// Crash deletes the TCB with the machine that had it. Nobody is told: the peer's
// connection is half-open from here on (3.5.1).
func (c *Conn) Crash() { c.quit(WhyCrash) }

// Backlog is the number of bytes that were sent to the connection and that the
// peer has not acknowledged.
func (c *Conn) Backlog() int { return len(c.unsent) + c.snd.una.To(c.snd.nxt) }

// abortSegment is the RST of an end that still has its TCB.
func (c *Conn) abortSegment() Segment {
	return Segment{Seq: c.snd.nxt, Ack: c.rcv.nxt, Flags: RST | ACK}
}

// quit deletes the TCB.
func (c *Conn) quit(why Why) {
	c.stopAll()
	c.unsent, c.seams, c.flight, c.held = nil, c.seams[:0], c.flight[:0], c.held[:0]
	c.ackDue, c.ack.owed, c.mini = false, false, false
	c.ended = true
	c.enter(Closed, why)
}

// fail ends the connection with an error that the application sees, if it is
// still there to see it: at once, or by its next call.
func (c *Conn) fail(why Why, errno Errno) {
	if c.byCalls {
		c.trouble = errno
	} else if !c.orphan {
		c.effect(Fail).Errno = errno
	}
	c.quit(why)
}

// mss is the largest text to send in one segment: to a peer with a small window
// at most half of it, so that one can be sent while the other is acknowledged,
// and to one with a tiny window all of it.
func (c *Conn) mss() int {
	n, window := c.largestText(), c.snd.maxWnd
	if !c.policy.HalfWindow || window == 0 {
		return n
	}
	if window > leastSegment {
		window /= 2
	}
	least := 68 - 20 // a packet that everybody must take (RFC 791), without the header
	if c.stamps {
		least -= 12
	}
	return min(n, max(window, least))
}

// largestText is what fits into one segment beside its options (RFC 9293, 3.7.1).
func (c *Conn) largestText() int {
	if c.stamps {
		return min(c.policy.MSS, c.peerMSS) - 12
	}
	return min(c.policy.MSS, c.peerMSS)
}
