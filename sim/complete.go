package sim

import "strings"

// Completion is what could be written next in a line.
type Completion struct {
	Word  string   `json:"word"`            // what has been written of the word at the cursor, "" between words
	Words []string `json:"words"`           // the words that could stand there and begin so
	Wants string   `json:"wants,omitempty"` // what is asked for there, in English: "the instant (a time such as 200ms)"
}

// Complete tells how a line of a scenario can go on; before is the line up to the cursor, text the scenario, whose hosts it
// may name. It asks the parser itself: the
// words before the one at the cursor are read as a line, and what the parser misses at its end is what could stand there. So
// there is no second list of words that could drift from the first.
func Complete(text, before string) Completion {
	var c Completion
	if strings.Contains(" "+before, " #") {
		return c // in a comment
	}
	c.Word = lastWord(before)
	p := newParser(strings.TrimSuffix(before, c.Word), 1, placesOf(text))
	options, _ := p.openings()
	if len(p.words) > 0 {
		_, bad := p.line(false)
		options = p.options
		if bad != nil && bad.Code == "missing" {
			_, c.Wants, _ = strings.Cut(bad.Message, "the line ends before ")
		}
	}
	for _, option := range options {
		if strings.HasPrefix(strings.ToLower(option), strings.ToLower(c.Word)) && option != c.Word {
			c.Words = append(c.Words, option)
		}
	}
	return c
}

func lastWord(before string) string {
	return before[strings.LastIndexAny(before, " \t\r")+1:]
}
