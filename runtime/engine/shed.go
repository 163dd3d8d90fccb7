package engine

import (
	"fmt"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// keepBytes is how large an operation's outcome may be to be kept in memory while its execution
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
		facts, err := x.e.store.Events(key, event-1, false, 1, 0)
		if err == nil && (len(facts) == 0 || facts[0].Event != event || facts[0].Op != ops[i].Id) {
			err = fmt.Errorf("event %d is not there", event)
		}
		if err != nil {
			return &wire.APIError{Code: "ServiceException", HTTPStatus: 500, Message: "The outcome of operation " + ops[i].Id + " can't be read: " + err.Error()}
		}
		core.Complement(&ops[i], &facts[0])
	}
	return nil
}
