package gomodule

import (
	"os"
	"path/filepath"
	"testing"
)

func TestModule(t *testing.T) {
	root := t.TempDir()
	below := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("// a comment\nmodule \"example.com/m\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	m := Of(below)
	if m != (Module{root, "example.com/m"}) {
		t.Fatalf("got %+v", m)
	}
	if got := m.ImportPath(below); got != "example.com/m/a/b" {
		t.Errorf("imported as %q", got)
	}
	if got := m.ImportPath(root); got != "example.com/m" {
		t.Errorf("the root is imported as %q", got)
	}
	for path, want := range map[string]string{
		"example.com/m/a/b": below, "example.com/m": root, "example.com/mine": "", "example.com": "",
	} {
		if got := m.Dir(path); got != want {
			t.Errorf("%s lies in %q, want %q", path, got, want)
		}
	}
	if got := Of(filepath.Dir(root)); got.Root == root {
		t.Errorf("above it there is %+v", got)
	}
}
