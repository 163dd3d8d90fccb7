package core

import (
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

func TestStepLifeWithRetries(t *testing.T) {
	m := newMachine(t)
	m.must(up(stepT, startA, "s", name("reserve"), subType("Step")))
	if o := m.op("s"); o.Status != wire.StatusStarted || o.StepDetails.Attempt != 0 || o.StartTimestamp != epoch {
		t.Errorf("started: %s", show(o))
	}
	m.now += 100
	m.must(up(stepT, retryA, "s", failure("Busy", "try later"), delay(5)))
	if o := m.op("s"); o.Status != wire.StatusPending || o.StepDetails.Attempt != 1 || o.StepDetails.NextAttemptTimestamp != epoch+5100 || o.StepDetails.Error.ErrorType != "Busy" {
		t.Errorf("pending: %s", show(o))
	}
	m.suspend()
	m.pass(4)
	m.want("s", wire.StatusPending)
	if m.s.Due(m.now) {
		t.Error("an invocation is due too early")
	}
	m.pass(1)
	if o := m.op("s"); o.Status != wire.StatusReady || o.StepDetails.NextAttemptTimestamp != 0 || o.StepDetails.Error == nil {
		t.Errorf("ready: %s", show(o))
	}
	m.launch()
	if got := show(m.s.Envelope().UpdatedOperationIds); got != `["s"]` {
		t.Errorf("updated operations %s", got)
	}
	m.must(up(stepT, startA, "s"))
	if o := m.op("s"); o.Status != wire.StatusStarted || o.StepDetails.Attempt != 1 || o.StepDetails.Error == nil || o.StartTimestamp != epoch {
		t.Errorf("started again: %s", show(o))
	}
	m.must(up(stepT, succeedA, "s", payload(`"ok"`)))
	if o := m.op("s"); o.Status != wire.StatusSucceeded || o.StepDetails.Attempt != 2 || o.StepDetails.Error != nil || *o.StepDetails.Result != `"ok"` || o.EndTimestamp != m.now || o.Name != "reserve" {
		t.Errorf("succeeded: %s", show(o))
	}
	m.complete(`{"Status":"SUCCEEDED","Result":"\"ok\""}`)
	m.wantHistory("ExecutionStarted StepStarted StepFailed InvocationCompleted StepStarted StepSucceeded InvocationCompleted ExecutionSucceeded")

	var events []string
	for i := range m.facts {
		if m.facts[i].Event > 0 {
			events = append(events, show(HistoryEvent(&m.facts[i], true)))
		}
	}
	id := m.s.Start.ARN.ID
	for i, want := range []string{
		`{"EventType":"ExecutionStarted","EventId":1,"Id":"` + id + `","Name":"order-1","EventTimestamp":1767225600,"ExecutionStartedDetails":{"Input":{"Payload":"{\"n\":1}","Truncated":false},"ExecutionTimeout":1000}}`,
		`{"EventType":"StepStarted","SubType":"Step","EventId":2,"Id":"s","Name":"reserve","EventTimestamp":1767225600,"StepStartedDetails":{}}`,
		`{"EventType":"StepFailed","SubType":"Step","EventId":3,"Id":"s","Name":"reserve","EventTimestamp":1767225600.1,"StepFailedDetails":{"Error":{"Payload":{"ErrorType":"Busy","ErrorMessage":"try later"},"Truncated":false},"RetryDetails":{"CurrentAttempt":1,"NextAttemptDelaySeconds":5}}}`,
		`{"EventType":"InvocationCompleted","EventId":4,"EventTimestamp":1767225600.1,"InvocationCompletedDetails":{"StartTimestamp":1767225600,"EndTimestamp":1767225600.1,"RequestId":"request-1"}}`,
		`{"EventType":"StepStarted","SubType":"Step","EventId":5,"Id":"s","Name":"reserve","EventTimestamp":1767225605.1,"StepStartedDetails":{}}`,
		`{"EventType":"StepSucceeded","SubType":"Step","EventId":6,"Id":"s","Name":"reserve","EventTimestamp":1767225605.1,"StepSucceededDetails":{"Result":{"Payload":"\"ok\"","Truncated":false},"RetryDetails":{"CurrentAttempt":2}}}`,
		`{"EventType":"InvocationCompleted","EventId":7,"EventTimestamp":1767225605.1,"InvocationCompletedDetails":{"StartTimestamp":1767225605.1,"EndTimestamp":1767225605.1,"RequestId":"request-2"}}`,
		`{"EventType":"ExecutionSucceeded","EventId":8,"Id":"` + id + `","Name":"order-1","EventTimestamp":1767225605.1,"ExecutionSucceededDetails":{"Result":{"Payload":"\"ok\"","Truncated":false}}}`,
	} {
		if events[i] != want {
			t.Errorf("event %d:\n  %s\nwant:\n  %s", i+1, events[i], want)
		}
	}
	for i, want := range map[int]string{
		0: `"ExecutionStartedDetails":{"Input":{"Truncated":true},"ExecutionTimeout":1000}`,
		2: `"StepFailedDetails":{"Error":{"Truncated":true},"RetryDetails":{"CurrentAttempt":1,"NextAttemptDelaySeconds":5}}`,
	} {
		if got := show(HistoryEvent(&m.facts[i], false)); !strings.Contains(got, want) {
			t.Errorf("without data: %s", got)
		}
	}
}

// A retry without an error is a poll that found its condition unmet: the state is
// kept, and the history calls it a success.
func TestConditionKeepsItsState(t *testing.T) {
	m := newMachine(t)
	m.must(up(stepT, startA, "s", subType("WaitForCondition")), up(stepT, retryA, "s", payload("1"), delay(2)))
	m.suspend()
	m.pass(2)
	m.launch()
	if o := m.op("s"); *o.StepDetails.Result != "1" || o.Status != wire.StatusReady {
		t.Errorf("ready: %s", show(o))
	}
	m.must(up(stepT, startA, "s"), up(stepT, failA, "s", failure("Exhausted", "")))
	m.want("s", wire.StatusFailed)
	m.wantHistory("ExecutionStarted StepStarted StepSucceeded InvocationCompleted StepStarted StepFailed")
}

// The first update of a step may be its last.
func TestStepWithoutStart(t *testing.T) {
	m := newMachine(t)
	m.must(up(stepT, succeedA, "a"), up(stepT, failA, "b"), up(stepT, retryA, "c", delay(1)), up(contextT, succeedA, "d", payload("1")))
	m.want("a", wire.StatusSucceeded)
	m.want("b", wire.StatusFailed)
	m.want("c", wire.StatusPending)
	m.want("d", wire.StatusSucceeded)
	if e := m.op("b").StepDetails.Error; e == nil {
		t.Error("a failed step has no error")
	}
	m.wantHistory("ExecutionStarted StepSucceeded StepFailed StepSucceeded ContextSucceeded")
}

func TestWait(t *testing.T) {
	m := newMachine(t)
	m.must(up(waitT, startA, "w", seconds_(60), name("pause")))
	if o := m.op("w"); o.WaitDetails.ScheduledEndTimestamp != epoch+60_000 {
		t.Errorf("wait: %s", show(o))
	}
	m.suspend()
	if due, ok := m.s.NextDeadline(); !ok || due != epoch+60_000 {
		t.Errorf("next deadline %d", due)
	}
	m.pass(60)
	m.want("w", wire.StatusSucceeded)
	m.wantHistory("ExecutionStarted WaitStarted InvocationCompleted WaitSucceeded")
	f := m.facts[len(m.facts)-1]
	if got := show(HistoryEvent(&f, true)); !strings.Contains(got, `"Name":"pause"`) || !strings.Contains(got, `"WaitSucceededDetails":{"Duration":60}`) {
		t.Errorf("event %s", got)
	}
}

func TestCallbacks(t *testing.T) {
	m := newMachine(t)
	m.must(up(contextT, startA, "c", name("approval")), up(callbackT, startA, "k", parent("c"), timeouts(100, 0)), up(callbackT, startA, "l"))
	id := m.op("k").CallbackDetails.CallbackId
	if e, ok := ParseCallbackID(id); !ok || e != m.s.Start.ARN.ID {
		t.Errorf("callback ID %s belongs to %s", id, e)
	}
	if id == m.op("l").CallbackDetails.CallbackId {
		t.Error("two callbacks have one ID")
	}
	open := m.s.OpenCallbacks()
	if len(open) != 2 || open[0].Name != "approval" || open[0].Deadline != epoch+100_000 || open[1].Deadline != 0 {
		t.Errorf("open callbacks %+v", open)
	}
	m.suspend()
	answer := func(id string, result *string) error {
		c, err := m.s.SucceedCallback(id, result, m.now)
		if err == nil {
			m.install(c)
		}
		return err
	}
	for _, bad := range []string{"", "xyz", id[:70], id + "00"} {
		wantRefusal(t, answer(bad, nil), CodeInvalidParameter, "Invalid callback id")
	}
	forged := id[:len(id)-1] + string("0123456789abcdef"[(strings.IndexByte("0123456789abcdef", id[len(id)-1])+1)%16])
	const closed = "The callback is either timed out or already completed"
	wantRefusal(t, answer(forged, nil), CodeCallbackTimeout, closed)
	wantRefusal(t, answer(strings.ToUpper(id), nil), CodeCallbackTimeout, closed)
	wantRefusal(t, answer(encodeCallbackID(m.s.Start.ARN.ID, 0, [16]byte{}), nil), CodeCallbackTimeout, closed)
	wantRefusal(t, answer(encodeCallbackID(m.s.Start.ARN.ID, 1<<31, [16]byte{}), nil), CodeCallbackTimeout, closed)
	wantRefusal(t, answer(id, str("\xff")), CodeInvalidParameter, "Callback result must be UTF-8 text.")

	if err := answer(id, str(`{"status": "approved"}`)); err != nil {
		t.Fatal(err)
	}
	if o := m.op("k"); o.Status != wire.StatusSucceeded || *o.CallbackDetails.Result != `{"status": "approved"}` || o.EndTimestamp == 0 {
		t.Errorf("callback %s", show(o))
	}
	wantRefusal(t, answer(id, nil), CodeCallbackTimeout, closed)
	_, err := m.s.FailCallback(id, wire.ErrorObject{}, m.now)
	wantRefusal(t, err, CodeCallbackTimeout, closed)
	_, err = m.s.HeartbeatCallback(id, m.now)
	wantRefusal(t, err, CodeCallbackTimeout, closed)
	if !m.s.Due(m.now) {
		t.Error("an answered callback causes no invocation")
	}

	second := m.op("l").CallbackDetails.CallbackId
	c, err := m.s.HeartbeatCallback(second, m.now)
	if err != nil || len(c.Facts) != 0 {
		t.Errorf("a heartbeat that nobody waits for: %+v, %v", c, err)
	}
	c, err = m.s.FailCallback(second, wire.ErrorObject{ErrorType: "Rejected", ErrorMessage: "no"}, m.now)
	if err != nil {
		t.Fatal(err)
	}
	m.install(c)
	if o := m.op("l"); o.Status != wire.StatusFailed || o.CallbackDetails.Error.ErrorType != "Rejected" {
		t.Errorf("callback %s", show(o))
	}
	m.wantHistory("ExecutionStarted ContextStarted CallbackStarted CallbackStarted InvocationCompleted CallbackSucceeded CallbackFailed")
}

func TestCallbackTimeouts(t *testing.T) {
	m := newMachine(t)
	m.must(up(callbackT, startA, "plain", timeouts(10, 0)), up(callbackT, startA, "beating", timeouts(20, 6)), up(callbackT, startA, "both", timeouts(8, 8)))
	m.suspend()
	m.pass(5)
	c, err := m.s.HeartbeatCallback(m.op("beating").CallbackDetails.CallbackId, m.now)
	if err != nil {
		t.Fatal(err)
	}
	m.install(c)
	m.pass(5)
	cause := func(id string) string {
		o := m.op(id)
		if o.Status == wire.StatusStarted {
			return ""
		}
		return string(o.Status) + " " + o.CallbackDetails.Error.ErrorType
	}
	if got := cause("plain"); got != "TIMED_OUT Callback.Timeout" {
		t.Error(got)
	}
	if got := cause("both"); got != "TIMED_OUT Callback.Timeout" {
		t.Error(got)
	}
	if got := cause("beating"); got != "" {
		t.Errorf("timed out in spite of its heartbeat: %s", got)
	}
	m.pass(1)
	if got := cause("beating"); got != "TIMED_OUT Callback.Heartbeat" {
		t.Error(got)
	}
	m.wantHistory("ExecutionStarted CallbackStarted CallbackStarted CallbackStarted InvocationCompleted CallbackTimedOut CallbackTimedOut CallbackTimedOut")
}

// Timers go off in the order in which they are due, those due together in the
// order in which they were set.
func TestTimersInOrder(t *testing.T) {
	m := newMachine(t)
	m.must(up(waitT, startA, "c", seconds_(7)), up(waitT, startA, "a", seconds_(5)), up(callbackT, startA, "k", timeouts(5, 0)), up(waitT, startA, "b", seconds_(5)), up(stepT, retryA, "s", delay(6)))
	m.suspend()
	m.pass(10)
	var got []string
	for _, f := range m.last.Facts {
		got = append(got, f.Op)
	}
	if s := strings.Join(got, " "); s != "a k b s c" {
		t.Errorf("order %s", s)
	}
	m.launch()
	if s := strings.Join(m.s.Envelope().UpdatedOperationIds, " "); s != "a k b s c" {
		t.Errorf("updated operations %s", s)
	}
}

func TestExecutionTimeout(t *testing.T) {
	m := startMachine(t, DefaultLimits, Start{ExecutionTimeout: 30})
	m.must(up(waitT, startA, "w", seconds_(60)))
	m.suspend()
	m.pass(29)
	m.pass(1)
	if m.s.Status != wire.ExecutionTimedOut || m.s.Error.ErrorMessage != "Execution timed out after 30 seconds." {
		t.Errorf("ended as %s, %s", m.s.Status, show(m.s.Error))
	}
	m.want("w", wire.StatusStarted)
	if _, ok := m.s.NextDeadline(); ok || m.s.Due(m.now+1e9) {
		t.Error("a closed execution has something to do")
	}
	m.wantHistory("ExecutionStarted WaitStarted InvocationCompleted ExecutionTimedOut")

	// While an invocation runs: what it does afterwards is refused or ignored.
	m = startMachine(t, DefaultLimits, Start{ExecutionTimeout: 30})
	m.pass(30)
	m.refuse(CodeInvalidParameter, "Invalid checkpoint token")
	if c := m.s.Complete("request-1", []byte(`{"Status":"SUCCEEDED"}`), nil, &retries, m.now); c != nil {
		t.Errorf("a late end changed something: %+v", c)
	}
	m.wantHistory("ExecutionStarted ExecutionTimedOut")
}

func TestStop(t *testing.T) {
	m := newMachine(t)
	m.must(up(waitT, startA, "w", seconds_(60)))
	m.stop(&wire.ErrorObject{ErrorType: "Enough"})
	if m.s.Status != wire.ExecutionStopped || m.s.Error.ErrorType != "Enough" || m.s.Ended != m.now {
		t.Errorf("ended as %s, %s", m.s.Status, show(m.s.Error))
	}
	if c, err := m.s.Stop(nil, m.now+1); c != nil || err != nil {
		t.Error("stopped twice")
	}
	if c := m.s.Complete("request-1", []byte(`{"Status":"PENDING"}`), nil, &retries, m.now); c != nil {
		t.Error("the invocation's end was recorded after the execution's")
	}
	m.wantHistory("ExecutionStarted WaitStarted ExecutionStopped")
	f := m.facts[len(m.facts)-1]
	if got := show(HistoryEvent(&f, true)); !strings.Contains(got, `"ExecutionStoppedDetails":{"Error":{"Payload":{"ErrorType":"Enough"},"Truncated":false}}`) {
		t.Error(got)
	}
}

func TestChainedInvokes(t *testing.T) {
	m := newMachine(t)
	out := m.must(
		up(chainedT, startA, "d", function("durable"), payload("1"), name("call")),
		up(chainedT, startA, "p", function("plain"), payload("2")),
		up(chainedT, startA, "x", function("nobody"), payload("3"), func(u *wire.OperationUpdate) { u.ChainedInvokeOptions.TenantId = "t" }),
	)
	if len(m.last.Children) != 1 || len(m.last.Calls) != 1 {
		t.Fatalf("effects %+v", m.last)
	}
	child := m.last.Children[0]
	if child.Start.ParentOp != "d" || child.Start.ParentARN != m.s.ARN() || *child.Input != "1" || child.Start.ARN.Function != "durable" || child.Start.ExecutionTimeout != 60 {
		t.Errorf("child %+v", child)
	}
	if c := m.last.Calls[0]; c.Op != "p" || c.Function != "plain" || *c.Input != "2" {
		t.Errorf("call %+v", c)
	}
	if o := out.NewExecutionState.Operations[2]; o.Status != wire.StatusFailed || o.ChainedInvokeDetails.Error.ErrorMessage != "Function not found: nobody" {
		t.Errorf("unknown target %s", show(o))
	}
	m.wantHistory("ExecutionStarted ChainedInvokeStarted ChainedInvokeStarted ChainedInvokeStarted ChainedInvokeFailed")
	if got := show(HistoryEvent(&m.facts[1], true)); !strings.Contains(got, `"ChainedInvokeStartedDetails":{"FunctionName":"durable","Input":{"Payload":"1","Truncated":false},"ExecutedVersion":"$LATEST","DurableExecutionArn":"`+child.Start.ARN.String()) {
		t.Error(got)
	}
	if got := show(HistoryEvent(&m.facts[3], true)); !strings.Contains(got, `{"FunctionName":"nobody","TenantId":"t","Input":{"Payload":"3","Truncated":false}}`) {
		t.Error(got)
	}

	// A result that comes while the caller still runs waits for its end, or for a second.
	m.install(m.s.EndChained(ChainedDone{Op: "d", Status: wire.StatusSucceeded, Result: str("10")}, m.now))
	m.want("d", wire.StatusStarted)
	m.suspend()
	m.want("d", wire.StatusSucceeded)
	m.wantHistory("ExecutionStarted ChainedInvokeStarted ChainedInvokeStarted ChainedInvokeStarted ChainedInvokeFailed InvocationCompleted ChainedInvokeSucceeded")
	m.launch()
	if s := strings.Join(m.s.Envelope().UpdatedOperationIds, " "); s != "d" {
		t.Errorf("updated operations %s", s)
	}
	m.now += 900
	m.install(m.s.EndChained(ChainedDone{Op: "p", Status: wire.StatusStopped}, m.now))
	m.want("p", wire.StatusStarted)
	m.now += 100
	m.install(m.s.Fire(m.now, m.now))
	m.want("p", wire.StatusStopped)
	if c := m.s.EndChained(ChainedDone{Op: "p", Status: wire.StatusSucceeded}, m.now); c != nil {
		t.Error("a chained invoke ended twice")
	}
	if got := ids(m.must().NewExecutionState.Operations); got != "p" {
		t.Errorf("answered with %s", got)
	}
	m.complete(`{"Status":"SUCCEEDED"}`)
	if c := m.s.EndChained(ChainedDone{Op: "d", Status: wire.StatusSucceeded}, m.now); c != nil {
		t.Error("a late result changed a closed execution")
	}
}

func TestChainedResultTooLarge(t *testing.T) {
	limits := DefaultLimits
	limits.ChainedInput = 10
	m := startMachine(t, limits, Start{})
	m.must(up(chainedT, startA, "a", function("plain")), up(chainedT, startA, "b", function("plain")))
	m.suspend()
	m.install(m.s.EndChained(ChainedDone{Op: "a", Status: wire.StatusSucceeded, Result: str("0123456789")}, m.now))
	m.install(m.s.EndChained(ChainedDone{Op: "b", Status: wire.StatusSucceeded, Result: str("0123456789x")}, m.now))
	m.want("a", wire.StatusSucceeded)
	m.want("b", wire.StatusFailed)
	if e := m.op("b").ChainedInvokeDetails.Error; e.ErrorMessage != "CHAINED_INVOKE output payload size must be less than or equal to 10 bytes." {
		t.Errorf("error %s", show(e))
	}
}

func TestChainedOutcome(t *testing.T) {
	for _, c := range []struct {
		end  func(m *machine)
		want string
	}{
		{func(m *machine) { m.complete(`{"Status":"SUCCEEDED","Result":"1"}`) }, `{"Op":"o","Status":"SUCCEEDED","Result":"1","Error":null}`},
		{func(m *machine) { m.complete(`{"Status":"FAILED","Error":{"ErrorType":"E"}}`) }, `{"Op":"o","Status":"FAILED","Result":null,"Error":{"ErrorType":"E"}}`},
		{func(m *machine) { m.pass(60) }, `{"Op":"o","Status":"TIMED_OUT","Result":null,"Error":{"ErrorType":"ChainedInvoke.Timeout","ErrorMessage":"CHAINED_INVOKE timed out after 60 seconds."}}`},
		{func(m *machine) { m.stop(&wire.ErrorObject{ErrorMessage: "m"}) }, `{"Op":"o","Status":"STOPPED","Result":null,"Error":{"ErrorMessage":"m"}}`},
	} {
		m := startMachine(t, DefaultLimits, Start{ExecutionTimeout: 60, ParentARN: "arn", ParentOp: "o"})
		c.end(m)
		if got := show(m.s.ChainedOutcome()); got != c.want {
			t.Errorf("outcome %s, want %s", got, c.want)
		}
	}
}

// The state for a replay leaves out what happened inside contexts that have ended.
func TestPages(t *testing.T) {
	m := newMachine(t)
	m.must(
		up(contextT, startA, "done"), up(stepT, succeedA, "d1", parent("done")),
		up(contextT, startA, "d2", parent("done")), up(stepT, succeedA, "d3", parent("d2")),
		up(contextT, startA, "open"), up(stepT, succeedA, "o1", parent("open")),
		up(contextT, startA, "large"), up(stepT, succeedA, "l1", parent("large")),
		up(contextT, startA, "l2", parent("large")), up(stepT, succeedA, "l3", parent("l2")),
		up(contextT, startA, "failed"), up(stepT, succeedA, "f1", parent("failed")),
	)
	m.must(up(contextT, succeedA, "d2", parent("done"), replayChildren()), up(contextT, succeedA, "done"),
		up(contextT, succeedA, "l2", parent("large")), up(contextT, succeedA, "large", replayChildren()), up(contextT, failA, "failed"))
	if got := ids(m.s.Envelope().InitialExecutionState.Operations); got != m.s.Start.ARN.ID+" done open o1 large l1 l2 failed" {
		t.Errorf("state %s", got)
	}
	var got []string
	marker := ""
	for {
		p, err := m.s.StatePage(m.token, marker, 3)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ids(p.Operations))
		if marker = p.NextMarker; marker == "" {
			break
		}
	}
	if s := strings.Join(got, " | "); s != m.s.Start.ARN.ID+" done open | o1 large l1 | l2 failed" {
		t.Errorf("pages %s", s)
	}
	_, err := m.s.StatePage("abcd", "", 3)
	wantRefusal(t, err, CodeInvalidParameter, "Invalid checkpoint token")
	for _, bad := range []string{"!", "LTE", "OTk5", "eA"} {
		_, err = m.s.StatePage(m.token, bad, 3)
		wantRefusal(t, err, CodeInvalidParameter, "Invalid Marker")
	}
}

func TestPageEdges(t *testing.T) {
	m := newMachine(t)
	var us []wire.OperationUpdate
	for i := range 100 {
		us = append(us, up(stepT, startA, "s"+strings.Repeat("x", i/10)+string(rune('0'+i%10))))
	}
	m.must(us[:99]...)
	p, err := m.s.StatePage(m.token, "", 0)
	if err != nil || len(p.Operations) != 100 || p.NextMarker != "" {
		t.Errorf("a page that is just full: %d operations, marker %q, %v", len(p.Operations), p.NextMarker, err)
	}
	m.must(us[99])
	p, err = m.s.StatePage(m.token, "", 0)
	if err != nil || len(p.Operations) != 100 || p.NextMarker == "" {
		t.Errorf("one too many: %d operations, marker %q, %v", len(p.Operations), p.NextMarker, err)
	}
	p, err = m.s.StatePage(m.token, p.NextMarker, 1000)
	if err != nil || len(p.Operations) != 1 || p.NextMarker != "" {
		t.Errorf("the rest: %d operations, marker %q, %v", len(p.Operations), p.NextMarker, err)
	}
}

// An envelope holds as much as fits, even nothing.
func TestLargeEnvelope(t *testing.T) {
	limits := DefaultLimits
	limits.Envelope = 2000
	m := startMachine(t, limits, Start{})
	m.must(up(stepT, succeedA, "a", payload(strings.Repeat("x", 1000))), up(stepT, succeedA, "b", payload(strings.Repeat("x", 1000))))
	page := m.s.Envelope().InitialExecutionState
	if got := ids(page.Operations); got != m.s.Start.ARN.ID+" a" || page.NextMarker == "" {
		t.Errorf("envelope with %s, marker %q", got, page.NextMarker)
	}
	in := strings.Repeat("x", 3000)
	c := Begin(m.s.Start, &in, &limits, m.now)
	s := c.Install()
	s = s.Launch("r", [16]byte{}, m.now).Install()
	page = s.Envelope().InitialExecutionState
	if len(page.Operations) != 0 || page.NextMarker == "" {
		t.Errorf("envelope with %s, marker %q", ids(page.Operations), page.NextMarker)
	}
	next, err := s.StatePage(s.token(), page.NextMarker, 0)
	if err != nil || len(next.Operations) != 1 || next.Operations[0].Type != execT {
		t.Errorf("first page %s, %v", show(next), err)
	}
}
