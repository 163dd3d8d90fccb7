package purity

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"
)

// mapLoop is the question whether the order of a loop over a map may matter. Its body
// may be one statement, under conditions or none:
//
//   - count, sum, multiply or combine integers, in a variable or in the entries of a map
//   - x = max(x, …) or min, of integers or texts
//   - set a variable, or entries of a map, to a constant
//   - put an entry into a map under the loop's key
//   - append to a list that is sorted next
//   - return constants
//
// and what it computes may not look at what is changed. All else is refused, though
// some of it would be right: a loop over sorted keys needs no proof.
type mapLoop struct {
	*examiner
	loop   *ast.RangeStmt
	around []ast.Node
	key    types.Object // the variable that differs each time; nil if there is none
	target ast.Expr     // what is changed, where that is a variable or an entry
	value  []ast.Expr   // what is computed
}

const tooMuch = "only the simplest bodies are known to come to the same in any order"

// body gives the reason why the order may matter; "" if it doesn't.
func (o *mapLoop) body(list []ast.Stmt) string {
	if len(list) == 0 {
		return ""
	}
	if cond, ok := list[0].(*ast.IfStmt); ok && len(list) == 1 && cond.Init == nil && cond.Else == nil {
		o.value = append(o.value, cond.Cond)
		return o.body(cond.Body.List)
	}
	if why := o.effect(list[0]); why != "" {
		return why
	}
	if len(list) > 1 {
		return tooMuch
	}
	return o.computes()
}

// effect judges the one statement that has an effect.
func (o *mapLoop) effect(s ast.Stmt) string {
	switch s := s.(type) {
	case *ast.IncDecStmt:
		return o.combine(s.X)
	case *ast.AssignStmt:
		if len(s.Lhs) != 1 || len(s.Rhs) != 1 {
			return tooMuch
		}
		if s.Tok == token.ASSIGN {
			return o.set(s.Lhs[0], ast.Unparen(s.Rhs[0]))
		}
		if !slices.Contains([]token.Token{token.ADD_ASSIGN, token.SUB_ASSIGN, token.MUL_ASSIGN, token.AND_ASSIGN, token.OR_ASSIGN, token.XOR_ASSIGN}, s.Tok) {
			return tooMuch
		}
		o.value = append(o.value, s.Rhs[0])
		return o.combine(s.Lhs[0])
	case *ast.ReturnStmt:
		if !slices.ContainsFunc(s.Results, func(e ast.Expr) bool { return !o.constant(e) }) {
			return ""
		}
		return "it returns something of the entry that happens to be first"
	}
	return tooMuch
}

// combine judges what is changed by an operation for which the order is all the same
// with integers.
func (o *mapLoop) combine(target ast.Expr) string {
	if b, ok := o.pass.TypesInfo.TypeOf(target).Underlying().(*types.Basic); !ok || b.Info()&types.IsInteger == 0 {
		return "what is summed up or put together is no integer"
	}
	return o.change(target)
}

func (o *mapLoop) set(target, value ast.Expr) string {
	if why := o.change(target); why != "" {
		return why
	}
	call, _ := value.(*ast.CallExpr)
	name := ""
	if call != nil {
		name = o.builtin(call)
	}
	entry, isEntry := target.(*ast.IndexExpr)
	switch {
	case o.constant(value):
		return ""
	case isEntry && o.key != nil && o.isObject(entry.Index, o.key):
		o.value = append(o.value, value)
		return ""
	case isEntry:
		return "entries may fall on the same place"
	case (name == "max" || name == "min") && len(call.Args) == 2 && o.isObject(call.Args[0], o.object(target.(*ast.Ident))) && exact(o.pass.TypesInfo.TypeOf(target)):
		o.value = append(o.value, call.Args[1])
		return ""
	case name == "append" && o.isObject(call.Args[0], o.object(target.(*ast.Ident))):
		if !o.sortedNext(o.object(target.(*ast.Ident)), o.loop.End(), o.around) {
			return "the list that it fills is not sorted right after the loop"
		}
		o.value = append(o.value, call.Args[1:]...)
		return ""
	}
	return "a variable keeps what the last entry left in it"
}

// exact reports whether values of a type that are equal are the same, unlike floats.
func exact(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsInteger|types.IsString) != 0
}

// change notes what is changed: a variable from outside of the loop, or an entry of a
// map that one holds.
func (o *mapLoop) change(target ast.Expr) string {
	o.target = target
	if entry, ok := target.(*ast.IndexExpr); ok && isMap(o.pass.TypesInfo.TypeOf(entry.X)) && o.isVariable(entry.X) {
		o.target = entry.X
		o.value = append(o.value, entry.Index)
		return ""
	}
	if !o.isVariable(target) {
		return tooMuch
	}
	return ""
}

// isVariable reports whether an expression is a variable of the function around that
// nothing but its name leads to.
func (o *mapLoop) isVariable(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := o.object(id).(*types.Var)
	if !ok || v.Parent() == nil || v.Parent() == o.pass.Pkg.Scope() || o.loop.Pos() <= v.Pos() && v.Pos() < o.loop.End() {
		return false
	}
	pointed := false
	ast.Inspect(o.around[0], func(n ast.Node) bool {
		at, ok := n.(*ast.UnaryExpr)
		pointed = pointed || ok && at.Op == token.AND && o.isObject(at.X, v)
		return !pointed
	})
	return !pointed
}

func (o *mapLoop) isObject(e ast.Expr, obj types.Object) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && obj != nil && o.object(id) == obj
}

// constant reports whether an expression is the same each time, and has no effect.
func (o *mapLoop) constant(e ast.Expr) bool {
	if c, ok := e.(*ast.CompositeLit); ok {
		return len(c.Elts) == 0 && !refers(o.pass.TypesInfo.TypeOf(c))
	}
	v := o.pass.TypesInfo.Types[e]
	return v.Value != nil || v.IsNil()
}

// computes judges what is computed: it may not look at what is changed, nor change
// anything.
func (o *mapLoop) computes() string {
	why := ""
	for _, value := range o.value {
		ast.Inspect(value, func(n ast.Node) bool {
			if why != "" {
				return false
			}
			switch n := n.(type) {
			case *ast.FuncLit:
				why = tooMuch
			case *ast.UnaryExpr:
				if n.Op == token.ARROW {
					why = tooMuch
				}
			case *ast.CallExpr:
				if !o.harmless(n) {
					why = "it calls what may change something"
				}
			}
			if e, ok := n.(ast.Expr); ok && o.target != nil && o.mayBeTarget(e) {
				why = "it looks at what it changes"
			}
			return why == ""
		})
	}
	return why
}

// mayBeTarget reports whether an expression is what is changed, be it under another
// name.
func (o *mapLoop) mayBeTarget(e ast.Expr) bool {
	if o.isObject(e, o.object(o.target.(*ast.Ident))) {
		return true
	}
	t, target := o.pass.TypesInfo.Types[e].Type, o.pass.TypesInfo.TypeOf(o.target)
	return t != nil && isMap(target) && types.Identical(t.Underlying(), target.Underlying())
}

// harmless reports whether a call changes nothing: a conversion, a builtin that only
// computes, a function that is known not to change its arguments. One that nobody has
// written down gets none that refers to anything.
func (o *mapLoop) harmless(call *ast.CallExpr) bool {
	info := o.pass.TypesInfo
	if info.Types[call.Fun].IsType() {
		return true
	}
	if name := o.builtin(call); name != "" {
		return slices.Contains([]string{"len", "cap", "min", "max"}, name)
	}
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	args := call.Args
	if fn.Signature().Recv() != nil {
		args = append([]ast.Expr{call.Fun.(*ast.SelectorExpr).X}, args...)
	}
	for i, arg := range args {
		t := info.TypeOf(arg)
		if _, isFunc := t.Underlying().(*types.Signature); isFunc {
			return false
		}
		if isStandard(fn.Pkg().Path()) && standardChanges(fn, i) || !isStandard(fn.Pkg().Path()) && refers(t) {
			return false
		}
	}
	return true
}

// builtin gives the name of the builtin function that is called; "" for others.
func (o *mapLoop) builtin(call *ast.CallExpr) string {
	if b, ok := typeutil.Callee(o.pass.TypesInfo, call).(*types.Builtin); ok {
		return b.Name()
	}
	return ""
}

// refers reports whether a value of the type leads to what others may see, too.
func refers(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return false
	case *types.Struct:
		for f := range u.Fields() {
			if refers(f.Type()) {
				return true
			}
		}
		return false
	case *types.Array:
		return refers(u.Elem())
	}
	return true
}
