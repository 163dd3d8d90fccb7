package engine

import (
	"fmt"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// keepBytes is how large an operation's outcome, and an input, may be to be kept in memory while the execution
// runs. Larger ones are read from the store when they are asked for: an execution may write
// 100 MB, and thousands may wait.
const keepBytes = 8 << 10

// shed puts large outcomes out of memory; with a store in memory they would be there all the same.
// Called with mu, or before anybody else knows x.
func (x *execution) shed(facts []core.Fact) {
	if x.e.opts.Dir != "" {
		x.state.Shed(facts, keepBytes)
	}
}

// complement reads the outcomes that operations of the execution lack.
func (x *execution) complement(ops []wire.Operation) error {
	var missing map[int]int
	var key int64
	x.read(func(s *core.State) { missing, key = s.Missing(ops), x.header.Key })
	for i, event := range missing {
		f, err := x.e.event(key, event, ops[i].Id)
		if err != nil {
			return err
		}
		core.Complement(&ops[i], f)
	}
	return nil
}

// event reads an event of an operation.
func (e *Engine) event(key int64, event int, op string) (*core.Fact, error) {
	facts, err := e.store.Events(key, event-1, false, 1, 0)
	if err == nil && (len(facts) == 0 || facts[0].Event != event || facts[0].Op != op) {
		err = fmt.Errorf("event %d is not there", event)
	}
	if err != nil {
		return nil, &wire.APIError{Code: "ServiceException", HTTPStatus: 500, Message: "The data of operation " + op + " can't be read: " + err.Error()}
	}
	return &facts[0], nil
}

// inputOf reads the input of an execution that is described without, because it was put away.
func (e *Engine) inputOf(out *Execution, h *store.Execution) error {
	f, err := e.event(h.Key, 1, h.ARN.ID)
	if err == nil {
		out.Input = f.Payload
	}
	return err
}
