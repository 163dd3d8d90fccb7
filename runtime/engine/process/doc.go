// Package process runs Lambda functions as processes of their own, driven
// through the Lambda Runtime API, as the service does it.
//
// A [Pool] belongs to one function. It starts a process when an invocation finds
// none idle, kills it with all its descendants when an invocation takes too long, and
// uses it again otherwise. Each process has a Runtime API of its own, on a loopback port.
package process
