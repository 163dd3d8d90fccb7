package core

import (
	"fmt"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Checkpoint is a handler's request to record updates.
type Checkpoint struct {
	Token       string
	ClientToken string
	Updates     []wire.OperationUpdate

	// Seed is random, and makes the IDs of callbacks and executions.
	Seed [16]byte
	// Resolve finds the target of the chained invoke that an update starts.
	Resolve func(u *wire.OperationUpdate) Target
}

// Checkpoint applies updates, all or none of them. A repeat of the last request
// gets the same answer and changes nothing.
func (s *State) Checkpoint(cmd *Checkpoint, now wire.Time) (*Change, error) {
	if err := checkConstraints(cmd); err != nil {
		return nil, err
	}
	if s.inv != nil && cmd.ClientToken != "" {
		if last := &s.inv.last; last.clientToken == cmd.ClientToken && last.checkpointToken == cmd.Token {
			return &Change{now: now, next: s, Output: cloneOutput(last.output)}, nil
		}
	}
	if err := s.checkToken(cmd.Token); err != nil {
		return nil, err
	}
	if err := checkBatch(cmd.Updates); err != nil {
		return nil, err
	}
	c := s.begin(now)
	c.Facts = make([]Fact, 0, len(cmd.Updates)+1)
	for i := range cmd.Updates {
		if err := c.update(cmd, &cmd.Updates[i]); err != nil {
			return nil, err
		}
		if c.overQuota(&cmd.Updates[i]) {
			break
		}
	}
	c.answer(cmd)
	return c, nil
}

// answer makes the response: what the batch touched, what the service has done
// of itself since the last one, and the next token.
func (c *Change) answer(cmd *Checkpoint) {
	inv := c.editInvocation()
	inv.seq++
	out := &wire.CheckpointOutput{}
	ops := make([]wire.Operation, 0, len(cmd.Updates)+len(inv.unseen))
	size := 0
	tell := func(id string) bool {
		for i := range ops {
			if ops[i].Id == id {
				return true
			}
		}
		o := c.next.lookup(id)
		if o == nil {
			return true
		}
		size += operationSize(&o.Operation) + o.size + o.size/8
		ops = append(ops, cloneOperation(&o.Operation))
		return size <= c.next.limits.Envelope
	}
	for i := range c.Facts {
		if f := &c.Facts[i]; f.Kind != FactExecutionClosing {
			tell(f.Op)
		}
	}
	// What doesn't fit any more is told with the next response.
	unseen := inv.unseen
	inv.unseen = nil
	for i, id := range unseen {
		if !tell(id) {
			inv.unseen = append(inv.unseen, unseen[i+1:]...)
			break
		}
	}
	out.NewExecutionState.Operations = ops
	switch {
	case c.next.closing != nil:
		inv.last = idempotency{}
	case c.next.Status == wire.ExecutionPausing:
		inv.cut = true
		c.pause()
	default:
		out.CheckpointToken = c.next.token()
	}
	if c.next.closing == nil {
		inv.last = idempotency{clientToken: cmd.ClientToken, checkpointToken: cmd.Token, output: out}
	}
	c.Output = cloneOutput(out)
}

func cloneOutput(o *wire.CheckpointOutput) *wire.CheckpointOutput {
	c := *o
	c.NewExecutionState.Operations = make([]wire.Operation, len(o.NewExecutionState.Operations))
	for i := range o.NewExecutionState.Operations {
		c.NewExecutionState.Operations[i] = cloneOperation(&o.NewExecutionState.Operations[i])
	}
	return &c
}

// checkBatch refuses what is wrong with the updates as a whole.
func checkBatch(updates []wire.OperationUpdate) error {
	executions := 0
	for i := range updates {
		if updates[i].Type == wire.TypeExecution {
			executions++
		}
	}
	if executions > 1 {
		return invalid("Cannot checkpoint multiple EXECUTION updates.")
	}
	if executions == 1 && updates[len(updates)-1].Type != wire.TypeExecution {
		return invalid("EXECUTION checkpoint must be the last update.")
	}
	if len(updates) < 2 {
		return nil
	}
	first := make(map[string]int, len(updates)) // index by ID; -1: the ID has been used twice
	for i := range updates {
		u := &updates[i]
		j, seen := first[u.Id]
		if !seen {
			first[u.Id] = i
			continue
		}
		if j < 0 || updates[j].Action != wire.ActionStart || updates[j].Type != u.Type || !followsStart(u) {
			return invalid("Cannot update the same operation twice in a single request.")
		}
		first[u.Id] = -1
	}
	return nil
}

// followsStart tells whether an update may come in the same batch as the START
// of its operation.
func followsStart(u *wire.OperationUpdate) bool {
	switch u.Action {
	case wire.ActionSucceed, wire.ActionFail:
		return u.Type == wire.TypeStep || u.Type == wire.TypeContext
	case wire.ActionRetry:
		return u.Type == wire.TypeStep
	}
	return false
}

// update checks one update against the state that the ones before it led to, and applies it.
func (c *Change) update(cmd *Checkpoint, u *wire.OperationUpdate) error {
	s := c.next
	if !validID(u.Id) {
		return invalid("Invalid operation id.")
	}
	o := s.lookup(u.Id)
	if o != nil {
		switch {
		case o.Type != u.Type:
			return invalid("Inconsistent operation type.")
		case u.SubType != "" && o.SubType != u.SubType:
			return invalid("Inconsistent operation subtype.")
		case u.Name != "" && o.Name != u.Name:
			return invalid("Inconsistent operation name.")
		case o.ParentId != u.ParentId:
			return invalid("Inconsistent parent operation id.")
		}
	}
	if u.ParentId != "" {
		if p := s.lookup(u.ParentId); p == nil || p.Type != wire.TypeContext {
			return invalid("Invalid parent operation id.")
		}
	}
	if err := s.checkSizes(u); err != nil {
		return err
	}
	if u.StepOptions != nil && !(u.Type == wire.TypeStep && u.Action == wire.ActionRetry) {
		return invalid("Invalid StepOptions for the given action.")
	}
	f := Fact{Op: u.Id, Parent: u.ParentId, Name: u.Name, SubType: u.SubType}
	if o != nil {
		f.Name, f.SubType = o.Name, o.SubType
	}
	switch u.Type {
	case wire.TypeExecution:
		return c.updateExecution(u)
	case wire.TypeContext:
		return c.updateContext(u, o, f)
	case wire.TypeStep:
		return c.updateStep(u, o, f)
	case wire.TypeWait:
		return c.updateWait(u, o, f)
	case wire.TypeCallback:
		return c.updateCallback(cmd, u, o, f)
	case wire.TypeChainedInvoke:
		return c.updateChained(cmd, u, o, f)
	}
	return invalid("Unknown operation type.")
}

func (c *Change) updateExecution(u *wire.OperationUpdate) error {
	f := Fact{Kind: FactExecutionClosing, Op: c.next.Start.ARN.ID}
	switch u.Action {
	case wire.ActionSucceed:
		if u.Error != nil {
			return errSucceedWithError()
		}
		f.Status, f.Payload = wire.ExecutionSucceeded, u.Payload
	case wire.ActionFail:
		if u.Payload != nil {
			return errFailWithPayload()
		}
		f.Status, f.Error = wire.ExecutionFailed, orEmpty(u.Error)
	default:
		return invalid("Invalid EXECUTION action.")
	}
	c.add(f)
	return nil
}

func (c *Change) updateContext(u *wire.OperationUpdate, o *op, f Fact) error {
	f.ReplayChildren = u.ContextOptions != nil && u.ContextOptions.ReplayChildren
	switch u.Action {
	case wire.ActionStart:
		if o != nil {
			return errExists(u.Type)
		}
		f.Kind = wire.EventContextStarted
		c.add(f)
		return nil
	case wire.ActionSucceed:
		if u.Error != nil {
			return errSucceedWithError()
		}
		f.Kind, f.Payload = wire.EventContextSucceeded, u.Payload
	case wire.ActionFail:
		if u.Payload != nil {
			return errFailWithPayload()
		}
		f.Kind, f.Error = wire.EventContextFailed, orEmpty(u.Error)
	default:
		return errAction()
	}
	if o != nil && o.Status != wire.StatusStarted {
		return invalid("Invalid current CONTEXT state to close.")
	}
	c.add(f)
	return nil
}

func (c *Change) updateStep(u *wire.OperationUpdate, o *op, f Fact) error {
	open := o == nil || o.Status == wire.StatusStarted || o.Status == wire.StatusReady
	f.Attempt = 1
	if o != nil {
		f.Attempt = o.StepDetails.Attempt + 1
	}
	switch u.Action {
	case wire.ActionStart:
		if o != nil && o.Status != wire.StatusReady {
			return invalid("Invalid current STEP state to start.")
		}
		f.Kind, f.Attempt = wire.EventStepStarted, 0
	case wire.ActionSucceed:
		if !open {
			return invalid("Invalid current STEP state to close.")
		}
		if u.Error != nil {
			return errSucceedWithError()
		}
		f.Kind, f.Payload = wire.EventStepSucceeded, u.Payload
	case wire.ActionFail:
		if !open {
			return invalid("Invalid current STEP state to close.")
		}
		if u.Payload != nil {
			return errFailWithPayload()
		}
		f.Kind, f.Error = wire.EventStepFailed, orEmpty(u.Error)
	case wire.ActionRetry:
		if !open {
			return invalid("Invalid current STEP state to re-attempt.")
		}
		if u.StepOptions == nil {
			return invalid("Invalid StepOptions for the given action.")
		}
		if u.Error != nil && u.Payload != nil {
			return invalid("Cannot provide both error and payload to RETRY a STEP.")
		}
		f.Kind, f.Payload, f.Error = wire.EventStepSucceeded, u.Payload, u.Error
		if u.Error != nil {
			f.Kind = wire.EventStepFailed
		}
		f.Delay = u.StepOptions.NextAttemptDelaySeconds
		f.Until = after(c.now, f.Delay)
	default:
		return errAction()
	}
	c.add(f)
	return nil
}

func (c *Change) updateWait(u *wire.OperationUpdate, o *op, f Fact) error {
	switch u.Action {
	case wire.ActionStart:
		if o != nil {
			return errExists(u.Type)
		}
		if u.WaitOptions == nil {
			return invalid("Update for WAIT operation requires WaitOptions.")
		}
		f.Kind = wire.EventWaitStarted
		f.Duration = u.WaitOptions.WaitSeconds
		f.Until = after(c.now, f.Duration)
	case wire.ActionCancel:
		if o == nil || o.Status != wire.StatusStarted {
			return invalid("Cannot cancel a WAIT that does not exist or has already completed.")
		}
		f.Kind, f.Error = wire.EventWaitCancelled, u.Error
	default:
		return errAction()
	}
	c.add(f)
	return nil
}

func (c *Change) updateCallback(cmd *Checkpoint, u *wire.OperationUpdate, o *op, f Fact) error {
	if u.Action != wire.ActionStart {
		return errAction()
	}
	if o != nil {
		return errExists(u.Type)
	}
	f.Kind = wire.EventCallbackStarted
	if u.CallbackOptions != nil {
		f.Duration, f.Heartbeat = u.CallbackOptions.TimeoutSeconds, u.CallbackOptions.HeartbeatTimeoutSeconds
	}
	f.CallbackID = encodeCallbackID(c.next.Start.ARN.ID, len(c.next.order), derive(cmd.Seed, "callback", u.Id))
	c.add(f)
	return nil
}

func (c *Change) updateChained(cmd *Checkpoint, u *wire.OperationUpdate, o *op, f Fact) error {
	if u.Action != wire.ActionStart {
		return errAction()
	}
	if o != nil {
		return errExists(u.Type)
	}
	opts := u.ChainedInvokeOptions
	if opts == nil {
		return invalid("Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.")
	}
	t := cmd.Resolve(u)
	if t.Refusal != nil {
		return t.Refusal
	}
	f.Kind, f.Payload = wire.EventChainedInvokeStarted, u.Payload
	f.Function, f.TenantID, f.Trace = opts.FunctionName, opts.TenantId, opts.XAmznTraceId
	if f.Trace == "" {
		f.Trace = c.next.Start.Trace
	}
	if t.Failure != nil {
		c.add(f)
		c.endChained(ChainedDone{Op: u.Id, Status: wire.StatusFailed, Error: t.Failure})
		return nil
	}
	f.Version = t.ARN.Version
	if t.Durable {
		arn := t.ARN
		arn.ID = FormatID(derive(cmd.Seed, "execution", u.Id))
		arn.Name = FormatID(derive(cmd.Seed, "name", u.Id))
		f.Child = arn.String()
		c.Children = append(c.Children, Child{Input: u.Payload, Start: Start{
			ARN: arn, ExecutionTimeout: t.ExecutionTimeout, RetentionDays: t.RetentionDays,
			Trace: f.Trace, TenantID: opts.TenantId,
			ParentARN: c.next.arn, ParentOp: u.Id,
		}})
	} else {
		c.Calls = append(c.Calls, Call{Op: u.Id, Parent: u.ParentId, Name: u.Name, At: c.now, Function: opts.FunctionName, Version: f.Version, Input: u.Payload, Trace: f.Trace, TenantID: opts.TenantId})
	}
	c.add(f)
	return nil
}

// overQuota ends the execution when it has grown beyond its limits.
func (c *Change) overQuota(u *wire.OperationUpdate) bool {
	s := c.next
	var e *wire.ErrorObject
	switch {
	case s.closing != nil:
		return false
	case len(s.order)-1-s.copied > s.limits.Operations:
		e = &wire.ErrorObject{
			ErrorType:    "Execution.OperationLimitExceeded",
			ErrorMessage: fmt.Sprintf("The execution has more than %d operations: operation %s is one too many.", s.limits.Operations, named(u)),
		}
	case s.stored > s.limits.StorageBytes:
		e = &wire.ErrorObject{
			ErrorType:    "Execution.StorageLimitExceeded",
			ErrorMessage: fmt.Sprintf("The execution has written more than %d bytes with operation %s.", s.limits.StorageBytes, named(u)),
		}
	default:
		return false
	}
	c.add(Fact{Kind: FactExecutionClosing, Op: s.Start.ARN.ID, Status: wire.ExecutionFailed, Error: e})
	return true
}

func named(u *wire.OperationUpdate) string {
	if u.Name == "" {
		return u.Id
	}
	return fmt.Sprintf("%q (%s)", u.Name, u.Id)
}

// checkSizes refuses payloads and errors that are too large.
func (s *State) checkSizes(u *wire.OperationUpdate) error {
	if err := s.checkError(u.Error); err != nil {
		return err
	}
	if u.Payload == nil {
		return nil
	}
	n := len(*u.Payload)
	switch u.Type {
	case wire.TypeExecution:
		if limit := s.outputLimit(); n > limit {
			return invalid("Execution output payload size must be less than or equal to %d bytes.", limit)
		}
	case wire.TypeChainedInvoke:
		if n > s.limits.ChainedInput {
			return invalid("CHAINED_INVOKE input payload size must be less than or equal to %d bytes.", s.limits.ChainedInput)
		}
	default:
		if n > s.limits.Payload {
			return invalid("%s output payload size must be less than or equal to %d bytes.", u.Type, s.limits.Payload)
		}
	}
	return nil
}

func (s *State) checkError(e *wire.ErrorObject) *wire.APIError {
	if errorSize(e) > s.limits.ErrorObject {
		return invalid("Error object size must be less than or equal to %d bytes.", s.limits.ErrorObject)
	}
	return nil
}

func orEmpty(e *wire.ErrorObject) *wire.ErrorObject {
	if e == nil {
		return &wire.ErrorObject{}
	}
	return e
}

func errAction() error { return invalid("Invalid action for the given operation type.") }

func errExists(t wire.OperationType) error {
	return invalid("Cannot start a %s that already exist.", t)
}

func errSucceedWithError() error { return invalid("Cannot provide an Error for SUCCEED action.") }

func errFailWithPayload() error { return invalid("Cannot provide a Payload for FAIL action.") }

// validID tells whether an operation may have this ID.
func validID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := 0; i < len(id); i++ {
		if c := id[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
