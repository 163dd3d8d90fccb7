package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
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
			found, damaged, err := s.List(cmd.Context(), functions, name, wanted, limit)
			tellDamaged(cmd, damaged)
			if err != nil {
				return err
			}
			if asJSON {
				for _, e := range found {
					if err := printJSON(cmd.OutOrStdout(), remote.Described(e)); err != nil {
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
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", aws.ToString(e.DurableExecutionName), remote.FunctionName(aws.ToString(e.FunctionArn)),
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

// tellDamaged tells which entries of a list are not as they were written.
func tellDamaged(cmd *cobra.Command, damaged []string) {
	for _, names := range damaged {
		fmt.Fprintf(cmd.ErrOrStderr(), "the entries of %s in the list are not as they were written; `durablegen store check` tells more, and the way back is a backup\n", cleantext.Line(names))
	}
}
