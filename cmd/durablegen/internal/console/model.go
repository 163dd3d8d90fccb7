package console

import (
	"fmt"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// operation is a row of the timeline.
type operation struct {
	ID       string    `json:"id"`
	Parent   string    `json:"parent,omitempty"` // the row around it
	Name     string    `json:"name"`
	Kind     string    `json:"kind"` // step, wait, callback, invoke, context
	Sub      string    `json:"sub,omitempty"`
	State    string    `json:"state"`
	Note     string    `json:"note,omitempty"`
	Start    int64     `json:"start"`
	End      int64     `json:"end,omitempty"`
	Until    int64     `json:"until,omitempty"` // when it goes on, or gives up, by itself
	Attempts []attempt `json:"attempts,omitempty"`
	Undone   bool      `json:"undone,omitempty"`
	Place    string    `json:"place,omitempty"` // "order.flow:57"
	Node     string    `json:"node,omitempty"`  // the node's element in the diagram
	View     string    `json:"view,omitempty"`  // the key of the diagram

	of      *execution.Operation
	changed bool
}

// attempt is one try of a step, or one check of a poll.
type attempt struct {
	Start int64  `json:"start"`
	End   int64  `json:"end,omitempty"`
	State string `json:"state"` // running, succeeded, failed, not-yet
	Error string `json:"error,omitempty"`
}

// eventRow is a line of the history.
type eventRow struct {
	N         int    `json:"n"`
	Time      int64  `json:"time"`
	Type      string `json:"type"`
	Operation string `json:"op,omitempty"` // the ID
	Name      string `json:"name,omitempty"`
	Text      string `json:"text,omitempty"`
}

// model is what the history of an execution tells, up to an event, as the page shows it.
type model struct {
	execution.Execution
	catalog  *catalog
	function string
	rows     map[*execution.Operation]*operation
	order    []*operation
}

func newModel(c *catalog, function string) *model {
	return &model{catalog: c, function: function, rows: map[*execution.Operation]*operation{}}
}

// apply takes the next event in.
func (m *model) apply(e *wire.Event) eventRow {
	row := eventRow{N: e.EventId, Time: millis(e.EventTimestamp.Go()), Type: string(e.EventType), Operation: e.Id, Text: cutBytes(execution.EventText(e), 300)}
	of := m.Apply(e)
	if of == nil {
		return row
	}
	of = of.Shown()
	row.Name = of.Trail()
	o := m.rows[of]
	if o == nil {
		o = m.newRow(of)
	}
	o.update()
	if undone := m.rows[of.Undoes]; undone != nil {
		undone.update()
	}
	return row
}

func (m *model) newRow(of *execution.Operation) *operation {
	o := &operation{ID: of.ID, Sub: of.SubType, of: of}
	if of.Parent != nil {
		o.Parent = of.Parent.ID
	}
	if view, n := m.catalog.node(m.function, of.Path); n != nil {
		o.View, o.Node = view.key, visualize.ElementID(n.ID)
		at := view.pkg.Program.Position(n.Pos)
		o.Place = fmt.Sprintf("%s:%d", at.File, at.Line)
	}
	m.rows[of] = o
	m.order = append(m.order, o)
	return o
}

// update takes over how the operation stands.
func (o *operation) update() {
	of := o.of
	o.changed = true
	o.Name, o.Kind, o.State, o.Note = of.Label(), of.What(), of.State.String(), cutBytes(of.Note(), 300)
	o.Start, o.End, o.Until, o.Undone = millis(of.Started), millis(of.Ended), millis(of.Until), of.Undone
	o.Attempts = nil
	for _, a := range of.Attempts {
		row := attempt{Start: millis(a.Started), End: millis(a.Ended), State: a.State.String()}
		if a.State == execution.Waiting {
			row.State = "not-yet"
		}
		if a.Error != nil {
			row.Error = cutBytes(execution.ErrorText(a.Error), 300)
		}
		o.Attempts = append(o.Attempts, row)
	}
}

// take gives the rows that have changed since it was asked last.
func (m *model) take() []operation {
	var out []operation
	for _, o := range m.order {
		if o.changed {
			o.changed = false
			out = append(out, *o)
		}
	}
	return out
}
