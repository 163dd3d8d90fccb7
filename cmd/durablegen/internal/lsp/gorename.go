package lsp

import (
	"cmp"
	"context"
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/query"
)

// renameInGo gives the edits, by URI, of Go of the user that gives what is made of a symbol
// another name: in the folder of the package and in those below it. Generated Go is left to
// `generate`.
func (w *workspace) renameInGo(ctx context.Context, dir string, s *query.Symbol, name string) map[string][]textEdit {
	to := nameInGo(s, name)
	if to == "" || dir == "" {
		return nil
	}
	r := &goRenamer{symbol: s, from: nameInGo(s, s.Name), to: to, files: map[string]*goFile{}, declared: map[place]bool{}, edits: map[string][]textEdit{}, done: map[place]bool{}}
	for _, f := range w.goFiles(dir) {
		r.files[f.path] = f
		r.declarations(f)
	}
	if len(r.declared) == 0 {
		return nil
	}
	overlay := map[string][]byte{}
	w.mu.Lock()
	for _, doc := range w.docs {
		if filepath.Ext(doc.path) == ".go" {
			overlay[doc.path] = doc.text
		}
	}
	w.mu.Unlock()
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedTypes |
		packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo
	// Without Go, or with Go that can't be read, what is declared here is renamed all the same.
	found, _ := packages.Load(&packages.Config{Context: ctx, Mode: mode, Dir: dir, Tests: true, Overlay: overlay}, "./...")
	for _, pkg := range found {
		for id, obj := range pkg.TypesInfo.Uses {
			if r.declared[placeOf(pkg.Fset.PositionFor(obj.Pos(), false))] {
				r.rename(w, pkg.Fset.PositionFor(id.Pos(), false), id)
			}
		}
	}
	for _, f := range r.files {
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && r.declared[placeOf(f.places.PositionFor(id.Pos(), false))] {
				r.rename(w, f.places.PositionFor(id.Pos(), false), id)
			}
			return true
		})
	}
	for _, edits := range r.edits {
		slices.SortFunc(edits, func(a, b textEdit) int {
			return cmp.Or(cmp.Compare(a.Range.Start.Line, b.Range.Start.Line), cmp.Compare(a.Range.Start.Character, b.Range.Start.Character))
		})
	}
	return r.edits
}

// nameInGo gives what a symbol of another name is called in Go; empty for what Go of the user
// can't name.
func nameInGo(s *query.Symbol, name string) string {
	switch s.Kind {
	case query.Step, query.Callback:
		return codegen.MethodName(name)
	case query.Type, query.Enum:
		return codegen.TypeName(name)
	case query.Error:
		return codegen.ErrorName(name)
	case query.Field:
		return codegen.FieldName(name)
	case query.Const:
		return codegen.ConstName(name)
	case query.EnumValue:
		if s.Value != nil && s.Value.Enum != nil {
			return codegen.ValueName(s.Value.Enum.Name, name)
		}
	case query.Func:
		if d, ok := s.Decl.(*dsl.FuncDecl); ok && d.InGo() {
			return name
		}
	default: // has no name there, or one that is generated and used in generated Go alone
	}
	return ""
}

// place is a place in a Go file.
type place struct {
	file   string
	offset int
}

func placeOf(p token.Position) place { return place{p.Filename, p.Offset} }

// goRenamer finds the identifiers that have to have another name.
type goRenamer struct {
	symbol   *query.Symbol
	from, to string
	files    map[string]*goFile // by path; nil for generated ones
	declared map[place]bool     // identifiers that declare it, in Go of the user and generated
	edits    map[string][]textEdit
	done     map[place]bool
}

// rename adds the edit of an identifier, unless it stands in generated Go.
func (r *goRenamer) rename(w *workspace, at token.Position, id *ast.Ident) {
	f, known := r.files[at.Filename]
	if !known {
		f = w.goFile(at.Filename, w.openPaths())
		r.files[at.Filename] = f
	}
	if f == nil || f.generated || r.done[placeOf(at)] || !strings.HasPrefix(string(f.text[min(at.Offset, len(f.text)):]), id.Name) {
		return
	}
	r.done[placeOf(at)] = true
	to := r.to
	if id.Name != r.from && id.Name == "Submit"+r.from {
		to = "Submit" + to // the method of a callback beside a step of its name
	}
	r.edits[f.uri] = append(r.edits[f.uri], textEdit{f.span(at.Offset, at.Offset+len(id.Name)), to})
}

// declarations takes up the identifiers of a file that declare a symbol in Go.
func (r *goRenamer) declarations(f *goFile) {
	s, from := r.symbol, r.from
	take := func(id *ast.Ident) { r.declared[placeOf(f.places.PositionFor(id.Pos(), false))] = true }
	for _, d := range f.tree.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && !f.generated && s.Decl != nil && s.Kind != query.Field && carriesOut(fn, s.Decl) {
			take(fn.Name)
		}
		gen, ok := d.(*ast.GenDecl)
		if !ok || !f.generated {
			continue
		}
		for _, spec := range gen.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, id := range spec.Names {
					if (s.Kind == query.EnumValue || s.Kind == query.Const) && id.Name == from {
						take(id)
					}
				}
			case *ast.TypeSpec:
				for _, id := range named(spec, s) {
					if id.Name == from || s.Kind == query.Callback && id.Name == "Submit"+from {
						take(id)
					}
				}
			}
		}
	}
}

// named gives the identifiers of a generated type that may declare a symbol: its own, those of
// its fields, or of its methods if it is an interface.
func named(spec *ast.TypeSpec, s *query.Symbol) []*ast.Ident {
	var fields *ast.FieldList
	switch t := spec.Type.(type) {
	case *ast.StructType:
		if s.Kind == query.Field && s.Decl != nil {
			owner := s.Decl.DeclName().Text
			if spec.Name.Name == codegen.TypeName(owner) || spec.Name.Name == codegen.ErrorName(owner) {
				fields = t.Fields
			}
		}
	case *ast.InterfaceType:
		if s.Kind == query.Step || s.Kind == query.Callback {
			fields = t.Methods
		}
	}
	var ids []*ast.Ident
	if s.Kind == query.Type || s.Kind == query.Enum || s.Kind == query.Error {
		ids = append(ids, spec.Name)
	}
	if fields != nil {
		for _, f := range fields.List {
			ids = append(ids, f.Names...)
		}
	}
	return ids
}
