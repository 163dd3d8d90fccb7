package byhand

import (
	"context"

	"github.com/durablegen/durablegen/runtime/durable"
)

// fragileSpec is a step that runs again after its process has died. It dies on
// purpose, at a moment when its start is certain to be recorded.
var fragileSpec = &durable.StepSpec{Name: "fragile", Undoable: true}

func children() []*durable.Function {
	return []*durable.Function{
		// A name from the input.
		requirement("3-2", func(ctx *durable.Context, in struct{ Name, Value string }) (string, error) {
			spec := &durable.ContextSpec{Name: in.Name, ID: "child"}
			return durable.RunInChildContext(ctx, spec, func(ctx *durable.Context) (string, error) {
				return echo(ctx, in.Value)
			})
		}),
		// The process dies in a step of the child.
		requirement("3-12", func(ctx *durable.Context, text string) (string, error) {
			return durable.RunInChildContext(ctx, &durable.ContextSpec{Name: "child"}, func(ctx *durable.Context) (string, error) {
				return durable.Step(ctx, fragileSpec, func(ctx context.Context) (string, error) {
					dieOnce(ctx)
					return text, nil
				})
			})
		}),
		// A serializer for the child's result.
		requirement("3-14", func(ctx *durable.Context, text string) (string, error) {
			spec := &durable.ContextSpec{Name: "child", Serdes: upperCase}
			return durable.RunInChildContext(ctx, spec, func(ctx *durable.Context) (string, error) {
				return echo(ctx, text)
			})
		}),
	}
}
