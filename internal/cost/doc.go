// Package cost tells what an execution of a workflow takes and costs, before it has run:
// operations, bytes, invocations, time and money; at least, at most, and as expected under
// assumptions. It tells the same of an execution that has run, from its history.
//
//   - [Of] estimates the workflows of a program, [Difference] compares two estimates.
//   - [Predict] reckons with what was counted in a run in the place of assumptions: what
//     it comes to is what the run has recorded. A test holds it to that with random programs.
//   - [OfHistory] adds up an execution.
//   - [Check] warns of what reaches a limit of the service.
//
// An estimate comes from one walk over the checked tree. A statement is a [flow]: the ways on
// which control may leave it (go on, break, continue, give a value, fail), and for each the
// least and the most that was spent when it does, what may have to be undone later, and which
// share of those that came in is expected to take it. Bounds are sums, minima and maxima of
// those; what is expected is a sum weighted with the shares, so it is exact as soon as the
// shares are.
//
// What varies is a [Factor]: turns, items, checks, attempts, the ways of a decision. Each has
// a range that the text gives, a name under which it may be assumed, and a place; so what has
// no bound can say what would bound it.
//
// What AWS charges stands in [Metered], what it costs in prices.go, both with their source.
package cost
