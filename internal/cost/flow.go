package cost

import "github.com/durablegen/durablegen/dsl"

// exit is a way on which control leaves a statement.
type exit int

const (
	on exit = iota
	breaks
	continues
	gives // by return or yield
	fails
	halts // it is given up; of what is expected only: bounds take it for a failure
	exits
)

// leaving is what there is to say of one exit.
type leaving struct {
	possible    bool
	least, most Numbers
	undo        Numbers // what has been registered for undo by then, at most
	gross       Numbers // the most with the undo of it: where most and undo are those of two ways, it is less than their sum
	share       float64 // of those that came in, expected
}

// ending is what leaves by a way that is possible.
func ending(least, most, undo Numbers) leaving {
	return leaving{possible: true, least: least, most: most, undo: undo, gross: most.add(undo)}
}

// flow is what a statement takes.
type flow struct {
	exits    [exits]leaving
	expected Numbers
	// raised is the expected share of those that came in and fail, by error; nil is the
	// error of which no type is known.
	raised map[*dsl.ErrorType]float64
}

// pass is the flow of a statement that takes nothing.
func pass() flow {
	var f flow
	f.exits[on] = leaving{possible: true, share: 1}
	return f
}

// join is what leaves on either of two ways.
func (l leaving) join(o leaving) leaving {
	switch {
	case !o.possible:
		l.share += o.share
		return l
	case !l.possible:
		o.share += l.share
		return o
	}
	return leaving{true, l.least.min(o.least), l.most.max(o.most), l.undo.max(o.undo), l.gross.max(o.gross), l.share + o.share}
}

// then is what leaves on the second way after it has left on the first.
func (l leaving) then(o leaving) leaving {
	return leaving{l.possible && o.possible, l.least.add(o.least), l.most.add(o.most), l.undo.add(o.undo), l.gross.add(o.gross), l.share * o.share}
}

// spent adds what was spent on the way.
func (l leaving) spent(b bounded) leaving {
	l.least, l.most, l.gross = l.least.add(b.least), l.most.add(b.most), l.gross.add(b.most)
	return l
}

// then is one statement behind another.
func (f flow) then(g flow) flow { return f.follow(on, g) }

// follow has what leaves on one way go on with another statement.
func (f flow) follow(way exit, g flow) flow {
	from := f.exits[way]
	f.exits[way] = leaving{}
	f.expected = f.expected.add(g.expected.times(from.share))
	for e := range f.exits {
		f.exits[e] = f.exits[e].join(from.then(g.exits[e]))
	}
	if way == fails {
		f.raised = nil
	}
	f.raise(g.raised, from.share)
	return f
}

// raise adds failures of another flow.
func (f *flow) raise(raised map[*dsl.ErrorType]float64, share float64) {
	if len(raised) == 0 || share == 0 {
		return
	}
	all := map[*dsl.ErrorType]float64{}
	for t, s := range f.raised {
		all[t] = s
	}
	for t, s := range raised {
		all[t] += s * share
	}
	f.raised = all
}

// choice is one of several flows, each taken by a share of those that come in.
func choice(list []flow, shares []float64) flow {
	var out flow
	for i := range list {
		g := &list[i]
		out.expected = out.expected.add(g.expected.times(shares[i]))
		for e := range g.exits {
			l := g.exits[e]
			l.share *= shares[i]
			out.exits[e] = out.exits[e].join(l)
		}
		out.raise(g.raised, shares[i])
	}
	return out
}

// computing is an expression, which may fail: a share of those that come in does.
func computing(stumbles float64) flow {
	f := pass()
	f.exits[on].share = 1 - stumbles
	f.exits[fails] = leaving{possible: true, share: stumbles}
	if stumbles > 0 {
		f.raised = map[*dsl.ErrorType]float64{nil: stumbles}
	}
	return f
}

// leaves is a statement that leaves by one exit alone.
func leaves(way exit) flow {
	var f flow
	f.exits[way] = leaving{possible: true, share: 1}
	return f
}

// repeated is the flow of a loop whose turns have the flow f. Where its list or condition
// ends it, it goes on: byItself says whether that happens.
func (f flow) repeated(turns span, byItself bool) flow {
	turn := f.exits[on].join(f.exits[continues])
	before := max(turns.most-1, 0) // whole turns before one that leaves
	var out flow
	out.expected = f.expected.times(turns.expected)
	if byItself && (turn.possible || turns.least == 0) {
		n := turns.most
		if !turn.possible {
			n = 0
		}
		out.exits[on] = leaving{true, turn.least.times(turns.least), turn.most.times(n), turn.undo.times(n), turn.gross.times(n), 0}
	}
	gone := 0.0
	for _, e := range [...]exit{breaks, gives, fails, halts} {
		l, to := f.exits[e], e
		if e == breaks {
			to = on
		}
		if turns.most == 0 {
			l.possible = false
		}
		if turn.possible {
			l.most, l.undo, l.gross = l.most.add(turn.most.times(before)), l.undo.add(turn.undo.times(before)), l.gross.add(turn.gross.times(before))
		}
		l.share = product(l.share, turns.expected)
		if to != on {
			gone += l.share
		} else {
			l.share = 0
		}
		out.exits[to] = out.exits[to].join(l)
	}
	out.exits[on].share = max(1-gone, 0)
	out.raise(f.raised, turns.expected)
	return out
}

// outcome is what becomes of an operation or of a scope.
type outcome struct {
	ok, bad  leaving
	halted   float64 // share of those that are given up
	expected Numbers
	raised   map[*dsl.ErrorType]float64
}

// scope is what becomes of a body as a context of the service: one that fails undoes itself.
func (f flow) scope() outcome {
	out := outcome{expected: f.expected, raised: f.raised, halted: f.exits[halts].share}
	out.ok = f.exits[on].join(f.exits[gives])
	out.bad = ending(f.exits[fails].least, f.utmost(), Numbers{})
	out.bad.share = f.exits[fails].share
	return out
}

// utmost is what a flow may take, whatever becomes of it.
func (f flow) utmost() Numbers {
	var most Numbers
	for _, l := range f.exits {
		if l.possible {
			most = most.max(l.gross)
		}
	}
	return most
}

// all is what an outcome takes, however it ends.
func (o outcome) all() leaving { return o.ok.join(o.bad) }

// failing adds errors to what fails at most.
func (o outcome) failing(n float64) outcome {
	o.bad = o.bad.spent(bounded{most: errors(n).most})
	return o
}

// within adds what a scope itself takes, whatever becomes of what is in it.
func (o outcome) within(b bounded) outcome {
	o.ok, o.bad, o.expected = o.ok.spent(b), o.bad.spent(b), o.expected.add(b.expected)
	return o
}
