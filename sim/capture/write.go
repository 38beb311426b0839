package capture

import (
	"encoding/binary"
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

// What events do not carry.
const (
	hops     = 64 // time to live that Linux sends
	snapLen  = 262144
	lastWnd  = 65535 // that the header's field can say
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
		Seq: p.Seq, Ack: p.Ack, Window: p.window(),
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

// options are those that the model has, in the order and with the padding of Linux (tcp_options_write).
func (p Packet) options() (list []layers.TCPOption) {
	nop := layers.TCPOption{OptionType: layers.TCPOptionKindNop, OptionLength: 1}
	stamped, syn := p.TSVal != 0 || p.TSEcr != 0, p.has("SYN")
	if syn && p.MSS > 0 {
		list = append(list, layers.TCPOption{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: binary.BigEndian.AppendUint16(nil, uint16(p.MSS))})
	}
	switch {
	case syn && p.SACK:
		if !stamped {
			list = append(list, nop, nop)
		}
		list = append(list, layers.TCPOption{OptionType: layers.TCPOptionKindSACKPermitted, OptionLength: 2})
	case stamped:
		list = append(list, nop, nop)
	}
	if stamped {
		list = append(list, layers.TCPOption{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, p.TSVal), p.TSEcr)})
	}
	if syn && p.Scale {
		list = append(list, nop, layers.TCPOption{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{byte(p.Shift)}})
	}
	return list
}

// window is what the header says: a SYN's is never divided.
func (p Packet) window() uint16 {
	if !p.has("SYN") {
		return uint16(min(p.Wnd>>p.Shift, lastWnd))
	}
	return uint16(min(p.Wnd, lastWnd))
}

// hardware is the address of a host's network card, made from the last bytes of its own.
func hardware(a netip.Addr) net.HardwareAddr {
	last := a.AsSlice()
	return append(net.HardwareAddr{machines, 0}, last[len(last)-4:]...)
}
