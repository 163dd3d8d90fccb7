package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/words"
)

func newListCommand() *cobra.Command {
	var c connection
	var statuses []string
	var name string
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [FUNCTION]",
		Short: "List executions, the newest first",
		Long: `List prints the executions of a function, the newest first; at a local service those
of all functions if none is named. With --json it prints one object a line.

    durablegen list --endpoint http://127.0.0.1:9470
    durablegen list fulfilOrder --status running,failed --limit 20`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 {
				return usagef("--limit %d: must be at least 1", limit)
			}
			var wanted []types.ExecutionStatus
			known := []string{"running", "pausing", "paused", "succeeded", "failed", "timed_out", "stopped", "deleting"}
			for _, s := range statuses {
				s = strings.ReplaceAll(strings.ToLower(s), "-", "_")
				if !slices.Contains(known, s) {
					return usagef("--status %s: must be one of %s", s, words.List(known))
				}
				if status := types.ExecutionStatus(strings.ToUpper(s)); !slices.Contains(wanted, status) {
					wanted = append(wanted, status)
				}
			}
			if len(wanted) == 0 {
				wanted = []types.ExecutionStatus{""}
			}
			s, err := c.connect(cmd.Context())
			if err != nil {
				return err
			}
			functions := args
			if len(functions) == 0 {
				if !s.Local {
					return usagef("name the FUNCTION; only a local service lists the executions of all")
				}
				if functions, err = s.Functions(cmd.Context()); err != nil {
					return err
				}
			}
			var found []types.Execution
			for _, f := range functions {
				// The service takes one status at a time.
				for _, status := range wanted {
					in := &lambda.ListDurableExecutionsByFunctionInput{FunctionName: &f, MaxItems: int32(min(limit, 1000))}
					if status != "" {
						in.Statuses = []types.ExecutionStatus{status}
					}
					if name != "" {
						in.DurableExecutionName = &name
					}
					executions, err := listAll(cmd, s, in, limit)
					if err != nil {
						return err
					}
					found = append(found, executions...)
				}
			}
			slices.SortStableFunc(found, func(a, b types.Execution) int { return b.StartTimestamp.Compare(*a.StartTimestamp) })
			found = found[:min(len(found), limit)]
			if asJSON {
				for _, e := range found {
					if err := printJSON(cmd.OutOrStdout(), executionJSON(e)); err != nil {
						return err
					}
				}
				return nil
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tFUNCTION\tSTATUS\tSTARTED\tTOOK")
			for _, e := range found {
				took := ""
				if e.EndTimestamp != nil {
					took = words.Duration(e.EndTimestamp.Sub(*e.StartTimestamp))
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", aws.ToString(e.DurableExecutionName), functionName(aws.ToString(e.FunctionArn)),
					strings.ToLower(string(e.Status)), e.StartTimestamp.Local().Format(time.DateTime), took)
			}
			return w.Flush()
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&statuses, "status", nil, "only executions in these `STATES`: running, pausing, paused, succeeded, failed, timed_out, stopped, deleting")
	f.StringVar(&name, "name", "", "only the execution of this `NAME`")
	f.IntVar(&limit, "limit", 50, "at most `N` executions")
	f.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	c.flags(cmd)
	return cmd
}

// listAll reads pages until there are enough.
func listAll(cmd *cobra.Command, s *remote.Service, in *lambda.ListDurableExecutionsByFunctionInput, limit int) ([]types.Execution, error) {
	var found []types.Execution
	for pages := lambda.NewListDurableExecutionsByFunctionPaginator(s.Client, in); pages.HasMorePages() && len(found) < limit; {
		page, err := pages.NextPage(cmd.Context())
		if err != nil {
			return nil, s.ExplainFunction(cmd.Context(), err, *in.FunctionName)
		}
		found = append(found, page.DurableExecutions...)
		if names := remote.Damaged(page); names != "" {
			fmt.Fprintf(cmd.ErrOrStderr(), "the entries of %s in the list are not as they were written; `durablegen store check` tells more, and the way back is a backup\n", cleantext.Line(names))
		}
	}
	return found, nil
}

func executionJSON(e types.Execution) map[string]any {
	out := map[string]any{
		"arn":      aws.ToString(e.DurableExecutionArn),
		"name":     aws.ToString(e.DurableExecutionName),
		"function": functionName(aws.ToString(e.FunctionArn)),
		"status":   e.Status,
		"start":    e.StartTimestamp,
	}
	if e.EndTimestamp != nil {
		out["end"] = e.EndTimestamp
	}
	return out
}

// functionName gives the name of a function from its ARN, with or without a version,
// or from that of an execution.
func functionName(arn string) string {
	arn, _, _ = strings.Cut(arn, "/durable-execution/")
	parts := strings.Split(arn, ":")
	if len(parts) > 6 {
		return parts[6]
	}
	return path.Base(arn)
}
