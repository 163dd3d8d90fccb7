package codegen

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// existingType writes a type of Go: pkg.Name, with type arguments if it has any; int32
// and the like stand without a package.
func existingType(t types.Type) *jen.Statement {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		s := jen.Qual(t.Obj().Pkg().Path(), t.Obj().Name())
		var args []jen.Code
		for arg := range t.TypeArgs().Types() {
			args = append(args, existingType(arg))
		}
		if args == nil {
			return s
		}
		return s.Index(args...)
	case *types.Slice:
		return jen.Index().Add(existingType(t.Elem()))
	case *types.Pointer:
		return jen.Op("*").Add(existingType(t.Elem()))
	case *types.Map:
		return jen.Map(existingType(t.Key())).Add(existingType(t.Elem()))
	}
	return jen.Id(t.String())
}

// goPackages gives the packages of all Go types that a program can come across,
// with the names by which the program or Go calls them, in the order in which they
// are found.
func goPackages(p *dsl.Program) []goPackage {
	var out []goPackage
	known := map[string]bool{}
	add := func(path, name string) {
		if !known[path] {
			known[path] = true
			out = append(out, goPackage{path, name})
		}
	}
	seen := map[dsl.Type]bool{}
	var visit func(dsl.Type)
	visit = func(t dsl.Type) {
		if t == nil || seen[t] {
			return
		}
		switch t := t.(type) {
		case *dsl.List:
			visit(t.Elem)
		case *dsl.Map:
			visit(t.Key)
			visit(t.Elem)
		case *dsl.Optional:
			visit(t.Elem)
		case *dsl.Record:
			seen[t] = true
			for _, f := range t.Fields {
				visit(f.Type)
			}
		case *dsl.GoType:
			seen[t] = true
			if t.Decl != nil && t.Decl.Go != nil && t.Decl.Go.Package != nil {
				add(t.Package, t.Decl.Go.Package.Text)
			}
			eachPackage(t.Go, func(pkg *types.Package) { add(pkg.Path(), pkg.Name()) })
			visit(t.Under)
		default: // is made of no other
		}
	}
	for _, t := range p.GoTypes {
		visit(t)
	}
	return out
}

// eachPackage gives the packages that existingType names.
func eachPackage(t types.Type, yield func(*types.Package)) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		yield(t.Obj().Pkg())
		for arg := range t.TypeArgs().Types() {
			eachPackage(arg, yield)
		}
	case *types.Map:
		eachPackage(t.Key(), yield)
		eachPackage(t.Elem(), yield)
	case interface{ Elem() types.Type }:
		eachPackage(t.Elem(), yield)
	}
}

type goPackage struct{ path, name string }

// asDeclared writes the value of a field of a Go type as the language has it: what
// Go has as any as flow.JSON, a time.Duration as a flow.Duration.
func asDeclared(f *dsl.FieldEntry, code *jen.Statement) *jen.Statement {
	switch {
	case f.Go == nil:
		return code
	case f.Type == dsl.JSON:
		return jen.Qual(flowPath, "JSONOf").Call(code)
	case isOptional(f.Type):
		return jen.Parens(jen.Op("*").Qual(flowPath, "Duration")).Call(code)
	}
	return jen.Qual(flowPath, "Duration").Call(code)
}

// asGo is the way back, of what is not json.
func asGo(f *dsl.FieldEntry, code *jen.Statement) *jen.Statement {
	switch {
	case f.Go == nil:
		return code
	case isOptional(f.Type):
		return jen.Parens(existingType(f.Go)).Call(code)
	}
	return existingType(f.Go).Call(code)
}
