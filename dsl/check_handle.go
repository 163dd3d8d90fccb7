package dsl

// Callbacks that are open.

func (c *checker) awaitOp(op *AwaitOp) (Type, bool) {
	c.useClauses(op, 0)
	if l := op.Label; l != nil {
		c.errorf(codeBadClause, l.Span, "`await` makes no operation and has no label").
			help("label the `open` instead")
	}
	if op.Callee == nil || op.Callee.Text == "" {
		return nil, false
	}
	v := c.lookup(op.Callee.Text)
	if v == nil {
		if d, ok := c.decls[op.Callee.Text].(*CallbackDecl); ok {
			c.errorf(codeWrongKeyword, op.Callee.Span, "`%s` is a callback; `await` takes one that has been opened", op.Callee.Text).
				note(d.Name.Span, "declared here").
				help("write `t := open %s` first, then `await t`; or `callback %s(…)`, which does both", op.Callee.Text, op.Callee.Text)
			return nil, false
		}
		if c.mayBeDeclared(op.Callee.Text) {
			return nil, false
		}
		near := c.near(op.Callee.Text, c.varNames())
		p := c.errorf(codeUnknownName, op.Callee.Span, "unknown name `%s`", op.Callee.Text).suggestName(op.Callee.Text, near)
		if near == "" {
			p.help("open a callback first: `%s := open …`", op.Callee.Text)
		}
		return nil, false
	}
	v.Used = true
	h, ok := v.Type.(*Handle)
	if !ok {
		if v.Type != nil {
			c.errorf(codeHandleUse, op.Callee.Span, "`%s` is a `%s`, not an open callback", v.Name, v.Type).note(v.Span, "declared here").
				help("`await` takes what `open` gives")
		}
		return nil, false
	}
	if !c.flow.top.isAssigned(v) {
		c.errorf(codeUnassigned, op.Callee.Span, "`%s` may not be open here", v.Name).note(v.Span, "opened here")
	}
	op.Handle = v
	c.awaited[v] = true
	return h.Decl.ResultType, h.Decl.Result == nil || h.Decl.ResultType != nil
}

// neverAwaited reports callbacks that are opened for nobody.
func (c *checker) neverAwaited() {
	for _, v := range c.opened {
		if !c.awaited[v] && v.Name != "" && !c.mayBeUsed(v.Name) {
			c.errorf(codeNeverAwaited, v.Span, "the open callback `%s` is never awaited", v.Name).
				help("write `await %s` where the answer is needed", v.Name)
		}
	}
	c.opened = nil
}

// openType gives the callback of `open c`, as the type of a parameter.
func (c *checker) openType(t *HandleTypeExpr) *CallbackDecl {
	name := t.Callee
	if name == nil || name.Text == "" {
		return nil
	}
	d := c.decls[name.Text]
	if callback, ok := d.(*CallbackDecl); ok {
		return callback
	}
	switch {
	case d != nil:
		c.errorf(codeWrongKeyword, name.Span, "`%s` is %s, not a callback", name.Text, declKind(d)).note(d.DeclName().Span, "declared here").
			help("`open` takes a callback")
	case !c.mayBeDeclared(name.Text):
		near := c.near(name.Text, c.declNames(func(d Decl) bool { return useKeyword(d) == "callback" }))
		p := c.errorf(codeUnknownName, name.Span, "unknown callback `%s`", name.Text).suggestName(name.Text, near)
		if near == "" {
			p.help("declare it: `callback %s(…)`", name.Text)
		}
	}
	return nil
}

// handleParams reports a workflow that nobody can run: its event can't hold an open callback.
func (c *checker) handleParams(w *WorkflowDecl) {
	p := w.TakesHandle()
	if p == nil || p.Var.Type == nil || c.isCalled(w.Name.Text) || c.mayBeUsed(w.Name.Text) {
		return
	}
	c.errorf(codeHandleUse, p.Type.Range(), "nobody can run `%s`: it takes an open callback, which no event can hold", w.Name.Text).
		help("`call` it from the workflow that opens the callback")
}

// handleArg checks what is given for a parameter that is an open callback.
func (c *checker) handleArg(e Expr, want *Handle, what string) bool {
	c.passing = e
	ok := c.exprAs(e, want, what)
	c.passing = nil
	if id, is := e.(*IdentExpr); is && id.Var != nil {
		c.awaited[id.Var] = true
	}
	return ok
}

// handleRaises adds what can come of a callback that was opened elsewhere: with a heartbeat,
// if it may have been opened with one.
func (c *checker) handleRaises(h *Handle, must func(...*ErrorType)) {
	if c.beating == nil {
		c.beating = map[*CallbackDecl]bool{}
		for _, w := range c.program.Workflows {
			Inspect(w, func(n Node) bool {
				if op, ok := n.(*OpenOp); ok && op.Decl != nil && op.Use.Heartbeat != nil {
					c.beating[op.Decl] = true
				}
				return true
			})
		}
	}
	c.callbackRaises(h.Decl, &Policy{}, must)
	if h.Decl.Policy.Heartbeat == nil && c.beating[h.Decl] {
		must(errHeartbeat)
	}
}
