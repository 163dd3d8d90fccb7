package changes

import (
	"cmp"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// logic enters a statement, as its text without the operations in it.
func (m *modeler) logic(s *scope, st dsl.Stmt) {
	s.logic = append(s.logic, piece{m.plain(st), m.source(st.Range()), st.Pos(), m.caught})
}

// text enters an expression that decides.
func (m *modeler) text(s *scope, what, shown string, e dsl.Expr) {
	s.logic = append(s.logic, piece{what + " " + m.plain(e), shown + m.source(e.Range()), e.Pos(), m.caught})
}

// note enters where something ends or begins.
func (m *modeler) note(s *scope, what string, pos dsl.Pos) {
	s.logic = append(s.logic, piece{text: what, pos: pos, caught: m.caught})
}

// given is what an operation is given, and the clauses by which it is repeated and bounded:
// those at its use, and those of its declaration where there are none.
func (m *modeler) given(op dsl.Operation) (args, clauses string) {
	var list, bounds []dsl.Expr
	base := op.Base()
	policy := &dsl.Policy{}
	switch op := op.(type) {
	case *dsl.StepOp:
		list = op.Args
		if op.Decl != nil {
			policy = &op.Decl.Policy
		}
	case *dsl.CallbackOp:
		list = op.Args
		if op.Decl != nil {
			policy = &op.Decl.Policy
		}
	case *dsl.OpenOp:
		if op.Decl != nil {
			policy = &op.Decl.Policy
		}
	case *dsl.InvokeOp:
		list = op.Args
	case *dsl.CallOp:
		list = op.Args
	case *dsl.PollOp:
		list, bounds = op.Args, []dsl.Expr{op.From, op.Every, op.Backoff, op.Max, op.AtMost, op.Until}
	case *dsl.WaitOp:
		list = []dsl.Expr{op.For}
	case *dsl.ParallelOp:
		bounds = []dsl.Expr{op.Max, op.Min, op.Tolerate}
	case *dsl.MapOp:
		bounds = []dsl.Expr{op.Max, op.Min, op.Tolerate}
	case *dsl.GroupOp, *dsl.SelectStmt, *dsl.AwaitOp: // are given nothing
	}
	for _, e := range list {
		if e != nil {
			args += m.plain(e) + ", "
		}
	}
	for _, e := range bounds {
		clauses += " "
		if e != nil {
			clauses += m.plain(e)
		}
	}
	for _, retry := range dsl.RetryOf(base, policy) {
		clauses += " " + m.source(retry.Range())
	}
	for _, pair := range [][2]*dsl.Clause{{base.Use.Timeout, policy.Timeout}, {base.Use.Heartbeat, policy.Heartbeat}} {
		switch {
		case pair[0] != nil:
			clauses += " " + m.source(pair[0].Range())
		case pair[1] != nil:
			clauses += " " + m.source(pair[1].Range())
		}
	}
	return args, clauses
}

// source is the text of a span, on one line.
func (m *modeler) source(at dsl.Span) string {
	src := m.prog.Sources.Source(at.Start)
	if src == nil {
		return ""
	}
	text := src.Text[src.Offset(at.Start):min(src.Offset(at.End), len(src.Text))]
	return strings.Join(strings.Fields(string(text)), " ")
}

// plain is the text of a node in which variables are called by where they come from, and
// an operation by its identity: what stays the same where nothing but names is changed.
func (m *modeler) plain(n dsl.Node) string {
	type cut struct {
		at   dsl.Span
		with string
	}
	var cuts []cut
	dsl.Inspect(n, func(n dsl.Node) bool {
		switch n := n.(type) {
		case dsl.Operation:
			cuts = append(cuts, cut{whole(n), "operation " + n.Base().Identity})
			return false
		case *dsl.AssignStmt:
			if n.Name != nil && n.Var != nil {
				cuts = append(cuts, cut{n.Name.Span, m.known(n.Var)})
			}
		case *dsl.VarStmt:
			if n.Name != nil && n.Var != nil {
				cuts = append(cuts, cut{n.Name.Span, m.known(n.Var)})
			}
		case *dsl.IdentExpr:
			if n.Var != nil {
				cuts = append(cuts, cut{n.Range(), m.known(n.Var)})
			}
		default: // are made of these
		}
		return true
	})
	slices.SortFunc(cuts, func(a, b cut) int { return cmp.Compare(a.at.Start, b.at.Start) })
	var b strings.Builder
	at, end := n.Range().Start, n.Range().End
	for _, c := range cuts {
		if c.at.Start < at {
			continue
		}
		b.WriteString(m.source(dsl.Span{Start: at, End: c.at.Start}))
		b.WriteString(" <" + c.with + "> ")
		at = c.at.End
	}
	if at < end {
		b.WriteString(m.source(dsl.Span{Start: at, End: end}))
	}
	return b.String()
}

// whole is the span of an operation with its undo and catches.
func whole(op dsl.Operation) dsl.Span {
	at, base := op.Range(), op.Base()
	if base.Undo != nil {
		at.End = max(at.End, base.Undo.Range().End)
	}
	for _, c := range base.Catches {
		at.End = max(at.End, c.Range().End)
	}
	return at
}

// known is by what a variable is known in plain texts.
func (m *modeler) known(v *dsl.Var) string {
	if name, ok := m.names[v]; ok {
		return name
	}
	return v.Name
}

// decided compares what two versions of a scope compute and decide: what is gone, and
// what is new.
func decided(old, new *scope) (gone, fresh []piece) {
	return without(old.logic, new.logic), without(new.logic, old.logic)
}

// without gives the pieces of a list that another one lacks, as often as it lacks them.
func without(list, other []piece) (out []piece) {
	left := map[string]int{}
	for _, p := range other {
		left[p.text]++
	}
	for _, p := range list {
		if left[p.text] > 0 {
			left[p.text]--
		} else {
			out = append(out, p)
		}
	}
	return out
}

// reorders reports whether the same statements stand in another order.
func reorders(old, new *scope) bool {
	return !slices.EqualFunc(old.logic, new.logic, func(a, b piece) bool { return a.text == b.text })
}
