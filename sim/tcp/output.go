package tcp

import "math"

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
	for len(c.unsent) > 0 && c.sendBurst(now, c.burst()) {
	}
}

// burst is how many segments are handed down at once: no more than may be out, and
// few of them. Without a round trip there is no pace (tcp_update_pacing_rate).
func (c *Conn) burst() int {
	if c.policy.Burst <= 1 || c.rtt.measuredOnce {
		return min(c.quota(), max(1, c.policy.Burst))
	}
	return c.quota()
}

// seam is where a piece of unsent text ends and the next begins: what Linux hands
// down together (a struct sk_buff). Without such pieces all of it is one.
type seam struct {
	at   Seq
	push bool // the piece before it is to be pushed
}

// queue puts the text of a SEND behind what is unsent, in pieces of whole segments
// that fit into half of the peer's largest window. Those that are full leave while
// the rest is still being written (tcp_sendmsg_locked).
func (c *Conn) queue(now Instant, text []byte) {
	full, half := math.MaxInt, c.snd.maxWnd/2
	if c.policy.Burst > 1 && c.state.Synchronized() {
		full = max(1, half/c.mss()) * c.mss()
	}
	for {
		last := c.unsentTo(len(c.seams)) - c.unsentTo(len(c.seams)-1)
		if last >= full {
			c.seams = append(c.seams, seam{c.snd.nxt + Seq(len(c.unsent)), c.push})
			last = 0
		}
		if last == 0 {
			c.push = false
		}
		n := min(full-last, len(text))
		if len(c.unsent) == 0 {
			c.unsent = text[:n:n]
		} else {
			c.unsent = append(c.unsent, text[:n]...)
		}
		end := c.snd.nxt + Seq(len(c.unsent))
		switch text = text[n:]; {
		case len(text) == 0:
			c.push, c.pushed = true, end
			return
		case c.pushed.To(end) > half: // forced_push
			c.push, c.pushed, c.writing = true, end, true
			c.sendText(now)
		case len(c.seams) == 0: // tcp_push_one
			c.writing = true
			c.sendBurst(now, c.burst())
		}
		c.writing = false
	}
}

// unsentTo is how much text there is up to the end of a piece; up to that of none
// it is 0.
func (c *Conn) unsentTo(piece int) int {
	switch {
	case piece < 0:
		return 0
	case piece < len(c.seams):
		return c.snd.nxt.To(c.seams[piece].at)
	}
	return len(c.unsent)
}

// nextPiece is how much of the text is handed down next, and whether its end is to be
// pushed. A piece smaller than what may go out takes some of the one behind it, or
// all (tcp_grow_skb).
func (c *Conn) nextPiece(most int) (n int, push bool) {
	n = c.unsentTo(0)
	if len(c.seams) > 0 && n < most {
		if next := c.unsentTo(1); next > most {
			n = most
			c.seams[0].at = c.snd.nxt + Seq(n)
		} else {
			n, push = next, c.seams[0].push
			c.seams = c.seams[:copy(c.seams, c.seams[1:])]
		}
	}
	if len(c.seams) == 0 {
		c.push = c.push || push
		return n, c.push
	}
	c.seams[0].push = c.seams[0].push || push
	return n, c.seams[0].push
}

// sendBurst sends up to so many segments that are handed down as one, of which the
// last carries PSH, as does the end of what is to be pushed.
func (c *Conn) sendBurst(now Instant, most int) (sent bool) {
	if most <= 0 || len(c.unsent) == 0 {
		return false
	}
	left, push := c.nextPiece(most * c.mss())
	for i := range most {
		n := min(left, c.mss())
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
		left -= n
		next := min(left, c.mss(), c.room()-n)
		last := i == most-1 || next <= 0 || c.waitsForACK(next)
		c.sendPiece(now, n, last && (i > 0 || left == 0 && push))
		if last {
			return true
		}
	}
	return true
}

// sendOne sends one segment of new text, however many are out.
func (c *Conn) sendOne(now Instant) {
	left, push := c.nextPiece(c.mss())
	if n := min(left, c.mss()); n > 0 && n <= c.room() {
		c.sendPiece(now, n, n == left && push)
	}
}

func (c *Conn) sendPiece(now Instant, n int, push bool) {
	seg := Segment{Seq: c.snd.nxt, Flags: ACK, Text: c.unsent[:n:n]}
	if push {
		seg.Flags |= PSH
	}
	c.unsent = c.unsent[n:]
	for len(c.seams) > 0 && c.seams[0].at.AtMost(seg.End()) {
		c.seams = c.seams[:copy(c.seams, c.seams[1:])]
	}
	why := WhySentData
	c.Cause = c.sendMark
	if len(c.unsent) == 0 {
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
// a connection never waits, and none does while more of a SEND is being written.
func (c *Conn) waitsForACK(n int) bool {
	return c.policy.Nagle && n < c.mss() && c.fin == finNone && !c.writing &&
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
		if seg.Flags.Has(SYN) {
			c.rcv.edge = seg.Ack + Seq(e.Segment.Wnd) // as equip leaves it
		} else {
			c.rcv.edge = seg.Ack + Seq(c.grant())
		}
		c.acknowledged()
	}
}

// acknowledge asks Output for an ACK.
func (c *Conn) acknowledge(why Why) {
	c.ackDue, c.ackWhy, c.ackMark = true, why, c.Cause
}
