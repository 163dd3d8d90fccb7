package durable

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// everyFailure is a workflow in which everything fails that can, with waits between that
// have it replayed, and that ends by a failure of its own.
func everyFailure(ctx *Context) (any, error) {
	again := &RetryPolicy{Attempts: 1, Every: time.Minute}
	Do(ctx, &StepSpec{Name: "charge", Retry: again, Pos: "a.flow:3:5"}, func(c context.Context) error {
		if Attempt(c) == 1 {
			return errBoom
		}
		panic("no card")
	})
	pause(ctx, "a while", time.Minute)
	WaitForCondition(ctx, &ConditionSpec{Name: "status", Every: time.Minute, RetryFailedChecks: true}, 0,
		func(c context.Context, last int) (int, error) {
			if Attempt(c) == 1 {
				return 0, errBoom
			}
			return 1, nil
		},
		func(v int) (bool, error) { return v == 1, nil })
	RunInChildContext(ctx, &ContextSpec{Name: "pack"}, func(c *Context) (int, error) {
		pause(c, "glue dries", time.Minute)
		panic("no box")
	})
	for _, flat := range []bool{false, true} {
		name := map[bool]string{false: "labels", true: "stamps"}[flat]
		MapBatch(ctx, &BatchSpec{Name: name, Flat: flat, ToleratedFailureCount: new(2)}, []int{1, 2}, func(c *Context, i, n int) (int, error) {
			if i == 1 {
				pause(c, "ink dries", time.Minute)
				panic("no ink")
			}
			return 0, failing(c, "print", &refused{"paper"})
		})
		pause(ctx, "after "+name, time.Minute)
	}
	return nil, &refused{"all of it"}
}

type refused struct{ What string }

func (e *refused) Error() string     { return "refused: " + e.What }
func (e *refused) ErrorType() string { return "Refused" }

// lines is a place to log to.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// reports gives what a workflow's log says of failures, a line for each, the item of a
// batch before the other as they come.
func (l *lines) reports(t *testing.T) []string {
	t.Helper()
	var reports []string
	for line := range strings.Lines(l.buf.String()) {
		var r struct {
			Level, Message, Logger, Operation, OperationID, OperationName, DurableExecutionArn, ErrorType, ErrorMessage string
			Attempt, RetryInSeconds                                                                                     int
			StackTrace                                                                                                  []string
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Logger != reporter {
			continue
		}
		if r.DurableExecutionArn == "" || r.ErrorType == "" || r.ErrorMessage == "" || r.OperationID == "" && r.Message != executionFailed {
			t.Errorf("incomplete: %s", line)
		}
		if r.ErrorType == typePanic && !strings.Contains(strings.Join(r.StackTrace, " "), "report_test.go") {
			t.Errorf("a panic without its stack: %s", line)
		}
		reports = append(reports, strings.TrimSpace(fmt.Sprintf("%s %s: %s %d %s %s", r.Level, r.Message, r.Operation, r.Attempt, r.ErrorType, r.ErrorMessage)))
	}
	return reports
}

func TestFailuresAreLoggedOnce(t *testing.T) {
	want := []string{
		"WARN attempt failed: charge 1 Error boom",
		"ERROR attempt failed: charge 2 Panic panic: no card",
		"WARN check failed, taken for not yet: status 1 Error boom",
		"ERROR panic: pack 0 Panic panic: no box",
		"WARN attempt failed: labels / [0] / print 1 Refused refused: paper",
		"ERROR panic: labels / [1] 0 Panic panic: no ink",
		"WARN attempt failed: stamps / [0] / print 1 Refused refused: paper",
		"ERROR panic: stamps / [1] 0 Panic panic: no ink",
		"ERROR execution failed:  0 Refused refused: all of it",
	}
	run := func(k int, after bool) (got []string, calls int) {
		log := &lines{}
		synctest.Test(t, func(t *testing.T) {
			s := newService(t, workflow(everyFailure).With(func(def *Definition) { def.LogHandler = NewLogHandler(log) }), "null")
			if k > 0 {
				s.fault = killAt(k, after)
			}
			s.run()
			calls = s.calls
		})
		return log.reports(t), calls
	}
	got, calls := run(0, false)
	if !slices.Equal(got, want) {
		t.Errorf("logged\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// A process that dies as its record is accepted takes what it had to say along, and no
	// more than that; one that dies before is asked once more.
	for k := 1; k <= calls; k++ {
		if got, _ := run(k, false); !slices.Equal(got, want) {
			t.Errorf("killed before checkpoint %d, logged\n%s", k, strings.Join(got, "\n"))
		}
		got, _ := run(k, true)
		rest := slices.Clone(want)
		for _, line := range got {
			i := slices.Index(rest, line)
			if i < 0 {
				t.Fatalf("killed after checkpoint %d, logged\n%s", k, strings.Join(got, "\n"))
			}
			rest = slices.Delete(rest, i, i+1)
		}
		if len(rest) > 2 { // two items may share a checkpoint
			t.Errorf("killed after checkpoint %d, not logged\n%s", k, strings.Join(rest, "\n"))
		}
	}
}

// What fails an execution past its workflow is told like any other end.
func TestADivergenceIsLogged(t *testing.T) {
	log := &lines{}
	synctest.Test(t, func(t *testing.T) {
		second := false
		s := newService(t, workflow(func(ctx *Context) (any, error) {
			if second {
				return nil, pause(ctx, "it", time.Minute)
			}
			second = true
			if _, err := named(ctx, "it"); err != nil {
				return nil, err
			}
			return nil, pause(ctx, "a while", time.Minute)
		}).With(func(def *Definition) { def.LogHandler = NewLogHandler(log) }), "null")
		s.run()
	})
	got := log.reports(t)
	want := `ERROR execution failed: it 0 NonDeterministicExecutionError the workflow has diverged from its record at operation "it"`
	if len(got) != 1 || !strings.HasPrefix(got[0], want) {
		t.Errorf("logged %q, want %q", got, want)
	}
}

// A handler of records may ask the workflow's own context for something, block for a while,
// and break: nothing of it touches the execution.
func TestLogsOutsideTheLock(t *testing.T) {
	bubble(t, everyFailure, func(s *service, _ func() wire.InvocationOutput) {
		var ctx *Context
		f := workflow(func(c *Context) (any, error) {
			ctx = c
			return everyFailure(c)
		})
		s.fn = f.With(func(def *Definition) {
			def.LogHandler = handlerFunc(func(slog.Record) {
				_ = ctx.Replaying() // takes the lock
				panic("a handler")
			})
		})
		if out := s.run(); out.Error == nil || out.Error.ErrorType != "Refused" {
			s.t.Errorf("got %+v", out)
		}
	})
}

type handlerFunc func(slog.Record)

func (f handlerFunc) Enabled(context.Context, slog.Level) bool { return true }
func (f handlerFunc) Handle(_ context.Context, r slog.Record) error {
	f(r)
	return nil
}
func (f handlerFunc) WithAttrs([]slog.Attr) slog.Handler { return f }
func (f handlerFunc) WithGroup(string) slog.Handler      { return f }

// Whatever is logged, a record has each name once and those that Lambda reads as it reads
// them.
func TestLogHandler(t *testing.T) {
	t.Setenv("AWS_LAMBDA_LOG_LEVEL", "TRACE")
	var log bytes.Buffer
	l := slog.New(NewLogHandler(&log))
	for _, c := range []struct {
		log  func()
		want string
	}{
		{func() { l.Info("m", "a", 1) }, `"level":"INFO","message":"m","a":1`},
		{func() { l.Log(t.Context(), slog.LevelDebug-4, "m") }, `"level":"TRACE","message":"m"`},
		{func() { l.Log(t.Context(), slog.LevelInfo+1, "m") }, `"level":"INFO","message":"m"`},
		{func() { l.Log(t.Context(), slog.LevelError+4, "m") }, `"level":"FATAL","message":"m"`},
		{func() { l.Info("m", "time", "noon", "msg", "x", "level", 3, "message", "y", "timestamp", 0) },
			`"level":"INFO","message":"m","time_":"noon","msg_":"x","level_":3,"message_":"y","timestamp_":0`},
		{func() { l.With("time", "noon").WithGroup("g").Info("m", "time", "noon") }, `"level":"INFO","message":"m","time_":"noon","g":{"time":"noon"}`},
		{func() { l.Info("m", slog.Group("", slog.String("time", "noon"))) }, `"level":"INFO","message":"m","time":"noon"`},
		{func() { l.Error("m", "error", errors.New("broken")) }, `"level":"ERROR","message":"m","error":"broken"`},
	} {
		log.Reset()
		c.log()
		got := log.String()
		_, rest, ok := strings.Cut(strings.TrimSpace(got), `Z",`)
		if !ok || !strings.HasPrefix(got, `{"timestamp":"2`) || rest != c.want+"}" {
			t.Errorf("logged %s, want …%s}", got, c.want)
		}
	}
}

// A logger that knows nothing of steps tells of one where it is given its context, and
// says nothing twice.
func TestLogsWithTheContextOfAStep(t *testing.T) {
	var log bytes.Buffer
	ours := slog.New(NewLogHandler(&log))
	const fields = `"durableExecutionArn":"arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST/durable-execution/run-1/exec-1","requestId":"",` +
		`"operationId":"greet-ask","operationName":"ask","operation":"greet / ask","attempt":1`
	var got []string
	wantResult(t, "1", func(ctx *Context) (any, error) {
		return RunInChildContext(ctx, &ContextSpec{Name: "greet"}, func(ctx *Context) (int, error) {
			return Step(ctx, Named("ask"), func(ctx context.Context) (int, error) {
				ours.InfoContext(ctx, "a")
				ours.With("x", 1).WithGroup("g").InfoContext(ctx, "b", "y", 2)
				ours.Info("c")
				return 1, nil
			})
		})
	})
	for line := range strings.Lines(log.String()) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), `"message":`)
		got = append(got, rest)
	}
	want := []string{`"a",` + fields + `}`, `"b",` + fields + `,"x":1,"g":{"y":2}}`, `"c"}`}
	if !slices.Equal(got, want) {
		t.Errorf("logged\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	log.Reset()
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, workflow(func(ctx *Context) (any, error) {
			return nil, Do(ctx, Named("ask"), func(ctx context.Context) error {
				StepLogger(ctx).InfoContext(ctx, "a")
				return nil
			})
		}).With(func(def *Definition) { def.LogHandler = NewLogHandler(&log) }), "null")
		s.run()
	})
	if n := strings.Count(log.String(), "durableExecutionArn"); n != 1 {
		t.Errorf("a step's logger tells its execution %d times: %s", n, log.String())
	}
}

// TestLoggingPage holds the page on logs to the messages and levels that there are.
func TestLoggingPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/logging.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([^`]*)` \\| ([A-Z]+)(; ERROR if it has panicked)? \\|")
	levels := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		levels[m[1]] = m[2]
	}
	for _, message := range []string{attemptFailed, checkFailed, panicked, executionFailed} {
		failure := &wire.ErrorObject{}
		if message == panicked {
			failure.ErrorType = typePanic
		}
		if got := (&report{message: message, failure: failure}).level().String(); levels[message] != got {
			t.Errorf("%q is logged as %s; the page says %q", message, got, levels[message])
		}
		delete(levels, message)
	}
	if len(levels) > 0 {
		t.Errorf("the page has messages that there are not: %v", levels)
	}
	for level := levelTrace; level <= levelFatal; level += 4 {
		if name := levelName(level); !strings.Contains(string(page), name) {
			t.Errorf("the page does not name the level %s", name)
		}
	}
}
