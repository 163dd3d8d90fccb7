package durable

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// ConditionSpec describes a wait for a condition. Without a Name its identity
// is "poll".
type ConditionSpec struct {
	Name string
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

	// Generated code sets these: see [StepSpec].
	ID, Pos, Calls string
}

// WaitForCondition calls check until its value satisfies until, and returns that
// value. Each check gets the value of the one before it, the first one initial;
// between checks the workflow is suspended. check runs outside the workflow, as a
// step's body does; until must be a pure function.
func WaitForCondition[T any](ctx *Context, spec *ConditionSpec, initial T,
	check func(ctx context.Context, previous T) (T, error), until func(T) (bool, error)) (T, error) {
	return WaitForConditionFrom(ctx, spec, nil, func(ctx context.Context, previous *T) (T, error) {
		if previous == nil {
			return check(ctx, initial)
		}
		return check(ctx, *previous)
	}, until)
}

// WaitForConditionFrom is [WaitForCondition] where there may be no value before the
// first check: it gets initial, which may be nil.
func WaitForConditionFrom[T any](ctx *Context, spec *ConditionSpec, initial *T,
	check func(ctx context.Context, previous *T) (T, error), until func(T) (bool, error)) (T, error) {
	spec = orZero(spec)
	var out T
	run, ended, err := ctx.beginCondition(spec)
	switch {
	case err != nil:
	case ended:
		err = run.outcome(&out)
	default:
		return liveCondition(run, spec, initial, check, until)
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return out, nil
}

// liveCondition runs a wait for a condition that has not ended yet.
func liveCondition[T any](run *conditionRun, spec *ConditionSpec, initial *T,
	check func(ctx context.Context, previous *T) (T, error), until func(T) (bool, error)) (out T, err error) {
	value, err := run.loop(
		func(ctx context.Context, last *string) (produced, error) {
			previous := initial
			if last != nil {
				previous = new(T)
				if err := run.c.decodeText(last, previous, spec.Serdes, run.op, &run.s); err != nil {
					return produced{}, &undecodable{err}
				}
			}
			v, err := check(ctx, previous)
			if err != nil {
				return produced{}, err
			}
			decoded := new(T)
			text, err := run.c.roundTrip(v, decoded, spec.Serdes, run.op, &run.s)
			return produced{text, decoded}, err
		},
		func(value any) (bool, any, error) {
			v := *value.(*T)
			met, err := until(v)
			return met, v, err
		})
	if err != nil {
		return out, err
	}
	return *value.(*T), nil
}

// undecodable says that the recorded value of the last check does not decode.
type undecodable struct{ err error }

func (e *undecodable) Error() string { return e.err.Error() }

// conditionRun is a wait for a condition under way: a step whose attempts are
// checks.
type conditionRun struct {
	stepRun
	cond *ConditionSpec
}

func (c *Context) beginCondition(spec *ConditionSpec) (run *conditionRun, ended bool, err error) {
	run = &conditionRun{cond: spec}
	run.c = c
	run.spec = &StepSpec{Timeout: spec.Timeout, Fails: spec.Fails, Serdes: spec.Serdes, Retry: NoRetry}
	run.s = opSpec{
		typ: wire.TypeStep, subType: wire.SubTypeWaitForCondition, name: spec.Name,
		segment: segmentOf(spec.ID, spec.Name, "poll"), calls: spec.Calls, was: spec.ID != "", pos: spec.Pos,
		unfit: spec.unfit(),
	}
	inv := c.scope.inv
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if run.op, run.path, err = c.claimLocked(&run.s); err != nil {
		return nil, false, err
	}
	if ended = run.op.rec.Status.Terminal(); !ended {
		c.enterLocked(&run.s)
	}
	return run, ended, nil
}

// unfit says why there can't be such a wait; empty if there can.
func (spec *ConditionSpec) unfit() string {
	if spec.AtMost < 0 {
		return "the number of checks is less than 1; it must be at least 1"
	}
	return cmp.Or(noTime("timeout", spec.Timeout), unfitDelays(spec.Every, spec.Backoff, spec.Max))
}

// loop makes checks until the operation has ended, and gives the value that the
// recorded result decodes to.
func (r *conditionRun) loop(check func(ctx context.Context, last *string) (produced, error), until func(value any) (bool, any, error)) (any, error) {
	inv, c, op := r.c.scope.inv, r.c, r.op
	inv.mu.Lock()
	defer inv.mu.Unlock()
	defer c.leaveLocked()
	var result produced
	for !op.rec.Status.Terminal() {
		if op.rec.Status == wire.StatusPending {
			if refused := inv.awaitLocked(c, op, false); refused != nil {
				return nil, refused
			}
			continue
		}
		if _, refused := r.startLocked(); refused != nil {
			return nil, refused
		}
		number, last := 1, (*string)(nil)
		if d := op.rec.StepDetails; d != nil {
			number, last = d.Attempt+1, d.Result
		}
		var err error
		var refused *control
		result, err, refused = r.attemptLocked(func(ctx context.Context) (produced, error) { return check(ctx, last) })
		if refused != nil {
			return nil, refused
		}
		if stale, ok := err.(*undecodable); ok {
			return nil, inv.divergeLocked(op.rec.Id, &r.s, fmt.Sprintf("%s with a value that does not decode: %v", describeRecord(&op.rec), stale))
		}
		if refused := r.recordLocked(number, last, result, err, until); refused != nil {
			return nil, refused
		}
	}
	inv.mu.Unlock()
	defer inv.mu.Lock()
	if op.rec.Status != wire.StatusSucceeded {
		return nil, r.outcome(nil)
	}
	c.observeEnded(op)
	return result.value, nil
}

// recordLocked records what a check has come to.
func (r *conditionRun) recordLocked(number int, last *string, result produced, err error, until func(value any) (bool, any, error)) *control {
	inv, c, op := r.c.scope.inv, r.c, r.op
	fail := func(err error, declared Declared) *control {
		u := c.updateLocked(op, &r.s, wire.ActionFail)
		u.Error = r.errorObject(err, declared)
		if refused := inv.putLocked(c, op, u); refused != nil {
			return refused
		}
		r.reportLocked(attemptFailed, number, u.Error, 0)
		return nil
	}
	failed := err
	var value any
	if err != nil {
		declared := r.declared(err)
		if declared != nil || !r.cond.RetryFailedChecks {
			return fail(err, declared)
		}
		result = produced{text: last}
	} else {
		if len(*result.text) > maxPayload {
			return fail(&UnexpectedError{Message: fmt.Sprintf("the value of a check is %d bytes; at most %d can be stored", len(*result.text), maxPayload)}, nil)
		}
		inv.mu.Unlock()
		met, v, err := judge(until, result.value)
		inv.mu.Lock()
		switch {
		case err != nil:
			return fail(err, nil)
		case met:
			u := c.updateLocked(op, &r.s, wire.ActionSucceed)
			u.Payload = result.text
			return inv.putLocked(c, op, u)
		}
		value = v
	}
	if c.stoppedLocked() {
		return errAbandoned
	}
	inv.mu.Unlock()
	seconds, err := r.cond.next(value, number)
	if delay, told := toldDelay(failed, r.cond.Max); told && r.cond.Strategy == nil {
		seconds = wholeSeconds(delay)
	}
	inv.mu.Lock()
	if err != nil {
		return fail(err, nil)
	}
	u := c.updateLocked(op, &r.s, wire.ActionRetry)
	u.Payload = result.text
	u.StepOptions = &wire.StepOptions{NextAttemptDelaySeconds: seconds}
	r.started = false
	if refused := inv.putLocked(c, op, u); refused != nil {
		return refused
	}
	if failed != nil {
		r.reportLocked(checkFailed, number, r.errorObject(failed, nil), seconds)
	}
	return nil
}

// next gives the seconds to the check after the one of this number, or the error
// that there is none.
func (spec *ConditionSpec) next(value any, number int) (seconds int, err error) {
	if spec.Strategy != nil {
		defer func() {
			if p := recover(); p != nil {
				err = newPanicError(p)
			}
		}()
		delay, err := spec.Strategy(value, number)
		return wholeSeconds(delay), err
	}
	if spec.AtMost > 0 && number >= spec.AtMost {
		return 0, &ExhaustedError{Message: fmt.Sprintf("the condition was not met by %d checks", number)}
	}
	backoff := spec.Backoff
	if backoff == 0 {
		backoff = 1
	}
	return wholeSeconds(growing(spec.Every, backoff, spec.Max, number)), nil
}

// judge asks whether a value meets the condition.
func judge(until func(value any) (bool, any, error), value any) (met bool, v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = newPanicError(p)
		}
	}()
	return until(value)
}
