package dsl

// againStmt checks that a workflow goes on where nothing of it is left behind: from its
// own body, with nothing to undo, and after an operation, so that executions don't follow
// each other without end.
func (c *checker) againStmt(s *AgainStmt) {
	defer c.flow.leave()
	b := c.body
	b.jump(0)
	at := Span{s.Start, max(s.Start+Pos(len("again")), endOfName(s.Callee))}
	w := b.workflow
	own := c.againCallee(s)
	switch {
	case own:
		s.Decl = w
		c.args(s.Callee.Span, s.Span, "workflow `"+w.Name.Text+"`", w, w.Params, s.Args)
	default:
		c.exprs(s.Args)
	}
	if b.kind != workflowBody {
		c.errorf(codeMisplaced, at, "`again` can't leave %s", b.name).
			help("%s", b.howToLeave("`yield` what it needs, and go on behind it"))
		return
	}
	if w.Again == nil {
		w.Again = s
	}
	if c.incomplete(Span{w.Body.Start, s.End}) {
		return
	}
	if len(b.scope.Ops) == 0 && len(b.loops) == 0 {
		c.errorf(codeEndlessLoop, at, "no operation comes before this `again`, so executions might follow each other without end").
			help("let the workflow `wait`, or do something, before it goes on; what takes no operation is a loop")
	}
	if c.mayBeRegistered(s.Span, b.committed) {
		p := c.errorf(codeAgainUndo, at, "something may be registered for undo here, which the new execution could not take back")
		if op := c.lastUndoable(s, b.committed); op != nil {
			base := op.Base()
			p.note(Span{base.Keyword.Start, max(base.Keyword.End, endOfName(base.Callee))}, "%s", opPhrase(op)+" may register it")
		}
		p.help("write `commit` before it if what was done is to stay, whatever happens later")
	}
}

// againCallee reports whether an again names the workflow in which it stands, and says so
// if it does not.
func (c *checker) againCallee(s *AgainStmt) bool {
	w := c.body.workflow
	if s.Callee == nil || s.Callee.Text == "" {
		return false // told by the parser
	}
	if s.Callee.Text == w.Name.Text {
		return true
	}
	if c.mayBeDeclared(s.Callee.Text) && c.decls[s.Callee.Text] == nil {
		return false
	}
	p := c.errorf(codeAgainOther, s.Callee.Span, "`again` names the workflow in which it stands, `%s`, not `%s`", w.Name.Text, s.Callee.Text)
	if d := c.decls[s.Callee.Text]; d != nil {
		p.note(d.DeclName().Span, "`%s` is %s", s.Callee.Text, declKind(d)).
			help("the new execution is one of the same function; another one is started with `invoke`")
	} else if near := c.near(s.Callee.Text, []string{w.Name.Text}); near != "" {
		p.help("did you mean `%s`?", near)
	}
	return false
}

// lastUndoable gives the last operation before an again that may register an undo; nil if
// it stands behind it, in a loop.
func (c *checker) lastUndoable(s *AgainStmt, since Pos) Operation {
	ops := c.body.scope.Ops
	for i := len(ops) - 1; i >= 0 && ops[i].Pos() >= since; i-- {
		if c.registers(ops[i], nil) {
			return ops[i]
		}
	}
	return nil
}

// calledAgain reports calls of workflows that go on as new executions: of the execution
// that calls them they can't.
func (c *checker) calledAgain() {
	for _, w := range c.program.Workflows {
		for _, call := range c.calls[w] {
			if callee := call.callee(); callee.Again != nil {
				c.errorf(codeAgainCall, Span{call.op.Keyword.Start, call.op.Callee.End}, "workflow `%s` goes on as a new execution, so it can't be part of another one", callee.Name.Text).
					note(callee.Again.Span, "here").
					help("`invoke` its function, or let this workflow go on by itself")
			}
		}
	}
}
