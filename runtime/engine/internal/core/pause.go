package core

import (
	"fmt"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Pause asks for a pause, or, as Resume's command, for its end.
type Pause struct {
	ClientToken   string  // makes a repeated request harmless for requestMemory; empty: it isn't
	Reason        *string // nil: none
	TimeoutPaused bool    // the execution's time-out moves by as long as it is paused
}

// pause is one that was asked for.
type pause struct {
	requested     wire.Time
	since         wire.Time // 0: it has not begun
	reason        *string
	timeoutPaused bool
	left          wire.Time // until the time-out, when the pause began
}

// request is a pause or a resume of late.
type request struct {
	token         string
	resume        bool
	reason        string
	timeoutPaused bool
	at            wire.Time
}

// requestMemory is how long a client token is known.
const requestMemory = 15 * 60 * 1000

// Paused describes the pause of an execution that is PAUSING or PAUSED.
type Paused struct {
	Requested     wire.Time
	Since         wire.Time // 0: the running invocation has not made a checkpoint yet
	Reason        *string
	TimeoutPaused bool
}

// Paused tells about the pause; ok is false if there is none.
func (s *State) Paused() (p Paused, ok bool) {
	if s.pause == nil {
		return Paused{}, false
	}
	return Paused{s.pause.requested, s.pause.since, s.pause.reason, s.pause.timeoutPaused}, true
}

// TimeoutAt tells when the execution will time out, as things stand; 0: never, or it has ended.
func (s *State) TimeoutAt() wire.Time { return s.timeoutAt }

// Pause keeps the function from being invoked until [State.Resume]. A running invocation goes on up
// to its next checkpoint. Change and error are nil if the request is a repeated one.
func (s *State) Pause(p *Pause, now wire.Time) (*Change, error) {
	switch {
	case s.repeated(p, false, now):
		return nil, nil
	case s.Status.Closed():
		return nil, Conflict("The durable execution has ended: it is %s.", s.Status)
	case s.pause != nil:
		return nil, Conflict("The durable execution is %s already.", s.Status)
	}
	c := s.begin(now)
	f := Fact{Kind: FactExecutionPausing, Payload: p.Reason, Requested: now, TimeoutPaused: p.TimeoutPaused, ClientToken: p.ClientToken}
	if s.inv == nil || s.inv.cut {
		f.Kind = wire.EventExecutionPaused
	}
	c.whole(f)
	return c, nil
}

// Resume ends a pause, or takes it back if it has not begun. Change and error are nil if the
// request is a repeated one.
func (s *State) Resume(p *Pause, now wire.Time) (*Change, error) {
	switch {
	case s.repeated(p, true, now):
		return nil, nil
	case s.Status.Closed():
		return nil, Conflict("The durable execution has ended: it is %s.", s.Status)
	case s.pause == nil:
		return nil, Conflict("The durable execution is not paused.")
	}
	c := s.begin(now)
	f := Fact{Kind: FactPauseCancelled, Payload: p.Reason, Requested: now, ClientToken: p.ClientToken}
	if s.pause.since != 0 {
		f.Kind = wire.EventExecutionResumed
	}
	c.whole(f)
	return c, nil
}

// pause lets a pause begin that was asked for, if there is one.
func (c *Change) pause() {
	if p := c.next.pause; p != nil && p.since == 0 {
		c.whole(Fact{Kind: wire.EventExecutionPaused, Payload: p.reason, Requested: p.requested, TimeoutPaused: p.timeoutPaused})
	}
}

// repeated tells whether a request has been carried out before.
func (s *State) repeated(p *Pause, resume bool, now wire.Time) bool {
	if p.ClientToken == "" {
		return false
	}
	wanted := request{token: p.ClientToken, resume: resume, reason: deref(p.Reason), timeoutPaused: p.TimeoutPaused && !resume}
	for _, r := range s.tokens {
		if wanted.at = r.at; r == wanted && now < r.at+requestMemory {
			return true
		}
	}
	return false
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// mayPause tells why a fact about a pause can't follow.
func (s *State) mayPause(k Kind) error {
	begun := s.pause != nil && s.pause.since != 0
	ok := false
	switch k {
	case FactExecutionPausing:
		ok = s.pause == nil
	case wire.EventExecutionPaused:
		ok = !begun
	case FactPauseCancelled:
		ok = s.pause != nil && !begun
	case wire.EventExecutionResumed:
		ok = begun
	}
	if !ok {
		return fmt.Errorf("the execution is %s", s.Status)
	}
	return nil
}

func (s *State) foldPause(f *Fact) {
	resume := f.Kind == FactPauseCancelled || f.Kind == wire.EventExecutionResumed
	if f.ClientToken != "" {
		tokens := []request{{token: f.ClientToken, resume: resume, reason: deref(f.Payload), timeoutPaused: f.TimeoutPaused, at: f.At}}
		for _, r := range s.tokens {
			if f.At < r.at+requestMemory {
				tokens = append(tokens, r)
			}
		}
		s.tokens = tokens
	}
	if resume {
		if p := s.pause; p.since != 0 && p.timeoutPaused {
			s.timeOut(min(f.At+p.left, s.lastMoment()))
		}
		s.Status, s.pause = wire.ExecutionRunning, nil
		return
	}
	p := &pause{requested: f.Requested, reason: f.Payload, timeoutPaused: f.TimeoutPaused}
	s.Status = wire.ExecutionPausing
	if f.Kind == wire.EventExecutionPaused {
		s.Status = wire.ExecutionPaused
		p.since, p.left = f.At, s.timeoutAt-f.At
		if p.timeoutPaused {
			s.timeOut(s.lastMoment())
		}
	}
	s.pause = p
}

// lastMoment is when the execution times out however long it was paused.
func (s *State) lastMoment() wire.Time { return after(s.Began, maxDelay) }

// timeOut sets when the execution times out, if it ever does.
func (s *State) timeOut(at wire.Time) {
	if s.Start.ExecutionTimeout == 0 {
		return
	}
	s.timeoutAt = at
	s.arm(timer{due: at, kind: timerExecution})
}
