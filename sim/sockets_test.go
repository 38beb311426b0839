package sim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fourwaves/sim"
)

func TestSockets(t *testing.T) {
	scenario, err := sim.Parse("msl 3s\nat 0s client close\nat 200ms server close\ndrop client ACK#1")
	if err != nil {
		t.Fatal(err)
	}
	session, err := sim.Open(scenario, nil)
	if err != nil {
		t.Fatal(err)
	}
	events, _ := session.Next(0, sim.MaxEvents)
	client := func(state string, recvQ, sendQ int, timer string, due sim.Instant) sim.SocketNow {
		return sim.SocketNow{Host: "client", Conn: 1, State: state, RecvQ: recvQ, SendQ: sendQ, Local: "10.0.0.1:49152", Peer: "10.0.0.2:80", Timer: timer, Due: due}
	}
	server := func(state string, recvQ, sendQ int, timer string, due sim.Instant, repeat int) sim.SocketNow {
		return sim.SocketNow{Host: "server", Conn: 1, State: state, RecvQ: recvQ, SendQ: sendQ, Local: "10.0.0.2:80", Peer: "10.0.0.1:49152", Timer: timer, Due: due, Repeat: repeat}
	}
	for at, want := range map[sim.Instant][]sim.SocketNow{
		// A FIN that is under way counts one byte.
		20_000:    {client("FIN_WAIT_1", 0, 1, "on", 1_000_000), server("ESTABLISHED", 0, 0, "", 0, 0)},
		1_240_000: {client("TIME_WAIT", 0, 0, "timewait", 6_250_000), server("LAST_ACK", 0, 1, "on", 3_200_000, 1)},
		1_260_000: {client("TIME_WAIT", 0, 0, "timewait", 7_250_000), server("LAST_ACK", 0, 1, "on", 3_200_000, 1)},
		2_000_000: {client("TIME_WAIT", 0, 0, "timewait", 7_250_000)},
		8_000_000: nil,
	} {
		if diff := cmp.Diff(want, sim.Sockets(events, at)); diff != "" {
			t.Errorf("at %d µs (-want +got):\n%s", at, diff)
		}
	}
}
