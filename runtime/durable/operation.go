package durable

import (
	"github.com/durablegen/durablegen/runtime/wire"
)

// operation is one operation of the execution and what the record holds of it.
// Everything is guarded by the invocation's lock, but for the record of a terminal
// operation: it never changes again, and whoever claimed it may read it freely.
type operation struct {
	id       string         // may be read without the lock
	rec      wire.Operation // Status is empty until the service knows the operation
	claimed  bool
	loaded   bool   // recorded in an earlier invocation
	news     bool   // ended since the last invocation, or during this one
	reported bool   // its end has been told to the plugins
	seen     uint64 // the last flush whose answer told of it
	waiters  []*task
	ends     []*stopper // of the scopes that it ends
	group    *group     // the records of its scope, this one among them
}

// settled reports whether there is something to do for whoever waits for it.
func (op *operation) settled() bool {
	return op.rec.Status.Terminal() || op.rec.Status == wire.StatusReady
}

// group is the records that hang on one recorded context, or on the root.
type group struct {
	unclaimed int // recorded operations that nobody has asked for yet
	undos     int // of them, those that can be seen to be undos
	warned    bool
}

// opSpec is what an operation is, as its caller says.
type opSpec struct {
	typ     wire.OperationType
	subType string
	name    string // recorded; may be empty
	segment string // identity within the scope
	marks   string // marks behind the segment's own
	calls   string // what it calls, where a label hides that
	was     bool   // the segment is what the author says that it was
	pos     string

	// Why it can't begin, from what it is given; empty if it can. What is on record has begun.
	unfit string
	// prepare, if not nil, makes what it begins with, and may refuse it; id is that of the
	// operation. It is called under the lock.
	prepare func(id string) error

	undoable bool // carries an undo, for which there must be room, too
	parts    int8 // operations that belong to it and come next
}

// orZero is the spec of an operation of which nothing is said, where there is none.
func orZero[S any](spec *S) *S {
	if spec == nil {
		return new(S)
	}
	return spec
}

// segmentOf is the identity segment of a spec.
func segmentOf(id, name, keyword string) string {
	switch {
	case id != "":
		return id
	case name != "":
		return name
	}
	return keyword
}

// label is what messages call the operation.
func (s *opSpec) label() string {
	if s.name != "" {
		return s.name
	}
	return s.segment
}

// origin tells people where an operation is: its label and position.
func (s *opSpec) origin() string {
	if s.pos == "" {
		return s.label()
	}
	return s.label() + " (" + s.pos + ")"
}

// updateLocked begins an update of op: what is recorded of its name and parent is
// repeated, since the service compares it.
func (c *Context) updateLocked(op *operation, s *opSpec, action wire.OperationAction) wire.OperationUpdate {
	return wire.OperationUpdate{
		Id: op.rec.Id, ParentId: op.rec.ParentId, Name: op.rec.Name,
		Type: s.typ, SubType: s.subType, Action: action,
	}
}

// mergeLocked takes over what the service says of an operation. A terminal record stays
// as it is, since its claimant may be reading it.
func (inv *invocation) mergeLocked(rec *wire.Operation) {
	op := inv.ops[rec.Id]
	if op == nil {
		op = &operation{id: rec.Id}
		inv.ops[rec.Id] = op
	}
	op.seen = inv.flushes
	if op.rec.Status.Terminal() {
		return
	}
	changed := op.rec.Status != rec.Status
	op.rec = *rec
	inv.clock.saw(rec.StartTimestamp)
	inv.clock.saw(rec.EndTimestamp)
	if changed {
		inv.changedLocked(op)
	}
}

// changedLocked wakes those who wait for op.
func (inv *invocation) changedLocked(op *operation) {
	if !op.settled() {
		return
	}
	op.news = true
	for _, e := range op.ends {
		inv.endLocked(e)
	}
	if len(op.waiters) == 0 {
		return
	}
	for _, t := range op.waiters {
		if t.state == parked && (t.on == op || t.or == op) {
			inv.wakeLocked(t)
		}
	}
	op.waiters = nil
}

// applyLocked does to the record what an accepted update did, for services whose
// answer does not tell of it.
func (inv *invocation) applyLocked(op *operation, u *wire.OperationUpdate) {
	rec := &op.rec
	if op.seen == inv.flushes || rec.Status.Terminal() {
		return
	}
	now := wire.TimeOf(inv.clock.now())
	if rec.StartTimestamp == 0 {
		rec.StartTimestamp = now
	}
	switch u.Action {
	case wire.ActionStart:
		rec.Status = wire.StatusStarted
	case wire.ActionSucceed:
		rec.Status = wire.StatusSucceeded
	case wire.ActionFail:
		rec.Status = wire.StatusFailed
	case wire.ActionRetry:
		rec.Status = wire.StatusPending
	}
	if rec.Status.Terminal() {
		rec.EndTimestamp = now
	}
	switch u.Type {
	case wire.TypeStep:
		d := wire.StepDetails{}
		if rec.StepDetails != nil {
			d = *rec.StepDetails
		}
		if u.Action != wire.ActionStart {
			d.Attempt++
			d.Result, d.Error = u.Payload, u.Error
		}
		if u.Action == wire.ActionRetry {
			d.NextAttemptTimestamp = now + wire.Time(u.StepOptions.NextAttemptDelaySeconds)*1000
		}
		rec.StepDetails = &d
	case wire.TypeContext:
		d := wire.ContextDetails{Result: u.Payload, Error: u.Error}
		if u.ContextOptions != nil {
			d.ReplayChildren = u.ContextOptions.ReplayChildren
		}
		rec.ContextDetails = &d
	case wire.TypeWait:
		if u.WaitOptions != nil {
			rec.WaitDetails = &wire.WaitDetails{ScheduledEndTimestamp: now + wire.Time(u.WaitOptions.WaitSeconds)*1000}
		}
	}
	inv.changedLocked(op)
}
