package durable

import (
	"context"
	"time"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Plugin observes executions, for tracing and the like: the example named Tracing
// makes a span of each operation. Embed [NoPlugin] and override what you need. A
// plugin sees every invocation anew, in whatever process runs it, and may be called
// by several goroutines at once; its panics are swallowed. It must not block: the
// workflow waits for it.
type Plugin interface {
	// InvocationStart comes before the workflow's code, InvocationEnd after it, in
	// every invocation.
	InvocationStart(InvocationInfo)
	InvocationEnd(InvocationInfo)

	// OperationStart comes when an operation starts, and with Replay set in each
	// later invocation that finds it unfinished. OperationEnd comes once, when it
	// is first seen to have ended; a process that dies just then takes it along.
	OperationStart(OperationInfo)
	OperationEnd(OperationInfo)

	// AttemptStart and AttemptEnd come around every run of a step's body or a
	// condition's check. What AttemptStart returns, if not nil, becomes the body's
	// context; it must be derived from ctx.
	AttemptStart(ctx context.Context, info AttemptInfo) context.Context
	AttemptEnd(AttemptInfo)

	// FunctionStart and FunctionEnd come around every run of the body of a child
	// context, an item or a branch.
	FunctionStart(FunctionInfo)
	FunctionEnd(FunctionInfo)

	// OperationChange comes when the service tells of operations that changed.
	OperationChange(ChangeInfo)
}

// NoPlugin is a plugin that does nothing.
type NoPlugin struct{}

func (NoPlugin) InvocationStart(InvocationInfo) {}
func (NoPlugin) InvocationEnd(InvocationInfo)   {}
func (NoPlugin) OperationStart(OperationInfo)   {}
func (NoPlugin) OperationEnd(OperationInfo)     {}
func (NoPlugin) AttemptStart(ctx context.Context, _ AttemptInfo) context.Context {
	return ctx
}
func (NoPlugin) AttemptEnd(AttemptInfo)     {}
func (NoPlugin) FunctionStart(FunctionInfo) {}
func (NoPlugin) FunctionEnd(FunctionInfo)   {}
func (NoPlugin) OperationChange(ChangeInfo) {}

var _ Plugin = NoPlugin{}

// InvocationInfo tells of an invocation.
type InvocationInfo struct {
	ExecutionARN, RequestID string
	// First: nothing of the execution has been recorded yet.
	First bool
	// Operations is how many are recorded, the execution itself included; Updated
	// are those that changed since the last invocation.
	Operations     int
	Updated        []OperationInfo
	ExecutionStart time.Time
	Input          *string

	// At the end: SUCCEEDED, FAILED, PENDING, or RETRYING if the service has to
	// invoke again because of Err.
	Status string
	Result *string
	Error  *wire.ErrorObject
	Err    error
}

// OperationInfo tells of an operation. Start and End are the service's times, in
// UTC; End is zero until it has ended. Result is the recorded text.
type OperationInfo struct {
	ExecutionARN, ID, ParentID, Name string
	Type                             wire.OperationType
	SubType                          string
	Status                           wire.OperationStatus
	Start, End                       time.Time
	Attempt                          int // the number of the attempt, of a step
	Replay                           bool
	Result                           *string
	Error                            *wire.ErrorObject
}

// AttemptInfo tells of an attempt. Start and End are this process's times, in UTC;
// at its end Status is SUCCEEDED or FAILED.
type AttemptInfo struct {
	ExecutionARN, ID, ParentID, Name string
	Type                             wire.OperationType
	SubType                          string
	Attempt                          int
	Replay                           bool // the operation was recorded in an earlier invocation
	Start, End                       time.Time
	Status                           wire.OperationStatus
	Err                              error
}

// FunctionInfo tells of a run of a context's body. At its end Status is SUCCEEDED,
// FAILED or, if it could not go on, PENDING.
type FunctionInfo struct {
	ExecutionARN, ID, ParentID, Name string
	Type                             wire.OperationType
	SubType                          string
	ReplayingChildren                bool
	Status                           wire.OperationStatus
	Err                              error
}

// ChangeInfo tells of operations that changed. All gives every operation of the
// execution by its ID; it may be called during the hook only.
type ChangeInfo struct {
	ExecutionARN string
	Updated      map[string]OperationInfo
	All          func() map[string]OperationInfo
}

// hook calls every plugin, and lets none disturb the others.
func (inv *invocation) hook(call func(Plugin)) {
	for _, p := range inv.plugins {
		func() {
			defer func() { _ = recover() }()
			call(p)
		}()
	}
}

// infoLocked describes an operation.
func (inv *invocation) infoLocked(rec *wire.Operation) OperationInfo {
	info := OperationInfo{
		ExecutionARN: inv.arn, ID: rec.Id, ParentID: rec.ParentId, Name: rec.Name, Type: rec.Type, SubType: rec.SubType,
		Status: rec.Status, Start: rec.StartTimestamp.Go(), End: rec.EndTimestamp.Go(),
	}
	if info.Status == "" {
		info.Status = wire.StatusStarted
	}
	if info.Start.IsZero() {
		info.Start = inv.clock.now().UTC()
	}
	switch {
	case rec.StepDetails != nil:
		info.Result, info.Error, info.Attempt = rec.StepDetails.Result, rec.StepDetails.Error, rec.StepDetails.Attempt
	case rec.ContextDetails != nil:
		info.Result, info.Error = rec.ContextDetails.Result, rec.ContextDetails.Error
	case rec.CallbackDetails != nil:
		info.Result, info.Error = rec.CallbackDetails.Result, rec.CallbackDetails.Error
	case rec.ChainedInvokeDetails != nil:
		info.Result, info.Error = rec.ChainedInvokeDetails.Result, rec.ChainedInvokeDetails.Error
	}
	if rec.Type == wire.TypeStep && !rec.Status.Terminal() {
		info.Attempt++ // the one that is under way or due
	}
	return info
}

func (inv *invocation) invocationInfo() InvocationInfo {
	info := InvocationInfo{
		ExecutionARN: inv.arn, RequestID: inv.requestID, First: inv.loaded == 1, Operations: inv.loaded,
		ExecutionStart: inv.started, Input: inv.input,
	}
	for _, id := range inv.updatedIDs {
		if op := inv.ops[id]; op != nil {
			info.Updated = append(info.Updated, inv.infoLocked(&op.rec))
		}
	}
	return info
}

func (inv *invocation) observeStart() {
	if len(inv.plugins) == 0 {
		return
	}
	info := inv.invocationInfo()
	inv.hook(func(p Plugin) { p.InvocationStart(info) })
}

func (inv *invocation) observeEnd(out wire.InvocationOutput, err error) {
	if len(inv.plugins) == 0 {
		return
	}
	inv.mu.Lock()
	info := inv.invocationInfo()
	inv.mu.Unlock()
	info.Status, info.Result, info.Error, info.Err = string(out.Status), out.Result, out.Error, err
	if err != nil {
		info.Status = "RETRYING"
	}
	inv.hook(func(p Plugin) { p.InvocationEnd(info) })
}

// observeChangeLocked tells of what an answer brought. The lock is released
// meanwhile.
func (inv *invocation) observeChangeLocked(changed []wire.Operation) {
	if len(changed) == 0 {
		return
	}
	info := ChangeInfo{ExecutionARN: inv.arn, Updated: make(map[string]OperationInfo, len(changed))}
	for i := range changed {
		if op := inv.ops[changed[i].Id]; op != nil {
			info.Updated[op.rec.Id] = inv.infoLocked(&op.rec)
		}
	}
	info.All = func() map[string]OperationInfo {
		inv.mu.Lock()
		defer inv.mu.Unlock()
		all := make(map[string]OperationInfo, len(inv.ops))
		for id, op := range inv.ops {
			if op.rec.Status != "" {
				all[id] = inv.infoLocked(&op.rec)
			}
		}
		return all
	}
	inv.mu.Unlock()
	inv.hook(func(p Plugin) { p.OperationChange(info) })
	inv.mu.Lock()
}

// observeClaimLocked tells of an operation that starts, or that is found
// unfinished. The lock is released meanwhile.
func (inv *invocation) observeClaimLocked(op *operation, replay bool) {
	if len(inv.plugins) == 0 || op.rec.Status.Terminal() {
		return
	}
	info := inv.infoLocked(&op.rec)
	info.Replay = replay
	inv.mu.Unlock()
	inv.hook(func(p Plugin) { p.OperationStart(info) })
	inv.mu.Lock()
}

// observeEnded tells of an operation that is first seen to have ended.
func (c *Context) observeEnded(op *operation) {
	inv := c.scope.inv
	if len(inv.plugins) == 0 || op == nil {
		return
	}
	inv.mu.Lock()
	inv.observeEndedLocked(op)
	inv.mu.Unlock()
}

func (inv *invocation) observeEndedLocked(op *operation) {
	if len(inv.plugins) == 0 || op == nil || !op.news || op.reported || !op.rec.Status.Terminal() {
		return
	}
	op.reported = true
	info := inv.infoLocked(&op.rec)
	inv.mu.Unlock()
	inv.hook(func(p Plugin) { p.OperationEnd(info) })
	inv.mu.Lock()
}

// functionInfo describes a run of c's scope. There is none for the workflow itself.
func (c *Context) functionInfo() (FunctionInfo, bool) {
	inv, sc := c.scope.inv, c.scope
	if len(inv.plugins) == 0 || sc.parent == nil {
		return FunctionInfo{}, false
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	id := opid.Of(sc.path)
	if sc.op != nil {
		id = sc.op.id
	}
	info := FunctionInfo{
		ExecutionARN: inv.arn, ID: id, ParentID: sc.parent.id, Name: sc.spec.name,
		Type: sc.spec.typ, SubType: sc.spec.subType, ReplayingChildren: sc.replayingLocked(),
	}
	return info, true
}

func (c *Context) observeEntered() {
	if info, ok := c.functionInfo(); ok {
		info.Status = wire.StatusStarted
		c.scope.inv.hook(func(p Plugin) { p.FunctionStart(info) })
	}
}

func (c *Context) observeLeft(err error) {
	info, ok := c.functionInfo()
	if !ok {
		return
	}
	info.Status, info.Err = wire.StatusSucceeded, err
	switch {
	case Catchable(err):
		info.Status = wire.StatusFailed
	case err != nil:
		info.Status = wire.StatusPending
	}
	c.scope.inv.hook(func(p Plugin) { p.FunctionEnd(info) })
}

// observeAttempt tells of an attempt that begins, and gives the body's context.
func (a *attemptContext) observe(ctx context.Context) (context.Context, AttemptInfo) {
	rec := &a.op.rec
	a.inv.mu.Lock()
	info := AttemptInfo{
		ExecutionARN: a.inv.arn, ID: rec.Id, ParentID: rec.ParentId, Name: rec.Name, Type: a.spec.typ, SubType: a.spec.subType,
		Attempt: a.number, Replay: a.op.loaded, Start: a.inv.clock.now().UTC(), Status: wire.StatusStarted,
	}
	a.inv.mu.Unlock()
	a.inv.hook(func(p Plugin) {
		if derived := p.AttemptStart(ctx, info); derived != nil {
			ctx = derived
		}
	})
	return ctx, info
}

// observed tells of the end of an attempt.
func (a *attemptContext) observed(info AttemptInfo, err error) {
	a.inv.mu.Lock()
	info.End = a.inv.clock.now().UTC()
	a.inv.mu.Unlock()
	info.Status, info.Err = wire.StatusSucceeded, err
	if err != nil {
		info.Status = wire.StatusFailed
	}
	a.inv.hook(func(p Plugin) { p.AttemptEnd(info) })
}
