package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestClientsPage compiles the Go of docs/clients.md, in a package of its own of this module.
func TestClientsPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "clients.md"))
	if err != nil {
		t.Fatal(err)
	}
	sources, _ := blocksOf(string(text), "go")
	if len(sources) == 0 {
		t.Fatal("the page shows no Go")
	}
	dir := t.TempDir()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	source, overlay := filepath.Join(dir, "billing.go"), filepath.Join(dir, "overlay.json")
	replaced, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(here, "billing", "billing.go"): source}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{source: sources[0], overlay: string(replaced)} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("go", "build", "-overlay", overlay, "./billing").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
