package sim

import (
	"slices"

	"fourwaves/sim/tcp"
)

// Version names the engine's behaviour. It is raised whenever what an existing
// scenario shows changes, so that a link can say which engine it was made with.
const Version = 5

// Limits of one run.
const (
	MaxEvents         = 20_000
	maxStepsOfInstant = 10_000
	maxTries          = 100 // of one call that fails
)

// run is one execution of a scenario under a log: events as a function of both.
type run struct {
	settings
	hosts    []*host
	agenda   agenda
	now      Instant
	steps    int // at this instant
	events   []Event
	told     int          // events so far
	write    func(*Event) // takes them instead of the list
	latest   Event        // that it takes
	segments int
	ordinals map[identity]int
	ways     [][]way // by sender and receiver
	byName   map[segmentName]*transit
	done     bool
	chancy   bool       // something depends on chance
	named    bool       // a fate may come for a segment under way
	loaders  []*loader  // by host
	forgets  bool       // a large load, in which nobody asks for the uses of a 4-tuple
	spare    []*transit // for new segments
	tampered bool       // rules or injections ask for the two below
	flows    []*flow    // connections in the order of their first SYN
	carried  []*transit // everything that was sent
	matched  []int      // per rule, how many segments it has matched
	every    Duration   // between the counters of a load
	// watchText, when a test sets it, sees every byte that an application reads.
	watchText func(*socket, []byte)
	// lag, when a test sets it, says how late a timer fires that is due at an
	// instant: a kernel's timers do.
	lag func(*socket, Instant) Instant
	// apart, when a test sets it, is by how much each of the segments that are sent
	// in one instant arrives after the one before: a kernel's do.
	apart Duration
}

func newRun(s settings) *run {
	r := &run{settings: s, agenda: newAgenda(), ordinals: map[identity]int{}, byName: map[segmentName]*transit{}}
	for range s.places {
		r.ways = append(r.ways, make([]way, len(s.places)))
	}
	for i, m := range s.machines {
		r.hosts = append(r.hosts, &host{run: r, index: i, machine: m, port: m.first, tuples: map[[2]uint64]*socket{}, fds: map[string]*descriptor{}, heard: map[Address]heard{}, uses: map[FourTuple]int{}})
	}
	r.tampered = len(r.rules) > 0
	r.chancy = slices.ContainsFunc(r.weather, func(ways []conditions) bool {
		return slices.ContainsFunc(ways, func(c conditions) bool { return c != conditions{delay: c.delay} })
	})
	r.matched = make([]int, len(r.rules))
	for i := range r.timed {
		l := &r.timed[i]
		when := applications
		r.tampered = r.tampered || l.verb == vInject
		r.chancy = r.chancy || classOf[l.verb] == weather
		r.named = r.named || classOf[l.verb] == fate
		switch {
		case l.learner:
			when = learners
		case l.verb == vInject:
			when = arrivals
		}
		r.agenda.push(l.at, when, entry{act: actLine, whose: l})
	}
	if r.established {
		r.preset()
	}
	for i, p := range r.places {
		if p.listens && !r.hosts[i].listens && len(r.scripts[i]) == 0 && r.apps[i] == nil && !r.loaded() {
			r.hosts[i].listen(0)
		}
	}
	for i, h := range r.hosts {
		if len(r.scripts[i]) > 0 {
			h.start(r.scripts[i]...)
		}
	}
	r.loaders = make([]*loader, len(r.hosts))
	for i, l := range r.loads {
		if l != nil {
			r.begin(i, *l)
		}
	}
	r.runApplications()
	return r
}

// preset makes both ends of one connection as a handshake leaves them: from the
// first host that does not listen to the one that it would connect to.
func (r *run) preset() {
	from := max(0, slices.IndexFunc(r.places, func(p place) bool { return !p.listens }))
	to := r.partner(from)
	client, server := r.hosts[from], r.hosts[to]
	tuple := FourTuple{Endpoint{client.address(), client.port}, Endpoint{server.address(), serverPort}}
	first := map[*host]tcp.Seq{client: client.iss(tuple), server: server.iss(tuple.flip())}
	client.port++
	server.listens = true
	rtt := r.weather[from][to].delay + r.weather[to][from].delay
	for _, end := range []struct{ h, peer *host }{{client, server}, {server, client}} {
		h, peer := end.h, end.peer
		s := h.open(tuple, tcp.NewEstablished(&h.machine.policy, &peer.machine.policy, first[h]+1, first[peer]+1, rtt))
		r.emit(Event{
			Ev: Preset, Host: h.name(), Conn: s.number, State: s.conn.State().String(),
			Local: tuple.Local, Remote: tuple.Remote, Dst: peer.name(),
			SndNxt: uint32(s.conn.SndNxt()), RcvNxt: uint32(s.conn.RcvNxt()),
		})
		_, tuple = r.translate(h.index, tuple)
		tuple = tuple.flip()
	}
	ends := [2]*socket{client.latest(), server.latest()}
	ends[0].peer, ends[1].peer = ends[1], ends[0]
}

// emit tells of an event and gives its place in the list.
func (r *run) emit(e Event) int {
	*r.blank() = e
	return r.publish()
}

// blank is where the next event is written, which is large and of which there
// may be very many: no other is made before publish tells of it.
func (r *run) blank() *Event {
	if r.write != nil {
		r.latest.clear()
		return &r.latest
	}
	r.events = append(r.events, Event{})
	return &r.events[len(r.events)-1]
}

func (r *run) publish() int {
	if r.write != nil {
		r.latest.At = r.now
		r.write(&r.latest)
	} else {
		r.events[len(r.events)-1].At = r.now
	}
	r.told++
	return r.told - 1
}

// lastEvent is the place of the newest event.
func (r *run) lastEvent() int { return r.told - 1 }

// step does the next thing on the agenda and tells whether there is more to do.
func (r *run) step() bool {
	if r.done {
		return false
	}
	if r.agenda.empty() {
		r.finish()
		return false
	}
	e := r.agenda.pop()
	if e.at > r.now {
		r.now, r.steps = e.at, 0
	}
	r.steps++
	if len(r.events) >= MaxEvents || r.steps > maxStepsOfInstant {
		r.cut()
		return false
	}
	if e.socket != nil && e.socket.life != e.plan && e.act != actTimer { // which looks at whatever is there then
		return true
	}
	switch e.act {
	case actArrive, actLose, actExpire:
		r.endTrip(e)
	case actLine:
		r.obey(e.whose.(*planned))
	case actRead:
		h := e.socket.host
		if h.down {
			return true
		}
		h.callOn(e.socket, line{word: r.onEOF[h.index]}, byEOF, e.cause)
	case actOutput:
		e.socket.output = false
		e.socket.conn.Output(r.now)
		e.socket.collect()
	case actTimer:
		e.socket.ring(e.at)
	case actStep:
		e.whose.(*process).advance()
	case actLoad:
		e.whose.(*loader).turn()
	case actErrand:
		e.socket.errand.act(e.socket)
	case actWake:
		r.hosts[e.plan].wakeDue(e.at)
	case actCount:
		r.count()
	}
	return true
}

// cut ends the list before its time.
func (r *run) cut() {
	r.emit(Event{Ev: End, Why: WhyLimit})
	r.done = true
}

// finish closes the list: at the last event, or at the scenario's last instant
// if that is later. Stale agenda entries do not count as something happening.
func (r *run) finish() {
	if r.write == nil {
		r.now = 0
	}
	if n := len(r.events); n > 0 {
		r.now = r.events[n-1].At
	}
	why := WhyQuiet
	if r.until > r.now {
		r.now, why = r.until, WhyUntil
	}
	r.emit(Event{Ev: End, Why: why})
	r.done = true
}

// obey carries out a timed line.
func (r *run) obey(l *planned) {
	switch classOf[l.verb] {
	case application:
		if l.verb == vInject {
			r.forge(l.line)
			return
		}
		why := byScript
		if l.learner {
			why = byLearner
		}
		errno := r.hosts[r.role(l.host)].call(l.line, why, 0)
		if errno != "" && l.retry > 0 && l.tries < maxTries {
			l.tries++
			phase := applications
			if l.learner {
				phase = learners
			}
			r.agenda.push(r.now.Add(l.retry), phase, entry{act: actLine, whose: l})
		}
	case weather:
		r.blow(l.line)
		r.emit(linkEvent(&l.line))
	case fate:
		r.fateNow(l.line)
	case experiment, teaching, world:
	}
}
