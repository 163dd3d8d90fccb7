package changes

import (
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/opid"
)

// scope is a context of the service: the body of a workflow, group, called workflow,
// branch, item, undo, or the operations of a select's cases.
type scope struct {
	owner *point // the operation, or the branch, whose inside it is; nil for the workflow
	path  string
	ops   []*point // in source order
	logic []piece  // what is computed and decided between them, in source order
	// undoable: it may have undos to run when it fails; unordered: its operations start at
	// the same time.
	undoable, unordered bool
}

// piece is a statement without the operations in it, and without names that mean nothing.
type piece struct {
	text, shown string
	pos         dsl.Pos
	caught      bool // it stands in a catch
}

// point is an operation, or a branch, where it stands.
type point struct {
	op    dsl.Operation // nil for a branch
	in    *scope
	path  string
	name  string // by which people know it: its label, or what it calls
	ident string // by which its record is found
	was   bool
	kind  string
	// enclosed: it is an invoke with a timeout, which is recorded inside a context.
	enclosed bool
	// callee is what it calls, hidden the same where its record tells it.
	callee, hidden string
	decl           dsl.Decl
	loops          []dsl.Node
	pos            dsl.Pos
	args, clauses  string // as plain texts
	caught         bool   // it stands in a catch
	under          string // which arms of ifs, switches, selects and catches it stands in, within its scope
	call           string // the path of the innermost call around
	inner          []*scope
	undo           *point // what takes it back; its inner scope is that of a block
}

// title is how the operation is named in sentences.
func (p *point) title() string {
	words := strings.ReplaceAll(p.name, "`", "'")
	if of, undo := strings.CutSuffix(p.path, opid.Undo); undo {
		return "the undo of `" + strings.ReplaceAll(opid.Words(of), "`", "'") + "`"
	}
	if around := p.in.owner; around != nil && around.name != "" && !around.branchless() {
		return "`" + around.name + " / " + words + "`"
	}
	return "`" + words + "`"
}

// branchless: the scope's name says nothing that a reader needs.
func (p *point) branchless() bool { return p.kind == "undo" || p.name == p.kind }

// modeler makes the model of a workflow.
type modeler struct {
	prog   *dsl.Program
	inCall []*dsl.WorkflowDecl // calls that are being entered
	call   string
	names  map[*dsl.Var]string
	caught bool   // in a catch
	under  string // of the point that is entered next
}

func modelOf(prog *dsl.Program, w *dsl.WorkflowDecl) *scope {
	m := &modeler{prog: prog, inCall: []*dsl.WorkflowDecl{w}, names: map[*dsl.Var]string{}}
	s := &scope{}
	m.flow(s, w)
	return s
}

// flow enters a workflow as the inside of a scope.
func (m *modeler) flow(s *scope, w *dsl.WorkflowDecl) {
	for i, p := range w.Params {
		if p.Var != nil {
			m.names[p.Var] = "parameter " + string(rune('0'+i%10)) + strings.Repeat("'", i/10)
		}
	}
	if w.Scope != nil {
		s.undoable = w.Scope.Undoable
	}
	m.block(s, w.Body, nil, false)
}

// block enters what runs in the scope itself.
func (m *modeler) block(s *scope, b *dsl.Block, loops []dsl.Node, caught bool) {
	if b == nil {
		return
	}
	for _, st := range b.Stmts {
		m.stmt(s, st, loops, caught)
	}
}

func (m *modeler) stmt(s *scope, st dsl.Stmt, loops []dsl.Node, caught bool) {
	value := func(v *dsl.Value) {
		if v != nil && v.Op != nil {
			m.operation(s, v.Op, loops, caught)
		}
	}
	switch st := st.(type) {
	case nil:
	case *dsl.OpStmt:
		m.operation(s, st.Op, loops, caught)
	case *dsl.AssignStmt:
		value(&st.Value)
		if st.Define && st.Value.Op != nil {
			m.knowAs(st.Var, "value of "+st.Value.Op.Base().Identity)
			return
		}
		if st.Define && st.Var != nil && st.Value.Expr != nil {
			m.knowAs(st.Var, "variable "+m.plain(st.Value.Expr))
		}
		m.logic(s, st)
	case *dsl.VarStmt:
		value(st.Value)
		if st.Var != nil {
			text := "variable " + m.source(st.Type.Range())
			if st.Value != nil && st.Value.Expr != nil {
				text += " " + m.plain(st.Value.Expr)
			}
			m.knowAs(st.Var, text)
		}
		m.logic(s, st)
	case *dsl.IfStmt:
		m.text(s, "if", "if ", st.Cond)
		m.arm("then", func() { m.block(s, st.Then, loops, caught) })
		switch e := st.Else.(type) {
		case *dsl.IfStmt:
			m.note(s, "else", st.Pos())
			m.arm("else", func() { m.stmt(s, e, loops, caught) })
		case *dsl.Block:
			m.note(s, "else", st.Pos())
			m.arm("else", func() { m.block(s, e, loops, caught) })
		}
		m.note(s, "end", st.Pos())
	case *dsl.SwitchStmt:
		m.text(s, "switch", "switch ", st.Subject)
		for _, c := range st.Cases {
			for _, choice := range c.Choices {
				m.text(s, "case", "case ", choice)
			}
			m.knowAs(c.Var, "caught")
			m.arm("case", func() { m.block(s, c.Body, loops, caught) })
		}
		if st.Else != nil {
			m.note(s, "else", st.Pos())
			m.arm("else", func() { m.block(s, st.Else, loops, caught) })
		}
		m.note(s, "end", st.Pos())
	case *dsl.ForStmt:
		for _, v := range []*dsl.Var{st.IndexVar, st.ElemVar} {
			if v != nil {
				m.names[v] = "turn of " + m.plain(st.List)
			}
		}
		m.text(s, "for", "for … in ", st.List)
		m.block(s, st.Body, within(loops, st, st.Turns), caught)
		m.note(s, "end", st.Pos())
	case *dsl.WhileStmt:
		m.text(s, "while", "while ", st.Cond)
		if st.AtMost != nil {
			m.text(s, "at most", "at most ", st.AtMost)
		}
		m.block(s, st.Body, within(loops, st, st.Turns), caught)
		m.note(s, "end", st.Pos())
	case *dsl.SelectStmt:
		m.operation(s, st, loops, caught)
		for _, c := range st.Cases {
			if c.Var != nil {
				m.names[c.Var] = "value of " + c.Op.Base().Identity
			}
			m.arm("case", func() { m.block(s, c.Body, loops, caught) })
		}
		if st.Else != nil {
			m.note(s, "else", st.Pos())
			m.arm("else", func() { m.block(s, st.Else, loops, caught) })
		}
	case *dsl.TryStmt:
		m.block(s, st.Body, loops, caught)
		m.catches(s, st.Catches, loops)
	case *dsl.ReturnStmt:
		value(st.Value)
		if s.owner == nil {
			m.note(s, "return", st.Pos()) // with what, no operation hears
			return
		}
		m.logic(s, st)
		last := &s.logic[len(s.logic)-1] // a group that becomes a call gives the same
		last.text = "yield" + strings.TrimPrefix(last.text, "return")
	case *dsl.YieldStmt:
		value(&st.Value)
		m.logic(s, st)
	case *dsl.FailStmt, *dsl.CommitStmt, *dsl.BreakStmt, *dsl.ContinueStmt, *dsl.AgainStmt:
		m.logic(s, st)
	case *dsl.LogStmt: // is no part of what happens
	}
}

// arm enters what is done under a condition.
func (m *modeler) arm(kind string, enter func()) {
	before := m.under
	m.under += "/" + kind
	enter()
	m.under = before
}

// knowAs gives a variable the name by which plain texts know it.
func (m *modeler) knowAs(v *dsl.Var, name string) {
	if v != nil {
		m.names[v] = name
	}
}

func within(loops []dsl.Node, loop dsl.Node, turns bool) []dsl.Node {
	if !turns {
		return loops
	}
	return append(slices.Clone(loops), loop)
}

func (m *modeler) catches(s *scope, list []*dsl.Catch, loops []dsl.Node) {
	for _, c := range list {
		text := "catch"
		for _, name := range c.Errors {
			text += " " + name.Text
		}
		if c.Var != nil {
			m.names[c.Var] = "caught"
		}
		before := m.caught
		m.caught = true
		m.note(s, text, c.Pos())
		m.arm("catch", func() { m.block(s, c.Body, loops, true) })
		m.caught = before
	}
}

// operation enters an operation of a scope, and what is inside of it.
func (m *modeler) operation(s *scope, op dsl.Operation, loops []dsl.Node, caught bool) {
	base := op.Base()
	if _, await := op.(*dsl.AwaitOp); await {
		m.catches(s, base.Catches, loops)
		return
	}
	p := m.point(s, op)
	p.path, p.loops, p.caught, p.under = opid.Join(s.path, base.Identity, ""), loops, caught, m.under
	s.ops = append(s.ops, p)
	m.under = ""
	m.enter(p, op)
	if u := base.Undo; u != nil {
		m.takeBack(p, u)
	}
	m.under = p.under
	m.catches(s, base.Catches, loops)
}

func (m *modeler) point(s *scope, op dsl.Operation) *point {
	base := op.Base()
	p := &point{op: op, in: s, name: base.Segment, ident: base.Identity, pos: op.Pos(), call: m.call, hidden: dsl.Hidden(op)}
	p.was = base.Label != nil && base.Label.Was != nil
	p.kind, p.decl = about(op)
	p.enclosed = p.kind == "invoke" && base.Use.Timeout != nil
	if p.decl != nil && base.Callee != nil {
		p.callee = base.Callee.Text
	}
	p.args, p.clauses = m.given(op)
	return p
}

// takeBack enters the undo of an operation, which runs in the scope that undoes.
func (m *modeler) takeBack(p *point, u *dsl.Undo) {
	if u.Op != nil {
		p.undo = m.point(p.in, u.Op)
		p.undo.hidden = ""
		if b := u.Op.Base(); b.Label != nil && b.Label.As != nil {
			p.undo.hidden = dsl.Hidden(u.Op)
		}
		p.undo.path = p.path + opid.Undo
		m.enter(p.undo, u.Op)
		return
	}
	p.undo = &point{in: p.in, path: p.path + opid.Undo, name: "undo of " + p.name, kind: "undo", pos: u.Pos(), call: m.call}
	inner := &scope{owner: p.undo, path: p.undo.path}
	p.undo.inner = []*scope{inner}
	m.block(inner, u.Body, nil, false)
}

// enter makes the scopes inside of an operation.
func (m *modeler) enter(p *point, op dsl.Operation) {
	inside := func(owner *point, around *dsl.Scope) *scope {
		c := &scope{owner: owner, path: owner.path}
		if around != nil {
			c.undoable = around.Undoable
		}
		owner.inner = append(owner.inner, c)
		return c
	}
	switch op := op.(type) {
	case *dsl.GroupOp:
		m.block(inside(p, op.Inner), op.Body, nil, false)
	case *dsl.CallOp:
		if op.Decl == nil || slices.Contains(m.inCall, op.Decl) {
			return
		}
		call := m.call
		m.call, m.inCall = p.path, append(m.inCall, op.Decl)
		m.flow(inside(p, op.Decl.Scope), op.Decl)
		m.call, m.inCall = call, m.inCall[:len(m.inCall)-1]
	case *dsl.MapOp:
		if op.ItemVar != nil {
			m.names[op.ItemVar] = "item of " + m.plain(op.List)
		}
		m.text(p.in, "map", "map … in ", op.List)
		m.block(inside(p, op.Inner), op.Body, nil, false)
	case *dsl.ParallelOp:
		branches := inside(p, nil)
		branches.unordered = true
		for _, b := range op.Branches {
			bp := &point{in: branches, kind: "branch", pos: b.Pos(), call: m.call}
			if b.Name != nil {
				bp.name, bp.ident = b.Name.Text, b.Name.Text
			}
			bp.path = opid.Join(p.path, bp.ident, "")
			branches.ops = append(branches.ops, bp)
			in := inside(bp, b.Inner)
			if b.Op != nil {
				m.operation(in, b.Op, nil, false)
				continue
			}
			m.block(in, b.Body, nil, false)
		}
	case *dsl.SelectStmt:
		cases := inside(p, nil)
		cases.unordered = true
		names := op.CaseNames()
		for i, c := range op.Cases {
			if await, ok := c.Op.(*dsl.AwaitOp); ok { // has no record but its win
				cases.ops = append(cases.ops, &point{
					op: c.Op, in: cases, kind: "await", name: names[i], ident: names[i], path: opid.Join(cases.path, names[i], ""), pos: c.Op.Pos(), call: m.call,
					args: m.names[await.Handle],
				})
			}
			m.operation(cases, c.Op, nil, false)
			for _, catch := range c.Catches {
				m.block(cases, catch.Body, nil, true)
			}
		}
	case *dsl.StepOp, *dsl.CallbackOp, *dsl.InvokeOp, *dsl.WaitOp, *dsl.OpenOp, *dsl.PollOp, *dsl.AwaitOp: // have no inside
	}
}

// about gives the kind of an operation, and what it calls.
func about(op dsl.Operation) (kind string, decl dsl.Decl) {
	switch op := op.(type) {
	case *dsl.StepOp:
		return "step", orNil(op.Decl)
	case *dsl.CallbackOp:
		return "callback", orNil(op.Decl)
	case *dsl.OpenOp:
		return "open", orNil(op.Decl)
	case *dsl.InvokeOp:
		return "invoke", orNil(op.Decl)
	case *dsl.CallOp:
		return "call", orNil(op.Decl)
	case *dsl.PollOp:
		return "poll", orNil(op.Decl)
	case *dsl.WaitOp:
		return "wait", nil
	case *dsl.GroupOp:
		return "group", nil
	case *dsl.ParallelOp:
		return "parallel", nil
	case *dsl.MapOp:
		return "map", nil
	case *dsl.SelectStmt:
		return "select", nil
	case *dsl.AwaitOp:
		return "await", nil
	}
	panic("unknown operation")
}

func orNil[D interface {
	comparable
	dsl.Decl
}](d D) dsl.Decl {
	var none D
	if d == none {
		return nil
	}
	return d
}
