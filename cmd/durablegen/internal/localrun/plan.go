// Package localrun carries out one execution of a workflow on this machine: it finds out
// what is to be run and with what, builds it, runs it on a local service beside the
// programs of the outside world, and tells how it goes.
package localrun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/generate"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
)

// Options say what is to be run.
type Options struct {
	Package        string  // a folder or an import path
	Workflow, Name string  // empty: the only one, and a new one
	Data           string  // the folder to keep executions in; empty: the usual one
	Input, Answers *string // what was given for them: a file, JSON, or - for standard input; nil: what lies beside the package
	RealTime       bool
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Run runs an execution, or goes on with one. An error that was told already is a
// [terminal.Exit].
func Run(ctx context.Context, o Options) error {
	p := &plan{Options: o}
	err := p.run(ctx)
	if ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	if p.Name == "" || !p.started {
		fmt.Fprintln(p.Stderr, "interrupted; nothing was started")
	} else {
		fmt.Fprintf(p.Stderr, "interrupted; to go on: %s\n", p.again())
	}
	return terminal.Interrupted
}

// plan is what a run finds out on its way, in this order.
type plan struct {
	Options
	target   *gobuild.Target
	storage  local.Data
	former   *engine.Execution // of the same name, from an earlier run; nil: none
	last     *engine.Execution // in which its workflow has gone on, or itself
	packages []*flowdir.Package
	binary   string
	all      []gobuild.Function
	event    *string // the input; nil: none
	outside  *answers.Answers
	programs string // the folder that the packages of programs are relative to
	started  bool
	stack    string // of the failure that was shown last
}

func (p *plan) run(ctx context.Context) (err error) {
	if p.target, err = gobuild.Resolve(ctx, p.Package); err != nil {
		return err
	}
	if err := p.openData(); err != nil {
		return err
	}
	if err := p.lookBack(ctx); err != nil {
		return err
	}
	if p.last != nil && p.last.Status.Closed() {
		for _, dir := range p.target.Flow { // for the sake of their positions; what can't be read has none
			if flow, err := flowdir.LoadDir(gobuild.Shown(dir)); err == nil {
				p.packages = append(p.packages, flow)
			}
		}
		return p.tellEnd(p.last, true)
	}
	if p.packages, err = generate.Prepare(ctx, p.target, p.Package, p.Stderr); err != nil {
		return err
	}
	// What can be wrong with the input and the answers is told before the build,
	// which takes longer, if it is clear what workflow is meant.
	if name := p.onlyWorkflow(); name != "" {
		p.Workflow = name
		if err := p.readFiles(); err != nil {
			return err
		}
	}
	p.binary = filepath.Join(p.storage.Bin(), "bootstrap")
	if p.all, err = Build(ctx, p.target, p.storage, p.binary, p.packages, p.Stderr); err != nil {
		return err
	}
	if err := checkBound(p.all); err != nil {
		return err
	}
	if err := p.chooseWorkflow(); err != nil {
		return err
	}
	if p.outside == nil {
		if err := p.readFiles(); err != nil {
			return err
		}
	}
	if p.Name == "" {
		p.Name = local.NewExecutionName(p.Workflow, time.Now())
	}
	return p.execute(ctx)
}

// openData finds the data folder.
func (p *plan) openData() (err error) {
	if p.Name != "" {
		if err := local.CheckExecutionName(p.Name); err != nil {
			return err
		}
	}
	p.storage, err = openData(p.Data, p.target.Dir)
	return err
}

// openData gives a data folder, that which was named or the usual one for packages.
func openData(dir string, packages ...string) (data local.Data, err error) {
	if dir == "" {
		data, err = local.DefaultData(packages...)
	} else {
		data.Dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return data, err
	}
	if err := data.Make(); err != nil {
		return data, err
	}
	return data, data.Belong(packages)
}

// lookBack finds the execution of the same name that an earlier run left.
func (p *plan) lookBack(ctx context.Context) error {
	if p.Name == "" {
		return nil
	}
	store := p.storage.Execution(p.Name)
	if _, err := os.Stat(store); err != nil {
		return nil
	}
	former, last, err := local.Former(ctx, store, p.Name)
	if err != nil || former == nil {
		return err
	}
	if p.Workflow != "" && p.Workflow != former.Function {
		return fmt.Errorf("execution `%s` is one of the workflow `%s`, not of `%s`; give another --name", p.Name, former.Function, p.Workflow)
	}
	p.Workflow = former.Function
	p.former, p.last = former, last
	return p.sameInput()
}

// onlyWorkflow gives the workflow that is meant if the .flow files alone tell: the one
// that was named, or the only one that no other calls or invokes.
func (p *plan) onlyWorkflow() string {
	var names, outermost []string
	called := map[string]bool{}
	for _, pkg := range p.packages {
		for _, w := range pkg.Program.Workflows {
			names = append(names, w.Name.Text)
			for op := range flowdir.Operations(w) {
				if name := calledBy(op); name != w.Name.Text {
					called[name] = true
				}
			}
		}
	}
	for _, pkg := range p.packages {
		for _, w := range pkg.Program.Workflows {
			if !called[w.Name.Text] {
				outermost = append(outermost, w.Name.Text)
			}
		}
	}
	switch {
	case p.Workflow != "" && slices.Contains(names, p.Workflow):
		return p.Workflow
	case p.Workflow == "" && len(outermost) == 1:
		return outermost[0]
	}
	return ""
}

// calledBy gives the name of the workflow or function that an operation calls; "" if
// it calls none.
func calledBy(op dsl.Operation) string {
	switch op := op.(type) {
	case *dsl.CallOp:
		return op.Decl.Name.Text
	case *dsl.InvokeOp:
		return functionName(targetOf(op.Decl))
	default: // calls no function
	}
	return ""
}

func (p *plan) chooseWorkflow() error {
	var names []string
	for _, f := range p.all {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	switch {
	case slices.Contains(names, p.Workflow):
		return nil
	case p.Workflow != "":
		if d := p.decl(); d != nil && d.TakesHandle() != nil {
			return fmt.Errorf("`%s` can't be run: its parameter `%s` is an open callback, so another workflow calls it", p.Workflow, d.TakesHandle().Name.Text)
		}
		help := near.Help(p.Workflow, names)
		return fmt.Errorf("no workflow has the name `%s`; %s", p.Workflow, help)
	case len(names) == 1:
		p.Workflow = names[0]
		return nil
	}
	return fmt.Errorf("%s has several workflows; choose one with --workflow: %s", p.Package, words.List(names))
}

// decl gives the workflow's declaration; nil if it is written in Go.
func (p *plan) decl() *dsl.WorkflowDecl {
	for _, pkg := range p.packages {
		if pkg.Program == nil {
			continue
		}
		for _, w := range pkg.Program.Workflows {
			if w.Name.Text == p.Workflow {
				return w
			}
		}
	}
	return nil
}
