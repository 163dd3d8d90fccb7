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
	// from and into find the edges of a node. They may hold edges that have been
	// dropped or led elsewhere since, which out and in leave aside.
	from, into map[string][]*Edge
	gone       map[*Node]bool // taken out, but not swept up yet
	dropped    map[*Edge]bool
}

func newView(nodes []*Node, edges []*Edge) *view {
	v := &view{nodes: nodes, edges: edges, from: map[string][]*Edge{}, into: map[string][]*Edge{}, gone: map[*Node]bool{}, dropped: map[*Edge]bool{}}
	for _, e := range edges {
		v.from[e.From] = append(v.from[e.From], e)
		v.into[e.To] = append(v.into[e.To], e)
	}
	return v
}

// out gives the edges that leave a node, in the graph's order.
func (v *view) out(id string) []*Edge {
	var out []*Edge
	for _, e := range v.from[id] {
		if !v.dropped[e] {
			out = append(out, e)
		}
	}
	return out
}

// in gives the edges that lead to a node.
func (v *view) in(id string) []*Edge {
	var in []*Edge
	for _, e := range v.into[id] {
		if !v.dropped[e] && e.To == id {
			in = append(in, e)
		}
	}
	return in
}

// reduce gives what a level of detail shows of a graph.
func reduce(g *Graph, detail Detail) *view {
	edges := make([]*Edge, len(g.Edges))
	for i, e := range g.Edges {
		c := *e
		edges[i] = &c
	}
	v := newView(copyNodes(g.Nodes, nil), edges)
	if detail == Overview {
		v.outline()
	}
	if detail != Full {
		for v.contract() {
		}
	}
	v.mergeEdges()
	v.pruneEnds()
	v.sweep()
	return v
}

func copyNodes(nodes []*Node, parent *Node) []*Node {
	out := make([]*Node, len(nodes))
	for i, n := range nodes {
		c := *n
		c.Parent = parent
		c.Starts = append([]string(nil), n.Starts...)
		c.Nodes = copyNodes(n.Nodes, &c)
		out[i] = &c
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
	walk(v.nodes, func(n *Node) {
		if n.Kind == Undo || n.Kind == Fail && v.onlyErrors(n) {
			v.remove(n)
		}
	})
}

func (v *view) onlyErrors(n *Node) bool {
	for _, e := range v.in(n.ID) {
		if e.Kind != Error {
			return false
		}
	}
	return true
}

// fold closes a frame: it becomes a node that tells how many operations it holds.
func (v *view) fold(n *Node) {
	walk(n.Nodes, func(c *Node) {
		for _, e := range v.from[c.ID] {
			v.dropped[e] = true
		}
		if c.Op != nil {
			n.Folded++
		}
	})
	n.Nodes, n.Starts, n.Frame = nil, nil, false
}

// remove takes a node out, with its edges.
func (v *view) remove(n *Node) {
	for _, e := range append(v.out(n.ID), v.in(n.ID)...) {
		v.dropped[e] = true
	}
	v.gone[n] = true
	if n.Parent != nil {
		n.Parent.Starts = without(n.Parent.Starts, n.ID)
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

// sweep takes what is gone out of the lists.
func (v *view) sweep() {
	v.nodes = v.present(v.nodes)
	var edges []*Edge
	for _, e := range v.edges {
		if !v.dropped[e] {
			edges = append(edges, e)
		}
	}
	*v = *newView(v.nodes, edges)
}

func (v *view) present(nodes []*Node) []*Node {
	var out []*Node
	for _, n := range nodes {
		if v.gone[n] {
			continue
		}
		if n.Frame {
			n.Nodes = v.present(n.Nodes)
			n.Frame = len(n.Nodes) > 0
		}
		out = append(out, n)
	}
	return out
}

// contract takes out the nodes at which nothing happens and nothing is decided, and
// joins the edges to each with the one from it. It reports whether there were any:
// then others may have become such.
func (v *view) contract() bool {
	any := false
	walk(v.nodes, func(n *Node) {
		if v.gone[n] || n.Kind != Plain && n.Kind != Decision && n.Kind != Loop {
			return
		}
		to, kind, ok := v.onlySuccessor(n)
		if !ok {
			return
		}
		any = true
		for _, e := range v.in(n.ID) {
			if e.From == n.ID {
				continue
			}
			e.To = to
			v.into[to] = append(v.into[to], e)
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
	})
	return any
}

// onlySuccessor gives the one node to which all edges from a node lead, and their
// kind. Its own turns are left aside: a loop whose body is empty turns on the spot.
func (v *view) onlySuccessor(n *Node) (to string, kind EdgeKind, ok bool) {
	for _, e := range v.out(n.ID) {
		if e.To == n.ID {
			continue
		}
		if to != "" && e.To != to {
			return "", 0, false
		}
		to, kind = e.To, e.Kind
	}
	return to, kind, to != ""
}

// mergeEdges joins edges of one kind between the same two nodes.
func (v *view) mergeEdges() {
	walk(v.nodes, func(n *Node) {
		var ways []*Edge
		for _, e := range v.out(n.ID) {
			first := like(ways, e)
			if first == nil {
				ways = append(ways, e)
				continue
			}
			v.dropped[e] = true
			if first.Label != e.Label {
				first.Label = strings.Trim(first.Label+", "+e.Label, ", ")
			}
		}
		// A select after which one way is left does not say whose it is.
		if n.Kind == Select {
			flows := 0
			for _, e := range ways {
				if e.Kind != Error {
					flows++
				}
			}
			for _, e := range ways {
				if e.Kind != Error && flows == 1 {
					e.Label = ""
				}
			}
		}
	})
}

// like finds an edge of the same kind to the same node.
func like(list []*Edge, e *Edge) *Edge {
	for _, o := range list {
		if o.To == e.To && o.Kind == e.Kind {
			return o
		}
	}
	return nil
}

// pruneEnds takes out the ends of frames that say nothing: to which every way
// leads by itself.
func (v *view) pruneEnds() {
	walk(v.nodes, func(n *Node) {
		if v.gone[n] || n.Kind != End {
			return
		}
		for _, e := range v.in(n.ID) {
			if e.Label != "" || e.Kind != Flow {
				return
			}
		}
		v.remove(n)
	})
}
