package durable

import "reflect"

// Declared is an error type of a workflow. Its type, message and JSON are recorded
// and it comes back as the same Go type, if [Definition.Errors] knows it.
type Declared interface {
	error
	ErrorType() string
}

// ErrorTypes makes an empty error by the name of its type, for decoding: see [Errors].
type ErrorTypes map[string]func() Declared

// Errors gives the types of some errors, each a pointer to a struct:
//
//	durable.Errors(&CardDeclined{}, &OutOfStock{})
func Errors(examples ...Declared) ErrorTypes {
	types := make(ErrorTypes, len(examples))
	for _, e := range examples {
		t := reflect.TypeOf(e).Elem()
		types[e.ErrorType()] = func() Declared { return reflect.New(t).Interface().(Declared) }
	}
	return types
}

// TimeoutError says that a callback, an invoked function or an attempt of a step
// took too long.
type TimeoutError struct{ Operation, Message string }

// HeartbeatTimeoutError says that a callback had no sign of life for too long.
type HeartbeatTimeoutError struct{ Operation, Message string }

// InterruptedError says that an attempt of an at-most-once step was started and
// that its outcome is unknown.
type InterruptedError struct{ Operation, Message string }

// StoppedError says that an invoked execution was stopped.
type StoppedError struct{ Operation, Message string }

// ExhaustedError says that a condition was not met within its number of checks.
type ExhaustedError struct{ Operation, Message string }

// UndoFailedError says that a scope failed and that not all of its undos
// succeeded. It does not wrap what began it: who handles that must not take the scope
// for undone.
type UndoFailedError struct {
	Operation, Message string
	// Cause is the failure that the scope was undone for; nil if it was given up because
	// the batch around it had been decided.
	Cause error
	// Undos are those that failed, in the order in which they ran.
	Undos []FailedUndo
}

// FailedUndo is an undo that failed, and why: Operation is what it was to undo, such as
// "labels / [2] / print".
type FailedUndo struct {
	Operation string
	Err       error
}

// UnexpectedError is any other failure. Type and Data are those of the original
// error, if it had any.
type UnexpectedError struct{ Operation, Message, Type, Data string }

func (e *TimeoutError) Error() string { return describe("timed out", e.Operation, e.Message) }
func (e *HeartbeatTimeoutError) Error() string {
	return describe("no heartbeat", e.Operation, e.Message)
}
func (e *InterruptedError) Error() string { return describe("interrupted", e.Operation, e.Message) }
func (e *StoppedError) Error() string     { return describe("stopped", e.Operation, e.Message) }
func (e *ExhaustedError) Error() string   { return describe("exhausted", e.Operation, e.Message) }
func (e *UndoFailedError) Error() string  { return describe("undo failed", e.Operation, e.Message) }
func (e *UnexpectedError) Error() string  { return describe("failed", e.Operation, e.Message) }

// ErrorType gives the name of the error in the record and in .flow files.
func (e *TimeoutError) ErrorType() string          { return "Timeout" }
func (e *HeartbeatTimeoutError) ErrorType() string { return "HeartbeatTimeout" }
func (e *InterruptedError) ErrorType() string      { return "Interrupted" }
func (e *StoppedError) ErrorType() string          { return "Stopped" }
func (e *ExhaustedError) ErrorType() string        { return "Exhausted" }
func (e *UndoFailedError) ErrorType() string       { return "UndoFailed" }
func (e *UnexpectedError) ErrorType() string       { return "Unexpected" }

func describe(what, operation, message string) string {
	switch {
	case operation == "" && message == "":
		return what
	case operation == "":
		return message
	case message == "":
		return operation + ": " + what
	}
	return operation + ": " + message
}
