package byhand

import (
	"encoding/json"

	"github.com/durablegen/durablegen/runtime/durable"
)

// TargetError is what the failing target fails with.
type TargetError struct{}

func (*TargetError) Error() string     { return "target failed" }
func (*TargetError) ErrorType() string { return "TargetError" }

// targets are functions for others to invoke; the rest of them is said in Flow.
func targets() []*durable.Function {
	return []*durable.Function{
		durable.Workflow(durable.Definition{Name: "conformance-target-fail"},
			func(*durable.Context, json.RawMessage) (any, error) { return nil, new(TargetError) }),
	}
}
