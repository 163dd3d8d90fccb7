package core

import (
	"encoding/base64"
	"strconv"

	"github.com/durablegen/durablegen/runtime/wire"
)

// defaultPage is how many operations a page holds when nobody says.
const defaultPage = 100

// Open gives the operations that have not ended, without details and data.
func (s *State) Open() []wire.Operation {
	var out []wire.Operation
	for _, id := range s.order {
		if o := s.lookup(id); o.Type != wire.TypeExecution && !o.Status.Terminal() {
			out = append(out, wire.Operation{
				Id: o.Id, ParentId: o.ParentId, Name: o.Name, Type: o.Type, SubType: o.SubType, Status: o.Status, StartTimestamp: o.StartTimestamp,
			})
		}
	}
	return out
}

// StatePage gives the operations from a marker on, for the running invocation.
func (s *State) StatePage(token, marker string, maxItems int) (*wire.ExecutionState, error) {
	if err := s.checkToken(token); err != nil {
		return nil, err
	}
	from := 0
	if marker != "" {
		b, err := base64.RawURLEncoding.DecodeString(marker)
		n, err2 := strconv.Atoi(string(b))
		if err != nil || err2 != nil || n < 0 || n > len(s.order) {
			return nil, invalid("Invalid Marker")
		}
		from = n
	}
	if maxItems <= 0 {
		maxItems = defaultPage
	}
	p := s.page(from, maxItems)
	return &p, nil
}

// page gives operations in the order of their start, those left out that are of no
// use for a replay: whatever happened in a context that has ended. maxItems 0 means no limit but
// the size of an envelope.
func (s *State) page(from, maxItems int) wire.ExecutionState {
	p := wire.ExecutionState{Operations: []wire.Operation{}}
	inside := map[string]bool{} // contexts by ID: whether what is in them is left out
	size := 0
	for i := from; i < len(s.order); i++ {
		o := s.ops[s.order[i]]
		if s.leftOut(o.ParentId, inside) {
			continue
		}
		size += operationSize(&o.Operation) + o.size + o.size/8
		// The first page of an envelope may be empty; a page asked for may not.
		full := size > s.limits.Envelope && (len(p.Operations) > 0 || maxItems == 0)
		if full || maxItems > 0 && len(p.Operations) >= maxItems {
			p.NextMarker = base64.RawURLEncoding.EncodeToString(strconv.AppendInt(nil, int64(i), 10))
			return p
		}
		p.Operations = append(p.Operations, cloneOperation(&o.Operation))
		if s.Start.Undoes != nil && o.Type == wire.TypeExecution {
			p.Operations[len(p.Operations)-1].Type = wire.TypeUndo
		}
	}
	return p
}

// leftOut tells whether the operations in a context are of no use for a replay.
func (s *State) leftOut(context string, known map[string]bool) bool {
	if context == "" {
		return false
	}
	out, ok := known[context]
	if !ok {
		o := s.ops[context]
		out = o.Status.Terminal() && !(o.ContextDetails != nil && o.ContextDetails.ReplayChildren) || s.leftOut(o.ParentId, known)
		known[context] = out
	}
	return out
}

// Operations gives all operations in the order of their start.
func (s *State) Operations() []wire.Operation {
	out := make([]wire.Operation, len(s.order))
	for i, id := range s.order {
		out[i] = cloneOperation(&s.ops[id].Operation)
	}
	return out
}

// operationSize estimates the size of an operation's JSON.
func operationSize(o *wire.Operation) int {
	n := 250 + len(o.Name)
	add := func(payload *string, e *wire.ErrorObject) {
		if payload != nil {
			n += len(*payload) + len(*payload)/8 // quotes and backslashes are escaped
		}
		n += errorSize(e)
	}
	switch {
	case o.StepDetails != nil:
		add(o.StepDetails.Result, o.StepDetails.Error)
	case o.ContextDetails != nil:
		add(o.ContextDetails.Result, o.ContextDetails.Error)
	case o.CallbackDetails != nil:
		add(o.CallbackDetails.Result, o.CallbackDetails.Error)
	case o.ChainedInvokeDetails != nil:
		add(o.ChainedInvokeDetails.Result, o.ChainedInvokeDetails.Error)
	case o.ExecutionDetails != nil:
		add(o.ExecutionDetails.InputPayload, nil)
	}
	return n
}
