package lessons

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"fourwaves/sim"
)

// Words is the catalogue of one language: what the pages say, and how an event is told. The browser reads the same file with
// static/js/say.js, whose head states the rules; this is the server's reader, and static/test/fixtures/say-fixtures.json holds
// both to the same sentences.
type Words struct {
	Lang  string
	texts map[string]string

	// Of a language that a folder adds: how many texts it says itself, and how many there are.
	Own, All int
}

// Catalogue is all languages' words.
type Catalogue map[string]*Words

// LoadWords reads words/{lang}.json of the static files for every language.
func LoadWords(fsys fs.FS) (Catalogue, error) {
	all := Catalogue{}
	for _, lang := range Languages {
		name := "words/" + lang + ".json"
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("words: %w", err)
		}
		w := &Words{Lang: lang}
		if err := json.Unmarshal(data, &w.texts); err != nil {
			return nil, fmt.Errorf("%s:%s: %w", name, jsonPlace(data, err), err)
		}
		all[lang] = w
	}
	return all, nil
}

// jsonPlace finds line:col for an error of encoding/json.
func jsonPlace(data []byte, err error) string {
	var offset int64
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &typed):
		offset = typed.Offset
	}
	before := string(data[:min(int(offset), len(data))])
	return fmt.Sprintf("%d:%d", strings.Count(before, "\n")+1, len(before)-strings.LastIndexByte(before, '\n'))
}

// Keys lists the catalogue's keys in order.
func (w *Words) Keys() []string {
	keys := make([]string, 0, len(w.texts))
	for k := range w.texts {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Has tells whether a key exists.
func (w *Words) Has(key string) bool { return w.texts[key] != "" }

// UI is a text of the page, with pairs of placeholder and value filled in. A key that is missing shows itself: ugly, but it
// says what to add.
func (w *Words) UI(key string, pairs ...string) string {
	key = "ui." + key
	text, ok := w.texts[key]
	if !ok {
		return key
	}
	return fill(text, func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	})
}

// Host is what a role is called.
func (w *Words) Host(role string) string {
	if name, ok := w.texts["host."+role]; ok {
		return name
	}
	return role
}

// Time says microseconds exactly, in the unit that people use for them.
func (w *Words) Time(us int64) string { return sayTime(us) }

// A Line of a transcript: when, who, and what happened.
type Line struct {
	N               int    // index of the event in the run
	Ev, Host        string // as the event has them
	Time, Who, What string
	Parts           []Part // What, with the words that name a mark
}

// Transcript tells a run. The events must be a run's from its beginning, because what is said of a segment on its way comes
// from the event that sent it.
func (w *Words) Transcript(events []sim.Event) []Line {
	sent := map[string]fields{}
	lines := make([]Line, len(events))
	named := w.named()
	for i, e := range events {
		f := fieldsOf(e)
		if e.Ev == sim.Sent || e.Ev == sim.Copied || e.Ev == sim.Injected {
			if e.Ev == sim.Copied {
				f.borrow(sent[f["of"]])
			}
			sent[f["seg"]] = f
		}
		who := w.UI("nobody")
		if e.Host != "" {
			who = w.Host(e.Host)
		}
		what, about := w.say(f, sent[f["seg"]]), f
		if f["kind"] == "" {
			about = sent[f["seg"]]
		}
		lines[i] = Line{N: i, Ev: string(e.Ev), Host: e.Host, Time: sayTime(int64(e.At)), Who: who, What: what, Parts: named(what, about["kind"], about["flags"])}
	}
	return lines
}

// fields of an event by their names on the wire. Going through JSON makes this file see exactly what the browser sees; a
// page's transcript is some dozens of events.
type fields map[string]string

func fieldsOf(event any) fields {
	data, err := json.Marshal(event)
	if err != nil {
		panic(fmt.Sprintf("event without JSON: %v", err)) // events are plain structs
	}
	raw := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err != nil {
		panic(fmt.Sprintf("event without JSON: %v", err))
	}
	f := fields{}
	if counts, ok := raw["counts"].(map[string]any); ok { // a counters event is told by its counts
		for name, value := range counts {
			f[name] = fmt.Sprint(value)
		}
	}
	for name, value := range raw {
		f[name] = fmt.Sprint(value)
	}
	return f
}

// borrow lets an event that concerns a segment speak of it.
func (f fields) borrow(sent fields) {
	for _, name := range []string{"flags", "kind", "nth", "seq", "ack", "len", "retry"} {
		if _, own := f[name]; own {
			continue
		}
		if value, ok := sent[name]; ok {
			f[name] = value
		}
	}
}

// say is the sentence for one event; sent is the event that sent its segment, if it concerns one.
func (w *Words) say(event, sent fields) string {
	f := maps.Clone(event)
	f.borrow(sent)
	why := f["why"]
	if of := implied(f); of != "" {
		why = of
	}
	for _, parts := range [][]string{{f["ev"], why, f["to"]}, {f["ev"], why}, {f["ev"], f["do"], f["timer"]}, {f["ev"], f["do"]}, {f["ev"]}} {
		if slices.Contains(parts, "") {
			continue
		}
		if text, ok := w.texts["say."+strings.Join(parts, ".")]; ok {
			return strings.TrimRight(fill(text, func(name string) string { return w.value(f, name) }), " ")
		}
	}
	return ""
}

// implied is the reason of an event that has none, by the fields that it has.
func implied(f fields) string {
	_, loss := f["loss"]
	_, delay := f["delay"]
	_, foreign := f["foreign"]
	switch {
	case f["ev"] == "read" && foreign:
		return "foreign"
	case f["ev"] == "call" && f["call"] == "recv_eof":
		return "to-end"
	case f["ev"] == "counters" && f["connects"] == "0":
		return "served"
	case f["ev"] != "link":
		return ""
	case loss && delay:
		return "both"
	case loss:
		return "loss"
	case delay:
		return "delay"
	}
	return ""
}

func (w *Words) value(f fields, name string) string {
	value, ok := f[name]
	n, _ := strconv.ParseInt(value, 10, 64)
	switch {
	case name == "time":
		at, _ := strconv.ParseInt(f["at"], 10, 64)
		return sayTime(at)
	case name == "host":
		return w.Host(value)
	case name == "call" && value == "recv_eof": // which is no call of the system
		return "recv"
	case (name == "seq" || name == "ret") && !ok:
		return "0"
	case !ok && name != "for" && name != "share": // numbers that are left out are 0
		return ""
	case name == "due" || name == "for" || name == "delay":
		return sayTime(n)
	case name == "loss" || name == "share":
		return decimal(n, 4, 0) + " %"
	}
	return value
}

// sayTime says microseconds exactly, in the unit that people use for them.
func sayTime(us int64) string {
	switch {
	case us == 0:
		return "0 s"
	case us > -10_000 && us < 10_000:
		return decimal(us, 3, 0) + " ms"
	case us > -10_000_000 && us < 10_000_000:
		return decimal(us, 6, 2) + " s"
	}
	return decimal(us, 6, 0) + " s"
}

// decimal writes n divided by 10^places without trailing zeros, but with at least keep decimals.
func decimal(n int64, places, keep int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	digits := fmt.Sprintf("%0*d", places+1, n)
	whole, fraction := digits[:len(digits)-places], strings.TrimRight(digits[len(digits)-places:], "0")
	if missing := keep - len(fraction); missing > 0 {
		fraction += strings.Repeat("0", missing)
	}
	if fraction == "" {
		return sign + whole
	}
	return sign + whole + "." + fraction
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func fill(text string, of func(name string) string) string {
	var b strings.Builder
	end := 0
	for _, at := range placeholder.FindAllStringIndex(text, -1) {
		b.WriteString(text[end:at[0]])
		b.WriteString(parted(of(text[at[0]+1:at[1]-1]), text[:at[0]], text[at[1]:]))
		end = at[1]
	}
	return b.String() + text[end:]
}

var latinWord = regexp.MustCompile(`(?i)^[a-z].*[a-z0-9]$`)

// parted is a value between what stands before and after it. A host may be called 服务器 or web: between a Latin word and a
// Chinese one stands a space. static/js/units.js has the same.
func parted(value, before, after string) string {
	if !latinWord.MatchString(value) {
		return value
	}
	if last, _ := utf8.DecodeLastRuneInString(before); unicode.Is(unicode.Han, last) {
		value = " " + value
	}
	if first, _ := utf8.DecodeRuneInString(after); unicode.Is(unicode.Han, first) {
		value += " "
	}
	return value
}

// SayTime says an instant of a run as the page does.
func SayTime(at sim.Instant) string { return sayTime(int64(at)) }
