package tcp

// Timestamps (RFC 7323): each segment says when it was sent and repeats the
// newest time heard, so that a round trip can be measured on a repeated segment
// and an old segment is known by its age (PAWS).

// stamp puts the timestamps on a segment.
func (c *Conn) stamp(seg *Segment) {
	if c.stamps || c.policy.Timestamps && seg.Flags&(SYN|ACK) == SYN {
		seg.Stamped, seg.TSVal, seg.TSEcr = true, c.tsClock(), c.recent
	}
}

// tsClock counts milliseconds, as Linux does, from an arbitrary start.
func (c *Conn) tsClock() uint32 {
	return uint32(c.now/Instant(Millisecond)) + tsStart + c.policy.TSOffset
}

const tsStart = 1_000_000

// ClockFrom is the offset of a clock of timestamps that shows first at instant 0.
func ClockFrom(first uint32) uint32 { return first - tsStart }

// Stamp is the newest timestamp heard, if the connection uses them.
func (c *Conn) Stamp() (recent uint32, used bool) { return c.recent, c.stamps }

// stale is PAWS: the segment's timestamp is older than the newest one that we
// have heard (RFC 7323, 5.3).
func (c *Conn) stale(seg *Segment) bool {
	return c.stamps && seg.Stamped && int32(seg.TSVal-c.recent) < 0
}

// disordered excuses a bare ACK that another one overtook (tcp_disordered_ack).
func (c *Conn) disordered(seg *Segment) bool {
	return seg.Flags == ACK && len(seg.Text) == 0 && seg.Seq == c.rcv.nxt && seg.Ack == c.snd.una &&
		int32(c.recent-seg.TSVal) <= int32(c.rto()/Millisecond)
}

// remember takes the timestamp of a segment that begins where our last ACK
// ended or before (RFC 7323, 4.3).
func (c *Conn) remember(seg *Segment) {
	if c.stamps && seg.Stamped && seg.Seq.AtMost(c.ack.sent) && !c.stale(seg) {
		c.recent = seg.TSVal
	}
}

// sinceEchoed is the round trip by the echoed timestamp.
func (c *Conn) sinceEchoed(seg *Segment) (Duration, bool) {
	if !c.stamps || !seg.Stamped || seg.TSEcr == 0 {
		return 0, false
	}
	return Duration(max(1, int32(c.tsClock()-seg.TSEcr))) * Millisecond, true
}
