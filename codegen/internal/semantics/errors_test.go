package semantics

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

func TestReplay4NothingOfTheRuntimeIsCaught(t *testing.T) {
	s := scenario{workflow: "suspends", input: "w", answers: answers{"ask": {durabletest.Succeed("yes").After(time.Minute)}}}
	s.everywhere(t, `"yes"`, nil)
}

// A step gives a time with nanoseconds; the first run sees the milliseconds on record.
func TestReplay2ValuesComeFromTheRecord(t *testing.T) {
	scenario{workflow: "recorded"}.everywhere(t, `"same"`, nil)
}

func TestErrors1BuiltInOnesAreCaught(t *testing.T) {
	for what, test := range map[string]struct {
		script  script
		answers answers
		remote  func() (any, error)
		want    Failed
	}{
		"Timeout":          {answers: answers{"ask": {durabletest.Silence()}}, want: Failed{"Timeout", "ask", "Callback timed out"}},
		"HeartbeatTimeout": {answers: answers{"sign": {durabletest.Silence()}}, want: Failed{"HeartbeatTimeout", "sign", "Callback timed out"}},
		"Exhausted":        {want: Failed{"Exhausted", "read", "the condition was not met by 2 checks"}},
		"UndoFailed":       {script: script{"undo a": {oops}}, want: Failed{"UndoFailed", "g", "Worse; not undone: g / act (undo: wrapped: oops)"}},
		"Undeclared":       {script: script{"act w": {oops}}, want: Failed{"Unexpected Error", "goes wrong", "wrapped: oops"}},
		"Panic": {script: script{"act w": {during(func(context.Context) (string, error) { panic("oh") })}},
			want: Failed{"Unexpected Panic", "goes wrong", "panic: oh"}},
		"Unknown":  {remote: func() (any, error) { return nil, &foreign{"x"} }, want: Failed{"Unexpected Foreign", "remote", "foreign x"}},
		"Overflow": {want: Failed{"Unexpected ", "errors.flow:28:22", "9223372036854775807 + 8 does not fit"}},
		"Zero":     {want: Failed{"Unexpected ", "errors.flow:32:22", "division by zero: 1 / 0"}},
		"Index":    {want: Failed{"Unexpected ", "errors.flow:37:21", "index 5 is out of range"}},
		"Limit":    {want: Failed{"Unexpected ", "map", "max"}},
	} {
		t.Run(what, func(t *testing.T) {
			run, _ := scenario{workflow: "builtIn", input: what, script: test.script, answers: test.answers, remote: test.remote}.run(t)
			var got Failed
			run.MustSucceed(&got)
			if got.Type != test.want.Type || got.Operation != test.want.Operation || !strings.Contains(got.Message, test.want.Message) {
				t.Errorf("got %+v, want %+v\n%s", got, test.want, run.History())
			}
		})
	}
}

// foreign is an error that no .flow file declares.
type foreign struct{ Why string }

func (e *foreign) Error() string     { return "foreign " + e.Why }
func (e *foreign) ErrorType() string { return "Foreign" }

// A failure of any type tells its type and message; which operation, where it is no
// declared one.
func TestErrors1Failure(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{bad, `"Bad of : Bad: 5"`},
		{worse, `"Worse of : Worse"`},
		{oops, `"other Unexpected of act: wrapped: oops"`},
	} {
		scenario{workflow: "several", input: "a", script: script{"act a": {test.err}}}.everywhere(t, test.want, nil)
	}
}

// What a step returns is found in what wraps it, and is recorded with its data only.
func TestErrors3Recorded(t *testing.T) {
	s := scenario{workflow: "leaf", input: "a", script: script{"a": {fmt.Errorf("deep: %w", errors.Join(oops, badWith(7)))}}}
	s.everywhere(t, `Bad {"code":7}`, func(t testing.TB, run *durabletest.Run, _ *world) {
		e := operation(t, run, "act").StepDetails.Error
		if e.ErrorType != "Bad" || e.ErrorData != `{"code":7}` {
			t.Errorf("recorded %+v", e)
		}
	})
}

// What a callback fails with and nobody has declared is Unexpected with type and message.
func TestErrors3UnknownFromOutside(t *testing.T) {
	s := scenario{workflow: "handles", answers: answers{"sign": {durabletest.Fail(&foreign{"pen"})}}}
	s.everywhere(t, `"Foreign foreign pen"`, nil)
}

// coded is an error as those of an AWS SDK are.
type coded struct{ code, message string }

func (e *coded) Error() string        { return "api error " + e.code + ": " + e.message }
func (e *coded) ErrorCode() string    { return e.code }
func (e *coded) ErrorMessage() string { return e.message }

// clashing is an error with a name and data of its own.
type clashing struct {
	name, message string
	Table         any `json:"table,omitempty"`
}

func (e *clashing) Error() string     { return e.message }
func (e *clashing) ErrorType() string { return e.name }

// What fails outside under a name that a declared error bears arrives as that.
func TestErrors3Arrives(t *testing.T) {
	failed := &coded{"ConditionalCheckFailedException", "no such row"}
	path := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrExist}
	for _, test := range []struct {
		name, what string
		put        any
		outside    error
		want       string
	}{
		{"code", "step", failed, nil, `"no such row in none"`},
		{"type", "step", path, nil, `"open x: file already exists in none"`},
		{"in a tree", "step", errors.Join(oops, fmt.Errorf("deep: %w", failed)), nil, `"no such row in none"`},
		{"declared itself", "step", &ConflictError{Message: "own"}, nil, `"own in none"`},
		{"another declared one first", "step", errors.Join(failed, bad), nil, `"Bad"`},
		{"another code", "step", &coded{"Throttled", "slow"}, nil, `"Throttled"`},
		{"retried as declared", "retried", failed, nil, `Conflict: Conflict: message: no such row, table: none`},
		{"uncaught", "other", failed, nil, `Conflict: Conflict: message: no such row, table: none`},
		{"invoke", "invoke", nil, &clashing{"Clash", "taken", nil}, `"taken in none"`},
		{"invoke with data", "invoke", nil, &clashing{"Clash", "taken", "rows"}, `"taken in rows"`},
		{"callback", "callback", nil, &clashing{"PathError", "taken", "rows"}, `"taken in rows"`},
		{"callback under its own name", "callback", nil, &ConflictError{Message: "own"}, `"own in none"`},
		{"callback with other data", "callback", nil, &clashing{"Clash", "taken", 5}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scenario{workflow: "arriving", input: test.what, script: script{}, varies: test.want == ""}
			if test.put != nil {
				s.script["put "+test.what] = []any{test.put}
			}
			if test.outside != nil {
				s.remote = func() (any, error) { return nil, test.outside }
				s.answers = answers{"agree": {durabletest.Fail(test.outside)}}
			}
			s.everywhere(t, test.want, func(t testing.TB, run *durabletest.Run, _ *world) {
				if got := end(run); test.want == "" && !strings.HasPrefix(got, `"Conflict: the data of Conflict does not decode`) {
					t.Errorf("got %s", got)
				}
			})
		})
	}
}

// A failure that is not declared is caught by the name that it bears: of the operation
// itself, and of one in a group.
func TestErrors3Bearing(t *testing.T) {
	panics := during(func(context.Context) (string, error) { panic("oh") })
	for _, test := range []struct {
		name   string
		a, b   any
		remote func() (any, error)
		want   string
	}{
		{"nothing", nil, nil, nil, `"w, fine"`},
		{"by name", &foreign{"x"}, nil, nil, `"first Foreign of act: wrapped: foreign x, fine"`},
		{"declared", bad, nil, nil, `"second Bad Bad, fine"`},
		{"another one", oops, nil, nil, `"third Error Unexpected, fine"`},
		{"another declared one", worse, nil, nil, `"third Worse Worse, fine"`},
		{"in a group", nil, &foreign{"y"}, nil, `"w, Foreign of b"`},
		{"a panic in a group", nil, panics, nil, `"w, Panic of b"`},
		{"another one in a group", nil, oops, nil, `"w, other Error"`},
		{"of an invoke", nil, nil, func() (any, error) { return nil, &foreign{"z"} }, `"w, Foreign of remote"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scenario{workflow: "bearing", input: "w", script: script{}, remote: test.remote}
			if test.a != nil {
				s.script["act w"] = []any{test.a}
			}
			if test.b != nil {
				s.script["act b"] = []any{test.b}
			}
			s.everywhere(t, test.want, undoes(""))
		})
	}
}

// A failure that tells when to try again is obeyed, within the bound that is written.
func TestErrors8Told(t *testing.T) {
	told := func(err error, d time.Duration) error { return fmt.Errorf("deep: %w", durable.RetryAfter(err, d)) }
	for _, test := range []struct {
		what     string
		attempts []any
		end      string
		delays   string
	}{
		{"default", []any{told(oops, 7*time.Minute), told(oops, 0), told(oops, -time.Hour), "done"}, `"done"`, "7m0s 1s 1s"},
		{"declared", []any{told(bad, 2*time.Hour), told(errors.Join(oops, oops), 1500*time.Millisecond), oops, "done"}, `"done"`, "2h0m0s 2s 4s"},
		{"bounded", []any{told(bad, 2*time.Hour), told(bad, 9*time.Minute), "done"}, `"done"`, "10m0s 9m0s"},
		{"used up", []any{told(bad, time.Minute), told(bad, time.Hour)}, `Bad {"code":5}`, "1m0s"},
		{"final", []any{told(bad, time.Minute), "done"}, `Bad {"code":5}`, ""},
		{"final", []any{told(&coded{"Throttled", "slow"}, time.Minute), &coded{"Throttled", "slow"}, "done"}, `"done"`, "1m0s 2s"},
		{"poll", []any{"a", told(oops, time.Hour), "b", "done"}, `"done"`, "1s 1h0m0s 4s"},
		{"poll", []any{told(oops, -1), told(oops, time.Minute), oops, oops}, `"exhausted"`, "1s 1m0s 4s"},
	} {
		t.Run(test.what, func(t *testing.T) {
			s := scenario{workflow: "told", input: test.what, script: script{test.what: test.attempts}}
			s.everywhere(t, test.end, func(t testing.TB, run *durabletest.Run, _ *world) {
				var delays []string
				for _, e := range run.Events() {
					if d := execution.StepEnded(&e); d != nil && d.RetryDetails != nil && d.RetryDetails.NextAttemptDelaySeconds > 0 {
						delays = append(delays, (time.Duration(d.RetryDetails.NextAttemptDelaySeconds) * time.Second).String())
					}
				}
				if got := strings.Join(delays, " "); got != test.delays {
					t.Errorf("the delays are %s, want %s\n%s", got, test.delays, run.History())
				}
			})
		})
	}
}

// What defaults say holds for a step that says nothing, and a use may say otherwise.
func TestErrors9Defaults(t *testing.T) {
	s := scenario{workflow: "byDefault", input: "w", script: script{"a": {oops, "A"}, "b": {oops, "B"}}}
	s.everywhere(t, `"failed B w"`, nil)
}

// N more attempts after the first; a declared error is final unless on names it.
func TestErrors4Retries(t *testing.T) {
	for _, test := range []struct {
		name         string
		a, b         []any
		want         string
		callsA, more int
	}{
		{"undeclared", []any{oops, oops, "A"}, nil, `"Ab"`, 3, 1},
		{"undeclared used up", []any{oops}, nil, `Error: wrapped: oops`, 3, 0},
		{"declared is final", []any{bad, "A"}, nil, `Bad {"code":5}`, 1, 0},
		{"declared and named", nil, []any{bad, oops, "B"}, `"wB"`, 1, 3},
		{"declared and not named", nil, []any{worse, "B"}, `Worse`, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			run, w := scenario{workflow: "retries", input: "w", script: script{"act w": test.a, "act b": test.b}}.run(t)
			if got := end(run); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			calls := w.effects("act")
			if n := len(slices.DeleteFunc(slices.Clone(calls), func(s string) bool { return s != "w" })); n != test.callsA {
				t.Errorf("%d attempts of the first step, want %d", n, test.callsA)
			}
			if n := len(calls) - test.callsA; n != test.more {
				t.Errorf("%d attempts of the second step, want %d", n, test.more)
			}
		})
	}
}

// With except all failures are tried again but those that it names.
func TestErrors4RetriesExcept(t *testing.T) {
	slow := during(func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() })
	for _, test := range []struct {
		name   string
		a, b   []any
		want   string
		callsA int
		callsB int
	}{
		{"declared", []any{bad, oops, "A"}, []any{bad, "B"}, `"AB"`, 3, 2},
		{"declared and named", []any{worse, "A"}, nil, `Worse`, 1, 0},
		{"timeout", nil, []any{slow, "B"}, `Timeout: attempt 1 had no outcome within 1s`, 1, 1},
		{"undeclared", nil, []any{oops, "B"}, `Error: wrapped: oops`, 1, 1},
		{"used up", []any{bad}, nil, `Bad {"code":5}`, 3, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, w := scenario{workflow: "retriesExcept", input: "w", script: script{"act w": test.a, "act b": test.b}}.once(t, test.want)
			calls := w.effects("act")
			a := len(slices.DeleteFunc(slices.Clone(calls), func(s string) bool { return s != "w" }))
			if b := len(calls) - a; a != test.callsA || b != test.callsB {
				t.Errorf("%d and %d attempts, want %d and %d", a, b, test.callsA, test.callsB)
			}
		})
	}
}

// Of several retries the first that covers a failure decides, and they count together. One
// that names a failure that is not declared covers nothing else; of the others, all but the
// last do.
func TestErrors4RetriesSeveral(t *testing.T) {
	slow := during(func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() })
	throttled := &foreign{"x"}
	for _, test := range []struct {
		name, workflow string
		act            []any
		want           string
		attempts       int
		took           time.Duration
	}{
		{"the first", "retriesSeveral", []any{throttled, bad, "A"}, `"A"`, 3, 2 * time.Second},
		{"the first used up", "retriesSeveral", []any{throttled}, `Foreign: wrapped: foreign x`, 3, 2 * time.Second},
		{"the second", "retriesSeveral", []any{slow, "A"}, `"A"`, 2, time.Minute},
		{"counted together", "retriesSeveral", []any{bad, slow, "A"}, `Timeout: attempt 2 had no outcome within 1s`, 2, time.Second},
		{"the last", "retriesSeveral", []any{worse, "A"}, `"A"`, 2, time.Hour},
		{"the last for what no other names", "retriesSeveral", []any{oops, oops, oops, "A"}, `"A"`, 4, 3 * time.Hour},
		{"only", "retriesOnly", []any{throttled, bad, "A"}, `"A"`, 3, 2 * time.Second},
		{"only, not another", "retriesOnly", []any{oops, "A"}, `Error: wrapped: oops`, 1, 0},
		{"only, not a declared one", "retriesOnly", []any{worse, "A"}, `Worse`, 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			run, w := scenario{workflow: test.workflow, input: "w", script: script{"act w": test.act}}.once(t, test.want)
			if n := len(w.effects("act")); n != test.attempts {
				t.Errorf("%d attempts, want %d", n, test.attempts)
			}
			var took int
			for _, e := range run.Events() {
				if d := e.StepFailedDetails; d != nil && d.RetryDetails != nil {
					took += d.RetryDetails.NextAttemptDelaySeconds
				}
			}
			if time.Duration(took)*time.Second != test.took {
				t.Errorf("the delays are %d s, want %v", took, test.took)
			}
		})
	}
	scenario{workflow: "retriesSeveral", input: "w", script: script{"act w": {throttled, worse, oops, "A"}}}.everywhere(t, `"A"`, nil)
}

// At most once: never two attempts, whatever happens; an unknown outcome is Interrupted.
func TestErrors5AtMostOnce(t *testing.T) {
	for name, test := range map[string]struct {
		does any
		want string
	}{"succeeds": {"fine", `"fine"`}, "fails": {bad, `"bad 5"`}} {
		t.Run(name, func(t *testing.T) {
			s := scenario{workflow: "atMostOnce", input: "w", script: script{"once w": {test.does}}, varies: true}
			s.everywhere(t, "", func(t testing.TB, run *durabletest.Run, w *world) {
				n := len(w.effects("once"))
				if got := end(run); n > 1 || got != test.want && got != `"once interrupted"` || got == test.want && n != 1 {
					t.Errorf("got %s after %d attempts\n%s", got, n, run.History())
				}
			})
		})
	}
}

// The context of an attempt ends at its timeout; what it still returns counts.
func TestErrors6Timeout(t *testing.T) {
	waits := during(func(ctx context.Context) (string, error) {
		<-ctx.Done()
		if durable.Attempt(ctx) == 1 {
			return "", ctx.Err()
		}
		return "late", nil
	})
	run, w := scenario{workflow: "slow", script: script{"act slow": {waits}}}.once(t, `"late"`)
	if n := len(w.effects("act")); n != 2 {
		t.Errorf("%d attempts, want 2\n%s", n, run.History())
	}
}

func TestErrors7Catches(t *testing.T) {
	yes := answers{"ask": {durabletest.Succeed("yes")}}
	fine := `"a b c xy m1,m2 z"`
	for _, test := range []struct {
		name    string
		script  script
		answers answers
		want    string
	}{
		{"nothing", nil, yes, fine},
		{"silence", nil, answers{"ask": {durabletest.Silence()}}, fine},
		{"assigns", script{"act a": {badWith(3)}}, yes, `"bad 3 b c xy m1,m2 z"`},
		{"fails again", script{"act a": {badWith(1)}}, yes, `Bad {"code":1}`},
		{"replaces", script{"act a": {badWith(2)}}, yes, `Bad {"code":20}`},
		{"leaves", script{"act a": {worse}}, yes, `"left"`},
		{"leaves before one that assigns", script{"act b": {worse}}, yes, `"left b"`},
		{"assigns after one that leaves", script{"act b": {bad}}, yes, `"a assigned c xy m1,m2 z"`},
		{"uncaught", script{"act b": {oops}}, yes, `Error: wrapped: oops`},
		{"all", script{"act c": {oops}}, yes, `"a b instead xy m1,m2 z"`},
		{"in a catch", script{"act c": {oops}, "act instead": {bad}}, yes, `"a b twice xy m1,m2 z"`},
		{"out of a catch", script{"act c": {oops}, "act instead": {worse}}, yes, `Worse`},
		{"parallel", script{"act y": {bad}}, yes, `"batch 5"`},
		{"parallel left", script{"act x": {worse}}, yes, `"batch left"`},
		{"map", script{"act m1": {bad}}, yes, `"a b c xy bad 5 z"`},
		{"map left", script{"act m2": {worse}}, yes, `"map left"`},
		{"group", script{"act z": {bad}}, yes, `"a b c xy m1,m2 no group"`},
		{"in a group", script{"act z": {worse}}, yes, `"a b c xy m1,m2 worse"`},
		{"select", nil, answers{"ask": {durabletest.Fail(bad)}}, `"select 5"`},
		{"dropped", script{"act d": {bad}}, yes, fine},
		{"left at the end", script{"act d": {worse}}, yes, `"left d"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scenario{workflow: "catches", input: "w", script: test.script, answers: test.answers}
			if test.name == "all" || test.name == "assigns after one that leaves" || test.name == "map" {
				s.everywhere(t, test.want, nil)
			} else {
				s.once(t, test.want)
			}
		})
	}
}

// Where the value was assigned by a catch, nothing has been registered to be undone.
func TestErrors7AssignedIsNotUndone(t *testing.T) {
	for name, test := range map[string]struct {
		script script
		undone string
	}{"succeeded": {nil, "b"}, "assigned": {script{"act b": {bad}}, ""}} {
		t.Run(name, func(t *testing.T) {
			s := scenario{workflow: "catches", input: "fail", script: test.script, answers: answers{"ask": {durabletest.Succeed("yes")}}}
			s.everywhere(t, "Worse", undoes(test.undone))
		})
	}
}

func TestErrors7FailAgain(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{nil, `"fine"`},
		{badWith(5), `Bad {"code":5}`},
		{badWith(6), `"bad 6"`},
		{worse, `Bad {"code":77}`},
		{oops, `"Error: wrapped: oops"`},
	} {
		s := scenario{workflow: "again", input: "w"}
		if test.err != nil {
			s.script = script{"act w": {test.err}}
		}
		t.Run(test.want, func(t *testing.T) { s.everywhere(t, test.want, nil) })
	}
}

// An error whose data is too large for the record is Unexpected.
func TestErrors3DataTooLarge(t *testing.T) {
	s := scenario{workflow: "leaf", input: "a", script: script{"a": {&large{strings.Repeat("x", 300<<10)}}}}
	run, _ := s.run(t)
	if e := run.Error(); e == nil || e.ErrorType != "Unexpected" {
		t.Errorf("got %+v", e)
	}
}

type large struct{ Text string }

func (e *large) Error() string     { return "large" }
func (e *large) ErrorType() string { return "Bad" }

// An expression that fails tells its place in the .flow file: to a catch, through the
// groups around it, and at the end of the execution.
func TestErrors1Place(t *testing.T) {
	s := scenario{workflow: "places", input: object{"n": 0, "m": 7}}
	s.everywhere(t, `"errors.flow:184:38 1"`, nil)
	s.input = object{"n": 5, "m": 0}
	s.everywhere(t, "Unexpected: division by zero: 7 / 0", func(t testing.TB, run *durabletest.Run, _ *world) {
		same(t, "where", run.Error().StackTrace, []string{"errors.flow:187:12", "places"})
	})
}
