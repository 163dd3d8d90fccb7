package byhand

import (
	"context"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
)

func divergences() []*durable.Function {
	const name = "identity-slot"
	// A step where a wait was recorded.
	diverging := requirement("11-1", func(ctx *durable.Context, _ none) (string, error) {
		if !ctx.Replaying() {
			return "", durable.Wait(ctx, &durable.WaitSpec{Name: name}, time.Second)
		}
		ctx.Logger().Info("DETERMINISM_REPLAY_CANARY")
		return durable.Step(ctx, &durable.StepSpec{Name: name}, func(ctx context.Context) (string, error) {
			durable.StepLogger(ctx).Info("DETERMINISM_STEP_BODY_EXECUTED")
			return "the wait passed for a step", nil
		})
	})
	return []*durable.Function{
		diverging.With(func(def *durable.Definition) { def.LogReplay = true }),
	}
}
