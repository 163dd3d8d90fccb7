package process

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/durablegen/durablegen/internal/child"
	"github.com/durablegen/durablegen/runtime/engine"
)

// process is one process of a function, and its Runtime API.
type process struct {
	pool   *Pool
	cmd    *exec.Cmd
	server *http.Server
	logs   []*lines

	next   chan *event   // taken by the process when it asks for an event
	exited chan struct{} // closed when it has ended
	how    string        // it ended; set before exited is closed

	idleSince time.Time // guarded by the pool's lock
	build     int       // of the pool's, which it was started as; guarded by the pool's lock

	mu      sync.Mutex
	current *event // delivered and not answered
	request string // ID of the last one delivered
	failure *engine.InvocationError
	gone    bool // it has ended
}

// event is one invocation on its way through a process.
type event struct {
	inv      *engine.Invocation
	payload  []byte
	deadline time.Time
	result   chan result
}

type result struct {
	out []byte
	err error
}

// start starts a process.
func start(pool *Pool) (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &process{pool: pool, next: make(chan *event), exited: make(chan struct{})}
	o := &pool.opts
	p.cmd = exec.Command(o.Command[0], o.Command[1:]...)
	p.cmd.Dir = o.Dir
	p.cmd.Env = environment(o, listener.Addr().String())
	var writers []*os.File
	for _, stderr := range []bool{false, true} {
		r, w, err := os.Pipe()
		if err != nil {
			listener.Close()
			return nil, err
		}
		writers = append(writers, w)
		p.logs = append(p.logs, &lines{file: r, stderr: stderr})
	}
	p.cmd.Stdout, p.cmd.Stderr = writers[0], writers[1]
	err = child.Start(p.cmd)
	for _, w := range writers {
		w.Close()
	}
	if err != nil {
		listener.Close()
		for _, l := range p.logs {
			l.file.Close()
		}
		return nil, err
	}
	var reading sync.WaitGroup
	for _, l := range p.logs {
		reading.Go(func() { l.read(p.log) })
	}
	p.server = &http.Server{Handler: http.HandlerFunc(p.serve), ReadHeaderTimeout: time.Minute}
	go p.server.Serve(listener)
	pool.ended.Go(func() { p.wait(&reading) })
	return p, nil
}

// environment is what the process finds in its environment.
func environment(o *Options, api string) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "USER", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "GOCOVERDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	root := filepath.Dir(o.Command[0])
	if abs, err := filepath.Abs(root); err == nil {
		root = abs
	}
	env = append(env,
		"AWS_LAMBDA_RUNTIME_API="+api,
		"_HANDLER="+o.Function,
		"LAMBDA_TASK_ROOT="+root,
		"LAMBDA_RUNTIME_DIR="+root,
		"AWS_LAMBDA_FUNCTION_NAME="+o.Function,
		"AWS_LAMBDA_FUNCTION_VERSION="+o.Version,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/"+o.Function,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"AWS_LAMBDA_LOG_FORMAT=JSON",
		"AWS_LAMBDA_LOG_LEVEL=INFO",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
		"AWS_REGION="+o.Region,
		"AWS_DEFAULT_REGION="+o.Region,
		// Requests must be signed, though nobody looks at it; and the
		// SDKs must not look for real credentials.
		"AWS_ACCESS_KEY_ID=local",
		"AWS_SECRET_ACCESS_KEY=local",
		"AWS_SESSION_TOKEN=local",
		"AWS_EC2_METADATA_DISABLED=true",
		"TZ=:UTC",
	)
	if o.Endpoint != "" {
		env = append(env, "AWS_ENDPOINT_URL_LAMBDA="+o.Endpoint, "AWS_ENDPOINT_URL="+o.Endpoint)
	}
	return append(env, o.Env...)
}

// wait waits for the end of the process and cleans up behind it.
func (p *process) wait(reading *sync.WaitGroup) {
	defer p.pool.forget(p)
	toBeWaitedFor, err := child.AwaitExit(p.cmd)
	p.mu.Lock()
	child.Kill(p.cmd) // what it has started itself
	p.gone = true
	p.mu.Unlock()
	if toBeWaitedFor {
		err = p.cmd.Wait()
	}
	p.how = "exit status 0"
	if err != nil {
		p.how = err.Error()
	}
	// A descendant that got away may hold the pipes open for ever, and whoever takes the lines may
	// have stopped taking them.
	done := make(chan struct{})
	go func() { reading.Wait(); close(done) }()
	give := func() {
		select {
		case <-done:
		case <-time.After(time.Second):
		}
	}
	give()
	for _, l := range p.logs {
		l.file.Close()
	}
	give()
	close(p.exited)
	p.server.Close()
}

// kill kills the process and all that it has started. Once it has been waited for, its number may be
// another one's.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		child.Kill(p.cmd)
	}
}

// deliver hands an event to the process once it asks for one. It returns false
// if the process ended before, or had to be ended.
func (p *process) deliver(ctx context.Context, ev *event, fresh bool) bool {
	var timeout <-chan time.Time
	if fresh {
		t := time.NewTimer(p.pool.opts.InitTimeout)
		defer t.Stop()
		timeout = t.C
	}
	p.thaw()
	select {
	case p.next <- ev:
		return true
	case <-p.exited:
	case <-ctx.Done():
		p.kill()
		<-p.exited
	case <-timeout:
		p.mu.Lock()
		p.failure = &engine.InvocationError{Type: engine.ErrorTypeTimeout, Message: fmt.Sprintf("the process did not ask for an event within %v", p.pool.opts.InitTimeout)}
		p.mu.Unlock()
		p.kill()
		<-p.exited
	}
	return false
}

// initFailure tells why a fresh process ended before its first event.
func (p *process) initFailure(requestID string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failure != nil {
		return p.failure
	}
	return exitError(requestID, p.how)
}

func exitError(requestID, how string) error {
	message := "RequestId: " + requestID + " Error: Runtime exited with error: " + how
	if how == "exit status 0" {
		message = "RequestId: " + requestID + " Error: Runtime exited without providing a reason"
	}
	return &engine.InvocationError{Type: engine.ErrorTypeExit, Message: message}
}

// await waits for the answer to an event. usable tells whether the process can take another one.
func (p *process) await(ctx context.Context, ev *event) (out []byte, err error, usable bool) {
	deadline := time.NewTimer(ev.inv.Timeout)
	defer deadline.Stop()
	select {
	case r := <-ev.result:
		return r.out, r.err, true
	case <-p.exited:
		select {
		case r := <-ev.result: // it answered and then ended
			return r.out, r.err, false
		default:
			return nil, exitError(ev.inv.RequestID, p.how), false
		}
	case <-deadline.C:
		p.kill()
		<-p.exited
		return nil, &engine.InvocationError{
			Type: engine.ErrorTypeTimeout,
			Message: fmt.Sprintf("%s %s Task timed out after %.2f seconds",
				time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), ev.inv.RequestID, ev.inv.Timeout.Seconds()),
		}, false
	case <-ctx.Done():
		p.kill()
		<-p.exited
		return nil, ctx.Err(), false
	}
}

// freeze stops the process, and thaw lets it go on, if that is wanted between invocations.
func (p *process) freeze() { p.between(child.Freeze) }
func (p *process) thaw()   { p.between(child.Thaw) }

func (p *process) between(act func(*exec.Cmd)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pool.opts.Freeze && !p.gone {
		act(p.cmd)
	}
}

// log passes on a line.
func (p *process) log(text string, stderr bool) {
	p.mu.Lock()
	request := p.request
	p.mu.Unlock()
	p.pool.opts.Log(engine.LogLine{Time: time.Now(), Function: p.pool.opts.Function, RequestID: request, Stderr: stderr, Text: text})
}
