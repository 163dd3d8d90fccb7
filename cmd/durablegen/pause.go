package main

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/runtime/wire"
)

func newPauseCommand() *cobra.Command {
	var c connection
	var p remote.Pausing
	var runsOn bool
	cmd := &cobra.Command{
		Use:   "pause EXECUTION",
		Short: "Pause an execution",
		Long: `Pause keeps the function of an execution from being invoked until it is resumed. Waits and
callbacks go on, end and are recorded meanwhile. If the function is at work, it goes on up to its next checkpoint,
and the execution is "pausing" until then. The execution's timeout moves by as long as the execution is
paused, unless --timeout-runs-on is given. EXECUTION is an ARN or FUNCTION/NAME; at a local service
the name is enough, if only one function has an execution of that name.

    durablegen pause fulfilOrder/order-1001 --reason "the bank is down"
    durablegen resume fulfilOrder/order-1001`,
		Args: exactly("EXECUTION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if runsOn {
				p.ExecutionTimeoutPaused = aws.Bool(false)
			}
			return c.onExecution(cmd, args[0], func(s *remote.Service, arn string) (string, error) {
				if err := s.Pause(cmd.Context(), arn, p); err != nil {
					return "", err
				}
				e, err := s.Execution(cmd.Context(), arn)
				if err != nil {
					return "", err
				}
				if wire.ExecutionStatus(e.Status) == wire.ExecutionPaused {
					return "paused", nil
				}
				return "will pause at the next checkpoint of its function:", nil
			})
		},
	}
	cmd.Flags().StringVar(&p.Reason, "reason", "", "the `TEXT` to record as the reason")
	cmd.Flags().BoolVar(&runsOn, "timeout-runs-on", false, "let the execution time out as if it weren't paused")
	c.flags(cmd)
	return cmd
}

func newResumeCommand() *cobra.Command {
	var c connection
	var p remote.Pausing
	cmd := &cobra.Command{
		Use:   "resume EXECUTION",
		Short: "Resume an execution that is paused",
		Long: `Resume lets an execution go on that is paused, or takes a pause back that has not begun. Its
function is invoked if the pause had cut it short, or something has ended meanwhile; else the execution
goes on waiting. EXECUTION is what it is for "durablegen pause".

    durablegen resume fulfilOrder/order-1001`,
		Args: exactly("EXECUTION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.onExecution(cmd, args[0], func(s *remote.Service, arn string) (string, error) {
				return "resumed", s.Resume(cmd.Context(), arn, p)
			})
		},
	}
	cmd.Flags().StringVar(&p.Reason, "reason", "", "the `TEXT` to record as the reason")
	c.flags(cmd)
	return cmd
}

func newDeleteCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "delete EXECUTION",
		Short: "Delete an execution that has ended, with its data",
		Long: `Delete deletes an execution that has ended, with its history and all data. It can't be taken back.
What it has started goes on; logs stay. EXECUTION is what it is for "durablegen pause".

    durablegen delete fulfilOrder/order-1001`,
		Args: exactly("EXECUTION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.onExecution(cmd, args[0], func(s *remote.Service, arn string) (string, error) {
				return "deleted", s.Delete(cmd.Context(), arn)
			})
		},
	}
	c.flags(cmd)
	return cmd
}

// onExecution does something with the one execution that is meant, and says what was done.
func (c *connection) onExecution(cmd *cobra.Command, execution string, do func(*remote.Service, string) (done string, err error)) error {
	s, arn, err := c.find(cmd.Context(), execution)
	if err != nil {
		return err
	}
	done, err := do(s, arn)
	if err == nil {
		_, err = fmt.Fprintf(cmd.ErrOrStderr(), "%s %s\n", done, remote.Shown(arn))
	}
	return err
}

// pauseText says why nothing moves in an execution that is paused; empty if it isn't.
func (s *shower) pauseText(e *lambda.GetDurableExecutionOutput) string {
	p := remote.PauseOf(e)
	if p == nil {
		return ""
	}
	how := "durablegen resume " + remote.Shown(aws.ToString(e.DurableExecutionArn)) + s.typed()
	if s.data != "" {
		how = "it is resumed, which `durablegen run` or `durablegen dev` has to be at work for"
	}
	text := "asked for at " + p.PauseRequestTimestamp.Go().Local().Format(time.DateTime)
	if p.Reason != "" {
		text += " (" + p.Reason + ")"
	}
	if wire.ExecutionStatus(e.Status) == wire.ExecutionPausing {
		text += "; it begins at the next checkpoint of the function, which is at work"
	} else {
		text += "; nothing is invoked until " + how
	}
	if !p.ExecutionTimeoutPaused {
		text += "; its timeout runs on"
	}
	return text
}
