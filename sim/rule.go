package sim

import (
	"fmt"
	"strconv"
	"strings"

	"fourwaves/sim/tcp"
)

// This file is the network as a hand in the wire: rules that drop, delay or
// duplicate every segment of a kind.

// match says which segments are meant: those for which everything given holds.
type match struct {
	conn           int // 1 is the first connection that was opened; 0 is any
	flags, without tcp.Flags
	length         string // "data", "none" or a number
	acksFIN        bool   // its ACK covers the other side's FIN and nothing more
	afterOwnFIN    bool   // its sender has sent a FIN, this one included
	afterPeerFIN   bool   // the other side has
	seq            string // a number
	after          tcp.Duration
	nth            string // which of those that match: "2" or "1,3"
}

// String writes the keys that are given, each after a blank.
func (m match) String() string {
	var b strings.Builder
	say := func(given bool, format string, args ...any) {
		if given {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	say(m.conn > 0, "conn=%d", m.conn)
	say(m.flags != 0, "flags=%s", flagLetters(m.flags))
	say(m.without != 0, "not_flags=%s", flagLetters(m.without))
	say(m.length != "", "len=%s", m.length)
	say(m.acksFIN, "acks_fin")
	say(m.afterOwnFIN, "after_own_fin")
	say(m.afterPeerFIN, "after_peer_fin")
	say(m.seq != "", "seq=%s", m.seq)
	say(m.after > 0, "after=%s", formatTime(m.after))
	say(m.nth != "", "nth=%s", m.nth)
	return b.String()
}

// letters are flags as rules and injections write them.
const letters = "FSRPA"

var letterFlags = [...]tcp.Flags{tcp.FIN, tcp.SYN, tcp.RST, tcp.PSH, tcp.ACK}

func flagLetters(f tcp.Flags) string {
	var b strings.Builder
	for i, bit := range letterFlags {
		if f&bit != 0 {
			b.WriteByte(letters[i])
		}
	}
	return b.String()
}

func (p *parser) flagSet(w string) (f tcp.Flags, bad *Problem) {
	for _, l := range w {
		i := strings.IndexRune(letters, l)
		if i < 0 {
			return 0, p.fail("unknown", "%q is no set of flags: write letters of %s, such as FA", w, letters)
		}
		f |= letterFlags[i]
	}
	if f == 0 {
		return 0, p.fail("missing", "a letter of %s should follow the sign =", letters)
	}
	return f, nil
}

// ordinals reads 2 or 1,3.
func (p *parser) ordinals(w string) (string, *Problem) {
	var out []string
	for _, part := range strings.Split(w, ",") {
		n, bad := p.number(part, 1, maxNth)
		if bad != nil {
			return "", bad
		}
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, ","), nil
}

// matchKeys are what a match may say.
var matchKeys = []string{"conn", "flags", "not_flags", "len", "acks_fin", "after_own_fin", "after_peer_fin", "seq", "after", "nth"}

// matchKey reads one key of a match.
func (p *parser) matchKey(m *match, key, value string) (bad *Problem) {
	switch key {
	case "conn":
		m.conn, bad = p.number(value, 1, maxNth)
	case "flags":
		m.flags, bad = p.flagSet(value)
	case "not_flags":
		m.without, bad = p.flagSet(value)
	case "len":
		m.length, bad = p.numeral(value, "data", "none")
	case "acks_fin":
		m.acksFIN = true
	case "after_own_fin":
		m.afterOwnFIN = true
	case "after_peer_fin":
		m.afterPeerFIN = true
	case "seq":
		m.seq, bad = p.numeral(value)
	case "after":
		m.after, bad = p.parseSpan(value, "after")
	case "nth":
		m.nth, bad = p.ordinals(value)
	}
	return bad
}

// keySigns are the keys as they are written: those that have a value with its sign.
func keySigns(keys []string) []string {
	signs := make([]string, len(keys))
	for i, key := range keys {
		signs[i] = key + "="
		switch key {
		case "acks_fin", "after_own_fin", "after_peer_fin", "same_conn":
			signs[i] = key
		}
	}
	return signs
}

// rule reads `rule drop client flags=F nth=1` and `rule delay server acks_fin by=300ms`.
func (p *parser) rule(l *line) (bad *Problem) {
	if l.word, bad = p.choice("deed", "drop", "delay", "dup"); bad != nil {
		return bad
	}
	if p.isHost() {
		l.host, _ = p.take("")
	}
	options := matchKeys
	if l.word != "drop" {
		options = append([]string{"by"}, matchKeys...)
	}
	for p.next < len(p.words) {
		key, value, bad := p.key(options)
		if bad != nil {
			return bad
		}
		if key == "by" {
			l.span, bad = p.parseSpan(value, "by")
		} else {
			bad = p.matchKey(&l.match, key, value)
		}
		if bad != nil {
			return bad
		}
	}
	p.options = keySigns(options)
	if l.word != "drop" && l.span == 0 {
		p.next = len(p.words) + 1
		return p.fail("missing", "how much later is missing: write by=30ms")
	}
	return nil
}

// meant tells whether a segment is one that m describes.
func (r *run) meant(m match, t *transit) bool {
	f, seg, own := t.flow, t.segment, t.side()
	if f == nil || m.conn > 0 && (m.conn > len(r.flows) || r.flows[m.conn-1] != f) {
		return false
	}
	switch m.length {
	case "":
	case "data":
		if len(seg.Text) == 0 {
			return false
		}
	case "none":
		if len(seg.Text) > 0 {
			return false
		}
	default:
		if strconv.Itoa(len(seg.Text)) != m.length {
			return false
		}
	}
	return seg.Flags.Has(m.flags) && seg.Flags&m.without == 0 &&
		(!m.acksFIN || t.acksFIN) && (!m.afterOwnFIN || t.afterFIN[own]) && (!m.afterPeerFIN || t.afterFIN[1-own]) &&
		(m.seq == "" || strconv.Itoa(int(seg.Seq-f.first[own])) == m.seq) &&
		t.sentAt >= Instant(m.after)
}

// ruled finds the first rule that matches and whose turn it is.
func (r *run) ruled(t *transit) (line, bool) {
	for i, l := range r.rules {
		if l.host != "" && r.role(l.host) != t.from || !r.meant(l.match, t) {
			continue
		}
		r.matched[i]++
		if l.match.nth == "" {
			return l, true
		}
		for _, n := range strings.Split(l.match.nth, ",") {
			if n == strconv.Itoa(r.matched[i]) {
				return l, true
			}
		}
	}
	return line{}, false
}

// obeyRule gives a segment the fate that a rule says.
func (r *run) obeyRule(t *transit, l line) {
	switch l.word {
	case "drop":
		r.lose(t, WhyDrop)
	case "delay":
		r.hold(t, l.span, "")
		r.deliver(t)
	case "dup":
		r.deliver(t)
		r.duplicate(t, l.span, "")
	}
}

func side(host string) string {
	if host == "" {
		return ""
	}
	return " " + host
}
