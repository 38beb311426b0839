package web

import (
	"encoding/json"
	"fmt"
	"time"

	"fourwaves/lessons"
	"fourwaves/sim"
)

// # The wire
//
// One WebSocket per page at {base}/socket carries every figure of the page. Messages are JSON objects in text frames, the
// subprotocol is fourwaves.v1, virtual time is in integer microseconds. testdata/wire has one example of each message, which
// the tests of both sides read.
//
// The browser says (at most 16 KiB a message):
//
//	{"type":"open","figure":"lost-last-ack/lost-ack","log":["drop client ACK#1"],"v":1}
//	    Run this figure under exactly this log. Starts it, resumes it after a reconnect, undoes and resets: the page owns the
//	    log, so the server has nothing to remember. v is the engine's version that the log was made with, optional.
//	    With a field scenario, a text in the notation, it is that which is run, and figure is only the name under which the
//	    other messages speak of it: the sandbox.
//	{"type":"control","figure":"...","rev":3,"at":1400000,"do":"link loss 20%"}
//	    One edit with the playhead at `at`. rev is the newest that the page has seen.
//	{"type":"credit","figure":"...","rev":3,"n":1}
//	    n splices of that rev were used up.
//	{"type":"answer","figure":"...","ask":"fins","guess":"2"}
//	    A guess at a prediction, written as in the notation: LAST_ACK, 2, 7250ms, server FIN (or nobody), for an arrow
//	    `server 200ms 250ms`, for a pick the number of the label from 1. Without guess: show me. Either way the prediction is
//	    done with, and the run goes on to the next gate.
//	{"type":"judge","figure":"...","ask":"reset"}
//	    Is the goal of this challenge reached by the run as it is now? {"type":"solve",...} asks for a solution.
//	{"type":"close","figure":"..."}
//	    The page no longer shows it.
//	{"type":"remote","figure":"...","lang":"en"}
//	    Somebody presents this figure and wants a phone to turn it (remote.go). With the field key, that of a room: after a
//	    new connection the same room again. A page has one room.
//	{"type":"says","figure":"...","text":"..."}
//	    What the figure says now, for the phones in the page's room. {"type":"hang-up",...} ends the room.
//
// The server says:
//
//	{"type":"splice","figure":"...","rev":3,"from":7,"events":[...],"end":false,"log":[...],"facts":{...}}
//	    Keep your first `from` events, then these. log and facts come with the first splice of a rev, the rest follow until
//	    end. version is present when it differs from the v of `open`: the link was made with another engine.
//	{"type":"verdict","figure":"...","rev":3,"ask":"fins","guess":"3","right":false,"answer":"2","because":[11,19],"why":"..."}
//	    The answer to a prediction, in the form of a guess; because are the events that show it, why is the lesson's own HTML.
//	    For a challenge: {"verdict":"solved"}, not-yet, forbidden (with the line that is not allowed), too-many; or a log.
//	{"type":"room","figure":"...","code":"K7QM4XVR","key":"...","ends":10800}
//	    The room that was asked for: phones come in at {base}/remote/CODE, the key is nobody's but the page's, and after so many
//	    seconds it ends in any case.
//	{"type":"turned","figure":"...","do":"next"}
//	    A phone has pressed: next, back or play.
//	{"type":"over","figure":"...","why":"time"}
//	    The room has ended, or, with why full, there is no place for one.
//	{"type":"error","figure":"...","rev":3,"code":"bad-line","message":"...","problem":"unknown","line":1,"col":6,"do":"..."}
//	    The message before had no effect. line and col are a place in the log or in `do`, from 1.
//
// Predictions: `open` names in shown those that the reader is done with ("*" is all), and in lang the language of what is
// said. Before an open one the run ends: the last event is of the kind gate, end is true, and gate is the question
// ({"ask","kind","at","text","choices","labels","from","to","step"}). Nothing behind a gate is sent, whatever the log. When
// it is answered, the rest follows in a splice of the same rev. captions ([{"at","text"}], text in HTML) are those up to the
// gate; they come with a rev's first splice and with the first one behind a gate, if there are any.
//
// Revisions: rev counts the logs that a figure has had on this socket. A control with another rev than the newest was aimed
// at a run that is gone; it is answered with a splice of the present one and changes nothing. Revisions can be skipped:
// edits that come faster than they can be sent are answered once.
//
// Credit: at most 4 splices of a rev, each of up to 256 events, are under way. What a page does not take waits in the
// engine, which computes only as far as it is asked.
//
// Events are sim.Event, whose comments say what each field is. A sent, injected or preset one carries addresses
// ("local":"10.0.0.1:49152","remote":"10.0.0.2:80", which are a segment's source and destination) and the host it goes to
// ("dst":"server"); what follows about that segment repeats only its number, seg. facts.hosts lists the lifelines from left
// to right, with all addresses of each.
//
// Of a load of many connections only some have their events here; what
// all of them add up to comes as events of kind counters, one per host and interval in which something changed:
//
//	{"at":2000000,"ev":"counters","host":"client","for":1000000,"counts":{"open":20,"states":{"TIME_WAIT":20},"ports":20,...,"map":[20,0,1]}}
//	    for is the interval. open, states and ports are of the instant, the rest is since the beginning (sim.Counts; the
//	    example splice-load.json has them all). The counts hold until the next such event of that host.
//
// What a phone says is no message: it posts do=next to {base}/{lang}/remote/CODE, and waits at {base}/remote/CODE/news?seen=N for
// {"seen":7,"state":"on","says":"..."}, which comes at once if it has not seen that yet; state may also be away or over.
//
// Codes of errors: bad-json, bad-type, bad-message (a field is missing or out of range), unknown-figure, not-open,
// too-many-figures, run-time (the run took longer to compute than one may, and ends where it is), unknown-ask, bad-guess, bad-goal, bad-line (with line and col), engine (the simulator contradicted itself; the figure is closed).
//
// Close codes: 1009 a message was too big, 1008 the page does not read or does not speak fourwaves.v1, 1001 the server
// stops. A page reopens its figures on a new socket with the logs that it has.
const (
	subprotocol    = "fourwaves.v1"
	maxMessage     = 16 << 10
	maxOpen        = 16  // figures of one page; package lessons allows a lesson no more
	batchEvents    = 256 // of one splice
	creditLimit    = 4   // splices of one rev under way
	maxUnsentError = 64  // a page that sends nonsense and never reads is cut off

	maxRooms     = 200                     // that are open at once
	roomLife     = 3 * time.Hour           // of a room: two lessons and the break between them
	awayWithin   = 30 * time.Second        // a presenter's page may be without a socket
	maxTurns     = 8                       // of a room that its page has not been sent; more are dropped
	maxSaid      = 512                     // bytes of what a figure says; what is longer is cut
	maxPhones    = 4                       // of a room that wait for news
	answerWithin = 1500 * time.Millisecond // a phone without a script waits for the figure's answer
)

// A request is any message from the browser; which fields count depends on the type.
type request struct {
	Type   string       `json:"type"`
	Figure string       `json:"figure"`
	Own    *string      `json:"scenario,omitempty"` // the page's own; a pointer, because an empty one runs too
	Log    []string     `json:"log,omitempty"`
	V      int          `json:"v,omitempty"`
	Rev    int          `json:"rev,omitempty"`
	At     *sim.Instant `json:"at,omitempty"`
	Do     string       `json:"do,omitempty"`
	N      int          `json:"n,omitempty"`
	Lang   string       `json:"lang,omitempty"`
	Shown  []string     `json:"shown,omitempty"`
	Ask    string       `json:"ask,omitempty"`
	Guess  string       `json:"guess,omitempty"`
	Key    string       `json:"key,omitempty"`
	Text   string       `json:"text,omitempty"`
}

// A splice replaces the end of a run.
type splice struct {
	Type    string      `json:"type"`
	Figure  string      `json:"figure"`
	Rev     int         `json:"rev"`
	From    int         `json:"from"`
	Events  []sim.Event `json:"events"`
	End     bool        `json:"end"`
	Log     *[]string   `json:"log,omitempty"` // a pointer, because an empty log is something to say
	Facts   *sim.Facts  `json:"facts,omitempty"`
	Version int         `json:"version,omitempty"`

	Gate     *question        `json:"gate,omitempty"`
	Captions []lessons.Spoken `json:"captions,omitempty"`
}

// A complaint answers a message that had no effect.
type complaint struct {
	Type    string `json:"type"`
	Figure  string `json:"figure,omitempty"`
	Rev     int    `json:"rev,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Problem string `json:"problem,omitempty"` // of a bad line: sim.Problem.Code
	Line    int    `json:"line,omitempty"`
	Col     int    `json:"col,omitempty"`
	Do      string `json:"do,omitempty"`
}

func encode(message any) []byte {
	data, err := json.Marshal(message)
	if err != nil {
		panic(fmt.Sprintf("message without JSON: %v", err)) // plain structs
	}
	return data
}
