package dsl

// Operation is what the workflow checkpoints: *StepOp, *CallbackOp, *InvokeOp,
// *CallOp, *WaitOp, *OpenOp, *AwaitOp, *PollOp, *GroupOp, *ParallelOp or *MapOp;
// *SelectStmt too, though it stands as a statement only.
//
//sumtype:decl
type Operation interface {
	Node
	// Base gives what all operations have.
	Base() *OpBase
	about() opInfo
}

// opInfo tells the checker what an operation is.
type opInfo struct {
	word  string // its keyword
	calls bool   // it names a declaration and has arguments
	decl  Decl   // what it names; nil if nothing, or if that is unknown
}

// declOf is a declaration that may be unknown.
func declOf[D interface {
	comparable
	Decl
}](d D) Decl {
	var none D
	if d == none {
		return nil
	}
	return d
}

func (o *StepOp) about() opInfo     { return opInfo{"step", true, declOf(o.Decl)} }
func (o *CallbackOp) about() opInfo { return opInfo{"callback", true, declOf(o.Decl)} }
func (o *InvokeOp) about() opInfo   { return opInfo{"invoke", true, declOf(o.Decl)} }
func (o *CallOp) about() opInfo     { return opInfo{"call", true, declOf(o.Decl)} }
func (o *PollOp) about() opInfo     { return opInfo{"poll", true, declOf(o.Decl)} }
func (o *OpenOp) about() opInfo     { return opInfo{word: "open", decl: declOf(o.Decl)} }
func (*AwaitOp) about() opInfo      { return opInfo{word: "await"} }
func (*WaitOp) about() opInfo       { return opInfo{word: "wait"} }
func (*GroupOp) about() opInfo      { return opInfo{word: "group"} }
func (*ParallelOp) about() opInfo   { return opInfo{word: "parallel"} }
func (*MapOp) about() opInfo        { return opInfo{word: "map"} }
func (*SelectStmt) about() opInfo   { return opInfo{word: "select"} }

// OpBase is what all operations have. Use holds the clauses written at the
// operation; only Retry, Timeout and Heartbeat can stand there.
type OpBase struct {
	Span
	Keyword Span  // of the word that starts it
	Callee  *Name // what a step, callback, invoke, call, open or poll names; a group's name; a handle for await; else nil
	Label   *Label
	Use     Policy
	Undo    *Undo
	Catches []*Catch

	// Segment is the operation's name within its scope: its label, what it calls,
	// or its keyword. Identity is the same unless `was` keeps an older one. Set by Check.
	Segment  string
	Identity string
	// Scope is the scope in which it runs, and Loops the loops around it there,
	// outermost first. Set by Check.
	Scope *Scope
	Loops []Node // *ForStmt or *WhileStmt
	// Result is the type of its value; nil if it has none. Set by Check.
	Result Type
	// Raises is what can come out of it before its own catches, sorted by name.
	// Set by Check.
	Raises []*ErrorType
}

// Base implements Operation.
func (b *OpBase) Base() *OpBase { return b }

// Path gives the names that lead from the workflow to the operation, the
// operation's own last; loops and items add nothing here.
func (b *OpBase) Path() []string {
	if b.Scope == nil {
		return []string{b.Identity}
	}
	return append(b.Scope.Path(), b.Identity)
}

// Hidden gives the name of what an operation calls where its identity does not tell: it
// has a label, and no `was` by which the author says what the operation was. The record of
// such an operation tells it.
func Hidden(op Operation) string {
	base := op.Base()
	if base.Callee == nil || !op.about().calls && op.about().word != "open" || base.Label == nil || base.Label.Was != nil || base.Identity == base.Callee.Text {
		return ""
	}
	return base.Callee.Text
}

// Computed gives what an operation computes for its clauses: what is no constant among its
// retries, delays, times and limits.
func Computed(op Operation) []Expr {
	var list []Expr
	add := func(exprs ...Expr) {
		for _, e := range exprs {
			if !isNilExpr(e) && e.Const() == nil {
				list = append(list, e)
			}
		}
	}
	schedule := func(s *Schedule) { add(s.Every, s.Backoff, s.Max) }
	use := &op.Base().Use
	for _, r := range use.Retry {
		add(r.Times)
		schedule(&r.Schedule)
	}
	add(clauseValue(use.Timeout), clauseValue(use.Heartbeat))
	switch op := op.(type) {
	case *PollOp:
		schedule(&op.Schedule)
		add(op.AtMost)
	case *ParallelOp:
		add(op.Max, op.Min, op.Tolerate)
	case *MapOp:
		add(op.Max, op.Min, op.Tolerate)
	default: // has no other clauses
	}
	return list
}

// Refusable reports whether an operation may fail before it has a record, so that its
// catches see it: for clauses that can't be kept, a wait that is too long, an input that is
// too large, or fewer items than have to succeed.
func Refusable(op Operation) bool {
	switch op := op.(type) {
	case *WaitOp:
		return op.For.Const() == nil
	case *InvokeOp:
		return true
	case *ParallelOp:
		return !isNilExpr(op.Min) || len(Computed(op)) > 0
	case *MapOp:
		return !isNilExpr(op.Min) || len(Computed(op)) > 0
	default:
		return len(Computed(op)) > 0
	}
}

// Label is `as "name" was "old"`; a nil part is not written.
type Label struct {
	Span
	As  *Text
	Was *Text
}

// Text is a string literal without holes.
type Text struct {
	Span
	Value string
}

// Undo is what takes an operation back: an operation or a block.
type Undo struct {
	Span
	Op   Operation // nil if Body is set; a step, invoke or call
	Body *Block

	Scope *Scope // of the block, or of the operation alone; set by Check
}

// StepOp is `step s(args)`.
type StepOp struct {
	OpBase
	Args []Expr

	Decl *StepDecl // set by Check
}

// CallbackOp is `callback c(args)`: create, submit, suspend.
type CallbackOp struct {
	OpBase
	Args []Expr

	Decl *CallbackDecl // set by Check
}

// InvokeOp is `invoke f(args)`.
type InvokeOp struct {
	OpBase
	Args []Expr

	Decl *FunctionDecl // set by Check
}

// CallOp is `call w(args)`.
type CallOp struct {
	OpBase
	Args []Expr

	Decl *WorkflowDecl // set by Check
}

// WaitOp is `wait D` or, with Until, `wait until T`.
type WaitOp struct {
	OpBase
	Until bool
	For   Expr // a duration, or a time with Until
}

// OpenOp is `open c`: a callback that is created now and awaited later.
type OpenOp struct {
	OpBase

	Decl *CallbackDecl // set by Check
}

// AwaitOp is `await t`. It makes no operation of the service.
type AwaitOp struct {
	OpBase

	Handle *Var // set by Check
}

// PollOp is `poll s(args) [from v] every D ... at most N times until cond`.
type PollOp struct {
	OpBase
	Args []Expr
	From Expr // nil if absent
	Schedule
	AtMost Expr // nil if absent
	Until  Expr

	Decl *StepDecl // set by Check
	// Bound is the name under which Until sees the result: that of the assignment
	// around the poll; nil if the result is dropped. Set by Check.
	Bound *Var
	// Ended: without AtMost, something around it ends it. Set by Check.
	Ended bool
}

// GroupOp is `group name [until await t] { ... }`.
type GroupOp struct {
	OpBase
	Until *AwaitOp // what ends it before its body does; nil if absent
	Body  *Block

	Inner *Scope // set by Check
}

// Limits are the clauses of a batch; nil where not written.
type Limits struct {
	Max      Expr
	Min      Expr
	Tolerate Expr
	Percent  bool // Tolerate is a percentage
}

// ParallelOp is `parallel { a: op  b: { ... } }`.
type ParallelOp struct {
	OpBase
	Settled bool
	Limits
	Branches []*Branch
}

// Branch is one branch of a parallel: an operation, whose value it yields, or a block.
type Branch struct {
	Span
	Name *Name
	Op   Operation // nil if Body is set
	Body *Block

	Result Type   // nil if it yields nothing; set by Check
	Inner  *Scope // set by Check

	failed  bool         // it yields something, but Check could not tell what
	outcome *ItemOutcome // of a settled parallel
}

// MapOp is `map i in list { ... }`.
type MapOp struct {
	OpBase
	Settled bool
	Item    *Name
	List    Expr
	Limits
	Body *Block

	ItemVar    *Var
	ItemResult Type   // nil if nothing is yielded; set by Check
	Inner      *Scope // of one item; set by Check

	outcome *ItemOutcome // if it is settled
}

// Scope is the body of a workflow, group, branch, item, undo or select: one
// context of the service.
type Scope struct {
	Parent *Scope // nil for a workflow
	Owner  Node   // *WorkflowDecl, *GroupOp, *Branch, *MapOp, *Undo or *SelectStmt
	// Segments is what this scope adds to the path of what is in it: nothing for
	// a workflow, the name of a group or map, the names of parallel and branch.
	Segments []string
	// Undoable: an operation in it, or in what it contains, registers an undo.
	Undoable bool
	// Ops are the operations that run in it, in source order.
	Ops []Operation
}

// Path gives the names from the workflow to the scope.
func (s *Scope) Path() []string {
	if s.Parent == nil {
		return append([]string(nil), s.Segments...)
	}
	return append(s.Parent.Path(), s.Segments...)
}

func (o *StepOp) inspect(f func(Node) bool) { inspectCall(f, &o.OpBase, o.Args) }

func (o *CallbackOp) inspect(f func(Node) bool) { inspectCall(f, &o.OpBase, o.Args) }

func (o *InvokeOp) inspect(f func(Node) bool) { inspectCall(f, &o.OpBase, o.Args) }

func (o *CallOp) inspect(f func(Node) bool) { inspectCall(f, &o.OpBase, o.Args) }

func (o *OpenOp) inspect(f func(Node) bool) { inspectTail(f, &o.OpBase) }

func (o *AwaitOp) inspect(f func(Node) bool) { inspectTail(f, &o.OpBase) }

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
	if o.Until != nil {
		Inspect(o.Until, f)
	}
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
