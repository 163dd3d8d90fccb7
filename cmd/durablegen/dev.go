package main

import (
	"cmp"
	"context"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/console"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/localrun"
	"github.com/durablegen/durablegen/runtime/engine"
)

func newDevCommand() *cobra.Command {
	var o localrun.ServeOptions
	var faults, answers, editor string
	cmd := &cobra.Command{
		Use:   "dev PACKAGE...",
		Short: "Serve workflows on this machine until stopped",
		Long: `Dev generates and builds the Lambda functions of one or more packages and serves them
with a local service for durable executions, which speaks the Lambda API. It prints
"listening on URL". What it acknowledged it keeps, also over kill -9: started again, it
goes on with every execution that was running. After an edit of a .flow or Go file it
builds anew, and what is invoked from then on runs the new build; while that can't be
built, the last one goes on serving. --reload=false leaves it at the first. What begins on
a version that "durablegen publish" has made ends on it, whatever is built.

    durablegen dev ./examples/foodorder
    durablegen start fulfilOrder --input order.json --endpoint http://127.0.0.1:9470
    aws lambda list-durable-executions-by-function --function-name fulfilOrder \
        --endpoint-url http://127.0.0.1:9470

With --answers, the programs of the file are started, and what it answers is answered as
in "durablegen run": callbacks, and functions that are not served here. After an edit of the
file or of a program, what has changed is started anew.

Time is real here; "durablegen run" skips it. Whoever reaches the address can run code
as you: it is loopback unless --addr says otherwise.

The console is a web page on an address of its own, which is printed with the token that
opens it: executions as they go on, with their diagrams; forms to start them and to answer
callbacks; waits can be skipped there. --console chooses its address, "--console off"
leaves it out. Places of .flow files are links there that open them in an editor: VS Code,
unless --editor or DURABLEGEN_EDITOR names another one.`,
		Args: some("PACKAGE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkServe(&o); err != nil {
				return err
			}
			var err error
			said := "--editor " + editor
			if !cmd.Flags().Changed("editor") {
				editor = cmp.Or(os.Getenv("DURABLEGEN_EDITOR"), "vscode")
				said = "DURABLEGEN_EDITOR=" + editor
			}
			if o.Editor, err = console.ParseEditor(editor); err != nil {
				return usagef("%s: %w", said, err)
			}
			if cmd.Flags().Changed("faults") {
				if o.Faults, err = engine.ParseFaults(faults); err != nil {
					return usagef("--faults: %w", err)
				}
			}
			if cmd.Flags().Changed("answers") {
				o.Answers = &answers
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			o.Packages, o.Stdout, o.Stderr = args, cmd.OutOrStdout(), cmd.ErrOrStderr()
			err = localrun.Serve(ctx, o)
			if ctx.Err() != nil {
				return nil // to be stopped is how it ends
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Address, "addr", "127.0.0.1:9470", "the `HOST:PORT` to listen on; port 0 is a free one")
	f.StringVar(&o.Console, "console", "", "the `HOST:PORT` of the console, or off (default 127.0.0.1:9471, or a free port)")
	f.StringVar(&editor, "editor", "", "the `EDITOR` that the console's links open: vscode, vscodium, cursor, zed, idea, off, or an address with {file} and {line} (default DURABLEGEN_EDITOR, or vscode)")
	f.StringVar(&answers, "answers", "", "the outside world's answers, whose programs are started: a `FILE` or JSON, as in run (default none)")
	f.StringVar(&o.Data, "data", "", "the `DIR` to keep executions in (default one for the packages in your state folder)")
	f.StringVar(&o.Logs, "logs", "", "the `FILE` to append the functions' logs to, as lines of JSON; - for standard error")
	f.StringSliceVar(&o.Hosts, "host", nil, "a further `NAME` by which requests may call the service, such as that of a container")
	f.BoolVar(&o.Reload, "reload", true, "build anew whenever a .flow or Go file changes")
	f.StringVar(&faults, "faults", "", "have the service fail at random, as `SHARES` of the functions' calls: 429=5%,500=1%,502=1%,kms=0.1%")
	lengthVar(f, &o.Limits.Timeout, "timeout", "how long one invocation may take, such as 1m (default what template.yaml says, or 15m)")
	f.IntVar(&o.Limits.AtOnce, "concurrency", 0, "how many invocations of a function may run at once: `N` (default what template.yaml says, or 100)")
	return cmd
}

// checkServe finds what is wrong with the flags.
func checkServe(o *localrun.ServeOptions) error {
	if _, _, err := net.SplitHostPort(o.Address); err != nil {
		return usagef("--addr %s: must be HOST:PORT, such as 127.0.0.1:9470", o.Address)
	}
	switch {
	case o.Limits.Timeout < 0 || o.Limits.Timeout > 15*time.Minute:
		return usagef("--timeout %v: must be 15m at most, as on AWS", o.Limits.Timeout)
	case o.Limits.AtOnce < 0:
		return usagef("--concurrency %d: must be at least 1", o.Limits.AtOnce)
	}
	if o.Console == "" || o.Console == "off" {
		return nil
	}
	if _, _, err := net.SplitHostPort(o.Console); err != nil {
		return usagef("--console %s: must be HOST:PORT, such as %s, or off", o.Console, localrun.DefaultConsole)
	}
	return nil
}

// interruptible gives a context that ends with the signals by which a command is stopped.
// A second one ends the process at once. A reader of the output that goes away is no
// reason to stop.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
