package durable_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/wire"
)

// span is what a tracing system keeps. With OpenTelemetry it is
//
//	_, s := tracer.Start(ctx, name, trace.WithTimestamp(start))
//	s.End(trace.WithTimestamp(end))
//
// where ctx has the parent, from trace.ContextWithRemoteSpanContext, and the
// IDGenerator of the tracer's provider takes the span's own IDs from ctx.
type span struct {
	Trace      [16]byte
	ID, Parent [8]byte
	Name       string
	Start, End time.Time
	Error      string
}

// tracing is a plugin that makes one trace of an execution: a span of the execution,
// in it one of each operation, and one of each attempt in that of its step. An
// operation may begin in one process and end in another, days later. So its span is
// sent when it has ended, with the times of the record, and all IDs follow from
// the names of what they are for: no process has to tell another one.
type tracing struct {
	durable.NoPlugin
	send func(span)
}

// idsOf gives the IDs of what is at a path in an execution, the execution itself at "".
func idsOf(arn, path string) (traceID [16]byte, id [8]byte) {
	t, s := sha256.Sum256([]byte(arn)), sha256.Sum256([]byte(arn+" "+path))
	return [16]byte(t[:16]), [8]byte(s[:8])
}

func newSpan(arn, path, parent, name string, start, end time.Time) span {
	s := span{Name: name, Start: start, End: end}
	s.Trace, s.ID = idsOf(arn, path)
	_, s.Parent = idsOf(arn, parent)
	return s
}

// OperationEnd comes once for an operation, whatever is replayed.
func (t tracing) OperationEnd(info durable.OperationInfo) {
	s := newSpan(info.ExecutionARN, info.ID, info.ParentID, info.Name, info.Start, info.End)
	if info.Error != nil {
		s.Error = info.Error.ErrorMessage
	}
	t.send(s)
}

func attemptPath(info durable.AttemptInfo) string {
	return fmt.Sprintf("%s attempt %d", info.ID, info.Attempt)
}

// traceParent is the key of a W3C traceparent, for the requests that a step makes.
type traceParent struct{}

func (t tracing) AttemptStart(ctx context.Context, info durable.AttemptInfo) context.Context {
	traceID, id := idsOf(info.ExecutionARN, attemptPath(info))
	return context.WithValue(ctx, traceParent{}, fmt.Sprintf("00-%x-%x-01", traceID, id))
}

func (t tracing) AttemptEnd(info durable.AttemptInfo) {
	s := newSpan(info.ExecutionARN, attemptPath(info), info.ID, fmt.Sprintf("%s attempt %d", info.Name, info.Attempt), info.Start, info.End)
	if info.Err != nil {
		s.Error = info.Err.Error()
	}
	t.send(s)
}

// InvocationEnd sends the span of the execution with its last invocation.
func (t tracing) InvocationEnd(info durable.InvocationInfo) {
	if info.Status != string(wire.InvocationSucceeded) && info.Status != string(wire.InvocationFailed) {
		return
	}
	s := newSpan(info.ExecutionARN, "", "", "execution", info.ExecutionStart, time.Now())
	s.Parent = [8]byte{}
	if info.Error != nil {
		s.Error = info.Error.ErrorMessage
	}
	t.send(s)
}

// A plugin traces executions: one span for each operation, not one for each replay.
func Example_tracing() {
	hello := durable.Workflow(durable.Definition{Name: "hello"}, func(ctx *durable.Context, name string) (string, error) {
		return durable.Step(ctx, &durable.StepSpec{Name: "greet"}, func(ctx context.Context) (string, error) {
			header := ctx.Value(traceParent{}) // goes along with the requests that the step makes
			return fmt.Sprintf("Hello, %s (%v)", name, header), nil
		})
	})
	// A generated workflow gets its plugins in the same way.
	traced := hello.With(func(def *durable.Definition) {
		def.Plugins = append(def.Plugins, tracing{send: func(s span) { fmt.Println(s.Name) }})
	})
	fmt.Println(len(traced.Definition().Plugins))
	// Output: 1
}
