package dsl

import (
	"fmt"
	"go/constant"
	gotoken "go/token"
	"strings"
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

// exprAs checks an expression whose value must be of type want; what names the
// place in messages. It reports whether it is. Without want any type will do.
func (c *checker) exprAs(e Expr, want Type, what string) bool {
	t := c.expr(e, want)
	if t == nil {
		return false
	}
	return c.fits(e, want, what)
}

// fits reports an expression, checked already, whose type is not want.
func (c *checker) fits(e Expr, want Type, what string) bool {
	t := e.Type()
	if t == nil || want == nil || c.convert(e, want) {
		return true
	}
	if o, ok := t.(*Optional); ok && assignable(o.Elem, want) {
		c.absent(e)
		return false
	}
	if t == None {
		p := c.errorf(codeWrongType, e.Range(), "%s must be `%s`, which is never absent", what, want)
		switch underlying(want).(type) {
		case *List:
			p.help("a list can be empty: `[]`")
		case *Map:
			p.help("a map can be empty: `%s { }`", want)
		default:
			p.help("declare it `%s?` if it may be absent", want)
		}
		return false
	}
	p := c.errorf(codeWrongType, e.Range(), "%s must be `%s`, not `%s`", what, want, t)
	if help := conversionHelp(c.text(e.Range()), t, want); help != "" && (e.Const() == nil || t != String || want == Duration) {
		p.help("%s", help)
	}
	return false
}

// conversionHelp says how to get from one type to another.
func conversionHelp(text string, from, to Type) string {
	if len(text) > 40 || text == "" {
		text = "…"
	}
	under := underlying(from)
	switch {
	case to == Float && under == Int:
		return fmt.Sprintf("write `float(%s)`", text)
	case to == Int && under == Float:
		return fmt.Sprintf("write `int(%s)`, which drops the fraction, or `int(round(%s))`", text, text)
	case to == String && printable(from) && from != JSON:
		return fmt.Sprintf("write `\"{%s}\"`", text)
	case isOptional(from) && present(from) == JSON && isBasic(to):
		return fmt.Sprintf("a `json` may be absent and hold anything: look first, `if %s != none { … }`, then `%s(%s)` reads it", text, to, text)
	case (to == String || to == Int || to == Float || to == Bool) && from == JSON,
		(to == Int || to == Float) && under == String:
		return fmt.Sprintf("write `%s(%s)`", to, text)
	case to == Duration && under == String:
		if nanos, problem := parseDuration(strings.Trim(text, `"`)); problem == "" && nanos > 0 {
			return fmt.Sprintf("a duration has no quotes: write `%s`", strings.Trim(text, `"`))
		}
	case to == Duration && under == Int:
		for strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
			text = text[1 : len(text)-1]
		}
		return fmt.Sprintf("write `seconds(%s)`, `minutes(%s)`, `hours(%s)` or `days(%s)`", text, text, text, text)
	}
	return ""
}

// absent reports the use of what may be absent as if it were present.
func (c *checker) absent(e Expr) {
	text := c.text(e.Range())
	if len(text) > 60 {
		text = "this"
	}
	p := c.errorf(codeAbsent, e.Range(), "`%s` may be absent", text)
	if _, ok := placeOf(e); ok {
		p.help("give a value to use instead, `%s ?? …`, or look first: `if %s != none { … }`", text, text)
	} else {
		p.help("give a value to use instead, `… ?? value`, or assign it to a variable and look first: `if x != none { … }`")
	}
}

// underlying is the built-in or composite type that a Go type is based on, and
// any other type itself.
func underlying(t Type) Type {
	if g, ok := t.(*GoType); ok {
		return g.Under
	}
	return t
}

// assignable reports whether a value of one type fits where another is called
// for, constants aside.
func assignable(from, to Type) bool {
	if from == nil || to == nil || Identical(from, to) {
		return true
	}
	if o, ok := to.(*Optional); ok {
		return from == None || assignable(from, o.Elem)
	}
	return false
}

// convert makes a checked expression fit a type, if it can: constants take on
// the type that is called for, as in Go.
func (c *checker) convert(e Expr, want Type) bool {
	t := e.Type()
	if assignable(t, want) {
		return true
	}
	if o, ok := want.(*Optional); ok {
		return c.convert(e, o.Elem)
	}
	val := e.Const()
	if val == nil {
		return false
	}
	b := e.base()
	switch under := underlying(want); {
	case t == Int && under == Float:
		f, _ := constant.Float64Val(val)
		b.typ, b.val = want, constant.MakeFloat64(f)
	case (t == Int || t == String || t == Float || t == Bool) && under == t && want != t:
		b.typ = want
	default:
		return false
	}
	c.sized(e, want)
	return true
}

// common gives the type that values of two types have in common, nil if none.
func common(a, b Type) Type {
	switch {
	case assignable(a, b) && a != nil:
		return b
	case assignable(b, a) && b != nil:
		return a
	case a == None && b != nil:
		return optional(b)
	case b == None && a != nil:
		return optional(a)
	}
	return nil
}

func optional(t Type) Type {
	switch t := t.(type) {
	case nil:
		return nil
	case *Optional:
		return t
	}
	if t == None {
		return t
	}
	return &Optional{Elem: t}
}

// unify gives values of one list, one `if` or one scope a common type and
// converts them to it. It reports the first that does not fit.
func (c *checker) unify(values []Expr, want Type, what string) Type {
	var t Type
	for _, e := range values {
		if isNilExpr(e) || e.Type() == nil {
			continue
		}
		et := e.Type()
		switch {
		case t == nil:
			t = et
			if want != nil && c.convert(e, want) {
				t = want
			}
		case c.convert(e, t):
		case e.Const() == nil && et == Float && t == Int && allConstInts(values, e):
			t = Float
		case t == Int && et == Float && allConstInts(values, e):
			t = Float
		default:
			if u := common(t, et); u != nil {
				t = u
				continue
			}
			c.errorf(codeWrongType, e.Range(), "%s must be `%s`, as the first is, not `%s`", what, t, et)
			return nil
		}
	}
	if t == nil {
		return nil
	}
	for _, e := range values {
		if !isNilExpr(e) && e.Type() != nil {
			c.convert(e, t)
		}
	}
	return t
}

// allConstInts: everything before last is a constant, so that it can become float.
func allConstInts(values []Expr, last Expr) bool {
	for _, e := range values {
		if e == last {
			return true
		}
		if !isNilExpr(e) && e.Const() == nil {
			return false
		}
	}
	return true
}

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
	}
	return false
}

// printable: a value of the type can stand in a hole of a text.
func printable(t Type) bool {
	switch t := t.(type) {
	case Basic:
		return t != Bytes && t != None
	case *Enum:
		return true
	case *GoType:
		return printable(t.Under)
	}
	return false
}

// areComparable: values of the type can be compared with ==.
func areComparable(t Type) bool {
	switch t := t.(type) {
	case Basic:
		return t != Bytes && t != JSON && t != None
	case *Enum:
		return true
	case *GoType:
		return areComparable(t.Under)
	}
	return false
}

// ordered: values of the type can be compared with <.
func ordered(t Type) bool {
	switch underlying(t) {
	case String, Int, Float, Time, Duration:
		return true
	}
	return false
}

func numeric(t Type) bool {
	u := underlying(t)
	return u == Int || u == Float
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
		c.errorf(codeHandleUse, e.Span, "the open callback `%s` can't be stored or passed on", e.Name).
			help("its ID can: `%s.id`; `await %s` gives the answer", e.Name, e.Name)
		return nil
	case *ErrorType, *FailureType:
		c.errorf(codeErrorUse, e.Span, "the error `%s` is no value that can be stored or passed on", e.Name).
			help("its fields are, such as `%s.%s`; `fail %s` raises it again", e.Name, firstField(t), e.Name)
		return nil
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
		c.errorf(codeUnknownName, e.Span, "unknown name `%s`", e.Name).help("write `none` for what is absent").
			fix("write `none`", Edit{e.Span, "none"})
	case c.builtin(e.Name) != nil:
		c.errorf(codeNotAValue, e.Span, "`%s` is a built-in function, not a value", e.Name).help("call it: `%s(…)`", e.Name)
	case builtinStep(e.Name) != nil:
		c.bareStep(e.Span, e.Name)
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
				p.help("write `%s`: the values of an enum stand bare in a `case` only", full).
					fix("write `"+full+"`", Edit{e.Span, full})
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
	for _, e := range c.program.Enums {
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
	}
	return nil
}

func (c *checker) selector(e *SelectorExpr, raw bool) Type {
	var t Type
	if id, ok := e.X.(*IdentExpr); ok {
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

func (c *checker) enumValue(e *EnumExpr) Type {
	if e.Enum == nil || e.Value == nil || e.Enum.Text == "" || e.Value.Text == "" {
		return nil
	}
	t := c.types[e.Enum.Text]
	var values []*EnumValue
	switch t := t.(type) {
	case *Enum:
		values = t.Values
	case *GoType:
		values = t.Values
	case nil:
		if c.mayBeDeclared(e.Enum.Text) {
			return nil
		}
		if d := c.decls[e.Enum.Text]; d != nil {
			c.errorf(codeUnknownType, e.Enum.Span, "`%s` is %s, not an enum", e.Enum.Text, declKind(d)).note(d.DeclName().Span, "declared here")
			return nil
		}
		names := c.declNames(func(d Decl) bool { _, ok := d.(*EnumDecl); return ok })
		c.errorf(codeUnknownType, e.Enum.Span, "unknown enum `%s`", e.Enum.Text).suggestName(e.Enum.Text, c.near(e.Enum.Text, names))
		return nil
	}
	if values == nil {
		if enum, ok := t.(*Enum); ok && len(enum.Values) == 0 {
			return nil // reported where it is declared
		}
		c.errorf(codeUnknownField, e.Value.Span, "`%s` is a type without named values", e.Enum.Text).
			help("a field is taken of a value: `x.%s`", e.Value.Text)
		return nil
	}
	e.Member = c.member(e.Value, t, values)
	if e.Member == nil {
		return nil
	}
	return t
}

// member finds a value of an enum by its name, or reports that there is none.
func (c *checker) member(name *Name, t Type, values []*EnumValue) *EnumValue {
	if v := findValue(values, name.Text); v != nil {
		return v
	}
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = v.Name
	}
	near := c.near(name.Text, append([]string(nil), names...))
	p := c.errorf(codeUnknownValue, name.Span, "`%s` has no value `%s`", t, name.Text).suggestName(name.Text, near)
	if near == "" && len(names) <= 8 {
		p.help("it has %s", quoteAll(names))
	}
	if at := declSpan(t); at != (Span{}) {
		p.note(at, "declared here")
	}
	return nil
}

// record checks `T { … }` as a value.
func (c *checker) record(e *RecordExpr) Type {
	if e.Name == nil || e.Name.Text == "" {
		c.recordFields(e, nil, "")
		return nil
	}
	t := c.types[e.Name.Text]
	if t == nil && builtinError(e.Name.Text) != nil {
		t = builtinError(e.Name.Text)
	}
	switch t := t.(type) {
	case *Record:
		c.recordFields(e, t.Fields, t.Name)
		return t
	case *GoType:
		if r, ok := t.Under.(*Record); ok {
			if why := c.noLiteral(r); why != "" {
				c.recordFields(e, nil, "")
				c.errorf(codeGoType, e.Name.Span, "a `%s` can't be written here: %s", t.Name, why).
					help("make it in Go: in a step or in a `func`")
				return t
			}
			c.recordFields(e, r.Fields, t.Name)
			return t
		}
	case *ErrorType:
		c.recordFields(e, t.Fields, t.Name)
		c.errorf(codeErrorUse, e.Span, "`%s` is an error, not a value", t.Name).help("raise it: `fail %s { … }`", t.Name)
		return nil
	}
	c.recordFields(e, nil, "")
	if t != nil {
		c.errorf(codeWrongType, e.Name.Span, "`%s` has no fields to give", t)
		return nil
	}
	if c.mayBeDeclared(e.Name.Text) {
		return nil
	}
	names := c.declNames(func(d Decl) bool { _, ok := d.(*TypeDecl); return ok })
	near := c.near(e.Name.Text, names)
	p := c.errorf(codeUnknownType, e.Name.Span, "unknown type `%s`", e.Name.Text).suggestName(e.Name.Text, near)
	if near == "" {
		p.help("declare it with `type %s { … }`", e.Name.Text)
	}
	return nil
}

// noLiteral tells why a Go struct can't be made in the language; empty if it can.
func (c *checker) noLiteral(r *Record) string {
	if len(r.Fields) == 0 {
		return "it keeps its contents to itself"
	}
	for _, f := range r.Fields {
		if f.Promoted {
			return fmt.Sprintf("field `%s` belongs to a struct that it embeds", f.Name)
		}
	}
	return ""
}

// recordFields checks the fields of a literal against those of its type. Without
// a name the type is unknown, and only the values are looked at.
func (c *checker) recordFields(e *RecordExpr, fields []*FieldEntry, name string) {
	given := map[string]*FieldExpr{}
	strange := 0
	for _, f := range e.Fields {
		if f.Name == nil || f.Name.Text == "" {
			c.expr(f.Value, nil)
			continue
		}
		entry := findField(fields, f.Name.Text)
		if name == "" {
			c.expr(f.Value, nil)
			continue
		}
		if entry == nil {
			c.expr(f.Value, nil)
			strange++
			names := make([]string, len(fields))
			for i, known := range fields {
				names[i] = known.Name
			}
			near := c.near(f.Name.Text, append([]string(nil), names...))
			p := c.errorf(codeUnknownField, f.Name.Span, "`%s` has no field `%s`", name, f.Name.Text).suggestName(f.Name.Text, near)
			if near == "" && len(names) > 0 && len(names) <= 8 {
				p.help("it has %s", quoteAll(names))
			} else if near == "" && len(names) == 0 {
				p.help("it has no fields at all")
			}
			continue
		}
		if before := given[f.Name.Text]; before != nil {
			c.errorf(codeDuplicateName, f.Name.Span, "field `%s` is given twice", f.Name.Text).note(before.Name.Span, "first here")
		}
		given[f.Name.Text] = f
		f.Field = entry
		if entry.ReadOnly() {
			c.expr(f.Value, nil)
			c.readOnly(f.Name, entry)
			continue
		}
		c.exprAs(f.Value, entry.Type, "field `"+entry.Name+"`")
	}
	if name == "" || c.incomplete(e.Span) {
		return
	}
	var missing []string
	for _, f := range fields {
		if _, isOptional := f.Type.(*Optional); !isOptional && given[f.Name] == nil && f.Type != nil && !f.ReadOnly() {
			missing = append(missing, f.Name)
		}
	}
	if len(missing) > strange { // else they are there under a wrong name, most likely
		c.errorf(codeMissingField, e.Name.Span, "%s of `%s` %s missing", quoteAll(missing), name, isAre(len(missing))).
			help("only fields of an optional type can be left out")
	}
}

// readOnly reports that a field of a Go type is to be given a value that only Go can give it.
func (c *checker) readOnly(name *Name, f *FieldEntry) {
	c.errorf(codeGoType, name.Span, "field `%s` can only be read here: in Go it is `%s`", f.Name, shortName(f.Go)).
		help("set it in Go: in a step or in a `func`")
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (c *checker) list(e *ListExpr, want Type) Type {
	var elem Type
	if w, ok := underlying(present(want)).(*List); ok {
		elem = w.Elem
	}
	if len(e.Elems) == 0 {
		if elem == nil {
			c.errorf(codeNeedsType, e.Span, "the type of this empty list is not known").
				help("declare the variable with its type: `var x []string = []`")
			return nil
		}
		return &List{Elem: elem}
	}
	hint := elem
	ok := true
	for _, x := range e.Elems {
		if elem != nil {
			c.exprAs(x, elem, "an element of this list")
			continue
		}
		t := c.expr(x, hint)
		ok = ok && t != nil
		if hint == nil {
			hint = t
		}
	}
	if elem != nil {
		return &List{Elem: elem}
	}
	if !ok {
		return nil
	}
	t := c.unify(e.Elems, elem, "an element of this list")
	if t == nil {
		return nil
	}
	if t == None {
		c.errorf(codeNeedsType, e.Span, "the type of this list is not known").help("declare the variable with its type: `var x []string = …`")
		return nil
	}
	return &List{Elem: t}
}

// present is what an optional type is when it is there.
func present(t Type) Type {
	if o, ok := t.(*Optional); ok {
		return o.Elem
	}
	return t
}

func (c *checker) comprehension(e *CompExpr, want Type) Type {
	key, elem := c.ranged(e.List)
	c.openBlock()
	defer c.closeBlock()
	if e.Index != nil {
		e.IndexVar = c.declare(e.Index, key, c.unusedVar(Span{}))
	}
	e.ElemVar = c.declare(e.Elem, elem, nil)
	var hint Type
	if w, ok := underlying(present(want)).(*List); ok {
		hint = w.Elem
	}
	var t Type
	c.flow.branch(func() {
		if !isNilExpr(e.Cond) {
			yes, _ := c.cond(e.Cond)
			c.flow.assume(yes)
		}
		c.inComp++
		t = c.expr(e.Value, hint)
		c.inComp--
		if t != nil && hint != nil && c.convert(e.Value, hint) {
			t = hint
		}
	})
	if t == None {
		c.errorf(codeNeedsType, e.Value.Range(), "the type of this list is not known")
		return nil
	}
	if t == nil {
		return nil
	}
	return &List{Elem: t}
}

// ranged checks what `for` walks through and gives the types of key and element.
func (c *checker) ranged(e Expr) (key, elem Type) {
	t := c.expr(e, nil)
	switch u := underlying(t).(type) {
	case nil:
		return nil, nil
	case *List:
		return Int, u.Elem
	case *Map:
		return u.Key, u.Elem
	case *Optional:
		c.absent(e)
		return nil, nil
	}
	p := c.errorf(codeWrongType, e.Range(), "`for` walks through a list or a map, not through a `%s`", t)
	switch underlying(t) {
	case Int:
		p.help("write `range(%s)`", c.text(e.Range()))
	case String:
		p.help("`split(text, separator)` makes a list")
	}
	return nil, nil
}

func (c *checker) mapLiteral(e *MapExpr) Type {
	key, elem := c.resolveType(e.Key), c.resolveType(e.Elem)
	seen := map[string]bool{}
	for _, entry := range e.Entries {
		c.exprAs(entry.Key, key, "a key of this map")
		c.exprAs(entry.Value, elem, "a value of this map")
		if isNilExpr(entry.Key) || entry.Key.Const() == nil || entry.Key.Const().Kind() != constant.String {
			continue
		}
		k := constant.StringVal(entry.Key.Const())
		if seen[k] {
			c.errorf(codeDuplicateName, entry.Key.Range(), "key %q stands twice in this map", k)
		}
		seen[k] = true
	}
	if key == nil || elem == nil {
		return nil
	}
	if !isMapKey(key) {
		c.errorf(codeMapKey, e.Key.Range(), "`%s` can't be the key of a map", key).
			help("keys are `string`, an enum, or a Go type based on string: JSON knows no others")
		return nil
	}
	return &Map{Key: key, Elem: elem}
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

func isBasic(t Type) bool { _, ok := t.(Basic); return ok }
