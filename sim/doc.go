// Package sim is the world in which connections end: two hosts, a network and
// the applications, in virtual time.
//
// # A run is a pure function
//
//	events = run(engine [Version], [Scenario], log of edits)
//
// Nothing else goes in: no clock, no random source, no order of a map, no
// goroutine. The same input gives the same events, byte for byte, on every
// machine and in the browser's WebAssembly. Everything rests on this: a link is
// a run, undo is a shorter log, a broken connection loses nothing, and a lesson
// is a test.
//
// # How to read it
//
//	doc.go         this tour and the notation
//	script.go      one line of the notation, read and written
//	scenario.go    lines to settings; the profile; expectations
//	run.go         the agenda: what happens next, and why in that order
//	host.go        a machine: sockets, its application, segments out and in
//	network.go     the way between: delay, loss keyed by what a segment is, fates
//	event.go       what a run says, as data
//	session.go     one reader's edits, and what each of them leaves as it was
//	transcript.go  events as terse lines, for goldens
//	tcp/           one end of one connection: RFC 9293
//	MODEL.md       for teachers: what is modelled and what is left out
//
// # How to use it
//
// [Parse] a scenario, [Open] a [Session] under a log, take events with
// [Session.Next] as far as they are wanted, and edit with [Session.Control] or
// [Session.Replace], which say how many events stay as they were.
//
// # Order at one instant
//
// First everything that arrives, in the order in which it was put on its way;
// then the applications and the scenario's timed lines; then each connection
// sends what is due, once; then timers; last the timed lines of the log. So an
// arrival beats a timer that is due at the same instant, a close at end of file
// shares a segment with the ACK, and an edit never changes what its own instant
// already showed.
//
// # The notation
//
// Scenarios, edits, links and tests use one language: a line each. Words are
// separated by blanks; a word that starts with # begins a comment.
//
//	scenario   = { [ line ] newline }
//	line       = experiment | [ "at" time ] ( weather | fate ) | "at" time call | teaching
//
//	experiment = "profile" "rfc9293"                        the whole run, from its start
//	           | "start" ( "established" | "closed" )       default established
//	           | "seed" number                              of chance; default 0
//	           | "msl" time                                 what the ends believe; default 2 min
//	           | "time-wait" time                           default 2 x msl; 0s is a counterfactual
//	           | "lifetime" time                            how long the network keeps a segment; default msl
//	           | "restart" ( "fin" | "any-ack" | "never" )  what restarts TIME_WAIT
//	           | "rto-min" time                             first and least retransmission timeout; default 1s
//	           | "until" time                               the run lasts at least so long
//	           | "move" host verb time                      the scenario's first such call happens then
//	           | host "on-eof" verb                         in the instant in which the application reads 0
//	weather    = "link" [ host ] "loss" percent             what host sends; both directions without it
//	           | "link" [ host ] "delay" time               one way; default 50ms
//	fate       = ( "drop" | "deliver" ) host segment
//	           | ( "hold" | "dup" ) host segment time       later by that; a second copy later by that
//	call       = host verb | host "send" number             bytes
//	verb       = "connect" | "close" | "shutdown" | "abort" | "send"
//	teaching   = "knob" [ host ] ( "loss" | "delay" ) range | "knob" "msl" range | "knob" host verb range
//	           | "expect" host state ( "at" time | "never" )
//	           | "expect" host "sends" kind number
//
//	segment    = kind "#" number                            1 is the first of its kind from that host,
//	                                                        retransmissions counted
//	kind       = "RST" | "SYN" | "FIN" | "data" | "ACK"     the first that applies
//	host       = "client" | "server"
//	state      = "TIME_WAIT", "TIME-WAIT", and so on        as in RFC 9293, with _ or -
//	range      = time ".." time | percent ".." percent
//	time       = decimal ( "us" | "ms" | "s" | "min" )      whole microseconds, up to 24 hours
//	percent    = decimal "%"
//
// An example, which is lesson 6:
//
//	msl 3s
//	at 0s client close
//	at 200ms server close
//	drop client ACK#1         # nobody acknowledges the last ACK
//	knob loss 0%..50%
//	expect client CLOSED at 7250ms
//
// A timed edit changes no event at or before its instant; a fate changes none
// before its segment is sent; an experiment is run again from the start. A line
// replaces an earlier edit of the same thing at the same instant; calls add up.
//
// # Decisions
//
// Decision, 2026-11-22: a fate may carry "at". The session adds it when the
// segment is under way at the playhead, so that it is lost where the reader sees
// it and not before.
//
// Decision, 2026-11-22: re-running is all there is; no snapshots. A turn of a
// knob on some 300 events costs about a millisecond (BenchmarkControl).
package sim
