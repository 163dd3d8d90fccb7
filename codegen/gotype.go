package codegen

import (
	"path"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// existingType writes pkg.Name, with type arguments if it has any; int32 and the
// like stand without a package.
func existingType(t *dsl.GoType) *jen.Statement {
	name, args, generic := strings.Cut(t.GoName, "[")
	s := jen.Id(name)
	if t.Package != "" {
		s = jen.Qual(t.Package, name)
	}
	if !generic {
		return s
	}
	var list []jen.Code
	for _, arg := range splitArgs(strings.TrimSuffix(args, "]")) {
		list = append(list, typeOfText(arg))
	}
	return s.Index(list...)
}

// splitArgs splits a list of types at the commas that are not inside brackets.
func splitArgs(text string) []string {
	var out []string
	depth, start := 0, 0
	for i, c := range text {
		switch c {
		case '[':
			depth++
		case ']':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(text[start:i]))
				start = i + 1
			}
		}
	}
	return append(out, strings.TrimSpace(text[start:]))
}

// typeOfText writes a type that go/types has put into words, with whole import
// paths: []example.com/money.Amount.
func typeOfText(text string) *jen.Statement {
	switch {
	case strings.HasPrefix(text, "[]"):
		return jen.Index().Add(typeOfText(text[2:]))
	case strings.HasPrefix(text, "*"):
		return jen.Op("*").Add(typeOfText(text[1:]))
	}
	head, _, _ := strings.Cut(text, "[")
	dot := strings.LastIndexByte(head, '.')
	if dot < 0 {
		return existingType(&dsl.GoType{GoName: text})
	}
	return existingType(&dsl.GoType{Package: text[:dot], GoName: text[dot+1:]})
}

// goPackages gives the packages of all Go types that a program can come across,
// with the names by which the program or Go calls them, in the order in which they
// are found.
func goPackages(p *dsl.Program) []goPackage {
	var out []goPackage
	known := map[string]bool{}
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
			if t.Package != "" && !known[t.Package] {
				known[t.Package] = true
				out = append(out, goPackage{t.Package, packageName(t)})
			}
			visit(t.Under)
		}
	}
	for _, t := range p.GoTypes {
		visit(t)
	}
	return out
}

type goPackage struct{ path, name string }

// packageName is how the .flow file calls a type's package, or the package itself.
func packageName(t *dsl.GoType) string {
	if t.Decl != nil && t.Decl.Go != nil && t.Decl.Go.Package != nil {
		return t.Decl.Go.Package.Text
	}
	if name, _, ok := strings.Cut(t.Name, "."); ok {
		return name
	}
	return path.Base(t.Package)
}
