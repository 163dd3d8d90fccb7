package durable

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// No value is null: one for what can be nil or has no fields, refused for all else.
func TestNoValue(t *testing.T) {
	t.Run("bool", func(t *testing.T) { noValue[bool](t, "a bool is needed, not null", "") })
	t.Run("int", func(t *testing.T) { noValue[int](t, "an int is needed, not null", "") })
	t.Run("record", func(t *testing.T) { noValue[struct{ A *int }](t, "an object is needed, not null", "") })
	t.Run("time", func(t *testing.T) { noValue[time.Time](t, "a time is needed, not null", "") })
	t.Run("optional", func(t *testing.T) { noValue[*int](t, "", "null") })
	t.Run("list", func(t *testing.T) { noValue[[]int](t, "", "null") })
	t.Run("any", func(t *testing.T) { noValue[any](t, "", "null") })
	t.Run("none", func(t *testing.T) { noValue[struct{}](t, "", "{}") })
}

func noValue[T any](t *testing.T, refused, result string) {
	echo := func(_ *Context, in T) (T, error) { return in, nil }
	check := func(door, prefix string, out wire.InvocationOutput) {
		t.Helper()
		if refused == "" && (out.Status != wire.InvocationSucceeded || *out.Result != result) {
			t.Errorf("%s: %s %s %+v, want %s", door, out.Status, text(out.Result), out.Error, result)
		}
		if refused != "" && (out.Status != wire.InvocationFailed || out.Error.ErrorType != "Unexpected" || out.Error.ErrorMessage != prefix+refused) {
			t.Errorf("%s: %s %s %+v, want %s%s", door, out.Status, text(out.Result), out.Error, prefix, refused)
		}
	}
	run := func(door, prefix string, input *string, body func(*Context, T) (T, error)) {
		synctest.Test(t, func(t *testing.T) {
			s := newService(t, Workflow(Definition{Name: "test", LogHandler: slog.DiscardHandler}, body), "null")
			s.ops[0].ExecutionDetails.InputPayload = input
			s.answers["ask"] = answer{}
			s.noResult = true
			s.targets["f:1"] = func(string) (string, *wire.ErrorObject) { return "", nil }
			check(door, prefix, s.run())
		})
	}
	run("input", "the execution was started without an input: ", nil, echo)
	run("null as input", "the input does not decode: ", ptr("null"), echo)
	if refused != "" { // else there is nothing to give
		var zero T
		in, err := marshal(zero)
		if err != nil {
			t.Fatal(err)
		}
		run("callback", "no value was given: ", &in, func(c *Context, _ T) (T, error) {
			return WaitForCallback[T](c, &CallbackSpec{Name: "ask"}, func(context.Context, string) error { return nil })
		})
		run("awaited callback", "no value was given: ", &in, func(c *Context, _ T) (T, error) {
			cb, err := CreateCallback[T](c, &CallbackSpec{Name: "ask"})
			if err != nil {
				return zero, err
			}
			return cb.Await(c)
		})
		run("invoked function", "no value was given: ", &in, func(c *Context, _ T) (T, error) {
			return Invoke[T](c, &InvokeSpec{Function: "f:1"}, 1)
		})
	}
}

// A record without a result is not that of a step that gives one.
func TestRecordWithoutResult(t *testing.T) {
	f := workflow(func(ctx *Context) (any, error) {
		return Step(ctx, &StepSpec{Name: "charge"}, func(context.Context) (int, error) { return 1, nil })
	})
	out, err := f.Invoke(context.Background(), &quickService{}, quickInput(wire.Operation{
		Id: "charge", Name: "charge", Type: wire.TypeStep, SubType: wire.SubTypeStep, Status: wire.StatusSucceeded, StepDetails: &wire.StepDetails{Attempt: 1},
	}))
	if err != nil || out.Status != wire.InvocationFailed {
		t.Errorf("%s %s %v", out.Status, text(out.Result), err)
	}
}
