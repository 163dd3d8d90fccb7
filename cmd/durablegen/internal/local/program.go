package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/durablegen/durablegen/internal/child"
)

// Program is a running program of the outside world.
type Program struct {
	Name    string
	Address string // the same for its whole life

	command func() *exec.Cmd
	log     func(line string)

	mu     sync.Mutex
	cmd    *exec.Cmd
	done   chan struct{} // closed when the process has ended
	down   bool          // the process has ended, and may be started again
	closed bool
	last   []string // the last lines it wrote
	err    error    // how it ended, once done
}

var errClosed = errors.New("it is not wanted any more")

// StartProgram starts a program and waits until it listens on its address. log
// gets the lines that it writes.
func StartProgram(ctx context.Context, name, binary string, args, env []string, dir string, log func(line string)) (*Program, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, fmt.Errorf("program `%s`: %w", name, err)
	}
	p := &Program{Name: name, Address: address, log: log}
	p.command = func() *exec.Cmd {
		cmd := exec.Command(binary, args...)
		cmd.Dir = dir
		cmd.Env = append(append(os.Environ(), env...), "ADDR="+address)
		cmd.WaitDelay = 2 * time.Second
		return cmd
	}
	if err := p.Restart(ctx); err != nil {
		if p.cmd != nil {
			p.Close()
		}
		return nil, err
	}
	return p, nil
}

// Restart starts the program, which has ended, once more, and waits until it listens.
func (p *Program) Restart(ctx context.Context) error {
	if err := p.begin(); err != nil {
		return fmt.Errorf("program `%s` can't be started: %w", p.Name, err)
	}
	if err := p.listening(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	p.down = false
	p.mu.Unlock()
	return nil
}

// begin starts a process.
func (p *Program) begin() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errClosed
	}
	output, input, err := os.Pipe()
	if err != nil {
		return err
	}
	defer input.Close()
	cmd, done := p.command(), make(chan struct{})
	cmd.Stdout, cmd.Stderr = input, input
	if err := child.Start(cmd); err != nil {
		output.Close()
		return err
	}
	p.cmd, p.done, p.last, p.err = cmd, done, nil, nil
	go p.read(output)
	go func() {
		err := child.Wait(cmd)
		p.mu.Lock()
		p.err, p.down = err, true
		p.mu.Unlock()
		close(done)
	}()
	return nil
}

// restarting reports whether the program has ended and may soon be there again.
func (p *Program) restarting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down && !p.closed
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("there is no free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// read hands the program's lines on, and remembers the last of them.
func (p *Program) read(from io.ReadCloser) {
	defer from.Close()
	r := bufio.NewReaderSize(from, 64<<10)
	for {
		line, err := r.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			p.mu.Lock()
			p.last = append(p.last, line)
			if len(p.last) > 10 {
				p.last = p.last[1:]
			}
			p.mu.Unlock()
			if p.log != nil {
				p.log(line)
			}
		}
		if err != nil {
			return
		}
	}
}

// listening waits until the program accepts connections. One that doesn't within
// ten seconds may not be a server at all, and is let be.
func (p *Program) listening(ctx context.Context) error {
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	for {
		conn, err := net.DialTimeout("tcp", p.Address, time.Second)
		if err == nil {
			conn.Close()
			return nil
		}
		select {
		case <-p.Done():
			return p.Ended()
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return nil
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// dial connects with the program, and waits for one that is being started again.
func (p *Program) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, network, address)
		if err == nil || !p.restarting() {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Done is closed when the program, as it was started last, has ended.
func (p *Program) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// Closed reports whether the program is not wanted any more.
func (p *Program) Closed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// Ended says how the program ended, with the last that it said.
func (p *Program) Ended() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	how := "exit status 0"
	if p.err != nil {
		how = p.err.Error()
	}
	message := fmt.Sprintf("program `%s` ended: %s", p.Name, how)
	for _, line := range p.last {
		message += "\n    " + line
	}
	return errors.New(message)
}

// Close ends the program and what it has started.
func (p *Program) Close() {
	p.mu.Lock()
	p.closed = true
	cmd, done := p.cmd, p.done
	p.mu.Unlock()
	child.Terminate(cmd)
	select {
	case <-done:
	case <-time.After(time.Second):
	}
	child.Kill(cmd)
	<-done
}

// ClientEnv gives the variables by which the AWS SDKs of a program find the local
// service: an address, and credentials that it does not look at.
func ClientEnv(url string) []string {
	return []string{
		"AWS_ENDPOINT_URL_LAMBDA=" + url,
		"AWS_REGION=us-east-1",
		"AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=local",
		"AWS_SECRET_ACCESS_KEY=local",
		"AWS_SESSION_TOKEN=",
		"AWS_PROFILE=",
		"AWS_EC2_METADATA_DISABLED=true",
	}
}
