package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a scenario or control line, with its place in the
// text (both from 1, columns in characters) and, if one is near, the word that
// was probably meant.
type Problem struct {
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Suggest string `json:"suggest,omitempty"`
}

func (p Problem) Error() string {
	s := fmt.Sprintf("line %d, column %d: %s", p.Line, p.Col, p.Message)
	if p.Suggest != "" {
		s += fmt.Sprintf("; did you mean %q?", p.Suggest)
	}
	return s
}

// Problems is everything that is wrong with a text, in its order.
type Problems []Problem

func (ps Problems) Error() string {
	var all []string
	for _, p := range ps {
		all = append(all, p.Error())
	}
	return strings.Join(all, "\n")
}

// inOrder sorts by place: what is asked of whole scenarios is found after what is
// wrong with single lines.
func (ps Problems) inOrder() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int { return cmp.Or(a.Line-b.Line, a.Col-b.Col) })
	return ps
}

// Nearest finds the option that w was probably meant to be, "" if none: at most
// two edits away and less than half rewritten.
func Nearest(w string, options []string) string {
	best, least := "", 3
	for _, o := range options {
		d := distance(strings.ToLower(w), strings.ToLower(o))
		if d < least && 2*d <= len(o) {
			best, least = o, d
		}
	}
	return best
}

// distance counts insertions, deletions, substitutions and swaps of neighbours.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
