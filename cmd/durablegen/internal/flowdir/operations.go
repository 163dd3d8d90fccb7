package flowdir

import (
	"iter"

	"github.com/durablegen/durablegen/dsl"
)

// Operations gives every operation of a workflow, those of undos included, each
// before what it contains.
func Operations(w *dsl.WorkflowDecl) iter.Seq[dsl.Operation] {
	return func(yield func(dsl.Operation) bool) {
		if w.Scope != nil {
			operations(w.Scope, yield)
		}
	}
}

func operations(s *dsl.Scope, yield func(dsl.Operation) bool) bool {
	if s == nil {
		return true
	}
	for _, op := range s.Ops {
		if !yield(op) {
			return false
		}
		for _, inner := range innerScopes(op) {
			if !operations(inner, yield) {
				return false
			}
		}
	}
	return true
}

func innerScopes(op dsl.Operation) []*dsl.Scope {
	var scopes []*dsl.Scope
	switch op := op.(type) {
	case *dsl.GroupOp:
		scopes = append(scopes, op.Inner)
	case *dsl.MapOp:
		scopes = append(scopes, op.Inner)
	case *dsl.SelectStmt:
		scopes = append(scopes, op.Inner)
	case *dsl.ParallelOp:
		for _, b := range op.Branches {
			scopes = append(scopes, b.Inner)
		}
	default: // the others run nothing inside of them
	}
	if undo := op.Base().Undo; undo != nil {
		scopes = append(scopes, undo.Scope)
	}
	return scopes
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
