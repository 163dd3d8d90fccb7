package dsl

import (
	"go/constant"
	gotoken "go/token"
	"go/types"
	"math"
)

// The constants of a Go type are no constants of the language, since Go declares them;
// what they are is certain all the same. What is computed from them alone, and would
// always fail, is refused as it is for constants.

// certain gives the number that an expression is in every execution; nil if that is not
// known.
func (c *checker) certain(e Expr) constant.Value {
	if v := e.Const(); v != nil {
		return numberOf(v)
	}
	switch e := e.(type) {
	case *ParenExpr:
		return c.certain(e.X)
	case *EnumExpr:
		if e.Member != nil && e.Member.Value != nil {
			return numberOf(e.Member.Value)
		}
	case *UnaryExpr, *BinaryExpr:
		return c.known[e]
	case *CallExpr:
		if (e.Builtin == "int" || e.Builtin == "float") && len(e.Args) == 1 && underlying(e.Args[0].Type()) == underlying(e.Type()) {
			return c.certain(e.Args[0])
		}
	default: // known at run time
	}
	return nil
}

func numberOf(v constant.Value) constant.Value {
	if v.Kind() == constant.Int || v.Kind() == constant.Float {
		return v
	}
	return nil
}

// certainBinary computes `x op y`, a number of type t, where what it comes to is certain,
// and refuses what can't be.
func (c *checker) certainBinary(e *BinaryExpr, t Type) Type {
	u := underlying(t)
	if u != Int && u != Float {
		return t
	}
	x, y := c.certain(e.X), c.certain(e.Y)
	if y != nil && (e.Op == "/" || e.Op == "%") && isZero(y) && u == Int {
		c.errorf(codeDivisionByZero, e.Y.Range(), "division by zero")
		return nil
	}
	if x == nil || y == nil || isZero(y) && e.Op == "/" {
		return t
	}
	if u == Int {
		return c.knowing(e, t, intOp(constant.ToInt(x), e.Op, constant.ToInt(y)))
	}
	op := map[string]gotoken.Token{"+": gotoken.ADD, "-": gotoken.SUB, "*": gotoken.MUL, "/": gotoken.QUO}[e.Op]
	return c.knowing(e, t, constant.BinaryOp(x, op, y))
}

// intOp computes `x op y` of whole numbers of any size.
func intOp(x constant.Value, op string, y constant.Value) constant.Value {
	switch {
	case op == "/" && constant.Compare(y, gotoken.EQL, constant.MakeInt64(-1)):
		return constant.UnaryOp(gotoken.SUB, x, 0) // go/constant divides the least int64 to itself
	case op == "/":
		return constant.BinaryOp(x, gotoken.QUO_ASSIGN, y)
	}
	return constant.BinaryOp(x, map[string]gotoken.Token{"+": gotoken.ADD, "-": gotoken.SUB, "*": gotoken.MUL, "%": gotoken.REM}[op], y)
}

// knowing notes what an expression of type t certainly is, which the type must hold.
func (c *checker) knowing(e Expr, t Type, val constant.Value) Type {
	if c.known == nil {
		c.known = map[Expr]constant.Value{}
	}
	c.known[e] = val
	basic := types.Typ[types.Int64]
	if underlying(t) == Float {
		basic = types.Typ[types.Float64]
	}
	if g, ok := t.(*GoType); ok && g.Go != nil {
		if b, ok := g.Go.Underlying().(*types.Basic); ok {
			basic = b
		}
	}
	switch info := basic.Info(); {
	case info&types.IsInteger != 0:
		if least, most := intRange(basic); constant.Compare(val, gotoken.LSS, least) || constant.Compare(val, gotoken.GTR, most) {
			c.errorf(codeOverflow, e.Range(), "this is %s, which does not fit into `%s`", val, t).help("it holds whole numbers from %s to %s", least, most)
			return nil
		}
	case info&types.IsFloat != 0:
		f, _ := constant.Float64Val(val)
		if basic.Kind() == types.Float32 {
			f32, _ := constant.Float32Val(val)
			f = float64(f32)
		}
		if math.IsInf(f, 0) {
			c.errorf(codeOverflow, e.Range(), "this number does not fit into `%s`", t)
			return nil
		}
		c.known[e] = constant.MakeFloat64(f) // rounded, as at run time
	}
	return t
}
