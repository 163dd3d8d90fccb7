package byhand

import (
	"github.com/durablegen/durablegen/runtime/durable"
)

const echoTarget = "conformance-target-echo:$LATEST"

func invokes() []*durable.Function {
	return []*durable.Function{
		// A name from the input.
		requirement("5-2", func(ctx *durable.Context, in struct {
			Name    string
			Payload any
		}) (any, error) {
			spec := &durable.InvokeSpec{Name: in.Name, ID: "invoke", Function: echoTarget}
			return durable.Invoke[any](ctx, spec, in.Payload)
		}),
		// A tenant.
		requirement("5-8", func(ctx *durable.Context, in struct {
			TenantID string
			Payload  any
		}) (any, error) {
			spec := &durable.InvokeSpec{Function: echoTarget, TenantID: in.TenantID}
			return durable.Invoke[any](ctx, spec, in.Payload)
		}),
		// A serializer for what is sent.
		requirement("5-15", func(ctx *durable.Context, in any) (any, error) {
			spec := &durable.InvokeSpec{Function: echoTarget, InputSerdes: upperJSON{}}
			return durable.Invoke[any](ctx, spec, in)
		}),
		// A deserializer for what comes back.
		requirement("5-16", func(ctx *durable.Context, in any) (string, error) {
			spec := &durable.InvokeSpec{Function: echoTarget, Serdes: readLoud}
			return durable.Invoke[string](ctx, spec, in)
		}),
	}
}
