package localrun

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// tellEnd prints the outcome of an execution that has ended.
func (p *plan) tellEnd(e *engine.Execution, before bool) error {
	if before {
		fmt.Fprintf(p.Stderr, "%s: %s has ended before; this is its result\n", e.Function, e.Name)
	}
	if e.Status == wire.ExecutionSucceeded {
		result := "null"
		if e.Result != nil && *e.Result != "" {
			result = *e.Result
		}
		if _, err := fmt.Fprintln(p.Stdout, result); err != nil {
			return fmt.Errorf("the result can't be written: %w", err)
		}
		return nil
	}
	tellFailure(p.Stderr, e, p.packages, p.stack)
	fmt.Fprintf(p.Stderr, "the log is in %s; for what happened: %s history %s --data %s\n",
		filepath.Join(p.storage.Execution(p.Name), "log"), terminal.Self(), e.Name, terminal.Quote(p.storage.Dir))
	return terminal.No
}

// tellFailure says what an execution failed with, and shows the line that it came from,
// and the stack if that is not the one that was shown last.
func tellFailure(w io.Writer, e *engine.Execution, packages []*flowdir.Package, shown string) {
	how := map[wire.ExecutionStatus]string{
		wire.ExecutionFailed:   "failed",
		wire.ExecutionTimedOut: "ran out of time",
		wire.ExecutionStopped:  "was stopped",
	}[e.Status]
	message := fmt.Sprintf("%s %s", e.Function, how)
	if e.Error != nil && (e.Error.ErrorType != "" || e.Error.ErrorMessage != "") {
		message += ": " + execution.ErrorText(e.Error)
	}
	if span, set := failurePlace(e, packages); set != nil {
		terminal.Diagnostics(w, set, dsl.Diagnostics{{Span: span, Message: message}})
	} else {
		fmt.Fprintln(w, message)
	}
	if stack := terminal.Stack(e.Error); stack != "" && stack != shown {
		fmt.Fprintln(w, stack)
	}
}

// failurePlace gives the place that the record of a failure names, if it is in one of
// the packages.
func failurePlace(e *engine.Execution, packages []*flowdir.Package) (dsl.Span, *dsl.SourceSet) {
	if e.Error == nil {
		return dsl.Span{}, nil
	}
	at, ok := local.Place(e.Error)
	if !ok {
		return dsl.Span{}, nil
	}
	for _, p := range packages {
		for _, src := range p.Shown.Sources() {
			if filepath.Base(src.Name) != at.File {
				continue
			}
			if span, ok := local.SpanAt(src, at); ok {
				return span, p.Shown
			}
		}
	}
	return dsl.Span{}, nil
}

// again gives the command that goes on with the execution.
func (p *plan) again() string {
	words := []string{"run", p.Package, "--name", p.Name}
	if p.Data != "" {
		words = append(words, "--data", p.Data)
	}
	if p.Answers != nil {
		words = append(words, "--answers", *p.Answers)
	}
	if p.RealTime {
		words = append(words, "--real-time")
	}
	for i, w := range words {
		words[i] = terminal.Quote(w)
	}
	return terminal.Self() + " " + strings.Join(words, " ")
}
