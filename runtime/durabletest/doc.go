// Package durabletest runs durable workflows in a Go test: in this process, on the
// real service in memory, with time that skips whatever nobody is working on. What
// the outside would do, the test says:
//
//	env := durabletest.New(t, fulfilOrder)
//	env.Answer("askRestaurant", durabletest.Succeed(Reply{Accepted: true}).After(time.Minute))
//	env.Answer("customerConfirms", durabletest.Silence())
//	run := env.Run(order)
//	run.MustSucceed(&receipt)
//
// [Env.CrashAt] kills the process at a checkpoint, and [EveryBoundary] does it at
// each one in turn: a workflow has to end alike wherever it died.
package durabletest
