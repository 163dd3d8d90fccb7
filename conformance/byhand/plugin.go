package byhand

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/wire"
)

// recorder is a plugin that writes a log record of each of its hooks.
type recorder struct {
	durable.NoPlugin
	name   string
	hooks  []string // those that it writes of
	of     kind     // the operations that it writes of
	dump   bool     // everything that a hook is told, instead of a few members
	faulty bool     // panics after the record
}

// kind chooses operations by type or, if that is empty, by subtype.
type kind struct {
	is wire.OperationType
	or string
}

var (
	anything = kind{}
	ofSteps  = kind{is: wire.TypeStep}
	ofWaits  = kind{is: wire.TypeWait}
)

func (k kind) has(is wire.OperationType, sub string) bool {
	return k == anything || k.is == is || k.or == sub
}

var pluginLog = slog.New(durable.NewLogHandler(os.Stdout))

// record writes of a hook, unless that is none of the recorder's.
func (r recorder) record(hook, arn string, members ...any) {
	if !slices.Contains(r.hooks, hook) {
		return
	}
	pluginLog.Info(r.name+" "+hook, append([]any{"plugin", r.name, "hook", hook, "durableExecutionArn", arn}, members...)...)
	if r.faulty {
		panic(r.name + " is faulty")
	}
}

func (r recorder) InvocationStart(ctx context.Context, info durable.InvocationInfo) context.Context {
	for _, op := range info.Updated {
		if r.of.has(op.Type, op.SubType) {
			r.record("updated-on-invoke", info.ExecutionARN, "op", op.ID, "status", op.Status, "first", info.First)
		}
	}
	members := []any{"first", info.First}
	if r.dump {
		members = append(dumpInvocation(info), "updatedOperationsCount", len(info.Updated))
	}
	r.record("invocation-start", info.ExecutionARN, members...)
	return ctx
}

func (r recorder) InvocationEnd(_ context.Context, info durable.InvocationInfo) {
	ended := info.Status == "SUCCEEDED" || info.Status == "FAILED"
	members := []any{"first", info.First, "status", info.Status, "terminal", ended}
	if r.dump {
		members = append(dumpInvocation(info), "status", info.Status, "terminal", ended)
		if info.Error != nil {
			members = append(members, "executionError", info.Error.ErrorMessage)
		}
	}
	r.record("invocation-end", info.ExecutionARN, members...)
}

func (r recorder) OperationStart(_ context.Context, info durable.OperationInfo) {
	r.operation("operation-start", info)
}
func (r recorder) OperationEnd(_ context.Context, info durable.OperationInfo) {
	r.operation("operation-end", info)
}

func (r recorder) operation(hook string, info durable.OperationInfo) {
	if !r.of.has(info.Type, info.SubType) {
		return
	}
	result, failure := "NONE", "NONE"
	if info.Result != nil {
		result = *info.Result
	}
	if info.Error != nil {
		failure = info.Error.ErrorMessage
	}
	members := []any{
		"op", info.ID, "name", info.Name, "type", info.Type, "parent", orNone(info.ParentID), "status", info.Status,
		"replay", info.Replay, "pending", !info.Status.Terminal(), "result", result, "error", failure,
	}
	if r.dump {
		members = dumpOperation(info)
	}
	r.record(hook, info.ExecutionARN, members...)
}

func (r recorder) AttemptStart(ctx context.Context, info durable.AttemptInfo) context.Context {
	r.attempt("attempt-start", info)
	return ctx
}

func (r recorder) AttemptEnd(_ context.Context, info durable.AttemptInfo) {
	r.attempt("attempt-end", info, "outcome", info.Status)
}

func (r recorder) attempt(hook string, info durable.AttemptInfo, more ...any) {
	if !r.of.has(info.Type, info.SubType) {
		return
	}
	members := []any{"op", info.ID, "n", info.Attempt}
	if r.dump {
		members = append(dumpIdentity(info.ID, info.Name, info.Type, info.SubType, info.ParentID),
			"attempt", info.Attempt, "isReplay", info.Replay)
		members = append(members, dumpTimes(info.Start, info.End)...)
		if info.Err != nil {
			members = append(members, "error", info.Err.Error())
		}
	}
	r.record(hook, info.ExecutionARN, append(members, more...)...)
}

func (r recorder) FunctionStart(ctx context.Context, info durable.FunctionInfo) context.Context {
	r.function("fn-start", info)
	return ctx
}

func (r recorder) FunctionEnd(_ context.Context, info durable.FunctionInfo) {
	r.function("fn-end", info, "outcome", info.Status)
}

func (r recorder) function(hook string, info durable.FunctionInfo, more ...any) {
	if !r.of.has(info.Type, info.SubType) {
		return
	}
	members := []any{"op", info.ID, "parent", orNone(info.ParentID)}
	if r.dump {
		members = append(dumpIdentity(info.ID, info.Name, info.Type, info.SubType, info.ParentID),
			"isReplayingChildren", info.ReplayingChildren)
	}
	r.record(hook, info.ExecutionARN, append(members, more...)...)
}

func (r recorder) OperationChange(_ context.Context, info durable.ChangeInfo) {
	all := info.All()
	for id, op := range info.Updated {
		if !r.of.has(op.Type, op.SubType) {
			continue
		}
		_, known := all[id]
		members := []any{"op", id, "status", op.Status, "in_full_map", known}
		if r.dump {
			members = append(dumpOperation(op), "executionArn", info.ExecutionARN, "inFullMap", known,
				"updatedOperationsCount", len(info.Updated), "operationsCount", len(all))
		}
		r.record("operation-change", info.ExecutionARN, members...)
	}
}

func orNone(text string) string {
	if text == "" {
		return "NONE"
	}
	return text
}

// The members of a dump: those that are not set are left out.

func dumpInvocation(info durable.InvocationInfo) []any {
	return append([]any{"isFirstInvocation", info.First, "requestId", info.RequestID, "operationsCount", info.Operations},
		dumpTime("executionStartTimestamp", info.ExecutionStart)...)
}

func dumpOperation(info durable.OperationInfo) []any {
	members := append(dumpIdentity(info.ID, info.Name, info.Type, info.SubType, info.ParentID),
		"status", info.Status, "attempt", info.Attempt, "isReplay", info.Replay)
	if info.Error != nil {
		members = append(members, "error", info.Error.ErrorMessage)
	}
	return append(members, dumpTimes(info.Start, info.End)...)
}

func dumpIdentity(id, name string, is wire.OperationType, subType, parent string) []any {
	members := []any{"id", id, "name", name, "type", is, "subType", subType}
	if parent != "" {
		members = append(members, "parentId", parent)
	}
	return members
}

func dumpTimes(start, end time.Time) []any {
	return append(dumpTime("startTimestamp", start), dumpTime("endTimestamp", end)...)
}

func dumpTime(name string, t time.Time) []any {
	if t.IsZero() {
		return nil
	}
	return []any{name, t.UTC().Format("2006-01-02T15:04:05.000Z07:00")}
}

// observed makes the function of a requirement with plugins.
func observed[In, Out any](id string, body func(*durable.Context, In) (Out, error), plugins ...durable.Plugin) *durable.Function {
	return requirement(id, body).With(func(def *durable.Definition) { def.Plugins = plugins })
}

// writes is the plugin that writes of some hooks.
func writes(of kind, hooks ...string) recorder {
	return recorder{name: "CONFPLUGIN", of: of, hooks: hooks}
}

// dumps is the plugin that writes everything that some hooks are told.
func dumps(of kind, hooks ...string) recorder {
	return recorder{name: "CONFPLUGIN", of: of, hooks: hooks, dump: true}
}

// named is the same plugin with another name.
func (r recorder) named(name string) recorder {
	r.name = name
	return r
}

// failing is a plugin that panics in each of its hooks.
func (r recorder) failing() recorder {
	r.name, r.faulty = "CONFPLUGIN-FAULTY", true
	return r
}

var greetSpec = &durable.StepSpec{Name: "greet"}

// greet is a step that says in its log that it runs.
func greet(ctx *durable.Context, name string) (string, error) {
	return durable.Step(ctx, greetSpec, func(ctx context.Context) (string, error) {
		durable.StepLogger(ctx).Info("Greeting step running for: " + name)
		return "Hello, " + name + "!", nil
	})
}

// constant gives a workflow of one step, which gives a constant.
func constant(name, result string) func(*durable.Context, none) (string, error) {
	spec := &durable.StepSpec{Name: name}
	return func(ctx *durable.Context, _ none) (string, error) {
		return durable.Step(ctx, spec, func(context.Context) (string, error) { return result, nil })
	}
}

// broken gives a workflow of one step, whose attempts all fail.
func broken(name string, attempts int) func(*durable.Context, none) (string, error) {
	spec := &durable.StepSpec{Name: name, Retry: again(attempts - 1)}
	return func(ctx *durable.Context, _ none) (string, error) {
		return durable.Step(ctx, spec, func(context.Context) (string, error) { return "", errors.New("boom") })
	}
}

// flaky gives a workflow of one step, which succeeds in its second attempt.
func flaky(name, result string) func(*durable.Context, none) (string, error) {
	spec := &durable.StepSpec{Name: name, Retry: again(1)}
	return func(ctx *durable.Context, _ none) (string, error) {
		return durable.Step(ctx, spec, func(ctx context.Context) (string, error) {
			if durable.Attempt(ctx) == 1 {
				return "", errors.New("not yet")
			}
			return result, nil
		})
	}
}

// inOrder runs two workflows and gives the result of the second.
func inOrder(first, second func(*durable.Context, none) (string, error)) func(*durable.Context, none) (string, error) {
	return func(ctx *durable.Context, in none) (string, error) {
		if _, err := first(ctx, in); err != nil {
			return "", err
		}
		return second(ctx, in)
	}
}

// pause waits for two seconds.
func pause(ctx *durable.Context, _ none) (string, error) {
	return "waited", durable.Wait(ctx, waitSpec, 2*time.Second)
}

func plugins() []*durable.Function {
	invocations := writes(anything, "invocation-start", "invocation-end")
	attempts := writes(ofSteps, "attempt-start", "attempt-end")
	lifecycle := writes(ofSteps, "invocation-start", "operation-start", "attempt-start", "attempt-end", "operation-end", "invocation-end")
	return []*durable.Function{
		observed("10-1", greet, invocations),
		observed("10-2", greet, writes(ofSteps, "operation-start", "operation-end")),
		observed("10-3", flaky("flaky", "Operation succeeded"), attempts),
		observed("10-4", greet, lifecycle.failing()),
		observed("10-5", greet, invocations.named("CONFPLUGIN-A"), invocations.named("CONFPLUGIN-B")),
		observed("10-6", pause, invocations),
		observed("10-7", broken("broken", 1), invocations),
		observed("10-8", greet, writes(ofSteps, "operation-change")),
		observed("10-9", pause, writes(ofWaits, "updated-on-invoke")),
		observed("10-10", pause, writes(ofWaits, "operation-start", "operation-end")),
		// A step in a child context.
		observed("10-11", func(ctx *durable.Context, name string) (string, error) {
			return durable.RunInChildContext(ctx, &durable.ContextSpec{Name: "child"},
				func(ctx *durable.Context) (string, error) { return greet(ctx, name) })
		}, writes(anything, "operation-end")),
		// Branches without operations.
		observed("10-12", func(ctx *durable.Context, _ none) (out [2]string, err error) {
			err = durable.Parallel(ctx, &durable.BatchSpec{Name: "parallel", MaxConcurrency: ptr(1)},
				durable.Branch("", func(*durable.Context) (string, error) { return "task-1", nil }, &out[0]),
				durable.Branch("", func(*durable.Context) (string, error) { return "task-2", nil }, &out[1]))
			return out, err
		}, writes(kind{or: "ParallelBranch"}, "fn-start", "fn-end")),
		// One step has ended when another one is tried again.
		observed("10-13", inOrder(constant("a", "done"), flaky("b", "Operation succeeded")),
			writes(ofSteps, "operation-start", "operation-end")),
		observed("10-14", inOrder(constant("a", "task-a"), broken("b", 1)), writes(ofSteps, "operation-end")),
		observed("10-15", broken("hopeless", 2), writes(ofSteps, "attempt-start", "attempt-end", "operation-end")),
		observed("10-16", pause, invocations),
		observed("10-17", greet, lifecycle.failing(), lifecycle.named("CONFPLUGIN-HEALTHY")),
		// Two waits, of which one ends earlier.
		observed("10-18", func(ctx *durable.Context, _ none) (out [2]string, err error) {
			wait := func(name string, d time.Duration) func(*durable.Context) (string, error) {
				spec := &durable.WaitSpec{Name: name}
				return func(ctx *durable.Context) (string, error) { return name + "-done", durable.Wait(ctx, spec, d) }
			}
			err = durable.Parallel(ctx, &durable.BatchSpec{Name: "waits", MaxConcurrency: ptr(2)},
				durable.Branch("", wait("short", 2*time.Second), &out[0]),
				durable.Branch("", wait("long", 8*time.Second), &out[1]))
			return out, err
		}, writes(ofWaits, "operation-start", "operation-end")),

		// All that the hooks are told.
		observed("10-19", func(ctx *durable.Context, name string) (string, error) {
			return "done-" + name, durable.Wait(ctx, waitSpec, 2*time.Second)
		}, dumps(anything, "invocation-start", "invocation-end")),
		observed("10-20", constant("greet", "task-a"), dumps(ofSteps, "operation-start", "operation-end")),
		observed("10-21", flaky("flaky", "ok"), dumps(ofSteps, "attempt-start", "attempt-end")),
		observed("10-22", constant("greet", "task-a"), dumps(ofSteps, "operation-change")),
		observed("10-23", func(ctx *durable.Context, _ none) (out [2]string, err error) {
			err = durable.Parallel(ctx, &durable.BatchSpec{Name: "ctx", MaxConcurrency: ptr(1)},
				durable.Branch("branch-a", func(ctx *durable.Context) (string, error) {
					if _, err := constant("inner", "x")(ctx, none{}); err != nil {
						return "", err
					}
					return "a-done", durable.Wait(ctx, waitSpec, 2*time.Second)
				}, &out[0]),
				durable.Branch("branch-b", func(*durable.Context) (string, error) { return "b-done", nil }, &out[1]))
			return out, err
		}, dumps(kind{is: wire.TypeContext}, "operation-start", "fn-start")),
	}
}
