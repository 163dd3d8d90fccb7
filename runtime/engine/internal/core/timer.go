package core

import (
	"container/heap"

	"github.com/durablegen/durablegen/runtime/wire"
)

// timerKind tells what happens when a timer is due.
type timerKind uint8

const (
	timerExecution  timerKind = iota // the execution times out
	timerInvocation                  // a failed invocation is repeated
	timerWait
	timerStep // a retry delay is over
	timerCallback
	timerHeartbeat
	timerHeld // a chained result need not be held back any longer
)

// timer is a deadline. It isn't removed when it loses its meaning; that is
// found out when its turn comes.
type timer struct {
	due  wire.Time
	seq  int // timers due together go in the order in which they were set
	kind timerKind
	op   string
}

// timerQueue holds timers, the earliest first.
type timerQueue struct {
	items []timer
	seq   int
}

func (q *timerQueue) Len() int { return len(q.items) }
func (q *timerQueue) Less(i, j int) bool {
	a, b := &q.items[i], &q.items[j]
	if a.due != b.due {
		return a.due < b.due
	}
	return a.seq < b.seq
}
func (q *timerQueue) Swap(i, j int) { q.items[i], q.items[j] = q.items[j], q.items[i] }
func (q *timerQueue) Push(x any)    { q.items = append(q.items, x.(timer)) }
func (q *timerQueue) Pop() any {
	n := len(q.items) - 1
	t := q.items[n]
	q.items = q.items[:n]
	return t
}

func (q *timerQueue) push(ts []timer) {
	for _, t := range ts {
		q.seq++
		t.seq = q.seq
		heap.Push(q, t)
	}
}

// arm sets a timer once the change is installed.
func (s *State) arm(t timer) { s.newTimers = append(s.newTimers, t) }

// meant tells whether a timer still has something to do.
func (s *State) meant(t *timer) bool {
	if s.Status.Closed() {
		return false
	}
	switch t.kind {
	case timerExecution:
		return s.timeoutAt == t.due
	case timerInvocation:
		return s.inv == nil && s.retryAt == t.due
	case timerHeld:
		return s.inv != nil && len(s.inv.held) > 0
	}
	o := s.lookup(t.op)
	switch t.kind {
	case timerWait:
		return o.Status == wire.StatusStarted
	case timerStep:
		return o.Status == wire.StatusPending && o.StepDetails.NextAttemptTimestamp == t.due
	case timerCallback:
		return o.Status == wire.StatusStarted && o.timeoutAt == t.due
	case timerHeartbeat:
		return o.Status == wire.StatusStarted && o.heartbeatAt == t.due
	}
	return false
}

// NextDeadline tells when the next timer is due; ok is false if there is none.
func (s *State) NextDeadline() (due wire.Time, ok bool) {
	q := &s.timers
	for len(q.items) > 0 {
		if s.meant(&q.items[0]) {
			return q.items[0].due, true
		}
		heap.Pop(q)
	}
	return 0, false
}

// Fire lets everything happen that was due by a moment, in the order in which it
// was due. It returns nil if nothing was.
func (s *State) Fire(by, now wire.Time) *Change {
	if due, ok := s.NextDeadline(); !ok || due > by {
		return nil
	}
	c := s.begin(now)
	n := c.next
	// The queue is worked on as a copy: the change may yet be dropped.
	n.timers.items = append([]timer(nil), s.timers.items...)
	for {
		due, ok := n.NextDeadline()
		if !ok || due > by {
			return c
		}
		t := heap.Pop(&n.timers).(timer)
		c.fire(&t)
	}
}

func (c *Change) fire(t *timer) {
	s := c.next
	switch t.kind {
	case timerExecution:
		c.whole(Fact{Kind: wire.EventExecutionTimedOut, Error: &wire.ErrorObject{
			ErrorType:    "Execution.Timeout",
			ErrorMessage: "Execution timed out after " + seconds(s.Start.ExecutionTimeout) + ".",
		}})
	case timerInvocation:
		s.retryAt, s.wake = 0, true
	case timerHeld:
		c.releaseHeld()
	case timerWait:
		c.record(s.lookup(t.op), Fact{Kind: wire.EventWaitSucceeded, Duration: s.lookup(t.op).seconds})
	case timerStep:
		c.record(s.lookup(t.op), Fact{Kind: FactStepReady})
	case timerCallback:
		c.record(s.lookup(t.op), Fact{Kind: wire.EventCallbackTimedOut, Error: &wire.ErrorObject{
			ErrorType: "Callback.Timeout", ErrorMessage: "Callback timed out",
		}})
	case timerHeartbeat:
		c.record(s.lookup(t.op), Fact{Kind: wire.EventCallbackTimedOut, Error: &wire.ErrorObject{
			ErrorType: "Callback.Heartbeat", ErrorMessage: "Callback timed out on heartbeat",
		}})
	}
}
