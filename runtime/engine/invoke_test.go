package engine

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Whether a caller may wait goes by the function's configuration, not by how long it will take.
func TestSyncInvokeOfWhatMayTakeLong(t *testing.T) {
	e := newEngine(t, Options{}, nil)
	quick := handler(t, &e, func(*run) (wire.InvocationOutput, error) { return succeeded("1"), nil })
	for name, timeout := range map[string]time.Duration{"default": 0, "long": MaxSyncTimeout + time.Second, "short": MaxSyncTimeout} {
		if err := e.Register(Function{Name: name, ExecutionTimeout: timeout, Invoker: quick}); err != nil {
			t.Fatal(err)
		}
		for kind, status := range map[string]int{"RequestResponse": 200, "": 200, "Event": 202, "DryRun": 204} {
			path := functionPath + "/" + name + "/invocations?Qualifier=$LATEST"
			resp, body := request(t, e, "POST", path, "{}", "X-Amz-Invocation-Type", kind)
			if name == "short" || status != 200 {
				if resp.StatusCode != status {
					t.Errorf("%s %s: %d %v", name, kind, resp.StatusCode, body)
				}
				continue
			}
			wantError(t, resp, body, 400, "InvalidParameterValueException")
			if body["message"] != "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes." {
				t.Errorf("%s: %v", name, body)
			}
		}
	}
	if page, _ := e.ListExecutions(t.Context(), ExecutionFilter{Function: "long"}); len(page.Executions) != 1 {
		t.Errorf("%d executions were started", len(page.Executions))
	}
	for _, f := range e.Functions() {
		if f.Name == "default" && f.ExecutionTimeout != wire.DefaultExecutionTimeout {
			t.Errorf("the default is %v", f.ExecutionTimeout)
		}
	}
}

// What a caller who waits says to the function reaches each of its invocations, after a crash too.
func TestClientContext(t *testing.T) {
	dir := t.TempDir()
	clock := NewManualClock(epoch)
	got := make(chan string, 10)
	open := func() *Engine {
		e := newEngine(t, Options{Dir: dir, Clock: clock}, nil)
		h := handler(t, &e, waiting)
		err := e.Register(Function{Name: "orders", ExecutionTimeout: MaxSyncTimeout, Invoker: invokerFunc(func(ctx context.Context, in *Invocation) ([]byte, error) {
			got <- string(in.ClientContext)
			return h.Invoke(ctx, in)
		})})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	e := open()
	if _, err := e.StartExecution(t.Context(), StartInput{Function: "orders", Qualifier: latest, Sync: true, ClientContext: `{"a":1}`}); err != nil {
		t.Fatal(err)
	}
	<-got
	e.Idle(t.Context())
	e.Close()
	e = open()
	cbs, _ := e.OpenCallbacks(t.Context(), "")
	if err := e.CallbackSucceed(t.Context(), cbs[0].CallbackID, nil); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != `{"a":1}` {
		t.Errorf("after a restart it is %q", text)
	}
	encoded := base64.StdEncoding.EncodeToString
	for _, bad := range []string{"%", encoded([]byte("[]")), encoded([]byte("{")), encoded([]byte(" ")), encoded([]byte(`{"a":"` + strings.Repeat("x", 3000) + `"}`))} {
		resp, body := request(t, e, "POST", functionPath+"/orders/invocations?Qualifier=$LATEST", "{}", "X-Amz-Client-Context", bad)
		wantError(t, resp, body, 400, "InvalidRequestContentException")
	}
	resp, body := request(t, e, "POST", functionPath+"/orders/invocations?Qualifier=$LATEST", "{}", "X-Amz-Log-Type", "tail")
	wantError(t, resp, body, 400, "ValidationException")
}

func TestAlias(t *testing.T) {
	e := newEngine(t, Options{}, nil)
	err := e.Register(Function{Name: "orders", Versions: []string{"7"}, Aliases: map[string]string{"live": "7"}, Invoker: handler(t, &e, waiting)})
	if err != nil {
		t.Fatal(err)
	}
	resp, body := request(t, e, "GET", functionPath+"/orders/aliases/live", "")
	if resp.StatusCode != 200 || body["Name"] != "live" || body["FunctionVersion"] != "7" || body["AliasArn"] != "arn:aws:lambda:us-east-1:000000000000:function:orders:live" {
		t.Errorf("%d %v", resp.StatusCode, body)
	}
}

// An execution that was invoked tells by which one, and that one tells of it, by the operation.
func TestParentAndChild(t *testing.T) {
	e := newEngine(t, Options{}, map[string]script{
		"outer": func(r *run) (wire.InvocationOutput, error) {
			switch r.status("i") {
			case "":
				return pending, r.checkpoint(append(stepUpdates("s", "1"), chainedUpdate("i", "inner:$LATEST", "5"))...)
			case wire.StatusSucceeded:
				return succeeded("1"), nil
			}
			return pending, nil
		},
		"inner": func(*run) (wire.InvocationOutput, error) { return succeeded("2"), nil },
	})
	arn := start(t, e, StartInput{Function: "outer", Name: "o"})
	if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded || x.Parent != "" {
		t.Fatalf("it is %s", toJSON(x))
	}
	child, err := e.Child(t.Context(), arn, "i")
	if err != nil {
		t.Fatal(err)
	}
	if x, err := e.Execution(t.Context(), child, false); err != nil || x.Function != "inner" || x.Parent != arn {
		t.Errorf("the child is %s, %v", toJSON(x), err)
	}
	for _, op := range []string{"s", "nothing"} {
		if child, err := e.Child(t.Context(), arn, op); err != nil || child != "" {
			t.Errorf("%s has invoked %q, %v", op, child, err)
		}
	}
}
