package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// due is what happens by itself at a moment.
type due struct {
	At        int64  `json:"at"`
	ARN       string `json:"arn"`
	Execution string `json:"execution"`
	Operation string `json:"operation,omitempty"` // empty: the execution itself
	What      string `json:"what"`                // "ends", "is tried again", "times out", "misses a heartbeat"
}

const (
	maxDue     = 12  // that a page shows
	maxRunning = 500 // executions that are asked
)

// dueAt gives when an operation goes on by itself, and what it does then; zero if it does not.
func dueAt(o *wire.Operation) (at time.Time, what string) {
	switch {
	case o.Status.Terminal():
	case o.WaitDetails != nil:
		return o.WaitDetails.ScheduledEndTimestamp.Go(), "ends"
	case o.StepDetails != nil && o.Status == wire.StatusPending:
		return o.StepDetails.NextAttemptTimestamp.Go(), "is tried again"
	}
	return time.Time{}, ""
}

// skippedTo gives the moment to which a skip of an operation moves the time.
func (c *Console) skippedTo(ctx context.Context, arn, operation string) (time.Time, error) {
	operations, err := c.engine.Operations(ctx, arn)
	if err != nil {
		return time.Time{}, err
	}
	i := slices.IndexFunc(operations, func(o wire.Operation) bool { return o.Id == operation })
	if i >= 0 {
		if at, _ := dueAt(&operations[i]); !at.IsZero() {
			return at, nil
		}
	}
	return time.Time{}, &refused{http.StatusConflict, "It does not wait for time any more."}
}

// dueBefore tells what a skip of an operation makes due besides it, in all executions, as things
// stand: what follows on that may fall due on the way, too.
func (c *Console) dueBefore(r *http.Request) (any, error) {
	ctx, q := r.Context(), r.URL.Query()
	until, err := c.skippedTo(ctx, q.Get("arn"), q.Get("operation"))
	if err != nil {
		return nil, err
	}
	found := []due{}
	add := func(d due, at time.Time) {
		if !at.IsZero() && !at.After(until) {
			d.At = millis(at)
			found = append(found, d)
		}
	}
	page, err := c.engine.ListExecutions(ctx, engine.ExecutionFilter{Statuses: []wire.ExecutionStatus{wire.ExecutionRunning}, MaxItems: maxRunning})
	if err != nil {
		return nil, err
	}
	for i := range page.Executions {
		e := &page.Executions[i]
		operations, err := c.engine.Operations(ctx, e.ARN)
		if err != nil {
			continue // it has ended since
		}
		for j := range operations {
			o := &operations[j]
			if at, what := dueAt(o); e.ARN != q.Get("arn") || o.Id != q.Get("operation") {
				add(due{ARN: e.ARN, Execution: e.Name, Operation: wordsOf(o.Id, o.Name), What: what}, at)
			}
		}
		if x, err := c.engine.Execution(ctx, e.ARN, false); err == nil {
			add(due{ARN: e.ARN, Execution: e.Name, What: "times out"}, x.TimesOut)
		}
	}
	callbacks, err := c.engine.OpenCallbacks(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, cb := range callbacks {
		d := due{ARN: cb.ExecutionARN, Execution: cb.ExecutionName, Operation: cb.Name, What: "times out"}
		if add(d, cb.Deadline); cb.Deadline.IsZero() || cb.Heartbeat.Before(cb.Deadline) {
			d.What = "misses a heartbeat"
			add(d, cb.Heartbeat)
		}
	}
	slices.SortStableFunc(found, func(a, b due) int { return int(min(max(a.At-b.At, -1), 1)) })
	return map[string]any{"until": millis(until), "due": found[:min(len(found), maxDue)], "total": len(found), "whole": page.NextMarker == ""}, nil
}

// wordsOf is an operation as people say it: by its ID, or its name if that is a hash.
func wordsOf(id, name string) string {
	if words := trail.Replace(opid.Words(id)); words != "" {
		return words
	}
	return name
}
