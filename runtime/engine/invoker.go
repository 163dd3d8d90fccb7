package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Invoker runs a function once per call: a pool of processes
// (package process), or a Go function in this process ([DurableFunc], [PlainFunc]).
//
// The answer is what the function returned, JSON. An error that is or wraps an
// *InvocationError is recorded as it is, any other with its Go type's name.
// When ctx ends, the engine no longer cares about the answer.
type Invoker interface {
	Invoke(ctx context.Context, inv *Invocation) ([]byte, error)
}

// Invocation is one start of a function.
type Invocation struct {
	RequestID   string
	Function    string // its name
	FunctionARN string // qualified
	Version     string
	Timeout     time.Duration // how long it may take

	// Input is the envelope for a durable execution; nil for a plain function. It is whole once
	// Payload or Whole has been called: many invocations may wait for their turn.
	Input *wire.InvocationInput
	// Event is what a plain function gets; nil for a durable one.
	Event []byte

	TraceHeader   string // X-Ray, may be empty
	TenantID      string // may be empty
	ClientContext []byte // JSON, may be empty

	// Admitted, if not nil, is to be called by an invoker that makes invocations wait, once
	// this one need not wait any more.
	Admitted func()

	complete func() // Input; nil: it is
}

// Whole gives Input with all that belongs to it.
func (inv *Invocation) Whole() *wire.InvocationInput {
	if inv.complete != nil {
		inv.complete()
	}
	return inv.Input
}

// Payload gives the Lambda event as JSON.
func (inv *Invocation) Payload() ([]byte, error) {
	if inv.Input == nil {
		return inv.Event, nil
	}
	return json.Marshal(inv.Whole())
}

// InvocationError is a failure of an invocation, as opposed to one of the
// execution: the function crashed, ran out of time, or reported an error.
type InvocationError struct {
	Type       string // such as "Runtime.ExitError" or "Sandbox.Timedout"
	Message    string
	StackTrace []string
}

func (e *InvocationError) Error() string { return fmt.Sprintf("%s: %s", e.Type, e.Message) }

// StartError tells that an invocation did not reach its function because the invoker
// could not start it: no process, no file, no memory is to be had just now. It is no
// failure of the function, and the engine tries again.
type StartError struct{ Err error }

func (e *StartError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *StartError) Unwrap() error { return e.Err }

// Error types that the service itself gives to failed invocations.
const (
	ErrorTypeExit    = "Runtime.ExitError"
	ErrorTypeTimeout = "Sandbox.Timedout"
)

// DurableFunc makes an invoker of a durable handler in this process. A panic of
// the handler counts as a crash of its process. A handler that takes longer than
// its function may is left alone: its checkpoints are refused from then on.
func DurableFunc(f func(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error)) Invoker {
	return invokerFunc(func(ctx context.Context, inv *Invocation) ([]byte, error) {
		if inv.Input == nil {
			return nil, errors.New("engine: the function is durable and was invoked without an execution")
		}
		if inv.TraceHeader != "" {
			//lint:ignore SA1029 aws-lambda-go gives it to a handler by this key
			ctx = context.WithValue(ctx, "x-amzn-trace-id", inv.TraceHeader)
		}
		out, err := f(ctx, *inv.Whole())
		if err != nil {
			return nil, err
		}
		return json.Marshal(out)
	})
}

// PlainFunc makes an invoker of an ordinary Lambda handler in this process.
func PlainFunc(f func(ctx context.Context, event []byte) ([]byte, error)) Invoker {
	return invokerFunc(func(ctx context.Context, inv *Invocation) ([]byte, error) {
		return f(ctx, inv.Event)
	})
}

type invokerFunc func(ctx context.Context, inv *Invocation) ([]byte, error)

// Invoke implements Invoker.
func (f invokerFunc) Invoke(ctx context.Context, inv *Invocation) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, inv.Timeout)
	defer cancel()
	if inv.Admitted != nil {
		inv.Admitted()
	}
	type answer struct {
		out []byte
		err error
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if p := recover(); p != nil {
				a = answer{err: &InvocationError{Type: ErrorTypeExit, Message: fmt.Sprintf("RequestId: %s Error: panic: %v", inv.RequestID, p)}}
			}
			done <- a
		}()
		a.out, a.err = f(ctx, inv)
	}()
	select {
	case a := <-done:
		return a.out, a.err
	case <-ctx.Done():
	}
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		// The engine is being closed, or the execution was stopped: nobody wants the answer,
		// but the handler should not outlive the engine if it can help it.
		a := <-done
		return a.out, a.err
	}
	return nil, &InvocationError{Type: ErrorTypeTimeout, Message: fmt.Sprintf("%s Task timed out after %.2f seconds", inv.RequestID, inv.Timeout.Seconds())}
}
