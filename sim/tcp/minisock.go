package tcp

// This file is what remains of a connection whose application needs it no more,
// as Linux keeps it (tcp_timewait_state_process): TIME_WAIT, and the FIN_WAIT_2
// of a closed socket. The rules are the RFC's (3.10.7.4) but for a few that the
// curriculum names: any old segment with ACK begins the wait anew, an answer to
// one without text is limited in rate, and a RST in the window ends an orphan's
// FIN_WAIT_2 without a challenge.

// Mini tells whether only this remains.
func (c *Conn) Mini() bool { return c.mini }

// PortWait is what a new connection wants to know of an old one in TIME_WAIT.
type PortWait struct {
	Waiting    bool    // it remains at all
	TimeWait   bool    // and not an orphan's FIN_WAIT_2
	Since      Instant // when it was entered, or last heard of
	Timestamps bool    // the old connection used them, so that PAWS protects the new one
	Next       Seq     // first sequence number for the new one
}

// Waits describes what remains.
func (c *Conn) Waits() PortWait {
	return PortWait{Waiting: c.mini, TimeWait: c.state == TimeWait, Since: c.waitSince, Timestamps: c.stamps, Next: c.snd.nxt + reopenDistance}
}

// reopenDistance takes the first number of a reopened connection past every
// window that the old one can have offered without scaling (RFC 1122, 4.2.2.13).
const reopenDistance = 65535 + 2

// Reopens tells whether a SYN may open the connection again out of TIME_WAIT,
// and with which first number: it is newer than the old connection by its
// sequence number or by its timestamp (RFC 9293, 3.10.7.4; RFC 6191).
func (c *Conn) Reopens(seg *Segment) (iss Seq, ok bool) {
	if c.state != TimeWait || seg.Flags&(SYN|ACK|RST) != SYN || c.stale(seg) {
		return 0, false
	}
	newer := c.rcv.nxt.Before(seg.Seq) || c.stamps && seg.Stamped && int32(c.recent-seg.TSVal) < 0
	return c.snd.nxt + reopenDistance, newer
}

// Replace ends TIME_WAIT because a new connection takes its place: one that the
// other end opens (WhyReopened) or this one (WhyTakenOver).
func (c *Conn) Replace(why Why) { c.quit(why) }

// becomeMini gives up everything but what the rules here need.
func (c *Conn) becomeMini(now Instant) {
	if c.policy.Minisock && !c.mini {
		c.mini, c.ack.answered = true, 0 // it counts its answers anew
	}
	c.waitSince = now
}

// arrivesInMinisock is a segment for what remains.
func (c *Conn) arrivesInMinisock(now Instant, seg *Segment) {
	if c.state == FinWait2 {
		c.arrivesForOrphan(now, seg)
		return
	}
	stale := c.stale(seg)
	if !stale && seg.Seq == c.rcv.nxt && (seg.Len() == 0 || seg.Flags.Has(RST)) {
		// In the window: only a RST or a bare ACK can be.
		if !seg.Flags.Has(RST) {
			c.remember(seg)
			c.waitSince = now // tcp_tw_reuse_delay counts from the last sign of life
			c.restartTimeWait(now, seg)
			return
		}
		if c.policy.RFC1337 {
			c.ignore(WhyProtected)
			return
		}
		c.quit(WhyRstArrived) // TIME-WAIT assassination
		return
	}
	if seg.Flags.Has(RST) {
		c.ignore(WhyOutOfWindow)
		return
	}
	if _, newer := c.Reopens(seg); newer {
		// Nobody listens who could take it: an answer that no limit holds
		// back (tcp_v4_rcv, TCP_TW_SYN).
		c.ignore(WhyOutOfWindow)
		c.acknowledge(WhySentAckAgain)
		return
	}
	if stale || seg.Flags.Has(ACK) {
		// A SYN without ACK may be new as well as old: it changes no timer
		// unless its timestamp says that it is old.
		c.restartTimeWait(now, seg)
	} else {
		c.ignore(WhyOutOfWindow)
	}
	c.answerInvalid(now, seg, WhySentAckAgain)
}

// inWindow is Table 6 as minisocks and requests read it (tcp_in_window).
func (c *Conn) inWindow(seg *Segment) bool {
	right := c.rcv.nxt + Seq(c.window())
	return seg.Seq == c.rcv.nxt || c.rcv.nxt.Before(seg.End()) && seg.Seq.Before(right) ||
		seg.Seq == right && seg.Len() == 0
}

// arrivesForOrphan repeats the checks of 3.10.7.4 for FIN_WAIT_2.
func (c *Conn) arrivesForOrphan(now Instant, seg *Segment) {
	switch {
	case c.stale(seg) || !c.inWindow(seg):
		c.ignore(WhyOutOfWindow)
		c.answerInvalid(now, seg, WhySentAckAgain) // a RST too
	case seg.Flags.Has(RST):
		c.quit(WhyRstArrived)
	case seg.Flags.Has(SYN) && c.rcv.nxt.AtMost(seg.Seq):
		c.transmit(resetFor(seg), WhySentBadAck, 0)
		c.quit(WhySynArrived)
	case !seg.Flags.Has(ACK) || seg.End().AtMost(c.rcv.nxt) || seg.Len() == 0:
		c.ignore(WhyNothingHere)
	case !seg.Flags.Has(FIN) || seg.End() != c.rcv.nxt+1:
		c.ignore(WhyDataAfterClose)
		c.transmit(resetFor(seg), WhyDataAfterClose, 0)
		c.quit(WhyDataAfterClose)
	default:
		c.rcv.nxt = seg.End()
		c.peerDone = true
		c.remember(seg)
		c.acknowledge(WhySentAckFin)
		c.enterTimeWait(now, WhyFinArrived)
	}
}
