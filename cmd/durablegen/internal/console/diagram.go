package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/visualize"
)

// drawing is a diagram as the page draws it, once.
type drawing struct {
	Key     string              `json:"key"`
	Name    string              `json:"name"`    // of the workflow
	Mermaid string              `json:"mermaid"` // of the program alone: nothing that a run brought is in it
	Nodes   map[string]drawNode `json:"nodes"`   // by the ID of the element
	Hosts   map[string]string   `json:"hosts"`   // of what is a line in another node: that node's element
	Edges   []string            `json:"edges"`   // the IDs of their elements
}

type drawNode struct {
	Title string `json:"title"`
	Kind  string `json:"kind"`
	Place string `json:"place"`
	Line  string `json:"line,omitempty"`
	Doc   string `json:"doc,omitempty"`
	Call  string `json:"call,omitempty"` // the key of the diagram of the workflow that it calls
}

func (c *catalog) drawings(function string, detail visualize.Detail) []drawing {
	out := []drawing{}
	for _, v := range c.views(function) {
		picture := v.pictures[detail]()
		d := drawing{Key: v.key, Name: v.decl.Name.Text, Mermaid: picture.Text, Nodes: map[string]drawNode{}, Hosts: map[string]string{}}
		v.graph.Walk(func(n *visualize.Node) {
			node := drawNode{Title: strings.TrimSpace(n.Keyword + " " + n.Name), Kind: n.Kind.String(), Doc: n.Doc}
			node.Place, node.Line = v.place(n.Pos)
			if n.Target != nil {
				node.Call = n.ID
				if v.key != "" {
					node.Call = v.key + "-" + n.ID
				}
			}
			d.Nodes[visualize.ElementID(n.ID)] = node
		})
		for id, host := range picture.Hosts {
			d.Hosts[visualize.ElementID(id)] = visualize.ElementID(host)
		}
		for _, e := range picture.Edges {
			d.Edges = append(d.Edges, e.ID)
		}
		out = append(out, d)
	}
	return out
}

// look is how a node stands in a run.
type look struct {
	Look  string `json:"look,omitempty"`
	Badge string `json:"badge,omitempty"` // what the colour says, in signs and numbers
	Title string `json:"title,omitempty"` // the same in words
}

// overlay is what has happened, laid over the diagrams of an execution.
type overlay struct {
	Looks    map[string]map[string]look `json:"looks"`  // by key of the diagram, by element
	Edges    map[string]map[string]went `json:"edges"`  // by key and level of detail
	States   map[string]string          `json:"states"` // by key: waiting, or how it has ended; left out if not reached
	Sentence string                     `json:"sentence"`
	Strange  []string                   `json:"strange,omitempty"` // operations that the program does not have
}

// went tells of the edges that may have been taken, by the IDs of their elements, whether
// they have for certain.
type went map[string]bool

func (m *model) overlay(now time.Time) overlay {
	out := overlay{Looks: map[string]map[string]look{}, Edges: map[string]map[string]went{}, States: map[string]string{}}
	for _, v := range m.catalog.views(m.function) {
		run := visualize.Overlay(v.graph, &m.Execution, v.key, now)
		looks := map[string]look{}
		v.graph.Walk(func(n *visualize.Node) {
			if l := lookOf(run, n); l != (look{}) {
				looks[visualize.ElementID(n.ID)] = l
			}
		})
		out.Looks[v.key], out.Edges[v.key] = looks, map[string]went{}
		for detail, picture := range v.pictures {
			edges := went{}
			for _, e := range picture().Edges {
				if way := run.Drawn(e); way != visualize.NotTaken {
					edges[e.ID] = way == visualize.Taken
				}
			}
			out.Edges[v.key][detail.String()] = edges
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

func lookOf(run *visualize.Run, n *visualize.Node) look {
	l := look{Look: run.Look(n)}
	s := run.States[n.ID]
	if s == nil || n.Op == nil && n.Kind != visualize.Undo {
		switch l.Look {
		case "pale":
			l.Title = "not reached"
		case "untold":
			l.Title = "perhaps reached; the history does not tell"
		case "failed", "caught":
			l.Title = "it came to this"
		}
		return l
	}
	var badge, title []string
	add := func(sign, words string) { badge, title = append(badge, sign), append(title, words) }
	if s.Open > 0 {
		add("⏳", "under way")
	}
	if s.Undone > 0 {
		add("↩"+times(s.Undone), "done, then undone"+often(s.Undone))
	}
	if done := s.Succeeded - s.Undone; done > 0 {
		add("✓"+times(done), "succeeded"+often(done))
	}
	if s.Failed > 0 {
		add("✗"+times(s.Failed), "failed"+often(s.Failed))
		if s.Caught > 0 {
			title = append(title, "caught"+often(s.Caught))
		}
	}
	if items := s.Items; items.Failed > 0 {
		add(fmt.Sprintf("%d✓ %d✗", items.Succeeded, items.Failed), fmt.Sprintf("%s, %d of them failed", words.Count(items.Succeeded+items.Failed+items.Open+items.Left, "item"), items.Failed))
	}
	if s.Stood > 0 {
		title = append(title, "it stood here")
	} else if s.Left > 0 {
		title = append(title, "left behind"+often(s.Left))
	}
	if s.Retries > 0 {
		add("↻"+times(s.Retries), "tried again"+often(s.Retries))
	}
	if s.Started > 1 && s.Open > 0 {
		title = append(title, "started"+often(s.Started))
	}
	l.Badge, l.Title = strings.Join(badge, " "), strings.Join(title, ", ")
	if s.Error != "" {
		l.Title += ": " + cutBytes(s.Error, 200)
	}
	return l
}

func often(n int) string {
	if n == 1 {
		return ""
	}
	return " " + words.Times(n)
}
