package durabletest_test

import (
	"context"
	"testing"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

// asking is a workflow that asks, and then has a step of its own.
func asking(step string) *durable.Function {
	return durable.Workflow(durable.Definition{Name: "asking"}, func(c *durable.Context, name string) (string, error) {
		answer, err := durable.WaitForCallback[string](c, &durable.CallbackSpec{Name: "ask"}, func(context.Context, string) error { return nil })
		if err != nil {
			return "", err
		}
		return durable.Step(c, &durable.StepSpec{Name: step}, func(context.Context) (string, error) { return step + " " + name + " " + answer, nil })
	})
}

// What was started on a version ends on it; what is started on $LATEST before anything is published goes on
// with each edit.
func TestPublish(t *testing.T) {
	env := durabletest.New(t, asking("first")).Answer("ask", durabletest.Later())
	latest := env.Start("a")
	env.Publish()
	one := env.Start("b")
	env.Edit(asking("second"))
	stillOne := env.Start("c")
	env.Publish()
	two := env.Start("d")
	env.Edit(asking("third"))
	if err := env.Engine().Idle(t.Context()); err != nil { // the processes that asked have ended
		t.Fatal(err)
	}
	for _, want := range []struct {
		run             *durabletest.Run
		version, result string
	}{
		{latest, "$LATEST", "third a yes"}, {one, "1", "first b yes"}, {stillOne, "1", "first c yes"}, {two, "2", "second d yes"},
	} {
		if err := want.run.Succeed(want.run.AwaitCallback("ask", 0), "yes"); err != nil {
			t.Fatal(err)
		}
		var result string
		want.run.Wait()
		want.run.MustSucceed(&result)
		a, _ := arns.Parse(want.run.ARN)
		if result != want.result || a.Version != want.version {
			t.Errorf("on version %s: %q, want %q on %s", a.Version, result, want.result, want.version)
		}
	}
}
