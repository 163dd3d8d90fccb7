package durable

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// A context is ended by a timer or an answer: what it had done is undone, what runs is
// awaited, and so it is wherever the process dies.
func TestContextsThatAreEnded(t *testing.T) {
	const never = 300 * time.Hour
	everyMinute := &RetryPolicy{Attempts: 5, Every: time.Minute}
	do := func(j *journal, c *Context, name string) func() error { return func() error { return j.do(c, name) } }
	wait := func(c *Context, name string, d time.Duration) func() error {
		return func() error { return pause(c, name, d) }
	}
	for _, test := range []struct {
		name    string
		timeout time.Duration
		after   time.Duration // of the answer
		inside  func(c *Context, j *journal, cb *Callback[string]) error
		want    string // what became of the context, and then what was done
	}{
		{"in time", time.Minute, never, func(c *Context, j *journal, _ *Callback[string]) error {
			return inOrder(do(j, c, "a"), wait(c, "w", 10*time.Second), do(j, c, "b"))
		}, "done: +a +b"},
		{"too late", 5 * time.Second, never, func(c *Context, j *journal, _ *Callback[string]) error {
			return inOrder(do(j, c, "a"), wait(c, "w", 10*time.Second), do(j, c, "b"))
		}, "Timeout: +a -a"},
		{"an answer", time.Minute, 5 * time.Second, func(c *Context, j *journal, _ *Callback[string]) error {
			return inOrder(do(j, c, "a"), do(j, c, "b"), wait(c, "w", 10*time.Second), do(j, c, "c"))
		}, "Stopped: +a +b -b -a"},
		{"the timer before the answer", 5 * time.Second, 6 * time.Second, func(c *Context, j *journal, _ *Callback[string]) error {
			return inOrder(do(j, c, "a"), wait(c, "w", 10*time.Second), do(j, c, "b"))
		}, "Timeout: +a -a"},
		{"what it waits for ends while it is undone", 5 * time.Second, never, func(c *Context, j *journal, _ *Callback[string]) error {
			Undo(c, &UndoSpec{Of: "long", Name: "undo long", Block: true}, func(c *Context) error {
				return inOrder(wait(c, "lull", time.Minute), func() error { j.add("-long"); return nil })
			})
			return inOrder(do(j, c, "a"), wait(c, "w", 10*time.Second))
		}, "Timeout: +a -a -long"},
		{"an undo inside that fails", 5 * time.Second, never, func(c *Context, j *journal, _ *Callback[string]) error {
			if err := j.do(c, "a"); err != nil {
				return err
			}
			_, err := MapBatch(c, &BatchSpec{}, []string{"b", "waits"}, func(c *Context, _ int, item string) (int, error) {
				if item == "waits" {
					return 0, pause(c, "w", 10*time.Second)
				}
				if err := j.do(c, item); err != nil {
					return 0, err
				}
				Undo(c, &UndoSpec{Of: item}, func(c *Context) error { return failing(c, "undo b", &Silent{}) })
				return 0, nil
			})
			return err
		}, "UndoFailed: +a +b -a"},
		{"a group and a batch", 5 * time.Second, never, func(c *Context, j *journal, _ *Callback[string]) error {
			if err := inGroup(c, "done", func(c *Context) error { return j.do(c, "a") }); err != nil {
				return err
			}
			return inGroup(c, "inner", func(c *Context) error {
				if err := j.do(c, "b"); err != nil {
					return err
				}
				_, err := Map(c, &BatchSpec{}, []int{1, 20}, func(c *Context, i, n int) (int, error) {
					return n, inOrder(wait(c, "w", time.Duration(n)*time.Second), do(j, c, fmt.Sprint("i", i)))
				})
				return err
			})
		}, "Timeout: +a +b +i0 -i0 -b -a"},
		{"a select", time.Minute, 5 * time.Second, func(c *Context, j *journal, cb *Callback[string]) error {
			_, err := Select(c, &ContextSpec{}, waits("a", 10*time.Second), waits("b", 20*time.Second))
			return err
		}, "Stopped: "},
		{"it awaits the answer itself", 0, 5 * time.Second, func(c *Context, j *journal, cb *Callback[string]) error {
			_, err := cb.Await(c)
			return inOrder(func() error { return err }, do(j, c, "a"))
		}, "Stopped: "},
		{"a failure", time.Minute, never, func(c *Context, j *journal, _ *Callback[string]) error {
			return inOrder(do(j, c, "a"), wait(c, "w", time.Second), func() error { return failing(c, "f", errBoom) })
		}, "Unexpected: +a -a"},
		{"a step that will be tried again", 5 * time.Second, never, func(c *Context, j *journal, _ *Callback[string]) error {
			return inOrder(do(j, c, "a"), func() error {
				return Do(c, &StepSpec{Name: "f", Retry: everyMinute}, func(context.Context) error { return errBoom })
			})
		}, "Timeout: +a -a"},
		{"a step that runs", 5 * time.Second, never, func(c *Context, j *journal, _ *Callback[string]) error {
			if err := Do(c, &StepSpec{Name: "slow", Undoable: true}, func(context.Context) error { time.Sleep(8 * time.Second); j.add("+slow"); return nil }); err != nil {
				return err
			}
			Undo(c, &UndoSpec{Of: "slow"}, func(c *Context) error { return j.undo(c, "slow") })
			return j.do(c, "b")
		}, "Timeout: +slow -slow"},
		{"within another", time.Minute, never, func(c *Context, j *journal, _ *Callback[string]) error {
			_, err := RunInChildContext(c, &ContextSpec{Name: "inner", Timeout: 5 * time.Second}, func(c *Context) (string, error) {
				return "", inOrder(do(j, c, "a"), wait(c, "w", 10*time.Second))
			})
			if _, ok := errors.AsType[*TimeoutError](err); !ok {
				return fmt.Errorf("got %w", err)
			}
			return inOrder(do(j, c, "b"), wait(c, "w", 10*time.Second), do(j, c, "c"))
		}, "done: +a -a +b +c"},
		{"with another in it", 5 * time.Second, never, func(c *Context, j *journal, _ *Callback[string]) error {
			_, err := RunInChildContext(c, &ContextSpec{Name: "inner", Timeout: 8 * time.Second}, func(c *Context) (string, error) {
				return "", inOrder(do(j, c, "a"), wait(c, "w", 10*time.Second))
			})
			if Catchable(err) {
				j.add("caught")
			}
			return err
		}, "Timeout: +a -a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
				j := &journal{}
				return func(ctx *Context) (any, error) {
						cb, err := CreateCallback[string](ctx, &CallbackSpec{Name: "ask"})
						if err != nil {
							return nil, err
						}
						_, err = RunInChildContext(ctx, &ContextSpec{Name: "g", Timeout: test.timeout, Until: cb}, func(c *Context) (string, error) {
							return "", test.inside(c, j, cb)
						})
						became := "done"
						if Catchable(err) {
							became, err = err.(Declared).ErrorType(), nil
						}
						if err != nil {
							return nil, err
						}
						// By now all has come that could have ended it.
						return became, pause(ctx, "later", time.Hour)
					}, func(s *service, out wire.InvocationOutput) {
						became, did, _ := strings.Cut(test.want, ": ")
						if text(out.Result) != mustJSON(became) {
							s.t.Errorf("got %s %+v, want %s", text(out.Result), out.Error, became)
						}
						if got := j.String(); got != did {
							s.t.Errorf("done was %s, want %s", got, did)
						}
					}
			}, func(s *service) { s.answers["ask"] = answered(test.after, `"yes"`) })
		})
	}
}

// The waiting for a function ends, the function does not; and so it is wherever the process
// dies, though the function has ended by then.
func TestInvocationsThatTakeTooLong(t *testing.T) {
	for takes, want := range map[time.Duration]string{5 * time.Second: "Timeout", 2 * time.Second: "given"} {
		everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
			return func(ctx *Context) (any, error) {
					got, err := Invoke[string](ctx, &InvokeSpec{Name: "f", Function: "f:1", Timeout: 3 * time.Second, Undoable: true}, 1)
					if late, ok := errors.AsType[*TimeoutError](err); ok && strings.Contains(late.Message, "the function goes on") {
						got, err = "Timeout", nil
					}
					if err != nil {
						return nil, err
					}
					return got, pause(ctx, "later", time.Hour)
				}, func(s *service, out wire.InvocationOutput) {
					if text(out.Result) != mustJSON(want) {
						s.t.Errorf("got %s %+v, want %s", text(out.Result), out.Error, want)
					}
				}
		}, func(s *service) {
			s.takes = takes
			s.targets["f:1"] = func(string) (string, *wire.ErrorObject) { return `"given"`, nil }
		})
	}
}
