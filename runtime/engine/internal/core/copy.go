package core

import (
	"fmt"
	"slices"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Copy starts an execution with the records of one that has ended, whose facts are given. They are
// followed by a [FactCopied]: what comes before it has happened to the other one.
//
// What the service was at for the other one is not gone on with: nobody can answer its callbacks
// any more, which have failed with that, and functions that are not durable are not called again. The
// executions that it had started tell their outcomes: child gives them, or why there is none.
func Copy(start Start, facts []Fact, child func(arn string) (ChainedDone, error), limits *Limits, now wire.Time) (*Change, error) {
	c := Begin(start, facts[0].Payload, limits, now)
	var open []string
	again := failedSince(facts)
	for i := range facts[1:] {
		f := facts[1:][i]
		if again[f.Op] {
			continue
		}
		if f.Kind == FactCopied {
			open = append(open, f.Open...)
		}
		if _, ok := abouts[f.Kind]; !ok {
			continue // it is about the other execution as a whole
		}
		if f.Event != 0 {
			f.Event = c.next.events + 1
		}
		c.Facts = append(c.Facts, f)
		if err := c.next.fold(&f); err != nil {
			return nil, fmt.Errorf("fact %d, %s: %w", i+2, f.Kind, err)
		}
	}
	for _, id := range slices.Clone(c.next.order) {
		o := c.next.lookup(id)
		if o.Status.Terminal() {
			continue
		}
		switch o.Type {
		case wire.TypeStep:
			if o.Status == wire.StatusPending {
				c.record(o, Fact{Kind: FactStepReady})
			}
		case wire.TypeWait:
		case wire.TypeCallback:
			c.record(o, Fact{Kind: wire.EventCallbackFailed, Error: &wire.ErrorObject{
				ErrorType: "Callback.Lost", ErrorMessage: "the execution that had opened the callback ended without an answer",
			}})
		case wire.TypeChainedInvoke:
			if o.child != "" {
				done, err := child(o.child)
				if err != nil {
					return nil, err
				}
				done.Op = id
				c.endChained(done)
				break
			}
			c.endChained(ChainedDone{Op: id, Status: wire.StatusStopped, Error: &wire.ErrorObject{
				ErrorType: "ChainedInvoke.Lost", ErrorMessage: "the execution that had called the function ended before it answered",
			}})
		default:
			continue
		}
		open = append(open, id)
	}
	c.add(Fact{Kind: FactCopied, Op: start.ARN.ID, Open: unique(open)})
	return c, nil
}

// failedSince gives the operations that have failed, with all that is in them, since facts were
// copied, if they were: undos, which are to be tried again. That a step was interrupted stays known.
func failedSince(facts []Fact) map[string]bool {
	from := len(facts)
	for i := range facts {
		if facts[i].Kind == FactCopied {
			from = i
		}
	}
	failed := map[string]bool{}
	for i := range facts[from:] {
		f := &facts[from:][i]
		if f.Kind == wire.EventContextFailed || f.Kind == wire.EventStepFailed && f.Delay == 0 && f.Error.ErrorType != "Interrupted" {
			failed[f.Op] = true
		}
	}
	for i := range facts {
		if f := &facts[i]; failed[f.Parent] {
			failed[f.Op] = true
		}
	}
	return failed
}

// foldCopied ends what is another execution's. None of it counts for this one's limits, and
// none of it is news.
func (s *State) foldCopied(f *Fact) {
	for _, id := range s.order {
		if o := s.lookup(id); o.Type == wire.TypeStep && !o.Status.Terminal() {
			s.edit(id).copied = true
		}
	}
	s.copied, s.open = len(s.order)-1, f.Open
	s.stored, s.updated = 0, nil
	s.gotOn, s.wake = false, true
}

// undo is the order that an execution has which undoes another one.
func (s *State) undo() *wire.Undo {
	o := s.Start.Undoes
	if o == nil {
		return nil
	}
	return &wire.Undo{Arn: o.ARN, StartTimestamp: o.Started, Reason: o.Reason, Open: s.open}
}

// CopyUntil starts an execution with the input of one that has ended, whose facts are given, and with
// the records of what had ended in it before an operation of it began. What was under way then,
// and is waited for, begins anew at its place in the record, and is named by anew: a wait has all of its
// time, a callback an ID of its own, and what asks for an answer asks again. So that it can,
// cmd finds the targets of chained invokes. As in [Copy], a [FactCopied] follows the records.
//
// It tells whether there is such an operation.
func CopyUntil(start Start, facts []Fact, from string, cmd *Checkpoint, limits *Limits, now wire.Time) (c *Change, anew []string, found bool, err error) {
	until := slices.IndexFunc(facts, func(f Fact) bool { _, ok := abouts[f.Kind]; return ok && f.Op == from })
	if until < 0 {
		return nil, nil, false, nil
	}
	s, err := Rebuild(facts[:until], limits)
	if err != nil {
		return nil, nil, true, err
	}
	late, asking := s.settled()
	c = Begin(start, facts[0].Payload, limits, now)
	for i := range facts[1:until] {
		f := facts[1:][i]
		o := s.ops[f.Op]
		if _, ok := abouts[f.Kind]; !ok || asking[f.Parent] {
			continue
		}
		open := !o.Status.Terminal()
		if open && o.Type == wire.TypeCallback || open && !late[f.Op] && o.Type != wire.TypeContext {
			if c.next.lookup(f.Op) == nil {
				anew = append(anew, f.Op)
				if err := c.beginAnew(f, o, cmd); err != nil {
					return nil, nil, true, err
				}
			}
			continue
		}
		if asking[f.Op] {
			anew = append(anew, f.Op)
		}
		if f.Event != 0 {
			f.Event = c.next.events + 1
		}
		c.Facts = append(c.Facts, f)
		if err := c.next.fold(&f); err != nil {
			return nil, nil, true, fmt.Errorf("fact %d, %s: %w", i+2, f.Kind, err)
		}
	}
	for _, id := range slices.Clone(c.next.order) {
		if o := c.next.lookup(id); o.Type == wire.TypeChainedInvoke && !o.Status.Terminal() && late[id] {
			c.endChained(ChainedDone{Op: id, Status: wire.StatusStopped, Error: &wire.ErrorObject{
				ErrorType: "ChainedInvoke.Lost", ErrorMessage: "nobody waited for it any more when the execution was run again",
			}})
		}
	}
	c.add(Fact{Kind: FactCopied, Op: start.ARN.ID})
	return c, anew, true, nil
}

// settled tells which operations have ended or are in a context that has; and which ask for the answer
// to a callback, and have not ended, with what is in them.
func (s *State) settled() (late, asking map[string]bool) {
	late, asking = map[string]bool{}, map[string]bool{}
	for _, id := range s.order[1:] {
		o := s.ops[id]
		late[id] = o.Status.Terminal() || late[o.ParentId]
		asking[id] = !late[id] && o.SubType == wire.SubTypeWaitForCallback || asking[o.ParentId]
	}
	return late, asking
}

// beginAnew begins an operation of another execution, which had begun there with a fact.
func (c *Change) beginAnew(f Fact, o *op, cmd *Checkpoint) error {
	begun := Fact{Kind: f.Kind, Op: f.Op, Parent: f.Parent, Name: f.Name, SubType: f.SubType}
	u := wire.OperationUpdate{Id: f.Op, ParentId: f.Parent, Name: f.Name, SubType: f.SubType, Type: o.Type, Action: wire.ActionStart}
	switch o.Type {
	case wire.TypeStep:
		begun.Kind = FactStepReady // no attempt of it has been made
		c.add(begun)
		return nil
	case wire.TypeWait:
		u.WaitOptions = &wire.WaitOptions{WaitSeconds: f.Duration}
		return c.updateWait(&u, nil, begun)
	case wire.TypeCallback:
		u.CallbackOptions = &wire.CallbackOptions{TimeoutSeconds: f.Duration, HeartbeatTimeoutSeconds: f.Heartbeat}
		return c.updateCallback(cmd, &u, nil, begun)
	}
	u.Payload = f.Payload
	u.ChainedInvokeOptions = &wire.ChainedInvokeOptions{FunctionName: f.Function, TenantId: f.TenantID, XAmznTraceId: f.Trace}
	return c.updateChained(cmd, &u, nil, begun)
}
