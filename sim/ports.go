package sim

import "fourwaves/sim/tcp"

// This file is what a connection begins with: bind() and its conflicts, the search
// for an ephemeral port, the 4-tuples that may be taken over from TIME_WAIT, and
// the first sequence number.

// conflicts is the question of bind(): who else holds the port, and do both
// allow sharing (inet_csk_bind_conflict)? A listener shares
// with no one, unless all have SO_REUSEPORT.
func (h *host) conflicts(d *descriptor, local Endpoint) bool {
	for _, other := range h.descriptors {
		if other != d && !other.gone && other.local.meets(local) && (other.conn == nil || other.listening()) &&
			!(d.reuse && other.reuse && !other.listening()) && !(d.reusePort && other.reusePort) {
			return true
		}
	}
	for _, s := range h.sockets {
		if s.tuple.Local.meets(local) && s.conn.State() != tcp.Closed && s.conn.State() != tcp.Listen && !(d.reuse && s.reuse) && !(d.reusePort && s.reusePort()) {
			return true
		}
	}
	return false
}

// reusePort tells whether the socket still has the descriptor's SO_REUSEPORT.
// What is in TIME_WAIT has it too: the kernel copies it (tw_reuseport).
func (s *socket) reusePort() bool { return s.owner != nil && s.owner.reusePort }

// bind takes a port, or any free one for port 0.
func (h *host) bind(d *descriptor, local Endpoint) tcp.Errno {
	if d.local.Port != 0 {
		return EINVAL
	}
	if local.Port == 0 {
		for n := 0; ; n++ {
			port, more := h.candidate(n)
			if !more {
				return EADDRINUSE
			}
			if local.Port = port; !h.conflicts(d, local) {
				d.local, h.port = local, port+1
				return ""
			}
		}
	}
	if h.conflicts(d, local) {
		return EADDRINUSE
	}
	d.local = local
	return ""
}

// meets tells whether two sockets want the same port of the same address.
func (e Endpoint) meets(f Endpoint) bool {
	return e.Port == f.Port && (e.Addr == f.Addr || e.Addr == 0 || f.Addr == 0)
}

// candidate is the nth ephemeral port to try, from 0: on from the last one taken,
// and on Linux every other one first (__inet_hash_connect). The kernel begins at
// a random place. There are no more when ok is false.
func (h *host) candidate(n int) (port uint16, ok bool) {
	m := &h.machine
	span := int(m.last) - int(m.first) + 1
	start := max(0, int(h.port)-int(m.first)) % span
	if m.evenFirst {
		if start &^= 1; 2*n < span {
			n = 2 * n
		} else {
			n = 2*(n-(span+1)/2) + 1
		}
	}
	return m.first + uint16((start+n)%span), n < span
}

// evens is how many candidates Linux tries before the rest; they are the same
// ports wherever the search begins. Elsewhere 0.
func (h *host) evens() int {
	if !h.machine.evenFirst {
		return 0
	}
	return (int(h.machine.last) - int(h.machine.first) + 2) / 2
}

// exhausted says of an address and a destination (the port of the first is 0)
// that none of the first candidates is free. Without it every connect() of a load
// that has run out of ports would try them all.
type exhausted struct {
	FourTuple
	candidates int
}

func (h *host) triedInVain(tuple FourTuple) int {
	for _, e := range h.exhausted {
		if e.FourTuple == tuple {
			return e.candidates
		}
	}
	return 0
}

func (h *host) exhaust(tuple FourTuple, candidates int) {
	if !h.counting || h.machine.reuse == 1 { // where time alone may make a port free
		return
	}
	tuple.Local.Port = 0
	for i := range h.exhausted {
		if h.exhausted[i].FourTuple == tuple {
			h.exhausted[i].candidates = candidates
			return
		}
	}
	h.exhausted = append(h.exhausted, exhausted{tuple, candidates})
}

// replenish says that a port is free again. One of the rest leaves the evens as
// they were.
func (h *host) replenish(tuple FourTuple) {
	rest := (tuple.Local.Port-h.machine.first)%2 == 1
	tuple.Local.Port = 0
	for i := range h.exhausted {
		if e := &h.exhausted[i]; e.FourTuple == tuple {
			if rest {
				e.candidates = min(e.candidates, h.evens())
			} else {
				e.candidates = 0
			}
		}
	}
}

// choose finds the 4-tuple and the first number of a new connection. A port that
// was chosen by bind() may take over from TIME_WAIT whenever timestamps tell
// old from new; one that the kernel chooses, only as tcp_tw_reuse allows
// (tcp_twsk_unique).
func (h *host) choose(local, remote Endpoint, cause int) (tuple FourTuple, iss tcp.Seq, errno tcp.Errno) {
	byHand := local.Port != 0
	if local.Addr == 0 {
		local.Addr = h.address()
	}
	if byHand {
		if iss, free := h.claim(FourTuple{local, remote}, byHand, cause); free {
			return FourTuple{local, remote}, iss, ""
		}
		return FourTuple{}, 0, EADDRNOTAVAIL
	}
	for n := h.triedInVain(FourTuple{local, remote}); ; n++ {
		port, more := h.candidate(n)
		if !more || n > 0 && n == h.evens() {
			h.exhaust(FourTuple{local, remote}, n)
		}
		if !more {
			return FourTuple{}, 0, EADDRNOTAVAIL
		}
		local.Port = port
		if iss, free := h.claim(FourTuple{local, remote}, byHand, cause); free {
			h.tookPort(port)
			return FourTuple{local, remote}, iss, ""
		}
	}
}

// claim makes a 4-tuple free for a new connection if it can be, and says with
// which number that one begins.
func (h *host) claim(tuple FourTuple, byHand bool, cause int) (iss tcp.Seq, free bool) {
	if !byHand && h.boundByHand(tuple.Local) {
		return 0, false
	}
	var wait tcp.PortWait
	old := h.tuples[tuple.words()]
	if place, sleeps := h.resting.find(tuple); sleeps {
		if wait = h.resting.at(place).Waits(&h.machine.policy); !h.mayReuse(wait, byHand) {
			return 0, false
		}
		old = h.rouse(place)
	} else if old == nil {
		return h.iss(tuple), true
	} else if wait = old.conn.Waits(); !h.mayReuse(wait, byHand) {
		return 0, false
	}
	old.act(func(c *tcp.Conn) { c.Replace(tcp.WhyTakenOver) }, cause)
	return wait.Next, true
}

// tookPort lets the search for the next port begin behind this one.
func (h *host) tookPort(local uint16) {
	h.port = local + 1
	if h.machine.evenFirst {
		h.port = local + 2
	}
}

// holdsPort: the port was chosen by bind().
func (s *socket) holdsPort() {
	s.byHand = true
	s.host.byHand = append(s.host.byHand, s)
}

// boundByHand tells whether bind() took the port: connect() leaves it alone.
func (h *host) boundByHand(local Endpoint) bool {
	for _, d := range h.descriptors {
		if !d.gone && d.local.meets(local) && (d.conn == nil || d.listening()) {
			return true
		}
	}
	for _, s := range h.byHand {
		if s.tuple.Local.meets(local) && s.conn.State() != tcp.Closed {
			return true
		}
	}
	return false
}

// mayReuse is the condition of tcp_twsk_unique. Value 2 of tcp_tw_reuse means
// the loopback interface alone, which two hosts do not share.
func (h *host) mayReuse(w tcp.PortWait, byHand bool) bool {
	if !w.Waiting || !w.Timestamps {
		return false
	}
	if byHand {
		return true
	}
	return h.machine.reuse == 1 && w.TimeWait && Duration(h.run.now-w.Since) >= h.machine.reuseDelay
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

// firstISS is the first sequence number of a host, which lets a figure show the
// very numbers of RFC 9293, Figures 12 and 13, after the handshake.
func firstISS(host int) tcp.Seq { return tcp.Seq(99 + 200*host) }

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
