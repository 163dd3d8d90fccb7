package durabletest

import (
	"testing"
	"time"
)

// SetHandlerPatience has an AnswerFunc told that blocks after d.
func SetHandlerPatience(t testing.TB, d time.Duration) {
	before := handlerPatience
	handlerPatience = d
	t.Cleanup(func() { handlerPatience = before })
}

// FewerCheckpoints lets a run make fewer checkpoints than one at which it is to be killed.
func (e *Env) FewerCheckpoints() *Env {
	e.fewerCheckpoints = true
	return e
}

// Killed reports whether the process of a run of [EveryBoundary] has died.
func (r *Run) Killed() bool {
	if r.crash == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.updates[update{operation: r.crash.at.operation, action: r.crash.at.action}] >= r.crash.at.time
}
