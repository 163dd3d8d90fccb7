package engine

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
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

	// Input, Result and Error are texts that are looked for in what has those names, in upper and lower case
	// alike; of an error in its type, message and data. A page has then those of MaxItems executions in
	// which they are, and may be empty before the last one.
	Input, Result, Error string
}

// ExecutionPage is a page of executions; NextMarker is empty on the last.
type ExecutionPage struct {
	Executions []ExecutionSummary
	NextMarker string
	Looked     int      // executions that were looked at for it
	Damaged    []string // names of those whose entries are not as they were written
}

// ListExecutions lists executions over all functions.
func (e *Engine) ListExecutions(ctx context.Context, f ExecutionFilter) (*ExecutionPage, error) {
	var c core.Constraints
	checkMaxItems(&c, f.MaxItems)
	if err := c.Err(); err != nil {
		return nil, err
	}
	if f.MaxItems == 0 {
		f.MaxItems = defaultPage
	}
	q := store.Query{
		Function: f.Function, Version: f.Version, Name: f.Name, Statuses: f.Statuses,
		After: wire.TimeOf(f.StartedAfter), Before: wire.TimeOf(f.StartedBefore),
		ExpiresAfter: e.schedule.now(), OldestFirst: f.OldestFirst, Limit: f.MaxItems + 1,
	}
	var err error
	if q.From, err = parseMarker(f.Marker); err != nil {
		return nil, err
	}
	found, err := e.store.List(q)
	if err != nil {
		return nil, err
	}
	page := &ExecutionPage{Executions: []ExecutionSummary{}}
	if len(found) > f.MaxItems {
		found = found[:f.MaxItems]
		page.NextMarker = formatMarker(found[len(found)-1].Key)
	}
	page.Looked = len(found)
	if found, err = e.holding(found, &f); err != nil {
		return nil, err
	}
	for i := range found {
		page.Executions = append(page.Executions, summary(&found[i]))
		if found[i].Damage != nil {
			page.Damaged = append(page.Damaged, found[i].ARN.Name)
		}
	}
	return page, nil
}

const defaultPage = 100

// A marker is the number of the last item before the next page.
func formatMarker(n int64) string {
	return base64.RawURLEncoding.EncodeToString(strconv.AppendInt(nil, n, 10))
}

func parseMarker(marker string) (int64, error) {
	if marker == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(marker)
	if err == nil {
		var n int64
		if n, err = strconv.ParseInt(string(b), 10, 64); err == nil && n > 0 {
			return n, nil
		}
	}
	return 0, &wire.APIError{Code: core.CodeInvalidParameter, Message: "Invalid Marker", HTTPStatus: 400}
}

func summary(h *store.Execution) ExecutionSummary {
	return ExecutionSummary{
		ARN: h.ARN.String(), Name: h.ARN.Name, Function: h.ARN.Function, FunctionARN: h.ARN.FunctionARN(), Version: h.ARN.Version,
		Status: h.Status, Start: h.Start.Go(), End: h.End.Go(),
	}
}

// Execution describes one execution; with data, also its input and outcome.
func (e *Engine) Execution(ctx context.Context, arn string, data bool) (*Execution, error) {
	var out *Execution
	var header store.Execution
	shed := false
	err := e.state(arn, func(h *store.Execution, s *core.State) {
		out, header, shed = describeExecution(h, s, data), *h, s.InputShed()
	})
	if err == nil && data && shed {
		err = e.inputOf(out, &header)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

func describeExecution(h *store.Execution, s *core.State, data bool) *Execution {
	x := &Execution{
		ExecutionSummary: summary(h),
		ExecutionTimeout: time.Duration(s.Start.ExecutionTimeout) * time.Second,
		TimesOut:         s.TimeoutAt().Go(),
		RetentionDays:    s.Start.RetentionDays,
		Parent:           s.Start.ParentARN,
		TraceHeader:      s.Start.Trace,
	}
	if o := s.Start.Undoes; o != nil {
		x.Undoes = o.Copied
	}
	if o := s.Start.Repeats; o != nil {
		x.Repeats = &Repeat{ARN: o.ARN, From: o.From}
	}
	if p, ok := s.Paused(); ok {
		x.Pause = &Pause{Requested: p.Requested.Go(), Since: p.Since.Go(), TimeoutRunsOn: !p.TimeoutPaused}
		if data && p.Reason != nil {
			x.Pause.Reason = *p.Reason
		}
	}
	if data {
		x.Input, x.Result = s.Input, s.Result
		if s.Error != nil {
			c := *s.Error
			x.Error = &c
		}
	}
	return x
}

// Child gives the ARN of the execution that an operation has invoked, which may be deleted by now; empty
// if it has invoked none.
func (e *Engine) Child(_ context.Context, arn, operation string) (child string, err error) {
	err = e.state(arn, func(_ *store.Execution, s *core.State) { child = s.Child(operation) })
	return child, err
}

// Operations gives the operations of an execution in the order in which they
// started, the EXECUTION operation first.
func (e *Engine) Operations(ctx context.Context, arn string) ([]wire.Operation, error) {
	var out []wire.Operation
	x, h, err := e.find(arn)
	if err != nil {
		return nil, err
	}
	if x != nil {
		x.read(func(s *core.State) { out = s.Operations() })
		return out, x.complement(out)
	}
	s, _, err := e.rebuild(h)
	if err == nil {
		out = s.Operations()
	}
	return out, err
}

// Open gives the operations of an execution that have not ended, in the order in which they
// started, without details and data: it costs little, whatever the execution has done.
func (e *Engine) Open(ctx context.Context, arn string) ([]wire.Operation, error) {
	var out []wire.Operation
	x, _, err := e.find(arn)
	if err == nil && x != nil {
		x.read(func(s *core.State) { out = s.Open() })
	}
	return out, err
}

// HistoryQuery selects events of an execution; its zero value means all of them,
// with data, the oldest first.
type HistoryQuery struct {
	After       int  // events with a greater number only, or with a smaller one if NewestFirst (0: from the end)
	MaxItems    int  // 0: no limit
	MaxBytes    int  // to stop after about so many bytes, with one event at least; 0: no limit
	OmitData    bool // leave payloads and errors out, marked as truncated
	NewestFirst bool
}

// History gives events of an execution.
func (e *Engine) History(ctx context.Context, arn string, q HistoryQuery) ([]wire.Event, error) {
	x, h, err := e.find(arn)
	if err != nil {
		return nil, err
	}
	known := math.MaxInt32 // events that are part of the state; more may have been stored
	if x != nil {
		x.mu.Lock()
		header := x.header
		h, known = &header, x.state.Events()
		x.mu.Unlock()
	}
	after := q.After
	if q.NewestFirst && (after == 0 || after > known) {
		after = known + 1
	}
	facts, err := e.store.Events(h.Key, after, q.NewestFirst, q.MaxItems, q.MaxBytes)
	var damage *store.DamageError
	switch {
	case errors.As(err, &damage):
		return nil, errDamaged(h, err)
	case err != nil:
		return nil, err
	}
	events := []wire.Event{}
	for i := range facts {
		if facts[i].Event > known || q.MaxItems > 0 && len(events) == q.MaxItems {
			break
		}
		events = append(events, core.HistoryEvent(&facts[i], !q.OmitData))
	}
	return events, nil
}

// Functions lists the registered functions by name.
func (e *Engine) Functions() []Function {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]Function, 0, len(e.functions))
	for _, name := range slices.Sorted(maps.Keys(e.functions)) {
		if f := e.functions[name].latest; f != nil {
			out = append(out, *f)
		}
	}
	return out
}
