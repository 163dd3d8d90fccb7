package durable

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Rehearsal is what a function would make of an execution that is on record. As JSON, with
// the names of its fields, it is what `bootstrap -rehearse` answers.
type Rehearsal struct {
	// Output is the end to which the record alone leads, with the status PENDING if there
	// is none yet.
	Output wire.InvocationOutput
	// Next is what the function would do now: what has no record yet and what would be
	// tried, tried again or given up. What would come of that, nobody can know. A scope that
	// has no record is entered: what it would begin with stands here, too.
	Next []RehearsedOperation
	// Waiting is what is under way and is waited for.
	Waiting []RehearsedOperation
	// Unused is what is recorded and was not asked for, in the scopes that were entered: what
	// the function has no more, or what lies behind what it would do next.
	Unused []RehearsedOperation
	// Divergence is why the execution would fail without undoing anything; nil if it would not.
	Divergence *DivergenceError
	// Lost is why there was no replay at all, for example a record without its data; empty if
	// there was one.
	Lost string
}

// RehearsedOperation is an operation of a rehearsal.
type RehearsedOperation struct {
	ID, Name string
	Path     string // the names that lead to it, in words; empty for an ID that is a hash
	Pos      string // where it stands in its source; empty for what was not asked for
	Calls    string // what it calls, as far as that is known
	// Late: it stands above what the execution has recorded already.
	Late bool
	// Again is an operation that is recorded, called the same, and has not been asked for: the
	// function would do once more what that one did, unless it asks for that one as well,
	// further down. It stood in the same scope, but for scopes that are new, or that are not
	// asked for any more. Empty if there is none.
	Again string
	// Attempt is the number of the attempt that would be made, more than 1 if the operation
	// has been tried; 0 for what is no step.
	Attempt int

	scope string
}

// Rehearse replays the record of an execution, and does nothing: no body of a step, check
// or submitter runs, and nothing is checkpointed. in is what the service would invoke the
// function with; all of its pages have to be in it.
func (f *Function) Rehearse(ctx context.Context, in wire.InvocationInput) *Rehearsal {
	r := &rehearsal{found: &Rehearsal{}}
	if in.CheckpointToken == "" {
		in.CheckpointToken = "rehearsal"
	}
	if in.InitialExecutionState.NextMarker != "" {
		r.found.Lost = "a rehearsal needs the whole record"
		return r.found
	}
	silent := f.With(func(def *Definition) { def.Plugins, def.LogHandler = nil, slog.DiscardHandler })
	out, err := silent.invoke(ctx, nowhere{}, in, r)
	r.found.Output = out
	if diverged, ok := errors.AsType[*DivergenceError](r.fatal); ok {
		r.found.Divergence = diverged
	} else if lost, ok := errors.AsType[*StoredValueError](r.fatal); ok {
		r.found.Lost = lost.Error()
	} else if err != nil {
		r.found.Lost = err.Error()
	}
	r.pair()
	return r.found
}

// rehearsal is what an invocation notes instead of doing it.
type rehearsal struct {
	found *Rehearsal
	fatal error
	never operation // what is waited for where something would be done
	// fresh are the scopes without a record that were entered, by their IDs.
	fresh map[string]freshScope
	// left is what is recorded and was not asked for, with the scope that was entered around
	// it.
	left []RehearsedOperation
}

// freshScope is a scope without a record: the scope around it, and whether it would run late.
type freshScope struct {
	around string
	late   bool
}

// entersLocked notes a scope that has no record, and reports whether it can be entered: what
// is in it has none either. What asks others is none of that: what they get, only the service
// knows.
func (r *rehearsal) entersLocked(c *Context, s *opSpec, id, path string) bool {
	if s.typ != wire.TypeContext || s.subType == wire.SubTypeWaitForCallback {
		return false
	}
	next := r.noteLocked(c, s, id, path, 0)
	if r.fresh == nil {
		r.fresh = map[string]freshScope{}
	}
	r.fresh[id] = freshScope{next.scope, next.Late}
	return true
}

// noteLocked notes what would be done.
func (r *rehearsal) noteLocked(c *Context, s *opSpec, id, path string, attempt int) RehearsedOperation {
	next := RehearsedOperation{
		ID: id, Name: s.label(), Path: opid.Words(path), Pos: s.pos, Calls: s.callee(),
		Late:    attempt <= 1 && (c.scope.group.unclaimed > 0 && !c.scope.unordered || r.fresh[c.scope.id].late),
		Attempt: attempt, scope: c.scope.id,
	}
	r.found.Next = append(r.found.Next, next)
	return next
}

// haltLocked notes what would be done with op, and parks until nothing can go on.
func (r *rehearsal) haltLocked(c *Context, s *opSpec, id, path string, attempt int) *control {
	inv := c.scope.inv
	r.noteLocked(c, s, id, path, attempt)
	if refused := inv.awaitEitherLocked(c, &r.never, nil, true); refused != nil {
		return refused
	}
	return errSuspended
}

// firstAttempt is the number of the attempt that an operation without a record begins with.
func firstAttempt(s *opSpec) int {
	if s.typ == wire.TypeStep {
		return 1
	}
	return 0
}

// acceptLocked takes an update as the service would, and tells nobody.
func (r *rehearsal) acceptLocked(inv *invocation, op *operation, u *wire.OperationUpdate) {
	inv.queued++
	inv.accepted = inv.queued
	if op != nil {
		inv.applyLocked(op, u)
	}
}

// endLocked notes what the record holds and the replay left.
func (r *rehearsal) endLocked(inv *invocation) {
	if inv.fatal != nil {
		r.fatal = inv.fatal.err
	}
	for _, op := range inv.ops {
		rec := &op.rec
		switch {
		case rec.Type == wire.TypeExecution || !op.loaded:
		case op.claimed && !rec.Status.Terminal() && rec.Type != wire.TypeContext && !r.next(op.id):
			r.found.Waiting = append(r.found.Waiting, rehearsed(rec))
		case !op.claimed:
			o := rehearsed(rec)
			if inv.enteredLocked(rec.ParentId) {
				r.found.Unused = append(r.found.Unused, o)
			}
			for around := inv.ops[o.scope]; around != nil && !around.claimed; around = inv.ops[o.scope] {
				o.scope = around.rec.ParentId // of what nobody asks for any more
			}
			if inv.enteredLocked(o.scope) {
				r.left = append(r.left, o)
			}
		}
	}
	byID := func(a, b RehearsedOperation) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(r.found.Waiting, byID)
	slices.SortFunc(r.found.Unused, byID)
	slices.SortFunc(r.found.Next, byID)
	slices.SortFunc(r.left, byID)
}

func (r *rehearsal) next(id string) bool {
	return slices.ContainsFunc(r.found.Next, func(o RehearsedOperation) bool { return o.ID == id })
}

// enteredLocked reports whether a scope has been entered, so that what is in it could have
// been asked for.
func (inv *invocation) enteredLocked(id string) bool {
	if id == "" {
		return true
	}
	op := inv.ops[id]
	return op != nil && op.claimed && (!op.rec.Status.Terminal() || op.rec.ContextDetails != nil && op.rec.ContextDetails.ReplayChildren)
}

func rehearsed(rec *wire.Operation) RehearsedOperation {
	o := RehearsedOperation{ID: rec.Id, Name: rec.Name, Path: opid.Words(rec.Id), Calls: rec.Name, scope: rec.ParentId}
	if _, callee, _ := opid.Callee(rec.Id); callee != "" {
		o.Calls = callee
	}
	return o
}

// pair finds what would be done again: what nobody asks for and called the same.
func (r *rehearsal) pair() {
	taken := map[string]bool{}
	for i := range r.found.Next {
		n := &r.found.Next[i]
		if n.Attempt > 1 || n.Calls == "" {
			continue
		}
		for _, u := range r.left {
			if n.Calls == u.Calls && !taken[u.ID] && u.ID != n.ID && r.within(n.scope, u.scope) {
				n.Again, taken[u.ID] = u.ID, true
				break
			}
		}
	}
}

// within reports whether a scope is another one, or stands in it with new scopes only between.
func (r *rehearsal) within(id, around string) bool {
	for id != around {
		fresh, ok := r.fresh[id]
		if !ok {
			return false
		}
		id = fresh.around
	}
	return true
}

// nowhere is the client of a rehearsal: it takes nothing.
type nowhere struct{}

var errRehearsal = errors.New("durable: a rehearsal makes no checkpoints")

func (nowhere) Checkpoint(context.Context, string, wire.CheckpointInput) (*wire.CheckpointOutput, error) {
	return nil, errRehearsal
}

func (nowhere) StartNamed(context.Context, string, string, string) error { return errRehearsal }

func (nowhere) State(context.Context, string, string, string, int) (*wire.ExecutionState, error) {
	return nil, errRehearsal
}
