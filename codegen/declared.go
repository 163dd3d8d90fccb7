package codegen

import (
	"go/ast"
	"path"
	"regexp"
	"strconv"
)

// Declared gives the package-level names that a Go file declares.
func Declared(f *ast.File) (names []*ast.Ident) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name != "init" && d.Name.Name != "_" {
				names = append(names, d.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name)
				case *ast.ValueSpec:
					names = append(names, s.Names...)
				}
			}
		}
	}
	return names
}

// Imported gives the names of the packages that a Go file imports: Go lets nothing in the
// file's own package have one of them.
func Imported(f *ast.File) (names []*ast.Ident) {
	for _, s := range f.Imports {
		if name := importName(s); name != "" {
			names = append(names, &ast.Ident{Name: name, NamePos: s.Pos()})
		}
	}
	return names
}

var versionSuffix = regexp.MustCompile(`/v\d+$`)

// importName gives the name that an import most likely has in its file; empty if it has
// none there.
func importName(imp *ast.ImportSpec) string {
	if imp.Name != nil {
		if imp.Name.Name == "_" || imp.Name.Name == "." {
			return ""
		}
		return imp.Name.Name
	}
	p, _ := strconv.Unquote(imp.Path.Value)
	return path.Base(versionSuffix.ReplaceAllString(p, ""))
}
