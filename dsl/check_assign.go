package dsl

import "strings"

// What gives a variable its value.

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

// targetEnd is the end of what is assigned.
func (s *AssignStmt) targetEnd() Pos {
	if s.Index != nil {
		return s.Index.Range().End + Pos(len("]"))
	}
	return s.pathEnd()
}

// unassignable reports an assignment to what is no variable.
func (c *checker) unassignable(s *AssignStmt) {
	if d := c.decls[s.Name.Text]; d != nil {
		p := c.errorf(codeNotAValue, s.Name.Span, "`%s` is %s and can't be assigned", s.Name.Text, declKind(d)).
			note(d.DeclName().Span, "declared here")
		if d, is := d.(*ConstDecl); is {
			if _, list := d.Type.(*List); list || s.whole() {
				p.help("a variable that begins with it is `x := %s`", s.Name.Text)
			} else {
				p.help("assign to a copy: `x := %s`, then `x%s = …`", s.Name.Text, c.text(Span{s.Name.End, s.targetEnd()}))
			}
		}
		return
	}
	if c.mayBeDeclared(s.Name.Text) {
		return
	}
	near := c.near(s.Name.Text, c.varNames())
	p := c.errorf(codeUnknownName, s.Name.Span, "unknown name `%s`", s.Name.Text)
	if near != "" { // or it is a new one
		p.help("did you mean `%s`?", near)
	}
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
	if strings.TrimSpace(c.text(between)) == "=" && len(c.env.blocks) == 1 { // a variable of an inner block ends with it
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
		c.errorf(codeNoIndex, s.Index.Range(), "a `%s` has no entries that can be assigned", t).
			help("a map has; a field is assigned by its name, `%s.f = …`", target)
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
	if text := asText(t); text != t && c.assignedLater(s.Name) {
		t = text
	}
	s.Var = c.declare(s.Name, t, c.unusedVar(Span{}))
	c.flow.assign(s.Var)
}

// assignedLater reports whether something of a name gets another value in this workflow.
func (c *checker) assignedLater(name *Name) bool {
	if c.body == nil || c.body.workflow == nil || name == nil {
		return false
	}
	found := false
	Inspect(c.body.workflow.Body, func(n Node) bool {
		s, ok := n.(*AssignStmt)
		found = found || ok && !s.Define && s.Name != nil && s.Name.Text == name.Text
		return !found
	})
	return found
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
