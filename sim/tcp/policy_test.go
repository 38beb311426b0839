package tcp

import "testing"

// eager is a policy with everything beyond the RFC that a stack like Linux has.
var eager = Policy{
	TimeWait: Minute, Restart: RestartAnyACK, RTOFirst: Second, RTOMin: 200 * Millisecond, RTOMax: 2 * Minute,
	R2: 15, FinWait2: Minute, MSS: 1460, Window: 65535, RcvBuf: 131072, Tick: 4 * Millisecond, Persist: true,
	Nagle: true, Whole: true, Burst: 2, Minisock: true, Patience: true, FloorVariance: true,
	OrphanRetries: 2, SynRetries: 6, SynLinear: 4, SynAckRetries: 5, WrongAckRetry: 8 * Millisecond,
	Request: true, FlagsFirst: true, LossProbe: true, SACK: true, ProbeSlack: 2 * Millisecond, RefillOnACK: true, InitialWindow: 10,
	DelayedACK: 40 * Millisecond, QuickACKs: 16, PingPong: 1, StrictACK: true, RateLimit: 500 * Millisecond,
	ResetByFIN: true, KeepInterval: Second, KeepCount: 2,
}

// eagerly has SND.NXT 100 and RCV.NXT 300, a round trip of 100 ms, and an
// application that reads by calls.
func eagerly(t *testing.T, change ...func(*Policy)) *dialogue {
	p := eager
	for _, f := range change {
		f(&p)
	}
	d := &dialogue{T: t, conn: NewEstablished(&p, &p, 100, 300, 100*Millisecond), now: Instant(Second)}
	d.conn.ReadByCalls()
	return d
}

func (d *dialogue) reads(limit int) (int, Errno) {
	n, errno, _ := d.conn.Receive(d.now, limit)
	d.take()
	return n, errno
}

func TestAckOfFinWaitsForOurs(t *testing.T) {
	d := eagerly(t)
	d.arrives(PSH|ACK, 300, 100, "hello")
	d.wantSent("the first text is acknowledged at once", segment(ACK, 100, 305))
	d.does("reply")
	d.wantSent("the reply goes at once", segment(PSH|ACK, 100, 305, "reply"))
	d.arrives(FIN|ACK, 305, 105)
	d.wantSent("the ACK of a FIN waits for the application's own")
	d.waits(36 * Millisecond)
	d.wantSent("... for less than 40 ms not at all")
	d.waits(4 * Millisecond)
	d.wantSent("... and leaves alone after 40 ms", segment(ACK, 105, 306))
}

func TestFinCarriesTheDelayedAck(t *testing.T) {
	d := eagerly(t)
	d.arrives(PSH|ACK, 300, 100, "hello")
	d.does("reply")
	d.wantSent("set-up", segment(ACK, 100, 305), segment(PSH|ACK, 100, 305, "reply"))
	d.arrives(FIN|ACK, 305, 105)
	d.reads(100)
	d.does("close")
	d.wantSent("a FIN within the 40 ms carries the ACK", segment(FIN|ACK, 105, 306))
	d.waits(100 * Millisecond)
	d.wantSent("and nothing follows it")
}

func TestLossProbeBeforeTimeouts(t *testing.T) {
	d := eagerly(t)
	d.does("close")
	fin := segment(FIN|ACK, 100, 300)
	d.wantSent("the FIN", fin)
	for _, gap := range []Duration{300, 300, 600} { // R, R, 2R: the probe doubles nothing
		d.waits(gap*Millisecond - 1)
		d.wantSent("the FIN is not repeated sooner")
		d.waits(1)
		d.wantSent("the FIN again", fin)
	}
	d.waits(1200 * Millisecond)
	d.wantState("two retries of an orphan are 1.4 s from the first timeout on", Closed)
}

func TestProbeOfSeveralRepeatsTheLast(t *testing.T) {
	d := eagerly(t)
	d.does("text")
	d.does("close")
	d.wantSent("text and FIN", segment(PSH|ACK, 100, 300, "text"), segment(FIN|ACK, 104, 300))
	d.waits(204 * Millisecond)
	d.wantSent("with two segments out the probe comes after two round trips and 2 ms, in ticks", segment(FIN|ACK, 104, 300))
	d.waits(300 * Millisecond)
	d.wantSent("the timeout repeats the first", segment(PSH|ACK, 100, 300, "text"))
	d.arrives(ACK, 300, 104)
	d.wantSent("its ACK clocks out the rest", segment(FIN|ACK, 104, 300))
}

func TestUserTimeoutCountsFromTheFirstTimeout(t *testing.T) {
	d := eagerly(t, func(p *Policy) { p.UserTimeout = Second })
	d.does("close")
	d.waits(600*Millisecond + Second - 1)
	d.wantState("it is not over sooner", FinWait1)
	d.waits(1)
	d.wantState("a second after the first timeout", Closed)
}

func TestOrphanBeyondTimeWaitIsCountedTwice(t *testing.T) {
	d := eagerly(t, func(p *Policy) { p.FinWait2 = 65 * Second })
	d.does("close")
	d.arrives(ACK, 300, 101)
	d.wantState("the FIN is acknowledged", FinWait2)
	d.waits(10*Second - 1)
	d.wantState("5 s as a socket and 5 s as what remains", FinWait2)
	d.waits(1)
	d.wantState("... and no longer", Closed)
}

func TestLingerTwoBelowZeroResets(t *testing.T) {
	d := eagerly(t, func(p *Policy) { p.Linger2 = -1 })
	d.does("close")
	d.arrives(ACK, 300, 101)
	d.wantSent("FIN_WAIT_2 of an orphan is not wanted", segment(FIN|ACK, 100, 300), segment(RST, 101, 0))
	d.wantState("it ends at once", Closed)
}

// timeWait brings a conversation to TIME_WAIT with RCV.NXT 301.
func (d *dialogue) timeWait() {
	d.does("close")
	d.arrives(FIN|ACK, 300, 101)
	d.wantState("set-up", TimeWait)
	d.log = nil
}

func TestTimeWaitAnswersOldAcksSparingly(t *testing.T) {
	d := eagerly(t)
	d.timeWait()
	ack := segment(ACK, 101, 301)
	d.arrives(ACK, 290, 100)
	d.wantSent("an old bare ACK is answered", ack)
	d.waits(499 * Millisecond)
	d.arrives(ACK, 290, 100)
	d.wantSent("... not again within 500 ms")
	d.arrives(ACK, 290, 100, "text")
	d.wantSent("old text is answered every time", ack)
	d.waits(Minute - 1)
	d.wantState("each began the wait anew", TimeWait)
}

func TestRFC1337(t *testing.T) {
	for _, protected := range []bool{false, true} {
		d := eagerly(t, func(p *Policy) { p.RFC1337 = protected })
		d.timeWait()
		d.arrives(RST, 301, 0)
		want := Closed
		if protected {
			want = TimeWait
		}
		d.wantState("a RST ends TIME_WAIT unless it is protected", want)
	}
}

func TestOrphanDiesOfAnyResetInTheWindow(t *testing.T) {
	d := eagerly(t)
	d.does("close")
	d.arrives(ACK, 300, 101)
	d.log = nil
	d.arrives(RST, 350, 0)
	d.wantSent("no challenge")
	d.wantState("what remains of an orphan asks no questions", Closed)
}

func TestReopening(t *testing.T) {
	stamps := func(p *Policy) { p.Timestamps = true }
	d := eagerly(t, stamps)
	d.timeWait()
	for _, c := range []struct {
		rule string
		syn  Segment
		ok   bool
	}{
		{"a higher number opens", Segment{Seq: 302, Flags: SYN}, true},
		{"a lower one does not", Segment{Seq: 200, Flags: SYN}, false},
		{"unless its timestamp is newer", Segment{Seq: 200, Flags: SYN, Stamped: true, TSVal: tsStart + 1}, true},
		{"an older timestamp never", Segment{Seq: 302, Flags: SYN, Stamped: true, TSVal: tsStart - 1}, false},
	} {
		iss, ok := d.conn.Reopens(&c.syn)
		if ok != c.ok || ok && iss != 101+65537 {
			t.Errorf("%s: %d %v", c.rule, iss, ok)
		}
	}
}

func TestPAWS(t *testing.T) {
	d := eagerly(t, func(p *Policy) { p.Timestamps = true })
	old := Segment{Seq: 300, Ack: 100, Flags: PSH | ACK, Wnd: 65535, Text: []byte("old"), Stamped: true, TSVal: tsStart - 1}
	d.conn.SegmentArrives(d.now, old)
	d.take()
	d.wantSent("a segment with an old timestamp is only acknowledged", segment(ACK, 100, 300))
	if d.conn.Unread() != 0 {
		t.Error("its text was taken")
	}
	old.TSVal = tsStart + 5
	d.conn.SegmentArrives(d.now, old)
	d.take()
	d.wantSent("a newer one is taken", segment(ACK, 100, 303))
}

func TestClosedWindowIsProbed(t *testing.T) {
	d := eagerly(t)
	d.conn.SegmentArrives(d.now, Segment{Seq: 300, Ack: 100, Flags: ACK, Wnd: 0})
	d.take()
	d.does("text")
	d.does("close")
	d.wantState("the state does not wait for the window", FinWait1)
	d.wantSent("nothing fits")
	d.waits(300 * Millisecond)
	d.wantSent("a probe left of the window", segment(ACK, 99, 300))
	d.waits(600 * Millisecond)
	d.wantSent("the next takes twice as long", segment(ACK, 99, 300))
	d.arrives(ACK, 300, 100)
	d.wantSent("text and FIN leave when the window opens", segment(FIN|PSH|ACK, 100, 300, "text"))
}

func TestWindowClosesAndOpens(t *testing.T) {
	d := eagerly(t, func(p *Policy) { p.RcvBuf, p.Window = 8192, 2896 })
	full := make([]byte, 1448)
	for i, offered := range []int{2896, 1448, 0} {
		d.arrives(ACK, 300+Seq(1448*i), 100, string(full))
		if got := d.conn.window(); got != offered {
			t.Errorf("after %d segments the window is %d, not %d", i+1, got, offered)
		}
	}
	d.waits(200 * Millisecond)
	d.log = nil
	if n, _ := d.reads(65536); n != 3*1448 {
		t.Fatalf("read %d", n)
	}
	d.wantSent("news of the open window", segment(ACK, 100, 300+3*1448))
}

func TestNagle(t *testing.T) {
	d := eagerly(t)
	d.does("a")
	d.does("b")
	d.does("c")
	d.wantSent("one small segment at a time", segment(PSH|ACK, 100, 300, "a"))
	d.arrives(ACK, 300, 101)
	d.wantSent("its ACK lets the rest go together", segment(PSH|ACK, 101, 300, "bc"))
	d.does("d")
	d.does("close")
	d.wantSent("the end waits for nothing", segment(FIN|PSH|ACK, 103, 300, "d"))
}

func TestInitialWindowHoldsTheFin(t *testing.T) {
	d := eagerly(t)
	d.does(string(make([]byte, 10*1460)))
	d.does("close")
	if n := len(d.conn.flight); n != 10 {
		t.Fatalf("%d segments are out", n)
	}
	d.log = nil
	d.arrives(ACK, 300, 100+1460)
	d.wantSent("the first ACK makes room for the FIN", segment(FIN|ACK, 100+14600, 300))
}

func TestUnreadTextAtClose(t *testing.T) {
	d := eagerly(t)
	d.arrives(PSH|ACK, 300, 100, "unread")
	d.log = nil
	d.does("close")
	d.wantSent("the peer must learn that its text was lost", segment(RST|ACK, 100, 306))
	d.wantState("no TIME_WAIT", Closed)
}

func TestErrorsOfAReader(t *testing.T) {
	d := eagerly(t)
	d.arrives(RST, 300, 0)
	if _, errno := d.reads(10); errno != ECONNRESET {
		t.Errorf("the first read says %q", errno)
	}
	if n, errno := d.reads(10); n != 0 || errno != "" {
		t.Errorf("the second read says %d %q", n, errno)
	}
	d = eagerly(t)
	d.arrives(FIN|ACK, 300, 100)
	d.arrives(RST, 301, 0)
	if _, errno := d.reads(10); errno != "" {
		t.Errorf("after the end a RST changes nothing for a reader: %q", errno)
	}
	if e := d.conn.TakeTrouble(); e != EPIPE {
		t.Errorf("and means EPIPE for a writer, not %q", e)
	}
}

func TestKeepAlive(t *testing.T) {
	d := eagerly(t, func(p *Policy) { p.KeepIdle = 2 * Second })
	d.conn.KeepAliveChanged(d.now)
	d.waits(2 * Second)
	d.wantSent("a silent peer is asked", segment(ACK, 99, 300))
	d.waits(100 * Millisecond)
	d.arrives(ACK, 300, 100)
	d.waits(2*Second - 1)
	d.wantSent("its answer earns it the whole time again")
	d.waits(1)
	d.wantSent("...", segment(ACK, 99, 300))
	d.waits(Second)
	d.wantSent("the second question", segment(ACK, 99, 300))
	d.waits(Second)
	d.wantSent("no answer: RST", segment(RST|ACK, 100, 300))
	d.wantState("and the end", Closed)
}

func TestWrongAckToSyn(t *testing.T) {
	d := &dialogue{T: t, conn: New(&eager, 99)}
	d.does("open")
	d.wantSent("the SYN", segment(SYN, 99, 0))
	d.arrives(ACK, 5000, 40)
	d.wantSent("an ACK of something else is refused", segment(RST, 40, 0))
	d.waits(8 * Millisecond)
	d.wantSent("and the SYN goes again after two ticks", segment(SYN, 99, 0))
}

// Linux takes a RST at the end of what its SACK has reported, and RFC 5961 alone
// would challenge it.
func TestResetBehindAGap(t *testing.T) {
	for sack, want := range map[bool]State{true: Closed, false: Established} {
		d := eagerly(t, func(p *Policy) { p.SACK = sack })
		d.arrives(ACK, 310, 100, "text")
		d.arrives(ACK, 305, 100, "more")
		d.arrives(RST, 312, 0)
		d.wantState("in the middle of it", Established)
		d.arrives(RST, 314, 0)
		d.wantState("at its end", want)
	}
}

// An orphan is given up when its probes have become as rare as they may, although
// the peer answers each; one probe before, it is not.
func TestOrphanBeforeAClosedWindow(t *testing.T) {
	d := eagerly(t, func(p *Policy) { p.OrphanRetries, p.RTOMax = 0, 5*Second })
	d.does("hello")
	d.conn.SegmentArrives(d.now, Segment{Seq: 300, Ack: 105, Flags: ACK, Wnd: 0})
	d.take()
	d.does("more")
	d.does("close")
	d.log = nil
	for range 5 { // after 0.3, 0.6, 1.2, 2.4 and 4.8 s; the next would come after 5 s and not 9.6 s
		due, _ := d.conn.Deadline()
		d.waits(Duration(due - d.now))
		d.wantSent("a probe", segment(ACK, 104, 300))
		d.conn.SegmentArrives(d.now, Segment{Seq: 300, Ack: 105, Flags: ACK, Wnd: 0})
		d.take()
	}
	d.wantState("its peer answers", FinWait1)
	d.waits(20 * Second)
	d.wantState("and it ends", Closed)
}

// What has none of ACK, RST and SYN draws nothing, wherever it is.
func TestFlagsFirst(t *testing.T) {
	d := eagerly(t)
	d.arrives(PSH, 70_000_000, 0, "text")
	d.wantSent("no ACK bit, no answer")
}
