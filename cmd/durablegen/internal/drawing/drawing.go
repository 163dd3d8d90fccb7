// Package drawing is a diagram as a page draws it: Mermaid text, with what the page needs to
// find again what stands for what in the text, and what a run has done with each part.
package drawing

import (
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/visualize"
)

// Drawing is a diagram whose nodes lead to places of type P.
type Drawing[P any] struct {
	Mermaid string             `json:"mermaid"` // of the program alone: nothing that a run brought is in it
	Nodes   map[string]Node[P] `json:"nodes"`   // by the ID of the element
	Hosts   map[string]string  `json:"hosts"`   // of what is a line in another node: that node's element
	Edges   []string           `json:"edges"`   // the IDs of their elements
}

// Node is a node of the graph, drawn or not.
type Node[P any] struct {
	Title string `json:"title"` // empty for what only ends something
	Kind  string `json:"kind"`
	Doc   string `json:"doc,omitempty"`
	Place P      `json:"place"` // of the text that it stands for
	// Also says that another node is the one to show for the same place: several stand for
	// one operation where errors leave it.
	Also bool `json:"also,omitempty"`
}

// Of draws a graph; place gives where something stands.
func Of[P any](g *visualize.Graph, detail visualize.Detail, place func(dsl.Span) P) Drawing[P] {
	picture := visualize.Draw(g, detail)
	d := Drawing[P]{picture.Text, map[string]Node[P]{}, Hosts(picture), Edges(picture)}
	spans, seen := statements(g.Workflow), map[dsl.Span]bool{}
	g.Walk(func(n *visualize.Node) {
		at, ok := spans[n.Pos]
		if !ok {
			at = dsl.Span{Start: n.Pos, End: n.Pos} // where a body ends
		}
		d.Nodes[visualize.ElementID(n.ID)] = Node[P]{Title(n), n.Kind.String(), n.Doc, place(at), seen[at]}
		seen[at] = true
	})
	return d
}

// Title gives what a node is called in words: its keyword and its name.
func Title(n *visualize.Node) string { return strings.TrimSpace(n.Keyword + " " + n.Name) }

// Hosts gives, of what is a line in another node, that node's element.
func Hosts(p visualize.Picture) map[string]string {
	out := map[string]string{}
	for id, host := range p.Hosts {
		out[visualize.ElementID(id)] = visualize.ElementID(host)
	}
	return out
}

// Edges gives the IDs of the elements of a picture's edges.
func Edges(p visualize.Picture) []string {
	out := []string{}
	for _, e := range p.Edges {
		out = append(out, e.ID)
	}
	return out
}

// statements gives, by the place of a node of the graph, the text that it stands for: an
// operation with what it is assigned to, a branch with its name, an undo with its word.
func statements(w *dsl.WorkflowDecl) map[dsl.Pos]dsl.Span {
	head := dsl.Span{Start: w.Pos(), End: w.Range().End}
	if w.Body != nil {
		head.End = w.Body.Start
	}
	out := map[dsl.Pos]dsl.Span{w.Pos(): head}
	enter := func(pos dsl.Pos, at dsl.Span) {
		if _, known := out[pos]; !known {
			out[pos] = at
		}
	}
	var around dsl.Node // whose own the next operation is
	dsl.Inspect(w, func(n dsl.Node) bool {
		switch n := n.(type) {
		case dsl.Operation: // a select, too
			if around != nil {
				enter(n.Pos(), around.Range())
				around = nil
			}
			enter(n.Pos(), n.Range())
		case dsl.Stmt, *dsl.Branch, *dsl.Undo, *dsl.SelectCase:
			enter(n.Pos(), n.Range())
			around = n
		case *dsl.Block:
			around = nil
		}
		return true
	})
	return out
}
