package core

// Limits are sizes in bytes and counts; none is zero.
type Limits struct {
	Payload      int // result of a step, context or callback
	ErrorObject  int // all fields of an error as JSON
	ChainedInput int
	AsyncOutput  int // input or result of an execution that nobody waits for
	SyncOutput   int // input or result of an execution that its starter waits for
	Operations   int // operations of an execution, the EXECUTION itself not counted
	StorageBytes int // payloads written by an execution
	Envelope     int // operations that go with an invocation or a response before paging
}

// DefaultLimits are the service's.
var DefaultLimits = Limits{
	Payload:      1 << 20,
	ErrorObject:  1 << 20,
	ChainedInput: 1 << 20,
	AsyncOutput:  1 << 20,
	SyncOutput:   6 << 20,
	Operations:   3000,
	StorageBytes: 100_000_000,
	Envelope:     5 << 20,
}
