package engine

import (
	"context"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// StartInput asks for an execution.
type StartInput struct {
	Function  string  // name, name:qualifier, or ARN
	Qualifier string  // $LATEST if empty and Function has none
	Name      string  // of the execution, the key for an idempotent start; empty: a new one is made
	Input     *string // JSON; nil: none

	// Sync raises the limits on input and result to those of a caller who waits, for whom the function's
	// ExecutionTimeout must not be above MaxSyncTimeout.
	Sync        bool
	TraceHeader string
	TenantID    string
	// ClientContext is a JSON text that the function gets with each invocation.
	ClientContext string
}

// StartOutput tells which execution was started or found.
type StartOutput struct {
	ARN     string
	Version string
	Existed bool // an execution of that name and input was there already
}

// Execution describes an execution. Input, Result and Error are left out when
// they were not asked for.
type Execution struct {
	ExecutionSummary
	Input            *string
	Result           *string
	Error            *wire.ErrorObject
	ExecutionTimeout time.Duration
	TimesOut         time.Time // as things stand; zero once it has ended
	Pause            *Pause    // nil unless it is PAUSING or PAUSED
	RetentionDays    int
	Parent           string // ARN of the execution that has invoked this one; empty: none has
	TraceHeader      string
	Undoes           string  // ARN of the execution that this one is to undo: see [Engine.Undo]
	Repeats          *Repeat // nil unless it runs another one again from an operation on: see [Engine.Rerun]
}

// ExecutionSummary is an execution without its data.
type ExecutionSummary struct {
	ARN         string
	Name        string
	Function    string
	FunctionARN string // with the version
	Version     string
	Status      wire.ExecutionStatus
	Start       time.Time
	End         time.Time // zero while it runs
}

// errNoExecution answers for an execution that doesn't exist, or no longer.
func errNoExecution() *wire.APIError {
	return &wire.APIError{Code: core.CodeNotFound, Message: "Durable Execution does not exist", HTTPStatus: 404}
}

// StartExecution starts an execution, or finds the one with the same name and
// input. Refusals are *wire.APIError.
func (e *Engine) StartExecution(ctx context.Context, in StartInput) (*StartOutput, error) {
	out, _, err := e.start(in)
	return out, err
}

// StartNamed is StartExecution as a handler asks for it, in whose workflow one execution
// goes on as another.
func (e *Engine) StartNamed(_ context.Context, function, name, input string) error {
	_, _, err := e.start(StartInput{Function: function, Name: name, Input: &input})
	return err
}

// start also gives the execution itself if it is running.
func (e *Engine) start(in StartInput) (*StartOutput, *execution, error) {
	e.choosing.RLock()
	defer e.choosing.RUnlock()
	t := e.resolve(in.Function, in.Qualifier)
	if t.err != nil {
		return nil, nil, t.err
	}
	id := core.FormatID(random16())
	t.choose(orElse(in.Name, id))
	if t.function.Plain {
		return nil, nil, &wire.APIError{Code: core.CodeInvalidParameter, HTTPStatus: 400, Message: "Function " + t.function.Name + " is not a durable function."}
	}
	limit := e.limits.AsyncOutput
	if in.Sync {
		if err := t.function.checkSync(); err != nil {
			return nil, nil, err
		}
		limit = e.limits.SyncOutput
	}
	if in.Input != nil && len(*in.Input) > limit {
		return nil, nil, &wire.APIError{Code: core.CodeTooLarge, HTTPStatus: 413, Message: fmt.Sprintf("%d byte payload is too large for the invocation (limit %d bytes)", len(*in.Input), limit)}
	}
	start := core.Start{
		ARN: t.arn, Sync: in.Sync, ExecutionTimeout: t.function.executionSeconds(), RetentionDays: t.function.RetentionDays,
		Trace: in.TraceHeader, TenantID: in.TenantID, ClientContext: in.ClientContext,
	}
	start.ARN.ID = id
	start.ARN.Name = in.Name
	if in.Name == "" {
		start.ARN.Name = core.FormatID(random16())
	} else {
		if !executionName.MatchString(in.Name) {
			var c core.Constraints
			checkExecutionName(&c, in.Name)
			return nil, nil, c.Err()
		}
		defer e.reserve(t.function.Name, in.Name)()
		found, err := e.store.ByName(t.function.Name, in.Name)
		if err != nil {
			return nil, nil, err
		}
		now := e.schedule.now()
		if found != nil && found.Expires != 0 && found.Expires <= now {
			if err := e.store.Forget(now); err != nil {
				return nil, nil, err
			}
			found = nil
		}
		if found != nil {
			return e.same(found, start.ARN.Version, in.Input)
		}
	}
	if err := t.open(); err != nil {
		return nil, nil, err
	}
	e.forget()
	e.schedule.enter()
	defer e.schedule.leave()
	b := e.beginExecution(start, in.Input, e.schedule.now())
	if err := e.commit([]entry{b}); err != nil {
		return nil, nil, err
	}
	b.x.do(nil)
	return &StartOutput{ARN: start.ARN.String(), Version: start.ARN.Version}, b.x, nil
}

func checkExecutionName(c *core.Constraints, name string) {
	c.Want(len(name) <= 64, name, "durableExecutionName", "have length less than or equal to 64")
	c.Want(len(name) > 64 || executionName.MatchString(name), name, "durableExecutionName", "satisfy regular expression pattern: [a-zA-Z0-9-_]+")
}

var executionName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// reserve holds off other starts under the same name until release is called.
func (e *Engine) reserve(function, name string) (release func()) {
	key := [2]string{function, name}
	for {
		e.mu.Lock()
		other := e.starting[key]
		if other == nil {
			mine := make(chan struct{})
			e.starting[key] = mine
			e.mu.Unlock()
			return func() {
				e.mu.Lock()
				delete(e.starting, key)
				e.mu.Unlock()
				close(mine)
			}
		}
		e.mu.Unlock()
		<-other
	}
}

// same answers a start under a name that is taken.
func (e *Engine) same(found *store.Execution, version string, input *string) (*StartOutput, *execution, error) {
	if found.ARN.Version != version || found.InputHash != hashInput(input) {
		return nil, nil, &wire.APIError{
			Code: core.CodeAlreadyStarted, HTTPStatus: 409,
			Message: "A durable execution with the name " + found.ARN.Name + " already exists with a different payload or version.",
		}
	}
	e.mu.Lock()
	x := e.running[found.ARN.ID]
	e.mu.Unlock()
	return &StartOutput{ARN: found.ARN.String(), Version: version, Existed: true}, x, nil
}

func hashInput(input *string) [32]byte {
	if input == nil {
		return sha256.Sum256(nil)
	}
	return sha256.Sum256([]byte(*input))
}

// forgetEvery is how often expired executions are deleted at most; they can't be
// seen any more before.
const forgetEvery = wire.Time(time.Hour / time.Millisecond)

func (e *Engine) forget() {
	now := e.schedule.now()
	e.mu.Lock()
	due := now >= e.forgetAt
	if due {
		e.forgetAt = now + forgetEvery
	}
	e.mu.Unlock()
	if due {
		if err := e.store.Forget(now); err != nil {
			e.log.Error("expired executions could not be deleted", "error", err)
		}
	}
}

// find gives a running execution, or else what is stored of a closed one.
func (e *Engine) find(arn string) (*execution, *store.Execution, error) {
	id := core.IDOf(arn)
	e.mu.Lock()
	x := e.running[id]
	e.mu.Unlock()
	if x != nil {
		if x.arn.String() != arn {
			return nil, nil, errNoExecution()
		}
		return x, nil, nil
	}
	a, ok := core.ParseARN(arn)
	if !ok {
		return nil, nil, errNoExecution()
	}
	h, err := e.store.ByName(a.Function, a.Name)
	if err != nil {
		return nil, nil, err
	}
	if h == nil || h.ARN.String() != arn || h.Expires != 0 && h.Expires <= e.schedule.now() {
		return nil, nil, errNoExecution()
	}
	return nil, h, nil
}

// state lets f look at an execution's state, wherever that is.
func (e *Engine) state(arn string, f func(h *store.Execution, s *core.State)) error {
	x, h, err := e.find(arn)
	if err != nil {
		return err
	}
	if x != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		f(&x.header, x.state)
		return nil
	}
	s, _, err := e.rebuild(h)
	if err != nil {
		return err
	}
	f(h, s)
	return nil
}

// closedState gives the state of an execution that has ended; nil if it runs.
func (e *Engine) closedState(arn string) (*core.State, error) {
	_, h, err := e.find(arn)
	if err != nil || h == nil {
		return nil, err
	}
	s, _, err := e.rebuild(h)
	return s, err
}

// WaitExecution waits until the execution has ended.
func (e *Engine) WaitExecution(ctx context.Context, arn string) (*Execution, error) {
	x, _, err := e.find(arn)
	if err != nil {
		return nil, err
	}
	if x != nil {
		if err := x.wait(ctx); err != nil {
			return nil, err
		}
	}
	return e.outcome(arn, x)
}

// outcome describes an execution; one that was in memory is read from there, even if it has
// ended since.
func (e *Engine) outcome(arn string, x *execution) (*Execution, error) {
	if x == nil {
		return e.Execution(context.Background(), arn, true)
	}
	var out *Execution
	shed := false
	x.read(func(s *core.State) { out, shed = describeExecution(&x.header, s, true), s.InputShed() })
	if shed {
		return out, e.inputOf(out, &x.header)
	}
	return out, nil
}

// wait waits until the execution has ended.
func (x *execution) wait(ctx context.Context) error {
	select {
	case <-x.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-x.e.ctx.Done():
		return errClosed
	}
}

// Stop ends an execution as STOPPED with cause, which may be nil, and tells
// when it ended. An invocation that runs is cut off. A closed execution stays as it is.
func (e *Engine) Stop(ctx context.Context, arn string, cause *wire.ErrorObject) (time.Time, error) {
	x, h, err := e.find(arn)
	if err != nil {
		return time.Time{}, err
	}
	if x == nil {
		e.mu.Lock()
		aside := e.setAside[h.ARN.ID]
		e.mu.Unlock()
		return h.End.Go(), aside
	}
	err = x.do(func(s *core.State, now wire.Time) (*core.Change, error) { return s.Stop(cause, now) })
	if err != nil {
		return time.Time{}, err
	}
	var end time.Time
	x.read(func(s *core.State) { end = s.Ended.Go() })
	return end, nil
}

// Checkpoint is CheckpointDurableExecution. Refusals are *wire.APIError.
func (e *Engine) Checkpoint(ctx context.Context, arn string, in wire.CheckpointInput) (*wire.CheckpointOutput, error) {
	fault, applied := e.opts.Faults.draw()
	if fault != "" && !applied {
		return nil, fault.Err()
	}
	out, err := e.checkpoint(ctx, arn, in)
	if fault != "" && err == nil {
		return nil, fault.Err()
	}
	return out, err
}

func (e *Engine) checkpoint(ctx context.Context, arn string, in wire.CheckpointInput) (*wire.CheckpointOutput, error) {
	x, _, err := e.find(arn)
	if err != nil || x == nil {
		return nil, core.ErrToken()
	}
	if err := e.holdBack(ctx, in.Updates); err != nil {
		return nil, err
	}
	cmd := &core.Checkpoint{
		Token: in.CheckpointToken, ClientToken: in.ClientToken, Updates: in.Updates,
		Seed: random16(), Resolve: x.resolveInvoke,
	}
	if slices.ContainsFunc(in.Updates, func(u wire.OperationUpdate) bool { return u.ChainedInvokeOptions != nil }) {
		e.choosing.RLock()
		defer e.choosing.RUnlock()
	}
	var out *wire.CheckpointOutput
	err = x.do(func(s *core.State, now wire.Time) (*core.Change, error) {
		c, err := s.Checkpoint(cmd, now)
		if err != nil {
			return nil, err
		}
		out = c.Output
		return c, nil
	})
	if err != nil {
		return nil, err
	}
	return out, x.complement(out.NewExecutionState.Operations)
}

// State is GetDurableExecutionState. maxItems 0 means 100. Refusals are *wire.APIError.
func (e *Engine) State(ctx context.Context, arn, checkpointToken, marker string, maxItems int) (*wire.ExecutionState, error) {
	var c core.Constraints
	c.CheckToken(checkpointToken)
	checkMaxItems(&c, maxItems)
	if err := c.Err(); err != nil {
		return nil, err
	}
	if fault, _ := e.opts.Faults.draw(); fault != "" {
		return nil, fault.Err()
	}
	x, _, err := e.find(arn)
	if err != nil || x == nil {
		return nil, core.ErrToken()
	}
	var page *wire.ExecutionState
	x.read(func(s *core.State) { page, err = s.StatePage(checkpointToken, marker, maxItems) })
	if err != nil {
		return nil, err
	}
	return page, x.complement(page.Operations)
}

func checkMaxItems(c *core.Constraints, n int) {
	c.Want(n >= 0, strconv.Itoa(n), "maxItems", "have value greater than or equal to 0")
	c.Want(n <= 1000, strconv.Itoa(n), "maxItems", "have value less than or equal to 1000")
}

// Invoke calls a plain function and gives its answer. An error of the function
// itself is an *InvocationError or whatever its invoker returned.
func (e *Engine) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	t := e.resolve(function, "")
	if t.err != nil {
		return nil, t.err
	}
	t.choose(core.FormatID(random16()))
	return e.invokePlain(ctx, t, &Invocation{Event: event})
}

func (e *Engine) invokePlain(ctx context.Context, t target, inv *Invocation) ([]byte, error) {
	inv.RequestID = core.FormatID(random16())
	inv.Function, inv.FunctionARN, inv.Version = t.function.Name, t.arn.FunctionARN(), t.arn.Version
	inv.Timeout = t.function.Timeout
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	e.schedule.enter()
	defer e.schedule.leave()
	return t.function.Invoker.Invoke(ctx, inv)
}
