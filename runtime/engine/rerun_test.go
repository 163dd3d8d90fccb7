package engine

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// What had ended before an operation began is on record, and what was under way begins anew, in its
// place.
func TestRerun(t *testing.T) {
	var given []map[string]wire.Operation
	handle := func(r *run) (wire.InvocationOutput, error) {
		given = append(given, maps.Clone(r.ops))
		if r.ops["a"].Status == "" {
			if err := r.checkpoint(append(stepUpdates("a", "1"), up("ctx", wire.TypeContext, wire.ActionStart), waitUpdate("w", 60), callbackUpdate("cb", 0, 0), up("s", wire.TypeStep, wire.ActionStart))...); err != nil {
				return wire.InvocationOutput{}, err
			}
		}
		if r.ops["b"].Status == "" {
			if err := r.checkpoint(append(stepUpdates("b", "2"), stepUpdates("c", "3")...)...); err != nil {
				return wire.InvocationOutput{}, err
			}
		}
		return succeeded(`"done"`), nil
	}
	e := newEngine(t, Options{}, map[string]script{"f": handle})
	input := `{"n":1}`
	arn := start(t, e, StartInput{Function: "f", Name: "order", Input: &input})
	wait(t, e, arn)
	out, err := e.Rerun(context.Background(), arn, RerunInput{From: "b", Name: "again"})
	if err != nil {
		t.Fatal(err)
	}
	x := wait(t, e, out.DurableExecutionArn)
	if x.Status != wire.ExecutionSucceeded || x.Name != "again" || *x.Input != input || x.Repeats == nil || *x.Repeats != (Repeat{ARN: arn, From: "b"}) {
		t.Errorf("it is %s", toJSON(x))
	}
	if strings.Join(out.Anew, " ") != "w cb s" {
		t.Errorf("anew are %v", out.Anew)
	}
	before, after := kinds(t, e, arn), kinds(t, e, out.DurableExecutionArn)
	if !strings.HasPrefix(after, "ExecutionStarted StepStarted StepSucceeded ContextStarted WaitStarted CallbackStarted StepStarted StepSucceeded StepStarted StepSucceeded") {
		t.Errorf("its history is %s\nafter %s", after, before)
	}
	if r := given[len(given)-1]; r["s"].Status != wire.StatusReady || r["b"].Status != "" || r["cb"].CallbackDetails.CallbackId == callbackID(given[0]) {
		t.Errorf("it was given %s", toJSON(r))
	}

	// Asked for again, it is the same one; for anything else the name is taken.
	if again, err := e.Rerun(context.Background(), arn, RerunInput{From: "b", Name: "again"}); err != nil || !again.Existed || again.DurableExecutionArn != out.DurableExecutionArn {
		t.Errorf("asked for again: %+v, %v", again, err)
	}
	for _, no := range []struct{ arn, from, name, why string }{
		{arn, "c", "again", "There is an execution with the name again already."},
		{arn, "b", "order", "There is an execution with the name order already."},
		{arn, "z", "", `order has no operation "z"`},
		{arn, "", "", `order has no operation ""`},
		{arn, "b", "no name", "regular expression"},
		{arn + "1", "b", "", "does not exist"},
	} {
		if _, err := e.Rerun(context.Background(), no.arn, RerunInput{From: no.from, Name: no.name}); err == nil || !strings.Contains(err.Error(), no.why) {
			t.Errorf("from %q as %q: %v", no.from, no.name, err)
		}
	}
	if found, err := e.ListExecutions(context.Background(), ExecutionFilter{}); err != nil || len(found.Executions) != 2 {
		t.Errorf("there are %d executions, %v", len(found.Executions), err)
	}
}

// What is given outlives the engine, and one that runs, or undoes another one, is refused.
func TestRerunOutlivesTheEngine(t *testing.T) {
	dir := t.TempDir()
	clock := NewManualClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	handle := func(r *run) (wire.InvocationOutput, error) {
		if r.in.Undo != nil {
			return succeeded("{}"), nil
		}
		if r.ops["a"].Status == "" {
			if err := r.checkpoint(stepUpdates("a", "1")...); err != nil {
				return wire.InvocationOutput{}, err
			}
		}
		if r.ops["w"].Status == "" {
			return pending, r.checkpoint(waitUpdate("w", 60))
		}
		if r.status("w") != wire.StatusSucceeded {
			return pending, nil
		}
		return succeeded("1"), nil
	}
	options := Options{Dir: dir, Clock: clock}
	e := newEngine(t, options, map[string]script{"f": handle})
	arn := start(t, e, StartInput{Function: "f", Name: "order"})
	if err := e.Idle(context.Background()); err != nil {
		t.Fatal(err)
	}
	refused := func(arn, why string) {
		t.Helper()
		if _, err := e.Rerun(context.Background(), arn, RerunInput{From: "w"}); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("it is not refused: %v", err)
		}
	}
	refused(arn, "order still runs")
	if _, err := e.Stop(context.Background(), arn, nil); err != nil {
		t.Fatal(err)
	}
	undoing, err := e.Undo(context.Background(), arn)
	if err != nil {
		t.Fatal(err)
	}
	wait(t, e, undoing.ARN)
	refused(undoing.ARN, "order-undo undoes another execution")
	out, err := e.Rerun(context.Background(), arn, RerunInput{From: "w"})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Idle(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := CheckStore(context.Background(), dir); err != nil || len(r.Problems) > 0 || r.Executions != 3 {
		t.Errorf("the store: %+v, %v", r, err)
	}
	e = newEngine(t, options, map[string]script{"f": handle})
	clock.Advance(time.Minute)
	if x := wait(t, e, out.DurableExecutionArn); x.Status != wire.ExecutionSucceeded || x.Repeats == nil || x.Repeats.From != "w" {
		t.Errorf("it is %s", toJSON(x))
	}
	if ops, err := e.Operations(context.Background(), out.DurableExecutionArn); err != nil || len(ops) != 3 || ops[1].Id != "a" || ops[1].Status != wire.StatusSucceeded {
		t.Errorf("its operations are %s, %v", toJSON(ops), err)
	}
}

func callbackID(ops map[string]wire.Operation) string {
	if d := ops["cb"].CallbackDetails; d != nil {
		return d.CallbackId
	}
	return ""
}
