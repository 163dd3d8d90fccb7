package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// faulty is a store of which some calls fail, counted over all of them.
type faulty struct {
	store.Store
	mu    sync.Mutex
	calls int
	fails func(call int) bool
}

var errStore = errors.New("the disk is full")

func (f *faulty) next() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.fails != nil && f.fails(f.calls) {
		return errStore
	}
	return nil
}

func (f *faulty) Commit(ws []store.Write) (int64, error) {
	if err := f.next(); err != nil {
		return 0, err
	}
	return f.Store.Commit(ws)
}

func (f *faulty) Facts(key int64) ([]core.Fact, error) {
	if err := f.next(); err != nil {
		return nil, err
	}
	return f.Store.Facts(key)
}

func (f *faulty) ByName(function, name string) (*store.Execution, error) {
	if err := f.next(); err != nil {
		return nil, err
	}
	return f.Store.ByName(function, name)
}

func (f *faulty) Rows(seq int64, limit int) ([]store.Row, error) {
	if err := f.next(); err != nil {
		return nil, err
	}
	return f.Store.Rows(seq, limit)
}

func (f *faulty) Forget(now wire.Time) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.Store.Forget(now)
}

// everything is a workflow with an operation of each kind.
func everything(r *run) (wire.InvocationOutput, error) {
	out := func(err error) (wire.InvocationOutput, error) {
		return pending, err
	}
	if r.status("step") == "" {
		if err := r.checkpoint(stepUpdates("step", "1")...); err != nil {
			return out(err)
		}
	}
	switch r.status("wait") {
	case "":
		return out(r.checkpoint(waitUpdate("wait", 60)))
	case wire.StatusStarted:
		return pending, nil
	}
	switch r.status("ask") {
	case "":
		return out(r.checkpoint(callbackUpdate("ask", 3600, 0)))
	case wire.StatusStarted:
		return pending, nil
	case wire.StatusTimedOut:
		return failed("Late", "the planned answer did not come"), nil
	}
	switch r.status("child") {
	case "":
		return out(r.checkpoint(chainedUpdate("child", "child:$LATEST", "1")))
	case wire.StatusStarted:
		return pending, nil
	}
	switch r.status("call") {
	case "":
		return out(r.checkpoint(chainedUpdate("call", "plain", "1")))
	case wire.StatusStarted:
		return pending, nil
	}
	switch r.status("again") {
	case "":
		u := up("again", wire.TypeStep, wire.ActionRetry)
		u.StepOptions = &wire.StepOptions{NextAttemptDelaySeconds: 5}
		return out(r.checkpoint(u))
	case wire.StatusPending:
		return pending, nil
	case wire.StatusReady:
		if err := r.checkpoint(stepUpdates("again", "2")...); err != nil {
			return out(err)
		}
	}
	if err := r.checkpoint(up(r.in.InitialExecutionState.Operations[0].Id, wire.TypeExecution, wire.ActionSucceed)); err != nil {
		return out(err)
	}
	return succeeded("1"), nil
}

// live runs everything on a store, and tells how the execution ended and what its events were.
func live(t *testing.T, st *faulty) (*Execution, []string) {
	t.Helper()
	e, err := newEngineOn(st, Options{
		Clock: &machineClock{}, SkipTime: true,
		Callbacks: func(OpenCallback) CallbackPlan {
			return CallbackPlan{Answer: &CallbackAnswer{Result: str("1")}, After: time.Minute}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for name, s := range map[string]script{"orders": everything, "child": func(*run) (wire.InvocationOutput, error) { return succeeded("1"), nil }} {
		if err := e.Register(Function{Name: name, ExecutionTimeout: 10 * time.Hour, Invoker: handler(t, &e, s)}); err != nil {
			t.Fatal(err)
		}
	}
	e.Register(Function{Name: "plain", Plain: true, Invoker: PlainFunc(func(context.Context, []byte) ([]byte, error) { return []byte("1"), nil })})
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	var arn string
	for try := 0; arn == ""; try++ { // as a client does
		if try == 10 {
			t.Fatal("it can't be started")
		}
		out, err := e.StartExecution(t.Context(), StartInput{Function: "orders:$LATEST", Name: "order-1"})
		if err == nil {
			arn = out.ARN
		}
	}
	x, err := e.WaitExecution(t.Context(), arn)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, key := range []int64{x1(t, e, arn)} {
		facts, err := st.Store.Facts(key)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := core.Rebuild(facts, &core.DefaultLimits); err != nil || s.Status != x.Status {
			t.Errorf("what was stored is %v, %v", s, err)
		}
		for i := range facts {
			if f := &facts[i]; f.Kind != wire.EventInvocationCompleted {
				kinds = append(kinds, string(f.Kind)+" "+f.Name+f.Op)
			}
		}
	}
	return x, kinds
}

// x1 gives the key of a stored execution.
func x1(t *testing.T, e *Engine, arn string) int64 {
	t.Helper()
	a, ok := core.ParseARN(arn)
	for {
		h, err := e.store.ByName(a.Function, a.Name)
		if err == nil && h == nil {
			t.Fatalf("%s, %v is not stored", arn, ok)
		}
		if err == nil {
			return h.Key
		}
	}
}

// TestStoreFailsAtEachCall lets each call of the store fail in turn, once and three times in a row:
// the execution ends as it would have, with the same facts, whatever was tried again.
func TestStoreFailsAtEachCall(t *testing.T) {
	var want []string
	calls := 0
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: store.Memory()}
		x, kinds := live(t, st)
		if x.Status != wire.ExecutionSucceeded {
			t.Fatalf("ended as %s", toJSON(x))
		}
		want, calls = withoutIDs(kinds, x.ARN), st.calls
	})
	if calls < 15 {
		t.Fatalf("%d calls of the store", calls)
	}
	for _, times := range []int{1, 3} {
		for k := 1; k <= calls; k++ {
			synctest.Test(t, func(t *testing.T) {
				x, kinds := live(t, &faulty{Store: store.Memory(), fails: func(call int) bool { return call >= k && call < k+times }})
				if x.Status != wire.ExecutionSucceeded || x.End.Sub(x.Start) > time.Hour {
					t.Errorf("call %d: after %v it ended as %s", k, x.End.Sub(x.Start), toJSON(x))
				}
				if got := withoutIDs(kinds, x.ARN); !slices.Equal(got, want) {
					t.Errorf("call %d: %v, want %v", k, got, want)
				}
			})
		}
	}
}

func withoutIDs(kinds []string, arn string) []string {
	var out []string
	for _, k := range kinds {
		out = append(out, fmt.Sprint(replaceAll(k, core.IDOf(arn))))
	}
	return out
}

func replaceAll(s, id string) string {
	if n := len(s) - len(id); n >= 0 && s[n:] == id {
		return s[:n] + "ID"
	}
	return s
}

// What a restarted engine finds half done is finished, though the store fails at it.
func TestStoreFailsAfterARestart(t *testing.T) {
	for k := 1; k <= 6; k++ {
		synctest.Test(t, func(t *testing.T) {
			st := &faulty{Store: store.Memory()}
			clock := &machineClock{}
			begun := make(chan struct{})
			first := newEngineOnStore(t, st, clock, func(r *run) (wire.InvocationOutput, error) {
				// Its outcome is accepted, and the engine ends before the invocation does.
				err := r.checkpoint(up(r.in.InitialExecutionState.Operations[0].Id, wire.TypeExecution, wire.ActionSucceed))
				close(begun)
				<-r.ctx.Done()
				return pending, err
			})
			out, err := first.StartExecution(t.Context(), StartInput{Function: "orders:$LATEST"})
			if err != nil {
				t.Fatal(err)
			}
			<-begun
			first.Close()
			second := newEngineOnStore(t, st, clock, func(*run) (wire.InvocationOutput, error) {
				t.Error("it was invoked again")
				return pending, nil
			})
			defer second.Close()
			st.mu.Lock()
			at := st.calls + k
			st.fails = func(call int) bool { return call <= at && call > at-k }
			st.mu.Unlock()
			x, err := second.WaitExecution(t.Context(), out.ARN)
			for try := 0; err != nil && try < 10; try++ {
				x, err = second.WaitExecution(t.Context(), out.ARN)
			}
			if err != nil {
				t.Fatal(err)
			}
			if x.Status != wire.ExecutionSucceeded {
				t.Errorf("ended as %s", toJSON(x))
			}
		})
	}
}

func newEngineOnStore(t *testing.T, st store.Store, clock Clock, s script) *Engine {
	t.Helper()
	e, err := newEngineOn(keepOpen{st}, Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Register(Function{Name: "orders", Invoker: handler(t, &e, s)}); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	return e
}

type keepOpen struct{ store.Store }

func (keepOpen) Close() error { return nil }

// blocking is a store whose commits take until they are let go.
type blocking struct {
	store.Store
	commit chan struct{}
}

func (b *blocking) Commit(ws []store.Write) (int64, error) {
	<-b.commit
	return b.Store.Commit(ws)
}

// Nothing is acknowledged before it is stored: not a start, not a checkpoint, not an answer, not a stop.
func TestNothingIsAcknowledgedBeforeItIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &blocking{store.Memory(), make(chan struct{})}
		checkpointed := make(chan error, 1)
		e := newEngineOnStore(t, b, &machineClock{}, func(r *run) (wire.InvocationOutput, error) {
			err := r.checkpoint(callbackUpdate("ask", 0, 0))
			checkpointed <- err
			<-r.ctx.Done()
			return pending, err
		})
		defer e.Close()
		var arn string
		for what, ask := range []func() error{
			func() error {
				out, err := e.StartExecution(context.Background(), StartInput{Function: "orders:$LATEST"})
				if err == nil {
					arn = out.ARN
				}
				return err
			},
			func() error { return <-checkpointed },
			func() error {
				open, err := e.OpenCallbacks(context.Background(), arn)
				if err != nil {
					return err
				}
				return e.CallbackSucceed(context.Background(), open[0].CallbackID, nil)
			},
			func() error { _, err := e.Stop(context.Background(), arn, nil); return err },
		} {
			answered := make(chan error, 1)
			go func() { answered <- ask() }()
			synctest.Wait()
			select {
			case err := <-answered:
				t.Fatalf("request %d was answered before it was stored: %v", what, err)
			default:
			}
			b.commit <- struct{}{}
			if err := <-answered; err != nil {
				t.Fatalf("request %d: %v", what, err)
			}
		}
	})
}
