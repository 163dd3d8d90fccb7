package durable

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/durablegen/durablegen/runtime/wire"
)

// The checkpointer sends updates to the service: one request in flight, in the
// order in which they were queued. There is no goroutine for it: whoever needs an
// acknowledgement while nothing is in flight sends all that is queued, its own
// update among it; the others wait and find theirs done, or send the next request.
// Updates that nobody waits for go with the next request, and a timer sees to it
// that there is one soon.

const (
	// maxUpdates and maxRequest bound a request: updates, and bytes of JSON.
	maxUpdates = 250
	maxRequest = 768_000

	// gatherIdle is how often in a row the others are let go on in vain before a
	// request is made up, gatherTurns how often at all.
	gatherIdle  = 6
	gatherTurns = 1000

	// startTick: an update that nobody waits for is sent at the second tick after
	// it was queued, at the latest.
	startTick = time.Millisecond
)

// ack is a task that waits until update seq has been accepted.
type ack struct {
	t   *task
	seq uint64
}

// enqueueLocked queues an update of op and returns its number.
func (inv *invocation) enqueueLocked(c *Context, op *operation, u wire.OperationUpdate) (uint64, *control) {
	if refused := inv.refusalLocked(c); refused != nil {
		return 0, refused
	}
	if inv.rehearsal != nil {
		inv.rehearsal.acceptLocked(inv, op, &u)
		return inv.queued, nil
	}
	inv.queue = append(inv.queue, u)
	inv.queueOps = append(inv.queueOps, op)
	inv.queued++
	return inv.queued, nil
}

// postLocked queues an update that nobody waits for.
func (inv *invocation) postLocked(c *Context, op *operation, u wire.OperationUpdate) *control {
	if _, refused := inv.enqueueLocked(c, op, u); refused != nil {
		return refused
	}
	if !inv.tickArmed {
		inv.tickArmed = true
		inv.tickMark = inv.queued
		if inv.tick == nil {
			inv.tick = time.AfterFunc(startTick, inv.onTick)
		} else {
			inv.tick.Reset(startTick)
		}
	}
	return nil
}

// onTick sends what has been queued for a whole tick.
func (inv *invocation) onTick() {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.over || inv.fatal != nil || len(inv.queue) == 0 {
		inv.tickArmed = false
		return
	}
	if head := inv.queued - uint64(len(inv.queue)) + 1; head <= inv.tickMark && !inv.flushing {
		inv.flushCountedLocked()
	}
	inv.tickArmed = len(inv.queue) > 0 && !inv.over && inv.fatal == nil
	if inv.tickArmed {
		inv.tickMark = inv.queued
		inv.tick.Reset(startTick)
	}
}

// putLocked queues an update and waits until the service has accepted it.
func (inv *invocation) putLocked(c *Context, op *operation, u wire.OperationUpdate) *control {
	seq, refused := inv.enqueueLocked(c, op, u)
	if refused != nil {
		return refused
	}
	return inv.syncLocked(c.task, seq)
}

// syncLocked waits until the service has accepted update seq.
func (inv *invocation) syncLocked(t *task, seq uint64) *control {
	if inv.accepted >= seq {
		return nil
	}
	t.enterLocked(sending)
	for inv.accepted < seq && inv.fatal == nil && !inv.over {
		if !inv.flushing {
			inv.waiting++ // this task computes nothing meanwhile
			inv.flushCountedLocked()
			inv.waiting--
			continue
		}
		inv.acks = append(inv.acks, ack{t, seq})
		inv.waiting++
		inv.mu.Unlock()
		<-t.signal
		inv.mu.Lock()
	}
	t.enterLocked(running)
	switch {
	case inv.accepted >= seq:
		return nil
	case inv.fatal != nil:
		return inv.fatal
	}
	return errAbandoned
}

// acknowledgeLocked wakes a task out of syncLocked.
func (inv *invocation) acknowledgeLocked(t *task) {
	inv.waiting--
	t.signal <- struct{}{}
}

// flushCountedLocked is flushLocked for whoever may not be counted as runnable: the
// answer may wake somebody, so until then the workflow is not at rest.
func (inv *invocation) flushCountedLocked() {
	inv.runnable++
	inv.flushLocked()
	inv.runnable--
	inv.restLocked()
}

// flushLocked sends one request with what is queued, if anything, and merges the
// answer. The lock is released meanwhile. Nothing else may be in flight.
func (inv *invocation) flushLocked() {
	inv.flushing = true
	inv.gatherLocked()
	updates, ops := inv.takeLocked()
	inv.flushes++
	in := wire.CheckpointInput{CheckpointToken: inv.token, ClientToken: inv.clientTokenLocked(), Updates: updates}
	inv.mu.Unlock()
	out, err := inv.send(in)
	inv.mu.Lock()
	if inv.over {
		inv.flushing = false
		inv.endedLocked()
		return
	}
	if err != nil {
		inv.flushing = false
		lost := classify(refusedUpdates(err, updates))
		if lost.kind == failed && len(updates) == 1 && updates[0].Type == wire.TypeExecution && errors.As(err, &inv.unwanted) {
			inv.accepted++ // nothing came of it, and the token is still good
			inv.releaseLocked()
			return
		}
		inv.failLocked(lost)
		return
	}
	for i := range out.NewExecutionState.Operations {
		inv.mergeLocked(&out.NewExecutionState.Operations[i])
	}
	inv.clockLocked(out.Now, updates, ops)
	for i, op := range ops {
		if op != nil {
			inv.applyLocked(op, &updates[i])
		}
	}
	if len(inv.plugins) > 0 {
		inv.observeChangeLocked(out.NewExecutionState.Operations)
	}
	inv.flushing = false
	inv.accepted += uint64(len(updates))
	inv.spare, inv.spareOps = updates[:0], ops[:0]
	if out.CheckpointToken == "" {
		// What was sent is applied, but this invocation may send no more. The execution
		// need not have ended.
		inv.failLocked(&control{kind: closed, err: errors.New("durable: the execution takes no more checkpoints")})
		return
	}
	inv.token = out.CheckpointToken
	inv.releaseLocked()
}

// clockLocked learns the service's present from an answer: of what has been applied just
// now, the time is told to the millisecond.
func (inv *invocation) clockLocked(now wire.Time, updates []wire.OperationUpdate, ops []*operation) {
	present := wire.Time(0)
	for i, op := range ops {
		switch {
		case op == nil || op.seen != inv.flushes:
		case op.rec.EndTimestamp != 0:
			present = max(present, op.rec.EndTimestamp)
		case updates[i].Action == wire.ActionStart && updates[i].Type != wire.TypeStep:
			present = max(present, op.rec.StartTimestamp) // a step keeps that of its first attempt
		}
	}
	switch {
	case present != 0:
		inv.clock.is(present)
	case !inv.clock.exact:
		inv.clock.is(now)
	}
	inv.clock.asked = true
}

// askTimeLocked sees to it that the clock is the service's, if its answers tell.
func (inv *invocation) askTimeLocked(c *Context) *control {
	if inv.clock.asked || inv.rehearsal != nil {
		return inv.refusalLocked(c)
	}
	t := c.task
	t.enterLocked(sending)
	inv.waiting++
	if !inv.flushing {
		inv.flushCountedLocked()
	} else {
		inv.acks = append(inv.acks, ack{t, inv.accepted}) // the answer that is on its way tells, too
		inv.waiting++
		inv.mu.Unlock()
		<-t.signal
		inv.mu.Lock()
	}
	inv.waiting--
	t.enterLocked(running)
	return inv.refusalLocked(c)
}

// releaseLocked wakes those whose updates are accepted. If others still wait, the
// first of them is woken to send the next request.
func (inv *invocation) releaseLocked() {
	waiting := inv.acks[:0]
	for _, w := range inv.acks {
		if w.seq <= inv.accepted {
			w.t.enterLocked(running)
			inv.acknowledgeLocked(w.t)
		} else {
			waiting = append(waiting, w)
		}
	}
	if len(waiting) > 0 {
		inv.acknowledgeLocked(waiting[0].t)
		waiting = append(waiting[:0], waiting[1:]...)
	}
	inv.acks = waiting
}

// gatherLocked lets the goroutines that are about to queue something do so before
// a request is made up. Without it, a thousand items that become ready together
// would make hundreds of requests. It waits for those that compute, which they do
// for microseconds, and otherwise as long as the queue grows.
func (inv *invocation) gatherLocked() {
	for idle, turns := 0, 0; len(inv.queue) < maxUpdates && turns < gatherTurns; turns++ {
		// One is the flush itself.
		if inv.runnable-1-inv.waiting <= 0 {
			return
		}
		n, computing := len(inv.queue), inv.computing > 0
		inv.mu.Unlock()
		runtime.Gosched()
		inv.mu.Lock()
		switch {
		case len(inv.queue) != n || computing:
			idle = 0
		case idle == gatherIdle:
			return
		default:
			idle++
		}
	}
}

// takeLocked takes the longest head of the queue that fits in a request; a single
// update that does not fit goes alone, and so does the result of the execution.
func (inv *invocation) takeLocked() ([]wire.OperationUpdate, []*operation) {
	n, size := 0, len(inv.token)+100
	for n < len(inv.queue) && n < maxUpdates {
		size += updateSize(&inv.queue[n])
		if n > 0 && (size > maxRequest || inv.queue[n].Type == wire.TypeExecution) {
			break
		}
		n++
	}
	if n == len(inv.queue) {
		updates, ops := inv.queue, inv.queueOps
		inv.queue, inv.queueOps = inv.spare[:0], inv.spareOps[:0]
		inv.spare, inv.spareOps = nil, nil
		return updates, ops
	}
	updates := append(inv.spare[:0], inv.queue[:n]...)
	ops := append(inv.spareOps[:0], inv.queueOps[:n]...)
	inv.spare, inv.spareOps = nil, nil
	inv.queue = append(inv.queue[:0], inv.queue[n:]...)
	inv.queueOps = append(inv.queueOps[:0], inv.queueOps[n:]...)
	return updates, ops
}

// updateSize is about the length of an update in JSON, and never less.
func updateSize(u *wire.OperationUpdate) int {
	n := 200 + len(u.Id) + len(u.ParentId) + len(u.Name)
	if u.Payload != nil {
		n += jsonLength(*u.Payload)
	}
	if e := u.Error; e != nil {
		n += 100 + jsonLength(e.ErrorType) + jsonLength(e.ErrorMessage) + jsonLength(e.ErrorData)
		for _, line := range e.StackTrace {
			n += 4 + jsonLength(line)
		}
	}
	if u.ChainedInvokeOptions != nil {
		n += 100 + len(u.ChainedInvokeOptions.FunctionName) + jsonLength(u.ChainedInvokeOptions.TenantId) + jsonLength(u.ChainedInvokeOptions.XAmznTraceId)
	}
	return n
}

// jsonLength is the length of s as a JSON string, quotes left out.
func jsonLength(s string) int {
	n := len(s)
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == '"' || b == '\\':
			n++
		case b < 0x20 || b == '<' || b == '>' || b == '&' || b == 0x7f:
			n += 5
		case b >= utf8.RuneSelf && b == 0xe2:
			n += 3 // may be U+2028, which is escaped
		}
	}
	return n
}

// clientTokenLocked gives a token that no other request of any invocation has. The
// client repeats it when it repeats the request.
func (inv *invocation) clientTokenLocked() string {
	var buf [64]byte
	b := append(buf[:0], inv.nonce...)
	return string(strconv.AppendUint(append(b, '-'), inv.flushes, 10))
}

// send makes one call, and those for the further pages of a long answer.
func (inv *invocation) send(in wire.CheckpointInput) (out *wire.CheckpointOutput, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("durable: panic in the client: %v", p)
		}
	}()
	out, err = inv.client.Checkpoint(inv.ctx, inv.arn, in)
	if err != nil {
		return nil, err
	}
	state := &out.NewExecutionState
	for marker := state.NextMarker; marker != ""; {
		page, err := inv.client.State(inv.ctx, inv.arn, out.CheckpointToken, marker, statePage)
		if err != nil {
			return nil, err
		}
		state.Operations = append(state.Operations, page.Operations...)
		marker = page.NextMarker
	}
	return out, nil
}

// refusedUpdates names the operations whose updates were refused.
func refusedUpdates(err error, updates []wire.OperationUpdate) error {
	var api *wire.APIError
	if !errors.As(err, &api) || len(updates) == 0 {
		return err
	}
	refused := &refusedError{err: api}
	for i := range updates {
		if id := updates[i].Id; !slices.Contains(refused.operations, id) {
			refused.operations = append(refused.operations, id)
		}
	}
	return refused
}

// refusedError is a checkpoint that the service has refused.
type refusedError struct {
	err        *wire.APIError
	operations []string
}

func (e *refusedError) Error() string {
	named, more := e.operations, ""
	if len(named) > 3 {
		named, more = named[:3], fmt.Sprintf(" and %d more", len(e.operations)-3)
	}
	return fmt.Sprintf("durable: the service refuses an update of %s%s: %v", strings.Join(named, ", "), more, e.err)
}

func (e *refusedError) Unwrap() error { return e.err }
