package tcp

// This file sends again what may be lost: by timeout (RFC 6298), and as Linux
// does it also by a probe of the tail (RFC 8985, 7) and, after a timeout, as
// ACKs come in. Fast retransmission, SACK and RACK are left out.

// probes tells whether the tail of the flight is probed: Linux does so only
// where SACK is permitted.
func (c *Conn) probes() bool { return c.policy.LossProbe && c.sack }

// armForNew sets the timer for text or FIN that was just sent.
func (c *Conn) armForNew(now Instant, first bool) {
	if !c.probes() {
		if !c.timers[RTO].on {
			c.start(RTO, now.Add(c.rto())) // RFC 6298, 5.1
		}
		return
	}
	if timeout := c.flight[0].at.Add(c.rto()); !c.armProbe(now, timeout) && (first || !c.timers[RTO].on) {
		c.stop(LossProbe)
		c.start(RTO, timeout)
	}
}

// armAfterACK sets it for what is still out.
func (c *Conn) armAfterACK(now Instant) {
	probing := c.timers[LossProbe].on
	switch {
	case len(c.flight) == 0:
		c.stop(RTO)
		c.stop(LossProbe)
	case c.armProbe(now, now.Add(c.rto())):
	case probing:
		c.stop(LossProbe)
		c.start(RTO, max(now, c.flight[0].at.Add(c.rto())))
	default:
		c.start(RTO, now.Add(c.rto())) // RFC 6298, 5.3
	}
}

// armProbe lets a probe of the last segment go before the timeout, if nothing
// is known to be lost (tcp_schedule_loss_probe): after two round trips, and the
// least RTO more when the ACK of a single segment may be delayed.
func (c *Conn) armProbe(now Instant, timeout Instant) bool {
	if !c.probes() || c.recovering || !c.state.Synchronized() {
		return false
	}
	wait := c.policy.RTOFirst
	if c.rtt.measuredOnce {
		wait = 2*c.rtt.srtt + c.policy.ProbeSlack
		if len(c.flight) == 1 {
			wait = 2*c.rtt.srtt + c.policy.RTOMin
		}
	}
	due := now.Add(c.policy.ticks(wait))
	if timeout > now {
		due = min(due, timeout)
	}
	c.stop(RTO)
	c.start(LossProbe, due)
	return true
}

// probeLoss sends new text, or else the last segment again, to draw an ACK
// (tcp_send_loss_probe). It counts as no timeout: nothing is doubled.
func (c *Conn) probeLoss(now Instant) {
	if len(c.flight) > 0 && !c.probed {
		out := len(c.flight)
		c.sendOne(now)
		if len(c.flight) == out {
			c.repeat(now, out-1, WhySentProbe)
		}
		c.probed, c.probedUpTo = true, c.snd.nxt
		c.stop(LossProbe)
		c.start(RTO, now.Add(c.rto()))
		return
	}
	if len(c.flight) > 0 {
		c.start(RTO, max(now.Add(c.policy.ticks(1)), c.flight[0].at.Add(c.rto())))
	}
}

// retransmit is what the RTO asks for: the earliest segment again, and twice
// the patience (RFC 6298, 5.4 to 5.6), until R2 (RFC 9293, 3.8.3).
func (c *Conn) retransmit(now Instant) {
	if len(c.flight) == 0 {
		return
	}
	if c.exhausted(now) {
		c.fail(WhyGaveUp, ETIMEDOUT)
		return
	}
	c.probed = false
	if c.policy.RefillOnACK && c.state.Synchronized() {
		c.recovering, c.recoverUpTo = true, c.snd.nxt
		c.cwnd = 1
		for i := range c.flight {
			c.flight[i].lost = true
		}
	}
	if c.timeouts == 0 && c.state.Synchronized() {
		c.firstRepeat = now
	}
	c.timeouts++
	c.repeat(now, 0, WhySentRTO)
	if c.state != SynSent || c.timeouts > c.policy.SynLinear {
		c.rtt.backOff(c.policy)
	}
	c.start(RTO, now.Add(c.clamped(now, c.rto())))
}

// repeat sends one segment of the flight again.
func (c *Conn) repeat(now Instant, i int, why Why) {
	if c.policy.Collapse {
		c.collapse(i)
	}
	s := &c.flight[i]
	if acked := s.seq.To(c.snd.una); c.policy.WholeACKs && acked > 0 && acked < len(s.text) {
		s.seq, s.text = c.snd.una, s.text[acked:] // tcp_trim_head
	}
	s.retries++
	s.lost, s.at = false, now
	seg := Segment{Seq: s.seq, Flags: s.flags, Wnd: c.window(), Text: s.text}
	if s.flags.Has(ACK) {
		seg.Ack = c.rcv.nxt
		c.ackDue = false
	}
	c.transmit(seg, why, s.retries)
}

// collapse joins to a segment that goes again the small ones behind it, and
// the FIN, as far as they fit into one (tcp_retrans_try_collapse; RFC 9293,
// 3.8.1 lets a sender repacketize).
func (c *Conn) collapse(i int) {
	s := &c.flight[i]
	for i+1 < len(c.flight) && !s.flags.Has(SYN) {
		next := c.flight[i+1]
		text := len(s.text) + len(next.text)
		if len(s.text) >= c.mss() || text > c.mss() || c.snd.una.To(next.end()) > c.snd.wnd {
			return
		}
		s.text = append(s.text[:len(s.text):len(s.text)], next.text...)
		s.flags |= next.flags
		s.retries = max(s.retries, next.retries)
		c.flight = append(c.flight[:i+1], c.flight[i+2:]...)
	}
}

// openedLate is what follows from a SYN or SYN,ACK that had to go again: a long
// RTO where no timestamp measures it (RFC 6298, 5.7), and if it went again more
// than once, a window of one segment, unless the answer is to the first of them
// (tcp_init_transfer).
func (c *Conn) openedLate(retries int, seg *Segment) {
	if !c.stamps {
		c.rtt.rto = max(c.rtt.rto, rtoAfterLostSYN)
	}
	spurious := c.stamps && seg.Stamped && seg.TSEcr == c.synStamp
	if c.policy.InitialWindow > 0 && retries > 1 && c.timeouts > 0 && !spurious {
		c.cwnd = 1
	}
}

// refill sends again, as ACKs make room, what a timeout gave up for lost
// (tcp_xmit_retransmit_queue).
func (c *Conn) refill(now Instant) {
	if !c.recovering {
		return
	}
	if c.recoverUpTo.AtMost(c.snd.una) {
		c.recovering = false
		return
	}
	for i := 0; i < len(c.flight); i++ { // repeat may join segments, and then there are fewer
		if c.flight[i].lost && c.outstanding() < c.cwnd {
			c.repeat(now, i, WhySentRefill)
		}
	}
}

// outstanding is how many segments are on their way, without those given up.
func (c *Conn) outstanding() int {
	n := 0
	for _, s := range c.flight {
		if !s.lost {
			n++
		}
	}
	return n
}

// safeRetries is what 0 retries of an orphan mean while the timeouts are short of
// their limit: over 100 s from 200 ms on (tcp_orphan_retries).
const safeRetries = 8

func (c *Conn) orphanRetries(alive bool) int {
	if c.policy.OrphanRetries == 0 && alive {
		return safeRetries
	}
	return c.policy.OrphanRetries
}

// exhausted tells whether the sender has tried long enough (tcp_write_timeout).
func (c *Conn) exhausted(now Instant) bool {
	p := c.policy
	if !p.Patience {
		return c.flight[0].retries >= p.R2
	}
	tries, base := p.R2, p.RTOMin
	switch {
	case c.state == SynSent:
		tries, base = p.SynRetries, p.RTOFirst
		if c.timeouts >= tries+p.SynLinear {
			return true
		}
	case c.state == SynRcvd:
		return c.timeouts >= p.SynAckRetries
	case c.orphan:
		tries = c.orphanRetries(c.rto() < p.RTOMax)
	}
	if c.timeouts == 0 {
		return false
	}
	limit := modelTimeout(tries, base, p.RTOMax)
	if p.UserTimeout > 0 {
		limit = p.UserTimeout
	}
	return Duration(now-c.firstRepeat) >= limit
}

// modelTimeout is how long so many retransmissions take from a first RTO of
// base, doubling up to most (tcp_model_timeout).
func modelTimeout(tries int, base, most Duration) Duration {
	total := Duration(0)
	for rto := base; tries >= 0; tries-- {
		total += rto
		rto = min(2*rto, most)
	}
	return total
}

// clamped shortens a wait so that a user timeout is met when it ends
// (tcp_clamp_rto_to_user_timeout).
func (c *Conn) clamped(now Instant, wait Duration) Duration {
	if !c.policy.Patience || c.policy.UserTimeout == 0 || c.state == SynRcvd && c.passive {
		return wait // a request knows nothing of it (reqsk_timer_handler)
	}
	left := c.policy.UserTimeout - Duration(now-c.firstRepeat)
	return min(wait, max(c.policy.ticks(1), c.policy.ticks(left)))
}

// armPersist probes a window in which nothing can be sent (3.8.6.1).
func (c *Conn) armPersist(now Instant) {
	waiting := len(c.unsent) > 0 || c.fin == finQueued
	if !c.policy.Persist || !waiting || len(c.flight) > 0 || c.state == SynSent || c.state == SynRcvd {
		c.stop(Persist)
		c.persisted = 0
		return
	}
	if !c.timers[Persist].on {
		c.start(Persist, now.Add(c.persistWait()))
	}
}

func (c *Conn) persistWait() Duration {
	wait := max(c.rto(), c.policy.RTOMin)
	for range c.persisted {
		wait = min(2*wait, c.policy.RTOMax)
	}
	return c.policy.ticks(wait)
}

// probeWindow asks for the window with a segment left of it, which draws an ACK
// (tcp_send_probe0). A peer that answers is never given up while the
// application waits. An orphan has as many probes as retransmissions, and when
// they have become as rare as they may, it is given up although its peer answers
// (tcp_probe_timer).
func (c *Conn) probeWindow(now Instant) {
	tries, tooRare := c.policy.R2, false
	if c.orphan && c.policy.Patience {
		alive := c.persistWait() < c.policy.RTOMax
		tries = c.orphanRetries(alive)
		tooRare = !alive && c.persisted >= tries
	}
	if c.persisted == 0 {
		c.persistFrom = now
	}
	patience := c.policy.UserTimeout
	if tooRare || c.unanswered >= tries || patience > 0 && c.persisted > 0 && Duration(now-c.persistFrom) >= patience {
		c.fail(WhyGaveUp, ETIMEDOUT)
		return
	}
	if n := min(len(c.unsent), c.mss(), c.room()); n > 0 {
		c.sendPiece(now, n, true) // less than a segment fits: better that than nothing
		return
	}
	c.unanswered++
	if c.persisted == 0 || !c.policy.Patience || c.persisted < c.policy.R2 {
		c.persisted++ // Linux doubles the wait tcp_retries2 times at most (tcp_send_probe0)
	}
	c.probe(WhySentPersist)
	c.start(Persist, now.Add(c.persistClamped(now)))
}

// persistClamped is the wait for the next probe, so that a user timeout is met
// when it ends (tcp_clamp_probe0_to_user_timeout).
func (c *Conn) persistClamped(now Instant) Duration {
	wait, patience := c.persistWait(), c.policy.UserTimeout
	if patience > 0 && c.persisted > 0 {
		wait = min(wait, max(c.policy.ticks(1), c.policy.ticks(patience-Duration(now-c.persistFrom))))
	}
	return wait
}

// probe is an ACK numbered as the last byte that was acknowledged.
func (c *Conn) probe(why Why) {
	c.transmit(Segment{Seq: c.snd.una - 1, Ack: c.rcv.nxt, Flags: ACK, Wnd: c.window()}, why, 0)
}

// heardOf restarts what counts the peer's silence.
func (c *Conn) heardOf(now Instant) {
	c.heardAt = now
	c.unanswered = 0
	if c.timers[Persist].on {
		c.start(Persist, now.Add(c.persistClamped(now)))
	}
}

// Options are the policy of this connection, for what socket options change.
func (c *Conn) Options() *Policy {
	if !c.own {
		own := *c.policy
		c.policy, c.own = &own, true
	}
	return c.policy
}

// KeepAliveChanged starts or stops keep-alive after its options changed (3.8.4).
func (c *Conn) KeepAliveChanged(now Instant) {
	switch t := c.timers[KeepAlive]; {
	case c.policy.KeepIdle == 0:
		c.stop(KeepAlive)
	case !t.on:
		c.armKeepAlive(now)
	case t.due != c.heardAt.Add(c.policy.KeepIdle):
		c.start(KeepAlive, max(now, c.heardAt.Add(c.policy.KeepIdle)))
	}
}

func (c *Conn) armKeepAlive(now Instant) {
	if c.policy.KeepIdle > 0 && c.state.Synchronized() && !c.mini {
		c.start(KeepAlive, now.Add(c.policy.KeepIdle))
	}
}

// keepAlive asks a silent peer whether it is still there (tcp_keepalive_timer).
func (c *Conn) keepAlive(now Instant) {
	p := c.policy
	silence := Duration(now - c.heardAt)
	switch {
	case len(c.flight) > 0 || len(c.unsent) > 0:
		c.start(KeepAlive, now.Add(p.KeepIdle)) // the retransmission timer watches
	case silence < p.KeepIdle:
		c.start(KeepAlive, c.heardAt.Add(p.KeepIdle))
	case p.UserTimeout > 0 && silence >= p.UserTimeout && c.unanswered > 0,
		p.UserTimeout == 0 && c.unanswered >= p.KeepCount:
		c.transmit(c.abortSegment(), WhySentAbort, 0)
		c.fail(WhyGaveUp, ETIMEDOUT)
	default:
		c.unanswered++
		c.probe(WhySentKeepAlive)
		c.start(KeepAlive, now.Add(p.KeepInterval))
	}
}
