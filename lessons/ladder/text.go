package ladder

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// A Style is what the reader's screen can show.
type Style struct {
	Width  int  // columns; below MinWidth it is MinWidth
	ASCII  bool // nothing but ASCII is drawn (names and words are written as they are)
	Colour bool // ANSI colours
}

// MinWidth and MaxWidth bound a ladder: narrower, labels do not fit; wider, arrows are hard to follow.
const (
	MinWidth = 60
	MaxWidth = 110
)

const (
	noteWidth = 13 // columns of what stands beside a lifeline: ESTABLISHED, EADDRNOTAVAIL
	foldTrips = 6  // a silence of so many one-way trips is folded (3 round trips)
	shortest  = sim.Duration(100_000)
)

// glyphs are what lines are made of.
type glyphs struct {
	life, fold, across, over string
	fromLeft, fromRight      string // at the sender's lifeline
	turnLeft, turnRight      string // into the lane, going left or right
	leaveLeft, leaveRight    string // out of it
	headLeft, headRight      string
	lost, again, appears     string
}

var (
	boxes = glyphs{"│", "┊", "─", "┼", "├", "┤", "╭", "╮", "╯", "╰", "◄", "►", "✗", "↻", "◇"}
	ascii = glyphs{"|", ":", "-", "+", "+", "+", ".", ".", "'", "'", "<", ">", "x", "retry ", "o"}
)

// Write draws a run.
func Write(w io.Writer, words *lessons.Words, events []sim.Event, style Style) error {
	d := newDrawing(words, events, style)
	for i, e := range events {
		d.draw(i, e)
	}
	out := bufio.NewWriter(w)
	for _, r := range d.rows {
		fmt.Fprintln(out, r.line(style.Colour))
	}
	return out.Flush()
}

// drawing is a ladder while it is drawn.
type drawing struct {
	set   glyphs
	words *lessons.Words
	lines []lessons.Line
	hosts []string
	x     []int // column of each lifeline
	left  int   // column at which a row begins after its time
	many  bool  // connections have numbers
	fold  sim.Duration
	addrs map[string]string // of each host, with the port of its first connection

	rows    []row
	last    sim.Instant // of the newest row
	said    bool        // some row has shown its time
	open    bool        // the newest row may take more
	arrow   bool        // it has an arrow
	noted   map[int]bool
	flights map[int]*flight
	lanes   []*flight // those that occupy a column
}

// A flight is a segment that has been sent, until it ends.
type flight struct {
	sim.Event
	from, to int // places of the hosts
	lane     int // column
}

func newDrawing(words *lessons.Words, events []sim.Event, style Style) *drawing {
	d := &drawing{set: boxes, words: words, lines: words.Transcript(events), addrs: map[string]string{}, flights: map[int]*flight{}}
	if style.ASCII {
		d.set = ascii
	}
	sentAt := map[int]sim.Instant{}
	timeWidth := 0
	for _, e := range events {
		if e.Host != "" && !slices.Contains(d.hosts, e.Host) {
			d.hosts = append(d.hosts, e.Host)
		}
		if e.Dst != "" && !slices.Contains(d.hosts, e.Dst) {
			d.hosts = append(d.hosts, e.Dst)
		}
		if d.addrs[e.Host] == "" && e.Local != (sim.Endpoint{}) {
			d.addrs[e.Host] = e.Local.String()
		}
		d.many = d.many || e.Conn > 1 && e.Ev == sim.Sent
		timeWidth = max(timeWidth, Columns(words.Time(int64(e.At))))
		switch e.Ev {
		case sim.Sent:
			sentAt[e.Seg] = e.At
		case sim.Arrived:
			if at, ok := sentAt[e.Seg]; ok && d.fold == 0 {
				d.fold = foldTrips * sim.Duration(e.At-at)
			}
		}
	}
	d.fold = max(d.fold, shortest)
	for _, usual := range []string{"server", "client"} { // the client stands on the left
		if i := slices.Index(d.hosts, usual); i > 0 && usual == "client" {
			d.hosts = slices.Insert(slices.Delete(d.hosts, i, i+1), 0, usual)
		}
	}
	if len(d.hosts) == 1 {
		d.hosts = append(d.hosts, "")
	}
	wide := min(max(style.Width, MinWidth), MaxWidth)
	d.left = timeWidth + 2
	first, last := d.left+noteWidth+1, wide-noteWidth-2
	for i := range d.hosts {
		d.x = append(d.x, first+(last-first)*i/max(1, len(d.hosts)-1))
	}
	d.head(wide)
	return d
}

// head names the hosts, over their lifelines.
func (d *drawing) head(wide int) {
	names, addresses := newRow(wide), newRow(wide)
	for i, host := range d.hosts {
		d.centre(names, d.x[i], d.words.Host(host), bold)
		d.centre(addresses, d.x[i], d.addrs[host], dim)
	}
	d.rows = append(d.rows, names)
	if !d.many && len(d.addrs) > 0 {
		d.rows = append(d.rows, addresses)
	}
}

func (d *drawing) centre(r row, x int, text string, p paint) {
	n := Columns(text)
	r.put(min(max(0, x-n/2), max(0, len(r)-n)), text, p)
}

// draw puts one event on the ladder.
func (d *drawing) draw(i int, e sim.Event) {
	host := d.place(e.Host)
	switch e.Ev {
	case sim.Preset:
		d.note(e, host, d.numbered(e, e.State), stateColour(e.State))
	case sim.State:
		d.note(e, host, d.numbered(e, e.To), stateColour(e.To))
	case sim.Call:
		d.note(e, host, d.numbered(e, d.call(e)), dim)
	case sim.Return:
		if e.Errno != "" {
			d.note(e, host, "= "+string(e.Errno), red)
		}
	case sim.Error:
		d.note(e, host, string(e.Errno), red)
	case sim.Timer:
		if e.Do == "fire" && slices.Contains([]string{"RTO", "TLP", "PERSIST", "KEEPALIVE"}, e.Timer) {
			d.note(e, host, e.Timer+"!", yellow)
		}
	case sim.Sent:
		d.depart(e, host, -1)
	case sim.Copied:
		if f := d.flights[e.Of]; f != nil {
			copied := f.Event
			copied.At, copied.Ev, copied.Seg = e.At, e.Ev, e.Seg
			d.depart(copied, host, f.to)
		}
	case sim.Injected:
		d.flights[e.Seg] = &flight{Event: e, from: host, to: d.opposite(e, host)}
	case sim.Arrived:
		d.arrive(e, host)
	case sim.Lost, sim.Expired:
		d.vanish(e)
	case sim.Ignored:
		d.note(e, host, d.words.UI("ladder.ignored"), dim)
	case sim.Link:
		d.say(e.At, d.lines[i].What)
	}
}

// place is which lifeline a host has, from the left; -1 for none.
func (d *drawing) place(host string) int { return slices.Index(d.hosts, host) }

func (d *drawing) call(e sim.Event) string {
	if e.Call == "recv_eof" { // which is what a program does, and no call
		return d.words.UI("call.to-end", "fd", e.FD)
	}
	inside := strings.TrimSpace(e.FD + " " + e.Arg)
	if e.Len > 0 {
		inside = strings.TrimSpace(fmt.Sprintf("%s %d", e.FD, e.Len))
	}
	text := e.Call + "(" + inside + ")"
	if e.Errno != "" {
		text = string(e.Errno)
	}
	return text
}

func (d *drawing) numbered(e sim.Event, text string) string {
	if d.many && e.Conn > 0 {
		return fmt.Sprintf("%d:%s", e.Conn, text)
	}
	return text
}

// opposite is where a segment goes.
func (d *drawing) opposite(e sim.Event, host int) int {
	if i := d.place(e.Dst); i >= 0 {
		return i
	}
	return (host + 1) % len(d.hosts)
}

// ---- Rows

// next begins a row at an instant, after a fold if nothing has happened for long.
func (d *drawing) next(at sim.Instant) row {
	if silence := sim.Duration(at - d.last); d.said && silence >= d.fold {
		r := d.blank(d.set.fold)
		text := " " + d.words.UI("ladder.silence", "time", d.words.Time(int64(silence))) + " "
		d.centre(r, (d.x[0]+d.x[len(d.x)-1])/2, text, dim)
	}
	r := d.blank(d.set.life)
	if !d.said || at != d.last {
		text := d.words.Time(int64(at))
		r.put(d.left-2-Columns(text), text, plain)
	}
	d.last, d.said, d.open, d.arrow, d.noted = at, true, true, false, map[int]bool{}
	return r
}

// blank adds a row on which time passes: lifelines, and whatever is under way.
func (d *drawing) blank(life string) row {
	r := newRow(len(d.rows[0]))
	for i := range d.hosts {
		r.put(d.x[i], life, dim)
	}
	for _, f := range d.lanes {
		r.put(f.lane, life, f.colour())
	}
	d.rows = append(d.rows, r)
	return r
}

// newest is the row that is being filled, if it can take something of that instant.
func (d *drawing) newest(at sim.Instant) (row, bool) {
	if !d.open || at != d.last {
		return nil, false
	}
	return d.rows[len(d.rows)-1], true
}

// note writes beside a lifeline: left of the first one, right of the others.
func (d *drawing) note(e sim.Event, host int, text string, p paint) {
	if host < 0 {
		return
	}
	text = cut(text, noteWidth)
	n := Columns(text)
	x := d.x[host] + 2
	if host == 0 {
		x = d.x[0] - 1 - n
	}
	r, ok := d.newest(e.At)
	if !ok || d.noted[host] || !r.blank(x, x+n) {
		r = d.next(e.At)
	}
	r.put(x, text, p)
	d.noted[host] = true
}

// say writes a sentence across the ladder.
func (d *drawing) say(at sim.Instant, text string) {
	r := d.next(at)
	d.open = false
	from, to := d.x[0]+2, d.x[len(d.x)-1]-2
	d.centre(r, (from+to)/2, " "+cut(text, to-from-2)+" ", cyan)
}

// ---- Arrows

// depart draws a segment from its sender into its lane. A row on which only the sender's own note stands is its row.
func (d *drawing) depart(e sim.Event, host, to int) {
	if host < 0 {
		return
	}
	if to < 0 {
		to = d.opposite(e, host)
	}
	f := &flight{Event: e, from: host, to: to}
	r, ok := d.newest(e.At)
	if !ok || d.arrow || len(d.noted) > 1 || len(d.noted) == 1 && !d.noted[host] {
		r = d.next(e.At)
	}
	d.arrow = true
	d.flights[e.Seg] = f
	text := d.label(f, abs(d.x[to]-d.x[host])-8)
	f.lane = d.lane(f, Columns(text))
	start, turn := d.set.fromLeft, d.set.turnRight
	if f.leftwards() {
		start, turn = d.set.fromRight, d.set.turnLeft
	}
	d.rule(r, d.x[host], f.lane, f.colour())
	r.put(d.x[host], start, dim)
	r.put(f.lane, turn, f.colour())
	// The label lies on the line, nearer to the sender.
	room := abs(f.lane-d.x[host]) - 2
	if f.leftwards() {
		r.put(d.x[host]-1-(room-Columns(text))/2-Columns(text), text, f.colour())
	} else {
		r.put(d.x[host]+2+(room-Columns(text))/2, text, f.colour())
	}
	d.lanes = append(d.lanes, f)
}

// rule draws a line between two columns, over what is under way.
func (d *drawing) rule(r row, from, to int, p paint) {
	for x := min(from, to) + 1; x < max(from, to); x++ {
		if r[x].text == " " {
			r.put(x, d.set.across, p)
		} else {
			r.put(x, d.set.over, p)
		}
	}
}

// lane finds a column for the fall: past the label, else about the middle, and not where another segment falls.
func (d *drawing) lane(f *flight, label int) int {
	from, to := d.x[f.from], d.x[f.to]
	step := 1
	if to < from {
		step = -1
	}
	whole := abs(to - from)
	preferred := min(max(whole*6/10, label+4), whole-3)
	for away := 0; away < whole; away++ {
		for _, distance := range []int{preferred + 2*away, preferred - 2*away} {
			x := from + step*distance
			if distance > 2 && distance < whole-2 && !slices.ContainsFunc(d.lanes, func(other *flight) bool { return abs(other.lane-x) < 2 }) {
				return x
			}
		}
	}
	return from + step*preferred
}

// free takes a segment out of its lane.
func (d *drawing) free(f *flight) {
	d.lanes = slices.DeleteFunc(d.lanes, func(other *flight) bool { return other == f })
}

// arrive draws the end of the arrow.
func (d *drawing) arrive(e sim.Event, host int) {
	f := d.flights[e.Seg]
	if f == nil || host < 0 {
		return
	}
	f.to = host
	d.free(f)
	r := d.next(e.At)
	d.arrow = true
	leave, head, at := d.set.leaveRight, d.set.headRight, d.x[host]-1
	if f.leftwards() {
		leave, head, at = d.set.leaveLeft, d.set.headLeft, d.x[host]+1
	}
	if f.Ev == sim.Injected {
		f.lane = (d.x[f.from] + d.x[f.to]) / 2
		leave = d.set.appears
		text := d.label(f, abs(f.lane-d.x[host])*2-8)
		d.centre(r, f.lane, text, f.colour())
		f.lane += (Columns(text)/2 + 2) * sign(d.x[host]-f.lane)
	}
	r.put(f.lane, leave, f.colour())
	d.rule(r, f.lane, at, f.colour())
	r.put(at, head, f.colour())
}

// vanish draws where a segment is lost.
func (d *drawing) vanish(e sim.Event) {
	f := d.flights[e.Seg]
	if f == nil {
		return
	}
	d.free(f)
	r := d.next(e.At)
	d.arrow = true
	r.put(f.lane, d.set.lost, red)
	text := d.gone(e)
	if n := Columns(text); r.blank(f.lane+2, f.lane+2+n) {
		r.put(f.lane+2, text, red)
	} else if r.blank(f.lane-1-n, f.lane-1) {
		r.put(f.lane-1-n, text, red)
	}
}

// gone is the word for what became of a segment that never arrived.
func (d *drawing) gone(e sim.Event) string {
	if e.Ev == sim.Expired {
		return d.words.UI("ladder.expired")
	}
	return d.words.UI("ladder.lost")
}

// label is as much about a segment as there is room for.
func (d *drawing) label(f *flight, room int) string {
	again := ""
	switch {
	case f.Ev == sim.Copied:
		again = " " + d.words.UI("ladder.copy")
	case f.Ev == sim.Injected:
		again = " " + d.words.UI("ladder.forged")
	case f.Retry > 0:
		again = fmt.Sprintf(" %s%d", d.set.again, f.Retry)
	}
	long, short := fmt.Sprintf(" seq %d", f.Seq), fmt.Sprintf(" %d", f.Seq)
	if strings.Contains(f.Flags, "ACK") {
		long, short = long+fmt.Sprintf(" ack %d", f.Ack), short+fmt.Sprintf(":%d", f.Ack)
	}
	length := ""
	if f.Len > 0 {
		length = fmt.Sprintf(" len %d", f.Len)
	}
	flags := d.numbered(f.Event, f.Flags)
	for _, text := range []string{flags + long + length + again, flags + short + length + again, flags + length + again, flags + again} {
		if Columns(text)+2 <= room {
			return " " + text + " "
		}
	}
	return " " + cut(flags, max(3, room-2)) + " "
}

func (f *flight) leftwards() bool { return f.from > f.to }

// colour tells retransmissions, and then kinds, apart; the words do so too.
func (f *flight) colour() paint {
	switch {
	case f.Retry > 0 || f.Ev == sim.Copied:
		return yellow
	case f.Ev == sim.Injected || f.Kind == "RST":
		return red
	case f.Kind == "FIN":
		return magenta
	case f.Kind == "SYN":
		return cyan
	case f.Kind == "data":
		return blue
	}
	return plain
}

func stateColour(state string) paint {
	switch state {
	case "ESTABLISHED":
		return green
	case "TIME_WAIT":
		return magenta
	case "CLOSED", "LISTEN":
		return dim
	case "CLOSE_WAIT", "LAST_ACK":
		return red
	}
	return yellow
}

func abs(n int) int { return max(n, -n) }

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
