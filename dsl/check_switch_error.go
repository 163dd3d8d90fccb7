package dsl

import "go/constant"

// A `switch` over an error of any kind: that of an item of a settled batch, or what a
// `catch` of several has caught.

// switchError checks a `switch` over an error, which may be absent. Which errors can come
// is known when all bodies have been checked: see errorCases.
func (c *checker) switchError(s *SwitchStmt, optional bool) {
	s.OfError = true
	at, isPlace := placeOf(s.Subject)
	seen := map[string]Expr{}
	var layers []*layer
	noneAlone := false
	for _, sc := range s.Cases {
		sc.Types, sc.None = nil, false
		for i := range sc.Choices {
			c.errorChoice(sc, i, s, optional, seen)
		}
		noneAlone = noneAlone || sc.None && len(sc.Choices) == 1
		layers = append(layers, c.flow.branch(func() {
			if optional && isPlace && !sc.None {
				c.flow.assume([]place{at})
			}
			c.openBlock()
			defer c.closeBlock()
			c.caseVar(sc)
			c.stmts(sc.Body)
		}))
	}
	layers = append(layers, c.flow.branch(func() {
		if optional && isPlace && noneAlone {
			c.flow.assume([]place{at})
		}
		c.block(s.Else)
	}))
	c.flow.join(layers...)
}

// errorChoice checks one alternative of a case: the name of an error, in quotes of one that
// is not declared, or `none`, which the expression for it takes the place of.
func (c *checker) errorChoice(sc *SwitchCase, i int, s *SwitchStmt, optional bool, seen map[string]Expr) {
	e := sc.Choices[i]
	id, ok := e.(*IdentExpr)
	if none, again := e.(*NoneExpr); again { // it has been checked before
		id, ok = &IdentExpr{exprBase: none.exprBase, Name: "none"}, true
	}
	switch {
	case isNilExpr(e):
		return
	case ok && id.Name == "none":
		sc.None = true
		sc.Choices[i] = &NoneExpr{exprBase{Span: id.Span, typ: None}}
		if !optional {
			c.errorf(codeNeverAbsent, id.Span, "`%s` is never absent here", shorten(c.text(s.Subject.Range()))).help("take this case out")
		}
	case isFixedText(e):
		c.expr(e, String)
		id = &IdentExpr{exprBase: exprBase{Span: e.Range()}, Name: constant.StringVal(e.Const())}
		t := c.failureType(&Name{Span: id.Span, Text: id.Name, Quoted: true})
		if t == nil {
			return
		}
		sc.Types = append(sc.Types, t)
	case !ok || !isCapital(id.Name):
		c.errorf(codeUnknownError, e.Range(), "a case of a `switch` over an error names errors, or `none`").
			help("write `case SomeError as e { … }`, and `else { … }` for all others")
		return
	default:
		t := c.errorType(&Name{Span: id.Span, Text: id.Name})
		if t == nil {
			return
		}
		id.typ = t
		sc.Types = append(sc.Types, t)
	}
	if before := seen[id.Name]; before != nil {
		c.errorf(codeDuplicateCase, id.Span, "this case stands here twice").note(before.Range(), "the first one").help("take one out")
		return
	}
	seen[id.Name] = id
}

// isFixedText reports whether an expression is a text without holes: the name of failures
// that are not declared.
func isFixedText(e Expr) bool {
	text, ok := e.(*StringExpr)
	return ok && len(text.Parts) == 1 && isNilExpr(text.Parts[0].Hole)
}

// caseVar declares what a case binds: the error itself where it names one, else one of any
// kind.
func (c *checker) caseVar(sc *SwitchCase) {
	if sc.Bind == nil {
		return
	}
	var t Type = Failure
	if len(sc.Choices) == 1 {
		t = nil // what it names is unknown
		if len(sc.Types) == 1 {
			t = sc.Types[0]
		}
	}
	if sc.None {
		c.errorf(codeErrorUse, sc.Bind.Span, "`%s` may be `none` here, which has no fields", sc.Bind.Text).
			help("give `none` a case of its own")
		t = nil
	}
	last := sc.Choices[len(sc.Choices)-1].Range()
	sc.Var = c.declare(sc.Bind, t, func(v *Var) {
		c.errorf(codeUnusedVariable, v.Span, "`%s` is declared and not used", v.Name).help("leave out `as %s`", v.Name).
			fix("leave it out", Edit{Span: Span{last.End, sc.Bind.End}})
	})
}

// errorOf gives what an error of any kind can be: nil if that is not known.
func (c *checker) errorOf(e Expr) *raised {
	switch e := e.(type) {
	case *ParenExpr:
		return c.errorOf(e.X)
	case *IdentExpr:
		return c.fails.caught[e.Var]
	case *SelectorExpr:
		if isNilExpr(e.X) {
			return nil
		}
		item, _ := e.X.Type().(*ItemOutcome)
		return c.fails.items[item]
	default: // gives no error
	}
	return nil
}

// errorCases compares the cases of a `switch` over an error with what that can be. Declared
// errors, and the built-in ones that have to be handled elsewhere, are named or left to an
// `else`; the others, and `none`, may go past.
func (c *checker) errorCases(s *SwitchStmt) {
	r := c.errorOf(s.Subject)
	if r == nil {
		r = &raised{unknown: true}
	}
	named := map[*ErrorType]bool{}
	for _, sc := range s.Cases {
		caught := &raised{unknown: r.unknown}
		for i, t := range sc.Types {
			named[t] = true
			if t.Undeclared { // some of what is unexpected
				caught.pass(errUnexpected)
				continue
			}
			for _, m := range r.must {
				if m.typ == t {
					caught.must = append(caught.must, m)
				}
			}
			if r.may[t] {
				caught.pass(t)
			}
			if !r.has(t) && !r.unknown && c.fails.reporting && !c.fails.unresolved && len(sc.Types) == len(sc.Choices) {
				c.neverCaught(t, sc.Choices[i].Range(), r, "`"+shorten(c.text(s.Subject.Range()))+"`")
			}
		}
		if sc.Var != nil {
			c.fails.caught[sc.Var] = caught
		}
	}
	if s.Else != nil || !c.fails.reporting || c.incomplete(s.Span) {
		return
	}
	var missing []string
	for _, t := range r.types() {
		if !named[t] && !r.may[t] {
			missing = append(missing, t.Name)
		}
	}
	if len(missing) > 0 {
		c.errorf(codeNotExhaustive, Span{s.Start, s.Subject.Range().End}, "this switch leaves out %s", quoteAll(missing)).
			help("add a `case` for each, or an `else { … }`")
	}
}
