package durable

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/durablegen/durablegen/runtime/wire"
)

// CompletionReason says what ended a batch.
type CompletionReason string

const (
	// AllCompleted: every item has ended.
	AllCompleted CompletionReason = "ALL_COMPLETED"
	// MinSuccessfulReached: enough items have succeeded.
	MinSuccessfulReached CompletionReason = "MIN_SUCCESSFUL_REACHED"
	// FailureToleranceExceeded: too many items have failed.
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

	failed bool
}

// Err gives the error of the first failed item if the batch failed by its own
// rule, else nil.
func (b *Batch[T]) Err() error {
	if !b.failed {
		return nil
	}
	return b.firstError()
}

// firstError gives the error of the first failed item, if there is one.
func (b *Batch[T]) firstError() error {
	for i := range b.Items {
		if b.Items[i].Status == ItemFailed {
			return b.Items[i].Err
		}
	}
	return nil
}

// Results gives the results of the items that succeeded, in the items' order.
func (b *Batch[T]) Results() []T {
	results := make([]T, 0, len(b.Items))
	for i := range b.Items {
		if b.Items[i].Value != nil {
			results = append(results, *b.Items[i].Value)
		}
	}
	return results
}

// Errors gives the errors of the items that failed, in the items' order.
func (b *Batch[T]) Errors() []error {
	var errs []error
	for i := range b.Items {
		if b.Items[i].Status == ItemFailed {
			errs = append(errs, b.Items[i].Err)
		}
	}
	return errs
}

// Count gives the number of items with a status.
func (b *Batch[T]) Count(s ItemStatus) int {
	n := 0
	for i := range b.Items {
		if b.Items[i].Status == s {
			n++
		}
	}
	return n
}

// The recorded form of a batch. A result that is JSON is embedded, byte for byte;
// another text is a string in resultText. Branches go by name, so that they may be
// reordered.
type recordedBatch struct {
	All    []recordedItem   `json:"all"`
	Reason CompletionReason `json:"completionReason"`
}

type recordedItem struct {
	Index      int               `json:"index"`
	Name       string            `json:"name,omitempty"`
	Status     ItemStatus        `json:"status"`
	Result     json.RawMessage   `json:"result,omitempty"`
	ResultText *string           `json:"resultText,omitempty"`
	Error      *wire.ErrorObject `json:"error,omitempty"`
}

// recordedSummary stands for a batch that is too large to store.
type recordedSummary struct {
	Type         string           `json:"type"`
	TotalCount   int              `json:"totalCount"`
	SuccessCount int              `json:"successCount"`
	FailureCount int              `json:"failureCount"`
	StartedCount int              `json:"startedCount"`
	Reason       CompletionReason `json:"completionReason"`
	Status       ItemStatus       `json:"status"`
	// The items that had been started and had not ended, and those that never were,
	// by index, or by name where they have names.
	Started    []int    `json:"startedIndexes,omitempty"`
	NotStarted []int    `json:"notStartedIndexes,omitempty"`
	Names      []string `json:"names,omitempty"`
}

// encode gives the recorded form.
func (b *batch) encode(c *Context) (string, error) {
	if b.spec.Serdes != nil {
		return b.encodeOwn(c)
	}
	size := 64
	for i := range b.items {
		size += 64
		if b.items[i].text != nil {
			size += len(*b.items[i].text)
		}
	}
	text := make([]byte, 0, size)
	text = append(text, `{"all":[`...)
	first := true
	plain := c.serdesFor(b.spec.ItemSerdes) == nil
	for i, it := range b.items {
		if it.status == ItemNotStarted {
			continue
		}
		if !first {
			text = append(text, ',')
		}
		first = false
		text = append(text, `{"index":`...)
		text = strconv.AppendInt(text, int64(i), 10)
		if b.named {
			text = append(text, `,"name":`...)
			text = append(text, mustJSON(it.spec.name)...)
		}
		text = append(text, `,"status":"`...)
		text = append(text, it.status...)
		text = append(text, '"')
		switch {
		case it.status == ItemFailed:
			text = append(text, `,"error":`...)
			text = append(text, mustJSON(it.err)...)
		case it.status == ItemSucceeded && it.text == nil:
		case it.status == ItemSucceeded && (plain || json.Valid([]byte(*it.text))):
			text = append(text, `,"result":`...)
			text = append(text, *it.text...)
		case it.status == ItemSucceeded:
			text = append(text, `,"resultText":`...)
			text = append(text, mustJSON(*it.text)...)
		}
		text = append(text, '}')
	}
	text = append(text, `],"completionReason":"`...)
	text = append(text, b.reason...)
	text = append(text, `"}`...)
	return string(text), nil
}

// decode takes the outcomes of the items from the recorded form.
func (b *batch) decode(c *Context, op *operation, text *string, replay bool) error {
	undecodable := func(err error) error {
		return c.diverge(op, b.s, fmt.Sprintf("%s with a result that does not decode: %v", describeRecord(&op.rec), err))
	}
	if text == nil {
		return undecodable(fmt.Errorf("there is none"))
	}
	if b.spec.Serdes != nil && !replay {
		return b.decodeOwn(c, op, *text)
	}
	var summary recordedSummary
	if replay && json.Unmarshal([]byte(*text), &summary) == nil && summary.Type != "" {
		return b.decodeSummary(&summary)
	}
	var rec recordedBatch
	if err := json.Unmarshal([]byte(*text), &rec); err != nil {
		return undecodable(err)
	}
	b.reason = rec.Reason
	byName := map[string]*item{}
	if b.named {
		for i := range b.items {
			byName[b.items[i].spec.name] = b.items[i]
		}
	}
	for i := range rec.All {
		r := &rec.All[i]
		var it *item
		switch {
		case b.named:
			if it = byName[r.Name]; it == nil {
				continue // a branch that the code has no more
			}
		case r.Index < 0 || r.Index >= len(b.items):
			return undecodable(fmt.Errorf("item %d is recorded, and there are %d", r.Index, len(b.items)))
		default:
			it = b.items[r.Index]
		}
		it.status, it.err = r.Status, r.Error
		switch {
		case r.Status == ItemFailed:
			b.bad++
			if it.err == nil {
				it.err = &wire.ErrorObject{ErrorMessage: "failed without an error"}
			}
		case r.Status == ItemSucceeded:
			b.ok++
			it.text = r.ResultText
			if r.Result != nil {
				text := string(r.Result)
				it.text = &text
			}
		}
	}
	if b.reason == AllCompleted {
		for i := range b.items {
			if b.items[i].status == ItemNotStarted {
				return undecodable(fmt.Errorf("it has nothing of %q", b.items[i].spec.label()))
			}
		}
	}
	return nil
}

// summary gives the short form.
func (b *batch) summary() string {
	sum := recordedSummary{Type: "MapResult", SuccessCount: b.ok, FailureCount: b.bad, Reason: b.reason, Status: ItemSucceeded}
	if b.s.subType == wire.SubTypeParallel {
		sum.Type = "ParallelResult"
	}
	if b.bad > 0 {
		sum.Status = ItemFailed
	}
	for i := range b.items {
		switch b.items[i].status {
		case ItemStarted:
			sum.StartedCount++
			sum.Started = append(sum.Started, i)
		case ItemNotStarted:
			sum.NotStarted = append(sum.NotStarted, i)
			continue
		}
		sum.TotalCount++
	}
	if b.named {
		for i := range b.items {
			sum.Names = append(sum.Names, b.items[i].spec.name)
		}
	}
	return mustJSON(sum)
}

// decodeSummary takes over which items were started. What became of them is in
// their own records.
func (b *batch) decodeSummary(sum *recordedSummary) error {
	b.reason = sum.Reason
	at := func(i int) *item {
		if !b.named {
			if i >= 0 && i < len(b.items) {
				return b.items[i]
			}
			return nil
		}
		for j := range b.items {
			if i >= 0 && i < len(sum.Names) && b.items[j].spec.name == sum.Names[i] {
				return b.items[j]
			}
		}
		return nil
	}
	for i := range b.items {
		b.items[i].status = ItemSucceeded // or failed: see their records
	}
	for _, i := range sum.Started {
		if it := at(i); it != nil {
			it.status = ItemStarted
		}
	}
	for _, i := range sum.NotStarted {
		if it := at(i); it != nil {
			it.status = ItemNotStarted
		}
	}
	return nil
}

// encodeOwn gives the recorded form by the spec's own Serdes, and takes the outcome
// from it again.
func (b *batch) encodeOwn(c *Context) (string, error) {
	if err := b.assemble(c); err != nil {
		return "", err
	}
	at := c.infoOf(b.c.scope.op, b.s)
	text, err := b.spec.Serdes.Serialize(b.out, at)
	if err != nil {
		return "", &UnexpectedError{Operation: b.s.label(), Message: fmt.Sprintf("the result can't be encoded: %v", err)}
	}
	return text, nil
}

// decodeOwn takes the outcome from what the spec's own Serdes has stored.
func (b *batch) decodeOwn(c *Context, op *operation, text string) error {
	if err := b.spec.Serdes.Deserialize(text, b.out, c.infoOf(op, b.s)); err != nil {
		return c.diverge(op, b.s, fmt.Sprintf("%s with a result that does not decode: %v", describeRecord(&op.rec), err))
	}
	b.own = true
	return nil
}

// finish puts the outcomes of the items into out, unless they came from the record
// as a whole.
func (b *Batch[T]) finish(c *Context, run *batch, value func(i int) *T) error {
	b.Items = make([]BatchItem[T], len(run.items))
	b.Reason = run.reason
	b.failed = run.failing()
	// The first failure is decoded last: it is the one that may fail the scope.
	for i := len(run.items) - 1; i >= 0; i-- {
		it, out := run.items[i], &b.Items[i]
		out.Name, out.Status = it.spec.name, it.status
		switch it.status {
		case ItemSucceeded:
			if err := run.freshen(c, it); err != nil {
				return err
			}
			out.Value = value(i)
		case ItemFailed:
			out.Err = c.decodeError(it.err, &it.spec, nil)
		}
	}
	return nil
}

// freshen has what an item's result decodes to at hand.
func (b *batch) freshen(c *Context, it *item) error {
	if it.fresh {
		return nil
	}
	if err := b.load(c, it); err != nil {
		return c.diverge(b.c.scope.op, &it.spec, fmt.Sprintf("a result that does not decode: %v", err))
	}
	it.fresh = true
	return nil
}
