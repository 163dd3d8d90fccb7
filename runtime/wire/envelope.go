package wire

import "time"

// InvocationInput is the Lambda event that the service hands to the function for
// each invocation of a durable execution.
type InvocationInput struct {
	DurableExecutionArn   string         `json:"DurableExecutionArn"`
	CheckpointToken       string         `json:"CheckpointToken"`
	InitialExecutionState ExecutionState `json:"InitialExecutionState"`
	UpdatedOperationIds   []string       `json:"UpdatedOperationIds,omitempty"`

	// Undo orders that the execution whose records this one has been given be undone. The
	// EXECUTION operation has [TypeUndo] then. AWS knows nothing of it.
	Undo *Undo `json:"DurablegenUndo,omitempty"`

	// Now is the service's present, which may be another than that of the function's machine
	// where waits are skipped. AWS does not tell it.
	Now Time `json:"DurablegenNow,omitempty"`
}

// Undo is the order to undo an execution that has ended.
type Undo struct {
	// Arn and StartTimestamp are those of the execution that is undone: its workflow
	// and its steps go on to see them.
	Arn            string `json:"Arn"`
	StartTimestamp Time   `json:"StartTimestamp"`
	// Reason tells why, such as "the execution was stopped".
	Reason string `json:"Reason"`
	// Open are the operations that were under way when the execution ended. Waits and
	// callbacks among them are given up, whatever became of them since; what others have come to
	// counts.
	Open []string `json:"Open,omitempty"`
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

// DefaultExecutionTimeout is how long an execution may take of a function that says nothing of it.
const DefaultExecutionTimeout = 24 * time.Hour

// ExecutionStatus is the state of a durable execution.
type ExecutionStatus string

const (
	ExecutionRunning   ExecutionStatus = "RUNNING"
	ExecutionPausing   ExecutionStatus = "PAUSING" // until the running invocation makes its next checkpoint or ends
	ExecutionPaused    ExecutionStatus = "PAUSED"  // nothing is invoked
	ExecutionSucceeded ExecutionStatus = "SUCCEEDED"
	ExecutionFailed    ExecutionStatus = "FAILED"
	ExecutionTimedOut  ExecutionStatus = "TIMED_OUT"
	ExecutionStopped   ExecutionStatus = "STOPPED"
	ExecutionDeleting  ExecutionStatus = "DELETING" // it had ended, and is being deleted
)

// Closed reports whether the execution has ended.
func (s ExecutionStatus) Closed() bool {
	switch s {
	case "", ExecutionRunning, ExecutionPausing, ExecutionPaused:
		return false
	}
	return true
}
