package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fourwaves/sim/tcp"
)

// Counts is what a counters event says of one host under load: at its instant,
// after everything else of that instant. Open, Ports and States are of the
// instant; all others count from the beginning of the run.
type Counts struct {
	Open        int            `json:"open"`             // connections in any state but CLOSED and LISTEN
	States      map[string]int `json:"states,omitempty"` // of them, by state
	Ports       int            `json:"ports"`            // local ports in use
	Connects    int            `json:"connects"`         // connect() calls, failed ones too
	Opened      int            `json:"opened"`           // handshakes completed at this end
	Done        int            `json:"done"`             // exchanges of request and response
	Failed      int            `json:"failed"`           // errors that applications were told
	Errors      map[string]int `json:"errors,omitempty"` // of them, by errno
	Sent        int            `json:"sent"`             // segments
	Received    int            `json:"received"`
	ResetsSent  int            `json:"rst_sent"`
	ResetsGot   int            `json:"rst_received"`
	Written     int            `json:"written"`        // bytes that applications wrote
	Read        int            `json:"read"`           // and read
	Reopened    int            `json:"reopened"`       // connections that took the place of one in TIME_WAIT
	TimeWaitCut int            `json:"time_wait_full"` // that found no room in TIME_WAIT (tcp_max_tw_buckets)

	// Map is who uses the ephemeral ports of the host that connects: runs of ports
	// in the same use, from the first of the range on, each as three numbers: how
	// many ports, connections of each that are not in TIME_WAIT, and that are. Free
	// ports at the end are left out, and so is a map of more than maxMap runs.
	Map []int32 `json:"map,omitempty"`
}

// maxMap keeps one event small. Ports are taken in turn, so a map has few runs
// unless most connections of a large load are late or early by chance.
const maxMap = 4096

// counts is a host's running account.
type counts struct {
	states                              [tcp.TimeWait + 1]int
	connects, opened, done              int
	sent, received, rstSent, rstGot     int
	written, read, reopened, overflowed int
	errors                              []failures // in the order of their first
	ports                               int        // in use
	uses                                []portUse  // of each port
	runs                                []int32    // the latest map of ports, whose memory the next one takes
	touched                             bool       // since they were told
}

// portUse is how many connections have a local port.
type portUse struct{ all, waiting int32 } // waiting are those in TIME_WAIT

// failures are errors of one kind.
type failures struct {
	errno tcp.Errno
	n     int
}

func (c *counts) fail(errno tcp.Errno) {
	c.touched = true
	for i := range c.errors {
		if c.errors[i].errno == errno {
			c.errors[i].n++
			return
		}
	}
	c.errors = append(c.errors, failures{errno, 1})
}

// use counts one connection more or less on a local port.
func (c *counts) use(port uint16, by int32) {
	if c.uses == nil {
		c.uses = make([]portUse, 1<<16)
	}
	before := c.uses[port].all
	c.uses[port].all += by
	switch {
	case before == 0:
		c.ports++
	case before+by == 0:
		c.ports--
	}
}

// arrived counts a segment that came in.
func (c *counts) arrived(seg *tcp.Segment) {
	c.touched = true
	c.received++
	if seg.Flags.Has(tcp.RST) {
		c.rstGot++
	}
}

// moved follows a connection of a local port from one state to another.
func (c *counts) moved(port uint16, from, to tcp.State, why tcp.Why) {
	c.touched = true
	c.states[from]--
	c.states[to]++
	if c.uses != nil {
		switch {
		case to == tcp.TimeWait:
			c.uses[port].waiting++
		case from == tcp.TimeWait:
			c.uses[port].waiting--
		}
	}
	switch why {
	case tcp.WhyReopened, tcp.WhyTakenOver:
		c.reopened++
	case tcp.WhyTimeWaitFull:
		c.overflowed++
	}
}

// told is the account as an event says it.
func (h *host) told() *Counts {
	c := &h.counts
	out := &Counts{
		States: map[string]int{}, Connects: c.connects, Opened: c.opened, Done: c.done,
		Sent: c.sent, Received: c.received, ResetsSent: c.rstSent, ResetsGot: c.rstGot,
		Written: c.written, Read: c.read, Reopened: c.reopened, TimeWaitCut: c.overflowed, Ports: c.ports,
	}
	for s := tcp.SynSent; s <= tcp.TimeWait; s++ {
		if n := c.states[s]; n > 0 {
			out.States[s.String()] = n
			out.Open += n
		}
	}
	for _, f := range c.errors {
		if out.Errors == nil {
			out.Errors = map[string]int{}
		}
		out.Errors[string(f.errno)] = f.n
		out.Failed += f.n
	}
	if h.run.loaders[h.index] != nil {
		c.runs = c.portMap(c.runs[:0], h.machine.first, h.machine.last)
		out.Map = append(out.Map, c.runs...)
	}
	return out
}

// portMap writes down the use of a range of ports behind runs; see [Counts.Map].
func (c *counts) portMap(runs []int32, first, last uint16) []int32 {
	if c.uses == nil {
		return runs
	}
	ports := c.uses[first : int(last)+1]
	for len(ports) > 0 {
		n := 1
		for n < len(ports) && ports[n] == ports[0] {
			n++
		}
		if use := ports[0]; use.all > 0 || n < len(ports) {
			runs = append(runs, int32(n), use.all-use.waiting, use.waiting)
		}
		if len(runs) > 3*maxMap {
			return runs[:0]
		}
		ports = ports[n:]
	}
	return runs
}

// count tells of both hosts, if anything has changed, and comes back after the
// interval while anything is left to happen.
func (r *run) count() {
	for _, h := range r.hosts {
		if !h.counting || !h.counts.touched {
			continue
		}
		h.counts.touched = false
		if now := h.told(); !now.same(h.said) {
			h.said = now
			r.emit(Event{Ev: Counters, Host: h.name(), For: r.every, Counts: now})
		}
	}
	if !r.agenda.empty() {
		r.agenda.push(r.now.Add(r.every), countings, entry{act: actCount})
	}
}

// CountNames are the counts that a scenario can expect and a lesson can ask for, by the names that a
// counters event has for them.
var CountNames = []string{
	"open", "ports", "connects", "opened", "done", "failed", "sent", "received", "rst_sent", "rst_received",
	"written", "read", "reopened", "time_wait_full",
}

// numbers are the counts in the order of their names.
func (c *Counts) numbers() [14]int {
	return [...]int{
		c.Open, c.Ports, c.Connects, c.Opened, c.Done, c.Failed, c.Sent, c.Received, c.ResetsSent, c.ResetsGot,
		c.Written, c.Read, c.Reopened, c.TimeWaitCut,
	}
}

// Named is one count by its name; 0 of nothing, and of a name that is none of [CountNames].
func (c *Counts) Named(name string) int {
	if i := slices.Index(CountNames, name); c != nil && i >= 0 {
		return c.numbers()[i]
	}
	return 0
}

// same compares what two events say, of which either may have no counts.
func (c *Counts) same(d *Counts) bool {
	if c == nil || d == nil {
		return c == d
	}
	return c.numbers() == d.numbers() && maps.Equal(c.States, d.States) && maps.Equal(c.Errors, d.Errors) && slices.Equal(c.Map, d.Map)
}

// String writes the counts for transcripts, without what is 0.
func (c *Counts) String() string {
	var b strings.Builder
	say := func(name string, n int) {
		if n > 0 {
			fmt.Fprintf(&b, " %s %d", name, n)
		}
	}
	for _, s := range tcp.States() {
		say(s.String(), c.States[s.String()])
	}
	say("ports", c.Ports)
	say("connects", c.Connects)
	say("opened", c.Opened)
	say("done", c.Done)
	for _, name := range slices.Sorted(maps.Keys(c.Errors)) {
		say(name, c.Errors[name])
	}
	say("reopened", c.Reopened)
	say("time-wait-full", c.TimeWaitCut)
	say("sent", c.Sent)
	say("received", c.Received)
	say("rst-sent", c.ResetsSent)
	say("rst-received", c.ResetsGot)
	say("written", c.Written)
	say("read", c.Read)
	return b.String()
}
