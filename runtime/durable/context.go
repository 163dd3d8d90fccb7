package durable

import (
	"log/slog"
	"time"
)

// Context is one scope of a workflow, or one turn of a loop in it. It belongs to
// the function that it was passed to: what runs inside an inner scope uses that
// one's context. It is not a [context.Context].
type Context struct{}

// Turn gives the same scope as seen from turn i of a loop: operations of different
// turns have different identities. Nested loops nest it.
func (c *Context) Turn(i int) *Context { panic("not implemented") }

// Logger gives a logger whose records are dropped while the scope replays.
func (c *Context) Logger() *slog.Logger { panic("not implemented") }

// ExecutionARN gives the ARN of the execution.
func (c *Context) ExecutionARN() string { panic("not implemented") }

// ExecutionName gives the name of the execution.
func (c *Context) ExecutionName() string { panic("not implemented") }

// StartTime gives the time at which the execution started.
func (c *Context) StartTime() time.Time { panic("not implemented") }
