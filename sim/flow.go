package sim

import (
	"slices"
	"strconv"

	"fourwaves/sim/tcp"
)

// This file is connections as the wire shows them, which is what rules and forged
// segments speak of: sequence numbers count from the first one of each side, as in
// captures.

// flow is one connection as the wire shows it.
type flow struct {
	tuple FourTuple // as its first side sees it
	hosts [2]int    // the sides, in the order of the scenario
	first [2]tcp.Seq
	known [2]bool
	fin   [2]tcp.Seq // the number after the FIN
	done  [2]bool    // it was sent
	high  [2]tcp.Seq // highest number used so far
	stamp [2]uint32  // last timestamp
}

// observe keeps account of a segment before its fate is decided. A SYN with
// another first number is another connection.
func (r *run) observe(t *transit) *flow {
	tuple, hosts := t.wire, [2]int{t.from, t.to}
	if t.side() == 1 {
		tuple, hosts = tuple.flip(), [2]int{t.to, t.from}
	}
	var f *flow
	opens := t.segment.Flags.Has(tcp.SYN)
	for i := len(r.flows) - 1; i >= 0; i-- {
		// An end that has not opened the new connection yet speaks of the old one.
		if r.flows[i].tuple == tuple && (f == nil || !opens && !f.known[t.side()] && r.flows[i].known[t.side()]) {
			f = r.flows[i]
		}
	}
	if f == nil || opens && f.known[t.side()] && f.first[t.side()] != t.segment.Seq {
		f = &flow{tuple: tuple, hosts: hosts}
		r.flows = append(r.flows, f)
	}
	f.note(t)
	return f
}

func (f *flow) note(t *transit) {
	seg, from := t.segment, t.side()
	if seg.Flags.Has(tcp.RST) && !f.known[from] {
		return
	}
	if !f.known[from] {
		f.known[from], f.first[from], f.high[from] = true, seg.Seq, seg.Seq
		if !seg.Flags.Has(tcp.SYN) {
			f.first[from] = seg.Seq - 1
		}
	}
	if peer := 1 - from; seg.Flags.Has(tcp.SYN|tcp.ACK) && !f.known[peer] {
		f.known[peer], f.first[peer], f.high[peer] = true, seg.Ack-1, seg.Ack // it answers a SYN that nobody sent
	}
	if f.high[from].Before(seg.End()) {
		f.high[from] = seg.End()
	}
	if seg.Flags.Has(tcp.FIN) {
		f.fin[from], f.done[from] = seg.End(), true
	}
	if seg.Stamped {
		f.stamp[from] = seg.TSVal
	}
}

// flowOf is a host's connection by its number, else its latest.
func (r *run) flowOf(number, host int) *flow {
	for i := len(r.flows) - 1; i >= 0; i-- {
		if slices.Contains(r.flows[i].hosts[:], host) && (number == 0 || number == i+1) {
			return r.flows[i]
		}
	}
	return nil
}

// side is which end of its connection sends a segment: 0 for the host that the
// scenario has first.
func (t *transit) side() int {
	if t.from > t.to {
		return 1
	}
	return 0
}

// point is a number of one side: the highest that it has used, or one that
// counts from its first.
func (c *flow) point(of int, word, highest string) tcp.Seq {
	if word == highest {
		return c.high[of]
	}
	n, err := strconv.Atoi(word)
	if err != nil {
		return c.high[of] // not given: where it goes on
	}
	return c.first[of] + tcp.Seq(n)
}
