// Package engine is a complete durable-execution service for one machine. It
// keeps executions, gives them their invocations, fires their timers, and
// serves the AWS Lambda API that handlers, callback senders and tools speak,
// so that what runs on Lambda runs here unchanged.
//
// [New] opens a store, [Engine.Register] adds functions, [Engine.Start] resumes
// what was running and begins to work. [Engine.Handler] is the HTTP API. The
// same actions are Go methods: [Engine.StartExecution], [Engine.Checkpoint],
// [Engine.State], [Engine.Stop], [Engine.CallbackSucceed] and so on. [Engine.Subscribe]
// tells what happens as it happens; [Engine.ListExecutions], [Engine.History] and
// [Engine.OpenCallbacks] tell what has happened.
//
// # Versions
//
// [Engine.PublishVersion] makes a version of what a function is, and [Engine.CreateAlias] a name that
// leads to one. An execution stays on the version that it began on, whatever is registered later; [Options.Versions]
// gives the code of versions back after a restart.
//
// # How it works
//
// The rules of the protocol are a pure core (internal/core): from a state, a
// command and the time it decides a change, or refuses. Everything about one
// execution passes its lane, one command at a time: decide, commit the change
// to the store, install it, then act on it (invoke the function, set a timer,
// wake who waits). A change that was acknowledged is on disk. Many executions'
// changes share one commit.
//
// That an invocation is running is never stored. After a crash the engine
// starts the invocation again with a new token; a process of before that is
// still alive is refused as stale.
//
// # Time
//
// The engine takes the time from a [Clock] only. With [Options.SkipTime] it
// moves its own time to the next deadline whenever nothing else can happen; how
// far it has moved is stored, so that its time never runs backwards, whatever
// clock the next start uses.
package engine
