package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// This file is who is there, and where: the hosts of a scenario, their
// addresses, and the 4-tuples that name connections. Lines speak of hosts by
// their names, which are roles; segments carry addresses (ruling 6).

// Address is an IPv4 address as a number, its first octet the highest.
type Address uint32

// String writes the four octets.
func (a Address) String() string { return string(a.append(nil)) }

func (a Address) append(b []byte) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		octet := &octets[a>>shift&255]
		b = append(b, octet.text[:]...)[:len(b)+octet.size]
	}
	return b[:len(b)-1]
}

// octets are the numbers from 0 to 255, each with a dot.
var octets = func() (table [256]struct {
	text [4]byte
	size int
}) {
	for i := range table {
		table[i].size = copy(table[i].text[:], strconv.Itoa(i)+".")
	}
	return table
}()

// MarshalText writes the four octets.
func (a Address) MarshalText() ([]byte, error) { return a.append(nil), nil }

// UnmarshalText reads four octets.
func (a *Address) UnmarshalText(text []byte) error {
	parsed, ok := parseAddress(string(text))
	if !ok {
		return fmt.Errorf("%q is no IPv4 address", text)
	}
	*a = parsed
	return nil
}

func parseAddress(s string) (a Address, ok bool) {
	octets := strings.Split(s, ".")
	if len(octets) != 4 {
		return 0, false
	}
	for _, octet := range octets {
		n, err := strconv.ParseUint(octet, 10, 8)
		if err != nil || strconv.FormatUint(n, 10) != octet {
			return 0, false
		}
		a = a<<8 | Address(n)
	}
	return a, true
}

// Endpoint is an address and a port.
type Endpoint struct {
	Addr Address
	Port uint16
}

// String writes it as diagrams show it: 10.0.0.1:80.
func (e Endpoint) String() string { return string(e.append(nil)) }

func (e Endpoint) append(b []byte) []byte {
	return appendInt(append(e.Addr.append(b), ':'), int64(e.Port))
}

// MarshalText writes it as [Endpoint.String] does.
func (e Endpoint) MarshalText() ([]byte, error) { return e.append(nil), nil }

// UnmarshalText reads what String writes.
func (e *Endpoint) UnmarshalText(text []byte) error {
	addr, port, _ := strings.Cut(string(text), ":")
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("%q is no address with a port", text)
	}
	e.Port = uint16(n)
	return e.Addr.UnmarshalText([]byte(addr))
}

// FourTuple names a connection as one host sees it.
type FourTuple struct{ Local, Remote Endpoint }

func (t FourTuple) flip() FourTuple { return FourTuple{t.Remote, t.Local} }

// place is one host of a scenario.
type place struct {
	name    string
	addrs   []Address // at least one; the first is what it sends from
	listens bool      // the simple application waits for connections from the start
}

// roles are the hosts of a scenario that names none.
var roles = []string{"client", "server"}

// maxHosts is how many lifelines a page has room for, and more than a lesson needs.
const maxHosts = 8

// serverPort is where servers listen unless a line says otherwise.
const serverPort = 80

// usual is the address of the n-th host, from 0, that was given none.
func usual(n int) Address { return Address(10<<24 + 1 + n) }

// placesOf finds the hosts that a text names, in its order. What is wrong with
// such a line is said when it is read as a line.
func placesOf(text string) []place {
	var places []place
	for row, text := range strings.Split(text, "\n") {
		p := newParser(text, row+1, nil)
		if p.peek() != string(vHost) || len(places) == maxHosts {
			continue
		}
		p.next++
		l := &line{}
		if p.host(l) == nil {
			places = append(places, place{l.host, l.addrs, l.word == "listens"})
		}
	}
	if places == nil {
		places = []place{{name: roles[0]}, {name: roles[1], listens: true}}
	}
	for i := range places {
		if places[i].addrs == nil {
			places[i].addrs = []Address{usual(i)}
		}
	}
	return places
}

// host reads `host NAME [ADDRESS...] [listens]`.
func (p *parser) host(l *line) (bad *Problem) {
	if l.host, bad = p.take("a name for the host"); bad != nil {
		return bad
	}
	if !isName(l.host) || slices.Contains(openings, l.host) && !slices.Contains(roles, l.host) {
		return p.fail("bad-name", "%q is no name for a host: write a short word of small letters that begins no other line", l.host)
	}
	for p.next < len(p.words) {
		w, _ := p.take("")
		if w == "listens" {
			l.word = w
			break
		}
		a, ok := parseAddress(w)
		if !ok {
			bad := p.fail("bad-address", "%q is no address: write four numbers such as 10.0.0.7, or listens", w)
			bad.Suggest = Nearest(w, []string{"listens"})
			return bad
		}
		l.addrs = append(l.addrs, a)
	}
	return nil
}

func isName(s string) bool {
	for i, r := range s {
		if (r < 'a' || r > 'z') && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= 16
}

// crowds finds what is wrong with the hosts together.
func crowds(lines []line, places []place) (bad Problems) {
	owner := map[Address]string{}
	names := map[string]bool{}
	for i, at := 0, 0; i < len(lines); i++ {
		l := lines[i]
		if l.verb != vHost {
			continue
		}
		say := func(code, format string, args ...any) {
			bad = append(bad, Problem{l.row, l.col, code, fmt.Sprintf(format, args...), ""})
		}
		switch {
		case at == maxHosts:
			say("too-long", "more than %d hosts", maxHosts)
			return bad
		case len(places) == 1:
			say("missing", "%q is alone: a scenario that names its hosts names all of them, two at least", l.host)
		case names[l.host]:
			say("twice", "there is a host %q already", l.host)
		}
		names[l.host] = true
		for _, a := range places[at].addrs {
			if other, taken := owner[a]; taken {
				say("twice", "%s is an address of %q already", a, other)
			}
			owner[a] = l.host
		}
		at++
	}
	return bad
}

// target is the other end as a line names it: a host or an address, and a port.
// Without a host it is whoever listens.
type target struct {
	host string // a name, or an address as it was written
	port int
}

func (t target) String() string {
	switch {
	case t.host == "":
		return strconv.Itoa(t.port)
	case t.port == serverPort:
		return t.host
	}
	return fmt.Sprintf("%s:%d", t.host, t.port)
}

// target takes the next word as 8080, server, server:8080 or 10.0.0.2:8080.
func (p *parser) target() (t target, bad *Problem) {
	w, bad := p.take("where to connect to")
	if bad != nil {
		return t, bad
	}
	t.port = serverPort
	host, port, split := strings.Cut(w, ":")
	if n, err := strconv.Atoi(host); err == nil && !split {
		host, port, split = "", strconv.Itoa(n), true
	}
	if split {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return t, p.fail("bad-number", "%q is no port: it lies between 1 and 65535", port)
		}
		t.port = n
	}
	t.host = host
	if _, known := resolve(p.places, host); !known {
		bad := p.fail("unknown", "no host has the name or the address %q; there are %s", host, strings.Join(namesOf(p.places), ", "))
		bad.Suggest = Nearest(host, namesOf(p.places))
		return t, bad
	}
	return t, nil
}

// source takes the next word as a port, an address, or both, of the host itself.
func (p *parser) source(host string) (e Endpoint, bad *Problem) {
	w, bad := p.take("a port or an address of its own")
	if bad != nil {
		return e, bad
	}
	addr, port, split := strings.Cut(w, ":")
	a, isAddr := parseAddress(addr)
	if !isAddr && !split {
		port, split = addr, true
	} else if i := slices.IndexFunc(p.places, func(p place) bool { return p.name == host }); !slices.Contains(p.places[i].addrs, a) {
		return e, p.fail("bad-address", "%q is no address of %q", addr, host)
	}
	if split {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 && isAddr {
			return e, p.fail("bad-number", "%q is no port: it lies between 1 and 65535", port)
		}
		e.Port = uint16(n)
	}
	e.Addr = a
	return e, nil
}

// words writes what was given of a source.
func (e Endpoint) words() string {
	switch {
	case e.Addr == 0:
		return strconv.Itoa(int(e.Port))
	case e.Port == 0:
		return e.Addr.String()
	}
	return e.String()
}

func namesOf(places []place) []string {
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = p.name
	}
	return names
}

// resolve finds the address that a line means; "" is nobody in particular.
func resolve(places []place, host string) (a Address, known bool) {
	for _, p := range places {
		if p.name == host {
			return p.addrs[0], true
		}
		for _, a := range p.addrs {
			if a.String() == host {
				return a, true
			}
		}
	}
	return 0, host == ""
}

// role is the place of a host in the scenario, by its name.
func (s *settings) role(name string) int {
	return slices.IndexFunc(s.places, func(p place) bool { return p.name == name })
}

// ownerOf is the place of the host that has the address, -1 if none has.
func (s *settings) ownerOf(a Address) int {
	for i := range s.places { // once for every segment
		if slices.Contains(s.places[i].addrs, a) {
			return i
		}
	}
	return -1
}

// partner is whom a host connects to when nothing else is said: the first other
// one that listens, or the first other one.
func (s *settings) partner(host int) int {
	for i, p := range s.places {
		if i != host && p.listens {
			return i
		}
	}
	if host == 0 {
		return 1
	}
	return 0
}

// endpoint is where a line's target is, for a host.
func (s *settings) endpoint(host int, t target) Endpoint {
	a, _ := resolve(s.places, t.host)
	if t.host == "" {
		a = s.places[s.partner(host)].addrs[0]
	}
	return Endpoint{a, uint16(t.port)}
}
