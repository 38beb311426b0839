package sim

import "unsafe"

// Tally is what a run of loads came to, for those who measure the engine.
type Tally struct {
	Connections int // exchanges of request and response that were completed
	Segments    int
	Events      int
	RestMost    int // connections in TIME_WAIT that rested at once, on the host that had most
	RestBytes   int // of memory for them
}

// Measure runs the scenario to its end and keeps nothing. Now and then it says
// how many exchanges are completed.
func (sc *Scenario) Measure(progress func(done int)) Tally {
	r := newRun(settle(sc, nil))
	for steps := 0; r.step(); steps++ {
		if steps%(1<<16) == 0 {
			progress(r.tally().Connections)
		}
	}
	return r.tally()
}

func (r *run) tally() Tally {
	t := Tally{Segments: r.segments, Events: len(r.events)}
	for _, h := range r.hosts {
		t.Connections += h.counts.done
		if d := &h.resting; d.most > t.RestMost {
			t.RestMost = d.most
			t.RestBytes = len(d.blocks)*blockSize*int(unsafe.Sizeof(sleeper{})) + len(d.index)*4
		}
	}
	return t
}
