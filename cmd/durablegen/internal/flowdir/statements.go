package flowdir

import "github.com/durablegen/durablegen/dsl"

// Fails lists the `fail` statements of a workflow that raise errors of a type, in
// source order, those of the workflows that it calls left out.
func Fails(w *dsl.WorkflowDecl, errorType string) []*dsl.FailStmt {
	var found []*dsl.FailStmt
	walkBlock(w.Body, func(s dsl.Stmt) {
		if f, ok := s.(*dsl.FailStmt); ok && f.Type != nil && f.Type.Name == errorType {
			found = append(found, f)
		}
	})
	return found
}

func walkBlock(b *dsl.Block, visit func(dsl.Stmt)) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		walkStmt(s, visit)
	}
}

func walkStmt(s dsl.Stmt, visit func(dsl.Stmt)) {
	visit(s)
	switch s := s.(type) {
	case *dsl.OpStmt:
		walkOp(s.Op, visit)
	case *dsl.AssignStmt:
		walkOp(s.Value.Op, visit)
	case *dsl.VarStmt:
		if s.Value != nil {
			walkOp(s.Value.Op, visit)
		}
	case *dsl.ReturnStmt:
		if s.Value != nil {
			walkOp(s.Value.Op, visit)
		}
	case *dsl.YieldStmt:
		walkOp(s.Value.Op, visit)
	case *dsl.IfStmt:
		walkBlock(s.Then, visit)
		switch e := s.Else.(type) {
		case *dsl.IfStmt:
			walkStmt(e, visit)
		case *dsl.Block:
			walkBlock(e, visit)
		}
	case *dsl.SwitchStmt:
		for _, c := range s.Cases {
			walkBlock(c.Body, visit)
		}
		walkBlock(s.Else, visit)
	case *dsl.ForStmt:
		walkBlock(s.Body, visit)
	case *dsl.WhileStmt:
		walkBlock(s.Body, visit)
	case *dsl.SelectStmt:
		for _, c := range s.Cases {
			walkOp(c.Op, visit)
			walkBlock(c.Body, visit)
		}
		walkCatches(s.Catches, visit)
	case *dsl.TryStmt:
		walkBlock(s.Body, visit)
		walkCatches(s.Catches, visit)
	}
}

func walkCatches(catches []*dsl.Catch, visit func(dsl.Stmt)) {
	for _, c := range catches {
		walkBlock(c.Body, visit)
	}
}

func walkOp(op dsl.Operation, visit func(dsl.Stmt)) {
	switch op := op.(type) {
	case nil:
		return
	case *dsl.GroupOp:
		walkBlock(op.Body, visit)
	case *dsl.MapOp:
		walkBlock(op.Body, visit)
	case *dsl.ParallelOp:
		for _, b := range op.Branches {
			walkOp(b.Op, visit)
			walkBlock(b.Body, visit)
		}
	}
	if undo := op.Base().Undo; undo != nil {
		walkOp(undo.Op, visit)
		walkBlock(undo.Body, visit)
	}
	walkCatches(op.Base().Catches, visit)
}
