package sim

import (
	"fmt"
	"slices"
	"strings"

	"fourwaves/sim/tcp"
)

// Check runs the scenario without any edit and holds it against its expect
// lines. It also finds lines that can be read and do nothing: they are no mistake
// of the notation, and a reader's edits are free to make them.
func (sc *Scenario) Check() Problems { return sc.CheckWithin(Bounds{}) }

// CheckWithin is Check for who runs what others wrote: a run that goes over the
// bounds, or has to pause, is a problem and proves nothing.
func (sc *Scenario) CheckWithin(bounds Bounds) (bad Problems) {
	s := &Session{scenario: sc, bounds: bounds}
	if p := s.tooManyConnections(nil); p != nil {
		return Problems{*p}
	}
	bad = append(sc.idleCalls(), sc.narrowKnobs()...)
	if !slices.ContainsFunc(sc.lines, func(l line) bool { return l.verb == vExpect || classOf[l.verb] == fate }) {
		return bad.inOrder()
	}
	r := newRun(settle(sc, nil))
	s.run = r
	for s.step() {
	}
	if !r.done {
		return append(bad, Problem{1, 1, "run-time", "this run takes longer than one run may take here, so it was not held against its expectations", ""}).inOrder()
	}
	for _, l := range sc.lines {
		if l.verb == vExpect {
			if message := unmet(l, r.events); message != "" {
				bad = append(bad, Problem{l.row, l.col, "expect", message, ""})
			}
		}
		if classOf[l.verb] == fate && !sc.has(vLoad) { // which does not tell all that is sent
			if message := unsent(l, r.events); message != "" {
				bad = append(bad, Problem{l.row, l.col, "no-segment", message, ""})
			}
		}
	}
	return bad.inOrder()
}

// unsent says that the segment of a fate is never sent.
func unsent(l line, events []Event) string {
	count := 0
	for _, e := range events {
		if e.Ev == Sent && e.Host == l.host && e.Kind == l.kind.String() {
			count++
		}
	}
	if count >= l.nth {
		return ""
	}
	return fmt.Sprintf("%q matches nothing; the %s sends %d %s", l.String(), l.host, count, l.kind)
}

// unmet says how the events differ from what the line expects.
func unmet(l line, events []Event) string {
	var times []string
	count, met := 0, false
	var counts *Counts
	for _, e := range events {
		if e.Host != l.host {
			continue
		}
		if e.Ev == Counters {
			counts = e.Counts
		}
		if e.Ev == Sent && e.Kind == l.kind.String() {
			count++
		}
		if e.Ev == State && e.To == l.state.String() || e.Ev == Preset && e.State == l.state.String() {
			times = append(times, formatTime(Duration(e.At)))
			met = met || e.At == Instant(l.span)
		}
	}
	entered := "never is in " + l.state.String()
	if len(times) > 0 {
		entered = fmt.Sprintf("enters %s at %s", l.state, strings.Join(times, ", "))
	}
	switch l.word {
	case "counts":
		if n := counts.Named(l.counter); n != l.n {
			return fmt.Sprintf("the %s counts %s %d, not %d", l.host, l.counter, n, l.n)
		}
	case "sends":
		if count != l.n {
			return fmt.Sprintf("the %s sends %d %s, not %d", l.host, count, l.kind, l.n)
		}
	case "at":
		if !met {
			return fmt.Sprintf("the %s %s, not at %s", l.host, entered, formatTime(l.span))
		}
	case "never":
		if len(times) > 0 {
			return fmt.Sprintf("the %s %s", l.host, entered)
		}
	}
	return ""
}

// idleCalls finds restarts without a crash, and calls on a machine that is down.
func (sc *Scenario) idleCalls() (bad Problems) {
	var timed []line
	for _, l := range sc.lines {
		if l.verb == vCall {
			timed = append(timed, l)
		}
	}
	slices.SortStableFunc(timed, func(a, b line) int { return int(a.at - b.at) })
	crashed := map[string]*line{} // by host, while it is down
	for i, l := range timed {
		down := crashed[l.host]
		message := ""
		switch {
		case l.word == "restart" && down == nil:
			message = fmt.Sprintf("a restart without a crash before it: the %s is up, and %q does nothing", l.host, l.String())
		case l.word == "restart":
			crashed[l.host] = nil
		case down != nil && l.retry == 0: // one that tries again waits for the restart
			message = fmt.Sprintf("nobody is there to call: the %s has crashed (line %d) and not restarted by then", l.host, down.row)
		case l.word == "crash":
			crashed[l.host] = &timed[i]
		}
		if message != "" {
			bad = append(bad, Problem{l.row, l.col, "idle", message, ""})
		}
	}
	return bad
}

// narrowKnobs finds ranges without the figure's own value. The slider is made
// wider then, and does not end where the line says.
func (sc *Scenario) narrowKnobs() (bad Problems) {
	now := settle(sc, nil)
	for _, l := range sc.lines {
		if l.verb != vKnob {
			continue
		}
		if k := now.knob(l); k.Min < l.min || k.Max > l.max {
			say := func(n int64) string { return formatTime(tcp.Duration(n)) }
			if k.Unit == "%" {
				say = func(n int64) string { return formatRate(int(n)) }
			}
			bad = append(bad, Problem{l.row, l.col, "bad-range", fmt.Sprintf("the figure's own %s, %s, lies outside %s..%s", k.Name, say(k.Value), say(l.min), say(l.max)), ""})
		}
	}
	return bad
}
