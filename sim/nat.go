package sim

import (
	"fmt"
	"slices"
)

// This file is address translation: hosts that reach all others under one
// address, as RFC 3022 describes it (NAPT). It has no lifeline and no delay of
// its own. What it maps stays mapped for the whole run.

// nat is one such box.
type nat struct {
	addr   Address
	inside []int               // places of the hosts behind it
	public map[Endpoint]uint16 // by the host's own address and port
	own    map[uint16]Endpoint // the other way round
}

// nat reads `nat 192.0.2.1 a b`.
func (p *parser) nat(l *line) (bad *Problem) {
	w, bad := p.take("the address that the hosts share")
	if bad != nil {
		return bad
	}
	a, ok := parseAddress(w)
	if !ok {
		return p.fail("bad-address", "%q is no address: write four numbers such as 192.0.2.1", w)
	}
	if owner, taken := resolve(p.places, w); taken {
		return p.fail("twice", "%s is an address of a host already", owner)
	}
	l.addrs = []Address{a}
	for p.next < len(p.words) || len(l.names) == 0 {
		name, bad := p.hostName()
		if bad != nil {
			return bad
		}
		l.names = append(l.names, name)
	}
	return nil
}

// walls finds hosts behind two boxes, and boxes with one address.
func walls(lines []line) (bad Problems) {
	seen := map[string]int{}
	for _, l := range lines {
		if l.verb != vNAT {
			continue
		}
		for _, name := range append([]string{l.addrs[0].String()}, l.names...) {
			if row, again := seen[name]; again {
				bad = append(bad, Problem{l.row, l.col, "twice", fmt.Sprintf("line %d translates for %s already", row, name), ""})
			}
			seen[name] = l.row
		}
	}
	return bad
}

// translate says how a segment reads on the way between the boxes, and how its
// receiver sees it; both as seen from its sender.
func (r *run) translate(from int, sent FourTuple) (wire, seen FourTuple) {
	if len(r.boxes) == 0 {
		return sent, sent
	}
	wire = sent
	to := r.ownerOf(sent.Remote.Addr)
	for _, box := range r.boxes {
		if box.hides(from) && !box.hides(to) {
			wire.Local = Endpoint{box.addr, box.port(sent.Local)}
		}
	}
	seen = wire
	for _, box := range r.boxes {
		if own, mapped := box.own[wire.Remote.Port]; mapped && wire.Remote.Addr == box.addr {
			seen.Remote = own
		}
	}
	return wire, seen
}

func (b *nat) hides(host int) bool { return slices.Contains(b.inside, host) }

// port is what an inside endpoint has at the shared address: its own port if
// nobody has that, else the next free one.
func (b *nat) port(inside Endpoint) uint16 {
	port, mapped := b.public[inside]
	if mapped {
		return port
	}
	port = inside.Port
	for {
		if _, taken := b.own[port]; !taken {
			break
		}
		port = max(port+1, 1024)
	}
	b.public[inside], b.own[port] = port, inside
	return port
}
