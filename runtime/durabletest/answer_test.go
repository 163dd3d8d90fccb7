package durabletest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// weighs asks the scales twice, with patience for an hour, and gives what they said and when.
var weighs = durable.Workflow(durable.Definition{Name: "weighs", Errors: durable.ErrorTypes{"Overloaded": func() durable.Declared { return new(overloaded) }}},
	func(ctx *durable.Context, _ string) (string, error) {
		said := ""
		for _, name := range []string{"first", "second"} {
			grams, err := durable.Invoke[int](ctx, &durable.InvokeSpec{Name: name, Function: "scales:live", Fails: []string{"Overloaded"}, Timeout: time.Hour}, "parcel")
			var over *overloaded
			switch {
			case errors.As(err, &over):
				said += fmt.Sprintf("%d too much, ", over.Grams)
			case err != nil && !durable.Catchable(err):
				return "", err
			case err != nil:
				said += err.(durable.Declared).ErrorType() + ", "
			default:
				said += fmt.Sprintf("%d, ", grams)
			}
		}
		at, err := durable.Now(ctx, nil)
		return said + at.Format(time.TimeOnly), err
	})

type overloaded struct {
	Grams int `json:"grams"`
}

func (*overloaded) Error() string     { return "overloaded" }
func (*overloaded) ErrorType() string { return "Overloaded" }

// A function that is invoked is answered as a callback is: in turn, late, with declared errors, or
// never, wherever the process dies.
func TestFunctionsAreAnswered(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(*durabletest.Env)
		want   string
	}{
		"in turn, by function": {func(e *durabletest.Env) {
			e.Answer("scales:live", durabletest.Succeed(5).After(10*time.Minute), durabletest.Fail(&overloaded{7}))
		}, "5, 7 too much, 12:10:00"},
		"by operation": {func(e *durabletest.Env) {
			e.Answer("first", durabletest.Fail(errors.New("broken"))).Answer("second", durabletest.Silence())
		}, "Unexpected, Timeout, 13:00:00"},
		"by a handler": {func(e *durabletest.Env) {
			e.AnswerFunc("scales:live", func(cb durabletest.Callback) durabletest.Answer { return durabletest.Succeed(len(cb.Name)) })
		}, "11, 11, 12:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			setup := func(t testing.TB) *durabletest.Env {
				env := durabletest.New(t, weighs).At(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC))
				test.answer(env)
				return env
			}
			durabletest.EveryBoundary(t, setup, "", func(t testing.TB, run *durabletest.Run) {
				var got string
				if run.MustSucceed(&got); got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
			})
		})
	}
}
