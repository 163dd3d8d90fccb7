package engine

import (
	"context"
	"errors"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// OpenCallback is a callback that waits for its answer.
type OpenCallback struct {
	ExecutionARN  string
	ExecutionName string
	Function      string
	OperationID   string
	ParentID      string
	Name          string // the callback's; that of the context around it if it has none
	CallbackID    string // a capability: whoever knows it may answer
	Opened        time.Time
	Deadline      time.Time // when it times out; zero: never
	Heartbeat     time.Time // when the next heartbeat is due; zero: none needed
}

// CallbackPlan tells who will answer a callback. The zero value: somebody will,
// from outside, at a time that only they know.
type CallbackPlan struct {
	// Silent: nobody will. Skipped time may pass over its time-out.
	Silent bool

	// Answer, if not nil, is given by the engine itself once After has passed since the
	// callback opened: a deadline like any other.
	Answer *CallbackAnswer
	After  time.Duration

	// Heartbeat, if it is above zero, is how long after the opening, and after each heartbeat,
	// the engine itself gives one, until the callback has ended. One that needs none gets none.
	Heartbeat time.Duration
}

// CallbackAnswer is the answer to a callback: an error, or else a result, which is the
// submitted text byte for byte and may be missing.
type CallbackAnswer struct {
	Result *string
	Error  *wire.ErrorObject
}

// openCallback is what the engine itself has to do about an open callback.
type openCallback struct {
	expected bool
	answer   *deadline
	beat     *deadline // the next heartbeat that the engine itself gives
	every    wire.Time // how long after the one before it
}

// track looks after the callbacks that facts opened or ended.
func (x *execution) track(facts []core.Fact) {
	for i := range facts {
		switch facts[i].Kind {
		case wire.EventCallbackStarted:
			x.plan(x.state.CallbackOf(facts[i].Op))
		case core.FactCallbackHeartbeat:
			if o := x.callbacks[facts[i].Op]; o != nil && o.beat != nil {
				x.e.schedule.set(o.beat, facts[i].At+o.every, true)
			}
		case wire.EventCallbackSucceeded, wire.EventCallbackFailed, wire.EventCallbackTimedOut:
			x.forgetCallback(facts[i].Op)
		}
	}
}

// plan asks who will answer a callback.
func (x *execution) plan(cb core.Callback) {
	var p CallbackPlan
	if f := x.e.opts.Callbacks; f != nil {
		p = f(x.openCallback(cb))
	}
	o := &openCallback{expected: !p.Silent && p.Answer == nil}
	x.callbacks[cb.Op] = o
	if o.expected {
		x.e.schedule.expect(1)
	}
	if p.Answer != nil {
		o.answer = newDeadline(func(wire.Time) {
			x.planned(cb, "answer", func() error { return x.answer(cb.ID, p.Answer) })
		})
		x.e.schedule.set(o.answer, cb.Opened+wire.Time(p.After.Milliseconds()), true)
	}
	if p.Heartbeat > 0 {
		o.every = wire.Time(p.Heartbeat.Milliseconds())
		o.beat = newDeadline(func(wire.Time) {
			x.planned(cb, "heartbeat", func() error { return x.heartbeat(cb.ID) })
		})
		x.e.schedule.set(o.beat, cb.Opened+o.every, true)
	}
}

// planned does what a plan has foreseen for a callback, as long as that is open.
func (x *execution) planned(cb core.Callback, what string, do func() error) {
	x.insist("the planned "+what+" of a callback", func() error {
		err := do()
		var refused *wire.APIError
		if errors.As(err, &refused) && refused.HTTPStatus < 500 {
			x.e.log.Info("a callback ended before its "+what+" was due", "execution", x.arn.String(), "operation", cb.Op, "error", err)
			return nil
		}
		return err
	})
}

func (x *execution) forgetCallback(op string) {
	o := x.callbacks[op]
	if o == nil {
		return
	}
	delete(x.callbacks, op)
	if o.expected {
		x.e.schedule.expect(-1)
	}
	for _, d := range []*deadline{o.answer, o.beat} {
		if d != nil {
			x.e.schedule.set(d, 0, false)
		}
	}
}

func (x *execution) heartbeat(callbackID string) error {
	return x.do(func(s *core.State, now wire.Time) (*core.Change, error) {
		return s.HeartbeatCallback(callbackID, now)
	})
}

func (x *execution) answer(callbackID string, a *CallbackAnswer) error {
	return x.do(func(s *core.State, now wire.Time) (*core.Change, error) {
		if a.Error != nil {
			return s.FailCallback(callbackID, *a.Error, now)
		}
		return s.SucceedCallback(callbackID, a.Result, now)
	})
}

func (x *execution) openCallback(cb core.Callback) OpenCallback {
	return OpenCallback{
		ExecutionARN: x.arn.String(), ExecutionName: x.arn.Name, Function: x.arn.Function,
		OperationID: cb.Op, ParentID: cb.Parent, Name: cb.Name, CallbackID: cb.ID,
		Opened: cb.Opened.Go(), Deadline: cb.Deadline.Go(), Heartbeat: cb.Heartbeat.Go(),
	}
}

// CallbackSucceed answers a callback with a result; nil means none. Refusals
// are *wire.APIError: an ID that isn't one is InvalidParameterValueException, a
// callback that has ended is CallbackTimeoutException.
func (e *Engine) CallbackSucceed(ctx context.Context, callbackID string, result *string) error {
	x, err := e.callbackOwner(callbackID)
	if err != nil {
		return err
	}
	return x.answer(callbackID, &CallbackAnswer{Result: result})
}

// CallbackFail answers a callback with an error.
func (e *Engine) CallbackFail(ctx context.Context, callbackID string, cause wire.ErrorObject) error {
	x, err := e.callbackOwner(callbackID)
	if err != nil {
		return err
	}
	return x.answer(callbackID, &CallbackAnswer{Error: &cause})
}

// CallbackHeartbeat tells that somebody still works on the answer.
func (e *Engine) CallbackHeartbeat(ctx context.Context, callbackID string) error {
	x, err := e.callbackOwner(callbackID)
	if err != nil {
		return err
	}
	return x.heartbeat(callbackID)
}

func (e *Engine) callbackOwner(callbackID string) (*execution, error) {
	id, ok := core.ParseCallbackID(callbackID)
	if !ok {
		return nil, core.ErrCallbackID()
	}
	e.mu.Lock()
	x, aside := e.running[id], e.setAside[id]
	e.mu.Unlock()
	switch {
	case aside != nil:
		return nil, aside
	case x == nil:
		return nil, core.ErrCallbackClosed()
	}
	return x, nil
}

// OpenCallbacks lists the open callbacks of an execution, the oldest first; an
// empty ARN means of all executions.
func (e *Engine) OpenCallbacks(ctx context.Context, arn string) ([]OpenCallback, error) {
	var in []*execution
	if arn == "" {
		in = e.executions()
	} else {
		x, _, err := e.find(arn)
		if err != nil {
			return nil, err
		}
		if x != nil {
			in = append(in, x)
		}
	}
	var out []OpenCallback
	for _, x := range in {
		x.read(func(s *core.State) {
			for _, cb := range s.OpenCallbacks() {
				out = append(out, x.openCallback(cb))
			}
		})
	}
	return out, nil
}
