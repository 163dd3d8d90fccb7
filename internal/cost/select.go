package cost

import "github.com/durablegen/durablegen/dsl"

// perChoice is what the record of a select has besides the value.
const perChoice = 700

// behind has what leaves a select in which a case has won go on in the body of that case.
func (w *walker) behind(s *dsl.SelectStmt, f flow) flow {
	won := f.exits[on]
	f.exits[on] = leaving{}
	var bodies []flow
	for _, c := range s.Cases {
		bodies = append(bodies, w.block(c.Body))
	}
	if s.Else != nil {
		bodies = append(bodies, w.block(s.Else))
	}
	var share []float64
	if w.seen == nil {
		names := make([]string, len(s.Cases))
		for i, c := range s.Cases {
			names[i] = nameOf(c.Op) + ".wins"
		}
		if s.Else != nil {
			names = append(names, s.Segment+".else")
		}
		share = w.shares(s.Pos(), "select "+s.Segment, names, bodies)
	}
	contend := w.contenders(s)
	for i, g := range bodies {
		from := won
		if w.seen != nil {
			from.share = w.seen.ratio(s.Arm(i), Visits, s)
		} else {
			from.share *= share[i]
		}
		from.least = one(Contexts)
		if i < len(s.Cases) {
			from.least = from.least.add(leastIf(s, contend, i))
			from.possible = contend[i].exits[on].possible
		}
		f.expected = f.expected.add(g.expected.times(from.share))
		for e := range g.exits {
			f.exits[e] = f.exits[e].join(from.then(g.exits[e]))
		}
		f.raise(g.raised, from.share)
	}
	return f
}

// contenders are the flows of the operations of the cases, with the catches that drop them.
func (w *walker) contenders(s *dsl.SelectStmt) []flow {
	if list, ok := w.races[s]; ok {
		return list
	}
	w.beside++
	defer func() { w.beside-- }()
	var list []flow
	for _, c := range s.Cases {
		list = append(list, w.operation(c.Op, c.Catches))
	}
	w.races[s] = list
	return list
}

// leastIf is the least that the operations of a select take if a case wins: those above it
// have begun before.
func leastIf(s *dsl.SelectStmt, cases []flow, won int) Numbers {
	least := cases[won].exits[on].least
	for _, c := range s.Cases[:won] {
		if _, await := c.Op.(*dsl.AwaitOp); !await && !dsl.Refusable(c.Op) {
			least = least.add(of(Operations, 1), of(Billed, 1))
		}
	}
	return least
}

// race is a select without its catches and what is done behind it. What loses may have taken
// as much as it can; of what is expected, it has.
func (w *walker) race(s *dsl.SelectStmt) outcome {
	own := w.begun(s, always(one(Contexts)))
	var out outcome
	var most, undo Numbers
	var waiting span
	value := 0.0
	cases := w.contenders(s)
	for i := range cases {
		f := &cases[i]
		out.expected = out.expected.add(f.expected)
		most, undo = most.add(f.utmost()), undo.add(f.exits[on].undo)
		if i == 0 || f.expected[Waiting] < waiting.expected {
			waiting.expected = f.expected[Waiting]
		}
		waiting.most = max(waiting.most, f.utmost()[Waiting])
		if f.exits[on].possible {
			out.ok = out.ok.join(ending(leastIf(s, cases, i), Numbers{}, Numbers{}))
		}
		_, size := sizeOf(s.Cases[i].Op.Base().Result)
		value = max(value, min(2*size, maxPayload))
	}
	if s.Else != nil {
		waiting = span{}
		out.ok = out.ok.join(ending(Numbers{}, Numbers{}, Numbers{}))
	}
	most[Waiting], out.expected[Waiting] = waiting.most, waiting.expected
	out.ok.most, out.ok.undo, out.ok.gross = most, undo, most.add(undo)
	out.bad = ending(Numbers{}, most, Numbers{})
	out = w.entered(s, out).within(own)
	out.bad.least = one(Contexts)
	out.ok = out.ok.spent(some(Written, span{0, value + perChoice, w.assumed.Size}))
	out.expected = out.expected.add(of(Written, 100))
	return out.failing(1)
}
