package oracle

import (
	"math"
	"slices"
	"time"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cost"
	"github.com/durablegen/durablegen/runtime/wire"
)

// handle is an open callback.
type handle struct {
	id      string
	path    string
	answer  outcome
	settled span // when the answer comes
}

// operation runs an operation with its catches and registers its undo.
func (s *scope) operation(op dsl.Operation, vars env, store func(any)) outcome {
	return s.operationWith(op, op.Base().Catches, vars, store)
}

// operationWith is operation with catches that stand elsewhere.
func (s *scope) operationWith(op dsl.Operation, catches []*dsl.Catch, vars env, store func(any)) outcome {
	base := op.Base()
	s.x.calls(s.own(base), op)
	n := s.walk.operation(op)
	s.walk.visit(n)
	s.count(op, cost.Visits)
	var out outcome
	clauses, f := s.x.clauses(op, vars)
	if f != nil {
		s.count(op, cost.Failed)
		return failed(f)
	}
	switch op := op.(type) {
	case *dsl.AwaitOp:
		out = s.await(vars[op.Handle].(*handle), op)
	case *dsl.OpenOp:
		out = s.open(op, clauses)
	case *dsl.WaitOp:
		out = s.wait(op, vars)
	case *dsl.PollOp:
		out = s.poll(op, clauses, vars)
	case *dsl.GroupOp:
		out = s.group(op, n, clauses, vars)
	case *dsl.ParallelOp, *dsl.MapOp:
		out = s.batch(op, vars)
	default:
		args, f := s.arguments(op, vars)
		if f != nil {
			s.count(op, cost.Failed)
			return failed(f)
		}
		out = s.start(op, s.own(base), clauses, args, vars)
	}
	s.walk.ended(n, out)
	s.countOp(op, s.own(base), catches, out)
	switch {
	case out.kind == halts:
		return out
	case out.early:
		return failed(out.failure)
	case out.kind == fails:
		return s.catch(n, catches, out.failure, vars)
	}
	store(out.value)
	if base.Undo != nil {
		e := &undoEntry{path: s.own(base), of: op, undo: base.Undo, name: base.Segment, vars: vars, node: s.walk.undoOf(n), walk: s.walk}
		if base.Undo.Op != nil {
			s.x.calls(e.path+"_u", base.Undo.Op)
			args, f := s.arguments(base.Undo.Op, vars)
			if f != nil {
				s.uncount(op, cost.Succeeded)
				s.count(op, cost.Failed)
				return failed(f)
			}
			e.args = args
		} else {
			e.vars = env{}
			for k, v := range vars {
				e.vars[k] = v
			}
		}
		s.register(e)
	}
	return outcome{}
}

// arguments evaluates those of a step, callback, invoke or call.
func (s *scope) arguments(op dsl.Operation, vars env) ([]any, *failure) {
	var exprs []dsl.Expr
	switch op := op.(type) {
	case *dsl.StepOp:
		exprs = op.Args
	case *dsl.CallbackOp:
		exprs = op.Args
	case *dsl.InvokeOp:
		exprs = op.Args
	case *dsl.CallOp:
		exprs = op.Args
	case *dsl.PollOp:
		exprs = op.Args
	default: // has none
	}
	args := make([]any, len(exprs))
	for i, e := range exprs {
		v, f := s.x.eval(e, vars)
		if f != nil {
			return nil, f
		}
		args[i] = v
	}
	return args, nil
}

// start runs an operation that has arguments, under a path.
func (s *scope) start(op dsl.Operation, path string, clauses clauses, args []any, vars env) outcome {
	base := op.Base()
	if clauses.refused != nil {
		return failed(clauses.refused)
	}
	switch op := op.(type) {
	case *dsl.StepOp:
		return s.step(op, path, clauses, args)
	case *dsl.CallbackOp:
		return s.callback(op, path, clauses, args)
	case *dsl.InvokeOp:
		return s.invoke(op, path, args)
	case *dsl.CallOp:
		return s.context(path, wire.SubTypeRunInChildContext, base.Segment, op.Decl.ResultType, func(c *scope) outcome {
			inner := env{}
			for i, p := range op.Decl.Params {
				inner[p.Var] = args[i]
			}
			c.walk = s.walk.called(s.walk.operation(op))
			return c.workflow(op.Decl, inner)
		})
	default: // takes no arguments
	}
	panic("unknown operation")
}

// policy is how often an operation is tried and after what delays.
type policy struct {
	times        int
	every, limit time.Duration
	told         time.Duration // the bound of a delay that a failure tells; 0: none
	backoff      float64
	jitter       string
	on, except   []string
	exact        bool    // nothing but what on names
	next         *policy // what this one does not cover
}

// covers reports whether the policy is for a failure of what may fail with declared ones.
func (p *policy) covers(f *failure, declared []string) bool {
	named := func(list []string) bool {
		return slices.Contains(list, f.typ) || f.typ == "Unexpected" && slices.Contains(list, f.foreign)
	}
	if len(p.except) > 0 {
		return !named(p.except)
	}
	return named(p.on) || !p.exact && !slices.Contains(declared, f.typ)
}

// decides gives the policy that is for a failure; nil if none is.
func (p *policy) decides(f *failure, declared []string) *policy {
	for ; p != nil; p = p.next {
		if p.covers(f, declared) {
			return p
		}
	}
	return nil
}

func (c clauses) policy(list []*dsl.RetryClause, once bool) policy {
	switch {
	case once || len(list) > 0 && list[0].None:
		return policy{}
	case len(list) == 0:
		return policy{times: 5, every: 5 * time.Second, backoff: 2, limit: time.Minute, jitter: "full"}
	}
	use := list[0]
	p := policy{exact: use.Exact, times: int(c.number(use.Times, 0)), every: c.duration(use.Every, 5*time.Second), backoff: c.number(use.Backoff, 2), jitter: "full"}
	p.told = c.duration(use.Max, 0)
	p.limit = c.duration(use.Max, max(5*time.Minute, p.every))
	if use.Jitter != nil {
		p.jitter = use.Jitter.Text
	}
	if use.On != nil {
		p.on = names(use.On.Types)
	}
	if use.Except != nil {
		p.except = names(use.Except.Types)
	}
	if len(list) > 1 {
		next := c.policy(list[1:], false)
		p.next = &next
	}
	return p
}

// delay passes the time between two attempts.
func (p *policy) delay(c *span, attempt int) {
	d := growing(p.every, p.backoff, p.limit, attempt)
	low := d
	switch p.jitter {
	case "full":
		low = 0
	case "half":
		low = d / 2
	}
	c.pass(seconds(low), seconds(d))
}

// toldDelay is the delay that a failure tells, at most limit if there is one.
func toldDelay(reply world.Reply, limit time.Duration) time.Duration {
	if limit > 0 && *reply.After > limit {
		return seconds(limit)
	}
	return seconds(*reply.After)
}

func growing(every time.Duration, backoff float64, limit time.Duration, attempt int) time.Duration {
	d := float64(every) * math.Pow(backoff, float64(attempt-1))
	if limit > 0 && d > float64(limit) {
		return limit
	}
	return time.Duration(d)
}

// seconds rounds up to whole ones, at least one.
func seconds(d time.Duration) time.Duration {
	return max((d + time.Second - 1).Truncate(time.Second), time.Second)
}

func names(list []*dsl.ErrorType) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Name)
	}
	return out
}

// raised is the failure that a reply of the world comes to.
func raised(reply world.Reply, declared []string) *failure {
	switch {
	case reply.Error == world.Slow:
		return &failure{typ: "Timeout", why: "a slow attempt"}
	case slices.Contains(declared, reply.Error):
		f := &failure{typ: reply.Error, why: "declared"}
		if reply.Error == "Bad" {
			f.fields = map[string]any{"code": int64(reply.Code)}
		}
		return f
	case reply.Error == world.Plain || reply.Error == world.Panic:
		f := unexpected("a step's %s failure", reply.Error)
		f.foreign = map[string]string{world.Plain: "Error", world.Panic: "Panic"}[reply.Error]
		return f
	}
	f := unexpected("%s is not declared", reply.Error)
	f.foreign = reply.Error
	return f
}

func (s *scope) step(op *dsl.StepOp, path string, clauses clauses, args []any) outcome {
	d, base := op.Decl, op.Base()
	rec := s.reach(path, wire.TypeStep, wire.SubTypeStep, base.Segment)
	if d.Builtin != "" {
		return s.builtinStep(rec, op)
	}
	once := d.Policy.AtMostOnce != nil
	p := clauses.policy(dsl.RetryOf(base, &d.Policy), once)
	call := callOf(d, args)
	return s.attempts(rec, path, p, call, names(d.Fails), once, func(attempt int) world.Reply {
		return world.Step(s.x.seed, call.name, typeName(d.ResultType), call.fails, call.timed, call.calm, call.args, attempt)
	}, d.ResultType)
}

// calls is what a step's body is told.
type calls struct {
	name, args         string
	fails              []string
	timed, calm, keyed bool
}

func callOf(d *dsl.StepDecl, args []any) calls {
	list := make([]any, len(args))
	for i, p := range d.Params {
		if i < len(args) {
			list[i] = plain(p.Var.Type, args[i])
		}
	}
	return calls{name: d.Name.Text, args: canonical(list), fails: names(d.Fails), timed: d.Policy.Timeout != nil, calm: calm(d.Name.Text), keyed: keyed(d)}
}

func calm(step string) bool { return step == "quiet" || step == "note" }
func keyed(d *dsl.StepDecl) bool {
	return d.Policy.Idempotent != nil && d.Policy.Idempotent.Value != nil
}
func typeName(t dsl.Type) string {
	if t == nil {
		return ""
	}
	return t.String()
}

// attempts runs a step or a submitter until it has ended.
func (s *scope) attempts(rec *wire.Operation, path string, p policy, call calls, declared []string, once bool, try func(int) world.Reply, result dsl.Type) outcome {
	leaf := s.log.call(s.x.idOf(path), call)
	if !s.dry && (rec == nil || !rec.Status.Terminal()) {
		leaf.attempts = -1 // if only the process died, its body may have run without a record
		return outcome{kind: halts}
	}
	if once && s.x.crashed && rec != nil && rec.StepDetails.Error != nil && rec.StepDetails.Error.ErrorType == "Interrupted" {
		leaf.attempts = -1
		return failed(&failure{typ: "Interrupted", why: "killed"})
	}
	for attempt := 1; ; attempt++ {
		leaf.attempts = attempt
		reply := try(attempt)
		if reply.Error == "" {
			v, ok := decode(result, string(reply.Value))
			if !ok {
				panic("the world gave a value that does not fit")
			}
			s.endStep(rec, path, attempt, nil, encode(result, v))
			return outcome{value: v}
		}
		f := raised(reply, declared)
		if once && f.typ == "Timeout" {
			f = &failure{typ: "Interrupted", why: "too slow"}
		}
		decides := p.decides(f, declared)
		again := decides != nil && attempt <= decides.times
		if again && rec != nil && (s.mode == stopped || s.late) && rec.Status == wire.StatusFailed && rec.StepDetails.Attempt == attempt {
			again = false // its scope was stopped while the attempt ran
		}
		if !again {
			s.endStep(rec, path, attempt, f, "")
			return failed(f)
		}
		if reply.After != nil {
			d := toldDelay(reply, decides.told)
			s.clock.pass(d, d)
			continue
		}
		decides.delay(s.clock, attempt)
	}
}

// endStep compares the end of a step with its record.
func (s *scope) endStep(rec *wire.Operation, path string, attempt int, f *failure, result string) {
	if s.dry {
		return
	}
	details := rec.StepDetails
	if f == nil {
		if rec.Status != wire.StatusSucceeded {
			disagree("%s is %s with %+v, and should have given %s", path, rec.Status, details.Error, result)
		}
		if got := world.Canonical(text(details.Result)); got != result {
			disagree("%s gave %s, and should have given %s", path, got, result)
		}
	} else if rec.Status != wire.StatusFailed || !sameError(details.Error, f) {
		disagree("%s is %s with %+v, and should have failed with %s", path, rec.Status, details.Error, f)
	}
	if details.Attempt != attempt {
		disagree("%s took %d attempts, and should have taken %d", path, details.Attempt, attempt)
	}
}

// builtinStep is now, uuid or random: what they gave stands in the record.
func (s *scope) builtinStep(rec *wire.Operation, op *dsl.StepOp) outcome {
	if rec == nil || !rec.Status.Terminal() {
		return outcome{kind: halts}
	}
	v, ok := decode(op.Decl.ResultType, text(rec.StepDetails.Result))
	if !ok || rec.Status != wire.StatusSucceeded {
		disagree("%s has %s, %s", op.Base().Segment, rec.Status, text(rec.StepDetails.Result))
	}
	return outcome{value: v}
}

func (s *scope) wait(op *dsl.WaitOp, vars env) outcome {
	v, f := s.x.eval(op.For, vars)
	if f != nil {
		return outcome{kind: fails, failure: f, early: true}
	}
	rec := s.reach(s.own(op.Base()), wire.TypeWait, wire.SubTypeWait, op.Base().Segment)
	if !s.dry && (rec == nil || !rec.Status.Terminal()) {
		return outcome{kind: halts}
	}
	if rec != nil && rec.Status != wire.StatusSucceeded {
		disagree("the wait %s is %s", rec.Id, rec.Status)
	}
	if d, ok := v.(time.Duration); ok {
		s.clock.pass(seconds(d), seconds(d))
		if rec != nil {
			if took := rec.EndTimestamp.Go().Sub(rec.StartTimestamp.Go()); took < seconds(d) {
				disagree("the wait %s took %v of %v", rec.Id, took, seconds(d))
			}
		}
	} else {
		s.clock.pass(time.Second, 1000*24*time.Hour)
	}
	return outcome{}
}

func (s *scope) poll(op *dsl.PollOp, clauses clauses, vars env) outcome {
	x, d, base := s.x, op.Decl, op.Base()
	args, f := s.arguments(op, vars)
	if f != nil {
		return outcome{kind: fails, failure: f, early: true}
	}
	var last any
	if op.From != nil {
		if last, f = x.eval(op.From, vars); f != nil {
			return outcome{kind: fails, failure: f, early: true}
		}
	}
	if clauses.refused != nil {
		return failed(clauses.refused)
	}
	path := s.own(base)
	rec := s.reach(path, wire.TypeStep, wire.SubTypeWaitForCondition, base.Segment)
	leaf := s.log.call(s.x.idOf(path), calls{name: d.Name.Text, keyed: true})
	if !s.dry && (rec == nil || !rec.Status.Terminal()) {
		leaf.attempts = -1
		return outcome{kind: halts}
	}
	inner := env{}
	for k, v := range vars {
		inner[k] = v
	}
	most := int(clauses.number(op.AtMost, 0))
	for attempt := 1; ; attempt++ {
		leaf.attempts = attempt
		now := args
		if op.From != nil {
			now = append(slices.Clone(args), last)
		}
		call := callOf(d, now)
		reply := world.Step(x.seed, call.name, typeName(d.ResultType), call.fails, call.timed, call.calm, call.args, attempt)
		if reply.Error != "" {
			if f := raised(reply, names(d.Fails)); slices.Contains(names(d.Fails), f.typ) {
				s.endStep(rec, path, attempt, f, "")
				return failed(f)
			}
		} else {
			v, ok := decode(d.ResultType, string(reply.Value))
			if !ok {
				panic("the world gave a value that does not fit")
			}
			last = v
			if op.Bound != nil {
				inner[op.Bound] = v
			}
			met, f := x.eval(op.Until, inner)
			if f != nil {
				s.endStep(rec, path, attempt, f, "")
				return failed(f)
			}
			if met.(bool) {
				s.endStep(rec, path, attempt, nil, encode(d.ResultType, v))
				return outcome{value: v}
			}
		}
		if op.AtMost == nil && attempt > 3000 {
			return outcome{kind: halts} // its select has ended long before
		}
		if op.AtMost != nil && attempt >= most {
			f := &failure{typ: "Exhausted", why: "no more checks"}
			s.endStep(rec, path, attempt, f, "")
			return failed(f)
		}
		if reply.After != nil {
			d := toldDelay(reply, clauses.duration(op.Max, 0))
			s.clock.pass(d, d)
			continue
		}
		pause := seconds(growing(clauses.duration(op.Every, 0), clauses.number(op.Backoff, 1), clauses.duration(op.Max, 0), attempt))
		s.clock.pass(pause, pause)
	}
}

// answer is what comes of a callback of that name that opens now, and when.
func (s *scope) answer(name string, d *dsl.CallbackDecl, use dsl.Policy, clauses clauses) (outcome, span, wire.OperationStatus) {
	a := world.Callback(s.x.seed, name)
	clause := func(use, decl *dsl.Clause) time.Duration {
		if use == nil {
			use = decl
		}
		if use == nil {
			return math.MaxInt64
		}
		return seconds(clauses.duration(use.Value, 0))
	}
	timeout, heartbeat := clause(use.Timeout, d.Policy.Timeout), clause(use.Heartbeat, d.Policy.Heartbeat)
	after, kind := timeout, "Timeout"
	if heartbeat < timeout {
		after, kind = heartbeat, "HeartbeatTimeout"
	}
	at := *s.clock
	if a.Silent || a.After > after {
		at.pass(after, after)
		return failed(&failure{typ: kind, why: "no answer"}), at, wire.StatusTimedOut
	}
	at.pass(a.After, a.After)
	if a.Error != "" {
		return failed(raised(a.Reply, names(d.Fails))), at, wire.StatusFailed
	}
	v, ok := decode(d.ResultType, string(a.Value))
	if !ok {
		return failed(unexpected("the answer does not decode")), at, wire.StatusSucceeded
	}
	return outcome{value: v}, at, wire.StatusSucceeded
}

// answered reports whether a callback would be answered at a moment before its submitter
// comes to an end. Where the delays between attempts leave that open, the record tells.
func (c *scope) answered(at span, submitted outcome, path string) bool {
	rec := c.x.records[c.id]
	apart := (at.hi < c.clock.lo || c.clock.hi < at.lo) && !c.x.crashed
	if apart || submitted.kind != fails || rec == nil || !rec.Status.Terminal() {
		return at.hi <= c.clock.lo
	}
	return !c.toldBy(path, submitted)
}

// toldBy reports whether the record of a callback's context tells of the failure of its
// submitter, whose path is given, and not of its answer: both may be unexpected.
func (c *scope) toldBy(path string, submitted outcome) bool {
	d := c.x.records[c.id].ContextDetails
	if d == nil || d.Error == nil || !sameError(d.Error, submitted.failure) {
		return false
	}
	step := c.x.records[c.x.idOf(path)]
	return step == nil || step.StepDetails == nil || step.StepDetails.Error == nil || step.StepDetails.Error.ErrorMessage == d.Error.ErrorMessage
}

func (s *scope) until(at span) {
	s.clock.lo, s.clock.hi = max(s.clock.lo, at.lo), max(s.clock.hi, at.hi)
}

func (s *scope) callback(op *dsl.CallbackOp, path string, clauses clauses, args []any) outcome {
	base, d := op.Base(), op.Decl
	return s.context(path, wire.SubTypeWaitForCallback, base.Segment, d.ResultType, func(c *scope) outcome {
		rec := c.reach(path+"_c", wire.TypeCallback, wire.SubTypeCallback, "")
		if rec == nil && !c.dry {
			return outcome{kind: halts}
		}
		out, at, status := c.answer(base.Segment, d, base.Use, clauses)
		list := make([]any, len(args))
		for i, p := range d.Params {
			list[i] = plain(p.Var.Type, args[i])
		}
		call := calls{name: d.Name.Text, args: canonical(list)}
		if submitted := c.submit(rec, at, path, clauses.policy(dsl.RetryOf(base, &d.Policy), false), call, names(d.Fails)); submitted.kind != goesOn {
			return submitted
		}
		if rec != nil {
			if !rec.Status.Terminal() {
				if c.mode == live {
					disagree("%s has ended without an answer", path)
				}
				return outcome{kind: halts}
			}
			if rec.Status != status {
				disagree("the callback of %s is %s, and should be %s", path, rec.Status, status)
			}
		}
		c.until(at)
		return out
	})
}

// submit runs the submitter of a callback, whose record is rec and which ends at a
// moment. Once that has come, the submitter counts no more: it is not tried again, and
// that it has failed is forgotten.
func (c *scope) submit(rec *wire.Operation, at span, path string, p policy, call calls, declared []string) outcome {
	path += "_s"
	over := rec != nil && rec.Status.Terminal()
	if step := c.x.records[c.x.idOf(path)]; !c.dry && over && (step == nil || !step.Status.Terminal()) {
		if step != nil {
			c.x.seen[step.Id] = true
		}
		c.log.call(c.x.idOf(path), call).attempts = -1
		return outcome{}
	}
	before := *c.clock
	submitted := c.attempts(c.reach(path, wire.TypeStep, wire.SubTypeStep, ""), path, p, call, declared, false,
		func(attempt int) world.Reply {
			return world.Step(c.x.seed, call.name, "", nil, false, false, call.args, attempt)
		}, nil)
	switch {
	case c.dry && c.answered(at, submitted, path):
		*c.clock = before
		return outcome{}
	case submitted.kind == fails && over:
		// Which of the two was told first stands in the record of the wait.
		if !c.toldBy(path, submitted) {
			return outcome{}
		}
	}
	return submitted
}

func (s *scope) open(op *dsl.OpenOp, clauses clauses) outcome {
	if clauses.refused != nil {
		return failed(clauses.refused)
	}
	base := op.Base()
	path := s.own(base)
	rec := s.reach(path, wire.TypeCallback, wire.SubTypeCallback, base.Segment)
	if rec == nil {
		return outcome{kind: halts}
	}
	h := &handle{path: path, id: rec.CallbackDetails.CallbackId}
	h.answer, h.settled, _ = s.answer(base.Segment, op.Decl, base.Use, clauses)
	return outcome{value: h}
}

func (s *scope) await(h *handle, op *dsl.AwaitOp) outcome {
	if !s.dry {
		if rec := s.x.records[s.x.idOf(h.path)]; !rec.Status.Terminal() {
			if s.mode == live {
				disagree("%s was awaited and has not ended", h.path)
			}
			return outcome{kind: halts}
		}
	}
	s.until(h.settled)
	return h.answer
}

func (s *scope) invoke(op *dsl.InvokeOp, path string, args []any) outcome {
	rec := s.reach(path, wire.TypeChainedInvoke, wire.SubTypeChainedInvoke, op.Base().Segment)
	if !s.dry && (rec == nil || !rec.Status.Terminal()) {
		return outcome{kind: halts}
	}
	input := map[string]any{}
	for i, p := range op.Decl.Params {
		input[p.Name.Text] = plain(p.Var.Type, args[i])
	}
	reply := world.Invoke(s.x.seed, canonical(input))
	if reply.Error != "" {
		f := raised(reply, names(op.Decl.Fails))
		if rec != nil && rec.Status != wire.StatusFailed {
			disagree("%s is %s, and should have failed with %s", path, rec.Status, f)
		}
		return failed(f)
	}
	if rec != nil && rec.Status != wire.StatusSucceeded {
		disagree("%s is %s, and should have given %s: %+v", path, rec.Status, reply.Value, rec.ChainedInvokeDetails.Error)
	}
	v, ok := decode(op.Decl.ResultType, string(reply.Value))
	if !ok {
		panic("the world gave a value that does not fit")
	}
	return outcome{value: v}
}
