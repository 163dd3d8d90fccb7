package byhand

import (
	"context"
	"errors"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
)

// nobody is a submitter that hands the callback's ID to nobody: whoever answers it
// finds it in the history.
func nobody(context.Context, string) error { return nil }

// asked makes the function of a requirement that waits for one callback.
func asked(id string, spec func(name string) *durable.CallbackSpec) *durable.Function {
	return requirement(id, func(ctx *durable.Context, name string) (any, error) {
		return durable.WaitForCallback[any](ctx, spec(name), nobody)
	})
}

// caught is asked with a result for the case that the callback fails.
func caught(id string, spec func(name string) *durable.CallbackSpec, instead string) *durable.Function {
	return requirement(id, func(ctx *durable.Context, name string) (any, error) {
		answer, err := durable.WaitForCallback[any](ctx, spec(name), nobody)
		if durable.Catchable(err) {
			return instead, nil
		}
		return answer, err
	})
}

func waitsForCallback() []*durable.Function {
	return []*durable.Function{
		asked("7-1", callback),
		// No name.
		requirement("7-3", func(ctx *durable.Context, _ none) (any, error) {
			return durable.WaitForCallback[any](ctx, &durable.CallbackSpec{}, nobody)
		}),
		asked("7-4", callback),
		asked("7-5", expiring(3*time.Second)),
		caught("7-6", callback, "recovered"),
		// A submitter that fails in both of its attempts.
		requirement("7-7", func(ctx *durable.Context, name string) (any, error) {
			spec := callback(name)
			spec.Retry = again(1)
			return durable.WaitForCallback[any](ctx, spec, func(context.Context, string) error {
				return errors.New("nobody is there")
			})
		}),
		// In a child context.
		requirement("7-8", func(ctx *durable.Context, name string) (any, error) {
			return durable.RunInChildContext(ctx, &durable.ContextSpec{Name: "wrapper"}, func(ctx *durable.Context) (any, error) {
				return durable.WaitForCallback[any](ctx, callback(name), nobody)
			})
		}),
		// After a wait and a step.
		requirement("7-10", func(ctx *durable.Context, name string) (any, error) {
			if err := durable.Wait(ctx, waitSpec, time.Second); err != nil {
				return nil, err
			}
			if err := doEcho(ctx); err != nil {
				return nil, err
			}
			return durable.WaitForCallback[any](ctx, callback(name), nobody)
		}),
		// The answer as an object.
		requirement("7-11", func(ctx *durable.Context, name string) (string, error) {
			answer, err := durable.WaitForCallback[struct{ Status string }](ctx, callback(name), nobody)
			return answer.Status, err
		}),
		asked("7-12", beating(5*time.Second)),
		asked("7-13", beating(10*time.Second)),
		caught("7-14", expiring(3*time.Second), "timed-out-handled"),
		asked("7-15", callback),
	}
}
