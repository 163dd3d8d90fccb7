package visualize

import (
	"slices"

	"github.com/durablegen/durablegen/dsl"
)

// argumentsOf gives what is computed before an operation begins.
func argumentsOf(op dsl.Operation) []dsl.Expr {
	switch op := op.(type) {
	case *dsl.StepOp:
		return op.Args
	case *dsl.CallbackOp:
		return op.Args
	case *dsl.InvokeOp:
		return op.Args
	case *dsl.CallOp:
		return op.Args
	case *dsl.WaitOp:
		return []dsl.Expr{op.For}
	case *dsl.PollOp:
		return append(slices.Clone(op.Args), op.From)
	case *dsl.ParallelOp:
		return []dsl.Expr{op.Max, op.Min, op.Tolerate}
	case *dsl.MapOp:
		return []dsl.Expr{op.List, op.Max, op.Min, op.Tolerate}
	default: // computes nothing
	}
	return nil
}

// refusable reports whether an operation may fail before it has a record, so that its
// catches see it: a batch with limits that can't be kept.
func refusable(op dsl.Operation) bool {
	switch op := op.(type) {
	case *dsl.ParallelOp:
		return refusableLimits(op.Limits)
	case *dsl.MapOp:
		return refusableLimits(op.Limits)
	default: // has none
	}
	return false
}

func refusableLimits(l dsl.Limits) bool {
	computed := func(e dsl.Expr) bool { return e != nil && e.Const() == nil }
	return l.Min != nil || computed(l.Max) || computed(l.Tolerate) // there may be fewer items than have to succeed
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
