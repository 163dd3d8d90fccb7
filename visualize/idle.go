package visualize

import (
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// A diagram has an edge for a way on which nothing is drawn. An outline, which follows the
// statements, has a line for it in the node at which the way begins.

// arm is what is written for a way out of a node: the block of a branch, case or catch.
type arm struct {
	from string
	kind EdgeKind
	way  int
}

// span are the places, in [Node.at], of the nodes that an arm has made: from the first one to
// before the other.
type span struct{ from, to int }

// arm follows the block of a way out of a node.
func (b *builder) arm(s *scope, block *dsl.Block, x exit) []exit {
	return b.within(x, func() []exit { return b.block(s, block, []exit{x}) })
}

// within notes which nodes are made on the way of an exit.
func (b *builder) within(x exit, follow func() []exit) []exit {
	before := len(b.graph.byID)
	out := follow()
	b.graph.arms[arm{x.from, x.kind, x.way}] = span{before, len(b.graph.byID)}
	return out
}

// idle reports whether nothing is drawn on a way that leads to a node.
func (g *Graph) idle(w way, to *Node) bool {
	of := g.arms[arm{w.edge.From, w.edge.Kind, w.edge.Ways[0]}]
	return to.at < of.from || to.at >= of.to
}

// elseOf gives the block of the `else` of a select; nil if there is none.
func elseOf(n *Node) *dsl.Block {
	if stmt, ok := n.Op.(*dsl.SelectStmt); ok {
		return stmt.Else
	}
	return nil
}

// isElse reports whether an edge of a graph is the `else` of a select.
func isElse(e *Edge, n *Node) bool {
	stmt, ok := n.Op.(*dsl.SelectStmt)
	return ok && stmt.Else != nil && e.From == n.ID && e.Kind == Flow && slices.Contains(e.Ways, len(stmt.Cases))
}

// sayIdleWays makes the lines of the ways on which nothing is drawn: those of errors, the
// `else` of a select, those of a decision that lead to the end of the frame, and whatever
// else is counted.
func (v *view) sayIdleWays(g *Graph, counts func(*Edge) bool) {
	walk(v.nodes, func(n *Node) {
		looks := false
		for _, e := range v.out(n.ID) {
			to := v.node(e.To)
			if e.Kind == TakeBack || uncaught(to) {
				continue
			}
			ends := n.Kind == Decision && to.Kind == End
			var names []string
			var ways []way
			for _, w := range e.of {
				look := isElse(w.edge, n)
				looks = looks || look
				if (ends || look || w.edge.Kind == Error || counts != nil && counts(w.edge)) && g.idle(w, to) {
					names, ways = append(names, w.edge.Label), append(ways, w)
				}
			}
			if len(names) > 0 {
				n.lines = append(n.lines, line{text: idleText(strings.Join(names, ", "), e, to), ways: ways, outline: true, always: e.Kind == Flow})
			}
		}
		if elseOf(n) != nil && !looks {
			n.lines = append(n.lines, lostElse(g, n))
		}
	})
}

// uncaught reports whether a node is an end to which errors lead that nobody catches.
func uncaught(to *Node) bool { return to.Kind == Fail && to.Keyword == "" }

// idleText says where an idle way leads.
func idleText(label string, e *Edge, to *Node) string {
	switch {
	case to.Kind == End && e.Kind == Flow:
		return strings.TrimSpace(label + " → " + endWords(to))
	case to.Kind == Jump:
		return strings.TrimSpace(label + " → " + to.Name)
	case label == "":
		return "goes on"
	}
	return label + ": goes on"
}

// endWords names the end of what a frame does.
func endWords(end *Node) string {
	switch end.Parent.Kind {
	case Loop:
		return "next turn"
	case Map:
		return "end of the item"
	case Parallel:
		return "end of the branch"
	}
	return "end of the " + end.Parent.Kind.String()
}

// lostElse is the line of an `else` that a diagram has no edge for: an overview has none of
// what fails, and what ends an undo leads nowhere.
func lostElse(g *Graph, n *Node) line {
	l := line{text: "else: goes on", always: true}
	if elseOf(n).Leaves {
		l.text = "else: fails"
	}
	for _, e := range slices.Concat(g.Edges, g.loose) {
		if isElse(e, n) {
			l.ways = append(l.ways, way{edge: e})
		}
	}
	return l
}

// taken says when a case of a select is taken.
func taken(stmt *dsl.SelectStmt) string {
	if stmt.Else != nil {
		return "if there"
	}
	return "if first"
}
