package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Large outcomes are not kept in memory while an execution waits, and are there whenever
// somebody asks for them: the next invocation, a further page, a checkpoint's answer, a restarted engine.
func TestLargeOutcomesAreNotKept(t *testing.T) {
	large := func(name string) string { return `"` + strings.Repeat(name, keepBytes) + `"` }
	check := func(where string, ops map[string]wire.Operation) {
		for id, want := range map[string]string{"a": large("a"), "b": large("b"), "small": "1"} {
			if d := ops[id].StepDetails; d == nil || d.Result == nil || *d.Result != want {
				t.Errorf("%s: step %s is not whole", where, id)
			}
		}
		if d := ops["bad"].StepDetails; d == nil || d.Error == nil || d.Error.ErrorData != large("e") {
			t.Errorf("%s: the error is not whole", where)
		}
		if d := ops["ask"].CallbackDetails; d == nil || d.Result == nil || *d.Result != large("k") {
			t.Errorf("%s: the answer is not whole", where)
		}
	}
	dir := t.TempDir()
	orders := func(r *run) (wire.InvocationOutput, error) {
		if r.status("a") == "" {
			us := append(append(stepUpdates("a", large("a")), stepUpdates("b", large("b"))...), stepUpdates("small", "1")...)
			bad := up("bad", wire.TypeStep, wire.ActionFail)
			bad.Error = &wire.ErrorObject{ErrorType: "E", ErrorData: large("e")}
			return pending, r.checkpoint(append(us, bad, callbackUpdate("ask", 0, 0), callbackUpdate("go", 0, 0))...)
		}
		if r.status("go") == wire.StatusStarted {
			return pending, nil
		}
		check("an invocation", r.ops)
		page, err := r.e.State(r.ctx, r.in.DurableExecutionArn, r.token, "", 1000)
		if err != nil {
			return pending, err
		}
		paged := map[string]wire.Operation{}
		for _, o := range page.Operations {
			paged[o.Id] = o
		}
		check("a page", paged)
		return succeeded("1"), nil
	}
	options := Options{Dir: dir, Clock: NewManualClock(epoch)}
	e := newEngine(t, options, map[string]script{"orders": orders})
	arn := start(t, e, StartInput{Function: "orders"})
	e.Idle(t.Context())
	answer := func(name, result string) {
		open, err := e.OpenCallbacks(t.Context(), arn)
		if err != nil {
			t.Fatal(err)
		}
		for _, cb := range open {
			if cb.OperationID == name {
				if err := e.CallbackSucceed(t.Context(), cb.CallbackID, &result); err != nil {
					t.Fatal(err)
				}
			}
		}
		e.Idle(t.Context())
	}
	answer("ask", large("k"))
	for _, restarted := range []bool{false, true} {
		if restarted {
			e.Close()
			e = newEngine(t, options, map[string]script{"orders": orders})
			e.Idle(t.Context())
		}
		x, _, err := e.find(arn)
		if err != nil || x == nil {
			t.Fatal(x, err)
		}
		kept := 0
		x.read(func(s *core.State) {
			text, _ := json.Marshal(s.Operations())
			kept = len(text)
		})
		if kept > keepBytes {
			t.Errorf("restarted %v: %d bytes are kept", restarted, kept)
		}
		ops, err := e.Operations(t.Context(), arn)
		if err != nil {
			t.Fatal(err)
		}
		shown := map[string]wire.Operation{}
		for _, o := range ops {
			shown[o.Id] = o
		}
		check(fmt.Sprintf("operations, restarted %v", restarted), shown)
	}
	answer("go", "1")
	if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded {
		t.Errorf("ended as %s", toJSON(x))
	}
}

// An attempt that failed with much is no outcome of the one that came after it, after a restart either.
func TestOnlyTheLastOutcomeIsPutAway(t *testing.T) {
	dir := t.TempDir()
	clock := NewManualClock(epoch)
	orders := func(r *run) (wire.InvocationOutput, error) {
		switch r.status("a") {
		case "":
			retry := up("a", wire.TypeStep, wire.ActionRetry)
			retry.Error = &wire.ErrorObject{ErrorType: "E", ErrorData: strings.Repeat("e", 2*keepBytes)}
			retry.StepOptions = &wire.StepOptions{NextAttemptDelaySeconds: 1}
			return pending, r.checkpoint(up("a", wire.TypeStep, wire.ActionStart), retry)
		case wire.StatusReady:
			return pending, r.checkpoint(append(stepUpdates("a", "7"), callbackUpdate("ask", 0, 0))...)
		}
		if d := r.ops["a"].StepDetails; d.Error != nil || d.Result == nil || *d.Result != "7" {
			t.Errorf("the step is told as %s", toJSON(r.ops["a"]))
		}
		return succeeded("1"), nil
	}
	options := Options{Dir: dir, Clock: clock}
	e := newEngine(t, options, map[string]script{"orders": orders})
	arn := start(t, e, StartInput{Function: "orders"})
	e.Idle(t.Context())
	clock.Advance(time.Second)
	var open []OpenCallback
	for len(open) == 0 {
		var err error
		if open, err = e.OpenCallbacks(t.Context(), arn); err != nil {
			t.Fatal(err)
		}
	}
	e.Idle(t.Context())
	e.Close()
	e = newEngine(t, options, map[string]script{"orders": orders})
	if err := e.CallbackSucceed(t.Context(), open[0].CallbackID, nil); err != nil {
		t.Fatal(err)
	}
	wait(t, e, arn)
}

// Neither inputs nor what was written is kept in memory while executions wait, and both are there when
// they are asked for.
func TestWaitingExecutionsAreSmall(t *testing.T) {
	const size, many = 200 << 10, 20
	large := func(i int) string { return `"` + strings.Repeat(string(rune('a'+i%26)), size) + `"` }
	orders := func(r *run) (wire.InvocationOutput, error) {
		input := *r.in.InitialExecutionState.Operations[0].ExecutionDetails.InputPayload
		if len(input) != size+2 {
			t.Errorf("the input has %d bytes", len(input))
		}
		if r.status("ask") == wire.StatusSucceeded {
			return succeeded("1"), nil
		}
		retry := up("poll", wire.TypeStep, wire.ActionRetry)
		retry.Payload, retry.StepOptions = &input, &wire.StepOptions{NextAttemptDelaySeconds: 3600}
		us := append(stepUpdates("a", input), up("poll", wire.TypeStep, wire.ActionStart), retry, callbackUpdate("ask", 0, 0))
		return pending, r.checkpoint(append(us, chainedUpdate("call", "hang", input))...)
	}
	e := newEngine(t, Options{Dir: t.TempDir(), Clock: NewManualClock(epoch)}, map[string]script{"orders": orders})
	var calls atomic.Int32
	if err := e.Register(Function{Name: "hang", Plain: true, Invoker: hanging{&calls}}); err != nil {
		t.Fatal(err)
	}
	heap := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	arns := make([]string, many)
	for i := range arns {
		input := large(i)
		arns[i] = start(t, e, StartInput{Function: "orders", Input: &input})
	}
	for open := 0; open < many; {
		cbs, err := e.OpenCallbacks(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		open = len(cbs)
		runtime.Gosched()
	}
	for int(calls.Load()) < many {
		runtime.Gosched()
	}
	kept := (heap() - before) / many
	t.Logf("%d bytes for each execution, which has %d", kept, 4*size)
	if kept > size*3/2 { // what the calls that are under way have been given
		t.Errorf("%d bytes are kept for each execution", kept)
	}
	for i, arn := range arns {
		x, err := e.Execution(t.Context(), arn, true)
		if err != nil || x.Input == nil || *x.Input != large(i) {
			t.Fatalf("the input of %s is not whole: %v", arn, err)
		}
	}
}

// hanging is a function that does not come back.
type hanging struct{ calls *atomic.Int32 }

func (h hanging) Invoke(ctx context.Context, inv *Invocation) ([]byte, error) {
	h.calls.Add(1)
	<-ctx.Done()
	return nil, ctx.Err()
}
