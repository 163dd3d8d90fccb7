package durable

// CompletionReason says what ended a batch.
type CompletionReason string

const (
	AllCompleted             CompletionReason = "ALL_COMPLETED"
	MinSuccessfulReached     CompletionReason = "MIN_SUCCESSFUL_REACHED"
	FailureToleranceExceeded CompletionReason = "FAILURE_TOLERANCE_EXCEEDED"
)

// ItemStatus is what became of an item.
type ItemStatus string

const (
	// ItemNotStarted is an item whose turn did not come before the batch was
	// decided.
	ItemNotStarted ItemStatus = ""
	// ItemStarted is an item that had not ended when the batch was decided.
	ItemStarted   ItemStatus = "STARTED"
	ItemSucceeded ItemStatus = "SUCCEEDED"
	ItemFailed    ItemStatus = "FAILED"
)

// BatchItem is what became of one item. Value is set if it succeeded, Err if it
// failed.
type BatchItem[T any] struct {
	Name   string
	Status ItemStatus
	Value  *T
	Err    error
}

// Batch is the outcome of a map or a parallel. Items holds all items, each at its
// own index.
type Batch[T any] struct {
	Items  []BatchItem[T]
	Reason CompletionReason
}

// Err gives the error of the first failed item if the batch failed by its own
// rule, else nil.
func (b *Batch[T]) Err() error { panic("not implemented") }

// ThrowIfError gives the error of the first failed item, if there is one.
func (b *Batch[T]) ThrowIfError() error { panic("not implemented") }

// Values gives one pointer for every item: nil for those without a result.
func (b *Batch[T]) Values() []*T { panic("not implemented") }

// Results gives the results of the items that succeeded.
func (b *Batch[T]) Results() []T { panic("not implemented") }

// Errors gives the errors of the items that failed.
func (b *Batch[T]) Errors() []error { panic("not implemented") }

// SuccessCount gives the number of items that succeeded.
func (b *Batch[T]) SuccessCount() int { panic("not implemented") }

// FailureCount gives the number of items that failed.
func (b *Batch[T]) FailureCount() int { panic("not implemented") }

// StartedCount gives the number of items that were started and had not ended.
func (b *Batch[T]) StartedCount() int { panic("not implemented") }

// TotalCount gives the number of items that were started, ended or not.
func (b *Batch[T]) TotalCount() int { panic("not implemented") }

// HasFailure reports whether any item failed.
func (b *Batch[T]) HasFailure() bool { panic("not implemented") }

// Status is [ItemFailed] if any item failed, else [ItemSucceeded].
func (b *Batch[T]) Status() ItemStatus { panic("not implemented") }
