package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/execution"
)

func newUndoCommand() *cobra.Command {
	m := many{possible: []string{"stopped", "timed_out", "failed"}}
	var wait bool
	cmd := &cobra.Command{
		Use:   "undo [EXECUTION...]",
		Short: "Undo executions that were stopped or timed out",
		Long: `Undo runs the undos of an execution that has ended without them: one that was stopped,
has timed out, or failed past its workflow. Another execution does that, NAME-undo, which
has the record of the first. Its result tells what was undone; if an undo fails, it fails
with UndoFailed, and to undo it in turn tries the rest again. An execution is undone once.
AWS has nothing like it.

    durablegen undo fulfilOrder/order-1001 --wait --endpoint http://127.0.0.1:9470

It prints the ARN of the execution that undoes; with --wait its result, once it has ended:
status 1 if it failed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.run(cmd, args, func(s *remote.Service, e remote.Found) (string, error) {
				undoing, existed, err := s.Undo(cmd.Context(), *e.DurableExecutionArn)
				if err != nil {
					return "", err
				}
				if existed {
					if err := m.tellBefore(cmd, s, undoing); err != nil {
						return "", err
					}
				}
				if !wait {
					_, err := fmt.Fprintln(cmd.OutOrStdout(), undoing)
					return "", err
				}
				if !existed {
					fmt.Fprintf(cmd.ErrOrStderr(), "%s undoes it\n", remote.Shown(undoing))
				}
				return "", awaitResult(cmd.Context(), cmd, s, undoing)
			})
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "wait for the end and print the result")
	m.flags(cmd)
	return cmd
}

// tellBefore tells what has become of an execution that was started by an undo before this one.
func (c *connection) tellBefore(cmd *cobra.Command, s *remote.Service, undoing string) error {
	e, err := s.Execution(cmd.Context(), undoing)
	if err != nil {
		return err
	}
	again := ""
	if e.EndTimestamp != nil && e.Status != types.ExecutionStatusSucceeded {
		again = fmt.Sprintf("; for the rest: durablegen undo %s%s", remote.Shown(undoing), c.typed())
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s was started for this before: %s%s\n", remote.Shown(undoing), strings.ToLower(string(e.Status)), again)
	return nil
}

// awaitResult waits for the end of an execution and prints its result.
func awaitResult(ctx context.Context, cmd *cobra.Command, s *remote.Service, arn string) error {
	e, err := s.WaitLast(ctx, arn, func(arn string) { fmt.Fprintf(cmd.ErrOrStderr(), "goes on as %s\n", arn) })
	if err != nil {
		return err
	}
	if e.Status != types.ExecutionStatusSucceeded {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", strings.ToLower(string(e.Status)), execution.ErrorText(remote.ErrorObject(e.Error)))
		return terminal.No
	}
	result := aws.ToString(e.Result)
	if result == "" {
		result = "null"
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), result)
	return err
}
