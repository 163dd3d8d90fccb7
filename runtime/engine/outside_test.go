package engine

import (
	"context"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// asking invokes a function that is registered nowhere, and ends as it does.
func asking(r *run) (wire.InvocationOutput, error) {
	if r.status("ask") == "" {
		u := chainedUpdate("ask", "report:live", `{"n":1}`)
		u.Name = "report"
		if err := r.checkpoint(u); err != nil {
			return pending, err
		}
	}
	switch op := r.ops["ask"]; op.Status {
	case wire.StatusSucceeded:
		return succeeded(*op.ChainedInvokeDetails.Result), nil
	case wire.StatusFailed:
		e := op.ChainedInvokeDetails.Error
		return failed(e.ErrorType, e.ErrorMessage+e.ErrorData), nil
	}
	return pending, nil
}

// What stands for a function answers for it, in the time of the engine.
func TestPlannedFunctions(t *testing.T) {
	for name, c := range map[string]struct {
		plan InvokePlan
		want string
		took time.Duration
	}{
		"a result":        {InvokePlan{Answer: &CallbackAnswer{Result: str("7")}}, "SUCCEEDED 7", 0},
		"a late result":   {InvokePlan{Answer: &CallbackAnswer{Result: str("7")}, After: 20 * time.Hour}, "SUCCEEDED 7", 20 * time.Hour},
		"an error":        {InvokePlan{Answer: &CallbackAnswer{Error: &wire.ErrorObject{ErrorType: "No", ErrorMessage: "no ", ErrorData: "{}"}}, After: time.Minute}, "FAILED No no {}", time.Minute},
		"silence":         {InvokePlan{Silent: true}, "TIMED_OUT Execution.Timeout Execution timed out after 86400 seconds.", 24 * time.Hour},
		"after the end":   {InvokePlan{Answer: &CallbackAnswer{Result: str("7")}, After: 48 * time.Hour}, "TIMED_OUT Execution.Timeout Execution timed out after 86400 seconds.", 24 * time.Hour},
		"a function":      {InvokePlan{Invoker: PlainFunc(func(_ context.Context, event []byte) ([]byte, error) { return event, nil })}, `SUCCEEDED {"n":1}`, 0},
		"nobody":          {InvokePlan{}, "FAILED ResourceNotFoundException Function not found: arn:aws:lambda:us-east-1:000000000000:function:report:live", 0},
		"nobody, delayed": {InvokePlan{After: time.Hour}, "FAILED ResourceNotFoundException Function not found: arn:aws:lambda:us-east-1:000000000000:function:report:live", 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngineFor(t, Options{Clock: NewManualClock(epoch), SkipTime: true, Invokes: func(o OpenInvoke) InvokePlan {
				if o.Name != "report" || o.Target != "report:live" || o.OperationID != "ask" || o.Function != "orders" {
					t.Errorf("asked for %+v", o)
				}
				return c.plan
			}}, 24*time.Hour, map[string]script{"orders": asking})
			x := wait(t, e, start(t, e, StartInput{Function: "orders"}))
			got := string(x.Status)
			switch {
			case x.Error != nil && x.Error.ErrorType != "":
				got += " " + x.Error.ErrorType + " " + x.Error.ErrorMessage
			case x.Result != nil:
				got += " " + *x.Result
			}
			// A result may be held back for a second, until its caller could have suspended.
			if took := x.End.Sub(epoch); got != c.want || took < c.took || took > c.took+time.Second {
				t.Errorf("%s after %v, want %s after %v", got, took, c.want, c.took)
			}
		})
	}
}

// A function of another account is refused, whatever is said to stand for it.
func TestPlannedFunctionsStayAtHome(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true, Invokes: func(OpenInvoke) InvokePlan {
		return InvokePlan{Answer: &CallbackAnswer{Result: str("7")}}
	}}, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		err := r.checkpoint(chainedUpdate("ask", "arn:aws:lambda:us-east-1:111111111111:function:report:live", "1"))
		wantRefusal(r.t, err, "InvalidParameterValueException", "Cannot start a CHAINED_INVOKE on a function in another account.")
		return succeeded("1"), nil
	}})
	wait(t, e, start(t, e, StartInput{Function: "orders"}))
}

// What stands for a function answers when it was due, although the engine was away in between.
func TestPlannedFunctionsAfterARestart(t *testing.T) {
	dir, clock := t.TempDir(), NewManualClock(epoch)
	o := Options{Dir: dir, Clock: clock, Invokes: func(OpenInvoke) InvokePlan {
		return InvokePlan{Answer: &CallbackAnswer{Result: str("7")}, After: time.Hour}
	}}
	e := newEngine(t, o, map[string]script{"orders": asking})
	arn := start(t, e, StartInput{Function: "orders"})
	if err := e.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.Close()
	clock.Advance(40 * time.Minute)
	e = newEngine(t, o, map[string]script{"orders": asking})
	clock.Advance(20 * time.Minute)
	if x := wait(t, e, arn); x.Result == nil || *x.Result != "7" || x.End.Sub(epoch) != time.Hour {
		t.Errorf("ended as %s", toJSON(x))
	}
}
