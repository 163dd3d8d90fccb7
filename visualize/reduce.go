package visualize

import "strings"

// Detail is how much of a graph is drawn.
type Detail int

const (
	// Normal shows all that the service sees, decisions, error paths, undos, and
	// the small print that matters.
	Normal Detail = iota
	// Overview shows the way of success in names alone; groups are closed.
	Overview
	// Full shows every statement and every policy, those by default too.
	Full
)

// ParseDetail reads the name of a level of detail.
func ParseDetail(name string) (Detail, bool) {
	switch name {
	case "overview":
		return Overview, true
	case "normal":
		return Normal, true
	case "full":
		return Full, true
	}
	return 0, false
}

// view is a graph on its way to a drawing: a copy whose nodes may be taken out.
type view struct {
	nodes []*Node
	edges []*Edge
}

// reduce gives what a level of detail shows of a graph.
func reduce(g *Graph, detail Detail) *view {
	v := &view{nodes: copyNodes(g.Nodes, nil)}
	for _, e := range g.Edges {
		c := *e
		v.edges = append(v.edges, &c)
	}
	if detail == Overview {
		v.outline()
	}
	if detail != Full {
		for v.contractOnce() {
		}
	}
	v.mergeEdges()
	v.pruneEnds()
	return v
}

func copyNodes(nodes []*Node, parent *Node) []*Node {
	var out []*Node
	for _, n := range nodes {
		c := *n
		c.Parent = parent
		c.Starts = append([]string(nil), n.Starts...)
		c.Nodes = copyNodes(n.Nodes, &c)
		out = append(out, &c)
	}
	return out
}

// outline drops error paths that only end, undos, and what is inside groups.
func (v *view) outline() {
	walk(v.nodes, func(n *Node) {
		if n.Kind == Group && n.Frame {
			v.fold(n)
		}
	})
	for _, n := range v.all() {
		if n.Kind == Undo || n.Kind == Fail && v.onlyErrors(n) {
			v.remove(n)
		}
	}
}

func (v *view) onlyErrors(n *Node) bool {
	for _, e := range v.edges {
		if e.To == n.ID && e.Kind != Error {
			return false
		}
	}
	return true
}

func (v *view) all() []*Node {
	var out []*Node
	walk(v.nodes, func(n *Node) { out = append(out, n) })
	return out
}

// fold closes a frame: it becomes a node that tells how many operations it holds.
func (v *view) fold(n *Node) {
	inside := map[string]bool{}
	walk(n.Nodes, func(c *Node) {
		inside[c.ID] = true
		if c.Op != nil {
			n.Folded++
		}
	})
	n.Nodes, n.Starts, n.Frame = nil, nil, false
	v.keepEdges(func(e *Edge) bool { return !inside[e.From] })
}

func (v *view) keepEdges(keep func(*Edge) bool) {
	var out []*Edge
	for _, e := range v.edges {
		if keep(e) {
			out = append(out, e)
		}
	}
	v.edges = out
}

// remove takes a node out, with its edges.
func (v *view) remove(n *Node) {
	v.keepEdges(func(e *Edge) bool { return e.From != n.ID && e.To != n.ID })
	list := &v.nodes
	if n.Parent != nil {
		list = &n.Parent.Nodes
		n.Parent.Starts = without(n.Parent.Starts, n.ID)
	}
	for i, c := range *list {
		if c == n {
			*list = append((*list)[:i:i], (*list)[i+1:]...)
			break
		}
	}
	if n.Parent != nil && len(n.Parent.Nodes) == 0 {
		n.Parent.Frame = false
	}
}

func without(list []string, x string) []string {
	var out []string
	for _, y := range list {
		if y != x {
			out = append(out, y)
		}
	}
	return out
}

// contractOnce takes out one node at which nothing happens and nothing is decided,
// and joins the edges to it with the one from it.
func (v *view) contractOnce() bool {
	for _, n := range v.all() {
		if n.Kind != Plain && n.Kind != Decision && n.Kind != Loop {
			continue
		}
		// A loop whose body is empty turns on the spot.
		to, ok := v.onlySuccessor(n)
		if !ok {
			continue
		}
		var kind EdgeKind
		for _, e := range v.edges {
			if e.From == n.ID && e.To == to {
				kind = e.Kind
			}
		}
		for _, e := range v.edges {
			if e.To != n.ID || e.From == n.ID {
				continue
			}
			e.To = to
			if e.Kind == Flow {
				e.Kind = kind
			}
		}
		if p := n.Parent; p != nil {
			for i, id := range p.Starts {
				if id == n.ID {
					p.Starts[i] = to
				}
			}
		}
		v.remove(n)
		return true
	}
	return false
}

// onlySuccessor gives the one node to which all edges from a node lead, its own
// turns left aside.
func (v *view) onlySuccessor(n *Node) (string, bool) {
	to := ""
	for _, e := range v.edges {
		if e.From != n.ID || e.To == n.ID {
			continue
		}
		if to != "" && e.To != to {
			return "", false
		}
		to = e.To
	}
	return to, to != ""
}

// mergeEdges joins edges of one kind between the same two nodes.
func (v *view) mergeEdges() {
	type key struct {
		from, to string
		kind     EdgeKind
	}
	seen := map[key]*Edge{}
	v.keepEdges(func(e *Edge) bool {
		k := key{e.From, e.To, e.Kind}
		first := seen[k]
		if first == nil {
			seen[k] = e
			return true
		}
		if first.Label != e.Label {
			first.Label = strings.Trim(first.Label+", "+e.Label, ", ")
		}
		return false
	})
	// A select after which one way is left does not say whose it is.
	for _, n := range v.all() {
		var ways []*Edge
		for _, e := range v.edges {
			if n.Kind == Select && e.From == n.ID && e.Kind != Error {
				ways = append(ways, e)
			}
		}
		if len(ways) == 1 {
			ways[0].Label = ""
		}
	}
}

// pruneEnds takes out the ends of frames that say nothing: to which every way
// leads by itself.
func (v *view) pruneEnds() {
	for _, n := range v.all() {
		if n.Kind != End {
			continue
		}
		says := false
		for _, e := range v.edges {
			if e.To == n.ID && (e.Label != "" || e.Kind != Flow) {
				says = true
			}
		}
		if !says {
			v.remove(n)
		}
	}
}
