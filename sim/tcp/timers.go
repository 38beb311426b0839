package tcp

// Timer names one of the timers of a connection.
type Timer uint8

const (
	RTO           Timer = iota // retransmission, RFC 6298
	TimeWaitTimer              // 2MSL, RFC 9293, 3.10.8
	FinWait2Timer              // an orphan's patience with its peer; in no RFC
	DelayedACK                 // RFC 9293, 3.8.6.3
	LossProbe                  // RFC 8985, 7
	Persist                    // RFC 9293, 3.8.6.1
	KeepAlive                  // RFC 9293, 3.8.4
	numTimers
)

// String gives the name on diagrams: the state it limits, or what it is for.
func (t Timer) String() string {
	return [...]string{"RTO", "TIME_WAIT", "FIN_WAIT_2", "ACK", "TLP", "PERSIST", "KEEPALIVE"}[t]
}

// NumTimers is how many timers a connection has.
const NumTimers = int(numTimers)

type timers [numTimers]struct {
	on  bool
	due Instant
}

// Deadline is the instant of the earliest timer; ok is false when none runs.
func (c *Conn) Deadline() (at Instant, ok bool) {
	for i := range c.timers {
		if t := &c.timers[i]; t.on && (!ok || t.due < at) {
			at, ok = t.due, true
		}
	}
	return at, ok
}

// Timeout fires every timer that is due (3.10.8).
func (c *Conn) Timeout(now Instant) {
	c.now = now
	for name := range numTimers {
		t := &c.timers[name]
		if !t.on || t.due > now {
			continue
		}
		t.on = false
		c.effect(TimerFire).Timer = name
		switch name {
		case RTO:
			c.retransmit(now)
		case TimeWaitTimer:
			c.quit(WhyTimeWaitOver)
		case FinWait2Timer:
			c.finWait2Fired(now)
		case DelayedACK:
			c.ackTimerFired()
		case LossProbe:
			c.probeLoss(now)
		case Persist:
			c.probeWindow(now)
		case KeepAlive:
			c.keepAlive(now)
		}
	}
}

func (c *Conn) start(name Timer, due Instant) {
	t := &c.timers[name]
	e := c.effect(TimerStart)
	e.Timer, e.Due, e.Again = name, due, t.on
	t.on, t.due = true, due
}

func (c *Conn) stop(name Timer) {
	if c.timers[name].on {
		c.timers[name].on = false
		c.effect(TimerStop).Timer = name
	}
}

func (c *Conn) stopAll() {
	for name := range numTimers {
		c.stop(name)
	}
}

// ticks rounds a span up to whole ticks.
func (p *Policy) ticks(d Duration) Duration {
	if p.Tick > 0 {
		return (d + p.Tick - 1) / p.Tick * p.Tick
	}
	return d
}

// rto is the retransmission timeout as the timer will keep it.
func (c *Conn) rto() Duration { return c.policy.ticks(c.rtt.rto) }

// enterTimeWait turns the other timers off and starts the 2MSL timer
// (3.10.7.4, eighth check). A host that holds as many connections in TIME_WAIT
// as it may lets this one go at once (tcp_max_tw_buckets).
func (c *Conn) enterTimeWait(now Instant, why Why) {
	c.stop(RTO)
	c.stop(LossProbe)
	c.stop(Persist)
	c.stop(KeepAlive)
	c.stop(FinWait2Timer)
	if c.Crowded && !c.mini {
		c.flushACK()
		c.quit(WhyTimeWaitFull)
		return
	}
	c.enter(TimeWait, why)
	c.becomeMini(now)
	c.start(TimeWaitTimer, now.Add(c.timeWait()))
}

// timeWait is how long the connection stays in TIME_WAIT.
func (c *Conn) timeWait() Duration {
	if c.policy.Recycle && c.stamps {
		return c.rto() * 7 / 2 // tcp_time_wait: two retransmissions fit
	}
	return c.policy.TimeWait
}

// startFinWait2 limits how long an orphan waits for the peer's FIN.
func (c *Conn) startFinWait2(now Instant) {
	if !c.orphan || c.timers[FinWait2Timer].on || c.mini {
		return
	}
	if c.policy.Minisock {
		c.leaveOrphan(now)
	} else if c.policy.FinWait2 > 0 {
		c.start(FinWait2Timer, now.Add(c.policy.FinWait2))
	}
}

// orphanTime is how long an orphan may stay in FIN_WAIT_2 (tcp_fin_time): never
// less than two retransmissions of the peer's FIN would take.
func (c *Conn) orphanTime() Duration {
	d := c.policy.FinWait2
	if c.policy.Linger2 > 0 {
		d = c.policy.Linger2
	}
	return max(d, c.rto()*7/2)
}

// leaveOrphan shrinks an orphan in FIN_WAIT_2 to what must remain. What
// remains can wait no longer than TIME_WAIT lasts; the time beyond is spent
// before, and then, as Linux counts, once more.
func (c *Conn) leaveOrphan(now Instant) {
	wait := c.orphanTime()
	switch {
	case c.policy.Linger2 < 0: // close() came after the ACK of our FIN
		c.transmit(c.abortSegment(), WhySentAbort, 0)
		c.quit(WhyFinWait2Over)
	case wait > c.policy.TimeWait:
		c.start(FinWait2Timer, now.Add(c.policy.ticks(wait-c.policy.TimeWait)))
	default:
		c.shrink(now, wait)
	}
}

func (c *Conn) shrink(now Instant, wait Duration) {
	if c.Crowded {
		c.quit(WhyTimeWaitFull)
		return
	}
	c.stop(KeepAlive)
	c.stop(DelayedACK)
	c.becomeMini(now)
	c.start(FinWait2Timer, now.Add(c.policy.ticks(wait)))
}

// finWait2Fired ends an orphan's patience, or the first part of it.
func (c *Conn) finWait2Fired(now Instant) {
	if rest := c.orphanTime() - c.policy.TimeWait; c.policy.Minisock && !c.mini && rest > 0 {
		c.shrink(now, rest)
		return
	}
	c.quit(WhyFinWait2Over)
}
