package visualize

import "slices"

// Text draws the change for a terminal of some width, as [Text] draws a workflow: signs
// before a line and beside it tell what is added, gone and changed.
func (c *Change) Text(detail Detail, width int) string {
	d := c.drawing(detail)
	roots := [2]*entry{}
	for i, v := range []Version{c.Old, c.New} {
		if v.Workflow == nil {
			continue
		}
		o := newOutline(d)
		of := map[*Node]*Node{}
		var start *Node
		for n, drawn := range d.changed.versions[i] {
			if of[drawn] = n; n.Kind == Start {
				start = drawn
			}
		}
		walk(d.view.nodes, func(drawn *Node) {
			if n := of[drawn]; n != nil {
				o.enter(n, drawn)
			}
		})
		roots[i] = o.root(start, v.Workflow)
	}
	root := roots[1]
	switch {
	case root == nil:
		root = roots[0]
	case roots[0] != nil:
		there := map[*Node]bool{}
		root.each(func(e *entry) { there[e.node] = true })
		root.items = joinEntries(roots[0].items, root.items, there)
	}
	return root.text(width) + "\n+ added  − gone  ~ changed\n" + d.signSentences(width)
}

func (e *entry) each(visit func(*entry)) {
	visit(e)
	for _, item := range e.items {
		item.each(visit)
	}
}

// joinEntries puts what of the old entries is nowhere in the new version between the new
// ones, each behind what it followed.
func joinEntries(old, new []*entry, there map[*Node]bool) []*entry {
	out := slices.Clone(new)
	at := 0
	for _, o := range old {
		i := slices.IndexFunc(out, func(n *entry) bool {
			if o.node == nil {
				return n.node == nil && n.title == o.title
			}
			return n.node == o.node
		})
		var rest []*entry
		switch {
		case i >= 0:
			out[i].items = joinEntries(o.items, out[i].items, there)
			at = i + 1
			continue
		case o.node != nil && there[o.node]: // it stands elsewhere now
			rest = joinEntries(o.items, nil, there)
		default:
			o.items = joinEntries(o.items, nil, there)
			if o.node == nil && len(o.items) == 0 {
				continue // a way on which nothing is left
			}
			rest = []*entry{o}
		}
		out = slices.Insert(out, at, rest...)
		at += len(rest)
	}
	return out
}
