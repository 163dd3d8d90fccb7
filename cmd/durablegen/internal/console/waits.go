package console

import (
	"context"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/engine"
)

// wait is something that an execution waits for.
type wait struct {
	ID        string  `json:"id"` // of the operation
	Name      string  `json:"name"`
	Why       string  `json:"why"` // answer, time, retry, check, function, step
	Since     int64   `json:"since"`
	Until     int64   `json:"until,omitempty"`
	Heartbeat int64   `json:"heartbeat,omitempty"` // when the next one is due
	Note      string  `json:"note,omitempty"`
	Place     string  `json:"place,omitempty"`
	View      string  `json:"view,omitempty"`
	Node      string  `json:"node,omitempty"`
	Skip      bool    `json:"skip,omitempty"` // its time can be skipped
	Answer    *answer `json:"answer,omitempty"`
}

// answer is the form for a callback's answer.
type answer struct {
	Typed    bool     `json:"typed"` // the callback's declaration is known
	Type     *shape   `json:"type,omitempty"`
	Types    shapes   `json:"types,omitempty"`
	Written  string   `json:"written,omitempty"` // the type as the .flow file has it
	Declared string   `json:"declared,omitempty"`
	Doc      string   `json:"doc,omitempty"`
	Fails    []string `json:"fails,omitempty"` // their fields are the type "error NAME"
}

// waits lists what an execution waits for, at most maxWaits things, and tells how many
// more there are.
func (c *Console) waits(ctx context.Context, arn string, m *model) (out []wait, more int) {
	out = []wait{}
	if m.Ended() {
		return out, 0
	}
	callbacks, err := c.engine.OpenCallbacks(ctx, arn)
	if err != nil {
		return out, 0
	}
	asked := map[*operation]bool{} // rows of open callbacks
	for i := range callbacks {
		cb := &callbacks[i]
		of := m.Operation(cb.OperationID)
		if of == nil || !of.Open() {
			continue // not told yet, or left behind
		}
		o := m.rows[of.Shown()]
		asked[o] = true
		w := o.wait("answer")
		w.ID, w.Since, w.Until, w.Heartbeat, w.Note = cb.OperationID, millis(cb.Opened), millis(cb.Deadline), millis(cb.Heartbeat), ""
		w.Answer = c.answerForm(m, cb)
		out = append(out, w)
	}
	for _, of := range m.Waits() {
		o := m.rows[of]
		if asked[o] || of.What() == "callback" {
			continue
		}
		w := o.wait(whyWaiting(of))
		w.Skip = c.opts.Advance != nil && w.Until != 0 && w.Why != "function" && w.Why != "step"
		out = append(out, w)
	}
	slices.SortStableFunc(out, func(a, b wait) int { return int(min(max(a.Since-b.Since, -1), 1)) })
	if len(out) > maxWaits {
		out, more = out[:maxWaits], len(out)-maxWaits
	}
	return out, more
}

// whyWaiting names what an operation waits for, as the page groups it.
func whyWaiting(o *execution.Operation) string {
	switch {
	case o.What() == "wait":
		return "time"
	case o.State == execution.Retrying:
		return "retry"
	case o.State == execution.Waiting && o.What() == "invoke":
		return "function"
	case o.State == execution.Waiting:
		return "check"
	}
	return "step"
}

func (o *operation) wait(why string) wait {
	return wait{ID: o.ID, Name: o.of.Trail(), Why: why, Since: o.Start, Until: o.Until, Note: o.Note, Place: o.Place, View: o.View, Node: o.Node}
}

// callbackOf finds the declaration of a callback that is open, and the files that it is among;
// nil if it has none here.
func (c *Console) callbackOf(m *model, cb *engine.OpenCallback) (*dsl.CallbackDecl, *dsl.SourceSet) {
	if x, _ := arns.Parse(cb.ExecutionARN); !c.isCurrent(x.Function, x.Version) {
		return nil, nil // it takes what its version took
	}
	path := cb.OperationID
	if o := m.Operation(cb.OperationID); o != nil {
		path = o.Shown().Path
	}
	v, n := m.catalog.node(m.function, path)
	if n == nil || n.Op == nil {
		return nil, nil
	}
	return flowdir.CallbackOf(n.Op), v.pkg.Program.Sources
}

func (c *Console) answerForm(m *model, cb *engine.OpenCallback) *answer {
	decl, sources := c.callbackOf(m, cb)
	if decl == nil {
		return &answer{}
	}
	a := &answer{Typed: true, Doc: decl.Doc, Types: shapes{}}
	if t := decl.ResultType; t != nil {
		d := declared{sources: sources}
		d.add(t)
		a.Type, a.Written, a.Declared = a.Types.of(t), t.String(), strings.Join(d.texts, "\n")
	}
	for _, f := range decl.Fails {
		if !f.Builtin {
			a.Types.of(f)
			a.Fails = append(a.Fails, f.Name)
		}
	}
	return a
}
