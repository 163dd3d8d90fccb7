package durable

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// UndoSpec describes how an operation is undone.
type UndoSpec struct {
	// Of is the identity segment of the operation that is undone.
	Of string
	// Name is the recorded name of the undo; Pos is where it stands.
	Name, Pos string
	// Block says that body is any number of operations: it runs in a child context.
	Block bool
}

// undoEntry is what a scope does to undo one operation: a body, or what the
// operation handed over when it succeeded.
type undoEntry struct {
	path  string // of the operation
	spec  *UndoSpec
	body  func(*Context) error
	inner []*undoEntry
}

// count is how many undos an entry holds.
func (e *undoEntry) count() int {
	if e.body != nil {
		return 1
	}
	n := 0
	for _, in := range e.inner {
		n += in.count()
	}
	return n
}

// Undo registers body to undo an operation of ctx's scope that has just
// succeeded. When the scope fails, what is registered runs, last registered first,
// each as an operation of the scope; when it succeeds, the undos pass to the scope
// around it. Registering for a child context or a batch replaces what that one
// handed over.
//
// Unless spec.Block is set, body runs one operation with the context it gets, and
// that operation's identity is that of spec.Of with the mark of an undo.
func Undo(ctx *Context, spec *UndoSpec, body func(*Context) error) {
	inv := ctx.scope.inv
	entry := &undoEntry{path: opid.Join(ctx.scope.path, spec.Of, ctx.turns), spec: spec, body: body}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if before, ok := inv.renamed[entry.path]; ok {
		entry.path = before
	}
	ctx.scope.registerLocked(entry)
}

// Commit drops what ctx's scope has registered for undo so far, with what scopes inside
// of it have handed over, so that a later failure does not take it back: the operations
// kept for it are free for others. What the scopes around ctx's have registered stays,
// and so does an undo that is registered later, one for the whole scope too. It is no
// operation of the service, and its place in the flow is all that counts; see [Undo].
//
// An undo that has begun goes on: a scope that was given up in a batch which had been
// decided, and at a replay gets further than it had before, commits nothing of what it
// has taken back.
func (c *Context) Commit() {
	inv, sc := c.scope.inv, c.scope
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if sc.beyond || c.undoBegunLocked() {
		return
	}
	for _, entry := range sc.undos {
		inv.reserved -= entry.count()
	}
	sc.undos = nil
}

// undoBegunLocked reports whether an undo of what c's scope has registered is on record.
func (c *Context) undoBegunLocked() bool {
	return slices.ContainsFunc(c.scope.undos, c.scope.inv.begunLocked)
}

// begunLocked reports whether an undo of an entry is on record.
func (inv *invocation) begunLocked(e *undoEntry) bool {
	if e.body == nil {
		return slices.ContainsFunc(e.inner, inv.begunLocked)
	}
	op := inv.recordedLocked(e.path + opid.Undo)
	return op != nil && op.rec.Status != ""
}

// Rescue gives the context in which err is handled. If that is an
// [*InterruptedError], what the step may have left open has to be settled: operations
// of the context start even when the batch around has been decided, or a context around
// has been ended, as those of an undo do. For any other error it is c.
//
//	if _, ok := errors.AsType[*durable.InterruptedError](err); ok {
//		ctx := ctx.Rescue(err)
//		paid, err = durable.Step(ctx, lookSpec, look)
//	}
func (c *Context) Rescue(err error) *Context {
	if _, interrupted := errors.AsType[*InterruptedError](err); !interrupted {
		return c
	}
	rescue := *c
	rescue.rescuing = true
	return &rescue
}

// expectUndoLocked keeps room for the undo of an operation that is under way: it is
// registered once that has succeeded.
func (inv *invocation) expectUndoLocked(s *opSpec, n int) {
	if s.undoable {
		inv.reserved += n
	}
}

// registerLocked adds an entry, in the place of one for the same operation.
func (s *scope) registerLocked(entry *undoEntry) {
	s.inv.reserved += entry.count()
	for i := len(s.undos) - 1; i >= 0; i-- {
		if s.undos[i].path == entry.path {
			s.inv.reserved -= s.undos[i].count()
			s.undos[i] = entry
			return
		}
	}
	s.undos = append(s.undos, entry)
}

// handOverLocked passes the undos of a scope that has succeeded to c's, as one
// entry.
func (c *Context) handOverLocked(child *Context) {
	if undos := child.scope.undos; len(undos) > 0 {
		child.scope.undos = nil
		entry := &undoEntry{path: child.scope.path, inner: undos}
		c.scope.inv.reserved -= entry.count()
		c.scope.registerLocked(entry)
	}
}

// runUndos undoes what was registered on c's scope, last first. It returns a
// control error, or an [*UndoFailedError] if some undo has failed. cause is why; nil if
// the scope is given up.
func (c *Context) runUndos(cause error) error {
	inv, sc := c.scope.inv, c.scope
	inv.mu.Lock()
	undos := sc.undos
	sc.undos = nil
	sc.undoing = len(undos) > 0
	c.leaveLocked()
	inv.mu.Unlock()
	if len(undos) == 0 {
		return nil
	}
	u := &undoing{c: c}
	defer func() {
		inv.mu.Lock()
		sc.undoing = false
		// What an undo did stands: what its operations registered is dropped.
		for _, entry := range sc.undos {
			inv.reserved -= entry.count()
		}
		sc.undos = nil
		inv.mu.Unlock()
	}()
	// A failure on the way must not take the place of the scope's own origin.
	lastErr, lastTrace := c.task.lastErr, c.task.lastTrace
	u.run(undos)
	c.task.lastErr, c.task.lastTrace = lastErr, lastTrace
	if u.ended != nil {
		return u.ended
	}
	if len(u.failed) > 0 {
		return newUndoFailedError(cause, u.failed)
	}
	return nil
}

func newUndoFailedError(cause error, failed []FailedUndo) *UndoFailedError {
	why := "given up, since the batch around it was decided"
	if cause != nil {
		why = cause.Error()
	}
	return &UndoFailedError{Operation: failed[0].Operation, Message: why + notUndone(failed), Cause: cause, Undos: failed}
}

// notUndone tells of undos that failed.
func notUndone(failed []FailedUndo) string {
	undos := make([]string, len(failed))
	for i, f := range failed {
		undos[i] = fmt.Sprintf("%s (%v)", f.Operation, f.Err)
	}
	return "; not undone: " + strings.Join(undos, ", ")
}

// undoing is a run through the undos of a scope.
type undoing struct {
	c      *Context
	failed []FailedUndo
	ended  *control
}

func (u *undoing) run(entries []*undoEntry) {
	for i := len(entries) - 1; i >= 0 && u.ended == nil; i-- {
		entry := entries[i]
		if entry.body == nil {
			u.run(entry.inner)
			continue
		}
		err := u.one(entry)
		inv := u.c.scope.inv
		inv.mu.Lock()
		inv.reserved--
		if inv.order != nil && (err == nil || Catchable(err)) && !u.c.scope.parent.undoes() {
			inv.order.noteLocked(entry, err)
		}
		inv.mu.Unlock()
		if err == nil {
			continue
		}
		if ctl := controlOf(err); ctl != nil {
			u.ended = ctl
			return
		}
		u.failed = append(u.failed, FailedUndo{opid.Words(entry.path), err})
	}
}

// one runs one undo, under the identity of what it undoes and in the scope that
// undoes.
func (u *undoing) one(entry *undoEntry) error {
	c := &Context{scope: u.c.scope, task: u.c.task, only: entry.path + opid.Undo}
	if !entry.spec.Block {
		_, err := c.guard(func(c *Context) (*string, error) { return nil, entry.body(c) })
		return err
	}
	spec := &ContextSpec{Name: entry.spec.Name, ID: entry.spec.Of, Pos: entry.spec.Pos}
	return c.runChild(spec, "undo", wire.SubTypeRunInChildContext, nil, func(c *Context) (*string, error) {
		return nil, entry.body(c)
	})
}
