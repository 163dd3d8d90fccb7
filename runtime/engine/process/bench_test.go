//go:build unix

package process

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// deployed builds a bootstrap of testdata as it is built for Lambda, and reports its size.
func deployed(b *testing.B, name string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	build := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", path, "./testdata/"+name)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

func reportSize(b *testing.B, path string) {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
}

// runs serves the workflow of a bootstrap, whose processes are got from invoke. execute
// runs it with a number of steps.
func runs(b *testing.B, o engine.Options, invoke func(url string) engine.Invoker) (execute func(steps string)) {
	b.Helper()
	e, err := engine.New(o)
	if err != nil {
		b.Fatal(err)
	}
	srv := httptest.NewServer(e.Handler())
	b.Cleanup(func() {
		e.Close()
		srv.Close()
	})
	if err := e.Register(engine.Function{Name: "orders", Invoker: invoke(srv.URL)}); err != nil {
		b.Fatal(err)
	}
	if err := e.Start(); err != nil {
		b.Fatal(err)
	}
	return func(steps string) {
		out, err := e.StartExecution(b.Context(), engine.StartInput{Function: "orders:$LATEST", Input: &steps})
		if err != nil {
			b.Fatal(err)
		}
		if x, err := e.WaitExecution(b.Context(), out.ARN); err != nil || x.Status != wire.ExecutionSucceeded {
			b.Fatalf("%+v, %v", x, err)
		}
	}
}

// cold is an invoker that starts a process for each invocation.
type cold struct {
	b       *testing.B
	options Options
}

func (c cold) Invoke(ctx context.Context, inv *engine.Invocation) ([]byte, error) {
	p, err := NewPool(c.options)
	if err != nil {
		return nil, err
	}
	c.b.Cleanup(func() { p.Close() })
	return p.Invoke(ctx, inv)
}

// BenchmarkColdStart is the time from the start of a process to its first result: of
// a bare Lambda function, and of a workflow with one step, whose checkpoint is stored in memory.
func BenchmarkColdStart(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		path := deployed(b, "bootstrap")
		invoker := cold{b, Options{Function: "orders", Command: []string{path}}}
		for b.Loop() {
			if _, err := invoker.Invoke(b.Context(), invocation("echo", "hello")); err != nil {
				b.Fatal(err)
			}
		}
		reportSize(b, path)
	})
	b.Run("workflow", func(b *testing.B) {
		path := deployed(b, "workflow")
		execute := runs(b, engine.Options{}, func(url string) engine.Invoker {
			return cold{b, Options{Function: "orders", Command: []string{path}, Endpoint: url}}
		})
		for b.Loop() {
			execute("1")
		}
		reportSize(b, path)
	})
}

// BenchmarkThreeSteps runs a workflow of three steps in a process, from the start to the
// result, on a store that is synced to disk.
func BenchmarkThreeSteps(b *testing.B) {
	path := deployed(b, "workflow")
	execute := runs(b, engine.Options{Dir: b.TempDir()}, func(url string) engine.Invoker {
		p, err := NewPool(Options{Function: "orders", Command: []string{path}, Endpoint: url})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { p.Close() })
		return p
	})
	execute("3") // starts the process
	for b.Loop() {
		execute("3")
	}
}
