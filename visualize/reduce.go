package visualize

import (
	"slices"
	"strings"
)

// Detail is how much of a graph is drawn.
type Detail int

const (
	// Normal shows all that the service sees, decisions, error paths, undos, and
	// the small print that matters.
	Normal Detail = iota
	// Overview shows the way of success in names alone; steps in a row are one box, and
	// groups are closed.
	Overview
	// Full shows every statement and every policy, those by default too.
	Full
)

// Details are all levels of detail.
var Details = []Detail{Normal, Overview, Full}

var detailNames = [...]string{"normal", "overview", "full"}

func (d Detail) String() string { return detailNames[d] }

// ParseDetail reads the name of a level of detail.
func ParseDetail(name string) (Detail, bool) {
	i := slices.Index(detailNames[:], name)
	return Detail(max(i, 0)), i >= 0
}

// view is a graph on its way to a drawing: a copy whose nodes may be taken out.
type view struct {
	nodes []*Node
	edges []*Edge
	// from and into find the edges of a node. They may hold edges that have been
	// dropped or led elsewhere since, which out and in leave aside.
	from, into map[string][]*Edge
	byID       map[string]*Node
	gone       map[*Node]bool // taken out, but not swept up yet
	dropped    map[*Edge]bool
}

func newView(nodes []*Node, edges []*Edge) *view {
	v := &view{nodes: nodes, edges: edges, from: map[string][]*Edge{}, into: map[string][]*Edge{}, byID: map[string]*Node{}, gone: map[*Node]bool{}, dropped: map[*Edge]bool{}}
	walk(nodes, func(n *Node) { v.byID[n.ID] = n })
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
		if !v.dropped[e] && e.From == id {
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
func reduce(g *Graph, detail Detail) *view { return reduceTo(g, detail, detail == Overview, nil) }

// reduceApart is reduce, but for steps in a row, each of which stays a node of its own.
func reduceApart(g *Graph, detail Detail) *view { return reduceTo(g, detail, false, nil) }

func reduceTo(g *Graph, detail Detail, fold bool, counts func(*Edge) bool) *view {
	edges := make([]*Edge, len(g.Edges))
	for i, e := range g.Edges {
		c := *e
		c.of = []way{{edge: e}}
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
	v.dropIdleCatches()
	v.sayIdleWays(g, counts)
	v.pruneEnds()
	v.sweep()
	if fold {
		v.foldSteps()
	}
	v.absorbUndos()
	v.absorbEnds()
	v.sayUndos()
	v.sweep()
	if detail == Normal {
		v.tellReturnsApart()
	}
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

// outline drops all ways of errors with what lies on them, undos, and what is inside
// groups. A try without its ways out is no frame any more.
func (v *view) outline() {
	walk(v.nodes, func(n *Node) {
		if n.Kind == Group && n.Frame {
			v.fold(n)
		}
		if n.Kind == Undo || n.Kind == Fail {
			v.remove(n)
		}
		if n.Kind == Commit { // says something of undos alone
			n.Kind, n.Notes = Plain, []string{n.Name}
		}
		for _, e := range v.out(n.ID) {
			if e.Kind == Error {
				v.dropped[e] = true
			}
		}
	})
	reached := map[string]bool{}
	var reach func(id string)
	reach = func(id string) {
		if !reached[id] {
			reached[id] = true
			for _, e := range v.out(id) {
				reach(e.To)
			}
		}
	}
	reach(v.nodes[0].ID)
	walk(v.nodes, func(n *Node) {
		if reached[n.ID] {
			for _, id := range n.Starts {
				reach(id)
			}
		}
	})
	walk(v.nodes, func(n *Node) {
		if !reached[n.ID] {
			v.remove(n)
		}
	})
	v.nodes = v.dissolve(v.nodes)
	v.sweep()
}

// dissolve gives nodes with the insides of their tries in place of these.
func (v *view) dissolve(nodes []*Node) []*Node {
	var out []*Node
	for _, n := range nodes {
		n.Nodes = v.dissolve(n.Nodes)
		if n.Kind != Try || v.gone[n] || len(n.Starts) != 1 {
			out = append(out, n)
			continue
		}
		for _, c := range n.Nodes {
			c.Parent = n.Parent
			switch {
			case c.Kind == End:
				v.bypass(c, n, "")
			case c.Kind == Jump:
				v.bypass(c, n, c.Name)
			default:
				out = append(out, c)
			}
		}
		v.redirect(n, n.Starts[0])
		v.remove(n)
	}
	return out
}

// bypass leads what comes to an end inside a frame to where the frame's own edge with
// a label leads.
func (v *view) bypass(end, frame *Node, label string) {
	for _, e := range v.out(frame.ID) {
		if e.Label == label {
			v.redirect(end, e.To)
		}
	}
	v.remove(end)
}

// redirect leads to another node what leads to one, edges and the beginnings of a frame.
func (v *view) redirect(n *Node, to string) {
	for _, e := range v.in(n.ID) {
		if e.From != n.ID {
			e.To = to
			v.into[to] = append(v.into[to], e)
		}
	}
	if p := n.Parent; p != nil {
		for i, id := range p.Starts {
			if id == n.ID {
				p.Starts[i] = to
			}
		}
	}
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
		if v.gone[n] || !v.idle(n) {
			return
		}
		to, kind, ok := v.onlySuccessor(n)
		if !ok && (n.Kind != Plain || len(v.out(n.ID)) > 0) {
			return
		}
		any = true
		if ok {
			for _, e := range v.in(n.ID) {
				if e.Kind == Flow {
					e.Kind = kind
				}
				for i := range e.of {
					e.of[i].through = append(e.of[i].through, n.ID)
				}
			}
			v.redirect(n, to)
		}
		v.remove(n)
	})
	return any
}

// idle reports whether nothing is done at a node that the service would see: it only
// computes, or it is a decision, a loop or a try with nothing else inside. What a try
// is about is shown in any case.
func (v *view) idle(n *Node) bool {
	switch n.Kind {
	case Plain:
		return n.Parent == nil || n.Parent.Kind != Try || v.busy(n.Parent)
	case Decision:
		return true
	case Loop, Try:
		return !v.busy(n)
	}
	return false
}

// busy reports whether a frame holds more than ends and what only computes.
func (v *view) busy(frame *Node) bool {
	busy := false
	walk(frame.Nodes, func(n *Node) {
		busy = busy || !v.gone[n] && n.Kind != End && n.Kind != Plain && n.Kind != Decision && n.Kind != Loop && n.Kind != Try
	})
	return busy
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
			first.of = append(first.of, e.of...)
			if first.Label != e.Label {
				first.Label = strings.Trim(first.Label+", "+e.Label, ", ")
			}
		}
		// A select after which one way is left does not say whose it is, unless it has an
		// `else`: that it waits for nothing is never hidden.
		if n.Kind == Select && elseOf(n) == nil {
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

// dropIdleCatches makes lines of the catches in which nothing happens: that lead to where
// the way of success leads.
func (v *view) dropIdleCatches() {
	walk(v.nodes, func(n *Node) {
		out := v.out(n.ID)
		for _, e := range out {
			if e.Kind != Error {
				continue
			}
			for _, on := range out {
				if on.Kind == Flow && on.Label == "" && on.To == e.To && !v.dropped[e] {
					v.dropped[e] = true
					n.lines = append(n.lines, line{text: e.Label + ": goes on", ways: e.of})
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

// node finds a node that has not been taken out; nil if there is none.
func (v *view) node(id string) *Node {
	if n := v.byID[id]; n != nil && !v.gone[n] {
		return n
	}
	return nil
}
