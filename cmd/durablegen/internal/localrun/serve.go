package localrun

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/console"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/httpguard"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
)

// ServeOptions say what is to be served, and where.
type ServeOptions struct {
	Packages       []string       // folders or import paths
	Address        string         // HOST:PORT of the Lambda API
	Console        string         // HOST:PORT of the console, "off", or empty for the usual one
	Editor         console.Editor // that opens files from the console
	Data           string         // the folder to keep executions in; empty: the usual one
	Answers        *string        // of the outside world: a file or JSON; nil: none
	Logs           string         // a file for the lines that functions write; - for Stderr; empty: none
	Hosts          []string       // further names by which requests may call
	Limits         local.Limits
	Faults         engine.Faults // with which calls of functions are answered at random
	Reload         bool          // build anew whenever a source changes
	Stdout, Stderr io.Writer
}

// Serve serves the workflows of packages until ctx ends.
func Serve(ctx context.Context, o ServeOptions) error { return o.serve(ctx) }

func (d *ServeOptions) serve(ctx context.Context) error {
	targets, err := d.resolve(ctx)
	if err != nil {
		return err
	}
	var dirs []string
	for _, t := range targets {
		dirs = append(dirs, t.Dir)
	}
	storage, err := openData(d.Data, dirs...)
	if err != nil {
		return err
	}
	// Once it serves, nobody need read what it says: it must end all the same.
	stderr := terminal.NewPatient(d.Stderr)
	defer stderr.Close()
	log, closeLog, err := d.openLog(stderr)
	if err != nil {
		return err
	}
	defer closeLog()
	s := &server{ServeOptions: d, storage: storage, stderr: stderr, programs: console.NewPrograms(), log: log, ended: ctx.Done(), asked: make(chan chan error)}
	s.planner.Store(&local.Planner{Answers: new(answers.Answers), Each: true, Names: func(a local.Asked) []string { return []string{a.Name} }})
	// Before anything is built: what another process serves from this folder is left alone.
	s.service, err = local.Open(local.Config{
		Store:     storage.Dir,
		Work:      storage.Work(),
		Code:      storage,
		Settled:   s.settled,
		Address:   d.Address,
		Hosts:     d.Hosts,
		Limits:    d.Limits,
		Faults:    d.Faults,
		Callbacks: func(cb engine.OpenCallback) engine.CallbackPlan { return s.planner.Load().Plan(cb) },
		Invokes:   func(in engine.OpenInvoke) engine.InvokePlan { return s.planner.Load().Invoke(in) },
		Log:       log,
		Logger:    slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	defer s.service.Close()
	if err := s.openWorld(ctx); err != nil {
		return err
	}
	defer s.world.close()
	first, err := s.build(ctx, targets, d.Stderr)
	if err != nil {
		return err
	}
	if err := s.install(ctx, first); err != nil {
		return err
	}
	if err := s.service.Start(); err != nil {
		return err
	}
	s.world.askAgain(ctx)
	if host, _, _ := net.SplitHostPort(d.Address); !httpguard.IsLoopback(host) {
		fmt.Fprintf(stderr, "warning: %s is not loopback: whoever reaches it can run code as you\n", d.Address)
	}
	for _, name := range first.functions() {
		fmt.Fprintf(stderr, "serving %s\n", name)
	}
	s.tellMissing(first)
	if err := s.serveConsole(first.flows); err != nil {
		return err
	}
	if s.console != nil {
		defer s.console.Close()
	}
	stderr.Flush() // who has read that it listens has been told all the rest
	fmt.Fprintf(d.Stdout, "listening on %s\n", s.service.URL)
	if d.Reload {
		s.watch(ctx)
	}
	<-ctx.Done()
	s.service.Drain(func(wait string) { fmt.Fprintln(stderr, wait) })
	fmt.Fprintln(stderr, "stopping; executions go on when it is started again")
	return nil
}

// openLog gives what takes the lines that functions write.
func (d *ServeOptions) openLog(stderr io.Writer) (log func(engine.LogLine), closeLog func(), err error) {
	var w io.Writer
	closeLog = func() {}
	switch d.Logs {
	case "":
		return nil, closeLog, nil
	case "-":
		w = stderr
	default:
		f, err := os.OpenFile(d.Logs, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: can't be written: %w", d.Logs, words.Cause(err))
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
