// Package byhand holds the workflows of AWS's conformance requirements that Flow
// does not say: names that come from the input, serializers, processes that die,
// flat batches, branches that are added late, plugins, traces. They are written in Go on
// runtime/durable.
package byhand

import (
	"context"
	"slices"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
)

// Functions gives the workflows, under the names by which they are served.
func Functions() []*durable.Function {
	return slices.Concat(targets(), steps(), children(), callbacks(), invokes(), conditions(),
		waitsForCallback(), parallels(), maps(), plugins(), divergences(), files(), traced())
}

// requirement makes the function of a requirement.
func requirement[In, Out any](id string, body func(*durable.Context, In) (Out, error)) *durable.Function {
	return durable.Workflow(durable.Definition{Name: "conformance-" + id}, body)
}

// none is the input of workflows that look at none.
type none struct{}

func (*none) UnmarshalJSON([]byte) error { return nil }

// again is a policy of n more attempts, a second apart.
func again(n int) *durable.RetryPolicy {
	return &durable.RetryPolicy{Attempts: n, Every: time.Second, Backoff: 1, Jitter: durable.JitterNone}
}

var echoSpec = &durable.StepSpec{Name: "echo"}

// echo is a step that gives back its argument.
func echo[T any](ctx *durable.Context, value T) (T, error) {
	return durable.Step(ctx, echoSpec, func(context.Context) (T, error) { return value, nil })
}

func ptr[T any](v T) *T { return &v }
