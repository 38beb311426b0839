package tcp

import (
	"flag"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// The check says the same of the same tree, so that its random inputs are always the same ones. Others: -rapid.seed 0.
func init() { flag.Set("rapid.seed", "1") }

// TestRest holds a connection that rested and woke to one that stayed awake:
// whatever arrives, both do the same.
func TestRest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := testPolicy
		p.Minisock = rapid.Bool().Draw(rt, "minisock")
		p.Timestamps = p.Minisock && rapid.Bool().Draw(rt, "timestamps")
		p.Restart = rapid.SampledFrom([]Restart{RestartFIN, RestartAnyACK, RestartNever}).Draw(rt, "restart")
		p.RFC1337 = rapid.Bool().Draw(rt, "rfc1337")
		if rapid.Bool().Draw(rt, "limited") {
			p.RateLimit = 500 * Millisecond
		}
		now := Instant(Second)
		awake := NewEstablished(&p, &p, 100, 300, 100*Millisecond)
		awake.Close(now)
		awake.Output(now)
		awake.SegmentArrives(now, Segment{Seq: 300, Ack: 101, Flags: FIN | ACK, Wnd: 1000, Stamped: p.Timestamps, TSVal: tsStart + 5})
		awake.Output(now)
		awake.Drain()
		r, ok := awake.Rest()
		if !ok {
			rt.Fatal("it cannot rest")
		}
		woken := &Conn{}
		woken.Wake(&p, r)
		if awake.Waits() != woken.Waits() || awake.Waits() != r.Waits(&p) && p.Minisock {
			rt.Fatalf("waits %+v, woken %+v, at rest %+v", awake.Waits(), woken.Waits(), r.Waits(&p))
		}
		for range rapid.IntRange(1, 4).Draw(rt, "segments") {
			now = now.Add(Duration(rapid.IntRange(0, 2000).Draw(rt, "later")) * Millisecond)
			seg := Segment{
				Seq: Seq(rapid.IntRange(297, 304).Draw(rt, "seq")), Ack: Seq(rapid.IntRange(98, 104).Draw(rt, "ack")),
				Flags: Flags(rapid.IntRange(0, int(ACK<<1)-1).Draw(rt, "flags")), Wnd: rapid.IntRange(0, 2000).Draw(rt, "wnd"),
				Text:    make([]byte, rapid.IntRange(0, 3).Draw(rt, "len")),
				Stamped: p.Timestamps, TSVal: tsStart + uint32(rapid.IntRange(0, 10).Draw(rt, "tsval")),
			}
			var did [2]string
			for i, c := range []*Conn{awake, woken} {
				iss, again := c.Reopens(&seg)
				c.SegmentArrives(now, seg)
				c.Output(now)
				due, runs := c.Deadline()
				did[i] = fmt.Sprint(iss, again, due, runs, c.Drain())
			}
			if did[0] != did[1] {
				rt.Fatalf("%+v\nawake %s\nwoken %s", seg, did[0], did[1])
			}
		}
	})
}
