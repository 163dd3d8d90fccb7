package durable

import (
	"errors"
	"fmt"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// ContextSpec describes a child context or a select. Without a Name its identity
// is "group" or "select".
type ContextSpec struct {
	Name string
	// Serdes encodes the result; nil means the handler's.
	Serdes Serdes
	// Timeout bounds the time from the start of a child context to its end; zero means
	// none. Past it nothing more starts in there, step attempts that run are awaited, the
	// context undoes itself, and fails with a [*TimeoutError]. A select has none.
	Timeout time.Duration
	// Virtual has a child context leave no record of its own: its body runs at every replay,
	// and what is in it is recorded as part of the context around. It has neither Timeout
	// nor Until.
	Virtual bool
	// Until ends a child context in the same way with a [*StoppedError], once this callback
	// has been answered with a value.
	Until Handle

	more string // what its timeout does not end

	// Generated code sets these: see [StepSpec].
	ID, Pos, Calls string
}

// RunInChildContext runs body in a scope of its own, records its outcome and
// returns it. Once the outcome is recorded, body does not run again, unless its
// result was too large to store (256 KiB) or it registered undos, which it then does
// again.
//
// The scope is all or nothing: if body fails, its undos run, and then the failure
// is recorded.
func RunInChildContext[T any](ctx *Context, spec *ContextSpec, body func(*Context) (T, error)) (T, error) {
	spec = orZero(spec)
	var out T
	err := ctx.runChild(spec, "group", wire.SubTypeRunInChildContext, &out, func(c *Context) (*string, error) {
		v, err := body(c)
		if err != nil {
			return nil, err
		}
		return c.roundTrip(v, &out, spec.Serdes, c.scope.op, c.scope.spec)
	})
	if err != nil {
		var zero T
		return zero, err
	}
	return out, nil
}

// runChild runs a child context. body fills out, or its result is decoded into it.
func (c *Context) runChild(spec *ContextSpec, keyword, subType string, out any, body func(*Context) (*string, error)) error {
	s := &opSpec{
		typ: wire.TypeContext, subType: subType, name: spec.Name,
		segment: segmentOf(spec.ID, spec.Name, keyword), calls: spec.Calls, was: spec.ID != "", pos: spec.Pos,
		unfit: unfitTime("timeout", spec.Timeout),
	}
	switch {
	case spec.Virtual && spec.bounded():
		return c.refuse(s, "it leaves no record, so nothing can end it early")
	case spec.Virtual:
		return c.runVirtual(s, body)
	}
	inv := c.scope.inv
	inv.mu.Lock()
	op, path, refused := c.claimLocked(s)
	if refused != nil {
		inv.mu.Unlock()
		return refused
	}
	switch details := op.rec.ContextDetails; {
	case !op.rec.Status.Terminal():
	case op.rec.Status != wire.StatusSucceeded:
		inv.mu.Unlock()
		return c.decodeFailure(op, s)
	case details == nil || !details.ReplayChildren:
		inv.mu.Unlock()
		return c.decode(resultOf(op), out, spec.Serdes, op, s)
	}
	// Where it has ended, its body runs once more, for its undos or a result that was not
	// stored.
	child := c.childLocked(s, op, path, c.task)
	c.enterLocked(s)
	if refused := child.startLocked(); refused != nil {
		inv.mu.Unlock()
		return refused
	}
	if spec.bounded() {
		defer child.unwatch(c.task.region)
		if err := child.watchLocked(spec); err != nil {
			inv.mu.Unlock()
			return err
		}
	}
	inv.mu.Unlock()

	text, err := c.runScope(child, body)
	if err == nil {
		text, err = c.closeScope(child, text)
	} else if Catchable(err) {
		err = c.failScope(child, err)
	}
	c.leave()
	if err == nil && child.scope.rebuild && resultOf(op) != nil {
		err = c.decode(text, out, spec.Serdes, op, s)
	}
	return err
}

// runVirtual runs a child context that leaves no record.
func (c *Context) runVirtual(s *opSpec, body func(*Context) (*string, error)) error {
	inv := c.scope.inv
	inv.mu.Lock()
	path, refused := c.pathLocked(s)
	if refused != nil {
		inv.mu.Unlock()
		return refused
	}
	child := c.childLocked(s, nil, path, c.task)
	c.enterLocked(s)
	inv.mu.Unlock()
	defer c.leave()
	text, err := c.runScope(child, body)
	switch {
	case err == nil:
		_, err = c.closeScope(child, text)
	case Catchable(err):
		err = c.failScope(child, err)
	}
	return err
}

// decodeFailure rebuilds the failure of a context.
func (c *Context) decodeFailure(op *operation, s *opSpec) error {
	c.observeEnded(op)
	var obj *wire.ErrorObject
	if op.rec.ContextDetails != nil {
		obj = op.rec.ContextDetails.Error
	}
	if diverged := c.staleError(op, obj, s, nil); diverged != nil {
		return diverged
	}
	return c.decodeError(obj, s, nil)
}

// resultOf is the stored result of a context.
func resultOf(op *operation) *string {
	if op.rec.ContextDetails == nil {
		return nil
	}
	return op.rec.ContextDetails.Result
}

// startLocked records the start of a scope, unless that has been done.
func (c *Context) startLocked() *control {
	sc := c.scope
	op := sc.op
	if op == nil {
		return nil
	}
	switch {
	case op.rec.Status == "":
		if refused := sc.inv.postLocked(c, op, c.updateLocked(op, sc.spec, wire.ActionStart)); refused != nil {
			return refused
		}
	case op.rec.Status.Terminal():
		sc.rebuild = true
	}
	return nil
}

func (c *Context) leave() {
	c.scope.inv.mu.Lock()
	c.leaveLocked()
	c.scope.inv.mu.Unlock()
}

// runScope runs body as the scope of child: with its panics caught, and its undos
// run if it fails or is given up. c is the context around.
func (c *Context) runScope(child *Context, body func(*Context) (*string, error)) (text *string, err error) {
	inv, sc := c.scope.inv, child.scope
	child.observeEntered()
	text, err = child.guard(body)
	inv.mu.Lock()
	ended := sc.stopper.cause()
	switch refused := inv.refusalLocked(child); {
	case refused != nil:
		err, ended = refused, nil
	case ended != nil && !c.stoppedLocked() && isUndoFailed(err): // which nobody may miss
	case ended != nil && !c.stoppedLocked():
		err = ended
		child.task.lastErr, child.task.lastTrace = err, []string{sc.spec.origin()}
	case !sc.rebuild && (err == nil || inv.order != nil && Catchable(err)) && child.unwantedLocked():
		err = errAbandoned
	}
	inv.mu.Unlock()
	switch ctl := controlOf(err); {
	case err == nil || sc.rebuild:
	case ctl == nil:
		if failure := child.runUndos(err); failure != nil {
			err = failure
		}
	case ctl.kind == abandoned && !inv.isClosed(child):
		if failure := child.runUndos(nil); failure != nil && (inv.order == nil || !Catchable(failure)) {
			err = failure // an order to undo notes what could not be
		}
	}
	inv.mu.Lock()
	if err == nil || Catchable(err) && ended == nil { // one that was ended need not have come to all of its records
		if diverged := child.endLocked(); diverged != nil {
			err = diverged
		}
	}
	sc.closed = true
	inv.mu.Unlock()
	child.observeLeft(err)
	return text, err
}

func isUndoFailed(err error) bool {
	_, is := errors.AsType[*UndoFailedError](err)
	return is
}

func (inv *invocation) isClosed(c *Context) bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return inv.fatal != nil || inv.suspending || c.task.region.isClosed()
}

// guard runs body and makes a panic of it a failure.
func (c *Context) guard(body func(*Context) (*string, error)) (text *string, err error) {
	defer func() {
		if p := recover(); p != nil {
			text, err = nil, newPanicError(p)
		}
	}()
	return body(c)
}

// closeScope records the success of child's scope, and hands its undos to c's. It
// returns the recorded text.
func (c *Context) closeScope(child *Context, text *string) (*string, error) {
	inv, sc := c.scope.inv, child.scope
	inv.mu.Lock()
	defer inv.mu.Unlock()
	op := sc.op
	switch {
	case op == nil:
	case sc.rebuild:
		if stored := resultOf(op); stored != nil {
			text = stored
		}
	default:
		u := c.updateLocked(op, sc.spec, wire.ActionSucceed)
		u.Payload = text
		large := text != nil && len(*text) > maxStored
		if large {
			u.Payload = nil
		}
		if large || len(sc.undos) > 0 {
			u.ContextOptions = &wire.ContextOptions{ReplayChildren: true}
		}
		if refused := inv.putLocked(c, op, u); refused != nil {
			return nil, refused
		}
		inv.observeEndedLocked(op)
	}
	c.handOverLocked(child)
	return text, nil
}

// failScope records the failure of child's scope, and returns it as recorded.
func (c *Context) failScope(child *Context, err error) error {
	inv, sc := c.scope.inv, child.scope
	obj := child.errorObject(err)
	inv.mu.Lock()
	op := sc.op
	if sc.rebuild {
		defer inv.mu.Unlock()
		return inv.divergeLocked(op.rec.Id, sc.spec, fmt.Sprintf("%s; run once more it fails: %v", describeRecord(&op.rec), err))
	}
	if op != nil {
		u := c.updateLocked(op, sc.spec, wire.ActionFail)
		u.Error = obj
		if refused := inv.putLocked(c, op, u); refused != nil {
			inv.mu.Unlock()
			return refused
		}
		inv.observeEndedLocked(op)
		inv.reportPanicLocked(sc, err, obj)
	}
	inv.mu.Unlock()
	return c.decodeError(obj, sc.spec, nil)
}
