package sim

import (
	"fmt"
	"slices"
	"strings"

	"fourwaves/sim/tcp"
)

var (
	calls = []string{"close", "shutdown", "send", "connect", "abort", "crash", "restart"}
	// openings are the words that begin a line; a host's name does too, and with
	// a colon.
	openings = []string{
		"at", "profile", "host", "nat", "start", "seed", "msl", "time-wait", "lifetime", "restart", "rto-min", "until", "move",
		"link", "drop", "deliver", "hold", "dup", "knob", "button", "expect", "sysctl", "isn", "tsval", "mtu", "rule", "inject", "load",
	}
	// timedOpenings are the words that may follow an instant.
	timedOpenings = []string{"link", "drop", "deliver", "hold", "dup", "inject"}
)

// wholeRunKnobs turn times that hold from the start to the end.
var wholeRunKnobs = []string{"msl", "time-wait", "lifetime", "rto-min"}

// openings are the words that may begin a line of this scenario, and those of
// them that may follow an instant.
func (p *parser) openings() (all, timed []string) {
	names := namesOf(p.places)
	all, timed = append(slices.Clone(openings), names...), append(slices.Clone(timedOpenings), names...)
	for _, name := range names {
		all = append(all, name+":")
	}
	return all, timed
}

// parseLine reads one line; nil, nil is an empty one. A bare line is a control
// that says what, and leaves it to the session to say when.
func parseLine(text string, row int, bare bool, places []place) (*line, *Problem) {
	p := newParser(text, row, places)
	if len(p.words) == 0 {
		return nil, nil
	}
	return p.line(bare)
}

// line reads the whole of a line that has words.
func (p *parser) line(bare bool) (*line, *Problem) {
	l := &line{row: p.row, col: p.cols[0]}
	if p.peek() == "at" {
		p.next++
		at, bad := p.span("the instant")
		if bad != nil {
			return nil, bad
		}
		l.timed, l.at = true, tcp.Instant(at)
	}
	opening := p.peek()
	openings, timed := p.openings()
	what, words := "line", openings[1:]
	if l.timed && !slices.Contains(openings, opening) {
		what, words = "word after the instant", timed // checkTimed speaks of the others
	}
	w, bad := p.choice(what, words...)
	if bad != nil {
		if !l.timed {
			bad.Suggest = Nearest(opening, openings)
		}
		return nil, bad
	}
	switch name := strings.TrimSuffix(w, ":"); {
	case !slices.Contains(namesOf(p.places), name):
		l.verb = verb(w)
		bad = p.arguments(l)
	case name == w:
		l.host = name
		bad = p.app(l)
	case p.isApplication():
		l.host, l.verb = name, vRun
		l.behaviour, bad = p.behaviour(name)
	default:
		l.host, l.verb = name, vStep
		l.step, bad = p.process(name)
	}
	if bad != nil {
		return nil, bad
	}
	if p.next < len(p.words) {
		p.next++
		return nil, p.fail("extra", "%q is left over at the end of the line", p.words[p.next-1])
	}
	return l, checkTimed(l, bare)
}

// arguments reads what follows the verb.
func (p *parser) arguments(l *line) (bad *Problem) {
	switch l.verb {
	case vHost:
		bad = p.host(l)
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
		if l.host, bad = p.hostName(); bad == nil {
			if l.word, bad = p.choice("call", calls...); bad == nil {
				l.span, bad = p.span("the new instant")
			}
		}
	case vLink:
		bad = p.link(l)
	case vDrop, vDeliver, vHold, vDup:
		if l.host, bad = p.hostName(); bad == nil {
			bad = p.segment(l)
		}
		if bad == nil && (l.verb == vHold || l.verb == vDup) {
			l.span, bad = p.span("how long")
		}
	case vKnob:
		bad = p.knob(l)
	case vButton:
		bad = p.button(l)
	case vExpect:
		bad = p.expect(l)
	case vNAT:
		bad = p.nat(l)
	case vTSVal:
		if l.host, bad = p.hostName(); bad == nil {
			l.n, bad = p.integer("the first timestamp", 0, 1<<32-1)
		}
	case vISN:
		bad = p.isn(l)
	case vSysctl:
		bad = p.sysctl(l)
	case vRule:
		bad = p.rule(l)
	case vInject:
		bad = p.inject(l)
	case vLoad:
		bad = p.load(l)
	}
	return bad
}

func (p *parser) sysctl(l *line) (bad *Problem) {
	if l.host, bad = p.hostName(); bad != nil {
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
	if l.word, bad = p.choice("call", append(slices.Clone(calls), "on-eof")...); bad != nil {
		return bad
	}
	switch l.word {
	case "send":
		l.n, bad = p.integer("the number of bytes", 1, maxBytes)
	case "connect":
		return p.connect(l)
	}
	if bad == nil && l.word != "crash" && l.word != "restart" && strings.HasPrefix(p.peek(), "conn=") {
		w, _ := p.take("")
		l.conn, bad = p.number(strings.TrimPrefix(w, "conn="), 1, maxNth)
	}
	return bad
}

// connect reads `server:8080 from 10.0.0.9:40000 retry 500ms`, all of which may be missing.
func (p *parser) connect(l *line) (bad *Problem) {
	l.target.port = serverPort
	if w := p.peek(); w != "" && w != "from" && w != "retry" {
		if l.target, bad = p.target(); bad != nil {
			return bad
		}
	}
	if p.peek() == "from" {
		p.next++
		if l.from, bad = p.source(l.host); bad != nil {
			return bad
		}
	}
	if p.peek() == "retry" {
		p.next++
		if l.retry, bad = p.span("the pause between two attempts"); bad == nil && l.retry == 0 {
			bad = p.fail("bad-time", "a pause of 0 would never let time pass")
		}
	}
	return bad
}

// isn reads `isn client fixed 1000 1050`, `isn clock 1000` and `isn server hash`.
func (p *parser) isn(l *line) (bad *Problem) {
	if p.isHost() {
		l.host, _ = p.take("")
	}
	if l.word, bad = p.choice("choice of first sequence numbers", isnFixed, isnClock, isnHash); bad != nil {
		return bad
	}
	most := map[string]int{isnFixed: maxStarts, isnClock: 1}[l.word]
	for p.next < len(p.words) && len(l.list) < most || l.word == isnFixed && len(l.list) == 0 {
		n, bad := p.integer("a sequence number", 0, 1<<32-1)
		if bad != nil {
			return bad
		}
		l.list = append(l.list, n)
	}
	return nil
}

// knob reads `knob loss 0%..50%`, `knob client delay 10ms..200ms`, `knob server close 0ms..100ms`.
func (p *parser) knob(l *line) (bad *Problem) {
	first, bad := p.choice("knob", slices.Concat(weatherKnobs, wholeRunKnobs, namesOf(p.places))...)
	if bad != nil {
		return bad
	}
	l.word = first
	if slices.Contains(namesOf(p.places), first) {
		l.host = first
		if l.word, bad = p.choice("knob", slices.Concat(weatherKnobs, calls, timeSettings())...); bad != nil {
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
		if isShare(l.word) {
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

// button reads `button client send 100` and `button link cut`: what the reader may
// do at an instant of their choice. `button load client pool=2` and a sysctl run the
// experiment again.
func (p *parser) button(l *line) *Problem {
	does := &line{}
	words := append([]string{"link", "load", "sysctl"}, namesOf(p.places)...)
	for _, name := range namesOf(p.places) {
		words = append(words, name+":")
	}
	first, bad := p.choice("word after button", words...)
	if bad != nil {
		return bad
	}
	switch first {
	case "link":
		does.verb = vLink
		bad = p.link(does)
	case "load":
		does.verb = vLoad
		bad = p.load(does)
	case "sysctl":
		does.verb = vSysctl
		bad = p.sysctl(does)
	default:
		name, program := strings.CutSuffix(first, ":")
		if does.host = name; program {
			does.verb = vRun
			if _, bad = p.choice("application", applicationNames...); bad == nil {
				p.next--
				does.behaviour, bad = p.behaviour(name)
			}
			break
		}
		does.verb = vCall
		if does.word, bad = p.choice("call", calls...); bad == nil {
			p.next--
			bad = p.app(does)
		}
	}
	l.host, l.word = does.host, does.String()
	return bad
}

// expect reads `expect client TIME_WAIT at 250ms`, `expect client TIME_WAIT never`,
// `expect server sends FIN 2`, `expect client counts opened 58`.
func (p *parser) expect(l *line) (bad *Problem) {
	if l.host, bad = p.hostName(); bad != nil {
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
	if p.peek() == "counts" {
		p.next++
		l.word = "counts"
		if l.counter, bad = p.choice("count", CountNames...); bad == nil {
			l.n, bad = p.integer("the number", 0, 1<<31-1)
		}
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
	if l.verb == vStep || l.verb == vRun {
		name = l.host + ":"
	}
	switch {
	case l.timed && (c == experiment || c == teaching || c == world):
		return &Problem{l.row, l.col, "timed", fmt.Sprintf("%q belongs to the whole run and takes no instant: leave out \"at %s\"", name, formatTime(tcp.Duration(l.at))), ""}
	case !l.timed && c == application && !bare:
		return &Problem{l.row, l.col, "untimed", fmt.Sprintf("%q needs an instant: write \"at 0s %s\"", l.String(), l.String()), ""}
	}
	return nil
}
