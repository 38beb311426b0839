package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fourwaves/sim/tcp"
)

// Limits on what may be written. Going over one is a Problem, never a hang.
const (
	MaxScript = 8 << 10 // bytes of a scenario
	MaxLines  = 200     // lines of a scenario
	MaxLog    = 64      // lines of a control log
	maxTime   = 24 * 60 * tcp.Minute
	maxBytes  = 256 << 10 // of all sends of a run: text is kept until it is acknowledged
	maxNth    = 9999
)

// Problem is one mistake in a scenario or control line, with its place in the
// text (both from 1, columns in characters) and, if one is near, the word that
// was probably meant.
type Problem struct {
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Suggest string `json:"suggest,omitempty"`
}

func (p Problem) Error() string {
	s := fmt.Sprintf("line %d, column %d: %s", p.Line, p.Col, p.Message)
	if p.Suggest != "" {
		s += fmt.Sprintf("; did you mean %q?", p.Suggest)
	}
	return s
}

// Problems is everything that is wrong with a text, in its order.
type Problems []Problem

func (ps Problems) Error() string {
	var all []string
	for _, p := range ps {
		all = append(all, p.Error())
	}
	return strings.Join(all, "\n")
}

// verb is the word that a line turns on.
type verb string

const (
	vProfile  verb = "profile"
	vStart    verb = "start"
	vSeed     verb = "seed"
	vMSL      verb = "msl"
	vTimeWait verb = "time-wait"
	vLifetime verb = "lifetime"
	vRestart  verb = "restart"
	vRTOMin   verb = "rto-min"
	vUntil    verb = "until"
	vMove     verb = "move"
	vLink     verb = "link"
	vDrop     verb = "drop"
	vDeliver  verb = "deliver"
	vHold     verb = "hold"
	vDup      verb = "dup"
	vKnob     verb = "knob"
	vExpect   verb = "expect"
	vCall     verb = "call"   // at TIME HOST CALL
	vOnEOF    verb = "on-eof" // HOST on-eof CALL
	vSysctl   verb = "sysctl"
	vStep     verb = "step" // HOST: STEP
	vRule     verb = "rule"
	vInject   verb = "inject"
	vMTU      verb = "mtu"
)

// class is what an edit by such a line changes (ruling 5).
type class uint8

const (
	experiment  class = iota // the whole run
	weather                  // everything sent from its instant on
	fate                     // one segment
	application              // a call at its instant
	teaching                 // knob and expect: no part of the run
)

var classOf = map[verb]class{
	vProfile: experiment, vStart: experiment, vSeed: experiment, vMSL: experiment, vTimeWait: experiment,
	vLifetime: experiment, vRestart: experiment, vRTOMin: experiment, vUntil: experiment, vMove: experiment,
	vOnEOF: experiment, vLink: weather, vDrop: fate, vDeliver: fate, vHold: fate, vDup: fate,
	vCall: application, vKnob: teaching, vExpect: teaching,
	vMTU: experiment, vSysctl: experiment, vStep: experiment, vRule: experiment, vInject: application,
}

// line is one parsed line. Which fields count depends on the verb.
type line struct {
	verb     verb
	timed    bool
	at       tcp.Instant
	host     string // role; empty for both directions of link
	word     string // start, profile, restart, what link sets, the call, what a knob turns, what is expected
	kind     tcp.Kind
	nth      int
	span     tcp.Duration
	rate     int // parts per million
	n        int
	min, max int64 // knob: microseconds, or parts per million
	state    tcp.State
	m        int     // second number of a sysctl or an option
	step     step    // of a process
	match    match   // what a rule or a replay looks for
	forged   forgery // what is injected
	row, col int     // where it was written
}

// key names what a line sets; a later line with the same key replaces an
// earlier one. An application's calls add up, so they have none.
func (l line) key() string {
	switch classOf[l.verb] {
	case experiment:
		switch l.verb {
		case vMove, vOnEOF, vSysctl:
			return fmt.Sprint(l.verb, l.host, l.word)
		case vStep, vRule: // these add up
			return ""
		case vProfile, vStart, vSeed, vMSL, vTimeWait, vLifetime, vRestart, vRTOMin, vUntil, vMTU:
		case vLink, vDrop, vDeliver, vHold, vDup, vKnob, vExpect, vCall, vInject:
		}
		return string(l.verb)
	case weather:
		return fmt.Sprint(l.verb, l.host, l.word, l.at)
	case fate:
		return fmt.Sprint("fate", l.host, l.kind, l.nth)
	case application, teaching:
	}
	return ""
}

// String writes the line in its one canonical form.
func (l line) String() string {
	var b strings.Builder
	if l.timed {
		b.WriteString("at " + formatTime(tcp.Duration(l.at)) + " ")
	}
	switch l.verb {
	case vProfile, vStart, vRestart:
		fmt.Fprintf(&b, "%s %s", l.verb, l.word)
	case vSeed, vMTU:
		fmt.Fprintf(&b, "%s %d", l.verb, l.n)
	case vMSL, vTimeWait, vLifetime, vRTOMin, vUntil:
		fmt.Fprintf(&b, "%s %s", l.verb, formatTime(l.span))
	case vMove:
		fmt.Fprintf(&b, "move %s %s %s", l.host, l.word, formatTime(l.span))
	case vOnEOF:
		fmt.Fprintf(&b, "%s on-eof %s", l.host, l.word)
	case vLink:
		b.WriteString("link ")
		if l.host != "" {
			b.WriteString(l.host + " ")
		}
		if l.word == "loss" {
			b.WriteString("loss " + formatRate(l.rate))
		} else {
			b.WriteString("delay " + formatTime(l.span))
		}
	case vDrop, vDeliver:
		fmt.Fprintf(&b, "%s %s %s#%d", l.verb, l.host, l.kind, l.nth)
	case vHold, vDup:
		fmt.Fprintf(&b, "%s %s %s#%d %s", l.verb, l.host, l.kind, l.nth, formatTime(l.span))
	case vCall:
		b.WriteString(l.host + " " + l.word)
		if l.word == "send" {
			fmt.Fprintf(&b, " %d", l.n)
		}
	case vKnob, vExpect:
		fmt.Fprintf(&b, "%s %s", l.verb, l.word)
	case vSysctl:
		fmt.Fprintf(&b, "sysctl %s %s %d", l.host, l.word, l.n)
		if l.m != 0 {
			fmt.Fprintf(&b, " %d", l.m)
		}
	case vStep:
		fmt.Fprintf(&b, "%s: %s", l.host, l.step)
	case vRule:
		b.WriteString("rule " + l.word + side(l.host) + l.match.String())
		if l.word != "drop" {
			b.WriteString(" by=" + formatTime(l.span))
		}
	case vInject:
		b.WriteString("inject " + l.host)
		if l.forged.replay {
			b.WriteString(" replay" + l.match.String())
		}
		b.WriteString(l.forged.String())
	}
	return b.String()
}

// formatTime writes a span exactly, in its largest fitting unit.
func formatTime(d tcp.Duration) string {
	unit, name := tcp.Microsecond, "us"
	switch {
	case d >= tcp.Second:
		unit, name = tcp.Second, "s"
	case d >= tcp.Millisecond:
		unit, name = tcp.Millisecond, "ms"
	case d == 0:
		return "0s"
	}
	return decimal(int64(d), int64(unit)) + name
}

func formatRate(ppm int) string { return decimal(int64(ppm), 10_000) + "%" }

// decimal writes n / unit exactly; unit is a power of ten.
func decimal(n, unit int64) string {
	s := strconv.FormatInt(n/unit, 10)
	if rest := n % unit; rest != 0 {
		digits := strconv.FormatInt(unit+rest, 10)[1:]
		s += "." + strings.TrimRight(digits, "0")
	}
	return s
}

// parser walks the words of one line.
type parser struct {
	words []string
	cols  []int
	next  int
	row   int
	end   int // column after the last word
}

// fail is a mistake at the word that was just taken, or at the end of the line.
func (p *parser) fail(code, format string, args ...any) *Problem {
	col := p.end
	if p.next > 0 && p.next <= len(p.words) {
		col = p.cols[p.next-1]
	}
	return &Problem{Line: p.row, Col: col, Code: code, Message: fmt.Sprintf(format, args...)}
}

// take returns the next word; what says in words what should have been there.
func (p *parser) take(what string) (string, *Problem) {
	if p.next >= len(p.words) {
		p.next = len(p.words) + 1
		return "", p.fail("missing", "the line ends before %s", what)
	}
	p.next++
	return p.words[p.next-1], nil
}

func (p *parser) peek() string {
	if p.next < len(p.words) {
		return p.words[p.next]
	}
	return ""
}

// choice takes one of the given words.
func (p *parser) choice(what string, options ...string) (string, *Problem) {
	w, bad := p.take("the " + what + " (" + strings.Join(options, ", ") + ")")
	if bad != nil {
		return "", bad
	}
	if slices.Contains(options, w) {
		return w, nil
	}
	bad = p.fail("unknown", "unknown %s %q; it can be %s", what, w, strings.Join(options, ", "))
	bad.Suggest = Nearest(w, options)
	return "", bad
}

// span takes a time such as 200ms, 1.4s or 50us.
func (p *parser) span(what string) (tcp.Duration, *Problem) {
	w, bad := p.take(what + " (a time such as 200ms)")
	if bad != nil {
		return 0, bad
	}
	return p.parseSpan(w, what)
}

func (p *parser) parseSpan(w, what string) (tcp.Duration, *Problem) {
	for _, u := range []struct {
		name string
		unit tcp.Duration
	}{{"us", tcp.Microsecond}, {"ms", tcp.Millisecond}, {"min", tcp.Minute}, {"s", tcp.Second}} {
		digits, found := strings.CutSuffix(w, u.name)
		if !found || digits == "" || !strings.ContainsAny(digits[len(digits)-1:], "0123456789.") {
			continue
		}
		n, ok := fixed(digits, int64(u.unit))
		if !ok || n > int64(maxTime) {
			return 0, p.fail("bad-time", "%q is no time from 0 to 24 hours in whole microseconds", w)
		}
		return tcp.Duration(n), nil
	}
	bad := p.fail("bad-time", "%q is no time: %s needs a number and a unit, such as 200ms, 1.4s or 50us", w, what)
	if _, ok := fixed(w, 1000); ok {
		bad.Suggest = w + "ms"
		if n, _ := fixed(w, 1000); n > 0 && n <= 60_000 {
			bad.Suggest = w + "s" // few of anything are seconds
		}
	}
	return 0, bad
}

// percent takes a share such as 20%, as parts per million.
func (p *parser) percent(what string) (int, *Problem) {
	w, bad := p.take(what + " (a share such as 20%)")
	if bad != nil {
		return 0, bad
	}
	return p.parsePercent(w, what)
}

func (p *parser) parsePercent(w, what string) (int, *Problem) {
	digits, found := strings.CutSuffix(w, "%")
	n, ok := fixed(digits, 10_000)
	if !found || !ok || n > 1_000_000 {
		bad := p.fail("bad-percent", "%q is no share from 0%% to 100%%: %s is written like 20%%", w, what)
		if ok && !found && n <= 1_000_000 {
			bad.Suggest = w + "%"
		}
		return 0, bad
	}
	return int(n), nil
}

// fixed reads a decimal number times unit as an integer, exactly or not at all.
func fixed(s string, unit int64) (int64, bool) {
	whole, frac, _ := strings.Cut(s, ".")
	if whole == "" || len(whole) > 9 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole, 10, 32)
	if err != nil {
		return 0, false
	}
	value := int64(n) * unit
	for _, digit := range frac {
		if digit < '0' || digit > '9' || unit%10 != 0 && digit != '0' {
			return 0, false
		}
		unit /= 10
		value += int64(digit-'0') * unit
	}
	return value, true
}

// integer takes a whole number from lo to hi.
func (p *parser) integer(what string, lo, hi int) (int, *Problem) {
	w, bad := p.take(what)
	if bad != nil {
		return 0, bad
	}
	n, err := strconv.Atoi(w)
	if err != nil || n < lo || n > hi {
		return 0, p.fail("bad-number", "%q is no whole number from %d to %d, which %s must be", w, lo, hi, what)
	}
	return n, nil
}

// segment takes KIND#n.
func (p *parser) segment(l *line) *Problem {
	w, bad := p.take("a segment such as FIN#1")
	if bad != nil {
		return bad
	}
	name, nth, found := strings.Cut(w, "#")
	n, err := strconv.Atoi(nth)
	if !found || err != nil || n < 1 || n > maxNth {
		return p.fail("bad-segment", "%q names no segment: write its kind, #, and which one it is, counted from 1, such as FIN#1", w)
	}
	kinds := make([]string, tcp.NumKinds)
	for k := range kinds {
		kinds[k] = tcp.Kind(k).String()
		if strings.EqualFold(kinds[k], name) {
			l.kind, l.nth = tcp.Kind(k), n
			return nil
		}
	}
	bad = p.fail("unknown", "unknown kind of segment %q; it can be %s", name, strings.Join(kinds, ", "))
	bad.Suggest = Nearest(name, kinds)
	return bad
}

// stateName takes a state with underscores or hyphens.
func (p *parser) stateName(l *line) *Problem {
	w, bad := p.take("a state such as TIME_WAIT")
	if bad != nil {
		return bad
	}
	var names []string
	for _, s := range tcp.States() {
		names = append(names, s.String())
		if s.String() == strings.ToUpper(strings.ReplaceAll(w, "-", "_")) {
			l.state = s
			return nil
		}
	}
	bad = p.fail("unknown", "unknown state %q", w)
	bad.Suggest = Nearest(strings.ToUpper(w), names)
	return bad
}

var (
	roles    = []string{"client", "server"}
	calls    = []string{"close", "shutdown", "send", "connect", "abort"}
	openings = []string{
		"at", "profile", "start", "seed", "msl", "time-wait", "lifetime", "restart", "rto-min", "until", "move",
		"link", "drop", "deliver", "hold", "dup", "knob", "expect", "client", "server",
		"client:", "server:", "sysctl", "mtu", "rule", "inject",
	}
	// timedOpenings are the words that may follow an instant.
	timedOpenings = []string{"link", "drop", "deliver", "hold", "dup", "client", "server", "inject"}
)

// parseLine reads one line; nil, nil is an empty one. A bare line is a control
// that says what, and leaves it to the session to say when.
func parseLine(text string, row int, bare bool) (*line, *Problem) {
	p := &parser{row: row}
	for col, field := range fields(text) {
		if strings.HasPrefix(field, "#") {
			break
		}
		p.words = append(p.words, field)
		p.cols = append(p.cols, col)
		p.end = col + len([]rune(field))
	}
	if len(p.words) == 0 {
		return nil, nil
	}
	l := &line{row: row, col: p.cols[0]}
	if p.peek() == "at" {
		p.next++
		at, bad := p.span("the instant")
		if bad != nil {
			return nil, bad
		}
		l.timed, l.at = true, tcp.Instant(at)
	}
	opening := p.peek()
	what, words := "line", openings[1:]
	if l.timed && !slices.Contains(openings, opening) {
		what, words = "word after the instant", timedOpenings // checkTimed speaks of the others
	}
	w, bad := p.choice(what, words...)
	if bad != nil {
		if !l.timed {
			bad.Suggest = Nearest(opening, openings)
		}
		return nil, bad
	}
	l.verb = verb(w)
	if bad := p.arguments(l); bad != nil {
		return nil, bad
	}
	if p.next < len(p.words) {
		p.next++
		return nil, p.fail("extra", "%q is left over at the end of the line", p.words[p.next-1])
	}
	return l, checkTimed(l, bare)
}

// fields yields the words of a line with the column of each, counted in
// characters from 1.
func fields(text string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		var word []rune
		col := 0
		for _, r := range text + " " {
			col++
			if r != ' ' && r != '\t' && r != '\r' {
				word = append(word, r)
				continue
			}
			if len(word) > 0 && !yield(col-len(word), string(word)) {
				return
			}
			word = word[:0]
		}
	}
}

// arguments reads what follows the verb.
func (p *parser) arguments(l *line) (bad *Problem) {
	switch l.verb {
	case vProfile:
		var names []string
		for _, known := range profiles {
			names = append(names, known.name)
		}
		l.word, bad = p.choice("profile", names...)
	case vStart:
		l.word, bad = p.choice("start", "established", "closed")
	case vRestart:
		l.word, bad = p.choice("restart", "fin", "any-ack", "never")
	case vSeed:
		l.n, bad = p.integer("the seed", 0, 1<<31-1)
	case vMTU:
		l.n, bad = p.integer("the size of a packet", 576, 65535)
	case vMSL, vTimeWait, vLifetime, vRTOMin, vUntil:
		l.span, bad = p.span(string(l.verb))
	case vMove:
		if l.host, bad = p.choice("host", roles...); bad == nil {
			if l.word, bad = p.choice("call", calls...); bad == nil {
				l.span, bad = p.span("the new instant")
			}
		}
	case vLink:
		bad = p.link(l)
	case vDrop, vDeliver, vHold, vDup:
		if l.host, bad = p.choice("host", roles...); bad == nil {
			bad = p.segment(l)
		}
		if bad == nil && (l.verb == vHold || l.verb == vDup) {
			l.span, bad = p.span("how long")
		}
	case vKnob:
		bad = p.knob(l)
	case vExpect:
		bad = p.expect(l)
	case "client", "server":
		l.host = string(l.verb)
		bad = p.app(l)
	case "client:", "server:":
		l.host = strings.TrimSuffix(string(l.verb), ":")
		l.verb = vStep
		l.step, bad = p.process()
	case vSysctl:
		bad = p.sysctl(l)
	case vRule:
		bad = p.rule(l)
	case vInject:
		bad = p.inject(l)
	}
	return bad
}

func (p *parser) link(l *line) (bad *Problem) {
	what := []string{"loss", "delay"}
	if slices.Contains(roles, p.peek()) {
		l.host, _ = p.take("")
	} else if !slices.Contains(what, p.peek()) {
		_, bad = p.choice("word after link", append(slices.Clone(what), roles...)...)
		return bad
	}
	if l.word, bad = p.choice("word after link", what...); bad != nil {
		return bad
	}
	if l.word == "loss" {
		l.rate, bad = p.percent("loss")
	} else {
		l.span, bad = p.span("delay")
	}
	return bad
}

func (p *parser) sysctl(l *line) (bad *Problem) {
	if l.host, bad = p.choice("host", roles...); bad != nil {
		return bad
	}
	if l.word, bad = p.choice("parameter", sysctlNames()...); bad != nil {
		return bad
	}
	l.n, bad = p.integer("the value", 0, 1<<31-1)
	if bad == nil && l.word == "ip_local_port_range" {
		if l.n < 1 || l.n > 65535 {
			return p.fail("bad-number", "a port lies between 1 and 65535")
		}
		l.m, bad = p.integer("the last port", l.n, 65535)
	}
	return bad
}

func (p *parser) app(l *line) (bad *Problem) {
	if p.peek() == "on-eof" {
		p.next++
		l.verb = vOnEOF
		l.word, bad = p.choice("call", "close", "shutdown", "abort")
		return bad
	}
	l.verb = vCall
	if l.word, bad = p.choice("call", append(slices.Clone(calls), "on-eof")...); bad == nil && l.word == "send" {
		l.n, bad = p.integer("the number of bytes", 1, maxBytes)
	}
	return bad
}

// knob reads `knob loss 0%..50%`, `knob client delay 10ms..200ms`, `knob server close 0ms..100ms`.
func (p *parser) knob(l *line) (bad *Problem) {
	first, bad := p.choice("knob", "loss", "delay", "msl", "client", "server")
	if bad != nil {
		return bad
	}
	l.word = first
	if slices.Contains(roles, first) {
		l.host = first
		if l.word, bad = p.choice("knob", append([]string{"loss", "delay"}, calls...)...); bad != nil {
			return bad
		}
	}
	w, bad := p.take("a range such as 0%..50%")
	if bad != nil {
		return bad
	}
	lo, hi, found := strings.Cut(w, "..")
	if !found {
		return p.fail("bad-range", "%q is no range: write both ends, such as 10ms..200ms", w)
	}
	for i, end := range []string{lo, hi} {
		var v int64
		if l.word == "loss" {
			n, bad := p.parsePercent(end, "the range")
			if bad != nil {
				return bad
			}
			v = int64(n)
		} else {
			d, bad := p.parseSpan(end, "the range")
			if bad != nil {
				return bad
			}
			v = int64(d)
		}
		if i == 0 {
			l.min = v
		} else {
			l.max = v
		}
	}
	if l.min >= l.max {
		return p.fail("bad-range", "the range %q must rise", w)
	}
	return nil
}

// expect reads `expect client TIME_WAIT at 250ms`, `expect client TIME_WAIT never`,
// `expect server sends FIN 2`.
func (p *parser) expect(l *line) (bad *Problem) {
	if l.host, bad = p.choice("host", roles...); bad != nil {
		return bad
	}
	if p.peek() == "sends" {
		p.next++
		l.word = "sends"
		kind, bad := p.choice("kind of segment", "RST", "SYN", "FIN", "data", "ACK")
		if bad != nil {
			return bad
		}
		for k := range tcp.NumKinds {
			if k.String() == kind {
				l.kind = k
			}
		}
		l.n, bad = p.integer("the number of segments", 0, maxNth)
		return bad
	}
	if bad = p.stateName(l); bad != nil {
		return bad
	}
	if l.word, bad = p.choice("word after the state", "at", "never"); bad != nil || l.word == "never" {
		return bad
	}
	l.span, bad = p.span("the instant")
	return bad
}

// checkTimed holds a line to the rule of its class: an experiment is never
// timed, a call always.
func checkTimed(l *line, bare bool) *Problem {
	c := classOf[l.verb]
	name := string(l.verb)
	if l.verb == vStep {
		name = l.host + ":"
	}
	switch {
	case l.timed && (c == experiment || c == teaching):
		return &Problem{l.row, l.col, "timed", fmt.Sprintf("%q belongs to the whole run and takes no instant: leave out \"at %s\"", name, formatTime(tcp.Duration(l.at))), ""}
	case !l.timed && c == application && !bare:
		return &Problem{l.row, l.col, "untimed", fmt.Sprintf("%q needs an instant: write \"at 0s %s\"", l.String(), l.String()), ""}
	}
	return nil
}

// Nearest finds the option that w was probably meant to be, "" if none: at most
// two edits away and less than half rewritten.
func Nearest(w string, options []string) string {
	best, least := "", 3
	for _, o := range options {
		d := distance(strings.ToLower(w), strings.ToLower(o))
		if d < least && 2*d <= len(o) {
			best, least = o, d
		}
	}
	return best
}

// distance counts insertions, deletions, substitutions and swaps of neighbours.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
