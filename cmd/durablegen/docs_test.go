package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// flowExamples gives the ```flow blocks of a Markdown text that are whole files,
// each after as many blank lines as put its lines where they stand in the text.
func flowExamples(text string) []string {
	var found []string
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) != "```flow" {
			continue
		}
		start := i + 1
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != "```"; i++ {
		}
		body := strings.Join(lines[start:i], "\n") + "\n"
		if strings.HasPrefix(body, "flow 1") {
			found = append(found, strings.Repeat("\n", start)+body)
		}
	}
	return found
}

// pages gives the README and the pages of the documentation.
func pages(t *testing.T) []string {
	t.Helper()
	root := filepath.Join("..", "..")
	pages := []string{filepath.Join(root, "README.md")}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// TestDocumentedExamplesCompile checks every whole .flow file that the README and
// docs/ show, and that each page of the reference shows one.
func TestDocumentedExamplesCompile(t *testing.T) {
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		examples := flowExamples(string(text))
		if len(examples) == 0 && strings.Contains(page, "reference") && !slices.Contains([]string{"defaults.md", "codes.md"}, filepath.Base(page)) {
			t.Errorf("%s shows no whole file", page)
		}
		for _, example := range examples {
			var set dsl.SourceSet
			src := set.Add(page, []byte(example))
			file, problems := dsl.Parse(src)
			if !problems.HasErrors() {
				_, problems = dsl.Check(&set, []*dsl.File{file}, dsl.CheckOptions{})
			}
			if len(problems) > 0 {
				var out strings.Builder
				dsl.WriteText(&out, &set, problems, false)
				t.Errorf("%s", out.String())
			}
			formatted, problems := dsl.Format(src)
			if want := strings.TrimLeft(example, "\n"); len(problems) == 0 && string(formatted) != want {
				t.Errorf("%s: durablegen fmt would lay this example out otherwise:\n%s", page, formatted)
			}
		}
	}
}
