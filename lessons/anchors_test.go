package lessons

import (
	"testing"

	"github.com/yuin/goldmark/ast"
)

func TestAnchors(t *testing.T) {
	a := anchors{}
	a.Put([]byte("fig-one"))
	for _, c := range [][2]string{
		{"Numbers in the text", "numbers-in-the-text"},
		{"Numbers in the text", "numbers-in-the-text-1"},
		{" TIME_WAIT, twice! ", "time-wait-twice"},
		{"正文里的数", "正文里的数"},
		{"第二个 FIN：为什么？", "第二个-fin为什么"},
		{"Fig one", "fig-one-1"},
		{"…", "heading"},
	} {
		if got := string(a.Generate([]byte(c[0]), ast.KindHeading)); got != c[1] {
			t.Errorf("%q has the anchor %q, not %q", c[0], got, c[1])
		}
	}
}
