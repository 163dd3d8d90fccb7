package codegen_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/durablegen/durablegen/codegen"
)

// TestGeneratedCodeCompiles builds and vets what the archives hold and what the
// documentation shows, each with its own Go files and stubs for what these don't
// have. It is one run of the Go command for all of them.
func TestGeneratedCodeCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the Go command")
	}
	root, err := os.MkdirTemp("testdata", "build")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		writePackage(t, archive, filepath.Join(root, strings.TrimSuffix(filepath.Base(name), ".txtar")))
	}
	pages, err := filepath.Glob("../docs/reference/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages (%v)", err)
	}
	for _, page := range append(pages, "../README.md", "../docs/language.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range flowExample.FindAllSubmatch(text, -1) {
			archive := &txtar.Archive{Files: []txtar.File{{Name: "example.flow", Data: m[1]}}}
			writePackage(t, archive, filepath.Join(root, fmt.Sprintf("%s%d", strings.TrimSuffix(filepath.Base(page), ".md"), i)))
		}
	}
	if out, err := exec.Command("go", "vet", "./"+root+"/...").CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
}

// flowExample matches the whole files in Markdown.
var flowExample = regexp.MustCompile("(?s)```flow\n(flow 1.*?)```")

// writePackage writes an archive's package with stubs and a main below it.
func writePackage(t *testing.T, archive *txtar.Archive, dir string) {
	t.Helper()
	flow := map[string]string{}
	var names []string
	var existing []*ast.File
	files := map[string][]byte{}
	for _, file := range archive.Files {
		switch {
		case strings.HasSuffix(file.Name, ".flow"):
			flow[file.Name] = string(file.Data)
			names = append(names, file.Name)
		case strings.HasSuffix(file.Name, "_flow.go"):
		case strings.HasSuffix(file.Name, ".go"):
			files[file.Name] = file.Data
			tree, err := parser.ParseFile(token.NewFileSet(), file.Name, file.Data, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			existing = append(existing, tree)
		}
	}
	p := check(t, flow, names...)
	out, err := codegen.Generate(p, codegen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range out.Files {
		files[name] = text
	}
	stubs, err := codegen.Stubs(p, codegen.ScanFiles(existing), "github.com/durablegen/durablegen/codegen/"+filepath.ToSlash(dir))
	if err != nil {
		t.Fatal(err)
	}
	if stubs.Steps != nil {
		files["steps.go"] = stubs.Steps
	}
	if stubs.Main != nil {
		files["bootstrap/main.go"] = stubs.Main
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
