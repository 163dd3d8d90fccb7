package codegen

import "github.com/durablegen/durablegen/dsl"

// itemOperations is how many operations an item of a map has at least, besides itself:
// those that its body begins with. What comes behind a statement that may leave the
// body is not certain; nor, where failures are tolerated, what comes behind the first
// operation.
func itemOperations(op *dsl.MapOp) int {
	if op.Settled || op.Limits.Min != nil || op.Limits.Tolerate != nil {
		return firstOperations(op.Body, 1)
	}
	return firstOperations(op.Body, -1)
}

// firstOperations counts the operations with which a block begins, the first few of
// them.
func firstOperations(block *dsl.Block, few int) int {
	n := 0
	for _, stmt := range block.Stmts {
		var op dsl.Operation
		last := false
		switch stmt := stmt.(type) {
		case *dsl.OpStmt:
			op = stmt.Op
		case *dsl.AssignStmt:
			op = stmt.Value.Op
		case *dsl.YieldStmt:
			op, last = stmt.Value.Op, true
		case *dsl.LogStmt, *dsl.VarStmt:
		default:
			last = true
		}
		if op != nil {
			n += operations(op)
			few--
			last = last || few == 0 || len(op.Base().Catches) > 0
		}
		if last {
			break
		}
	}
	return n
}

// operations is how many an operation counts for at least, as the service counts.
func operations(op dsl.Operation) int {
	switch op := op.(type) {
	case *dsl.AwaitOp:
		return 0
	case *dsl.CallbackOp:
		return 3 // itself, the callback and its submitter
	case *dsl.ParallelOp:
		return 1 + len(op.Branches)
	case *dsl.InvokeOp:
		if op.Use.Timeout != nil {
			return 3 // the scope around it, the timer and itself
		}
		return 1
	case *dsl.GroupOp, *dsl.CallOp:
		if op.Base().Use.Timeout != nil {
			return 2
		}
		return 1
	default: // itself; what it runs inside may not come to run
		return 1
	}
}
