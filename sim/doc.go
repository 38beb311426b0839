// Package sim is the world in which connections end: hosts, a network and
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
//	script.go      one line of the notation: what it can be, what it edits, how it is written
//	grammar.go     text to lines: what may follow which word
//	parser.go      the words themselves: times, shares, numbers, names of segments
//	problem.go     mistakes in a text, with their place and the word that was meant
//	complete.go    what could stand at a place in a text, for who types it
//	scenario.go    lines to settings
//	check.go       what can be read and is wrong all the same: expectations that are not met, lines that do nothing
//	address.go     who is there: hosts, their addresses, the 4-tuples of connections
//	profile.go     machines as data: rfc9293, linux, and the kernel's parameters
//	agenda.go      what happens next, and why in that order
//	run.go         one execution: from settings to events
//	host.go        a machine: its connections, and which of them a segment is for
//	socket.go      one connection on it: what TCP did is told, sent and followed
//	ports.go       what a connection begins with: bind(), ephemeral ports, TIME_WAIT that gives way, first numbers
//	simple.go      the simple application: what timed lines say
//	process.go     the other application: a program of socket calls that block and return
//	descriptor.go  what its calls are about: options, and each call with its errors at their instants
//	behaviour.go   named applications, which are programs too: what a line says of them
//	http.go        and what they do: ask, answer, echo, and HTTP from 1.0 to 2
//	message.go     and say to each other
//	nat.go         hosts behind one address
//	network.go     the way between, and the fates of single segments
//	weather.go     what it does to all of them: delay, jitter, loss, reordering, duplication
//	flow.go        connections as the wire shows them, for the two below
//	rule.go        the hand in the wire: what happens to every segment of a kind
//	inject.go      segments that neither end sent: forged and replayed ones
//	load.go        many short connections: what the load line says
//	errand.go      and their applications
//	counts.go      what they add up to
//	rest.go        those of them that only wait in TIME_WAIT, in few bytes
//	measure.go     runs that keep nothing, for benches
//	encode.go      events as JSON, without asking for memory
//	event.go       what a run says, as data
//	session.go     one reader's edits, and what each of them leaves as it was
//	transcript.go  events as terse lines, for goldens
//	sockets.go     what ss would show on each host at an instant
//	about.go       what the package says of itself, for the pages: the notation and MODEL.md
//	tcp/           one end of one connection: RFC 9293, and what Linux does beyond it
//	capture/       beside the engine: runs as captures for Wireshark
//	MODEL.md       for teachers: what is modelled and what is left out; MODEL.zh.md in Chinese
//
// # How to use it
//
// [Parse] a scenario, [Open] a [Session] under a log, take events with
// [Session.Next] as far as they are wanted, and edit with [Session.Control] or
// [Session.Replace], which say how many events stay as they were.
//
// # Three kinds of applications
//
// The simple application reads what arrives in the instant of its arrival, and
// does what the lines "at TIME HOST CALL" say. It is enough for most figures. A
// process runs steps with descriptors, one after the other; its calls block, and
// what it has not read closes the window. Every call of a process is two events:
// call when it begins, return when it ends. A named application, such as http, is
// a program that is written already, with a process for each of its connections.
// A host has one of the three.
//
// # The judge
//
// testdata/kernel holds recordings of Linux closing connections. recording_test.go
// translates each into a scenario and compares segments, calls, states and
// intervals; it takes any other folder of such recordings by a flag:
//
//	go test ./sim -run TestRecordings -args -recordings DIR
//
// # Order at one instant
//
// First everything that arrives, in the order in which it was put on its way;
// then the applications and the scenario's timed lines; then each connection
// sends what is due, once; then timers; last the timed lines of the log. So an
// arrival beats a timer that is due at the same instant, a close at end of file
// shares a segment with the ACK, and an edit never changes what its own instant
// already showed. On a machine that its profile calls eager (Linux) a connection
// sends within the call, the arrival or the timer itself, and not once after all
// of them: data and FIN of two calls are two segments there.
//
// # The notation
//
// Scenarios, edits, links and tests use one language: a line each. Words are
// separated by blanks; a word that starts with # begins a comment.
//
//	scenario   = { [ line ] newline }
//	line       = experiment | [ "at" time ] ( weather | fate ) | "at" time call | teaching
//	           | process | "at" time injection
//	           | world
//
//	world      = "host" name { address } [ "listens" ]      see Hosts below; one line each, from left to right
//	           | "nat" address host { host }                these reach all others under that one address
//
//	experiment = "profile" ( "rfc9293" | "linux" | "freebsd" | "windows" )
//	           | "sysctl" host parameter number [ number ]  a kernel parameter by its name; nofile is ulimit -n
//	           | "isn" [ host ] ( "fixed" number { number } | "clock" [ number ] | "hash" )
//	                                                        first sequence numbers; default clock
//	           | "tsval" host number                        its timestamp at 0s, which counts milliseconds
//	           | "mtu" number                               bytes of a packet; default 1500
//	           | "start" ( "established" | "closed" )       default established
//	           | "seed" number                              of chance; default 0
//	           | "msl" time                                 what the ends believe; default 2 min
//	           | "time-wait" time                           default 2 x msl, for linux 60s; 0s is a counterfactual
//	           | "lifetime" time                            how long the network keeps a segment; default msl
//	           | "restart" ( "fin" | "any-ack" | "never" )  what restarts TIME_WAIT
//	           | "rto-min" time                             first and least retransmission timeout
//	           | "until" time                               the run lasts at least so long
//	           | "move" host verb time                      the scenario's first such call happens then
//	           | host "on-eof" verb                         in the instant in which the application reads 0
//	           | host ":" application { parameter }         see Named applications below; what it leaves out stays as it is
//	           | "load" host setting { setting }            many short connections; what it leaves out stays as it is
//	           | rule
//	weather    = "link" [ host [ host ] ] condition         what the first sends (to the second); every way without them
//	condition  = "loss" percent
//	           | "delay" time                               one way; default 50ms
//	           | "jitter" time [ "any-order" ]              up to so much longer; without overtaking, unless it says so
//	           | "reorder" percent                          so many take the way twice as long, and others pass them
//	           | "duplicate" percent                        so many arrive again, up to one delay later
//	           | "burst" time                               so long after a chance loss, all others are lost too
//	           | "cut" [ "for" time ] | "restored"          nothing gets through from then on
//	fate       = ( "drop" | "deliver" ) host segment
//	           | ( "hold" | "dup" ) host segment time       later by that; a second copy later by that
//	call       = host verb [ "conn=" number ]               of its latest connection, or of that one, from 1
//	           | host "send" number [ "conn=" number ]      bytes
//	           | host "connect" [ target ] [ "from" source ] [ "retry" time ]
//	                                                        default: the first other host that listens, port 80
//	           | host ( "crash" | "restart" )               of the machine; see Crashes below
//	target     = ( host | address ) [ ":" port ] | port
//	source     = address [ ":" port ] | port                one of the host's own
//	verb       = "connect" | "close" | "shutdown" | "abort" | "send" | "crash" | "restart"
//	teaching   = "knob" [ host ] ( "loss" | "delay" | "jitter" | "reorder" | "duplicate" | "burst" ) range
//	           | "knob" ( "msl" | "time-wait" | "lifetime" | "rto-min" ) range | "knob" host verb range
//	           | "button" ( weather | call | load | sysctl | host ":" application { parameter } )
//	                                                        without "at"; default: a close for each host that obeys
//	           | "knob" host ( "at" | "every" | "idle" | "takes" ) range
//	           | "expect" host state ( "at" time | "never" )
//	           | "expect" host "sends" kind number
//	           | "expect" host "counts" count number        of a load, when it is over; count as in [Counts]
//
//	process    = host ":" [ "at" time | "after" time ] step after counts from the return of the step before
//	step       = "socket" fd | "bind" fd [ source ]         port 0 is any
//	           | "setsockopt" fd option number              times in the unit of the real option
//	           | "setsockopt" fd "SO_LINGER" number seconds
//	           | "listen" fd [ backlog ] | "accept" fd fd   the second is the new one
//	           | "connect" fd [ target ]
//	           | "send" fd bytes | "recv" fd [ bytes ]      at most; default 65536
//	           | "recv_eof" fd                              recv until it returns 0 or an error
//	           | "shutdown" fd ( "RD" | "WR" | "RDWR" ) | "close" fd
//	           | "poll" fd | "so_error" fd                  neither waits
//	           | "poll" fd time                             until there is something to read, at most so long
//	           | "sleep"                                    nothing but its time
//	option     = "SO_REUSEADDR" | "SO_REUSEPORT" | "SO_RCVBUF" | "SO_KEEPALIVE" | "TCP_NODELAY" | "TCP_LINGER2"
//	           | "TCP_USER_TIMEOUT" | "TCP_KEEPIDLE" | "TCP_KEEPINTVL" | "TCP_KEEPCNT"
//
//	setting    = "rate=" decimal                            connect() calls per second; default 10
//	           | "count=" number | "for=" time              how many of them, or for how long; default 100
//	           | "life=" time                               from connect() to TIME_WAIT; default 30ms
//	           | "close=" host                              who closes first; default the client
//	           | "lag=" time                                what the other waits after the end of file; default 0s
//	           | "to=" number                               destinations in turn: ports 80, 81, ...; default 1
//	           | "from=" number                             addresses of its own in turn; default 1
//	           | "request=" bytes | "response=" bytes       default 100 and 200
//	           | "pool=" number                             keep so many and use them again; 0, the default, keeps none
//	           | "linger=" ( "0" | "off" )                  0: a reset closes first, and no FIN; default off
//	           | "every=" time                              between counters; default about a hundredth of the load
//	           | "show=" number                             connections with all their events
//
//	application = "ask" | "answer" | "echo" | "http"        ask on a host that does not listen, answer and echo on one that does
//	parameter  = "count=" number                            of one that asks: how many requests; default 1
//	           | "at=" time | "every=" time                 the first of them, and the time between them; default 0s and 1s
//	           | "request=" bytes                           default 100; body= comes on top
//	           | "pool=" number                             keep so many connections and use them in turn
//	           | "response=" bytes                          of one that answers; default 200
//	           | "takes=" time                              from a request to its response; default 0s
//	           | "idle=" time                               of either: close after so long without a request; default never
//	           | "finish=" ( "at-once" | "staged" )         of one that answers: close(), or shutdown(), read to the end, close()
//	           | "leak=" number                             it forgets to close every so many-th connection
//	           | "version=" ( "1.0" | "1.1" | "2" )         of http that asks; default 1.1
//	           | "connection=" ( "close" | "keep-alive" )   of http, either end: the header of that name
//	           | "body=" bytes                              of http that asks
//	           | "max=" number                              of http that answers: requests of one connection
//	           | "reads=" bytes                             of http that answers: so much at a time, until it has the head, and no more
//
//	rule       = "rule" "drop" [ host ] { key }             every segment that the sender's keys match,
//	           | "rule" ( "delay" | "dup" ) [ host ] { key } "by=" time
//	                                                        by the first rule whose turn it is
//	injection  = "inject" host { key | own }                at the other end at once, as if host had sent it
//	           | "inject" host "replay" { key } [ "pick=" number ]
//	                                                        a copy of an earlier one: 1 is the first, -1 the last
//	key        = "flags=" letters | "not_flags=" letters    all of these; none of those
//	           | "len=" ( "data" | "none" | number ) | "seq=" number | "conn=" number
//	           | "acks_fin" | "after_own_fin" | "after_peer_fin" | "after=" time
//	           | "nth=" number { "," number }               which of those that match
//	own        = "flags=" letters | "seq=" ( number | "rcv_nxt" ) | "seq_off=" number
//	           | "ack=" ( number | "snd_nxt" ) | "ack_off=" number | "len=" number | "win=" number
//	           | "ts=" number                               added to the last timestamp of that end
//	           | "conn=" number | "same_conn"
//	letters    = one or more of F S R P A                   numbers count from the first of that side
//
//	segment    = kind "#" number                            1 is the first of its kind from that host,
//	                                                        retransmissions counted
//	kind       = "RST" | "SYN" | "FIN" | "data" | "ACK"     the first that applies
//	host       = "client" | "server", or a name of the scenario's own
//	name       = a small letter, then up to 15 of small letters, digits and -
//	address    = four numbers, as in 10.0.0.7
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
// And one with processes:
//
//	profile linux
//	client: socket c
//	client: connect c
//	client: at 600ms close c
//	server: socket L
//	server: bind L 80
//	server: listen L
//	server: accept L s
//	server: recv_eof s
//	server: after 200ms close s
//
// A timed edit changes no event at or before its instant; a fate changes none
// before its segment is sent; an experiment is run again from the start. A line
// replaces an earlier edit of the same thing at the same instant; calls add up.
//
// # Weather
//
// Each way has its own; a line without hosts sets all of them. Chance is keyed by
// what a segment is, with a stream of its own for each kind, so that no knob
// changes the luck that another one gives, and more of one only adds. Of a segment
// that a fate or a rule is about, only its delay and jitter are the weather's.
//
//	link client jitter 20ms           # from 50 to 70 ms; none overtakes
//	link reorder 5%
//	link server duplicate 5%
//	link loss 2%
//	link burst 300ms                  # a loss takes with it what follows
//	at 2s link cut for 3s             # then it is as before
//
// What is under way when a cable is cut still arrives. In an event link that is
// about neither loss nor delay, the reason names the condition, and For is its time
// or share its share. An arrived whose reason is jitter came For later than usual.
//
// # Hosts
//
// A scenario that names no host has two: client, and server, which listens. One
// that names any names all of them, two to eight, in the order of their
// lifelines. A host that is given no address has 10.0.0.n, where n is its place;
// the first of several is the one it sends from. One that "listens" has a simple
// application that waits at port 80 from the start. "start established" presets
// one connection, from the first host that does not listen to the first that does.
//
//	host client
//	host server listens
//	host mirror 192.0.2.7 192.0.2.8 listens
//	start closed
//	at 0s client connect
//	at 10ms client connect mirror
//	at 20ms client connect 192.0.2.8
//	link client mirror delay 80ms
//
// Lines and events name hosts by these names; segments carry addresses. In an
// event preset, sent or injected, local and remote are the connection as Host
// sees it, so for a segment its source and destination, and dst is the host that
// it goes to. A later event about a segment (held, copied, arrived, lost,
// expired, ignored) has its number and no addresses again; only arrived has
// local and remote if a nat on the way has changed them.
//
// # Crashes
//
// A host whose application is the simple one can crash: it loses its connections,
// tells nobody, and whatever reaches it is lost until it restarts, with its ports
// counted from the first again and its application as at the start. So the other
// end's connection is half-open (RFC 9293, 3.5.1), and a connect() after the restart
// has the 4-tuple of the old connection. A process that ends without its machine is a
// close(): the kernel closes what it had open. "abort" is close() with SO_LINGER of 0.
//
//	at 100ms client crash
//	at 200ms client restart
//	at 300ms client connect
//
// # Connecting again
//
// A simple application may connect as often as it likes. Without "from" the port
// is the next free one; with it, it is that one as after bind() with
// SO_REUSEADDR, so that only the 4-tuple counts: in TIME_WAIT it is refused with
// EADDRNOTAVAIL, which is in the event of the call. "retry" tries again so much
// later as long as the call fails at once (at most 100 times).
//
//	msl 2s
//	at 0s client close
//	at 200ms server close
//	at 500ms client connect server from 49152 retry 500ms   # refused until 4s
//	expect client ESTABLISHED at 4600ms
//
// First sequence numbers are a choice: "fixed" takes the listed ones in turn and
// then stays with the last, "clock" counts from a number on (250 a millisecond
// in rfc9293), "hash" adds a secret of seed and 4-tuple. An event sent has inc
// when its connection is the second or a later one of its 4-tuple, its
// incarnation; an event read has foreign, the number of its bytes that came by a
// segment of another incarnation, or of nobody. The sum of those is the harm that
// old duplicates have done.
//
// # Named applications
//
// A figure about HTTP wants a client and a server, and not their calls one by
// one. "client: http" and "server: http" are such programs; ask and answer are
// the same without the rules of HTTP (the one that asks closes when it has its
// last response), and echo sends back what it reads. They use sockets as every
// process does, so the calls are there to see, with their descriptors and errnos:
// c1, c2, ... for the connections of a client, L and s1, s2, ... on a server.
//
//	msl 2s
//	client: http count=10 every=200ms idle=3s
//	server: http idle=5s max=100
//
// Who closes follows from version and headers (RFC 9112, 9.3 and 9.6): after
// HTTP/1.0 or "Connection: close" the server, once it has responded; else
// whichever end is first idle for too long, which in HTTP/2 says GOAWAY before.
// A client that finds its connection gone opens another for the next request, and
// asks none again. It has one connection, or as many as pool says, or a new one for each
// request where connections do not persist; in HTTP/2 a request does not wait for
// the response before it. A server accepts until it has no descriptor left.
//
// Events call send and recv, and segments that carry text, have a message: what
// they carry or begin with, such as request#3, response#3 or GOAWAY. A return
// whose reason is unanswered leaves its request without a response. With "start
// established" the two applications begin with the connection that is there.
//
// # Loads
//
// A load is many short connections from one host to the other: connect(), one
// request, one response, and close(). Its applications act by calls and arrivals
// like any other, and its segments pass through the same TCP. Two things differ.
// Every interval a counters event per host tells what the connections add up to
// ([Counts]), if that has changed; and of a load of more than 200 connections only
// the first 3 are told event by event, and the first connect() that fails with an
// errno. What is not told happens all the same.
//
// The end that closes first calls close() one round trip before its connection's
// life is over, or when the exchange is over if that is later. So with an undisturbed
// network and lag=0s a port is busy from connect() for life and 2MSL. The lesson on
// running out of ports:
//
//	msl 2s
//	link delay 5ms
//	sysctl client ip_local_port_range 40000 40019
//	load client rate=10 for=10s life=30ms close=client
//	expect client counts opened 58
//
// # Decisions
//
// Decision, 2026-11-22: a fate may carry "at". The session adds it when the
// segment is under way at the playhead, so that it is lost where the reader sees
// it and not before.
//
// Decision, 2026-11-23: a burst of loss is a time and not a number of segments:
// losing one more by hand then shifts no other segment's fate.
//
// Decision, 2026-11-22: re-running is all there is; no snapshots. A turn of a
// knob on some 300 events costs well under a millisecond (BenchmarkControl).
//
// Decision, 2026-11-22: a process is a list of steps and not a program. What
// recordings of a kernel need, and lessons about errno, is the order of calls and
// their results; loops and conditions would ask for a language of their own.
//
// Decision, 2026-11-22: the programs that need loops and conditions all the same
// are named, and written in Go (http.go) with the call after a call as a function
// of its return: no goroutine blocks, and none is needed.
//
// Decision, 2026-11-22: named applications write real text, and a server knows of
// a request what it has read, so an old duplicate that gets into the stream does
// to them what it would do. The frames of HTTP/2 are written as lines. Events
// carry no text, so captures, which are made from events, have filler in its place.
//
// Decision, 2026-11-22: what wakes a process first is everything that arrives at
// one instant, as for the simple application (ruling 2). A kernel may wake it
// between two segments of a burst; which, is a race there.
//
// Decision, 2026-11-22: connect() tries ports on from the last one taken. The
// kernel begins at a random place, which would make figures differ for no reason.
//
// Decision, 2026-11-22: send() gives all its bytes to the connection at once and
// blocks until no more of them wait than the buffer holds, so that a call cut
// short reports the error and never a part.
//
// Decision, 2026-11-22: load lines change what they name and leave the rest, so
// that one edit (load client to=2) answers one question. Destinations are ports
// of the other host: for a 4-tuple they are as good as addresses.
//
// Decision, 2026-11-22: counts are totals since the beginning, and gauges of the
// instant, never of an interval alone: any one event makes sense without those
// before it, and what an interval had is a difference.
//
// Decision, 2026-11-22: a load runs through the same host and the same TCP as
// everything else. Its speed comes from what is not done for connections of which
// nothing is told (no events), from memory used again, from lanes of equal delay in
// the agenda, and from TIME_WAIT in 48 bytes and an index; TestQuietIsTheSame and
// tcp.TestRest hold that to the long way.
//
// Decision, 2026-11-22: a pool opens all its connections before it uses one again,
// gives a request to the one that has been idle longest, and closes when the last
// request is answered.
package sim
