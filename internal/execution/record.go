package execution

import (
	"fmt"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Record gives the operations that a history tells of, as the service hands them to the
// function: first the execution itself. missing names what the history lacks of them, for
// which it was read without data or cut.
//
// A history does not tell that a context has to be entered again for the undos that it
// registered; it is taken so where its result is not stored.
func Record(events []wire.Event) (operations []wire.Operation, missing []string) {
	at := map[string]int{}
	lack := func(e *wire.Event, what string) {
		missing = append(missing, fmt.Sprintf("event %d (%s): %s", e.EventId, e.EventType, what))
	}
	for i := range events {
		e := &events[i]
		input, result := Payloads(e)
		if e.EventType == wire.EventExecutionStarted {
			if d := e.ExecutionStartedDetails; d != nil && d.Input != nil && d.Input.Truncated {
				lack(e, "its input")
			}
			operations = append(operations, wire.Operation{
				Id: "execution", Type: wire.TypeExecution, Status: wire.StatusStarted,
				StartTimestamp: wire.TimeOf(e.EventTimestamp.Go()), ExecutionDetails: &wire.ExecutionDetails{InputPayload: input},
			})
			continue
		}
		kind, what := cutEnd(e.EventType)
		typ, ok := types[kind]
		if !ok || e.Id == "" {
			continue
		}
		k, known := at[e.Id]
		if !known {
			k = len(operations)
			at[e.Id] = k
			operations = append(operations, wire.Operation{
				Id: e.Id, ParentId: e.ParentId, Name: e.Name, Type: typ, SubType: e.SubType,
				Status: wire.StatusStarted, StartTimestamp: wire.TimeOf(e.EventTimestamp.Go()),
			})
		}
		recordEvent(&operations[k], e, what, result)
		if Truncated(e) {
			lack(e, "its data")
		}
	}
	if len(operations) == 0 || operations[0].Type != wire.TypeExecution {
		missing = append(missing, "the event with which the execution started")
	}
	return operations, missing
}

var types = map[string]wire.OperationType{
	"Context": wire.TypeContext, "Step": wire.TypeStep, "Wait": wire.TypeWait, "Callback": wire.TypeCallback, "ChainedInvoke": wire.TypeChainedInvoke,
}

var ends = map[string]wire.OperationStatus{
	"Succeeded": wire.StatusSucceeded, "Failed": wire.StatusFailed, "TimedOut": wire.StatusTimedOut,
	"Stopped": wire.StatusStopped, "Cancelled": wire.StatusCancelled,
}

// recordEvent enters what an event tells of an operation.
func recordEvent(op *wire.Operation, e *wire.Event, what string, result *string) {
	failure := ErrorOf(e)
	status, ended := ends[what]
	if !ended {
		status = wire.StatusStarted
	}
	op.Status = status
	if ended {
		op.EndTimestamp = wire.TimeOf(e.EventTimestamp.Go())
	}
	switch op.Type {
	case wire.TypeContext:
		op.ContextDetails = &wire.ContextDetails{Result: result, Error: failure, ReplayChildren: what == "Succeeded" && result == nil}
	case wire.TypeStep:
		d := &wire.StepDetails{Result: result, Error: failure}
		if before := op.StepDetails; before != nil {
			d.Attempt = before.Attempt
			if !ended {
				d.Result, d.Error = before.Result, before.Error
			}
		}
		if ended {
			d.Attempt++
			if r := StepEnded(e).RetryDetails; r != nil {
				d.Attempt = max(d.Attempt, r.CurrentAttempt)
			}
		}
		if next := nextAttempt(e); !next.IsZero() { // a poll that is not there yet has succeeded, too
			op.Status, op.EndTimestamp, d.NextAttemptTimestamp = wire.StatusPending, 0, wire.TimeOf(next)
		}
		op.StepDetails = d
	case wire.TypeWait:
		if d := e.WaitStartedDetails; d != nil {
			op.WaitDetails = &wire.WaitDetails{ScheduledEndTimestamp: wire.TimeOf(d.ScheduledEndTimestamp.Go())}
		}
	case wire.TypeCallback:
		d := &wire.CallbackDetails{Result: result, Error: failure}
		if op.CallbackDetails != nil {
			d.CallbackId = op.CallbackDetails.CallbackId
		}
		if s := e.CallbackStartedDetails; s != nil {
			d.CallbackId = s.CallbackId
		}
		op.CallbackDetails = d
	case wire.TypeChainedInvoke:
		op.ChainedInvokeDetails = &wire.ChainedInvokeDetails{Result: result, Error: failure}
	case wire.TypeExecution, wire.TypeUndo: // have no such events
	}
}

// Truncated reports whether an event leaves out data that there is.
func Truncated(e *wire.Event) bool {
	if d := StepEnded(e); d != nil {
		return d.Result != nil && d.Result.Truncated || d.Error != nil && d.Error.Truncated
	}
	if d := e.ExecutionStartedDetails; d != nil && d.Input != nil && d.Input.Truncated {
		return true
	}
	for _, d := range []*wire.ResultDetails{e.ExecutionSucceededDetails, e.ContextSucceededDetails, e.CallbackSucceededDetails, e.ChainedInvokeSucceededDetails} {
		if d != nil && d.Result != nil && d.Result.Truncated {
			return true
		}
	}
	for _, d := range []*wire.ErrorDetails{e.ExecutionFailedDetails, e.ContextFailedDetails, e.CallbackFailedDetails, e.ChainedInvokeFailedDetails} {
		if d != nil && d.Error != nil && d.Error.Truncated {
			return true
		}
	}
	return false
}
