package codegen

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// textPart is a piece of a text: fixed, or a value.
type textPart struct {
	text string
	hole *jen.Statement // nil for a fixed piece
	typ  dsl.Type
	// format is how the value is to be written; empty if as ever.
	format string
}

// string writes a text with holes.
func (fn *fn) string(e *dsl.StringExpr) *jen.Statement {
	var parts []textPart
	for _, p := range e.Parts {
		if p.Hole == nil {
			parts = append(parts, textPart{text: p.Text})
			continue
		}
		if v := p.Hole.Const(); v != nil && isBasic(p.Hole.Type(), dsl.String) {
			parts = append(parts, textPart{hole: fn.bare(p.Hole, dsl.String), typ: dsl.String})
			continue
		}
		hole := fn.bare(p.Hole, p.Hole.Type())
		if fn.precedence(p.Hole) < precSum && isBasic(p.Hole.Type(), dsl.String) {
			hole = jen.Parens(hole) // it may be joined to others with +
		}
		part := textPart{hole: hole, typ: p.Hole.Type()}
		if p.Format != nil {
			part.format = p.Format.Text
		}
		parts = append(parts, part)
	}
	return fn.text(parts)
}

// text writes pieces in a row: joined by + if all values are strings, else by
// fmt.Sprintf.
//
//	fmt.Sprintf("%s is worth %v", order.ID, total)
func (g *generator) text(parts []textPart) *jen.Statement {
	var kept []textPart
	allText := true
	for _, p := range parts {
		if e, ok := p.typ.(*dsl.Enum); ok && e.Text {
			p.typ = dsl.String
		}
		if p.hole == nil && p.text == "" {
			continue
		}
		if p.hole != nil && p.typ != dsl.String {
			allText = false
		}
		kept = append(kept, p)
	}
	switch {
	case len(kept) == 0:
		return str("")
	case len(kept) == 1 && kept[0].hole != nil:
		return g.textOf(kept[0])
	case allText:
		out := g.piece(kept[0])
		for _, p := range kept[1:] {
			out.Op("+").Add(g.piece(p))
		}
		return out
	}
	var format strings.Builder
	var args []jen.Code
	for _, p := range kept {
		if p.hole == nil {
			format.WriteString(strings.ReplaceAll(p.text, "%", "%%"))
			continue
		}
		verb, arg := g.verb(p)
		format.WriteString(verb)
		args = append(args, arg)
	}
	return jen.Qual("fmt", "Sprintf").Call(append([]jen.Code{str(format.String())}, args...)...)
}

func (g *generator) piece(p textPart) *jen.Statement {
	if p.hole != nil {
		return p.hole
	}
	return str(p.text)
}

// textOf writes one value as a string.
func (g *generator) textOf(p textPart) *jen.Statement {
	if p.format != "" {
		verb, arg := formatted(p)
		if verb == "%s" {
			return arg
		}
		return jen.Qual("fmt", "Sprintf").Call(str(verb), arg)
	}
	switch t := p.typ.(type) {
	case dsl.Basic:
		switch t {
		case dsl.String:
			return p.hole
		case dsl.Int:
			return jen.Qual("strconv", "Itoa").Call(p.hole)
		case dsl.Bool:
			return jen.Qual("strconv", "FormatBool").Call(p.hole)
		}
	case *dsl.Enum:
		return jen.String().Call(p.hole)
	case *dsl.GoType:
		if t.Under == dsl.String {
			return jen.String().Call(p.hole)
		}
	default: // the runtime knows how it reads
	}
	return jen.Qual(flowPath, "Text").Call(p.hole)
}

// formatted is verb for a value with a format.
func formatted(p textPart) (string, *jen.Statement) {
	switch under(p.typ) {
	case dsl.Int:
		return "%" + p.format + "d", p.hole
	case dsl.Float:
		return "%s", jen.Qual(flowPath, "Fixed").Call(p.hole, jen.Op(p.format[1:]))
	}
	return "%s", jen.Qual(flowPath, "Format").Call(p.hole, str(p.format))
}

// verb gives the verb of fmt with which a value reads as it should, and the value.
func (g *generator) verb(p textPart) (string, *jen.Statement) {
	if p.format != "" {
		return formatted(p)
	}
	switch t := p.typ.(type) {
	case dsl.Basic:
		switch t {
		case dsl.String:
			return "%s", p.hole
		case dsl.Int:
			return "%d", p.hole
		case dsl.Bool, dsl.Duration:
			return "%v", p.hole
		}
	case *dsl.Enum: // which may have got a String method from its user
		return "%s", jen.String().Call(p.hole)
	default: // the runtime knows how it reads
	}
	return "%s", jen.Qual(flowPath, "Text").Call(p.hole)
}
