package visualize

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/words"
)

// layer is what runs have done, as a drawing of their workflow shows it.
type layer interface {
	// look is the class of a node, empty if it has none but that of its kind.
	look(n *Node) string
	// marks gives what is written on a node: a mark behind its title, and notes below.
	marks(n *Node) (mark string, notes []string)
	// lineMark is what is written behind a line of a node.
	lineMark(l line) string
	// edgeLook is the class of an edge, and what is written before its label.
	edgeLook(e *Edge) (class, sign string)
}

// Mermaid draws the graph with what has happened: what ran, waits, failed, was
// retried or undone, and how often; which ways were taken. What was not reached is pale.
func (r *Run) Mermaid(detail Detail) string {
	d := newDrawing(r.Graph, detail)
	d.over = r
	d.title += " with what has happened"
	return d.draw()
}

// runDefs are the classes of states; they come after those of kinds, and so win. What is
// pale is so by its colour alone: text keeps its contrast.
var runDefs = []struct{ name, style string }{
	{"pale", "fill:none,stroke:#8b949e99"},
	{"untold", "fill:none,stroke:#8b949e,stroke-dasharray:2 3"},
	{"ok", "fill:#2da44e4d,stroke:#2da44e,stroke-width:2px"},
	{"waiting", "fill:#d4a72c66,stroke:#d4a72c,stroke-width:4px"},
	{"failed", "fill:#f8514966,stroke:#f85149,stroke-width:3px"},
	{"caught", "fill:#d4a72c40,stroke:#f85149,stroke-width:2px,stroke-dasharray:5 3"},
	{"left", "stroke:#8b949e,stroke-width:2px,stroke-dasharray:4 3"},
	{"undone", "fill:#e36f284d,stroke:#e36f28,stroke-width:2px,stroke-dasharray:4 3"},
	{"waitingFrame", "stroke:#d4a72c,stroke-width:4px"},
	{"failedFrame", "stroke:#f85149,stroke-width:3px"},
	{"caughtFrame", "stroke:#f85149,stroke-width:2px,stroke-dasharray:5 3"},
	{"leftFrame", "stroke:#8b949e,stroke-width:2px,stroke-dasharray:4 3"},
	{"undoneFrame", "stroke:#e36f28,stroke-width:2px,stroke-dasharray:4 3"},
	{"went", "stroke:#2da44e,stroke-width:3px"},
	{"wentError", "stroke:#f85149,stroke-width:3px"},
	{"wentUndo", "stroke:#e36f28,stroke-width:3px"},
	{"perhaps", "stroke:#8b949e,stroke-width:1.5px"},
	{"paleEdge", "stroke:#8b949e80,stroke-width:1px"},
}

// frameClasses are the classes of frames by state: their border alone says it, so
// that what they hold stands out.
var frameClasses = map[string]string{"waiting": "waitingFrame", "failed": "failedFrame", "caught": "caughtFrame", "left": "leftFrame", "undone": "undoneFrame"}

// Look tells how a node of a run is to be drawn: "pale" if it was not reached, "untold" if
// the history does not tell, "ok", "waiting", "failed", "caught" if its failures were,
// "left" behind or "undone"; empty for one that control has passed and at which nothing
// is done. A page that draws the diagram once, without a run, restyles it by this.
func (r *Run) Look(n *Node) string {
	if s := r.States[n.ID]; s != nil && stateful(n) {
		return s.look()
	}
	switch way := r.Passed(n); {
	case way == NotTaken, recorded(n):
		return "pale"
	case way == Untold:
		return "untold"
	}
	switch {
	case n.Kind == Return:
		return "ok"
	case n.Kind == Again:
		return r.againLook()
	case n.Kind == Fail && n.Caught:
		return "caught"
	case n.Kind == Fail:
		return "failed"
	}
	return ""
}

var againMark = map[string]string{"ok": " ✓", "waiting": " ⏳", "failed": " ✗"}

// againLook is that of the node at which the workflow goes on as a new execution.
func (r *Run) againLook() string {
	switch op := r.ways.gone; {
	case op == nil, op.Open():
		return "waiting"
	case op.State == execution.Succeeded:
		return "ok"
	case op.State == execution.Failed:
		return "failed"
	}
	return "left"
}

// stateful reports whether the records tell how a node stands.
func stateful(n *Node) bool { return n.Op != nil || n.Kind == Undo || n.Kind == Branch }

func (s *State) look() string {
	switch {
	case s.Open > 0:
		return "waiting"
	case s.Undone > 0 && s.Undone >= s.Succeeded:
		return "undone"
	case s.Failed > s.Caught:
		return "failed"
	case s.Failed > 0, s.Items.Failed > 0 && s.Succeeded > 0:
		return "caught"
	case s.Left > 0:
		return "left"
	case s.Succeeded > 0:
		return "ok"
	}
	return "pale"
}

// marks gives what is written on a node: a mark behind its title, and notes below.
func (r *Run) marks(n *Node) (mark string, notes []string) {
	s := r.States[n.ID]
	if s == nil || !stateful(n) {
		return r.plainMarks(n)
	}
	if s.Open > 0 {
		mark, notes = " ⏳", append(notes, r.waitNote(n))
	}
	if s.Started > 1 {
		notes = append(notes, s.counts())
	} else {
		m, note := s.single()
		if mark += m; note != "" {
			notes = append(notes, note)
		}
	}
	if items := s.Items.counts(); items != "" {
		notes = append(notes, items)
	}
	if s.Retries > 0 {
		notes = append(notes, "↻ "+words.Count(s.Retries, "retry"))
	}
	return mark, notes
}

// plainMarks are those of a node that the records say nothing of.
func (r *Run) plainMarks(n *Node) (mark string, notes []string) {
	switch times := r.ways.turns[n.ID]; {
	case n.Kind == Loop && times > 0:
		return "", []string{"↻ " + words.Count(times, "turn")}
	case n.Kind == Return && r.Passed(n) == Taken:
		return " ✓", nil
	case n.Kind == Again && r.Passed(n) == Taken:
		return againMark[r.againLook()], nil
	case (n.Kind == Return || n.Kind == Again || n.Kind == Fail) && r.Passed(n) == Untold:
		return " ?", []string{"perhaps: the history does not tell"}
	}
	return "", nil
}

// single says how the one run of an operation has ended.
func (s *State) single() (mark, note string) {
	switch {
	case s.Open > 0:
	case s.Undone > 0:
		return " ↩", "undone"
	case s.Failed > 0 && s.Caught > 0:
		return " ✗", "caught: " + words.FirstLine(s.Error)
	case s.Failed > 0:
		return " ✗", words.FirstLine(s.Error)
	case s.Stood > 0:
		return "", "it stood here"
	case s.Left > 0:
		return "", "left behind"
	case s.Succeeded > 0:
		return " ✓", ""
	}
	return "", ""
}

// counts says how the runs of an operation have ended: "✓ 20 ✗ 3 ↩ 3".
func (s *State) counts() string {
	return counts([]count{{"✓", s.Succeeded - s.Undone}, {"✗", s.Failed}, {"↩", s.Undone}, {"⏳", s.Open}, {"left", s.Left}})
}

func (i Items) counts() string {
	text := counts([]count{{"✓", i.Succeeded}, {"✗", i.Failed}, {"⏳", i.Open}, {"left", i.Left}})
	if text != "" {
		text = "items " + text
	}
	return text
}

type count struct {
	sign  string
	times int
}

func counts(list []count) string {
	var parts []string
	for _, c := range list {
		if c.times > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", c.sign, c.times))
		}
	}
	return strings.Join(parts, " ")
}

func (r *Run) waitNote(n *Node) string {
	op := r.waits[n.ID]
	if op == nil {
		return "under way"
	}
	text := "since " + words.Clock(op.Started, r.now)
	if !op.Until.IsZero() {
		text += " until " + words.Clock(op.Until, r.now)
	}
	return text
}

// lineMark tells whether control has gone where a line of a node leads.
func (r *Run) lineMark(l line) string {
	way := r.way(l.ways)
	for _, n := range l.nodes {
		if l.mark != undoMark {
			way = max(way, r.Passed(n))
		}
	}
	switch way {
	case Taken:
		return " ✓"
	case Untold:
		return " ?"
	}
	return ""
}

// look is the look of a node with its lines: an end among them is where it has ended.
func (r *Run) look(n *Node) string {
	look := r.Look(n)
	for _, l := range n.lines {
		for _, end := range l.nodes {
			if end.Kind == Fail && r.Passed(end) == Taken && look != "waiting" {
				look = r.Look(end)
			}
		}
	}
	if n.Frame && look != "pale" && look != "untold" {
		look = frameClasses[look]
	}
	return look
}

// edgeLook is that of an edge by whether control has taken it.
func (r *Run) edgeLook(e *Edge) (class, sign string) {
	switch way := r.way(e.of); {
	case way == NotTaken:
		return "paleEdge", ""
	case way == Untold:
		return "perhaps", ""
	case e.Kind == Error:
		return "wentError", ""
	case e.Kind == TakeBack:
		return "wentUndo", ""
	}
	return "went", ""
}
