package capture

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Limits of one reading. Memory is bounded by them whatever the file says of itself.
const (
	MaxPackets     = 2_000_000 // looked at; the rest of a longer file is not read
	MaxConnections = 50_000    // told apart; segments of later ones are counted and left out
	MaxSegments    = 2_000     // of one connection that are kept: a figure of more is for nobody
	maxFragments   = 1_000     // datagrams whose pieces are awaited at a time
	maxPacket      = 1 << 18   // bytes of one packet, as tcpdump has it
)

// A File is the TCP of a capture.
type File struct {
	Connections []*Connection // in the order of their first segments
	Packets     int           // all of the capture's
	Notes       []Note
}

// A Note is something that the reader of a capture should know. Its code is the key of its words in the catalogues (ui.CODE),
// where N and Text have their place.
type Note struct {
	Code string
	N    int
	Text string
}

// Codes of notes, of the file and then of a connection.
const (
	NoteDamaged   = "import.damaged"   // packet N cannot be read, and so nothing after it; Text says what is wrong
	NoteLong      = "import.long"      // only the first N packets were read
	NoteCrowded   = "import.crowded"   // more than N connections; later ones were left out
	NoteOther     = "import.other"     // N packets hold no TCP
	NoteUnread    = "import.unread"    // N packets with TCP are cut off before its header
	NoteDisorder  = "import.disorder"  // N packets have an earlier time than the one before; they are put in order
	NoteFragments = "import.fragments" // N segments came in pieces of IP

	NoteMiddle      = "import.middle"      // the capture begins when the connection is open
	NoteOneSide     = "import.one-side"    // only what one end sent is there
	NoteCut         = "import.cut"         // only the first N segments of the connection are drawn
	NoteTwice       = "import.twice"       // N packets are there twice, as of two interfaces; each is drawn once
	NoteGap         = "import.gap"         // N bytes are missing
	NoteLost        = "import.lost"        // N segments were repeated and not acknowledged before
	NoteUnanswered  = "import.unanswered"  // N segments were never acknowledged: whether they arrived cannot be known
	NoteUnfinished  = "import.unfinished"  // the capture ends before the connection does
	NoteWhen        = "import.when"        // when a segment was sent and arrived is reckoned from a shortest round trip of N microseconds
	NoteApplication = "import.application" // what the applications called is not on the wire, nor when TIME_WAIT ended
)

// Codes of how a connection ends, with words as notes have them.
const (
	EndsByFIN = "import.ends.fin"
	EndsByRST = "import.ends.rst"
	NotEnded  = "import.ends.open"
)

// A segment as the capture point saw it.
type seen struct {
	packet       int // of the file, from 1
	at           time.Duration
	back         bool // from the server to the client
	flags        byte // as in the header
	seq, ack     uint32
	wnd, len     int
	tsVal, tsEcr uint32
	mss          int   // that a SYN offers; 0 for none
	scales       bool  // a SYN offers to scale its window,
	shift        uint8 // by so much
	sack         bool  // a SYN permits SACK
}

// control bits of the header.
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
)

// A Connection is one connection of a capture, as far as it was seen.
type Connection struct {
	Number         int // in the file, from 1
	Client, Server netip.AddrPort
	Opened         bool          // its SYN was seen; without it who is the client is a guess from the ports
	Segments       int           // including those that are not kept
	Bytes          int           // of text
	First, Last    time.Duration // since the first packet of the file
	Ending         string        // EndsByFIN, EndsByRST or NotEnded

	segments []seen
	notes    map[string]int
	lastISN  [2]uint32
	isnKnown [2]bool
	ended    bool
	newest   [2]twin
}

// twin is what two captures of one packet share.
type twin struct {
	seen
	id    uint16
	known bool
}

// Read reads a capture: pcap or pcapng, plain or packed with gzip. Link layers are those of gopacket: Ethernet with VLANs, raw
// IP, Linux cooked (SLL, SLL2), loopback and others. A file that breaks off or is damaged gives what stands before, and a
// note; the error is for a file that gives nothing. No more than so many bytes are read, of a packed file after unpacking.
func Read(r io.Reader, bytes int64) (*File, error) {
	source, err := open(r, bytes)
	if err != nil {
		return nil, err
	}
	l := &reading{file: &File{}, open: map[pair]*Connection{}, pieces: map[datagram]*piece{}}
	for l.file.Packets < MaxPackets {
		data, info, link, err := source.next()
		if err != nil {
			l.done = true
			switch {
			case errors.Is(err, errLong):
				l.note(NoteLong, l.file.Packets, "")
			case !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
				l.note(NoteDamaged, l.file.Packets+1, err.Error())
			}
			break
		}
		l.file.Packets++
		l.packet(data, info, link)
	}
	if !l.done {
		l.note(NoteLong, MaxPackets, "")
	}
	return l.finish()
}

// source is a capture file of either format.
type source struct {
	old *pcapgo.Reader
	new *pcapgo.NgReader
}

// bounded gives so many bytes, and then says that there were more.
type bounded struct {
	r    io.Reader
	left int64
}

var errLong = errors.New("the file is too long")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func open(r io.Reader, bytes int64) (source, error) {
	packed := bufio.NewReader(r)
	if magic, err := packed.Peek(2); err == nil && binary.BigEndian.Uint16(magic) == 0x1f8b {
		unpacked, err := gzip.NewReader(packed)
		if err != nil {
			return source{}, fmt.Errorf("the packed file is damaged at its beginning: %w", err)
		}
		r = unpacked
	} else {
		r = packed
	}
	buffered := bufio.NewReader(&bounded{r, bytes})
	magic, err := buffered.Peek(4)
	if err != nil {
		return source{}, fmt.Errorf("this is no capture: it has only %d bytes", len(magic))
	}
	if binary.BigEndian.Uint32(magic) == 0x0a0d0d0a {
		reader, err := pcapgo.NewNgReader(buffered, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
		if err != nil {
			return source{}, fmt.Errorf("the pcapng file is damaged at its beginning: %w", err)
		}
		return source{new: reader}, nil
	}
	known := []uint32{0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1}
	if !slices.Contains(known, binary.BigEndian.Uint32(magic)) {
		return source{}, fmt.Errorf("this is no capture: it begins with the bytes % x; expected is a file of tcpdump -w or Wireshark, pcap or pcapng", magic)
	}
	reader, err := pcapgo.NewReader(buffered)
	if err != nil {
		return source{}, fmt.Errorf("the pcap file is damaged at its beginning: %w", err)
	}
	// Writers exist whose packets are longer than the length that they state; tcpdump reads them too.
	reader.SetSnaplen(maxPacket)
	return source{old: reader}, nil
}

// next is the next packet. The data are valid until the next call.
func (s source) next() ([]byte, gopacket.CaptureInfo, layers.LinkType, error) {
	if s.old != nil {
		data, info, err := s.old.ZeroCopyReadPacketData()
		return data, info, s.old.LinkType(), err
	}
	data, info, err := s.new.ZeroCopyReadPacketData()
	link := layers.LinkTypeNull
	if len(info.AncillaryData) > 0 {
		if mixed, ok := info.AncillaryData[0].(layers.LinkType); ok {
			link = mixed
		}
	}
	return data, info, link, err
}

// reading is a file while it is read.
type reading struct {
	file   *File
	open   map[pair]*Connection
	pieces map[datagram]*piece
	counts map[string]int
	begun  bool
	done   bool
	start  time.Time
	last   time.Time
}

// pair is the two ends of a connection, the smaller one first.
type pair [2]netip.AddrPort

// datagram names an IP datagram whose pieces belong together.
type datagram struct {
	from, to netip.Addr
	id       uint32
}

// piece is the first part of a datagram: where its segment went.
type piece struct {
	connection *Connection
	index      int
}

func (l *reading) note(code string, n int, text string) {
	l.file.Notes = append(l.file.Notes, Note{code, n, text})
}

func (l *reading) count(code string) {
	if l.counts == nil {
		l.counts = map[string]int{}
	}
	l.counts[code]++
}

// packet takes one packet apart and gives its segment to its connection.
func (l *reading) packet(data []byte, info gopacket.CaptureInfo, link layers.LinkType) {
	if !l.begun {
		l.begun, l.start = true, info.Timestamp
	}
	if info.Timestamp.Before(l.last) {
		l.count(NoteDisorder)
	}
	l.last = info.Timestamp
	p := unwrap(data, link)
	switch {
	case p == nil:
		l.count(NoteOther)
		return
	case p.offset > 0: // a later piece of a datagram, whose first one says what it is
		if first := l.pieces[p.datagram()]; first != nil {
			first.connection.lengthen(first.index, p.length)
		}
		return
	case len(p.tcp) < 14:
		l.count(NoteUnread)
		return
	}
	s, ports := p.segment()
	s.packet, s.at = l.file.Packets, info.Timestamp.Sub(l.start)
	from, to := netip.AddrPortFrom(p.from, ports[0]), netip.AddrPortFrom(p.to, ports[1])
	connection := l.connection(from, to, s)
	if connection == nil {
		l.count(NoteCrowded)
		return
	}
	index := connection.add(from, s, p.id)
	if p.more {
		l.count(NoteFragments)
		if len(l.pieces) >= maxFragments {
			clear(l.pieces)
		}
		l.pieces[p.datagram()] = &piece{connection, index}
	}
}

// connection finds to which connection a segment belongs. A SYN with another number than before, between the same ports,
// begins the next one.
func (l *reading) connection(from, to netip.AddrPort, s seen) *Connection {
	key := pair{from, to}
	if to.Compare(from) < 0 {
		key = pair{to, from}
	}
	c := l.open[key]
	if c != nil && s.flags&(syn|rst) == syn {
		side := c.side(from)
		if s.flags&ack == 0 && (c.ended || c.isnKnown[side]) && (!c.isnKnown[side] || c.lastISN[side] != s.seq) {
			c = nil
		}
	}
	if c != nil {
		return c
	}
	if len(l.file.Connections) >= MaxConnections {
		delete(l.open, key)
		return nil
	}
	c = &Connection{Number: len(l.file.Connections) + 1, Client: from, Server: to, First: s.at, Ending: NotEnded, notes: map[string]int{}}
	switch {
	case s.flags&(syn|ack) == syn|ack:
		c.Client, c.Server, c.Opened = to, from, true
	case s.flags&syn != 0:
		c.Opened = true
	case from.Port() < to.Port(): // services have the smaller ports
		c.Client, c.Server = to, from
	}
	l.open[key] = c
	l.file.Connections = append(l.file.Connections, c)
	return c
}

func (c *Connection) side(from netip.AddrPort) int {
	if from == c.Server && from != c.Client {
		return 1
	}
	return 0
}

// add notes a segment; it gives its place, or -1 when it is not kept.
func (c *Connection) add(from netip.AddrPort, s seen, id uint16) int {
	side := c.side(from)
	s.back = side == 1
	if t := c.newest[side]; t.known && t.id == id && id != 0 && s.at-t.at < time.Millisecond && s.same(t.seen) {
		c.notes[NoteTwice]++
		return -1
	}
	c.newest[side] = twin{s, id, true}
	if s.flags&syn != 0 {
		c.lastISN[side], c.isnKnown[side] = s.seq, true
	}
	c.Segments++
	c.Bytes += s.len
	c.Last = max(c.Last, s.at)
	switch {
	case s.flags&rst != 0:
		c.Ending, c.ended = EndsByRST, true
	case s.flags&fin != 0:
		c.Ending, c.ended = EndsByFIN, true
	}
	if len(c.segments) >= MaxSegments {
		c.notes[NoteCut] = MaxSegments
		return -1
	}
	c.segments = append(c.segments, s)
	return len(c.segments) - 1
}

// lengthen adds what a later piece of a datagram brings.
func (c *Connection) lengthen(index, n int) {
	if index >= 0 {
		c.segments[index].len += n
		c.Bytes += n
	}
}

// same tells whether two packets are one segment.
func (s seen) same(o seen) bool {
	return s.flags == o.flags && s.seq == o.seq && s.ack == o.ack && s.len == o.len && s.wnd == o.wnd && s.tsVal == o.tsVal
}

// finish puts what was counted into notes, and everything in order of time.
func (l *reading) finish() (*File, error) {
	f := l.file
	for _, code := range []string{NoteDisorder, NoteOther, NoteUnread, NoteFragments} {
		if n := l.counts[code]; n > 0 {
			l.note(code, n, "")
		}
	}
	if l.counts[NoteCrowded] > 0 {
		l.note(NoteCrowded, MaxConnections, "")
	}
	for _, c := range f.Connections {
		slices.SortStableFunc(c.segments, func(a, b seen) int { return cmp.Compare(a.at, b.at) })
		if len(c.segments) > 0 {
			c.First = min(c.First, c.segments[0].at)
		}
	}
	if len(f.Connections) > 0 {
		return f, nil
	}
	switch {
	case f.Packets == 0 && len(f.Notes) > 0:
		return nil, fmt.Errorf("the capture is damaged at its first packet: %s", f.Notes[0].Text)
	case f.Packets == 0:
		return nil, errors.New("the capture is empty: it has a header and no packet")
	case l.counts[NoteUnread] > 0:
		return nil, fmt.Errorf("the capture's %d packets are cut off before the header of TCP; capture with tcpdump -s 0", f.Packets)
	}
	return nil, fmt.Errorf("none of the capture's %d packets is TCP over IPv4 or IPv6", f.Packets)
}
