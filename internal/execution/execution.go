// Package execution tells what has happened in an execution, from its history: which
// operations there are, how each stands, and what is waited for.
//
// It is the one model that progress in a terminal, `show`, the console and diagrams of
// runs are made of. It knows no workflow: what an operation is in a .flow file, its
// path leads to.
package execution

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Execution is an execution as far as its history tells. The zero value is one of which
// nothing is known.
type Execution struct {
	Status     wire.ExecutionStatus // empty until it has ended
	Started    time.Time
	Paused     time.Time         // since when nothing is invoked; zero unless it is paused
	Error      *wire.ErrorObject // why it failed, timed out or was stopped
	Operations []*Operation      // in the order in which they began
	Last       int               // the number of the newest event
	After      string            // the name of the one as which its workflow has gone on; empty if it has not

	byID map[string]*Operation
}

// Of gives the execution that has a history.
func Of(events []wire.Event) *Execution {
	x := new(Execution)
	for i := range events {
		x.Apply(&events[i])
	}
	return x
}

// Operation gives the operation of an ID; nil if it has not begun.
func (x *Execution) Operation(id string) *Operation { return x.byID[id] }

// Ended reports whether nothing more can happen.
func (x *Execution) Ended() bool { return x.Status != "" }

// Top gives the operations that lie in no other.
func (x *Execution) Top() []*Operation {
	var top []*Operation
	for _, o := range x.Operations {
		if o.Parent == nil {
			top = append(top, o)
		}
	}
	return top
}

// Waits gives what the execution waits for, the longest first: the innermost operations
// that are open, and whose scopes are.
func (x *Execution) Waits() []*Operation {
	outer := map[*Operation]bool{}
	for _, o := range x.Operations {
		if o.Open() && o.Parent != nil && !o.Folded() {
			outer[o.Parent] = true
		}
	}
	var open []*Operation
	for _, o := range x.Operations {
		if o.Open() && !outer[o] && !o.Folded() && o.What() != "context" {
			open = append(open, o)
		}
	}
	slices.SortStableFunc(open, func(a, b *Operation) int { return a.Started.Compare(b.Started) })
	return open
}

// Apply takes the next event in. It gives the operation that the event is about; nil
// if it is about the execution.
func (x *Execution) Apply(e *wire.Event) *Operation {
	x.Last = e.EventId
	if kind, ok := strings.CutPrefix(string(e.EventType), "Execution"); ok {
		switch kind {
		case "Started":
			x.Started = e.EventTimestamp.Go()
		case "Paused":
			x.Paused = e.EventTimestamp.Go()
		case "Resumed":
			x.Paused = time.Time{}
		default:
			x.Paused = time.Time{}
			x.Status, x.Error = statuses[kind], ErrorOf(e)
			if _, result := Payloads(e); result != nil {
				link, _ := chain.FromResult(result)
				x.After = link.To
			}
		}
		return nil
	}
	if e.Id == "" {
		return nil
	}
	o := x.byID[e.Id]
	if o == nil {
		o = x.add(e)
	}
	o.apply(e)
	if o.Folded() {
		o.fold()
	}
	return o
}

var statuses = map[string]wire.ExecutionStatus{
	"Succeeded": wire.ExecutionSucceeded, "Failed": wire.ExecutionFailed, "TimedOut": wire.ExecutionTimedOut, "Stopped": wire.ExecutionStopped,
}

func (x *Execution) add(e *wire.Event) *Operation {
	o := &Operation{ID: e.Id, Parent: x.byID[e.ParentId], Name: e.Name, SubType: e.SubType, Started: e.EventTimestamp.Go(), Winner: -1, execution: x}
	o.Path = o.path()
	o.Undoes = x.undone(e.Id)
	if x.byID == nil {
		x.byID = map[string]*Operation{}
	}
	x.byID[e.Id] = o
	if base, _, calling := opid.Callee(e.Id); calling {
		x.byID[base] = o
	}
	x.Operations = append(x.Operations, o)
	if o.Parent != nil {
		o.Parent.Children = append(o.Parent.Children, o)
	}
	return o
}

// undone gives the operation that the one of an ID undoes; nil if it undoes none.
func (x *Execution) undone(id string) *Operation {
	if base, _, calling := opid.Callee(id); calling {
		id = base
	}
	path, undo := strings.CutSuffix(id, opid.Undo)
	if !undo {
		return nil
	}
	for _, id := range opid.Bases(path) {
		if o := x.byID[id]; o != nil {
			return o
		}
	}
	return nil
}

// nextAttempt gives when a step is tried, or a poll asked, again after an event; zero if
// it is not.
func nextAttempt(e *wire.Event) time.Time {
	d := StepEnded(e)
	if d == nil || d.RetryDetails == nil || d.RetryDetails.NextAttemptDelaySeconds == 0 {
		return time.Time{}
	}
	return after(e, d.RetryDetails.NextAttemptDelaySeconds)
}

func after(e *wire.Event, seconds int) time.Time {
	if seconds <= 0 {
		return time.Time{}
	}
	return e.EventTimestamp.Go().Add(time.Duration(seconds) * time.Second)
}

// StepEnded gives the details of an event that ends an attempt of a step; nil for
// others.
func StepEnded(e *wire.Event) *wire.StepEndedDetails {
	if e.StepSucceededDetails != nil {
		return e.StepSucceededDetails
	}
	return e.StepFailedDetails
}

// ErrorOf gives the error that an event carries; nil if it carries none.
func ErrorOf(e *wire.Event) *wire.ErrorObject {
	if d := e.StepFailedDetails; d != nil && d.Error != nil {
		return d.Error.Payload
	}
	if d := e.InvocationCompletedDetails; d != nil && d.Error != nil {
		return d.Error.Payload
	}
	for _, d := range []*wire.ErrorDetails{
		e.ExecutionFailedDetails, e.ExecutionTimedOutDetails, e.ExecutionStoppedDetails, e.ContextFailedDetails, e.WaitCancelledDetails,
		e.CallbackFailedDetails, e.CallbackTimedOutDetails, e.ChainedInvokeFailedDetails, e.ChainedInvokeTimedOutDetails, e.ChainedInvokeStoppedDetails,
	} {
		if d != nil && d.Error != nil && d.Error.Payload != nil {
			return d.Error.Payload
		}
	}
	return nil
}

// Payloads gives the input and the result that an event carries; nil for one that it does
// not.
func Payloads(e *wire.Event) (input, result *string) {
	var in, out *wire.EventPayload
	if d := e.ExecutionStartedDetails; d != nil {
		in = d.Input
	}
	if d := e.ChainedInvokeStartedDetails; d != nil {
		in = d.Input
	}
	if d := StepEnded(e); d != nil {
		out = d.Result
	}
	for _, d := range []*wire.ResultDetails{e.ExecutionSucceededDetails, e.ContextSucceededDetails, e.CallbackSucceededDetails, e.ChainedInvokeSucceededDetails} {
		if d != nil {
			out = d.Result
		}
	}
	return payload(in), payload(out)
}

func payload(p *wire.EventPayload) *string {
	if p == nil {
		return nil
	}
	return p.Payload
}

// choice gives why a map or parallel has ended, and which case of a select has won. A
// batch that its items have failed hands the failure to the scope around, and is recorded
// as succeeded.
func choice(e *wire.Event) (reason string, winner int) {
	_, result := Payloads(e)
	switch {
	case result == nil:
	case e.SubType == wire.SubTypeMap || e.SubType == wire.SubTypeParallel:
		var outcome struct {
			CompletionReason string `json:"completionReason"`
		}
		if json.Unmarshal([]byte(*result), &outcome) == nil {
			return outcome.CompletionReason, -1
		}
	case strings.HasPrefix(*result, `{"winner":`) || strings.HasPrefix(*result, `{"index":`):
		var won struct{ Index *int }
		if json.Unmarshal([]byte(*result), &won) == nil && won.Index != nil {
			return "", *won.Index
		}
	}
	return "", -1
}

// UndoneSince gives the operations that had ended when one began, and were undone after that: a run
// from that one on has them on record as done.
func UndoneSince(events []wire.Event, from string) []*Operation {
	i := slices.IndexFunc(events, func(e wire.Event) bool { return e.Id == from })
	if i < 0 {
		return nil
	}
	before := Of(events[:i])
	var found []*Operation
	for _, o := range Of(events).Operations {
		if b := before.Operation(o.ID); o.Undone && b != nil && b.Over() && !b.Undone {
			found = append(found, o)
		}
	}
	return found
}
