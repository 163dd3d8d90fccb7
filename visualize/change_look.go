package visualize

import "strings"

// changeDefs are the classes of what an edit has done. None of them says it by its colour
// alone: what is added has a thick line and a +, what is gone a broken one, a − and arrows
// that end in a cross, what is changed a ~.
var changeDefs = []struct{ name, style string }{
	{"added", "stroke:#2da44e,stroke-width:4px"},
	{"gone", "fill:none,stroke:#f85149,stroke-width:2px,stroke-dasharray:7 5"},
	{"changed", "stroke:#bf8700,stroke-width:3px"},
	{"addedEdge", "stroke:#2da44e,stroke-width:3px"},
	{"goneEdge", "stroke:#f85149,stroke-width:1.5px,stroke-dasharray:7 5"},
	{"changedEdge", "stroke:#bf8700,stroke-width:3px"},
}

var (
	changedNodes = [...]string{added: "added", gone: "gone", changed: "changed"}
	changedEdges = [...]string{added: "addedEdge", gone: "goneEdge", changed: "changedEdge"}
)

// changeLegend explains the classes of changes.
var changeLegend = []struct {
	classes []string
	text    string
}{
	{[]string{"added", "addedEdge"}, "+ and a thick green line: added"},
	{[]string{"gone", "goneEdge"}, "− and a broken red line, arrows with a cross: gone"},
	{[]string{"changed", "changedEdge"}, "~ and an amber line: changed; below it + is what it says now, − what it said before"},
}

func (d *drawing) changeLegend() []string {
	var out []string
	for _, l := range changeLegend {
		for _, class := range l.classes {
			if d.used[class] {
				out = append(out, l.text)
				break
			}
		}
	}
	if d.changed != nil && len(out) == 0 {
		out = append(out, "nothing that is drawn here has changed")
	}
	return out
}

// sign is what stands before the title of a node that an edit has touched.
func (d *drawing) sign(n *Node) string {
	if d.changed == nil {
		return ""
	}
	return signs[d.changed.nodes[n]]
}

func (d *drawing) changedState(indent int, n *Node) {
	if d.changed != nil && d.changed.nodes[n] != kept {
		d.class(indent, mermaidID(n.ID), changedNodes[d.changed.nodes[n]])
	}
}

func (d *drawing) edgeStanding(e *Edge) standing {
	if d.changed == nil {
		return kept
	}
	return d.changed.edges[e]
}

// like gives an edge the standing that all of some others have.
func (d *drawing) like(e *Edge, of []*Edge) *Edge {
	if d.changed != nil && len(of) > 0 {
		s := d.changed.edges[of[0]]
		for _, o := range of {
			if d.changed.edges[o] != s {
				s = kept
			}
		}
		d.changed.edges[e] = s
	}
	return e
}

// changedArrow ends the arrow of what is gone in a cross.
func changedArrow(arrow string, s standing) string {
	if s == gone {
		return strings.TrimSuffix(arrow, ">") + "x"
	}
	return arrow
}

// changedLabel puts a sign before the label of an edge that has one.
func changedLabel(label string, s standing) string {
	if label == "" {
		return ""
	}
	return signs[s] + label
}

// calleeNote is what an operation calls if its label hides it. Of two versions the notes say
// it already.
func (d *drawing) calleeNote(n *Node) []string {
	if d.changed != nil && d.changed.before[n] != nil {
		return nil
	}
	return calleeNote(n)
}

// overviewNotes are those that an overview shows: what a changed node was.
func (d *drawing) overviewNotes(n *Node) []string {
	var out []string
	for _, note := range n.Notes {
		if d.changed != nil && d.changed.nodes[n] == changed && (strings.HasPrefix(note, "was ") || strings.HasPrefix(note, signs[changed])) {
			out = append(out, note)
		}
	}
	return out
}
