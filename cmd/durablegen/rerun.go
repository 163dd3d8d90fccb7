package main

import (
	"context"
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
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
)

func newRerunCommand() *cobra.Command {
	m := many{possible: over}
	var suffix, qualifier, from string
	cmd := &cobra.Command{
		Use:   "rerun [EXECUTION...]",
		Short: "Run executions that have ended again, from their input",
		Long: `Rerun starts a new execution with the input of one that has ended: from the beginning, with
all that its workflow does. Its name is that of the first and a suffix, so that the command can be
repeated: what was run again under that name already is not started once more. It runs on the
version of the function that the first ran on, unless --qualifier names another. It prints
the ARN of each execution that it has started.

With --from OPERATION, at a local service, it does not begin at the beginning: the new execution
is given the record of all that had ended when that operation began, and goes on from there. What
was under way beside it then begins anew, and what was undone since counts as done, which is
said. OPERATION is named as show and history do.

    durablegen rerun fulfilOrder/order-1001
    durablegen rerun order-1001 --from chargeCard
    durablegen rerun order-1001 --from 'map[2]/printLabel' --suffix -b
    durablegen rerun --function fulfilOrder --status failed --error BankDown --since 2h --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if suffix == "" {
				return usagef("--suffix: can't be empty: an execution of the same name is the same execution")
			}
			switch {
			case cmd.Flags().Changed("from") && strings.Trim(from, "/ ") == "":
				return usagef("--from: name an operation")
			case from != "" && qualifier != "":
				return usagef("--from and --qualifier: from an operation on, an execution runs on the version that it ran on")
			}
			return m.run(cmd, args, func(s *remote.Service, e remote.Found) (string, error) {
				if from != "" {
					return rerunFrom(cmd, s, *e.DurableExecutionArn, suffix, from)
				}
				return rerun(cmd, s, *e.DurableExecutionArn, suffix, qualifier)
			})
		},
	}
	m.flags(cmd)
	cmd.Flags().StringVar(&suffix, "suffix", "-rerun", "the `TEXT` that the name of the new execution ends with")
	cmd.Flags().StringVar(&from, "from", "", "the `OPERATION` to run from: what had ended before it is not run again")
	cmd.Flags().StringVar(&qualifier, "qualifier", "", "the `VERSION` or alias of the function to run on")
	return cmd
}

func rerun(cmd *cobra.Command, s *remote.Service, arn, suffix, qualifier string) (string, error) {
	ctx := cmd.Context()
	e, name, before, err := toRerun(ctx, s, arn, suffix)
	if err != nil || before != "" {
		return before, err
	}
	function := remote.FunctionName(arn)
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

// toRerun gives an execution that is to be run again, and the name of the one that does that. If there is
// such a one, before tells of it.
func toRerun(ctx context.Context, s *remote.Service, arn, suffix string) (e *lambda.GetDurableExecutionOutput, name, before string, err error) {
	e, err = s.Execution(ctx, arn)
	switch {
	case err != nil:
		return nil, "", "", err
	case e.EndTimestamp == nil:
		return nil, "", "", errors.New(remote.Shown(arn) + " has not ended: it is " + strings.ToLower(string(e.Status)))
	}
	name = aws.ToString(e.DurableExecutionName) + suffix
	if err := local.CheckExecutionName(name); err != nil {
		return nil, "", "", err
	}
	if found, err := s.Named(ctx, remote.FunctionName(arn)+"/"+name); err == nil {
		before = fmt.Sprintf("%s was run again as %s: %s; another --suffix runs it once more", remote.Shown(arn), found.Shown(), strings.ToLower(string(found.Status)))
	}
	return e, name, before, nil
}

// rerunFrom runs an execution again from an operation on.
func rerunFrom(cmd *cobra.Command, s *remote.Service, arn, suffix, from string) (string, error) {
	ctx := cmd.Context()
	_, name, before, err := toRerun(ctx, s, arn, suffix)
	if err != nil || before != "" {
		return before, err
	}
	events, err := s.History(ctx, arn)
	if err != nil {
		return "", err
	}
	o, err := remote.OperationOf(execution.Of(events), from)
	if err != nil {
		return "", fmt.Errorf("%s: %w", remote.Shown(arn), err)
	}
	if undone := execution.UndoneSince(events, o.ID); len(undone) > 0 {
		var trails []string
		for _, u := range undone {
			trails = append(trails, u.Trail())
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "what was undone in %s since is on record as done in %s: %s\n", remote.Shown(arn), name, firstFew(trails))
	}
	out, err := s.Rerun(ctx, arn, engine.RerunInput{From: o.ID, Name: name})
	if err != nil {
		return "", err
	}
	if len(out.Anew) > 0 {
		var anew []string
		for _, id := range out.Anew {
			anew = append(anew, remote.Words(id))
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "was under way then, and begins anew: %s\n", firstFew(anew))
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), out.DurableExecutionArn)
	return "", err
}

// firstFew lists names, of many the first ones.
func firstFew(names []string) string {
	const most = 5
	if more := len(names) - most; more > 0 {
		names = append(names[:most:most], fmt.Sprintf("%d more", more))
	}
	return cleantext.Line(words.List(names))
}
