package dsl

import "github.com/alecthomas/participle/v2/lexer"

// typ parses a written type.
//
//	Type = "[" "]" Type | "map" "[" Type "]" Type | ( Name | BuiltinType ) [ "?" ] .
//	BuiltinType = "string" | "int" | "float" | "bool" | "bytes" | "time" | "duration" | "json" .
func (p *parser) typ() TypeExpr {
	p.enter()
	defer p.leave()
	start := p.pos()
	switch p.kind() {
	case tLbrack:
		p.next()
		if p.kind() != tRbrack {
			p.fail(p.report(p.here(), codeBadType, "a list has no fixed length").help("write `[]T`"))
		}
		p.mark(p.i, roleTypeEnd)
		p.next()
		elem := p.typ()
		p.noOptionalList(start)
		return &ListTypeExpr{p.since(start), elem}
	case kwMap:
		p.next()
		p.mark(p.i, roleTight)
		p.want(tLbrack, "`[` and the type of the keys")
		key := p.typ()
		p.mark(p.i, roleTypeEnd)
		p.want(tRbrack, "`]`")
		elem := p.typ()
		p.noOptionalList(start)
		return &MapTypeExpr{p.since(start), key, elem}
	case tName:
		name := p.str()
		p.next()
		return p.optional(start, name)
	case tWord:
		name := p.str()
		if !isTypeName.has(name) || p.peek(1) == tDot {
			p.notAType(name)
			return p.optional(start, name)
		}
		p.next()
		return p.optional(start, name)
	}
	p.fail(p.foreignType())
	return nil
}

// paramTypeOf parses the type of a parameter that participle has stepped over.
//
//	ParamType = Type | "open" word .
func (p *parser) paramTypeOf(name *lexer.Token, r *paramType) TypeExpr {
	if !r.open {
		return p.typeAfter(name, &r.typeRef)
	}
	p.i = r.at
	start := p.pos()
	p.next()
	callee := p.word("the name of a callback")
	return &HandleTypeExpr{p.since(start), callee}
}

func (p *parser) optional(start Pos, name string) TypeExpr {
	t := &NamedTypeExpr{Name: name}
	if p.kind() == tAbsent {
		p.fail(p.report(p.here(), codeBadType, "a type is optional only once").edit(p.here(), "?", "write one `?`"))
	}
	if p.kind() == tQuestion {
		p.next()
		t.Optional = true
	}
	t.Span = p.since(start)
	return t
}

// noOptionalList reports `[]T?` meant as an absent list: `?` belongs to the element.
func (p *parser) noOptionalList(start Pos) {
	if p.kind() == tQuestion {
		p.fail(p.report(p.here(), codeBadType, "a list or map is never absent").
			help("an empty one says the same"))
	}
}
