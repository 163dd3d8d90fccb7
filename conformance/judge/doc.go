// Package judge holds a durable-execution service to AWS's conformance
// requirements: YAML files that say what an execution must return, which
// history it must leave, and which spans it must export.
//
// [Load] reads a folder of requirements, [Judge.Run] starts one of them over
// HTTP, answers its callbacks, and compares. The judge knows the service only by
// its API; it trusts nothing that the service says about itself, and looks at
// what the files leave open, too: see [Sound].
package judge
