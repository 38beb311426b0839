package lessons

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"fourwaves/sim"
)

// The browser's tests read the same file (static/test), so both say the same sentence about the same event.
func TestSayFixtures(t *testing.T) {
	words, err := LoadWords(os.DirFS("../static"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../static/test/fixtures/say-fixtures.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixtures []struct {
		Lang, Text  string
		Event, Sent map[string]any
	}
	if err := json.Unmarshal(data, &fixtures); err != nil {
		t.Fatal(err)
	}
	if len(fixtures) < 50 {
		t.Errorf("only %d fixtures", len(fixtures))
	}
	for _, f := range fixtures {
		var sent fields
		if f.Sent != nil {
			sent = fieldsOf(f.Sent)
		}
		if got := words[f.Lang].say(fieldsOf(f.Event), sent); got != f.Text {
			t.Errorf("%s %v\n got %q\nwant %q", f.Lang, f.Event, got, f.Text)
		}
	}
}

// The browser's tests read the same file.
func TestNamedFixtures(t *testing.T) {
	words, err := LoadWords(os.DirFS("../static"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../static/test/fixtures/named-fixtures.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixtures []struct {
		Lang, Sentence string
		About          struct{ Kind, Flags string }
		Parts          []Part
	}
	if err := json.Unmarshal(data, &fixtures); err != nil {
		t.Fatal(err)
	}
	if len(fixtures) < 8 {
		t.Errorf("only %d fixtures", len(fixtures))
	}
	for _, f := range fixtures {
		if got := words[f.Lang].named()(f.Sentence, f.About.Kind, f.About.Flags); !slices.Equal(got, f.Parts) {
			t.Errorf("%s %q\n got %+v\nwant %+v", f.Lang, f.Sentence, got, f.Parts)
		}
	}
}

// A key that one language lacks would show itself on a page.
func TestLanguagesHaveTheSameKeys(t *testing.T) {
	words, err := LoadWords(os.DirFS("../static"))
	if err != nil {
		t.Fatal(err)
	}
	en, zh := words["en"].Keys(), words["zh"].Keys()
	for _, key := range en {
		if !slices.Contains(zh, key) {
			t.Errorf("zh lacks %s", key)
		}
	}
	for _, key := range zh {
		if !slices.Contains(en, key) {
			t.Errorf("en lacks %s", key)
		}
	}
	for _, key := range en {
		if a, b := names(words["en"].texts[key]), names(words["zh"].texts[key]); !slices.Equal(a, b) && strings.HasPrefix(key, "ui.") {
			t.Errorf("%s has %v in English and %v in Chinese", key, a, b)
		}
	}
}

func names(text string) []string {
	list := placeholder.FindAllString(text, -1)
	slices.Sort(list)
	return slices.Compact(list)
}

func TestTimes(t *testing.T) {
	for us, want := range map[int64]string{
		0: "0 s", 50: "0.05 ms", 5_000: "5 ms", 9_999: "9.999 ms", 10_000: "0.01 s", 55_000: "0.055 s", 250_000: "0.25 s",
		1_000_000: "1.00 s", 7_250_000: "7.25 s", 9_999_999: "9.999999 s", 10_000_000: "10 s", 13_250_000: "13.25 s", 600_100_000: "600.1 s", -20_000: "-0.02 s",
	} {
		if got := sayTime(us); got != want {
			t.Errorf("%d µs: %q, want %q", us, got, want)
		}
	}
}

// Every event of the course has a sentence in every language; one without would be an empty row in the list.
func TestEveryEventHasASentence(t *testing.T) {
	words, err := LoadWords(os.DirFS("../static"))
	if err != nil {
		t.Fatal(err)
	}
	library, problems := Load(Builtin)
	if problems != nil {
		t.Fatal(problems)
	}
	for _, fig := range library.Figures() {
		for _, log := range [][]string{nil, {"link loss 30%"}, {"hold client FIN#1 500ms", "dup server FIN#1 1.9s"}} {
			session, err := sim.Open(fig.Scenario, ownHosts(t, fig, log))
			if err != nil {
				t.Fatal(err)
			}
			events, _ := session.Next(0, 800)
			for _, w := range words {
				for i, line := range w.Transcript(events) {
					if line.What == "" || line.Who == "" || strings.ContainsAny(line.What, "{}") {
						t.Errorf("%s in %s: event %d %+v is told as %+v", fig.ID(), w.Lang, i, events[i], line)
					}
				}
			}
		}
	}
}

func TestWordsProblems(t *testing.T) {
	for name, want := range map[string]string{
		"{\n \"a\": 1}":    "words/en.json:2:8: json: cannot unmarshal number into Go value of type string",
		"{\n \"a\": \"b\"": "words/en.json:2:10: unexpected end of JSON input",
	} {
		_, err := LoadWords(fstest.MapFS{"words/en.json": {Data: []byte(name)}})
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", name, err, want)
		}
	}
	w := &Words{texts: map[string]string{"ui.a": "{x} and {y}, {"}}
	if got := w.UI("a", "x", "1"); got != "1 and , {" {
		t.Errorf("fill: %q", got)
	}
	w.texts["ui.zh"] = "现在关闭{x}，{y}在等待"
	if got := w.UI("zh", "x", "lazy", "y", "web"); got != "现在关闭 lazy，web 在等待" {
		t.Errorf("fill: %q", got)
	}
	if got := w.UI("zh", "x", "客户端", "y", "服务器"); got != "现在关闭客户端，服务器在等待" {
		t.Errorf("fill: %q", got)
	}
	if got := w.UI("b"); got != "ui.b" {
		t.Errorf("a missing key shows itself: %q", got)
	}
}

// ownHosts writes edits of client and server for the first and the last host of a figure, which may have other names.
func ownHosts(t *testing.T, fig *Figure, log []string) (own []string) {
	t.Helper()
	session, err := sim.Open(fig.Scenario, nil)
	if err != nil {
		t.Fatal(err)
	}
	hosts := session.Facts().Hosts
	names := strings.NewReplacer("client", hosts[0].Name, "server", hosts[len(hosts)-1].Name)
	for _, line := range log {
		own = append(own, names.Replace(line))
	}
	return own
}
