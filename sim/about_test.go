package sim

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Both languages have the same parts: as many headings, rows of tables and items of lists.
func TestModelInBothLanguages(t *testing.T) {
	parts := func(name string) map[string]string {
		data, err := Model.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for what, form := range map[string]string{"headings": `(?m)^#+ `, "rows": `(?m)^\|`, "items": `(?m)^- `} {
			found[what] = strings.Join(sorted(regexp.MustCompile(form).FindAllString(string(data), -1)), " ")
		}
		return found
	}
	en, zh := parts("MODEL.md"), parts("MODEL.zh.md")
	for what := range en {
		if en[what] != zh[what] {
			t.Errorf("MODEL.md and MODEL.zh.md differ in %s; put into one what is in the other:\n%s\n%s", what, en[what], zh[what])
		}
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
