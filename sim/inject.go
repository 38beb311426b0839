package sim

import (
	"fmt"
	"strings"

	"fourwaves/sim/tcp"
)

// This file is segments that neither end sent: forged, or earlier ones again.

// forgery is a segment made by hand, or by copying an earlier one.
type forgery struct {
	replay            bool
	pick              int // which earlier segment, negative from the end
	flags             tcp.Flags
	seq, ack          string // a number, rcv_nxt (of the destination), snd_nxt (of the destination)
	seqOff, ackOff    int
	length, window    int
	conn              int
	stamped, sameConn bool
	ts                int // added to the sender's last timestamp
}

// String writes the keys that are given, each after a blank.
func (f forgery) String() string {
	var b strings.Builder
	say := func(given bool, format string, args ...any) {
		if given {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	say(f.flags != 0 && !f.replay, "flags=%s", flagLetters(f.flags))
	say(f.seq != "", "seq=%s", f.seq)
	say(f.seqOff != 0, "seq_off=%d", f.seqOff)
	say(f.ack != "", "ack=%s", f.ack)
	say(f.ackOff != 0, "ack_off=%d", f.ackOff)
	say(f.length != 0, "len=%d", f.length)
	say(f.window != 0, "win=%d", f.window)
	say(f.stamped, "ts=%d", f.ts)
	say(f.conn != 0, "conn=%d", f.conn)
	say(f.sameConn, "same_conn")
	say(f.pick != 0, "pick=%d", f.pick)
	return b.String()
}

// forgeKeys are what may be said of a forged segment.
var forgeKeys = []string{"flags", "seq", "seq_off", "ack", "ack_off", "len", "win", "ts", "conn", "same_conn"}

// forgeKey reads one key of a forged segment.
func (p *parser) forgeKey(f *forgery, key, value string) (bad *Problem) {
	switch key {
	case "flags":
		f.flags, bad = p.flagSet(value)
	case "seq":
		f.seq, bad = p.numeral(value, "rcv_nxt")
	case "seq_off":
		f.seqOff, bad = p.number(value, -1<<31, 1<<31-1)
	case "ack":
		f.ack, bad = p.numeral(value, "snd_nxt")
	case "ack_off":
		f.ackOff, bad = p.number(value, -1<<31, 1<<31-1)
	case "len":
		f.length, bad = p.number(value, 0, 65535)
	case "win":
		f.window, bad = p.number(value, 0, 1<<30)
	case "ts":
		f.stamped = true
		f.ts, bad = p.number(value, -1<<31, 1<<31-1)
	case "conn":
		f.conn, bad = p.number(value, 1, maxNth)
	case "same_conn":
		f.sameConn = true
	}
	return bad
}

// inject reads `inject server flags=R seq=rcv_nxt` and `inject server replay len=data pick=-1`.
func (p *parser) inject(l *line) (bad *Problem) {
	if l.host, bad = p.hostName(); bad != nil {
		return bad
	}
	options := forgeKeys
	if p.peek() == "replay" {
		p.next++
		l.forged.replay = true
		options = append([]string{"pick"}, matchKeys...)
	}
	for p.next < len(p.words) {
		key, value, bad := p.key(options)
		switch {
		case bad != nil:
		case key == "pick":
			l.forged.pick, bad = p.number(value, -maxNth, maxNth)
		case l.forged.replay:
			bad = p.matchKey(&l.match, key, value)
		default:
			bad = p.forgeKey(&l.forged, key, value)
		}
		if bad != nil {
			return bad
		}
	}
	p.options = keySigns(options)
	if !l.forged.replay && l.forged.flags == 0 {
		p.next = len(p.words) + 1
		return p.fail("missing", "a forged segment needs flags=, such as flags=R")
	}
	return nil
}

// forge puts a segment at its destination that neither end sent.
func (r *run) forge(l line) {
	t := &transit{from: r.role(l.host), sentAt: r.now}
	if l.forged.replay {
		old := r.earlier(l)
		if old == nil {
			return
		}
		t.segment, t.tuple, t.wire, t.seen, t.to, t.of, t.sender = old.segment, old.tuple, old.wire, old.seen, old.to, old.id, old.sender
	} else {
		f := r.flowOf(l.forged.conn, t.from)
		if f == nil {
			return
		}
		t.tuple, t.to = f.tuple, f.hosts[1]
		if f.hosts[1] == t.from {
			t.tuple, t.to = f.tuple.flip(), f.hosts[0]
		}
		t.wire, t.seen = r.translate(-1, t.tuple)
		t.segment = l.forged.make(f, t.side())
	}
	r.segments++
	t.id = r.segments
	seg := t.segment
	e := Event{
		Ev: Injected, Host: r.places[t.from].name, Dst: r.places[t.to].name, Local: t.tuple.Local, Remote: t.tuple.Remote,
		Seg: t.id, Of: t.of, Kind: seg.Kind().String(), Flags: seg.Flags.String(),
		Seq: uint32(seg.Seq), Len: len(seg.Text), Wnd: seg.Wnd, TSVal: seg.TSVal, TSEcr: seg.TSEcr,
		Scale: seg.Scale, Shift: int(seg.Shift), MSS: seg.MSS, SACK: seg.SACK,
	}
	if seg.Flags.Has(tcp.ACK) {
		e.Ack = uint32(seg.Ack)
	}
	t.event = r.emit(e)
	r.deliver(t)
}

// earlier finds the segment that a replay copies.
func (r *run) earlier(l line) *transit {
	var found []*transit
	for _, t := range r.carried {
		if t.from == r.role(l.host) && r.meant(l.match, t) {
			found = append(found, t)
		}
	}
	pick := l.forged.pick
	switch {
	case pick < 0:
		pick += len(found)
	case pick > 0:
		pick--
	}
	if pick < 0 || pick >= len(found) {
		return nil
	}
	return found[pick]
}

// make forms the segment as if from that side of the connection.
func (f forgery) make(c *flow, from int) tcp.Segment {
	seg := tcp.Segment{Flags: f.flags, Wnd: f.window, Text: stream(c.hosts[from], 0, f.length)}
	seg.Seq = c.point(from, f.seq, "rcv_nxt") + tcp.Seq(f.seqOff)
	if f.flags.Has(tcp.ACK) {
		seg.Ack = c.point(1-from, f.ack, "snd_nxt") + tcp.Seq(f.ackOff)
	}
	if f.stamped {
		seg.Stamped, seg.TSVal, seg.TSEcr = true, c.stamp[from]+uint32(f.ts), c.stamp[1-from]
		if f.flags&(tcp.SYN|tcp.ACK) == tcp.SYN {
			seg.TSEcr = 0
		}
	}
	return seg
}
