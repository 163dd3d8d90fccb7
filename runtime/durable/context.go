package durable

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Context is one scope of a workflow, or one turn of a loop in it. It belongs to
// the function that it was passed to: what runs inside an inner scope uses that
// one's context. It is not a [context.Context].
type Context struct {
	scope *scope
	task  *task
	turns string // marks of the loops around
	only  string // the path that the next operation takes: that of an undo
	// rescuing: what an interrupted step has left open is being settled.
	rescuing bool
}

// scope is what a context is a view of: the body of a workflow, of a child
// context, of an item or branch, or a select.
type scope struct {
	inv    *invocation
	parent *scope
	region *region
	path   string          // of names; empty for the root
	ctx    context.Context // that plugins have derived; nil: the region's
	id     string          // of the nearest recorded context: ParentId of what is in it
	spec   *opSpec
	op     *operation // its own record; nil for the root and what is virtual
	group  *group
	fresh  group // its group, if nothing of it is recorded

	replaying bool // up to now only what is recorded was asked for
	begun     bool // something recorded was asked for
	// rebuild: the context has ended, and its body runs to give its result or its
	// undos once more. Nothing in it may be new.
	rebuild bool
	// shared: several goroutines claim operations of it.
	shared bool
	// unordered: its operations are claimed in no certain order.
	unordered bool
	undoing   bool
	beyond    bool // it has got further than in the execution that it undoes
	rescued   bool // it was entered by a context that rescues
	closed    bool
	inside    string // the operation that is under way, on the scope's goroutine

	undos   []*undoEntry
	stopper *stopper // what may end it before its body does; nil if nothing
}

// Turn gives the same scope as seen from turn i of a loop: operations of different
// turns have different identities. Nested loops nest it.
func (c *Context) Turn(i int) *Context {
	return &Context{scope: c.scope, task: c.task, turns: c.turns + opid.Turn(i), rescuing: c.rescuing}
}

// Logger gives a logger whose records are dropped while the scope replays.
func (c *Context) Logger() *slog.Logger { return c.scope.inv.scopeLogger(c.scope) }

// GoContext gives a [context.Context] for what the workflow does between its operations,
// such as opening spans: it is cancelled with the scope, and holds what the plugins put in
// it. An operation does not take it, nor does a step's body, which gets one of its own.
func (c *Context) GoContext() context.Context {
	if c.scope.ctx != nil {
		return c.scope.ctx
	}
	return c.task.region.ctx
}

// Replaying reports whether what the scope has done so far was done by an earlier
// invocation. It is for logs and metrics: a workflow that chooses its operations by
// it diverges from its record.
func (c *Context) Replaying() bool { return c.scope.isReplaying() }

// ExecutionARN gives the ARN of the execution.
func (c *Context) ExecutionARN() string { return c.scope.inv.self }

// ExecutionName gives the name of the execution.
func (c *Context) ExecutionName() string { return c.scope.inv.name }

// StartTime gives the time at which the execution started.
func (c *Context) StartTime() time.Time { return c.scope.inv.started }

func (s *scope) isReplaying() bool {
	s.inv.mu.Lock()
	defer s.inv.mu.Unlock()
	return s.replayingLocked()
}

// replayingLocked reports whether what the scope does was done before.
func (s *scope) replayingLocked() bool {
	if s.rebuild {
		return true
	}
	for o := s; o != nil; o = o.parent {
		if o.rebuild {
			return true
		}
	}
	return s.replaying && s.group.unclaimed > 0
}

// claimLocked gives the operation that s describes to the caller, to whom it
// belongs from now on, and its path. The operation may have no record yet: then
// the caller may start it. kept says that a batch that is decided awaits it.
func (c *Context) claimLocked(s *opSpec) (*operation, string, error) {
	inv, sc := c.scope.inv, c.scope
	path, err := c.pathLocked(s)
	if err != nil {
		return nil, "", err
	}
	id, path, err := c.findLocked(s, path)
	if err != nil {
		return nil, "", err
	}
	op := inv.ops[id]
	if op == nil || op.rec.Status == "" && !op.claimed {
		if refused := c.claimNewLocked(s, id, path); refused != nil {
			return nil, "", refused
		}
		if inv.rehearsal != nil && !inv.rehearsal.entersLocked(c, s, id, path) {
			return nil, "", inv.rehearsal.haltLocked(c, s, id, path, firstAttempt(s))
		}
		op = inv.newOperation()
		op.claimed = true
		op.group = sc.group
		op.id = id
		op.rec.Id, op.rec.ParentId, op.rec.Name = id, sc.id, s.name
		op.rec.Type, op.rec.SubType = s.typ, s.subType
		inv.ops[id] = op
		inv.operations++
		sc.replaying = false
		inv.observeClaimLocked(c, op, false)
		return op, path, nil
	}
	if op.claimed {
		return nil, "", inv.twiceLocked(s, op)
	}
	if op.rec.Type != s.typ || op.rec.SubType != s.subType && op.rec.SubType != "" {
		return nil, "", inv.divergeLocked(id, s, describeRecord(&op.rec))
	}
	if sc.rebuild && !op.rec.Status.Terminal() && s.typ != wire.TypeCallback {
		return nil, "", inv.divergeLocked(id, s, describeRecord(&op.rec)+", in a context that has ended")
	}
	if inv.order != nil && inv.order.open[id] && c.stoppedLocked() {
		if s.typ == wire.TypeWait || s.typ == wire.TypeCallback {
			return nil, "", errAbandoned
		}
		sc.beyond = true
	}
	if sc.undoing && strings.HasSuffix(path, opid.Undo) {
		if diverged := inv.checkUndoLocked(s, path, op); diverged != nil {
			return nil, "", diverged
		}
	}
	op.claimed, sc.begun = true, true
	if g := op.group; g != nil {
		g.unclaimed--
		if opid.IsUndo(id) {
			g.undos--
		}
	}
	// A callback that is open holds nothing up until it is awaited: what follows it
	// was done before if there are records of it.
	if sc.replaying && s.typ != wire.TypeCallback && (op.news || !op.rec.Status.Terminal()) {
		sc.replaying = false
	}
	inv.observeClaimLocked(c, op, true)
	return op, path, nil
}

// pathLocked gives the path of what s describes, if it may stand in c now.
func (c *Context) pathLocked(s *opSpec) (string, error) {
	inv, sc := c.scope.inv, c.scope
	if refused := inv.refusalLocked(c); refused != nil {
		return "", refused
	}
	path := c.only
	switch path {
	case "":
		path = opid.Join(sc.path, s.segment, c.turns+s.marks)
	case usedUp:
		return "", inv.misuseLocked(s, "the body of an undo has a second operation; it has to be a block")
	default:
		defer func() { c.only = usedUp }()
	}
	switch {
	case sc.closed:
		return "", inv.misuseLocked(s, "its context has been used after the function it belongs to had returned")
	case inv.followed != nil:
		return "", inv.misuseLocked(s, "the workflow has gone on as execution "+inv.followed.To+"; nothing may follow")
	case sc.inside != "" && !sc.shared:
		return "", inv.misuseLocked(s, fmt.Sprintf("its context has been used while %q is under way on it; what runs inside an operation has a context of its own, and a step's body none", sc.inside))
	}
	return path, nil
}

// usedUp marks a context for one operation that has had it.
const usedUp = "\x00"

// claimNewLocked says whether an operation without a record may start in c.
func (c *Context) claimNewLocked(s *opSpec, id, path string) error {
	inv, sc := c.scope.inv, c.scope
	// What is refused for what it is given is so wherever it comes, now and at every replay.
	if s.unfit != "" {
		return c.refuse(s, "%s", s.unfit)
	}
	if s.prepare != nil {
		if err := s.prepare(id); err != nil {
			return err
		}
	}
	for o := sc; o != nil; o = o.parent {
		if o.rebuild {
			return inv.divergeLocked(id, s, "nothing, in a context that has ended")
		}
	}
	if c.stoppedLocked() {
		return errAbandoned
	}
	if err := c.checkName(s); err != nil {
		return err
	}
	if s.subType != wire.SubTypeMapIteration && s.subType != wire.SubTypeParallelBranch && !sc.undoes() {
		// The batch has seen to its items.
		n := 1 + int(s.parts)
		if s.undoable {
			n++
		}
		if err := c.roomLocked(s, n); err != nil {
			return err
		}
	}
	g := sc.group
	if g.unclaimed == 0 || sc.unordered || sc.undoing {
		return nil
	}
	missed := inv.unclaimedLocked(g)
	switch {
	case g.undos > 0:
		return inv.divergeLocked(id, s, "an undo of the scope ("+missed+"), which now does not fail")
	case inv.pinned:
		return inv.divergeLocked(id, s, "nothing; it would run before what is recorded ("+missed+")")
	case !g.warned:
		g.warned = true
		inv.noticeLocked(s, path, "operation runs late: it was added before operations that this execution has already recorded", missed)
	}
	return nil
}

// Fail gives err back. A scope that fails with it records pos, such as
// "order.flow:57:9", as the place that it comes from.
func (c *Context) Fail(pos string, err error) error {
	c.task.lastErr, c.task.lastTrace = err, []string{pos}
	return err
}

// refuse gives the failure of an operation that can't be carried out. Nothing is
// recorded of it, so the scope that fails with it records where it comes from.
func (c *Context) refuse(s *opSpec, format string, args ...any) error {
	err := &UnexpectedError{Operation: s.label(), Message: fmt.Sprintf(format, args...)}
	c.task.lastErr, c.task.lastTrace = err, []string{s.origin()}
	return err
}

// checkName refuses a name that the service would.
func (c *Context) checkName(s *opSpec) error {
	legal := len(s.name) <= maxName
	for i := 0; i < len(s.name); i++ {
		legal = legal && s.name[i] >= 0x20 && s.name[i] <= 0x7e
	}
	if legal {
		return nil
	}
	return c.refuse(s, "the name %q is not 1 to %d printable ASCII characters", s.name, maxName)
}

// undoes reports whether the scope is part of undoing something.
func (s *scope) undoes() bool {
	for ; s != nil; s = s.parent {
		if s.undoing {
			return true
		}
	}
	return false
}

// roomLocked says whether the execution has room for n more operations, besides
// those that may be needed to undo others.
func (c *Context) roomLocked(s *opSpec, n int) error {
	inv := c.scope.inv
	limit := inv.fn.def.MaxOperations
	if limit == 0 {
		limit = maxOperations
	}
	if limit < 0 || inv.operations+inv.reserved+inv.booked+n <= limit {
		return nil
	}
	// No numbers that a replay, which knows more operations, would give otherwise.
	return c.refuse(s, "an execution may have %d operations, some of which are kept for undos and items; %d more do not fit", limit, n)
}

// enterLocked marks the operation that is under way on c's scope.
func (c *Context) enterLocked(s *opSpec) { c.scope.inside = s.label() }

func (c *Context) leaveLocked() { c.scope.inside = "" }

// endLocked checks that a scope which ends has asked for all of its records.
func (c *Context) endLocked() *control {
	inv, sc := c.scope.inv, c.scope
	g := sc.group
	if g.unclaimed == 0 || sc.unordered || sc.op == nil && sc.parent != nil {
		return nil
	}
	spec := sc.spec
	if spec == nil {
		spec = &opSpec{typ: wire.TypeExecution, segment: inv.fn.def.Name}
	}
	missed := inv.unclaimedLocked(g)
	if g.undos > 0 || inv.pinned {
		return inv.divergeLocked(sc.path, spec, "operations that the code never asks for ("+missed+")")
	}
	if !g.warned && !sc.rebuild { // once, when it ends
		g.warned = true
		inv.noticeLocked(spec, sc.path, "operations are no longer used: they are recorded, and the code never asks for them", missed)
	}
	return nil
}

// childLocked makes the scope of an operation of c, which runs on task t.
func (c *Context) childLocked(s *opSpec, op *operation, path string, t *task) *Context {
	sc := &scope{
		inv: c.scope.inv, parent: c.scope, region: t.region, path: path, spec: s, op: op,
		id: c.scope.id, group: c.scope.group, unordered: c.scope.unordered, rescued: c.rescuing,
	}
	if op != nil {
		sc.id = op.id
		if sc.group = sc.inv.groups[op.id]; sc.group == nil {
			sc.group = &sc.fresh
		}
		sc.unordered = false
		sc.replaying = sc.group.unclaimed > 0
	} else {
		sc.replaying = c.scope.replaying
	}
	return &Context{scope: sc, task: t}
}
