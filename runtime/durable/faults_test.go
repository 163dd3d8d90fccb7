package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// The clock of the process may be wrong either way, in an invocation that has heard of
// the service's time and in one that has not.
func TestWaitUntilGoesByTheServicesClock(t *testing.T) {
	for _, skew := range []time.Duration{-5 * time.Minute, 0, 5 * time.Minute} {
		for _, fresh := range []bool{true, false} {
			t.Run(fmt.Sprintf("service %v ahead, told %v", skew, fresh), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newService(t, nil, "null")
					s.skew = skew
					s.ops[0].StartTimestamp = s.now()
					s.fn = workflow(func(ctx *Context) (any, error) {
						from, err := Now(ctx, &StepSpec{Name: "from"})
						if err != nil {
							return nil, err
						}
						if !fresh {
							if err := pause(ctx, "other", time.Second); err != nil {
								return nil, err
							}
						}
						return nil, WaitUntil(ctx, &WaitSpec{}, from.Add(10*time.Minute))
					})
					start := time.Now()
					s.run()
					if took := time.Since(start); took < 10*time.Minute || took > 10*time.Minute+time.Second {
						t.Errorf("it took %v", took)
					}
				})
			})
		}
	}
}

// What a submitter ends with goes by what its callback declares, as the answer does: for the
// type that arrives, and for further attempts.
func TestSubmitterFailsAsDeclared(t *testing.T) {
	once := func(p RetryPolicy) *RetryPolicy { p.Attempts, p.Every = 1, time.Second; return &p }
	for _, test := range []struct {
		name  string
		spec  CallbackSpec
		want  string
		tries int
	}{
		{"declared", CallbackSpec{Fails: []string{"Silent"}, Retry: once(RetryPolicy{})}, "*durable.Silent", 1},
		{"declared, by the usual policy", CallbackSpec{Fails: []string{"Silent"}}, "*durable.Silent", 1},
		{"declared, and tried again on it", CallbackSpec{Fails: []string{"Silent"}, Retry: once(RetryPolicy{On: []string{"Silent"}})}, "*durable.Silent", 2},
		{"declared, and tried again but on it", CallbackSpec{Fails: []string{"Silent"}, Retry: once(RetryPolicy{Except: []string{"Silent"}})}, "*durable.Silent", 1},
		{"not declared", CallbackSpec{Fails: []string{"CardDeclined"}, Retry: once(RetryPolicy{})}, "*durable.UnexpectedError", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			tries := 0
			everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
				tries = 0
				return func(ctx *Context) (any, error) {
						spec := test.spec
						spec.Name = "ask"
						v, err := WaitForCallback[string](ctx, &spec, func(context.Context, string) error { tries++; return fmt.Errorf("wrapped: %w", &Silent{}) })
						if Catchable(err) {
							return fmt.Sprintf("%T", err), nil
						}
						return v, err
					}, func(s *service, out wire.InvocationOutput) {
						if text(out.Result) != `"`+test.want+`"` {
							s.t.Errorf("got %s %+v, want %s", text(out.Result), out.Error, test.want)
						}
						if s.fault == nil && tries != test.tries {
							s.t.Errorf("the submitter ran %d times, and should have run %d times", tries, test.tries)
						}
					}
			})
		})
	}
}

// What has become of the callback counts, whatever has become of the submitter.
func TestSubmitterOutlivedByItsCallback(t *testing.T) {
	every5m := &RetryPolicy{Attempts: 10, Every: 5 * time.Minute, Backoff: 1, Jitter: JitterNone}
	for _, test := range []struct {
		name    string
		spec    CallbackSpec
		answer  *answer
		want    string
		took    time.Duration
		handled int // how often the ID was handed out
	}{
		{"answered, at its last failure", CallbackSpec{Retry: NoRetry}, &answer{result: ptr(`"yes"`)}, "yes", 0, 1},
		{"answered, before a retry", CallbackSpec{Retry: every5m}, &answer{after: time.Minute, result: ptr(`"yes"`)}, "yes", time.Minute, 1},
		{"refused, before a retry", CallbackSpec{Retry: every5m}, &answer{after: time.Minute, err: &wire.ErrorObject{ErrorType: "Silent"}}, "*durable.Silent", time.Minute, 1},
		{"timed out", CallbackSpec{Retry: every5m, Timeout: time.Minute}, nil, "*durable.TimeoutError", time.Minute, 1},
		{"timed out after a retry", CallbackSpec{Retry: every5m, Timeout: 6 * time.Minute}, nil, "*durable.TimeoutError", 6 * time.Minute, 2},
		{"no heartbeat", CallbackSpec{Retry: every5m, Timeout: time.Hour, HeartbeatTimeout: 2 * time.Minute}, nil, "*durable.HeartbeatTimeoutError", 2 * time.Minute, 1},
		{"not answered", CallbackSpec{Retry: NoRetry, Timeout: time.Minute}, nil, "*durable.UnexpectedError", 0, 1},
	} {
		for _, busy := range []bool{false, true} {
			t.Run(fmt.Sprint(test.name, ", busy ", busy), func(t *testing.T) {
				handled := 0
				everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
					handled = 0
					start := time.Now()
					ended := time.Time{}
					ask := func(c *Context) (string, error) {
						spec := test.spec
						spec.Name = "ask"
						v, err := WaitForCallback[string](c, &spec, func(context.Context, string) error { handled++; return errBoom })
						if Catchable(err) {
							return fmt.Sprintf("%T", err), nil
						}
						if err == nil {
							ended = time.Now()
						}
						return v, err
					}
					f := func(ctx *Context) (any, error) {
						if !busy {
							return ask(ctx)
						}
						// Something runs meanwhile, so that the workflow is never suspended.
						var v string
						err := Parallel(ctx, &BatchSpec{}, Branch("ask", ask, &v), Branch("busy", func(c *Context) (int, error) {
							return Step(c, &StepSpec{Name: "busy"}, func(context.Context) (int, error) { time.Sleep(20 * time.Minute); return 1, nil })
						}, nil))
						return v, err
					}
					return f, func(s *service, out wire.InvocationOutput) {
						if text(out.Result) != `"`+test.want+`"` {
							s.t.Errorf("got %s %+v, want %s", text(out.Result), out.Error, test.want)
						}
						if s.fault != nil {
							return // the crash takes its time, and may repeat what it lost
						}
						if handled != test.handled {
							s.t.Errorf("the ID was handed out %d times, not %d", handled, test.handled)
						}
						if took := ended.Sub(start); !busy && !ended.IsZero() && took > test.took+2*time.Second {
							s.t.Errorf("it took %v, not %v", took, test.took)
						}
						if took := time.Since(start); !busy && took > test.took+2*time.Second {
							s.t.Errorf("it took %v, not %v", took, test.took)
						}
					}
				}, func(s *service) {
					if test.answer != nil {
						s.answers["ask"] = *test.answer
					}
				})
			})
		}
	}
}

func TestInvokeRefuses(t *testing.T) {
	for _, test := range []struct{ function, tenant, want string }{
		{"", "", "no function is named"},
		{"a b", "", `"a b" is neither the name nor the ARN of a function`},
		{strings.Repeat("x", 171), "", "is neither the name nor the ARN of a function"},
		{"arn:aws:lambda:eu-west-1:444455556666:function:g:1", "", "is in another account or region"},
		{"arn:aws:lambda:us-east-1:111122223333:function:g:1", "", "is in another account or region"},
		{"444455556666:function:g:1", "", "is in another account or region"},
		{"g:1", "\x01", "is no tenant ID"},
		{"arn:aws:lambda:eu-west-1:111122223333:function:g:1", "", ""},
		{"111122223333:function:g:1", "a@b", ""},
		{"g:$LATEST", "", ""},
	} {
		t.Run(test.function, func(t *testing.T) {
			undone := false
			synctest.Test(t, func(t *testing.T) {
				s := newService(t, workflow(func(ctx *Context) (any, error) {
					if _, err := named(ctx, "a"); err != nil {
						return nil, err
					}
					Undo(ctx, &UndoSpec{Of: "a"}, func(c *Context) error {
						return Do(c, &StepSpec{Name: "undo a"}, func(context.Context) error { undone = true; return nil })
					})
					return Invoke[string](ctx, &InvokeSpec{Function: test.function, TenantID: test.tenant}, 1)
				}), "null")
				s.targets[test.function] = func(string) (string, *wire.ErrorObject) { return `"x"`, nil }
				out := s.run()
				if test.want == "" {
					if text(out.Result) != `"x"` {
						t.Errorf("%s %+v", out.Status, out.Error)
					}
				} else if out.Error == nil || out.Error.ErrorType != "Unexpected" || !strings.Contains(out.Error.ErrorMessage, test.want) || !undone {
					t.Errorf("%s %+v, undone %v; want %s", out.Status, out.Error, undone, test.want)
				}
			})
		})
	}
}

// A function that is not durable and runs out of its time says so as its own error.
func TestInvokedFunctionTimesOut(t *testing.T) {
	for _, obj := range []*wire.ErrorObject{
		{ErrorType: "Sandbox.Timedout", ErrorMessage: "RequestId: 1 Error: Task timed out after 3.00 seconds"},
		{ErrorMessage: "2026-01-02T03:04:05.678Z 1 Task timed out after 3.00 seconds"},
	} {
		bubble(t, func(ctx *Context) (any, error) {
			_, err := Invoke[string](ctx, &InvokeSpec{Name: "call", Function: "f"}, 1)
			var timeout *TimeoutError
			return errors.As(err, &timeout), nil
		}, func(s *service, run func() wire.InvocationOutput) {
			s.targets["f"] = func(string) (string, *wire.ErrorObject) { return "", obj }
			if out := run(); text(out.Result) != "true" {
				t.Errorf("%+v is no Timeout", obj)
			}
		})
	}
}

// What could not be undone is told with what began it, where each undo was and why it
// failed; at first, and from the record.
func TestUndoFailedTellsAll(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				_, err := RunInChildContext(ctx, &ContextSpec{Name: "trip"}, func(c *Context) (int, error) {
					_, err := Map(c, &BatchSpec{Name: "hotels"}, []string{"a", "b"}, func(c *Context, i int, item string) (int, error) {
						if _, err := named(c.Turn(7), "book"); err != nil {
							return 0, err
						}
						Undo(c.Turn(7), &UndoSpec{Of: "book"}, func(c *Context) error { return failing(c, "cancel", fmt.Errorf("no %s", item)) })
						return i, nil
					})
					if err != nil {
						return 0, err
					}
					return 0, &CardDeclined{"no money"}
				})
				var failed *UndoFailedError
				if !errors.As(err, &failed) {
					return nil, err
				}
				var declined *CardDeclined
				if errors.As(err, &declined) {
					t.Error("the cause can be caught")
				}
				if !errors.As(failed.Cause, &declined) || declined.Reason != "no money" {
					t.Errorf("the cause is %v", failed.Cause)
				}
				var undos []string
				for _, u := range failed.Undos {
					undos = append(undos, u.Operation+": "+u.Err.Error())
				}
				return failed.Message + " | " + strings.Join(undos, ", "), pause(ctx, "later", time.Second)
			}, func(s *service, out wire.InvocationOutput) {
				const want = `"card declined: no money; not undone: trip / hotels / [1] / book[7] (cancel: no b), trip / hotels / [0] / book[7] (cancel: no a)` +
					` | trip / hotels / [1] / book[7]: no b, trip / hotels / [0] / book[7]: no a"`
				if text(out.Result) != want {
					s.t.Errorf("got  %s %+v\nwant %s", text(out.Result), out.Error, want)
				}
			}
	})
}

// A batch that does not fit is refused as a whole, by what is known of its items, and
// nothing of it has run.
func TestBatchThatDoesNotFit(t *testing.T) {
	for _, test := range []struct {
		spec BatchSpec
		n    int
		fits bool
	}{
		{BatchSpec{}, 99, true},
		{BatchSpec{}, 100, false},
		{BatchSpec{ItemOperations: 1}, 49, true},
		{BatchSpec{ItemOperations: 1}, 50, false},
		{BatchSpec{ItemOperations: 3}, 24, true},
		{BatchSpec{ItemOperations: 3}, 25, false},
		{BatchSpec{ItemOperations: 1, Flat: true}, 99, true},
		{BatchSpec{ItemOperations: 1, Flat: true}, 100, false},
	} {
		var ran atomic.Bool // items run at the same time
		f := Workflow(Definition{Name: "test", LogHandler: slog.DiscardHandler, MaxOperations: 100}, func(ctx *Context, _ any) (int, error) {
			spec := test.spec
			out, err := Map(ctx, &spec, make([]int, test.n), func(ctx *Context, i, _ int) (int, error) {
				for k := range spec.ItemOperations {
					if _, err := named(ctx.Turn(k), "step"); err != nil {
						return 0, err
					}
				}
				ran.Store(true)
				return i, nil
			})
			return len(out), err
		})
		out, err := f.Invoke(context.Background(), &quickService{}, quickInput())
		if err != nil || (out.Status == wire.InvocationSucceeded) != test.fits || ran.Load() != test.fits {
			t.Errorf("%d items of %d operations and %+v: %s %+v %v, ran %v", test.n, test.spec.ItemOperations, test.spec, out.Status, out.Error, err, ran.Load())
		}
	}
	// A wait for a callback is three operations, and is begun where there is room for all.
	f := Workflow(Definition{Name: "test", LogHandler: slog.DiscardHandler, MaxOperations: 2}, func(ctx *Context, _ any) (string, error) {
		return WaitForCallback[string](ctx, &CallbackSpec{Name: "ask"}, func(context.Context, string) error { t.Error("it was submitted"); return nil })
	})
	s := &quickService{}
	if out, err := f.Invoke(context.Background(), s, quickInput()); err != nil || out.Status != wire.InvocationFailed || s.calls > 0 {
		t.Errorf("%s %+v %v, %d calls", out.Status, out.Error, err, s.calls)
	}
}
