package wire

// InvocationInput is the Lambda event that the service hands to the function for
// each invocation of a durable execution.
type InvocationInput struct {
	DurableExecutionArn   string         `json:"DurableExecutionArn"`
	CheckpointToken       string         `json:"CheckpointToken"`
	InitialExecutionState ExecutionState `json:"InitialExecutionState"`
	UpdatedOperationIds   []string       `json:"UpdatedOperationIds,omitempty"`
}

// ExecutionState is a page of operations. A non-empty NextMarker means that
// more pages follow, even when Operations is empty.
type ExecutionState struct {
	Operations []Operation `json:"Operations"`
	NextMarker string      `json:"NextMarker,omitempty"`
}

// InvocationStatus is how an invocation ended.
type InvocationStatus string

const (
	InvocationSucceeded InvocationStatus = "SUCCEEDED"
	InvocationFailed    InvocationStatus = "FAILED"
	InvocationPending   InvocationStatus = "PENDING"
)

// InvocationOutput is what the function answers. Result is JSON text within a
// JSON string; it goes with SUCCEEDED only, Error with FAILED only.
type InvocationOutput struct {
	Status InvocationStatus `json:"Status"`
	Result *string          `json:"Result,omitempty"`
	Error  *ErrorObject     `json:"Error,omitempty"`
}

// ExecutionStatus is the state of a durable execution.
type ExecutionStatus string

const (
	ExecutionRunning   ExecutionStatus = "RUNNING"
	ExecutionSucceeded ExecutionStatus = "SUCCEEDED"
	ExecutionFailed    ExecutionStatus = "FAILED"
	ExecutionTimedOut  ExecutionStatus = "TIMED_OUT"
	ExecutionStopped   ExecutionStatus = "STOPPED"
)

// Closed reports whether the execution has ended.
func (s ExecutionStatus) Closed() bool { return s != ExecutionRunning && s != "" }
