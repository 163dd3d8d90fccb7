package engine

import (
	"context"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Drain lets the steps that are running come to their ends, at most until ctx ends, and
// begins nothing more: no invocation, and no step of one that runs. Close is to follow; what it
// then cuts off goes on when the engine is started again.
func (e *Engine) Drain(ctx context.Context) {
	e.draining.Store(true)
	for e.RunningSteps() > 0 {
		select {
		case <-e.moved:
		case <-ctx.Done():
			return
		}
	}
}

// RunningSteps counts the steps that invocations are at work on.
func (e *Engine) RunningSteps() int {
	n := 0
	for _, x := range e.executions() {
		x.read(func(s *core.State) { n += s.RunningSteps() })
	}
	return n
}

// drained tells Drain that something has happened.
func (e *Engine) drained() {
	if e.draining.Load() {
		select {
		case e.moved <- struct{}{}:
		default:
		}
	}
}

// holdBack keeps a checkpoint that begins a step waiting until the engine is closed, once it
// drains: an attempt that has no time left is not begun. One that brings the outcome of another
// step is let through.
func (e *Engine) holdBack(ctx context.Context, updates []wire.OperationUpdate) error {
	if !e.draining.Load() {
		return nil
	}
	begins := false
	for i := range updates {
		if updates[i].Type == wire.TypeStep {
			if updates[i].Action != wire.ActionStart {
				return nil
			}
			begins = true
		}
	}
	if !begins {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-e.ctx.Done():
		return errClosed
	}
}
