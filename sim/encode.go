package sim

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// AppendJSON writes the event behind b as encoding/json would, without escaping
// what only HTML needs escaped. It asks for no memory when b has room, which is
// how a run of very many events can be written down.
func (e *Event) AppendJSON(b []byte) []byte {
	b = append(b, `{"at":`...)
	b = strconv.AppendInt(b, int64(e.At), 10)
	b = append(b, `,"ev":"`...)
	b = append(append(b, e.Ev...), '"')
	b = appendText(b, `,"host":`, e.Host)
	b = appendNumber(b, `,"conn":`, int64(e.Conn))
	b = appendText(b, `,"why":`, e.Why)
	if at, has := e.Cause.Index(); has {
		b = strconv.AppendInt(append(b, `,"cause":`...), int64(at), 10)
	}
	b = appendText(b, `,"call":`, e.Call)
	b = appendText(b, `,"fd":`, e.FD)
	b = appendText(b, `,"arg":`, e.Arg)
	b = appendNumber(b, `,"ret":`, int64(e.Ret))
	b = appendText(b, `,"message":`, e.Message)
	b = appendText(b, `,"from":`, e.From)
	b = appendText(b, `,"to":`, e.To)
	if e.Local != (Endpoint{}) {
		b = append(e.Local.append(append(b, `,"local":"`...)), '"')
	}
	if e.Remote != (Endpoint{}) {
		b = append(e.Remote.append(append(b, `,"remote":"`...)), '"')
	}
	b = appendText(b, `,"dst":`, e.Dst)
	b = appendNumber(b, `,"seg":`, int64(e.Seg))
	b = appendText(b, `,"kind":`, e.Kind)
	b = appendNumber(b, `,"nth":`, int64(e.Nth))
	b = appendText(b, `,"flags":`, e.Flags)
	b = appendNumber(b, `,"seq":`, int64(e.Seq))
	b = appendNumber(b, `,"ack":`, int64(e.Ack))
	b = appendNumber(b, `,"len":`, int64(e.Len))
	b = appendNumber(b, `,"inc":`, int64(e.Inc))
	b = appendNumber(b, `,"foreign":`, int64(e.Foreign))
	b = appendNumber(b, `,"wnd":`, int64(e.Wnd))
	b = appendNumber(b, `,"tsval":`, int64(e.TSVal))
	b = appendNumber(b, `,"tsecr":`, int64(e.TSEcr))
	b = appendNumber(b, `,"retry":`, int64(e.Retry))
	b = appendNumber(b, `,"of":`, int64(e.Of))
	b = appendNumber(b, `,"for":`, int64(e.For))
	b = appendNumber(b, `,"flight":`, int64(e.Flight))
	b = appendText(b, `,"timer":`, e.Timer)
	b = appendText(b, `,"do":`, e.Do)
	b = appendNumber(b, `,"due":`, int64(e.Due))
	b = appendText(b, `,"errno":`, string(e.Errno))
	if e.Counts != nil {
		counts, err := json.Marshal(e.Counts)
		if err != nil {
			panic(err) // numbers by name
		}
		b = append(append(b, `,"counts":`...), counts...)
	}
	if e.Loss != nil {
		b = strconv.AppendInt(append(b, `,"loss":`...), int64(*e.Loss), 10)
	}
	if e.Delay != nil {
		b = strconv.AppendInt(append(b, `,"delay":`...), int64(*e.Delay), 10)
	}
	b = appendNumber(b, `,"share":`, int64(e.Share))
	b = appendText(b, `,"state":`, e.State)
	b = appendNumber(b, `,"snd_nxt":`, int64(e.SndNxt))
	b = appendNumber(b, `,"rcv_nxt":`, int64(e.RcvNxt))
	return append(b, '}')
}

// appendNumber writes a field, unless it is 0.
func appendNumber(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), n, 10)
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
	return append(append(append(b, '"'), text...), '"')
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
