package revision

import (
	"go/token"
	"go/types"
	"path"
	"regexp"

	"github.com/durablegen/durablegen/dsl"
)

// importer gives the Go packages that files import as they are now. One that can't be read,
// since it is gone or does not compile, has the types that the files name, of which nothing
// is known.
type importer struct {
	now   dsl.Importer
	stubs stub
}

// Import implements dsl.Importer.
func (i importer) Import(path string) (*types.Package, error) {
	if pkg, err := i.now.Import(path); err == nil && i.stubs.within(pkg) {
		return pkg, nil
	}
	return i.stubs.of(path), nil
}

// within reports whether a package has the types that are named of it.
func (s stub) within(pkg *types.Package) bool {
	for _, name := range s.of(pkg.Path()).Scope().Names() {
		if pkg.Scope().Lookup(name) == nil {
			return false
		}
	}
	return true
}

// stubs makes packages of what files name of those that they import.
func stubs(files []*dsl.File) stub {
	s := stub{}
	for _, file := range files {
		for _, decl := range file.Decls {
			if d, ok := decl.(*dsl.TypeDecl); ok && d.Go != nil && d.Go.Package != nil && d.Go.Name != nil {
				s.add(file, d.Go)
			}
		}
	}
	return s
}

type stub map[string]*types.Package // by import path

var version = regexp.MustCompile(`^v[0-9]+$`)

// add enters a type under the import that its package's name means.
func (s stub) add(file *dsl.File, t *dsl.GoTypeExpr) {
	for _, i := range file.Imports {
		name := path.Base(i.Path)
		if version.MatchString(name) {
			name = path.Base(path.Dir(i.Path))
		}
		if i.Alias != nil && i.Alias.Text != t.Package.Text || i.Alias == nil && name != t.Package.Text && len(file.Imports) > 1 {
			continue
		}
		if i.Alias == nil {
			name = t.Package.Text
		}
		pkg := s[i.Path]
		if pkg == nil {
			pkg = types.NewPackage(i.Path, name)
			s[i.Path] = pkg
		}
		if pkg.Scope().Lookup(t.Name.Text) != nil {
			return
		}
		named := types.NewNamed(types.NewTypeName(token.NoPos, pkg, t.Name.Text, nil), types.NewStruct(nil, nil), nil)
		if n := len(t.Args); n > 0 {
			params := make([]*types.TypeParam, n)
			for k := range params {
				params[k] = types.NewTypeParam(types.NewTypeName(token.NoPos, pkg, "T"+string(rune('A'+k%26)), nil), types.Universe.Lookup("any").Type())
			}
			named.SetTypeParams(params)
		}
		pkg.Scope().Insert(named.Obj())
		return
	}
}

// of gives the stub of a package.
func (s stub) of(path string) *types.Package {
	if pkg := s[path]; pkg != nil {
		return pkg
	}
	return types.NewPackage(path, "unknown")
}
