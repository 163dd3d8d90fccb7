package core

import (
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Each way in which an invocation can end, and what becomes of the execution.
func TestOutputs(t *testing.T) {
	wait := up(waitT, startA, "w", seconds_(60))
	for _, c := range []struct {
		before  []wire.OperationUpdate
		output  string
		status  wire.ExecutionStatus
		message string
	}{
		{nil, `{"Status":"SUCCEEDED","Result":"1"}`, wire.ExecutionSucceeded, ""},
		{nil, `{"Status":"SUCCEEDED"}`, wire.ExecutionSucceeded, ""},
		{nil, `{"Status":"SUCCEEDED","Result":"0123456789"}`, wire.ExecutionSucceeded, ""},
		{nil, `{"Status":"SUCCEEDED","Result":"0123456789x"}`, wire.ExecutionFailed, "Execution output payload size must be less than or equal to 10 bytes."},
		{nil, `{"Status":"SUCCEEDED","Error":{}}`, wire.ExecutionFailed, "Cannot provide an Error for SUCCEEDED status."},
		{nil, `{"Status":"FAILED","Result":"1"}`, wire.ExecutionFailed, "Cannot provide a Result for FAILED status."},
		{nil, `{"Status":"FAILED","Error":{"ErrorMessage":"boom"}}`, wire.ExecutionFailed, "boom"},
		{nil, `{"Status":"FAILED"}`, wire.ExecutionFailed, ""},
		{nil, `{"Status":"DONE"}`, wire.ExecutionFailed, "Invalid Status in invocation output."},
		{nil, `{"Status":"SUCCEEDED","Result":{"n":1}}`, wire.ExecutionFailed, "Invalid Result in invocation output: it must be a text that holds JSON, not a JSON object."},
		{nil, `{"Status":"SUCCEEDED","Result":1}`, wire.ExecutionFailed, "Invalid Result in invocation output: it must be a text that holds JSON, not a JSON number."},
		{nil, `{"Status":"FAILED","Error":"no"}`, wire.ExecutionFailed, "Invalid Error in invocation output: it must be an object, not a JSON string."},
		{nil, `{"Status":"FAILED","Error":{"ErrorType":1}}`, wire.ExecutionFailed, "Invalid Error.ErrorType in invocation output: it must be a text, not a JSON number."},
		{nil, `{"Status":1}`, wire.ExecutionFailed, "Invalid Status in invocation output."},
		{nil, `{}`, wire.ExecutionFailed, "Invalid Status in invocation output."},
		{nil, `null`, wire.ExecutionFailed, "Invalid Status in invocation output."},
		{nil, `"hello"`, wire.ExecutionFailed, "Invalid Status in invocation output."},
		{nil, ``, wire.ExecutionFailed, "Invalid Status in invocation output."},
		{nil, `{"Status":"PENDING"}`, wire.ExecutionFailed, "Cannot return PENDING status with no pending operations."},
		{[]wire.OperationUpdate{up(contextT, startA, "c")}, `{"Status":"PENDING"}`, wire.ExecutionFailed, "Cannot return PENDING status with no pending operations."},
		{[]wire.OperationUpdate{up(stepT, succeedA, "s")}, `{"Status":"PENDING"}`, wire.ExecutionFailed, "Cannot return PENDING status with no pending operations."},
		{[]wire.OperationUpdate{wait}, `{"Status":"PENDING"}`, wire.ExecutionRunning, ""},
		{[]wire.OperationUpdate{up(callbackT, startA, "k")}, `{"Status":"PENDING"}`, wire.ExecutionRunning, ""},
		{[]wire.OperationUpdate{up(chainedT, startA, "i", function("plain"))}, `{"Status":"PENDING"}`, wire.ExecutionRunning, ""},
		{[]wire.OperationUpdate{up(stepT, retryA, "s", delay(1))}, `{"Status":"PENDING"}`, wire.ExecutionRunning, ""},
		{[]wire.OperationUpdate{wait}, `{"Status":"SUCCEEDED"}`, wire.ExecutionSucceeded, ""},
	} {
		limits := DefaultLimits
		limits.AsyncOutput = 10
		m := startMachine(t, limits, Start{})
		m.must(c.before...)
		m.complete(c.output)
		message := ""
		if m.s.Error != nil {
			message = m.s.Error.ErrorMessage
		}
		if m.s.Status != c.status || message != c.message {
			t.Errorf("%s: %s %q, want %s %q", c.output, m.s.Status, message, c.status, c.message)
		}
	}
}

func TestFailedInvocationsAreRepeatedWithPauses(t *testing.T) {
	m := newMachine(t)
	m.must(up(stepT, startA, "s"))
	m.crash("MyError")
	if m.s.Due(m.now+999) || !m.s.Due(m.now+1000) {
		t.Error("the first pause isn't a second")
	}
	if due, ok := m.s.NextDeadline(); !ok || due != m.now+1000 {
		t.Errorf("next deadline %d", due)
	}
	m.pass(1)
	m.launch()
	if s := strings.Join(m.s.Envelope().UpdatedOperationIds, " "); s != "s" {
		t.Errorf("updated operations %s", s)
	}
	m.crash("MyError")
	m.pass(1)
	if m.s.Due(m.now) {
		t.Error("the second pause isn't two seconds")
	}
	m.pass(1)
	m.launch()
	m.crash("Runtime.ExitError")
	if m.s.Status != wire.ExecutionFailed || m.s.Error.ErrorType != "Runtime.ExitError" {
		t.Errorf("ended as %s, %s", m.s.Status, show(m.s.Error))
	}
	m.wantHistory("ExecutionStarted StepStarted InvocationCompleted InvocationCompleted InvocationCompleted ExecutionFailed")
	if got := show(HistoryEvent(&m.facts[2], true)); !strings.Contains(got, `"Error":{"Payload":{"ErrorType":"MyError","ErrorMessage":"crashed"},"Truncated":false}`) {
		t.Error(got)
	}
}

func TestCrashIsRepeatedAtOnceTheFirstTime(t *testing.T) {
	for kind, atOnce := range map[string]bool{"Runtime.ExitError": true, "Extension.Crash": true, "Sandbox.Failure": true, "Sandbox.Timedout": false, "MyError": false} {
		m := newMachine(t)
		m.crash(kind)
		if m.s.Due(m.now) != atOnce {
			t.Errorf("%s: due at once is %v", kind, !atOnce)
		}
	}
	m := newMachine(t)
	m.crash("Runtime.ExitError")
	m.launch()
	m.crash("Runtime.ExitError")
	if m.s.Due(m.now) || !m.s.Due(m.now+2000) {
		t.Error("a second crash is repeated without a pause")
	}
	// An invocation that ends well makes the failures forgotten.
	m = newMachine(t)
	m.crash("MyError")
	m.pass(1)
	m.launch()
	m.must(up(waitT, startA, "w", seconds_(5)))
	m.suspend()
	m.pass(5)
	m.launch()
	m.crash("MyError")
	if !m.s.Due(m.now + 1000) {
		t.Error("failures of before still count")
	}
}

// The timer of a pause that was cut short does not end the next one. (The state is used without
// a machine, whose checks look at the timers in between, and so drop those without a meaning.)
func TestStaleRetryTimer(t *testing.T) {
	s := Begin(Start{ARN: ARN{ID: FormatID([16]byte{1})}, ExecutionTimeout: 60}, nil, &DefaultLimits, epoch).Install()
	for _, kind := range []string{"Runtime.ExitError", "MyError"} { // the first is repeated at once
		s = s.Launch(kind, [16]byte{1}, epoch).Install()
		s = s.Complete(kind, nil, &wire.ErrorObject{ErrorType: kind}, &retries, epoch).Install()
	}
	if due, ok := s.NextDeadline(); !ok || due != epoch+2000 {
		t.Errorf("the next deadline is in %d ms", due-epoch)
	}
	s = Begin(Start{ARN: ARN{ID: FormatID([16]byte{1})}, ExecutionTimeout: 60}, nil, &DefaultLimits, epoch).Install()
	for _, kind := range []string{"Runtime.ExitError", "MyError"} {
		s = s.Launch(kind, [16]byte{1}, epoch).Install()
		s = s.Complete(kind, nil, &wire.ErrorObject{ErrorType: kind}, &retries, epoch).Install()
	}
	if c := s.Fire(epoch+1000, epoch+1000); c != nil {
		s = c.Install()
	}
	if s.Due(epoch+1000) || !s.Due(epoch+2000) {
		t.Error("the second pause is not two seconds")
	}
}

// What the service ends while an invocation runs, and doesn't tell it, causes another one; what
// it has told, doesn't.
func TestWatermark(t *testing.T) {
	for _, told := range []bool{false, true} {
		m := newMachine(t)
		m.must(up(waitT, startA, "short", seconds_(1)), up(waitT, startA, "long", seconds_(60)))
		m.pass(1)
		if told {
			m.must()
		}
		m.suspend()
		if m.s.Due(m.now) == told {
			t.Errorf("told %v: an invocation is due: %v", told, !told)
		}
		if !told {
			m.launch()
			if s := strings.Join(m.s.Envelope().UpdatedOperationIds, " "); s != "short" {
				t.Errorf("updated operations %s", s)
			}
			m.suspend()
		}
		m.pass(60)
		m.launch()
		if s := strings.Join(m.s.Envelope().UpdatedOperationIds, " "); s != "long" {
			t.Errorf("told %v: updated operations %s", told, s)
		}
	}
}

// A change that came while the invocation ran makes PENDING right, though nothing
// is pending any more.
func TestPendingAfterAChangeNotTold(t *testing.T) {
	m := newMachine(t)
	m.must(up(waitT, startA, "w", seconds_(1)))
	m.pass(1)
	m.suspend()
	m.launch()
	m.complete(`{"Status":"PENDING"}`)
	if m.s.Status != wire.ExecutionFailed {
		t.Errorf("the execution hangs as %s", m.s.Status)
	}
}

// A step that was left open, or is ready, can be gone on with at once. If nothing ever
// comes of it, the execution fails in the end.
func TestStalledInvocations(t *testing.T) {
	m := newMachine(t)
	m.must(up(stepT, startA, "s"))
	for i := range maxStalls {
		m.complete(`{"Status":"PENDING"}`)
		if !m.s.Due(m.now) {
			t.Fatalf("nothing is due after %d invocations", i+1)
		}
		m.launch()
	}
	m.complete(`{"Status":"PENDING"}`)
	if m.s.Status != wire.ExecutionFailed || m.s.Error.ErrorMessage != "Cannot return PENDING status with no pending operations." {
		t.Errorf("ended as %s, %s", m.s.Status, show(m.s.Error))
	}

	m = newMachine(t)
	m.must(up(stepT, retryA, "s", delay(1)))
	m.pass(1)
	m.must() // it is told that the step is ready, and suspends all the same
	m.suspend()
	if !m.s.Due(m.now) {
		t.Error("a step that is ready waits for ever")
	}
}

func TestOutcomeByUpdate(t *testing.T) {
	m := newMachine(t)
	out := m.must(up(stepT, succeedA, "s"), up(execT, succeedA, "execution-result", payload(`"large"`)))
	if out.CheckpointToken != "" || ids(out.NewExecutionState.Operations) != "s" {
		t.Errorf("answer %s", show(out))
	}
	if m.s.Status != wire.ExecutionRunning {
		t.Errorf("the execution is %s before its invocation has ended", m.s.Status)
	}
	m.complete(`{"Status":"SUCCEEDED","Result":""}`)
	if m.s.Status != wire.ExecutionSucceeded || *m.s.Result != `"large"` {
		t.Errorf("ended as %s with %s", m.s.Status, show(m.s.Result))
	}
	m.wantHistory("ExecutionStarted StepSucceeded InvocationCompleted ExecutionSucceeded")

	// It stands even if the invocation fails after it, or is lost.
	m = newMachine(t)
	m.must(up(execT, failA, m.s.Start.ARN.ID, failure("E", "large")))
	m.crash("Runtime.ExitError")
	if m.s.Status != wire.ExecutionFailed || m.s.Error.ErrorType != "E" {
		t.Errorf("ended as %s with %s", m.s.Status, show(m.s.Error))
	}
	m = newMachine(t)
	m.must(up(execT, succeedA, m.s.Start.ARN.ID))
	r := m.rebuild(m.facts)
	if r.Due(m.now) {
		t.Error("an execution with an outcome is invoked again")
	}
	if s := r.Recover(m.now).Install(); s.Status != wire.ExecutionSucceeded {
		t.Errorf("recovered as %s", s.Status)
	}
	if c := m.s.Complete("another", nil, nil, &retries, m.now); c != nil {
		t.Error("another invocation's end counted")
	}
}

// An execution that was invoked when the engine died is invoked again; one that was suspended isn't.
func TestDueAfterACrash(t *testing.T) {
	m := newMachine(t)
	m.must(up(waitT, startA, "w", seconds_(5)))
	if r := m.rebuild(m.facts); !r.Due(m.now) {
		t.Error("a lost invocation is not repeated")
	}
	m.suspend()
	if r := m.rebuild(m.facts); r.Due(m.now) {
		t.Error("a suspended execution is disturbed")
	}
	m.pass(5)
	if r := m.rebuild(m.facts); !r.Due(m.now) {
		t.Error("the end of the wait is forgotten")
	}
	m.launch()
	m.must()
	r := m.rebuild(m.facts)
	if !r.Due(m.now) {
		t.Error("a lost invocation is not repeated")
	}
	r = r.Launch("r", [16]byte{9}, m.now).Install()
	if err := r.checkToken(m.token); err == nil {
		t.Error("the token of before the crash is still good")
	}
}

// Those who failed together come back one by one, each always after the same pause.
func TestPausesAreSpread(t *testing.T) {
	r := Retries{Pauses: []wire.Time{1000, 60_000}, Spread: true}
	seen := map[wire.Time]bool{}
	for i := range 200 {
		who := FormatID([16]byte{byte(i)})
		for failures, want := range []wire.Time{1000, 60_000, 60_000} {
			pause := r.Pause(who, failures+1)
			if pause <= want/2 || pause > want || pause != r.Pause(who, failures+1) {
				t.Fatalf("after %d failures %s pauses for %d", failures+1, who, pause)
			}
			if failures == 1 {
				seen[pause] = true
			}
		}
	}
	if len(seen) < 190 {
		t.Errorf("200 have %d pauses", len(seen))
	}
	if r.Spread = false; r.Pause("x", 9) != 60_000 {
		t.Error("a pause is spread")
	}
}
