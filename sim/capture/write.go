package capture

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"fourwaves/sim"
)

// Epoch is when virtual time 0 was, for formats that want a date. It is fixed, so that equal runs make equal files.
var Epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Options of a SYN that events do not carry.
const (
	mss      = 1460 // of every profile: IPv4 over Ethernet
	hops     = 64   // time to live that Linux sends
	snapLen  = 262144
	lastWnd  = 65535 // window scaling is not in the model
	machines = 0x02  // first byte of a locally administered hardware address
)

// Write writes a run as pcapng: every packet that a capture at the place holds, Wire or the name of a host.
func Write(w io.Writer, events []sim.Event, place string) error {
	packets, err := Packets(events, place)
	if err != nil {
		return err
	}
	if place == Wire {
		place = "wire"
	}
	return writePackets(w, packets, place)
}

func writePackets(w io.Writer, packets []Packet, name string) error {
	about := pcapgo.DefaultNgInterface
	about.Name, about.OS, about.LinkType, about.SnapLength = name, "virtual time", layers.LinkTypeEthernet, snapLen
	out, err := pcapgo.NewNgWriterInterface(w, about, pcapgo.NgWriterOptions{
		SectionInfo: pcapgo.NgSectionInfo{Application: fmt.Sprintf("Fourwaves, engine %d", sim.Version)},
	})
	if err != nil {
		return err
	}
	begins := streams{}
	for i, p := range packets {
		data, err := p.bytes(begins, uint16(i+1))
		if err != nil {
			return fmt.Errorf("segment %d: %w", p.Seg, err)
		}
		info := gopacket.CaptureInfo{Timestamp: Epoch.Add(time.Duration(p.At) * time.Microsecond), CaptureLength: len(data), Length: len(data)}
		var options pcapgo.NgPacketOptions
		if p.Comment != "" {
			options.Comments = []string{p.Comment}
		}
		if err := out.WritePacketWithOptions(info, data, options); err != nil {
			return err
		}
	}
	return out.Flush()
}

// streams remembers where each direction's text began, so that a byte sent again is the same byte.
type streams map[[2]netip.AddrPort]uint32

// bytes is the packet on the wire.
func (p Packet) bytes(begins streams, number uint16) ([]byte, error) {
	header := &layers.TCP{
		SrcPort: layers.TCPPort(p.From.Port()), DstPort: layers.TCPPort(p.To.Port()),
		Seq: p.Seq, Ack: p.Ack, Window: uint16(min(p.Wnd, lastWnd)),
		SYN: p.has("SYN"), FIN: p.has("FIN"), RST: p.has("RST"), PSH: p.has("PSH"), ACK: p.has("ACK"),
		Options: p.options(),
	}
	way := [2]netip.AddrPort{p.From, p.To}
	if _, known := begins[way]; !known || header.SYN {
		begins[way] = p.Seq
	}
	text := make([]byte, p.Len)
	for i := range text {
		text[i] = 'a' + byte((p.Seq-begins[way]+uint32(i))%26)
	}
	ethernet := &layers.Ethernet{SrcMAC: hardware(p.From.Addr()), DstMAC: hardware(p.To.Addr()), EthernetType: layers.EthernetTypeIPv4}
	network := &layers.IPv4{
		Version: 4, TTL: hops, Id: number, Flags: layers.IPv4DontFragment, Protocol: layers.IPProtocolTCP,
		SrcIP: p.From.Addr().AsSlice(), DstIP: p.To.Addr().AsSlice(),
	}
	if err := header.SetNetworkLayerForChecksum(network); err != nil {
		return nil, err
	}
	buffer := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		ethernet, network, header, gopacket.Payload(text))
	return buffer.Bytes(), err
}

func (p Packet) has(flag string) bool { return strings.Contains(p.Flags, flag) }

// options are those that the model has: the MSS in a SYN, and timestamps in whatever carries them.
func (p Packet) options() (list []layers.TCPOption) {
	if p.has("SYN") {
		list = append(list, layers.TCPOption{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{mss >> 8, mss & 0xff}})
	}
	if p.TSVal != 0 || p.TSEcr != 0 {
		nop := layers.TCPOption{OptionType: layers.TCPOptionKindNop, OptionLength: 1}
		list = append(list, nop, nop, layers.TCPOption{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: []byte{
			byte(p.TSVal >> 24), byte(p.TSVal >> 16), byte(p.TSVal >> 8), byte(p.TSVal),
			byte(p.TSEcr >> 24), byte(p.TSEcr >> 16), byte(p.TSEcr >> 8), byte(p.TSEcr),
		}})
	}
	return list
}

// hardware is the address of a host's network card, made from the last bytes of its own.
func hardware(a netip.Addr) net.HardwareAddr {
	last := a.AsSlice()
	return append(net.HardwareAddr{machines, 0}, last[len(last)-4:]...)
}
