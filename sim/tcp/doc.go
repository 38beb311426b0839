// Package tcp is one end of one TCP connection: RFC 9293 and the RFCs that
// amend it, without a clock, a socket or a goroutine.
//
// # How to read it
//
// The files follow the RFC, so that the two can lie side by side:
//
//	state.go     the eleven states and Figure 5 as data (RFC 9293, 3.3.2)
//	seq.go       sequence numbers modulo 2^32 (3.4)
//	segment.go   what one end sends to the other (3.1)
//	conn.go      the transmission control block and the user's calls (3.3.1, 3.10.1 to 3.10.5)
//	arrives.go   SEGMENT ARRIVES, check by check (3.10.7)
//	request.go   SYN_RCVD of a listener, by Linux's rules
//	output.go    forming segments from what is queued (3.7, 3.8.6)
//	receive.go   the RECEIVE call (3.10.3)
//	window.go    the receive buffer and the window that it offers (3.8.6)
//	delack.go    when an acknowledgment leaves (3.8.6.3)
//	timers.go    the timers, TIME_WAIT, orphaned FIN_WAIT_2 (3.10.8)
//	repair.go    retransmission, probes of tail, window and life (RFC 6298, RFC 8985, 3.8.4, 3.8.6.1)
//	rtt.go       the round-trip estimate (RFC 6298, 2)
//	paws.go      timestamps (RFC 7323)
//	options.go   what a SYN offers: the largest segment, scale, timestamps, SACK (3.7.1, RFC 7323)
//	minisock.go  what remains in TIME_WAIT, by Linux's rules
//	rest.go      and in how few bytes a host may keep it
//	policy.go    every number and choice that a TCP is free to make
//
// # How to use it
//
// The caller owns time and the network. It makes a [Conn], gives it the user's
// calls and the segments that arrive, each with the current [Instant], and asks
// for three things:
//
//  1. [Conn.Drain] after every verb: what happened, as one ordered list of
//     [Effect]s. The order is part of the lesson (the ACK is sent, TIME_WAIT is
//     entered, the 2MSL timer starts) and must be kept.
//  2. [Conn.Output] once per instant, after all arrivals and calls of that
//     instant: a Conn does not answer on its own, so that an ACK and a FIN that
//     are due together share a segment.
//  3. [Conn.Deadline], and [Conn.Timeout] when that instant has come.
//
// Before a verb the caller may set [Conn.Cause] to a mark of its own; every
// effect carries the mark of what provoked it, across the wait for Output and
// for timers too.
//
// An application that reads by calls says so with [Conn.ReadByCalls], takes its
// text by [Conn.Receive], and asks for the error that a call must report with
// [Conn.TakeTrouble]. Otherwise text is delivered in the instant of its arrival.
//
// # Linux
//
// The package follows RFC 9293; what a stack does beyond it is a field of [Policy],
// whose zero value leaves the RFC as written. No code asks which stack it is. A
// field names the kernel's function, so that it can be looked up.
//
// # One door
//
// A state is entered through [Conn].enter and nowhere else. It looks the edge up in
// [Edges] and panics when there is none: the table is an assertion and a map,
// never an interpreter.
//
// # Decisions
//
// Decision, 2026-11-22: CLOSE in CLOSE_WAIT enters LAST_ACK at the call, as in
// every sockets stack, although 3.10.4 has it wait until the FIN can be sent.
// CLOSE in ESTABLISHED enters FIN_WAIT_1 "in any case" already.
//
// Decision, 2026-11-22: CLOSE in SYN_RCVD enters FIN_WAIT_1 even with text that
// is still unsent, which 3.10.4 would queue until ESTABLISHED: the text and the
// FIN behind it leave in order all the same.
//
// Decision, 2026-11-22: a FIN sent again to TIME_WAIT lies left of the window, so
// that the first check of 3.10.7.4 answers and drops it before the text that
// restarts the 2MSL timer is reached. We restart there, since the sentence would
// otherwise be without effect. Linux does the same.
//
// Decision, 2026-11-22: a bare, acceptable ACK in TIME_WAIT is ignored under
// [RestartFIN]; 3.10.7.4 speaks as if only a FIN could come.
//
// Decision, 2026-11-22: a window probe is a segment without text left of the
// window, as Linux sends it, and not the one byte of 3.8.6.1: it draws the same
// ACK, and no byte is sent twice.
//
// Decision, 2026-11-22: a timer is due at an exact instant, rounded up to the
// policy's tick. Linux keeps timers in a wheel and fires up to a step later; a
// figure that showed it would differ from run to run.
//
// Decision, 2026-11-22: the tail loss probe and the retransmission timeout are two
// timers here and one in Linux, of which only one runs at a time, so that a
// diagram can name which it was.
//
// # Limitations
//
// No urgent data, no security compartments, no selective acknowledgment, no fast
// retransmission, no path MTU discovery. The initial window and its growth by
// acknowledgments are all there is of congestion control. Window scaling is not
// drawn: windows are in bytes.
package tcp
