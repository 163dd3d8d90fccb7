package durable

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// graceAttempt is how long the result of an attempt still counts after its
// time-out.
const graceAttempt = 5 * time.Second

// attemptContext is the context of a step's body. It is the region's, so that the
// body is told when nobody wants its result any more.
type attemptContext struct {
	context.Context
	inv    *invocation
	op     *operation
	spec   *opSpec
	path   string
	number int
}

type attemptKey struct{}

type idempotencyKey struct{}

// Value implements [context.Context].
func (a *attemptContext) Value(key any) any {
	switch key.(type) {
	case attemptKey:
		return a
	case idempotencyKey:
		return a.inv.self + "/" + a.op.id
	}
	return a.Context.Value(key)
}

// IdempotencyKey gives a key that is the same in every attempt and replay of the
// step whose body's context ctx is, and that no other step shares. Outside of a
// step it is empty.
func IdempotencyKey(ctx context.Context) string {
	key, _ := ctx.Value(idempotencyKey{}).(string)
	return key
}

// WithIdempotencyKey gives a context in which [IdempotencyKey] is key.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, idempotencyKey{}, key)
}

// Attempt gives the number of the running attempt of a step or a condition's
// check, 1 for the first; 0 outside of one.
func Attempt(ctx context.Context) int {
	if a, ok := ctx.Value(attemptKey{}).(*attemptContext); ok {
		return a.number
	}
	return 0
}

// ExecutionARN gives the ARN of the execution of the step whose body's context ctx is,
// the same in every attempt and replay. Outside of a step it is empty.
func ExecutionARN(ctx context.Context) string {
	if a, ok := ctx.Value(attemptKey{}).(*attemptContext); ok {
		return a.inv.self
	}
	return ""
}

// ExecutionName gives the name of that execution.
func ExecutionName(ctx context.Context) string {
	if a, ok := ctx.Value(attemptKey{}).(*attemptContext); ok {
		return a.inv.name
	}
	return ""
}

// Time gives the present by the service's clock, in UTC and whole milliseconds, in the step
// whose body's context ctx is. Where waits are skipped, as in tests, it is the time that the
// workflow goes by, while this machine's has not moved. Outside of a step it is this
// machine's. A workflow takes its time from [Now], which is recorded.
func Time(ctx context.Context) time.Time {
	now := time.Now()
	if a, ok := ctx.Value(attemptKey{}).(*attemptContext); ok {
		a.inv.mu.Lock()
		now = a.inv.clock.now()
		a.inv.mu.Unlock()
	}
	return now.UTC().Truncate(time.Millisecond)
}

// StepLogger gives the logger of the step whose body's context ctx is. Its
// records tell the execution, the operation (its ID, its name, and the names that lead to
// it) and the attempt.
func StepLogger(ctx context.Context) *slog.Logger {
	if a, ok := ctx.Value(attemptKey{}).(*attemptContext); ok {
		return a.inv.attemptLogger(a)
	}
	return slog.Default()
}

// errAttemptTimeout is the end of an attempt that took too long.
var errAttemptTimeout = errors.New("attempt timed out")

// produced is what a body gave: its result as it will be recorded, and a pointer to
// what that decodes to.
type produced struct {
	text  *string
	value any
}

// bodyFunc is the body of an attempt. It may go on after it was given up, so it
// shares nothing with other attempts.
type bodyFunc func(context.Context) (produced, error)

// attempt runs body once, on the caller's goroutine unless it is bounded. It waits
// for the body, but no longer than the grace after its time-out.
func (r *stepRun) attempt(number int, body bodyFunc) (produced, error) {
	c, timeout := r.c, r.spec.Timeout
	a := &attemptContext{Context: c.task.region.ctx, inv: c.scope.inv, op: r.op, spec: &r.s, path: r.path, number: number}
	if len(a.inv.plugins) == 0 {
		return c.run(a, a, timeout, body)
	}
	ctx, info := a.observe(a)
	p, err := c.run(a, ctx, timeout, body)
	a.observed(ctx, info, err)
	return p, err
}

// run is attempt with the body's context, which is a or derived from it.
func (c *Context) run(a *attemptContext, ctx context.Context, timeout time.Duration, body bodyFunc) (produced, error) {
	if timeout <= 0 {
		return guardBody(ctx, body)
	}
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	type ending struct {
		p   produced
		err error
	}
	done := make(chan ending, 1)
	go func() {
		p, err := guardBody(bounded, body)
		done <- ending{p, err}
	}()
	timer := time.NewTimer(timeout + graceAttempt)
	defer timer.Stop()
	select {
	case end := <-done:
		if end.err != nil && errors.Is(end.err, context.DeadlineExceeded) && bounded.Err() != nil && c.task.region.ctx.Err() == nil {
			return produced{}, errAttemptTimeout
		}
		return end.p, end.err
	case <-timer.C:
		return produced{}, errAttemptTimeout
	}
}

// guardBody runs the body of an attempt and makes a panic of it a failure.
func guardBody(ctx context.Context, body bodyFunc) (p produced, err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			err = newPanicError(v)
		} else {
			err = errors.New("the step's body ended by runtime.Goexit")
		}
	}()
	p, err = body(ctx)
	returned = true
	return p, err
}
