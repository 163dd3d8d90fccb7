// A Lambda bootstrap with a workflow of up to three steps, for benchmarks.
package main

import (
	"context"

	"github.com/durablegen/durablegen/runtime/durable"
)

var (
	reserve = &durable.StepSpec{Name: "reserve"}
	charge  = &durable.StepSpec{Name: "charge"}
	ship    = &durable.StepSpec{Name: "ship"}
)

func order(ctx *durable.Context, steps int) (string, error) {
	var last string
	for _, spec := range []*durable.StepSpec{reserve, charge, ship}[:steps] {
		done, err := durable.Step(ctx, spec, func(context.Context) (string, error) { return spec.Name + "d", nil })
		if err != nil {
			return "", err
		}
		last = done
	}
	return last, nil
}

func main() {
	durable.Start(durable.Workflow(durable.Definition{Name: "orders"}, order))
}
