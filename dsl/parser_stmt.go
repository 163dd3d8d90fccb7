package dsl

// block parses statements in braces. Mistakes inside stay inside: after one, the
// next statement goes on.
//
//	Block = "{" [ Stmt { NL Stmt } ] "}" .
func (p *parser) block() *Block {
	if p.kind() != tLbrace {
		p.fail(p.noBlock())
	}
	p.enter()
	defer p.leave()
	b := &Block{}
	start := p.pos()
	closing := p.openBlock()
	for p.i < closing {
		p.skipNL()
		if p.i >= closing {
			break
		}
		if s := p.guardedStmt(closing); s != nil {
			b.Stmts = append(b.Stmts, s)
		}
	}
	p.i = closing
	p.next()
	b.Span = p.since(start)
	return b
}

// openBlock takes a `{` and gives the index of its `}`.
func (p *parser) openBlock() int {
	closing := int(p.toks[p.i].match)
	p.mark(p.i, roleBlock)
	p.next()
	return closing
}

// guardedStmt parses a statement and what ends it. If the statement can't be read
// it gives what can be kept of it, nil if nothing can, and goes to its end.
func (p *parser) guardedStmt(closing int) (s Stmt) {
	start := p.i
	whole := false
	ok := p.attempt(func() {
		p.stmt(&s)
		if p.i < closing && p.kind() != tNL {
			whole = true
			p.fail(p.afterStmt(s))
		}
	})
	if ok || (whole || p.i > start && p.toks[p.i].flags&first != 0) && p.beginsStmt() {
		return s
	}
	isIf := p.toks[start].kind == kwIf
	p.i = min(p.i, closing)
	p.skipStmt(closing)
	if p.i == start {
		p.next()
	}
	if isIf && p.i < closing && p.kind() == tNL && p.peek(1) == kwElse {
		// The `else` belongs to the `if` that could not be read.
		p.next()
		p.next()
		if p.kind() == tLbrace && !p.attempt(func() { p.block() }) {
			p.skipStmt(closing)
		}
	}
	if p.i < closing && p.kind() == tNL {
		switch p.clause() {
		case "undo", "catch":
			// They belong to what could not be read.
			op := operationOf(s)
			if op == nil {
				op = &WaitOp{}
			}
			p.attempt(func() { p.tail(op) })
			p.skipStmt(closing)
		}
	}
	return s
}

// operationOf gives the operation of a statement, nil if it has none.
func operationOf(s Stmt) Operation {
	switch s := s.(type) {
	case *OpStmt:
		return s.Op
	case *AssignStmt:
		return s.Value.Op
	case *YieldStmt:
		return s.Value.Op
	case *VarStmt:
		if s.Value != nil {
			return s.Value.Op
		}
	case *ReturnStmt:
		if s.Value != nil {
			return s.Value.Op
		}
	default: // is no operation, and none stands on its right
	}
	return nil
}

// stmt parses a statement into s. What is already in s when the parser gives up
// is what remains of it.
//
//	Stmt = Operation Tail | Assign | "var" name Type [ "=" Value ]
//	     | If | Switch | For | While | Select | Try
//	     | "break" | "continue" | "return" [ Value ] | "yield" Value
//	     | "fail" ( Name [ Record ] | name ) | "log" Expr | "commit" | "again" word Args .
func (p *parser) stmt(s *Stmt) {
	p.mark(p.i, roleStmt)
	start := p.pos()
	switch p.kind() {
	case tWord:
		switch {
		case p.operationFollows():
			p.opStmt(s)
		case p.againFollows():
			p.againStmt(s)
		case p.peek(1) == tDefine, p.peek(1) == tAssign, p.peek(1) == tDot, p.peek(1) == tLbrack, p.twoNames():
			p.assign(s, false)
		case p.standsAlone():
			p.next()
			*s = &CommitStmt{Span: p.since(start)}
		case p.foreignDefine():
			p.notAStmt()
			p.next()
			p.assign(s, true)
		case p.missingDefine():
			p.notAStmt()
			a := &AssignStmt{Name: p.nameAt(p.i), Define: true}
			p.next()
			a.Value = p.value()
			a.Span = p.since(start)
			*s = a
		default:
			p.fail(p.notAStmt())
		}
	case kwWait, kwParallel:
		p.opStmt(s)
	case kwMap:
		if p.peek(1) == tLbrack {
			p.fail(p.notAStmt())
		}
		p.opStmt(s)
	case kwVar:
		p.varStmt(s)
	case kwIf:
		*s = p.ifStmt()
	case kwSwitch:
		p.switchStmt(s)
	case kwFor:
		p.forStmt(s)
	case kwWhile:
		p.whileStmt(s)
	case kwSelect:
		p.selectStmt(s)
	case kwTry:
		p.tryStmt(s)
	case kwBreak:
		p.next()
		*s = &BreakStmt{Span: p.since(start)}
	case kwContinue:
		p.next()
		*s = &ContinueStmt{Span: p.since(start)}
	case kwReturn:
		p.next()
		if p.againFollows() {
			p.againAsValue()
			p.againStmt(s)
			return
		}
		r := &ReturnStmt{Span: p.since(start)}
		*s = r
		if p.kind() != tNL && p.kind() != tRbrace {
			r.Value = &Value{Expr: p.bad(start)}
			*r.Value = p.value()
			r.Span = p.since(start)
		}
	case kwYield:
		p.next()
		y := &YieldStmt{Span: p.since(start), Value: Value{Expr: p.bad(start)}}
		*s = y
		y.Value = p.value()
		y.Span = p.since(start)
	case kwFail:
		p.failStmt(s)
	case kwLog:
		p.next()
		l := &LogStmt{Span: p.since(start), Message: p.bad(start)}
		*s = l
		l.Message = p.expr()
		l.Span = p.since(start)
	default:
		p.fail(p.notAStmt())
	}
}

// standsAlone reports whether a word that is a statement by itself is all of a line;
// anywhere else it is a name.
func (p *parser) standsAlone() bool {
	next := p.peek(1)
	return isStatement.has(p.str()) && (next == tNL || next == tRbrace || next == tEOF)
}

// againFollows reports whether `again` begins a statement here; anywhere else it is a name.
func (p *parser) againFollows() bool {
	return p.kind() == tWord && p.peek(1).isWord() && beginsCall.has(p.str())
}

func (p *parser) againStmt(s *Stmt) {
	start := p.pos()
	p.next()
	a := &AgainStmt{Callee: p.word("the name of the workflow")}
	a.Args = p.callArgs("again", a.Callee)
	a.Span = p.since(start)
	*s = a
}

// bad is an expression that stands in until the real one has been read.
func (p *parser) bad(start Pos) Expr { return &BadExpr{exprBase{Span: p.since(start)}} }

// value parses what stands on the right of an assignment and the like.
//
//	Value = Operation Tail | Expr .
func (p *parser) value() Value {
	if p.operationFollows() {
		op := p.operation()
		p.tail(op)
		return Value{Op: op}
	}
	if p.againFollows() {
		p.fail(p.againAsValue())
	}
	if p.kind() == tWord {
		if d := p.valueHabit(); d != nil {
			p.fail(d)
		}
	}
	if p.kind() == kwSelect || p.kind() == kwSwitch || p.kind() == kwTry || p.kind() == kwFor {
		p.fail(p.stmtAsValue())
	}
	return Value{Expr: p.expr()}
}

func (p *parser) opStmt(s *Stmt) {
	start := p.pos()
	op := p.operation()
	st := &OpStmt{Span: p.since(start), Op: op}
	*s = st
	p.tail(op)
	st.Span = p.since(start)
}

// assign parses an assignment.
//
//	Assign = name ":=" Value | name { "." word } [ "[" Expr "]" ] "=" Value .
//
// With define, `=` declares, as it does behind the `let` of other languages.
func (p *parser) assign(s *Stmt, define bool) {
	two := p.twoNames()
	a := &AssignStmt{Name: p.name("the name of a variable")}
	if two {
		p.foreign(a.Name.Span, "one name is assigned at a time").
			help("errors are handled with `catch`; several values are the fields of a record")
		p.next()
		p.next()
	}
	for p.kind() == tDot {
		p.next()
		a.Path = append(a.Path, p.word("a field's name"))
		if p.kind() == tLparen {
			p.fail(p.methodStmt(a))
		}
	}
	if p.kind() == tLbrack {
		p.mark(p.i, roleTight)
		p.next()
		a.Index = p.expr()
		p.want(tRbrack, "`]`")
	}
	switch {
	case p.kind() == tDefine && len(a.Path) == 0 && a.Index == nil:
		a.Define = true
	case p.kind() == tAssign:
		a.Define = define
	case p.kind() == tDefine:
		what := "a field"
		if a.Index != nil {
			what = "an entry of a map"
		}
		p.fail(p.report(p.here(), codeUnexpected, "%s is assigned with `=`", what).edit(p.here(), "=", "write `=`"))
	default:
		p.fail(p.notAnAssignment(a))
	}
	p.next()
	a.Value.Expr = p.bad(a.Name.Start)
	a.Span = p.since(a.Name.Start)
	*s = a
	a.Value = p.value()
	a.Span = p.since(a.Name.Start)
}

// twoNames reports whether `a, b :=` stands here.
func (p *parser) twoNames() bool {
	return p.peek(1) == tComma && p.peek(2).isWord() && (p.peek(3) == tDefine || p.peek(3) == tAssign) && p.str() != "_"
}

func (p *parser) varStmt(s *Stmt) {
	start := p.pos()
	p.next()
	v := &VarStmt{Name: p.name("the name of a variable")}
	if p.kind() == tAssign || p.kind() == tDefine || p.kind() == tColon {
		p.fail(p.untypedVar(start, v.Name))
	}
	v.Type = p.typ()
	v.Span = p.since(start)
	*s = v
	if p.got(tAssign) {
		v.Value = &Value{Expr: p.bad(start)}
		*v.Value = p.value()
		v.Span = p.since(start)
	}
}

// header parses what stands between a keyword and its block. If it can't be read,
// the parser goes on at the block; without one it gives up.
func (p *parser) header(parse func()) {
	if p.attempt(func() {
		parse()
		if p.kind() != tLbrace {
			p.fail(p.noBlock())
		}
	}) {
		return
	}
	for {
		switch p.kind() {
		case tLbrace:
			return
		case tNL:
			// The brace may stand alone on the next line.
			if p.peek(1) != tLbrace {
				p.fail(nil)
			}
			p.next()
			return
		case tEOF, tRbrace:
			p.fail(nil)
		case tLparen, tLbrack:
			if m := int(p.toks[p.i].match); m > p.i {
				p.i = m
			}
		}
		p.next()
	}
}

// ifStmt parses a condition with its arms. Each `else if` is one level of the tree, so
// that a chain of them is bounded as all nesting is.
//
//	If = "if" Expr Block [ "else" ( If | Block ) ] .
func (p *parser) ifStmt() *IfStmt {
	p.enter()
	defer p.leave()
	start := p.pos()
	p.next()
	st := &IfStmt{Cond: p.bad(start)}
	p.header(func() {
		st.Cond = p.condition()
	})
	st.Then = p.block()
	if p.kind() == tNL && p.peek(1) == kwElse {
		p.elseOnNewLine()
	}
	if p.kind() == kwElse {
		p.mark(p.i, roleElse)
		p.next()
		switch {
		case p.kind() == kwIf:
			st.Else = p.ifStmt()
		case p.kind() != tLbrace && p.kind() != tNL && p.kind() != tEOF:
			p.fail(p.elseWithCondition())
		default:
			st.Else = p.block()
		}
	}
	st.Span = p.since(start)
	return st
}

// switchStmt parses a choice by value.
//
//	Switch = "switch" Expr "{" { Case NL } [ "else" Block NL ] "}" .
func (p *parser) switchStmt(s *Stmt) {
	p.enter()
	defer p.leave()
	start := p.pos()
	p.next()
	st := &SwitchStmt{Subject: p.bad(start)}
	if p.kind() == tLbrace {
		p.fail(p.report(p.since(start), codeSwitchSubject, "`switch` needs a value to choose by").
			help("write `if ... { } else if ... { }` for conditions"))
	}
	p.header(func() {
		st.Subject = p.expr()
		p.headerHabit(st.Subject)
	})
	st.Else = p.arms("switch", func() { st.Cases = append(st.Cases, p.switchCase()) }, p.notACase)
	st.Span = p.since(start)
	*s = st
}

// arms parses the block of a switch or a select: its cases, and the else behind them, which
// it gives.
func (p *parser) arms(keyword string, parseCase func(), wrong func() *Diagnostic) (els *Block) {
	closing := p.openBlock()
	p.skipNL()
	for p.i < closing {
		at := p.i
		p.attemptItem(closing, func() {
			switch p.kind() {
			case kwCase:
				p.beforeElse(els)
				parseCase()
			case kwElse:
				els = p.elseArm(els, keyword)
			default:
				p.fail(wrong())
			}
		})
		if p.i == at {
			p.next()
		}
		p.skipNL()
	}
	p.i = closing
	p.next()
	return els
}

// switchCase parses a case and its block.
//
//	Case   = "case" Choice { "," Choice } [ "as" name ] Block .
//	Choice = word | Name "." word | [ "-" ] ( INT | FLOAT | DURATION ) | STRING | RAW .
func (p *parser) switchCase() *SwitchCase {
	start := p.pos()
	p.mark(p.i, roleCase)
	p.next()
	c := &SwitchCase{}
	p.header(func() {
		for {
			c.Choices = append(c.Choices, p.choice())
			if !p.got(tComma) {
				break
			}
		}
		if p.at("as") {
			p.next()
			c.Bind = p.name("the variable of a `case`")
		}
	})
	c.Body = p.block()
	c.Span = p.since(start)
	return c
}

func (p *parser) choice() Expr {
	switch k := p.kind(); {
	case k == tName && p.peek(1) == tDot:
		return p.capitalExpr()
	case k.isWord():
		name := p.nameAt(p.i)
		p.next()
		return &IdentExpr{exprBase: exprBase{Span: name.Span}, Name: name.Text}
	case k == tMinus:
		switch p.peek(1) {
		case tInt, tFloat, tDuration:
			return p.unary()
		}
	case k == tInt, k == tFloat, k == tDuration, k == tString, k == tRaw:
		return p.operand()
	}
	p.fail(p.unexpected("a name, number or text to compare with"))
	return nil
}

// forStmt parses a loop over a list or map.
//
//	For = "for" name [ "," name ] "in" Expr Block .
func (p *parser) forStmt(s *Stmt) {
	p.enter()
	defer p.leave()
	start := p.pos()
	p.next()
	st := &ForStmt{List: p.bad(start)}
	p.header(func() {
		if d := p.forHabit(start); d != nil {
			p.fail(d)
		}
		st.Elem = p.name("the variable of a loop")
		if p.got(tComma) {
			st.Index = st.Elem
			st.Elem = p.name("the variable of a loop")
		}
		if p.kind() != kwIn {
			p.fail(p.noIn())
		}
		p.next()
		if p.kind() == tLbrace {
			p.fail(p.unexpected("a list"))
		}
		st.List = p.expr()
		p.headerHabit(st.List)
	})
	if st.Elem == nil {
		st.Elem = &Name{Span: p.since(start)}
	}
	st.Body = p.block()
	st.Span = p.since(start)
	*s = st
}

// whileStmt parses a loop with a condition.
//
//	While = "while" Expr [ Times ] Block .
//	Times = ▸"at" "most" Primary "times" .
func (p *parser) whileStmt(s *Stmt) {
	p.enter()
	defer p.leave()
	start := p.pos()
	p.next()
	st := &WhileStmt{Cond: p.bad(start)}
	p.header(func() {
		if p.kind() == tLbrace {
			p.fail(p.report(p.since(start), codeUnexpected, "`while` needs a condition").
				help("write `while true { ... }` for a loop that is left by `break` or `return`"))
		}
		st.Cond = p.condition()
		if p.clause() == "at" {
			st.AtMost = p.times()
		}
	})
	st.Body = p.block()
	st.Span = p.since(start)
	*s = st
}

// times parses a bound; the parser stands at `at`.
func (p *parser) times() Expr {
	p.take(roleClause)
	if !p.at("most") {
		p.fail(p.unexpected("`most`, as in `at most 10 times`"))
	}
	p.next()
	n := p.clauseValue("at most")
	if !p.at("times") {
		p.fail(p.unexpected("`times`, as in `at most 10 times`"))
	}
	p.next()
	return n
}

// tryStmt parses a block with its catches.
//
//	Try = "try" Block Catch { Catch } .
func (p *parser) tryStmt(s *Stmt) {
	p.enter()
	defer p.leave()
	start := p.pos()
	p.next()
	st := &TryStmt{}
	st.Body = p.block()
	for p.clause() == "catch" {
		st.Catches = append(st.Catches, p.catch())
	}
	st.Span = p.since(start)
	*s = st
	if len(st.Catches) == 0 {
		if d := p.clauseHabit(); d != nil {
			p.fail(d)
		}
		p.report(Span{start, start + 3}, codeTryAlone, "`try` without a `catch`").
			help("write `try { ... } catch e { ... }`, or the statements alone")
	}
}

// catch parses the handling of errors; the parser stands at `catch`, be it on the
// next line.
//
//	Catch    = ▸"catch" ( Failures [ "as" name ] | name ) Block .
//	Errors   = Name { "," Name } .
//	Failures = ( Name | Fixed ) { "," ( Name | Fixed ) } .
func (p *parser) catch() *Catch {
	start := p.clausePos()
	p.take(roleCatch)
	c := &Catch{}
	p.header(func() {
		if p.kind() == tName || p.kind().isText() {
			c.Errors = p.failureNames()
			if p.at("as") {
				p.next()
				c.Bind = p.name("the variable of a `catch`")
			}
			return
		}
		if p.kind() != tWord {
			p.fail(p.catchHabit(start))
		}
		c.Bind = p.name("the variable of a `catch`")
	})
	c.Body = p.block()
	c.Span = p.since(start)
	return c
}

// errorNames parses the names of declared errors.
func (p *parser) errorNames() []*Name { return p.errors(false) }

// failureNames parses the names of errors, and of failures that are not declared, which
// stand in quotes.
func (p *parser) failureNames() []*Name { return p.errors(true) }

// errors parses the names of errors. In a declaration one that is written small stands
// for the error.
func (p *parser) errors(quoted bool) []*Name {
	var names []*Name
	for {
		if quoted && p.kind().isText() {
			text := p.fixedText("the name of an error")
			names = append(names, &Name{text.Span, text.Value, true})
		} else {
			if p.kind() != tName {
				d := p.notAnErrorName()
				if p.declaring == "" || d.Code != codeCase {
					p.fail(d)
				}
			}
			names = append(names, p.nameAt(p.i))
			p.next()
		}
		switch {
		case p.kind() == tName || quoted && p.kind().isText():
			end := int(p.toks[p.i-1].end)
			p.report(p.here(), codeUnexpected, "expected `,` between two errors").edit(p.span(end, end), ",", "write a comma")
		case !p.got(tComma):
			return names
		}
	}
}

// failStmt parses the raising of an error.
func (p *parser) failStmt(s *Stmt) {
	start := p.pos()
	p.next()
	f := &FailStmt{Span: p.since(start), Value: p.bad(start)}
	*s = f
	switch {
	case p.kind() == tName && p.peek(1) != tLbrace:
		name := p.nameAt(p.i)
		p.next()
		if p.kind() == tLparen || p.kind() == tDot {
			p.fail(p.failHabit(name))
		}
		f.Value = &IdentExpr{exprBase: exprBase{Span: name.Span}, Name: name.Text}
	case p.kind() == tName:
		f.Value = p.expr()
	case p.kind() == tWord && p.peek(1) != tLparen && p.peek(1) != tDot:
		name := p.name("the variable of a caught error")
		f.Value = &IdentExpr{exprBase: exprBase{Span: name.Span}, Name: name.Text}
	default:
		p.fail(p.failHabit(nil))
	}
	f.Span = p.since(start)
}
