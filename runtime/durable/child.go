package durable

// ContextSpec describes a child context or a select. With ID and Name empty its
// identity is "group" or "select".
type ContextSpec struct {
	Name, ID, Pos string
	// Undoable says that body may register undos: replay enters the context again
	// even when it has ended, and registers the same.
	Undoable bool
	// Serdes encodes the result; nil means the handler's.
	Serdes Serdes
	// Virtual leaves the context itself out of the record: body runs in every
	// invocation, and its operations hang on the recorded context around.
	Virtual bool
}

// RunInChildContext runs body in a scope of its own, records its outcome and
// returns it. Once the outcome is recorded, body does not run again, unless its
// result was too large to store or it registered undos.
//
// The scope is all or nothing: if body fails, its undos run, and then the failure
// is recorded.
func RunInChildContext[T any](ctx *Context, spec *ContextSpec, body func(*Context) (T, error)) (T, error) {
	panic("not implemented")
}
