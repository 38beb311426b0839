package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// This file is many short connections, as a load line describes them; errand.go
// makes them.

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
