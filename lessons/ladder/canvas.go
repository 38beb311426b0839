package ladder

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Columns is how many columns of a terminal a text takes: Chinese characters take two, combining marks none (Unicode
// Standard Annex 11; what is ambiguous there is narrow).
func Columns(text string) int {
	n := 0
	for _, r := range text {
		n += columns(r)
	}
	return n
}

func columns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cut shortens a text to so many columns, and shows that it did.
func cut(text string, to int) string {
	if Columns(text) <= to {
		return text
	}
	n := 0
	for i, r := range text {
		if n += columns(r); n > to-1 {
			return text[:i] + "~"
		}
	}
	return text
}

// A paint is an ANSI colour; of the sixteen that a terminal's own theme defines, so that they are legible on any ground.
type paint string

const (
	plain   paint = ""
	dim     paint = "2"
	bold    paint = "1"
	red     paint = "31"
	green   paint = "32"
	yellow  paint = "33"
	blue    paint = "34"
	magenta paint = "35"
	cyan    paint = "36"
)

type cell struct {
	text  string // one character with its marks; "" is the right half of a wide one
	paint paint
}

// A row is one line of the drawing.
type row []cell

func newRow(columns int) row {
	r := make(row, columns)
	for i := range r {
		r[i].text = " "
	}
	return r
}

// put writes a text from a column on, as far as there is room.
func (r row) put(x int, text string, p paint) {
	for _, char := range text {
		n := columns(char)
		if n == 0 && x > 0 && x <= len(r) {
			r[x-1].text += string(char)
			continue
		}
		if x < 0 || x+n > len(r) {
			return
		}
		r[x] = cell{string(char), p}
		if n == 2 {
			r[x+1] = cell{"", p}
		}
		x += n
	}
}

// blank tells whether nothing stands from one column to before another.
func (r row) blank(from, to int) bool {
	if from < 0 || to > len(r) {
		return false
	}
	for _, c := range r[from:to] {
		if c.text != " " {
			return false
		}
	}
	return true
}

// line writes the row, in colour or not, without blanks at its end.
func (r row) line(colour bool) string {
	last := len(r)
	for last > 0 && r[last-1].text == " " {
		last--
	}
	var b strings.Builder
	now := plain
	for _, c := range r[:last] {
		if colour && c.paint != now && c.text != " " {
			b.WriteString("\x1b[0")
			if c.paint != plain {
				b.WriteString(";" + string(c.paint))
			}
			b.WriteString("m")
			now = c.paint
		}
		b.WriteString(c.text)
	}
	if now != plain {
		b.WriteString("\x1b[0m")
	}
	return b.String()
}
