package durable

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

const (
	// statePage is how many operations a page of the state is asked to hold.
	statePage = 1000

	// graceEnd is how long an invocation that has its outcome waits for bodies
	// that were given up and have not ended.
	graceEnd = 5 * time.Second
)

// invocation is one run of a handler: its scheduler, its view of the record and
// its checkpointer, under one lock. Nothing outlives it.
type invocation struct {
	fn        *Function
	client    Client
	ctx       context.Context
	arn       string // by which the service knows the execution
	self      string // what the workflow takes for that: another one's where it undoes it
	name      string
	order     *undoOrder // to undo, and do nothing else; nil: there is none
	requestID string
	input     *string
	started   time.Time
	deadline  time.Time // of the invocation; zero if unknown
	pinned    bool      // runs a numbered version, whose code can't have changed
	nonce     string    // of client tokens
	logs      *logSink
	notices   []notice // to be logged, guarded by mu
	plugins   []Plugin
	within    map[*operation]string // for them, the scopes that have claimed operations
	rehearsal *rehearsal            // nil if this is none

	mu sync.Mutex

	// The record.
	ops        map[string]*operation
	slab       []operation
	groups     map[string]*group
	calling    map[string]*operation // those whose ID tells what they call, by what stands before that
	renamed    map[string]string     // the path on record, by that which the code has now
	execution  *operation
	operations int // recorded or about to be, the execution not counted
	loaded     int // recorded in earlier invocations
	updatedIDs []string
	reserved   int // undos registered
	booked     int // items that batches under way have yet to start
	clock      serviceClock

	// The scheduler.
	root       *region
	tasks      []*task
	runnable   int // tasks that can go on, and flushes
	computing  int // tasks that run the workflow's own code
	suspending bool
	fatal      *control
	over       bool        // the outcome is decided
	delivered  bool        // the service has the result
	followed   *chain.Link // the execution has gone on as another one
	allEnded   chan struct{}
	pollTimer  *time.Timer
	pollAt     time.Time

	// The checkpointer.
	token     string
	queue     []wire.OperationUpdate
	queueOps  []*operation
	spare     []wire.OperationUpdate
	spareOps  []*operation
	queued    uint64 // updates queued so far
	accepted  uint64 // updates accepted so far
	flushes   uint64
	flushing  bool
	waiting   int // tasks that wait for an acknowledgement
	acks      []ack
	tick      *time.Timer
	tickArmed bool
	tickMark  uint64
	unwanted  *wire.APIError // why the service refuses the result; nil: it does not
}

// newOperation makes operations many at a time.
func (inv *invocation) newOperation() *operation {
	if len(inv.slab) == 0 {
		inv.slab = make([]operation, 32)
	}
	op := &inv.slab[0]
	inv.slab = inv.slab[1:]
	return op
}

// groupLocked gives the records that hang on a context.
func (inv *invocation) groupLocked(id string) *group {
	g := inv.groups[id]
	if g == nil {
		g = &group{}
		inv.groups[id] = g
	}
	return g
}

var errNotDurable = errors.New("durable: the event is not that of a durable execution (no DurableExecutionArn or CheckpointToken): the Lambda function was created without a durable configuration, or invoked past it")

// Invoke runs one invocation in this process. An error is an invocation error: the
// service is to invoke again.
func (f *Function) Invoke(ctx context.Context, client Client, in wire.InvocationInput) (wire.InvocationOutput, error) {
	return f.invoke(ctx, client, in, nil)
}

// invoke is Invoke, or with r a rehearsal of it.
func (f *Function) invoke(ctx context.Context, client Client, in wire.InvocationInput, r *rehearsal) (wire.InvocationOutput, error) {
	if in.DurableExecutionArn == "" || in.CheckpointToken == "" {
		return wire.InvocationOutput{}, errNotDurable
	}
	if f.unbound != nil && r == nil {
		return wire.InvocationOutput{}, f.unbound
	}
	inv := &invocation{
		fn: f, client: client, ctx: ctx, arn: in.DurableExecutionArn, token: in.CheckpointToken,
		self: in.DurableExecutionArn, requestID: requestID(ctx), plugins: f.def.Plugins,
		rehearsal: r,
	}
	if r != nil {
		inv.flushes = 1 // nothing that is on record has come of it
	}
	if in.Undo != nil {
		inv.order, inv.self = newUndoOrder(in.Undo), in.Undo.Arn
	}
	inv.deadline, _ = ctx.Deadline()
	var nonce [16]byte
	rand.Read(nonce[:])
	inv.nonce = hex.EncodeToString(nonce[:])
	self, _ := arns.Parse(inv.self)
	inv.name, inv.pinned = self.Name, self.Pinned()
	inv.logs = newLogSink(inv)
	if c := inv.load(in); c != nil {
		out, err := inv.lost(c)
		inv.reportEnd(out, c.err)
		return out, err
	}
	return inv.run()
}

// load takes over the whole record, fetching the pages that the event leaves out.
func (inv *invocation) load(in wire.InvocationInput) *control {
	operations := in.InitialExecutionState.Operations
	for marker := in.InitialExecutionState.NextMarker; marker != ""; {
		page, err := inv.client.State(inv.ctx, inv.arn, in.CheckpointToken, marker, statePage)
		if err != nil {
			return classify(err)
		}
		operations = append(operations[:len(operations):len(operations)], page.Operations...)
		marker = page.NextMarker
	}
	inv.clock.is(in.Now)
	inv.ops = make(map[string]*operation, len(operations)+8)
	inv.groups = make(map[string]*group)
	records := make([]operation, len(operations))
	lastParent, last := "", inv.groupLocked("")
	for i := range operations {
		rec, op := &operations[i], &records[i]
		op.id, op.rec, op.loaded = rec.Id, *rec, true
		inv.ops[rec.Id] = op
		inv.clock.saw(rec.StartTimestamp)
		inv.clock.saw(rec.EndTimestamp)
		if rec.Type == wire.TypeExecution || rec.Type == wire.TypeUndo && inv.order != nil {
			inv.execution = op
			op.claimed = true
			continue
		}
		if rec.ParentId != lastParent {
			lastParent, last = rec.ParentId, inv.groupLocked(rec.ParentId)
		}
		op.group = last
		last.unclaimed++
		if opid.IsUndo(rec.Id) {
			last.undos++
		}
		if base, _, tells := opid.Callee(rec.Id); tells {
			if inv.calling == nil {
				inv.calling = map[string]*operation{}
			}
			inv.calling[base] = op
		}
	}
	if inv.execution == nil {
		return &control{kind: cutOff, err: errors.New("durable: the execution's state has no EXECUTION operation")}
	}
	for _, id := range in.UpdatedOperationIds {
		if op := inv.ops[id]; op != nil {
			op.news = true
		}
	}
	inv.operations, inv.loaded = len(operations)-1, len(operations)
	inv.updatedIDs = in.UpdatedOperationIds
	inv.started = inv.execution.rec.StartTimestamp.Go()
	if inv.order != nil {
		inv.started = inv.order.StartTimestamp.Go()
	}
	if d := inv.execution.rec.ExecutionDetails; d != nil {
		_, inv.input, _ = chain.FromInput(d.InputPayload)
	}
	return nil
}

// run runs the workflow to its end, or to where it can't go on, and decides the
// outcome.
func (inv *invocation) run() (wire.InvocationOutput, error) {
	inv.ctx = inv.observeStart()
	ctx, cancel := context.WithCancel(inv.ctx)
	defer cancel()
	inv.root = &region{ctx: ctx, cancel: cancel, stopped: inv.order != nil}

	inv.mu.Lock()
	t := inv.newTaskLocked(inv.root)
	inv.mu.Unlock()
	stop := context.AfterFunc(inv.ctx, func() {
		inv.mu.Lock()
		defer inv.mu.Unlock()
		inv.failLocked(classify(context.Cause(inv.ctx)))
	})
	defer stop()

	c := &Context{task: t, scope: &scope{inv: inv, region: inv.root, group: inv.groups[""]}}
	c.scope.replaying = c.scope.group.unclaimed > 0
	result, err := c.runScope(c, func(c *Context) (*string, error) { return inv.fn.handler(c, inv.input) })

	inv.mu.Lock()
	inv.tellNoticesLocked()
	out, lost := inv.outcomeLocked(c, result, err)
	if inv.rehearsal != nil {
		inv.rehearsal.endLocked(inv)
	}
	err = nil
	var cause error
	inv.over = true
	inv.endTaskLocked(t)
	inv.closeLocked(inv.root)
	if inv.pollTimer != nil {
		inv.pollTimer.Stop()
	}
	if inv.tick != nil {
		inv.tick.Stop()
	}
	var ended chan struct{}
	for _, w := range inv.acks {
		inv.acknowledgeLocked(w.t)
	}
	inv.acks = nil
	if len(inv.tasks) > 0 || inv.flushing {
		ended = make(chan struct{})
		inv.allEnded = ended
	}
	inv.mu.Unlock()
	if ended != nil {
		grace := time.NewTimer(graceEnd)
		select {
		case <-ended:
		case <-grace.C:
			// A body ignores its context. It goes on, and nothing that it does is
			// recorded.
		}
		grace.Stop()
	}
	if lost != nil {
		cause = lost.err
		out, err = inv.lost(lost)
	}
	inv.reportEnd(out, cause)
	inv.observeEnd(out, err)
	return out, err
}

// outcomeLocked decides what the invocation answers: the first that applies of delivered,
// lost, suspended, failed and succeeded.
func (inv *invocation) outcomeLocked(c *Context, result *string, err error) (wire.InvocationOutput, *control) {
	switch {
	case inv.delivered:
		inv.fatal = nil
		empty := ""
		return wire.InvocationOutput{Status: wire.InvocationSucceeded, Result: &empty}, nil
	case inv.fatal != nil:
		return wire.InvocationOutput{}, inv.fatal
	case inv.suspending:
		return wire.InvocationOutput{Status: wire.InvocationPending}, nil
	case inv.order != nil:
		return inv.order.outcome(c), nil
	case err != nil:
		if lost := controlOf(err); lost != nil {
			if lost.err == nil {
				lost = &control{kind: cutOff, err: fmt.Errorf("durable: the workflow returned %q, which is not what became of it", lost.Error())}
			}
			return wire.InvocationOutput{}, lost
		}
		return wire.InvocationOutput{Status: wire.InvocationFailed, Error: c.errorObject(err)}, nil
	}
	if inv.followed != nil {
		text := inv.followed.Result()
		result = &text
	}
	return wire.InvocationOutput{Status: wire.InvocationSucceeded, Result: result}, nil
}

// deliver gives the result of the execution to the service by a checkpoint if it is too
// large for an execution that nobody waits for: how this one was started, nobody tells. If it
// is refused, the workflow fails, and undoes what it has done.
func (c *Context) deliver(result *string) error {
	inv := c.scope.inv
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if jsonLength(*result) <= maxEventResult || inv.order != nil || inv.rehearsal != nil {
		return nil
	}
	refused := &UnexpectedError{Operation: inv.fn.def.Name, Message: fmt.Sprintf("the service refuses the result of %d bytes", len(*result))}
	if c.scope.group.undos > 0 {
		return refused // in an earlier invocation
	}
	if diverged := c.endLocked(); diverged != nil {
		return diverged
	}
	u := wire.OperationUpdate{Id: inv.execution.rec.Id, Type: wire.TypeExecution, Action: wire.ActionSucceed, Payload: result}
	switch lost := inv.putLocked(c, nil, u); {
	case lost != nil:
		return lost
	case inv.unwanted != nil:
		refused.Message += ": " + inv.unwanted.Message
		return refused
	}
	inv.delivered = true
	return nil
}

// goesOn reports whether the execution has gone on as another one.
func (inv *invocation) goesOn() bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return inv.followed != nil
}

// lost is the answer of an invocation that c ended.
func (inv *invocation) lost(c *control) (wire.InvocationOutput, error) {
	switch c.kind {
	case closed:
		return wire.InvocationOutput{Status: wire.InvocationPending}, nil
	case failed:
		return wire.InvocationOutput{Status: wire.InvocationFailed, Error: fatalObject(c.err)}, nil
	}
	return wire.InvocationOutput{}, c.err
}
