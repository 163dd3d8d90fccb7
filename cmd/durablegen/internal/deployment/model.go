// Package deployment says how workflows are deployed on AWS. It makes a model of the Lambda
// functions that a bootstrap is deployed as ([Of]), writes it down for the user to own
// ([Write]), reads templates of CloudFormation and of the Serverless Application Model ([Read]),
// and finds what in them would break the workflows ([Check]).
package deployment

import (
	"fmt"
	"go/constant"
	"slices"
	"strings"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/near"
)

// Function is a workflow as a function of Lambda. Its handler has the workflow's name.
type Function struct {
	Workflow         string
	ExecutionTimeout int // of an execution, in seconds
	Retention        int // of a history, in days; 0: the file does not say, and the service keeps 14
	Invokes          []Target
	Again            bool        // it goes on as a new execution
	Callbacks        []string    // names of those that it waits for
	Steps            []StepLimit // those with a timeout, the longest first
	Sources          []Source
	only             bool         // the bootstrap serves nothing else: any handler means it
	params           []*dsl.Param // that it is started with
	declared         bool         // in a .flow file, so that these are known
}

// StepLimit is how long an attempt of a step may take.
type StepLimit struct {
	Step    string
	Timeout time.Duration
}

// Target is a function that a workflow invokes.
type Target struct {
	Name      string // of the function; empty if it is named by its ARN
	Qualifier string // version or alias; may be empty
	ARN       string
	Env       string // the environment variable that names another one where it is set; may be empty
}

// Text is how the function is named.
func (t Target) Text() string {
	if t.ARN != "" {
		return t.ARN
	}
	return t.Qualified()
}

// Qualified is the name, with the qualifier if there is one.
func (t Target) Qualified() string {
	if t.Qualifier == "" {
		return t.Name
	}
	return t.Name + ":" + t.Qualifier
}

// maxInvocation is the longest that Lambda lets an invocation last.
const maxInvocation = 15 * time.Minute

// usualInvocation is enough for most: it is what replay and steps without a timeout get.
const usualInvocation = time.Minute

// graceInvocation is what an invocation needs beside its longest step: replay, and the time for
// which a late result still counts.
const graceInvocation = 10 * time.Second

// Timeout is what the function gets for one invocation, in seconds.
func (f *Function) Timeout() int {
	longest := usualInvocation
	for _, s := range f.Steps {
		longest = max(longest, s.Timeout+graceInvocation)
	}
	return int(min(longest, maxInvocation).Seconds())
}

// Input is an event that the workflow can be started with, as a pattern to fill in.
func (f *Function) Input() string {
	if !f.declared {
		return "{}"
	}
	return payload.ExampleEvent(f.params)
}

// Of gives the functions that a bootstrap is deployed as: those of the workflows wanted, or, if
// none is named, of all that are not only called as parts of others. Packages are the .flow
// files that the bootstrap is made of; what is written in Go has no declaration there.
func Of(served []gobuild.Function, packages []*flowdir.Package, wanted []string) ([]*Function, error) {
	var names []string
	for _, s := range served {
		names = append(names, s.Name)
	}
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("the bootstrap has no workflow `%s`; %s", name, near.Help(name, names))
		}
	}
	decls, parts := declarations(packages)
	var functions []*Function
	for _, s := range served {
		if len(wanted) > 0 && !slices.Contains(wanted, s.Name) || len(wanted) == 0 && parts[s.Name] {
			continue
		}
		f := &Function{Workflow: s.Name, ExecutionTimeout: s.ExecutionTimeout, Retention: s.RetentionDays, only: len(served) == 1}
		if d := decls[s.Name]; d != nil {
			f.params, f.declared = d.Params, true
			f.add(d, map[*dsl.WorkflowDecl]bool{})
		}
		for _, b := range s.Bound { // of what is written in Go, too
			t := targetOf(b.Function)
			t.Env = b.Env
			f.invoke(t)
		}
		slices.SortStableFunc(f.Steps, func(a, b StepLimit) int { return int(b.Timeout - a.Timeout) })
		functions = append(functions, f)
	}
	return functions, nil
}

// declarations gives the workflows of packages by name, and which of them others call.
func declarations(packages []*flowdir.Package) (decls map[string]*dsl.WorkflowDecl, parts map[string]bool) {
	decls, parts = map[string]*dsl.WorkflowDecl{}, map[string]bool{}
	for _, p := range packages {
		for _, w := range p.Program.Workflows {
			decls[w.Name.Text] = w
			for op := range flowdir.Operations(w) {
				if call, ok := op.(*dsl.CallOp); ok && call.Decl != w {
					parts[call.Decl.Name.Text] = true
				}
			}
		}
	}
	return decls, parts
}

// add enters what a workflow does, and those that it calls.
func (f *Function) add(w *dsl.WorkflowDecl, seen map[*dsl.WorkflowDecl]bool) {
	if seen[w] {
		return
	}
	seen[w] = true
	f.Again = f.Again || w.Again != nil
	for op := range flowdir.Operations(w) {
		switch op := op.(type) {
		case *dsl.StepOp:
			f.step(op.Decl, op.Use)
		case *dsl.PollOp:
			f.step(op.Decl, op.Use)
		case *dsl.InvokeOp:
			t := targetOf(op.Decl.Target)
			if op.Decl.Env != nil {
				t.Env = op.Decl.Env.Text
			}
			f.invoke(t)
		case *dsl.CallOp:
			f.add(op.Decl, seen)
		default: // needs nothing of the function but a callback's answer
		}
		if c := flowdir.CallbackOf(op); c != nil && !slices.Contains(f.Callbacks, c.Name.Text) {
			f.Callbacks = append(f.Callbacks, c.Name.Text)
		}
	}
}

// step enters how long an attempt of a step may take, where that is written.
func (f *Function) step(d *dsl.StepDecl, use dsl.Policy) {
	clause := use.Timeout
	if clause == nil {
		clause = d.Policy.Timeout
	}
	if clause == nil || clause.Value == nil || clause.Value.Const() == nil {
		return
	}
	ns, _ := constant.Int64Val(constant.ToInt(clause.Value.Const()))
	limit := StepLimit{d.Name.Text, time.Duration(ns)}
	if !slices.Contains(f.Steps, limit) {
		f.Steps = append(f.Steps, limit)
	}
}

func (f *Function) invoke(t Target) {
	if !slices.Contains(f.Invokes, t) {
		f.Invokes = append(f.Invokes, t)
	}
}

// targetOf reads what a .flow file says of a function: `name`, `name:qualifier` or an ARN.
func targetOf(text string) Target {
	if strings.HasPrefix(text, "arn:") {
		return Target{ARN: text}
	}
	name, qualifier, _ := strings.Cut(text, ":")
	return Target{Name: name, Qualifier: qualifier}
}
