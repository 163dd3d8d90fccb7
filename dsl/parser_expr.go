package dsl

import (
	"go/constant"
	gotoken "go/token"
	"strings"
)

// Precedences of the binary operators, loosest first.
const (
	precNone = iota
	precOr
	precAnd
	precCompare
	precAbsent
	precSum
	precProduct
)

func precedence(k tokenKind) int {
	switch k {
	case tOrOr:
		return precOr
	case tAndAnd:
		return precAnd
	case tEq, tNe, tLt, tLe, tGt, tGe:
		return precCompare
	case tAbsent:
		return precAbsent
	case tPlus, tMinus:
		return precSum
	case tStar, tSlash, tPercent:
		return precProduct
	}
	return precNone
}

// expr parses an expression. Operators bind as the nesting of the productions
// says; the code climbs precedences instead of having a function for each.
//
//	Expr    = And { "||" And } .
//	And     = Compare { "&&" Compare } .
//	Compare = Absent [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) Absent ] .
//	Absent  = Sum [ "??" Absent ] .
//	Sum     = Product { ( "+" | "-" ) Product } .
//	Product = Unary { ( "*" | "/" | "%" ) Unary } .
func (p *parser) expr() Expr {
	p.enter()
	x := p.binary(precOr)
	p.leave()
	switch p.kind() {
	case tAlien, tQuestion, tAssign, tNot, tWord:
		if d := p.exprHabit(x); d != nil {
			p.fail(d)
		}
	}
	return x
}

func (p *parser) binary(min int) Expr {
	x := p.unary()
	for links := 0; ; links++ {
		op := p.kind()
		prec := precedence(op)
		if prec < min || prec == precNone {
			return x
		}
		if links > maxDepth {
			p.fail(p.tooDeep())
		}
		b := &BinaryExpr{Op: p.str(), OpSpan: p.here(), X: x}
		p.mark(p.i, roleBinary)
		p.next()
		switch prec {
		case precAbsent: // to the right
			p.enter()
			b.Y = p.binary(prec)
			p.leave()
		default:
			b.Y = p.binary(prec + 1)
		}
		b.Span = p.since(x.Pos())
		if prec == precCompare && precedence(p.kind()) == precCompare {
			p.fail(p.chained(b))
		}
		x = b
	}
}

// chained reports a comparison of a comparison.
func (p *parser) chained(b *BinaryExpr) *Diagnostic {
	d := p.report(p.here(), codeChainedComparison, "comparisons don't chain")
	y := p.source(b.Y.Range())
	return d.help("write `%s %s %s && %s %s ...`", p.source(b.X.Range()), b.Op, y, y, p.str())
}

func (p *parser) source(at Span) string { return p.text[p.src.Offset(at.Start):p.src.Offset(at.End)] }

// unary parses an operand with its signs.
//
//	Unary = ( "!" | "-" ) Unary | Primary .
func (p *parser) unary() Expr {
	switch p.kind() {
	case tNot, tMinus:
		p.enter()
		defer p.leave()
		start := p.pos()
		op := p.str()
		p.mark(p.i, roleUnary)
		p.next()
		x := p.unary()
		return &UnaryExpr{exprBase{Span: p.since(start)}, op, x}
	}
	return p.primary()
}

// primary parses an operand with its selectors, indexes and slices.
//
//	Primary = Operand { "." word | "[" Expr "]" | "[" [ Expr ] ":" [ Expr ] "]" } .
func (p *parser) primary() Expr {
	x := p.operand()
	for links := 0; ; links++ {
		if links > maxDepth {
			p.fail(p.tooDeep())
		}
		switch p.kind() {
		case tDot:
			p.next()
			if p.cutShort() {
				p.fail(p.unexpected("a field's name"))
			}
			name := p.word("a field's name")
			x = &SelectorExpr{exprBase: exprBase{Span: p.since(x.Pos())}, X: x, Name: name}
			if p.kind() == tLparen {
				p.fail(p.methodCall(x.(*SelectorExpr)))
			}
		case tLbrack:
			x = p.index(x)
		case tLparen:
			if e, ok := x.(*EnumExpr); ok {
				if d := p.foreignPackage(e.Range(), e.Enum.Text, e.Value.Text); d != nil {
					p.fail(d)
				}
			}
			p.fail(p.report(p.here(), codeUnexpected, "only a func can be called").help("funcs are called by their name, as in `f(x)`"))
		default:
			return x
		}
	}
}

func (p *parser) index(x Expr) Expr {
	p.mark(p.i, roleTight)
	p.next()
	var lo, hi Expr
	if p.kind() != tColon {
		lo = p.expr()
	}
	slice := p.kind() == tColon
	if slice {
		p.mark(p.i, roleTight)
		p.next()
		if p.kind() != tRbrack {
			hi = p.expr()
		}
	}
	p.want(tRbrack, "`]`")
	base := exprBase{Span: p.since(x.Pos())}
	if slice {
		return &SliceExpr{base, x, lo, hi}
	}
	return &IndexExpr{base, x, lo}
}

// operand parses what operators apply to.
//
//	Operand = INT | FLOAT | DURATION | Text | "true" | "false" | "none"
//	        | name [ Args ]
//	        | Name ( Record | "." word )
//	        | List
//	        | "map" "[" Type "]" Type "{" { Expr ":" Expr Sep } "}"
//	        | ( Name | "[" "]" Type | "map" "[" Type "]" Type ) "(" Expr ")"
//	        | IfExpr
//	        | "(" Expr ")" .
func (p *parser) operand() Expr {
	base := exprBase{Span: p.here()}
	text := p.str()
	switch p.kind() {
	case tInt:
		p.next()
		base.val = constant.MakeFromLiteral(text, gotoken.INT, 0)
		return &IntExpr{base, text}
	case tFloat:
		p.next()
		base.val = constant.MakeFromLiteral(text, gotoken.FLOAT, 0)
		return &FloatExpr{base, text}
	case tDuration:
		p.next()
		nanos, problem := parseDuration(text)
		if better, ok := betterDuration(text); problem != "" && ok {
			nanos, _ = parseDuration(better)
		} else if problem != "" {
			return &BadExpr{base}
		}
		base.val = constant.MakeInt64(nanos)
		return &DurationExpr{base, text}
	case kwTrue, kwFalse:
		p.next()
		base.val = constant.MakeBool(text == "true")
		return &BoolExpr{base, text == "true"}
	case kwNone:
		p.next()
		return &NoneExpr{base}
	case tString, tRaw, tStrHead:
		return p.textExpr()
	case tWord:
		return p.nameExpr()
	case tName:
		return p.capitalExpr()
	case tLbrack:
		return p.list()
	case kwMap:
		return p.mapExpr()
	case kwIf:
		return p.ifExpr()
	case tLparen:
		p.enter()
		defer p.leave()
		start := p.pos()
		p.next()
		x := p.expr()
		p.want(tRparen, "`)`")
		return &ParenExpr{exprBase{Span: p.since(start)}, x}
	}
	p.fail(p.notAnExpr())
	return nil
}

// textExpr parses a text; its holes are tokens of their own.
//
//	Text = STRING | RAW | STRHEAD Hole { STRMID Hole } STRTAIL .
//	Hole = Expr [ FORMAT ] .
func (p *parser) textExpr() Expr {
	start := p.pos()
	t := p.toks[p.i]
	text := p.str()
	p.next()
	switch t.kind {
	case tRaw:
		value := strings.ReplaceAll(strings.Trim(text, "`"), "\r", "")
		return &StringExpr{exprBase{Span: p.since(start), val: constant.MakeString(value)}, true, []StringPart{{Text: value}}}
	case tString:
		value := textValue(text)
		return &StringExpr{exprBase{Span: p.since(start), val: constant.MakeString(value)}, false, []StringPart{{Text: value}}}
	}
	p.enter()
	defer p.leave()
	x := &StringExpr{}
	add := func(piece string) {
		if piece != "" {
			x.Parts = append(x.Parts, StringPart{Text: unescape(piece)})
		}
	}
	add(text[1 : len(text)-1])
	for {
		if p.kind() == tStrMid || p.kind() == tStrTail {
			p.fail(p.report(Span{p.src.Pos(int(p.toks[p.i-1].end) - 1), p.pos() + 1}, codeEmptyHole, "the hole in the text is empty").
				help("write `\\{` for the character itself"))
		}
		part := StringPart{Hole: p.expr()}
		if p.kind() == tFormat {
			at := p.here()
			part.Format = &Name{Span: Span{at.Start + 1, at.End}, Text: p.str()[1:]}
			p.next()
		}
		x.Parts = append(x.Parts, part)
		piece := p.str()
		switch {
		case p.got(tStrMid):
			add(piece[1 : len(piece)-1])
		case p.kind() == tStrTail:
			if len(piece) >= 2 {
				add(piece[1 : len(piece)-1])
			}
			p.next()
			x.Span = p.since(start)
			return x
		default:
			p.fail(p.unexpected("`}` at the end of the hole"))
		}
	}
}

// textValue gives the value of a text without holes, however broken.
func textValue(text string) string {
	text = strings.TrimPrefix(text, `"`)
	return unescape(strings.TrimSuffix(text, `"`))
}

// nameExpr parses a variable or a call.
func (p *parser) nameExpr() Expr {
	if p.cutShort() {
		p.fail(p.unexpected("an expression"))
	}
	if p.operationFollows() && p.peek(2) == tLparen && !p.peek(1).isReserved() && !isClause.has(p.strAt(p.i+1)) {
		p.fail(p.operationInExpr())
	}
	if d := p.wordHabit(); d != nil {
		p.fail(d)
	}
	name := p.nameAt(p.i)
	p.next()
	if p.kind() != tLparen {
		return &IdentExpr{exprBase: exprBase{Span: name.Span}, Name: name.Text}
	}
	args := p.args()
	return &CallExpr{exprBase: exprBase{Span: p.since(name.Start)}, Func: name, Args: args}
}

// capitalExpr parses a record or an enum's value.
//
//	Record = "{" { word ":" Expr Sep } "}" .
func (p *parser) capitalExpr() Expr {
	name := p.nameAt(p.i)
	p.next()
	switch p.kind() {
	case tLbrace:
		if valueHabits.has(name.Text) {
			p.fail(p.bareCapital(name))
		}
		p.enter()
		defer p.leave()
		fields := p.recordFields()
		return &RecordExpr{exprBase{Span: p.since(name.Start)}, name, fields}
	case tLparen:
		return p.conversion(name.Start, &NamedTypeExpr{Span: name.Span, Name: name.Text})
	case tDot:
		p.next()
		value := p.word("the name of a value of `" + name.Text + "`")
		return &EnumExpr{exprBase: exprBase{Span: p.since(name.Start)}, Enum: name, Value: value}
	}
	p.fail(p.bareCapital(name))
	return nil
}

// conversion parses what stands behind the type of a conversion.
func (p *parser) conversion(start Pos, to TypeExpr) Expr {
	args := p.args()
	x := &ConvertExpr{exprBase: exprBase{Span: p.since(start)}, To: to}
	if len(args) != 1 {
		p.fail(p.report(x.Span, codeArgCount, "a conversion takes one argument, not %d", len(args)).
			help("`Order(j)` makes an `Order` of a `json`; a record is written `Order { field: value }`"))
	}
	x.X = args[0]
	return x
}

// typeEnds reports whether the type of a list or map at token i has a `(` behind it.
func (p *parser) typeEnds(i int) bool {
	for range maxDepth {
		switch t := p.toks[i]; {
		case t.kind == tLbrack && p.toks[i+1].kind == tRbrack:
			i += 2
		case t.kind == kwMap && p.toks[i+1].kind == tLbrack && p.toks[i+1].match > 0:
			i = int(p.toks[i+1].match) + 1
		case t.kind == tName || t.kind == tWord && isTypeName.has(p.strAt(i)):
			if p.toks[i+1].kind == tQuestion {
				i++
			}
			return p.toks[i+1].kind == tLparen
		default:
			return false
		}
	}
	return false
}

func (p *parser) recordFields() []*FieldExpr {
	p.mark(p.i, roleBrace)
	p.next()
	p.skipNL()
	var fields []*FieldExpr
	for p.kind() != tRbrace {
		if !p.kind().isWord() {
			p.fail(p.unexpected("a field's name"))
		}
		f := &FieldExpr{Name: p.nameAt(p.i)}
		p.next()
		if p.kind() != tColon {
			p.fail(p.notAField(f.Name))
		}
		p.next()
		f.Value = p.expr()
		f.Span = p.since(f.Name.Start)
		fields = append(fields, f)
		if !p.sep() {
			break
		}
	}
	p.wantEnd(tRbrace, "two fields")
	return fields
}

// sep takes what separates fields and entries: commas and newlines. It is false
// if neither is there.
//
//	Sep = ( "," | NL ) { "," | NL } .
func (p *parser) sep() bool {
	some := false
	for p.kind() == tComma || p.kind() == tNL {
		p.next()
		some = true
	}
	return some
}

// wantEnd takes the bracket behind the last of several items, which commas
// separate.
func (p *parser) wantEnd(closing tokenKind, items string) {
	if p.got(closing) {
		return
	}
	switch p.kind() {
	case tInt, tFloat, tDuration, tString, tRaw, tStrHead, tWord, tName, kwTrue, kwFalse, kwNone:
		end := int(p.toks[p.i-1].end)
		p.fail(p.report(p.here(), codeUnexpected, "expected `,` between %s", items).edit(p.span(end, end), ",", "write a comma"))
	}
	p.fail(p.unexpected("`,` or `" + map[tokenKind]string{tRbrace: "}", tRbrack: "]", tRparen: ")"}[closing] + "`"))
}

// list parses a list or a comprehension.
//
//	List = "[" [ Expr ( Comp | { "," Expr } [ "," ] ) ] "]" .
//	Comp = "for" name [ "," name ] "in" Expr [ "if" Expr ] .
func (p *parser) list() Expr {
	p.enter()
	defer p.leave()
	start := p.pos()
	if p.typeEnds(p.i) {
		return p.conversion(start, p.typ())
	}
	p.next()
	if p.kind() == tRbrack {
		if d := p.goList(start); d != nil {
			p.fail(d)
		}
	}
	var elems []Expr
	for p.kind() != tRbrack {
		elems = append(elems, p.expr())
		if p.kind() == kwFor && len(elems) == 1 {
			return p.comp(start, elems[0])
		}
		if !p.got(tComma) {
			break
		}
	}
	p.wantEnd(tRbrack, "two elements")
	return &ListExpr{exprBase{Span: p.since(start)}, elems}
}

func (p *parser) comp(start Pos, value Expr) Expr {
	p.next()
	c := &CompExpr{Value: value}
	c.Elem = p.name("the variable of a comprehension")
	if p.got(tComma) {
		c.Index, c.Elem = c.Elem, p.name("the variable of a comprehension")
	}
	p.want(kwIn, "`in` and a list")
	c.List = p.expr()
	if p.got(kwIf) {
		c.Cond = p.expr()
	}
	if p.kind() == kwFor {
		p.fail(p.report(p.here(), codeSecondFor, "a comprehension has one `for`").
			help("make a list of the inner one first, or fill the list in a `for` statement with `append`"))
	}
	p.want(tRbrack, "`]`")
	c.Span = p.since(start)
	return c
}

func (p *parser) mapExpr() Expr {
	p.enter()
	defer p.leave()
	m := &MapExpr{}
	start := p.pos()
	if p.typeEnds(p.i) {
		return p.conversion(start, p.typ())
	}
	if p.peek(1) != tLbrack {
		p.fail(p.notAnExpr())
	}
	p.next()
	p.mark(p.i, roleTight)
	p.next()
	m.Key = p.typ()
	p.mark(p.i, roleTypeEnd)
	p.want(tRbrack, "`]`")
	m.Elem = p.typ()
	p.mark(p.i, roleBrace)
	p.want(tLbrace, "`{` and the entries of the map")
	p.skipNL()
	for p.kind() != tRbrace {
		var e MapEntry
		e.Key = p.expr()
		p.want(tColon, "`:` and the value of the entry")
		e.Value = p.expr()
		m.Entries = append(m.Entries, e)
		if !p.sep() {
			break
		}
	}
	p.wantEnd(tRbrace, "two entries")
	m.Span = p.since(start)
	return m
}

// ifExpr parses a choice between two values.
//
//	IfExpr = "if" Expr "{" Expr "}" "else" ( IfExpr | "{" Expr "}" ) .
func (p *parser) ifExpr() Expr {
	p.enter()
	defer p.leave()
	start := p.pos()
	p.next()
	x := &IfExpr{}
	x.Cond = p.expr()
	x.Then = p.bracedExpr()
	if p.kind() != kwElse {
		p.fail(p.unexpected("`else`, as an `if` that gives a value needs both"))
	}
	p.next()
	if p.kind() == kwIf {
		x.Else = p.ifExpr()
	} else {
		x.Else = p.bracedExpr()
	}
	x.Span = p.since(start)
	return x
}

func (p *parser) bracedExpr() Expr {
	p.mark(p.i, roleBrace)
	p.want(tLbrace, "`{`")
	p.skipNL()
	x := p.expr()
	p.skipNL()
	p.want(tRbrace, "`}`")
	return x
}

// args parses the arguments of a call or operation.
//
//	Args = "(" [ Expr { "," Expr } [ "," ] ] ")" .
func (p *parser) args() []Expr {
	p.mark(p.i, roleTight)
	p.want(tLparen, "`(` and the arguments")
	p.enter()
	defer p.leave()
	var args []Expr
	for p.kind() != tRparen {
		args = append(args, p.expr())
		if p.kind() == tColon {
			p.fail(p.namedArg(args[len(args)-1]))
		}
		if !p.got(tComma) {
			break
		}
	}
	p.wantEnd(tRparen, "two arguments")
	return args
}
