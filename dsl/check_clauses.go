package dsl

import (
	"fmt"
	"go/constant"
	gotoken "go/token"
	"time"
)

// Limits of the service, in nanoseconds where they are times.
const (
	minDelay        = int64(time.Second)          // of waits and of delays between attempts
	maxTime         = 366 * 24 * int64(time.Hour) // of waits, callbacks and executions
	maxRetention    = 90 * 24 * int64(time.Hour)  // of histories
	day             = 24 * int64(time.Hour)       //
	maxOperations   = 3000                        // of one execution; attempts of a step and checks of a poll, too
	maxFunctionName = 64                          // characters of a Lambda function's name
	maxName         = 256                         // bytes of an operation's name
)

// What applies to a `retry` where its parts are not written.
const (
	defaultRetryEvery   = 5 * time.Second
	defaultRetryBackoff = 2.0
	defaultRetryMax     = 5 * time.Minute // or the first delay, if that is longer
)

// clauseSet is a set of clauses that may stand at a use.
type clauseSet int

const (
	clauseRetry clauseSet = 1 << iota
	clauseTimeout
	clauseHeartbeat
)

// policies checks the clauses of declarations, which are constant.
func (c *checker) policies() {
	for _, f := range c.program.Files {
		c.file = f
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *StepDecl:
				c.stepPolicy(d)
			case *CallbackDecl:
				c.callbackPolicy(d)
			case *FunctionDecl:
				p := &d.Policy
				d.Fails = c.failsClause(p.Fails, false)
				const why = "the other function keeps its own policy, and an invoke waits until it ends"
				c.refuseRetry(p, "a function", why)
				c.refuse(p.Timeout, "timeout", "a function", why)
				c.refuse(p.Heartbeat, "heartbeat", "a function", why)
				c.refuseRepetition(p, "a function", "retrying is up to the caller: `invoke` it again in a `catch`")
				c.refuse(p.Retention, "retention", "a function", why)
			case *WorkflowDecl:
				c.workflowPolicy(d)
			default: // only what operations call has a policy
			}
		}
	}
}

// refuse reports a clause that has no meaning where it stands; nil if it is not written.
func (c *checker) refuse(clause *Clause, word, on, help string) {
	if clause != nil {
		c.errorf(codeBadClause, clause.Span, "%s has no `%s`", on, word).help("%s", help)
	}
}

func (c *checker) refuseRetry(p *Policy, on, help string) {
	if len(p.Retry) > 0 {
		c.errorf(codeBadClause, p.Retry[0].Span, "%s has no `retry`", on).help("%s", help)
	}
}

func (c *checker) refuseRepetition(p *Policy, on, help string) {
	c.refuse(p.Reads, "reads", on, help)
	c.refuse(p.Idempotent, "idempotent", on, help)
	c.refuse(p.AtMostOnce, "at most once", on, help)
	c.refuse(p.AtLeastOnce, "at least once", on, help)
	c.refuse(p.Stored, "stored", on, "what is kept outside of the record is the result of a step, and stands at its own declaration")
}

func (c *checker) stepPolicy(d *StepDecl) {
	own := d.Policy.Own()
	p := &own
	d.Fails = c.failsClause(p.Fails, false)
	c.refuse(p.Heartbeat, "heartbeat", "a step", "a heartbeat is a sign of life from outside: it belongs to callbacks")
	c.refuse(p.Retention, "retention", "a step", "the retention of histories belongs to workflows")
	if p.Stored != nil && d.Result == nil {
		c.errorf(codeBadClause, p.Stored.Span, "a step without a result has no `stored`").help("take it out: there is nothing to keep")
	}
	var first *Clause
	for _, clause := range []*Clause{p.Reads, p.Idempotent, p.AtMostOnce, p.AtLeastOnce} {
		switch {
		case clause == nil:
		case first == nil:
			first = clause
		default:
			c.errorf(codeBadClause, clause.Span, "a step bears repetition in one way only").note(first.Span, "and this is another one").
				help("keep one of `reads`, `idempotent`, `at most once` and `at least once`")
		}
	}
	if first == nil && c.opts.Strict && d.Name != nil && d.Name.Text != "" {
		c.errorf(codeRepetition, d.Name.Span, "step `%s` does not say how it bears repetition", d.Name.Text).
			help("a process can die after it has acted and before that is on record: add `reads`, `idempotent`, `at most once`, or `at least once` if it may do harm and you bear that").Severity = Warning
	}
	if p.Idempotent != nil && !isNilExpr(p.Idempotent.Value) {
		c.withParams(d.Params, func() {
			key := p.Idempotent.Value
			switch t := c.expr(key, nil); {
			case t == nil:
			case isOptional(t):
				c.absent(key)
			case !printable(t) || t == JSON:
				c.errorf(codeWrongType, key.Range(), "an idempotency key is a text, a number or the like, not a `%s`", t).
					help("name the field that identifies the request")
			}
		})
	}
	c.constants(func() {
		c.stepTimes(p, &retried{what: "step `" + nameText(d.Name) + "`", fails: d.Fails, timeout: true})
		if again := firstRetry(p.Retry); p.AtMostOnce != nil && again != nil {
			c.errorf(codeAtMostOnceRetry, again.Span, "a step that is run at most once can't be retried").
				note(p.AtMostOnce.Span, "`at most once` here").help("take out one of the two")
		}
	})
}

// stepTimes checks the constant times of steps.
func (c *checker) stepTimes(p *Policy, of *retried) {
	c.timeClause(p.Timeout, int64(time.Millisecond), "the timeout of a step", true)
	c.withinInvocation(p.Timeout)
	c.retries(p.Retry, true, of)
}

func (c *checker) callbackPolicy(d *CallbackDecl) {
	own := d.Policy.Own()
	p := &own
	d.Fails = c.failsClause(p.Fails, false)
	c.refuse(p.Retention, "retention", "a callback", "the retention of histories belongs to workflows")
	c.refuseRepetition(p, "a callback", "its submitter runs at least once: the same callback ID may be handed out twice")
	if d.Policy.Timeout == nil && !c.incomplete(d.Span) && d.Name != nil && d.Name.Text != "" {
		c.errorf(codeNoTimeout, d.Name.Span, "callback `%s` has no timeout", d.Name.Text).
			help("an answer that never comes would keep the execution waiting: add `timeout 1h`, or longer")
	}
	c.constants(func() {
		c.answerTimes(p, &retried{what: "callback `" + nameText(d.Name) + "`", fails: d.Fails})
	})
	c.heartbeatWithin(d.Policy.Heartbeat, d.Policy.Timeout)
}

// answerTimes checks the constant times of callbacks.
func (c *checker) answerTimes(p *Policy, of *retried) {
	c.timeClause(p.Timeout, minDelay, "the timeout of a callback", true)
	c.timeClause(p.Heartbeat, minDelay, "the heartbeat of a callback", true)
	c.retries(p.Retry, true, of)
}

// heartbeatWithin reports a heartbeat that comes after the timeout.
func (c *checker) heartbeatWithin(heartbeat, timeout *Clause) {
	h, t := constDuration(clauseValue(heartbeat)), constDuration(clauseValue(timeout))
	if h > 0 && t > 0 && h >= t {
		c.errorf(codeOutlasts, heartbeat.Span, "a heartbeat of %s never comes before the timeout of %s", durationWords(h), durationWords(t)).
			note(timeout.Span, "the timeout").help("make the heartbeat shorter, or leave it out")
	}
}

func (c *checker) workflowPolicy(d *WorkflowDecl) {
	own := d.Policy.Own()
	p := &own
	d.Fails = c.failsClause(p.Fails, true)
	c.refuseRetry(p, "a workflow", "an execution is never started again; the steps in it are retried")
	c.refuse(p.Heartbeat, "heartbeat", "a workflow", "a heartbeat belongs to callbacks")
	c.refuseRepetition(p, "a workflow", "an execution of one name is started once")
	c.constants(func() { c.executionTimes(p) })
}

// executionTimes checks the constant times of workflows.
func (c *checker) executionTimes(p *Policy) {
	c.timeClause(p.Timeout, minDelay, "the timeout of a workflow", true)
	if p.Retention == nil || isNilExpr(p.Retention.Value) || !c.constExpr(p.Retention.Value, Duration, "the retention of a workflow") {
		return
	}
	days := constDuration(p.Retention.Value)
	if days < day || days > maxRetention || days%day != 0 {
		c.errorf(codeLimit, p.Retention.Value.Range(), "the retention of a workflow is 1 to 90 whole days, not %s", durationWords(days)).
			help("write `retention 14d`, or another number of days")
	}
}

// constants runs fn where no variable can be seen.
func (c *checker) constants(fn func()) { c.withParams(nil, fn) }

// constExpr checks an expression that must be a constant.
func (c *checker) constExpr(e Expr, want Type, what string) bool {
	if isNilExpr(e) || !c.exprAs(e, want, what) {
		return false
	}
	if e.Const() == nil {
		c.errorf(codeNotConstant, e.Range(), "%s must be constant in a declaration", what).
			help("write a literal or a `const`; a use of it may take any value")
		return false
	}
	return true
}

// timeClause checks a clause that holds a duration.
func (c *checker) timeClause(clause *Clause, least int64, what string, constant bool) {
	if clause == nil || isNilExpr(clause.Value) {
		return
	}
	if constant {
		if !c.constExpr(clause.Value, Duration, what) {
			return
		}
	} else if !c.exprAs(clause.Value, Duration, what) {
		return
	}
	c.durationBetween(clause.Value, least, maxTime, what)
}

// durationBetween reports a constant duration out of bounds.
func (c *checker) durationBetween(e Expr, least, most int64, what string) {
	v := e.Const()
	if v == nil || e.Type() != Duration {
		return
	}
	n, _ := constant.Int64Val(v)
	switch {
	case n < least && least == minDelay && n > 0:
		c.errorf(codeSubSecond, e.Range(), "%s is at least a second, not %s", what, durationWords(n)).
			help("the service counts whole seconds: write `1s`")
	case n < least:
		c.errorf(codeLimit, e.Range(), "%s is at least %s, not %s", what, durationWords(least), durationWords(n))
	case n > most:
		c.errorf(codeLimit, e.Range(), "%s is at most %s, not %s", what, durationWords(most), durationWords(n)).
			help("the service knows no longer times")
	}
}

// maxInvocation is how long the service lets an invocation of a function last.
const maxInvocation = int64(15 * time.Minute)

// withinInvocation reports a timeout of a step that never comes: an attempt ends with its
// invocation at the latest.
func (c *checker) withinInvocation(clause *Clause) {
	if clause == nil || isNilExpr(clause.Value) {
		return
	}
	v := clause.Value.Const()
	if v == nil || clause.Value.Type() != Duration {
		return
	}
	if n, _ := constant.Int64Val(v); n > maxInvocation && n <= maxTime {
		c.errorf(codeLimit, clause.Value.Range(), "an attempt of a step lasts %s at most, not %s", durationWords(maxInvocation), durationWords(n)).
			help("it runs in one invocation of the function, and the service lets none last longer; let the step begin the work, and wait for its end with a callback or a poll")
	}
}

// schedule checks the delays between attempts or checks.
func (c *checker) schedule(s *Schedule, constant bool) {
	check := func(e Expr, t Type, what string) bool {
		if isNilExpr(e) {
			return false
		}
		if constant {
			return c.constExpr(e, t, what)
		}
		return c.exprAs(e, t, what)
	}
	if check(s.Every, Duration, "the delay") {
		c.durationBetween(s.Every, minDelay, maxTime, "a delay")
	}
	if check(s.Backoff, Float, "the factor of the delays") {
		if v := s.Backoff.Const(); v != nil && compareFloat(v, 1) < 0 {
			c.errorf(codeLimit, s.Backoff.Range(), "the factor of the delays is at least 1").
				help("the delays grow by it: `backoff 2` doubles them")
		}
	}
	if check(s.Max, Duration, "the longest delay") {
		c.durationBetween(s.Max, minDelay, maxTime, "a delay")
		if most, every := constDuration(s.Max), constDuration(s.Every); most > 0 && every > most {
			c.errorf(codeLimit, s.Max.Range(), "the longest delay, %s, is shorter than the first, %s", durationWords(most), durationWords(every)).
				note(s.Every.Range(), "the first delay")
		}
	}
	if s.Jitter != nil && s.Jitter.Text != "" {
		switch s.Jitter.Text {
		case "full", "half", "none":
		default:
			c.errorf(codeLimit, s.Jitter.Span, "unknown jitter `%s`", s.Jitter.Text).
				suggestWord(s.Jitter.Text, c.near(s.Jitter.Text, []string{"full", "half", "none"})).
				help("it is `full`, `half` or `none`")
		}
	}
}

func compareFloat(v constant.Value, f float64) int {
	x, _ := constant.Float64Val(v)
	switch {
	case x < f:
		return -1
	case x > f:
		return 1
	}
	return 0
}

// scheduleTotal adds up the delays of n attempts; 0 if they are not constant.
func scheduleTotal(n int64, s *Schedule, every, backoff, most float64) int64 {
	if !isNilExpr(s.Every) {
		every = float64(constDuration(s.Every))
	}
	if !isNilExpr(s.Backoff) {
		if s.Backoff.Const() == nil {
			return 0
		}
		backoff, _ = constant.Float64Val(s.Backoff.Const())
	}
	if !isNilExpr(s.Max) {
		most = float64(constDuration(s.Max))
		if most == 0 {
			return 0
		}
	}
	if most > 0 && isNilExpr(s.Max) {
		most = max(most, every) // a written delay is not cut by what is not written
	}
	total := 0.0
	for i := int64(0); i < min(n, maxOperations) && total < float64(2*maxTime); i++ {
		delay := every
		if most > 0 {
			delay = min(delay, most)
		}
		total += delay
		every *= backoff
	}
	return int64(total)
}

// useClauses checks the clauses written at a use: only those allowed have a
// meaning there.
func (c *checker) useClauses(op Operation, allowed clauseSet) {
	use := &op.Base().Use
	what := opPhrase(op)
	if len(use.Retry) > 0 && allowed&clauseRetry == 0 {
		c.errorf(codeBadClause, use.Retry[0].Span, "%s has no `retry`", what).help("%s", noRetry(op))
	}
	if t := use.Timeout; t != nil {
		if allowed&clauseTimeout == 0 {
			c.errorf(codeBadClause, t.Span, "%s has no `timeout`", what).help("%s", noTimeout(op))
		} else {
			least := minDelay
			switch op.(type) {
			case *StepOp, *PollOp:
				least = int64(time.Millisecond)
			default: // the service counts their timeouts, in whole seconds
			}
			c.timeClause(t, least, "the timeout of "+what, false)
			if _, step := op.(*StepOp); step {
				c.withinInvocation(t)
			}
		}
	}
	if h := use.Heartbeat; h != nil {
		if allowed&clauseHeartbeat == 0 {
			c.errorf(codeBadClause, h.Span, "%s has no `heartbeat`", what).
				help("a heartbeat is a sign of life from outside: it belongs to callbacks")
		} else {
			c.timeClause(h, minDelay, "the heartbeat of "+what, false)
		}
	}
}

func noRetry(op Operation) string {
	switch op.(type) {
	case *StepOp:
		return "a built-in step has no policy"
	case *PollOp:
		return "a check that fails is repeated with the next one; `every` and `at most` say when"
	case *OpenOp:
		return "`open` has no submitter that could be retried"
	case *InvokeOp:
		return "the other function retries its own steps; to invoke it again, loop around it"
	default: // runs other operations, or can't fail
	}
	return "the steps inside have theirs; to repeat the whole, loop around it"
}

func noTimeout(op Operation) string {
	switch op.(type) {
	case *StepOp:
		return "a built-in step has no policy"
	case *AwaitOp:
		return "the timeout counts from `open`: write it there"
	case *WaitOp:
		return "a wait ends by itself"
	default: // runs other operations, or takes a timeout
	}
	return "let it race a `wait` in a `select`, or give the operations inside their timeouts"
}

// callbackTimes checks the times of one use of a callback.
func (c *checker) callbackTimes(base *OpBase, d *CallbackDecl) {
	c.retries(base.Use.Retry, false, &retried{what: "callback `" + d.Name.Text + "`", fails: d.Fails})
	timeout, heartbeat := base.Use.Timeout, base.Use.Heartbeat
	if timeout == nil {
		timeout = d.Policy.Timeout
	}
	if heartbeat == nil {
		heartbeat = d.Policy.Heartbeat
	}
	if base.Use.Timeout != nil && heartbeat != nil || base.Use.Heartbeat != nil {
		h, t := constDuration(clauseValue(heartbeat)), constDuration(clauseValue(timeout))
		if h > 0 && t > 0 && h >= t {
			at := base.Use.Heartbeat
			if at == nil {
				at = base.Use.Timeout
			}
			c.errorf(codeOutlasts, at.Span, "a heartbeat of %s never comes before the timeout of %s", durationWords(h), durationWords(t)).
				note(heartbeat.Span, "the heartbeat").note(timeout.Span, "the timeout")
		}
	}
}

// outlasts reports an operation that takes longer than the whole workflow may.
// how tells what takes how long.
func (c *checker) outlasts(op Operation, how func() (string, int64)) {
	what, total := how()
	c.lasts(lasting{op.Base(), what, total})
}

// lasts reports an operation that may last longer than the workflow, unless something
// around it ends before.
func (c *checker) lasts(l lasting) {
	w := c.body.workflow
	if w == nil {
		return
	}
	if d := c.body.deadline; d != nil {
		d.long = append(d.long, l)
		return
	}
	if c.within(l.time) {
		return
	}
	at := Span{l.base.Keyword.Start, max(l.base.Keyword.End, endOfName(l.base.Callee))}
	d := c.errorf(codeOutlasts, at, "this outlasts workflow `%s`: %s %s, the workflow ends after %s", w.Name.Text, l.what, durationWords(l.time), durationWords(c.workflowLimit()))
	if t := w.Policy.Timeout; t != nil {
		d.note(t.Span, "the workflow's timeout").help("shorten the one or lengthen the other")
	} else {
		d.note(w.Name.Span, "it has no `timeout`, and so the default").help("give the workflow a `timeout` that is longer")
	}
}

// limits checks the limits of a batch; branches is their number, or -1 if unknown.
func (c *checker) limits(op Operation, l *Limits, branches int) {
	if !isNilExpr(l.Max) && c.exprAs(l.Max, Int, "`max`") {
		c.atLeast(l.Max, 1, "`max`")
	}
	if !isNilExpr(l.Min) && c.exprAs(l.Min, Int, "`min`") {
		c.atLeast(l.Min, 1, "`min`")
		if branches >= 0 {
			if v := l.Min.Const(); v != nil && compareFloat(v, float64(branches)) > 0 {
				c.errorf(codeLimit, l.Min.Range(), "`min %s` can't be reached with %s", v, countBranches(branches))
			}
		}
	}
	if isNilExpr(l.Tolerate) {
		return
	}
	if !l.Percent {
		if c.exprAs(l.Tolerate, Int, "`tolerate`") {
			c.atLeast(l.Tolerate, 0, "`tolerate`")
		}
		return
	}
	if c.exprAs(l.Tolerate, Float, "the percentage after `tolerate`") {
		if v := l.Tolerate.Const(); v != nil && (compareFloat(v, 0) < 0 || compareFloat(v, 100) > 0) {
			c.errorf(codeLimit, l.Tolerate.Range(), "a percentage is 0 to 100, not %s", v)
		}
	}
}

func countBranches(n int) string {
	if n == 1 {
		return "one branch"
	}
	return fmt.Sprintf("%d branches", n)
}

func (c *checker) atLeast(e Expr, least int64, what string) {
	if v := e.Const(); v != nil && v.Kind() == constant.Int && constant.Compare(v, gotoken.LSS, constant.MakeInt64(least)) {
		c.errorf(codeLimit, e.Range(), "%s is at least %d, not %s", what, least, v)
	}
}

func (c *checker) atMost(e Expr, most int64, what string) {
	if v := e.Const(); v != nil && v.Kind() == constant.Int && constant.Compare(v, gotoken.GTR, constant.MakeInt64(most)) {
		c.errorf(codeLimit, e.Range(), "%s is at most %d, not %s", what, most, v).
			help("an execution has %d operations at most, and none of them does more than so many attempts or checks", maxOperations)
	}
}

// clauseValue is the value of the first clause that is written; nil if none is.
func clauseValue(list ...*Clause) Expr {
	for _, clause := range list {
		if clause != nil {
			return clause.Value
		}
	}
	return nil
}

// constDuration is the number of nanoseconds of a constant duration, else 0.
func constDuration(e Expr) int64 {
	if isNilExpr(e) || e.Type() != Duration || e.Const() == nil {
		return 0
	}
	n, _ := constant.Int64Val(e.Const())
	return n
}

// constInt is the value of a constant int, else 0.
func constInt(e Expr) int64 {
	if isNilExpr(e) || e.Type() != Int || e.Const() == nil {
		return 0
	}
	n, _ := constant.Int64Val(e.Const())
	return n
}

// durationWords writes a duration as in the language: `1d12h`, `90s` as `1m30s`. One that
// is computed is to the second, below a second to the millisecond.
func durationWords(ns int64) string {
	switch {
	case ns < 0:
		return "-" + durationWords(-ns)
	case ns%int64(time.Millisecond) == 0:
	case ns < int64(time.Second):
		ns = int64(time.Duration(ns).Round(time.Millisecond))
	default:
		ns = int64(time.Duration(ns).Round(time.Second))
	}
	return durationText(ns)
}
