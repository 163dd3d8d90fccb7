package durabletest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Rehearse replays the history of an execution with a function, and does nothing: no body of
// a step runs. So a test tells whether what runs in production survives an edit:
//
//	r := durabletest.Rehearse(t, function, durabletest.ReadHistory(t, "testdata/order-1001.json"))
//	if r.Divergence != nil {
//		t.Error(r.Divergence)
//	}
//
// A history that lacks data, or its beginning, fails the test: nothing can be known then.
func Rehearse(t testing.TB, f *durable.Function, history []wire.Event) *durable.Rehearsal {
	t.Helper()
	operations, missing := execution.Record(history)
	if len(missing) > 0 {
		t.Fatalf("durabletest: the history lacks what a replay needs (read it with its data): %s", strings.Join(missing[:min(len(missing), 3)], "; "))
	}
	name := f.Definition().Name
	r := f.Rehearse(context.Background(), wire.InvocationInput{
		DurableExecutionArn:   fmt.Sprintf("arn:aws:lambda:us-east-1:000000000000:function:%s:$LATEST/durable-execution/rehearsal/0", name),
		InitialExecutionState: wire.ExecutionState{Operations: operations},
	})
	if r.Lost != "" {
		t.Fatalf("durabletest: the history can't be replayed: %s", r.Lost)
	}
	return r
}

// ReadHistory reads a history that `durablegen history --json` has saved, or the AWS CLI's
// `get-durable-execution-history --include-execution-data`.
func ReadHistory(t testing.TB, path string) []wire.Event {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	events, err := execution.ParseHistory(text)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return events
}
