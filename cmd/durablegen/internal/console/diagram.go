package console

import (
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/drawing"
	"github.com/durablegen/durablegen/visualize"
)

// sheet is a diagram as the page draws it, once.
type sheet struct {
	Key     string              `json:"key"`
	Name    string              `json:"name"`             // of the workflow
	Mermaid string              `json:"mermaid"`          // of the program alone: nothing that a run brought is in it
	Nodes   map[string]drawNode `json:"nodes"`            // by the ID of the element
	Hosts   map[string]string   `json:"hosts"`            // of what is a line in another node: that node's element
	Edges   []string            `json:"edges"`            // the IDs of their elements
	Editor  string              `json:"editor,omitempty"` // the address that opens a line of its files: {name} and {line} stand for these
}

type drawNode struct {
	Title string `json:"title"`
	Kind  string `json:"kind"`
	Place string `json:"place"`
	Line  string `json:"line,omitempty"`
	Doc   string `json:"doc,omitempty"`
	Call  string `json:"call,omitempty"` // the key of the diagram of the workflow that it calls
}

func (c *catalog) drawings(function string, detail visualize.Detail, editor Editor) []sheet {
	out := []sheet{}
	for _, v := range c.views(function) {
		picture := v.pictures[detail]()
		d := sheet{Key: v.key, Name: v.decl.Name.Text, Mermaid: picture.Text, Nodes: map[string]drawNode{}, Hosts: drawing.Hosts(picture), Edges: drawing.Edges(picture), Editor: editor.in(v.pkg.Dir)}
		v.graph.Walk(func(n *visualize.Node) {
			node := drawNode{Title: drawing.Title(n), Kind: n.Kind.String(), Doc: n.Doc}
			node.Place, node.Line = v.place(n.Pos)
			if n.Target != nil {
				node.Call = n.ID
				if v.key != "" {
					node.Call = v.key + "-" + n.ID
				}
			}
			d.Nodes[visualize.ElementID(n.ID)] = node
		})
		out = append(out, d)
	}
	return out
}

// overlay is what has happened, laid over the diagrams of an execution.
type overlay struct {
	Looks    map[string]map[string]drawing.Look `json:"looks"`  // by key of the diagram, by element
	Edges    map[string]map[string]drawing.Went `json:"edges"`  // by key and level of detail
	States   map[string]string                  `json:"states"` // by key: waiting, or how it has ended; left out if not reached
	Sentence string                             `json:"sentence"`
	Strange  []string                           `json:"strange,omitempty"` // operations that the program does not have
}

func (m *model) overlay(now time.Time) overlay {
	out := overlay{Looks: map[string]map[string]drawing.Look{}, Edges: map[string]map[string]drawing.Went{}, States: map[string]string{}}
	for _, v := range m.catalog.views(m.function) {
		run := visualize.Overlay(v.graph, &m.Execution, v.key, now)
		out.Looks[v.key], out.Edges[v.key] = drawing.Looks(run), map[string]drawing.Went{}
		for detail, picture := range v.pictures {
			out.Edges[v.key][detail.String()] = drawing.WentOf(run, picture())
		}
		switch {
		case run.Ended != "":
			out.States[v.key] = run.Ended
		case len(run.States) > 1: // the start is always among them
			out.States[v.key] = "waiting"
		}
		if v.key == "" {
			out.Strange, out.Sentence = run.Strange, run.Standing()
		}
	}
	return out
}
