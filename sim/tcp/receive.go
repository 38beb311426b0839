package tcp

// chunk is text that the application has not read, and what keeping it costs.
type chunk struct {
	text    []byte
	cost    int
	spare   int // bytes behind it in its block
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
		if offer := c.offer(); offer > 0 && offer >= 2*old {
			c.acknowledge(WhySentWindow)
		}
	}
}
