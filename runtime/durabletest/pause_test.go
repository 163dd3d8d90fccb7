package durabletest_test

import (
	"context"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/wire"
)

// A pause at a checkpoint of a running workflow: the runtime suspends, and goes on after the resume
// without a step run twice.
func TestPause(t *testing.T) {
	started, invoked := make(chan *durabletest.Run, 1), make(chan bool, 10)
	steps := make(chan string, 10)
	f := durable.Workflow(durable.Definition{Name: "paused"}, func(c *durable.Context, _ string) (string, error) {
		defer func() { invoked <- true }()
		_, err := durable.Step(c, &durable.StepSpec{Name: "first"}, func(context.Context) (string, error) {
			steps <- "first"
			(<-started).Pause()
			return "", nil
		})
		if err != nil {
			return "", err
		}
		if err := durable.Wait(c, &durable.WaitSpec{Name: "pause"}, time.Hour); err != nil {
			return "", err
		}
		return durable.Step(c, &durable.StepSpec{Name: "second"}, func(context.Context) (string, error) {
			steps <- "second"
			return "done", nil
		})
	})
	run := durabletest.New(t, f).Start("x")
	started <- run
	<-invoked
	if status := run.Status(); status != wire.ExecutionPaused {
		t.Fatalf("it is %s", status)
	}
	run.Resume()
	run.Wait()
	var result string
	if run.MustSucceed(&result); result != "done" || len(steps) != 2 {
		t.Errorf("%q after %d steps", result, len(steps))
	}
}
