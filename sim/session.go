package sim

import (
	"fmt"
	"slices"
	"strings"

	"fourwaves/sim/tcp"
)

// Session is one reader's copy of a figure: a scenario, the log of edits, and
// the run that follows from both. It is not safe for concurrent use.
type Session struct {
	scenario *Scenario
	log      []line
	run      *run
	bounds   Bounds
	steps    int
}

// Bounds are what a session may spend, for those who compute the runs of others.
// The zero value leaves what the notation allows.
type Bounds struct {
	Connections int         // that the loads of one run make together; 0 is any number
	Pause       func() bool // asked every PauseSteps: whether to stop for now and return with what there is
}

// PauseSteps is how many steps of a run are done before a session may pause.
const PauseSteps = 1024

// Open starts the scenario under a log, one line each. The error is of type
// Problems; its Line is the place in the log, from 1.
func Open(sc *Scenario, log []string) (*Session, error) { return OpenWithin(sc, log, Bounds{}) }

// OpenWithin is Open for a session that has bounds. A run that goes over them by
// its lines is a problem of code too-many-connections.
func OpenWithin(sc *Scenario, log []string, bounds Bounds) (*Session, error) {
	s := &Session{scenario: sc, bounds: bounds}
	lines, err := s.parseLog(log)
	if err != nil {
		return nil, err
	}
	s.log = lines
	s.run = newRun(settle(sc, s.log))
	return s, nil
}

func (s *Session) parseLog(log []string) ([]line, error) {
	if len(log) > MaxLog {
		return nil, Problems{{MaxLog + 1, 1, "too-long", fmt.Sprintf("%d edits; at most %d are kept: reset the figure or take some back", len(log), MaxLog), ""}}
	}
	var lines []line
	var bad Problems
	for i, text := range log {
		l, p := s.parseEdit(text, i+1, false)
		if p != nil {
			bad = append(bad, *p)
			continue
		}
		lines = add(lines, *l)
	}
	if p := tooMuchText(append(slices.Clone(s.scenario.lines), lines...)); p != nil {
		bad = append(bad, Problem{max(1, len(log)), 1, p.Code, p.Message, ""})
	}
	if p := s.tooManyConnections(lines); p != nil && len(bad) == 0 {
		bad = append(bad, *p)
	}
	if len(bad) > 0 {
		return nil, bad
	}
	return lines, nil
}

// tooManyConnections holds the loads under a log to the session's bounds.
func (s *Session) tooManyConnections(log []line) *Problem {
	if s.bounds.Connections == 0 || !s.scenario.has(vLoad) {
		return nil
	}
	total := 0
	now := settle(s.scenario, log)
	for _, l := range now.loads {
		if l != nil {
			total += l.connections()
		}
	}
	if total <= s.bounds.Connections {
		return nil
	}
	return &Problem{max(1, len(log)), 1, "too-many-connections", fmt.Sprintf("the load makes %d connections; here one run makes at most %d", total, s.bounds.Connections), ""}
}

// step does the next thing of the run, unless it shall pause.
func (s *Session) step() bool {
	s.steps++
	if s.bounds.Pause != nil && s.steps%PauseSteps == 0 && s.bounds.Pause() {
		return false
	}
	return s.run.step()
}

// Reached is the instant up to which the run is computed.
func (s *Session) Reached() Instant { return s.run.now }

// Cut ends the run where it is.
func (s *Session) Cut() {
	if !s.run.done {
		s.run.cut()
	}
}

// parseEdit reads one line of a log, and refuses what only a scenario may say.
func (s *Session) parseEdit(text string, row int, bare bool) (*line, *Problem) {
	if len(text) > 200 || strings.ContainsAny(text, "\n;") {
		return nil, &Problem{row, 1, "too-long", "an edit is one line of at most 200 bytes", ""}
	}
	l, bad := parseLine(text, row, bare, s.scenario.places)
	if bad != nil {
		return nil, bad
	}
	switch {
	case l == nil:
		return nil, &Problem{row, 1, "missing", "an edit cannot be empty", ""}
	case classOf[l.verb] == teaching || classOf[l.verb] == world:
		return nil, &Problem{row, l.col, "not-an-edit", fmt.Sprintf("%q belongs into a scenario, not among the edits", l.verb), ""}
	case l.verb == vLoad && !s.scenario.has(vLoad):
		return nil, &Problem{row, l.col, "no-load", "the scenario has no line \"load\" that could be changed", ""}
	case l.verb == vCall && (l.word == "crash" || l.word == "restart") && !s.scenario.obeys(l.host):
		return nil, &Problem{row, l.col, "two-applications", fmt.Sprintf("the %s runs a program, and a machine that does cannot %s here", l.host, l.word), ""}
	case l.verb == vCall && s.scenario.has(vLoad):
		return nil, &Problem{row, l.col, "two-applications", fmt.Sprintf("%q does not go with a line \"load\", which brings the applications of all its connections", l.String()), ""}
	case l.verb == vMove && s.scenario.firstCall(l.host, l.word) == nil:
		return nil, &Problem{row, l.col, "no-call", fmt.Sprintf("the scenario has no line \"at ... %s %s\" that could be moved", l.host, l.word), ""}
	}
	return l, nil
}

// add appends an edit, in place of one that set the same thing.
func add(log []line, l line) []line {
	if key := l.key(); key != "" {
		log = slices.DeleteFunc(slices.Clone(log), func(old line) bool { return old.key() == key })
	}
	return append(log, l)
}

// Control adds one edit that the reader makes with the playhead at that instant,
// and runs again. The line comes without "at": what kind of edit it is decides
// whether the instant matters (ruling 5). The first keep events are those of the
// old run; everything after them is new.
func (s *Session) Control(at Instant, do string) (keep int, err error) {
	if at < 0 || Duration(at) > maxTime {
		return 0, Problems{{1, 1, "bad-time", "the playhead is outside the run", ""}}
	}
	l, bad := s.parseEdit(do, 1, true)
	if bad != nil {
		return 0, Problems{*bad}
	}
	if !l.timed {
		switch classOf[l.verb] {
		case application:
			l.timed, l.at = true, at
		case weather:
			l.timed, l.at = at > 0, at
		case fate:
			if s.underWay(segmentName{s.run.role(l.host), l.kind, l.nth}, at) {
				l.timed, l.at = true, at
			}
		case experiment, teaching, world:
		}
	}
	log := add(s.log, *l)
	if len(log) > MaxLog {
		return 0, Problems{{1, 1, "too-long", fmt.Sprintf("at most %d edits are kept: reset the figure or take some back", MaxLog), ""}}
	}
	if p := tooMuchText(append(slices.Clone(s.scenario.lines), log...)); p != nil {
		return 0, Problems{{1, 1, p.Code, p.Message, ""}}
	}
	if p := s.tooManyConnections(log); p != nil {
		return 0, Problems{{1, 1, p.Code, p.Message, ""}}
	}
	return s.replace(log), nil
}

// underWay tells whether the segment was sent by then and had not yet ended.
func (s *Session) underWay(name segmentName, at Instant) bool {
	for s.run.now <= at && s.step() {
	}
	id := 0
	for _, e := range s.run.events {
		if e.At > at {
			break
		}
		switch e.Ev {
		case Sent:
			if s.run.role(e.Host) == name.host && e.Kind == name.kind.String() && e.Nth == name.nth {
				id = e.Seg
			}
		case Arrived, Lost, Expired:
			if e.Seg == id {
				return false
			}
		}
	}
	return id != 0
}

// Replace runs the scenario under another log: undo, reset, a link, or a page
// that comes back after its connection broke.
func (s *Session) Replace(log []string) (keep int, err error) {
	lines, err := s.parseLog(log)
	if err != nil {
		return 0, err
	}
	return s.replace(lines), nil
}

// replace finds how many events old and new run share. Only as much of the new
// run is computed as the old one had.
func (s *Session) replace(log []line) (keep int) {
	old := s.run.events
	s.log = log
	s.run = newRun(settle(s.scenario, log))
	for keep < len(old) {
		for len(s.run.events) <= keep && s.step() {
		}
		if len(s.run.events) <= keep || !same(old[keep], s.run.events[keep]) {
			return keep
		}
		keep++
	}
	return keep
}

// same compares two events by value, through their pointers too.
func same(a, b Event) bool {
	if (a.Loss == nil) != (b.Loss == nil) || (a.Delay == nil) != (b.Delay == nil) {
		return false
	}
	if a.Loss != nil && *a.Loss != *b.Loss || a.Delay != nil && *a.Delay != *b.Delay {
		return false
	}
	if !a.Counts.same(b.Counts) {
		return false
	}
	a.Loss, b.Loss, a.Delay, b.Delay, a.Counts, b.Counts = nil, nil, nil, nil, nil, nil
	return a == b
}

// Next returns up to n events from the given place on, computing as much of the
// run as that takes, and less if it shall pause; end tells that there are none
// after them. The slice is valid until the next edit and must not be changed.
func (s *Session) Next(from, n int) (events []Event, end bool) {
	for len(s.run.events) <= from+n && s.step() {
	}
	all := s.run.events
	from = min(from, len(all))
	upto := min(from+n, len(all))
	return all[from:upto:upto], s.run.done && upto == len(all)
}

// Log returns the edits in their canonical form, oldest first.
func (s *Session) Log() []string {
	out := make([]string, len(s.log))
	for i, l := range s.log {
		out[i] = l.String()
	}
	return out
}

// Facts is what a page has to know about a run besides its events.
type Facts struct {
	Version  int        `json:"version"`
	Profile  string     `json:"profile"`
	RTT      Duration   `json:"rtt"`   // of the start, microseconds; between several hosts the longest, as the two below
	Delay    Duration   `json:"delay"` // one way, the longer direction
	MSL      Duration   `json:"msl"`
	TimeWait Duration   `json:"time_wait"`
	Lifetime Duration   `json:"lifetime"`
	Loss     int        `json:"loss"` // parts per million, the lossier direction
	Hosts    []Party    `json:"hosts"`
	Knobs    []Knob     `json:"knobs"`
	Actions  []string   `json:"actions"` // control lines for buttons
	Load     *LoadFacts `json:"load,omitempty"`
}

// LoadFacts is what a page has to know about a run of many connections.
type LoadFacts struct {
	Host        string    `json:"host"`        // that connects
	Connections int       `json:"connections"` // connect() calls, or requests of a pool
	Rate        int       `json:"rate"`        // of them in a thousand seconds
	Every       Duration  `json:"every"`       // between counters, microseconds
	To          int       `json:"to"`          // destinations
	From        int       `json:"from"`        // addresses of its own that it connects from
	Ports       [2]uint16 `json:"ports"`       // first and last ephemeral port of the host
	Shown       int       `json:"shown"`       // connections with all their events
}

// Party is one end, as the head of its lifeline shows it.
type Party struct {
	Name string `json:"name"`
	Addr string `json:"addr"` // with the port of its first connection
	// Addrs are all of its addresses, the first one first.
	Addrs []Address `json:"addrs"`
}

// Knob is one slider: Do is the control line with {} for the value.
type Knob struct {
	Name  string `json:"name"`
	Do    string `json:"do"`
	Unit  string `json:"unit"` // "%" with values in parts per million, or "time" in microseconds
	Min   int64  `json:"min"`
	Max   int64  `json:"max"`
	Step  int64  `json:"step"`
	Value int64  `json:"value"` // at the start of the run
	// Inert is a code that says why the knob does nothing in this profile; it is
	// shown all the same (ruling 8).
	Inert string `json:"inert,omitempty"`
}

// InertTimeWait: the profile's TIME_WAIT is a constant, whatever the MSL.
const InertTimeWait = "time-wait-fixed"

// Facts describes the run under the present log.
func (s *Session) Facts() Facts {
	now := settle(s.scenario, s.log)
	f := Facts{
		Version: Version, Profile: now.profile,
		MSL: now.msl, TimeWait: now.machines[0].policy.TimeWait, Lifetime: now.lifetime,
	}
	for i, p := range now.places {
		port := now.machines[i].first
		if p.listens {
			port = serverPort
		}
		f.Hosts = append(f.Hosts, Party{p.name, Endpoint{p.addrs[0], port}.String(), p.addrs})
		for to := range now.places[:i] {
			there, back := now.weather[i][to], now.weather[to][i]
			f.RTT = max(f.RTT, there.delay+back.delay)
			f.Delay = max(f.Delay, there.delay, back.delay)
			f.Loss = max(f.Loss, there.loss, back.loss)
		}
	}
	for i, l := range now.loads {
		if l != nil {
			m := now.machines[i]
			f.Load = &LoadFacts{now.places[i].name, l.connections(), l.rate, l.interval(), l.to, l.from, [2]uint16{m.first, m.last}, l.shown()}
		}
	}
	for _, l := range s.scenario.knobs() {
		f.Knobs = append(f.Knobs, now.knob(l))
	}
	f.Actions = s.scenario.actions()
	return f
}

// actions are the buttons that the scenario lists, else a close for each host whose
// application would obey it.
func (sc *Scenario) actions() []string {
	listed := []string{}
	for _, l := range sc.lines {
		if l.verb == vButton {
			listed = append(listed, l.word)
		}
	}
	if len(listed) > 0 {
		return listed
	}
	for _, p := range sc.places {
		if sc.obeys(p.name) {
			listed = append(listed, p.name+" close")
		}
	}
	return listed
}

// knobs are those that the scenario lists, else loss, delay and msl (ruling 8),
// or time-wait where a line sets that and the MSL has no say.
func (sc *Scenario) knobs() []line {
	var listed []line
	for _, l := range sc.lines {
		if l.verb == vKnob {
			listed = append(listed, l)
		}
	}
	if listed != nil {
		return listed
	}
	wait := line{verb: vKnob, word: "msl", min: int64(500 * tcp.Millisecond), max: int64(10 * tcp.Second)}
	if sc.has(vTimeWait) {
		wait = line{verb: vKnob, word: "time-wait", min: 0, max: int64(10 * tcp.Second)}
	}
	return []line{
		{verb: vKnob, word: "loss", min: 0, max: 500_000},
		{verb: vKnob, word: "delay", min: int64(10 * tcp.Millisecond), max: int64(200 * tcp.Millisecond)},
		wait,
	}
}

// knob fills in a slider. A value outside the range that the figure names
// widens the range, so that the slider never lies.
func (s *settings) knob(l line) Knob {
	k := Knob{Unit: "time", Min: l.min, Max: l.max}
	host, from := "", 0
	if l.host != "" {
		host, from = l.host+" ", s.role(l.host)
	}
	way := s.weather[from][s.partner(from)]
	k.Name = host + l.word
	switch l.word {
	case onLoss, onDelay, onJitter, onReorder, onDuplicate, onBurst:
		k.Do, k.Value = "link "+host+l.word+" {}", way.value(l.word)
		if isShare(l.word) {
			k.Unit = "%"
		}
		if l.word == onJitter && way.anyOrder {
			k.Do += " " + anyOrder
		}
	case "time-wait":
		k.Do, k.Value = "time-wait {}", int64(s.machines[0].policy.TimeWait)
	case "lifetime":
		k.Do, k.Value = "lifetime {}", int64(s.lifetime)
	case "rto-min":
		k.Do, k.Value = "rto-min {}", int64(s.machines[0].policy.RTOMin)
	case "msl":
		k.Do, k.Value = "msl {}", int64(s.msl)
		if s.fixedWait {
			k.Inert = InertTimeWait
		}
	default:
		if told, ofApp := turned(l.word); ofApp {
			a := s.apps[from]
			k.Do, k.Value = fmt.Sprintf("%s: %s %s={}", l.host, a.name, l.word), max(0, a.values[told])
			break
		}
		k.Do = "move " + host + l.word + " {}"
		for _, t := range s.timed {
			if t.verb == vCall && !t.learner && t.host == l.host && t.word == l.word {
				k.Value = int64(t.at)
				break
			}
		}
	}
	k.Min, k.Max = min(k.Min, k.Value), max(k.Max, k.Value)
	k.Step = niceStep(k.Max-k.Min, k.Unit)
	return k
}

// niceStep is the smallest of 1, 2, 5, 10, ... that gives at most 100 positions;
// a loss moves by whole percents if that leaves it room.
func niceStep(span int64, unit string) int64 {
	if unit == "%" && span >= 100_000 {
		return 10_000
	}
	for step := int64(1); ; step *= 10 {
		for _, nice := range [...]int64{step, 2 * step, 5 * step} {
			if span/nice <= 100 {
				return nice
			}
		}
	}
}
