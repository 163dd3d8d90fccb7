package main

import (
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"
)

func newCallbackCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "callback",
		Short: "Answer a callback",
		Long: `Callback answers a callback by its ID, which the workflow gave to the outside.

    durablegen callback succeed ID --result '{"accepted": true, "minutes": 20}'
    durablegen callback fail ID --type Refused --message "we are closed" --data '{"why": "late"}'
    durablegen callback heartbeat ID`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("say how to answer: succeed, fail or heartbeat")
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	cmd.AddCommand(newCallbackSucceedCommand(), newCallbackFailCommand(), newCallbackHeartbeatCommand())
	return cmd
}

func newCallbackSucceedCommand() *cobra.Command {
	var c connection
	var result string
	cmd := &cobra.Command{
		Use:   "succeed ID",
		Short: "Answer a callback with a result",
		Long: `Succeed answers a callback with a result, which is JSON; without --result there is none.

    durablegen callback succeed ID --result '{"accepted": true}' --endpoint http://127.0.0.1:9470`,
		Args: exactly("ID of the callback"),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := &lambda.SendDurableExecutionCallbackSuccessInput{CallbackId: &args[0]}
			if cmd.Flags().Changed("result") {
				text, err := jsonArgument("--result", result, cmd.InOrStdin())
				if err != nil {
					return err
				}
				in.Result = text
			}
			s, err := c.connect(cmd.Context())
			if err != nil {
				return err
			}
			_, err = s.SendDurableExecutionCallbackSuccess(cmd.Context(), in)
			return s.Explain(err)
		},
	}
	cmd.Flags().StringVar(&result, "result", "", "the result: a `FILE`, - for standard input, or JSON")
	c.flags(cmd)
	return cmd
}

func newCallbackFailCommand() *cobra.Command {
	var c connection
	var errorType, message, data string
	cmd := &cobra.Command{
		Use:   "fail ID",
		Short: "Answer a callback with a failure",
		Long: `Fail answers a callback with an error. A type that the callback declares in "fails"
reaches the workflow as that error, with its data; any other as Unexpected.

    durablegen callback fail ID --type Refused --message "we are closed" --data '{"why": "late"}'`,
		Args: exactly("ID of the callback"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cause := &types.ErrorObject{ErrorType: optional(errorType), ErrorMessage: optional(message)}
			if cmd.Flags().Changed("data") {
				text, err := jsonArgument("--data", data, cmd.InOrStdin())
				if err != nil {
					return err
				}
				cause.ErrorData = optional(string(text))
			}
			s, err := c.connect(cmd.Context())
			if err != nil {
				return err
			}
			_, err = s.SendDurableExecutionCallbackFailure(cmd.Context(), &lambda.SendDurableExecutionCallbackFailureInput{CallbackId: &args[0], Error: cause})
			return s.Explain(err)
		},
	}
	f := cmd.Flags()
	f.StringVar(&errorType, "type", "", "the `TYPE` of the error")
	f.StringVar(&message, "message", "", "the `TEXT` of the error")
	f.StringVar(&data, "data", "", "the error's fields: a `FILE`, - for standard input, or JSON")
	c.flags(cmd)
	return cmd
}

func newCallbackHeartbeatCommand() *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "heartbeat ID",
		Short: "Tell that somebody still works on the answer",
		Long:  `Heartbeat keeps a callback with a heartbeat timeout open.`,
		Args:  exactly("ID of the callback"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := c.connect(cmd.Context())
			if err != nil {
				return err
			}
			_, err = s.SendDurableExecutionCallbackHeartbeat(cmd.Context(), &lambda.SendDurableExecutionCallbackHeartbeatInput{CallbackId: &args[0]})
			return s.Explain(err)
		},
	}
	c.flags(cmd)
	return cmd
}
