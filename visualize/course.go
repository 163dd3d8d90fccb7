package visualize

// level is the nodes that can be reached from one, in an order in which every edge leads
// on. There are no circles in a graph.
type level struct {
	nodes []*Node
	at    map[string]int
}

func (f *follower) level(start string) *level {
	if l := f.levels[start]; l != nil {
		return l
	}
	first := f.graph.Node(start)
	around := f.graph.Nodes
	if first.Parent != nil {
		around = first.Parent.Nodes
	}
	reached := map[string]bool{start: true}
	l := &level{at: map[string]int{}}
	for _, n := range around { // every node stands behind those that lead to it
		if !reached[n.ID] {
			continue
		}
		l.at[n.ID] = len(l.nodes)
		l.nodes = append(l.nodes, n)
		for _, e := range f.from[n.ID] {
			if e.Kind != TakeBack {
				reached[e.To] = true
			}
		}
	}
	f.levels[start] = l
	return l
}

// course is all ways through a level that agree with the records.
type course struct {
	*level
	follower *follower
	fates    []fate
	before   []int // of a node: the most records by which a way to it passes; -1 if there is none
	records  int   // by which a way has to pass
}

// fate is what may become of control at a node.
type fate struct {
	recorded bool
	options  []option
	// mark follows what is inside, where only some of the options are left.
	mark func(left func(option) bool, certain bool)
}

// option is how control may go on: by an edge, or with an ending.
type option struct {
	edge *Edge
	end  ending
}

// goes tells where an option leads in its level; false if it ends the way.
func (c *course) goes(o option) (to int, ok bool) {
	if o.edge == nil || o.edge.To == "" {
		return 0, false
	}
	to, ok = c.at[o.edge.To]
	return to, ok
}

// ends gives the ending of an option that leads nowhere.
func (o option) ends() ending {
	if o.edge != nil {
		return ending{kind: over}
	}
	return o.end
}

func (f *follower) course(a *area, turns []int, start string) *course {
	c := &course{level: f.level(start), follower: f}
	c.fates, c.before = make([]fate, len(c.nodes)), make([]int, len(c.nodes))
	for i, n := range c.nodes {
		c.fates[i] = f.fate(a, turns, n)
		if c.fates[i].recorded {
			c.records++
		}
		c.before[i] = -1
	}
	c.before[0] = 0
	for i := range c.nodes {
		if c.before[i] < 0 {
			continue
		}
		for _, o := range c.fates[i].options {
			if to, ok := c.goes(o); ok {
				c.before[to] = max(c.before[to], c.upTo(i))
			}
		}
	}
	return c
}

// upTo counts the records by which a way has passed that leaves a node.
func (c *course) upTo(i int) int {
	if c.fates[i].recorded {
		return c.before[i] + 1
	}
	return c.before[i]
}

// endings gives those with which a way may end that passes by all records.
func (c *course) endings() map[ending]bool {
	out := map[ending]bool{}
	for i := range c.nodes {
		if c.before[i] < 0 || c.upTo(i) != c.records {
			continue
		}
		for _, o := range c.fates[i].options {
			if _, ok := c.goes(o); !ok {
				out[o.ends()] = true
			}
		}
	}
	return out
}

// mark marks what the ways have in common that end as they may, and what some of them
// have, if control has passed here for certain. It reports whether there is such a way.
func (c *course) mark(may func(ending) bool, certain bool) bool {
	n := len(c.nodes)
	after := make([]int, n) // the most records from a node on, its own included; -1 if no way ends
	for i := n - 1; i >= 0; i-- {
		after[i] = -1
		own := 0
		if c.fates[i].recorded {
			own = 1
		}
		for _, o := range c.fates[i].options {
			if to, ok := c.goes(o); ok {
				if after[to] >= 0 {
					after[i] = max(after[i], own+after[to])
				}
			} else if may(o.ends()) {
				after[i] = max(after[i], own)
			}
		}
	}
	if after[0] != c.records {
		return false
	}
	left := func(i int) func(option) bool {
		return func(o option) bool {
			if to, ok := c.goes(o); ok {
				return after[to] >= 0 && c.upTo(i)+after[to] == c.records
			}
			return may(o.ends()) && c.upTo(i) == c.records
		}
	}
	furthest := 0 // to which a way leads that passes by here
	for i, node := range c.nodes {
		if c.before[i] < 0 || after[i] < 0 || c.before[i]+after[i] != c.records {
			continue
		}
		at := Untold
		if certain && furthest <= i {
			at = Taken // no way passes it by
		}
		c.follower.markNode(node.ID, at)
		leads := left(i)
		var used []option
		for _, o := range c.fates[i].options {
			if leads(o) {
				used = append(used, o)
			}
		}
		for _, o := range used {
			if to, ok := c.goes(o); ok {
				furthest = max(furthest, to)
			} else {
				furthest = n
			}
			if o.edge != nil && len(used) == 1 {
				c.follower.markEdge(o.edge, at)
			} else if o.edge != nil {
				c.follower.markEdge(o.edge, Untold)
			}
		}
		if inside := c.fates[i].mark; inside != nil {
			inside(leads, at == Taken)
		}
	}
	return true
}
