package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestChangingAWorkflow holds the page's examples: an edit of its workflow in a block of
// `diff`, and what the command says of it in the block of text behind. -update writes the
// latter.
func TestChangingAWorkflow(t *testing.T) {
	path, err := filepath.Abs("../../docs/changing.md")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```flow\n")
	before, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("the page has no workflow")
	}
	parts := strings.Split(string(page), "```diff\n")
	if len(parts) < 7 {
		t.Fatalf("%d examples", len(parts)-1)
	}
	for i, part := range parts[1:] {
		edit, rest, _ := strings.Cut(part, "```\n")
		said, text, ok := strings.Cut(rest, "```\n\n")
		said, found := strings.CutPrefix(said, "\n```text\n")
		if !ok || !found {
			t.Fatalf("behind %q is no text", edit)
		}
		got := diffOf(t, before, edited(t, before, edit))
		if got != said && !*update {
			t.Errorf("of\n%sthe command says\n%s\nand the page\n%s", edit, got, said)
		}
		parts[i+1] = edit + "```\n\n```text\n" + got + "```\n\n" + text
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.Join(parts, "```diff\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// edited applies an edit: the lines with - are there, one after the other, and those with
// + take their place.
func edited(t *testing.T, text, edit string) string {
	t.Helper()
	var gone, fresh strings.Builder
	for line := range strings.Lines(edit) {
		switch line[0] {
		case '-':
			gone.WriteString(line[1:])
		case '+':
			fresh.WriteString(line[1:])
		default:
			t.Fatalf("%q is no line of an edit", line)
		}
	}
	if strings.Count(text, gone.String()) != 1 {
		t.Fatalf("%q is not in the workflow once", gone.String())
	}
	return strings.Replace(text, gone.String(), fresh.String(), 1)
}

// diffOf is what the command says of two texts.
func diffOf(t *testing.T, old, new string) string {
	t.Helper()
	t.Chdir(t.TempDir())
	for dir, text := range map[string]string{"old": old, "new": new} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "orders.flow"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out, complaint bytes.Buffer
	if status := run([]string{"diff", "old", "new"}, nil, &out, &complaint); status > 1 || complaint.Len() > 0 {
		t.Fatalf("exit status %d, %s", status, complaint.String())
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}
