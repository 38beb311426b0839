package tcp

// This file is about when an acknowledgment leaves. RFC 9293, 3.8.6.3 lets it
// wait up to 0.5 s for data to ride on, but not for more than one full segment
// in two. Linux begins a flow, and resumes one after a pause, with ACKs at once
// (quick), and waits (delayed) when the two ends talk in turn (pingpong).

// ackState is what the receiver owes and how it means to pay.
type ackState struct {
	owed     bool     // something arrived that an ACK must cover
	now      bool     // and it cannot wait
	quick    int      // ACKs yet to be sent at once
	pingpong int      // answers so far that came soon after text: enough of them, and they are expected to carry the ACKs
	wait     Duration // how long a delayed ACK waits; 0 until text arrived
	heard    Instant  // when text arrived last
	segment  int      // largest text seen: what counts as a full segment
	pushed   int      // segments since the last ACK that seemed to end a write
	sent     Seq      // the highest number that we have acknowledged
	invalid  Instant  // first of the latest answers to invalid segments
	answered int      // how many there were since
}

// leastSegment is what counts as a full segment before any was seen (RFC 9293, 3.7.1).
const leastSegment = 536

// heardText keeps the delayed-ACK engine informed of arriving text
// (tcp_event_data_recv).
func (c *Conn) heardText(now Instant, seg *Segment) {
	a := &c.ack
	a.owed = true
	if len(seg.Text) < a.segment {
		a.pushed++ // a small segment ends a write
	} else if seg.Flags.Has(PSH) {
		a.pushed = max(a.pushed, 1)
	}
	c.measureText(len(seg.Text))
	gap := Duration(now - a.heard)
	switch least := c.policy.DelayedACK; {
	case a.wait == 0:
		c.beQuick()
		a.wait = least
	case gap <= least/2:
		a.wait = a.wait/2 + least/2
	case gap < a.wait:
		a.wait = min(a.wait/2+gap, c.rto())
	case gap > c.rto():
		c.beQuick() // the sender paused, and begins anew with a small window
	}
	a.heard = now
	c.growSpace(len(seg.Text))
}

// beQuick acknowledges at once for a while: as many segments as half the window
// holds that was offered last.
func (c *Conn) beQuick() {
	n := c.ack.sent.To(c.rcv.edge) / (2 * c.ack.segment)
	if n == 0 {
		n = 2
	}
	c.ack.quick = max(c.ack.quick, min(n, c.policy.QuickACKs))
}

// leavePingpong answers a repetition: the peer seems to miss our ACKs
// (tcp_enter_quickack_mode).
func (c *Conn) leavePingpong() {
	c.beQuick()
	c.ack.pingpong = 0
	c.ack.wait = c.policy.DelayedACK
}

// inPingpong tells whether the two ends talk in turn.
func (c *Conn) inPingpong() bool { return c.ack.pingpong >= c.policy.PingPong }

// decideACK sends what is owed now or later (__tcp_ack_snd_check).
func (c *Conn) decideACK(now Instant, why Why) {
	a := &c.ack
	if !a.owed {
		return
	}
	unacked := a.sent.To(c.rcv.nxt)
	switch {
	case unacked > a.segment && (len(c.unread) == 0 || c.offer() >= a.sent.To(c.rcv.edge)),
		a.quick > 0 && !c.inPingpong(), a.now, len(c.held) > 0:
		c.acknowledge(why)
	default:
		c.delayACK(now, why)
	}
}

// delayACK lets the ACK wait (tcp_send_delayed_ack). Before any text came the
// wait is nothing: the ACK leaves with the next tick.
func (c *Conn) delayACK(now Instant, why Why) {
	a := &c.ack
	wait := a.wait
	if wait > c.policy.DelayedACK {
		limit := 500 * Millisecond // RFC 9293, 3.8.6.3
		if c.inPingpong() || a.pushed > 0 {
			limit = 200 * Millisecond
		}
		if c.rtt.measuredOnce {
			limit = min(limit, max(c.rtt.srtt, c.policy.DelayedACK))
		}
		wait = min(wait, limit)
	}
	c.ackWhy, c.ackMark = why, c.Cause
	t := &c.timers[DelayedACK]
	due := now.Add(wait)
	if t.on && t.due <= now.Add(wait/4) {
		c.acknowledge(why)
		return
	}
	if t.on && t.due <= due {
		return
	}
	if wait == 0 && c.policy.Tick > 0 {
		due = (now/Instant(c.policy.Tick) + 1) * Instant(c.policy.Tick)
	}
	c.start(DelayedACK, due)
}

// ackTimerFired sends the ACK that nothing carried in time; the next one waits
// longer, unless the two ends talked in turn (tcp_delack_timer_handler).
func (c *Conn) ackTimerFired() {
	a := &c.ack
	if !a.owed {
		return
	}
	if c.inPingpong() {
		a.pingpong, a.wait = 0, c.policy.DelayedACK
	} else {
		a.wait = min(2*a.wait, c.rto())
	}
	c.acknowledge(WhySentAckLate)
}

// acknowledged notes that a segment carries an ACK of everything up to RCV.NXT.
func (c *Conn) acknowledged() {
	a := &c.ack
	if a.quick > 0 && a.owed {
		if a.quick--; a.quick == 0 {
			a.wait = c.policy.DelayedACK
		}
	}
	a.owed, a.now, a.pushed, a.sent = false, false, 0, c.rcv.nxt
	c.stop(DelayedACK)
}

// answered notes that we sent text: soon after some came, it is an answer.
func (c *Conn) answered(now Instant) {
	if Duration(now-c.ack.heard) < c.ack.wait {
		c.ack.pingpong++
	}
}

// answerInvalid sends the ACK that an unacceptable segment draws, if one may go.
// It tells whether an ACK was sent.
func (c *Conn) answerInvalid(now Instant, seg *Segment, why Why) bool {
	if !c.mayAnswer(now, seg) {
		return false
	}
	c.acknowledge(why)
	return true
}

// mayAnswer refuses an answer to what brings neither text nor FIN when the last
// such answer was a moment ago: that is how an endless exchange of ACKs ends
// (tcp_oow_rate_limited).
func (c *Conn) mayAnswer(now Instant, seg *Segment) bool {
	a := &c.ack
	exempt := seg.Len() > 0 && !seg.Flags.Has(SYN)
	if limit := c.policy.RateLimit; limit > 0 && !exempt {
		if a.answered == 0 || Duration(now-a.invalid) >= limit {
			a.answered, a.invalid = 0, now
		}
		if a.answered >= max(1, c.policy.RateBurst) {
			c.ignore(WhyRateLimit)
			return false
		}
		a.answered++
	}
	return true
}
