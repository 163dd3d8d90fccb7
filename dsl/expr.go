package dsl

import "go/constant"

// Expr is a pure expression: one of the *…Expr types of this file.
//
//sumtype:decl
type Expr interface {
	Node
	// Type is the expression's type; nil before Check, or where it failed. Where
	// a test for `none` has shown a value to be present, it is the present type,
	// though the variable or field behind it is declared optional.
	Type() Type
	// Const is the value of a constant expression, else nil. A duration is its
	// number of nanoseconds.
	Const() constant.Value
	base() *exprBase
	expr()
}

type exprBase struct {
	Span
	typ Type
	val constant.Value
}

func (e *exprBase) Type() Type            { return e.typ }
func (e *exprBase) Const() constant.Value { return e.val }
func (e *exprBase) base() *exprBase       { return e }

func (*IntExpr) expr()      {}
func (*FloatExpr) expr()    {}
func (*DurationExpr) expr() {}
func (*BoolExpr) expr()     {}
func (*NoneExpr) expr()     {}
func (*StringExpr) expr()   {}
func (*IdentExpr) expr()    {}
func (*CallExpr) expr()     {}
func (*SelectorExpr) expr() {}
func (*IndexExpr) expr()    {}
func (*SliceExpr) expr()    {}
func (*EnumExpr) expr()     {}
func (*RecordExpr) expr()   {}
func (*ListExpr) expr()     {}
func (*CompExpr) expr()     {}
func (*MapExpr) expr()      {}
func (*ConvertExpr) expr()  {}
func (*IfExpr) expr()       {}
func (*UnaryExpr) expr()    {}
func (*BinaryExpr) expr()   {}
func (*ParenExpr) expr()    {}
func (*BadExpr) expr()      {}

// IntExpr is an integer literal; its value is Const.
type IntExpr struct {
	exprBase
	Text string
}

// FloatExpr is a floating-point literal.
type FloatExpr struct {
	exprBase
	Text string
}

// DurationExpr is a duration literal such as `1h30m`.
type DurationExpr struct {
	exprBase
	Text string
}

// BoolExpr is `true` or `false`.
type BoolExpr struct {
	exprBase
	Value bool
}

// NoneExpr is `none`.
type NoneExpr struct{ exprBase }

// StringExpr is a text with holes: Parts alternate as written. Raw is a
// backquoted one, which has no holes.
type StringExpr struct {
	exprBase
	Raw   bool
	Parts []StringPart
}

// StringPart is a piece of text (Hole nil) or a hole.
type StringPart struct {
	Text   string
	Hole   Expr
	Format *Name // how the value is written, such as `.2`; nil if absent
}

// IdentExpr is a name: a variable, a parameter or a constant.
type IdentExpr struct {
	exprBase
	Name string

	Var       *Var       // set by Check, if it is one
	ConstDecl *ConstDecl // set by Check, if it is one
}

// CallExpr is `f(args)`: a func, a built-in or a conversion.
type CallExpr struct {
	exprBase
	Func *Name
	Args []Expr

	Decl    *FuncDecl // set by Check; nil for a built-in
	Builtin string    // set by Check; empty for a func
}

// SelectorExpr is `x.f`.
type SelectorExpr struct {
	exprBase
	X    Expr
	Name *Name

	Field *FieldEntry // set by Check; nil for access into json
	// Execution: it is `execution.id` or `execution.name`, of the execution itself; set by
	// Check.
	Execution bool
}

// IndexExpr is `x[i]`.
type IndexExpr struct {
	exprBase
	X, Index Expr
}

// SliceExpr is `x[lo:hi]`; a nil bound is open.
type SliceExpr struct {
	exprBase
	X, Lo, Hi Expr
}

// EnumExpr is `Enum.value`.
type EnumExpr struct {
	exprBase
	Enum  *Name // nil for a bare name in a `case`
	Value *Name

	Member *EnumValue // set by Check
}

// RecordExpr is `T { f: v }` for a record or an error.
type RecordExpr struct {
	exprBase
	Name   *Name
	Fields []*FieldExpr
}

// FieldExpr is `f: v`.
type FieldExpr struct {
	Span
	Name  *Name
	Value Expr

	Field *FieldEntry // set by Check
}

// ListExpr is `[a, b]`.
type ListExpr struct {
	exprBase
	Elems []Expr
}

// CompExpr is `[f(x) for i, x in list if cond]`.
type CompExpr struct {
	exprBase
	Value Expr
	Index *Name // nil if absent
	Elem  *Name
	List  Expr
	Cond  Expr // nil if absent

	IndexVar, ElemVar *Var // set by Check
}

// MapExpr is `map[K]V { k: v }`.
type MapExpr struct {
	exprBase
	Key, Elem TypeExpr
	Entries   []MapEntry
}

// MapEntry is `k: v`.
type MapEntry struct{ Key, Value Expr }

// ConvertExpr is `T(x)`, `[]T(x)` or `map[K]T(x)`: what a `json` holds as a value of a
// type, or the value of an enum that a text names.
type ConvertExpr struct {
	exprBase
	To TypeExpr
	X  Expr
}

// IfExpr is `if c { a } else { b }` as a value; Else is the value of the other
// arm, an *IfExpr again for `else if`.
type IfExpr struct {
	exprBase
	Cond, Then, Else Expr
}

// UnaryExpr is `!x` or `-x`.
type UnaryExpr struct {
	exprBase
	Op string
	X  Expr
}

// BinaryExpr is `x op y`; Op as written: + - * / % == != < <= > >= && || ??.
type BinaryExpr struct {
	exprBase
	Op     string
	OpSpan Span
	X, Y   Expr
}

// ParenExpr is `(x)`.
type ParenExpr struct {
	exprBase
	X Expr
}

// BadExpr stands where the source has something that can't be read; Parse has
// reported it. It has no type, and nothing more is to be said about it.
type BadExpr struct{ exprBase }

func (*IntExpr) inspect(func(Node) bool) {}

func (*FloatExpr) inspect(func(Node) bool) {}

func (*DurationExpr) inspect(func(Node) bool) {}

func (*BoolExpr) inspect(func(Node) bool) {}

func (*NoneExpr) inspect(func(Node) bool) {}

func (*IdentExpr) inspect(func(Node) bool) {}

func (*EnumExpr) inspect(func(Node) bool) {}

func (*BadExpr) inspect(func(Node) bool) {}

func (e *StringExpr) inspect(f func(Node) bool) {
	for _, p := range e.Parts {
		inspectExprs(f, p.Hole)
	}
}

func (e *CallExpr) inspect(f func(Node) bool) { inspectExprs(f, e.Args...) }

func (e *SelectorExpr) inspect(f func(Node) bool) { inspectExprs(f, e.X) }

func (e *IndexExpr) inspect(f func(Node) bool) { inspectExprs(f, e.X, e.Index) }

func (e *SliceExpr) inspect(f func(Node) bool) { inspectExprs(f, e.X, e.Lo, e.Hi) }

func (e *RecordExpr) inspect(f func(Node) bool) { inspectAll(f, e.Fields) }

func (e *FieldExpr) inspect(f func(Node) bool) { inspectExprs(f, e.Value) }

func (e *ListExpr) inspect(f func(Node) bool) { inspectExprs(f, e.Elems...) }

func (e *CompExpr) inspect(f func(Node) bool) { inspectExprs(f, e.List, e.Cond, e.Value) }

func (e *MapExpr) inspect(f func(Node) bool) {
	inspectTypes(f, e.Key, e.Elem)
	for _, entry := range e.Entries {
		inspectExprs(f, entry.Key, entry.Value)
	}
}

func (e *ConvertExpr) inspect(f func(Node) bool) {
	inspectTypes(f, e.To)
	inspectExprs(f, e.X)
}

func (e *IfExpr) inspect(f func(Node) bool) { inspectExprs(f, e.Cond, e.Then, e.Else) }

func (e *UnaryExpr) inspect(f func(Node) bool) { inspectExprs(f, e.X) }

func (e *BinaryExpr) inspect(f func(Node) bool) { inspectExprs(f, e.X, e.Y) }

func (e *ParenExpr) inspect(f func(Node) bool) { inspectExprs(f, e.X) }
