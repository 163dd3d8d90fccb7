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
