package durableotel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/wire"
)

// meter counts and measures. The list of its instruments, for people, is the package's
// documentation.
type meter struct {
	started, ended, divergences, invocations, opsStarted, opsEnded, retries metric.Int64Counter
	duration, opsDuration, opsWaiting                                       metric.Float64Histogram
}

func newMeter(m metric.Meter) (*meter, error) {
	var all meter
	var problems []error
	count := func(into *metric.Int64Counter, name, what, unit string) {
		c, err := m.Int64Counter(name, metric.WithDescription(what), metric.WithUnit(unit))
		*into, problems = c, append(problems, err)
	}
	measure := func(into *metric.Float64Histogram, name, what string) {
		h, err := m.Float64Histogram(name, metric.WithDescription(what), metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(buckets...))
		*into, problems = h, append(problems, err)
	}
	count(&all.started, "durable.execution.started", "executions that have started", "{execution}")
	count(&all.ended, "durable.execution.ended", "executions that have ended", "{execution}")
	count(&all.divergences, "durable.execution.divergences", "executions that have diverged from their record", "{execution}")
	count(&all.invocations, "durable.invocation.ended", "invocations", "{invocation}")
	count(&all.opsStarted, "durable.operation.started", "operations that have started", "{operation}")
	count(&all.opsEnded, "durable.operation.ended", "operations that have ended", "{operation}")
	count(&all.retries, "durable.attempt.retries", "attempts but the first of each operation", "{attempt}")
	measure(&all.duration, "durable.execution.duration", "how long executions took")
	measure(&all.opsDuration, "durable.operation.duration", "how long operations took")
	measure(&all.opsWaiting, "durable.operation.waiting", "how long workflows waited for what others end")
	return &all, errors.Join(problems...)
}

// buckets go from a quick step to an execution of a year, in seconds.
var buckets = []float64{.01, .03, .1, .3, 1, 3, 10, 30, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600, 366 * 24 * 3600}

// with are the attributes of a measurement: the function, and pairs of a key and a value.
func (inv *invocation) with(pairs ...string) metric.MeasurementOption {
	attrs := []attribute.KeyValue{attribute.String("durable.function", inv.function)}
	for ; len(pairs) > 0; pairs = pairs[2:] {
		attrs = append(attrs, attribute.String(pairs[0], pairs[1]))
	}
	return metric.WithAttributeSet(attribute.NewSet(attrs...))
}

func (m *meter) invocationStarted(ctx context.Context, inv *invocation) {
	if inv.info.First && !inv.repeats {
		m.started.Add(ctx, 1, inv.with())
	}
}

func (m *meter) invocationEnded(ctx context.Context, inv *invocation, info durable.InvocationInfo) {
	m.invocations.Add(ctx, 1, inv.with("durable.invocation.status", info.Status))
	if !ended(info) {
		return
	}
	status := inv.with("durable.execution.status", info.Status)
	m.ended.Add(ctx, 1, status)
	m.duration.Record(ctx, info.At.Sub(info.ExecutionStart).Seconds(), status)
	if info.Error != nil && info.Error.ErrorType == (*durable.DivergenceError)(nil).ErrorType() {
		m.divergences.Add(ctx, 1, inv.with())
	}
}

func (m *meter) operationStarted(ctx context.Context, inv *invocation, info durable.OperationInfo) {
	if !info.Replay {
		m.opsStarted.Add(ctx, 1, inv.with("durable.operation.type", string(info.Type), "durable.operation.subtype", info.SubType))
	}
}

func (m *meter) operationEnded(ctx context.Context, inv *invocation, info durable.OperationInfo) {
	kind := []string{"durable.operation.type", string(info.Type), "durable.operation.subtype", info.SubType}
	if info.Type == wire.TypeWait || info.Type == wire.TypeCallback || info.Type == wire.TypeChainedInvoke {
		m.opsWaiting.Record(ctx, info.At.Sub(info.Start).Seconds(), inv.with(kind...))
	}
	status := inv.with(append(kind, "durable.operation.status", string(info.Status))...)
	m.opsEnded.Add(ctx, 1, status)
	m.opsDuration.Record(ctx, info.End.Sub(info.Start).Seconds(), status)
}

func (m *meter) attemptStarted(ctx context.Context, inv *invocation, info durable.AttemptInfo) {
	if info.Attempt > 1 {
		m.retries.Add(ctx, 1, inv.with("durable.operation.type", string(info.Type), "durable.operation.subtype", info.SubType))
	}
}
