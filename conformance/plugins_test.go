package main

import (
	"os"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/durablegen/durablegen/conformance/judge"
)

// TestPlugins holds what plugins are told against testdata/plugins.yaml.
func TestPlugins(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	t.Parallel()
	text, err := os.ReadFile("testdata/plugins.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	var requirements []*judge.Requirement
	for entries := root.Content[0].Content; len(entries) > 0; entries = entries[2:] {
		one, err := yaml.Marshal(entries[1])
		if err != nil {
			t.Fatal(err)
		}
		r, err := judge.Parse("plugin/"+entries[0].Value+".yaml", one)
		if err != nil {
			t.Fatal(err)
		}
		requirements = append(requirements, r)
	}
	score(t, startService(t), requirements, nil)
}
