package durabletest_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// renders invokes a function whose name is bound, waits, and invokes it again.
func renders() *durable.Function {
	def := durable.Definition{Name: "renders", Bound: []durable.BoundFunction{{Env: "RENDER_FUNCTION", Function: "render:live"}}}
	return durable.Workflow(def, func(ctx *durable.Context, _ string) (string, error) {
		spec := func(name string) *durable.InvokeSpec {
			return &durable.InvokeSpec{Name: name, Function: "render:live", FunctionEnv: "RENDER_FUNCTION"}
		}
		first, err := durable.Invoke[string](ctx, spec("first"), "a")
		if err != nil {
			return "", err
		}
		if _, err := durable.WaitForCallback[int](ctx, &durable.CallbackSpec{Name: "ask"}, func(context.Context, string) error { return nil }); err != nil {
			return "", err
		}
		second, err := durable.Invoke[string](ctx, spec("second"), "b")
		return first + " " + second, err
	})
}

func rendersIn(t testing.TB) *durabletest.Env {
	env := durabletest.New(t, renders())
	for _, name := range []string{"render:live", "other:beta"} {
		env.Target(name, func(json.RawMessage) (any, error) { return name, nil })
	}
	return env
}

// A bound name is what the environment says when the function is made. What is on record stays
// what it was, whatever the name is by then.
func TestBoundNames(t *testing.T) {
	var got string
	rendersIn(t).Answer("ask", durabletest.Succeed(1)).Run("").MustSucceed(&got)
	if got != "render:live render:live" {
		t.Errorf("without the variable: %q", got)
	}
	env := rendersIn(t).Answer("ask", durabletest.Later())
	run := env.Start("")
	cb := run.AwaitCallback("ask", 0)
	if err := env.Engine().Idle(t.Context()); err != nil { // the process that asked has ended
		t.Fatal(err)
	}
	t.Setenv("RENDER_FUNCTION", "other:beta")
	env.Edit(renders())
	if err := run.Succeed(cb, 1); err != nil {
		t.Fatal(err)
	}
	run.Wait()
	run.MustSucceed(&got)
	if got != "render:live other:beta" {
		t.Errorf("bound anew on the way: %q", got)
	}
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env { return rendersIn(t).Answer("ask", durabletest.Succeed(1)) }, "", func(t testing.TB, run *durabletest.Run) {
		if run.MustSucceed(&got); got != "other:beta other:beta" {
			t.Errorf("with the variable: %q", got)
		}
	})
}

// A variable that names no function is told before anything runs.
func TestBoundToNothing(t *testing.T) {
	for value, want := range map[string]string{
		"":                "the environment variable RENDER_FUNCTION is empty: it names the function that is render:live where it is not set",
		"my render":       `the environment variable RENDER_FUNCTION is "my render", which is neither the name nor the ARN of a function; write one such as render:live`,
		"render":          `the environment variable RENDER_FUNCTION is "render", which lacks a version or alias; write render:live`,
		"arn:aws:sns:a:b": `neither the name nor the ARN`,
		"arn:aws:lambda:us-east-1:111122223333:function:render": "lacks a version or alias",
	} {
		t.Setenv("RENDER_FUNCTION", value)
		got := failures(t, func(t testing.TB) { durabletest.New(t, renders()).Run("") })
		if !strings.Contains(got, want) || strings.Contains(got, "ExecutionStarted") {
			t.Errorf("%q\n got %s\nwant %s", value, got, want)
		}
		if err := renders().Ready(); err == nil || !strings.HasPrefix(err.Error(), "durable: renders can't be started: ") {
			t.Errorf("%q: %v", value, err)
		}
	}
}
