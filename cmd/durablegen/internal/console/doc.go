// Package console serves a web page that shows what a local service for durable
// executions does, live, and lets people act on it: start and stop executions, answer
// callbacks, skip waits.
//
// [Serve] makes and serves it, and [Console.Link] is the address to open it with. Where to
// find what:
//
//	guard.go       who may ask: Host, Origin, the token, CSRF, the headers of answers
//	catalog.go     what the packages say: workflows, their types as forms, diagrams
//	executions.go  the list, and its stream
//	execution.go   one execution: its page's data, and its stream
//	compare.go     two executions, side by side
//	waits.go       what it waits for, with the forms that answer
//	model.go       history → operations with attempts
//	diagram.go     history → looks of the diagrams' nodes
//	actions.go     everything that changes something
//	editor.go      what opens a line of a .flow file in an editor
//	text.go        payloads, cut; the lines where errors come from
//	stream.go      server-sent events, coalesced, resumed
//	logs.go        the latest lines that functions wrote, which the engine does not keep
//	assets/        the page: HTML, CSS and modules, served as they are
//
// The page holds no data of its own: it asks the API below /api/, in JSON, and is told of
// changes by server-sent events. Nothing in it comes from elsewhere, and what
// workflows, functions or people wrote reaches it as text only. Diagrams are drawn from
// the program alone; what a run did changes classes and badges on them, never their text.
//
// An ID of a callback is a capability. None leaves this package unless it is asked for by
// itself: the page names a callback by its execution and operation.
package console
