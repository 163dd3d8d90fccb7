package engine

import (
	"context"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestStepThenWaitSkipped(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true}, map[string]script{
		"orders": func(r *run) (wire.InvocationOutput, error) {
			if r.status("reserve") == "" {
				if err := r.checkpoint(stepUpdates("reserve", `"ok"`)...); err != nil {
					return wire.InvocationOutput{}, err
				}
			}
			if r.status("pause") == "" {
				if err := r.checkpoint(waitUpdate("pause", 5)); err != nil {
					return wire.InvocationOutput{}, err
				}
				return pending, nil
			}
			if got := toJSON(r.in.UpdatedOperationIds); got != `["pause"]` {
				t.Errorf("updated operations %s", got)
			}
			return succeeded(*r.ops["reserve"].StepDetails.Result), nil
		},
	})
	arn := start(t, e, StartInput{Function: "orders", Name: "order-42", Input: str(`{"n":1}`)})
	x := wait(t, e, arn)
	if x.Status != wire.ExecutionSucceeded || *x.Result != `"ok"` {
		t.Errorf("execution ended as %s", toJSON(x))
	}
	wantKinds(t, e, arn, "ExecutionStarted StepStarted StepSucceeded WaitStarted InvocationCompleted WaitSucceeded InvocationCompleted ExecutionSucceeded")
	if got := e.Now().Sub(epoch); got != 5*time.Second {
		t.Errorf("time moved by %v", got)
	}
	ops, _ := e.Operations(context.Background(), arn)
	if len(ops) != 3 || ops[0].Type != wire.TypeExecution || ops[2].Status != wire.StatusSucceeded {
		t.Errorf("operations %s", toJSON(ops))
	}
}
