// Package durableotel traces and measures durable executions with OpenTelemetry.
//
// [New] makes a plugin of a tracer provider and a meter provider, which are set up as
// anywhere else, but for one option: the provider takes its IDs from [IDs].
//
//	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithIDGenerator(durableotel.IDs()))
//	plugin, err := durableotel.New(durableotel.Options{TracerProvider: provider})
//	…
//	durable.Start(durableotel.Observe(plugin, greet.Workflows(app)...)...)
//
// # Traces
//
// An execution is one trace, in however many invocations, processes and hosts it runs, and
// so are the executions that it invokes. IDs follow from the execution's ARN and the
// operations' IDs, so that no process has to tell another one. There are five kinds of
// spans:
//
//	Workflow            the execution; exported by the invocation that ends it
//	Invocation          an invocation
//	charge              an operation, by its name; by its type if it has none
//	charge attempt 2    an attempt of a step, or a check of a condition
//	bill call           of kind CLIENT: what an operation that invokes a function waits for;
//	                    the execution of that function is part of the same trace, below it
//
// How they hang together is chosen by [View]. A replay makes no spans of what was done
// before. While the body of a step runs, the span of its attempt is the active one: spans
// that it starts, and requests that it makes with an instrumented client, belong there. In
// the workflow's own code that is [durable.Context.GoContext].
//
// All spans are exported before the invocation ends, since the process stands still after
// it. Their times are in whole milliseconds, as those of the record are.
//
// # Metrics
//
// They are counted where they happen, by whichever process sees it first:
//
//	durable.execution.started     executions
//	durable.execution.ended       by status
//	durable.execution.duration    seconds, from start to end, by status
//	durable.invocation.ended      by status: PENDING, SUCCEEDED, FAILED, RETRYING
//	durable.operation.started     by type and subtype
//	durable.operation.ended       by type, subtype and status
//	durable.operation.duration    seconds on record, from start to end
//	durable.operation.waiting     seconds from the start of a wait, callback or invoked function until the workflow went on
//	durable.attempt.retries       attempts but the first of each operation
//	durable.execution.divergences executions that failed since they had diverged from their record
//
// All have durable.function, the name of the durable function.
package durableotel
