package core

import (
	"fmt"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Codes of refusals.
const (
	CodeInvalidParameter = "InvalidParameterValueException"
	CodeValidation       = "ValidationException"
	CodeCallbackTimeout  = "CallbackTimeoutException"
	CodeNotFound         = "ResourceNotFoundException"
	CodeAlreadyStarted   = "DurableExecutionAlreadyStartedException"
	CodeTooLarge         = "RequestTooLargeException"
	CodeConflict         = "ResourceConflictException"
)

// invalid refuses a command with InvalidParameterValueException.
func invalid(format string, args ...any) *wire.APIError {
	return &wire.APIError{Code: CodeInvalidParameter, Message: fmt.Sprintf(format, args...), HTTPStatus: 400}
}

// Conflict refuses what the state of an execution doesn't allow.
func Conflict(format string, args ...any) *wire.APIError {
	return &wire.APIError{Code: CodeConflict, Message: fmt.Sprintf(format, args...), HTTPStatus: 409}
}

// ErrToken refuses a checkpoint token that is stale, garbled or not for a running execution.
// Handlers recognise it by the beginning of its message.
func ErrToken() *wire.APIError { return invalid("Invalid checkpoint token") }

// ErrCallbackClosed refuses an answer to a callback that has ended.
func ErrCallbackClosed() *wire.APIError {
	return &wire.APIError{Code: CodeCallbackTimeout, Message: "The callback is either timed out or already completed", HTTPStatus: 400}
}

// ErrCallbackID refuses an identifier that no callback can have.
func ErrCallbackID() *wire.APIError { return invalid("Invalid callback id") }
