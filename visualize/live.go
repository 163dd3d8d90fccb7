package visualize

import "github.com/durablegen/durablegen/dsl"

// View is a diagram of an execution: that of its workflow, or of one that it calls.
type View struct {
	*Graph
	Call string // what leads to it, as [Overlay] wants it: empty for the workflow itself
}

// maxDepth and maxViews bound calls within calls.
const (
	maxDepth = 6
	maxViews = 24
)

// Views gives the diagrams of the executions of a workflow, its own first.
func Views(p *dsl.Program, w *dsl.WorkflowDecl) []View {
	var views []View
	var add func(call string, w *dsl.WorkflowDecl, depth int)
	add = func(call string, w *dsl.WorkflowDecl, depth int) {
		g := NewGraph(p, w)
		views = append(views, View{g, call})
		if depth == maxDepth {
			return
		}
		g.Walk(func(n *Node) {
			if n.Target != nil && len(views) < maxViews {
				add(join(call, n.ID), n.Target, depth+1)
			}
		})
	}
	add("", w, 0)
	return views
}

// ElementID gives the ID that a node has in Mermaid text.
func ElementID(nodeID string) string { return mermaidID(nodeID) }

// Picture is a drawn diagram, with what a page needs that restyles it by a run.
type Picture struct {
	Text string // Mermaid
	// Hosts gives, for each node of the graph that is shown as a line in another node, the
	// ID of that one: undos of plain steps, and what only ends the workflow.
	Hosts map[string]string
	Edges []DrawnEdge
}

// DrawnEdge is an edge of a picture. It may stand for several of the graph.
type DrawnEdge struct {
	ID   string // that the edge has in what Mermaid draws
	Kind EdgeKind
	ways []way
}

// Draw draws a graph.
func Draw(g *Graph, detail Detail) Picture {
	d := newDrawing(g, detail)
	return Picture{Text: d.draw(), Hosts: d.view.hosts(), Edges: d.drawn}
}

// Drawn tells whether control has taken an edge of a picture of the run's graph.
func (r *Run) Drawn(e DrawnEdge) Way { return r.way(e.ways) }

// way is an edge of the graph, or several in a row, between which nothing is drawn.
type way struct {
	edge    *Edge
	through []string // nodes that have to have been left, too
}

// way tells whether control has taken one of some ways.
func (r *Run) way(ways []way) Way {
	best := NotTaken
	for _, w := range ways {
		went := r.Went(w.edge)
		for _, id := range w.through {
			left := NotTaken
			for _, e := range r.ways.from[id] {
				left = max(left, r.Went(e))
			}
			went = min(went, left)
		}
		best = max(best, went)
	}
	return best
}
