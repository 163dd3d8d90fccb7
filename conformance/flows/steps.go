package flows

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/flow"
)

//go:generate go run github.com/durablegen/durablegen/cmd/durablegen generate

// New gives the steps of the workflows.
func New() Steps { return steps{} }

type steps struct{}

func (steps) Greet(_ context.Context, name string) (string, error) {
	return "Hello, " + name + "!", nil
}

func (steps) GreetAloud(ctx context.Context, name string) (string, error) {
	log := durable.StepLogger(ctx)
	log.Info("Greeting step started for: " + name)
	greeting := "Hello, " + name + "!"
	log.Info("Greeting step completed with: " + greeting)
	return greeting, nil
}

func (steps) Echo(_ context.Context, text string) (string, error) { return text, nil }

func (steps) Start(context.Context) (string, error) { return "first", nil }

func (steps) Extend(_ context.Context, text string) (string, error) { return text + "_second", nil }

func (steps) Respond(_ context.Context, person Person) (Response, error) {
	return Response{User: person, Count: len(person.Tags)}, nil
}

func (steps) Nothing(context.Context) (*string, error) { return nil, nil }

func (steps) Compute(context.Context) (string, error) { return "computed", nil }

func (steps) Remember(ctx context.Context) (string, error) {
	durable.StepLogger(ctx).Info("step executed")
	return "cached_value", nil
}

func (steps) Breaks(ctx context.Context) (string, error) {
	durable.StepLogger(ctx).Info("step executed")
	return "", errors.New("it broke")
}

func (steps) Flaky(ctx context.Context, text string, good int) (string, error) {
	if durable.Attempt(ctx) < good {
		return "", errors.New("not yet")
	}
	return text, nil
}

func (steps) Transient(ctx context.Context, good int) (string, error) {
	if n := durable.Attempt(ctx); n < good {
		return "", &TransientError{Attempt: n}
	}
	return "recovered", nil
}

func (steps) Crash(ctx context.Context, text string) (string, error) {
	durable.StepLogger(ctx).Info("about to crash with " + text)
	os.Exit(1)
	return "", nil
}

func (steps) Increment(_ context.Context, state int) (int, error) { return state + 1, nil }

func (steps) Keep(_ context.Context, state int) (int, error) { return state, nil }

func (steps) LookAgain(_ context.Context, last Job) (Job, error) {
	last.Attempts++
	if last.Attempts >= 2 {
		last.Status = "DONE"
	}
	return last, nil
}

func (steps) LookNowhere(_ context.Context, last *string) (*string, error) { return last, nil }

func (steps) CheckBreaks(context.Context, int) (int, error) { return 0, &CheckBrokenError{} }

func (steps) Tenfold(_ context.Context, n int) (int, error) { return 10 * n, nil }

// Approval hands the callback's ID to nobody: whoever judges the workflow finds it
// in the history.
func (steps) Approval(context.Context, string) error { return nil }

func filler(text string, bytes int) string {
	return strings.Repeat(text, bytes/max(len(text), 1)+1)
}

func numbersOr(event flow.JSON, others []int) []int {
	var numbers []int
	if json.Unmarshal([]byte(event), &numbers) != nil || numbers == nil {
		return others
	}
	return numbers
}
