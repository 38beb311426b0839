package sim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fourwaves/sim/tcp"
)

// parser walks the words of one line.
type parser struct {
	words  []string
	cols   []int
	next   int
	row    int
	end    int     // column after the last word
	places []place // of the scenario, whose names lines use

	options []string // the words that could stand where the line ends, if there are such (complete.go)
}

// newParser divides a line into its words, up to a comment.
func newParser(text string, row int, places []place) *parser {
	p := &parser{row: row, places: places}
	for col, field := range fields(text) {
		if strings.HasPrefix(field, "#") {
			break
		}
		p.words = append(p.words, field)
		p.cols = append(p.cols, col)
		p.end = col + len([]rune(field))
	}
	return p
}

// hostName takes the name of one of the scenario's hosts.
func (p *parser) hostName() (string, *Problem) { return p.choice("host", namesOf(p.places)...) }

// isHost tells whether the next word is such a name.
func (p *parser) isHost() bool { return slices.Contains(namesOf(p.places), p.peek()) }

// fail is a mistake at the word that was just taken, or at the end of the line.
func (p *parser) fail(code, format string, args ...any) *Problem {
	col := p.end
	if p.next > 0 && p.next <= len(p.words) {
		col = p.cols[p.next-1]
	}
	return &Problem{Line: p.row, Col: col, Code: code, Message: fmt.Sprintf(format, args...)}
}

// take returns the next word; what says in words what should have been there.
func (p *parser) take(what string, options ...string) (string, *Problem) {
	if p.next >= len(p.words) {
		p.options = options
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
	w, bad := p.take("the "+what+" ("+strings.Join(options, ", ")+")", options...)
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
	bad := p.fail("bad-time", "%q is no time: %s needs a number and a unit, such as 200ms, 1.4s, 50us or 2min", w, what)
	if _, ok := fixed(w, 1000); ok {
		bad.Suggest = w + "ms"
		if n, _ := fixed(w, 1000); n > 0 && n <= 60_000 {
			bad.Suggest = w + "s" // few of anything are seconds
		}
	}
	for _, unit := range [][2]string{{"m", "min"}, {"mins", "min"}, {"minutes", "min"}, {"sec", "s"}, {"secs", "s"}, {"seconds", "s"}, {"µs", "us"}, {"usec", "us"}, {"msec", "ms"}} {
		if digits, found := strings.CutSuffix(w, unit[0]); found {
			if _, ok := fixed(digits, 1000); ok {
				bad.Suggest = digits + unit[1]
			}
		}
	}
	return 0, bad
}

// ParseTime reads a time as the notation writes it.
func ParseTime(text string) (Instant, error) {
	d, bad := (&parser{}).parseSpan(text, "it")
	if bad == nil {
		return Instant(d), nil
	}
	if bad.Suggest != "" {
		return 0, fmt.Errorf("%s; did you mean %q?", bad.Message, bad.Suggest)
	}
	return 0, errors.New(bad.Message)
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
	kinds, firsts := make([]string, tcp.NumKinds), make([]string, tcp.NumKinds)
	for k := range kinds {
		kinds[k] = tcp.Kind(k).String()
		firsts[k] = kinds[k] + "#1"
	}
	w, bad := p.take("a segment such as FIN#1", firsts...)
	if bad != nil {
		return bad
	}
	name, nth, found := strings.Cut(w, "#")
	n, err := strconv.Atoi(nth)
	if !found || err != nil || n < 1 || n > maxNth {
		return p.fail("bad-segment", "%q names no segment: write its kind, #, and which one it is, counted from 1, such as FIN#1", w)
	}
	for k := range kinds {
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
	var names []string
	for _, s := range tcp.States() {
		names = append(names, s.String())
	}
	w, bad := p.take("a state such as TIME_WAIT", append(names, "sends")...)
	if bad != nil {
		return bad
	}
	for _, s := range tcp.States() {
		if s.String() == strings.ToUpper(strings.ReplaceAll(w, "-", "_")) {
			l.state = s
			return nil
		}
	}
	bad = p.fail("unknown", "unknown state %q", w)
	bad.Suggest = Nearest(strings.ToUpper(w), names)
	return bad
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
