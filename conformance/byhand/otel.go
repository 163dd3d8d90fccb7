package byhand

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durableotel"
)

// traced gives the functions whose executions are traced, each in both views. Where to, and
// under which name, say OpenTelemetry's own environment variables.
func traced() []*durable.Function {
	options := []sdktrace.TracerProviderOption{sdktrace.WithIDGenerator(durableotel.IDs()), sdktrace.WithResource(resource.Default())}
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" {
		exporter, err := otlptracehttp.New(context.Background())
		if err != nil {
			panic(err)
		}
		options = append(options, sdktrace.WithBatcher(exporter))
	}
	provider := sdktrace.NewTracerProvider(options...)
	var all []*durable.Function
	for view, name := range []string{durableotel.ByExecution: "execution", durableotel.ByInvocation: "invocation"} {
		plugin, err := durableotel.New(durableotel.Options{TracerProvider: provider, View: durableotel.View(view)})
		if err != nil {
			panic(err)
		}
		own := scenarios{provider.Tracer("conformance"), "conformance-otel-" + name + "-"}
		all = append(all, durableotel.Observe(plugin, own.functions()...)...)
	}
	return all
}

// scenarios are the workflows of the requirements that look at traces.
type scenarios struct {
	tracer trace.Tracer
	prefix string // of the functions' names
}

func (s scenarios) functions() []*durable.Function {
	bodies := []func(*durable.Context) (any, error){
		1:  func(ctx *durable.Context) (any, error) { return okStep(ctx, "otel-success") },
		2:  afterWait("otel-wait", "otel-after-resume"),
		3:  func(ctx *durable.Context) (any, error) { return flaky("otel-retry", "done")(ctx, none{}) },
		4:  func(ctx *durable.Context) (any, error) { return broken("otel-terminal-failure", 1)(ctx, none{}) },
		5:  inChild("otel-child-context", func(ctx *durable.Context) (any, error) { return okStep(ctx, "otel-child-step") }),
		6:  s.parallel("otel-parallel", "otel-parallel-branch", "otel-parallel-step", 1),
		7:  s.each("otel-map", "otel-map-iteration", "otel-map-step", 1),
		8:  handled,
		9:  s.condition("otel-condition"),
		10: s.callback("otel-callback"),
		11: s.invoke("otel-invoke", 11),
		12: inChild("otel-failed-child-context", fails),
		13: failedParallel,
		14: failedMap,
		15: func(ctx *durable.Context) (any, error) {
			return nil, durable.Wait(ctx, &durable.WaitSpec{Name: "otel-interrupted-wait"}, time.Minute)
		},
		16: brokenCondition,
		17: s.callback("otel-failed-callback"),
		18: s.invoke("otel-failed-invoke", 18),
		19: fails,
		20: func(ctx *durable.Context) (any, error) {
			return virtual(ctx, "otel-virtual-context", func(*durable.Context) (any, error) { return "virtual-complete", nil })
		},
		21: beforeAndAfter,
		22: s.userFunctions,
		23: s.callbackFunctions,
		24: retriedInvocation,
		25: s.callback("otel-failed-callback"),
		26: externalCallbacks,
	}
	all := []*durable.Function{
		s.function("11-target", func(*durable.Context) (any, error) { return "invoked", nil }),
		s.function("18-target", fails),
	}
	for n, body := range bodies {
		if body == nil {
			continue
		}
		f := s.function(strconv.Itoa(n), body)
		if n == 15 { // which has to end in the midst of its wait
			f = f.With(func(def *durable.Definition) { def.Timeout = 5 * time.Second })
		}
		all = append(all, f)
	}
	return all
}

func (s scenarios) function(id string, body func(*durable.Context) (any, error)) *durable.Function {
	return durable.Workflow(durable.Definition{Name: s.prefix + id},
		func(ctx *durable.Context, _ none) (any, error) { return body(ctx) })
}

// mark opens a span of the workflow's own, under whatever is active.
func (s scenarios) mark(ctx context.Context, format string, args ...any) {
	label := fmt.Sprintf(format, args...)
	_, span := s.tracer.Start(ctx, "conformance."+label, trace.WithAttributes(attribute.String("conformance.callback", label)))
	span.End()
}

var errFails = errors.New("it fails")

func fails(*durable.Context) (any, error) { return nil, errFails }

func okStep(ctx *durable.Context, name string) (any, error) {
	return constant(name, "done")(ctx, none{})
}

func afterWait(wait, step string) func(*durable.Context) (any, error) {
	return func(ctx *durable.Context) (any, error) {
		if err := durable.Wait(ctx, &durable.WaitSpec{Name: wait}, time.Second); err != nil {
			return nil, err
		}
		return okStep(ctx, step)
	}
}

func inChild(name string, body func(*durable.Context) (any, error)) func(*durable.Context) (any, error) {
	return func(ctx *durable.Context) (any, error) {
		return durable.RunInChildContext(ctx, &durable.ContextSpec{Name: name}, body)
	}
}

func virtual(ctx *durable.Context, name string, body func(*durable.Context) (any, error)) (any, error) {
	return durable.RunInChildContext(ctx, &durable.ContextSpec{Name: name, Virtual: true}, body)
}

// part is a step in a branch or an item, which opens a span, as does what is around it.
func (s scenarios) part(ctx *durable.Context, around, step, which string) (any, error) {
	s.mark(ctx.GoContext(), "%s-%s", around, which)
	return s.step(ctx, step+"-"+which, "%s-step-%s", around, which)
}

// step is a step that opens a span.
func (s scenarios) step(ctx *durable.Context, name, format string, args ...any) (any, error) {
	return durable.Step(ctx, durable.Named(name), func(ctx context.Context) (any, error) {
		s.mark(ctx, format, args...)
		return "done", nil
	})
}

func (s scenarios) parallel(name, branch, step string, atOnce int) func(*durable.Context) (any, error) {
	return func(ctx *durable.Context) (any, error) {
		var branches []*durable.BranchSpec
		for _, which := range []string{"a", "b"} {
			branches = append(branches, durable.Branch(branch+"-"+which, func(ctx *durable.Context) (any, error) {
				return s.part(ctx, "parallel", step, which)
			}, nil))
		}
		return nil, durable.Parallel(ctx, &durable.BatchSpec{Name: name, MaxConcurrency: &atOnce}, branches...)
	}
}

func (s scenarios) each(name, item, step string, atOnce int) func(*durable.Context) (any, error) {
	return func(ctx *durable.Context) (any, error) {
		spec := &durable.BatchSpec{Name: name, MaxConcurrency: &atOnce, ItemName: func(i int) string { return fmt.Sprint(item, "-", i) }}
		return durable.Map(ctx, spec, []int{0, 1}, func(ctx *durable.Context, i, _ int) (any, error) {
			return s.part(ctx, "map", step, strconv.Itoa(i))
		})
	}
}

func failedParallel(ctx *durable.Context) (any, error) {
	return nil, durable.Parallel(ctx, &durable.BatchSpec{Name: "otel-failed-parallel"}, durable.Branch("otel-failed-parallel-branch", fails, nil))
}

func failedMap(ctx *durable.Context) (any, error) {
	spec := &durable.BatchSpec{Name: "otel-failed-map", ItemName: func(i int) string { return fmt.Sprint("otel-failed-map-iteration-", i) }}
	return durable.Map(ctx, spec, []int{0}, func(ctx *durable.Context, _, _ int) (any, error) { return fails(ctx) })
}

func handled(ctx *durable.Context) (any, error) {
	if _, err := broken("otel-handled-failure", 1)(ctx, none{}); !durable.Catchable(err) {
		return nil, err
	}
	return okStep(ctx, "otel-recovery-step")
}

// condition is met by its second check.
func (s scenarios) condition(name string) func(*durable.Context) (any, error) {
	return func(ctx *durable.Context) (any, error) {
		return durable.WaitForCondition(ctx, &durable.ConditionSpec{Name: name, Every: time.Second}, 0,
			func(ctx context.Context, previous int) (int, error) {
				s.mark(ctx, "condition-check-%d", previous+1)
				return previous + 1, nil
			},
			func(n int) (bool, error) { return n == 2, nil })
	}
}

func brokenCondition(ctx *durable.Context) (any, error) {
	return durable.WaitForCondition(ctx, &durable.ConditionSpec{Name: "otel-failed-condition"}, 0,
		func(context.Context, int) (int, error) { return 0, errFails },
		func(int) (bool, error) { return true, nil })
}

func (s scenarios) callback(name string) func(*durable.Context) (any, error) {
	return func(ctx *durable.Context) (any, error) {
		return durable.WaitForCallback[any](ctx, &durable.CallbackSpec{Name: name}, func(ctx context.Context, _ string) error {
			s.mark(ctx, "callback-submitter")
			return nil
		})
	}
}

func (s scenarios) invoke(name string, n int) func(*durable.Context) (any, error) {
	function := fmt.Sprintf("%s%d-target:$LATEST", s.prefix, n)
	return func(ctx *durable.Context) (any, error) {
		return durable.Invoke[any](ctx, &durable.InvokeSpec{Name: name, Function: function}, none{})
	}
}

func beforeAndAfter(ctx *durable.Context) (any, error) {
	before, err := constant("otel-before-wait", "before")(ctx, none{})
	if err != nil {
		return nil, err
	}
	if err := durable.Wait(ctx, &durable.WaitSpec{Name: "otel-replay-wait"}, time.Second); err != nil {
		return nil, err
	}
	after, err := constant("otel-after-wait", "after")(ctx, none{})
	return before + "-" + after, err
}

// userFunctions opens spans wherever a workflow may.
func (s scenarios) userFunctions(ctx *durable.Context) (any, error) {
	s.mark(ctx.GoContext(), "handler")
	if _, err := s.step(ctx, "otel-context-step", "step"); err != nil {
		return nil, err
	}
	child := inChild("otel-context-child", func(ctx *durable.Context) (any, error) {
		s.mark(ctx.GoContext(), "child")
		if _, err := s.step(ctx, "otel-context-child-step", "child-step"); err != nil {
			return nil, err
		}
		s.mark(ctx.GoContext(), "child-restored")
		return nil, nil
	})
	for _, part := range []func(*durable.Context) (any, error){
		child,
		s.parallel("otel-context-parallel", "otel-context-branch", "otel-context-branch-step", 2),
		s.each("otel-context-map", "otel-context-iteration", "otel-context-map-step", 2),
	} {
		if _, err := part(ctx); err != nil {
			return nil, err
		}
	}
	s.mark(ctx.GoContext(), "handler-restored")
	if err := durable.Wait(ctx, &durable.WaitSpec{Name: "otel-context-resume"}, time.Second); err != nil {
		return nil, err
	}
	s.mark(ctx.GoContext(), "handler-after-resume")
	return "context-complete", nil
}

// callbackFunctions opens spans in whatever the runtime calls.
func (s scenarios) callbackFunctions(ctx *durable.Context) (any, error) {
	err := durable.Do(ctx, &durable.StepSpec{Name: "otel-context-retry-step", Retry: again(1)}, func(ctx context.Context) error {
		s.mark(ctx, "retry-attempt-%d", durable.Attempt(ctx))
		if durable.Attempt(ctx) == 1 {
			return errFails
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, part := range []func(*durable.Context) (any, error){s.condition("otel-context-condition"), s.callback("otel-context-callback")} {
		if _, err := part(ctx); err != nil {
			return nil, err
		}
	}
	retried := inChild("otel-context-with-retry", func(ctx *durable.Context) (any, error) {
		again := func() bool { s.mark(ctx.GoContext(), "with-retry-strategy"); return false }
		for first := true; first || again(); first = false {
			s.mark(ctx.GoContext(), "with-retry-body")
		}
		return nil, errFails
	})
	if _, err := retried(ctx); !durable.Catchable(err) {
		return nil, err
	}
	if _, err := virtual(ctx, "otel-context-virtual", func(ctx *durable.Context) (any, error) {
		s.mark(ctx.GoContext(), "virtual-child")
		return nil, nil
	}); err != nil {
		return nil, err
	}
	return "callback-context-complete", nil
}

// retriedInvocation fails the invocation that makes its step.
func retriedInvocation(ctx *durable.Context) (any, error) {
	first := !ctx.Replaying()
	if _, err := okStep(ctx, "otel-before-invocation-retry"); err != nil {
		return nil, err
	}
	if first {
		return nil, durable.FailInvocation(ctx, errFails)
	}
	return "retry-complete", nil
}

func externalCallbacks(ctx *durable.Context) (any, error) {
	cb, err := durable.CreateCallback[string](ctx, &durable.CallbackSpec{Name: "otel-external-target"})
	if err != nil {
		return nil, err
	}
	target, err := cb.Await(ctx)
	if err != nil {
		return nil, err
	}
	observed, err := constant("otel-external-target-observed", target)(ctx, none{})
	if err != nil {
		return nil, err
	}
	texts := []string{observed}
	for _, name := range []string{"otel-external-barrier-one", "otel-external-barrier-two"} {
		text, err := durable.WaitForCallback[string](ctx, &durable.CallbackSpec{Name: name}, nobody)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "/"), nil
}
