package localrun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// askedOf lists the callbacks of packages, and the functions that they invoke, with the labels under
// which they are used. workflows are those that are to be run; served are the names of the functions
// that are served.
func askedOf(packages []*flowdir.Package, served []string, workflows ...*dsl.WorkflowDecl) []answers.Asked {
	known := []answers.Asked{}
	_, together := usesIn(packages, workflows...)
	for _, pkg := range packages {
		for _, d := range pkg.Program.Callbacks {
			known = append(known, askedBy(pkg, d, answers.Asked{Result: d.ResultType, Fails: d.Fails}, together))
		}
		for _, d := range pkg.Program.Functions {
			known = append(known, askedBy(pkg, d, answers.Asked{
				Result: d.ResultType, Fails: d.Fails, Function: targetOf(d), Served: slices.Contains(served, functionName(targetOf(d))),
			}, together))
		}
	}
	return known
}

// askedBy puts in the names of a callback or function.
func askedBy(pkg *flowdir.Package, d dsl.Decl, a answers.Asked, together map[use]bool) answers.Asked {
	a.Names = []string{d.DeclName().Text}
	for _, w := range pkg.Program.Workflows {
		for op := range flowdir.Operations(w) {
			if segment := op.Base().Segment; flowdir.Asked(op) == d && !slices.Contains(a.Names, segment) {
				a.Names = append(a.Names, segment)
			}
		}
	}
	for _, name := range a.Names {
		if together[use{d, name}] {
			a.Together = append(a.Together, name)
		}
	}
	return a
}

// servedBy lists the functions that workflows of packages are, and others.
func servedBy(packages []*flowdir.Package, others []gobuild.Function) (names []string) {
	for _, pkg := range packages {
		for _, w := range pkg.Program.Workflows {
			names = append(names, w.Name.Text)
		}
	}
	for _, f := range others {
		names = append(names, f.Name)
	}
	return names
}

// tellMissing says what executions of workflows may invoke that is neither served nor known to the
// answers.
func tellMissing(w io.Writer, packages []*flowdir.Package, served []string, outside *answers.Answers, workflows ...*dsl.WorkflowDecl) {
	all, _ := usesIn(packages, workflows...)
	for _, pkg := range packages {
		for _, d := range pkg.Program.Functions {
			used, known := false, slices.Contains(served, functionName(targetOf(d)))
			for u := range all {
				if u.decl == d {
					used, known = true, known || outside.Knows(u.name)
				}
			}
			if used && !known {
				fmt.Fprintf(w, "`%s` is the function `%s`, which is not here: the answers can say what it gives, or which program it is\n", d.Name.Text, targetOf(d))
			}
		}
	}
}

// callback finds the declaration of an open callback by the name of the operation;
// nil if it is not known.
func (p *plan) callback(cb engine.OpenCallback) *dsl.CallbackDecl {
	d, _ := declOf(p.packages, cb.Function, cb.Name, false).(*dsl.CallbackDecl)
	return d
}

// declOf finds the declaration of a callback or function by the name of an operation of a workflow; nil
// if it is not known. A workflow's own operations come before those of workflows that it may call.
func declOf(packages []*flowdir.Package, workflow, operation string, function bool) (elsewhere dsl.Decl) {
	for _, pkg := range packages {
		if pkg.Program == nil {
			continue
		}
		for _, w := range pkg.Program.Workflows {
			for op := range flowdir.Operations(w) {
				d := flowdir.Asked(op)
				if _, is := d.(*dsl.FunctionDecl); d == nil || is != function || op.Base().Segment != operation {
					continue
				}
				if w.Name.Text == workflow {
					return d
				}
				if elsewhere == nil {
					elsewhere = d
				}
			}
		}
	}
	return elsewhere
}

// namesOf gives the names under which answers may have a callback or function.
func namesOf(packages []*flowdir.Package, outside *answers.Answers, a local.Asked) []string {
	var names []string
	for _, path := range outside.Paths() {
		// An invocation with a timeout is recorded inside a context of its name.
		if opid.LeadsTo(path, a.Operation) || a.Target != "" && a.Parent != "" && opid.LeadsTo(path, a.Parent) {
			names = append(names, path)
		}
	}
	names = append(names, a.Name)
	if d := declOf(packages, a.Function, a.Name, a.Target != ""); d != nil && d.DeclName().Text != a.Name {
		names = append(names, d.DeclName().Text)
	}
	if a.Target != "" {
		names = append(names, a.Target, functionName(a.Target)) // for what is written in Go
	}
	return names
}

// people are asked at the terminal, one question at a time.
type people struct {
	typed  <-chan string // lines typed at the terminal; nil: there is none
	asking sync.Mutex
	mu     sync.Mutex
	open   map[string]context.CancelFunc // questions being asked, by operation
}

// ask asks a question until it is answered, or the operation has ended otherwise.
func (p *people) ask(ctx context.Context, operation string, w io.Writer, q terminal.Question) (terminal.Answer, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	p.mu.Lock()
	if p.open == nil {
		p.open = map[string]context.CancelFunc{}
	}
	p.open[operation] = stop
	p.mu.Unlock()
	return terminal.Ask(ctx, p.typed, w, q)
}

// spare ends the question about an operation that has ended.
func (p *people) spare(operation string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if stop := p.open[operation]; stop != nil {
		stop()
	}
}

// asked deals with a callback that nobody answers by itself: it asks at the
// terminal, or prints the command for answering.
func (x *session) asked(cb engine.OpenCallback) {
	x.people.asking.Lock()
	defer x.people.asking.Unlock()
	decl := x.callback(cb)
	if x.people.typed == nil {
		x.printer.Say(x.howToAnswer(cb, decl))
		return
	}
	q := terminal.Question{Callback: cleantext.Line(cb.Name)}
	if decl != nil {
		q.Known, q.Result, q.Fails = true, decl.ResultType, decl.Fails
	}
	resume := x.printer.Pause()
	answer, err := x.people.ask(x.ctx, cb.OperationID, x.Stderr, q)
	resume()
	switch {
	case errors.Is(err, terminal.ErrLater):
		x.printer.Say(x.howToAnswer(cb, decl))
		return
	case err != nil:
		return
	case answer.ErrorType != "":
		err = x.service.Engine.CallbackFail(x.ctx, cb.CallbackID, wire.ErrorObject{ErrorType: answer.ErrorType, ErrorMessage: answer.Message, ErrorData: answer.Data})
	default:
		err = x.service.Engine.CallbackSucceed(x.ctx, cb.CallbackID, answer.Result)
	}
	if err != nil {
		x.printer.Say("the answer was not taken: " + err.Error())
	}
}

// howToAnswer gives the command that answers a callback.
func (x *session) howToAnswer(cb engine.OpenCallback, decl *dsl.CallbackDecl) string {
	result, what := "", "an answer"
	if decl == nil {
		result = " --result JSON"
	} else if decl.ResultType != nil {
		what = payload.Describe(decl.ResultType)
		result = " --result " + terminal.Quote(payload.Example(decl.ResultType))
	}
	return fmt.Sprintf("%s waits for %s. Answer it with\n    %s callback succeed %s%s --endpoint %s",
		cb.Name, what, terminal.Self(), cb.CallbackID, result, x.service.URL)
}
