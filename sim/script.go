package sim

import (
	"fmt"
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
	vButton   verb = "button"
	vExpect   verb = "expect"
	vCall     verb = "call"   // at TIME HOST CALL
	vOnEOF    verb = "on-eof" // HOST on-eof CALL
	vSysctl   verb = "sysctl"
	vStep     verb = "step" // HOST: STEP
	vRule     verb = "rule"
	vInject   verb = "inject"
	vMTU      verb = "mtu"
	vHost     verb = "host"
	vLoad     verb = "load"
	vISN      verb = "isn"
	vRun      verb = "run" // HOST: APPLICATION
	vTSVal    verb = "tsval"
	vNAT      verb = "nat"
)

// class is what an edit by such a line changes (ruling 5).
type class uint8

const (
	experiment  class = iota // the whole run
	weather                  // everything sent from its instant on
	fate                     // one segment
	application              // a call at its instant
	teaching                 // knob and expect: no part of the run
	world                    // who is there: of the scenario, and no edit
)

var classOf = map[verb]class{
	vProfile: experiment, vStart: experiment, vSeed: experiment, vMSL: experiment, vTimeWait: experiment,
	vLifetime: experiment, vRestart: experiment, vRTOMin: experiment, vUntil: experiment, vMove: experiment,
	vOnEOF: experiment, vLink: weather, vDrop: fate, vDeliver: fate, vHold: fate, vDup: fate,
	vISN: experiment, vTSVal: experiment, vHost: world, vNAT: world, vCall: application, vKnob: teaching, vButton: teaching, vExpect: teaching,
	vMTU: experiment, vSysctl: experiment, vStep: experiment, vRun: experiment, vRule: experiment, vInject: application,
	vLoad: experiment,
}

// line is one parsed line. Which fields count depends on the verb.
type line struct {
	verb     verb
	timed    bool
	at       tcp.Instant
	host     string       // role; empty for both directions of link
	peer     string       // link: the way to this host only
	target   target       // connect
	from     Endpoint     // connect: where from, as far as it was given
	retry    tcp.Duration // connect: again so much later, as long as it fails at once
	conn     int          // a call: which connection of the host, from 1; 0 is its latest
	list     []int        // isn: the fixed numbers
	addrs    []Address    // host
	names    []string     // nat: the hosts behind it
	word     string       // start, profile, restart, what link sets, the call, what a knob turns, what is expected
	kind     tcp.Kind
	nth      int
	span     tcp.Duration
	rate     int  // parts per million
	freely   bool // link jitter: in any order
	n        int
	min, max int64 // knob: microseconds, or parts per million
	state    tcp.State
	m        int     // second number of a sysctl or an option
	step     step    // of a process
	match    match   // what a rule or a replay looks for
	forged   forgery // what is injected
	load     loadSettings
	counter  string // what is expected of the counts
	row, col int    // where it was written

	behaviour behaviour // of a named application
}

// key names what a line sets; a later line with the same key replaces an
// earlier one. An application's calls add up, so they have none.
func (l line) key() string {
	switch classOf[l.verb] {
	case experiment:
		switch l.verb {
		case vMove, vOnEOF, vSysctl:
			return fmt.Sprint(l.verb, l.host, l.word)
		case vLoad: // a line changes what it names
			return fmt.Sprint(l.verb, l.host, l.load.names())
		case vISN, vTSVal:
			return fmt.Sprint(l.verb, l.host)
		case vStep, vRule: // these add up
			return ""
		case vRun:
			return fmt.Sprint(l.verb, l.host, l.behaviour.key())
		case vProfile, vStart, vSeed, vMSL, vTimeWait, vLifetime, vRestart, vRTOMin, vUntil, vMTU:
		case vLink, vDrop, vDeliver, vHold, vDup, vKnob, vButton, vExpect, vCall, vInject, vHost, vNAT:
		}
		return string(l.verb)
	case weather:
		word := l.word
		if word == onRestored {
			word = onCut
		}
		return fmt.Sprint(l.verb, l.host, " ", l.peer, " ", word, l.at)
	case fate:
		return fmt.Sprint("fate", l.host, l.kind, l.nth)
	case application, teaching, world:
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
	case vHost:
		b.WriteString("host " + l.host)
		for _, a := range l.addrs {
			b.WriteString(" " + a.String())
		}
		b.WriteString(side(l.word))
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
		for _, name := range []string{l.host, l.peer} {
			if name != "" {
				b.WriteString(name + " ")
			}
		}
		b.WriteString(l.condition())
	case vDrop, vDeliver:
		fmt.Fprintf(&b, "%s %s %s#%d", l.verb, l.host, l.kind, l.nth)
	case vHold, vDup:
		fmt.Fprintf(&b, "%s %s %s#%d %s", l.verb, l.host, l.kind, l.nth, formatTime(l.span))
	case vCall:
		b.WriteString(l.host + " " + l.word)
		if l.word == "send" {
			fmt.Fprintf(&b, " %d", l.n)
		}
		if l.word == "connect" {
			if l.target != (target{port: serverPort}) {
				b.WriteString(" " + l.target.String())
			}
			if l.from != (Endpoint{}) {
				b.WriteString(" from " + l.from.words())
			}
			if l.retry > 0 {
				b.WriteString(" retry " + formatTime(l.retry))
			}
		}
		if l.conn > 0 {
			fmt.Fprintf(&b, " conn=%d", l.conn)
		}
	case vTSVal:
		fmt.Fprintf(&b, "tsval %s %d", l.host, l.n)
	case vNAT:
		fmt.Fprintf(&b, "nat %s %s", l.addrs[0], strings.Join(l.names, " "))
	case vISN:
		b.WriteString("isn" + side(l.host) + " " + l.word)
		for _, n := range l.list {
			fmt.Fprintf(&b, " %d", n)
		}
	case vKnob, vButton, vExpect:
		fmt.Fprintf(&b, "%s %s", l.verb, l.word)
	case vSysctl:
		fmt.Fprintf(&b, "sysctl %s %s %d", l.host, l.word, l.n)
		if l.m != 0 {
			fmt.Fprintf(&b, " %d", l.m)
		}
	case vLoad:
		b.WriteString("load " + l.host + l.load.String())
	case vStep:
		fmt.Fprintf(&b, "%s: %s", l.host, l.step)
	case vRun:
		fmt.Fprintf(&b, "%s: %s", l.host, l.behaviour)
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
