package sim

import (
	"strings"

	"fourwaves/sim/tcp"
)

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

// firstISS is the first sequence number of a host, which lets a figure show the
// very numbers of RFC 9293, Figures 12 and 13, after the handshake.
func firstISS(host int) tcp.Seq { return tcp.Seq(99 + 200*host) }

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
		h.counts.uses(s.tuple.Local.Port, 1)
	}
}

// drop takes it out again.
func (h *host) drop(s *socket) {
	s.enrolled = false
	delete(h.tuples, s.tuple.words())
	if h.counting {
		h.counts.uses(s.tuple.Local.Port, -1)
	}
	if len(h.exhausted) > 0 {
		h.replenish(s.tuple)
	}
}

// Choices of first sequence numbers.
const (
	isnFixed = "fixed" // as the scenario lists them; the last one for all others
	isnClock = "clock" // from a start on, as the clock of RFC 9293, 3.4.1, without its keyed hash
	isnHash  = "hash"  // with it: M + F(4-tuple, secret)
)

// numbering is such a choice; the zero value is the clock from the figure's number on.
type numbering struct {
	choice string
	given  int // how many of the starts
	starts [maxStarts]tcp.Seq
}

const maxStarts = 8

// iss chooses a first sequence number for a connection.
func (h *host) iss(tuple FourTuple) tcp.Seq {
	m := &h.machine
	if m.isn.choice == isnFixed {
		h.chosen++
		return m.isn.starts[min(h.chosen, m.isn.given)-1]
	}
	iss := tcp.Seq(h.run.now * Instant(m.isnPerMS) / 1000)
	if m.isn.choice == isnHash {
		words := tuple.words()
		return iss + tcp.Seq(keyed(h.run.seed^isnPurpose, words[0], words[1]))
	}
	if m.isn.given > 0 {
		return iss + m.isn.starts[0]
	}
	return iss + firstISS(h.index)
}

// latest is the connection that the application's calls are about.
func (h *host) latest() *socket {
	if len(h.sockets) == 0 {
		return nil
	}
	return h.sockets[len(h.sockets)-1]
}

// call is the application using its socket; cause is the event that made it.
func (h *host) call(l line, why string, cause Cause) tcp.Errno {
	switch {
	case l.word == "crash":
		return h.crash(cause)
	case l.word == "restart":
		return h.restart(cause)
	case h.down:
		h.run.emit(Event{Ev: Call, Host: h.name(), Call: l.word, Len: l.n, Why: why, Cause: cause, Errno: EHOSTDOWN})
		return EHOSTDOWN
	case l.word == "connect":
		return h.connect(l, why, cause)
	}
	s := h.latest()
	if l.conn > 0 {
		s = nil
		if l.conn <= len(h.sockets) {
			s = h.sockets[l.conn-1]
		}
	}
	return h.callOn(s, l, why, cause)
}

// callOn is a call that names a connection.
func (h *host) callOn(s *socket, l line, why string, cause Cause) tcp.Errno {
	e := Event{Ev: Call, Host: h.name(), Call: l.word, Len: l.n, Why: why, Cause: cause}
	if s == nil {
		e.Errno = EBADF
		h.run.emit(e)
		return EBADF
	}
	e.Conn = s.number
	at := h.run.emit(e)
	s.ready(at)
	if s.conn.State() == tcp.Listen && l.word != "send" {
		h.listens = false // it was the listening socket that was closed
	}
	var errno tcp.Errno
	switch l.word {
	case "close":
		errno = s.conn.Close(h.run.now)
	case "shutdown":
		errno = s.conn.Shutdown()
	case "abort":
		errno = s.conn.Abort()
	case "send":
		if errno = s.conn.Send(stream(h.index, s.written, l.n)); errno == "" {
			s.written += l.n
		}
	}
	h.run.events[at].Errno = errno
	s.collect()
	s.wantOutput()
	h.wake(s, causedBy(at))
	return errno
}

// stream is the text that an application writes: byte i of a connection's
// stream is always the same, so that a test can tell what it received.
// It repeats after 256 bytes, so that all text is a piece of one that nobody changes.
func stream(host, from, n int) []byte {
	first := (from + host*101*223) & 255 // 31*223 is 1 modulo 256: a host's byte 0 is 101 times its number
	return endless[first : first+n : first+n]
}

var endless = func() (text [256 + maxBytes]byte) {
	for i := range text {
		text[i] = byte(i * 31)
	}
	return text
}()

// connect opens a connection. A port that the line names is as after bind() with
// SO_REUSEADDR: only the 4-tuple counts.
func (h *host) connect(l line, why string, cause Cause) tcp.Errno {
	e := Event{Ev: Call, Host: h.name(), Call: l.word, Why: why, Cause: cause}
	e.Arg = strings.TrimSpace(strings.TrimPrefix(line{verb: vCall, word: l.word, target: l.target, from: l.from}.String(), " connect"))
	at := h.run.emit(e)
	tuple, iss, errno := h.choose(l.from, h.run.endpoint(h.index, l.target), at)
	if errno != "" {
		h.run.events[at].Errno = errno
		return errno
	}
	s := h.open(tuple, tcp.New(&h.machine.policy, iss))
	h.run.events[at].Conn = s.number
	if l.from.Port != 0 {
		s.holdsPort()
	}
	s.act(func(c *tcp.Conn) { c.OpenActive() }, at)
	return ""
}

// listen is the server's application waiting for connections. The TCB that
// will take the first one exists from here on; later ones are made as SYNs come.
func (h *host) listen(cause Cause) {
	h.listens = true
	local := Endpoint{h.address(), serverPort}
	s := h.open(FourTuple{Local: local}, tcp.New(&h.machine.policy, h.iss(FourTuple{Local: local})))
	s.conn.Cause = h.run.emit(Event{Ev: Call, Host: h.name(), Conn: s.number, Call: "listen", Why: byScript, Cause: cause})
	s.conn.OpenPassive()
	s.collect()
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

// accept takes the TCB in LISTEN that was there before any SYN, if it is still
// there.
func (h *host) accept(tuple FourTuple) *socket {
	s := h.latest()
	if s == nil || s.conn.State() != tcp.Listen {
		return nil
	}
	h.drop(s)
	s.tuple = tuple
	h.enrol(s)
	h.uses[tuple]++
	s.incarnation = h.uses[tuple]
	return s
}

// arrive is a segment reaching this host.
func (h *host) arrive(t *transit) {
	if h.down {
		h.run.gone(t, Lost, WhyDown)
		return
	}
	tuple := t.seen.flip()
	s := h.find(tuple, t.sender)
	// A listener's connections in SYN_RCVD have no limit here: where Linux has one, it
	// answers with cookies from there on (tcp_conn_request), which is about opening.
	if opens := t.segment.Flags&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN; opens && (s == nil || s.conn.State() == tcp.TimeWait) {
		d := h.listener(tuple.Local)
		listens := d != nil || h.waitsAt(tuple.Local.Port)
		switch {
		case d != nil && len(d.waiting) > d.backlog: // sk_acceptq_is_full
			h.dismiss(t, WhyBacklog)
			return
		case listens && s == nil && h.recalls(tuple.Remote.Addr, t.segment): // tcp_v4_conn_request
			h.dismiss(t, WhyRecycle)
			return
		case listens:
			if s = h.welcome(s, d, t); s == nil {
				h.dismiss(t, WhySynFin)
				return
			}
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
	s.ready(at)
	s.arriving = t
	before := s.conn.State()
	if d := s.owner; d != nil && before == tcp.SynRcvd {
		s.conn.QueueFull = d.listening() && len(d.waiting) > d.backlog // sk_acceptq_is_full
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

// waitsAt tells whether the simple application waits for connections there: at
// one port, or where it serves a load, at each of its destinations.
func (h *host) waitsAt(port uint16) bool {
	ports := 1
	for _, l := range h.run.loaders {
		if l != nil && l.peer == h {
			ports = max(ports, l.to)
		}
	}
	return h.listens && serverPort <= port && int(port) < serverPort+ports
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
func (h *host) recalls(from Address, seg tcp.Segment) bool {
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
		again, newer := s.conn.Reopens(t.segment)
		if !newer || !h.machine.reopens {
			return s
		}
		iss = again
		s.act(func(c *tcp.Conn) { c.Replace() }, t.event)
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
		policy = d.policy()
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

// hears puts a connection into the state in which a SYN finds it. The listening
// socket showed its own LISTEN.
func (s *socket) hears() {
	s.conn.OpenPassive()
	s.conn.Drain()
}

// refuse answers for a connection that does not exist (3.10.7.1, 3.10.7.2).
func (h *host) refuse(t *transit, tuple FourTuple, arrived int) {
	rst, why, answers := tcp.Refuse(t.segment, h.waitsAt(tuple.Local.Port) || h.listener(tuple.Local) != nil)
	if !answers {
		h.run.tell(t, Event{Ev: Ignored, Host: h.name(), Seg: t.id, Why: string(why), Cause: causedBy(arrived)})
		return
	}
	h.send(nil, tuple, &rst, why, causedBy(arrived), 0, t.quiet)
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
