package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// goType writes a type.
func (g *generator) goType(t dsl.Type) *jen.Statement {
	switch t := t.(type) {
	case nil:
		return jen.Qual(flowPath, "None")
	case dsl.Basic:
		return basicType(t)
	case *dsl.List:
		return jen.Index().Add(g.goType(t.Elem))
	case *dsl.Map:
		return jen.Map(g.goType(t.Key)).Add(g.goType(t.Elem))
	case *dsl.Optional:
		return jen.Op("*").Add(g.goType(t.Elem))
	case *dsl.Record:
		if t.Parallel != nil {
			return jen.Id(g.parallelType(t))
		}
		return jen.Id(g.names.types[t])
	case *dsl.Enum:
		if t.Text {
			return jen.String()
		}
		return jen.Id(g.names.types[t])
	case *dsl.ErrorType:
		return jen.Op("*").Add(g.errorType(t))
	case *dsl.GoType:
		if name := g.names.types[t]; name != "" {
			return jen.Id(name)
		}
		return existingType(t.Go)
	case *dsl.Handle:
		return jen.Op("*").Qual(durablePath, "Callback").Index(g.goType(t.Decl.ResultType))
	case *dsl.FailureType:
		return jen.Qual(flowPath, "Failure")
	case *dsl.ItemOutcome:
		return jen.Qual(flowPath, "Item").Index(g.goType(t.Item))
	case *dsl.Outcome:
		if t.Parallel != nil {
			return g.settledType(t)
		}
		return jen.Qual(flowPath, "Outcome").Index(g.goType(t.Item))
	}
	panic(fmt.Sprintf("no Go type for %v", t))
}

func basicType(t dsl.Basic) *jen.Statement {
	switch t {
	case dsl.String:
		return jen.Id("string")
	case dsl.Int:
		return jen.Id("int")
	case dsl.Float:
		return jen.Id("float64")
	case dsl.Bool:
		return jen.Id("bool")
	case dsl.Bytes:
		return jen.Index().Id("byte")
	case dsl.Time:
		return jen.Qual("time", "Time")
	case dsl.Duration:
		return jen.Qual(flowPath, "Duration")
	case dsl.JSON:
		return jen.Qual(flowPath, "JSON")
	}
	panic("no Go type for " + t.String())
}

// errorType writes the struct type of an error, without the pointer.
func (g *generator) errorType(t *dsl.ErrorType) *jen.Statement {
	if t.Undeclared {
		return jen.Qual(durablePath, "UnexpectedError")
	}
	if t.Builtin {
		return jen.Qual(durablePath, t.Name+"Error")
	}
	return jen.Id(g.names.types[t])
}

// zero writes the zero value of a type.
func (g *generator) zero(t dsl.Type) *jen.Statement {
	switch t := t.(type) {
	case nil:
		return jen.Qual(flowPath, "None").Values()
	case dsl.Basic:
		switch t {
		case dsl.String, dsl.JSON:
			return jen.Lit("")
		case dsl.Int, dsl.Float, dsl.Duration:
			return jen.Lit(0)
		case dsl.Bool:
			return jen.False()
		case dsl.Time:
			return jen.Qual("time", "Time").Values()
		}
		return jen.Nil()
	case *dsl.List, *dsl.Map, *dsl.Optional, *dsl.ErrorType, *dsl.Handle:
		return jen.Nil()
	case *dsl.Enum:
		return jen.Lit("")
	case *dsl.GoType:
		if t.Opaque() { // of any kind
			return jen.Op("*").New(g.goType(t))
		}
		if _, ok := t.Under.(*dsl.Record); ok {
			return g.goType(t).Values()
		}
		return g.zero(t.Under)
	case *dsl.Record, *dsl.Outcome, *dsl.ItemOutcome, *dsl.FailureType: // are structs
	}
	return g.goType(t).Values()
}

// holdsReferences reports whether Go code that is handed a value of the type could
// change what others see of it.
func holdsReferences(t dsl.Type) bool { return references(t, map[dsl.Type]bool{}) }

func references(t dsl.Type, seen map[dsl.Type]bool) bool {
	switch t := t.(type) {
	case *dsl.List, *dsl.Map, *dsl.Optional, *dsl.Outcome, *dsl.ItemOutcome, *dsl.ErrorType:
		return true
	case dsl.Basic:
		return t == dsl.Bytes
	case *dsl.GoType:
		return t.Opaque() || references(t.Under, seen)
	case *dsl.Record:
		if seen[t] {
			return false
		}
		seen[t] = true
		for _, f := range t.Fields {
			if f.ReadOnly() || references(f.Type, seen) {
				return true
			}
		}
	case *dsl.Enum, *dsl.Handle, *dsl.FailureType: // hold none, or are handed to nobody
	}
	return false
}
