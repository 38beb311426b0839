package tcp

// Reasons for transmissions.
const (
	WhySentOpen       Why = "open"
	WhySentSynAck     Why = "syn-ack"
	WhySentAckSyn     Why = "ack-syn"
	WhySentData       Why = "data"
	WhySentClose      Why = "close"
	WhySentAckData    Why = "ack-data"
	WhySentAckFin     Why = "ack-fin"
	WhySentAckGap     Why = "ack-gap"   // text came out of order: tell what is still expected
	WhySentAckAgain   Why = "ack-again" // answer to what is not acceptable (3.10.7.4, first check)
	WhySentRTO        Why = "rto"
	WhySentAbort      Why = "abort"
	WhySentClosedPort Why = "closed-port" // by the host, for a segment that no TCB wants
	WhySentListener   Why = "listener"    // by the host, for an ACK at a port where somebody listens and no TCB wants it (3.10.7.2)
	WhySentBadAck     Why = "bad-ack"     // RST for an ACK of what was never sent (3.10.7.3 and 3.10.7.4)
	WhySentAckLate    Why = "ack-late"    // the delayed ACK that nothing carried in time
	WhySentWindow     Why = "window"      // the application has read: the window opens
	WhySentUnread     Why = "unread"      // RST: closed with text that nobody read
	WhySentProbe      Why = "tlp"         // tail loss probe
	WhySentRefill     Why = "refill"      // sent again because a timeout gave it up
	WhySentPersist    Why = "persist"     // window probe
	WhySentSynAgain   Why = "syn-again"   // SYN,ACK again, because the SYN came again
	WhySentKeepAlive  Why = "keep-alive"
)

// Output sends whatever is due at this instant: SYN, text as far as the window
// goes, the FIN behind the last byte, and an ACK if none of them carried it.
func (c *Conn) Output(now Instant) {
	c.now = now
	mark := c.Cause
	defer func() { c.Cause = mark }()
	switch c.state {
	case Closed, Listen:
		return
	case SynSent:
		if c.snd.nxt == c.iss {
			c.Cause = c.sendMark
			c.firstRepeat = now
			c.transmitNew(now, Segment{Seq: c.iss, Flags: SYN}, WhySentOpen)
		}
		return
	case SynRcvd, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait:
	}
	if c.snd.nxt == c.iss {
		c.Cause = c.ackMark
		c.transmitNew(now, Segment{Seq: c.iss, Flags: SYN | ACK}, WhySentSynAck)
	}
	if c.state != SynRcvd { // 3.10.2: queue until ESTABLISHED
		c.sendText(now)
		c.sendFin(now)
	}
	c.flushACK()
	c.armPersist(now)
}

// flushACK sends the ACK that is due and that nothing has carried.
func (c *Conn) flushACK() {
	if c.ackDue {
		c.Cause = c.ackMark
		c.ackDue = false
		c.transmit(Segment{Seq: c.snd.nxt, Ack: c.rcv.nxt, Flags: ACK, Wnd: c.window()}, c.ackWhy, 0)
	}
}

func (c *Conn) room() int { return c.snd.wnd - c.snd.una.To(c.snd.nxt) }

// quota is how many more segments may be out: the initial window, and one more
// for each that was acknowledged (RFC 5681, 3.1, without its other half).
func (c *Conn) quota() int {
	if c.policy.InitialWindow == 0 {
		return len(c.unsent) + 1
	}
	return c.cwnd - c.outstanding()
}

// sendText segmentizes SENDs. The last segment carries the FIN too if the
// application has closed already (ruling 2).
func (c *Conn) sendText(now Instant) {
	for len(c.unsent) > 0 {
		quota := c.quota()
		if c.policy.Burst <= 1 || c.rtt.measuredOnce { // without a round trip there is no pace (tcp_update_pacing_rate)
			quota = min(quota, max(1, c.policy.Burst))
		}
		if quota <= 0 || !c.sendBurst(now, quota) {
			return
		}
	}
}

// sendBurst sends up to so many segments that are handed down as one: the last
// carries PSH, as does any that empties the queue.
func (c *Conn) sendBurst(now Instant, most int) (sent bool) {
	for i := range most {
		n := min(len(c.unsent), c.mss())
		if !c.policy.Whole {
			n = min(n, c.room())
		}
		if i > 0 {
			n = min(n, c.room())
		}
		if n <= 0 || n > c.room() || c.waitsForACK(n) {
			return i > 0
		}
		// The last of several may be cut to fit the window (tcp_mss_split_point).
		next := min(len(c.unsent)-n, c.mss(), c.room()-n)
		last := i == most-1 || next <= 0 || c.waitsForACK(next)
		c.sendPiece(now, n, last && i > 0)
		if last {
			return true
		}
	}
	return true
}

// sendOne sends one segment of new text, however many are out.
func (c *Conn) sendOne(now Instant) {
	if n := min(len(c.unsent), c.mss()); n > 0 && n <= c.room() {
		c.sendPiece(now, n, false)
	}
}

func (c *Conn) sendPiece(now Instant, n int, push bool) {
	seg := Segment{Seq: c.snd.nxt, Flags: ACK, Text: c.unsent[:n:n]}
	if push {
		seg.Flags |= PSH
	}
	c.unsent = c.unsent[n:]
	why := WhySentData
	c.Cause = c.sendMark
	if len(c.unsent) == 0 {
		seg.Flags |= PSH
		if c.fin == finQueued && c.room() > n {
			seg.Flags |= FIN
			c.fin = finSent
			c.Cause = c.finMark
			why = WhySentClose
		}
	}
	if n < c.mss() {
		c.smallEnd = seg.Seq + Seq(n)
	}
	c.transmitNew(now, seg, why)
	c.answered(now)
}

// waitsForACK is Nagle's rule (RFC 9293, 3.7.4) in Minshall's variant: a small
// segment waits while an earlier small one is not acknowledged. The last one of
// a connection never waits.
func (c *Conn) waitsForACK(n int) bool {
	return c.policy.Nagle && n < c.mss() && c.fin == finNone &&
		len(c.flight) > 0 && c.snd.una.Before(c.smallEnd)
}

// sendFin sends the FIN when all text is out and the window has one number left.
func (c *Conn) sendFin(now Instant) {
	if c.fin == finQueued && len(c.unsent) == 0 && c.room() >= 1 && c.quota() > 0 {
		c.fin = finSent
		c.Cause = c.finMark
		c.transmitNew(now, Segment{Seq: c.snd.nxt, Flags: FIN | ACK}, WhySentClose)
	}
}

// transmitNew sends a segment that occupies sequence numbers for the first
// time, and so has to be remembered until it is acknowledged.
func (c *Conn) transmitNew(now Instant, seg Segment, why Why) {
	seg.Wnd = c.window()
	if seg.Flags.Has(ACK) {
		seg.Ack = c.rcv.nxt
		c.ackDue = false
	}
	first := len(c.flight) == 0
	if seg.Flags.Has(SYN) {
		c.synStamp = c.tsClock()
	}
	c.flight = append(c.flight, sent{seq: seg.Seq, flags: seg.Flags, text: seg.Text, at: now})
	c.snd.nxt = seg.End()
	c.transmit(seg, why, 0)
	c.armForNew(now, first)
}

func (c *Conn) transmit(seg Segment, why Why, retry int) {
	e := c.effect(Transmit)
	e.Segment, e.Why, e.Retry = seg, why, retry
	c.equip(&e.Segment)
	if seg.Flags&(ACK|RST) == ACK {
		c.rcv.edge = seg.Ack + Seq(e.Segment.Wnd) // as equip leaves it
		c.acknowledged()
	}
}

// acknowledge asks Output for an ACK.
func (c *Conn) acknowledge(why Why) {
	c.ackDue, c.ackWhy, c.ackMark = true, why, c.Cause
}
