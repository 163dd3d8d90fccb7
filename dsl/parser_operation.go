package dsl

// operationFollows reports whether an operation begins here: a keyword of its
// own, or a word that begins one where another word follows.
func (p *parser) operationFollows() bool {
	switch p.kind() {
	case kwWait, kwParallel:
		return true
	case kwMap:
		return p.peek(1) != tLbrack
	case tWord:
		return p.peek(1).isWord() && beginsOperation.has(p.str())
	}
	return false
}

// operation parses an operation with its clauses but without its tail. The
// keyword decides which.
//
//	Operation = ( "step" | "callback" | "invoke" | "call" ) word Args Use
//	          | Wait | "open" word Use | "await" name Use | Poll
//	          | "group" word { Label | ▸"timeout" Primary | ▸"until" "await" name } Block
//	          | [ "settled" ] ( Parallel | Map ) .
func (p *parser) operation() Operation {
	p.enter()
	defer p.leave()
	base := OpBase{Keyword: p.here()}
	start := p.pos()
	word := p.str()
	switch p.kind() {
	case kwWait:
		return p.wait(base)
	case kwParallel:
		return p.parallel(base, false, start)
	case kwMap:
		return p.mapOp(base, false, start)
	}
	if !beginsOperation.has(word) {
		p.fail(p.unexpected("an operation"))
	}
	p.next()
	switch word {
	case "settled":
		base.Keyword = p.since(start)
		switch p.kind() {
		case kwParallel:
			return p.parallel(base, true, start)
		case kwMap:
			return p.mapOp(base, true, start)
		}
		p.fail(p.report(base.Keyword, codeUnexpected, "`settled` stands before `parallel` or `map` only"))
	case "open":
		op := &OpenOp{OpBase: base}
		op.Callee = p.word("the name of a callback")
		p.noArgs(op.Callee)
		p.use(&op.OpBase)
		op.Span = p.since(start)
		return op
	case "await":
		if p.operationFollows() {
			p.fail(p.foreign(base.Keyword, "every operation waits for its result; `await` takes what `open` gives").
				edit(Span{start, p.pos()}, "", "remove `await`"))
		}
		if p.kind().isWord() && (p.peek(1) == tLparen || p.strAt(p.i) == "Promise") {
			p.fail(p.awaitCall(base.Keyword))
		}
		op := &AwaitOp{OpBase: base}
		op.Callee = p.name("the name of what is awaited")
		p.use(&op.OpBase)
		op.Span = p.since(start)
		return op
	case "group":
		op := &GroupOp{OpBase: base}
		op.Callee = p.word("the name of the group")
		if end := int(p.toks[p.i].match); p.kind() == tLparen && end == p.i+1 {
			at := p.span(int(p.toks[p.i].start), int(p.toks[end].end))
			p.report(at, codeUnexpected, "a group takes no arguments").edit(at, "", "remove the `()`")
			p.i = end
			p.next()
		}
		p.header(func() { p.groupClauses(op) })
		op.Body = p.block()
		op.Span = p.since(start)
		return op
	case "poll":
		return p.poll(base, start)
	}
	callee := p.word("the name of a " + calleeKinds[word])
	base.Callee = callee
	args := p.callArgs(word, callee)
	p.use(&base)
	base.Span = p.since(start)
	switch word {
	case "step":
		return &StepOp{OpBase: base, Args: args}
	case "callback":
		return &CallbackOp{OpBase: base, Args: args}
	case "invoke":
		return &InvokeOp{OpBase: base, Args: args}
	}
	return &CallOp{OpBase: base, Args: args}
}

var calleeKinds = map[string]string{"step": "step", "callback": "callback", "invoke": "function", "call": "workflow", "poll": "step"}

// groupClauses parses what stands between a group's name and its body.
func (p *parser) groupClauses(op *GroupOp) {
	for {
		word := p.clause()
		if word != "until" {
			if !p.useClause(&op.OpBase, word) {
				return
			}
			continue
		}
		p.once(op.Until != nil, word)
		p.take(roleClause)
		if !p.at("await") {
			p.fail(p.report(p.here(), codeUnexpected, "a group ends with an answer: expected `await`, found %s", p.describe(p.i)).
				help("open a callback before, `t := open ...`, and write `until await t`; what ends it after some time is `timeout 1h`"))
		}
		op.Until = &AwaitOp{OpBase: OpBase{Keyword: p.here()}}
		start := p.pos()
		p.next()
		op.Until.Callee = p.name("the name of what is awaited")
		op.Until.Span = p.since(start)
	}
}

// wait parses a wait.
//
//	Wait = "wait" [ "until" ] Expr Use .
func (p *parser) wait(base OpBase) Operation {
	start := p.pos()
	p.next()
	op := &WaitOp{OpBase: base}
	if p.at("until") {
		p.next()
		op.Until = true
	}
	if d := p.waitHabit(start); d != nil {
		p.fail(d)
	}
	op.For = p.expr()
	if !op.Until {
		op.For = p.withUnit(op.For, "wait")
	}
	p.use(&op.OpBase)
	op.Span = p.since(start)
	return op
}

// poll parses a poll. Its clauses may stand in any order, `until` last.
//
//	Poll = "poll" word Args { ▸"from" Primary | Label }
//	       ▸"every" Primary { ▸"backoff" Primary | ▸"max" Primary | ▸"jitter" word }
//	       [ Times ] { Common } ▸"until" Expr .
func (p *parser) poll(base OpBase, start Pos) Operation {
	op := &PollOp{OpBase: base}
	op.Callee = p.word("the name of a step")
	op.Args = p.callArgs("poll", op.Callee)
	head := p.since(start)
clauses:
	for {
		switch word := p.clause(); word {
		case "from":
			p.valueOf(&op.From, word, roleClause, p.clauseValue)
		case "at":
			p.once(op.AtMost != nil, word)
			op.AtMost = p.times()
		case "every", "backoff", "max", "jitter":
			p.schedule(&op.Schedule, word, roleClause)
		default:
			if !p.useClause(&op.OpBase, word) {
				break clauses
			}
		}
	}
	if p.clause() == "until" {
		p.take(roleUntil)
		op.Until = p.expr()
		switch word := p.clause(); word {
		case "every", "backoff", "max", "jitter", "at", "from", "as", "was", "retry", "timeout":
			start := p.clausePos()
			p.fail(p.report(Span{start, start + Pos(len(word))}, codeClauseOrder, "`%s` comes before `until`", word).
				help("`until` ends a poll: `poll s() every 1m at most 60 times until x.done`"))
		}
	} else {
		if d := p.clauseHabit(); d != nil {
			p.fail(d)
		}
		d := p.report(head, codePollIncomplete, "the poll does not say when it is done")
		d.help("end it with a condition, as in `until x.status == Status.ready`")
		p.fail(d)
	}
	op.Span = p.since(start)
	if op.Every == nil {
		p.report(head, codePollIncomplete, "the poll does not say how often").help("add `every 1m`")
	}
	return op
}

// parallel parses branches that run at the same time.
//
//	Parallel = "parallel" Limits "{" { word ":" ( Operation Tail | Block ) NL } "}" .
func (p *parser) parallel(base OpBase, settled bool, start Pos) Operation {
	op := &ParallelOp{OpBase: base, Settled: settled}
	p.next()
	p.header(func() { p.limits(&op.OpBase, &op.Limits) })
	closing := p.openBlock()
	p.skipNL()
	for p.i < closing {
		at := p.i
		p.attemptItem(closing, func() {
			b := p.branch()
			op.Branches = append(op.Branches, b)
		})
		if p.i == at {
			p.next()
		}
		p.skipNL()
	}
	p.i = closing
	p.next()
	op.Span = p.since(start)
	return op
}

func (p *parser) branch() *Branch {
	if !p.kind().isWord() || p.peek(1) != tColon {
		p.fail(p.notABranch())
	}
	p.mark(p.i, roleStmt)
	b := &Branch{Name: p.nameAt(p.i)}
	p.next()
	p.next()
	switch {
	case p.kind() == tLbrace:
		b.Body = p.block()
	case p.operationFollows():
		b.Op = p.operation()
		p.tail(b.Op)
	default:
		p.fail(p.branchOfExpr())
	}
	b.Span = p.since(b.Name.Start)
	return b
}

// mapOp parses a body that runs for every item of a list.
//
//	Map = "map" name "in" Expr Limits Block .
func (p *parser) mapOp(base OpBase, settled bool, start Pos) Operation {
	op := &MapOp{OpBase: base, Settled: settled, List: p.bad(start)}
	p.next()
	p.header(func() {
		if p.kind() == tLparen {
			p.fail(p.foreign(p.here(), "the head of a `map` has no parentheses").help("write `map x in list { ... }`"))
		}
		op.Item = p.name("the variable of a `map`")
		if p.kind() == tComma {
			p.fail(p.report(p.here(), codeUnexpected, "a `map` has one variable").
				help("loop over a list of records that hold the index, or use `for i, x in list`"))
		}
		if p.kind() != kwIn {
			p.fail(p.noIn())
		}
		p.next()
		op.List = p.expr()
		p.limits(&op.OpBase, &op.Limits)
	})
	if op.Item == nil {
		op.Item = &Name{Span: base.Keyword}
	}
	op.Body = p.block()
	op.Span = p.since(start)
	return op
}

// limits parses the clauses of a batch.
//
//	Limits = { Label | ▸"max" Primary | ▸"min" Primary | ▸"tolerate" Primary [ "%" ] } .
func (p *parser) limits(base *OpBase, l *Limits) {
	for {
		switch word := p.clause(); word {
		case "max":
			p.valueOf(&l.Max, word, roleClause, p.clauseValue)
		case "min":
			p.valueOf(&l.Min, word, roleClause, p.clauseValue)
		case "tolerate":
			p.once(l.Tolerate != nil, word)
			p.take(roleClause)
			l.Tolerate = p.primary()
			if p.kind() == tPercent {
				p.mark(p.i, rolePercent)
				p.next()
				l.Percent = true
			}
		default:
			if !p.useClause(base, word) {
				return
			}
		}
	}
}

// selectStmt parses a race of operations.
//
//	Select = "select" { Label } "{" { "case" [ name ":=" ] Operation Block { Catch } NL } [ "else" Block NL ] "}" { Catch } .
func (p *parser) selectStmt(s *Stmt) {
	p.enter()
	defer p.leave()
	start := p.pos()
	st := &SelectStmt{OpBase: OpBase{Keyword: p.here()}}
	p.next()
	p.header(func() { st.Label = p.label() })
	st.Else = p.arms("select", func() { st.Cases = append(st.Cases, p.selectCase()) }, p.notASelectCase)
	st.Span = p.since(start)
	*s = st
	for p.clause() == "catch" {
		st.Catches = append(st.Catches, p.catch())
	}
	st.Span = p.since(start)
}

func (p *parser) selectCase() *SelectCase {
	start := p.pos()
	p.mark(p.i, roleCase)
	p.next()
	c := &SelectCase{}
	if p.kind().isWord() && p.peek(1) == tDefine {
		c.Name = p.name("the variable of a case")
		p.next()
	}
	if !p.operationFollows() {
		p.fail(p.notASelectOp())
	}
	c.Op = p.operation()
	switch word := p.clause(); word {
	case "undo", "catch":
		p.fail(p.tailOfCase(word))
	}
	c.Body = p.block()
	for p.clause() == "catch" {
		c.Catches = append(c.Catches, p.catch())
	}
	c.Span = p.since(start)
	return c
}

// tail parses what follows an operation.
//
//	Tail = [ Undo ] { Catch } .
//	Undo = ▸"undo" ( Operation | Block ) .
func (p *parser) tail(op Operation) {
	base := op.Base()
	for {
		switch p.clause() {
		case "undo":
			start := p.clausePos()
			if base.Undo != nil {
				p.fail(p.report(Span{start, start + 4}, codeDuplicateClause, "an operation has one `undo`").
					note(base.Undo.Span, "the first one").help("undo several things with `undo { ... }`"))
			}
			if len(base.Catches) > 0 {
				p.fail(p.report(Span{start, start + 4}, codeClauseOrder, "`undo` comes before `catch`").
					help("move the `undo` in front of the `catch`; it belongs to what has succeeded"))
			}
			p.take(roleUndo)
			u := &Undo{}
			switch {
			case p.kind() == tLbrace:
				u.Body = p.block()
			case p.operationFollows():
				u.Op = p.operation()
			default:
				p.fail(p.undoHabit())
			}
			u.Span = p.since(start)
			base.Undo = u
		case "catch":
			base.Catches = append(base.Catches, p.catch())
		default:
			return
		}
	}
}

// label parses the identity given to an operation, if there is one.
//
//	Label = ▸"as" Fixed | ▸"was" Fixed .
//	Fixed = STRING | RAW .
func (p *parser) label() *Label {
	var base OpBase
	for p.useLabel(&base, p.clause()) {
	}
	return base.Label
}

func (p *parser) useLabel(base *OpBase, word string) bool {
	if word != "as" && word != "was" {
		return false
	}
	start := p.clausePos()
	l := base.Label
	if l == nil {
		l = &Label{}
	}
	p.once(word == "as" && l.As != nil || word == "was" && l.Was != nil, word)
	p.take(roleClause)
	text := p.fixedText("a name in quotes")
	if word == "as" {
		l.As = text
	} else {
		l.Was = text
	}
	if base.Label == nil {
		l.Span.Start = start
	}
	l.Span.End = text.End
	base.Label = l
	return true
}

// fixedText takes a text without holes.
func (p *parser) fixedText(what string) *Text {
	switch p.kind() {
	case tString, tRaw:
		x := p.textExpr().(*StringExpr)
		return &Text{x.Span, x.Parts[0].Text}
	case tStrHead:
		p.fail(p.report(p.here(), codeUnexpected, "this text is fixed; it has no holes").
			help("what runs again in a loop, item or branch is told apart by its index; names are the same in every execution"))
	}
	p.fail(p.unexpected(what))
	return nil
}

// awaitCall reports a call behind `await`; the parser stands at what is called.
func (p *parser) awaitCall(at Span) *Diagnostic {
	name := p.str()
	if name == "Promise" {
		return p.foreign(p.here(), "there are no promises").
			help("things run at the same time in `parallel { a: … b: … }`, and for each of a list in `map x in list { … }`")
	}
	p.noteAllDecls()
	d := p.foreign(at, "every operation waits for its result; `await` takes what `open` gives")
	if word := useOf[p.decls[name]]; word != "" {
		return d.edit(at, word, "write `%s`", word)
	}
	if end := int(p.toks[p.i+1].match); end == p.i+2 {
		at := p.span(int(p.toks[p.i+1].start), int(p.toks[end].end))
		return d.help("write its name alone").edit(at, "", "remove the `()`")
	}
	return d.help("a step is run with `step %s(…)`", name)
}

// noArgs reports arguments of `open`, whose callee stands alone.
func (p *parser) noArgs(name *Name) {
	if p.kind() != tLparen {
		return
	}
	end := int(p.toks[p.i].match)
	at := p.span(int(p.toks[p.i].start), int(p.toks[end].end))
	d := p.report(at, codeUnexpected, "`open` takes a name without arguments").
		help("the callback's ID is `t.id` of what `open` gives; hand it on with a step")
	if end == p.i+1 {
		d.edit(at, "", "remove the `()`")
	}
	p.i = end
	p.next()
}

// callArgs parses the arguments of what an operation calls.
func (p *parser) callArgs(word string, callee *Name) []Expr {
	if p.kind() != tLparen {
		at := Span{callee.End, callee.End}
		d := p.report(callee.Span, codeNoArguments, "`%s %s` lacks its arguments", word, callee.Text)
		d.edit(at, "()", "write `%s %s()`", word, callee.Text)
		return nil
	}
	return p.args()
}
