package engine

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// An execution that undoes another one has its record, and an order; both outlive the engine, and
// what is copied counts for no limit.
func TestUndoOutlivesTheEngine(t *testing.T) {
	dir := t.TempDir()
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	clock := NewManualClock(began)
	big := strings.Repeat("x", 600<<10)
	var orders []*wire.Undo
	asked := make(chan struct{}, 1)
	handle := func(r *run) (wire.InvocationOutput, error) {
		if r.in.Undo == nil {
			if err := r.checkpoint(append(stepUpdates("a", big), stepUpdates("b", big)...)...); err != nil {
				return wire.InvocationOutput{}, err
			}
			again := up("again", wire.TypeStep, wire.ActionRetry)
			again.StepOptions = &wire.StepOptions{NextAttemptDelaySeconds: 600}
			return pending, r.checkpoint(append(stepUpdates("c", "1"), waitUpdate("w", 60), callbackUpdate("cb", 0, 0), up("open", wire.TypeStep, wire.ActionStart),
				up("again", wire.TypeStep, wire.ActionStart), again)...)
		}
		for _, o := range r.ops {
			if o.Type == wire.TypeExecution {
				t.Error("the execution looks like any other")
			}
		}
		orders = append(orders, r.in.Undo)
		if r.ops["undo"].Status == "" {
			if strings.Join(r.in.UpdatedOperationIds, " ") != "w" { // which is over by now
				t.Errorf("%v is told as news", r.in.UpdatedOperationIds)
			}
			asked <- struct{}{}
			retry := up("undo", wire.TypeStep, wire.ActionRetry)
			retry.Error, retry.StepOptions = &wire.ErrorObject{ErrorType: "No"}, &wire.StepOptions{NextAttemptDelaySeconds: 5}
			return pending, r.checkpoint(up("undo", wire.TypeStep, wire.ActionStart), retry)
		}
		if len(*r.ops["a"].StepDetails.Result) != len(big) || r.status("cb") != wire.StatusFailed || r.status("open") != wire.StatusStarted || r.status("again") != wire.StatusReady {
			t.Errorf("it was given %s", toJSON(r.ops["cb"]))
		}
		return succeeded(`{"undone":["a"]}`), r.checkpoint(stepUpdates("undo", big)[1])
	}
	options := Options{Dir: dir, Clock: clock, Limits: Limits{StorageBytes: 1300 << 10, Operations: 7}}
	e := newEngine(t, options, map[string]script{"f": handle})
	arn := start(t, e, StartInput{Function: "f", Name: "order"})
	if err := e.Idle(context.Background()); err != nil {
		t.Fatal(err)
	}
	before := kinds(t, e, arn)
	// That it is paused is nothing that is copied.
	if err := e.Pause(context.Background(), arn, PauseInput{}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Stop(context.Background(), arn, &wire.ErrorObject{ErrorType: "Wrong"}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	out, err := e.Undo(context.Background(), arn)
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := e.Idle(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := CheckStore(context.Background(), dir); err != nil || len(r.Problems) > 0 || r.Executions != 2 {
		t.Errorf("the store: %+v, %v", r, err)
	}

	e = newEngine(t, options, map[string]script{"f": handle})
	clock.Advance(10 * time.Second)
	x := wait(t, e, out.ARN)
	if x.Status != wire.ExecutionSucceeded || x.Name != "order-undo" || x.Undoes != arn {
		t.Errorf("it ended as %s, %s, %s", x.Status, toJSON(x.Error), x.Undoes)
	}
	copied, rest := strings.Replace(before, " InvocationCompleted", "", 1), kinds(t, e, out.ARN)
	if !strings.HasPrefix(rest, copied+" CallbackFailed WaitSucceeded StepStarted StepFailed InvocationCompleted StepSucceeded") {
		t.Errorf("its history is\n%s\nafter\n%s", rest, copied)
	}
	if again, err := e.Undo(context.Background(), arn); err != nil || !again.Existed || again.ARN != out.ARN {
		t.Errorf("undone again: %+v, %v", again, err)
	}
	for _, o := range orders {
		if o.Arn != arn || o.StartTimestamp != wire.TimeOf(began) || o.Reason != "the execution was stopped (Wrong)" || strings.Join(o.Open, " ") != "w cb open again" {
			t.Errorf("the order is %s", toJSON(o))
		}
	}
}

// Another execution may have taken the name.
func TestUndoNames(t *testing.T) {
	e := newEngine(t, Options{}, map[string]script{"f": func(r *run) (wire.InvocationOutput, error) {
		if r.in.Undo != nil {
			return succeeded("{}"), nil
		}
		return pending, r.checkpoint(waitUpdate("w", 60))
	}})
	long := strings.Repeat("n", 60)
	start(t, e, StartInput{Function: "f", Name: "order-undo"})
	for _, name := range []string{"order", long} {
		arn := start(t, e, StartInput{Function: "f", Name: name})
		if _, err := e.Stop(context.Background(), arn, nil); err != nil {
			t.Fatal(err)
		}
		out, err := e.Undo(context.Background(), arn)
		if err != nil {
			t.Fatal(err)
		}
		if x := wait(t, e, out.ARN); x.Name != "undo-"+arn[strings.LastIndexByte(arn, '/')+1:] {
			t.Errorf("the execution is called %s", x.Name)
		}
		if again, err := e.Undo(context.Background(), arn); err != nil || again.ARN != out.ARN {
			t.Errorf("undone again: %+v, %v", again, err)
		}
	}
}

// That an execution was paused is nothing that the one which undoes it begins with.
func TestUndoAfterAPause(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch)}, map[string]script{"f": func(r *run) (wire.InvocationOutput, error) {
		if r.in.Undo != nil {
			return succeeded("{}"), nil
		}
		return pending, r.checkpoint(waitUpdate("w", 60))
	}})
	arn := start(t, e, StartInput{Function: "f", Name: "order"})
	if err := e.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(context.Context, string, PauseInput) error{e.Pause, e.Resume, e.Pause} {
		if err := change(t.Context(), arn, PauseInput{Reason: "a while"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.Undo(t.Context(), arn); err == nil || !strings.Contains(err.Error(), "still runs") {
		t.Errorf("a paused execution: %v", err)
	}
	if _, err := e.Stop(t.Context(), arn, nil); err != nil {
		t.Fatal(err)
	}
	out, err := e.Undo(t.Context(), arn)
	if err != nil {
		t.Fatal(err)
	}
	if x := wait(t, e, out.ARN); x.Status != wire.ExecutionSucceeded {
		t.Errorf("it ended as %s", toJSON(x))
	}
	wantKinds(t, e, out.ARN, "ExecutionStarted WaitStarted InvocationCompleted ExecutionSucceeded")
}

// Who undoes an execution while another one is about to gets what that one has started.
func TestUndoneByTwoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, clock := store.Memory(), &machineClock{}
		handle := func(r *run) (wire.InvocationOutput, error) {
			if r.in.Undo != nil {
				return succeeded("{}"), nil
			}
			return pending, r.checkpoint(waitUpdate("w", 60))
		}
		e := newEngineOnStore(t, st, clock, handle)
		arn := start(t, e, StartInput{Function: "orders", Name: "order"})
		if _, err := e.Stop(t.Context(), arn, nil); err != nil {
			t.Fatal(err)
		}
		e.Close()

		b := &blocking{st, make(chan struct{})}
		e = newEngineOnStore(t, b, clock, handle)
		defer e.Close()
		type answer struct {
			out *StartOutput
			err error
		}
		answers := make(chan answer, 2)
		for range 2 {
			go func() {
				out, err := e.Undo(t.Context(), arn)
				answers <- answer{out, err}
			}()
		}
		synctest.Wait() // nothing is stored yet, and neither can go on
		close(b.commit)
		first, second := <-answers, <-answers
		if first.err != nil || second.err != nil {
			t.Fatal(first.err, second.err)
		}
		if first.out.ARN != second.out.ARN || first.out.Existed == second.out.Existed {
			t.Errorf("undone by %+v and by %+v", first.out, second.out)
		}
		wait(t, e, first.out.ARN)
	})
}
