package durable

import (
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// WaitSpec describes a wait. Without a Name its identity is "wait".
type WaitSpec struct {
	Name string

	// Generated code sets these: see [StepSpec].
	ID, Pos string
}

// Wait suspends for d, rounded up to whole seconds and at least one. More than 366
// days are refused.
func Wait(ctx *Context, spec *WaitSpec, d time.Duration) error {
	return ctx.wait(spec, d, func() (time.Duration, *control) { return d, nil })
}

// WaitUntil suspends until t by the service's clock, at least for a second: where the
// clock of this process differs, that does not count. A time more than 366 days after the
// start of the execution, which lasts no longer, is refused.
func WaitUntil(ctx *Context, spec *WaitSpec, t time.Time) error {
	// From the present it would be refused now, and a replay would begin it later.
	return ctx.wait(spec, t.Sub(ctx.scope.inv.started), func() (time.Duration, *control) {
		refused := ctx.scope.inv.askTimeLocked(ctx)
		return t.Sub(ctx.scope.inv.clock.now()), refused
	})
}

// wait runs a wait, which lasts for most at most; remaining is called under the lock.
func (c *Context) wait(spec *WaitSpec, most time.Duration, remaining func() (time.Duration, *control)) error {
	spec = orZero(spec)
	s := opSpec{
		typ: wire.TypeWait, subType: wire.SubTypeWait, name: spec.Name,
		segment: segmentOf(spec.ID, spec.Name, "wait"), pos: spec.Pos,
	}
	if most > maxDelay*time.Second {
		s.unfit = "the wait is longer than the 366 days that an execution may last"
	}
	inv := c.scope.inv
	inv.mu.Lock()
	op, refused := c.waitLocked(&s, remaining)
	inv.mu.Unlock()
	if refused != nil {
		return refused
	}
	c.observeEnded(op)
	return nil
}

func (c *Context) waitLocked(s *opSpec, remaining func() (time.Duration, *control)) (*operation, error) {
	inv := c.scope.inv
	op, _, err := c.claimLocked(s)
	if err != nil || op.rec.Status.Terminal() {
		return op, err
	}
	c.enterLocked(s)
	defer c.leaveLocked()
	if op.rec.Status == "" {
		d, refused := remaining()
		if refused != nil {
			return nil, refused
		}
		u := c.updateLocked(op, s, wire.ActionStart)
		u.WaitOptions = &wire.WaitOptions{WaitSeconds: wholeSeconds(d)}
		if refused := inv.putLocked(c, op, u); refused != nil {
			return nil, refused
		}
	}
	if refused := inv.awaitLocked(c, op, false); refused != nil {
		return nil, refused
	}
	return op, nil
}
