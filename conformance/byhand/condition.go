package byhand

import (
	"context"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
)

var growSpec = &durable.ConditionSpec{Name: "grow", Every: time.Second, AtMost: 60, Serdes: reversed}

func conditions() []*durable.Function {
	return []*durable.Function{
		// A serializer for the state.
		requirement("6-11", func(ctx *durable.Context, _ none) (string, error) {
			return durable.WaitForCondition(ctx, growSpec, "",
				func(_ context.Context, state string) (string, error) { return state + "x", nil },
				func(state string) (bool, error) { return len(state) >= 2, nil })
		}),
	}
}
