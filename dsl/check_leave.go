package dsl

import "fmt"

// What leaves a body: return, yield and fail.

func (c *checker) returnStmt(s *ReturnStmt) {
	defer c.flow.leave()
	b := c.body
	b.jump(0)
	want := Type(nil)
	if b.kind == workflowBody {
		want = b.workflow.ResultType
	} else {
		c.errorf(codeMisplaced, Span{s.Start, s.Start + 6}, "`return` can't leave %s", b.name).
			help("%s", b.howToLeave("`yield` ends it with a value; return that outside"))
		if s.Value != nil && b.kind != undoBody && b.kind != caseBody {
			b.doubtful = true
			c.yieldStmt(&YieldStmt{Span: s.Span, Value: *s.Value})
			return
		}
	}
	if s.Value == nil {
		if want != nil {
			c.errorf(codeMissingReturn, s.Span, "`return` without a value in %s", b.name).
				note(b.workflow.Name.Span, "it gives a `%s`", want).help("write `return` and a `%s`", want)
		}
		return
	}
	noResult := b.kind == workflowBody && b.workflow.ResultType == nil && b.workflow.Result == nil
	if noResult {
		c.errorf(codeNoResult, s.Span, "%s has no result, but a value is returned", b.name).
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

// howToLeave says how a body ends that a statement of the workflow's own can't leave; yields
// is that of one that ends with `yield`.
func (b *body) howToLeave(yields string) string {
	switch b.kind {
	case undoBody:
		return "an undo ends with its block"
	case caseBody:
		return leaveSelect
	}
	return yields
}

func (c *checker) yieldStmt(s *YieldStmt) {
	defer c.flow.leave()
	b := c.body
	b.jump(0)
	misplaced := b.kind == workflowBody || b.kind == undoBody || b.kind == caseBody
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

// leaveSelect says where a failed case leads out of what is around its select.
const leaveSelect = "a case that is caught here is dropped, and the `select` goes on with the others; to leave, catch it behind the closing brace of the `select`"

// yieldHelp says what a `yield` that nothing takes may have been meant for: in the catch
// of an operation, a value in place of the operation's.
func (c *checker) yieldHelp(p *Diagnostic, s *YieldStmt) {
	at := Span{s.Start, s.Start + 5}
	use := c.body.caught
	switch {
	case c.body.kind == caseBody:
		p.help(leaveSelect)
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
	case Basic, *Enum, *GoType, *Record: // are data
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
	t = asText(t)
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
		t := c.errorType(&Name{Span: e.Span, Text: e.Name})
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
