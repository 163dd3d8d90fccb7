package durable

import (
	"fmt"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/runtime/wire"
)

// InvokeSpec describes the invocation of another function. Without a Name its identity is "invoke".
type InvokeSpec struct {
	Name string
	// Function is a name or an ARN; that of a durable function with its qualifier.
	Function string
	// FunctionEnv is the environment variable that names the function in the place of Function where
	// it is set; both must be among the [Definition.Bound] ones. What is on record stays as it was invoked.
	FunctionEnv string
	// TenantID goes along, for functions with tenant isolation.
	TenantID string
	// Fails lists the types of the errors that the function declares. All others
	// become a [*UnexpectedError]. If it is nil, every known type is kept.
	Fails []string
	// Timeout bounds the time for which the invocation is awaited; zero means no bound. Past
	// it Invoke fails with a [*TimeoutError], while the other function goes on. With it, the
	// invocation is recorded inside a child context.
	Timeout time.Duration
	// Undoable is set for an invocation that carries an undo: once started it is
	// awaited even when the batch around it has been decided.
	Undoable bool
	// InputSerdes encodes the input, Serdes decodes the result; nil means the
	// handler's.
	InputSerdes, Serdes Serdes

	// Generated code sets these: see [StepSpec].
	ID, Pos, Calls string
}

// Invoke runs another Lambda function as an operation, and suspends until it has
// ended. A function that was stopped gives a [*StoppedError], one that timed out,
// durable or not, a [*TimeoutError]. One of another account or region is refused.
func Invoke[Out, In any](ctx *Context, spec *InvokeSpec, in In) (Out, error) {
	if spec != nil && spec.Timeout != 0 {
		within := &ContextSpec{Name: spec.Name, ID: spec.ID, Calls: spec.Calls, Pos: spec.Pos, Timeout: spec.Timeout, more: "; the function goes on"}
		if spec.Name == "" && spec.ID == "" {
			within.ID = "invoke"
		}
		inner := *spec
		inner.Timeout, inner.Undoable = 0, false
		return RunInChildContext(ctx, within, func(ctx *Context) (Out, error) { return Invoke[Out](ctx, &inner, in) })
	}
	var out Out
	if err := ctx.invoke(spec, in, &out); err != nil {
		var zero Out
		return zero, err
	}
	return out, nil
}

func (c *Context) invoke(spec *InvokeSpec, in, out any) error {
	spec = orZero(spec)
	s := &opSpec{
		typ: wire.TypeChainedInvoke, subType: wire.SubTypeChainedInvoke, name: spec.Name,
		segment: segmentOf(spec.ID, spec.Name, "invoke"), calls: spec.Calls, was: spec.ID != "", pos: spec.Pos, undoable: spec.Undoable,
	}
	inv := c.scope.inv
	var text, function string
	s.prepare = func(id string) (err error) {
		if function, err = c.functionOf(s, spec); err != nil {
			return err
		}
		text, err = c.inputLocked(s, spec, function, in, id)
		return err
	}
	inv.mu.Lock()
	op, refused := c.invokeLocked(s, spec, &function, &text)
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
		if link, ok := chain.FromResult(details.Result); ok {
			return c.refuse(s, "%s has gone on as execution %s, whose result nobody waits for here", spec.Function, link.To)
		}
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
	case op.rec.Status == wire.StatusTimedOut, plainTimeout(&obj):
		obj.ErrorType, obj.ErrorData = "Timeout", ""
	case op.rec.Status == wire.StatusStopped:
		obj.ErrorType = "Stopped"
	case builtIn(obj.ErrorType) && obj.ErrorType != typeUnexpected:
		// The function's own: it is not this operation that timed out.
		obj = wire.ErrorObject{ErrorType: typeUnexpected, ErrorMessage: obj.ErrorMessage, ErrorData: mustJSON(originalError{obj.ErrorType, obj.ErrorData})}
	}
	return c.decodeOutside(&obj, s, spec.Fails)
}

// plainTimeout reports whether a function that is not durable has run out of its time:
// Lambda tells that as an error of the function.
func plainTimeout(obj *wire.ErrorObject) bool {
	return obj.ErrorType == "Sandbox.Timedout" || obj.ErrorType == "" && strings.Contains(obj.ErrorMessage, "Task timed out after ")
}

// checkFunction refuses a function that the service would not invoke, which would end
// the execution.
func (c *Context) checkFunction(s *opSpec, function, tenant string) error {
	if function == "" {
		return c.refuse(s, "no function is named")
	}
	if len(function) > maxFunction || strings.Trim(function, functionLetters) != "" {
		return c.refuse(s, "%q is neither the name nor the ARN of a function", function)
	}
	if len(tenant) > maxTenant || strings.Trim(tenant, tenantLetters) != "" {
		return c.refuse(s, "%q is no tenant ID", tenant)
	}
	region, account, ok := homeOf(c.scope.inv.arn)
	r, a, full := homeOf(function)
	if !full {
		if a, _, full = strings.Cut(function, ":function:"); !full {
			return nil // a name
		}
		r = region
	}
	if ok && (a != account || r != region) {
		return c.refuse(s, "%s is in another account or region; an invocation stays in those of its execution", function)
	}
	return nil
}

// What the service takes as a function, and as a tenant.
const (
	maxFunction     = 170
	maxTenant       = 256
	lettersDigits   = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	functionLetters = lettersDigits + "-_$:."
	tenantLetters   = lettersDigits + "._:/=+-@ "
)

// homeOf gives the region and account of an ARN of Lambda.
func homeOf(arn string) (region, account string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return "", "", false
	}
	return parts[3], parts[4], true
}

// inputLocked gives the input of an invocation that has not begun, or refuses it. The lock is
// released meanwhile.
func (c *Context) inputLocked(s *opSpec, spec *InvokeSpec, function string, in any, id string) (string, error) {
	if err := c.checkFunction(s, function, spec.TenantID); err != nil {
		return "", err
	}
	inv := c.scope.inv
	inv.mu.Unlock()
	defer inv.mu.Lock()
	text, err := c.encodeInput(spec.InputSerdes, in, &operation{id: id}, s)
	if err == nil && len(text) > maxPayload {
		err = c.refuse(s, "the input is %d bytes; an invocation takes %d at most", len(text), maxPayload)
	}
	return text, err
}

func (c *Context) invokeLocked(s *opSpec, spec *InvokeSpec, function, text *string) (*operation, error) {
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
		u := c.updateLocked(op, s, wire.ActionStart)
		u.Payload = text
		u.ChainedInvokeOptions = &wire.ChainedInvokeOptions{FunctionName: *function, TenantId: spec.TenantID, XAmznTraceId: inv.invokeTraceLocked(op)}
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
func (c *Context) encodeInput(own Serdes, in any, op *operation, s *opSpec) (text string, err error) {
	if serdes := c.serdesFor(own); serdes == nil {
		text, err = marshal(in)
	} else {
		text, err = serdes.Serialize(in, c.infoOf(op, s))
	}
	if err != nil {
		return "", c.refuse(s, "the input can't be encoded: %v", err)
	}
	return text, nil
}
