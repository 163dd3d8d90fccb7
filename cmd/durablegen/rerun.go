package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/internal/arns"
)

func newRerunCommand() *cobra.Command {
	m := many{possible: over}
	var suffix, qualifier string
	cmd := &cobra.Command{
		Use:   "rerun [EXECUTION...]",
		Short: "Run executions that have ended again, from their input",
		Long: `Rerun starts a new execution with the input of one that has ended: from the beginning, with
all that its workflow does. Its name is that of the first and a suffix, so that the command can be
repeated: what was run again under that name already is not started once more. It runs on the
version of the function that the first ran on, unless --qualifier names another. It prints
the ARN of each execution that it has started.

    durablegen rerun fulfilOrder/order-1001
    durablegen rerun --function fulfilOrder --status failed --error BankDown --since 2h --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if suffix == "" {
				return usagef("--suffix: can't be empty: an execution of the same name is the same execution")
			}
			return m.run(cmd, args, func(s *remote.Service, e remote.Found) (string, error) {
				return rerun(cmd, s, *e.DurableExecutionArn, suffix, qualifier)
			})
		},
	}
	m.flags(cmd)
	cmd.Flags().StringVar(&suffix, "suffix", "-rerun", "the `TEXT` that the name of the new execution ends with")
	cmd.Flags().StringVar(&qualifier, "qualifier", "", "the `VERSION` or alias of the function to run on")
	return cmd
}

func rerun(cmd *cobra.Command, s *remote.Service, arn, suffix, qualifier string) (string, error) {
	ctx := cmd.Context()
	e, err := s.Execution(ctx, arn)
	switch {
	case err != nil:
		return "", err
	case e.EndTimestamp == nil:
		return "", errors.New(remote.Shown(arn) + " has not ended: it is " + strings.ToLower(string(e.Status)))
	}
	name, function := aws.ToString(e.DurableExecutionName)+suffix, remote.FunctionName(arn)
	if err := local.CheckExecutionName(name); err != nil {
		return "", err
	}
	if before, err := s.Named(ctx, function+"/"+name); err == nil {
		return fmt.Sprintf("%s was run again as %s: %s; another --suffix runs it once more", remote.Shown(arn), before.Shown(), strings.ToLower(string(before.Status))), nil
	}
	if a, _ := arns.Parse(arn); qualifier == "" {
		qualifier = a.Version
	}
	in := &lambda.InvokeInput{FunctionName: &function, Qualifier: aws.String(qualifier), DurableExecutionName: &name, InvocationType: types.InvocationTypeEvent}
	if e.InputPayload != nil {
		in.Payload = []byte(*e.InputPayload)
	}
	started, err := s.Start(ctx, in)
	if err == nil {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), started)
	}
	return "", err
}
