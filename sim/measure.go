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

// Measure runs the scenario to its end and keeps nothing. With a function to write
// every event goes there, those of all connections, and else only what a large
// load tells of itself is made. Now and then it says what the run has come to so far.
func (sc *Scenario) Measure(write func(*Event), progress func(Tally)) Tally {
	s := settle(sc, nil)
	if write != nil {
		for _, l := range s.loads {
			if l != nil {
				l.show = l.connections()
			}
		}
	}
	r := newRun(s)
	r.write = write
	for steps := 0; r.step(); steps++ {
		if steps%(1<<12) == 0 {
			progress(r.tally())
		}
	}
	return r.tally()
}

func (r *run) tally() Tally {
	t := Tally{Segments: r.segments, Events: r.told}
	for _, h := range r.hosts {
		t.Connections += h.counts.done
		if d := &h.resting; d.most > t.RestMost {
			t.RestMost = d.most
			t.RestBytes = len(d.blocks)*blockSize*int(unsafe.Sizeof(sleeper{})) + len(d.index)*4
		}
	}
	return t
}
