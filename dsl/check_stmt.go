package dsl

import (
	"fmt"
	"slices"
	"strings"
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
	committed  Pos            // the end of the last `commit` that every way to the current statement passes
	// doubtful: a mistake hides where the body ends, so nothing is said about it.
	doubtful bool
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

func (c *checker) assignStmt(s *AssignStmt) {
	if s.Name == nil {
		return
	}
	if s.Define {
		c.define(s)
		return
	}
	v := c.lookup(s.Name.Text)
	s.Var = v
	want := Type(nil)
	switch {
	case v == nil:
		c.unassignable(s)
	case s.Index != nil:
		want = c.entry(s, v)
	case len(s.Path) > 0:
		want = c.fieldPath(s, v)
	default:
		want = v.Type
		if _, ok := v.Type.(*Handle); ok {
			c.errorf(codeHandleUse, s.Name.Span, "the open callback `%s` can't be assigned anew", v.Name).note(v.Span, "opened here").
				help("give the second one a variable of its own")
			want = nil
		}
	}
	if v != nil && c.body != nil && v.Scope != c.body.scope {
		c.errorf(codeReadOnly, s.Name.Span, "`%s` can't be assigned in %s", v.Name, c.body.name).
			note(v.Span, "declared outside of it, here").
			help("what stands outside is read-only in groups, branches, items and undos: hand the value out with `yield`")
	}
	var got Type
	what := "the value of `" + c.text(Span{s.Name.Start, s.pathEnd()}) + "`"
	if s.Index != nil {
		what = "a value of this map"
	}
	if s.Value.Op != nil {
		use := opUse{name: s.Name, want: want, what: what}
		if v != nil && s.whole() {
			use.target = v
		}
		got = c.operation(s.Value.Op, use)
	} else {
		got = c.valueExpr(s.Value.Expr, want)
		if !isNilExpr(s.Value.Expr) && s.Value.Expr.Type() != nil && want != nil {
			c.fits(s.Value.Expr, want, what)
		}
	}
	if v == nil {
		if c.decls[s.Name.Text] == nil && s.whole() {
			c.declare(s.Name, got, nil)
		}
		return
	}
	v.Assigned++
	p := place{root: v}
	for _, f := range s.Path {
		p.path += "." + f.Text
	}
	if s.Index != nil {
		return // nothing is known of what is in a map
	}
	if s.Value.Op == nil {
		if len(s.Path) == 0 {
			c.flow.assign(v)
		} else {
			c.flow.assignField(p)
		}
		if e := s.Value.Expr; !isNilExpr(e) && isOptional(want) && e.Type() != nil && !isOptional(e.Type()) && e.Type() != None {
			c.flow.assume([]place{p})
		}
	} else if len(s.Path) > 0 {
		c.flow.assignField(p)
	}
}

func isOptional(t Type) bool { _, ok := t.(*Optional); return ok }

func (s *AssignStmt) pathEnd() Pos {
	if n := len(s.Path); n > 0 {
		return s.Path[n-1].End
	}
	return s.Name.End
}

// unassignable reports an assignment to what is no variable.
func (c *checker) unassignable(s *AssignStmt) {
	if d := c.decls[s.Name.Text]; d != nil {
		c.errorf(codeNotAValue, s.Name.Span, "`%s` is %s and can't be assigned", s.Name.Text, declKind(d)).
			note(d.DeclName().Span, "declared here")
		return
	}
	if c.mayBeDeclared(s.Name.Text) {
		return
	}
	near := c.near(s.Name.Text, c.varNames())
	p := c.errorf(codeUnknownName, s.Name.Span, "unknown name `%s`", s.Name.Text).suggestName(s.Name.Text, near)
	if near != "" || !s.whole() {
		return
	}
	p.help("write `%s := …` to declare it", s.Name.Text)
	between := Span{s.Name.End, s.Name.End}
	if s.Value.Op != nil {
		between.End = s.Value.Op.Range().Start
	} else if !isNilExpr(s.Value.Expr) {
		between.End = s.Value.Expr.Range().Start
	}
	if strings.TrimSpace(c.text(between)) == "=" {
		p.fix("write `:=`", Edit{between, " := "})
	}
}

// whole reports whether all of a variable is assigned.
func (s *AssignStmt) whole() bool { return len(s.Path) == 0 && s.Index == nil }

// entry checks the map and the key of `x.m[k] = v` and gives the type of the value.
func (c *checker) entry(s *AssignStmt, v *Var) Type {
	t := c.fieldPath(s, v)
	target := c.text(Span{s.Name.Start, s.pathEnd()})
	switch u := underlying(t).(type) {
	case *Map:
		c.exprAs(s.Index, u.Key, "the key of this map")
		return u.Elem
	case nil:
	case *List:
		c.errorf(codeNoIndex, s.Index.Range(), "the elements of a list are not assigned one by one").
			help("make a new list: `%[1]s = append(%[1]s, x)`, `[f(x) for x in %[1]s]`", target)
	default:
		c.errorf(codeNoIndex, s.Index.Range(), "a `%s` has no entries that can be assigned", t).help("those of a map can")
	}
	c.expr(s.Index, nil)
	return nil
}

// fieldPath checks the fields of `x.f.g = v` and gives the type of the last.
func (c *checker) fieldPath(s *AssignStmt, v *Var) Type {
	if !c.flow.top.isAssigned(v) {
		c.errorf(codeUnassigned, s.Name.Span, "`%s` may have no value here", v.Name).note(v.Span, "declared here").
			help("assign all of it first: `%s = …`", v.Name)
	}
	t := v.Type
	p := place{root: v}
	for i, name := range s.Path {
		if t == nil {
			return nil
		}
		if o, ok := t.(*Optional); ok {
			if !c.flow.top.isPresent(p) {
				at := Span{s.Name.Start, name.Start - 1}
				c.errorf(codeAbsent, at, "`%s` may be absent", c.text(at)).
					help("assign all of it, or look first: `if %s != none { … }`", c.text(at))
				return nil
			}
			t = o.Elem
		}
		_, isRecord := t.(*Record)
		g, isGo := t.(*GoType)
		if isGo {
			_, isRecord = g.Under.(*Record)
		}
		if r, ok := t.(*Record); ok && r.Parallel != nil {
			isRecord = false
		}
		if !isRecord {
			c.errorf(codeNotAValue, name.Span, "a field of %s can't be assigned", typePhrase(t)).
				help("fields of records can")
			return nil
		}
		f := findField(fieldsOf(t), name.Text)
		if f == nil {
			c.unknownField(name, t)
			return nil
		}
		if f.ReadOnly() {
			c.readOnly(name, f)
			return nil
		}
		s.Fields = append(s.Fields[:i], f)
		p.path += "." + name.Text
		t = f.Type
	}
	return t
}

// define checks `x := v`.
func (c *checker) define(s *AssignStmt) {
	if op := s.Value.Op; op != nil {
		remove := Span{s.Name.Start, op.Pos()}
		_, isOpen := op.(*OpenOp)
		c.operation(op, opUse{name: s.Name, define: func(t Type) *Var {
			unused := c.unusedVar(remove)
			if isOpen {
				unused = nil // neverAwaited reports it
			}
			s.Var = c.declare(s.Name, t, unused)
			return s.Var
		}})
		return
	}
	t := c.valueExpr(s.Value.Expr, nil)
	if t == None {
		c.errorf(codeNeedsType, s.Value.Expr.Range(), "`none` alone does not tell the type of `%s`", s.Name.Text).
			help("write `var %s T? = none`, with the type for `T`", s.Name.Text)
		t = nil
	}
	s.Var = c.declare(s.Name, t, c.unusedVar(Span{}))
	c.flow.assign(s.Var)
}

func (c *checker) varStmt(s *VarStmt) {
	t := c.resolveType(s.Type)
	if s.Value != nil {
		what := "the value of `" + nameText(s.Name) + "`"
		if s.Value.Op != nil {
			c.operation(s.Value.Op, opUse{name: s.Name, want: t, what: what, define: func(Type) *Var {
				s.Var = c.declare(s.Name, t, c.unusedVar(Span{}))
				return s.Var
			}})
			return
		}
		c.valueExpr(s.Value.Expr, t)
		if e := s.Value.Expr; !isNilExpr(e) && e.Type() != nil && t != nil {
			c.fits(e, t, what)
		}
		s.Var = c.declare(s.Name, t, c.unusedVar(Span{}))
		c.flow.assign(s.Var)
		if e := s.Value.Expr; isOptional(t) && !isNilExpr(e) && e.Type() != nil && !isOptional(e.Type()) && e.Type() != None {
			c.flow.assume([]place{{root: s.Var}})
		}
		return
	}
	s.Var = c.declare(s.Name, t, c.unusedVar(Span{}))
	c.flow.assign(s.Var)
	c.flow.unassign(s.Var)
}

func nameText(n *Name) string {
	if n == nil {
		return ""
	}
	return n.Text
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

// killAssigned voids what is known of the variables that a block assigns: its
// next turn, or a catch after it, finds them changed.
func (c *checker) killAssigned(b *Block) {
	if b == nil {
		return
	}
	names := map[string]bool{} // its own variables' too
	InspectScope(b, func(n Node) bool {
		if s, ok := n.(*AssignStmt); ok && !s.Define && s.Name != nil {
			names[s.Name.Text] = true
		}
		_, isExpr := n.(Expr)
		return !isExpr
	})
	for name := range names {
		if v := c.lookup(name); v != nil {
			c.flow.kill(v)
		}
	}
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

func (c *checker) returnStmt(s *ReturnStmt) {
	defer c.flow.leave()
	b := c.body
	b.jump(0)
	want := Type(nil)
	if b.kind == workflowBody {
		want = b.workflow.ResultType
	} else {
		p := c.errorf(codeMisplaced, Span{s.Start, s.Start + 6}, "`return` can't leave %s", b.name)
		if b.kind == undoBody {
			p.help("an undo ends with its block")
		} else {
			p.help("`yield` ends it with a value; return that outside")
			if s.Value != nil {
				b.doubtful = true
				c.yieldStmt(&YieldStmt{Span: s.Span, Value: *s.Value})
				return
			}
		}
	}
	if s.Value == nil {
		if want != nil {
			c.errorf(codeMissingReturn, s.Span, "`return` without a value in workflow `%s`", b.workflow.Name.Text).
				note(b.workflow.Name.Span, "it gives a `%s`", want).help("write `return` and a `%s`", want)
		}
		return
	}
	noResult := b.kind == workflowBody && b.workflow.ResultType == nil && b.workflow.Result == nil
	if noResult {
		c.errorf(codeNoResult, s.Span, "workflow `%s` has no result, but a value is returned", b.workflow.Name.Text).
			note(b.workflow.Name.Span, "declared here").
			help("write the type of the result after its parameters, or `return` alone")
	}
	what := "the result of " + b.name
	if s.Value.Op != nil {
		use := opUse{want: want, what: what, mustLeave: "return"}
		use.dropped = noResult
		c.operation(s.Value.Op, use)
		return
	}
	c.valueExpr(s.Value.Expr, want)
	if e := s.Value.Expr; !isNilExpr(e) && e.Type() != nil && want != nil {
		c.fits(e, want, what)
	}
}

func (c *checker) yieldStmt(s *YieldStmt) {
	defer c.flow.leave()
	b := c.body
	b.jump(0)
	misplaced := b.kind == workflowBody || b.kind == undoBody
	if misplaced {
		p := c.errorf(codeMisplaced, Span{s.Start, s.Start + 5}, "`yield` stands outside of groups, branches and items")
		c.yieldHelp(p, s)
	}
	var hint Type
	if len(b.yields) > 0 {
		hint = b.yields[0].typ
	}
	var y yielded
	if s.Value.Op != nil {
		y.typ = c.operation(s.Value.Op, opUse{what: "the value of " + b.name, mustLeave: "yield"})
		y.at = s.Value.Op.Range()
	} else {
		y.expr = s.Value.Expr
		y.typ = c.valueExpr(y.expr, hint)
		y.at = s.Span
	}
	if misplaced {
		return
	}
	if bound := staysInside(y.typ); bound != "" {
		c.errorf(codeMisplaced, y.at, "%s can't be yielded", bound).help("yield the values in it that are needed")
		y.typ = nil
	}
	b.yields = append(b.yields, y)
}

// yieldHelp says what a `yield` that nothing takes may have been meant for: in the catch
// of an operation, a value in place of the operation's.
func (c *checker) yieldHelp(p *Diagnostic, s *YieldStmt) {
	at := Span{s.Start, s.Start + 5}
	use := c.body.caught
	switch {
	case c.body.kind != workflowBody:
		p.help("an undo has no value: it ends with its block")
	case use != nil && (use.define != nil || use.target != nil):
		p.help("a value in place of the operation's is assigned: `%s = …`", use.name.Text).
			fix(fmt.Sprintf("write `%s =`", use.name.Text), Edit{at, use.name.Text + " ="})
	case use != nil && use.mustLeave == "" || len(c.body.loops) > 0 || c.body.workflow.Result == nil:
		p.help("a workflow ends with `return`")
	default:
		p.help("a workflow ends with `return`").fix("write `return`", Edit{at, "return"})
	}
}

// staysInside names what a type holds that can't leave its scope; empty if nothing.
func staysInside(t Type) string {
	switch t := t.(type) {
	case *Handle:
		return "an open callback"
	case *Outcome, *ItemOutcome:
		return "the " + t.String()
	case *FailureType, *ErrorType:
		return "an error"
	case *List:
		return staysInside(t.Elem)
	case *Map:
		return staysInside(t.Elem)
	case *Optional:
		return staysInside(t.Elem)
	}
	return ""
}

// yieldType gives the type of what a body yields, after it has been checked;
// nil if it yields nothing. need: the value is used.
func (c *checker) yieldType(b *body, block *Block, ended bool) Type {
	if len(b.yields) == 0 {
		return nil
	}
	if !ended && !b.doubtful && !c.incomplete(block.Span) {
		c.errorf(codeMissingYield, endOf(block), "%s can end without a `yield`", b.name).
			note(b.yields[0].at, "yields a value here").
			help("write `yield` on every way through it")
	}
	var t Type
	for _, y := range b.yields {
		if y.typ == nil {
			return nil
		}
		u := common(t, y.typ)
		switch {
		case t == nil:
			t = y.typ
		case u != nil:
			t = u
		case y.expr != nil && c.convert(y.expr, t):
		case t == Int && y.typ == Float && allIntConsts(b.yields, y):
			t = Float
		default:
			c.errorf(codeWrongType, y.at, "%s yields a `%s` here and a `%s` elsewhere", b.name, y.typ, t).
				note(b.yields[0].at, "a `%s`", t)
			return nil
		}
	}
	if t == None {
		c.errorf(codeNeedsType, b.yields[0].at, "the type of what %s yields is not known", b.name).
			help("assign `none` to a variable with a type first: `var x T? = none`")
		return nil
	}
	for _, y := range b.yields {
		if y.expr != nil {
			c.convert(y.expr, t)
		}
	}
	return t
}

func allIntConsts(list []yielded, last yielded) bool {
	for _, y := range list {
		if y == last {
			return true
		}
		if y.expr == nil || y.expr.Const() == nil {
			return false
		}
	}
	return true
}

func (c *checker) failStmt(s *FailStmt) {
	defer c.flow.leave()
	switch e := s.Value.(type) {
	case *RecordExpr:
		t := c.errorType(e.Name)
		if t == nil {
			c.recordFields(e, nil, "")
			return
		}
		e.typ = t
		s.Type = t
		c.raisable(t, e.Name.Span)
		c.recordFields(e, t.Fields, t.Name)
	case *IdentExpr:
		if v := c.lookup(e.Name); v != nil {
			v.Used = true
			e.Var, e.typ = v, v.Type
			switch t := v.Type.(type) {
			case *ErrorType:
				s.Again, s.Type = v, t
			case *FailureType:
				s.Again = v
			case nil:
			default:
				c.errorf(codeErrorUse, e.Span, "`%s` is a `%s`, not an error", e.Name, v.Type).note(v.Span, "declared here").
					help("`fail` raises a declared error, `fail E { … }`, or one that a `catch … as %s` has caught", e.Name)
			}
			return
		}
		t := c.errorType(&Name{e.Span, e.Name})
		if t == nil {
			return
		}
		e.typ, s.Type = t, t
		c.raisable(t, e.Span)
		if t.Builtin {
			return
		}
		var missing []string
		for _, f := range t.Fields {
			if !isOptional(f.Type) {
				missing = append(missing, f.Name)
			}
		}
		if len(missing) > 0 {
			p := c.errorf(codeMissingField, e.Span, "%s of `%s` %s missing", quoteAll(missing), t.Name, isAre(len(missing)))
			p.help("write `fail %s { %s: … }`", t.Name, missing[0])
		}
	case nil, *BadExpr:
	default:
		c.expr(e, nil)
		c.errorf(codeErrorUse, e.Range(), "`fail` raises an error, not a value").
			help("declare one, `error E { reason string }`, and write `fail E { reason: … }`")
	}
}

// raisable reports built-in errors, which only the language raises.
func (c *checker) raisable(t *ErrorType, at Span) {
	if t.Builtin {
		c.errorf(codeErrorUse, at, "`%s` is built in and can't be raised", t.Name).
			help("declare an error of your own; a caught one is raised again with `fail e`")
	}
}

// errorType finds an error by its name, or reports that there is none.
func (c *checker) errorType(name *Name) *ErrorType {
	if name == nil || !isCapital(name.Text) {
		return nil // reported by the parser
	}
	if e := builtinError(name.Text); e != nil {
		return e
	}
	t := c.types[name.Text]
	if e, ok := t.(*ErrorType); ok {
		return e
	}
	d := c.decls[name.Text]
	if d != nil {
		p := c.errorf(codeUnknownError, name.Span, "`%s` is %s, not an error", name.Text, declKind(d)).note(d.DeclName().Span, "declared here")
		if _, isType := d.(*TypeDecl); isType {
			p.help("declare it with `error` in place of `type`")
		}
		return nil
	}
	if c.mayBeDeclared(name.Text) {
		return nil
	}
	names := c.declNames(func(d Decl) bool { _, ok := d.(*ErrorDecl); return ok })
	for _, e := range builtinErrors {
		names = append(names, e.Name)
	}
	near := c.near(name.Text, names)
	p := c.errorf(codeUnknownError, name.Span, "unknown error `%s`", name.Text).suggestName(name.Text, near)
	if near == "" {
		p.help("declare it: `error %s`, or `error %s { reason string }`", upperFirst(name.Text), upperFirst(name.Text))
	}
	return nil
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

// commitStmt checks that something can have been registered: by an operation of the
// scope between the last commit on every way to this one and this one, or in an earlier
// turn of a loop around it that holds no such commit.
func (c *checker) commitStmt(s *CommitStmt) {
	b := c.body
	since := b.committed
	b.committed = s.End
	if c.incomplete(Span{b.workflow.Body.Start, s.End}) {
		return
	}
	found := false
	for i := len(b.scope.Ops) - 1; i >= 0 && !found && b.scope.Ops[i].Pos() >= since; i-- {
		op := b.scope.Ops[i]
		inCatch := slices.ContainsFunc(op.Base().Catches, func(catch *Catch) bool { return catch.Start < s.Start && s.End <= catch.End })
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
	if !found {
		c.errorf(codeEmptyCommit, s.Span, "nothing that %s has to undo can stand before this `commit`", b.name).
			help("`commit` drops what its own scope has registered with `undo` so far, not what those around it have; take it out, or move it")
	}
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
