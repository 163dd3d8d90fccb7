package durableotel

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/wire"
)

// invocation is what an invocation knows of its trace.
type invocation struct {
	p        *plugin
	function string
	arn      string
	trace    trace.TraceID
	flags    trace.TraceFlags
	caller   trace.SpanContext // parent of the workflow's span
	span     trace.Span        // of the invocation; nil: no traces
	info     durable.InvocationInfo

	mu        sync.Mutex
	ops       map[string]*operation
	callbacks map[string]string // the callback in a context, by the IDs of both
	seen      map[string]bool   // what has ended in this invocation, and in failed ones before
	repeats   bool              // a failed one
}

// ends reports whether nobody has seen an operation end before, and takes note of it.
func (inv *invocation) ends(id string) bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.seen[id] {
		return false
	}
	inv.seen[id] = true
	return true
}

// operation is an operation, or a context without a record, that is under way in this
// invocation.
type operation struct {
	name  string // of its span
	attrs []attribute.KeyValue
	id    trace.SpanID
	begun time.Time
	later bool       // it began in an earlier invocation
	span  trace.Span // by invocation: of what is on record
}

// begin starts the span of an invocation.
func (p *plugin) begin(ctx context.Context, info durable.InvocationInfo) *invocation {
	inv := &invocation{
		p: p, function: info.Function, arn: info.ExecutionARN, info: info,
		ops: map[string]*operation{}, callbacks: map[string]string{}, seen: p.recall(info.ExecutionARN),
	}
	if inv.repeats = inv.seen != nil; !inv.repeats {
		inv.seen = map[string]bool{}
	}
	if p.tracer == nil {
		return inv
	}
	told, _ := ctx.Value("x-amzn-trace-id").(string) // as aws-lambda-go names it
	c := parseHeader(told).complete(inv.arn, info.ExecutionStart)
	inv.trace = c.trace
	if c.sampled == sampled || c.sampled == undecided && inv.wouldSample(ctx) {
		inv.flags = trace.FlagsSampled
	}
	inv.caller = trace.NewSpanContext(trace.SpanContextConfig{TraceID: c.trace, SpanID: c.span, TraceFlags: inv.flags, Remote: true})
	parent := inv.caller
	if around := trace.SpanContextFromContext(ctx); around.IsValid() && around.TraceID() == inv.trace {
		parent = around // of what calls the handler
	}
	inv.span = inv.start(ctx, "Invocation", trace.SpanID{}, parent, info.At, trace.WithAttributes(
		attribute.String("durable.execution.arn", inv.arn), attribute.Bool("durable.invocation.first", info.First)))
	return inv
}

// wouldSample asks the provider's sampler about the trace of an execution for which nobody
// has decided. The span is never ended, and so never exported.
func (inv *invocation) wouldSample(ctx context.Context) bool {
	ctx = context.WithValue(ctx, wantedKey{}, wanted{trace: inv.trace})
	_, span := inv.p.tracer.Start(ctx, "Workflow", trace.WithNewRoot())
	return span.SpanContext().IsSampled()
}

// spanContext is that of a span of the execution, which may be another process's.
func (inv *invocation) spanContext(id trace.SpanID) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: inv.trace, SpanID: id, TraceFlags: inv.flags})
}

// start starts a span; a zero ID is any.
func (inv *invocation) start(ctx context.Context, name string, id trace.SpanID, parent trace.SpanContext, at time.Time, options ...trace.SpanStartOption) trace.Span {
	ctx = context.WithValue(trace.ContextWithSpanContext(ctx, parent), wantedKey{}, wanted{span: id})
	_, span := inv.p.tracer.Start(ctx, name, append(options, trace.WithTimestamp(whole(at)))...)
	return span
}

// finish ends a span.
func finish(span trace.Span, at time.Time) { span.End(trace.WithTimestamp(whole(at))) }

// whole gives a time in whole milliseconds: the record's are, and ours have to stand to
// them as they came.
func whole(at time.Time) time.Time { return at.Truncate(time.Millisecond) }

func linkTo(spans ...trace.SpanContext) trace.SpanStartOption {
	links := make([]trace.Link, len(spans))
	for i, s := range spans {
		links[i] = trace.Link{SpanContext: s}
	}
	return trace.WithLinks(links...)
}

func (inv *invocation) workflow() trace.SpanContext {
	return inv.spanContext(spanID(inv.arn, ofWorkflow))
}

// links are those of the span of an operation that is observed now, or of an attempt.
func (inv *invocation) links(op *operation, id string) trace.SpanStartOption {
	switch {
	case inv.p.view == ByExecution:
		return linkTo(inv.span.SpanContext())
	case op != nil && op.later:
		return linkTo(inv.spanContext(spanID(inv.arn, id)), inv.workflow())
	}
	return linkTo(inv.workflow())
}

// parent is the span of the context with this ID, or what stands in its place at the top.
func (inv *invocation) parent(id string) trace.SpanContext {
	switch {
	case inv.p.view == ByInvocation && id == "":
		return inv.span.SpanContext()
	case id == "":
		return inv.workflow()
	case inv.p.view == ByInvocation:
		inv.mu.Lock()
		defer inv.mu.Unlock()
		if op := inv.ops[id]; op != nil {
			return inv.spanContext(op.id)
		}
	}
	return inv.spanContext(spanID(inv.arn, id))
}

// active is a context in which the span of the context with this ID is the active one.
func (inv *invocation) active(ctx context.Context, id string) context.Context {
	if inv.span == nil {
		return ctx
	}
	if inv.p.view == ByInvocation && id == "" {
		return trace.ContextWithSpan(ctx, inv.span)
	}
	return trace.ContextWithSpanContext(ctx, inv.parent(id))
}

// end exports what is under way, the invocation, and the execution if it has ended.
func (inv *invocation) end(ctx context.Context, info durable.InvocationInfo) {
	if inv.span == nil {
		return
	}
	inv.mu.Lock()
	for _, op := range inv.ops {
		if op.span != nil {
			op.span.SetAttributes(attribute.String("durable.operation.status", string(wire.StatusStarted)))
			finish(op.span, info.At)
		}
	}
	inv.mu.Unlock()
	if ended(info) {
		span := inv.start(ctx, "Workflow", spanID(inv.arn, ofWorkflow), inv.caller, info.ExecutionStart, trace.WithAttributes(
			attribute.String("durable.execution.arn", inv.arn), attribute.String("durable.execution.status", info.Status)))
		setStatus(span, info.Status, info.Error)
		finish(span, info.At)
	}
	inv.span.SetAttributes(attribute.String("durable.invocation.status", info.Status))
	switch {
	case info.Err != nil: // the next one may do better
		inv.span.RecordError(info.Err, trace.WithTimestamp(whole(info.At)))
	case info.Status == string(wire.InvocationPending):
		inv.span.SetStatus(codes.Ok, "")
	default:
		setStatus(inv.span, info.Status, info.Error)
	}
	finish(inv.span, info.At)
}

// ended reports whether an invocation has ended the execution.
func ended(info durable.InvocationInfo) bool {
	return info.Status == string(wire.InvocationSucceeded) || info.Status == string(wire.InvocationFailed)
}

// setStatus tells what has become of what a span is for. A failure of which nothing is
// said leaves it unset.
func setStatus(span trace.Span, status string, failure *wire.ErrorObject) {
	switch {
	case status == string(wire.StatusSucceeded):
		span.SetStatus(codes.Ok, "")
	case failure != nil && failure.ErrorMessage != "":
		span.SetStatus(codes.Error, failure.ErrorMessage)
	case failure != nil && failure.ErrorType != "":
		span.SetStatus(codes.Error, failure.ErrorType)
	case status != string(wire.StatusFailed):
		span.SetStatus(codes.Error, status)
	}
}

// attemptKey is that of the span of an attempt.
type attemptKey struct{ p *plugin }

func (inv *invocation) attemptStart(ctx context.Context, info durable.AttemptInfo) context.Context {
	op := inv.operation(info.ID)
	if inv.span == nil || op == nil {
		return ctx
	}
	name := fmt.Sprintf("%s attempt %d", op.name, info.Attempt)
	span := inv.start(ctx, name, trace.SpanID{}, inv.parent(info.ID), info.Start, inv.links(nil, ""),
		trace.WithAttributes(op.attrs...), trace.WithAttributes(attribute.Int("durable.attempt.number", info.Attempt)))
	return context.WithValue(trace.ContextWithSpan(ctx, span), attemptKey{inv.p}, attempt{span, info.ParentID})
}

// attempt is an attempt that runs, and the context that it is in.
type attempt struct {
	span   trace.Span
	within string
}

func (inv *invocation) attemptEnd(ctx context.Context, info durable.AttemptInfo) {
	a, ok := ctx.Value(attemptKey{inv.p}).(attempt)
	if !ok {
		return
	}
	a.span.SetAttributes(attribute.String("durable.attempt.outcome", string(info.Status)))
	if info.Err != nil {
		a.span.RecordError(info.Err, trace.WithTimestamp(whole(info.End)))
		a.span.SetStatus(codes.Error, info.Err.Error())
	} else {
		a.span.SetStatus(codes.Ok, "")
	}
	finish(a.span, info.End)
}
