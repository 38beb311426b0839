package sim

import (
	"embed"
	"strings"
)

// Model says what is modelled and what is left out, for teachers: MODEL.md in English, MODEL.zh.md in Chinese. Who changes
// one changes the other.
//
//go:embed MODEL.md MODEL.zh.md
var Model embed.FS

//go:embed doc.go
var doc string

// Grammar is the notation as it stands in the package comment, which is its one description; the teacher's guide shows it.
func Grammar() string {
	_, rest, _ := strings.Cut(doc, "//\tscenario ")
	grammar, _, _ := strings.Cut("//\tscenario "+rest, "\n// An example")
	var b strings.Builder
	for line := range strings.Lines(grammar) {
		b.WriteString(strings.TrimPrefix(strings.TrimPrefix(line, "//"), "\t"))
	}
	return strings.TrimSpace(b.String())
}
