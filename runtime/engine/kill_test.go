package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

const (
	killExecutions = 12
	killSteps      = 12
)

// TestMain makes this binary an engine of its own when it is told so, so that
// tests can kill it.
func TestMain(m *testing.M) {
	if dir := os.Getenv("ENGINE_TEST_DIR"); dir != "" {
		work := killedEngine
		if os.Getenv("ENGINE_TEST_PUBLISH") != "" {
			work = publishForEver
		}
		if err := work(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// ack is what the engine that is killed tells about a step: that it begins, and
// that it is acknowledged.
type ack struct {
	Execution, Step string
	Done            bool
}

// killedEngine runs executions of some steps, each at most once, with a wait in
// the middle, until all have ended. It says on standard output what happens.
func killedEngine(dir string) error {
	out := json.NewEncoder(os.Stdout) // one write a line
	lines := make(chan ack)
	go func() {
		for a := range lines {
			out.Encode(a)
		}
	}()
	e, err := New(Options{Dir: dir, SkipTime: true})
	if err != nil {
		return err
	}
	t := &testing.T{}
	e.Register(Function{Name: "orders", Invoker: handler(t, &e, func(r *run) (wire.InvocationOutput, error) {
		name := r.in.InitialExecutionState.Operations[0].Name
		for i := range killSteps {
			id := fmt.Sprintf("step-%d", i)
			switch r.status(id) {
			case wire.StatusSucceeded:
			case "":
				lines <- ack{name, id, false}
				if err := r.checkpoint(stepUpdates(id, "1")...); err != nil {
					return wire.InvocationOutput{}, err
				}
				lines <- ack{name, id, true}
			default:
				return failed("Half", "a batch was stored in part"), nil
			}
			if i == killSteps/2 {
				switch r.status("pause") {
				case "":
					return pending, r.checkpoint(waitUpdate("pause", 3600))
				case wire.StatusStarted:
					return pending, nil
				}
			}
		}
		return succeeded(fmt.Sprint(killSteps)), nil
	})})
	if err := e.Start(); err != nil {
		return err
	}
	ctx := context.Background()
	var arns []string
	for i := range killExecutions {
		started, err := e.StartExecution(ctx, StartInput{Function: "orders", Qualifier: latest, Name: fmt.Sprintf("order-%d", i), Input: str("{}")})
		if err != nil {
			return err
		}
		arns = append(arns, started.ARN)
	}
	for _, arn := range arns {
		if _, err := e.WaitExecution(ctx, arn); err != nil {
			return err
		}
	}
	return e.Close()
}

// The engine is killed again and again, at random moments. Each time the same file goes on; what was
// acknowledged is never done again, and nothing is half there.
func TestKillTheEngine(t *testing.T) {
	dir := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	acknowledged := map[string]bool{}
	kills := 0
	for {
		finished := runAndKill(t, dir, random, acknowledged)
		if finished {
			break
		}
		if kills++; kills > 200 {
			t.Fatal("the executions don't come to an end")
		}
	}
	t.Logf("killed %d times", kills)

	e, err := New(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	page, err := e.ListExecutions(t.Context(), ExecutionFilter{})
	if err != nil || len(page.Executions) != killExecutions {
		t.Fatalf("%d executions, %v", len(page.Executions), err)
	}
	for _, x := range page.Executions {
		if x.Status != wire.ExecutionSucceeded {
			t.Errorf("%s ended as %s", x.Name, x.Status)
		}
		ops, err := e.Operations(t.Context(), x.ARN)
		if err != nil || len(ops) != 1+killSteps+1 {
			t.Errorf("%s has %d operations, %v", x.Name, len(ops), err)
		}
		for _, o := range ops {
			delete(acknowledged, x.Name+" "+o.Id)
		}
		if strings.Count(kinds(t, e, x.ARN), "StepSucceeded") != killSteps {
			t.Errorf("%s: %s", x.Name, kinds(t, e, x.ARN))
		}
	}
	for what := range acknowledged {
		t.Errorf("%s was acknowledged and is gone", what)
	}
}

// runAndKill runs the engine in a process and kills it after a random number of steps. It returns
// true if all was done before.
func runAndKill(t *testing.T, dir string, random *rand.Rand, acknowledged map[string]bool) (finished bool) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ENGINE_TEST_DIR="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	after := random.IntN(60)
	timer := time.AfterFunc(time.Duration(random.IntN(300))*time.Millisecond, func() {
		if after%3 == 0 {
			cmd.Process.Kill()
		}
	})
	defer timer.Stop()
	n := 0
	for s := bufio.NewScanner(out); s.Scan(); n++ {
		var a ack
		if err := json.Unmarshal(s.Bytes(), &a); err != nil {
			break // the last line of a killed process
		}
		key := a.Execution + " " + a.Step
		if a.Done {
			acknowledged[key] = true
		} else if acknowledged[key] {
			t.Errorf("%s was acknowledged, and done again", key)
		}
		if n == after {
			cmd.Process.Kill()
		}
	}
	err = cmd.Wait()
	if err != nil && cmd.ProcessState.ExitCode() > 0 {
		t.Fatalf("the engine ended with %v", err)
	}
	return err == nil
}
