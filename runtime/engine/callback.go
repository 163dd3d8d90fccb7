package engine

import (
	"context"
	"time"

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

// CallbackPlan tells who will answer a callback.
type CallbackPlan struct {
	// Silent: nobody will. Skipped time may pass over its time-out.
	Silent bool

	// Answer, if not nil, is given by the engine itself once After has passed since the
	// callback opened: a deadline like any other.
	Answer *CallbackAnswer
	After  time.Duration
}

// CallbackAnswer is the answer to a callback: an error, or else a result, which is the
// submitted text byte for byte and may be missing.
type CallbackAnswer struct {
	Result *string
	Error  *wire.ErrorObject
}

// CallbackSucceed answers a callback with a result; nil means none. Refusals
// are *wire.APIError: an ID that isn't one is InvalidParameterValueException, a
// callback that has ended is CallbackTimeoutException.
func (e *Engine) CallbackSucceed(ctx context.Context, callbackID string, result *string) error {
	panic("not yet")
}

// CallbackFail answers a callback with an error.
func (e *Engine) CallbackFail(ctx context.Context, callbackID string, cause wire.ErrorObject) error {
	panic("not yet")
}

// CallbackHeartbeat tells that somebody still works on the answer.
func (e *Engine) CallbackHeartbeat(ctx context.Context, callbackID string) error { panic("not yet") }

// OpenCallbacks lists the open callbacks of an execution, the oldest first; an
// empty ARN means of all executions.
func (e *Engine) OpenCallbacks(ctx context.Context, arn string) ([]OpenCallback, error) {
	panic("not yet")
}
