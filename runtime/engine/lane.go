package engine

import (
	"context"
	"sync"
	"time"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// execution is a running execution and its lane.
type execution struct {
	e   *Engine
	arn core.ARN
	key int64 // in the store

	// turn is the lane: whoever has put a token into it works on the execution, others
	// queue up. It is kept over the commit, and so keeps commands in order. Those who only
	// read need mu, which is never held over anything slow.
	turn chan struct{}

	mu       sync.Mutex
	state    *core.State
	header   store.Execution
	activity Activity    // of the running invocation
	answers  []*deadline // to functions that somebody stands for

	ended chan struct{} // closed when the execution has ended
	timer *deadline

	// Only touched in the lane.
	callbacks map[string]*openCallback // by operation
	parked    bool                     // an invocation is due, but its function isn't registered
	held      bool                     // the execution is paused
	cancel    context.CancelFunc       // ends the running invocation
}

func (e *Engine) newExecution(h store.Execution) *execution {
	x := &execution{
		e: e, arn: h.ARN, key: h.Key, header: h,
		turn: make(chan struct{}, 1), ended: make(chan struct{}),
		callbacks: map[string]*openCallback{},
	}
	x.timer = newDeadline(x.fire)
	return x
}

// decision makes a change out of a state; nil means that there is nothing to change.
type decision func(s *core.State, now wire.Time) (*core.Change, error)

// do takes a command through the lane. What is due comes first; then the
// command is decided, stored, installed, and at last acted upon. A nil command
// is a look at what there is to do.
func (x *execution) do(decide decision) error {
	x.enter()
	defer x.leave()
	now := x.e.schedule.now()
	if x.e.started.Load() {
		if err := x.apply(x.state.Fire(now, now)); err != nil {
			return err
		}
	}
	if decide != nil {
		c, err := decide(x.state, now)
		if err == nil {
			err = x.apply(c)
		}
		if err != nil {
			x.follow(now)
			return err
		}
	}
	x.follow(now)
	return nil
}

// fire lets happen what was due by a moment.
func (x *execution) fire(due wire.Time) {
	x.enter()
	defer x.leave()
	now := x.e.schedule.now()
	if err := x.apply(x.state.Fire(due, now)); err != nil {
		x.e.log.Error("a timer could not be stored and is tried again", "execution", x.arn.String(), "error", err)
		x.e.schedule.set(x.timer, now+1000, true)
		return
	}
	x.follow(now)
}

func (x *execution) enter() {
	x.e.schedule.enter()
	x.turn <- struct{}{}
}

func (x *execution) leave() {
	<-x.turn
	x.e.schedule.leave()
}

// read looks at the state while no change can be installed.
func (x *execution) read(f func(s *core.State)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f(x.state)
}

// apply stores a change, installs it, and acts on it.
func (x *execution) apply(c *core.Change) error {
	if c == nil {
		return nil
	}
	err := x.enact(c)
	if err == nil {
		x.track(c.Facts)
	}
	return err
}

// enact is apply without the tracking of callbacks.
func (x *execution) enact(c *core.Change) error {
	batch := []entry{{x, c}}
	for _, child := range c.Children {
		batch = append(batch, x.e.beginExecution(child.Start, child.Input, c.Facts[0].At))
	}
	if err := x.e.commit(batch); err != nil {
		return err
	}
	for _, b := range batch[1:] {
		b.x.do(nil)
	}
	for _, call := range c.Calls {
		x.call(call)
	}
	return nil
}

// entry is a change of one execution; several can be committed together.
type entry struct {
	x *execution
	c *core.Change
}

// beginExecution makes a new execution, which isn't stored yet.
func (e *Engine) beginExecution(start core.Start, input *string, now wire.Time) entry {
	return e.beginWith(core.Begin(start, input, &e.limits, now), start.ARN, input, now)
}

// beginWith makes a new execution of its first change.
func (e *Engine) beginWith(c *core.Change, arn core.ARN, input *string, now wire.Time) entry {
	return entry{e.unborn(arn, input, now), c}
}

// unborn makes a new execution that has no state yet.
func (e *Engine) unborn(arn core.ARN, input *string, now wire.Time) *execution {
	e.mu.Lock()
	e.lastKey++
	key := e.lastKey
	e.mu.Unlock()
	return e.newExecution(store.Execution{
		Key: key, ARN: arn, Status: wire.ExecutionRunning, Start: now, InputHash: hashInput(input),
	})
}

// commit stores changes and installs them.
func (e *Engine) commit(batch []entry) error {
	var writes []store.Write
	headers := make([]*store.Execution, len(batch))
	for i, b := range batch {
		headers[i] = b.header()
		writes = append(writes, b.writes(headers[i])...)
	}
	if len(writes) == 0 {
		for _, b := range batch {
			b.x.install(b.c, nil)
		}
		return nil
	}
	if e.ctx.Err() != nil {
		return errClosed
	}
	seq, err := e.store.Commit(writes)
	if err != nil {
		e.log.Error("a change could not be stored", "error", err)
		return &wire.APIError{Code: "ServiceException", Message: "The change could not be stored: " + err.Error(), HTTPStatus: 500}
	}
	var events [][]Event
	for i, b := range batch {
		b.x.install(b.c, headers[i])
	}
	if e.hub.listening() {
		for _, w := range writes {
			for _, b := range batch {
				if b.x.header.Key == w.Key {
					events = append(events, b.x.describe(w.Facts))
				}
			}
		}
	}
	e.hub.publish(seq, len(writes), events)
	return nil
}

// header is what a change makes of what is known of its execution without its facts; nil: that
// stays as it is.
func (b entry) header() *store.Execution {
	n := b.c.Next()
	switch {
	case len(b.c.Facts) == 0:
	case n.Status.Closed():
		h := b.x.header
		h.Status, h.End = n.Status, n.Ended
		h.Expires = n.Ended + wire.Time(n.Start.RetentionDays)*wire.Time(24*time.Hour/time.Millisecond)
		return &h
	case b.x.state == nil:
		return &b.x.header
	case n.Status != b.x.header.Status:
		h := b.x.header
		h.Status = n.Status
		return &h
	}
	return nil
}

// maxRow is how many bytes of payloads stand in a row of what is copied from another execution: who reads
// a row reads all of it. What one command brings is one row, whatever its size.
const maxRow = 1 << 20

// writes gives the rows that a change is stored as.
func (b entry) writes(header *store.Execution) []store.Write {
	var out []store.Write
	last := 0 // event
	if b.x.state != nil {
		last = b.x.state.Events()
	}
	from, size := 0, 0
	for i := range b.c.Facts {
		f := &b.c.Facts[i]
		last = max(last, f.Event)
		size += f.Size()
		if size >= maxRow && b.x.state == nil || i == len(b.c.Facts)-1 {
			out = append(out, store.Write{Key: b.x.header.Key, Facts: b.c.Facts[from : i+1], LastEvent: last})
			from, size = i+1, 0
		}
	}
	if len(out) > 0 {
		out[0].Execution = header
	}
	return out
}

// install makes a change that has been stored the present state.
func (x *execution) install(c *core.Change, h *store.Execution) {
	isNew := x.state == nil
	x.mu.Lock()
	x.state = c.Install()
	x.shed(c.Facts)
	if h != nil {
		x.header = *h
	}
	x.mu.Unlock()
	if isNew {
		x.e.mu.Lock()
		x.e.running[x.arn.ID] = x
		x.e.mu.Unlock()
	}
}

// follow does what the state asks for: an invocation, an alarm, an end.
func (x *execution) follow(now wire.Time) {
	defer x.e.drained()
	s := x.state
	if s.Status.Closed() {
		x.finish()
		return
	}
	x.await(&x.held, s.Status == wire.ExecutionPaused)
	if x.e.started.Load() && s.Due(now) {
		x.launch(now)
	}
	due, ok := x.state.NextDeadline()
	x.e.schedule.set(x.timer, due, ok)
}

// finish takes a closed execution out of memory and tells those who wait for it. An invocation
// that still runs, because the execution was stopped or took too long, is cut off.
func (x *execution) finish() {
	select {
	case <-x.ended:
		return
	default:
	}
	e := x.e
	e.schedule.set(x.timer, 0, false)
	if x.cancel != nil {
		x.cancel()
	}
	for op := range x.callbacks {
		x.forgetCallback(op)
	}
	x.forgetAnswers()
	x.await(&x.parked, false)
	x.await(&x.held, false)
	e.mu.Lock()
	delete(e.running, x.arn.ID)
	e.mu.Unlock()
	close(x.ended)
	e.drainVersion(x.arn.Function, x.arn.Version)
	if x.state.Start.ParentARN != "" {
		x.reportToParent(x.state.ChainedOutcome(), x.state.Start.ParentARN)
	}
}

// describe shows facts as events for subscribers.
func (x *execution) describe(facts []core.Fact) []Event {
	out := []Event{}
	for i := range facts {
		f := &facts[i]
		if f.Event == 0 {
			continue
		}
		out = append(out, historyEvent(x.arn, f))
		if f.Kind == wire.EventCallbackStarted && x.state.CallbackOpen(f.Op) {
			cb := x.openCallback(x.state.CallbackOf(f.Op))
			out = append(out, Event{
				Kind: KindCallback, Time: f.At.Go(), ExecutionARN: cb.ExecutionARN, Function: cb.Function, Callback: &cb,
			})
		}
	}
	return out
}

func historyEvent(arn core.ARN, f *core.Fact) Event {
	h := core.HistoryEvent(f, true)
	size := 0
	if f.Payload != nil {
		size = len(*f.Payload)
	}
	return Event{size: size, Kind: KindHistory, Time: f.At.Go(), ExecutionARN: arn.String(), Function: arn.Function, History: &h}
}
