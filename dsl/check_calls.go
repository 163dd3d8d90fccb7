package dsl

import (
	"slices"
	"strings"
)

// callSite is one `call` of a workflow; suspended: on every way to it the
// workflow has suspended before.
type callSite struct {
	op        *CallOp
	suspended bool
}

// abandonCheck is a scope whose operations may be left behind: the cases of a select, a
// branch or item of a batch with `min`.
type abandonCheck struct {
	scope *Scope
	where string
}

// callGraph looks at workflows together: recursion, what can be undone, what can
// be left behind.
func (c *checker) callGraph() {
	c.recursion()
	c.calledAgain()
	c.undoables()
	c.abandonables()
}

func (s *callSite) callee() *WorkflowDecl { return s.op.Decl }

// calleesFirst orders workflows so that those that are called come before their
// callers, as far as they don't call each other.
func (c *checker) calleesFirst() []*WorkflowDecl {
	calls := func(w *WorkflowDecl) []*callSite { return c.calls[w] }
	return depthFirst(c.program.Workflows, calls, (*callSite).callee, func([]*WorkflowDecl, *callSite) { c.recursive = true })
}

// recursion reports workflows that come back to themselves without suspending on
// the way: they would nest until the service stops them.
func (c *checker) recursion() {
	nested := func(w *WorkflowDecl) []*callSite {
		return slices.DeleteFunc(slices.Clone(c.calls[w]), func(s *callSite) bool { return s.suspended })
	}
	depthFirst(c.program.Workflows, nested, (*callSite).callee, c.reportRecursion)
}

// reportRecursion reports the call by which the last workflow of a path comes back to
// the first.
func (c *checker) reportRecursion(path []*WorkflowDecl, call *callSite) {
	to := path[0]
	at := Span{call.op.Keyword.Start, call.op.Callee.End}
	if len(path) == 1 {
		c.errorf(codeRecursiveWorkflow, at, "workflow `%s` calls itself without suspending before", to.Name.Text).
			help("let it `wait` first, or use a loop")
		return
	}
	var names []string
	for _, w := range path {
		if len(names) == 6 {
			names = append(names, "…")
			break
		}
		names = append(names, w.Name.Text)
	}
	c.errorf(codeRecursiveWorkflow, at, "workflow `%s` comes back to itself without suspending before: `%s`", to.Name.Text, strings.Join(append(names, to.Name.Text), "` → `")).
		note(to.Name.Span, "declared here").
		help("let one of them `wait` before it calls, or use a loop")
}

// undoables marks the scopes in which something registers an undo, through calls.
func (c *checker) undoables() {
	callers := map[*WorkflowDecl][]*WorkflowDecl{}
	var todo []*WorkflowDecl
	has := map[*WorkflowDecl]bool{}
	mark := func(w *WorkflowDecl) {
		if !has[w] {
			has[w] = true
			todo = append(todo, w)
		}
	}
	for _, w := range c.program.Workflows {
		for _, call := range c.calls[w] {
			callers[call.op.Decl] = append(callers[call.op.Decl], w)
		}
		if c.scopeUndoable(w.Scope, nil) {
			mark(w)
		}
	}
	for len(todo) > 0 {
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, caller := range callers[w] {
			if !has[caller] && c.scopeUndoable(caller.Scope, has) {
				mark(caller)
			}
		}
	}
	for _, w := range c.program.Workflows {
		c.scopeUndoable(w.Scope, has)
	}
}

// scopeUndoable works out a scope and those in it. called tells the workflows that
// hand undos to who calls them.
func (c *checker) scopeUndoable(s *Scope, called map[*WorkflowDecl]bool) bool {
	if s == nil {
		return false
	}
	undoable := false
	for _, op := range s.Ops {
		if u := op.Base().Undo; u != nil {
			undoable = true
			c.scopeUndoable(u.Scope, called)
		}
		if call, ok := op.(*CallOp); ok && call.Decl != nil && called[call.Decl] {
			undoable = true
		}
		for _, inner := range innerScopes(op) {
			undoable = c.scopeUndoable(inner, called) || undoable
		}
	}
	s.Undoable = undoable
	return undoable
}

// innerScopes are the scopes that an operation opens.
func innerScopes(op Operation) []*Scope {
	switch op := op.(type) {
	case *GroupOp:
		return []*Scope{op.Inner}
	case *MapOp:
		return []*Scope{op.Inner}
	case *SelectStmt:
		return []*Scope{op.Inner}
	case *ParallelOp:
		list := make([]*Scope, 0, len(op.Branches))
		for _, b := range op.Branches {
			list = append(list, b.Inner)
		}
		return list
	default: // the others run nothing inside of them
	}
	return nil
}

// abandonables reports operations that can't be left behind where they may be.
func (c *checker) abandonables() {
	a := &abandonment{state: map[*WorkflowDecl]visitState{}, bad: map[*WorkflowDecl]Operation{}}
	for _, check := range c.abandoned {
		a.each(check.scope, func(op, bad Operation) { c.notAbandonable(op, bad, check.where) })
	}
}

func (c *checker) notAbandonable(op, bad Operation, where string) {
	base := op.Base()
	at := Span{base.Keyword.Start, max(base.Keyword.End, endOfName(base.Callee))}
	const help = "what loses is left behind: allowed are `wait`, `callback`, `await`, steps that are `reads` and built-in ones, a `poll` of such a step, and what is made of these"
	if op != bad {
		b := bad.Base()
		c.errorf(codeSelectCase, at, "%s can't stand in %s, since %s stands in it", opPhrase(op), where, opPhrase(bad)).
			note(Span{b.Keyword.Start, max(b.Keyword.End, endOfName(b.Callee))}, "here").help("%s", help)
		return
	}
	p := c.errorf(codeSelectCase, at, "%s can't stand in %s", opPhrase(op), where).help("%s", help)
	if poll, ok := op.(*PollOp); ok && poll.Decl != nil {
		p.note(poll.Decl.Name.Span, "step `%s` is not `reads`", poll.Decl.Name.Text)
	}
}

// abandonment finds operations that can't be left behind.
type abandonment struct {
	state map[*WorkflowDecl]visitState
	bad   map[*WorkflowDecl]Operation
}

// find gives the operation, itself or one in it, that can't be left behind; nil if all can.
func (a *abandonment) find(op Operation) Operation {
	switch op := op.(type) {
	case *WaitOp, *CallbackOp, *AwaitOp:
		return nil
	case *PollOp:
		if op.Decl == nil || op.Decl.Policy.Reads != nil {
			return nil
		}
		return op
	case *StepOp:
		if op.Decl == nil || op.Decl.Policy.Reads != nil || op.Decl.Builtin != "" {
			return nil
		}
		return op
	case *CallOp:
		w := op.Decl
		if w == nil || a.state[w] == visiting {
			return nil
		}
		if a.state[w] == unvisited {
			a.state[w] = visiting
			a.each(w.Scope, func(_, bad Operation) {
				if a.bad[w] == nil {
					a.bad[w] = bad
				}
			})
			a.state[w] = visited
		}
		return a.bad[w]
	case *GroupOp, *ParallelOp, *MapOp, *SelectStmt:
		var found Operation
		for _, s := range innerScopes(op) {
			a.each(s, func(_, bad Operation) {
				if found == nil {
					found = bad
				}
			})
		}
		return found
	case *InvokeOp, *OpenOp: // have an effect
	}
	return op
}

// each calls fn for the operations of a scope that can't be left behind, and with
// what in them can't.
func (a *abandonment) each(s *Scope, fn func(op, bad Operation)) {
	if s == nil {
		return
	}
	for _, op := range s.Ops {
		if bad := a.find(op); bad != nil {
			fn(op, bad)
		}
	}
}
