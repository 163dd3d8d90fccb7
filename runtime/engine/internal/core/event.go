package core

import "github.com/durablegen/durablegen/runtime/wire"

// HistoryEvent shows a fact as an event of the history. It must have a number.
// Without data, payloads and errors are left out and marked as truncated.
func HistoryEvent(f *Fact, data bool) wire.Event {
	e := wire.Event{
		EventType:      f.Kind,
		EventId:        f.Event,
		EventTimestamp: wire.Seconds(f.At),
		Id:             f.Op,
		ParentId:       f.Parent,
		Name:           f.Name,
		SubType:        f.SubType,
	}
	payload := func() *wire.EventPayload {
		if f.Payload == nil || data {
			return &wire.EventPayload{Payload: f.Payload}
		}
		return &wire.EventPayload{Truncated: true}
	}
	failure := func() *wire.ErrorDetails {
		if f.Error == nil || data {
			return &wire.ErrorDetails{Error: &wire.EventError{Payload: cloneError(f.Error)}}
		}
		return &wire.ErrorDetails{Error: &wire.EventError{Truncated: true}}
	}
	switch f.Kind {
	case wire.EventExecutionStarted:
		e.ExecutionStartedDetails = &wire.ExecutionStartedDetails{Input: payload(), ExecutionTimeout: f.Duration}
	case wire.EventExecutionSucceeded:
		e.ExecutionSucceededDetails = &wire.ResultDetails{Result: payload()}
	case wire.EventExecutionFailed:
		e.ExecutionFailedDetails = failure()
	case wire.EventExecutionTimedOut:
		e.ExecutionTimedOutDetails = failure()
	case wire.EventExecutionStopped:
		e.ExecutionStoppedDetails = failure()
	case wire.EventExecutionPaused:
		e.ExecutionPausedDetails = &wire.ExecutionPausedDetails{PauseRequestTimestamp: wire.Seconds(f.Requested), ExecutionTimeoutPaused: f.TimeoutPaused}
		if f.Payload != nil {
			e.ExecutionPausedDetails.Reason = payload()
		}
	case wire.EventExecutionResumed:
		e.ExecutionResumedDetails = &wire.ExecutionResumedDetails{ResumeRequestTimestamp: wire.Seconds(f.Requested)}
		if f.Payload != nil {
			e.ExecutionResumedDetails.Reason = payload()
		}
	case wire.EventInvocationCompleted:
		d := &wire.InvocationCompletedDetails{
			StartTimestamp: wire.Seconds(f.Started),
			EndTimestamp:   wire.Seconds(f.At),
			RequestId:      f.RequestID,
		}
		if f.Error != nil {
			d.Error = failure().Error
		}
		e.InvocationCompletedDetails = d
	case wire.EventContextStarted:
		e.ContextStartedDetails = &wire.EmptyDetails{}
	case wire.EventContextSucceeded:
		e.ContextSucceededDetails = &wire.ResultDetails{Result: payload()}
	case wire.EventContextFailed:
		e.ContextFailedDetails = failure()
	case wire.EventStepStarted:
		e.StepStartedDetails = &wire.EmptyDetails{}
	case wire.EventStepSucceeded:
		e.StepSucceededDetails = &wire.StepEndedDetails{Result: payload(), RetryDetails: retryDetails(f)}
	case wire.EventStepFailed:
		e.StepFailedDetails = &wire.StepEndedDetails{Error: failure().Error, RetryDetails: retryDetails(f)}
	case wire.EventWaitStarted:
		e.WaitStartedDetails = &wire.WaitStartedDetails{Duration: f.Duration, ScheduledEndTimestamp: wire.Seconds(f.Until)}
	case wire.EventWaitSucceeded:
		e.WaitSucceededDetails = &wire.WaitEndedDetails{Duration: f.Duration}
	case wire.EventWaitCancelled:
		e.WaitCancelledDetails = &wire.ErrorDetails{}
		if f.Error != nil {
			e.WaitCancelledDetails = failure()
		}
	case wire.EventCallbackStarted:
		e.CallbackStartedDetails = &wire.CallbackStartedDetails{CallbackId: f.CallbackID, Timeout: f.Duration, HeartbeatTimeout: f.Heartbeat}
	case wire.EventCallbackSucceeded:
		e.CallbackSucceededDetails = &wire.ResultDetails{Result: payload()}
	case wire.EventCallbackFailed:
		e.CallbackFailedDetails = failure()
	case wire.EventCallbackTimedOut:
		e.CallbackTimedOutDetails = failure()
	case wire.EventChainedInvokeStarted:
		e.ChainedInvokeStartedDetails = &wire.ChainedInvokeStartedDetails{
			FunctionName: f.Function, TenantId: f.TenantID, Input: payload(),
			ExecutedVersion: f.Version, DurableExecutionArn: f.Child,
		}
	case wire.EventChainedInvokeSucceeded:
		e.ChainedInvokeSucceededDetails = &wire.ResultDetails{Result: payload()}
	case wire.EventChainedInvokeFailed:
		e.ChainedInvokeFailedDetails = failure()
	case wire.EventChainedInvokeTimedOut:
		e.ChainedInvokeTimedOutDetails = failure()
	case wire.EventChainedInvokeStopped:
		e.ChainedInvokeStoppedDetails = failure()
	}
	return e
}

func retryDetails(f *Fact) *wire.RetryDetails {
	return &wire.RetryDetails{CurrentAttempt: f.Attempt, NextAttemptDelaySeconds: f.Delay}
}

func cloneError(e *wire.ErrorObject) *wire.ErrorObject {
	if e == nil {
		return nil
	}
	c := *e
	c.StackTrace = append([]string(nil), e.StackTrace...)
	return &c
}
