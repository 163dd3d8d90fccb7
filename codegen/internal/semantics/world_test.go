package semantics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/wire"
)

// world is Steps as a test wants them. Its script says by step and argument, or by
// the argument alone, what each attempt does: an error fails, a string is the result, a
// function is called; the last entry counts for all attempts after it. What has no
// entry gives its own name.
type world struct {
	script script

	mu    sync.Mutex
	calls []string

	spoilt []int
}

type (
	script map[string][]any
	object = map[string]any
	during = func(ctx context.Context) (string, error)
)

func (w *world) call(ctx context.Context, step, what string) (string, error) {
	w.mu.Lock()
	w.calls = append(w.calls, step+" "+what)
	w.mu.Unlock()
	entries := w.script[step+" "+what]
	if entries == nil {
		entries = w.script[what]
	}
	if len(entries) == 0 {
		return what, nil
	}
	switch e := entries[min(max(durable.Attempt(ctx), 1), len(entries))-1].(type) {
	case error:
		return "", fmt.Errorf("wrapped: %w", e)
	case string:
		return e, nil
	case during:
		return e(ctx)
	}
	panic("no entry of a script")
}

func (w *world) Act(ctx context.Context, what string) (string, error) {
	return w.call(ctx, "act", what)
}

func (w *world) Read(ctx context.Context, what string) (string, error) {
	return w.call(ctx, "read", what)
}

func (w *world) Once(ctx context.Context, what string) (string, error) {
	return w.call(ctx, "once", what)
}

func (w *world) Undo(ctx context.Context, what string) error {
	_, err := w.call(ctx, "undo", what)
	return err
}

func (w *world) Count(_ context.Context, _ string, before int) (int, error) { return before + 1, nil }

// Look spoils what it is given, which nobody may notice.
func (w *world) Look(ctx context.Context, what string, before *Item) (Item, error) {
	out := Item{Name: "first", N: 1}
	if before != nil {
		out = Item{Name: before.Name + "+", N: before.N + 1}
		before.N = 100
	}
	_, err := w.call(ctx, "look", what)
	return out, err
}

func (w *world) Ask(ctx context.Context, _, what string) error {
	_, err := w.call(ctx, "ask", what)
	return err
}

func (w *world) Put(ctx context.Context, what string) (string, error) {
	return w.call(ctx, "put", what)
}

func (w *world) Agree(ctx context.Context, _ string) error { return nil }

func (w *world) Sign(ctx context.Context, _ string) error { return nil }

func (w *world) Echo(_ context.Context, all All) (All, error) { return all, nil }

// Spoil writes to its argument, and at the next call to what it gave before.
func (w *world) Spoil(_ context.Context, list []int) ([]int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.spoilt {
		w.spoilt[i] = -1
	}
	w.spoilt = append([]int{len(list)}, list...)
	for i := range list {
		list[i] = -2
	}
	return w.spoilt, nil
}

func (w *world) Give(ctx context.Context, what string) (All, error) {
	text, err := w.call(ctx, "give", what)
	if err != nil {
		return All{}, err
	}
	var all All
	err = json.Unmarshal([]byte(text), &all)
	return all, err
}

// effects gives the calls of one step in their order.
func (w *world) effects(step string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, call := range w.calls {
		if what, ok := strings.CutPrefix(call, step+" "); ok {
			out = append(out, what)
		}
	}
	return out
}

// undone gives what was undone, each once, in the order of its first time: a process that
// died may have done it twice.
func (w *world) undone() string {
	var out []string
	for _, what := range w.effects("undo") {
		if !slices.Contains(out, what) {
			out = append(out, what)
		}
	}
	return strings.Join(out, ", ")
}

func items(list ...any) []object {
	out := []object{}
	for i := 0; i < len(list); i += 2 {
		out = append(out, object{"name": list[i], "n": list[i+1]})
	}
	return out
}

var (
	bad   = &BadError{Code: 5}
	worse = &WorseError{}
	oops  = errors.New("oops")
)

func badWith(code int) error { return &BadError{Code: code} }

// answers are those of callbacks by name.
type answers map[string][]durabletest.Answer

// scenario is an execution to look at.
type scenario struct {
	workflow string
	input    any
	script   script
	answers  answers
	remote   func() (any, error)
	// change, if not nil, changes the function.
	change func(*durable.Definition)
	// varies: the result depends on where a process dies.
	varies bool
	// published: it runs on a published version, whose code can't have changed.
	published bool
}

func (s scenario) setup(t testing.TB) (*durabletest.Env, *world) {
	w := &world{script: s.script}
	var f *durable.Function
	for _, candidate := range Workflows(w) {
		if candidate.Definition().Name == s.workflow {
			f = candidate
		}
	}
	if f == nil {
		t.Fatalf("no workflow %s", s.workflow)
	}
	if s.change != nil {
		f = f.With(s.change)
	}
	env := durabletest.New(t, f)
	for name, list := range s.answers {
		env.Answer(name, list...)
	}
	env.Target("remote:live", func(in json.RawMessage) (any, error) {
		if s.remote != nil {
			return s.remote()
		}
		return strings.Trim(string(in), `"`), nil
	})
	if s.published {
		env.Published()
	}
	if s.varies {
		env.ResultVaries()
	}
	return env, w
}

// run runs it once.
func (s scenario) run(t testing.TB) (*durabletest.Run, *world) {
	t.Helper()
	env, w := s.setup(t)
	return env.Run(s.input), w
}

// once runs it once and expects an end.
func (s scenario) once(t *testing.T, want string) (*durabletest.Run, *world) {
	t.Helper()
	run, w := s.run(t)
	if got := end(run); got != want {
		t.Errorf("got  %s\nwant %s\n%s", got, want, run.History())
	}
	return run, w
}

// everywhere runs it undisturbed and with a crash on both sides of every checkpoint, and
// expects the same end each time. check, if not nil, looks at each of these runs.
func (s scenario) everywhere(t *testing.T, want string, check func(t testing.TB, run *durabletest.Run, w *world)) {
	t.Helper()
	var w *world
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
		var env *durabletest.Env
		env, w = s.setup(t)
		return env
	}, s.input, func(t testing.TB, run *durabletest.Run) {
		t.Helper()
		if got := end(run); got != want && !s.varies {
			t.Errorf("got  %s\nwant %s\n%s", got, want, run.History())
		}
		if check != nil {
			check(t, run, w)
		}
	})
}

// undoes is a check for everywhere: what is undone, in which order.
func undoes(want string) func(testing.TB, *durabletest.Run, *world) {
	return func(t testing.TB, run *durabletest.Run, w *world) {
		t.Helper()
		if got := w.undone(); got != want {
			t.Errorf("undone %q, want %q\n%s", got, want, run.History())
		}
	}
}

// end gives the result of a workflow, or the type of its error and its data, or for an
// unexpected one its message.
func end(run *durabletest.Run) string {
	x := run.Last().Execution()
	switch {
	case x.Status != wire.ExecutionSucceeded && x.Error == nil:
		return string(x.Status)
	case x.Error != nil && declared(x.Error) && x.Error.ErrorData != "":
		return x.Error.ErrorType + " " + x.Error.ErrorData
	case x.Error != nil && declared(x.Error):
		return x.Error.ErrorType
	case x.Error != nil:
		return x.Error.ErrorType + ": " + x.Error.ErrorMessage
	case x.Result == nil:
		return ""
	}
	return *x.Result
}

func declared(e *wire.ErrorObject) bool { return e.ErrorType == "Bad" || e.ErrorType == "Worse" }

// ids gives the IDs of all operations, sorted.
func ids(run *durabletest.Run) []string {
	var out []string
	for _, op := range run.Operations() {
		if op.Type != wire.TypeExecution {
			out = append(out, op.Id)
		}
	}
	slices.Sort(out)
	return out
}

// operation gives an operation by its ID.
func operation(t testing.TB, run *durabletest.Run, id string) wire.Operation {
	t.Helper()
	for _, op := range run.Operations() {
		if op.Id == id {
			return op
		}
	}
	t.Fatalf("no operation %s among %v", id, ids(run))
	return wire.Operation{}
}

func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
