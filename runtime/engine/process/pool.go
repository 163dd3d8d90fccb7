package process

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/durablegen/durablegen/runtime/engine"
)

// Options say how a function's processes are started.
type Options struct {
	Function string   // name, which the process gets as _HANDLER and AWS_LAMBDA_FUNCTION_NAME
	Version  string   // which it gets as AWS_LAMBDA_FUNCTION_VERSION; empty: $LATEST
	Command  []string // the program, a Lambda bootstrap, and its arguments
	Dir      string   // working directory; empty: the caller's

	// Env holds "KEY=value" for the process, stronger than what Lambda sets. Of the
	// caller's own environment a process gets only what it needs to run at all, such as PATH and HOME.
	Env []string

	// Endpoint is the engine's HTTP API, such as http://127.0.0.1:9001.
	Endpoint string

	Region, Account string // as in engine.Options

	// MaxProcesses is how many may run at once; 0 is 100. Further invocations wait.
	MaxProcesses int
	// MaxIdle is how many may stay when they have had nothing to do for 10 s; 0 is 8. After a
	// minute those end too.
	MaxIdle int

	// InitTimeout is how long a process may take until it asks for its first event; 0 is 10 s.
	InitTimeout time.Duration

	// Freeze stops a process between invocations, as Lambda does: goroutines that
	// it left running don't go on.
	Freeze bool

	// Log receives what the processes write, line by line, from one process in
	// order. nil discards it.
	Log func(engine.LogLine)
}

// How long idle processes stay: those beyond MaxIdle, and the others.
const (
	idleTime = 10 * time.Second
	keepTime = time.Minute
)

// Pool is an engine.Invoker that runs each invocation in a process of its own,
// which is used again for later ones.
type Pool struct {
	opts  Options
	slots chan struct{}

	mu     sync.Mutex
	idle   []*process // the one used last at the end
	all    map[*process]struct{}
	closed bool
	build  int // how often Renew was called
	trim   *time.Timer
	ended  sync.WaitGroup // processes not yet waited for
}

// NewPool returns a pool; processes are started when they are needed.
func NewPool(o Options) (*Pool, error) {
	if len(o.Command) == 0 {
		return nil, errors.New("process: no command")
	}
	if o.Function == "" {
		return nil, errors.New("process: no function name")
	}
	set := func(to *int, v int) {
		if *to <= 0 {
			*to = v
		}
	}
	set(&o.MaxProcesses, 100)
	set(&o.MaxIdle, 8)
	if o.InitTimeout <= 0 {
		o.InitTimeout = 10 * time.Second
	}
	if o.Version == "" {
		o.Version = "$LATEST"
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Account == "" {
		o.Account = "000000000000"
	}
	if o.Log == nil {
		o.Log = func(engine.LogLine) {}
	}
	return &Pool{opts: o, slots: make(chan struct{}, o.MaxProcesses), all: map[*process]struct{}{}}, nil
}

var errClosed = errors.New("process: the pool is closed")

// Invoke implements engine.Invoker. When ctx ends, the process is killed. A process that can't be
// started is an *engine.StartError.
func (p *Pool) Invoke(ctx context.Context, inv *engine.Invocation) ([]byte, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if inv.Admitted != nil {
		inv.Admitted()
	}
	payload, err := inv.Payload()
	if err != nil {
		return nil, err
	}
	for {
		proc, fresh, err := p.take()
		if err != nil {
			return nil, err
		}
		ev := &event{inv: inv, payload: payload, result: make(chan result, 1)}
		if !proc.deliver(ctx, ev, fresh) {
			if ctx.Err() != nil {
				proc.kill()
				return nil, ctx.Err()
			}
			if fresh {
				return nil, proc.initFailure(inv.RequestID)
			}
			continue // it had ended since its last invocation
		}
		out, err, usable := proc.await(ctx, ev)
		if usable {
			p.put(proc)
		}
		return out, err
	}
}

// take gives the idle process used last, or a fresh one.
func (p *Pool) take() (proc *process, fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false, errClosed
	}
	if n := len(p.idle); n > 0 {
		proc = p.idle[n-1]
		p.idle = p.idle[:n-1]
		return proc, false, nil
	}
	proc, err = start(p)
	if err != nil {
		return nil, false, &engine.StartError{Err: fmt.Errorf("%s can't be started: %w", p.opts.Command[0], err)}
	}
	proc.build = p.build
	p.all[proc] = struct{}{}
	return proc, true, nil
}

func (p *Pool) put(proc *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || proc.build != p.build {
		proc.kill()
		return
	}
	proc.idleSince = time.Now()
	p.idle = append(p.idle, proc)
	p.trimLater()
}

// trimIdle ends processes that have been idle for too long.
func (p *Pool) trimIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trim = nil
	for len(p.idle) > 0 && time.Since(p.idle[0].idleSince) >= p.patience() {
		p.idle[0].kill()
		p.idle = p.idle[1:]
	}
	p.trimLater()
}

// patience is how long the process that has been idle longest may stay.
func (p *Pool) patience() time.Duration {
	if len(p.idle) > p.opts.MaxIdle {
		return idleTime
	}
	return keepTime
}

func (p *Pool) trimLater() {
	if len(p.idle) > 0 && p.trim == nil && !p.closed {
		p.trim = time.AfterFunc(idleTime, p.trimIdle)
	}
}

// forget drops a process that has ended.
func (p *Pool) forget(proc *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, proc)
	for i, q := range p.idle {
		if q == proc {
			p.idle = append(p.idle[:i:i], p.idle[i+1:]...)
			return
		}
	}
}

// Renew takes up a program that was replaced: processes that run the former one end, idle ones
// at once and others after their invocation.
func (p *Pool) Renew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.build++
	for _, proc := range p.idle {
		proc.kill()
	}
	p.idle = nil
}

// Replace is Renew for a program that lies elsewhere, or gets another environment.
func (p *Pool) Replace(command, env []string) {
	p.mu.Lock()
	p.opts.Command, p.opts.Env = command, env
	p.mu.Unlock()
	p.Renew()
}

// Close kills the processes and waits for their end.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	if p.trim != nil {
		p.trim.Stop()
	}
	for proc := range p.all {
		proc.kill()
	}
	p.mu.Unlock()
	p.ended.Wait()
	return nil
}
