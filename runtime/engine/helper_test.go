package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// run is one invocation of a handler written for a test.
type run struct {
	t     *testing.T
	e     *Engine
	ctx   context.Context
	in    wire.InvocationInput
	token string
	ops   map[string]wire.Operation
}

// script is a handler: it looks at the record, checkpoints, and says how the
// invocation ends.
type script func(r *run) (wire.InvocationOutput, error)

// handler makes an invoker of a script.
func handler(t *testing.T, e **Engine, s script) Invoker {
	return DurableFunc(func(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error) {
		r := &run{t: t, e: *e, ctx: ctx, in: in, token: in.CheckpointToken, ops: map[string]wire.Operation{}}
		r.merge(in.InitialExecutionState.Operations)
		for m := in.InitialExecutionState.NextMarker; m != ""; {
			page, err := r.e.State(ctx, in.DurableExecutionArn, r.token, m, 0)
			if err != nil {
				return wire.InvocationOutput{}, err
			}
			r.merge(page.Operations)
			m = page.NextMarker
		}
		return s(r)
	})
}

func (r *run) merge(ops []wire.Operation) {
	for _, o := range ops {
		r.ops[o.Id] = o
	}
}

func (r *run) checkpoint(us ...wire.OperationUpdate) error {
	out, err := r.e.Checkpoint(r.ctx, r.in.DurableExecutionArn, wire.CheckpointInput{CheckpointToken: r.token, Updates: us})
	if err != nil {
		return err
	}
	r.token = out.CheckpointToken
	r.merge(out.NewExecutionState.Operations)
	return nil
}

func (r *run) status(id string) wire.OperationStatus { return r.ops[id].Status }

func str(s string) *string { return &s }

func up(id string, t wire.OperationType, a wire.OperationAction) wire.OperationUpdate {
	return wire.OperationUpdate{Id: id, Type: t, Action: a}
}

func stepUpdates(id, result string) []wire.OperationUpdate {
	end := up(id, wire.TypeStep, wire.ActionSucceed)
	end.Payload = &result
	return []wire.OperationUpdate{up(id, wire.TypeStep, wire.ActionStart), end}
}

func waitUpdate(id string, seconds int) wire.OperationUpdate {
	u := up(id, wire.TypeWait, wire.ActionStart)
	u.WaitOptions = &wire.WaitOptions{WaitSeconds: seconds}
	return u
}

func callbackUpdate(id string, timeout, heartbeat int) wire.OperationUpdate {
	u := up(id, wire.TypeCallback, wire.ActionStart)
	u.CallbackOptions = &wire.CallbackOptions{TimeoutSeconds: timeout, HeartbeatTimeoutSeconds: heartbeat}
	return u
}

func chainedUpdate(id, function, payload string) wire.OperationUpdate {
	u := up(id, wire.TypeChainedInvoke, wire.ActionStart)
	u.ChainedInvokeOptions = &wire.ChainedInvokeOptions{FunctionName: function}
	u.Payload = &payload
	return u
}

var pending = wire.InvocationOutput{Status: wire.InvocationPending}

func succeeded(result string) wire.InvocationOutput {
	return wire.InvocationOutput{Status: wire.InvocationSucceeded, Result: &result}
}

func failed(typ, message string) wire.InvocationOutput {
	return wire.InvocationOutput{Status: wire.InvocationFailed, Error: &wire.ErrorObject{ErrorType: typ, ErrorMessage: message}}
}

// newEngine starts an engine with functions made of scripts, whose executions may take as long as any.
func newEngine(t *testing.T, o Options, functions map[string]script) *Engine {
	t.Helper()
	return newEngineFor(t, o, maxExecutionSeconds*time.Second, functions)
}

// newEngineFor is newEngine with another time-out of executions.
func newEngineFor(t *testing.T, o Options, timeout time.Duration, functions map[string]script) *Engine {
	t.Helper()
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	for name, s := range functions {
		if err := e.Register(Function{Name: name, ExecutionTimeout: timeout, Invoker: handler(t, &e, s)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	return e
}

func start(t *testing.T, e *Engine, in StartInput) string {
	t.Helper()
	if in.Qualifier == "" {
		in.Qualifier = "$LATEST"
	}
	out, err := e.StartExecution(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out.ARN
}

// wait waits for the end of an execution.
func wait(t *testing.T, e *Engine, arn string) *Execution {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	x, err := e.WaitExecution(ctx, arn)
	if err != nil {
		t.Fatalf("waiting for %s: %v", arn, err)
	}
	return x
}

// kinds shows the events of an execution in short.
func kinds(t *testing.T, e *Engine, arn string) string {
	t.Helper()
	events, err := e.History(context.Background(), arn, HistoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, ev := range events {
		if ev.EventId != i+1 {
			t.Errorf("event %d has the number %d", i+1, ev.EventId)
		}
		out = append(out, string(ev.EventType))
	}
	return strings.Join(out, " ")
}

func wantKinds(t *testing.T, e *Engine, arn, want string) {
	t.Helper()
	if got := kinds(t, e, arn); got != strings.Join(strings.Fields(want), " ") {
		t.Errorf("history:\n  %s\nwant:\n  %s", got, strings.Join(strings.Fields(want), " "))
	}
}

func wantRefusal(t *testing.T, err error, code, message string) {
	t.Helper()
	api, ok := err.(*wire.APIError)
	if !ok {
		t.Fatalf("error %v, want %s: %s", err, code, message)
	}
	if api.Code != code || api.Message != message {
		t.Fatalf("refused with %s: %q, want %s: %q", api.Code, api.Message, code, message)
	}
}

func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(b)
}

type ctxt = context.Context

func pathEscape(s string) string { return strings.ReplaceAll(url.PathEscape(s), "/", "%2F") }
