package engine

import (
	"context"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// ExecutionFilter selects executions; its zero value means all of them, the newest
// first, 100 to a page.
type ExecutionFilter struct {
	Function      string // name; empty: all functions
	Version       string // empty: all
	Name          string // exact
	Statuses      []wire.ExecutionStatus
	StartedAfter  time.Time // exclusive
	StartedBefore time.Time // exclusive
	OldestFirst   bool
	MaxItems      int    // at most 1,000
	Marker        string // NextMarker of the page before
}

// ExecutionPage is a page of executions; NextMarker is empty on the last.
type ExecutionPage struct {
	Executions []ExecutionSummary
	NextMarker string
}

// ListExecutions lists executions over all functions.
func (e *Engine) ListExecutions(ctx context.Context, f ExecutionFilter) (*ExecutionPage, error) {
	panic("not yet")
}

// Execution describes one execution; with data, also its input and outcome.
func (e *Engine) Execution(ctx context.Context, arn string, data bool) (*Execution, error) {
	panic("not yet")
}

// Operations gives the operations of an execution in the order in which they
// started, the EXECUTION operation first.
func (e *Engine) Operations(ctx context.Context, arn string) ([]wire.Operation, error) {
	panic("not yet")
}

// HistoryQuery selects events of an execution; its zero value means all of them,
// with data, the oldest first.
type HistoryQuery struct {
	After       int  // events with a greater number only, or with a smaller one if NewestFirst (0: from the end)
	MaxItems    int  // 0: no limit
	OmitData    bool // leave payloads and errors out, marked as truncated
	NewestFirst bool
}

// History gives events of an execution.
func (e *Engine) History(ctx context.Context, arn string, q HistoryQuery) ([]wire.Event, error) {
	panic("not yet")
}

// Functions lists the registered functions by name.
func (e *Engine) Functions() []Function { panic("not yet") }
