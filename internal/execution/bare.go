package execution

import (
	"encoding/json"
	"strings"

	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Bare gives what of a history tells which operations there were, in which order they
// began, and how each has ended: no times, no numbers, no data, and of errors the type
// alone. Executions that went the same way have the same.
func Bare(events []wire.Event) []wire.Event {
	var out []wire.Event
	for i := range events {
		if e := &events[i]; e.EventType != wire.EventInvocationCompleted {
			out = append(out, bare(e))
		}
	}
	return out
}

func bare(e *wire.Event) wire.Event {
	out := wire.Event{EventType: e.EventType, SubType: e.SubType, Id: e.Id, Name: e.Name, ParentId: e.ParentId}
	if strings.HasPrefix(string(e.EventType), "Execution") {
		out.Id, out.Name = "", ""
	}
	failed := bareError(e)
	switch e.EventType {
	case wire.EventContextSucceeded:
		out.ContextSucceededDetails = bareResult(e, bareChoice)
	case wire.EventExecutionSucceeded:
		out.ExecutionSucceededDetails = bareResult(e, bareLink)
	case wire.EventStepSucceeded:
		out.StepSucceededDetails = bareStep(e, nil)
	case wire.EventStepFailed:
		out.StepFailedDetails = bareStep(e, failed)
	case wire.EventContextFailed:
		out.ContextFailedDetails = &wire.ErrorDetails{Error: failed}
	case wire.EventCallbackFailed:
		out.CallbackFailedDetails = &wire.ErrorDetails{Error: failed}
	case wire.EventCallbackTimedOut:
		out.CallbackTimedOutDetails = &wire.ErrorDetails{Error: failed}
	case wire.EventChainedInvokeFailed:
		out.ChainedInvokeFailedDetails = &wire.ErrorDetails{Error: failed}
	case wire.EventChainedInvokeTimedOut:
		out.ChainedInvokeTimedOutDetails = &wire.ErrorDetails{Error: failed}
	case wire.EventChainedInvokeStopped:
		out.ChainedInvokeStoppedDetails = &wire.ErrorDetails{Error: failed}
	case wire.EventExecutionFailed:
		out.ExecutionFailedDetails = &wire.ErrorDetails{Error: failed}
	case wire.EventExecutionTimedOut:
		out.ExecutionTimedOutDetails = &wire.ErrorDetails{Error: failed}
	case wire.EventExecutionStopped:
		out.ExecutionStoppedDetails = &wire.ErrorDetails{Error: failed}
	default: // says all by its type
	}
	return out
}

func bareError(e *wire.Event) *wire.EventError {
	failed := ErrorOf(e)
	if failed == nil {
		return nil
	}
	return &wire.EventError{Payload: &wire.ErrorObject{ErrorType: failed.ErrorType}}
}

// bareStep says whether another attempt follows.
func bareStep(e *wire.Event, failed *wire.EventError) *wire.StepEndedDetails {
	d := &wire.StepEndedDetails{Error: failed}
	if !nextAttempt(e).IsZero() {
		d.RetryDetails = &wire.RetryDetails{NextAttemptDelaySeconds: 1}
	}
	return d
}

func bareResult(e *wire.Event, of func(*wire.Event) string) *wire.ResultDetails {
	text := of(e)
	if text == "" {
		return nil
	}
	return &wire.ResultDetails{Result: &wire.EventPayload{Payload: &text}}
}

// bareChoice is a result in which [choice] finds the same.
func bareChoice(e *wire.Event) string {
	reason, winner := choice(e)
	var text []byte
	switch {
	case reason != "":
		text, _ = json.Marshal(map[string]string{"completionReason": reason})
	case winner >= 0:
		text, _ = json.Marshal(map[string]int{"index": winner})
	}
	return string(text)
}

// bareLink is a result by which an execution has gone on, if this one has.
func bareLink(e *wire.Event) string {
	_, result := Payloads(e)
	if _, ok := chain.FromResult(result); !ok {
		return ""
	}
	return chain.After("").Result()
}
