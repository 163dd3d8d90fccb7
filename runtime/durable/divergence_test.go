package durable

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// edited runs an execution whose code changes after its first invocation.
func edited(t *testing.T, version string, before, after body) (wire.InvocationOutput, string) {
	t.Helper()
	var out wire.InvocationOutput
	var log strings.Builder
	synctest.Test(t, func(t *testing.T) {
		first := true
		s := newService(t, workflow(func(ctx *Context) (any, error) {
			if first {
				first = false
				return before(ctx)
			}
			return after(ctx)
		}).With(func(def *Definition) { def.LogHandler = NewLogHandler(&log) }), "null")
		s.arn = strings.Replace(s.arn, "$LATEST", version, 1)
		out = s.run()
	})
	return out, log.String()
}

func TestDivergence(t *testing.T) {
	step := func(name string) func(*Context) error {
		return func(c *Context) error { _, err := named(c, name); return err }
	}
	seq := func(list ...func(*Context) error) body {
		return func(c *Context) (any, error) {
			for _, f := range list {
				if err := f(c); err != nil {
					return nil, err
				}
			}
			return "done", nil
		}
	}
	long := strings.Repeat("long name ", 9)
	wait := func(c *Context) error { return pause(c, "wait", time.Second) }
	for _, test := range []struct {
		name          string
		before, after body
		pinned        string // what is said of a numbered version; empty: nothing
		latest        string // and of $LATEST: an error, or in brackets a log record
	}{
		{"the same", seq(step("a"), wait), seq(step("a"), wait), "", ""},
		{"added at the end", seq(step("a"), wait), seq(step("a"), wait, step("b")), "", ""},
		{"moved", seq(step("a"), step("b"), wait), seq(step("b"), step("a"), wait), "", ""},
		{"added before", seq(step("a"), wait), seq(step("new"), step("a"), wait),
			`it would run before what is recorded ("a": a STEP named "a", SUCCEEDED, "wait": a WAIT named "wait", SUCCEEDED), the current code wants a STEP named "new"`,
			"[operation runs late"},
		{"removed", seq(step("a"), step("b"), wait), seq(step("a"), wait), `at its end, recorded is operations that the code never asks for ("b": a STEP named "b", SUCCEEDED)`, "[operations are no longer used"},
		{"another type", seq(step("a"), wait), seq(func(c *Context) error { return pause(c, "a", time.Second) }, wait),
			`at operation "a": checkpointed is a STEP named "a", SUCCEEDED, the current code wants a WAIT named "a"`, `at operation "a": checkpointed is a STEP named "a", SUCCEEDED, the current code wants a WAIT named "a"`},
		{"another type, nested, under a name with signs", seq(func(c *Context) error {
			_, err := RunInChildContext(c.Turn(2), &ContextSpec{Name: "pack it"}, func(c *Context) (any, error) {
				return nil, errors.Join(pause(c, "lid: shut", time.Second), pause(c, "more", time.Second))
			})
			return err
		}), seq(func(c *Context) error {
			_, err := RunInChildContext(c.Turn(2), &ContextSpec{Name: "pack it"}, func(c *Context) (any, error) {
				return named(c, "lid: shut")
			})
			return err
		}), `at operation "pack it[2] / lid: shut": checkpointed is a WAIT named "lid: shut", SUCCEEDED, the current code wants a STEP named "lid: shut"`,
			`at operation "pack it[2] / lid: shut": checkpointed is a WAIT`},
		{"another type, under a name too long for an ID", seq(func(c *Context) error { return pause(c, long, time.Second) }, wait), seq(step(long)),
			`from its record: checkpointed is a WAIT named "` + long, `from its record: checkpointed is a WAIT named "` + long},
		{"used twice", seq(wait), seq(wait, step("a"), step("a")), `checkpointed is a STEP named "a", SUCCEEDED, which has been asked for already`, `checkpointed is a STEP named "a", SUCCEEDED, which has been asked for already`},
		{"another result type", seq(step("a"), wait), seq(func(c *Context) error {
			_, err := Step(c, &StepSpec{Name: "a"}, func(context.Context) (int, error) { return 0, nil })
			return err
		}, wait), "with a result that does not decode", "with a result that does not decode"},
		{"undone before, and now not failing", seq(step("a"), func(c *Context) error {
			Undo(c, &UndoSpec{Of: "a"}, func(c *Context) error { return Wait(c, &WaitSpec{Name: "u"}, time.Second) })
			return errBoom
		}), seq(step("a"), step("b")), "an undo of the scope", "an undo of the scope"},
		{"undone before, and now at the end", seq(step("a"), func(c *Context) error {
			Undo(c, &UndoSpec{Of: "a"}, func(c *Context) error { return Wait(c, &WaitSpec{Name: "u"}, time.Second) })
			return errBoom
		}), seq(step("a")), "never asks for", "never asks for"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for version, want := range map[string]string{"7": test.pinned, "$LATEST": test.latest} {
				out, log := edited(t, version, test.before, test.after)
				message, logged := strings.CutPrefix(want, "[")
				switch {
				case want == "" || logged:
					if out.Status != wire.InvocationSucceeded || logged && !strings.Contains(log, message) || !logged && log != "" {
						t.Errorf("%s: %+v, log %s", version, out.Error, log)
					}
				case out.Error == nil || out.Error.ErrorType != "NonDeterministicExecutionError" || !strings.Contains(out.Error.ErrorMessage, want):
					t.Errorf("%s: got %+v\nwant %s", version, out.Error, want)
				}
			}
		})
	}
}

// A divergence fails the execution whatever the workflow makes of it, and undoes
// nothing.
func TestDivergenceIsNotCaught(t *testing.T) {
	out, _ := edited(t, "$LATEST", func(c *Context) (any, error) { return nil, pause(c, "a", time.Second) },
		func(c *Context) (any, error) {
			Undo(c, &UndoSpec{Of: "x"}, func(*Context) error { t.Error("undone"); return nil })
			if _, err := named(c, "a"); Catchable(err) {
				t.Error("a divergence can be caught")
			}
			return "fine", nil
		})
	if out.Error == nil || out.Error.ErrorType != "NonDeterministicExecutionError" || out.Error.StackTrace[0] != "a" {
		t.Errorf("%+v", out.Error)
	}
}

// Refusals by the API, and what they come to.
func TestAPIErrors(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string // the error type of the execution; empty: the service invokes again
	}{
		{&wire.APIError{Code: "TooManyRequestsException", HTTPStatus: 429}, ""},
		{&wire.APIError{Code: "ServiceException", HTTPStatus: 500}, ""},
		{&wire.APIError{Code: "InvalidParameterValueException", Message: "Invalid Checkpoint Token: x", HTTPStatus: 400}, ""},
		{errors.New("connection reset"), ""},
		{&wire.APIError{Code: "InvalidParameterValueException", Message: "Inconsistent operation type.", HTTPStatus: 400}, "InvalidParameterValueException"},
		{&wire.APIError{Code: "KMSAccessDeniedException", Message: "no", HTTPStatus: 502}, "KMSAccessDeniedException"},
	} {
		for k := 1; k <= 3; k++ {
			bubble(t, func(ctx *Context) (any, error) {
				if _, err := named(ctx, "a"); err != nil {
					if Catchable(err) {
						t.Error("it can be caught")
					}
					return "swallowed", nil
				}
				if err := pause(ctx, "w", time.Second); err != nil {
					return nil, err
				}
				return named(ctx, "b")
			}, func(s *service, run func() wire.InvocationOutput) {
				s.fault = func(call int, after bool) error {
					if call == k && !after {
						return test.err
					}
					return nil
				}
				out := run()
				got := ""
				if out.Error != nil {
					got = out.Error.ErrorType
				}
				if got != test.want || test.want == "" && text(out.Result) != `"b"` {
					s.t.Errorf("%v at %d: %s %+v", test.err, k, text(out.Result), out.Error)
				}
			})
		}
	}
}

// closing is a service that gives no token any more.
type closing struct {
	*service
	polls bool
}

func (c *closing) Checkpoint(ctx context.Context, arn string, in wire.CheckpointInput) (*wire.CheckpointOutput, error) {
	out, err := c.service.Checkpoint(ctx, arn, in)
	if out != nil && (len(in.Updates) > 0) != c.polls {
		out.CheckpointToken = ""
	}
	return out, err
}

func TestClosedExecution(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, nil, "null")
		s.live = true
		f := workflow(func(ctx *Context) (any, error) { return named(ctx, "a") })
		out, err := f.Invoke(context.Background(), &closing{service: s}, wire.InvocationInput{
			DurableExecutionArn: s.arn, CheckpointToken: s.token(), InitialExecutionState: *s.pageLocked("")})
		if err != nil || out.Status != wire.InvocationPending {
			t.Errorf("%+v %v", out, err)
		}
	})
}

func TestNotDurable(t *testing.T) {
	if _, err := workflow(nil).Invoke(context.Background(), nil, wire.InvocationInput{}); err == nil || !strings.Contains(err.Error(), "durable configuration") {
		t.Error(err)
	}
}
