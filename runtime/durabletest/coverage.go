package durabletest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/gomodule"
	"github.com/durablegen/durablegen/internal/profile"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// coverageVariable names the environment variable with the folder to which tests write what
// their executions have done.
const coverageVariable = "DURABLETEST_COVERAGE"

// openProfile opens the profile of this process; nil if none is wanted.
var openProfile = sync.OnceValues(func() (*profile.Writer, error) {
	dir := os.Getenv(coverageVariable)
	if dir == "" {
		return nil, nil
	}
	if !filepath.IsAbs(dir) {
		return nil, fmt.Errorf("%s=%s is no absolute path, and the tests of each package run in a folder of their own; write $PWD/%[2]s", coverageVariable, dir)
	}
	w, err := profile.Create(dir, strings.TrimSuffix(filepath.Base(os.Args[0]), ".test"))
	if err != nil {
		err = fmt.Errorf("%s: %w", coverageVariable, err)
	}
	return w, err
})

// coverage is what a run keeps for the profile of its crashes.
type coverage struct {
	mu          sync.Mutex
	invocations int
	checkpoints []checkpointed
}

// checkpointed is an operation in a checkpoint.
type checkpointed struct {
	operation  string
	killed     bool // the process, with this checkpoint
	when       When
	invocation int
}

func (c *coverage) invoked() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.invocations++
}

// checkpointed notes what stands in a checkpoint. A fault of the service is no crash.
func (c *coverage) checkpointed(updates []wire.OperationUpdate, x crash, crashes bool) {
	if w, _ := openProfile(); w == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, u := range updates {
		c.checkpoints = append(c.checkpoints, checkpointed{u.Id, crashes && x.fault == "", x.when, c.invocations})
	}
}

// operations gives what has stood in checkpoints, each operation once. A process that was
// killed counts if another one has gone on.
func (c *coverage) operations() []profile.Checkpoint {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []profile.Checkpoint
	at := map[string]int{}
	for _, u := range c.checkpoints {
		i, ok := at[u.operation]
		if !ok {
			i = len(out)
			at[u.operation], out = i, append(out, profile.Checkpoint{Operation: u.operation})
		}
		if u.killed && u.invocation < c.invocations {
			out[i].Before = out[i].Before || u.when == Before
			out[i].After = out[i].After || u.when == After
		}
	}
	return out
}

// writeCoverage writes what all executions of the workflows under test have done, if that
// is wanted.
func (e *Env) writeCoverage() {
	e.t.Helper()
	w, _ := openProfile() // start has looked at the error
	if w == nil {
		return
	}
	if err := e.addTo(w); err != nil {
		e.t.Errorf("durabletest: %s: %v", coverageVariable, err)
	}
}

func (e *Env) addTo(w *profile.Writer) error {
	functions := e.covered()
	for f := (engine.ExecutionFilter{OldestFirst: true, MaxItems: 1000}); ; {
		page, err := e.engine.ListExecutions(context.Background(), f)
		if err != nil {
			return err
		}
		for _, x := range page.Executions {
			if of, ok := functions[x.Function]; ok {
				run, err := e.profiled(x.ARN, of)
				if err == nil {
					err = w.Add(run)
				}
				if err != nil {
					return err
				}
			}
		}
		if f.Marker = page.NextMarker; f.Marker == "" {
			return nil
		}
	}
}

// profiled gives what an execution has done.
func (e *Env) profiled(arn string, of source) (*profile.Run, error) {
	events, err := e.engine.History(context.Background(), arn, engine.HistoryQuery{})
	if err != nil {
		return nil, err
	}
	x, err := e.engine.Execution(context.Background(), arn, false)
	if err != nil {
		return nil, err
	}
	p := &profile.Run{Package: of.pkg, Workflow: of.name, Flow: of.flow, Events: execution.Bare(events)}
	if x.Undoes != "" { // it ends with what it has undone, not as its workflow does
		p.Events = slices.DeleteFunc(p.Events, func(e wire.Event) bool { return e.EventType == wire.EventExecutionSucceeded })
	}
	run := e.runOf(arn)
	if run != nil {
		p.Checkpoints = run.covered.operations()
	}
	return p, nil
}

// covered gives the functions whose executions count, by name: those that are made of .flow
// files of this module. An execution during which the function was edited is neither of the
// one program nor of the other.
func (e *Env) covered() map[string]source {
	e.mu.Lock()
	defer e.mu.Unlock()
	functions := slices.Clone(e.served)
	if !e.edited {
		functions = append(functions, e.f)
	}
	out := map[string]source{}
	for _, f := range functions {
		s := source{}
		if s.pkg, s.name = f.Source(); flowOf(s.pkg) != "" {
			s.flow = flowOf(s.pkg)
			out[f.Definition().Name] = s
		}
	}
	return out
}

// source is what a function is made of.
type source struct{ pkg, name, flow string }

var (
	flows   sync.Map     // by import path
	home, _ = os.Getwd() // before a test can change it
)

// flowOf gives the digest of the .flow files of a package; empty if it has none, or lies in
// another module.
func flowOf(pkg string) string {
	if digest, ok := flows.Load(pkg); ok {
		return digest.(string)
	}
	digest := ""
	if dir := gomodule.Of(home).Dir(pkg); dir != "" {
		digest, _ = profile.Digest(dir) // what can't be read can't be compiled either
	}
	flows.Store(pkg, digest)
	return digest
}
