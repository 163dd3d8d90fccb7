package semantics

import (
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Registered by success alone, with the arguments of that moment.
func TestUndo1Arguments(t *testing.T) {
	for name, test := range map[string]struct {
		script script
		undone string
	}{
		"all": {nil, "call c, map 22, parallel 22, group 22, a b2 12, a b1 2, a1"},
		// Nothing of the first, which has only been assigned.
		"caught": {script{"act a": {bad}}, "call c, map 22, parallel 22, group 22, caught b2 12, caught b1 2"},
	} {
		t.Run(name, func(t *testing.T) {
			s := scenario{workflow: "undoArguments", input: "fail", script: test.script}
			s.everywhere(t, "Worse", func(t testing.TB, run *durabletest.Run, w *world) {
				undoes(test.undone)(t, run, w)
				if in := *operation(t, run, "remote_u").ChainedInvokeDetails.Result; in != `"r back 5 22"` {
					t.Errorf("the undo was invoked with %s", in)
				}
			})
		})
	}
}

// Arguments that can't be computed fail the scope; the catch of the operation, which has
// succeeded, does not see it.
func TestUndo1ArgumentsThatFail(t *testing.T) {
	s := scenario{workflow: "undoArgumentsFail", input: 0}
	s.everywhere(t, "Unexpected: division by zero: 10 / 0", undoes("a"))
	s.input = 2
	s.everywhere(t, `"b"`, undoes(""))
}

// At the end of the workflow undos are dropped.
func TestUndo2Dropped(t *testing.T) {
	scenario{workflow: "undoArguments", input: "w"}.everywhere(t, `"x 2 r c"`, undoes(""))
	scenario{workflow: "order", input: "w"}.everywhere(t, `"done"`, undoes(""))
}

// A scope that fails undoes itself before anything around it sees the failure.
func TestUndo2Scopes(t *testing.T) {
	for _, test := range []struct {
		input  string
		script script
		want   string
		undone string
	}{
		{"w", nil, `"first tried"`, ""},
		{"c", nil, `"first 3 tried"`, "inner c, b, a"},
		{"again", script{"act b": {badWith(7)}}, `"first caught 7"`, "a"},
		{"try", nil, `"first caught 4"`, ""}, // a try undoes nothing
		{"end", nil, "Worse", "tried, inner c, b, a, first"},
		{"end", script{"act d": {bad}}, "Worse", "inner c, b, a, tried, first"},
		{"w", script{"act after 5": {worse}, "act d": {bad}}, "Worse", "inner c, b, a, first"},
	} {
		t.Run(test.input+" "+test.want, func(t *testing.T) {
			s := scenario{workflow: "scopes", input: test.input, script: test.script}
			s.everywhere(t, test.want, func(t testing.TB, run *durabletest.Run, w *world) {
				undoes(test.undone)(t, run, w)
				if test.input != "c" {
					return
				}
				// The catch runs after the undos.
				var order []string
				for _, call := range w.calls {
					if call == "undo a" || call == "act after 3" {
						order = append(order, call)
					}
				}
				if order[0] != "undo a" || order[len(order)-1] != "act after 3" {
					t.Errorf("called %v", w.calls)
				}
			})
		})
	}
}

func TestUndo3ReverseOrder(t *testing.T) {
	s := scenario{workflow: "order", input: "fail"}
	s.everywhere(t, "Worse", undoes("7, 6, inner 5, 4cj, 4ci, 4bj, 4bi, 4aj, 4ai, 3 early, 2 late, 1"))
}

// The branches of a failing parallel undo themselves, those that still wait or ask too.
func TestUndo3BranchesOfAFailure(t *testing.T) {
	s := scenario{workflow: "branches", input: "fail", answers: answers{"ask": {durabletest.Silence()}}}
	s.everywhere(t, `Bad {"code":1}`, func(t testing.TB, run *durabletest.Run, w *world) {
		done := map[string]int{}
		for i, what := range w.effects("undo") {
			if _, ok := done[what]; !ok {
				done[what] = i
			}
		}
		for _, what := range []string{"done", "f", "w", "q", "before"} {
			if _, ok := done[what]; !ok {
				t.Errorf("%q was not undone: %v\n%s", what, w.calls, run.History())
			}
		}
		if done["before"] < done["done"] || done["done"] < done["f"] || done["done"] < done["w"] {
			t.Errorf("undone in the order %v", w.effects("undo"))
		}
		for _, call := range w.calls {
			if call == "act never" {
				t.Error("a stopped branch went on")
			}
		}
	})
	scenario{workflow: "branches", input: "w", answers: answers{"ask": {durabletest.Succeed("yes").After(time.Minute)}}}.
		everywhere(t, `"before done fails waits yes"`, undoes(""))
}

// An undo is an operation of the scope that runs it, under the ID of what it undoes.
func TestUndo4Identity(t *testing.T) {
	run, _ := scenario{workflow: "order", input: "fail"}.run(t)
	for id, parent := range map[string]string{
		"act_u": "", "replaced_u": "", "g-act_u": "", "g-part-act_u": "",
		"map-_i1-act_i0_u": "", "parallel-late-act_u": "",
	} {
		if op := operation(t, run, id); op.ParentId != parent {
			t.Errorf("the parent of %s is %q, want %q", id, op.ParentId, parent)
		}
	}
	run, _ = scenario{workflow: "scopes", input: "c"}.run(t)
	for _, id := range []string{"g-act_u", "g-inner-act_u", "g-part-act_u"} {
		if op := operation(t, run, id); op.ParentId != "g" {
			t.Errorf("the parent of %s is %q, want g", id, op.ParentId)
		}
	}
}

// If an undo fails, the others still run.
func TestUndo5Fails(t *testing.T) {
	for _, test := range []struct {
		name   string
		script script
		want   string
		undone string
	}{
		{"none", nil, `Bad {"code":1}`, "c, b, a"},
		{"one", script{"undo b": {bad}}, `"g: Bad: 1; not undone: g / b (Bad: 5)"`, "c, b, a"},
		{"two", script{"undo b": {bad}, "undo a": {oops}}, `"g: Bad: 1; not undone: g / b (Bad: 5), g / act (undo: wrapped: oops)"`, "c, b, a"},
		{"one that is caught", script{"undo c": {bad}}, `Bad {"code":1}`, "c, b, a"},
		{"in a block", script{"undo c": {oops}}, `"g: Bad: 1; not undone: g / c (undo: wrapped: oops)"`, "c, b, a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scenario{workflow: "undoFails", input: "w", script: test.script}
			s.everywhere(t, test.want, undoes(test.undone))
		})
	}
}

func TestUndo5FailsDeep(t *testing.T) {
	s := scenario{workflow: "undoFailsDeep", input: items("a", 1, "b", -2), script: script{"undo b": {oops}}}
	s.everywhere(t, "UndoFailed: Bad: -2; not undone: parallel / m / map / [1] / act (undo: wrapped: oops)", undoes("b, a, first"))
}

// As many operations as undos are registered are kept for them.
func TestUndo6Reserve(t *testing.T) {
	s := scenario{workflow: "reserve", input: 100, change: func(def *durable.Definition) { def.MaxOperations = 11 }}
	const want = "Unexpected: an execution may have 11 operations, some of which are kept for undos and items; 2 more do not fit"
	s.everywhere(t, want, func(t testing.TB, run *durabletest.Run, w *world) {
		if got := w.undone(); got != "4, 3, 2, 1, 0" || len(ids(run)) > 11 {
			t.Errorf("undone %q with %d operations", got, len(ids(run)))
		}
	})
}

// Stop undoes nothing.
func TestUndo6Stop(t *testing.T) {
	env, w := scenario{workflow: "branches", input: "w", answers: answers{"ask": {durabletest.Later()}}}.setup(t)
	run := env.Start("w")
	run.AwaitCallback("ask", 0)
	run.Stop()
	run.Wait()
	if got := w.undone(); got != "" || run.Status() != wire.ExecutionStopped {
		t.Errorf("the execution is %s; undone %q", run.Status(), got)
	}
}

// Settled and tolerant batches: what has failed in them has undone itself, what has
// succeeded is undone later.
func TestUndo2SettledBatches(t *testing.T) {
	s := scenario{workflow: "settledUndos", input: items("a", 1, "b", -2)}
	s.everywhere(t, "Worse", func(t testing.TB, run *durabletest.Run, w *world) {
		got := strings.Split(w.undone(), ", ")
		// The failed ones go first, then the rest in reverse.
		same(t, "undone", got, []string{"b", "b3", "y", "whole", "a3", "a2", "a"})
	})
}

func TestUndo5Again(t *testing.T) {
	for _, test := range []struct {
		input  string
		script script
		want   string
		undone string
	}{
		{"w", nil, `"fine"`, ""},
		{"w", script{"act c": {oops}}, `"Error wrapped: oops"`, "b, a"},
		{"raise", script{"act c": {oops}}, "Error: wrapped: oops", "b, a"},
		{"w", script{"act c": {badWith(4)}}, `Bad {"code":4}`, "b, a"},
		{"w", script{"act c": {worse}, "undo b": {oops}}, `"inner Worse; not undone: outer / inner / act (undo: wrapped: oops)"`, "b, a"},
		{"w", script{"act c": {worse}, "undo a": {oops}}, `"outer Worse; not undone: outer / act (undo: wrapped: oops)"`, "b, a"},
	} {
		t.Run(test.want, func(t *testing.T) {
			s := scenario{workflow: "undoAgain", input: test.input, script: test.script}
			s.everywhere(t, test.want, undoes(test.undone))
		})
	}
}

// An undo may be a call, an invoke, or at most once where its interruption is caught.
func TestUndo5Kinds(t *testing.T) {
	s := scenario{workflow: "undoKinds", input: "w"}
	s.everywhere(t, "Worse", func(t testing.TB, run *durabletest.Run, w *world) {
		if got := w.undone(); got != "a1 w, a2 w" && got != "b interrupted, a1 w, a2 w" {
			t.Errorf("undone %q", got)
		}
		if n := len(w.effects("once")); n > 1 {
			t.Errorf("%d attempts of what is done once at most", n)
		}
		operation(t, run, "c_u")
		operation(t, run, "act_u-undo_i1")
	})
}

// A commit drops what its scope has registered, with what was handed over to it; neither
// what the scopes around have registered, nor what is registered later.
func TestUndo7Commit(t *testing.T) {
	for _, test := range []struct{ input, want, undone string }{
		{"fine", `"fine"`, ""},
		{"before", `Bad {"code":1}`, "inner c, b, a, first"},
		{"after", `Bad {"code":2}`, "d, first"},
		{"end", "Worse", "d, first"},
		{"last", "Worse", "last"},
	} {
		t.Run(test.input, func(t *testing.T) {
			scenario{workflow: "commits", input: test.input}.everywhere(t, test.want, undoes(test.undone))
		})
	}
}

// What a scope hands over is what it has not committed; an undo on the whole stands for
// all of it.
func TestUndo7Inside(t *testing.T) {
	scenario{workflow: "commitsInside", input: "w"}.everywhere(t, `"w"`, undoes(""))
	scenario{workflow: "commitsInside", input: "fail"}.everywhere(t, "Worse", undoes("m2, y, x2, whole"))
}

// A turn that has committed stays done; one that has gone on before its commit does not.
func TestUndo7Turns(t *testing.T) {
	for _, test := range []struct {
		items  []object
		want   string
		undone string
	}{
		{items("may", 1, "june", 2), "3", ""},
		{items("may", 1, "june", -2), `Bad {"code":-2}`, "june"},
		{items("may", 1, "june", 0, "july", -3), `Bad {"code":-3}`, "july, june"},
		{items("may", -1), `Bad {"code":-1}`, "may, first"},
	} {
		scenario{workflow: "commitsTurns", input: test.items}.everywhere(t, test.want, undoes(test.undone))
	}
}

// In a catch and in the body of a select a commit is that of the scope around, in an undo
// of what the undo does.
func TestUndo7Places(t *testing.T) {
	for _, test := range []struct {
		name, input string
		script      script
		want        string
		undone      string
	}{
		{"nowhere", "w", nil, "Worse", "d, c, a"},
		{"catch", "w", script{"act b": {bad}}, "Worse", "d, c"},
		{"select", "select", nil, "Worse", "d"},
		{"undo", "select", script{"undo d": {oops}}, "UndoFailed: Worse; not undone: d (undo: wrapped: oops)", "d, inner more"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scenario{workflow: "commitsPlaces", input: test.input, script: test.script}
			s.everywhere(t, test.want, undoes(test.undone))
		})
	}
}

// A stopped item has come to its commit or it has not, whatever ends while it is undone.
func TestUndo7Stopped(t *testing.T) {
	for input, undone := range map[string]string{"passed": "", "w": "a"} {
		s := scenario{workflow: "commitsStopped", input: input, script: script{"undo a": {oops, oops, "done"}}}
		s.everywhere(t, "Worse", func(t testing.TB, run *durabletest.Run, w *world) {
			undoes(undone)(t, run, w)
			if attempts := len(w.effects("undo")); undone != "" && attempts < 3 {
				t.Errorf("undone in %d attempts", attempts)
			}
		})
	}
}

// A commit is no operation, and gives back the room that was kept for what it drops.
func TestUndo7Reserve(t *testing.T) {
	s := scenario{workflow: "commitsReserve", input: 100, change: func(def *durable.Definition) { def.MaxOperations = 11 }}
	const want = "Unexpected: an execution may have 11 operations, some of which are kept for undos and items; 2 more do not fit"
	s.everywhere(t, want, func(t testing.TB, run *durabletest.Run, w *world) {
		if got := w.undone(); got != "" || len(w.effects("act")) < 10 || len(ids(run)) > 11 {
			t.Errorf("undone %q with operations %v", got, ids(run))
		}
	})
}
