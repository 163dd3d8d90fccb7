package dsl

// Node is a piece of the syntax tree with its place; see [Inspect].
type Node interface {
	Pos() Pos
	Range() Span
	inspect(func(Node) bool)
}

// File is the tree of one file. Check fills nothing in here but what nodes say
// of themselves ("set by Check").
type File struct {
	Source   *Source
	Version  int   // of the language: the number after `flow`
	Package  *Name // nil if the clause is missing
	Doc      string
	Imports  []*Import
	Decls    []Decl // in source order
	Defaults []*Defaults
	Comments []Comment
	Broken   bool   // some of the text is not in the tree, since it did not parse
	Lost     []Span // where it did not

	conflicts bool // a merge is not finished: what is to be done to the text, only people can tell
}

// Comment is a `//` comment; Text is without the slashes.
type Comment struct {
	Span
	Text string
}

// Name is an identifier at its place. One that is Quoted stands among errors, for
// failures that are not declared and bear it.
type Name struct {
	Span
	Text   string
	Quoted bool
}

// Import makes a Go package known under an alias.
type Import struct {
	Span
	Alias *Name // nil: the package's own name
	Path  string
	// PathSpan is the place of the path's literal.
	PathSpan Span
}

// Decl is a declaration: *TypeDecl, *EnumDecl, *ErrorDecl, *ConstDecl,
// *FuncDecl, *StepDecl, *CallbackDecl, *FunctionDecl or *WorkflowDecl.
//
//sumtype:decl
type Decl interface {
	Node
	// DeclName is the declared name; its Text is empty if the source lacks it.
	DeclName() *Name
	// DocText is the comment right above, without slashes; lines separated by \n.
	DocText() string
	decl()
}

type declBase struct {
	Span
	Name *Name
	Doc  string
}

func (d *declBase) DeclName() *Name { return d.Name }
func (d *declBase) DocText() string { return d.Doc }

func (*TypeDecl) decl()     {}
func (*EnumDecl) decl()     {}
func (*ErrorDecl) decl()    {}
func (*ConstDecl) decl()    {}
func (*FuncDecl) decl()     {}
func (*StepDecl) decl()     {}
func (*CallbackDecl) decl() {}
func (*FunctionDecl) decl() {}
func (*WorkflowDecl) decl() {}

// TypeDecl declares a record, or names an existing Go type.
type TypeDecl struct {
	declBase
	Fields []*Field
	Go     *GoTypeExpr // non-nil for `type T = pkg.Name`

	Type Type // *Record or *GoType; set by Check
}

// GoTypeExpr is `pkg.Name[Args]`.
type GoTypeExpr struct {
	Span
	Package *Name
	Name    *Name
	Args    []TypeExpr
}

// Field is one field of a record or error. JSON is its name on the wire: the
// field's own unless `as` gives another.
type Field struct {
	Span
	Name    *Name
	Type    TypeExpr
	Default Expr // nil if absent
	JSON    string
	Doc     string
}

// EnumDecl declares a closed set of names.
type EnumDecl struct {
	declBase
	Values []*EnumMember

	Type *Enum // set by Check
}

// EnumMember is one name of an enum; JSON is its text on the wire.
type EnumMember struct {
	Span
	Name *Name
	JSON string
	Doc  string
}

// ErrorDecl declares a failure that workflows can catch. As are the names of failures from
// outside that arrive as it.
type ErrorDecl struct {
	declBase
	As     []*Name
	Fields []*Field

	Type *ErrorType // set by Check
}

// ConstDecl declares a constant.
type ConstDecl struct {
	declBase
	Value Expr

	Type Type // set by Check; the value is Value.Const()
}

// Param is a parameter of a declaration.
type Param struct {
	Span
	Name *Name
	Type TypeExpr

	Var *Var // set by Check
}

// Signature is what funcs, steps, callbacks, functions and workflows take and give.
type Signature struct {
	Params []*Param
	Result TypeExpr // nil if there is none

	ResultType Type // nil if there is none; set by Check
}

func (s *Signature) signature() *Signature { return s }

// signatureOf gives the signature of a declaration; nil if it has none.
func signatureOf(d Decl) *Signature {
	if d, ok := d.(interface{ signature() *Signature }); ok {
		return d.signature()
	}
	return nil
}

// FuncDecl declares a pure helper: written in Go if Body is nil, else an expression.
type FuncDecl struct {
	declBase
	Signature
	Body  Expr   // `= expr`; nil if absent
	Block *Block // statements, instead of Body; nil if absent
}

// InGo reports whether the func is written in Go.
func (d *FuncDecl) InGo() bool { return isNilExpr(d.Body) && d.Block == nil }

// Code is what the func does: its expression or its block; nil if it is written in Go.
func (d *FuncDecl) Code() Node {
	if d.Block != nil {
		return d.Block
	}
	if isNilExpr(d.Body) {
		return nil
	}
	return d.Body
}

// StepDecl declares a side effect.
type StepDecl struct {
	declBase
	Signature
	Policy Policy

	Fails   []*ErrorType // declared failures, in written order; set by Check
	Builtin string       // "now", "uuid" or "random" for those of the language, which no file declares
}

// CallbackDecl declares a question to the outside; one without a result is a bare confirmation.
type CallbackDecl struct {
	declBase
	Signature
	Policy Policy

	Fails     []*ErrorType // set by Check
	Submitted bool         // some `callback` uses it (it needs a submitter); set by Check
}

// FunctionDecl declares another Lambda function.
type FunctionDecl struct {
	declBase
	Signature
	// Env is the variable of the deployed function's environment that names the function where it is set;
	// nil if there is none.
	Env        *Name
	Target     string // "name:qualifier" or an ARN; with Env, what it is where that is not set
	TargetSpan Span
	Policy     Policy

	Fails []*ErrorType // set by Check
}

// TargetText says which Lambda function it is, as the file does but without quotes:
// `render-report:live`, or `env RENDER_FUNCTION ?? render-report:live`.
func (d *FunctionDecl) TargetText() string {
	if d.Env == nil {
		return d.Target
	}
	return "env " + d.Env.Text + " ?? " + d.Target
}

// WorkflowDecl declares a durable execution.
type WorkflowDecl struct {
	declBase
	Signature
	Policy Policy
	Body   *Block

	Fails []*ErrorType // set by Check
	Scope *Scope       // of the body; set by Check
	Again *AgainStmt   // the first by which it goes on as a new execution; nil if there is none; set by Check
}

// TakesHandle gives the first parameter that is an open callback; nil if there is none. A
// workflow with one is no function of its own: another workflow calls it.
func (d *WorkflowDecl) TakesHandle() *Param {
	for _, p := range d.Params {
		if _, ok := p.Type.(*HandleTypeExpr); ok {
			return p
		}
	}
	return nil
}

// Policy is the clauses of a declaration or of a use; nil or false where not written.
type Policy struct {
	Fails       *FailsClause
	Retry       []*RetryClause // in written order
	Timeout     *Clause
	Heartbeat   *Clause
	Reads       *Clause // Value is nil
	Idempotent  *Clause // Value is the key after `by`, nil without
	AtMostOnce  *Clause // Value is nil
	AtLeastOnce *Clause // Value is nil
	Stored      *Clause // Value is nil
	Retention   *Clause

	// Defaults are those from which it has what it does not say itself; nil if there are none.
	// Set by Check.
	Defaults *Defaults
}

// Own is the policy without what it has from the defaults of its package.
func (p Policy) Own() Policy {
	if d := p.Defaults; d != nil {
		p.Defaults = nil
		if len(p.Retry) > 0 && len(d.Policy.Retry) > 0 && p.Retry[0] == d.Policy.Retry[0] {
			p.Retry = nil
		}
		for _, c := range [...][2]**Clause{{&p.Timeout, &d.Policy.Timeout}, {&p.Heartbeat, &d.Policy.Heartbeat}, {&p.Retention, &d.Policy.Retention}} {
			if *c[0] == *c[1] {
				*c[0] = nil
			}
		}
	}
	return p
}

// Defaults is `defaults step retry 3`: clauses that hold for the steps, callbacks or workflows
// of the package that have none of their own.
type Defaults struct {
	Span
	Of     *Name // step, callback or workflow
	Doc    string
	Policy Policy
}

// Clause is a clause with at most one value.
type Clause struct {
	Span
	Value Expr
}

// FailsClause is `fails E, ...`.
type FailsClause struct {
	Span
	Errors []*Name
}

// RetryClause is `retry N every D backoff F max D jitter word on E, ...`, or with
// `except` in place of `on`; None for `retry none`. What is not written is nil.
type RetryClause struct {
	Span
	None  bool
	Times Expr
	Schedule
	On     *Failures
	Except *Failures

	Exact bool // it covers what `on` names and nothing else; set by Check
}

// Failures names failures in a clause.
type Failures struct {
	Span
	Errors []*Name

	Types []*ErrorType // set by Check
}

// Schedule is the delays between attempts or polls.
type Schedule struct {
	Every   Expr
	Backoff Expr
	Max     Expr
	Jitter  *Name // full, half or none
}

// TypeExpr is a written type: *ListTypeExpr, *MapTypeExpr, *NamedTypeExpr or *HandleTypeExpr.
//
//sumtype:decl
type TypeExpr interface {
	Node
	typeExpr()
}

// ListTypeExpr is `[]Elem`.
type ListTypeExpr struct {
	Span
	Elem TypeExpr
}

// MapTypeExpr is `map[Key]Elem`.
type MapTypeExpr struct {
	Span
	Key, Elem TypeExpr
}

// NamedTypeExpr is a built-in or declared type, with Optional for `T?`.
type NamedTypeExpr struct {
	Span
	Name     string
	Optional bool
}

// HandleTypeExpr is `open c`: a callback c that is open. Only a parameter of a workflow has it.
type HandleTypeExpr struct {
	Span
	Callee *Name
}

// TypeText gives a written type as the language writes it; nothing for nil.
func TypeText(t TypeExpr) string {
	switch t := t.(type) {
	case *ListTypeExpr:
		return "[]" + TypeText(t.Elem)
	case *MapTypeExpr:
		return "map[" + TypeText(t.Key) + "]" + TypeText(t.Elem)
	case *NamedTypeExpr:
		if t.Optional {
			return t.Name + "?"
		}
		return t.Name
	case *HandleTypeExpr:
		return "open " + t.Callee.Text
	}
	return ""
}

func (*ListTypeExpr) typeExpr()   {}
func (*MapTypeExpr) typeExpr()    {}
func (*NamedTypeExpr) typeExpr()  {}
func (*HandleTypeExpr) typeExpr() {}

func (d *TypeDecl) inspect(f func(Node) bool) {
	inspectAll(f, d.Fields)
	if d.Go != nil {
		Inspect(d.Go, f)
	}
}

func (g *GoTypeExpr) inspect(f func(Node) bool) { inspectTypes(f, g.Args...) }

func (d *EnumDecl) inspect(f func(Node) bool) { inspectAll(f, d.Values) }

func (*EnumMember) inspect(func(Node) bool) {}

func (d *ErrorDecl) inspect(f func(Node) bool) { inspectAll(f, d.Fields) }

func (fd *Field) inspect(f func(Node) bool) {
	inspectTypes(f, fd.Type)
	inspectExprs(f, fd.Default)
}

func (p *Param) inspect(f func(Node) bool) { inspectTypes(f, p.Type) }

func (d *ConstDecl) inspect(f func(Node) bool) { inspectExprs(f, d.Value) }

func (d *FuncDecl) inspect(f func(Node) bool) {
	inspectSignature(f, &d.Signature)
	inspectExprs(f, d.Body)
	inspectBlocks(f, d.Block)
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

func (d *Defaults) inspect(f func(Node) bool) { inspectPolicy(f, &d.Policy) }

func (c *Clause) inspect(f func(Node) bool) { inspectExprs(f, c.Value) }

func (*FailsClause) inspect(func(Node) bool) {}

func (r *RetryClause) inspect(f func(Node) bool) {
	inspectExprs(f, r.Times)
	inspectSchedule(f, &r.Schedule)
	for _, list := range [...]*Failures{r.On, r.Except} {
		if list != nil {
			Inspect(list, f)
		}
	}
}

func (*Failures) inspect(func(Node) bool) {}

func (t *ListTypeExpr) inspect(f func(Node) bool) { inspectTypes(f, t.Elem) }

func (t *MapTypeExpr) inspect(f func(Node) bool) { inspectTypes(f, t.Key, t.Elem) }

func (*NamedTypeExpr) inspect(func(Node) bool) {}

func (*HandleTypeExpr) inspect(func(Node) bool) {}
