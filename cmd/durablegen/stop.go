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
	var c connection
	var errorType, message string
	cmd := &cobra.Command{
		Use:   "stop EXECUTION",
		Short: "Stop an execution",
		Long: `Stop ends an execution as stopped. Its undos do not run. At a local service what it is
just doing is cut off; on AWS it goes on, but nothing more is recorded. EXECUTION is an ARN or FUNCTION/NAME; at a
local service the name is enough, if only one function has an execution of that name. An
execution that has ended stays as it is.

    durablegen stop fulfilOrder/order-1001 --message "ordered by mistake"`,
		Args: exactly("EXECUTION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, arn, err := c.find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			before, err := s.Execution(cmd.Context(), arn)
			if err != nil {
				return err
			}
			in := &lambda.StopDurableExecutionInput{DurableExecutionArn: &arn}
			if errorType != "" || message != "" {
				in.Error = &types.ErrorObject{ErrorType: optional(errorType), ErrorMessage: optional(message)}
			}
			if _, err := s.StopDurableExecution(cmd.Context(), in); err != nil {
				return s.Explain(err)
			}
			after, err := s.Execution(cmd.Context(), arn)
			if err != nil {
				return err
			}
			if before.EndTimestamp != nil || after.Status != types.ExecutionStatusStopped {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s had ended before: %s\n", remote.Shown(arn), strings.ToLower(string(after.Status)))
			} else {
				fmt.Fprintf(cmd.ErrOrStderr(), "stopped %s\n", remote.Shown(arn))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&errorType, "type", "", "the error `TYPE` to record")
	cmd.Flags().StringVar(&message, "message", "", "the `TEXT` to record as the reason")
	c.flags(cmd)
	return cmd
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
