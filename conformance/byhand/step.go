package byhand

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/durablegen/durablegen/runtime/durable"
)

var (
	loudSpec  = &durable.StepSpec{Name: "return_input", Serdes: upperCase}
	crashSpec = &durable.StepSpec{Name: "at_most_once_flaky_step", AtMostOnce: true, Retry: again(2)}
)

func steps() []*durable.Function {
	return []*durable.Function{
		// A serializer for one step.
		requirement("1-6", func(ctx *durable.Context, text string) (string, error) {
			return durable.Step(ctx, loudSpec, func(context.Context) (string, error) { return text, nil })
		}),
		// At most once per attempt: the first one dies, the second succeeds.
		requirement("1-18", func(ctx *durable.Context, text string) (string, error) {
			return durable.Step(ctx, crashSpec, func(ctx context.Context) (string, error) {
				durable.StepLogger(ctx).Info("attempt with " + text)
				if durable.Attempt(ctx) == 1 {
					os.Exit(1)
				}
				return "succeeded on second attempt", nil
			})
		}),
	}
}

// dieOnce ends the process the first time that the step whose body's context ctx
// is gets here. What the process knew is lost then, so a file remembers it.
func dieOnce(ctx context.Context) {
	sum := sha256.Sum256([]byte(durable.IdempotencyKey(ctx)))
	marker := filepath.Join(os.TempDir(), "durablegen-conformance-"+hex.EncodeToString(sum[:]))
	file, err := os.OpenFile(marker, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		os.Remove(marker)
		return
	}
	file.Close()
	os.Exit(1)
}
