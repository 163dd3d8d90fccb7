package durableotel_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durableotel"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

func TestProviderWithOtherIDsIsRefused(t *testing.T) {
	_, err := durableotel.New(durableotel.Options{TracerProvider: sdktrace.NewTracerProvider()})
	if err == nil || !strings.Contains(err.Error(), "sdktrace.WithIDGenerator(durableotel.IDs())") {
		t.Errorf("the error is %v", err)
	}
}

func TestUnknownViewIsRefused(t *testing.T) {
	if _, err := durableotel.New(durableotel.Options{TracerProvider: noop.NewTracerProvider(), View: 7}); err == nil {
		t.Error("it was taken")
	}
}

// A provider that makes no spans is fine: the metrics remain.
func TestNoTraces(t *testing.T) {
	plugin, err := durableotel.New(durableotel.Options{TracerProvider: noop.NewTracerProvider()})
	if err != nil {
		t.Fatal(err)
	}
	o := observe(t, durableotel.ByExecution)
	o.Plugin = plugin
	deliver(t, o, nil)
	for _, s := range o.Spans() {
		if !strings.HasPrefix(s.Name, "own") {
			t.Errorf("there is a span %s", s.Name)
		}
	}
}

// exporting is an exporter that does nothing else.
type exporting func(context.Context) error

func (e exporting) ExportSpans(ctx context.Context, _ []sdktrace.ReadOnlySpan) error { return e(ctx) }
func (exporting) Shutdown(context.Context) error                                     { return nil }

// An exporter that fails, or takes its time, is told to OpenTelemetry's handler, and neither
// fails nor holds up the execution.
func TestFailingExporter(t *testing.T) {
	down := errors.New("nobody listens")
	t.Run("fails", func(t *testing.T) {
		testFailing(t, down, 0, func(context.Context) error { return down })
	})
	t.Run("hangs", func(t *testing.T) {
		testFailing(t, context.DeadlineExceeded, time.Millisecond, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
	})
}

func testFailing(t *testing.T, want error, timeout time.Duration, exporter exporting) {
	var told atomic.Int64
	before := otel.GetErrorHandler()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		if errors.Is(err, want) {
			told.Add(1)
		}
	}))
	defer otel.SetErrorHandler(before)
	plugin, err := durableotel.New(durableotel.Options{TracerProvider: sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter), sdktrace.WithIDGenerator(durableotel.IDs())), FlushTimeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	f := durable.Workflow(durable.Definition{Name: "f"}, func(*durable.Context, any) (string, error) { return "done", nil })
	durabletest.New(t, durableotel.Observe(plugin, f)[0]).Run(nil).MustSucceed(nil)
	if told.Load() == 0 {
		t.Error("nobody was told")
	}
}
