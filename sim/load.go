package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fourwaves/sim/tcp"
)

// This file is many short connections: what a load line says, and the
// applications at both ends of each connection. They use the same host and the
// same TCP as every other application.

// load is what the load lines of one host say together.
type load struct {
	rate     int // connect() calls, or requests of a pool, in a thousand seconds
	count    int // of them; 0 is as many as fit into span
	span     Duration
	life     Duration // from connect() to TIME_WAIT
	lag      Duration // from the end of file to close(), of the end that closes second
	closer   string   // name of the host that closes first; empty is the one that connects
	to       int      // ports of the other host, in turn
	from     int      // addresses of the one that connects, in turn
	pool     int      // connections that are kept and used again; 0 is a new one for each request
	request  int      // bytes
	response int
	abort    bool     // who closes first resets the connection (SO_LINGER with no time)
	every    Duration // between counters; 0 is a hundredth of the load
	show     int      // connections with all their events; negative is all of a small load, few of a large one
}

// Loads of more connections than smallLoad show only specimens.
const (
	smallLoad   = 200
	specimens   = 3
	maxRate     = 1_000_000 // connections per second
	maxLoad     = 1_000_000 // connections
	maxPool     = 1000
	maxDestined = 1000
)

var usualLoad = load{
	rate: 10_000, count: 100, life: 30 * ms, request: 100, response: 200, to: 1, from: 1, show: -1,
}

// loadKey is one setting of a load line: how its value is read and written.
type loadKey struct {
	name  string
	read  func(p *parser, w string) (loadValue, *Problem)
	write func(v loadValue) string
	set   func(l *load, v loadValue)
}

// loadValue is what a line gives for a key; which field counts depends on it.
type loadValue struct {
	given bool
	n     int
	span  Duration
	word  string
}

func loadTime(name string, set func(l *load, d Duration)) loadKey {
	return loadKey{name,
		func(p *parser, w string) (loadValue, *Problem) {
			d, bad := p.parseSpan(w, name)
			return loadValue{span: d}, bad
		},
		func(v loadValue) string { return formatTime(v.span) },
		func(l *load, v loadValue) { set(l, v.span) }}
}

func loadNumber(name string, lo, hi int, set func(l *load, n int)) loadKey {
	return loadKey{name,
		func(p *parser, w string) (loadValue, *Problem) {
			n, bad := p.number(w, lo, hi)
			return loadValue{n: n}, bad
		},
		func(v loadValue) string { return strconv.Itoa(v.n) },
		func(l *load, v loadValue) { set(l, v.n) }}
}

// loadKeys are all settings, in the order in which a line is written.
var loadKeys = []loadKey{
	{"rate",
		func(p *parser, w string) (loadValue, *Problem) {
			n, ok := fixed(w, 1000)
			if !ok || n < 1 || n > maxRate*1000 {
				return loadValue{}, p.fail("bad-number", "%q is no rate: write connections per second, from 0.001 to %d, such as 4.9", w, maxRate)
			}
			return loadValue{n: int(n)}, nil
		},
		func(v loadValue) string { return decimal(int64(v.n), 1000) },
		func(l *load, v loadValue) { l.rate = v.n }},
	loadTime("for", func(l *load, d Duration) { l.span, l.count = d, 0 }),
	loadNumber("count", 1, maxLoad, func(l *load, n int) { l.count, l.span = n, 0 }),
	loadTime("life", func(l *load, d Duration) { l.life = d }),
	loadTime("lag", func(l *load, d Duration) { l.lag = d }),
	{"close",
		func(p *parser, w string) (loadValue, *Problem) {
			names := namesOf(p.places)
			if !slices.Contains(names, w) {
				return loadValue{}, p.fail("unknown", "%q cannot close first: it is none of the hosts %s", w, strings.Join(names, ", "))
			}
			return loadValue{word: w}, nil
		},
		func(v loadValue) string { return v.word },
		func(l *load, v loadValue) { l.closer = v.word }},
	loadNumber("to", 1, maxDestined, func(l *load, n int) { l.to = n }),
	loadNumber("from", 1, maxDestined, func(l *load, n int) { l.from = n }),
	loadNumber("pool", 0, maxPool, func(l *load, n int) { l.pool = n }),
	loadNumber("request", 1, 65536, func(l *load, n int) { l.request = n }),
	loadNumber("response", 1, 65536, func(l *load, n int) { l.response = n }),
	{"linger",
		func(p *parser, w string) (loadValue, *Problem) {
			if w != "off" && w != "0" {
				return loadValue{}, p.fail("unknown", "%q is not how a load lingers: write linger=0 for a reset instead of a FIN, or linger=off", w)
			}
			return loadValue{word: w}, nil
		},
		func(v loadValue) string { return v.word },
		func(l *load, v loadValue) { l.abort = v.word == "0" }},
	loadTime("every", func(l *load, d Duration) { l.every = d }),
	loadNumber("show", 0, smallLoad, func(l *load, n int) { l.show = n }),
}

// loadSettings are what one line gives, in the order of loadKeys.
type loadSettings [14]loadValue

// load reads `load client rate=10 for=10s life=30ms close=client`.
func (p *parser) load(l *line) (bad *Problem) {
	if l.host, bad = p.hostName(); bad != nil {
		return bad
	}
	names := make([]string, len(loadKeys))
	for i, k := range loadKeys {
		names[i] = k.name
	}
	for first := true; first || p.next < len(p.words); first = false {
		name, value, bad := p.key(names)
		if bad != nil {
			return bad
		}
		i := slices.Index(names, name)
		if l.load[i].given {
			return p.fail("twice", "%s= is given twice", name)
		}
		if l.load[i], bad = loadKeys[i].read(p, value); bad != nil {
			return bad
		}
		l.load[i].given = true
		if name == "from" {
			for _, place := range p.places {
				if n := len(place.addrs); place.name == l.host && n < l.load[i].n {
					return p.fail("bad-number", "the %s has only %d of these addresses: give it more by a line such as \"host %s 10.0.0.1 10.0.0.11\"", l.host, n, l.host)
				}
			}
		}
	}
	return nil
}

// String writes the settings, each after a blank.
func (given loadSettings) String() string {
	var b strings.Builder
	for i, k := range loadKeys {
		if given[i].given {
			fmt.Fprintf(&b, " %s=%s", k.name, k.write(given[i]))
		}
	}
	return b.String()
}

// names is what a load line sets: a later line that sets the same replaces it.
func (given loadSettings) names() string {
	var b strings.Builder
	for i, k := range loadKeys {
		if given[i].given {
			b.WriteString(" " + k.name)
		}
	}
	return b.String()
}

// change sets what a line names.
func (l *load) change(to loadSettings) {
	for i, k := range loadKeys {
		if to[i].given {
			k.set(l, to[i])
		}
	}
}

// due is the instant of the nth connection, from 0.
func (l *load) due(n int) Instant { return Instant(int64(n) * 1_000_000_000 / int64(l.rate)) }

// connections is how many connect() calls, or requests, the load makes.
func (l *load) connections() int {
	if l.count > 0 {
		return l.count
	}
	return int((int64(l.span)*int64(l.rate) + 999_999_999) / 1_000_000_000) // of the instants below span
}

// interval is the time between counters.
func (l *load) interval() Duration {
	if l.every > 0 {
		return l.every
	}
	span := int64(l.due(l.connections()))
	return Duration(max(niceStep(max(span, 1), "time"), 1000))
}

// shown is how many connections have all their events shown.
func (l *load) shown() int {
	switch n := l.connections(); {
	case l.show >= 0:
		return l.show
	case n > smallLoad:
		return specimens
	default:
		return n
	}
}

// loader runs one load: the applications of all its connections.
type loader struct {
	load
	run     *run
	host    *host // that connects
	peer    *host
	total   int
	next    int // connect() call or request
	shows   int // connections still to be shown
	failed  map[tcp.Errno]bool
	idle    []*socket // of the pool, longest idle first
	pooled  int       // connections that the pool has, or is opening
	waiting int       // requests that wait for one
	left    int       // requests of the pool that are not yet answered
}

// errand is the application at one end of a connection of a load. A socket
// without a loader belongs to another application.
type errand struct {
	loader  *loader
	serves  bool
	began   Instant // of connect()
	ready   bool    // the handshake is over
	asked   bool    // the request is sent, or on the server's side the response
	got     int     // bytes read of the other's message
	ended   bool    // end of file
	endedAt Instant
	done    bool // the exchange is over
	closed  bool // close() was called
	gone    bool // the connection is over or at rest, and its memory given back
	queued  bool // a look is on the agenda
}

// loaderOf is the load that a connection of a host belongs to: its own, or one
// that it serves.
func (r *run) loaderOf(h *host) *loader {
	if l := r.loaders[h.index]; l != nil {
		return l
	}
	for _, l := range r.loaders {
		if l != nil && l.peer == h {
			return l
		}
	}
	return nil
}

// begin puts a load on the agenda.
func (r *run) begin(index int, l load) {
	ld := &loader{load: l, run: r, host: r.hosts[index], peer: r.hosts[r.partner(index)], failed: map[tcp.Errno]bool{}}
	r.forgets = !r.chancy && l.connections() > smallLoad
	ld.total, ld.shows, ld.left = l.connections(), l.shown(), l.connections()
	ld.host.counting, ld.peer.counting = true, true
	ld.peer.listens = true
	r.loaders[index] = ld
	if ld.total > 0 {
		r.agenda.push(0, applications, entry{act: actLoad, whose: ld})
	}
	every := ld.interval()
	if r.every == 0 { // the first load: one clock counts for all of them
		r.every = every
		r.agenda.push(Instant(every), countings, entry{act: actCount})
	}
	r.every = min(r.every, every)
}

// turn makes the next connection, or the pool's next request.
func (l *loader) turn() {
	l.next++
	if l.next < l.total {
		l.run.agenda.push(l.due(l.next), applications, entry{act: actLoad, whose: l})
	}
	switch {
	case l.pool == 0:
		l.connect()
	case l.pooled < l.pool:
		l.waiting++
		l.connect()
	default:
		l.waiting++
		l.serveQueue()
	}
}

// connect is the client's connect() to the destination whose turn it is.
func (l *loader) connect() {
	h := l.host
	addrs := l.run.places[h.index].addrs
	local := addrs[h.counts.connects%l.from]
	remote := Endpoint{l.peer.address(), uint16(serverPort + h.counts.connects/l.from%l.to)}
	h.counts.connects++
	tuple, iss, errno := h.choose(Endpoint{Addr: local}, remote, l.run.lastEvent())
	show := l.shows > 0
	if errno != "" {
		h.counts.fail(errno)
		if show || !l.failed[errno] { // the first of its kind is always shown
			h.run.emit(Event{Ev: Call, Host: h.name(), Call: "connect", Remote: remote, Errno: errno, Why: byScript})
		}
		l.failed[errno] = true
		return
	}
	if show {
		l.shows--
	}
	s := h.lend(tuple, iss, !show)
	s.errand = errand{loader: l, began: h.run.now}
	if l.pool > 0 {
		l.pooled++
	}
	if show {
		s.conn.Cause = h.run.emit(Event{
			Ev: Call, Host: h.name(), Conn: s.number, Call: "connect", Why: byScript,
			Local: s.tuple.Local, Remote: remote, Dst: l.peer.name(),
		})
	}
	s.conn.OpenActive()
	s.collect()
	s.wantOutput()
}

// takes makes the load the application of a connection that a SYN opens. Its
// server end is shown if the client's is.
func (l *loader) takes(tuple FourTuple, iss tcp.Seq, other *socket) *socket {
	e, quiet := errand{loader: l, serves: true, began: l.run.now}, true
	if other != nil && other.errand.loader == l {
		quiet, e.began = other.quiet, other.errand.began
	}
	s := l.peer.lend(tuple, iss, quiet)
	s.errand = e
	s.hears()
	return s
}

// lend opens a socket for one connection of a load, in memory that an earlier
// one has given back if there is any.
func (h *host) lend(tuple FourTuple, iss tcp.Seq, quiet bool) *socket {
	s := h.blank()
	s.conn.Renew(&h.machine.policy, iss)
	s.quiet = quiet
	h.admit(s, tuple)
	return s
}

// blank is a socket without a connection.
func (h *host) blank() *socket {
	n := len(h.spare)
	if n == 0 {
		return &socket{host: h, conn: &tcp.Conn{}, wake: -1}
	}
	s := h.spare[n-1]
	h.spare = h.spare[:n-1]
	*s = socket{host: h, conn: s.conn, life: s.life, firsts: s.firsts[:0], wake: s.wake}
	return s
}

// giveBack takes the memory of a connection back. What the agenda still says
// of it is void, since its next life is another, but for the look at its timers:
// that comes back to the next one, which need not ask for its own.
func (s *socket) giveBack() {
	s.errand.gone = true
	s.life++
	s.host.spare = append(s.host.spare, s)
}

// noticed takes what TCP did for the application, and has it look.
func (s *socket) noticed(f *tcp.Effect) {
	e := &s.errand
	switch f.Kind {
	case tcp.Enter:
		if f.To != tcp.Established {
			return
		}
		e.ready = true
		s.host.counts.opened++
	case tcp.Deliver:
		e.got += len(f.Text)
		s.host.counts.read += len(f.Text)
	case tcp.EndOfFile:
		e.ended, e.endedAt = true, s.host.run.now
	case tcp.Fail:
		s.host.counts.fail(f.Errno)
		return
	case tcp.Transmit, tcp.TimerStart, tcp.TimerStop, tcp.TimerFire, tcp.Ignore:
		return
	}
	s.look(s.host.run.now)
}

// look lets the application act at an instant.
func (s *socket) look(at Instant) {
	r := s.host.run
	if at > r.now {
		r.agenda.push(at, applications, entry{act: actErrand, socket: s, plan: s.life})
	} else if !s.errand.queued { // once an instant
		s.errand.queued = true
		r.agenda.push(at, applications, entry{act: actErrand, socket: s, plan: s.life})
	}
}

// act is the application's turn: it sends what it has to say, and closes when
// it is time.
func (e *errand) act(s *socket) {
	now := s.host.run.now
	e.queued = false
	if e.gone || e.closed || !e.ready {
		return
	}
	l := e.loader
	if e.serves {
		for e.got >= l.request {
			e.got -= l.request
			s.say(l.response)
			e.done = true
		}
	} else {
		e.ask(s)
	}
	switch {
	case e.ended:
		s.finishAt(e.endedAt.Add(l.lag), false)
	case e.done && (s.host.name() == l.closer || l.closer == "" && !e.serves) && (l.pool == 0 || l.left == 0):
		rtt := l.run.weather[l.host.index][l.peer.index].delay + l.run.weather[l.peer.index][l.host.index].delay
		s.finishAt(max(now, e.began.Add(l.life-rtt)), l.abort)
	}
}

// ask sends the request and waits for the response, once or as the pool asks.
func (e *errand) ask(s *socket) {
	l := e.loader
	if !e.asked && (l.pool == 0 || l.waiting > 0) {
		e.asked = true
		if l.pool > 0 {
			l.waiting--
		}
		s.say(l.request)
	} else if !e.asked && !e.done {
		e.done = true // of a pool, with nothing to ask
		l.idle = append(l.idle, s)
	}
	if e.asked && e.got >= l.response {
		e.got -= l.response
		e.done = true
		s.host.counts.done++
		if l.pool > 0 {
			e.asked = false
			l.left--
			l.idle = append(l.idle, s)
			l.serveQueue()
			l.dissolve()
		}
	}
}

// serveQueue gives waiting requests to idle connections.
func (l *loader) serveQueue() {
	for l.waiting > 0 && len(l.idle) > 0 {
		s := l.idle[0]
		l.idle = l.idle[1:]
		if s.errand.closed || s.errand.ended || s.conn.State() != tcp.Established {
			l.pooled--
			continue
		}
		s.errand.done, s.errand.asked = false, true
		l.waiting--
		s.say(l.request)
	}
	if l.waiting > 0 && l.pooled == 0 {
		l.connect() // the pool has lost all its connections
	}
}

// dissolve closes the pool when its last request is answered.
func (l *loader) dissolve() {
	if l.left > 0 {
		return
	}
	idle := l.idle
	l.idle = nil
	for _, s := range idle {
		s.look(l.run.now)
	}
}

// say sends so many bytes.
func (s *socket) say(n int) {
	at := s.calls("send", n)
	s.act(func(c *tcp.Conn) {
		if c.Send(stream(s.host.index, s.written, n)) == "" {
			s.written += n
			s.host.counts.written += n
		}
	}, at)
}

// finishAt closes the connection now, or has the application look again then.
func (s *socket) finishAt(at Instant, abort bool) {
	now := s.host.run.now
	if at > now {
		s.look(at)
		return
	}
	s.errand.closed = true
	if abort {
		s.act(func(c *tcp.Conn) { c.Abort() }, s.calls("abort", 0))
		return
	}
	s.act(func(c *tcp.Conn) { c.Close(now) }, s.calls("close", 0))
}

// calls tells of a call of the load's application.
func (s *socket) calls(word string, n int) int {
	if s.quiet {
		return -1
	}
	return s.host.run.emit(Event{Ev: Call, Host: s.host.name(), Conn: s.number, Call: word, Len: n, Why: byScript})
}
