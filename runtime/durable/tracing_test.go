package durable_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// The plugin of the example makes one span of each operation and attempt, over
// several invocations, and all of them hang together.
func TestTracing(t *testing.T) {
	var mu sync.Mutex
	var spans []span
	header := ""
	f := durable.Workflow(durable.Definition{Name: "traced"}, func(ctx *durable.Context, _ any) (any, error) {
		return durable.RunInChildContext(ctx, &durable.ContextSpec{Name: "group"}, func(ctx *durable.Context) (any, error) {
			err := durable.Do(ctx, &durable.StepSpec{Name: "flaky"}, func(ctx context.Context) error {
				header, _ = ctx.Value(traceParent{}).(string)
				if durable.Attempt(ctx) == 1 {
					return errors.New("not yet")
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
			return nil, durable.Wait(ctx, &durable.WaitSpec{Name: "pause"}, time.Hour)
		})
	}).With(func(def *durable.Definition) {
		def.Plugins = []durable.Plugin{tracing{send: func(s span) {
			mu.Lock()
			defer mu.Unlock()
			spans = append(spans, s)
		}}}
	})
	run := durabletest.New(t, f).Run(nil)
	run.MustSucceed(nil)

	byName := map[string]span{}
	var names []string
	for _, s := range spans {
		names = append(names, s.Name)
		byName[s.Name] = s
	}
	slices.Sort(names)
	if got, want := fmt.Sprint(names), "[execution flaky flaky attempt 1 flaky attempt 2 group pause]"; got != want {
		t.Fatalf("spans %s, want %s", got, want)
	}
	for child, parent := range map[string]string{
		"group": "execution", "flaky": "group", "pause": "group", "flaky attempt 1": "flaky", "flaky attempt 2": "flaky",
	} {
		c, p := byName[child], byName[parent]
		if c.Parent != p.ID || c.Trace != p.Trace || c.ID == p.ID {
			t.Errorf("%s is not in %s", child, parent)
		}
	}
	if d := byName["pause"].End.Sub(byName["pause"].Start); d.Round(time.Minute) != time.Hour {
		t.Errorf("the wait's span is %v long", d)
	}
	if byName["flaky attempt 1"].Error != "not yet" || byName["flaky"].Error != "" {
		t.Error("the wrong spans have errors")
	}
	last := byName["flaky attempt 2"]
	if want := fmt.Sprintf("00-%x-%x-01", last.Trace, last.ID); header != want {
		t.Errorf("the step was told %s, want %s", header, want)
	}
}
