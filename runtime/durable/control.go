package durable

import (
	"errors"
	"fmt"

	"github.com/durablegen/durablegen/internal/opid"
)

// control is an error that says that the workflow can't go on now. It is passed
// upward and never handled, recorded or retried.
type control struct {
	kind controlKind
	err  error // what happened, for the kinds that end the invocation
}

type controlKind int

const (
	// suspended: everything in the workflow waits for the service.
	suspended controlKind = iota
	// abandoned: the scope around has been decided without this part of it.
	abandoned
	// cutOff: the invocation is lost, another one may do better.
	cutOff
	// failed: the execution is to fail, whatever the workflow does.
	failed
	// closed: the execution takes no more checkpoints.
	closed
)

var (
	errSuspended = &control{kind: suspended}
	errAbandoned = &control{kind: abandoned}
)

func (c *control) Error() string {
	switch c.kind {
	case suspended:
		return "durable: suspended; return this error to the caller"
	case abandoned:
		return "durable: given up, since the scope around it has been decided; return this error to the caller"
	}
	return c.err.Error()
}

func (c *control) Unwrap() error { return c.err }

// Catchable reports whether err is a failure that a workflow may handle. It is
// false for what only says that the workflow can't go on now: suspended, given up,
// diverged from its record, cut off from the service. Such an error has to be
// returned at once. Catchable(nil) is false.
func Catchable(err error) bool {
	if err == nil {
		return false
	}
	if _, ok := err.(Declared); ok {
		return true
	}
	var c *control
	return !errors.As(err, &c)
}

// FailInvocation ends this invocation with err, which must not be nil, and has the service
// invoke again: what the workflow lacks is not the workflow's fault, and may be there next
// time. Nothing is undone. The error that it gives has to be returned at once.
func FailInvocation(ctx *Context, err error) error {
	inv := ctx.scope.inv
	inv.mu.Lock()
	defer inv.mu.Unlock()
	lost := &control{kind: cutOff, err: err}
	inv.failLocked(lost)
	return lost
}

// controlOf gives the control error in err's chain, or nil.
func controlOf(err error) *control {
	switch e := err.(type) {
	case nil:
		return nil
	case *control:
		return e
	case Declared:
		return nil
	}
	var c *control
	if errors.As(err, &c) {
		return c
	}
	return nil
}

// worse gives the one of two control errors that decides what becomes of a scope
// which got both.
func worse(a, b *control) *control {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.kind > b.kind && a.kind > abandoned:
		return a
	case b.kind > abandoned:
		return b
	case a.kind == suspended:
		return a
	}
	return b
}

// DivergenceError says that the workflow asks for something else than what was
// recorded. It fails the execution without undoing anything.
type DivergenceError struct {
	// Operation is the ID of the operation, empty at the end of the workflow; Pos is
	// where the workflow asks for it.
	Operation, Pos string
	// Recorded is what the record holds, Wanted what the workflow asks for.
	Recorded, Wanted string
}

func (e *DivergenceError) Error() string {
	if e.Operation == "" {
		return "the workflow has diverged from its record: at its end, recorded is " + e.Recorded
	}
	at := ""
	if e.Pos != "" {
		at = " (" + e.Pos + ")"
	}
	operation := ""
	if words := opid.Words(e.Operation); words != "" {
		operation = fmt.Sprintf(" at operation %q", words)
	}
	return fmt.Sprintf("the workflow has diverged from its record%s%s: checkpointed is %s, the current code wants %s",
		operation, at, e.Recorded, e.Wanted)
}

// ErrorType gives the name of the error in the execution's result, which is that of
// AWS's SDKs: an alarm for it need not know in which language a function is written.
func (e *DivergenceError) ErrorType() string { return "NonDeterministicExecutionError" }

// MisuseError says that a workflow used a context where it must not: inside a
// step, inside an inner scope, or after its function had returned. It fails the
// execution without undoing anything.
type MisuseError struct {
	Operation, Pos, Message string
}

func (e *MisuseError) Error() string {
	at := ""
	if e.Pos != "" {
		at = " (" + e.Pos + ")"
	}
	return fmt.Sprintf("operation %q%s: %s", e.Operation, at, e.Message)
}

// ErrorType gives the name of the error in the execution's result.
func (e *MisuseError) ErrorType() string { return "ContextMisuse" }
