package tcp

import (
	"strings"
	"testing"
)

// dialogue is the vocabulary of these tests: what arrives, what the application
// does, what must be sent. Each expectation opens with the rule in English.
type dialogue struct {
	*testing.T
	conn *Conn
	now  Instant
	log  []Effect
}

var testPolicy = Policy{
	TimeWait: 4 * Second, RTOFirst: Second, RTOMin: Second, RTOMax: Minute, R2: 3,
	FinWait2: 10 * Minute, MSS: 1460, Window: 65535,
}

// established has SND.NXT 100 and RCV.NXT 300, and a round trip of 100 ms.
func established(t *testing.T) *dialogue {
	return &dialogue{T: t, conn: NewEstablished(&testPolicy, &testPolicy, 100, 300, 100*Millisecond)}
}

func fresh(t *testing.T) *dialogue { return &dialogue{T: t, conn: New(&testPolicy, 99)} }

func (d *dialogue) take() {
	d.conn.Output(d.now)
	d.log = append(d.log, d.conn.Drain()...)
}

func (d *dialogue) does(call string) Errno {
	d.Helper()
	var errno Errno
	switch call {
	case "open":
		errno = d.conn.OpenActive()
	case "listen":
		errno = d.conn.OpenPassive()
	case "close":
		errno = d.conn.Close(d.now)
	case "shutdown":
		errno = d.conn.Shutdown()
	case "abort":
		errno = d.conn.Abort()
	default:
		errno = d.conn.Send(d.now, []byte(call))
	}
	d.take()
	return errno
}

func (d *dialogue) arrives(flags Flags, seq, ack Seq, text ...string) {
	d.conn.SegmentArrives(d.now, Segment{Seq: seq, Ack: ack, Flags: flags, Wnd: 65535, Text: []byte(strings.Join(text, ""))})
	d.take()
}

// waits lets time pass, firing timers on the way.
func (d *dialogue) waits(span Duration) {
	until := d.now.Add(span)
	for {
		at, ok := d.conn.Deadline()
		if !ok || at > until {
			d.now = until
			return
		}
		d.now = at
		d.conn.Timeout(d.now)
		d.take()
	}
}

// wantSent takes everything that was sent since it was last asked.
func (d *dialogue) wantSent(rule string, want ...Segment) {
	d.Helper()
	var got []Segment
	for _, e := range d.log {
		if e.Kind == Transmit {
			got = append(got, e.Segment)
		}
	}
	d.log = nil
	ok := len(got) == len(want)
	for i := 0; ok && i < len(want); i++ {
		g, w := got[i], want[i]
		ok = g.Seq == w.Seq && g.Ack == w.Ack && g.Flags == w.Flags && string(g.Text) == string(w.Text)
	}
	if !ok {
		d.Fatalf("%s:\n got %v\nwant %v", rule, got, want)
	}
}

func (d *dialogue) wantState(rule string, want State) {
	d.Helper()
	if got := d.conn.State(); got != want {
		d.Fatalf("%s: state is %v, not %v", rule, got, want)
	}
}

// wantTold looks for the error that the application learns of.
func (d *dialogue) wantTold(rule string, want Errno) {
	d.Helper()
	for _, e := range d.log {
		if e.Kind == Fail && e.Errno == want {
			return
		}
	}
	d.Fatalf("%s: the application did not learn of %s", rule, want)
}

func segment(flags Flags, seq, ack Seq, text ...string) Segment {
	return Segment{Seq: seq, Ack: ack, Flags: flags, Text: []byte(strings.Join(text, ""))}
}

func TestFinIsSentAgainAndGivenUp(t *testing.T) {
	d := established(t)
	d.does("close")
	fin := segment(FIN|ACK, 100, 300)
	d.wantSent("CLOSE sends a FIN (3.10.4)", fin)
	d.waits(999 * Millisecond)
	d.wantSent("nothing before the timer is due")
	d.waits(Millisecond)
	d.wantSent("an unacknowledged FIN is sent again like data (3.10.8)", fin)
	d.waits(2 * Second)
	d.wantSent("the timeout doubles (RFC 6298, 5.5)", fin)
	d.waits(4 * Second)
	d.wantSent("and doubles", fin)
	d.waits(8 * Second)
	d.wantSent("after R2 retransmissions nothing more is sent (3.8.3)")
	d.wantState("but the connection ends", Closed)
}

func TestApplicationLearnsOfTimeout(t *testing.T) {
	d := established(t)
	d.does("hello")
	d.log = nil
	d.waits(Minute)
	d.wantTold("text that is never acknowledged ends in a timeout", ETIMEDOUT)
}

func TestFinWaitsBehindText(t *testing.T) {
	d := established(t)
	d.conn.snd.wnd = 3
	d.does("hello")
	d.does("shutdown")
	d.wantSent("only what the window allows", segment(ACK, 100, 300, "hel"))
	d.wantState("FIN_WAIT_1 is entered in any case (3.10.4)", FinWait1)
	d.arrives(ACK, 300, 103)
	d.wantSent("then the rest, and the FIN with it", segment(FIN|PSH|ACK, 103, 300, "lo"))
}

func TestTimeWait(t *testing.T) {
	waiting := func(t *testing.T, p Policy) *dialogue {
		d := established(t)
		d.conn.policy = &p
		d.does("close")
		d.arrives(FIN|ACK, 300, 101)
		d.wantState("a FIN that acknowledges ours leads to TIME_WAIT", TimeWait)
		d.log = nil
		d.waits(3 * Second)
		return d
	}
	never, linux := testPolicy, testPolicy
	never.Restart, linux.Restart = RestartNever, RestartAnyACK

	t.Run("a FIN restarts it", func(t *testing.T) {
		d := waiting(t, testPolicy)
		d.arrives(FIN|ACK, 300, 101)
		d.wantSent("the FIN is acknowledged again", segment(ACK, 101, 301))
		d.waits(2 * Second)
		d.wantState("4 s from the first FIN have passed", TimeWait)
		d.waits(2 * Second)
		d.wantState("4 s from the second FIN have passed (3.10.8)", Closed)
	})
	t.Run("old text does not", func(t *testing.T) {
		d := waiting(t, testPolicy)
		d.arrives(ACK, 255, 101, "old")
		d.wantSent("what is not acceptable draws an ACK (first check)", segment(ACK, 101, 301))
		d.waits(Second)
		d.wantState("and the wait goes on as it was", Closed)
	})
	t.Run("unless any ACK does", func(t *testing.T) {
		d := waiting(t, linux)
		d.arrives(ACK, 255, 101, "old")
		d.waits(Second)
		d.wantState("Linux starts anew", TimeWait)
	})
	t.Run("or nothing does", func(t *testing.T) {
		d := waiting(t, never)
		d.arrives(FIN|ACK, 300, 101)
		d.wantSent("the FIN is still acknowledged", segment(ACK, 101, 301))
		d.waits(Second)
		d.wantState("but the wait is over", Closed)
	})
	t.Run("a RST ends it", func(t *testing.T) {
		d := waiting(t, testPolicy)
		d.arrives(RST, 302, 0)
		d.wantState("only exactly at RCV.NXT (RFC 5961, 3.2)", TimeWait)
		d.arrives(RST, 301, 0)
		d.wantState("assassination (RFC 1337)", Closed)
	})
}

func TestChallenges(t *testing.T) {
	challenge := segment(ACK, 100, 300)
	for _, c := range []struct {
		rule  string
		flags Flags
		seq   Seq
		ack   Seq
		want  []Segment
	}{
		{"a RST in the window but not at RCV.NXT is challenged", RST, 310, 0, []Segment{challenge}},
		{"a RST outside the window is dropped", RST, 299, 0, nil},
		{"a SYN is challenged", SYN, 300, 0, []Segment{challenge}},
		{"an ACK of what was never sent is challenged", ACK, 300, 101, []Segment{challenge}},
		{"an ACK from long ago is challenged (RFC 5961, 5.2)", ACK, 300, ^Seq(69900) + 1, []Segment{challenge}},
		{"a duplicate ACK is not", ACK, 300, 99, nil},
		{"no ACK bit, no effect", FIN, 300, 0, nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			d := established(t)
			d.arrives(c.flags, c.seq, c.ack)
			d.wantSent(c.rule, c.want...)
			d.wantState(c.rule, Established)
		})
	}
}

func TestResetEndsTheConnection(t *testing.T) {
	d := established(t)
	d.arrives(RST|ACK, 300, 100)
	d.wantTold("the application learns of it (3.10.7.4, second check)", ECONNRESET)
	d.wantSent("a RST is never answered")
	d.wantState("and the TCB is gone", Closed)
}

func TestTextOutOfOrder(t *testing.T) {
	d := established(t)
	d.arrives(FIN|ACK, 305, 100, "world")
	d.wantSent("a gap draws an ACK of what is still expected", segment(ACK, 100, 300))
	d.wantState("the FIN behind the gap counts for nothing yet", Established)
	d.arrives(ACK, 298, 100, "--hello")
	var read string
	for _, e := range d.log {
		if e.Kind == Deliver {
			read += string(e.Text)
		}
	}
	if read != "helloworld" {
		t.Errorf("the application reads %q", read)
	}
	d.wantSent("one ACK for all of it", segment(ACK, 100, 311))
	d.wantState("and the FIN is in order now", CloseWait)
}

func TestOpening(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		d := fresh(t)
		d.does("open")
		d.wantSent("OPEN sends a SYN", segment(SYN, 99, 0))
		d.arrives(RST|ACK, 0, 100)
		d.wantTold("connection refused (3.10.7.3)", ECONNREFUSED)
		d.wantState("CLOSED", Closed)
	})
	t.Run("an old ACK draws a RST", func(t *testing.T) {
		d := fresh(t)
		d.does("open")
		d.log = nil
		d.arrives(ACK, 500, 77)
		d.wantSent("numbered by what it acknowledged (3.5.2)", segment(RST, 77, 0))
		d.wantState("and the opening goes on", SynSent)
	})
	t.Run("both at once", func(t *testing.T) {
		d := fresh(t)
		d.does("open")
		d.log = nil
		d.arrives(SYN, 299, 0)
		d.wantSent("a SYN for a SYN is answered (Figure 8)", segment(SYN|ACK, 99, 300))
		d.wantState("SYN_RCVD", SynRcvd)
		d.arrives(SYN|ACK, 299, 100)
		d.wantSent("their SYN again lies left of the window", segment(ACK, 100, 300))
		d.arrives(ACK, 300, 100)
		d.wantState("the ACK that answers ours opens it", Established)
	})
	t.Run("a lost SYN", func(t *testing.T) {
		d := fresh(t)
		d.does("open")
		d.waits(Second)
		d.log = nil
		d.arrives(SYN|ACK, 299, 100)
		d.wantSent("the third segment", segment(ACK, 100, 300))
		d.does("hi")
		d.wantSent("text flows", segment(PSH|ACK, 100, 300, "hi"))
		d.waits(2999 * Millisecond)
		d.wantSent("with an RTO of 3 s after a SYN was lost (RFC 6298, 5.7)")
		d.waits(Millisecond)
		d.wantSent("and then again", segment(PSH|ACK, 100, 300, "hi"))
	})
}

func TestCallsInTheWrongState(t *testing.T) {
	d := fresh(t)
	if errno := d.does("text"); errno != ENOTCONN {
		t.Errorf("SEND in CLOSED: %q", errno)
	}
	if errno := d.does("shutdown"); errno != ENOTCONN {
		t.Errorf("shutdown in CLOSED: %q", errno)
	}
	if errno := d.does("close"); errno != "" {
		t.Errorf("close of what was never connected: %q", errno)
	}
	d = established(t)
	d.does("shutdown")
	if errno := d.does("text"); errno != EPIPE {
		t.Errorf("SEND after CLOSE: %q", errno)
	}
	d.log = nil
	d.does("close")
	d.wantSent("there is never a second FIN (3.10.4)")
}

func TestRefuse(t *testing.T) {
	for _, c := range []struct {
		arrives   Segment
		listening bool
		answer    Segment
		why       Why
	}{
		{segment(FIN|ACK, 300, 101), false, segment(RST, 101, 0), WhySentClosedPort},
		{segment(SYN, 300, 0), false, segment(RST|ACK, 0, 301), WhySentClosedPort},
		{segment(FIN, 300, 0), false, segment(RST|ACK, 0, 301), WhySentClosedPort},
		{segment(RST, 1, 0), false, Segment{}, WhyNothingHere},
		{segment(FIN|ACK, 300, 101), true, segment(RST, 101, 0), WhySentListener},
		{segment(FIN, 300, 0), true, Segment{}, WhyNothingHere},
		{segment(RST|ACK, 1, 1), true, Segment{}, WhyNothingHere},
	} {
		got, why, ok := Refuse(&c.arrives, c.listening)
		if ok != (c.answer.Flags != 0) || got.Seq != c.answer.Seq || got.Ack != c.answer.Ack || got.Flags != c.answer.Flags || why != c.why {
			t.Errorf("%v, listening %v, draws %v, %s (3.10.7.1, 3.10.7.2)", c.arrives, c.listening, got, why)
		}
	}
}

func TestSeqWrapsAround(t *testing.T) {
	const top = Seq(0xffffffff)
	if !top.Before(3) || Seq(3).Before(top) || !top.AtMost(top) || top.To(4) != 5 || Seq(4).To(top) != -5 {
		t.Error("numbers around 2^32 are not in order")
	}
	if !Seq(2).Within(top, 4) || Seq(3).Within(top, 4) || (top-1).Within(top, 4) {
		t.Error("the window around 2^32 is wrong")
	}
}

// TestEdges: the table has each edge once, and no state is a dead end but CLOSED.
func TestEdges(t *testing.T) {
	seen := map[[3]string]bool{}
	leaves := map[State]bool{}
	for _, e := range Edges {
		key := [3]string{e.From.String(), e.To.String(), string(e.Why)}
		if seen[key] {
			t.Errorf("%v is there twice", key)
		}
		seen[key] = true
		leaves[e.From] = true
		if e.Section == "" {
			t.Errorf("%v names no section", key)
		}
	}
	for _, s := range States() {
		if !leaves[s] {
			t.Errorf("no edge leaves %v", s)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("enter let a connection go from CLOSED to TIME_WAIT")
		}
	}()
	fresh(t).conn.enter(TimeWait, WhyFinArrived)
}
