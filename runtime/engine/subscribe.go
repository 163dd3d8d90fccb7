package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/store"
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

// Event is something that happened in the engine. Several subscribers may get the
// same one: what it points to must not be changed.
type Event struct {
	// Number orders events over all executions and restarts; a subscription can be
	// resumed after it. Events that were committed together have the same number and are
	// delivered together. Only history events are stored, and so found again by a
	// subscription that begins after them.
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

	size int // of the payloads
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
}

// maxPending and maxPendingBytes are how much may wait for a subscriber.
const (
	maxPending      = 20_000
	maxPendingBytes = 8 << 20
)

// hub hands events to subscribers in the order of their commits.
type hub struct {
	store store.Store

	active atomic.Int32 // subscriptions

	mu     sync.Mutex
	next   int64 // number of the next row to hand out
	early  map[int64][]Event
	subs   map[*Subscription]struct{}
	closed bool
}

func newHub(st store.Store, lastSeq int64) *hub {
	return &hub{store: st, next: lastSeq + 1, early: map[int64][]Event{}, subs: map[*Subscription]struct{}{}}
}

// listening tells whether events are worth being made.
func (h *hub) listening() bool { return h.active.Load() > 0 }

// publish hands out what rows led to, n of them from seq on. Lanes come here in any order; a row waits
// until those before it have been here.
func (h *hub) publish(seq int64, n int, events [][]Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range n {
		var evs []Event
		if i < len(events) {
			evs = events[i]
		}
		h.early[seq+int64(i)] = evs
	}
	for {
		evs, ok := h.early[h.next]
		if !ok {
			return
		}
		delete(h.early, h.next)
		if evs == nil && len(h.subs) > 0 {
			evs = h.read(h.next) // it was committed before anybody listened
		}
		for i := range evs {
			evs[i].Number = uint64(h.next)
		}
		h.deliver(evs)
		h.next++
	}
}

// read makes the events of a stored row.
func (h *hub) read(seq int64) []Event {
	rows, err := h.store.Rows(seq-1, 1)
	if err != nil || len(rows) == 0 || rows[0].Seq != seq {
		return nil
	}
	return rowEvents(&rows[0])
}

func rowEvents(r *store.Row) []Event {
	var out []Event
	for i := range r.Facts {
		if r.Facts[i].Event != 0 {
			e := historyEvent(r.Execution.ARN, &r.Facts[i])
			e.Number = uint64(r.Seq)
			out = append(out, e)
		}
	}
	return out
}

// now hands out something that isn't stored.
func (h *hub) now(e Event) {
	if !h.listening() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	e.Number = uint64(h.next - 1)
	h.deliver([]Event{e})
}

func (h *hub) clockJump(from, to wire.Time) {
	h.now(Event{Kind: KindClockJump, From: from.Go(), Time: to.Go()})
}

func (h *hub) deliver(evs []Event) {
	for s := range h.subs {
		s.add(evs)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subs {
		s.end()
	}
}

// ErrSubscriptionClosed is what Next returns after the last event.
var ErrSubscriptionClosed = errors.New("engine: the subscription is closed")

// Subscription delivers events until it is closed.
type Subscription struct {
	hub  *hub
	opts SubscribeOptions

	// What was stored before the subscription began is read page by page.
	from, until int64 // rows with greater numbers, up to and including until

	mu     sync.Mutex
	queue  []Event
	size   int // of the queue, in bytes, as far as it matters
	lost   bool
	closed bool
	wake   chan struct{}
}

// Subscribe begins to deliver events. It costs the engine next to nothing while
// there is no subscription.
func (e *Engine) Subscribe(o SubscribeOptions) (*Subscription, error) {
	s := &Subscription{hub: e.hub, opts: o, wake: make(chan struct{}, 1)}
	e.hub.mu.Lock()
	defer e.hub.mu.Unlock()
	if e.hub.closed {
		return nil, errClosed
	}
	s.until = e.hub.next - 1
	s.from = s.until
	if o.After != nil && int64(*o.After) < s.until {
		s.from = int64(*o.After)
	}
	e.hub.active.Add(1)
	e.hub.subs[s] = struct{}{}
	return s, nil
}

// Next waits for events and returns them in order.
func (s *Subscription) Next(ctx context.Context) ([]Event, error) {
	for s.from < s.until {
		evs, err := s.stored()
		if err != nil || len(evs) > 0 {
			return evs, err
		}
	}
	for {
		s.mu.Lock()
		closed := s.closed
		s.mu.Unlock()
		if evs := s.take(); len(evs) > 0 {
			return evs, nil
		}
		if closed {
			return nil, ErrSubscriptionClosed
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take gives what is waiting.
func (s *Subscription) take() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	evs := s.queue
	s.queue, s.size = nil, 0
	if s.lost {
		evs = append(evs, Event{Kind: KindOverflow})
		s.lost = false
	}
	return evs
}

// stored reads a page of what was there before.
func (s *Subscription) stored() ([]Event, error) {
	rows, err := s.hub.store.Rows(s.from, defaultPage)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		s.from = s.until
		return nil, nil
	}
	var out []Event
	for _, r := range rows {
		if r.Seq > s.until {
			s.from = s.until
			return out, nil
		}
		s.from = r.Seq
		for _, e := range rowEvents(&r) {
			if s.wants(&e) {
				out = append(out, e)
			}
		}
	}
	return out, nil
}

// wants tells whether an event was asked for.
func (s *Subscription) wants(e *Event) bool {
	if s.opts.ExecutionARN != "" && e.ExecutionARN != s.opts.ExecutionARN && e.Kind != KindClockJump {
		return false
	}
	return e.Kind != KindLog || s.opts.Logs
}

func (s *Subscription) add(evs []Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	for _, e := range evs {
		switch {
		case !s.wants(&e):
		case len(s.queue) >= maxPending || s.size >= maxPendingBytes:
			s.lost = true
		default:
			s.queue = append(s.queue, e)
			s.size += e.size
		}
	}
	s.signal()
}

func (s *Subscription) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// end lets Next return once the events before are read.
func (s *Subscription) end() {
	s.mu.Lock()
	s.closed = true
	s.signal()
	s.mu.Unlock()
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	if _, ok := s.hub.subs[s]; ok {
		delete(s.hub.subs, s)
		s.hub.active.Add(-1)
	}
	s.hub.mu.Unlock()
	s.end()
}

// LogLine takes a line written by a function: give it to a process pool as its sink.
func (e *Engine) LogLine(l LogLine) {
	e.hub.now(Event{size: len(l.Text), Kind: KindLog, Time: l.Time, ExecutionARN: e.executionOf(l.RequestID), Function: l.Function, RequestID: l.RequestID, Log: &l})
}

// executionOf finds the execution that an invocation belongs to.
func (e *Engine) executionOf(requestID string) string {
	if !e.hub.listening() || requestID == "" {
		return ""
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.invocations[requestID]
}
