package tcp

// chunk is text that the application has not read, and what keeping it costs.
type chunk struct {
	text    []byte
	cost    int
	foreign bool
}

// ReadByCalls makes the application take its text by [Conn.Receive] instead of
// in the instant of its arrival, so that the window can close.
func (c *Conn) ReadByCalls() { c.byCalls = true }

// Unread is the number of bytes that wait for the application.
func (c *Conn) Unread() int {
	n := 0
	for _, u := range c.unread {
		n += len(u.text)
	}
	return n
}

// Ended tells whether the peer's FIN has been received in order.
func (c *Conn) Ended() bool { return c.peerDone }

// Deaf tells whether the application has said that it will read no more.
func (c *Conn) Deaf() bool { return c.deaf }

// Mute tells whether the application has said that it will send no more.
func (c *Conn) Mute() bool { return c.fin != finNone }

// Trouble is the error that a call has yet to report.
func (c *Conn) Trouble() Errno { return c.trouble }

// TakeTrouble reports the error once, as SO_ERROR does.
func (c *Conn) TakeTrouble() Errno {
	e := c.trouble
	c.trouble = ""
	return e
}

// Receive is the RECEIVE call (3.10.3). It hands over at most limit bytes and
// says how many; ready is false when the application must wait for them. 0
// bytes are the end: the peer's FIN, or a connection that is gone.
func (c *Conn) Receive(now Instant, limit int) (n int, errno Errno, ready bool) {
	c.now = now
	for len(c.unread) > 0 && n < limit {
		u := &c.unread[0]
		part := u.text[:min(len(u.text), limit-n)]
		e := c.effect(Deliver)
		e.Text, e.Foreign = part, u.foreign
		n += len(part)
		if u.text = u.text[len(part):]; len(u.text) == 0 {
			c.kept -= u.cost
			c.unread = c.unread[1:]
		}
	}
	switch {
	case n > 0:
		c.wasRead(now)
		return n, "", true
	case c.peerDone: // also after a RST: the end had been read already (curriculum 1.3)
		c.effect(EndOfFile)
		return 0, "", true
	case c.trouble != "":
		return 0, c.TakeTrouble(), true
	case c.deaf || c.state == Closed || c.mini:
		c.effect(EndOfFile)
		return 0, "", true
	}
	return 0, "", false
}

// ShutdownRead is shutdown(SHUT_RD): nothing is sent; reads end.
func (c *Conn) ShutdownRead() { c.deaf = true }

// wasRead sends the ACK that a read sets free: one that waits while the
// application has taken all that was pushed, or the news of a window that at
// least doubled (tcp_cleanup_rbuf).
func (c *Conn) wasRead(now Instant) {
	a := &c.ack
	if c.state == Closed || c.mini {
		return
	}
	if a.owed && (a.sent.To(c.rcv.nxt) > a.segment ||
		len(c.unread) == 0 && (a.pushed > 1 || a.pushed == 1 && !c.inPingpong())) {
		c.acknowledge(c.ackWhy)
		return
	}
	if old := max(0, c.rcv.nxt.To(c.rcv.edge)); !c.peerDone && 2*old <= c.largest() {
		if offer := c.fresh(); offer > 0 && offer >= 2*old {
			c.acknowledge(WhySentWindow)
		}
	}
}

// largest is the window that an empty buffer offers.
func (c *Conn) largest() int {
	if c.policy.RcvBuf == 0 {
		return c.policy.Window
	}
	return min(c.policy.Window, c.textShare(c.policy.RcvBuf))
}

// textShare is how much text fits into so many bytes of buffer, by the largest
// segment that was seen: half of them at first, and 1448 of 2304 when segments
// are full (tcp_win_from_space, tcp_measure_rcv_mss).
func (c *Conn) textShare(n int) int {
	if c.ack.segment <= leastSegment {
		return n / 2
	}
	return n * (c.ack.segment * 256 / costOf(c.ack.segment)) / 256
}

// costOf is what it takes to keep a segment: its text and headers in a block of
// a power of two, or of the smallest size, and the descriptor (skb->truesize).
func costOf(text int) int {
	const headers, smallest, descriptor = 436, 704, 256
	block := smallest
	for size := 1024; block < text+headers; size *= 2 {
		block = size
	}
	return block + descriptor
}

// fresh is the window that the buffer can offer now (__tcp_select_window): once
// it is short of its largest, whole segments, unless it is scaled; and nothing
// rather than less than one (RFC 9293, 3.8.6.2.2).
func (c *Conn) fresh() int {
	if !c.byCalls {
		return c.policy.Window
	}
	if c.policy.RcvBuf == 0 {
		return max(0, c.policy.Window-c.Unread())
	}
	free, all := max(0, c.textShare(c.policy.RcvBuf-c.kept)), c.textShare(c.policy.RcvBuf)
	if free >= c.policy.Window {
		if free = c.policy.Window; !c.state.Synchronized() || c.rcv.shift > 0 {
			return free
		}
	} else if free < min(all, c.policy.Window)/2 {
		free = free >> c.rcv.shift << c.rcv.shift
	}
	if free < all/16 {
		return 0
	}
	if c.rcv.shift > 0 {
		return free
	}
	whole := max(1, min(c.ack.segment, c.policy.Window))
	if old := c.ack.sent.To(c.rcv.edge); free-whole < old && old <= free {
		return old
	}
	return free / whole * whole
}

// window is what the next segment says: never less than what was promised
// (RFC 9293, 3.8.6: shrinking the window).
func (c *Conn) window() int {
	return c.sayable(max(c.fresh(), c.rcv.nxt.To(c.rcv.edge), 0))
}
