package oracle

import (
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/visualize"
)

// trails is where control has gone in the graphs of a workflow and of those that it
// calls, by what calls them.
type trails map[string]*trail

// trail is where control has gone in one graph.
type trail struct {
	all    trails
	view   visualize.View
	byOp   map[dsl.Operation]*visualize.Node
	placed map[place]*visualize.Node
	out    map[string][]*visualize.Edge

	nodes map[*visualize.Node]bool
	edges map[*visualize.Edge]bool
	ended map[*visualize.Node]ends
	// either are ends of which the language does not say whether control has come to them.
	either map[string]bool
}

// ends counts how the runs of an operation have ended.
type ends struct{ succeeded, failed int }

type place struct {
	frame *visualize.Node
	kind  visualize.Kind
	pos   dsl.Pos
}

func newTrails(p *dsl.Program, w *dsl.WorkflowDecl) trails {
	all := trails{}
	for _, v := range visualize.Views(p, w) {
		t := &trail{all: all, view: v, byOp: map[dsl.Operation]*visualize.Node{}, placed: map[place]*visualize.Node{}, out: map[string][]*visualize.Edge{},
			nodes: map[*visualize.Node]bool{}, edges: map[*visualize.Edge]bool{}, ended: map[*visualize.Node]ends{}, either: map[string]bool{}}
		all[v.Call] = t
		v.Walk(func(n *visualize.Node) {
			if n.Op != nil {
				t.byOp[n.Op] = n
			} else if key := (place{n.Parent, n.Kind, n.Pos}); t.placed[key] == nil {
				t.placed[key] = n
			}
		})
		for _, e := range v.Edges {
			t.out[e.From] = append(t.out[e.From], e)
		}
	}
	return all
}

// walker is where control stands in a body. A nil one stands nowhere.
type walker struct {
	trail *trail
	frame *visualize.Node // that it is in; nil outermost
	from  *visualize.Node // that it has left; nil at the beginning of a frame
	way   int
	label string // by which it leaves a frame
	kind  visualize.EdgeKind
}

// inside begins a frame.
func (w *walker) inside(frame *visualize.Node) *walker {
	if w == nil || frame == nil {
		return nil
	}
	return &walker{trail: w.trail, frame: frame}
}

// called begins the workflow that an operation calls.
func (w *walker) called(n *visualize.Node) *walker {
	if w == nil {
		return nil
	}
	key := n.ID
	if c := w.trail.view.Call; c != "" {
		key = c + "-" + key
	}
	t := w.trail.all[key]
	if t == nil {
		return nil
	}
	return &walker{trail: t}
}

func (w *walker) operation(op dsl.Operation) *visualize.Node {
	if w == nil {
		return nil
	}
	return w.trail.byOp[op]
}

// at finds the node of a statement in the frame.
func (w *walker) at(kind visualize.Kind, pos dsl.Pos) *visualize.Node {
	if w == nil {
		return nil
	}
	return w.trail.placed[place{w.frame, kind, pos}]
}

// leaves stands behind a node, on one of its ways out.
func (w *walker) leaves(n *visualize.Node, kind visualize.EdgeKind, way int, label string) {
	if w != nil && n != nil {
		w.from, w.kind, w.way, w.label = n, kind, way, label
	}
}

// visit comes to a node; none if there is no such.
func (w *walker) visit(n *visualize.Node) {
	if w == nil || n == nil {
		return
	}
	if w.from != nil {
		if e := w.edge(func(e *visualize.Edge) bool { return e.To == n.ID }); e != nil {
			w.trail.edges[e] = true
		} else {
			disagree("the graph has no edge from %s to %s (way %d, %q)", w.from.ID, n.ID, w.way, w.label)
		}
	}
	w.trail.nodes[n] = true
	w.leaves(n, visualize.Flow, 0, "")
}

// edge finds the edge on which control stands.
func (w *walker) edge(is func(*visualize.Edge) bool) *visualize.Edge {
	for _, e := range w.trail.out[w.from.ID] {
		if e.Kind == w.kind && slices.Contains(e.Ways, w.way) && (e.Label == w.label || w.from.Kind != visualize.Loop && w.from.Kind != visualize.Try || w.kind == visualize.Error) && is(e) {
			return e
		}
	}
	return nil
}

// jump leaves a frame by a word, to where that leads in the one around.
func (w *walker) jump(frame *visualize.Node, word string) {
	if w == nil || frame == nil {
		return
	}
	w.leaves(frame, visualize.Flow, 0, word)
	if e := w.edge(func(*visualize.Edge) bool { return true }); e != nil {
		w.visit(w.trail.view.Node(e.To))
	} else {
		disagree("the graph has no edge from %s with %q", frame.ID, word)
	}
}

// uncaught comes to the end where an error leaves that nobody catches, if there is one.
func (w *walker) uncaught(n *visualize.Node, ways int, f *failure) {
	if w == nil || n == nil {
		return
	}
	w.leaves(n, visualize.Error, ways, "")
	named := func(name string) *visualize.Edge {
		return w.edge(func(e *visualize.Edge) bool {
			to := w.trail.view.Node(e.To)
			return to.Kind == visualize.Fail && slices.Contains(strings.Split(to.Name, ", "), name)
		})
	}
	if e := named(f.typ); e != nil {
		w.visit(w.trail.view.Node(e.To))
	} else if e := named(f.foreign); e != nil { // under whose name it may be recorded
		w.trail.either[e.To] = true
	}
}

// end comes to the end of the body of a frame. A yield in a try has led there already.
func (w *walker) end(pos dsl.Pos) {
	if n := w.at(visualize.End, pos); w != nil && w.from != n {
		w.visit(n)
	}
}

// undo begins an undo.
func (w *walker) undo(n *visualize.Node) *walker {
	if w == nil || n == nil {
		return nil
	}
	u := &walker{trail: w.trail, frame: n.Parent}
	u.visit(n)
	for _, e := range w.trail.out[n.ID] {
		if e.Kind == visualize.TakeBack {
			w.trail.edges[e] = true
		}
	}
	return u
}

// ended notes how an operation has ended.
func (w *walker) ended(n *visualize.Node, out outcome) {
	if w == nil || n == nil || out.kind == halts || out.early || out.open {
		return
	}
	e := w.trail.ended[n]
	if out.kind == fails {
		e.failed++
	} else {
		e.succeeded++
	}
	w.trail.ended[n] = e
}

// branch begins a branch of a parallel.
func (w *walker) branch(parallel *visualize.Node, b *dsl.Branch) *walker {
	if w == nil || parallel == nil {
		return nil
	}
	in := w.inside(parallel)
	if n := w.branchNode(parallel, b); n != nil {
		in.visit(n)
		return in.inside(n)
	}
	return in
}

// branchNode gives the node of a branch; nil for one that is a single operation.
func (w *walker) branchNode(parallel *visualize.Node, b *dsl.Branch) *visualize.Node {
	if parallel == nil {
		return nil
	}
	return w.inside(parallel).at(visualize.Branch, b.Pos())
}

// undoOf gives the undo of an operation.
func (w *walker) undoOf(n *visualize.Node) *visualize.Node {
	if w == nil || n == nil {
		return nil
	}
	return w.trail.view.Node(n.ID + "_u")
}

// recorded reports whether an operation at a path has been begun.
func (x *interpreter) recorded(path string, op dsl.Operation) bool {
	x.calls(path, op)
	return x.records[x.idOf(path)] != nil
}
