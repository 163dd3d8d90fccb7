package dsl

import (
	"go/constant"
	gotoken "go/token"
	"time"

	"github.com/durablegen/durablegen/internal/near"
)

// The clauses of declarations and of uses.

// declPolicy is the clauses of a declaration. They are read before participle has seen
// what stands before them; what is wrong with them is told when it has.
type declPolicy struct {
	policy Policy
	found  reports
}

// declPolicy parses the clauses of a declaration from token i on and gives the index of
// the token behind them: that of the body or of the declaration's end. What is no clause
// is reported and left out.
//
//	Policy = { Common | ▸"fails" Errors | ▸"reads" | ▸"idempotent" [ ▸"by" Primary ]
//	       | ▸"at" ( "most" | "least" ) "once" | ▸"stored" | ▸"retention" Primary } .
func (p *parser) declPolicy(u unit, i int) int {
	found := p.found
	p.i, p.found, p.declaring = i, nil, p.strAt(u.start)
	pol := &declPolicy{}
	for {
		p.skipNL()
		bodiless := p.kind() == tColon && p.i+1 == u.end
		if p.i >= u.end || p.kind() == tLbrace || bodiless {
			break
		}
		if !p.attempt(func() { p.declClause(&pol.policy, p.clause()) }) {
			p.skipToClause(u.end)
		}
	}
	pol.found, p.found, p.declaring = p.found, found, ""
	if p.policies == nil {
		p.policies = map[int]*declPolicy{}
	}
	p.policies[i] = pol
	return max(p.i, i+1)
}

// skipToClause goes to what may be the next clause of a declaration, to its body, or to
// its end.
func (p *parser) skipToClause(end int) {
	for p.i < end && p.kind() != tLbrace && !(p.kind() == tWord && ofDeclaration.has(p.str())) {
		p.i = max(p.i, int(p.toks[p.i].match))
		p.next()
	}
}

// declClause parses one clause of a declaration.
func (p *parser) declClause(pol *Policy, word string) {
	switch word {
	case "fails":
		start := p.pos()
		p.once(pol.Fails != nil, word)
		p.take(roleClause)
		if p.kind() == tLbrace {
			p.fail(p.noValue(word))
		}
		errors := p.errorNames()
		pol.Fails = &FailsClause{p.since(start), errors}
	case "reads":
		p.clauseOf(&pol.Reads, word, nil)
	case "stored":
		p.clauseOf(&pol.Stored, word, nil)
	case "idempotent":
		p.clauseOf(&pol.Idempotent, word, p.idempotentBy)
	case "at":
		p.onceClause(pol, word)
	case "retention":
		p.clauseOf(&pol.Retention, word, p.durationValue)
	default:
		if !p.policyClause(pol, word) {
			p.fail(p.notAClause())
		}
	}
}

// clauseOf parses a clause into dst; value parses what stands behind its word.
func (p *parser) clauseOf(dst **Clause, word string, value func(word string) Expr) {
	start := p.clausePos()
	p.once(*dst != nil, word)
	p.take(roleClause)
	c := &Clause{}
	if value != nil {
		c.Value = value(word)
	}
	c.Span = p.since(start)
	*dst = c
}

// idempotentBy parses the key of `idempotent`, if there is one.
func (p *parser) idempotentBy(string) Expr {
	if p.clause() == "by" {
		p.take(roleNone)
		return p.clauseValue("by")
	}
	switch {
	case p.kind() == tWord && !isClause.has(p.str()) && (policyHabits.has(p.str()) || near.Name(p.str(), ofDeclaration.words()) != ""):
		p.fail(p.unknownClause())
	case p.kind() == tWord && !isClause.has(p.str()) || p.kind() == tLparen:
		p.fail(p.report(p.here(), codeUnexpected, "`by` is missing behind `idempotent`").
			edit(Span{p.pos(), p.pos()}, "by ", "write `idempotent by ...`"))
	}
	return nil
}

// onceClause parses `at most once` or `at least once`; the parser stands at `at`.
func (p *parser) onceClause(pol *Policy, word string) {
	dst := &pol.AtMostOnce
	if p.strAt(p.i+1) == "least" {
		dst = &pol.AtLeastOnce
	}
	p.clauseOf(dst, word, p.orOnce)
}

// orOnce takes the rest of `at most once` or `at least once`.
func (p *parser) orOnce(string) Expr {
	at, bound := p.i-1, "most"
	if p.at("least") {
		bound = "least"
	}
	for _, word := range []string{bound, "once"} {
		if p.at(word) {
			p.next()
			continue
		}
		d := p.report(p.span(int(p.toks[at].start), int(p.toks[p.i-1].end)), codeUnknownClause, "expected `at %s once`, found %s", bound, p.describe(p.i)).
			help("a step is run `at most once`, or `at least once`, and then as often as `retry` says")
		if found := p.str(); word == "once" && (found == "one" || found == "1" || near.Name(found, []string{"once"}) != "") {
			d.edit(p.here(), "once", "write `at %s once`", bound)
		}
		p.fail(d)
	}
	return nil
}

// use parses the clauses at a use.
//
//	Use = { Label | Common } .
func (p *parser) use(base *OpBase) {
	for p.useClause(base, p.clause()) {
	}
}

// useClause parses one clause that any use may have, if word begins one.
func (p *parser) useClause(base *OpBase, word string) bool {
	if p.useLabel(base, word) || p.policyClause(&base.Use, word) {
		return true
	}
	if !ofDeclarationAlone(word) || p.kind() == tNL {
		return false // a statement of its own, as far as one can tell
	}
	p.fail(p.report(p.here(), codeClausePlace, "`%s` belongs to the declaration, not to a use", word))
	return true
}

// policyClause parses one clause that declarations and uses have, if word begins one.
//
//	Common   = ▸"retry" ( "none" | Primary { Schedule | ▸"on" Failures | ▸"except" Failures } )
//	         | ▸"timeout" Primary | ▸"heartbeat" Primary .
//	Schedule = ▸"every" Primary | ▸"backoff" Primary | ▸"max" Primary | ▸"jitter" word .
func (p *parser) policyClause(pol *Policy, word string) bool {
	switch word {
	case "retry":
		pol.Retry = append(pol.Retry, p.retry())
	case "timeout":
		p.clauseOf(&pol.Timeout, word, p.durationValue)
	case "heartbeat":
		p.clauseOf(&pol.Heartbeat, word, p.durationValue)
	default:
		return false
	}
	return true
}

// retry parses a schedule of attempts; the parser stands at `retry`.
func (p *parser) retry() *RetryClause {
	start := p.clausePos()
	p.take(roleClause)
	r := &RetryClause{}
	if p.got(kwNone) {
		r.None = true
		r.Span = p.since(start)
		return r
	}
	if p.declaring == "" && p.kind() == tWord && isClause.has(p.str()) && !p.peek(1).isOperator() && p.peek(1) != tDot && p.peek(1) != tNL {
		p.fail(p.report(p.tokSpan(p.i-1), codeUnexpected, "`retry` does not say how often").help("write `retry 5 %s ...`", p.str()))
	}
	r.Times = p.clauseValue("retry")
	if p.at("times") {
		p.report(p.here(), codeUnknownClause, "`retry` is followed by a number alone").edit(p.here(), "", "remove `times`")
		p.next()
	}
	for {
		switch word := p.clause(); word {
		case "every", "backoff", "max", "jitter":
			p.schedule(&r.Schedule, word, roleSubclause)
			continue
		case "on":
			p.failures(&r.On, word)
			continue
		case "except":
			p.failures(&r.Except, word)
			continue
		}
		r.Span = p.since(start)
		return r
	}
}

// failures parses the failures that a part of `retry` names; the parser stands at word.
func (p *parser) failures(dst **Failures, word string) {
	start := p.clausePos()
	p.once(*dst != nil, word)
	p.take(roleSubclause)
	names := p.failureNames()
	*dst = &Failures{Span: p.since(start), Errors: names}
}

// schedule parses one part of a schedule; the parser stands at word.
func (p *parser) schedule(s *Schedule, word string, r role) {
	switch word {
	case "every":
		p.valueOf(&s.Every, word, r, p.durationValue)
	case "backoff":
		p.valueOf(&s.Backoff, word, r, p.clauseValue)
	case "max":
		p.valueOf(&s.Max, word, r, p.durationValue)
	case "jitter":
		p.once(s.Jitter != nil, word)
		p.take(r)
		if p.declaring != "" && !p.kind().isWord() {
			p.noValue(word)
			return
		}
		s.Jitter = p.word("`full`, `half` or `none`")
	}
}

// valueOf parses a clause that is all in its value; the parser stands at word.
func (p *parser) valueOf(dst *Expr, word string, r role, value func(word string) Expr) {
	p.once(*dst != nil, word)
	p.take(r)
	*dst = value(word)
}

// once reports a clause that is there already.
func (p *parser) once(twice bool, word string) {
	if twice {
		start := p.clausePos()
		p.report(Span{start, start + Pos(len(word))}, codeDuplicateClause, "a second `%s`", word).
			help("every clause stands once")
	}
}

// noValue reports a clause that ends with its word.
func (p *parser) noValue(word string) *Diagnostic {
	return p.report(p.tokSpan(p.i-1), codeUnexpected, "`%s` lacks its value", word)
}

// clauseValue parses the value of a clause. One that can't be read is left out of a
// declaration, which goes on with its next clause; a use is given up.
func (p *parser) clauseValue(word string) (x Expr) {
	if p.declaring == "" {
		return p.singleOperand(word)
	}
	start := p.pos()
	ends := func() bool {
		switch p.kind() {
		case tNL, tEOF, tLbrace, kwUndo, kwCatch:
			return true
		}
		return p.kind() == tWord && isClause.has(p.str())
	}
	if ends() {
		p.noValue(word)
	} else if p.attempt(func() { x = p.singleOperand(word) }) {
		return x
	}
	for !ends() {
		p.i = max(p.i, int(p.toks[p.i].match))
		p.next()
	}
	return p.bad(start)
}

// singleOperand parses the value of a clause, which is a single operand: a calculation
// stands in parentheses.
func (p *parser) singleOperand(word string) Expr {
	start := p.i
	if next := p.peek(1); p.kind() == tMinus && (next == tInt || next == tFloat || next == tDuration) {
		x := p.bad(p.pos())
		p.report(Span{p.pos(), p.tokSpan(p.i + 1).End}, codeUnexpected, "the value of `%s` is not negative", word)
		p.next()
		p.next()
		return x
	}
	if p.looseUnit() != nil {
		x := p.bad(p.pos())
		p.next()
		p.next()
		return x
	}
	if p.kind() != tMinus && p.kind() != tNot {
		x := p.primary()
		if !p.kind().isOperator() {
			return x
		}
	}
	p.i = start
	var x Expr
	if !p.tries(func() { x = p.binary(precOr) }) {
		p.i = start
		return p.primary()
	}
	text := p.source(x.Range())
	p.report(x.Range(), codeUnexpected, "the value of a clause is a single operand").
		help("put the expression in parentheses").edit(x.Range(), "("+text+")", "write `(%s)`", text)
	return x
}

// durationValue parses the value of a clause that is a duration.
func (p *parser) durationValue(word string) Expr { return p.withUnit(p.clauseValue(word), word) }

// withUnit reports an integer where a duration must stand, and makes seconds of it.
func (p *parser) withUnit(x Expr, word string) Expr {
	n, ok := x.(*IntExpr)
	if !ok {
		return x
	}
	p.report(x.Range(), codeMissingUnit, "`%s` needs a unit after `%s`", word, n.Text).
		help("write `%ss` for seconds, `%sm` for minutes, `%sh` for hours, `%sd` for days", n.Text, n.Text, n.Text, n.Text)
	n.val = constant.BinaryOp(n.val, gotoken.MUL, constant.MakeInt64(int64(time.Second)))
	return &DurationExpr{n.exprBase, n.Text + "s"}
}

// looseUnit reports a number whose unit is a word of its own.
func (p *parser) looseUnit() *Diagnostic {
	if p.kind() != tInt && p.kind() != tFloat || p.peek(1) != tWord || unitNames[p.strAt(p.i+1)] == 0 || ofUse.has(p.strAt(p.i+1)) {
		return nil
	}
	text := p.str() + p.strAt(p.i+1)
	if _, problem := parseDuration(text); problem != "" {
		if better, ok := betterDuration(text); ok {
			text = better
		}
	}
	at := Span{p.pos(), p.tokSpan(p.i + 1).End}
	return p.foreign(at, "a duration is one word").edit(at, text, "write `%s`", text)
}

// notAClause reports what stands among the clauses of a declaration and begins none.
func (p *parser) notAClause() *Diagnostic {
	word, at := p.str(), p.here()
	switch k := p.kind(); {
	case k == kwUndo || k == kwCatch:
		return p.report(at, codeClausePlace, "`%s` stands where the %s is used, not where it is declared", word, p.declaring)
	case k == tWord && ofRetry.has(word):
		return p.report(at, codeClausePlace, "`%s` is a part of `retry`", word).help("write it behind `retry 5`")
	case word == "by":
		return p.report(at, codeClausePlace, "`by` belongs to `idempotent`").help("write `idempotent by order.id`")
	case k == tWord:
		return p.unknownClause()
	case k == tAssign:
		return p.report(at, codeUnexpected, "%s has nothing to stand for", withArticle(p.declaring)).
			help("only a `function` has a target behind `=`, and a `func` an expression")
	case precedence(k) != precNone:
		return p.report(at, codeUnexpected, "the value of a clause is a single operand").help("put the expression in parentheses")
	case p.declaring == "workflow":
		return p.unexpected("a clause or the body in `{ ... }`")
	}
	return p.unexpected("a clause or the end of the line")
}

// unknownClause reports a word that begins no clause.
func (p *parser) unknownClause() *Diagnostic {
	word, at := p.str(), p.here()
	if d := policyHabits.report(p, at, word); d != nil {
		return d
	}
	d := p.report(at, codeUnknownClause, "unknown clause `%s`", word)
	if best := near.Name(word, isClause.words()); best != "" {
		return d.suggestWord(word, best)
	}
	return d.help("clauses are fails, retry, timeout, heartbeat, reads, idempotent, at most once, at least once and retention")
}
