package sim

// This file is what happens next, and why in that order: by instant, by phase of
// the instant, and by the order in which it was put on the agenda.

// phase orders what happens at one instant (ruling 2).
type phase uint8

const (
	arrivals     phase = iota // whatever the network does
	applications              // calls, and the scenario's timed lines
	outputs                   // each connection sends what is due, once
	timeouts
	learners  // the log's timed lines: after everything else of their instant
	countings // counters, which tell of the whole instant
)

type action uint8

const (
	actArrive action = iota
	actLose
	actExpire
	actLine
	actRead // the application acts on the end of file it read
	actOutput
	actTimer
	actStep   // a process goes on, or looks whether its call can return
	actWake   // connections at rest have waited long enough
	actLoad   // a load makes its next connection
	actErrand // the application of a load's connection acts
	actCount  // a load's hosts tell their counts
)

// entry is one thing on the agenda.
type entry struct {
	at      Instant
	number  int // of insertion
	phase   phase
	act     action
	plan    int32 // number of a transit's plan, or of a socket's life: void if there is a newer one; whose sleepers wake
	transit *transit
	socket  *socket
	cause   Cause
	line    *planned
	process *process
	loader  *loader
}

func (e *entry) before(f *entry) bool {
	if e.at != f.at {
		return e.at < f.at
	}
	if e.phase != f.phase {
		return e.phase < f.phase
	}
	return e.number < f.number
}

// agenda is what is still to happen. Most of it is put there with a delay that
// many others have too: nothing, the way through the network, a timeout, 2MSL.
// Since time only goes forward, things of one phase and one delay come in the
// order in which they were put there: each such pair has a lane, a queue that
// needs no sorting. The rest goes into a heap in which each has four below it.
type agenda struct {
	now    Instant // of the latest that was taken
	lanes  [maxLanes]lane
	heap   []entry
	pushed int
	size   int
}

// maxLanes is how many pairs of phase and delay have a lane at one time. A pair
// gets one when it comes and one is empty.
const maxLanes = 10

// lane is a queue of what was put on the agenda with the same delay.
type lane struct {
	delay Duration
	phase phase
	head  int // of queue, where the next one is
	queue []entry
}

func (a *agenda) push(e entry) {
	e.number = a.pushed
	a.pushed++
	a.size++
	delay := Duration(e.at - a.now)
	var free *lane
	for i := range a.lanes {
		l := &a.lanes[i]
		if len(l.queue) == 0 {
			if free == nil {
				free = l
			}
		} else if l.delay == delay && l.phase == e.phase {
			l.queue = append(l.queue, e)
			return
		}
	}
	if free != nil {
		free.delay, free.phase = delay, e.phase
		free.queue = append(free.queue, e)
		return
	}
	a.sift(e)
}

// sift puts an entry into the heap.
func (a *agenda) sift(e entry) {
	a.heap = append(a.heap, e)
	i := len(a.heap) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !e.before(&a.heap[up]) {
			break
		}
		a.heap[i] = a.heap[up]
		i = up
	}
	a.heap[i] = e
}

// pop takes what happens next; the agenda must not be empty.
func (a *agenda) pop() entry {
	var first *entry
	var from *lane
	if len(a.heap) > 0 {
		first = &a.heap[0]
	}
	for i := range a.lanes {
		if l := &a.lanes[i]; len(l.queue) > 0 {
			if e := &l.queue[l.head]; first == nil || e.before(first) {
				first, from = e, l
			}
		}
	}
	top := *first
	a.now = top.at
	a.size--
	if from != nil {
		from.advance()
	} else {
		a.unheap()
	}
	return top
}

// advance takes the first one off the lane. What was taken is given back in
// large pieces, so that each costs the same.
func (l *lane) advance() {
	l.head++
	switch {
	case l.head == len(l.queue):
		l.queue, l.head = l.queue[:0], 0
	case l.head >= 64 && 2*l.head >= len(l.queue):
		l.queue = l.queue[:copy(l.queue, l.queue[l.head:])]
		l.head = 0
	}
}

// unheap removes the first of the heap.
func (a *agenda) unheap() {
	last := len(a.heap) - 1
	e := a.heap[last]
	a.heap[last] = entry{}
	a.heap = a.heap[:last]
	if last == 0 {
		return
	}
	i := 0
	for {
		least := 4*i + 1
		if least >= last {
			break
		}
		for child := least + 1; child < min(4*i+5, last); child++ {
			if a.heap[child].before(&a.heap[least]) {
				least = child
			}
		}
		if !a.heap[least].before(&e) {
			break
		}
		a.heap[i] = a.heap[least]
		i = least
	}
	a.heap[i] = e
}

func (a *agenda) empty() bool { return a.size == 0 }
