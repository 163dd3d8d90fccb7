package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/near"
)

// run is the command: main without the process around it.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(context.Background())
	if err == nil {
		return int(terminal.OK)
	}
	var code terminal.Exit
	if errors.As(err, &code) {
		return int(code)
	}
	if rest, ok := strings.CutPrefix(err.Error(), "unknown command "); ok {
		name, _, _ := strings.Cut(strings.TrimPrefix(rest, `"`), `"`)
		err = unknownCommand(cmd, name)
	}
	terminal.Complain(stderr, err)
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "See `%s --help`.\n", cmd.CommandPath())
	}
	return int(terminal.Cannot)
}

// unknownCommand names the near command.
func unknownCommand(cmd *cobra.Command, name string) error {
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	if help := near.DidYouMean(name, names); help != "" {
		return usagef("there is no command `%s`; %s", name, help)
	}
	return usagef("there is no command `%s`", name)
}

// wrongFlag says in our words what is wrong with a flag.
func wrongFlag(cmd *cobra.Command, err error) error {
	if cmd.HasSubCommands() && cmd.HasParent() && cmd.Flags().NArg() > 0 { // its flags are those of what was meant
		return unknownCommand(cmd, cmd.Flags().Arg(0))
	}
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		flag := "--" + unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			return usagef("there is no flag `-%s`", unknown.GetSpecifiedName())
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		if help := near.DidYouMean(flag, names); help != "" {
			return usagef("there is no flag `%s`; %s", flag, help)
		}
		return usagef("there is no flag `%s`", flag)
	case errors.As(err, &invalid):
		what := map[string]string{"int": "a whole number", "bool": "true or false", "duration": "a duration such as 20m, 1h30m or 2d"}[invalid.GetFlag().Value.Type()]
		if what != "" {
			return usagef("--%s %s: must be %s", invalid.GetFlag().Name, invalid.GetValue(), what)
		}
	}
	return &usageError{err}
}

// newHelpCommand is cobra's, but for a command that there is not: that is a mistake.
func newHelpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Tell what a command does",
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if cmd, rest, err := root.Find(args); err == nil && len(rest) == 0 {
				for _, c := range cmd.Commands() {
					names = append(names, c.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			cmd := root
			for _, name := range args {
				i := slices.IndexFunc(cmd.Commands(), func(c *cobra.Command) bool { return c.Name() == name })
				if i < 0 {
					return unknownCommand(cmd, name)
				}
				cmd = cmd.Commands()[i]
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

// usageError is a mistake in the command line itself.
type usageError struct{ error }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "durablegen",
		Short: "Durable workflows for AWS Lambda, from .flow files",
		Long: `Durablegen compiles .flow files to Go handlers for AWS Lambda durable functions,
draws them as diagrams, and runs them: on this machine, or against AWS.

    durablegen run ./examples/foodorder     generate, build and run one execution here
    durablegen generate ./...               write the Go code and the diagrams
    durablegen check ./...                  find what is wrong

Exit status: 0 if all is well, 1 if the answer is no (problems were found, a file
is stale, an execution failed), 2 if the command could not do its work.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(wrongFlag)
	root.SetHelpCommand(newHelpCommand(root))
	root.AddGroup(
		&cobra.Group{ID: "source", Title: "Working on .flow files:"},
		&cobra.Group{ID: "run", Title: "Running workflows:"},
		&cobra.Group{ID: "deploy", Title: "Deploying workflows:"},
		&cobra.Group{ID: "service", Title: "Working with executions, here or on AWS:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("source", newInitCommand(), newGenerateCommand(), newCheckCommand(), newFmtCommand(), newVetCommand(), newDiffCommand(), newReviewCommand(), newCostCommand(), newExplainCommand(), newGuideCommand(), newDiagramCommand(), newSchemaCommand(), newCoverageCommand(), newLspCommand(), newPlaygroundCommand())
	add("run", newRunCommand(), newDevCommand(), newStoreCommand())
	add("deploy", newPackageCommand(), newTemplateCommand(), newPublishCommand(), newAliasCommand())
	add("service", newStartCommand(), newListCommand(), newShowCommand(), newCompareCommand(), newHistoryCommand(), newRehearseCommand(), newRerunCommand(), newStopCommand(), newPauseCommand(), newResumeCommand(), newDeleteCommand(), newUndoCommand(), newCallbackCommand())
	root.AddCommand(newVersionCommand())
	return root
}

// exactly wants as many arguments as it names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usagef("%s: the %s is missing", cmd.Name(), strings.Join(names[len(args):], " and the "))
		case len(args) > len(names):
			return usagef("%s: `%s` is one argument too many", cmd.Name(), args[len(names)])
		}
		return nil
	}
}

// some wants at least one argument, and takes more.
func some(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return exactly(name)(cmd, args)
		}
		return nil
	}
}

// atMost wants no more than n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("%s: `%s` is one argument too many", cmd.Name(), args[n])
		}
		return nil
	}
}
