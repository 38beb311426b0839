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

// Restart says what makes TIME_WAIT begin anew.
type Restart uint8

const (
	RestartFIN    Restart = iota // the peer's FIN again (RFC 9293, 3.10.7.4)
	RestartAnyACK                // any segment with ACK that gets that far (Linux, tcp_timewait_state_process)
	RestartNever                 // nothing: a counterfactual for lessons
)

// Policy holds the numbers and choices that a TCP is free to make, or that a
// lesson changes to show what would follow.
type Policy struct {
	TimeWait Duration // length of TIME_WAIT; 0 is allowed as a counterfactual
	Restart  Restart
	RTOFirst Duration // before the first measurement (RFC 6298, 2.1)
	RTOMin   Duration // RFC 6298, 2.4
	RTOMax   Duration // RFC 6298, 2.5
	R2       int      // retransmissions before giving up (RFC 9293, 3.8.3)
	FinWait2 Duration // how long an orphan waits in FIN_WAIT_2; 0 is without limit
	MSS      int      // largest text of one segment, in bytes
	Window   int      // receive buffer, in bytes
}

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
	Why      Why
	Cause    int // the caller's mark of what provoked it
	Segment  Segment
	Retry    int
	From, To State
	Timer    Timer
	Due      Instant
	Again    bool // TimerStart: it was running already
	Text     []byte
	Errno    Errno
}

// Conn is a transmission control block (3.3.1) and the queue around it.
type Conn struct {
	// Cause is the caller's mark of the current stimulus.
	Cause int

	policy Policy
	state  State
	// passive: opened by LISTEN, so that a RST in SYN_RCVD is no user's error.
	passive bool
	// orphan: the application called close() and will read nothing more, so
	// that new data must be answered by RST (3.6.1).
	orphan bool

	iss, irs Seq
	snd      struct {
		una, nxt Seq
		wnd      int
		wl1, wl2 Seq // segment that set wnd last
		maxWnd   int // largest window seen, for RFC 5961, 5.2
	}
	rcv struct{ nxt Seq }

	unsent   []byte // SENDs not yet segmentized
	sendMark int    // Cause of the last SEND
	fin      finProgress
	finMark  int // Cause of the CLOSE
	flight   []sent
	held     []Segment // out-of-order text, by sequence number

	ackDue  bool
	ackWhy  Why
	ackMark int

	rtt    estimator
	timers timers

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
	at      Instant
	retries int
}

func (s sent) end() Seq { return Segment{Seq: s.seq, Flags: s.flags, Text: s.text}.End() }

// New makes an end in CLOSED whose first sequence number will be iss.
func New(p Policy, iss Seq) *Conn {
	c := &Conn{policy: p, iss: iss}
	c.snd.una, c.snd.nxt = iss, iss
	c.rtt.rto = p.RTOFirst
	return c
}

// NewEstablished makes an end as a finished handshake leaves it: SND.NXT, RCV.NXT,
// the peer's window, and one measured round trip (ruling 4).
func NewEstablished(p Policy, sndNxt, rcvNxt Seq, wnd int, rtt Duration) *Conn {
	c := New(p, sndNxt-1)
	c.state = Established
	c.irs = rcvNxt - 1
	c.snd.una, c.snd.nxt = sndNxt, sndNxt
	c.rcv.nxt = rcvNxt
	c.snd.wnd, c.snd.maxWnd = wnd, wnd
	c.snd.wl1, c.snd.wl2 = rcvNxt-1, sndNxt
	c.rtt.measured(p, rtt)
	return c
}

// State is the current state.
func (c *Conn) State() State { return c.state }

// SndNxt is SND.NXT, the next sequence number to send.
func (c *Conn) SndNxt() Seq { return c.snd.nxt }

// RcvNxt is RCV.NXT, the next sequence number expected.
func (c *Conn) RcvNxt() Seq { return c.rcv.nxt }

// Drain returns what happened since the last call, in order.
func (c *Conn) Drain() []Effect {
	out := c.effects
	c.effects = c.effects[len(c.effects):]
	return out
}

func (c *Conn) effect(e Effect) {
	e.Cause = c.Cause
	c.effects = append(c.effects, e)
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

// Send queues text (3.10.2).
func (c *Conn) Send(text []byte) Errno {
	switch c.state {
	case Closed, Listen:
		return ENOTCONN
	case SynSent, SynRcvd, Established, CloseWait:
		if c.fin != finNone {
			return EPIPE
		}
		c.unsent = append(c.unsent, text...)
		c.sendMark = c.Cause
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
	c.orphan = true
	errno := c.finish(WhyCloseCall)
	if c.state == FinWait2 {
		c.startFinWait2(now)
	}
	return errno
}

// finish is 3.10.4, state by state.
func (c *Conn) finish(why Why) Errno {
	switch c.state {
	case Closed:
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
		c.transmit(Segment{Seq: c.snd.nxt, Ack: c.rcv.nxt, Flags: RST | ACK}, WhySentAbort, 0)
	case SynSent, Closing, LastAck, TimeWait:
		// Nothing to tell: the peer has not answered, or has finished sending.
	}
	c.quit(WhyAbortCall)
	return ""
}

// quit deletes the TCB.
func (c *Conn) quit(why Why) {
	c.stopAll()
	c.unsent, c.flight, c.held = nil, nil, nil
	c.ackDue = false
	c.enter(Closed, why)
}

// fail ends the connection with an error that the application sees, if it is
// still there to see it.
func (c *Conn) fail(why Why, errno Errno) {
	if !c.orphan {
		c.effect(Effect{Kind: Fail, Errno: errno})
	}
	c.quit(why)
}
