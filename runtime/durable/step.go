package durable

import (
	"context"
	"time"
)

// StepSpec describes a step. Specs are read only and may be shared by any number
// of executions.
type StepSpec struct {
	// Name is the recorded name; it may be empty.
	Name string
	// ID is the identity segment, if it differs from Name. With both empty it is
	// "step", "now", "uuid" or "random".
	ID string
	// Pos is where the step stands in its source, such as "order.flow:57:5".
	Pos string
	// Retry decides about further attempts. Nil means [DefaultRetry], and
	// [NoRetry] if AtMostOnce.
	Retry *RetryPolicy
	// Timeout bounds each attempt; zero means no bound. When it passes, the body's
	// context is cancelled. A result within five seconds more still counts; after
	// that the attempt has failed with a [*TimeoutError] (a [*InterruptedError] if
	// AtMostOnce) and whatever the body still does is ignored.
	Timeout time.Duration
	// AtMostOnce lets each attempt run once at most: one that was started and
	// whose outcome is unknown ends with a [*InterruptedError].
	AtMostOnce bool
	// AwaitStart has the start recorded before the body runs, as AtMostOnce does.
	// Steps that carry an undo set it.
	AwaitStart bool
	// Fails lists the types of the errors that the step declares. All others
	// become a [*UnexpectedError]. If Fails is nil, every error keeps its type.
	Fails []string
	// Serdes encodes the result; nil means the handler's.
	Serdes Serdes
}

// Step runs body until an attempt succeeds or the retry policy gives up, and
// returns the recorded result or error.
//
// By default an attempt whose process dies is run again, so body must bear
// repetition: see [IdempotencyKey]. body runs outside the workflow: it may do I/O
// and use clocks, and must not use ctx.
func Step[T any](ctx *Context, spec *StepSpec, body func(context.Context) (T, error)) (T, error) {
	panic("not implemented")
}

// Do is [Step] for a body without a result.
func Do(ctx *Context, spec *StepSpec, body func(context.Context) error) error {
	panic("not implemented")
}

// Now is a step that gives the time: the service's, in UTC and whole
// milliseconds, as of the start of the step.
func Now(ctx *Context, spec *StepSpec) (time.Time, error) {
	panic("not implemented")
}

// UUID is a step that gives a random UUID (version 4).
func UUID(ctx *Context, spec *StepSpec) (string, error) {
	panic("not implemented")
}

// Random is a step that gives a random number, at least 0 and below 1.
func Random(ctx *Context, spec *StepSpec) (float64, error) {
	panic("not implemented")
}
