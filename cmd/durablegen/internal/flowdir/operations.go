package flowdir

import (
	"iter"

	"github.com/durablegen/durablegen/dsl"
)

// Operations gives every operation of a workflow, those of undos included, each
// before what it contains.
func Operations(w *dsl.WorkflowDecl) iter.Seq[dsl.Operation] {
	return func(yield func(dsl.Operation) bool) {
		more := true
		dsl.Inspect(w, func(n dsl.Node) bool {
			if op, ok := n.(dsl.Operation); ok && more {
				more = yield(op)
			}
			return more
		})
	}
}

// Asked gives the callback that an operation opens, or the function that it invokes; nil if it
// does neither.
func Asked(op dsl.Operation) dsl.Decl {
	if d := CallbackOf(op); d != nil {
		return d
	}
	if op, ok := op.(*dsl.InvokeOp); ok && op.Decl != nil {
		return op.Decl
	}
	return nil
}

// CallbackOf gives the callback that an operation opens; nil if it opens none.
func CallbackOf(op dsl.Operation) *dsl.CallbackDecl {
	switch op := op.(type) {
	case *dsl.CallbackOp:
		return op.Decl
	case *dsl.OpenOp:
		return op.Decl
	default: // opens no callback
	}
	return nil
}
