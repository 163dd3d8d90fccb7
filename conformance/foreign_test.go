package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/durablegen/durablegen/conformance/judge"
	"github.com/durablegen/durablegen/runtime/engine"
)

// TestForeignHandlers runs functions on AWS's durable-execution SDK for Python and
// its Lambda runtime, unmodified, on the engine: it serves others' handlers, too.
func TestForeignHandlers(t *testing.T) {
	python := pythonWith(t, "aws_durable_execution_sdk_python, awslambdaric")
	t.Parallel()
	code, err := os.ReadFile("testdata/foreign.py")
	if err != nil {
		t.Fatal(err)
	}
	s := startEngine(t)
	if err := os.WriteFile(filepath.Join(s.work, "foreign.py"), code, 0o600); err != nil {
		t.Fatal(err)
	}
	s.serve(t, engine.Function{Name: "conformance-0-1"}, python, "-m", "awslambdaric", "foreign.tour")
	s.serve(t, engine.Function{Name: "conformance-0-2"}, python, "-m", "awslambdaric", "foreign.echo")

	r, err := judge.Parse("foreign/0-1.yaml", []byte(`
AsyncInvoke: true
Input: you
CallbackActions:
  - {CallbackName: ask, Operation: success, Payload: "yes", Delay: 1}
  - {CallbackName: '*', Operation: heartbeat}
  - {CallbackName: '*', Operation: success, Payload: [1], Delay: 1}
ExpectedResult:
  ExecutionStatus: SUCCEEDED
  Result:
    greet: hello you
    flaky: ok
    child: 2
    ask: '"yes"'
    batch: [10, 30]
    parallel: [1, 2]
    count: 3
    invoke: {x: [1]}
    approve: '[1]'
ExpectedExecutionHistory:
  - {EventType: StepStarted, SubType: Step, Name: greet, EventId: 2}
  - {EventType: StepSucceeded, EventId: 3}
  - {EventType: StepStarted, Name: flaky, EventId: 4}
  - {EventType: StepFailed, Name: flaky, EventId: 5, StepFailedDetails: {RetryDetails: {CurrentAttempt: 1, NextAttemptDelaySeconds: 1}}}
  - {EventType: InvocationCompleted, EventId: 6}
  - {EventType: StepStarted, Name: flaky, EventId: 7}
  - {EventType: StepSucceeded, Name: flaky, EventId: 8}
  - {EventType: WaitStarted, Name: pause, EventId: 9}
  - {EventType: InvocationCompleted, EventId: 10}
  - {EventType: WaitSucceeded, Name: pause, EventId: 11}
`))
	if err != nil {
		t.Fatal(err)
	}
	score(t, &s.service, []*judge.Requirement{r}, nil)
}
