package durable

import (
	"context"
	"time"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Plugin observes executions, for tracing and the like: package durableotel has one that
// makes OpenTelemetry's traces and metrics. Embed [NoPlugin] and override what you need. A
// plugin sees every invocation anew, in whatever process runs it, and may be called
// by several goroutines at once; its panics are swallowed. It must not block: the
// workflow waits for it.
//
// A context that a hook returns, if not nil, must be derived from the one it was given.
type Plugin interface {
	// InvocationStart comes before the workflow's code, InvocationEnd after it, in
	// every invocation. What InvocationStart returns is the context of all that the
	// invocation does, the hooks below included.
	InvocationStart(context.Context, InvocationInfo) context.Context
	InvocationEnd(context.Context, InvocationInfo)

	// OperationStart comes when an operation starts, and with Replay set in each
	// later invocation that finds it unfinished. OperationEnd comes once, when it
	// is first seen to have ended; a process that dies just then takes it along.
	OperationStart(context.Context, OperationInfo)
	OperationEnd(context.Context, OperationInfo)

	// AttemptStart and AttemptEnd come around every run of a step's body or a
	// condition's check. What AttemptStart returns becomes the body's context, and
	// that of AttemptEnd.
	AttemptStart(context.Context, AttemptInfo) context.Context
	AttemptEnd(context.Context, AttemptInfo)

	// FunctionStart and FunctionEnd come around every run of the body of a child
	// context, an item or a branch. What FunctionStart returns is what
	// [Context.GoContext] gives in there, and the context of FunctionEnd.
	FunctionStart(context.Context, FunctionInfo) context.Context
	FunctionEnd(context.Context, FunctionInfo)

	// OperationChange comes when the service tells of operations that changed.
	OperationChange(context.Context, ChangeInfo)

	// InvokeTrace comes before a function is invoked, and gives the X-Ray trace header
	// that its execution gets; empty, as from all but one plugin, is that of this one.
	InvokeTrace(context.Context, OperationInfo) string
}

// NoPlugin is a plugin that does nothing.
type NoPlugin struct{}

func (NoPlugin) InvocationStart(ctx context.Context, _ InvocationInfo) context.Context { return ctx }
func (NoPlugin) InvocationEnd(context.Context, InvocationInfo)                         {}
func (NoPlugin) OperationStart(context.Context, OperationInfo)                         {}
func (NoPlugin) OperationEnd(context.Context, OperationInfo)                           {}
func (NoPlugin) AttemptStart(ctx context.Context, _ AttemptInfo) context.Context       { return ctx }
func (NoPlugin) AttemptEnd(context.Context, AttemptInfo)                               {}
func (NoPlugin) FunctionStart(ctx context.Context, _ FunctionInfo) context.Context     { return ctx }
func (NoPlugin) FunctionEnd(context.Context, FunctionInfo)                             {}
func (NoPlugin) OperationChange(context.Context, ChangeInfo)                           {}
func (NoPlugin) InvokeTrace(context.Context, OperationInfo) string                     { return "" }

var _ Plugin = NoPlugin{}

// Times that plugins are told are in UTC. What is on record has the service's; At, and the
// times of an attempt, are by this machine's clock, as what a step observes itself, or by
// the service's where waits are skipped and the two have parted.

// InvocationInfo tells of an invocation.
type InvocationInfo struct {
	// Function is the name in the function's definition.
	ExecutionARN, RequestID, Function string
	// At is when it started or, at its end, ended.
	At time.Time
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

// OperationInfo tells of an operation. Start and End are on record; End is zero until it
// has ended. Result is the recorded text.
type OperationInfo struct {
	ExecutionARN, ID, ParentID, Name string
	// Within is the ID of the context that the operation stands in: ParentID, or that of
	// one in between which leaves no record.
	Within     string
	At         time.Time // when the hook was called
	Type       wire.OperationType
	SubType    string
	Status     wire.OperationStatus
	Start, End time.Time
	Attempt    int // the number of the attempt, of a step
	Replay     bool
	Result     *string
	Error      *wire.ErrorObject
}

// AttemptInfo tells of an attempt. At its end Status is SUCCEEDED or FAILED.
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
	Within                           string // as of an operation
	Type                             wire.OperationType
	SubType                          string
	Virtual                          bool      // no operation of its own is on record
	At                               time.Time // when the hook was called
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

// derive lets every plugin derive a context from that of the one before it.
func (inv *invocation) derive(ctx context.Context, call func(Plugin, context.Context) context.Context) context.Context {
	inv.hook(func(p Plugin) {
		if derived := call(p, ctx); derived != nil {
			ctx = derived
		}
	})
	return ctx
}

// infoLocked describes an operation.
func (inv *invocation) infoLocked(op *operation) OperationInfo {
	rec := &op.rec
	info := OperationInfo{
		ExecutionARN: inv.arn, ID: rec.Id, ParentID: rec.ParentId, Name: rec.Name, Type: rec.Type, SubType: rec.SubType,
		Status: rec.Status, Start: rec.StartTimestamp.Go(), End: rec.EndTimestamp.Go(), Within: inv.within[op], At: inv.clock.near(),
	}
	if info.Status == "" {
		info.Status = wire.StatusStarted
	}
	if info.Start.IsZero() {
		info.Start = info.At
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
		ExecutionARN: inv.arn, RequestID: inv.requestID, Function: inv.fn.def.Name, At: inv.clock.near(), First: inv.loaded == 1, Operations: inv.loaded,
		ExecutionStart: inv.started, Input: inv.input,
	}
	for _, id := range inv.updatedIDs {
		if op := inv.ops[id]; op != nil {
			info.Updated = append(info.Updated, inv.infoLocked(op))
		}
	}
	return info
}

// observeStart gives the context of the invocation.
func (inv *invocation) observeStart() context.Context {
	if len(inv.plugins) == 0 {
		return inv.ctx
	}
	info := inv.invocationInfo()
	return inv.derive(inv.ctx, func(p Plugin, ctx context.Context) context.Context { return p.InvocationStart(ctx, info) })
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
	inv.hook(func(p Plugin) { p.InvocationEnd(inv.ctx, info) })
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
			info.Updated[op.rec.Id] = inv.infoLocked(op)
		}
	}
	info.All = func() map[string]OperationInfo {
		inv.mu.Lock()
		defer inv.mu.Unlock()
		all := make(map[string]OperationInfo, len(inv.ops))
		for id, op := range inv.ops {
			if op.rec.Status != "" {
				all[id] = inv.infoLocked(op)
			}
		}
		return all
	}
	inv.mu.Unlock()
	inv.hook(func(p Plugin) { p.OperationChange(inv.ctx, info) })
	inv.mu.Lock()
}

// observeClaimLocked tells of an operation that starts, or that is found
// unfinished. The lock is released meanwhile.
func (inv *invocation) observeClaimLocked(c *Context, op *operation, replay bool) {
	if len(inv.plugins) == 0 {
		return
	}
	if inv.within == nil {
		inv.within = map[*operation]string{}
	}
	if inv.within[op] = c.scope.observedID(); op.rec.Status.Terminal() {
		return
	}
	info := inv.infoLocked(op)
	info.Replay = replay
	inv.mu.Unlock()
	inv.hook(func(p Plugin) { p.OperationStart(inv.ctx, info) })
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
	info := inv.infoLocked(op)
	inv.mu.Unlock()
	inv.hook(func(p Plugin) { p.OperationEnd(inv.ctx, info) })
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
	return FunctionInfo{
		ExecutionARN: inv.arn, ID: sc.observedID(), ParentID: sc.parent.id, Within: sc.parent.observedID(), Name: sc.spec.name,
		Type: sc.spec.typ, SubType: sc.spec.subType, Virtual: sc.op == nil, At: inv.clock.near(), ReplayingChildren: sc.replayingLocked(),
	}, true
}

// observedID is the ID of a scope, also of one that leaves no record; empty for the workflow.
func (s *scope) observedID() string {
	switch {
	case s.parent == nil:
		return ""
	case s.op != nil:
		return s.op.id
	}
	return opid.Of(s.path)
}

func (c *Context) observeEntered() {
	info, ok := c.functionInfo()
	if !ok {
		return
	}
	info.Status = wire.StatusStarted
	c.scope.ctx = c.scope.inv.derive(c.task.region.ctx, func(p Plugin, ctx context.Context) context.Context { return p.FunctionStart(ctx, info) })
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
	ctx := c.GoContext()
	c.scope.inv.hook(func(p Plugin) { p.FunctionEnd(ctx, info) })
}

// invokeTraceLocked asks for the trace header of what op invokes. The lock is released
// meanwhile.
func (inv *invocation) invokeTraceLocked(op *operation) (header string) {
	if len(inv.plugins) == 0 {
		return ""
	}
	info := inv.infoLocked(op)
	inv.mu.Unlock()
	defer inv.mu.Lock()
	inv.hook(func(p Plugin) {
		if h := p.InvokeTrace(inv.ctx, info); h != "" {
			header = h
		}
	})
	return header
}

// observe tells of an attempt that begins, and gives the body's context.
func (a *attemptContext) observe(ctx context.Context) (context.Context, AttemptInfo) {
	rec := &a.op.rec
	a.inv.mu.Lock()
	info := AttemptInfo{
		ExecutionARN: a.inv.arn, ID: rec.Id, ParentID: rec.ParentId, Name: rec.Name, Type: a.spec.typ, SubType: a.spec.subType,
		Attempt: a.number, Replay: a.op.loaded, Start: a.inv.clock.near(), Status: wire.StatusStarted,
	}
	a.inv.mu.Unlock()
	return a.inv.derive(ctx, func(p Plugin, ctx context.Context) context.Context { return p.AttemptStart(ctx, info) }), info
}

// observed tells of the end of an attempt.
func (a *attemptContext) observed(ctx context.Context, info AttemptInfo, err error) {
	a.inv.mu.Lock()
	info.End = a.inv.clock.near()
	a.inv.mu.Unlock()
	info.Status, info.Err = wire.StatusSucceeded, err
	if err != nil {
		info.Status = wire.StatusFailed
	}
	a.inv.hook(func(p Plugin) { p.AttemptEnd(ctx, info) })
}
