//go:build unix

package process

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

const killExecutions = 8

// service is an engine with its API and one function in processes.
func service(dir, marks string, env ...string) (e *engine.Engine, p *Pool, stop func(), err error) {
	e, err = engine.New(engine.Options{Dir: dir, SkipTime: true})
	if err != nil {
		return nil, nil, nil, err
	}
	srv := httptest.NewServer(e.Handler())
	p, err = NewPool(Options{Function: "orders", Command: []string{os.Getenv("DURABLE_BOOTSTRAP")}, Endpoint: srv.URL, Env: append(env, "MARKS="+marks)})
	if err != nil {
		return nil, nil, nil, err
	}
	if err := e.Register(engine.Function{Name: "orders", Invoker: p}); err != nil {
		return nil, nil, nil, err
	}
	stop = func() {
		e.Close()
		p.Close()
		srv.Close()
	}
	return e, p, stop, e.Start()
}

func startAll(e *engine.Engine) (arns []string, err error) {
	for i := range killExecutions {
		out, err := e.StartExecution(context.Background(), engine.StartInput{Function: "orders:$LATEST", Name: fmt.Sprintf("order-%d", i)})
		if err != nil {
			return nil, err
		}
		arns = append(arns, out.ARN)
	}
	return arns, nil
}

// checkMarks looks whether each step's body ran once, or, if its process died, at most once.
func checkMarks(t *testing.T, e *engine.Engine, arns []string, marks string) {
	t.Helper()
	for i, arn := range arns {
		x, err := e.Execution(t.Context(), arn, true)
		if err != nil || x.Status != wire.ExecutionSucceeded {
			t.Errorf("order-%d ended as %+v, %v", i, x, err)
			continue
		}
		ops, err := e.Operations(t.Context(), arn)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range ops {
			if o.Type != wire.TypeStep {
				continue
			}
			b, _ := os.ReadFile(filepath.Join(marks, fmt.Sprintf("order-%d.%s", i, o.Id)))
			n := strings.Count(string(b), "\n")
			if n > 1 || n == 0 && o.Status == wire.StatusSucceeded {
				t.Errorf("order-%d: the body of %s ran %d times, and it is %s", i, o.Id, n, o.Status)
			}
		}
	}
}

// Function processes are killed at random, under load.
func TestKillProcesses(t *testing.T) {
	marks := t.TempDir()
	e, p, stop, err := service(t.TempDir(), marks)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	arns, err := startAll(e)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	killed := make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-done:
				killed <- n
				return
			case <-time.After(time.Duration(random.IntN(30)) * time.Millisecond):
			}
			p.mu.Lock()
			for proc := range p.all {
				if n < 60 && random.IntN(3) == 0 {
					proc.kill()
					n++
				}
			}
			p.mu.Unlock()
		}
	}()
	for _, arn := range arns {
		if _, err := e.WaitExecution(t.Context(), arn); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	t.Logf("killed %d processes", <-killed)
	checkMarks(t, e, arns, marks)
}

// killedService is the other side of TestKillEngineAndProcesses.
func killedService(dir string) error {
	e, p, stop, err := service(dir, os.Getenv("SERVICE_MARKS"))
	if err != nil {
		return err
	}
	arns, err := startAll(e)
	if err != nil {
		return err
	}
	go func() {
		for {
			p.mu.Lock()
			for proc := range p.all {
				fmt.Println(proc.cmd.Process.Pid)
			}
			p.mu.Unlock()
			time.Sleep(2 * time.Millisecond)
		}
	}()
	for _, arn := range arns {
		if _, err := e.WaitExecution(context.Background(), arn); err != nil {
			return err
		}
	}
	stop()
	return nil
}

// The engine is killed at random, and its processes end with it.
func TestKillEngineAndProcesses(t *testing.T) {
	dir, marks := t.TempDir(), t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 3))
	kills := 0
	for ; ; kills++ {
		if kills == 100 {
			t.Fatal("the executions don't come to an end")
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SERVICE_DIR="+dir, "SERVICE_MARKS="+marks)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Later kills come later, so that a slow machine gets there too.
		timer := time.AfterFunc(time.Duration(50+random.IntN(200+50*kills))*time.Millisecond, func() { cmd.Process.Kill() })
		pids := map[int]bool{}
		for s := bufio.NewScanner(out); s.Scan(); {
			if pid, err := strconv.Atoi(s.Text()); err == nil {
				pids[pid] = true
			}
		}
		timer.Stop()
		err = cmd.Wait()
		if cmd.ProcessState.ExitCode() > 0 {
			t.Fatalf("the service ended with %v", err)
		}
		for pid := range pids {
			wantGone(t, pid)
		}
		if err == nil {
			break
		}
	}
	t.Logf("killed %d times", kills)
	e, _, stop, err := service(dir, marks)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	arns, err := startAll(e)
	if err != nil {
		t.Fatal(err)
	}
	checkMarks(t, e, arns, marks)
}

// wantGone waits until a process has ended, or waits to be reaped.
func wantGone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		if b, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); strings.Contains(string(b), ") Z ") {
			return
		}
	}
	t.Errorf("process %d is still alive", pid)
}
