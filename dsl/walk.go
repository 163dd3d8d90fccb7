package dsl

// Inspect calls f for a node and for all nodes below it, each before what it holds,
// in source order; f returning false leaves out what is below its argument. Nodes are
// declarations, clauses, blocks, statements and their cases, catches, operations,
// undos, branches, expressions, written types, parameters and fields; names and
// labels are parts of theirs.
func Inspect(n Node, f func(Node) bool) {
	if f(n) {
		n.inspect(f)
	}
}

// InspectScope is [Inspect] without what runs in a scope of its own: the bodies of
// groups, branches and items, and undos.
func InspectScope(n Node, f func(Node) bool) {
	var body *Block // of the operation that is being looked at
	Inspect(n, func(n Node) bool {
		switch n := n.(type) {
		case *Branch, *Undo:
			return false
		case *GroupOp:
			body = n.Body
		case *MapOp:
			body = n.Body
		case *Block:
			if n == body {
				return false
			}
		}
		return f(n)
	})
}

// Every node has a method inspect of its own, which inspects the nodes right below
// it. No base type has one, so that none can be forgotten.

func (d *TypeDecl) inspect(f func(Node) bool) {
	inspectAll(f, d.Fields)
	if d.Go != nil {
		Inspect(d.Go, f)
	}
}

func (g *GoTypeExpr) inspect(f func(Node) bool) { inspectTypes(f, g.Args...) }
func (d *EnumDecl) inspect(f func(Node) bool)   { inspectAll(f, d.Values) }
func (*EnumMember) inspect(func(Node) bool)     {}
func (d *ErrorDecl) inspect(f func(Node) bool)  { inspectAll(f, d.Fields) }
func (fd *Field) inspect(f func(Node) bool)     { inspectTypes(f, fd.Type) }
func (p *Param) inspect(f func(Node) bool)      { inspectTypes(f, p.Type) }
func (d *ConstDecl) inspect(f func(Node) bool)  { inspectExprs(f, d.Value) }

func (d *FuncDecl) inspect(f func(Node) bool) {
	inspectSignature(f, &d.Signature)
	inspectExprs(f, d.Body)
}

func (d *StepDecl) inspect(f func(Node) bool) {
	inspectSignature(f, &d.Signature)
	inspectPolicy(f, &d.Policy)
}

func (d *CallbackDecl) inspect(f func(Node) bool) {
	inspectSignature(f, &d.Signature)
	inspectPolicy(f, &d.Policy)
}

func (d *FunctionDecl) inspect(f func(Node) bool) {
	inspectSignature(f, &d.Signature)
	inspectPolicy(f, &d.Policy)
}

func (d *WorkflowDecl) inspect(f func(Node) bool) {
	inspectSignature(f, &d.Signature)
	inspectPolicy(f, &d.Policy)
	inspectBlocks(f, d.Body)
}

func (c *Clause) inspect(f func(Node) bool)  { inspectExprs(f, c.Value) }
func (*FailsClause) inspect(func(Node) bool) {}

func (r *RetryClause) inspect(f func(Node) bool) {
	inspectExprs(f, r.Times)
	inspectSchedule(f, &r.Schedule)
}

func (t *ListTypeExpr) inspect(f func(Node) bool) { inspectTypes(f, t.Elem) }
func (t *MapTypeExpr) inspect(f func(Node) bool)  { inspectTypes(f, t.Key, t.Elem) }
func (*NamedTypeExpr) inspect(func(Node) bool)    {}

func (b *Block) inspect(f func(Node) bool) {
	for _, s := range b.Stmts {
		if s != nil {
			Inspect(s, f)
		}
	}
}

func (s *OpStmt) inspect(f func(Node) bool)     { inspectOps(f, s.Op) }
func (s *AssignStmt) inspect(f func(Node) bool) { inspectValue(f, &s.Value) }

func (s *VarStmt) inspect(f func(Node) bool) {
	inspectTypes(f, s.Type)
	inspectValue(f, s.Value)
}

func (s *IfStmt) inspect(f func(Node) bool) {
	inspectExprs(f, s.Cond)
	inspectBlocks(f, s.Then)
	if s.Else != nil {
		Inspect(s.Else, f)
	}
}

func (s *SwitchStmt) inspect(f func(Node) bool) {
	inspectExprs(f, s.Subject)
	inspectAll(f, s.Cases)
	inspectBlocks(f, s.Else)
}

func (c *SwitchCase) inspect(f func(Node) bool) {
	inspectExprs(f, c.Choices...)
	inspectBlocks(f, c.Body)
}

func (s *ForStmt) inspect(f func(Node) bool) {
	inspectExprs(f, s.List)
	inspectBlocks(f, s.Body)
}

func (s *WhileStmt) inspect(f func(Node) bool) {
	inspectExprs(f, s.Cond, s.AtMost)
	inspectBlocks(f, s.Body)
}

func (s *SelectStmt) inspect(f func(Node) bool) {
	inspectAll(f, s.Cases)
	inspectTail(f, &s.OpBase)
}

func (c *SelectCase) inspect(f func(Node) bool) {
	inspectOps(f, c.Op)
	inspectBlocks(f, c.Body)
}

func (s *TryStmt) inspect(f func(Node) bool) {
	inspectBlocks(f, s.Body)
	inspectAll(f, s.Catches)
}

func (c *Catch) inspect(f func(Node) bool)      { inspectBlocks(f, c.Body) }
func (*BreakStmt) inspect(func(Node) bool)      {}
func (*ContinueStmt) inspect(func(Node) bool)   {}
func (s *ReturnStmt) inspect(f func(Node) bool) { inspectValue(f, s.Value) }
func (s *YieldStmt) inspect(f func(Node) bool)  { inspectValue(f, &s.Value) }
func (s *FailStmt) inspect(f func(Node) bool)   { inspectExprs(f, s.Value) }
func (s *LogStmt) inspect(f func(Node) bool)    { inspectExprs(f, s.Message) }

func (o *StepOp) inspect(f func(Node) bool)     { inspectCall(f, &o.OpBase, o.Args) }
func (o *CallbackOp) inspect(f func(Node) bool) { inspectCall(f, &o.OpBase, o.Args) }
func (o *InvokeOp) inspect(f func(Node) bool)   { inspectCall(f, &o.OpBase, o.Args) }
func (o *CallOp) inspect(f func(Node) bool)     { inspectCall(f, &o.OpBase, o.Args) }
func (o *OpenOp) inspect(f func(Node) bool)     { inspectTail(f, &o.OpBase) }
func (o *AwaitOp) inspect(f func(Node) bool)    { inspectTail(f, &o.OpBase) }

func (o *WaitOp) inspect(f func(Node) bool) {
	inspectExprs(f, o.For)
	inspectTail(f, &o.OpBase)
}

func (o *PollOp) inspect(f func(Node) bool) {
	inspectExprs(f, o.Args...)
	inspectExprs(f, o.From)
	inspectSchedule(f, &o.Schedule)
	inspectExprs(f, o.AtMost, o.Until)
	inspectTail(f, &o.OpBase)
}

func (o *GroupOp) inspect(f func(Node) bool) {
	inspectBlocks(f, o.Body)
	inspectTail(f, &o.OpBase)
}

func (o *ParallelOp) inspect(f func(Node) bool) {
	inspectExprs(f, o.Max, o.Min, o.Tolerate)
	inspectAll(f, o.Branches)
	inspectTail(f, &o.OpBase)
}

func (b *Branch) inspect(f func(Node) bool) {
	inspectOps(f, b.Op)
	inspectBlocks(f, b.Body)
}

func (o *MapOp) inspect(f func(Node) bool) {
	inspectExprs(f, o.List, o.Max, o.Min, o.Tolerate)
	inspectBlocks(f, o.Body)
	inspectTail(f, &o.OpBase)
}

func (u *Undo) inspect(f func(Node) bool) {
	inspectOps(f, u.Op)
	inspectBlocks(f, u.Body)
}

func (*IntExpr) inspect(func(Node) bool)      {}
func (*FloatExpr) inspect(func(Node) bool)    {}
func (*DurationExpr) inspect(func(Node) bool) {}
func (*BoolExpr) inspect(func(Node) bool)     {}
func (*NoneExpr) inspect(func(Node) bool)     {}
func (*IdentExpr) inspect(func(Node) bool)    {}
func (*EnumExpr) inspect(func(Node) bool)     {}
func (*BadExpr) inspect(func(Node) bool)      {}

func (e *StringExpr) inspect(f func(Node) bool) {
	for _, p := range e.Parts {
		inspectExprs(f, p.Hole)
	}
}

func (e *CallExpr) inspect(f func(Node) bool)     { inspectExprs(f, e.Args...) }
func (e *SelectorExpr) inspect(f func(Node) bool) { inspectExprs(f, e.X) }
func (e *IndexExpr) inspect(f func(Node) bool)    { inspectExprs(f, e.X, e.Index) }
func (e *SliceExpr) inspect(f func(Node) bool)    { inspectExprs(f, e.X, e.Lo, e.Hi) }

func (e *RecordExpr) inspect(f func(Node) bool) { inspectAll(f, e.Fields) }
func (e *FieldExpr) inspect(f func(Node) bool)  { inspectExprs(f, e.Value) }

func (e *ListExpr) inspect(f func(Node) bool) { inspectExprs(f, e.Elems...) }
func (e *CompExpr) inspect(f func(Node) bool) { inspectExprs(f, e.List, e.Cond, e.Value) }

func (e *MapExpr) inspect(f func(Node) bool) {
	inspectTypes(f, e.Key, e.Elem)
	for _, entry := range e.Entries {
		inspectExprs(f, entry.Key, entry.Value)
	}
}

func (e *IfExpr) inspect(f func(Node) bool)     { inspectExprs(f, e.Cond, e.Then, e.Else) }
func (e *UnaryExpr) inspect(f func(Node) bool)  { inspectExprs(f, e.X) }
func (e *BinaryExpr) inspect(f func(Node) bool) { inspectExprs(f, e.X, e.Y) }
func (e *ParenExpr) inspect(f func(Node) bool)  { inspectExprs(f, e.X) }

// What several nodes have. Nil stands for what is not written.

func inspectExprs(f func(Node) bool, list ...Expr) {
	for _, e := range list {
		if !isNilExpr(e) {
			Inspect(e, f)
		}
	}
}

func inspectTypes(f func(Node) bool, list ...TypeExpr) {
	for _, t := range list {
		if t != nil {
			Inspect(t, f)
		}
	}
}

func inspectBlocks(f func(Node) bool, b *Block) {
	if b != nil {
		Inspect(b, f)
	}
}

func inspectOps(f func(Node) bool, op Operation) {
	if op != nil {
		Inspect(op, f)
	}
}

func inspectValue(f func(Node) bool, v *Value) {
	if v != nil {
		inspectOps(f, v.Op)
		inspectExprs(f, v.Expr)
	}
}

func inspectAll[N Node](f func(Node) bool, list []N) {
	for _, n := range list {
		Inspect(n, f)
	}
}

func inspectCall(f func(Node) bool, base *OpBase, args []Expr) {
	inspectExprs(f, args...)
	inspectTail(f, base)
}

// inspectTail inspects what follows an operation: clauses, undo, catches.
func inspectTail(f func(Node) bool, base *OpBase) {
	inspectPolicy(f, &base.Use)
	if base.Undo != nil {
		Inspect(base.Undo, f)
	}
	inspectAll(f, base.Catches)
}

func inspectPolicy(f func(Node) bool, p *Policy) {
	if p.Fails != nil {
		Inspect(p.Fails, f)
	}
	if p.Retry != nil {
		Inspect(p.Retry, f)
	}
	for _, c := range [...]*Clause{p.Timeout, p.Heartbeat, p.Reads, p.Idempotent, p.AtMostOnce, p.Retention} {
		if c != nil {
			Inspect(c, f)
		}
	}
}

func inspectSchedule(f func(Node) bool, s *Schedule) { inspectExprs(f, s.Every, s.Backoff, s.Max) }

func inspectSignature(f func(Node) bool, s *Signature) {
	inspectAll(f, s.Params)
	inspectTypes(f, s.Result)
}
