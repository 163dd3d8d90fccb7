package flow

import (
	"encoding/json"

	"github.com/durablegen/durablegen/runtime/durable"
)

// Item is what became of one item of a settled map, or one branch of a settled
// parallel.
type Item[T any] struct {
	Index  int      `json:"index"`
	Name   string   `json:"name"`
	Status string   `json:"status"` // one of the ItemStatus constants
	Value  *T       `json:"value,omitempty"`
	Error  *Failure `json:"error,omitempty"`

	// Result is where a branch leaves its value.
	Result T `json:"-"`
}

// The values of the built-in enums are texts.
const (
	ItemStatusSucceeded  = string(durable.ItemSucceeded)
	ItemStatusFailed     = string(durable.ItemFailed)
	ItemStatusStarted    = string(durable.ItemStarted)
	ItemStatusNotStarted = string(durable.ItemNotStarted)

	CompletionReasonAllCompleted             = string(durable.AllCompleted)
	CompletionReasonMinSuccessfulReached     = string(durable.MinSuccessfulReached)
	CompletionReasonFailureToleranceExceeded = string(durable.FailureToleranceExceeded)
)

// Counts are what a settled batch came to: Count = Begun + NotStarted, and Begun =
// Succeeded + Failed + Started.
type Counts struct {
	Reason     string `json:"reason"` // one of the CompletionReason constants
	Count      int    `json:"count"`  // all that there were
	Begun      int    `json:"begun"`
	Succeeded  int    `json:"succeeded"`
	Failed     int    `json:"failed"`
	Started    int    `json:"started"` // and not ended
	NotStarted int    `json:"notStarted"`
	Total      int    `json:"total"` // as Begun, by its first name
}

// Outcome is what a settled map gives.
type Outcome[T any] struct {
	Items []Item[T] `json:"items"`
	Counts
}

// CountsOf counts what became of the items of a batch.
func CountsOf[T any](b *durable.Batch[T]) Counts {
	c := Counts{
		Reason: string(b.Reason), Count: len(b.Items), Succeeded: b.Count(durable.ItemSucceeded), Failed: b.Count(durable.ItemFailed),
		Started: b.Count(durable.ItemStarted), NotStarted: b.Count(durable.ItemNotStarted),
	}
	c.Begun = c.Count - c.NotStarted
	c.Total = c.Begun
	return c
}

// Settled makes the outcome of a settled map of what durable.MapBatch gives.
func Settled[T any](b *durable.Batch[T], err error) (Outcome[T], error) {
	if err != nil {
		return Outcome[T]{}, err
	}
	out := Outcome[T]{Items: make([]Item[T], len(b.Items)), Counts: CountsOf(b)}
	for i, item := range b.Items {
		out.Items[i] = Item[T]{Index: i, Name: item.Name, Status: string(item.Status), Value: item.Value, Error: failureOrNil(item.Err)}
	}
	return out, nil
}

// Settle gives a function that takes what durable.ParallelBatch gives and fills in
// the counts and, in written order, the outcomes of the branches, whose values
// stand in their Result already.
func Settle(counts *Counts, items ...interface {
	settle(i int, name string, status durable.ItemStatus, err error)
}) func(*durable.Batch[json.RawMessage], error) error {
	return func(b *durable.Batch[json.RawMessage], err error) error {
		if err != nil {
			return err
		}
		*counts = CountsOf(b)
		for i, item := range items {
			item.settle(i, b.Items[i].Name, b.Items[i].Status, b.Items[i].Err)
		}
		return nil
	}
}

func (item *Item[T]) settle(i int, name string, status durable.ItemStatus, err error) {
	item.Index, item.Name, item.Status, item.Error = i, name, string(status), failureOrNil(err)
	if status == durable.ItemSucceeded {
		item.Value = new(item.Result)
	}
}

func failureOrNil(err error) *Failure {
	if err == nil {
		return nil
	}
	return new(FailureOf(err))
}
