package sim

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strconv"
)

// Encoder writes events as JSON. Most events of a busy run are of the instant of
// the one before, so it remembers how it began that one.
type Encoder struct {
	hosts [2]spelled // addresses, by their last bit
	at    Instant
	size  int      // of what is used of begin
	begin [32]byte // {"at":…,"ev":" has room in it with any number
}

// spelled is an address as it was written the last time.
type spelled struct {
	addr Address
	size int
	text [16]byte
}

// endpoint writes an address, which is often that of the last segment too, and a
// port.
func (w *Encoder) endpoint(b []byte, e Endpoint) []byte {
	s := &w.hosts[e.Addr&1]
	if s.addr != e.Addr || s.size == 0 {
		s.addr, s.size = e.Addr, len(e.Addr.append(s.text[:0]))
	}
	b = append(b, s.text[:]...)[:len(b)+s.size]
	return appendInt(append(b, ':'), int64(e.Port))
}

// Append writes the event behind b as encoding/json would, without escaping what
// only HTML needs escaped. It asks for no memory when b has room. A run of very
// many events spends much of its time here, so fields that few events have are
// asked for together, and only texts that a scenario words freely are looked
// through for what must be escaped.
func (w *Encoder) Append(b []byte, e *Event) []byte {
	if e.At != w.at || w.size == 0 {
		w.at = e.At
		w.size = len(append(appendInt(append(w.begin[:0], `{"at":`...), int64(e.At)), `,"ev":"`...))
	}
	b = appendShort(append(b, w.begin[:]...)[:len(b)+w.size], string(e.Ev))
	if e.Host != "" {
		b = appendShort(append(b, `","host":"`...), e.Host)
	}
	if e.Conn != 0 {
		b = appendInt(append(b, `","conn":`...), int64(e.Conn))
	} else {
		b = append(b, '"')
	}
	if e.Why != "" {
		b = appendWord(append(b, `,"why":"`...), e.Why)
	}
	if e.Cause != 0 {
		b = appendInt(append(b, `,"cause":`...), int64(e.Cause-1))
	}
	switch e.Ev { // what there is most of has few fields
	case State:
		b = appendShort(append(b, `,"from":"`...), e.From)
		b = appendShort(append(b, `","to":"`...), e.To)
		return append(b, `"}`...)
	case Timer:
		b = appendShort(append(b, `,"timer":"`...), e.Timer)
		b = appendWord(append(b, `","do":"`...), e.Do)
		if e.Due != 0 {
			b = appendInt(append(b, `,"due":`...), int64(e.Due))
		}
	case Arrived:
		if e.Local != (Endpoint{}) || e.Flight != 0 { // through a box that translates, or with jitter
			b = e.appendRest(b)
		} else {
			b = appendInt(append(b, `,"seg":`...), int64(e.Seg))
		}
	case Read:
		if e.Foreign != 0 || e.Message != "" {
			b = e.appendRest(b)
		} else {
			b = appendInt(append(b, `,"len":`...), int64(e.Len))
		}
	case Call:
		if len(e.FD)|len(e.Arg)|len(e.Message)|len(e.Dst)|len(e.Errno) != 0 || e.Remote != (Endpoint{}) {
			b = e.appendRest(b)
		} else {
			b = appendNumber(appendText(b, `,"call":`, e.Call), `,"len":`, int64(e.Len))
		}
	case Sent:
		if e.Message != "" {
			b = appendText(b, `,"message":`, e.Message)
		}
		b = w.endpoint(append(b, `,"local":"`...), e.Local)
		b = w.endpoint(append(b, `","remote":"`...), e.Remote)
		b = appendWord(append(b, `","dst":"`...), e.Dst)
		b = appendInt(append(b, `,"seg":`...), int64(e.Seg))
		b = e.appendSegment(b)
	default:
		b = e.appendRest(b)
	}
	return append(b, '}')
}

// clear makes the event blank. It is large, and of the kinds that Append knows best
// only their own fields have to be.
func (e *Event) clear() {
	switch e.Ev {
	case State:
		e.Why, e.Cause, e.From, e.To = "", 0, "", ""
	case Timer:
		e.Why, e.Cause, e.Timer, e.Do, e.Due = "", 0, "", "", 0
	case Arrived:
		if e.Local != (Endpoint{}) || e.Flight != 0 {
			*e = Event{}
		}
		e.Why, e.Cause, e.Seg = "", 0, 0
	default:
		*e = Event{}
	}
}

// appendRest writes whatever else an event may have.
func (e *Event) appendRest(b []byte) []byte {
	if len(e.Call)|len(e.FD)|len(e.Arg)|e.Ret|len(e.Message) != 0 {
		b = e.appendCall(b)
	}
	if e.From != "" {
		b = appendWord(append(b, `,"from":"`...), e.From)
	}
	if e.To != "" {
		b = appendWord(append(b, `,"to":"`...), e.To)
	}
	if e.Local != (Endpoint{}) {
		b = append(e.Local.append(append(b, `,"local":"`...)), '"')
	}
	if e.Remote != (Endpoint{}) {
		b = append(e.Remote.append(append(b, `,"remote":"`...)), '"')
	}
	if e.Dst != "" {
		b = appendWord(append(b, `,"dst":"`...), e.Dst)
	}
	if e.Seg != 0 {
		b = appendInt(append(b, `,"seg":`...), int64(e.Seg))
	}
	if e.Kind != "" || int(e.Seq|e.Ack|e.TSVal|e.TSEcr)|len(e.Flags)|e.Nth|e.Len|e.Inc|e.Foreign|e.Wnd|e.Shift|e.MSS|e.Retry|e.Of != 0 || e.SACK || e.Scale {
		b = e.appendSegment(b)
	}
	if e.For|e.Flight != 0 {
		b = appendNumber(b, `,"for":`, int64(e.For))
		b = appendNumber(b, `,"flight":`, int64(e.Flight))
	}
	if e.Timer != "" {
		b = appendWord(append(b, `,"timer":"`...), e.Timer)
	}
	if e.Do != "" {
		b = appendWord(append(b, `,"do":"`...), e.Do)
	}
	if e.Due != 0 {
		b = appendInt(append(b, `,"due":`...), int64(e.Due))
	}
	if e.Errno != "" {
		b = appendWord(append(b, `,"errno":"`...), string(e.Errno))
	}
	if e.Counts != nil || e.Loss != nil || e.Delay != nil || e.Share != 0 {
		b = e.appendConditions(b)
	}
	if e.State != "" || e.SndNxt|e.RcvNxt != 0 {
		b = appendText(b, `,"state":`, e.State)
		b = appendNumber(b, `,"snd_nxt":`, int64(e.SndNxt))
		b = appendNumber(b, `,"rcv_nxt":`, int64(e.RcvNxt))
	}
	return b
}

// appendCall writes what an application said and was told.
func (e *Event) appendCall(b []byte) []byte {
	b = appendText(b, `,"call":`, e.Call)
	b = appendText(b, `,"fd":`, e.FD)
	b = appendText(b, `,"arg":`, e.Arg)
	b = appendNumber(b, `,"ret":`, int64(e.Ret))
	return appendText(b, `,"message":`, e.Message)
}

// appendSegment writes what a segment says.
func (e *Event) appendSegment(b []byte) []byte {
	if e.Kind != "" {
		b = appendWord(append(b, `,"kind":"`...), e.Kind)
	}
	if e.Nth != 0 {
		b = appendInt(append(b, `,"nth":`...), int64(e.Nth))
	}
	if e.Flags != "" {
		b = appendWord(append(b, `,"flags":"`...), e.Flags)
	}
	if e.Seq != 0 {
		b = appendInt(append(b, `,"seq":`...), int64(e.Seq))
	}
	if e.Ack != 0 {
		b = appendInt(append(b, `,"ack":`...), int64(e.Ack))
	}
	if e.Len != 0 {
		b = appendInt(append(b, `,"len":`...), int64(e.Len))
	}
	if e.Inc|e.Foreign != 0 {
		b = appendNumber(b, `,"inc":`, int64(e.Inc))
		b = appendNumber(b, `,"foreign":`, int64(e.Foreign))
	}
	if e.Wnd != 0 {
		b = appendInt(append(b, `,"wnd":`...), int64(e.Wnd))
	}
	if e.Shift|e.MSS != 0 || e.SACK || e.Scale {
		b = appendNumber(b, `,"shift":`, int64(e.Shift))
		if e.Scale {
			b = append(b, `,"scale":true`...)
		}
		b = appendNumber(b, `,"mss":`, int64(e.MSS))
		if e.SACK {
			b = append(b, `,"sack":true`...)
		}
	}
	if e.TSVal|e.TSEcr != 0 {
		b = appendNumber(b, `,"tsval":`, int64(e.TSVal))
		b = appendNumber(b, `,"tsecr":`, int64(e.TSEcr))
	}
	if e.Retry|e.Of != 0 {
		b = appendNumber(b, `,"retry":`, int64(e.Retry))
		b = appendNumber(b, `,"of":`, int64(e.Of))
	}
	return b
}

// appendConditions writes what hosts counted, and the weather.
func (e *Event) appendConditions(b []byte) []byte {
	if e.Counts != nil {
		counts, err := json.Marshal(e.Counts)
		if err != nil {
			panic(err) // numbers by name
		}
		b = append(append(b, `,"counts":`...), counts...)
	}
	if e.Loss != nil {
		b = appendInt(append(b, `,"loss":`...), int64(*e.Loss))
	}
	if e.Delay != nil {
		b = appendInt(append(b, `,"delay":`...), int64(*e.Delay))
	}
	return appendNumber(b, `,"share":`, int64(e.Share))
}

// appendWord writes a name and the quote that ends it. Names have no character
// that must be escaped.
func appendWord(b []byte, word string) []byte { return append(appendShort(b, word), '"') }

// appendShort copies a name of usual length in two pieces that may overlap, which
// is less than a call for as many bytes as there are.
func appendShort(b []byte, name string) []byte {
	n, end := len(name), len(b)+len(name)
	if n < 4 || n > 16 || end > cap(b) {
		return append(b, name...)
	}
	b = b[:end]
	to := b[end-n:]
	if n >= 8 {
		binary.LittleEndian.PutUint64(to, eight(name))
		binary.LittleEndian.PutUint64(to[n-8:], eight(name[n-8:]))
	} else {
		binary.LittleEndian.PutUint32(to, four(name))
		binary.LittleEndian.PutUint32(to[n-4:], four(name[n-4:]))
	}
	return b
}

// eight are the first eight bytes of a string, and four the first four, which the
// compiler loads at once.
func eight(s string) uint64 { return uint64(four(s[4:8]))<<32 | uint64(four(s)) }
func four(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// appendNumber writes a field, unless it is 0.
func appendNumber(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return appendInt(append(b, name...), n)
}

// thousand has what three digits are written with, of every number below 1,000,
// the first in the lowest byte; the highest says how many digits it has without
// zeros in front.
var thousand = func() (table [1000]uint32) {
	for n := range uint32(1000) {
		digits := uint32(len(strconv.Itoa(int(n))))
		table[n] = digits<<24 | (n%10+'0')<<16 | (n/10%10+'0')<<8 | n/100 + '0'
	}
	return table
}()

// appendInt writes a number, three digits at once.
func appendInt(b []byte, n int64) []byte {
	switch u := uint64(n); {
	case u < 1e3:
		word := thousand[u]
		digits := int(word >> 24)
		b = binary.LittleEndian.AppendUint32(b, word>>(24-8*digits))
		return b[:len(b)-4+digits]
	case u < 1e6:
		upper := u / 1000
		word := uint64(thousand[upper])
		digits := int(word >> 24)
		b = binary.LittleEndian.AppendUint64(b, (word&0xffffff|uint64(thousand[u-1000*upper])<<24)>>(24-8*digits))
		return b[:len(b)-5+digits]
	case u < 1e9:
		upper := u / 1000
		word := thousand[u-1000*upper]
		return append(appendInt(b, int64(upper)), byte(word), byte(word>>8), byte(word>>16))
	}
	return strconv.AppendInt(b, n, 10)
}

// appendText writes a field, unless it is empty.
func appendText(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	b = append(b, name...)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return appendQuoted(b, text)
		}
	}
	return appendWord(append(b, '"'), text)
}

// appendQuoted writes a text that has to be escaped.
func appendQuoted(b []byte, text string) []byte {
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // a string
	}
	return append(b, bytes.TrimSpace(quoted.Bytes())...)
}
