package durable

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// service is a strict durable-execution service in memory, for one execution. It
// has no goroutines: what is due happens when somebody asks. Inside a synctest
// bubble its time is virtual.
type service struct {
	t    testing.TB
	fn   *Function
	arn  string
	mu   sync.Mutex
	ops  []*wire.Operation
	byID map[string]*wire.Operation
	told map[string]bool // what the handler knows of what ended on its own

	generation int // of the token
	live       bool
	last       string // client token of the last call
	lastOut    *wire.CheckpointOutput
	changed    []string // since the last answer
	updated    []string // since the last invocation
	timers     []*timer

	answers map[string]answer // by name of the callback, or of its parent
	targets map[string]func(input string) (string, *wire.ErrorObject)
	traces  []string // headers that invoked functions get

	calls, invocations int
	takes              time.Duration                           // how long invoked functions run; a second at least
	noResult           bool                                    // invoked functions return nothing
	noStore            bool                                    // answers without the operations that were updated
	page               int                                     // page size of the state; 0: all at once
	fault              func(call int, after bool) (kill error) // dies before or after it applies
	latency            func() time.Duration
	skew               time.Duration // of its clock against the handler's
	log                []string      // updates applied, "START charge"
	cancel             context.CancelFunc

	begun  map[string]string    // inputs of the executions that were started, by function and name
	start  func(call int) error // refuses a start, or has its answer lost; nil: none
	starts int
}

type timer struct {
	due   time.Time
	id    string
	apply func(op *wire.Operation)
}

type answer struct {
	after  time.Duration
	result *string
	err    *wire.ErrorObject
}

func answered(after time.Duration, result string) answer {
	return answer{after: after, result: &result}
}

var errKilled = errors.New("killed")

func newService(t testing.TB, fn *Function, input string) *service {
	s := &service{
		t: t, fn: fn, arn: "arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST/durable-execution/run-1/exec-1",
		byID: map[string]*wire.Operation{}, told: map[string]bool{}, answers: map[string]answer{},
		targets: map[string]func(string) (string, *wire.ErrorObject){},
	}
	s.add(&wire.Operation{
		Id: "exec-1", Name: "run-1", Type: wire.TypeExecution, Status: wire.StatusStarted,
		StartTimestamp: s.now(), ExecutionDetails: &wire.ExecutionDetails{InputPayload: &input},
	})
	return s
}

// now is the service's time.
func (s *service) now() wire.Time { return wire.TimeOf(time.Now().Add(s.skew)) }

func (s *service) add(op *wire.Operation) {
	s.ops = append(s.ops, op)
	s.byID[op.Id] = op
}

// run drives the execution to its end.
func (s *service) run() wire.InvocationOutput {
	s.t.Helper()
	failures := 0
	for {
		out, err := s.invoke()
		switch {
		case err != nil:
			if failures++; failures > 50 {
				s.t.Fatalf("invocations keep failing: %v\n%s", err, s.history())
			}
			continue
		case out.Status != wire.InvocationPending:
			return out
		}
		failures = 0
		if s.invocations > 5000 {
			s.t.Fatalf("the execution does not end\n%s", s.history())
		}
		s.mu.Lock()
		pending := false
		for _, op := range s.ops {
			pending = pending || pendingStatus(op)
		}
		if !pending && len(s.updated) == 0 {
			s.t.Fatalf("PENDING with nothing pending\n%s", s.history())
		}
		for len(s.updated) == 0 {
			s.fireLocked()
			if len(s.updated) > 0 {
				break
			}
			if len(s.timers) == 0 {
				s.t.Fatalf("nothing will ever happen\n%s", s.history())
			}
			wait := time.Until(s.timers[0].due)
			s.mu.Unlock()
			time.Sleep(wait)
			s.mu.Lock()
		}
		s.mu.Unlock()
	}
}

// invoke makes one invocation.
func (s *service) invoke() (wire.InvocationOutput, error) {
	s.mu.Lock()
	s.fireLocked()
	s.generation++
	s.live = true
	s.invocations++
	s.log = append(s.log, fmt.Sprintf("-- invocation %d", s.invocations))
	in := wire.InvocationInput{DurableExecutionArn: s.arn, CheckpointToken: s.token(), UpdatedOperationIds: s.updated}
	s.updated, s.changed = nil, nil
	in.InitialExecutionState = *s.pageLocked("")
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.mu.Unlock()
	defer cancel()
	out, err := s.fn.Invoke(ctx, s, in)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = false
	if err != nil && len(in.UpdatedOperationIds) > 0 {
		s.updated = append(slices.Clone(in.UpdatedOperationIds), s.updated...)
	}
	return out, err
}

func (s *service) pageLocked(marker string) *wire.ExecutionState {
	from := 0
	fmt.Sscan(marker, &from)
	out := &wire.ExecutionState{}
	for i := from; i < len(s.ops); i++ {
		if s.page > 0 && len(out.Operations) == s.page {
			out.NextMarker = fmt.Sprint(i)
			break
		}
		if !s.hiddenLocked(s.ops[i]) {
			out.Operations = append(out.Operations, *s.ops[i])
		}
	}
	return out
}

// hiddenLocked: children of contexts that have ended are left out of the state.
func (s *service) hiddenLocked(op *wire.Operation) bool {
	for p := s.byID[op.ParentId]; p != nil; p = s.byID[p.ParentId] {
		if p.Status.Terminal() && (p.ContextDetails == nil || !p.ContextDetails.ReplayChildren) {
			return true
		}
	}
	return false
}

func (s *service) token() string { return fmt.Sprintf("token%d", s.generation) }

var errStale = &wire.APIError{Code: "InvalidParameterValueException", Message: "Invalid checkpoint token", HTTPStatus: 400}

// State implements Client.
func (s *service) State(_ context.Context, arn, token, marker string, max int) (*wire.ExecutionState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.live || token != s.token() {
		return nil, errStale
	}
	return s.pageLocked(marker), nil
}

// StartNamed implements Client.
func (s *service) StartNamed(ctx context.Context, function, name, input string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	s.starts++
	if s.begun == nil {
		s.begun = map[string]string{}
	}
	var lost error
	if s.start != nil {
		if lost = s.start(s.starts); lost != nil && !errors.Is(lost, errLost) {
			return lost
		}
	}
	key := function + " " + name
	if before, ok := s.begun[key]; ok && before != input {
		return &wire.APIError{Code: "DurableExecutionAlreadyStartedException", HTTPStatus: 409, Message: name}
	}
	s.begun[key] = input
	return lost
}

// errLost is the answer of a service that has done what was asked for.
var errLost = errors.New("connection reset")

// Checkpoint implements Client.
func (s *service) Checkpoint(ctx context.Context, arn string, in wire.CheckpointInput) (*wire.CheckpointOutput, error) {
	if s.latency != nil {
		time.Sleep(s.latency())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.calls++
	call := s.calls
	if s.fault != nil {
		if err := s.fault(call, false); err != nil {
			s.dieLocked(err)
			return nil, err
		}
	}
	if in.ClientToken != "" && in.ClientToken == s.last {
		return s.lastOut, nil
	}
	if !s.live || in.CheckpointToken != s.token() {
		return nil, errStale
	}
	if n := len(in.Updates); n > maxUpdates {
		s.t.Errorf("%d updates in one call", n)
	}
	s.fireLocked()
	for i := range in.Updates {
		if err := s.applyLocked(&in.Updates[i]); err != nil {
			s.t.Errorf("update %d of call %d refused: %v: %+v\n%s", i, call, err, in.Updates[i], s.history())
			return nil, err
		}
	}
	s.generation++
	out := &wire.CheckpointOutput{CheckpointToken: s.token(), Now: s.now() / 1000 * 1000}
	for _, id := range s.changed {
		if s.noStore && (s.byID[id].Type == wire.TypeStep || s.byID[id].Type == wire.TypeContext) &&
			slices.ContainsFunc(in.Updates, func(u wire.OperationUpdate) bool { return u.Id == id }) {
			continue
		}
		out.NewExecutionState.Operations = append(out.NewExecutionState.Operations, *s.byID[id])
	}
	s.changed = nil
	s.updated = nil
	s.last, s.lastOut = in.ClientToken, out
	if s.fault != nil {
		if err := s.fault(call, true); err != nil {
			s.dieLocked(err)
			return nil, err
		}
	}
	return out, nil
}

// dieLocked ends the life of the process that calls.
func (s *service) dieLocked(err error) {
	if errors.Is(err, errKilled) {
		s.live = false
		s.cancel()
	}
}

func refuse(format string, args ...any) error {
	return &wire.APIError{Code: "InvalidParameterValueException", Message: fmt.Sprintf(format, args...), HTTPStatus: 400}
}

func (s *service) applyLocked(u *wire.OperationUpdate) error {
	op := s.byID[u.Id]
	status := wire.OperationStatus("")
	now := s.now()
	s.log = append(s.log, string(u.Action)+" "+u.Id)
	if !legalID(u.Id) {
		return refuse("Invalid operation id.")
	}
	if u.ParentId != "" {
		if p := s.byID[u.ParentId]; p == nil || p.Type != wire.TypeContext {
			return refuse("Invalid parent operation id.")
		}
	}
	if op != nil {
		status = op.Status
		switch {
		case op.Type != u.Type:
			return refuse("Inconsistent operation type.")
		case op.SubType != u.SubType:
			return refuse("Inconsistent subtype.")
		case op.Name != u.Name && (u.Name != "" || u.Type != wire.TypeExecution):
			return refuse("Inconsistent name.")
		case op.ParentId != u.ParentId:
			return refuse("Inconsistent parent operation id.")
		}
	}
	if u.Action == wire.ActionStart {
		if op != nil && !(u.Type == wire.TypeStep && status == wire.StatusReady) {
			return refuse("Cannot start a %s in state %s", u.Type, status)
		}
		if op == nil {
			op = &wire.Operation{Id: u.Id, ParentId: u.ParentId, Name: u.Name, Type: u.Type, SubType: u.SubType, StartTimestamp: now}
			s.add(op)
		}
		op.Status = wire.StatusStarted
		s.startLocked(op, u)
		s.changed = append(s.changed, u.Id)
		return nil
	}
	if op == nil {
		return refuse("%s of an operation that was not started", u.Action)
	}
	if status != wire.StatusStarted && !(u.Type == wire.TypeStep && status == wire.StatusReady) {
		return refuse("%s of a %s in state %s", u.Action, u.Type, status)
	}
	if p := s.byID[u.ParentId]; p != nil && p.Status.Terminal() {
		return refuse("%s after its context has ended", u.Action)
	}
	switch u.Action {
	case wire.ActionSucceed:
		op.Status = wire.StatusSucceeded
	case wire.ActionFail:
		op.Status = wire.StatusFailed
		if u.Error == nil {
			return refuse("FAIL without an error")
		}
	case wire.ActionRetry:
		op.Status = wire.StatusPending
		if u.StepOptions == nil || u.StepOptions.NextAttemptDelaySeconds < 1 {
			return refuse("Invalid StepOptions for the given action.")
		}
	}
	if op.Status.Terminal() {
		op.EndTimestamp = now
	}
	switch u.Type {
	case wire.TypeStep:
		d := wire.StepDetails{Attempt: 1, Result: u.Payload, Error: u.Error}
		if op.StepDetails != nil {
			d.Attempt = op.StepDetails.Attempt + 1
		}
		if u.Action == wire.ActionRetry {
			due := time.Now().Add(time.Duration(u.StepOptions.NextAttemptDelaySeconds) * time.Second)
			d.NextAttemptTimestamp = wire.TimeOf(due.Add(s.skew))
			s.at(due, u.Id, func(op *wire.Operation) {
				op.Status = wire.StatusReady
				d := *op.StepDetails
				d.NextAttemptTimestamp = 0
				op.StepDetails = &d
			})
		}
		op.StepDetails = &d
	case wire.TypeContext:
		op.ContextDetails = &wire.ContextDetails{Result: u.Payload, Error: u.Error}
		if u.ContextOptions != nil {
			op.ContextDetails.ReplayChildren = u.ContextOptions.ReplayChildren
		}
	case wire.TypeExecution:
	default:
		return refuse("Invalid action for the given operation type.")
	}
	s.changed = append(s.changed, u.Id)
	return nil
}

func legalID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, r := range id {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", r) {
			return false
		}
	}
	return true
}

func (s *service) startLocked(op *wire.Operation, u *wire.OperationUpdate) {
	now := time.Now()
	end := func(status wire.OperationStatus) func(op *wire.Operation) {
		return func(op *wire.Operation) { op.Status = status }
	}
	switch u.Type {
	case wire.TypeWait:
		due := now.Add(time.Duration(u.WaitOptions.WaitSeconds) * time.Second)
		op.WaitDetails = &wire.WaitDetails{ScheduledEndTimestamp: wire.TimeOf(due.Add(s.skew))}
		s.at(due, op.Id, end(wire.StatusSucceeded))
	case wire.TypeCallback:
		op.CallbackDetails = &wire.CallbackDetails{CallbackId: "cb-" + op.Id}
		name := op.Name
		if p := s.byID[op.ParentId]; name == "" && p != nil {
			name = p.Name
		}
		if a, ok := s.answers[name]; ok {
			s.at(now.Add(a.after), op.Id, func(op *wire.Operation) {
				op.Status = wire.StatusSucceeded
				if a.err != nil {
					op.Status = wire.StatusFailed
				}
				d := *op.CallbackDetails
				d.Result, d.Error = a.result, a.err
				op.CallbackDetails = &d
			})
		}
		for seconds, kind := range map[int]string{u.CallbackOptions.TimeoutSeconds: "Callback.Timeout", u.CallbackOptions.HeartbeatTimeoutSeconds: "Callback.Heartbeat"} {
			if seconds > 0 {
				s.at(now.Add(time.Duration(seconds)*time.Second), op.Id, func(op *wire.Operation) {
					op.Status = wire.StatusTimedOut
					d := *op.CallbackDetails
					d.Error = &wire.ErrorObject{ErrorType: kind, ErrorMessage: "Callback timed out"}
					op.CallbackDetails = &d
				})
			}
		}
	case wire.TypeChainedInvoke:
		target := s.targets[u.ChainedInvokeOptions.FunctionName]
		s.traces = append(s.traces, u.ChainedInvokeOptions.XAmznTraceId)
		input := *u.Payload
		s.at(now.Add(max(s.takes, time.Second)), op.Id, func(op *wire.Operation) {
			result, err := target(input)
			op.Status = wire.StatusSucceeded
			op.ChainedInvokeDetails = &wire.ChainedInvokeDetails{Result: &result}
			if s.noResult {
				op.ChainedInvokeDetails.Result = nil
			}
			if err != nil {
				op.Status = wire.StatusFailed
				op.ChainedInvokeDetails = &wire.ChainedInvokeDetails{Error: err}
			}
		})
	}
}

// at has something happen to an operation later, unless it has ended by then.
func (s *service) at(due time.Time, id string, apply func(op *wire.Operation)) {
	s.timers = append(s.timers, &timer{due, id, apply})
	slices.SortStableFunc(s.timers, func(a, b *timer) int { return a.due.Compare(b.due) })
}

// fireLocked lets happen what is due.
func (s *service) fireLocked() {
	for len(s.timers) > 0 && !s.timers[0].due.After(time.Now()) {
		tm := s.timers[0]
		s.timers = s.timers[1:]
		op := s.byID[tm.id]
		if op.Status.Terminal() {
			continue
		}
		tm.apply(op)
		if op.Status.Terminal() {
			op.EndTimestamp = s.now()
		}
		s.changed = append(s.changed, tm.id)
		s.updated = append(s.updated, tm.id)
	}
}

func (s *service) history() string {
	var b strings.Builder
	for _, op := range s.ops {
		fmt.Fprintf(&b, "  %-40s %-14s %-18s %s", op.Id, op.Type, op.SubType, op.Status)
		if op.ParentId != "" {
			fmt.Fprintf(&b, " in %s", op.ParentId)
		}
		if d := op.ContextDetails; d != nil && d.Result != nil {
			fmt.Fprintf(&b, " %.80s", *d.Result)
		}
		if d := op.StepDetails; d != nil && d.Result != nil {
			fmt.Fprintf(&b, " %.80s", *d.Result)
		}
		if d := op.StepDetails; d != nil && d.Error != nil {
			fmt.Fprintf(&b, " %v", *d.Error)
		}
		if d := op.ContextDetails; d != nil && d.Error != nil {
			fmt.Fprintf(&b, " %v", *d.Error)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
