package tcp

// Rest is all that a connection in TIME_WAIT has to remember when nothing of it
// is under way at its own end: a host that has a great many of them keeps this
// in place of the Conn, and wakes it when a segment comes or the wait is over.
type Rest struct {
	Due            Instant // when the wait is over
	SndNxt, RcvNxt Seq
	Recent         uint32 // TS.Recent
	MaxWnd         uint32 // largest window that the peer has offered
	Stamps, Mini   bool
	Shift          uint8 // of our window
}

// Rest gives what must be remembered; ok is false when that would not be all,
// so that the Conn must be kept.
func (c *Conn) Rest() (r Rest, ok bool) {
	due := c.timers[TimeWaitTimer].due
	for name := range numTimers {
		if c.timers[name].on != (name == TimeWaitTimer) {
			return r, false
		}
	}
	if c.state != TimeWait || c.own || c.ackDue || c.ack.owed || c.ack.answered > 0 || c.trouble != "" || c.stamps && !c.mini ||
		len(c.flight)+len(c.unsent)+len(c.held)+len(c.unread) > 0 ||
		c.snd.una != c.snd.nxt || c.ack.sent != c.rcv.nxt || c.rcv.edge != c.rcv.nxt+Seq(c.window()) ||
		c.waitSince.Add(c.policy.TimeWait) != due {
		return r, false
	}
	return Rest{due, c.snd.nxt, c.rcv.nxt, c.recent, uint32(c.snd.maxWnd), c.stamps, c.mini, c.rcv.shift}, true
}

// Wake makes the connection the one that rested.
func (c *Conn) Wake(p *Policy, r Rest) {
	c.Renew(p, r.SndNxt-1)
	c.state = TimeWait
	c.orphan, c.deaf, c.peerDone, c.mini, c.fin = true, true, true, r.Mini, finAcked
	c.waitSince = r.since(p)
	c.snd.una, c.snd.nxt = r.SndNxt, r.SndNxt
	c.snd.wnd, c.snd.maxWnd = int(r.MaxWnd), int(r.MaxWnd)
	c.rcv.nxt, c.rcv.edge, c.rcv.shift, c.ack.sent = r.RcvNxt, r.RcvNxt, r.Shift, r.RcvNxt
	c.rcv.edge += Seq(c.window())
	c.stamps, c.recent = r.Stamps, r.Recent
	t := &c.timers[TimeWaitTimer]
	t.on, t.due = true, r.Due
}

func (r Rest) since(p *Policy) Instant { return r.Due.Add(-p.TimeWait) }

// Waits is what [Conn.Waits] would say.
func (r Rest) Waits(p *Policy) PortWait {
	return PortWait{Waiting: r.Mini, TimeWait: true, Since: r.since(p), Timestamps: r.Stamps, Next: r.SndNxt + reopenDistance}
}
