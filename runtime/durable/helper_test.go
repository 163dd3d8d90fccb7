package durable

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// body is a workflow without input.
type body func(ctx *Context) (any, error)

func workflow(f body) *Function {
	return Workflow(Definition{Name: "test", Errors: testErrors, LogHandler: slog.DiscardHandler}, func(ctx *Context, _ any) (any, error) { return f(ctx) })
}

// bubble runs a workflow in virtual time.
func bubble(t *testing.T, f body, check func(s *service, run func() wire.InvocationOutput)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, workflow(f), "null")
		check(s, s.run)
		time.Sleep(time.Minute) // bodies that were given up end
		if t.Failed() {
			t.Log("\n" + s.history())
		}
	})
}

// wantResult runs a workflow to its success.
func wantResult(t *testing.T, want string, f body) {
	t.Helper()
	bubble(t, f, func(s *service, run func() wire.InvocationOutput) {
		s.t.Helper()
		if out := run(); out.Status != wire.InvocationSucceeded || *out.Result != want {
			s.t.Errorf("got %s %s %+v, want %s", out.Status, text(out.Result), out.Error, want)
		}
	})
}

// wantFailure runs a workflow to a failure of that type.
func wantFailure(t *testing.T, errorType, message string, f body) {
	t.Helper()
	bubble(t, f, func(s *service, run func() wire.InvocationOutput) {
		s.t.Helper()
		out := run()
		if out.Status != wire.InvocationFailed || out.Error.ErrorType != errorType || !strings.Contains(out.Error.ErrorMessage, message) {
			s.t.Errorf("got %s %s %+v, want FAILED with %s: %s", out.Status, text(out.Result), out.Error, errorType, message)
		}
	})
}

func text(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// named is a step that gives its own name.
func named(ctx *Context, name string) (string, error) {
	return Step(ctx, &StepSpec{Name: name}, func(context.Context) (string, error) { return name, nil })
}

// failing is a step that fails with err, once.
func failing(ctx *Context, name string, err error) error {
	return Do(ctx, &StepSpec{Name: name, Retry: NoRetry}, func(context.Context) error { return err })
}

var errBoom = errors.New("boom")

func pause(ctx *Context, name string, d time.Duration) error {
	return Wait(ctx, &WaitSpec{Name: name}, d)
}

// killAt has the process die at one checkpoint.
func killAt(k int, when bool) func(int, bool) error {
	return func(call int, after bool) error {
		if call == k && after == when {
			return errKilled
		}
		return nil
	}
}

// everyCrash runs a workflow undisturbed, and then killed before and after each
// checkpoint; check sees every run.
func everyCrash(t *testing.T, setup func() (f body, check func(s *service, out wire.InvocationOutput)), prepare ...func(s *service)) {
	t.Helper()
	calls := 0
	for k := 0; k <= calls; k++ {
		for _, when := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				f, check := setup()
				s := newService(t, workflow(f), "null")
				for _, p := range prepare {
					p(s)
				}
				if k > 0 {
					s.fault = killAt(k, when)
				}
				check(s, s.run())
				if k == 0 {
					calls = s.calls
				}
				if t.Failed() {
					t.Fatalf("killed at %d (after %v)\n%s", k, when, s.history())
				}
			})
		}
	}
}
