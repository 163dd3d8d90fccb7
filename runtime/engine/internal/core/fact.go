package core

import "github.com/durablegen/durablegen/runtime/wire"

// Kind tells what a fact says. Most kinds are those of history events; the
// others are facts that the history leaves out.
type Kind = wire.EventType

const (
	// FactStepReady: a step's retry delay is over.
	FactStepReady Kind = "StepReady"
	// FactCallbackHeartbeat: a callback's sender gave a sign of life.
	FactCallbackHeartbeat Kind = "CallbackHeartbeat"
	// FactExecutionClosing: the outcome is known and takes effect when the
	// running invocation ends.
	FactExecutionClosing Kind = "ExecutionClosing"
	// FactCopied: the facts between the execution's start and this one are another
	// execution's.
	FactCopied Kind = "Copied"
	// FactExecutionPausing: a pause was asked for, and takes effect at the running invocation's
	// next checkpoint or end.
	FactExecutionPausing Kind = "ExecutionPausing"
	// FactPauseCancelled: a resume came before the pause took effect.
	FactPauseCancelled Kind = "ExecutionPauseCancelled"
)

// Fact is one thing that became true for an execution. Facts are stored in the
// order in which they happened, and folding them gives the state. A fact names
// its operation in full, so that an event can be shown without the ones before it.
type Fact struct {
	Kind    Kind              `json:"kind"`
	Event   int               `json:"event,omitempty"` // number in the history; 0: not part of it
	At      wire.Time         `json:"at"`
	Op      string            `json:"op,omitempty"`
	Parent  string            `json:"parent,omitempty"`
	Name    string            `json:"name,omitempty"`
	SubType string            `json:"subType,omitempty"`
	Payload *string           `json:"payload,omitempty"`
	Error   *wire.ErrorObject `json:"error,omitempty"`

	Attempt        int       `json:"attempt,omitempty"`        // of a step: completed attempts after this
	Delay          int       `json:"delay,omitempty"`          // seconds until a step's next attempt
	Duration       int       `json:"duration,omitempty"`       // seconds: of a wait, a callback's time-out, the execution's
	Heartbeat      int       `json:"heartbeat,omitempty"`      // seconds
	Until          wire.Time `json:"until,omitempty"`          // when the wait, the retry delay or the back-off ends
	CallbackID     string    `json:"callbackId,omitempty"`     //
	ReplayChildren bool      `json:"replayChildren,omitempty"` //

	// Of a chained invoke: what was asked for, and what it led to.
	Function string `json:"function,omitempty"`
	TenantID string `json:"tenantId,omitempty"`
	Version  string `json:"version,omitempty"`
	Child    string `json:"child,omitempty"` // ARN of the execution started
	Trace    string `json:"trace,omitempty"`

	// Of an invocation.
	RequestID string    `json:"requestId,omitempty"`
	Started   wire.Time `json:"started,omitempty"`
	Updated   []string  `json:"updated,omitempty"` // operations that ended without the handler having been told
	Stalled   bool      `json:"stalled,omitempty"` // it suspended with nothing to wait for
	Cut       bool      `json:"cut,omitempty"`     // a pause had ended its checkpoints before

	// Of a pause and a resume. The reason is the payload.
	Requested     wire.Time `json:"requested,omitempty"`
	TimeoutPaused bool      `json:"timeoutPaused,omitempty"`
	ClientToken   string    `json:"clientToken,omitempty"` // of the request; only with the first fact it led to

	Status wire.ExecutionStatus `json:"status,omitempty"` // of FactExecutionClosing
	Start  *Start               `json:"start,omitempty"`  // of ExecutionStarted
	Open   []string             `json:"open,omitempty"`   // of FactCopied: see [wire.Undo]
}

// Size is how many bytes of data come with the fact.
func (f *Fact) Size() int {
	n := errorSize(f.Error)
	if f.Payload != nil {
		n += len(*f.Payload)
	}
	return n
}

// Start is what an execution starts with.
type Start struct {
	ARN              ARN    `json:"arn"`
	Sync             bool   `json:"sync,omitempty"`
	ExecutionTimeout int    `json:"executionTimeout"` // seconds
	RetentionDays    int    `json:"retentionDays"`
	Trace            string `json:"trace,omitempty"`
	TenantID         string `json:"tenantId,omitempty"`
	ClientContext    string `json:"clientContext,omitempty"` // JSON
	ParentARN        string `json:"parentArn,omitempty"`     // of the execution that invoked this one
	ParentOp         string `json:"parentOp,omitempty"`

	Undoes  *Origin `json:"undoes,omitempty"`  // the execution that this one is to undo
	Repeats *Repeat `json:"repeats,omitempty"` // the execution that this one runs again from an operation on
}

// Repeat is an execution whose records another one has been given, up to an operation.
type Repeat struct {
	ARN  string `json:"arn"`
	From string `json:"from"` // the operation's ID
}

// Origin is an execution whose records another one has been given.
type Origin struct {
	ARN     string    `json:"arn"`
	Started wire.Time `json:"started"`
	Reason  string    `json:"reason"` // why it is undone
	Copied  string    `json:"copied"` // whose facts these are: ARN's, or those of one that was to undo it
}
