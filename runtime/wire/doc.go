// Package wire holds the shapes of the AWS Lambda durable-execution protocol
// that the handler side (runtime/durable) and the service side (runtime/engine)
// share: operations, checkpoint updates, the invocation envelope and history
// events. It has no behaviour beyond encoding, and imports nothing of this module.
package wire
