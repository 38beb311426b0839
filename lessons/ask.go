package lessons

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"golang.org/x/text/width"

	"fourwaves/sim"
	"fourwaves/sim/tcp"
)

// # Expressions
//
// A lesson asks its figures: when did the server send its second FIN, is the client still in TIME_WAIT. The question is an
// expression of the library expr, whose parser, type checker and small machine are better than ours would be; what may stand
// in it is here. It is closed: hosts, states, kinds of segments, error names, the figure's own times, and the functions of
// [Functions], which only read the trace of a finished run. None of expr's built-in functions is offered, so nothing in it
// loops, asks a clock or grows without limit, and the same run always gives the same answer.
//
// Times carry their unit, as everywhere in the notation: `enter(client, CLOSED) == 7250ms`, `sent(server, FIN, 2) + rtt`.
// What never happens has the time `never`, which is later than all others.

// A Time of a run, or a length of time, in microseconds.
type Time struct {
	us   int64
	span bool // a length: it is said rounded, as lengths are on the page
}

// never is when things happen that do not happen.
var never = Time{us: math.MaxInt64}

func instant(at sim.Instant) Time { return Time{us: int64(at)} }
func span(d sim.Duration) Time    { return Time{us: int64(d), span: true} }

// Names of the other values. They are types of their own, so that comparing a state with a host is a mistake that is found.
type (
	Host    struct{ name string }
	State   struct{ name string }
	Kind    struct{ name string }
	Errno   struct{ name string }
	Segment struct { // what was sent; the zero value is no segment
		Host, Kind string
		Nth        int
		index      int // of its event
	}
)

// typeNames is what a teacher calls them.
var typeNames = strings.NewReplacer(
	"lessons.Time", "time", "lessons.Host", "host", "lessons.State", "state", "lessons.Kind", "kind of segment",
	"lessons.Errno", "error name", "lessons.Segment", "segment", "float64", "decimal", "interface {}", "anything", "int", "number",
)

// A Fault is what is wrong with an expression: a column in it, from 1 and in characters, what, and the word that was
// probably meant.
type Fault struct {
	Col              int
	Message, Suggest string
}

func (f *Fault) Error() string { return f.Message }

// maxExpression is in bytes. The trees of longer ones are refused by expr, too.
const maxExpression = 400

// Eval works an expression out over a run. Because are the events that the answer rests on, in the order of the run.
func (t *Trace) Eval(source string) (value any, because []int, err error) {
	if len(source) > maxExpression {
		return nil, nil, &Fault{1, fmt.Sprintf("an expression has at most %d bytes", maxExpression), ""}
	}
	env := t.names()
	source = literals(source, env)
	// The names come first: functions are checked against those that are known when they are declared.
	options := []expr.Option{expr.Env(env), expr.DisableAllBuiltins(), expr.DisableIfOperator(), expr.MaxNodes(100), expr.Timezone("UTC")}
	t.rests = map[int]bool{}
	for _, f := range Functions {
		longestFirst := slices.Clone(f.forms) // the library reports what is wrong with the last one
		slices.Reverse(longestFirst)
		options = append(options, expr.Function(f.Name, func(args ...any) (any, error) {
			value := f.do(t, args)
			if fault, is := value.(*Fault); is {
				return nil, fault
			}
			return value, nil
		}, longestFirst...))
	}
	names := &knownNames{env: env}
	program, err := expr.Compile(source, append(append(options, operators...), expr.Patch(names))...)
	if names.unknown != nil {
		return nil, nil, names.unknown
	}
	if err != nil {
		return nil, nil, fault(err)
	}
	value, err = expr.Run(program, env)
	if own := (*Fault)(nil); errors.As(err, &own) {
		return nil, nil, own
	}
	if err != nil {
		return nil, nil, fault(err)
	}
	return value, slices.Sorted(maps.Keys(t.rests)), nil
}

// The names of the figure's own times.
var spanNames, instantNames = []string{"rtt", "delay", "msl", "timeWait", "lifetime"}, []string{"end", "never"}

// names that stand for themselves.
func (t *Trace) names() map[string]any {
	env := map[string]any{
		"never": never, "rtt": span(t.facts.RTT), "delay": span(t.facts.Delay), "msl": span(t.facts.MSL),
		"timeWait": span(t.facts.TimeWait), "lifetime": span(t.facts.Lifetime), "end": instant(t.end()),
	}
	for _, h := range t.facts.Hosts {
		env[h.Name] = Host{h.Name}
	}
	for _, s := range tcp.States() {
		env[s.String()] = State{s.String()}
	}
	for k := range tcp.NumKinds {
		env[k.String()] = Kind{k.String()}
	}
	for _, e := range errnos {
		env[string(e)] = Errno{string(e)}
	}
	return env
}

var errnos = []tcp.Errno{
	tcp.ECONNREFUSED, tcp.ECONNRESET, tcp.ETIMEDOUT, tcp.ENOTCONN, tcp.EPIPE, tcp.EISCONN,
	sim.EBADF, sim.EMFILE, sim.EINVAL, sim.EADDRINUSE, sim.EADDRNOTAVAIL,
}

// quotedOrTime finds times; what stands between quotes is left alone.
var quotedOrTime = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\pL\pN_$.]+`)

var timeForm = regexp.MustCompile(`^(\d+(?:\.\d+)?)(us|ms|s|min)$`)

// literals turns each `7250ms` into a name for it. The name has the same number of characters, so that the library's
// positions stay true: its digits and its point become letters that no keyboard has.
func literals(source string, env map[string]any) string {
	return quotedOrTime.ReplaceAllStringFunc(source, func(word string) string {
		m := timeForm.FindStringSubmatch(word)
		if m == nil {
			return word
		}
		us, ok := microseconds(m[1], m[2])
		if !ok {
			return word
		}
		name := strings.Map(func(r rune) rune {
			switch {
			case r >= '0' && r <= '9':
				return 'ａ' + r - '0'
			case r == '.':
				return 'ｘ'
			}
			return r
		}, word)
		env[name] = Time{us: us}
		return name
	})
}

var perUnit = map[string]int64{"us": 1, "ms": 1e3, "s": 1e6, "min": 60e6}

// microseconds reads a time exactly, up to a day.
func microseconds(number, unit string) (int64, bool) {
	whole, fraction, _ := strings.Cut(number, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	scale := perUnit[unit]
	if err != nil || n > 24*60*60e6/scale {
		return 0, false
	}
	n *= scale
	for _, digit := range fraction {
		if scale%10 != 0 {
			return 0, false
		}
		scale /= 10
		n += int64(digit-'0') * scale
	}
	return n, true
}

// ofTimes ends the names of the operators' functions, which no expression can write.
const ofTimes = " of times"

// operators of times. Everything else about them is refused by the type checker: a time has no sense beside a bare number.
var operators = func() []expr.Option {
	var options []expr.Option
	add := func(operator string, fn func(a []any) any, forms ...any) {
		name := operator + ofTimes
		options = append(options, expr.Function(name, func(a ...any) (any, error) { return fn(a), nil }, forms...), expr.Operator(operator, name))
	}
	compare := func(operator string, holds func(a, b int64) bool) {
		add(operator, func(a []any) any { return holds(a[0].(Time).us, a[1].(Time).us) }, new(func(Time, Time) bool))
	}
	compare("<", func(a, b int64) bool { return a < b })
	compare("<=", func(a, b int64) bool { return a <= b })
	compare(">", func(a, b int64) bool { return a > b })
	compare(">=", func(a, b int64) bool { return a >= b })
	compare("==", func(a, b int64) bool { return a == b })
	compare("!=", func(a, b int64) bool { return a != b })
	add("+", func(a []any) any { return a[0].(Time).plus(a[1].(Time)) }, new(func(Time, Time) Time))
	add("-", func(a []any) any { return a[0].(Time).minus(a[1].(Time)) }, new(func(Time, Time) Time))
	add("*", func(a []any) any {
		if n, ok := a[0].(int); ok {
			return a[1].(Time).times(n)
		}
		return a[0].(Time).times(a[1].(int))
	}, new(func(Time, int) Time), new(func(int, Time) Time))
	return options
}()

func (t Time) plus(u Time) Time {
	if t.us == never.us || u.us == never.us {
		return never
	}
	return Time{t.us + u.us, t.span && u.span}
}

// minus gives a length, unless a length is taken from an instant.
func (t Time) minus(u Time) Time {
	if t.us == never.us || u.us == never.us {
		return never
	}
	return Time{t.us - u.us, t.span || !u.span}
}

func (t Time) times(n int) Time {
	if t.us == never.us || n != 0 && abs(t.us) > math.MaxInt64/2/abs(int64(n)) {
		return never
	}
	return Time{t.us * int64(n), t.span}
}

func abs(n int64) int64 { return max(n, -n) }

// knownNames looks for a name that nothing has. The library's checker finds them too, but forgets those that are arguments
// of a function when an operator is overloaded.
type knownNames struct {
	env     map[string]any
	unknown *Fault
}

// Visit is called for every node of the tree.
func (k *knownNames) Visit(node *ast.Node) {
	id, ok := (*node).(*ast.IdentifierNode)
	if !ok || k.env[id.Value] != nil || strings.HasSuffix(id.Value, ofTimes) || slices.ContainsFunc(Functions, func(f Function) bool { return f.Name == id.Value }) {
		return
	}
	col := id.Location().From + 1
	if k.unknown != nil && k.unknown.Col <= col {
		return
	}
	var known []string
	for name := range k.env {
		if len(name) == utf8.RuneCountInString(name) {
			known = append(known, name)
		}
	}
	for _, f := range Functions {
		known = append(known, f.Name)
	}
	slices.Sort(known)
	// States and errors are written in capitals: TIMEWAIT means TIME_WAIT, and not the function timeWait.
	meant := known
	if id.Value == strings.ToUpper(id.Value) {
		meant = slices.DeleteFunc(slices.Clone(known), func(name string) bool { return name != strings.ToUpper(name) })
	}
	k.unknown = &Fault{col, fmt.Sprintf("there is no %q in expressions", id.Value), cmp.Or(sim.Nearest(id.Value, meant), sim.Nearest(id.Value, known))}
}

// fault puts the library's error into a teacher's words.
func fault(err error) *Fault {
	var found *file.Error
	if !errors.As(err, &found) {
		return &Fault{1, err.Error(), ""}
	}
	f := &Fault{Col: found.Column + 1, Message: strings.TrimSpace(typeNames.Replace(found.Message))}
	for _, fn := range Functions {
		if strings.HasSuffix(f.Message, " call "+fn.Name) {
			f.Message += "; it is written " + strings.Join(fn.Usage(), " or ")
			return f
		}
	}
	if token := unexpected.FindStringSubmatch(found.Message); token != nil {
		f.Message = outOfPlace(token[1], token[2])
	}
	if wide, ok := strings.CutPrefix(found.Message, "unrecognized character: "); ok {
		f.Message = fmt.Sprintf("%s has no meaning in an expression", wide)
		for _, r := range wide {
			if narrow := width.Narrow.String(string(r)); narrow != string(r) {
				f.Message, f.Suggest = fmt.Sprintf("%q is a full-width character; expressions are written with the narrow one", r), narrow
				break
			}
		}
	}
	if strings.Contains(found.Message, "mismatched types") && strings.Contains(found.Message, "lessons.Time") {
		f.Message += "; a time has a unit, as in 200ms"
	}
	return f
}

var unexpected = regexp.MustCompile(`^unexpected token (\w+)(?:\("(.*)"\))?`)

// outOfPlace says what is to be done about a word that cannot stand where it does.
func outOfPlace(kind, word string) string {
	switch {
	case kind == "EOF":
		return "the expression is not finished: a bracket is open, or something is missing at its end"
	case word == "=":
		return "`=` says nothing in an expression; to compare, write =="
	case word == ";":
		return "arguments are parted by commas; one expression stands alone"
	case word == "&", word == "|":
		return fmt.Sprintf("%q has no meaning in an expression; two conditions are joined by %s", word, word+word)
	case kind == "Bracket":
		return fmt.Sprintf("no bracket is open that %q would close", word)
	case kind == "Operator":
		return fmt.Sprintf("something is missing before %q", word)
	}
	return fmt.Sprintf("between %q and what stands before it something is missing: a comma between arguments, or an operator", word)
}

// Print writes a value as the page writes it: instants to the millisecond, lengths rounded, names as they are.
func Print(value any) (string, error) {
	switch v := value.(type) {
	case Time:
		switch {
		case v.us == never.us:
			return "", errors.New("this never happens in the run, so there is no time to print")
		case v.span:
			return roughly(v.us), nil
		}
		return sayTime(v.us), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64), nil
	case State:
		return v.name, nil
	case Kind:
		return v.name, nil
	case Errno:
		return v.name, nil
	case string:
		return v, nil
	}
	return "", fmt.Errorf("a %s cannot be printed in a text; ask for a time, a number, a state or an error name", typeName(value))
}

func typeName(value any) string {
	if _, ok := value.(bool); ok {
		return "yes or no"
	}
	if value == nil {
		return "nothing"
	}
	return typeNames.Replace(reflect.TypeOf(value).String())
}

// roughly says a length as a person would round it; static/js/say.js has the same.
func roughly(us int64) string {
	if us != 0 && abs(us) < 1e6 {
		if abs(us) < 10e3 {
			return decimal((us+5)/10, 2, 0) + " ms"
		}
		return decimal((us+500)/1000, 0, 0) + " ms"
	}
	return decimal((us+5000)/10_000, 2, 0) + " s"
}
