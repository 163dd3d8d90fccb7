package codegen

import (
	"testing"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/runtime/wire"
)

// A workflow without a timeout gets none in Go: what the checker takes for its default is what the
// runtime and the engine do.
func TestDefaultTimeout(t *testing.T) {
	if dsl.DefaultTimeout != wire.DefaultExecutionTimeout {
		t.Errorf("the checker knows %v, the runtime %v", dsl.DefaultTimeout, wire.DefaultExecutionTimeout)
	}
}
