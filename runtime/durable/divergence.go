package durable

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// divergeLocked fails the execution because the code asks for what s describes, and
// the record holds something else.
func (inv *invocation) divergeLocked(id string, s *opSpec, recorded string) *control {
	return inv.condemnLocked(&DivergenceError{Operation: id, Pos: s.pos, Recorded: recorded, Wanted: s.describe()})
}

// twiceLocked fails the execution because the code asks for an operation once more.
func (inv *invocation) twiceLocked(s *opSpec, op *operation) *control {
	return inv.divergeLocked(op.rec.Id, s, describeRecord(&op.rec)+
		", which has been asked for already (a scope has a name once, or once in each Turn of a loop)")
}

// misuseLocked fails the execution because a context was used where it must not be.
func (inv *invocation) misuseLocked(s *opSpec, message string) *control {
	return inv.condemnLocked(&MisuseError{Operation: s.label(), Pos: s.pos, Message: message})
}

// condemnLocked fails the execution, whatever the workflow makes of the error.
func (inv *invocation) condemnLocked(err error) *control {
	c := &control{kind: failed, err: err}
	inv.failLocked(c)
	return c
}

// diverge is divergeLocked for who does not hold the lock.
func (c *Context) diverge(op *operation, s *opSpec, recorded string) *control {
	inv := c.scope.inv
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return inv.divergeLocked(op.rec.Id, s, recorded)
}

// staleInput fails an execution whose input has been decoded before, since operations are
// on record, and does not decode any more: nil if it is not such a one.
func (c *Context) staleInput(err error) error {
	inv := c.scope.inv
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if c.scope.group.unclaimed == 0 {
		return nil
	}
	s := &opSpec{segment: inv.fn.def.Name}
	return inv.condemnLocked(&DivergenceError{
		Operation: s.segment, Recorded: fmt.Sprintf("an input that does not decode: %v", err), Wanted: "that of its parameters",
	})
}

// staleError fails the execution because an error that its own code has recorded, in an
// earlier invocation, does not decode any more: nil if it does.
func (c *Context) staleError(op *operation, obj *wire.ErrorObject, s *opSpec, fails []string) error {
	if !op.loaded || obj == nil {
		return nil
	}
	if _, err := c.scope.inv.fn.def.decodeData(obj, fails); err != nil {
		return c.diverge(op, s, fmt.Sprintf("%s with %s, whose data does not decode: %v", describeRecord(&op.rec), obj.ErrorType, err))
	}
	return nil
}

// describe tells what the code wants.
func (s *opSpec) describe() string { return describeOperation(s.typ, s.subType, s.name) }

// describeRecord tells what the record holds.
func describeRecord(rec *wire.Operation) string {
	text := describeOperation(rec.Type, rec.SubType, rec.Name)
	if _, callee, _ := opid.Callee(rec.Id); callee != "" {
		text += fmt.Sprintf(" that calls %q", callee)
	}
	if rec.Status != "" {
		text += ", " + string(rec.Status)
	}
	return text
}

func describeOperation(typ wire.OperationType, subType, name string) string {
	text := "a " + string(typ)
	if typ == wire.TypeExecution {
		text = "the workflow"
	}
	if subType != "" && !strings.EqualFold(subType, string(typ)) {
		text += " (" + subType + ")"
	}
	if name != "" {
		text += fmt.Sprintf(" named %q", name)
	}
	return text
}

// unclaimedLocked names the records of a scope that nobody has asked for, the
// first few of them.
func (inv *invocation) unclaimedLocked(g *group) string {
	var found []*wire.Operation
	for _, op := range inv.ops {
		if op.group == g && !op.claimed && op.rec.Status != "" {
			found = append(found, &op.rec)
		}
	}
	slices.SortFunc(found, func(a, b *wire.Operation) int {
		return cmp.Or(cmp.Compare(a.StartTimestamp, b.StartTimestamp), cmp.Compare(a.Id, b.Id))
	})
	var text strings.Builder
	for i, rec := range found {
		if i == 3 {
			fmt.Fprintf(&text, " and %d more", len(found)-i)
			break
		}
		if i > 0 {
			text.WriteString(", ")
		}
		if words := opid.Words(rec.Id); words != "" {
			fmt.Fprintf(&text, "%q: ", words)
		}
		text.WriteString(describeRecord(rec))
	}
	return text.String()
}
