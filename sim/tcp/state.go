package tcp

import "fmt"

// State is a connection state of RFC 9293, section 3.3.2.
type State uint8

// The eleven states. CLOSED is fictional: it stands for having no TCB.
const (
	Closed State = iota
	Listen
	SynSent
	SynRcvd
	Established
	FinWait1
	FinWait2
	CloseWait
	Closing
	LastAck
	TimeWait
	numStates
)

var stateNames = [numStates]string{
	"CLOSED", "LISTEN", "SYN_SENT", "SYN_RCVD", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2",
	"CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT",
}

// String gives the name with underscores, as socket programs write it.
func (s State) String() string { return stateNames[s] }

// States lists all eleven in the order of their declaration.
func States() []State {
	all := make([]State, numStates)
	for i := range all {
		all[i] = State(i)
	}
	return all
}

// Synchronized tells whether both ends know both sequence numbers (3.5.2).
func (s State) Synchronized() bool { return s >= Established }

// Why is the reason for a transition, a transmission or a discarded segment:
// a stable code that catalogues turn into words.
type Why string

// Reasons for transitions. Each names the event in the words of Figure 5.
const (
	WhyOpenCall       Why = "open-call"
	WhyListenCall     Why = "listen-call"
	WhyCloseCall      Why = "close-call"
	WhyShutdownCall   Why = "shutdown-call"
	WhyAbortCall      Why = "abort-call"
	WhySynArrived     Why = "syn-arrived"
	WhySynAckArrived  Why = "syn-ack-arrived"
	WhyAckOfSyn       Why = "ack-of-syn"
	WhyFinArrived     Why = "fin-arrived"
	WhyAckOfFin       Why = "ack-of-fin"
	WhyTimeWaitOver   Why = "time-wait-over"
	WhyFinWait2Over   Why = "fin-wait-2-over"
	WhyRstArrived     Why = "rst-arrived"
	WhyGaveUp         Why = "gave-up"
	WhyDataAfterClose Why = "data-after-close"
	WhyUnreadData     Why = "unread-data"
	WhyTimeWaitFull   Why = "time-wait-full"
	WhyReopened       Why = "reopened"
	WhyTakenOver      Why = "taken-over" // by a connection that this end opens
	WhySecondSyn      Why = "second-syn" // another SYN than the one that began this opening
	WhyCrash          Why = "crash"
)

// Tag says where an edge is written down (ruling 12 of the project).
type Tag uint8

const (
	Figure  Tag = iota // drawn in RFC 9293, Figure 5
	Note               // in the notes under Figure 5
	Text               // only in the text of section 3.10
	Profile            // in no RFC, but in stacks
)

// String names the tag for tables and tests.
func (t Tag) String() string { return [...]string{"figure", "note", "text", "profile"}[t] }

// Edge is one permitted transition.
type Edge struct {
	From, To State
	Why      Why
	Tag      Tag
	Section  string // of RFC 9293, unless it names another source
}

// Edges is Figure 5 with its notes, the transitions that only the text has, and
// those of real stacks. The same table guards enter and is what the coverage
// tests walk.
var Edges = buildEdges()

func buildEdges() []Edge {
	edges := []Edge{
		{Closed, Listen, WhyListenCall, Figure, "3.10.1"},
		{Closed, SynSent, WhyOpenCall, Figure, "3.10.1"},
		{Listen, SynRcvd, WhySynArrived, Figure, "3.10.7.2"},
		{Listen, Closed, WhyCloseCall, Figure, "3.10.4"},
		{SynSent, SynRcvd, WhySynArrived, Figure, "3.10.7.3"},
		{SynSent, Established, WhySynAckArrived, Figure, "3.10.7.3"},
		{SynSent, Closed, WhyCloseCall, Figure, "3.10.4"},
		{SynRcvd, Established, WhyAckOfSyn, Figure, "3.10.7.4, fifth check"},
		{SynRcvd, FinWait1, WhyCloseCall, Figure, "3.10.4"},
		{SynRcvd, FinWait1, WhyShutdownCall, Figure, "3.10.4"},
		{Established, FinWait1, WhyCloseCall, Figure, "3.10.4"},
		{Established, FinWait1, WhyShutdownCall, Figure, "3.10.4"},
		{Established, CloseWait, WhyFinArrived, Figure, "3.10.7.4, eighth check"},
		{FinWait1, FinWait2, WhyAckOfFin, Figure, "3.10.7.4, fifth check"},
		{FinWait1, Closing, WhyFinArrived, Figure, "3.10.7.4, eighth check"},
		{FinWait2, TimeWait, WhyFinArrived, Figure, "3.10.7.4, eighth check"},
		{Closing, TimeWait, WhyAckOfFin, Figure, "3.10.7.4, fifth check"},
		{CloseWait, LastAck, WhyCloseCall, Figure, "3.10.4"},
		{CloseWait, LastAck, WhyShutdownCall, Figure, "3.10.4"},
		{LastAck, Closed, WhyAckOfFin, Figure, "3.10.7.4, fifth check"},
		{TimeWait, Closed, WhyTimeWaitOver, Figure, "3.10.8"},

		{SynSent, Closed, WhyShutdownCall, Text, "3.10.4"},
		{SynRcvd, Closed, WhySecondSyn, Text, "3.10.7.4, fourth check; the listening socket has a TCB of its own"},
		{Listen, Closed, WhyShutdownCall, Text, "3.10.4"},
		{FinWait2, Closed, WhyFinWait2Over, Profile, "no RFC; BSD and Linux end an orphan"},
		{FinWait2, Closed, WhyTakenOver, Profile, "Linux, tcp_twsk_unique: for a port chosen by bind(), an orphan counts as TIME_WAIT"},
		{FinWait2, Closed, WhySynArrived, Profile, "Linux, tcp_timewait_state_process"},
		{FinWait2, Closed, WhyTimeWaitFull, Profile, "Linux, tcp_max_tw_buckets"},
		{Closing, Closed, WhyTimeWaitFull, Profile, "Linux, tcp_max_tw_buckets"},
		{FinWait2, Closed, WhyGaveUp, Text, "3.8.4"},
		{TimeWait, Closed, WhyReopened, Text, "3.10.7.4, fourth check"},
		{TimeWait, Closed, WhyTakenOver, Profile, "Linux, tcp_twsk_unique"},
	}
	// The text lets RST, ABORT and the user timeout end every connection; the
	// figure leaves those arrows out for legibility.
	for s := SynSent; s < numStates; s++ {
		edges = append(edges,
			Edge{s, Closed, WhyRstArrived, Text, "3.10.7.4, second check"},
			Edge{s, Closed, WhyAbortCall, Text, "3.10.5"})
		if s != FinWait2 && s != TimeWait {
			edges = append(edges, Edge{s, Closed, WhyGaveUp, Text, "3.10.8"})
		}
	}
	for s := Listen; s < numStates; s++ {
		edges = append(edges, Edge{s, Closed, WhyCrash, Text, "3.5.1"})
	}
	for s := Established; s < TimeWait; s++ {
		edges = append(edges, Edge{s, Closed, WhyUnreadData, Text, "3.6.1; RFC 2525, 2.17"})
	}
	edges = append(edges,
		Edge{FinWait1, Closed, WhyDataAfterClose, Text, "3.6.1"},
		Edge{FinWait2, Closed, WhyDataAfterClose, Text, "3.6.1"})
	for _, s := range []State{CloseWait, Closing, LastAck} { // the text stops at the FIN's own number
		edges = append(edges, Edge{s, Closed, WhyDataAfterClose, Profile, "Linux, tcp_rcv_state_process"})
	}
	return edges
}

// Untaken are the arrows of Figure 5 and its notes that no run takes, each with
// the reason. A chart draws them dashed.
var Untaken = buildUntaken()

func buildUntaken() []Edge {
	edges := []Edge{
		// Sockets have no such call: send() on a listening socket is an error.
		{Listen, SynSent, "send-call", Figure, "3.10.2"},
		// The listening socket has a TCB of its own, so that this one goes to CLOSED.
		{SynRcvd, Listen, WhyRstArrived, Note, "Figure 5, note 1"},
		// The text of 3.10.7 resolves it into two steps of one instant.
		{FinWait1, TimeWait, WhyFinArrived, Note, "Figure 5, note 2"},
	}
	// Who sends a RST should wait as well; no stack that we know of does.
	for s := Established; s < TimeWait; s++ {
		edges = append(edges, Edge{s, TimeWait, "rst-sent", Note, "Figure 5, note 3"})
	}
	return edges
}

// edgeAt finds an edge by its two states in one step, since enter is on the
// path of every transition of a run of a million connections.
var edgeAt = func() (table [numStates][numStates][]Edge) {
	for _, e := range Edges {
		table[e.From][e.To] = append(table[e.From][e.To], e)
	}
	return table
}()

// enter is the one door to a state.
func (c *Conn) enter(to State, why Why) {
	if !permitted(c.state, to, why) {
		panic(fmt.Sprintf("tcp: no edge %v -> %v on %s in RFC 9293", c.state, to, why))
	}
	e := c.effect(Enter)
	e.From, e.To, e.Why = c.state, to, why
	c.state = to
}

func permitted(from, to State, why Why) bool {
	edges := edgeAt[from][to]
	for i := range edges {
		if edges[i].Why == why {
			return true
		}
	}
	return false
}
