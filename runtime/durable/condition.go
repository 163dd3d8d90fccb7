package durable

import (
	"context"
	"time"
)

// ConditionSpec describes a wait for a condition. With ID and Name empty its
// identity is "poll".
type ConditionSpec struct {
	Name, ID, Pos string
	// Every is the delay after the first check; after the k-th it is
	// Every × Backoffᵏ⁻¹, at most Max, in whole seconds and at least one. Zero
	// Backoff means 1, zero Max means no bound.
	Every   time.Duration
	Backoff float64
	Max     time.Duration
	// AtMost bounds the number of checks: if the last one does not meet the
	// condition, the operation fails with a [*ExhaustedError]. Zero means no bound.
	AtMost int
	// Timeout bounds each check, as a step's.
	Timeout time.Duration
	// Fails lists the types of the errors that the check declares; they end the
	// operation. If nil, every error does and keeps its type.
	Fails []string
	// RetryFailedChecks has any error that is not in Fails mean "not yet".
	RetryFailedChecks bool
	// Serdes encodes the value; nil means the handler's.
	Serdes Serdes
	// Strategy, if set, decides instead of Every, Backoff, Max and AtMost, after a
	// check that did not meet the condition: attempt is its number, 1 for the
	// first. An error ends the operation.
	Strategy func(value any, attempt int) (delay time.Duration, err error)
}

// WaitForCondition calls check until its value satisfies until, and returns that
// value. Each check gets the value of the one before it, the first one initial;
// between checks the workflow is suspended. check runs outside the workflow, as a
// step's body does; until must be a pure function.
func WaitForCondition[T any](ctx *Context, spec *ConditionSpec, initial T,
	check func(ctx context.Context, previous T) (T, error), until func(T) (bool, error)) (T, error) {
	panic("not implemented")
}
