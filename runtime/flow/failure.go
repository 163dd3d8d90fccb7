package flow

import (
	"errors"
	"slices"

	"github.com/durablegen/durablegen/runtime/durable"
)

// Failure is an error of any type, as `catch e` sees it.
type Failure struct {
	Type      string `json:"type"`
	Operation string `json:"operation"`
	Message   string `json:"message"`
	Err       error  `json:"-"` // what `fail e` raises again
}

// FailureOf describes an error.
func FailureOf(err error) Failure {
	f := Failure{Message: err.Error(), Err: err}
	if declared, ok := errors.AsType[durable.Declared](err); ok {
		f.Type = declared.ErrorType()
	}
	switch e := err.(type) {
	case *durable.TimeoutError:
		f.Operation, f.Message = e.Operation, e.Message
	case *durable.HeartbeatTimeoutError:
		f.Operation, f.Message = e.Operation, e.Message
	case *durable.InterruptedError:
		f.Operation, f.Message = e.Operation, e.Message
	case *durable.StoppedError:
		f.Operation, f.Message = e.Operation, e.Message
	case *durable.ExhaustedError:
		f.Operation, f.Message = e.Operation, e.Message
	case *durable.UndoFailedError:
		f.Operation, f.Message = e.Operation, e.Message
	case *durable.UnexpectedError:
		f.Operation, f.Message = e.Operation, e.Message
	}
	return f
}

// Caught describes an error if it is of one of the types.
func Caught(err error, types ...string) (Failure, bool) {
	declared, ok := errors.AsType[durable.Declared](err)
	if !ok || !slices.Contains(types, declared.ErrorType()) {
		return Failure{}, false
	}
	return FailureOf(err), true
}
