package console

import (
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
		d := drawing{Key: v.key, Name: v.decl.Name.Text, Mermaid: visualize.Mermaid(v.pkg.Program, v.decl, detail), Nodes: map[string]drawNode{}, Hosts: map[string]string{}}
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
		for id, host := range visualize.Hosts(v.graph, detail) {
			d.Hosts[visualize.ElementID(id)] = visualize.ElementID(host)
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
	States   map[string]string          `json:"states"` // by key: waiting, or how it has ended; left out if not reached
	Sentence string                     `json:"sentence"`
	Strange  []string                   `json:"strange,omitempty"` // operations that the program does not have
}

func (m *model) overlay(now time.Time) overlay {
	out := overlay{Looks: map[string]map[string]look{}, States: map[string]string{}}
	for _, v := range m.catalog.views(m.function) {
		run := visualize.Overlay(v.graph, &m.Execution, v.key, now)
		looks := map[string]look{}
		v.graph.Walk(func(n *visualize.Node) {
			if l := lookOf(run, n); l != (look{}) && v.hosts[n.ID] == "" {
				looks[visualize.ElementID(n.ID)] = l
			}
		})
		for id, host := range v.hosts {
			if n := v.graph.Node(id); n.Kind == visualize.Fail && run.Look(n) == "" {
				l := looks[visualize.ElementID(host)] // which is where the run has ended
				l.Look = "failed"
				looks[visualize.ElementID(host)] = l
			}
		}
		out.Looks[v.key] = looks
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
		if l.Look == "pale" {
			l.Title = "not reached"
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
	}
	if s.Left > 0 {
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
