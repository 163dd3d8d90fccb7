// Package process runs Lambda functions as processes of their own, driven
// through the Lambda Runtime API, as the service does it.
package process

import (
	"context"
	"time"

	"github.com/durablegen/durablegen/runtime/engine"
)

// Options say how a function's processes are started.
type Options struct {
	Function string   // name, which the process gets as _HANDLER and AWS_LAMBDA_FUNCTION_NAME
	Command  []string // the program and its arguments; a Lambda bootstrap
	Dir      string   // working directory; empty: the caller's
	Env      []string // "KEY=value", added to the process's environment and stronger than what Lambda sets

	// Endpoint is the engine's HTTP API, such as http://127.0.0.1:9001.
	Endpoint string

	Region, Account string // as in engine.Options

	// MaxProcesses is how many may run at once; 0 is 100. Idle ones beyond MaxIdle (0: 8) end.
	MaxProcesses, MaxIdle int

	// InitTimeout is how long a process may take until it asks for its first event; 0 is 10 s.
	InitTimeout time.Duration

	// Log receives what the processes write, line by line; nil discards it.
	Log func(engine.LogLine)
}

// Pool is an engine.Invoker that runs each invocation in a process of its own,
// which is used again for later ones.
type Pool struct{}

// NewPool returns a pool; processes are started when they are needed.
func NewPool(o Options) (*Pool, error) { panic("not yet") }

// Invoke implements engine.Invoker.
func (p *Pool) Invoke(ctx context.Context, inv *engine.Invocation) ([]byte, error) { panic("not yet") }

// Close kills the processes and waits for their end.
func (p *Pool) Close() error { panic("not yet") }
