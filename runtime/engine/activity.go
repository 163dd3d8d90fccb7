package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// ActivityKind tells what an execution is doing, as far as its operations don't tell.
type ActivityKind string

const (
	ActivityNone       ActivityKind = ""            // it has ended, or waits for what its operations say
	ActivityInvoked    ActivityKind = "invoked"     // its function is at work
	ActivityQueued     ActivityKind = "queued"      // it waits for a free process of its function
	ActivityUnstarted  ActivityKind = "unstarted"   // no process of its function can be started just now
	ActivityRetry      ActivityKind = "retry"       // its last invocation has failed, and another will come
	ActivityNoFunction ActivityKind = "no-function" // an invocation is due, but its function isn't registered
	ActivitySetAside   ActivityKind = "set-aside"   // its record is damaged: it does not go on
)

// Activity is what an execution is doing.
type Activity struct {
	Kind     ActivityKind
	Since    time.Time // of invoked and queued
	Failures int       // how many times in a row it was invoked, or its start was tried, in vain
	Cause    string    // of the last failure
	Next     time.Time // when it is tried again; zero: it is being tried, or nothing is to come
}

// Activity tells what an execution is doing.
func (e *Engine) Activity(ctx context.Context, arn string) (Activity, error) {
	x, h, err := e.find(arn)
	if err != nil {
		return Activity{}, err
	}
	if x == nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		if aside := e.setAside[h.ARN.ID]; aside != nil {
			return Activity{Kind: ActivitySetAside, Cause: aside.Error()}, nil
		}
		return Activity{}, nil
	}
	registered := e.functionFor(x.arn) != nil
	now := e.schedule.now()
	var a Activity
	x.read(func(s *core.State) {
		failures, why, next := s.Failing()
		_, running := s.Running()
		switch {
		case s.Status.Closed():
			return
		case running:
			a = x.activity
		case failures > 0:
			a = Activity{Kind: ActivityRetry, Next: next.Go()}
		case s.Due(now) && !registered:
			a = Activity{Kind: ActivityNoFunction}
		}
		if a.Kind != ActivityUnstarted && failures > 0 {
			a.Failures, a.Cause = failures, errorText(why)
		}
	})
	return a, nil
}

// String says it in half a sentence, such as "waits for a free process since 15:04:05". It is
// empty if there is nothing to be said beyond what the operations tell.
func (a Activity) String() string {
	const clock = time.TimeOnly
	failed := fmt.Sprintf("%d invocations in a row have failed without getting on (%s)", a.Failures, a.Cause)
	if a.Failures == 1 {
		failed = fmt.Sprintf("its last invocation failed (%s)", a.Cause)
	}
	switch a.Kind {
	case ActivityQueued:
		return "waits for a free process since " + a.Since.Local().Format(clock)
	case ActivityUnstarted:
		return fmt.Sprintf("its function can't be started (%s); tried %d times, again at %s", a.Cause, a.Failures, a.Next.Local().Format(clock))
	case ActivityRetry:
		return failed + "; the next one is at " + a.Next.Local().Format(clock)
	case ActivityNoFunction:
		return "waits for its function, which is not served here"
	case ActivitySetAside:
		return "is set aside (" + a.Cause + ")"
	case ActivityInvoked:
		if a.Failures > 0 {
			return failed + "; another one is at work"
		}
	}
	return ""
}

// errorText shows an error in a line.
func errorText(e *wire.ErrorObject) string {
	switch {
	case e == nil:
		return ""
	case e.ErrorMessage == "":
		return e.ErrorType
	}
	return e.ErrorType + ": " + e.ErrorMessage
}

// note remembers what the running invocation is doing.
func (x *execution) note(a Activity) {
	x.mu.Lock()
	x.activity = a
	x.mu.Unlock()
}
