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
	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// callbacksOf lists the callbacks of packages with the labels under which they are used.
// run is the workflow that is to be run.
func callbacksOf(packages []*flowdir.Package, run *dsl.WorkflowDecl) []answers.Callback {
	known := []answers.Callback{}
	together := togetherIn(packages, run)
	for _, pkg := range packages {
		for _, d := range pkg.Program.Callbacks {
			c := answers.Callback{Names: []string{d.Name.Text}, Result: d.ResultType, Fails: d.Fails}
			for _, w := range pkg.Program.Workflows {
				for op := range flowdir.Operations(w) {
					if segment := op.Base().Segment; flowdir.CallbackOf(op) == d && !slices.Contains(c.Names, segment) {
						c.Names = append(c.Names, segment)
					}
				}
			}
			for _, name := range c.Names {
				if together[use{d, name}] {
					c.Together = append(c.Together, name)
				}
			}
			known = append(known, c)
		}
	}
	return known
}

// callback finds the declaration of an open callback by the name of the operation;
// nil if it is not known. A workflow's own operations come before those of workflows
// that it may call.
func (p *plan) callback(cb engine.OpenCallback) *dsl.CallbackDecl {
	var elsewhere *dsl.CallbackDecl
	for _, pkg := range p.packages {
		if pkg.Program == nil {
			continue
		}
		for _, w := range pkg.Program.Workflows {
			for op := range flowdir.Operations(w) {
				switch d := flowdir.CallbackOf(op); {
				case d == nil || op.Base().Segment != cb.Name:
				case w.Name.Text == cb.Function:
					return d
				case elsewhere == nil:
					elsewhere = d
				}
			}
		}
	}
	return elsewhere
}

// callbackNames gives the names under which the answers may have a callback.
func (p *plan) callbackNames(cb engine.OpenCallback) []string {
	var names []string
	for _, path := range p.outside.Paths() {
		if opid.LeadsTo(path, cb.OperationID) {
			names = append(names, path)
		}
	}
	names = append(names, cb.Name)
	if d := p.callback(cb); d != nil && d.Name.Text != cb.Name {
		names = append(names, d.Name.Text)
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
