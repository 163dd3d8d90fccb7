// Package core holds the rules of durable executions, and nothing else: no
// clock, no input or output, no goroutine. From the state of an execution, a
// command and the time it decides what happens:
//
//	change, err := state.Checkpoint(cmd, now)
//
// A command that is refused leaves no trace. A [Change] holds the facts to
// store, the answer, and the effects to take care of once the facts are stored;
// [Change.Install] then gives the next state. A state can be rebuilt by folding
// the stored facts, in order, with [Rebuild].
//
// Random values come in with the commands, so that the same command on the same
// state always gives the same change.
package core
