package console

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/history"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/progress"
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

	path    string // the names that lead to it, as IDs are made of them
	shown   string // the same for people
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

// model is what the history of an execution tells, up to an event.
type model struct {
	catalog  *catalog
	function string

	progress *progress.Model
	byID     map[string]*operation
	order    []*operation
	paths    map[string]string // of operations, by ID
	folded   map[string]string // IDs of operations that are a part of the row of another
	last     int               // number of the last event
	ended    bool
	diagram  []visualize.Event // IDs are paths
}

func newModel(c *catalog, function string) *model {
	return &model{
		catalog: c, function: function, progress: progress.NewModel(),
		byID: map[string]*operation{}, paths: map[string]string{}, folded: map[string]string{},
	}
}

// apply takes the next event in.
func (m *model) apply(e *wire.Event) eventRow {
	m.last = e.EventId
	row := eventRow{N: e.EventId, Time: millis(e.EventTimestamp.Go()), Type: string(e.EventType), Operation: e.Id, Text: cutBytes(history.Text(e), 300)}
	v := history.ForDiagram([]wire.Event{*e})[0]
	v.CallbackID = ""
	m.progress.Apply(e)
	p := m.progress.Operation(e)
	if p == nil {
		if e.EventType != wire.EventExecutionStarted && strings.HasPrefix(v.Type, "Execution") {
			m.ended = true
		}
		m.diagram = append(m.diagram, v)
		return row
	}
	v.ID, v.ParentID = m.path(e), m.paths[e.ParentId]
	m.diagram = append(m.diagram, v)
	row.Name = p.Shown()
	if p.Parent != nil && p.Parent.SubType == wire.SubTypeWaitForCallback {
		m.folded[e.Id] = p.Parent.ID
		if o := m.byID[p.Parent.ID]; o != nil {
			o.copy(p.Parent)
			if p.Kind == wire.TypeCallback && v.Type == string(wire.EventCallbackStarted) {
				o.Until = millis(v.Until)
			}
		}
		return row
	}
	o := m.byID[e.Id]
	if o == nil {
		o = &operation{ID: e.Id, Sub: p.SubType, path: v.ID, shown: p.Path()}
		if p.Parent != nil {
			o.Parent = p.Parent.ID
		}
		if view, n := m.catalog.node(m.function, o.path); n != nil {
			o.View, o.Node = view.key, visualize.ElementID(n.ID)
			at := view.pkg.Program.Position(n.Pos)
			o.Place = fmt.Sprintf("%s:%d", at.File, at.Line)
		}
		m.byID[e.Id] = o
		m.order = append(m.order, o)
	}
	o.copy(p)
	o.attempt(e, &v)
	if of := m.byID[strings.TrimSuffix(e.Id, "_u")]; of != o && of != nil && o.State == "succeeded" {
		of.Undone, of.changed = true, true
	}
	return row
}

var states = map[progress.State]string{
	progress.Running: "running", progress.Waiting: "waiting", progress.Retrying: "retrying",
	progress.Succeeded: "succeeded", progress.Failed: "failed", progress.Dropped: "dropped",
}

var kinds = map[wire.OperationType]string{
	wire.TypeStep: "step", wire.TypeWait: "wait", wire.TypeCallback: "callback", wire.TypeChainedInvoke: "invoke", wire.TypeContext: "context",
}

// copy takes over what progress knows.
func (o *operation) copy(p *progress.Operation) {
	o.Name, o.State, o.Note = p.Name, states[p.State], cutBytes(p.Note, 300)
	o.Kind = kinds[p.Kind]
	if p.SubType == wire.SubTypeWaitForCallback {
		o.Kind = "callback"
	}
	o.Start, o.End = millis(p.Started), millis(p.Ended)
	if p.State != progress.Waiting && p.State != progress.Retrying {
		o.Until = 0
	}
	o.changed = true
}

func (o *operation) attempt(e *wire.Event, v *visualize.Event) {
	o.Until = millis(v.Until)
	at := millis(v.At)
	switch e.EventType {
	case wire.EventStepStarted:
		o.Attempts = append(o.Attempts, attempt{Start: at, State: "running"})
	case wire.EventStepSucceeded, wire.EventStepFailed:
		if len(o.Attempts) == 0 {
			o.Attempts = append(o.Attempts, attempt{Start: at})
		}
		a := &o.Attempts[len(o.Attempts)-1]
		a.End, a.State = at, "succeeded"
		switch {
		case e.EventType == wire.EventStepFailed:
			a.State, a.Error = "failed", cutBytes(progress.ErrorText(history.Error(e)), 300)
		case !v.Until.IsZero():
			a.State = "not-yet"
		}
	}
	if o.End != 0 {
		o.Until = 0
	}
}

// path gives the names that lead to an event's operation, as IDs are made of them.
// An ID that is a hash tells nothing; its scope and its name do.
func (m *model) path(e *wire.Event) string {
	if p, ok := m.paths[e.Id]; ok {
		return p
	}
	p := e.Id
	if strings.HasPrefix(p, "_h") {
		around, last := m.paths[e.ParentId], encodeName(e.Name)
		if e.SubType == wire.SubTypeMapIteration {
			last = "_i0"
		}
		p = last
		if around != "" {
			p = around + "-" + last
		}
	}
	m.paths[e.Id] = p
	return p
}

func encodeName(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02X", c)
		}
	}
	return b.String()
}

// take gives the rows that have changed since it was asked last.
func (m *model) take() []operation {
	var out []operation
	for _, o := range m.order {
		if o.changed {
			o.changed = false
			out = append(out, *o)
			out[len(out)-1].Attempts = append([]attempt(nil), o.Attempts...)
		}
	}
	return out
}

// open gives the operations that have not ended, with nothing open inside, and whose
// scopes have not ended either.
func (m *model) open() []*operation {
	if m.ended {
		return nil
	}
	outer := map[string]bool{}
	var out []*operation
	for _, o := range m.order {
		if o.End == 0 && o.Parent != "" {
			outer[o.Parent] = true
		}
	}
	for _, o := range m.order {
		if o.End == 0 && !outer[o.ID] && !m.over(o) && o.Kind != "context" && o.Kind != "" {
			out = append(out, o)
		}
	}
	return out
}

func (m *model) over(o *operation) bool {
	for p := m.byID[o.Parent]; p != nil; p = m.byID[p.Parent] {
		if p.End != 0 {
			return true
		}
	}
	return false
}
