package engine

import (
	"context"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// StartInput asks for an execution.
type StartInput struct {
	Function  string  // name, name:qualifier, or ARN
	Qualifier string  // $LATEST if empty and Function has none
	Name      string  // of the execution, the key for an idempotent start; empty: a new one is made
	Input     *string // JSON; nil: none

	// Sync raises the limits on input and result to those of a caller who waits.
	Sync        bool
	TraceHeader string
	TenantID    string
}

// StartOutput tells which execution was started or found.
type StartOutput struct {
	ARN     string
	Version string
	Existed bool // an execution of that name and input was there already
}

// Execution describes an execution. Input, Result and Error are left out when
// they were not asked for.
type Execution struct {
	ExecutionSummary
	Input            *string
	Result           *string
	Error            *wire.ErrorObject
	ExecutionTimeout time.Duration
	RetentionDays    int
	TraceHeader      string
}

// ExecutionSummary is an execution without its data.
type ExecutionSummary struct {
	ARN         string
	Name        string
	Function    string
	FunctionARN string // with the version
	Version     string
	Status      wire.ExecutionStatus
	Start       time.Time
	End         time.Time // zero while it runs
}

// StartExecution starts an execution, or finds the one with the same name and
// input. Refusals are *wire.APIError.
func (e *Engine) StartExecution(ctx context.Context, in StartInput) (*StartOutput, error) {
	panic("not yet")
}

// WaitExecution waits until the execution has ended.
func (e *Engine) WaitExecution(ctx context.Context, arn string) (*Execution, error) {
	panic("not yet")
}

// Stop ends an execution as STOPPED with cause, which may be nil, and tells
// when it ended. A closed execution stays as it is.
func (e *Engine) Stop(ctx context.Context, arn string, cause *wire.ErrorObject) (time.Time, error) {
	panic("not yet")
}

// Checkpoint is CheckpointDurableExecution.
func (e *Engine) Checkpoint(ctx context.Context, arn string, in wire.CheckpointInput) (*wire.CheckpointOutput, error) {
	panic("not yet")
}

// State is GetDurableExecutionState. maxItems 0 means 100.
func (e *Engine) State(ctx context.Context, arn, checkpointToken, marker string, maxItems int) (*wire.ExecutionState, error) {
	panic("not yet")
}

// Invoke calls a plain function and gives its answer.
func (e *Engine) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	panic("not yet")
}
