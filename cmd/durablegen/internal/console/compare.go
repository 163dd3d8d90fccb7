package console

import (
	"context"
	"net/http"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// comparedExecution is one of two executions that are compared.
type comparedExecution struct {
	row
	Input    *text    `json:"input,omitempty"`
	Result   *text    `json:"result,omitempty"`
	Error    string   `json:"error,omitempty"`
	Overlay  overlay  `json:"overlay"`
	Drawings []sheet  `json:"drawings"`
	Differs  []string `json:"differs"` // elements of the diagrams, as KEY/ELEMENT, at which the two differ

	events []wire.Event
	model  *model
}

// comparedPair is an operation of both, or of one.
type comparedPair struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`
	Kind    string        `json:"kind"`
	Differs []string      `json:"differs"`
	A       *comparedSide `json:"a,omitempty"`
	B       *comparedSide `json:"b,omitempty"`
}

// comparedSide is what one of them has. Times are counted from the execution's start.
type comparedSide struct {
	State  string `json:"state"`
	Undone bool   `json:"undone,omitempty"`
	Left   bool   `json:"left,omitempty"`
	Start  int64  `json:"start"`
	End    int64  `json:"end,omitempty"`
	Tries  int    `json:"tries,omitempty"`
	Input  string `json:"input,omitempty"` // cut
	Result string `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
}

// compare puts two executions side by side.
func (c *Console) compare(r *http.Request) (any, error) {
	detail, ok := visualize.ParseDetail(r.URL.Query().Get("detail"))
	if !ok {
		detail = visualize.Normal
	}
	a, err := c.toCompare(r.Context(), r.URL.Query().Get("a"), detail)
	if err != nil {
		return nil, err
	}
	b, err := c.toCompare(r.Context(), r.URL.Query().Get("b"), detail)
	if err != nil {
		return nil, err
	}
	pairs := []comparedPair{}
	for _, p := range execution.Compare(a.events, b.events) {
		o := p.Either()
		pair := comparedPair{ID: o.ID, Name: o.Trail(), Kind: o.What(), Differs: append([]string{}, p.Differs...)}
		pair.A, pair.B = a.side(p.A), b.side(p.B)
		if p.Only() || len(p.Differs) > 0 {
			a.mark(p.A)
			b.mark(p.B)
		}
		pairs = append(pairs, pair)
	}
	return map[string]any{"a": a, "b": b, "pairs": pairs, "now": millis(c.engine.Now())}, nil
}

func (c *Console) toCompare(ctx context.Context, arn string, detail visualize.Detail) (*comparedExecution, error) {
	x, err := c.engine.Execution(ctx, arn, true)
	if err != nil {
		return nil, err
	}
	e := &comparedExecution{row: rowOf(&x.ExecutionSummary), Differs: []string{}, model: newModel(c.build.catalog(), x.Function)}
	err = c.events(ctx, arn, 0, func(event *wire.Event) {
		if event.EventType != wire.EventInvocationCompleted {
			e.events = append(e.events, *event)
			e.model.apply(event)
		}
	})
	if err != nil {
		return nil, err
	}
	_, _, input := c.chained(ctx, x)
	e.Input, e.Result = shown(input, "input"), shown(x.Result, "result")
	if x.Error != nil {
		e.Error = cutBytes(execution.ErrorText(x.Error), maxWhy)
	}
	e.Overlay, e.Drawings = e.model.overlay(c.engine.Now()), c.build.catalog().drawings(x.Function, detail, "")
	return e, nil
}

func (e *comparedExecution) side(s *execution.Side) *comparedSide {
	if s == nil {
		return nil
	}
	out := &comparedSide{State: s.State.String(), Undone: s.Undone, Left: s.Left(), Start: millis(s.Started) - e.Start, Tries: s.Tries}
	if !s.Ended.IsZero() {
		out.End = millis(s.Ended) - e.Start
	}
	if s.Input != nil {
		out.Input = cutBytes(*s.Input, maxWhy)
	}
	if s.Result != nil {
		out.Result = cutBytes(*s.Result, maxWhy)
	}
	if s.Failure != nil {
		out.Error = cutBytes(execution.ErrorText(s.Failure), maxWhy)
	}
	return out
}

// mark notes where in the diagrams an operation is.
func (e *comparedExecution) mark(s *execution.Side) {
	if s == nil {
		return
	}
	if o := e.model.rows[e.model.Operation(s.ID)]; o != nil && o.Node != "" {
		e.Differs = append(e.Differs, o.View+"/"+o.Node)
	}
}
