package console

import (
	"cmp"
	"context"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// spread is how long some things took, in milliseconds: half of them, and 95 of 100, no
// longer than that.
type spread struct {
	P50 int64 `json:"p50"`
	P95 int64 `json:"p95"`
	Max int64 `json:"max"`
}

// spreadOf gives nil for nothing.
func spreadOf(times []time.Duration) *spread {
	if len(times) == 0 {
		return nil
	}
	slices.Sort(times)
	rank := func(share float64) int64 {
		return times[max(0, int(math.Ceil(share*float64(len(times))))-1)].Milliseconds()
	}
	return &spread{rank(0.5), rank(0.95), rank(1)}
}

// functionNumbers counts the executions of a function.
type functionNumbers struct {
	Name     string         `json:"name"`
	Statuses map[string]int `json:"statuses"`
	Took     *spread        `json:"took,omitempty"` // of those that have ended

	times []time.Duration
}

// numbers counts the executions that a page asks for, those of each function by status.
func (c *Console) numbers(r *http.Request) (any, error) {
	w := wantedBy(r)
	w.filter.MaxItems = 1000
	total := 0
	functions := map[string]*functionNumbers{}
	next, err := c.scan(r.Context(), w, func(found []*engine.ExecutionSummary) bool {
		if w.stands != "" || w.why != "" {
			total += len(c.rows(r.Context(), w, found))
			return false
		}
		for _, e := range found {
			f := functions[e.Function]
			if f == nil {
				f = &functionNumbers{Name: e.Function, Statuses: map[string]int{}}
				functions[e.Function] = f
			}
			total++
			f.Statuses[string(e.Status)]++
			if !e.End.IsZero() {
				f.times = append(f.times, e.End.Sub(e.Start))
			}
		}
		return false
	})
	if err != nil {
		return nil, err
	}
	list := []*functionNumbers{}
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		f := functions[name]
		f.Took = spreadOf(f.times)
		list = append(list, f)
	}
	return map[string]any{"total": total, "whole": next == "", "functions": list, "now": millis(c.engine.Now())}, nil
}

// operationNumbers counts the runs of an operation, in all turns and items.
type operationNumbers struct {
	Path    string  `json:"path"`
	Kind    string  `json:"kind"`
	Runs    int     `json:"runs"`
	Failed  int     `json:"failed,omitempty"`
	Retried int     `json:"retried,omitempty"` // runs that were tried more than once
	Open    int     `json:"open,omitempty"`
	Took    *spread `json:"took,omitempty"` // of those that have ended

	times []time.Duration
}

// maxHistories is how many histories one request reads, of at most so many events.
const (
	maxHistories = 200
	maxEvents    = 200_000
)

// operations counts the operations in the newest executions of a function.
func (c *Console) operations(r *http.Request) (any, error) {
	page, err := c.engine.ListExecutions(r.Context(), engine.ExecutionFilter{Function: r.URL.Query().Get("function"), MaxItems: maxHistories})
	if err != nil {
		return nil, err
	}
	found := map[string]*operationNumbers{}
	order := []*operationNumbers{}
	executions, events := 0, 0
	for i := range page.Executions {
		if events > maxEvents {
			break
		}
		x, n, err := c.model(r.Context(), page.Executions[i].ARN)
		if err != nil {
			return nil, err
		}
		executions, events = executions+1, events+n
		for _, o := range x.Operations {
			if o.Folded() || o.Item() {
				continue
			}
			path := opid.Words(opid.Bare(o.Path))
			f := found[path]
			if f == nil {
				f = &operationNumbers{Path: path, Kind: o.What()}
				found[path] = f
				order = append(order, f)
			}
			f.count(o)
		}
	}
	for _, f := range order {
		f.Took = spreadOf(f.times)
	}
	slices.SortStableFunc(order, func(a, b *operationNumbers) int { return cmp.Compare(b.p95(), a.p95()) })
	return map[string]any{"executions": executions, "operations": order, "now": millis(c.engine.Now())}, nil
}

func (f *operationNumbers) count(o *execution.Operation) {
	f.Runs++
	if o.State == execution.Failed {
		f.Failed++
	}
	if o.Tries > 1 && o.What() == "step" {
		f.Retried++
	}
	switch {
	case o.Over():
		f.times = append(f.times, o.Ended.Sub(o.Started))
	case o.Open():
		f.Open++
	}
}

func (f *operationNumbers) p95() int64 {
	if f.Took == nil {
		return 0
	}
	return f.Took.P95
}

// model reads what has happened in an execution, without its data.
func (c *Console) model(ctx context.Context, arn string) (*execution.Execution, int, error) {
	events, err := c.engine.History(ctx, arn, engine.HistoryQuery{OmitData: true})
	if err != nil {
		return nil, 0, err
	}
	events = slices.DeleteFunc(events, func(e wire.Event) bool { return e.EventType == wire.EventInvocationCompleted })
	return execution.Of(events), len(events), nil
}
