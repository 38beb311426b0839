package lessons

import (
	"strings"
	"testing"

	"fourwaves/sim"
)

// lastACK is the figure of lesson 6.
const lastACK = "msl 3s\nat 0s client close\nat 200ms server close\ndrop client ACK#1"

// ports is the load of lesson 9, of which one connection is told.
const ports = "msl 2s\nlink delay 5ms\nsysctl client ip_local_port_range 40000 40019\nload client rate=10 for=10s show=1 every=1s"

func traceOf(t testing.TB, text string) *Trace {
	t.Helper()
	scenario, err := sim.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	trace, err := (&Figure{Scenario: scenario}).Trace(nil)
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func TestEval(t *testing.T) {
	halfClose := "msl 2s\nat 0s client shutdown\nat 100ms server send 100\nat 220ms server send 100\nat 340ms server send 100\nat 460ms server close"
	closed := strings.Replace(halfClose, "shutdown", "close", 1)
	for _, c := range []struct{ scenario, expression, want string }{
		{lastACK, `state(server, 120ms)`, "CLOSE_WAIT"},
		{lastACK, `state(server, 50ms)`, "CLOSE_WAIT"},
		{lastACK, `state(server, 49.999ms)`, "ESTABLISHED"},
		{lastACK, `enter(server, CLOSED)`, "1.30 s"},
		{lastACK, `leave(client, TIME_WAIT)`, "7.25 s"},
		{lastACK, `spent(client, TIME_WAIT)`, "7 s"},
		{lastACK, `spent(server, LAST_ACK)`, "1.1 s"},
		{lastACK, `spent(client, CLOSED)`, "never"},
		{lastACK, `enter(server, TIME_WAIT)`, "never"},
		{lastACK, `visited(server, TIME_WAIT)`, "false"},
		{lastACK, `tx(server, FIN)`, "2"},
		{lastACK, `tx(ACK)`, "3"},
		{lastACK, `tx(server)`, "3"},
		{lastACK, `tx()`, "6"},
		{lastACK, `lost()`, "1"},
		{lastACK, `lost(client, ACK)`, "1"},
		{lastACK, `lost(server)`, "0"},
		{lastACK, `sent(server, FIN, 2)`, "1.20 s"},
		{lastACK, `sent(server, FIN, 2) - sent(server, FIN)`, "1 s"},
		{lastACK, `arrived(client, ACK)`, "never"},
		{lastACK, `arrived(client, ACK, 2)`, "1.30 s"},
		{lastACK, `ackOf(segment(server, ACK))`, "101"},
		{lastACK, `seqOf(segment(server, FIN, 2))`, "300"},
		{lastACK, `next(300ms) == segment(server, FIN, 2)`, "true"},
		{lastACK, `endReason(server)`, "fin"},
		{lastACK, `endReason(server) == "fin" and endReason(client) == "fin"`, "true"},
		{lastACK + "\ntime-wait 0s", `endReason(server)`, "rst"},
		{"msl 2s\nat 0s client close", `endReason(server)`, "open"},
		{lastACK, `enter(client, CLOSED) == enter(client, TIME_WAIT) + msl * 2 + 1s`, "true"},
		{lastACK, `2 * msl == timeWait`, "true"},
		{lastACK, `rtt`, "100 ms"},
		{lastACK, `busy(client, 7s)`, "true"},
		{lastACK, `busy(client, 7250ms)`, "false"},
		{lastACK, `twCount(client, 1s)`, "1"},
		{lastACK, `twCount(server, 1s) + peak(client, TIME_WAIT)`, "1"},
		{lastACK, `fired(server, "RTO")`, "1"},
		{lastACK, `calls(client, "close")`, "1"},
		{lastACK, `ms(enter(server, CLOSED))`, "1300"},
		{lastACK, `first(enter(server, CLOSED), enter(client, CLOSED)) < never`, "true"},
		{lastACK, `last(1s, 1.5min)`, "90 s"},
		{lastACK, `enter(server, "x" == "7s" ? CLOSED : LAST_ACK)`, "0.20 s"},
		{halfClose, `bytesRead(client)`, "300"},
		{halfClose, `lostBytes(server)`, "0"},
		{closed, `bytesRead(client)`, "0"},
		{"link delay 50ms\nmsl 2s\nclient: socket c\nclient: connect c\nclient: recv c 100\nclient: recv_eof c\nserver: socket L\nserver: bind L 80\nserver: listen L\nserver: accept L s\nserver: send s 300\nserver: close s", `bytesRead(client) + lostBytes(server)`, "300"},
		{closed, `errs(server) > 0`, "true"},
		{closed, `errAt(server, EPIPE) >= 220ms or errAt(server, ECONNRESET) >= 0s`, "true"},
		{closed, `twCount(client, 1s) + twCount(server, 1s)`, "0"},
		{ports, `counts(client, "opened") + counts(client, "failed")`, "100"},
		{ports, `counts(client, "failed", 4s)`, "21"},
		{ports, `twCount(client, 2s)`, "20"},
		{ports, `peak(client, TIME_WAIT)`, "20"},
		{ports, `errAt(client, EADDRNOTAVAIL)`, "2.00 s"},
		{"msl 2s\nlink delay 50ms\nstart closed\nat 0s client connect\nat 1s client close\nserver on-eof close", `entries(client, ESTABLISHED)`, "1"},
		{"msl 2s\nlink delay 50ms\nstart closed\nat 0s client connect\nat 1s client send 10\nat 2s client close\nserver on-eof close", `foreignBytes(server) + bytesRead(server)`, "10"},
	} {
		value, _, err := traceOf(t, c.scenario).Eval(c.expression)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		got, err := Print(value)
		if b, ok := value.(bool); ok {
			got = map[bool]string{true: "true", false: "false"}[b]
		} else if value == never {
			got = "never"
		} else if err != nil {
			t.Errorf("%s: %v", c.expression, err)
		}
		if got != c.want {
			t.Errorf("%s is %s, want %s", c.expression, got, c.want)
		}
	}
}

// What is written wrongly is told with its place and, if one is near, the word that was meant.
func TestEvalFaults(t *testing.T) {
	trace := traceOf(t, lastACK)
	for expression, want := range map[string]Fault{
		`state(servr, 120ms)`:               {7, `there is no "servr" in expressions`, "server"},
		`entre(server, CLOSED)`:             {1, `there is no "entre" in expressions`, "enter"},
		`state(server, 1s) == TIMEWAIT`:     {22, `there is no "TIMEWAIT" in expressions`, "TIME_WAIT"},
		`errs(server, ECONNRESET) = 0`:      {26, "`=` says nothing in an expression; to compare, write ==", ""},
		`enter(server，CLOSED)`:              {13, `'，' is a full-width character; expressions are written with the narrow one`, ","},
		`enter(server, CLOSD) > 1s`:         {15, `there is no "CLOSD" in expressions`, "CLOSED"},
		`enter(server, 1300ms)`:             {15, "cannot use time as argument (type state) to call enter; it is written enter(host, STATE) or enter(host, STATE, number)", ""},
		`enter(server, CLOSED) > 1300`:      {23, "invalid operation: > (mismatched types time and number); a time has a unit, as in 200ms", ""},
		`1.5s + 7250ms == tx(FIN)`:          {15, "invalid operation: == (mismatched types time and number); a time has a unit, as in 200ms", ""},
		`state(server, 120ms) == TIME-WAIT`: {25, `there is no "TIME" in expressions`, ""},
		`state(server, 120ms) == server`:    {22, "invalid operation: == (mismatched types state and host)", ""},
		`tx(server, FIN`:                    {14, "the expression is not finished: a bracket is open, or something is missing at its end", ""},
		`sent(server FIN)`:                  {13, `between "FIN" and what stands before it something is missing: a comma between arguments, or an operator`, ""},
		`tx(server, FIN))`:                  {16, `no bracket is open that ")" would close`, ""},
		`tx(server,, FIN)`:                  {11, `something is missing before ","`, ""},
		`tx(server; FIN)`:                   {10, "arguments are parted by commas; one expression stands alone", ""},
		`tx(FIN) == 1 & tx(RST) == 0`:       {14, `"&" has no meaning in an expression; two conditions are joined by &&`, ""},
		`tx(server, FIN, 2)`:                {1, "too many arguments to call tx; it is written tx() or tx(host) or tx(kind) or tx(host, kind)", ""},
		`counts(client, "oppened")`:         {1, `"oppened" is no counter; there are open, ports, connects, opened, done, failed, sent, received, rst_sent, rst_received, written, read, reopened, time_wait_full`, "opened"},
		`len("x")`:                          {1, `there is no "len" in expressions`, "lenOf"},
		`now()`:                             {1, `there is no "now" in expressions`, ""},
		`(1..1000000000)[0]`:                {3, "memory budget exceeded", ""},
		strings.Repeat("1+", 250) + "1":     {1, "an expression has at most 400 bytes", ""},
		strings.Repeat("1+", 150) + "1":     {102, "compilation failed: expression exceeds maximum allowed nodes", ""},
	} {
		value, _, err := trace.Eval(expression)
		fault, ok := err.(*Fault)
		if !ok {
			t.Errorf("%s is %v, want %v", expression, value, want)
		} else if *fault != want {
			t.Errorf("%s:\n got %+v\nwant %+v", expression, *fault, want)
		}
	}
}

// TestFunctionsAreDocumented keeps the table fit for the guide.
func TestFunctionsAreDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Functions {
		if seen[f.Name] || f.Takes == "" || f.Tells.en == "" || f.Tells.zh == "" || len(f.Usage()) == 0 {
			t.Errorf("%s: %+v", f.Name, f)
		}
		seen[f.Name] = true
	}
}
