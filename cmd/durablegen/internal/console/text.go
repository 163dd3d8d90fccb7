package console

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// text is a payload as a page shows it: cut, with what to ask for to get all of it.
type text struct {
	Text string `json:"text"`
	Size int    `json:"size"`
	All  string `json:"all,omitempty"` // the reference, if it was cut
}

const maxShown = 2_000 // bytes of a payload, until all of it is asked for

func shown(s *string, reference string) *text {
	if s == nil {
		return nil
	}
	t := &text{Text: *s, Size: len(*s)}
	if len(*s) > maxShown {
		t.Text, t.All = cutBytes(*s, maxShown), reference
	}
	return t
}

// place is a line of a .flow file.
type place struct {
	At   string `json:"at"`   // "order.flow:57"
	Line string `json:"line"` // its text
}

// place gives the line of a position and what stands there.
func (v *view) place(pos dsl.Pos) (at, line string) {
	src := v.pkg.Sources.Source(pos)
	if src == nil {
		return "", ""
	}
	position := src.Position(pos)
	return fmt.Sprintf("%s:%d", position.File, position.Line), strings.TrimSpace(src.Line(position.Line))
}

// errorPlace gives the line where an execution's failure comes from: the place that it
// names, or the operation that failed with it. nil if neither is known.
func (m *model) errorPlace(e *wire.ErrorObject) *place {
	w := m.catalog.workflows[m.function]
	if w == nil || e == nil {
		return nil
	}
	if p, ok := local.Place(e); ok {
		for _, src := range w.pkg.Sources.Sources() {
			if src.Name == p.File {
				return &place{fmt.Sprintf("%s:%d", p.File, p.Line), strings.TrimSpace(src.Line(p.Line))}
			}
		}
	}
	if n, v := m.failedNode(e.ErrorType); n != nil {
		if at, line := v.place(n.Pos); at != "" {
			return &place{at, line}
		}
	}
	return nil
}

// failedNode finds the node of the operation that was last to fail with an error of a
// type.
func (m *model) failedNode(errorType string) (*visualize.Node, *view) {
	var last *execution.Operation
	for _, o := range m.Operations {
		failed := o.State == execution.Failed && o.Error != nil && o.Error.ErrorType == errorType
		if failed && o.What() != "context" && (last == nil || !o.Ended.Before(last.Ended)) {
			last = o
		}
	}
	if last == nil {
		return nil, nil
	}
	v, n := m.catalog.node(m.function, last.Path)
	return n, v
}
