package dsl

import (
	"errors"
	"fmt"
	"go/constant"
	"go/types"
	"path"
	"reflect"
	"strings"
)

// Importer finds Go packages by their import path. It is asked only for packages
// that some file imports.
type Importer interface {
	Import(path string) (*types.Package, error)
}

// importTable is what the imports of a file make known, by name.
type importTable map[string]*goPackage

type goPackage struct {
	decl *Import
	pkg  *types.Package // nil if it can't be read, which has been reported
	used bool
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
			if err != nil {
				c.errorf(codeGoImport, i.PathSpan, "Go package %q can't be read: %s", i.Path, err).
					help("it must be part of this module or required by it, as for any Go import")
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
			table[name] = &goPackage{decl: i, pkg: pkg}
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
	r := &goReader{checker: c, known: map[string]Type{}}
	found := map[*GoType]types.Type{}
	for _, f := range c.program.Files {
		c.file = f
		for _, d := range f.Decls {
			d, ok := d.(*TypeDecl)
			if !ok {
				continue
			}
			if g, ok := d.Type.(*GoType); ok {
				c.unreadable[g.Name] = true
				if t := r.find(g); t != nil {
					found[g] = t
				}
			}
		}
	}
	for _, g := range c.program.GoTypes {
		t := found[g]
		if t == nil {
			continue
		}
		delete(c.unreadable, g.Name)
		under, why := r.under(t)
		if why != nil {
			c.errorf(codeGoType, g.Decl.Go.Span, "`%s` can't be used: %s", c.text(g.Decl.Go.Span), why).
				help("what a workflow keeps goes through JSON; declare a `type` of your own with the fields that you need")
			c.unreadable[g.Name] = true
			continue
		}
		g.Under = under
		g.Values = r.constants(t)
	}
	for name := range c.unreadable {
		delete(c.types, name)
	}
}

// goReader translates Go types.
type goReader struct {
	*checker
	known map[string]Type // by what Go calls them, so that each is translated once
	depth int
}

// find looks up the Go type that a declaration names.
func (r *goReader) find(g *GoType) types.Type {
	e := g.Decl.Go
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
		problem := r.errorf(codeUnknownName, e.Package.Span, "unknown package `%s`", e.Package.Text).suggest(near)
		if near == "" {
			problem.help("import it: `import \"…/%s\"`", e.Package.Text)
		}
		return nil
	}
	p.used = true
	if p.pkg == nil {
		return nil
	}
	g.Package = p.pkg.Path()
	g.GoName = e.Name.Text
	obj, ok := p.pkg.Scope().Lookup(e.Name.Text).(*types.TypeName)
	if !ok || !obj.Exported() {
		r.noSuchType(p.pkg, e.Name, ok)
		return nil
	}
	t := types.Unalias(obj.Type())
	if t = r.instantiate(t, e, g); t == nil {
		return nil
	}
	key := types.TypeString(t, nil)
	if before, ok := r.known[key].(*GoType); ok {
		r.errorf(codeDuplicateName, e.Span, "`%s` is known as `%s` already", r.text(e.Span), before.Name).
			note(before.Decl.Name.Span, "declared here").help("use that name")
		return nil
	}
	if own := basicOfGo(t); own != None {
		r.errorf(codeGoType, e.Span, "`%s` is `%s` in this language", r.text(e.Span), own).help("write `%s` where you need it", own)
		return nil
	}
	r.known[key] = g
	return t
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
	r.errorf(codeUnknownType, name.Span, "Go package `%s` has no type `%s`", pkg.Name(), name.Text).suggest(r.near(name.Text, names))
}

// instantiate gives a generic type its arguments.
func (r *goReader) instantiate(t types.Type, e *GoTypeExpr, g *GoType) types.Type {
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
	var args []types.Type
	var texts []string
	for _, a := range e.Args {
		arg := r.goArg(a)
		if arg == nil {
			r.errorf(codeGoType, a.Range(), "`%s` can't be the argument of a Go type", r.text(a.Range())).
				help("`string`, `int`, `float`, `bool`, `bytes`, lists of them and other Go types can")
			return nil
		}
		args = append(args, arg)
		texts = append(texts, types.TypeString(arg, nil))
	}
	inst, err := types.Instantiate(nil, named, args, true)
	if err != nil {
		r.errorf(codeGoType, e.Span, "`%s` can't be used: %s", r.text(e.Span), err)
		return nil
	}
	g.GoName += "[" + strings.Join(texts, ", ") + "]"
	return inst
}

// goArg gives the Go type for a type argument; nil if it has none.
func (r *goReader) goArg(e TypeExpr) types.Type {
	switch e := e.(type) {
	case *ListTypeExpr:
		if !r.deeper(e.Span) {
			return nil
		}
		defer r.shallower()
		if elem := r.goArg(e.Elem); elem != nil {
			return types.NewSlice(elem)
		}
	case *NamedTypeExpr:
		if e.Optional {
			return nil
		}
		switch e.Name {
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
		}
		if g, ok := r.types[e.Name].(*GoType); ok && g.Package != "" && len(g.Decl.Go.Args) == 0 {
			if pkg, err := r.importPackage(g.Package); err == nil && pkg != nil {
				if obj, ok := pkg.Scope().Lookup(g.GoName).(*types.TypeName); ok {
					return types.Unalias(obj.Type())
				}
			}
		}
	}
	return nil
}

// basicOfGo is the built-in type that a Go type is, or None.
func basicOfGo(t types.Type) Basic {
	switch t := t.(type) {
	case *types.Basic:
		switch t.Kind() {
		case types.String:
			return String
		case types.Int:
			return Int
		case types.Float64:
			return Float
		case types.Bool:
			return Bool
		}
	case *types.Slice:
		if b, ok := types.Unalias(t.Elem()).(*types.Basic); ok && b.Kind() == types.Byte {
			return Bytes
		}
	case *types.Named:
		if obj := t.Obj(); obj.Pkg() != nil && obj.Pkg().Path() == "time" && obj.Name() == "Time" {
			return Time
		}
	}
	return None
}

// typ translates a Go type where it is used, in a field or an element.
func (r *goReader) typ(t types.Type) (Type, error) {
	t = types.Unalias(t)
	if b := basicOfGo(t); b != None {
		return b, nil
	}
	switch u := t.(type) {
	case *types.Pointer:
		elem := types.Unalias(u.Elem())
		if _, twice := elem.(*types.Pointer); twice {
			return nil, errors.New("a pointer to a pointer")
		}
		inner, err := r.typ(elem)
		if err != nil {
			return nil, err
		}
		return optional(inner), nil
	case *types.Named:
		return r.named(u)
	case *types.Basic:
		key := u.Name()
		if known := r.known[key]; known != nil {
			return known, nil
		}
		under, err := r.under(u)
		if err != nil {
			return nil, err
		}
		g := &GoType{Name: u.Name(), GoName: u.Name(), Under: under}
		r.known[key] = g
		return g, nil
	case *types.Struct:
		return nil, errors.New("a struct type without a name")
	}
	return r.under(t)
}

func (r *goReader) named(t *types.Named) (Type, error) {
	key := types.TypeString(t, nil)
	if known := r.known[key]; known != nil {
		return known, nil
	}
	if t.Obj().Pkg() == nil { // error, comparable
		return nil, fmt.Errorf("`%s`, which is an interface", t.Obj().Name())
	}
	if !t.Obj().Exported() {
		return nil, fmt.Errorf("`%s`, which its package does not export", t.Obj().Name())
	}
	name := types.TypeString(t, func(p *types.Package) string { return p.Name() })
	g := &GoType{Name: name, Package: t.Obj().Pkg().Path(), GoName: strings.TrimPrefix(types.TypeString(t, func(p *types.Package) string {
		if p == t.Obj().Pkg() {
			return ""
		}
		return p.Path()
	}), ".")}
	r.known[key] = g // before its fields: a type may contain itself
	under, err := r.under(t)
	if err != nil {
		delete(r.known, key)
		return nil, fmt.Errorf("`%s`: %w", name, err)
	}
	g.Under = under
	g.Values = r.constants(t)
	return g, nil
}

// maxGoDepth bounds how deep Go types are looked into.
const maxGoDepth = 200

// under translates what a Go type is made of.
func (r *goReader) under(t types.Type) (Type, error) {
	if r.depth++; r.depth > maxGoDepth {
		return nil, errors.New("it is nested too deeply")
	}
	defer func() { r.depth-- }()
	if _, isPointer := t.(*types.Pointer); !isPointer && marshalsItself(t) {
		// Its JSON is its own affair: a value that can be carried, not looked into.
		return &Record{Name: types.TypeString(t, func(p *types.Package) string { return p.Name() })}, nil
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		info := u.Info()
		switch {
		case info&types.IsString != 0:
			return String, nil
		case info&types.IsBoolean != 0:
			return Bool, nil
		case u.Kind() == types.Uintptr:
		case info&types.IsInteger != 0:
			return Int, nil
		case info&types.IsFloat != 0:
			return Float, nil
		}
		return nil, fmt.Errorf("a `%s`, which JSON can't carry", u.Name())
	case *types.Slice:
		if b, ok := types.Unalias(u.Elem()).(*types.Basic); ok && b.Kind() == types.Byte {
			return Bytes, nil
		}
		elem, err := r.typ(u.Elem())
		if err != nil {
			return nil, fmt.Errorf("a list of %w", err)
		}
		return &List{Elem: elem}, nil
	case *types.Map:
		key, err := r.typ(u.Key())
		if err != nil || !isMapKey(key) {
			return nil, fmt.Errorf("a map with keys of `%s`; only texts are keys in JSON", types.TypeString(u.Key(), nil))
		}
		elem, err := r.typ(u.Elem())
		if err != nil {
			return nil, fmt.Errorf("a map of %w", err)
		}
		return &Map{Key: key, Elem: elem}, nil
	case *types.Struct:
		return r.structure(t, u)
	case *types.Pointer:
		return nil, errors.New("a pointer")
	case *types.Array:
		return nil, errors.New("an array of fixed length; a slice is a list")
	case *types.Interface:
		return nil, errors.New("an interface: JSON does not tell what to decode")
	case *types.Chan:
		return nil, errors.New("a channel, which JSON can't carry")
	case *types.Signature:
		return nil, errors.New("a function, which JSON can't carry")
	}
	return nil, fmt.Errorf("a `%s`, which JSON can't carry", t)
}

// marshalsItself reports whether a named type writes its JSON by methods of its own.
func marshalsItself(t types.Type) bool {
	if _, ok := t.(*types.Named); !ok {
		return false
	}
	methods := types.NewMethodSet(types.NewPointer(t))
	for _, name := range []string{"MarshalJSON", "MarshalText"} {
		if m := methods.Lookup(nil, name); m != nil {
			if sig, ok := m.Type().(*types.Signature); ok && sig.Params().Len() == 0 && sig.Results().Len() == 2 {
				return true
			}
		}
	}
	return false
}

// goField is a field of a struct or of one embedded in it, at its depth.
type goField struct {
	entry  *FieldEntry
	depth  int
	tagged bool
}

// structure translates a struct by the rules of encoding/json: fields of embedded
// structs count as its own unless a shallower field has their name.
func (r *goReader) structure(t types.Type, s *types.Struct) (Type, error) {
	byJSON := map[string][]goField{}
	var order []string
	if err := r.collectFields(s, 0, map[types.Type]bool{t: true}, byJSON, &order); err != nil {
		return nil, err
	}
	record := &Record{Name: types.TypeString(t, func(p *types.Package) string { return p.Name() })}
	for _, name := range order {
		if f := dominant(byJSON[name]); f != nil {
			record.Fields = append(record.Fields, f)
		}
	}
	return record, nil
}

func (r *goReader) collectFields(s *types.Struct, depth int, seen map[types.Type]bool, byJSON map[string][]goField, order *[]string) error {
	if depth > maxGoDepth {
		return errors.New("it is nested too deeply")
	}
	for i := 0; i < s.NumFields(); i++ {
		f := s.Field(i)
		tag := reflect.StructTag(s.Tag(i)).Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if tag == "-" {
			continue
		}
		if f.Embedded() && name == "" {
			ft := types.Unalias(f.Type())
			if _, ok := ft.(*types.Pointer); ok {
				if !f.Exported() {
					continue
				}
				return fmt.Errorf("the embedded pointer `%s` may be nil", f.Name())
			}
			if inner, ok := ft.Underlying().(*types.Struct); ok && !marshalsItself(ft) && basicOfGo(ft) == None {
				if seen[ft] {
					continue
				}
				seen[ft] = true
				if err := r.collectFields(inner, depth+1, seen, byJSON, order); err != nil {
					return err
				}
				continue
			}
		}
		if !f.Exported() {
			continue
		}
		if strings.Contains(","+options+",", ",string,") {
			return fmt.Errorf("field `%s` is a number written as text (`,string`)", f.Name())
		}
		ft, err := r.typ(f.Type())
		if err != nil {
			return fmt.Errorf("field `%s` is %w", f.Name(), err)
		}
		if name == "" {
			name = f.Name()
		}
		if byJSON[name] == nil {
			*order = append(*order, name)
		}
		_, isPointer := types.Unalias(f.Type()).(*types.Pointer)
		entry := &FieldEntry{Name: f.Name(), JSON: name, GoName: f.Name(), Type: ft, Pointer: isPointer, Promoted: depth > 0}
		byJSON[name] = append(byJSON[name], goField{entry, depth, tag != ""})
	}
	return nil
}

// dominant picks the field that has a JSON name, as encoding/json does: the
// shallowest, of those a tagged one; none if that leaves several.
func dominant(fields []goField) *FieldEntry {
	best := fields[0]
	ties := 0
	for _, f := range fields[1:] {
		switch {
		case f.depth < best.depth, f.depth == best.depth && f.tagged && !best.tagged:
			best, ties = f, 0
		case f.depth == best.depth && f.tagged == best.tagged:
			ties++
		}
	}
	if ties > 0 {
		return nil
	}
	return best.entry
}

// constants are the exported constants of a named type: its values.
func (r *goReader) constants(t types.Type) []*EnumValue {
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return nil
	}
	if _, ok := named.Underlying().(*types.Basic); !ok {
		return nil
	}
	var values []*EnumValue
	scope := named.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		obj, ok := scope.Lookup(name).(*types.Const)
		if !ok || !obj.Exported() || !types.Identical(obj.Type(), t) {
			continue
		}
		text := obj.Val().ExactString()
		if obj.Val().Kind() == constant.String {
			text = constant.StringVal(obj.Val())
		}
		values = append(values, &EnumValue{Name: name, JSON: text})
	}
	return values
}
