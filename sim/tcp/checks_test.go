package tcp

import (
	"strings"
	"testing"
)

// places are the states in which a segment can arrive, each with the way there.
// SND.NXT and RCV.NXT differ by the FINs that were sent and received.
var places = []struct {
	name     string
	way      func(d *dialogue)
	snd, rcv Seq
}{
	{"SYN_RCVD of a listener", func(d *dialogue) { d.does("listen"); d.arrives(SYN, 299, 0) }, 100, 300},
	{"SYN_RCVD of a caller", func(d *dialogue) { d.does("open"); d.arrives(SYN, 299, 0) }, 100, 300},
	{"ESTABLISHED", open, 100, 300},
	{"FIN_WAIT_1", func(d *dialogue) { open(d); d.does("shutdown") }, 101, 300},
	{"FIN_WAIT_2", func(d *dialogue) { open(d); d.does("shutdown"); d.arrives(ACK, 300, 101) }, 101, 300},
	{"CLOSE_WAIT", func(d *dialogue) { open(d); d.arrives(FIN|ACK, 300, 100) }, 100, 301},
	{"CLOSING", func(d *dialogue) { open(d); d.does("shutdown"); d.arrives(FIN|ACK, 300, 100) }, 101, 301},
	{"LAST_ACK", func(d *dialogue) { open(d); d.arrives(FIN|ACK, 300, 100); d.does("shutdown") }, 101, 301},
	{"TIME_WAIT", func(d *dialogue) { open(d); d.does("shutdown"); d.arrives(FIN|ACK, 300, 101) }, 101, 301},
}

func open(d *dialogue) { d.does("open"); d.arrives(SYN|ACK, 299, 100) }

// outcome puts into words what a segment has brought about.
func (d *dialogue) outcome() string {
	var words []string
	for _, e := range d.log {
		switch {
		case e.Kind == Transmit:
			words = append(words, "sends "+e.Segment.Flags.String())
		case e.Kind == Enter:
			words = append(words, "goes to "+e.To.String())
		case e.Kind == Fail:
			words = append(words, "tells "+string(e.Errno))
		case e.Kind == Deliver:
			words = append(words, "reads "+string(e.Text))
		case e.Kind == EndOfFile:
			words = append(words, "reads the end")
		case e.Kind == TimerStart && e.Timer == TimeWaitTimer && e.Again:
			words = append(words, "waits anew")
		}
	}
	d.log = nil
	return strings.Join(words, ", ")
}

// TestChecks is 3.10.7.4: every numbered check in every state that it speaks of.
// Security (third) and URG (sixth) are outside this model.
func TestChecks(t *testing.T) {
	const everywhereElse = ""
	for _, c := range []struct {
		rule     string
		flags    Flags
		seq, ack int // from RCV.NXT and from SND.NXT
		text     string
		want     map[string]string
	}{
		{"first: text received before", ACK, -5, 0, "-----", map[string]string{everywhereElse: "sends ACK"}},
		{"first: beyond the window", ACK, 70_000, 0, "", map[string]string{everywhereElse: "sends ACK"}},
		{"first: the FIN again", FIN | ACK, -1, 0, "", map[string]string{
			"TIME_WAIT": "waits anew, sends ACK", everywhereElse: "sends ACK"}},
		{"first: a RST outside draws nothing", RST, 70_000, 0, "", map[string]string{everywhereElse: ""}},
		{"first: nor does one from before", RST, -1, 0, "", map[string]string{everywhereElse: ""}},

		{"second: a RST at RCV.NXT", RST, 0, 0, "", map[string]string{
			"SYN_RCVD of a listener": "goes to CLOSED",
			"SYN_RCVD of a caller":   "tells ECONNREFUSED, goes to CLOSED",
			"CLOSING":                "goes to CLOSED",
			"LAST_ACK":               "goes to CLOSED",
			"TIME_WAIT":              "goes to CLOSED",
			everywhereElse:           "tells ECONNRESET, goes to CLOSED"}},
		{"second: elsewhere in the window (RFC 5961, 3.2)", RST, 10, 0, "", map[string]string{everywhereElse: "sends ACK"}},

		{"fourth: a SYN in the window (RFC 5961, 4.2)", SYN, 10, 0, "", map[string]string{
			"SYN_RCVD of a listener": "goes to CLOSED",
			everywhereElse:           "sends ACK"}},

		{"fifth: without ACK", 0, 0, 0, "text", map[string]string{everywhereElse: ""}},
		{"fifth: of what was never sent", ACK, 0, 5, "", map[string]string{
			"SYN_RCVD of a listener": "sends RST",
			"SYN_RCVD of a caller":   "sends RST",
			everywhereElse:           "sends ACK"}},
		{"fifth: of what was settled long ago (RFC 5961, 5.2)", ACK, 0, -70_000, "", map[string]string{
			"SYN_RCVD of a listener": "sends RST",
			"SYN_RCVD of a caller":   "sends RST",
			everywhereElse:           "sends ACK"}},
		{"fifth: of all that was sent", ACK, 0, 0, "", map[string]string{
			"SYN_RCVD of a listener": "goes to ESTABLISHED",
			"SYN_RCVD of a caller":   "goes to ESTABLISHED",
			"FIN_WAIT_1":             "goes to FIN_WAIT_2",
			"CLOSING":                "goes to TIME_WAIT",
			"LAST_ACK":               "goes to CLOSED",
			everywhereElse:           ""}},

		{"seventh: text", ACK, 0, 0, "text", map[string]string{
			"SYN_RCVD of a listener": "goes to ESTABLISHED, reads text, sends ACK",
			"SYN_RCVD of a caller":   "goes to ESTABLISHED, reads text, sends ACK",
			"ESTABLISHED":            "reads text, sends ACK",
			"FIN_WAIT_1":             "goes to FIN_WAIT_2, reads text, sends ACK",
			"FIN_WAIT_2":             "reads text, sends ACK",
			"CLOSING":                "goes to TIME_WAIT", // none can come after the FIN
			"LAST_ACK":               "goes to CLOSED",
			everywhereElse:           ""}},

		{"eighth: the FIN", FIN | ACK, 0, 0, "", map[string]string{
			"SYN_RCVD of a listener": "goes to ESTABLISHED, goes to CLOSE_WAIT, reads the end, sends ACK",
			"SYN_RCVD of a caller":   "goes to ESTABLISHED, goes to CLOSE_WAIT, reads the end, sends ACK",
			"ESTABLISHED":            "goes to CLOSE_WAIT, reads the end, sends ACK",
			"FIN_WAIT_1":             "goes to FIN_WAIT_2, goes to TIME_WAIT, reads the end, sends ACK",
			"FIN_WAIT_2":             "goes to TIME_WAIT, reads the end, sends ACK",
			"CLOSING":                "goes to TIME_WAIT",
			"LAST_ACK":               "goes to CLOSED",
			"TIME_WAIT":              "waits anew",
			everywhereElse:           ""}},
		{"eighth: the FIN, while ours is on its way", FIN | ACK, 0, -1, "", map[string]string{
			"SYN_RCVD of a listener": "sends RST", // this acknowledges nothing
			"SYN_RCVD of a caller":   "sends RST",
			"ESTABLISHED":            "goes to CLOSE_WAIT, reads the end, sends ACK",
			"FIN_WAIT_1":             "goes to CLOSING, reads the end, sends ACK",
			"FIN_WAIT_2":             "goes to TIME_WAIT, reads the end, sends ACK",
			"TIME_WAIT":              "waits anew",
			everywhereElse:           ""}},
	} {
		for _, p := range places {
			d := fresh(t)
			p.way(d)
			if state, _, _ := strings.Cut(p.name, " "); d.conn.State().String() != state {
				t.Fatalf("the way to %s ends in %v", p.name, d.conn.State())
			}
			d.log = nil
			d.arrives(c.flags, p.rcv+Seq(c.seq), p.snd+Seq(c.ack), c.text)
			want, own := c.want[p.name]
			if !own {
				want = c.want[everywhereElse]
			}
			if got := d.outcome(); got != want {
				t.Errorf("%s, in %s: %q, not %q", c.rule, p.name, got, want)
			}
		}
	}
}

// TestChecksBeforeSynchronization is 3.10.7.2 and 3.10.7.3 (and 3.10.7.1, which
// is TestRefuse).
func TestChecksBeforeSynchronization(t *testing.T) {
	for _, c := range []struct {
		rule, call string
		segment    Segment
		want       string
	}{
		{"LISTEN, first: a RST", "listen", segment(RST, 300, 0), ""},
		{"LISTEN, first: a RST with ACK", "listen", segment(RST|ACK, 300, 100), ""},
		{"LISTEN, second: an ACK", "listen", segment(ACK, 300, 100), "sends RST"},
		{"LISTEN, second: a SYN,ACK", "listen", segment(SYN|ACK, 300, 100), "sends RST"},
		{"LISTEN, third: a SYN", "listen", segment(SYN, 299, 0), "goes to SYN_RCVD, sends SYN,ACK"},
		{"LISTEN, fourth: anything else", "listen", segment(FIN, 300, 0), ""},

		{"SYN_SENT, first: an ACK of nothing", "open", segment(ACK, 300, 99), "sends RST"},
		{"SYN_SENT, first: an ACK of what was never sent", "open", segment(SYN|ACK, 299, 101), "sends RST"},
		{"SYN_SENT, first: the same with RST", "open", segment(RST|ACK, 300, 101), ""},
		{"SYN_SENT, second: a RST with our ACK", "open", segment(RST|ACK, 0, 100), "tells ECONNREFUSED, goes to CLOSED"},
		{"SYN_SENT, second: a RST without", "open", segment(RST, 300, 0), ""},
		{"SYN_SENT, fourth: a SYN with our ACK", "open", segment(SYN|ACK, 299, 100), "goes to ESTABLISHED, sends ACK"},
		{"SYN_SENT, fourth: a SYN alone", "open", segment(SYN, 299, 0), "goes to SYN_RCVD, sends SYN,ACK"},
		{"SYN_SENT, fifth: neither SYN nor RST", "open", segment(ACK, 300, 100), ""},
		{"SYN_SENT, fifth: a FIN", "open", segment(FIN, 300, 0), ""},
	} {
		d := fresh(t)
		d.does(c.call)
		d.log = nil
		d.arrives(c.segment.Flags, c.segment.Seq, c.segment.Ack)
		if got := d.outcome(); got != c.want {
			t.Errorf("%s: %q, not %q", c.rule, got, c.want)
		}
	}
}

// TestKeptWithSYN: what comes with a SYN waits for the opening (3.10.7.2, third;
// 3.10.7.3, fourth). Linux takes the SYN alone.
func TestKeptWithSYN(t *testing.T) {
	for _, c := range []struct {
		rule, call string
		bare       bool
		segments   []Segment
		want       string
	}{
		{"text", "listen", false, []Segment{segment(SYN, 299, 0, "text"), segment(ACK, 304, 100)},
			"goes to SYN_RCVD, sends SYN,ACK, goes to ESTABLISHED, reads text, sends ACK"},
		{"a FIN", "listen", false, []Segment{segment(SYN|FIN, 299, 0), segment(ACK, 301, 100)},
			"goes to SYN_RCVD, sends SYN,ACK, goes to ESTABLISHED, goes to CLOSE_WAIT, reads the end, sends ACK"},
		{"of the answer", "open", false, []Segment{segment(SYN|ACK, 299, 100, "text")},
			"goes to ESTABLISHED, reads text, sends ACK"},
		{"of both that open", "open", false, []Segment{segment(SYN, 299, 0, "text"), segment(ACK, 304, 100)},
			"goes to SYN_RCVD, sends SYN,ACK, goes to ESTABLISHED, reads text, sends ACK"},
		{"not on Linux", "listen", true, []Segment{segment(SYN, 299, 0, "text"), segment(ACK, 304, 100)},
			"goes to SYN_RCVD, sends SYN,ACK, goes to ESTABLISHED"},
		{"nor there of the answer", "open", true, []Segment{segment(SYN|ACK|FIN, 299, 100)}, "goes to ESTABLISHED, sends ACK"},
	} {
		policy := testPolicy
		policy.BareSYN = c.bare
		d := &dialogue{T: t, conn: New(&policy, 99)}
		d.does(c.call)
		d.log = nil
		for _, s := range c.segments {
			d.arrives(s.Flags, s.Seq, s.Ack, string(s.Text))
		}
		if got := d.outcome(); got != c.want {
			t.Errorf("%s: %q, not %q", c.rule, got, c.want)
		}
	}
}

// TestAcceptability is Table 6, its four cases, the edges of each inside and out.
// What is not acceptable draws an ACK and changes nothing.
func TestAcceptability(t *testing.T) {
	for _, window := range []int{0, 10} {
		policy := testPolicy
		policy.Window = window
		for _, c := range []struct {
			text  string
			seq   Seq // from RCV.NXT
			takes map[int]bool
		}{
			{"", ^Seq(0), nil},
			{"", 0, map[int]bool{0: true, 10: true}},
			{"", 1, map[int]bool{10: true}},
			{"", 9, map[int]bool{10: true}},
			{"", 10, nil},
			{"text", ^Seq(3), nil}, // ends where the window begins
			{"text", ^Seq(2), map[int]bool{10: true}},
			{"text", 0, map[int]bool{10: true}},
			{"text", 9, map[int]bool{10: true}},
			{"text", 10, nil},
		} {
			conn := NewEstablished(&policy, &testPolicy, 100, 300, 100*Millisecond)
			seg := segment(ACK, 300+c.seq, 100, c.text)
			if got := conn.acceptable(&seg); got != c.takes[window] {
				t.Errorf("window %d, %d bytes at RCV.NXT%+d: %v", window, len(c.text), int32(c.seq), got)
			}
		}
	}
}

// TestRequest is tcp_check_req of Linux: what may come before the ACK that opens.
func TestRequest(t *testing.T) {
	policy := eager
	for _, c := range []struct {
		rule     string
		segments []Segment
		want     string
	}{
		{"the SYN again is answered again", []Segment{segment(SYN, 299, 0)}, "sends SYN,ACK"},
		{"but not twice in half a second", []Segment{segment(SYN, 299, 0), segment(SYN, 299, 0)}, "sends SYN,ACK"},
		{"a wrong ACK is for the listener to answer, wherever it is", []Segment{segment(ACK, 70_000_000, 101)}, "sends RST"},
		{"a RST at RCV.NXT ends it whatever it acknowledges", []Segment{segment(RST|ACK, 300, 101)}, "goes to CLOSED"},
		{"outside the window it draws an ACK", []Segment{segment(ACK, 299, 100)}, "sends ACK"},
		{"a RST there draws nothing", []Segment{segment(RST, 299, 0)}, ""},
		{"one elsewhere in the window is challenged", []Segment{segment(RST, 310, 0)}, "sends ACK"},
		{"but not twice in half a second", []Segment{segment(RST, 310, 0), segment(RST|ACK, 310, 101)}, "sends ACK"},
		{"another SYN ends it, and is told", []Segment{segment(SYN, 310, 0)}, "sends RST,ACK, goes to CLOSED"},
		{"no ACK bit, no effect", []Segment{segment(FIN, 300, 0)}, ""},
		{"the ACK opens", []Segment{segment(ACK, 300, 100)}, "goes to ESTABLISHED"},
	} {
		d := &dialogue{T: t, conn: New(&policy, 99)}
		d.does("listen")
		d.arrives(SYN, 299, 0)
		d.log = nil
		for _, s := range c.segments {
			d.now = d.now.Add(Millisecond)
			d.arrives(s.Flags, s.Seq, s.Ack)
		}
		if got := d.outcome(); got != c.want {
			t.Errorf("%s: %q, not %q", c.rule, got, c.want)
		}
	}
}
