package engine

import (
	"slices"
	"sync"
	"time"
)

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
func RealClock() Clock { return realClock }

var realClock = &machineClock{}

type machineClock struct {
	mu   sync.Mutex
	last time.Time     // the latest reading, as it came from the machine
	lead time.Duration // how far Now is ahead of the machine's clock, which was set back
}

func (c *machineClock) Now() time.Time {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.last.IsZero() {
		// Sub uses the monotonic reading, Round(0) drops it.
		c.lead += setBack(now.Round(0).Sub(c.last.Round(0)), now.Sub(c.last))
	}
	c.last = now
	return now.Round(0).Add(c.lead)
}

// ahead tells how far Now is ahead of the machine's clock, which was set back.
func (c *machineClock) ahead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lead
}

// setBack tells by how much a clock was set back between two readings, from how far it
// moved and how much time really passed. A clock that is ahead is believed: elapsed time
// stands still while a laptop sleeps.
func setBack(moved, elapsed time.Duration) time.Duration {
	if moved < 0 || moved < elapsed-time.Second {
		return elapsed - moved
	}
	return 0
}

func (c *machineClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// ManualClock is a clock that moves only when told to.
type ManualClock struct {
	mu     sync.Mutex
	now    time.Time
	alarms []*manualAlarm
}

type manualAlarm struct {
	at time.Time
	f  func()
}

// NewManualClock returns a clock that stands at start.
func NewManualClock(start time.Time) *ManualClock { return &ManualClock{now: start} }

// Now implements Clock.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc implements Clock.
func (c *ManualClock) AfterFunc(d time.Duration, f func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d <= 0 {
		go f()
		return func() {}
	}
	a := &manualAlarm{at: c.now.Add(d), f: f}
	c.alarms = append(c.alarms, a)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.alarms = slices.DeleteFunc(c.alarms, func(b *manualAlarm) bool { return a == b })
	}
}

// Advance moves the clock forward and starts the functions that fall due, the
// earliest first.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	slices.SortStableFunc(c.alarms, func(a, b *manualAlarm) int { return a.at.Compare(b.at) })
	for len(c.alarms) > 0 && !c.alarms[0].at.After(c.now) {
		go c.alarms[0].f()
		c.alarms = c.alarms[1:]
	}
}
