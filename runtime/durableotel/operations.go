package durableotel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/wire"
)

func (inv *invocation) operation(id string) *operation {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return inv.ops[id]
}

// known describes an operation.
func (inv *invocation) known(id, within, name string, is wire.OperationType, subType string) *operation {
	if around := inv.ops[within]; name == "" && around != nil && around.submits() {
		// The two parts of a wait for a callback have no names of their own.
		switch is {
		case wire.TypeCallback:
			name = around.name + "-callback"
		case wire.TypeStep:
			name = around.name + "-submitter"
		}
	}
	op := &operation{name: name, attrs: []attribute.KeyValue{
		attribute.String("durable.execution.arn", inv.arn),
		attribute.String("durable.operation.id", id),
		attribute.String("durable.operation.type", string(is)),
	}}
	if subType != "" {
		op.attrs = append(op.attrs, attribute.String("durable.operation.subtype", subType))
	}
	if name != "" {
		op.attrs = append(op.attrs, attribute.String("durable.operation.name", name))
	} else {
		op.name = string(is)
	}
	return op
}

// submits reports whether it is a wait for a callback.
func (op *operation) submits() bool {
	for _, a := range op.attrs {
		if a.Key == "durable.operation.subtype" {
			return a.Value.AsString() == wire.SubTypeWaitForCallback
		}
	}
	return false
}

func (inv *invocation) operationStart(ctx context.Context, info durable.OperationInfo) {
	if inv.span == nil {
		return
	}
	inv.mu.Lock()
	op := inv.known(info.ID, info.Within, info.Name, info.Type, info.SubType)
	op.begun, op.later = info.At, info.Replay
	if info.Type == wire.TypeCallback {
		inv.callbacks[info.Within] = info.ID
	}
	inv.mu.Unlock()
	op.id = spanID(inv.arn, info.ID)
	if inv.p.view == ByInvocation {
		op.span = inv.segment(ctx, op, info)
		op.id = op.span.SpanContext().SpanID()
	}
	inv.mu.Lock()
	inv.ops[info.ID] = op
	inv.mu.Unlock()
}

// segment starts the span of an operation in this invocation.
func (inv *invocation) segment(ctx context.Context, op *operation, info durable.OperationInfo) trace.Span {
	var id trace.SpanID
	if !op.later {
		id = spanID(inv.arn, info.ID)
	}
	return inv.start(ctx, op.name, id, inv.parent(info.Within), info.At, inv.links(op, info.ID), trace.WithAttributes(op.attrs...))
}

func (inv *invocation) operationEnd(ctx context.Context, info durable.OperationInfo) {
	if inv.span == nil {
		return
	}
	inv.mu.Lock()
	op := inv.ops[info.ID]
	seen := op != nil
	if !seen { // it has ended while nothing ran
		op = inv.known(info.ID, info.Within, info.Name, info.Type, info.SubType)
		op.later = true
	}
	delete(inv.ops, info.ID)
	inv.mu.Unlock()

	span, end := op.span, info.At
	switch {
	case span != nil:
	case inv.p.view == ByInvocation:
		span = inv.segment(ctx, op, info)
	default:
		start := info.Start
		switch {
		case !seen || info.Type != wire.TypeStep && info.Type != wire.TypeContext:
			end = info.End
		case !op.later:
			start = op.begun
		}
		span = inv.start(ctx, op.name, spanID(inv.arn, info.ID), inv.parent(info.Within), start, inv.links(op, info.ID), trace.WithAttributes(op.attrs...))
	}
	span.SetAttributes(attribute.String("durable.operation.status", string(info.Status)))
	if info.Type == wire.TypeStep {
		span.SetAttributes(attribute.Int("durable.attempt.number", info.Attempt))
	}
	setStatus(span, string(info.Status), info.Error)
	finish(span, end)
	if info.Type == wire.TypeChainedInvoke {
		call := inv.start(ctx, op.name+" call", callID(info), inv.spanContext(spanID(inv.arn, info.ID)), info.Start, trace.WithSpanKind(trace.SpanKindClient))
		setStatus(call, string(info.Status), info.Error)
		finish(call, info.End)
	}
}

// callID is the ID of the span of what an operation invokes, the caller of its execution.
func callID(info durable.OperationInfo) trace.SpanID {
	return spanID(info.ExecutionARN, info.ID+" call")
}

// functionStart has the span of a context be the active one in its body. A context without a
// record gets a span like any other, unless it only replays, which is known at its end.
func (inv *invocation) functionStart(ctx context.Context, info durable.FunctionInfo) context.Context {
	if inv.span != nil && info.Virtual {
		inv.mu.Lock()
		op := inv.known(info.ID, info.Within, info.Name, info.Type, info.SubType)
		op.begun, op.later = info.At, info.ReplayingChildren
		op.id = spanID(inv.arn, info.ID)
		if op.later && inv.p.view == ByInvocation {
			op.id = IDs().NewSpanID(ctx, inv.trace)
		}
		inv.ops[info.ID] = op
		inv.mu.Unlock()
	}
	return inv.active(ctx, info.ID)
}

func (inv *invocation) functionEnd(ctx context.Context, info durable.FunctionInfo) {
	op := inv.operation(info.ID)
	waits := info.Status == wire.StatusPending
	if !info.Virtual || op == nil || waits && inv.p.view == ByExecution || !waits && (info.ReplayingChildren || !inv.ends(info.ID)) {
		return
	}
	inv.mu.Lock()
	delete(inv.ops, info.ID)
	inv.mu.Unlock()
	span := inv.start(ctx, op.name, op.id, inv.parent(info.Within), op.begun, inv.links(op, info.ID), trace.WithAttributes(op.attrs...))
	status := info.Status
	switch {
	case waits:
		status = wire.StatusStarted
	case info.Err != nil:
		setStatus(span, string(status), &wire.ErrorObject{ErrorMessage: info.Err.Error()})
	default:
		setStatus(span, string(status), nil)
	}
	span.SetAttributes(attribute.String("durable.operation.status", string(status)))
	finish(span, info.At)
}

// CallbackSpan gives the span of the callback that is handed out by the submitter whose
// body's context ctx is, as the plugin from knows it. Who answers may link to it: send it
// along with the callback's ID. It is not valid outside of a submitter.
func CallbackSpan(ctx context.Context, from durable.Plugin) trace.SpanContext {
	p, ok := from.(*plugin)
	if !ok {
		return trace.SpanContext{}
	}
	a, ok := ctx.Value(attemptKey{p}).(attempt)
	if !ok {
		return trace.SpanContext{}
	}
	inv := p.of(ctx)
	inv.mu.Lock()
	id := inv.callbacks[a.within]
	inv.mu.Unlock()
	if id == "" {
		return trace.SpanContext{}
	}
	return inv.parent(id)
}
