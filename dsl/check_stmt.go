package dsl

import (
	"fmt"
	"slices"
)

// body is what `return` or `yield` ends: the statements of one scope.
type body struct {
	kind       bodyKind
	scope      *Scope
	workflow   *WorkflowDecl
	outer      *body
	name       string // in messages: "group `pack`"
	yields     []yielded
	loops      []*loop // around the current statement, outermost first
	segments   map[string]Operation
	ids        map[string]Operation
	freeLabels map[string]int // the last number given to a label
	caught     *opUse         // of the operation in whose catch the current statement stands
	tries      []openTry      // whose bodies are around the current statement
	deadline   *deadline      // of what is around the current statement; nil if there is none
	looks      bool           // the current statement is a case of a select with `else`, which waits for nothing
	committed  Pos            // the end of the last `commit` that every way to the current statement passes
	// doubtful: a mistake hides where the body ends, so nothing is said about it.
	doubtful bool
	pure     bool // it is that of a func
}

type bodyKind int

const (
	workflowBody bodyKind = iota
	groupBody
	branchBody
	itemBody
	undoBody
	caseBody // the operations of a select
)

// yielded is one value of a body; expr is nil for that of an operation.
type yielded struct {
	typ  Type
	expr Expr
	at   Span
}

// openTry is a `try` whose body is around the current statement, and how many loops
// are around the try.
type openTry struct {
	stmt  *TryStmt
	loops int
}

// jump notes that control leaves the bodies of the tries opened since there were so
// many loops.
func (b *body) jump(loops int) {
	for _, t := range b.tries {
		t.stmt.Jumps = t.stmt.Jumps || t.loops >= loops
	}
}

// workflows checks the bodies of all workflows.
func (c *checker) workflows() {
	for _, f := range c.program.Files {
		c.file = f
		for _, d := range f.Decls {
			if d, ok := d.(*WorkflowDecl); ok && d.Body != nil && d.Scope != nil {
				c.workflow(d)
			}
		}
	}
}

func (c *checker) workflow(d *WorkflowDecl) {
	c.withParams(d.Params, func() {
		c.suspended = &Var{}
		c.flow.unassign(c.suspended)
		c.body = newBody(workflowBody, d.Scope, nil, "workflow `"+d.Name.Text+"`")
		c.body.workflow = d
		c.stmts(d.Body)
		c.neverAwaited()
		if !c.flow.dead() && !c.body.doubtful && d.ResultType != nil && !c.incomplete(d.Body.Span) {
			c.errorf(codeMissingReturn, endOf(d.Body), "workflow `%s` can end without a `return`", d.Name.Text).
				note(d.Name.Span, "it gives a `%s`", d.ResultType).
				help("write `return` on every way through the body, or `fail`")
		}
	})
	c.body = nil
}

func newBody(kind bodyKind, scope *Scope, outer *body, name string) *body {
	b := &body{kind: kind, scope: scope, outer: outer, name: name, segments: map[string]Operation{}, ids: map[string]Operation{}}
	if outer != nil {
		b.workflow = outer.workflow
		if kind != undoBody { // which runs when all else has ended
			b.deadline = outer.deadline
		}
	}
	return b
}

// endOf is the place of a block's closing brace.
func endOf(b *Block) Span {
	if b.End > b.Start {
		return Span{b.End - 1, b.End}
	}
	return b.Span
}

// block checks a block with variables of its own.
func (c *checker) block(b *Block) {
	if b == nil {
		return
	}
	c.openBlock()
	c.stmts(b)
	c.closeBlock()
}

// stmts checks the statements of a block in the innermost environment.
func (c *checker) stmts(b *Block) {
	if b == nil || !c.deeper(b.Span) {
		return
	}
	defer c.shallower()
	around := c.body.committed
	defer func() { c.body.committed = around }()
	unreachable := false
	for _, s := range b.Stmts {
		if s == nil {
			continue
		}
		if c.flow.dead() {
			if !unreachable && !c.incomplete(Span{b.Span.Start, s.Range().Start}) {
				unreachable = true
				c.errorf(codeUnreachable, s.Range(), "this can't be reached").
					help("what stands above it always leaves; take it out or move it")
			}
			c.flow.top.dead = false
		}
		c.stmt(s)
	}
	if unreachable {
		c.flow.leave()
	}
	b.Leaves = c.flow.dead()
}

func (c *checker) stmt(s Stmt) {
	if c.body.pure {
		what := ""
		switch s.(type) {
		case *SelectStmt:
			what = "`select`"
		case *TryStmt:
			what = "`try`"
		case *FailStmt:
			what = "`fail`"
		case *LogStmt:
			what = "`log`"
		case *CommitStmt:
			what = "`commit`"
		case *AgainStmt:
			what = "`again`"
		case *YieldStmt:
			what = "`yield`"
		default: // operations are refused where they stand
		}
		if what != "" {
			c.notInFunc(s.Range(), what)
			if what == "`fail`" || what == "`yield`" || what == "`again`" {
				c.flow.leave()
			}
			return
		}
	}
	switch s := s.(type) {
	case *OpStmt:
		if s.Op != nil {
			c.operation(s.Op, opUse{dropped: true})
		}
	case *AssignStmt:
		c.assignStmt(s)
	case *VarStmt:
		c.varStmt(s)
	case *IfStmt:
		c.ifStmt(s)
	case *SwitchStmt:
		c.switchStmt(s)
	case *ForStmt:
		c.forStmt(s)
	case *WhileStmt:
		c.whileStmt(s)
	case *SelectStmt:
		c.selectStmt(s)
	case *TryStmt:
		c.tryStmt(s)
	case *BreakStmt:
		c.breakStmt(s.Span, "break")
	case *ContinueStmt:
		c.breakStmt(s.Span, "continue")
	case *ReturnStmt:
		c.returnStmt(s)
	case *YieldStmt:
		c.yieldStmt(s)
	case *FailStmt:
		c.failStmt(s)
	case *LogStmt:
		c.logStmt(s)
	case *CommitStmt:
		c.commitStmt(s)
	case *AgainStmt:
		c.againStmt(s)
	default:
		panic(fmt.Sprintf("dsl: unknown statement %T", s))
	}
	s.setLeaves(c.flow.dead())
}

// valueExpr checks an expression that is all of a value.
func (c *checker) valueExpr(e Expr, want Type) Type {
	c.wholeValue = e
	t := c.expr(e, want)
	c.wholeValue = nil
	return t
}

func (c *checker) ifStmt(s *IfStmt) {
	if !c.deeper(s.Span) {
		return
	}
	defer c.shallower()
	yes, no := c.cond(s.Cond)
	then := c.flow.branch(func() {
		c.flow.assume(yes)
		c.block(s.Then)
	})
	otherwise := c.flow.branch(func() {
		c.flow.assume(no)
		switch e := s.Else.(type) {
		case *IfStmt:
			if e != nil {
				c.stmt(e)
			}
		case *Block:
			c.block(e)
		}
	})
	c.flow.join(then, otherwise)
}

func (c *checker) tryStmt(s *TryStmt) {
	if s.Body != nil && len(s.Body.Stmts) == 0 && !c.incomplete(s.Span) {
		c.errorf(codeEmptyTry, s.Span, "this `try` is empty").help("take it out")
	}
	c.body.tries = append(c.body.tries, openTry{s, len(c.body.loops)})
	body := c.flow.branch(func() { c.block(s.Body) })
	c.body.tries = c.body.tries[:len(c.body.tries)-1]
	layers := []*layer{body}
	for _, catch := range s.Catches {
		layers = append(layers, c.flow.branch(func() {
			c.killAssigned(s.Body)
			for _, l := range c.body.loops {
				// What fails is an operation, if the body is bound to make one.
				if l.turned != nil && body.isAssigned(l.turned) {
					c.flow.top.state(l.turned).assigned = assignedHere
				}
			}
			c.catchBlock(catch)
		}))
	}
	c.catchOrder(s.Catches)
	c.flow.join(layers...)
}

func (c *checker) logStmt(s *LogStmt) {
	t := c.valueExpr(s.Message, String)
	if t == nil || t == String {
		return
	}
	if isOptional(t) && underlying(present(t)) == String {
		c.absent(s.Message)
		return
	}
	if underlying(t) == String {
		c.convert(s.Message, String)
	}
	p := c.errorf(codeWrongType, s.Message.Range(), "`log` takes a text, not a `%s`", t)
	if printable(t) {
		p.help("write `log \"{%s}\"`", shorten(c.text(s.Message.Range())))
	}
}

// commitStmt checks that something can have been registered.
func (c *checker) commitStmt(s *CommitStmt) {
	b := c.body
	since := b.committed
	b.committed = s.End
	if c.incomplete(Span{b.workflow.Body.Start, s.End}) {
		return
	}
	if !c.mayBeRegistered(s.Span, since) {
		c.errorf(codeEmptyCommit, s.Span, "nothing that %s has to undo can stand before this `commit`", b.name).
			help("`commit` drops what its own scope has registered with `undo` so far, not what those around it have; take it out, or move it")
	}
}

// mayBeRegistered reports whether an undo may be registered in the scope of a statement at
// at: by an operation since the last commit on every way to it, or in an earlier turn of a
// loop around it that holds no such commit.
func (c *checker) mayBeRegistered(at Span, since Pos) bool {
	b := c.body
	found := false
	for i := len(b.scope.Ops) - 1; i >= 0 && !found && b.scope.Ops[i].Pos() >= since; i-- {
		op := b.scope.Ops[i]
		inCatch := slices.ContainsFunc(op.Base().Catches, func(catch *Catch) bool { return catch.Start < at.Start && at.End <= catch.End })
		found = !inCatch && c.registers(op, nil) // in its catch, it has failed
	}
	for _, l := range b.loops {
		if found || l.node.Range().Start < since {
			continue
		}
		InspectScope(l.node, func(n Node) bool {
			op, ok := n.(Operation)
			found = found || ok && c.registers(op, nil)
			return !found
		})
	}
	return found
}

// registers reports whether an operation may register an undo in its scope: one of its
// own, or what stands in it or in a workflow that it calls. seen are those being looked at.
func (c *checker) registers(op Operation, seen map[*WorkflowDecl]bool) bool {
	found := false
	Inspect(op, func(n Node) bool {
		switch n := n.(type) {
		case *Catch:
			return false
		case *Undo:
			found = true
		case *CallOp:
			w, ok := c.decls[nameText(n.Callee)].(*WorkflowDecl)
			switch {
			case !ok:
				found = true // which one is meant is not known
			case !seen[w] && w.Body != nil:
				if seen == nil {
					seen = map[*WorkflowDecl]bool{}
				}
				seen[w] = true
				InspectScope(w.Body, func(n Node) bool {
					inner, ok := n.(Operation)
					found = found || ok && c.registers(inner, seen)
					return !found
				})
			}
		}
		return !found
	})
	return found
}
