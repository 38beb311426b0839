package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"fourwaves/sim"
)

// benchCommand measures the engine on this machine, on one core. Every figure is
// the median of several runs; processor time says what the wall clock cannot on
// a machine that has other work.
type benchCommand struct {
	Runs        int `default:"5" help:"Runs of each measurement; the median counts."`
	Connections int `default:"200000" help:"Connections of a run."`
	Million     int `default:"1000000" help:"Connections of the long run; the three of the linearity test are this, a tenth and a hundredth of it."`
}

// exchange is what is measured: open, 100 bytes of request, 200 of response, four-way close, with 60 s of TIME_WAIT. At
// 10,000 a second 600,000 of them wait at once, which takes 22 destinations.
const exchange = "msl 30s\nlink delay 5ms\nsysctl client ip_local_port_range 32768 60999\nload client rate=10000 count=%d lag=1ms to=22 show=0\n"

// taken is what one run took.
type taken struct {
	wall, cpu time.Duration
	steady    float64 // memory allocations per segment of its second half, when all tables have their size
	sim.Tally
}

func (c benchCommand) Run(io streams) error {
	if c.Runs < 1 || c.Connections < 1000 || c.Million < 100_000 || max(c.Million, c.Connections) > 1_000_000 {
		return fmt.Errorf("a bench has at least one run, 1000 connections and 100000 in the long run, and at most 1000000")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	out := io.out
	notice := progressOf(io.err)
	defer notice.clear()
	fmt.Fprintf(out, "%s, %d CPUs of which one is used; medians of %d runs, wall clock (processor time)\n", runtime.Version(), runtime.NumCPU(), c.Runs)
	fmt.Fprintln(out, "the targets are those of a quiet machine that carries 13400 such connections per second over its real loopback")

	quiet, err := c.measure(notice, "nothing told", c.Connections, false)
	if err != nil {
		return err
	}
	row(out, "connections per second, nothing told", rate(quiet.Connections, quiet.wall), rate(quiet.Connections, quiet.cpu), "220000 or more")
	row(out, "segments per second", rate(quiet.Segments, quiet.wall), rate(quiet.Segments, quiet.cpu), "")
	row(out, "memory allocations per segment, second half of a run", fmt.Sprintf("%.4f", quiet.steady), "", "0.0")
	row(out, "bytes per TIME_WAIT entry", fmt.Sprintf("%.1f", float64(quiet.RestBytes)/float64(max(1, quiet.RestMost))), "", "64 or less")

	told, err := c.measure(notice, "every event encoded", c.Connections, true)
	if err != nil {
		return err
	}
	row(out, "connections per second, all events encoded and discarded", rate(told.Connections, told.wall), rate(told.Connections, told.cpu), "176000 or more")
	row(out, "  of those with nothing told", fmt.Sprintf("%.2f", float64(quiet.wall)/float64(told.wall)), fmt.Sprintf("%.2f", float64(quiet.cpu)/float64(told.cpu)), "0.80 or more")
	row(out, "  events per second", rate(told.Events, told.wall), rate(told.Events, told.cpu), "")

	var each []float64
	for _, n := range []int{c.Million / 100, c.Million / 10, c.Million} {
		long, err := c.measure(notice, fmt.Sprintf("%d connections", n), n, false)
		if err != nil {
			return err
		}
		each = append(each, float64(long.cpu)/float64(n))
		target := ""
		if n == 1_000_000 {
			target = "5s or less"
		}
		row(out, fmt.Sprintf("%d connections, 10000 per virtual second", n), long.wall.Round(time.Millisecond).String(), long.cpu.Round(time.Millisecond).String(), target)
	}
	row(out, "  peak memory of the process", fmt.Sprintf("%d MB", peak()>>20), "", "128 MB or less")
	row(out, "  processor time per connection, most to least", fmt.Sprintf("%.2f", slices.Max(each)/slices.Min(each)), "", "1.30 or less")
	return nil
}

// measure makes the runs and gives the one in the middle by processor time.
func (c benchCommand) measure(notice *progress, name string, n int, encode bool) (taken, error) {
	scenario, err := sim.Parse(fmt.Sprintf(exchange, n))
	if err != nil {
		return taken{}, err
	}
	var write func(*sim.Event)
	if encode {
		var encoder sim.Encoder
		buffer := make([]byte, 0, 4096)
		write = func(e *sim.Event) { buffer = encoder.Append(buffer[:0], e) }
	}
	var all []taken
	for i := range c.Runs {
		runtime.GC()
		var half, end runtime.MemStats
		var soFar sim.Tally
		wall, cpu := time.Now(), processorTime()
		tally := scenario.Measure(write, func(now sim.Tally) {
			if notice.due() { // else the arguments alone would ask for memory, which is counted here
				notice.say("%s, run %d of %d: %d of %d connections", name, i+1, c.Runs, now.Connections, n)
			}
			if soFar.Segments == 0 && now.Connections > n/2 {
				soFar = now
				runtime.ReadMemStats(&half)
			}
		})
		run := taken{wall: time.Since(wall), cpu: processorTime() - cpu, Tally: tally}
		runtime.ReadMemStats(&end)
		run.steady = float64(end.Mallocs-half.Mallocs) / float64(tally.Segments-soFar.Segments)
		all = append(all, run)
		if tally.Connections != n {
			return taken{}, fmt.Errorf("only %d of %d exchanges came to their end", tally.Connections, n)
		}
	}
	slices.SortFunc(all, func(a, b taken) int { return int(a.cpu - b.cpu) })
	return all[len(all)/2], nil
}

func rate(n int, d time.Duration) string { return fmt.Sprintf("%.0f", float64(n)/d.Seconds()) }

// row says one figure, and the one to be reached if there is any.
func row(w io.Writer, name, value, cpu, target string) {
	if cpu != "" {
		cpu = "(" + cpu + ")"
	}
	fmt.Fprintf(w, "%-58s %9s %10s  %s\n", name, value, cpu, target)
}
