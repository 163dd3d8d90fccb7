package dsl

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// The tree of declarations, made from what participle has read.

func (p *parser) tokenName(t *lexer.Token) *Name {
	return &Name{Span: p.span(t.Pos.Offset, t.Pos.Offset+len(t.Value)), Text: t.Value}
}

// tokenEnd gives the offset behind a token of a stream.
func (p *parser) tokenEnd(t *lexer.Token) int {
	if t.Type == symPolicy || t.Type == symExpr {
		return t.Pos.Offset + len(t.Value)
	}
	return int(p.toks[t.Pos.Line].end)
}

func (p *parser) tokensSpan(toks []lexer.Token) Span {
	return p.span(toks[0].Pos.Offset, p.tokenEnd(&toks[len(toks)-1]))
}

// unitSpan is from the keyword to the last token.
func (p *parser) unitSpan(u unit) Span {
	return p.span(int(p.toks[u.start].start), int(p.toks[u.end-1].end))
}

func (p *parser) declBase(u unit, name *lexer.Token) declBase {
	n := p.tokenName(name)
	p.noteDecl(n.Text, p.strAt(u.start))
	return declBase{p.unitSpan(u), n, p.docAbove(u.start)}
}

func (p *parser) addDecl(d Decl) { p.file.Decls = append(p.file.Decls, d) }

// typeOf parses a type that participle has stepped over.
func (p *parser) typeOf(r *typeRef) (t TypeExpr) {
	if r == nil {
		return nil
	}
	p.i = r.at
	start := p.pos()
	if !p.attempt(func() { t = p.typ() }) || t == nil {
		return &NamedTypeExpr{Span: p.since(start)}
	}
	return t
}

// typeAfter parses the type behind a name. Of `string name`, where the two are in
// the other order, the type is the first.
func (p *parser) typeAfter(name *lexer.Token, r *typeRef) TypeExpr {
	t := &p.toks[r.at]
	if !isTypeName.has(name.Value) || t.kind != tWord || isTypeName.has(p.strAt(r.at)) || p.toks[r.at+1].kind == tDot {
		return p.typeOf(r)
	}
	at := p.span(name.Pos.Offset, int(t.end))
	swapped := p.strAt(r.at) + " " + name.Value
	p.foreign(at, "the name stands before the type").edit(at, swapped, "write `%s`", swapped)
	return &NamedTypeExpr{Span: p.tokenName(name).Span, Name: name.Value}
}

// exprOf parses the expression that is all of a declaration's rest.
func (p *parser) exprOf(u unit, t *lexer.Token) Expr {
	return p.exprUpTo(t.Pos.Line, u.end, "declaration")
}

// exprUpTo parses the expression from token i up to the end of what is named.
func (p *parser) exprUpTo(i, end int, what string) (x Expr) {
	p.i = i
	start := p.pos()
	if !p.attempt(func() {
		x = p.expr()
		if p.i < end {
			p.fail(p.unexpected("the end of the " + what))
		}
	}) {
		p.i = end
		return p.bad(start)
	}
	return x
}

// policyOf gives the clauses that a token stands for.
func (p *parser) policyOf(t *lexer.Token) Policy {
	if t == nil {
		return Policy{}
	}
	pol := p.policies[t.Pos.Line]
	p.found = append(p.found, pol.found...)
	pol.found = nil
	return pol.policy
}

// textOf gives the value of a text that has no holes.
func (p *parser) textOf(t *lexer.Token) string {
	if strings.HasPrefix(t.Value, "`") {
		return strings.Trim(t.Value, "`")
	}
	return textValue(t.Value)
}

func (f *flowSyntax) build(p *parser, u unit) { p.flowLine(u, &f.Version) }

func (s *packageSyntax) build(p *parser, u unit) { p.packageLine(u, p.tokenName(&s.Name)) }

func (s *importSyntax) build(p *parser, u unit) {
	im := &Import{Span: p.unitSpan(u), Path: p.textOf(&s.Path), PathSpan: p.tokSpan(s.Path.Pos.Line)}
	if s.Alias != nil {
		im.Alias = p.tokenName(s.Alias)
	}
	p.importLine(im)
}

func (s *typeSyntax) build(p *parser, u unit) {
	d := &TypeDecl{declBase: p.declBase(u, &s.Name)}
	if s.Go != nil {
		d.Go = &GoTypeExpr{Span: p.tokensSpan(s.Go.Tokens), Package: p.tokenName(&s.Go.Package), Name: p.tokenName(&s.Go.Name)}
		for i := range s.Go.Args {
			d.Go.Args = append(d.Go.Args, p.typeOf(&s.Go.Args[i]))
		}
		if len(s.Go.Args) > 0 {
			p.mark(s.Go.Name.Pos.Line+1, roleTight)
		}
	}
	d.Fields = p.fieldsOf(s.Fields)
	p.addDecl(d)
}

func (s *errorSyntax) build(p *parser, u unit) {
	d := &ErrorDecl{declBase: p.declBase(u, &s.Name), Fields: p.fieldsOf(s.Fields)}
	for i := range s.As {
		name := p.tokenName(&s.As[i].Text)
		name.Text, name.Quoted = p.textOf(&s.As[i].Text), true
		d.As = append(d.As, name)
	}
	p.addDecl(d)
}

func (p *parser) fieldsOf(s *fieldsSyntax) []*Field {
	if s == nil {
		return nil
	}
	p.mark(s.Open.Pos.Line, roleFields)
	fields := make([]*Field, 0, len(s.Fields))
	for _, f := range s.Fields {
		p.mark(f.Name.Pos.Line, roleField)
		field := &Field{Span: p.tokensSpan(f.Tokens), Name: p.tokenName(&f.Name), JSON: f.Name.Value,
			Doc: p.docAbove(f.Name.Pos.Line), Type: p.typeAfter(&f.Name, &f.Type)}
		if f.Default != nil {
			at := f.Default.Pos.Line
			field.Default = p.exprUpTo(at, p.defaultEnd(at, len(p.toks)), "field")
		}
		if f.JSON != nil {
			field.JSON = p.textOf(f.JSON)
		}
		fields = append(fields, field)
	}
	return fields
}

func (s *enumSyntax) build(p *parser, u unit) {
	d := &EnumDecl{declBase: p.declBase(u, &s.Name)}
	p.mark(s.Open.Pos.Line, roleFields)
	for _, m := range s.Values {
		p.mark(m.Name.Pos.Line, roleField)
		member := &EnumMember{Span: p.tokensSpan(m.Tokens), Name: p.tokenName(&m.Name), JSON: m.Name.Value, Doc: p.docAbove(m.Name.Pos.Line)}
		if m.JSON != nil {
			member.JSON = p.textOf(m.JSON)
		}
		d.Values = append(d.Values, member)
	}
	p.addDecl(d)
}

func (s *constSyntax) build(p *parser, u unit) {
	p.addDecl(&ConstDecl{declBase: p.declBase(u, &s.Name), Value: p.exprOf(u, &s.Value)})
}

func (s *funcSyntax) build(p *parser, u unit) {
	d := &FuncDecl{declBase: p.declBase(u, &s.Name), Signature: p.signatureOf(s.Params, &s.Result)}
	if s.Body != nil {
		d.Body = p.exprOf(u, s.Body)
	}
	if s.Block != nil {
		p.i = s.Block.Pos.Line
		p.attempt(func() { d.Block = p.block() })
		if d.Block == nil {
			d.Block = &Block{Span: p.tokSpan(s.Block.Pos.Line)}
		}
	}
	p.addDecl(d)
}

func (s *stepSyntax) build(p *parser, u unit) {
	p.addDecl(&StepDecl{declBase: p.declBase(u, &s.Name), Signature: p.signatureOf(s.Params, s.Result),
		Policy: p.policyOf(s.Policy)})
}

func (s *callbackSyntax) build(p *parser, u unit) {
	p.addDecl(&CallbackDecl{declBase: p.declBase(u, &s.Name), Signature: p.signatureOf(s.Params, s.Result),
		Policy: p.policyOf(s.Policy)})
}

func (s *functionSyntax) build(p *parser, u unit) {
	d := &FunctionDecl{declBase: p.declBase(u, &s.Name), Signature: p.signatureOf(s.Params, s.Result),
		Target: p.textOf(&s.Target), TargetSpan: p.tokSpan(s.Target.Pos.Line), Policy: p.policyOf(s.Policy)}
	if s.Env != nil {
		d.Env = p.tokenName(s.Env)
	}
	p.addDecl(d)
}

func (s *workflowSyntax) build(p *parser, u unit) {
	d := &WorkflowDecl{declBase: p.declBase(u, &s.Name), Signature: p.signatureOf(s.Params, s.Result),
		Policy: p.policyOf(s.Policy)}
	p.i = s.Block.Pos.Line
	p.attempt(func() { d.Body = p.block() })
	if d.Body == nil {
		d.Body = &Block{Span: p.tokSpan(s.Block.Pos.Line)}
	}
	p.addDecl(d)
}

func (s *defaultsSyntax) build(p *parser, u unit) {
	p.file.Defaults = append(p.file.Defaults, &Defaults{Span: p.unitSpan(u), Of: p.tokenName(&s.Of), Doc: p.docAbove(u.start), Policy: p.policyOf(s.Policy)})
}

func (p *parser) signatureOf(params *paramsSyntax, result *typeRef) (sig Signature) {
	p.mark(params.Open.Pos.Line, roleTight)
	for _, q := range params.Params {
		sig.Params = append(sig.Params, &Param{Span: p.tokensSpan(q.Tokens), Name: p.tokenName(&q.Name), Type: p.paramTypeOf(&q.Name, &q.Type)})
	}
	sig.Result = p.typeOf(result)
	return sig
}
