package durable

// UndoSpec describes how an operation is undone.
type UndoSpec struct {
	// Of is the identity segment of the operation that is undone.
	Of string
	// Name is the recorded name of the undo; Pos is where it stands.
	Name, Pos string
	// Block says that body is any number of operations: it runs in a child context.
	Block bool
}

// Undo registers body to undo an operation of ctx's scope that has just
// succeeded. When the scope fails, what is registered runs, last registered first,
// each as an operation of the scope; when it succeeds, the undos pass to the scope
// around it. Registering for a child context or a batch replaces what that one
// handed over.
//
// Unless spec.Block is set, body runs one operation with the context it gets, and
// that operation's identity is that of spec.Of with the mark of an undo.
func Undo(ctx *Context, spec *UndoSpec, body func(*Context) error) { panic("not implemented") }
