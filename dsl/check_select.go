package dsl

import (
	"math"
	"slices"
	"time"
)

// deadline is what is known of the end of something that does not last as long as what
// stands in it: a select, which ends with the first of its cases, or a group with a
// timeout.
type deadline struct {
	// bounds: it ends after some time, whatever becomes of what is in it.
	bounds bool
	// least is the shortest constant time after which it has ended; 0 if there is none.
	least int64
	// unknown: it ends after a time that is not constant.
	unknown bool
	long    []lasting // what in it may outlast the workflow
	polls   []*PollOp // those without a bound of their own
}

// lasting is an operation with how long it may last, in nanoseconds; what says how.
type lasting struct {
	base *OpBase
	what string
	time int64
}

// after notes that the deadline comes after a time; 0 if that is not known.
func (d *deadline) after(ns int64) {
	switch {
	case ns <= 0:
		d.unknown = true
	case d.least == 0 || ns < d.least:
		d.least = ns
	}
}

// selectStmt checks a race of operations.
func (c *checker) selectStmt(s *SelectStmt) {
	if !c.deeper(s.Span) {
		return
	}
	defer c.shallower()
	c.identify(s)
	c.useClauses(s, 0)
	if len(s.Cases) == 0 && !c.incomplete(s.Span) {
		d := c.errorf(codeEmptyBatch, s.Keyword, "this `select` has no cases")
		if s.Else != nil {
			d.help("write what it looks at: `case await handle { … }`")
		} else {
			d.help("write at least two: `case wait 1h { … }`")
		}
	}
	s.Inner = c.innerScope(s, s.Identity)
	results := make([]Type, len(s.Cases))
	end := &deadline{bounds: slices.ContainsFunc(s.Cases, (*SelectCase).ends)}
	c.inBody(caseBody, s.Inner, "a case of `select`", func(b *body) {
		b.deadline, b.looks = end, s.Else != nil
		for i, sc := range s.Cases {
			results[i] = c.caseOp(sc)
			for _, catch := range sc.Catches {
				c.flow.branch(func() { c.catchBlock(catch) })
			}
			c.catchOrder(sc.Catches)
		}
	})
	c.abandoned = append(c.abandoned, abandonCheck{scope: s.Inner, where: "a case of `select`"})
	c.looksOnly(s)
	c.endsOf(s, end)
	c.happened(s)
	success := c.flow.branch(func() {
		var layers []*layer
		for i, sc := range s.Cases {
			layers = append(layers, c.flow.branch(func() {
				c.openBlock()
				if sc.Name != nil {
					remove := Span{}
					if sc.Op != nil {
						remove = Span{sc.Name.Start, sc.Op.Pos()}
					}
					sc.Var = c.declare(sc.Name, results[i], c.unusedVar(remove))
					if poll, ok := sc.Op.(*PollOp); ok && poll.Bound != nil && poll.Bound.Used && sc.Var != nil {
						sc.Var.Used = true
					}
				}
				c.stmts(sc.Body)
				c.closeBlock()
			}))
		}
		if s.Else != nil {
			layers = append(layers, c.flow.branch(func() { c.block(s.Else) }))
		}
		if len(layers) > 0 {
			c.flow.join(layers...)
		}
	})
	layers := []*layer{success}
	for _, catch := range s.Catches {
		layers = append(layers, c.flow.branch(func() { c.catchBlock(catch) }))
	}
	c.catchOrder(s.Catches)
	c.flow.join(layers...)
}

// caseOp checks the operation of one case and gives the type of its value.
func (c *checker) caseOp(sc *SelectCase) Type {
	op := sc.Op
	if op == nil {
		return nil
	}
	if _, open := op.(*OpenOp); open {
		c.identify(op) // it can't be left behind, which is told of all that can't
		return nil
	}
	return c.operation(op, opUse{name: sc.Name, dropped: sc.Name == nil})
}

// looksOnly reports the cases of a select with `else` that begin something: it does not wait
// for what it would have begun.
func (c *checker) looksOnly(s *SelectStmt) {
	if s.Else == nil {
		return
	}
	for _, sc := range s.Cases {
		switch op := sc.Op.(type) {
		case nil, *AwaitOp:
		case *WaitOp:
			c.errorf(codeSelectElse, op.Keyword, "a `select` with `else` waits for nothing").
				help("take out the `wait`, to look only; or the `else`, to give up after the `wait`")
		default:
			base := op.Base()
			c.errorf(codeSelectElse, Span{base.Keyword.Start, max(base.Keyword.End, endOfName(base.Callee))}, "%s can't stand in a `select` with `else`", opPhrase(op)).
				help("`else` is taken at once where nothing is there, so a case looks at what was opened before: `case x := await t { ... }`")
		}
	}
}

// constant is how long a wait lasts; 0 if that is not known before.
func (o *WaitOp) constant() int64 {
	if o.Until {
		return 0
	}
	return constDuration(o.For)
}

// ends reports whether a case ends its select after some time: a wait can't fail.
func (sc *SelectCase) ends() bool {
	_, ok := sc.Op.(*WaitOp)
	return ok && len(sc.Catches) == 0
}

// endsOf works out when a select ends, and tells what in it may outlast the workflow even so.
func (c *checker) endsOf(s *SelectStmt, end *deadline) {
	if s.Else != nil {
		return // at once
	}
	for _, sc := range s.Cases {
		if sc.Op == nil || len(sc.Catches) > 0 {
			continue
		}
		if wait, ok := sc.Op.(*WaitOp); ok {
			end.after(wait.constant())
		}
		for _, l := range end.long {
			if l.base == sc.Op.Base() && l.time > 0 {
				end.after(l.time)
			}
		}
	}
	c.outlive(end, "the `select`")
}

// outlive tells what may outlast the workflow though something around it ends it, and the
// polls that make too many checks until then.
func (c *checker) outlive(end *deadline, what string) {
	for _, l := range end.long {
		if !end.unknown && (end.least == 0 || !c.within(end.least)) {
			c.lasts(l)
		}
	}
	for _, poll := range end.polls {
		c.pollChecks(poll, end.least, what)
	}
}

// within reports whether a time is shorter than the workflow may last, as far as
// that is known.
func (c *checker) within(ns int64) bool {
	limit := c.workflowLimit()
	return limit <= 0 || ns < limit
}

// DefaultTimeout is how long an execution may take of a workflow that has no timeout.
const DefaultTimeout = 24 * time.Hour

// workflowLimit is how long the workflow may last, in nanoseconds; 0 if that is not known: a workflow
// without a timeout that another one calls lasts as long as that one may.
func (c *checker) workflowLimit() int64 {
	w := c.body.workflow
	switch {
	case w.Policy.Timeout != nil:
		return constDuration(clauseValue(w.Policy.Timeout))
	case c.isCalled(w.Name.Text):
		return 0
	}
	return int64(DefaultTimeout)
}

// isCalled reports whether some workflow of the package calls one of that name.
func (c *checker) isCalled(workflow string) bool {
	if c.called == nil {
		c.called = map[string]bool{}
		for _, w := range c.program.Workflows {
			Inspect(w, func(n Node) bool {
				if op, ok := n.(*CallOp); ok {
					c.called[op.Callee.Text] = true
				}
				return true
			})
		}
	}
	return c.called[workflow]
}

// pollBound reports a poll that nothing ends but its condition.
func (c *checker) pollBound(op *PollOp) {
	if !isNilExpr(op.AtMost) || c.incomplete(op.Span) {
		return
	}
	if d := c.body.deadline; d != nil && d.bounds {
		op.Ended = true
		d.polls = append(d.polls, op)
		return
	}
	c.errorf(codePollIncomplete, Span{op.Keyword.Start, max(op.Keyword.End, endOfName(op.Callee))}, "the poll has no bound").
		help("add `at most 60 times`; it needs none in a `select` with a case `wait` and in a group with a `timeout`")
}

// pollChecks reports a poll that makes more checks until its deadline than an execution has
// operations.
func (c *checker) pollChecks(op *PollOp, most int64, what string) {
	every := constDuration(op.Every)
	if most == 0 || every <= 0 || scheduleTotal(maxOperations, &op.Schedule, 0, 1, 0) >= most {
		return
	}
	c.errorf(codeLimit, op.Every.Range(), "until %s ends, after %s, this makes more than %d checks", what, durationWords(most), maxOperations).
		help("an execution has so many operations, checks included: check less often, every %s or more", durationWords(int64(math.Ceil(float64(most)/maxOperations/float64(time.Second)))*int64(time.Second)))
}

// selectRaises adds what can come out of a select, and sets what drops its cases.
func (c *checker) selectRaises(s *SelectStmt, out *raised) {
	inner := &raised{}
	inner.pass(errUnexpected)
	end := &deadline{}
	for _, sc := range s.Cases {
		if sc.ends() {
			end.after(sc.Op.(*WaitOp).constant())
		}
	}
	left := s.Else != nil // something is never dropped
	for _, sc := range s.Cases {
		sc.Drops = nil
		if sc.Op == nil {
			continue
		}
		r := &raised{}
		c.opRaises(sc.Op, r)
		for i := range r.must {
			if c.comesLate(&r.must[i], sc.Op, end.least) {
				r.must[i].drops = sc
			}
		}
		c.catchRaises(r, sc.Catches, opPhrase(sc.Op), inner)
		left = left || len(sc.Catches) == 0
	}
	if !left && len(s.Cases) > 0 {
		inner.must = append(inner.must, raise{typ: errExhausted, op: s, at: s.Keyword})
	}
	s.Raises = inner.types()
	c.catchRaises(inner, s.Catches, "this `select`", out)
	for _, sc := range s.Cases {
		c.raises(sc.Body, out)
	}
	c.raises(s.Else, out)
}

// comesLate reports whether a callback that op, a case, waits for falls silent later than
// its select ends, which is after a time that is 0 if nothing is known of it.
func (c *checker) comesLate(m *raise, op Operation, end int64) bool {
	var use *Policy
	var decl *CallbackDecl
	switch op := op.(type) {
	case *CallbackOp:
		use, decl = &op.Use, op.Decl
	case *AwaitOp:
		if opened := c.handles[op.Handle]; opened != nil {
			use, decl = &opened.Use, opened.Decl
		}
	default: // only callbacks fall silent
	}
	if end == 0 || m.op != op || decl == nil {
		return false
	}
	switch m.typ {
	case errTimeout:
		return constDuration(clauseValue(use.Timeout, decl.Policy.Timeout)) > end
	case errHeartbeat:
		return constDuration(clauseValue(use.Heartbeat, decl.Policy.Heartbeat)) > end
	}
	return false
}
