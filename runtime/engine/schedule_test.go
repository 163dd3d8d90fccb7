package engine

import (
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// A deadline that is moved right after it has fired still fires for the time it was
// due: else an execution would take a timer that is days away for the one that fired.
func TestFiredDeadlineKeepsItsTime(t *testing.T) {
	s := &schedule{clock: NewManualClock(wire.Time(5000).Go()), started: true, store: func(int64) {}, jumped: func(_, _ wire.Time) {}}
	for range 200 {
		got := make(chan wire.Time, 1)
		d := newDeadline(func(due wire.Time) { got <- due })
		s.set(d, 1000, true)
		s.mu.Lock()
		s.fire()
		d.due = 1_000_000 // what set does to a deadline that is not in the queue
		s.mu.Unlock()
		if due := <-got; due != 1000 {
			t.Fatalf("it fired for %d, want 1000", due)
		}
	}
}

// Time stands still while its clock is behind what it has shown.
func TestTimeNeverRunsBackwards(t *testing.T) {
	clock := NewManualClock(epoch)
	s := &schedule{clock: clock}
	before := s.now()
	clock.Advance(-time.Hour)
	if now := s.now(); now != before {
		t.Errorf("it is %v, was %v", now.Go(), before.Go())
	}
	clock.Advance(2 * time.Hour)
	if now := s.now(); now.Go().Sub(epoch) != time.Hour {
		t.Errorf("with the clock ahead again it is %v", now.Go())
	}
}
