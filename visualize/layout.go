package visualize

import (
	"fmt"
	"maps"
	"math"
	"strings"
)

// A diagram that is taller than a screen is cut into columns. Mermaid lays it out, in
// the reader's browser; how large it will be is estimated here, from the widths of
// letters and the rules of its layout: ranks one below the other, each as high as its
// highest node.

const (
	screenWidth  = 900.0  // of a page on GitHub
	screenHeight = 1100.0 // of what is seen of it at once

	rankSpacing  = 16 // between ranks
	frameSpacing = 25 // more, in each frame; Mermaid adds it
	nodeSpacing  = 16.0
	lineHeight   = 21.0

	maxArranged = 250 // nodes of a diagram that may be cut into columns
	maxSeams    = 60  // that are tried in one frame
	maxCutDepth = 3   // of frames that are cut
)

// column is a part of a frame, or of the whole, that stands beside the others.
type column struct {
	nodes  []*Node
	joints []joint
}

// joint is where a column goes on in the next one, or begins.
type joint struct {
	id     string
	number int
	edges  []*Edge // that lead to it, in place of their goal
	to     string  // the goal, where the column begins
	of     []way   // what the edge to it stands for
	// through are the edges that lead to the goal by way of both joints.
	through []*Edge
}

// placed is a frame at a depth of frames around it.
type placed struct {
	frame *Node
	depth int
}

// size is a width and a height in pixels.
type size struct{ w, h float64 }

// arrange decides which frames are cut into columns, the whole among them, so that all
// fits a screen if it can, and gives the size that it comes to.
func (d *drawing) arrange() size {
	if d.extent != (size{}) {
		return d.extent
	}
	d.sizes, d.labels = map[*Node]size{}, map[string]size{}
	d.cut(map[string][]column{})
	nodes := 0
	walk(d.view.nodes, func(*Node) { nodes++ })
	if nodes > maxArranged { // columns would not make it fit
		d.extent = size{screenWidth, 100 * float64(nodes)}
		return d.extent
	}
	d.extent = d.arrangeIn("", d.view.nodes, 0, screenHeight)
	if d.extent.w > screenWidth {
		d.narrow = true
		d.cut(map[string][]column{})
		d.extent = d.arrangeIn("", d.view.nodes, 0, screenHeight)
	}
	return d.extent
}

// cut sets the columns of frames.
func (d *drawing) cut(columns map[string][]column) {
	d.columns, d.frames = columns, map[placed]size{}
}

// arrangeIn makes the inside of a frame fit a height, and gives its size: by cutting it,
// by cutting the highest frame in it, or both, whichever comes out best.
func (d *drawing) arrangeIn(frame string, nodes []*Node, depth int, height float64) size {
	best := d.levelSize(frame, nodes, depth)
	if best.h <= height {
		return best
	}
	chosen := d.columns
	try := func(columns []column) {
		before := d.columns
		after := maps.Clone(before)
		if columns != nil {
			after[frame] = columns
		}
		d.cut(after)
		s := d.levelSize(frame, nodes, depth)
		if n := d.highest(nodes, depth); n != nil && s.h > height && depth < maxCutDepth {
			d.arrangeIn(n.ID, n.Nodes, d.depthOf(n), height-(s.h-d.frameSize(n, d.depthOf(n)-1).h))
			s = d.levelSize(frame, nodes, depth)
		}
		if penalty(s, height) < penalty(best, height) {
			best, chosen = s, d.columns
		}
		d.cut(before)
	}
	try(nil)
	for count := 2; count <= 3 && best.h > height; count++ {
		columns := d.cutIn(frame, nodes, depth, count)
		if columns == nil {
			break
		}
		try(columns)
	}
	d.cut(chosen)
	return best
}

// penalty is how badly a size fits.
func penalty(s size, height float64) float64 {
	scale := math.Max(1, s.w/screenWidth)
	return math.Max(0, s.h/scale-height) + 4000*(scale-1)
}

func (d *drawing) highest(nodes []*Node, depth int) *Node {
	var best *Node
	for _, n := range nodes {
		if n.Frame && (best == nil || d.frameSize(n, depth).h > d.frameSize(best, depth).h) {
			best = n
		}
	}
	return best
}

// depthOf counts the frames around the inside of a frame, columns included.
func (d *drawing) depthOf(n *Node) int {
	depth := 1
	for p := n.Parent; ; p = p.Parent {
		id := ""
		if p != nil {
			id = p.ID
		}
		if len(d.columns[id]) > 0 && id != "" {
			depth++
		}
		if p == nil {
			return depth
		}
		depth++
	}
}

// cutIn cuts nodes into columns of about the same height, each time where one node is
// all that follows on what stands before.
func (d *drawing) cutIn(frame string, nodes []*Node, depth, count int) []column {
	seams := d.seams(nodes)
	for len(seams) > maxSeams { // every other one
		for i := 1; 2*i < len(seams); i++ {
			seams[i] = seams[2*i]
		}
		seams = seams[:len(seams)/2]
	}
	r := d.ranks(nodes, depth)
	tops := r.tops()
	top := func(i int) float64 { return tops[r.of[nodes[i].ID]] }
	bottom := tops[len(r.rows)]
	var best []seam
	lowest := math.Inf(1)
	try := func(at ...seam) {
		high, from := 0.0, 0.0
		for _, s := range at {
			high, from = math.Max(high, top(s.at)-from), top(s.at)
		}
		if high = math.Max(high, bottom-from); high < lowest {
			lowest, best = high, at
		}
	}
	for i, a := range seams {
		if count == 2 {
			try(a)
			continue
		}
		for _, b := range seams[i+1:] {
			try(a, b)
		}
	}
	if best == nil {
		return nil
	}
	columns := []column{{}}
	from := 0
	for i, s := range best {
		c := &columns[len(columns)-1]
		c.nodes = nodes[from:s.at]
		c.joints = append(c.joints, joint{id: fmt.Sprintf("%s.to%d", frame, i+1), number: i + 1, edges: s.edges})
		from = s.at
		begin := joint{id: fmt.Sprintf("%s.from%d", frame, i+1), number: i + 1, to: nodes[from].ID, through: s.edges}
		for _, e := range s.edges {
			begin.of = append(begin.of, e.of...)
		}
		columns = append(columns, column{joints: []joint{begin}})
	}
	columns[len(columns)-1].nodes = nodes[from:]
	return columns
}

// seam is a place in a list of nodes at which all edges that cross it lead to the node
// that stands there.
type seam struct {
	at    int
	edges []*Edge
}

func (d *drawing) seams(nodes []*Node) []seam {
	place := map[string]int{}
	for i, n := range nodes {
		place[n.ID] = i
	}
	into := make([][]*Edge, len(nodes))
	over := make([]int, len(nodes)+1) // edges that cross a place and lead elsewhere: begins less ends
	for i, n := range nodes {
		for _, e := range d.view.out(n.ID) {
			to, inside := place[e.To]
			if !inside {
				continue
			}
			if e.Kind == Flow && i < to {
				into[to] = append(into[to], e)
				over[i+1]++
				over[to]--
				continue
			}
			over[min(i, to)+1]++
			over[max(i, to)+1]--
		}
	}
	var out []seam
	crossing := 0
	for at := range nodes {
		if crossing += over[at]; at > 0 && crossing == 0 && len(into[at]) > 0 {
			out = append(out, seam{at, into[at]})
		}
	}
	return out
}

// spacing is the space between the ranks of a level.
func (d *drawing) spacing(depth int) float64 {
	return float64(rankSpacing + frameSpacing*depth)
}

// levelSize estimates the inside of a frame, with its columns side by side.
func (d *drawing) levelSize(frame string, nodes []*Node, depth int) size {
	columns := d.columns[frame]
	if len(columns) == 0 {
		return d.ranksSize(nodes, depth)
	}
	inner := depth
	if frame != "" {
		inner++
	}
	var s size
	for _, c := range columns {
		part := d.ranksSize(c.nodes, inner)
		s.w += part.w + 2*nodeSpacing
		s.h = math.Max(s.h, part.h+d.spacing(inner)*float64(1+len(c.joints))+lineHeight*float64(len(c.joints)))
	}
	return s
}

// ranks are the rows in which the nodes of a level stand. Nodes have even ones; the
// label of an edge has the odd one before its goal.
type ranks struct {
	of      map[string]int
	rows    []size
	spacing float64
}

func (d *drawing) ranks(nodes []*Node, depth int) ranks {
	r := ranks{of: map[string]int{}, spacing: d.spacing(depth)}
	for _, n := range nodes {
		r.of[n.ID] = 0
	}
	edges := d.edgesAmong(nodes, r.of)
	for changed, rounds := true, 0; changed && rounds <= len(nodes); rounds++ {
		changed = false
		for _, e := range edges {
			if below := r.of[e.From] + 2; below > r.of[e.To] {
				r.of[e.To], changed = below, true
			}
		}
	}
	last := -1
	for _, rank := range r.of {
		last = max(last, rank)
	}
	r.rows = make([]size, last+1)
	add := func(rank int, s size) {
		row := &r.rows[rank]
		if row.w > 0 {
			row.w += nodeSpacing
		}
		*row = size{row.w + s.w, math.Max(row.h, s.h)}
	}
	for _, n := range nodes {
		add(r.of[n.ID], d.nodeSize(n, depth))
	}
	for _, e := range edges {
		last := r.of[e.To] - 1
		for rank := r.of[e.From] + 2; rank < last; rank += 2 {
			add(rank, size{})
		}
		if e.Label != "" {
			add(last, d.edgeSize(changedLabel(e.Label, d.edgeStanding(e))))
		}
	}
	return r
}

// tops tells where each row begins, and where the last one ends.
func (r ranks) tops() []float64 {
	tops := make([]float64, len(r.rows)+1)
	for i, row := range r.rows {
		tops[i+1] = tops[i] + row.h
		if i%2 == 0 && i+1 < len(r.rows) {
			tops[i+1] += r.spacing
		}
	}
	return tops
}

// ranksSize estimates nodes that stand in rows one below the other.
func (d *drawing) ranksSize(nodes []*Node, depth int) size {
	r := d.ranks(nodes, depth)
	s := size{h: r.tops()[len(r.rows)]}
	for _, row := range r.rows {
		s.w = math.Max(s.w, row.w)
	}
	return s
}

// edgesAmong gives the edges between nodes of one level, undos below what they undo.
func (d *drawing) edgesAmong(nodes []*Node, place map[string]int) []*Edge {
	var out []*Edge
	for _, n := range nodes {
		for _, e := range d.view.out(n.ID) {
			if _, ok := place[e.To]; !ok {
				continue
			}
			if e.Kind == TakeBack {
				e = &Edge{From: e.To, To: e.From, Kind: e.Kind, Label: "↩ undo"}
			}
			out = append(out, e)
		}
	}
	return out
}

func (d *drawing) nodeSize(n *Node, depth int) size {
	if n.Frame {
		return d.frameSize(n, depth)
	}
	if s, ok := d.sizes[n]; ok {
		return s
	}
	s := d.leafSize(n)
	d.sizes[n] = s
	return s
}

// edgeSize estimates the label of an edge.
func (d *drawing) edgeSize(label string) size {
	s, ok := d.labels[label]
	if !ok {
		text := edgeLines(label)
		s = size{textWidth(text, 1), lineHeight * float64(len(text))}
		d.labels[label] = s
	}
	return s
}

func (d *drawing) leafSize(n *Node) size {
	s := d.label(n).size()
	switch n.Kind {
	case End:
		return size{6, 6}
	case Decision, Callback, Jump:
		return size{s.w + 8 + s.h/2, s.h + 5}
	case Start, Return, Again, Fail, Call, Invoke:
		return size{s.w + 12, s.h + 5}
	}
	return size{s.w + 10, s.h + 10}
}

func (d *drawing) frameSize(n *Node, depth int) size {
	at := placed{n, depth}
	s, ok := d.frames[at]
	if !ok {
		s = d.estimateFrame(n, depth)
		d.frames[at] = s
	}
	return s
}

func (d *drawing) estimateFrame(n *Node, depth int) size {
	inner := d.levelSize(n.ID, n.Nodes, depth+1)
	title, note := d.frameTitle(n)
	if len(note) > 0 {
		s := label{small: note}.size()
		inner = size{inner.w + nodeSpacing + s.w + 10, math.Max(inner.h, s.h+10)}
	}
	return size{math.Max(inner.w+2*nodeSpacing, title.size().w+10), inner.h + d.spacing(depth+1)}
}

// size estimates the text of a label.
func (l label) size() size {
	first := textWidth([]string{l.keyword}, 1)
	if l.tail != "" {
		first += textWidth([]string{" " + l.tail}, smallScale)
	}
	scale := boldScale
	if l.plain {
		scale = 1
	}
	w := first
	for i, t := range l.title {
		lw := textWidth([]string{t}, scale)
		if i == 0 {
			lw += first
		}
		w = math.Max(w, lw)
	}
	rows := max(1, len(l.title)) + len(l.small)
	if len(l.title) == 0 && l.keyword == "" && len(l.small) > 0 {
		rows--
	}
	return size{math.Max(w, textWidth(l.small, smallScale)), lineHeight * float64(rows)}
}

const (
	boldScale  = 1.12
	smallScale = 0.834
)

// textWidth estimates the widest of some lines, in the widest of the fonts that
// Mermaid asks for.
func textWidth(text []string, scale float64) float64 {
	widest := 0.0
	for _, t := range text {
		w := 0.0
		for _, r := range t {
			switch {
			case strings.ContainsRune("fijlrt.,:;'!|()[]/ ", r):
				w += 5.2
			case strings.ContainsRune("mwMW@%→✗…↩↯↻", r):
				w += 12.5
			case 'A' <= r && r <= 'Z':
				w += 9.8
			case r > 0x2e80:
				w += 14
			default:
				w += 8.7
			}
		}
		widest = math.Max(widest, w*scale)
	}
	return widest
}
