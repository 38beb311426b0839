package tcp

// Timer names one of the timers of a connection.
type Timer uint8

const (
	RTO           Timer = iota // retransmission, RFC 6298
	TimeWaitTimer              // 2MSL, RFC 9293, 3.10.8
	FinWait2Timer              // an orphan's patience with its peer; in no RFC
	numTimers
)

// String gives the name on diagrams: the state it limits, or RTO.
func (t Timer) String() string { return [...]string{"RTO", "TIME_WAIT", "FIN_WAIT_2"}[t] }

type timers [numTimers]struct {
	on   bool
	due  Instant
	mark int // Cause that the firing carries: whatever started it
}

// Deadline is the instant of the earliest timer; ok is false when none runs.
func (c *Conn) Deadline() (at Instant, ok bool) {
	for _, t := range c.timers {
		if t.on && (!ok || t.due < at) {
			at, ok = t.due, true
		}
	}
	return at, ok
}

// Timeout fires every timer that is due (3.10.8).
func (c *Conn) Timeout(now Instant) {
	for name := range numTimers {
		t := &c.timers[name]
		if !t.on || t.due > now {
			continue
		}
		t.on = false
		c.effect(Effect{Kind: TimerFire, Timer: name})
		switch name {
		case RTO:
			c.retransmit(now)
		case TimeWaitTimer:
			c.quit(WhyTimeWaitOver)
		case FinWait2Timer:
			c.quit(WhyFinWait2Over)
		}
	}
}

func (c *Conn) start(name Timer, due Instant) {
	t := &c.timers[name]
	c.effect(Effect{Kind: TimerStart, Timer: name, Due: due, Again: t.on})
	t.on, t.due = true, due
}

func (c *Conn) stop(name Timer) {
	if c.timers[name].on {
		c.timers[name].on = false
		c.effect(Effect{Kind: TimerStop, Timer: name})
	}
}

func (c *Conn) stopAll() {
	for name := range numTimers {
		c.stop(name)
	}
}

// enterTimeWait turns the other timers off and starts the 2MSL timer
// (3.10.7.4, eighth check).
func (c *Conn) enterTimeWait(now Instant, why Why) {
	c.stop(RTO)
	c.stop(FinWait2Timer)
	c.enter(TimeWait, why)
	c.start(TimeWaitTimer, now.Add(c.policy.TimeWait))
}

// startFinWait2 limits how long an orphan waits for the peer's FIN.
func (c *Conn) startFinWait2(now Instant) {
	if c.orphan && c.policy.FinWait2 > 0 && !c.timers[FinWait2Timer].on {
		c.start(FinWait2Timer, now.Add(c.policy.FinWait2))
	}
}

// retransmit is what the RTO asks for: the earliest segment again, and twice
// the patience (RFC 6298, 5.4 to 5.6), until R2 (RFC 9293, 3.8.3).
func (c *Conn) retransmit(now Instant) {
	head := &c.flight[0]
	if head.retries >= c.policy.R2 {
		c.fail(WhyGaveUp, ETIMEDOUT)
		return
	}
	head.retries++
	c.rtt.backOff(c.policy)
	seg := Segment{Seq: head.seq, Flags: head.flags, Wnd: c.policy.Window, Text: head.text}
	if head.flags.Has(ACK) {
		seg.Ack = c.rcv.nxt
		c.ackDue = false
	}
	c.transmit(seg, WhySentRTO, head.retries)
	c.start(RTO, now.Add(c.rtt.rto))
}

// estimator holds the round-trip estimate of RFC 6298, section 2, in integers.
type estimator struct {
	measuredOnce bool
	srtt, rttvar Duration
	rto          Duration
}

// measured takes one sample and with it ends any backing off.
func (e *estimator) measured(p Policy, r Duration) {
	if !e.measuredOnce {
		e.measuredOnce = true
		e.srtt, e.rttvar = r, r/2
	} else {
		off := e.srtt - r
		if off < 0 {
			off = -off
		}
		e.rttvar = (3*e.rttvar + off) / 4
		e.srtt = (7*e.srtt + r) / 8
	}
	e.rto = min(max(e.srtt+4*e.rttvar, p.RTOMin), p.RTOMax)
}

func (e *estimator) backOff(p Policy) { e.rto = min(2*e.rto, p.RTOMax) }

// rtoAfterLostSYN is what the RTO becomes when data begin to flow after a SYN
// that had to be sent again (RFC 6298, 5.7).
const rtoAfterLostSYN = 3 * Second
