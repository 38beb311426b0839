package sim

import (
	"fmt"
	"slices"
	"strings"

	"fourwaves/sim/tcp"
)

// Scenario is a parsed script: what the run starts from, what is done when,
// and what a figure offers its reader.
type Scenario struct {
	lines  []line
	places []place
}

// Parse reads a scenario, one line each, as the package comment describes. The
// error is of type Problems and holds every mistake, not only the first.
func Parse(text string) (*Scenario, error) {
	if len(text) > MaxScript {
		return nil, Problems{{1, 1, "too-long", fmt.Sprintf("the scenario has %d bytes; at most %d are allowed", len(text), MaxScript), ""}}
	}
	sc := &Scenario{places: placesOf(text)}
	var bad Problems
	for i, text := range strings.Split(text, "\n") {
		l, p := parseLine(text, i+1, false, sc.places)
		switch {
		case p != nil:
			bad = append(bad, *p)
		case l == nil:
		case len(sc.lines) == MaxLines:
			return nil, append(bad, Problem{i + 1, 1, "too-long", fmt.Sprintf("more than %d lines", MaxLines), ""})
		default:
			sc.lines = append(sc.lines, *l)
		}
	}
	read := len(bad) == 0
	bad = append(bad, crowds(sc.lines, sc.places)...)
	bad = append(bad, walls(sc.lines)...)
	bad = append(bad, sc.conflicts()...)
	if read { // else a step that opens one may be among the lines that could not be
		bad = append(bad, sc.unopened()...)
	}
	if p := tooMuchText(sc.lines); p != nil {
		bad = append(bad, *p)
	}
	if len(bad) > 0 {
		return nil, bad.inOrder()
	}
	return sc, nil
}

// conflicts finds lines that set the same thing twice, and moves and knobs of
// calls that the scenario does not make.
func (sc *Scenario) conflicts() (bad Problems) {
	seen := map[string]int{}
	for _, l := range sc.lines {
		if key := l.key(); key != "" {
			if row, again := seen[key]; again {
				bad = append(bad, Problem{l.row, l.col, "twice", fmt.Sprintf("%q sets again what line %d has set", l.String(), row), ""})
			}
			seen[key] = l.row
		}
		own := l.verb == vCall || l.verb == vOnEOF || l.verb == vStart && l.word == "established"
		if (own || l.verb == vStep) && sc.has(vLoad) {
			bad = append(bad, Problem{l.row, l.col, "two-applications", fmt.Sprintf("%q does not go with a line \"load\", which brings the applications of all its connections", l.String()), ""})
		}
		if own && sc.hasProcess(l.host) {
			bad = append(bad, Problem{l.row, l.col, "two-applications", fmt.Sprintf("%q does not go with lines such as %q, which make a process of their own", l.String(), sc.programOf(vStep, l.host)), ""})
		}
		if (l.verb == vStep || l.verb == vCall || l.verb == vOnEOF || l.verb == vLoad) && sc.hasNamed(l.host) {
			bad = append(bad, Problem{l.row, l.col, "two-applications", fmt.Sprintf("%q does not go with the line %q, which brings the application of that host", l.String(), sc.programOf(vRun, l.host)), ""})
		}
		if does, _, _ := strings.Cut(l.word, " "); l.verb == vButton && does == l.host && !sc.obeys(l.host) {
			bad = append(bad, Problem{l.row, l.col, "two-applications", fmt.Sprintf("the application of the %s does what it is programmed to do, and no button can tell it otherwise", l.host), ""})
		}
		told, ofApp := turned(l.word)
		if ofApp = ofApp && l.verb == vKnob; ofApp && !slices.ContainsFunc(sc.lines, func(n line) bool {
			listens := slices.ContainsFunc(sc.places, func(at place) bool { return at.name == l.host && at.listens })
			return n.verb == vRun && n.host == l.host && slices.Contains(allSettings[told].of(listens), n.behaviour.name)
		}) {
			bad = append(bad, Problem{l.row, l.col, "no-application", fmt.Sprintf("no line such as \"%s: http\" gives that host an application with %s", l.host, l.word), ""})
		}
		isCallKnob := l.verb == vKnob && l.host != "" && slices.Contains(calls, l.word)
		if (l.verb == vMove || isCallKnob) && sc.firstCall(l.host, l.word) == nil {
			bad = append(bad, Problem{l.row, l.col, "no-call", fmt.Sprintf("the scenario has no line \"at ... %s %s\" that could be moved", l.host, l.word), ""})
		}
	}
	return bad
}

// has tells whether there is such a line.
func (sc *Scenario) has(v verb) bool {
	return slices.ContainsFunc(sc.lines, func(l line) bool { return l.verb == v })
}

// hasProcess tells whether a host, or any for "", runs a process.
func (sc *Scenario) hasProcess(host string) bool {
	for _, l := range sc.lines {
		if l.verb == vStep && (host == "" || l.host == host) {
			return true
		}
	}
	return false
}

// programOf is the first such line of the host's program, or of any host's for "".
func (sc *Scenario) programOf(v verb, host string) string {
	i := slices.IndexFunc(sc.lines, func(l line) bool { return l.verb == v && (host == "" || l.host == host) })
	return sc.lines[i].String()
}

// hasNamed tells whether a host runs a named application.
func (sc *Scenario) hasNamed(host string) bool {
	return slices.ContainsFunc(sc.lines, func(l line) bool { return l.verb == vRun && l.host == host })
}

// obeys tells whether a host has the simple application, which does what calls say.
func (sc *Scenario) obeys(host string) bool {
	return !sc.hasProcess(host) && !sc.hasNamed(host) && !sc.has(vLoad)
}

// tooMuchText limits what one run may have its applications send. Text waits in
// the engine's memory, and anybody may write a link.
func tooMuchText(lines []line) *Problem {
	total := saidByApps(lines)
	for _, l := range lines {
		n := 0
		if l.verb == vCall && l.word == "send" {
			n = l.n
		} else if l.verb == vStep && l.step.call == "send" {
			n = l.step.n
		}
		if total += n; total > maxBytes {
			return &Problem{l.row, l.col, "too-long", fmt.Sprintf("the applications of one run send at most %d bytes together", maxBytes), ""}
		}
	}
	return nil
}

func (sc *Scenario) firstCall(host, word string) *line {
	for i := range sc.lines {
		if l := &sc.lines[i]; l.verb == vCall && l.host == host && l.word == word {
			return l
		}
	}
	return nil
}

// settings is what a run starts from: the profile with the lines of scenario
// and log applied.
type settings struct {
	established bool
	started     bool // a line says how it starts
	profile     string
	seed        uint64
	msl         tcp.Duration
	timeWait    tcp.Duration
	fixedWait   bool // timeWait is the profile's own constant
	lifetime    tcp.Duration
	until       tcp.Instant
	places      []place
	boxes       []*nat
	machines    []machine      // by host
	weather     [][]conditions // by sender and receiver
	scripts     [][]task       // by host: what its process does, in order
	programmed  bool           // some host has one
	rules       []line         // of the network, in order
	loads       []*load        // by host: what it connects to another
	onEOF       []string       // by host
	apps        []*app         // by host; nil without one
	fates       map[segmentName]line
	timed       []planned // in the order in which they act at one instant
}

// planned is a timed line, and whether a learner wrote it.
type planned struct {
	line
	learner bool
	tries   int // again, after it failed
}

// segmentName is how scripts name a segment: its sender, kind and ordinal.
type segmentName struct {
	host int
	kind tcp.Kind
	nth  int
}

// settle applies the scenario's lines and the log's to the profile.
func settle(sc *Scenario, log []line) settings {
	lines := append(append([]line(nil), sc.lines...), log...)
	chosen := profiles[0]
	for _, l := range lines {
		if l.verb == vProfile {
			chosen = profileNamed(l.word)
		}
	}
	s := settings{
		established: true, profile: chosen.name, msl: chosen.msl, timeWait: -1, lifetime: -1,
		places: sc.places,
		fates:  map[segmentName]line{},
	}
	for range sc.places {
		s.machines = append(s.machines, chosen.machine)
		s.scripts = append(s.scripts, nil)
		s.onEOF = append(s.onEOF, "")
		s.loads = append(s.loads, nil)
		s.apps = append(s.apps, nil)
		s.weather = append(s.weather, slices.Repeat([]conditions{{delay: 50 * ms}}, len(sc.places)))
	}
	for i, l := range lines {
		s.apply(l, i >= len(sc.lines))
	}
	s.established = s.established && (s.started || !s.programmed)
	if s.timeWait < 0 {
		s.timeWait, s.fixedWait = chosen.timeWait, chosen.timeWait >= 0
	}
	if s.timeWait < 0 {
		s.timeWait = 2 * s.msl
	}
	if s.lifetime < 0 {
		s.lifetime = s.msl
	}
	s.all(func(m *machine) { m.policy.TimeWait = s.timeWait })
	return s
}

// all changes the machines of all hosts.
func (s *settings) all(change func(*machine)) {
	for i := range s.machines {
		change(&s.machines[i])
	}
}

// apply lets one line change the settings.
func (s *settings) apply(l line, learner bool) {
	switch l.verb {
	case vStart:
		s.started, s.established = true, l.word == "established"
	case vNAT:
		box := &nat{addr: l.addrs[0], public: map[Endpoint]uint16{}, own: map[uint16]Endpoint{}}
		for _, name := range l.names {
			box.inside = append(box.inside, s.role(name))
		}
		s.boxes = append(s.boxes, box)
	case vTSVal:
		s.machines[s.role(l.host)].policy.TSOffset = tcp.ClockFrom(uint32(l.n))
	case vProfile, vHost: // before all others, above
	case vSysctl:
		s.machines[s.role(l.host)].apply(l.word, l.n, l.m)
	case vStep:
		s.established, s.programmed = false, true
		s.scripts[s.role(l.host)] = append(s.scripts[s.role(l.host)], task{step: l.step})
	case vLoad:
		s.established = false
		s.loadOf(s.role(l.host)).change(l.load)
	case vRun:
		s.programmed = true
		host := s.role(l.host)
		if s.apps[host] == nil {
			s.apps[host] = &app{}
		}
		s.apps[host].change(l.behaviour)
	case vRule:
		s.rules = append(s.rules, l)
	case vISN:
		for i := range s.machines {
			if m := &s.machines[i]; l.host == "" || s.role(l.host) == i {
				m.isn = numbering{choice: l.word, given: len(l.list)}
				for i, n := range l.list {
					m.isn.starts[i] = tcp.Seq(n)
				}
			}
		}
	case vSeed:
		s.seed = uint64(l.n)
	case vMTU:
		s.all(func(m *machine) { m.policy.MSS = l.n - 40 }) // RFC 9293, 3.7.1: both headers without options
	case vMSL:
		s.msl = l.span
	case vTimeWait:
		s.timeWait = l.span
	case vLifetime:
		s.lifetime = l.span
	case vRestart:
		restart := map[string]tcp.Restart{"fin": tcp.RestartFIN, "any-ack": tcp.RestartAnyACK, "never": tcp.RestartNever}[l.word]
		s.all(func(m *machine) { m.policy.Restart = restart })
	case vRTOMin:
		s.all(func(m *machine) {
			m.policy.RTOMin, m.policy.RTOFirst, m.policy.RTOMax = l.span, l.span, max(m.policy.RTOMax, l.span)
		})
	case vUntil:
		s.until = tcp.Instant(l.span)
	case vMove:
		s.move(l)
	case vOnEOF:
		s.onEOF[s.role(l.host)] = l.word
	case vLink:
		if l.timed && l.at > 0 {
			s.timed = append(s.timed, planned{line: l, learner: learner})
		} else {
			s.blow(l)
		}
		if l.word == onCut && l.span > 0 {
			l.at, l.span, l.word = l.at.Add(l.span), 0, onRestored
			s.timed = append(s.timed, planned{line: l, learner: learner})
		}
	case vDrop, vDeliver, vHold, vDup:
		if l.timed {
			s.timed = append(s.timed, planned{line: l, learner: learner})
		} else {
			s.fates[segmentName{s.role(l.host), l.kind, l.nth}] = l
		}
	case vCall, vInject:
		s.timed = append(s.timed, planned{line: l, learner: learner})
	case vKnob, vButton, vExpect:
	}
}

// loadOf is the load of a host, from now on if it had none.
func (s *settings) loadOf(host int) *load {
	if s.loads[host] == nil {
		usual := usualLoad
		s.loads[host] = &usual
	}
	return s.loads[host]
}

// loaded tells whether any host has a load.
func (s *settings) loaded() bool {
	return slices.ContainsFunc(s.loads, func(l *load) bool { return l != nil })
}

// move gives the scenario's first such call another instant.
func (s *settings) move(l line) {
	for i := range s.timed {
		if t := &s.timed[i]; t.verb == vCall && !t.learner && t.host == l.host && t.word == l.word {
			t.at = tcp.Instant(l.span)
			return
		}
	}
}
