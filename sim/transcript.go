package sim

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteTranscript writes events tersely, one line each, as the golden traces
// have them: instant, host, what happened, and why. Sentences for people are
// made elsewhere, from the same codes.
func WriteTranscript(w io.Writer, events []Event) error {
	out := bufio.NewWriter(w)
	names := map[int]string{}
	for _, e := range events {
		who := e.Host
		if e.Conn > 1 {
			who += fmt.Sprintf("/%d", e.Conn)
		}
		line := fmt.Sprintf("%-9s %-7s %s", formatTime(Duration(e.At)), who, e.what(names))
		if e.Message != "" {
			line += "  " + e.Message
		}
		if e.Why != "" && e.Ev != Link {
			line = fmt.Sprintf("%-62s %s", line, e.Why)
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
	return out.Flush()
}

// what says what an event is; names remembers what segments were called.
func (e Event) what(names map[int]string) string {
	switch e.Ev {
	case Preset:
		return fmt.Sprintf("%s snd.nxt %d rcv.nxt %d", e.State, e.SndNxt, e.RcvNxt)
	case Call:
		s := e.Call + "(" + strings.TrimSpace(e.FD+" "+e.Arg) + ")"
		if e.Call == "send" {
			s = fmt.Sprintf("send(%s)", strings.TrimSpace(fmt.Sprintf("%s %d", e.FD, e.Len)))
		}
		if e.Errno != "" {
			s += " = " + string(e.Errno)
		}
		return s
	case Return:
		s := fmt.Sprintf("%s(%s) returns %d", e.Call, e.FD, e.Ret)
		if e.Errno != "" {
			s += " " + string(e.Errno)
		}
		return s
	case Injected:
		names[e.Seg] = fmt.Sprintf("forged %s", e.Kind)
		if e.Of > 0 {
			names[e.Seg] = "copy of " + names[e.Of]
		}
		return fmt.Sprintf("%s appears  %s seq %d ack %d len %d", names[e.Seg], e.Flags, e.Seq, e.Ack, e.Len)
	case State:
		return e.From + " -> " + e.To
	case Sent:
		names[e.Seg] = fmt.Sprintf("%s#%d", e.Kind, e.Nth)
		s := fmt.Sprintf("sends %s  %s seq %d", names[e.Seg], e.Flags, e.Seq)
		if strings.Contains(e.Flags, "ACK") {
			s += fmt.Sprintf(" ack %d", e.Ack)
		}
		if e.Len > 0 {
			s += fmt.Sprintf(" len %d", e.Len)
		}
		if e.Retry > 0 {
			s += fmt.Sprintf(" retry %d", e.Retry)
		}
		if e.Inc > 0 {
			s += fmt.Sprintf(" inc %d", e.Inc)
		}
		return s
	case Held:
		return fmt.Sprintf("%s is held for %s", names[e.Seg], formatTime(e.For))
	case Copied:
		names[e.Seg] = "copy of " + names[e.Of]
		return names[e.Of] + " is duplicated"
	case Arrived:
		if e.Why == WhyJitter {
			return fmt.Sprintf("gets %s, %s late", names[e.Seg], formatTime(e.For))
		}
		return "gets " + names[e.Seg]
	case Lost, Expired:
		return fmt.Sprintf("%s is %s", names[e.Seg], e.Ev)
	case Ignored:
		return "ignores " + names[e.Seg]
	case Timer:
		s := fmt.Sprintf("timer %s %ss", e.Timer, e.Do)
		if e.Do == doStart || e.Do == doAgain {
			s += ", due " + formatTime(Duration(e.Due))
		} else if e.Do == doStop {
			s = fmt.Sprintf("timer %s stops", e.Timer)
		}
		return s
	case Read:
		if e.Foreign > 0 {
			return fmt.Sprintf("reads %d, foreign %d", e.Len, e.Foreign)
		}
		return fmt.Sprintf("reads %d", e.Len)
	case EOF:
		return "reads 0: end of file"
	case Error:
		return "error " + string(e.Errno)
	case Link:
		if e.Loss != nil {
			return "link loss " + formatRate(*e.Loss)
		}
		if e.Delay != nil {
			return "link delay " + formatTime(*e.Delay)
		}
		return "link " + line{word: e.Why, span: e.For, rate: e.Share, freely: e.Arg != ""}.condition()
	case Counters:
		return "counts" + e.Counts.String()
	case End:
		return "end"
	}
	return string(e.Ev)
}
