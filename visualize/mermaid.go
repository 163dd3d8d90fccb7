package visualize

import (
	"fmt"
	"sort"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/textwidth"
	"github.com/durablegen/durablegen/internal/words"
)

// Mermaid draws a workflow as a Mermaid flowchart.
func Mermaid(p *dsl.Program, w *dsl.WorkflowDecl, detail Detail) string {
	g := NewGraph(p, w)
	d := &drawing{graph: g, detail: detail, view: reduce(g, detail)}
	return d.draw("Flow of the workflow " + w.Name.Text)
}

// drawing writes a view as Mermaid text.
type drawing struct {
	graph   *Graph
	detail  Detail
	view    *view
	run     *Run // laid over; nil without
	apart   bool // what is folded is drawn in a diagram of its own
	first   bool // the start is written as a frame
	out     strings.Builder
	links   int              // written so far: Mermaid styles them by number
	styles  map[string][]int // numbers of links, by style
	classes map[string][]string
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
	{"undo", "fill:#e36f2833,stroke:#e36f28,stroke-dasharray:4 3"},
	{"fail", "fill:#f8514933,stroke:#f85149"},
	{"done", "fill:#2da44e33,stroke:#2da44e"},
	{"plain", "fill:#8b949e14,stroke:#8b949e,stroke-dasharray:2 3"},
	{"frame", "fill:#8b949e14,stroke:#8b949e"},
	{"undoing", "fill:#e36f2814,stroke:#e36f28,stroke-dasharray:4 3"},
	{"dot", "fill:#8b949e,stroke:#8b949e"},
}

const (
	errorStyle = "stroke:#f85149,stroke-width:1.5px"
	undoStyle  = "stroke:#e36f28,stroke-width:1.5px"
	backStyle  = "stroke:#8b949e,stroke-width:2px"
)

// settings keep a long workflow on one screen.
const settings = `%%{init: {"layout": "dagre", "look": "classic", "flowchart": {"nodeSpacing": 26, "rankSpacing": 24, "padding": 7, "wrappingWidth": 420, "diagramPadding": 6, "curve": "basis", "subGraphTitleMargin": {"top": 2, "bottom": 2}}, "themeVariables": {"fontSize": "14px"}}}%%`

func (d *drawing) draw(title string) string {
	d.styles, d.classes = map[string][]int{}, map[string][]string{}
	d.line(0, settings)
	d.line(0, "flowchart TB")
	d.line(1, "accTitle: "+escape(title))
	d.first = d.startsFrame()
	d.level(d.view.nodes, 1)
	for _, c := range classDefs {
		if ids := d.classes[c.name]; len(ids) > 0 {
			d.line(1, "classDef "+c.name+" "+c.style)
			d.line(1, "class "+strings.Join(ids, ",")+" "+c.name)
		}
	}
	for _, c := range runDefs {
		if ids := d.classes[c.name]; len(ids) > 0 {
			d.line(1, "classDef "+c.name+" "+c.style)
			d.line(1, "class "+strings.Join(ids, ",")+" "+c.name)
		}
	}
	for _, style := range []string{errorStyle, undoStyle, backStyle} {
		if links := d.styles[style]; len(links) > 0 {
			d.line(1, "linkStyle "+strings.Trim(strings.ReplaceAll(fmt.Sprint(links), " ", ","), "[]")+" "+style)
		}
	}
	return d.out.String()
}

func (d *drawing) line(indent int, text string) {
	d.out.WriteString(strings.Repeat("    ", indent) + text + "\n")
}

// level writes the nodes of a frame and the edges between them.
func (d *drawing) level(nodes []*Node, indent int) {
	order := d.arrange(nodes)
	for _, n := range order {
		if n.Kind == Start && d.first {
			continue
		}
		if n.Frame {
			d.line(indent, "subgraph "+mermaidID(n.ID)+"["+quote(d.frameLabel(n))+"]")
			d.line(indent+1, "direction TB")
			d.level(n.Nodes, indent+1)
			d.line(indent, "end")
			if n.Kind == Undo {
				d.class("undoing", n)
			} else {
				d.class("frame", n)
			}
			continue
		}
		shape := shapes[n.Kind]
		d.line(indent, mermaidID(n.ID)+shape.open+quote(d.label(n))+shape.shut)
		d.class(shape.class, n)
	}
	if start := nodes[0]; start.Kind == Start && d.first {
		d.line(indent, "subgraph "+mermaidID(start.ID)+"["+quote(d.label(start))+"]")
		d.line(indent, "end")
		d.line(indent, "style "+mermaidID(start.ID)+" rx:20px,ry:20px")
		d.class(shapes[Start].class, start)
	}
	place := map[string]int{}
	for i, n := range order {
		place[n.ID] = i
	}
	for _, n := range nodes {
		for _, e := range d.edgesOf(n, place) {
			if e.Kind == TakeBack {
				d.takeBack(indent, e)
			} else {
				d.edge(indent, e)
			}
		}
	}
}

// edgesOf gives the edges that hang on a node, that of its undo among them, in the
// order in which their other ends stand side by side: the layout goes by both.
func (d *drawing) edgesOf(n *Node, place map[string]int) []*Edge {
	var edges []*Edge
	far := map[*Edge]int{}
	for _, e := range d.view.out(n.ID) {
		if e.Kind != TakeBack {
			edges = append(edges, e)
			far[e] = place[e.To]
		}
	}
	for _, e := range d.view.in(n.ID) {
		if e.Kind == TakeBack {
			edges = append(edges, e)
			far[e] = place[e.From]
		}
	}
	sort.SliceStable(edges, func(i, j int) bool { return far[edges[i]] < far[edges[j]] })
	return edges
}

// startsFrame reports whether the layout would draw a loop, or the way back from an
// undo, upside down: it meets frames before all other nodes, the one written last
// first, and takes the first edge that it meets for the way down. Then the start is
// written last and as a frame, an empty one, which looks like a node.
func (d *drawing) startsFrame() bool {
	for _, n := range d.view.nodes {
		if n.Frame && (n.Kind == Undo || d.reaches(n.ID, n.ID, map[string]bool{})) {
			return true
		}
	}
	return false
}

func (d *drawing) reaches(from, to string, seen map[string]bool) bool {
	for _, e := range d.view.out(from) {
		if e.Kind == TakeBack || seen[e.To] {
			continue
		}
		seen[e.To] = true
		if e.To == to || d.reaches(e.To, to, seen) {
			return true
		}
	}
	return false
}

// takeBack writes the way back from an undo. The invisible link puts the undo below
// what it takes back, so that its arrow runs backwards. In a frame the edges of an
// undo that is a frame itself are tied to its first node, for the same reason for
// which the start is written as a frame.
func (d *drawing) takeBack(indent int, e *Edge) {
	from := e.From
	if indent > 1 {
		walk(d.view.nodes, func(n *Node) {
			if n.ID == from && n.Frame {
				from = n.Nodes[0].ID
			}
		})
	}
	d.link(indent, mermaidID(e.To)+" ~~~ "+mermaidID(from), "")
	d.edge(indent, &Edge{From: from, To: e.To, Kind: e.Kind, Label: e.Label})
}

// arrange orders the nodes of a level for the layout, which sets side by side in
// this order what stands on one height, frames always first. Ends and undos that
// hang on a node are shared out between the left of the way on and its right, so
// that the way runs straight down.
func (d *drawing) arrange(nodes []*Node) []*Node {
	var out []*Node
	lean := 0 // side nodes on the right, less those on the left
	deferred := map[string]bool{}
	after := map[string][]*Node{}
	byID := map[string]*Node{}
	for _, n := range nodes {
		byID[n.ID] = n
	}
	var emit func(n *Node)
	emit = func(n *Node) {
		out = append(out, n)
		for _, side := range after[n.ID] {
			emit(side)
		}
	}
	for _, n := range nodes {
		if deferred[n.ID] {
			continue
		}
		main, sides := d.ways(n, byID)
		for _, side := range sides {
			switch {
			case main == nil:
			case main.Frame:
				lean++
			case lean > 0:
				lean--
			default:
				lean++
				deferred[side.ID] = true
				after[main.ID] = append(after[main.ID], side)
			}
		}
		emit(n)
	}
	return out
}

// ways gives what follows a node: the way on, if there is just one, and the ends
// and undos that hang on it alone.
func (d *drawing) ways(n *Node, byID map[string]*Node) (main *Node, sides []*Node) {
	ways := 0
	for _, e := range d.view.out(n.ID) {
		to := byID[e.To]
		switch {
		case e.Kind == TakeBack || to == nil:
		case (to.Kind == Fail || to.Kind == Return) && len(d.view.out(to.ID)) == 0 && len(d.view.in(to.ID)) == 1:
			sides = append(sides, to)
		case main != to && e.Kind != Back:
			main = to
			ways++
		}
	}
	for _, e := range d.view.in(n.ID) {
		if e.Kind == TakeBack {
			sides = append(sides, byID[e.From])
		}
	}
	if ways != 1 {
		return nil, nil
	}
	return main, sides
}

func (d *drawing) edge(indent int, e *Edge) {
	arrow, style, label := "-->", "", e.Label
	switch e.Kind {
	case Error:
		arrow, style = "-.->", errorStyle
	case TakeBack:
		arrow, style, label = "-.->", undoStyle, "takes back"
	case Back:
		style = backStyle
	}
	if label != "" {
		arrow += "|" + quote(markup("", lines(label, 24, 3))) + "|"
	}
	d.link(indent, mermaidID(e.From)+" "+arrow+" "+mermaidID(e.To), style)
}

func (d *drawing) link(indent int, text, style string) {
	d.line(indent, text)
	if style != "" {
		d.styles[style] = append(d.styles[style], d.links)
	}
	d.links++
}

func (d *drawing) class(name string, n *Node) {
	if d.run != nil {
		state := d.run.class(n)
		if n.Frame && state != "pale" {
			state = frameClasses[state]
		}
		if state != "" {
			d.classes[state] = append(d.classes[state], mermaidID(n.ID))
		}
	}
	d.classes[name] = append(d.classes[name], mermaidID(n.ID))
}

var idEscapes = strings.NewReplacer("-", "__", ".", "_z")

// mermaidID gives an ID that no keyword of Mermaid equals; different ones stay different.
func mermaidID(id string) string {
	return "n_" + idEscapes.Replace(id)
}

// shapes tell kinds apart without colour.
var shapes = map[Kind]struct{ open, shut, class string }{
	Start:    {"([", "])", "start"},
	Step:     {"[", "]", "step"},
	Callback: {"[/", "/]", "people"},
	Invoke:   {"[[", "]]", "other"},
	Call:     {"[[", "]]", "other"},
	Wait:     {"(", ")", "time"},
	Poll:     {"(", ")", "time"},
	Group:    {"[[", "]]", "frame"},
	Parallel: {"[[", "]]", "frame"},
	Branch:   {"[[", "]]", "frame"},
	Map:      {"[[", "]]", "frame"},
	Select:   {"[[", "]]", "frame"},
	Undo:     {">", "]", "undo"},
	Decision: {"{{", "}}", "decide"},
	Loop:     {"{{", "}}", "decide"},
	Plain:    {"[", "]", "plain"},
	Return:   {"([", "])", "done"},
	Fail:     {"([", "])", "fail"},
	End:      {"((", "))", "dot"},
}

// label is the text in a node: its title, and small print below.
func (d *drawing) label(n *Node) string {
	if n.Kind == End {
		return " "
	}
	if n.Kind == Plain {
		var all []string
		for _, note := range n.Notes {
			all = append(all, lines(note, 40, 2)...)
		}
		return markup("small", cut(all, 6))
	}
	keyword := d.keyword(n)
	label := heading(keyword, n.Name, 30)
	if n.Kind == Decision || n.Kind == Loop {
		label = markup("", lines(strings.TrimSpace(keyword+" "+n.Name), 30, 3))
	}
	small := d.small(n)
	if d.run != nil {
		mark, notes := d.run.marks(n)
		label += escape(mark)
		small = append(small, lines(strings.Join(notes, " · "), 44, 2)...)
	}
	if small = cut(small, 8); len(small) > 0 {
		label += "<br/>" + markup("small", small)
	}
	return label
}

// keyword is what stands before a name: the keyword, after the branch if it is one.
func (d *drawing) keyword(n *Node) string {
	switch {
	case n.Lead == "":
		return n.Keyword
	case n.Keyword+n.Name == "":
		return n.Lead
	}
	return strings.TrimSpace(n.Lead + ": " + n.Keyword)
}

func (d *drawing) frameLabel(n *Node) string {
	keyword := d.keyword(n)
	label := heading(keyword, n.Name, 44)
	if len(n.Notes) > 0 && d.detail != Overview {
		label += markup("small", lines(", "+strings.Join(n.Notes, ", "), 50, 2))
	}
	return label
}

// heading is a keyword and a name; the name is bold.
func heading(keyword, name string, width int) string {
	if name == "" {
		return "<b>" + markup("", lines(keyword, width, 2)) + "</b>"
	}
	text := lines(strings.TrimSpace(keyword+" "+name), width, 3)
	first := ""
	if keyword != "" && strings.HasPrefix(text[0], keyword+" ") {
		first = escape(keyword) + " "
		text[0] = text[0][len(keyword)+1:]
	}
	return first + "<b>" + markup("", text) + "</b>"
}

// small is the small print of a node, in lines.
func (d *drawing) small(n *Node) []string {
	var out []string
	switch d.detail {
	case Overview:
	case Normal:
		out = pack(n.Notes, 44)
	case Full:
		out = pack(append(append([]string(nil), n.Notes...), n.More...), 44)
	}
	if n.Folded > 0 {
		note := words.Count(n.Folded, "operation")
		if d.apart {
			note += ", drawn below"
		}
		out = append(out, note)
	}
	if n.Kind == Fail && len(n.Undoes) > 0 && d.detail != Overview {
		out = append(out, d.undoNote(n))
	}
	return out
}

// undoNote tells what an end takes back.
func (d *drawing) undoNote(n *Node) string {
	if len(n.Undoes) > 2 {
		return "↩ " + words.Count(len(n.Undoes), "undo")
	}
	var names []string
	for _, id := range n.Undoes {
		if u := d.graph.Node(id); u.Name != "" {
			names = append(names, u.Name)
		} else {
			names = append(names, "undo")
		}
	}
	return "↩ " + strings.Join(names, ", ")
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
