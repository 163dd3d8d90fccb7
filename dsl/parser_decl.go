package dsl

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar of declarations. Every struct is a production; docs/grammar.ebnf
// shows them together with those that stand in the comments of the functions
// that parse them by hand. What they hold are tokens: the tree is built from
// them afterwards.

// unitSyntax is what a file is made of.
type unitSyntax struct {
	Flow    *flowSyntax    `parser:"  @@"`
	Package *packageSyntax `parser:"| @@"`
	Import  *importSyntax  `parser:"| @@"`
	Decl    *declSyntax    `parser:"| @@"`
}

type declSyntax struct {
	Type     *typeSyntax     `parser:"  @@"`
	Enum     *enumSyntax     `parser:"| @@"`
	Error    *errorSyntax    `parser:"| @@"`
	Const    *constSyntax    `parser:"| @@"`
	Func     *funcSyntax     `parser:"| @@"`
	Step     *stepSyntax     `parser:"| @@"`
	Callback *callbackSyntax `parser:"| @@"`
	Function *functionSyntax `parser:"| @@"`
	Workflow *workflowSyntax `parser:"| @@"`
}

type flowSyntax struct {
	Version lexer.Token `parser:"'flow' @Int End"`
}

type packageSyntax struct {
	Name lexer.Token `parser:"'package' @Small End"`
}

type importSyntax struct {
	Alias *lexer.Token `parser:"'import' @Small?"`
	Path  lexer.Token  `parser:"@String End"`
}

type typeSyntax struct {
	Name   lexer.Token   `parser:"'type' @Capital"`
	Fields *fieldsSyntax `parser:"( @@"`
	Go     *goTypeSyntax `parser:"| '=' @@ ) End"`
}

type goTypeSyntax struct {
	Tokens  []lexer.Token
	Package lexer.Token `parser:"@Small '.'"`
	Name    lexer.Token `parser:"@Capital"`
	Args    []typeRef   `parser:"( '[' @@ ( ',' @@ )* ']' )?"`
}

type errorSyntax struct {
	Name   lexer.Token   `parser:"'error' @Capital"`
	Fields *fieldsSyntax `parser:"@@? End"`
}

type fieldsSyntax struct {
	Open   lexer.Token    `parser:"@'{'"`
	Fields []*fieldSyntax `parser:"( @@ Sep )* '}'"`
}

type fieldSyntax struct {
	Tokens []lexer.Token
	Name   lexer.Token  `parser:"@( Small | Capital | Reserved )"`
	Type   typeRef      `parser:"@@"`
	JSON   *lexer.Token `parser:"( 'as' @String )?"`
}

type enumSyntax struct {
	Name   lexer.Token     `parser:"'enum' @Capital"`
	Open   lexer.Token     `parser:"@'{'"`
	Values []*memberSyntax `parser:"( @@ Sep )* '}' End"`
}

type memberSyntax struct {
	Tokens []lexer.Token
	Name   lexer.Token  `parser:"@( Small | Capital | Reserved )"`
	JSON   *lexer.Token `parser:"( 'as' @String )?"`
}

type constSyntax struct {
	Name  lexer.Token `parser:"'const' @Small '='"`
	Value lexer.Token `parser:"@Expr End"`
}

type funcSyntax struct {
	Name   lexer.Token   `parser:"'func' @Small"`
	Params *paramsSyntax `parser:"@@"`
	Result typeRef       `parser:"@@"`
	Body   *lexer.Token  `parser:"( '=' @Expr )? End"`
}

type stepSyntax struct {
	Name   lexer.Token   `parser:"'step' @( Small | Capital | Reserved )"`
	Params *paramsSyntax `parser:"@@"`
	Result *typeRef      `parser:"@@?"`
	Policy *lexer.Token  `parser:"@Policy? End"`
}

type callbackSyntax struct {
	Name   lexer.Token   `parser:"'callback' @( Small | Capital | Reserved )"`
	Params *paramsSyntax `parser:"@@"`
	Result *typeRef      `parser:"@@?"`
	Policy *lexer.Token  `parser:"@Policy? End"`
}

type functionSyntax struct {
	Name   lexer.Token   `parser:"'function' @( Small | Capital | Reserved )"`
	Params *paramsSyntax `parser:"@@"`
	Result *typeRef      `parser:"@@?"`
	Target lexer.Token   `parser:"'=' @String"`
	Policy *lexer.Token  `parser:"@Policy? End"`
}

type workflowSyntax struct {
	Name   lexer.Token   `parser:"'workflow' @( Small | Capital | Reserved )"`
	Params *paramsSyntax `parser:"@@"`
	Result *typeRef      `parser:"@@?"`
	Policy *lexer.Token  `parser:"@Policy?"`
	Block  lexer.Token   `parser:"@Block End"`
}

type paramsSyntax struct {
	Open   lexer.Token    `parser:"@'('"`
	Params []*paramSyntax `parser:"( @@ Comma )* ')'"`
}

type paramSyntax struct {
	Tokens []lexer.Token
	Name   lexer.Token `parser:"@Small"`
	Type   typeRef     `parser:"@@"`
}

// Symbols of the declaration grammar. End closes every declaration, Sep and Comma
// stand behind every field and parameter whether or not the source has the
// optional last one. Policy is all clauses of a declaration, Expr an expression and
// Block the body of a workflow: they are parsed by hand.
const (
	symSmall lexer.TokenType = iota + 1
	symCapital
	symReserved
	symInt
	symFloat
	symDuration
	symString
	symPunct
	symSep
	symComma
	symExpr
	symPolicy
	symBlock
	symEnd
)

var symbols = map[string]lexer.TokenType{
	"EOF": lexer.EOF, "Small": symSmall, "Capital": symCapital, "Reserved": symReserved, "Int": symInt,
	"Float": symFloat, "Duration": symDuration, "String": symString, "Punct": symPunct, "Sep": symSep,
	"Comma": symComma, "Expr": symExpr, "Policy": symPolicy, "Block": symBlock, "End": symEnd,
}

// flowLexer is the language's lexer as participle wants it: it gives the tokens
// of the declarations of a file, with the bodies of workflows folded.
type flowLexer struct{}

func (flowLexer) Symbols() map[string]lexer.TokenType { return symbols }

func (flowLexer) Lex(name string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	p := newParser(new(SourceSet).Add(name, text))
	stream := &declStream{}
	for _, u := range p.units() {
		stream.toks = p.appendUnit(stream.toks, u)
	}
	return stream, nil
}

// declStream is a stretch of declarations as a lexer.Lexer. Of the positions that
// its tokens carry, Offset is the byte offset, Line the index of the token in the
// file's list, and Column that in the stream: nothing of participle reads them.
type declStream struct {
	toks []lexer.Token
	next int
}

func (s *declStream) Next() (lexer.Token, error) {
	if s.next == len(s.toks) {
		return lexer.EOFToken(lexer.Position{}), nil
	}
	t := s.toks[s.next]
	s.next++
	return t, nil
}

// The grammar is one for all declarations, but each is parsed from its own
// production, found by its keyword. Without lookahead participle decides by one
// token and fails at the very token that is wrong.
var grammar = participle.MustBuild[unitSyntax](participle.Lexer(flowLexer{}), participle.UseLookahead(0))

func production[P any]() func(*parser, *lexer.PeekingLexer, unit) error {
	rules, err := participle.ParserForProduction[P](grammar)
	if err != nil {
		panic(err)
	}
	return func(p *parser, lex *lexer.PeekingLexer, u unit) error {
		syntax, err := rules.ParseFromLexer(lex, participle.AllowTrailing(true))
		if err != nil {
			return err
		}
		any(syntax).(builder).build(p, u)
		return nil
	}
}

// builder adds to the tree what a production holds.
type builder interface{ build(*parser, unit) }

var productions = map[string]func(*parser, *lexer.PeekingLexer, unit) error{
	"flow":     production[flowSyntax](),
	"package":  production[packageSyntax](),
	"import":   production[importSyntax](),
	"type":     production[typeSyntax](),
	"enum":     production[enumSyntax](),
	"error":    production[errorSyntax](),
	"const":    production[constSyntax](),
	"func":     production[funcSyntax](),
	"step":     production[stepSyntax](),
	"callback": production[callbackSyntax](),
	"function": production[functionSyntax](),
	"workflow": production[workflowSyntax](),
}

// unit is the tokens of one declaration, or of a part of the file's head.
type unit struct {
	start, end int // end is the NL or tEOF behind it
}

// units splits a file into declarations. A declaration ends with its line, unless
// the next one begins with the word of a clause or with a brace.
func (p *parser) units() []unit {
	var units []unit
	for i := 0; p.toks[i].kind != tEOF; {
		if p.toks[i].kind == tNL {
			i++
			continue
		}
		end := p.unitEnd(i)
		units = append(units, unit{i, end})
		i = end
	}
	return units
}

func (p *parser) unitEnd(start int) int {
	for i := start; ; i++ {
		switch t := &p.toks[i]; t.kind {
		case tEOF:
			return i
		case tLparen, tLbrack, tLbrace, tStrHead, tStrMid:
			if int(t.match) > i {
				i = int(t.match)
				if p.toks[i].kind == tStrMid {
					i--
				}
			}
		case tNL:
			next := &p.toks[i+1]
			if next.kind == tLbrace || next.kind == tWord && isClause.has(p.strAt(i+1)) && p.continuesLine(i+1) {
				continue
			}
			return i
		case tWord:
			// Nothing ends `fails A,`, yet a declaration begins here.
			if i > start && t.flags&first != 0 && p.beginsUnit(i) && p.src.lineStart(int(t.start)) == int(t.start) {
				return i
			}
		}
	}
}

// beginsUnit reports whether the token is a keyword of declarations with a name
// behind it.
func (p *parser) beginsUnit(i int) bool {
	return p.toks[i].kind == tWord && beginsDeclaration.has(p.strAt(i)) && i+1 < len(p.toks) && p.toks[i+1].kind.isWord()
}

// appendUnit adds a declaration's tokens to a stream: without newlines, but with
// the separators that may be left away, and with a workflow's body folded.
func (p *parser) appendUnit(toks []lexer.Token, u unit) []lexer.Token {
	from := len(toks)
	keyword := p.strAt(u.start)
	fold := keyword == "step" || keyword == "callback" || keyword == "function" || keyword == "workflow"
	fields := keyword == "type" || keyword == "enum" || keyword == "error"
	emit := func(kind lexer.TokenType, value string, i int) {
		toks = append(toks, lexer.Token{Type: kind, Value: value,
			Pos: lexer.Position{Offset: int(p.toks[i].start), Line: i, Column: len(toks) - from}})
	}
	last := func() lexer.TokenType { return toks[len(toks)-1].Type }
	depth, params := 0, -1
	braces := 0
	for i := u.start; i < u.end; i++ {
		t := &p.toks[i]
		value := p.text[t.start:t.end]
		switch t.kind {
		case tNL:
			if fields && braces == 1 && depth == 1 && last() != symSep && toks[len(toks)-1].Value != "{" {
				emit(symSep, ",", i)
			}
			continue
		case tWord, kwUndo, kwCatch:
			if fold && depth == 0 && len(toks)-from > 1 && (t.kind != tWord || ofDeclaration.has(value)) {
				end := p.declPolicy(u, i)
				emit(symPolicy, p.text[t.start:p.toks[end-1].end], i)
				i = end - 1
				continue
			}
		case tComma:
			if fields && braces == 1 && depth == 1 {
				if last() == symSep {
					continue
				}
				emit(symSep, value, i)
				continue
			}
			if params >= 0 && depth == 1 {
				emit(symComma, value, i)
				continue
			}
		case tLbrace:
			if fold && depth == 0 && int(t.match) > i {
				emit(symBlock, "{}", i)
				i = int(t.match)
				continue
			}
			depth++
			braces++
		case tLparen:
			if depth == 0 && params < 0 && i == u.start+2 {
				params = i
			}
			depth++
		case tLbrack, tStrHead:
			depth++
		case tRbrace, tRparen, tRbrack, tStrTail:
			if t.kind == tRbrace && fields && braces == 1 && depth == 1 && last() != symSep && toks[len(toks)-1].Value != "{" {
				emit(symSep, ",", i)
			}
			if t.kind == tRparen && params >= 0 && int(t.match) == params {
				if depth == 1 && last() != symComma && toks[len(toks)-1].Value != "(" {
					emit(symComma, ",", i)
				}
				params = -2
			}
			if t.kind == tRbrace {
				braces--
			}
			depth--
		}
		emit(symbolOf(t.kind), value, i)
		if (t.kind == tAssign || t.kind == tDefine) && depth == 0 && i+1 < u.end && (keyword == "const" || keyword == "func") {
			emit(symExpr, p.text[p.toks[i+1].start:p.toks[u.end-1].end], i+1)
			i = u.end - 1
		}
	}
	emit(symEnd, "", u.end)
	return toks
}

func symbolOf(k tokenKind) lexer.TokenType {
	switch k {
	case tWord:
		return symSmall
	case tName:
		return symCapital
	case tInt:
		return symInt
	case tFloat:
		return symFloat
	case tDuration:
		return symDuration
	case tString, tRaw:
		return symString
	}
	if k.isReserved() {
		return symReserved
	}
	return symPunct
}

// typeRef is a stretch of tokens that participle steps over: the hand-written
// parser reads it when the declaration is built. What is wrong inside it so never
// spoils the declaration around.
type typeRef struct{ at int }

// Parse steps over what looks like a type, also one of another language.
func (r *typeRef) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	r.at = t.Pos.Line
	switch {
	case t.Type == symSmall && !isClause.has(t.Value), t.Type == symCapital, t.Value == "map", t.Value == "[", t.Value == "*":
	default:
		return participle.NextMatch
	}
	for {
		switch t := lex.Peek(); {
		case t.Value == "*":
			lex.Next()
		case t.Value == "map" && t.Type == symReserved:
			lex.Next()
			if lex.Peek().Value == "[" {
				skipGroup(lex)
			}
		case t.Value == "[":
			skipGroup(lex)
		case t.Type == symSmall || t.Type == symCapital:
			lex.Next()
			for lex.Peek().Value == "." {
				lex.Next()
				if k := lex.Peek().Type; k == symSmall || k == symCapital {
					lex.Next()
				}
			}
			if lex.Peek().Value == "[" {
				skipGroup(lex)
			}
			for lex.Peek().Value == "?" || lex.Peek().Value == "??" {
				lex.Next()
			}
			return nil
		default:
			return nil
		}
	}
}

// skipGroup steps over brackets and what is in them.
func skipGroup(lex *lexer.PeekingLexer) {
	depth := 0
	for {
		t := lex.Peek()
		if t.Type == symEnd || t.EOF() {
			return
		}
		if t.Type == symPunct {
			switch t.Value {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			default:
				// The pieces of a text with holes.
				if len(t.Value) > 1 && t.Value[0] == '"' {
					depth++
				} else if len(t.Value) > 1 && t.Value[0] == '}' && t.Value[len(t.Value)-1] == '"' {
					depth--
				}
			}
		}
		lex.Next()
		if depth <= 0 {
			return
		}
	}
}

// parseFile parses all declarations of the file.
//
//	File = Flow NL Package NL { Import NL } { Decl NL } .
func (p *parser) parseFile() {
	units := p.units()
	// participle's tokens are large; a stretch of the file at a time will do.
	const stretch = 2048
	for len(units) > 0 {
		stream := &declStream{}
		n := 0
		starts := []int{}
		for n < len(units) && len(stream.toks) < stretch {
			starts = append(starts, len(stream.toks))
			stream.toks = p.appendUnit(stream.toks, units[n])
			n++
		}
		lex, err := lexer.Upgrade(stream)
		if err != nil {
			panic(err) // a declStream has no errors
		}
		starts = append(starts, len(stream.toks))
		for i, u := range units[:n] {
			lex.FastForward(lexer.RawCursor(starts[i] - 1))
			p.unit(lex, u, stream.toks[starts[i]:starts[i+1]])
		}
		units = units[n:]
	}
	p.checkHead()
}

// unit parses one declaration from its tokens, at which lex stands. Where participle finds
// it wrong, the problem is reported and what it spoils taken out, and the rest is parsed again.
func (p *parser) unit(lex *lexer.PeekingLexer, u unit, toks []lexer.Token) {
	if p.bodiless && p.toks[u.start].start != int32(p.src.lineStart(int(p.toks[u.start].start))) {
		return
	}
	p.bodiless = false
	parse, ok := productions[p.strAt(u.start)]
	if !ok || p.toks[u.start].kind != tWord {
		p.notADecl(u)
		return
	}
	p.mark(u.start, roleDecl)
	err := parse(p, lex, u)
	if err == nil {
		return
	}
	toks = slices.Clone(toks)
	// Every repair reads the declaration again: what is read in all is a small multiple of
	// it, so that one with thousands of mistakes takes no longer than a large one.
	for budget := 20*len(toks) + 1<<14; budget > 0; budget -= len(toks) {
		var stuck *participle.UnexpectedTokenError
		if !errors.As(err, &stuck) {
			panic(err) // participle has no other errors for this grammar
		}
		if toks, ok = p.repair(u, toks, stuck.Unexpected.Pos.Column); !ok {
			return
		}
		for i := range toks {
			toks[i].Pos.Column = i
		}
		lex, lexErr := lexer.Upgrade(&declStream{toks: toks})
		if lexErr != nil {
			panic(lexErr)
		}
		if err = parse(p, lex, u); err == nil {
			return
		}
	}
}

// Building the tree.

func (p *parser) tokenName(t *lexer.Token) *Name {
	return &Name{p.span(t.Pos.Offset, t.Pos.Offset+len(t.Value)), t.Value}
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
func (p *parser) exprOf(u unit, t *lexer.Token) (x Expr) {
	p.i = t.Pos.Line
	if !p.attempt(func() {
		x = p.expr()
		if p.i < u.end {
			p.fail(p.unexpected("the end of the declaration"))
		}
	}) {
		p.i = u.end
		return p.bad(p.src.Pos(t.Pos.Offset))
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
	p.addDecl(&ErrorDecl{declBase: p.declBase(u, &s.Name), Fields: p.fieldsOf(s.Fields)})
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
	p.addDecl(&FunctionDecl{declBase: p.declBase(u, &s.Name), Signature: p.signatureOf(s.Params, s.Result),
		Target: p.textOf(&s.Target), Policy: p.policyOf(s.Policy)})
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

func (p *parser) signatureOf(params *paramsSyntax, result *typeRef) (sig Signature) {
	p.mark(params.Open.Pos.Line, roleTight)
	for _, q := range params.Params {
		sig.Params = append(sig.Params, &Param{Span: p.tokensSpan(q.Tokens), Name: p.tokenName(&q.Name), Type: p.typeAfter(&q.Name, &q.Type)})
	}
	sig.Result = p.typeOf(result)
	return sig
}
