// Package flow is what generated workflows compute with: arithmetic that is
// checked, access to lists, maps and JSON, the functions of the language, the
// strict JSON of its values, and the outside's end of callbacks.
//
// What can't be computed (an overflow, a division by zero, an index out of range)
// panics with a value of this package; generated code computes inside of [Eval],
// which makes a *durable.UnexpectedError of it that says where in the .flow file
// it happened. Everything here is pure: equal arguments give equal results on
// every machine.
package flow
