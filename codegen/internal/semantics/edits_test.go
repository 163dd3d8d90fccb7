package semantics

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/codegen/internal/semantics/after"
	"github.com/durablegen/durablegen/codegen/internal/semantics/before"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// journal is what the steps of both builds have done.
type journal struct {
	mu   sync.Mutex
	acts []string
	undo []string

	during func() // called by the body of `once`
}

func (j *journal) act(what string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.acts = append(j.acts, what)
	return what
}

func (j *journal) Undo(_ context.Context, what string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.undo = append(j.undo, what)
	return nil
}

func (j *journal) Seen(_ context.Context, what string) (string, error)  { return what, nil }
func (j *journal) Spied(_ context.Context, what string) (string, error) { return what, nil }

func (j *journal) Other(_ context.Context, what string) (string, error) { return j.act(what), nil }
func (j *journal) Forget(_ context.Context, what string) error {
	j.act("forgot " + what)
	return nil
}

func (j *journal) Once(_ context.Context, what string) (string, error) {
	if j.during != nil {
		j.during()
	}
	return j.act(what), nil
}

func (j *journal) Act(_ context.Context, what string) (string, error) { return j.act(what), nil }
func (j *journal) Gate(context.Context, string) error                 { return nil }

type stepsBefore struct{ *journal }

// Page and Leaf give more than a record takes where results are stored.
func (*journal) Page(context.Context) (string, error) { return strings.Repeat("p", 100_000), nil }
func (*journal) Leaf(context.Context) (string, error) { return strings.Repeat("l", 100_000), nil }

func (stepsBefore) Note(_ context.Context, what string) (before.Note, error) {
	return before.Note{Text: what, Dropped: 1}, nil
}
func (stepsBefore) Grown(context.Context) (before.Grown, error) {
	return before.Grown{Text: "small"}, nil
}
func (stepsBefore) Shade(context.Context) (before.Shade, error) { return before.ShadeGreen, nil }
func (stepsBefore) Late(context.Context) (string, error)        { return "", &before.LateError{By: "act"} }
func (stepsBefore) State(context.Context) (before.State, error) { return before.StateOther, nil }

type stepsAfter struct{ *journal }

func (stepsAfter) Note(_ context.Context, what string) (after.Note, error) {
	return after.Note{Text: what, Added: new("new")}, nil
}
func (stepsAfter) Grown(context.Context) (after.Grown, error) {
	return after.Grown{Text: "large", More: 1}, nil
}
func (stepsAfter) Shade(context.Context) (after.Shade, error) { return after.ShadeRed, nil }
func (stepsAfter) Late(context.Context) (string, error) {
	return "", &after.LateError{By: "act", Code: 1}
}
func (stepsAfter) State(context.Context) (after.State, error) { return after.StateAdded, nil }
func (stepsAfter) Fresh(context.Context, string) (after.Retyped, error) {
	return after.Retyped{Text: 7}, nil
}

// values are the results that are stored: rehearsals read them, too.
var values store.Memory

func named(t testing.TB, list []*durable.Function, name string) *durable.Function {
	for _, f := range list {
		if f.Definition().Name == name {
			return f.With(func(def *durable.Definition) { def.Store = &values })
		}
	}
	t.Fatalf("no workflow %s", name)
	return nil
}

// edited begins an execution with the workflow of package before, suspends it at its gate,
// and goes on with that of package after.
func edited(t testing.TB, name string, input any, published bool) (*durabletest.Run, *journal) {
	j := &journal{}
	env := durabletest.New(t, named(t, before.Workflows(stepsBefore{j}), name))
	if published {
		env.Published()
	}
	run, _ := through(t, env, named(t, after.Workflows(stepsAfter{j}), name), input)
	return run, j
}

// gateway is what is on record of an execution at its gate.
type gateway struct {
	operations []wire.Operation
	events     []wire.Event
}

// through begins an execution, and goes on with another build once it is suspended at its
// gate. at is what was on record then.
func through(t testing.TB, env *durabletest.Env, edited *durable.Function, input any) (run *durabletest.Run, at gateway) {
	env.Answer("gate", durabletest.Later())
	run = env.Start(input)
	gate := run.AwaitCallback("gate", 0)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := env.Engine().Idle(ctx); err != nil {
		t.Fatal(err)
	}
	at = gateway{run.Operations(), run.Events()}
	env.Edit(edited)
	run.Succeed(gate, nil)
	run.Wait()
	return run, at
}

// What an edit does to executions that were running: rules 1, 2 and 3.
func TestEdits1And2And3(t *testing.T) {
	for _, test := range []struct {
		name  string
		input any
		want  string
		acts  string // what the steps did, those of before the edit first
	}{
		// Each operation finds its record; what is new runs, what is gone is left.
		{"moves", nil, `"abaddedd"`, "a added b d gone"},
		{"renames", nil, `"ainner"`, "a inner"},
		{"renamesBadly", nil, `"A"`, "A a"},
		{"types", nil, `"n none other"`, ""},
		{"branches", nil, `"abcd"`, "a b c d"},
		{"policies", []string{"x", "y"}, `"xylast xy"`, "last xy x y"},
		// Across the border of a loop or a group an operation has another identity.
		{"borders", []string{"x"}, `"done"`, "g out of the group out of the loop x"},
		{"selects", nil, `"gate"`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			run, j := edited(t, test.name, test.input, false)
			if got := end(run); got != test.want {
				t.Errorf("got %s, want %s\n%s", got, test.want, run.History())
			}
			slices.Sort(j.acts)
			if got := strings.Join(j.acts, " "); got != test.acts {
				t.Errorf("the steps did %q, want %q", got, test.acts)
			}
		})
	}
}

// A group and a call of the same name are the same context, undos included.
func TestEdits2GroupBecomesCall(t *testing.T) {
	run, j := edited(t, "whole", nil, false)
	if got := end(run); got != `Bad {"code":1}` || fmt.Sprint(j.acts, j.undo) != "[a] [a]" {
		t.Errorf("got %s, did %v, undid %v\n%s", got, j.acts, j.undo, run.History())
	}
}

// Identity 5: an operation under way keeps the name on its record.
func TestIdentity5RecordedName(t *testing.T) {
	run, _ := edited(t, "renames", nil, false)
	for id, name := range map[string]string{"act": "act", "part": "part", "part-gate": "gate", "part-act": "action"} {
		if op := operation(t, run, id); op.Name != name {
			t.Errorf("%s is named %q, want %q", id, op.Name, name)
		}
	}
}

// Another kind, result or undo under a kept name is a divergence, which names both sides,
// undoes nothing and is caught by nothing.
func TestEdits4Diverge(t *testing.T) {
	for _, test := range []struct {
		name, recorded, wanted string
	}{
		{"kinds", `a STEP named "thing" that calls "act", SUCCEEDED`, `a WAIT named "thing"`},
		{"retypes", `a STEP named "note", SUCCEEDED`, `a STEP named "note"`},
		{"recovers", `"undo of act": a CONTEXT (RunInChildContext) named "undo act"`, "at its end"},
		{"ended", `SUCCEEDED with a result that does not decode: it has nothing of "c"`, `a CONTEXT (Parallel) named "parallel"`},
		{"winner", `a select that case "first" (0) has won`, `a CONTEXT (RunInChildContext) named "select"`},
		{"entered", "nothing, in a context that has ended", `a STEP named "b"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			run, _ := edited(t, test.name, nil, false)
			e := run.Error()
			if e == nil || !strings.Contains(e.ErrorMessage, test.recorded) || !strings.Contains(e.ErrorMessage, test.wanted) || e.ErrorType != "NonDeterministicExecutionError" {
				t.Errorf("got %+v\n%s", e, run.History())
			}
		})
	}
}

// Identity 6: the code of a published version can't have changed, so what runs late or is
// no longer used is a divergence there.
func TestIdentity6Published(t *testing.T) {
	for _, name := range []string{"moves", "renamesBadly"} {
		run, j := edited(t, name, nil, true)
		if e := run.Error(); e == nil || e.ErrorType != "NonDeterministicExecutionError" {
			t.Errorf("%s: got %s\n%s", name, end(run), run.History())
		}
		if slices.Contains(j.acts, "added") || slices.Contains(j.acts, "A") {
			t.Errorf("%s: the steps did %v", name, j.acts)
		}
	}
	run, _ := edited(t, "types", nil, true)
	if got := end(run); got != `"n none other"` {
		t.Errorf("got %s", got)
	}
}
