package engine

import (
	"context"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// EventKind tells what an Event is about.
type EventKind string

const (
	KindHistory    EventKind = "history"    // History is set; executions' starts and ends are history events too
	KindCallback   EventKind = "callback"   // a callback opened: Callback is set
	KindInvocation EventKind = "invocation" // an invocation began: RequestID is set (its end is a history event)
	KindLog        EventKind = "log"        // a line written by a function: Log is set
	KindClockJump  EventKind = "clock-jump" // time was skipped: From and Time
	KindOverflow   EventKind = "overflow"   // events were lost because the subscriber was too slow: query again
)

// Event is something that happened in the engine.
type Event struct {
	// Number orders events over all executions and restarts; a subscription can be
	// resumed after it. Events that were committed together have the same number and are
	// delivered together. Only history events and opened callbacks are found again after a restart.
	Number       uint64
	Kind         EventKind
	Time         time.Time
	ExecutionARN string // empty for clock jumps and some log lines
	Function     string
	History      *wire.Event
	Callback     *OpenCallback
	RequestID    string
	Log          *LogLine
	From         time.Time
}

// LogLine is one line that a function wrote to its standard output or error.
type LogLine struct {
	Time      time.Time
	Function  string
	RequestID string // of the invocation that was running, if any
	Stderr    bool
	Text      string // without the line's end
}

// SubscribeOptions select events.
type SubscribeOptions struct {
	// After: events with a greater number only, beginning with stored ones. nil:
	// events from now on.
	After        *uint64
	ExecutionARN string // empty: all executions
	Logs         bool   // log lines too
	OmitData     bool   // no payloads and errors in history events
}

// Subscription delivers events until it is closed.
type Subscription struct{}

// Subscribe begins to deliver events. It costs the engine nothing while
// there is no subscription.
func (e *Engine) Subscribe(o SubscribeOptions) (*Subscription, error) { panic("not yet") }

// Next waits for events and returns them in order.
func (s *Subscription) Next(ctx context.Context) ([]Event, error) { panic("not yet") }

// Close ends the subscription.
func (s *Subscription) Close() { panic("not yet") }

// LogLine takes a line written by a function: give it to a process pool as its sink.
func (e *Engine) LogLine(l LogLine) { panic("not yet") }
