package dsl

// Program is a checked package: the one model that all later parts read. Its
// lists are in source order, files by name. Every node reachable from it has the
// members filled that are marked "set by Check".
type Program struct {
	Package   string
	Doc       string // of the package clause
	Sources   *SourceSet
	Files     []*File
	Records   []*Record
	Enums     []*Enum
	Errors    []*ErrorType // declared ones
	GoTypes   []*GoType
	Consts    []*ConstDecl
	Funcs     []*FuncDecl
	Steps     []*StepDecl
	Callbacks []*CallbackDecl
	Functions []*FunctionDecl
	Workflows []*WorkflowDecl

	// Unclear has the workflows of which something is not known, with the error that
	// hides it; only [Resolve] leaves any.
	Unclear map[*WorkflowDecl]Diagnostic
}

// Position translates a position of the program, such as that of a node.
func (p *Program) Position(pos Pos) Position { return p.Sources.Position(pos) }

// Var is a variable, a parameter, or a name bound by an operation, loop or catch.
type Var struct {
	Name string
	Type Type
	Span Span // of the declaration
	// Assigned counts the assignments after the declaration; 0 for one that never changes.
	Assigned int
	// Scope is the scope that declares it; nil for parameters of steps and funcs.
	Scope *Scope
	// Used: some expression reads it.
	Used bool
}
