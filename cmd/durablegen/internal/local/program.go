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
	"syscall"
	"time"
)

// Program is a running program of the outside world.
type Program struct {
	Name    string
	Address string

	cmd  *exec.Cmd
	done chan struct{}
	mu   sync.Mutex
	last []string // the last lines it wrote
	err  error    // how it ended, once done
}

// StartProgram starts a program and waits until it listens on its address. log
// gets the lines that it writes.
func StartProgram(ctx context.Context, name, binary string, args, env []string, dir string, log func(line string)) (*Program, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, fmt.Errorf("program `%s`: %w", name, err)
	}
	p := &Program{Name: name, Address: address, done: make(chan struct{})}
	p.cmd = exec.Command(binary, args...)
	p.cmd.Dir = dir
	p.cmd.Env = append(append(os.Environ(), env...), "ADDR="+address)
	p.cmd.SysProcAttr = childAttributes()
	p.cmd.WaitDelay = 2 * time.Second
	output, input, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("program `%s`: %w", name, err)
	}
	p.cmd.Stdout, p.cmd.Stderr = input, input
	if err := startChild(p.cmd); err != nil {
		input.Close()
		output.Close()
		return nil, fmt.Errorf("program `%s` can't be started: %w", name, err)
	}
	input.Close()
	go p.read(output, log)
	go func() {
		err := p.cmd.Wait()
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
		close(p.done)
	}()
	if err := p.listening(ctx); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
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
func (p *Program) read(from io.ReadCloser, log func(line string)) {
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
			if log != nil {
				log(line)
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
		case <-p.done:
			return p.Ended()
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return nil
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Done is closed when the program has ended.
func (p *Program) Done() <-chan struct{} { return p.done }

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
	signalGroup(p.cmd, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(time.Second):
	}
	signalGroup(p.cmd, syscall.SIGKILL)
	<-p.done
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
