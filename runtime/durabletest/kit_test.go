package durabletest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// recorder is a test whose failures are looked at.
type recorder struct {
	testing.TB
	told strings.Builder
}

func (r *recorder) Helper()           {}
func (r *recorder) Output() io.Writer { return io.Discard }
func (r *recorder) Errorf(format string, args ...any) {
	fmt.Fprintf(&r.told, format+"\n", args...)
}
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(r)
}

// failures runs a test and gives what it was told.
func failures(t *testing.T, test func(t testing.TB)) string {
	r := &recorder{TB: t}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(r) {
				panic(p)
			}
		}()
		test(r)
	}()
	return r.told.String()
}

// asks waits for a callback and invokes a function, and takes every failure for granted.
var asks = durable.Workflow(durable.Definition{Name: "asks"}, func(ctx *durable.Context, what string) (time.Time, error) {
	switch what {
	case "person":
		_, err := durable.WaitForCallback[int](ctx, &durable.CallbackSpec{Name: "askPerson"}, func(context.Context, string) error { return nil })
		if err != nil && !durable.Catchable(err) {
			return time.Time{}, err
		}
	case "function":
		_, err := durable.Invoke[int](ctx, &durable.InvokeSpec{Function: "deliver:live"}, 1)
		if err != nil && !durable.Catchable(err) {
			return time.Time{}, err
		}
	}
	if err := durable.Wait(ctx, nil, time.Hour); err != nil {
		return time.Time{}, err
	}
	return durable.Now(ctx, nil)
})

// asksPlain invokes a function without a qualifier.
var asksPlain = durable.Workflow(durable.Definition{Name: "asksPlain"}, func(ctx *durable.Context, what string) (int, error) {
	n, err := durable.Invoke[int](ctx, &durable.InvokeSpec{Function: "deliver"}, 1)
	if err != nil && durable.Catchable(err) {
		return 0, nil
	}
	return n, err
})

// Where the process dies, the next one is of the build that takes its place.
func TestEditAt(t *testing.T) {
	build := func(says string) *durable.Function {
		return durable.Workflow(durable.Definition{Name: "w"}, func(ctx *durable.Context, _ any) (string, error) {
			out := ""
			for _, name := range []string{"a", "b", "c"} {
				s, err := durable.Step(ctx, durable.Named(name), func(context.Context) (string, error) { return says, nil })
				if err != nil {
					return "", err
				}
				out += s
				if err := durable.Wait(ctx, &durable.WaitSpec{Name: name + " rests"}, time.Minute); err != nil {
					return "", err
				}
			}
			return out, nil
		})
	}
	for _, test := range []struct {
		k    int
		when durabletest.When
		want string
	}{
		{1, durabletest.Before, "+++"}, {1, durabletest.After, "-++"}, {3, durabletest.Before, "-++"}, {3, durabletest.After, "--+"},
	} {
		run := durabletest.New(t, build("-")).EditAt(test.k, test.when, build("+")).Run(nil)
		var got string
		if run.MustSucceed(&got); got != test.want {
			t.Errorf("%s %d: got %s, want %s\n%s", test.when, test.k, got, test.want, run.History())
		}
	}
}

// What is wrong with a test is told, whatever the workflow makes of it.
func TestMistakesAreTold(t *testing.T) {
	deliver := func(json.RawMessage) (any, error) { return 1, nil }
	for name, test := range map[string]struct {
		run  func(t testing.TB)
		want string
	}{
		"a misspelt answer": {func(t testing.TB) {
			durabletest.New(t, asks).Answer("askPreson", durabletest.Succeed(1)).Run("person")
		}, `durabletest: callback "askPerson" was opened, and the test has no answer for it; did you mean "askPreson"?`},
		"a misspelt target": {func(t testing.TB) {
			durabletest.New(t, asks).Target("delivr:live", deliver).Run("function")
		}, `durabletest: function "deliver:live" was invoked, and the test has no Target for it; did you mean "delivr:live"?`},
		"no target": {func(t testing.TB) { durabletest.New(t, asks).Run("function") },
			`durabletest: function "deliver:live" was invoked, and the test has no Target for it`},
		"a crash that never comes": {func(t testing.TB) { durabletest.New(t, asks).CrashAt(99, durabletest.Before).Run("") },
			`durabletest: the process was to be killed at checkpoint 99, and the run made `},
		"no such workflow": {func(t testing.TB) { durabletest.NewFor(t, "askz", asks) },
			`durabletest: there is no workflow "askz"; did you mean "asks"?`},
		"an answer that can't be sent": {func(t testing.TB) {
			durabletest.New(t, asks).Answer("askPerson", durabletest.Succeed(json.RawMessage("\"\xff\""))).Run("person")
		}, `durabletest: the answer to callback "askPerson" can't be encoded: "\"\xff\"" is no text in UTF-8`},
		"a result that can't be sent": {func(t testing.TB) {
			durabletest.New(t, asks).Target("deliver:live", func(json.RawMessage) (any, error) { return json.RawMessage("\"\xff\""), nil }).Run("function")
		}, `durabletest: the result of function "deliver:live" can't be encoded: "\"\xff\"" is no text in UTF-8`},
		"a plain function's result that is no JSON": {func(t testing.TB) {
			durabletest.New(t, asksPlain).Target("deliver", func(json.RawMessage) (any, error) { return make(chan int), nil }).Run("function")
		}, `durabletest: the result of function "deliver" can't be encoded: `},
		"a function with a target and an answer": {func(t testing.TB) {
			durabletest.New(t, asks).Target("deliver:live", deliver).Answer("deliver:live", durabletest.Succeed(1)).Run("function")
		}, `durabletest: function "deliver:live" has an answer, and is a Target or served as well; leave one of them out`},
		"a function that is answered later": {func(t testing.TB) {
			durabletest.New(t, asks).Answer("deliver:live", durabletest.Later()).Run("function")
		}, `durabletest: function "deliver:live" can't be answered Later: nothing but its return ends it`},
		"nothing": {func(t testing.TB) {
			durabletest.NewFor(t, "asks", asks).Target("deliver:live", deliver).CrashAt(1, durabletest.After).Run("function")
		}, ""},
		"a history twice": {func(t testing.TB) {
			run := durabletest.New(t, asks).Run("")
			func() {
				defer func() { recover() }()
				run.MustFail("E", nil)
			}()
			run.MustFail("E", nil)
		}, "(its history is above)"},
	} {
		t.Run(name, func(t *testing.T) {
			got := failures(t, test.run)
			if !strings.Contains(got, test.want) || strings.Count(got, "durabletest: ") > 1 || (test.want == "") != (got == "") || strings.Count(got, "ExecutionStarted") > 1 {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

// Times are the same in every run, and everywhere.
func TestTimeCanBeSet(t *testing.T) {
	start := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for range 3 {
		var got time.Time
		durabletest.New(t, asks).At(start).Run("").MustSucceed(&got)
		if want := start.Add(time.Hour); !got.Equal(want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

// The steps of an execution go by its time: before a wait, behind it, and in a branch beside
// one.
func TestStepsGoByTheTimeOfTheService(t *testing.T) {
	start := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	times := durable.Workflow(durable.Definition{Name: "times", Timeout: 60 * 24 * time.Hour}, func(ctx *durable.Context, _ struct{}) ([]time.Time, error) {
		var got []time.Time
		for i, pause := range []time.Duration{0, time.Hour, 30 * 24 * time.Hour} {
			if pause > 0 {
				if err := durable.Wait(ctx, &durable.WaitSpec{Name: fmt.Sprint("wait ", i)}, pause); err != nil {
					return nil, err
				}
			}
			at, err := durable.Step(ctx, &durable.StepSpec{Name: fmt.Sprint("look ", i)}, func(ctx context.Context) (time.Time, error) {
				return durable.Time(ctx), nil
			})
			if err != nil {
				return nil, err
			}
			got = append(got, at)
		}
		return got, nil
	})
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
		return durabletest.New(t, times).At(start)
	}, struct{}{}, func(t testing.TB, run *durabletest.Run) {
		var got []time.Time
		run.MustSucceed(&got)
		for i, want := range []time.Time{start, start.Add(time.Hour), start.Add(time.Hour + 30*24*time.Hour)} {
			if late := got[i].Sub(want); late < 0 || late > time.Minute {
				t.Errorf("step %d sees %v, want %v", i, got[i], want)
			}
		}
	})
	if outside := durable.Time(t.Context()); time.Since(outside) > time.Hour {
		t.Errorf("outside of a step it is %v", outside)
	}
}

// An AnswerFunc holds up the service, which would wait for it to the test's end.
func TestAnswerFuncThatBlocks(t *testing.T) {
	durabletest.SetHandlerPatience(t, time.Millisecond)
	release := make(chan struct{})
	defer close(release)
	got := failures(t, func(t testing.TB) {
		durabletest.New(t, asks).AnswerFunc("askPerson", func(durabletest.Callback) durabletest.Answer {
			<-release
			return durabletest.Succeed(1)
		}).Run("person")
	})
	if !strings.Contains(got, `the AnswerFunc of callback "askPerson" has not returned`) {
		t.Errorf("got %s", got)
	}
}

func TestAnsweredTwice(t *testing.T) {
	env := durabletest.New(t, asks).Answer("askPerson", durabletest.Later())
	run := env.Start("person")
	cb := run.AwaitCallback("askPerson", 0)
	if err := run.Succeed(cb, 1); err != nil {
		t.Error(err)
	}
	if err := run.Succeed(cb, 2); err == nil || !strings.Contains(err.Error(), "already completed") {
		t.Errorf("the second answer gave %v", err)
	}
	run.Wait()
	if err := run.Heartbeat(cb); err == nil {
		t.Error("a callback that has ended takes a heartbeat")
	}
}
