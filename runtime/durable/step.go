package durable

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// StepSpec describes a step; nil is a step of which nothing is said. Specs are read
// only and may be shared by any number of executions.
type StepSpec struct {
	// Name is the recorded name, and the step's identity in its scope: see [Named]. If it
	// is empty, the identity is "step", "now", "uuid" or "random".
	Name string
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
	// Fails lists the types of the errors that the step declares. All others
	// become a [*UnexpectedError]. If Fails is nil, every error keeps its type, unless
	// the function is [Definition.OnlyDeclared].
	Fails []string
	// Serdes encodes the result; nil means the handler's.
	Serdes Serdes

	// Undoable is set for a step that [Undo] undoes: its start is recorded before the body
	// runs, as with AtMostOnce, and there is room for an operation that undoes it.
	Undoable bool

	// Stored keeps a result of more than 32 KiB in the store ([Definition.Store]), and a
	// reference with its digest in the record, so that it may be of any size that fits into memory.
	// What is recorded is read either way, whatever Stored says now.
	Stored bool

	// Generated code sets these: ID is the identity that `was` keeps, Pos where the step
	// stands in its source, such as "order.flow:57:5", Calls what it calls where a label
	// hides that: the record of another one is then not taken for its own.
	ID, Pos, Calls string

	// until is the callback that a submitter hands out: once it has ended, further attempts
	// are pointless. The error is recorded as it is, for the wait around to decode.
	until *operation
	// subType is recorded in place of that of a step.
	subType string
}

// Named is the spec of a step of which only its name is said:
//
//	durable.Step(ctx, durable.Named("charge"), charge)
func Named(name string) *StepSpec { return &StepSpec{Name: name} }

// Step runs body until an attempt succeeds or the retry policy gives up, and
// returns the recorded result or error.
//
// By default an attempt whose process dies is run again, so body must bear
// repetition: see [IdempotencyKey]. body runs outside the workflow: it may do I/O
// and use clocks, and must not use ctx. Its result is stored as a text of 1 MiB at
// most, unless spec says Stored; one that is larger or can't be encoded fails the step without another attempt.
func Step[T any](ctx *Context, spec *StepSpec, body func(context.Context) (T, error)) (T, error) {
	run := stepRun{c: ctx, spec: orZero(spec)}
	ended, err := run.begin("step")
	if err != nil {
		var zero T
		return zero, err
	}
	if !ended {
		return liveStep(run, body)
	}
	var out T
	if err := run.outcome(&out); err != nil {
		var zero T
		return zero, err
	}
	return out, nil
}

// liveStep runs a step that has not ended yet.
func liveStep[T any](run stepRun, body func(context.Context) (T, error)) (out T, err error) {
	value, err := run.loop(func(ctx context.Context) (produced, error) {
		v, err := body(ctx)
		if err != nil {
			return produced{}, err
		}
		decoded := new(T)
		text, err := run.c.roundTrip(v, decoded, run.spec.Serdes, run.op, &run.s)
		return produced{text, decoded}, err
	})
	if err != nil {
		return out, err
	}
	return *value.(*T), nil
}

// nullText is what a step without a result stores.
var nullText = "null"

// Do is [Step] for a body without a result.
func Do(ctx *Context, spec *StepSpec, body func(context.Context) error) error {
	run := stepRun{c: ctx, spec: orZero(spec)}
	ended, err := run.begin("step")
	if err != nil {
		return err
	}
	if ended {
		return run.outcome(nil)
	}
	_, err = run.loop(func(ctx context.Context) (produced, error) { return produced{text: &nullText}, body(ctx) })
	return err
}

// stepRun is a step under way.
type stepRun struct {
	c       *Context
	s       opSpec
	spec    *StepSpec
	op      *operation
	path    string
	started bool // by this run: its attempt has not been lost
}

// begin claims the operation of a step, and says whether it has ended.
func (r *stepRun) begin(keyword string) (ended bool, err error) {
	c, spec := r.c, r.spec
	r.s = opSpec{
		typ: wire.TypeStep, subType: cmp.Or(spec.subType, wire.SubTypeStep), name: spec.Name,
		segment: segmentOf(spec.ID, spec.Name, keyword), calls: spec.Calls, was: spec.ID != "", pos: spec.Pos, undoable: spec.Undoable,
		unfit: cmp.Or(noTime("timeout", spec.Timeout), r.policy().unfit(), r.unstored()),
	}
	inv := c.scope.inv
	inv.mu.Lock()
	defer inv.mu.Unlock()
	op, path, err := c.claimLocked(&r.s)
	if err != nil {
		return false, err
	}
	r.path = path
	if ended = op.rec.Status.Terminal(); !ended {
		c.enterLocked(&r.s)
		inv.expectUndoLocked(&r.s, 1)
	}
	r.op = op
	return ended, nil
}

// outcome gives the recorded result or error.
func (r *stepRun) outcome(out any) error {
	details := r.op.rec.StepDetails
	if details == nil {
		details = &wire.StepDetails{}
	}
	if r.op.rec.Status != wire.StatusSucceeded {
		r.c.observeEnded(r.op)
		if r.spec.until == nil {
			if diverged := r.c.staleError(r.op, details.Error, &r.s, r.fails()); diverged != nil {
				return diverged
			}
		}
		return r.c.decodeError(details.Error, &r.s, r.fails())
	}
	text := details.Result
	if out != nil && text != nil {
		var err error
		if text, err = r.fetch(*text); err != nil {
			r.c.observeEnded(r.op)
			return err
		}
	}
	return r.c.decode(text, out, r.spec.Serdes, r.op, &r.s)
}

// policy is the retry policy in force.
func (r *stepRun) policy() *RetryPolicy {
	switch {
	case r.spec.Retry != nil:
		return r.spec.Retry
	case r.spec.AtMostOnce:
		return NoRetry
	}
	return DefaultRetry
}

// loop makes attempts until the step has ended, and gives the value that the
// recorded result decodes to.
func (r *stepRun) loop(body bodyFunc) (any, error) {
	inv, c, op := r.c.scope.inv, r.c, r.op
	inv.mu.Lock()
	defer inv.mu.Unlock()
	defer c.leaveLocked()
	defer inv.expectUndoLocked(&r.s, -1)
	var result produced
	for !op.rec.Status.Terminal() {
		if r.spec.until != nil && r.spec.until.settled() {
			return nil, nil
		}
		if op.rec.Status == wire.StatusPending {
			if refused := inv.awaitEitherLocked(c, op, r.spec.until, false); refused != nil {
				return nil, refused
			}
			continue
		}
		lost, refused := r.startLocked()
		if refused != nil {
			return nil, refused
		}
		if lost {
			if refused := r.failLocked(&InterruptedError{r.s.label(), "the process ended while an attempt was running; whether it took effect is unknown"}); refused != nil {
				return nil, refused
			}
			continue
		}
		var err error
		result, err, refused = r.attemptLocked(body)
		if refused != nil {
			return nil, refused
		}
		if err == nil && result.text != nil {
			var text string
			if text, err, refused = r.keepLocked(*result.text); refused != nil {
				return nil, refused
			}
			if result.text = &text; len(text) > maxPayload {
				err = &UnexpectedError{Message: fmt.Sprintf("the result is %d bytes; a step stores %d at most", len(text), maxPayload)}
			}
		}
		if err == nil {
			u := c.updateLocked(op, &r.s, wire.ActionSucceed)
			u.Payload = result.text
			refused = inv.putLocked(c, op, u)
		} else {
			refused = r.failLocked(err)
		}
		if refused != nil {
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

// startLocked records the start of an attempt, unless that has been done. lost says
// that an attempt was started before whose outcome is unknown, and that must not
// be repeated.
func (r *stepRun) startLocked() (lost bool, refused *control) {
	inv, c, op := r.c.scope.inv, r.c, r.op
	switch op.rec.Status {
	case wire.StatusStarted:
		if inv.order != nil && !r.started && !r.spec.AtMostOnce && !r.spec.Undoable && c.stoppedLocked() {
			return false, errAbandoned // whether it took effect makes no difference
		}
		return r.spec.AtMostOnce && !r.started, nil
	case wire.StatusReady:
		if c.stoppedLocked() {
			return false, errAbandoned
		}
	}
	u := c.updateLocked(op, &r.s, wire.ActionStart)
	r.started = true
	if r.spec.AtMostOnce || r.spec.Undoable {
		return false, inv.putLocked(c, op, u)
	}
	return false, inv.postLocked(c, op, u)
}

// attemptLocked runs the body once. The lock is released meanwhile.
func (r *stepRun) attemptLocked(body bodyFunc) (produced, error, *control) {
	inv, c, op := r.c.scope.inv, r.c, r.op
	number := 1
	if d := op.rec.StepDetails; d != nil {
		number = d.Attempt + 1
	}
	if inv.rehearsal != nil {
		return produced{}, nil, inv.rehearsal.haltLocked(c, &r.s, op.id, r.path, number)
	}
	c.task.enterLocked(busy)
	inv.tellNoticesLocked()
	inv.mu.Unlock()
	result, err := r.attempt(number, body)
	inv.mu.Lock()
	c.task.enterLocked(running)
	if refused := inv.refusalLocked(c); refused != nil {
		return produced{}, nil, refused
	}
	var unsettled *unsettledError
	switch {
	case err == nil:
		return result, nil, nil
	case errors.As(err, &unsettled):
		inv.failLocked(classify(unsettled.error))
		return produced{}, nil, inv.fatal
	case inv.ctx.Err() != nil:
		// The process is going down: that is not the step's failure.
		inv.failLocked(classify(context.Cause(inv.ctx)))
		return produced{}, nil, inv.fatal
	case controlOf(err) != nil:
		return produced{}, nil, inv.misuseLocked(&r.s, "its body returned an error of the workflow's own context")
	case errors.Is(err, errAttemptTimeout) && r.spec.AtMostOnce:
		return produced{}, &InterruptedError{r.s.label(), fmt.Sprintf("no outcome within %v; whether it took effect is unknown", r.spec.Timeout)}, nil
	case errors.Is(err, errAttemptTimeout):
		return produced{}, &TimeoutError{r.s.label(), fmt.Sprintf("attempt %d had no outcome within %v", number, r.spec.Timeout)}, nil
	}
	return produced{}, err, nil
}

// failLocked records that an attempt has failed, and whether another one follows.
func (r *stepRun) failLocked(err error) *control {
	inv, c, op := r.c.scope.inv, r.c, r.op
	declared := r.declared(err)
	attempt := 1
	if d := op.rec.StepDetails; d != nil {
		attempt = d.Attempt + 1
	}
	var seconds int
	var again bool
	if !c.stoppedLocked() {
		var failure error
		policy := r.policy()
		inv.mu.Unlock()
		seconds, again, failure = decide(policy, err, declared, attempt)
		inv.mu.Lock()
		if failure != nil {
			err, declared = failure, nil
		}
	}
	u := c.updateLocked(op, &r.s, wire.ActionFail)
	u.Error = r.errorObject(err, declared)
	if again {
		u.Action = wire.ActionRetry
		u.StepOptions = &wire.StepOptions{NextAttemptDelaySeconds: seconds}
	}
	r.started = false
	if refused := inv.putLocked(c, op, u); refused != nil {
		return refused
	}
	r.reportLocked(attemptFailed, attempt, u.Error, seconds)
	return nil
}

// reportLocked logs that an attempt has failed, which is on record now.
func (r *stepRun) reportLocked(message string, attempt int, failure *wire.ErrorObject, seconds int) {
	r.c.scope.inv.reportLocked(report{
		message: message, id: r.op.id, name: r.s.name, path: r.path, attempt: attempt, failure: failure, retry: seconds,
	})
}

// decide asks a policy, whose strategy may panic.
func decide(p *RetryPolicy, err error, declared Declared, attempt int) (seconds int, again bool, failure error) {
	defer func() {
		if v := recover(); v != nil {
			seconds, again, failure = 0, false, newPanicError(v)
		}
	}()
	return p.next(err, declared, attempt)
}

// declared finds the error that the step declares in what its body returned.
func (r *stepRun) declared(err error) Declared {
	if len(r.spec.Fails) == 0 {
		return nil
	}
	if d := declaredIn(err, r.spec.Fails); d != nil {
		return d
	}
	return r.c.scope.inv.fn.def.standInFor(err, r.spec.Fails)
}

// fails gives the types of the errors that keep them; nil means all that are known.
func (r *stepRun) fails() []string {
	if r.spec.until != nil {
		return nil
	}
	return r.c.scope.inv.fn.def.declared(r.spec.Fails)
}

// errorObject records the failure of the step.
func (r *stepRun) errorObject(err error, declared Declared) *wire.ErrorObject {
	def := &r.c.scope.inv.fn.def
	if declared == nil && r.fails() == nil {
		if declared = knownIn(err, def.Errors); declared == nil {
			declared = def.standInFor(err, nil)
		}
	}
	if declared != nil {
		err = declared
	}
	obj := def.encodeError(err, nil)
	obj.StackTrace = append([]string{r.s.origin()}, obj.StackTrace...)
	return obj
}

// knownIn finds in err's chain the first error whose type can be decoded.
func knownIn(err error, known ErrorTypes) Declared {
	for ; err != nil; err = errors.Unwrap(err) {
		if d, ok := err.(Declared); ok && (known[d.ErrorType()] != nil || builtIn(d.ErrorType())) {
			return d
		}
	}
	return nil
}

// unnamed gives a step without a name its keyword for an identity.
func (spec *StepSpec) unnamed(keyword string) {
	if spec.Name == "" && spec.ID == "" {
		spec.ID = keyword
	}
}

// Now is a step that gives the time: the service's, in UTC and whole
// milliseconds, as of the start of the step.
func Now(ctx *Context, spec *StepSpec) (time.Time, error) {
	own := *orZero(spec)
	own.unnamed("now")
	own.Undoable, own.Serdes = true, JSON
	inv := ctx.scope.inv
	return Step(ctx, &own, func(body context.Context) (time.Time, error) {
		op := body.Value(attemptKey{}).(*attemptContext).op
		inv.mu.Lock()
		defer inv.mu.Unlock()
		if start := op.rec.StartTimestamp; start != 0 {
			return start.Go(), nil
		}
		return inv.clock.now().UTC().Truncate(time.Millisecond), nil
	})
}

// UUID is a step that gives a random UUID (version 4).
func UUID(ctx *Context, spec *StepSpec) (string, error) {
	own := *orZero(spec)
	own.unnamed("uuid")
	return Step(ctx, &own, func(context.Context) (string, error) {
		var b [16]byte
		rand.Read(b[:])
		b[6] = b[6]&0x0f | 0x40
		b[8] = b[8]&0x3f | 0x80
		h := hex.EncodeToString(b[:])
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
	})
}

// Random is a step that gives a random number, at least 0 and below 1.
func Random(ctx *Context, spec *StepSpec) (float64, error) {
	own := *orZero(spec)
	own.unnamed("random")
	return Step(ctx, &own, func(context.Context) (float64, error) { return mathrand.Float64(), nil })
}
