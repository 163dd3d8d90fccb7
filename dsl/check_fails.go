package dsl

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Failure sets: what can come out of each operation, block and workflow. Errors
// that must be handled are kept with the place that raises them; those that may
// pass are kept by type alone.

// failsClause resolves the errors of a `fails`. Workflows may list the built-in
// ones that they must handle; all others list declared errors.
func (c *checker) failsClause(f *FailsClause, ofWorkflow bool) []*ErrorType {
	if f == nil {
		return nil
	}
	var list []*ErrorType
	seen := map[*ErrorType]*Name{}
	for _, n := range f.Errors {
		t := c.errorType(n)
		if t == nil {
			c.fails.unresolved = true
			continue
		}
		switch {
		case seen[t] != nil:
			c.errorf(codeDuplicateName, n.Span, "`%s` stands here twice", n.Text).note(seen[t].Span, "first here")
			continue
		case t.Builtin && !ofWorkflow:
			c.errorf(codeBuiltinFails, n.Span, "`%s` is built in; this `fails` lists declared errors", n.Text).
				help("the language raises it by itself where it can occur")
			continue
		case t == errInterrupted:
			c.errorf(codeBuiltinFails, n.Span, "`Interrupted` can't leave a workflow").
				help("catch it below the step that is run at most once, and find out there what has happened")
			continue
		case t.Builtin && !mustHandle(t):
			c.errorf(codeBuiltinFails, n.Span, "`%s` may always pass and stands in no `fails`", n.Text).help("take it out")
			continue
		}
		seen[t] = n
		list = append(list, t)
	}
	return list
}

// mustHandle: a built-in error that is caught or stands in `fails`, where a callback,
// a poll, a select or what is ended from outside raises it.
func mustHandle(t *ErrorType) bool {
	return t == errTimeout || t == errHeartbeat || t == errExhausted || t == errStopped
}

// failureState is what the phase keeps between workflows.
type failureState struct {
	// unresolved: some `fails` names what does not exist, so that nothing can be
	// said about errors that are never raised.
	unresolved bool
	reporting  bool
	passing    map[*WorkflowDecl]map[*ErrorType]bool // built-in errors that a call lets through
	caught     map[*Var]*raised                      // what `fail e` raises again
	items      map[*ItemOutcome]*raised              // what items of settled batches fail with
}

// raised is what can come out of something.
type raised struct {
	must    []raise
	may     map[*ErrorType]bool
	unknown bool // something in it is wrong, so that it may raise more
}

// raise is one error that must be handled, and where it comes from: an operation,
// or a `fail`.
type raise struct {
	typ *ErrorType
	op  Operation
	at  Span
	// drops is the case that it drops where nobody handles it, since a wait of its select
	// comes before; nil if it has to be handled.
	drops *SelectCase
}

func (r *raised) pass(t *ErrorType) {
	if r.may == nil {
		r.may = map[*ErrorType]bool{}
	}
	r.may[t] = true
}

func (r *raised) add(from *raised) {
	r.must = append(r.must, from.must...)
	for t := range from.may {
		r.pass(t)
	}
	r.unknown = r.unknown || from.unknown
}

func (r *raised) has(t *ErrorType) bool {
	if r.may[t] {
		return true
	}
	for _, m := range r.must {
		if m.typ == t {
			return true
		}
	}
	return false
}

// types lists the errors by name, each once.
func (r *raised) types() []*ErrorType {
	seen := map[*ErrorType]bool{}
	var list []*ErrorType
	add := func(t *ErrorType) {
		if !seen[t] {
			seen[t] = true
			list = append(list, t)
		}
	}
	for _, m := range r.must {
		add(m.typ)
	}
	for t := range r.may {
		add(t)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// catchBlock checks one catch and declares what it binds.
func (c *checker) catchBlock(catch *Catch) {
	c.openBlock()
	defer c.closeBlock()
	catch.Types = nil
	for _, n := range catch.Errors {
		if t := c.failureType(n); t != nil {
			catch.Types = append(catch.Types, t)
		}
	}
	if catch.Bind != nil {
		var t Type = Failure
		unused := func(v *Var) {
			last := catch.Errors[len(catch.Errors)-1]
			c.errorf(codeUnusedVariable, v.Span, "`%s` is declared and not used", v.Name).help("leave out `as %s`", v.Name).
				fix("leave it out", Edit{Span: Span{last.End, catch.Bind.End}})
		}
		if len(catch.Errors) == 0 {
			unused = nil // its name makes it a catch of everything
		} else if len(catch.Errors) == 1 {
			t = nil
			if len(catch.Types) == 1 {
				t = catch.Types[0]
			}
		}
		catch.Var = c.declare(catch.Bind, t, unused)
	}
	c.stmts(catch.Body)
}

// catchOrder reports catches that an earlier one leaves nothing to.
func (c *checker) catchOrder(list []*Catch) {
	seen := map[*ErrorType]*Name{}
	var all *Catch
	for _, catch := range list {
		if all != nil {
			c.errorf(codeCatchOrder, Span{catch.Start, catch.Start + 5}, "this `catch` is never tried").
				note(Span{all.Start, all.Start + 5}, "this one catches everything").
				help("put the `catch` without names last")
			continue
		}
		if len(catch.Errors) == 0 && catch.Bind != nil {
			all = catch
			continue
		}
		for _, n := range catch.Errors {
			t := builtinError(n.Text)
			if n.Quoted {
				t = c.bearing[n.Text]
			} else if t == nil {
				t, _ = c.types[n.Text].(*ErrorType)
			}
			if t == nil {
				continue
			}
			before := seen[t]
			if before == nil && t.Undeclared {
				before = seen[errUnexpected]
			}
			if before != nil {
				c.errorf(codeCatchOrder, n.Span, "`%s` is caught already", n.Text).note(before.Span, "here").help("take it out")
				continue
			}
			seen[t] = n
		}
	}
}

// failures works out what each workflow can raise and compares it with its `fails`.
func (c *checker) failures() {
	c.fails.passing = map[*WorkflowDecl]map[*ErrorType]bool{}
	// What passes through calls: first from callees to callers, then until nothing
	// is added, for workflows that call each other. There are seven built-in errors.
	order := c.calleesFirst()
	for changed := true; changed; {
		changed = false
		for _, w := range order {
			r := c.workflowRaises(w)
			if len(r.may) > len(c.fails.passing[w]) {
				c.fails.passing[w] = r.may
				changed = true
			}
		}
		if !c.recursive {
			break
		}
	}
	c.fails.reporting = true
	for _, w := range c.program.Workflows {
		if w.Body == nil || w.Scope == nil {
			continue
		}
		r := c.workflowRaises(w)
		c.undeclared(w, r)
		c.neverRaised(w, r)
	}
}

func (c *checker) workflowRaises(w *WorkflowDecl) *raised {
	c.fails.caught, c.fails.items = map[*Var]*raised{}, map[*ItemOutcome]*raised{}
	r := &raised{}
	r.pass(errUnexpected)
	c.raises(w.Body, r)
	if w.Scope != nil && w.Scope.Undoable {
		r.pass(errUndoFailed)
	}
	return r
}

// undeclared reports what a workflow raises but does not list, once for each
// operation and each `fail`.
func (c *checker) undeclared(w *WorkflowDecl, r *raised) {
	// An unknown name in the `fails` may be meant for what seems to be missing.
	doubtful := w.Policy.Fails != nil && len(w.Fails) < len(w.Policy.Fails.Errors)
	listed := map[*ErrorType]bool{}
	for _, t := range w.Fails {
		listed[t] = true
	}
	type source struct {
		op    Operation
		at    Span
		names []string
	}
	var sources []*source
	bySpan := map[Span]*source{}
	for _, m := range r.must {
		if listed[m.typ] {
			continue
		}
		if m.drops != nil {
			if !slices.Contains(m.drops.Drops, m.typ) {
				m.drops.Drops = append(m.drops.Drops, m.typ)
			}
			continue
		}
		if m.typ == errInterrupted {
			c.uncaughtInterrupted(m)
			continue
		}
		if doubtful {
			continue
		}
		s := bySpan[m.at]
		if s == nil {
			s = &source{op: m.op, at: m.at}
			bySpan[m.at] = s
			sources = append(sources, s)
		}
		if !slices.Contains(s.names, m.typ.Name) {
			s.names = append(s.names, m.typ.Name)
		}
	}
	for _, s := range sources {
		names, list := quoteAll(s.names), strings.Join(s.names, ", ")
		var p *Diagnostic
		if s.op == nil {
			p = c.errorf(codeUncaught, s.at, "%s %s raised here, but not in the `fails` of workflow `%s`", names, isAre(len(s.names)), w.Name.Text).
				help("add what the workflow can fail with: `fails %s`", list)
		} else {
			p = c.errorf(codeUncaught, s.at, "%s of %s %s neither caught nor in the `fails` of workflow `%s`", names, opPhrase(s.op), isAre(len(s.names)), w.Name.Text).
				help("catch it, `catch %s { … }`, or add it: `fails %s`", list, list)
		}
		if f := w.Policy.Fails; f != nil && len(f.Errors) > 0 {
			end := f.Errors[len(f.Errors)-1].End
			p.note(f.Span, "the `fails` of workflow `%s`", w.Name.Text).
				fix(fmt.Sprintf("add %s to the `fails`", names), Edit{Span{end, end}, ", " + list})
			continue
		}
		p.note(w.Name.Span, "workflow `%s` has no `fails`", w.Name.Text)
		if w.Result != nil {
			end := w.Result.Range().End
			edit := Edit{Span{end, end}, "\n    fails " + list}
			if w.Body != nil && strings.TrimSpace(c.text(Span{end, w.Body.Start})) == "" {
				edit = Edit{Span{end, w.Body.Start}, edit.New + "\n"} // the brace stands alone below clauses
			}
			p.fix("add `fails "+list+"`", edit)
		}
	}
}

// uncaughtInterrupted reports that nobody finds out what an `at most once` step has done.
func (c *checker) uncaughtInterrupted(m raise) {
	if m.op == nil {
		c.errorf(codeUncaught, m.at, "`Interrupted` can't be raised again: it never leaves a workflow").
			help("find out what has happened, and raise an error of your own")
		return
	}
	if u, ok := m.op.Base().Scope.Owner.(*Undo); ok && u.Op == m.op {
		c.errorf(codeBadUndo, m.at, "%s is run at most once, and an undo must bear repetition", opPhrase(m.op)).
			help("say that it is `idempotent` if it is; else find out in a block: `undo { … catch Interrupted { … } }`")
		return
	}
	c.errorf(codeUncaught, m.at, "`Interrupted` of %s must be caught", opPhrase(m.op)).
		help("the outcome of a step that is run at most once may be unknown: find out in `catch Interrupted { … }`")
}

// neverRaised reports what a workflow lists but never raises.
func (c *checker) neverRaised(w *WorkflowDecl, r *raised) {
	if w.Policy.Fails == nil || r.unknown || c.fails.unresolved {
		return
	}
	names := w.Policy.Fails.Errors
	for i, n := range names {
		t := builtinError(n.Text)
		if t == nil {
			t, _ = c.types[n.Text].(*ErrorType)
		}
		if t == nil || r.has(t) || t.Builtin && !mustHandle(t) {
			continue
		}
		p := c.errorf(codeNeverRaised, n.Span, "nothing in workflow `%s` raises `%s`", w.Name.Text, n.Text).
			help("take it out, so that callers need not handle it")
		switch {
		case len(names) == 1:
			p.fix("take it out", Edit{Span: c.withSpaceBefore(w.Policy.Fails.Span)})
		case i == 0:
			p.fix("take it out", Edit{Span: Span{n.Start, names[1].Start}})
		default:
			p.fix("take it out", Edit{Span: Span{names[i-1].End, n.End}})
		}
	}
}

// withSpaceBefore is a place together with the white space in front of it.
func (c *checker) withSpaceBefore(at Span) Span {
	src := c.set.Source(at.Start)
	from := src.Offset(at.Start)
	at.Start -= Pos(from - len(bytes.TrimRight(src.Text[:from], " \t\r\n")))
	return at
}

// raises adds what can come out of a block. Expressions can only raise `Unexpected`,
// which everything can.
func (c *checker) raises(b *Block, out *raised) {
	if b == nil {
		return
	}
	Inspect(b, func(n Node) bool {
		switch n := n.(type) {
		case *Block:
			out.unknown = out.unknown || c.incomplete(n.Span)
		case *TryStmt:
			inner := &raised{}
			inner.pass(errUnexpected)
			c.raises(n.Body, inner)
			c.catchRaises(inner, n.Catches, "this `try`", out)
			return false
		case *SelectStmt:
			c.selectRaises(n, out)
			return false
		case *SwitchStmt:
			if n.OfError {
				c.errorCases(n)
			}
		case Operation:
			c.opRaises(n, out)
			return false
		case *FailStmt:
			c.failRaises(n, out)
			return false
		case Expr:
			return false
		}
		return true
	})
}

func (c *checker) failRaises(s *FailStmt, out *raised) {
	switch {
	case s.Again != nil:
		caught := c.fails.caught[s.Again]
		if caught == nil {
			out.unknown = true
			return
		}
		for _, m := range caught.must {
			out.must = append(out.must, raise{typ: m.typ, at: s.Value.Range()})
		}
		for t := range caught.may {
			out.pass(t)
		}
		out.unknown = out.unknown || caught.unknown
	case s.Type != nil && !s.Type.Builtin:
		at := s.Span
		switch e := s.Value.(type) {
		case *RecordExpr:
			at = e.Name.Span
		case *IdentExpr:
			at = e.Span
		default: // an error that is not written as one has been told
		}
		out.must = append(out.must, raise{typ: s.Type, at: at})
	default:
		out.unknown = true
	}
}

// opRaises sets what an operation raises and adds what its catches let through.
func (c *checker) opRaises(op Operation, out *raised) {
	if op == nil {
		return
	}
	base := op.Base()
	r := c.raisesOf(op)
	base.Raises = r.types()
	if u := base.Undo; u != nil {
		c.undoRaises(u)
	}
	c.catchRaises(r, base.Catches, opPhrase(op), out)
}

// undoRaises looks into an undo, whose errors become `UndoFailed`.
func (c *checker) undoRaises(u *Undo) {
	r := &raised{}
	if u.Op != nil {
		c.opRaises(u.Op, r)
	} else {
		c.raises(u.Body, r)
	}
	if !c.fails.reporting {
		return
	}
	for _, m := range r.must {
		if m.typ == errInterrupted {
			c.uncaughtInterrupted(m)
		}
	}
}

// catchRaises takes what catches handle out of r and adds the rest, and what the
// catches raise themselves, to out.
func (c *checker) catchRaises(r *raised, list []*Catch, what string, out *raised) {
	if len(list) == 0 {
		out.add(r)
		return
	}
	handled := map[*ErrorType]bool{}
	all := false
	mistyped := false // a name that is unknown may be meant to catch anything
	for _, catch := range list {
		mistyped = mistyped || len(catch.Types) < len(catch.Errors)
		caught := &raised{unknown: r.unknown}
		if len(catch.Errors) == 0 {
			if catch.Bind == nil {
				caught.unknown = true // the parser left something out
			}
			for _, m := range r.must {
				if !handled[m.typ] {
					caught.must = append(caught.must, m)
				}
			}
			for t := range r.may {
				if !handled[t] {
					caught.pass(t)
				}
			}
			r = &raised{unknown: r.unknown}
			all = true
		}
		for i, t := range catch.Types {
			if handled[t] || all {
				continue
			}
			if t.Undeclared { // some of what is unexpected
				caught.pass(errUnexpected)
				continue
			}
			if !r.has(t) && !r.unknown && c.fails.reporting && !c.fails.unresolved {
				at := catch.Span
				if len(catch.Errors) == len(catch.Types) {
					at = catch.Errors[i].Span
				}
				c.neverCaught(t, at, r, what)
			}
			handled[t] = true
			if r.may[t] {
				caught.pass(t)
			}
			for _, m := range r.must {
				if m.typ == t {
					caught.must = append(caught.must, m)
				}
			}
		}
		if catch.Var != nil {
			c.fails.caught[catch.Var] = caught
		}
		c.raises(catch.Body, out)
	}
	for _, m := range r.must {
		if !handled[m.typ] && !mistyped {
			out.must = append(out.must, m)
		}
	}
	for t := range r.may {
		if !handled[t] {
			out.pass(t)
		}
	}
	out.unknown = out.unknown || mistyped
	out.unknown = out.unknown || r.unknown
}

// neverCaught reports a catch of what can't come.
func (c *checker) neverCaught(t *ErrorType, at Span, r *raised, what string) {
	p := c.errorf(codeNeverRaised, at, "%s never raises `%s`", what, t.Name)
	var names []string
	for _, r := range r.types() {
		names = append(names, r.Name)
	}
	switch {
	case t == errTimeout:
		p.help("it has no `timeout`")
	case len(names) > 0 && len(names) <= 8:
		p.help("it can raise %s", quoteAll(names))
	}
}

// raisesOf gives what comes out of an operation before its own catches.
func (c *checker) raisesOf(op Operation) *raised {
	r := &raised{}
	r.pass(errUnexpected)
	base := op.Base()
	at := Span{base.Keyword.Start, max(base.Keyword.End, endOfName(base.Callee))}
	must := func(types ...*ErrorType) {
		for _, t := range types {
			r.must = append(r.must, raise{typ: t, op: op, at: at})
		}
	}
	switch op := op.(type) {
	case *StepOp:
		if op.Decl == nil {
			r.unknown = true
			break
		}
		must(op.Decl.Fails...)
		switch {
		case op.Decl.Policy.AtMostOnce != nil:
			must(errInterrupted)
		case op.Decl.Policy.Timeout != nil || op.Use.Timeout != nil:
			r.pass(errTimeout)
		}
	case *CallbackOp:
		if op.Decl == nil {
			r.unknown = true
			break
		}
		c.callbackRaises(op.Decl, &op.Use, must)
	case *AwaitOp:
		if op.Handle == nil {
			r.unknown = true
			break
		}
		opened := c.handles[op.Handle]
		switch h, ok := op.Handle.Type.(*Handle); {
		case opened != nil && opened.Decl != nil:
			c.callbackRaises(opened.Decl, &opened.Use, must)
		case opened == nil && ok: // a parameter
			c.handleRaises(h, must)
		default:
			r.unknown = true
		}
	case *InvokeOp:
		if op.Decl == nil {
			r.unknown = true
			break
		}
		must(op.Decl.Fails...)
		r.pass(errTimeout)
		r.pass(errStopped)
		if op.Use.Timeout != nil {
			must(errTimeout)
		}
	case *CallOp:
		if op.Decl == nil {
			r.unknown = true
			break
		}
		must(op.Decl.Fails...)
		for t := range c.fails.passing[op.Decl] {
			r.pass(t)
		}
		if op.Use.Timeout != nil {
			must(errTimeout)
		}
	case *PollOp:
		if op.Decl == nil {
			r.unknown = true
			break
		}
		must(op.Decl.Fails...)
		switch {
		case !isNilExpr(op.AtMost):
			must(errExhausted)
		case !op.Ended:
			r.pass(errExhausted) // its bound is missing, which has been told
		}
	case *GroupOp:
		c.raises(op.Body, r)
		if op.Until != nil {
			must(errStopped)
			op.Until.Raises = c.raisesOf(op.Until).types() // which end nothing
		}
		if op.Use.Timeout != nil {
			must(errTimeout)
		}
		if op.Inner != nil && op.Inner.Undoable {
			r.pass(errUndoFailed)
		}
	case *ParallelOp:
		for _, b := range op.Branches {
			one := &raised{}
			one.pass(errUnexpected)
			if b.Op != nil {
				c.opRaises(b.Op, one)
			} else {
				c.raises(b.Body, one)
			}
			if b.Inner != nil && b.Inner.Undoable {
				one.pass(errUndoFailed)
			}
			if b.outcome != nil {
				c.fails.items[b.outcome] = one
			}
			r.add(one)
		}
		if op.Settled {
			r = settledRaises(r)
		}
	case *MapOp:
		c.raises(op.Body, r)
		if op.Inner != nil && op.Inner.Undoable {
			r.pass(errUndoFailed)
		}
		if op.outcome != nil {
			c.fails.items[op.outcome] = r
		}
		if op.Settled {
			r = settledRaises(r)
		}
	case *WaitOp, *OpenOp: // can't fail
	case *SelectStmt: // is looked at as a statement
	}
	return r
}

// settledRaises: the outcome holds the errors of the items; what is left is that
// the batch itself can't be run.
func settledRaises(r *raised) *raised {
	out := &raised{unknown: r.unknown}
	out.pass(errUnexpected)
	return out
}

func (c *checker) callbackRaises(d *CallbackDecl, use *Policy, must func(...*ErrorType)) {
	must(d.Fails...)
	must(errTimeout)
	if d.Policy.Heartbeat != nil || use.Heartbeat != nil {
		must(errHeartbeat)
	}
}
