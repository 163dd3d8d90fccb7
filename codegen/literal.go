package codegen

import (
	"go/constant"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// member writes a value of an enum, or a constant of a Go type.
func (fn *fn) member(v *dsl.EnumValue, t dsl.Type) *jen.Statement {
	if g, ok := t.(*dsl.GoType); ok {
		return jen.Qual(g.Package, v.Name)
	}
	if v.Enum.Text {
		return jen.Qual(flowPath, v.Enum.Name+exported(v.Name))
	}
	return jen.Id(fn.names.members[v])
}

// element writes an element of a list or map literal, without the type that Go knows.
func (fn *fn) element(e dsl.Expr, want dsl.Type) *jen.Statement {
	if !sameType(e.Type(), want) {
		return fn.expr(e, want)
	}
	switch x := unparen(e).(type) {
	case *dsl.RecordExpr:
		return fn.recordFields(x)
	case *dsl.ListExpr:
		return fn.listElements(x, under(want).(*dsl.List))
	case *dsl.MapExpr:
		return fn.mapEntries(x)
	default:
		return fn.expr(e, want)
	}
}

// record writes Receipt{OrderID: saved}, with & for an error.
func (fn *fn) record(e *dsl.RecordExpr) *jen.Statement {
	var t *jen.Statement
	switch typ := e.Type().(type) {
	case *dsl.ErrorType:
		t = jen.Op("&").Add(fn.errorType(typ))
	default:
		t = fn.goType(e.Type())
	}
	return t.Add(fn.recordFields(e))
}

func (fn *fn) recordFields(e *dsl.RecordExpr) *jen.Statement {
	var fields []jen.Code
	given := map[*dsl.FieldEntry]bool{}
	for _, f := range e.Fields {
		given[f.Field] = true
		fields = append(fields, jen.Id(fn.fieldName(f.Field)).Op(":").Add(asGo(f.Field, fn.expr(f.Value, f.Field.Type))))
	}
	for _, f := range fieldsOf(e.Type()) {
		if f.Default != nil && !given[f] && !isZero(f.Default) {
			fields = append(fields, jen.Id(fn.fieldName(f)).Op(":").Add(fn.expr(f.Default, f.Type)))
		}
	}
	return fn.literal(e.Span, fields)
}

// fieldsOf gives the fields of a declared record or error.
func fieldsOf(t dsl.Type) []*dsl.FieldEntry {
	switch t := t.(type) {
	case *dsl.Record:
		return t.Fields
	case *dsl.ErrorType:
		return t.Fields
	default: // is not declared with fields
	}
	return nil
}

// isZero reports whether a default is what Go has in a field that is left out.
func isZero(e dsl.Expr) bool {
	switch x := unparen(e).(type) {
	case *dsl.ListExpr:
		return len(x.Elems) == 0
	case *dsl.MapExpr:
		return len(x.Entries) == 0
	default:
	}
	switch v := e.Const(); {
	case v == nil:
		return false
	case v.Kind() == constant.String:
		return constant.StringVal(v) == ""
	case v.Kind() == constant.Bool:
		return !constant.BoolVal(v)
	default:
		return constant.Sign(v) == 0
	}
}

// conversionTo writes flow.As[Order](j), or flow.Member[Size](text) of an enum.
func (fn *fn) conversionTo(e *dsl.ConvertExpr) *jen.Statement {
	helper := "As"
	if isBasic(e.X.Type(), dsl.String) {
		helper = "Member"
	}
	return jen.Qual(flowPath, helper).Index(fn.goType(e.Type())).Call(fn.bare(e.X, e.X.Type()))
}

// literal writes the braces of a literal: on one line if the .flow file's text of
// it is short enough for that.
func (fn *fn) literal(span dsl.Span, elems []jen.Code) *jen.Statement {
	if len(elems) < 2 || span.End-span.Start <= 80 && fn.prog.Position(span.Start).Line == fn.prog.Position(span.End).Line {
		return jen.Values(elems...)
	}
	return lines(func(add func(jen.Code)) {
		for _, elem := range elems {
			add(elem)
		}
	})
}

// list writes []string{a, b}.
func (fn *fn) list(e *dsl.ListExpr, want dsl.Type) *jen.Statement {
	t := e.Type()
	l, ok := under(t).(*dsl.List)
	if !ok {
		l = under(want).(*dsl.List)
	}
	return fn.goType(l).Add(fn.listElements(e, l))
}

func (fn *fn) listElements(e *dsl.ListExpr, l *dsl.List) *jen.Statement {
	elems := make([]jen.Code, len(e.Elems))
	for i, x := range e.Elems {
		elems[i] = fn.element(x, l.Elem)
	}
	return fn.literal(e.Span, elems)
}

// mapLiteral writes map[string]int{"a": 1}.
func (fn *fn) mapLiteral(e *dsl.MapExpr) *jen.Statement {
	return fn.goType(under(e.Type())).Add(fn.mapEntries(e))
}

func (fn *fn) mapEntries(e *dsl.MapExpr) *jen.Statement {
	m := under(e.Type()).(*dsl.Map)
	entries := make([]jen.Code, len(e.Entries))
	for i, entry := range e.Entries {
		entries[i] = fn.expr(entry.Key, m.Key).Op(":").Add(fn.element(entry.Value, m.Elem))
	}
	return fn.literal(e.Span, entries)
}
