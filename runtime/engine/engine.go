package engine

import (
	"context"
	"log/slog"
	"time"
)

// Options say how an engine works. The zero value is an engine in memory, in
// real time, with the service's limits.
type Options struct {
	// Dir is the folder of the store, one SQLite file named durablegen.db;
	// it is made if it doesn't exist. Empty: in memory.
	Dir string

	// Clock gives the time; nil is the machine's clock.
	Clock Clock

	// SkipTime lets the engine's time jump to the next deadline when no
	// invocation is running or due, no chained target is at work, and no open
	// callback is expected to be answered.
	SkipTime bool

	// Callbacks tells, for each callback that opens, who will answer it. It is
	// asked again for open ones after a restart. nil: every callback is expected
	// to be answered from outside.
	Callbacks func(OpenCallback) CallbackPlan

	// Region and Account make up ARNs; empty: us-east-1 and 000000000000.
	Region, Account string

	// Limits are the service's limits where they are zero.
	Limits Limits

	// InvocationRetries are the pauses before a failed invocation is repeated;
	// when they are used up the execution fails. nil: 1, 2, 4 and 8 s.
	InvocationRetries []time.Duration

	// AllowedHosts are names and addresses, besides the loopback ones, that the HTTP API accepts
	// in the Host header; "*" is any. Whoever reaches the API can run code as the engine's user.
	AllowedHosts []string

	// Logger receives what the engine has to say about itself; nil discards it.
	Logger *slog.Logger
}

// Limits are the sizes and counts that the engine enforces. A field that is
// zero has the service's value.
type Limits struct {
	Payload       int // result of a step, context or callback, in bytes; 1 MiB
	ErrorObject   int // all fields of an error as JSON, in bytes; 1 MiB
	ChainedInput  int // 1 MiB
	AsyncOutput   int // input or result of an execution started as Event or by another execution; 1 MiB
	SyncOutput    int // input or result of an execution started and waited for; 6 MiB
	Operations    int // operations of one execution; 3,000
	StorageBytes  int // payloads written by one execution; 100 MB
	EnvelopeBytes int // operations given with an invocation before paging starts; 5 MB
}

// Engine is the service. Its methods may be used from any goroutine.
type Engine struct{}

// New opens the store and returns an engine that doesn't do anything yet:
// register the functions, then Start it. It fails if another process has the store.
func New(o Options) (*Engine, error) { panic("not yet") }

// Register adds a function, or replaces the one of the same name. Executions of
// it that were waiting for it go on, once the engine is started.
func (e *Engine) Register(f Function) error { panic("not yet") }

// Start fires overdue timers in the order in which they were due, and invokes
// again what was running when the engine last ended.
func (e *Engine) Start() error { panic("not yet") }

// Close ends the engine: invocations still running are cancelled and recorded nowhere.
// What was acknowledged stays. Invokers are the caller's to close.
func (e *Engine) Close() error { panic("not yet") }

// Now is the engine's time, which may be ahead of its clock's.
func (e *Engine) Now() time.Time { panic("not yet") }

// Idle waits until no invocation is running or due and nothing is being stored:
// whatever happens next comes from a timer or from outside.
func (e *Engine) Idle(ctx context.Context) error { panic("not yet") }
