package capture

import (
	"encoding/binary"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// part is a piece of an IP datagram that holds TCP, as far as it was captured.
type part struct {
	from, to netip.Addr
	id       uint16 // of IPv4; 0 for IPv6 unless it is a fragment
	wide     uint32 // the identification of a fragment
	offset   int    // bytes of the datagram before this piece
	more     bool   // pieces follow
	length   int    // bytes that IP says it carries, captured or not
	tcp      []byte
}

func (p *part) datagram() datagram { return datagram{p.from, p.to, p.wide} }

// unwrap finds the innermost IP that carries TCP, through whatever lies around it: VLAN tags, tunnels, cooked headers. It
// returns nil when there is none. The header of TCP is read by segment and not by gopacket, because a header that the capture
// has cut off among its options is still good to have.
func unwrap(data []byte, link layers.LinkType) (found *part) {
	var decoder gopacket.Decoder = link
	switch link {
	case layers.LinkTypeIPv4, layers.LinkTypeIPv6, 12, 14: // raw IP has several numbers, two of them by the system that wrote the file
		decoder = layers.LinkTypeRaw
	}
	packet := gopacket.NewPacket(data, decoder, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	var p *part
	for _, layer := range packet.Layers() { // one that is damaged ends the list; what was decoded before stands
		switch ip := layer.(type) {
		case *layers.IPv4:
			p = ofIPv4(ip)
		case *layers.IPv6:
			p = ofIPv6(ip)
		case *layers.IPv6Fragment:
			if p != nil {
				p.offset, p.more, p.wide = int(ip.FragmentOffset)*8, ip.MoreFragments, ip.Identification
				p.length -= 8
				p.tcp = carried(ip.NextHeader, ip.Payload)
			}
		case *layers.IPv6HopByHop:
			p.skip(ip.NextHeader, ip.Contents, ip.Payload)
		case *layers.IPv6Destination:
			p.skip(ip.NextHeader, ip.Contents, ip.Payload)
		case *layers.IPv6Routing:
			p.skip(ip.NextHeader, ip.Contents, ip.Payload)
		}
		if p != nil && (p.tcp != nil || p.offset > 0) {
			found = p
		}
	}
	return found
}

func ofIPv4(ip *layers.IPv4) *part {
	from, ok1 := netip.AddrFromSlice(ip.SrcIP)
	to, ok2 := netip.AddrFromSlice(ip.DstIP)
	if !ok1 || !ok2 || ip.Protocol != layers.IPProtocolTCP {
		return nil
	}
	return &part{
		from: from, to: to, id: ip.Id, wide: uint32(ip.Id), offset: int(ip.FragOffset) * 8, more: ip.Flags&layers.IPv4MoreFragments != 0,
		length: max(int(ip.Length)-int(ip.IHL)*4, len(ip.Payload)), tcp: nonNil(ip.Payload),
	}
}

func ofIPv6(ip *layers.IPv6) *part {
	from, ok1 := netip.AddrFromSlice(ip.SrcIP)
	to, ok2 := netip.AddrFromSlice(ip.DstIP)
	if !ok1 || !ok2 {
		return nil
	}
	return &part{from: from, to: to, length: max(int(ip.Length), len(ip.Payload)), tcp: carried(ip.NextHeader, ip.Payload)}
}

// skip goes past an extension header of IPv6.
func (p *part) skip(next layers.IPProtocol, header, payload []byte) {
	if p != nil {
		p.length -= len(header)
		p.tcp = carried(next, payload)
	}
}

func carried(next layers.IPProtocol, payload []byte) []byte {
	if next != layers.IPProtocolTCP {
		return nil
	}
	return nonNil(payload)
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// segment reads the header of TCP (RFC 9293, 3.1); at least the first 14 bytes must be there.
func (p *part) segment() (s seen, ports [2]uint16) {
	h := p.tcp
	ports = [2]uint16{binary.BigEndian.Uint16(h), binary.BigEndian.Uint16(h[2:])}
	s.seq, s.ack, s.flags = binary.BigEndian.Uint32(h[4:]), binary.BigEndian.Uint32(h[8:]), h[13]
	header := max(20, int(h[12]>>4)*4)
	s.len = max(0, p.length-header)
	if len(h) >= 16 {
		s.wnd = int(binary.BigEndian.Uint16(h[14:]))
	}
	for rest := h[min(20, len(h)):min(header, len(h))]; len(rest) > 0 && rest[0] != 0; { // options: kind, length, value
		switch {
		case rest[0] == 1:
			rest = rest[1:]
		case len(rest) < 2 || rest[1] < 2 || int(rest[1]) > len(rest):
			return s, ports // damaged, or cut off
		default:
			switch [2]byte(rest) {
			case [2]byte{2, 4}:
				s.mss = int(binary.BigEndian.Uint16(rest[2:]))
			case [2]byte{3, 3}:
				s.scales, s.shift = true, min(rest[2], 14) // RFC 7323, 2.3
			case [2]byte{4, 2}:
				s.sack = true
			case [2]byte{8, 10}:
				s.tsVal, s.tsEcr = binary.BigEndian.Uint32(rest[2:]), binary.BigEndian.Uint32(rest[6:])
			}
			rest = rest[rest[1]:]
		}
	}
	return s, ports
}
