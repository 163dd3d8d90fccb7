package visualize

import (
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Version is a workflow as one version of its package has it.
type Version struct {
	Program  *dsl.Program
	Workflow *dsl.WorkflowDecl // nil where the version does not have it
}

// Change is two versions of a workflow, to be drawn as one: an operation is the same in both
// where its identity is.
type Change struct {
	Old, New Version
	// Notes says, by the place of an operation in the new version, what has changed of it
	// and is in no diagram, a word each. What Otherwise says is in some: it is shown where
	// nothing else of the operation is.
	Notes, Otherwise map[dsl.Pos][]string
	// Inside are the names of workflows that have changed: what calls them has, too.
	Inside map[string]bool
}

// Mermaid draws the change as a flowchart: what is added, gone and changed is marked by a
// sign, by its line and by its colour.
func (c *Change) Mermaid(detail Detail) string { return c.drawing(detail).draw() }

// Markdown gives the diagram with its legend, for a page or a comment; nothing where GitHub
// would show an error in its place.
func (c *Change) Markdown(detail Detail) string {
	d := c.drawing(detail)
	text := d.draw()
	if TooLarge(text) {
		return ""
	}
	return fence(text) + d.legendText()
}

func (c *Change) drawing(detail Detail) *drawing {
	d := &drawing{detail: detail, changed: joinViews(c.Old.view(detail), c.New.view(detail))}
	of := c.New
	if of.Workflow == nil {
		of = c.Old
	}
	d.graph, d.title = &Graph{Workflow: of.Workflow}, "Change of the workflow "+of.Workflow.Name.Text
	d.view = d.changed.view
	for n, o := range d.changed.before {
		if d.changed.compare(n, o, detail); d.changed.nodes[n] == kept && n.Op != nil {
			d.changed.note(n, c.Otherwise[n.Op.Pos()])
		}
		d.changed.note(n, c.more(n))
	}
	return d
}

// more is what has changed of a node that the node itself does not say.
func (c *Change) more(n *Node) []string {
	var more []string
	if n.Op != nil {
		more = append(more, c.Notes[n.Op.Pos()]...)
	}
	if n.Target != nil && c.Inside[n.Target.Name.Text] {
		more = append(more, "inside")
	}
	return more
}

func (v Version) view(detail Detail) *view {
	if v.Workflow == nil {
		return newView(nil, nil)
	}
	return reduceApart(NewGraph(v.Program, v.Workflow), detail)
}

// standing tells what an edit has done to a node or an edge.
type standing int

const (
	kept standing = iota
	added
	gone
	changed
)

var signs = [...]string{kept: "", added: "+ ", gone: "− ", changed: "~ "}

// joined is one view of two versions.
type joined struct {
	view     *view
	nodes    map[*Node]standing
	edges    map[*Edge]standing
	before   map[*Node]*Node    // by a node of both versions: as the old one has it
	versions [2]map[*Node]*Node // the joined node of one of the old and of the new version
}

// joinViews makes one view of two. Its nodes are those of the new version, and those of the
// old one that have no counterpart there.
func joinViews(old, new *view) *joined {
	j := &joined{nodes: map[*Node]standing{}, edges: map[*Edge]standing{}, before: map[*Node]*Node{}}
	j.versions = [2]map[*Node]*Node{{}, {}}
	walk(new.nodes, func(n *Node) {
		j.versions[1][n] = n
		if o := old.byID[n.ID]; o != nil && (o.Op == nil) == (n.Op == nil) && (n.Op != nil || o.Kind == n.Kind) {
			j.pair(n, o)
		}
	})
	for _, likely := range []func(new, old []*Node, i, k int) bool{
		func(n, o []*Node, i, k int) bool { return j.follow(n, i) == j.follow(o, k) },
		func(n, o []*Node, i, k int) bool { return j.lead(new.out(n[i].ID), old.out(o[k].ID), new, old) },
	} {
		j.pairLikely(new.nodes, old.nodes, likely)
		walk(new.nodes, func(n *Node) {
			if o := j.before[n]; o != nil {
				j.pairLikely(n.Nodes, o.Nodes, likely)
			}
		})
	}
	walk(new.nodes, func(n *Node) {
		if j.before[n] == nil {
			j.nodes[n] = added
		}
	})
	ids := map[string]string{}
	walk(old.nodes, func(o *Node) {
		n := j.versions[0][o]
		if n == nil {
			c := *o
			c.Nodes, c.Starts = nil, nil
			n = &c
			for new.byID[n.ID] != nil {
				n.ID += ".before"
			}
			j.nodes[n], j.versions[0][o] = gone, n
		}
		ids[o.ID] = n.ID
	})
	nodes := j.place(nil, new.nodes, old.nodes)
	walk(old.nodes, func(o *Node) {
		n := j.versions[0][o]
		for _, id := range o.Starts {
			if !slices.Contains(n.Starts, ids[id]) {
				n.Starts = append(n.Starts, ids[id])
			}
		}
	})
	j.join(nodes, old.edges, new.edges, ids)
	return j
}

func (j *joined) pair(n, o *Node) { j.before[n], j.versions[0][o] = o, n }

// pairLikely pairs nodes of one frame that are no operations, and whose text was changed: of
// one kind, and likely the same by where they stand in their lists.
func (j *joined) pairLikely(new, old []*Node, likely func(new, old []*Node, i, k int) bool) {
	for i, n := range new {
		if n.Op != nil || j.before[n] != nil {
			continue
		}
		for k, o := range old {
			if o.Op == nil && j.versions[0][o] == nil && o.Kind == n.Kind && likely(new, old, i, k) {
				j.pair(n, o)
				break
			}
		}
	}
}

// follow gives the node of both versions that a node of a list comes behind, as the new
// version has it; nil if there is none.
func (j *joined) follow(list []*Node, at int) *Node {
	for at--; at >= 0; at-- {
		n := list[at]
		if j.before[n] != nil {
			return n
		}
		if is := j.versions[0][n]; is != nil {
			return is
		}
	}
	return nil
}

// lead reports whether edges of the two versions lead to the same node by the same label.
func (j *joined) lead(to, from []*Edge, new, old *view) bool {
	for _, e := range to {
		for _, o := range from {
			if e.Label == o.Label && e.Kind == o.Kind && j.before[new.byID[e.To]] == old.byID[o.To] {
				return true
			}
		}
	}
	return false
}

// place puts the nodes that are gone among those of the frame that they stood in, each
// behind the one that it followed.
func (j *joined) place(parent *Node, new, old []*Node) []*Node {
	list := slices.Clone(new)
	at := 0
	for _, o := range old {
		n := j.versions[0][o]
		if j.nodes[n] == gone {
			n.Parent = parent
			list = slices.Insert(list, at, n)
			at++
		} else if i := slices.Index(list, n); i >= 0 {
			at = i + 1
		}
	}
	for _, o := range old {
		if n := j.versions[0][o]; j.nodes[n] == gone {
			n.Nodes = j.place(n, nil, o.Nodes)
			n.Frame = len(n.Nodes) > 0
		}
	}
	for _, n := range new {
		var before []*Node
		if o := j.before[n]; o != nil {
			before = o.Nodes
		}
		n.Nodes = j.place(n, n.Nodes, before)
		n.Frame = len(n.Nodes) > 0
	}
	return list
}

// join enters the edges. One that is gone is left out where its ends do not stand in one
// frame any more.
func (j *joined) join(nodes []*Node, old, new []*Edge, ids map[string]string) {
	parents := map[string]*Node{}
	walk(nodes, func(n *Node) { parents[n.ID] = n.Parent })
	type ends struct {
		from, to string
		kind     EdgeKind
	}
	edges := map[ends]*Edge{}
	for _, e := range new {
		edges[ends{e.From, e.To, e.Kind}] = e
		j.edges[e] = added
	}
	all := slices.Clone(new)
	for _, o := range old {
		key := ends{ids[o.From], ids[o.To], o.Kind}
		e := edges[key]
		switch {
		case e != nil && e.Label == o.Label:
			j.edges[e] = kept
		case e != nil:
			j.edges[e] = changed
			switch {
			case e.Label == "":
				e.Label = "− " + o.Label
			case o.Label != "":
				e.Label += " (was " + o.Label + ")"
			}
		case parents[key.from] == parents[key.to]:
			e = &Edge{From: key.from, To: key.to, Kind: o.Kind, Label: o.Label}
			edges[key], j.edges[e] = e, gone
			all = append(all, e)
		}
	}
	j.view = newView(nodes, all)
}

// note writes words on a node, which has changed if there are any.
func (j *joined) note(n *Node, words []string) {
	for _, word := range words {
		n.Notes, j.nodes[n] = append(n.Notes, signs[changed]+word), changed
	}
}

// compare writes on a node what its text says of a change.
func (j *joined) compare(n, o *Node, detail Detail) {
	was, is := titleOf(o), titleOf(n)
	if o.Kind != n.Kind && n.Op != nil {
		was = o.Kind.String() + " " + o.Name
	}
	notes, different := n.Notes, was != is
	if detail != Overview {
		before := o.Notes
		if detail == Normal {
			before, notes = append(calleeNote(o), before...), append(calleeNote(n), notes...)
		}
		var other bool
		notes, other = marked(before, notes)
		different = different || other
	}
	if detail == Full {
		var other bool
		n.More, other = marked(o.More, n.More)
		different = different || other
	}
	if was != is && n.Kind != Plain {
		notes = append(notes, "was "+was)
	}
	n.Notes = notes
	lines, other := markedLines(o.lines, n.lines)
	n.lines = lines
	if different || other {
		j.nodes[n] = changed
	}
}

func titleOf(n *Node) string { return strings.TrimSpace(n.Lead + " " + n.Keyword + " " + n.Name) }

// marked joins two lists of texts, with the sign of what is in one of them alone.
func marked(old, new []string) (out []string, different bool) {
	for _, text := range new {
		if !slices.Contains(old, text) {
			text, different = signs[added]+text, true
		}
		out = append(out, text)
	}
	for _, text := range old {
		if !slices.Contains(new, text) {
			out, different = append(out, signs[gone]+text), true
		}
	}
	return out, different
}

func markedLines(old, new []line) (out []line, different bool) {
	has := func(list []line, text string) bool {
		return slices.ContainsFunc(list, func(l line) bool { return l.text == text })
	}
	for _, l := range new {
		if !has(old, l.text) {
			l.text, different = signs[added]+l.text, true
		}
		out = append(out, l)
	}
	for _, l := range old {
		if !has(new, l.text) {
			l.text, different = signs[gone]+l.text, true
			out = append(out, l)
		}
	}
	return out, different
}
