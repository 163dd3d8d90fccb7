package visualize

import (
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// coverDefs are the classes of what a suite has taken and what it has not. None says it by
// its colour alone: what was taken has a ✓, what was not a ○ and a broken line.
var coverDefs = []struct{ name, style string }{
	{"covered", "fill:#2da44e33,stroke:#2da44e,stroke-width:2px"},
	{"partly", "fill:#d4a72c33,stroke:#bf8700,stroke-width:3px"},
	{"missed", "fill:none,stroke:#f85149,stroke-width:3px,stroke-dasharray:7 4"},
	{"coveredFrame", "stroke:#2da44e,stroke-width:2px"},
	{"partlyFrame", "stroke:#bf8700,stroke-width:3px"},
	{"missedFrame", "stroke:#f85149,stroke-width:3px,stroke-dasharray:7 4"},
	{"missedEdge", "stroke:#f85149,stroke-width:2.5px,stroke-dasharray:7 4"},
}

const (
	tookMark   = "✓"
	missedMark = "○"
	killedMark = "†"
)

const killedText = killedMark + ": its process was killed before and after a checkpoint of it, and the execution went on"

// Mermaid draws what a suite has taken of a workflow.
func (c *Coverage) Mermaid(detail Detail) string { return c.drawing(detail).draw() }

// Markdown gives the diagram with its legend, for a page or a comment; nothing where GitHub
// would show an error in its place.
func (c *Coverage) Markdown(detail Detail) string {
	d := c.drawing(detail)
	text := d.draw()
	if TooLarge(text) {
		return ""
	}
	return fence(text) + d.legendText()
}

// Text draws it for a terminal of some width, as [Text] draws a workflow.
func (c *Coverage) Text(detail Detail, width int) string {
	d := c.drawing(detail)
	o := newOutline(d)
	walk(d.view.nodes, func(n *Node) { o.enter(n, n) })
	return o.root(d.view.nodes[0], c.Graph.Workflow).text(width) + "\n" + tookMark + " taken  " + missedMark + " not taken  ? no history tells\n" + c.killedSentence(width) + d.signSentences(width)
}

// killedSentence explains the sign of a crash, if it is used.
func (c *Coverage) killedSentence(width int) string {
	if !c.Kills() {
		return ""
	}
	return strings.Join(lines(killedText, width, 4), "\n") + "\n"
}

// Kills reports whether a process was killed in any execution.
func (c *Coverage) Kills() bool {
	for _, s := range c.killed {
		if s.before || s.after {
			return true
		}
	}
	return false
}

func (c *Coverage) drawing(detail Detail) *drawing {
	d := &drawing{graph: c.Graph, detail: detail, view: reduceTo(c.Graph, detail, false, c.counts), over: c}
	d.title = "What tests have taken of the workflow " + c.Graph.Workflow.Name.Text
	return d
}

func (c *Coverage) look(n *Node) string {
	class := "covered"
	switch {
	case n.Kind == End || n.Kind == Jump || n.Kind == Plain || n.Kind == Commit:
		return c.plainLook(n)
	case c.passed[n.ID] == Untold:
		return "untold"
	case c.passed[n.ID] == NotTaken && n.Kind != Start:
		class = "missed"
	case c.misses(n):
		class = "partly"
	}
	if n.Frame {
		class += "Frame"
	}
	return class
}

// plainLook is that of a node that is not counted.
func (c *Coverage) plainLook(n *Node) string {
	if c.passed[n.ID] == NotTaken {
		return "pale"
	}
	return ""
}

// misses reports whether something that a line of a node stands for was not taken.
func (c *Coverage) misses(n *Node) bool {
	for _, l := range n.lines {
		if !l.outline && strings.Contains(c.lineMark(l), missedMark) {
			return true
		}
	}
	return false
}

func (c *Coverage) marks(n *Node) (mark string, notes []string) {
	_, end := n.stmt.(*dsl.FailStmt)
	if !end && n.Op == nil && n.Kind != Undo && n.Kind != Return && n.Kind != Again && n.Kind != Fail {
		return "", nil
	}
	switch c.passed[n.ID] {
	case Untold:
		return " ?", nil
	case NotTaken:
		return " " + missedMark, nil
	}
	mark = " " + tookMark
	switch s := c.killed[n.ID]; {
	case s.before && s.after:
		mark += killedMark
	case s.before:
		notes = append(notes, killedMark+" before only")
	case s.after:
		notes = append(notes, killedMark+" after only")
	}
	if names := c.notRaised(n); len(names) > 0 {
		notes = append(notes, missedMark+" "+strings.Join(names, ", "))
	}
	return mark, notes
}

// notRaised gives the errors of an end that have not come to it.
func (c *Coverage) notRaised(end *Node) []string {
	var names []string
	for _, e := range c.edges {
		if e.To != end.ID || len(end.errors) < 2 {
			continue
		}
		for _, t := range end.errors {
			if c.left(e, end, t.Name) == NotTaken {
				names = append(names, t.Name)
			}
		}
	}
	return names
}

func (c *Coverage) lineMark(l line) string {
	way, any := Taken, false
	var missing []string
	for _, n := range l.nodes {
		way, any = min(way, c.passed[n.ID]), true
		missing = append(missing, c.notRaised(n)...)
	}
	for _, w := range l.ways {
		way, any = min(way, c.went[w.edge]), true
	}
	switch {
	case !any:
		return ""
	case way == NotTaken:
		return " " + missedMark
	case way == Untold:
		return " ?"
	case len(missing) > 0:
		return " " + tookMark + " " + missedMark + " " + strings.Join(missing, ", ")
	}
	return " " + tookMark
}

func (c *Coverage) edgeLook(e *Edge) (class, sign string) {
	taken, missed, untold, counted := 0, 0, 0, 0
	for _, w := range e.of {
		if c.counts(w.edge) {
			counted++
		}
		switch c.went[w.edge] {
		case Taken:
			taken++
		case Untold:
			untold++
		default:
			missed++
		}
	}
	switch {
	case counted > 0 && missed > 0:
		return "missedEdge", missedMark + " "
	case untold > 0:
		return "perhaps", ""
	case taken > 0 || len(e.of) == 0:
		return "went", ""
	}
	return "paleEdge", ""
}

// coverLegend explains the classes of coverage.
func (d *drawing) coverLegend(c *Coverage) []string {
	var out []string
	for _, l := range []struct {
		classes []string
		text    string
	}{
		{[]string{"covered", "coveredFrame", "went"}, tookMark + " and a green line: taken by a test"},
		{[]string{"partly", "partlyFrame"}, "amber: taken, but not all that stands in it"},
		{[]string{"missed", "missedFrame", "missedEdge"}, missedMark + " and a broken red line: not taken"},
		{[]string{"paleEdge", "pale"}, "pale: follows on what was not taken"},
		{[]string{"perhaps", "untold"}, "grey, ?: no history tells"},
	} {
		for _, class := range l.classes {
			if d.used[class] {
				out = append(out, l.text)
				break
			}
		}
	}
	if c.Kills() {
		out = append(out, killedText)
	}
	return out
}
