package main

// What generated code imports is imported here too, so that the go.sum of a module
// that has this command as a tool covers it: `go tool durablegen run` then builds
// what `go tool durablegen generate` has written, with no `go mod tidy` in between.
import (
	_ "github.com/durablegen/durablegen/runtime/durable"
	_ "github.com/durablegen/durablegen/runtime/durabletest"
	_ "github.com/durablegen/durablegen/runtime/flow"
)
