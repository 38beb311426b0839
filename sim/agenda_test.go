package sim

import (
	"testing"

	"pgregory.net/rapid"
)

// TestAgenda holds lanes and heap to the order that they stand for: whatever is
// put on the agenda when, the earliest comes next.
func TestAgenda(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a agenda
		var waiting []entry
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			for range rapid.IntRange(0, 4).Draw(t, "pushes") {
				e := entry{phase: phase(rapid.IntRange(0, int(countings)).Draw(t, "phase"))}
				e.at = a.now + rapid.SampledFrom([]Instant{0, 0, 5, 7, 1000, 60_000, Instant(rapid.IntRange(0, 50).Draw(t, "delay"))}).Draw(t, "lane")
				e.number = a.pushed
				waiting = append(waiting, e)
				a.push(e)
			}
			if len(waiting) == 0 || a.empty() {
				if len(waiting) > 0 || !a.empty() {
					t.Fatalf("%d things wait, and the agenda is empty: %v", len(waiting), a.empty())
				}
				continue
			}
			least := 0
			for i := range waiting {
				if waiting[i].before(&waiting[least]) {
					least = i
				}
			}
			if got := a.pop(); got != waiting[least] {
				t.Fatalf("%+v comes before %+v", got, waiting[least])
			}
			waiting = append(waiting[:least], waiting[least+1:]...)
		}
	})
}

// BenchmarkAgenda measures one thing put on a busy agenda and taken off again.
func BenchmarkAgenda(b *testing.B) {
	var a agenda
	delays := []Duration{0, 5 * ms, 0, 5 * ms, 0, 1000 * ms, 0, 30 * ms}
	for i := range 1000 {
		a.push(entry{at: a.now.Add(delays[i%len(delays)])})
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		a.pop()
		a.push(entry{at: a.now.Add(delays[i%len(delays)])})
	}
}
