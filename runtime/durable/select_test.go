package durable

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

func waits(name string, d time.Duration) *CaseSpec {
	return Case(name, func(c *Context) (string, error) { return name, pause(c, name, d) }, nil)
}

// dropped is a case that is dropped after two waits, the second of which may be none.
func dropped(name string, d, more time.Duration) *CaseSpec {
	return Case(name, func(c *Context) (string, error) {
		err := pause(c, name, d)
		if err == nil && more > 0 {
			err = pause(c, name+" more", more)
		}
		if err == nil {
			err = Dropped
		}
		return "", err
	}, nil)
}

func TestSelect(t *testing.T) {
	answer := func(out *string) *CaseSpec {
		return Case("ask", func(c *Context) (string, error) {
			return WaitForCallback[string](c, &CallbackSpec{Name: "ask"}, func(context.Context, string) error { return nil })
		}, out)
	}
	for _, test := range []struct {
		name  string
		after time.Duration // of the answer
		cases func(out *string) []*CaseSpec
		want  string
		took  time.Duration
	}{
		{"the first to settle", 5 * time.Second, func(out *string) []*CaseSpec {
			return []*CaseSpec{waits("a", time.Hour), answer(out), waits("b", time.Minute)}
		}, "ask yes", 5 * time.Second},
		{"a timer", time.Hour, func(out *string) []*CaseSpec { return []*CaseSpec{answer(out), waits("b", time.Minute)} }, "b ", time.Minute},
		{"the first written of two", time.Minute, func(out *string) []*CaseSpec { return []*CaseSpec{answer(out), waits("b", time.Minute)} }, "ask yes", time.Minute},
		{"at once", time.Minute, func(out *string) []*CaseSpec {
			return []*CaseSpec{Case("now", func(*Context) (string, error) { return "now", nil }, out), answer(out)}
		}, "now now", 0},
		{"a poll", time.Hour, func(out *string) []*CaseSpec {
			return []*CaseSpec{answer(out), Case("poll", func(c *Context) (string, error) {
				_, err := WaitForCondition(c, &ConditionSpec{Every: time.Second}, 0, func(_ context.Context, n int) (int, error) { return n + 1, nil }, func(n int) (bool, error) { return n == 3, nil })
				return "polled", err
			}, out)}
		}, "poll polled", 2 * time.Second},
		{"a failure", time.Hour, func(out *string) []*CaseSpec {
			return []*CaseSpec{answer(out), Case("fails", func(c *Context) (string, error) {
				if err := pause(c, "w", time.Second); err != nil {
					return "", err
				}
				return "", &CardDeclined{"x"}
			}, nil)}
		}, " *durable.CardDeclined", time.Second},
		{"inside a call", time.Hour, func(out *string) []*CaseSpec {
			return []*CaseSpec{Case("call", func(c *Context) (string, error) {
				return RunInChildContext(c, &ContextSpec{Name: "call"}, func(c *Context) (string, error) {
					return "called", inOrder(func() error { return pause(c, "w1", time.Second) }, func() error { return pause(c, "w2", time.Second) })
				})
			}, out), waits("b", 5*time.Second)}
		}, "call called", 2 * time.Second},
		{"a case that is dropped", time.Hour, func(out *string) []*CaseSpec {
			return []*CaseSpec{dropped("a", time.Second, 0), answer(out), waits("b", time.Minute)}
		}, "b ", time.Minute},
		{"one that is dropped later", time.Hour, func(out *string) []*CaseSpec {
			return []*CaseSpec{answer(out), dropped("a", time.Second, time.Second), waits("b", 2*time.Second)}
		}, "b ", 2 * time.Second},
		{"all are dropped", time.Hour, func(out *string) []*CaseSpec {
			return []*CaseSpec{dropped("a", time.Second, 2*time.Second), dropped("b", 2*time.Second, 0)}
		}, " *durable.ExhaustedError", 3 * time.Second},
		{"all are dropped at once", time.Hour, func(out *string) []*CaseSpec {
			return []*CaseSpec{Case("a", func(*Context) (string, error) { return "", Dropped }, out)}
		}, " *durable.ExhaustedError", 0},
		{"a batch", time.Hour, func(out *string) []*CaseSpec {
			return []*CaseSpec{Case("votes", func(c *Context) (string, error) {
				list, err := Map(c, &BatchSpec{Name: "votes", MinSuccessful: new(2)}, []int{3, 1, 2}, func(c *Context, _ int, n int) (int, error) {
					if err := pause(c, "w", time.Duration(n)*time.Second); err != nil {
						return 0, err
					}
					return Step(c, Named("read"), func(context.Context) (int, error) { return n, nil })
				})
				return fmt.Sprint(len(list)), err
			}, out), waits("b", 2500*time.Millisecond)}
		}, "votes 3", 2 * time.Second},
		{"a batch that loses", time.Hour, func(out *string) []*CaseSpec {
			return []*CaseSpec{Case("votes", func(c *Context) (string, error) {
				_, err := Map(c, &BatchSpec{Name: "votes"}, []int{3, 1, 2}, func(c *Context, _ int, n int) (int, error) {
					return n, pause(c, "w", time.Duration(n)*time.Second)
				})
				return "", err
			}, out), waits("b", 2*time.Second)}
		}, "b ", 2 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			first := true
			everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
				begin := time.Now()
				return func(ctx *Context) (any, error) {
						var got string
						won, err := Select(ctx, &ContextSpec{}, test.cases(&got)...)
						if Catchable(err) {
							got, err = fmt.Sprintf("%T", err), nil
						}
						if err != nil {
							return nil, err
						}
						if err := pause(ctx, "later", time.Second); err != nil {
							return nil, err
						}
						return fmt.Sprintf("%s %s", won, got), nil
					}, func(s *service, out wire.InvocationOutput) {
						if text(out.Result) != mustJSON(test.want) {
							s.t.Errorf("got %s %+v, want %s", text(out.Result), out.Error, test.want)
						}
						if took := time.Since(begin) - time.Second; first && took != test.took {
							s.t.Errorf("took %v, want %v", took, test.took)
						}
						first = false
					}
			}, func(s *service) { s.answers["ask"] = answered(test.after, `"yes"`) })
		})
	}
}

// Cases may change places, since the winner is recorded by name.
func TestCasesMayBeReordered(t *testing.T) {
	swapped := false
	wantResult(t, `"a"`, func(ctx *Context) (any, error) {
		cases := []*CaseSpec{waits("a", time.Second), waits("b", time.Hour)}
		if swapped {
			cases[0], cases[1] = cases[1], cases[0]
		}
		won, err := Select(ctx, &ContextSpec{}, cases...)
		if err != nil {
			return nil, err
		}
		swapped = true
		return won, pause(ctx, "later", time.Second)
	})
}

func TestRemovedWinner(t *testing.T) {
	removed := false
	wantFailure(t, "NonDeterministicExecutionError", `case "a"`, func(ctx *Context) (any, error) {
		cases := []*CaseSpec{waits("a", time.Second), waits("b", time.Hour)}
		if removed {
			cases = cases[1:]
		}
		won, err := Select(ctx, &ContextSpec{}, cases...)
		if err != nil {
			return nil, err
		}
		removed = true
		return won, pause(ctx, "later", time.Second)
	})
}

func TestCasesOfOneName(t *testing.T) {
	wantFailure(t, "Unexpected", `two cases have the name "a"`, func(ctx *Context) (any, error) {
		return Select(ctx, &ContextSpec{}, waits("a", time.Second), waits("b", time.Second), waits("a", time.Hour))
	})
}

// A look does not wait, takes what is there, and is on record where nothing is.
func TestSelectElse(t *testing.T) {
	look := func(c *Context, cb *Callback[string], name string) (string, error) {
		got := ""
		won, err := Select(c, &ContextSpec{Name: name}, Case("answer", cb.Await, &got), Else())
		return won + got, err
	}
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				cb, err := CreateCallback[string](ctx, &CallbackSpec{Name: "ask"})
				if err != nil {
					return nil, err
				}
				before, err := look(ctx, cb, "before")
				if err != nil {
					return nil, err
				}
				if err := Wait(ctx, &WaitSpec{}, 7*time.Second); err != nil {
					return nil, err
				}
				after, err := look(ctx, cb, "after")
				return before + " " + after, err
			}, func(s *service, out wire.InvocationOutput) {
				if text(out.Result) != `"else answeryes"` {
					s.t.Errorf("got %s %+v", text(out.Result), out.Error)
				}
			}
	}, func(s *service) { s.answers["ask"] = answered(5*time.Second, `"yes"`) })
	wantFailure(t, "Unexpected", "a case stands behind the `else`", func(ctx *Context) (any, error) {
		return Select(ctx, &ContextSpec{}, Else(), waits("a", time.Second))
	})
}

// A callback that was created lives through several selects.
func TestSelectAwaits(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				cb, err := CreateCallback[string](ctx, &CallbackSpec{Name: "ask"})
				if err != nil {
					return nil, err
				}
				for i := range 5 {
					var got string
					won, err := Select(ctx.Turn(i), &ContextSpec{},
						Case("answer", func(c *Context) (string, error) { return cb.Await(c) }, &got), waits("tick", 2*time.Second))
					if err != nil {
						return nil, err
					}
					if won == "answer" {
						again, err := cb.Await(ctx)
						return fmt.Sprint(i, got, again), err
					}
				}
				return "never", nil
			}, func(s *service, out wire.InvocationOutput) {
				if text(out.Result) != `"2yesyes"` {
					s.t.Errorf("got %s %+v", text(out.Result), out.Error)
				}
			}
	}, func(s *service) { s.answers["ask"] = answered(5*time.Second, `"yes"`) })
}

func TestCallbacks(t *testing.T) {
	submit := func(context.Context, string) error { return nil }
	for _, test := range []struct {
		name   string
		spec   CallbackSpec
		answer *answer
		want   string
	}{
		{"answered", CallbackSpec{}, &answer{result: ptr(`"yes"`)}, `"yes"`},
		{"no value", CallbackSpec{}, &answer{}, `"*durable.UnexpectedError  cb: no value was given: a string is needed, not null"`},
		{"null", CallbackSpec{}, &answer{result: ptr(`null`)}, `"*durable.UnexpectedError  cb: the value given does not decode: a string is needed, not null"`},
		{"no plain text", CallbackSpec{Serdes: Text}, &answer{}, `""`},
		{"plain text", CallbackSpec{Serdes: Text}, &answer{result: ptr(`yes`)}, `"yes"`},
		{"does not decode", CallbackSpec{}, &answer{result: ptr(`{`)}, `"*durable.UnexpectedError  cb: the value given does not decode: not JSON: unexpected end of JSON input at byte 1"`},
		{"refused", CallbackSpec{Fails: []string{"CardDeclined"}}, &answer{err: &wire.ErrorObject{ErrorType: "CardDeclined", ErrorMessage: "no", ErrorData: `{"reason":"r"}`}}, `"*durable.CardDeclined  card declined: r"`},
		{"refused with wrong data", CallbackSpec{}, &answer{err: &wire.ErrorObject{ErrorType: "CardDeclined", ErrorData: `{"reason":1}`}}, `"*durable.UnexpectedError CardDeclined cb: the data of CardDeclined does not decode: reason: a string is needed, not a number"`},
		{"refused otherwise", CallbackSpec{Fails: []string{"Silent"}}, &answer{err: &wire.ErrorObject{ErrorType: "CardDeclined", ErrorMessage: "no"}}, `"*durable.UnexpectedError CardDeclined cb: no"`},
		{"refused with our words", CallbackSpec{}, &answer{err: &wire.ErrorObject{ErrorType: "Timeout", ErrorMessage: "no"}}, `"*durable.UnexpectedError Timeout cb: no"`},
		{"time-out", CallbackSpec{Timeout: 1500 * time.Millisecond}, nil, `"*durable.TimeoutError  cb: Callback timed out"`},
		{"heartbeat", CallbackSpec{Timeout: time.Hour, HeartbeatTimeout: time.Second}, nil, `"*durable.HeartbeatTimeoutError  cb: Callback timed out"`},
		{"negative", CallbackSpec{Timeout: -1}, nil, `"*durable.UnexpectedError  cb: the timeout is no time at all; it must be more than 0s"`},
	} {
		for _, two := range []bool{false, true} {
			t.Run(fmt.Sprint(test.name, " ", two), func(t *testing.T) {
				everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
					spec := test.spec
					spec.Name = "cb"
					return func(ctx *Context) (any, error) {
							var v string
							var err error
							if two {
								var cb *Callback[string]
								if cb, err = CreateCallback[string](ctx, &spec); err == nil {
									if _, err = named(ctx, "between"); err == nil {
										v, err = cb.Await(ctx)
									}
								}
							} else {
								v, err = WaitForCallback[string](ctx, &spec, submit)
							}
							if Catchable(err) {
								typ := ""
								if u := (*UnexpectedError)(nil); errors.As(err, &u) {
									typ = u.Type
								}
								v, err = fmt.Sprintf("%T %s %v", err, typ, err), nil
							}
							if err != nil {
								return nil, err
							}
							return v, pause(ctx, "later", time.Second)
						}, func(s *service, out wire.InvocationOutput) {
							if text(out.Result) != test.want {
								s.t.Errorf("got %s %+v\nwant %s", text(out.Result), out.Error, test.want)
							}
						}
				}, func(s *service) {
					if test.answer != nil {
						s.answers["cb"] = *test.answer
					}
				})
			})
		}
	}
}

func TestSubmitterFails(t *testing.T) {
	wantFailure(t, "Error", "boom", func(ctx *Context) (any, error) {
		return WaitForCallback[string](ctx, &CallbackSpec{Name: "ask", Retry: &RetryPolicy{Attempts: 1, Every: time.Second}}, func(context.Context, string) error { return errBoom })
	})
}

func TestInvoke(t *testing.T) {
	targets := map[string]func(string) (string, *wire.ErrorObject){
		"echo:1": func(in string) (string, *wire.ErrorObject) { return in, nil },
		"fail:1": func(string) (string, *wire.ErrorObject) {
			return "", &wire.ErrorObject{ErrorType: "CardDeclined", ErrorMessage: "no", ErrorData: `{"reason":"r"}`}
		},
	}
	for _, test := range []struct{ function, want string }{
		{"echo:1", `"hello"`}, {"fail:1", `"*durable.CardDeclined card declined: r"`},
	} {
		everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
			return func(ctx *Context) (any, error) {
					v, err := Invoke[string](ctx, &InvokeSpec{Name: "call", Function: test.function}, "hello")
					if Catchable(err) {
						return fmt.Sprintf("%T %v", err, err), nil
					}
					return v, err
				}, func(s *service, out wire.InvocationOutput) {
					if text(out.Result) != test.want {
						s.t.Errorf("got %s %+v", text(out.Result), out.Error)
					}
				}
		}, func(s *service) { s.targets = targets })
	}
}

// A workflow that takes every error for its own is suspended all the same.
func TestSwallowedSuspension(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				for i := range 3 {
					pause(ctx.Turn(i), "wait", time.Second) // not looked at
				}
				RunInChildContext(ctx, &ContextSpec{Name: "g"}, func(c *Context) (string, error) {
					pause(c, "wait", time.Second)
					return "g", nil
				})
				Parallel(ctx, &BatchSpec{}, Branch("a", func(c *Context) (int, error) {
					pause(c, "wait", time.Second)
					named(c, "after")
					return 1, nil
				}, nil))
				return "end", nil
			}, func(s *service, out wire.InvocationOutput) {
				if text(out.Result) != `"end"` {
					s.t.Errorf("%s %+v", text(out.Result), out.Error)
				}
				for _, id := range []string{"wait_i0", "wait_i1", "wait_i2", "g-wait", "parallel-a-wait", "parallel-a-after"} {
					if op := s.byID[id]; op == nil || op.Status != wire.StatusSucceeded {
						s.t.Errorf("%s is missing", id)
					}
				}
			}
	})
}

// A callback that nobody awaits does not keep the execution.
func TestUnawaitedCallback(t *testing.T) {
	wantResult(t, `"done"`, func(ctx *Context) (any, error) {
		if _, err := CreateCallback[string](ctx, &CallbackSpec{Name: "never"}); err != nil {
			return nil, err
		}
		if err := pause(ctx, "w", time.Second); err != nil {
			return nil, err
		}
		return named(ctx, "done")
	})
}

// While a branch works, what the service ends for another one is noticed, and that
// one goes on in the same invocation.
func TestPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waited, answered_ time.Duration
		begin := time.Now()
		s := newService(t, workflow(func(ctx *Context) (any, error) {
			return nil, Parallel(ctx, &BatchSpec{},
				Branch("works", func(c *Context) (int, error) {
					return 0, Do(c, &StepSpec{Name: "work"}, func(context.Context) error { time.Sleep(time.Minute); return nil })
				}, nil),
				Branch("waits", func(c *Context) (int, error) {
					for i := range 3 {
						if err := pause(c.Turn(i), "w", 2*time.Second); err != nil {
							return 0, err
						}
					}
					waited = time.Since(begin)
					return 0, nil
				}, nil),
				Branch("asks", func(c *Context) (int, error) {
					_, err := WaitForCallback[string](c, &CallbackSpec{Name: "ask"}, func(context.Context, string) error { return nil })
					answered_ = time.Since(begin)
					return 0, err
				}, nil))
		}), "null")
		s.answers["ask"] = answered(10*time.Second, `"yes"`)
		out := s.run()
		if out.Status != wire.InvocationSucceeded || s.invocations != 1 {
			t.Errorf("%+v in %d invocations", out, s.invocations)
		}
		if waited != 6*time.Second || answered_ < 10*time.Second || answered_ > 16*time.Second || time.Since(begin) != time.Minute {
			t.Errorf("waited %v, answered %v, all %v", waited, answered_, time.Since(begin))
		}
		if s.calls > 30 {
			t.Errorf("%d calls", s.calls)
		}
	})
}
