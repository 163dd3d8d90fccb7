package core

import (
	"errors"
	"fmt"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// State is an execution as it stands. It changes only through a [Change] that
// is installed; commands read it. A goroutine that reads it while another one
// may install a change has to hold that off.
type State struct {
	Start  Start
	Input  *string
	Status wire.ExecutionStatus
	Result *string
	Error  *wire.ErrorObject
	Began  wire.Time
	Ended  wire.Time

	limits *Limits
	arn    string
	ops    map[string]*op
	order  []string // IDs in the order of their start; the EXECUTION operation is the first
	events int      // in the history so far
	stored int      // bytes of payloads written
	timers timerQueue

	updated  []string          // operations changed since the last invocation that ended well
	wake     bool              // something happened that an invocation must look at
	failures int               // invocations that failed in a row without getting on
	gotOn    bool              // the handler has recorded something since the last invocation ended
	failure  *wire.ErrorObject // of the last invocation, if that failed
	stalls   int               // invocations in a row that suspended with nothing to wait for, and changed nothing
	lastDone int               // number of the event that ended the last invocation
	copied   int               // operations that are another execution's
	open     []string          // of them, those that were open: see [wire.Undo]
	retryAt  wire.Time
	closing  *closing

	timeoutAt wire.Time // when the execution times out; 0: never
	pause     *pause    // nil: the execution is neither paused nor about to be
	tokens    []request // pauses and resumes of late, by which a repeated one is known

	// What follows isn't stored: after a crash nothing runs.
	inv *invocation

	// While a command is decided, its operations are copied here first.
	overlay   map[string]*op
	newTimers []timer
}

// op is an operation with what the service alone knows about it. One that a
// state holds is never written to: changes are made to a copy.
type op struct {
	wire.Operation
	index       int
	seconds     int // of a wait; the time-out of a callback
	heartbeat   int
	timeoutAt   wire.Time
	heartbeatAt wire.Time
	child       string // ARN of the execution that a chained invoke started
	function    string // target of a chained invoke, as it was named
	version     string // of the target
	tenant      string
	trace       string
	input       *string // of a chained invoke that is still open
	inputAt     int     // the event that has it, where it was put away
	from        int     // the event that has the outcome so far, or the input of the execution

	copied bool // from another execution, and nothing has become of it since

	// The outcome so far may have been put away: it is that of the
	// event with this number, and so many bytes.
	shed, size int
}

// closing is an outcome that waits for the running invocation to end.
type closing struct {
	status wire.ExecutionStatus
	result *string
	err    *wire.ErrorObject
}

// invocation is the one that runs now. It is replaced, never written to.
type invocation struct {
	requestID string
	secret    [16]byte
	seq       uint32 // of the token that is current
	started   wire.Time
	unseen    []string      // operations that the service ended and the handler hasn't been told of
	last      idempotency   // the last checkpoint, for a repeat of it
	held      []ChainedDone // results that came before the invocation could have waited for them
	cut       bool          // by a pause: it makes no checkpoints any more, and nothing it returns counts
}

// idempotency is the last request that was accepted, and its answer.
type idempotency struct {
	clientToken, checkpointToken string
	output                       *wire.CheckpointOutput
}

// ARN names the execution.
func (s *State) ARN() string { return s.arn }

// Running tells whether an invocation runs, and its request ID.
func (s *State) Running() (requestID string, ok bool) {
	if s.inv == nil {
		return "", false
	}
	return s.inv.requestID, true
}

// Due tells whether an invocation has to be started now.
func (s *State) Due(now wire.Time) bool {
	if s.inv != nil || s.Status != wire.ExecutionRunning || s.closing != nil {
		return false
	}
	if s.retryAt != 0 {
		return now >= s.retryAt
	}
	return s.wake
}

// Events is the number of the last event.
func (s *State) Events() int { return s.events }

// lookup gives an operation as the command being decided sees it.
func (s *State) lookup(id string) *op {
	if o := s.overlay[id]; o != nil {
		return o
	}
	return s.ops[id]
}

// edit gives an operation's copy in the overlay; nil if there is no such operation.
func (s *State) edit(id string) *op {
	if o := s.overlay[id]; o != nil {
		return o
	}
	o := s.ops[id]
	if o == nil {
		return nil
	}
	c := *o
	c.Operation = cloneOperation(&o.Operation)
	s.overlay[id] = &c
	return &c
}

// add makes an operation out of the fact that started it.
func (s *State) add(f *Fact, t wire.OperationType) *op {
	o := &op{index: len(s.order)}
	o.Id, o.ParentId, o.Name, o.SubType = f.Op, f.Parent, f.Name, f.SubType
	o.Type = t
	o.StartTimestamp = f.At
	o.Status = wire.StatusStarted
	s.overlay[o.Id] = o
	s.order = append(s.order, o.Id)
	return o
}

// started makes the operation, unless it is there already.
func (s *State) started(f *Fact, t wire.OperationType) *op {
	if o := s.edit(f.Op); o != nil {
		return o
	}
	return s.add(f, t)
}

// fold makes a fact part of the state. It is the only place where stored state
// changes, for new facts and for those read back alike.
// An error tells that the fact can't follow the ones before it: what was stored is damaged.
func (s *State) fold(f *Fact) error {
	if err := s.mayFollow(f); err != nil {
		return err
	}
	if f.Event != 0 {
		s.events = f.Event
	}
	if f.Payload != nil {
		s.stored += len(*f.Payload)
	}
	if f.Error != nil {
		s.stored += errorSize(f.Error)
	}
	switch f.Kind {
	case wire.EventExecutionStarted:
		s.foldStart(f)
		return nil
	case wire.EventExecutionSucceeded:
		s.foldClose(f, wire.ExecutionSucceeded)
		return nil
	case wire.EventExecutionFailed:
		s.foldClose(f, wire.ExecutionFailed)
		return nil
	case wire.EventExecutionTimedOut:
		s.foldClose(f, wire.ExecutionTimedOut)
		return nil
	case wire.EventExecutionStopped:
		s.foldClose(f, wire.ExecutionStopped)
		return nil
	case FactExecutionClosing:
		s.closing = &closing{status: f.Status, result: f.Payload, err: f.Error}
		return nil
	case FactCopied:
		s.foldCopied(f)
		return nil
	case wire.EventInvocationCompleted:
		s.foldInvocation(f)
		return nil
	case FactExecutionPausing, wire.EventExecutionPaused, FactPauseCancelled, wire.EventExecutionResumed:
		s.foldPause(f)
		return nil
	}

	o := s.foldOperation(f)
	o.copied = false
	if brings(f.Kind) {
		o.from, o.shed, o.size = f.Event, 0, 0
	}
	if f.Kind == FactCallbackHeartbeat {
		return nil
	}
	s.updated = append(s.updated, o.Id)
	if byService(f.Kind) {
		s.wake = true
	} else {
		s.gotOn = true
	}
	return nil
}

// brings tells whether what comes with a fact is the outcome of its operation, or of an attempt.
func brings(k Kind) bool {
	switch k {
	case wire.EventContextSucceeded, wire.EventContextFailed, wire.EventStepSucceeded, wire.EventStepFailed,
		wire.EventCallbackSucceeded, wire.EventCallbackFailed, wire.EventCallbackTimedOut,
		wire.EventChainedInvokeSucceeded, wire.EventChainedInvokeFailed, wire.EventChainedInvokeTimedOut, wire.EventChainedInvokeStopped:
		return true
	}
	return false
}

// failedInARow counts the failed invocations since an invocation ended well or got on.
func (s *State) failedInARow() int {
	if s.gotOn {
		return 0
	}
	return s.failures
}

// Failing tells how many invocations in a row have failed without getting on, why the last one did,
// and when the next one comes, if that has a time. failures is 0 if the last one ended well.
func (s *State) Failing() (failures int, why *wire.ErrorObject, next wire.Time) {
	if s.failure == nil {
		return 0, nil, 0
	}
	return s.failures, s.failure, s.retryAt
}

// RunningSteps counts the steps that the running invocation is at work on, as far as their starts
// are recorded.
func (s *State) RunningSteps() int {
	if s.inv == nil || s.Status.Closed() {
		return 0
	}
	n := 0
	for _, id := range s.order {
		if o := s.ops[id]; o.Type == wire.TypeStep && o.Status == wire.StatusStarted && !o.copied {
			n++
		}
	}
	return n
}

// byService tells whether a fact is something that the service does of itself,
// so that the handler has to be told.
func byService(k Kind) bool {
	switch k {
	case FactStepReady, wire.EventWaitSucceeded,
		wire.EventCallbackSucceeded, wire.EventCallbackFailed, wire.EventCallbackTimedOut,
		wire.EventChainedInvokeSucceeded, wire.EventChainedInvokeFailed,
		wire.EventChainedInvokeTimedOut, wire.EventChainedInvokeStopped:
		return true
	}
	return false
}

func (s *State) foldStart(f *Fact) {
	s.Start = *f.Start
	s.arn = f.Start.ARN.String()
	s.Input = f.Payload
	s.Status = wire.ExecutionRunning
	s.Began = f.At
	s.wake = true
	o := s.add(f, wire.TypeExecution)
	o.from = f.Event
	o.ExecutionDetails = &wire.ExecutionDetails{InputPayload: f.Payload}
	if f.Start.ExecutionTimeout > 0 {
		s.timeOut(after(f.At, f.Start.ExecutionTimeout))
	}
}

func (s *State) foldClose(f *Fact, status wire.ExecutionStatus) {
	s.Status, s.Ended = status, f.At
	s.Result, s.Error = f.Payload, f.Error
	s.inv, s.closing, s.pause = nil, nil, nil
	s.wake, s.retryAt, s.timeoutAt = false, 0, 0
	o := s.edit(s.Start.ARN.ID)
	o.Status = wire.OperationStatus(status)
	o.EndTimestamp = f.At
}

func (s *State) foldInvocation(f *Fact) {
	s.inv = nil
	if f.Cut {
		s.wake = true
		return
	}
	if f.Until != 0 {
		s.failures = s.failedInARow() + 1
		s.gotOn, s.failure = false, f.Error
		s.retryAt = f.Until
		s.arm(timer{due: f.Until, kind: timerInvocation})
		return
	}
	s.failures, s.retryAt = 0, 0
	s.gotOn, s.failure = false, nil
	s.updated = append([]string(nil), f.Updated...)
	switch {
	case !f.Stalled:
		s.stalls = 0
	case f.Event == s.lastDone+1:
		s.stalls++
	default:
		s.stalls = 1
	}
	s.lastDone = f.Event
	s.wake = len(f.Updated) > 0 || f.Stalled
}

func (s *State) foldOperation(f *Fact) *op {
	switch f.Kind {
	case wire.EventContextStarted:
		return s.add(f, wire.TypeContext)
	case wire.EventContextSucceeded:
		o := s.started(f, wire.TypeContext)
		o.ContextDetails = &wire.ContextDetails{Result: f.Payload, ReplayChildren: f.ReplayChildren}
		return o.end(f, wire.StatusSucceeded)
	case wire.EventContextFailed:
		o := s.started(f, wire.TypeContext)
		o.ContextDetails = &wire.ContextDetails{Error: f.Error, ReplayChildren: f.ReplayChildren}
		return o.end(f, wire.StatusFailed)

	case wire.EventStepStarted:
		o := s.started(f, wire.TypeStep)
		if o.StepDetails == nil {
			o.StepDetails = &wire.StepDetails{}
		}
		o.Status = wire.StatusStarted
		return o
	case wire.EventStepSucceeded, wire.EventStepFailed:
		o := s.started(f, wire.TypeStep)
		o.StepDetails = &wire.StepDetails{Attempt: f.Attempt, Result: f.Payload, Error: f.Error}
		switch {
		case f.Delay > 0:
			o.Status = wire.StatusPending
			o.StepDetails.NextAttemptTimestamp = f.Until
			s.arm(timer{due: f.Until, kind: timerStep, op: o.Id})
			return o
		case f.Kind == wire.EventStepSucceeded:
			return o.end(f, wire.StatusSucceeded)
		default:
			return o.end(f, wire.StatusFailed)
		}
	case FactStepReady:
		o := s.started(f, wire.TypeStep)
		if o.StepDetails == nil {
			o.StepDetails = &wire.StepDetails{}
		}
		o.Status = wire.StatusReady
		o.StepDetails.NextAttemptTimestamp = 0
		return o

	case wire.EventWaitStarted:
		o := s.add(f, wire.TypeWait)
		o.WaitDetails = &wire.WaitDetails{ScheduledEndTimestamp: f.Until}
		o.seconds = f.Duration
		s.arm(timer{due: f.Until, kind: timerWait, op: o.Id})
		return o
	case wire.EventWaitSucceeded:
		return s.edit(f.Op).end(f, wire.StatusSucceeded)
	case wire.EventWaitCancelled:
		return s.edit(f.Op).end(f, wire.StatusCancelled)

	case wire.EventCallbackStarted:
		o := s.add(f, wire.TypeCallback)
		o.CallbackDetails = &wire.CallbackDetails{CallbackId: f.CallbackID}
		o.seconds, o.heartbeat = f.Duration, f.Heartbeat
		if f.Duration > 0 {
			o.timeoutAt = after(f.At, f.Duration)
			s.arm(timer{due: o.timeoutAt, kind: timerCallback, op: o.Id})
		}
		s.beat(o, f.At)
		return o
	case FactCallbackHeartbeat:
		o := s.edit(f.Op)
		s.beat(o, f.At)
		return o
	case wire.EventCallbackSucceeded:
		return s.edit(f.Op).endCallback(f, wire.StatusSucceeded)
	case wire.EventCallbackFailed:
		return s.edit(f.Op).endCallback(f, wire.StatusFailed)
	case wire.EventCallbackTimedOut:
		return s.edit(f.Op).endCallback(f, wire.StatusTimedOut)

	case wire.EventChainedInvokeStarted:
		o := s.add(f, wire.TypeChainedInvoke)
		o.ChainedInvokeDetails = &wire.ChainedInvokeDetails{}
		o.child, o.function, o.version, o.tenant, o.trace, o.input = f.Child, f.Function, f.Version, f.TenantID, f.Trace, f.Payload
		return o
	case wire.EventChainedInvokeSucceeded:
		return s.edit(f.Op).endChained(f, wire.StatusSucceeded)
	case wire.EventChainedInvokeFailed:
		return s.edit(f.Op).endChained(f, wire.StatusFailed)
	case wire.EventChainedInvokeTimedOut:
		return s.edit(f.Op).endChained(f, wire.StatusTimedOut)
	case wire.EventChainedInvokeStopped:
		return s.edit(f.Op).endChained(f, wire.StatusStopped)
	}
	panic("core: a fact that may follow is not known: " + string(f.Kind))
}

// beat sets the time by which the next heartbeat must come.
func (s *State) beat(o *op, now wire.Time) {
	if o.heartbeat > 0 {
		o.heartbeatAt = after(now, o.heartbeat)
		s.arm(timer{due: o.heartbeatAt, kind: timerHeartbeat, op: o.Id})
	}
}

func (o *op) end(f *Fact, status wire.OperationStatus) *op {
	o.Status = status
	o.EndTimestamp = f.At
	return o
}

func (o *op) endCallback(f *Fact, status wire.OperationStatus) *op {
	o.CallbackDetails.Result, o.CallbackDetails.Error = f.Payload, f.Error
	o.timeoutAt, o.heartbeatAt = 0, 0
	return o.end(f, status)
}

func (o *op) endChained(f *Fact, status wire.OperationStatus) *op {
	o.ChainedInvokeDetails.Result, o.ChainedInvokeDetails.Error = f.Payload, f.Error
	o.input, o.inputAt = nil, 0
	return o.end(f, status)
}

// Rebuild gives the state that the stored facts of an execution lead to. Facts that no execution
// can have are an error.
func Rebuild(facts []Fact, limits *Limits) (*State, error) {
	s := &State{limits: limits, ops: map[string]*op{}}
	s.overlay = s.ops // nobody else sees this state yet: operations are changed in place
	for i := range facts {
		if err := s.fold(&facts[i]); err != nil {
			return nil, fmt.Errorf("fact %d, %s: %w", i+1, facts[i].Kind, err)
		}
	}
	if len(facts) == 0 {
		return nil, errors.New("there are no facts")
	}
	s.overlay = nil
	s.timers.push(s.newTimers)
	s.newTimers = nil
	return s, nil
}

// after gives the moment some whole seconds later.
func after(t wire.Time, seconds int) wire.Time {
	return t + wire.Time(seconds)*wire.Time(time.Second/time.Millisecond)
}

// cloneOperation copies what an operation points to, as far as it can change.
func cloneOperation(o *wire.Operation) wire.Operation {
	c := *o
	if d := o.ExecutionDetails; d != nil {
		d := *d
		c.ExecutionDetails = &d
	}
	if d := o.ContextDetails; d != nil {
		d := *d
		d.Error = cloneError(d.Error)
		c.ContextDetails = &d
	}
	if d := o.StepDetails; d != nil {
		d := *d
		d.Error = cloneError(d.Error)
		c.StepDetails = &d
	}
	if d := o.WaitDetails; d != nil {
		d := *d
		c.WaitDetails = &d
	}
	if d := o.CallbackDetails; d != nil {
		d := *d
		d.Error = cloneError(d.Error)
		c.CallbackDetails = &d
	}
	if d := o.ChainedInvokeDetails; d != nil {
		d := *d
		d.Error = cloneError(d.Error)
		c.ChainedInvokeDetails = &d
	}
	return c
}
