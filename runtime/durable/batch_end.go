package durable

import (
	"fmt"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// How a batch ends: what is undone, what is recorded of it, and what comes of that record
// when it is replayed.

// givenUp ends a batch that can't go on. If the batch around it was decided, what
// its own items handed over is undone in its scope.
func (b *batch) givenUp(refused *control) error {
	if refused.kind == abandoned && !b.inv.isClosed(b.c) {
		if err := b.undoItems(); err != nil {
			return err
		}
	}
	return refused
}

// stoppedAndUndone reports whether the batch lies in what has been stopped, and has begun to
// undo its items in an invocation that had not come to its end.
func (b *batch) stoppedAndUndone() bool {
	b.inv.mu.Lock()
	defer b.inv.mu.Unlock()
	return b.c.stoppedLocked() && b.c.undoBegunLocked()
}

// undoItems undoes the items that have succeeded, last first.
func (b *batch) undoItems() error {
	if err := b.gatherUndos(); err != nil {
		return err
	}
	return b.c.runUndos(b.cause())
}

// cause is the failure of a batch that is decided: what broke it, or that of the first
// item that failed.
// It is nil for one that is given up.
func (b *batch) cause() error {
	if !b.decided || b.broken != nil {
		return b.broken
	}
	for _, it := range b.items {
		if it.status == ItemFailed {
			return b.inv.fn.def.decodeError(it.err, it.spec.label(), nil)
		}
	}
	return nil
}

// gatherUndos puts the undos of the items that have succeeded on the batch's scope.
// Items that were taken from the record run once more to register them.
func (b *batch) gatherUndos() error {
	inv := b.inv
	for _, it := range b.items {
		if it.status != ItemSucceeded {
			continue
		}
		if it.replay {
			if err := b.replay(it); err != nil {
				return err
			}
		}
		if len(it.undos) > 0 {
			inv.mu.Lock()
			entry := &undoEntry{path: it.path, inner: it.undos}
			inv.reserved -= entry.count()
			b.c.scope.registerLocked(entry)
			inv.mu.Unlock()
		}
	}
	return nil
}

// replay runs the body of an item that has succeeded once more, over its records.
func (b *batch) replay(it *item) error {
	inv := b.inv
	inv.mu.Lock()
	child := b.c.childLocked(&it.spec, it.op, it.path, b.c.task)
	child.scope.rebuild = true
	inv.mu.Unlock()
	text, err := b.c.runScope(child, func(c *Context) (*string, error) { return b.body(c, it) })
	switch {
	case Catchable(err):
		return b.c.diverge(b.c.scope.op, &it.spec, fmt.Sprintf("a success; run once more it fails: %v", err))
	case err != nil:
		return err
	}
	if it.text == nil {
		it.text = text
	} else {
		it.fresh = false // what is stored counts
	}
	it.undos, it.replay = child.scope.undos, false
	return nil
}

// close records the outcome of a batch that is decided. One that has failed undoes
// its items first.
func (b *batch) close(c *Context) error {
	inv := b.inv
	failing := b.failing() && !b.settled
	var err error
	if failing {
		err = b.undoItems()
		if err == nil {
			err = b.undoFailed
		}
		if err == nil {
			err = b.broken
		}
	} else {
		err = b.gatherUndos()
	}
	switch {
	case Catchable(err):
		obj := b.c.errorObject(err)
		inv.mu.Lock()
		if inv.order != nil && b.c.stoppedLocked() {
			inv.mu.Unlock()
			return errAbandoned
		}
		u := b.c.updateLocked(b.c.scope.op, b.s, wire.ActionFail)
		u.Error = obj
		refused := inv.putLocked(c, b.c.scope.op, u)
		inv.observeEndedLocked(b.c.scope.op)
		if refused == nil {
			b.reportPanicsLocked()
			inv.reportPanicLocked(b.c.scope, err, obj)
		}
		inv.mu.Unlock()
		if refused != nil {
			return refused
		}
		return c.decodeError(obj, b.s, nil)
	case err != nil:
		return err
	case b.stoppedAndUndone():
		if err := b.c.runUndos(nil); err != nil {
			return err
		}
		return errAbandoned
	}
	b.reason = b.verdict()
	text, err := b.encode(c)
	if err != nil {
		return err
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	u := b.c.updateLocked(b.c.scope.op, b.s, wire.ActionSucceed)
	u.Payload = &text
	large := len(text) > maxStored
	// What only the spec's own Serdes can read does not tell for which items undos have to
	// be registered again.
	opaque := b.spec.Serdes != nil && len(b.c.scope.undos) > 0 && b.register == nil
	if large || opaque {
		summary := b.summary()
		u.Payload = &summary
	}
	if large || len(b.c.scope.undos) > 0 || b.register != nil {
		u.ContextOptions = &wire.ContextOptions{ReplayChildren: true}
	}
	if refused := inv.putLocked(c, b.c.scope.op, u); refused != nil {
		return refused
	}
	inv.observeEndedLocked(b.c.scope.op)
	b.c.scope.closed = true
	c.handOverLocked(b.c)
	b.reportPanicsLocked()
	return nil
}

// reportPanicsLocked logs the panics of items without records of their own, once the batch
// has one.
func (b *batch) reportPanicsLocked() {
	for _, it := range b.items {
		if b.spec.Flat && it.err != nil && it.err.ErrorType == typePanic {
			b.inv.reportLocked(report{message: panicked, id: opid.Of(it.path), name: it.spec.name, path: it.path, failure: it.err})
		}
	}
}

// recorded takes the outcome of a batch that has ended from its record.
func (b *batch) recorded(c *Context, op *operation) error {
	if op.rec.Status != wire.StatusSucceeded {
		return c.decodeFailure(op, b.s)
	}
	c.observeEnded(op)
	replay := op.rec.ContextDetails != nil && op.rec.ContextDetails.ReplayChildren
	text := resultOf(op)
	if b.register == nil {
		if err := b.decode(c, op, text, replay); err != nil {
			return err
		}
		if !replay {
			b.countItems()
			return nil
		}
	}
	inv := b.inv
	inv.mu.Lock()
	c.enterLocked(b.s)
	inv.mu.Unlock()
	defer c.leave()
	b.c.scope.rebuild = true
	b.ok, b.bad = 0, 0
	if b.register != nil {
		if err := b.registerAgain(c, text); err != nil {
			return err
		}
	} else if err := b.rebuild(b.items); err != nil {
		return err
	}
	if err := b.gatherUndos(); err != nil {
		return err
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	b.c.scope.closed = true
	if b.failing() && !b.settled {
		return nil // they were undone
	}
	c.handOverLocked(b.c)
	return nil
}

// countItems counts the operations of the items of a batch that has ended, as far as they are known:
// the service counts them, and does not hand them to later invocations.
func (b *batch) countItems() {
	n := 0
	for _, it := range b.items {
		if it.status != ItemNotStarted && !b.spec.Flat {
			n++
		}
		if it.status == ItemSucceeded {
			n += b.spec.ItemOperations
		}
	}
	b.inv.mu.Lock()
	b.inv.operations += n
	b.inv.mu.Unlock()
}

// rebuild takes the outcomes of items of a batch that has ended from their own
// records.
func (b *batch) rebuild(items []*item) error {
	inv := b.inv
	for _, it := range items {
		if it.status == ItemNotStarted || it.status == ItemStarted {
			continue
		}
		if b.spec.Flat {
			if err := b.replayFlat(it); err != nil {
				return err
			}
			continue
		}
		inv.mu.Lock()
		err := b.claimItemLocked(it)
		inv.mu.Unlock()
		if err != nil {
			return err
		}
		if !it.op.rec.Status.Terminal() {
			it.status = ItemStarted
			continue
		}
		text := it.text
		b.adopt(it)
		if it.text == nil {
			it.text = text
		}
		if it.replay && it.status == ItemSucceeded {
			if err := b.replay(it); err != nil {
				return err
			}
		}
	}
	return nil
}

// replayFlat runs the body of a flat item of a batch that has ended once more.
func (b *batch) replayFlat(it *item) error {
	inv := b.inv
	inv.mu.Lock()
	child := b.c.childLocked(&it.spec, nil, it.path, b.c.task)
	child.scope.rebuild = true
	inv.mu.Unlock()
	text, err := b.c.runScope(child, func(c *Context) (*string, error) { return b.body(c, it) })
	switch {
	case err == nil:
		b.ok++
		it.status, it.text, it.undos = ItemSucceeded, text, child.scope.undos
	case Catchable(err):
		b.bad++
		it.status, it.err = ItemFailed, child.errorObject(err)
	default:
		return err
	}
	return nil
}
