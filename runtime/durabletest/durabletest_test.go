package durabletest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/flow"
)

type Refused struct {
	Why string `json:"why"`
}

func (e *Refused) Error() string     { return "refused: " + e.Why }
func (e *Refused) ErrorType() string { return "Refused" }

var definition = durable.Definition{Name: "order", Errors: durable.Errors(&Refused{})}

// order charges, asks, waits and lets another function deliver; what fails after the
// charge refunds it.
func order(charges, refunds *atomic.Int32) *durable.Function {
	return durable.Workflow(definition, func(ctx *durable.Context, id string) (string, error) {
		payment, err := durable.Step(ctx, &durable.StepSpec{Name: "charge", Undoable: true}, func(context.Context) (string, error) {
			charges.Add(1)
			return "pay-" + id, nil
		})
		if err != nil {
			return "", err
		}
		durable.Undo(ctx, &durable.UndoSpec{Of: "charge"}, func(ctx *durable.Context) error {
			return durable.Do(ctx, &durable.StepSpec{Name: "refund"}, func(context.Context) error {
				refunds.Add(1)
				return nil
			})
		})
		minutes, err := durable.WaitForCallback[int](ctx, &durable.CallbackSpec{Name: "ask", Timeout: time.Hour, Fails: []string{"Refused"}},
			func(ctx context.Context, callbackID string) error { return nil })
		if err != nil {
			return "", err
		}
		if err := durable.Wait(ctx, &durable.WaitSpec{}, time.Duration(minutes)*time.Minute); err != nil {
			return "", err
		}
		return durable.Invoke[string](ctx, &durable.InvokeSpec{Name: "deliver", Function: "deliver:live"}, payment)
	})
}

func setup(t testing.TB) (*durabletest.Env, *atomic.Int32, *atomic.Int32) {
	var charges, refunds atomic.Int32
	env := durabletest.New(t, order(&charges, &refunds))
	env.Target("deliver:live", func(input json.RawMessage) (any, error) {
		return fmt.Sprintf("delivered %s", input), nil
	})
	return env, &charges, &refunds
}

func TestSucceeds(t *testing.T) {
	env, charges, refunds := setup(t)
	env.Answer("ask", durabletest.Succeed(90).After(time.Minute))
	run := env.Run("o1")
	var got string
	run.MustSucceed(&got)
	if want := `delivered "pay-o1"`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if charges.Load() != 1 || refunds.Load() != 0 {
		t.Errorf("%d charges, %d refunds", charges.Load(), refunds.Load())
	}
	const want = `execution: ExecutionStarted "o1", ExecutionSucceeded "delivered \"pay-o1\""
ask WaitForCallback: ContextStarted, ContextSucceeded 90
ask_c Callback: CallbackStarted, CallbackSucceeded 90
ask_s Step: StepStarted, StepSucceeded null
charge Step: StepStarted, StepSucceeded "pay-o1"
deliver ChainedInvoke: ChainedInvokeStarted "pay-o1", ChainedInvokeSucceeded "delivered \"pay-o1\""
wait Wait: WaitStarted 5400s, WaitSucceeded 5400s
`
	if got := run.Signature(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFails(t *testing.T) {
	for name, test := range map[string]struct {
		answer durabletest.Answer
		want   string
	}{
		"refused": {durabletest.Fail(&Refused{"closed"}), "Refused"},
		"unknown": {durabletest.Fail(errors.New("boom")), "Error"},
		"silent":  {durabletest.Silence(), "Timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, refunds := setup(t)
			env.Answer("ask", test.answer)
			var refused Refused
			run := env.Run("o1")
			run.MustFail(test.want, &refused)
			if test.want == "Refused" && refused.Why != "closed" {
				t.Errorf("the error came with %+v", refused)
			}
			if refunds.Load() != 1 {
				t.Errorf("%d refunds\n%s", refunds.Load(), run.History())
			}
		})
	}
}

func TestEveryBoundary(t *testing.T) {
	var refunds *atomic.Int32
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
		var env *durabletest.Env
		env, _, refunds = setup(t)
		return env.Answer("ask", durabletest.Fail(&Refused{"closed"}))
	}, "o1", func(t testing.TB, run *durabletest.Run) {
		if refunds.Load() < 1 {
			t.Error("no refund")
		}
	})
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
		env, _, _ := setup(t)
		return env.Answer("ask", durabletest.Succeed(1))
	}, "o1", nil)
}

func TestAnswerThatIsNoJSON(t *testing.T) {
	env := durabletest.New(t, durable.Workflow(durable.Definition{Name: "texts"}, func(ctx *durable.Context, _ any) (string, error) {
		spec := &durable.CallbackSpec{Name: "ask", Serdes: durable.Text}
		return durable.WaitForCallback[string](ctx, spec, func(context.Context, string) error { return nil })
	}))
	var got string
	env.Answer("ask", durabletest.Succeed(json.RawMessage("just text"))).Run(nil).MustSucceed(&got)
	if got != "just text" {
		t.Errorf("got %q", got)
	}
}

// An answer that takes longer than signs of life may stay away needs these.
func TestHeartbeatsUntilTheAnswer(t *testing.T) {
	uploads := durable.Workflow(durable.Definition{Name: "uploads"}, func(ctx *durable.Context, _ any) (string, error) {
		spec := &durable.CallbackSpec{Name: "upload", Timeout: 10 * time.Hour, HeartbeatTimeout: time.Hour}
		return durable.WaitForCallback[string](ctx, spec, func(context.Context, string) error { return nil })
	})
	late := durabletest.Succeed("done").After(5 * time.Hour)
	durabletest.New(t, uploads).Answer("upload", late).Run(nil).MustFail("HeartbeatTimeout", nil)
	durabletest.New(t, uploads).Answer("upload", late.Heartbeats(40*time.Minute)).Run(nil).MustSucceed(nil)
	durabletest.New(t, uploads).Answer("upload", durabletest.Silence().Heartbeats(40*time.Minute)).Run(nil).MustFail("Timeout", nil)
}

func TestAnsweredByTheTest(t *testing.T) {
	env, _, _ := setup(t)
	env.Answer("ask", durabletest.Later())
	run := env.Start("o1")
	cb := run.AwaitCallback("ask", 0)
	run.Heartbeat(cb)
	run.Succeed(cb, 1)
	run.Wait()
	run.MustSucceed(nil)
}

// A nil slice is an ordinary value in Go, and no list at all in plain JSON, which
// workflows of the language refuse.
func TestNilSlicesAreEmptyLists(t *testing.T) {
	type basket struct {
		Items []string `json:"items"`
	}
	f := durable.Workflow(durable.Definition{Name: "shop", Serdes: flow.Serdes{}}, func(ctx *durable.Context, in basket) (int, error) {
		n := len(in.Items)
		answer, err := durable.WaitForCallback[basket](ctx, &durable.CallbackSpec{Name: "ask", Timeout: time.Hour},
			func(context.Context, string) error { return nil })
		if err != nil {
			return 0, err
		}
		n += len(answer.Items)
		for _, function := range []string{"weigh", "pack:live"} {
			packed, err := durable.Invoke[basket](ctx, &durable.InvokeSpec{Name: function, Function: function}, answer)
			if err != nil {
				return 0, err
			}
			n += len(packed.Items)
		}
		return n, nil
	})
	env := durabletest.New(t, f)
	env.Answer("ask", durabletest.Succeed(basket{}))
	pack := func(json.RawMessage) (any, error) { return basket{}, nil }
	env.Target("weigh", pack).Target("pack:live", pack)
	var n int
	env.Run(basket{}).MustSucceed(&n)
	if n != 0 {
		t.Errorf("%d", n)
	}
}
