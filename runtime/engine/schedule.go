package engine

import (
	"container/heap"
	"sync"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// longestSleep bounds how long the engine trusts one alarm: a machine that slept, or whose
// clock was set forward, is noticed after this time.
const longestSleep = 30 * time.Second

// schedule keeps the engine's time and its deadlines, and knows when nothing can
// happen but the next of them.
type schedule struct {
	clock Clock
	skip  bool
	// jumped is told of each skip, without the lock held.
	jumped func(from, to wire.Time)
	// store is told how far the engine's time is ahead of its clock.
	store func(offset int64)
	// rewind has the store forget what time it was.
	rewind func() error

	mu       sync.Mutex
	offset   int64     // milliseconds that the engine's time is ahead of the clock's
	last     wire.Time // the latest time handed out
	queue    deadlines
	seq      int
	busy     int // commands, invocations and calls at work
	expected int // open callbacks that somebody is going to answer
	started  bool
	closed   bool
	stop     func() // the alarm
	idle     []chan struct{}
}

// deadline is something to do at a time. Its owner moves it with set.
type deadline struct {
	due   wire.Time
	seq   int
	index int // in the queue; -1: not in it
	do    func(due wire.Time)
}

func newDeadline(do func(due wire.Time)) *deadline { return &deadline{index: -1, do: do} }

func (s *schedule) now() wire.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nowLocked()
}

func (s *schedule) nowLocked() wire.Time {
	now := wire.TimeOf(s.clock.Now()) + wire.Time(s.offset)
	if now < s.last {
		now = s.last
	}
	s.last = now
	return now
}

// set moves a deadline; ok false takes it away.
func (s *schedule) set(d *deadline, due wire.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !ok:
		if d.index >= 0 {
			heap.Remove(&s.queue, d.index)
		}
		return
	case d.index >= 0 && d.due == due:
		return
	}
	s.seq++
	d.due, d.seq = due, s.seq
	if d.index >= 0 {
		heap.Fix(&s.queue, d.index)
	} else {
		heap.Push(&s.queue, d)
	}
	if d.index == 0 {
		s.arm()
	}
}

// enter and leave enclose everything that may have consequences.
func (s *schedule) enter() {
	s.mu.Lock()
	s.busy++
	s.mu.Unlock()
}

func (s *schedule) leave() {
	s.mu.Lock()
	s.busy--
	s.settle()
}

// expect counts open callbacks that will be answered.
func (s *schedule) expect(n int) {
	if n == 0 {
		return
	}
	s.mu.Lock()
	s.expected += n
	s.settle()
}

// settle looks whether nothing can happen any more by itself, and skips time if it
// may. It gives up the lock.
func (s *schedule) settle() {
	if s.busy > 0 {
		s.mu.Unlock()
		return
	}
	for _, c := range s.idle {
		close(c)
	}
	s.idle = nil
	// What was due can have moved while jump had given up the lock: then nothing is
	// fired, and nobody else would look again.
	for s.skip && s.started && !s.closed && s.busy == 0 && s.expected <= 0 && len(s.queue) > 0 {
		if to := s.queue[0].due; to > s.nowLocked() {
			s.jump(to)
		}
		s.fire()
	}
	s.mu.Unlock()
}

// jump moves time forward. The lock is given up in between.
func (s *schedule) jump(to wire.Time) {
	from := s.nowLocked()
	s.offset += int64(to - from)
	s.last = to
	s.store(s.offset)
	s.busy++ // until jumped has returned
	s.mu.Unlock()
	s.jumped(from, to)
	s.mu.Lock()
	s.busy--
}

// advance moves time forward by hand.
func (s *schedule) advance(d wire.Time) {
	s.mu.Lock()
	s.jump(s.nowLocked() + d)
	s.fire()
	s.mu.Unlock()
}

// fire starts what is due.
func (s *schedule) fire() {
	now := s.nowLocked()
	for s.started && !s.closed && len(s.queue) > 0 && s.queue[0].due <= now {
		d := heap.Pop(&s.queue).(*deadline)
		due := d.due // d may be set anew before the goroutine runs
		s.busy++
		go func() {
			d.do(due)
			s.leave()
		}()
	}
	s.arm()
}

// arm sets the alarm for the first deadline.
func (s *schedule) arm() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	if !s.started || s.closed || len(s.queue) == 0 {
		return
	}
	d := time.Duration(s.queue[0].due-s.nowLocked()) * time.Millisecond
	s.stop = s.clock.AfterFunc(min(max(d, 0), longestSleep), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.fire()
	})
}

// overdue takes out the first deadline that is due, for the start, where all is done in order.
func (s *schedule) overdue() *deadline {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 || s.queue[0].due > s.nowLocked() {
		return nil
	}
	return heap.Pop(&s.queue).(*deadline)
}

// start lets deadlines fire by themselves.
func (s *schedule) start() {
	s.mu.Lock()
	s.started = true
	s.fire()
	s.mu.Unlock()
}

func (s *schedule) close() {
	s.mu.Lock()
	s.closed = true
	if s.stop != nil {
		s.stop()
	}
	s.mu.Unlock()
}

// whenIdle gives a channel that is closed once nothing is at work.
func (s *schedule) whenIdle() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(chan struct{})
	if s.busy == 0 {
		close(c)
	} else {
		s.idle = append(s.idle, c)
	}
	return c
}

// deadlines is a heap, the earliest first; those due together in the order in which they were set.
type deadlines []*deadline

func (q deadlines) Len() int { return len(q) }
func (q deadlines) Less(i, j int) bool {
	if q[i].due != q[j].due {
		return q[i].due < q[j].due
	}
	return q[i].seq < q[j].seq
}
func (q deadlines) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}
func (q *deadlines) Push(x any) {
	d := x.(*deadline)
	d.index = len(*q)
	*q = append(*q, d)
}
func (q *deadlines) Pop() any {
	old := *q
	d := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	d.index = -1
	return d
}
