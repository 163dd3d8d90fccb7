package visualize

import (
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/words"
)

// A third of a diagram would be undos and ends. Those with nothing more to say than a
// name are a line in the node at which they hang.

// line is what a node says instead of nodes of their own.
type line struct {
	text string
	mark mark
	// nodes are those that the line stands for, as the graph has them.
	nodes []*Node
	// ways are those of a catch in which nothing happens.
	ways []way
	// last says that nothing follows the node: what the line says comes next.
	last bool
	// outline says that a diagram has an edge instead.
	outline bool
	// always says that an overview has it, too.
	always bool
}

// mark is the sign in a line, which the legend explains.
type mark rune

const (
	undoMark   mark = '↩' // taken back if something fails later
	failMark   mark = '✗' // fails the workflow, or the frame around it
	caughtMark mark = '↯' // raises an error that a try around it catches
	jumpMark   mark = '→' // leaves a frame
	commitMark mark = '═' // above it nothing is taken back any more
)

// absorbUndos makes lines of the undos that are chains of plain operations.
func (v *view) absorbUndos() {
	walk(v.nodes, func(n *Node) {
		for _, e := range v.in(n.ID) {
			if e.Kind != TakeBack {
				continue
			}
			u := v.node(e.From)
			names, ok := v.chain(u)
			if !ok {
				continue
			}
			nodes := []*Node{u}
			walk(u.Nodes, func(c *Node) {
				nodes = append(nodes, c)
				v.remove(c)
			})
			n.lines = append(n.lines, line{text: "↩ " + strings.Join(names, ", "), mark: undoMark, nodes: nodes})
			v.remove(u)
		}
	})
}

// chain gives the names of the operations of an undo, if they follow each other and
// nothing is decided, repeated or caught there.
func (v *view) chain(u *Node) (names []string, ok bool) {
	if !u.Frame {
		return []string{undoName(u)}, len(v.out(u.ID)) == 1
	}
	for i, n := range u.Nodes {
		if n.Frame || n.Op == nil || n.Kind == Undo {
			return nil, false
		}
		out := v.out(n.ID)
		if i < len(u.Nodes)-1 && (len(out) != 1 || out[0].To != u.Nodes[i+1].ID || out[0].Kind != Flow) || i == len(u.Nodes)-1 && len(out) > 0 {
			return nil, false
		}
		names = append(names, strings.TrimSpace(n.Keyword+" "+n.Name))
	}
	return names, len(names) > 0
}

// undoName is an undo of one operation by its name; the keyword is dropped that only says so.
func undoName(u *Node) string {
	if u.Name == "" {
		return "undo"
	}
	return u.Name
}

// absorbEnds makes lines of what only ends the workflow, the frame or a turn: an error
// that nobody catches, a catch or a branch that only fails or leaves.
func (v *view) absorbEnds() {
	walk(v.nodes, func(n *Node) {
		for _, e := range v.out(n.ID) {
			to := v.node(e.To)
			if to == nil || to.Kind != Fail && to.Kind != Jump || len(v.out(to.ID)) > 0 || len(v.in(to.ID)) > 1 {
				continue
			}
			host := n
			if n.Kind == Select && e.Kind == Flow {
				host = v.caseOf(n, e)
			}
			if l, ok := endLine(n, e, to); ok && host != nil {
				n.lines = slices.DeleteFunc(n.lines, func(l line) bool { return l.outline && l.ways[0].edge == e.of[0].edge })
				host.lines = append(host.lines, l)
				v.remove(to)
			}
		}
	})
	walk(v.nodes, func(n *Node) {
		slices.SortStableFunc(n.lines, func(a, b line) int { return outlineRank(a) - outlineRank(b) })
	})
}

// outlineRank puts what goes on behind what ends.
func outlineRank(l line) int {
	if l.outline {
		return 1
	}
	return 0
}

// endLine is the line of an end to which an edge leads.
func endLine(from *Node, e *Edge, end *Node) (line, bool) {
	m, goal := endMark(end), end.Name
	sign := string(m) + " "
	var text string
	switch {
	case e.Kind == Error && end.Keyword == "": // an error that nobody catches, or one that leaves
		if text = sign + goal; end.Kind == Jump {
			text = e.Label + " " + sign + goal
		}
	case e.Kind == Error && e.Label == goal:
		text = sign + goal
	case e.Kind == Error:
		text = sign + e.Label + " → " + goal
	case from.Kind == Select:
		text = taken(from.Op.(*dsl.SelectStmt)) + " " + sign + goal
	case e.Label != "":
		text = e.Label + " " + sign + goal
	case from.Op != nil && !from.Frame:
		text = "then " + sign + goal
	default:
		return line{}, false
	}
	return line{text: text, mark: m, nodes: []*Node{end}, last: e.Kind == Flow && e.Label == ""}, true
}

func endMark(end *Node) mark {
	switch {
	case end.Kind == Jump:
		return jumpMark
	case end.Caught:
		return caughtMark
	}
	return failMark
}

// caseOf gives the node of the case by which an edge leaves a select.
func (v *view) caseOf(n *Node, e *Edge) *Node {
	var found *Node
	for _, c := range n.Nodes {
		if strings.TrimSpace(c.Keyword+" "+c.Name) == e.Label {
			if found != nil {
				return nil
			}
			found = c
		}
	}
	return found
}

// sayUndos writes on every frame that is a scope what is undone in it when it fails.
func (v *view) sayUndos() {
	walk(v.nodes, func(n *Node) {
		if !n.Frame || n.Kind != Group && n.Kind != Map && n.Kind != Parallel && n.Kind != Branch {
			return
		}
		var names []string
		for _, c := range scopeNodes(n) {
			for i := len(c.lines) - 1; i >= 0; i-- {
				if l := c.lines[i]; l.mark == undoMark {
					names = append(names, strings.TrimPrefix(l.text, "↩ "))
				}
			}
			if c.Kind == Undo && !v.gone[c] {
				names = append(names, undoName(c))
			}
		}
		for i, j := 0, len(names)-1; i < j; i, j = i+1, j-1 {
			names[i], names[j] = names[j], names[i]
		}
		switch {
		case len(names) > 3:
			n.lines = append(n.lines, line{text: "if it fails ↩ " + words.Count(len(names), "undo"), mark: undoMark})
		case len(names) > 0:
			n.lines = append(n.lines, line{text: "if it fails ↩ " + strings.Join(names, ", "), mark: undoMark})
		}
	})
}

// scopeNodes gives the nodes of a scope, without those of scopes within.
func scopeNodes(n *Node) []*Node {
	var out []*Node
	for _, c := range n.Nodes {
		out = append(out, c)
		if c.Kind == Loop || c.Kind == Try {
			out = append(out, scopeNodes(c)...)
		}
	}
	return out
}

// foldSteps makes one node of steps that follow each other.
func (v *view) foldSteps() {
	walk(v.nodes, func(n *Node) {
		for n.Kind == Step && !v.gone[n] {
			out := v.out(n.ID)
			if len(out) != 1 {
				return
			}
			next := v.node(out[0].To)
			if next == nil || next.Kind != Step || len(v.in(next.ID)) != 1 {
				return
			}
			n.lines = append(n.lines, line{text: next.Name, nodes: []*Node{next}})
			for _, e := range v.out(next.ID) {
				e.From = n.ID
				v.from[n.ID] = append(v.from[n.ID], e)
			}
			v.dropped[out[0]] = true
			v.gone[next] = true
		}
	})
}

// tellReturnsApart writes on returns of one name in what they differ.
func (v *view) tellReturnsApart() {
	byName := map[string][]*Node{}
	walk(v.nodes, func(n *Node) {
		if n.Kind == Return && n.Keyword != "" {
			byName[n.Name] = append(byName[n.Name], n)
		}
	})
	for _, returns := range byName {
		if len(returns) < 2 {
			continue
		}
		times := map[string]int{}
		for _, n := range returns {
			for _, field := range n.More {
				times[field]++
			}
		}
		for _, n := range returns {
			for _, field := range n.More {
				if times[field] < len(returns) && len(n.Notes) < 2 {
					n.Notes = append(n.Notes[:len(n.Notes):len(n.Notes)], field)
				}
			}
		}
	}
}

// hosts gives, for what is a line in another node, that node's ID.
func (v *view) hosts() map[string]string {
	out := map[string]string{}
	walk(v.nodes, func(n *Node) {
		for _, l := range n.lines {
			for _, c := range l.nodes {
				out[c.ID] = n.ID
			}
		}
	})
	return out
}
