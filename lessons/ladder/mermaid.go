package ladder

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// Mermaid writes a run as a sequenceDiagram, the way in which Markdown elsewhere draws such things. It has no time: a segment is
// drawn where it is sent, its label says when it arrives, and long silences are notes. What is lost ends in a cross.
//
// The lines are of these forms, which static/test/mermaid.js holds against the grammar of Mermaid itself:
//
//	participant h0 as client<br/>10.0.0.1:49152
//	h0->>h1: 0 s → 0.05 s: FIN,ACK seq 100 ack 300       -x instead of ->> when it does not arrive
//	Note left of h0: 0 s: FIN_WAIT_1
//	Note over h0,h1: 6.00 s of silence
func Mermaid(w io.Writer, words *lessons.Words, events []sim.Event) error {
	out := bufio.NewWriter(w)
	d := newDrawing(words, events, Style{})
	fmt.Fprintln(out, "sequenceDiagram")
	for i, host := range d.hosts {
		name := quoted(words.Host(host))
		if address := d.addrs[host]; address != "" && !d.many {
			name += "<br/>" + quoted(address)
		}
		fmt.Fprintf(out, "  participant h%d as %s\n", i, name)
	}
	ends := map[int]sim.Event{}
	for _, e := range events {
		if e.Ev == sim.Arrived || e.Ev == sim.Lost || e.Ev == sim.Expired {
			ends[e.Seg] = e
		}
	}
	last := sim.Instant(0)
	for i, e := range events {
		text := d.mermaidLine(i, e, ends)
		if text == "" {
			continue
		}
		if silence := sim.Duration(e.At - last); silence >= d.fold {
			fmt.Fprintf(out, "  Note over h0,h%d: %s\n", len(d.hosts)-1, quoted(words.UI("ladder.silence", "time", words.Time(int64(silence)))))
		}
		last = e.At
		fmt.Fprintln(out, "  "+text)
	}
	return out.Flush()
}

// mermaidLine is the line for one event, "" for none.
func (d *drawing) mermaidLine(i int, e sim.Event, ends map[int]sim.Event) string {
	host := d.place(e.Host)
	when := d.words.Time(int64(e.At))
	beside := func(text string) string {
		if host < 0 {
			return ""
		}
		side := "right"
		if host == 0 {
			side = "left"
		}
		return fmt.Sprintf("Note %s of h%d: %s: %s", side, host, when, quoted(d.numbered(e, text)))
	}
	switch e.Ev {
	case sim.Preset:
		return beside(e.State)
	case sim.State:
		return beside(e.To)
	case sim.Call:
		return beside(d.call(e))
	case sim.Error:
		return beside(string(e.Errno))
	case sim.Link:
		return fmt.Sprintf("Note over h0,h%d: %s: %s", len(d.hosts)-1, when, quoted(d.lines[i].What))
	case sim.Sent, sim.Injected, sim.Copied:
		f := &flight{Event: e, from: host, to: d.opposite(e, host)}
		if original := d.flights[e.Of]; e.Ev == sim.Copied && original != nil {
			f.Event = original.Event
			f.Ev, f.At, f.to = e.Ev, e.At, original.to
		}
		d.flights[e.Seg] = f
		return d.mermaidArrow(f, ends[e.Seg])
	}
	return ""
}

func (d *drawing) mermaidArrow(f *flight, end sim.Event) string {
	arrow, when := "->>", d.words.Time(int64(f.At))
	switch end.Ev {
	case sim.Arrived:
		f.to = d.place(end.Host)
		when += " → " + d.words.Time(int64(end.At))
	case sim.Lost, sim.Expired:
		arrow = "-x"
		when += ", " + d.gone(end) + " " + d.words.Time(int64(end.At))
	}
	text := strings.TrimSpace(d.label(f, MaxWidth*2))
	return fmt.Sprintf("h%d%sh%d: %s: %s", f.from, arrow, f.to, quoted(when), quoted(text))
}

// quoted makes a text safe for Mermaid: a # begins an entity there, a ; ends a statement.
func quoted(text string) string {
	return strings.NewReplacer("#", "#35;", ";", "#59;", "<", "#lt;", ">", "#gt;", "\n", " ").Replace(text)
}
