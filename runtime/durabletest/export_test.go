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
