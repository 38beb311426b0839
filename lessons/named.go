package lessons

import (
	"regexp"
	"slices"
	"strings"
)

// A Part is a piece of a sentence: a word that names a mark of the picture, or what stands between two of them.
type Part struct {
	Text        string
	State, Kind string // of the mark that it names
	Lost        bool   // it names the cross of a loss
}

var (
	stateWord = regexp.MustCompile(`^(LISTEN|SYN[-_]SENT|SYN[-_]RCVD|ESTABLISHED|FIN[-_]WAIT[-_][12]|CLOSING|TIME[-_]WAIT|CLOSE[-_]WAIT|LAST[-_]ACK|CLOSED)$`)
	goesOn    = regexp.MustCompile(`^[\w-]`) // a longer word is another word
	flagsWord = regexp.MustCompile(`^((?:SYN|FIN|ACK|RST|PSH)(?:,(?:SYN|FIN|ACK|RST|PSH))*)s?$`)
)

// named makes what takes a sentence about a segment, or about none, to pieces, which together are the sentence. The browser's
// twin is static/js/panels/named.js, and static/test/fixtures/named-fixtures.json holds both to the same pieces.
func (w *Words) named() func(sentence, kind, flags string) []Part {
	lost := w.UI("lost")
	words := regexp.MustCompile(regexp.QuoteMeta(lost) + `|[\w-]+(?:,(?:SYN|FIN|ACK|RST|PSH))*`)
	return func(sentence, kind, flags string) (parts []Part) {
		end := 0
		for _, at := range words.FindAllStringIndex(sentence, -1) {
			part := Part{Text: sentence[at[0]:at[1]]}
			set := flagsWord.FindStringSubmatch(part.Text)
			switch {
			case part.Text == lost && !goesOn.MatchString(sentence[at[1]:]):
				part.Lost = true
			case stateWord.MatchString(part.Text):
				part.State = strings.ReplaceAll(part.Text, "-", "_")
			case set != nil && set[1] == flags || part.Text == "data" && kind == "data":
				part.Kind = kind
			case set != nil:
				part.Kind = kindOf(set[1])
			default:
				continue
			}
			if at[0] > end {
				parts = append(parts, Part{Text: sentence[end:at[0]]})
			}
			parts, end = append(parts, part), at[1]
		}
		if end < len(sentence) {
			parts = append(parts, Part{Text: sentence[end:]})
		}
		return parts
	}
}

// kindOf is the kind of a segment of which only the flags are told.
func kindOf(flags string) string {
	set := strings.Split(flags, ",")
	for _, kind := range []string{"RST", "SYN", "FIN", "PSH"} {
		if slices.Contains(set, kind) {
			return strings.Replace(kind, "PSH", "data", 1)
		}
	}
	return "ACK"
}
