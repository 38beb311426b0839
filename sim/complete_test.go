package sim_test

import (
	"slices"
	"strings"
	"testing"

	"fourwaves/sim"
)

// The parser's own words come back, and only where they fit.
func TestComplete(t *testing.T) {
	for _, c := range []struct{ before, word, wants, words string }{
		{"", "", "", "at profile start seed msl"},
		{"  li", "li", "", "lifetime link"},
		{"at ", "", "the instant (a time such as 200ms)", ""},
		{"at 0s ", "", "", "link drop deliver hold dup client server inject"},
		{"at 0s client cl", "cl", "", "close"},
		{"at 0s client close ", "", "", ""},
		{"drop server ", "", "a segment such as FIN#1", "RST#1 SYN#1 FIN#1 data#1 ACK#1"},
		{"drop server f", "f", "a segment such as FIN#1", "FIN#1"},
		{"expect client time", "time", "", "TIME_WAIT"},
		{"expect client TIME_WAIT ", "", "", "at never"},
		{"profile ", "", "", "rfc9293 linux"},
		{"rule delay client a", "a", "", "acks_fin after_own_fin after_peer_fin after="},
		{"client: setsockopt c SO_", "SO_", "", "SO_LINGER"},
		{"nonsense ", "", "", ""},
		{"msl 3s # ", "", "", ""},
		{"hold client FIN#1 ", "", "how long (a time such as 200ms)", ""},
	} {
		got := sim.Complete(c.before, c.before)
		if got.Word != c.word || c.wants != "" && got.Wants != c.wants {
			t.Errorf("%q: at %q, wants %q", c.before, got.Word, got.Wants)
		}
		if c.words == "" && len(got.Words) > 0 {
			t.Errorf("%q is completed by %q", c.before, got.Words)
		}
		for _, word := range strings.Fields(c.words) {
			if !slices.Contains(got.Words, word) {
				t.Errorf("%q is not completed by %q but by %q", c.before, word, got.Words)
			}
		}
		for _, word := range got.Words {
			line := strings.TrimSuffix(c.before, got.Word) + word
			if _, err := sim.Parse(line); err != nil && strings.Contains(err.Error(), "unknown") {
				t.Errorf("the parser does not know its own completion %q: %v", line, err)
			}
		}
	}
}
