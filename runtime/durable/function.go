package durable

import (
	"context"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Definition describes a durable function.
type Definition struct {
	// Name is the name by which [Start] chooses the function.
	Name string
	// Timeout bounds a whole execution. The service enforces it: it is a setting of
	// the deployed function, which tools read from the manifest.
	Timeout time.Duration
	// RetentionDays is how long the service keeps the history.
	RetentionDays int
	// Errors are the declared errors that can be decoded from the record.
	Errors ErrorTypes
	// Serdes encodes inputs and results where nothing else is said; nil means JSON.
	Serdes Serdes
	// Plugins observe executions.
	Plugins []Plugin
	// LogReplay keeps the log records of scopes that replay.
	LogReplay bool
}

// Function is a durable function, ready to be served.
type Function struct{}

// Workflow makes a durable function of body. Its input is decoded from the
// execution's input; an absent one is null.
func Workflow[In, Out any](def Definition, body func(ctx *Context, in In) (Out, error)) *Function {
	panic("not implemented")
}

// Definition gives what Workflow was called with.
func (f *Function) Definition() Definition { panic("not implemented") }

// Client is the part of the Lambda API that a handler uses. Errors are
// [*wire.APIError] or those of the transport; a client does its own retries, with
// the ClientToken it was given. It must not keep in.Updates.
type Client interface {
	Checkpoint(ctx context.Context, arn string, in wire.CheckpointInput) (*wire.CheckpointOutput, error)
	State(ctx context.Context, arn, checkpointToken, marker string, maxItems int) (*wire.ExecutionState, error)
}

// Invoke runs one invocation in this process. An error is an invocation error: the
// service is to invoke again.
func (f *Function) Invoke(ctx context.Context, client Client, in wire.InvocationInput) (wire.InvocationOutput, error) {
	panic("not implemented")
}

// Start is the main function of a Lambda bootstrap. It serves the function that
// _HANDLER names; if there is one only, that one unless _HANDLER names another. With
// the argument -functions it prints a list of the functions as JSON and exits.
func Start(functions ...*Function) { panic("not implemented") }
