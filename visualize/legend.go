package visualize

import (
	"slices"
	"strings"
)

// legendTexts explain the classes of nodes, frames and edges; those that are not among
// them have nothing to explain.
var legendTexts = []struct{ class, text string }{
	{"start", "green, rounded, thick: it begins"},
	{"done", "green, rounded, thin: it returns"},
	{"again", "teal, rounded: it goes on as a new execution"},
	{"step", "blue rectangle: a step"},
	{"people", "purple, slanted: somebody outside answers"},
	{"other", "teal, double walls: another workflow or function"},
	{"time", "yellow, round corners: time passes"},
	{"decide", "grey hexagon: a decision"},
	{"plain", "dashed grey: computed in between"},
	{"fail", "red flag: fails"},
	{"commit", "orange rectangle: a commit"},
	{"leave", "grey, narrow below: leaves the frame"},
	{"apart", "grey, narrow above: a frame with nothing to show inside, or one that is closed here"},
	{"dot", "dot: the frame ends"},
	{"join", "number in a circle: goes on where it stands again"},
	{"frame", "frame: "},
	{"tryframe", "dashed red frame: a `try`; whatever fails inside leaves at its border"},
	{"undoframe", "dashed orange frame: undoes, if something fails later, what its dotted arrow comes from"},
	{"error", "dotted red arrow: the way of an error"},
}

// legend names every shape, colour and mark that a diagram of [Mermaid] uses, and no
// other, in sentences of Markdown.
func (d *drawing) legend() []string {
	var out []string
	for _, l := range legendTexts {
		switch {
		case !d.used[l.class]:
		case l.class == "frame":
			out = append(out, l.text+d.frameKinds())
		case l.class == "dot" && d.endsTurns():
			out = append(out, l.text+", in ↻ only its turn")
		default:
			out = append(out, l.text)
		}
	}
	if c, ok := d.over.(*Coverage); ok {
		out = append(out, d.coverLegend(c)...)
	}
	return append(append(out, d.changeLegend()...), d.markSentences()...)
}

// endsTurns reports whether a dot ends the turn of a loop.
func (d *drawing) endsTurns() bool {
	found := false
	walk(d.view.nodes, func(n *Node) {
		found = found || n.Kind == End && n.Parent != nil && n.Parent.Kind == Loop
	})
	return found
}

// frameKinds says what the frames of a diagram are.
func (d *drawing) frameKinds() string {
	texts := map[Kind]string{Parallel: "`parallel` runs what stands side by side at once", Map: "`map` runs each item", Select: "`select` takes the first of what stands side by side",
		Loop: "↻ is done again and again", Group: "`group` succeeds or fails as a whole", Branch: "a branch"}
	var parts []string
	walk(d.view.nodes, func(n *Node) {
		text := texts[n.Kind]
		if elseOf(n) != nil {
			text = "`select` with `else` waits for nothing: it takes what is there already of what stands side by side, or its `else`"
		}
		if n.Frame && text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	})
	return strings.Join(parts, ", ")
}

// markSentences explains the signs in small print, and what no sign stands for.
func (d *drawing) markSentences() []string {
	var out []string
	marks := map[mark]bool{}
	tries, drops := false, false
	walk(d.view.nodes, func(n *Node) {
		tries = tries || n.Kind == Try
		drops = drops || n.Kind == Jump && n.Name == dropped
		marks[undoMark] = marks[undoMark] || n.Kind == Undo
		marks[commitMark] = marks[commitMark] || n.Kind == Commit
		for _, l := range d.linesOf(n) {
			marks[l.mark] = true
			drops = drops || l.mark == jumpMark && strings.HasSuffix(l.text, dropped)
		}
	})
	undoes := marks[undoMark]
	switch {
	case marks[failMark] && undoes:
		out = append(out, "✗ fails the workflow, or the frame around it: all that stands with ↩ above it there is undone, the last first")
	case marks[failMark]:
		out = append(out, "✗ fails the workflow, or the frame around it")
	case undoes:
		out = append(out, "↩ is undone if something fails later, the last first")
	}
	if marks[commitMark] {
		out = append(out, "═ commit: nothing that stands above it in its frame is undone from there on")
	}
	if marks[caughtMark] {
		out = append(out, "↯ raises an error that the `try` around it catches")
	}
	if marks[jumpMark] {
		text := "→ break leaves the loop, → continue begins its next turn, → yield ends the frame"
		if drops {
			text += ", → dropped takes a case out of its `select`"
		}
		out = append(out, text)
	}
	if d.undeclared() {
		text := "what no step declares may fail anywhere"
		if tries {
			text += " outside of a `try`"
		}
		if text += " and ends the workflow"; marks[failMark] {
			text += " as ✗ does"
		}
		out = append(out, text)
	}
	return out
}

// undeclared reports whether an operation may fail in a way that is not drawn.
func (d *drawing) undeclared() bool {
	found := false
	walk(d.view.nodes, func(n *Node) {
		for p := n.Parent; p != nil; p = p.Parent {
			if p.Kind == Try {
				return
			}
		}
		found = found || n.Op != nil
	})
	return found && d.detail != Overview
}

// legendText is the legend below a diagram in Markdown.
func (d *drawing) legendText() string {
	return "\n<sub>" + markdown(strings.Join(d.legend(), " · ")) + ".</sub>\n"
}
