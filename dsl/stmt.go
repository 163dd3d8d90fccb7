package dsl

import "strconv"

// Block is a `{ ... }` of statements.
type Block struct {
	Span
	Stmts []Stmt

	Leaves bool // its end is never reached; set by Check
}

// Stmt is a statement: *OpStmt, *AssignStmt, *VarStmt, *IfStmt, *SwitchStmt,
// *ForStmt, *WhileStmt, *SelectStmt, *TryStmt, *BreakStmt, *ContinueStmt,
// *ReturnStmt, *YieldStmt, *FailStmt, *LogStmt, *CommitStmt or *AgainStmt.
//
//sumtype:decl
type Stmt interface {
	Node
	// Leaves reports whether what stands behind the statement is never reached from
	// it; set by Check.
	Leaves() bool
	setLeaves(bool)
}

// stmtBase is what all statements have.
type stmtBase struct{ leaves bool }

// Leaves implements Stmt.
func (s *stmtBase) Leaves() bool          { return s.leaves }
func (s *stmtBase) setLeaves(leaves bool) { s.leaves = leaves }

// Value is what stands on the right of an assignment and the like: an expression
// or an operation; exactly one of the two is set.
type Value struct {
	Expr Expr
	Op   Operation
}

// Node gives the one that is set.
func (v Value) Node() Node {
	if v.Op != nil {
		return v.Op
	}
	return v.Expr
}

// OpStmt is an operation whose result, if any, is dropped.
type OpStmt struct {
	Span
	stmtBase
	Op Operation
}

// AssignStmt is `x := v` (Define) or `x = v` or `x.f.g = v` (Path holds f, g), or
// `m[k] = v` or `x.m[k] = v` (Index is k).
type AssignStmt struct {
	Span
	stmtBase
	Define bool
	Name   *Name
	Path   []*Name
	Index  Expr // nil if absent
	Value  Value

	Var    *Var          // set by Check
	Fields []*FieldEntry // what Path names; set by Check
}

// VarStmt is `var x T` or `var x T = v`; without a value x is not assigned yet.
type VarStmt struct {
	Span
	stmtBase
	Name  *Name
	Type  TypeExpr
	Value *Value // nil if absent

	Var *Var // set by Check
}

// IfStmt is `if cond { } else ...`. Else is nil, *IfStmt or *Block.
type IfStmt struct {
	Span
	stmtBase
	Cond Expr
	Then *Block
	Else Node
}

// SwitchStmt is `switch v { case ... {} else {} }`.
type SwitchStmt struct {
	Span
	stmtBase
	Subject Expr
	Cases   []*SwitchCase
	Else    *Block // nil if absent

	Exhaustive bool // without Else, some case is taken in any event; set by Check
	OfError    bool // Subject is an error of any kind, or none; set by Check
}

// SwitchCase is one `case a, b { }`, or, for errors, `case A, B as e { }`.
type SwitchCase struct {
	Span
	// Choices are *EnumExpr, *IdentExpr (a constant) or literals; bare enum names become
	// *EnumExpr by Check. For errors each is an *IdentExpr, or a *NoneExpr by Check.
	Choices []Expr
	Bind    *Name // nil if nothing is bound
	Body    *Block

	Types []*ErrorType // of a switch over an error: what Choices names; set by Check
	None  bool         // `none` is among them; set by Check
	Var   *Var         // what Bind names, as in a Catch; set by Check
}

// ForStmt is `for v in list { }` or `for i, v in list { }`; over a map, Index is the key.
type ForStmt struct {
	Span
	stmtBase
	Index *Name // nil if absent
	Elem  *Name
	List  Expr
	Body  *Block

	IndexVar, ElemVar *Var // set by Check
	Turns             bool // holds operations, so that its turns are part of their identity; set by Check
}

// WhileStmt is `while cond at most N times { }`.
type WhileStmt struct {
	Span
	stmtBase
	Cond   Expr
	AtMost Expr // nil if absent
	Body   *Block

	Turns   bool // as in ForStmt; set by Check
	Endless bool // it ends by `break` or by leaving what is around it alone; set by Check
}

// SelectStmt is `select { case x := op { } ... else { } } catch ...`. It is a context of
// the service and so has an identity, as operations have.
type SelectStmt struct {
	OpBase
	stmtBase
	Cases []*SelectCase
	Else  *Block // what is done if no case is ready, so that nothing is waited for; nil if absent

	Inner *Scope // of the operations of the cases; set by Check
}

// Arm gives the i-th of what may be taken: a case or, behind them, the else.
func (s *SelectStmt) Arm(i int) Node {
	if i < len(s.Cases) {
		return s.Cases[i]
	}
	return s.Else
}

// CaseNames gives the names by which the win of a case is recorded: the identity of its
// operation; for an await, which has none, the callback's. One that is taken gets a number.
func (s *SelectStmt) CaseNames() []string {
	taken := map[string]bool{}
	names := make([]string, len(s.Cases))
	for i, c := range s.Cases {
		name := c.Op.Base().Identity
		if await, ok := c.Op.(*AwaitOp); ok {
			name = "await"
			if h, ok := await.Handle.Type.(*Handle); ok {
				name += " " + h.Decl.Name.Text
			}
		}
		names[i] = name
		for n := 2; taken[names[i]]; n++ {
			names[i] = name + strconv.Itoa(n)
		}
		taken[names[i]] = true
	}
	return names
}

// SelectCase is one case: an operation and what is done when it wins. A failure of the
// operation that is caught drops the case.
type SelectCase struct {
	Span
	Name    *Name // nil if nothing is bound
	Op      Operation
	Body    *Block
	Catches []*Catch // they run in the scope of the select

	Var *Var // set by Check
	// Drops are errors that nobody catches, since a wait of the select comes before them:
	// if one comes all the same, it drops the case. Set by Check.
	Drops []*ErrorType
}

// TryStmt is `try { } catch ...`.
type TryStmt struct {
	Span
	stmtBase
	Body    *Block
	Catches []*Catch

	// Jumps: a `return` or `yield` stands in Body, or a `break` or `continue` of a
	// loop around the try, so that control leaves it otherwise than by its end or a
	// failure. Set by Check.
	Jumps bool
}

// Catch handles errors: those named, or all with Errors nil (`catch e`).
type Catch struct {
	Span
	Errors []*Name
	Bind   *Name // nil if nothing is bound
	Body   *Block

	Types []*ErrorType // what Errors names; nil for all; set by Check
	// Var is what Bind names: the error type itself if Types has one entry, else
	// the built-in Failure. Set by Check; nil if nothing is bound.
	Var *Var
}

// BreakStmt ends the loop around it.
type BreakStmt struct {
	Span
	stmtBase
}

// ContinueStmt goes on with the next turn of the loop around it.
type ContinueStmt struct {
	Span
	stmtBase
}

// ReturnStmt ends the workflow; Value is nil if it yields nothing.
type ReturnStmt struct {
	Span
	stmtBase
	Value *Value
}

// YieldStmt ends a group, branch or item with its value.
type YieldStmt struct {
	Span
	stmtBase
	Value Value
}

// FailStmt is `fail E`, `fail E { ... }` or `fail e` (a caught error, again).
// Value is a *RecordExpr, or an *IdentExpr for both other forms.
type FailStmt struct {
	Span
	stmtBase
	Value Expr

	Type  *ErrorType // what is raised; nil when a Failure is raised again; set by Check
	Again *Var       // the caught error of `fail e`; set by Check
}

// LogStmt is `log "..."`.
type LogStmt struct {
	Span
	stmtBase
	Message Expr
}

// CommitStmt is `commit`: what its scope has registered for undo so far is dropped.
type CommitStmt struct {
	Span
	stmtBase
}

// AgainStmt is `again w(args)`: the workflow w, in whose body it stands, goes on as a new
// execution.
type AgainStmt struct {
	Span
	stmtBase
	Callee *Name
	Args   []Expr

	Decl *WorkflowDecl // set by Check
}

func (b *Block) inspect(f func(Node) bool) {
	for _, s := range b.Stmts {
		if s != nil {
			Inspect(s, f)
		}
	}
}

func (s *OpStmt) inspect(f func(Node) bool) { inspectOps(f, s.Op) }

func (s *AssignStmt) inspect(f func(Node) bool) {
	inspectExprs(f, s.Index)
	inspectValue(f, &s.Value)
}

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
	inspectBlocks(f, s.Else)
	inspectTail(f, &s.OpBase)
}

func (c *SelectCase) inspect(f func(Node) bool) {
	inspectOps(f, c.Op)
	inspectBlocks(f, c.Body)
	inspectAll(f, c.Catches)
}

func (s *TryStmt) inspect(f func(Node) bool) {
	inspectBlocks(f, s.Body)
	inspectAll(f, s.Catches)
}

func (c *Catch) inspect(f func(Node) bool) { inspectBlocks(f, c.Body) }

func (*BreakStmt) inspect(func(Node) bool) {}

func (*ContinueStmt) inspect(func(Node) bool) {}

func (s *ReturnStmt) inspect(f func(Node) bool) { inspectValue(f, s.Value) }

func (s *YieldStmt) inspect(f func(Node) bool) { inspectValue(f, &s.Value) }

func (s *FailStmt) inspect(f func(Node) bool) { inspectExprs(f, s.Value) }

func (s *LogStmt) inspect(f func(Node) bool) { inspectExprs(f, s.Message) }

func (*CommitStmt) inspect(func(Node) bool) {}

func (s *AgainStmt) inspect(f func(Node) bool) { inspectExprs(f, s.Args...) }
