package dsl

import "fmt"

// opUse is what is done with the value of an operation.
type opUse struct {
	name      *Name           // of the variable that gets it, or of the branch
	define    func(Type) *Var // declares the variable of `x := op`
	target    *Var            // the variable of `x = op`
	want      Type            // what its type must be; nil for any
	what      string          // names the place in messages
	dropped   bool            // nobody wants a value
	mustLeave string          // how a catch has to leave, since there is nothing to assign: "return" or "yield"
}

// operation checks an operation with its clauses and its tail, and gives the type
// of its value.
func (c *checker) operation(op Operation, use opUse) Type {
	base := op.Base()
	if !c.deeper(base.Span) {
		return nil
	}
	defer c.shallower()
	if c.body.pure {
		c.notInFunc(base.Span, "an operation")
		if use.define != nil {
			c.flow.assign(use.define(nil))
		}
		return nil
	}
	c.identify(op)
	t, known := c.operate(op, use)
	base.Result = t
	c.happened(op)

	_, isOpen := op.(*OpenOp)
	switch {
	case isOpen && use.define == nil:
		c.errorf(codeHandleUse, base.Span, "the open callback is not kept in a variable of its own").
			help("write `t := open %s`, and `await t` later", nameText(base.Callee))
		t = nil
	case t == nil && known && !use.dropped:
		c.noResult(op)
	case t != nil && use.want != nil && !assignable(t, use.want):
		p := c.errorf(codeWrongType, base.Keyword, "%s must be `%s`, not `%s`", use.what, use.want, t)
		if o, ok := t.(*Optional); ok && assignable(o.Elem, use.want) {
			p.help("assign it to a variable of its own first, and look whether it is there")
		}
	}
	v := use.target
	if use.define != nil {
		v = use.define(t)
		if h, ok := op.(*OpenOp); ok && h.Decl != nil {
			c.handles[v] = h
			c.opened = append(c.opened, v)
		}
	}
	if poll, ok := op.(*PollOp); ok && poll.Bound != nil && poll.Bound.Used && v != nil {
		v.Used = true
	}
	succeeded := c.flow.branch(func() {
		if v != nil {
			c.flow.assign(v)
			if isOptional(v.Type) && t != nil && !isOptional(t) {
				c.flow.assume([]place{{root: v}})
			}
		}
		if base.Undo != nil {
			c.undo(op, v)
		}
	})
	layers := []*layer{succeeded}
	if t == nil {
		use.mustLeave = "" // there is no value to give
	}
	for _, catch := range base.Catches {
		layers = append(layers, c.flow.branch(func() {
			if use.define != nil {
				c.flow.unassign(v)
			}
			outer := c.body.caught
			c.body.caught = &use
			c.catchBlock(catch)
			c.body.caught = outer
			c.leftUndefined(catch, use, v)
		}))
	}
	c.catchOrder(base.Catches)
	c.flow.join(layers...)
	return t
}

// happened notes that an operation has been made, for loops and for recursion.
func (c *checker) happened(op Operation) {
	switch op.(type) {
	case *AwaitOp:
	default:
		for _, l := range c.body.loops {
			if l.turned != nil {
				c.flow.top.state(l.turned).assigned = assignedHere
			}
		}
	}
	switch op.(type) {
	case *WaitOp, *CallbackOp, *InvokeOp, *AwaitOp:
		if !c.body.looks {
			c.flow.top.state(c.suspended).assigned = assignedHere
		}
	default: // may end at once
	}
}

// leftUndefined reports a catch behind which the value of its operation is missing.
func (c *checker) leftUndefined(catch *Catch, use opUse, v *Var) {
	if c.flow.dead() || c.incomplete(catch.Span) {
		return
	}
	at := Span{catch.Start, catch.Start + Pos(len("catch"))}
	switch {
	case use.define != nil && v != nil && v.Name != "" && !c.flow.top.isAssigned(v):
		c.errorf(codeCatchUndefined, at, "after this `catch`, `%s` has no value", v.Name).
			note(v.Span, "`%s` is declared here", v.Name).
			help("assign it, `%s = …`, or leave with `fail`, `return`, `yield`, `break` or `continue`", v.Name)
		c.flow.top.state(v).assigned = assignedHere // said once
	case use.mustLeave != "":
		c.errorf(codeCatchUndefined, at, "after this `catch`, there is no value to `%s`", use.mustLeave).
			help("end it with `%s` and a value, or with `fail`", use.mustLeave)
	}
}

// noResult reports the use of a value that an operation does not have.
func (c *checker) noResult(op Operation) {
	base := op.Base()
	if c.incomplete(op.Range()) {
		return
	}
	switch op := op.(type) {
	case *GroupOp:
		c.errorf(codeNoResult, base.Keyword, "group `%s` yields nothing", nameText(base.Callee)).help("end it with `yield` and a value")
	case *MapOp:
		c.errorf(codeNoResult, base.Keyword, "this `map` yields nothing").help("end its body with `yield` and a value")
	case *ParallelOp:
		c.errorf(codeNoResult, base.Keyword, "no branch of this `parallel` yields anything").help("end a branch with `yield` and a value")
	case *WaitOp:
		c.errorf(codeNoResult, base.Keyword, "`wait` has no value").help("write `wait` alone; `step now()` gives the time")
	default:
		d := op.about().decl
		p := c.errorf(codeNoResult, Span{base.Keyword.Start, max(base.Keyword.End, endOfName(base.Callee))}, "%s `%s` has no result", opWord(op), nameText(base.Callee))
		if d != nil && d.DeclName() != nil && d.DeclName().Span != (Span{}) {
			p.note(d.DeclName().Span, "declared here without a type")
		}
		p.help("use it as a statement of its own")
	}
}

func endOfName(n *Name) Pos {
	if n == nil {
		return NoPos
	}
	return n.End
}

// opWord is the keyword of an operation.
func opWord(op Operation) string { return op.about().word }

// opPhrase names an operation in messages: "step `charge`", "`wait`".
func opPhrase(op Operation) string {
	if n := op.Base().Callee; n != nil && n.Text != "" {
		return opWord(op) + " `" + n.Text + "`"
	}
	return "`" + opWord(op) + "`"
}

// operate checks an operation without its tail. known is false where its type
// can't be told because of a mistake that has been reported.
func (c *checker) operate(op Operation, use opUse) (t Type, known bool) {
	switch op := op.(type) {
	case *StepOp:
		return c.stepOp(op)
	case *CallbackOp:
		c.useClauses(op, clauseRetry|clauseTimeout|clauseHeartbeat)
		d, ok := c.callee(op, op.Callee, "callback").(*CallbackDecl)
		if !ok {
			c.exprs(op.Args)
			return nil, false
		}
		op.Decl = d
		d.Submitted = true
		c.args(op.Callee.Span, op.Span, opPhrase(op), d, d.Params, op.Args)
		c.callbackTimes(&op.OpBase, d)
		c.outlasts(op, func() (string, int64) {
			return "it may take", constDuration(clauseValue(op.Use.Timeout, d.Policy.Timeout))
		})
		return d.ResultType, d.Result == nil || d.ResultType != nil
	case *OpenOp:
		c.useClauses(op, clauseTimeout|clauseHeartbeat)
		d, ok := c.callee(op, op.Callee, "open").(*CallbackDecl)
		if !ok {
			return nil, false
		}
		op.Decl = d
		c.callbackTimes(&op.OpBase, d)
		return &Handle{Decl: d}, true
	case *AwaitOp:
		t, known := c.awaitOp(op)
		if opened := c.handles[op.Handle]; opened != nil && opened.Decl != nil {
			c.outlasts(op, func() (string, int64) {
				return "it may take", constDuration(clauseValue(opened.Use.Timeout, opened.Decl.Policy.Timeout))
			})
		}
		return t, known
	case *InvokeOp:
		c.ownTimeout(op)
		d, ok := c.callee(op, op.Callee, "invoke").(*FunctionDecl)
		if !ok {
			c.exprs(op.Args)
			return nil, false
		}
		op.Decl = d
		c.args(op.Callee.Span, op.Span, "function `"+d.Name.Text+"`", d, d.Params, op.Args)
		return d.ResultType, d.Result == nil || d.ResultType != nil
	case *CallOp:
		c.ownTimeout(op)
		d, ok := c.callee(op, op.Callee, "call").(*WorkflowDecl)
		if !ok {
			c.exprs(op.Args)
			return nil, false
		}
		op.Decl = d
		c.args(op.Callee.Span, op.Span, "workflow `"+d.Name.Text+"`", d, d.Params, op.Args)
		w := c.body.workflow
		c.calls[w] = append(c.calls[w], &callSite{op: op, suspended: c.flow.top.isAssigned(c.suspended) && !c.flow.dead()})
		return d.ResultType, d.Result == nil || d.ResultType != nil
	case *WaitOp:
		c.useClauses(op, 0)
		c.waitOp(op)
		return nil, true
	case *PollOp:
		return c.pollOp(op, use)
	case *GroupOp:
		c.ownTimeout(op)
		if op.Until != nil {
			c.identify(op.Until)
			op.Until.Result, _ = c.awaitOp(op.Until)
		}
		op.Inner = c.innerScope(op, op.Identity)
		end := &deadline{bounds: true}
		b := c.inBody(groupBody, op.Inner, opPhrase(op), func(b *body) {
			if op.Use.Timeout != nil {
				b.deadline = end
			}
			c.block(op.Body)
		})
		if op.Use.Timeout != nil {
			end.after(constDuration(clauseValue(op.Use.Timeout)))
			c.outlive(end, opPhrase(op))
		}
		t := c.yieldType(b.body, op.Body, b.dead)
		return t, t != nil || len(b.yields) == 0
	case *ParallelOp:
		return c.parallelOp(op)
	case *MapOp:
		return c.mapOp(op)
	case *SelectStmt:
		panic("dsl: a select is a statement")
	default:
		panic(fmt.Sprintf("dsl: unknown operation %T", op))
	}
}

// ownTimeout checks the clauses of an operation that may end before what is in it does.
func (c *checker) ownTimeout(op Operation) {
	c.useClauses(op, clauseTimeout)
	if t := op.Base().Use.Timeout; t != nil {
		c.outlasts(op, func() (string, int64) { return "it may take", constDuration(clauseValue(t)) })
	}
}

// innerScope makes the scope of a body inside of the current one.
func (c *checker) innerScope(owner Node, segments ...string) *Scope {
	return &Scope{Parent: c.body.scope, Owner: owner, Segments: segments}
}

// doneBody is a body after it has been checked; dead: its end is not reached.
type doneBody struct {
	*body
	dead bool
}

// inBody runs fn for the body of a scope. What it assigns and finds stays inside.
func (c *checker) inBody(kind bodyKind, scope *Scope, name string, fn func(b *body)) doneBody {
	outer := c.body
	b := newBody(kind, scope, outer, name)
	c.body = b
	l := c.flow.branch(func() {
		c.openBlock()
		fn(b)
		c.closeBlock()
	})
	c.body = outer
	return doneBody{b, l.dead}
}

// callee finds what an operation names, or reports what is wrong with it.
func (c *checker) callee(op Operation, name *Name, keyword string) Decl {
	if name == nil || name.Text == "" {
		return nil
	}
	want := keyword
	switch keyword {
	case "open":
		want = "callback"
	case "poll":
		want = "step"
	}
	if want == "step" {
		if d := c.builtinStep(name.Text); d != nil {
			return d
		}
	}
	d := c.decls[name.Text]
	if d != nil && useKeyword(d) == want {
		return d
	}
	base := op.Base()
	switch {
	case d != nil:
		p := c.errorf(codeWrongKeyword, name.Span, "`%s` is %s, not %s", name.Text, declKind(d), kindOf(want)).
			note(d.DeclName().Span, "declared here")
		right := useKeyword(d)
		_, isFunc := d.(*FuncDecl)
		switch {
		case right != "" && keyword == want:
			p.help("write `%s %s(…)`", right, name.Text)
			if keyword != "invoke" { // which runs something on its own
				p.fix(fmt.Sprintf("write `%s`", right), Edit{base.Keyword, right})
			}
		case keyword == "poll":
			p.help("a poll repeats a step that `reads`")
		case keyword == "open":
			p.help("`open` takes a callback")
		case isFunc:
			p.help("a func is called in an expression, without a keyword: `x := %s(…)`", name.Text)
		}
	case c.mayBeDeclared(name.Text):
	default:
		near := c.near(name.Text, c.declNames(func(d Decl) bool { return useKeyword(d) == want }))
		if near == "" && want == "step" {
			near = c.near(name.Text, []string{"now", "uuid", "random", "local", "utc"})
		}
		p := c.errorf(codeUnknownName, name.Span, "unknown %s `%s`", kindWord(want), name.Text).suggestName(name.Text, near)
		if near == "" {
			p.help("declare it: `%s %s(…)`", kindWord(want), name.Text)
		}
	}
	return nil
}

func kindWord(keyword string) string {
	switch keyword {
	case "invoke":
		return "function"
	case "call":
		return "workflow"
	}
	return keyword
}

func kindOf(keyword string) string { return "a " + kindWord(keyword) }

func (c *checker) stepOp(op *StepOp) (Type, bool) {
	allowed := clauseRetry | clauseTimeout
	if op.Callee != nil && c.builtinStep(op.Callee.Text) != nil {
		allowed = 0
	}
	c.useClauses(op, allowed)
	d, ok := c.callee(op, op.Callee, "step").(*StepDecl)
	if !ok {
		c.exprs(op.Args)
		return nil, false
	}
	op.Decl = d
	c.args(op.Callee.Span, op.Span, opPhrase(op), d, d.Params, op.Args)
	if again := firstRetry(op.Use.Retry); d.Policy.AtMostOnce != nil && again != nil {
		c.errorf(codeAtMostOnceRetry, again.Span, "step `%s` is run at most once and can't be retried", d.Name.Text).
			note(d.Policy.AtMostOnce.Span, "`at most once` here").
			help("take out `retry`; call it again yourself in `catch Interrupted` if you have found out that nothing happened")
	}
	timeout := constDuration(clauseValue(op.Use.Timeout, d.Policy.Timeout))
	c.retries(op.Use.Retry, false, &retried{what: "step `" + d.Name.Text + "`", fails: d.Fails, timeout: op.Use.Timeout != nil || d.Policy.Timeout != nil})
	c.outlasts(op, func() (string, int64) {
		if delays := longestRetry(RetryOf(op.Base(), &d.Policy)); delays >= timeout && delays > 0 {
			return "its retries wait for", delays
		}
		return "an attempt may take", timeout
	})
	return d.ResultType, d.Result == nil || d.ResultType != nil
}

func (c *checker) waitOp(op *WaitOp) {
	if op.Until {
		if isNilExpr(op.For) {
			return
		}
		t := c.expr(op.For, nil)
		if t == nil {
			return
		}
		if t == Duration {
			c.errorf(codeWrongType, op.For.Range(), "`wait until` takes a moment, not a `duration`").
				help("write `wait %s`, or `step now()` and add to what it gives", shorten(c.text(op.For.Range())))
			return
		}
		c.fits(op.For, Time, "the end of a wait")
		return
	}
	if isNilExpr(op.For) {
		return
	}
	t := c.expr(op.For, nil)
	if t == nil {
		return
	}
	if t == Time {
		c.errorf(codeWrongType, op.For.Range(), "`wait` takes a length of time, not a `time`").
			help("write `wait until %s`", shorten(c.text(op.For.Range())))
		return
	}
	if !c.fits(op.For, Duration, "the length of a wait") {
		return
	}
	c.durationBetween(op.For, minDelay, maxTime, "a wait")
	c.outlasts(op, func() (string, int64) { return "it lasts", constDuration(op.For) })
}

func (c *checker) pollOp(op *PollOp, use opUse) (Type, bool) {
	c.useClauses(op, clauseTimeout)
	d, ok := c.callee(op, op.Callee, "poll").(*StepDecl)
	var result Type
	known := false
	if ok {
		op.Decl = d
		result = d.ResultType
		known = result != nil
		c.pollStep(op, d)
	} else {
		c.exprs(op.Args)
		c.expr(op.From, nil)
	}
	c.schedule(&op.Schedule, false)
	c.pollBound(op)
	if !isNilExpr(op.AtMost) && c.exprAs(op.AtMost, Int, "the bound of a poll") {
		c.atLeast(op.AtMost, 1, "the bound of a poll")
		c.atMost(op.AtMost, maxOperations, "the bound of a poll")
	}
	if !isNilExpr(op.Until) {
		c.openBlock()
		if use.name != nil && use.name.Text != "" {
			declared := use.name.Span
			if use.target != nil {
				declared = use.target.Span // for people it is the variable that is assigned
			}
			op.Bound = &Var{Name: use.name.Text, Type: result, Span: declared, Scope: c.body.scope}
			c.bind(op.Bound)
		}
		c.cond(op.Until)
		c.closeBlock()
		if known && !c.incomplete(op.Span) && (op.Bound == nil || !op.Bound.Used) && op.Until.Type() != nil {
			p := c.errorf(codePollBlind, op.Until.Range(), "`until` does not look at what the poll gives, so it never changes")
			if op.Bound == nil {
				p.help("give the result a name: `x := poll %s(…) … until x…`", nameText(op.Callee))
			} else {
				p.help("write a condition of `%s`", op.Bound.Name)
			}
		}
	}
	if !isNilExpr(op.AtMost) {
		c.outlasts(op, func() (string, int64) {
			return "its checks wait for", scheduleTotal(constInt(op.AtMost)-1, &op.Schedule, 0, 1, 0)
		})
	}
	return result, known
}

// pollStep checks what a poll repeats.
func (c *checker) pollStep(op *PollOp, d *StepDecl) {
	params := d.Params
	if !isNilExpr(op.From) {
		if len(params) == 0 {
			c.expr(op.From, nil)
			c.errorf(codePollFrom, op.From.Range(), "step `%s` has no parameter for the previous result", d.Name.Text).
				help("with `from`, the step's last parameter is what it gave before")
		} else {
			last := params[len(params)-1]
			params = params[:len(params)-1]
			c.exprAs(op.From, last.Var.Type, "the value after `from`")
			if t := last.Var.Type; t != nil && d.ResultType != nil && !assignable(d.ResultType, t) {
				c.errorf(codePollFrom, op.From.Range(), "the result of step `%s`, a `%s`, does not fit its last parameter `%s`", d.Name.Text, d.ResultType, last.Var.Name).
					note(last.Span, "a `%s`", t).
					help("with `from`, the step's last parameter is what it gave before")
			}
		}
	}
	c.args(op.Callee.Span, op.Span, opPhrase(op), d, params, op.Args)
	switch {
	case d.Builtin != "":
		c.errorf(codePollStep, op.Callee.Span, "`%s` can't be polled", d.Name.Text).help("poll a step of your own that `reads`")
	case d.Result == nil:
		c.errorf(codePollStep, op.Callee.Span, "step `%s` has no result to look at", d.Name.Text).
			note(d.Name.Span, "declared here without a type").help("give it one: `step %s(…) Status`", d.Name.Text)
	case d.Policy.AtMostOnce != nil:
		c.errorf(codePollStep, op.Callee.Span, "step `%s` is run at most once and can't be polled", d.Name.Text).
			note(d.Policy.AtMostOnce.Span, "`at most once` here").help("a poll repeats a step that `reads`")
	case d.Policy.Stored != nil:
		c.errorf(codePollStep, op.Callee.Span, "the result of step `%s` is `stored` and can't be polled", d.Name.Text).
			note(d.Policy.Stored.Span, "`stored` here").help("what a poll has seen stands in the record: look at something small, and read what is large by a step behind it")
	}
}

// bind makes a variable known in the innermost block, without a check.
func (c *checker) bind(v *Var) {
	level := len(c.env.blocks)
	b := &binding{v: v, level: level, outer: c.env.vars[v.Name]}
	c.env.vars[v.Name] = b
	c.env.blocks[level-1] = append(c.env.blocks[level-1], b)
}

// undo checks how an operation is taken back; v is the variable with its value, if
// there is one.
func (c *checker) undo(op Operation, v *Var) {
	base := op.Base()
	u := base.Undo
	refuse := func(why, help string) {
		c.errorf(codeBadUndo, Span{u.Start, u.Start + 4}, "%s %s", opPhrase(op), why).help("%s", help)
	}
	switch op := op.(type) {
	case *StepOp:
		switch {
		case op.Decl == nil:
		case op.Decl.Builtin != "", op.Decl.Policy.Reads != nil:
			refuse("changes nothing, so there is nothing to undo", "take out the `undo`, or the `reads` of the step if that is wrong")
		}
	case *ParallelOp:
		c.undoOfSome(op, v, op.Settled, &op.Limits)
	case *MapOp:
		c.undoOfSome(op, v, op.Settled, &op.Limits)
	case *InvokeOp, *CallOp, *GroupOp:
	case *WaitOp, *AwaitOp, *PollOp:
		refuse("can't be undone: it has changed nothing", "put the `undo` below the step, invoke, call, group or batch that it takes back")
	default:
		refuse("can't be undone", "put the `undo` below the step, invoke, call, group or batch that it takes back")
	}
	for b := c.body; b != nil; b = b.outer {
		if b.kind == undoBody {
			c.errorf(codeBadUndo, Span{u.Start, u.Start + 4}, "an undo can't be undone itself").help("let its steps bear repetition: they are retried")
			break
		}
	}
	u.Scope = c.innerScope(u, "undo "+base.Identity)
	c.inBody(undoBody, u.Scope, "an undo", func(*body) {
		if u.Op == nil {
			c.block(u.Body)
			return
		}
		switch u.Op.(type) {
		case *StepOp, *InvokeOp, *CallOp:
		default:
			c.errorf(codeBadUndo, u.Op.Base().Keyword, "%s can't take anything back alone", opPhrase(u.Op)).
				help("an undo is a `step`, an `invoke` or a `call`, or a block: `undo { … }`")
		}
		c.operation(u.Op, opUse{dropped: true})
		if s, ok := u.Op.(*StepOp); ok && s.Decl != nil && (s.Decl.Policy.Reads != nil || s.Decl.Builtin != "") {
			c.errorf(codeBadUndo, s.Callee.Span, "step `%s` changes nothing, so it takes nothing back", s.Callee.Text).
				help("name the step that does")
		}
	})
}

// undoOfSome refuses the undo of a batch whose items may not have happened, unless
// the batch gives a value that tells which did.
func (c *checker) undoOfSome(op Operation, v *Var, settled bool, l *Limits) {
	if v != nil || !settled && isNilExpr(l.Min) && isNilExpr(l.Tolerate) {
		return
	}
	why := "`settled`"
	if !settled {
		why = "`tolerate`"
		if !isNilExpr(l.Min) {
			why = "`min`"
		}
	}
	c.errorf(codeBadUndo, Span{op.Base().Undo.Start, op.Base().Undo.Start + 4}, "with %s, some of what this undoes may not have happened", why).
		help("put the `undo` below the operations inside, or assign the batch to a variable and undo what it says has succeeded")
}
