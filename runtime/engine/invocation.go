package engine

import (
	"crypto/rand"
	"errors"
	"reflect"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// random16 gives 16 bytes that nobody can guess.
func random16() (b [16]byte) {
	rand.Read(b[:]) // never fails
	return b
}

// launch starts the invocation that is due, or parks the execution when its
// function isn't there.
func (x *execution) launch(now wire.Time) {
	e := x.e
	e.mu.Lock()
	f := e.functions[x.arn.Function]
	e.mu.Unlock()
	x.park(f == nil)
	if f == nil || e.ctx.Err() != nil {
		return
	}
	c := x.state.Launch(core.FormatID(random16()), random16(), now)
	x.install(c, nil)
	requestID, _ := x.state.Running()
	inv := &Invocation{
		RequestID:   requestID,
		Function:    f.Name,
		FunctionARN: x.arn.FunctionARN(),
		Version:     x.arn.Version,
		Timeout:     f.Timeout,
		Input:       x.state.Envelope(),
		TraceHeader: x.state.Start.Trace,
		TenantID:    x.state.Start.TenantID,
	}
	e.hub.now(Event{
		Kind: KindInvocation, Time: now.Go(), ExecutionARN: inv.Input.DurableExecutionArn, Function: f.Name, RequestID: requestID,
	})
	e.mu.Lock()
	e.invocations[requestID] = inv.Input.DurableExecutionArn
	e.mu.Unlock()
	e.run(func() {
		out, err := f.Invoker.Invoke(e.ctx, inv)
		e.mu.Lock()
		delete(e.invocations, requestID)
		e.mu.Unlock()
		if e.ctx.Err() == nil {
			x.complete(requestID, out, invocationFailure(err))
		}
	})
}

// run does something in the background that time must not be skipped over. A closed
// engine doesn't begin anything.
func (e *Engine) run(f func()) {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return
	}
	e.work.Add(1)
	e.mu.Unlock()
	e.schedule.enter()
	go func() {
		defer e.schedule.leave()
		defer e.work.Done()
		f()
	}()
}

// complete records the end of an invocation.
func (x *execution) complete(requestID string, out []byte, failure *wire.ErrorObject) {
	err := x.do(func(s *core.State, now wire.Time) (*core.Change, error) {
		return s.Complete(requestID, out, failure, x.e.retries, now), nil
	})
	if err == nil || x.e.ctx.Err() != nil {
		return
	}
	// Nobody else will ever end this invocation.
	x.e.log.Error("the end of an invocation could not be stored and is tried again", "execution", x.arn.String(), "error", err)
	x.e.opts.Clock.AfterFunc(time.Second, func() { x.complete(requestID, out, failure) })
}

// park notes whether the execution waits for its function to be registered; time isn't
// skipped meanwhile.
func (x *execution) park(parked bool) {
	if parked == x.parked {
		return
	}
	x.parked = parked
	if parked {
		x.e.schedule.expect(1)
	} else {
		x.e.schedule.expect(-1)
	}
}

// invocationFailure shows an invoker's error as the protocol does.
func invocationFailure(err error) *wire.ErrorObject {
	if err == nil {
		return nil
	}
	var failed *InvocationError
	if errors.As(err, &failed) {
		return &wire.ErrorObject{ErrorType: failed.Type, ErrorMessage: failed.Message, StackTrace: failed.StackTrace}
	}
	return &wire.ErrorObject{ErrorType: typeName(err), ErrorMessage: err.Error()}
}

// typeName is the name of an error's type, as aws-lambda-go reports it.
func typeName(err error) string {
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

// call invokes a plain function for a chained invoke.
func (x *execution) call(c core.Call) {
	e := x.e
	t := e.resolve(c.Function, "")
	if t.err != nil {
		x.chainedDone(core.ChainedDone{Op: c.Op, Status: wire.StatusFailed, Error: &wire.ErrorObject{ErrorType: t.err.Code, ErrorMessage: t.err.Message}})
		return
	}
	event := []byte("{}")
	if c.Input != nil {
		event = []byte(*c.Input)
	}
	inv := &Invocation{
		RequestID: core.FormatID(random16()), Function: t.function.Name, FunctionARN: t.arn.FunctionARN(), Version: t.arn.Version,
		Timeout: t.function.Timeout, Event: event, TraceHeader: c.Trace, TenantID: c.TenantID,
	}
	e.run(func() {
		out, err := t.function.Invoker.Invoke(e.ctx, inv)
		if e.ctx.Err() != nil {
			return
		}
		x.chainedDone(plainOutcome(c.Op, out, err))
	})
}

// reportToParent tells the execution that invoked this one how it ended.
func (x *execution) reportToParent(d core.ChainedDone, parentARN string) {
	x.e.mu.Lock()
	parent := x.e.running[core.IDOf(parentARN)]
	x.e.mu.Unlock()
	if parent != nil {
		x.e.run(func() { parent.chainedDone(d) })
	}
}

// chainedDone ends a chained invoke.
func (x *execution) chainedDone(d core.ChainedDone) {
	err := x.do(func(s *core.State, now wire.Time) (*core.Change, error) { return s.EndChained(d, now), nil })
	if err != nil && x.e.ctx.Err() == nil {
		x.e.log.Error("the outcome of a chained invoke could not be stored and is tried again", "execution", x.arn.String(), "error", err)
		x.e.opts.Clock.AfterFunc(time.Second, func() { x.chainedDone(d) })
	}
}

// resume looks after what a restarted engine finds open.
func (x *execution) resume() {
	x.enter()
	defer x.leave()
	for _, cb := range x.state.OpenCallbacks() {
		x.plan(cb)
	}
}

// reconcile continues chained invokes that a restarted engine finds open: children may have
// ended meanwhile, and calls of plain functions were lost.
func (x *execution) reconcile() {
	x.enter()
	children, calls := x.state.OpenChained()
	for _, c := range calls {
		x.call(c)
	}
	x.leave()
	for _, arn := range children {
		child, err := x.e.closedState(arn)
		if err == nil && child != nil {
			x.chainedDone(child.ChainedOutcome())
		}
	}
}
