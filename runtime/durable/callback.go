package durable

import (
	"context"
	"time"
)

// CallbackSpec describes a callback. With ID and Name empty its identity is
// "callback".
type CallbackSpec struct {
	Name, ID, Pos string
	// Timeout bounds the time from the creation to the answer; zero means none.
	// Fractions of a second are rounded up.
	Timeout time.Duration
	// HeartbeatTimeout bounds the time between signs of life; zero means none.
	HeartbeatTimeout time.Duration
	// Fails lists the types of the errors with which the outside may answer. All
	// others become a [*UnexpectedError]. If it is nil, every known type is kept.
	Fails []string
	// Retry is the policy of the submitter; nil means [DefaultRetry].
	Retry *RetryPolicy
	// SubmitTimeout bounds each attempt of the submitter, as a step's Timeout.
	SubmitTimeout time.Duration
	// Serdes decodes the answer; nil means the handler's.
	Serdes Serdes
}

// WaitForCallback creates a callback, hands its ID to submit, which runs as a step
// does, and suspends until the callback is answered. An answer without a value
// gives the zero T.
func WaitForCallback[T any](ctx *Context, spec *CallbackSpec, submit func(ctx context.Context, callbackID string) error) (T, error) {
	panic("not implemented")
}

// Callback is a callback that was created and can be awaited.
type Callback[T any] struct{}

// CreateCallback creates a callback and returns at once.
func CreateCallback[T any](ctx *Context, spec *CallbackSpec) (*Callback[T], error) {
	panic("not implemented")
}

// ID gives the callback's ID, with which the outside answers it.
func (cb *Callback[T]) ID() string {
	panic("not implemented")
}

// Await suspends until the callback is answered. It is no operation of its own,
// may be repeated, and always gives the same outcome. ctx is the context of the
// code that awaits; it may be that of an inner scope.
func (cb *Callback[T]) Await(ctx *Context) (T, error) {
	panic("not implemented")
}
