package lessons

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
)

// anchors names the headings of a page: letters and digits of any script, in small letters, with hyphens for blanks. The
// library's own way keeps ASCII alone, which leaves a Chinese heading the name "heading".
type anchors map[string]bool

// Generate gives a heading its name, with a number when it is taken.
func (a anchors) Generate(heading []byte, _ ast.NodeKind) []byte {
	name := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '-' || r == '_':
			return '-'
		case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(string(heading)))
	if name == "" {
		name = "heading"
	}
	unique := name
	for n := 1; a[unique]; n++ {
		unique = fmt.Sprintf("%s-%d", name, n)
	}
	a[unique] = true
	return []byte(unique)
}

// Put reserves a name.
func (a anchors) Put(name []byte) { a[string(name)] = true }
