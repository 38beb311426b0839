package sim

import (
	"slices"
	"strings"
	"testing"
)

// TestPortMap: the map of a counters event adds up to its other counts, and shows
// where the ports of lesson 9 have gone.
func TestPortMap(t *testing.T) {
	const ports = "msl 2s\nlink delay 5ms\nsysctl client ip_local_port_range 40000 40019\nload client rate=10 for=10s every=500ms show=0"
	const many = "msl 2s\nlink delay 5ms\nload client rate=1000 for=3s every=500ms show=0"
	for _, text := range []string{many, many + " to=3 close=server", ports, ports + " to=2", ports + " close=server", ports + "\nlink loss 10%", "profile linux\n" + ports} {
		events, _ := open(t, text).Next(0, MaxEvents)
		seen, ephemeral := 0, 1<<16-49152
		if strings.Contains(text, "40019") {
			ephemeral = 20
		}
		for _, e := range events {
			if e.Ev != Counters {
				continue
			}
			if e.Host == "server" {
				if e.Counts.Map != nil {
					t.Fatalf("%s\nthe server has a map", text)
				}
				continue
			}
			used, open, waiting, all := 0, 0, 0, 0
			for run := range slices.Chunk(e.Counts.Map, 3) {
				all += int(run[0])
				if run[1]+run[2] > 0 {
					used += int(run[0])
				}
				open += int(run[0] * run[1])
				waiting += int(run[0] * run[2])
			}
			seen += used
			if used != e.Counts.Ports || open+waiting != e.Counts.Open || waiting != e.Counts.States["TIME_WAIT"] || all > ephemeral {
				t.Fatalf("%s\nat %d: the map %v does not add up to%v", text, e.At, e.Counts.Map, e.Counts)
			}
		}
		if seen == 0 {
			t.Errorf("%s\nno port is ever in use", text)
		}
	}
	events, _ := open(t, ports).Next(0, MaxEvents)
	at := slices.IndexFunc(events, func(e Event) bool { return e.Ev == Counters && e.Host == "client" && e.At == 1_500_000 })
	if got := events[at].Counts.Map; !slices.Equal(got, []int32{15, 0, 1, 1, 1, 0}) {
		t.Errorf("at 1.5 s the map is %v", got)
	}
}
