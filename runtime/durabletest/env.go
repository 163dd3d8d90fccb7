package durabletest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Env is a service in memory with the workflow under test. It is set up first and
// then runs executions; it ends with the test.
type Env struct {
	t        testing.TB
	f        *durable.Function
	engine   *engine.Engine
	store    store.Memory // of workflows that have none of their own
	realTime bool
	at       time.Time // when it starts, if not now
	version  string
	// resultVaries: see ResultVaries.
	resultVaries bool
	// fewerCheckpoints: a run may make fewer than one before it did, since what is
	// concurrent shares them as it comes.
	fewerCheckpoints bool

	mu       sync.Mutex
	started  bool
	edited   bool                // while executions were under way, perhaps
	versions []*durable.Function // that were published of the workflow under test, the first one first
	served   []*durable.Function // besides the workflow under test
	own      engine.Function     // the workflow under test
	others   []engine.Function
	targets  []string // that are mocked
	answers  map[string][]Answer
	handlers map[string]func(Callback) Answer
	given    map[string]Answer // by callback ID, or execution and operation
	counts   map[string]int    // how often answers were given, by name
	told     map[string]bool   // why executions were given up
	runs     map[string]*Run   // by ARN
	coming   map[string]*Run   // by name: those that are being started
	reruns   int
	crashes  map[int]crash // of the next run
	crash    *crashPoint   // of the next run
}

// New makes an environment for a workflow. Its log goes to the test's, unless its
// definition has a handler of its own.
func New(t testing.TB, f *durable.Function) *Env {
	return &Env{
		t: t, f: f, answers: map[string][]Answer{}, handlers: map[string]func(Callback) Answer{},
		given: map[string]Answer{}, counts: map[string]int{}, told: map[string]bool{}, runs: map[string]*Run{}, coming: map[string]*Run{}, crashes: map[int]crash{}, version: "$LATEST",
	}
}

// NewFor makes an environment for the workflow of a name, of all that a package has. The
// others are served, too.
//
//	env := durabletest.NewFor(t, "fulfilOrder", shop.Workflows(steps)...)
func NewFor(t testing.TB, name string, functions ...*durable.Function) *Env {
	t.Helper()
	var env *Env
	var names []string
	for _, f := range functions {
		if names = append(names, f.Definition().Name); f.Definition().Name == name {
			env = New(t, f)
		}
	}
	if env == nil {
		t.Fatalf("durabletest: there is no workflow %q%s", name, amongst(name, names))
	}
	for _, f := range functions {
		if f.Definition().Name != name {
			env.Serve(f)
		}
	}
	return env
}

// amongst helps with a name that is not one of those there are.
func amongst(name string, known []string) string {
	known = slices.Compact(slices.Sorted(slices.Values(known)))
	if len(known) == 0 {
		return ""
	}
	if guess := near.Name(name, known); guess != "" {
		return fmt.Sprintf("; did you mean %q?", guess)
	}
	return fmt.Sprintf("; there is %q", known)
}

// At has the service's time begin at a moment and move only where it skips, so that
// times in results and histories are the same in every run.
func (e *Env) At(start time.Time) *Env {
	e.at = start
	return e
}

// Edit puts another build of the workflow under test in the place of the one there
// is, as an edit of a function's $LATEST does: every invocation from now on runs it,
// those of executions under way too. It has to have the same name.
func (e *Env) Edit(f *durable.Function) *Env {
	e.t.Helper()
	e.mustReplace(f)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.f, e.edited = f, e.started
	return e
}

// EditAt is [Env.CrashAt], and [Env.Edit] at the same time: where the process dies, the next one
// is of another build of the workflow. So a test sees what an edit does to an execution that
// stands there.
func (e *Env) EditAt(k int, when When, f *durable.Function) *Env {
	e.t.Helper()
	e.mustReplace(f)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.crashes[k] = crash{when: when, edit: f}
	return e
}

// mustReplace wants of a workflow that it can take the place of that under test.
func (e *Env) mustReplace(f *durable.Function) {
	e.t.Helper()
	if f.Definition().Name != e.f.Definition().Name {
		e.t.Fatalf("durabletest: workflow %s can't take the place of %s", f.Definition().Name, e.f.Definition().Name)
	}
}

// Published runs executions on a published version of the function instead of
// $LATEST. Its code is taken to be unchangeable, so what runs late or is no longer
// used is a divergence.
func (e *Env) Published() *Env {
	e.version = "1"
	return e
}

// Publish makes a version of the workflow as it is now. What is started from then on runs on
// that version and ends on it, whatever [Env.Edit] does afterwards; another Publish makes the next version.
//
//	env := durabletest.New(t, before).Publish()
//	old := env.Start(order)                // ends on version 1
//	env.Edit(after).Publish()
//	fresh := env.Start(order)              // ends on version 2
func (e *Env) Publish() *Env {
	e.t.Helper()
	e.mu.Lock()
	e.versions = append(e.versions, e.f)
	e.version = strconv.Itoa(len(e.versions))
	e.own.Versions = e.numbers()
	own, started := e.own, e.started
	e.mu.Unlock()
	if started {
		if err := e.engine.Register(own); err != nil {
			e.t.Fatalf("durabletest: %v", err)
		}
	}
	return e
}

// numbers lists the versions of the workflow under test: 1 is there even if it isn't published.
func (e *Env) numbers() []string {
	numbers := []string{"1"}
	for n := 2; n <= len(e.versions); n++ {
		numbers = append(numbers, strconv.Itoa(n))
	}
	return numbers
}

// RealTime keeps time as it is: a wait of a minute takes a minute.
func (e *Env) RealTime() *Env {
	e.realTime = true
	return e
}

// ResultVaries tells [EveryBoundary] that the result may depend on where the process
// died, as it does where an at-most-once step is caught as interrupted. Look at the
// result in its check instead.
func (e *Env) ResultVaries() *Env {
	e.resultVaries = true
	return e
}

// Serve adds another workflow that can be invoked by name, with any qualifier.
func (e *Env) Serve(f *durable.Function) *Env {
	e.served = append(e.served, f)
	e.addFunction(f)
	return e
}

// Target mocks a function that the workflow invokes. function is what the workflow
// names it, qualifier and all. The error of answer is a failure of the function; one
// with a method ErrorType comes through with its type and data. [Env.Answer] says what it gives in
// turn, and when, without a look at what it is given.
func (e *Env) Target(function string, answer func(input json.RawMessage) (any, error)) *Env {
	name, qualifier := splitFunction(function)
	e.targets = append(e.targets, function)
	f := durable.Workflow(durable.Definition{Name: name, Serdes: mocked{e}}, func(_ *durable.Context, input json.RawMessage) (json.RawMessage, error) {
		v, err := answer(input)
		if err != nil {
			return nil, err
		}
		text, err := e.encodeOf(function, v)
		return json.RawMessage(text), err
	})
	if qualifier != "" {
		e.addFunction(f, qualifier)
		return e
	}
	e.others = append(e.others, engine.Function{Name: name, Plain: true, Invoker: engine.PlainFunc(
		func(_ context.Context, event []byte) ([]byte, error) {
			v, err := answer(event)
			if err != nil {
				out := &engine.InvocationError{Type: "Error", Message: err.Error()}
				var declared durable.Declared
				if errors.As(err, &declared) {
					out.Type = declared.ErrorType()
				}
				return nil, out
			}
			text, err := e.encodeOf(function, v)
			return []byte(text), err
		})})
	return e
}

// encodeOf gives what a mocked function returns as JSON, or says why it has none.
func (e *Env) encodeOf(function string, value any) (string, error) {
	text, err := e.encode(value)
	if err != nil {
		err = fmt.Errorf("the result of function %q can't be encoded: %v", function, err)
		e.t.Errorf("durabletest: %v", err)
	}
	return text, err
}

// mocked encodes what a mocked function is given and gives: texts as they are, and the
// data of its errors as the workflow does.
type mocked struct{ e *Env }

func (m mocked) Serialize(v any, _ durable.SerdesInfo) (string, error) { return m.e.encode(v) }

func (m mocked) Deserialize(text string, v any, at durable.SerdesInfo) error {
	if raw, ok := v.(*json.RawMessage); ok {
		*raw = json.RawMessage(text)
		return nil
	}
	return durable.JSON.Deserialize(text, v, at)
}

func (e *Env) addFunction(f *durable.Function, qualifiers ...string) {
	e.others = append(e.others, e.function(f, qualifiers...))
}

// function makes what the service serves as a workflow.
func (e *Env) function(f *durable.Function, qualifiers ...string) engine.Function {
	def := f.Definition()
	out := engine.Function{
		Name: def.Name, Invoker: e.invoker(func(string) *durable.Function { return f }), ExecutionTimeout: def.Timeout, RetentionDays: def.RetentionDays,
		Versions: []string{"1"}, Aliases: map[string]string{},
	}
	for _, q := range qualifiers {
		if q != "$LATEST" && q != "1" {
			out.Aliases[q] = "$LATEST"
		}
	}
	return out
}

// current gives the workflow under test: the version on which an execution is, or as it is now.
func (e *Env) current(arn string) *durable.Function {
	e.mu.Lock()
	defer e.mu.Unlock()
	a, _ := arns.Parse(arn)
	if n, err := strconv.Atoi(a.Version); err == nil && n >= 1 && n <= len(e.versions) {
		return e.versions[n-1]
	}
	return e.f
}

// invoker runs a workflow in this process: the one that current gives for the ARN of an execution.
func (e *Env) invoker(current func(arn string) *durable.Function) engine.Invoker {
	return engine.DurableFunc(func(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error) {
		ctx, kill := context.WithCancel(ctx)
		defer kill()
		run := e.runOf(in.DurableExecutionArn)
		if run != nil {
			run.covered.invoked()
		}
		c := &client{env: e, engine: e.engine, run: run, kill: kill}
		f := current(in.DurableExecutionArn).With(func(def *durable.Definition) {
			if def.LogHandler == nil {
				def.LogHandler = durable.NewLogHandler(e.t.Output())
			}
			e.stored(def)
		})
		out, err := f.Invoke(ctx, c, in)
		if c.dead() {
			return wire.InvocationOutput{}, &engine.InvocationError{Type: engine.ErrorTypeExit, Message: "killed by the test"}
		}
		return out, err
	})
}

// stored gives a workflow without a store one in memory, which lasts as long as the test.
func (e *Env) stored(def *durable.Definition) {
	if def.Store == nil {
		def.Store = &e.store
	}
}

// maxFailures is how many invocations in a row may fail without getting on: a test is to
// see that, not to wait for the execution's time-out.
const maxFailures = 5

// start starts the service at the first run.
func (e *Env) start() {
	e.t.Helper()
	if e.started {
		return
	}
	e.started = true
	for _, f := range append([]*durable.Function{e.f}, e.served...) {
		if err := f.With(e.stored).Ready(); err != nil {
			e.t.Fatalf("durabletest: %v", err)
		}
	}
	if _, err := openProfile(); err != nil {
		e.t.Fatalf("durabletest: %v", err)
	}
	options := engine.Options{SkipTime: !e.realTime, Callbacks: e.plan, Invokes: e.planInvoke, InvocationFailures: maxFailures}
	if !e.at.IsZero() {
		options.Clock = engine.NewManualClock(e.at)
	}
	eng, err := engine.New(options)
	if err != nil {
		e.t.Fatalf("durabletest: %v", err)
	}
	e.engine = eng
	e.t.Cleanup(func() {
		e.writeCoverage()
		eng.Close()
	})
	e.own = e.function(e.f)
	e.own.Invoker, e.own.Versions = e.invoker(e.current), e.numbers()
	for _, f := range append(e.others, e.own) {
		if err := eng.Register(f); err != nil {
			e.t.Fatalf("durabletest: %v", err)
		}
	}
	if err := eng.Start(); err != nil {
		e.t.Fatalf("durabletest: %v", err)
	}
}

// Engine gives the service, for what the kit itself does not do. It is nil before
// the first run.
func (e *Env) Engine() *engine.Engine { return e.engine }

// Run runs an execution to its end. input is encoded as the workflow's own JSON,
// unless it is a json.RawMessage.
func (e *Env) Run(input any) *Run {
	e.t.Helper()
	run := e.Start(input)
	run.Wait()
	return run
}

// Start starts an execution and returns at once.
func (e *Env) Start(input any) *Run {
	e.t.Helper()
	e.start()
	payload, err := e.encode(input)
	if err != nil {
		e.t.Fatalf("durabletest: the input can't be encoded: %v", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	run := e.newRun()
	// The lock is held until the run is known by its ARN: its invocations look it up.
	out, err := e.engine.StartExecution(context.Background(), engine.StartInput{
		Function: e.f.Definition().Name, Qualifier: e.version, Name: fmt.Sprintf("run-%d", len(e.runs)+1), Input: &payload,
		Sync: cmp.Or(e.f.Definition().Timeout, wire.DefaultExecutionTimeout) <= engine.MaxSyncTimeout,
	})
	if err != nil {
		e.t.Fatalf("durabletest: %v", err)
	}
	run.ARN = out.ARN
	e.runs[out.ARN] = run
	return run
}

// runOf gives the run of an execution; nil if it was not started by the test.
func (e *Env) runOf(arn string) *Run {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r := e.runs[arn]; r != nil {
		return r
	}
	a, _ := arns.Parse(arn)
	r := e.coming[a.Name]
	if r != nil {
		e.runs[arn] = r
		delete(e.coming, a.Name)
	}
	return r
}

// newRun is the run that is started next; e.mu is held.
func (e *Env) newRun() *Run {
	r := &Run{env: e, crashes: e.crashes, crash: e.crash, opened: make(chan struct{})}
	r.first = r
	e.crashes, e.crash = map[int]crash{}, nil
	return r
}

// patience bounds how long a test waits for an execution, in real time.
const patience = 2 * time.Minute

// splitFunction gives the name and the qualifier of a function, which may be an ARN.
func splitFunction(function string) (name, qualifier string) {
	if _, rest, ok := strings.Cut(function, "function:"); ok {
		function = rest
	}
	name, qualifier, _ = strings.Cut(function, ":")
	return name, qualifier
}

// serves reports whether the test has a function that is invoked.
func (e *Env) serves(function string) bool {
	name, _ := splitFunction(function)
	return name == e.own.Name || slices.ContainsFunc(e.others, func(f engine.Function) bool { return f.Name == name })
}
