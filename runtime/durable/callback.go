package durable

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// CallbackSpec describes a callback. Without a Name its identity is
// "callback".
type CallbackSpec struct {
	Name string
	// Timeout bounds the time from the creation to the answer; zero means none.
	// Fractions of a second are rounded up. Less than zero and more than 366 days are
	// refused.
	Timeout time.Duration
	// HeartbeatTimeout bounds the time between signs of life, as Timeout does the whole.
	HeartbeatTimeout time.Duration
	// Fails lists the types of the errors with which the outside may answer, or the
	// submitter end. All others become a [*UnexpectedError]. Nil is as for a step.
	Fails []string
	// Retry is the policy of the submitter; nil means [DefaultRetry].
	Retry *RetryPolicy
	// SubmitTimeout bounds each attempt of the submitter, as a step's Timeout.
	SubmitTimeout time.Duration
	// Serdes decodes the answer; nil means the handler's.
	Serdes Serdes

	// Generated code sets these: see [StepSpec].
	ID, Pos, Calls string
}

func (spec *CallbackSpec) options() *wire.CallbackOptions {
	return &wire.CallbackOptions{TimeoutSeconds: timeoutSeconds(spec.Timeout), HeartbeatTimeoutSeconds: timeoutSeconds(spec.HeartbeatTimeout)}
}

func timeoutSeconds(d time.Duration) int {
	if d <= 0 {
		return 0
	}
	return wholeSeconds(d)
}

// unfit says what the service would refuse; empty if nothing.
func (spec *CallbackSpec) unfit() string {
	return cmp.Or(unfitTime("timeout", spec.Timeout), unfitTime("heartbeat", spec.HeartbeatTimeout), noTime("timeout of its submitter", spec.SubmitTimeout), spec.Retry.unfit())
}

// WaitForCallback creates a callback, hands its ID to submit, which runs as a step
// does, and suspends until the callback is answered. Once it has been answered, or has
// timed out, that counts whatever becomes of submit, which is not tried again. An answer without a value is one
// for a T that can be nil, or has no fields; for any other it is refused.
func WaitForCallback[T any](ctx *Context, spec *CallbackSpec, submit func(ctx context.Context, callbackID string) error) (T, error) {
	var out T
	if err := ctx.waitForCallback(spec, &out, submit); err != nil {
		var zero T
		return zero, err
	}
	return out, nil
}

func (c *Context) waitForCallback(spec *CallbackSpec, out any, submit func(ctx context.Context, callbackID string) error) error {
	spec = orZero(spec)
	s := &opSpec{
		typ: wire.TypeContext, subType: wire.SubTypeWaitForCallback, name: spec.Name,
		segment: segmentOf(spec.ID, spec.Name, "callback"), calls: spec.Calls, was: spec.ID != "", pos: spec.Pos,
		unfit: spec.unfit(),
		parts: 2, // the callback and its submitter
	}
	inv := c.scope.inv
	inv.mu.Lock()
	op, path, refused := c.claimLocked(s)
	if refused != nil {
		inv.mu.Unlock()
		return refused
	}
	if op.rec.Status.Terminal() {
		inv.mu.Unlock()
		if op.rec.Status != wire.StatusSucceeded {
			return c.callbackFailure(op, s, spec)
		}
		c.observeEnded(op)
		return c.decodeForeign(resultOf(op), out, spec.Serdes, op, s)
	}
	child := c.childLocked(s, op, path, c.task)
	c.enterLocked(s)
	stop := child.startLocked()
	inv.mu.Unlock()
	defer c.leave()
	if stop != nil {
		return stop
	}

	text, err := c.runScope(child, func(child *Context) (*string, error) {
		return child.submitAndAwait(s, spec, path, submit)
	})
	if err == nil {
		text, err = c.closeScope(child, text)
		if err == nil {
			return c.decodeForeign(text, out, spec.Serdes, op, s)
		}
	} else if Catchable(err) {
		if err = c.failScope(child, err); Catchable(err) {
			return c.callbackFailure(op, s, spec)
		}
	}
	return err
}

// callbackFailure is the recorded failure of a wait for a callback.
func (c *Context) callbackFailure(op *operation, s *opSpec, spec *CallbackSpec) error {
	c.observeEnded(op)
	var obj *wire.ErrorObject
	if op.rec.ContextDetails != nil {
		obj = op.rec.ContextDetails.Error
	}
	return c.decodeDeclared(obj, s, spec.Fails)
}

// submitAndAwait is the body of a wait for a callback. The callback and the
// submitter go by the identity of the wait, with marks of their own.
func (c *Context) submitAndAwait(s *opSpec, spec *CallbackSpec, path string, submit func(ctx context.Context, callbackID string) error) (*string, error) {
	inv := c.scope.inv
	c.only = path + opid.Callback
	inner := &opSpec{typ: wire.TypeCallback, subType: wire.SubTypeCallback, segment: s.label(), pos: s.pos}
	op, err := c.createCallback(inner, spec)
	if err != nil {
		return nil, err
	}
	inv.mu.Lock()
	id := op.rec.CallbackDetails.CallbackId
	_, submitted := inv.ops[opid.Of(path+opid.Submitter)]
	needed := submitted || !op.settled()
	inv.mu.Unlock()
	if needed {
		c.only = path + opid.Submitter
		step := &StepSpec{ID: s.label(), Pos: spec.Pos, Fails: spec.Fails, Retry: spec.Retry, Timeout: spec.SubmitTimeout, until: op}
		err := Do(c, step, func(ctx context.Context) error { return submit(ctx, id) })
		if err != nil && !(Catchable(err) && c.hasEnded(op)) {
			return nil, err
		}
	}
	return c.awaitCallback(inner, op, spec.Fails)
}

// hasEnded reports whether an operation has ended, as far as the service has told.
func (c *Context) hasEnded(op *operation) bool {
	inv := c.scope.inv
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return op.settled()
}

// createCallback claims and starts a callback.
func (c *Context) createCallback(s *opSpec, spec *CallbackSpec) (*operation, error) {
	inv := c.scope.inv
	inv.mu.Lock()
	defer inv.mu.Unlock()
	op, _, refused := c.claimLocked(s)
	if refused != nil {
		return nil, refused
	}
	if op.rec.Status == "" {
		u := c.updateLocked(op, s, wire.ActionStart)
		u.CallbackOptions = spec.options()
		if refused := inv.putLocked(c, op, u); refused != nil {
			return nil, refused
		}
	}
	if op.rec.CallbackDetails == nil || op.rec.CallbackDetails.CallbackId == "" {
		refused := &control{kind: cutOff, err: fmt.Errorf("durable: the service gave no callback ID for operation %q", op.rec.Id)}
		inv.failLocked(refused)
		return nil, refused
	}
	return op, nil
}

// awaitCallback suspends until a callback is answered, and gives the answer.
func (c *Context) awaitCallback(s *opSpec, op *operation, fails []string) (*string, error) {
	inv := c.scope.inv
	inv.mu.Lock()
	refused := inv.awaitLocked(c, op, false)
	inv.mu.Unlock()
	if refused != nil {
		return nil, refused
	}
	c.observeEnded(op)
	details := op.rec.CallbackDetails
	if details == nil {
		details = &wire.CallbackDetails{}
	}
	obj := details.Error
	switch op.rec.Status {
	case wire.StatusSucceeded:
		return details.Result, nil
	case wire.StatusTimedOut:
		message := "not answered in time"
		if obj != nil && obj.ErrorMessage != "" {
			message = obj.ErrorMessage
		}
		kind := "Timeout"
		if obj != nil && obj.ErrorType == "Callback.Heartbeat" {
			kind = "HeartbeatTimeout"
		}
		obj = &wire.ErrorObject{ErrorType: kind, ErrorMessage: message}
	case wire.StatusFailed:
		if obj != nil && builtIn(obj.ErrorType) {
			// The outside may use any name: it is not our error.
			obj = &wire.ErrorObject{ErrorType: typeUnexpected, ErrorMessage: obj.ErrorMessage, ErrorData: mustJSON(originalError{obj.ErrorType, obj.ErrorData})}
		}
	default:
		obj = &wire.ErrorObject{ErrorType: "Callback." + string(op.rec.Status), ErrorMessage: "the callback ended as " + string(op.rec.Status)}
	}
	return nil, c.decodeOutside(obj, s, fails)
}

// Callback is a callback that was created and can be awaited.
type Callback[T any] struct {
	id   string
	op   *operation
	s    *opSpec
	spec *CallbackSpec
}

// CreateCallback creates a callback and returns as soon as it has an ID.
func CreateCallback[T any](ctx *Context, spec *CallbackSpec) (*Callback[T], error) {
	spec = orZero(spec)
	s := &opSpec{
		typ: wire.TypeCallback, subType: wire.SubTypeCallback, name: spec.Name,
		segment: segmentOf(spec.ID, spec.Name, "callback"), calls: spec.Calls, was: spec.ID != "", pos: spec.Pos,
		unfit: spec.unfit(),
	}
	op, err := ctx.createCallback(s, spec)
	if err != nil {
		return nil, err
	}
	inv := ctx.scope.inv
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return &Callback[T]{op.rec.CallbackDetails.CallbackId, op, s, spec}, nil
}

// ID gives the callback's ID, with which the outside answers it.
func (cb *Callback[T]) ID() string { return cb.id }

// Await suspends until the callback is answered. It is no operation of its own,
// may be repeated, and always gives the same outcome. ctx is the context of the
// code that awaits; it may be that of an inner scope.
func (cb *Callback[T]) Await(ctx *Context) (T, error) {
	var out T
	text, err := ctx.awaitCallback(cb.s, cb.op, cb.spec.Fails)
	if err == nil {
		err = ctx.decodeForeign(text, &out, cb.spec.Serdes, cb.op, cb.s)
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return out, nil
}
