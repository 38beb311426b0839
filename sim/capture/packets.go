package capture

import (
	"fmt"
	"net/netip"
	"strings"

	"fourwaves/sim"
)

// Wire is the place for [Packets] and [Write] that sees everything: what each host sends when it sends it, and what the
// network makes of its own (copies and forgeries) when it makes it.
const Wire = ""

// A Packet is one segment as a capture has it.
type Packet struct {
	At       sim.Instant
	Seg      int // number of the segment in the run
	From, To netip.AddrPort
	Flags    string // as in "FIN,ACK"
	Seq, Ack uint32
	Wnd      int  // bytes
	Scale    bool // of a SYN: it offers a scale of the window
	Shift    int  // that a SYN offers, or by which the header's field is less than Wnd
	MSS      int  // that a SYN offers, in bytes
	SACK     bool
	Len      int // bytes of text
	TSVal    uint32
	TSEcr    uint32
	Retry    int    // which retransmission it is; 0 is none
	Of       int    // the segment that it repeats or, without Retry, of which the network made this copy
	Comment  string // what a capture could not know, in English
}

// Packets lists what a capture at a place holds: Wire, or the name of a host.
func Packets(events []sim.Event, place string) ([]Packet, error) {
	c := collector{place: place, segments: map[int]*segment{}}
	hosts := map[string]bool{}
	for _, e := range events {
		hosts[e.Host] = true
		if err := c.take(e); err != nil {
			return nil, err
		}
	}
	if !hosts[place] && place != Wire {
		return nil, fmt.Errorf("no host is called %q in this run", place)
	}
	packets := make([]Packet, len(c.seen))
	for i, s := range c.seen {
		packets[i] = s.packet
		packets[i].At = s.at
		packets[i].Comment = strings.Join(s.notes, "; ")
	}
	return packets, nil
}

// segment is what is known of a segment in the end, which a capture sees at one instant: a copy has a number of its own.
type segment struct {
	packet Packet
	notes  []string
}

type sighting struct {
	*segment
	at sim.Instant
}

type collector struct {
	place    string
	segments map[int]*segment
	seen     []sighting
}

func (c *collector) take(e sim.Event) error {
	switch e.Ev {
	case sim.Sent, sim.Injected, sim.Copied:
		s, err := c.begin(e)
		if err != nil {
			return err
		}
		c.segments[e.Seg] = s
		if c.place == Wire || c.place == e.Host && e.Ev == sim.Sent {
			c.seen = append(c.seen, sighting{s, e.At})
		}
	case sim.Arrived:
		if s := c.segments[e.Seg]; s != nil && c.place == e.Host {
			c.seen = append(c.seen, sighting{s, e.At})
		}
	case sim.Lost, sim.Expired:
		c.note(e.Seg, string(e.Ev)+" in the network: "+e.Why)
	case sim.Held:
		c.note(e.Seg, fmt.Sprintf("held up in the network for %d ms", e.For/1000))
	case sim.Ignored:
		c.note(e.Seg, "ignored by its receiver: "+e.Why)
	}
	return nil
}

func (c *collector) note(seg int, text string) {
	if s := c.segments[seg]; s != nil {
		s.notes = append(s.notes, text)
	}
}

// begin makes the record of a segment that appears.
func (c *collector) begin(e sim.Event) (*segment, error) {
	s := &segment{}
	if e.Ev == sim.Copied {
		original := c.segments[e.Of]
		if original == nil {
			return nil, fmt.Errorf("segment %d copies %d, which nobody sent: the events are not a whole run", e.Seg, e.Of)
		}
		s.packet, s.packet.Seg, s.packet.Of, s.packet.Retry = original.packet, e.Seg, e.Of, 0
		s.notes = []string{fmt.Sprintf("copy of segment %d, made by the network", e.Of)}
		return s, nil
	}
	s.packet = Packet{
		Seg: e.Seg, From: netip.AddrPortFrom(address(e.Local), e.Local.Port), To: netip.AddrPortFrom(address(e.Remote), e.Remote.Port), Flags: e.Flags, Seq: e.Seq, Ack: e.Ack, Wnd: e.Wnd, Len: e.Len,
		Scale: e.Scale, Shift: e.Shift, MSS: e.MSS, SACK: e.SACK, TSVal: e.TSVal, TSEcr: e.TSEcr, Retry: e.Retry, Of: e.Of,
	}
	switch {
	case e.Ev == sim.Injected:
		s.notes = []string{"neither end sent this: injected"}
	case e.Retry > 0:
		s.notes = []string{fmt.Sprintf("retransmission %d of segment %d", e.Retry, e.Of)}
	}
	return s, nil
}

func address(e sim.Endpoint) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(e.Addr >> 24), byte(e.Addr >> 16), byte(e.Addr >> 8), byte(e.Addr)})
}
