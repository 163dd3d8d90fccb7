package durable

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

var soakSteps = flag.Int("soak.steps", 20_000, "steps of the soak")

func TestNamesAndTimes(t *testing.T) {
	wantFailure(t, "Unexpected", `the name "café" is not 1 to 256 printable ASCII`, func(ctx *Context) (any, error) { return named(ctx, "café") })
	wantFailure(t, "Unexpected", "printable ASCII", func(ctx *Context) (any, error) { return named(ctx, strings.Repeat("x", 257)) })
	wantResult(t, mustJSON(strings.Repeat("x", 256)), func(ctx *Context) (any, error) { return named(ctx, strings.Repeat("x", 256)) })
	wantFailure(t, "Unexpected", "no cases", func(ctx *Context) (any, error) { return Select(ctx, &ContextSpec{}) })
	wantFailure(t, "Unexpected", "no function", func(ctx *Context) (any, error) { return Invoke[any](ctx, &InvokeSpec{}, 1) })
	wantFailure(t, "Unexpected", "366 days", func(ctx *Context) (any, error) { return nil, pause(ctx, "w", 366*24*time.Hour+1) })
	wantResult(t, "null", func(ctx *Context) (any, error) { return nil, pause(ctx, "w", 366*24*time.Hour) })
	wantFailure(t, "Unexpected", "366 days", func(ctx *Context) (any, error) {
		return CreateCallback[string](ctx, &CallbackSpec{Timeout: 367 * 24 * time.Hour})
	})
}

// What is refused before it is recorded tells its place, and so does what a workflow raises.
func TestFailuresWithoutARecordTellTheirPlace(t *testing.T) {
	for _, test := range []struct {
		place string
		body  func(*Context) (any, error)
	}{
		{"wait (order.flow:7:5)", func(ctx *Context) (any, error) {
			return nil, Wait(ctx, &WaitSpec{Pos: "order.flow:7:5"}, 367*24*time.Hour)
		}},
		{"pay (order.flow:8:5)", func(ctx *Context) (any, error) {
			return CreateCallback[string](ctx, &CallbackSpec{Name: "pay", Pos: "order.flow:8:5", Timeout: -1})
		}},
		{"map (order.flow:9:5)", func(ctx *Context) (any, error) {
			return Map(ctx, &BatchSpec{Pos: "order.flow:9:5", MaxConcurrency: new(0)}, []int{1}, func(*Context, int, int) (int, error) { return 0, nil })
		}},
		{"order.flow:11:9", func(ctx *Context) (any, error) {
			return RunInChildContext(ctx, &ContextSpec{Name: "g"}, func(c *Context) (any, error) {
				return nil, c.Fail("order.flow:11:9", &Silent{})
			})
		}},
		{"bill (order.flow:10:5)", func(ctx *Context) (any, error) {
			return RunInChildContext(ctx, &ContextSpec{Name: "g"}, func(c *Context) (any, error) {
				return Invoke[any](c, &InvokeSpec{Name: "bill", Pos: "order.flow:10:5", Function: "f"}, strings.Repeat("x", maxPayload))
			})
		}},
	} {
		bubble(t, test.body, func(s *service, run func() wire.InvocationOutput) {
			if out := run(); out.Error == nil || len(out.Error.StackTrace) == 0 || out.Error.StackTrace[0] != test.place {
				s.t.Errorf("%s: %+v", test.place, out.Error)
			}
		})
	}
}

// A context stores its result up to a size, and is entered again beyond it.
func TestStoredResults(t *testing.T) {
	for _, size := range []int{maxStored, maxStored + 1} {
		runs := 0
		bubble(t, func(ctx *Context) (any, error) {
			v, err := RunInChildContext(ctx, &ContextSpec{Name: "g"}, func(c *Context) (string, error) {
				runs++
				return strings.Repeat("x", size-2), nil // and two quotes
			})
			if err != nil {
				return nil, err
			}
			return len(v), pause(ctx, "w", time.Second)
		}, func(s *service, run func() wire.InvocationOutput) {
			out := run()
			want := 1
			if size > maxStored {
				want = 2
			}
			if text(out.Result) != fmt.Sprint(size-2) || runs != want || s.byID["g"].ContextDetails.ReplayChildren != (want == 2) {
				s.t.Errorf("%d: %s, %d runs", size, text(out.Result), runs)
			}
		})
	}
}

// A result that is too large for the answer of a function goes by a checkpoint.
func TestLargeResults(t *testing.T) {
	for _, test := range []struct {
		size    int // as JSON
		by      string
		failure string
	}{
		{maxEventResult - 2, "answer", ""}, // its quotes are escaped
		{maxEventResult - 1, "checkpoint", ""},
		{maxResult, "checkpoint", ""},
		{maxResult + 1, "", "an execution returns 6291456 at most"},
	} {
		bubble(t, func(ctx *Context) (any, error) {
			return strings.Repeat("x", test.size-2), nil
		}, func(s *service, run func() wire.InvocationOutput) {
			out := run()
			switch {
			case test.failure != "":
				if out.Error == nil || !strings.Contains(out.Error.ErrorMessage, test.failure) {
					s.t.Errorf("%d: %+v", test.size, out.Error)
				}
			case out.Status != wire.InvocationSucceeded || (len(*out.Result) > 0) != (test.by == "answer") || (s.calls == 1) != (test.by == "checkpoint"):
				s.t.Errorf("%d: %s, %d bytes, %d calls", test.size, out.Status, len(*out.Result), s.calls)
			}
		})
	}
}

type hefty struct{ Data string }

func (e *hefty) Error() string     { return strings.Repeat("m", 100_000) }
func (e *hefty) ErrorType() string { return "Hefty" }

func TestLargeErrors(t *testing.T) {
	wantFailure(t, "Unexpected", "at most 262144 can be recorded", func(ctx *Context) (any, error) { return nil, &hefty{strings.Repeat("x", 300_000)} })
	bubble(t, func(ctx *Context) (any, error) { return nil, failing(ctx, "a", &hefty{}) }, func(s *service, run func() wire.InvocationOutput) {
		if out := run(); len(out.Error.ErrorMessage) > maxErrorMessage+10 {
			s.t.Errorf("a message of %d bytes", len(out.Error.ErrorMessage))
		}
	})
}

func TestOperationLimit(t *testing.T) {
	for _, n := range []int{maxOperations, maxOperations + 1} {
		f := stepsInTurns(n)
		out, err := f.Invoke(context.Background(), &quickService{}, quickInput())
		if err != nil || (n <= maxOperations) != (out.Status == wire.InvocationSucceeded) {
			t.Errorf("%d steps: %+v %v", n, out.Error, err)
		}
		if out.Error != nil && !strings.Contains(out.Error.ErrorMessage, "an execution may have 3000 operations") {
			t.Errorf("%+v", out.Error)
		}
	}
}

// What does not fit is not begun, and fails like anything else: it can be caught, nothing
// more fits afterwards, and what is dropped from the undos is room.
func TestOperationLimitCanBeCaught(t *testing.T) {
	j := &journal{}
	bubble(t, nil, func(s *service, run func() wire.InvocationOutput) {
		s.fn = workflow(func(ctx *Context) (any, error) {
			if err := j.do(ctx, "a"); err != nil {
				return nil, err
			}
			if _, err := named(ctx, "second"); err != nil {
				return nil, err
			}
			for i := range 2 {
				_, err := named(ctx.Turn(i), "third")
				var unexpected *UnexpectedError
				if !errors.As(err, &unexpected) || !Catchable(err) {
					t.Errorf("got %v", err)
				}
			}
			if err := pause(ctx, "a while", time.Minute); !Catchable(err) {
				t.Errorf("a wait: got %v", err)
			}
			ctx.Commit()
			if _, err := named(ctx, "fourth"); err != nil {
				t.Errorf("there is room for it now: %v", err)
			}
			return "caught", nil
		}).With(func(def *Definition) { def.MaxOperations = 3 })
		if out := run(); text(out.Result) != `"caught"` || j.String() != "+a" || len(s.ops) != 3+1 {
			s.t.Errorf("%s %+v, %d operations, %s", text(out.Result), out.Error, len(s.ops), j)
		}
	})
}

// Deep scopes have hashed IDs, and are found again.
func TestDepth(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		var nest func(c *Context, depth int) (int, error)
		nest = func(c *Context, depth int) (int, error) {
			if depth == 0 {
				return 0, pause(c, "bottom", time.Second)
			}
			n, err := RunInChildContext(c, &ContextSpec{Name: fmt.Sprintf("level %d", depth)}, func(c *Context) (int, error) { return nest(c, depth-1) })
			return n + 1, err
		}
		return func(ctx *Context) (any, error) { return nest(ctx, 20) }, func(s *service, out wire.InvocationOutput) {
			if text(out.Result) != "20" {
				s.t.Errorf("%s %+v", text(out.Result), out.Error)
			}
		}
	})
}

// An invocation with an undo is awaited though its batch has been decided, others
// are not.
func TestUndoableInvokeIsAwaited(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		j := &journal{}
		return func(ctx *Context) (any, error) {
				return nil, Parallel(ctx, &BatchSpec{},
					Branch("invokes", func(c *Context) (string, error) {
						v, err := Invoke[string](c, &InvokeSpec{Name: "book", Function: "book:1", Undoable: true}, "x")
						if err != nil {
							return "", err
						}
						Undo(c, &UndoSpec{Of: "book"}, func(c *Context) error { return j.undo(c, v) })
						return named(c, "after")
					}, nil),
					Branch("fails", func(c *Context) (string, error) { return "", failing(c, "f", &Silent{}) }, nil))
			}, func(s *service, out wire.InvocationOutput) {
				if out.Error == nil || out.Error.ErrorType != "Silent" || s.byID["parallel-invokes-book"] != nil && j.String() != "-booked" {
					s.t.Errorf("%+v, %s", out.Error, j)
				}
				if s.byID["parallel-invokes-after"] != nil {
					s.t.Error("a step was started after the decision")
				}
			}
	}, func(s *service) {
		s.targets["book:1"] = func(string) (string, *wire.ErrorObject) { return `"booked"`, nil }
	})
}

// What an interrupted step has left open may be settled after the decision, by
// operations of any depth; what comes behind that is given up as ever.
func TestRescue(t *testing.T) {
	bubble(t, func(ctx *Context) (any, error) {
		return nil, Parallel(ctx, &BatchSpec{},
			Branch("once", func(c *Context) (string, error) {
				err := Do(c, &StepSpec{Name: "pay", AtMostOnce: true, Timeout: 2 * time.Second}, func(context.Context) error { time.Sleep(10 * time.Second); return nil })
				if rescue := c.Rescue(err); rescue != c {
					err = pause(rescue, "settle", time.Second)
					for i := range 2 {
						if err == nil {
							_, err = named(rescue.Turn(i), "look")
						}
					}
					if err == nil {
						_, err = Map(rescue, &BatchSpec{}, []int{1}, func(c *Context, _, _ int) (string, error) { return named(c, "inner") })
					}
				}
				if err != nil {
					return "", err
				}
				return named(c, "never")
			}, nil),
			Branch("fails", func(c *Context) (string, error) { return "", failing(c, "f", &Silent{}) }, nil))
	}, func(s *service, run func() wire.InvocationOutput) {
		out := run()
		if out.Error == nil || out.Error.ErrorType != "Silent" || s.byID["parallel-once-never"] != nil {
			s.t.Errorf("%+v", out.Error)
		}
		for _, id := range []string{"settle", "look_i0", "look_i1", "map-_i0-inner"} {
			if op := s.byID["parallel-once-"+id]; op == nil || op.Status != wire.StatusSucceeded {
				s.t.Errorf("%s is %+v", id, op)
			}
		}
	})
}

// slowService takes a random time for every call.
type slowService struct {
	quickService
	rnd *rand.Rand
}

func (s *slowService) Checkpoint(ctx context.Context, arn string, in wire.CheckpointInput) (*wire.CheckpointOutput, error) {
	time.Sleep(time.Duration(s.rnd.IntN(3000)) * time.Microsecond)
	return s.quickService.Checkpoint(ctx, arn, in)
}

// Many steps, one after the other and in branches, against services of no and of
// random latency: nothing hangs, and every result is there.
func TestSoak(t *testing.T) {
	f := Workflow(Definition{Name: "soak", LogHandler: slog.DiscardHandler, MaxOperations: -1}, func(ctx *Context, _ any) (int, error) {
		total := 0
		for round := range *soakSteps / 20 {
			counts, err := Map(ctx.Turn(round), &BatchSpec{}, []int{1, 2, 3, 4}, func(c *Context, i, _ int) (int, error) {
				n := 0
				for turn := range 5 {
					one, err := Step(c.Turn(turn), benchStep, func(context.Context) (int, error) { return 1, nil })
					if err != nil {
						return 0, err
					}
					n += one
				}
				return n, nil
			})
			if err != nil {
				return 0, err
			}
			for _, n := range counts {
				total += n
			}
		}
		return total, nil
	})
	want := fmt.Sprint(*soakSteps / 20 * 20)
	check := func(t *testing.T, client Client) {
		out, err := f.Invoke(context.Background(), client, quickInput())
		if err != nil || text(out.Result) != want {
			t.Errorf("%s %+v %v", text(out.Result), out.Error, err)
		}
	}
	check(t, &quickService{})
	synctest.Test(t, func(t *testing.T) { check(t, &slowService{rnd: rand.New(rand.NewPCG(1, 2))}) })
}

// What is in a batch that has ended counts, though the service does not hand it to later invocations.
func TestItemsOfAnEndedBatchCount(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				for i := range 3 {
					ctx := ctx.Turn(i)
					_, err := Map(ctx, &BatchSpec{Name: "round", ItemOperations: 1}, make([]int, 10), func(c *Context, i, _ int) (string, error) { return named(c, "a") })
					if Catchable(err) {
						return fmt.Sprint(i, " ", err), nil
					}
					if err != nil {
						return nil, err
					}
					if err := pause(ctx, "later", time.Second); err != nil {
						return nil, err
					}
				}
				return "all fit", nil
			}, func(s *service, out wire.InvocationOutput) {
				if got := text(out.Result); !strings.HasPrefix(got, `"2 `) || !strings.Contains(got, "21 more do not fit") {
					s.t.Errorf("got %s %+v", got, out.Error)
				}
			}
	}, func(s *service) { s.fn = s.fn.With(func(def *Definition) { def.MaxOperations = 50 }) })
}
