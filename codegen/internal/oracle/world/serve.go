package world

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/flow"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Case is one execution to run: a workflow, its input and the seed of its world. It
// is run once undisturbed and then Crashes times with the process killed at one or
// two of its checkpoints.
type Case struct {
	Workflow string
	Input    json.RawMessage
	Seed     uint64
	Crashes  int
	// Reruns is how many operations, at random, the first run is run again from on.
	Reruns int
	// Callbacks are the names of the callbacks that it may open.
	Callbacks []string
}

// Observation is what became of a run.
type Observation struct {
	Case       int
	Crash      string // where the process was killed; empty if it was not
	Rerun      string // the ID of the operation from which on the case's first run was run again; empty if it was not
	Reopens    bool   // then a callback was opened anew whose ID somebody may have
	Status     wire.ExecutionStatus
	Result     *string
	Error      *wire.ErrorObject
	Next       *string // the input of the execution as which the workflow has gone on; nil if it has not
	Operations []wire.Operation
	Events     []wire.Event
	Calls      []Call
	History    string
	Problem    string // set if the run did not end, or something was out of order
}

// Call is one attempt of a step as its body saw it.
type Call struct {
	ID      string // of the operation; empty if the step has a key of its own
	Key     string // that of its own, if it has one
	Step    string
	Args    string
	Attempt int
}

// Stage is the world of one execution.
type Stage struct {
	Seed   uint64
	Errors func(Reply) error // makes a declared error

	mu    sync.Mutex
	calls map[string][]Call // by the name of the execution
}

// of gives the calls of an execution.
func (s *Stage) of(execution string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[execution]
}

// seen gives the attempts so far of the execution that a test starts first.
func (s *Stage) seen() []Call { return slices.Clone(s.of("run-1")) }

// Do runs an attempt of a step.
func Do[T any](ctx context.Context, s *Stage, name, result string, fails []string, timed, calm, keyed bool, args ...any) (T, error) {
	var out T
	texts := make([]string, len(args))
	for i, arg := range args {
		text, err := flow.Encode(arg)
		if err != nil {
			return out, err
		}
		texts[i] = text
	}
	call := Call{Step: name, Args: Canonical("[" + strings.Join(texts, ",") + "]"), Attempt: durable.Attempt(ctx)}
	if keyed {
		call.Key = durable.IdempotencyKey(ctx)
	} else {
		_, call.ID, _ = strings.Cut(durable.IdempotencyKey(ctx), "/")
		call.ID = call.ID[strings.LastIndexByte(call.ID, '/')+1:]
	}
	execution := durable.ExecutionName(ctx)
	s.mu.Lock()
	if s.calls == nil {
		s.calls = map[string][]Call{}
	}
	s.calls[execution] = append(s.calls[execution], call)
	s.mu.Unlock()
	reply := Step(s.Seed, name, result, fails, timed, calm, call.Args, call.Attempt)
	told := func(err error) error {
		if reply.After == nil {
			return err
		}
		return durable.RetryAfter(err, *reply.After)
	}
	switch reply.Error {
	case "":
		if result == "" {
			return out, nil
		}
		return out, flow.Decode(string(reply.Value), &out)
	case Plain:
		return out, told(errors.New("plain failure"))
	case Panic:
		panic("a step's panic")
	case Slow:
		<-ctx.Done()
		return out, ctx.Err()
	}
	return out, fmt.Errorf("wrapped: %w", told(s.Errors(reply)))
}

// Canonical writes JSON with sorted keys, without members that are null, and every
// number that is no int in one way.
func Canonical(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "broken: " + text
	}
	out, err := json.Marshal(canonical(v))
	if err != nil {
		return "broken: " + text
	}
	return string(out)
}

func canonical(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil && strings.ContainsAny(string(v), ".eE") {
			return f
		}
	case []any:
		for i := range v {
			v[i] = canonical(v[i])
		}
	case map[string]any:
		for k, x := range v {
			if x == nil {
				delete(v, k)
				continue
			}
			v[k] = canonical(x)
		}
	}
	return v
}

// The files that Serve reads and writes.
const (
	CasesFile        = "cases.json"
	ObservationsFile = "observations.json"
)

// Serve runs the cases of the working directory on the workflows that make gives.
func Serve(t *testing.T, errorOf func(Reply) error, make func(*Stage) []*durable.Function) {
	data, err := os.ReadFile(CasesFile)
	if err != nil {
		t.Skip("nothing to run")
	}
	var cases []Case
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	out := []*Observation{}
	for i, c := range cases {
		r := rand.New(rand.NewPCG(c.Seed, 11))
		checkpoints := 0
		for n := range c.Crashes + 1 {
			crashes := map[int]durabletest.When{}
			where := []string{}
			if n > 0 {
				if checkpoints == 0 {
					break
				}
				for range 1 + r.IntN(2) {
					k, when := 1+r.IntN(checkpoints), durabletest.When(r.IntN(2))
					crashes[k] = when
					where = append(where, fmt.Sprintf("%s %d", when, k))
				}
			}
			obs := &Observation{Case: i, Crash: strings.Join(where, ", "), Problem: "it did not end"}
			out = append(out, obs)
			t.Run(fmt.Sprintf("%s_%d_%d", c.Workflow, i, n), func(t *testing.T) {
				stage := &Stage{Seed: c.Seed, Errors: errorOf}
				run := start(t, stage, c, crashes, n%2 == 0, make)
				obs.look(run, stage)
				if n > 0 {
					return
				}
				checkpoints = run.Checkpoints()
				for range c.Reruns {
					if obs.Next != nil {
						break // that one may go on for ever, and meanwhile no time is skipped
					}
					if again := obs.rerun(run, stage, r); again != nil {
						out = append(out, again)
					}
				}
			})
		}
	}
	data, err = json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ObservationsFile, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// look waits for the end of a run, and tells what became of it.
func (obs *Observation) look(run *durabletest.Run, stage *Stage) {
	defer func() { obs.History = run.History() }()
	next := run.Next() // what becomes of it is another case
	x := run.Execution()
	if next != nil {
		_, obs.Next, _ = chain.FromInput(next.Execution().Input)
	}
	obs.Status, obs.Result, obs.Error, obs.Operations, obs.Events, obs.Problem = x.Status, x.Result, x.Error, run.Operations(), run.Events(), ""
	obs.Calls = stage.of(x.Name)
}

// rerun runs a run that has ended again from one of its operations on. Bodies of what had ended
// before that began count as those of the new one, and must not run in it.
func (obs *Observation) rerun(run *durabletest.Run, stage *Stage, r *rand.Rand) *Observation {
	from := obs.Operations[r.IntN(len(obs.Operations))]
	if from.Type == wire.TypeExecution {
		return nil
	}
	again := &Observation{Case: obs.Case, Rerun: from.Id, Problem: "it did not end"}
	again.look(run.Rerun(from.Id), stage)
	kept, reopens := endedBefore(obs.Events, from.Id)
	again.Reopens = reopens
	var calls []Call
	for _, c := range obs.Calls {
		if c.ID == "" || kept[c.ID] {
			calls = append(calls, c)
		}
	}
	for _, c := range again.Calls {
		if kept[c.ID] {
			again.Problem = "the body of " + c.ID + " ran again"
		}
	}
	again.Calls = append(calls, again.Calls...)
	return again
}

// endedBefore tells which operations had ended when one began, and whether a callback was open then of
// which somebody may have the ID. What asks for the answer to a callback ends with it.
func endedBefore(events []wire.Event, from string) (ended map[string]bool, reopens bool) {
	i := slices.IndexFunc(events, func(e wire.Event) bool { return e.Id == from })
	if o := execution.Of(events).Operation(from); o.Shown().SubType == wire.SubTypeWaitForCallback {
		i = slices.IndexFunc(events, func(e wire.Event) bool { return e.Id == o.Shown().ID })
	}
	ended = map[string]bool{}
	for _, o := range execution.Of(events[:i]).Operations {
		whole := o
		if o.Parent != nil && o.Parent.SubType == wire.SubTypeWaitForCallback {
			whole = o.Parent
		}
		ended[o.ID] = o.Over() && (whole.Over() || whole.Late())
		reopens = reopens || o.What() == "callback" && !o.Over() && (o == whole && o.SubType != wire.SubTypeWaitForCallback || whole.Late())
	}
	return ended, reopens
}

// lenient is a test for which a process that is not killed is no mistake: what runs at the
// same time shares its checkpoints as it comes, so a run may make fewer than the first.
type lenient struct{ testing.TB }

func (l lenient) Errorf(format string, args ...any) {
	l.Helper()
	if !strings.HasPrefix(format, "durabletest: the process was to be killed at checkpoint ") {
		l.TB.Errorf(format, args...)
	}
}

// start starts a case on a service of its own.
func start(t *testing.T, stage *Stage, c Case, crashes map[int]durabletest.When, published bool, make func(*Stage) []*durable.Function) *durabletest.Run {
	return startWith(t, stage, c, published, make, func(env *durabletest.Env) {
		for k, when := range crashes {
			env.CrashAt(k, when)
		}
	})
}

// quiet is the workflow of a name, without its log.
func quiet(name string, functions []*durable.Function) *durable.Function {
	for _, f := range functions {
		if f.Definition().Name == name {
			return f.With(func(def *durable.Definition) { def.LogHandler = slog.DiscardHandler })
		}
	}
	panic("there is no workflow " + name)
}

// startWith is start with all that may happen to the process.
func startWith(t *testing.T, stage *Stage, c Case, published bool, make func(*Stage) []*durable.Function, happens func(*durabletest.Env)) *durabletest.Run {
	env := durabletest.New(lenient{t}, quiet(c.Workflow, make(stage)))
	if published { // a replay that strays from the record is a divergence
		env.Published()
	}
	happens(env)
	answer := func(cb durabletest.Callback) durabletest.Answer {
		a := Callback(c.Seed, cb.Name)
		switch {
		case a.Silent:
			return durabletest.Silence()
		case a.Error == Plain:
			return durabletest.Fail(errors.New("refused")).After(a.After)
		case a.Error != "":
			return durabletest.Fail(stage.Errors(a.Reply)).After(a.After)
		}
		return durabletest.Succeed(a.Value).After(a.After)
	}
	for _, name := range c.Callbacks {
		env.AnswerFunc(name, answer)
	}
	env.Target("remote:live", func(input json.RawMessage) (any, error) {
		reply := Invoke(c.Seed, Canonical(string(input)))
		switch reply.Error {
		case "":
			return reply.Value, nil
		case Plain:
			return nil, errors.New("no")
		}
		return nil, stage.Errors(reply)
	})
	return env.Start(c.Input)
}
