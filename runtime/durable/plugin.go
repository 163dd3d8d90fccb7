package durable

import (
	"github.com/durablegen/durablegen/runtime/wire"
)

// Plugin observes executions; embed [NoPlugin] and override what you need.
type Plugin interface{}

func (inv *invocation) observeStart() {}

func (inv *invocation) observeEnd(out wire.InvocationOutput, err error) {}

func (inv *invocation) observeChangeLocked(changed []wire.Operation) {}

func (c *Context) observeEnded(op *operation) {}

func (c *Context) observeEntered() {}

func (c *Context) observeLeft(err error) {}

func (c *Context) observeAttempt(op *operation, s *opSpec, number int) {}

func (c *Context) observeAttempted(op *operation, s *opSpec, number int, err error) {}
