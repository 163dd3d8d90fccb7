package engine

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// An engine that is closed in the middle goes on where it was: a running
// execution is invoked again, and the handler of before is refused.
func TestRestartInvokesAgainAndRefusesTheOldHandler(t *testing.T) {
	dir := t.TempDir()
	clock := NewManualClock(epoch)
	var stale *run
	block := make(chan struct{})
	e := newEngine(t, Options{Dir: dir, Clock: clock}, map[string]script{
		"orders": func(r *run) (wire.InvocationOutput, error) {
			if err := r.checkpoint(stepUpdates("first", "1")...); err != nil {
				return wire.InvocationOutput{}, err
			}
			stale = r
			close(block)
			<-r.ctx.Done()
			return wire.InvocationOutput{}, r.ctx.Err()
		},
	})
	arn := start(t, e, StartInput{Function: "orders", Name: "a"})
	<-block
	e.Close()
	if err := stale.checkpoint(stepUpdates("late", "1")...); err == nil {
		t.Error("a closed engine took a checkpoint")
	}

	e = newEngine(t, Options{Dir: dir, Clock: clock}, map[string]script{
		"orders": func(r *run) (wire.InvocationOutput, error) {
			if r.status("first") != wire.StatusSucceeded {
				return failed("Lost", "the acknowledged step is gone"), nil
			}
			if got := toJSON(r.in.UpdatedOperationIds); got != `["first"]` {
				t.Errorf("updated operations %s", got)
			}
			stale.e = r.e
			wantRefusal(t, stale.checkpoint(stepUpdates("late", "1")...), "InvalidParameterValueException", "Invalid checkpoint token")
			return succeeded("2"), nil
		},
	})
	if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded {
		t.Errorf("ended as %s", toJSON(x))
	}
	wantKinds(t, e, arn, "ExecutionStarted StepStarted StepSucceeded InvocationCompleted ExecutionSucceeded")
}

// A suspended execution isn't disturbed by a restart, and its timer fires even if
// it was due meanwhile; overdue timers fire in the order in which they were due.
func TestRestartFiresOverdueTimersInOrder(t *testing.T) {
	dir := t.TempDir()
	clock := NewManualClock(epoch)
	seconds := map[string]int{"a": 30, "b": 10, "c": 20, "d": 1000}
	var mu sync.Mutex
	var woken []string
	waiting := map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		name := r.in.InitialExecutionState.Operations[0].Name
		if r.status("pause") == wire.StatusSucceeded {
			mu.Lock()
			woken = append(woken, name)
			mu.Unlock()
			return succeeded("1"), nil
		}
		return pending, r.checkpoint(waitUpdate("pause", seconds[name]))
	}}
	e := newEngine(t, Options{Dir: dir, Clock: clock}, waiting)
	arns := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d"} {
		arns[name] = start(t, e, StartInput{Function: "orders", Name: name})
	}
	if err := e.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.Close()
	clock.Advance(time.Minute)

	e = newEngine(t, Options{Dir: dir, Clock: clock}, waiting)
	for _, name := range []string{"b", "c", "a"} {
		wait(t, e, arns[name])
	}
	rows, err := e.store.Rows(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, r := range rows {
		for _, f := range r.Facts {
			if f.Kind == wire.EventWaitSucceeded {
				order = append(order, r.Execution.ARN.Name)
			}
		}
	}
	if got := strings.Join(order, " "); got != "b c a" {
		t.Errorf("waits ended in the order %s", got)
	}
	wantKinds(t, e, arns["d"], "ExecutionStarted WaitStarted InvocationCompleted")
	if x, err := e.Execution(t.Context(), arns["d"], true); err != nil || x.Status != wire.ExecutionRunning {
		t.Errorf("d: %s, %v", toJSON(x), err)
	}
}

// Time that was skipped stays skipped for an execution that runs, whatever clock comes next;
// once none runs, time goes by the clock again. Both are told.
func TestTimeAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s := map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		switch {
		case r.status("ask") == wire.StatusSucceeded:
			return succeeded("1"), nil
		case r.status("pause") == wire.StatusSucceeded:
			return pending, r.checkpoint(callbackUpdate("ask", 0, 0))
		}
		return pending, r.checkpoint(waitUpdate("pause", 86400))
	}}
	e := newEngine(t, Options{Dir: dir, Clock: NewManualClock(epoch), SkipTime: true}, s)
	start(t, e, StartInput{Function: "orders"})
	for open := 0; open == 0; {
		cbs, err := e.OpenCallbacks(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		open = len(cbs)
	}
	e.Idle(t.Context())
	before := e.Now()
	if before.Sub(epoch) != 24*time.Hour {
		t.Fatalf("skipped to %v", before)
	}
	e.Close()

	var manual *ManualClock
	again := func(clock time.Time) (e *Engine, told func() string) {
		var log bytes.Buffer
		manual = NewManualClock(clock)
		e = newEngine(t, Options{Dir: dir, Clock: manual, Logger: slog.New(slog.NewTextHandler(&log, nil))}, s)
		return e, func() string { return log.String() }
	}
	e, told := again(epoch.Add(time.Hour))
	if now := e.Now(); now.Sub(before) != time.Hour {
		t.Errorf("an hour later it is %v, was %v", now, before)
	}
	if e.Close(); told() != "" {
		t.Error(told())
	}
	e, told = again(epoch.Add(-time.Hour))
	if now := e.Now(); now.Before(before) {
		t.Errorf("a clock that was set back gives %v, was %v", now, before)
	}
	if s := told(); !strings.Contains(s, "the clock stands before the last entry of the store") || !strings.Contains(s, "2025-12-31T23:00:00") || !strings.Contains(s, "2026-01-02T00:00:00") {
		t.Errorf("it is told as %q", s)
	}
	manual.Advance(time.Hour)
	if now := e.Now(); now.Sub(before) != time.Hour {
		t.Errorf("an hour later, by the clock that was set back, it is %v, was %v", now, before)
	}
	e.Close()
	e, _ = again(epoch)
	if now := e.Now(); now.Sub(before) != time.Hour {
		t.Errorf("started again at the same moment it is %v, was %v", now, before.Add(time.Hour))
	}
	cbs, err := e.OpenCallbacks(t.Context(), "")
	if err != nil || len(cbs) != 1 {
		t.Fatal(cbs, err)
	}
	if err := e.CallbackSucceed(t.Context(), cbs[0].CallbackID, nil); err != nil {
		t.Fatal(err)
	}
	wait(t, e, cbs[0].ExecutionARN)
	e.Close()
	for i := range 3 {
		e, told = again(epoch)
		if now := e.Now(); !now.Equal(epoch) {
			t.Errorf("with nothing running it is %v", now)
		}
		if e.Close(); strings.Contains(told(), "as nothing runs, it goes by the clock again") != (i == 0) {
			t.Errorf("at start %d it is told as %q", i, told())
		}
	}
}

// Open callbacks, heartbeats and their answers live through restarts.
func TestCallbackAnsweredAfterARestart(t *testing.T) {
	dir := t.TempDir()
	clock := NewManualClock(epoch)
	s := map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		switch cb := r.ops["approve"]; cb.Status {
		case "":
			return pending, r.checkpoint(callbackUpdate("approve", 100, 10))
		case wire.StatusSucceeded:
			return succeeded(*cb.CallbackDetails.Result), nil
		default:
			return failed(cb.CallbackDetails.Error.ErrorType, cb.CallbackDetails.Error.ErrorMessage), nil
		}
	}}
	e := newEngine(t, Options{Dir: dir, Clock: clock}, s)
	answered := start(t, e, StartInput{Function: "orders", Name: "answered"})
	silent := start(t, e, StartInput{Function: "orders", Name: "silent"})
	e.Idle(t.Context())
	clock.Advance(8 * time.Second)
	open, err := e.OpenCallbacks(t.Context(), answered)
	if err != nil || len(open) != 1 {
		t.Fatalf("open callbacks %v, %v", open, err)
	}
	if err := e.CallbackHeartbeat(t.Context(), open[0].CallbackID); err != nil {
		t.Fatal(err)
	}
	e.Close()

	clock.Advance(5 * time.Second)
	e = newEngine(t, Options{Dir: dir, Clock: clock}, s)
	if x := wait(t, e, silent); x.Status != wire.ExecutionFailed || x.Error.ErrorType != "Callback.Heartbeat" {
		t.Errorf("without a heartbeat: %s", toJSON(x))
	}
	if err := e.CallbackSucceed(t.Context(), open[0].CallbackID, str(`"yes"`)); err != nil {
		t.Fatal(err)
	}
	if x := wait(t, e, answered); x.Status != wire.ExecutionSucceeded || *x.Result != `"yes"` {
		t.Errorf("answered: %s", toJSON(x))
	}
	wantRefusal(t, e.CallbackSucceed(t.Context(), open[0].CallbackID, nil), "CallbackTimeoutException", "The callback is either timed out or already completed")
}

// A chained execution that ends while its caller isn't loaded, or with it, is
// reported after the restart.
func TestChainedInvokeAcrossARestart(t *testing.T) {
	dir := t.TempDir()
	clock := NewManualClock(epoch)
	caller := func(r *run) (wire.InvocationOutput, error) {
		switch o := r.ops["call"]; o.Status {
		case "":
			return pending, r.checkpoint(chainedUpdate("call", "target:$LATEST", `"in"`))
		case wire.StatusSucceeded:
			return succeeded(*o.ChainedInvokeDetails.Result), nil
		default:
			return failed("Call", toJSON(o)), nil
		}
	}
	e := newEngine(t, Options{Dir: dir, Clock: clock}, map[string]script{
		"caller": caller,
		"target": func(r *run) (wire.InvocationOutput, error) {
			<-r.ctx.Done()
			return wire.InvocationOutput{}, r.ctx.Err()
		},
	})
	arn := start(t, e, StartInput{Function: "caller"})
	for kinds(t, e, arn) != "ExecutionStarted ChainedInvokeStarted InvocationCompleted" {
	}
	e.Close()
	e = newEngine(t, Options{Dir: dir, Clock: clock}, map[string]script{
		"caller": caller,
		"target": func(r *run) (wire.InvocationOutput, error) {
			return succeeded(*r.in.InitialExecutionState.Operations[0].ExecutionDetails.InputPayload), nil
		},
	})
	if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded || *x.Result != `"in"` {
		t.Errorf("caller: %s", toJSON(x))
	}
	wantKinds(t, e, arn, "ExecutionStarted ChainedInvokeStarted InvocationCompleted ChainedInvokeSucceeded InvocationCompleted ExecutionSucceeded")
}

// refusing is a store that takes no facts of a kind, once and for all.
type refusing struct {
	store.Store
	kind core.Kind
}

func (r refusing) Commit(ws []store.Write) (int64, error) {
	for _, w := range ws {
		if slices.ContainsFunc(w.Facts, func(f core.Fact) bool { return f.Kind == r.kind }) {
			return 0, errStore
		}
	}
	return r.Store.Commit(ws)
}

// A child that has ended is not done again, and its caller learns of it, though the engine ended before
// the caller could be told.
func TestChildHadEndedBeforeARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, clock := store.Memory(), &machineClock{}
		goOn := make(chan struct{})
		runs := 0
		open := func(st store.Store) *Engine {
			e, err := newEngineOn(keepOpen{st}, Options{Clock: clock})
			if err != nil {
				t.Fatal(err)
			}
			for name, s := range map[string]script{
				"caller": func(r *run) (wire.InvocationOutput, error) {
					switch o := r.ops["call"]; o.Status {
					case "":
						return pending, r.checkpoint(chainedUpdate("call", "child:$LATEST", "1"))
					case wire.StatusSucceeded:
						return succeeded(*o.ChainedInvokeDetails.Result), nil
					default:
						return failed("Call", toJSON(o)), nil
					}
				},
				"child": func(*run) (wire.InvocationOutput, error) {
					<-goOn // its caller has suspended
					runs++
					return succeeded("7"), nil
				},
			} {
				if err := e.Register(Function{Name: name, Invoker: handler(t, &e, s)}); err != nil {
					t.Fatal(err)
				}
			}
			if err := e.Start(); err != nil {
				t.Fatal(err)
			}
			return e
		}
		e := open(refusing{st, wire.EventChainedInvokeSucceeded})
		arn := start(t, e, StartInput{Function: "caller"})
		synctest.Wait()
		close(goOn)
		synctest.Wait()
		wantKinds(t, e, arn, "ExecutionStarted ChainedInvokeStarted InvocationCompleted")
		e.Close()

		e = open(st)
		defer e.Close()
		if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded || *x.Result != "7" || runs != 1 {
			t.Errorf("after %d runs of the child its caller ended as %s", runs, toJSON(x))
		}
	})
}

// An outcome that was checkpointed stands, even if the engine dies before the invocation ends.
func TestCheckpointedOutcomeSurvives(t *testing.T) {
	dir := t.TempDir()
	block := make(chan struct{})
	e := newEngine(t, Options{Dir: dir, Clock: NewManualClock(epoch)}, map[string]script{
		"orders": func(r *run) (wire.InvocationOutput, error) {
			u := up(r.in.InitialExecutionState.Operations[0].Id, wire.TypeExecution, wire.ActionSucceed)
			u.Payload = str(`"large"`)
			if err := r.checkpoint(u); err != nil {
				return wire.InvocationOutput{}, err
			}
			if r.token != "" {
				t.Error("there is a token after the last checkpoint")
			}
			close(block)
			<-r.ctx.Done()
			return wire.InvocationOutput{}, r.ctx.Err()
		},
	})
	arn := start(t, e, StartInput{Function: "orders"})
	<-block
	e.Close()
	e = newEngine(t, Options{Dir: dir, Clock: NewManualClock(epoch)}, nil)
	if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded || *x.Result != `"large"` {
		t.Errorf("ended as %s", toJSON(x))
	}
	wantKinds(t, e, arn, "ExecutionStarted ExecutionSucceeded")
}

// Executions of a function that isn't registered wait for it.
func TestUnregisteredFunctionParks(t *testing.T) {
	dir := t.TempDir()
	block := make(chan struct{})
	e := newEngine(t, Options{Dir: dir, Clock: NewManualClock(epoch)}, map[string]script{
		"orders": func(r *run) (wire.InvocationOutput, error) {
			close(block)
			<-r.ctx.Done()
			return wire.InvocationOutput{}, errors.New("closed")
		},
	})
	arn := start(t, e, StartInput{Function: "orders"})
	<-block
	e.Close()
	e = newEngine(t, Options{Dir: dir, Clock: NewManualClock(epoch), SkipTime: true}, nil)
	if err := e.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !e.Now().Equal(epoch) {
		t.Errorf("time was skipped to %v", e.Now())
	}
	wantActivity(t, e, arn, "waits for its function, which is not served here")
	err := e.Register(Function{Name: "orders", Invoker: DurableFunc(func(context.Context, wire.InvocationInput) (wire.InvocationOutput, error) {
		return succeeded("1"), nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded {
		t.Errorf("ended as %s", toJSON(x))
	}
}

// A call that was open finds its function gone: the execution is told, and the start doesn't hang.
func TestOpenCallOfAFunctionThatIsGone(t *testing.T) {
	dir := t.TempDir()
	s := map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		if r.status("call") == "" {
			return pending, r.checkpoint(chainedUpdate("call", "plain", "1"))
		}
		if r.status("call") == wire.StatusStarted {
			return pending, nil // an invocation that the end of the first engine has cut short
		}
		if e := r.ops["call"].ChainedInvokeDetails.Error; r.status("call") != wire.StatusFailed || e == nil || !strings.Contains(e.ErrorMessage, "Function not found") {
			t.Errorf("the call is told as %s", toJSON(r.ops["call"]))
		}
		return succeeded("1"), nil
	}}
	options := Options{Dir: dir, Clock: NewManualClock(epoch)}
	e := newEngine(t, options, s)
	var calls atomic.Int32
	if err := e.Register(Function{Name: "plain", Plain: true, Invoker: hanging{&calls}}); err != nil {
		t.Fatal(err)
	}
	arn := start(t, e, StartInput{Function: "orders"})
	for calls.Load() == 0 {
		runtime.Gosched()
	}
	e.Close()
	e = newEngine(t, options, s)
	wait(t, e, arn)
}
