package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// An invocation that fails is repeated for as long as the execution may take, with pauses
// that grow to a minute.
func TestFailedInvocationsAreRepeatedUntilOneWorks(t *testing.T) {
	tries := 0
	var log bytes.Buffer
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true, Logger: slog.New(slog.NewTextHandler(&log, nil))}, map[string]script{
		"orders": func(*run) (wire.InvocationOutput, error) {
			if tries++; tries <= 40 {
				return wire.InvocationOutput{}, errors.New("no luck")
			}
			return succeeded("1"), nil
		},
	})
	arn := start(t, e, StartInput{Function: "orders"})
	x := wait(t, e, arn)
	if x.Status != wire.ExecutionSucceeded || tries != 41 {
		t.Errorf("after %d tries: %s", tries, toJSON(x))
	}
	if took := x.End.Sub(x.Start); took != 63*time.Second+34*time.Minute {
		t.Errorf("it took %v", took)
	}
	e.Close()
	if n := strings.Count(log.String(), "an invocation failed and is repeated"); n != 40 {
		t.Errorf("it was said %d times:\n%s", n, log.String())
	}
}

func TestFailingExecutionTimesOut(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true}, nil)
	e.Register(Function{Name: "orders", ExecutionTimeout: time.Hour, Invoker: handler(t, &e, func(*run) (wire.InvocationOutput, error) {
		return wire.InvocationOutput{}, errors.New("no luck")
	})})
	if x := wait(t, e, start(t, e, StartInput{Function: "orders"})); x.Status != wire.ExecutionTimedOut || x.End.Sub(x.Start) != time.Hour {
		t.Errorf("ended as %s", toJSON(x))
	}
}

// With a bound on failures only those count between which nothing was recorded.
func TestProgressBeginsTheCountAnew(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true, InvocationFailures: 2}, map[string]script{
		"orders": func(r *run) (wire.InvocationOutput, error) {
			if n := len(r.ops); n <= 10 {
				r.checkpoint(stepUpdates(fmt.Sprintf("step-%d", n), "1")...)
				panic("oh no")
			}
			return succeeded("1"), nil
		},
	})
	if x := wait(t, e, start(t, e, StartInput{Function: "orders"})); x.Status != wire.ExecutionSucceeded {
		t.Errorf("ended as %s", toJSON(x))
	}
}

// unstartable is an invoker that finds no process a number of times.
type unstartable struct {
	left atomic.Int32
	Invoker
}

func (u *unstartable) Invoke(ctx context.Context, inv *Invocation) ([]byte, error) {
	if u.left.Add(-1) >= 0 {
		return nil, fmt.Errorf("pool: %w", &StartError{errors.New("too many open files")})
	}
	return u.Invoker.Invoke(ctx, inv)
}

// What keeps the engine from starting a function is no failure of the function, however often
// it happens, whoever has invoked it.
func TestFunctionsThatCannotBeStarted(t *testing.T) {
	for _, plain := range []bool{false, true} {
		e := newEngine(t, Options{Clock: NewManualClock(epoch), InvocationFailures: 1, InvocationRetries: []time.Duration{0}}, map[string]script{
			"caller": func(r *run) (wire.InvocationOutput, error) {
				if r.status("c") == "" {
					return pending, r.checkpoint(chainedUpdate("c", "other", "1"))
				}
				if d := r.ops["c"].ChainedInvokeDetails; d.Error != nil {
					return failed(d.Error.ErrorType, d.Error.ErrorMessage), nil
				}
				return succeeded("1"), nil
			},
		})
		f := Function{Name: "orders", Invoker: handler(t, &e, func(*run) (wire.InvocationOutput, error) { return succeeded("1"), nil })}
		if plain {
			f = Function{Name: "other", Plain: true, Invoker: PlainFunc(func(context.Context, []byte) ([]byte, error) { return []byte("1"), nil })}
		}
		u := &unstartable{Invoker: f.Invoker}
		u.left.Store(20)
		f.Invoker = u
		if err := e.Register(f); err != nil {
			t.Fatal(err)
		}
		name, want := "orders", "ExecutionStarted InvocationCompleted ExecutionSucceeded"
		if plain {
			name, want = "caller", "ExecutionStarted ChainedInvokeStarted InvocationCompleted ChainedInvokeSucceeded InvocationCompleted ExecutionSucceeded"
		}
		arn := start(t, e, StartInput{Function: name})
		if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded {
			t.Errorf("plain %v: %s", plain, toJSON(x))
		}
		wantKinds(t, e, arn, want)
	}
}

// Until then it is told why nothing happens; skipped time passes over none of it.
func TestActivity(t *testing.T) {
	clock := NewManualClock(epoch)
	e := newEngine(t, Options{Clock: clock, SkipTime: true, InvocationRetries: []time.Duration{time.Second}}, nil)
	admit, work := make(chan struct{}), make(chan error)
	invoked := make(chan struct{})
	u := &unstartable{Invoker: invokerFunc(func(ctx context.Context, inv *Invocation) ([]byte, error) {
		return nil, <-work
	})}
	u.left.Store(1)
	e.Register(Function{Name: "orders", Invoker: admitting{u, admit, invoked}})
	arn := start(t, e, StartInput{Function: "orders"})
	admit <- struct{}{}
	<-invoked
	for a := (Activity{}); a.Kind != ActivityUnstarted; a, _ = e.Activity(t.Context(), arn) {
	}
	wantActivity(t, e, arn, "its function can't be started (pool: too many open files); tried 1 times, again at "+epoch.Add(time.Second).Local().Format(time.TimeOnly))
	if !e.Now().Equal(epoch) {
		t.Errorf("time was skipped to %v", e.Now())
	}
	for a := (Activity{Kind: ActivityUnstarted}); a.Kind == ActivityUnstarted; a, _ = e.Activity(t.Context(), arn) {
		clock.Advance(time.Second)
	}
	if a, err := e.Activity(t.Context(), arn); err != nil || !strings.HasPrefix(a.String(), "waits for a free process since ") {
		t.Errorf("activity %q, %v", a, err)
	}
	admit <- struct{}{}
	<-invoked
	wantActivity(t, e, arn, "")
	work <- errors.New("no luck")
	admit <- struct{}{}
	<-invoked
	wantActivity(t, e, arn, "its last invocation failed (errorString: no luck); another one is at work")
	if _, err := e.Stop(t.Context(), arn, nil); err != nil {
		t.Fatal(err)
	}
	wantActivity(t, e, arn, "")
	close(work)
}

// admitting lets invocations in one by one.
type admitting struct {
	Invoker
	admit   <-chan struct{}
	invoked chan<- struct{}
}

func (a admitting) Invoke(ctx context.Context, inv *Invocation) ([]byte, error) {
	select {
	case <-a.admit:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	inv.Admitted()
	a.invoked <- struct{}{}
	return a.Invoker.Invoke(ctx, inv)
}

func wantActivity(t *testing.T, e *Engine, arn, want string) {
	t.Helper()
	a, err := e.Activity(t.Context(), arn)
	if err != nil || a.String() != want {
		t.Errorf("activity %q, %v, want %q", a, err, want)
	}
}

// A stopped execution, and one that takes too long, gives up its invocation.
func TestEndsCutOffTheInvocation(t *testing.T) {
	clock := NewManualClock(epoch)
	running, cut := make(chan struct{}), make(chan struct{})
	e := newEngine(t, Options{Clock: clock}, nil)
	e.Register(Function{Name: "orders", ExecutionTimeout: time.Minute, Invoker: handler(t, &e, func(r *run) (wire.InvocationOutput, error) {
		running <- struct{}{}
		<-r.ctx.Done()
		cut <- struct{}{}
		return wire.InvocationOutput{}, r.ctx.Err()
	})})
	for _, end := range []func(arn string){
		func(arn string) { e.Stop(t.Context(), arn, nil) },
		func(string) { clock.Advance(time.Minute) },
	} {
		arn := start(t, e, StartInput{Function: "orders"})
		<-running
		end(arn)
		<-cut
		e.Idle(t.Context())
		if events, err := e.History(t.Context(), arn, HistoryQuery{}); err != nil || len(events) != 2 {
			t.Errorf("%s, %v", toJSON(events), err)
		}
	}
}

// Drain waits for the steps that run and lets none begin.
func TestDrain(t *testing.T) {
	dir := t.TempDir()
	running, release := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	attempts := map[string]int{}
	orders := func(r *run) (wire.InvocationOutput, error) {
		for _, id := range []string{"charge", "ship"} {
			if r.status(id) == wire.StatusSucceeded {
				continue
			}
			if r.status(id) == "" {
				if err := r.checkpoint(up(id, wire.TypeStep, wire.ActionStart)); err != nil {
					return wire.InvocationOutput{}, err
				}
			}
			mu.Lock()
			attempts[id]++
			mu.Unlock()
			running <- struct{}{}
			<-release
			if err := r.checkpoint(up(id, wire.TypeStep, wire.ActionSucceed)); err != nil {
				return wire.InvocationOutput{}, err
			}
		}
		return succeeded("1"), nil
	}
	e := newEngine(t, Options{Dir: dir}, map[string]script{"orders": orders})
	arn := start(t, e, StartInput{Function: "orders"})
	<-running
	if n := e.RunningSteps(); n != 1 {
		t.Errorf("%d running steps", n)
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	e.Drain(impatient) // returns though the step runs
	drained := make(chan struct{})
	go func() {
		e.Drain(t.Context())
		close(drained)
	}()
	later := start(t, e, StartInput{Function: "orders"}) // kept, not begun
	release <- struct{}{}
	<-drained
	e.Close()
	wantAfter := map[string]int{"charge": 1}
	if toJSON(attempts) != toJSON(wantAfter) {
		t.Errorf("attempts %v, want %v", attempts, wantAfter)
	}

	close(release)
	go func() {
		for range running {
		}
	}()
	e = newEngine(t, Options{Dir: dir}, nil)
	e.Register(Function{Name: "orders", Invoker: handler(t, &e, orders)})
	x := wait(t, e, arn)
	if x.Status != wire.ExecutionSucceeded {
		t.Errorf("ended as %s", toJSON(x))
	}
	wantKinds(t, e, arn, "ExecutionStarted StepStarted StepSucceeded StepStarted StepSucceeded InvocationCompleted ExecutionSucceeded")
	wait(t, e, later)
	close(running)
}
