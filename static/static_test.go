package static_test

import (
	"io/fs"
	"strings"
	"testing"

	"fourwaves/static"
)

// What a browser asks for is there, and what only developers need is not.
func TestEmbedded(t *testing.T) {
	for _, name := range []string{"js/main.js", "css/page.css", "css/figure.css", "words/en.json", "words/zh.json", "words/sources.json", "img/favicon.svg"} {
		if _, err := fs.Stat(static.FS, name); err != nil {
			t.Errorf("%s does not ship: %v", name, err)
		}
	}
	err := fs.WalkDir(static.FS, ".", func(path string, d fs.DirEntry, err error) error {
		for _, development := range []string{"test", "bench", "node_modules", ".ts", "package", "jsconfig"} {
			if strings.Contains(path, development) {
				t.Errorf("%s ships", path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
