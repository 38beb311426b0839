package tcp

// This file is what a SYN offers and what its receiver makes of it: the largest
// segment (RFC 9293, 3.7.1), the scale of the window and timestamps (RFC 7323),
// and SACK (RFC 2018). An option is used when both SYNs have offered it.

// lastWindow is the largest that the header's field can say.
const lastWindow = 65535

// equip gives a segment its options. The window of a SYN is never scaled
// (RFC 7323, 2.2).
func (c *Conn) equip(seg *Segment) {
	if seg.Flags.Has(SYN) {
		answers := seg.Flags.Has(ACK)
		seg.MSS = c.policy.MSS
		if seg.Scale = c.policy.Scale && (!answers || c.scales); seg.Scale {
			seg.Shift = c.policy.Shift
		}
		seg.SACK = c.policy.SACK && (!answers || c.sack)
		seg.Wnd = min(seg.Wnd, lastWindow)
		c.synStampLast = c.tsClock()
	} else {
		seg.Shift = c.rcv.shift
	}
	c.stamp(seg)
}

// agree takes what the peer's SYN offers.
func (c *Conn) agree(syn *Segment) {
	c.peerMSS = leastSegment // RFC 9293, 3.7.1, MUST-15
	if syn.MSS > 0 {
		c.peerMSS = syn.MSS
	}
	if c.policy.Scale && syn.Scale {
		c.scales, c.rcv.shift = true, c.policy.Shift
	}
	c.sack = c.policy.SACK && syn.SACK
	if c.policy.Timestamps && syn.Stamped {
		c.stamps, c.recent = true, syn.TSVal
	}
}
