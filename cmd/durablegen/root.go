package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/near"
	"github.com/durablegen/durablegen/dsl"
)

// What a command's exit status says; the same everywhere.
const (
	exitOK     = 0
	exitNo     = 1 // the answer is no: problems found, something stale, an execution failed
	exitCannot = 2 // the command could not do its work
)

// status ends a command with an exit status when everything has been said.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// run is the command: main without the process around it.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(context.Background())
	if err == nil {
		return exitOK
	}
	var code status
	if errors.As(err, &code) {
		return int(code)
	}
	if rest, ok := strings.CutPrefix(err.Error(), "unknown command "); ok {
		err = unknownCommand(cmd, rest)
	}
	complain(stderr, err)
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "See `%s --help`.\n", cmd.CommandPath())
	}
	return exitCannot
}

// unknownCommand makes one line of cobra's message, with the near name.
func unknownCommand(cmd *cobra.Command, rest string) error {
	name, _, _ := strings.Cut(strings.TrimPrefix(rest, `"`), `"`)
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	if help := near.DidYouMean(name, names); help != "" {
		return usagef("there is no command `%s`; %s", name, help)
	}
	return usagef("there is no command `%s`", name)
}

// complain prints an error, each line of several joined ones for itself.
func complain(w io.Writer, err error) {
	for line := range strings.SplitSeq(strings.TrimRight(err.Error(), "\n"), "\n") {
		if line != "" && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			line = "durablegen: " + line
		}
		fmt.Fprintln(w, line)
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
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddGroup(
		&cobra.Group{ID: "source", Title: "Working on .flow files:"},
		&cobra.Group{ID: "run", Title: "Running workflows:"},
		&cobra.Group{ID: "service", Title: "Working with executions, here or on AWS:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("source", newGenerateCommand(), newCheckCommand(), newFmtCommand(), newVetCommand(), newExplainCommand(), newDiagramCommand())
	add("run", newRunCommand(), newDevCommand())
	add("service", newStartCommand(), newListCommand(), newShowCommand(), newHistoryCommand(), newStopCommand(), newCallbackCommand())
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

// atMost wants no more than n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("%s: `%s` is one argument too many", cmd.Name(), args[n])
		}
		return nil
	}
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && f != nil && term.IsTerminal(int(f.Fd()))
}

// colored reports whether text for a stream may have colours.
func colored(stream any) bool {
	return isTerminal(stream) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// showDiagnostics prints problems for people. Those of other files than .flow ones
// have no code, so there is none to show.
func showDiagnostics(w io.Writer, set *dsl.SourceSet, ds dsl.Diagnostics) {
	var b bytes.Buffer
	dsl.WriteText(&b, set, ds, colored(w))
	w.Write(bytes.ReplaceAll(b.Bytes(), []byte("error[]"), []byte("error")))
}

// plural gives "1 file", "2 files", "2 fixes".
func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", noun)
	}
	if strings.HasSuffix(noun, "x") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
