package wire

// EventType names what an event of an execution's history records.
type EventType string

const (
	EventExecutionStarted       EventType = "ExecutionStarted"
	EventExecutionSucceeded     EventType = "ExecutionSucceeded"
	EventExecutionFailed        EventType = "ExecutionFailed"
	EventExecutionTimedOut      EventType = "ExecutionTimedOut"
	EventExecutionStopped       EventType = "ExecutionStopped"
	EventExecutionPaused        EventType = "ExecutionPaused"
	EventExecutionResumed       EventType = "ExecutionResumed"
	EventInvocationCompleted    EventType = "InvocationCompleted"
	EventContextStarted         EventType = "ContextStarted"
	EventContextSucceeded       EventType = "ContextSucceeded"
	EventContextFailed          EventType = "ContextFailed"
	EventStepStarted            EventType = "StepStarted"
	EventStepSucceeded          EventType = "StepSucceeded"
	EventStepFailed             EventType = "StepFailed"
	EventWaitStarted            EventType = "WaitStarted"
	EventWaitSucceeded          EventType = "WaitSucceeded"
	EventWaitCancelled          EventType = "WaitCancelled"
	EventCallbackStarted        EventType = "CallbackStarted"
	EventCallbackSucceeded      EventType = "CallbackSucceeded"
	EventCallbackFailed         EventType = "CallbackFailed"
	EventCallbackTimedOut       EventType = "CallbackTimedOut"
	EventChainedInvokeStarted   EventType = "ChainedInvokeStarted"
	EventChainedInvokeSucceeded EventType = "ChainedInvokeSucceeded"
	EventChainedInvokeFailed    EventType = "ChainedInvokeFailed"
	EventChainedInvokeTimedOut  EventType = "ChainedInvokeTimedOut"
	EventChainedInvokeStopped   EventType = "ChainedInvokeStopped"
)

// Event is one numbered line of an execution's history. Exactly one of the
// details members is set, the one named after EventType, even when it is empty.
// Its times encode as seconds, as in the API's responses.
type Event struct {
	EventType      EventType `json:"EventType"`
	SubType        string    `json:"SubType,omitempty"`
	EventId        int       `json:"EventId"`
	Id             string    `json:"Id,omitempty"`
	Name           string    `json:"Name,omitempty"`
	EventTimestamp Seconds   `json:"EventTimestamp"`
	ParentId       string    `json:"ParentId,omitempty"`

	ExecutionStartedDetails       *ExecutionStartedDetails     `json:"ExecutionStartedDetails,omitempty"`
	ExecutionSucceededDetails     *ResultDetails               `json:"ExecutionSucceededDetails,omitempty"`
	ExecutionFailedDetails        *ErrorDetails                `json:"ExecutionFailedDetails,omitempty"`
	ExecutionTimedOutDetails      *ErrorDetails                `json:"ExecutionTimedOutDetails,omitempty"`
	ExecutionStoppedDetails       *ErrorDetails                `json:"ExecutionStoppedDetails,omitempty"`
	ExecutionPausedDetails        *ExecutionPausedDetails      `json:"ExecutionPausedDetails,omitempty"`
	ExecutionResumedDetails       *ExecutionResumedDetails     `json:"ExecutionResumedDetails,omitempty"`
	InvocationCompletedDetails    *InvocationCompletedDetails  `json:"InvocationCompletedDetails,omitempty"`
	ContextStartedDetails         *EmptyDetails                `json:"ContextStartedDetails,omitempty"`
	ContextSucceededDetails       *ResultDetails               `json:"ContextSucceededDetails,omitempty"`
	ContextFailedDetails          *ErrorDetails                `json:"ContextFailedDetails,omitempty"`
	StepStartedDetails            *EmptyDetails                `json:"StepStartedDetails,omitempty"`
	StepSucceededDetails          *StepEndedDetails            `json:"StepSucceededDetails,omitempty"`
	StepFailedDetails             *StepEndedDetails            `json:"StepFailedDetails,omitempty"`
	WaitStartedDetails            *WaitStartedDetails          `json:"WaitStartedDetails,omitempty"`
	WaitSucceededDetails          *WaitEndedDetails            `json:"WaitSucceededDetails,omitempty"`
	WaitCancelledDetails          *ErrorDetails                `json:"WaitCancelledDetails,omitempty"`
	CallbackStartedDetails        *CallbackStartedDetails      `json:"CallbackStartedDetails,omitempty"`
	CallbackSucceededDetails      *ResultDetails               `json:"CallbackSucceededDetails,omitempty"`
	CallbackFailedDetails         *ErrorDetails                `json:"CallbackFailedDetails,omitempty"`
	CallbackTimedOutDetails       *ErrorDetails                `json:"CallbackTimedOutDetails,omitempty"`
	ChainedInvokeStartedDetails   *ChainedInvokeStartedDetails `json:"ChainedInvokeStartedDetails,omitempty"`
	ChainedInvokeSucceededDetails *ResultDetails               `json:"ChainedInvokeSucceededDetails,omitempty"`
	ChainedInvokeFailedDetails    *ErrorDetails                `json:"ChainedInvokeFailedDetails,omitempty"`
	ChainedInvokeTimedOutDetails  *ErrorDetails                `json:"ChainedInvokeTimedOutDetails,omitempty"`
	ChainedInvokeStoppedDetails   *ErrorDetails                `json:"ChainedInvokeStoppedDetails,omitempty"`
}

// EventPayload carries a payload in a history event. Truncated means that there
// is one and that it was left out.
type EventPayload struct {
	Payload   *string `json:"Payload,omitempty"`
	Truncated bool    `json:"Truncated"`
}

// EventError carries an error in a history event.
type EventError struct {
	Payload   *ErrorObject `json:"Payload,omitempty"`
	Truncated bool         `json:"Truncated"`
}

// RetryDetails tells which attempt ended, counted from 1, and, when another one
// was scheduled, after how many seconds.
type RetryDetails struct {
	CurrentAttempt          int `json:"CurrentAttempt"`
	NextAttemptDelaySeconds int `json:"NextAttemptDelaySeconds,omitempty"`
}

// EmptyDetails is the details member of an event that has nothing to add.
type EmptyDetails struct{}

// ResultDetails belongs to events that end something with a result.
type ResultDetails struct {
	Result *EventPayload `json:"Result,omitempty"`
}

// ErrorDetails belongs to events that end something with an error.
type ErrorDetails struct {
	Error *EventError `json:"Error,omitempty"`
}

// ExecutionStartedDetails belongs to ExecutionStarted.
type ExecutionStartedDetails struct {
	Input            *EventPayload `json:"Input,omitempty"`
	ExecutionTimeout int           `json:"ExecutionTimeout,omitempty"` // seconds
}

// ExecutionPausedDetails belongs to ExecutionPaused, whose time is that of the pause itself: it
// begins once the running invocation has made a checkpoint or ended.
type ExecutionPausedDetails struct {
	PauseRequestTimestamp  Seconds       `json:"PauseRequestTimestamp"`
	Reason                 *EventPayload `json:"Reason,omitempty"`
	ExecutionTimeoutPaused bool          `json:"ExecutionTimeoutPaused"`
}

// ExecutionResumedDetails belongs to ExecutionResumed.
type ExecutionResumedDetails struct {
	ResumeRequestTimestamp Seconds       `json:"ResumeRequestTimestamp"`
	Reason                 *EventPayload `json:"Reason,omitempty"`
}

// InvocationCompletedDetails belongs to InvocationCompleted. Error is set when
// the invocation itself failed.
type InvocationCompletedDetails struct {
	StartTimestamp Seconds     `json:"StartTimestamp"`
	EndTimestamp   Seconds     `json:"EndTimestamp"`
	RequestId      string      `json:"RequestId"`
	Error          *EventError `json:"Error,omitempty"`
}

// StepEndedDetails belongs to StepSucceeded (Result) and StepFailed (Error).
type StepEndedDetails struct {
	Result       *EventPayload `json:"Result,omitempty"`
	Error        *EventError   `json:"Error,omitempty"`
	RetryDetails *RetryDetails `json:"RetryDetails,omitempty"`
}

// WaitStartedDetails belongs to WaitStarted.
type WaitStartedDetails struct {
	Duration              int     `json:"Duration"` // seconds
	ScheduledEndTimestamp Seconds `json:"ScheduledEndTimestamp"`
}

// WaitEndedDetails belongs to WaitSucceeded.
type WaitEndedDetails struct {
	Duration int `json:"Duration"` // seconds
}

// CallbackStartedDetails belongs to CallbackStarted; 0 means no time-out.
type CallbackStartedDetails struct {
	CallbackId       string `json:"CallbackId"`
	Timeout          int    `json:"Timeout,omitempty"`          // seconds
	HeartbeatTimeout int    `json:"HeartbeatTimeout,omitempty"` // seconds
}

// ChainedInvokeStartedDetails belongs to ChainedInvokeStarted.
type ChainedInvokeStartedDetails struct {
	FunctionName        string        `json:"FunctionName"`
	TenantId            string        `json:"TenantId,omitempty"`
	Input               *EventPayload `json:"Input,omitempty"`
	ExecutedVersion     string        `json:"ExecutedVersion,omitempty"`
	DurableExecutionArn string        `json:"DurableExecutionArn,omitempty"`
}
