package sim

import (
	"fmt"
	"strings"
	"testing"

	"fourwaves/sim/tcp"
)

// struck are those of 122 segments sent at once that meet each kind of weather, by
// the reason of the event that tells of it.
func struck(t *testing.T, weather string) map[string]map[int]bool {
	events, _ := open(t, "start closed\nmsl 10s\nseed 7\nat 0s client connect\nmtu 576\nat 1s client send 65000\n"+weather).Next(0, MaxEvents)
	met := map[string]map[int]bool{WhyChance: {}, WhyBurst: {}, WhyReorder: {}, WhyDuplicate: {}, WhyJitter: {}}
	seqs := map[int]int{}
	for _, e := range events {
		if e.Ev == Sent && e.Len > 0 && e.At == Instant(tcp.Second) {
			seqs[e.Seg] = int(e.Seq)
		}
		of := e.Seg
		if e.Ev == Copied {
			of = e.Of
		}
		if seq, first := seqs[of]; first && met[e.Why] != nil {
			met[e.Why][seq] = true
		}
	}
	return met
}

// TestMoreWeatherOnlyAdds: what a share of the segments meets, at a higher share
// they meet too, and the shares are about what is asked for (design 1.6).
func TestMoreWeatherOnlyAdds(t *testing.T) {
	for word, why := range map[string]string{"loss": WhyChance, "reorder": WhyReorder, "duplicate": WhyDuplicate} {
		at := func(share int) map[int]bool {
			return struck(t, fmt.Sprintf("at 900ms link client server %s %d%%", word, share))[why]
		}
		none, low, high, all := at(0), at(20), at(30), at(100)
		if len(none) != 0 || len(low) < 14 || len(low) >= len(high) || len(high) > 50 || len(all) != 122 {
			t.Errorf("%s strikes %d, %d, %d, %d of 122 segments at 0, 20, 30 and 100 %%", word, len(none), len(low), len(high), len(all))
		}
		for seq := range low {
			if !high[seq] {
				t.Errorf("%s strikes segment %d at 20 %% and not at 30 %%", word, seq)
			}
		}
	}
}

// TestWeatherKnobsAreApart: turning one kind of chance leaves the luck of the
// others alone.
func TestWeatherKnobsAreApart(t *testing.T) {
	const base = "link client server duplicate 20%\nlink client server reorder 20%\nlink client server loss 0%"
	before := struck(t, base)
	for _, turned := range []string{"", "jitter 30ms", "jitter 30ms any-order", "burst 1s"} {
		weather := base
		if turned != "" {
			weather += "\nlink client server " + turned
		}
		after := struck(t, weather)
		for _, why := range []string{WhyReorder, WhyDuplicate} {
			if fmt.Sprint(after[why]) != fmt.Sprint(before[why]) {
				t.Errorf("%q changes which segments are struck by %s", turned, why)
			}
		}
	}
	more := struck(t, strings.Replace(base, "duplicate 20%", "duplicate 90%", 1))
	if fmt.Sprint(more[WhyReorder]) != fmt.Sprint(before[WhyReorder]) || len(more[WhyDuplicate]) <= len(before[WhyDuplicate]) {
		t.Error("more duplication changes which segments are late")
	}
}

// TestJitterKeepsOrder, unless it may not.
func TestJitterKeepsOrder(t *testing.T) {
	overtaken := func(condition string) (n int) {
		events, _ := open(t, "start closed\nmsl 10s\nseed 3\nat 0s client connect\nat 1s client send 100000\nlink "+condition).Next(0, MaxEvents)
		latest := map[string]int{}
		for _, e := range events {
			if e.Ev != Arrived {
				continue
			}
			if e.Seg < latest[e.Host] {
				n++
			}
			latest[e.Host] = max(latest[e.Host], e.Seg)
		}
		return n
	}
	if n := overtaken("jitter 40ms"); n != 0 {
		t.Errorf("%d segments are overtaken although the order is kept", n)
	}
	if n := overtaken("jitter 40ms any-order"); n < 20 {
		t.Errorf("only %d segments are overtaken", n)
	}
}

// TestWeatherFromThePlayheadOn: an edit of any condition changes no event at or
// before its instant, and taken back gives the old run (rulings 5 and 22).
func TestWeatherFromThePlayheadOn(t *testing.T) {
	const text = "start closed\nmsl 1s\nat 0s client connect\nat 300ms client send 5000\nat 600ms client close\nserver on-eof close\nlink loss 10%"
	for _, do := range []string{
		"link jitter 30ms", "link client jitter 30ms any-order", "link reorder 50%", "link server duplicate 60%", "link burst 400ms",
		"link cut", "link client cut for 500ms", "link client server cut for 2s", "link restored",
	} {
		for _, at := range []Instant{Instant(1), Instant(310 * ms), Instant(650 * ms)} {
			s := open(t, text)
			before, _ := s.Next(0, MaxEvents)
			before = append([]Event(nil), before...)
			keep, err := s.Control(at, do)
			if err != nil {
				t.Fatalf("%s: %v", do, err)
			}
			if keep < len(before)-1 && before[keep].At <= at {
				t.Errorf("%s at %d changes an event at %d", do, at, before[keep].At)
			}
			if log := s.Log()[0]; log != "at "+formatTime(tcp.Duration(at))+" "+do {
				t.Errorf("%s is kept as %s", do, log)
			}
			if _, err := s.Replace(nil); err != nil {
				t.Fatal(err)
			}
			if after, _ := s.Next(0, MaxEvents); len(after) != len(before) {
				t.Errorf("%s cannot be taken back", do)
			}
		}
	}
}

// TestWeatherKnobs: each has a slider that shows what holds, and says it in a line
// that the session takes.
func TestWeatherKnobs(t *testing.T) {
	const text = `at 0s client close
link client jitter 20ms any-order
link reorder 5%
link burst 300ms
lifetime 3s
rto-min 300ms
knob client jitter 0ms..50ms
knob reorder 0%..20%
knob server duplicate 0%..20%
knob burst 0s..1s
knob lifetime 1s..10s
knob time-wait 0s..10s
knob rto-min 200ms..3s
button link client cut
button link restored
button client crash`
	s := open(t, text)
	var got []string
	for _, k := range s.Facts().Knobs {
		value := formatTime(Duration(k.Value))
		if k.Unit == "%" {
			value = formatRate(int(k.Value))
		}
		do := strings.Replace(k.Do, "{}", value, 1)
		got = append(got, do)
		if _, err := s.Control(0, do); err != nil {
			t.Errorf("%s: %v", do, err)
		}
	}
	want := "link client jitter 20ms any-order; link reorder 5%; link server duplicate 0%; link burst 300ms; lifetime 3s; time-wait 240s; rto-min 300ms"
	if all := strings.Join(got, "; "); all != want {
		t.Errorf("the knobs are %s", all)
	}
	if actions := strings.Join(s.Facts().Actions, "; "); actions != "link client cut; link restored; client crash" {
		t.Errorf("the buttons are %s", actions)
	}
}
