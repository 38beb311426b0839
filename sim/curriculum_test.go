package sim

import (
	"fmt"
	"strings"
	"testing"
)

// TestCurriculum holds the engine to the course's tables: the times that were
// worked out by hand or by another program before this engine existed. The
// figures of the lessons repeat some of them as their own expectations; rows
// that a reader reaches only by an edit are here alone.
func TestCurriculum(t *testing.T) {
	for _, c := range []struct{ name, scenario, expects string }{
		{"1a four segments", "msl 2s; at 0s client close; at 200ms server close",
			"client FIN_WAIT_1 at 0s; client FIN_WAIT_2 at 100ms; client TIME_WAIT at 250ms; client CLOSED at 4250ms; " +
				"server CLOSE_WAIT at 50ms; server LAST_ACK at 200ms; server CLOSED at 300ms"},
		{"1b roles swapped", "msl 2s; at 0s server close; at 200ms client close",
			"server FIN_WAIT_1 at 0s; server FIN_WAIT_2 at 100ms; server TIME_WAIT at 250ms; server CLOSED at 4250ms; " +
				"client CLOSE_WAIT at 50ms; client LAST_ACK at 200ms; client CLOSED at 300ms; client TIME_WAIT never"},
		{"2a three segments", "msl 2s; at 0s client close; server on-eof close",
			"client TIME_WAIT at 100ms; client CLOSED at 4100ms; server CLOSED at 150ms; client sends ACK 1; server sends ACK 0"},
		{"2c the first FIN is lost twice", "msl 2s; at 0s client close; at 5s server close; drop client FIN#1; drop client FIN#2",
			"client sends FIN 3; client FIN_WAIT_2 at 3100ms; client TIME_WAIT at 5050ms; client CLOSED at 9050ms; server CLOSE_WAIT at 3050ms"},
		{"3a half-close", "msl 2s; at 0s client shutdown; at 100ms server send 100; at 220ms server send 100; at 340ms server send 100; at 460ms server close",
			"client TIME_WAIT at 510ms; client CLOSED at 4510ms; server sends data 3"},
		{"3b close instead", "msl 2s; at 0s client close; at 100ms server send 100; at 220ms server send 100; at 340ms server send 100; at 460ms server close",
			"client CLOSED at 150ms; server CLOSED at 200ms; server sends data 1; client sends RST 1; client TIME_WAIT never; server TIME_WAIT never"},
		{"4a crossing", "msl 2s; at 0s client close; at 0s server close",
			"client CLOSING at 50ms; server CLOSING at 50ms; client TIME_WAIT at 100ms; server TIME_WAIT at 100ms; client CLOSED at 4100ms; server CLOSED at 4100ms"},
		{"4b 30 ms apart", "msl 2s; at 0s client close; at 30ms server close",
			"client CLOSING at 80ms; client TIME_WAIT at 100ms; server CLOSING at 50ms; server TIME_WAIT at 130ms"},
		{"4b 49 ms apart", "msl 2s; at 0s client close; at 49ms server close", "client CLOSING at 99ms; server CLOSING at 50ms"},
		{"4b 50 ms apart", "msl 2s; at 0s client close; at 50ms server close", "client CLOSING never; server CLOSING never"},
		{"4b 51 ms apart", "msl 2s; at 0s client close; at 51ms server close", "client CLOSING never; server CLOSING never; server TIME_WAIT never"},
		{"4c the server's ACK is lost", "msl 2s; at 0s client close; at 0s server close; drop server ACK#1",
			"client sends FIN 2; server CLOSED at 5050ms; client CLOSING at 50ms; client TIME_WAIT at 1100ms; client CLOSED at 5100ms"},
		{"4 challenge", "msl 2s; at 0s client close; at 0s server close; drop server ACK#1; drop server ACK#2",
			"client CLOSING at 50ms; client TIME_WAIT at 3100ms; client sends FIN 3"},
		{"6a k=0", lastACK(0), "client CLOSED at 6250ms; server CLOSED at 300ms; server sends FIN 1"},
		{"6a k=1", lastACK(1), "client CLOSED at 7250ms; server CLOSED at 1300ms; server sends FIN 2"},
		{"6a k=2", lastACK(2), "client CLOSED at 9250ms; server CLOSED at 3300ms; server sends FIN 3"},
		{"6a k=3", lastACK(3), "client CLOSED at 13250ms; server CLOSED at 7300ms; server sends FIN 4"},
		{"6a k=4", lastACK(4), "client CLOSED at 13250ms; server CLOSED at 15300ms; server sends FIN 5; client sends RST 1"},
		{"6b no TIME_WAIT", lastACK(1) + "; time-wait 0s", "server sends FIN 2; client sends RST 1; server CLOSED at 1300ms"},
		{"6c never restarted", lastACK(3) + "; restart never", "client CLOSED at 6250ms; client sends RST 1; server CLOSED at 7300ms"},
		{"12a leak", "profile rfc9293; at 0s client close; at 5s server close; msl 2s", "client FIN_WAIT_2 at 100ms; client TIME_WAIT at 5050ms; client CLOSED at 9050ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.ReplaceAll(c.scenario, "; ", "\n") + "\nexpect " + strings.ReplaceAll(c.expects, "; ", "\nexpect ")
			sc, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if bad := sc.Check(); bad != nil {
				t.Error(bad)
			}
		})
	}
}

// lastACK is lesson 6: the first k ACKs of the client are lost.
func lastACK(k int) string {
	s := "msl 3s; at 0s client close; at 200ms server close"
	for i := range k {
		s += fmt.Sprintf("; drop client ACK#%d", i+1)
	}
	return s
}

// TestFirstAckCoversTextAndFin is figure 1c: the FIN occupies the number after
// the last byte, so that 10 bytes and a FIN from 100 on are acknowledged by 111.
func TestFirstAckCoversTextAndFin(t *testing.T) {
	events, _ := open(t, "msl 2s\nat 0s client send 10\nat 0s client close\nat 200ms server close").Next(0, MaxEvents)
	for _, e := range events {
		if e.Ev == Sent && e.Host == "server" {
			if e.Ack != 111 {
				t.Errorf("the server's first ACK says %d", e.Ack)
			}
			return
		}
	}
	t.Error("the server sent nothing")
}
