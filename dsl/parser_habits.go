package dsl

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/durablegen/durablegen/internal/near"
)

// What people type first, coming from Go or elsewhere, and what to tell them.
// Every function reports one kind of mistake at the parser's place; those named
// …Habit give nil if it is none that they know.

func lowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[size:]
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// foreign reports what other languages have, and what is written here instead.
func (p *parser) foreign(at Span, format string, args ...any) *Diagnostic {
	return p.report(at, codeForeign, format, args...)
}

// habit knows the current token as one of another language, wherever it stands.
func (p *parser) habit() *Diagnostic {
	if p.kind() != tAlien {
		return nil
	}
	op := p.str()
	if strings.HasSuffix(op, "=") && !operatorHabits.has(op) || op == "++" || op == "--" {
		return p.foreign(p.here(), "there is no `%s`", op).help("write the assignment out, as in `x = x + 1`")
	}
	if d := operatorHabits.report(p, p.here(), op); d != nil {
		return d
	}
	return p.foreign(p.here(), "there is no `%s`", op)
}

// Expressions.

// exprHabit looks at what follows an expression.
func (p *parser) exprHabit(x Expr) *Diagnostic {
	switch p.kind() {
	case tAlien:
		return p.habit()
	case tQuestion:
		return p.ternary(x)
	case tNot:
		return p.foreign(p.here(), "there is no `!` behind a value").
			help("what may be absent is looked at first, `if x != none { ... }`, or replaced, `x ?? v`")
	case tWord:
		switch op := p.str(); op {
		case "and", "or":
			to := map[string]string{"and": "&&", "or": "||"}[op]
			return p.foreign(p.here(), "`%s` is written `%s`", op, to).edit(p.here(), to, "write `%s`", to)
		case "is":
			if p.peek(1) == tWord && p.strAt(p.i+1) == "not" {
				at := Span{p.pos(), p.tokSpan(p.i + 1).End}
				return p.foreign(at, "`is not` is written `!=`").edit(at, "!=", "write `!=`")
			}
			return p.foreign(p.here(), "`is` is written `==`").edit(p.here(), "==", "write `==`")
		}
	}
	return nil
}

// ternary reports `a ? b : c` and writes it as it is written here, if it can.
func (p *parser) ternary(cond Expr) *Diagnostic {
	at := p.here()
	p.next()
	var then, other Expr
	ok := p.tries(func() {
		then = p.expr()
		p.want(tColon, "`:`")
		other = p.expr()
	})
	if !ok || p.kind() == tQuestion { // one in the other is written by its author
		return p.foreign(at, "`?` belongs to types; as an operator there is none").
			help("`a ?? b` gives b where a is absent; a choice is `if c { a } else { b }`")
	}
	text := "if " + p.source(cond.Range()) + " { " + p.source(then.Range()) + " } else { " + p.source(other.Range()) + " }"
	return p.foreign(at, "there is no `?:`").help("write `if c { a } else { b }`").
		edit(Span{cond.Pos(), other.Range().End}, text, "write `%s`", text)
}

// wordHabit knows words that mean something elsewhere.
func (p *parser) wordHabit() *Diagnostic {
	text := p.str()
	switch next := p.peek(1); text {
	case "nil", "null", "undefined", "None":
		if next != tLparen && next != tDot {
			return p.foreign(p.here(), "what is absent is `none`, not `%s`", text).edit(p.here(), "none", "write `none`")
		}
	case "not":
		if next.isWord() || next == tLparen {
			return p.notHabit()
		}
	case "func", "lambda", "fn":
		if next == tLparen || next == tWord {
			return p.foreign(p.here(), "there are no function values").help("declare a `func` beside the workflow")
		}
	case "new", "make":
		if next == tName || next == tLparen && (p.peek(2) == tName || p.peek(2) == kwMap || p.peek(2) == tLbrack) {
			return p.foreign(p.here(), "there is no `%s`", text).
				help("a record is written `Order { id: x }`, a list `[]`, a map `map[string]int {}`")
		}
	case "range":
		if next.isWord() || next == tInt {
			return p.foreign(p.here(), "`range` is a function here").
				help("loop over a list with `for x in list` or `for i, x in list`, over numbers with `for i in range(n)`")
		}
	}
	if k := p.peek(1); k.isText() && p.toks[p.i].end == p.toks[p.i+1].start {
		d := p.foreign(p.here(), "a text has no `%s` in front", text).
			help("holes, `{name}`, are in every text; a raw text stands in backquotes")
		if text == "f" && !strings.Contains(p.strAt(p.i+1), `\{`) {
			d.edit(p.here(), "", "remove it") // any other has a text that means something else
		}
		return d
	}
	if text[0] == '_' {
		p.checkName(p.i, "a variable")
		p.fail(nil)
	}
	return nil
}

// valueHabit knows what looks like an operation and is none; the parser stands at
// a word that begins a value.
func (p *parser) valueHabit() *Diagnostic {
	word := p.str()
	next := p.peek(1)
	switch {
	case word == "group" && (next == tLbrace || next == tString):
		return p.namelessGroup()
	case !next.isWord() || p.peek(2) != tLparen || next.isReserved():
		return nil
	case word == "not" || word == "new" || isClause.has(p.strAt(p.i+1)) || p.strAt(p.i+1) == "and" || p.strAt(p.i+1) == "or" || p.strAt(p.i+1) == "is":
		return nil
	}
	d := p.report(p.here(), codeUnexpected, "`%s` does not begin an operation", word)
	p.noteAllDecls()
	if op := useOf[p.decls[p.strAt(p.i+1)]]; op != "" {
		d.suggestWord(word, op)
		return d.help("a %s is run with `%s`", p.decls[p.strAt(p.i+1)], op)
	}
	if best := near.Name(word, beginsOperation.words()); best != "" {
		return d.suggestWord(word, best)
	}
	return d.help("operations are step, callback, invoke, call, poll, open, await, group, wait, parallel and map")
}

// notHabit reports `not c`, which reaches over comparisons as `!c` does not.
func (p *parser) notHabit() *Diagnostic {
	at, i := p.here(), p.i
	p.next()
	at.End = p.pos()
	var x Expr
	ok := p.tries(func() { x = p.binary(precAnd + 1) })
	p.i = i
	d := p.foreign(p.here(), "`not` is written `!`")
	if b, is := x.(*BinaryExpr); ok && is {
		text := "!(" + p.source(b.Range()) + ")"
		return d.edit(Span{at.Start, b.Range().End}, text, "write `%s`", text)
	}
	return d.edit(at, "!", "write `!`")
}

func (p *parser) methodCall(x *SelectorExpr) *Diagnostic {
	recv := p.source(x.X.Range())
	if id, ok := x.X.(*IdentExpr); ok {
		if d := p.foreignPackage(Span{id.Pos(), x.Name.End}, id.Name, x.Name.Text); d != nil {
			return d
		}
	}
	d := p.foreign(x.Name.Span, "values have no methods")
	if x.Name.Text == "push" || x.Name.Text == "add" {
		return d.help("`append(%s, …)` gives a new list; it changes none", recv)
	}
	if builtin := builtinLike(x.Name.Text); builtin != "" && onlyLike[x.Name.Text] != "" {
		return d.help("see whether `%s` will do: it gives %s", builtin, onlyLike[x.Name.Text])
	} else if builtin != "" {
		args := ""
		if end := int(p.toks[p.i].match); end > p.i+1 {
			args = p.source(Span{p.src.Pos(int(p.toks[p.i+1].start)), p.src.Pos(int(p.toks[end-1].end))})
		}
		if _, isText := x.X.(*StringExpr); isText && builtin == "join" {
			recv, args = args, recv
		}
		call := builtin + "(" + recv + ")"
		if args != "" {
			call = builtin + "(" + recv + ", " + args + ")"
		}
		return d.edit(Span{x.Pos(), p.tokSpan(int(p.toks[p.i].match)).End}, call, "write `%s`", call)
	}
	switch x.Name.Text {
	case "map", "filter", "forEach", "reduce", "find", "some", "every":
		return d.help("a list is made of another with `[f(x) for x in %s if cond]`", recv)
	}
	return d.help("call a func or built-in with the value: `%s(%s)`", x.Name.Text, recv)
}

// builtinLike gives the built-in function that does what one of another language
// does; empty if there is none.
func builtinLike(name string) string {
	name = lowerFirst(name)
	if builtinFunc(name) != nil {
		return name
	}
	return foreignFuncs[name]
}

// onlyLike are the names of functions elsewhere that do something else than the built-in one
// that comes next, or may do so, and what that gives.
var onlyLike = map[string]string{
	"replace": "the text with all of them replaced", "round": "a `float`, with halves away from zero", "concat": "the elements of a list of lists",
	"remove": "a new map without the key", "delete": "a new map without the key", "count": "how many elements there are", "add": "a new list",
}

// foreignPackages are what people from elsewhere call functions of.
var foreignPackages = map[string]bool{"strings": true, "fmt": true, "math": true, "strconv": true, "json": true, "sort": true, "slices": true,
	"maps": true, "errors": true, "http": true, "os": true, "io": true, "net": true, "sql": true, "exec": true, "process": true, "log": true, "console": true, "context": true, "regexp": true, "re": true,
	"Math": true, "JSON": true, "Object": true, "Array": true, "Number": true, "String": true, "Promise": true,
	"time": true, "Date": true, "datetime": true, "rand": true, "random": true, "uuid": true, "crypto": true}

// effects are those of them that do more, or know more, than their arguments say: no
// func may call them.
var effects = map[string]bool{"http": true, "os": true, "io": true, "net": true, "sql": true, "exec": true, "process": true, "log": true,
	"console": true, "context": true}

var listMethods = map[string]bool{"length": true, "size": true, "len": true, "count": true, "map": true, "filter": true, "forEach": true,
	"reduce": true, "push": true, "append": true, "find": true, "some": true, "every": true, "sort": true}

// foreignPackage reports a call such as `time.Now()`.
func (p *parser) foreignPackage(at Span, pkg, name string) *Diagnostic {
	if !foreignPackages[pkg] || pkg == lowerFirst(pkg) && listMethods[name] {
		return nil // a list may have such a name
	}
	builtin := ""
	switch lower := strings.ToLower(name); {
	case lower == "now" || lower == "today" || lower == "utcnow":
		builtin = "now"
	case pkg == "uuid" || lower == "randomuuid" || lower == "uuid4":
		builtin = "uuid"
	case pkg == "rand" || lower == "random":
		builtin = "random"
	}
	if builtin != "" {
		return p.report(at, codeBareStep, "`%s.%s()` differs each time, so it must be recorded by a step", pkg, name).
			help("give it a line of its own: `x := step %s()`", builtin)
	}
	d := p.foreign(at, "there is no `%s.%s`", pkg, name)
	if builtin, like := builtinLike(name), onlyLike[lowerFirst(name)]; like != "" {
		return d.help("see whether `%s` will do: it gives %s", builtin, like)
	} else if builtin != "" {
		return d.edit(at, builtin, "write `%s`", builtin)
	}
	if effects[pkg] {
		return d.help("a `step` does this in Go, and its result is recorded: `x := step %s(…)`", lowerFirst(name))
	}
	return d.help("see the built-in functions, or declare a pure `func` and write it in Go")
}

// operationInExpr reports an operation where only an expression can stand.
func (p *parser) operationInExpr() *Diagnostic {
	name := ""
	if p.peek(1).isWord() {
		name = " " + p.strAt(p.i+1)
	}
	at := p.here()
	if name != "" {
		at.End = p.src.Pos(int(p.toks[p.i+1].end))
	}
	return p.report(at, codeOperationInExpr, "the operation `%s%s` can't stand inside an expression", p.str(), name).
		help("give it a line of its own before, as in `x := %s%s(...)`, and use `x` here", p.str(), name)
}

// notAnExpr reports what can't begin an expression.
func (p *parser) notAnExpr() *Diagnostic {
	if p.cutShort() {
		return p.unexpected("an expression")
	}
	switch k := p.kind(); k {
	case kwWait, kwParallel, kwSelect:
		return p.operationInExpr()
	case kwMap:
		if p.peek(1).isWord() {
			return p.operationInExpr()
		}
		return p.report(p.here(), codeUnexpected, "`map` alone is no value").help("write `map[string]int { \"a\": 1 }`")
	case kwSwitch:
		return p.stmtAsValue()
	case tLbrace:
		return p.foreign(p.here(), "a map or record needs its type in front").
			help("write `map[string]int { \"a\": 1 }`, or `Order { id: x }`")
	case tAlien:
		switch p.str() {
		case "&":
			if p.peek(1).isWord() {
				return p.foreign(p.here(), "there are no pointers; values are copied").edit(p.here(), "", "remove the `&`")
			}
		}
		return p.habit()
	case tPlus:
		return p.report(p.here(), codeUnexpected, "a number has no `+` in front").edit(p.here(), "", "remove it")
	case tStar:
		return p.foreign(p.here(), "there are no pointers; values are copied")
	default:
		if n := p.peek(1); k.isReserved() && (n == tDot || n == tAssign || n == tComma || n == tRparen || n == tNL || n.isOperator()) {
			return p.report(p.here(), codeReserved, "the keyword `%s` can't be a name", p.str()).help("choose another name")
		}
	}
	return p.unexpected("an expression")
}

func (k tokenKind) isOperator() bool { return k >= tPlus && k <= tAbsent }

func (p *parser) bareCapital(name *Name) *Diagnostic {
	if p.kind() == tLparen {
		return p.report(name.Span, codeBareType, "`%s` is not called", name.Text).
			help("a record is written `%s { field: value }`; funcs begin with a small letter", name.Text)
	}
	if d := valueHabits.report(p, name.Span, name.Text); d != nil {
		return d
	}
	return p.report(name.Span, codeBareType, "`%s` alone is no value", name.Text).
		help("a record is written `%s { field: value }`, a value of an enum `%s.value`; variables begin with a small letter", name.Text, name.Text)
}

// notAField reports a field of a record value without its colon.
func (p *parser) notAField(name *Name) *Diagnostic {
	switch p.kind() {
	case tAssign, tDefine:
		return p.report(p.here(), codeUnexpected, "a field's value stands behind `:`").edit(Span{name.End, p.here().End}, ":", "write `:`")
	case tComma, tNL, tRbrace:
		return p.report(name.Span, codeUnexpected, "the field `%s` has no value", name.Text).
			help("every value stands behind the name of its field: `%s: …`", name.Text)
	}
	return p.unexpected("`:` and the value of `" + name.Text + "`")
}

// goList reports a list with its type in front, as Go writes it; the parser
// stands at `]`.
func (p *parser) goList(start Pos) *Diagnostic {
	if k := p.peek(1); k != tWord && k != tName && k != kwMap && k != tLbrack {
		return nil
	}
	i := p.i + 1
	for i < len(p.toks) && p.toks[i].kind != tLbrace {
		switch p.toks[i].kind {
		case tLbrack:
			if p.toks[i+1].kind != tRbrack && p.toks[i-1].kind != kwMap {
				return nil // an index of the empty list
			}
		case tWord:
			if name := p.strAt(i); !isTypeName.has(name) && !typeHabits.has(name) {
				return nil // the word of a clause
			}
		case tName, tRbrack, kwMap, tQuestion, tDot:
		default:
			return nil
		}
		i++
	}
	if i >= len(p.toks) {
		return nil
	}
	end := int(p.toks[i].match)
	d := p.foreign(Span{start, p.src.Pos(int(p.toks[i].start))}, "a list is written without its type").help("write `[a, b]`, or `[]` for an empty one")
	if end > i {
		inner := strings.TrimSpace(p.text[p.toks[i].end:p.toks[end].start])
		if elem := p.text[p.toks[p.i+1].start:p.toks[i].start]; inner != "" && !strings.Contains(inner, "\n") && valuesShow(elem) {
			d.edit(p.span(p.src.Offset(start), int(p.toks[end].end)), "["+inner+"]", "write `[%s]`", inner)
		}
	}
	return d
}

// valuesShow reports whether values of a type can be of no other one: `1` is a float, too,
// where one is declared.
func valuesShow(typ string) bool {
	typ = strings.TrimSpace(typ)
	return typ == "int" || typ == "string" || typ == "bool" || upperFirst(typ) == typ && !strings.ContainsAny(typ, "[]?.*")
}

func (p *parser) namedArg(x Expr) *Diagnostic {
	return p.foreign(Span{x.Pos(), p.here().End}, "arguments go by their position, without names").
		help("remove the name, and see to it that the order is that of the declaration")
}

// againAsValue reports an `again` where a value should stand.
func (p *parser) againAsValue() *Diagnostic {
	d := p.foreign(p.here(), "`again` is a statement and has no value")
	if i := p.i - 1; i >= 0 && p.toks[i].kind == kwReturn {
		return d.edit(Span{p.tokSpan(i).Start, p.pos()}, "", "remove `return`: `again` ends the execution")
	}
	return d.help("it ends the execution: write it alone, as the last statement of the workflow")
}

// stmtAsValue reports a statement on the right of an assignment.
func (p *parser) stmtAsValue() *Diagnostic {
	word := p.str()
	d := p.foreign(p.here(), "`%s` is a statement and has no value", word)
	switch p.kind() {
	case kwSwitch:
		return d.help("declare `var x T` above and assign `x` in every case, or write `if c { a } else { b }`")
	case kwSelect:
		return d.help("bind the winner's value in its case, as in `case x := await t { ... }`")
	case kwFor:
		return d.help("a list is made with `[f(x) for x in list]`")
	}
	return d.help("declare `var x T` above and assign `x` inside")
}

// Types.

// foreignType reports what can't begin a type.
func (p *parser) foreignType() *Diagnostic {
	switch {
	case p.kind() == tStar:
		d := p.report(p.here(), codeBadType, "there are no pointers")
		return d.help("what may be absent is written `T?`")
	case p.kind() == tLparen:
		return p.report(p.here(), codeBadType, "there is one result; several values are fields of a record")
	}
	return p.unexpected("a type")
}

// notAType reports a small word that is no type; the parser stands at it.
func (p *parser) notAType(name string) {
	at := p.here()
	if p.peek(1) == tDot {
		p.next()
		p.next()
		if p.kind().isWord() {
			at.End = p.here().End
			full := p.source(at)
			local := upperFirst(p.str())
			p.next()
			switch full {
			case "time.Time":
				p.report(at, codeBadType, "the type `%s` is written `time`", full).edit(at, "time", "write `time`")
			case "time.Duration":
				p.report(at, codeBadType, "the type `%s` is written `duration`", full).edit(at, "duration", "write `duration`")
			case "json.RawMessage":
				p.report(at, codeBadType, "the type `%s` is written `json`", full).edit(at, "json", "write `json`")
			default:
				p.report(at, codeBadType, "a Go type has a name of its own here").
					help("declare `type %s = %s`, and write `%s`", local, full, local)
			}
			p.fail(nil)
		}
		p.fail(p.unexpected("the name of a type"))
	}
	switch {
	case name == "byte" && p.i > 1 && p.toks[p.i-1].kind == tRbrack && p.toks[p.i-2].kind == tLbrack:
		typeHabits.report(p, at, name).edit(Span{p.tokSpan(p.i - 2).Start, at.End}, "bytes", "write `bytes`").Help = ""
	case typeHabits.has(name):
		typeHabits.report(p, at, name)
	case p.declaredAs(name, "type", "enum", "error") || p.declaredAs(upperFirst(name), "type", "enum", "error"):
		p.report(at, codeCase, "types begin with a capital, unlike `%s`", name).edit(at, upperFirst(name), "write `%s`", upperFirst(name))
	default:
		best := near.Name(name, isTypeName.words())
		d := p.report(at, codeBadType, "unknown type `%s`", name)
		if best != "" {
			d.suggestWord(name, best)
		} else {
			d.help("built-in types are string, int, float, bool, bytes, time, duration and json; all others begin with a capital")
		}
	}
	p.next()
	if p.kind() == tLbrace || p.kind() == tLparen || p.kind() == tLbrack {
		p.fail(nil)
	}
}

// declaredAs reports whether the file declares a name with one of the keywords.
func (p *parser) declaredAs(name string, keywords ...string) bool {
	p.noteAllDecls()
	return slices.Contains(keywords, p.decls[name])
}

func keys[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}
