package core

import (
	"github.com/durablegen/durablegen/runtime/wire"
)

// holdMillis is how long the result of a chained invoke is held back while the
// invocation that asked for it still runs. A local target may be done before
// its caller could suspend, which on Lambda doesn't happen.
const holdMillis = 1000

// Target is what a chained invoke's function name leads to. Either Refusal is
// set (the whole checkpoint is refused), or Failure (the operation fails at
// once), or neither.
type Target struct {
	Refusal *wire.APIError
	Failure *wire.ErrorObject

	Durable          bool
	ARN              ARN // Name and ID empty
	ExecutionTimeout int
	RetentionDays    int
}

// ChainedDone is the outcome of a chained invoke.
type ChainedDone struct {
	Op     string
	Status wire.OperationStatus
	Result *string
	Error  *wire.ErrorObject
}

// EndChained ends a chained invoke. It returns nil if that has ended already, or the
// execution has.
func (s *State) EndChained(d ChainedDone, now wire.Time) *Change {
	o := s.lookup(d.Op)
	if s.Status.Closed() || o == nil || o.Type != wire.TypeChainedInvoke || o.Status.Terminal() {
		return nil
	}
	c := s.begin(now)
	if release := o.StartTimestamp + holdMillis; s.inv != nil && now < release {
		for _, h := range s.inv.held {
			if h.Op == d.Op {
				return nil
			}
		}
		inv := c.editInvocation()
		inv.held = append(inv.held, d)
		c.next.arm(timer{due: release, kind: timerHeld})
		return c
	}
	c.endChained(d)
	return c
}

func (c *Change) endChained(d ChainedDone) {
	o := c.next.lookup(d.Op)
	if o.Status.Terminal() {
		return
	}
	if limit := c.next.limits.ChainedInput; d.Result != nil && len(*d.Result) > limit {
		e := invalid("CHAINED_INVOKE output payload size must be less than or equal to %d bytes.", limit)
		d = ChainedDone{Op: d.Op, Status: wire.StatusFailed, Error: &wire.ErrorObject{ErrorType: e.Code, ErrorMessage: e.Message}}
	}
	kind := wire.EventChainedInvokeFailed
	switch d.Status {
	case wire.StatusSucceeded:
		kind = wire.EventChainedInvokeSucceeded
	case wire.StatusTimedOut:
		kind = wire.EventChainedInvokeTimedOut
	case wire.StatusStopped:
		kind = wire.EventChainedInvokeStopped
	}
	if kind != wire.EventChainedInvokeSucceeded && d.Error == nil {
		d.Error = &wire.ErrorObject{}
	}
	c.record(o, Fact{Kind: kind, Payload: d.Result, Error: d.Error})
}

// releaseHeld lets results take effect that were held back.
func (c *Change) releaseHeld() {
	inv := c.editInvocation()
	held := inv.held
	inv.held = nil
	for _, d := range held {
		c.endChained(d)
	}
}

// release does the same for an invocation that has just ended.
func (c *Change) release(inv *invocation) {
	for _, d := range inv.held {
		c.endChained(d)
	}
}

// Child gives the ARN of the execution that a chained invoke has started; empty if it has started none.
func (s *State) Child(op string) string {
	if o := s.lookup(op); o != nil {
		return o.child
	}
	return ""
}

// OpenChained lists the chained invokes that have no outcome yet: the child
// executions, and the calls of plain functions.
func (s *State) OpenChained() (children map[string]string, calls []Call) {
	children = map[string]string{}
	if s.Status.Closed() {
		return children, nil
	}
	for _, id := range s.order {
		o := s.lookup(id)
		if o.Type != wire.TypeChainedInvoke || o.Status.Terminal() {
			continue
		}
		if o.child != "" {
			children[o.Id] = o.child
		} else {
			calls = append(calls, Call{Op: o.Id, Parent: o.ParentId, Name: o.Name, At: o.StartTimestamp, Function: o.function, Version: o.version, Input: o.input, InputAt: o.inputAt, Trace: o.trace, TenantID: o.tenant})
		}
	}
	return children, calls
}
