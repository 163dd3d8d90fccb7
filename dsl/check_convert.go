package dsl

import (
	"fmt"
	"go/constant"
	"strings"
)

// Which values stand where which type is wanted.

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

// underlying is the built-in or composite type that a Go type is based on, String for an
// enum whose values are texts, and any other type itself.
func underlying(t Type) Type {
	switch t := t.(type) {
	case *GoType:
		return t.Under
	case *Enum:
		if t.Text {
			return String
		}
	default: // is based on nothing else
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
		if text, ok := from.(*Optional); ok {
			return isTextEnum(text.Elem) && o.Elem == String
		}
		return from == None || assignable(from, o.Elem)
	}
	return to == String && isTextEnum(from)
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
	case isTextEnum(want):
		if t != String || valueOfText(want.(*Enum), val) == nil {
			return false
		}
		b.typ = want
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
	default: // becomes optional
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

// printable: a value of the type can stand in a hole of a text.
func printable(t Type) bool {
	switch t := t.(type) {
	case Basic:
		return t != Bytes && t != None
	case *Enum:
		return true
	case *GoType:
		return printable(t.Under)
	default: // has no text of its own
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
	default: // == is not meant for what has parts
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

// present is what an optional type is when it is there.
func present(t Type) Type {
	if o, ok := t.(*Optional); ok {
		return o.Elem
	}
	return t
}

func isBasic(t Type) bool { _, ok := t.(Basic); return ok }
