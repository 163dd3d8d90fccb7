//go:build unix

package engine

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

const benchSteps = 100

// BenchmarkSteps runs 100-step workflows, one step a checkpoint over HTTP, on a store that
// is synced to disk. Beside it stands the floor: an HTTP server that decodes the same request,
// inserts one row into SQLite together with what waits at the same time, and encodes an answer.
func BenchmarkSteps(b *testing.B) {
	for _, executions := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("floor/%d", executions), func(b *testing.B) { benchFloor(b, executions) })
		b.Run(fmt.Sprintf("engine/%d", executions), func(b *testing.B) { benchEngine(b, executions) })
	}
}

// cpuTime is the processor time that this process has used: unlike elapsed time, it is the
// same on a busy machine.
func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// reportSteps reports how fast steps were, and what they cost since cpu was taken.
func reportSteps(b *testing.B, executions int, cpu time.Duration) {
	steps := float64(executions * b.N * benchSteps)
	b.ReportMetric(steps/b.Elapsed().Seconds(), "steps/s")
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/steps, "cpu-µs/step")
}

// benchClient makes the calls that a handler makes.
type benchClient struct {
	http *http.Client
	url  string
}

func newBenchClient(url string) *benchClient {
	return &benchClient{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}}, url}
}

func (c *benchClient) post(path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	resp, err := c.http.Post(c.url+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		return fmt.Errorf("%s: %s, %v", resp.Status, b, err)
	}
	return json.Unmarshal(b, out)
}

// steps checkpoints the steps of one execution, one after the other.
func (c *benchClient) steps(arn, token string) error {
	path := "/2025-12-01/durable-executions/" + pathEscape(arn) + "/checkpoint"
	for i := range benchSteps {
		us := stepUpdates(fmt.Sprintf("step-%d", i), `{"total":12345,"currency":"EUR"}`)
		for k := range us {
			us[k].Name, us[k].SubType = us[k].Id, wire.SubTypeStep
		}
		var out wire.CheckpointOutput
		if err := c.post(path, wire.CheckpointInput{CheckpointToken: token, ClientToken: "1f0c2b1e-9a3d-4a77-8f6e-2d9b0c1a7e55", Updates: us}, &out); err != nil {
			return err
		}
		token = out.CheckpointToken
	}
	return nil
}

func benchEngine(b *testing.B, executions int) {
	e, err := New(Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	srv := httptest.NewServer(e.Handler())
	defer srv.Close()
	client := newBenchClient(srv.URL)
	e.Register(Function{Name: "orders", Invoker: DurableFunc(func(ctx ctxt, in wire.InvocationInput) (wire.InvocationOutput, error) {
		if err := client.steps(in.DurableExecutionArn, in.CheckpointToken); err != nil {
			return wire.InvocationOutput{}, err
		}
		return succeeded("1"), nil
	})})
	e.Start()
	b.ReportAllocs()
	b.ResetTimer()
	cpu := cpuTime()
	var wg sync.WaitGroup
	for range executions {
		wg.Go(func() {
			for range b.N {
				out, err := e.StartExecution(b.Context(), StartInput{Function: "orders", Qualifier: latest, Input: str("{}")})
				if err != nil {
					b.Error(err)
					return
				}
				if x, err := e.WaitExecution(b.Context(), out.ARN); err != nil || x.Status != wire.ExecutionSucceeded {
					b.Errorf("%+v, %v", x, err)
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	reportSteps(b, executions, cpu)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-sys")
}

// floorRow is a step on its way into the floor's table.
type floorRow struct {
	body []byte
	done chan error
}

func benchFloor(b *testing.B, executions int) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "floor.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE log (seq INTEGER PRIMARY KEY, body TEXT)"); err != nil {
		b.Fatal(err)
	}
	rows := make(chan floorRow, 1024)
	var writing sync.WaitGroup
	writing.Go(func() {
		for first := range rows {
			batch := []floorRow{first}
			for more := true; more; {
				select {
				case r, ok := <-rows:
					if more = ok; ok {
						batch = append(batch, r)
					}
				default:
					more = false
				}
			}
			tx, err := db.Begin()
			if err == nil {
				for _, r := range batch {
					if _, err = tx.Exec("INSERT INTO log (body) VALUES (?)", r.body); err != nil {
						break
					}
				}
				if err == nil {
					err = tx.Commit()
				}
			}
			for _, r := range batch {
				r.done <- err
			}
		}
	})
	defer writing.Wait()
	defer close(rows)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var in wire.CheckpointInput
		if err == nil {
			err = json.Unmarshal(body, &in)
		}
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		row := floorRow{body, make(chan error, 1)}
		rows <- row
		if err := <-row.done; err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		out := wire.CheckpointOutput{CheckpointToken: in.CheckpointToken}
		out.NewExecutionState.Operations = []wire.Operation{{
			Id: in.Updates[0].Id, Name: in.Updates[0].Name, Type: in.Updates[0].Type, Status: wire.StatusSucceeded,
			StepDetails: &wire.StepDetails{Attempt: 1, Result: in.Updates[1].Payload},
		}}
		b, _ := json.Marshal(out)
		w.Header().Set("Content-Type", "application/json")
		w.Write(b)
	}))
	defer srv.Close()
	client := newBenchClient(srv.URL)
	b.ReportAllocs()
	b.ResetTimer()
	cpu := cpuTime()
	var wg sync.WaitGroup
	for i := range executions {
		wg.Go(func() {
			for range b.N {
				if err := client.steps(fmt.Sprint("arn-", i), "token"); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	reportSteps(b, executions, cpu)
}

// BenchmarkThreeSteps runs three-step workflows in this process, from start to result, on a
// synced store.
func BenchmarkThreeSteps(b *testing.B) {
	e, err := New(Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	e.Register(Function{Name: "orders", Invoker: DurableFunc(func(ctx ctxt, in wire.InvocationInput) (wire.InvocationOutput, error) {
		token := in.CheckpointToken
		for i := range 3 {
			out, err := e.Checkpoint(ctx, in.DurableExecutionArn, wire.CheckpointInput{CheckpointToken: token, Updates: stepUpdates(fmt.Sprint(i), "1")})
			if err != nil {
				return wire.InvocationOutput{}, err
			}
			token = out.CheckpointToken
		}
		return succeeded("1"), nil
	})})
	e.Start()
	b.ReportAllocs()
	for b.Loop() {
		out, err := e.StartExecution(b.Context(), StartInput{Function: "orders", Qualifier: latest, Input: str("{}")})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.WaitExecution(b.Context(), out.ARN); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheckpoint is one step in memory, without HTTP.
func BenchmarkCheckpoint(b *testing.B) {
	e, err := New(Options{Limits: Limits{Operations: 1 << 40, StorageBytes: 1 << 60}})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	b.ReportAllocs()
	e.Register(Function{Name: "orders", Invoker: DurableFunc(func(ctx ctxt, in wire.InvocationInput) (wire.InvocationOutput, error) {
		token := in.CheckpointToken
		for i := 0; b.Loop(); i++ {
			out, err := e.Checkpoint(ctx, in.DurableExecutionArn, wire.CheckpointInput{CheckpointToken: token, Updates: stepUpdates(fmt.Sprint(i), "1")})
			if err != nil {
				return wire.InvocationOutput{}, err
			}
			token = out.CheckpointToken
		}
		return succeeded("1"), nil
	})})
	e.Start()
	out, err := e.StartExecution(b.Context(), StartInput{Function: "orders", Qualifier: latest})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := e.WaitExecution(b.Context(), out.ARN); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkWaiting begins executions that wait for an answer, as many as b.N, and reports
// what each takes while it waits, in memory and on disk, and how long the service takes to
// come up with all of them.
func BenchmarkWaiting(b *testing.B) {
	dir := b.TempDir()
	var e *Engine
	waiting := Function{Name: "orders", Invoker: DurableFunc(func(ctx ctxt, in wire.InvocationInput) (wire.InvocationOutput, error) {
		updates := append(stepUpdates("step", `{"total":12345,"currency":"EUR"}`), callbackUpdate("approval", 86400, 0))
		_, err := e.Checkpoint(ctx, in.DurableExecutionArn, wire.CheckpointInput{CheckpointToken: in.CheckpointToken, Updates: updates})
		if err != nil {
			return wire.InvocationOutput{}, err
		}
		return wire.InvocationOutput{Status: wire.InvocationPending}, nil
	})}
	open := func() *Engine {
		e, err := New(Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		e.Register(waiting)
		e.Start()
		return e
	}
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	e = open()
	before := heap()
	for b.Loop() {
		if _, err := e.StartExecution(b.Context(), StartInput{Function: "orders", Qualifier: latest, Input: str(`{"id":"order-42"}`)}); err != nil {
			b.Fatal(err)
		}
	}
	if err := e.Idle(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric((heap()-before)/float64(b.N), "heap-B/execution")
	e.Close()
	begin := time.Now()
	e = open()
	b.ReportMetric(time.Since(begin).Seconds()/float64(b.N)*1e6, "open-µs/execution")
	e.Close()
	info, err := os.Stat(filepath.Join(dir, "durablegen.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(b.N), "disk-B/execution")
}

// BenchmarkTexts looks for texts that none of 10,000 executions has, in a store on disk; one
// that was found would end the search sooner.
func BenchmarkTexts(b *testing.B) {
	e, err := New(Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	if err := e.Register(Function{Name: "f", Invoker: DurableFunc(func(context.Context, wire.InvocationInput) (wire.InvocationOutput, error) {
		return succeeded(`{"receipt":"r-1001","cents":4200}`), nil
	})}); err != nil {
		b.Fatal(err)
	}
	if err := e.Start(); err != nil {
		b.Fatal(err)
	}
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			for range 100 {
				input := `{"order":{"id":"o-1001","customer":"ada@example.com","items":[{"sku":"a","count":1},{"sku":"b","count":2}]}}`
				out, err := e.StartExecution(b.Context(), StartInput{Function: "f", Input: &input})
				if err == nil {
					_, err = e.WaitExecution(b.Context(), out.ARN)
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	for name, f := range map[string]ExecutionFilter{"input": {Input: "nobody"}, "result": {Result: "nothing"}, "error": {Error: "nothing"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f.MaxItems, f.Marker = 1000, ""
				for looked := 0; ; {
					page, err := e.ListExecutions(b.Context(), f)
					if err != nil || len(page.Executions) > 0 {
						b.Fatal(page, err)
					}
					looked += page.Looked
					if f.Marker = page.NextMarker; f.Marker == "" {
						if looked != 10_000 {
							b.Fatalf("%d were looked at", looked)
						}
						break
					}
				}
			}
		})
	}
}
