package durable

import (
	"fmt"

	"github.com/durablegen/durablegen/runtime/wire"
)

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
	var out Out
	if err := ctx.invoke(spec, in, &out); err != nil {
		var zero Out
		return zero, err
	}
	return out, nil
}

func (c *Context) invoke(spec *InvokeSpec, in, out any) error {
	s := &opSpec{
		typ: wire.TypeChainedInvoke, subType: wire.SubTypeChainedInvoke, name: spec.Name,
		segment: segmentOf(spec.ID, spec.Name, "invoke"), pos: spec.Pos, undoable: spec.Undoable,
	}
	inv := c.scope.inv
	inv.mu.Lock()
	op, refused := c.invokeLocked(s, spec, in)
	inv.mu.Unlock()
	if refused != nil {
		return refused
	}
	c.observeEnded(op)
	details := op.rec.ChainedInvokeDetails
	if details == nil {
		details = &wire.ChainedInvokeDetails{}
	}
	if op.rec.Status == wire.StatusSucceeded {
		return c.decodeForeign(details.Result, out, spec.Serdes, op, s)
	}
	obj := wire.ErrorObject{ErrorMessage: fmt.Sprintf("%s ended as %s", spec.Function, op.rec.Status)}
	if details.Error != nil {
		obj = *details.Error
		if obj.ErrorMessage == "" {
			obj.ErrorMessage = obj.ErrorType
		}
	}
	switch {
	case op.rec.Status == wire.StatusTimedOut:
		obj.ErrorType = "Timeout"
	case op.rec.Status == wire.StatusStopped:
		obj.ErrorType = "Stopped"
	case builtIn(obj.ErrorType) && obj.ErrorType != typeUnexpected:
		// The function's own: it is not this operation that timed out.
		obj = wire.ErrorObject{ErrorType: typeUnexpected, ErrorMessage: obj.ErrorMessage, ErrorData: mustJSON(originalError{obj.ErrorType, obj.ErrorData})}
	}
	return c.decodeError(&obj, s, spec.Fails)
}

func (c *Context) invokeLocked(s *opSpec, spec *InvokeSpec, in any) (*operation, error) {
	inv := c.scope.inv
	op, _, refused := c.claimLocked(s)
	if refused != nil {
		return nil, refused
	}
	if op.rec.Status.Terminal() {
		return op, nil
	}
	c.enterLocked(s)
	defer c.leaveLocked()
	inv.expectUndoLocked(s, 1)
	defer inv.expectUndoLocked(s, -1)
	if op.rec.Status == "" {
		if spec.Function == "" {
			return nil, c.refuse(s, "no function is named")
		}
		inv.mu.Unlock()
		text, err := c.encodeInput(spec, in, op, s)
		inv.mu.Lock()
		if err != nil {
			return nil, err
		}
		u := c.updateLocked(op, s, wire.ActionStart)
		u.Payload = &text
		u.ChainedInvokeOptions = &wire.ChainedInvokeOptions{FunctionName: spec.Function, TenantId: spec.TenantID}
		if refused := inv.putLocked(c, op, u); refused != nil {
			return nil, refused
		}
	}
	if refused := inv.awaitLocked(c, op, spec.Undoable); refused != nil {
		return nil, refused
	}
	return op, nil
}

// encodeInput gives the text of an invocation's input. If there is none, nothing is
// recorded, now and at every replay.
func (c *Context) encodeInput(spec *InvokeSpec, in any, op *operation, s *opSpec) (text string, err error) {
	if serdes := c.serdesFor(spec.InputSerdes); serdes == nil {
		text, err = marshal(in)
	} else {
		text, err = serdes.Serialize(in, c.infoOf(op, s))
	}
	switch {
	case err != nil:
		return "", c.refuse(s, "the input can't be encoded: %v", err)
	case len(text) > maxPayload:
		return "", c.refuse(s, "the input is %d bytes; an invocation takes %d at most", len(text), maxPayload)
	}
	return text, nil
}
