package dsl

import (
	"fmt"
	"go/constant"
	"strings"
)

func (c *checker) switchStmt(s *SwitchStmt) {
	t := c.subject(s.Subject)
	if present(t) == Failure {
		c.switchError(s, isOptional(t))
		return
	}
	if isOptional(t) {
		c.absent(s.Subject)
		t = present(t)
	}
	if t != nil && !switchable(t) {
		p := c.errorf(codeWrongType, s.Subject.Range(), "`switch` does not work on a `%s`", t)
		if t == Bool {
			p.help("use `if`")
		} else {
			p.help("switch over an enum, a text, a number or a duration")
		}
		t = nil
	}
	seen := map[string]Expr{}
	var layers []*layer
	for _, sc := range s.Cases {
		for i := range sc.Choices {
			c.choice(sc, i, t, seen)
		}
		if sc.Bind != nil {
			c.errorf(codeErrorUse, sc.Bind.Span, "`as` stands in a `switch` over an error only").
				help("leave out `as %s`: the value is that of the `switch`", sc.Bind.Text)
		}
		layers = append(layers, c.flow.branch(func() { c.block(sc.Body) }))
	}
	complete := s.Else != nil
	if s.Else != nil {
		layers = append(layers, c.flow.branch(func() { c.block(s.Else) }))
	} else if e, ok := t.(*Enum); ok && !(e.Text && allTexts(s)) {
		complete = c.exhaustive(s, e, seen)
		s.Exhaustive = complete
	}
	if !complete {
		layers = append(layers, c.flow.branch(func() {}))
	}
	c.flow.join(layers...)
}

// subject checks what a `switch` chooses by: a value, or an error.
func (c *checker) subject(e Expr) Type {
	if id, ok := e.(*IdentExpr); ok {
		if v := c.lookup(id.Name); v != nil && present(v.Type) == Failure {
			id.typ = c.variable(id, false)
			return id.typ
		}
	}
	return c.expr(e, nil)
}

// allTexts reports whether the cases of a switch over an enum whose values are texts give
// them as such: it need not name all of them then.
func allTexts(s *SwitchStmt) bool {
	for _, sc := range s.Cases {
		for _, e := range sc.Choices {
			if _, ok := e.(*EnumExpr); ok {
				return false
			}
		}
	}
	return true
}

// neverEqual warns of a constant text that no value of an enum is.
func (c *checker) neverEqual(e Expr, enum *Enum) {
	if valueOfText(enum, e.Const()) != nil {
		return
	}
	texts := make([]string, 0, len(enum.Values))
	for _, v := range enum.Values {
		if v.Name == constant.StringVal(e.Const()) {
			c.errorf(codeNeverEqual, e.Range(), "no value of `%s` is %s", enum, e.Const()).
				help("if `%s.%s` is meant, write that: its text is %q", enum, v.Name, v.JSON).Severity = Warning
			return
		}
		texts = append(texts, fmt.Sprintf("%q", v.JSON))
	}
	c.errorf(codeNeverEqual, e.Range(), "no value of `%s` is %s", enum, e.Const()).
		help("their texts are %s", strings.Join(texts, ", ")).Severity = Warning
}

func switchable(t Type) bool {
	if isEnum(t) {
		return true
	}
	switch underlying(t) {
	case String, Int, Float, Duration:
		return true
	}
	return false
}

// choice checks one alternative of a case. A bare name of the enum's is replaced
// by the expression that names the value in full.
func (c *checker) choice(sc *SwitchCase, i int, t Type, seen map[string]Expr) {
	e := sc.Choices[i]
	if isNilExpr(e) {
		return
	}
	key := ""
	if id, ok := e.(*IdentExpr); ok {
		var values []*EnumValue
		switch t := t.(type) {
		case *Enum:
			values = t.Values
		case *GoType:
			values = t.Values
		default: // has no values with a name
		}
		_, isConst := c.decls[id.Name].(*ConstDecl)
		// A constant for a text of an enum was there before that was one.
		if isEnum(t) && !(isConst && isTextEnum(t)) || !isEnum(t) && findValue(values, id.Name) != nil || len(values) > 0 && !isConst {
			x := &EnumExpr{exprBase: exprBase{Span: id.Span}, Value: &Name{Span: id.Span, Text: id.Name}}
			sc.Choices[i] = x
			if x.Member = c.member(x.Value, t, values); x.Member == nil {
				return
			}
			x.typ = t
			e = x
		}
	}
	if x, ok := e.(*EnumExpr); !ok || x.Member == nil {
		if c.expr(e, t) == nil {
			return
		}
		if t == nil {
			return
		}
		if enum, ok := t.(*Enum); ok && enum.Text && e.Type() == String && e.Const() != nil {
			c.neverEqual(e, enum)
		} else if !c.fits(e, t, "this case") {
			return
		}
	}
	switch x := e.(type) {
	case *EnumExpr:
		if x.Member == nil {
			return
		}
		key = "." + x.Member.Name
	default:
		if e.Const() == nil {
			c.errorf(codeNotConstant, e.Range(), "a case compares with constants only").
				help("use `if` for what is computed")
			return
		}
		key = e.Const().ExactString()
		if e.Const().Kind() == constant.Float || e.Const().Kind() == constant.Int {
			key = constant.ToFloat(e.Const()).ExactString()
		}
		if enum, ok := t.(*Enum); ok {
			if v := valueOfText(enum, e.Const()); v != nil {
				key = "." + v.Name
			}
		}
	}
	if before := seen[key]; before != nil {
		c.errorf(codeDuplicateCase, e.Range(), "this case stands here twice").note(before.Range(), "the first one").help("take one out")
		return
	}
	seen[key] = e
}

func findValue(values []*EnumValue, name string) *EnumValue {
	for _, v := range values {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// exhaustive reports values of an enum that no case names. It gives whether the
// switch takes one of its cases in any event.
func (c *checker) exhaustive(s *SwitchStmt, e *Enum, seen map[string]Expr) bool {
	var missing []string
	for _, v := range e.Values {
		if seen["."+v.Name] == nil {
			missing = append(missing, v.Name)
		}
	}
	if len(missing) == 0 {
		return true
	}
	if c.incomplete(s.Span) {
		return true
	}
	if len(missing) > 8 {
		missing = append(missing[:8], "…")
	}
	at := Span{s.Start, s.Start + Pos(len("switch"))}
	if !isNilExpr(s.Subject) {
		at.End = s.Subject.Range().End
	}
	p := c.errorf(codeNotExhaustive, at, "this switch leaves out %s", quoteAll(missing)).help("add a `case` for each, or an `else { … }`")
	if e.Decl != nil {
		p.note(declSpan(e), "`%s` is declared here", e.Name)
	}
	c.body.doubtful = true
	return false
}
