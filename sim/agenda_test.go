package sim

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestAgenda holds lanes and heap to the order that they stand for: by instant,
// by phase of the instant, and by the order in which things were put there.
func TestAgenda(t *testing.T) {
	type thing struct {
		at     Instant
		phase  phase
		number int32
	}
	inTurn := func(a, b thing) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.phase, b.phase), cmp.Compare(a.number, b.number))
	}
	rapid.Check(t, func(t *rapid.T) {
		a := newAgenda()
		var waiting []thing
		number := int32(0)
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			for range rapid.IntRange(0, 4).Draw(t, "pushes") {
				p := phase(rapid.IntRange(0, int(countings)).Draw(t, "phase"))
				at := a.now + rapid.SampledFrom([]Instant{0, 0, 5, 7, 1000, 60_000, Instant(rapid.IntRange(0, 50).Draw(t, "delay"))}).Draw(t, "lane")
				waiting = append(waiting, thing{at, p, number})
				a.push(at, p, entry{plan: number})
				number++
			}
			if len(waiting) == 0 || a.empty() {
				if len(waiting) > 0 || !a.empty() {
					t.Fatalf("%d things wait, and the agenda is empty: %v", len(waiting), a.empty())
				}
				continue
			}
			slices.SortFunc(waiting, inTurn)
			if got := a.pop(); got.at != waiting[0].at || got.plan != waiting[0].number {
				t.Fatalf("%d of %d us comes before %+v", got.plan, got.at, waiting[0])
			}
			waiting = waiting[1:]
		}
	})
}

// BenchmarkAgenda measures one thing put on a busy agenda and taken off again.
func BenchmarkAgenda(b *testing.B) {
	a := newAgenda()
	delays := []Duration{0, 5 * ms, 0, 5 * ms, 0, 1000 * ms, 0, 30 * ms}
	for i := range 1000 {
		a.push(a.now.Add(delays[i%len(delays)]), applications, entry{})
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		a.pop()
		a.push(a.now.Add(delays[i%len(delays)]), applications, entry{})
	}
}
