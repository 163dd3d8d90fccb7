package dsl

import (
	"go/constant"
	"go/types"
)

// Type is a type of the language: Basic, *List, *Map, *Optional, *Record, *Enum,
// *ErrorType, *GoType, *Handle, *Outcome, *ItemOutcome or *FailureType. Types are
// compared with [Identical].
//
//sumtype:decl
type Type interface {
	// String gives the type as it is written in the language.
	String() string
	typ()
}

// Basic is a built-in type.
type Basic int

const (
	String Basic = iota
	Int
	Float
	Bool
	Bytes
	Time
	Duration
	JSON
	None // of the literal `none` alone
)

var basicNames = [...]string{"string", "int", "float", "bool", "bytes", "time", "duration", "json", "none"}

func (b Basic) String() string { return basicNames[b] }

// List is `[]Elem`.
type List struct{ Elem Type }

// Map is `map[Key]Elem`; Key is String, an enum or a Go type based on string.
type Map struct{ Key, Elem Type }

// Optional is `Elem?`; Elem is never optional itself.
type Optional struct{ Elem Type }

// FieldEntry is a field of a record, an error or a Go type.
type FieldEntry struct {
	Name   string // as written in the language
	JSON   string // on the wire
	GoName string // of a field of a Go type; else empty: code generation chooses
	Type   Type
	Doc    string
	Decl   *Field // nil for a field of a Go type or of a parallel's result
	// Default is the value of the field where it is left out; nil if it has to be there.
	Default Expr
	// Go is the type of a field of a Go type that Go code has instead of Type: a
	// time.Duration for `duration`; for `json`, which can only be read then, whatever
	// encoding/json carries (any, map[string]any, arrays, structs without a name).
	Go types.Type
	// Wire is what the field of a Go type is in JSON, where Type does not say it:
	// nanoseconds for a `duration`, text for a number tagged `,string`.
	Wire Type
	// Promoted: a field of a struct that a Go type embeds; selected as its own, but
	// not to be written in a literal.
	Promoted bool
}

// Record is a declared record, or the result of a parallel (Decl nil, Parallel set).
type Record struct {
	Name     string // empty for the result of a parallel
	Fields   []*FieldEntry
	Decl     *TypeDecl
	Parallel *ParallelOp
}

// mayBeLeftOut reports whether a literal need not give the field.
func (f *FieldEntry) mayBeLeftOut() bool {
	return isOptional(f.Type) || f.ReadOnly() || f.Decl != nil && f.Decl.Default != nil
}

// Field finds a field by name; nil if there is none.
func (r *Record) Field(name string) *FieldEntry { return findField(r.Fields, name) }

// EnumValue is one name of an enum.
type EnumValue struct {
	Enum *Enum // nil for a constant of a Go type
	Name string
	JSON string
	Doc  string
	// Value is that of a constant of a Go type.
	Value constant.Value
}

// Enum is a closed set of names.
type Enum struct {
	Name   string
	Values []*EnumValue
	Decl   *EnumDecl // nil for a built-in
	// Text: a value is a text, too, and stands wherever one does. So it is with those that are
	// built in, which were texts in the first edition.
	Text bool
}

// ErrorType is a declared or built-in failure. Built-in ones have the fields
// `operation` and `message`, Unexpected `type` too.
type ErrorType struct {
	Name    string
	Fields  []*FieldEntry
	Decl    *ErrorDecl // nil for a built-in
	Builtin bool
	Bears   []string // the names of failures from outside that arrive as it
	// Undeclared: it stands for failures that are not declared and bear the name, as far
	// as they are `Unexpected`.
	Undeclared bool
}

// Field finds a field by name; nil if there is none.
func (e *ErrorType) Field(name string) *FieldEntry { return findField(e.Fields, name) }

// GoType is an existing Go type under a name of the language.
type GoType struct {
	Name    string // in the language
	Package string // import path
	GoName  string // in its package, without type arguments
	Go      types.Type
	Under   Type // what it is: a Basic, *List, *Map or a *Record of its fields
	Values  []*EnumValue
	Decl    *TypeDecl
}

// Opaque reports whether nothing is known of the type's values: they can be handed on,
// not looked into, and their JSON may be anything.
func (g *GoType) Opaque() bool {
	r, ok := g.Under.(*Record)
	return ok && len(r.Fields) == 0
}

// ReadOnly reports whether no value of the language can be put into the field.
func (f *FieldEntry) ReadOnly() bool { return f.Go != nil && f.Type == JSON }

// OnWire is what the field is in JSON.
func (f *FieldEntry) OnWire() Type {
	if f.Wire != nil {
		return f.Wire
	}
	return f.Type
}

// Field finds a field by name; nil if there is none.
func (g *GoType) Field(name string) *FieldEntry {
	if r, ok := g.Under.(*Record); ok {
		return r.Field(name)
	}
	return nil
}

// Handle is the type of an open callback; only its `id` and `await` can be used.
type Handle struct{ Decl *CallbackDecl }

// Outcome is what `settled` gives: of a map, Items is a list of items (Item is
// their value's type, nil if they yield nothing); of a parallel, Parallel is set
// and each branch is a field, which hides a count of its name. Both have `reason` and counts.
// ItemOutcome is one item.
type Outcome struct {
	Item     Type
	Parallel *ParallelOp
	Fields   []*FieldEntry
}

// Field finds a field by name; nil if there is none.
func (o *Outcome) Field(name string) *FieldEntry { return findField(o.Fields, name) }

// IsCount reports whether a field of the outcome of a parallel is none of its branches.
func (o *Outcome) IsCount(f *FieldEntry) bool {
	_, branch := f.Type.(*ItemOutcome)
	return o.Parallel != nil && !branch
}

// ItemOutcome is one item or branch of an Outcome: `index`, `name`, `status`,
// `value` (optional) and `error` (an optional Failure).
type ItemOutcome struct {
	Item   Type // of the value; nil if none
	Fields []*FieldEntry
}

// Field finds a field by name; nil if there is none.
func (o *ItemOutcome) Field(name string) *FieldEntry { return findField(o.Fields, name) }

// FailureType is the type of `e` in `catch e`, and of an item's error: any error,
// with `type`, `operation` and `message`, and the `name` that it bears: where its type is
// `Unexpected`, that of the original.
type FailureType struct{ Fields []*FieldEntry }

// Failure is the one FailureType.
var Failure = &FailureType{Fields: []*FieldEntry{
	{Name: "type", JSON: "type", Type: String},
	{Name: "operation", JSON: "operation", Type: String},
	{Name: "message", JSON: "message", Type: String},
	{Name: "name", JSON: "name", Type: String},
}}

// Field finds a field by name; nil if there is none.
func (f *FailureType) Field(name string) *FieldEntry { return findField(f.Fields, name) }

func findField(fields []*FieldEntry, name string) *FieldEntry {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func (l *List) String() string      { return "[]" + l.Elem.String() }
func (m *Map) String() string       { return "map[" + m.Key.String() + "]" + m.Elem.String() }
func (o *Optional) String() string  { return o.Elem.String() + "?" }
func (e *Enum) String() string      { return e.Name }
func (e *ErrorType) String() string { return e.Name }
func (g *GoType) String() string    { return g.Name }
func (h *Handle) String() string    { return "open " + h.Decl.Name.Text }
func (*FailureType) String() string { return "error" }
func (r *Record) String() string {
	if r.Name == "" {
		return "result of a parallel"
	}
	return r.Name
}
func (o *Outcome) String() string     { return "outcome of a batch" }
func (o *ItemOutcome) String() string { return "outcome of an item" }

func (Basic) typ()        {}
func (*List) typ()        {}
func (*Map) typ()         {}
func (*Optional) typ()    {}
func (*Record) typ()      {}
func (*Enum) typ()        {}
func (*ErrorType) typ()   {}
func (*GoType) typ()      {}
func (*Handle) typ()      {}
func (*Outcome) typ()     {}
func (*ItemOutcome) typ() {}
func (*FailureType) typ() {}

// Identical reports whether two types are the same.
func Identical(a, b Type) bool {
	switch a := a.(type) {
	case *List:
		b, ok := b.(*List)
		return ok && Identical(a.Elem, b.Elem)
	case *Map:
		b, ok := b.(*Map)
		return ok && Identical(a.Key, b.Key) && Identical(a.Elem, b.Elem)
	case *Optional:
		b, ok := b.(*Optional)
		return ok && Identical(a.Elem, b.Elem)
	case *Handle:
		b, ok := b.(*Handle)
		return ok && a.Decl == b.Decl
	default: // is the same only as itself
	}
	return a == b
}
