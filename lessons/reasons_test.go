package lessons

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// reasons are the codes that the engine gives, by the event that carries them:
// a file of sim/tcp declares those of one kind.
func reasons(t *testing.T) map[string][]string {
	codes := map[string][]string{
		"ignored": {"data-after-close"},
		"sent":    {"data-after-close", "second-syn"},
		"lost":    {"chance", "drop", "burst", "cut", "down"},
		"held":    {"reorder"},
		"copied":  {"duplicate"},
		"arrived": {"jitter"},
		"end":     {"quiet", "until", "limit"},
	}
	constant := regexp.MustCompile(`(?m)^\s*Why\w+\s+Why\s+= "([a-z0-9-]+)"`)
	for file, event := range map[string]string{"state.go": "state", "output.go": "sent", "arrives.go": "ignored"} {
		b, err := os.ReadFile(filepath.Join("../sim/tcp", file))
		if err != nil {
			t.Fatal(err)
		}
		found := constant.FindAllStringSubmatch(string(b), -1)
		if len(found) < 10 {
			t.Fatalf("%s declares %d reasons", file, len(found))
		}
		for _, m := range found {
			codes[event] = append(codes[event], m[1])
		}
	}
	return codes
}

// Every reason has a sentence of at most 140 characters in both languages, and
// what TCP does has a source.
func TestReasons(t *testing.T) {
	words, err := LoadWords(os.DirFS("../static"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("../static/words/sources.json")
	if err != nil {
		t.Fatal(err)
	}
	var sources map[string]struct{ Text, URL string }
	if err := json.Unmarshal(b, &sources); err != nil {
		t.Fatal(err)
	}
	for event, codes := range reasons(t) {
		for _, code := range codes {
			for lang, catalogue := range words {
				said := false
				for _, key := range catalogue.Keys() {
					said = said || key == "why."+event+"."+code || strings.HasPrefix(key, "why."+event+"."+code+".")
				}
				if !said {
					t.Errorf("%s has no sentence for %s %s", lang, event, code)
				}
			}
			source, own := sources["cite."+event+"."+code]
			if !own {
				source = sources["cite."+code]
			}
			if event != "lost" && event != "end" && (source.Text == "" || !strings.HasPrefix(source.URL, "https://")) {
				t.Errorf("%s %s has no source", event, code)
			}
		}
	}
	for lang, catalogue := range words {
		for _, key := range catalogue.Keys() {
			if n := utf8.RuneCountInString(catalogue.texts[key]); strings.HasPrefix(key, "why.") && n > 140 {
				t.Errorf("%s: %s has %d characters", lang, key, n)
			}
		}
	}
}
