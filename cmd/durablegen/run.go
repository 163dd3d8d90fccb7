package main

import (
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/localrun"
)

func newRunCommand() *cobra.Command {
	var o localrun.Options
	var input, answers string
	cmd := &cobra.Command{
		Use:   "run PACKAGE",
		Short: "Generate, build and run one execution on this machine",
		Long: `Run compiles a workflow's package, builds its Lambda function as it is deployed,
starts a service for durable executions on loopback, and runs one execution. PACKAGE
is the folder or import path of a Lambda main, or a folder that has one below it, or
a folder of .flow files with one anywhere in its module.

    durablegen run ./examples/foodorder
    durablegen run . --workflow greet --input '{"name": "Ada"}'
    durablegen run . --input order.json --answers silent.json
    durablegen run . --name mine            # after a crash or Ctrl-C: goes on

Standard output gets the result, as JSON, and nothing else; progress is on standard
error. Exit status: 0 succeeded, 1 failed, 2 could not run, 130 interrupted.

Time is skipped: it jumps over waits, polls and retry delays when nothing else can
happen, and over a callback's timeout where the answers say that nobody answers.
--real-time keeps it.

The answers of the outside world come from a file, answers.json beside the package:

    {
      "programs": {"restaurant": {"package": "./cmd/restaurant", "args": [], "env": {}}},
      "answers": {
        "askRestaurant":    {"program": "restaurant"},
        "customerConfirms": {"result": null, "after": "20m"},
        "askCook":          {"failure": {"type": "Refused", "message": "no", "data": {"why": "late"}}},
        "askGuest":         [{"silence": true}, {"result": 4}],
        "render":           {"result": {"pages": 4}, "after": "3s"}
      }
    }

A list has an answer for each use of the callback. A program is built and started
beside the function; it listens on ADDR, and the function finds it in RESTAURANT_URL.
Functions that the workflow invokes are answered like callbacks; a program that answers
one is a Lambda bootstrap. It is a Go package, or a "command" of any language.
What the file does not answer is asked at the terminal, or waits for
"durablegen callback", which is printed.

Executions are kept in the data folder. The same --name goes on where the execution
stopped, with its input; completed steps are not repeated.`,
		Args: exactly("PACKAGE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			o.Package, o.Stdin, o.Stdout, o.Stderr = args[0], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			if cmd.Flags().Changed("input") {
				o.Input = &input
			}
			if cmd.Flags().Changed("answers") {
				o.Answers = &answers
			}
			return localrun.Run(ctx, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Workflow, "workflow", "", "the `NAME` of the workflow, if there are several")
	_ = cmd.RegisterFlagCompletionFunc("workflow", workflowsIn(nil))
	f.StringVar(&input, "input", "", "the input: a `FILE`, - for standard input, or JSON (default input.json beside the package)")
	f.StringVar(&answers, "answers", "", "the outside world's answers: a `FILE` or JSON (default answers.json beside the package)")
	f.BoolVar(&o.RealTime, "real-time", false, "let waits take the time that they take")
	f.StringVar(&o.Data, "data", "", "the `DIR` to keep executions in (default one for each package in your state folder)")
	f.StringVar(&o.Name, "name", "", "the name of the `EXECUTION`; one that is there goes on")
	return cmd
}
