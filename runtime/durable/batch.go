package durable

import (
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// BatchSpec describes a map or a parallel. Without a Name its identity is
// "map" or "parallel".
//
// Without MinSuccessful and the tolerances the first failure decides the batch;
// with MinSuccessful alone failures do not.
type BatchSpec struct {
	Name string
	// MaxConcurrency bounds the unfinished items; nil means no bound. Less than 1 is
	// refused.
	MaxConcurrency *int
	// MinSuccessful ends the batch when so many items have succeeded. More than there
	// are items is refused.
	MinSuccessful *int
	// ToleratedFailureCount ends the batch when more items have failed.
	ToleratedFailureCount *int
	// ToleratedFailurePercentage, from 0 to 100, ends the batch when more of all its
	// items have failed.
	ToleratedFailurePercentage *float64
	// Serdes encodes the outcome of the batch, ItemSerdes that of each item; nil
	// means the handler's. Of a batch whose items leave undos, or whose outcome is too
	// large to store, a summary is stored instead.
	Serdes, ItemSerdes Serdes
	// ItemName names the items; nil means "map-item-0" and "parallel-branch-0". It
	// must be a pure function.
	ItemName func(i int) string
	// Flat leaves the items themselves out of the record.
	Flat bool
	// ItemOperations is how many operations each item has at least, besides itself. A
	// batch for which the execution has no room is refused as a whole, by what is known.
	ItemOperations int

	// Generated code sets these: see [StepSpec].
	ID, Pos string
}

// perItem is how many operations an item takes, as far as that is known.
func (b *batch) perItem() int {
	if b.spec.Flat {
		return b.spec.ItemOperations
	}
	return 1 + b.spec.ItemOperations
}

// item is one item of a map or branch of a parallel.
type item struct {
	index  int
	branch *BranchSpec // nil in a map
	spec   opSpec
	status ItemStatus
	text   *string           // its result, if it succeeded
	err    *wire.ErrorObject // its failure
	op     *operation        // its record; nil if flat
	path   string
	undos  []*undoEntry
	// replay: its body has to run once more, for its result or its undos.
	replay bool
	// fresh: what its result decodes to is at hand.
	fresh bool
	// assigned: the branch's variable has been set.
	assigned bool
	// letGo: it was started to undo itself, if it had begun.
	letGo bool
}

// newItems makes n items.
func newItems(n int) []*item {
	slab, items := make([]item, n), make([]*item, n)
	for i := range items {
		slab[i].index = i
		items[i] = &slab[i]
	}
	return items
}

// batch is a map or parallel under way.
type batch struct {
	inv     *invocation
	spec    *BatchSpec
	s       *opSpec
	settled bool // does not fail because items did
	named   bool // items are identified by names
	items   []*item
	// register, if not nil, adds the items while the batch is under way.
	register func(*Branches) error
	// body runs an item; load decodes the text of one that was not run.
	body func(c *Context, it *item) (*string, error)
	load func(c *Context, it *item) error
	// out is the *Batch that the caller gets, assemble fills it from the items.
	out      any
	assemble func(c *Context) error

	c      *Context // the batch's own scope, on its parent's goroutine
	region *region  // of the items
	reason CompletionReason

	open                bool // more items may come
	ok, bad, unfinished int
	admitted            int   // items that have been looked up in the record
	released            int   // items that were let go since the batch is unwanted
	next                int   // the first item that has not been started
	awaited             *item // whose end its register waits for
	decided             bool
	booked              int      // items for which there is room in the execution
	own                 bool     // out came from the record by the spec's own Serdes
	gaveUp              *control // some item could not go on
	undoFailed          error    // some item could not undo itself
	broken              error    // why its items could not all be registered
}

// check refuses what can't be carried out. Nothing is recorded of it: it
// comes of arguments alone.
func (b *batch) check(c *Context) error {
	spec, n := b.spec, len(b.items)
	switch {
	case spec.MaxConcurrency != nil && *spec.MaxConcurrency < 1:
		return c.refuse(b.s, "the maximum of unfinished items is %d; it must be at least 1", *spec.MaxConcurrency)
	case spec.MinSuccessful != nil && *spec.MinSuccessful < 0:
		return c.refuse(b.s, "the minimum of successful items is negative")
	case b.register != nil && spec.Flat:
		return c.refuse(b.s, "branches that are registered while it runs can't be left out of the record: it must not be Flat")
	case b.register == nil && spec.MinSuccessful != nil && *spec.MinSuccessful > n:
		return b.tooFew(c)
	case spec.ToleratedFailureCount != nil && *spec.ToleratedFailureCount < 0:
		return c.refuse(b.s, "the number of tolerated failures is negative")
	case spec.ToleratedFailurePercentage != nil && !(*spec.ToleratedFailurePercentage >= 0 && *spec.ToleratedFailurePercentage <= 100):
		return c.refuse(b.s, "the percentage of tolerated failures is %v; it must be 0 to 100", *spec.ToleratedFailurePercentage)
	}
	return nil
}

// tooFew is the refusal of a batch of which more items have to succeed than there are.
func (b *batch) tooFew(c *Context) error {
	return c.refuse(b.s, "%d items have to succeed, and there are %d", *b.spec.MinSuccessful, len(b.items))
}

// exceeded reports whether more items have failed than the batch tolerates. Of how
// many a percentage is meant is not known while more may come.
func (b *batch) exceeded() bool {
	spec := b.spec
	if spec.MinSuccessful == nil && spec.ToleratedFailureCount == nil && spec.ToleratedFailurePercentage == nil {
		return b.bad > 0
	}
	return spec.ToleratedFailureCount != nil && b.bad > *spec.ToleratedFailureCount ||
		spec.ToleratedFailurePercentage != nil && !b.open && float64(b.bad)*100 > *spec.ToleratedFailurePercentage*float64(len(b.items))
}

// allEnded reports whether all items have ended, and no more will come.
func (b *batch) allEnded() bool { return !b.open && b.ok+b.bad == len(b.items) }

// complete reports whether the batch is decided.
func (b *batch) complete() bool {
	return b.allEnded() || b.exceeded() ||
		b.spec.MinSuccessful != nil && b.ok >= *b.spec.MinSuccessful
}

// verdict is the reason of a batch that is decided.
func (b *batch) verdict() CompletionReason {
	switch {
	case b.broken != nil || b.exceeded():
		return FailureToleranceExceeded
	case b.allEnded():
		return AllCompleted
	}
	return MinSuccessfulReached
}

// failing reports whether a batch that is decided has failed by its own rule.
func (b *batch) failing() bool {
	return b.reason == FailureToleranceExceeded ||
		b.spec.MinSuccessful != nil && b.reason == AllCompleted && b.ok < *b.spec.MinSuccessful
}

// runBatch runs a batch, or takes its outcome from the record. b.items holds their
// specs.
func (c *Context) runBatch(b *batch) error {
	b.inv = c.scope.inv
	inv := b.inv
	inv.mu.Lock()
	id := opid.Of(opid.Join(c.scope.path, b.s.segment, c.turns))
	if op := inv.ops[id]; c.only == "" && (op == nil || op.rec.Status == "") {
		err := b.check(c)
		if err == nil {
			err = c.roomLocked(b.s, len(b.items)*b.perItem()+1)
		}
		if err != nil {
			inv.mu.Unlock()
			return err
		}
	}
	op, path, refused := c.claimLocked(b.s)
	if refused != nil {
		inv.mu.Unlock()
		return refused
	}
	b.c = c.childLocked(b.s, op, path, c.task)
	b.c.scope.shared, b.c.scope.unordered = true, true
	for _, it := range b.items {
		it.path = opid.Join(path, it.spec.segment, it.spec.marks)
	}
	if op.rec.Status.Terminal() {
		inv.mu.Unlock()
		return b.recorded(c, op)
	}
	c.enterLocked(b.s)
	defer c.leave()
	if stop := b.c.startLocked(); stop != nil {
		inv.mu.Unlock()
		return stop
	}
	b.region = c.task.region.open()
	defer b.region.cancel()
	if b.register != nil {
		b.registerLocked(c)
	}
	stop := b.runLocked(nil)
	inv.booked -= b.booked
	inv.mu.Unlock()
	if stop != nil {
		return b.givenUp(stop)
	}
	return b.close(c)
}

// runLocked starts items and waits until the batch is decided and what has to be
// awaited has ended, or, if it is not nil, until an item has ended.
func (b *batch) runLocked(awaited *item) *control {
	inv := b.inv
	b.awaited = awaited
	b.admitLocked()
	for {
		if !b.decided && b.complete() {
			b.decideLocked()
		}
		if awaited != nil && awaited.ended() {
			return nil
		}
		switch {
		case b.decided:
		case b.unwanted():
			b.letGoLocked(b.items[b.released:b.admitted])
			b.released = b.admitted
		default:
			b.startSomeLocked()
		}
		refused := inv.refusalLocked(b.c)
		switch {
		case refused != nil && refused.kind > abandoned, b.c.task.region.isClosed():
			return refused
		case b.decided && b.unfinished == 0:
			if refused != nil {
				return refused
			}
			return nil
		case b.decided && b.reason == MinSuccessfulReached && !b.closingLocked():
			return nil
		case !b.decided && b.unfinished == 0 && !b.startableLocked():
			if b.complete() || b.unwanted() && b.released < b.admitted {
				continue
			}
			if refused == nil {
				refused = b.gaveUp
			}
			return refused
		case !b.decided && b.complete(), !b.decided && b.startableLocked():
			continue
		case awaited != nil && awaited.ended():
			continue
		}
		inv.joinLocked(b.c)
	}
}

// unwanted reports whether an item was given up because the batch lies in one that has been
// decided.
func (b *batch) unwanted() bool { return b.gaveUp != nil && b.gaveUp.kind == abandoned }

// admitLocked looks items that are new up in the record. The outcomes that it holds
// are counted, which may decide the batch; for what it does not hold, room is kept
// in the execution.
func (b *batch) admitLocked() {
	inv := b.inv
	items := b.items[b.admitted:]
	b.admitted = len(b.items)
	unrecorded := 0
	for _, it := range items {
		if b.spec.Flat || inv.ops[opid.Of(it.path)] == nil {
			unrecorded++
		}
	}
	room := unrecorded * b.perItem()
	if b.register != nil && unrecorded == len(items) && !b.decided {
		// Otherwise they have been let in before.
		if err := b.c.roomLocked(b.s, room); err != nil {
			b.breakLocked(err)
		}
	}
	if !b.decided {
		b.booked += room
		inv.booked += room
	}
	if b.spec.Flat {
		return
	}
	for _, it := range items {
		op := inv.ops[opid.Of(it.path)]
		if op == nil || !op.rec.Status.Terminal() {
			continue
		}
		if b.claimItemLocked(it) != nil {
			return
		}
		b.adopt(it)
		inv.observeEndedLocked(it.op)
	}
	if b.decided {
		b.letGoLocked(items)
	}
}

// ended reports whether the item's outcome is known.
func (it *item) ended() bool { return it.status == ItemSucceeded || it.status == ItemFailed }

// adopt takes an item's outcome from its record.
func (b *batch) adopt(it *item) {
	details := it.op.rec.ContextDetails
	if details == nil {
		details = &wire.ContextDetails{}
	}
	if it.op.rec.Status == wire.StatusSucceeded {
		b.ok++
		it.status, it.text, it.replay = ItemSucceeded, details.Result, details.ReplayChildren
		return
	}
	b.bad++
	it.status, it.err = ItemFailed, details.Error
	if it.err == nil {
		it.err = &wire.ErrorObject{ErrorMessage: "failed without an error"}
	}
}

// decideLocked ends the batch: nothing new starts in it. Where it has failed, what
// runs is awaited, and items that began in an earlier invocation are let go as far
// as their records, so that they undo themselves, or in a settled batch come to their end.
// Where enough has succeeded, the rest is given up.
func (b *batch) decideLocked() {
	b.decided = true
	b.reason = b.verdict()
	if b.reason != MinSuccessfulReached {
		b.region.settles = b.settled
		b.inv.stopLocked(b.region)
	}
	b.letGoLocked(b.items[:b.admitted])
}

// letGoLocked does what a batch that is decided, or of which nothing is wanted any more,
// still has to do with items: those that have begun in an earlier invocation go as far as
// their records, and undo themselves. Which of the items without records have begun is seen
// when they run: one that has not comes to nothing.
func (b *batch) letGoLocked(items []*item) {
	for _, it := range items {
		switch op := b.inv.ops[opid.Of(it.path)]; {
		case b.spec.Flat:
			if it.status == ItemNotStarted && b.reason != MinSuccessfulReached {
				it.letGo = true
				b.startLocked(it)
			}
		case op == nil || op.claimed:
		case b.reason == MinSuccessfulReached:
			it.status = ItemStarted
		default:
			b.startLocked(it)
		}
	}
}

// closingLocked reports whether the outcome of some item is on its way to the
// record. If not, the rest is given up.
func (b *batch) closingLocked() bool {
	for _, it := range b.items {
		if it.status == itemClosing {
			return true
		}
	}
	b.inv.closeLocked(b.region)
	return false
}

// itemClosing is an item whose outcome has been queued for the record.
const itemClosing ItemStatus = "CLOSING"

// startableLocked reports whether another item may start.
func (b *batch) startableLocked() bool {
	if b.decided || b.inv.suspending || b.inv.fatal != nil || b.gaveUp != nil && b.gaveUp.kind != suspended {
		return false
	}
	for b.next < len(b.items) && b.items[b.next].status != ItemNotStarted {
		b.next++
	}
	return b.next < len(b.items) && (b.spec.MaxConcurrency == nil || b.unfinished < *b.spec.MaxConcurrency)
}

// startSomeLocked starts as many items as may run, in order.
func (b *batch) startSomeLocked() {
	for b.startableLocked() {
		it := b.items[b.next]
		b.next++
		b.startLocked(it)
		if b.complete() {
			return
		}
	}
}

// claimItemLocked claims an item's context. It is called for the items in their
// order, on the goroutine of the batch.
func (b *batch) claimItemLocked(it *item) error {
	if n := b.perItem(); b.booked >= n && (b.spec.Flat || b.inv.ops[opid.Of(it.path)] == nil) {
		b.booked -= n
		b.inv.booked -= n
	}
	if b.spec.Flat {
		return nil
	}
	b.c.only = it.path
	op, _, refused := b.c.claimLocked(&it.spec)
	b.c.only = ""
	it.op = op
	return refused
}

// startLocked starts an item on a goroutine of its own.
func (b *batch) startLocked(it *item) {
	inv := b.inv
	if err := b.claimItemLocked(it); err != nil {
		b.gaveUp = worse(b.gaveUp, controlOf(err))
		return
	}
	it.status = ItemStarted
	b.unfinished++
	t := inv.newTaskLocked(b.region)
	t.raceLocked(b.c.task.choice)
	child := b.c.childLocked(&it.spec, it.op, it.path, t)
	if refused := child.startLocked(); refused != nil {
		b.gaveUp = worse(b.gaveUp, refused)
	}
	inv.startLocked(b.c, t, func() { b.run(child, it) })
}

// run is an item on its goroutine.
func (b *batch) run(child *Context, it *item) {
	inv := b.inv
	text, err := b.c.runScope(child, func(c *Context) (*string, error) { return b.body(c, it) })
	var obj *wire.ErrorObject
	if Catchable(err) {
		obj = child.errorObject(err)
	}
	inv.mu.Lock()
	if err == nil || obj != nil {
		if refused := b.recordLocked(child, it, text, obj); refused != nil {
			err, obj = refused, nil
		} else if obj != nil {
			inv.reportPanicLocked(child.scope, err, obj)
		}
	}
	switch ctl := controlOf(err); {
	case ctl != nil:
		switch {
		case it.status == itemClosing:
			it.status = ItemStarted
		case it.letGo && !child.scope.begun:
			it.status = ItemNotStarted
		}
		b.gaveUp = worse(b.gaveUp, ctl)
	case err == nil:
		it.status, it.text, it.undos = ItemSucceeded, text, child.scope.undos
		b.ok++
	default:
		it.status, it.err = ItemFailed, obj
		b.bad++
	}
	inv.observeEndedLocked(it.op)
	b.unfinished--
	if t := b.c.task; t.state == parked && !child.task.gone && (b.unfinished == 0 || it == b.awaited || b.startableLocked() || b.complete()) {
		inv.wakeLocked(t)
	}
	inv.endTaskLocked(child.task)
	inv.mu.Unlock()
}

// recordLocked records an item's outcome, unless the batch was decided without it.
func (b *batch) recordLocked(child *Context, it *item, text *string, obj *wire.ErrorObject) *control {
	inv := b.inv
	if child.unwantedLocked() || b.decided && !b.region.settles {
		if obj != nil && obj.ErrorType == "UndoFailed" && b.undoFailed == nil {
			b.undoFailed = inv.fn.def.decodeError(obj, it.spec.label(), nil)
		}
		return errAbandoned
	}
	if it.op == nil {
		return nil
	}
	u := child.updateLocked(it.op, &it.spec, wire.ActionSucceed)
	if obj != nil {
		u.Action, u.Error = wire.ActionFail, obj
	} else {
		u.Payload = text
		large := text != nil && len(*text) > maxStored
		if large {
			u.Payload = nil
		}
		if large || len(child.scope.undos) > 0 {
			u.ContextOptions = &wire.ContextOptions{ReplayChildren: true}
		}
	}
	it.status = itemClosing
	return inv.putLocked(child, it.op, u)
}
