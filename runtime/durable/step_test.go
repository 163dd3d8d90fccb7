package durable

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

func TestStepRetries(t *testing.T) {
	for _, test := range []struct {
		name   string
		spec   StepSpec
		err    error
		fails  int
		took   time.Duration
		result string
	}{
		{"backs off", StepSpec{Retry: &RetryPolicy{Attempts: 4, Every: 2 * time.Second, Backoff: 3, Jitter: JitterNone}}, errBoom, 2, 8 * time.Second, "attempt 3"},
		{"is bounded", StepSpec{Retry: &RetryPolicy{Attempts: 9, Every: time.Second, Backoff: 10, Max: 5 * time.Second, Jitter: JitterNone}}, errBoom, 3, 11 * time.Second, "attempt 4"},
		{"is not bounded below what is written", StepSpec{Retry: &RetryPolicy{Attempts: 2, Every: 20 * time.Minute, Backoff: 2, Jitter: JitterNone}}, errBoom, 2, 40 * time.Minute, "attempt 3"},
		{"rounds up", StepSpec{Retry: &RetryPolicy{Attempts: 1, Every: 1500 * time.Millisecond, Jitter: JitterNone}}, errBoom, 1, 2 * time.Second, "attempt 2"},
		{"gives up", StepSpec{Retry: &RetryPolicy{Attempts: 1, Every: time.Second, Jitter: JitterNone}}, errBoom, 9, time.Second, "*durable.UnexpectedError Error: step: boom"},
		{"not at all", StepSpec{Retry: NoRetry}, errBoom, 9, 0, "*durable.UnexpectedError Error: step: boom"},
		{"declared errors are final", StepSpec{Fails: []string{"CardDeclined"}}, &CardDeclined{"x"}, 9, 0, "*durable.CardDeclined : card declined: x"},
		{"declared errors named by on", StepSpec{Fails: []string{"CardDeclined"}, Retry: &RetryPolicy{Attempts: 1, Every: time.Second, Jitter: JitterNone, On: []string{"CardDeclined"}}}, &CardDeclined{"x"}, 1, time.Second, "attempt 2"},
		{"all but", StepSpec{Fails: []string{"CardDeclined", "Silent"}, Retry: &RetryPolicy{Attempts: 2, Every: time.Second, Jitter: JitterNone, Except: []string{"Silent"}}}, &CardDeclined{"x"}, 1, time.Second, "attempt 2"},
		{"all but this one", StepSpec{Fails: []string{"CardDeclined"}, Retry: &RetryPolicy{Attempts: 2, Except: []string{"CardDeclined"}}}, &CardDeclined{"x"}, 9, 0, "*durable.CardDeclined : card declined: x"},
		{"all but what is not declared", StepSpec{Fails: []string{"Silent"}, Retry: &RetryPolicy{Attempts: 2, Except: []string{"Unexpected"}}}, errBoom, 9, 0, "*durable.UnexpectedError Error: step: boom"},
		{"all but another one", StepSpec{Fails: []string{"Silent"}, Retry: &RetryPolicy{Attempts: 2, Every: time.Second, Jitter: JitterNone, Except: []string{"Silent"}}}, errBoom, 1, time.Second, "attempt 2"},
		{"only", StepSpec{Fails: []string{"Silent"}, Retry: &RetryPolicy{Attempts: 2, Every: time.Second, Jitter: JitterNone, Only: []string{"CardDeclined"}}}, &CardDeclined{"x"}, 1, time.Second, "attempt 2"},
		{"only others", StepSpec{Retry: &RetryPolicy{Attempts: 2, Only: []string{"CardDeclined", "Timeout"}}}, errBoom, 9, 0, "*durable.UnexpectedError Error: step: boom"},
		{"only what is not declared", StepSpec{Retry: &RetryPolicy{Attempts: 1, Every: time.Second, Jitter: JitterNone, Only: []string{"Unexpected"}}}, errBoom, 1, time.Second, "attempt 2"},
		{"else", StepSpec{Retry: &RetryPolicy{Attempts: 1, Only: []string{"CardDeclined"}, Else: &RetryPolicy{Attempts: 2, Every: time.Minute, Jitter: JitterNone}}}, errBoom, 1, time.Minute, "attempt 2"},
		{"else a strategy", StepSpec{Retry: &RetryPolicy{Only: []string{"CardDeclined"}, Else: &RetryPolicy{Strategy: func(error, int) (time.Duration, bool) { return time.Hour, true }}}}, errBoom, 1, time.Hour, "attempt 2"},
		{"nothing else", StepSpec{Fails: []string{"CardDeclined"}, Retry: &RetryPolicy{Attempts: 2, Else: &RetryPolicy{Attempts: 2, Except: []string{"CardDeclined"}}}}, &CardDeclined{"x"}, 9, 0, "*durable.CardDeclined : card declined: x"},
		{"undeclared ones stay unexpected", StepSpec{Fails: []string{"Silent"}, Retry: NoRetry}, &CardDeclined{"x"}, 9, 0, "*durable.UnexpectedError CardDeclined: step: card declined: x"},
		{"wrapped", StepSpec{Retry: NoRetry}, fmt.Errorf("charging: %w", &CardDeclined{"x"}), 9, 0, "*durable.CardDeclined : card declined: x"},
		{"joined", StepSpec{Retry: NoRetry, Fails: []string{"Silent"}}, errors.Join(errBoom, &Silent{}), 9, 0, "*durable.Silent : restaurant silent"},
		{"strategy", StepSpec{Retry: &RetryPolicy{Strategy: func(err error, attempt int) (time.Duration, bool) {
			return time.Duration(attempt) * time.Second, attempt < 3
		}}}, errBoom, 2, 3 * time.Second, "attempt 3"},
		{"strategy with a negative delay", StepSpec{Retry: &RetryPolicy{Strategy: func(error, int) (time.Duration, bool) { return -1, true }}}, errBoom, 2, 0, "*durable.UnexpectedError : step: the retry strategy gave the delay -1ns"},
		{"strategy that panics", StepSpec{Retry: &RetryPolicy{Strategy: func(error, int) (time.Duration, bool) { panic("oh") }}}, errBoom, 2, 0, "*durable.UnexpectedError Panic: step: panic: oh"},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(ctx *Context) (any, error) {
				v, err := Step(ctx, &test.spec, func(ctx context.Context) (string, error) {
					if Attempt(ctx) <= test.fails {
						return "", test.err
					}
					return fmt.Sprintf("attempt %d", Attempt(ctx)), nil
				})
				if err != nil && Catchable(err) {
					typ := ""
					if u, ok := err.(*UnexpectedError); ok {
						typ = u.Type
					}
					return fmt.Sprintf("%T %s: %v", err, typ, err), nil
				}
				return v, err
			}, func(s *service, run func() wire.InvocationOutput) {
				start := time.Now()
				if got := *run().Result; got != mustJSON(test.result) {
					s.t.Errorf("got %s, want %q", got, test.result)
				}
				if took := time.Since(start); took != test.took {
					s.t.Errorf("took %v, want %v", took, test.took)
				}
			})
		})
	}
}

func TestDefaultRetry(t *testing.T) {
	for n := 1; n <= 5; n++ {
		most := min(5<<(n-1), 60)
		for range 100 {
			seconds, again, err := DefaultRetry.next(errBoom, nil, n)
			if !again || err != nil || seconds < 1 || seconds > most {
				t.Fatalf("after attempt %d: %d s, %v, %v", n, seconds, again, err)
			}
		}
	}
	if _, again, _ := DefaultRetry.next(errBoom, nil, 6); again {
		t.Error("a seventh attempt")
	}
}

func TestStepTimeout(t *testing.T) {
	sleep := func(d time.Duration, obey bool) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			if obey {
				select {
				case <-time.After(d):
					return "done", nil
				case <-ctx.Done():
					return "", ctx.Err()
				}
			}
			time.Sleep(d)
			return "done", nil
		}
	}
	for _, test := range []struct {
		name string
		body func(context.Context) (string, error)
		once bool
		want string
	}{
		{"in time", sleep(time.Second, true), false, `"done"`},
		{"too long", sleep(time.Minute, true), false, `"*durable.TimeoutError"`},
		{"within the grace", sleep(6*time.Second, false), false, `"done"`},
		{"past the grace", sleep(8*time.Second, false), false, `"*durable.TimeoutError"`},
		{"at most once", sleep(time.Minute, true), true, `"*durable.InterruptedError"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantResult(t, test.want, func(ctx *Context) (any, error) {
				v, err := Step(ctx, &StepSpec{Timeout: 2 * time.Second, Retry: NoRetry, AtMostOnce: test.once}, test.body)
				if Catchable(err) {
					return fmt.Sprintf("%T", err), nil
				}
				return v, err
			})
		})
	}
}

// A body that was given up writes its result when nobody wants it any more.
func TestLateResultIsDropped(t *testing.T) {
	wantResult(t, `"second"`, func(ctx *Context) (any, error) {
		return Step(ctx, &StepSpec{Timeout: time.Second, Retry: &RetryPolicy{Attempts: 1, Every: time.Second, Jitter: JitterNone}}, func(ctx context.Context) (string, error) {
			if Attempt(ctx) == 1 {
				time.Sleep(20 * time.Second)
				return "first", nil
			}
			return "second", nil
		})
	})
}

func TestAtMostOnce(t *testing.T) {
	for _, retry := range []bool{false, true} {
		ran := 0
		synctest.Test(t, func(t *testing.T) {
			spec := &StepSpec{Name: "once", AtMostOnce: true}
			if retry {
				spec.Retry = &RetryPolicy{Attempts: 1, Every: time.Second, Jitter: JitterNone}
			}
			var s *service
			s = newService(t, workflow(func(ctx *Context) (any, error) {
				return Step(ctx, spec, func(c context.Context) (string, error) {
					ran++
					if ran == 1 {
						s.mu.Lock()
						s.dieLocked(errKilled)
						s.mu.Unlock()
						<-c.Done()
						return "", c.Err()
					}
					return fmt.Sprintf("attempt %d", Attempt(c)), nil
				})
			}), "null")
			out := s.run()
			if retry {
				if out.Status != wire.InvocationSucceeded || *out.Result != `"attempt 2"` || ran != 2 {
					t.Errorf("%d runs, %+v", ran, out)
				}
				return
			}
			if out.Status != wire.InvocationFailed || out.Error.ErrorType != "Interrupted" || ran != 1 {
				t.Errorf("%d runs, %+v", ran, out.Error)
			}
		})
	}
}

// A step that runs at least once is run again after a crash, without another start.
func TestAtLeastOnceRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		var s *service
		s = newService(t, workflow(func(ctx *Context) (any, error) {
			return Step(ctx, &StepSpec{Name: "again"}, func(c context.Context) (string, error) {
				ran++
				if ran == 1 {
					time.Sleep(10 * time.Millisecond) // its start gets to the service
					s.mu.Lock()
					s.dieLocked(errKilled)
					s.mu.Unlock()
					<-c.Done()
					return "", c.Err()
				}
				return fmt.Sprintf("attempt %d", Attempt(c)), nil
			})
		}), "null")
		out := s.run()
		if *out.Result != `"attempt 1"` || ran != 2 {
			t.Errorf("%d runs, %s", ran, *out.Result)
		}
		if got := strings.Join(s.log, ", "); got != "-- invocation 1, START again, -- invocation 2, SUCCEED again" {
			t.Errorf("updates: %s", got)
		}
	})
}

// The start of a step is on its way within a few milliseconds, and shares its call
// with the outcome of a quick body.
func TestStartIsSentSoon(t *testing.T) {
	bubble(t, func(ctx *Context) (any, error) {
		for i := range 3 {
			if _, err := named(ctx.Turn(i), "quick"); err != nil {
				return nil, err
			}
		}
		return nil, Do(ctx, &StepSpec{Name: "slow"}, func(context.Context) error {
			time.Sleep(5 * time.Millisecond)
			inv := ctx.scope.inv
			inv.mu.Lock()
			defer inv.mu.Unlock()
			if status := inv.ops["slow"].rec.Status; status != wire.StatusStarted {
				t.Errorf("after 5 ms the step is %q", status)
			}
			return nil
		})
	}, func(s *service, run func() wire.InvocationOutput) {
		run()
		if s.calls != 5 {
			s.t.Errorf("%d calls", s.calls)
		}
	})
}

func TestStepFailures(t *testing.T) {
	type odd struct{ C chan int }
	wantFailure(t, "Panic", "panic: oh", func(ctx *Context) (any, error) {
		return Step(ctx, &StepSpec{Retry: NoRetry}, func(context.Context) (int, error) { panic("oh") })
	})
	wantFailure(t, "Unexpected", "can't be encoded", func(ctx *Context) (any, error) {
		return Step(ctx, &StepSpec{}, func(context.Context) (odd, error) { return odd{}, nil })
	})
	wantFailure(t, "Unexpected", "a step stores 1048576 at most", func(ctx *Context) (any, error) {
		return Step(ctx, &StepSpec{}, func(context.Context) (string, error) { return strings.Repeat("x", maxPayload-1), nil })
	})
	wantResult(t, "1048574", func(ctx *Context) (any, error) {
		v, err := Step(ctx, &StepSpec{}, func(context.Context) (string, error) { return strings.Repeat("x", maxPayload-2), nil })
		return len(v), err
	})
	wantFailure(t, "Panic", "panic: workflow", func(ctx *Context) (any, error) { panic("workflow") })
	wantFailure(t, "ContextMisuse", "is under way", func(ctx *Context) (any, error) {
		return Step(ctx, &StepSpec{Name: "outer"}, func(context.Context) (string, error) { return named(ctx, "inner") })
	})
	wantFailure(t, "ContextMisuse", "under way", func(ctx *Context) (any, error) {
		return RunInChildContext(ctx, &ContextSpec{Name: "group"}, func(*Context) (string, error) { return named(ctx, "inner") })
	})
	var kept *Context
	wantFailure(t, "ContextMisuse", "had returned", func(ctx *Context) (any, error) {
		_, err := RunInChildContext(ctx, &ContextSpec{Name: "group"}, func(c *Context) (int, error) { kept = c; return 1, nil })
		if err != nil {
			return nil, err
		}
		return named(kept, "late")
	})
}

// TestExecutionOfAStep: a step knows the execution that it belongs to.
func TestExecutionOfAStep(t *testing.T) {
	wantResult(t, `[true,true,true]`, func(ctx *Context) (any, error) {
		arn, name := ctx.ExecutionARN(), ctx.ExecutionName()
		return Step(ctx, &StepSpec{Name: "charge"}, func(ctx context.Context) ([]bool, error) {
			outside := ExecutionARN(context.Background()) + ExecutionName(context.Background())
			return []bool{ExecutionARN(ctx) == arn && arn != "", ExecutionName(ctx) == name && name != "", outside == ""}, nil
		})
	})
}

func TestIdempotencyKey(t *testing.T) {
	wantResult(t, `["arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST/durable-execution/run-1/exec-1/charge","mine"]`, func(ctx *Context) (any, error) {
		return Step(ctx, &StepSpec{Name: "charge"}, func(ctx context.Context) ([]string, error) {
			return []string{IdempotencyKey(ctx), IdempotencyKey(WithIdempotencyKey(ctx, "mine"))}, nil
		})
	})
}

// Now follows the service, which may skip time, UUID and Random are recorded.
func TestBuiltInSteps(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		var ids, times []string
		return func(ctx *Context) (any, error) {
				id, err := UUID(ctx, &StepSpec{})
				if err != nil {
					return nil, err
				}
				at, err := Now(ctx, &StepSpec{})
				if err != nil {
					return nil, err
				}
				r, err := Random(ctx, &StepSpec{})
				if err != nil {
					return nil, err
				}
				if r < 0 || r >= 1 || len(id) != 36 || id[14] != '4' {
					return nil, fmt.Errorf("%v %s", r, id)
				}
				ids, times = append(ids, id), append(times, at.String())
				return nil, pause(ctx, "wait", time.Second)
			}, func(s *service, out wire.InvocationOutput) {
				if out.Status != wire.InvocationSucceeded {
					s.t.Errorf("%+v", out.Error)
				}
				for i := range ids {
					if ids[i] != ids[0] || times[i] != times[0] {
						s.t.Errorf("%v %v", ids, times)
					}
				}
			}
	})
}

func TestWaitUntil(t *testing.T) {
	bubble(t, func(ctx *Context) (any, error) {
		if err := WaitUntil(ctx, &WaitSpec{}, ctx.StartTime().Add(90*time.Minute)); err != nil {
			return nil, err
		}
		return nil, WaitUntil(ctx, &WaitSpec{Name: "past"}, ctx.StartTime())
	}, func(s *service, run func() wire.InvocationOutput) {
		start := time.Now()
		run()
		if took := time.Since(start); took != 90*time.Minute+time.Second {
			s.t.Errorf("took %v", took)
		}
	})
}
