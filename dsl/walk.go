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

// Every node has a method inspect, which stands beside its type and inspects the nodes
// right below it. No base type has one, so that none can be forgotten.

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

// inspectPolicy inspects what stands at the declaration or use itself.
func inspectPolicy(f func(Node) bool, policy *Policy) {
	p := policy.Own()
	if p.Fails != nil {
		Inspect(p.Fails, f)
	}
	inspectAll(f, p.Retry)
	for _, c := range [...]*Clause{p.Timeout, p.Heartbeat, p.Reads, p.Idempotent, p.AtMostOnce, p.AtLeastOnce, p.Stored, p.Retention} {
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
