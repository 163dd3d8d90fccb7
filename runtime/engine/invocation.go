package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"sync"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// random16 gives 16 bytes that nobody can guess.
func random16() (b [16]byte) {
	rand.Read(b[:]) // never fails
	return b
}

// functionFor gives the version of a function that an execution runs on; nil if it isn't there.
func (e *Engine) functionFor(arn core.ARN) *Function {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.functions[arn.Function]; s != nil {
		return s.version(arn.Version)
	}
	return nil
}

// launch starts the invocation that is due, or parks the execution when its
// function isn't there.
func (x *execution) launch(now wire.Time) {
	e := x.e
	f := e.functionFor(x.arn)
	x.await(&x.parked, f == nil)
	if f == nil || e.ctx.Err() != nil || e.draining.Load() {
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
	if c := x.state.Start.ClientContext; c != "" {
		inv.ClientContext = []byte(c)
	}
	e.hub.now(Event{
		Kind: KindInvocation, Time: now.Go(), ExecutionARN: inv.Input.DurableExecutionArn, Function: f.Name, RequestID: requestID,
	})
	e.mu.Lock()
	e.invocations[requestID] = inv.Input.DurableExecutionArn
	e.mu.Unlock()
	ctx, cancel := context.WithCancel(e.ctx)
	x.cancel = cancel
	inv.complete = sync.OnceFunc(func() {
		for err := x.complement(inv.Input.InitialExecutionState.Operations); err != nil && e.sleep(ctx, againAfter) == nil; err = x.complement(inv.Input.InitialExecutionState.Operations) {
			e.log.Error("an invocation could not be made ready and is tried again", "execution", x.arn.String(), "error", err)
		}
	})
	e.run(func() {
		defer cancel()
		out, err := e.invoke(ctx, f, inv, x.note)
		e.mu.Lock()
		delete(e.invocations, requestID)
		e.mu.Unlock()
		if e.ctx.Err() == nil {
			x.complete(requestID, out, invocationFailure(err))
		}
	})
}

// invoke invokes a function. What keeps the engine itself from doing so is no failure of the
// function: it is tried until it works. note is told what is going on.
func (e *Engine) invoke(ctx context.Context, f *Function, inv *Invocation, note func(Activity)) ([]byte, error) {
	inv.Admitted = func() { note(Activity{Kind: ActivityInvoked, Since: e.Now()}) }
	for tries := 1; ; tries++ {
		note(Activity{Kind: ActivityQueued, Since: e.Now()})
		out, err := f.Invoker.Invoke(ctx, inv)
		var unstarted *StartError
		if ctx.Err() != nil || !errors.As(err, &unstarted) {
			return out, err
		}
		pause := time.Duration(e.retries.Pause(inv.RequestID, tries)) * time.Millisecond
		e.log.Warn("a function can't be started and is tried again", "function", f.Name, "error", err, "tries", tries, "pause", pause)
		note(Activity{Kind: ActivityUnstarted, Failures: tries, Cause: err.Error(), Next: e.Now().Add(pause)})
		if err := e.sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// sleep waits by the clock, which time that is skipped doesn't shorten.
func (e *Engine) sleep(ctx context.Context, d time.Duration) error {
	over := make(chan struct{})
	defer e.opts.Clock.AfterFunc(d, func() { close(over) })()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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

// complete records the end of an invocation. Nobody else will ever end it.
func (x *execution) complete(requestID string, out []byte, failure *wire.ErrorObject) {
	x.insist("the end of an invocation", func() error {
		err := x.do(func(s *core.State, now wire.Time) (*core.Change, error) {
			return s.Complete(requestID, out, failure, &x.e.retries, now), nil
		})
		if err == nil && failure != nil {
			x.warn(failure)
		}
		return err
	})
}

// againAfter is the pause before something that could not be stored is tried again.
const againAfter = time.Second

// insist does what nobody will ask for again, until it can be stored. Time is not skipped
// meanwhile.
func (x *execution) insist(what string, do func() error) {
	e := x.e
	err := do()
	if err == nil || e.ctx.Err() != nil {
		return
	}
	e.log.Error(what+" could not be stored and is tried again", "execution", x.arn.String(), "error", err)
	e.schedule.expect(1)
	e.opts.Clock.AfterFunc(againAfter, func() {
		x.insist(what, do)
		e.schedule.expect(-1)
	})
}

// warn says aloud that an invocation has failed.
func (x *execution) warn(failure *wire.ErrorObject) {
	var failures int
	var next wire.Time
	status := wire.ExecutionRunning
	x.read(func(s *core.State) {
		failures, _, next = s.Failing()
		status = s.Status
	})
	attrs := []any{"execution", x.arn.String(), "error", errorText(failure)}
	switch {
	case status == wire.ExecutionFailed:
		x.e.log.Warn("an invocation failed once too often, and with it the execution", attrs...)
	case failures > 0:
		x.e.log.Warn("an invocation failed and is repeated", append(attrs, "failures", failures, "next", next.Go())...)
	}
}

// await notes whether the execution waits for somebody outside, who registers its function or
// resumes it; time isn't skipped meanwhile.
func (x *execution) await(noted *bool, awaits bool) {
	if awaits == *noted {
		return
	}
	*noted = awaits
	if awaits {
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
	if x.answerInvoke(c) {
		return
	}
	e := x.e
	t := e.resolve(functionRef.FindStringSubmatch(c.Function)[3], c.Version) // its alias may lead elsewhere by now
	if t.err != nil {
		d := core.ChainedDone{Op: c.Op, Status: wire.StatusFailed, Error: &wire.ErrorObject{ErrorType: t.err.Code, ErrorMessage: t.err.Message}}
		e.run(func() { x.chainedDone(d) }) // whoever calls may be in the lane
		return
	}
	x.callFunction(c, t.function, t.arn)
}

// callFunction invokes a plain function in the background.
func (x *execution) callFunction(c core.Call, f *Function, arn core.ARN) {
	e := x.e
	event := []byte("{}")
	if c.Input != nil {
		event = []byte(*c.Input)
	}
	inv := &Invocation{
		RequestID: core.FormatID(random16()), Function: f.Name, FunctionARN: arn.FunctionARN(), Version: arn.Version,
		Timeout: f.Timeout, Event: event, TraceHeader: c.Trace, TenantID: c.TenantID,
	}
	op := c.Op // the input is not kept while the function is at work
	e.run(func() {
		out, err := e.invoke(e.ctx, f, inv, func(Activity) {})
		if e.ctx.Err() != nil {
			return
		}
		x.chainedDone(plainOutcome(op, out, err))
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
	x.insist("the outcome of a chained invoke", func() error {
		return x.do(func(s *core.State, now wire.Time) (*core.Change, error) { return s.EndChained(d, now), nil })
	})
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
	key := x.header.Key
	x.leave()
	for _, c := range calls {
		x.insist("the call of a function", func() error {
			if c.InputAt != 0 {
				f, err := x.e.event(key, c.InputAt, c.Op)
				if err != nil {
					return err
				}
				c.Input = f.Payload
			}
			x.call(c)
			return nil
		})
	}
	for _, arn := range children {
		x.insist("what a child has come to", func() error {
			child, err := x.e.closedState(arn)
			if err == nil && child != nil {
				x.chainedDone(child.ChainedOutcome())
			}
			return err
		})
	}
}
