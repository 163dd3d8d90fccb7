package durable

import "encoding/json"

// BatchSpec describes a map or a parallel. With ID and Name empty its identity is
// "map" or "parallel".
//
// Without MinSuccessful and the tolerances the first failure decides the batch;
// with MinSuccessful alone failures do not.
type BatchSpec struct {
	Name, ID, Pos string
	// MaxConcurrency bounds the unfinished items; nil means no bound.
	MaxConcurrency *int
	// MinSuccessful ends the batch when so many items have succeeded.
	MinSuccessful *int
	// ToleratedFailureCount ends the batch when more items have failed.
	ToleratedFailureCount *int
	// ToleratedFailurePercentage ends the batch when more of all items have failed.
	ToleratedFailurePercentage *float64
	// Undoable says that items may register undos.
	Undoable bool
	// Serdes encodes the outcome of the batch, ItemSerdes that of each item; nil
	// means the handler's.
	Serdes, ItemSerdes Serdes
	// ItemName names the items; nil means "map-item-0" and "parallel-branch-0". It
	// must be a pure function.
	ItemName func(i int) string
	// Flat leaves the items themselves out of the record.
	Flat bool
}

// Map runs body for each item, concurrently, each in a child context, and returns
// what they returned, in the order of the items. It fails with the error of the
// first failed item in that order. With MinSuccessful or a tolerance, items
// without a result give the zero Out; use [MapBatch] to tell them apart.
func Map[In, Out any](ctx *Context, spec *BatchSpec, items []In, body func(ctx *Context, i int, item In) (Out, error)) ([]Out, error) {
	panic("not implemented")
}

// MapBatch is [Map] which returns what became of every item, and does not fail
// because items did.
func MapBatch[In, Out any](ctx *Context, spec *BatchSpec, items []In, body func(ctx *Context, i int, item In) (Out, error)) (*Batch[Out], error) {
	panic("not implemented")
}

// BranchSpec is a branch of a parallel: see [Branch].
type BranchSpec struct{}

// Branch describes a branch. name is recorded, and is the branch's identity; if it
// is empty, the identity is the branch's index. out is set by the goroutine that
// called Parallel, after all branches have ended, if this one has succeeded.
func Branch[T any](name string, body func(*Context) (T, error), out *T) *BranchSpec {
	panic("not implemented")
}

// Parallel runs branches concurrently, each in a child context. It fails with the
// error of the first failed branch in written order.
func Parallel(ctx *Context, spec *BatchSpec, branches ...*BranchSpec) error {
	panic("not implemented")
}

// ParallelBatch is [Parallel] which returns what became of every branch, and does
// not fail because branches did.
func ParallelBatch(ctx *Context, spec *BatchSpec, branches ...*BranchSpec) (*Batch[json.RawMessage], error) {
	panic("not implemented")
}
