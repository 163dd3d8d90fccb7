package codegen_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/durablegen/durablegen/codegen"
)

// TestEndToEndIsCurrent compares the committed Go of internal/e2e, whose tests run
// it, with what is generated now.
func TestEndToEndIsCurrent(t *testing.T) {
	paths, err := filepath.Glob("internal/e2e/*.flow")
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
		path := filepath.Join("internal/e2e", name)
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
