package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
)

func newStopCommand() *cobra.Command {
	m := many{possible: underWay}
	var errorType, message string
	cmd := &cobra.Command{
		Use:   "stop [EXECUTION...]",
		Short: "Stop executions",
		Long: `Stop ends an execution as stopped. Its undos do not run. At a local service what it is
just doing is cut off; on AWS it goes on, but nothing more is recorded. An execution that has
ended stays as it is.

    durablegen stop fulfilOrder/order-1001 --message "ordered by mistake"
    durablegen stop --function fulfilOrder --at approve --until 2d --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.run(cmd, args, func(s *remote.Service, e remote.Found) (string, error) {
				before, err := s.Execution(cmd.Context(), *e.DurableExecutionArn)
				if err != nil {
					return "", err
				}
				in := &lambda.StopDurableExecutionInput{DurableExecutionArn: e.DurableExecutionArn}
				if errorType != "" || message != "" {
					in.Error = &types.ErrorObject{ErrorType: optional(errorType), ErrorMessage: optional(message)}
				}
				if _, err := s.StopDurableExecution(cmd.Context(), in); err != nil {
					return "", s.Explain(err)
				}
				after, err := s.Execution(cmd.Context(), *e.DurableExecutionArn)
				if err != nil {
					return "", err
				}
				if before.EndTimestamp != nil || after.Status != types.ExecutionStatusStopped {
					return fmt.Sprintf("%s had ended before: %s", e.Shown(), strings.ToLower(string(after.Status))), nil
				}
				return "stopped " + e.Shown(), nil
			})
		},
	}
	cmd.Flags().StringVar(&errorType, "type", "", "the error `TYPE` to record")
	cmd.Flags().StringVar(&message, "message", "", "the `TEXT` to record as the reason")
	m.flags(cmd)
	return cmd
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
