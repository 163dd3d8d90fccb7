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
