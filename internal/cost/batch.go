package cost

import (
	"math"

	"github.com/durablegen/durablegen/dsl"
)

// perItem and perBatch are the bytes that the outcome of a batch has for each item, and
// besides.
const (
	perItem  = 60
	perBatch = 120
)

// item is the body of an item or branch as a context of its own.
func (w *walker) item(body flow, result dsl.Type, name string, pos dsl.Pos) outcome {
	size := w.stored(result, name, pos)
	out := body.scope().within(always(one(Contexts)))
	out.ok = out.ok.spent(size)
	out.expected = out.expected.add(size.expected)
	return out.failing(1)
}

func (w *walker) mapped(op *dsl.MapOp) outcome {
	w.beside++
	body := w.body(op.Body)
	w.beside--
	label := ""
	if op.Label != nil {
		label = op.Segment
	}
	n := w.listed("items", op, op.List, label, body)
	it := w.item(body, op.ItemResult, op.Segment, op.Pos())
	all := func(b Numbers, times float64) Numbers {
		sum := b.times(times)
		if op.Max == nil {
			sum[Waiting] = product(b[Waiting], min(times, 1)) // at the same time
		}
		return sum
	}
	return w.batch(op, &op.Limits, op.Settled, shares{
		n:    n,
		ok:   leaving{it.ok.possible, all(it.ok.least, n.least), all(it.ok.most, n.most), it.ok.undo.times(n.most), all(it.ok.gross, n.most), 0},
		any:  leaving{true, all(it.all().least, n.least), all(it.all().most, n.most), it.ok.undo.times(n.most), all(it.all().gross, n.most), 0},
		one:  it.ok.least,
		fail: 1 - math.Pow(1-min(it.bad.share, 1), n.expected), expected: all(it.expected, n.expected), raised: it.raised,
	})
}

func (w *walker) parallel(op *dsl.ParallelOp) outcome {
	w.beside++
	defer func() { w.beside-- }()
	s := shares{n: exactly(float64(len(op.Branches))), ok: leaving{possible: true}, any: leaving{possible: true}}
	survive := 1.0
	for i, b := range op.Branches {
		var body flow
		if b.Op != nil {
			body = w.operation(b.Op, b.Op.Base().Catches).then(leaves(gives))
		} else {
			body = w.body(b.Body)
		}
		it := w.item(body, b.Result, b.Name.Text, b.Pos())
		share := 1.0
		if w.seen != nil {
			share = w.seen.ratio(b, Visits, op)
		}
		add := func(sum, b Numbers) Numbers {
			waiting := sum[Waiting]
			sum = sum.add(b)
			if op.Max == nil {
				sum[Waiting] = max(waiting, b[Waiting])
			}
			return sum
		}
		both := func(sum, l leaving) leaving {
			return leaving{sum.possible && l.possible, add(sum.least, l.least), add(sum.most, l.most), sum.undo.add(l.undo), add(sum.gross, l.gross), 0}
		}
		s.ok, s.any = both(s.ok, it.ok), both(s.any, it.all())
		s.expected = add(s.expected, it.expected.times(share))
		if s.one = s.one.min(it.ok.least); i == 0 {
			s.one = it.ok.least
		}
		survive *= 1 - min(it.bad.share, 1)
		for t, x := range it.raised {
			if s.raised == nil {
				s.raised = map[*dsl.ErrorType]float64{}
			}
			s.raised[t] += x
		}
	}
	s.fail = 1 - survive
	return w.batch(op, &op.Limits, op.Settled, s)
}

// shares is what the items of a batch take together.
type shares struct {
	n        span    // of them
	ok       leaving // if all succeed
	any      leaving // if all come to an end, whatever that is
	one      Numbers // the least that one takes that succeeds
	fail     float64 // share of batches that is expected to fail
	expected Numbers
	raised   map[*dsl.ErrorType]float64
}

// scaled has shares come to a sum.
func scaled(raised map[*dsl.ErrorType]float64, sum float64) map[*dsl.ErrorType]float64 {
	all := 0.0
	for _, s := range raised {
		all += s
	}
	var f flow
	f.raise(raised, relative(sum, all))
	return f.raised
}

// batch is a map or parallel around its items.
func (w *walker) batch(op dsl.Operation, l *dsl.Limits, settled bool, s shares) outcome {
	own := w.begun(op, always(one(Contexts)))
	out := outcome{ok: s.ok, expected: s.expected, raised: s.raised}
	limited := l.Min != nil || l.Tolerate != nil
	switch {
	case settled && limited:
		out.ok = s.any
		out.ok.least = Numbers{} // more may have failed than are borne, or too few are left to succeed
	case l.Min != nil:
		out.ok = s.any
		out.ok.least = s.one.times(max(number(l.Min, 0), 0))
		out.ok.least[Waiting] = 0
	case settled || limited:
		out.ok = s.any
	}
	out.raised = nil
	if !limited && !settled {
		out.raised = scaled(s.raised, s.fail)
	}
	out.ok.possible = out.ok.possible || s.n.least == 0
	// It may be refused before it begins, and be stopped anywhere.
	out.bad = ending(Numbers{}, s.any.gross, Numbers{})
	out.bad.share = s.fail
	out = out.within(own)
	out.bad.least = Numbers{}
	outcome := span{0, maxStored, min(s.n.expected*perItem+perBatch, maxStored)}
	out.ok = out.ok.spent(some(Written, outcome))
	out.expected = out.expected.add(of(Written, outcome.expected))
	return out.failing(1)
}
