package codegen

import "github.com/durablegen/durablegen/dsl"

// inspectBlock calls f for every statement, operation, catch and expression below
// a block, in source order; f returning false skips what is below its argument.
func inspectBlock(b *dsl.Block, f func(any) bool) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		inspectStmt(s, f)
	}
}

func inspectStmt(s dsl.Stmt, f func(any) bool) {
	if !f(s) {
		return
	}
	switch s := s.(type) {
	case *dsl.OpStmt:
		inspectOp(s.Op, f)
	case *dsl.AssignStmt:
		inspectValue(s.Value, f)
	case *dsl.VarStmt:
		if s.Value != nil {
			inspectValue(*s.Value, f)
		}
	case *dsl.IfStmt:
		inspectExpr(s.Cond, f)
		inspectBlock(s.Then, f)
		switch e := s.Else.(type) {
		case *dsl.IfStmt:
			if e != nil {
				inspectStmt(e, f)
			}
		case *dsl.Block:
			inspectBlock(e, f)
		}
	case *dsl.SwitchStmt:
		inspectExpr(s.Subject, f)
		for _, c := range s.Cases {
			for _, choice := range c.Choices {
				inspectExpr(choice, f)
			}
			inspectBlock(c.Body, f)
		}
		inspectBlock(s.Else, f)
	case *dsl.ForStmt:
		inspectExpr(s.List, f)
		inspectBlock(s.Body, f)
	case *dsl.WhileStmt:
		inspectExpr(s.Cond, f)
		inspectExpr(s.AtMost, f)
		inspectBlock(s.Body, f)
	case *dsl.SelectStmt:
		for _, c := range s.Cases {
			inspectOp(c.Op, f)
		}
		for _, c := range s.Cases {
			inspectBlock(c.Body, f)
		}
		inspectBase(&s.OpBase, f)
	case *dsl.TryStmt:
		inspectBlock(s.Body, f)
		inspectCatches(s.Catches, f)
	case *dsl.ReturnStmt:
		if s.Value != nil {
			inspectValue(*s.Value, f)
		}
	case *dsl.YieldStmt:
		inspectValue(s.Value, f)
	case *dsl.FailStmt:
		inspectExpr(s.Value, f)
	case *dsl.LogStmt:
		inspectExpr(s.Message, f)
	}
}

func inspectValue(v dsl.Value, f func(any) bool) {
	if v.Op != nil {
		inspectOp(v.Op, f)
	} else {
		inspectExpr(v.Expr, f)
	}
}

func inspectOp(op dsl.Operation, f func(any) bool) {
	if op == nil || !f(op) {
		return
	}
	switch op := op.(type) {
	case *dsl.StepOp:
		inspectExprs(op.Args, f)
	case *dsl.CallbackOp:
		inspectExprs(op.Args, f)
	case *dsl.InvokeOp:
		inspectExprs(op.Args, f)
	case *dsl.CallOp:
		inspectExprs(op.Args, f)
	case *dsl.WaitOp:
		inspectExpr(op.For, f)
	case *dsl.PollOp:
		inspectExprs(op.Args, f)
		inspectExpr(op.From, f)
		inspectSchedule(op.Schedule, f)
		inspectExpr(op.AtMost, f)
		inspectExpr(op.Until, f)
	case *dsl.GroupOp:
		inspectBlock(op.Body, f)
	case *dsl.ParallelOp:
		inspectLimits(op.Limits, f)
		for _, b := range op.Branches {
			inspectOp(b.Op, f)
			inspectBlock(b.Body, f)
		}
	case *dsl.MapOp:
		inspectExpr(op.List, f)
		inspectLimits(op.Limits, f)
		inspectBlock(op.Body, f)
	case *dsl.SelectStmt: // walked as a statement
		return
	}
	inspectBase(op.Base(), f)
}

func inspectBase(b *dsl.OpBase, f func(any) bool) {
	for _, c := range []*dsl.Clause{b.Use.Timeout, b.Use.Heartbeat} {
		if c != nil {
			inspectExpr(c.Value, f)
		}
	}
	if r := b.Use.Retry; r != nil {
		inspectExpr(r.Times, f)
		inspectSchedule(r.Schedule, f)
	}
	if b.Undo != nil {
		inspectOp(b.Undo.Op, f)
		inspectBlock(b.Undo.Body, f)
	}
	inspectCatches(b.Catches, f)
}

func inspectCatches(catches []*dsl.Catch, f func(any) bool) {
	for _, c := range catches {
		if f(c) {
			inspectBlock(c.Body, f)
		}
	}
}

func inspectSchedule(s dsl.Schedule, f func(any) bool) {
	inspectExprs([]dsl.Expr{s.Every, s.Backoff, s.Max}, f)
}

func inspectLimits(l dsl.Limits, f func(any) bool) {
	inspectExprs([]dsl.Expr{l.Max, l.Min, l.Tolerate}, f)
}

func inspectExprs(list []dsl.Expr, f func(any) bool) {
	for _, e := range list {
		inspectExpr(e, f)
	}
}

// inspectExpr calls f for an expression and those it is made of.
func inspectExpr(e dsl.Expr, f func(any) bool) {
	if e == nil || !f(e) {
		return
	}
	switch e := e.(type) {
	case *dsl.StringExpr:
		for _, p := range e.Parts {
			inspectExpr(p.Hole, f)
		}
	case *dsl.CallExpr:
		inspectExprs(e.Args, f)
	case *dsl.SelectorExpr:
		inspectExpr(e.X, f)
	case *dsl.IndexExpr:
		inspectExpr(e.X, f)
		inspectExpr(e.Index, f)
	case *dsl.SliceExpr:
		inspectExprs([]dsl.Expr{e.X, e.Lo, e.Hi}, f)
	case *dsl.RecordExpr:
		for _, fe := range e.Fields {
			inspectExpr(fe.Value, f)
		}
	case *dsl.ListExpr:
		inspectExprs(e.Elems, f)
	case *dsl.CompExpr:
		inspectExprs([]dsl.Expr{e.List, e.Cond, e.Value}, f)
	case *dsl.MapExpr:
		for _, entry := range e.Entries {
			inspectExpr(entry.Key, f)
			inspectExpr(entry.Value, f)
		}
	case *dsl.IfExpr:
		inspectExprs([]dsl.Expr{e.Cond, e.Then, e.Else}, f)
	case *dsl.UnaryExpr:
		inspectExpr(e.X, f)
	case *dsl.BinaryExpr:
		inspectExpr(e.X, f)
		inspectExpr(e.Y, f)
	case *dsl.ParenExpr:
		inspectExpr(e.X, f)
	}
}
