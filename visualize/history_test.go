package visualize

import (
	"time"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/wire"
)

// event is a line of a history, as short as tests write it.
type event struct {
	Type, ID, ParentID, Name, SubType string
	At, Until                         time.Time
	Attempt                           int
	Error, Message, CallbackID        string
}

// executed gives the execution that has a history.
func executed(events []event) *execution.Execution {
	x := new(execution.Execution)
	for i, e := range events {
		out := wire.Event{EventId: i + 1, EventType: wire.EventType(e.Type), Id: e.ID, ParentId: e.ParentID, Name: e.Name, SubType: e.SubType, EventTimestamp: wire.Seconds(wire.TimeOf(e.At))}
		var cause *wire.EventError
		if e.Error != "" || e.Message != "" {
			cause = &wire.EventError{Payload: &wire.ErrorObject{ErrorType: e.Error, ErrorMessage: e.Message}}
		}
		seconds := 0
		if !e.Until.IsZero() {
			seconds = int(e.Until.Sub(e.At).Seconds())
		}
		step := &wire.StepEndedDetails{Error: cause, RetryDetails: &wire.RetryDetails{CurrentAttempt: e.Attempt, NextAttemptDelaySeconds: seconds}}
		switch out.EventType {
		case wire.EventStepSucceeded:
			out.StepSucceededDetails = step
		case wire.EventStepFailed:
			out.StepFailedDetails = step
		case wire.EventWaitStarted:
			out.WaitStartedDetails = &wire.WaitStartedDetails{Duration: seconds}
		case wire.EventCallbackStarted:
			out.CallbackStartedDetails = &wire.CallbackStartedDetails{CallbackId: e.CallbackID, Timeout: seconds}
		default:
			out.ContextFailedDetails = &wire.ErrorDetails{Error: cause}
		}
		x.Apply(&out)
	}
	return x
}
