package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

func newShowCommand() *cobra.Command {
	var s shower
	cmd := &cobra.Command{
		Use:   "show EXECUTION",
		Short: "Show how an execution stands",
		Long: `Show tells the state of an execution, its operations, its result or its failure, and
what it waits for. EXECUTION is an ARN or FUNCTION/NAME; at a local service the name is
enough. With --file it reads a history that was saved, instead.

    durablegen show fulfilOrder/order-1001
    durablegen show order-1001 --endpoint http://127.0.0.1:9470 --json
    durablegen show fulfilOrder/order-1001 --diagram --package ./examples/foodorder
    durablegen show --file history.json --diagram --package ./examples/foodorder

--diagram prints the workflow's diagram as Mermaid text, with what ran, waits, failed,
was retried or undone; the sentence that says why it waits is on standard error.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if s.file != "" {
				return atMost(0)(cmd, args)
			}
			return exactly("EXECUTION")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			s.stdin, s.stdout, s.stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			return s.run(cmd.Context(), args)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&s.diagram, "diagram", false, "print the workflow's diagram with what has happened")
	f.StringVar(&s.pkg, "package", ".", "the `PACKAGE` of the workflow, for --diagram")
	f.StringVar(&s.workflow, "workflow", "", "the `NAME` of the workflow, if it is not the function's (for --diagram)")
	f.StringVar(&s.detail, "detail", "normal", "how much is drawn: overview, normal or full")
	f.StringVar(&s.file, "file", "", "a `FILE` with a saved history, - for standard input")
	f.BoolVar(&s.asJSON, "json", false, "print JSON")
	_ = cmd.RegisterFlagCompletionFunc("workflow", workflowsIn(&s.pkg))
	s.flags(cmd)
	cmd.ValidArgsFunction = s.executions()
	return cmd
}

type shower struct {
	stored
	diagram, asJSON             bool
	pkg, workflow, detail, file string
	stdin                       io.Reader
	stdout, stderr              io.Writer
}

func (s *shower) run(ctx context.Context, args []string) error {
	detail, ok := visualize.ParseDetail(s.detail)
	if !ok {
		return usagef("--detail %s: must be one of %s", s.detail, words.List(details))
	}
	var e *lambda.GetDurableExecutionOutput // nil: from a file
	var events []wire.Event
	var err error
	if s.file != "" {
		events, _, err = readHistory(s.file, s.stdin)
	} else {
		service, arn, end, err := s.connect(ctx, args[0])
		if err != nil {
			return err
		}
		defer end()
		if e, err = service.Execution(ctx, arn); err != nil {
			return err
		}
		if events, err = service.History(ctx, arn); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	function := ""
	if e != nil {
		function = remote.FunctionName(aws.ToString(e.FunctionArn))
	}
	switch {
	case s.diagram:
		return s.draw(ctx, function, events, detail)
	case s.asJSON:
		return s.printJSON(e, events)
	}
	return s.tell(e, events)
}

// draw prints the diagram of the workflow with what has happened.
func (s *shower) draw(ctx context.Context, function string, events []wire.Event, detail visualize.Detail) error {
	target, err := gobuild.Resolve(ctx, s.pkg)
	if err != nil {
		return fmt.Errorf("%w; name the workflow's package with --package", err)
	}
	for _, dir := range target.Flow {
		p, err := flowdir.LoadDir(gobuild.Shown(dir))
		if err != nil {
			return err
		}
		if p.Program == nil {
			terminal.Diagnostics(s.stderr, p.Shown, p.Diagnostics)
			return terminal.Cannot
		}
		view, err := s.view(p, function)
		if err != nil {
			if len(target.Flow) > 1 {
				continue
			}
			return fmt.Errorf("%w; --workflow names another", err)
		}
		run := visualize.Overlay(view.Graph, execution.Of(events), view.Call, present(events))
		fmt.Fprintln(s.stderr, cleantext.Line(run.Sentence()))
		if len(run.Strange) > 0 {
			fmt.Fprintf(s.stderr, "The history has operations that the workflow does not: %s. Is it of another version?\n", cleantext.Line(strings.Join(run.Strange, ", ")))
		}
		if !run.Fits() && len(run.Strange) == 0 {
			fmt.Fprintln(s.stderr, "No way through the workflow agrees with the history. Is it of another version?")
		}
		_, err = io.WriteString(s.stdout, run.Mermaid(detail))
		return err
	}
	return fmt.Errorf("%s: no workflow has the name `%s`; --workflow names another", s.pkg, cmp.Or(s.workflow, function))
}

// view gives what is to be drawn: the workflow of the execution, or the one that was
// named, which may be one that it calls.
func (s *shower) view(p *flowdir.Package, function string) (visualize.View, error) {
	if own, err := p.Workflow(function); function != "" && err == nil {
		for _, v := range visualize.Views(p.Program, own) {
			if s.workflow == "" || v.Workflow.Name.Text == s.workflow {
				return v, nil
			}
		}
	}
	w, err := p.Workflow(cmp.Or(s.workflow, function))
	if err != nil {
		return visualize.View{}, err
	}
	return visualize.Views(p.Program, w)[0], nil
}

// present is the time at which a history is looked at. A local service whose waits were
// skipped is ahead of the clock; its history tells how far at least.
func present(events []wire.Event) time.Time {
	now := time.Now()
	for i := range events {
		if t := events[i].EventTimestamp.Go(); t.After(now) {
			now = t
		}
	}
	return now
}

func (s *shower) printJSON(e *lambda.GetDurableExecutionOutput, events []wire.Event) error {
	if e == nil {
		return printJSON(s.stdout, map[string]any{"events": events})
	}
	return printJSON(s.stdout, remote.DescribedWith(e, events))
}

// tell prints the execution for people.
func (s *shower) tell(e *lambda.GetDurableExecutionOutput, events []wire.Event) error {
	x := execution.Of(events)
	now := present(events)
	if e != nil {
		remote.WriteHead(s.stdout, e, s.pauseText(e))
		if e.EndTimestamp != nil {
			now = *e.EndTimestamp
		}
	}
	fmt.Fprintln(s.stdout)
	for _, r := range terminal.Rows(x, now, 1000) {
		fmt.Fprintln(s.stdout, r.Text(100, terminal.Colored(s.stdout)))
	}
	for _, o := range x.Waits() {
		if o.CallbackID != "" {
			fmt.Fprintf(s.stdout, "\n%s waits for an answer%s\n", cleantext.Line(o.Trail()), s.howToAnswer(cleantext.Line(o.CallbackID)))
		}
	}
	return nil
}

// howToAnswer gives the command that answers a callback. What lies in a data folder
// takes no answer.
func (s *shower) howToAnswer(id string) string {
	if s.data != "" {
		return "; `durablegen run` or `durablegen dev` has to be at work to take it"
	}
	return fmt.Sprintf(": durablegen callback succeed %s --result JSON%s", id, s.typed())
}
