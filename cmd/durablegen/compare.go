package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/textwidth"
	"github.com/durablegen/durablegen/runtime/wire"
)

func newCompareCommand() *cobra.Command {
	var c connection
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:   "compare EXECUTION EXECUTION",
		Short: "Show how two executions differ",
		Long: `Compare pairs the operations of two executions by their names, and prints where these differ:
in what they were given, in what they gave, failed with or how often they were tried, in the
way that was taken, and in which of the two they are at all. Times are no difference. It
exits with status 1 if the executions differ. EXECUTION is an ARN or FUNCTION/NAME; at a local
service the name is enough.

    durablegen compare order-1001 order-1002
    durablegen compare order-1001 order-1001-rerun --all`,
		Args: exactly("EXECUTION", "EXECUTION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			service, err := c.connect(cmd.Context())
			if err != nil {
				return err
			}
			var both [2]compared
			for i, arg := range args {
				arn, err := service.ARN(cmd.Context(), arg)
				if err != nil {
					return err
				}
				if both[i].e, err = service.Execution(cmd.Context(), arn); err != nil {
					return err
				}
				if both[i].events, err = service.History(cmd.Context(), arn); err != nil {
					return err
				}
			}
			pairs := execution.Compare(both[0].events, both[1].events)
			differ := both[0].whole() != both[1].whole()
			for _, p := range pairs {
				differ = differ || p.Only() || len(p.Differs) > 0
			}
			if asJSON {
				err = writePairsJSON(cmd.OutOrStdout(), &both, pairs)
			} else {
				err = writePairs(cmd.OutOrStdout(), &both, pairs, all, differ)
			}
			if err == nil && differ {
				return terminal.No
			}
			return err
		},
	}
	c.flags(cmd)
	cmd.ValidArgsFunction = c.executions()
	cmd.Flags().BoolVar(&all, "all", false, "print what is the same, too")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line, of every operation")
	return cmd
}

// compared is one of two executions.
type compared struct {
	e      *lambda.GetDurableExecutionOutput
	events []wire.Event
}

// whole is what is compared of an execution as a whole.
func (c *compared) whole() [5]string {
	of := [5]string{remote.FunctionName(aws.ToString(c.e.FunctionArn)), strings.ToLower(string(c.e.Status)), payload.Compact(aws.ToString(c.e.InputPayload)), payload.Compact(aws.ToString(c.e.Result))}
	if c.e.Error != nil {
		of[4] = execution.ErrorText(remote.ErrorObject(c.e.Error))
	}
	return of
}

const widest = 48 // columns of one side

// writePairs prints a table: the executions as a whole, then their operations.
func writePairs(w io.Writer, both *[2]compared, pairs []*execution.Pair, all, differ bool) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	row := func(sign string, cells ...string) {
		for i := range cells {
			cells[i] = textwidth.Cut(cleantext.Line(cells[i]), widest)
		}
		fmt.Fprintln(t, strings.TrimRight(sign+" "+strings.Join(cells, "\t"), " \t"))
	}
	row(" ", "", aws.ToString(both[0].e.DurableExecutionName), aws.ToString(both[1].e.DurableExecutionName))
	a, b := both[0].whole(), both[1].whole()
	for i, what := range []string{"function", "status", "input", "result", "error"} {
		switch {
		case a[i] != b[i]:
			row("≠", what, cmp.Or(a[i], "-"), cmp.Or(b[i], "-"))
		case a[i] != "" && (all || what == "status"):
			row(" ", what, a[i], b[i])
		}
	}
	same := 0
	for _, p := range pairs {
		sign, trail := "≠", p.Either().Trail()
		switch {
		case p.A == nil:
			sign = "+"
		case p.B == nil:
			sign = "-"
		case len(p.Differs) == 0:
			sign = " "
			if same++; !all {
				continue
			}
		default:
			trail += ": " + strings.Join(p.Differs, ", ")
		}
		row(sign, trail, side(p.A), side(p.B))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var err error
	switch {
	case !differ:
		_, err = fmt.Fprintln(w, "they do not differ but in times")
	case same > 0 && !all:
		_, err = fmt.Fprintf(w, "%d operations are the same; --all prints them, too\n", same)
	}
	return err
}

// side says what one execution has of an operation.
func side(s *execution.Side) string {
	if s == nil {
		return "-"
	}
	state := s.State.String()
	switch {
	case s.Undone:
		state = "undone"
	case s.Left():
		state = "left behind"
	}
	if s.Tries > 1 {
		state += fmt.Sprintf(" ×%d", s.Tries)
	}
	switch {
	case s.Failure != nil && s.State != execution.Succeeded:
		state += " " + execution.ErrorText(s.Failure)
	case s.Result != nil && s.What() != "context":
		state += " " + payload.Compact(*s.Result)
	}
	return state
}

// writePairsJSON prints one object a line: that of the executions, then one for each operation.
func writePairsJSON(w io.Writer, both *[2]compared, pairs []*execution.Pair) error {
	if err := printJSON(w, map[string]any{"a": remote.DescribedWith(both[0].e, nil), "b": remote.DescribedWith(both[1].e, nil)}); err != nil {
		return err
	}
	one := func(s *execution.Side) any {
		if s == nil {
			return nil
		}
		out := map[string]any{"state": s.State.String(), "start": s.Started}
		if !s.Ended.IsZero() {
			out["end"] = s.Ended
		}
		if s.Tries > 0 {
			out["attempts"] = s.Tries
		}
		for key, text := range map[string]*string{"input": s.Input, "result": s.Result} {
			if text != nil {
				out[key] = *text
			}
		}
		if s.Failure != nil {
			out["error"] = s.Failure
		}
		return out
	}
	for _, p := range pairs {
		differs := p.Differs
		if differs == nil {
			differs = []string{}
		}
		if err := printJSON(w, map[string]any{"operation": p.Either().Trail(), "id": p.Either().ID, "differs": differs, "a": one(p.A), "b": one(p.B)}); err != nil {
			return err
		}
	}
	return nil
}
