package sim

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"fourwaves/sim/tcp"
)

// recordings is where the recordings of the real kernel lie: those that the
// profile was made from, and those made afterwards to test what it learned.
var recordings = flag.String("recordings", "testdata/kernel,testdata/kernel-more", "folders of recordings of the real kernel")

// TestRecordings holds profile linux to recordings of Linux. Each becomes a
// scenario by translation alone; the run must show the same segments in the
// same order with the same fate, the same results of every call, the same
// states of every socket, and intervals that the kernel's timers allow. Other
// recordings: go test ./sim -run TestRecordings -args -recordings DIR
func TestRecordings(t *testing.T) {
	var files []string
	for _, folder := range strings.Split(*recordings, ",") {
		found, err := filepath.Glob(filepath.Join(folder, "*.json"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no recordings in %s: %v", folder, err)
		}
		files = append(files, found...)
	}
	agree, known := 0, 0
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			rec := readRecording(t, path)
			text := rec.translate()
			sc, err := Parse(text)
			if err != nil {
				t.Fatalf("the translation is no scenario: %v\n%s", err, text)
			}
			c := compareAnyLag(rec, sc)
			switch why := rec.beyond(); {
			case len(c.differences) == 0:
				agree++
			case why != "":
				known++
				t.Logf("known difference: %s\n%s", why, c.report())
			default:
				t.Errorf("%s\nscenario:\n%s", c.report(), text)
			}
		})
	}
	t.Logf("%d recordings: %d agree, %d are known differences, %d differ", len(files), agree, known, len(files)-agree-known)
}

// recording is one file.
type recording struct {
	Description string
	Network     struct {
		MTU        int
		Rules      []map[string]any
		Injections []map[string]any
	}
	AppScript map[string][]struct {
		Op, FD, New string
		Args        []any
		At, After   *float64
	} `json:"app_script"`
	Sysctls  map[string]map[string]string
	Segments []*recSegment
	States   []*recState
	Syscalls []*recCall
	Counters map[string]map[string]int
}

type recSegment struct {
	T, Delivered float64
	Arrived      *float64 `json:"t_delivered"`
	Duplicate    *float64 `json:"duplicate_delivered_at"`
	Dir, Conn    string
	Flags, Fate  string
	Seq, Ack     *int
	SeqRaw       *uint32 `json:"seq_raw"`
	AckRaw       *uint32 `json:"ack_raw"`
	Sport, Dport uint16
	Len          int
	Opts         struct{ WS *int }
	number       int
	matched      *modelSegment
}

type recState struct {
	T            float64
	Host         string
	Lport, Rport int
	Frm, To      string
	Source       string
	Note         string
}

type recCall struct {
	T        float64
	Returned float64 `json:"t_return"`
	Host     string
	Call, FD string
	Ret      int
	Errno    string
	Meaning  any
}

func readRecording(t *testing.T, path string) *recording {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rec := &recording{}
	if err := json.Unmarshal(b, rec); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	rec.attribute()
	return rec
}

// attribute gives every segment to the connection to which the model's wire
// would give it, and counts its numbers from there: a recording may see it
// otherwise when two incarnations share their ports.
func (rec *recording) attribute() {
	wire := &run{}
	for _, s := range rec.Segments {
		if s.Fate == "injected" || s.SeqRaw == nil || s.AckRaw == nil {
			continue
		}
		t := &transit{
			wire:    FourTuple{Endpoint{Port: s.Sport}, Endpoint{Port: s.Dport}},
			to:      1,
			segment: tcp.Segment{Seq: tcp.Seq(*s.SeqRaw), Ack: tcp.Seq(*s.AckRaw), Text: make([]byte, s.Len)},
		}
		if s.Dir == "s2c" {
			t.from, t.to = 1, 0
		}
		for i, l := range letters {
			if strings.ContainsRune(s.Flags, l) {
				t.segment.Flags |= letterFlags[i]
			}
		}
		f := wire.observe(t)
		s.Conn = fmt.Sprint(slices.Index(wire.flows, f))
		relative := func(side int, n tcp.Seq) *int {
			at := f.first[side].To(n)
			if !f.known[side] {
				return nil
			}
			return &at
		}
		s.Seq = relative(t.from, t.segment.Seq)
		if t.segment.Flags.Has(tcp.ACK) {
			s.Ack = relative(t.to, t.segment.Ack)
		}
	}
}

// sackCounters tell that SACK, RACK or fast retransmission decided the course.
var sackCounters = []string{
	"TCPFastRetrans", "TCPSackRecovery", "TCPRenoRecovery", "TCPSackFailures", "TCPLossFailures", "TCPSlowStartRetrans",
	"TCPSACKReorder", "TCPTSReorder", "TCPSackRecoveryFail",
}

// initialWindow is how many segments may be out before the first ACK.
const initialWindow = 10

// beyond tells by what property a recording lies outside the model: its course
// depends on loss recovery by SACK, or its flight exceeds the initial window.
func (rec *recording) beyond() string {
	for _, host := range roles {
		for _, c := range sackCounters {
			if n := rec.Counters[host][c]; n > 0 {
				return fmt.Sprintf("the %s's counters show %s=%d", host, c, n)
			}
		}
	}
	for i, s := range rec.Segments {
		if out := rec.inFlight(i); out > initialWindow {
			return fmt.Sprintf("%d segments are in flight at %.3f, more than the initial window", out, s.T)
		}
	}
	return ""
}

// inFlight counts what the sender of a segment has out when it sends it.
func (rec *recording) inFlight(i int) int {
	now := rec.Segments[i]
	ends := []int{}
	acked := 0
	for _, s := range rec.Segments[:i+1] {
		switch {
		case s.Conn != now.Conn || s.Fate == "injected" || s.Seq == nil:
		case s.Dir == now.Dir:
			end := *s.Seq + s.Len
			if strings.Contains(s.Flags, "F") {
				end++
			}
			if end > *s.Seq && !slices.Contains(ends, end) {
				ends = append(ends, end)
			}
		case s.Ack != nil && s.Arrived != nil && *s.Arrived <= now.T:
			acked = max(acked, *s.Ack)
		}
	}
	out := 0
	for _, end := range ends {
		if end > acked {
			out++
		}
	}
	return out
}

// usOf turns a recording's seconds into microseconds.
func usOf(seconds float64) Duration { return Duration(math.Round(seconds * 1e6)) }

// translate writes the scenario that the recording was made from.
func (rec *recording) translate() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("profile linux")
	say("link delay %s", formatTime(rec.delay()))
	if mtu := rec.Network.MTU; mtu != 0 && mtu != 1500 {
		say("mtu %d", mtu)
	}
	for i, host := range roles {
		names := make([]string, 0, len(rec.Sysctls[host]))
		for name := range rec.Sysctls[host] {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			if value := rec.Sysctls[host][name]; rec.matters(i, name, value) {
				say("sysctl %s %s %s", host, name, value)
			}
		}
	}
	for _, r := range rec.Network.Rules {
		say("rule %v%s%s", r["do"], hostOf(r["dir"]), keysOf(r))
	}
	for _, in := range rec.Network.Injections {
		at := formatTime(usOf(in["at"].(float64)))
		if replay, ok := in["replay"].(map[string]any); ok {
			pick := ""
			if n, ok := in["pick"].(float64); ok {
				pick = pickOf(int(n))
			} else if n, ok := replay["pick"].(float64); ok {
				pick = pickOf(int(n))
			}
			say("at %s inject%s replay%s%s", at, hostOf(in["dir"]), keysOf(replay), pick)
			continue
		}
		if win, ok := in["win"].(float64); ok {
			in["win"] = math.Ldexp(win, rec.scale(in))
		}
		say("at %s inject%s%s", at, hostOf(in["dir"]), keysOf(in))
	}
	for _, host := range roles {
		for _, s := range rec.AppScript[host] {
			words := []string{host + ":"}
			switch {
			case s.At != nil:
				words = append(words, "at", formatTime(usOf(max(0, *s.At))))
			case s.After != nil:
				words = append(words, "after", formatTime(usOf(*s.After)))
			}
			words = append(words, s.Op)
			if s.FD != "" {
				words = append(words, s.FD)
			}
			if s.New != "" {
				words = append(words, s.New)
			}
			for _, a := range s.Args {
				words = append(words, valueOf(a))
			}
			say("%s", strings.Join(words, " "))
		}
	}
	return b.String()
}

// scale is by how many bits the kernel shifts the window of an injected segment:
// the recordings give what stands in its header, the notation counts bytes.
func (rec *recording) scale(in map[string]any) int {
	if flags, _ := in["flags"].(string); strings.Contains(flags, "S") {
		return 0
	}
	shift := map[string]*int{}
	for _, s := range rec.Segments {
		if strings.Contains(s.Flags, "S") && s.Fate != "injected" {
			shift[s.Dir] = s.Opts.WS
		}
	}
	if shift["c2s"] == nil || shift["s2c"] == nil {
		return 0
	}
	return *shift[fmt.Sprint(in["dir"])]
}

// pickOf counts as the notation does: from 1, or negative from the end. The
// recordings count from 0.
func pickOf(n int) string {
	if n >= 0 {
		n++
	}
	return fmt.Sprintf(" pick=%d", n)
}

// matters tells whether a parameter changes the profile's machine.
func (rec *recording) matters(side int, name, value string) bool {
	m := profileNamed("linux").machine
	before := m
	var v, w int
	n, err := fmt.Sscan(value, &v, &w)
	if n == 0 && err != nil || !slices.Contains(sysctlNames(), name) {
		return false
	}
	m.apply(name, v, w)
	return m != before
}

// delay is how long the wire took in the median.
func (rec *recording) delay() Duration {
	var took []float64
	for _, s := range rec.Segments {
		if s.Fate == "delivered" && s.Arrived != nil {
			took = append(took, *s.Arrived-s.T)
		}
	}
	if len(took) == 0 {
		return 50 * ms
	}
	sort.Float64s(took)
	return usOf(took[len(took)/2])
}

func hostOf(dir any) string {
	switch dir {
	case "c2s":
		return " client"
	case "s2c":
		return " server"
	}
	return ""
}

func valueOf(v any) string {
	switch v := v.(type) {
	case float64:
		return fmt.Sprintf("%d", int(v))
	case bool:
		if v {
			return "1"
		}
		return "0"
	case []any:
		var parts []string
		for _, p := range v {
			parts = append(parts, valueOf(p))
		}
		return strings.Join(parts, " ")
	}
	return fmt.Sprint(v)
}

// said are keys that a line says in another way, or that are no part of it.
var said = []string{"name", "do", "dir", "matched", "at", "replay", "pick", "note"}

// keysOf writes the keys of a rule, an injection or a replay, in a fixed order.
// One that it does not know stays as it is, and is no line of the notation.
func keysOf(m map[string]any) string {
	var b strings.Builder
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		v := m[key]
		if v == nil || v == false || slices.Contains(said, key) {
			continue
		}
		switch {
		case key == "after_t":
			fmt.Fprintf(&b, " after=%s", formatTime(usOf(v.(float64))))
		case key == "by":
			fmt.Fprintf(&b, " by=%s", formatTime(usOf(v.(float64))))
		case key == "conn":
			fmt.Fprintf(&b, " conn=%s", strings.TrimPrefix(valueOf(v), "conn"))
		case v == true:
			b.WriteString(" " + key)
		default:
			fmt.Fprintf(&b, " %s=%s", key, strings.ReplaceAll(valueOf(v), " ", ","))
		}
	}
	return b.String()
}

// ---- The model's side.

// modelSegment is one segment that an end of the model sent.
type modelSegment struct {
	conn, side int
	flags      string
	seq, ack   int
	raw        tcp.Seq // seq as it is
	length     int
	fate       string
	event      int
	arrival    int // event; -1 when it did not arrive
	matched    *recSegment
}

// comparison holds one recording against one run.
type comparison struct {
	rec         *recording
	run         *run
	events      []Event
	end         float64              // of the recording, seconds
	segments    [][2][]*modelSegment // by connection and sender
	when        map[int]float64      // event -> when the kernel did the same
	differences []string
}

func (c *comparison) differ(format string, args ...any) {
	c.differences = append(c.differences, fmt.Sprintf(format, args...))
}

// compareAnyLag compares with timers that fire when they are due and, should
// that differ, with timers that fire as late as the kernel's do: whether a timer
// or an arrival comes first is decided by that, for example when both ends
// repeat a segment after the same second. Only where the kernel's clock stood
// when the recording began is not known, so each place is tried. What is sent in
// one instant of the model leaves a kernel one by one, and a program that the
// first wakes may be faster than the next: so that is tried, too.
func compareAnyLag(rec *recording, sc *Scenario) *comparison {
	const apart = 60 // microseconds
	if c := compare(rec, sc, nil, 0); len(c.differences) == 0 || rec.beyond() != "" {
		return c
	}
	for _, apart := range []Duration{0, apart} {
		if c := compare(rec, sc, nil, apart); len(c.differences) == 0 {
			return c
		}
		for phase := Instant(0); phase < 256_000; phase += 2000 {
			if c := compare(rec, sc, &wheelClock{phase}, apart); len(c.differences) == 0 {
				return c
			}
		}
	}
	return compare(rec, sc, nil, 0)
}

// wheelClock is the kernel's timer wheel: it counts jiffies, and puts a timer
// into a bucket that is the coarser the longer the wait (calc_wheel_index).
type wheelClock struct{ phase Instant }

func (w *wheelClock) fires(start, due Instant) Instant {
	const jiffy = 4000
	from := (start + w.phase) / jiffy
	expires := from + (due-start+jiffy-1)/jiffy
	shift := 0
	for wait := expires - from; wait >= 63<<shift && shift < 24; {
		shift += 3
	}
	return ((expires>>shift)+1)<<shift*jiffy - w.phase
}

func compare(rec *recording, sc *Scenario, wheel *wheelClock, apart Duration) *comparison {
	c := &comparison{rec: rec, run: newRun(settle(sc, nil)), when: map[int]float64{}}
	c.run.tampered, c.run.apart = true, apart
	if wheel != nil {
		c.run.lag = func(s *socket, due Instant) Instant {
			start := s.host.run.now
			for _, began := range s.started {
				if e := &c.run.events[began]; e.Ev == Timer && e.Due == due && e.Conn == s.number {
					start = e.At
				}
			}
			return wheel.fires(start, due)
		}
	}
	for c.run.step() {
	}
	c.events = c.run.events
	for _, s := range rec.Segments {
		s.matched = nil // from a comparison before
		c.end = max(c.end, s.T)
		if s.Arrived != nil {
			c.end = max(c.end, *s.Arrived)
		}
	}
	for _, s := range rec.States {
		c.end = max(c.end, s.T)
	}
	for _, s := range rec.Syscalls {
		c.end = max(c.end, s.Returned)
	}
	c.collectSegments()
	c.compareSegments()
	c.compareCalls()
	c.compareStates()
	c.compareTimes()
	return c
}

// late tells whether the kernel may have done later than the recording lasts
// what the model did at an event.
func (c *comparison) late(event int) bool {
	return float64(c.events[event].At)/1e6+0.002 > c.end || c.events[event].At > 0 && c.slackAt(event) > c.end
}

// slackAt is the latest moment at which the kernel can have done the same.
func (c *comparison) slackAt(event int) float64 {
	_, wait := c.root(event)
	at := float64(c.events[event].At) / 1e6
	if wait > 0 {
		at += wheel(wait)
	}
	return at
}

func (c *comparison) collectSegments() {
	number := map[*flow]int{}
	arrived := map[int]int{}
	for i, e := range c.events {
		if e.Ev == Arrived || e.Ev == Lost {
			arrived[e.Seg] = i
		}
	}
	for _, t := range c.run.carried {
		n, known := number[t.flow]
		if !known {
			n = len(c.segments)
			number[t.flow] = n
			c.segments = append(c.segments, [2][]*modelSegment{})
		}
		seg := t.segment
		m := &modelSegment{
			conn: n, side: t.from, flags: flagLetters(seg.Flags), length: len(seg.Text),
			seq: t.flow.first[t.from].To(seg.Seq), raw: seg.Seq, event: t.event, arrival: -1, fate: "dropped",
		}
		if seg.Flags.Has(tcp.ACK) {
			m.ack = t.flow.first[1-t.from].To(seg.Ack)
		}
		if i, ok := arrived[t.id]; ok && c.events[i].Ev == Arrived {
			m.arrival, m.fate = i, "delivered"
		}
		c.segments[n][t.from] = append(c.segments[n][t.from], m)
	}
}

// letterSet puts flags in the order of the notation.
func letterSet(word string) string {
	var b strings.Builder
	for _, l := range letters {
		if strings.ContainsRune(word, l) {
			b.WriteRune(l)
		}
	}
	return b.String()
}

// same tells whether the two ends did the same.
func (m *modelSegment) same(s *recSegment) bool {
	unnumbered := m.raw == 0 && s.SeqRaw != nil && *s.SeqRaw == 0 // a RST to what had no ACK
	return m.flags == letterSet(s.Flags) && (s.Seq == nil || unnumbered || sameNumber(*s.Seq, m.seq)) && m.length == s.Len && m.fate == s.Fate &&
		(!strings.Contains(m.flags, "A") || s.Ack == nil || sameNumber(*s.Ack, m.ack))
}

// sameNumber compares two numbers that count from the first of a connection.
// One of another incarnation lies as far off as the clock of first numbers ran
// in between, to which each microsecond of the recording adds sixteen.
func sameNumber(a, b int) bool {
	const far, clock = 1 << 20, 20_000 * 16
	off := max(a-b, b-a)
	return off == 0 || max(a, -a) > far && off < clock
}

func (m *modelSegment) String() string {
	return fmt.Sprintf("%-4s seq %d ack %d len %d %s", m.flags, m.seq, m.ack, m.length, m.fate)
}

func (s *recSegment) String() string {
	seq, ack := "-", "0"
	if s.Seq != nil {
		seq = fmt.Sprint(*s.Seq)
	}
	if s.Ack != nil {
		ack = fmt.Sprint(*s.Ack)
	}
	return fmt.Sprintf("%-4s seq %s ack %s len %d %s", letterSet(s.Flags), seq, ack, s.Len, s.Fate)
}

// compareSegments aligns what each side of each connection sent.
func (c *comparison) compareSegments() {
	number := map[string]int{}
	byConn := [][2][]*recSegment{}
	for _, s := range c.rec.Segments {
		if s.Fate == "injected" {
			continue
		}
		n, known := number[s.Conn]
		if !known {
			n = len(byConn)
			number[s.Conn] = n
			byConn = append(byConn, [2][]*recSegment{})
		}
		side := 0
		if s.Dir == "s2c" {
			side = 1
		}
		s.number = n
		byConn[n][side] = append(byConn[n][side], s)
	}
	for n := range max(len(byConn), len(c.segments)) {
		for side := range roles {
			var a []*recSegment
			var b []*modelSegment
			if n < len(byConn) {
				a = byConn[n][side]
			}
			if n < len(c.segments) {
				b = c.segments[n][side]
			}
			c.align(a, b)
		}
	}
}

// align pairs two lists by their longest common subsequence.
func (c *comparison) align(a []*recSegment, b []*modelSegment) {
	best := make([][]int, len(a)+1)
	for i := range best {
		best[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if b[j].same(a[i]) {
				best[i][j] = max(best[i][j], best[i+1][j+1]+1)
			}
		}
	}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && b[j].same(a[i]) && best[i][j] == best[i+1][j+1]+1:
			a[i].matched, b[j].matched = b[j], a[i]
			c.when[b[j].event] = a[i].T
			if b[j].arrival >= 0 && a[i].Arrived != nil {
				c.when[b[j].arrival] = *a[i].Arrived
			}
			i++
			j++
		case i < len(a) && (j == len(b) || best[i+1][j] >= best[i][j+1]):
			if !c.raceOfKernel(a, i) {
				c.differ("only the kernel sends at %.3f %s conn%d: %v", a[i].T, a[i].Dir, a[i].number+1, a[i])
			}
			i++
		default:
			if !c.raceOfModel(b, j) && !c.late(b[j].event) {
				c.differ("only the model sends at %s %s conn%d: %v", formatTime(Duration(c.events[b[j].event].At)), roles[b[j].side], b[j].conn+1, b[j])
			}
			j++
		}
	}
}

// raceOfKernel excuses a bare ACK next to a segment that says as much or more:
// of segments that arrive together some are merged (GRO), and which of them
// wakes the reader, who then may set an ACK free, is a race. A connection that
// never carried text delays its ACK by nothing, until the next tick; whether
// the application's close comes first is a race too.
func (c *comparison) raceOfKernel(a []*recSegment, i int) bool {
	if letterSet(a[i].Flags) != "A" || a[i].Len > 0 || i+1 == len(a) || a[i].Ack == nil || a[i+1].Ack == nil {
		return false
	}
	gap := a[i+1].T - a[i].T
	burst := 0
	for _, s := range c.rec.Segments {
		if s.Arrived != nil && s.Dir != a[i].Dir && math.Abs(*s.Arrived-a[i].T) < 0.0015 && s.Conn == a[i].Conn {
			burst++
		}
	}
	return *a[i].Ack <= *a[i+1].Ack && gap < 0.0015 && burst > 1 ||
		*a[i].Ack == *a[i+1].Ack && gap < 0.006 && c.idleACK()
}

func (c *comparison) raceOfModel(b []*modelSegment, j int) bool {
	if b[j].flags != "A" || b[j].length > 0 || j+1 == len(b) {
		return false
	}
	at := c.events[b[j].event].At
	gap := c.events[b[j+1].event].At - at
	burst := 0
	for _, other := range c.segments[b[j].conn][1-b[j].side] {
		if other.arrival >= 0 && c.events[other.arrival].At == at {
			burst++
		}
	}
	return b[j].ack <= b[j+1].ack && gap < 1500 && burst > 1 || b[j].ack == b[j+1].ack && gap < 6000 && c.idleACK()
}

// idleACK tells whether the model had an ACK that was delayed by nothing.
func (c *comparison) idleACK() bool {
	for _, e := range c.events {
		if e.Ev == Timer && e.Timer == tcp.DelayedACK.String() && e.Do == doStart && Duration(e.Due-e.At) <= 4*ms {
			return true
		}
	}
	return false
}

// compareCalls holds the results of each process against each other, in order.
func (c *comparison) compareCalls() {
	for _, host := range roles {
		var calls []*recCall
		for _, s := range c.rec.Syscalls {
			if s.Host == host {
				calls = append(calls, s)
			}
		}
		sort.SliceStable(calls, func(i, j int) bool { return calls[i].T < calls[j].T })
		called := -1
		read := 0
		for i, e := range c.events {
			if e.Host != host {
				continue
			}
			switch e.Ev {
			case Call:
				called, read = i, 0
			case Read:
				read += e.Len
			case Return:
				calls = c.compareCall(calls, called, i, read)
				called = -1
			}
		}
		if called >= 0 && c.events[called].Call == "recv_eof" { // which waits for the end still
			for len(calls) > 0 && calls[0].Call == "recv" && calls[0].Ret > 0 {
				read -= calls[0].Ret
				calls = calls[1:]
			}
			if read != 0 {
				c.differ("the %s's last recv_eof has read %d bytes more in the model", host, read)
			}
		}
		for _, s := range calls {
			c.differ("only the kernel's %s returns at %.3f from %s(%s)", host, s.Returned, s.Call, s.FD)
		}
	}
}

// compareCall takes what the recording has for one step and returns the rest.
func (c *comparison) compareCall(calls []*recCall, called, returned, read int) []*recCall {
	e := c.events[returned]
	if e.Call == "sleep" {
		if len(calls) > 0 && calls[0].Call == "sleep" {
			c.when[called], c.when[returned] = calls[0].T, calls[0].Returned
			return calls[1:]
		}
		return calls
	}
	if len(calls) == 0 {
		if !c.late(returned) {
			c.differ("only the model's %s returns at %s from %s(%s)", e.Host, formatTime(Duration(e.At)), e.Call, e.FD)
		}
		return nil
	}
	first, got := calls[0], 0
	for e.Call == "recv_eof" && len(calls) > 1 && calls[0].Ret > 0 && calls[1].Call == calls[0].Call {
		got += calls[0].Ret
		calls = calls[1:]
	}
	s := calls[0]
	if e.Call == "recv_eof" && len(calls) == 1 && s.Call == "recv" && s.Ret > 0 && got+s.Ret == read && c.late(returned) {
		c.when[called] = first.T // it has read all that came, and waits for the end still
		return nil
	}
	c.when[called], c.when[returned] = first.T, s.Returned
	name := map[string]string{"recv_eof": "recv"}[e.Call]
	if name == "" {
		name = e.Call
	}
	said, sameRet := s.Errno, s.Ret == e.Ret
	if e.Call == "so_error" { // the recordings name the error they read in one way or another
		sameRet = true
		if word := fmt.Sprint(s.Ret, s.Meaning); e.Errno != "" && strings.Contains(word, string(e.Errno)) {
			said = string(e.Errno)
		} else if s.Meaning != nil && s.Meaning != "0" {
			said = word
		}
	}
	if s.Call != name && s.Call != e.Call || s.FD != e.FD || !sameRet || said != string(e.Errno) {
		c.differ("the %s's call at %.3f: kernel %s(%s) = %d %s, model %s(%s) = %d %s", e.Host, first.T, s.Call, s.FD, s.Ret, said, e.Call, e.FD, e.Ret, e.Errno)
	}
	if e.Call == "recv_eof" && got != read {
		c.differ("the %s reads until the end at %.3f: kernel %d bytes, model %d", e.Host, first.T, got, read)
	}
	return calls[1:]
}

// socketPath is the life of one socket.
type socketPath struct {
	host     string
	to       []string
	at       []float64
	source   []string
	restarts int
	// restarts that the recording may not show: it ends, or they come too soon
	lateRestarts int
	replaced     bool
	event        []int
}

// compareStates holds the path of each socket against the model's, in the order
// in which the sockets of a host came to be.
func (c *comparison) compareStates() {
	if len(c.rec.States) == 0 {
		return // it was recorded on the wire and at the calls alone
	}
	kernel, model := c.kernelPaths(), c.modelPaths()
	for i, host := range roles {
		for n := range max(len(kernel[i]), len(model[i])) {
			switch {
			case n >= len(model[i]):
				c.differ("the %s's socket %d exists only in the kernel: %s", host, n+1, strings.Join(kernel[i][n].to, " "))
			case n >= len(kernel[i]):
				if !c.late(model[i][n].event[0]) {
					c.differ("the %s's socket %d exists only in the model: %s", host, n+1, strings.Join(model[i][n].to, " "))
				}
			default:
				c.comparePath(host, n, kernel[i][n], model[i][n])
			}
		}
	}
}

func (c *comparison) comparePath(host string, n int, k, m *socketPath) {
	// Which port the kernel takes, and with it whose TIME_WAIT a new
	// connection replaces, is chance.
	if k.replaced != m.replaced && c.portsAreChosen() {
		trim := func(p *socketPath) {
			if p.replaced {
				p.to = p.to[:len(p.to)-1]
			}
		}
		trim(k)
		trim(m)
	}
	for len(m.to) > len(k.to) && c.late(m.event[len(m.to)-1]) {
		last := len(m.to) - 1
		m.to, m.event = m.to[:last], m.event[:last]
	}
	// A request that ends before it becomes a socket ends unseen.
	if len(k.to) == 1 && k.to[0] == "SYN_RCVD" && len(m.to) == 2 && m.to[1] == "CLOSED" {
		m.to = m.to[:1]
	}
	if !slices.Equal(k.to, m.to) {
		c.differ("the %s's socket %d: kernel %s, model %s", host, n+1, strings.Join(k.to, " "), strings.Join(m.to, " "))
		return
	}
	if k.restarts > 0 && m.restarts+m.lateRestarts == 0 || k.restarts == 0 && m.restarts > 0 {
		c.differ("the %s's socket %d: TIME_WAIT is restarted %d times by the kernel, %d by the model", host, n+1, k.restarts, m.restarts)
	}
	if k.replaced || m.replaced {
		return
	}
	for i := range k.to {
		at := k.at[i]
		if strings.HasPrefix(k.source[i], "diag") {
			at = -at // found by looking now and then
		}
		c.when[m.event[i]] = at
	}
}

func (c *comparison) portsAreChosen() bool {
	for _, s := range c.rec.AppScript["client"] {
		if s.Op == "bind" && len(s.Args) == 1 && s.Args[0] != 0.0 {
			return false
		}
	}
	return true
}

func (c *comparison) kernelPaths() (paths [2][]*socketPath) {
	type key struct {
		host         string
		lport, rport int
	}
	latest, before := map[key]*socketPath{}, map[key]*socketPath{}
	for i, s := range c.rec.States {
		if s.Lport == 0 || c.rec.fruitless(i) {
			continue // a connect() that found no port: it was SYN_SENT for no time
		}
		k := key{s.Host, s.Lport, s.Rport}
		to := strings.Replace(s.To, "SYN_RECV", "SYN_RCVD", 1)
		p := latest[k]
		if s.Frm == "CLOSED" && to == "SYN_SENT" || s.Frm == "LISTEN" {
			p = &socketPath{host: s.Host}
			before[k], latest[k] = latest[k], p
			paths[slices.Index(roles, s.Host)] = append(paths[slices.Index(roles, s.Host)], p)
		}
		if strings.Contains(s.Note, "replaced by a new socket") && before[k] != nil {
			p = before[k]
			p.replaced = true
		}
		if p == nil {
			continue
		}
		if s.Frm == s.To {
			if s.To == "TIME_WAIT" {
				p.restarts++
			}
			continue
		}
		p.to, p.at, p.source = append(p.to, to), append(p.at, s.T), append(p.source, s.Source)
	}
	return paths
}

// fruitless tells of the states of a connect() that found its 4-tuple taken: it
// was SYN_SENT for no time and sent nothing, and the model does not open the
// connection. They stand beside those of the connection that holds the 4-tuple.
func (rec *recording) fruitless(i int) bool {
	s := rec.States[i]
	for _, other := range rec.States {
		if s.Host != other.Host || s.Lport != other.Lport || s.Rport != other.Rport {
			continue
		}
		begun, ended := s, other
		if s.To == "CLOSED" {
			begun, ended = other, s
		}
		if begun.Frm == "CLOSED" && begun.To == "SYN_SENT" && ended.Frm == "SYN_SENT" && ended.To == "CLOSED" && begun.T <= ended.T && ended.T < begun.T+measuring {
			return true
		}
	}
	return false
}

func (c *comparison) modelPaths() (paths [2][]*socketPath) {
	byConn := map[string]*socketPath{}
	for i, e := range c.events {
		id := fmt.Sprint(e.Host, e.Conn)
		switch {
		case e.Ev == State && e.To == "LISTEN" || e.Ev == State && e.From == "LISTEN" && e.To == "CLOSED":
		case e.Ev == State:
			p := byConn[id]
			if p == nil {
				p = &socketPath{host: e.Host}
				byConn[id] = p
				paths[slices.Index(roles, e.Host)] = append(paths[slices.Index(roles, e.Host)], p)
			}
			p.to, p.event = append(p.to, e.To), append(p.event, i)
			p.replaced = p.replaced || e.Why == string(tcp.WhyReopened) || e.Why == string(tcp.WhyTakenOver)
		case e.Ev == Timer && e.Timer == "TIME_WAIT" && e.Do == doAgain && byConn[id] != nil:
			if p := byConn[id]; c.late(i) || Duration(e.At-c.events[p.event[len(p.event)-1]].At) < 70*ms {
				byConn[id].lateRestarts++
			} else {
				byConn[id].restarts++
			}
		}
	}
	return paths
}

// wheel is how much later than its due time the kernel's timer may fire: a step
// of its wheel, a jiffy, and a millisecond of measuring.
func wheel(wait Duration) float64 {
	const jiffy = 0.004
	step := jiffy
	switch {
	case wait >= 131*tcp.Second:
		step = 16.4
	case wait >= 16384*ms:
		step = 2.048
	case wait >= 2048*ms:
		step = 0.256
	case wait >= 256*ms:
		step = 0.032
	}
	return step + jiffy + measuring
}

// measuring is how far off a recording's times may be.
const measuring = 0.001

// root follows causes back to what began the instant of an event; wait is how
// long a timer ran whose firing that was.
func (c *comparison) root(event int) (first int, wait Duration) {
	first = event
	for {
		cause, ok := c.events[first].Cause.Index()
		if !ok {
			return first, 0
		}
		if c.events[cause].At != c.events[event].At {
			if c.events[first].Ev == Timer {
				return first, Duration(c.events[cause].Due - c.events[cause].At)
			}
			return first, 0
		}
		first = cause
	}
}

// compareTimes holds the intervals between cause and effect against what the
// kernel's timers allow.
func (c *comparison) compareTimes() {
	for i, e := range c.events {
		at, known := c.when[i]
		if sent, _ := e.Cause.Index(); known && e.Ev == Arrived {
			if left, ok := c.when[sent]; ok && math.Abs(at-left-float64(e.At-c.events[sent].At)/1e6) > 0.006 {
				c.differ("%s: segment %d is under way for %.4f s, in the model for %.4f", e.Host, e.Seg, at-left, float64(e.At-c.events[sent].At)/1e6)
			}
		}
		if !known || e.Ev != Sent && e.Ev != State && e.Ev != Return {
			continue
		}
		slack := 0.006
		if at < 0 && e.Ev == State {
			at, slack = -at, 0.066
		}
		first, wait := c.root(i)
		base, ok := c.when[first]
		if wait > 0 {
			start, _ := c.events[first].Cause.Index()
			base, ok = c.instant(start)
			slack += wheel(wait)
		}
		if !ok || base < 0 && e.Ev != Call {
			continue
		}
		got, want := at-base, float64(wait)/1e6
		if wait > 0 && got < want-0.0045 && c.sinceRepeats(i, at) {
			continue
		}
		if got < want-0.0045 || got > want+slack {
			c.differ("%s: %s takes the kernel %.4f s and the model %.4f", e.Host, e.what(map[int]string{}), got, want)
		}
	}
}

// sinceRepeats tells whether a wait that is shorter than the model's ends as
// long after an earlier firing as the model's does: a user timeout counts from
// the first repetition, so that what the wheel lost before is not lost again.
func (c *comparison) sinceRepeats(event int, at float64) bool {
	host := c.events[event].Host
	uses := false
	for _, s := range c.rec.AppScript[host] {
		uses = uses || s.Op == "setsockopt" && len(s.Args) > 0 && s.Args[0] == "TCP_USER_TIMEOUT"
	}
	for first, _ := c.root(event); uses; {
		start, ok := c.events[first].Cause.Index()
		if !ok {
			return false
		}
		if base, known := c.instant(start); known {
			want := float64(c.events[event].At-c.events[start].At) / 1e6
			if got := at - base; got >= want-0.0045 && got <= want+0.006+wheel(Duration(want*1e6)) {
				return true
			}
		}
		if first, _ = c.root(start); c.events[first].Ev != Timer {
			return false
		}
	}
	return false
}

// instant is when the kernel was at what the model did at an event, by any
// other event of that host and instant.
func (c *comparison) instant(event int) (float64, bool) {
	at, host := c.events[event].At, c.events[event].Host
	first := event
	for first > 0 && c.events[first-1].At == at {
		first--
	}
	best, found := 0.0, false
	for i := first; i < len(c.events) && c.events[i].At == at; i++ {
		if t, ok := c.when[i]; ok && c.events[i].Host == host && c.events[i].Conn == c.events[event].Conn && t > 0 {
			best, found = t, true
		}
	}
	return best, found
}

// report prints the differences, and both ladders side by side.
func (c *comparison) report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", c.rec.Description)
	for _, d := range c.differences {
		fmt.Fprintf(&b, "  %s\n", d)
	}
	type row struct {
		at          float64
		left, right string
	}
	var rows []row
	for _, s := range c.rec.Segments {
		r := row{at: s.T, left: fmt.Sprintf("%8.3f %s %s %v", s.T, s.Conn, s.Dir, s)}
		if s.matched != nil {
			r.right = fmt.Sprintf("%-8s", formatTime(Duration(c.events[s.matched.event].At)))
		} else if s.Fate != "injected" {
			r.right = "--"
		}
		rows = append(rows, r)
	}
	for _, conn := range c.segments {
		for _, side := range conn {
			for _, m := range side {
				if m.matched == nil {
					at := c.events[m.event].At
					rows = append(rows, row{float64(at) / 1e6, "--", fmt.Sprintf("%-8s %s %v", formatTime(Duration(at)), roles[m.side], m)})
				}
			}
		}
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].at < rows[j].at })
	fmt.Fprintf(&b, "  %-70s | model\n", "kernel")
	for _, r := range rows {
		fmt.Fprintf(&b, "  %-70s | %s\n", r.left, r.right)
	}
	return b.String()
}
