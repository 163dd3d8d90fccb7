package engine

import "time"

// Clock is where the engine's time comes from.
type Clock interface {
	// Now never runs backwards.
	Now() time.Time
	// AfterFunc calls f in its own goroutine once d has passed. stop prevents
	// that if it comes in time.
	AfterFunc(d time.Duration, f func()) (stop func())
}

// RealClock is the machine's clock. When that is set back, RealClock goes on
// at the pace of elapsed time.
func RealClock() Clock { panic("not yet") }

// ManualClock is a clock that moves only when told to.
type ManualClock struct{}

// NewManualClock returns a clock that stands at start.
func NewManualClock(start time.Time) *ManualClock { panic("not yet") }

// Now implements Clock.
func (c *ManualClock) Now() time.Time { panic("not yet") }

// AfterFunc implements Clock.
func (c *ManualClock) AfterFunc(d time.Duration, f func()) (stop func()) { panic("not yet") }

// Advance moves the clock forward and starts the functions that fall due, the
// earliest first.
func (c *ManualClock) Advance(d time.Duration) { panic("not yet") }
