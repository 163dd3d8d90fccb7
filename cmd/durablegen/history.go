package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/wire"
)

func newHistoryCommand() *cobra.Command {
	var c stored
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history EXECUTION",
		Short: "Print the events of an execution",
		Long: `History prints what has happened in an execution, the oldest event first. EXECUTION is
an ARN or FUNCTION/NAME; at a local service the name is enough. With --json it prints
one event a line, in the shape of the API, which "durablegen show --file" reads.

    durablegen history fulfilOrder/order-1001
    durablegen history fulfilOrder/order-1001 --json > history.jsonl`,
		Args: exactly("EXECUTION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, arn, end, err := c.connect(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer end()
			events, err := s.History(cmd.Context(), arn)
			if err != nil {
				return err
			}
			if asJSON {
				for _, e := range events {
					if err := printJSON(cmd.OutOrStdout(), e); err != nil {
						return err
					}
				}
				return nil
			}
			return writeHistory(cmd.OutOrStdout(), events)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	c.flags(cmd)
	cmd.ValidArgsFunction = c.executions()
	return cmd
}

// writeHistory prints a line for each event, with the Go frames of a failure below it.
func writeHistory(out io.Writer, events []wire.Event) error {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 4, 2, ' ', 0)
	var x execution.Execution
	for i := range events {
		e := &events[i]
		path := ""
		if o := x.Apply(e); o != nil {
			path = cleantext.Line(o.Trail())
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", e.EventId, e.EventTimestamp.Go().Local().Format("15:04:05.000"), e.EventType, path, execution.EventText(e))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	i := 0
	for line := range strings.Lines(table.String()) {
		text := line
		if stack := terminal.Stack(execution.ErrorOf(&events[i])); stack != "" {
			text += stack + "\n"
		}
		if _, err := io.WriteString(out, text); err != nil {
			return err
		}
		i++
	}
	return nil
}
