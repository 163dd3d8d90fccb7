package flow

import (
	"cmp"
	"errors"
	"slices"

	"github.com/durablegen/durablegen/runtime/durable"
)

// Failure is an error of any type, as `catch e` sees it. Name is the type that it was born
// with: where Type is Unexpected, that of the original, if it had one.
type Failure struct {
	Type      string `json:"type"`
	Operation string `json:"operation"`
	Message   string `json:"message"`
	Name      string `json:"-"`
	Err       error  `json:"-"` // what `fail e` raises again
}

// Cause gives the error itself, nil if there is none.
func (f *Failure) Cause() error {
	if f == nil {
		return nil
	}
	return f.Err
}

// FailureOf describes an error.
func FailureOf(err error) Failure {
	f := Failure{Message: err.Error(), Err: err}
	if declared, ok := errors.AsType[durable.Declared](err); ok {
		f.Type = declared.ErrorType()
		f.Name = f.Type
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
		f.Operation, f.Message, f.Name = e.Operation, e.Message, cmp.Or(e.Type, f.Name)
	}
	return f
}

// Bearing gives an error that is not declared if its original bore the name.
func Bearing(err error, name string) (*durable.UnexpectedError, bool) {
	u, ok := errors.AsType[*durable.UnexpectedError](err)
	if !ok || u.Type != name {
		return nil, false
	}
	return u, true
}

// CaughtBearing is [Caught], and takes errors that are not declared if their original bore
// one of the names.
func CaughtBearing(err error, names []string, types ...string) (Failure, bool) {
	if u, ok := errors.AsType[*durable.UnexpectedError](err); ok && u.Type != "" && slices.Contains(names, u.Type) {
		return FailureOf(err), true
	}
	return Caught(err, types...)
}

// Caught describes an error if it is of one of the types.
func Caught(err error, types ...string) (Failure, bool) {
	declared, ok := errors.AsType[durable.Declared](err)
	if !ok || !slices.Contains(types, declared.ErrorType()) {
		return Failure{}, false
	}
	return FailureOf(err), true
}
