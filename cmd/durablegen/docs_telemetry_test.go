package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/durablegen/durablegen/internal/otlpsink"
)

// TestTelemetryPage runs the program of docs/telemetry.md by the command that stands there,
// with a receiver on this machine, and holds what comes to the trace that the page shows
// and to the tables of metrics and attributes.
func TestTelemetryPage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	page := filepath.Join("..", "..", "docs", "telemetry.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	sink := &otlpsink.Sink{}
	server := httptest.NewServer(sink)
	defer server.Close()

	sources, _ := blocksOf(string(text), "go")
	command := strings.ReplaceAll(shellBlocks(t, page)[0][0].text, "http://127.0.0.1:4318", server.URL)
	script := fmt.Sprintf("module example.com/greet\nexec sh -c '%s'\nstdout '\"Dear Ada\"'\n-- greet.flow --\n%s-- steps.go --\n%s-- bootstrap/main.go --\n%s",
		strings.ReplaceAll(command, "'", "''"), strings.TrimLeft(flowExamples(string(text))[0], "\n"), sources[0], sources[1])
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "telemetry.txtar"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Run("program", func(t *testing.T) { testscript.Run(t, scripts(t, dir)) })

	shown, _ := blocksOf(string(text), "text")
	if got := otlpsink.Tree(sink.Spans()); got != shown[0] {
		t.Errorf("the page shows\n%s\nand what comes is\n%s", shown[0], got)
	}
	for _, s := range sink.Spans() {
		if s.Service != "greet" {
			t.Errorf("%s is of service %q", s.Name, s.Service)
		}
		for key := range s.Attributes {
			if name := key[strings.LastIndexByte(key, '.')+1:]; strings.HasPrefix(key, "durable.") && !strings.Contains(string(text), "."+name+"`") {
				t.Errorf("%s has attribute %s, which the page does not tell", s.Name, key)
			}
		}
	}
	if len(sink.Points()) == 0 {
		t.Error("there are no metrics")
	}
	for _, p := range sink.Points() {
		if !strings.Contains(string(text), "\n| `"+p.Name+"` |") {
			t.Errorf("the page does not tell of metric %s", p.Name)
		}
	}
}
