package engine

import (
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// twoSteps waits for a minute between two steps.
func twoSteps(r *run) (wire.InvocationOutput, error) {
	switch {
	case r.status("first") == "":
		if err := r.checkpoint(stepUpdates("first", "1")...); err != nil || r.token == "" {
			return pending, err
		}
		fallthrough
	case r.status("pause") == "":
		return pending, r.checkpoint(waitUpdate("pause", 60))
	case r.status("pause") == wire.StatusStarted:
		return pending, nil
	}
	return succeeded("2"), nil
}

func TestPauseOverHTTP(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch)}, nil)
	if err := e.Register(Function{Name: "orders", ExecutionTimeout: 1000 * time.Second, Invoker: handler(t, &e, twoSteps)}); err != nil {
		t.Fatal(err)
	}
	arn := start(t, e, StartInput{Function: "orders", Name: "a"})
	e.Idle(t.Context())
	at := func(seconds float64) float64 { return 1767225600 + seconds }
	e.Advance(5 * time.Second)

	const pause = `{"ClientToken":"one","Reason":"audit","ExecutionTimeoutPaused":true}`
	for range 2 {
		if resp, body := request(t, e, "POST", durablePath+pathEscape(arn)+"/pause", pause); resp.StatusCode != 202 || len(body) != 0 {
			t.Fatalf("answered %d %v", resp.StatusCode, body)
		}
	}
	_, x := request(t, e, "GET", durablePath+pathEscape(arn), "")
	d, _ := x["PauseDetails"].(map[string]any)
	if x["Status"] != "PAUSED" || d["Reason"] != "audit" || d["PauseRequestTimestamp"] != at(5) || d["ExecutionTimeoutPaused"] != true || x["ExpectedExecutionTimeoutTimestamp"] != at(31_622_400) {
		t.Errorf("while it is paused: %v", x)
	}
	_, x = request(t, e, "GET", durablePath+pathEscape(arn)+"?IncludeExecutionData=false", "")
	if _, told := x["PauseDetails"].(map[string]any)["Reason"]; told {
		t.Error("the reason is told without data")
	}
	_, list := request(t, e, "GET", listPath+"orders/durable-executions?Statuses=PAUSED", "")
	if len(list["DurableExecutions"].([]any)) != 1 {
		t.Errorf("listed: %v", list)
	}
	// Whoever starts it again finds it, and it stays paused.
	if out, err := e.StartExecution(t.Context(), StartInput{Function: "orders", Qualifier: latest, Name: "a"}); err != nil || out.ARN != arn || !out.Existed {
		t.Errorf("started again: %+v, %v", out, err)
	}
	e.Advance(100 * time.Second)
	e.Idle(t.Context())
	wantKinds(t, e, arn, "ExecutionStarted StepStarted StepSucceeded WaitStarted InvocationCompleted ExecutionPaused WaitSucceeded")

	if resp, _ := request(t, e, "POST", durablePath+pathEscape(arn)+"/resume", ""); resp.StatusCode != 202 {
		t.Fatalf("answered %d", resp.StatusCode)
	}
	if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded || x.Pause != nil || !x.TimesOut.IsZero() {
		t.Errorf("ended as %s", toJSON(x))
	}
	wantKinds(t, e, arn, `ExecutionStarted StepStarted StepSucceeded WaitStarted InvocationCompleted ExecutionPaused WaitSucceeded ExecutionResumed
		InvocationCompleted ExecutionSucceeded`)
	resp, body := request(t, e, "POST", durablePath+pathEscape(arn)+"/pause", pause)
	if resp.StatusCode != 202 {
		t.Errorf("a repeated request after the end: %v", body)
	}
	resp, body = request(t, e, "POST", durablePath+pathEscape(arn)+"/pause", "")
	wantError(t, resp, body, 409, "ResourceConflictException")

	resp, body = request(t, e, "DELETE", durablePath+pathEscape(arn), "")
	if resp.StatusCode != 202 || body["DeletionRequestTimestamp"] != at(105) {
		t.Errorf("deleted: %d %v", resp.StatusCode, body)
	}
	for _, path := range []string{"", "/history"} {
		resp, body = request(t, e, "GET", durablePath+pathEscape(arn)+path, "")
		wantError(t, resp, body, 404, "ResourceNotFoundException")
	}
	resp, body = request(t, e, "DELETE", durablePath+pathEscape(arn), "")
	wantError(t, resp, body, 404, "ResourceNotFoundException")
	if again := start(t, e, StartInput{Function: "orders", Name: "a"}); again == arn {
		t.Error("the name is not free")
	}
}

// The engine dies after each of a pause's facts, and comes back to where it was.
func TestPauseSurvivesACrash(t *testing.T) {
	dir := t.TempDir()
	clock := NewManualClock(epoch)
	o := Options{Dir: dir, Clock: clock}
	at, goOn := make(chan *run, 1), make(chan bool, 1)
	held := map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		if r.status("first") == "" {
			at <- r
			select {
			case <-goOn:
			case <-r.ctx.Done():
				return pending, r.ctx.Err()
			}
		}
		return twoSteps(r)
	}}
	e := newEngine(t, o, held)
	arn := start(t, e, StartInput{Function: "orders"})
	restart := func() {
		t.Helper()
		e.Close()
		e = newEngine(t, o, held)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	status := func(want wire.ExecutionStatus) {
		t.Helper()
		if x, err := e.Execution(t.Context(), arn, true); err != nil || x.Status != want {
			t.Fatalf("%s, %v; want %s", toJSON(x), err, want)
		}
	}

	// While an invocation runs; nothing is known of it afterwards.
	<-at
	must(e.Pause(t.Context(), arn, PauseInput{Reason: "r"}))
	status(wire.ExecutionPausing)
	restart()
	status(wire.ExecutionPaused)
	restart()
	status(wire.ExecutionPaused)
	must(e.Resume(t.Context(), arn, PauseInput{}))

	// A pause that was taken back.
	<-at
	must(e.Pause(t.Context(), arn, PauseInput{}))
	must(e.Resume(t.Context(), arn, PauseInput{}))
	restart()
	status(wire.ExecutionRunning)

	// A pause that has cut the invocation.
	<-at
	must(e.Pause(t.Context(), arn, PauseInput{}))
	goOn <- true
	e.Idle(t.Context())
	status(wire.ExecutionPaused)
	restart()
	status(wire.ExecutionPaused)
	must(e.Resume(t.Context(), arn, PauseInput{}))
	e.Idle(t.Context())
	restart()
	status(wire.ExecutionRunning)
	clock.Advance(time.Minute)
	if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded {
		t.Errorf("ended as %s", toJSON(x))
	}
	wantKinds(t, e, arn, `ExecutionStarted ExecutionPaused ExecutionResumed StepStarted StepSucceeded ExecutionPaused InvocationCompleted ExecutionResumed
		WaitStarted InvocationCompleted WaitSucceeded InvocationCompleted ExecutionSucceeded`)
	_, err := e.Delete(t.Context(), arn)
	must(err)
	restart()
	if _, err := e.Execution(t.Context(), arn, true); err == nil {
		t.Error("it is not gone")
	}
}

// Somebody is expected to resume what is paused: time isn't skipped to its time-out.
func TestSkipWaitsForAResume(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true}, map[string]script{"orders": approval})
	arn := start(t, e, StartInput{Function: "orders"})
	e.Idle(t.Context())
	if err := e.Pause(t.Context(), arn, PauseInput{}); err != nil {
		t.Fatal(err)
	}
	open, _ := e.OpenCallbacks(t.Context(), "")
	if err := e.CallbackSucceed(t.Context(), open[0].CallbackID, str("1")); err != nil {
		t.Fatal(err)
	}
	e.Idle(t.Context())
	if x, _ := e.Execution(t.Context(), arn, true); x.Status != wire.ExecutionPaused || !e.Now().Equal(epoch) {
		t.Fatalf("at %v: %s", e.Now(), toJSON(x))
	}
	if err := e.Resume(t.Context(), arn, PauseInput{}); err != nil {
		t.Fatal(err)
	}
	if x := wait(t, e, arn); *x.Result != "1" {
		t.Errorf("ended as %s", toJSON(x))
	}
}

// The end of a child is not lost to the parent that waits for it.
func TestDeleteOfWhatIsAwaited(t *testing.T) {
	dir := t.TempDir()
	e := newEngine(t, Options{Dir: dir, Clock: NewManualClock(epoch)}, map[string]script{
		"parent": func(r *run) (wire.InvocationOutput, error) {
			if r.status("c") == "" {
				return pending, r.checkpoint(chainedUpdate("c", "child:$LATEST", "1"))
			}
			return succeeded("1"), nil
		},
		"child": waiting,
	})
	parent := start(t, e, StartInput{Function: "parent"})
	e.Idle(t.Context())
	open, _ := e.OpenCallbacks(t.Context(), "")
	child := open[0].ExecutionARN
	_, h, err := e.find(child)
	if err != nil || h != nil {
		t.Fatalf("%v, %v", h, err)
	}
	e.mu.Lock()
	header := e.running[open[0].ExecutionARN[len(child)-36:]].header
	e.mu.Unlock()
	if awaited, err := e.awaited(&header); err != nil || !awaited {
		t.Errorf("awaited: %v, %v", awaited, err)
	}
	if err := e.CallbackSucceed(t.Context(), open[0].CallbackID, nil); err != nil {
		t.Fatal(err)
	}
	wait(t, e, parent)
	if _, err := e.Delete(t.Context(), child); err != nil {
		t.Error(err)
	}
}
