package sim

import (
	"strconv"

	"fourwaves/sim/tcp"
)

// Instant is virtual time in microseconds since the run began.
type Instant = tcp.Instant

// Duration is a span of virtual time in microseconds.
type Duration = tcp.Duration

// Kind is what an event is; the names are stable and part of the wire.
type Kind string

const (
	Preset    Kind = "preset"   // an end of a connection that exists when the run begins
	Call      Kind = "call"     // an application calls its socket
	Return    Kind = "return"   // the call of a process returns
	State     Kind = "state"    // a connection goes from one state to another
	Sent      Kind = "sent"     // a segment leaves its host
	Held      Kind = "held"     // the network will deliver it For later than usual
	Copied    Kind = "copied"   // the network made a second copy, Seg, of segment Of
	Arrived   Kind = "arrived"  // a segment reaches a host
	Lost      Kind = "lost"     // a segment is lost under way
	Expired   Kind = "expired"  // a segment outlived what the network grants it
	Injected  Kind = "injected" // a segment that neither end sent is about to arrive, as if from Host
	Ignored   Kind = "ignored"  // the receiver drops the segment
	Timer     Kind = "timer"    // a timer starts, restarts, stops or fires
	Read      Kind = "read"     // the application reads Len bytes
	EOF       Kind = "eof"      // the application reads 0: the peer sends no more
	Error     Kind = "error"    // the application learns of Errno
	Link      Kind = "link"     // the weather changes
	Counters  Kind = "counters" // what a host under load has had so far; For is the interval
	End       Kind = "end"      // nothing more will happen
	doStart        = "start"
	doAgain        = "restart"
	doStop         = "stop"
	doFire         = "fire"
	byScript       = "script"
	byLearner      = "learner"
	byEOF          = "eof"
)

// Event states what was true at its time, and nothing about later: a sent
// event does not know when the segment will arrive. Fields that a kind does not
// use are zero and left out of the JSON, where a missing number means 0.
type Event struct {
	At    Instant `json:"at"` // microseconds
	Ev    Kind    `json:"ev"`
	Host  string  `json:"host,omitempty"` // whose lifeline; for lost, held and copied the sender's; for link the sender's or empty for both
	Conn  int     `json:"conn,omitempty"` // number of that host's connection, from 1
	Why   string  `json:"why,omitempty"`  // reason code; see package tcp and below
	Cause Cause   `json:"cause,omitempty"`

	Call tcpCall `json:"call,omitempty"` // close, shutdown, send, connect, listen, abort, crash, restart, and those of processes
	FD   string  `json:"fd,omitempty"`   // which descriptor of a process a call is about
	Arg  string  `json:"arg,omitempty"`  // what else the call says, as written
	Ret  int     `json:"ret,omitempty"`  // what it returns; -1 comes with Errno, which for so_error is what it read
	// Message is what a named application says or reads: of send and recv, and of
	// a segment that carries text of it.
	Message string `json:"message,omitempty"`
	From    string `json:"from,omitempty"` // state
	To      string `json:"to,omitempty"`   // state

	// Of preset, sent and injected: the connection as Host sees it, which for a
	// segment is its source and destination, and the host that it goes to.
	Local  Endpoint `json:"local,omitzero"`
	Remote Endpoint `json:"remote,omitzero"`
	Dst    string   `json:"dst,omitempty"`

	Seg   int    `json:"seg,omitempty"`  // number of the segment, unique in the run
	Kind  string `json:"kind,omitempty"` // RST, SYN, FIN, data or ACK: the first that applies
	Nth   int    `json:"nth,omitempty"`  // which one of that kind from that host, from 1
	Flags string `json:"flags,omitempty"`
	Seq   uint32 `json:"seq,omitempty"`
	Ack   uint32 `json:"ack,omitempty"`
	Len   int    `json:"len,omitempty"` // bytes of text
	// Inc, of sent: which use of its 4-tuple the sender's connection is, from 2 on.
	Inc int `json:"inc,omitempty"`
	// Foreign, of read: how many of its bytes no segment of the connection's own
	// peer has brought, but an old duplicate or a forgery.
	Foreign int    `json:"foreign,omitempty"`
	Wnd     int    `json:"wnd,omitempty"`   // bytes
	Shift   int    `json:"shift,omitempty"` // of the window (RFC 7323): what a SYN offers, or by what the header's field of another segment is less than Wnd
	Scale   bool   `json:"scale,omitempty"` // of a SYN: its sender scales windows, its own by Shift, which may be 0
	MSS     int    `json:"mss,omitempty"`   // of a SYN: the largest text that its sender takes, in bytes
	SACK    bool   `json:"sack,omitempty"`  // of a SYN: SACK permitted
	TSVal   uint32 `json:"tsval,omitempty"` // timestamps option (RFC 7323), with its echo
	TSEcr   uint32 `json:"tsecr,omitempty"`
	Retry   int    `json:"retry,omitempty"`
	Of      int    `json:"of,omitempty"` // the segment that this one repeats

	For    Duration `json:"for,omitempty"`    // microseconds
	Flight Duration `json:"flight,omitempty"` // of lost and expired: what the whole trip would have taken; of arrived, when jitter made it longer: what it took, but for being held; microseconds

	Timer string  `json:"timer,omitempty"` // RTO, TIME_WAIT, FIN_WAIT_2, ACK, TLP, PERSIST or KEEPALIVE
	Do    string  `json:"do,omitempty"`    // start, restart, stop, fire
	Due   Instant `json:"due,omitempty"`

	Errno tcp.Errno `json:"errno,omitempty"`

	Counts *Counts `json:"counts,omitempty"` // counters

	Loss  *int      `json:"loss,omitempty"`  // parts per million
	Delay *Duration `json:"delay,omitempty"` // microseconds
	Share int       `json:"share,omitempty"` // of link, when Why is reorder or duplicate: parts per million; of other conditions For is the time

	State  string `json:"state,omitempty"` // preset
	SndNxt uint32 `json:"snd_nxt,omitempty"`
	RcvNxt uint32 `json:"rcv_nxt,omitempty"`
}

type tcpCall = string

// Cause is the place in the list of the earlier event that produced this one;
// the zero value says that there was none.
type Cause int

func causedBy(index int) Cause { return Cause(index + 1) }

// Index gives the place of the cause in the list of events.
func (c Cause) Index() (int, bool) { return int(c) - 1, c > 0 }

// MarshalJSON writes the place, from 0.
func (c Cause) MarshalJSON() ([]byte, error) { return strconv.AppendInt(nil, int64(c)-1, 10), nil }

// UnmarshalJSON reads the place, from 0.
func (c *Cause) UnmarshalJSON(b []byte) error {
	n, err := strconv.Atoi(string(b))
	*c = Cause(n + 1)
	return err
}

// Why a machine is gone, and back.
const (
	WhyCrash    = string(tcp.WhyCrash)
	WhyRebooted = "rebooted"
)

// What the weather does beyond losing: reasons why a segment was held, copied, or
// arrived For later than the delay.
const (
	WhyReorder   = "reorder"   // it takes the way twice as long; others pass it
	WhyDuplicate = "duplicate" // the share that arrives twice
	WhyJitter    = "jitter"    // no two segments take equally long
)

// Reasons why a segment was lost, expired or refused, and why a run ended.
const (
	WhyDrop     = "drop"     // a scenario or a learner said so
	WhyChance   = "chance"   // the loss rate
	WhyBurst    = "burst"    // it was sent while a burst of loss went on
	WhyCut      = "cut"      // the cable is cut
	WhyDown     = "down"     // the host that it reaches has crashed
	WhyLifetime = "lifetime" // older than the network keeps a segment
	WhyQuiet    = "quiet"    // nothing is left to happen
	WhyUntil    = "until"    // the scenario's last instant
	WhyLimit    = "limit"    // the cap on events
	WhyRecycle  = "recycle"  // tcp_tw_recycle: an older timestamp than the address had a minute ago
	WhyBacklog  = string(tcp.WhyBacklog)
	WhySynFin   = string(tcp.WhySynFin)
)
