package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fourwaves/sim/tcp"
)

// This file is what a line says of a named application; http.go is what the
// application then does. A named application is a program that a lesson would
// otherwise have to write out call by call: one thread for each connection of a
// client, and on a server one that accepts and one for each connection. Its
// threads are processes as any other (process.go), so every call is an event
// with its descriptor, and every return has its errno.
//
// The lines of one host add up: each changes what it names and leaves the rest,
// so an edit such as "client: http every=5s" turns one knob.

// behaviour is what one line says.
type behaviour struct {
	name   string
	given  [numSettings]bool
	values [numSettings]int64
}

// app is what the lines of a host say together.
type app struct {
	name   string
	values [numSettings]int64
}

// setting is one thing that an application can be told.
type setting uint8

const (
	setCount setting = iota
	setAt
	setEvery
	setVersion
	setConnection
	setIdle
	setPool
	setMax
	setTakes
	setRequest
	setBody
	setResponse
	setReads
	setFinish
	setLeak
	numSettings
)

// unset is a time that no line has given.
const unset = -1

// settingRow says how a setting is written, what it is without a line, and which
// applications have it: those of an end that asks, and of one that answers.
type settingRow struct {
	name          string
	usual         int64
	isTime        bool
	words         []string // instead of a number or a time
	least, most   int64
	asks, answers []string
}

var (
	askers    = []string{"ask", "http"}
	answerers = []string{"answer", "echo", "http"}
	onlyHTTP  = []string{"http"}
	notEcho   = []string{"answer", "http"}

	applicationNames = []string{"ask", "answer", "echo", "http"}
)

// allSettings leaves room in the sizes for every header.
var allSettings = [numSettings]settingRow{
	setCount:      {name: "count", usual: 1, least: 1, most: 200, asks: askers},
	setAt:         {name: "at", isTime: true, asks: askers},
	setEvery:      {name: "every", usual: int64(tcp.Second), isTime: true, asks: askers},
	setVersion:    {name: "version", usual: int64(version11), words: []string{"1.0", "1.1", "2"}, asks: onlyHTTP},
	setConnection: {name: "connection", usual: unset, words: []string{"close", "keep-alive"}, asks: onlyHTTP, answers: onlyHTTP},
	setIdle:       {name: "idle", usual: unset, isTime: true, asks: onlyHTTP, answers: notEcho},
	setPool:       {name: "pool", least: 1, most: 50, asks: askers},
	setMax:        {name: "max", least: 1, most: 1000, answers: onlyHTTP},
	setTakes:      {name: "takes", isTime: true, answers: notEcho},
	setRequest:    {name: "request", usual: 100, least: 100, most: 8192, asks: askers},
	setBody:       {name: "body", least: 1, most: 65536, asks: onlyHTTP},
	setResponse:   {name: "response", usual: 200, least: 120, most: 65536, answers: notEcho},
	setReads:      {name: "reads", least: 100, most: 65536, answers: onlyHTTP},
	setFinish:     {name: "finish", words: []string{"at-once", "staged"}, answers: answerers},
	setLeak:       {name: "leak", least: 1, most: 200, answers: answerers},
}

// Values of setVersion, setConnection and setFinish.
const (
	version10, version11, version2 = 0, 1, 2
	sayClose, sayKeepAlive         = 0, 1
	finishStaged                   = 1
)

// String writes the line behind its host in its one canonical form.
func (b behaviour) String() string {
	words := []string{b.name}
	for i, s := range allSettings {
		if b.given[i] {
			words = append(words, s.name+"="+setting(i).write(b.values[i]))
		}
	}
	return strings.Join(words, " ")
}

func (i setting) write(v int64) string {
	switch s := allSettings[i]; {
	case s.words != nil:
		return s.words[v]
	case s.isTime:
		return formatTime(Duration(v))
	}
	return strconv.FormatInt(v, 10)
}

// key names what the line sets, for edits.
func (b behaviour) key() string { return fmt.Sprint(b.name, b.given) }

// isApplication tells whether the next word names an application.
func (p *parser) isApplication() bool {
	return slices.Contains(applicationNames, p.peek())
}

// behaviour reads `http count=10 every=200ms` behind a host.
func (p *parser) behaviour(host string) (b behaviour, bad *Problem) {
	b.name, _ = p.take("")
	ends, manner := askers, "does not listen"
	listens := slices.ContainsFunc(p.places, func(at place) bool { return at.name == host && at.listens })
	if listens {
		ends, manner = answerers, "listens"
	}
	if !slices.Contains(ends, b.name) {
		return b, p.fail("wrong-end", "the %s %s, and then its application can be %s", host, manner, strings.Join(ends, ", "))
	}
	var names []string
	for _, s := range allSettings {
		if slices.Contains(s.of(listens), b.name) {
			names = append(names, s.name)
		}
	}
	for p.next < len(p.words) {
		w, _ := p.take("")
		name, value, _ := strings.Cut(w, "=")
		if !slices.Contains(names, name) {
			bad = p.fail("unknown", "unknown parameter %q of %s on a host that %s; it can be %s", name, b.name, manner, strings.Join(names, ", "))
			bad.Suggest = Nearest(name, names)
			return b, bad
		}
		i := setting(slices.IndexFunc(allSettings[:], func(s settingRow) bool { return s.name == name }))
		if b.given[i] {
			return b, p.fail("twice", "%q is said twice", name)
		}
		b.given[i] = true
		if b.values[i], bad = p.settingValue(i, value); bad != nil {
			return b, bad
		}
	}
	return b, nil
}

// timeSettings are those that a figure may offer as a knob.
func timeSettings() (names []string) {
	for _, s := range allSettings {
		if s.isTime {
			names = append(names, s.name)
		}
	}
	return names
}

// turned is the setting that a knob of that name turns, if it is one of an
// application.
func turned(name string) (setting, bool) {
	i := slices.IndexFunc(allSettings[:], func(s settingRow) bool { return s.isTime && s.name == name })
	return setting(max(0, i)), i >= 0
}

// of lists the applications that have the setting, on a host that listens or not.
func (s settingRow) of(listens bool) []string {
	if listens {
		return s.answers
	}
	return s.asks
}

func (p *parser) settingValue(i setting, w string) (int64, *Problem) {
	s := allSettings[i]
	switch {
	case s.words != nil:
		at := slices.Index(s.words, w)
		if at < 0 {
			bad := p.fail("unknown", "%s cannot be %q; it can be %s", s.name, w, strings.Join(s.words, ", "))
			bad.Suggest = Nearest(w, s.words)
			return 0, bad
		}
		return int64(at), nil
	case s.isTime:
		span, bad := p.parseSpan(w, s.name)
		return int64(span), bad
	}
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil || n < s.least || n > s.most {
		return 0, p.fail("bad-number", "%q is no whole number from %d to %d, which %s must be", w, s.least, s.most, s.name)
	}
	return n, nil
}

// change lets one more line speak. A line that names another application begins
// anew.
func (a *app) change(b behaviour) {
	if a.name != b.name {
		a.name = b.name
		for i, s := range allSettings {
			a.values[i] = s.usual
		}
	}
	for i, given := range b.given {
		if given {
			a.values[i] = b.values[i]
		}
	}
}

func (a *app) number(i setting) int { return int(a.values[i]) }

func (a *app) time(i setting) Duration { return Duration(a.values[i]) }

// http tells whether it follows the rules of HTTP.
func (a *app) http() bool { return a.name == "http" }

// saidByApps is how many bytes the named applications of some lines send at
// most: every request has one response.
func saidByApps(lines []line) int {
	apps := map[string]*app{}
	for _, l := range lines {
		if l.verb != vRun {
			continue
		}
		if apps[l.host] == nil {
			apps[l.host] = &app{}
		}
		apps[l.host].change(l.behaviour)
	}
	asked, requests, response := 0, 0, 0
	for _, host := range slices.Sorted(maps.Keys(apps)) {
		a := apps[host]
		requests += a.number(setCount)
		asked += a.number(setCount) * (a.number(setRequest) + a.number(setBody))
		response = max(response, a.number(setResponse))
	}
	return asked + requests*response
}
