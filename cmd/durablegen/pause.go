package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/runtime/wire"
)

func newPauseCommand() *cobra.Command {
	m := many{possible: []string{"running"}}
	var p remote.Pausing
	var runsOn bool
	cmd := &cobra.Command{
		Use:   "pause [EXECUTION...]",
		Short: "Pause executions",
		Long: `Pause keeps the function of an execution from being invoked until it is resumed. Waits and
callbacks go on, end and are recorded meanwhile. If the function is at work, it goes on up to its next checkpoint,
and the execution is "pausing" until then. The execution's timeout moves by as long as the execution is
paused, unless --timeout-runs-on is given.

    durablegen pause fulfilOrder/order-1001 --reason "the bank is down"
    durablegen resume fulfilOrder/order-1001`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if runsOn {
				p.ExecutionTimeoutPaused = aws.Bool(false)
			}
			return m.run(cmd, args, func(s *remote.Service, e remote.Found) (string, error) {
				if err := s.Pause(cmd.Context(), *e.DurableExecutionArn, p); err != nil {
					return "", err
				}
				now, err := s.Execution(cmd.Context(), *e.DurableExecutionArn)
				if err != nil {
					return "", err
				}
				if wire.ExecutionStatus(now.Status) == wire.ExecutionPaused {
					return "paused " + e.Shown(), nil
				}
				return "will pause at the next checkpoint of its function: " + e.Shown(), nil
			})
		},
	}
	cmd.Flags().StringVar(&p.Reason, "reason", "", "the `TEXT` to record as the reason")
	cmd.Flags().BoolVar(&runsOn, "timeout-runs-on", false, "let the execution time out as if it weren't paused")
	m.flags(cmd)
	return cmd
}

func newResumeCommand() *cobra.Command {
	m := many{possible: []string{"pausing", "paused"}}
	var p remote.Pausing
	cmd := &cobra.Command{
		Use:   "resume [EXECUTION...]",
		Short: "Resume executions that are paused",
		Long: `Resume lets an execution go on that is paused, or takes a pause back that has not begun. Its
function is invoked if the pause had cut it short, or something has ended meanwhile; else the execution
goes on waiting.

    durablegen resume fulfilOrder/order-1001`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.run(cmd, args, func(s *remote.Service, e remote.Found) (string, error) {
				return "resumed " + e.Shown(), s.Resume(cmd.Context(), *e.DurableExecutionArn, p)
			})
		},
	}
	cmd.Flags().StringVar(&p.Reason, "reason", "", "the `TEXT` to record as the reason")
	m.flags(cmd)
	return cmd
}

func newDeleteCommand() *cobra.Command {
	m := many{possible: over}
	cmd := &cobra.Command{
		Use:   "delete [EXECUTION...]",
		Short: "Delete executions that have ended, with their data",
		Long: `Delete deletes an execution that has ended, with its history and all data. It can't be taken back.
What it has started goes on; logs stay.

    durablegen delete fulfilOrder/order-1001`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.run(cmd, args, func(s *remote.Service, e remote.Found) (string, error) {
				return "deleted " + e.Shown(), s.Delete(cmd.Context(), *e.DurableExecutionArn)
			})
		},
	}
	m.flags(cmd)
	return cmd
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
