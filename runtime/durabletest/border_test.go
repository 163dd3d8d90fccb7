package durabletest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/flow"
	"github.com/durablegen/durablegen/runtime/wire"
)

type vetoed struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

func (e *vetoed) Error() string     { return "Vetoed: " + e.By }
func (e *vetoed) ErrorType() string { return "Vetoed" }

type answer struct {
	Kind kind `json:"kind"`
	N    int  `json:"n"`
}

type kind string

func (k kind) Valid() bool { return k == "yes" || k == "no" }

// What comes from outside, over the wire of the Lambda API: no value is null, and data
// of errors is looked at as values are.
func TestBorder(t *testing.T) {
	def := durable.Definition{Name: "border", Serdes: flow.Serdes{}, Errors: durable.Errors(&vetoed{})}
	spec := &durable.CallbackSpec{Name: "ask", Timeout: time.Hour, Fails: []string{"Vetoed"}}
	submit := func(context.Context, string) error { return nil }
	workflows := map[string]*durable.Function{
		"input": durable.Workflow(def, func(_ *durable.Context, in answer) (answer, error) { return in, nil }),
		"bool": durable.Workflow(def, func(ctx *durable.Context, _ flow.None) (bool, error) {
			return durable.WaitForCallback[bool](ctx, spec, submit)
		}),
		"record": durable.Workflow(def, func(ctx *durable.Context, _ flow.None) (answer, error) {
			return durable.WaitForCallback[answer](ctx, spec, submit)
		}),
		"optional": durable.Workflow(def, func(ctx *durable.Context, _ flow.None) (*answer, error) {
			return durable.WaitForCallback[*answer](ctx, spec, submit)
		}),
		"none": durable.Workflow(def, func(ctx *durable.Context, _ flow.None) (flow.None, error) {
			return durable.WaitForCallback[flow.None](ctx, spec, submit)
		}),
		"invoke": durable.Workflow(def, func(ctx *durable.Context, _ flow.None) (int, error) {
			return durable.Invoke[int](ctx, &durable.InvokeSpec{Name: "call", Function: "silent"}, flow.None{})
		}),
	}
	for _, test := range []struct {
		workflow, input string
		door, body      string // of the callback
		want            string // the result, or the error
	}{
		{"input", ``, "", ``, `Unexpected: the execution was started without an input: an object is needed, not null`},
		{"input", `null`, "", ``, `Unexpected: the input does not decode: an object is needed, not null`},
		{"input", `{"kind":"yes"}`, "", ``, `Unexpected: the input does not decode: field "n" is missing`},
		{"bool", ``, "succeed", ``, `Unexpected: no value was given: a bool is needed, not null`},
		{"bool", ``, "succeed", `null`, `Unexpected: the value given does not decode: a bool is needed, not null`},
		{"record", ``, "succeed", ``, `Unexpected: no value was given: an object is needed, not null`},
		{"record", ``, "succeed", `{"kind":"","n":1}`, `Unexpected: the value given does not decode: kind: "" is no kind`},
		{"record", ``, "succeed", `{"kind":"yes","n":1,"n":2}`, `Unexpected: the value given does not decode: field "n" is given twice`},
		{"optional", ``, "succeed", ``, `null`},
		{"none", ``, "succeed", ``, `null`},
		{"invoke", ``, "", ``, `Unexpected: the value given does not decode: an int is needed, not null`},
		{"bool", ``, "fail", `{"ErrorType":"Vetoed","ErrorMessage":"no","ErrorData":"{\"by\":\"Ada\",\"at\":\"2026-01-02T03:04:05Z\"}"}`, `Vetoed: Vetoed: Ada {"by":"Ada","at":"2026-01-02T03:04:05.000Z"}`},
		{"bool", ``, "fail", `{"ErrorType":"Vetoed","ErrorMessage":"no","ErrorData":"{}"}`, `Unexpected: the data of Vetoed does not decode: field "by" is missing (no) {"type":"Vetoed","data":"{}"}`},
		{"bool", ``, "fail", `{"ErrorType":"Vetoed"}`, `Unexpected: the data of Vetoed does not decode: field "by" is missing {"type":"Vetoed"}`},
		{"bool", ``, "fail", `{"ErrorType":"Vetoed","ErrorData":"{\"by\":1}"}`, `Unexpected: the data of Vetoed does not decode: by: a string is needed, not a number {"type":"Vetoed","data":"{\"by\":1}"}`},
		{"bool", ``, "fail", `{"ErrorType":"Vetoed","ErrorData":"{"}`, `Unexpected: the data of Vetoed does not decode: not JSON: no name of a field at byte 1 {"type":"Vetoed","data":"{"}`},
		{"bool", ``, "fail", `{}`, `Unexpected: Unexpected`},
	} {
		t.Run(test.workflow+" "+test.door+" "+test.body, func(t *testing.T) {
			got := overTheWire(t, workflows[test.workflow], test.input, test.door, test.body)
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// overTheWire starts an execution over HTTP, answers its callback so, and gives what
// the caller is told.
func overTheWire(t *testing.T, f *durable.Function, input, door, body string) string {
	opened := make(chan string, 1)
	eng, err := engine.New(engine.Options{SkipTime: true, Callbacks: func(cb engine.OpenCallback) engine.CallbackPlan {
		select {
		case opened <- cb.CallbackID:
		default:
		}
		return engine.CallbackPlan{}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	server := httptest.NewServer(eng.Handler())
	defer server.Close()
	for _, f := range []engine.Function{
		{Name: "border", ExecutionTimeout: engine.MaxSyncTimeout, Invoker: engine.DurableFunc(func(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error) {
			return f.Invoke(ctx, localClient{eng}, in)
		})},
		{Name: "silent", Plain: true, Invoker: engine.PlainFunc(func(context.Context, []byte) ([]byte, error) { return nil, nil })},
	} {
		if err := eng.Register(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := eng.Start(); err != nil {
		t.Fatal(err)
	}
	if door != "" {
		go func() {
			path := "/2025-12-01/durable-execution-callbacks/" + url.PathEscape(<-opened) + "/" + door
			resp, err := http.Post(server.URL+path, "application/octet-stream", strings.NewReader(body))
			if err != nil || resp.StatusCode != 200 {
				t.Errorf("the callback was not answered: %+v, %v", resp, err)
			}
		}()
	}
	resp, err := http.Post(server.URL+"/2015-03-31/functions/border/invocations?Qualifier=$LATEST", "application/json", strings.NewReader(input))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 {
		t.Fatalf("%s: %s", resp.Status, text)
	}
	if resp.Header.Get("X-Amz-Function-Error") == "" {
		return string(text)
	}
	x, err := eng.Execution(context.Background(), resp.Header.Get("X-Amz-Durable-Execution-Arn"), true)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(x.Error.ErrorType + ": " + x.Error.ErrorMessage + " " + x.Error.ErrorData)
}

type localClient struct{ *engine.Engine }

func (c localClient) State(ctx context.Context, arn, token, marker string, maxItems int) (*wire.ExecutionState, error) {
	return c.Engine.State(ctx, arn, token, marker, maxItems)
}
