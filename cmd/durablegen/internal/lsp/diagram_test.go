package lsp

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

func diagram(c *client, name string, more map[string]any) diagramResult {
	c.t.Helper()
	params := document1(c, name)
	for k, v := range more {
		params[k] = v
	}
	var out diagramResult
	c.call("durablegen/diagram", params, &out)
	return out
}

func TestDiagram(t *testing.T) {
	c := start(t, t.TempDir())
	c.open("greet.flow", greet)
	d := diagram(c, "greet.flow", nil)
	if d.Workflow != "hello" || d.Version != 1 || d.Why != "" || d.Drawing == nil || !strings.Contains(d.Drawing.Mermaid, "flowchart") {
		t.Fatalf("%+v", d)
	}
	node := d.Drawing.Nodes["n_address"]
	if line := c.texts["greet.flow"].position(strings.Index(greet, "to := step")); node.Title != "address" || node.Place.URI != c.uri("greet.flow") || node.Place.Range.Start != line {
		t.Errorf("%+v", node)
	}
	if full := diagram(c, "greet.flow", map[string]any{"detail": "full"}); full.Drawing.Mermaid == d.Drawing.Mermaid {
		t.Error("all levels of detail look the same")
	}
	if err := c.try("durablegen/diagram", map[string]any{"textDocument": map[string]any{"uri": c.uri("greet.flow")}, "detail": "much"}, nil); err == nil || !strings.Contains(err.Error(), "overview, normal or full") {
		t.Error(err)
	}

	second := "\nworkflow bye(name string) string {\n    step send(name, \"Bye\")\n    return name\n}\n"
	c.replace("greet.flow", len(greet), len(greet), second)
	for want, more := range map[string]map[string]any{
		"hello": {"position": c.texts["greet.flow"].position(strings.Index(greet, "return"))},
		"bye":   {"position": c.texts["greet.flow"].position(len(greet) + 12)},
	} {
		if d := diagram(c, "greet.flow", more); d.Workflow != want || len(d.Workflows) != 2 {
			t.Errorf("at %v: %s of %v", more, d.Workflow, d.Workflows)
		}
		if d := diagram(c, "greet.flow", map[string]any{"workflow": want}); d.Workflow != want {
			t.Errorf("%s was asked for, %s given", want, d.Workflow)
		}
	}

	c.replace("greet.flow", strings.Index(greet, "to := "), strings.Index(greet, "to := ")+6, "to := := ")
	if d := diagram(c, "greet.flow", nil); d.Drawing != nil || d.Why != "the package has mistakes" || d.Version != 3 {
		t.Errorf("%+v", d)
	}
}

// An execution is laid over the diagram of the unsaved text, and followed when that is asked for.
func TestDiagramOfAnExecution(t *testing.T) {
	e, err := engine.New(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	hello := durable.Workflow(durable.Definition{Name: "hello", LogHandler: slog.DiscardHandler}, func(ctx *durable.Context, name string) (string, error) {
		return durable.Step(ctx, &durable.StepSpec{Name: "address"}, func(context.Context) (string, error) { return "Elm Street", nil })
	})
	err = e.Register(engine.Function{Name: "hello", Invoker: engine.DurableFunc(func(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error) {
		return hello.Invoke(ctx, e, in)
	})})
	if err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(e.Handler())
	t.Cleanup(service.Close)
	if err := e.StartNamed(t.Context(), "hello", "one", `"Ann"`); err != nil {
		t.Fatal(err)
	}

	c := start(t, t.TempDir())
	c.open("greet.flow", greet)
	run := map[string]any{"execution": map[string]any{"endpoint": service.URL, "name": "hello/one"}}
	if d := diagram(c, "greet.flow", run); d.Run == nil || d.Run.Why != "" || d.Run.Ended != "" {
		t.Fatalf("an execution that has not begun: %+v", d.Run)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	if err := e.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.replace("greet.flow", len(greet), len(greet), "\n// unsaved\n")
	if d := diagram(c, "greet.flow", run); d.Run.Ended != "" {
		t.Errorf("the service was asked again: %+v", d.Run)
	}
	run["execution"].(map[string]any)["again"] = true
	d := diagram(c, "greet.flow", run)
	if d.Run.Ended != "succeeded" || d.Run.Looks["n_address"].Badge != "✓" || d.Run.Looks["n_send"].Look != "pale" || !strings.Contains(d.Run.Sentence, "Is it of another version?") {
		t.Errorf("%+v", d.Run)
	}

	var list []executionItem
	c.call("durablegen/executions", map[string]any{"endpoint": service.URL, "function": "hello"}, &list)
	if len(list) != 1 || list[0].Name != "hello/one" || list[0].Status != "succeeded" || list[0].Start.IsZero() {
		t.Errorf("%+v", list)
	}
	c.call("durablegen/executions", map[string]any{"endpoint": service.URL}, &list)
	if len(list) != 1 {
		t.Errorf("%+v", list)
	}
	run["execution"].(map[string]any)["name"] = "hello/two"
	if d := diagram(c, "greet.flow", run); d.Drawing == nil || !strings.Contains(d.Run.Why, "two") {
		t.Errorf("%+v", d.Run)
	}
	service.Close()
	if err := c.try("durablegen/executions", map[string]any{"endpoint": service.URL}, &list); err == nil || !strings.Contains(err.Error(), "nothing listens there") {
		t.Error(err)
	}
}
