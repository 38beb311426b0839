package lessons

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestFrontMatterSchema holds the schema to the parser: both take the front matter of every lesson, and what one refuses the
// other refuses too.
func TestFrontMatterSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(FrontMatterSchema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("front-matter.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("front-matter.json")
	if err != nil {
		t.Fatal(err)
	}
	valid := func(head string) error {
		var value any
		if err := yaml.Unmarshal([]byte(head), &value); err != nil {
			return err
		}
		return schema.Validate(value)
	}
	files, err := fs.Glob(Builtin, "??/*.md")
	if err != nil || len(files) < 28 {
		t.Fatalf("%d lessons: %v", len(files), err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(Builtin, file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "---\n")
		head, _, _ := strings.Cut(rest, "---\n")
		if err := valid(head); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	good := map[string]string{"title": "T", "summary": "S", "number": "1"}
	for _, c := range []struct{ key, value string }{
		{"title", ""}, {"title", strings.Repeat("x", maxTitle+1)}, {"summary", strings.Repeat("x", maxSummary+1)},
		{"number", "0"}, {"number", fmt.Sprint(maxNumber + 1)}, {"number", "first"}, {"order", "1"}, {"title", "T"}, {"after", "a B"}, {"after", "a,"},
	} {
		head := ""
		for _, key := range append([]string{"order"}, frontKeys...) {
			value, has := good[key]
			if key == c.key {
				value, has = c.value, true
			}
			if has {
				head += key + ": " + value + "\n"
			}
		}
		_, problems := Load(fstest.MapFS{"en/a.md": {Data: []byte("---\n" + head + "---\nText.\n")}})
		if err := valid(head); (err == nil) != (len(problems) == 0) {
			t.Errorf("%q: the schema says %v, the parser %v", head, err, problems)
		}
	}
}
