package wire

import "fmt"

// CheckpointInput is the body of CheckpointDurableExecution. ClientToken makes
// a repeated request harmless; no updates means a poll.
type CheckpointInput struct {
	CheckpointToken string            `json:"CheckpointToken"`
	ClientToken     string            `json:"ClientToken,omitempty"`
	Updates         []OperationUpdate `json:"Updates,omitempty"`
}

// CheckpointOutput is the answer to a checkpoint: the token to use next, empty
// when the execution takes no more of them, and the operations that changed.
type CheckpointOutput struct {
	CheckpointToken   string         `json:"CheckpointToken,omitempty"`
	NewExecutionState ExecutionState `json:"NewExecutionState"`

	// Now is the service's present, to the second, as the answer's Date header tells it;
	// not set where there is none.
	Now Time `json:"-"`
}

// APIError is a refusal by the durable-execution API.
type APIError struct {
	Code       string // such as "InvalidParameterValueException"
	Message    string
	HTTPStatus int // such as 400; 0 when no response came
}

func (e *APIError) Error() string {
	if e.HTTPStatus == 0 {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%s (%d): %s", e.Code, e.HTTPStatus, e.Message)
}
