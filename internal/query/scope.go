package query

import "github.com/durablegen/durablegen/dsl"

// Visible gives the variables and parameters that can be named at a place, the innermost
// first; a name that hides another one stands alone.
func Visible(f *dsl.File, p dsl.Pos) []*dsl.Var {
	s := &seer{at: p}
	for _, d := range f.Decls {
		if r := d.Range(); r.Start <= p && p <= r.End {
			dsl.Inspect(d, s.node)
		}
	}
	var out []*dsl.Var
	seen := map[string]bool{}
	for i := len(s.found) - 1; i >= 0; i-- {
		if v := s.found[i]; v != nil && v.Name != "" && !seen[v.Name] {
			seen[v.Name] = true
			out = append(out, v)
		}
	}
	return out
}

// seer walks down to a place and takes up what is declared on the way.
type seer struct {
	at    dsl.Pos
	found []*dsl.Var
}

// holds reports whether the place is in a node.
func (s *seer) holds(n dsl.Node) bool {
	r := n.Range()
	return r.Start <= s.at && s.at <= r.End
}

// in reports whether the place is between the braces of a block.
func (s *seer) in(b *dsl.Block) bool { return b != nil && b.Start < s.at && s.at < b.End }

func (s *seer) take(vars ...*dsl.Var) { s.found = append(s.found, vars...) }

// node takes what a node declares for the place, and reports whether to look into it.
func (s *seer) node(n dsl.Node) bool {
	switch n := n.(type) {
	case *dsl.Param:
		s.take(n.Var)
		return false
	case *dsl.AssignStmt:
		if n.Define && (n.Range().End < s.at || behind(n.Value.Op, s.at)) {
			s.take(n.Var)
		}
	case *dsl.VarStmt:
		if n.Range().End < s.at {
			s.take(n.Var)
		}
	case *dsl.ForStmt:
		if s.in(n.Body) {
			s.take(n.IndexVar, n.ElemVar)
		}
	case *dsl.MapOp:
		if s.in(n.Body) {
			s.take(n.ItemVar)
		}
	case *dsl.Catch:
		if s.in(n.Body) {
			s.take(n.Var)
		}
	case *dsl.SwitchCase:
		if s.in(n.Body) {
			s.take(n.Var)
		}
	case *dsl.SelectCase:
		if s.in(n.Body) {
			s.take(n.Var)
		}
	case *dsl.PollOp:
		if n.Until != nil && n.Until.Range().Start <= s.at && s.holds(n) {
			s.take(n.Bound)
		}
	case *dsl.CompExpr:
		if s.holds(n) {
			s.take(n.IndexVar, n.ElemVar)
		}
	}
	return s.holds(n)
}

// behind reports whether a place is in what follows an operation: where its value has a name
// already.
func behind(op dsl.Operation, p dsl.Pos) bool {
	if op == nil {
		return false
	}
	base := op.Base()
	for _, c := range base.Catches {
		if c.Start <= p && p <= c.End {
			return true
		}
	}
	return base.Undo != nil && base.Undo.Start <= p && p <= base.Undo.End
}
