// Package query answers what editors ask of a package of .flow files: what a name stands for,
// where else it does, what may stand at a place. It reads trees that Check has been over, be
// the text right or not, and knows neither Go nor the editors' protocol.
package query

import "github.com/durablegen/durablegen/dsl"

// Kind says what a symbol is.
type Kind uint8

const (
	Type Kind = iota
	Enum
	EnumValue
	Error
	Const
	Func
	Step
	Callback
	Function
	Workflow
	Variable
	Parameter
	Field
	Branch  // of a parallel
	Group   // its name
	Package // a Go package that is imported
	GoType  // in its package
	EnvVar  // of the deployed function
	BuiltinType
	BuiltinFunc
)

var kindWords = [...]string{"type", "enum", "enum value", "error", "const", "func", "step", "callback", "function", "workflow",
	"variable", "parameter", "field", "branch", "group", "package", "Go type", "environment variable", "type", "func"}

func (k Kind) String() string { return kindWords[k] }

// Symbol is what a name stands for. All uses of one have the same *Symbol.
type Symbol struct {
	Kind Kind
	Name string
	// At is the name where it is declared; zero for what no .flow file declares.
	At dsl.Span
	// Decl is the declaration, or that of which the symbol is a part; nil for variables.
	Decl dsl.Decl

	// What it is, if it is that.
	Var   *dsl.Var
	Field *dsl.FieldEntry
	Value *dsl.EnumValue
	Error *dsl.ErrorType // one of the language
	Doc   string

	path string // of a package
}

// Path is the import path of a Package; for a GoType that of its package.
func (s *Symbol) Path() string { return s.path }

// Use is a name at its place.
type Use struct {
	At       dsl.Span
	Symbol   *Symbol
	Declares bool // it stands where the symbol is declared
	Writes   bool // it is assigned there
}
