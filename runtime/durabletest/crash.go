package durabletest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// When says on which side of a checkpoint a process dies.
type When int

const (
	// Before: the service never gets the checkpoint.
	Before When = iota
	// After: the service has accepted it, and the process does not learn of that.
	After
)

func (w When) String() string {
	if w == Before {
		return "before"
	}
	return "after"
}

// CrashAt kills the process at the k-th checkpoint of the next run, counted from 1
// over all its invocations.
func (e *Env) CrashAt(k int, when When) *Env {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.crashes[k] = crash{when: when}
	return e
}

// FaultAt has the service answer the k-th checkpoint of the next run, counted as for CrashAt,
// with an error of its own. After means that the checkpoint was accepted all the same, which is
// possible only for those of 500 and 502. As after all tries of a client, the invocation ends by
// it, and another one follows; that the key can't be used fails the execution.
func (e *Env) FaultAt(k int, fault engine.Fault, when When) *Env {
	e.t.Helper()
	if when == After && !fault.MayApply() {
		e.t.Fatalf("durabletest: nothing comes of a call that is answered with %s", fault)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.crashes[k] = crash{when: when, fault: fault}
	return e
}

// crash is what becomes of a checkpoint: the process dies, or the service answers with a fault.
type crash struct {
	when  When
	fault engine.Fault      // empty: the process dies
	edit  *durable.Function // what runs in the process that follows; nil if it is what ran
}

// update is something that a workflow asks the service to record, the time-th time that it
// does so in a run: concurrent operations share checkpoints as it comes, so that the number
// of a checkpoint does not tell what is in it.
type update struct {
	operation string
	action    wire.OperationAction
	time      int
}

// crashPoint has the process die at the checkpoint in which an update stands.
type crashPoint struct {
	at update
	crash
}

// client is the service as one process sees it, which may die.
type client struct {
	env    *Env
	engine *engine.Engine
	run    *Run // nil for functions that were invoked by others
	kill   context.CancelFunc
	killed atomic.Bool
}

var errKilled = errors.New("durabletest: the process was killed")

func (c *client) dead() bool { return c.killed.Load() }

func (c *client) die() error {
	c.killed.Store(true)
	c.kill()
	return errKilled
}

func (c *client) suffer(x crash) error {
	if x.fault != "" {
		return x.fault.Err()
	}
	if x.edit != nil {
		c.env.Edit(x.edit)
	}
	return c.die()
}

// Checkpoint implements durable.Client.
func (c *client) Checkpoint(ctx context.Context, arn string, in wire.CheckpointInput) (*wire.CheckpointOutput, error) {
	if c.dead() {
		return nil, errKilled
	}
	crash, crashes := crash{}, false
	if c.run != nil {
		crash, crashes = c.run.checkpoint(in.Updates)
		c.run.covered.checkpointed(in.Updates, crash, crashes)
	}
	if crashes && crash.when == Before {
		return nil, c.suffer(crash)
	}
	out, err := c.engine.Checkpoint(ctx, arn, in)
	if crashes {
		return nil, c.suffer(crash)
	}
	if out != nil {
		out.Now = wire.TimeOf(c.engine.Now())
	}
	return out, err
}

// State implements durable.Client.
func (c *client) State(ctx context.Context, arn, token, marker string, maxItems int) (*wire.ExecutionState, error) {
	if c.dead() {
		return nil, errKilled
	}
	return c.engine.State(ctx, arn, token, marker, maxItems)
}

// StartNamed implements durable.Client: a workflow goes on as a new execution.
func (c *client) StartNamed(_ context.Context, function, name, input string) error {
	if c.dead() {
		return errKilled
	}
	e := c.env
	e.mu.Lock()
	defer e.mu.Unlock()
	// The lock is held until the new run is known, as in Start.
	out, err := c.engine.StartExecution(context.Background(), engine.StartInput{Function: function, Name: name, Input: &input})
	if err == nil && c.run != nil && e.runs[out.ARN] == nil {
		next := &Run{ARN: out.ARN, env: e, first: c.run.first, opened: make(chan struct{})}
		c.run.next, e.runs[out.ARN] = next, next
	}
	return err
}

// EveryBoundary runs a workflow once undisturbed, and then once for every
// checkpoint of that run and each side of it, with the process killed there: where the
// checkpoint is made that records what that one recorded first. Each of
// these runs has to end like the first: with the same status, result and error type.
// Times in results are not compared, since a run that died takes longer; results are
// not compared at all after [Env.ResultVaries].
//
// setup makes a new environment for each run. check, if not nil, is called for every
// run, the first one too: to look at effects.
func EveryBoundary(t *testing.T, setup func(t testing.TB) *Env, input any, check func(t testing.TB, run *Run)) {
	t.Helper()
	var want *engine.Execution
	var boundaries []update
	if !t.Run("undisturbed", func(t *testing.T) {
		run := setup(t).Run(input)
		want, boundaries = run.Last().Execution(), run.boundaries()
		if check != nil {
			check(t, run)
		}
	}) {
		return
	}
	for i, at := range boundaries {
		k := i + 1
		for _, when := range []When{Before, After} {
			t.Run(fmt.Sprintf("%s_%d", when, k), func(t *testing.T) {
				env := setup(t)
				if at.operation == "" {
					env.CrashAt(k, when)
				} else {
					env.crash = &crashPoint{at, crash{when: when}}
				}
				env.fewerCheckpoints = true
				run := env.Run(input)
				got := run.Last().Execution()
				alike := run.env.resultVaries || timeless(got.Result) == timeless(want.Result)
				if got.Status != want.Status || !alike || errorType(got.Error) != errorType(want.Error) {
					t.Errorf("ended %s, %s %s; undisturbed %s, %s %s", got.Status, text(got.Result), errorType(got.Error),
						want.Status, text(want.Result), errorType(want.Error))
				}
				if check != nil {
					check(t, run)
				}
				if t.Failed() {
					t.Logf("killed %s checkpoint %d:\n%s", when, k, run.Last().shownOnce())
				}
			})
		}
	}
}

var timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)

// timeless is a result without the moments in it.
func timeless(s *string) string { return timestamp.ReplaceAllString(text(s), "<time>") }

func text(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

func errorType(e *wire.ErrorObject) string {
	if e == nil {
		return ""
	}
	return e.ErrorType
}
