package visualize

import (
	"slices"

	"github.com/durablegen/durablegen/dsl"
)

// argumentsOf gives what is computed before an operation begins.
func argumentsOf(op dsl.Operation) []dsl.Expr {
	list := dsl.Computed(op)
	switch op := op.(type) {
	case *dsl.StepOp:
		return append(list, op.Args...)
	case *dsl.CallbackOp:
		return append(list, op.Args...)
	case *dsl.InvokeOp:
		return append(list, op.Args...)
	case *dsl.CallOp:
		return append(list, op.Args...)
	case *dsl.WaitOp:
		return append(list, op.For)
	case *dsl.PollOp:
		return append(append(list, op.Args...), op.From)
	case *dsl.MapOp:
		return append(list, op.List)
	default: // has no arguments
	}
	return list
}

// mayFail reports whether computing one of some expressions may fail. It says so in
// doubt.
func mayFail(list ...dsl.Expr) bool {
	found := false
	for _, e := range list {
		if e == nil {
			continue
		}
		dsl.Inspect(e, func(n dsl.Node) bool {
			x, ok := n.(dsl.Expr)
			if !ok {
				return true
			}
			if x.Const() != nil {
				return false
			}
			switch x := x.(type) {
			case *dsl.IntExpr, *dsl.FloatExpr, *dsl.DurationExpr, *dsl.BoolExpr, *dsl.NoneExpr, *dsl.StringExpr, *dsl.IdentExpr, *dsl.EnumExpr,
				*dsl.RecordExpr, *dsl.ListExpr, *dsl.CompExpr, *dsl.MapExpr, *dsl.IfExpr, *dsl.ParenExpr: // as what is in it
			case *dsl.BinaryExpr:
				found = found || slices.Contains([]string{"+", "-", "*", "/", "%"}, x.Op) && x.Type() != dsl.Type(dsl.String)
			case *dsl.UnaryExpr:
				found = found || x.Op == "-"
			case *dsl.CallExpr:
				found = found || x.Decl != nil || !slices.Contains([]string{"len", "append", "contains", "join"}, x.Builtin)
			case *dsl.SelectorExpr:
				found = found || x.Field != nil && x.Field.ReadOnly()
			default:
				found = true
			}
			return !found
		})
	}
	return found
}
