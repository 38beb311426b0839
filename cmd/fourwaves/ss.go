package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"fourwaves/sim"
)

type ssCommand struct {
	what
	At     string `required:"" placeholder:"TIME" help:"The instant, with its unit: 1.3s, 250ms."`
	Timers bool   `short:"o" help:"Show timers, as ss -o does."`
}

// Run prints the sockets of each host at an instant, in the columns and words of ss: states with hyphens and in its short
// forms, no line for a CLOSED socket.
func (c ssCommand) Run(io streams) error {
	at, err := sim.ParseTime(c.At)
	if err != nil {
		return fmt.Errorf("--at: %w", err)
	}
	events, err := c.run(io)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(io.out)
	sockets := sim.Sockets(events, at)
	for i, host := range hostsOf(events) {
		if i > 0 {
			fmt.Fprintln(out)
		}
		c.host(out, host, sockets, at)
	}
	return out.Flush()
}

func (c ssCommand) host(w io.Writer, host string, sockets []sim.SocketNow, at sim.Instant) {
	command := "ss -tan"
	if c.Timers {
		command += "o"
	}
	fmt.Fprintf(w, "%s$ %s\n", host, command)
	line := func(columns ...any) {
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-11s%-7s%-7s%22s%22s  %s", columns...), " "))
	}
	line("State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port", "")
	for _, s := range sockets {
		if s.Host != host {
			continue
		}
		timer := ""
		if c.Timers && s.Timer != "" {
			timer = fmt.Sprintf("timer:(%s,%s,%d)", s.Timer, ssTime(sim.Duration(s.Due-at)), s.Repeat)
		}
		line(ssState(s.State), fmt.Sprint(s.RecvQ), fmt.Sprint(s.SendQ), s.Local, s.Peer, timer)
	}
}

// hostsOf lists the hosts in the order in which they first do something.
func hostsOf(events []sim.Event) (hosts []string) {
	seen := map[string]bool{"": true}
	for _, e := range events {
		if !seen[e.Host] {
			seen[e.Host] = true
			hosts = append(hosts, e.Host)
		}
	}
	return hosts
}

// ssState is a state as ss prints it.
func ssState(state string) string {
	switch state {
	case "ESTABLISHED":
		return "ESTAB"
	case "SYN_RCVD":
		return "SYN-RECV"
	}
	return strings.ReplaceAll(state, "_", "-")
}

// ssTime is a wait as ss prints it: minutes and seconds, seconds, or below one milliseconds. From one to ten seconds ss puts
// tenths where it says "ms"; they are seconds here, with the decimal that it means.
func ssTime(wait sim.Duration) string {
	ms := int64(max(0, wait)+500) / 1000
	seconds, minutes := ms/1000, ms/60_000
	switch {
	case minutes > 0:
		return fmt.Sprintf("%dmin%dsec", minutes, seconds%60)
	case seconds >= 10:
		return fmt.Sprintf("%dsec", seconds)
	case seconds > 0:
		return strings.TrimSuffix(fmt.Sprintf("%d.%d", seconds, ms%1000/100), ".0") + "sec"
	}
	return fmt.Sprintf("%dms", ms)
}
