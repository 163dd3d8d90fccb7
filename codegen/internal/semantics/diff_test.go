package semantics

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/codegen/internal/semantics/after"
	"github.com/durablegen/durablegen/codegen/internal/semantics/before"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/wire"
)

// program reads and checks the flows of a folder.
func program(t *testing.T, dir string) *dsl.Program {
	t.Helper()
	paths, err := filepath.Glob(dir + "/*.flow")
	if err != nil || len(paths) == 0 {
		t.Fatal(dir, err)
	}
	set := &dsl.SourceSet{}
	var files []*dsl.File
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, ds := dsl.Parse(set.Add(filepath.Base(path), text))
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		files = append(files, file)
	}
	p, ds := dsl.Check(set, files, dsl.CheckOptions{})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return p
}

// rehearse replays a record.
func rehearse(t *testing.T, f *durable.Function, record []wire.Operation) *durable.Rehearsal {
	r := f.Rehearse(context.Background(), wire.InvocationInput{
		DurableExecutionArn:   "arn:aws:lambda:us-east-1:000000000000:function:w:$LATEST/durable-execution/rehearsal/0",
		InitialExecutionState: wire.ExecutionState{Operations: record},
	})
	if r.Lost != "" {
		t.Error(r.Lost)
	}
	return r
}

// What is said of an edit, seen from where the execution stands, against what becomes of it:
// for every edit of the table, "goes on" is never wrong, and what breaks, is done again or
// runs late is told so.
func TestEdits4Verdicts(t *testing.T) {
	report := changes.Compare(program(t, "before"), program(t, "after"))
	byName := map[string]*changes.Workflow{}
	for _, w := range report.Workflows {
		byName[w.Name] = w
	}
	// What the text alone can't tell: these could break, or be done again, and do not.
	// Where it breaks behind what an execution at the gate can know of.
	later := []string{}
	milder := []string{"loosens", "winner", "undone", "losesUndo"}
	tried := 0
	for row, edits := range table {
		for _, e := range edits {
			t.Run(e.workflow, func(t *testing.T) {
				j := &journal{}
				env := durabletest.New(t, named(t, before.Workflows(stepsBefore{j}), e.workflow))
				run, record := through(t, env, named(t, after.Workflows(stepsAfter{j}), e.workflow), e.input)
				var at changes.Standing
				for _, op := range record.operations {
					if op.Type != wire.TypeExecution {
						at.Record(op.Id, op.Status.Terminal())
					}
				}
				said := at.Effect(byName[e.workflow])
				failure := run.Error()
				did := len(j.acts)
				rehearsed := rehearse(t, named(t, after.Workflows(stepsAfter{j}), e.workflow), record.operations)
				told := durabletest.Rehearse(t, named(t, after.Workflows(stepsAfter{j}), e.workflow), record.events)
				if fmt.Sprint(told.Next, told.Waiting) != fmt.Sprint(rehearsed.Next, rehearsed.Waiting) && e.workflow != "entered" {
					t.Errorf("of its history is rehearsed %+v, and of its record %+v", told, rehearsed)
				}
				if len(j.acts) != did {
					t.Errorf("the rehearsal did %v", j.acts[did:])
				}
				broke := failure != nil && failure.ErrorType == "NonDeterministicExecutionError"
				again := strings.HasPrefix(row, "rename without")
				switch {
				case rehearsed.Divergence != nil && (!broke || rehearsed.Divergence.Error() != failure.ErrorMessage),
					broke && rehearsed.Divergence == nil && !slices.Contains(later, e.workflow):
					t.Errorf("rehearsed, it %+v; and it ended with %v", rehearsed, failure)
				case again && !slices.ContainsFunc(rehearsed.Next, func(o durable.RehearsedOperation) bool { return o.Again != "" }):
					t.Errorf("rehearsed, nothing runs again: %+v", rehearsed)
				}
				switch {
				case broke != (said == changes.Breaks) && (broke || !slices.Contains(milder, e.workflow)):
					t.Errorf("it is said that it %s, and it broke: %v, %v", said, broke, failure)
				case again && said < changes.Again:
					t.Errorf("it is said that it %s, and steps have run again: %v", said, j.acts)
				}
			})
			tried++
		}
	}
	if tried < 25 {
		t.Errorf("%d edits tried", tried)
	}
}
