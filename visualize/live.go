package visualize

// Look tells how a node of a run is to be drawn: "pale" if it was not reached, "ok",
// "waiting", "failed", "left" behind or "undone"; empty for one that control has passed and that is
// no operation. A page that draws the diagram once, without a run, restyles it by this.
func (r *Run) Look(n *Node) string { return r.class(n) }

// ElementID gives the ID that a node has in Mermaid text.
func ElementID(nodeID string) string { return mermaidID(nodeID) }

// Hosts gives, for each node of the graph that [Mermaid] shows as a line in another
// node, the ID of that one: undos of plain steps, and what only ends the workflow.
func Hosts(g *Graph, detail Detail) map[string]string { return reduce(g, detail).hosts() }
