package durabletest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// A result that the service does not take is a failure like any other: what was done is
// undone, wherever the function dies meanwhile.
func TestResultThatIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		size    int
		timeout time.Duration // beyond 15 minutes nobody waits for it
		refused bool
	}{
		"waited for":            {1_500_000, 10 * time.Minute, false},
		"not waited for":        {1_500_000, time.Hour, true},
		"as large as it may be": {1<<20 - 2, time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			taken, refunded := 0, 0
			setup := func(t testing.TB) *durabletest.Env {
				taken, refunded = 0, 0
				return durabletest.New(t, durable.Workflow(durable.Definition{Name: "order", Timeout: test.timeout}, func(ctx *durable.Context, _ any) (string, error) {
					if err := durable.Do(ctx, &durable.StepSpec{Name: "charge", Undoable: true}, func(context.Context) error { taken++; return nil }); err != nil {
						return "", err
					}
					durable.Undo(ctx, &durable.UndoSpec{Of: "charge", Block: true}, func(ctx *durable.Context) error {
						if err := durable.Wait(ctx, &durable.WaitSpec{Name: "a while"}, time.Minute); err != nil {
							return err
						}
						return durable.Do(ctx, &durable.StepSpec{Name: "refund"}, func(context.Context) error { refunded++; return nil })
					})
					return strings.Repeat("x", test.size-2), nil
				}))
			}
			check := func(t testing.TB, run *durabletest.Run) {
				if !test.refused {
					run.MustSucceed(nil)
				} else {
					run.MustFail("Unexpected", nil)
					if want := fmt.Sprintf("%d bytes", test.size); !strings.Contains(run.Error().ErrorMessage, want) {
						t.Errorf("%s", run.Error().ErrorMessage)
					}
				}
				if taken == 0 || (refunded > 0) != test.refused {
					t.Errorf("taken %d times, refunded %d times", taken, refunded)
				}
			}
			if test.refused {
				durabletest.EveryBoundary(t, setup, nil, check)
			} else {
				check(t, setup(t).Run(nil))
			}
		})
	}
}
