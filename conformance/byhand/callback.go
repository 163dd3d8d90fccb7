package byhand

import (
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
)

// callback describes a callback whose name comes from the input.
func callback(name string) *durable.CallbackSpec {
	return &durable.CallbackSpec{Name: name, ID: "callback"}
}

func expiring(timeout time.Duration) func(name string) *durable.CallbackSpec {
	return func(name string) *durable.CallbackSpec {
		return &durable.CallbackSpec{Name: name, ID: "callback", Timeout: timeout}
	}
}

func beating(heartbeat time.Duration) func(name string) *durable.CallbackSpec {
	return func(name string) *durable.CallbackSpec {
		return &durable.CallbackSpec{Name: name, ID: "callback", HeartbeatTimeout: heartbeat}
	}
}

// opened makes the function of a requirement that creates a callback, does
// something, awaits the callback, and does something else. Nil means nothing.
func opened(id string, spec func(name string) *durable.CallbackSpec,
	before func(*durable.Context) error, after func(ctx *durable.Context, answer any, err error) (any, error)) *durable.Function {

	return requirement(id, func(ctx *durable.Context, name string) (any, error) {
		cb, err := durable.CreateCallback[any](ctx, spec(name))
		if err != nil {
			return nil, err
		}
		if before != nil {
			if err := before(ctx); err != nil {
				return nil, err
			}
		}
		answer, err := cb.Await(ctx)
		if after != nil {
			return after(ctx, answer, err)
		}
		return answer, err
	})
}

func doEcho(ctx *durable.Context) error {
	_, err := echo(ctx, "meanwhile")
	return err
}

func doWait(d time.Duration) func(*durable.Context) error {
	return func(ctx *durable.Context) error { return durable.Wait(ctx, waitSpec, d) }
}

var waitSpec = &durable.WaitSpec{Name: "pause"}

// thenWait waits, and returns the answer or the text of the error.
func thenWait(ctx *durable.Context, answer any, err error) (any, error) {
	if err != nil {
		if !durable.Catchable(err) {
			return nil, err
		}
		answer = err.Error()
	}
	if err := durable.Wait(ctx, waitSpec, 2*time.Second); err != nil {
		return nil, err
	}
	return answer, nil
}

func callbacks() []*durable.Function {
	return []*durable.Function{
		opened("4-1", callback, nil, nil),
		opened("4-3", expiring(5*time.Second), nil, nil),
		opened("4-4", beating(5*time.Second), nil, nil),
		opened("4-5", beating(10*time.Second), nil, nil),
		opened("4-6", callback, nil, nil),
		opened("4-7", callback, doEcho, nil),
		opened("4-8", expiring(5*time.Second), doEcho, nil),
		opened("4-9", callback, doWait(5*time.Second), nil),
		opened("4-10", callback, doWait(5*time.Second), nil),
		opened("4-11", expiring(3*time.Second), doWait(6*time.Second), nil),
		opened("4-12", callback, nil, func(ctx *durable.Context, answer any, err error) (any, error) {
			if err != nil {
				return nil, err
			}
			return thenWait(ctx, answer, nil)
		}),
		opened("4-13", callback, nil, thenWait),
		opened("4-14", expiring(3*time.Second), nil, thenWait),

		// A deserializer that makes a typed object.
		requirement("4-15", func(ctx *durable.Context, name string) (map[string]message, error) {
			spec := callback(name)
			spec.Serdes = messages{}
			received, err := await[message](ctx, spec)
			return map[string]message{"received": received}, err
		}),
		// A deserializer that makes a number.
		requirement("4-16", func(ctx *durable.Context, name string) (map[string]int, error) {
			spec := callback(name)
			spec.Serdes = asJSON{}
			count, err := await[int](ctx, spec)
			return map[string]int{"count": count, "doubled": 2 * count}, err
		}),

		// One after the other.
		requirement("4-17", func(ctx *durable.Context, names []string) ([]any, error) {
			var answers []any
			for i, name := range names {
				answer, err := await[any](ctx.Turn(i), callback(name))
				if err != nil {
					return nil, err
				}
				answers = append(answers, answer)
			}
			return answers, nil
		}),
		// Both open; awaited in order, and the other way round.
		requirement("4-18", func(ctx *durable.Context, names []string) ([]any, error) {
			return awaitAll(ctx, names, 0, 1)
		}),
		requirement("4-19", func(ctx *durable.Context, names []string) ([]any, error) {
			return awaitAll(ctx, names, 1, 0)
		}),
	}
}

// await creates a callback and awaits it at once.
func await[T any](ctx *durable.Context, spec *durable.CallbackSpec) (T, error) {
	cb, err := durable.CreateCallback[T](ctx, spec)
	if err != nil {
		var zero T
		return zero, err
	}
	return cb.Await(ctx)
}

// awaitAll opens a callback for each name, awaits them in the given order, and
// returns the answers in that of the names.
func awaitAll(ctx *durable.Context, names []string, order ...int) ([]any, error) {
	var open []*durable.Callback[any]
	for i, name := range names {
		cb, err := durable.CreateCallback[any](ctx.Turn(i), callback(name))
		if err != nil {
			return nil, err
		}
		open = append(open, cb)
	}
	answers := make([]any, len(open))
	for _, i := range order {
		answer, err := open[i].Await(ctx)
		if err != nil {
			return nil, err
		}
		answers[i] = answer
	}
	return answers, nil
}
