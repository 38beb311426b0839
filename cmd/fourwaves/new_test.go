package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNewLesson: what is written lints clean in whatever languages it is asked for, gets the next number, and never takes
// the place of something.
func TestNewLesson(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"one"}, {"two-words", "--lang", "zh"}, {"three", "--lang", "zh,en"}} {
		if _, _, err := fourwaves("", append([]string{"new", "lesson", "--lessons", dir}, args...)...); err != nil {
			t.Fatal(err)
		}
	}
	out, _, err := fourwaves("", "lint", dir)
	if err != nil || !strings.Contains(out, "checked 5 files") || !strings.Contains(out, "9 expectations") {
		t.Errorf("lint: %v\n%s", err, out)
	}
	for file, want := range map[string]string{"en/one.md": "number: 1\n", "zh/one.md": "number: 1\n", "en/three.md": "number: 3\n", "zh/two-words.md": `title: "Two words"`} {
		if text, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q: %v", file, want, err)
		}
	}
	mine := filepath.Join(dir, "en", "one.md")
	if err := os.WriteFile(mine, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := fourwaves("", "new", "lesson", "one", "--lang", "zh,en", "--lessons", dir); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a lesson that exists: %v", err)
	}
	if text, _ := os.ReadFile(mine); string(text) != "mine" {
		t.Error("what was there is lost")
	}
	for _, wrong := range [][]string{{"My_Lesson"}, {"four", "--lang", "fr"}} {
		if _, _, err := fourwaves("", append([]string{"new", "lesson", "--lessons", dir}, wrong...)...); err == nil {
			t.Errorf("%v is taken", wrong)
		}
	}
}

// TestLintFormats: programs are told what people are, and the exit code says the same.
func TestLintFormats(t *testing.T) {
	dir := write(t, map[string]string{"en/a.md": front + "```tcp close\nat 0s cleint close\n```\n"})
	out, _, err := fourwaves("", "lint", "--format", "json", dir)
	var told struct {
		Folder   string
		Problems []struct {
			File, Message, Suggest, Source string
			Line, Column                   int
		}
	}
	if bad := json.Unmarshal([]byte(out), &told); bad != nil || err == nil || len(told.Problems) != 1 {
		t.Fatalf("%v, %v\n%s", err, bad, out)
	}
	if p := told.Problems[0]; p.File != "en/a.md" || p.Line != 7 || p.Column != 7 || p.Suggest != "client" || p.Source != "at 0s cleint close" {
		t.Errorf("the problem is told as %+v", p)
	}
	out, _, err = fourwaves("", "lint", "--format", "sarif", dir)
	var sarif struct {
		Version string
		Runs    []struct {
			OriginalURIBaseIDs map[string]struct{ URI string }
			Results            []struct {
				RuleID    string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI, URIBaseID string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct{ ID string }
				}
			}
		}
	}
	if bad := json.Unmarshal([]byte(out), &sarif); bad != nil || err == nil || sarif.Version != "2.1.0" || len(sarif.Runs) != 1 || len(sarif.Runs[0].Results) != 1 {
		t.Fatalf("%v, %v\n%s", err, bad, out)
	}
	run := sarif.Runs[0]
	result, place := run.Results[0], run.Results[0].Locations[0].PhysicalLocation
	if run.Tool.Driver.Name != "fourwaves" || result.RuleID != run.Tool.Driver.Rules[0].ID || !strings.Contains(result.Message.Text, `did you mean "client"?`) ||
		place.ArtifactLocation.URI != "en/a.md" || place.Region.StartLine != 7 || place.Region.StartColumn != 7 ||
		run.OriginalURIBaseIDs[place.ArtifactLocation.URIBaseID].URI != "file://"+filepath.ToSlash(dir)+"/" {
		t.Errorf("%s", out)
	}
	if out, _, err := fourwaves("", "lint", "--format", "json"); err != nil || !strings.Contains(out, `"problems": []`) {
		t.Errorf("the built-in lessons: %v\n%s", err, out)
	}
}
