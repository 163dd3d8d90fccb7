package engine

import (
	"context"
	"strconv"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// PauseInput asks for a pause, or for the end of one.
type PauseInput struct {
	// ClientToken makes a repeated request, with the same token and parameters within 15 minutes, one
	// that changes nothing; empty: it is refused as what it is.
	ClientToken string
	Reason      string // for the history, at most 1,024 characters

	// TimeoutRunsOn lets the execution time out as if it weren't paused. Without it its time-out
	// moves by as long as it is paused, to 366 days after its start at most. Resume ignores it.
	TimeoutRunsOn bool
}

// Pause describes the pause of an execution that is PAUSING or PAUSED.
type Pause struct {
	Requested     time.Time
	Since         time.Time // zero while the running invocation has not made a checkpoint yet
	Reason        string    // left out when the execution's data weren't asked for
	TimeoutRunsOn bool
}

// Pause keeps the function of an execution from being invoked until [Engine.Resume]. What the execution
// waits for goes on, ends and is recorded meanwhile. An invocation that runs goes on up to its next
// checkpoint; until then the execution is PAUSING. One that has ended, or is paused already, is refused
// with ResourceConflictException.
//
// Time is not skipped while an execution is paused.
func (e *Engine) Pause(ctx context.Context, arn string, in PauseInput) error {
	return e.changePause(arn, in, (*core.State).Pause)
}

// Resume ends a pause. The function is invoked if the pause has cut an invocation short, or something
// has ended meanwhile; else the execution goes on waiting. A pause that hasn't begun is taken back. An execution
// that isn't paused is refused with ResourceConflictException.
func (e *Engine) Resume(ctx context.Context, arn string, in PauseInput) error {
	in.TimeoutRunsOn = true
	return e.changePause(arn, in, (*core.State).Resume)
}

func (e *Engine) changePause(arn string, in PauseInput, change func(*core.State, *core.Pause, wire.Time) (*core.Change, error)) error {
	p := &core.Pause{ClientToken: in.ClientToken, TimeoutPaused: !in.TimeoutRunsOn}
	if in.Reason != "" {
		p.Reason = &in.Reason
	}
	x, h, err := e.find(arn)
	if err != nil {
		return err
	}
	decide := func(s *core.State, now wire.Time) (*core.Change, error) { return change(s, p, now) }
	if x != nil {
		return x.do(decide)
	}
	s, _, err := e.rebuild(h)
	if err == nil {
		_, err = decide(s, e.schedule.now()) // it has ended: a repeated request at most
	}
	return err
}

// Delete deletes an execution that has ended, with all that is stored of it, and tells when. One that
// has not, or whose outcome another execution is yet to be told, is refused with ResourceConflictException.
func (e *Engine) Delete(ctx context.Context, arn string) (time.Time, error) {
	x, h, err := e.find(arn)
	if err != nil {
		return time.Time{}, err
	}
	if x != nil {
		status := wire.ExecutionRunning
		x.read(func(s *core.State) { status = s.Status })
		return time.Time{}, core.Conflict("The durable execution has not ended: it is %s.", status)
	}
	e.mu.Lock()
	aside := e.setAside[h.ARN.ID]
	e.mu.Unlock()
	if aside != nil {
		return time.Time{}, aside
	}
	// What is damaged may go.
	if awaited, err := e.awaited(h); err == nil && awaited {
		return time.Time{}, core.Conflict("The execution that has invoked the durable execution has not taken its outcome yet.")
	}
	defer e.reserve(h.ARN.Function, h.ARN.Name)()
	return e.Now(), e.store.Delete(h.Key)
}

// awaited tells whether an execution is a child whose end its parent has not recorded.
func (e *Engine) awaited(h *store.Execution) (awaited bool, err error) {
	first, err := e.store.Events(h.Key, 0, false, 1, 1)
	if err != nil || len(first) == 0 || first[0].Start == nil || first[0].Start.ParentARN == "" {
		return false, err
	}
	e.mu.Lock()
	parent := e.running[core.IDOf(first[0].Start.ParentARN)]
	e.mu.Unlock()
	if parent != nil {
		parent.read(func(s *core.State) {
			children, _ := s.OpenChained()
			_, awaited = children[first[0].Start.ParentOp]
		})
	}
	return awaited, nil
}

// checkPauseInput refuses what the API's model does.
func checkPauseInput(in *PauseInput) error {
	var c core.Constraints
	c.CheckClientToken(in.ClientToken)
	n := len([]rune(in.Reason))
	c.Want(n <= 1024, "a text of "+strconv.Itoa(n)+" characters", "reason", "have length less than or equal to 1024")
	return c.Err()
}
