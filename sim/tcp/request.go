package tcp

// This file is SYN_RCVD after a passive open as Linux keeps it: a request, which
// becomes a socket with the ACK that completes it (tcp_check_req). The checks of
// 3.10.7.4 come in another order: a RST comes before the ACK, and another SYN in
// the window ends it, whose sender gets a RST.

// arrivesForRequest tells whether the segment completes the opening, and so goes
// on to the checks of a socket.
func (c *Conn) arrivesForRequest(now Instant, seg *Segment) bool {
	stale := c.stale(seg)
	strange := stale || !c.echoed(seg)
	switch {
	case seg.Flags&(SYN|ACK|RST) == SYN && seg.Seq == c.irs && !stale:
		c.ignore(WhyDuplicate)
		if c.mayAnswer(now, seg) {
			c.repeat(now, 0, WhySentSynAgain)
			c.start(RTO, now.Add(c.rto()))
		}
	case seg.Flags.Has(RST) && !strange && c.inWindow(seg):
		if seg.Seq == c.rcv.nxt {
			c.quit(WhyRstArrived) // whatever it acknowledges
			return false
		}
		c.ignore(WhyBadReset) // RFC 5961, 3.2
		c.answerInvalid(now, &Segment{}, WhySentAckAgain)
	case seg.Flags.Has(ACK) && seg.Ack != c.snd.nxt: // the listener's to answer
		c.ignore(WhyBadAck)
		if !seg.Flags.Has(RST) {
			c.transmit(resetFor(seg), WhySentBadAck, 0)
		}
	case strange || !c.inWindow(seg):
		c.ignore(WhyOutOfWindow)
		if !seg.Flags.Has(RST) {
			c.answerInvalid(now, seg, WhySentAckAgain)
		}
	case seg.Flags.Has(SYN) && seg.Seq != c.irs:
		c.transmit(resetFor(seg), WhySecondSyn, 0)
		c.quit(WhySecondSyn)
	case !seg.Flags.Has(ACK):
		c.ignore(WhyNoAck)
	case c.QueueFull:
		c.ignore(WhyBacklog) // the SYN,ACK goes again, and draws the next (tcp_v4_syn_recv_sock)
	default:
		c.ack.answered = 0 // the socket counts its answers anew
		return true
	}
	return false
}

// echoed tells whether a timestamp that comes back is of one of our SYN,ACKs.
func (c *Conn) echoed(seg *Segment) bool {
	return !c.stamps || !seg.Stamped || seg.TSEcr == 0 || seg.TSEcr-c.synStamp <= c.synStampLast-c.synStamp
}
