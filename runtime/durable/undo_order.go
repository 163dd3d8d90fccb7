package durable

import (
	"encoding/json"
	"strings"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// An execution can be given the records of one that ended without its undos, and the order to run
// them: [wire.Undo]. Its workflow is given up from the start, as an item is whose batch was decided:
//
//   - What is recorded is replayed, and nothing new starts, but for undos and what settles a step
//     that was interrupted.
//   - A step with an undo that was cut off runs once more, under the idempotency key that it had: only so
//     is it known whether there is something to undo.
//   - Every scope that has not ended ends where it stands, and runs what it has registered.

// undoOrder is the order, and what has become of it.
type undoOrder struct {
	*wire.Undo
	open   map[string]bool
	undone []string
	failed []FailedUndo
}

func newUndoOrder(u *wire.Undo) *undoOrder {
	o := &undoOrder{Undo: u, open: make(map[string]bool, len(u.Open))}
	for _, id := range u.Open {
		o.open[id] = true
	}
	return o
}

// noteLocked notes what became of an undo.
func (o *undoOrder) noteLocked(entry *undoEntry, err error) {
	if err != nil {
		o.failed = append(o.failed, FailedUndo{opid.Words(entry.path), err})
		return
	}
	o.undone = append(o.undone, opid.Words(entry.path))
}

// undone is the result of an execution that has undone another one: what was undone, in the order in
// which that was done, as in "hotels / [1] / book". Of what fails, the error tells.
type undone struct {
	Undone []string `json:"undone"`
}

// outcome is how the execution ends.
func (o *undoOrder) outcome(c *Context) wire.InvocationOutput {
	if len(o.failed) > 0 {
		message := o.Reason + notUndone(o.failed)
		if len(o.undone) > 0 {
			message += "; undone: " + strings.Join(o.undone, ", ")
		}
		return wire.InvocationOutput{Status: wire.InvocationFailed, Error: c.errorObject(&UndoFailedError{
			Operation: o.failed[0].Operation, Message: message, Undos: o.failed,
		})}
	}
	text, _ := json.Marshal(undone{append([]string{}, o.undone...)}) // texts: can't fail
	result := string(text)
	return wire.InvocationOutput{Status: wire.InvocationSucceeded, Result: &result}
}
