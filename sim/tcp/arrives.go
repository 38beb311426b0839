package tcp

// Reasons for dropping a segment.
const (
	WhyDuplicate   Why = "duplicate"     // all of it was received before
	WhyOutOfWindow Why = "out-of-window" // first check of 3.10.7.4
	WhyBadReset    Why = "bad-reset"     // second check: a RST that is not exactly at RCV.NXT (RFC 5961, 3.2)
	WhyStraySyn    Why = "stray-syn"     // fourth check: SYN in a synchronized state (RFC 5961, 4.2)
	WhyNoAck       Why = "no-ack"        // fifth check: no ACK bit
	WhyBadAck      Why = "bad-ack"       // fifth check: acknowledges what was never sent, or long ago (RFC 5961, 5.2)
	WhyNothingHere Why = "nothing-here"  // not for this state, or a RST for a closed port
	WhyPAWS        Why = "paws"          // an older timestamp than one already heard (RFC 7323, 5.3)
	WhyRateLimit   Why = "rate-limit"    // would be answered, but the last such answer was a moment ago
	WhyProtected   Why = "rfc-1337"      // a RST in TIME_WAIT
	WhyNoRoom      Why = "no-room"       // the window is closed
	WhyBacklog     Why = "backlog"       // more connections than the application has accepted
	WhySynFin      Why = "syn-fin"       // a SYN that would open and end at once
)

// SegmentArrives is 3.10.7: one segment, check after check, in the RFC's order.
func (c *Conn) SegmentArrives(now Instant, seg Segment) {
	c.now = now
	if c.mini {
		c.arrivesInMinisock(now, &seg)
		return
	}
	switch c.state {
	case Closed:
		c.ignore(WhyNothingHere) // the host answers; see Refuse
	case Listen:
		c.arrivesInListen(&seg)
	case SynSent:
		c.arrivesInSynSent(now, &seg)
	case SynRcvd, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait:
		c.arrivesOtherwise(now, &seg)
		if c.state == FinWait2 {
			c.startFinWait2(now)
		}
	}
}

func (c *Conn) ignore(why Why) { c.effect(Ignore).Why = why }

// refuse answers a segment whose ACK makes no sense before synchronization.
func (c *Conn) refuse(seg *Segment) {
	c.ignore(WhyBadAck)
	c.transmit(resetFor(seg), WhySentBadAck, 0)
}

// arrivesInListen is 3.10.7.2: first RST, second ACK, third SYN.
func (c *Conn) arrivesInListen(seg *Segment) {
	switch {
	case seg.Flags.Has(RST):
		c.ignore(WhyNothingHere)
	case seg.Flags.Has(ACK):
		c.transmit(resetFor(seg), WhySentListener, 0)
	case seg.Flags.Has(SYN):
		c.learn(seg)
		c.ackMark = c.Cause
		c.enter(SynRcvd, WhySynArrived)
	default:
		c.ignore(WhyNothingHere)
	}
}

// learn takes the peer's first sequence number and its window from a SYN, and
// keeps what came with it until the connection is open (3.10.7.2, 3.10.7.3).
func (c *Conn) learn(seg *Segment) {
	c.irs = seg.Seq
	c.rcv.nxt = seg.Seq + 1
	c.rcv.edge, c.ack.sent = c.rcv.nxt, c.rcv.nxt
	c.makeSpace()
	if c.policy.RcvBuf > 0 && c.byCalls {
		c.rcv.edge += Seq(c.policy.Window) // our SYN has promised it
	}
	c.smallEnd = c.iss + 1
	c.agree(seg)
	c.snd.wnd, c.snd.maxWnd = seg.Wnd, seg.Wnd
	c.snd.wl1, c.snd.wl2 = seg.Seq, seg.Ack
	if seg.Len() > 1 && !c.policy.BareSYN {
		kept := *seg
		kept.Flags, kept.Seq = kept.Flags&^SYN, kept.Seq+1
		c.hold(&kept)
	}
}

// takeKept goes on with what came with the SYN, where 3.10.7.4 takes text. All
// else that is held lies beyond a gap.
func (c *Conn) takeKept(now Instant) {
	if len(c.held) > 0 && c.held[0].Seq.AtMost(c.rcv.nxt) {
		kept := c.held[0]
		c.held = c.held[:copy(c.held, c.held[1:])]
		c.takeText(now, &kept)
	}
}

// arrivesInSynSent is 3.10.7.3: ACK, RST, SYN.
func (c *Conn) arrivesInSynSent(now Instant, seg *Segment) {
	if seg.Flags.Has(ACK) && (seg.Ack.AtMost(c.iss) || c.snd.nxt.Before(seg.Ack)) {
		if seg.Flags.Has(RST) {
			c.ignore(WhyBadAck)
		} else {
			c.refuse(seg)
		}
		if c.policy.WrongAckRetry > 0 && c.timeouts == 0 {
			c.start(RTO, now.Add(c.policy.WrongAckRetry))
		}
		return
	}
	if seg.Flags.Has(RST) {
		if !seg.Flags.Has(ACK) {
			c.ignore(WhyNoAck)
			return
		}
		c.fail(WhyRstArrived, ECONNREFUSED)
		return
	}
	if !seg.Flags.Has(SYN) {
		c.ignore(WhyNothingHere)
		return
	}
	c.learn(seg)
	if seg.Flags.Has(ACK) {
		c.acked(now, seg)
		c.enter(Established, WhySynAckArrived)
		c.acknowledge(WhySentAckSyn)
		c.heardAt = now
		c.armKeepAlive(now)
		c.takeKept(now)
		return
	}
	// Both opened at once: our SYN goes again, now as the answer to theirs.
	c.enter(SynRcvd, WhySynArrived)
	c.flight[0].flags |= ACK
	if c.policy.CrossedSynAck {
		c.flight[0].at = now // the round trip is that of the answer (tcp_send_synack)
	}
	c.transmit(Segment{Seq: c.iss, Ack: c.rcv.nxt, Flags: SYN | ACK, Wnd: c.window()}, WhySentSynAck, 0)
}

// arrivesOtherwise is 3.10.7.4. The third check (security) and the sixth (URG)
// are outside this model.
func (c *Conn) arrivesOtherwise(now Instant, seg *Segment) {
	if c.state == SynRcvd && c.passive && c.policy.Request {
		if !c.arrivesForRequest(now, seg) {
			return
		}
	} else if c.policy.FlagsFirst && seg.Flags&(ACK|RST|SYN) == 0 {
		c.ignore(WhyNoAck)
		return
	}
	if c.state == SynRcvd && c.policy.CrossedSynAck && !c.passive && seg.Flags.Has(SYN|ACK) && seg.Seq == c.irs && seg.Ack == c.snd.nxt {
		seg.Flags, seg.Seq = seg.Flags&^SYN, seg.Seq+1
		c.ack.owed = true
		c.leavePingpong() // its SYN has come before (tcp_data_queue)
		c.acknowledge(WhySentAckAgain)
	}
	if !c.checkSequence(now, seg) || !c.checkReset(now, seg) || !c.checkSyn(now, seg) || !c.checkAck(now, seg) {
		return
	}
	c.takeKept(now)
	c.takeText(now, seg)
}

// checkSequence is the first check: Table 6, and an ACK for what falls outside.
// A timestamp that is too old counts as outside (RFC 7323, 5.3, R1).
func (c *Conn) checkSequence(now Instant, seg *Segment) bool {
	why := WhyOutOfWindow
	switch {
	case c.stale(seg) && !c.disordered(seg) && !seg.Flags.Has(RST):
		why = WhyPAWS
	case c.acceptable(seg) || seg.Flags.Has(RST) && c.resetByFIN(seg):
		if !seg.Flags.Has(SYN) { // which is challenged before its timestamp counts (tcp_validate_incoming)
			c.remember(seg)
		}
		return true
	case seg.Len() > 0 && seg.End().AtMost(c.rcv.nxt):
		why = WhyDuplicate
	case len(seg.Text) > 0 && c.window() == 0:
		why = WhyNoRoom
	}
	if seg.Flags.Has(RST) {
		c.ignore(WhyOutOfWindow)
		return false
	}
	if c.state == TimeWait {
		c.restartTimeWait(now, seg)
	} else {
		c.ignore(why)
	}
	if c.policy.DelayedACK > 0 && seg.Len() > 0 && !seg.Flags.Has(SYN) && seg.Seq.Before(c.rcv.nxt) {
		c.leavePingpong() // a SYN is challenged instead (tcp_validate_incoming)
	}
	if c.policy.QuietPAWS && why == WhyPAWS && seg.Flags.Has(ACK) && seg.Len() == 0 && seg.Seq.Before(c.rcv.nxt) {
		return false
	}
	c.answerInvalid(now, seg, WhySentAckAgain)
	return false
}

// acceptable is Table 6. Where ACKs are delayed, a segment counts from the last
// number that the peer can know to be acknowledged (tcp_sequence).
func (c *Conn) acceptable(seg *Segment) bool {
	wnd := c.window()
	if c.policy.DelayedACK > 0 {
		return !seg.End().Before(c.ack.sent) && seg.Seq.AtMost(c.rcv.nxt+Seq(wnd)) && (wnd > 0 || len(seg.Text) == 0)
	}
	if wnd == 0 {
		return seg.Len() == 0 && seg.Seq == c.rcv.nxt
	}
	first := seg.Seq.Within(c.rcv.nxt, wnd)
	if seg.Len() == 0 {
		return first
	}
	return first || (seg.End()-1).Within(c.rcv.nxt, wnd)
}

// resetByFIN accepts the RST of a peer that has forgotten its own FIN.
func (c *Conn) resetByFIN(seg *Segment) bool {
	return c.policy.ResetByFIN && seg.Seq == c.rcv.nxt-1 &&
		(c.state == CloseWait || c.state == LastAck || c.state == Closing)
}

// resetBySACK accepts a RST at the end of all text that came, although some of it
// is missing: the peer has seen by our SACK that it came (tcp_validate_incoming).
func (c *Conn) resetBySACK(seg *Segment) bool {
	if !c.sack || len(c.held) == 0 {
		return false
	}
	end := c.rcv.nxt
	for _, held := range c.held {
		if end.Before(held.End()) {
			end = held.End()
		}
	}
	return seg.Seq == end
}

// restartTimeWait starts 2MSL anew for what the policy counts as a sign that
// the peer is still waiting for our last ACK.
func (c *Conn) restartTimeWait(now Instant, seg *Segment) {
	switch c.policy.Restart {
	case RestartFIN:
		if !seg.Flags.Has(FIN) {
			c.ignore(WhyOutOfWindow)
			return
		}
	case RestartAnyACK:
		if !seg.Flags.Has(ACK) && !c.stale(seg) {
			c.ignore(WhyOutOfWindow)
			return
		}
	case RestartNever:
		c.ignore(WhyDuplicate)
		return
	}
	c.start(TimeWaitTimer, now.Add(c.timeWait()))
}

// checkReset is the second check, with the exact match of RFC 5961, 3.2.
func (c *Conn) checkReset(now Instant, seg *Segment) bool {
	if !seg.Flags.Has(RST) {
		return true
	}
	if seg.Seq != c.rcv.nxt && !c.resetByFIN(seg) && !c.resetBySACK(seg) {
		c.ignore(WhyBadReset)
		c.answerInvalid(now, &Segment{}, WhySentAckAgain)
		return false
	}
	switch c.state {
	case SynRcvd:
		if c.passive {
			c.quit(WhyRstArrived) // the user never heard of this connection
		} else if c.byCalls {
			c.fail(WhyRstArrived, ECONNRESET) // tcp_reset: refused is what SYN_SENT would be
		} else {
			c.fail(WhyRstArrived, ECONNREFUSED)
		}
	case CloseWait:
		if c.byCalls {
			c.fail(WhyRstArrived, EPIPE) // tcp_reset: the end was read already
		} else {
			c.fail(WhyRstArrived, ECONNRESET)
		}
	case Established, FinWait1, FinWait2:
		c.fail(WhyRstArrived, ECONNRESET)
	case TimeWait:
		if c.policy.RFC1337 {
			c.ignore(WhyProtected)
			return false
		}
		c.quit(WhyRstArrived) // TIME-WAIT assassination
	case Closing, LastAck:
		if c.byCalls && !c.orphan {
			c.fail(WhyRstArrived, ECONNRESET) // tcp_reset: whoever holds the socket yet can ask
		} else {
			c.quit(WhyRstArrived)
		}
	case Closed, Listen, SynSent:
	}
	return false
}

// checkSyn is the fourth check: a challenge ACK, never a reset (RFC 5961, 4.2),
// but for a listener's connection that is not open yet. It is forgotten.
func (c *Conn) checkSyn(now Instant, seg *Segment) bool {
	if !seg.Flags.Has(SYN) {
		return true
	}
	if c.state == SynRcvd && c.passive {
		c.quit(WhySecondSyn)
		return false
	}
	c.ignore(WhyStraySyn)
	c.answerInvalid(now, &Segment{}, WhySentAckAgain)
	return false
}

// checkAck is the fifth check.
func (c *Conn) checkAck(now Instant, seg *Segment) bool {
	if !seg.Flags.Has(ACK) {
		c.ignore(WhyNoAck)
		return false
	}
	if c.state == SynRcvd {
		if seg.Ack.AtMost(c.snd.una) || c.snd.nxt.Before(seg.Ack) {
			c.refuse(seg)
			return false
		}
		c.heardOf(now)
		c.acked(now, seg)
		c.updateWindow(seg)
		c.enter(Established, WhyAckOfSyn)
		c.armKeepAlive(now)
		return true
	}
	if c.snd.nxt.Before(seg.Ack) || seg.Ack.Before(c.snd.una-Seq(c.oldestACK())) {
		c.ignore(WhyBadAck)
		c.answerInvalid(now, &Segment{}, WhySentAckAgain)
		return false
	}
	if c.snd.una.Before(seg.Ack) {
		c.acked(now, seg)
	}
	if c.snd.una.AtMost(seg.Ack) {
		c.heardOf(now)
		c.updateWindow(seg)
	}
	return c.afterAck(now, seg)
}

// oldestACK is how far behind SND.UNA an ACK may be (RFC 5961, 5.2).
func (c *Conn) oldestACK() int {
	if c.policy.StrictACK { // as much as was acknowledged (tp->bytes_acked), to which a request's SYN does not count
		first := c.iss
		if c.passive {
			first++
		}
		return min(c.snd.maxWnd, first.To(c.snd.una))
	}
	return c.snd.maxWnd
}

// afterAck is what an acknowledgment of our FIN means in each state.
func (c *Conn) afterAck(now Instant, seg *Segment) bool {
	switch c.state {
	case FinWait1:
		if c.fin == finAcked {
			c.enter(FinWait2, WhyAckOfFin)
			if c.orphan && c.policy.Linger2 < 0 {
				c.transmit(resetFor(seg), WhySentAbort, 0)
				c.quit(WhyFinWait2Over)
				return false
			}
		}
	case Closing:
		if c.fin == finAcked {
			c.enterTimeWait(now, WhyAckOfFin)
			return !c.mini // tcp_rcv_state_process: a FIN that comes again with it draws nothing
		}
	case LastAck:
		if c.fin == finAcked {
			c.quit(WhyAckOfFin)
			return false
		}
	case TimeWait:
		if seg.Flags.Has(FIN) || c.policy.Restart == RestartAnyACK {
			c.restartTimeWait(now, seg)
		}
		return false
	case Closed, Listen, SynSent, SynRcvd, Established, FinWait2, CloseWait:
	}
	return true
}

// acked moves SND.UNA, empties the retransmission queue so far, samples the
// round trip (Karn: never from a segment sent twice, unless its timestamp comes
// back) and sets the timer (RFC 6298, 5.2 and 5.3).
func (c *Conn) acked(now Instant, seg *Segment) {
	out := len(c.flight)
	c.snd.una = seg.Ack
	c.rtt.una, c.rtt.nxt = c.snd.una, c.snd.nxt
	sampled, repeated := false, false
	done := 0
	for ; done < out && c.flight[done].end().AtMost(seg.Ack); done++ {
		head := &c.flight[done]
		if head.retries > 0 {
			repeated = true
			if head.flags.Has(SYN) {
				c.openedLate(head.retries, seg)
			}
		} else if !c.policy.FloorVariance || !sampled && !repeated {
			sampled = true
			c.rtt.measured(c.policy, Duration(now-head.at))
		}
		if head.flags.Has(FIN) {
			c.fin = finAcked
		}
	}
	c.flight = c.flight[:copy(c.flight, c.flight[done:])]
	whole := done > 0 || !c.policy.WholeACKs
	if trip, ok := c.sinceEchoed(seg); ok && !sampled && whole {
		c.rtt.measured(c.policy, trip)
	}
	c.timeouts = 0
	if c.probed && c.probedUpTo.AtMost(seg.Ack) {
		c.probed = false
	}
	if c.policy.InitialWindow > 0 && (2*out > c.cwnd || c.recovering) && c.state != SynSent && c.state != SynRcvd {
		c.cwnd += out - len(c.flight) // slow start, while the window is what limits
	}
	c.refill(now)
	if whole {
		c.armAfterACK(now)
	}
}

// updateWindow takes SND.WND from segments that are not older than the last one
// that set it.
func (c *Conn) updateWindow(seg *Segment) {
	if c.snd.wl1.Before(seg.Seq) || c.snd.wl1 == seg.Seq && c.snd.wl2.AtMost(seg.Ack) {
		c.snd.wnd = seg.Wnd
		c.snd.maxWnd = max(c.snd.maxWnd, seg.Wnd)
		c.snd.wl1, c.snd.wl2 = seg.Seq, seg.Ack
	}
}

// takeText is the seventh check, and the eighth for the FIN behind the text.
func (c *Conn) takeText(now Instant, seg *Segment) {
	if len(seg.Text) == 0 && !seg.Flags.Has(FIN) {
		return
	}
	if c.policy.DelayedACK > 0 && seg.End().AtMost(c.rcv.nxt) {
		c.ignore(WhyDuplicate) // acceptable only because our ACK of it still waits
		c.leavePingpong()
		c.acknowledge(WhySentAckAgain)
		return
	}
	textEnd := seg.Seq + Seq(len(seg.Text))
	// Linux takes a FIN beyond a gap for a sign of text too (tcp_rcv_state_process).
	fresh := (len(seg.Text) > 0 || c.policy.ResetByFIN) && c.rcv.nxt.Before(textEnd)
	switch c.state {
	case Established, FinWait1, FinWait2:
	case CloseWait, Closing, LastAck, TimeWait:
		// The peer has sent its FIN: there can be no more text.
		if c.policy.ResetByFIN && fresh && seg.Seq.Before(c.rcv.nxt) {
			c.refuseText(seg)
		}
		return
	case Closed, Listen, SynSent, SynRcvd:
		return
	}
	if (c.orphan || c.deaf && c.state != Established) && fresh {
		c.refuseText(seg) // 3.6.1: nobody is left to read this, and the peer must be told
		return
	}
	if c.rcv.nxt.Before(seg.Seq) {
		c.hold(seg)
		c.acknowledge(WhySentAckGap)
		return
	}
	c.takeInOrder(now, seg)
	gap := len(c.held) > 0 // behind a FIN nothing is held any more
	for len(c.held) > 0 && c.held[0].Seq.AtMost(c.rcv.nxt) {
		next := c.held[0]
		c.held = c.held[:copy(c.held, c.held[1:])]
		c.takeInOrder(now, &next)
	}
	if c.policy.DelayedACK > 0 && c.state != TimeWait && c.state != Closed {
		c.ack.now = c.ack.now || gap // RFC 5681, 4.2: at once when a gap is filled
		why := WhySentAckData
		if c.peerDone {
			why = WhySentAckFin
		}
		c.decideACK(now, why)
		if !c.byCalls {
			c.wasRead(now)
		}
	}
}

// refuseText ends the connection by RST because of text that nobody can read.
func (c *Conn) refuseText(seg *Segment) {
	c.ignore(WhyDataAfterClose)
	c.transmit(c.resetForText(seg), WhyDataAfterClose, 0)
	if c.byCalls {
		c.trouble = ECONNRESET
		if c.state == CloseWait {
			c.trouble = EPIPE // tcp_reset: the end was read already
		}
	}
	c.quit(WhyDataAfterClose)
}

// resetForText numbers the RST for text that nobody will read. The text may have
// crossed our FIN, whose number the peer expects no longer when the RST comes:
// so as ABORT does (3.10.5). Linux takes the text's own ACK, and its receivers
// let that pass.
func (c *Conn) resetForText(seg *Segment) Segment {
	if c.policy.ResetByFIN {
		return resetFor(seg)
	}
	return Segment{Seq: c.snd.nxt, Flags: RST}
}

// hold keeps out-of-order text, sorted by sequence number.
func (c *Conn) hold(seg *Segment) {
	at := len(c.held)
	for at > 0 && seg.Seq.Before(c.held[at-1].Seq) {
		at--
	}
	c.held = append(c.held, Segment{})
	copy(c.held[at+1:], c.held[at:])
	c.held[at] = *seg
}

// takeInOrder delivers what is new of a segment that starts at or before RCV.NXT.
func (c *Conn) takeInOrder(now Instant, seg *Segment) {
	if seg.End().AtMost(c.rcv.nxt) {
		return
	}
	if fresh := seg.Text[min(seg.Seq.To(c.rcv.nxt), len(seg.Text)):]; len(fresh) > 0 {
		c.rcv.nxt += Seq(len(fresh))
		switch {
		case c.orphan:
		case c.byCalls:
			c.keep(fresh, seg.Foreign)
		default:
			e := c.effect(Deliver)
			e.Text, e.Foreign = fresh, seg.Foreign
		}
		if c.policy.DelayedACK > 0 {
			c.heardText(now, seg)
		} else {
			c.acknowledge(WhySentAckData)
		}
	}
	if seg.Flags.Has(FIN) {
		c.takeFin(now)
	}
}

// takeFin is the eighth check.
func (c *Conn) takeFin(now Instant) {
	c.rcv.nxt++
	c.held = c.held[:0]
	c.peerDone = true
	c.ack.owed = true
	if c.policy.DelayedACK == 0 || c.state == FinWait1 || c.state == FinWait2 {
		c.acknowledge(WhySentAckFin)
	}
	switch c.state {
	case Established:
		c.enter(CloseWait, WhyFinArrived)
		c.ack.pingpong = c.policy.PingPong // our FIN is expected to carry the ACK (tcp_fin)
	case FinWait1:
		// Our FIN is not acknowledged, or the fifth check would have left this state.
		c.enter(Closing, WhyFinArrived)
	case FinWait2:
		c.enterTimeWait(now, WhyFinArrived)
	case CloseWait, Closing, LastAck, TimeWait:
	case Closed, Listen, SynSent, SynRcvd: // the fifth check has led out of SYN_RCVD
	}
	if !c.orphan && !c.byCalls {
		c.effect(EndOfFile)
	}
}
