package durable

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/durablegen/durablegen/runtime/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Definition describes a durable function.
type Definition struct {
	// Name is the name by which [Start] chooses the function.
	Name string
	// Timeout bounds a whole execution; zero means [wire.DefaultExecutionTimeout]. The service enforces it: it is a setting of
	// the deployed function, which tools read from the manifest.
	Timeout time.Duration
	// RetentionDays is how long the service keeps the history.
	RetentionDays int
	// Bound are the functions that the workflow invokes whose names are bound at deployment, by an
	// [InvokeSpec] with FunctionEnv. The environment is read when the function is made.
	Bound []BoundFunction
	// Errors are the declared errors that can be decoded from the record.
	Errors ErrorTypes
	// OnlyDeclared has an operation whose Fails is nil declare no errors. Without it,
	// nil lets every known error keep its type.
	OnlyDeclared bool
	// Serdes encodes inputs and results where nothing else is said, and the data of
	// declared errors; nil means JSON.
	Serdes Serdes
	// Store keeps the results of steps whose spec says Stored; nil means that of which the
	// environment variable DURABLEGEN_STORE has the address: see [store.Open].
	Store store.Store
	// Stored says that steps have a spec that says so: without a store the function can't be
	// started. Tools read it from the manifest.
	Stored bool
	// Plugins observe executions.
	Plugins []Plugin
	// MaxOperations bounds the operations of an execution, itself not counted; zero
	// means the service's 3,000, and less than zero no bound but the service's own.
	// What would pass it fails with an [*UnexpectedError]; as many operations as undos
	// are registered are kept for them.
	MaxOperations int
	// LogReplay keeps the log records of scopes that replay.
	LogReplay bool
	// LogHandler takes the log records; nil means [NewLogHandler] on standard output.
	LogHandler slog.Handler
}

// Function is a durable function, ready to be served.
type Function struct {
	def     Definition
	name    string  // with which it was made
	body    uintptr // the code of the workflow
	handler func(c *Context, input *string) (*string, error)
	bound   map[string]string // names of functions, by the environment variables that bind them
	unbound error             // why it can't be started
}

// Workflow makes a durable function of body. Its input is decoded from the
// execution's input; an absent one is decoded as [Serdes] says, for JSON as null.
func Workflow[In, Out any](def Definition, body func(ctx *Context, in In) (Out, error)) *Function {
	f := &Function{def: def, name: def.Name, body: reflect.ValueOf(body).Pointer()}
	f.bind()
	f.handler = func(c *Context, input *string) (*string, error) {
		var in In
		if err := c.decodeText(input, &in, nil, c.scope.inv.execution, nil); err != nil {
			if diverged := c.staleInput(err); diverged != nil {
				return nil, diverged
			}
			what := "the input does not decode"
			if input == nil {
				what = "the execution was started without an input"
			}
			return nil, &UnexpectedError{Operation: def.Name, Message: fmt.Sprintf("%s: %v", what, err)}
		}
		v, err := body(c, in)
		if err != nil || c.scope.inv.goesOn() {
			return nil, err
		}
		var again Out
		text, err := c.roundTrip(v, &again, nil, nil, nil)
		switch {
		case err != nil:
			return nil, err
		case len(*text) > maxResult:
			return nil, &UnexpectedError{Operation: def.Name, Message: fmt.Sprintf("the result is %d bytes; an execution returns %d at most", len(*text), maxResult)}
		}
		return text, c.deliver(text)
	}
	return f
}

// Definition gives what Workflow was called with.
func (f *Function) Definition() Definition { return f.def }

// Source gives what the function was made of: the import path of the Go package in which its
// body is written, such as "example.com/shop", and the name that it had then.
func (f *Function) Source() (pkg, name string) {
	code := runtime.FuncForPC(f.body).Name()
	slash := strings.LastIndexByte(code, '/') + 1
	last, _, _ := strings.Cut(code[slash:], ".")
	if plain, err := url.PathUnescape(last); err == nil { // "yaml.v3" is written as "yaml%2ev3"
		last = plain
	}
	return code[:slash] + last, f.name
}

// With gives the same function with a changed definition, f staying as it is: a
// generated workflow under another name, for example, or with plugins.
func (f *Function) With(change func(*Definition)) *Function {
	changed := *f
	change(&changed.def)
	if !slices.Equal(changed.def.Bound, f.def.Bound) {
		changed.bind()
	}
	return &changed
}

// Client is the part of the Lambda API that a handler uses. Errors are
// [*wire.APIError] or those of the transport; a client does its own retries, with
// the ClientToken it was given. It must not keep in.Updates.
//
// StartNamed starts an execution of a durable function, of which function is the ARN with its
// version or alias. Where the function has an execution of that name and input, it
// succeeds.
type Client interface {
	Checkpoint(ctx context.Context, arn string, in wire.CheckpointInput) (*wire.CheckpointOutput, error)
	State(ctx context.Context, arn, checkpointToken, marker string, maxItems int) (*wire.ExecutionState, error)
	StartNamed(ctx context.Context, function, name, input string) error
}
