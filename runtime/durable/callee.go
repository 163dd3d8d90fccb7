package durable

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// What an operation without a label calls is its name, and so its identity. A label is
// kept by an edit that calls something else: so the ID of an operation with a label tells
// what it calls, and the record of one thing is not taken for the outcome of another. The
// author's `was` says that it is the same: then nothing is told and nothing compared.

// findLocked gives the ID under which the operation that s describes is recorded, or else is to
// be, and its path: that of the record, where `was` says that what it calls had another name.
func (c *Context) findLocked(s *opSpec, path string) (id, at string, err error) {
	inv := c.scope.inv
	plain := opid.Of(path)
	tells := s.calls != "" && !s.was
	if id = plain; tells {
		id = opid.Calling(path, s.calls)
	}
	if inv.knowsLocked(id) {
		return id, path, nil
	}
	if tells && inv.knowsLocked(plain) {
		return plain, path, nil // the label keeps the name of a step, or is older than what IDs tell
	}
	if other := inv.callingLocked(path); other != nil {
		if other.rec.Type == s.typ && other.rec.SubType == s.subType && !s.takesOver(other, path) {
			return "", "", inv.calleeLocked(s, other)
		}
		return other.id, path, nil
	}
	if c.only != "" {
		return id, path, nil
	}
	if before, renamed := c.renamedLocked(s); renamed != nil {
		if inv.renamed == nil {
			inv.renamed = map[string]string{}
		}
		inv.renamed[path] = before
		return renamed.id, before, nil
	}
	return id, path, nil
}

// knowsLocked reports whether an operation is recorded, or has been asked for.
func (inv *invocation) knowsLocked(id string) bool {
	op := inv.ops[id]
	return op != nil && (op.claimed || op.rec.Status != "")
}

// callingLocked gives the record at a path whose ID tells what it calls.
func (inv *invocation) callingLocked(path string) *operation {
	if len(inv.calling) == 0 {
		return nil
	}
	for _, base := range opid.Bases(path) {
		if op := inv.calling[base]; op != nil {
			return op
		}
	}
	return nil
}

// recordedLocked gives the operation at a path, whatever its ID tells besides.
func (inv *invocation) recordedLocked(path string) *operation {
	if op := inv.ops[opid.Of(path)]; op != nil {
		return op
	}
	return inv.callingLocked(path)
}

// takesOver reports whether the record of other, at the operation's own path, is its own
// though the ID tells of another callee.
func (s *opSpec) takesOver(other *operation, path string) bool {
	_, callee, _ := opid.Callee(other.id)
	switch {
	case s.was:
		return true // the author says so
	case s.calls == "" && callee == s.segment:
		return true // the label is gone, and was its own name besides
	case s.calls == "" && s.typ == wire.TypeContext && s.subType == wire.SubTypeRunInChildContext:
		return true // a group in the place of a call: each operation inside is compared
	}
	// What has been undone stays so, however the code would do that today.
	return strings.HasSuffix(path, opid.Undo) && other.rec.Status.Terminal()
}

// renamedLocked finds the record of an operation whose callee has another name since: for
// `step take() as "pay" was "charge"` that of `step charge() as "pay"`, and the other way
// round, for the build before.
func (c *Context) renamedLocked(s *opSpec) (path string, op *operation) {
	inv := c.scope.inv
	var id string
	switch {
	case s.was && s.name != "":
		path = opid.Join(c.scope.path, s.name, c.turns+s.marks)
		id = opid.Calling(path, s.segment)
	case s.calls != "":
		path = opid.Join(c.scope.path, s.calls, c.turns+s.marks)
		id = opid.Of(path)
	default:
		return "", nil
	}
	op = inv.ops[id]
	if op == nil || op.claimed || op.rec.Name != s.name || op.rec.Type != s.typ {
		return "", nil
	}
	return path, op
}

// calleeLocked fails the execution because the code calls something else than was called.
func (inv *invocation) calleeLocked(s *opSpec, other *operation) *control {
	_, callee, _ := opid.Callee(other.id)
	wanted := s.describe() + fmt.Sprintf(" that calls %q", s.callee())
	if callee != "" {
		wanted += fmt.Sprintf("; if that is only its new name, say so with was %q", callee)
	}
	return inv.condemnLocked(&DivergenceError{Operation: other.id, Pos: s.pos, Recorded: describeRecord(&other.rec), Wanted: wanted})
}

// callee is what the operation calls.
func (s *opSpec) callee() string {
	if s.calls != "" {
		return s.calls
	}
	return s.label()
}

// checkUndoLocked compares who undoes with who has begun to. One that has ended stays what
// it was; one that is under way is not gone on with by another.
func (inv *invocation) checkUndoLocked(s *opSpec, path string, op *operation) *control {
	if s.was || op.rec.Name == "" || op.rec.Name == s.name || s.name == "" {
		return nil
	}
	if op.rec.Status.Terminal() {
		inv.noticeLocked(s, path, "undo has been done by what the code names otherwise now", describeRecord(&op.rec))
		return nil
	}
	return inv.condemnLocked(&DivergenceError{
		Operation: op.id, Pos: s.pos, Recorded: describeRecord(&op.rec),
		Wanted: fmt.Sprintf("%s; if that is only its new name, say so with was %q", s.describe(), op.rec.Name),
	})
}
