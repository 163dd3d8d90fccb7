package main

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/conformance/byhand"
	"github.com/durablegen/durablegen/conformance/judge"
	"github.com/durablegen/durablegen/internal/otlpsink"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/engine/process"
)

// service is the engine over HTTP on loopback, with this package's binary as its
// functions.
type service struct {
	url    string
	logs   func(arn string) []judge.LogRecord // nil: not known
	spans  func() []otlpsink.Span             // nil: not known
	binary string                             // that the functions' processes run
}

// startService builds the binary, asks it for its functions and serves them until
// the test ends. Where DURABLEGEN_ENDPOINT names a service that runs already, such as
//
//	durablegen dev ./conformance --logs FILE
//
// it takes that one, with the log file that DURABLEGEN_LOGS names. Spans it takes at the
// address that DURABLEGEN_SPANS names, as that service's variables of OpenTelemetry have to
// say: OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_SERVICE_NAME=conformance.
func startService(t *testing.T) *service {
	t.Helper()
	if url := os.Getenv("DURABLEGEN_ENDPOINT"); url != "" {
		s := &service{url: url}
		if file := os.Getenv("DURABLEGEN_LOGS"); file != "" {
			s.logs = func(arn string) []judge.LogRecord {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Error(err)
				}
				var book judge.LogBook
				for line := range strings.Lines(string(text)) {
					book.Add(time.Time{}, line)
				}
				return book.Records(arn)
			}
		}
		if address := os.Getenv("DURABLEGEN_SPANS"); address != "" {
			s.spans, _ = collectSpans(t, address)
		}
		return s
	}

	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", bootstrap, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	list, err := exec.Command(bootstrap, "-functions").Output()
	if err != nil {
		t.Fatalf("bootstrap -functions: %v", err)
	}
	var functions []struct {
		Name                    string `json:"name"`
		ExecutionTimeoutSeconds int    `json:"executionTimeoutSeconds"`
		RetentionDays           int    `json:"retentionDays"`
	}
	if err := json.Unmarshal(list, &functions); err != nil {
		t.Fatalf("bootstrap -functions: %v\n%s", err, list)
	}

	s := startEngine(t)
	for _, f := range functions {
		s.serve(t, engine.Function{
			Name:             f.Name,
			ExecutionTimeout: time.Duration(f.ExecutionTimeoutSeconds) * time.Second,
			RetentionDays:    f.RetentionDays,
		}, bootstrap)
	}
	s.binary = bootstrap
	return &s.service
}

// spansService is the name of the service that exports spans.
const spansService = "conformance"

// collectSpans takes spans at an address until the test ends. It gives those that came so
// far, and the URL for an exporter.
func collectSpans(t *testing.T, address string) (spans func() []otlpsink.Span, url string) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	sink := &otlpsink.Sink{}
	server := &http.Server{Handler: sink}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return sink.Spans, "http://" + listener.Addr().String()
}

// localService is a service that this test runs itself.
type localService struct {
	service
	engine *engine.Engine
	work   string // where the functions' processes live
	export string // where they export spans to
	book   judge.LogBook
}

// startEngine starts an engine without functions that lives until the test ends.
func startEngine(t *testing.T) *localService {
	t.Helper()
	e, err := engine.New(engine.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: e.Handler()}
	go server.Serve(listener)
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Close()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &localService{engine: e, work: t.TempDir()}
	s.url = "http://" + listener.Addr().String()
	s.logs = s.book.Records
	s.spans, s.export = collectSpans(t, "127.0.0.1:0")
	return s
}

// serve adds a function whose processes run a command.
func (s *localService) serve(t *testing.T, f engine.Function, command ...string) {
	t.Helper()
	pool, err := process.NewPool(process.Options{
		Function: f.Name,
		Command:  command,
		Dir:      s.work,
		Env: []string{"TMPDIR=" + s.work, byhand.FilesVariable + "=" + s.work,
			"OTEL_EXPORTER_OTLP_ENDPOINT=" + s.export, "OTEL_SERVICE_NAME=" + spansService},
		Endpoint: s.url,
		MaxIdle:  1,
		// Others may be busy on this machine, and some runtimes are slow to start.
		InitTimeout: time.Minute,
		Log:         func(l engine.LogLine) { s.book.Add(l.Time, l.Text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	f.Invoker = pool
	if err := s.engine.Register(f); err != nil {
		t.Fatal(err)
	}
}
