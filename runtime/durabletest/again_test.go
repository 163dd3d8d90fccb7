package durabletest_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// counting is a workflow that counts to three, an execution for each number.
func counting(counted *atomic.Int64) *durable.Function {
	return durable.Workflow(durable.Definition{Name: "counting", Timeout: time.Hour}, func(ctx *durable.Context, n int) (string, error) {
		err := durable.Do(ctx, durable.Named("count"), func(ctx context.Context) error {
			counted.Add(1)
			return nil
		})
		if err != nil {
			return "", err
		}
		if err := durable.Wait(ctx, &durable.WaitSpec{Name: "later"}, 20*time.Minute); err != nil {
			return "", err
		}
		if n < 3 {
			return "", durable.Again(ctx, nil, n+1)
		}
		return fmt.Sprint("counted to ", n), nil
	})
}

func TestRunFollowsTheChain(t *testing.T) {
	var counted atomic.Int64
	run := durabletest.New(t, counting(&counted)).Run(1)
	var out string
	run.MustSucceed(&out)
	if out != "counted to 3" || counted.Load() != 3 {
		t.Errorf("%q, counted %d times", out, counted.Load())
	}
	var names []string
	for x := run; x != nil; x = x.Next() {
		names = append(names, x.Execution().Name)
		if x.Execution().Status != wire.ExecutionSucceeded {
			t.Errorf("%s is %s", x.ARN, x.Execution().Status)
		}
	}
	if len(names) != 3 || names[0] != "run-1" || !strings.HasPrefix(names[1], "run-1-2-") || !strings.HasPrefix(names[2], "run-1-3-") {
		t.Errorf("the executions are %q", names)
	}
	if want := "execution: ExecutionStarted 2, ExecutionSucceeded, and goes on\nagain_a Again \"again\": StepStarted, StepSucceeded\ncount Step: StepStarted, StepSucceeded null\nlater Wait: WaitStarted 1200s, WaitSucceeded 1200s\n"; run.Next().Signature() != want {
		t.Errorf("got\n%swant\n%s", run.Next().Signature(), want)
	}
}

// Wherever the process of any execution of the chain dies, each number is counted by one
// execution, and the end is the same.
func TestChainSurvivesEveryCrash(t *testing.T) {
	var env *durabletest.Env
	setup := func(t testing.TB) *durabletest.Env {
		env = durabletest.New(t, counting(new(atomic.Int64)))
		return env
	}
	durabletest.EveryBoundary(t, setup, 1, func(t testing.TB, run *durabletest.Run) {
		page, err := env.Engine().ListExecutions(context.Background(), engine.ExecutionFilter{Function: "counting"})
		if err != nil || len(page.Executions) != 3 {
			t.Errorf("%+v, %v", page, err)
		}
	})
}

// A failure of the last one is that of the run.
func TestChainThatFails(t *testing.T) {
	f := durable.Workflow(durable.Definition{Name: "f"}, func(ctx *durable.Context, n int) (int, error) {
		if n < 2 {
			return 0, durable.Again(ctx, nil, n+1)
		}
		return 0, ctx.Fail("", fmt.Errorf("no more"))
	})
	run := durabletest.New(t, f).Run(1)
	if run.Status() != wire.ExecutionFailed || run.Error().ErrorMessage != "no more" || run.Execution().Status != wire.ExecutionSucceeded {
		t.Errorf("%s %v", run.Status(), run.Error())
	}
}
