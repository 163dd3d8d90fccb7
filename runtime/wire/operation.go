package wire

// OperationType tells what an operation is.
type OperationType string

const (
	TypeExecution     OperationType = "EXECUTION"
	TypeContext       OperationType = "CONTEXT"
	TypeStep          OperationType = "STEP"
	TypeWait          OperationType = "WAIT"
	TypeCallback      OperationType = "CALLBACK"
	TypeChainedInvoke OperationType = "CHAINED_INVOKE"

	// TypeUndo stands in the place of TypeExecution where the execution is to undo
	// another one, so that a handler which does not know of that finds no execution.
	TypeUndo OperationType = "UNDO"
)

// Subtypes: what the workflow called an operation of a type.
const (
	SubTypeStep              = "Step"
	SubTypeWait              = "Wait"
	SubTypeCallback          = "Callback"
	SubTypeWaitForCallback   = "WaitForCallback"
	SubTypeWaitForCondition  = "WaitForCondition"
	SubTypeRunInChildContext = "RunInChildContext"
	SubTypeMap               = "Map"
	SubTypeMapIteration      = "MapIteration"
	SubTypeParallel          = "Parallel"
	SubTypeParallelBranch    = "ParallelBranch"
	SubTypeChainedInvoke     = "ChainedInvoke"
	SubTypeAgain             = "Again" // a step that starts the execution in which the workflow goes on
)

// OperationStatus is the state of an operation in the record.
type OperationStatus string

const (
	StatusStarted   OperationStatus = "STARTED"
	StatusPending   OperationStatus = "PENDING"
	StatusReady     OperationStatus = "READY"
	StatusSucceeded OperationStatus = "SUCCEEDED"
	StatusFailed    OperationStatus = "FAILED"
	StatusCancelled OperationStatus = "CANCELLED"
	StatusTimedOut  OperationStatus = "TIMED_OUT"
	StatusStopped   OperationStatus = "STOPPED"
)

// Terminal reports whether an operation in this status can never change again.
func (s OperationStatus) Terminal() bool {
	switch s {
	case StatusSucceeded, StatusFailed, StatusCancelled, StatusTimedOut, StatusStopped:
		return true
	}
	return false
}

// OperationAction is what a checkpoint update asks for.
type OperationAction string

const (
	ActionStart   OperationAction = "START"
	ActionSucceed OperationAction = "SUCCEED"
	ActionFail    OperationAction = "FAIL"
	ActionRetry   OperationAction = "RETRY"
	ActionCancel  OperationAction = "CANCEL"
)

// ErrorObject is a failure as the protocol stores it. Every field is optional.
type ErrorObject struct {
	ErrorType    string   `json:"ErrorType,omitempty"`
	ErrorMessage string   `json:"ErrorMessage,omitempty"`
	ErrorData    string   `json:"ErrorData,omitempty"`
	StackTrace   []string `json:"StackTrace,omitempty"`
}

// Operation is one checkpointed unit as the service reports it. At most one of
// the Details members is set, the one that fits Type. Payloads are opaque text,
// normally JSON; a nil payload means that there is none.
type Operation struct {
	Id                   string                `json:"Id"`
	ParentId             string                `json:"ParentId,omitempty"`
	Name                 string                `json:"Name,omitempty"`
	Type                 OperationType         `json:"Type"`
	SubType              string                `json:"SubType,omitempty"`
	StartTimestamp       Time                  `json:"StartTimestamp,omitzero"`
	EndTimestamp         Time                  `json:"EndTimestamp,omitzero"`
	Status               OperationStatus       `json:"Status"`
	ExecutionDetails     *ExecutionDetails     `json:"ExecutionDetails,omitempty"`
	ContextDetails       *ContextDetails       `json:"ContextDetails,omitempty"`
	StepDetails          *StepDetails          `json:"StepDetails,omitempty"`
	WaitDetails          *WaitDetails          `json:"WaitDetails,omitempty"`
	CallbackDetails      *CallbackDetails      `json:"CallbackDetails,omitempty"`
	ChainedInvokeDetails *ChainedInvokeDetails `json:"ChainedInvokeDetails,omitempty"`
}

// ExecutionDetails belongs to the EXECUTION operation.
type ExecutionDetails struct {
	InputPayload *string `json:"InputPayload,omitempty"`
}

// ContextDetails belongs to a CONTEXT operation. ReplayChildren means that the
// result was too large to store, or must not be taken from the record alone:
// the context's body runs again over its children's records.
type ContextDetails struct {
	ReplayChildren bool         `json:"ReplayChildren,omitempty"`
	Result         *string      `json:"Result,omitempty"`
	Error          *ErrorObject `json:"Error,omitempty"`
}

// StepDetails belongs to a STEP operation. Attempt counts completed attempts.
type StepDetails struct {
	Attempt              int          `json:"Attempt,omitempty"`
	NextAttemptTimestamp Time         `json:"NextAttemptTimestamp,omitzero"`
	Result               *string      `json:"Result,omitempty"`
	Error                *ErrorObject `json:"Error,omitempty"`
}

// WaitDetails belongs to a WAIT operation.
type WaitDetails struct {
	ScheduledEndTimestamp Time `json:"ScheduledEndTimestamp,omitzero"`
}

// CallbackDetails belongs to a CALLBACK operation. Result is the submitted text
// byte for byte; nil when nothing was submitted.
type CallbackDetails struct {
	CallbackId string       `json:"CallbackId,omitempty"`
	Result     *string      `json:"Result,omitempty"`
	Error      *ErrorObject `json:"Error,omitempty"`
}

// ChainedInvokeDetails belongs to a CHAINED_INVOKE operation.
type ChainedInvokeDetails struct {
	Result *string      `json:"Result,omitempty"`
	Error  *ErrorObject `json:"Error,omitempty"`
}

// OperationUpdate is one requested change of an operation's state.
type OperationUpdate struct {
	Id                   string                `json:"Id"`
	ParentId             string                `json:"ParentId,omitempty"`
	Name                 string                `json:"Name,omitempty"`
	Type                 OperationType         `json:"Type"`
	SubType              string                `json:"SubType,omitempty"`
	Action               OperationAction       `json:"Action"`
	Payload              *string               `json:"Payload,omitempty"`
	Error                *ErrorObject          `json:"Error,omitempty"`
	ContextOptions       *ContextOptions       `json:"ContextOptions,omitempty"`
	StepOptions          *StepOptions          `json:"StepOptions,omitempty"`
	WaitOptions          *WaitOptions          `json:"WaitOptions,omitempty"`
	CallbackOptions      *CallbackOptions      `json:"CallbackOptions,omitempty"`
	ChainedInvokeOptions *ChainedInvokeOptions `json:"ChainedInvokeOptions,omitempty"`
}

// ContextOptions goes with CONTEXT SUCCEED and FAIL.
type ContextOptions struct {
	ReplayChildren bool `json:"ReplayChildren,omitempty"`
}

// StepOptions goes with STEP RETRY; the delay is 1 to 31,622,400 whole seconds.
type StepOptions struct {
	NextAttemptDelaySeconds int `json:"NextAttemptDelaySeconds,omitempty"`
}

// WaitOptions goes with WAIT START; 1 to 31,622,400 whole seconds.
type WaitOptions struct {
	WaitSeconds int `json:"WaitSeconds,omitempty"`
}

// CallbackOptions goes with CALLBACK START; 0 means no time-out.
type CallbackOptions struct {
	TimeoutSeconds          int `json:"TimeoutSeconds,omitempty"`
	HeartbeatTimeoutSeconds int `json:"HeartbeatTimeoutSeconds,omitempty"`
}

// ChainedInvokeOptions goes with CHAINED_INVOKE START.
type ChainedInvokeOptions struct {
	FunctionName string `json:"FunctionName"`
	TenantId     string `json:"TenantId,omitempty"`
	XAmznTraceId string `json:"XAmznTraceId,omitempty"`
}
