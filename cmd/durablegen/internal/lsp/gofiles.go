package lsp

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/query"
)

// goFile is a parsed Go file of a folder, as far as it can be parsed.
type goFile struct {
	*document
	tree      *ast.File
	generated bool
	places    *token.FileSet
}

func newGoFile(doc *document) *goFile {
	f := &goFile{document: doc, generated: flowdir.IsGenerated(doc.text), places: token.NewFileSet()}
	f.tree, _ = parser.ParseFile(f.places, doc.path, doc.text, parser.SkipObjectResolution|parser.ParseComments)
	return f
}

// place translates a node's place.
func (f *goFile) at(n ast.Node) location {
	return location{f.uri, f.span(f.places.PositionFor(n.Pos(), false).Offset, f.places.PositionFor(n.End(), false).Offset)}
}

// goFiles gives the Go files of a folder, as they are open or on the disk.
func (w *workspace) goFiles(dir string) []*goFile {
	open := w.openPaths()
	var out []*goFile
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if f := w.goFile(filepath.Join(dir, e.Name()), open); f != nil {
			out = append(out, f)
		}
	}
	return out
}

// openPaths gives the files that are open, by path.
func (w *workspace) openPaths() map[string]*document {
	w.mu.Lock()
	defer w.mu.Unlock()
	open := map[string]*document{}
	for _, doc := range w.docs {
		if doc.path != "" {
			open[doc.path] = doc
		}
	}
	return open
}

// goFile gives a Go file, as it is open or on the disk; nil if it is none.
func (w *workspace) goFile(path string, open map[string]*document) *goFile {
	doc := open[path]
	if filepath.Ext(path) != ".go" {
		return nil
	}
	if doc == nil {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		doc = &document{uri: uriOf(path), path: path, lines: newLines(text, w.enc)}
	}
	if f := newGoFile(doc); f.tree != nil {
		return f
	}
	return nil
}

// written gives the Go of the user that carries a declaration out: the methods of steps and
// callbacks, the functions of funcs.
func (w *workspace) written(dir string, d dsl.Decl) []location {
	out := []location{}
	if dir == "" {
		return out
	}
	for _, f := range w.goFiles(dir) {
		if f.generated {
			continue
		}
		for _, decl := range f.tree.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && carriesOut(fn, d) {
				out = append(out, f.at(fn.Name))
			}
		}
	}
	return sortLocations(out)
}

// carriesOut reports whether a Go function is what the user writes for a declaration.
func carriesOut(fn *ast.FuncDecl, d dsl.Decl) bool {
	name := d.DeclName()
	if name == nil {
		return false
	}
	switch d := d.(type) {
	case *dsl.StepDecl:
		return fn.Recv != nil && takesContext(fn) && d.Builtin == "" && gobuild.SameName(name.Text, fn.Name.Name)
	case *dsl.CallbackDecl: // whose method submits it
		return fn.Recv != nil && takesContext(fn) && (gobuild.SameName(name.Text, fn.Name.Name) || gobuild.SameName("submit"+name.Text, fn.Name.Name))
	case *dsl.FuncDecl:
		return fn.Recv == nil && d.InGo() && name.Text == fn.Name.Name
	default: // is generated, or of elsewhere
		return false
	}
}

// takesContext reports whether a function's first parameter is a context, as those of all steps
// are.
func takesContext(fn *ast.FuncDecl) bool {
	if len(fn.Type.Params.List) == 0 {
		return false
	}
	t, ok := fn.Type.Params.List[0].Type.(*ast.SelectorExpr)
	return ok && t.Sel.Name == "Context"
}

// goView is a Go file that a request is about, beside a package of .flow files.
type goView struct {
	*snapshot
	a   *analysis
	doc *document
}

// flowPlace is how generated Go tells where a line of it comes from.
var flowPlace = regexp.MustCompile(`([\w.-]+\.flow):(\d+)(?::(\d+))?`)

// definition gives the .flow declaration of which a name in Go is made, or the place from which
// a line of generated Go comes.
func (g *goView) definition(_ context.Context, p *positionParams) ([]location, error) {
	f := newGoFile(g.doc)
	offset := g.doc.offset(p.Position)
	if s := g.symbol(f, offset); s != nil {
		if at, ok := g.a.location(s.At); ok {
			return []location{at}, nil
		}
	}
	if f.generated {
		return g.origin(f, offset), nil
	}
	return []location{}, nil
}

// references gives the places in .flow files of what a name in Go is made of.
func (g *goView) references(_ context.Context, p *referenceParams) ([]location, error) {
	f := newGoFile(g.doc)
	if s := g.symbol(f, g.doc.offset(p.Position)); s != nil {
		return g.a.uses(g.a.index(), s, p.Context.IncludeDeclaration), nil
	}
	return []location{}, nil
}

// symbol gives what a name in a Go file stands for in the .flow files; nil if for nothing.
func (g *goView) symbol(f *goFile, offset int) *query.Symbol {
	if f.tree == nil {
		return nil
	}
	var found *query.Symbol
	ast.Inspect(f.tree, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || found != nil {
			return found == nil
		}
		if at := f.places.PositionFor(id.Pos(), false).Offset; at <= offset && offset <= at+len(id.Name) {
			found = g.named(id.Name, f.generated)
		}
		return false
	})
	return found
}

// named finds the declaration of which a Go name is made. A name of the user's own that looks
// alike is none, but for methods and functions.
func (g *goView) named(name string, generated bool) *query.Symbol {
	var found *query.Symbol
	x := g.a.index()
	for _, file := range g.a.Files {
		for _, d := range file.Decls {
			n := d.DeclName()
			if n == nil || n.Text == "" {
				continue
			}
			same := false
			switch d := d.(type) {
			case *dsl.StepDecl, *dsl.CallbackDecl:
				same = token.IsExported(name) && gobuild.SameName(n.Text, name)
			case *dsl.FuncDecl:
				same = d.InGo() && n.Text == name || generated && gobuild.SameName(n.Text, name)
			case *dsl.TypeDecl, *dsl.EnumDecl:
				same = n.Text == name
			case *dsl.ErrorDecl:
				same = n.Text+"Error" == name || n.Text == name
			case *dsl.WorkflowDecl, *dsl.ConstDecl:
				same = generated && gobuild.SameName(n.Text, name)
			case *dsl.FunctionDecl: // has no name in Go
			}
			if same && found == nil {
				found = x.Lookup(n.Text)
			}
		}
	}
	return found
}

// origin gives the place that generated Go says that a line comes from: on the line itself, or
// on the nearest one before it within its declaration.
func (g *goView) origin(f *goFile, offset int) []location {
	start := 0
	for _, d := range f.tree.Decls {
		if at := f.places.PositionFor(d.Pos(), false).Offset; at <= offset {
			start = at
		}
	}
	end := offset
	if i := strings.IndexByte(string(g.doc.text[offset:]), '\n'); i >= 0 {
		end = offset + i
	}
	all := flowPlace.FindAllSubmatch(g.doc.text[start:end], -1)
	if len(all) == 0 {
		return []location{}
	}
	m := all[len(all)-1]
	for _, src := range g.a.Sources.Sources() {
		if src.Name != string(m[1]) {
			continue
		}
		line, _ := strconv.Atoi(string(m[2]))
		column, _ := strconv.Atoi(string(m[3]))
		lines := g.a.lines[src]
		if line < 1 || line > len(lines.starts) {
			return []location{}
		}
		from, to := lines.line(line - 1)
		at := from
		for range column - 1 {
			if at < to {
				at++
				for at < to && lines.text[at]&0xC0 == 0x80 {
					at++
				}
			}
		}
		if column == 0 {
			at += len(lines.text[from:to]) - len(strings.TrimLeft(string(lines.text[from:to]), " \t"))
		}
		return []location{{g.a.uri(src), lines.span(at, at)}}
	}
	return []location{}
}
