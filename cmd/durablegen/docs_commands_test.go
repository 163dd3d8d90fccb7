package main

import "testing"

// TestDocumentedCommandsAreThere: what the pages show can be typed.
func TestDocumentedCommandsAreThere(t *testing.T) {
	all := documented(t, "durablegen")
	if len(all) < 30 {
		t.Fatalf("only %d commands were found", len(all))
	}
	for _, e := range all {
		if why := e.fits(); why != "" {
			t.Errorf("%s: %s", e.where, why)
		}
	}
}
