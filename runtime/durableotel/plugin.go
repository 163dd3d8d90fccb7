package durableotel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/durablegen/durablegen/runtime/durable"
)

// View is how the spans of an execution hang together.
type View int

const (
	// ByExecution has one span for each operation, from its start to its end, under that of
	// the execution. It is exported when the operation has ended, with a link to the
	// invocation that saw it; one that never ends has none.
	ByExecution View = iota
	// ByInvocation has the operations under the invocations that see them. One that is
	// waited for has a span in each, of which the later ones link to the first; all link to
	// the execution's.
	ByInvocation
)

// Options say how executions are observed. The zero value takes OpenTelemetry's global
// providers.
type Options struct {
	// TracerProvider makes the spans; nil is that of [otel.GetTracerProvider]. It must have
	// been made with [IDs] for its ID generator. One of package trace/noop makes none.
	TracerProvider trace.TracerProvider
	// MeterProvider measures; nil is that of [otel.GetMeterProvider].
	MeterProvider metric.MeterProvider
	View          View
	// FlushTimeout bounds how long the end of an invocation waits for the exporters; zero
	// is two seconds. What has not been exported by then, or can't be, is told to
	// [otel.Handle], and goes along with the process's next invocation, if there is one.
	FlushTimeout time.Duration
}

// scope is the name of the instrumentation.
const scope = "github.com/durablegen/durablegen/runtime/durableotel"

// plugin observes executions. An invocation's state goes with its context.
type plugin struct {
	durable.NoPlugin
	view    View
	tracer  trace.Tracer // nil: no traces
	meter   *meter
	flush   time.Duration
	flushed []flusher

	mu   sync.Mutex
	told map[string]map[string]bool // what failed invocations of an execution have exported, by its ARN
}

// maxTold bounds of how many executions is kept what their failed invocations have exported.
// Usually the next invocation follows soon, and in this process.
const maxTold = 100

type flusher interface{ ForceFlush(context.Context) error }

// New makes a plugin for [durable.Definition.Plugins]: see [Observe]. One plugin serves any
// number of functions. An error says that the tracer provider does not use [IDs], that there is no such
// view, or that a metric can't be made.
func New(o Options) (durable.Plugin, error) {
	if o.View != ByExecution && o.View != ByInvocation {
		return nil, fmt.Errorf("durableotel: there is no view %d", o.View)
	}
	p := &plugin{view: o.View, flush: cmp.Or(o.FlushTimeout, 2*time.Second)}
	tracers, meters := o.TracerProvider, o.MeterProvider
	if tracers == nil {
		tracers = otel.GetTracerProvider()
	}
	if meters == nil {
		meters = otel.GetMeterProvider()
	}
	tracer := tracers.Tracer(scope)
	probe := wanted{trace: trace.TraceID{1}, span: trace.SpanID{1}}
	_, span := tracer.Start(context.WithValue(context.Background(), wantedKey{}, probe), "probe", trace.WithNewRoot())
	switch got := span.SpanContext(); {
	case got.SpanID() == probe.span:
		p.tracer = tracer
	case got.IsValid():
		return nil, errors.New("durableotel: the tracer provider must be made with sdktrace.WithIDGenerator(durableotel.IDs()), so that all invocations of an execution make one trace")
	}
	var err error
	if p.meter, err = newMeter(meters.Meter(scope)); err != nil {
		return nil, err
	}
	for _, provider := range []any{tracers, meters} {
		if f, ok := provider.(flusher); ok {
			p.flushed = append(p.flushed, f)
		}
	}
	return p, nil
}

// Observe gives functions that a plugin observes, besides those that do already.
func Observe(plugin durable.Plugin, functions ...*durable.Function) []*durable.Function {
	observed := make([]*durable.Function, len(functions))
	for i, f := range functions {
		observed[i] = f.With(func(def *durable.Definition) {
			def.Plugins = append(def.Plugins[:len(def.Plugins):len(def.Plugins)], plugin)
		})
	}
	return observed
}

// InvocationStart implements [durable.Plugin].
func (p *plugin) InvocationStart(ctx context.Context, info durable.InvocationInfo) context.Context {
	inv := p.begin(ctx, info)
	p.meter.invocationStarted(ctx, inv)
	return inv.active(context.WithValue(ctx, invocationKey{p}, inv), "")
}

// InvocationEnd implements [durable.Plugin].
func (p *plugin) InvocationEnd(ctx context.Context, info durable.InvocationInfo) {
	inv := p.of(ctx)
	p.meter.invocationEnded(ctx, inv, info)
	inv.end(ctx, info)
	p.remember(inv, info.Err != nil)
	// Lambda may have run out of time, and the process not yet.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.flush)
	defer cancel()
	for _, f := range p.flushed {
		if err := f.ForceFlush(ctx); err != nil {
			otel.Handle(err)
		}
	}
}

// OperationStart implements [durable.Plugin].
func (p *plugin) OperationStart(ctx context.Context, info durable.OperationInfo) {
	inv := p.of(ctx)
	p.meter.operationStarted(ctx, inv, info)
	inv.operationStart(ctx, info)
}

// OperationEnd implements [durable.Plugin].
func (p *plugin) OperationEnd(ctx context.Context, info durable.OperationInfo) {
	inv := p.of(ctx)
	if inv.ends(info.ID) {
		p.meter.operationEnded(ctx, inv, info)
		inv.operationEnd(ctx, info)
	}
}

// AttemptStart implements [durable.Plugin].
func (p *plugin) AttemptStart(ctx context.Context, info durable.AttemptInfo) context.Context {
	inv := p.of(ctx)
	p.meter.attemptStarted(ctx, inv, info)
	return inv.attemptStart(ctx, info)
}

// AttemptEnd implements [durable.Plugin].
func (p *plugin) AttemptEnd(ctx context.Context, info durable.AttemptInfo) {
	p.of(ctx).attemptEnd(ctx, info)
}

// FunctionStart implements [durable.Plugin].
func (p *plugin) FunctionStart(ctx context.Context, info durable.FunctionInfo) context.Context {
	return p.of(ctx).functionStart(ctx, info)
}

// FunctionEnd implements [durable.Plugin].
func (p *plugin) FunctionEnd(ctx context.Context, info durable.FunctionInfo) {
	p.of(ctx).functionEnd(ctx, info)
}

// InvokeTrace implements [durable.Plugin].
func (p *plugin) InvokeTrace(ctx context.Context, info durable.OperationInfo) string {
	if p.tracer == nil {
		return ""
	}
	return header(p.of(ctx).spanContext(callID(info)))
}

// remember keeps what an invocation has seen end if it fails: the one after it is told of
// it again, as that of a process that has died would have to be.
func (p *plugin) remember(inv *invocation, failed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !failed {
		delete(p.told, inv.arn)
		return
	}
	for arn := range p.told {
		if len(p.told) < maxTold {
			break
		}
		delete(p.told, arn)
	}
	if p.told == nil {
		p.told = map[string]map[string]bool{}
	}
	p.told[inv.arn] = inv.seen
}

// recall gives what failed invocations of an execution have seen end.
func (p *plugin) recall(arn string) map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.told[arn])
}

type invocationKey struct{ p *plugin }

// of gives the state of the invocation that a context belongs to.
func (p *plugin) of(ctx context.Context) *invocation {
	return ctx.Value(invocationKey{p}).(*invocation)
}
