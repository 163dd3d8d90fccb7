package codegen

import (
	"go/constant"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// Precedences of Go's operators; what is no operator binds tightest.
const (
	precOr = iota + 1
	precAnd
	precCompare
	precSum
	precProduct
	precUnary
	precPrimary
)

// expr writes an expression as a value of the wanted type: one that is present,
// where an optional one is wanted, becomes a pointer.
func (fn *fn) expr(e dsl.Expr, want dsl.Type) *jen.Statement {
	if isOptional(want) && !isOptional(e.Type()) && e.Type() != dsl.None {
		return jen.New(fn.typed(e))
	}
	return fn.bare(e, want)
}

// typed writes an expression such that Go gives it the right type by itself.
func (fn *fn) typed(e dsl.Expr) *jen.Statement {
	code := fn.bare(e, e.Type())
	if !fn.untyped(e, e.Type()) {
		return code
	}
	return jen.Add(fn.goType(e.Type())).Call(code)
}

// untyped reports whether Go would give an expression another type than t: a
// constant without one of its own, or nil.
func (fn *fn) untyped(e dsl.Expr, t dsl.Type) bool {
	e = unparen(e)
	if _, ok := e.(*dsl.NoneExpr); ok {
		return true
	}
	if isOptional(t) || e.Const() == nil {
		return false
	}
	id, ok := e.(*dsl.IdentExpr)
	return ok && id.ConstDecl != nil && isBasic(t, dsl.Float)
}

// operand writes an expression inside of an operator of the given precedence.
func (fn *fn) operand(e dsl.Expr, want dsl.Type, prec int) *jen.Statement {
	code := fn.expr(e, want)
	if fn.precedence(e) < prec {
		return jen.Parens(code)
	}
	return code
}

// precedence tells how tightly the Go of an expression binds.
func (fn *fn) precedence(e dsl.Expr) int {
	if e.Const() != nil {
		return precPrimary
	}
	switch e := e.(type) {
	case *dsl.ParenExpr:
		return fn.precedence(e.X)
	case *dsl.StringExpr:
		if len(e.Parts) > 1 {
			return precSum
		}
	case *dsl.UnaryExpr:
		return precUnary
	case *dsl.BinaryExpr:
		switch e.Op {
		case "||":
			return precOr
		case "&&":
			return precAnd
		case "+":
			if isBasic(e.Type(), dsl.String) {
				return precSum
			}
		case "==", "!=", "<", "<=", ">", ">=":
			if isBasic(e.X.Type(), dsl.Time) {
				return precUnary
			}
			return precCompare
		}
	case *dsl.IdentExpr, *dsl.SelectorExpr, *dsl.IndexExpr:
		return precUnary // it may begin with *
	default: // stands for itself
	}
	return precPrimary
}

// condition writes a bool expression for an if or a loop.
func (fn *fn) condition(e dsl.Expr) *jen.Statement { return fn.expr(e, dsl.Bool) }

func unparen(e dsl.Expr) dsl.Expr {
	for {
		p, ok := e.(*dsl.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

// bare writes an expression as what it is. want is a help for those that have no
// type of their own.
func (fn *fn) bare(e dsl.Expr, want dsl.Type) *jen.Statement {
	if id, ok := e.(*dsl.IdentExpr); ok && id.ConstDecl != nil && sameType(id.Type(), id.ConstDecl.Type) {
		return jen.Id(fn.names.consts[id.ConstDecl])
	}
	if v := e.Const(); v != nil {
		return fn.constant(v, e.Type())
	}
	switch e := e.(type) {
	case *dsl.ParenExpr:
		return fn.bare(e.X, want)
	case *dsl.NoneExpr:
		return jen.Nil()
	case *dsl.StringExpr:
		return fn.string(e)
	case *dsl.IdentExpr:
		return fn.present(e, e.Var.Type, fn.place(e))
	case *dsl.SelectorExpr:
		return fn.selector(e)
	case *dsl.IndexExpr:
		return fn.index(e)
	case *dsl.SliceExpr:
		return fn.slice(e)
	case *dsl.EnumExpr:
		return fn.member(e.Member, e.Type())
	case *dsl.RecordExpr:
		return fn.record(e)
	case *dsl.ListExpr:
		return fn.list(e, want)
	case *dsl.MapExpr:
		return fn.mapLiteral(e)
	case *dsl.ConvertExpr:
		return fn.conversionTo(e)
	case *dsl.IfExpr, *dsl.CompExpr:
		return jen.Func().Params().Add(fn.goType(e.Type())).BlockFunc(func(group *jen.Group) {
			fn.returnValue(group, e, e.Type())
		}).Call()
	case *dsl.UnaryExpr:
		return fn.unary(e)
	case *dsl.BinaryExpr:
		return fn.binary(e)
	case *dsl.CallExpr:
		return fn.callExpr(e)
	case *dsl.IntExpr, *dsl.FloatExpr, *dsl.DurationExpr, *dsl.BoolExpr: // are constants, and were written as such
	case *dsl.BadExpr: // is not in a program without errors
	}
	panic("unknown expression")
}

// constant writes a constant of a type.
func (g *generator) constant(v constant.Value, t dsl.Type) *jen.Statement {
	var code *jen.Statement
	switch v.Kind() {
	case constant.Bool:
		code = jen.Lit(constant.BoolVal(v))
	case constant.String:
		code = str(constant.StringVal(v))
	default:
		switch u := under(t); u {
		case dsl.Duration:
			return jen.Qual(flowPath, "Duration").Call(duration(v))
		case dsl.Float:
			code = floatLit(v)
		default:
			code = intLit(v)
		}
	}
	if _, ok := t.(*dsl.GoType); ok {
		return jen.Add(g.goType(t)).Call(code)
	}
	return code
}

// str writes a string literal.
func str(s string) *jen.Statement { return jen.Op(strconv.Quote(s)) }

// place writes a variable or a field of one as it is declared, before any test for
// its absence counts.
func (fn *fn) place(e dsl.Expr) *jen.Statement {
	switch e := e.(type) {
	case *dsl.ParenExpr:
		return fn.place(e.X)
	case *dsl.IdentExpr:
		if e.Var == nil {
			return fn.bare(e, e.Type())
		}
		if code := fn.keyParams[e.Var]; code != nil {
			return code.Clone()
		}
		return jen.Id(fn.locals.name(e.Var))
	case *dsl.SelectorExpr:
		if e.Field != nil {
			x := fn.base(e.X)
			if o, ok := e.X.Type().(*dsl.Outcome); ok && o.IsCount(e.Field) {
				x.Dot("counts")
			}
			return asDeclared(e.Field, x.Dot(fn.fieldName(e.Field)))
		}
	default: // is no place, but a value
	}
	return fn.bare(e, e.Type())
}

// base writes what stands before a dot: pointers are followed by Go itself. A record has
// parentheses around it, since the header of an if takes its brace for that of the block.
func (fn *fn) base(x dsl.Expr) *jen.Statement {
	code := fn.place(x)
	switch unparen(x).(type) {
	case *dsl.IdentExpr, *dsl.SelectorExpr, *dsl.CallExpr, *dsl.ConvertExpr:
		return code
	default: // may need parentheses
	}
	return jen.Parens(code)
}

// present follows the pointer of what is declared optional and known to be there.
func (fn *fn) present(e dsl.Expr, declared dsl.Type, code *jen.Statement) *jen.Statement {
	if isOptional(declared) && !isOptional(e.Type()) {
		return jen.Op("*").Add(code)
	}
	return code
}

// selector writes x.F, ticket.ID() or, into json, x.Field("f").
func (fn *fn) selector(e *dsl.SelectorExpr) *jen.Statement {
	if e.Execution {
		method := map[string]string{"id": "ExecutionARN", "name": "ExecutionName"}[e.Name.Text]
		return jen.Id("ctx").Dot(method).Call()
	}
	if e.Field != nil {
		return fn.present(e, e.Field.Type, fn.place(e))
	}
	if _, ok := e.X.Type().(*dsl.Handle); ok {
		return fn.place(e.X).Dot("ID").Call()
	}
	return fn.present(e, optionalJSON, fn.jsonBase(e.X).Dot("Field").Call(str(e.Name.Text)))
}

var optionalJSON = &dsl.Optional{Elem: dsl.JSON}

// jsonBase writes a json value on which Field and Index can be called, which take a
// pointer that may be nil.
func (fn *fn) jsonBase(x dsl.Expr) *jen.Statement {
	switch x := unparen(x).(type) {
	case *dsl.IdentExpr:
		return fn.place(x)
	case *dsl.SelectorExpr:
		switch {
		case x.Field == nil:
			return fn.jsonBase(x.X).Dot("Field").Call(str(x.Name.Text))
		case !x.Field.ReadOnly(): // else it is the result of a call, which has no address
			return fn.place(x)
		}
	case *dsl.IndexExpr:
		if isJSON(x.X.Type()) {
			return fn.jsonIndex(x)
		}
	default: // is no place, but a value
	}
	if isOptional(x.Type()) {
		return fn.bare(x, x.Type())
	}
	return jen.New(fn.bare(x, x.Type()))
}

func isJSON(t dsl.Type) bool {
	if o, ok := t.(*dsl.Optional); ok {
		t = o.Elem
	}
	return t == dsl.JSON
}

func (fn *fn) jsonIndex(e *dsl.IndexExpr) *jen.Statement {
	method := "Index"
	if isBasic(e.Index.Type(), dsl.String) {
		method = "Field"
	}
	return fn.jsonBase(e.X).Dot(method).Call(fn.bare(e.Index, e.Index.Type()))
}

// index writes flow.Index(list, i), or flow.Lookup(m, key), which is a pointer.
func (fn *fn) index(e *dsl.IndexExpr) *jen.Statement {
	if isJSON(e.X.Type()) {
		return fn.present(e, optionalJSON, fn.jsonIndex(e))
	}
	x := fn.bare(e.X, e.X.Type())
	m, ok := under(e.X.Type()).(*dsl.Map)
	switch {
	case !ok:
		return jen.Qual(flowPath, "Index").Call(x, fn.expr(e.Index, dsl.Int))
	case isOptional(m.Elem):
		return x.Index(fn.expr(e.Index, m.Key))
	}
	return jen.Qual(flowPath, "Lookup").Call(x, fn.expr(e.Index, m.Key))
}

// slice writes flow.Slice(list, lo, hi).
func (fn *fn) slice(e *dsl.SliceExpr) *jen.Statement {
	x := fn.bare(e.X, e.X.Type())
	if isBasic(e.X.Type(), dsl.String) {
		return fn.part(e, x)
	}
	lo, hi := jen.Op("0"), jen.Id("len").Call(x.Clone())
	if e.Lo != nil {
		lo = fn.expr(e.Lo, dsl.Int)
	}
	if e.Hi != nil {
		hi = fn.expr(e.Hi, dsl.Int)
	}
	return jen.Qual(flowPath, "Slice").Call(x, lo, hi)
}

// part writes flow.Part(text, lo, hi), which counts characters; without hi the rest.
func (fn *fn) part(e *dsl.SliceExpr, x *jen.Statement) *jen.Statement {
	lo := jen.Op("0")
	if e.Lo != nil {
		lo = fn.expr(e.Lo, dsl.Int)
	}
	if e.Hi == nil {
		return jen.Qual(flowPath, "Rest").Call(x, lo)
	}
	return jen.Qual(flowPath, "Part").Call(x, lo, fn.expr(e.Hi, dsl.Int))
}

// returnValue writes the statements that return an expression's value.
func (fn *fn) returnValue(group *jen.Group, e dsl.Expr, want dsl.Type) {
	switch x := unparen(e).(type) {
	case *dsl.IfExpr:
		group.If(fn.condition(x.Cond)).BlockFunc(func(in *jen.Group) { fn.returnValue(in, x.Then, want) })
		fn.returnValue(group, x.Else, want)
	case *dsl.CompExpr:
		fn.comprehension(group, x, want)
	default:
		group.Return(fn.expr(e, want))
	}
}

// comprehension writes the loop that makes a list:
//
//	var out []string
//	for _, item := range items {
//		out = append(out, item.SKU)
//	}
//	return out
func (fn *fn) comprehension(group *jen.Group, e *dsl.CompExpr, want dsl.Type) {
	out := fn.unused("out", "list")
	fn.collect(group, out, e)
	value := jen.Id(out)
	if isOptional(want) {
		value = jen.Op("&").Add(value)
	}
	group.Return(value)
}

// collect declares a list and writes the loop that fills it.
func (fn *fn) collect(group *jen.Group, out string, e *dsl.CompExpr) {
	l := under(e.Type()).(*dsl.List)
	group.Var().Id(out).Index().Add(fn.goType(l.Elem))
	index, elem := fn.compName(e, e.IndexVar), fn.compName(e, e.ElemVar)
	var header *jen.Statement
	var first []jen.Code
	list := fn.bare(e.List, e.List.Type())
	if _, ok := under(e.List.Type()).(*dsl.Map); ok {
		key := index
		if key == "_" && elem != "_" {
			key = fn.unused("key", "at")
		}
		if elem != "_" {
			first = append(first, jen.Id(elem).Op(":=").Add(list.Clone()).Index(jen.Id(key)))
		}
		header = rangeHeader("_", key, jen.Qual(flowPath, "Keys").Call(list))
	} else {
		header = rangeHeader(index, elem, list)
	}
	add := jen.Id(out).Op("=").Id("append").Call(jen.Id(out), fn.expr(e.Value, l.Elem))
	if e.Cond != nil {
		add = jen.If(fn.condition(e.Cond)).Block(add)
	}
	group.Add(header.Block(append(first, add)...))
}

// unused gives the first name that no variable has.
func (fn *fn) unused(candidates ...string) string {
	for _, c := range candidates {
		if !fn.locals.taken[c] {
			return c
		}
	}
	return candidates[len(candidates)-1] + "Now"
}

// compName gives the Go name of a comprehension's variable, _ if nothing reads it.
func (fn *fn) compName(e *dsl.CompExpr, v *dsl.Var) string {
	if v == nil || !mentions(e.Value, v) && (e.Cond == nil || !mentions(e.Cond, v)) {
		return "_"
	}
	return fn.locals.name(v)
}

// unary writes !x, -x or, for what can overflow, flow.Neg(x).
func (fn *fn) unary(e *dsl.UnaryExpr) *jen.Statement {
	if e.Op == "-" && !isBasic(e.Type(), dsl.Float) {
		return jen.Qual(flowPath, "Neg").Call(fn.expr(e.X, e.Type()))
	}
	return jen.Op(e.Op).Add(fn.operand(e.X, e.Type(), precUnary))
}

// binary writes x op y.
func (fn *fn) binary(e *dsl.BinaryExpr) *jen.Statement {
	switch e.Op {
	case "&&":
		return fn.operand(e.X, dsl.Bool, precAnd).Op("&&").Add(fn.operand(e.Y, dsl.Bool, precAnd+1))
	case "||":
		return fn.operand(e.X, dsl.Bool, precOr).Op("||").Add(fn.operand(e.Y, dsl.Bool, precOr+1))
	case "??":
		return fn.orElse(e)
	case "==", "!=", "<", "<=", ">", ">=":
		return fn.compare(e)
	}
	return fn.arithmetic(e)
}

// orElse writes flow.Or(x, y), with a function for a y that may fail.
func (fn *fn) orElse(e *dsl.BinaryExpr) *jen.Statement {
	x := fn.optional(e.X)
	helper := "Or"
	t := e.Type()
	if isOptional(t) {
		helper = "OrMaybe"
	}
	if fn.facts.canFail(e.Y) {
		return jen.Qual(flowPath, helper+"Else").Call(x, fn.thunk(e.Y, t))
	}
	return jen.Qual(flowPath, helper).Call(x, fn.expr(e.Y, t))
}

// optional writes what stands on the left of ?? or beside none: a pointer.
func (fn *fn) optional(e dsl.Expr) *jen.Statement {
	switch x := unparen(e).(type) {
	case *dsl.IdentExpr:
		return fn.place(x)
	case *dsl.SelectorExpr:
		if x.Field != nil {
			return fn.place(x)
		}
	default: // is no place, but a value
	}
	return fn.bare(e, e.Type())
}

// compare writes a comparison; times are compared by their methods.
func (fn *fn) compare(e *dsl.BinaryExpr) *jen.Statement {
	if isNone(e.Y) {
		return fn.optional(e.X).Op(e.Op).Nil()
	}
	if isNone(e.X) {
		return fn.optional(e.Y).Op(e.Op).Nil()
	}
	if isBasic(e.X.Type(), dsl.Time) {
		return fn.compareTimes(e)
	}
	return fn.operand(e.X, e.X.Type(), precCompare+1).Op(e.Op).Add(fn.operand(e.Y, e.Y.Type(), precCompare+1))
}

func (fn *fn) compareTimes(e *dsl.BinaryExpr) *jen.Statement {
	method := map[string]string{"==": "Equal", "!=": "Equal", "<": "Before", ">=": "Before", ">": "After", "<=": "After"}[e.Op]
	x := fn.operand(e.X, e.X.Type(), precUnary)
	if fn.derefs(e.X) {
		x = jen.Parens(x)
	}
	call := x.Dot(method).Call(fn.expr(e.Y, e.Y.Type()))
	if e.Op == "!=" || e.Op == ">=" || e.Op == "<=" {
		return jen.Op("!").Add(call)
	}
	return call
}

// derefs reports whether the Go of an expression begins with a *.
func (fn *fn) derefs(e dsl.Expr) bool {
	switch x := unparen(e).(type) {
	case *dsl.IdentExpr:
		return x.Var != nil && isOptional(x.Var.Type) && !isOptional(x.Type())
	case *dsl.SelectorExpr:
		return x.Field != nil && isOptional(x.Field.Type) && !isOptional(x.Type())
	default: // is no place, but a value
	}
	return false
}

func isNone(e dsl.Expr) bool {
	_, ok := unparen(e).(*dsl.NoneExpr)
	return ok
}

// checked are the functions that compute and fail where a result does not fit.
var checked = map[string]string{"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "%": "Rem"}

// arithmetic writes flow.Add(x, y) and the like.
func (fn *fn) arithmetic(e *dsl.BinaryExpr) *jen.Statement {
	xt, yt := e.X.Type(), e.Y.Type()
	if _, ok := under(xt).(*dsl.List); ok {
		return jen.Qual("slices", "Concat").Call(fn.joined(e)...)
	}
	x, y := fn.expr(e.X, xt), fn.expr(e.Y, yt)
	helper := func(name string) *jen.Statement { return jen.Qual(flowPath, name).Call(x, y) }
	xu, yu := under(xt), under(yt)
	switch {
	case xu == dsl.String:
		return fn.operand(e.X, xt, precSum).Op("+").Add(fn.operand(e.Y, yt, precSum+1))
	case xu == dsl.Time && yu == dsl.Time:
		return helper("Between")
	case xu == dsl.Time && e.Op == "-":
		return helper("Before")
	case xu == dsl.Time:
		return helper("After")
	case yu == dsl.Time:
		return jen.Qual(flowPath, "After").Call(y, x)
	case xu == dsl.Duration && yu == dsl.Duration && e.Op == "/":
		return jen.Int().Call(helper("Div"))
	case xu == dsl.Duration && yu == dsl.Duration:
		return helper(checked[e.Op])
	case xu == dsl.Duration && yu == dsl.Float && e.Op == "/":
		return helper("Unscale")
	case xu == dsl.Duration && yu == dsl.Float:
		return helper("Scale")
	case xu == dsl.Float && yu == dsl.Duration:
		return jen.Qual(flowPath, "Scale").Call(y, x)
	case xu == dsl.Duration:
		return jen.Qual(flowPath, checked[e.Op]).Call(x, asDuration(e.Y, y))
	case yu == dsl.Duration:
		return jen.Qual(flowPath, checked[e.Op]).Call(asDuration(e.X, x), y)
	}
	return helper(checked[e.Op])
}

// joined gives the lists that a chain of + joins, from left to right.
func (fn *fn) joined(e *dsl.BinaryExpr) []jen.Code {
	var out []jen.Code
	if left, ok := unparen(e.X).(*dsl.BinaryExpr); ok && left.Op == "+" {
		out = fn.joined(left)
	} else {
		out = []jen.Code{fn.expr(e.X, e.X.Type())}
	}
	return append(out, fn.expr(e.Y, e.Y.Type()))
}

// asDuration makes a number the factor of a duration.
func asDuration(e dsl.Expr, code *jen.Statement) *jen.Statement {
	if e.Const() != nil {
		if _, named := unparen(e).(*dsl.IdentExpr); !named {
			return code
		}
	}
	if exceedsInt(e.Type()) {
		code = toInt(e.Type(), code)
	}
	return jen.Qual(flowPath, "Duration").Call(code)
}
