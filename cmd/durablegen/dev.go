package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/localrun"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/httpguard"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
)

func newDevCommand() *cobra.Command {
	var d developer
	cmd := &cobra.Command{
		Use:   "dev PACKAGE...",
		Short: "Serve workflows on this machine until stopped",
		Long: `Dev generates and builds the Lambda functions of one or more packages and serves them
with a local service for durable executions, which speaks the Lambda API. It prints
"listening on URL". What it acknowledged it keeps, also over kill -9: started again, it
goes on with every execution that was running. It serves what it has built: after an
edit, stop it and start it again.

    durablegen dev ./examples/foodorder
    durablegen start fulfilOrder --input order.json --endpoint http://127.0.0.1:9470
    aws lambda list-durable-executions-by-function --function-name fulfilOrder \
        --endpoint-url http://127.0.0.1:9470

Time is real here; "durablegen run" skips it. Whoever reaches the address can run code
as you: it is loopback unless --addr says otherwise.

The console is a web page on an address of its own, which is printed with the token that
opens it: executions as they go on, with their diagrams; forms to start them and to answer
callbacks; waits can be skipped there. --console chooses its address, "--console off"
leaves it out.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return exactly("PACKAGE")(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			signal.Ignore(syscall.SIGPIPE)
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
			d.stdout, d.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			err := d.run(ctx, args)
			if ctx.Err() != nil {
				return nil // to be stopped is how it ends
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.addr, "addr", "127.0.0.1:9470", "the `HOST:PORT` to listen on; port 0 is a free one")
	f.StringVar(&d.console, "console", "", "the `HOST:PORT` of the console, or off (default 127.0.0.1:9471, or a free port)")
	f.StringVar(&d.data, "data", "", "the `DIR` to keep executions in (default one for the packages in your state folder)")
	f.StringVar(&d.logs, "logs", "", "the `FILE` to append the functions' logs to, as lines of JSON; - for standard error")
	f.StringSliceVar(&d.hosts, "host", nil, "a further `NAME` by which requests may call the service, such as that of a container")
	f.DurationVar(&d.limits.Timeout, "timeout", 0, "how long one invocation may take, such as 1m (default what template.yaml says, or 15m)")
	f.IntVar(&d.limits.AtOnce, "concurrency", 0, "how many invocations of a function may run at `ONCE` (default what template.yaml says, or 100)")
	return cmd
}

type developer struct {
	addr, console, data, logs string
	hosts                     []string
	limits                    local.Limits
	stdout, stderr            io.Writer
}

func (d *developer) run(ctx context.Context, args []string) (err error) {
	host, _, err := net.SplitHostPort(d.addr)
	if err != nil {
		return usagef("--addr %s: must be HOST:PORT, such as 127.0.0.1:9470", d.addr)
	}
	switch {
	case d.limits.Timeout < 0 || d.limits.Timeout > 15*time.Minute:
		return usagef("--timeout %v: must be 15m at most, as on AWS", d.limits.Timeout)
	case d.limits.AtOnce < 0:
		return usagef("--concurrency %d: must be at least 1", d.limits.AtOnce)
	}
	if err := d.checkConsole(); err != nil {
		return err
	}
	var targets []*gobuild.Target
	var dirs []string
	for _, arg := range args {
		t, err := gobuild.Resolve(ctx, arg)
		if err != nil {
			return err
		}
		targets = append(targets, t)
		dirs = append(dirs, t.Dir)
	}
	storage := local.Data{Dir: d.data}
	if d.data == "" {
		storage, err = local.DefaultData(dirs...)
	} else {
		storage.Dir, err = filepath.Abs(d.data)
	}
	if err != nil {
		return err
	}
	if err := storage.Make(); err != nil {
		return err
	}
	// Once it serves, nobody need read what it says: it must end all the same.
	stderr := terminal.NewPatient(d.stderr)
	defer stderr.Close()
	log, closeLog, err := d.openLog(stderr)
	if err != nil {
		return err
	}
	defer closeLog()
	binaries := make([]string, len(targets))
	functions := make([][]gobuild.Function, len(targets))
	var flows []*flowdir.Package
	for i, t := range targets {
		packages, err := prepare(ctx, t, args[i], d.stderr)
		if err != nil {
			return err
		}
		flows = append(flows, packages...)
		binaries[i] = filepath.Join(storage.Bin(), "dev", fmt.Sprintf("bootstrap-%d", i))
		if functions[i], err = localrun.Build(ctx, t, storage, binaries[i], packages, d.stderr); err != nil {
			return err
		}
	}
	service, err := local.Open(local.Config{
		Store:   storage.Dir,
		Work:    storage.Work(),
		Address: d.addr,
		Hosts:   d.hosts,
		Limits:  d.limits,
		Log:     log,
		Logger:  slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	defer service.Close()
	for i := range targets {
		if err := service.Add(binaries[i], targets[i].Dir, functions[i], nil); err != nil {
			return err
		}
	}
	if err := service.Start(); err != nil {
		return err
	}
	if !httpguard.IsLoopback(host) {
		fmt.Fprintf(stderr, "warning: %s is not loopback: whoever reaches it can run code as you\n", d.addr)
	}
	for i := range targets {
		for _, f := range functions[i] {
			fmt.Fprintf(stderr, "serving %s\n", f.Name)
		}
	}
	closeConsole, err := d.serveConsole(service, storage, flows, stderr)
	if err != nil {
		return err
	}
	defer closeConsole()
	fmt.Fprintf(d.stdout, "listening on %s\n", service.URL)
	<-ctx.Done()
	service.Drain(func(wait string) { fmt.Fprintln(stderr, wait) })
	fmt.Fprintln(stderr, "stopping; executions go on when it is started again")
	return nil
}

// openLog gives what takes the lines that functions write.
func (d *developer) openLog(stderr io.Writer) (log func(engine.LogLine), closeLog func(), err error) {
	var w io.Writer
	closeLog = func() {}
	switch d.logs {
	case "":
		return nil, closeLog, nil
	case "-":
		w = stderr
	default:
		f, err := os.OpenFile(d.logs, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: can't be written: %w", d.logs, words.Cause(err))
		}
		w, closeLog = f, func() { f.Close() }
	}
	var mu sync.Mutex
	return func(l engine.LogLine) {
		line := logObject(l)
		if line == "" {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(w, line)
	}, closeLog, nil
}
