package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/rehearsal"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/words"
)

func newRehearseCommand() *cobra.Command {
	var r rehearser
	cmd := &cobra.Command{
		Use:   "rehearse PACKAGE [EXECUTION...]",
		Short: "Tell what a build would do with the executions that there are",
		Long: `Rehearse builds a package, and replays histories of executions with it without doing
anything: no body of a step runs, nothing is checkpointed, nothing leaves the process. It
says of each whether it goes on, and where; what would run late or again; and where it
diverges from what is recorded. Without an EXECUTION it takes all that are running.

    durablegen rehearse ./shop                              all that run
    durablegen rehearse ./shop fulfilOrder/order-1001       one of them
    durablegen rehearse ./shop --file history.jsonl         what "history --json" has saved
    durablegen rehearse ./shop --format json                one JSON object a line

An execution on a published version ends on that version: what this build would do with it is told
all the same, and does not count for the exit status.

Exit status: 0 if all go on, 1 if one diverges, 2 if one can't be replayed.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.stdout, r.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return r.run(cmd, args[0], args[1:])
		},
	}
	cmd.Flags().StringSliceVar(&r.files, "file", nil, "a `FILE` with a history, or - for standard input, instead of a service")
	cmd.Flags().StringVar(&r.workflow, "workflow", "", "the `NAME` of the workflow that the files are of, if there are several")
	cmd.Flags().StringVar(&r.format, "format", "text", "how to print: text or json")
	_ = cmd.RegisterFlagCompletionFunc("workflow", workflowsIn(nil))
	r.flags(cmd)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return nil, cobra.ShellCompDirectiveFilterDirs
		}
		return r.executions()(cmd, args, typed)
	}
	return cmd
}

type rehearser struct {
	connection
	files            []string
	workflow, format string
	stdout, stderr   io.Writer
}

func (r *rehearser) run(cmd *cobra.Command, pkg string, executions []string) error {
	if err := oneOf("--format", r.format, []string{"text", "json"}); err != nil {
		return err
	}
	b, err := rehearsal.Build(cmd.Context(), pkg)
	if err != nil {
		return err
	}
	defer b.Close()
	var list []*rehearsal.Execution
	if len(r.files) > 0 {
		list, err = r.read(b.Functions, cmd.InOrStdin())
	} else {
		list, err = r.fetch(cmd, b.Functions, executions)
	}
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(r.stderr, "no execution is running")
		return nil
	}
	if err := b.Replay(cmd.Context(), list); err != nil {
		return err
	}
	return r.tell(list)
}

// read takes histories from files.
func (r *rehearser) read(functions []gobuild.Function, stdin io.Reader) ([]*rehearsal.Execution, error) {
	function := r.workflow
	if function == "" {
		if len(functions) > 1 {
			var names []string
			for _, f := range functions {
				names = append(names, f.Name)
			}
			return nil, usagef("--workflow: the package has several: %s", words.List(names))
		}
		function = functions[0].Name
	}
	var list []*rehearsal.Execution
	for _, path := range r.files {
		events, name, err := readHistory(path, stdin)
		if err != nil {
			return nil, err
		}
		list = append(list, &rehearsal.Execution{Title: name, Function: function, Events: events})
	}
	return list, nil
}

// fetch takes histories from a service: of the executions named, or of all that run.
func (r *rehearser) fetch(cmd *cobra.Command, functions []gobuild.Function, executions []string) ([]*rehearsal.Execution, error) {
	ctx := cmd.Context()
	s, err := r.connect(ctx)
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, e := range executions {
		arn, err := s.ARN(ctx, e)
		if err != nil {
			return nil, err
		}
		arns = append(arns, arn)
	}
	if len(executions) == 0 {
		for _, f := range functions {
			found, damaged, err := s.Select(ctx, remote.Selection{
				Functions: []string{f.Name}, Statuses: []types.ExecutionStatus{types.ExecutionStatusRunning, "PAUSING", "PAUSED"}, Limit: 1 << 30,
			}, false)
			tellDamaged(r.stderr, damaged)
			if err != nil {
				return nil, err
			}
			for _, e := range found {
				arns = append(arns, aws.ToString(e.DurableExecutionArn))
			}
		}
	}
	var list []*rehearsal.Execution
	for _, arn := range arns {
		events, err := s.History(ctx, arn)
		if err != nil {
			return nil, err
		}
		list = append(list, &rehearsal.Execution{Title: remote.Shown(arn), Function: remote.FunctionName(arn), Version: remote.PublishedVersion(arn), Events: events})
	}
	return list, nil
}

// tell prints what came of it.
func (r *rehearser) tell(list []*rehearsal.Execution) error {
	diverges, lost := false, false
	for _, e := range list {
		diverges, lost = diverges || e.Divergence != nil && e.Version == "", lost || e.Lost != ""
		if r.format == "json" {
			line := map[string]any{"execution": e.Title, "function": e.Function, "verdict": e.Verdict(), "next": e.Next, "waiting": e.Waiting, "unused": e.Unused}
			if why := e.Why(); why != "" {
				line["why"] = why
			}
			if e.Version != "" {
				line["version"] = e.Version
			}
			if err := printJSON(r.stdout, line); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(r.stdout, "%s: %s\n", cleantext.Line(e.Title), e.Verdict())
		for _, text := range e.Lines() {
			fmt.Fprintf(r.stdout, "    %s\n", cleantext.Line(text))
		}
	}
	switch {
	case lost:
		return errors.New("not all executions could be replayed")
	case diverges:
		return terminal.No
	}
	return nil
}
