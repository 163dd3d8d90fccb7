package dsl

import "fmt"

// loop is a `for` or `while` around the current statement.
type loop struct {
	node Node
	base *layer // the state before the loop
	// turned stands for "this turn has made an operation".
	turned *Var
	idle   bool // some turn can end without
	// exits are the states at the breaks of a loop that ends by them alone.
	exits    []*layer
	keepExit bool
	broke    bool
}

func (c *checker) forStmt(s *ForStmt) {
	key, elem := c.ranged(s.List)
	c.openBlock()
	if s.Index != nil {
		s.IndexVar = c.declare(s.Index, key, c.unusedIndex(s))
	}
	s.ElemVar = c.declare(s.Elem, elem, nil)
	c.killAssigned(s.Body)
	l := &loop{node: s, base: c.flow.top}
	c.body.loops = append(c.body.loops, l)
	c.flow.branch(func() { c.block(s.Body) })
	c.body.loops = c.body.loops[:len(c.body.loops)-1]
	c.closeBlock()
}

func (c *checker) unusedIndex(s *ForStmt) func(*Var) {
	return func(v *Var) {
		c.errorf(codeUnusedVariable, v.Span, "`%s` is declared and not used", v.Name).
			help("write `for %s in …`", s.Elem.Text).
			fix("leave it out", Edit{Span: Span{s.Index.Start, s.Elem.Start}})
	}
}

func (c *checker) whileStmt(s *WhileStmt) {
	c.killAssigned(s.Body)
	yes, no := c.cond(s.Cond)
	forever := !isNilExpr(s.Cond) && isTrue(s.Cond)
	if !isNilExpr(s.AtMost) {
		if c.exprAs(s.AtMost, Int, "the bound of a loop") {
			c.atLeast(s.AtMost, 1, "the bound of a loop")
		}
		forever = false
	}
	s.Endless = forever
	l := &loop{node: s, base: c.flow.top, keepExit: forever}
	if isNilExpr(s.AtMost) {
		l.turned = &Var{}
	}
	c.body.loops = append(c.body.loops, l)
	c.flow.branch(func() {
		c.flow.assume(yes)
		if l.turned != nil {
			c.flow.unassign(l.turned)
		}
		c.block(s.Body)
		c.turnEnds(l)
	})
	c.body.loops = c.body.loops[:len(c.body.loops)-1]
	if l.idle && !c.incomplete(s.Span) {
		at := s.Span
		if !isNilExpr(s.Cond) {
			at.End = s.Cond.Range().End
		}
		c.errorf(codeEndlessLoop, at, "this `while` can turn without an operation, so it might never end and never suspend").
			help("bound it: `while … at most 100 times { … }`")
		forever = false // what is below is reached once the loop is bounded
	}
	switch {
	case forever:
		c.flow.join(l.exits...)
	case !l.broke && isNilExpr(s.AtMost):
		c.flow.assume(no)
	}
}

func isTrue(e Expr) bool {
	v := e.Const()
	return v != nil && v.String() == "true" && e.Type() == Bool
}

// turnEnds notes whether the turn of a loop that ends here may have made no operation.
func (c *checker) turnEnds(l *loop) {
	if l.turned != nil && !c.flow.dead() && !c.flow.top.isAssigned(l.turned) {
		l.idle = true
	}
}

func (c *checker) breakStmt(at Span, word string) {
	if n := len(c.body.loops); n > 0 {
		c.body.jump(n)
		l := c.body.loops[n-1]
		if word == "continue" {
			c.turnEnds(l)
		} else {
			l.broke = true
			if l.keepExit {
				l.exits = append(l.exits, c.flow.snapshot(l.base))
			}
		}
		c.flow.leave()
		return
	}
	inLoop := false
	for b := c.body.outer; b != nil; b = b.outer {
		inLoop = inLoop || len(b.loops) > 0
	}
	p := c.errorf(codeMisplaced, at, "`%s` stands outside of a loop", word)
	if inLoop {
		p.Message = fmt.Sprintf("`%s` can't leave %s", word, c.body.name)
		p.help("`yield` ends it; decide about the loop outside, by what was yielded")
	}
}
