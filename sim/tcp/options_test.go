package tcp

import "testing"

// opened lets two ends with these policies open a connection, and gives both with the segments of the handshake.
func opened(t *testing.T, client, server Policy) (c, s *Conn, handshake []Segment) {
	t.Helper()
	c, s = New(&client, 99), New(&server, 299)
	c.OpenActive()
	s.OpenPassive()
	ends := [2]*Conn{c, s}
	for turn := range 4 {
		from, to := ends[turn%2], ends[1-turn%2]
		from.Output(Instant(turn))
		for _, e := range from.Drain() {
			if e.Kind == Transmit {
				handshake = append(handshake, e.Segment)
				to.SegmentArrives(Instant(turn), e.Segment)
			}
		}
	}
	if c.State() != Established || s.State() != Established {
		t.Fatalf("the client is %v, the server %v", c.State(), s.State())
	}
	return c, s, handshake
}

var offering = Policy{RTOFirst: Second, RTOMin: Second, RTOMax: Minute, R2: 8, MSS: 1460, Window: 200_000, Scale: true, Shift: 3, SACK: true}

// TestOptionsNeedBothSYNs: what one SYN does not offer is not used, whatever the other one does.
func TestOptionsNeedBothSYNs(t *testing.T) {
	plain := Policy{RTOFirst: Second, RTOMin: Second, RTOMax: Minute, R2: 8, MSS: 1000, Window: 200_000}
	c, s, shake := opened(t, offering, offering)
	if syn := shake[0]; syn.MSS != 1460 || !syn.Scale || syn.Shift != 3 || !syn.SACK || syn.Wnd != 65535 {
		t.Errorf("the SYN is %+v: its window is not scaled (RFC 7323, 2.2)", syn)
	}
	if last := shake[2]; last.Shift != 3 || last.Wnd != 200_000 || last.MSS != 0 || last.SACK {
		t.Errorf("the ACK is %+v: its window is, and it offers nothing", last)
	}
	if answer := shake[1]; answer.Wnd != 65535 || s.rcv.edge != answer.Ack+65535 {
		t.Errorf("the server has promised %d bytes", s.rcv.nxt.To(s.rcv.edge))
	}
	if !c.sack || !s.sack || s.snd.wnd != 200_000 {
		t.Errorf("both permit SACK: %v %v; the server may send %d bytes", c.sack, s.sack, s.snd.wnd)
	}
	c, s, shake = opened(t, offering, plain)
	if answer := shake[1]; answer.Scale || answer.SACK || answer.MSS != 1000 {
		t.Errorf("the SYN,ACK of a host without options is %+v", answer)
	}
	if last := shake[2]; last.Shift != 0 || last.Wnd != 65535 || c.sack || s.sack {
		t.Errorf("so nothing of that is used: %+v", last)
	}
	if c.largestText() != 1000 || s.largestText() != 1000 {
		t.Errorf("no text is larger than the smaller of the two: %d, %d", c.largestText(), s.largestText())
	}
	_, _, shake = opened(t, plain, offering)
	if answer := shake[1]; answer.Scale || answer.Shift != 0 || answer.SACK {
		t.Errorf("what the SYN does not offer, the answer does not either: %+v", answer)
	}
	s = New(&plain, 299)
	s.OpenPassive()
	s.SegmentArrives(0, Segment{Seq: 99, Flags: SYN, Wnd: 1000})
	if s.largestText() != 536 {
		t.Errorf("to a peer that names no MSS: %d bytes (RFC 9293, 3.7.1)", s.largestText())
	}
}

// TestScaleOfZero: who has a small window says so, and its peer scales all the same (RFC 7323, 2.2).
func TestScaleOfZero(t *testing.T) {
	small := offering
	small.Window, small.Shift = 4000, 0
	for _, ends := range [][2]Policy{{small, offering}, {offering, small}} {
		c, s, shake := opened(t, ends[0], ends[1])
		if !shake[0].Scale || !shake[1].Scale || shake[0].Shift != ends[0].Shift || shake[1].Shift != ends[1].Shift {
			t.Errorf("both offer a scale: %+v, %+v", shake[0], shake[1])
		}
		if c.rcv.shift != ends[0].Shift || s.rcv.shift != ends[1].Shift {
			t.Errorf("and use it: %d and %d", c.rcv.shift, s.rcv.shift)
		}
	}
}

// TestScaledWindowIsNeverLess: a window is said in whole units, and those never promise less than is meant.
func TestScaledWindowIsNeverLess(t *testing.T) {
	c, _, _ := opened(t, offering, offering)
	for _, wnd := range []int{0, 1, 7, 8, 9, 65535, 65536, 200_000, 600_000} {
		c.Options().Window, c.rcv.edge = wnd, c.rcv.nxt
		said := c.window()
		if most := 65535 << 3; said%8 != 0 || said < min(wnd, most) || said > most || said >= wnd+8 {
			t.Errorf("%d bytes are said as %d", wnd, said)
		}
	}
}
