package flow

import (
	"fmt"
	"runtime"

	"github.com/durablegen/durablegen/runtime/durable"
)

// None is the result of what has none.
type None struct{}

// failure is what a computation that fails panics with.
type failure struct{ message string }

func (f failure) Error() string { return f.message }

func fail(format string, args ...any) {
	panic(failure{fmt.Sprintf(format, args...)})
}

// Eval computes a value. What fails in there, panics of the user's pure functions
// included, is a *durable.UnexpectedError; pos says where in the .flow file the
// expression stands.
func Eval[T any](pos string, compute func() T) (value T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = unexpected(pos, r)
		}
	}()
	return compute(), nil
}

func unexpected(pos string, r any) error {
	e := &durable.UnexpectedError{Operation: pos}
	switch r := r.(type) {
	case failure:
		e.Message = r.message
	case runtime.Error:
		e.Message = "panic: " + r.Error()
	default:
		e.Message = fmt.Sprintf("panic: %v", r)
	}
	return e
}
