package durable

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// How a child context ends before its body does. Its operations then lie in a region of
// their own, which is stopped as that of a batch that has been decided is: nothing new
// starts in it, step attempts are awaited, and a replay goes as far as the records. What
// ends it is an operation, so its record is there before the end of the context is, and a
// replay in between finds the region stopped from the beginning.

// Handle is a callback that was created: a [*Callback] of any type.
type Handle interface{ operation() *operation }

func (cb *Callback[T]) operation() *operation { return cb.op }

// stopper is what may end a scope.
type stopper struct {
	region       *region
	label, more  string
	limit        time.Duration
	until, timer *operation // nil if there is none
}

// bounded reports whether something may end the context before its body does.
func (spec *ContextSpec) bounded() bool { return spec.Timeout > 0 || spec.Until != nil }

// watchLocked starts what may end c's scope, and gives the scope a region. Of a scope
// that has ended already, nothing does.
func (c *Context) watchLocked(spec *ContextSpec) error {
	inv, sc := c.scope.inv, c.scope
	e := &stopper{label: sc.spec.label(), more: spec.more, limit: spec.Timeout}
	if spec.Timeout > 0 {
		timer, err := c.timerLocked(spec)
		if err != nil {
			return err
		}
		e.timer = timer
	}
	if sc.rebuild {
		return nil
	}
	if spec.Until != nil {
		e.until = spec.Until.operation()
	}
	e.region = c.task.region.open()
	e.region.watched = true
	sc.stopper, sc.region, c.task.region = e, e.region, e.region
	for _, op := range e.operations() {
		op.ends = append(op.ends, e)
	}
	inv.endLocked(e)
	return nil
}

// timerLocked claims the wait that ends c's scope, and starts it if that has not been
// done.
func (c *Context) timerLocked(spec *ContextSpec) (*operation, error) {
	inv, sc := c.scope.inv, c.scope
	path := sc.path + opid.Timer
	if sc.rebuild { // its end is on record, whatever became of the timer
		if op := inv.ops[opid.Of(path)]; op != nil && !op.claimed {
			op.claimed = true
			op.group.unclaimed--
		}
		return nil, nil
	}
	s := &opSpec{typ: wire.TypeWait, subType: wire.SubTypeWait, segment: sc.spec.label(), pos: sc.spec.pos}
	replaying := sc.replaying
	c.only = path
	op, _, err := c.claimLocked(s)
	c.only = ""
	if err != nil {
		return nil, err
	}
	if op.rec.Status != "" {
		sc.replaying = replaying // nothing waits for it
		return op, nil
	}
	u := c.updateLocked(op, s, wire.ActionStart)
	u.WaitOptions = &wire.WaitOptions{WaitSeconds: wholeSeconds(spec.Timeout)}
	if refused := inv.postLocked(c, op, u); refused != nil {
		return nil, refused
	}
	return op, nil
}

// unwatch takes c's scope out of its region; outer is the one around.
func (c *Context) unwatch(outer *region) {
	inv, e := c.scope.inv, c.scope.stopper
	inv.mu.Lock()
	defer inv.mu.Unlock()
	c.task.region = outer
	if e == nil {
		return
	}
	for _, op := range e.operations() {
		op.ends = slices.DeleteFunc(op.ends, func(other *stopper) bool { return other == e })
	}
	e.region.cancel()
}

func (e *stopper) operations() []*operation {
	return slices.DeleteFunc([]*operation{e.until, e.timer}, func(op *operation) bool { return op == nil })
}

// endLocked stops the region of a scope if what ends the scope has happened.
func (inv *invocation) endLocked(e *stopper) {
	if !e.region.stopped && e.cause() != nil {
		inv.stopLocked(e.region)
	}
}

// cause is why a scope has been ended; nil if nothing has. Of an answer and a timer that
// both have come, the one that came first by their records counts.
func (e *stopper) cause() error {
	if e == nil {
		return nil
	}
	answered, late := succeeded(e.until), succeeded(e.timer)
	switch {
	case answered && !(late && e.timer.rec.EndTimestamp < e.until.rec.EndTimestamp):
		return &StoppedError{e.label, fmt.Sprintf("callback %s has been answered", cmp.Or(e.until.rec.Name, e.until.id))}
	case late:
		return &TimeoutError{e.label, fmt.Sprintf("not done within %v%s", e.limit, e.more)}
	}
	return nil
}

func succeeded(op *operation) bool { return op != nil && op.rec.Status == wire.StatusSucceeded }

// isWatched reports whether r lies in a region that may be ended at any time.
func (r *region) isWatched() bool {
	for ; r != nil; r = r.parent {
		if r.watched {
			return true
		}
	}
	return false
}
