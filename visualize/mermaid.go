package visualize

import (
	"fmt"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/textwidth"
	"github.com/durablegen/durablegen/internal/words"
)

// Mermaid draws a workflow as a Mermaid flowchart.
func Mermaid(p *dsl.Program, w *dsl.WorkflowDecl, detail Detail) string {
	return newDrawing(NewGraph(p, w), detail).draw()
}

// drawing writes a view as Mermaid text.
type drawing struct {
	graph   *Graph
	detail  Detail
	view    *view
	title   string
	over    layer   // what runs have done, laid over; nil without
	changed *joined // of two versions in one; nil of one alone
	apart   bool    // what is folded is drawn in a diagram of its own
	columns map[string][]column
	extent  size            // of the whole, as estimated; nothing before it is arranged
	joined  int             // joints of columns so far
	sizes   map[*Node]size  // of nodes that are no frames, as estimated
	labels  map[string]size // of edges
	frames  map[placed]size // of frames, as estimated with these columns
	narrow  bool            // what can be narrower is
	used    map[string]bool // classes
	drawn   []DrawnEdge
	out     strings.Builder
	text    string // once drawn
}

func newDrawing(g *Graph, detail Detail) *drawing {
	return &drawing{graph: g, detail: detail, view: reduce(g, detail), title: "Flow of the workflow " + g.Workflow.Name.Text}
}

// Colours are half transparent over the page's own background, and text keeps the
// page's own colour, so one diagram serves GitHub's light and dark themes. Strokes
// are mid-tones that stand out from white and from near-black alike.
var classDefs = []struct{ name, style string }{
	{"start", "fill:#2da44e33,stroke:#2da44e,stroke-width:2px"},
	{"step", "fill:#388bfd2b,stroke:#388bfd"},
	{"people", "fill:#a371f733,stroke:#a371f7"},
	{"other", "fill:#1b9aaa33,stroke:#1b9aaa"},
	{"time", "fill:#d4a72c33,stroke:#bf8700"},
	{"decide", "fill:#8b949e26,stroke:#8b949e"},
	{"fail", "fill:#f8514933,stroke:#f85149"},
	{"done", "fill:#2da44e33,stroke:#2da44e"},
	{"again", "fill:#1b9aaa33,stroke:#1b9aaa"},
	{"plain", "fill:#8b949e14,stroke:#8b949e,stroke-dasharray:2 3"},
	{"leave", "fill:#8b949e26,stroke:#8b949e"},
	{"commit", "fill:#e36f2814,stroke:#e36f28"},
	{"apart", "fill:#8b949e26,stroke:#8b949e,stroke-width:2px"},
	{"frame", "fill:#8b949e14,stroke:#8b949e"},
	{"tryframe", "fill:#f8514908,stroke:#f85149,stroke-dasharray:3 3"},
	{"undoframe", "fill:#e36f2814,stroke:#e36f28,stroke-dasharray:6 3"},
	{"dot", "fill:#8b949e,stroke:#8b949e"},
	{"join", "fill:#8b949e26,stroke:#8b949e"},
	{"note", "fill:none,stroke:none"},
	{"column", "fill:none,stroke:none"},
	{"error", "stroke:#f85149,stroke-width:1.5px"},
	{"undo", "stroke:#e36f28,stroke-width:1.5px"},
}

// settings keep a long workflow on one screen. Mermaid adds 25 to the space between
// ranks with every frame that it enters; in a frame half of it is the room for its title.
const settings = `%%%%{init: {"layout": "dagre", "look": "classic", "flowchart": {"nodeSpacing": 16, "rankSpacing": %d, "padding": 5, "wrappingWidth": 420, "minNodeWidth": 1, "diagramPadding": 4, "curve": "basis", "subGraphTitleMargin": {"top": 0, "bottom": 0}}, "themeVariables": {"fontSize": "14px"}}}%%%%`

func (d *drawing) draw() string {
	if d.text != "" {
		return d.text
	}
	d.used = map[string]bool{}
	d.arrange()
	d.level("", d.view.nodes, 1)
	body := d.out.String()
	d.out.Reset()
	direction, spacing := "TB", rankSpacing
	if len(d.columns[""]) > 0 {
		direction, spacing = "LR", rankSpacing-frameSpacing
	}
	d.line(0, fmt.Sprintf(settings, spacing))
	d.line(0, "flowchart "+direction)
	d.line(1, "accTitle: "+escape(d.title))
	for _, c := range slices.Concat(classDefs, runDefs, changeDefs, coverDefs) {
		if d.used[c.name] {
			d.line(1, "classDef "+c.name+" "+c.style)
		}
	}
	d.text = d.out.String() + body
	return d.text
}

func (d *drawing) line(indent int, text string) {
	d.out.WriteString(strings.Repeat("    ", indent) + text + "\n")
}

// level writes the nodes of a frame and the edges between them, in columns if it has any.
func (d *drawing) level(frame string, nodes []*Node, indent int) {
	columns := d.columns[frame]
	if len(columns) == 0 {
		d.inside(nodes, nil, indent)
		return
	}
	before := d.joined
	d.joined += len(columns) - 1
	for i, c := range columns {
		for j := range c.joints {
			c.joints[j].number += before
		}
		id := mermaidID(fmt.Sprintf("%s.column%d", frame, i+1))
		d.line(indent, "subgraph "+id+`[" "]`)
		d.line(indent+1, "direction TB")
		d.inside(c.nodes, c.joints, indent+1)
		d.line(indent, "end")
		if i > 0 {
			d.line(indent, mermaidID(fmt.Sprintf("%s.column%d", frame, i))+" ~~~ "+id)
		}
	}
	for i := range columns {
		d.class(indent, mermaidID(fmt.Sprintf("%s.column%d", frame, i+1)), "column")
	}
}

// inside writes nodes, the numbered joints by which they go on in another column, and
// the edges between them.
func (d *drawing) inside(nodes []*Node, joints []joint, indent int) {
	goal := map[*Edge]string{}
	for _, j := range joints {
		d.line(indent, mermaidID(j.id)+`(("#160;`+fmt.Sprint(j.number)+`#160;")):::join`)
		d.used["join"] = true
		for _, e := range j.edges {
			goal[e] = j.id
		}
	}
	for _, n := range nodes {
		if n.Frame {
			d.frame(n, indent)
			continue
		}
		shape := shapes[n.Kind]
		if n.Folded > 0 {
			shape = apartShape
		}
		d.line(indent, mermaidID(n.ID)+shape.open+quote(d.label(n).html())+shape.shut+":::"+shape.class)
		d.used[shape.class] = true
		d.state(indent, n)
	}
	for _, j := range joints {
		if j.to != "" {
			d.edge(indent, d.like(&Edge{From: j.id, To: j.to, of: j.of}, j.through))
		}
	}
	for _, n := range nodes {
		for _, e := range d.view.out(n.ID) {
			if id := goal[e]; id != "" {
				e = d.like(&Edge{From: e.From, To: id, Kind: e.Kind, Label: e.Label, of: e.of}, []*Edge{e})
			}
			if e.Kind != TakeBack {
				d.edge(indent, e)
			}
		}
		for _, e := range d.view.in(n.ID) {
			if e.Kind == TakeBack {
				d.edge(indent, e)
			}
		}
	}
	// Mermaid forgets the class of a frame at the next edge to it.
	for _, n := range nodes {
		if n.Frame {
			d.class(indent, mermaidID(n.ID), frameClass(n))
			d.state(indent, n)
		}
	}
}

// second gives a node that follows on the first one of a frame.
func (d *drawing) second(n *Node) string {
	if len(d.columns[n.ID]) == 0 {
		for _, start := range n.Starts {
			for _, e := range d.view.out(start) {
				return e.To
			}
		}
	}
	return ""
}

func frameClass(n *Node) string {
	switch n.Kind {
	case Try:
		return "tryframe"
	case Undo:
		return "undoframe"
	}
	return "frame"
}

func (d *drawing) frame(n *Node, indent int) {
	title, note := d.frameTitle(n)
	d.line(indent, "subgraph "+mermaidID(n.ID)+"["+quote(title.html())+"]")
	if len(d.columns[n.ID]) > 0 {
		d.line(indent+1, "direction LR")
	} else {
		d.line(indent+1, "direction TB")
	}
	if len(note) > 0 {
		id := mermaidID(n.ID + ".note")
		d.line(indent+1, id+"["+quote(label{small: note}.html())+"]:::note")
		d.used["note"] = true
		if second := d.second(n); second != "" {
			d.line(indent+1, id+" ~~~ "+mermaidID(second)) // else it may sink to the bottom
		}
	}
	d.level(n.ID, n.Nodes, indent+1)
	d.line(indent, "end")
}

// edge writes an edge. Those of errors and undos have IDs, made of what they connect,
// by which they are coloured.
func (d *drawing) edge(indent int, e *Edge) {
	from, to, class, text := mermaidID(e.From), mermaidID(e.To), "", e.Label
	switch e.Kind {
	case Error:
		class = "error"
	case TakeBack:
		from, to, class, text = to, from, "undo", "↩ undo"
	}
	arrow := "-->"
	if class != "" {
		arrow = "-.->"
	}
	edited, over := d.edgeStanding(e), ""
	if d.over != nil {
		var sign string
		if over, sign = d.over.edgeLook(e); text != "" {
			text = sign + text
		}
	}
	if edited != kept {
		arrow, text = changedArrow(arrow, edited), changedLabel(text, edited)
	}
	if text != "" {
		arrow += "|" + quote(markup("", edgeLines(text))) + "|"
	}
	id := strings.TrimPrefix(from, "n_") + "_to_" + strings.TrimPrefix(to, "n_")
	switch {
	case class != "":
		id = "e_" + id
		d.line(indent, from+" "+id+"@"+arrow+" "+to)
		if d.over == nil && edited == kept {
			d.class(indent, id, class)
		}
	case d.over != nil || edited != kept:
		id = "f_" + id
		d.line(indent, from+" "+id+"@"+arrow+" "+to)
	default:
		id = "L_" + from + "_" + to + "_0" // as Mermaid calls it
		d.line(indent, from+" "+arrow+" "+to)
	}
	d.drawn = append(d.drawn, DrawnEdge{id, e.Kind, e.of})
	switch {
	case d.over != nil:
		d.class(indent, id, over)
	case edited != kept:
		d.class(indent, id, changedEdges[edited])
	}
}

func edgeLines(text string) []string { return lines(text, 24, 3) }

func (d *drawing) class(indent int, id, name string) {
	d.line(indent, "class "+id+" "+name)
	d.used[name] = true
}

// state writes how a node stands in a run, or what an edit has done to it.
func (d *drawing) state(indent int, n *Node) {
	if d.over == nil {
		d.changedState(indent, n)
		return
	}
	if class := d.over.look(n); class != "" {
		d.class(indent, mermaidID(n.ID), class)
	}
}

var idEscapes = strings.NewReplacer("-", "__", ".", "_z")

// mermaidID gives an ID that no keyword of Mermaid equals; different ones stay different.
func mermaidID(id string) string {
	return "n_" + idEscapes.Replace(id)
}

type shape struct{ open, shut, class string }

// shapes tell kinds apart without colour.
var shapes = map[Kind]shape{
	Start:    {"([", "])", "start"},
	Step:     {"[", "]", "step"},
	Callback: {"[/", "/]", "people"},
	Invoke:   {"[[", "]]", "other"},
	Call:     {"[[", "]]", "other"},
	Wait:     {"(", ")", "time"},
	Poll:     {"(", ")", "time"},
	Group:    apartShape,
	Parallel: apartShape,
	Branch:   apartShape,
	Map:      apartShape,
	Select:   apartShape,
	Loop:     apartShape,
	Try:      {"[", "]", "plain"},
	Undo:     {"[", "]", "plain"},
	Decision: {"{{", "}}", "decide"},
	Plain:    {"[", "]", "plain"},
	Jump:     {`[\`, "/]", "leave"},
	Return:   {"([", "])", "done"},
	Again:    {"([", "])", "again"},
	Fail:     {">", "]", "fail"},
	Commit:   {"[", "]", "commit"},
	End:      {"((", "))", "dot"},
}

var apartShape = shape{"[/", `\]`, "apart"}

// label is the text in a node: its title, in which the keyword is not bold, and small
// print below.
type label struct {
	keyword string   // begins the first line
	title   []string // lines; without the keyword
	plain   bool     // no part of the title is bold
	small   []string
	tail    string // of a frame: small print on the line of the title
}

func (l label) html() string {
	text := markup("", l.title)
	if text != "" && !l.plain {
		text = "<b>" + text + "</b>"
	}
	if l.keyword != "" {
		text = strings.TrimSuffix(escape(l.keyword)+" "+text, " ")
	}
	if l.tail != "" {
		text += " " + markup("small", []string{l.tail})
	}
	if len(l.small) > 0 {
		if text != "" {
			text += "<br/>"
		}
		text += markup("small", l.small)
	}
	if text == "" {
		return " "
	}
	return text
}

const (
	titleColumns = 28 // of a line in a node
	smallColumns = 36 // of a line of small print
	frameColumns = 72 // of the title of a frame, which has one line
	narrowFrame  = 50 // the same where there is little room

	markedColumns = 60 // of what has a mark behind it
)

func (d *drawing) label(n *Node) label {
	if n.Kind == End {
		return label{}
	}
	if n.Kind == Plain {
		var all []string
		for _, note := range n.Notes {
			all = append(all, lines(note, smallColumns, 2)...)
		}
		if sign := d.sign(n); sign != "" && len(all) > 0 {
			all[0] = sign + all[0]
		}
		return label{small: cut(all, 6)}
	}
	if n.Kind == Commit {
		return label{plain: true, title: []string{d.sign(n) + string(commitMark) + " " + n.Name}}
	}
	l := heading(d.sign(n)+d.keyword(n), n.Name, titleColumns)
	if n.Kind == Decision || n.Kind == Jump {
		l = label{plain: true, title: lines(d.sign(n)+strings.TrimSpace(n.Keyword+" "+n.Name), titleColumns, 3)}
	}
	if d.detail == Overview && n.Kind == Step && n.Lead == "" {
		names := n.Name
		for _, l := range n.lines {
			if l.mark == 0 {
				names += ", " + l.text
			}
		}
		l = heading("", d.sign(n)+names, titleColumns)
	}
	l.small = d.small(n)
	if len(l.title) == 1 && len(l.small) == 1 && (n.Kind == Start || n.Kind == Wait) && textwidth.Of(l.keyword+l.title[0]+l.small[0]) <= titleColumns+4 {
		l.tail, l.small = l.small[0], nil
	}
	if d.over != nil {
		mark, notes := d.over.marks(n)
		l.title[len(l.title)-1] += mark
		l.small = append(l.small, lines(strings.Join(notes, " · "), smallColumns, 2)...)
	}
	l.small = cut(l.small, 9)
	return l
}

// keyword is what stands before a name: the keyword, after the branch if it is one.
func (d *drawing) keyword(n *Node) string {
	keyword := n.Keyword
	if n.Kind == Loop {
		keyword = "↻ " + keyword
	}
	switch {
	case n.Lead == "":
		return keyword
	case keyword+n.Name == "":
		return n.Lead
	}
	return strings.TrimSpace(n.Lead + ": " + keyword)
}

// frameTitle is the one line for which a frame has room, and a note for what does not
// fit there.
func (d *drawing) frameTitle(n *Node) (title label, note []string) {
	room := frameColumns
	if d.narrow {
		room = narrowFrame
	}
	title = heading(d.sign(n)+d.keyword(n), n.Name, room)
	room -= textwidth.Of(title.keyword)
	if len(title.title) > 1 {
		title.title = lines(strings.Join(title.title, " "), room, 1)
	}
	for _, t := range title.title {
		room -= textwidth.Of(t)
	}
	var rest []string
	if d.detail != Overview {
		rest = append(rest, n.Notes...)
	}
	if d.detail == Full {
		rest = append(rest, n.More...)
	}
	for _, l := range d.linesOf(n) {
		rest = append(rest, d.lineText(l))
	}
	if d.over != nil {
		mark, notes := d.over.marks(n)
		title.title[len(title.title)-1] += mark
		if len(notes) > 0 {
			rest = append(rest, strings.Join(notes, " · "))
		}
	}
	if tail := strings.Join(rest, " · "); textwidth.Of(tail) <= room+4 {
		title.tail = tail
		return title, nil
	}
	return title, cut(pack(rest, smallColumns), 6)
}

// heading is a keyword and a name; the name is bold, or the keyword if there is none.
func heading(keyword, name string, width int) label {
	if name == "" {
		return label{title: lines(keyword, width, 2)}
	}
	text := lines(strings.TrimSpace(keyword+" "+name), width, 3)
	if keyword != "" && strings.HasPrefix(text[0], keyword+" ") {
		text[0] = text[0][len(keyword)+1:]
		return label{keyword: keyword, title: text}
	}
	return label{title: text}
}

// small is the small print of a node, in lines.
func (d *drawing) small(n *Node) []string {
	var out []string
	switch d.detail {
	case Overview:
		out = pack(d.overviewNotes(n), smallColumns)
	case Normal:
		out = pack(append(d.calleeNote(n), n.Notes...), smallColumns)
	case Full:
		out = pack(append(append([]string(nil), n.Notes...), n.More...), smallColumns)
	}
	if n.Folded > 0 {
		note := words.Count(n.Folded, "operation")
		if d.apart {
			note += ", drawn below"
		}
		out = append(out, note)
	}
	for _, l := range d.linesOf(n) {
		out = append(out, lines(d.lineText(l), smallColumns, 3)...)
	}
	return out
}

// lineText is the text of a line, in a run with whether it came to that: the text is cut,
// where it would be too long, and not the mark behind it.
func (d *drawing) lineText(l line) string {
	if d.over != nil {
		return strings.Join(lines(l.text, markedColumns, 1), "") + d.over.lineMark(l)
	}
	return l.text
}

// calleeNote is what an operation calls, if its label hides it.
func calleeNote(n *Node) []string {
	if n.Op == nil || n.Kind == Undo || labelText(n.Op.Base()) == "" {
		return nil
	}
	if callee := nameText(n.Op.Base().Callee); callee != "" && callee != n.Name {
		return []string{callee}
	}
	return nil
}

// linesOf gives the lines of a node that a diagram shows.
func (d *drawing) linesOf(n *Node) []line {
	return slices.DeleteFunc(d.outlineLines(n), func(l line) bool { return l.outline })
}

// outlineLines gives the lines of a node that an outline shows.
func (d *drawing) outlineLines(n *Node) []line {
	var out []line
	for _, l := range n.lines {
		if d.detail != Overview || l.mark == jumpMark || l.always {
			out = append(out, l)
		}
	}
	return out
}

// pack puts short notes on one line.
func pack(notes []string, width int) []string {
	var out []string
	for _, note := range notes {
		last := len(out) - 1
		if last >= 0 && textwidth.Of(out[last])+3+textwidth.Of(note) <= width {
			out[last] += " · " + note
			continue
		}
		out = append(out, lines(note, width, 3)...)
	}
	return out
}

func cut(list []string, max int) []string {
	if len(list) > max {
		list = append(list[:max-1:max-1], "…")
	}
	return list
}

// markup joins lines, each escaped, within an element of HTML.
func markup(element string, list []string) string {
	escaped := make([]string, len(list))
	for i, l := range list {
		escaped[i] = escape(l)
	}
	text := strings.Join(escaped, "<br/>")
	if element == "" {
		return text
	}
	return "<" + element + ">" + text + "</" + element + ">"
}

// quote puts a label that is escaped already into quotes.
func quote(label string) string { return `"` + label + `"` }
