package world

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Stop is an execution that was stopped somewhere, what a rehearsal with the edited workflow
// says of it, and what really became of it when that went on.
type Stop struct {
	Case   int
	Crash  string // where the process died of which the next one was of the edited workflow
	Record []Stopped
	// Of the rehearsal:
	Divergence string
	Late       []string // what would run late
	Again      []string // what would be done once more
	CutOff     []string // steps of which an attempt was under way, and would be made once more
	Lost       string
	// Repeated are steps that were done once more: their IDs, each with that of an operation
	// on record that did it, and of which the edited workflow never asked.
	Repeated [][2]string
	Went     *Observation
}

// Stopped is an operation that is on record where an execution was stopped.
type Stopped struct {
	ID    string
	Ended bool
}

// Version is a version of a package: its workflows, and its declared errors.
type Version struct {
	Workflows func(*Stage) []*durable.Function
	Errors    func(Reply) error
}

// Edits runs the cases of the working directory on the workflows of the old version, has the
// process die at a number of checkpoints of each, and the edited version go on; what a
// rehearsal says of it there comes along.
func Edits(t *testing.T, old, edited Version, places int) {
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
		whole := start(t, &Stage{Seed: c.Seed, Errors: old.Errors}, c, nil, false, old.Workflows)
		whole.Next()
		checkpoints := whole.Checkpoints()
		r := rand.New(rand.NewPCG(c.Seed, 12))
		for range min(places, 4*checkpoints) {
			k, when := 1+r.IntN(checkpoints), durabletest.When(r.IntN(2))
			t.Run(fmt.Sprintf("%s_%d_%s_%d", c.Workflow, i, when, k), func(t *testing.T) {
				if s := stopped(t, i, c, k, when, old, edited); s != nil {
					out = append(out, s)
				}
			})
		}
	}
	if data, err = json.Marshal(out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ObservationsFile, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// stopped runs a case until the process dies, and then its edited version; nil if it did not
// come to that, or the execution had ended with it.
func stopped(t *testing.T, i int, c Case, k int, when durabletest.When, old, edited Version) *Stop {
	first, second := &Stage{Seed: c.Seed, Errors: old.Errors}, &Stage{Seed: c.Seed, Errors: edited.Errors}
	f := quiet(c.Workflow, edited.Workflows(second))
	run := startWith(t, first, c, false, old.Workflows, func(env *durabletest.Env) { env.EditAt(k, when, f) })
	next := run.Next() // what becomes of it is another case
	x, events := run.Execution(), run.Events()
	n := slices.IndexFunc(events, func(e wire.Event) bool {
		return e.InvocationCompletedDetails != nil && e.InvocationCompletedDetails.Error != nil && e.InvocationCompletedDetails.Error.Payload != nil
	})
	if n < 0 {
		return nil
	}
	s := &Stop{Case: i, Crash: fmt.Sprintf("%s %d", when, k)}
	s.Went = &Observation{Case: i, Crash: s.Crash, Status: x.Status, Result: x.Result, Error: x.Error, Operations: run.Operations(), Events: events, History: run.History()}
	if next != nil {
		_, s.Went.Next, _ = chain.FromInput(next.Execution().Input)
	}
	s.Went.Calls = append(first.seen(), second.seen()...)
	again := map[string]bool{} // contexts that are entered again, of which events do not tell
	for _, op := range s.Went.Operations {
		again[op.Id] = op.ContextDetails != nil && op.ContextDetails.ReplayChildren
	}
	s.rehearse(f, events[:n+1], again)
	s.repeated(f, events, again, second.seen())
	return s
}

// record is what was on record after some events.
func record(events []wire.Event, again map[string]bool) (operations []wire.Operation, lost string) {
	operations, missing := execution.Record(events)
	if len(missing) > 0 {
		return nil, missing[0]
	}
	for k := range operations {
		op := &operations[k]
		if d := op.ContextDetails; d != nil && op.Status == wire.StatusSucceeded {
			d.ReplayChildren = again[op.Id]
		}
	}
	return operations, ""
}

func rehearsed(f *durable.Function, operations []wire.Operation) *durable.Rehearsal {
	return f.Rehearse(context.Background(), wire.InvocationInput{
		DurableExecutionArn:   "arn:aws:lambda:us-east-1:000000000000:function:w:$LATEST/durable-execution/rehearsal/0",
		InitialExecutionState: wire.ExecutionState{Operations: operations},
	})
}

// rehearse notes what a rehearsal says where the execution stood.
func (s *Stop) rehearse(f *durable.Function, events []wire.Event, again map[string]bool) {
	operations, lost := record(events, again)
	if s.Lost = lost; lost != "" {
		return
	}
	for _, op := range operations {
		if op.Type != wire.TypeExecution {
			s.Record = append(s.Record, Stopped{op.Id, op.Status.Terminal()})
		}
	}
	r := rehearsed(f, operations)
	s.Lost = r.Lost
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
}

// repeated notes the steps that the edited version has called, though one that calls the same
// had ended in that scope, and was never asked for.
func (s *Stop) repeated(f *durable.Function, events []wire.Event, again map[string]bool, calls []Call) {
	operations, lost := record(events, again)
	if lost != "" {
		return
	}
	scope, on := map[string]string{}, map[string]bool{}
	for _, op := range operations {
		scope[op.Id] = op.ParentId
	}
	for _, op := range s.Record {
		on[op.ID] = true
	}
	taken := map[string]bool{}
	for _, o := range rehearsed(f, operations).Unused {
		if !slices.Contains(s.Record, Stopped{o.ID, true}) {
			continue
		}
		_, callee, _ := opid.Callee(o.ID)
		if callee == "" {
			callee = o.Name
		}
		for _, c := range calls {
			if c.ID != "" && !on[c.ID] && !taken[c.ID] && c.Step == callee && scope[c.ID] == scope[o.ID] {
				taken[c.ID] = true
				s.Repeated = append(s.Repeated, [2]string{c.ID, o.ID})
				break
			}
		}
	}
}
