package web

import (
	"runtime"
	"time"

	"fourwaves/sim"
)

// A workshop is where runs are computed: a few places for all pages together, and a measure for each run. Whoever has a place
// gives it back after a moment, so that a run of many connections takes its turns with everybody else's. The zero value has
// room for all.
type workshop struct {
	places      chan struct{}
	connections int           // that the loads of one run may make
	runTime     time.Duration // that one run may take
}

const (
	defaultConnections = 200_000
	defaultRunTime     = 10 * time.Second
	turn               = 50 * time.Millisecond // that a run has before it goes to the end of the queue
)

func newWorkshop(connections int, runTime time.Duration) workshop {
	if connections == 0 {
		connections = defaultConnections
	}
	if runTime == 0 {
		runTime = defaultRunTime
	}
	return workshop{make(chan struct{}, runtime.GOMAXPROCS(0)), connections, runTime}
}

// work waits for a place and does something there.
func (w workshop) work(do func()) {
	if w.places != nil {
		w.places <- struct{}{}
		defer func() { <-w.places }()
	}
	do()
}

// begin opens a session whose run is computed while somebody waits for the answer, for as long as one run may take.
func (w workshop) begin(scenario *sim.Scenario, log []string) (*sim.Session, error) {
	return sim.OpenWithin(scenario, log, w.bounds())
}

// glance begins a session for what a page says of a run before its scripts do. A large load is computed no further than a
// page can wait for, always as far as the last time: the rest comes over the socket, or in the files that the page offers.
func (w workshop) glance(scenario *sim.Scenario, log []string) (*sim.Session, error) {
	bounds, asked := w.bounds(), 0
	bounds.Pause = func() bool {
		asked++
		return asked > glanceSteps/sim.PauseSteps
	}
	return sim.OpenWithin(scenario, log, bounds)
}

// glanceSteps is how much of a run that is: some 10,000 connections.
const glanceSteps = 300_000

// bounds are those of one run, from now on.
func (w workshop) bounds() sim.Bounds {
	deadline := time.Now().Add(w.runTime)
	return sim.Bounds{Connections: w.connections, Pause: func() bool {
		return w.runTime > 0 && time.Now().After(deadline)
	}}
}
