// Package durable is the handler side of AWS Lambda durable functions: what a
// workflow, generated from a .flow file or written by hand, calls to run steps,
// wait, hand out callbacks and branch, so that it survives the death of its
// process at any moment.
//
// A workflow is a function that [Workflow] wraps and [Start] serves:
//
//	func main() {
//		durable.Start(durable.Workflow(durable.Definition{Name: "hello"},
//			func(ctx *durable.Context, name string) (string, error) {
//				return durable.Step(ctx, durable.Named("greet"), func(ctx context.Context) (string, error) {
//					return "Hello, " + name, nil
//				})
//			}))
//	}
//
// # Replay
//
// The service keeps a record of every operation. Each invocation runs the
// workflow from its beginning; an operation that is recorded as ended gives its
// recorded outcome and does nothing. What a workflow computes between its
// operations must therefore follow from its input and from the outcomes of its
// operations alone. A value or an error is always the one decoded from its
// record, at the first run too.
//
// # Suspension
//
// An operation that has to wait for the service returns an error for which
// [Catchable] is false once nothing in the workflow can go on. The workflow hands
// that error to its caller, deferred calls run, and the invocation ends; the
// service starts another one when there is news. A workflow that swallows the
// error gains nothing: its further operations return it again, and the invocation
// ends as pending whatever the workflow returns.
//
// # Errors
//
// The error of an operation is the one that its record gives back, at the first run
// and at every replay:
//
//   - a [Declared] error, as the Go type that [Definition] knows for it, if the
//     operation's Fails allow it;
//   - a built-in one, such as [*TimeoutError] or [*InterruptedError];
//   - an [*UnexpectedError] for all else, with the original's type and message as
//     texts. What an operation is refused for is one, too: a wait of ten years, a
//     result that is too large.
//
// Look for them with errors.As once [Catchable] has said that there is something to
// handle.
//
// A scope is all or nothing: what was registered by [Undo] runs when it fails. An undo
// that fails itself makes it an [*UndoFailedError]. [Context.Commit] drops what was
// registered so far.
//
// # Concurrency
//
// [Map], [Parallel], [ParallelFunc] and [Select] run parts of a workflow at the same time, each on a
// goroutine of its own and with a context of its own; they decide in a way that a replay
// repeats. A goroutine that the workflow starts itself is not known to the runtime.
//
// # Specs
//
// Each operation takes a spec, of which nothing has to be said: the zero value of a
// field is the default that its comment names, and a nil spec is the zero one. What
// only generated code sets stands last.
//
// # Identity
//
// An operation is found in the record by the path of names that leads to it,
// never by its position. A name, or [Context.Turn] of a loop and a name, may be
// used once in a scope.
package durable
