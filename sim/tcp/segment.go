package tcp

import "strings"

// Flags are the control bits of RFC 9293, 3.1, that concern this model.
type Flags uint8

const (
	SYN Flags = 1 << iota
	FIN
	RST
	PSH
	ACK
)

// Has tells whether all bits of f are set.
func (s Flags) Has(f Flags) bool { return s&f == f }

var flagNames = func() (names [ACK << 1]string) {
	for f := range names {
		var parts []string
		for i, name := range []string{"SYN", "FIN", "RST", "PSH", "ACK"} {
			if f&(1<<i) != 0 {
				parts = append(parts, name)
			}
		}
		names[f] = strings.Join(parts, ",")
	}
	return names
}()

// String writes the set bits as in "FIN,ACK".
func (s Flags) String() string { return flagNames[s] }

// Segment is what one end sends: the header fields that matter to the state
// machine, and the text.
type Segment struct {
	Seq  Seq
	Ack  Seq // meaningful when ACK is set
	Wnd  int // receive window in bytes
	Text []byte

	TSVal, TSEcr uint32
	Stamped      bool // with the timestamps option (RFC 7323)
	Flags        Flags

	// Offers of a SYN; of every other segment Shift is by what the header's field is less than Wnd.
	Scale bool // its sender scales windows, its own by Shift, which may be 0 (RFC 7323, 2)
	Shift uint8
	SACK  bool // SACK permitted (RFC 2018, 2)

	// Foreign is what the world knows and no TCP can: the segment is not of the
	// connection that it reaches. Only [Deliver] passes it on.
	Foreign bool

	MSS int // offer of a SYN: largest text that its sender takes, in bytes; 0 says nothing (RFC 9293, 3.7.1)
}

// Len is SEG.LEN (3.4).
func (s *Segment) Len() int { return occupied(s.Flags, s.Text) }

// End is the sequence number after the last one that the segment occupies.
func (s *Segment) End() Seq { return s.Seq + Seq(s.Len()) }

// occupied counts sequence numbers: of the text, and one each for SYN and FIN.
func occupied(flags Flags, text []byte) int {
	n := len(text)
	if flags.Has(SYN) {
		n++
	}
	if flags.Has(FIN) {
		n++
	}
	return n
}

// Kind is what a script calls a segment: the first that applies (ruling 6).
type Kind uint8

const (
	KindRST Kind = iota
	KindSYN
	KindFIN
	KindData
	KindACK
	NumKinds
)

// String gives the name that scripts use.
func (k Kind) String() string { return [...]string{"RST", "SYN", "FIN", "data", "ACK"}[k] }

// Kind classifies the segment.
func (s *Segment) Kind() Kind {
	switch {
	case s.Flags.Has(RST):
		return KindRST
	case s.Flags.Has(SYN):
		return KindSYN
	case s.Flags.Has(FIN):
		return KindFIN
	case len(s.Text) > 0:
		return KindData
	}
	return KindACK
}

// Refuse is the answer of a host that has no TCB for an arriving segment: at a
// closed port all but a RST gets one (3.10.7.1), where somebody listens and the
// segment does not open only an ACK (3.10.7.2). No answer is ok = false.
func Refuse(seg *Segment, listening bool) (rst Segment, why Why, ok bool) {
	switch {
	case seg.Flags.Has(RST):
	case !listening:
		return resetFor(seg), WhySentClosedPort, true
	case seg.Flags.Has(ACK):
		return resetFor(seg), WhySentListener, true
	}
	return Segment{}, WhyNothingHere, false
}

// resetFor makes the RST that the sender of seg must accept: numbered by what
// it acknowledged, else acknowledging what it sent (3.5.2).
func resetFor(seg *Segment) Segment {
	if seg.Flags.Has(ACK) {
		return Segment{Seq: seg.Ack, Flags: RST}
	}
	return Segment{Seq: 0, Ack: seg.End(), Flags: RST | ACK}
}
