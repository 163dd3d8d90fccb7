package engine

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// approval opens a callback with a time-out of an hour and tells how it ended.
func approval(r *run) (wire.InvocationOutput, error) {
	if r.status("k") == "" {
		return pending, r.checkpoint(callbackUpdate("k", 3600, 0))
	}
	return waiting(r)
}

func TestSkipWaitsForExpectedCallbacks(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true}, map[string]script{"orders": approval})
	arn := start(t, e, StartInput{Function: "orders"})
	e.Idle(t.Context())
	if !e.Now().Equal(epoch) {
		t.Errorf("time was skipped to %v though an answer is expected", e.Now())
	}
	open, _ := e.OpenCallbacks(t.Context(), "")
	if len(open) != 1 || open[0].ExecutionARN != arn || !open[0].Deadline.Equal(epoch.Add(time.Hour)) {
		t.Fatalf("open callbacks %s", toJSON(open))
	}
	if err := e.CallbackSucceed(t.Context(), open[0].CallbackID, str("1")); err != nil {
		t.Fatal(err)
	}
	if x := wait(t, e, arn); *x.Result != "1" || x.End.After(epoch.Add(time.Second)) {
		t.Errorf("ended as %s", toJSON(x))
	}
}

func TestSkipOverSilentCallbacks(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true, Callbacks: func(OpenCallback) CallbackPlan { return CallbackPlan{Silent: true} }}, map[string]script{"orders": approval})
	x := wait(t, e, start(t, e, StartInput{Function: "orders"}))
	if x.Error.ErrorType != "Callback.Timeout" || x.End.Sub(epoch) != time.Hour {
		t.Errorf("ended as %s", toJSON(x))
	}
}

func TestPlannedAnswers(t *testing.T) {
	for _, c := range []struct {
		after  time.Duration
		answer CallbackAnswer
		want   string
		took   time.Duration
	}{
		{20 * time.Minute, CallbackAnswer{Result: str(`"yes"`)}, "SUCCEEDED", 20 * time.Minute},
		{0, CallbackAnswer{Result: str(`"yes"`)}, "SUCCEEDED", 0},
		{59 * time.Minute, CallbackAnswer{Error: &wire.ErrorObject{ErrorType: "No"}}, "FAILED No", 59 * time.Minute},
		{2 * time.Hour, CallbackAnswer{Result: str(`"late"`)}, "FAILED Callback.Timeout", time.Hour},
	} {
		e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true, Callbacks: func(OpenCallback) CallbackPlan {
			return CallbackPlan{Answer: &c.answer, After: c.after}
		}}, map[string]script{"orders": approval})
		x := wait(t, e, start(t, e, StartInput{Function: "orders"}))
		got := string(x.Status)
		if x.Error != nil {
			got += " " + x.Error.ErrorType
		}
		if got != c.want || x.End.Sub(epoch) != c.took {
			t.Errorf("after %v: %s at %v, want %s at %v", c.after, got, x.End.Sub(epoch), c.want, c.took)
		}
		e.Close()
	}
}

// Planned heartbeats keep a callback that needs them open until its answer or its time-out
// comes; one that needs none has none on record.
func TestPlannedHeartbeats(t *testing.T) {
	for _, c := range []struct {
		needs int // seconds
		plan  CallbackPlan
		want  string
		took  time.Duration
	}{
		{120, CallbackPlan{Answer: &CallbackAnswer{Result: str("1")}, After: 20 * time.Minute}, "FAILED Callback.Heartbeat", 2 * time.Minute},
		{120, CallbackPlan{Answer: &CallbackAnswer{Result: str("1")}, After: 20 * time.Minute, Heartbeat: 90 * time.Second}, "SUCCEEDED", 20 * time.Minute},
		{120, CallbackPlan{Silent: true, Heartbeat: time.Minute}, "FAILED Callback.Timeout", time.Hour},
		{120, CallbackPlan{Silent: true, Heartbeat: 3 * time.Minute}, "FAILED Callback.Heartbeat", 2 * time.Minute},
		{0, CallbackPlan{Silent: true, Heartbeat: time.Minute}, "FAILED Callback.Timeout", time.Hour},
	} {
		e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true, Callbacks: func(OpenCallback) CallbackPlan { return c.plan }},
			map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
				if r.status("k") == "" {
					return pending, r.checkpoint(callbackUpdate("k", 3600, c.needs))
				}
				return waiting(r)
			}})
		x := wait(t, e, start(t, e, StartInput{Function: "orders"}))
		got := string(x.Status)
		if x.Error != nil {
			got += " " + x.Error.ErrorType
		}
		if got != c.want || x.End.Sub(epoch) != c.took {
			t.Errorf("%+v: %s at %v, want %s at %v", c.plan, got, x.End.Sub(epoch), c.want, c.took)
		}
		e.Close()
	}
}

// A planned answer comes after a restart too, at its time.
func TestPlannedAnswerAcrossARestart(t *testing.T) {
	dir := t.TempDir()
	clock := NewManualClock(epoch)
	o := Options{Dir: dir, Clock: clock, Callbacks: func(OpenCallback) CallbackPlan {
		return CallbackPlan{Answer: &CallbackAnswer{Result: str("1")}, After: 20 * time.Minute}
	}}
	e := newEngine(t, o, map[string]script{"orders": approval})
	arn := start(t, e, StartInput{Function: "orders"})
	e.Idle(t.Context())
	e.Close()
	clock.Advance(10 * time.Minute)
	o.SkipTime = true
	e = newEngine(t, o, map[string]script{"orders": approval})
	if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded || x.End.Sub(epoch) != 20*time.Minute {
		t.Errorf("ended as %s", toJSON(x))
	}
}

// Time doesn't move while an invocation runs, a plain target is at work, or another
// execution is expected to be answered.
func TestSkipWaitsForWork(t *testing.T) { synctest.Test(t, testSkipWaitsForWork) }

func testSkipWaitsForWork(t *testing.T) {
	goOn, release := make(chan struct{}), make(chan struct{})
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true}, map[string]script{
		"sleeper": func(r *run) (wire.InvocationOutput, error) {
			if r.status("w") == "" {
				return pending, r.checkpoint(waitUpdate("w", 60))
			}
			return succeeded("1"), nil
		},
		"worker": func(r *run) (wire.InvocationOutput, error) {
			if r.status("c") == "" {
				<-goOn
				return pending, r.checkpoint(chainedUpdate("c", "plain", "1"))
			}
			return succeeded(*r.ops["c"].ChainedInvokeDetails.Result), nil
		},
	})
	e.Register(Function{Name: "plain", Plain: true, Invoker: PlainFunc(func(_ context.Context, in []byte) ([]byte, error) {
		<-release
		return in, nil
	})})
	worker := start(t, e, StartInput{Function: "worker"})
	synctest.Wait() // a wrong skip would have happened by then
	if !e.Now().Equal(epoch) {
		t.Errorf("time was skipped to %v during an invocation", e.Now())
	}
	close(goOn)
	synctest.Wait()
	wantKinds(t, e, worker, "ExecutionStarted ChainedInvokeStarted InvocationCompleted")
	sleeper := start(t, e, StartInput{Function: "sleeper"})
	synctest.Wait()
	wantKinds(t, e, sleeper, "ExecutionStarted WaitStarted InvocationCompleted")
	if !e.Now().Equal(epoch) {
		t.Errorf("time was skipped to %v while a target was at work", e.Now())
	}
	close(release)
	if x := wait(t, e, worker); *x.Result != "1" {
		t.Errorf("worker %s", toJSON(x))
	}
	if x := wait(t, e, sleeper); x.End.Sub(epoch) != time.Minute {
		t.Errorf("sleeper %s", toJSON(x))
	}
}

// A year passes at once.
func TestSkipAYear(t *testing.T) {
	e := newEngine(t, Options{SkipTime: true}, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		if r.status("w") == "" {
			return pending, r.checkpoint(waitUpdate("w", 365*24*3600))
		}
		return succeeded("1"), nil
	}})
	if x := wait(t, e, start(t, e, StartInput{Function: "orders"})); x.End.Sub(x.Start) < 365*24*time.Hour {
		t.Errorf("took %v", x.End.Sub(x.Start))
	}
}

func TestManualClockFiresInOrder(t *testing.T) {
	clock := NewManualClock(epoch)
	e := newEngine(t, Options{Clock: clock}, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		if r.status("w") == "" {
			return pending, r.checkpoint(waitUpdate("w", 10))
		}
		return succeeded("1"), nil
	}})
	arn := start(t, e, StartInput{Function: "orders"})
	e.Idle(t.Context())
	clock.Advance(9 * time.Second)
	e.Idle(t.Context())
	wantKinds(t, e, arn, "ExecutionStarted WaitStarted InvocationCompleted")
	clock.Advance(time.Second)
	if x := wait(t, e, arn); x.Status != wire.ExecutionSucceeded {
		t.Errorf("ended as %s", toJSON(x))
	}
}

func TestSubscription(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true}, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		if r.status("w") == "" {
			r.e.LogLine(LogLine{Function: "orders", RequestID: requestIDOf(r), Text: "hello"})
			return pending, r.checkpoint(callbackUpdate("k", 0, 0), waitUpdate("w", 10))
		}
		return succeeded("1"), nil
	}})
	before := start(t, e, StartInput{Function: "orders", Name: "before"})
	open := func() string {
		for {
			if cbs, _ := e.OpenCallbacks(t.Context(), before); len(cbs) == 1 {
				return cbs[0].CallbackID
			}
		}
	}
	open()
	e.Idle(t.Context())
	zero := uint64(0)
	all, err := e.Subscribe(SubscribeOptions{After: &zero, Logs: true})
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	live, _ := e.Subscribe(SubscribeOptions{})
	defer live.Close()
	if err := e.CallbackSucceed(t.Context(), open(), nil); err != nil {
		t.Fatal(err)
	}
	wait(t, e, before)
	after := start(t, e, StartInput{Function: "orders", Name: "after"})
	one, _ := e.Subscribe(SubscribeOptions{After: &zero, ExecutionARN: after})
	defer one.Close()

	// read collects events until an execution has ended, or, with no ARN, until one has a callback.
	read := func(s *Subscription, until func(Event) bool) (out []Event) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		for {
			evs, err := s.Next(ctx)
			if err != nil {
				t.Fatalf("%v after %s", err, toJSON(out))
			}
			out = append(out, evs...)
			for _, ev := range evs {
				if until(ev) {
					return out
				}
			}
		}
	}
	show := func(evs []Event) string {
		var out []string
		last := uint64(0)
		for _, ev := range evs {
			if ev.Number < last {
				t.Errorf("event %d comes after %d", ev.Number, last)
			}
			last = ev.Number
			switch ev.Kind {
			case KindHistory:
				out = append(out, string(ev.History.EventType))
			case KindLog:
				out = append(out, ev.Log.Text)
			default:
				out = append(out, string(ev.Kind))
			}
		}
		return strings.Join(out, " ")
	}
	closed := func(ev Event) bool { return ev.History != nil && ev.History.EventType == wire.EventExecutionSucceeded }
	opened := func(ev Event) bool { return ev.History != nil && ev.History.EventType == wire.EventInvocationCompleted }
	got := show(read(live, closed))
	if !strings.HasPrefix(got, "CallbackSucceeded invocation InvocationCompleted ExecutionSucceeded") {
		t.Errorf("live: %s", got)
	}
	got = show(read(all, closed))
	if !strings.HasPrefix(got, "ExecutionStarted CallbackStarted WaitStarted InvocationCompleted CallbackSucceeded invocation") {
		t.Errorf("all: %s", got)
	}
	got = show(read(one, opened))
	if !strings.HasPrefix(got, "ExecutionStarted") || !strings.Contains(got, "CallbackStarted") || strings.Contains(got, "hello") {
		t.Errorf("one: %s", got)
	}
	e.Close()
	for {
		if _, err := one.Next(t.Context()); err != nil {
			if !errors.Is(err, ErrSubscriptionClosed) {
				t.Error(err)
			}
			break
		}
	}
}

func requestIDOf(r *run) string {
	r.e.mu.Lock()
	defer r.e.mu.Unlock()
	for id, arn := range r.e.invocations {
		if arn == r.in.DurableExecutionArn {
			return id
		}
	}
	return ""
}

// A subscription that is resumed gets each event once, in order, however many
// executions go on meanwhile.
func TestResumedSubscriptionMissesNothing(t *testing.T) {
	e := newEngine(t, Options{Dir: t.TempDir()}, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		for _, id := range strings.Fields("a b c d e f") {
			if err := r.checkpoint(stepUpdates(id, "1")...); err != nil {
				return wire.InvocationOutput{}, err
			}
		}
		return succeeded("1"), nil
	}})
	const executions = 30
	var wg sync.WaitGroup
	for range executions {
		wg.Go(func() { wait(t, e, start(t, e, StartInput{Function: "orders"})) })
	}
	seen := map[string]int{}
	var after uint64
	ended := 0
	for ended < executions {
		s, err := e.Subscribe(SubscribeOptions{After: &after})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			evs, err := s.Next(ctx)
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			for _, ev := range evs {
				after = ev.Number
				if ev.Kind != KindHistory {
					continue
				}
				if seen[ev.ExecutionARN]++; seen[ev.ExecutionARN] != ev.History.EventId {
					t.Fatalf("event %d of an execution comes as number %d", ev.History.EventId, seen[ev.ExecutionARN])
				}
				if ev.History.EventType == wire.EventExecutionSucceeded {
					ended++
				}
			}
			if ended == executions {
				break
			}
		}
		s.Close()
	}
	wg.Wait()
}

func TestClockSetBack(t *testing.T) {
	for _, c := range []struct{ moved, elapsed, want time.Duration }{
		{time.Second, time.Second, 0},
		{time.Hour, time.Second, 0},                   // set forward, or woken from sleep
		{-time.Hour, time.Second, 3601 * time.Second}, // set back
		{-time.Millisecond, time.Millisecond, 2 * time.Millisecond},
		{500 * time.Millisecond, time.Second, 0}, // slowed down a little
		{time.Second, 10 * time.Second, 9 * time.Second},
	} {
		if got := setBack(c.moved, c.elapsed); got != c.want {
			t.Errorf("moved %v in %v: set back by %v, want %v", c.moved, c.elapsed, got, c.want)
		}
	}
	a := RealClock().Now()
	if b := RealClock().Now(); b.Before(a) {
		t.Error("the clock runs backwards")
	}
}
