package codegen

import (
	"go/constant"
	"slices"

	"github.com/durablegen/durablegen/dsl"
)

// facts are what emission asks about the tree beyond what the checker notes.
type facts struct {
	reads map[*dsl.Var]int
	// Results of parallels that are used as a whole, not field by field; fields notes
	// the expressions in front of a dot.
	whole  map[*dsl.Record]bool
	fields map[dsl.Expr]bool
	// holders are the names of what takes the result of a parallel.
	holders map[*dsl.ParallelOp]string
	failing map[*dsl.FuncDecl]bool // memo of funcs whose call can fail
	called  map[*dsl.WorkflowDecl]bool
	// interrupted are the catches to which a step at most once may lead.
	interrupted map[*dsl.Catch]bool
}

func newFacts(p *dsl.Program) *facts {
	f := &facts{reads: map[*dsl.Var]int{}, whole: map[*dsl.Record]bool{}, fields: map[dsl.Expr]bool{},
		holders: map[*dsl.ParallelOp]string{}, failing: map[*dsl.FuncDecl]bool{}, called: map[*dsl.WorkflowDecl]bool{},
		interrupted: map[*dsl.Catch]bool{}}
	for _, w := range p.Workflows {
		inspectBlock(w.Body, f.count)
	}
	return f
}

// count notes reads of variables. What a poll's condition reads of the poll's own
// value is not counted: there it is a parameter in Go.
func (f *facts) count(n any) bool {
	if op, ok := n.(dsl.Operation); ok {
		f.noteInterrupted(op.Base().Catches, func(visit func(any) bool) { inspectOp(op, visit) })
	}
	if e, ok := n.(dsl.Expr); ok {
		if r, ok := e.Type().(*dsl.Record); ok && r.Parallel != nil && !f.fields[e] {
			f.whole[r] = true
		}
	}
	switch n := n.(type) {
	case *dsl.SelectorExpr:
		if r, ok := n.X.Type().(*dsl.Record); ok && r.Parallel != nil {
			f.fields[n.X] = true
		}
	case *dsl.IdentExpr:
		if n.Var != nil {
			f.reads[n.Var]++
		}
	case *dsl.AwaitOp:
		f.reads[n.Handle]++
	case *dsl.CallOp:
		f.called[n.Decl] = true
	case *dsl.TryStmt:
		f.noteInterrupted(n.Catches, func(visit func(any) bool) { inspectBlock(n.Body, visit) })
	case *dsl.FailStmt:
		if n.Again != nil {
			f.reads[n.Again]++
			return false
		}
	case *dsl.ParallelOp:
		for _, b := range n.Branches {
			if inner, ok := b.Op.(*dsl.ParallelOp); ok {
				f.holders[inner] = b.Name.Text
			}
		}
	case *dsl.AssignStmt:
		if op, ok := n.Value.Op.(*dsl.ParallelOp); ok {
			f.holders[op] = n.Name.Text
		}
		if len(n.Path) > 0 {
			f.reads[n.Var]++
		}
	case *dsl.PollOp:
		if n.Bound != nil {
			inspectExpr(n.Until, func(e any) bool {
				if id, ok := e.(*dsl.IdentExpr); ok && id.Var == n.Bound {
					f.reads[id.Var]--
				}
				return true
			})
		}
	}
	return true
}

// noteInterrupted notes the catches that see an Interrupted, if what they stand behind
// has a step that is run at most once. That never leaves a workflow.
func (f *facts) noteInterrupted(catches []*dsl.Catch, inspect func(func(any) bool)) {
	for _, c := range catches {
		if len(c.Types) > 0 && !slices.ContainsFunc(c.Types, func(t *dsl.ErrorType) bool { return t.Builtin && t.Name == "Interrupted" }) {
			continue
		}
		inspect(func(n any) bool {
			step, ok := n.(*dsl.StepOp)
			if ok && step.Decl.Policy.AtMostOnce != nil {
				f.interrupted[c] = true
			}
			return !f.interrupted[c]
		})
	}
}

// read reports whether anything in Go reads the variable.
func (f *facts) read(v *dsl.Var) bool { return v != nil && f.reads[v] > 0 }

// canFail reports whether evaluating an expression can fail at run time.
func (f *facts) canFail(e dsl.Expr) bool {
	fails := false
	inspectExpr(e, func(n any) bool {
		if x, ok := n.(dsl.Expr); ok && x.Const() != nil {
			return false
		}
		fails = fails || f.fails(n)
		return !fails
	})
	return fails
}

func (f *facts) fails(n any) bool {
	switch e := n.(type) {
	case *dsl.BinaryExpr:
		switch e.Op {
		case "+", "-", "*", "/", "%":
			_, list := under(e.Type()).(*dsl.List)
			return !list && !isBasic(e.Type(), dsl.String)
		}
	case *dsl.UnaryExpr:
		return e.Op == "-"
	case *dsl.IndexExpr:
		return !isOptional(e.Type())
	case *dsl.SliceExpr:
		return true
	case *dsl.CallExpr:
		if e.Decl != nil {
			return f.funcFails(e.Decl)
		}
		return builtinFails(e)
	}
	return false
}

// funcFails reports whether a call of a func can fail: one written in Go may panic.
func (f *facts) funcFails(d *dsl.FuncDecl) bool {
	if d.Body == nil {
		return true
	}
	if known, ok := f.failing[d]; ok {
		return known
	}
	f.failing[d] = true // a func in its own body, if the checker lets that pass
	f.failing[d] = f.canFail(d.Body)
	return f.failing[d]
}

// operates reports whether a block has operations.
func operates(b *dsl.Block) bool {
	found := false
	inspectBlock(b, func(n any) bool {
		_, ok := n.(dsl.Operation)
		found = found || ok
		return !found
	})
	return found
}

// reassigned reports whether an expression reads a variable that may get another
// value: code that runs later has to have today's in a variable of its own.
func (fn *fn) reassigned(e dsl.Expr) bool {
	found := false
	inspectExpr(e, func(n any) bool {
		if id, ok := n.(*dsl.IdentExpr); ok && id.Var != nil && id.Var.Assigned > 0 && !fn.fixed[id.Var] {
			found = true
		}
		return !found
	})
	return found
}

// reassignedIn gives the variables declared outside of a block, read in it, and
// assigned more than once, in the order of their first use.
func reassignedIn(b *dsl.Block) []*dsl.Var {
	var out []*dsl.Var
	seen := map[*dsl.Var]bool{}
	inspectBlock(b, func(n any) bool {
		id, ok := n.(*dsl.IdentExpr)
		if ok && id.Var != nil && id.Var.Assigned > 0 && !seen[id.Var] {
			seen[id.Var] = true
			if id.Var.Span.Start < b.Start || id.Var.Span.Start >= b.End {
				out = append(out, id.Var)
			}
		}
		return true
	})
	return out
}

// leaves reports whether the end of a block can't be reached.
func leaves(b *dsl.Block) bool {
	return b != nil && len(b.Stmts) > 0 && stmtLeaves(b.Stmts[len(b.Stmts)-1])
}

func stmtLeaves(s dsl.Stmt) bool {
	switch s := s.(type) {
	case *dsl.ReturnStmt, *dsl.YieldStmt, *dsl.FailStmt, *dsl.BreakStmt, *dsl.ContinueStmt:
		return true
	case *dsl.IfStmt:
		switch e := s.Else.(type) {
		case *dsl.Block:
			return e != nil && leaves(s.Then) && leaves(e)
		case *dsl.IfStmt:
			return e != nil && leaves(s.Then) && stmtLeaves(e)
		}
	case *dsl.SwitchStmt:
		for _, c := range s.Cases {
			if !leaves(c.Body) {
				return false
			}
		}
		return leaves(s.Else) || s.Else == nil && exhaustive(s)
	case *dsl.TryStmt:
		return leaves(s.Body) && catchesLeave(s.Catches)
	case *dsl.SelectStmt:
		for _, c := range s.Cases {
			if !leaves(c.Body) {
				return false
			}
		}
		return len(s.Cases) > 0 && catchesLeave(s.Catches)
	case *dsl.WhileStmt:
		return endless(s) && !breaks(s.Body)
	}
	return false
}

func catchesLeave(catches []*dsl.Catch) bool {
	for _, c := range catches {
		if !leaves(c.Body) {
			return false
		}
	}
	return true
}

// exhaustive reports whether a switch without else names every case there is.
func exhaustive(s *dsl.SwitchStmt) bool {
	n := 0
	for _, c := range s.Cases {
		n += len(c.Choices)
	}
	switch t := s.Subject.Type().(type) {
	case *dsl.Enum:
		return n == len(t.Values)
	case dsl.Basic:
		return t == dsl.Bool && n == 2
	}
	return false
}

// endless reports whether only a break or leaving the function ends the loop.
func endless(s *dsl.WhileStmt) bool {
	v := s.Cond.Const()
	return s.AtMost == nil && v != nil && v.Kind() == constant.Bool && constant.BoolVal(v)
}

// breaks reports whether a break in the block leaves the loop whose body it is.
func breaks(b *dsl.Block) bool {
	return jumps(b, func(s dsl.Stmt) bool { _, ok := s.(*dsl.BreakStmt); return ok })
}

// jumps reports whether a statement of the block that is not in an inner loop or
// operation satisfies is.
func jumps(b *dsl.Block, is func(dsl.Stmt) bool) bool {
	found := false
	var visit func(n any) bool
	visit = func(n any) bool {
		switch n := n.(type) {
		case *dsl.ForStmt, *dsl.WhileStmt:
			return false
		case dsl.Stmt:
			found = found || is(n)
		case dsl.Operation:
			return sameScope(n, visit) && !found
		}
		return !found
	}
	inspectBlock(b, visit)
	return found
}

// sameScope reports whether all of an operation belongs to the scope around it. Of
// one that is a scope of its own, only the catches do: it visits those.
func sameScope(op dsl.Operation, visit func(any) bool) bool {
	switch op.(type) {
	case *dsl.GroupOp, *dsl.MapOp, *dsl.ParallelOp:
		inspectCatches(op.Base().Catches, visit)
		return false
	}
	return true
}

// crosses reports whether control can leave a block of a try otherwise than by
// its end or a failure.
func crosses(b *dsl.Block) bool {
	return crossing(b, false)
}

func crossing(b *dsl.Block, inLoop bool) bool {
	found := false
	var visit func(n any) bool
	visit = func(n any) bool {
		switch n := n.(type) {
		case *dsl.ReturnStmt, *dsl.YieldStmt:
			found = true
		case *dsl.BreakStmt, *dsl.ContinueStmt:
			found = found || !inLoop
		case *dsl.ForStmt:
			found = found || crossing(n.Body, true)
			return false
		case *dsl.WhileStmt:
			found = found || crossing(n.Body, true)
			return false
		case dsl.Operation:
			return sameScope(n, visit) && !found
		}
		return !found
	}
	inspectBlock(b, visit)
	return found
}

func isBasic(t dsl.Type, b dsl.Basic) bool {
	basic, ok := under(t).(dsl.Basic)
	return ok && basic == b
}

// under gives what a type is, for one that names an existing Go type.
func under(t dsl.Type) dsl.Type {
	if g, ok := t.(*dsl.GoType); ok {
		return g.Under
	}
	return t
}

func isOptional(t dsl.Type) bool {
	_, ok := t.(*dsl.Optional)
	return ok
}
