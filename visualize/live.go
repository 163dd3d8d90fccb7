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

// Look tells how a node of a run is to be drawn: "pale" if it was not reached, "ok",
// "waiting", "failed", "left" behind or "undone"; empty for one that control has passed and that is
// no operation. A page that draws the diagram once, without a run, restyles it by this.
func (r *Run) Look(n *Node) string { return r.class(n) }

// ElementID gives the ID that a node has in Mermaid text.
func ElementID(nodeID string) string { return mermaidID(nodeID) }

// Hosts gives, for each node of the graph that [Mermaid] shows as a line in another
// node, the ID of that one: undos of plain steps, and what only ends the workflow.
func Hosts(g *Graph, detail Detail) map[string]string { return reduce(g, detail).hosts() }
