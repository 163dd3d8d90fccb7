package byhand

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/wire"
)

// recorder is a plugin that writes a log record for every hook. A faulty one
// panics after that.
type recorder struct {
	name   string
	faulty bool
	log    *slog.Logger
}

func newRecorder(name string, faulty bool) recorder {
	return recorder{name, faulty, slog.New(durable.NewLogHandler(os.Stdout))}
}

func (r recorder) record(hook, arn string, fields ...any) {
	r.log.Info(r.name+" "+hook, append([]any{
		"plugin", r.name, "hook", hook, "durableExecutionArn", arn, "executionArn", arn}, fields...)...)
	if r.faulty {
		panic(r.name + " is faulty")
	}
}

func (r recorder) InvocationStart(info durable.InvocationInfo) {
	for _, op := range info.Updated {
		r.quietly("updated-on-invoke", info.ExecutionARN, append(operationFields(op), "first", info.First)...)
	}
	r.record("invocation-start", info.ExecutionARN, invocationFields(info)...)
}

// quietly is record for the second record of a hook.
func (r recorder) quietly(hook, arn string, fields ...any) {
	r.faulty = false
	r.record(hook, arn, fields...)
}

func (r recorder) InvocationEnd(info durable.InvocationInfo) {
	ended := info.Status == "SUCCEEDED" || info.Status == "FAILED"
	fields := append(invocationFields(info), "status", info.Status, "terminal", ended)
	if info.Result != nil {
		fields = append(fields, "executionResult", *info.Result)
	}
	r.record("invocation-end", info.ExecutionARN, append(fields, failureFields("executionError", info.Error)...)...)
}

func (r recorder) OperationStart(info durable.OperationInfo) {
	r.record("operation-start", info.ExecutionARN, operationFields(info)...)
}

func (r recorder) OperationEnd(info durable.OperationInfo) {
	r.record("operation-end", info.ExecutionARN, operationFields(info)...)
}

func (r recorder) AttemptStart(ctx context.Context, info durable.AttemptInfo) context.Context {
	r.record("attempt-start", info.ExecutionARN, attemptFields(info)...)
	return ctx
}

func (r recorder) AttemptEnd(info durable.AttemptInfo) {
	fields := append(attemptFields(info), "endTimestamp", timestamp(info.End), "outcome", info.Status)
	if info.Err != nil {
		fields = append(fields, "error", info.Err.Error())
	}
	r.record("attempt-end", info.ExecutionARN, fields...)
}

func (r recorder) FunctionStart(info durable.FunctionInfo) {
	r.record("fn-start", info.ExecutionARN, functionFields(info)...)
}

func (r recorder) FunctionEnd(info durable.FunctionInfo) {
	fields := append(functionFields(info), "outcome", info.Status)
	if info.Err != nil {
		fields = append(fields, "error", info.Err.Error())
	}
	r.record("fn-end", info.ExecutionARN, fields...)
}

func (r recorder) OperationChange(info durable.ChangeInfo) {
	all := info.All()
	for id, op := range info.Updated {
		_, known := all[id]
		r.quietly("operation-change", info.ExecutionARN, append(operationFields(op), "in_full_map", known)...)
	}
	if r.faulty {
		panic(r.name + " is faulty")
	}
}

func invocationFields(info durable.InvocationInfo) []any {
	return []any{
		"first", info.First, "isFirstInvocation", info.First, "requestId", info.RequestID,
		"operationsCount", info.Operations, "updatedOperationsCount", len(info.Updated),
		"executionStartTimestamp", timestamp(info.ExecutionStart),
	}
}

func operationFields(info durable.OperationInfo) []any {
	fields := append(identityFields(info.ID, info.Name, info.Type, info.SubType, info.ParentID),
		"status", info.Status, "attempt", info.Attempt, "startTimestamp", timestamp(info.Start),
		"replay", info.Replay, "isReplay", info.Replay, "pending", !info.Status.Terminal())
	if !info.End.IsZero() {
		fields = append(fields, "endTimestamp", timestamp(info.End))
	}
	if info.Result != nil {
		fields = append(fields, "result", *info.Result)
	}
	return append(fields, failureFields("error", info.Error)...)
}

func attemptFields(info durable.AttemptInfo) []any {
	return append(identityFields(info.ID, info.Name, info.Type, info.SubType, info.ParentID),
		"n", info.Attempt, "attempt", info.Attempt, "startTimestamp", timestamp(info.Start), "isReplay", info.Replay)
}

func functionFields(info durable.FunctionInfo) []any {
	return append(identityFields(info.ID, info.Name, info.Type, info.SubType, info.ParentID),
		"isReplayingChildren", info.ReplayingChildren)
}

func identityFields(id, name string, kind wire.OperationType, subType, parent string) []any {
	if parent == "" {
		parent = "NONE"
	}
	return []any{"id", id, "name", name, "type", kind, "subType", subType, "parent", parent, "parentId", parent}
}

func failureFields(key string, failure *wire.ErrorObject) []any {
	if failure == nil {
		return nil
	}
	return []any{key, failure.ErrorMessage, "errorType", failure.ErrorType}
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// observed makes the function of a requirement with a plugin.
func observed[Out any](id string, body func(*durable.Context) (Out, error), plugins ...durable.Plugin) *durable.Function {
	if len(plugins) == 0 {
		plugins = []durable.Plugin{newRecorder("CONFPLUGIN", false)}
	}
	return requirement(id, func(ctx *durable.Context, _ none) (Out, error) { return body(ctx) }).
		With(func(def *durable.Definition) { def.Plugins = plugins })
}

var (
	taskSpec   = &durable.StepSpec{Name: "task-a"}
	brokenSpec = &durable.StepSpec{Name: "broken", Retry: durable.NoRetry}
	flakySpec  = &durable.StepSpec{Name: "flaky", Retry: again(2)}
	hopeless   = &durable.StepSpec{Name: "hopeless", Retry: again(1)}
)

// task is a step that says in its log that it runs.
func task(ctx *durable.Context) (string, error) {
	return durable.Step(ctx, taskSpec, func(ctx context.Context) (string, error) {
		durable.StepLogger(ctx).Info("the step runs")
		return "task-a", nil
	})
}

func broken(ctx *durable.Context) (string, error) {
	return durable.Step(ctx, brokenSpec, func(context.Context) (string, error) { return "", errors.New("boom") })
}

// flaky is a step whose first attempt fails.
func flaky(ctx *durable.Context) (string, error) {
	return durable.Step(ctx, flakySpec, func(ctx context.Context) (string, error) {
		if durable.Attempt(ctx) == 1 {
			return "", errors.New("not yet")
		}
		return "recovered", nil
	})
}

func plugins() []*durable.Function {
	taskThenWait := func(ctx *durable.Context) (string, error) {
		out, err := task(ctx)
		if err != nil {
			return "", err
		}
		return out, durable.Wait(ctx, waitSpec, 2*time.Second)
	}
	pause := func(d time.Duration) func(*durable.Context) (string, error) {
		return func(ctx *durable.Context) (string, error) { return "waited", durable.Wait(ctx, waitSpec, d) }
	}
	both := func(a, b func(*durable.Context) (string, error)) func(*durable.Context) ([2]string, error) {
		return func(ctx *durable.Context) (out [2]string, err error) {
			err = durable.Parallel(ctx, &durable.BatchSpec{Name: "parallel"},
				durable.Branch("branch-a", a, &out[0]), durable.Branch("branch-b", b, &out[1]))
			return out, err
		}
	}
	return []*durable.Function{
		observed("10-1", task),
		observed("10-2", task),
		observed("10-3", flaky),
		observed("10-4", task, newRecorder("CONFPLUGIN-FAULTY", true)),
		observed("10-5", task, newRecorder("CONFPLUGIN-A", false), newRecorder("CONFPLUGIN-B", false)),
		observed("10-6", taskThenWait),
		observed("10-7", broken),
		observed("10-8", task),
		observed("10-9", pause(2*time.Second)),
		observed("10-10", pause(2*time.Second)),
		observed("10-11", func(ctx *durable.Context) (string, error) {
			return durable.RunInChildContext(ctx, &durable.ContextSpec{Name: "child"}, task)
		}),
		observed("10-12", both(task, task)),
		// One step has ended and another one is to be tried again.
		observed("10-13", func(ctx *durable.Context) (string, error) {
			if _, err := task(ctx); err != nil {
				return "", err
			}
			return flaky(ctx)
		}),
		// A step that succeeds, and one that fails.
		observed("10-14", func(ctx *durable.Context) (string, error) {
			out, err := task(ctx)
			if err != nil {
				return "", err
			}
			if _, err := broken(ctx); err != nil && !durable.Catchable(err) {
				return "", err
			}
			return out, nil
		}),
		observed("10-15", func(ctx *durable.Context) (string, error) {
			return durable.Step(ctx, hopeless, func(context.Context) (string, error) { return "", errors.New("boom") })
		}),
		observed("10-16", taskThenWait),
		observed("10-17", taskThenWait, newRecorder("CONFPLUGIN-FAULTY", true), newRecorder("CONFPLUGIN", false)),
		observed("10-18", both(pause(2*time.Second), pause(8*time.Second))),
		observed("10-19", taskThenWait),
		observed("10-20", taskThenWait),
		observed("10-21", flaky),
		observed("10-22", taskThenWait),
		observed("10-23", both(pause(2*time.Second), task)),
	}
}
