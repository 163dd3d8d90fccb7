package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
)

func newStartCommand() *cobra.Command {
	var c connection
	var input, name string
	var wait, asJSON bool
	cmd := &cobra.Command{
		Use:   "start FUNCTION",
		Short: "Start an execution",
		Long: `Start begins an execution of a durable function and prints its ARN. FUNCTION is a name,
NAME:VERSION or NAME:ALIAS; without a version it is $LATEST. A --name makes the start
safe to repeat: with the same input, however it is spaced, it finds the execution that is
there.

    durablegen start fulfilOrder --input order.json --name order-1001 --endpoint http://127.0.0.1:9470
    durablegen start fulfilOrder:live --input '{"id": "order-1"}' --wait

With --wait it prints the result instead, once the execution has ended: status 1 if it
failed.`,
		Args: exactly("FUNCTION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := &lambda.InvokeInput{FunctionName: &args[0], InvocationType: types.InvocationTypeEvent}
			if !strings.Contains(strings.TrimPrefix(args[0], "arn:aws:lambda:"), ":") {
				in.Qualifier = aws.String("$LATEST")
			}
			if name != "" {
				if err := local.CheckExecutionName(name); err != nil {
					return err
				}
				in.DurableExecutionName = &name
			}
			if cmd.Flags().Changed("input") {
				text, err := jsonArgument("--input", input, cmd.InOrStdin())
				if err != nil {
					return err
				}
				in.Payload = []byte(payload.Compact(string(text)))
			}
			s, err := c.connect(cmd.Context())
			if err != nil {
				return err
			}
			arn, err := s.Start(cmd.Context(), in)
			if err != nil {
				return err
			}
			if arn == "" {
				return fmt.Errorf("%s: started, but it is not a durable function: it has no execution", args[0])
			}
			if !wait {
				if asJSON {
					return printJSON(cmd.OutOrStdout(), map[string]string{"arn": arn})
				}
				_, err := fmt.Fprintln(cmd.OutOrStdout(), arn)
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), arn)
			return awaitResult(cmd.Context(), cmd, s, arn)
		},
	}
	f := cmd.Flags()
	f.StringVar(&input, "input", "", "the input: a `FILE`, - for standard input, or JSON")
	f.StringVar(&name, "name", "", "the `NAME` of the execution")
	f.BoolVar(&wait, "wait", false, "wait for the end and print the result")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	c.flags(cmd)
	cmd.ValidArgsFunction = c.functions()
	return cmd
}
