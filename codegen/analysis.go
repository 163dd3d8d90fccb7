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
	whole   map[*dsl.Record]bool
	fields  map[dsl.Expr]bool
	failing map[*dsl.FuncDecl]bool // memo of funcs whose call can fail
	called  map[*dsl.WorkflowDecl]bool
	// panics: what fails panics, and a flow.Eval further out makes an error of it.
	panics bool
	// interrupted are the catches to which a step at most once may lead.
	interrupted map[*dsl.Catch]bool
}

func newFacts(p *dsl.Program) *facts {
	f := &facts{reads: map[*dsl.Var]int{}, whole: map[*dsl.Record]bool{}, fields: map[dsl.Expr]bool{},
		failing: map[*dsl.FuncDecl]bool{}, called: map[*dsl.WorkflowDecl]bool{},
		interrupted: map[*dsl.Catch]bool{}}
	for _, w := range p.Workflows {
		dsl.Inspect(w.Body, f.count)
	}
	for _, d := range p.Funcs {
		if d.Block != nil {
			dsl.Inspect(d.Block, f.count)
		}
	}
	return f
}

// count notes reads of variables. What a poll's condition reads of the poll's own
// value is not counted: there it is a parameter in Go.
func (f *facts) count(n dsl.Node) bool {
	if op, ok := n.(dsl.Operation); ok {
		f.noteInterrupted(op.Base().Catches, op)
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
		f.noteInterrupted(n.Catches, n.Body)
	case *dsl.FailStmt:
		if n.Again != nil {
			f.reads[n.Again]++
			return false
		}
	case *dsl.AssignStmt:
		if len(n.Path) > 0 || n.Index != nil {
			f.reads[n.Var]++
		}
	case *dsl.PollOp:
		if n.Bound != nil {
			dsl.Inspect(n.Until, func(e dsl.Node) bool {
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
func (f *facts) noteInterrupted(catches []*dsl.Catch, in dsl.Node) {
	for _, c := range catches {
		if len(c.Types) > 0 && !slices.ContainsFunc(c.Types, func(t *dsl.ErrorType) bool { return t.Builtin && t.Name == "Interrupted" }) {
			continue
		}
		dsl.Inspect(in, func(n dsl.Node) bool {
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
func (f *facts) canFail(e dsl.Node) bool {
	if f.panics {
		return false
	}
	fails := false
	dsl.Inspect(e, func(n dsl.Node) bool {
		if x, ok := n.(dsl.Expr); ok && x.Const() != nil {
			return false
		}
		fails = fails || f.fails(n)
		return !fails
	})
	return fails
}

func (f *facts) fails(n dsl.Node) bool {
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
	case *dsl.SliceExpr, *dsl.ConvertExpr:
		return true
	case *dsl.SelectorExpr:
		return e.Field != nil && e.Field.ReadOnly()
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
	if d.InGo() {
		return true
	}
	if known, ok := f.failing[d]; ok {
		return known
	}
	f.failing[d] = true // a func in its own body, if the checker lets that pass
	f.failing[d] = f.canFail(d.Code())
	return f.failing[d]
}

// operates reports whether a block has operations.
func operates(b *dsl.Block) bool {
	found := false
	dsl.Inspect(b, func(n dsl.Node) bool {
		_, ok := n.(dsl.Operation)
		found = found || ok
		return !found
	})
	return found
}

// reassigned reports whether an expression reads a variable that may get another
// value, or the workflow's context, which a step's hides: code that runs later has to have
// today's in a variable of its own.
func (fn *fn) reassigned(e dsl.Expr) bool {
	found := false
	dsl.Inspect(e, func(n dsl.Node) bool {
		if id, ok := n.(*dsl.IdentExpr); ok && id.Var != nil && id.Var.Assigned > 0 && !fn.fixed[id.Var] {
			found = true
		}
		s, ok := n.(*dsl.SelectorExpr)
		found = found || ok && s.Execution
		return !found
	})
	return found
}

// reassignedIn gives the variables declared outside of a block, read in it, and
// assigned more than once, in the order of their first use.
func reassignedIn(b *dsl.Block) []*dsl.Var {
	var out []*dsl.Var
	seen := map[*dsl.Var]bool{}
	dsl.Inspect(b, func(n dsl.Node) bool {
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

// isTrue reports whether a condition is the constant true.
func isTrue(e dsl.Expr) bool {
	v := e.Const()
	return v != nil && v.Kind() == constant.Bool && constant.BoolVal(v)
}

// catchesLeave reports whether control never goes on behind one of the catches.
func catchesLeave(catches []*dsl.Catch) bool {
	return !slices.ContainsFunc(catches, func(c *dsl.Catch) bool { return !c.Body.Leaves })
}

func isBasic(t dsl.Type, b dsl.Basic) bool {
	basic, ok := under(t).(dsl.Basic)
	return ok && basic == b
}

// under gives what a type is, for one that names an existing Go type, and for an enum
// whose values are texts.
func under(t dsl.Type) dsl.Type {
	switch t := t.(type) {
	case *dsl.GoType:
		return t.Under
	case *dsl.Enum:
		if t.Text {
			return dsl.String
		}
	default: // is what it is
	}
	return t
}

func isOptional(t dsl.Type) bool {
	_, ok := t.(*dsl.Optional)
	return ok
}
