package durabletest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/wire"
)

// bank is the world of a workflow that is stopped at one of its points. Whoever does something
// there does it once for each key.
type bank struct {
	mu     sync.Mutex
	taken  map[string]bool            // by name
	keys   map[string]map[string]bool // that were used, by name
	broken map[string]bool            // undos that fail
	order  []string                   // of undos

	commits int      // that the execution has come to
	kept    []string // had been taken then

	told int // how often the step without an undo ran after it was cut off

	points int
	stopAt int    // 0: nowhere
	stop   func() // called once the execution is known
	where  string
}

// untold is the point in a step without an undo.
const untold = "in a step without an undo"

func newBank(stopAt int) *bank {
	return &bank{taken: map[string]bool{}, keys: map[string]map[string]bool{}, broken: map[string]bool{}, stopAt: stopAt}
}

// point is where the execution may be stopped.
func (b *bank) point(where string) {
	b.mu.Lock()
	b.points++
	here := b.points == b.stopAt
	if here {
		b.where = where
	}
	stop := b.stop
	b.mu.Unlock()
	if here && stop != nil {
		stop()
	}
}

func (b *bank) use(ctx context.Context, name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keys[name] == nil {
		b.keys[name] = map[string]bool{}
	}
	b.keys[name][durable.IdempotencyKey(ctx)] = true
}

func (b *bank) take(c *durable.Context, name string) error {
	err := durable.Do(c, &durable.StepSpec{Name: name, Undoable: true}, func(ctx context.Context) error {
		b.point("before " + name)
		if ctx.Err() != nil {
			return ctx.Err() // it was cut off
		}
		b.use(ctx, name)
		b.mu.Lock()
		b.taken[name] = true
		b.mu.Unlock()
		b.point("after " + name)
		return ctx.Err()
	})
	if err == nil {
		durable.Undo(c, &durable.UndoSpec{Of: name}, func(c *durable.Context) error { return b.giveBack(c, name) })
	}
	return err
}

func (b *bank) giveBack(c *durable.Context, name string) error {
	return durable.Do(c, &durable.StepSpec{Name: "undo " + name, Retry: &durable.RetryPolicy{Attempts: 1}}, func(ctx context.Context) error {
		b.point("at the undo of " + name)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.use(ctx, "undo "+name)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.broken[name] {
			return errors.New("no answer")
		}
		delete(b.taken, name)
		if !slices.Contains(b.order, name) {
			b.order = append(b.order, name)
		}
		return nil
	})
}

// commit is the n-th one. Whether an execution was stopped right before it or right behind it can't
// be known from its record: it counts.
func (b *bank) commit(c *durable.Context, n int) {
	b.mu.Lock()
	first := b.where == "" && b.commits < n // not at a replay
	if first {
		b.commits, b.kept = n, slices.Sorted(maps.Keys(b.taken))
	}
	b.mu.Unlock()
	if first {
		b.point("at a commit")
	}
	c.Commit()
}

func (b *bank) left() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(slices.Sorted(maps.Keys(b.taken)), " ")
}

// work takes something in every kind of scope. fails says how it ends.
func (b *bank) work(c *durable.Context, fails bool) error {
	for i := range 2 {
		c := c.Turn(i)
		if err := b.take(c, fmt.Sprintf("turn%d", i)); err != nil {
			return err
		}
		if i == 0 {
			b.commit(c, 1)
		}
	}
	if _, err := durable.RunInChildContext(c, &durable.ContextSpec{Name: "group"}, func(c *durable.Context) (string, error) {
		return "", errors.Join(b.take(c, "inner"))
	}); err != nil {
		return err
	}
	if _, err := durable.MapBatch(c, &durable.BatchSpec{Name: "items"}, []int{0, 1, 2}, func(c *durable.Context, i, _ int) (int, error) {
		if err := b.take(c, fmt.Sprintf("item%d", i)); err != nil {
			return 0, err
		}
		if i == 1 {
			if err := durable.Wait(c, &durable.WaitSpec{Name: "pause"}, time.Minute); err != nil {
				return 0, err
			}
			if err := b.take(c, "late"); err != nil {
				return 0, err
			}
		}
		return i, nil
	}); err != nil {
		return err
	}
	_, err := durable.RunInChildContext(c, &durable.ContextSpec{Name: "failing"}, func(c *durable.Context) (string, error) {
		if err := b.take(c, "vain"); err != nil {
			return "", err
		}
		return "", &Declined{}
	})
	if err != nil && !errors.As(err, new(*Declined)) {
		return err
	}
	b.commit(c, 2)
	if err := durable.Do(c, durable.Named("tell"), func(ctx context.Context) error {
		b.mu.Lock()
		if b.where == untold { // it was stopped there
			b.told++
		}
		b.mu.Unlock()
		b.point(untold)
		return ctx.Err()
	}); err != nil {
		return err
	}
	if err := durable.Wait(c, &durable.WaitSpec{Name: "night"}, time.Hour); err != nil {
		return err
	}
	b.commit(c, 3)
	if err := b.take(c, "last"); err != nil || !fails {
		return err
	}
	return &Declined{}
}

// Declined is how the workflow fails.
type Declined struct{}

func (*Declined) Error() string     { return "declined" }
func (*Declined) ErrorType() string { return "Declined" }

func (b *bank) workflow(fails bool) *durable.Function {
	return durable.Workflow(durable.Definition{Name: "bank", Errors: durable.Errors(&Declined{})}, func(c *durable.Context, _ any) (any, error) {
		return nil, b.work(c, fails)
	})
}

// stopped runs the workflow until it is stopped at a point, and reports whether there is such a
// point.
func (b *bank) stopped(t *testing.T, fails bool) (*durabletest.Env, *durabletest.Run, bool) {
	return b.stoppedIn(t, b.workflow(fails))
}

func (b *bank) stoppedIn(t *testing.T, f *durable.Function) (*durabletest.Env, *durabletest.Run, bool) {
	env := durabletest.New(t, f)
	known := make(chan struct{})
	var run *durabletest.Run
	b.stop = func() {
		<-known
		for b.where == untold && !slices.ContainsFunc(run.Events(), func(ev wire.Event) bool { return ev.Name == "tell" }) {
			time.Sleep(time.Millisecond) // nobody waits for its start to be recorded
		}
		run.Stop()
	}
	run = env.Start(nil)
	close(known)
	run.Wait()
	return env, run, run.Status() == wire.ExecutionStopped
}

// Wherever an execution is stopped, undoing it leaves what had been committed, and nothing else,
// under the keys that it had; wherever the process dies on the way.
func TestUndoAfterAStop(t *testing.T) {
	for _, fails := range []bool{false, true} {
		points, done := 0, false
		for ; !done; points++ {
			t.Run(fmt.Sprintf("fails=%v/%d", fails, points+1), func(t *testing.T) {
				checkpoints := 0
				for k := 0; k <= checkpoints; k++ {
					for _, when := range []durabletest.When{durabletest.Before, durabletest.After} {
						b := newBank(points + 1)
						env, run, ok := b.stopped(t, fails)
						if !ok {
							done = true
							return
						}
						if k > 0 {
							env.FewerCheckpoints().CrashAt(k, when)
						}
						undo := undoOf(run, b)
						if k == 0 {
							checkpoints = undo.Checkpoints()
						}
						want := strings.Join(b.kept, " ")
						if got := b.left(); got != want {
							t.Errorf("stopped %s, killed at %d (%v): left is %q, want %q\n%s", b.where, k, when, got, want, undo.History())
						}
						if b.told > 0 {
							t.Errorf("stopped %s: a step without an undo ran again", b.where)
						}
						for name, keys := range b.keys {
							if len(keys) != 1 {
								t.Errorf("stopped %s: %s had the keys %v", b.where, name, keys)
							}
						}
					}
				}
			})
		}
		if points < 15 {
			t.Errorf("there are %d points", points)
		}
	}
}

// undoOf undoes an execution, whose points are not to stop it again.
func undoOf(run *durabletest.Run, b *bank) *durabletest.Run {
	b.mu.Lock()
	b.stopAt = 0
	b.mu.Unlock()
	undo := run.Undo()
	undo.MustSucceed(nil)
	return undo
}

// What can't be undone is told, and is tried again when the execution that was to undo it is undone
// in turn. The rest is not.
func TestUndoThatFails(t *testing.T) {
	for b := newBank(1); ; b = newBank(b.stopAt + 1) {
		if env, run, ok := b.stopped(t, false); !ok {
			t.Fatal("nothing is before it")
		} else if b.where == "before late" {
			b.stopAt = 0
			b.broken["item0"], b.broken["inner"] = true, true
			first := run.Undo()
			first.MustFail("UndoFailed", nil)
			const want = "the execution was stopped; not undone: items / [0] / item0 (undo item0: no answer), group / inner (undo inner: no answer); undone: items / [1] / late, items / [1] / item1, items / [2] / item2, turn1[1]"
			if got := first.Error().ErrorMessage; got != want {
				t.Errorf("it failed with\n%s\nwant\n%s", got, want)
			}
			if again := run.Undo(); again.ARN != first.ARN {
				t.Errorf("a second call gave %s, want %s", again.ARN, first.ARN)
			}
			b.broken = map[string]bool{"item1": true, "turn1": true} // they are undone already
			second := first.Undo()
			second.MustSucceed(nil)
			if got := b.left(); got != "turn0" {
				t.Errorf("left is %q\n%s", got, second.History())
			}
			if x := second.Execution(); x.Undoes != first.ARN {
				t.Errorf("it undoes %s", x.Undoes)
			}
			for name, keys := range b.keys {
				if len(keys) != 1 {
					t.Errorf("%s had the keys %v", name, keys)
				}
			}
			_, err := env.Engine().Undo(t.Context(), second.ARN)
			wantRefused(t, err, "has undone what was open")
			return
		}
	}
}

func wantRefused(t *testing.T, err error, message string) {
	t.Helper()
	var refused *wire.APIError
	if !errors.As(err, &refused) || refused.HTTPStatus != 400 || !strings.Contains(refused.Message, message) {
		t.Errorf("got %v, want a refusal: %s", err, message)
	}
}

// An execution is undone if it has ended without its undos, and once.
func TestUndoIsRefused(t *testing.T) {
	undo := func(run *durabletest.Run, env *durabletest.Env) error {
		_, err := env.Engine().Undo(t.Context(), run.ARN)
		return err
	}
	t.Run("succeeded", func(t *testing.T) {
		env := durabletest.New(t, newBank(0).workflow(false))
		wantRefused(t, undo(env.Run(nil), env), "run-1 has succeeded: nothing of it is open")
	})
	t.Run("failed", func(t *testing.T) {
		env := durabletest.New(t, newBank(0).workflow(true))
		wantRefused(t, undo(env.Run(nil), env), "failed in its workflow (Declined: declined), which has run its undos then")
	})
	t.Run("invoked in vain", func(t *testing.T) {
		b := newBank(0)
		env := durabletest.New(t, b.workflow(false))
		for k := range 5 {
			env.CrashAt(6+k, durabletest.Before)
		}
		run := env.Run(nil)
		run.MustFail("Runtime.ExitError", nil)
		if b.left() == "" {
			t.Error("nothing was done")
		}
		run.Undo().MustSucceed(nil)
		if got := b.left(); got != "turn0" {
			t.Errorf("left is %q", got)
		}
	})
	t.Run("running", func(t *testing.T) {
		env := durabletest.New(t, newBank(0).workflow(false)).RealTime()
		run := env.Start(nil)
		wantRefused(t, undo(run, env), "still runs")
		run.Stop()
	})
	t.Run("at the same time", func(t *testing.T) {
		b := newBank(12)
		env, run, _ := b.stopped(t, false)
		var arns sync.Map
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				out, err := env.Engine().Undo(t.Context(), run.ARN)
				if err != nil {
					t.Error(err)
					return
				}
				arns.Store(out.ARN, true)
			})
		}
		all.Wait()
		n := 0
		arns.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("%d executions undo it", n)
		}
		run.Undo().MustSucceed(nil)
	})
}

// What an execution waits for from outside is given up, and what it had invoked has told its
// outcome.
func TestUndoOfWhatIsUnderWay(t *testing.T) {
	var mu sync.Mutex
	var undone []string
	note := func(c *durable.Context, name string) error {
		return durable.Do(c, &durable.StepSpec{Name: "undo " + name}, func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			undone = append(undone, name)
			return nil
		})
	}
	branch := func(name string, f func(*durable.Context) error) *durable.BranchSpec {
		return durable.Branch(name, func(c *durable.Context) (bool, error) { return true, f(c) }, nil)
	}
	release := make(chan struct{})
	child := durable.Workflow(durable.Definition{Name: "child"}, func(c *durable.Context, _ any) (string, error) {
		return durable.Step(c, durable.Named("slow"), func(ctx context.Context) (string, error) {
			select {
			case <-release:
				return "done", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		})
	})
	parent := durable.Workflow(durable.Definition{Name: "parent"}, func(c *durable.Context, _ any) (any, error) {
		return nil, durable.Parallel(c, &durable.BatchSpec{Name: "both"},
			branch("invoke", func(c *durable.Context) error {
				if _, err := durable.Invoke[string](c, &durable.InvokeSpec{Name: "child", Function: "child:$LATEST", Undoable: true}, 0); err != nil {
					return err
				}
				durable.Undo(c, &durable.UndoSpec{Of: "child"}, func(c *durable.Context) error { return note(c, "child") })
				return nil
			}),
			branch("ask", func(c *durable.Context) error {
				if err := note(c, "before"); err != nil {
					return err
				}
				durable.Undo(c, &durable.UndoSpec{Of: "before"}, func(c *durable.Context) error { return note(c, "asked") })
				_, err := durable.WaitForCallback[string](c, &durable.CallbackSpec{Name: "answer"}, func(context.Context, string) error { return nil })
				if err == nil || durable.Catchable(err) {
					c.Commit() // it is neither answered nor lost for the workflow
				}
				return err
			}))
	})
	env := durabletest.New(t, parent).Serve(child).Answer("answer", durabletest.Later()).RealTime()
	run := env.Start(nil)
	cb := run.AwaitCallback("answer", 0)
	run.Stop()
	_, err := env.Engine().Undo(t.Context(), run.ARN)
	wantRefused(t, err, "which still runs: wait for its end, or stop it")
	close(release)
	for _, ev := range run.Events() {
		if d := ev.ChainedInvokeStartedDetails; d != nil {
			if x, err := env.Engine().WaitExecution(t.Context(), d.DurableExecutionArn); err != nil || x.Status != wire.ExecutionSucceeded {
				t.Fatal(x, err)
			}
		}
	}
	if err := run.Succeed(cb, "yes"); err == nil {
		t.Error("the callback of a stopped execution was answered")
	}
	undo := run.Undo()
	undo.MustSucceed(nil)
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(undone)
	if got := strings.Join(undone, " "); got != "asked before child" {
		t.Errorf("done was %q\n%s", got, undo.History())
	}
}

// What an undo has undone of itself is no part of what was undone.
func TestUndoneIsWhatWasUndone(t *testing.T) {
	b := newBank(0)
	f := durable.Workflow(durable.Definition{Name: "trip", Errors: durable.Errors(&Declined{})}, func(c *durable.Context, _ any) (any, error) {
		if err := durable.Do(c, &durable.StepSpec{Name: "book", Undoable: true}, func(context.Context) error { return nil }); err != nil {
			return nil, err
		}
		durable.Undo(c, &durable.UndoSpec{Of: "book", Name: "cancel", Block: true}, func(c *durable.Context) error {
			_, err := durable.RunInChildContext(c, &durable.ContextSpec{Name: "try"}, func(c *durable.Context) (string, error) {
				if err := b.take(c, "fee"); err != nil {
					return "", err
				}
				return "", &Declined{}
			})
			if errors.As(err, new(*Declined)) {
				return durable.Do(c, durable.Named("write"), func(context.Context) error { return nil })
			}
			return err
		})
		return durable.WaitForCallback[string](c, &durable.CallbackSpec{Name: "answer"}, func(context.Context, string) error { return nil })
	})
	run := durabletest.New(t, f).Answer("answer", durabletest.Later()).Start(nil)
	run.AwaitCallback("answer", 0)
	run.Stop()
	var got struct{ Undone []string }
	undo := run.Undo()
	undo.MustSucceed(&got)
	if strings.Join(got.Undone, ", ") != "book" || b.left() != "" || strings.Join(b.order, " ") != "fee" {
		t.Errorf("undone is %q, and of the undo %q\n%s", got.Undone, b.order, undo.History())
	}
}

// What was found out about a step that was cut off stays known when what could not be undone is
// undone once more, and an undo of several operations is done anew.
func TestUndoOfAnInterruptedStep(t *testing.T) {
	b := newBank(1)
	env, run, ok := func() (*durabletest.Env, *durabletest.Run, bool) {
		f := durable.Workflow(durable.Definition{Name: "bank"}, func(c *durable.Context, _ any) (any, error) {
			err := durable.Do(c, &durable.StepSpec{Name: "pay", AtMostOnce: true, Undoable: true}, func(ctx context.Context) error {
				b.use(ctx, "pay")
				b.point("in pay")
				return ctx.Err()
			})
			if errors.As(err, new(*durable.InterruptedError)) {
				err = durable.Do(c.Rescue(err), durable.Named("look"), func(context.Context) error { return nil })
			}
			if err != nil {
				return nil, err
			}
			durable.Undo(c, &durable.UndoSpec{Of: "pay", Name: "repay", Block: true}, func(c *durable.Context) error {
				if err := durable.Do(c, durable.Named("ask"), func(context.Context) error { return nil }); err != nil {
					return err
				}
				return b.giveBack(c, "pay")
			})
			return nil, durable.Wait(c, nil, time.Hour)
		})
		return b.stoppedIn(t, f)
	}()
	if !ok {
		t.Fatal("it was not stopped")
	}
	b.stopAt, b.broken["pay"] = 0, true
	first := run.Undo()
	first.MustFail("UndoFailed", nil)
	b.broken["pay"] = false
	second := first.Undo()
	second.MustSucceed(nil)
	if strings.Join(b.order, " ") != "pay" || len(b.keys["pay"]) != 1 {
		t.Errorf("undone is %q, under %v\n%s", b.order, b.keys, second.History())
	}
	if out, err := env.Engine().Undo(t.Context(), run.ARN); err != nil || out.ARN != first.ARN {
		t.Errorf("the first one is undone by %v, %v", out, err)
	}
}
