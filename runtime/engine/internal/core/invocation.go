package core

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/durablegen/durablegen/runtime/wire"
)

// maxStalls is how many times in a row an invocation may change nothing and
// suspend with nothing to wait for but a step that was left open. The next time fails the execution.
const maxStalls = 3

// Launch makes an invocation the running one. There must be none, and the
// execution must not be closed. It has no facts.
func (s *State) Launch(requestID string, secret [16]byte, now wire.Time) *Change {
	c := s.begin(now)
	c.next.inv = &invocation{requestID: requestID, secret: secret, started: now}
	c.own = true
	return c
}

// Envelope is the event for the running invocation.
func (s *State) Envelope() *wire.InvocationInput {
	page := s.page(0, 0)
	return &wire.InvocationInput{
		Undo:                  s.undo(),
		Now:                   s.inv.started,
		DurableExecutionArn:   s.arn,
		CheckpointToken:       s.token(),
		InitialExecutionState: page,
		UpdatedOperationIds:   unique(s.updated),
	}
}

// Retries say how failed invocations are repeated.
type Retries struct {
	// Pauses are what comes before the next tries, in milliseconds; the last one stays.
	Pauses []wire.Time
	// Limit is how many invocations in a row may fail without getting on; then the
	// execution fails. 0: the execution's time-out is the only bound.
	Limit int
	// Spread takes from the upper half of each pause what belongs to who pauses, so that those who
	// failed together don't come back together.
	Spread bool
}

// Pause is what comes after a number of failures in a row. who is the ID of who has failed.
func (r *Retries) Pause(who string, failures int) wire.Time {
	if len(r.Pauses) == 0 {
		return 0
	}
	pause := r.Pauses[min(failures, len(r.Pauses))-1]
	if half := pause / 2; r.Spread && half > 0 {
		h := fnv.New64a()
		fmt.Fprint(h, who, failures)
		pause -= wire.Time(h.Sum64() % uint64(half))
	}
	return pause
}

// Complete ends an invocation. Failed ones have an error instead of an output, and are repeated
// as retries say. It returns nil if the invocation isn't
// the running one, as when the execution was stopped meanwhile.
func (s *State) Complete(requestID string, output []byte, failure *wire.ErrorObject, retries *Retries, now wire.Time) *Change {
	if s.inv == nil || s.inv.requestID != requestID {
		return nil
	}
	c := s.begin(now)
	inv := s.inv
	done := Fact{Kind: wire.EventInvocationCompleted, RequestID: requestID, Started: inv.started, Error: failure}

	if cl := s.closing; cl != nil {
		c.add(done)
		c.finish(cl)
		return c
	}
	if inv.cut {
		done.Cut = true
		c.add(done)
		c.release(inv)
		return c
	}
	if failure != nil {
		failures := s.failedInARow() + 1
		if retries.Limit > 0 && failures >= retries.Limit {
			c.add(done)
			c.whole(Fact{Kind: wire.EventExecutionFailed, Error: failure})
			return c
		}
		done.Until = now + retries.Pause(s.Start.ARN.ID, failures)
		if failures == 1 && atOnce(failure.ErrorType) {
			done.Until = now
		}
		c.suspend(done, inv)
		return c
	}

	outcome, bad := s.outcome(output)
	if bad == nil && outcome.status == wire.ExecutionRunning {
		done.Updated = unique(inv.unseen)
		var ok bool
		if done.Stalled, ok = s.maySuspend(); ok {
			c.suspend(done, inv)
			return c
		}
		bad = invalid("Cannot return PENDING status with no pending operations.")
	}
	if bad != nil {
		outcome = closing{status: wire.ExecutionFailed, err: &wire.ErrorObject{ErrorType: bad.Code, ErrorMessage: bad.Message}}
	}
	c.add(done)
	c.finish(&outcome)
	return c
}

// suspend ends an invocation after which the execution goes on. A pause that was asked for begins.
func (c *Change) suspend(done Fact, inv *invocation) {
	c.add(done)
	c.release(inv)
	c.pause()
}

// Recover finishes what a crash interrupted: an execution whose outcome was
// accepted ends with it, and a pause that was asked for begins. It returns nil if there is nothing to do.
func (s *State) Recover(now wire.Time) *Change {
	if s.Status.Closed() || s.closing == nil && s.Status != wire.ExecutionPausing {
		return nil
	}
	c := s.begin(now)
	if s.closing != nil {
		c.finish(s.closing)
	} else {
		c.pause()
	}
	return c
}

// atOnce tells whether a first failure of this type is worth repeating without a pause.
func atOnce(errorType string) bool {
	if errorType == "Sandbox.Timedout" {
		return false
	}
	return strings.HasPrefix(errorType, "Runtime.") || strings.HasPrefix(errorType, "Sandbox.") || strings.HasPrefix(errorType, "Extension.")
}

func (c *Change) finish(cl *closing) {
	if cl.status == wire.ExecutionSucceeded {
		c.whole(Fact{Kind: wire.EventExecutionSucceeded, Payload: cl.result})
	} else {
		c.whole(Fact{Kind: wire.EventExecutionFailed, Error: cl.err})
	}
}

// outcome reads what an invocation returned; status RUNNING means that it suspended.
func (s *State) outcome(output []byte) (closing, *wire.APIError) {
	var out wire.InvocationOutput
	if err := json.Unmarshal(output, &out); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && (wrong.Field == "Result" || strings.HasPrefix(wrong.Field, "Error")) {
			return closing{}, invalid("Invalid %s in invocation output: it must be %s, not a JSON %s.", wrong.Field, memberTypes[wrong.Field], wrong.Value)
		}
		return closing{}, invalid("Invalid Status in invocation output.")
	}
	switch out.Status {
	case wire.InvocationSucceeded:
		if out.Error != nil {
			return closing{}, invalid("Cannot provide an Error for SUCCEEDED status.")
		}
		if limit := s.outputLimit(); out.Result != nil && len(*out.Result) > limit {
			return closing{}, invalid("Execution output payload size must be less than or equal to %d bytes.", limit)
		}
		return closing{status: wire.ExecutionSucceeded, result: out.Result}, nil
	case wire.InvocationFailed:
		if out.Result != nil {
			return closing{}, invalid("Cannot provide a Result for FAILED status.")
		}
		if err := s.checkError(out.Error); err != nil {
			return closing{}, err
		}
		if out.Error == nil {
			out.Error = &wire.ErrorObject{}
		}
		return closing{status: wire.ExecutionFailed, err: out.Error}, nil
	case wire.InvocationPending:
		return closing{status: wire.ExecutionRunning}, nil
	}
	return closing{}, invalid("Invalid Status in invocation output.")
}

// memberTypes are what the members of an invocation's output are, for messages.
var memberTypes = map[string]string{
	"Result": "a text that holds JSON", "Error": "an object", "Error.StackTrace": "a list of texts",
	"Error.ErrorType": "a text", "Error.ErrorMessage": "a text", "Error.ErrorData": "a text",
}

// maySuspend tells whether there is something that will wake the execution.
// stalled means that there isn't, but that a step was left open, or ready, which
// another invocation can go on with at once.
func (s *State) maySuspend() (stalled, ok bool) {
	if len(s.inv.unseen) > 0 || len(s.inv.held) > 0 {
		return false, true
	}
	waiting, open, ready := false, false, false
	for _, id := range s.order {
		o := s.ops[id]
		if o.copied {
			continue // what waits for it has been given up
		}
		switch o.Type {
		case wire.TypeWait, wire.TypeCallback, wire.TypeChainedInvoke:
			waiting = waiting || o.Status == wire.StatusStarted
		case wire.TypeStep:
			waiting = waiting || o.Status == wire.StatusPending
			open = open || o.Status == wire.StatusStarted
			ready = ready || o.Status == wire.StatusReady
		}
	}
	stalled = ready || open && !waiting
	if stalled && s.lastDone == s.events && s.stalls >= maxStalls {
		return false, waiting
	}
	return stalled, waiting || open || ready
}

// token is the one that the next checkpoint must bring.
func (s *State) token() string { return encodeToken(s.Start.ARN.ID, s.inv.secret, s.inv.seq) }

// checkToken refuses a token that isn't the current one.
func (s *State) checkToken(token string) *wire.APIError {
	id, secret, seq, ok := decodeToken(token)
	if !ok {
		return ErrToken()
	}
	if id != idBytes(s.Start.ARN.ID) {
		return invalid("Checkpoint token is not valid for the durable execution ARN")
	}
	if s.inv == nil || s.inv.cut || s.closing != nil || s.Status.Closed() || secret != s.inv.secret || seq != s.inv.seq {
		return ErrToken()
	}
	return nil
}

// unique drops repetitions, keeping the first of each.
func unique(ids []string) []string {
	if len(ids) < 2 {
		return append([]string(nil), ids...)
	}
	seen := make(map[string]bool, len(ids))
	var out []string
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// ExitError is the error of an invocation whose process is gone.
func ExitError(requestID, how string) wire.ErrorObject {
	return wire.ErrorObject{
		ErrorType:    "Runtime.ExitError",
		ErrorMessage: fmt.Sprintf("RequestId: %s Error: Runtime exited with error: %s", requestID, how),
	}
}
