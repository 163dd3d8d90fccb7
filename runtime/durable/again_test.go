package durable

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/runtime/wire"
)

const functionOfTests = "arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST"

// goneOn wants that the execution has gone on once, with the input.
func goneOn(s *service, out wire.InvocationOutput, input string) {
	s.t.Helper()
	link := chain.After(s.arn)
	if got, ok := chain.FromResult(out.Result); out.Status != wire.InvocationSucceeded || !ok || got != link {
		s.t.Errorf("got %s %s %+v, want that it has gone on as %s", out.Status, text(out.Result), out.Error, link.To)
	}
	if len(s.begun) != 1 || s.begun[functionOfTests+" "+link.To] != link.Input(input) {
		s.t.Errorf("started were %q", s.begun)
	}
}

// An execution goes on exactly once, wherever its process dies.
func TestAgain(t *testing.T) {
	everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
		return func(ctx *Context) (any, error) {
				v, err := named(ctx, "a")
				if err != nil {
					return nil, err
				}
				if err := pause(ctx, "wait", time.Hour); err != nil {
					return nil, err
				}
				return func() {}, Again(ctx.Turn(7), nil, []string{v}) // what it returns is not encoded
			}, func(s *service, out wire.InvocationOutput) {
				goneOn(s, out, `["a"]`)
			}
	})
}

// Where the start has been made and its answer was lost, the next attempt finds that, also
// if another build gives another input.
func TestAgainWhoseAnswerIsLost(t *testing.T) {
	for _, changes := range []bool{false, true} {
		tries := 0
		bubble(t, func(ctx *Context) (any, error) {
			if tries++; !changes {
				return nil, Again(ctx, nil, "state")
			}
			return nil, Again(ctx, nil, fmt.Sprint("state ", tries))
		}, func(s *service, run func() wire.InvocationOutput) {
			s.start = func(call int) error {
				if call == 1 {
					return errLost
				}
				return nil
			}
			want := `"state"`
			if changes {
				want = `"state 1"`
			}
			goneOn(s, run(), want)
			if s.invocations != 2 || s.starts != 2 {
				s.t.Errorf("%d invocations, %d starts", s.invocations, s.starts)
			}
		})
	}
}

// A refusal is tried again for a day, and then fails the workflow.
func TestAgainRefused(t *testing.T) {
	denied := &wire.APIError{Code: "AccessDeniedException", HTTPStatus: 403, Message: "not authorized to perform lambda:InvokeFunction"}
	for _, until := range []int{20, 1 << 30} {
		bubble(t, func(ctx *Context) (any, error) { return nil, Again(ctx, nil, 1) }, func(s *service, run func() wire.InvocationOutput) {
			began := time.Now()
			s.start = func(call int) error {
				if call < until {
					return denied
				}
				return nil
			}
			out := run()
			if until == 20 {
				goneOn(s, out, `1`)
				return
			}
			if out.Error == nil || out.Error.ErrorType != "NotStarted" || !strings.Contains(out.Error.ErrorMessage, "lambda:InvokeFunction") || len(s.begun) > 0 {
				s.t.Errorf("got %s %+v, started %v", out.Status, out.Error, s.begun)
			}
			if took := time.Since(began); took < 12*time.Hour || took > 36*time.Hour {
				s.t.Errorf("it was tried for %v", took)
			}
		})
	}
}

// A later version of the function, or an alias that leads to it, may be named.
func TestAgainWithAnAlias(t *testing.T) {
	t.Setenv(AgainQualifier, "live")
	bubble(t, func(ctx *Context) (any, error) { return nil, Again(ctx, nil, 1) }, func(s *service, run func() wire.InvocationOutput) {
		run()
		if len(s.begun) != 1 || s.begun[strings.TrimSuffix(functionOfTests, "$LATEST")+"live "+chain.After(s.arn).To] == "" {
			s.t.Errorf("started were %q", s.begun)
		}
	})
}

// The follower gets its own input, without the link.
func TestInputOfAFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link := chain.After("arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST/durable-execution/run/exec-0")
		f := Workflow(Definition{Name: "test"}, func(ctx *Context, in []int) (any, error) { return in, nil })
		s := newService(t, f, link.Input("[1,2]"))
		s.arn = strings.Replace(s.arn, "run-1", link.To, 1)
		if out := s.run(); text(out.Result) != "[1,2]" {
			t.Errorf("got %s %+v", text(out.Result), out.Error)
		}
	})
}

func TestAgainIsMisused(t *testing.T) {
	inside := func(body func(*Context) error) body {
		return func(ctx *Context) (any, error) {
			_, err := RunInChildContext(ctx, &ContextSpec{Name: "g"}, func(ctx *Context) (any, error) { return nil, body(ctx) })
			return nil, err
		}
	}
	again := func(ctx *Context) error { return Again(ctx, nil, 1) }
	wantFailure(t, "ContextMisuse", "only the workflow itself goes on", inside(again))
	wantFailure(t, "ContextMisuse", "nothing may follow", func(ctx *Context) (any, error) {
		if err := again(ctx); err != nil {
			return nil, err
		}
		return named(ctx, "a")
	})
	wantFailure(t, "Unexpected", "the input can't be encoded", func(ctx *Context) (any, error) { return nil, Again(ctx, nil, func() {}) })
	wantFailure(t, "Unexpected", "an execution is started with 1048576 at most", func(ctx *Context) (any, error) {
		return nil, Again(ctx, nil, strings.Repeat("x", maxPayload-10))
	})
}

// What is registered for undo is undone, not forgotten, unless it is committed.
func TestAgainWithUndo(t *testing.T) {
	for _, commits := range []bool{false, true} {
		everyCrash(t, func() (body, func(*service, wire.InvocationOutput)) {
			undone := 0
			return func(ctx *Context) (any, error) {
					if _, err := Step(ctx, &StepSpec{Name: "pay", Undoable: true}, func(context.Context) (int, error) { return 1, nil }); err != nil {
						return nil, err
					}
					Undo(ctx, &UndoSpec{Of: "pay", Name: "refund"}, func(ctx *Context) error {
						return Do(ctx, Named("refund"), func(context.Context) error { undone++; return nil })
					})
					if commits {
						ctx.Commit()
					}
					return nil, Again(ctx, nil, 1)
				}, func(s *service, out wire.InvocationOutput) {
					if commits {
						goneOn(s, out, "1")
						return
					}
					if undone == 0 || len(s.begun) > 0 || out.Error == nil || !strings.Contains(out.Error.ErrorMessage, "commit it first") {
						s.t.Errorf("undone %d times, started %v, %+v", undone, s.begun, out.Error)
					}
				}
		})
	}
}

// Who invokes a workflow that has gone on learns that it has no result of it.
func TestInvokeOfWhatHasGoneOn(t *testing.T) {
	for _, out := range []any{new(int), nil} {
		bubble(t, func(ctx *Context) (any, error) {
			if out == nil {
				_, err := Invoke[struct{}](ctx, &InvokeSpec{Name: "live", Function: "live:1"}, 1)
				return nil, err
			}
			return Invoke[int](ctx, &InvokeSpec{Name: "live", Function: "live:1"}, 1)
		}, func(s *service, run func() wire.InvocationOutput) {
			link := chain.After(strings.Replace(s.arn, "run-1", "child", 1))
			s.targets["live:1"] = func(string) (string, *wire.ErrorObject) { return link.Result(), nil }
			failed := run()
			if failed.Error == nil || failed.Error.ErrorType != "Unexpected" || !strings.Contains(failed.Error.ErrorMessage, "live:1 has gone on as execution child-2-") {
				s.t.Errorf("got %s %s %+v", failed.Status, text(failed.Result), failed.Error)
			}
		})
	}
}

// The workflow may handle that it can't go on.
func TestAgainIsCaught(t *testing.T) {
	wantResult(t, `"stays"`, func(ctx *Context) (any, error) {
		err := Again(ctx, nil, strings.Repeat("x", maxPayload))
		var unexpected *UnexpectedError
		if !errors.As(err, &unexpected) {
			return nil, err
		}
		return "stays", nil
	})
}
