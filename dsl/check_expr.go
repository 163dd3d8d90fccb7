package dsl

import (
	"fmt"
	"go/constant"
	gotoken "go/token"
)

// expr checks an expression and sets its type, which it returns: nil where it is
// missing or wrong, after a report. want is the type that the place calls for, or
// nil; it only helps what has no type of its own, such as `[]`: whether the
// result fits is for the caller to ask.
func (c *checker) expr(e Expr, want Type) Type {
	if isNilExpr(e) || !c.deeper(e.Range()) {
		return nil
	}
	defer c.shallower()
	raw := c.raw
	c.raw = false
	b := e.base()
	b.typ = nil
	var t Type
	switch e := e.(type) {
	case *IntExpr:
		t = c.intLiteral(e, false)
	case *FloatExpr:
		t = c.floatLiteral(e)
	case *DurationExpr:
		t = c.durationLiteral(e)
	case *BoolExpr:
		b.val = constant.MakeBool(e.Value)
		t = Bool
	case *NoneExpr:
		t = None
		if o, ok := want.(*Optional); ok {
			t = o
		}
	case *StringExpr:
		t = c.stringExpr(e)
	case *IdentExpr:
		t = c.ident(e, raw)
	case *CallExpr:
		t = c.call(e, want)
	case *SelectorExpr:
		t = c.selector(e, raw)
	case *IndexExpr:
		t = c.index(e)
	case *SliceExpr:
		t = c.slice(e)
	case *EnumExpr:
		t = c.enumValue(e)
	case *RecordExpr:
		t = c.record(e)
	case *ListExpr:
		t = c.list(e, want)
	case *CompExpr:
		t = c.comprehension(e, want)
	case *MapExpr:
		t = c.mapLiteral(e)
	case *ConvertExpr:
		t = c.convertExpr(e)
	case *IfExpr:
		t = c.ifExpr(e, want)
	case *UnaryExpr:
		t = c.unary(e, want)
	case *BinaryExpr:
		t = c.binary(e, want)
	case *BadExpr:
		// Reported by the parser.
	case *ParenExpr:
		c.raw = raw
		t = c.expr(e.X, want)
		c.raw = false
		if !isNilExpr(e.X) {
			b.val = e.X.Const()
		}
	default:
		panic(fmt.Sprintf("dsl: unknown expression %T", e))
	}
	b.typ = t
	return t
}

// isNilExpr: the parser left the expression out.
func isNilExpr(e Expr) bool { return e == nil }

// isData: JSON can hold values of the type.
func isData(t Type) bool {
	switch t := t.(type) {
	case Basic:
		return t != None
	case *Enum, *GoType:
		return true
	case *Record:
		return t.Parallel == nil
	case *List:
		return isData(t.Elem)
	case *Map:
		return isData(t.Elem)
	case *Optional:
		return isData(t.Elem)
	case *ErrorType, *Handle, *Outcome, *ItemOutcome, *FailureType: // live in their scope
	}
	return false
}

func (c *checker) stringExpr(e *StringExpr) Type {
	text, isConst := "", true
	for _, p := range e.Parts {
		if isNilExpr(p.Hole) {
			if isConst {
				text += p.Text
			}
			continue
		}
		isConst = false
		t := c.expr(p.Hole, nil)
		if t == nil {
			continue
		}
		if o, ok := t.(*Optional); ok && printable(o.Elem) {
			c.absent(p.Hole)
		} else if !printable(t) {
			c.errorf(codeWrongType, p.Hole.Range(), "a `%s` can't stand in a text", t).
				help("put in what should be read: a field, `len(…)`, or `join(…, \", \")` of a list of texts")
		} else if p.Format != nil {
			c.format(p.Format, t)
		}
	}
	if isConst {
		e.val = constant.MakeString(text)
	}
	return String
}

// ident checks a name as a value. With raw its declared type counts, whatever a
// test for `none` has shown.
func (c *checker) ident(e *IdentExpr, raw bool) Type {
	t := c.variable(e, raw)
	switch t := t.(type) {
	case *Handle:
		if c.passing == e {
			return t
		}
		c.errorf(codeHandleUse, e.Span, "the open callback `%s` can't be stored or passed on", e.Name).
			help("its ID can: `%s.id`; `await %s` gives the answer; a workflow can be called with it, as `%s`", e.Name, e.Name, t)
		return nil
	case *ErrorType, *FailureType:
		c.errorf(codeErrorUse, e.Span, "the error `%s` is no value that can be stored or passed on", e.Name).
			help("its fields are, such as `%s.%s`; `fail %s` raises it again", e.Name, firstField(t), e.Name)
		return nil
	default: // is a value
	}
	return t
}

func firstField(t Type) string {
	if fields := fieldsOf(t); len(fields) > 0 {
		return fields[0].Name
	}
	return "message"
}

// variable checks a name as a value or as what a field is taken of.
func (c *checker) variable(e *IdentExpr, raw bool) Type {
	if e.Name == "" {
		return nil
	}
	if v := c.lookup(e.Name); v != nil {
		v.Used = true
		e.Var = v
		if !c.flow.top.isAssigned(v) {
			if c.incomplete(Span{v.Span.Start, e.Span.Start}) {
				return v.Type
			}
			c.errorf(codeUnassigned, e.Span, "`%s` may have no value here", e.Name).
				note(v.Span, "declared here").
				help("assign it on every way that leads here")
			c.flow.top.state(v).assigned = assignedHere
		}
		if o, ok := v.Type.(*Optional); ok && !raw && c.flow.top.isPresent(place{v, ""}) {
			return o.Elem
		}
		return v.Type
	}
	d := c.decls[e.Name]
	if d, ok := d.(*ConstDecl); ok {
		c.constDecl(d)
		e.ConstDecl = d
		if d.Type != nil {
			e.val = d.Value.Const()
		}
		return d.Type
	}
	switch {
	case d != nil:
		p := c.errorf(codeNotAValue, e.Span, "`%s` is %s, not a value", e.Name, declKind(d)).note(d.DeclName().Span, "declared here")
		if _, isFunc := d.(*FuncDecl); isFunc {
			p.help("call it: `%s(…)`", e.Name)
		} else if keyword := useKeyword(d); keyword != "" {
			p.help("an operation starts with its keyword: `x := %s %s(…)`", keyword, e.Name)
		}
	case e.Name == "nil" || e.Name == "null":
		c.errorf(codeUnknownName, e.Span, "unknown name `%s`", e.Name).help("write `none` for what is absent")
	case c.builtin(e.Name) != nil:
		c.errorf(codeNotAValue, e.Span, "`%s` is a built-in function, not a value", e.Name).help("call it: `%s(…)`", e.Name)
	case c.builtinStep(e.Name) != nil && !yieldingSteps[e.Name]:
		c.bareStep(e.Span, e.Name)
	case e.Name == "execution":
		c.errorf(codeNotAValue, e.Span, "`execution` alone is no value").help("write `execution.id` or `execution.name`")
	case c.mayBeDeclared(e.Name):
		// Its declaration may be in what did not parse.
	default:
		near := c.near(e.Name, c.valueNames())
		p := c.errorf(codeUnknownName, e.Span, "unknown name `%s`", e.Name).suggestName(e.Name, near)
		if beginsOperation.has(e.Name) {
			p.Message, p.Fix = fmt.Sprintf("expected what `%s` is to run", e.Name), nil
			p.help("write `%s name(…)`", e.Name)
		} else if near == "" {
			if enum := c.enumWith(e.Name); enum != nil {
				full := enum.Name + "." + e.Name
				p.help("write `%s`: the values of an enum stand bare in a `case` only", full)
				if !enum.Text {
					p.fix("write `"+full+"`", Edit{e.Span, full})
				}
			} else {
				p.help("declare it: `%s := …`, or as a parameter", e.Name)
			}
		}
	}
	return nil
}

// enumWith finds the only enum that has a value of the name.
func (c *checker) enumWith(name string) *Enum {
	var found *Enum
	for _, e := range append(c.program.Enums[:len(c.program.Enums):len(c.program.Enums)], c.builtinEnum(ItemStatus.Name), c.builtinEnum(CompletionReason.Name)) {
		if e == nil {
			continue
		}
		c.suggestions--
		if c.suggestions < 0 {
			return nil
		}
		c.suggestions -= len(e.Values)
		for _, v := range e.Values {
			if v.Name == name {
				if found != nil {
					return nil
				}
				found = e
			}
		}
	}
	return found
}

func (c *checker) bareStep(at Span, name string) {
	c.errorf(codeBareStep, at, "`%s` is a step: its value differs each time, so it must be recorded", name).
		help("write `x := step %s()` on a line of its own and use `x`", name)
}

// useKeyword is the word that starts an operation with the declaration.
func useKeyword(d Decl) string {
	switch d.(type) {
	case *StepDecl:
		return "step"
	case *CallbackDecl:
		return "callback"
	case *FunctionDecl:
		return "invoke"
	case *WorkflowDecl:
		return "call"
	default: // no operation uses it
	}
	return ""
}

func fieldsOf(t Type) []*FieldEntry {
	switch t := t.(type) {
	case *Record:
		return t.Fields
	case *GoType:
		return fieldsOf(t.Under)
	case *ErrorType:
		return t.Fields
	case *Outcome:
		return t.Fields
	case *ItemOutcome:
		return t.Fields
	case *FailureType:
		return t.Fields
	case Basic, *List, *Map, *Optional, *Enum, *Handle: // have none
	}
	return nil
}

func (c *checker) selector(e *SelectorExpr, raw bool) Type {
	var t Type
	e.Execution = false
	if id, ok := e.X.(*IdentExpr); ok {
		if id.Name == "execution" && c.lookup(id.Name) == nil && c.decls[id.Name] == nil && e.Name != nil {
			return c.ofExecution(e)
		}
		t = c.variable(id, false) // handles and errors have fields, though they are no values
		id.typ = t
	} else {
		t = c.expr(e.X, nil)
	}
	if t == nil || e.Name == nil || e.Name.Text == "" {
		return nil
	}
	if o, ok := t.(*Optional); ok {
		if o.Elem != JSON {
			c.absent(e.X)
			return nil
		}
		t = JSON
	}
	var ft Type
	if t == JSON {
		ft = &Optional{Elem: JSON}
	} else if h, ok := t.(*Handle); ok {
		if e.Name.Text != "id" {
			c.errorf(codeUnknownField, e.Name.Span, "an open callback has no `%s`, only `id`", e.Name.Text).
				help("`await %s` gives the answer of `%s`", c.text(e.X.Range()), h.Decl.Name.Text)
			return nil
		}
		return String
	} else {
		f := findField(fieldsOf(t), e.Name.Text)
		if f == nil {
			c.unknownField(e.Name, t)
			return nil
		}
		e.Field = f
		ft = f.Type
	}
	if o, ok := ft.(*Optional); ok && !raw {
		if p, ok := placeOf(e); ok && c.flow.top.isPresent(p) {
			return o.Elem
		}
	}
	return ft
}

// ofExecution checks `execution.id` and `execution.name`.
func (c *checker) ofExecution(e *SelectorExpr) Type {
	e.Execution = true
	switch {
	case e.Name.Text == "":
		return nil
	case c.body == nil || c.body.pure:
		c.errorf(codeUnknownName, e.Span, "`execution` is known in workflows only").
			help("hand it in as an argument; a step asks its context: `durable.ExecutionName(ctx)`")
	case e.Name.Text != "id" && e.Name.Text != "name":
		c.errorf(codeUnknownField, e.Name.Span, "`execution` has no `%s`", e.Name.Text).
			help("it has `id`, the ARN of the execution, and `name`")
	}
	return String
}

func (c *checker) unknownField(name *Name, t Type) {
	fields := fieldsOf(t)
	if fields == nil {
		p := c.errorf(codeUnknownField, name.Span, "a `%s` has no fields", t)
		switch underlying(t).(type) {
		case *List:
			if name.Text == "length" || name.Text == "size" || name.Text == "len" {
				p.help("write `len(…)`")
			} else {
				p.help("write `x[0]` for an element, or walk it with `for`")
			}
		case *Map:
			p.help("write `m[\"%s\"]`", name.Text)
		case Basic:
			if underlying(t) == String && (name.Text == "length" || name.Text == "size" || name.Text == "len") {
				p.help("write `len(…)`")
			}
		case *Enum:
			p.help("compare it: `x == %s.value`, or use `switch`", t)
		default: // there is nothing to say instead
		}
		return
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	near := c.near(name.Text, append([]string(nil), names...))
	p := c.errorf(codeUnknownField, name.Span, "%s has no field `%s`", typePhrase(t), name.Text).suggestName(name.Text, near)
	if near == "" && len(names) <= 8 {
		p.help("it has %s", quoteAll(names))
	}
	if at := declSpan(t); at != (Span{}) {
		p.note(at, "declared here")
	}
}

// typePhrase names a type in a sentence.
func typePhrase(t Type) string {
	switch t := t.(type) {
	case *Record:
		if t.Name == "" {
			return "the " + t.String()
		}
	case *Outcome, *ItemOutcome:
		return "the " + t.String()
	case *FailureType:
		return "an error of any kind"
	default: // its name says it
	}
	return "`" + t.String() + "`"
}

func declSpan(t Type) Span {
	switch t := t.(type) {
	case *Record:
		if t.Decl != nil {
			return t.Decl.Name.Span
		}
	case *Enum:
		if t.Decl != nil {
			return t.Decl.Name.Span
		}
	case *ErrorType:
		if t.Decl != nil {
			return t.Decl.Name.Span
		}
	case *GoType:
		if t.Decl != nil {
			return t.Decl.Name.Span
		}
	default: // is declared nowhere
	}
	return Span{}
}

// placeOf gives the place that an expression names, if it is one: a variable, or
// fields of one.
func placeOf(e Expr) (place, bool) {
	switch e := e.(type) {
	case *IdentExpr:
		return place{e.Var, ""}, e.Var != nil
	case *ParenExpr:
		return placeOf(e.X)
	case *SelectorExpr:
		if e.Name == nil {
			return place{}, false
		}
		p, ok := placeOf(e.X)
		p.path += "." + e.Name.Text
		return p, ok
	case *IndexExpr:
		// Only json: an element of a map or list has no name that lasts.
		if isNilExpr(e.Index) || e.Index.Const() == nil || isNilExpr(e.X) {
			return place{}, false
		}
		if t := e.X.Type(); t != JSON {
			if o, ok := t.(*Optional); !ok || o.Elem != JSON {
				return place{}, false
			}
		}
		p, ok := placeOf(e.X)
		if key := e.Index.Const(); key.Kind() == constant.String {
			p.path += "." + constant.StringVal(key)
		} else {
			p.path += ".[" + key.ExactString() + "]"
		}
		return p, ok
	default: // is no place, but a value
	}
	return place{}, false
}

func (c *checker) index(e *IndexExpr) Type {
	t := c.expr(e.X, nil)
	if o, ok := t.(*Optional); ok && o.Elem == JSON {
		t = JSON
	}
	switch u := underlying(t).(type) {
	case nil:
		c.expr(e.Index, nil)
		return nil
	case *List:
		if c.exprAs(e.Index, Int, "the index of a list") && !isNilExpr(e.Index) {
			c.notNegative(e.Index, "an index")
		}
		return u.Elem
	case *Map:
		c.exprAs(e.Index, u.Key, "the key of this map")
		return optional(u.Elem)
	case *Optional:
		c.expr(e.Index, nil)
		c.absent(e.X)
		return nil
	case Basic:
		if u == JSON {
			it := c.expr(e.Index, nil)
			if it != nil && it != Int && it != String {
				c.errorf(codeWrongType, e.Index.Range(), "`json` is read by a name or a number, not by a `%s`", it)
			}
			if p, ok := placeOf(e); ok && c.flow.top.isPresent(p) {
				return JSON
			}
			return &Optional{Elem: JSON}
		}
		if u == String {
			c.expr(e.Index, nil)
			c.errorf(codeNoIndex, e.Range(), "a text has no index").
				help("a part of it is a text: `text[0:1]`; `split`, `contains` and `startsWith` look into one")
			return nil
		}
	default: // can't be indexed
	}
	c.expr(e.Index, nil)
	c.errorf(codeNoIndex, e.Range(), "a `%s` has no index", t)
	return nil
}

func (c *checker) slice(e *SliceExpr) Type {
	t := c.expr(e.X, nil)
	for _, bound := range []Expr{e.Lo, e.Hi} {
		if !isNilExpr(bound) && c.exprAs(bound, Int, "the bound of a slice") {
			c.notNegative(bound, "a bound")
		}
	}
	if !isNilExpr(e.Lo) && !isNilExpr(e.Hi) && e.Lo.Const() != nil && e.Hi.Const() != nil &&
		e.Lo.Type() == Int && e.Hi.Type() == Int && constant.Compare(e.Lo.Const(), gotoken.GTR, e.Hi.Const()) {
		c.errorf(codeOutOfRange, e.Range(), "the slice begins after its end")
	}
	switch u := underlying(t).(type) {
	case nil:
		return nil
	case *List:
		return u
	case *Optional:
		c.absent(e.X)
		return nil
	default: // a text, or what can't be sliced
	}
	if underlying(t) == String {
		return String
	}
	c.errorf(codeNoIndex, e.Range(), "a `%s` can't be sliced", t)
	return nil
}

func (c *checker) notNegative(e Expr, what string) {
	if v := e.Const(); v != nil && v.Kind() == constant.Int && constant.Sign(v) < 0 {
		c.errorf(codeOutOfRange, e.Range(), "%s can't be negative", what).
			help("`last(list)` gives the last element, if there is one")
	}
}

// convertExpr checks `T(x)`: a value of any type from a `json`, of an enum from a text.
func (c *checker) convertExpr(e *ConvertExpr) Type {
	to, from := c.resolveType(e.To), c.expr(e.X, nil)
	if to == nil || from == nil {
		return to
	}
	_, isEnum := to.(*Enum)
	switch {
	case from == JSON, isEnum && underlying(from) == String:
		return to
	case isOptional(from) && (present(from) == JSON || isEnum && underlying(present(from)) == String):
		c.absent(e.X)
		return to
	}
	p := c.errorf(codeWrongType, e.X.Range(), "a `%s` is made of a `json`, not of `%s`", to, from)
	switch to.(type) {
	case *Enum:
		p.Message = fmt.Sprintf("a `%s` is made of a text or a `json`, not of `%s`", to, from)
	case *Record:
		p.help("a record is written `%s { field: value }`", to)
	default: // is written as any value
	}
	return to
}

func (c *checker) ifExpr(e *IfExpr, want Type) Type {
	yes, no := c.cond(e.Cond)
	var a, b Type
	c.flow.branch(func() {
		c.flow.assume(yes)
		a = c.expr(e.Then, want)
	})
	if want == nil || a != nil && a != None && !assignable(a, want) {
		want = a
	}
	c.flow.branch(func() {
		c.flow.assume(no)
		b = c.expr(e.Else, want)
	})
	if a == nil || b == nil {
		return nil
	}
	t := c.unify([]Expr{e.Then, e.Else}, want, "the value after `else`")
	if t == None {
		c.errorf(codeNeedsType, e.Span, "both values are `none`")
		return nil
	}
	return t
}
