package core

import (
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

// pausing asks for a pause that moves the time-out, too.
func (m *machine) pausing(p Pause) { m.t.Helper(); m.change(m.s.Pause(&p, m.now)) }

func (m *machine) resuming(p Pause) { m.t.Helper(); m.change(m.s.Resume(&p, m.now)) }

func (m *machine) change(c *Change, err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
	m.install(c)
}

func (m *machine) wantStatus(want wire.ExecutionStatus, timeoutAfter int) {
	m.t.Helper()
	if m.s.Status != want {
		m.t.Fatalf("the execution is %s, want %s", m.s.Status, want)
	}
	at := after(epoch, timeoutAfter)
	if want.Closed() {
		at = 0
	}
	if got := m.s.TimeoutAt(); got != at {
		m.t.Errorf("it times out %d s after its start, want %d", (got-epoch)/1000, timeoutAfter)
	}
}

// wantConflict looks at what must be refused, leaving no trace.
func (m *machine) wantConflict(c *Change, err error) {
	m.t.Helper()
	e, ok := err.(*wire.APIError)
	if !ok || c != nil || e.Code != CodeConflict || e.HTTPStatus != 409 {
		m.t.Errorf("got %v, %v; want a conflict", c, err)
	}
	m.check()
}

// What is waited for ends while the execution is paused, and is what the resume invokes for.
func TestPauseBetweenInvocations(t *testing.T) {
	m := newMachine(t)
	m.must(up(waitT, startA, "w", seconds_(10)))
	m.suspend()
	m.pass(1)
	m.pausing(Pause{Reason: str("audit"), TimeoutPaused: true})
	m.wantStatus(wire.ExecutionPaused, maxDelay)
	if e := HistoryEvent(&m.facts[len(m.facts)-1], true); *e.ExecutionPausedDetails.Reason.Payload != "audit" || !e.ExecutionPausedDetails.ExecutionTimeoutPaused ||
		e.ExecutionPausedDetails.PauseRequestTimestamp != wire.Seconds(m.now) || e.Name != "order-1" {
		t.Errorf("the event is %s", show(e))
	}
	m.pass(30)
	m.want("w", wire.StatusSucceeded)
	if m.s.Due(m.now) {
		t.Error("an invocation is due while it is paused")
	}
	m.wantConflict(m.s.Pause(&Pause{}, m.now))
	m.resuming(Pause{Reason: str("done")})
	m.wantStatus(wire.ExecutionRunning, 1030)
	m.launch()
	m.complete(`{"Status":"SUCCEEDED"}`)
	m.wantHistory("ExecutionStarted WaitStarted InvocationCompleted ExecutionPaused WaitSucceeded ExecutionResumed InvocationCompleted ExecutionSucceeded")
	m.wantConflict(m.s.Pause(&Pause{}, m.now))
	m.wantConflict(m.s.Resume(&Pause{}, m.now))
}

// Nothing has ended: the execution goes on waiting.
func TestResumeWithNothingToDo(t *testing.T) {
	m := newMachine(t)
	m.must(up(waitT, startA, "w", seconds_(100)))
	m.suspend()
	m.wantConflict(m.s.Resume(&Pause{}, m.now))
	m.pausing(Pause{})
	m.wantStatus(wire.ExecutionPaused, 1000)
	m.pass(10)
	m.resuming(Pause{})
	if m.s.Due(m.now) {
		t.Error("an invocation is due")
	}
	m.pass(100)
	m.launch()
}

// A running invocation goes on to its next checkpoint, which is applied, and is its last: whatever it
// returns then, the resume invokes again.
func TestPauseCutsTheInvocation(t *testing.T) {
	for _, end := range []func(*machine){
		(*machine).suspend,
		func(m *machine) { m.complete(`{"Status":"FAILED","Error":{"ErrorType":"Token"}}`) },
		func(m *machine) { m.complete(`{"Status":"SUCCEEDED"}`) },
		func(m *machine) { m.crash("Runtime.ExitError") },
		nil, // the process is lost, and with it the engine
	} {
		m := newMachine(t)
		m.pausing(Pause{TimeoutPaused: true})
		m.wantStatus(wire.ExecutionPausing, 1000)
		m.pass(5)
		token := m.token
		out := m.must(up(stepT, startA, "s"), up(stepT, succeedA, "s"))
		if out.CheckpointToken != "" || len(out.NewExecutionState.Operations) != 1 {
			t.Errorf("the answer is %s", show(out))
		}
		m.wantStatus(wire.ExecutionPaused, maxDelay)
		m.token = token
		m.refuse(CodeInvalidParameter, "Invalid checkpoint token", up(stepT, startA, "late"))
		if end == nil {
			m.s = m.rebuild(m.facts)
			m.pass(10)
			m.resuming(Pause{})
			m.launch()
			continue
		}
		m.pass(5)
		end(m)
		m.wantStatus(wire.ExecutionPaused, maxDelay)
		if m.s.Due(m.now) {
			t.Error("an invocation is due while it is paused")
		}
		m.pass(5)
		m.resuming(Pause{})
		m.wantStatus(wire.ExecutionRunning, 1010)
		if n, _, _ := m.s.Failing(); n != 0 {
			t.Errorf("%d failures are counted", n)
		}
		m.launch()
		m.wantHistory("ExecutionStarted StepStarted StepSucceeded ExecutionPaused InvocationCompleted ExecutionResumed")
	}
}

// The invocation ends before it has made another checkpoint.
func TestPauseAtTheEndOfAnInvocation(t *testing.T) {
	pending := newMachine(t)
	pending.must(up(waitT, startA, "w", seconds_(100)))
	pending.pausing(Pause{})
	pending.suspend()
	pending.wantStatus(wire.ExecutionPaused, 1000)
	pending.resuming(Pause{})
	if pending.s.Due(pending.now) {
		t.Error("nothing was interrupted, and an invocation is due")
	}
	pending.wantHistory("ExecutionStarted WaitStarted InvocationCompleted ExecutionPaused ExecutionResumed")

	done := newMachine(t)
	done.pausing(Pause{})
	done.complete(`{"Status":"SUCCEEDED","Result":"1"}`)
	done.wantStatus(wire.ExecutionSucceeded, 0)

	closing := newMachine(t)
	closing.pausing(Pause{})
	closing.must(up(execT, succeedA, "x", payload("1")))
	closing.wantStatus(wire.ExecutionPausing, 1000)
	closing.complete(`{"Status":"SUCCEEDED"}`)
	closing.wantStatus(wire.ExecutionSucceeded, 0)

	failed := newMachine(t)
	failed.pausing(Pause{})
	failed.crash("Sandbox.Timedout")
	failed.wantStatus(wire.ExecutionPaused, 1000)
	failed.pass(60)
	if failed.s.Due(failed.now) {
		t.Error("an invocation is repeated while it is paused")
	}
	failed.resuming(Pause{})
	failed.launch()
}

// A resume that comes before the pause has begun leaves the invocation as it was.
func TestResumeTakesBack(t *testing.T) {
	m := newMachine(t)
	m.pausing(Pause{TimeoutPaused: true})
	m.resuming(Pause{})
	m.wantStatus(wire.ExecutionRunning, 1000)
	if m.must(up(stepT, startA, "s")).CheckpointToken == "" {
		t.Error("the invocation was cut")
	}
	m.must(up(stepT, succeedA, "s"))
	m.complete(`{"Status":"SUCCEEDED"}`)
	m.wantHistory("ExecutionStarted StepStarted StepSucceeded InvocationCompleted ExecutionSucceeded")
}

// A resume, and another pause, while the process of the first one is still ending.
func TestResumeWhileTheCutInvocationEnds(t *testing.T) {
	m := newMachine(t)
	m.pausing(Pause{})
	m.must()
	m.resuming(Pause{})
	m.pausing(Pause{})
	m.wantStatus(wire.ExecutionPaused, 1000)
	m.resuming(Pause{})
	if m.s.Due(m.now) {
		t.Error("two invocations at once")
	}
	m.suspend()
	m.launch()
	m.wantHistory("ExecutionStarted ExecutionPaused ExecutionResumed ExecutionPaused ExecutionResumed InvocationCompleted")
}

// A checkpoint that is repeated, because its answer was lost, gets the answer without a token again.
func TestPausedCheckpointIsRepeated(t *testing.T) {
	m := newMachine(t)
	m.pausing(Pause{})
	cmd := &Checkpoint{Token: m.token, ClientToken: "c", Updates: []wire.OperationUpdate{up(stepT, startA, "s")}, Resolve: resolve}
	for range 2 {
		c, err := m.s.Checkpoint(cmd, m.now)
		if err != nil || c.Output.CheckpointToken != "" || len(c.Output.NewExecutionState.Operations) != 1 {
			t.Fatalf("answered %s, %v", show(c), err)
		}
		if len(c.Facts) > 0 {
			m.install(c)
		}
	}
}

// The engine dies with a pause that has not begun: it begins when the engine comes back.
func TestRecoverAPause(t *testing.T) {
	m := newMachine(t)
	m.pausing(Pause{Reason: str("r"), TimeoutPaused: true})
	m.s = m.rebuild(m.facts)
	m.install(m.s.Recover(m.now))
	m.wantStatus(wire.ExecutionPaused, maxDelay)
	if m.s.Recover(m.now) != nil {
		t.Error("it is recovered twice")
	}
	m.resuming(Pause{})
	m.launch()
	m.wantHistory("ExecutionStarted ExecutionPaused ExecutionResumed")
}

func TestPausedTimeouts(t *testing.T) {
	runsOn := newMachine(t)
	runsOn.must(up(waitT, startA, "w", seconds_(5000)))
	runsOn.suspend()
	runsOn.pausing(Pause{})
	runsOn.pass(1000)
	runsOn.wantStatus(wire.ExecutionTimedOut, 0)

	longest := newMachine(t)
	longest.must(up(waitT, startA, "w", seconds_(maxDelay)))
	longest.suspend()
	longest.pausing(Pause{TimeoutPaused: true})
	longest.pass(maxDelay - 100)
	longest.resuming(Pause{})
	longest.wantStatus(wire.ExecutionRunning, maxDelay)
	longest.pausing(Pause{TimeoutPaused: true})
	longest.pass(100)
	longest.wantStatus(wire.ExecutionTimedOut, 0)

	stopped := newMachine(t)
	stopped.must(up(callbackT, startA, "k"))
	stopped.suspend()
	stopped.pausing(Pause{TimeoutPaused: true})
	stopped.change(stopped.s.SucceedCallback(stopped.s.OpenCallbacks()[0].ID, nil, stopped.now))
	stopped.stop(nil)
	stopped.wantStatus(wire.ExecutionStopped, 0)
}

// A request that is repeated within a quarter of an hour does nothing and isn't refused.
func TestPauseClientTokens(t *testing.T) {
	m := newMachine(t)
	m.must(up(waitT, startA, "w", seconds_(900)))
	m.suspend()
	repeated := func(c *Change, err error) {
		t.Helper()
		if c != nil || err != nil {
			t.Errorf("a repeated request gave %v, %v", c, err)
		}
	}
	pause, resume := Pause{ClientToken: "a", Reason: str("r")}, Pause{ClientToken: "b"}
	m.pausing(pause)
	repeated(m.s.Pause(&pause, m.now))
	other := pause
	other.Reason = nil
	m.wantConflict(m.s.Pause(&other, m.now))
	m.pass(5 * 60)
	m.resuming(resume)
	repeated(m.s.Resume(&resume, m.now))
	repeated(m.s.Pause(&pause, m.now))
	m.wantConflict(m.s.Resume(&pause, m.now))
	m.pass(9 * 60)
	m.pausing(Pause{ClientToken: "c"})
	m.stop(nil)
	repeated(m.s.Pause(&pause, m.now+59_000))
	m.wantConflict(m.s.Pause(&pause, m.now+60_000))
}
