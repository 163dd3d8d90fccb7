package semantics

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Items start in order, at most max of them unfinished.
func TestBatches1Max(t *testing.T) {
	var mu sync.Mutex
	running, most := 0, 0
	var started []string
	sc := script{}
	for i := range 8 {
		name := fmt.Sprint("i", i)
		sc[name] = []any{during(func(context.Context) (string, error) {
			mu.Lock()
			started = append(started, name)
			running++
			most = max(most, running)
			mu.Unlock()
			defer func() {
				mu.Lock()
				running--
				mu.Unlock()
			}()
			return name, nil
		})}
	}
	in := items("i0", 0, "i1", 0, "i2", 0, "i3", 0, "i4", 0, "i5", 0, "i6", 0, "i7", 0)
	s := scenario{workflow: "starts", input: object{"items": in, "most": 1}, script: sc}
	s.once(t, `["i0","i1","i2","i3","i4","i5","i6","i7"]`)
	if most != 1 || !slices.IsSorted(started) {
		t.Errorf("%d at a time, started %v", most, started)
	}
	s.input, most = object{"items": in, "most": 3}, 0
	s.once(t, `["i0","i1","i2","i3","i4","i5","i6","i7"]`)
	if most > 3 {
		t.Errorf("%d at a time, want 3 at most", most)
	}
}

// What can't be is refused before the first item.
func TestBatches1Refused(t *testing.T) {
	for _, test := range []scenario{
		{workflow: "starts", input: object{"items": items("a", 0), "most": 0}},
		{workflow: "starts", input: object{"items": items("a", 0), "most": -1}},
		{workflow: "minimum", input: object{"items": items("a", 0), "n": 2}},
		{workflow: "minimum", input: object{"items": items("a", 0), "n": -1}},
		{workflow: "tolerates", input: object{"items": items("a", 0), "percent": -1}},
		{workflow: "tolerates", input: object{"items": items("a", 0), "percent": 101}},
	} {
		run, w := test.run(t)
		if e := run.Error(); e == nil || e.ErrorType != "Unexpected" || len(w.calls) > 0 {
			t.Errorf("%s %v: %s after %v", test.workflow, test.input, end(run), w.calls)
		}
	}
}

// A minimum that comes out as 0 is reached before anything starts.
func TestBatches1MinimumOfNothing(t *testing.T) {
	s := scenario{workflow: "minimum", input: object{"items": items("a", 0), "n": 0}}
	s.everywhere(t, `[null]`, func(t testing.TB, run *durabletest.Run, w *world) {
		if len(w.calls) > 0 {
			t.Errorf("called %v", w.calls)
		}
	})
}

func TestBatches1Empty(t *testing.T) {
	scenario{workflow: "starts", input: object{"items": items(), "most": 3}}.everywhere(t, `[]`, nil)
	scenario{workflow: "tolerates", input: object{"items": items(), "percent": 50}}.everywhere(t, `0`, nil)
	scenario{workflow: "settles", input: object{"items": items(), "most": 0}}.
		everywhere(t, `{"succeeded":0,"failed":0,"started":0,"total":0,"reason":"ALL_COMPLETED","errors":[],"values":[]}`, nil)
}

// Steps that run are awaited and recorded; all else in a decided batch is given up, and
// no catch sees that.
func TestBatches2Decided(t *testing.T) {
	s := scenario{workflow: "decided", input: "fail", script: script{"act retries": {oops}}, answers: answers{"ask": {durabletest.Succeed("yes").After(time.Hour)}}}
	s.everywhere(t, `Bad {"code":1}`, func(t testing.TB, run *durabletest.Run, w *world) {
		for _, what := range w.effects("act") {
			if what != "retries" {
				t.Errorf("%q was done after the decision\n%s", what, run.History())
			}
		}
		if n := len(w.effects("read")); n > 2 {
			t.Errorf("%d checks", n)
		}
	})
}

// A step that runs when the batch is decided is awaited, and its result recorded.
func TestBatches2StepsAreAwaited(t *testing.T) {
	running, decided := make(chan struct{}), make(chan struct{})
	s := scenario{workflow: "starts", input: object{"items": items("bad", 0, "slow", 0), "most": 2}, script: script{
		"bad": {during(func(context.Context) (string, error) {
			<-running
			time.AfterFunc(20*time.Millisecond, func() { close(decided) })
			return "", bad
		})},
		"slow": {during(func(context.Context) (string, error) {
			close(running)
			<-decided
			return "slow", nil
		})},
	}}
	run, _ := s.once(t, `Bad {"code":5}`)
	if op := operation(t, run, "map-_i1-act"); op.Status != wire.StatusSucceeded {
		t.Errorf("the step is %s\n%s", op.Status, run.History())
	}
}

// What the last step of an item of a settled batch has done counts, though the batch is
// decided while it runs.
func TestBatches2LastStepCounts(t *testing.T) {
	decided := make(chan struct{})
	var running sync.WaitGroup
	running.Add(2)
	ends := func(result string, err error) []any {
		return []any{during(func(context.Context) (string, error) {
			running.Done()
			<-decided
			return result, err
		})}
	}
	s := scenario{workflow: "settles", input: object{"items": items("bad", 1, "slow", 2, "late", 3), "most": 0}, script: script{
		"bad": {during(func(context.Context) (string, error) {
			running.Wait()
			time.AfterFunc(20*time.Millisecond, func() { close(decided) })
			return "", bad
		})},
		"slow": ends("slow", nil),
		"late": ends("", worse),
	}}
	s.once(t, `{"succeeded":1,"failed":2,"started":0,"total":3,"reason":"FAILURE_TOLERANCE_EXCEEDED",`+
		`"errors":["0 Bad: Bad: 5","2 Worse: Worse"],"values":[null,2,null]}`)

	// Which items have begun when it is decided depends on where a process dies.
	s.script, s.varies = script{"bad": {bad}, "late": {worse}}, true
	s.everywhere(t, "", func(t testing.TB, run *durabletest.Run, w *world) {
		ended := map[string]bool{}
		for _, op := range run.Operations() {
			ended[op.Id] = op.Status.Terminal()
		}
		for item := range 3 {
			if id := fmt.Sprintf("map-_i%d", item); ended[id+"-act"] && !ended[id] {
				t.Errorf("the last step of %s has ended, and it has not\n%s", id, run.History())
			}
		}
	})
}

// What catches Interrupted is run after the decision, however it stands there.
func TestBatches2InterruptedIsCaught(t *testing.T) {
	hangs := during(func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	})
	s := scenario{workflow: "interrupted", script: script{"act bad": {bad}}}
	for _, what := range []string{"direct", "whole", "tried", "deep", "called"} {
		s.script["once "+what] = []any{hangs}
	}
	looks := []string{"called", "deep", "deeper", "direct", "tried", "whole"}
	s.everywhere(t, `Bad {"code":5}`, func(t testing.TB, run *durabletest.Run, w *world) {
		same(t, "looked for", slices.Compact(slices.Sorted(slices.Values(w.effects("read")))), looks)
	})
}

// The error is that of the first failed item in written order.
func TestBatches3FirstInOrder(t *testing.T) {
	s := scenario{workflow: "firstInOrder", input: "fail"}
	s.everywhere(t, `Bad {"code":1}`, nil)
	scenario{workflow: "firstInOrder", input: "w"}.everywhere(t, `"1 2"`, nil)
}

func TestBatches3Settled(t *testing.T) {
	s := scenario{workflow: "settles", input: object{"items": items("a", 1, "b", -2, "c", 3, "d", -4), "most": 2}, script: script{"c": {worse}}}
	// a is done, b, c and d fail, one more than is tolerated: the batch has ended, and
	// does not fail.
	s.everywhere(t, `{"succeeded":1,"failed":3,"started":0,"total":4,"reason":"FAILURE_TOLERANCE_EXCEEDED",`+
		`"errors":["1 Bad: Bad: -2","2 Worse: Worse","3 Bad: Bad: -4"],"values":[1,null,null,null]}`, nil)
	s.input = object{"items": items("a", 1, "b", -2, "c", 3, "d", -4), "most": 4}
	s.everywhere(t, `{"succeeded":1,"failed":3,"started":0,"total":4,"reason":"ALL_COMPLETED",`+
		`"errors":["1 Bad: Bad: -2","2 Worse: Worse","3 Bad: Bad: -4"],"values":[1,null,null,null]}`, nil)
}

// What fails because of the outcome of a settled batch undoes what that has left.
func TestBatches3FailsByItsOutcome(t *testing.T) {
	s := scenario{workflow: "allButOne", input: items("a", 1, "b", -2, "c", 3, "d", -4, "e", 5)}
	s.everywhere(t, `"2 of 5"`, undoes("b, d, c, a"))
	s.input = items("a", 1, "b", -2, "c", 3)
	s.everywhere(t, `"a FAILED c"`, undoes("b"))
}

func TestBatches3SettledBranches(t *testing.T) {
	s := scenario{workflow: "settlesBranches", script: script{"act bad": {badWith(3)}, "read worse": {worse}, "act inner 2": {oops}}}
	s.everywhere(t, `"SUCCEEDED good FAILED 0 FAILED SUCCEEDED Bad 1 2/4"`, nil)
}

// Two of six have begun: the counts tell that, and each status.
func TestBatches3Counts(t *testing.T) {
	s := scenario{workflow: "counts", input: items("a", 1, "b", -2, "c", 3, "d", 4, "e", 5, "f", 6)}
	s.everywhere(t, `"too many ok FAILED - - - -: 6 2 1 1 0 4 2, FAILED true 1 1"`, nil)
	s.input = items("a", 1)
	s.everywhere(t, `"ALL_COMPLETED ok: 1 1 1 0 0 0 1, FAILED true 1 1"`, nil)
}

// A switch over an item's error finds its type, its fields and that there is none, and a
// case can raise it again.
func TestBatches3SwitchOverErrors(t *testing.T) {
	s := scenario{workflow: "whatFailed", input: items("a", 1, "b", -2, "c", 3, "d", 7), script: script{"act c": {oops, oops, oops, oops, oops, oops}, "read a": {badWith(3), badWith(3), badWith(3)}}}
	s.everywhere(t, `"0 ok, 1 -1, Bad, 2 Unexpected, Error in act, !3"`, nil)
	s.input = items("d", 7)
	s.everywhere(t, `Worse`, nil)
}

func TestBatches1SettledWithoutLimits(t *testing.T) {
	s := scenario{workflow: "settlesAll", input: items("a", -1, "b", 2, "c", -3)}
	s.everywhere(t, `"1 2 0 ALL_COMPLETED FAILED SUCCEEDED"`, nil)
}

// With tolerance by percentage, each value at its own place.
func TestBatches4Tolerance(t *testing.T) {
	in := items("a", 0, "b", 0, "c", 0, "d", 0)
	for _, test := range []struct {
		percent float64
		fails   []string
		want    string
	}{
		{50, nil, "4"},
		{50, []string{"a", "c"}, "2"},
		{50, []string{"a", "b", "d"}, `Bad {"code":5}`},
		{24.9, []string{"d"}, `Bad {"code":5}`},
		{25, []string{"d"}, "3"},
		{0, nil, "4"},
		{0, []string{"b"}, `Bad {"code":5}`},
		{100, []string{"a", "b", "c", "d"}, "0"},
	} {
		t.Run(fmt.Sprint(test.percent, test.fails), func(t *testing.T) {
			sc := script{}
			for _, name := range test.fails {
				sc["read "+name] = []any{bad}
			}
			scenario{workflow: "tolerates", input: object{"items": in, "percent": test.percent}, script: sc}.everywhere(t, test.want, nil)
		})
	}
}

// A batch with a minimum abandons what is not done; failures alone do not decide.
func TestBatches5Minimum(t *testing.T) {
	in := items("late", 60, "soon", 1, "bad", 0, "sooner", 0)
	for _, test := range []struct {
		n      int
		want   string
		script script
	}{
		{2, `[null,"soon",null,"sooner"]`, script{"read bad": {bad}}},
		{3, `["late","soon",null,"sooner"]`, script{"read bad": {bad}}},
		{4, `Bad {"code":5}`, script{"read bad": {bad}}},
		{4, `["late","soon","bad","sooner"]`, nil},
	} {
		t.Run(fmt.Sprint(test.n, test.want), func(t *testing.T) {
			s := scenario{workflow: "minimum", input: object{"items": in, "n": test.n}, script: test.script}
			s.everywhere(t, test.want, func(t testing.TB, run *durabletest.Run, w *world) {
				if test.n == 2 && slices.Contains(w.effects("read"), "late") {
					t.Errorf("the loser went on\n%s", run.History())
				}
			})
		})
	}
}

// A failure inside a map inside a parallel inside a group inside a call: everything inside
// the call is undone, the rest goes on.
func TestBatches3Deep(t *testing.T) {
	for _, test := range []struct {
		input  []object
		script script
		want   string
		undone []string
	}{
		{items("a", 1, "b", 2), nil, `"first a b"`, nil},
		{items("a", 1, "b", -2, "c", 3), nil, `"first instead -2"`, []string{"a", "b", "in group", "other"}},
		{items("a", 1, "b", 2), script{"act b": {worse}}, "Worse", []string{"a", "first", "in group", "other"}},
		{items("a", 1), script{"act other": {bad}}, `"first instead 5"`, nil},
		{items("a", 1, "b", -2), script{"undo a": {oops}}, "UndoFailed: Bad: -2; not undone: deeper / g / parallel / m / map / [0] / act (undo: wrapped: oops)", []string{"a", "b", "first", "in group", "other"}},
	} {
		t.Run(test.want, func(t *testing.T) {
			s := scenario{workflow: "deep", input: test.input, script: test.script}
			s.everywhere(t, test.want, func(t testing.TB, run *durabletest.Run, w *world) {
				if test.undone == nil {
					return
				}
				undone := strings.Split(w.undone(), ", ")
				slices.Sort(undone)
				want := slices.Clone(test.undone)
				if !slices.Contains(w.effects("act"), "other") {
					// The failure has decided the parallel before this branch began.
					want = slices.DeleteFunc(want, func(s string) bool { return s == "other" })
				}
				same(t, "undone", undone, want)
			})
		})
	}
}
