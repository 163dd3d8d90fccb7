package durable

// InvokeSpec describes the invocation of another function. With ID and Name empty
// its identity is "invoke".
type InvokeSpec struct {
	Name, ID, Pos string
	// Function is a name or an ARN; that of a durable function with its qualifier.
	Function string
	// TenantID goes along, for functions with tenant isolation.
	TenantID string
	// Fails lists the types of the errors that the function declares. All others
	// become a [*UnexpectedError]. If it is nil, every known type is kept.
	Fails []string
	// Undoable is set for an invocation that carries an undo: once started it is
	// awaited even when the batch around it has been decided.
	Undoable bool
	// InputSerdes encodes the input, Serdes decodes the result; nil means the
	// handler's.
	InputSerdes, Serdes Serdes
}

// Invoke runs another Lambda function as an operation, and suspends until it has
// ended. A function that was stopped gives a [*StoppedError], one that timed out a
// [*TimeoutError].
func Invoke[Out, In any](ctx *Context, spec *InvokeSpec, in In) (Out, error) {
	panic("not implemented")
}
