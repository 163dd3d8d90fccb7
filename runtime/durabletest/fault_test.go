package durabletest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/engine"
)

// Wherever the service fails, the workflow comes to its end, with each step on record once.
// That the key can't be used is what only somebody else can mend.
func TestFaultsOfTheService(t *testing.T) {
	done := map[string]int{}
	workflow := durable.Workflow(durable.Definition{Name: "order"}, func(ctx *durable.Context, _ any) (int, error) {
		sum := 0
		for _, name := range []string{"a", "b"} {
			n, err := durable.Step(ctx, &durable.StepSpec{Name: name, AtMostOnce: name == "b"}, func(context.Context) (int, error) {
				done[name]++
				return 1, nil
			})
			if err != nil {
				return 0, err
			}
			if err := durable.Wait(ctx, &durable.WaitSpec{Name: "wait " + name}, time.Hour); err != nil {
				return 0, err
			}
			sum += n
		}
		return sum, nil
	})
	setup := func(t testing.TB) *durabletest.Env { clear(done); return durabletest.New(t, workflow) }
	boundaries := setup(t).Run(nil).Checkpoints()
	for k := range boundaries {
		for _, f := range engine.AllFaults {
			for _, when := range []durabletest.When{durabletest.Before, durabletest.After} {
				if when == durabletest.After && !f.MayApply() {
					continue
				}
				t.Run(fmt.Sprintf("%s_%s_%d", f, when, k+1), func(t *testing.T) {
					run := setup(t).FaultAt(k+1, f, when).Run(nil)
					if f == engine.FaultKey {
						run.MustFail("KMSAccessDeniedException", nil)
					} else if run.Status() == "SUCCEEDED" {
						run.MustSucceed(nil)
					} else {
						run.MustFail("Interrupted", nil) // of what runs at most once
					}
					if done["b"] > 1 {
						t.Errorf("what runs at most once ran %d times", done["b"])
					}
				})
			}
		}
	}
}
