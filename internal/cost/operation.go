package cost

import (
	"math"

	"github.com/durablegen/durablegen/dsl"
)

// operation is an operation with its catches, which stand elsewhere for a case of a select,
// and its undo.
func (w *walker) operation(op dsl.Operation, catches []*dsl.Catch) flow {
	base := op.Base()
	out := w.run(op)
	if dsl.Refusable(op) {
		out.bad.least = Numbers{}
	}
	if base.Undo != nil {
		out.ok.undo = w.undo(base.Undo, op, &out)
		out.ok.gross = out.ok.most.add(out.ok.undo)
	}
	bad, raised := out.bad, out.raised
	var f flow
	f.exits[on], f.expected = out.ok, out.expected
	f.exits[halts].share = out.halted
	var shares []float64
	if w.seen != nil {
		f.exits[on].share = w.seen.ratio(op, Succeeded, op)
		f.exits[halts].share = w.seen.ratio(op, Halted, op)
		bad.share = w.seen.ratio(op, Failed, op)
		for _, c := range catches {
			shares = append(shares, w.seen.ratio(c, Visits, op))
			bad.share += shares[len(shares)-1]
		}
	} else {
		bad.share = 0
		for _, s := range raised {
			bad.share += s
		}
		f.exits[on].share = max(1-bad.share, 0)
		shares, raised = caught(catches, raised)
	}
	// Arguments that can't be computed fail before it begins, and no catch of it sees that.
	f.exits[fails] = f.exits[fails].join(ending(Numbers{}, Numbers{}, Numbers{}))
	if s, ok := op.(*dsl.SelectStmt); ok {
		f = w.behind(s, f)
	}
	return w.catches(f, catches, bad, shares, raised)
}

// undo gives what taking an operation back takes at most, and adds what is expected of it.
func (w *walker) undo(u *dsl.Undo, of dsl.Operation, out *outcome) Numbers {
	var f flow
	if u.Op != nil {
		f = w.operation(u.Op, u.Op.Base().Catches)
	} else {
		body := w.body(u.Body).scope().within(always(one(Contexts)).add(w.stored(nil, "", u.Pos())))
		f.exits[on], f.exits[fails], f.expected = body.ok, body.bad, body.expected
		f.exits[fails] = f.exits[fails].spent(bounded{most: errors(1).most})
	}
	undone := w.seen.per(of, Undone, of, Visits)
	if w.seen == nil {
		undone = w.chance(of, "undone").expected
	}
	out.expected = out.expected.add(f.expected.times(undone))
	return f.utmost()
}

// chance is how often something happens that mostly does not.
func (w *walker) chance(op dsl.Operation, what string) span {
	return w.factor(Factor{What: "share", Name: nameOf(op) + "." + what, Pos: op.Pos(), Most: 1})
}

// fails is the outcome of an operation that has the same cost whether it succeeds or fails,
// of which a share is said to fail.
func (w *walker) mayFail(op dsl.Operation, out outcome) outcome {
	if w.seen != nil {
		return out
	}
	if p := w.chance(op, "fails").expected; p > 0 {
		var t *dsl.ErrorType
		if list := op.Base().Raises; len(list) > 0 {
			t = list[0]
		}
		out.raised = map[*dsl.ErrorType]float64{t: p}
	}
	return out
}

// errors are so many errors on record.
func errors(n float64) bounded {
	return bounded{most: of(Written, product(n, maxError)), expected: of(Written, n*anError)}
}

// run is an operation without its catches and undo.
func (w *walker) run(op dsl.Operation) outcome {
	var out outcome
	switch op := op.(type) {
	case *dsl.StepOp:
		out = w.step(op)
	case *dsl.PollOp:
		out = w.poll(op)
	case *dsl.WaitOp:
		out = w.wait(op)
	case *dsl.CallbackOp:
		out = w.callback(op)
	case *dsl.OpenOp:
		answer := w.payload(op.Decl.ResultType, maxPayload, op.Segment, op.Pos())
		cost := always(one(Callbacks)).add(some(Suspensions, span{0, 1, 1}), some(Written, span{0, maxError, answer.expected}))
		out = simple(Callbacks, w.begun(op, cost))
	case *dsl.AwaitOp:
		out = simple(Callbacks, some(Waiting, w.answerTime(op, op.Handle)))
		out.bad.least = Numbers{}
	case *dsl.InvokeOp:
		out = w.invoke(op)
	case *dsl.CallOp:
		out = w.inside(op, w.workflow(op.Decl), op.Decl.ResultType)
	case *dsl.GroupOp:
		out = w.inside(op, w.body(op.Body), op.Result)
	case *dsl.ParallelOp:
		out = w.parallel(op)
	case *dsl.MapOp:
		out = w.mapped(op)
	case *dsl.SelectStmt:
		out = w.race(op)
	}
	return w.mayFail(op, out)
}

// simple is an operation of a kind that costs as much whatever becomes of it, once it has
// begun.
func simple(kind Metric, b bounded) outcome {
	out := outcome{ok: ending(b.least, b.most, Numbers{}), bad: ending(one(kind), b.most, Numbers{}), expected: b.expected}
	return out.failing(1)
}

// begun has what is expected be that of the operations that are on record.
func (w *walker) begun(op dsl.Operation, b bounded) bounded {
	if w.seen != nil {
		b.expected = b.expected.times(w.seen.ratio(op, Begun, op))
	}
	return b
}

// entered has what is expected of a body be that of the operations that are on record: one
// that is given up before it begins is not entered.
func (w *walker) entered(op dsl.Operation, out outcome) outcome {
	if w.seen != nil {
		out.expected = out.expected.times(w.seen.ratio(op, Begun, op))
	}
	return out
}

// attempts is how often a step is tried after it has failed, and how long that takes. Of
// several policies, which count together, the one that bears most says how often at most.
func (w *walker) attempts(op dsl.Operation, policies []*dsl.RetryClause, once bool) (again, delays span) {
	times, delay := 5.0, func(n float64) float64 { return growing(5, 2, 60, n) }
	switch {
	case once || len(policies) > 0 && policies[0].None:
		return span{}, span{}
	case len(policies) > 0:
		times = 0
		for _, p := range policies {
			times = max(times, number(p.Times, 0))
		}
		delay = func(n float64) float64 {
			sum := 0.0 // whichever decides each time
			for _, p := range policies {
				every := seconds(p.Every, 5)
				sum += growing(every, number(p.Backoff, 2), seconds(p.Max, max(300, every)), n)
			}
			return sum
		}
	}
	if w.seen != nil {
		again = span{0, times, w.seen.per(op, Repeated, op, Begun)}
	} else {
		again = w.factor(Factor{What: "attempts", Name: nameOf(op), Pos: op.Pos(), Least: 1, Most: 1 + times, Expected: 1})
		again = span{again.least - 1, again.most - 1, again.expected - 1}
	}
	return again, span{0, delay(again.most), delay(again.expected) / 2}
}

// growing is the sum of delays that grow up to a limit.
func growing(every, backoff, limit, times float64) float64 {
	if math.IsInf(times, 1) {
		return endless
	}
	sum, delay := 0.0, every
	for i := 0.0; i < times; i++ {
		if delay >= limit || backoff == 1 {
			return sum + min(delay, limit)*(times-i)
		}
		sum += max(math.Ceil(delay), 1) * min(times-i, 1)
		delay *= backoff
	}
	return sum
}

func (w *walker) step(op *dsl.StepOp) outcome {
	d := op.Decl
	again, delays := w.attempts(op, dsl.RetryOf(&op.OpBase, &d.Policy), d.Policy.AtMostOnce != nil || d.Builtin != "")
	result := w.payload(d.ResultType, w.recorded(d), op.Segment, op.Pos())
	cost := always(one(Steps)).add(some(Written, result), w.repeats(again, delays), w.busy(op, again, d.Builtin))
	return simple(Steps, w.begun(op, cost))
}

// recorded is how large what is on record of a step's result can be: of one that is stored outside
// of the record it is what is not worth that, or a reference that is smaller.
func (w *walker) recorded(d *dsl.StepDecl) float64 {
	if d.Policy.Stored != nil {
		return maxInline
	}
	return maxPayload
}

// repeats is what attempts after the first take.
func (w *walker) repeats(again, delays span) bounded {
	return some(Retries, again).add(some(Billed, again), some(Suspensions, span{0, again.most, again.expected}), some(Waiting, delays),
		bounded{most: errors(again.most).most, expected: errors(again.expected).expected})
}

// busy is the time in the body of a step.
func (w *walker) busy(op dsl.Operation, again span, builtin string) bounded {
	if builtin != "" || w.seen != nil {
		return bounded{}
	}
	t := w.assumed.Step.Seconds()
	name := nameOf(op)
	if _, ok := op.(*dsl.CallbackOp); ok {
		name += ".submit" // its own time is that of the answer
	}
	s := w.factor(Factor{What: "time", Name: name, Unit: Seconds, Pos: op.Pos(), Most: attemptLimit, Expected: t})
	return some(Busy, span{s.expected * (1 + again.least), product(s.expected, 1+again.most), s.expected * (1 + again.expected)})
}

func (w *walker) poll(op *dsl.PollOp) outcome {
	checks := w.checks(op)
	result := w.payload(op.Decl.ResultType, maxPayload, op.Segment, op.Pos())
	delay := func(n float64) float64 {
		return growing(seconds(op.Every, 1), number(op.Backoff, 1), seconds(op.Max, endless), max(n-1, 0))
	}
	cost := always(one(Polls)).add(some(Checks, checks), some(Billed, checks),
		some(Suspensions, span{0, max(checks.most-1, 0), max(checks.expected-1, 0)}),
		some(Waiting, span{delay(checks.least), delay(checks.most), delay(checks.expected)}),
		some(Written, span{checks.least * 0, product(checks.most, maxError), checks.expected * result.expected}),
		w.busy(op, span{checks.least - 1, checks.most - 1, checks.expected - 1}, ""))
	cost.least[Written] += result.least
	return simple(Polls, w.begun(op, cost))
}

// checks is how often a poll looks.
func (w *walker) checks(op *dsl.PollOp) span {
	most := endless
	if op.AtMost != nil {
		most = number(op.AtMost, endless)
	}
	if w.seen != nil {
		return span{1, most, w.seen.per(op, Checked, op, Begun)}
	}
	remedy := "write `poll … at most N times`"
	return w.turns("checks", "poll "+op.Segment, remedy, []string{op.Segment}, op.Pos(), 1, most, w.assumed.Turns)
}

func (w *walker) wait(op *dsl.WaitOp) outcome {
	least, most := 1.0, float64(yearLimit)
	if d := seconds(op.For, math.NaN()); !op.Until && !math.IsNaN(d) {
		d = max(math.Ceil(d), 1)
		least, most = d, d
	}
	t := span{least, most, max(least, min(most, w.assumed.Answer.Seconds()))}
	if least != most && w.seen == nil {
		t = w.factor(Factor{What: "time", Name: op.Segment, Unit: Seconds, Pos: op.Pos(), Text: w.source(op.For), Least: least, Most: most, Expected: t.expected})
	}
	suspends := span{1, 1, 1}
	if w.beside > 0 {
		suspends.least = 0
	}
	return simple(Waits, w.begun(op, always(one(Waits)).add(some(Suspensions, suspends), some(Waiting, t))))
}

// answered is how long an answer takes: as long as a timeout lets it.
func (w *walker) answered(op dsl.Operation, use, decl *dsl.Clause) span {
	if use == nil {
		use = decl
	}
	most := float64(yearLimit)
	if use != nil {
		most = seconds(use.Value, most)
	}
	expected := min(w.assumed.Answer.Seconds(), most)
	if w.seen != nil {
		return span{0, most, expected}
	}
	return w.factor(Factor{What: "time", Name: nameOf(op), Unit: Seconds, Pos: op.Pos(), Most: most, Expected: expected})
}

// nameOf is the name under which something is assumed of an operation. An await has none of
// its own, and goes by that of its handle.
func nameOf(op dsl.Operation) string {
	if a, ok := op.(*dsl.AwaitOp); ok && a.Handle != nil {
		return a.Handle.Name
	}
	return op.Base().Segment
}

func (w *walker) answerTime(op dsl.Operation, handle *dsl.Var) span {
	if h, ok := handle.Type.(*dsl.Handle); ok {
		return w.answered(op, nil, h.Decl.Policy.Timeout)
	}
	return w.answered(op, nil, nil)
}

// callback is a context with a callback and the step that submits its ID. An answer that
// has come before leaves the latter out.
func (w *walker) callback(op *dsl.CallbackOp) outcome {
	d := op.Decl
	again, delays := w.attempts(op, dsl.RetryOf(&op.OpBase, &d.Policy), false)
	answer := w.payload(d.ResultType, maxPayload, op.Segment, op.Pos())
	opened, submitted := exactly(1), span{0, 1, 1}
	if w.seen != nil {
		opened.expected, submitted.expected = w.seen.per(op, Opened, op, Begun), w.seen.per(op, Submitted, op, Begun)
	}
	step := func(x float64) Numbers { return one(Steps).times(x) }
	cost := always(one(Contexts)).add(
		bounded{one(Callbacks), one(Callbacks), one(Callbacks).times(opened.expected)},
		bounded{step(submitted.least), step(submitted.most), step(submitted.expected)},
		w.repeats(again, delays), some(Suspensions, span{0, 1, 1}), some(Waiting, w.answered(op, op.Use.Timeout, d.Policy.Timeout)),
		some(Written, span{answer.least, 4 + answer.most + min(answer.most, maxStored), answer.expected + min(answer.expected, maxStored)}),
		w.busy(op, again, ""))
	return simple(Contexts, w.begun(op, cost)).failing(1)
}

func (w *walker) invoke(op *dsl.InvokeOp) outcome {
	input := exactly(2)
	for _, p := range op.Decl.Params {
		s := w.payload(p.Var.Type, maxPayload, op.Segment+"."+p.Name.Text, op.Pos())
		name := float64(len(p.Name.Text) + 4)
		input = span{input.least + s.least + name - 1, min(input.most+s.most+name, maxPayload), input.expected + s.expected + name}
	}
	result := w.payload(op.Decl.ResultType, maxPayload, op.Segment, op.Pos())
	cost := always(one(Invokes)).add(some(Written, input), some(Written, result), some(Suspensions, span{0, 1, 1}),
		some(Waiting, w.answered(op, op.Use.Timeout, op.Decl.Policy.Timeout)))
	if op.Use.Timeout != nil { // it is recorded in a context of its own, with a timer
		cost = cost.add(always(one(Contexts)), always(one(Waits)), some(Suspensions, span{0, 1, 0}), some(Written, span{0, maxStored, min(result.expected, maxStored)}))
	}
	kind := Invokes
	if op.Use.Timeout != nil {
		kind = Contexts
	}
	return simple(kind, w.begun(op, cost)).failing(1)
}

// inside is a group or a call: a context with a body, and with a timer if its time is
// limited.
func (w *walker) inside(op dsl.Operation, body flow, result dsl.Type) outcome {
	size := w.stored(result, op.Base().Segment, op.Pos())
	own := w.begun(op, always(one(Contexts)))
	out := w.entered(op, body.scope())
	if op.Base().Use.Timeout != nil {
		timer := always(one(Waits)).add(some(Suspensions, span{0, 1, 0}))
		if w.seen != nil {
			timer.expected = timer.expected.times(w.seen.ratio(op, Timed, op))
		}
		own = own.add(timer)
	}
	out = out.within(own)
	out.ok = out.ok.spent(size)
	out.expected = out.expected.add(size.expected)
	out.bad.least = one(Contexts)
	return out.failing(1)
}
