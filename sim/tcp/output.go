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
	WhySentBadAck     Why = "bad-ack"     // RST for an ACK of what was never sent (3.10.7.2 to 3.10.7.4)
)

// Output sends whatever is due at this instant: SYN, text as far as the window
// goes, the FIN behind the last byte, and an ACK if none of them carried it.
func (c *Conn) Output(now Instant) {
	mark := c.Cause
	defer func() { c.Cause = mark }()
	switch c.state {
	case Closed, Listen:
		return
	case SynSent:
		if c.snd.nxt == c.iss {
			c.Cause = c.sendMark
			c.transmitNew(now, Segment{Seq: c.iss, Flags: SYN}, WhySentOpen)
		}
		return
	case SynRcvd, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait:
	}
	if c.snd.nxt == c.iss {
		c.Cause = c.ackMark
		c.transmitNew(now, Segment{Seq: c.iss, Flags: SYN | ACK}, WhySentSynAck)
	}
	c.sendText(now)
	c.sendFin(now)
	if c.ackDue {
		c.Cause = c.ackMark
		c.ackDue = false
		c.transmit(Segment{Seq: c.snd.nxt, Ack: c.rcv.nxt, Flags: ACK, Wnd: c.policy.Window}, c.ackWhy, 0)
	}
}

func (c *Conn) room() int { return c.snd.wnd - c.snd.una.To(c.snd.nxt) }

// sendText segmentizes SENDs. The last segment carries the FIN too if the
// application has closed already (ruling 2).
func (c *Conn) sendText(now Instant) {
	if c.state == SynRcvd {
		return // 3.10.2: queue until ESTABLISHED
	}
	for len(c.unsent) > 0 {
		n := min(len(c.unsent), c.policy.MSS, c.room())
		if n <= 0 {
			return
		}
		seg := Segment{Seq: c.snd.nxt, Flags: ACK, Text: c.unsent[:n:n]}
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
		c.transmitNew(now, seg, why)
	}
}

// sendFin sends the FIN when all text is out and the window has one number left.
func (c *Conn) sendFin(now Instant) {
	if c.fin == finQueued && len(c.unsent) == 0 && c.room() >= 1 {
		c.fin = finSent
		c.Cause = c.finMark
		c.transmitNew(now, Segment{Seq: c.snd.nxt, Flags: FIN | ACK}, WhySentClose)
	}
}

// transmitNew sends a segment that occupies sequence numbers for the first
// time, and so has to be remembered until it is acknowledged.
func (c *Conn) transmitNew(now Instant, seg Segment, why Why) {
	seg.Wnd = c.policy.Window
	if seg.Flags.Has(ACK) {
		seg.Ack = c.rcv.nxt
		c.ackDue = false
	}
	c.flight = append(c.flight, sent{seq: seg.Seq, flags: seg.Flags, text: seg.Text, at: now})
	c.snd.nxt = seg.End()
	c.transmit(seg, why, 0)
	if !c.timers[RTO].on {
		c.start(RTO, now.Add(c.rtt.rto)) // RFC 6298, 5.1
	}
}

func (c *Conn) transmit(seg Segment, why Why, retry int) {
	c.effect(Effect{Kind: Transmit, Segment: seg, Why: why, Retry: retry})
}

// acknowledge asks Output for an ACK.
func (c *Conn) acknowledge(why Why) {
	c.ackDue, c.ackWhy, c.ackMark = true, why, c.Cause
}
