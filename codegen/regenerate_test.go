package codegen_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/durablegen/durablegen/codegen"
)

// TestEndToEndIsCurrent compares the committed Go of the packages in internal, whose
// tests run it, with what is generated now.
func TestEndToEndIsCurrent(t *testing.T) {
	for _, dir := range []string{"internal/e2e", "internal/semantics", "internal/semantics/before", "internal/semantics/after"} {
		current(t, dir)
	}
}

func current(t *testing.T, dir string) {
	paths, err := filepath.Glob(dir + "/*.flow")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	var names []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		files[name] = string(text)
		names = append(names, name)
	}
	out, err := codegen.Generate(check(t, files, names...), codegen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range out.Files {
		path := filepath.Join(dir, name)
		if *update {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, _ := os.ReadFile(path); string(got) != string(text) {
			t.Errorf("%s is stale: run the tests with -update", path)
		}
	}
}
