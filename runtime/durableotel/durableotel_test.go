package durableotel_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/durablegen/durablegen/internal/otlpsink"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durableotel"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// observed is a plugin with OpenTelemetry's SDK, which exports by OTLP to a receiver on
// this machine.
type observed struct {
	durable.Plugin
	*otlpsink.Sink
	provider *sdktrace.TracerProvider
}

func observe(t *testing.T, view durableotel.View, options ...sdktrace.TracerProviderOption) *observed {
	t.Helper()
	sink := &otlpsink.Sink{}
	server := httptest.NewServer(sink)
	t.Cleanup(server.Close)
	spans, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(server.URL+"/v1/traces"))
	if err != nil {
		t.Fatal(err)
	}
	measurements, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL(server.URL+"/v1/metrics"))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(append([]sdktrace.TracerProviderOption{
		sdktrace.WithBatcher(spans), sdktrace.WithIDGenerator(durableotel.IDs()), sdktrace.WithResource(resource.Empty()),
	}, options...)...)
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(measurements)))
	plugin, err := durableotel.New(durableotel.Options{TracerProvider: provider, MeterProvider: meters, View: view, FlushTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return &observed{plugin, sink, provider}
}

// delivery is a workflow with all kinds of operations. Its steps open spans themselves.
func delivery(o *observed) (workflow, target *durable.Function) {
	own := func(ctx context.Context, name string) {
		_, span := o.provider.Tracer("own").Start(ctx, name)
		span.End()
	}
	target = durable.Workflow(durable.Definition{Name: "target"}, func(ctx *durable.Context, in string) (string, error) {
		return durable.Step(ctx, durable.Named("serve"), func(context.Context) (string, error) { return in, nil })
	})
	workflow = durable.Workflow(durable.Definition{Name: "delivery"}, func(ctx *durable.Context, _ any) (string, error) {
		if !ctx.Replaying() {
			own(ctx.GoContext(), "own at the top")
		}
		_, err := durable.RunInChildContext(ctx, &durable.ContextSpec{Name: "group"}, func(ctx *durable.Context) (any, error) {
			flaky := &durable.StepSpec{Name: "flaky", Retry: &durable.RetryPolicy{Attempts: 1, Every: time.Minute, Jitter: durable.JitterNone}}
			return nil, durable.Do(ctx, flaky, func(ctx context.Context) error {
				own(ctx, "own in a step")
				if durable.Attempt(ctx) == 1 {
					return errors.New("not yet")
				}
				return nil
			})
		})
		if err != nil {
			return "", err
		}
		_, err = durable.RunInChildContext(ctx, &durable.ContextSpec{Name: "loose", Virtual: true}, func(ctx *durable.Context) (any, error) {
			return nil, durable.Do(ctx, durable.Named("inside"), func(context.Context) error { return nil })
		})
		if err != nil {
			return "", err
		}
		if err := durable.Wait(ctx, &durable.WaitSpec{Name: "pause"}, time.Hour); err != nil {
			return "", err
		}
		if _, err := durable.WaitForCallback[string](ctx, &durable.CallbackSpec{Name: "ask"}, func(ctx context.Context, _ string) error {
			_, span := o.provider.Tracer("own").Start(ctx, "own in a submitter", trace.WithLinks(trace.Link{SpanContext: durableotel.CallbackSpan(ctx, o.Plugin)}))
			span.End()
			return nil
		}); err != nil {
			return "", err
		}
		return durable.Invoke[string](ctx, &durable.InvokeSpec{Name: "other", Function: "target:$LATEST"}, "served")
	})
	functions := durableotel.Observe(o.Plugin, workflow, target)
	return functions[0], functions[1]
}

func deliver(t *testing.T, o *observed, prepare func(*durabletest.Env)) {
	t.Helper()
	workflow, target := delivery(o)
	env := durabletest.New(t, workflow).Serve(target).Answer("ask", durabletest.Succeed("yes").After(time.Minute))
	if prepare != nil {
		prepare(env)
	}
	var got string
	env.Run(nil).MustSucceed(&got)
	if got != "served" {
		t.Errorf("the result is %q", got)
	}
}

// want holds spans against a tree, and all of them against what goes for any trace.
func want(t *testing.T, spans []otlpsink.Span, shown string) {
	t.Helper()
	ids := map[string]bool{}
	for _, s := range spans {
		if s.TraceID != spans[0].TraceID || s.ParentID == "" {
			t.Errorf("%s is in trace %s, with parent %q", s.Name, s.TraceID, s.ParentID)
		}
		if ids[s.ID] {
			t.Errorf("%s is there twice", s.Name)
		}
		ids[s.ID] = true
		if got := statusOf(s); s.Status != got {
			t.Errorf("%s has status %s, not %s", s.Name, s.Status, got)
		}
	}
	if got := otlpsink.Tree(spans); got != shown {
		t.Errorf("got\n%s", got)
	}
}

// statusOf is the status that a span has to have by its attributes.
func statusOf(s otlpsink.Span) string {
	for _, of := range []string{"operation.status", "attempt.outcome", "invocation.status", "execution.status"} {
		switch s.Attributes["durable."+of] {
		case "SUCCEEDED":
			return "OK"
		case "FAILED":
			return "ERROR"
		case "PENDING": // an invocation that has left the rest to another one
			return "OK"
		case "STARTED":
			return "UNSET"
		}
	}
	if s.Kind == "CLIENT" {
		return "OK"
	}
	return "UNSET"
}

func TestByExecution(t *testing.T) {
	o := observe(t, durableotel.ByExecution)
	deliver(t, o, nil)
	want(t, o.Spans(), `Invocation PENDING
Invocation PENDING
Invocation PENDING
Invocation PENDING
Invocation SUCCEEDED
Workflow SUCCEEDED
    ask SUCCEEDED → Invocation PENDING
        ask-callback SUCCEEDED → Invocation PENDING
        ask-submitter SUCCEEDED → Invocation PENDING
            ask-submitter attempt 1 SUCCEEDED → Invocation PENDING
                own in a submitter → ask-callback SUCCEEDED
    group SUCCEEDED → Invocation PENDING
        flaky SUCCEEDED → Invocation PENDING
            flaky attempt 1 FAILED → Invocation PENDING
                own in a step
            flaky attempt 2 SUCCEEDED → Invocation PENDING
                own in a step
    loose SUCCEEDED → Invocation PENDING
        inside SUCCEEDED → Invocation PENDING
            inside attempt 1 SUCCEEDED → Invocation PENDING
    other SUCCEEDED → Invocation SUCCEEDED
        other call
            Invocation SUCCEEDED
            Workflow SUCCEEDED
                serve SUCCEEDED → Invocation SUCCEEDED
                    serve attempt 1 SUCCEEDED → Invocation SUCCEEDED
    own at the top
    pause SUCCEEDED → Invocation PENDING
`)
	for _, s := range o.Spans() {
		if s.Name == "pause" && s.End.Sub(s.Start).Round(time.Second) != time.Hour {
			t.Errorf("the wait took %v", s.End.Sub(s.Start))
		}
	}
}

func TestByInvocation(t *testing.T) {
	o := observe(t, durableotel.ByInvocation)
	deliver(t, o, nil)
	want(t, o.Spans(), `Invocation PENDING
    group STARTED → Workflow SUCCEEDED
        flaky STARTED → Workflow SUCCEEDED
            flaky attempt 1 FAILED → Workflow SUCCEEDED
                own in a step
    own at the top
Invocation PENDING
    group SUCCEEDED → group STARTED → Workflow SUCCEEDED
        flaky SUCCEEDED → flaky STARTED → Workflow SUCCEEDED
            flaky attempt 2 SUCCEEDED → Workflow SUCCEEDED
                own in a step
    loose SUCCEEDED → Workflow SUCCEEDED
        inside SUCCEEDED → Workflow SUCCEEDED
            inside attempt 1 SUCCEEDED → Workflow SUCCEEDED
    pause STARTED → Workflow SUCCEEDED
Invocation PENDING
    ask STARTED → Workflow SUCCEEDED
        ask-callback STARTED → Workflow SUCCEEDED
        ask-submitter SUCCEEDED → Workflow SUCCEEDED
            ask-submitter attempt 1 SUCCEEDED → Workflow SUCCEEDED
                own in a submitter → ask-callback STARTED
    pause SUCCEEDED → pause STARTED → Workflow SUCCEEDED
Invocation PENDING
    ask SUCCEEDED → ask STARTED → Workflow SUCCEEDED
        ask-callback SUCCEEDED → ask-callback STARTED → Workflow SUCCEEDED
    other STARTED → Workflow SUCCEEDED
        other call
            Invocation SUCCEEDED
                serve SUCCEEDED → Workflow SUCCEEDED
                    serve attempt 1 SUCCEEDED → Workflow SUCCEEDED
            Workflow SUCCEEDED
Invocation SUCCEEDED
    other SUCCEEDED → other STARTED → Workflow SUCCEEDED
Workflow SUCCEEDED
`)
}

// Wherever an invocation breaks, the next one goes on with the same trace, and what has been
// exported is not exported again.
func TestCrashes(t *testing.T) {
	for _, view := range []durableotel.View{durableotel.ByExecution, durableotel.ByInvocation} {
		for k := 1; k <= 9; k++ {
			for _, when := range []durabletest.When{durabletest.Before, durabletest.After} {
				o := observe(t, view)
				deliver(t, o, func(env *durabletest.Env) { env.CrashAt(k, when) })
				once(t, fmt.Sprintf("view %d, crash %v checkpoint %d", view, when, k), o.Spans())
			}
		}
	}
}

// once wants one trace, and one span of the end of each execution and operation.
func once(t *testing.T, what string, spans []otlpsink.Span) {
	t.Helper()
	seen := map[string]int{}
	for _, s := range spans {
		if s.TraceID != spans[0].TraceID {
			t.Errorf("%s: %s is in another trace", what, s.Name)
		}
		status, ofOperation := s.Attributes["durable.operation.status"]
		if ofOperation && status != "STARTED" || s.Name == "Workflow" {
			seen[fmt.Sprint(s.Name, " of ", s.Attributes["durable.execution.arn"])]++
		}
	}
	if len(seen) != 12 {
		t.Errorf("%s: %d operations and executions have ended", what, len(seen))
	}
	for name, n := range seen {
		if n > 1 {
			t.Errorf("%s: %d spans of %s", what, n, name)
		}
	}
}

// What is decided for a caller's trace goes for all of an execution's, whichever process it
// is in.
func TestCallersTrace(t *testing.T) {
	const root = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8"
	for _, test := range []struct {
		header  string
		sampler sdktrace.Sampler
		traced  bool
	}{
		{root + ";Sampled=1", sdktrace.ParentBased(sdktrace.NeverSample()), true},
		{root + ";Sampled=0", sdktrace.ParentBased(sdktrace.AlwaysSample()), false},
		{root, sdktrace.ParentBased(sdktrace.AlwaysSample()), true},
		{root, sdktrace.ParentBased(sdktrace.NeverSample()), false},
		{"", sdktrace.ParentBased(sdktrace.NeverSample()), false},
	} {
		o := observe(t, durableotel.ByExecution, sdktrace.WithSampler(test.sampler))
		workflow, target := delivery(o)
		env := durabletest.New(t, workflow).Serve(target).Answer("ask", durabletest.Succeed("yes"), durabletest.Succeed("yes"))
		env.Run(nil).MustSucceed(nil) // which starts the service
		before := len(o.Spans())
		input := "null"
		started, err := env.Engine().StartExecution(t.Context(), engine.StartInput{
			Function: "delivery", Qualifier: "$LATEST", Name: "called", Input: &input, TraceHeader: test.header,
		})
		if err != nil {
			t.Fatal(err)
		}
		if end, err := env.Engine().WaitExecution(t.Context(), started.ARN); err != nil || end.Status != wire.ExecutionSucceeded {
			t.Fatal(end, err)
		}
		spans := o.Spans()[before:]
		if traced := len(spans) > 0; traced != test.traced {
			t.Errorf("%q with %s: traced is %v", test.header, test.sampler.Description(), traced)
		}
		for _, s := range spans {
			if s.TraceID != "5759e988bd862e3fe1be46a994272793" {
				t.Errorf("%s is in trace %s", s.Name, s.TraceID)
			}
			if s.Name == "Workflow" && s.Attributes["durable.execution.arn"] == started.ARN && s.ParentID != "53995c3f42cd8ad8" {
				t.Errorf("the execution's parent is %s", s.ParentID)
			}
		}
	}
}

func TestMetrics(t *testing.T) {
	o := observe(t, durableotel.ByExecution)
	deliver(t, o, nil)
	var lines []string
	for _, p := range o.Points() {
		var attrs []string
		for key, v := range p.Attributes {
			attrs = append(attrs, fmt.Sprintf("%s=%v", strings.TrimPrefix(key, "durable."), v))
		}
		slices.Sort(attrs)
		line := fmt.Sprintf("%s{%s} ", strings.TrimPrefix(p.Name, "durable."), strings.Join(attrs, " "))
		if p.Count > 0 {
			line += fmt.Sprintf("%d of %v", p.Count, time.Duration(p.Value)*time.Second)
		} else {
			line += fmt.Sprint(p.Value)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	if got, want := strings.Join(lines, "\n"), `attempt.retries{function=delivery operation.subtype=Step operation.type=STEP} 1
execution.duration{execution.status=SUCCEEDED function=delivery} 1 of 1h2m0s
execution.duration{execution.status=SUCCEEDED function=target} 1 of 0s
execution.ended{execution.status=SUCCEEDED function=delivery} 1
execution.ended{execution.status=SUCCEEDED function=target} 1
execution.started{function=delivery} 1
execution.started{function=target} 1
invocation.ended{function=delivery invocation.status=PENDING} 4
invocation.ended{function=delivery invocation.status=SUCCEEDED} 1
invocation.ended{function=target invocation.status=SUCCEEDED} 1
operation.duration{function=delivery operation.status=SUCCEEDED operation.subtype=Callback operation.type=CALLBACK} 1 of 1m0s
operation.duration{function=delivery operation.status=SUCCEEDED operation.subtype=ChainedInvoke operation.type=CHAINED_INVOKE} 1 of 0s
operation.duration{function=delivery operation.status=SUCCEEDED operation.subtype=RunInChildContext operation.type=CONTEXT} 1 of 1m0s
operation.duration{function=delivery operation.status=SUCCEEDED operation.subtype=Step operation.type=STEP} 3 of 1m0s
operation.duration{function=delivery operation.status=SUCCEEDED operation.subtype=Wait operation.type=WAIT} 1 of 1h0m0s
operation.duration{function=delivery operation.status=SUCCEEDED operation.subtype=WaitForCallback operation.type=CONTEXT} 1 of 1m0s
operation.duration{function=target operation.status=SUCCEEDED operation.subtype=Step operation.type=STEP} 1 of 0s
operation.ended{function=delivery operation.status=SUCCEEDED operation.subtype=Callback operation.type=CALLBACK} 1
operation.ended{function=delivery operation.status=SUCCEEDED operation.subtype=ChainedInvoke operation.type=CHAINED_INVOKE} 1
operation.ended{function=delivery operation.status=SUCCEEDED operation.subtype=RunInChildContext operation.type=CONTEXT} 1
operation.ended{function=delivery operation.status=SUCCEEDED operation.subtype=Step operation.type=STEP} 3
operation.ended{function=delivery operation.status=SUCCEEDED operation.subtype=Wait operation.type=WAIT} 1
operation.ended{function=delivery operation.status=SUCCEEDED operation.subtype=WaitForCallback operation.type=CONTEXT} 1
operation.ended{function=target operation.status=SUCCEEDED operation.subtype=Step operation.type=STEP} 1
operation.started{function=delivery operation.subtype=Callback operation.type=CALLBACK} 1
operation.started{function=delivery operation.subtype=ChainedInvoke operation.type=CHAINED_INVOKE} 1
operation.started{function=delivery operation.subtype=RunInChildContext operation.type=CONTEXT} 1
operation.started{function=delivery operation.subtype=Step operation.type=STEP} 3
operation.started{function=delivery operation.subtype=Wait operation.type=WAIT} 1
operation.started{function=delivery operation.subtype=WaitForCallback operation.type=CONTEXT} 1
operation.started{function=target operation.subtype=Step operation.type=STEP} 1
operation.waiting{function=delivery operation.subtype=Callback operation.type=CALLBACK} 1 of 1m0s
operation.waiting{function=delivery operation.subtype=ChainedInvoke operation.type=CHAINED_INVOKE} 1 of 0s
operation.waiting{function=delivery operation.subtype=Wait operation.type=WAIT} 1 of 1h0m0s`; got != want {
		t.Errorf("got\n%s", got)
	}
}

// An execution that has diverged from its record is counted as such.
func TestDivergences(t *testing.T) {
	o := observe(t, durableotel.ByExecution)
	f := durable.Workflow(durable.Definition{Name: "fickle"}, func(ctx *durable.Context, _ any) (any, error) {
		if ctx.Replaying() {
			return durable.Step(ctx, durable.Named("one"), func(context.Context) (any, error) { return nil, nil })
		}
		return nil, durable.Wait(ctx, &durable.WaitSpec{Name: "one"}, time.Hour)
	})
	durabletest.New(t, durableotel.Observe(o.Plugin, f)[0]).Run(nil).MustFail("NonDeterministicExecutionError", nil)
	n := 0.0
	for _, p := range o.Points() {
		if p.Name == "durable.execution.divergences" {
			n += p.Value
		}
	}
	if n != 1 {
		t.Errorf("%v divergences are counted", n)
	}
	want(t, o.Spans(), `Invocation FAILED
Invocation PENDING
Workflow FAILED
`)
}
