package dsl

// unboundedLoops warns of loops that nothing bounds.
func (c *checker) unboundedLoops() {
	for _, w := range c.program.Workflows {
		if w.Body == nil {
			continue
		}
		Inspect(w.Body, func(n Node) bool {
			if s, ok := n.(*WhileStmt); ok && s.Turns && isNilExpr(s.AtMost) && !goesOn(s.Body) && !counts(s) {
				d := c.errorf(codeUnboundedLoop, Span{s.Start, s.Cond.Range().End}, "this `while` has no bound, and an execution has: 3,000 operations, and 366 days at most")
				d.Severity = Warning
				d.help("bound it, `at most 100 times`, or let it go on as a new execution: `again %s(…)` ends this one and starts the next with what it has come to", w.Name.Text)
			}
			return true
		})
	}
}

// goesOn reports whether a block can leave for a new execution.
func goesOn(b *Block) bool {
	found := false
	Inspect(b, func(n Node) bool {
		_, again := n.(*AgainStmt)
		found = found || again
		return !found
	})
	return found
}

// counts reports whether the condition of a loop reads a variable that the loop counts up or
// down, or cuts down: its own arithmetic bounds it.
func counts(s *WhileStmt) bool {
	read := map[*Var]bool{}
	Inspect(s.Cond, func(n Node) bool {
		if id, ok := n.(*IdentExpr); ok && id.Var != nil {
			read[id.Var] = true
		}
		return true
	})
	found := false
	InspectScope(s.Body, func(n Node) bool {
		a, ok := n.(*AssignStmt)
		if !ok || !read[a.Var] || isNilExpr(a.Value.Expr) {
			return !found
		}
		Inspect(a.Value.Expr, func(n Node) bool {
			id, ok := n.(*IdentExpr)
			found = found || ok && id.Var == a.Var
			return !found
		})
		return !found
	})
	return found
}
