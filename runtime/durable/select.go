package durable

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/durablegen/durablegen/runtime/wire"
)

// CaseSpec is one of the alternatives of a [Select]: see [Case].
type CaseSpec struct {
	name   string
	calls  string // what its operation calls, where a label hides that
	run    func(c *Context) (*string, error)
	load   func(c *Context, text *string) error
	assign func()

	otherwise bool // see [Else]

	settled bool
	text    *string
	err     error
	ended   bool
	dropped bool // its body returned Dropped
}

// Dropped is what the body of a [Case] returns for the [Select] to go on without it.
// Nothing is recorded of that: a replay comes to it again from what the body has
// recorded.
var Dropped = errors.New("durable: this case is dropped; only Select takes this error")

// Case describes an alternative. By its name its win is recorded, so that cases may be
// reordered while executions run. body gets the select's context. out, which may be nil,
// is set if the case wins. A body that returns [Dropped] takes the case out of the race.
func Case[T any](name string, body func(*Context) (T, error), out *T) *CaseSpec {
	var value T // written by the case
	return &CaseSpec{
		name: name,
		run: func(c *Context) (*string, error) {
			v, err := body(c)
			if err != nil {
				return nil, err
			}
			return c.roundTrip(v, &value, nil, c.scope.op, c.scope.spec)
		},
		load: func(c *Context, text *string) error {
			return c.decodeText(text, &value, nil, c.scope.op, c.scope.spec)
		},
		assign: func() {
			if out != nil {
				*out = value
			}
		},
	}
}

// elseName is the name by which it is recorded that no case was ready.
const elseName = "else"

// Else describes what a [Select] takes if no case has settled when it looks: such a select
// does not wait. It is recorded as a win is, so that every replay takes it. It stands last.
func Else() *CaseSpec {
	return &CaseSpec{
		name:      elseName,
		otherwise: true,
		run:       func(*Context) (*string, error) { return nil, nil },
		load:      func(*Context, *string) error { return nil },
		assign:    func() {},
	}
}

// Calling tells what the operation of a case calls, where a label hides that: the win of
// another one is then not taken for that of the case. It returns the case.
func (cs *CaseSpec) Calling(callee string) *CaseSpec {
	cs.calls = callee
	return cs
}

// choice is a select under way. It looks at its cases when all of them have come
// to rest: ended, waiting for what the service is to end, or in the body of a check.
// So what wins does not hang on which goroutine ran first.
type choice struct {
	inv    *invocation
	c      *Context // the select's scope, on its parent's goroutine
	cases  []*CaseSpec
	region *region
	outer  *choice // the select in a case of which this one runs
	active int     // tasks of its cases that compute or wait for a checkpoint
}

// recordedChoice is the recorded form of a select.
type recordedChoice struct {
	Winner string          `json:"winner,omitempty"`
	Calls  string          `json:"calls,omitempty"` // see [CaseSpec.Calling]
	Index  int             `json:"index"`
	Value  json.RawMessage `json:"value,omitempty"`
	Text   *string         `json:"text,omitempty"`
}

// Select runs the cases concurrently in one child context, until one has settled.
// Of those that have when it looks, the first in written order wins; what it
// recorded as the winner stands for ever; its name is returned. The others are given up.
// If the winning case failed, Select fails with its error; if all are [Dropped], with an
// [*ExhaustedError]. With [Else] it does not wait. Without cases, or with two of one name,
// it fails.
func Select(ctx *Context, spec *ContextSpec, cases ...*CaseSpec) (winner string, err error) {
	spec = orZero(spec)
	s := &opSpec{
		typ: wire.TypeContext, subType: wire.SubTypeRunInChildContext, name: spec.Name,
		segment: segmentOf(spec.ID, spec.Name, "select"), pos: spec.Pos,
	}
	if len(cases) == 0 {
		return "", ctx.refuse(s, "there are no cases to select from")
	}
	for i, c := range cases {
		if c.otherwise && i < len(cases)-1 {
			return "", ctx.refuse(s, "a case stands behind the `else`")
		}
		if slices.ContainsFunc(cases[:i], func(other *CaseSpec) bool { return other.name == c.name }) {
			return "", ctx.refuse(s, "two cases have the name %q", c.name)
		}
	}
	inv := ctx.scope.inv
	inv.mu.Lock()
	op, path, err := ctx.claimLocked(s)
	if err != nil {
		inv.mu.Unlock()
		return "", err
	}
	ch := &choice{inv: inv, cases: cases, outer: ctx.task.choice}
	ch.c = ctx.childLocked(s, op, path, ctx.task)
	ch.c.scope.shared, ch.c.scope.unordered = true, true
	if op.rec.Status.Terminal() {
		inv.mu.Unlock()
		if op.rec.Status != wire.StatusSucceeded {
			return "", ctx.decodeFailure(op, s)
		}
		ctx.observeEnded(op)
		return ch.recorded(op)
	}
	ctx.enterLocked(s)
	defer ctx.leave()
	if refused := ch.c.startLocked(); refused != nil {
		inv.mu.Unlock()
		return "", refused
	}
	ch.region = ctx.task.region.open()
	defer ch.region.cancel()
	inv.mu.Unlock()
	ch.c.observeEntered()
	inv.mu.Lock()
	won, refused := ch.runLocked()
	inv.mu.Unlock()
	if refused != nil {
		return "", refused
	}
	ch.c.observeLeft(won.err)
	return ch.record(ctx, op, won)
}

// runLocked starts the cases, one after the other has come to rest, and waits for a
// winner. A case that settles at once leaves those below it unstarted.
func (ch *choice) runLocked() (*CaseSpec, *control) {
	inv := ch.inv
	for i, cs := range ch.cases {
		if inv.refusalLocked(ch.c) != nil {
			break
		}
		t := inv.newTaskLocked(ch.region)
		t.raceLocked(ch)
		child := &Context{scope: ch.c.scope, task: t}
		inv.startLocked(ch.c, t, func() { ch.run(child, cs) })
		if ch.cases[i].settled {
			break
		}
	}
	for {
		ch.restLocked()
		refused := inv.refusalLocked(ch.c)
		if refused != nil && refused.kind > abandoned {
			return nil, refused
		}
		if refused == nil && ch.c.stoppedLocked() {
			refused = errAbandoned
		}
		waiting, left := false, false
		for _, cs := range ch.cases {
			if cs.settled && refused == nil {
				inv.closeLocked(ch.region)
				return cs, nil
			}
			waiting = waiting || !cs.ended
			left = left || !cs.dropped
		}
		if refused != nil && refused != errSuspended {
			inv.closeLocked(ch.region)
			return nil, refused
		}
		if !left && refused == nil {
			return &CaseSpec{err: &ExhaustedError{ch.c.scope.spec.label(), "no case is left"}}, nil
		}
		if !waiting || refused == errSuspended && ch.allEnded() {
			if refused == nil {
				refused = errSuspended
			}
			return nil, refused
		}
		inv.joinLocked(ch.c)
	}
}

// allEnded reports whether no case that was started runs any more.
func (ch *choice) allEnded() bool {
	for _, t := range ch.inv.tasks {
		if t.races(ch) {
			return false
		}
	}
	return true
}

// raceLocked makes t, which is running, a part of what a select looks at: one of its
// cases, or of the items of a batch in it. ch may be nil.
func (t *task) raceLocked(ch *choice) {
	t.choice = ch
	for ; ch != nil; ch = ch.outer {
		ch.active++
	}
}

// leaveRaceLocked makes t none, since what it is part of has been given up.
func (t *task) leaveRaceLocked() {
	for ch := t.choice; ch != nil && t.state <= sending; ch = ch.outer {
		ch.active--
	}
	t.choice = nil
}

// races reports whether t is part of a case of a select.
func (t *task) races(in *choice) bool {
	for ch := t.choice; ch != nil; ch = ch.outer {
		if ch == in {
			return true
		}
	}
	return false
}

// restLocked waits until the cases have come to rest.
func (ch *choice) restLocked() {
	for ch.active > 0 && ch.inv.fatal == nil && !ch.c.task.region.isClosed() {
		ch.inv.joinLocked(ch.c)
	}
}

// lookLocked wakes the select: its cases have come to rest.
func (ch *choice) lookLocked() {
	if t := ch.c.task; ch.active == 0 && t.state == parked && !ch.region.closed {
		ch.inv.wakeLocked(t)
	}
}

// run is a case on its goroutine.
func (ch *choice) run(c *Context, cs *CaseSpec) {
	text, err := c.guard(cs.run)
	inv := ch.inv
	inv.mu.Lock()
	cs.ended, cs.dropped = true, err == Dropped
	if refused := inv.refusalLocked(c); refused == nil && !cs.dropped && (err == nil || Catchable(err)) {
		cs.settled, cs.text, cs.err = true, text, err
		if err != nil {
			ch.c.task.lastErr, ch.c.task.lastTrace = c.task.lastErr, c.task.lastTrace
		}
	}
	inv.endTaskLocked(c.task)
	inv.mu.Unlock()
}

// record stores the winner, and what it gave.
func (ch *choice) record(c *Context, op *operation, cs *CaseSpec) (string, error) {
	inv, s := ch.inv, ch.c.scope.spec
	if cs.err != nil {
		err := c.failScope(ch.c, cs.err)
		return "", err
	}
	rec := recordedChoice{Winner: cs.name, Calls: cs.calls, Index: slices.Index(ch.cases, cs)}
	switch {
	case cs.text == nil:
	case json.Valid([]byte(*cs.text)):
		rec.Value = json.RawMessage(*cs.text)
	default:
		rec.Text = cs.text
	}
	text := mustJSON(rec)
	if len(text) > maxPayload {
		err := c.failScope(ch.c, &UnexpectedError{Operation: s.label(), Message: fmt.Sprintf("the result is %d bytes; a select stores %d at most", len(text), maxPayload)})
		return "", err
	}
	inv.mu.Lock()
	u := c.updateLocked(op, s, wire.ActionSucceed)
	u.Payload = &text
	refused := inv.putLocked(c, op, u)
	inv.observeEndedLocked(op)
	ch.c.scope.closed = true
	inv.mu.Unlock()
	if refused != nil {
		return "", refused
	}
	cs.assign()
	return cs.name, nil
}

// recorded takes the winner from the record.
func (ch *choice) recorded(op *operation) (string, error) {
	s := ch.c.scope.spec
	text := resultOf(op)
	var rec recordedChoice
	if text == nil || json.Unmarshal([]byte(*text), &rec) != nil {
		return "", ch.c.diverge(op, s, describeRecord(&op.rec)+" with a result that does not decode")
	}
	won := rec.Index
	if rec.Winner != "" {
		won = -1
		for i, cs := range ch.cases {
			if cs.name == rec.Winner {
				won = i
			}
		}
	}
	if won < 0 || won >= len(ch.cases) {
		return "", ch.c.diverge(op, s, fmt.Sprintf("a select that case %q (%d) has won", rec.Winner, rec.Index))
	}
	if calls := ch.cases[won].calls; calls != rec.Calls && calls != "" && rec.Calls != "" {
		return "", ch.c.diverge(op, s, fmt.Sprintf("a select that case %q has won, which called %q and calls %q in the current code", rec.Winner, rec.Calls, calls))
	}
	value := rec.Text
	if rec.Value != nil {
		text := string(rec.Value)
		value = &text
	}
	if err := ch.cases[won].load(ch.c, value); err != nil {
		return "", ch.c.diverge(op, s, fmt.Sprintf("a result that does not decode: %v", err))
	}
	ch.cases[won].assign()
	return ch.cases[won].name, nil
}
