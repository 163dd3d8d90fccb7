package core

import (
	"errors"
	"fmt"

	"github.com/durablegen/durablegen/runtime/wire"
)

// about says of a kind of fact what operation it is about.
type about struct {
	operation wire.OperationType
	// begins: it makes the operation. ends: it needs one that has begun. Both: it may do either.
	begins, ends bool
}

// abouts are the facts about operations; the others are about the execution.
var abouts = map[Kind]about{
	wire.EventContextStarted:         {wire.TypeContext, true, false},
	wire.EventContextSucceeded:       {wire.TypeContext, true, true},
	wire.EventContextFailed:          {wire.TypeContext, true, true},
	wire.EventStepStarted:            {wire.TypeStep, true, true},
	wire.EventStepSucceeded:          {wire.TypeStep, true, true},
	wire.EventStepFailed:             {wire.TypeStep, true, true},
	FactStepReady:                    {wire.TypeStep, true, true},
	wire.EventWaitStarted:            {wire.TypeWait, true, false},
	wire.EventWaitSucceeded:          {wire.TypeWait, false, true},
	wire.EventWaitCancelled:          {wire.TypeWait, false, true},
	wire.EventCallbackStarted:        {wire.TypeCallback, true, false},
	FactCallbackHeartbeat:            {wire.TypeCallback, false, true},
	wire.EventCallbackSucceeded:      {wire.TypeCallback, false, true},
	wire.EventCallbackFailed:         {wire.TypeCallback, false, true},
	wire.EventCallbackTimedOut:       {wire.TypeCallback, false, true},
	wire.EventChainedInvokeStarted:   {wire.TypeChainedInvoke, true, false},
	wire.EventChainedInvokeSucceeded: {wire.TypeChainedInvoke, false, true},
	wire.EventChainedInvokeFailed:    {wire.TypeChainedInvoke, false, true},
	wire.EventChainedInvokeTimedOut:  {wire.TypeChainedInvoke, false, true},
	wire.EventChainedInvokeStopped:   {wire.TypeChainedInvoke, false, true},
}

// mayFollow tells why a fact can't follow those before it. Commands are checked by the service's
// rules before they become facts; this is what folding them relies on.
func (s *State) mayFollow(f *Fact) error {
	if f.Event != 0 && f.Event != s.events+1 {
		return fmt.Errorf("it is event %d and follows event %d", f.Event, s.events)
	}
	switch {
	case f.Kind == wire.EventExecutionStarted:
		if s.Status != "" || f.Start == nil || f.Op == "" || f.Op != f.Start.ARN.ID || f.Parent != "" {
			return errors.New("the execution can't be started with it")
		}
		return nil
	case s.Status == "":
		return errors.New("the execution has not been started")
	case s.Status.Closed():
		return errors.New("the execution has ended before")
	}
	a, ok := abouts[f.Kind]
	if !ok {
		switch f.Kind {
		case FactExecutionPausing, wire.EventExecutionPaused, FactPauseCancelled, wire.EventExecutionResumed:
			return s.mayPause(f.Kind)
		case wire.EventExecutionSucceeded, wire.EventExecutionFailed, wire.EventExecutionTimedOut, wire.EventExecutionStopped,
			FactExecutionClosing, FactCopied, wire.EventInvocationCompleted:
			return nil
		}
		return errors.New("this version of durablegen does not know it")
	}
	o := s.lookup(f.Op)
	switch {
	case o == nil && !a.begins:
		return fmt.Errorf("there is no operation %q", f.Op)
	case o != nil && !a.ends:
		return fmt.Errorf("there is an operation %q already", f.Op)
	case o != nil && o.Type != a.operation:
		return fmt.Errorf("operation %q is a %s", f.Op, o.Type)
	case o != nil && o.Status.Terminal():
		return fmt.Errorf("operation %q has ended before", f.Op)
	case o == nil && f.Op == "":
		return errors.New("it names no operation")
	}
	if f.Kind == FactStepReady && (o == nil && s.Start.Repeats == nil || o != nil && o.Status != wire.StatusPending) {
		return fmt.Errorf("operation %q waits for nothing", f.Op)
	}
	if o == nil && f.Parent != "" {
		if p := s.lookup(f.Parent); p == nil || p.Type != wire.TypeContext {
			return fmt.Errorf("there is no context %q around it", f.Parent)
		}
	}
	return nil
}
