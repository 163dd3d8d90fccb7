package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDeployShowsWhatTemplateWrites holds the template of docs/deploy.md to the one that is
// written. -update writes it into the page.
func TestDeployShowsWhatTemplateWrites(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	page := filepath.Join(repository(t), "docs", "deploy.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(repository(t))
	var out, complaint bytes.Buffer
	if status := run([]string{"template", "sam", "./examples/foodorder"}, nil, &out, &complaint); status != 0 {
		t.Fatal(complaint.String())
	}
	const fence = "```yaml\n"
	before, rest, ok := strings.Cut(string(text), fence)
	shown, after, closed := strings.Cut("\n"+rest, "\n```\n")
	switch {
	case !ok || !closed:
		t.Fatal("the page shows no template")
	case strings.TrimPrefix(shown, "\n")+"\n" == out.String():
	case *update:
		if err := os.WriteFile(page, []byte(before+fence+out.String()+"```\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("docs/deploy.md shows another template than is written:\n%s", out.String())
	}
}
