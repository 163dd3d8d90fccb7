package dsl

import (
	"go/constant"
	gotoken "go/token"
	"go/types"
	"math"
	"strconv"
	"strings"
)

// cond checks a condition. It gives the places that are present where it holds
// and where it does not.
func (c *checker) cond(e Expr) (yes, no []place) {
	switch x := e.(type) {
	case *ParenExpr:
		if !c.deeper(x.Span) {
			return nil, nil
		}
		defer c.shallower()
		yes, no = c.cond(x.X)
		if !isNilExpr(x.X) {
			x.typ, x.val = x.X.Type(), x.X.Const()
		}
		return yes, no
	case *UnaryExpr, *BinaryExpr:
		if c.expr(e, Bool) == nil {
			return nil, nil
		}
		yes, no = c.yes, c.no
		c.yes, c.no = nil, nil
	default:
		c.expr(e, Bool)
	}
	if !isNilExpr(e) && e.Type() != nil {
		c.isBool(e)
	}
	return yes, no
}

// noPlaces forgets what a part of an expression has shown, which holds for the
// part alone.
func (c *checker) noPlaces() { c.yes, c.no = nil, nil }

// isBool reports what is used as a condition and is none.
func (c *checker) isBool(e Expr) {
	t := e.Type()
	if t == Bool || t == nil || underlying(t) == Bool {
		return
	}
	if o, ok := t.(*Optional); ok {
		if underlying(o.Elem) == Bool {
			c.absent(e)
			return
		}
		c.errorf(codeWrongType, e.Range(), "a condition must be `bool`, not `%s`", t).
			help("to ask whether it is there, write `%s != none`", c.text(e.Range()))
		return
	}
	p := c.errorf(codeWrongType, e.Range(), "a condition must be `bool`, not `%s`", t)
	switch underlying(t).(type) {
	case *List, *Map:
		p.help("write `len(…) > 0`")
	case Basic:
		if numeric(t) {
			p.help("write `… != 0`")
		}
	default: // nothing of it says whether
	}
}

func (c *checker) unary(e *UnaryExpr, want Type) Type {
	if isNilExpr(e.X) {
		return nil
	}
	switch e.Op {
	case "!":
		yes, no := c.cond(e.X)
		c.yes, c.no = no, yes
		if e.X.Type() == nil || underlying(e.X.Type()) != Bool {
			return nil
		}
		if v := e.X.Const(); v != nil {
			e.val = constant.MakeBool(!constant.BoolVal(v))
		}
		return e.X.Type()
	case "-":
		// The smallest int is the negation of a number that is none.
		if lit, ok := e.X.(*IntExpr); ok {
			lit.typ = c.intLiteral(lit, true)
			if lit.typ == nil {
				return nil
			}
		} else {
			c.expr(e.X, want)
		}
		t := e.X.Type()
		if t == nil {
			return nil
		}
		if _, ok := t.(*Optional); ok {
			c.absent(e.X)
			return nil
		}
		if !numeric(t) && t != Duration {
			c.errorf(codeWrongOperand, e.Range(), "`-` does not work on a `%s`", t)
			return nil
		}
		if v := e.X.Const(); v != nil {
			return c.fold(e, t, constant.UnaryOp(gotoken.SUB, v, 0))
		}
		if v := c.certain(e.X); v != nil && numeric(t) {
			return c.knowing(e, t, constant.UnaryOp(gotoken.SUB, v, 0))
		}
		return t
	}
	c.expr(e.X, nil)
	return nil
}

func (c *checker) binary(e *BinaryExpr, want Type) Type {
	if isNilExpr(e.X) || isNilExpr(e.Y) {
		c.expr(e.X, nil)
		c.expr(e.Y, nil)
		return nil
	}
	switch e.Op {
	case "&&", "||":
		return c.logical(e)
	case "??":
		return c.orElse(e)
	case "==", "!=", "<", "<=", ">", ">=":
		if isNone(e.X) || isNone(e.Y) {
			return c.compareNone(e)
		}
		return c.comparison(e)
	}
	defer c.noPlaces()
	hint := want
	if hint == Time || hint == Duration {
		hint = nil
	}
	x := c.expr(e.X, hint)
	if hint == nil {
		hint = x
	}
	y := c.expr(e.Y, hint)
	if x == nil || y == nil {
		return nil
	}
	for _, operand := range []Expr{e.X, e.Y} {
		if _, ok := operand.Type().(*Optional); ok {
			c.absent(operand)
			return nil
		}
	}
	t := c.arithmetic(e)
	if t == nil {
		c.wrongOperands(e)
		return nil
	}
	return c.foldBinary(e, t)
}

// arithmetic gives the type of `x op y` for + - * / %, nil if there is none.
func (c *checker) arithmetic(e *BinaryExpr) Type {
	x, y := e.X.Type(), e.Y.Type()
	switch {
	case x == Time && y == Duration && (e.Op == "+" || e.Op == "-"):
		return Time
	case x == Duration && y == Time && e.Op == "+":
		return Time
	case x == Time && y == Time && e.Op == "-":
		return Duration
	case x == Duration && y == Duration:
		switch e.Op {
		case "+", "-", "%":
			return Duration
		case "/":
			return Int
		}
		return nil
	case x == Duration && numeric(y) && (e.Op == "*" || e.Op == "/"):
		return Duration
	case numeric(x) && y == Duration && e.Op == "*":
		return Duration
	}
	// A constant takes on the type of the other side.
	switch {
	case c.convert(e.Y, x):
	case c.convert(e.X, y):
	default:
		return nil
	}
	t := e.X.Type()
	switch u := underlying(t).(type) {
	case Basic:
		switch {
		case u == Int, u == Float && e.Op != "%", u == String && e.Op == "+":
			return asText(t)
		}
	case *List:
		if e.Op == "+" && Identical(t, e.Y.Type()) {
			return u
		}
	default: // operators work on no others
	}
	return nil
}

func (c *checker) wrongOperands(e *BinaryExpr) {
	x, y := e.X.Type(), e.Y.Type()
	at := e.OpSpan
	if at == (Span{}) {
		at = e.Span
	}
	if Identical(x, y) {
		p := c.errorf(codeWrongOperand, at, "`%s` does not work on a `%s`", e.Op, x)
		switch {
		case x == Time:
			p.help("times can be subtracted, which gives a duration, and compared")
		case e.Op == "%" && underlying(x) == Float:
			p.help("`%%` is for `int`")
		}
		return
	}
	p := c.errorf(codeWrongOperand, at, "`%s` does not work on a `%s` and a `%s`", e.Op, x, y)
	ux, uy := underlying(x), underlying(y)
	switch {
	case e.Op == "+" && (ux == String && printable(y) || uy == String && printable(x)):
		p.help("put the value into the text: `\"… {value}\"`")
	case ux == Int && uy == Float:
		p.help("write `float(%s)`", shorten(c.text(e.X.Range())))
	case ux == Float && uy == Int:
		p.help("write `float(%s)`", shorten(c.text(e.Y.Range())))
	case isList(ux) && e.Op == "+":
		p.help("`append(list, value)` adds an element; `+` joins lists of one type")
	case x == Time && ux != uy && uy == Int, x == Duration && uy == Int:
		p.help("a length of time has a unit: `1h`, `minutes(n)`")
	case isGoType(x) != isGoType(y) && ux == uy:
		p.help("convert one of them: `%s(…)`", ux)
	}
}

func isList(t Type) bool   { _, ok := t.(*List); return ok }
func isGoType(t Type) bool { _, ok := t.(*GoType); return ok }

func shorten(text string) string {
	if len(text) > 40 {
		return "…"
	}
	return text
}

func (c *checker) logical(e *BinaryExpr) Type {
	yes, no := c.cond(e.X)
	var yes2, no2 []place
	c.flow.branch(func() {
		if e.Op == "&&" {
			c.flow.assume(yes)
		} else {
			c.flow.assume(no)
		}
		yes2, no2 = c.cond(e.Y)
	})
	if e.Op == "&&" {
		yes, no = append(yes, yes2...), both(no, no2)
	} else {
		yes, no = both(yes, yes2), append(no, no2...)
	}
	c.yes, c.no = yes, no
	if e.X.Type() == nil || e.Y.Type() == nil {
		return nil
	}
	if x, y := e.X.Const(), e.Y.Const(); x != nil && y != nil && x.Kind() == constant.Bool && y.Kind() == constant.Bool {
		op := gotoken.LAND
		if e.Op == "||" {
			op = gotoken.LOR
		}
		e.val = constant.BinaryOp(x, op, y)
	}
	return Bool
}

// both keeps the places that are in two lists.
func both(a, b []place) []place {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	in := make(map[place]bool, len(a))
	for _, p := range a {
		in[p] = true
	}
	var out []place
	for _, p := range b {
		if in[p] {
			out = append(out, p)
		}
	}
	return out
}

// orElse checks `x ?? y`.
func (c *checker) orElse(e *BinaryExpr) Type {
	defer c.noPlaces()
	c.raw = true
	x := c.expr(e.X, nil)
	c.raw = false
	o, ok := x.(*Optional)
	if x != nil && !ok {
		if x == None {
			c.errorf(codeNeverAbsent, e.X.Range(), "`none ?? y` is always `y`")
		} else {
			c.errorf(codeNeverAbsent, e.X.Range(), "`%s` is never absent, so what follows `??` is never used", shorten(c.text(e.X.Range()))).
				help("leave out `??` and what follows")
		}
	}
	var elem Type
	if ok {
		elem = o.Elem
	}
	y := c.expr(e.Y, elem)
	if !ok || y == nil {
		return nil
	}
	if y == None {
		c.errorf(codeNeverAbsent, e.Y.Range(), "`?? none` changes nothing").help("leave it out")
		return o
	}
	if _, alsoOptional := y.(*Optional); alsoOptional {
		if !c.fits(e.Y, o, "the value after `??`") {
			return nil
		}
		return o
	}
	if !c.fits(e.Y, elem, "the value after `??`") {
		return nil
	}
	return elem
}

// comparison checks `x == y` and the like.
func (c *checker) comparison(e *BinaryExpr) Type {
	defer c.noPlaces()
	equality := e.Op == "==" || e.Op == "!="
	x := c.expr(e.X, nil)
	y := c.expr(e.Y, x)
	if x == nil || y == nil {
		return nil
	}
	for _, operand := range []Expr{e.X, e.Y} {
		if _, ok := operand.Type().(*Optional); ok {
			c.absent(operand)
			return nil
		}
	}
	for _, side := range [][2]Expr{{e.X, e.Y}, {e.Y, e.X}} {
		if enum, ok := side[0].Type().(*Enum); ok && enum.Text && equality && side[1].Type() == String && side[1].Const() != nil {
			c.neverEqual(side[1], enum)
		}
	}
	if !c.convert(e.Y, x) && !c.convert(e.X, y) {
		at := e.OpSpan
		if at == (Span{}) {
			at = e.Span
		}
		p := c.errorf(codeWrongOperand, at, "a `%s` can't be compared with a `%s`", x, y)
		ux, uy := underlying(x), underlying(y)
		switch {
		case isEnum(x) && y == String, isEnum(y) && x == String:
			enum, text := x, e.Y
			if isEnum(y) {
				enum, text = y, e.X
			}
			p.help("compare with a value of the enum: `%s.…`", enum)
			if v := valueOfText(enum.(*Enum), text.Const()); v != nil {
				full := enum.String() + "." + v.Name
				p.help("write `%s`", full)
				if named := findValue(enum.(*Enum).Values, v.JSON); named == nil || named == v { // else one is the text of the other
					p.fix("write `"+full+"`", Edit{text.Range(), full})
				}
			}
		case ux == Int && uy == Float:
			p.help("write `float(%s)`", shorten(c.text(e.X.Range())))
		case ux == Float && uy == Int:
			p.help("write `float(%s)`", shorten(c.text(e.Y.Range())))
		case x == JSON || y == JSON:
			p.help("convert it first: `string(…)`, `int(…)`, `float(…)` or `bool(…)`")
		case isGoType(x) != isGoType(y) && ux == uy:
			p.help("convert one of them: `%s(…)`", ux)
		case x == Duration && uy == Int || y == Duration && ux == Int:
			p.help("a length of time has a unit: `1h`, `minutes(n)`")
		}
		return nil
	}
	t := e.X.Type()
	if equality && !areComparable(t) {
		p := c.errorf(codeWrongOperand, e.Span, "`%s` does not work on a `%s`", e.Op, t)
		switch underlying(t).(type) {
		case *List, *Map:
			p.help("`==` is for scalars, enums, times and durations; compare what matters, such as `len(…)`")
		case *Record:
			p.help("`==` is for scalars, enums, times and durations; compare the fields that matter")
		default:
			if t == JSON {
				p.help("convert it first: `string(…)`, `int(…)`, `float(…)` or `bool(…)`")
			}
		}
		return nil
	}
	if !equality && !ordered(t) {
		p := c.errorf(codeWrongOperand, e.Span, "a `%s` has no order", t)
		if isEnum(t) {
			p.help("compare with `==`, or use `switch`")
		}
		return nil
	}
	if a, b := e.X.Const(), e.Y.Const(); a != nil && b != nil && a.Kind() != constant.Unknown && b.Kind() != constant.Unknown {
		e.val = constant.MakeBool(constant.Compare(a, compareTokens[e.Op], b))
	}
	return Bool
}

func isEnum(t Type) bool { _, ok := t.(*Enum); return ok }

func isNone(e Expr) bool {
	for {
		switch x := e.(type) {
		case *NoneExpr:
			return true
		case *ParenExpr:
			e = x.X
		default:
			return false
		}
	}
}

// compareNone checks `x == none`, which shows x to be present where it fails.
func (c *checker) compareNone(e *BinaryExpr) Type {
	equality := e.Op == "==" || e.Op == "!="
	x, none := e.X, e.Y
	if isNone(x) {
		x, none = none, x
	}
	c.expr(none, nil)
	if isNone(x) {
		c.expr(x, nil)
		c.errorf(codeNeverAbsent, e.Span, "this compares `none` with itself")
		return nil
	}
	if !equality {
		c.expr(x, nil)
		c.errorf(codeWrongOperand, e.Span, "`none` has no order").help("ask with `== none` or `!= none`")
		return nil
	}
	c.raw = true
	t := c.expr(x, nil)
	c.raw = false
	c.noPlaces()
	if t == nil {
		return nil
	}
	if _, ok := t.(*Optional); !ok {
		p := c.errorf(codeNeverAbsent, e.Span, "`%s` is never absent", shorten(c.text(x.Range())))
		switch t.(type) {
		case *List, *Map:
			p.help("a list or map can be empty: ask with `len(…) == 0`")
		default:
			p.help("its type is `%s`; only a `%s?` can be `none`", t, t)
		}
		return nil
	}
	if p, ok := placeOf(x); ok {
		if e.Op == "!=" {
			c.yes, c.no = []place{p}, nil
		} else {
			c.yes, c.no = nil, []place{p}
		}
	}
	return Bool
}

var compareTokens = map[string]gotoken.Token{
	"==": gotoken.EQL, "!=": gotoken.NEQ, "<": gotoken.LSS, "<=": gotoken.LEQ, ">": gotoken.GTR, ">=": gotoken.GEQ,
}

// intLiteral gives a literal its value. With negated it stands behind a minus.
func (c *checker) intLiteral(e *IntExpr, negated bool) Type {
	if e.val == nil || e.val.Kind() != constant.Int {
		// A check before this one may have made a float of it.
		e.val = constant.MakeFromLiteral(e.Text, gotoken.INT, 0)
	}
	if e.val.Kind() != constant.Int {
		e.val = nil
		return nil
	}
	if _, exact := constant.Int64Val(e.val); !exact {
		if negated && constant.Compare(constant.UnaryOp(gotoken.SUB, e.val, 0), gotoken.EQL, constant.MakeInt64(math.MinInt64)) {
			return Int
		}
		e.val = nil
		return nil // reported by the parser
	}
	return Int
}

func (c *checker) overflow(at Span) {
	c.errorf(codeOverflow, at, "this number does not fit into an `int`").
		help("an `int` has 64 bits: %d to %d", int64(math.MinInt64), int64(math.MaxInt64))
}

// sized reports a constant that a Go type of fewer bits, or without sign, does not hold.
func (c *checker) sized(e Expr, t Type) {
	g, ok := t.(*GoType)
	if !ok || g.Go == nil {
		return
	}
	b, ok := g.Go.Underlying().(*types.Basic)
	val := e.Const()
	if !ok || val == nil {
		return
	}
	switch info := b.Info(); {
	case info&types.IsInteger != 0:
		least, most := intRange(b)
		if constant.Compare(val, gotoken.GEQ, least) && constant.Compare(val, gotoken.LEQ, most) {
			return
		}
		c.errorf(codeOverflow, e.Range(), "this number does not fit into `%s`", t).help("it holds whole numbers from %s to %s", least, most)
	case b.Kind() == types.Float32:
		if f, _ := constant.Float32Val(val); math.IsInf(float64(f), 0) {
			c.errorf(codeOverflow, e.Range(), "this number does not fit into `%s`", t).help("it is a float of 32 bits: up to %g", math.MaxFloat32)
		}
	}
}

// intRange gives the least and the most of a type of whole numbers, on the machines for
// which Lambda functions are built.
func intRange(b *types.Basic) (least, most constant.Value) {
	bits := uint(types.SizesFor("gc", "arm64").Sizeof(b)) * 8
	one := constant.MakeInt64(1)
	if b.Info()&types.IsUnsigned != 0 {
		return constant.MakeInt64(0), constant.BinaryOp(constant.Shift(one, gotoken.SHL, bits), gotoken.SUB, one)
	}
	half := constant.Shift(one, gotoken.SHL, bits-1)
	return constant.UnaryOp(gotoken.SUB, half, 0), constant.BinaryOp(half, gotoken.SUB, one)
}

func (c *checker) floatLiteral(e *FloatExpr) Type {
	f, err := strconv.ParseFloat(strings.ReplaceAll(e.Text, "_", ""), 64)
	if err != nil {
		e.val = nil
		return nil // reported by the parser
	}
	e.val = constant.MakeFloat64(f)
	return Float
}

func (c *checker) durationLiteral(e *DurationExpr) Type {
	if e.val == nil {
		return nil // reported by the lexer
	}
	if _, exact := constant.Int64Val(e.val); !exact {
		e.val = nil
		c.durationOverflow(e.Span)
		return nil
	}
	return Duration
}

func (c *checker) durationOverflow(at Span) {
	c.errorf(codeOverflow, at, "this length of time does not fit into a `duration`").
		help("a duration has at most 292 years")
}

// fold sets the value of a constant expression, which must fit its type.
func (c *checker) fold(e Expr, t Type, val constant.Value) Type {
	switch underlying(t) {
	case Int:
		if _, exact := constant.Int64Val(val); !exact {
			c.overflow(e.Range())
			return nil
		}
	case Duration:
		if _, exact := constant.Int64Val(val); !exact {
			c.durationOverflow(e.Range())
			return nil
		}
	}
	e.base().val = val
	return t
}

// foldBinary computes `x op y` if both are constant.
func (c *checker) foldBinary(e *BinaryExpr, t Type) Type {
	x, y := e.X.Const(), e.Y.Const()
	if y != nil && (e.Op == "/" || e.Op == "%") && isZero(y) {
		c.errorf(codeDivisionByZero, e.Y.Range(), "division by zero")
		return nil
	}
	if x == nil || y == nil {
		return c.certainBinary(e, t)
	}
	switch u := underlying(t); {
	case u == String:
		text := constant.StringVal(x) + constant.StringVal(y)
		if len(text) > smallConstText {
			c.constText += len(text)
		}
		if len(text) > maxConstText || c.constText > maxConstTexts {
			c.errorf(codeOverflow, e.Span, "this constant text is longer than %d bytes", maxConstText)
			return nil
		}
		e.val = constant.MakeString(text)
		return t
	case u == Float:
		return c.foldFloat(e, t)
	case u == Duration && (isFloat(e.X) || isFloat(e.Y)):
		a, _ := constant.Float64Val(x)
		b, _ := constant.Float64Val(y)
		ns := a * b
		if e.Op == "/" {
			ns = a / b
		}
		if !(math.Abs(ns) < 1<<63) {
			c.durationOverflow(e.Span)
			return nil
		}
		e.val = constant.MakeInt64(int64(ns))
		return t
	case u == Int || u == Duration:
		return c.fold(e, t, intOp(x, e.Op, y))
	}
	return t
}

// maxConstText bounds constant texts, which could double with every constant;
// maxConstTexts all of them together, small ones aside.
const (
	smallConstText = 1 << 10
	maxConstText   = 1 << 16
	maxConstTexts  = 1 << 24
)

func isFloat(e Expr) bool { return underlying(e.Type()) == Float }

func isZero(v constant.Value) bool {
	return (v.Kind() == constant.Int || v.Kind() == constant.Float) && constant.Sign(v) == 0
}

// foldFloat computes as the program would at run time: each operation rounded.
func (c *checker) foldFloat(e *BinaryExpr, t Type) Type {
	a, _ := constant.Float64Val(e.X.Const())
	b, _ := constant.Float64Val(e.Y.Const())
	var f float64
	switch e.Op {
	case "+":
		f = a + b
	case "-":
		f = a - b
	case "*":
		f = a * b
	case "/":
		f = a / b
	}
	if math.IsInf(f, 0) || math.IsNaN(f) {
		c.errorf(codeOverflow, e.Span, "this number does not fit into a `float`")
		return nil
	}
	e.val = constant.MakeFloat64(f)
	return t
}
