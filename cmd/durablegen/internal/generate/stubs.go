package generate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/codegen"
)

// Stubs gives what is to be written once for a package: the Go that its user has
// not written yet, and a Lambda main. The main comes with the first generation,
// or if it is needed: later, its absence is the user's wish. Notes tell what is
// missing in Go and can't be written, since there is a steps.go already.
func Stubs(p *flowdir.Package, needMain bool) (files []File, notes []string, err error) {
	own, first := userFiles(p.Dir)
	importPath := gobuild.ImportPath(p.Dir)
	stubs, err := codegen.Stubs(p.Program, codegen.ScanFiles(own), importPath)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", p.Dir, err)
	}
	if stubs.Steps != nil {
		path := filepath.Join(p.Dir, "steps.go")
		if exists(path) {
			for _, m := range stubs.Missing {
				notes = append(notes, fmt.Sprintf("%s: the Go of %s is missing", p.Dir, m))
			}
		} else {
			files = append(files, File{Path: path, Kind: Once, Data: stubs.Steps})
		}
	}
	if stubs.Main == nil || !first && !needMain || importPath == "" || gobuild.HasMain(p.Dir) {
		return files, notes, nil
	}
	path := filepath.Join(p.Dir, "bootstrap", "main.go")
	if p.Program.Package == "main" {
		path = filepath.Join(p.Dir, "main.go")
	}
	return append(files, File{Path: path, Kind: Once, Data: stubs.Main}), notes, nil
}

// userFiles parses the Go files of a folder that the user wrote. first means that
// nothing was ever generated there.
func userFiles(dir string) (files []*ast.File, first bool) {
	first = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, false
	}
	fset := token.NewFileSet()
	for _, e := range entries {
		name := e.Name()
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		if IsGenerated(text) {
			first = false
			continue
		}
		// A file with mistakes still tells what it declares.
		if f, _ := parser.ParseFile(fset, name, text, parser.SkipObjectResolution); f != nil {
			files = append(files, f)
		}
	}
	return files, first
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
