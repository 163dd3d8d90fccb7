package dsl

import (
	"strings"

	"github.com/durablegen/durablegen/internal/near"
)

// What people type first where a statement, clause or block stands; see
// parser_habits.go.

// noBlock reports that no `{` stands where a block begins.
func (p *parser) noBlock() *Diagnostic {
	if p.kind() == tNL && p.peek(1) == tLbrace {
		end := int(p.toks[p.i-1].end)
		at := p.span(int(p.toks[p.i+1].start), int(p.toks[p.i+1].end))
		return p.report(at, codeBraceLine, "`{` stands at the end of the line before").
			edit(p.span(end, int(p.toks[p.i+1].end)), " {", "move it up")
	}
	if d := p.clauseHabit(); d != nil {
		return d
	}
	switch {
	case p.kind() == tColon:
		return p.foreign(p.here(), "a block stands in braces").help("write `{` and, at its end, `}`")
	case (p.at("then") || p.at("do")) && p.peek(1) == tLbrace:
		return p.foreign(p.here(), "a block follows its head at once").
			edit(p.span(int(p.toks[p.i].start), int(p.toks[p.i+1].start)), "", "remove `%s`", p.str())
	case p.at("then") || p.at("do"):
		return p.foreign(p.here(), "a block stands in braces").help("write `{` and, at its end, `}`")
	}
	d := p.unexpected("`{` and a block")
	if p.beginsStmt() {
		d.help("put the statement in braces: `{ ... }`")
	}
	return d
}

// condition parses the head of an `if` or `while`.
func (p *parser) condition() Expr {
	x := p.expr()
	if p.kind() == tAssign {
		b := &BinaryExpr{Op: "==", OpSpan: p.here(), X: x}
		p.report(p.here(), codeAssignAsTest, "`=` assigns; values are compared with `==`").edit(p.here(), "==", "write `==`")
		p.next()
		b.Y = p.expr()
		b.Span = p.since(x.Pos())
		x = b
	}
	p.headerHabit(x)
	return x
}

// headerHabit looks at what follows a condition or list, before the block.
func (p *parser) headerHabit(x Expr) {
	switch p.kind() {
	case tDefine:
		p.fail(p.foreign(p.here(), "nothing is assigned in the head of a block").
			help("write `%s := ...` on the line above", p.source(x.Range())))
	case tComma:
		if p.peek(1).isWord() && (p.peek(2) == tDefine || p.peek(2) == tAssign) {
			p.fail(p.foreign(p.here(), "nothing is assigned in the head of a block").
				help("write `%s := ...` on the line above; whether it is there is tested with `if %s != none { ... }`", p.source(x.Range()), p.source(x.Range())))
		}
	case tNL:
		if p.strAt(p.i) == ";" {
			p.fail(p.foreign(p.here(), "the head of a block is one expression").help("write what comes before `;` on the line above"))
		}
	}
}

// elseWithCondition reports what stands between `else` and its block.
func (p *parser) elseWithCondition() *Diagnostic {
	d := p.unexpected("`{` and a block behind `else`")
	switch at := p.i; {
	case p.beginsStmt():
		d.help("put the statement in braces: `{ ... }`")
	case p.kind() == tWord || p.kind() == tLparen || p.kind() == tNot:
		d.help("another condition begins with `else if`")
		if p.tries(func() { p.expr() }) && p.kind() == tLbrace {
			d.edit(Span{p.src.Pos(int(p.toks[at].start)), p.src.Pos(int(p.toks[at].start))}, "if ", "write `else if`")
		}
		p.i = at
	}
	return d
}

func (p *parser) elseOnNewLine() {
	i := p.i + 1
	at := p.tokSpan(i)
	between := p.span(int(p.toks[p.i-1].end), int(p.toks[i].start))
	d := p.report(at, codeElseLine, "`else` stands on the line of the `}` before it")
	if strings.TrimSpace(p.source(between)) == "" {
		d.edit(between, " ", "move it up")
	}
	p.next()
}

// afterStmt reports what follows a statement on its line.
func (p *parser) afterStmt(s Stmt) *Diagnostic {
	if p.kind() == kwElse {
		return p.report(p.here(), codeUnexpected, "`else` without an `if` before it")
	}
	if d := p.clauseHabit(); d != nil {
		return d
	}
	var x Expr
	op := operationOf(s)
	switch s := s.(type) {
	case *IfStmt:
		if p.at("elif") || p.at("elseif") || p.at("elsif") {
			return p.foreign(p.here(), "`%s` is written `else if`", p.str()).edit(p.here(), "else if", "write `else if`")
		}
	case *YieldStmt:
		x = s.Value.Expr
	case *ReturnStmt:
		if p.kind() == tComma {
			return p.foreign(p.here(), "a workflow gives one value").help("give a record: `return Result { a: x, b: y }`")
		}
		if s.Value != nil {
			x = s.Value.Expr
		}
	case *AssignStmt:
		x = s.Value.Expr
	case *LogStmt:
		if p.kind() == tComma {
			return p.foreign(p.here(), "`log` takes one text").help("put values into holes: `log \"order {order.id}\"`")
		}
	default: // nothing is known to be written after it
	}
	if x != nil {
		if d := p.exprHabit(x); d != nil {
			return d
		}
		if p.kind() == kwIf {
			return p.foreign(p.here(), "the condition of a choice stands first").help("write `if c { a } else { b }`")
		}
		if d := p.looseDuration(x); d != nil {
			return d
		}
		if _, isText := x.(*StringExpr); isText && p.kind().isWord() && x.Range().End == p.pos() {
			return p.report(p.here(), codeUnexpected, "the text ends at the quote before `%s`", p.str()).
				help("a quote inside a text is written `\\\"`; a text in backquotes may hold quotes")
		}
		if p.source(x.Range()) == `""` && x.Range().End == p.pos() && (p.kind() == tString || p.kind() == tStrHead) {
			return p.foreign(p.since(x.Pos()), "there are no triple quotes").help("a text of several lines stands in backquotes")
		}
	}
	if op == nil && (p.kind() == kwUndo || p.kind() == kwCatch) {
		return p.report(p.here(), codeUnexpected, "`%s` belongs to an operation, and there is none", p.str()).
			help("it stands behind an operation, or below it on a line of its own")
	}
	if op != nil && (p.kind().isOperator() || p.kind() == tDot || p.kind() == tLbrack) {
		text := p.source(op.Base().Keyword)
		return p.report(p.here(), codeOperationInExpr, "the result of `%s` can't be computed with on the same line", text).
			help("give the operation a line of its own before, as in `x := %s ...`, and use `x` here", text)
	}
	return p.lineEnd(p.beginsStmt())
}

// lineEnd reports what should stand on a line of its own.
func (p *parser) lineEnd(begins bool) *Diagnostic {
	d := p.unexpected("the end of the line")
	if begins && p.i > 0 {
		d.help("put it on a line of its own")
		if k := p.kind(); k != kwIf && k != kwFor && k != kwWhile { // which stand behind a statement elsewhere
			end := int(p.toks[p.i-1].end)
			d.edit(p.span(end, end), ";", "write `;` in between")
		}
	}
	return d
}

// beginsStmt reports whether what stands here is clearly the beginning of a
// statement.
func (p *parser) beginsStmt() bool {
	if p.kind() == tWord {
		return p.operationFollows() || p.peek(1) == tDefine || p.peek(1) == tAssign
	}
	return p.kind().is(beginsStatement)
}

// looseDuration reports `1h 30m`.
func (p *parser) looseDuration(x Expr) *Diagnostic {
	a, ok := x.(*DurationExpr)
	if !ok || p.kind() != tDuration {
		return nil
	}
	both := Span{a.Pos(), p.here().End}
	d := p.foreign(both, "a duration is one word")
	text := a.Text + p.str()
	if _, problem := parseDuration(text); problem == "" {
		d.edit(both, text, "write `%s`", text)
	}
	return d
}

func (p *parser) afterItem() *Diagnostic {
	if p.kind() == tComma {
		return p.report(p.here(), codeUnexpected, "these are separated by line breaks, not by commas").edit(p.here(), "", "remove the comma")
	}
	if d := p.clauseHabit(); d != nil {
		return d
	}
	return p.lineEnd(p.beginsItem())
}

// beginsItem reports whether what stands here is clearly the beginning of a case
// or branch.
func (p *parser) beginsItem() bool {
	return p.kind() == kwCase || p.kind() == kwElse || p.kind().isWord() && p.peek(1) == tColon
}

// clauseHabit looks at a word where a clause could stand.
func (p *parser) clauseHabit() *Diagnostic {
	if p.kind() != tWord {
		return nil
	}
	word := p.str()
	switch {
	case ofDeclarationAlone(word):
		return p.report(p.here(), codeClausePlace, "`%s` belongs to the declaration, not to a use", word)
	case word == "on":
		return p.report(p.here(), codeClausePlace, "`on` belongs to a `retry`, behind its other parts")
	}
	if d := useHabits.report(p, p.here(), word); d != nil {
		return d
	}
	if ofUse.has(word) || isClause.has(word) {
		return p.report(p.here(), codeClausePlace, "`%s` has no place here", word)
	}
	if n := p.peek(1); n == tInt || n == tDuration || n == kwNone || n == tWord || n == tName {
		if best := near.Name(word, (ofUse | isClause).words()); best != "" {
			return p.report(p.here(), codeUnknownClause, "unknown clause `%s`", word).suggestWord(word, best)
		}
	}
	return nil
}

// notAStmt reports what can't begin a statement.
func (p *parser) notAStmt() *Diagnostic {
	word := p.str()
	next := p.peek(1)
	switch k := p.kind(); k {
	case tWord:
		if p.decls == nil || p.decls[word] == "" {
			p.noteAllDecls()
		}
		if d := p.bareCall(""); d != nil {
			return d
		}
		if row, ok := statementHabits.byWord[word]; ok && next != tComma {
			if p.foreignDefine() {
				return p.foreign(p.here(), "there is no `%s`", word).help("%s", row.help).
					edit(p.span(int(p.toks[p.i].start), int(p.toks[p.i+2].end)), p.strAt(p.i+1)+" :=", "write `%s :=`", p.strAt(p.i+1))
			}
			return statementHabits.report(p, p.here(), word)
		}
		switch {
		case word == "group" && next == tLbrace:
			return p.namelessGroup()
		case next == tEq:
			at := p.tokSpan(p.i + 1)
			return p.report(at, codeNoStatement, "`==` compares, and the result is dropped").help("write `=` to assign")
		case next.isOperator() && next != tNot:
			return p.report(p.here(), codeNoStatement, "a value alone does nothing").help("assign it to a variable, as in `x := ...`")
		case next == tLparen && (word == "delete" || word == "append"):
			first := p.strAt(p.i + 2)
			d := p.report(p.here(), codeBareCall, "`%s` gives a new %s and changes none", word, map[string]string{"delete": "map", "append": "list"}[word])
			if p.peek(2) != tWord || p.peek(3) != tComma {
				return d.help("assign what it gives: `x = %s(x, …)`", word)
			}
			return d.edit(Span{p.pos(), p.pos()}, first+" = ", "write `%s = %s(%s, …)`", first, word, first)
		case next == tLparen:
			return p.report(p.here(), codeBareCall, "a call alone does nothing").
				help("what has an effect is a step: `step %s(...)`; the value of a func is assigned: `x := %s(...)`", word, word)
		case next == tComma:
			return p.foreign(p.here(), "one name is assigned at a time").help("errors are handled with `catch`; several values are the fields of a record")
		case next == tAlien:
			start := p.pos()
			p.next()
			return p.assignOp(start, word)
		case ofDeclarationAlone(word):
			return p.report(p.here(), codeClausePlace, "`%s` belongs to the declaration, not to a use", word)
		case beginsDeclaration.has(word) && next.isWord():
			return p.report(p.here(), codeNested, "the declaration of `%s` stands inside a workflow", p.strAt(p.i+1)).
				help("declarations stand side by side; is a `}` missing before it?")
		case next == tColon && p.peek(2) != tNL:
			return p.foreign(p.tokSpan(p.i+1), "a variable is declared with `:=`").help("write `%s := v`, or `var %s T`", word, word)
		case beginsOperation.has(word) && next == tString:
			return p.report(p.here(), codeUnexpected, "`%s` is followed by a name", word).help("a label goes behind the operation: `%s name() as \"label\"`", word)
		case next == tWord && p.peek(2) == tAssign:
			return p.foreign(p.here(), "there is no `%s`", word).help("write `%s := v`", p.strAt(p.i+1))
		case p.missingDefine():
			return p.report(p.here(), codeMissingDefine, "`:=` is missing behind `%s`", word).
				help("write `%s := %s ...`, or `%s = %s ...` if the variable is declared above", word, p.strAt(p.i+1), word, p.strAt(p.i+1))
		}
		if next == tNL || next == tRbrace || next == tDot {
			d := p.report(p.here(), codeNoStatement, "`%s` alone does nothing", word)
			if best := near.DidYouMean(word, aloneOnLine); best != "" && next != tDot {
				return d.help("%s", best)
			}
			return d
		}
		if best := near.Name(word, append(keys(reserved), (beginsOperation|beginsCall).words()...)); best != "" && (next.isWord() || next == tString || next == tInt || next == tDuration || next == tLbrace) {
			return p.report(p.here(), codeNoStatement, "`%s` does not begin a statement", word).suggestWord(word, best)
		}
		return p.report(p.here(), codeNoStatement, "`%s` does not begin a statement", word)
	case tName:
		if next == tDefine || next == tAssign {
			return p.report(p.here(), codeCase, "variables begin with a small letter, unlike `%s`", word).
				help("write `%s` here and wherever it is used", lowerFirst(word))
		}
		lower := strings.ToLower(word)
		if _, ok := reserved[lower]; ok || beginsOperation.has(lower) {
			return p.report(p.here(), codeCase, "keywords are written small").edit(p.here(), lower, "write `%s`", lower)
		}
		return p.report(p.here(), codeNoStatement, "a value alone does nothing").help("assign it, as in `x := %s ...`", word)
	case kwElse:
		return p.report(p.here(), codeUnexpected, "`else` without an `if` before it")
	case kwCase:
		return p.report(p.here(), codeUnexpected, "`case` stands in a `switch` or `select` only")
	case kwCatch:
		return p.report(p.here(), codeUnexpected, "`catch` without an operation, `try` or `select` before it").
			help("it stands behind the operation, or below it on a line of its own")
	case kwUndo:
		return p.report(p.here(), codeUnexpected, "`undo` without an operation before it").
			help("it stands behind the operation that it takes back, or below it on a line of its own")
	case tLbrace:
		return p.report(p.here(), codeUnexpected, "a block alone has no meaning").
			help("write `group name { ... }` for operations that belong together")
	case kwMap, tLparen, tLbrack, tInt, tFloat, tDuration, tString, tStrHead, tRaw, kwTrue, kwFalse, kwNone, tMinus, tNot:
		return p.report(p.here(), codeNoStatement, "a value alone does nothing").help("assign it to a variable, as in `x := ...`")
	case kwIn:
		return p.report(p.here(), codeReserved, "the keyword `in` can't be a name").help("choose another name")
	}
	if p.kind().isOperator() || p.kind() == tDot {
		return p.report(p.here(), codeUnexpected, "a line does not begin with `%s`", p.str()).
			help("a line goes on where it ends with an operator, or inside parentheses")
	}
	return p.unexpected("a statement")
}

// bareCall reports a call of what is run with a keyword; before stands in front of it.
func (p *parser) bareCall(before string) *Diagnostic {
	if p.kind() != tWord || p.peek(1) != tLparen {
		return nil
	}
	p.noteAllDecls()
	name := p.str()
	op := useOf[p.decls[name]]
	if op == "" {
		return nil
	}
	return p.report(p.here(), codeBareCall, "the %s `%s` is run with `%s`", p.decls[name], name, op).
		edit(Span{p.pos(), p.pos()}, op+" ", "write `%s%s %s(...)`", before, op, name)
}

// missingDefine reports whether a value follows a name without `:=` between them.
func (p *parser) missingDefine() bool {
	word, next := p.str(), p.peek(1)
	return !beginsOperation.has(word) && !statementHabits.has(word) && !isClause.has(word) && !beginsDeclaration.has(word) &&
		next.isWord() && (beginsOperation.has(p.strAt(p.i+1)) || next == kwWait || next == kwParallel || next == kwMap || next == kwIf)
}

// foreignDefine reports whether a declaration such as `let x = v` stands here.
func (p *parser) foreignDefine() bool {
	return (p.at("let") || p.at("const") || p.at("auto")) && p.peek(1) == tWord && p.peek(2) == tAssign
}

var useOf = map[string]string{"step": "step", "callback": "callback", "function": "invoke", "workflow": "call"}

func (p *parser) namelessGroup() *Diagnostic {
	return p.report(p.here(), codeUnexpected, "a group has a name").help("write `group name { ... }`: the name is the identity of what is in it")
}

// noteAllDecls remembers all names that the file declares, by a look at the
// tokens: those below have not been parsed yet.
func (p *parser) noteAllDecls() {
	if p.decls[""] != "" {
		return
	}
	if p.decls == nil {
		p.decls = map[string]string{}
	}
	p.decls[""] = "noted"
	for i := 0; i+1 < len(p.toks); i++ {
		if t := &p.toks[i]; t.flags&first != 0 && p.beginsUnit(i) && p.src.lineStart(int(t.start)) == int(t.start) {
			if name := p.strAt(i + 1); p.decls[name] == "" && p.strAt(i) != "defaults" {
				p.decls[name] = p.strAt(i)
			}
		}
	}
}

// assignOp reports `x += 1` and `x++`; the parser stands at the operator, and name is what
// stands before it, from start on.
func (p *parser) assignOp(start Pos, name string) *Diagnostic {
	op := p.str()
	at := p.here()
	switch {
	case op == "++" || op == "--":
		text := name + " = " + name + " " + op[:1] + " 1"
		return p.foreign(at, "there is no `%s`", op).edit(Span{start, at.End}, text, "write `%s`", text)
	case strings.HasSuffix(op, "=") && len(op) == 2 && strings.Contains("+-*/%", op[:1]):
		p.next()
		var x Expr
		ok := p.tries(func() { x = p.expr() })
		d := p.foreign(at, "there is no `%s`", op).help("write `%s = %s %s ...`", name, name, op[:1])
		if ok {
			value := p.source(x.Range())
			if _, simple := x.(*BinaryExpr); simple {
				value = "(" + value + ")"
			}
			text := name + " = " + name + " " + op[:1] + " " + value
			d.edit(Span{start, x.Range().End}, text, "write `%s`", text)
		}
		return d
	}
	return p.habit()
}

func (p *parser) methodStmt(a *AssignStmt) *Diagnostic {
	last := a.Path[len(a.Path)-1]
	recv := p.source(Span{a.Name.Start, last.Start - 1})
	if recv == "fmt" || recv == "console" || recv == "log" || recv == "logger" {
		return p.foreign(Span{a.Name.Start, last.End}, "messages are written with `log`").help("write `log \"order {order.id}\"`")
	}
	d := p.foreign(last.Span, "values have no methods")
	if builtinLike(last.Text) == "append" {
		return d.help("write `%s = append(%s, …)`", recv, recv)
	}
	return d.help("what has an effect is a step: `step %s(%s)`", last.Text, recv)
}

// notAnAssignment reports what follows `x` or `x.f` at the start of a statement.
func (p *parser) notAnAssignment(a *AssignStmt) *Diagnostic {
	target := p.source(Span{a.Name.Start, p.src.Pos(int(p.toks[p.i-1].end))})
	switch p.kind() {
	case tAlien:
		return p.assignOp(a.Name.Start, target)
	case tNL, tRbrace:
		return p.report(p.since(a.Name.Start), codeNoStatement, "`%s` alone does nothing", target)
	case tEq:
		return p.report(p.here(), codeUnexpected, "`==` compares; a value is assigned with `=`").help("write `=` to assign")
	}
	return p.unexpected("`=` and a value")
}

func (p *parser) untypedVar(start Pos, name *Name) *Diagnostic {
	if p.kind() == tColon {
		return p.foreign(p.here(), "a type follows its variable without `:`").edit(p.here(), "", "remove it")
	}
	return p.report(p.here(), codeUntypedVar, "`var` needs a type").
		help("write `var %s T = v`, or let the value decide: `%s := v`", name.Text, name.Text).
		edit(Span{start, p.here().End}, name.Text+" :=", "write `%s :=`", name.Text)
}

// defaultHabit reports the `default` of a `switch` or `select`; the parser stands there.
func (p *parser) defaultHabit() *Diagnostic {
	d := p.foreign(p.here(), "`default` is written `else`")
	if p.peek(1) == tColon {
		return d.help("write `else { ... }`")
	}
	return d.edit(p.here(), "else", "write `else`")
}

// notACase reports what stands in a `switch` instead of a case.
func (p *parser) notACase() *Diagnostic {
	if p.at("default") {
		return p.defaultHabit()
	}
	return p.report(p.here(), codeUnexpected, "a `switch` holds cases, not %s", p.describe(p.i)).help("write `case a { ... }`, and `else { ... }` for all others")
}

func (p *parser) notASelectCase() *Diagnostic {
	if p.at("default") {
		return p.defaultHabit()
	}
	if p.at("timeout") {
		return p.foreign(p.here(), "a `select` has no `timeout`").help("give up waiting with `case wait 1m { ... }`")
	}
	if p.operationFollows() || p.kind().isWord() && p.peek(1) == tDefine {
		return p.report(p.here(), codeUnexpected, "`case` is missing before the operation").
			edit(Span{p.pos(), p.pos()}, "case ", "write `case`")
	}
	return p.report(p.here(), codeUnexpected, "a `select` holds cases, not %s", p.describe(p.i)).help("write `case x := await t { ... }`")
}

// tailOfCase tells where what stands between the operation of a case and its block belongs.
func (p *parser) tailOfCase(word string) *Diagnostic {
	start := p.clausePos()
	at := Span{start, start + Pos(len(word))}
	if word == "undo" {
		return p.report(at, codeBadClause, "the operation of a case has no `undo`").
			help("what loses is left behind, so a case holds nothing that has to be undone")
	}
	return p.report(at, codeClauseOrder, "the `catch` of a case stands behind its block").
		help("write `case x := await t { ... } catch Timeout { ... }`")
}

func (p *parser) notASelectOp() *Diagnostic {
	if p.habit() == nil {
		return p.report(p.here(), codeUnexpected, "a case of `select` begins with an operation, not with %s", p.describe(p.i)).
			help("write `case wait 1m { ... }`, `case x := callback c() { ... }`, `case x := await t { ... }` or a poll or call")
	}
	return nil
}

// forHabit knows the loops of other languages; the parser stands behind `for`.
func (p *parser) forHabit(start Pos) *Diagnostic {
	head := Span{start, start + 3}
	switch {
	case p.kind() == tLbrace:
		return p.foreign(head, "a loop without end is `while true`").edit(head, "while true", "write `while true`")
	case p.kind() == tLparen:
		return p.foreign(p.here(), "the head of a `for` has no parentheses").help("write `for x in list { ... }`")
	case p.kind() == kwIn || !p.kind().isWord():
		return nil
	case p.peek(1) == tDefine || p.peek(1) == tAssign:
		return p.foreign(p.tokSpan(p.i+1), "a `for` walks a list").help("write `for x in list { ... }`; count in a `while`")
	case p.peek(1) == tComma && p.toks[min(p.i+3, len(p.toks)-1)].kind == tDefine:
		return p.foreign(p.tokSpan(p.i+3), "a `for` walks a list").
			edit(p.span(int(p.toks[p.i+3].start), p.afterRange(p.i+3)), "in", "write `in`")
	case p.peek(1).isWord() && p.peek(1) != kwIn && (p.at("var") || p.at("let") || p.at("const") || p.at("each")):
		return p.foreign(p.here(), "a `for` needs no `%s`", p.str()).
			edit(p.span(int(p.toks[p.i].start), int(p.toks[p.i+1].start)), "", "remove it")
	case p.peek(1) == kwIn || p.peek(1) == tComma || p.peek(1) == tColon:
		if p.strAt(p.i) == "_" && p.peek(1) == tComma && p.peek(2) == tWord {
			return p.report(p.here(), codeBlank, "there is no blank `_`").
				edit(p.span(int(p.toks[p.i].start), int(p.toks[p.i+2].start)), "", "write `for %s in ...`", p.strAt(p.i+2))
		}
		return nil
	case p.peek(1) == tWord && p.strAt(p.i+1) == "of":
		return p.foreign(p.tokSpan(p.i+1), "`of` is written `in`").edit(p.tokSpan(p.i+1), "in", "write `in`")
	}
	at := p.i
	whole := p.tries(func() { p.expr() }) && p.kind() == tLbrace
	p.i = at
	if d := p.foreign(head, "a loop with a condition is a `while`"); !whole {
		return d.help("write `while c { ... }`, or `for x in list { ... }`")
	} else {
		return d.edit(head, "while", "write `while`")
	}
}

// afterRange gives the end of the token at i, or of a `range` behind it.
func (p *parser) afterRange(i int) int {
	if i+1 < len(p.toks) && p.strAt(i+1) == "range" {
		return int(p.toks[i+1].end)
	}
	return int(p.toks[i].end)
}

func (p *parser) noIn() *Diagnostic {
	if p.kind() == tDefine || p.kind() == tAssign || p.kind() == tColon {
		return p.foreign(p.here(), "a list is walked with `in`").edit(p.span(int(p.toks[p.i].start), p.afterRange(p.i)), "in", "write `in`")
	}
	if p.at("of") {
		return p.foreign(p.here(), "`of` is written `in`").edit(p.here(), "in", "write `in`")
	}
	return p.unexpected("`in` and a list")
}

// catchHabit knows how other languages write a catch; the parser stands behind the
// keyword.
func (p *parser) catchHabit(start Pos) *Diagnostic {
	switch p.kind() {
	case tLbrace:
		return p.report(Span{start, start + 5}, codeBareCatch, "`catch` needs the errors that it handles").
			help("write `catch SomeError { ... }`, or `catch e { ... }` for all of them")
	case tLparen:
		return p.foreign(p.here(), "a `catch` has no parentheses").help("write `catch SomeError as e { ... }`")
	}
	return p.unexpected("the name of an error, or a variable for all of them")
}

func (p *parser) notAnErrorName() *Diagnostic {
	if p.kind() == tWord && !isClause.has(p.str()) && !p.beginsUnit(p.i) {
		name := upperFirst(p.str())
		d := p.report(p.here(), codeCase, "errors begin with a capital, unlike `%s`", p.str()).help("write `%s`", name)
		if p.declaredAs(name, "error") || builtinError(name) != nil {
			d.edit(p.here(), name, "write `%s`", name)
		}
		return d
	}
	return p.unexpected("the name of an error")
}

// failHabit reports what `fail` can't raise.
func (p *parser) failHabit(name *Name) *Diagnostic {
	switch {
	case name != nil:
		return p.report(p.here(), codeBadFail, "an error's fields stand in braces").help("write `fail %s { reason: \"...\" }`", name.Text)
	case p.kind().isText():
		return p.report(p.here(), codeBadFail, "`fail` raises a declared error, not a text").
			help("declare `error Refused { reason string }`, and write `fail Refused { reason: \"...\" }`")
	case p.kind() == tWord:
		return p.report(p.here(), codeBadFail, "`fail` raises a declared error").help("write `fail SomeError { reason: \"...\" }`")
	}
	return p.unexpected("an error to raise")
}

// waitHabit knows other ways to say how long; the parser stands behind `wait`.
func (p *parser) waitHabit(start Pos) *Diagnostic {
	switch {
	case p.kind() == kwFor:
		return p.foreign(p.here(), "`wait` is followed by how long").
			edit(Span{p.pos(), p.src.Pos(int(p.toks[p.i+1].start))}, "", "remove `for`")
	case p.kind() == tNL || p.kind() == tRbrace:
		return p.report(Span{start, start + 4}, codeUnexpected, "`wait` does not say how long").
			help("write `wait 10m`, or `wait until t`")
	}
	return p.looseUnit()
}

// notABranch reports what stands in a `parallel` instead of a branch.
func (p *parser) notABranch() *Diagnostic {
	switch {
	case p.kind().isWord() && p.peek(1) == tLbrace:
		at := p.span(int(p.toks[p.i].end), int(p.toks[p.i].end))
		return p.report(p.here(), codeBranch, "a branch's name is followed by `:`").edit(at, ":", "write `%s: { ... }`", p.str())
	case p.kind().isWord() && (p.peek(1) == tDefine || p.peek(1) == tAssign):
		return p.report(p.tokSpan(p.i+1), codeBranch, "a branch's name is followed by `:`").edit(p.span(int(p.toks[p.i].end), int(p.toks[p.i+1].end)), ":", "write `:`")
	case p.operationFollows():
		d := p.report(p.here(), codeBranch, "a branch begins with its name")
		if p.peek(1).isWord() {
			name := lowerFirst(p.strAt(p.i + 1))
			return d.help("write `%s: %s %s ...`", name, p.str(), p.strAt(p.i+1))
		}
		return d.help("write `name: %s ...`", p.str())
	}
	return p.report(p.here(), codeBranch, "a `parallel` holds branches, not %s", p.describe(p.i)).
		help("write `name: step s()`, or `name: { ... }`")
}

func (p *parser) branchOfExpr() *Diagnostic {
	if d := p.bareCall(""); d != nil {
		return d
	}
	return p.report(p.here(), codeBranch, "a branch is an operation or a block, not %s", p.describe(p.i)).
		help("a value alone needs no branch; compute it before or after the `parallel`")
}

func (p *parser) undoHabit() *Diagnostic {
	if d := p.bareCall("undo "); d != nil {
		return d
	}
	return p.report(p.here(), codeUnexpected, "`undo` is followed by an operation or a block, not by %s", p.describe(p.i)).
		help("write `undo step s(...)`, or `undo { ... }`")
}

// aloneOnLine are the words that are a statement by themselves.
var aloneOnLine = []string{"break", "commit", "continue", "return"}
