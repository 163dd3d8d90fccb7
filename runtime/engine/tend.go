package engine

import (
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// tendEvery is how often a store on disk is looked after. tellJump is how far the clock must
// have gone in between, or between two starts, to be told.
const (
	tendEvery = 10 * time.Second
	tellJump  = time.Minute
)

// begin finds out what time it is for the engine, which stored how far it was ahead of its clock.
// The clock may stand before the last fact: it was set back since, or was wrong when that was written.
// While executions run, time does not run backwards for them; when none does, it begins anew.
func (s *schedule) begin(info store.Info, running int, warn func(msg string, attrs ...any)) {
	clock := wire.TimeOf(s.clock.Now())
	s.offset, s.last = info.Offset, info.LastTime
	behind := info.LastTime - clock - wire.Time(info.Offset)
	ahead := max(info.Offset, 0)
	if info.LastTime != 0 && behind > 0 {
		ahead += int64(behind)
	}
	if ahead == 0 {
		return
	}
	lead := time.Duration(ahead) * time.Millisecond
	before := clock + wire.Time(ahead)
	switch {
	case running == 0 && !s.skip:
		s.offset, s.last = 0, 0
		if err := s.rewind(); err != nil {
			warn("that the store's time begins anew could not be stored", "error", err)
		}
		if lead >= tellJump {
			warn("the store's time was ahead of the clock; as nothing runs, it goes by the clock again", "store", before.Go(), "clock", clock.Go())
		}
	case behind > 0:
		s.offset = ahead
		s.store(ahead)
		if lead >= tellJump {
			warn("the clock stands before the last entry of the store; as executions run, time goes on from there, and by the clock again once the engine is started with none running",
				"store", before.Go(), "clock", clock.Go(), "running", running)
		}
	}
}

// tending is what tend remembers from one time to the next.
type tending struct {
	at      time.Time
	lead    time.Duration // of a clock that was set back
	trouble string        // why nothing can be stored
}

// tend looks after the store, again and again until the engine is closed: it deletes what has
// expired, gives back what isn't used, and tells when nothing can be stored any more, or time
// has made a jump.
func (e *Engine) tend(last tending) {
	if e.ctx.Err() != nil {
		return
	}
	t := tending{at: e.opts.Clock.Now()}
	if c, ok := e.opts.Clock.(interface{ ahead() time.Duration }); ok {
		t.lead = c.ahead()
	}
	if t.at.Sub(last.at) >= tendEvery+tellJump {
		e.log.Warn("the clock has made a jump: it was set, or the machine slept; what is due by now happens now", "from", last.at, "to", t.at)
	}
	if t.lead-last.lead >= tellJump {
		e.log.Warn("the clock was set back; time goes on as it was until the engine is started again with nothing running", "clock", t.at.Add(-t.lead), "engine", t.at)
	}
	e.forget()
	if err := e.store.Tend(); err != nil {
		t.trouble = err.Error()
	}
	if e.ctx.Err() != nil {
		return
	}
	switch {
	case t.trouble == last.trouble:
	case t.trouble != "":
		e.log.Error("nothing can be stored: requests are refused", "error", t.trouble)
	default:
		e.log.Warn("the store can be used again")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.stopTending = e.opts.Clock.AfterFunc(tendEvery, func() { e.tend(t) })
	}
}
