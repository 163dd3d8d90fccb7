package core

import "github.com/durablegen/durablegen/runtime/wire"

// Begin starts an execution.
func Begin(start Start, input *string, limits *Limits, now wire.Time) *Change {
	s := &State{limits: limits, ops: map[string]*op{}}
	c := s.begin(now)
	c.add(Fact{
		Kind: wire.EventExecutionStarted, Op: start.ARN.ID, Name: start.ARN.Name,
		Payload: input, Duration: start.ExecutionTimeout, Start: &start,
	})
	return c
}

// Stop ends the execution as STOPPED. It returns nil if it has ended already.
func (s *State) Stop(cause *wire.ErrorObject, now wire.Time) (*Change, error) {
	if s.Status.Closed() {
		return nil, nil
	}
	if err := s.checkError(cause); err != nil {
		return nil, err
	}
	c := s.begin(now)
	c.whole(Fact{Kind: wire.EventExecutionStopped, Error: orEmpty(cause)})
	return c, nil
}

// outputLimit is the largest result that the execution may have.
func (s *State) outputLimit() int {
	if s.Start.Sync {
		return s.limits.SyncOutput
	}
	return s.limits.AsyncOutput
}

// ChainedOutcome is what a closed execution reports to the one that invoked it.
func (s *State) ChainedOutcome() ChainedDone {
	d := ChainedDone{Op: s.Start.ParentOp}
	switch s.Status {
	case wire.ExecutionSucceeded:
		d.Status, d.Result = wire.StatusSucceeded, s.Result
	case wire.ExecutionTimedOut:
		d.Status = wire.StatusTimedOut
		d.Error = &wire.ErrorObject{
			ErrorType:    "ChainedInvoke.Timeout",
			ErrorMessage: "CHAINED_INVOKE timed out after " + seconds(s.Start.ExecutionTimeout) + ".",
		}
	case wire.ExecutionStopped:
		d.Status, d.Error = wire.StatusStopped, s.Error
	default:
		d.Status, d.Error = wire.StatusFailed, s.Error
	}
	return d
}
