package sim

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVersion holds Version to its promise: links name the engine that made
// them, so a change in what an existing story shows must raise it.
//
// testdata/version.txt has, for each golden file, the version that last changed
// it and a digest. After raising Version, delete the lines that changed; the
// failing test prints what to write in their place.
func TestVersion(t *testing.T) {
	recorded, err := os.ReadFile("testdata/version.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][2]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(recorded)), "\n") {
		f := strings.Fields(line)
		if len(f) != 3 {
			t.Fatalf("testdata/version.txt: %q is not: file, version, digest", line)
		}
		known[f[0]] = [2]string{f[1], f[2]}
	}
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\nrun\n") {
			continue // mistakes and their messages: no link shows them
		}
		name := filepath.Base(path)
		digest := fmt.Sprintf("%x", sha256.Sum256(text))[:16]
		was, ok := known[name]
		switch {
		case !ok:
			t.Errorf("%s is new: add to testdata/version.txt\n%s %d %s", name, name, Version, digest)
		case was[1] == digest:
		case was[0] == fmt.Sprint(Version):
			t.Errorf("%s changed: existing links would show another run; raise sim.Version above %d", name, Version)
		default:
			t.Errorf("%s changed with version %d: write in testdata/version.txt\n%s %d %s", name, Version, name, Version, digest)
		}
	}
}
