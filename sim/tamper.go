package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fourwaves/sim/tcp"
)

// This file is the network as a hand in the wire: rules that drop, delay or
// duplicate every segment of a kind, and segments that neither end sent.
// Sequence numbers in them count from the first one of each side, as captures
// show them.

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

// number reads the value of a key.
func (p *parser) number(w string, lo, hi int) (int, *Problem) {
	n, err := strconv.Atoi(w)
	if err != nil || n < lo || n > hi {
		return 0, p.fail("bad-number", "%q is no whole number from %d to %d", w, lo, hi)
	}
	return n, nil
}

// numeral reads a number that is kept as it was written, in its shortest form.
func (p *parser) numeral(w string, words ...string) (string, *Problem) {
	for _, word := range words {
		if w == word {
			return w, nil
		}
	}
	n, bad := p.number(w, -1<<31, 1<<32-1)
	return strconv.Itoa(n), bad
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

var (
	matchKeys = []string{"conn", "flags", "not_flags", "len", "acks_fin", "after_own_fin", "after_peer_fin", "seq", "after", "nth"}
	forgeKeys = []string{"flags", "seq", "seq_off", "ack", "ack_off", "len", "win", "ts", "conn", "same_conn"}
)

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

// key takes the next word as key=value, or as a key alone.
func (p *parser) key(options []string) (key, value string, bad *Problem) {
	w, bad := p.take("a key")
	if bad != nil {
		return "", "", bad
	}
	key, value, _ = strings.Cut(w, "=")
	for _, o := range options {
		if o == key {
			return key, value, nil
		}
	}
	bad = p.fail("unknown", "unknown key %q; it can be %s", key, strings.Join(options, ", "))
	bad.Suggest = Nearest(key, options)
	return "", "", bad
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

// flow is one connection as the wire shows it.
type flow struct {
	tuple FourTuple // as its first side sees it
	hosts [2]int    // the sides, in the order of the scenario
	first [2]tcp.Seq
	known [2]bool
	fin   [2]tcp.Seq // the number after the FIN
	done  [2]bool    // it was sent
	high  [2]tcp.Seq // highest number used so far
	stamp [2]uint32  // last timestamp
}

// observe keeps account of a segment before its fate is decided. A SYN with
// another first number is another connection.
func (r *run) observe(t *transit) *flow {
	tuple, hosts := t.wire, [2]int{t.from, t.to}
	if t.side() == 1 {
		tuple, hosts = tuple.flip(), [2]int{t.to, t.from}
	}
	var f *flow
	opens := t.segment.Flags.Has(tcp.SYN)
	for i := len(r.flows) - 1; i >= 0; i-- {
		// An end that has not opened the new connection yet speaks of the old one.
		if r.flows[i].tuple == tuple && (f == nil || !opens && !f.known[t.side()] && r.flows[i].known[t.side()]) {
			f = r.flows[i]
		}
	}
	if f == nil || opens && f.known[t.side()] && f.first[t.side()] != t.segment.Seq {
		f = &flow{tuple: tuple, hosts: hosts}
		r.flows = append(r.flows, f)
	}
	f.note(t)
	return f
}

func (f *flow) note(t *transit) {
	seg, from := t.segment, t.side()
	if seg.Flags.Has(tcp.RST) && !f.known[from] {
		return
	}
	if !f.known[from] {
		f.known[from], f.first[from], f.high[from] = true, seg.Seq, seg.Seq
		if !seg.Flags.Has(tcp.SYN) {
			f.first[from] = seg.Seq - 1
		}
	}
	if peer := 1 - from; seg.Flags.Has(tcp.SYN|tcp.ACK) && !f.known[peer] {
		f.known[peer], f.first[peer], f.high[peer] = true, seg.Ack-1, seg.Ack // it answers a SYN that nobody sent
	}
	if f.high[from].Before(seg.End()) {
		f.high[from] = seg.End()
	}
	if seg.Flags.Has(tcp.FIN) {
		f.fin[from], f.done[from] = seg.End(), true
	}
	if seg.Stamped {
		f.stamp[from] = seg.TSVal
	}
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

// flowOf is a host's connection by its number, else its latest.
func (r *run) flowOf(number, host int) *flow {
	for i := len(r.flows) - 1; i >= 0; i-- {
		if slices.Contains(r.flows[i].hosts[:], host) && (number == 0 || number == i+1) {
			return r.flows[i]
		}
	}
	return nil
}

// side is which end of its connection sends a segment: 0 for the host that the
// scenario has first.
func (t *transit) side() int {
	if t.from > t.to {
		return 1
	}
	return 0
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

// point is a number of one side: the highest that it has used, or one that
// counts from its first.
func (c *flow) point(of int, word, highest string) tcp.Seq {
	if word == highest {
		return c.high[of]
	}
	n, err := strconv.Atoi(word)
	if err != nil {
		return c.high[of] // not given: where it goes on
	}
	return c.first[of] + tcp.Seq(n)
}

func side(host string) string {
	if host == "" {
		return ""
	}
	return " " + host
}
