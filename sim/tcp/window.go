package tcp

// This file is the window that an end offers (RFC 9293, 3.8.6). The RFC leaves
// its size to the implementation. Linux has a buffer in which every segment costs
// more than its text, learns from what arrives how much text the buffer holds, and
// opens the window to that step by step.

// space is what Linux knows of a receive buffer.
type space struct {
	ratio     int // of 256 bytes of buffer, how many are text (scaling_ratio)
	clamp     int // the most that the window may ever be (window_clamp)
	threshold int // and that it may be now (rcv_ssthresh)
}

// leastBuffer is the smallest receive buffer (SOCK_MIN_RCVBUF).
const leastBuffer = 2304

// makeSpace begins with half of the buffer for text, of which one segment is kept
// back (tcp_init_buffer_space).
func (c *Conn) makeSpace() {
	if c.policy.RcvBuf == 0 {
		return
	}
	s, segment := &c.rcv.space, c.policy.MSS
	s.ratio = 128 // TCP_DEFAULT_SCALING_RATIO
	s.clamp = s.text(c.policy.RcvBuf)
	if s.clamp > 2*segment {
		s.clamp = max(2*segment, s.clamp-segment)
	}
	s.threshold = min(c.policy.Window, s.clamp)
}

// text is how much text so many bytes of buffer hold (tcp_win_from_space).
func (s *space) text(buffer int) int { return buffer * s.ratio >> 8 }

// measureText learns from a segment how large those of the peer are
// (tcp_measure_rcv_mss).
func (c *Conn) measureText(n int) {
	a := &c.ack
	if n <= a.segment {
		return
	}
	a.segment = max(a.segment, min(n, c.largestText()))
	if c.policy.RcvBuf == 0 {
		return
	}
	s := &c.rcv.space
	before := s.ratio
	if s.ratio = max(1, n<<8/costOf(n)); s.ratio == before {
		return
	}
	// tcp_set_window_clamp
	switch clamp := max(leastBuffer/2, s.text(c.policy.RcvBuf)); {
	case clamp < s.clamp:
		s.clamp, s.threshold = clamp, min(s.threshold, clamp)
	case clamp > s.clamp:
		s.clamp, s.threshold = clamp, max(s.threshold, min(a.sent.To(c.rcv.edge), clamp))
	}
}

// growSpace opens the window after text came, if there is room for more of its
// kind, and the sender hears of that at once (tcp_grow_window).
func (c *Conn) growSpace(n int) {
	const least = 128
	s := &c.rcv.space
	room := min(s.clamp, s.text(c.policy.RcvBuf-c.kept)) - s.threshold
	if n < least || room <= 0 {
		return
	}
	more := 0
	if s.text(costOf(n)) <= n {
		more = 2 * c.policy.MSS
	} else if s.worth(n) {
		more = 2 * c.ack.segment
	}
	if more > 0 {
		s.threshold += min(room, max(more, 2*n))
		c.ack.quick |= 1
	}
}

// worth tells of text that costs more than itself whether the window, as small as
// it is, may still grow for it (__tcp_grow_window).
func (s *space) worth(n int) bool {
	const largest = 6 << 20 // tcp_rmem
	cost, window := s.text(costOf(n))/2, s.text(largest)/2
	for ; s.threshold <= window; cost, window = cost/2, window/2 {
		if cost <= n {
			return true
		}
	}
	return false
}

// costOf is what it takes to keep a segment: its text and headers in a block of
// a power of two, or of the smallest size, and the descriptor (skb->truesize).
func costOf(text int) int { return blockOf(text) + 256 }

// headers are what a block holds besides text.
const headers = 436

func blockOf(text int) int {
	block := 704
	for size := 1024; block < text+headers; size *= 2 {
		block = size
	}
	return block
}

// keep has text wait for the application. What fits behind the text before it
// costs nothing more (tcp_try_coalesce).
func (c *Conn) keep(text []byte, foreign bool) {
	u := chunk{text: text, foreign: foreign}
	if last := len(c.unread) - 1; last >= 0 && c.unread[last].spare >= len(text) {
		u.spare = c.unread[last].spare - len(text)
		c.unread[last].spare = 0
	} else {
		u.cost = costOf(len(text))
		u.spare = blockOf(len(text)) - headers - len(text)
	}
	c.unread = append(c.unread, u)
	c.kept += u.cost
}

// largest is the window that an empty buffer offers.
func (c *Conn) largest() int {
	if c.policy.RcvBuf == 0 {
		return c.policy.Window
	}
	return c.rcv.clamp
}

// offer is the window that the buffer can give now (__tcp_select_window): unless
// it is scaled, whole segments; and nothing rather than less than one
// (RFC 9293, 3.8.6.2.2).
func (c *Conn) offer() int {
	switch {
	case !c.byCalls, !c.state.Synchronized():
		return c.policy.Window
	case c.policy.RcvBuf == 0:
		return max(0, c.policy.Window-c.Unread())
	}
	s := &c.rcv.space
	free, all := s.text(max(0, c.policy.RcvBuf-c.kept)), s.text(c.policy.RcvBuf)
	full := min(s.clamp, all)
	segment := min(c.ack.segment, full)
	if free < full/2 {
		c.ack.quick = 0
		if free = free >> c.rcv.shift << c.rcv.shift; free < all/16 || free < segment {
			return 0
		}
	}
	free = min(free, s.threshold)
	if c.rcv.shift > 0 {
		unit := 1 << c.rcv.shift
		return (free + unit - 1) &^ (unit - 1)
	}
	old := c.ack.sent.To(c.rcv.edge)
	switch {
	case old <= free-segment || old > free:
		return free / segment * segment
	case segment == full && free > old+full/2:
		return free
	}
	return old
}

// window is what the next segment says of the window, which may be larger than
// the header's field can say.
func (c *Conn) window() int { return min(c.grant(), lastWindow<<c.rcv.shift) }

// grant is the window from the next segment on: whole units of the scale, rather a
// little more than is meant, and never less than what was promised
// (RFC 9293, 3.8.6: shrinking the window; tcp_select_window).
func (c *Conn) grant() int {
	unit := 1 << c.rcv.shift
	return (max(c.offer(), c.rcv.nxt.To(c.rcv.edge), 0) + unit - 1) &^ (unit - 1)
}
