package sim

import "fourwaves/sim/tcp"

// socket is one connection of one host, with what the engine knows around it.
type socket struct {
	host        *host
	number      int
	conn        *tcp.Conn
	tuple       FourTuple
	incarnation int
	written     int                // bytes that the application wrote
	peer        *socket            // the other end, once a SYN of its has been accepted
	firsts      []first            // segments that it sent and told of
	started     [tcp.NumTimers]int // event that started each timer
	wake        Instant            // when the agenda looks at the timers next; -1 is never
	output      bool               // on the agenda for this instant
	arriving    *transit           // the segment being processed
	said        []saying           // messages that a named application wrote
	firstText   tcp.Seq            // number of the first byte of them
	heard       []byte             // text that a named application has read and not used

	owner  *descriptor // the process's; for a listener's connection, the listener until accept()
	reuse  bool        // SO_REUSEADDR
	byHand bool        // bind() chose the port
	mini   bool        // counted in host.minis
	errand errand      // of a load
	quiet  bool        // no events tell of it
	life   int32       // of this memory, which a load uses for one connection after another

	enrolled bool    // in host.tuples
	mate     *socket // where its last segment arrived; to be looked at before host.tuples
}

// hears puts a connection into the state in which a SYN finds it. The listening
// socket showed its own LISTEN.
func (s *socket) hears() {
	s.conn.OpenPassive()
	s.conn.Drain()
}

// receive is a segment for the connection; at is the event of its arrival.
func (s *socket) receive(t *transit, at int) {
	h := s.host
	s.ready(at)
	s.arriving = t
	before := s.conn.State()
	if d := s.owner; d != nil && before == tcp.SynRcvd {
		s.conn.QueueFull = d.queueFull()
	}
	if s.peer != nil {
		t.segment.Foreign = t.sender != s.peer
	}
	s.conn.SegmentArrives(h.run.now, t.segment)
	if !s.quiet && t.segment.Flags.Has(tcp.SYN) && before != s.conn.State() && (before == tcp.Listen || before == tcp.SynSent) {
		s.peer = t.sender
	}
	s.collect()
	s.arriving = nil
	s.wantOutput()
	h.wake(s, causedBy(at))
}

// ready prepares the connection for what is about to happen to it.
func (s *socket) ready(cause int) {
	m := &s.host.machine
	s.conn.Cause = cause
	s.conn.Crowded = m.maxTimeWait >= 0 && s.host.minis >= m.maxTimeWait
}

// act does something to the connection, and lets it show and send what follows.
func (s *socket) act(do func(*tcp.Conn), cause int) {
	s.ready(cause)
	do(s.conn)
	s.collect()
	s.wantOutput()
}

// wantOutput asks for the connection's one chance to send at this instant; an
// eager machine takes it at once.
func (s *socket) wantOutput() {
	if s.errand.gone || s.conn.State() == tcp.Closed {
		return
	}
	if s.host.machine.eager {
		s.conn.Output(s.host.run.now)
		s.collect()
		return
	}
	if !s.output {
		s.output = true
		s.host.run.agenda.push(s.host.run.now, outputs, entry{act: actOutput, socket: s, plan: s.life})
	}
}

// collect shows what the connection did, in order, and lets host and application
// follow.
func (s *socket) collect() {
	if s.errand.gone {
		return
	}
	h := s.host
	fired := Cause(0) // what follows a timer's firing was caused by it
	effects := s.conn.Drain()
	for i := range effects {
		f := &effects[i]
		cause := fired
		if fired == 0 {
			cause = causedBy(f.Cause)
		}
		at := -1
		if f.Kind == tcp.Transmit {
			h.send(s, s.tuple, &f.Segment, f.Why, cause, f.Retry, s.quiet)
		} else if !s.quiet {
			at = s.show(f, cause)
		}
		if f.Kind == tcp.TimerFire {
			fired = causedBy(at)
		}
		s.follow(f, at)
	}
	if mini := s.conn.Mini(); mini != s.mini {
		s.mini = mini
		if mini {
			h.minis++
		} else {
			h.minis--
		}
	}
	s.schedule()
	if s.errand.loader != nil && s.errand.loader.pool == 0 { // a pool may still ask for its own
		switch state := s.conn.State(); {
		case state == tcp.Closed:
			s.giveBack()
		case state == tcp.TimeWait:
			h.rest(s)
		}
	}
}

// show tells of one thing that the connection did; send tells of segments.
func (s *socket) show(f *tcp.Effect, cause Cause) int {
	e := s.host.run.blank()
	e.Host, e.Conn, e.Why, e.Cause = s.host.name(), s.number, string(f.Why), cause
	switch f.Kind {
	case tcp.Enter:
		e.Ev, e.From, e.To = State, f.From.String(), f.To.String()
	case tcp.TimerStart:
		e.Ev, e.Timer, e.Do, e.Due = Timer, f.Timer.String(), doStart, f.Due
		if f.Again {
			e.Do = doAgain
		}
		s.started[f.Timer] = s.host.run.told
	case tcp.TimerStop:
		e.Ev, e.Timer, e.Do = Timer, f.Timer.String(), doStop
	case tcp.TimerFire:
		e.Ev, e.Timer, e.Do, e.Cause = Timer, f.Timer.String(), doFire, causedBy(s.started[f.Timer])
	case tcp.Deliver:
		e.Ev, e.Len = Read, len(f.Text)
		if f.Foreign {
			e.Foreign = e.Len
		}
	case tcp.EndOfFile:
		e.Ev = EOF
	case tcp.Fail:
		e.Ev, e.Errno = Error, f.Errno
	case tcp.Ignore:
		e.Ev = Ignored
		if s.arriving != nil {
			e.Seg = s.arriving.id
		}
	case tcp.Transmit:
	}
	return s.host.run.publish()
}

// follow is what the host and the application do about it; at is its event.
func (s *socket) follow(f *tcp.Effect, at int) {
	h, r := s.host, s.host.run
	switch f.Kind {
	case tcp.Enter:
		h.counts.moved(s.tuple.Local.Port, f.From, f.To, f.Why)
		if stamp, used := s.conn.Stamp(); f.To == tcp.TimeWait && used && h.machine.policy.Recycle {
			h.heard[s.tuple.Remote.Addr] = heard{stamp, r.now}
		}
		if f.To == tcp.Closed {
			h.drop(s)
		}
		if d := s.owner; d != nil && f.From == tcp.SynRcvd && f.To == tcp.Established && d.listening() {
			d.waiting = append(d.waiting, s)
			h.wake(s, causedBy(at))
		}
	case tcp.Deliver:
		if r.apps[h.index] != nil {
			s.heard = append(s.heard, f.Text...)
		}
		if r.watchText != nil {
			r.watchText(s, f.Text)
		}
	case tcp.EndOfFile:
		if r.onEOF[h.index] != "" {
			r.agenda.push(r.now, applications, entry{act: actRead, socket: s, cause: causedBy(at), plan: s.life})
		}
	case tcp.Transmit, tcp.TimerStart, tcp.TimerStop, tcp.TimerFire, tcp.Fail, tcp.Ignore:
	}
	if s.errand.loader != nil {
		s.noticed(f)
	}
}

// send puts a segment on the network; of a quiet connection nothing is told.
func (h *host) send(s *socket, tuple FourTuple, seg *tcp.Segment, why tcp.Why, cause Cause, retry int, quiet bool) {
	r := h.run
	kind := seg.Kind()
	h.sends[kind]++
	h.counts.sent++
	if kind == tcp.KindRST {
		h.counts.rstSent++
	}
	r.segments++
	t := r.envelope()
	t.id, t.name = r.segments, segmentName{h.index, kind, h.sends[kind]}
	t.tuple = tuple
	t.wire, t.seen = r.translate(h.index, tuple)
	t.from, t.to = h.index, r.ownerOf(t.seen.Remote.Addr)
	t.segment, t.sentAt, t.event, t.quiet = *seg, r.now, -1, quiet
	incarnation := 0
	if s != nil {
		t.conn, t.sender, incarnation = s.number, s, s.incarnation
	}
	if !quiet {
		t.event = r.sent(s, t, why, cause, retry)
	}
	r.carry(t, incarnation)
}

// sent tells of a segment that its host puts on the network.
func (r *run) sent(s *socket, t *transit, why tcp.Why, cause Cause, retry int) int {
	seg, e := &t.segment, r.blank()
	e.Ev, e.Host, e.Conn, e.Why, e.Cause, e.Retry = Sent, r.places[t.from].name, t.conn, string(why), cause, retry
	e.Local, e.Remote, e.Dst = t.tuple.Local, t.tuple.Remote, r.places[t.to].name
	e.Seg, e.Kind, e.Nth = t.id, t.name.kind.String(), t.name.nth
	e.Flags, e.Seq, e.Len, e.Wnd = seg.Flags.String(), uint32(seg.Seq), len(seg.Text), seg.Wnd
	e.Scale, e.Shift, e.MSS, e.SACK = seg.Scale, int(seg.Shift), seg.MSS, seg.SACK
	e.TSVal, e.TSEcr = seg.TSVal, seg.TSEcr
	if seg.Flags.Has(tcp.ACK) {
		e.Ack = uint32(seg.Ack)
	}
	if s != nil {
		if s.incarnation > 1 {
			e.Inc = s.incarnation
		}
		if retry > 0 {
			e.Of = s.carried(seg.Seq)
		} else if seg.Len() > 0 {
			s.firsts = append(s.firsts, first{seg.Seq, t.id})
		}
		if len(s.said) > 0 {
			e.Message = s.carries(seg)
		}
	}
	return r.publish()
}

// first is the segment that carried a sequence number first.
type first struct {
	seq tcp.Seq
	seg int
}

// carried is the latest segment that was sent as new from that number on.
func (s *socket) carried(seq tcp.Seq) int {
	for i := len(s.firsts) - 1; i >= 0; i-- {
		if s.firsts[i].seq == seq {
			return s.firsts[i].seg
		}
	}
	return 0
}

// schedule puts the connection's next deadline on the agenda. An entry that is
// already there and earlier will come back to ask again.
func (s *socket) schedule() {
	at, runs := s.conn.Deadline()
	if runs && s.host.run.lag != nil {
		at = s.host.run.lag(s, at)
	}
	if !runs || s.wake >= 0 && s.wake <= at {
		return
	}
	s.wake = at
	s.host.run.agenda.push(at, timeouts, entry{act: actTimer, socket: s, plan: s.life})
}

// ring lets the connection's due timers fire.
func (s *socket) ring(at Instant) {
	if s.wake != at {
		return // an earlier entry took over
	}
	s.wake = -1
	if s.errand.gone {
		return
	}
	first := s.host.run.told
	if due, runs := s.conn.Deadline(); runs && due <= at {
		s.ready(s.conn.Cause)
		s.conn.Timeout(at)
		s.wantOutput()
	}
	s.collect()
	if s.host.run.told > first {
		s.host.wake(s, causedBy(first))
	}
}
