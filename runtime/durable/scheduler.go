package durable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// The scheduler knows at any time how many goroutines of the handler can go on:
// invocation.runnable. A goroutine counts from before it is started, while it
// computes, while it runs a step's body and while it waits for a checkpoint to be
// acknowledged. It does not while it is parked: waiting for an operation that the
// service has to end, or for its children. Who wakes a parked goroutine counts it
// before doing anything else, so that the number reaches zero exactly when nothing
// in the workflow can go on; then the invocation suspends, and every goroutine that
// is parked on an operation unwinds. A checkpoint call in flight counts too, since
// its answer may wake somebody.

// task is a goroutine of the handler.
type task struct {
	inv    *invocation
	region *region
	signal chan struct{} // holds one; whoever takes it was woken exactly once
	state  taskState
	gone   bool // no longer counted: its region has been closed

	// While parked:
	at    *Context
	on    *operation // nil: it waits for its children
	or    *operation // what ends the wait, too, if anything
	kept  bool       // goes on waiting though its batch is decided
	ask   time.Time  // when to ask the service about on
	asked int        // how often that has been done

	starter *task   // waits until this one has come to rest for the first time
	choice  *choice // the innermost select of whose case this is a part
	index   int     // in invocation.tasks

	// The last failure that was decoded on this goroutine, and where it came from:
	// what a scope that fails with it records as its origin.
	lastErr   error
	lastTrace []string
}

type taskState int

const (
	running taskState = iota // computing: workflow code
	sending                  // waiting for a checkpoint
	busy                     // in the body of a step
	parked
	ended
)

// region is a part of the workflow that can be decided before all of it has
// ended: a batch or a select. The root is one too.
type region struct {
	parent *region
	ctx    context.Context // of step bodies in it
	cancel context.CancelFunc
	// stopped: nothing new starts in it but undos; what runs is awaited.
	stopped bool
	// settles: it is stopped for the failures of a settled batch. An item that comes to its
	// end all the same counts.
	settles bool
	// closed: nothing in it counts any more.
	closed bool
	// watched: it may be stopped by what the service ends at any time.
	watched bool
}

func (r *region) open() *region {
	ctx, cancel := context.WithCancel(r.ctx)
	return &region{parent: r, ctx: ctx, cancel: cancel}
}

// within reports whether r is outer or lies in it.
func (r *region) within(outer *region) bool {
	for ; r != nil; r = r.parent {
		if r == outer {
			return true
		}
	}
	return false
}

func (r *region) isClosed() bool {
	for ; r != nil; r = r.parent {
		if r.closed {
			return true
		}
	}
	return false
}

// newTask counts a task in. It is called before the goroutine is started.
func (inv *invocation) newTaskLocked(r *region) *task {
	t := &task{inv: inv, region: r, signal: make(chan struct{}, 1), index: len(inv.tasks)}
	inv.tasks = append(inv.tasks, t)
	inv.computing++
	if r.isClosed() {
		t.gone = true
	} else {
		inv.runnable++
	}
	return t
}

// endTaskLocked counts a task out, after it has woken whom it had to.
func (inv *invocation) endTaskLocked(t *task) {
	t.enterLocked(ended)
	last := len(inv.tasks) - 1
	inv.tasks[t.index] = inv.tasks[last]
	inv.tasks[t.index].index = t.index
	inv.tasks[last] = nil
	inv.tasks = inv.tasks[:last]
	if !t.gone {
		inv.runnable--
		inv.restLocked()
	}
	inv.endedLocked()
}

// endedLocked tells the end of an invocation that nothing of it runs any more.
func (inv *invocation) endedLocked() {
	if inv.over && len(inv.tasks) == 0 && !inv.flushing && inv.allEnded != nil {
		close(inv.allEnded)
		inv.allEnded = nil
	}
}

// enterLocked changes the state of t, and lets a select look once all of its cases
// have come to rest.
func (t *task) enterLocked(s taskState) {
	switch {
	case t.state == running && s != running:
		t.inv.computing--
	case t.state != running && s == running:
		t.inv.computing++
	}
	if before, after := t.state <= sending, s <= sending; before != after {
		for ch := t.choice; ch != nil; ch = ch.outer {
			if after {
				ch.active++
			} else {
				ch.active--
				ch.lookLocked()
			}
		}
	}
	t.state = s
	if w := t.starter; w != nil && s != running {
		t.starter = nil
		if w.state == parked && w.on == nil {
			t.inv.wakeLocked(w)
		}
	}
}

// startLocked runs fn on a goroutine for t, which has been counted in, and waits on
// c's until it has come to rest: parked, in the body of a step, waiting for a
// checkpoint, or ended. So the operations of concurrent parts start in written order.
func (inv *invocation) startLocked(c *Context, t *task, fn func()) {
	t.starter = c.task
	inv.spawn(t, fn)
	for t.starter != nil && inv.fatal == nil && !c.task.gone {
		inv.joinLocked(c)
	}
}

// errGoexit is the end of a goroutine that the scheduler did not expect.
var errGoexit = errors.New("durable: a goroutine of the handler ended by runtime.Goexit")

// spawn runs fn on a goroutine for t, which has been counted in.
func (inv *invocation) spawn(t *task, fn func()) {
	go func() {
		returned := false
		defer func() {
			if !returned {
				err := errGoexit
				if p := recover(); p != nil {
					err = fmt.Errorf("durable: panic in the runtime: %w", newPanicError(p))
					inv.report(report{message: panicked, failure: inv.fn.def.encodeError(err, nil)})
				}
				inv.mu.Lock()
				inv.failLocked(&control{kind: cutOff, err: err})
				inv.endTaskLocked(t)
				inv.mu.Unlock()
			}
		}()
		growStack(0)
		fn()
		returned = true
	}()
}

// growStack has the goroutine's stack grow at once to what an item with a step
// needs. Growing while the calls are deep, two or three times, took a quarter of the
// time of a large map.
//
//go:noinline
func growStack(i int) byte {
	var room [6 << 10]byte
	return room[i]
}

// refusalLocked says why nothing may be done in c any more, or nil.
func (inv *invocation) refusalLocked(c *Context) *control {
	switch {
	case inv.fatal != nil:
		return inv.fatal
	case c.task.region.isClosed():
		return errAbandoned
	case inv.suspending:
		return errSuspended
	}
	return nil
}

// stoppedLocked reports whether c's scope lies in a batch that has been decided. What
// a scope does to undo itself, or to settle what a step has left open, is exempt from
// decisions around that scope.
func (c *Context) stoppedLocked() bool {
	stopped, _ := c.haltLocked()
	return stopped
}

// unwantedLocked reports whether what c's scope comes to is of no use: it lies in what has been
// stopped. In a settled batch that failures have decided it counts all the same, since what
// its last step has done would stand in no list otherwise; unless it has begun to undo
// itself, in an invocation that had not come as far.
func (c *Context) unwantedLocked() bool {
	stopped, settles := c.haltLocked()
	return stopped && (!settles || c.undoBegunLocked())
}

// haltLocked reports whether c's scope lies in what has been stopped, and if so, whether by
// nothing but settled batches.
func (c *Context) haltLocked() (stopped, settles bool) {
	var exempt *region
	if c.rescuing {
		exempt = c.scope.region
	}
	for s := c.scope; s != nil && exempt == nil; s = s.parent {
		switch {
		case s.undoing:
			exempt = s.region
		case s.rescued:
			exempt = s.parent.region
		}
	}
	for r := c.scope.region; r != nil && r != exempt; r = r.parent {
		if r.stopped && !r.settles {
			return true, false
		}
		stopped = stopped || r.stopped
	}
	return stopped, stopped
}

// awaitLocked parks c's task until op is settled. It returns a control error if
// that can't be awaited here. kept awaits op in a batch that has been decided.
func (inv *invocation) awaitLocked(c *Context, op *operation, kept bool) *control {
	return inv.awaitEitherLocked(c, op, nil, kept)
}

// awaitEitherLocked is awaitLocked until op or, if it is not nil, or is settled.
func (inv *invocation) awaitEitherLocked(c *Context, op, or *operation, kept bool) *control {
	for !op.settled() && (or == nil || !or.settled()) {
		if refused := inv.refusalLocked(c); refused != nil {
			return refused
		}
		if !kept && c.stoppedLocked() {
			return errAbandoned
		}
		t := c.task
		if t.on != op {
			t.asked = 0
		}
		t.at, t.on, t.or, t.kept = c, op, or, kept
		op.waiters = append(op.waiters, t)
		if or != nil {
			or.waiters = append(or.waiters, t)
		}
		t.ask = inv.askAtLocked(t)
		inv.parkLocked(t)
	}
	return nil
}

// joinLocked parks c's task until one of its children wakes it.
func (inv *invocation) joinLocked(c *Context) {
	c.task.at, c.task.on, c.task.or = c, nil, nil
	inv.parkLocked(c.task)
}

// parkLocked gives up t's claim to be runnable until somebody wakes it.
func (inv *invocation) parkLocked(t *task) {
	t.enterLocked(parked)
	if !t.gone {
		inv.runnable--
		inv.restLocked()
	}
	if t.state == parked && t.on != nil {
		inv.armPollLocked(t.ask)
	}
	inv.mu.Unlock()
	<-t.signal
	inv.mu.Lock()
}

// wakeLocked makes a parked task runnable.
func (inv *invocation) wakeLocked(t *task) {
	if !t.gone {
		inv.runnable++
	}
	t.enterLocked(running)
	t.signal <- struct{}{}
}

// restLocked is called when the number of runnable tasks has gone down. At zero it
// sends what is still queued, and then suspends.
func (inv *invocation) restLocked() {
	for inv.runnable == 0 && !inv.over && !inv.suspending && inv.fatal == nil {
		if len(inv.queue) > 0 {
			inv.runnable++
			inv.flushLocked()
			inv.runnable--
			continue
		}
		inv.suspendLocked()
	}
}

var errNothingPending = errors.New("durable: suspended although no operation is pending; this is a defect of the runtime")

// suspendLocked unwinds every goroutine that waits for an operation. Those that
// wait for their children follow them.
func (inv *invocation) suspendLocked() {
	pending := false
	for _, t := range inv.tasks {
		if t.state == parked && t.on != nil && !t.gone {
			pending = true
		}
	}
	if !pending {
		inv.failLocked(&control{kind: cutOff, err: errNothingPending})
		return
	}
	inv.suspending = true
	for _, t := range inv.tasks {
		if t.state == parked && t.on != nil && !t.gone {
			inv.wakeLocked(t)
		}
	}
}

// failLocked ends the invocation by something that the workflow can't handle:
// everyone is woken, and all that is asked from now on is refused.
func (inv *invocation) failLocked(c *control) {
	if inv.fatal != nil || inv.over {
		return
	}
	inv.fatal = c
	inv.queue, inv.queueOps = nil, nil
	inv.root.cancel()
	for _, w := range inv.acks {
		inv.acknowledgeLocked(w.t)
	}
	inv.acks = nil
	for _, t := range inv.tasks {
		if t.state == parked {
			inv.wakeLocked(t)
		}
	}
}

// stopLocked lets nothing new start in r. Who waits in it for the service is woken
// and gives up.
func (inv *invocation) stopLocked(r *region) {
	r.stopped = true
	for _, t := range inv.tasks {
		if t.state == parked && t.on != nil && !t.kept && t.region.within(r) && t.at.stoppedLocked() {
			inv.wakeLocked(t)
		}
	}
}

// closeLocked gives up everything in r: who is parked unwinds, who runs is no
// longer counted, and what they ask is refused.
func (inv *invocation) closeLocked(r *region) {
	r.closed = true
	r.cancel()
	for _, t := range inv.tasks {
		if !t.region.within(r) || t.gone {
			continue
		}
		t.gone = true
		t.leaveRaceLocked()
		if t.state == parked {
			inv.wakeLocked(t) // not counted any more
		} else {
			inv.runnable--
		}
	}
}

// Polling. While some tasks run, others may wait for what the service ends on its
// own. A checkpoint without updates asks for news: when the operation is due, or
// after a second where that can't be known, and then at growing intervals. One
// timer serves all.

// pollMargin is how close to the end of the invocation's time nothing is asked.
const pollMargin = time.Second

// askAtLocked gives the moment at which to ask for news about what t waits for.
func (inv *invocation) askAtLocked(t *task) time.Time {
	now := time.Now()
	switch op := t.on; {
	case t.asked >= 96:
		return now.Add(time.Minute)
	case t.asked > 0:
		return now.Add(time.Duration(min(t.asked, 10)) * time.Second)
	case t.or != nil, t.region.isWatched(): // what ends the wait may come at any time
	case op.rec.WaitDetails != nil && op.rec.WaitDetails.ScheduledEndTimestamp != 0:
		return now.Add(inv.clock.until(op.rec.WaitDetails.ScheduledEndTimestamp))
	case op.rec.StepDetails != nil && op.rec.StepDetails.NextAttemptTimestamp != 0:
		return now.Add(inv.clock.until(op.rec.StepDetails.NextAttemptTimestamp))
	}
	return now.Add(time.Second)
}

// armPollLocked sees to it that news are asked for at a moment.
func (inv *invocation) armPollLocked(at time.Time) {
	if inv.over || inv.suspending || inv.fatal != nil || inv.rehearsal != nil {
		return
	}
	if !inv.deadline.IsZero() && at.After(inv.deadline.Add(-pollMargin)) {
		return
	}
	if !inv.pollAt.IsZero() && !at.Before(inv.pollAt) {
		return
	}
	inv.pollAt = at
	wait := max(time.Until(at), 0)
	if inv.pollTimer == nil {
		inv.pollTimer = time.AfterFunc(wait, inv.poll)
	} else {
		inv.pollTimer.Reset(wait)
	}
}

func (inv *invocation) poll() {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.pollAt = time.Time{}
	if inv.over || inv.suspending || inv.fatal != nil {
		return
	}
	now := time.Now()
	due := false
	for _, t := range inv.tasks {
		if t.state == parked && t.on != nil && !t.gone && !t.ask.After(now) {
			due = true
			t.asked++
			t.ask = inv.askAtLocked(t)
		}
	}
	if due && !inv.flushing {
		inv.runnable++
		inv.flushLocked()
		inv.runnable--
		inv.restLocked()
	}
	for _, t := range inv.tasks {
		if t.state == parked && t.on != nil && !t.gone {
			inv.armPollLocked(t.ask)
		}
	}
}

// pendingStatus reports whether an operation of this status lets an execution
// suspend.
func pendingStatus(rec *wire.Operation) bool {
	return rec.Type != wire.TypeContext && rec.Type != wire.TypeExecution &&
		rec.Status != "" && !rec.Status.Terminal()
}
