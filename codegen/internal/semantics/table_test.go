package semantics

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/codegen/internal/semantics/after"
	"github.com/durablegen/durablegen/codegen/internal/semantics/before"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// edit is an edit of a workflow whose execution waits at its gate, and what comes of it.
type edit struct {
	workflow string
	input    any
	want     string   // the end; of one that breaks, what its message says of both sides
	acts     string   // what the steps did, sorted
	undid    []string // what was taken back, in order
}

// table is what docs/reference/identity.md says of edits, by its rows: what goes on, and
// what breaks.
var table = map[string][]edit{
	"add, remove or reorder operations in a scope": {{workflow: "moves", want: `"abaddedd"`, acts: "a added b d gone"}},
	"add a `catch`, or a case or `else` of a `select`; change policies, limits, arguments, names of variables": {
		{workflow: "policies", input: []string{"x", "y"}, want: `"xylast xy"`, acts: "last xy x y"},
		{workflow: "selects", want: `"gate"`},
		{workflow: "waits", want: `"gate"`},
	},
	"rename with `was`, or keep the old name with `as`": {
		{workflow: "renames", want: `"ainner"`, acts: "a inner"},
		{workflow: "relabels", want: `"a"`, acts: "a"},
		{workflow: "keepsName", want: `"a"`, acts: "a"},
	},
	"rename what a labelled operation calls, with `was` and its old name": {
		{workflow: "rehires", want: `Bad {"code":1}`, acts: "a0 a1", undid: []string{"a1", "a0"}},
	},
	"reorder branches; turn a group into a call of the same name": {
		{workflow: "branches", want: `"abcd"`, acts: "a b c d"},
		{workflow: "whole", want: `Bad {"code":1}`, acts: "a", undid: []string{"a"}},
	},
	"add an optional field or one with a default, remove a field, add an enum name": {{workflow: "types", want: `"n none other"`}},
	"change conditions, lists of loops, pure functions": {
		{workflow: "decides", input: []string{"x", "y"}, want: `"many"`, acts: "many x y"},
		{workflow: "redecides", input: []string{"x", "y"}, want: `"FEW"`, acts: "FEW many"},
	},
	"add, remove or move an `again`; change its arguments": {{workflow: "continues", input: 1, want: `"a2"`, acts: "a1 a2"}},
	"remove an `undo`": {{workflow: "losesUndo", want: `Bad {"code":1}`, acts: "a"}},
	"add an `undo`":    {{workflow: "gainsUndo", want: `Bad {"code":1}`, acts: "a b", undid: []string{"a"}}},
	"`at most once` to `at least once`": {
		{workflow: "loosens", want: `"a"`, acts: "a"}, // and TestEdits1UnderWay
	},
	"make a step `stored`, or not": {{workflow: "keeps", want: `200000`}},
	"name another step in an `undo`": {
		{workflow: "undone", want: `Bad {"code":1}`, acts: "a b", undid: []string{"b"}},
		{workflow: "undoes", want: `"undo of act" … a CONTEXT (RunInChildContext) named "recall", STARTED … a CONTEXT (RunInChildContext) named "takeBack"; … was "recall"`, acts: "a"},
	},
	"rename without `was`; move across the border of a group, branch, item or loop": {
		{workflow: "renamesBadly", want: `"A"`, acts: "A a"},
		{workflow: "borders", input: []string{"x"}, want: `"done"`, acts: "g out of the group out of the loop x"},
	},
	"call something else under a kept label": {
		{workflow: "replaced", want: `a STEP named "pay" that calls "act", SUCCEEDED … a STEP named "pay" that calls "other"; … was "act"`, acts: "a"},
		{workflow: "replacedFar", want: `identifier" that calls "act", SUCCEEDED … that calls "other"; … was "act"`, acts: "a"},
		{workflow: "dropsLabel", want: `a STEP named "other" that calls "act", SUCCEEDED … a STEP named "other" that calls "other"`, acts: "a"},
		{workflow: "wins", want: `a select that case "first" has won, which called "seen" and calls "spied"`},
	},
	"another kind under a kept name": {{workflow: "kinds", want: `a STEP named "thing" that calls "act", SUCCEEDED … a WAIT named "thing"`, acts: "a"}},
	"a new required field, another result type, an enum name less": {
		{workflow: "retypes", want: `a STEP named "note" … a STEP named "note"`},
		{workflow: "grows", want: `a STEP named "grown", SUCCEEDED with a result that does not decode: field "more" is missing`},
		{workflow: "narrows", want: `a STEP named "shade", SUCCEEDED with a result that does not decode: "green"`},
	},
	"a new required field of an error": {{workflow: "enriches", want: `a STEP named "late", FAILED with Late, whose data does not decode: field "code" is missing`}},
	"a branch more in a `parallel` that has ended; remove the case or `else` that has won": {
		{workflow: "ended", want: `it has nothing of "c"`, acts: "a b"},
		{workflow: "winner", want: `a select that case "first" (0) has won`},
		{workflow: "looked", want: `a select that case "else" (1) has won`},
	},
	"an operation more in a group, call or batch that has ended and is entered again for its undos": {
		{workflow: "entered", want: `nothing, in a context that has ended … a STEP named "b"`, acts: "a"},
	},
	"no longer fail where an undo has begun":      {{workflow: "recovers", want: `"undo of act": a CONTEXT`, acts: "a", undid: []string{"a"}}},
	"a parameter more of a workflow that has one": {{workflow: "widens", input: "a", want: `an input that does not decode`, acts: "a"}},
}

// Rules 1 to 4, row by row of the table that tells people of them.
func TestEdits1And2And3And4Table(t *testing.T) {
	page, err := os.ReadFile("../../../docs/reference/identity.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(page), "| edit | running executions |\n|---|---|\n")
	rows, _, _ = strings.Cut(rows, "\n\n")
	told := map[string]bool{}
	for _, row := range strings.Split(rows, "\n") {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		if len(cells) != 2 || table[cells[0]] == nil {
			t.Errorf("no test holds the row %q", row)
			continue
		}
		told[cells[0]] = true
		t.Run(cells[0], func(t *testing.T) {
			broke := false
			for _, e := range table[cells[0]] {
				broke = e.run(t) || broke
			}
			if says := strings.Contains(cells[1], "break"); says != broke {
				t.Errorf("the page says %q", cells[1])
			}
		})
	}
	for row := range table {
		if !told[row] {
			t.Errorf("the page has no row %q", row)
		}
	}
}

// run reports whether the execution has broken.
func (e edit) run(t *testing.T) (broke bool) {
	t.Helper()
	run, j := edited(t, e.workflow, e.input, false)
	failure := run.Error()
	if broke = failure != nil && failure.ErrorType == "NonDeterministicExecutionError"; broke {
		rest := failure.ErrorMessage
		for _, part := range strings.Split(e.want, " … ") {
			_, after, found := strings.Cut(rest, part)
			if !found {
				t.Errorf("%s: got %q, want %q", e.workflow, failure.ErrorMessage, e.want)
				break
			}
			rest = after
		}
	} else if got := end(run); got != e.want {
		t.Errorf("%s: got %s, want %s\n%s", e.workflow, got, e.want, run.History())
	}
	slices.Sort(j.acts)
	if got := strings.Join(j.acts, " "); got != e.acts {
		t.Errorf("%s: the steps did %q, want %q\n%s", e.workflow, got, e.acts, run.History())
	}
	if !slices.Equal(j.undo, e.undid) {
		t.Errorf("%s: taken back was %q, want %q", e.workflow, j.undo, e.undid)
	}
	return broke
}

// A step that was to run at most once, and may run again since an edit, is run again where
// the edit came while it ran.
func TestEdits1UnderWay(t *testing.T) {
	for _, test := range []struct {
		edited bool
		want   string
	}{{false, `"interrupted"`}, {true, `"A"`}} {
		j := &journal{}
		env := durabletest.New(t, named(t, before.Workflows(stepsBefore{j}), "loosens"))
		env.Answer("gate", durabletest.Succeed(nil))
		env.CrashAt(2, durabletest.Before)
		if test.edited {
			j.during = func() { env.Edit(named(t, after.Workflows(stepsAfter{j}), "loosens")) }
		}
		run := env.Run(nil)
		if got := end(run); got != test.want || test.edited && fmt.Sprint(j.acts) != "[a A]" {
			t.Errorf("got %s, did %v\n%s", got, j.acts, run.History())
		}
	}
}
