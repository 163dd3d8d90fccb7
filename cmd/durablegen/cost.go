package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/cost"
	"github.com/durablegen/durablegen/runtime/wire"
)

func newCostCommand() *cobra.Command {
	c := pricer{assumed: cost.Default()}
	var assume []string
	var size string
	cmd := &cobra.Command{
		Use:   "cost [PATH...] | cost --execution EXECUTION | cost --file FILE",
		Short: "Tell what executions take and cost, before they run or after",
		Long: `Cost tells for each workflow of the folders named how many operations, bytes, invocations
and dollars an execution takes: at least, if it comes to an end; as expected; and at most, with
all of its undos. What has no bound says what would be one, and where. Without a path it takes
the current folder.

    durablegen cost                                    the workflows of this folder
    durablegen cost --assume items=40,locate=12        how many there are, how often it is looked
    durablegen cost --assume 'items<=100'              never more than that
    durablegen cost --assume 'order.total > limit=5%'  which way a decision goes
    durablegen cost --assume charge=2s,charge=4KB      how long a step takes, how much it gives
    durablegen cost --memory 512 --region eu-west-1    of the function
    durablegen cost --format json ./...                one JSON object a line, for each workflow

NAME is what the table of assumptions shows, a part of it, or FILE:LINE: a list or map by its
expression, its last part or its label, a poll or a step by its name, a decision by its
condition, a case of a select by its operation. NAME.fails and NAME.undone are shares, too.

    durablegen cost --execution fulfilOrder/order-1001 what an execution has cost
    durablegen cost --file history.jsonl               the same of what "history --json" has saved

What AWS charges, and with which prices this reckons, docs/cost.md tells.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c.stdin, c.stdout, c.stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			for _, text := range assume {
				if err := c.assumed.Set(text); err != nil {
					return usagef("--assume %w", err)
				}
			}
			if cmd.Flags().Changed("size") {
				var err error
				if c.assumed.Size, err = cost.ParseSize(size); err != nil {
					return usagef("--size %w", err)
				}
			}
			return c.run(cmd.Context(), args)
		},
	}
	f, a := cmd.Flags(), &c.assumed
	f.StringSliceVar(&assume, "assume", nil, "what is taken for granted: `NAME=VALUE`, or NAME<=VALUE for the most")
	f.Float64Var(&a.Turns, "turns", a.Turns, "turns, items and checks where nothing is said")
	f.StringVar(&size, "size", "1KB", "of a payload where nothing is said")
	lengthVar(f, &a.Step, "step-time", "of a step where nothing is said")
	lengthVar(f, &a.Replay, "invocation-time", "that an invocation takes besides its steps")
	lengthVar(f, &a.Answer, "answer-time", "until an answer comes where nothing is said")
	f.IntVar(&a.Memory, "memory", a.Memory, "of the function, in `MB`")
	f.BoolVar(&a.Arm, "arm", false, "the function runs on arm64")
	f.IntVar(&a.Retain, "retention", a.Retain, "`DAYS` for which an execution is kept where its workflow does not say")
	f.StringVar(&c.execution, "execution", "", "the `EXECUTION` whose cost is asked: an ARN, FUNCTION/NAME, or NAME at a local service")
	f.StringVar(&c.file, "file", "", "a `FILE` with a saved history, - for standard input")
	f.StringVar(&c.format, "format", "text", "how to print: text, json or markdown")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(costFormats, cobra.ShellCompDirectiveNoFileComp))
	c.flags(cmd)
	f.Lookup("region").Usage = "the AWS `REGION`, whose prices are reckoned with"
	_ = cmd.RegisterFlagCompletionFunc("region", cobra.FixedCompletions(cost.Regions(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

var costFormats = []string{"text", "json", "markdown"}

type pricer struct {
	stored
	assumed                 cost.Assumptions
	execution, file, format string
	stdin                   io.Reader
	stdout, stderr          io.Writer
}

func (c *pricer) run(ctx context.Context, args []string) error {
	if err := oneOf("--format", c.format, costFormats); err != nil {
		return err
	}
	switch a := &c.assumed; {
	case a.Memory < 128 || a.Memory > 10240:
		return usagef("--memory %d: a function has 128 to 10240 MB", a.Memory)
	case a.Retain < 1 || a.Retain > 90:
		return usagef("--retention %d: an execution is kept for 1 to 90 days", a.Retain)
	case a.Turns < 0 || a.Step < 0 || a.Replay < 0 || a.Answer < 0 || a.Step > 15*time.Minute:
		return usagef("--turns and times are 0 or more, and a step takes 15 minutes at most")
	case (c.execution != "" || c.file != "") && len(args) > 0 || c.execution != "" && c.file != "":
		return usagef("give folders, an --execution, or a --file")
	}
	if c.Region != "" {
		c.assumed.Region = c.Region
	}
	if c.execution == "" && c.file == "" {
		return c.estimate(args)
	}
	events, err := c.history(ctx)
	if err != nil {
		return err
	}
	bill, err := cost.OfHistory(events, c.assumed)
	if err != nil {
		return err
	}
	switch c.format {
	case "json":
		cost.WriteBillJSON(c.stdout, bill)
	case "markdown":
		cost.WriteBillMarkdown(c.stdout, bill)
	default:
		cost.WriteBill(c.stdout, bill)
	}
	return nil
}

// estimate tells what the workflows of folders take.
func (c *pricer) estimate(args []string) error {
	folders, err := flowdir.Find(args)
	errs := []error{err}
	for _, folder := range folders {
		p, err := flowdir.Load(folder, dsl.CheckOptions{})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if p.Program == nil {
			terminal.Diagnostics(c.stderr, p.Shown, p.Diagnostics)
			return terminal.No
		}
		list, err := cost.Of(p.Program, c.assumed)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", folder.Dir, err))
			continue
		}
		list = slices.DeleteFunc(list, func(e *cost.Estimate) bool {
			return !slices.Contains(p.Wanted(), filepath.Base(p.Shown.Position(e.Pos).File))
		})
		switch c.format {
		case "json":
			cost.WriteJSON(c.stdout, p.Shown, list)
		case "markdown":
			cost.WriteMarkdown(c.stdout, p.Shown, list)
		default:
			cost.WriteText(c.stdout, p.Shown, list)
		}
	}
	return errors.Join(errs...)
}

// history is that of an execution at a service, or in a file. Of one at AWS the ARN tells
// the region.
func (c *pricer) history(ctx context.Context) ([]wire.Event, error) {
	if c.file != "" {
		events, _, err := readHistory(c.file, c.stdin)
		return events, err
	}
	s, arn, end, err := c.connect(ctx, c.execution)
	if err != nil {
		return nil, err
	}
	defer end()
	if a, ok := arns.Parse(arn); ok && c.Region == "" && !s.Local {
		c.assumed.Region = a.Region
	}
	return s.History(ctx, arn)
}
