package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// victims says which processes a round kills.
type victims struct{ handler, engine bool }

var killRounds = map[string]victims{
	"handler": {handler: true},
	"engine":  {engine: true},
	"both":    {handler: true, engine: true},
}

// A run whose processes are killed with SIGKILL at any moment, again and again, ends
// under the same name with the same result; what is on record as done is not done
// again, and what may be done at most once is done at most once.
func TestKilledRunsGoOn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("finds processes in /proc")
	}
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/parcel")); err != nil {
		t.Fatal(err)
	}
	if err := writeModule(repository(t), dir, "example.com/parcel"); err != nil {
		t.Fatal(err)
	}
	r := &killer{dir: dir, pkg: ".", data: t.TempDir(), env: goEnvironment(t)}
	const want = `"p-7: paid, 1000 g, Postbus, 3"` + "\n"
	for name, v := range killRounds {
		t.Run(name, func(t *testing.T) {
			for i := range rounds(3) {
				os.Remove(filepath.Join(r.data, "work", "journal"))
				seed := uint64(i)*3 + uint64(len(name))
				execution := fmt.Sprintf("%s-%d", name, i)
				r.check = func(t *testing.T) func(*testing.T) { return doneOnce(t, r.data, execution) }
				result, kills := r.toTheEnd(t, execution, v, seed, 60*time.Millisecond)
				if owed := strings.Replace(want, "paid", "owed", 1); result != want && result != owed {
					t.Fatalf("result %s, want %s", result, want)
				}
				journal := readJournal(t, r.data)
				if journal["pay"] > 1 {
					t.Errorf("paid %d times", journal["pay"])
				}
				for what, n := range journal {
					if n > kills+3 {
						t.Errorf("%d kills, and %q was done %d times", kills, what, n)
					}
				}
			}
		})
	}
}

// The same with the food order: one order and one payment in its database.
func TestKilledFoodOrdersGoOn(t *testing.T) {
	if testing.Short() {
		t.Skip("TestKilledRunsGoOn kills in the same way")
	}
	root := repository(t)
	if _, err := os.Stat(filepath.Join(root, "examples/foodorder/bootstrap")); err != nil {
		t.Skip("the example is not there")
	}
	if runtime.GOOS != "linux" {
		t.Skip("finds processes in /proc")
	}
	t.Parallel()
	r := &killer{dir: root, pkg: "./examples/foodorder", data: t.TempDir(), env: goEnvironment(t)}
	for name, v := range killRounds {
		t.Run(name, func(t *testing.T) {
			for i := range rounds(3) {
				os.RemoveAll(filepath.Join(r.data, "work"))
				execution := fmt.Sprintf("%s-%d", name, i)
				result, _ := r.toTheEnd(t, execution, v, uint64(i)+7, 80*time.Millisecond)
				var receipt struct{ OrderID, PaymentID string }
				if err := json.Unmarshal([]byte(result), &receipt); err != nil || receipt.OrderID == "" || receipt.PaymentID == "" {
					t.Fatalf("result %s, %v", result, err)
				}
				db, err := sql.Open("sqlite", filepath.Join(r.data, "work", "foodorder.db"))
				if err != nil {
					t.Fatal(err)
				}
				for _, table := range []string{"orders", "payments"} {
					var n int
					if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n != 1 {
						t.Errorf("%d rows in %s, %v", n, table, err)
					}
				}
				db.Close()
			}
		})
	}
}

func rounds(n int) int {
	if testing.Short() {
		return 1
	}
	return n
}

// killer runs executions and kills their processes.
type killer struct {
	dir, pkg, data string
	env            []string
	// check, if not nil, is called after a kill of everything; what it returns is
	// called at the end.
	check func(*testing.T) func(*testing.T)
}

// toTheEnd runs an execution until it has succeeded, killing each of its first runs
// at a random moment within span after it began.
func (k *killer) toTheEnd(t *testing.T, execution string, v victims, seed uint64, span time.Duration) (result string, kills int) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	var later []func(*testing.T)
	for attempt := 0; ; attempt++ {
		begun := time.Now()
		cmd, stdout, stderr := k.start(t, execution)
		hangs := time.AfterFunc(60*time.Second, func() { cmd.Process.Signal(syscall.SIGINT) })
		if attempt < 5 {
			time.Sleep(time.Duration(random.Int64N(int64(span))))
			if v.handler {
				for _, pid := range childrenOf(cmd.Process.Pid, "bootstrap") {
					if syscall.Kill(pid, syscall.SIGKILL) == nil {
						kills++
					}
				}
			}
			if v.engine {
				cmd.Process.Kill()
				kills++
			}
		}
		err := cmd.Wait()
		hangs.Stop()
		t.Logf("%s, attempt %d: %s", execution, attempt, time.Since(begun).Round(time.Millisecond))
		if err == nil {
			if again := k.stored(t, execution); again != stdout.String() {
				t.Errorf("asked again, the result is %s, not %s", again, stdout)
			}
			for _, check := range later {
				check(t)
			}
			return stdout.String(), kills
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != -1 {
			t.Fatalf("attempt %d: %v\n%s%s", attempt, err, stdout, stderr)
		}
		if k.check != nil {
			later = append(later, k.check(t))
		}
	}
}

// start starts a run and waits until it says that it is under way.
func (k *killer) start(t *testing.T, execution string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd = exec.Command("durablegen", "run", k.pkg, "--data", k.data, "--name", execution)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), k.env...)
	cmd.Stdout = stdout
	cmd.WaitDelay = 5 * time.Second
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = writer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	began := make(chan struct{})
	go func() {
		defer reader.Close()
		told := false
		for lines := bufio.NewScanner(reader); lines.Scan(); {
			if line := lines.Text(); !told {
				stderr.WriteString(line + "\n")
				if strings.Contains(line, "running as") || strings.Contains(line, "going on with") || strings.Contains(line, "ended before") {
					told = true
					close(began)
				}
			}
		}
		if !told {
			close(began)
		}
	}()
	select {
	case <-began:
	case <-time.After(5 * time.Minute): // a first build may take long
		cmd.Process.Kill()
		t.Fatal("it does not begin")
	}
	return cmd, stdout, stderr
}

// stored runs an execution that has ended once more.
func (k *killer) stored(t *testing.T, execution string) string {
	t.Helper()
	cmd := exec.Command("durablegen", "run", k.pkg, "--data", k.data, "--name", execution)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), k.env...)
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("asked again: %v", err)
	}
	return string(out)
}

// childrenOf lists the processes below a process whose program has a name.
func childrenOf(pid int, program string) []int {
	var found []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		text, _ := os.ReadFile(task)
		for _, word := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(word)
			if err != nil {
				continue
			}
			path, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", child))
			if filepath.Base(path) == program {
				found = append(found, child)
			}
		}
	}
	return found
}

// doneOnce notes what is on record as done now. The check that it gives finds fault
// with what was done again since.
func doneOnce(t *testing.T, data, execution string) func(*testing.T) {
	t.Helper()
	e, err := engine.New(engine.Options{Dir: local.Data{Dir: data}.Execution(execution)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	ctx := context.Background()
	page, err := e.ListExecutions(ctx, engine.ExecutionFilter{})
	if err != nil {
		t.Fatal(err)
	}
	before := readJournal(t, data)
	done := map[string]bool{}
	for _, x := range page.Executions {
		history, err := e.History(ctx, x.ARN, engine.HistoryQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range history {
			if event.EventType == wire.EventStepSucceeded {
				done[event.Name] = true
			}
		}
	}
	return func(t *testing.T) {
		after := readJournal(t, data)
		for _, name := range []string{"register", "pay", "findPayment"} {
			if done[name] && after[name] != before[name] {
				t.Errorf("%s was on record as done, and done again: %d times, then %d", name, before[name], after[name])
			}
		}
	}
}

// readJournal counts the lines of the journal.
func readJournal(t *testing.T, data string) map[string]int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "work", "journal"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for line := range strings.Lines(string(text)) {
		counts[strings.TrimSpace(line)]++
	}
	return counts
}
