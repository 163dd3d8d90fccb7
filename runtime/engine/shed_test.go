package engine

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

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
