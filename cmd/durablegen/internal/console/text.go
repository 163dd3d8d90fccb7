package console

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/dsl"
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
	Why  string `json:"why,omitempty"`
}

// place gives the line of a position and what stands there.
func (v *view) place(pos dsl.Pos) (at, line string) { return placeIn(v.pkg, pos) }

func placeIn(p *flowdir.Package, pos dsl.Pos) (at, line string) {
	src := p.Sources.Source(pos)
	if src == nil {
		return "", ""
	}
	position := src.Position(pos)
	return fmt.Sprintf("%s:%d", position.File, position.Line), strings.TrimSpace(src.Line(position.Line))
}

// errorPlaces gives the lines where an execution's failure may come from: the place that
// it names or the operation that failed with it, then the statements that raise it.
func (m *model) errorPlaces(e *wire.ErrorObject) []place {
	w := m.catalog.workflows[m.function]
	if w == nil || e == nil {
		return nil
	}
	var out []place
	add := func(at, line, why string) {
		for _, p := range out {
			if p.At == at {
				return
			}
		}
		if at != "" && len(out) < 5 {
			out = append(out, place{at, line, why})
		}
	}
	if p, ok := local.Place(e); ok {
		for _, src := range w.pkg.Sources.Sources() {
			if src.Name == p.File {
				add(fmt.Sprintf("%s:%d", p.File, p.Line), strings.TrimSpace(src.Line(p.Line)), "")
			}
		}
	} else if n, v := m.failedNode(e.ErrorType); n != nil {
		at, line := v.place(n.Pos)
		add(at, line, "failed with this error")
	}
	for _, v := range w.views {
		for _, f := range flowdir.Fails(v.decl, e.ErrorType) {
			at, line := v.place(f.Start)
			add(at, line, "raises this error")
		}
	}
	return out
}

// failedNode finds the node of the last operation that failed with an error of a type.
func (m *model) failedNode(errorType string) (*visualize.Node, *view) {
	for i := len(m.diagram) - 1; i >= 0; i-- {
		d := &m.diagram[i]
		if d.Error != errorType || d.ID == "" || strings.HasPrefix(d.Type, "Context") || !d.Until.IsZero() {
			continue
		}
		if v, n := m.catalog.node(m.function, d.ID); n != nil {
			return n, v
		}
	}
	return nil, nil
}

func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprint(" ", n)
}

func words(n int) string {
	switch n {
	case 1:
		return ""
	case 2:
		return " twice"
	}
	return fmt.Sprintf(" %d times", n)
}
