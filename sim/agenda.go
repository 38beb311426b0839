package sim

import (
	"math"
	"slices"
)

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
	turn
	act     action
	plan    int32 // number of a transit's plan, or of a socket's life: void if there is a newer one; whose sleepers wake
	transit *transit
	socket  *socket
	cause   Cause
	whose   any // *planned, *process or *loader, of the actions that need one
}

// turn is when an entry has its turn.
type turn struct {
	at    Instant
	order order
}

// order is a phase and, in its lower bits, a number of insertion.
type order uint64

const phaseBits = 56

func (t turn) before(u turn) bool { return t.at < u.at || t.at == u.at && t.order < u.order }

// agenda is what is still to happen. Most of it is put there with a delay that
// many others have too: nothing, the way through the network, a timeout, 2MSL.
// Since time only goes forward, things of one phase and one delay come in the
// order in which they were put there: each such pair has a lane, a queue that
// needs no sorting. The rest goes into a heap in which each has four below it.
type agenda struct {
	now    Instant // of the latest that was taken
	lanes  [maxLanes]lane
	kinds  [maxLanes]laneKind // what each is for; noKind if it is empty
	heads  [maxLanes]turn     // of the first of each lane; never if it is empty
	heap   []entry
	latest int  // lane of the latest that was taken
	rival  turn // the first of another lane or of the heap is not before it
	pushed order
	size   int
	taken  entry // by pop
}

var never = turn{at: math.MaxInt64}

func newAgenda() agenda {
	var a agenda
	for i := range a.heads {
		a.heads[i], a.kinds[i] = never, noKind
	}
	return a
}

// maxLanes is how many pairs of phase and delay have a lane at one time. A pair
// gets one when it comes and one is empty.
const maxLanes = 10

// lane is a queue of what was put on the agenda with the same delay.
type lane struct {
	head  int // of queue, where the next one is
	queue []entry
}

// laneKind is what the entries of a lane have in common: a delay and a phase.
type laneKind int64

const noKind laneKind = -1

func kindOf(delay Duration, p phase) laneKind { return laneKind(delay)<<3 | laneKind(p) }

// push puts an entry on the agenda, for a phase of an instant that is not past.
func (a *agenda) push(at Instant, p phase, e entry) {
	e.at, e.order = at, order(p)<<phaseBits|a.pushed
	a.pushed++
	a.size++
	kind := kindOf(Duration(at-a.now), p)
	for i := range a.kinds {
		if a.kinds[i] == kind {
			l := &a.lanes[i]
			l.queue = append(l.queue, e)
			return
		}
	}
	if free := slices.Index(a.kinds[:], noKind); free >= 0 {
		l := &a.lanes[free]
		l.queue = append(l.queue, e)
		a.kinds[free], a.heads[free] = kind, e.turn
		if free != a.latest && e.before(a.rival) {
			a.rival = e.turn
		}
		return
	}
	if e.before(a.rival) {
		a.rival = e.turn
	}
	a.sift(e)
}

// sift puts an entry into the heap.
func (a *agenda) sift(e entry) {
	a.heap = append(a.heap, e)
	i := len(a.heap) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !e.before(a.heap[up].turn) {
			break
		}
		a.heap[i] = a.heap[up]
		i = up
	}
	a.heap[i] = e
}

// pop takes what happens next, which is good until the next pop; the agenda
// must not be empty. What happens at one instant often comes from one lane, so
// the others are looked at only when their turn may have come.
func (a *agenda) pop() *entry {
	a.size--
	if a.heads[a.latest].before(a.rival) || a.choose() {
		a.advance(a.latest)
	} else {
		a.taken = a.heap[0]
		a.unheap()
	}
	a.now = a.taken.at
	return &a.taken
}

// choose finds the lane whose first is next, unless that of the heap is.
func (a *agenda) choose() bool {
	first := never
	a.rival = never
	if len(a.heap) > 0 {
		a.rival = a.heap[0].turn
	}
	lane := -1
	for i, t := range &a.heads {
		switch {
		case t.before(first):
			if first.before(a.rival) {
				a.rival = first
			}
			first, lane = t, i
		case t.before(a.rival):
			a.rival = t
		}
	}
	if lane < 0 || !first.before(a.rival) {
		return false
	}
	a.latest = lane
	return true
}

// advance takes the first one off a lane. What was taken is given back in
// large pieces, so that each costs the same.
func (a *agenda) advance(lane int) {
	l := &a.lanes[lane]
	a.taken = l.queue[l.head]
	l.head++
	if l.head == len(l.queue) {
		l.queue, l.head = l.queue[:0], 0
		a.heads[lane], a.kinds[lane] = never, noKind
		return
	}
	if l.head >= 64 && 2*l.head >= len(l.queue) {
		l.queue = l.queue[:copy(l.queue, l.queue[l.head:])]
		l.head = 0
	}
	a.heads[lane] = l.queue[l.head].turn
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
			if a.heap[child].before(a.heap[least].turn) {
				least = child
			}
		}
		if !a.heap[least].before(e.turn) {
			break
		}
		a.heap[i] = a.heap[least]
		i = least
	}
	a.heap[i] = e
}

func (a *agenda) empty() bool { return a.size == 0 }
