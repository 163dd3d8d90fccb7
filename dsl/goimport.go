package dsl

import (
	"errors"
	"go/types"
	"path"
)

// Importer finds Go packages by their import path. It is asked only for packages
// that some file imports. An error beside a package tells what is wrong with the
// package, so that some of its types may be invalid.
type Importer interface {
	Import(path string) (*types.Package, error)
}

// importTable is what the imports of a file make known, by name.
type importTable map[string]*goPackage

type goPackage struct {
	decl    *Import
	pkg     *types.Package // nil if it can't be read, which has been reported
	trouble error          // why some of its types may be unknown; nil if none is
	used    bool
}

// imports enters the imports of all files. Packages are read here, since only
// they know their own names.
func (c *checker) imports() {
	for _, f := range c.program.Files {
		table := importTable{}
		c.importSet[f] = table
		paths := map[string]*Import{}
		for _, i := range f.Imports {
			if i.Path == "" {
				continue
			}
			if before := paths[i.Path]; before != nil {
				c.errorf(codeDuplicateName, i.PathSpan, "package %q is imported twice", i.Path).note(before.PathSpan, "first here").help("take one out")
				continue
			}
			paths[i.Path] = i
			pkg, err := c.importPackage(i.Path)
			if pkg == nil {
				c.errorf(codeGoImport, i.PathSpan, "Go package %q can't be read: %s", i.Path, err)
			}
			name := path.Base(i.Path)
			if pkg != nil {
				name = pkg.Name()
			}
			at := i.PathSpan
			if i.Alias != nil && i.Alias.Text != "" {
				name, at = i.Alias.Text, i.Alias.Span
			}
			if before := table[name]; before != nil {
				c.errorf(codeDuplicateName, at, "two imports have the name `%s`", name).note(before.decl.PathSpan, "the first one").
					help("give one of them another name: `import other %q`", i.Path)
				continue
			}
			table[name] = &goPackage{decl: i, pkg: pkg, trouble: err}
		}
	}
}

func (c *checker) importPackage(path string) (*types.Package, error) {
	if c.opts.Importer == nil {
		return nil, errors.New("there is no Go to read it with")
	}
	return c.opts.Importer.Import(path)
}

func (c *checker) unusedImports() {
	for _, f := range c.program.Files {
		for name, p := range c.importSet[f] {
			if !p.used && p.pkg != nil && !c.mayBeUsed(name) {
				c.errorf(codeUnusedImport, p.decl.PathSpan, "package %q is imported and not used", p.decl.Path).
					help("take it out, or name one of its types: `type T = %s.T`", name).
					fix("take it out", Edit{Span: p.decl.Span})
			}
		}
	}
}

// goTypes finds the Go types that are declared, then reads what they are.
func (c *checker) goTypes() {
	r := &goReader{checker: c, known: map[string]Type{}, files: map[*GoType]*File{}, found: map[*GoType]types.Type{}}
	for _, f := range c.program.Files {
		for _, d := range f.Decls {
			if d, ok := d.(*TypeDecl); ok {
				if g, ok := d.Type.(*GoType); ok {
					r.files[g] = f
				}
			}
		}
	}
	var usable []*GoType
	for _, g := range c.program.GoTypes {
		if t := r.find(g); t != nil && r.isNew(g, t) {
			usable = append(usable, g)
		} else {
			c.unreadable[g.Name] = true
		}
	}
	for _, g := range usable {
		c.file = r.files[g]
		if err := r.declared(g); err != nil {
			p := c.errorf(codeGoType, g.Decl.Go.Span, "`%s` can't be used: %s", c.text(g.Decl.Go.Span), err)
			if errors.Is(err, errInvalid) {
				p.help("its package does not compile: %s", r.trouble(g))
			} else {
				p.help("what a workflow keeps goes through JSON; declare a `type` of your own with the fields that you need")
			}
			c.unreadable[g.Name] = true
		}
	}
	for name := range c.unreadable {
		delete(c.types, name)
	}
}

// goReader translates Go types.
type goReader struct {
	*checker
	files map[*GoType]*File      // where each is declared
	found map[*GoType]types.Type // what each declares; nil while it is looked for, and if there is none
	known map[string]Type        // by what Go calls them, so that each is translated once
	depth int
}

// find looks up the Go type that a declaration names, and reports if there is none.
// The types of its arguments may be declared anywhere in the package.
func (r *goReader) find(g *GoType) types.Type {
	t, before := r.found[g]
	if before {
		return t
	}
	r.found[g] = nil
	defer func(f *File) { r.file = f }(r.file)
	r.file = r.files[g]
	e := g.Decl.Go
	obj := r.object(e)
	if obj == nil {
		return nil
	}
	g.Package, g.GoName = obj.Pkg().Path(), obj.Name()
	t = r.instantiate(types.Unalias(obj.Type()), e)
	r.found[g], g.Go = t, t
	return t
}

// object finds what the expression behind the `=` of a declaration names.
func (r *goReader) object(e *GoTypeExpr) *types.TypeName {
	if e.Package == nil || e.Name == nil || e.Name.Text == "" {
		return nil
	}
	table := r.importSet[r.file]
	p := table[e.Package.Text]
	if p == nil {
		var names []string
		for name := range table {
			names = append(names, name)
		}
		near := r.near(e.Package.Text, names)
		problem := r.errorf(codeUnknownName, e.Package.Span, "unknown package `%s`", e.Package.Text).suggestName(e.Package.Text, near)
		if near == "" {
			problem.help("import it: `import \"…/%s\"`", e.Package.Text)
		}
		return nil
	}
	p.used = true
	if p.pkg == nil {
		return nil
	}
	obj, ok := p.pkg.Scope().Lookup(e.Name.Text).(*types.TypeName)
	if !ok || !obj.Exported() {
		r.noSuchType(p.pkg, e.Name, ok)
		return nil
	}
	return obj
}

func (r *goReader) noSuchType(pkg *types.Package, name *Name, unexported bool) {
	if unexported {
		r.errorf(codeGoType, name.Span, "Go type `%s` is not exported", name.Text)
		return
	}
	if obj := pkg.Scope().Lookup(name.Text); obj != nil {
		r.errorf(codeGoType, name.Span, "`%s.%s` is not a type", pkg.Name(), name.Text)
		return
	}
	var names []string
	for _, n := range pkg.Scope().Names() {
		if obj, ok := pkg.Scope().Lookup(n).(*types.TypeName); ok && obj.Exported() {
			names = append(names, n)
		}
	}
	r.errorf(codeUnknownType, name.Span, "Go package `%s` has no type `%s`", pkg.Name(), name.Text).suggestName(name.Text, r.near(name.Text, names))
}

// isNew reports whether a type has no other name yet, and enters it under this one.
func (r *goReader) isNew(g *GoType, t types.Type) bool {
	e := g.Decl.Go
	r.file = r.files[g]
	key := types.TypeString(t, nil)
	if before, ok := r.known[key].(*GoType); ok {
		r.errorf(codeDuplicateName, e.Span, "`%s` is known as `%s` already", r.text(e.Span), before.Name).
			note(before.Decl.Name.Span, "declared here").help("use that name")
		return false
	}
	if own := basicOfGo(t); own != None {
		r.errorf(codeGoType, e.Span, "`%s` is `%s` in this language", r.text(e.Span), own).help("write `%s` where you need it", own)
		return false
	}
	r.known[key] = g
	return true
}

// trouble says why types of the package that a declaration names are invalid.
func (r *goReader) trouble(g *GoType) error {
	if p := r.importSet[r.files[g]][g.Decl.Go.Package.Text]; p.trouble != nil {
		return p.trouble
	}
	return errors.New("see `go vet`")
}

// instantiate gives a generic type its arguments.
func (r *goReader) instantiate(t types.Type, e *GoTypeExpr) types.Type {
	named, ok := t.(*types.Named)
	n := 0
	if ok {
		n = named.TypeParams().Len()
	}
	if n != len(e.Args) {
		switch {
		case n == 0:
			r.errorf(codeGoType, e.Span, "Go type `%s` has no type parameters", e.Name.Text).help("write `%s.%s`", e.Package.Text, e.Name.Text)
		default:
			r.errorf(codeGoType, e.Span, "Go type `%s` has %s, not %d", e.Name.Text, count(n, "type parameter"), len(e.Args)).
				help("give each a type: `%s.%s[string]`", e.Package.Text, e.Name.Text)
		}
		return nil
	}
	if n == 0 {
		return t
	}
	args := make([]types.Type, n)
	for i, a := range e.Args {
		if args[i] = r.goArg(a); args[i] == nil {
			r.errorf(codeGoType, a.Range(), "`%s` can't be the argument of a Go type", r.text(a.Range())).
				help("`string`, `int`, `float`, `bool`, `bytes`, `time`, lists and maps of them and other Go types can")
			return nil
		}
	}
	inst, err := types.Instantiate(nil, named, args, true)
	if err != nil {
		r.errorf(codeGoType, e.Span, "`%s` can't be used: %s", r.text(e.Span), err)
		return nil
	}
	return inst
}

// goArg gives the Go type for a type argument; nil if it has none.
func (r *goReader) goArg(e TypeExpr) types.Type {
	if !r.deeper(e.Range()) {
		return nil
	}
	defer r.shallower()
	switch e := e.(type) {
	case *ListTypeExpr:
		if elem := r.goArg(e.Elem); elem != nil {
			return types.NewSlice(elem)
		}
	case *MapTypeExpr:
		key, elem := r.goArg(e.Key), r.goArg(e.Elem)
		if key != nil && elem != nil && types.Comparable(key) {
			return types.NewMap(key, elem)
		}
	case *NamedTypeExpr:
		t := r.namedArg(e.Name)
		if t != nil && e.Optional {
			return types.NewPointer(t)
		}
		return t
	case *HandleTypeExpr: // is no data, which is told of where types are resolved
	}
	return nil
}

func (r *goReader) namedArg(name string) types.Type {
	switch name {
	case "string":
		return types.Typ[types.String]
	case "int":
		return types.Typ[types.Int]
	case "float":
		return types.Typ[types.Float64]
	case "bool":
		return types.Typ[types.Bool]
	case "bytes":
		return types.NewSlice(types.Typ[types.Byte])
	case "time":
		if pkg, _ := r.importPackage("time"); pkg != nil {
			return pkg.Scope().Lookup("Time").Type()
		}
	}
	if g, ok := r.types[name].(*GoType); ok {
		return r.find(g)
	}
	return nil
}
