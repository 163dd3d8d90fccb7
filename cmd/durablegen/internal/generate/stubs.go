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
// not written yet, and a Lambda main. Each comes when it is needed for the first time,
// which shows in what was generated before; later, its absence is the user's wish. A
// main elsewhere in the module counts, too. Notes tell what is missing in Go.
func Stubs(p *flowdir.Package) (files []File, notes []string, err error) {
	own, generated, _ := goFiles(p.Dir)
	importPath := gobuild.ImportPath(p.Dir)
	stubs, err := codegen.Stubs(p.Program, codegen.ScanFiles(own), importPath)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", p.Dir, err)
	}
	before := codegen.ScanFiles(generated).Names
	path := filepath.Join(p.Dir, "steps.go")
	switch {
	case stubs.Steps == nil:
	case before[stubs.Interface] || exists(path):
		texts := funcs(stubs.Steps)
		for i, m := range stubs.Missing {
			note := fmt.Sprintf("%s: the Go of %s is missing", p.Dir, m)
			if len(texts) == len(stubs.Missing) {
				note += "; it begins with\n\n" + texts[i] + "\n"
			}
			notes = append(notes, note)
		}
	default:
		files = append(files, File{Path: path, Kind: Once, Data: stubs.Steps})
	}
	if stubs.Main == nil || before[stubs.Workflows] || importPath == "" || gobuild.HasMain(p.Dir) {
		return files, notes, nil
	}
	path = filepath.Join(p.Dir, "bootstrap", "main.go")
	if p.Program.Package == "main" {
		path = filepath.Join(p.Dir, "main.go")
	}
	return append(files, File{Path: path, Kind: Once, Data: stubs.Main}), notes, nil
}

// funcs gives the text of each func of a file that a program's steps are missing in, without
// what makes a type for them.
func funcs(text []byte) (out []string) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "steps.go", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	at := func(pos token.Pos) int { return fset.Position(pos).Offset }
	for _, d := range f.Decls {
		d, ok := d.(*ast.FuncDecl)
		if !ok || d.Recv == nil && strings.HasPrefix(d.Name.Name, "New") {
			continue
		}
		begin := d.Pos()
		if d.Doc != nil {
			begin = d.Doc.Pos()
		}
		out = append(out, string(text[at(begin):at(d.End())]))
	}
	return out
}

// goFiles parses the Go files of a folder: the user's own, and what was generated. Tests
// are of the folder's package or of one of their own.
func goFiles(dir string) (own, generated, tests []*ast.File) {
	entries, _ := os.ReadDir(dir)
	fset := token.NewFileSet()
	for _, e := range entries {
		name := e.Name()
		if filepath.Ext(name) != ".go" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		// A file with mistakes still tells what it declares.
		f, _ := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		switch {
		case f == nil:
		case flowdir.IsGenerated(text):
			generated = append(generated, f)
		case strings.HasSuffix(name, "_test.go"):
			tests = append(tests, f)
		default:
			own = append(own, f)
		}
	}
	return own, generated, tests
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
