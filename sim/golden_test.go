package sim

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestGolden replays the stories of testdata. Each file asks one question; the
// commands are
//
//	run        the input is a scenario; prints its transcript
//	log        the input is the whole log of edits for that scenario
//	reset      takes every edit back, and prints nothing
//	control at=TIME
//	           the input is one edit with the playhead there; prints how many
//	           events stay and the events after them
//	parse      the input is a faulty scenario; prints what is wrong with it
//	check      the input is a scenario that can be read; prints what is wrong with it all the same
//
// Rewrite with: go test ./sim -run Golden -rewrite, and commit only what you
// can explain. If a file changes, raise Version.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		var session *Session
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			keep := 0
			switch d.Cmd {
			case "parse":
				_, err := Parse(d.Input)
				return wrong(t, err)
			case "check":
				sc, err := Parse(d.Input)
				if err != nil {
					return err.Error() + "\n"
				}
				if bad := sc.Check(); bad != nil {
					return wrong(t, bad)
				}
				return wrong(t, nil)
			case "run":
				sc, err := Parse(d.Input)
				if err != nil {
					return err.Error() + "\n"
				}
				if session, err = Open(sc, nil); err != nil {
					return err.Error() + "\n"
				}
				for _, bad := range sc.Check() {
					if bad.Code == "expect" { // a story may also tell of lines that do nothing
						return bad.Error() + "\n"
					}
				}
			case "reset":
				if _, err := session.Replace(nil); err != nil {
					return err.Error() + "\n"
				}
				return ""
			case "log":
				var err error
				if _, err = session.Replace(strings.Split(d.Input, "\n")); err != nil {
					return err.Error() + "\n"
				}
			case "control":
				var at string
				d.ScanArgs(t, "at", &at)
				p := parser{words: []string{at}, cols: []int{1}}
				instant, bad := p.span("at")
				if bad != nil {
					d.Fatalf(t, "%v", bad)
				}
				var err error
				if keep, err = session.Control(Instant(instant), d.Input); err != nil {
					return err.Error() + "\n"
				}
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			all, _ := session.Next(0, MaxEvents+1)
			var out strings.Builder
			if d.Cmd == "control" {
				out.WriteString("log: " + strings.Join(session.Log(), "; ") + "\n")
			}
			if err := writeFrom(&out, all, keep); err != nil {
				d.Fatalf(t, "%v", err)
			}
			return out.String()
		})
	})
}

// wrong prints what is wrong with a text, which is told in the order of its lines.
func wrong(t *testing.T, err error) string {
	if err == nil {
		return "no problem\n"
	}
	row, col := 0, 0
	for _, p := range err.(Problems) {
		if p.Line < row || p.Line == row && p.Col < col {
			t.Errorf("%v comes after line %d, column %d", p, row, col)
		}
		row, col = p.Line, p.Col
	}
	return err.Error() + "\n"
}

// writeFrom prints the transcript without the first keep events, whose names
// the rest may still use.
func writeFrom(out *strings.Builder, all []Event, keep int) error {
	var whole strings.Builder
	if err := WriteTranscript(&whole, all); err != nil {
		return err
	}
	lines := strings.SplitAfter(whole.String(), "\n")
	if keep > 0 {
		out.WriteString("kept: " + lines[keep-1])
	}
	out.WriteString(strings.Join(lines[keep:], ""))
	return nil
}
