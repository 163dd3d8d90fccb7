package localrun

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// session is the part of a `run` in which something runs.
type session struct {
	*plan
	ctx     context.Context
	service *local.Service
	planner *local.Planner
	arn     string // of the execution that is followed: the first, or one in which it has gone on
	log     *os.File
	printer terminal.Printer
	people  people
	world   *world
	mu      sync.Mutex // guards model and skipped
	model   execution.Execution
	skipped time.Duration
	closed  bool
	ownEnd  atomic.Bool   // the function has logged the failure of the execution
	ended   chan struct{} // closed when the model knows the end
}

// maxFailures is how many invocations in a row may fail without getting on. The service
// goes on until the execution's timeout, but nobody who waits at a terminal wants to.
const maxFailures = 5

// sayer is a writer of whole lines.
type sayer func(line string)

func (s sayer) Write(line []byte) (int, error) {
	s(strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}

// untimed leaves the time and the level out of what is shown at once.
func untimed(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
		return slog.Attr{}
	}
	return a
}

// Say tells people what becomes of a program.
func (x *session) Say(text string) { x.printer.Say(text) }

// Line keeps what a program wrote.
func (x *session) Line(program, line string, function bool) {
	if !function {
		fmt.Fprintf(x.log, "%s %s\n", program, line)
	}
}

// State is for those who show how a program is.
func (x *session) State(string, string, bool) {}

// warn tells people at the terminal what the service has to say.
func (x *session) warn(line string) {
	if x.printer == nil {
		fmt.Fprintln(x.Stderr, line)
		return
	}
	x.printer.Say(line)
}

func (p *plan) execute(ctx context.Context) error {
	x := &session{
		plan:  p,
		ctx:   ctx,
		ended: make(chan struct{}),
	}
	x.planner = &local.Planner{
		Answers: p.outside,
		Names:   func(a local.Asked) []string { return namesOf(p.packages, p.outside, a) },
		Open:    x.asked,
		Program: func(cb engine.OpenCallback) { x.world.questions.Expect(cb.CallbackID) },
	}
	commands := commandsOf(p.outside, p.programs, p.storage, false)
	err := buildPrograms(ctx, commands)
	if err != nil {
		return err
	}
	if err := x.openLog(); err != nil {
		return err
	}
	defer x.log.Close()
	if x.world, err = openWorld(p.storage.Execution(p.Name)); err != nil {
		return err
	}
	x.world.planner, x.world.show = func() *local.Planner { return x.planner }, x
	listener, err := x.world.addresses.Listen("engine")
	if err != nil {
		return err
	}
	x.service, err = local.Open(local.Config{
		Store:     p.storage.Execution(p.Name),
		Work:      p.storage.Work(),
		Listener:  listener,
		SkipTime:  !p.RealTime,
		Callbacks: x.planner.Plan,
		Invokes:   x.planner.Invoke,
		Failures:  maxFailures,
		Log:       x.functionLog,
		Logger:    slog.New(slog.NewTextHandler(sayer(x.warn), &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: untimed})),
	})
	if err != nil {
		return fmt.Errorf("execution `%s`: %w", p.Name, err)
	}
	x.world.service = x.service
	end := func() {
		if x.closed {
			return
		}
		x.closed = true
		if ctx.Err() != nil {
			// What running steps ask for is still there.
			x.service.Drain(func(wait string) { fmt.Fprintln(p.Stderr, wait) })
		}
		x.world.close()
		x.service.Close()
	}
	defer end()
	env, functions, err := x.world.start(ctx, commands)
	if err != nil {
		return err
	}
	x.planner.Functions = functions
	if err := x.service.Serve([]local.Binary{{Path: p.binary, Dir: p.target.Dir, Functions: p.all, Env: env, Calls: callsOf(p.packages)}}); err != nil {
		return err
	}
	if err := x.recall(); err != nil {
		return err
	}
	tellMissing(p.Stderr, p.packages, servedBy(p.packages, p.all), p.outside, p.decl())
	x.started = true
	if x.former == nil {
		fmt.Fprintf(p.Stderr, "%s: running as %s\n", p.Workflow, p.Name)
	} else {
		fmt.Fprintf(p.Stderr, "%s: going on with %s, %s done\n", p.Workflow, p.Name, words.Count(terminal.Count(&x.model), "operation"))
	}
	begun := time.Now()
	outcome, err := x.wait()
	x.printer.Close()
	end()
	if err != nil {
		return err
	}
	x.logEnd(outcome)
	for _, path := range x.planner.Unused() {
		fmt.Fprintf(p.Stderr, "the answers have one for `%s`, where nothing was asked\n", path)
	}
	if outcome.Status == wire.ExecutionSucceeded {
		skipped := ""
		if x.skipped >= time.Second {
			skipped = fmt.Sprintf(" (and %s of skipped time)", words.Duration(x.skipped))
		}
		fmt.Fprintf(p.Stderr, "%s succeeded in %s%s\n", p.Name, words.Duration(time.Since(begun)), skipped)
	}
	return p.tellEnd(outcome, false)
}

// wait starts the engine and the execution, and follows it to its end.
func (x *session) wait() (*engine.Execution, error) {
	x.printer = terminal.NewLines(x.Stderr)
	onTerminal := terminal.IsTerminal(x.Stderr) && os.Getenv("TERM") != "dumb"
	if onTerminal {
		x.printer = terminal.NewList(x.Stderr.(*os.File), &x.model, &x.mu, x.service.Engine.Now, terminal.Colored(x.Stderr))
	}
	if onTerminal && terminal.IsTerminal(x.Stdin) && (x.Input == nil || *x.Input != "-") {
		x.people.typed = terminal.Lines(x.Stdin)
	}
	ctx, giveUp := context.WithCancelCause(x.ctx)
	defer giveUp(nil)
	x.world.giveUp = func(ended error) {
		giveUp(fmt.Errorf("%w\n    it ends again and again; to go on with it mended: the same command with --name %s", ended, x.Name))
	}
	x.world.tend(x.ctx)
	from := uint64(0)
	events, err := x.service.Engine.Subscribe(engine.SubscribeOptions{After: &from})
	if err != nil {
		return nil, err
	}
	defer events.Close()
	go x.follow(events)
	if err := x.service.Start(); err != nil {
		return nil, fmt.Errorf("the local service can't be started: %w", err)
	}
	started, err := x.service.Engine.StartExecution(x.ctx, engine.StartInput{
		Function: x.Workflow, Name: x.Name, Input: x.event, Sync: x.mayWait(),
	})
	if err != nil {
		return nil, fmt.Errorf("execution `%s` can't be started: %w", x.Name, err)
	}
	if started.Existed {
		x.world.askAgain(x.ctx)
	}
	outcome, err := x.waitLast(ctx, started.ARN)
	if err != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	select { // so that the progress shows the end too
	case <-x.ended:
	case <-time.After(2 * time.Second):
	}
	return outcome, nil
}

// waitLast waits for the end of an execution, and of those in which its workflow goes on.
func (x *session) waitLast(ctx context.Context, arn string) (*engine.Execution, error) {
	for {
		outcome, err := x.service.Engine.WaitExecution(ctx, arn)
		if err != nil {
			return nil, err
		}
		next, err := local.After(ctx, x.service.Engine, outcome)
		if err != nil || next == nil {
			return outcome, err
		}
		arn = next.ARN
	}
}

// recall takes in what an earlier run has left: for the progress and the planner.
func (x *session) recall() error {
	if x.former == nil {
		return nil
	}
	page, err := x.service.Engine.ListExecutions(x.ctx, engine.ExecutionFilter{MaxItems: 1000, OldestFirst: true})
	if err != nil {
		return err
	}
	for _, e := range page.Executions {
		history, err := x.service.Engine.History(x.ctx, e.ARN, engine.HistoryQuery{})
		if err != nil {
			return err
		}
		x.planner.Recall(e.ARN, e.Function, history)
		if e.ARN == x.last.ARN {
			x.arn = e.ARN
			for i := range history {
				x.model.Apply(&history[i])
			}
		}
	}
	return nil
}

// follow shows what happens until the subscription is closed.
func (x *session) follow(events *engine.Subscription) {
	for {
		batch, err := events.Next(context.Background())
		if err != nil {
			return
		}
		for _, e := range batch {
			x.take(e)
		}
	}
}

func (x *session) take(e engine.Event) {
	switch e.Kind {
	case engine.KindClockJump:
		x.mu.Lock()
		x.skipped += e.Time.Sub(e.From)
		x.mu.Unlock()
	case engine.KindOverflow:
		history, err := x.service.Engine.History(x.ctx, x.arn, engine.HistoryQuery{After: x.model.Last})
		if err == nil {
			for i := range history {
				x.history(&history[i])
			}
		}
	case engine.KindHistory:
		// The name tells our execution from those that it invokes.
		if a, _ := arns.Parse(e.ExecutionARN); x.arn == "" && a.Function == x.Workflow && a.Name == x.Name {
			x.arn = e.ExecutionARN
		}
		if e.ExecutionARN == x.arn {
			x.history(e.History)
		}
	}
}

func (x *session) history(e *wire.Event) {
	x.mu.Lock()
	if e.EventId <= x.model.Last { // told by the history that made up for lost events
		x.mu.Unlock()
		return
	}
	o := x.model.Apply(e)
	line, show := terminal.LineOf(&x.model, o, e)
	failed := o != nil && (o.State == execution.Failed || o.State == execution.Retrying)
	switch e.EventType {
	case wire.EventCallbackSucceeded, wire.EventCallbackFailed, wire.EventCallbackTimedOut:
		x.people.spare(e.Id)
	}
	x.mu.Unlock()
	if show {
		x.printer.Line(line)
	}
	x.tellFailed(line, show && failed, e)
	switch e.EventType {
	case wire.EventExecutionSucceeded, wire.EventExecutionFailed, wire.EventExecutionTimedOut, wire.EventExecutionStopped:
		if !x.goOn() {
			close(x.ended)
		}
	}
}

// goOn follows the execution as which the workflow has gone on, if it has. It may be under way
// already: what has happened in it is read, and what happens from then on is told.
func (x *session) goOn() bool {
	ended, err := x.service.Engine.Execution(x.ctx, x.arn, true)
	if err != nil {
		return false
	}
	next, err := local.After(x.ctx, x.service.Engine, ended)
	if err != nil || next == nil {
		return false
	}
	x.printer.Say("goes on as " + next.Name)
	x.mu.Lock()
	x.arn, x.model = next.ARN, execution.Execution{}
	x.mu.Unlock()
	history, err := x.service.Engine.History(x.ctx, next.ARN, engine.HistoryQuery{})
	for i := range history {
		x.history(&history[i])
	}
	return err == nil
}

// mayWait tells whether a caller of the workflow may wait for its end on AWS, too: limits are others then.
func (x *session) mayWait() bool {
	for _, f := range x.service.Engine.Functions() {
		if f.Name == x.Workflow {
			return f.ExecutionTimeout <= engine.MaxSyncTimeout
		}
	}
	return false
}

// tellFailed shows the stack of what broke, and leaves in the log file what has failed
// outside of the function, which logs its own failures.
func (x *session) tellFailed(line terminal.Line, failed bool, e *wire.Event) {
	if !failed {
		return
	}
	if e.EventType != wire.EventStepFailed {
		fmt.Fprintf(x.log, "%s %s\n", x.Workflow, line)
	}
	if stack := terminal.Stack(execution.ErrorOf(e)); stack != "" && stack != x.stack {
		x.printer.Say(stack)
		x.stack = stack
	}
}

// logEnd leaves the failure of the execution in the log file, if it is the service's: no
// function of this execution has logged one. All that functions wrote has been taken.
func (x *session) logEnd(outcome *engine.Execution) {
	if outcome.Status != wire.ExecutionSucceeded && !x.ownEnd.Load() {
		fmt.Fprintf(x.log, "%s %s: %s\n", x.Workflow, outcome.Status, execution.ErrorText(outcome.Error))
	}
}

// functionLog takes a line that a function wrote: to the log file, and what the workflow
// and its steps say to the screen. The failures that the runtime logs are shown as what
// happens in the execution.
func (x *session) functionLog(l engine.LogLine) {
	fmt.Fprintf(x.log, "%s %s\n", l.Function, l.Text)
	if told, end := terminal.FailureTold(l.Text); told {
		if end && l.Function == x.Workflow {
			x.ownEnd.Store(true)
		}
		return
	}
	text, level := terminal.LogText(l.Text)
	if level != "" && level != "INFO" {
		text = level + " " + text
	}
	if x.printer != nil {
		x.printer.Say("            | " + text)
	}
}

func (x *session) openLog() (err error) {
	dir := x.storage.Execution(x.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("%s: can't be made: %w", dir, words.Cause(err))
	}
	path := filepath.Join(dir, "log")
	if x.log, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return fmt.Errorf("%s: can't be written: %w", path, words.Cause(err))
	}
	return nil
}
