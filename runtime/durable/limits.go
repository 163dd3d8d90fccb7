package durable

// Limits of the service.
const (
	// maxOperations is how many operations an execution may have by default.
	maxOperations = 3000

	// maxPayload bounds what an operation stores.
	maxPayload = 1 << 20

	// maxResult bounds the result of an execution, maxEventResult that of one which nobody
	// waits for, or another execution.
	maxResult      = 6 << 20
	maxEventResult = 1 << 20

	// maxStored is the size up to which the result of a context is stored. That of
	// a larger one is made again from its children. It is a quarter of what the
	// service takes, as it was everywhere at first.
	maxStored = 256 << 10

	// maxDelay bounds waits and delays between attempts, in seconds.
	maxDelay = 366 * 24 * 60 * 60

	// maxErrorData and maxErrorMessage bound what is recorded of an error.
	maxErrorData    = 256 << 10
	maxErrorMessage = 32 << 10

	maxName = 256
)
