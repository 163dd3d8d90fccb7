//go:build unix

package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

var bootstrap string

// TestMain builds the bootstraps that the tests run. It makes this binary a service of its own
// when it is told so, so that a test can kill it.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SERVICE_DIR"); dir != "" {
		if err := killedService(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	dir, err := os.MkdirTemp("", "bootstrap")
	if err != nil {
		panic(err)
	}
	bootstrap = filepath.Join(dir, "bootstrap")
	if out, err := exec.Command("go", "build", "-o", dir+"/", "./testdata/bootstrap", "./testdata/durable").CombinedOutput(); err != nil {
		panic(string(out))
	}
	os.Setenv("DURABLE_BOOTSTRAP", filepath.Join(dir, "durable"))
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// sink collects log lines.
type sink struct {
	mu    sync.Mutex
	lines []engine.LogLine
	first chan string // gets the first line
}

func (s *sink) add(l engine.LogLine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lines = append(s.lines, l); len(s.lines) == 1 {
		s.first <- l.Text
	}
}

func (s *sink) all() []engine.LogLine {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]engine.LogLine(nil), s.lines...)
}

func newPool(t *testing.T, o Options) (*Pool, *sink) {
	t.Helper()
	logs := &sink{first: make(chan string, 1)}
	o.Function, o.Command, o.Log = "orders", []string{bootstrap}, logs.add
	p, err := NewPool(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, logs
}

var invocations int

func invocation(do, text string) *engine.Invocation {
	invocations++
	b, _ := json.Marshal(map[string]string{"do": do, "text": text})
	return &engine.Invocation{
		RequestID: "request-" + strconv.Itoa(invocations), Function: "orders", Timeout: 30 * time.Second,
		FunctionARN: "arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST", Event: b,
	}
}

func echo(t *testing.T, p *Pool) map[string]any {
	t.Helper()
	inv := invocation("echo", "hello")
	out, err := p.Invoke(t.Context(), inv)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatal(err)
	}
	if v["request"] != inv.RequestID {
		t.Errorf("request ID %v, want %s", v["request"], inv.RequestID)
	}
	return v
}

func wantError(t *testing.T, err error, kind, message string) {
	t.Helper()
	var e *engine.InvocationError
	if !errors.As(err, &e) || e.Type != kind || !strings.Contains(e.Message, message) {
		t.Errorf("error %v, want %s: ... %s", err, kind, message)
	}
}

func TestEnvironmentAndReuse(t *testing.T) {
	t.Setenv("SECRET_OF_CALLER", "x")
	dir, _ := filepath.EvalSymlinks(t.TempDir())
	p, _ := newPool(t, Options{Dir: dir, Env: []string{"EXTRA=more", "_HANDLER=other"}})
	v := echo(t, p)
	for name, want := range map[string]any{
		"text": "hello", "function": "orders", "handler": "other", "extra": "more", "secret": "", "dir": dir,
		"arn": "arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST",
	} {
		if v[name] != want {
			t.Errorf("%s is %v, want %v", name, v[name], want)
		}
	}
	if s := v["seconds"].(float64); s <= 0 || s > 30 {
		t.Errorf("%v seconds left", s)
	}
	if again := echo(t, p); again["pid"] != v["pid"] {
		t.Errorf("a second process was started")
	}
}

func TestManyAtOnce(t *testing.T) {
	p, _ := newPool(t, Options{MaxProcesses: 3})
	invs := make([]*engine.Invocation, 12)
	for i := range invs {
		invs[i] = invocation("echo", strconv.Itoa(i))
	}
	var wg sync.WaitGroup
	for i, inv := range invs {
		wg.Go(func() {
			out, err := p.Invoke(t.Context(), inv)
			if err != nil || !strings.Contains(string(out), `"text":"`+strconv.Itoa(i)+`"`) {
				t.Errorf("%s, %v", out, err)
			}
		})
	}
	wg.Wait()
	if n := len(p.all); n > 3 {
		t.Errorf("%d processes", n)
	}
}

func TestFailures(t *testing.T) {
	p, _ := newPool(t, Options{})
	first := echo(t, p)["pid"]
	_, err := p.Invoke(t.Context(), invocation("fail", "no luck"))
	wantError(t, err, "errorString", "no luck")
	if echo(t, p)["pid"] != first {
		t.Error("a process whose handler returned an error was not used again")
	}
	_, err = p.Invoke(t.Context(), invocation("panic", "oh no"))
	wantError(t, err, "string", "oh no")
	inv := invocation("exit", "")
	_, err = p.Invoke(t.Context(), inv)
	wantError(t, err, "Runtime.ExitError", "RequestId: "+inv.RequestID+" Error: Runtime exited with error: exit status 3")
	_, err = p.Invoke(t.Context(), invocation("large", ""))
	wantError(t, err, "Function.ResponseSizeTooLarge", "exceeded")
	echo(t, p)
}

func TestInitFailures(t *testing.T) {
	p, _ := newPool(t, Options{Env: []string{"START=exit"}})
	_, err := p.Invoke(t.Context(), invocation("echo", ""))
	wantError(t, err, "Runtime.ExitError", "exit status 4")
	p, _ = newPool(t, Options{Env: []string{"START=hang"}, InitTimeout: 100 * time.Millisecond})
	_, err = p.Invoke(t.Context(), invocation("echo", ""))
	wantError(t, err, "Sandbox.Timedout", "did not ask for an event")
	o, _ := NewPool(Options{Function: "orders", Command: []string{"/does/not/exist"}})
	_, err = o.Invoke(t.Context(), invocation("echo", ""))
	var unstarted *engine.StartError
	if !errors.As(err, &unstarted) || !strings.Contains(err.Error(), "/does/not/exist can't be started: ") {
		t.Errorf("error %v", err)
	}
}

func TestDeadlineKillsTheGroup(t *testing.T) {
	p, logs := newPool(t, Options{})
	inv := invocation("child", "")
	inv.Timeout = 500 * time.Millisecond
	_, err := p.Invoke(t.Context(), inv)
	wantError(t, err, "Sandbox.Timedout", "Task timed out after 0.50 seconds")
	lines := logs.all()
	if len(lines) != 1 {
		t.Fatalf("log %v", lines)
	}
	pid, err := strconv.Atoi(lines[0].Text)
	if err != nil {
		t.Fatal(err)
	}
	wantGone(t, pid)
}

func TestCancelKills(t *testing.T) {
	p, logs := newPool(t, Options{})
	echo(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-logs.first // it is at work
		cancel()
	}()
	if _, err := p.Invoke(ctx, invocation("child", "")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	echo(t, p)
}

// only gives the one process of a pool.
func only(t *testing.T, p *Pool) *process {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) != 1 {
		t.Fatalf("%d processes", len(p.all))
	}
	for proc := range p.all {
		return proc
	}
	return nil
}

func TestKilledFromOutside(t *testing.T) {
	p, logs := newPool(t, Options{})
	pid := int(echo(t, p)["pid"].(float64))
	proc := only(t, p)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-proc.exited // until then it may still be given an event, which then fails
	if again := int(echo(t, p)["pid"].(float64)); again == pid {
		t.Error("the dead process answered")
	}
	go func() {
		<-logs.first
		only(t, p).kill()
	}()
	_, err := p.Invoke(t.Context(), invocation("child", ""))
	wantError(t, err, "Runtime.ExitError", "signal: killed")
}

// What a process has started and left behind ends with it.
func TestDescendantsEndWithTheirProcess(t *testing.T) {
	p, logs := newPool(t, Options{})
	_, err := p.Invoke(t.Context(), invocation("orphan", ""))
	wantError(t, err, "Runtime.ExitError", "exit status 3")
	pid, err := strconv.Atoi(<-logs.first)
	if err != nil {
		t.Fatal(err)
	}
	wantGone(t, pid)
}

// A stopped execution gives its process up: the next one waits for it no longer, and it is
// told that it waits.
func TestStopFreesTheProcess(t *testing.T) {
	p, logs := newPool(t, Options{MaxProcesses: 1})
	e, err := engine.New(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := e.Register(engine.Function{Name: "orders", Invoker: scripted{p}}); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	start := func(do string) string {
		out, err := e.StartExecution(t.Context(), engine.StartInput{Function: "orders:$LATEST", Input: &do})
		if err != nil {
			t.Fatal(err)
		}
		return out.ARN
	}
	hung := start("child")
	<-logs.first
	next := start("echo")
	for a := (engine.Activity{}); a.Kind != engine.ActivityQueued; {
		if a, err = e.Activity(t.Context(), next); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.Stop(t.Context(), hung, nil); err != nil {
		t.Fatal(err)
	}
	if x, err := e.WaitExecution(t.Context(), next); err != nil || x.Status != wire.ExecutionSucceeded {
		t.Errorf("%+v, %v", x, err)
	}
}

// scripted does in a process what an execution's input says.
type scripted struct{ *Pool }

func (s scripted) Invoke(ctx context.Context, inv *engine.Invocation) ([]byte, error) {
	do := *inv.Input.InitialExecutionState.Operations[0].ExecutionDetails.InputPayload
	plain := *inv
	plain.Input, plain.Event = nil, invocation(do, "").Event
	if _, err := s.Pool.Invoke(ctx, &plain); err != nil {
		return nil, err
	}
	return []byte(`{"Status":"SUCCEEDED"}`), nil
}

// A binary that isn't there, for as long as a build takes, fails nothing.
func TestBinaryIsGoneForAWhile(t *testing.T) {
	away := bootstrap + ".away"
	if err := os.Rename(bootstrap, away); err != nil {
		t.Fatal(err)
	}
	p, _ := newPool(t, Options{})
	_, err := p.Invoke(t.Context(), invocation("echo", ""))
	if err := os.Rename(away, bootstrap); err != nil {
		t.Fatal(err)
	}
	var unstarted *engine.StartError
	if !errors.As(err, &unstarted) {
		t.Errorf("error %v", err)
	}
	echo(t, p)
}

// The end of a pool does not wait for somebody who has stopped to take its lines.
func TestCloseThoughNobodyTakesTheLog(t *testing.T) {
	stuck := make(chan struct{})
	p, err := NewPool(Options{Function: "orders", Command: []string{bootstrap}, Log: func(engine.LogLine) { <-stuck }})
	if err != nil {
		t.Fatal(err)
	}
	defer close(stuck)
	if _, err := p.Invoke(t.Context(), invocation("log", "hello")); err != nil {
		t.Fatal(err)
	}
	p.Close()
}

func TestLogLines(t *testing.T) {
	p, logs := newPool(t, Options{})
	inv := invocation("log", strings.Repeat("long", 1000))
	if _, err := p.Invoke(t.Context(), inv); err != nil {
		t.Fatal(err)
	}
	p.Close()
	var out, errs []string
	for _, l := range logs.all() {
		if l.Function != "orders" || l.RequestID != inv.RequestID {
			t.Errorf("line %+v", l)
		}
		if l.Stderr {
			errs = append(errs, l.Text)
		} else {
			out = append(out, l.Text)
		}
	}
	if len(out) != 2 || out[0] != strings.Repeat("long", 1000) || out[1] != "no end of line" || len(errs) != 1 || !strings.HasPrefix(errs[0], "error: long") {
		t.Errorf("lines %q and %q", out, errs)
	}
}

func TestFreeze(t *testing.T) {
	p, _ := newPool(t, Options{Freeze: true})
	first := echo(t, p)["pid"]
	for range 5 {
		if echo(t, p)["pid"] != first {
			t.Fatal("a frozen process was not used again")
		}
	}
}

// A program that was replaced is run by nobody any more: not by a process that had nothing to
// do, and not by one that had, once it is done.
func TestRenew(t *testing.T) {
	p, _ := newPool(t, Options{})
	first := echo(t, p)["pid"]
	p.Renew()
	second := echo(t, p)["pid"]
	if first == second {
		t.Error("an idle process of the former program is used again")
	}
	busy, fresh, err := p.take()
	if fresh || err != nil {
		t.Fatal("no process was idle", err)
	}
	p.Renew()
	p.put(busy)
	<-busy.exited
	if third := echo(t, p)["pid"]; third == second {
		t.Error("a busy process of the former program is used again")
	}
}

// A program that takes the place of another one is run with its own arguments and environment, and
// finds the version that it is.
func TestReplace(t *testing.T) {
	var mu sync.Mutex
	var said []string
	log := func(l engine.LogLine) {
		mu.Lock()
		said = append(said, l.Text)
		mu.Unlock()
	}
	script := func(text string) []string {
		return []string{"/bin/sh", "-c", "echo " + text + " $AWS_LAMBDA_FUNCTION_VERSION $WHICH"}
	}
	p, err := NewPool(Options{Function: "orders", Version: "7", Command: script("first"), Env: []string{"WHICH=a"}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	_, err = p.Invoke(t.Context(), invocation("echo", ""))
	wantError(t, err, engine.ErrorTypeExit, "")
	p.Replace(script("second"), []string{"WHICH=b"})
	_, err = p.Invoke(t.Context(), invocation("echo", ""))
	wantError(t, err, engine.ErrorTypeExit, "")
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(said, ", "); got != "first 7 a, second 7 b" {
		t.Errorf("they said %q", got)
	}
}

func TestClosedPool(t *testing.T) {
	p, _ := newPool(t, Options{})
	echo(t, p)
	p.Close()
	if _, err := p.Invoke(t.Context(), invocation("echo", "")); err == nil {
		t.Error("a closed pool took an invocation")
	}
	if len(p.all) != 0 {
		t.Errorf("%d processes are left", len(p.all))
	}
}
