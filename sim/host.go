package sim

import "fourwaves/sim/tcp"

// host is a machine with an address, its connections, and one application.
type host struct {
	run       *run
	index     int
	sockets   []*socket // in the order of their making; a closed one stays, for its number
	byHand    []*socket // those whose port bind() chose
	made      int       // sockets so far
	spare     []*socket // for a load's connections
	resting   dormitory // connections of a load in TIME_WAIT
	sends     [tcp.NumKinds]int
	listens   bool
	down      bool                  // it has crashed
	tuples    map[[2]uint64]*socket // live ones, by the words of their 4-tuple
	uses      map[FourTuple]int     // incarnations so far
	port      uint16                // next ephemeral port
	exhausted []exhausted           // of a load: where no port is free until one is given back
	heard     map[Address]heard     // what tcp_tw_recycle remembers
	chosen    int                   // first sequence numbers so far

	machine     machine
	processes   []*process // none for the simple application
	fds         map[string]*descriptor
	descriptors []*descriptor // in the order of their making
	counts      counts
	counting    bool    // counters tell of it
	said        *Counts // by the latest of them
	minis       int     // connections of which only TIME_WAIT, or an orphan's FIN_WAIT_2, remains
}

func (h *host) name() string { return h.run.places[h.index].name }

// address is what the host sends from when nothing else is said.
func (h *host) address() Address { return h.run.places[h.index].addrs[0] }

// open makes a socket in CLOSED.
func (h *host) open(tuple FourTuple, conn *tcp.Conn) *socket {
	s := &socket{host: h, conn: conn, wake: -1}
	h.sockets = append(h.sockets, s)
	h.admit(s, tuple)
	return s
}

// admit gives a socket its number and enters it under its 4-tuple.
func (h *host) admit(s *socket, tuple FourTuple) {
	h.made++
	s.number, s.tuple = h.made, tuple
	if !h.run.forgets {
		h.uses[tuple]++
		s.incarnation = h.uses[tuple]
	}
	h.enrol(s)
}

// enrol enters a connection under its 4-tuple.
func (h *host) enrol(s *socket) {
	s.enrolled = true
	h.tuples[s.tuple.words()] = s
	if h.counting {
		h.counts.use(s.tuple.Local.Port, 1)
	}
}

// drop takes it out again.
func (h *host) drop(s *socket) {
	if s.enrolled {
		s.enrolled = false
		delete(h.tuples, s.tuple.words())
	}
	if h.counting {
		h.counts.use(s.tuple.Local.Port, -1)
	}
	if len(h.exhausted) > 0 {
		h.replenish(s.tuple)
	}
}

// arrive is a segment reaching this host.
func (h *host) arrive(t *transit) {
	if h.down {
		h.run.gone(t, Lost, WhyDown)
		return
	}
	tuple := t.seen.flip()
	s := h.find(tuple, t.sender)
	if opens := t.segment.Flags&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN; opens && (s == nil || s.conn.State() == tcp.TimeWait) {
		var dropped string
		if s, dropped = h.answerSYN(s, t); dropped != "" {
			h.dismiss(t, dropped)
			return
		}
	}
	h.counts.arrived(&t.segment)
	at, number := -1, 0
	if s != nil {
		number = s.number
	}
	if !t.quiet {
		e := h.run.blank()
		e.Ev, e.Host, e.Conn, e.Seg, e.Cause = Arrived, h.name(), number, t.id, causedBy(t.event)
		t.jittered(e)
		if t.seen != t.tuple { // a box on the way has changed it
			e.Local, e.Remote = tuple.Local, tuple.Remote
		}
		at = h.run.publish()
	}
	if s == nil {
		h.refuse(t, tuple, at)
		return
	}
	s.receive(t, at)
}

// answerSYN finds what takes a SYN that may open a connection: what was there
// before if nobody listens at its port, else what the listener makes of it, or why
// the SYN is dropped. How many are in SYN_RCVD has no limit here: where Linux has
// one, it answers with cookies from there on (tcp_conn_request), which is about
// opening.
func (h *host) answerSYN(s *socket, t *transit) (taker *socket, dropped string) {
	local := t.seen.Remote
	d := h.listener(local)
	switch {
	case d == nil && !h.waitsAt(local.Port):
		return s, ""
	case d != nil && d.queueFull():
		return nil, WhyBacklog
	case s == nil && h.recalls(t.seen.Local.Addr, &t.segment): // tcp_v4_conn_request
		return nil, WhyRecycle
	}
	if taker = h.welcome(s, d, t); taker == nil {
		return nil, WhySynFin
	}
	return taker, ""
}

// listener finds the process's socket that takes connections to a port.
func (h *host) listener(local Endpoint) *descriptor {
	for _, d := range h.descriptors {
		if !d.gone && d.local.meets(local) && d.listening() {
			return d
		}
	}
	return nil
}

// heard is the last timestamp of an address, and when that was.
type heard struct {
	stamp uint32
	at    Instant
}

// recalls is what tcp_tw_recycle adds: for a minute after a connection came to
// TIME_WAIT, an older timestamp from its peer's address counts as an old
// duplicate, whichever host sent it (tcp_peer_is_proven, TCP_PAWS_MSL).
func (h *host) recalls(from Address, seg *tcp.Segment) bool {
	was, known := h.heard[from]
	return known && seg.Stamped && Duration(h.run.now-was.at) < tcp.Minute && int32(was.stamp-seg.TSVal) > 1
}

// dismiss drops a SYN before any connection hears of it.
func (h *host) dismiss(t *transit, why string) {
	h.counts.arrived(&t.segment)
	e := Event{Ev: Arrived, Host: h.name(), Seg: t.id, Cause: causedBy(t.event)}
	t.jittered(&e)
	at := h.run.tell(t, e)
	h.run.tell(t, Event{Ev: Ignored, Host: h.name(), Seg: t.id, Why: why, Cause: causedBy(at)})
}

// welcome finds the TCB for a SYN to a port where somebody listens: what is
// there already, or a new one in place of TIME_WAIT, or of nothing. There is none
// for a SYN with FIN that the listener drops, and TIME_WAIT has ended by then
// (tcp_v4_rcv: the SYN is the listener's once it may reopen).
func (h *host) welcome(s *socket, d *descriptor, t *transit) *socket {
	tuple := t.seen.flip()
	var iss tcp.Seq
	if s != nil {
		again, newer := s.conn.Reopens(&t.segment)
		if !newer || !h.machine.reopens {
			return s
		}
		iss = again
		s.act(func(c *tcp.Conn) { c.Replace(tcp.WhyReopened) }, t.event)
	}
	policy := &h.machine.policy
	if policy.BareSYN && t.segment.Flags.Has(tcp.FIN) {
		return nil
	}
	if s == nil {
		if d == nil {
			if s := h.accept(tuple); s != nil {
				return s
			}
		}
		iss = h.iss(tuple)
	}
	if d != nil {
		policy = d.policy(t.segment.Stamped)
	}
	if l := h.run.loaders[t.from]; d == nil && l != nil && l.peer == h {
		return l.takes(tuple, iss, t.sender)
	}
	child := h.open(tuple, tcp.New(policy, iss))
	child.hears()
	if d != nil {
		child.owner, child.reuse = d, d.reuse
		child.conn.ReadByCalls()
	}
	return child
}

// refuse answers for a connection that does not exist (3.10.7.1, 3.10.7.2).
func (h *host) refuse(t *transit, tuple FourTuple, arrived int) {
	rst, why, answers := tcp.Refuse(&t.segment, h.waitsAt(tuple.Local.Port) || h.listener(tuple.Local) != nil)
	if !answers {
		h.run.tell(t, Event{Ev: Ignored, Host: h.name(), Seg: t.id, Why: string(why), Cause: causedBy(arrived)})
		return
	}
	h.send(nil, tuple, &rst, why, causedBy(arrived), 0, t.quiet)
}

// crash is the machine losing its memory, and every connection with it. It sends
// nothing, and what reaches it is lost, until it is restarted.
func (h *host) crash(cause Cause) tcp.Errno {
	e := Event{Ev: Call, Host: h.name(), Call: "crash", Why: WhyCrash, Cause: cause}
	if h.down {
		e.Errno = EHOSTDOWN
		h.run.emit(e)
		return EHOSTDOWN
	}
	at := h.run.emit(e)
	for _, s := range h.sockets {
		if s.conn.State() != tcp.Closed {
			s.act(func(c *tcp.Conn) { c.Crash() }, at)
		}
	}
	h.down, h.listens = true, false
	return ""
}

// restart is the machine back, with its application as at the start and no idea of
// its old connections: it counts ports from the first, and keeps no quiet time
// (RFC 9293, 3.4.3).
func (h *host) restart(cause Cause) tcp.Errno {
	at := h.run.emit(Event{Ev: Call, Host: h.name(), Call: "restart", Why: WhyRebooted, Cause: cause})
	if h.down {
		h.down, h.port = false, h.machine.first
		if h.run.places[h.index].listens {
			h.listen(causedBy(at))
		}
	}
	return ""
}
