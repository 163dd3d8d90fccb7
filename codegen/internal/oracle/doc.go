// Package oracle makes random programs, runs them, and compares what they do with
// what a small interpreter of the language says that they should.
//
//   - generate.go and expressions.go write workflows: operations of all kinds in each
//     other. Many go into one package, since compiling is what costs.
//   - Package world is their outside: what steps, callbacks and functions do. It also
//     runs them, undisturbed, killed at some of their checkpoints, and again from some of their
//     operations on.
//   - interpret.go and what it calls go through the checked tree, one operation after
//     the other, with the record of the run beside it: every operation has to be
//     there, with its ID, parent, type, attempts and outcome, and none besides.
//   - edits_test.go edits workflows at random, stops executions of what they were,
//     has them go on as what they became, and holds what package changes says of the edit to
//     that, to the interpreter and to a rehearsal.
//   - counts.go counts where control has gone; cost_test.go holds what package cost predicts from
//     that, and its bounds, to what was recorded.
//   - order.go compares the order in which the bodies of steps were called.
//
// What the language leaves open (which items of a failed batch had started, which of
// two simultaneous cases won) the interpreter takes from the record, and only looks
// whether it is allowed.
package oracle
