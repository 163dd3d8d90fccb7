package world

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Stop is an execution that was stopped somewhere, and what a rehearsal with the edited
// workflow says of it.
type Stop struct {
	Case       int
	Events     int // of its history, so far
	Record     []Stopped
	Divergence string
	Late       []string // what would run late
	Again      []string // what would be done once more
	CutOff     []string // steps of which an attempt was under way, and would be made once more
	Lost       string
}

// Stopped is an operation that is on record where an execution was stopped.
type Stopped struct {
	ID    string
	Ended bool
}

// Rehearse runs the cases of the working directory on the workflows of the old version,
// stops each at a number of places, and rehearses the new version there.
func Rehearse(t *testing.T, errorOf func(Reply) error, old, edited func(*Stage) []*durable.Function, places int) {
	data, err := os.ReadFile(CasesFile)
	if err != nil {
		t.Skip("nothing to run")
	}
	var cases []Case
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	out := []*Stop{}
	for i, c := range cases {
		stage := &Stage{Seed: c.Seed, Errors: errorOf}
		run := start(t, stage, c, nil, false, old)
		run.Wait()
		again := map[string]bool{} // contexts that are entered again, of which events do not tell
		for _, op := range run.Operations() {
			again[op.Id] = op.ContextDetails != nil && op.ContextDetails.ReplayChildren
		}
		var f *durable.Function
		for _, g := range edited(stage) {
			if g.Definition().Name == c.Workflow {
				f = g
			}
		}
		events := run.Events()
		r := rand.New(rand.NewPCG(c.Seed, 12))
		for range places {
			n := 1 + r.IntN(len(events))
			if k := events[n-1].EventType; k == wire.EventExecutionSucceeded || k == wire.EventExecutionFailed {
				n--
			}
			out = append(out, stopped(i, n, events[:n], again, f))
		}
	}
	if data, err = json.Marshal(out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ObservationsFile, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func stopped(i, n int, events []wire.Event, again map[string]bool, f *durable.Function) *Stop {
	s := &Stop{Case: i, Events: n}
	operations, missing := execution.Record(events)
	if len(missing) > 0 {
		s.Lost = missing[0]
		return s
	}
	for k := range operations {
		op := &operations[k]
		if d := op.ContextDetails; d != nil && op.Status == wire.StatusSucceeded {
			d.ReplayChildren = again[op.Id]
		}
		if op.Type != wire.TypeExecution {
			s.Record = append(s.Record, Stopped{op.Id, op.Status.Terminal()})
		}
	}
	r := f.Rehearse(context.Background(), wire.InvocationInput{
		DurableExecutionArn:   "arn:aws:lambda:us-east-1:000000000000:function:w:$LATEST/durable-execution/rehearsal/0",
		InitialExecutionState: wire.ExecutionState{Operations: operations},
	})
	if r.Lost != "" {
		s.Lost = r.Lost
	}
	if r.Divergence != nil {
		s.Divergence = r.Divergence.Error()
	}
	for _, o := range r.Next {
		if slices.ContainsFunc(operations, func(op wire.Operation) bool {
			return op.Id == o.ID && op.Type == wire.TypeStep && op.Status == wire.StatusStarted
		}) {
			s.CutOff = append(s.CutOff, o.ID)
		}
		switch {
		case o.Again != "":
			s.Again = append(s.Again, o.ID+" of "+o.Again)
		case o.Late:
			s.Late = append(s.Late, o.ID)
		}
	}
	return s
}
