package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// eachStore runs a test with a store in memory and with one in a file.
func eachStore(t *testing.T, f func(t *testing.T, o Options)) {
	t.Run("memory", func(t *testing.T) { f(t, Options{Clock: NewManualClock(epoch)}) })
	t.Run("file", func(t *testing.T) { f(t, Options{Clock: NewManualClock(epoch), Dir: t.TempDir()}) })
}

// Many starts under one name make one execution.
func TestStartsUnderOneName(t *testing.T) {
	eachStore(t, func(t *testing.T, o Options) {
		e := newEngine(t, o, map[string]script{"orders": waiting, "other": waiting})
		var mu sync.Mutex
		arns := map[string]int{}
		conflicts := 0
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				in := StartInput{Function: "orders:$LATEST", Name: "order-1", Input: str("1")}
				if i%4 == 0 {
					in.Input = str("2")
				}
				out, err := e.StartExecution(t.Context(), in)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					if api, ok := err.(*wire.APIError); !ok || api.Code != "DurableExecutionAlreadyStartedException" || api.HTTPStatus != 409 {
						t.Errorf("refused with %v", err)
					}
					conflicts++
					return
				}
				arns[out.ARN]++
			})
		}
		wg.Wait()
		if len(arns) != 1 || conflicts != 5 && conflicts != 15 {
			t.Errorf("%d executions, %d conflicts", len(arns), conflicts)
		}
		// Another function has names of its own.
		start(t, e, StartInput{Function: "other", Name: "order-1", Input: str("3")})
	})
}

// A closed execution keeps its name until its retention is over.
func TestRetention(t *testing.T) {
	eachStore(t, func(t *testing.T, o Options) {
		clock := o.Clock.(*ManualClock)
		e := newEngine(t, o, nil)
		e.Register(Function{Name: "orders", RetentionDays: 2, Invoker: DurableFunc(func(context.Context, wire.InvocationInput) (wire.InvocationOutput, error) {
			return succeeded("1"), nil
		})})
		arn := start(t, e, StartInput{Function: "orders", Name: "a", Input: str("1")})
		wait(t, e, arn)
		out, err := e.StartExecution(t.Context(), StartInput{Function: "orders:$LATEST", Name: "a", Input: str("1")})
		if err != nil || out.ARN != arn || !out.Existed {
			t.Errorf("the same start gave %+v, %v", out, err)
		}
		_, err = e.StartExecution(t.Context(), StartInput{Function: "orders:$LATEST", Name: "a", Input: str("2")})
		if err == nil {
			t.Error("a closed execution's name was taken")
		}
		clock.Advance(48*time.Hour - time.Millisecond)
		if _, err := e.Execution(t.Context(), arn, true); err != nil {
			t.Errorf("forgotten too early: %v", err)
		}
		clock.Advance(time.Millisecond)
		_, err = e.Execution(t.Context(), arn, true)
		wantRefusal(t, err, "ResourceNotFoundException", "Durable Execution does not exist")
		_, err = e.History(t.Context(), arn, HistoryQuery{})
		wantRefusal(t, err, "ResourceNotFoundException", "Durable Execution does not exist")
		if page, err := e.ListExecutions(t.Context(), ExecutionFilter{}); err != nil || len(page.Executions) != 0 {
			t.Errorf("it is still listed: %s, %v", toJSON(page), err)
		}
		if again := start(t, e, StartInput{Function: "orders", Name: "a", Input: str("2")}); again == arn {
			t.Error("the name isn't free")
		}
	})
}

func TestStop(t *testing.T) {
	eachStore(t, func(t *testing.T, o Options) {
		running := make(chan *run, 1)
		ended := make(chan error, 1)
		release := make(chan struct{})
		e := newEngine(t, o, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
			running <- r
			<-release
			err := r.checkpoint(stepUpdates("late", "1")...)
			ended <- err
			return succeeded("1"), nil
		}})
		arn := start(t, e, StartInput{Function: "orders"})
		<-running
		first, err := e.Stop(t.Context(), arn, &wire.ErrorObject{ErrorMessage: "enough"})
		if err != nil {
			t.Fatal(err)
		}
		close(release)
		wantRefusal(t, <-ended, "InvalidParameterValueException", "Invalid checkpoint token")
		e.Idle(t.Context())
		if again, err := e.Stop(t.Context(), arn, nil); err != nil || !again.Equal(first) {
			t.Errorf("stopped again at %v, %v", again, err)
		}
		if x := wait(t, e, arn); x.Status != wire.ExecutionStopped || x.Error.ErrorMessage != "enough" {
			t.Errorf("ended as %s", toJSON(x))
		}
		wantKinds(t, e, arn, "ExecutionStarted ExecutionStopped")
	})
}

// An invocation that fails is repeated; one that panics, and one that takes too long, count as failures.
func TestFailedInvocations(t *testing.T) { synctest.Test(t, testFailedInvocations) }

func testFailedInvocations(t *testing.T) {
	var mu sync.Mutex
	tries := map[string]int{}
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true, InvocationFailures: 3}, nil)
	register := func(name string, timeout time.Duration, s script) {
		e.Register(Function{Name: name, Timeout: timeout, Invoker: handler(t, &e, func(r *run) (wire.InvocationOutput, error) {
			mu.Lock()
			tries[name]++
			mu.Unlock()
			return s(r)
		})})
	}
	register("error", time.Minute, func(*run) (wire.InvocationOutput, error) { return wire.InvocationOutput{}, fmt.Errorf("no luck") })
	register("panic", time.Minute, func(*run) (wire.InvocationOutput, error) { panic("oh no") })
	register("slow", 10*time.Millisecond, func(r *run) (wire.InvocationOutput, error) {
		<-r.ctx.Done()
		time.Sleep(20 * time.Millisecond)
		return succeeded("1"), nil
	})
	for name, want := range map[string]string{"error": "errorString: no luck", "panic": "Runtime.ExitError: ", "slow": "Sandbox.Timedout: "} {
		arn := start(t, e, StartInput{Function: name})
		x := wait(t, e, arn)
		if x.Status != wire.ExecutionFailed || !strings.HasPrefix(x.Error.ErrorType+": "+x.Error.ErrorMessage, want) {
			t.Errorf("%s: %s", name, toJSON(x))
		}
		mu.Lock()
		if tries[name] != 3 {
			t.Errorf("%s was tried %d times", name, tries[name])
		}
		mu.Unlock()
		wantKinds(t, e, arn, "ExecutionStarted InvocationCompleted InvocationCompleted InvocationCompleted ExecutionFailed")
	}
	time.Sleep(time.Second) // what was given up ends
}

// The result of a chained invoke never comes before its caller's invocation has ended, and an
// unknown target fails at once.
func TestChainedInvokes(t *testing.T) {
	eachStore(t, func(t *testing.T, o Options) {
		o.SkipTime = true
		e := newEngine(t, o, map[string]script{
			"caller": func(r *run) (wire.InvocationOutput, error) {
				in := *r.in.InitialExecutionState.Operations[0].ExecutionDetails.InputPayload
				function, payload, _ := strings.Cut(strings.Trim(in, `"`), " ")
				if r.status("c") == "" {
					if err := r.checkpoint(chainedUpdate("c", function, payload)); err != nil {
						return failed("Refused", err.Error()), nil
					}
				}
				switch o := r.ops["c"]; o.Status {
				case wire.StatusStarted:
					return pending, nil
				case wire.StatusSucceeded:
					return succeeded(*o.ChainedInvokeDetails.Result), nil
				default:
					return failed(string(o.Status), toJSON(o.ChainedInvokeDetails.Error)), nil
				}
			},
			"echo": func(r *run) (wire.InvocationOutput, error) {
				return succeeded(*r.in.InitialExecutionState.Operations[0].ExecutionDetails.InputPayload), nil
			},
			"broken": func(r *run) (wire.InvocationOutput, error) { return failed("TargetError", "target failed"), nil },
		})
		e.Register(Function{Name: "forever", ExecutionTimeout: time.Minute, Invoker: handler(t, &e, func(r *run) (wire.InvocationOutput, error) {
			return pending, r.checkpoint(waitUpdate("w", 3600))
		})})
		e.Register(Function{Name: "plain", Plain: true, Invoker: PlainFunc(func(_ context.Context, in []byte) ([]byte, error) { return in, nil })})
		const suspended = "ExecutionStarted ChainedInvokeStarted InvocationCompleted ChainedInvoke"
		for in, want := range map[string][2]string{
			"echo:$LATEST 1":   {"SUCCEEDED 1", suspended + "Succeeded InvocationCompleted ExecutionSucceeded"},
			"plain 2":          {"SUCCEEDED 2", suspended + "Succeeded InvocationCompleted ExecutionSucceeded"},
			"broken:$LATEST 3": {`FAILED FAILED {"ErrorType":"TargetError","ErrorMessage":"target failed"}`, suspended + "Failed InvocationCompleted ExecutionFailed"},
			"forever:$LATEST 4": {`FAILED TIMED_OUT {"ErrorType":"ChainedInvoke.Timeout","ErrorMessage":"CHAINED_INVOKE timed out after 60 seconds."}`,
				suspended + "TimedOut InvocationCompleted ExecutionFailed"},
			"nobody 5": {`FAILED FAILED {"ErrorType":"ResourceNotFoundException","ErrorMessage":"Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody"}`,
				"ExecutionStarted ChainedInvokeStarted ChainedInvokeFailed InvocationCompleted ExecutionFailed"},
			"echo 6": {`FAILED FAILED {"ErrorType":"InvalidParameterValueException","ErrorMessage":"You cannot invoke a durable function using an unqualified ARN."}`,
				"ExecutionStarted ChainedInvokeStarted ChainedInvokeFailed InvocationCompleted ExecutionFailed"},
			"a:b:c:d 7": {`FAILED FAILED {"ErrorType":"InvalidParameterValueException","ErrorMessage":"Invalid function ARN 'a:b:c:d'"}`,
				"ExecutionStarted ChainedInvokeStarted ChainedInvokeFailed InvocationCompleted ExecutionFailed"},
			"999999999999:function:echo:$LATEST 8": {"FAILED Refused InvalidParameterValueException (400): Cannot start a CHAINED_INVOKE on a function in another account.",
				"ExecutionStarted InvocationCompleted ExecutionFailed"},
			"arn:aws:lambda:eu-west-1:000000000000:function:echo:$LATEST 9": {"FAILED Refused InvalidParameterValueException (400): Cannot start a CHAINED_INVOKE on a function in another region.",
				"ExecutionStarted InvocationCompleted ExecutionFailed"},
		} {
			arn := start(t, e, StartInput{Function: "caller", Input: str(`"` + in + `"`)})
			x := wait(t, e, arn)
			got := string(x.Status) + " "
			if x.Error != nil {
				got += x.Error.ErrorType + " " + x.Error.ErrorMessage
			} else {
				got += *x.Result
			}
			if got != want[0] {
				t.Errorf("%s: %s\nwant %s", in, got, want[0])
			}
			wantKinds(t, e, arn, want[1])
		}
		page, err := e.ListExecutions(t.Context(), ExecutionFilter{Function: "echo"})
		if err != nil || len(page.Executions) != 1 || page.Executions[0].Status != wire.ExecutionSucceeded {
			t.Errorf("children %s, %v", toJSON(page), err)
		}
	})
}

// A large state comes in pages, the envelope holding the first.
func TestLargeStateIsPaged(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch), SkipTime: true, Limits: Limits{EnvelopeBytes: 10_000}}, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		if r.status("w") == "" {
			for i := range 250 {
				if err := r.checkpoint(stepUpdates(fmt.Sprintf("s%d", i), `"0123456789"`)...); err != nil {
					return wire.InvocationOutput{}, err
				}
			}
			return pending, r.checkpoint(waitUpdate("w", 1))
		}
		if r.in.InitialExecutionState.NextMarker == "" {
			return failed("Test", "the envelope holds all"), nil
		}
		return succeeded(fmt.Sprint(len(r.ops))), nil
	}})
	if x := wait(t, e, start(t, e, StartInput{Function: "orders"})); x.Status != wire.ExecutionSucceeded || *x.Result != "252" {
		t.Errorf("ended as %s", toJSON(x))
	}
}

// 3,000 operations are possible, one more isn't.
func TestOperationLimit(t *testing.T) {
	for _, n := range []int{3000, 3001} {
		e := newEngine(t, Options{Clock: NewManualClock(epoch)}, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
			for i := 0; i < n; {
				var us []wire.OperationUpdate
				for ; i < n && len(us) < 200; i++ {
					us = append(us, stepUpdates(fmt.Sprintf("s%d", i), "1")...)
				}
				if err := r.checkpoint(us...); err != nil {
					return wire.InvocationOutput{}, err
				}
			}
			return succeeded("1"), nil
		}})
		x := wait(t, e, start(t, e, StartInput{Function: "orders"}))
		if n == 3000 && x.Status != wire.ExecutionSucceeded || n == 3001 && (x.Status != wire.ExecutionFailed || !strings.Contains(x.Error.ErrorMessage, "s3000")) {
			t.Errorf("%d operations: %s", n, toJSON(x))
		}
	}
}

func TestBadFunctions(t *testing.T) {
	e := newEngine(t, Options{}, nil)
	ok := PlainFunc(func(context.Context, []byte) ([]byte, error) { return nil, nil })
	for _, f := range []Function{
		{Name: "", Invoker: ok}, {Name: "a b", Invoker: ok}, {Name: "a"}, {Name: "a", Invoker: ok, RetentionDays: 91},
		{Name: "a", Invoker: ok, ExecutionTimeout: 367 * 24 * time.Hour}, {Name: "a", Invoker: ok, Timeout: -1},
		{Name: "a", Invoker: ok, Aliases: map[string]string{"live": "3"}}, {Name: "a", Invoker: ok, Versions: []string{"1", "v2"}},
	} {
		if err := e.Register(f); err == nil {
			t.Errorf("%+v was taken", f)
		}
	}
}

func TestAdvance(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch)}, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		if r.status("w") == "" {
			return pending, r.checkpoint(waitUpdate("w", 10))
		}
		return succeeded("1"), nil
	}})
	arn := start(t, e, StartInput{Function: "orders"})
	e.Idle(t.Context())
	e.Advance(9 * time.Second)
	e.Idle(t.Context())
	wantKinds(t, e, arn, "ExecutionStarted WaitStarted InvocationCompleted")
	e.Advance(time.Second)
	if x := wait(t, e, arn); x.End.Sub(epoch) != 10*time.Second {
		t.Errorf("ended as %s", toJSON(x))
	}
}

// A name that is taken by an execution of another version is refused, with the same input, too.
func TestSameNameOfAnotherVersion(t *testing.T) {
	e := newEngine(t, Options{}, nil)
	if err := e.Register(Function{Name: "orders", Versions: []string{"7"}, Invoker: handler(t, &e, func(*run) (wire.InvocationOutput, error) { return succeeded("1"), nil })}); err != nil {
		t.Fatal(err)
	}
	first := start(t, e, StartInput{Function: "orders", Name: "a"})
	if again := start(t, e, StartInput{Function: "orders", Name: "a"}); again != first {
		t.Errorf("the same start gave %s", again)
	}
	_, err := e.StartExecution(t.Context(), StartInput{Function: "orders", Qualifier: "7", Name: "a"})
	wantRefusal(t, err, core.CodeAlreadyStarted, "A durable execution with the name a already exists with a different payload or version.")
}
