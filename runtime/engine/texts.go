package engine

import (
	"slices"
	"strings"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// holding leaves those of some executions in whose data the texts of a filter are.
func (e *Engine) holding(found []store.Execution, f *ExecutionFilter) ([]store.Execution, error) {
	input, result, cause := strings.ToLower(f.Input), strings.ToLower(f.Result), strings.ToLower(f.Error)
	keep := func(last bool, holds func(*core.Fact) bool) error {
		keys := make([]int64, len(found))
		for i := range found {
			keys[i] = found[i].Key
		}
		facts, err := e.store.Outermost(keys, last)
		if err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(x store.Execution) bool {
			own := facts[x.Key]
			switch {
			case len(own) == 0:
				return true
			case last:
				return !holds(&own[len(own)-1])
			}
			return !holds(&own[0])
		})
		return nil
	}
	if result != "" || cause != "" { // of which there is one at the most, and at the end
		found = slices.DeleteFunc(found, func(x store.Execution) bool {
			succeeded := x.Status == wire.ExecutionSucceeded
			return x.End == 0 || result != "" && !succeeded || cause != "" && succeeded
		})
		err := keep(true, func(end *core.Fact) bool {
			return (result == "" || end.Payload != nil && holds(*end.Payload, result)) &&
				(cause == "" || end.Error != nil && (holds(end.Error.ErrorType, cause) || holds(end.Error.ErrorMessage, cause) || holds(end.Error.ErrorData, cause)))
		})
		if err != nil {
			return nil, err
		}
	}
	if input != "" {
		if err := keep(false, func(start *core.Fact) bool { return start.Payload != nil && holds(*start.Payload, input) }); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// holds tells whether a text contains another one, which is in lower case.
func holds(text, lower string) bool { return strings.Contains(strings.ToLower(text), lower) }
